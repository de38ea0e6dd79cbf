#!/usr/bin/env bash
# lab.sh   five hosts with a network between them (scripts/lab): one is cut off, one dies, a server is killed; nobody
# reads what is out of date, and the others go on. Then nothing of the lab is left on this machine.
. "$(dirname "$0")/lib.sh"
useLab
notes=$SPRITEFS_LAB/notes # of the hosts' files, those of the lab are the only ones that are seen here

on() { # HOST SCRIPT: given up after a minute
    timeout 60 "$lab" exec "$1" -- bash -c "$2"
}
pidOf() { on "$1" 'spritefs status /sprite --json' | tr -d ' \n' | sed -n 's/^{"pid":\([0-9]*\).*/\1/p'; }

# ------------------------------------------------------------------------------------------------- what is left behind
traces() { # of labs on this machine, outside of them
    grep -E "$work| /sprite " /proc/self/mounts || true
    ip -o link | grep -E '(server|client)[0-9]|br0' || true
    ip netns
    pgrep -af "$work/lab" || true
    [ ! -e "$SPRITEFS_LAB" ] || find "$SPRITEFS_LAB"
}

hostsAreHosts() {
    local host
    for host in server1 server2 client1 client2 client3; do
        same "$host" "$(on $host 'uname -n')" "the name of a host"
    done
    same "10.88.0.102/24" "$(on client2 'ip -o -4 address show eth0' | awk '{print $4}')" "the address of client2"
    if "$lab" up 2>"$work/second-up"; then fail "a second up was not refused"; fi
    grep -q "there is a lab already" "$work/second-up"
}
oneNameSpace() {
    on client1 'echo hello > /sprite/hello; mkdir /sprite/projects/p; echo there > /sprite/projects/p/note'
    same "hello there" "$(on client2 'cat /sprite/hello /sprite/projects/p/note | paste -sd " "')" "what client2 reads"
    same "hello there" "$(on client3 'cat /sprite/hello /sprite/projects/p/note | paste -sd " "')" "what client3 reads"
}

# ---------------------------------------------------------------------------------------------------------- client2 is cut
# One process opens the file anew for each read, another reads by a descriptor that it has had all the time. Both write
# down when each read began and what it gave.
readAllTheTime() {
    mkdir "$notes"
    cat >"$notes/reader" <<'TEXT'
    exec 3<"$2" 2>/dev/null
    while [ ! -e "$1/enough" ]; do
        began=$EPOCHREALTIME
        text=$(cat "$2") && echo "$began $text" >>"$1/anew"
        began=$EPOCHREALTIME
        text=$(python3 -c 'import os; print(os.pread(3, 100, 0).decode(), end="")') && echo "$began $text" >>"$1/again"
        sleep 0.2
    done
TEXT
    on client1 'echo old > /sprite/shared; sync /sprite/shared'
    "$lab" exec client2 -- bash "$notes/reader" "$notes" /sprite/shared 2>>"$notes/reader.log" &
    within 30 hasRead again old || fail "client2 does not read"
}
hasRead() { [ -e "$notes/$1" ] && [ "$(tail -n 1 "$notes/$1" | cut -d ' ' -f 2)" = "$2" ]; }

cutClient2() {
    client2=$(pidOf client2)
    "$lab" cut client2
    # lost, not refused
    local status=0
    on client2 'timeout 2 bash -c ": < /dev/tcp/server1/7450"' || status=$?
    same 124 $status "how a connection from client2 to server1 fails"
}
writeAtClient1() {
    on client1 'echo new > /sprite/shared; sync /sprite/shared'
    written=$EPOCHREALTIME
    same new "$(on client3 'cat /sprite/shared')" "what client3 reads while client2 is cut off"
    sleep 2 # client2 may try to read meanwhile
}
client2GivesUp() { # before anything could tell it so: it makes new connections as long as the cut lasts
    within 60 grep -q "server1:7450: the server is away" "$SPRITEFS_LAB/client2/daemon.log" ||
        fail "client2 clings to a connection on which nothing arrives"
}
client2IsBack() {
    "$lab" heal client2
    within 120 hasRead anew new || fail "client2 does not read the new data"
    within 60 hasRead again new || fail "client2 does not read the new data by its open descriptor"
    touch "$notes/enough"
    wait
    same "$client2" "$(pidOf client2)" "the daemon of client2"
    on client2 'echo from client2 > /sprite/shared'
    same "from client2" "$(on client1 'cat /sprite/shared')" "what client1 reads"
}
nothingStale() {
    local way stale
    for way in anew again; do
        grep -q old "$notes/$way" && grep -q new "$notes/$way" || fail "client2 did not read both before and after"
        stale=$(awk -v written="$written" '$1 > written && $2 != "new"' "$notes/$way")
        [ -z "$stale" ] || fail "read at client2, $way, after client1 had written (at $written): $stale"
    done
}

# --------------------------------------------------------------------------------------------- what nobody takes any more
dirtyWhileCut() { # client2 closes a file and has not sent it; client1 cannot wait for ever
    on client1 'mkdir /sprite/refused'
    on client2 'echo of client2 > /sprite/refused/file'
    "$lab" cut client2
    on client1 'echo of client1 > /sprite/refused/file; sync /sprite/refused/file'
    "$lab" heal client2
}
keptAside() {
    local log=$SPRITEFS_LAB/client2/daemon.log kept
    within 60 grep -q '(/refused/file) .* refused .* kept in ' "$log" || fail "client2 does not say what was refused"
    kept=$(sed -n 's|.*(/refused/file) .* refused .* kept in ||p' "$log")
    same "of client2" "$(on client2 "cat '$kept'")" "what client2 has kept in $kept"
    [[ $kept == *-file ]] || fail "the name of $kept does not tell the file's"
    on client2 'spritefs status /sprite' >"$work/status"
    same "1 ${kept%/*}" "$(awk '/^kept/ { inside = 1 } inside && /files/ { n = $2 } inside && /directory/ { print n, $2; exit }' \
        "$work/status")" "what the status of client2 says is kept"
    same "of client1" "$(on client2 'cat /sprite/refused/file')" "what client2 reads"
}

