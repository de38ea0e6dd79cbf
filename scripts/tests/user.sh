#!/usr/bin/env bash
# user.sh   what the README and docs/lab.md tell a new user to type, typed as it stands there: the servers and mounts
# "by hand", and the lab. The statuses must say what was done. Nothing of it shows on this machine: /srv, /mnt and the
# ports are those of namespaces of its own, as is the lab.
. "$(dirname "$0")/lib.sh"
useLab
scripts=$(dirname "$programs")

# block FILE HEADING NUMBER   the so-manieth piece of indented lines below the heading
block() {
    awk -v heading="$2" -v wanted="$3" '
        /^#/ { inside = ($0 == heading); blocks = 0; lines = 0 }
        inside && /^    / { if (!lines) blocks++; lines = 1; if (blocks == wanted) print substr($0, 5) }
        inside && !/^    / && NF { lines = 0 }
    ' "$1" >"$work/block"
    [ -s "$work/block" ] || fail "there is no block $3 below '$2' in $(basename "$1")"
    cat "$work/block"
}

# ------------------------------------------------------------------------------------------------------------ by hand
# The commands of one block run in one shell, as they would be typed: whoever starts something in the background waits
# until it says something, and the first command that fails ends it.
writeTyping() {
    cat >"$work/type" <<'TEXT'
set -euo pipefail
sudo() { "$@"; }
type_() { # COMMAND
    echo "\$ $1"
    case $1 in
    *'&')
        serving=$((${serving:-0} + 1))
        # The last word is the ampersand; its output tells when it serves.
        local began=$SECONDS
        eval "${1%&} >'$work/serving-$serving.out' 2>&1 &"
        background=$!
        until [ -s "$work/serving-$serving.out" ]; do
            kill -0 $background || { cat "$work/serving-$serving.out"; return 1; }
            [ $((SECONDS - began)) -lt 120 ] || return 1
            sleep 0.1
        done
        cat "$work/serving-$serving.out"
        ;;
    *) eval "$1" ;;
    esac
}
expect() { # PATTERN COMMAND...
    local pattern=$1 said
    shift
    said=$("$@")
    grep -qE -- "$pattern" <<<"$said" || { echo "'$*' should say '$pattern'; it says: $said"; exit 1; }
}
typeBlock() { # FILE
    local command
    while IFS= read -r command <&3; do
        type_ "$command"
        check_ "$command"
    done 3<"$1"
}
TEXT
    cat >"$work/by-hand" <<'TEXT'
. "$work/type"
mount --make-rprivate /
mount -t proc proc /proc
for directory in /srv /mnt /run /var/log; do mount -t tmpfs user.sh $directory; done
ip link set lo up
cd "$root"
check_() { # what the command just typed should have done
    case $1 in
    *'spritefs mount '*) expect ' /mnt/sprite fuse' cat /proc/self/mounts ;;
    'echo hello '*)
        expect '^hello$' cat /mnt/sprite/hello
        expect '127\.0\.0\.1:7451' scripts/spritefs status /mnt/sprite
        expect '"prefix"|"exports"|/srv/files|domains?' scripts/spritefs status 127.0.0.1:7451
        ;;
    *'spritefs umount '*)
        if grep ' /mnt/sprite fuse' /proc/self/mounts; then
            echo "it is still mounted"
            exit 1
        fi
        ;;
    esac
}
typeBlock "$work/first"
first=$background

echo "(as the README says: the first server again, with the second as its peer)"
kill $first
wait $first || true
type_ "$(grep '^scripts/spritefs server' "$work/first" | sed 's|&|--peer 127.0.0.1:7452 \&|')"
first=$background
typeBlock "$work/second"
scripts/spritefs mount /mnt/sprite --server 127.0.0.1:7451
expect '^hello$' cat /mnt/sprite/hello
echo there >/mnt/sprite/projects/note
expect '^there$' cat /mnt/sprite/projects/note
expect '127\.0\.0\.1:7452' scripts/spritefs status /mnt/sprite
scripts/spritefs umount /mnt/sprite
kill $first $background
wait
TEXT
}
byHand() {
    block "$scripts/../README.md" "## By hand" 1 >"$work/first"
    block "$scripts/../README.md" "## By hand" 2 >"$work/second"
    work=$work root=$(readlink -f "$scripts/..") timeout -k 10 300 unshare --mount --net --pid --fork --kill-child=KILL \
        bash "$work/by-hand" >"$work/by-hand.out" 2>&1 || fail "what the README says below 'By hand' does not work"
    grep '^\$ ' "$work/by-hand.out" | sed 's/^/            /'
}

