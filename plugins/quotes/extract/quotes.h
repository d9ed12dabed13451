/*
 * quotes.h: who said what, in their words, where in the story.
 *
 * A library of its own: UTF-8 text in, quotations out. It reads no file, opens no connection, keeps no state between
 * calls and writes no global, so any number of threads may call it at once. Time and memory are linear in the length of
 * the text, whatever bytes the text holds: invalid UTF-8 is read as one code point a byte.
 *
 *     struct qn_quotes *found = NULL;
 *     struct qn_quotes_block block = { .text = text, .len = len };
 *     if (qn_quotes_extract(&found, &block, 1, NULL) == 0)
 *         for (size_t i = 0; i < qn_quotes_count(found); i++)
 *             print(qn_quotes_at(found, i));
 *     qn_quotes_destroy(&found);
 *
 * Words for memory: *borrows* (the caller keeps it, the callee does not after returning), *returns owned* (destroy it),
 * *arena* (lives as long as the result it came from).
 */
#ifndef QN_QUOTES_H
#define QN_QUOTES_H

#include <stddef.h>
#include <stdint.h>

/* All blocks of a call together. The scratch memory of a call is about twelve times the text, the result a fraction of
 * it. */
#define QN_QUOTES_MAX_BYTES  ((size_t)64 * 1024 * 1024)
#define QN_QUOTES_MAX_BLOCKS ((size_t)1000 * 1000)

#define QN_QUOTES_EINVAL  (-1) /* a null pointer where none may be, an unknown option */
#define QN_QUOTES_ENOMEM  (-2)
#define QN_QUOTES_ETOOBIG (-3) /* past QN_QUOTES_MAX_BYTES or _MAX_BLOCKS */

/* A piece of the story in reading order: a heading, a paragraph, or the whole text. Quotations never cross blocks. */
struct qn_quotes_block {
    const char *text; /* UTF-8, need not end in NUL; may be NULL where len is 0 */
    size_t len;
    unsigned flags; /* QN_QUOTES_HEADING or 0 */
};

#define QN_QUOTES_HEADING 1u /* words with capitals in it are not therefore names */

enum qn_quotes_paragraphs {
    QN_QUOTES_PARAGRAPHS_LINES, /* every line is a paragraph: the default, also right where blank lines part them */
    QN_QUOTES_PARAGRAPHS_BLANK  /* lines are wrapped: only a blank line parts paragraphs */
};

struct qn_quotes_options {
    size_t size;          /* sizeof (struct qn_quotes_options), so that it can grow */
    const char *language; /* BCP 47, "de-AT"; NULL or one without word lists is read as English */
    enum qn_quotes_paragraphs paragraphs;
    unsigned flags; /* QN_QUOTES_NO_INDIRECT or 0 */
};

#define QN_QUOTES_NO_INDIRECT 1u /* only what stands in quotation marks, or is dash speech */

enum qn_quotes_kind {
    QN_QUOTES_DIRECT,  /* the whole statement stands in marks */
    QN_QUOTES_PARTIAL, /* a part of it does, the rest of it is in the writer's words */
    QN_QUOTES_INDIRECT /* none of it does */
};

enum qn_quotes_gender { QN_QUOTES_GENDER_OPEN, QN_QUOTES_GENDER_MALE, QN_QUOTES_GENDER_FEMALE };

/* Words of the story. Offsets are code points into the block's text; start == end means: not there. */
struct qn_quotes_span {
    uint32_t block, start, end;
};

/* A piece of text, ends in NUL besides. Arena. */
struct qn_quotes_string {
    const char *text;
    size_t len;
};

#define QN_QUOTES_NO_PERSON UINT32_MAX

struct qn_quote {
    enum qn_quotes_kind kind;
    uint32_t paragraph;            /* counted over all blocks, from 0 */
    struct qn_quotes_span span;    /* the words in marks, without the marks; the clause for indirect speech, or all the
                                      sentences that are told on one behind the other (German) */
    struct qn_quotes_span content; /* the whole statement: the same as span, but for partial ones, where it is the
                                      clause with the writer's words and the marks in it */
    struct qn_quotes_string text;  /* what stands at span */
    struct qn_quotes_string name;  /* the speaker's full name, or as written where there is no fuller one; empty: nobody
                                      found,  or a pronoun that could be several people */
    struct qn_quotes_string as_written; /* "Sweijs", "she", "a spokesman for the ministry"; empty: nobody found */
    struct qn_quotes_span speaker;      /* where as_written stands, maybe in another block */
    struct qn_quotes_string role;       /* "defense analyst", as the story gives it anywhere; may be empty */
    uint32_t person;                    /* index for qn_quotes_person_at(), or QN_QUOTES_NO_PERSON */
    struct qn_quotes_string cue;        /* "said", "according to"; may be empty */
    struct qn_quotes_span cue_span;
    double confidence; /* 0..1, calibrated: of those with 0.9, nine in ten are right in span and speaker */
};

struct qn_quotes_person {
    struct qn_quotes_string name; /* the fullest form in the story */
    struct qn_quotes_string role;
    enum qn_quotes_gender gender;
    uint32_t mentions, quotes;
};

struct qn_quotes;

/*
 * Finds the quotations of a story. Speakers are remembered from block to block. Borrows blocks and options (NULL:
 * English, a line a paragraph); *out is owned, keeps copies of all it shows, and is left alone on failure.
 * QN_QUOTES_EINVAL, QN_QUOTES_ENOMEM, QN_QUOTES_ETOOBIG. [any thread]
 */
int qn_quotes_extract(struct qn_quotes **out, const struct qn_quotes_block *blocks, size_t nblocks,
                      const struct qn_quotes_options *options);

/* In the order of their beginnings. [any thread] */
size_t qn_quotes_count(const struct qn_quotes *found);

/* Arena; NULL past the end. [any thread] */
const struct qn_quote *qn_quotes_at(const struct qn_quotes *found, size_t i);

/* The people that the story names, in the order of their first mention. [any thread] */
size_t qn_quotes_person_count(const struct qn_quotes *found);

/* Arena; NULL past the end. [any thread] */
const struct qn_quotes_person *qn_quotes_person_at(const struct qn_quotes *found, size_t i);

/* Frees a result and clears the pointer to it; NULL and a cleared one are fine. [any thread] */
void qn_quotes_destroy(struct qn_quotes **found);

#endif
