#!/usr/bin/env bash
# quickstart.sh   the README's first command where the java of the machine is a 17, JAVA_HOME says nothing, and nothing
# of spritefs runs: the tour goes through, its mounts are there afterwards, a second call finds everything running, and
# --stop leaves neither a mount nor a process. In a copy of the project as it was built, which is not built once more,
# and in a network of its own: nobody else's quick start is disturbed.
. "$(dirname "$0")/lib.sh"
needRoot
copy=$work/copy
trap takeDown EXIT
takeDown() {
    local status=$?
    trap - EXIT
    set +e
    if [ -e "$work/network.pid" ] && ! quickstart --stop >"$work/takedown.log" 2>&1; then
        cat "$work/takedown.log" >&2
        echo "quickstart.sh: FAILED, and could not be stopped; see $work" >&2
        exit 1
    fi
    (exit $status)
    cleanUp
}

# Before anything else on the PATH: a java of a version that cannot run any of it, and no javac.
oldJava() {
    mkdir "$work/bin"
    cat >"$work/bin/java" <<'EOF'
#!/bin/sh
echo "$*" >>"$(dirname "$0")/java.calls"
[ "$*" = -version ] || exit 70
echo 'openjdk version "17.0.15" 2025-04-15' >&2
EOF
    printf '#!/bin/sh\nexit 70\n' >"$work/bin/javac"
    chmod +x "$work"/bin/*
    same 70 "$(env PATH="$work/bin:$PATH" java -jar x || echo $?)" "status of the old java"
}
project() {
    (cd "$programs/../.." && mkdir "$copy" &&
        cp -a pom.xml .mvn README.md scripts common consistency server client-fuse "$copy" &&
        touch "$copy/client-fuse/target/built") # or it would be built once more
}
network() { # a process holds it as long as it is needed; 7451 and 7452 are free there
    unshare --net sh -c 'ip link set lo up && echo up && exec sleep 3600' >"$work/network.out" &
    remember "$work/network.pid" $!
    read -r network _ <"$work/network.pid"
    within 10 grep -q up "$work/network.out" || fail "there is no network"
}
quickstart() {
    nsenter --net="/proc/$network/ns/net" env -u JAVA_HOME -u SPRITEFS_JAVA_HOME -u SPRITEFS_COMMAND \
        -u SPRITEFS_MOUNT_OPTIONS PATH="$work/bin:$PATH" "$copy/scripts/quickstart" "$@"
}

tour() {
    quickstart >"$work/tour.out" 2>&1 || {
        cat "$work/tour.out"
        fail "the tour failed"
    }
    grep -c '^\$ ' "$work/tour.out" | sed 's/$/ commands were shown/;s/^/            /'
    local m
    for m in a b; do
        mountpoint -q "$copy/run/$m" || fail "run/$m is not mounted"
    done
    echo "typed at a" >"$copy/run/a/projects/typed"
    same "typed at a" "$(cat "$copy/run/b/projects/typed")" "what b reads"
}
again() {
    tour
    local what
    for what in 'server-1 .* is running' 'server-2 .* is running' 'run/a is mounted' 'run/b is mounted'; do
        grep -q "$what" "$work/tour.out" || fail "the second call did not say: $what"
    done
}
stopped() {
    local m left
    quickstart --stop >"$work/tour.out" 2>&1
    for m in a b; do
        (! mountpoint -q "$copy/run/$m") || fail "run/$m is still mounted"
    done
    within 20 nothingRuns || {
        left=$(pgrep -a -f -- "$copy/" || true)
        fail "still running: $left"
    }
    [ ! -e "$work/bin/java.calls" ] || fail "the old java was called: $(cat "$work/bin/java.calls")"
}
nothingRuns() { ! pgrep -f -- "$copy/" >/dev/null; }

step "an old java, first on the PATH" oldJava
rm "$work/bin/java.calls"
step "a copy of the project" project
step "a network of its own" network
step "scripts/quickstart" tour
step "once more: everything is running" again
step "scripts/quickstart --stop" stopped
