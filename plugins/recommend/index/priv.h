/* What the parts of the index share. */
#ifndef QN_RELATED_PRIV_H
#define QN_RELATED_PRIV_H

#include "index.h"

#define NONE UINT32_MAX

enum {
    /* Which words tell is known only from so many articles on; below, tags alone decide. */
    WORDS_FROM = 50,
    /* A word tells when no more than one article in this many has it. */
    WORD_SHARE_OF = 4
};

/* ---- a map from 64-bit hashes to numbers ---- */

typedef struct {
    uint64_t key;
    uint32_t value; /* NONE: free */
} related_slot;

typedef struct {
    related_slot *slots;
    uint32_t n, cap; /* a power of two */
} related_map;

uint32_t related_map_get(const related_map *m, uint64_t key);
/* There is room for one more. */
int related_map_reserve(related_map *m);
void related_map_put(related_map *m, uint64_t key, uint32_t value);
void related_map_remove(related_map *m, uint64_t key);
uint64_t related_hash(uint64_t seed, const char *p, size_t n);

/* ---- words of a text ---- */

typedef struct {
    uint64_t key;
    qn_related_text text; /* as it is first written */
    float weight;         /* by how often and where it stands */
} related_word;

typedef struct {
    uint64_t seed; /* the index's: what collides in one process does not in another */
    related_word *items;
    uint32_t n, cap;
    uint32_t *slots; /* index + 1 by key */
    uint32_t nslots;
} related_words;

/* Adds the words of a text, each time with `weight`. 0 or QN_RELATED_ENOMEM. */
int related_words_add(related_words *w, qn_related_text text, float weight);
void related_words_free(related_words *w);

/* ---- the index ---- */

/* A tag or a word, and who has it: places of articles, oldest first, in the middle of `cap` so that both ends can grow.
 */
typedef struct {
    uint64_t key;
    uint32_t *at;
    uint32_t start, n, cap;
} related_term;

typedef struct {
    uint64_t key;
    int64_t published_us;
    uint64_t locale; /* hashes */
    uint32_t sweep, seen;
    uint16_t ntags, nwords;
    bool hidden;
    uint32_t *terms;  /* the tags, then the words, each in ascending order */
    uint8_t *weights; /* of the words: their share of a vector of length 255 */
    char *id;
} related_article;

enum { SKETCH_BITS = 19, SKETCH_ROWS = 2 };

struct qn_related {
    qn_related_options options;
    uint64_t seed;
    related_map by_key, term_by_key;
    related_article **articles;
    uint32_t narticles, cap, count;
    uint32_t *free_places;
    uint32_t nfree;
    related_term *terms;
    uint32_t nterms, terms_cap;
    uint32_t *free_terms;
    uint32_t nfree_terms;
    uint32_t sweep, stamp;
    uint32_t *sketch; /* in how many articles a word stood, about */
    uint64_t counted; /* articles that the sketch has counted */
};

double related_idf(double all, double have);
/* In how many articles a word stands, at the most. */
uint32_t related_sketch_get(const qn_related *x, uint64_t key);
/* The words that tell an article from others, best first, with weights that make a vector of length 1. Returns how
 * many. */
size_t related_signature(related_word *out, const qn_related *x, related_words *words, uint32_t most);
/* The words of an article with their weights. */
int related_words_of(related_words *w, const qn_related_article *a);

uint64_t related_locale(const qn_related *x, qn_related_text locale);
uint64_t related_key(const qn_related *x, qn_related_text id);
/* How many of a term's articles are older than this one. */
uint32_t related_rank(const qn_related *x, const related_term *t, int64_t published_us, uint32_t article);

#define TAG_SEED  UINT64_C(0x9e3779b97f4a7c15)
#define WORD_SEED UINT64_C(0xc2b2ae3d27d4eb4f)
#define ID_SEED   UINT64_C(0x165667b19e3779f9)

#endif
