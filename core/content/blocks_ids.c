#include "content/blocks_ids.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "content/check.h"

/* Which block of the new array is which of the one before. First those that say it by their id, then equal ones, in
 * their order; what is left lies in gaps between blocks that are known, and in a gap the most alike find each other (a
 * changed paragraph), then, where as many went as came, the ones at the same place (a new wording). Everything is
 * bounded: a gap of n by m looks at PAIRS_MOST pairs or a band of BAND. */

enum { SKETCH = 24, PAIRS_MOST = 4096, BAND = 8, ALIKE_LEAST = 20 /* percent */, DIGITS_MOST = 18 };
enum { OPEN = -1, NEW = -2 };                              /* not yet found; of an id that the old array did not have */
static const int64_t epoch_us = INT64_C(1767225600000000); /* 2026-01-01: keeps numbers short */

/* The least hashes of all that a text is made of: what two of them share says how alike the texts are (bottom-k
 * MinHash). */
typedef struct {
    uint64_t least[SKETCH]; /* ascending, each once */
    int n;
    bool made;
} sketch;

typedef struct {
    const json_t *block;
    uint64_t hash; /* of everything but the id */
    size_t index;
    ptrdiff_t match; /* index on the other side, OPEN, or NEW */
    sketch sketch;
} side;

typedef struct {
    size_t a, b; /* new, old */
    int alike;   /* percent */
} pair;

typedef struct {
    side *now, *old;
    size_t n, m;
    json_t *used; /* ids of both */
    qn_arena *arena;
} matcher;

/* ---- what a block says ------------------------------------------------------------------------------------------ */

static uint64_t mix(uint64_t h)
{
    h ^= h >> 33;
    h *= UINT64_C(0xff51afd7ed558ccd);
    h ^= h >> 33;
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return h ^ h >> 33;
}

static uint64_t hash_bytes(qn_str s, uint64_t seed)
{
    uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
    return mix(h ^ s.n);
}

/* The order of an object's members does not count: what comes from the database has lost it. */
static uint64_t hash_value(const json_t *v, bool without_id)
{
    uint64_t h = (uint64_t)json_typeof(v) + 1;
    if (json_is_string(v)) return hash_bytes(qn_json_str_of(v), 1);
    if (json_is_integer(v)) return mix(h ^ (uint64_t)json_integer_value(v));
    for (size_t i = 0; i < json_array_size(v); i++) h = mix(h * 31 + hash_value(json_array_get(v, i), false));
    QN_JSON_EACH(it, v)
    {
        qn_str key = { json_object_iter_key(it), json_object_iter_key_len(it) };
        if (without_id && qn_str_eqz(key, "id")) continue;
        h += mix(hash_bytes(key, 2) ^ hash_value(json_object_iter_value(it), false));
    }
    return mix(h);
}

static bool same_content(const json_t *a, const json_t *b)
{
    if (json_object_size(a) != json_object_size(b)) return false;
    QN_JSON_EACH(it, a)
    {
        const char *key = json_object_iter_key(it);
        const json_t *other = json_object_get(b, key);
        if (strcmp(key, "id") != 0 && (!other || !json_equal(json_object_iter_value(it), other))) return false;
    }
    return true;
}

static void sketch_add(sketch *s, uint64_t h)
{
    int at = s->n;
    if (at == SKETCH && h >= s->least[SKETCH - 1]) return;
    while (at > 0 && s->least[at - 1] > h) at--;
    if (at > 0 && s->least[at - 1] == h) return;
    int moved = (s->n < SKETCH ? s->n : SKETCH - 1) - at;
    memmove(&s->least[at + 1], &s->least[at], (size_t)moved * sizeof *s->least);
    s->least[at] = h;
    if (s->n < SKETCH) s->n++;
}

/* Threes of characters: they need no words, so they do for every script. */
static void sketch_text(sketch *s, qn_str text)
{
    uint64_t last = 0;
    for (size_t i = 0; i < text.n;) {
        last = (last << 21 | qn_utf8_next(text, &i)) & ((UINT64_C(1) << 63) - 1);
        sketch_add(s, mix(last));
    }
}

static void sketch_value(sketch *s, const json_t *v)
{
    if (json_is_string(v)) sketch_text(s, qn_json_str_of(v));
    for (size_t i = 0; i < json_array_size(v); i++) sketch_value(s, json_array_get(v, i));
    QN_JSON_EACH(it, v)
    if (strcmp(json_object_iter_key(it), "id") != 0 && strcmp(json_object_iter_key(it), "type") != 0)
        sketch_value(s, json_object_iter_value(it));
}

static const sketch *sketch_of(side *s)
{
    if (!s->sketch.made) sketch_value(&s->sketch, s->block);
    s->sketch.made = true;
    return &s->sketch;
}

