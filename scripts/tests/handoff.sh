#!/usr/bin/env bash
# handoff.sh   the promise itself: what was written before an open elsewhere is what that open reads; appends and
# locked updates from two clients lose nothing.
. "$(dirname "$0")/lib.sh"

step "servers and mounts" startAll
step "10,000 hand-offs" python3 "$programs/handoff.py" handoffs "$A" "$B" 10000
step "2 x 2,000 appends with O_APPEND" python3 "$programs/handoff.py" appends "$A" "$B" 2000
step "2 x 2 x 250 increments under flock" python3 "$programs/handoff.py" flock "$A" "$B" 250
step "2 x 2 x 250 increments under fcntl locks" python3 "$programs/handoff.py" fcntl "$A" "$B" 250
