#!/usr/bin/env bash
# crash.sh   a short run of scripts/crash, in which a client and servers are killed and a client is cut off: nothing is
# lost or stale. And a write that is said to be synced and was never made, which must be found. SPRITEFS_CRASH_SEED
# chooses other faults.
. "$(dirname "$0")/lib.sh"
useLab
crash=$programs/../crash
seed=${SPRITEFS_CRASH_SEED:-9}

nothingLost() {
    "$crash" --seconds 25 --seed "$seed" --clients 2 >"$work/crash.out" 2>&1 || {
        cat "$work/crash.out"
        fail "crash --seed $seed found something"
    }
    sed -n '/^seed:/,$p' "$work/crash.out"
    grep -q '^lost: *0$' "$work/crash.out"
    grep -q '^stale: *0$' "$work/crash.out"
    grep -q 'every one can be explained$' "$work/crash.out"
    grep -q '^fsck findings: *0$' "$work/crash.out"
    ! grep -qE '^(acknowledged operations|files checked): *0' "$work/crash.out" || fail "nothing was checked"
    [ "$seed" != 9 ] || [ "$(grep -cE '^  (clients killed|clients cut off|servers killed).*: *[1-9]' "$work/crash.out")" = 3 ] ||
        fail "not all faults were brought about"
}
forgottenWriteIsFound() {
    local status=0
    SPRITEFS_CRASH_FORGET=client1.1 "$crash" --seconds 1 --seed "$seed" --clients 2 --writers 1 >"$work/forgot.out" 2>&1 ||
        status=$?
    grep -E '^(LOST|lost)' "$work/forgot.out" || true
    [ $status = 1 ] && grep -q '^LOST at .*: crash/client1.1/f[0-9]* is wrong from byte 0 on' "$work/forgot.out" || {
        cat "$work/forgot.out"
        fail "the forgotten write was not found (status $status)"
    }
}

step "hosts and lines fail under load: nothing is lost, nothing is stale" nothingLost
step "a write that was forgotten is found" forgottenWriteIsFound