/* Percent of what either says that both say. */
static int alike(side *x, side *y)
{
    const sketch *a = sketch_of(x), *b = sketch_of(y);
    int i = 0, k = 0, seen = 0, both = 0;
    while ((i < a->n || k < b->n) && seen < SKETCH) {
        uint64_t p = i < a->n ? a->least[i] : UINT64_MAX, q = k < b->n ? b->least[k] : UINT64_MAX;
        both += p == q;
        i += p <= q;
        k += q <= p;
        seen++;
    }
    return seen ? both * 100 / seen : 0;
}

static bool same_type(const json_t *a, const json_t *b)
{
    const json_t *x = json_object_get(a, "type"), *y = json_object_get(b, "type");
    return x && y && json_equal(x, y);
}

/* ---- matching --------------------------------------------------------------------------------------------------- */

static void marry(matcher *t, size_t a, size_t b)
{
    t->now[a].match = (ptrdiff_t)b;
    t->old[b].match = (ptrdiff_t)a;
}

static int by_hash(const void *x, const void *y)
{
    const side *a = *(side *const *)x, *b = *(side *const *)y;
    if (a->hash != b->hash) return a->hash < b->hash ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

/* Those without a match, by hash and then by place. NULL when out of memory. */
static side **open_sides(size_t *count, qn_arena *arena, side *all, size_t n)
{
    side **open = qn_arena_calloc(arena, n, sizeof(side *));
    *count = 0;
    for (size_t i = 0; i < n && open; i++)
        if (all[i].match == OPEN) open[(*count)++] = &all[i];
    if (open) qsort(open, *count, sizeof *open, by_hash);
    return open;
}

static int match_equal(matcher *t)
{
    size_t n, m, i = 0, k = 0;
    side **now = open_sides(&n, t->arena, t->now, t->n), **old = open_sides(&m, t->arena, t->old, t->m);
    if (!now || !old) return QN_ENOMEM;
    while (i < n && k < m) {
        if (now[i]->hash < old[k]->hash) {
            i++;
        } else if (now[i]->hash > old[k]->hash) {
            k++;
        } else {
            if (same_content(now[i]->block, old[k]->block)) marry(t, now[i]->index, old[k]->index);
            i++, k++;
        }
    }
    return 0;
}

static int by_alikeness(const void *x, const void *y)
{
    const pair *a = x, *b = y;
    if (a->alike != b->alike) return b->alike - a->alike;
    if (a->a != b->a) return a->a < b->a ? -1 : 1;
    return (a->b > b->b) - (a->b < b->b);
}

/* `news` and `olds`: indexes of what is open in one gap, ascending. */
static int match_gap(matcher *t, const size_t *news, size_t n, const size_t *olds, size_t m)
{
    bool all = n * m <= PAIRS_MOST;
    size_t count = 0;
    pair *pairs = qn_arena_calloc(t->arena, all ? n * m : n * (2 * BAND + 1), sizeof *pairs);
    if (!pairs) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        size_t centre = i * m / n, from = all || centre < BAND ? 0 : centre - BAND,
               to = all || centre + BAND >= m ? m : centre + BAND + 1;
        for (size_t k = from; k < to; k++) {
            if (!same_type(t->now[news[i]].block, t->old[olds[k]].block)) continue;
            int percent = alike(&t->now[news[i]], &t->old[olds[k]]);
            if (percent >= ALIKE_LEAST) pairs[count++] = (pair){ news[i], olds[k], percent };
        }
    }
    qsort(pairs, count, sizeof *pairs, by_alikeness);
    size_t matched = 0;
    for (size_t i = 0; i < count; i++) {
        if (t->now[pairs[i].a].match != OPEN || t->old[pairs[i].b].match >= 0) continue;
        marry(t, pairs[i].a, pairs[i].b);
        matched++;
    }
    if (n != m) return 0;
    for (size_t i = 0, k = 0; i < n && matched < n; i++) { /* the k-th left of the one is the k-th left of the other */
        if (t->now[news[i]].match != OPEN) continue;
        while (k < m && t->old[olds[k]].match >= 0) k++;
        if (k < m && same_type(t->now[news[i]].block, t->old[olds[k]].block)) marry(t, news[i], olds[k]);
        k++;
    }
    return 0;
}

/* The open ones of the old array between two that are known; where those changed places, what follows the first. */
static size_t open_olds(size_t *olds, const matcher *t, ptrdiff_t after, ptrdiff_t before, size_t news)
{
    size_t most = 4 * news + 64, count = 0;
    bool crossed = before <= after;
    for (ptrdiff_t k = after + 1; k < (crossed ? (ptrdiff_t)t->m : before) && most; k++, most--) {
        if (t->old[k].match < 0)
            olds[count++] = (size_t)k;
        else if (crossed)
            break;
    }
    return count;
}

