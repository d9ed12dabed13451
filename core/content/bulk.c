/* Import of many entries: bytes to lines, lines to batches. */
#include "content/bulk_impl.h"

#include <stdlib.h>
#include <string.h>

/* Lines go together for the price of one commit. With little to do a batch is sent as soon as the one before it has
 * landed; a client that is faster than the database is held up when the next one is full. */
enum { SEND_LINES = 64, FULL_LINES = 512, FULL_BYTES = 512 * 1024 };

/* ---- batches ----------------------------------------------------------------------------------------------------- */

qn_bulk_batch *qn_bulk_batch_new(qn_bulk *b)
{
    qn_bulk_batch *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->bulk = b;
    t->arena = qn_arena_new(64 * 1024);
    qn_buf_init(&t->text, 0);
    qn_types *types = qn_store_types(b->o.store);
    if (types) t->types = qn_types_ref(types);
    if (!t->arena) qn_bulk_batch_free(&t);
    return t;
}

void qn_bulk_batch_free(qn_bulk_batch **t)
{
    qn_bulk_batch *dead = *t;
    *t = NULL;
    if (!dead) return;
    qn_arena_free(&dead->arena); /* drops the statement under way */
    qn_types_unref(&dead->types);
    qn_buf_free(&dead->text);
    free(dead);
}

void *qn_bulk_push(qn_bulk_batch *t, void **items, size_t *n, size_t *cap, size_t item_bytes)
{
    if (*n == *cap) {
        size_t room = *cap ? *cap * 2 : 64;
        void *more = qn_arena_calloc(t->arena, room, item_bytes);
        if (!more) {
            t->failed = true;
            return NULL;
        }
        if (*n) memcpy(more, *items, *n * item_bytes);
        *items = more;
        *cap = room;
    }
    return (char *)*items + (*n)++ * item_bytes;
}

static bool is_full(const qn_bulk_batch *t)
{
    return t && (t->nlines >= FULL_LINES || t->text.n >= FULL_BYTES);
}

/* ---- what happens next ------------------------------------------------------------------------------------------- */

static void fail(qn_bulk *b)
{
    if (!b->err) b->err = QN_ENOMEM;
}

/* Every line of the batch has its result. */
static void unload(qn_bulk *b)
{
    qn_bulk_batch *t = b->flying;
    for (size_t i = 0; i < t->nlines; i++) b->o.result(b->o.ctx, &t->lines[i].r);
    if (t->failed) fail(b);
    b->flying = NULL;
    qn_bulk_batch_free(&t);
}

/* Sends what should be sent now. A batch may land at once (nothing in it is sound), so this goes on until one does not,
 * without one call inside the other. */
static void go_on(qn_bulk *b)
{
    while (!b->flying && b->filling && !b->err &&
           (b->ended || is_full(b->filling) || b->filling->nlines >= SEND_LINES)) {
        b->flying = b->filling;
        b->filling = NULL;
        if (qn_bulk_send(b)) unload(b);
    }
}

/* Tells whoever waits. Either call may end everything. */
static void tell(qn_bulk *b)
{
    if (b->ended && !b->flying && (!b->filling || b->err) && !b->finished) {
        b->finished = true;
        b->o.done(b->o.ctx, b->err);
    } else if (b->waiting && (b->err || !is_full(b->filling))) {
        b->waiting = false;
        b->o.room(b->o.ctx);
    }
}

void qn_bulk_landed(qn_bulk *b)
{
    unload(b);
    go_on(b);
    tell(b);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

static void take_line(qn_bulk *b, qn_str text)
{
    b->line++;
    if (b->err || (!b->too_long && !qn_str_trim(text).n)) return; /* an empty line says nothing */
    if (!b->filling) b->filling = qn_bulk_batch_new(b);
    if (!b->filling) {
        fail(b);
        return;
    }
    if (b->too_long)
        qn_bulk_add_long(b->filling, b->line);
    else
        qn_bulk_add(b->filling, b->line, text);
    b->too_long = false;
    if (b->filling->failed) fail(b);
    go_on(b);
}

/* What came of a line before its end did. */
static void keep(qn_bulk *b, qn_str part)
{
    if (b->too_long || !part.n) return;
    if (b->partial.n + part.n > b->o.max_line_bytes) {
        b->too_long = true;
        qn_buf_clear(&b->partial);
    } else if (qn_buf_adds(&b->partial, part)) {
        fail(b);
    }
}

static void take_kept(qn_bulk *b)
{
    take_line(b, qn_buf_str(&b->partial));
    qn_buf_clear(&b->partial);
}

bool qn_bulk_feed(qn_bulk *b, qn_str bytes)
{
    while (bytes.n) {
        const char *end = memchr(bytes.p, '\n', bytes.n);
        qn_str part = { bytes.p, end ? (size_t)(end - bytes.p) : bytes.n };
        bytes = (qn_str){ bytes.p + part.n, bytes.n - part.n };
        if (end) bytes = (qn_str){ bytes.p + 1, bytes.n - 1 };
        if (!end || b->too_long || b->partial.n || part.n > b->o.max_line_bytes) {
            keep(b, part);
            if (end) take_kept(b);
        } else {
            take_line(b, part);
        }
    }
    b->waiting = b->flying && is_full(b->filling);
    return !b->waiting;
}

void qn_bulk_end(qn_bulk *b)
{
    if (b->partial.n || b->too_long) take_kept(b);
    b->ended = true;
    go_on(b);
    tell(b);
}

/* ---- its life ---------------------------------------------------------------------------------------------------- */

static void drop(void *ctx)
{
    qn_bulk *b = ctx;
    qn_bulk_batch_free(&b->filling);
    qn_bulk_batch_free(&b->flying);
    qn_buf_free(&b->partial);
    qn_arena_free(&b->scratch);
}

int qn_bulk_new(qn_bulk **out, qn_arena *a, const qn_bulk_options *o)
{
    qn_bulk *b = qn_arena_calloc(a, 1, sizeof *b);
    if (!b || qn_arena_defer(a, drop, b)) return QN_ENOMEM;
    b->o = *o;
    qn_buf_init(&b->partial, 0);
    b->scratch = qn_arena_new(16 * 1024);
    if (!b->scratch) return QN_ENOMEM;
    *out = b;
    return QN_OK;
}
