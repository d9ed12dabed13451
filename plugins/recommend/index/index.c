/* What is kept of each article, and who has which tag or word. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "priv.h"

const qn_related_options qn_related_defaults = {
    .half_life_h = 24 * 365,
    .time_floor = 0.4,
    .word_share = 0.75,
    .words = 32,
    .scan = 400,
    .candidates = 2000,
};

/* ---- the whole --------------------------------------------------------------------------------------------------- */

qn_related *qn_related_new(const qn_related_options *options)
{
    qn_related *x = calloc(1, sizeof *x);
    if (!x) return NULL;
    x->options = options ? *options : qn_related_defaults;
    if (x->options.words > QN_RELATED_WORDS_MAX) x->options.words = QN_RELATED_WORDS_MAX;
    if (!(x->options.word_share > 0)) x->options.words = 0;
    x->sketch = x->options.words ? calloc((size_t)SKETCH_ROWS << SKETCH_BITS, sizeof *x->sketch) : NULL;
    if (getrandom(&x->seed, sizeof x->seed, GRND_NONBLOCK) != (ssize_t)sizeof x->seed) x->seed = (uint64_t)(uintptr_t)x;
    if (x->options.words && !x->sketch) qn_related_free(&x);
    return x;
}

static void free_article(related_article *a)
{
    if (!a) return;
    free(a->terms);
    free(a);
}

void qn_related_free(qn_related **index)
{
    qn_related *x = *index;
    if (!x) return;
    for (uint32_t i = 0; i < x->narticles; i++) free_article(x->articles[i]);
    for (uint32_t i = 0; i < x->nterms; i++) free(x->terms[i].at);
    free(x->articles);
    free(x->free_places);
    free(x->terms);
    free(x->free_terms);
    free(x->by_key.slots);
    free(x->term_by_key.slots);
    free(x->sketch);
    free(x);
    *index = NULL;
}

size_t qn_related_count(const qn_related *x)
{
    return x->count;
}

double related_idf(double all, double have)
{
    return log(1 + (all - have + 0.5) / (have + 0.5)); /* of BM25: never below 0 */
}

/* ---- in how many articles a word stands -------------------------------------------------------------------------- */

/* A count-min sketch: a fixed size for any vocabulary, and never too few. What is taken out stays counted: proportions
 * are what counts. */
static uint32_t *sketch_at(const qn_related *x, uint64_t key, int row)
{
    uint64_t place = (row ? key >> 32 : key) & ((UINT64_C(1) << SKETCH_BITS) - 1);
    return &x->sketch[((uint64_t)row << SKETCH_BITS) + place];
}

uint32_t related_sketch_get(const qn_related *x, uint64_t key)
{
    uint32_t a = *sketch_at(x, key, 0), b = *sketch_at(x, key, 1);
    return a < b ? a : b;
}

static void count_words(qn_related *x, const related_words *w)
{
    for (uint32_t i = 0; i < w->n; i++)
        for (int row = 0; row < SKETCH_ROWS; row++) ++*sketch_at(x, w->items[i].key, row);
    x->counted++;
}

int related_words_of(related_words *w, const qn_related_article *a)
{
    /* A word of the title is said about the whole. */
    int rc = related_words_add(w, a->title, 4);
    if (!rc) rc = related_words_add(w, a->summary, 2);
    for (size_t i = 0; i < a->nbody && !rc; i++) rc = related_words_add(w, a->body[i], 1);
    return rc;
}

static int by_weight(const void *a, const void *b)
{
    const related_word *x = a, *y = b;
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return x->key < y->key ? -1 : x->key > y->key;
}

size_t related_signature(related_word *out, const qn_related *x, related_words *w, uint32_t most)
{
    double all = x->counted ? (double)x->counted : 1, sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        double have = related_sketch_get(x, w->items[i].key);
        related_word *it = &w->items[i];
        it->weight = (float)((1 + log((double)it->weight)) * related_idf(all, have < all ? have : all));
    }
    if (w->n) qsort(w->items, w->n, sizeof *w->items, by_weight);
    while (n < w->n && n < most) {
        out[n] = w->items[n];
        sum += (double)out[n].weight * (double)out[n].weight;
        n++;
    }
    for (uint32_t i = 0; i < n && sum > 0; i++) out[i].weight = (float)((double)out[i].weight / sqrt(sum));
    return n;
}

/* ---- tags and words ---------------------------------------------------------------------------------------------- */

