#!/usr/bin/env bash
# lab-stress.sh   three clients use the same files as hard as they can while one of them is cut off and healed, one is
# killed and started again, and a server is restarted (scripts/lab stress). Passes if every fault was brought about and
# everything that was seen can be explained. SPRITEFS_STRESS_SEED chooses other faults.
. "$(dirname "$0")/lib.sh"
useLab
seed=${SPRITEFS_STRESS_SEED:-40}

stress() {
    local status=0 kind
    "$lab" stress --seed "$seed" >"$work/stress.out" 2>&1 || status=$?
    if [ $status != 0 ]; then
        cat "$work/stress.out"
        fail "lab stress --seed $seed ended with status $status"
    fi
    grep -E '^(lab stress: seed|fault: |failed |.*: every one can be explained$)' "$work/stress.out"
    for kind in 'cut off: ' 'killed and started again: client' '(restarted|killed, and started again after . s): server'; do
        grep -qE "^fault: $kind" "$work/stress.out" || fail "no '$kind' was brought about"
    done
    grep -q ': every one can be explained$' "$work/stress.out"
}
allRun() { # as before: what was brought about is over
    "$lab" status >"$work/status.out"
    same 5 "$(grep -c 'runs (pid .*good$' "$work/status.out")" "hosts that run and reach everybody"
}

step "up: two servers, three clients" "$lab" up --servers 2 --clients 3
step "stress on all of them, with faults" stress
step "everybody is there again" allRun
