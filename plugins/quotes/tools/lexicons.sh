#!/bin/sh
# lexicons.sh [FOLDER]: makes extract/lex_*.c (or those files in FOLDER) from extract/lexicon/*.lex. Run it after each change of a
# list, of lexicon.h or of mklex.c or mkrows.c; tests/test_quotes_tools.py fails where that was forgotten.
set -e
to=${1:-.}
[ -z "$1" ] || to=$(cd "$1" && pwd)
cd "$(dirname "$0")/../extract"
make=$(mktemp)
trap 'rm -f "$make"' EXIT
cc -std=c11 -D_GNU_SOURCE -o "$make" ../tools/mklex.c ../tools/mkrows.c
"$make" en QX_G_ENGLISH lexicon/names.lex lexicon/en.lex > "$to/lex_en.c"
"$make" de 'QX_G_NOUNS_CAPITAL | QX_G_VERB_SECOND' lexicon/names.lex lexicon/de.lex > "$to/lex_de.c"
for l in fr es; do "$make" $l 'QX_G_DASH_SPEECH | QX_G_FEW_VERBS' lexicon/names.lex lexicon/$l.lex > "$to/lex_$l.c"; done
"$make" ru 'QX_G_DASH_SPEECH | QX_G_FEW_VERBS | QX_G_COMMA_CLAUSE' lexicon/names.lex lexicon/ru.lex > "$to/lex_ru.c"
"$make" cs 'QX_G_FEW_VERBS | QX_G_COMMA_CLAUSE' lexicon/names.lex lexicon/cs.lex > "$to/lex_cs.c"
