#!/usr/bin/env bash
# bench.sh   the benchmark's group share with each driver: nothing may be stale, lost or torn, on a mount or between
# two. Then more data than the cache holds, and many small files: the memory of the daemons stays below the limit that
# docs/operations.md states.
. "$(dirname "$0")/lib.sh"
benchmark=$programs/../benchmark
cacheMegabytes=64 limitMegabytes=$((cacheMegabytes + 768))
JAVA_HOME=$("$programs/../find-jdk")
export JAVA_HOME BENCH_DIR=$work/bench

mounts() { # DRIVER
    SPRITEFS_MOUNT_OPTIONS="--driver $1 --cache-size ${cacheMegabytes}m"
    mountAt "$A"
    mountAt "$B"
}
unmount() {
    "$spritefs" umount "$A"
    "$spritefs" umount "$B"
}

share() { # DRIVER
    python3 "$benchmark/bench.py" "$A" "$B" --groups share --cap 3 --name "$1" --out "$work/$1.json" --no-json \
        >"$work/bench.log" 2>&1
    "$benchmark/judge.py" "$work/$1.json"
}

# Nine times the cache, from three files at a time, written at one mount and read at the other; and the sources.
muchData() {
    local i round pid pids=()
    head -c 210M /dev/urandom >"$work/random"
    for i in 1 2 3; do
        part "$i" >"$A/big$i" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    for round in 1 2; do
        pids=()
        for i in 1 2 3; do
            part "$i" | cmp - "$B/big$i" &
            pids+=($!)
        done
        mkdir "$A/tree$round"
        (cd "$programs/../.." && cp -r --parents -- */src/main "$A/tree$round")
        diff -r "$A/tree$round" "$B/tree$round"
        for pid in "${pids[@]}"; do
            wait "$pid"
        done
    done
    rm -rf "$A"/big* "$A"/tree*
}
part() { dd if="$work/random" bs=1M skip="$1" count=200 status=none; } # no two are alike at any place
memory() { # DRIVER   the most that was resident, of all kinds
    local mount pid megabytes
    for mount in "$A" "$B"; do
        read -r pid _ <"$mount.pid"
        megabytes=$(($(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status") / 1024))
        echo "            $1, $(basename "$mount"): $megabytes MB of $limitMegabytes MB"
        [ "$megabytes" -le "$limitMegabytes" ] || fail "a daemon used $megabytes MB, and $limitMegabytes MB are its limit"
    done
}

# What the judge is there for.
judgeIsHeard() {
    local key
    for key in stale lost torn never_seen bad_list error; do
        python3 - "$work/jnr.json" "$work/false.json" "$key" <<'EOF'
import json, sys
with open(sys.argv[1]) as f:
    result = json.load(f)
result['phases']['share.names'][sys.argv[3]] = 1
with open(sys.argv[2], 'w') as f:
    json.dump(result, f)
EOF
        if "$benchmark/judge.py" "$work/false.json" >"$work/judge.out" 2>&1; then fail "$key=1 was let through"; fi
        grep -q "share.names.*1" "$work/judge.out" || fail "$key=1 was not told of"
    done
}

# Of which a part is missing.
partIsCaught() {
    mkdir "$work/one"
    python3 "$benchmark/bench.py" "$work/one" "$work/one" --groups share --only append_nolock --cap 1 --name part \
        --out "$work/part.json" --no-json >"$work/bench.log" 2>&1
    if "$benchmark/judge.py" "$work/part.json" 2>"$work/judge.out"; then fail "a part of the group was let through"; fi
    grep -q "share.names was not measured" "$work/judge.out" || fail "it was not said what is missing"
}

step "servers" startAll
unmount
for driver in jnr kernel; do
    step "two mounts with the driver $driver" mounts $driver
    step "hand-offs, appends, counters, names: nothing stale, lost or torn" share $driver
    step "more data than the cache holds" muchData
    step "memory" memory $driver
    unmount
done
step "a result that is bad is called so" judgeIsHeard
step "a result that is no whole is called so" partIsCaught
