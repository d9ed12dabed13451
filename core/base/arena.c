#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { FIRST_BYTES = 4096, LARGEST_BLOCK = 64 * 1024, ALIGN = alignof(max_align_t) };

typedef struct block {
    struct block *next; /* the one filled before this one */
    size_t size, used;  /* of data[] */
    alignas(max_align_t) unsigned char data[];
} block;

typedef struct deferred {
    struct deferred *next;
    void (*fn)(void *arg);
    void *arg;
} deferred;

/* Lives in the first block, so an arena of one block is one malloc. */
struct qn_arena {
    block *top;   /* where the next allocation goes */
    block *first; /* kept by reset */
    deferred *defers;
    size_t bytes, max;
    int64_t *meter;
    void *owner;
    size_t mark; /* what of the first block is the arena itself */
};

/* SIZE_MAX when rounding up would overflow: no block is ever that large. */
static size_t round_up(size_t n)
{
    return n > SIZE_MAX - ALIGN ? SIZE_MAX : (n + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
}

static block *block_new(size_t data_bytes)
{
    if (data_bytes > SIZE_MAX - sizeof(block)) return NULL;
    block *b = malloc(sizeof *b + data_bytes);
    if (!b) return NULL;
    b->next = NULL;
    b->size = data_bytes;
    b->used = 0;
    return b;
}

qn_arena *qn_arena_new(size_t first_bytes)
{
    size_t self = round_up(sizeof(qn_arena));
    size_t room = round_up(first_bytes ? first_bytes : FIRST_BYTES);
    if (room > SIZE_MAX / 2) return NULL;
    block *b = block_new(self + room);
    if (!b) return NULL;
    qn_arena *a = (qn_arena *)(void *)b->data;
    b->used = self;
    *a = (qn_arena){ .top = b, .first = b, .bytes = sizeof *b + b->size, .mark = self };
    return a;
}

static void run_defers(qn_arena *a)
{
    while (a->defers) {
        deferred *d = a->defers;
        a->defers = d->next; /* unlinked first: `fn` may defer again */
        d->fn(d->arg);
    }
}

static void free_blocks_above_first(qn_arena *a)
{
    while (a->top != a->first) {
        block *b = a->top;
        a->top = b->next;
        a->bytes -= sizeof *b + b->size;
        free(b);
    }
}

void qn_arena_reset(qn_arena *a)
{
    run_defers(a);
    free_blocks_above_first(a);
    a->first->used = a->mark;
    a->owner = NULL;
}

void qn_arena_meter(qn_arena *a, int64_t *spent_us)
{
    a->meter = spent_us;
}

void qn_arena_set_owner(qn_arena *a, void *owner)
{
    a->owner = owner;
}

void *qn_arena_owner(const qn_arena *a)
{
    return a->owner;
}

void qn_arena_share(qn_arena *a, const qn_arena *whole)
{
    a->meter = whole->meter;
    a->owner = whole->owner;
}

void qn_arena_charge(qn_arena *a, int64_t us)
{
    if (a->meter) *a->meter = (*a->meter < 0 ? 0 : *a->meter) + us;
}

void qn_arena_free(qn_arena **a)
{
    if (!a || !*a) return;
    qn_arena *dead = *a;
    run_defers(dead);
    free_blocks_above_first(dead);
    *a = NULL;
    free(dead->first);
}

/* A block with room for `need`. Blocks double up to 64 KiB; what is larger gets a block of its own size. Close to the
 * arena's limit the block is as small as will do, so that the limit can be used up. */
static block *grow(qn_arena *a, size_t need)
{
    size_t want = a->top->size * 2;
    if (want > LARGEST_BLOCK) want = LARGEST_BLOCK;
    if (want < need) want = need;
    if (want > SIZE_MAX - sizeof(block)) return NULL;
    if (a->max) {
        size_t left = a->bytes < a->max ? a->max - a->bytes : 0;
        if (left < sizeof(block) || left - sizeof(block) < need) return NULL;
        if (want > left - sizeof(block)) want = need;
    }
    block *b = block_new(want);
    if (!b) return NULL;
    a->bytes += sizeof *b + b->size;
    b->next = a->top;
    a->top = b;
    return b;
}

void *qn_arena_alloc_raw(qn_arena *a, size_t n)
{
    assert(a);
    size_t need = round_up(n ? n : 1);
    block *b = a->top;
    if (b->size - b->used < need && !(b = grow(a, need))) return NULL;
    void *p = b->data + b->used;
    b->used += need;
    return p;
}

void *qn_arena_alloc(qn_arena *a, size_t n)
{
    void *p = qn_arena_alloc_raw(a, n);
    if (p) memset(p, 0, n);
    return p;
}

void *qn_arena_calloc(qn_arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size) return NULL;
    return qn_arena_alloc(a, count * size);
}

char *qn_arena_strndup(qn_arena *a, const char *s, size_t n)
{
    if (n == SIZE_MAX) return NULL;
    char *p = qn_arena_alloc_raw(a, n + 1);
    if (!p) return NULL;
    if (n) memcpy(p, s, n);
    p[n] = '\0';
    return p;
}

char *qn_arena_strdup(qn_arena *a, const char *s)
{
    return qn_arena_strndup(a, s, strlen(s));
}

char *qn_arena_vprintf(qn_arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    char *p = n < 0 ? NULL : qn_arena_alloc_raw(a, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

char *qn_arena_printf(qn_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = qn_arena_vprintf(a, fmt, ap);
    va_end(ap);
    return p;
}

int qn_arena_defer(qn_arena *a, void (*fn)(void *arg), void *arg)
{
    deferred *d = qn_arena_alloc_raw(a, sizeof *d);
    if (!d) return QN_ENOMEM;
    *d = (deferred){ .next = a->defers, .fn = fn, .arg = arg };
    a->defers = d;
    return 0;
}

size_t qn_arena_bytes(const qn_arena *a)
{
    return a->bytes;
}

void qn_arena_limit(qn_arena *a, size_t max_bytes)
{
    a->max = max_bytes;
}
