#include "http/cache.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "http/http.h"

enum { FIRST_BUCKETS = 1024, LARGEST_PART = 8 /* of the whole for one entry */, CACHED_MAGIC = 0x514e4361 };

struct qn_cached {
    uint32_t magic, refs;
    qn_cached_answer a;
    qn_cache *owner; /* NULL: no longer in one */
    uint64_t hash;
    qn_str key;
    qn_cached *chain;         /* in its bucket */
    qn_cached *newer, *older; /* SIEVE's queue */
    bool visited;
    bool made[QN_CODINGS]; /* or being made */
    qn_str head[QN_CODINGS];
    uint64_t stamp;
    int64_t filled_ms, until_ms;
    size_t bytes;
    size_t ndeps;
    uint32_t deps[]; /* epochs' places */
};

struct qn_flight {
    qn_cache *cache;
    qn_flight *chain;
    uint64_t hash;
    qn_waiter *waiters, **tail;
    size_t key_n;
    char key[];
};

enum { FLIGHT_BUCKETS = 256 };

struct qn_cache {
    qn_cache_options o;
    unsigned char secret[crypto_shorthash_KEYBYTES]; /* keys come from outside: nobody shall choose their buckets */
    qn_cached **buckets;
    size_t nbuckets;
    qn_cached *newest, *oldest, *hand;
    qn_flight *flights[FLIGHT_BUCKETS];
    qn_cache_stats stats;
};

int qn_cache_new(qn_cache **out, const qn_cache_options *o)
{
    qn_cache *c = calloc(1, sizeof *c);
    if (!c) return QN_ENOMEM;
    c->o = *o;
    c->nbuckets = FIRST_BUCKETS;
    c->buckets = calloc(c->nbuckets, sizeof(qn_cached *));
    if (!c->buckets || sodium_init() < 0) {
        free(c->buckets);
        free(c);
        return QN_ENOMEM;
    }
    randombytes_buf(c->secret, sizeof c->secret);
    *out = c;
    return QN_OK;
}

static uint64_t hash_of(const qn_cache *c, qn_str key)
{
    uint64_t h;
    crypto_shorthash((unsigned char *)&h, (const unsigned char *)key.p, key.n, c->secret);
    return h;
}

/* ---- the table and the queue ------------------------------------------------------------------------------------- */

static void unlink_entry(qn_cache *c, qn_cached *e)
{
    qn_cached **at = &c->buckets[e->hash & (c->nbuckets - 1)];
    while (*at != e) at = &(*at)->chain;
    *at = e->chain;
    if (c->hand == e) c->hand = e->newer;
    *(e->newer ? &e->newer->older : &c->newest) = e->older;
    *(e->older ? &e->older->newer : &c->oldest) = e->newer;
    c->stats.bytes -= e->bytes;
    c->stats.entries--;
    e->owner = NULL;
    qn_cached_unref(&e);
}

/* Twice the buckets when there is an entry for each: none of it is worth failing for. */
static void grow(qn_cache *c)
{
    size_t n = c->nbuckets * 2;
    qn_cached **buckets = calloc(n, sizeof(qn_cached *));
    if (!buckets) return;
    for (qn_cached *e = c->newest; e; e = e->older) {
        e->chain = buckets[e->hash & (n - 1)];
        buckets[e->hash & (n - 1)] = e;
    }
    free(c->buckets);
    c->buckets = buckets;
    c->nbuckets = n;
}

static void link_entry(qn_cache *c, qn_cached *e)
{
    if (c->stats.entries >= c->nbuckets) grow(c);
    qn_cached **at = &c->buckets[e->hash & (c->nbuckets - 1)];
    e->chain = *at;
    *at = e;
    e->older = c->newest;
    if (c->newest)
        c->newest->newer = e;
    else
        c->oldest = e;
    c->newest = e;
    c->stats.bytes += e->bytes;
    c->stats.entries++;
    e->owner = c;
    qn_cached_ref(e);
}

