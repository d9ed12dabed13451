/* Rows of a lexicon's after[] table (lexicon.h): what a word is after each kind of word before it. */
#ifndef QX_MKROWS_H
#define QX_MKROWS_H

#include "../extract/lexicon.h"

#include <stdbool.h>

#define ROWS_MAX 256u

struct rows {
    uint8_t after[ROWS_MAX][QX_AFTERS];
    uint32_t n;
};

/* The rows that every language has. */
void rows_start(struct rows *r);

/* The row of a word with features w; 0, which always asks, when the table is full. nouns_capital: German, whose rules
 * always look around. */
uint8_t rows_of_word(struct rows *r, const char *text, uint64_t w, bool capital, bool nouns_capital);

void rows_print(const struct rows *r);

#endif
