/* What is most like an article. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "priv.h"

enum {
    /* Who asks brings more words than are kept of each article: what is at hand anyway, and it finds a tenth more. */
    ASKED_WORDS_MAX = 160,
    ASKED_MAX = QN_RELATED_TAGS_MAX + ASKED_WORDS_MAX,
    SLOTS = 1024 /* some four times as many */
};

/* Words of one topic alike by this much count as two thirds of the most they can. */
static const double ALIKE = 0.15;

/* A tag or word of the article that asks. */
typedef struct {
    uint32_t term;
    float weight; /* of a tag: its rarity; of a word: its share of a vector of length 1 */
    bool is_word;
    qn_related_text text;
} asked;

typedef struct {
    const qn_related_article *article;
    uint64_t locale;
    asked terms[ASKED_MAX]; /* tags, then words, each in ascending order of `term` */
    uint16_t slots[SLOTS];  /* index + 1 in `terms` by term; a tag and a word are never the same term */
    uint32_t ntags, nwords;
    double tags_length; /* of the vector of all its tags, also of those that nobody has */
} question;

typedef struct {
    float score;
    uint32_t place;
} weighed;

static int by_term(const void *a, const void *b)
{
    uint32_t x = ((const asked *)a)->term, y = ((const asked *)b)->term;
    return x < y ? -1 : x > y;
}

static uint32_t settle(asked *t, uint32_t n)
{
    uint32_t kept = 0;
    qsort(t, n, sizeof *t, by_term);
    for (uint32_t i = 0; i < n; i++)
        if (!kept || t[kept - 1].term != t[i].term) t[kept++] = t[i];
    return kept;
}

static void ask_tags(question *q, const qn_related *x)
{
    const qn_related_article *a = q->article;
    double sum = 0;
    for (size_t i = 0; i < a->ntags && i < QN_RELATED_TAGS_MAX; i++) {
        uint32_t term = related_map_get(&x->term_by_key, related_hash(x->seed ^ TAG_SEED, a->tags[i].p, a->tags[i].n));
        double idf = related_idf(x->count, term == NONE ? 1 : x->terms[term].n);
        if (term == NONE)
            sum += idf * idf;
        else
            q->terms[q->ntags++] = (asked){ term, (float)idf, false, a->tags[i] };
    }
    q->ntags = settle(q->terms, q->ntags);
    for (uint32_t i = 0; i < q->ntags; i++) sum += (double)q->terms[i].weight * (double)q->terms[i].weight;
    q->tags_length = sqrt(sum);
}

static void ask_words(question *q, const qn_related *x, const related_word *words, size_t n)
{
    asked *out = q->terms + q->ntags;
    if (x->count < WORDS_FROM) return;
    for (size_t i = 0; i < n; i++) {
        uint32_t term = related_map_get(&x->term_by_key, words[i].key);
        if (term == NONE || related_sketch_get(x, words[i].key) > x->counted / WORD_SHARE_OF) continue;
        out[q->nwords++] = (asked){ term, words[i].weight, true, words[i].text };
    }
    q->nwords = settle(out, q->nwords);
}

static uint32_t slot_of(const question *q, uint32_t term)
{
    uint32_t i = term * UINT32_C(2654435769) >> 22; /* Fibonacci hashing to 10 bits */
    while (q->slots[i] && q->terms[q->slots[i] - 1].term != term) i = (i + 1) & (SLOTS - 1);
    return i;
}

/* What was asked with that term, or NULL. */
static const asked *find_asked(const question *q, uint32_t term)
{
    uint16_t at = q->slots[slot_of(q, term)];
    return at ? &q->terms[at - 1] : NULL;
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_related *x;
    const question *q;
    uint64_t self;
    uint32_t *places, n;
} crowd;

static void join(crowd *c, uint32_t place)
{
    related_article *a = c->x->articles[place];
    if (a->seen == c->x->stamp || c->n == c->x->options.candidates) return;
    a->seen = c->x->stamp;
    if (a->hidden || a->locale != c->q->locale || a->key == c->self) return;
    c->places[c->n++] = place;
}