# ------------------------------------------------------------------------------------------------------------ the lab
labOfReadme() {
    block "$scripts/../README.md" "## Several hosts on one machine" 1 >"$work/lab-block"
    cat >"$work/lab-typed" <<'TEXT'
. "$work/type"
cd "$root"
check_() {
    case $1 in
    *'lab up '*)
        expect '^server2 +10\.88\.0\.2 +/projects +runs \(pid [0-9]+\) +good$' scripts/lab status
        expect '^client3 .* runs \(pid [0-9]+\) +good$' scripts/lab status
        ;;
    *'lab exec client1 '*hello*) expect '^hello$' scripts/lab exec client3 -- cat /sprite/hello ;;
    *'lab cut client2') expect '^client2 .* does not reach client1 client3 server1 server2$' scripts/lab status ;;
    esac
}
typeBlock "$work/lab-block"
scripts/lab heal
TEXT
    work=$work root=$(readlink -f "$scripts/..") timeout -k 10 300 bash "$work/lab-typed" >"$work/lab.out" 2>&1 ||
        fail "what the README says of the lab does not work"
    grep '^\$ ' "$work/lab.out" | sed 's/^/            /'
}
firstTry() { # docs/lab.md: reads that wait, and what they say in the end
    block "$scripts/../docs/lab.md" "# The lab" 2 >"$work/try-block"
    printf 'set -e\ncd %q\n%s\nwait\n' "$(readlink -f "$scripts/..")" "$(cat "$work/try-block")" >"$work/try"
    timeout -k 10 180 bash "$work/try" >"$work/try.out" 2>&1 || fail "the first try in docs/lab.md does not work"
    same "one two" "$(grep -xE 'one|two' "$work/try.out" | paste -sd ' ')" "what client2 read, before and after"
}
wrongWords() { # each is refused with one line that says what to do
    local status said
    for words in 'exec client9 true' 'cut' 'delay client1 soon' 'frobnicate' 'start nobody'; do
        status=0
        # shellcheck disable=SC2086 # a list of words
        said=$("$scripts/lab" $words 2>&1) || status=$?
        [ $status != 0 ] && [ "$(wc -l <<<"$said")" = 1 ] || fail "lab $words: status $status, says '$said'"
    done
    status=0
    said=$("$scripts/lab" up 2>&1) || status=$?
    [ $status = 1 ] && [[ $said = *"there is a lab already"*"lab down clears it away" ]] || fail "a second lab up: status $status, '$said'"
    same 5 "$("$scripts/lab" status | grep -c 'runs (pid')" "hosts that run after a second lab up was refused"
}
withoutRights() { # on a machine where a program says so; nothing is made
    local status=0 said
    mkdir "$work/not-root" "$work/no-namespaces"
    printf '#!/bin/sh\necho 1000\n' >"$work/not-root/id"
    printf '#!/bin/sh\nexit 1\n' >"$work/no-namespaces/unshare"
    chmod +x "$work/not-root/id" "$work/no-namespaces/unshare"
    said=$(PATH=$work/not-root:$PATH "$scripts/lab" up 2>&1) || status=$?
    [ $status = 1 ] && [[ $said = *"needs root"* ]] || fail "lab up without root: status $status, says '$said'"
    status=0
    said=$(PATH=$work/no-namespaces:$PATH "$scripts/lab" up 2>&1) || status=$?
    [ $status = 1 ] && [[ $said = *"namespaces"*"privileged"* ]] ||
        fail "lab up without namespaces: status $status, says '$said'"
    [ ! -e "$SPRITEFS_LAB" ] || fail "a lab that could not be made left something"
}
downTwice() {
    "$scripts/lab" down >/dev/null
    same "lab: no lab is up" "$("$scripts/lab" down)" "lab down when there is none"
    same "no lab is up" "$("$scripts/lab" status)" "lab status when there is none"
    [[ $("$scripts/lab" stress --help) = *"--seed S"* ]] || fail "lab stress --help says nothing of its options"
    if "$scripts/lab" stress >"$work/no-lab.out" 2>&1; then fail "lab stress without a lab was not refused"; fi
    grep -q "no lab is up" "$work/no-lab.out" || fail "lab stress without a lab says: $(cat "$work/no-lab.out")"
}

"$spritefs" --version >/dev/null # builds it if need be
writeTyping
step "README: by hand" byHand
step "lab up without root, and without namespaces: clear refusals" withoutRights
step "README: the lab" labOfReadme
step "wrong words, and a second lab up" wrongWords
step "docs/lab.md: a first try" firstTry
step "lab down, twice" downTwice
