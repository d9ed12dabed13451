/**
 * index.h: what is related to what, in memory.
 *
 * A library of its own: it knows neither server nor database. It holds of each live article its tags, a signature of
 * the words that tell it from others, and its date, and finds for one article those most like it. Nothing here locks:
 * one thread uses an index at a time.
 *
 * How likeness is reckoned stands at qn_related_find(). Memory: *borrows*, *returns owned*; texts need no zero byte.
 */
#ifndef QN_RELATED_INDEX_H
#define QN_RELATED_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QN_RELATED_EINVAL (-1) /**< no id, or one that is too long */
#define QN_RELATED_ENOMEM (-2) /**< out of memory; the index is as it was */

enum {
    QN_RELATED_ID_MAX = 255,  /**< bytes of an id */
    QN_RELATED_TAGS_MAX = 64, /**< tags of an article that count; further ones do not */
    QN_RELATED_WORDS_MAX = 64,
    QN_RELATED_REASONS_MAX = 8
};

typedef struct {
    const char *p;
    size_t n;
} qn_related_text;

/** An article. All is borrowed; what is absent has n = 0. */
typedef struct {
    qn_related_text id; /**< names it */
    qn_related_text locale;
    int64_t published_us; /**< microseconds since the epoch */
    bool hidden;          /**< never found; it may still ask */
    const qn_related_text *tags;
    size_t ntags;
    qn_related_text title, summary;
    const qn_related_text *body; /**< its texts in any order */
    size_t nbody;
} qn_related_article;

typedef struct {
    double half_life_h;  /**< time between two articles after which their likeness counts half as much; 0: time is
                            nothing */
    double time_floor;   /**< 0..1: what is left of the likeness however far apart they are */
    double word_share;   /**< 0..1: how much words say beside tags; 0: they say nothing and are not kept */
    uint32_t words;      /**< of each article, to QN_RELATED_WORDS_MAX */
    uint32_t scan;       /**< articles looked at for one tag or word at the most */
    uint32_t candidates; /**< articles weighed for one question at the most */
} qn_related_options;

/** What was found best on the data that it was tuned with; see README.md. */
extern const qn_related_options qn_related_defaults;

typedef struct {
    const char *id;  /**< of the index: good until it is next changed */
    double score;    /**< 0..1 */
    size_t nreasons; /**< the telling ones first */
    struct {
        enum { QN_RELATED_TAG, QN_RELATED_WORD } kind;
        qn_related_text text; /**< a piece of the article that asked */
    } reasons[QN_RELATED_REASONS_MAX];
} qn_related_hit;

typedef struct qn_related qn_related;

/** An empty index; NULL gives the default options. Returns owned; NULL: out of memory. */
qn_related *qn_related_new(const qn_related_options *options);

/** Frees it and clears the pointer; NULL is fine. */
void qn_related_free(qn_related **index);

/** Puts an article in, in place of what it was before. QN_RELATED_EINVAL, QN_RELATED_ENOMEM. */
int qn_related_put(qn_related *index, const qn_related_article *article);

/** Takes it out; nothing where it is not there. */
void qn_related_remove(qn_related *index, qn_related_text id);

/** Reading everything anew: what is not put between these two calls is taken out by the second one. */
void qn_related_sweep_begin(qn_related *index);
void qn_related_sweep_end(qn_related *index);

size_t qn_related_count(const qn_related *index);

/**
 * Finds at most `limit` articles like `article`, best first: of its locale, not hidden, never itself (by its id). It
 * need not be in the index. *n is how many there are in `hits`.
 *
 * Likeness is that of the tags, each weighed by its rarity (IDF), with that of the words that tell the two from the
 * rest. What tells is known only in a house of some size (50 articles): in a smaller one the tags decide alone. It is
 * multiplied by what their distance in time leaves of it.
 *
 * The time it takes is bounded by `scan` and `candidates`, however many articles there are: rare tags and words are
 * looked up first; of a frequent one the newest articles, and those nearest in time to the one that asks. Tags come
 * before words.
 */
int qn_related_find(qn_related_hit *hits, size_t *n, qn_related *index, const qn_related_article *article,
                    size_t limit);

/** The same of one article that has been chosen already; a score of 0 where it is not in the index. QN_RELATED_ENOMEM.
 */
int qn_related_compare(qn_related_hit *hit, qn_related *index, const qn_related_article *article, qn_related_text id);

#endif