/* Of who has it: all, or the newest and those nearest in time. */
static void gather(crowd *c, const related_term *t)
{
    const uint32_t *at = t->at + t->start;
    uint32_t scan = c->x->options.scan, newest = t->n > scan ? scan / 2 : t->n;
    for (uint32_t i = 0; i < newest; i++) join(c, at[t->n - 1 - i]);
    if (newest == t->n) return;
    uint32_t rest = scan - newest, middle = related_rank(c->x, t, c->q->article->published_us, 0);
    uint32_t begin = middle > rest / 2 ? middle - rest / 2 : 0;
    if (begin > t->n - rest) begin = t->n - rest;
    for (uint32_t i = 0; i < rest; i++) join(c, at[begin + i]);
}

static int by_rarity(const void *a, const void *b)
{
    const related_term *x = *(const related_term *const *)a, *y = *(const related_term *const *)b;
    return x->n < y->n ? -1 : x->n > y->n;
}

/* Of the `n` terms, the rarest first, until there are `most` articles. */
static void gather_all(crowd *c, const asked *terms, uint32_t n, uint32_t most)
{
    const related_term *rare[ASKED_MAX];
    for (uint32_t i = 0; i < n; i++) rare[i] = &c->x->terms[terms[i].term];
    qsort(rare, n, sizeof *rare, by_rarity);
    for (uint32_t i = 0; i < n && c->n < most; i++) gather(c, rare[i]);
}

/* ---- weighing ---------------------------------------------------------------------------------------------------- */

/* The cosine of the angle between the tags, weighed by rarity. */
static double tags_alike(const qn_related *x, const question *q, const related_article *a)
{
    double both = 0, length = 0;
    uint32_t first = 0;
    while (first < a->ntags && !find_asked(q, a->terms[first])) first++;
    if (first == a->ntags) return 0; /* most have none, and a rarity is a look into far memory */
    for (uint32_t i = 0; i < a->ntags; i++) {
        double idf = related_idf(x->count, x->terms[a->terms[i]].n);
        length += idf * idf;
        if (find_asked(q, a->terms[i])) both += idf * idf;
    }
    return both / (sqrt(length) * q->tags_length);
}

static double words_alike(const question *q, const related_article *a)
{
    const uint32_t *terms = a->terms + a->ntags;
    double both = 0;
    for (uint32_t i = 0; i < a->nwords; i++) {
        const asked *w = find_asked(q, terms[i]);
        if (w) both += (double)w->weight * a->weights[i] / 255;
    }
    return both;
}

static double time_left(const qn_related *x, const question *q, const related_article *a)
{
    double hours = fabs((double)q->article->published_us - (double)a->published_us) / 3.6e9;
    const qn_related_options *o = &x->options;
    return o->half_life_h > 0 ? o->time_floor + (1 - o->time_floor) * exp2(-hours / o->half_life_h) : 1;
}

static float weigh(const qn_related *x, const question *q, const related_article *a)
{
    double share = x->options.word_share, alike = tags_alike(x, q, a);
    if (q->nwords) alike = (1 - share) * alike + share * (1 - exp(-words_alike(q, a) / ALIKE));
    return (float)(alike * time_left(x, q, a));
}

/* The better one first; of equals the newer one, then by id, so that the order is the same everywhere. */
static int by_score(const qn_related *x, const weighed *a, const weighed *b)
{
    if (a->score != b->score) return a->score > b->score ? -1 : 1;
    const related_article *m = x->articles[a->place], *n = x->articles[b->place];
    if (m->published_us != n->published_us) return m->published_us > n->published_us ? -1 : 1;
    return strcmp(m->id, n->id);
}

/* Keeps the best `limit` in order: an insertion into a short list, seldom past the first comparison. */
static void keep(weighed *best, size_t *n, size_t limit, const qn_related *x, weighed w)
{
    if (*n == limit && by_score(x, &w, &best[*n - 1]) > 0) return;
    size_t i = *n < limit ? (*n)++ : *n - 1;
    for (; i > 0 && by_score(x, &w, &best[i - 1]) < 0; i--) best[i] = best[i - 1];
    best[i] = w;
}