uint32_t related_rank(const qn_related *x, const related_term *t, int64_t published_us, uint32_t article)
{
    uint32_t low = 0, high = t->n;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2, a = t->at[t->start + mid];
        int64_t us = x->articles[a]->published_us;
        if (us < published_us || (us == published_us && a < article))
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

/* Room for one more at both ends. */
static int reserve_posting(related_term *t)
{
    if (t->start > 0 && t->start + t->n < t->cap) return 0;
    uint32_t cap = t->n < 2 ? 4 : t->n * 2;
    if (t->n > UINT32_MAX / 4) return QN_RELATED_ENOMEM;
    uint32_t *at = malloc(cap * sizeof *at), start = (cap - t->n) / 2;
    if (!at) return QN_RELATED_ENOMEM;
    if (t->n) memcpy(at + start, t->at + t->start, t->n * sizeof *at);
    free(t->at);
    t->at = at;
    t->start = start;
    t->cap = cap;
    return 0;
}

/* The shorter side moves: the newest and the oldest are put in at no cost. */
static void insert_posting(const qn_related *x, related_term *t, uint32_t article)
{
    uint32_t rank = related_rank(x, t, x->articles[article]->published_us, article), *p = t->at + t->start;
    if (rank < t->n / 2) {
        memmove(p - 1, p, rank * sizeof *p);
        t->start--;
        p--;
    } else {
        memmove(p + rank + 1, p + rank, (t->n - rank) * sizeof *p);
    }
    p[rank] = article;
    t->n++;
}

static void remove_posting(qn_related *x, uint32_t term, uint32_t article)
{
    related_term *t = &x->terms[term];
    uint32_t rank = related_rank(x, t, x->articles[article]->published_us, article), *p = t->at + t->start;
    if (rank < t->n / 2) {
        memmove(p + 1, p, rank * sizeof *p);
        t->start++;
    } else {
        memmove(p + rank, p + rank + 1, (t->n - rank - 1) * sizeof *p);
    }
    if (--t->n) return;
    related_map_remove(&x->term_by_key, t->key);
    free(t->at);
    *t = (related_term){ 0 };
    x->free_terms[x->nfree_terms++] = term;
}

static int reserve_term(qn_related *x)
{
    if (related_map_reserve(&x->term_by_key)) return QN_RELATED_ENOMEM;
    if (x->nfree_terms || x->nterms < x->terms_cap) return 0;
    uint32_t cap = x->terms_cap ? x->terms_cap * 2 : 256;
    related_term *terms = realloc(x->terms, cap * sizeof *terms);
    if (terms) x->terms = terms;
    uint32_t *free_terms = terms ? realloc(x->free_terms, cap * sizeof *free_terms) : NULL;
    if (!free_terms) return QN_RELATED_ENOMEM;
    x->free_terms = free_terms;
    x->terms_cap = cap;
    return 0;
}

/* Finds it or makes it, with room for one more article. */
static int term_of(uint32_t *out, qn_related *x, uint64_t key)
{
    uint32_t i = related_map_get(&x->term_by_key, key);
    if (i == NONE) {
        if (reserve_term(x)) return QN_RELATED_ENOMEM;
        related_term t = { .key = key };
        if (reserve_posting(&t)) return QN_RELATED_ENOMEM;
        i = x->nfree_terms ? x->free_terms[--x->nfree_terms] : x->nterms++;
        x->terms[i] = t;
        related_map_put(&x->term_by_key, key, i);
    } else if (reserve_posting(&x->terms[i])) {
        return QN_RELATED_ENOMEM;
    }
    *out = i;
    return 0;
}

/* One that was made for an article that did not come. */
static void drop_unused(qn_related *x, uint32_t i)
{
    related_term *t = &x->terms[i];
    if (t->n || !t->at) return;
    related_map_remove(&x->term_by_key, t->key);
    free(t->at);
    *t = (related_term){ 0 };
    x->free_terms[x->nfree_terms++] = i;
}

/* ---- articles ---------------------------------------------------------------------------------------------------- */

uint64_t related_key(const qn_related *x, qn_related_text id)
{
    return related_hash(x->seed ^ ID_SEED, id.p, id.n);
}

uint64_t related_locale(const qn_related *x, qn_related_text locale)
{
    return related_hash(x->seed, locale.p, locale.n);
}

static void take_out(qn_related *x, uint32_t place)
{
    related_article *a = x->articles[place];
    for (uint32_t i = 0; i < (uint32_t)a->ntags + a->nwords; i++) remove_posting(x, a->terms[i], place);
    related_map_remove(&x->by_key, a->key);
    x->articles[place] = NULL;
    x->free_places[x->nfree++] = place;
    x->count--;
    free_article(a);
}

static int reserve_place(qn_related *x)
{
    if (related_map_reserve(&x->by_key)) return QN_RELATED_ENOMEM;
    if (x->nfree || x->narticles < x->cap) return 0;
    uint32_t cap = x->cap ? x->cap * 2 : 256;
    related_article **articles = realloc(x->articles, cap * sizeof(*articles));
    if (articles) x->articles = articles;
    uint32_t *free_places = articles ? realloc(x->free_places, cap * sizeof *free_places) : NULL;
    if (!free_places) return QN_RELATED_ENOMEM;
    x->free_places = free_places;
    x->cap = cap;
    return 0;
}

typedef struct {
    uint32_t term;
    uint8_t weight;
} kept_term;

static int by_term(const void *a, const void *b)
{
    uint32_t x = ((const kept_term *)a)->term, y = ((const kept_term *)b)->term;
    return x < y ? -1 : x > y;
}

/* Sorts `n` terms and drops repeats. */
static uint32_t settle(kept_term *t, uint32_t n)
{
    uint32_t kept = 0;
    qsort(t, n, sizeof *t, by_term);
    for (uint32_t i = 0; i < n; i++)
        if (!kept || t[kept - 1].term != t[i].term) t[kept++] = t[i];
    return kept;
}

/* Tags and words of an article as terms; with repeats dropped. `out` has room for all. On failure what was made is left
 * for drop_unused(). */
static int terms_of(kept_term *out, uint32_t *ntags, uint32_t *nwords, qn_related *x, const qn_related_article *a,
                    const related_word *words, size_t n)
{
    int rc = 0;
    for (size_t i = 0; i < a->ntags && i < QN_RELATED_TAGS_MAX && !rc; i++) {
        rc = term_of(&out[*ntags].term, x, related_hash(x->seed ^ TAG_SEED, a->tags[i].p, a->tags[i].n));
        if (!rc) ++*ntags;
    }
    for (size_t i = 0; i < n && !rc; i++) {
        kept_term *t = &out[*ntags + *nwords];
        rc = term_of(&t->term, x, words[i].key);
        t->weight = (uint8_t)(words[i].weight * 255 + 0.5F);
        if (!rc) ++*nwords;
    }
    return rc;
}

static related_article *make_article(const qn_related *x, const qn_related_article *a, const kept_term *t,
                                     uint32_t ntags, uint32_t nwords)
{
    related_article *made = calloc(1, sizeof *made);
    size_t n = (size_t)ntags + nwords;
    char *block = made ? malloc(n * sizeof *made->terms + nwords + a->id.n + 1) : NULL;
    if (!block) {
        free(made);
        return NULL;
    }
    made->terms = (uint32_t *)(void *)block;
    made->weights = (uint8_t *)(block + n * sizeof *made->terms);
    made->id = (char *)made->weights + nwords;
    for (size_t i = 0; i < n; i++) made->terms[i] = t[i].term;
    for (size_t i = 0; i < nwords; i++) made->weights[i] = t[ntags + i].weight;
    memcpy(made->id, a->id.p, a->id.n);
    made->id[a->id.n] = 0;
    made->ntags = (uint16_t)ntags;
    made->nwords = (uint16_t)nwords;
    made->published_us = a->published_us;
    made->locale = related_locale(x, a->locale);
    made->key = related_key(x, a->id);
    made->hidden = a->hidden;
    made->sweep = x->sweep;
    return made;
}

int qn_related_put(qn_related *x, const qn_related_article *a)
{
    related_words w = { .seed = x->seed };
    related_word words[QN_RELATED_WORDS_MAX];
    kept_term terms[QN_RELATED_TAGS_MAX + QN_RELATED_WORDS_MAX] = { 0 };
    uint32_t ntags = 0, nwords = 0;
    related_article *made = NULL;
    if (!a->id.n || a->id.n > QN_RELATED_ID_MAX) return QN_RELATED_EINVAL;
    uint32_t old = related_map_get(&x->by_key, related_key(x, a->id));
    int rc = reserve_place(x);
    if (!rc && x->options.words) rc = related_words_of(&w, a);
    if (rc) goto out;
    if (x->options.words && old == NONE) count_words(x, &w);
    size_t n = related_signature(words, x, &w, x->options.words);
    rc = terms_of(terms, &ntags, &nwords, x, a, words, n);
    uint32_t tags = settle(terms, ntags);
    memmove(terms + tags, terms + ntags, nwords * sizeof *terms);
    nwords = settle(terms + tags, nwords);
    made = rc ? NULL : make_article(x, a, terms, tags, nwords);
    if (!made) {
        for (uint32_t i = 0; i < tags + nwords; i++) drop_unused(x, terms[i].term);
        rc = QN_RELATED_ENOMEM;
        goto out;
    }
    /* Terms that only the old one had go with it; those of the new one are held by their room until it is in. */
    uint32_t place = x->nfree ? x->free_places[--x->nfree] : x->narticles++;
    x->articles[place] = made;
    for (uint32_t i = 0; i < tags + nwords; i++) insert_posting(x, &x->terms[made->terms[i]], place);
    x->count++;
    if (old != NONE) take_out(x, old);
    related_map_put(&x->by_key, made->key, place);
out:
    related_words_free(&w);
    return rc;
}

void qn_related_remove(qn_related *x, qn_related_text id)
{
    uint32_t place = related_map_get(&x->by_key, related_key(x, id));
    if (place != NONE) take_out(x, place);
}

void qn_related_sweep_begin(qn_related *x)
{
    x->sweep++;
}

void qn_related_sweep_end(qn_related *x)
{
    for (uint32_t i = 0; i < x->narticles; i++)
        if (x->articles[i] && x->articles[i]->sweep != x->sweep) take_out(x, i);
}