# ------------------------------------------------------------------------------------------------------------ deaths
clientDies() {
    on client1 'echo safe > /sprite/held; sync /sprite/held'
    "$lab" exec client3 -- bash -c 'exec 3>>/sprite/held; echo lost >&3; echo > /sprite/holds; sleep 300' 2>/dev/null &
    within 30 on client1 'test -e /sprite/holds' || fail "client3 does not write"
    "$lab" kill client3
    on client1 'echo at once > /sprite/other'
    same "at once" "$(on client2 'cat /sprite/other')" "another file, while the server still waits for client3"
    same safe "$(on client1 'head -n 1 /sprite/held')" "the file that client3 had open"
    on client2 'echo mine > /sprite/held'
    "$lab" start client3
    same mine "$(on client3 'cat /sprite/held')" "what client3 reads when it is back"
}
lockOfTheDead() { # is free when its lease of 10 s and a second are over, for who waits for it
    local leaseAndSkewMillis=11000 allowanceMillis=2000 began took
    on client1 'echo > /sprite/locked'
    "$lab" exec client3 -- flock /sprite/locked sleep 300 2>/dev/null &
    within 30 on client1 '! flock -n /sprite/locked true' || fail "client3 does not lock"
    began=${EPOCHREALTIME/./}
    "$lab" kill client3
    on client1 'flock /sprite/locked true'
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    [ $took -le $((leaseAndSkewMillis + allowanceMillis)) ] || fail "client1 gets the lock of client3 after $took ms"
    "$lab" start client3
}
serverDies() {
    on client1 'echo before > /sprite/survives'
    "$lab" kill server1
    on client1 'echo after >> /sprite/survives; sync /sprite/survives' &
    local writer=$!
    "$lab" start server1
    wait $writer || fail "what client1 wrote while server1 was away failed"
    same "before after" "$(on client2 'paste -sd " " /sprite/survives')" "what client2 reads from the server that is back"
    "$lab" restart server2
    same there "$(on client3 'cat /sprite/projects/p/note')" "what client3 reads from server2"
}
clientBeforeServers() { # "said" is what the last attempt to mount said
    local host client server
    for host in client3 server1 server2; do "$lab" kill $host; done
    "$lab" start client3 &
    client=$!
    within 60 on client3 'grep -q "server answers" /tmp/said' || fail "client3 does not try to mount"
    "$lab" start server1 &
    server=$!
    "$lab" start server2
    wait $server || fail "server1 does not start beside server2"
    wait $client || fail "client3, started before the servers, did not wait for them"
    same there "$(on client3 'cat /sprite/projects/p/note')" "what client3 reads, which was started before the servers"
}
slowNetwork() {
    "$lab" delay client1 200 >/dev/null
    local began=${EPOCHREALTIME/./} took
    on client1 'echo slow > /sprite/slow'
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    "$lab" delay client1 off >/dev/null
    [ $took -ge 200 ] || fail "a file was made in $took ms over a line of 200 ms"
    same slow "$(on client2 'cat /sprite/slow')" "what was written over the slow line"
}

# ------------------------------------------------------------------------------------------------------------- the end
goneAfter() { # WHAT
    "$lab" down >/dev/null
    same "$before" "$(traces)" "what is left on the machine after $1"
}
interruptedUp() {
    setsid "$lab" up --servers 1 --clients 1 >/dev/null 2>&1 &
    local up=$!
    within 30 test -e "$SPRITEFS_LAB/client1/booted" || fail "up does not come so far"
    kill -KILL $up
    { wait $up || true; } 2>/dev/null
    goneAfter "an interrupted up"
}
lostFiles() {
    "$lab" up --servers 1 --clients 0 >/dev/null
    rm -rf "$SPRITEFS_LAB"/*
    goneAfter "the lab's files were deleted"
}

before=$(traces)
step "up: two servers, three clients" "$lab" up --servers 2 --clients 3
step "each host has its name and address" hostsAreHosts
step "all clients see one tree of files" oneNameSpace
step "client2 reads a file all the time" readAllTheTime
step "client2 is cut off; its packets are lost" cutClient2
step "client1 writes the file, as soon as client2's lease is over" writeAtClient1
step "client2 gives up its connection" client2GivesUp
step "the cut is healed; client2 goes on without a new mount" client2IsBack
step "no read that began after the write gave the old data" nothingStale
step "client2 is cut off with a file that it has not sent; client1 writes it; heal" dirtyWhileCut
step "what client2 wrote is kept in a local file, and told" keptAside
step "kill -9 of client3, which has a file open and dirty; the others go on" clientDies
step "kill -9 of client3, which has a lock; client1 gets it when the lease is over" lockOfTheDead
step "kill -9 of server1; restart of server2; the clients go on" serverDies
step "everything is killed; a client that is started before its servers waits for them" clientBeforeServers
step "a line that is 200 ms late" slowNetwork
step "down leaves nothing behind" goneAfter "down"
step "nor after an interrupted up" interruptedUp
step "nor when the lab's files are gone" lostFiles