/* ---- why --------------------------------------------------------------------------------------------------------- */

typedef struct {
    const asked *why;
    float weight;
} reason;

static int by_reason(const void *a, const void *b)
{
    const reason *x = a, *y = b;
    if (x->why->is_word != y->why->is_word) return x->why->is_word ? 1 : -1;
    if (x->weight != y->weight) return x->weight < y->weight ? 1 : -1;
    return x->why < y->why ? -1 : x->why > y->why;
}

static void give_reasons(qn_related_hit *hit, const question *q, const related_article *a)
{
    reason all[QN_RELATED_TAGS_MAX + QN_RELATED_WORDS_MAX];
    size_t n = 0;
    for (uint32_t i = 0; i < (uint32_t)a->ntags + a->nwords; i++) {
        const asked *why = find_asked(q, a->terms[i]);
        if (why) all[n++] = (reason){ why, why->is_word ? why->weight * a->weights[i - a->ntags] : why->weight };
    }
    qsort(all, n, sizeof *all, by_reason);
    for (size_t i = 0; i < n && hit->nreasons < QN_RELATED_REASONS_MAX; i++) {
        hit->reasons[hit->nreasons].kind = all[i].why->is_word ? QN_RELATED_WORD : QN_RELATED_TAG;
        hit->reasons[hit->nreasons++].text = all[i].why->text;
    }
}

static void show(qn_related_hit *hit, const question *q, const related_article *a, float score)
{
    *hit = (qn_related_hit){ .id = a->id, .score = score > 1 ? 1 : (double)score };
    give_reasons(hit, q, a);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static int ask(question *q, const qn_related *x, const qn_related_article *article)
{
    related_words w = { .seed = x->seed };
    related_word words[ASKED_WORDS_MAX];
    *q = (question){ .article = article, .locale = related_locale(x, article->locale) };
    int rc = x->options.words ? related_words_of(&w, article) : 0;
    if (!rc) {
        ask_tags(q, x);
        ask_words(q, x, words, related_signature(words, x, &w, ASKED_WORDS_MAX));
        for (uint32_t i = 0; i < q->ntags + q->nwords; i++) q->slots[slot_of(q, q->terms[i].term)] = (uint16_t)(i + 1);
    }
    related_words_free(&w);
    return rc;
}

int qn_related_find(qn_related_hit *hits, size_t *n, qn_related *x, const qn_related_article *article, size_t limit)
{
    question q;
    crowd c = { .x = x, .q = &q };
    size_t kept = 0;
    *n = 0;
    if (limit == 0) return 0;
    int rc = ask(&q, x, article);
    if (rc) return rc;
    weighed *best = malloc(limit * sizeof *best);
    c.places = malloc(x->options.candidates * sizeof *c.places);
    c.self = related_key(x, article->id);
    if (!best || !c.places) {
        rc = QN_RELATED_ENOMEM;
        goto out;
    }
    if (++x->stamp == 0) x->stamp = 1;
    gather_all(&c, q.terms, q.ntags, x->options.candidates / 2);
    gather_all(&c, q.terms + q.ntags, q.nwords, x->options.candidates);
    for (uint32_t i = 0; i < c.n; i++) {
        float score = weigh(x, &q, x->articles[c.places[i]]);
        if (score > 0) keep(best, &kept, limit, x, (weighed){ score, c.places[i] });
    }
    for (size_t i = 0; i < kept; i++) show(&hits[i], &q, x->articles[best[i].place], best[i].score);
    *n = kept;
out:
    free(best);
    free(c.places);
    return rc;
}

int qn_related_compare(qn_related_hit *hit, qn_related *x, const qn_related_article *article, qn_related_text id)
{
    question q;
    uint32_t place = related_map_get(&x->by_key, related_key(x, id));
    *hit = (qn_related_hit){ .id = "" };
    if (place == NONE) return 0;
    int rc = ask(&q, x, article);
    if (!rc) show(hit, &q, x->articles[place], weigh(x, &q, x->articles[place]));
    return rc;
}
