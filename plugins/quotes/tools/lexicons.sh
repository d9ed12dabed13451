#!/bin/sh
# lexicons.sh: makes extract/lex_*.c from extract/lexicon/*.lex. Run it after each change of a list, of lexicon.h or of mklex.c.
set -e
cd "$(dirname "$0")/../extract"
make=$(mktemp)
trap 'rm -f "$make"' EXIT
cc -std=c11 -D_GNU_SOURCE -o "$make" ../tools/mklex.c
"$make" en 0 lexicon/names.lex lexicon/en.lex > lex_en.c
"$make" de 'QX_G_NOUNS_CAPITAL | QX_G_VERB_SECOND' lexicon/names.lex lexicon/de.lex > lex_de.c
for l in fr es ru; do "$make" $l QX_G_DASH_SPEECH lexicon/names.lex lexicon/$l.lex > lex_$l.c; done
"$make" cs 0 lexicon/names.lex lexicon/cs.lex > lex_cs.c
