#!/usr/bin/env bash
# stress.sh   all that is promised, for half a minute, with a judge that misses little; and a client with a planted bug,
# which the judge must not miss.
. "$(dirname "$0")/lib.sh"
stress=$programs/../consistency-stress
given=${SPRITEFS_MOUNT_OPTIONS:-}
SPRITEFS_MOUNT_OPTIONS="$given --driver kernel"

isExplained() { # ARGUMENT...
    "$stress" "$A" "$B" "$@" --window 2 >"$work/stress.out" 2>&1 || {
        cat "$work/stress.out"
        fail "the promise was broken"
    }
    tail -n 1 "$work/stress.out"
}

remount() { # OPTION...
    "$spritefs" umount "$A"
    "$spritefs" umount "$B"
    SPRITEFS_MOUNT_OPTIONS="$given $*"
    mountAt "$A"
    mountAt "$B"
}

bugIsCaught() { # the first attempt mostly does; on the busiest machine it takes more than one
    local status=0 began=$SECONDS
    until [ $status = 1 ] || [ $((SECONDS - began)) -gt 180 ]; do
        status=0
        "$stress" "$A" "$B" --seconds 4 --workload sharing,handoff --window 2 --stories 1 >"$work/bug.out" 2>&1 || status=$?
        [ $status -le 1 ] || break
    done
    if [ $status != 1 ] || ! grep -q '^VIOLATION: ' "$work/bug.out"; then
        cat "$work/bug.out"
        fail "the planted bug was not caught in $((SECONDS - began)) s (status $status)"
    fi
    sed -n '/^VIOLATION/,/^$/p' "$work/bug.out"
    grep -q ' was there (the' "$work/bug.out" || fail "that is no story"
    echo "            caught after $((SECONDS - began)) s"
}

step "servers and mounts" startAll
step "20 s of everything can be explained" isExplained --seconds 20
step "mounts whose kernels cache pages" remount --driver kernel -o page_cache
step "10 s of everything can be explained" isExplained --seconds 10
step "mounts where the kernel caches nothing" remount --driver kernel -o nokernel_cache
step "10 s of everything can be explained" isExplained --seconds 10
step "mounts with the jnr driver" remount --driver jnr
# For the names see docs/checking.md, "Figures".
step "10 s of everything but names can be explained" isExplained --seconds 10 --workload handoff,sharing,appends,locks,truncates
step "mounts with a planted bug" remount --debug-skip-invalidation
step "the bug is caught" bugIsCaught