/* SIEVE: the hand goes from old to new; what was asked for since it last came by stays. */
static void evict_for(qn_cache *c, size_t bytes)
{
    while (c->stats.entries && c->stats.bytes + bytes > c->o.max_bytes) {
        qn_cached *e = c->hand ? c->hand : c->oldest;
        while (e->visited) {
            e->visited = false;
            e = e->newer ? e->newer : c->oldest;
        }
        c->hand = e->newer;
        c->stats.evictions++;
        unlink_entry(c, e);
    }
}

static qn_cached *find(const qn_cache *c, uint64_t hash, qn_str key)
{
    qn_cached *e = c->buckets[hash & (c->nbuckets - 1)];
    while (e && (e->hash != hash || !qn_str_eq(e->key, key))) e = e->chain;
    return e;
}

void qn_cache_free(qn_cache **c)
{
    if (!c || !*c) return;
    while ((*c)->newest) unlink_entry(*c, (*c)->newest);
    for (size_t i = 0; i < FLIGHT_BUCKETS; i++) assert(!(*c)->flights[i]);
    free((*c)->buckets);
    free(*c);
    *c = NULL;
}

void qn_cache_stats_read(const qn_cache *c, qn_cache_stats *out)
{
    *out = c->stats;
}

/* ---- entries ----------------------------------------------------------------------------------------------------- */

qn_cached *qn_cached_ref(qn_cached *e)
{
    assert(e->magic == CACHED_MAGIC);
    e->refs++;
    return e;
}

void qn_cached_unref(qn_cached **e)
{
    if (!e || !*e) return;
    qn_cached *gone = *e;
    *e = NULL;
    assert(gone->magic == CACHED_MAGIC && gone->refs > 0);
    if (--gone->refs) return;
    for (int i = 0; i < QN_CODINGS; i++) {
        char *body = (char *)(uintptr_t)gone->a.body[i].p;
        if (i != QN_IDENTITY) free(body);
        free((char *)(uintptr_t)gone->head[i].p);
    }
    gone->magic = 0;
    free(gone);
}

const qn_cached_answer *qn_cached_answer_of(const qn_cached *e)
{
    return &e->a;
}

int64_t qn_cached_age_s(const qn_cached *e, int64_t now_ms)
{
    if (e->until_ms == INT64_MAX) return 0;
    int64_t given_s = (e->until_ms - e->filled_ms) / 1000, left_s = (e->until_ms - now_ms) / 1000;
    if (given_s > QN_SHARED_MAX_AGE_S) given_s = QN_SHARED_MAX_AGE_S;
    return left_s < given_s ? given_s - left_s : 0;
}

bool qn_cached_claim_coding(qn_cached *e, qn_coding coding)
{
    if (e->made[coding]) return false;
    e->made[coding] = true;
    return true;
}

void qn_cached_give_up_coding(qn_cached *e, qn_coding coding)
{
    if (!e->a.body[coding].p) e->made[coding] = false;
}

static void grew(qn_cache *c, qn_cached *e, size_t bytes)
{
    if (e->owner != c) return;
    e->bytes += bytes;
    c->stats.bytes += bytes;
    evict_for(c, 0);
}

qn_str qn_cached_head(const qn_cached *e, qn_coding coding)
{
    return e->head[coding];
}

void qn_cached_keep_head(qn_cache *c, qn_cached *e, qn_coding coding, qn_str head)
{
    if (e->head[coding].p || !head.n) return;
    char *copy = malloc(head.n);
    if (!copy) return;
    memcpy(copy, head.p, head.n);
    e->head[coding] = (qn_str){ copy, head.n };
    grew(c, e, head.n);
}

int qn_cached_add_coding(qn_cache *c, qn_cached *e, qn_coding coding, qn_str body)
{
    if (e->a.body[coding].p) return QN_OK;
    char *copy = malloc(body.n ? body.n : 1);
    if (!copy) {
        e->made[coding] = false;
        return QN_ENOMEM;
    }
    memcpy(copy, body.p, body.n);
    e->a.body[coding] = (qn_str){ copy, body.n };
    e->made[coding] = true;
    grew(c, e, body.n);
    return QN_OK;
}

