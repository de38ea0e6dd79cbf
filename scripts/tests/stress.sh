#!/usr/bin/env bash
# stress.sh   all that is promised, for half a minute, with a judge that misses little; and a client with a planted bug,
# which the judge must not miss.
. "$(dirname "$0")/lib.sh"
stress=$programs/../consistency-stress
SPRITEFS_MOUNT_OPTIONS="--driver kernel ${SPRITEFS_MOUNT_OPTIONS:-}"

isExplained() {
    "$stress" "$A" "$B" --seconds 20 --window 2 >"$work/stress.out" 2>&1 || {
        cat "$work/stress.out"
        fail "the promise was broken"
    }
    tail -n 1 "$work/stress.out"
}

remountWithBug() {
    "$spritefs" umount "$A"
    "$spritefs" umount "$B"
    SPRITEFS_MOUNT_OPTIONS+=" --debug-skip-invalidation"
    mountAt "$A"
    mountAt "$B"
}

bugIsCaught() { # on the busiest machine it takes more than one attempt
    local attempt status=0
    for attempt in 1 2 3 4 5 6; do
        status=0
        "$stress" "$A" "$B" --seconds 4 --workload sharing --stories 1 >"$work/bug.out" 2>&1 || status=$?
        [ $status = 0 ] || break
    done
    if [ $status != 1 ] || ! grep -q '^VIOLATION: ' "$work/bug.out"; then
        cat "$work/bug.out"
        fail "the planted bug was not caught (status $status, attempt $attempt)"
    fi
    sed -n '/^VIOLATION/,/^$/p' "$work/bug.out"
}

step "servers and mounts" startAll
step "20 s of everything can be explained" isExplained
step "mounts with a planted bug" remountWithBug
step "the bug is caught" bugIsCaught
