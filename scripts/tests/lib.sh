# lib.sh   sourced by the scenarios beside it. Gives them two clients of one name space on real mounts, $A and $B:
# the domain / on one file server, /projects on another, all in a temporary directory that goes with the scenario.
#
#   . "$(dirname "$0")/lib.sh"
#   startAll
#   step "what is shown" command...
#
# SPRITEFS_MOUNT_OPTIONS is added to the mounts (for example "--driver jnr"). A scenario that fails prints the last
# lines of the logs. TMPDIR says where the temporary directory is made.
set -euo pipefail
export LC_ALL=C
. "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../daemons.sh"
programs=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")

work=$(mktemp -d "${TMPDIR:-/tmp}/spritefs-test.XXXXXX")
A=$work/a B=$work/ä # names are bytes, also in the C locale
mkdir "$work/server-1" "$work/server-2" "$A" "$B"
title=
trap cleanUp EXIT
trap 'exit 130' INT TERM

cleanUp() {
    local status=$? m s
    trap - EXIT INT TERM
    set +e
    cd /
    if [ $status != 0 ]; then
        [ -z "$title" ] || echo "failed at: $title" >&2
        for s in "$work"/*.out "$work"/*.log; do
            [ -s "$s" ] && { echo "--- the last lines of $(basename "$s")"; tail -n 25 "$s"; }
        done
    fi
    for m in "$A" "$B"; do
        if findmnt -n "$m" >/dev/null; then
            timeout 60 "$spritefs" umount "$m" || {
                echo "umount failed: $m" >&2
                [ $status = 0 ] && status=1
                umount -l "$m" 2>/dev/null || fusermount3 -uz "$m"
            }
        fi
        if [ -e "$m.pid" ]; then
            within 10 hasEnded "$m.pid" || {
                echo "the daemon of $m outlived its mount" >&2
                [ $status = 0 ] && status=1
                stopRemembered "$m.pid"
            }
        fi
    done
    for s in "$work"/*.pid; do
        stopRemembered "$s" || { [ $status = 0 ] && status=1; }
    done
    findmnt -n "$A" >/dev/null || findmnt -n "$B" >/dev/null || rm -rf --one-file-system "$work"
    if [ $status = 0 ]; then echo "$(basename "$0"): passed in $SECONDS s"; else echo "$(basename "$0"): FAILED" >&2; fi
    exit $status
}

fail() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

# needRoot   the scenario ends here if it does not run as root, and says so.
needRoot() {
    [ "$(id -u)" != 0 ] || return 0
    trap - EXIT
    rm -rf "$work"
    echo "$(basename "$0"): SKIPPED, it needs root" >&2
    exit 0
}

# useLab   for a scenario that needs a lab of hosts: $lab is the command, and the lab goes with the scenario, which
# shows its logs if it fails. Needs root.
useLab() {
    needRoot
    export SPRITEFS_LAB=$work/lab
    lab=$(dirname "$programs")/lab
    trap takeDown EXIT
}
takeDown() {
    local status=$? log
    trap - EXIT
    set +e
    if [ $status != 0 ]; then
        timeout 60 "$lab" status
        for log in "$SPRITEFS_LAB"/*/daemon.log; do
            [ -e "$log" ] || continue
            echo "--- the last lines of ${log#"$SPRITEFS_LAB/"}"
            tail -n 40 "$log"
        done
    fi
    "$lab" down >/dev/null || [ $status != 0 ] || status=1
    (exit $status)
    cleanUp
}

# Two ports that are free now, below those that Linux gives to who connects: a client whose server is away must not get
# its port.
freePorts() {
    python3 -c '
import random, socket
ports = []
while len(ports) < 2:
    port = random.randrange(15000, 32000)
    with socket.socket() as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            continue
    if port not in ports:
        ports.append(port)
print(*ports)'
}

# startAll   two servers, the remote link, two mounts
startAll() {
    local one two
    read -r one two <<<"$(freePorts)"
    first=127.0.0.1:$one second=127.0.0.1:$two
    startServer server-1 "$work" --domain "/=$work/server-1" --listen "$first" --peer "$second"
    startServer server-2 "$work" --domain "/projects=$work/server-2" --listen "$second" --peer "$first"
    "$spritefs" prefix add /projects --server "$first"
    mountAt "$A"
    mountAt "$B"
}

# mountAt DIRECTORY
mountAt() {
    # shellcheck disable=SC2086 # SPRITEFS_MOUNT_OPTIONS is a list of words
    "$spritefs" mount "$1" --server "$first" ${SPRITEFS_MOUNT_OPTIONS:-} 2>>"$work/mount.log"
    within 10 mountpoint -q "$1" || fail "$1 was not mounted"
    remember "$1.pid" "$(status "$1" pid)"
}

# status MOUNT FIELD[.FIELD...]   a field of `status --json`
status() {
    "$spritefs" status "$1" --json | python3 -c '
import functools, json, sys
print(functools.reduce(lambda value, name: value[name], sys.argv[1].split("."), json.load(sys.stdin)))' "$2"
}

# step TITLE COMMAND...   runs it, says how long it took; the scenario ends if anything in it fails. (Not written with
# ||, which would switch off `set -e` inside of the command.)
step() {
    local start=${EPOCHREALTIME/./}
    title=$1
    shift
    "$@"
    printf '  %6d ms  %s\n' $(((${EPOCHREALTIME/./} - start) / 1000)) "$title"
    title=
}

# same EXPECTED ACTUAL WHAT
same() {
    [ "$1" = "$2" ] || fail "$3: expected '$1', found '$2'"
}
