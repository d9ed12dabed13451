/**
 * ident.h: names of quotations that stay, and the marks of a quote block. Pure.
 */
#ifndef QUOTES_IDENT_H
#define QUOTES_IDENT_H

#include <stddef.h>
#include <stdint.h>

enum { IDENT_SIZE = 18 };

/** Writes "q" and 16 hexadecimal digits: of the block's id, the words, and how many times the same words stood in the
 * block before. The same for ever: what an editor says about a quotation is kept under it. `out` has IDENT_SIZE bytes.
 */
void ident_write(char *out, const char *block, size_t nblock, const char *words, size_t nwords, uint32_t before);

/** How many times the same words were seen since the last ident_anew; in memory of the caller's. */
typedef struct {
    struct ident_seen {
        uint64_t words; /* 0: free */
        uint32_t round, times;
    } * items;
    size_t mask; /* of a power of two, at least twice what is ever counted */
    uint32_t round;
} ident_counter;
/** A power of two of items for `n` countings. */
size_t ident_room(size_t n);
/** Begins anew with the next block. */
void ident_anew(ident_counter *c);
/** Counts the words; returns how many times they were seen before. Linear, whatever the words are. */
uint32_t ident_count(ident_counter *c, const char *words, size_t nwords);

/** The words of a quote block, without blanks and one pair of quotation marks around them: bytes of `text` from *begin
 * to *end. */
void ident_trim(size_t *begin, size_t *end, const char *text, size_t n);

/** Code points in `n` bytes of UTF-8. */
uint32_t ident_points(const char *text, size_t n);

/** `name` is the end of `full`, or all of it, beginning with a word: "Sweijs" of "Tim Sweijs". */
int ident_is_short_for(const char *name, size_t nname, const char *full, size_t nfull);

#endif
