#!/usr/bin/env bash
# dump.sh   a domain is dumped while clients write to it: what is loaded is without damage and of one moment. Two files
# are written in turn, each synced before the other is begun; a dump has equal numbers in them, or the first is one ahead.
. "$(dirname "$0")/lib.sh"

copy=$work/copy C=$work/c
writeInTurn() {
    python3 - "$A" "$work/stop" <<'PROGRAM'
import os, sys
where, stop = sys.argv[1:]
files = [os.open(f"{where}/{name}", os.O_RDWR | os.O_CREAT) for name in ("first", "second")]
n = 1
while not os.path.exists(stop):
    for file in files:
        os.pwrite(file, n.to_bytes(4, "big") * 50_000, 0)
        os.fsync(file)
    n += 1
PROGRAM
}
change() { # names, data and space come and go
    local i=0
    while [ ! -e "$work/stop" ]; do
        cp -r "$B/tree" "$B/tree.$((i % 3))"
        rm -rf "$B/tree.$(((i + 1) % 3))"
        : >"$B/emptied"
        head -c 700000 /dev/urandom >>"$B/emptied"
        i=$((i + 1))
    done
}
numbers() {
    python3 - "$C/first" "$C/second" <<'PROGRAM'
import sys
numbers = []
for name in sys.argv[1:]:
    data = open(name, "rb").read()
    if data != data[:4] * 50_000:
        sys.exit(f"{name} was seen in part: {len(data)} bytes")
    numbers.append(int.from_bytes(data[:4], "big"))
first, second = numbers
if second not in (first, first - 1):
    sys.exit(f"the first file has {first} and the second has {second}: that was at no moment")
PROGRAM
}
dumpAndLook() {
    "$spritefs" dump "$work/server-1" >"$work/dump" 2>>"$work/dump.log"
    "$spritefs" load "$copy" <"$work/dump" 2>>"$work/dump.log"
    "$spritefs" fsck "$copy" >>"$work/dump.log" || fail "the copy is damaged: $(tail -n 5 "$work/dump.log")"
    startServer copy "$work" --domain "/=$copy" --listen "${first%:*}:$third"
    mkdir "$C"
    "$spritefs" mount "$C" --server "${first%:*}:$third"
    diff -r "$work/tree" "$C/tree"
    numbers
    "$spritefs" umount "$C"
    rmdir "$C"
    stopRemembered "$work/copy.pid"
    rm -rf "$copy"
}

read -r third _ <<<"$(freePorts)"
step "servers and mounts" startAll
cp -r "$programs/../../server/src/main" "$work/tree"
cp -r "$work/tree" "$A/tree"
"$spritefs" umount "$A" # which brings everything home
mountAt "$A"
writeInTurn &
writer=$!
change &
changer=$!
within 30 test -s "$B/second"
for round in 1 2 3; do
    step "dump $round of a domain in use" dumpAndLook
done
touch "$work/stop"
wait "$writer" "$changer"
[ ! -e "$work/server-1/aside" ] || fail "the dump has left something behind"