static int match_gaps(matcher *t)
{
    size_t *news = qn_arena_calloc(t->arena, t->n, sizeof *news), *olds = qn_arena_calloc(t->arena, t->m, sizeof *olds);
    if (!news || !olds) return QN_ENOMEM;
    ptrdiff_t known = -1;
    for (size_t i = 0; i < t->n;) {
        size_t n = 0;
        if (t->now[i].match >= 0) {
            known = t->now[i++].match;
            continue;
        }
        for (; i < t->n && t->now[i].match < 0; i++)
            if (t->now[i].match == OPEN) news[n++] = i;
        size_t m = open_olds(olds, t, known, i < t->n ? t->now[i].match : (ptrdiff_t)t->m, n);
        int rc = n && m ? match_gap(t, news, n, olds, m) : 0;
        if (rc) return rc;
    }
    return 0;
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

static qn_str id_of(const json_t *block)
{
    return qn_json_str_of(json_object_get(block, "id"));
}

static uint64_t number_of(qn_str id)
{
    uint64_t n = 0;
    if (id.n < 2 || id.n > DIGITS_MOST + 1 || id.p[0] != 'b') return 0;
    return qn_str_u64(&n, (qn_str){ id.p + 1, id.n - 1 }, 0, UINT64_MAX) ? 0 : n;
}

/* Fills both sides, `used` and the matches that ids tell. */
static int read_sides(matcher *t, const json_t *blocks, const json_t *before)
{
    for (size_t k = 0; k < json_array_size(before); k++) {
        const json_t *block = json_array_get(before, k);
        qn_str id = id_of(block);
        if (!id.n || json_object_getn(t->used, id.p, id.n)) continue;
        if (json_object_setn_new_nocheck(t->used, id.p, id.n, json_integer((json_int_t)t->m))) return QN_ENOMEM;
        t->old[t->m] = (side){ .block = block, .index = t->m, .match = OPEN, .hash = hash_value(block, true) };
        t->m++;
    }
    for (size_t i = 0; i < t->n; i++) {
        const json_t *block = json_array_get(blocks, i);
        t->now[i] = (side){ .block = block, .index = i, .match = OPEN, .hash = hash_value(block, true) };
    }
    return 0;
}

static int match_ids(matcher *t)
{
    for (size_t i = 0; i < t->n; i++) {
        qn_str id = id_of(t->now[i].block);
        if (!id.n) continue;
        const json_t *at = json_object_getn(t->used, id.p, id.n);
        if (at)
            marry(t, i, (size_t)json_integer_value(at));
        else if (json_object_setn_new_nocheck(t->used, id.p, id.n, json_null()))
            return QN_ENOMEM;
        else
            t->now[i].match = NEW;
    }
    return 0;
}

static uint64_t first_number(const matcher *t, bool existed)
{
    uint64_t most = 0;
    int64_t clock = qn_wall_us() - epoch_us;
    QN_JSON_EACH(it, t->used)
    {
        uint64_t n = number_of((qn_str){ json_object_iter_key(it), json_object_iter_key_len(it) });
        if (n > most) most = n;
    }
    return existed && clock > 0 && (uint64_t)clock > most ? (uint64_t)clock : most + 1;
}

static int write_ids(matcher *t, json_t *blocks, bool existed)
{
    uint64_t number = first_number(t, existed);
    char made[32];
    for (size_t i = 0; i < t->n; i++) {
        json_t *block = json_array_get(blocks, i);
        qn_str id = id_of(block);
        if (id.n) continue;
        if (t->now[i].match >= 0) {
            id = id_of(t->old[t->now[i].match].block);
        } else {
            do snprintf(made, sizeof made, "b%" PRIu64, number++);
            while (json_object_get(t->used, made));
            id = qn_str_of(made);
        }
        if (qn_json_set(block, "id", qn_json_of_str(id))) return QN_ENOMEM;
    }
    return 0;
}

int qn_blocks_give_ids(json_t *blocks, const json_t *before, qn_arena *scratch)
{
    matcher t = { .n = json_array_size(blocks), .used = json_object(), .arena = scratch };
    t.now = qn_arena_calloc(scratch, t.n, sizeof *t.now);
    t.old = qn_arena_calloc(scratch, json_array_size(before), sizeof *t.old);
    int rc = t.now && t.old && t.used ? read_sides(&t, blocks, before) : QN_ENOMEM;
    if (!rc) rc = match_ids(&t);
    if (!rc) rc = match_equal(&t);
    if (!rc) rc = match_gaps(&t);
    if (!rc) rc = write_ids(&t, blocks, before != NULL);
    json_decref(t.used);
    return rc;
}
