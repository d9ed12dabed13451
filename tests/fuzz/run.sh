#!/usr/bin/env bash
# usage: tests/fuzz/run.sh SECONDS PROGRAM...    each build/fuzz/fuzz_NAME on the corpus tests/fuzz/corpus/NAME.
# What is found new goes to build/fuzz/corpus/NAME; a crash is kept in build/fuzz/ and fails the run.
set -uo pipefail
seconds=$1 bad=0
shift
for program in "$@"; do
    name=${program##*/fuzz_}
    mkdir -p "build/fuzz/corpus/$name"
    echo "==== fuzz_$name for $seconds s"
    "$program" -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "tests/fuzz/corpus/$name" || bad=1
done
exit $bad
