#!/bin/sh
# score.sh [FOLDER]: scores the extractor with the annotated documents in FOLDER (../shared/eval/quotes), by type of quotation, and
# checks its confidence. Where there are none it says so and is content.
set -e
eval=${1:-../shared/eval/quotes}
here=$(cd "$(dirname "$0")/.." && pwd)
if [ ! -e "$eval/eval_quotes.py" ] || [ ! -d "$eval/data" ]; then
    echo "SKIPPED: no annotated documents in $eval (eval_quotes.py and data/ are wanted)"
    exit 0
fi
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cc -std=c11 -D_GNU_SOURCE -O2 -o "$tmp/quotes-jsonl" "$here/tools/quotes-jsonl.c" "$here"/extract/*.c -ljansson -lm
score() { # title, documents, view, rule, options…
    title=$1 gold=$eval/data/$2 view=$3 rule=$4
    shift 4
    [ -s "$gold" ] || { echo "SKIPPED: $gold is not there, or empty"; return; }
    "$tmp/quotes-jsonl" --view "$view" "$gold" "$tmp/found.jsonl"
    for part in $parts; do
        echo "== $title, $part"
        python3 "$eval/eval_quotes.py" "$gold" "$tmp/found.jsonl" --part $part --rules "$rule" "$@" | sed 1d
    done
}
reliable() { # gold, options…
    gold=$eval/data/$1
    shift
    [ ! -s "$gold" ] || python3 "$here/tools/reliability.py" "$eval" "$gold" "$tmp/found.jsonl" "$@"
}
parts="train dev"
score "English, marks" polnear.glyph.jsonl glyph exact
score "English, whole statements" polnear.content.jsonl content 'iou>=0.3' --speech-only
echo "== confidence (English, whole statements)"
reliable polnear.content.jsonl --content
score "German, marks" dewikinews.glyph.jsonl glyph exact
echo "== confidence (German, marks)"
reliable dewikinews.glyph.jsonl
score "German, whole statements" dewikinews.jsonl content 'iou>=0.3'
echo "== confidence (German, whole statements)"
reliable dewikinews.jsonl --content
parts=all
score "Czech, whole statements" adaq_cs.jsonl content 'iou>=0.3'
score "Russian, whole statements" adaq_ru.jsonl content 'iou>=0.3'
