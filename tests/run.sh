#!/usr/bin/env bash
# usage: tests/run.sh [unit [NAME] | api [PATTERN]]    without arguments: everything.
#
# Builds with AddressSanitizer and UndefinedBehaviorSanitizer, runs tests/unit (cmocka), tests/api and tests/faults (pytest), and fails
# when a test fails, when any process of the run left a sanitizer's report (respawned ones too, whose exit status nobody
# sees), or when a process is left behind. Nothing of the run stays on the disk.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
root=$PWD
what=${1:-all} pattern=${2:-}
case $what in
all | unit | api) ;;
*)
    sed -n '2s/^# //p' "$0" >&2
    exit 2 ;;
esac

# Short, as the paths of Unix sockets are; open to the user that servers under test change to.
tmp=$(mktemp -d /tmp/quoin.XXXXXX) || exit 1
mkdir "$tmp/san" "$tmp/tmp" "$tmp/out"
chmod 755 "$tmp"
chmod 1777 "$tmp/san" "$tmp/tmp"
export TMPDIR=$tmp/tmp PYTHONDONTWRITEBYTECODE=1
export ASAN_OPTIONS="log_path=$tmp/san/asan:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$tmp/san/ubsan"
# Make's own variables are not for the make below: its job server is closed to us.
unset MAKEFLAGS MFLAGS MAKELEVEL

failed=0 summary=()

# Processes that belong to this run: they carry its folder in their environment or work in it. (This shell does neither.)
left_behind() {
    local p
    for p in /proc/[0-9]*; do
        case $(readlink "$p/cwd" 2>/dev/null) in
        "$tmp"/*) echo "${p#/proc/}" ;;
        *) grep -qzF "log_path=$tmp/" "$p/environ" 2>/dev/null && echo "${p#/proc/}" ;;
        esac
    done
}

finish() {
    trap - EXIT
    local pids pid
    pids=$(left_behind)
    for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
    rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

note() { summary+=("$1"); }
fail() {
    failed=1
    summary+=("FAILED: $1")
}

# Reports of processes that have written one since the last look.
check_reports() {
    local f found=0
    for f in "$tmp"/san/*; do
        [ -e "$f" ] || continue
        found=$((found + 1))
        echo "---- sanitizer report of $1: ${f##*/}"
        cat "$f"
        rm -f "$f"
    done
    [ $found -eq 0 ] || fail "$found sanitizer report(s) during $1"
}

check_left_behind() {
    local pid n=0
    for _ in 1 2 3 4 5 6 7 8 9 10; do # what is just ending may end
        [ -n "$(left_behind)" ] || return
        sleep 0.1
    done
    for pid in $(left_behind); do
        n=$((n + 1))
        echo "---- left behind by $1: $pid $(tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null)"
        kill -9 "$pid" 2>/dev/null
    done
    [ $n -eq 0 ] || fail "$n process(es) left behind by $1"
}

run_unit() {
    local sources=(tests/unit/test_*.c) bins=() b name rc passed=0
    if [ -n "$pattern" ]; then
        sources=("tests/unit/test_${pattern#test_}.c")
        [ -e "${sources[0]}" ] || { fail "there is no ${sources[0]}"; return; }
    fi
    [ -e "${sources[0]}" ] || { note "unit: tests/unit holds no tests yet"; return; }
    for b in "${sources[@]}"; do
        b=${b##*/}
        bins+=("build/asan/unit/${b%.c}")
    done
    # One that does not build fails alone.
    make -k FLAVOUR=asan "${bins[@]}"
    for b in "${bins[@]}"; do
        name=${b##*/}
        make -q FLAVOUR=asan "$b" 2>/dev/null || { fail "$name does not build"; continue; }
        timeout -k 5 "${UNIT_TIMEOUT:-120}" "$b" > "$tmp/out/$name" 2>&1
        rc=$?
        cat "$tmp/out/$name"
        check_reports "$name"
        while IFS= read -r line; do note "$name: $line"; done < <(grep -E '^\[  (PASSED|FAILED|SKIPPED) +\]|^\[  ERROR ' "$tmp/out/$name")
        case $rc in
        0) passed=$((passed + 1)) ;;
        124 | 137) fail "$name did not end within ${UNIT_TIMEOUT:-120} s" ;;
        *) fail "$name ended with status $rc" ;;
        esac
    done
    check_left_behind "the unit tests"
    note "unit: $passed of ${#bins[@]} programs passed"
}

find_python() {
    local p
    for p in /usr/bin/python3 python3; do
        if "$p" -c 'import pytest, requests, hypothesis' 2>/dev/null; then
            echo "$p"
            return
        fi
    done
    return 1
}

run_api() {
    local python rc files=(tests/api/test_*.py) folders=(tests/api) f select=()
    [ -e "${files[0]}" ] || { note "api: tests/api holds no tests yet"; return; }
    [ ! -d tests/faults ] || folders+=(tests/faults)
    [ ! -d tests/plugins ] || folders+=(tests/plugins)
    for f in plugins/*/tests/test_*.py; do [ ! -e "$f" ] || folders+=("$f"); done
    python=$(find_python) || { fail "api: no python3 that imports pytest, requests and hypothesis: run make deps-test"; return; }
    make FLAVOUR=asan all fixtures || { fail "api: the server does not build"; return; }
    [ -x build/asan/quoin ] || { fail "api: there is no build/asan/quoin"; return; }
    [ -z "$pattern" ] || select=(-k "$pattern")
    QUOIN_BIN=$root/build/asan/quoin "$python" -m pytest "${folders[@]}" -ra -p no:cacheprovider --basetemp="$tmp/tmp/pytest" "${select[@]}" 2>&1 | tee "$tmp/out/pytest"
    rc=${PIPESTATUS[0]}
    check_left_behind "the HTTP tests"
    check_reports "the HTTP tests"
    note "api: $(grep -E '^=+ .* in [0-9.]+s' "$tmp/out/pytest" | tail -n 1)"
    case $rc in
    0) ;;
    5) fail "api: no test was run" ;;
    *) fail "api: pytest ended with status $rc" ;;
    esac
}

# Only in CI: elsewhere it is make fuzz, for as long as one likes.
run_fuzz() {
    [ -n "${CI:-}" ] || { note "fuzz: only in CI, or by make fuzz"; return; }
    if env -u ASAN_OPTIONS -u UBSAN_OPTIONS make fuzz-ci > "$tmp/out/fuzz" 2>&1; then
        note "fuzz: $(grep -c '^==== fuzz_' "$tmp/out/fuzz") targets found nothing"
    else
        cat "$tmp/out/fuzz"
        fail "fuzz: a target failed"
    fi
    grep -E '^====|number_of_executed_units' "$tmp/out/fuzz"
}

started=$SECONDS
[ $what = api ] || run_unit
[ $what = unit ] || run_api
[ $what != all ] || run_fuzz
echo
echo "==== summary"
printf '%s\n' "${summary[@]}"
if [ $failed -eq 0 ]; then echo "==== passed in $((SECONDS - started)) s"; else echo "==== FAILED in $((SECONDS - started)) s"; fi
exit $failed
