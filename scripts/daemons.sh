# daemons.sh   sourced by scripts that start file servers and mounts: processes are remembered as "PID STARTTIME", so
# that nothing is ever stopped that merely got the same number.

spritefs=${SPRITEFS_COMMAND:-$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/spritefs}

# startTime PID   in clock ticks since the machine started; nothing if there is no such process, or only its zombie
startTime() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
    stat=${stat##*) } # the name of the program may contain anything
    # shellcheck disable=SC2086 # a list of words
    set -- $stat
    [ "$1" = Z ] || echo "${20}"
}

# remember FILE PID
remember() {
    echo "$2 $(startTime "$2")" >"$1"
}

# isRunning FILE   whether the process remembered there lives
isRunning() {
    local pid time
    [ -s "$1" ] && read -r pid time <"$1" && [ -n "$time" ] && [ "$(startTime "$pid")" = "$time" ]
}

# within SECONDS COMMAND...   tries until it succeeds; 1 when the time is over
within() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.05
    done
}

# stopRemembered FILE   SIGTERM and, after 30 s, SIGKILL (then 1); the file goes
stopRemembered() {
    local pid status=0
    if isRunning "$1"; then
        read -r pid _ <"$1"
        kill -TERM "$pid"
        within 30 hasEnded "$1" || {
            echo "process $pid ($(basename "$1")) does not end; killing it" >&2
            kill -KILL "$pid"
            within 10 hasEnded "$1" || true
            status=1
        }
    fi
    rm -f "$1"
    return $status
}
hasEnded() { ! isRunning "$1"; }

# startServer NAME DIRECTORY ARG...   a file server; its pid, output and log are DIRECTORY/NAME.{pid,out,log}. Returns
# when it serves.
startServer() {
    local name=$1 directory=$2
    shift 2
    : >"$directory/$name.out"
    setsid "$spritefs" server "$@" </dev/null >"$directory/$name.out" 2>>"$directory/$name.log" &
    remember "$directory/$name.pid" $!
    disown
    within 60 servesOrEnded "$directory/$name" || true
    [ -s "$directory/$name.out" ] && isRunning "$directory/$name.pid" || {
        echo "the file server $name did not start; the last lines of $directory/$name.log:" >&2
        tail -n 15 "$directory/$name.log" >&2
        return 1
    }
}
servesOrEnded() { [ -s "$1.out" ] || ! isRunning "$1.pid"; } # it prints one line when it serves
