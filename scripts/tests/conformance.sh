#!/usr/bin/env bash
# conformance.sh   scripts/conformance with a suite of three small files: what it counts, writes, and keeps.
set -euo pipefail
export LC_ALL=C
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
work=$(mktemp -d "${TMPDIR:-/tmp}/spritefs-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/suite/tests/group" "$work/mount" "$work/local"
table=$work/table.md

fail() {
    echo "conformance.sh: $*" >&2
    [ ! -e "$table" ] || cat "$table" >&2
    exit 1
}

# runs STATUS ARGUMENT...   the suite, with that exit status
runs() {
    local expected=$1 status=0
    shift
    "$here/../conformance" "$work/suite" "M=$work/mount" --output "$table" --timeout 2 "$@" >"$work/said" 2>&1 || status=$?
    [ $status = "$expected" ] || fail "exit status $status, not $expected: $(cat "$work/said")"
}

has() { # LINE
    grep -qxF -- "$1" "$table" || fail "the table has no line '$1'"
}

cat >"$work/suite/tests/group/some.t" <<'EOF'
#!/bin/sh
[ "$(ls -A)" = "" ] || echo "the directory is not empty"
echo 1..4
echo ok 1 - fine
case $(pwd) in */mount/*) echo "not ok 2 - name_$(printf %032x $$) at 123456789012" ;; *) echo ok 2 ;; esac
echo not ok 3 '# skip: not here'
touch left
echo not ok 4 - everywhere
EOF
printf 'echo 1..2; echo ok 1; exec sleep 60\n' >"$work/suite/tests/late.t"
printf 'exit 3\n' >"$work/suite/tests/silent.t"

runs 1 --local "$work/local"
has '| group | 1 | 4 | 3 | **1** | 4 | 2 | **2** |'
has '| . | 2 | 3 | 1 | **2** | 3 | 1 | **2** |'
has '* 2 (M): NAME at N'
has "* the file ($(findmnt -n -o FSTYPE -T "$work/local"), M): not done after 2 s"
[ "$(grep -c '^M: .*\.t' "$work/said")" = 1 ] || fail "not what fails on the mount alone: $(cat "$work/said")"

sed -i '0,/(to be explained)/s//It is *meant*,\nalways./; 1i # Before' "$table"
echo After >>"$table"
rm "$work/suite/tests/silent.t" "$work/suite/tests/late.t"
runs 0
has '# Before'
has 'It is *meant*,'
has 'always.'
has '* 4 (M): everywhere'
has 'After'
[ -z "$(ls -A "$work/mount")" ] || fail "something is left in the mount"
runs 2 --only nothing
echo "conformance.sh: passed in $SECONDS s"
