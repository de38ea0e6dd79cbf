#!/usr/bin/env bash
# temp.sh   writes are delayed: a file that is gone within 30 s never travels, one that stays does (which also shows
# that the counter counts).
. "$(dirname "$0")/lib.sh"
keptBytes=$((2 << 20)) temporaryBytes=$((8 << 20)) slackBytes=$((512 << 10)) # slack: names, attributes, keep-alives

sentBytes() { status "$A" wire.bytesSent; }
sentMoreThan() { [ "$(sentBytes)" -gt "$1" ]; }

writeBoth() {
    before=$(sentBytes)
    head -c $keptBytes /dev/urandom >"$A/kept"
    head -c $temporaryBytes /dev/urandom >"$A/temporary"
}
temporaryIsNotSent() {
    sleep 12 # two scans and more, so that the delay is what keeps the data here
    if sentMoreThan $((before + slackBytes)); then fail "data was sent before it was 30 s old"; fi
    rm "$A/temporary"
    [ ! -e "$B/temporary" ] || fail "b still sees the temporary file"
    local after
    after=$(sentBytes)
    [ $((after - before)) -lt $slackBytes ] || fail "$((after - before)) bytes were sent for a temporary file"
}
keptIsSent() {
    within 60 sentMoreThan $((before + keptBytes)) || fail "a file of $keptBytes bytes was not written back in 60 s"
    local after
    after=$(sentBytes)
    [ $((after - before)) -lt $((keptBytes + slackBytes)) ] || fail "$((after - before)) bytes were sent for $keptBytes"
    cmp "$A/kept" "$B/kept"
}

step "servers and mounts" startAll
step "a file to keep and a temporary one" writeBoth
step "the temporary one is removed after 12 s; nothing was sent" temporaryIsNotSent
step "the other is written back by itself" keptIsSent
