#!/usr/bin/env bash
# tools.sh   ordinary programs on two mounts: what one client does, the other finds, at once and to the last byte.
. "$(dirname "$0")/lib.sh"
export HOME=$work GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@test GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@test
tree=$work/tree
cSource=$work/c

makeInputs() {
    python3 "$programs/make_inputs.py" "$tree" "$cSource"
    chmod 750 "$tree/$(ls "$tree" | head -n 1)"
    ln -s does/not/exist "$tree/dangling"
    ln "$tree/$(cd "$tree" && find . -type f | sort | head -n 1)" "$tree/hard-link"
    : >"$tree/empty"
    : >"$tree/a name with spaces, and a
newline in it"
}

copy() {
    cp -a "$tree" "$A/tree"
    diff -r --no-dereference "$tree" "$B/tree"
}
rsyncFindsNoDifference() {
    local differences
    differences=$(rsync -anciH --delete "$tree/" "$B/tree/")
    same "" "$differences" "rsync, comparing checksums, modes, owners, times and hard links"
}
tarOutAndIn() {
    tar -C "$B" -cf "$A/tree.tar" tree
    mkdir "$B/unpacked"
    tar -C "$B/unpacked" -xpf "$B/tree.tar"
    diff -r --no-dereference "$tree" "$A/unpacked/tree"
    rm -r "$A/unpacked" "$B/tree.tar"
    [ ! -e "$B/unpacked" ] && [ ! -e "$A/tree.tar" ]
}

gitFromBoth() {
    cd "$A/tree"
    rm "dangling" # git would keep it; diff of checked out trees need not
    git init -q -b main
    git add -A
    git commit -q -m "from a"
    cd "$B/tree"
    same "" "$(git status --porcelain)" "git status at b after the commit at a"
    same "from a" "$(git log --format=%s)" "git log at b"
    git fsck --full --strict 2>&1 | (! grep -E 'error|missing|corrupt')
    echo "a change at b" >>empty
    git commit -q -a -m "from b"
    cd "$A/tree"
    same "from b from a" "$(git log --format=%s | paste -sd ' ')" "git log at a"
    same "" "$(git status --porcelain)" "git status at a after the commit at b"
    git fsck --full --strict 2>&1 | (! grep -E 'error|missing|corrupt')
    git gc -q
    git clone -q "$B/tree" "$B/clone"
    diff -r --exclude=.git "$B/tree" "$A/clone"
    cd /
}

makeAcrossClients() {
    cp -r "$cSource" "$A/c"
    make -s -j2 -C "$B/c" >/dev/null
    same "$("$A/c/prog")" "$("$B/c/prog")" "the program built at b, run at both"
    local before after
    before=$("$A/c/prog")
    sed -i 's/return s;/return s + 1;/' "$A/c/f00.c"
    same 2 "$(make -n -C "$B/c" | grep -c gcc)" "commands that make at b runs after an edit at a: one to compile, one to link"
    make -s -j2 -C "$B/c" >/dev/null
    after=$("$A/c/prog")
    [ "$before" != "$after" ] || fail "the program does not show the edit"
    make -q -C "$A/c" || fail "make at a finds something to do after make at b"
}

sqliteInTurn() {
    local i
    sqlite3 "$A/db" 'pragma journal_mode = delete; create table t(k integer primary key, host text);' >/dev/null
    for i in $(seq 25); do
        sqlite3 "$A/db" "insert into t(host) values('a');"
        sqlite3 "$B/db" "insert into t(host) values('b');"
    done
    same 50 "$(sqlite3 "$A/db" 'select count(*) from t;')" "rows after writing in turn"
}
sqliteTogether() {
    local m i pids=()
    for m in "$A" "$B"; do
        for i in $(seq 25); do echo "insert into t(host) values('together');"; done |
            sqlite3 -bail -cmd '.timeout 60000' "$m/db" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i"; done
    for m in "$A" "$B"; do
        same 100 "$(sqlite3 "$m/db" 'select count(*) from t;')" "rows after writing together"
        same ok "$(sqlite3 "$m/db" 'pragma integrity_check;')" "integrity_check"
    done
}

textTools() {
    diff <(cd "$tree" && find . -path ./dangling -prune -o -print | sort) \
        <(cd "$B/tree" && find . \( -name .git -o -path ./dangling \) -prune -o -print | sort)
    diff <(cd "$tree" && grep -rlF return . | sort) <(cd "$B/tree" && grep -rlF --exclude-dir=.git return . | sort)
    seq 100000 | sort -R >"$A/numbers"
    sort -n -o "$B/numbers" "$B/numbers"
    seq 100000 | cmp - "$A/numbers"
    sed -i 's/^7$/seven/' "$A/numbers"
    same seven "$(sed -n 7p "$B/numbers")" "an edit by sed -i"
    dd if=/dev/urandom of="$A/big" bs=1M count=24 status=none
    cmp "$A/big" "$B/big"
    truncate -s 1000 "$B/big"
    same 1000 "$(stat -c %s "$A/big")" "size after truncate"
}

acrossPrefixes() {
    mkdir "$A/projects/p"
    mv "$A/clone" "$B/projects/p/clone"
    [ ! -e "$B/clone" ] || fail "mv left the source behind"
    git -C "$A/projects/p/clone" fsck --full
    ln -s projects/p/clone "$A/into"
    ln -s ../../tree "$B/projects/p/outOf"
    same "$(cat "$A/tree/empty")" "$(cat "$B/into/empty")" "a symbolic link into /projects"
    cmp "$A/projects/p/outOf/hard-link" "$tree/hard-link"
    if ln "$A/numbers" "$A/projects/p/numbers" 2>/dev/null; then fail "a hard link crossed domains"; fi
    same "clone outOf" "$(ls "$B/projects/p" | paste -sd ' ')" "what is in /projects/p"
    same "$(stat -c %i "$A/projects")" "$(stat -c %i "$B/projects")" "the inode number of /projects at both"
}

execute() {
    cp "$A/c/prog" "$B/copy"
    same "$("$B/c/prog")" "$("$A/copy")" "a copied program"
    printf '#!/bin/sh\necho "ran with $1"\n' >"$A/script"
    chmod +x "$A/script"
    same "ran with it" "$("$B/script" it)" "a script"
}

step "inputs: $tree, $cSource" makeInputs
step "servers and mounts" startAll
step "cp -a at a, diff -r at b" copy
step "rsync -anc at b" rsyncFindsNoDifference
step "tar from b to a, and back" tarOutAndIn
step "git: commits from both, status, log, fsck, gc, clone" gitFromBoth
step "make -j2 at b, edits at a" makeAcrossClients
step "sqlite with a rollback journal, in turn" sqliteInTurn
step "sqlite from both together" sqliteTogether
step "find, grep, sort -o, sed -i, cmp, truncate" textTools
step "mv, symbolic and hard links across prefixes" acrossPrefixes
step "programs and scripts run from the mounts" execute
step "rm -rf at b" rm -rf "$B/tree" "$B/c" "$B/projects/p"
[ ! -e "$A/tree" ] || fail "a still sees what b removed"
