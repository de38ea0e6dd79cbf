#!/usr/bin/env bash
# refusals.sh   what cannot be served or mounted is refused: in one line that says what, why and what to do, with an
# exit status, and with every byte left as it was; and what was running goes on. Then the largest directory that was
# promised.
. "$(dirname "$0")/lib.sh"

# refused STATUS PATTERN COMMAND...   one line on stderr that matches, nothing on stdout
refused() {
    local expected=$1 pattern=$2 found=0
    shift 2
    timeout 30 "$@" >"$work/refused.said" 2>"$work/refused.why" || found=$?
    same "$expected" "$found" "status of: $*; it said: $(cat "$work/refused.why")"
    same 1 "$(wc -l <"$work/refused.why")" "lines of: $*; it said: $(cat "$work/refused.why")"
    same "" "$(cat "$work/refused.said")" "output of: $*"
    grep -q -E -e "$pattern" "$work/refused.why" || fail "'$pattern' is not in: $(cat "$work/refused.why")"
}

# untouched DIRECTORY COMMAND...   the same names and bytes after the command as before it, but for the diary of RocksDB
untouched() {
    local directory=$1
    shift
    listing "$directory" >"$work/listing.before"
    "$@"
    listing "$directory" >"$work/listing.after"
    diff "$work/listing.before" "$work/listing.after" || fail "$directory was changed by: $*"
}
listing() {
    (cd "$1" && find . ! -path './meta/LOG*' -printf '%p %y %m %l\n' | sort &&
        find . -type f ! -path './meta/LOG*' -print0 | sort -z | xargs -0 sha256sum)
}

refusedToServe() { # PATTERN DIRECTORY
    untouched "$2" refused 1 "$1" "$spritefs" server --listen 127.0.0.1:0 --domain "/=$2"
}

domainInUse() {
    echo before >"$A/before"
    sync "$A/before"
    refused 1 "$work/server-1: another server is using it; stop that one" \
        "$spritefs" server --listen 127.0.0.1:0 --domain "/=$work/server-1"
    same before "$(cat "$B/before")" "what b reads"
}

# A domain of a server that has ended in an orderly way.
restingDomain() {
    mkdir "$work/resting"
    startServer resting "$work" --listen 127.0.0.1:0 --domain "/=$work/resting"
    stopRemembered "$work/resting.pid"
}
copyOf() { # NAME   prints where the copy is
    rm -rf "$work/copy-$1"
    cp -a "$work/resting" "$work/copy-$1"
    echo "$work/copy-$1"
}
newerFormat() {
    local copy
    copy=$(copyOf newer)
    sed -i 's/^version=.*/version=99/' "$copy/FORMAT"
    refusedToServe "$copy: its format is version 99 .*; use the newer spritefs" "$copy"
}
otherPrefix() {
    local copy
    copy=$(copyOf other)
    sed -i 's|^prefix=.*|prefix=/elsewhere|' "$copy/FORMAT"
    refusedToServe "$copy as /: it holds the domain /elsewhere; serve it with --domain" "$copy"
}
damaged() { # of each thing that a domain consists of
    local copy what
    copy=$(copyOf title)
    echo nonsense >"$copy/FORMAT"
    refusedToServe "$copy: it is damaged \(the file FORMAT .*; run spritefs fsck" "$copy"
    for what in meta data; do
        copy=$(copyOf $what)
        rm -r "${copy:?}/$what"
        refusedToServe "$copy: it is damaged \(meta or data is missing\); run spritefs fsck" "$copy"
    done
    copy=$(copyOf current)
    echo nonsense >"$copy/meta/CURRENT"
    refusedToServe "$copy: it is damaged \(.*\); run spritefs fsck" "$copy"
    copy=$(copyOf foreign)
    rm -r "${copy:?}"/*
    echo letter >"$copy/letter"
    refusedToServe "$copy: it is not empty and holds no domain" "$copy"
}

mountedAlready() {
    refused 1 "$A is already mounted" "$spritefs" mount "$A" --server "$first"
    echo still >"$A/still"
    same still "$(cat "$B/still")" "what b reads"
}
prefixes() {
    echo mine >"$A/taken"
    refused 1 "/taken \\(the name is taken by something else; remove it" "$spritefs" prefix add /taken --server "$first"
    same mine "$(cat "$B/taken")" "what b reads"
    "$spritefs" prefix add /nobody --server "$first"
    local found=0
    timeout 30 ls "$A/nobody" 2>"$work/refused.why" || found=$?
    same 2 "$found" "status of listing a prefix that nobody serves; it said: $(cat "$work/refused.why")"
    grep -q "nobody': No route to host" "$work/refused.why" || fail "it was not said why: $(cat "$work/refused.why")"
    echo here >"$A/projects/here"
    same here "$(cat "$B/projects/here")" "what b reads"
}

manyEntries() { # made at a, listed at b, and once more while a makes and removes others
    python3 - "$A" "$B" 100000 <<'EOF'
import os, sys
a, b, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.mkdir(a + "/many")
at = os.open(a + "/many", os.O_RDONLY)
names = ["entry-%06d" % i for i in range(count)]
for name in names:
    os.mknod(name, 0o644, dir_fd=at)
def check(found):
    stable = [name for name in found if name.startswith("entry-")]
    if sorted(stable) != names:
        sys.exit("%d entries, %d different ones, of %d" % (len(stable), len(set(stable)), count))
check(os.listdir(b + "/many"))
found = []
with os.scandir(b + "/many") as listing:
    for i, entry in enumerate(listing):
        found.append(entry.name)
        if i % 1000 == 0:
            os.mknod("passing-%d" % i, 0o644, dir_fd=at)
            os.unlink("passing-%d" % i, dir_fd=at)
check(found)
EOF
}

step "servers and mounts" startAll
step "a domain that another server has" domainInUse
step "a domain to spoil" restingDomain
step "a domain of a newer format" newerFormat
step "a domain of another prefix" otherPrefix
step "a damaged domain, and a directory of other things" damaged
step "a directory that is mounted already" mountedAlready
step "a prefix in the place of a file, and one that nobody serves" prefixes
step "100,000 entries made at a, listed at b" manyEntries
