#!/usr/bin/env bash
# usage: tests/fuzz/run.sh SECONDS PROGRAM...    each build/fuzz/fuzz_NAME on the corpus tests/fuzz/corpus/NAME.
# What is found new goes to build/fuzz/corpus/NAME; a crash is kept in build/fuzz/ and fails the run. FUZZ_TIME_NAME in the
# environment is another time for that one; with FUZZ_PARALLEL they run at once, and what each says comes at its end.
set -uo pipefail
seconds=$1 bad=0 pids=()
shift

fuzz() {
    local program=$1 name=${1##*/fuzz_}
    local own=FUZZ_TIME_$name
    mkdir -p "build/fuzz/corpus/$name"
    echo "==== fuzz_$name for ${!own:-$seconds} s"
    "$program" -max_total_time="${!own:-$seconds}" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name"
}

for program in "$@"; do
    if [ -n "${FUZZ_PARALLEL:-}" ]; then
        fuzz "$program" > "build/fuzz/${program##*/}.out" 2>&1 &
        pids+=($!)
    else
        fuzz "$program" || bad=1
    fi
done
for pid in "${pids[@]}"; do wait "$pid" || bad=1; done
[ -z "${FUZZ_PARALLEL:-}" ] || for program in "$@"; do cat "build/fuzz/${program##*/}.out"; done
exit $bad