qn_cache_moment qn_cache_now(const qn_cache *c)
{
    return (qn_cache_moment){ .stamp = qn_epoch_now(c->o.shm), .at_ms = qn_mono_ms() };
}

static bool moved_on(const qn_cache *c, const qn_cached *e)
{
    if (qn_epoch_floor(c->o.shm) > e->stamp) return true;
    for (size_t i = 0; i < e->ndeps; i++)
        if (qn_epoch_at(c->o.shm, e->deps[i]) > e->stamp) return true;
    return false;
}

bool qn_cache_is_behind(const qn_cache *c, const qn_cached *e, qn_cache_moment asked)
{
    return asked.stamp > e->stamp && moved_on(c, e);
}

bool qn_cache_moved_on(const qn_cache *c, const qn_str *deps, size_t ndeps, qn_cache_moment since)
{
    bool moved = qn_epoch_floor(c->o.shm) > since.stamp;
    for (size_t i = 0; i < ndeps && !moved; i++) moved = qn_epoch_get(c->o.shm, deps[i]) > since.stamp;
    return moved;
}

static int64_t unheard_ms(const qn_cache *c, int64_t now_ms)
{
    return now_ms - atomic_load_explicit(&c->o.shm->node.listener_beat_ms, memory_order_acquire);
}

qn_cached *qn_cache_peek(qn_cache *c, qn_str key, int64_t now_ms)
{
    qn_cached *e = find(c, hash_of(c, key), key);
    if (!e || now_ms >= e->until_ms || unheard_ms(c, now_ms) > c->o.distrust_ms || moved_on(c, e)) return NULL;
    e->visited = true;
    c->stats.hits++;
    return e;
}

qn_cache_found qn_cache_get(qn_cached **out, qn_cache *c, qn_str key, int64_t now_ms)
{
    qn_cached *e = find(c, hash_of(c, key), key);
    if (!e) {
        c->stats.misses++;
        return QN_CACHE_MISS;
    }
    if (now_ms >= e->until_ms || moved_on(c, e)) {
        unlink_entry(c, e);
        c->stats.misses++;
        c->stats.stale++;
        return QN_CACHE_MISS;
    }
    int64_t unheard = unheard_ms(c, now_ms);
    if (unheard > c->o.distrust_ms) {
        c->stats.misses++;
        if (unheard > c->o.stale_ms) return QN_CACHE_MISS;
        *out = e;
        return QN_CACHE_DISTRUSTED;
    }
    e->visited = true;
    c->stats.hits++;
    *out = e;
    return QN_CACHE_HIT;
}

/* Each text in turn into the entry's own block; NUL behind each. */
static qn_str put_text(char **at, qn_str s)
{
    if (!s.p) return s;
    qn_str copy = { *at, s.n };
    if (s.n) memcpy(*at, s.p, s.n);
    (*at)[s.n] = '\0';
    *at += s.n + 1;
    return copy;
}

static qn_cached *new_entry(qn_str key, const qn_cached_answer *a, size_t ndeps)
{
    const qn_str *body = &a->body[QN_IDENTITY];
    size_t texts = key.n + a->content_type.n + a->headers.n + a->etag.n + a->last_modified.n + a->vary.n + body->n + 7;
    size_t bytes = sizeof(qn_cached) + ndeps * sizeof(uint32_t) + texts;
    qn_cached *e = malloc(bytes);
    if (!e) return NULL;
    memset(e, 0, sizeof *e);
    char *at = (char *)&e->deps[ndeps];
    e->magic = CACHED_MAGIC;
    e->refs = 1;
    e->bytes = bytes;
    e->ndeps = ndeps;
    e->key = put_text(&at, key);
    e->a.status = a->status;
    e->a.id_at = a->id_at;
    e->a.id_n = a->id_n;
    e->a.content_type = put_text(&at, a->content_type);
    e->a.headers = put_text(&at, a->headers);
    e->a.etag = put_text(&at, a->etag);
    e->a.last_modified = put_text(&at, a->last_modified);
    e->a.vary = put_text(&at, a->vary);
    e->a.body[QN_IDENTITY] = put_text(&at, *body);
    e->a.route = a->route;
    e->a.codes = e->a.content_type.p && body->n >= QN_SMALL_BYTES && qn_coding_pays(e->a.content_type.p);
    e->made[QN_IDENTITY] = true;
    return e;
}

