#!/usr/bin/env bash
# shutdown.sh   a machine that goes down with two servers, a hard mount, one with -o takeover, programs that wait on
# them and a shell that sits there: SIGTERM to everything at once, SIGKILL 5 s later, then umount(8). And the same where
# one of the servers was gone before. It takes seconds, leaves nothing, and what programs had written is at the servers
# or in local files. The machine is a PID namespace and what goes with it.
. "$(dirname "$0")/lib.sh"
needRoot

# What systemd gives by default is 90 s; a person who waits wants seconds.
downSecondsMax=15
killAfterSeconds=5

# ------------------------------------------------------------------------------------------- on the machine, as process 1
cat >"$work/machine" <<'TEXT'
set -euo pipefail
programs=$1 work=$2 absence=$3 downSecondsMax=$4 killAfterSeconds=$5
. "$programs/../daemons.sh"
fail() { echo "shutdown.sh: $*" >&2; exit 1; }
one=127.0.0.1:7451 two=127.0.0.1:7452
hard=/mnt/hard kept=/mnt/kept

comesUp() {
    startServer server-1 /run --domain "/=$work/server-1" --listen $one --peer $two
    startServer server-2 /run --domain "/things=$work/server-2" --listen $two --peer $one
    "$spritefs" prefix add /things --server $one 2>/dev/null || true # it is there after the first time
    mkdir -p $hard $kept
    "$spritefs" mount $hard --server $one
    "$spritefs" mount $kept --server $one -o takeover
}
connections() { # those of this machine's mounts: number and inode, since others may get a number again
    local device
    awk '/ - fuse.spritefs / { print $3 }' /proc/self/mountinfo | while IFS=: read -r _ device; do
        echo "$device $(stat -c %i "/sys/fs/fuse/connections/$device")"
    done
}
isConnected() { [ "$(stat -c %i "/sys/fs/fuse/connections/$1" 2>/dev/null)" = "$2" ]; }

# Everything that may hold a shutdown up. $1: where they read and write.
programsWork() {
    local mount
    for mount in $hard $kept; do
        head -c 300000 /dev/urandom >"$work/expected-${mount##*/}"
        (cd $mount && exec sleep 1000) &
        (set +e; trap '' TERM; cd $mount; while sleep 0.1; do ls $mount/things; echo more >>$mount/things/more; done) &>/dev/null &
        flock $mount/things/lock sleep 1000 &
        within 10 eval "! flock -n $mount/things/lock true"
        flock $mount/things/lock true &
        cp "$work/expected-${mount##*/}" "$mount/things/dirty-${mount##*/}"
    done
    disown -a
}
secondServerGoes() {
    local pid
    read -r pid _ </run/server-2.pid
    kill -KILL "$pid"
    for mount in $hard $kept; do
        (exec stat -f $mount/things) &>/dev/null &
        (trap '' TERM; exec ls $mount/things) &>/dev/null &
        (exec cat $mount/things/cold) &>/dev/null &
        within 10 waits $mount || fail "nobody waits at $mount"
    done
    disown -a
}
waits() { "$spritefs" status "$1" --json | grep -q '"waitsFor" : "server '; }

others() { # processes besides this one and its children of the moment
    local process
    for process in /proc/[0-9]*; do
        process=${process#/proc/}
        [ "$process" = 1 ] || [ "$process" = $BASHPID ] || [ -z "$(startTime "$process")" ] || echo "$process"
    done
}
areGone() { [ -z "$(others)" ]; }

goesDown() {
    local began=${EPOCHREALTIME/./} ours
    ours=$(connections)
    [ "$(wc -l <<<"$ours")" = 2 ] || fail "there are not two mounts: $ours"
    kill -TERM -1
    within $killAfterSeconds areGone || true
    if pgrep -af 'sprite\.(server|client)' >/run/late; then
        fail "$((${EPOCHREALTIME/./} - began)) us after SIGTERM there still is: $(cat /run/late)"
    fi
    kill -KILL -1 # those who do not listen
    timeout 60 umount -a -t fuse.spritefs
    took=$(((${EPOCHREALTIME/./} - began) / 1000))
    within 2 areGone || fail "processes outlive the machine: $(others | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline"; done)"
    ! grep fuse.spritefs /proc/self/mountinfo || fail "something is still mounted"
    while read -r number inode; do
        ! isConnected "$number" "$inode" || fail "the kernel still has connection $number"
    done <<<"$ours"
    [ $took -lt $((downSecondsMax * 1000)) ] || fail "it took $took ms to go down"
}

# What was dirty is at the server, or in a local file.
nothingIsLost() {
    local name found
    comesUp
    for name in hard kept; do
        found=$(find /var/lib/spritefs/lost -type f -size 300000c 2>/dev/null || true)
        cmp -s "$work/expected-$name" "$kept/things/dirty-$name" && continue
        for file in $found; do
            ! cmp -s "$work/expected-$name" "$file" || continue 2
        done
        fail "what was written at $name is nowhere: $(ls -l $kept/things; echo "$found")"
    done
}

mount --make-rprivate /
mount -t proc proc /proc
awk '/ - fuse/ { print $5 }' /proc/self/mountinfo | while read -r other; do # others' mounts are not this machine's
    umount -i -c -l "$other" || true
done
mount -t sysfs sysfs /sys
mount -t fusectl fusectl /sys/fs/fuse/connections
for directory in /mnt /run /var/log /var/lib; do mount -t tmpfs machine $directory; done
ip link set lo up
comesUp
echo cold >$hard/things/cold
sync $hard/things/cold
programsWork
[ "$absence" = none ] || secondServerGoes
goesDown
echo $took >"$work/took"
nothingIsLost
"$spritefs" umount $hard
"$spritefs" umount $kept
TEXT

# machine ABSENCE   of the second server: none, or before
machine() {
    rm -rf "$work"/server-*/*
    timeout -k 10 200 unshare --mount --pid --net --fork --kill-child bash "$work/machine" "$programs" "$work" "$1" \
        $downSecondsMax $killAfterSeconds || fail "a machine does not go down as it should"
    echo "            it went down in $(cat "$work/took") ms"
}

step "servers and clients go down together" machine none
step "a server is gone before" machine before