int qn_cache_put(qn_cached **out, qn_cache *c, qn_str key, const qn_cached_answer *a, const qn_str *deps, size_t ndeps,
                 int64_t valid_ms, qn_cache_moment since)
{
    if (ndeps > QN_CACHE_DEPS_MAX || key.n > QN_CACHE_KEY_MAX_BYTES) return QN_ELIMIT;
    qn_cached *e = new_entry(key, a, ndeps);
    if (!e) return QN_ENOMEM;
    for (size_t i = 0; i < ndeps; i++) e->deps[i] = qn_epoch_place(deps[i]);
    e->hash = hash_of(c, key);
    e->stamp = since.stamp;
    e->filled_ms = since.at_ms;
    e->until_ms = valid_ms < 0 || valid_ms > INT64_MAX - since.at_ms ? INT64_MAX : since.at_ms + valid_ms;
    qn_cached *before = find(c, e->hash, key);
    if (before) unlink_entry(c, before);
    if (e->bytes <= c->o.max_bytes / LARGEST_PART && !moved_on(c, e)) {
        evict_for(c, e->bytes);
        link_entry(c, e);
        c->stats.fills++;
    }
    *out = e;
    return QN_OK;
}

/* ---- flights ----------------------------------------------------------------------------------------------------- */

bool qn_cache_fly(qn_flight **out, qn_cache *c, qn_str key, qn_waiter *w)
{
    uint64_t hash = hash_of(c, key);
    qn_flight **at = &c->flights[hash % FLIGHT_BUCKETS];
    for (qn_flight *f = *at; f; f = f->chain) {
        if (f->hash != hash || f->key_n != key.n || memcmp(f->key, key.p, key.n) != 0) continue;
        w->flight = f;
        w->next = NULL;
        w->back = f->tail;
        *f->tail = w;
        f->tail = &w->next;
        return false;
    }
    qn_flight *f = malloc(sizeof *f + key.n);
    *out = f;
    if (!f) return true;
    *f = (qn_flight){ .cache = c, .chain = *at, .hash = hash, .key_n = key.n };
    f->tail = &f->waiters;
    memcpy(f->key, key.p, key.n);
    *at = f;
    return true;
}

void qn_waiter_leave(qn_waiter *w)
{
    if (!w->flight) return;
    *w->back = w->next;
    if (w->next)
        w->next->back = w->back;
    else
        w->flight->tail = w->back;
    w->flight = NULL;
    w->next = NULL;
    w->back = NULL;
}

static void land(qn_flight *f)
{
    qn_flight **at = &f->cache->flights[f->hash % FLIGHT_BUCKETS];
    while (*at != f) at = &(*at)->chain;
    *at = f->chain;
}

void qn_flight_end(qn_flight **f, qn_cached *e)
{
    if (!f || !*f) return;
    qn_flight *done = *f;
    *f = NULL;
    land(done); /* who asks from here on flies anew */
    for (qn_waiter *w; (w = done->waiters);) {
        qn_waiter_leave(w);
        w->fn(w, e, false);
    }
    free(done);
}

void qn_flight_abandon(qn_flight **f)
{
    if (!f || !*f) return;
    qn_flight *left = *f;
    qn_waiter *w = left->waiters;
    *f = NULL;
    if (!w) {
        land(left);
        free(left);
        return;
    }
    /* The next leader takes the flight itself; it finds it in its waiter. */
    qn_waiter_leave(w);
    w->flight = left;
    w->fn(w, NULL, true);
}
