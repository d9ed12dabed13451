/**
 * Handlers that take a body and handlers that stream their answer, and clients of them: for the tests of both ways.
 */
#ifndef QN_TESTS_STREAMFIXTURE_H
#define QN_TESTS_STREAMFIXTURE_H

#include "httpfixture.h"

/*
 * Bodies and answers that pass through bit by bit. Handlers of bodies answer "BYTES SUM", of which SUM knows the order;
 * those of answers write the letters of the alphabet again and again.
 */
enum { LARGE = 8 * 1024 * 1024, CHUNK = 3000 };

static atomic_llong produced, taken;

/* ---- handlers that take a body --------------------------------------------------------------------------------- */

typedef struct {
    qn_req *req;
    qn_timer *timer;
    unsigned long long bytes, sum;
    bool slow, late;
} taking;

static inline void on_gone(void *ctx)
{
    taking *t = ctx;
    qn_timer_free(&t->timer);
    atomic_fetch_add(&ended, 1);
}

static inline void on_piece(qn_req *req, void *ctx, qn_str data)
{
    taking *t = ctx;
    t->bytes += data.n;
    atomic_fetch_add(&taken, (long long)data.n);
    for (size_t i = 0; i < data.n; i++) t->sum = t->sum * 31 + (unsigned char)data.p[i];
    if (!t->slow) return;
    qn_req_body_pause(req);
    if (t->timer) qn_timer_start(t->timer, 1);
}

static inline void on_end(qn_req *req, void *ctx)
{
    taking *t = ctx;
    char *text = qn_arena_printf(qn_req_arena(req), "%llu %llu", t->bytes, t->sum);
    struct iovec part = { text, strlen(text) };
    qn_reply(req, 200, "text/plain", &part, 1);
}

static const qn_body_sink sink = { on_piece, on_end };

static inline void on_tick(void *ctx)
{
    taking *t = ctx;
    if (t->late)
        qn_req_body_stream(t->req, &sink, t);
    else
        qn_req_body_resume(t->req);
    t->late = false;
}

static inline taking *begin_taking(qn_req *req)
{
    taking *t = qn_arena_alloc(qn_req_arena(req), sizeof *t);
    t->req = req;
    if (qn_arena_defer(qn_req_arena(req), on_gone, t)) abort();
    return t;
}

static inline void on_take(qn_req *req, void *ctx)
{
    (void)ctx;
    if (!qn_req_body_streams(req)) {
        qn_str b = qn_req_body(req);
        struct iovec part = { qn_arena_strndup(qn_req_arena(req), b.n ? b.p : "", b.n), b.n };
        qn_reply(req, 200, "text/plain", &part, 1);
        return;
    }
    qn_req_body_stream(req, &sink, begin_taking(req));
}

/* Takes a piece, pauses, and goes on a little later. */
static inline void on_take_slowly(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->slow = true;
    if (qn_timer_new(&t->timer, f.loop, on_tick, t)) abort();
    qn_req_body_stream(req, &sink, t);
}

/* … or never. */
static inline void on_take_one(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->slow = true;
    qn_req_body_stream(req, &sink, t);
}

static int knocks[2]; /* a pipe */

/* One byte at a time: 's' holds the loop up, any other lets the handler go on. */
static inline void on_knock(evutil_socket_t fd, short what, void *ctx)
{
    taking *t = ctx;
    char c = 0;
    (void)what;
    if (read(fd, &c, 1) != 1) abort();
    if (c == 's')
        usleep(100000);
    else
        qn_req_body_resume(t->req);
}

static inline void free_knocks(void *event)
{
    event_free(event);
}

/* Takes a piece, pauses, and goes on when somebody knocks. */
static inline void on_take_knocked(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->slow = true;
    struct event *e = event_new(qn_loop_base(f.loop), knocks[0], EV_READ | EV_PERSIST, on_knock, t);
    if (!e || event_add(e, NULL) || qn_arena_defer(qn_req_arena(req), free_knocks, e)) abort();
    qn_req_body_stream(req, &sink, t);
}

/* Asks for the body only after a while. */
static inline void on_take_late(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->late = true;
    if (qn_timer_new(&t->timer, f.loop, on_tick, t)) abort();
    qn_timer_start(t->timer, 20);
}

static inline void on_refuse(qn_req *req, void *ctx)
{
    (void)ctx;
    begin_taking(req);
    qn_fail_req(req, 403, NULL, "not you");
}

static inline void on_piece_refused(qn_req *req, void *ctx, qn_str data)
{
    (void)ctx, (void)data;
    qn_fail_req(req, 422, NULL, "not this");
}

static inline void on_refuse_midway(qn_req *req, void *ctx)
{
    static const qn_body_sink refusing = { on_piece_refused, on_end };
    (void)ctx;
    qn_req_body_stream(req, &refusing, begin_taking(req));
}

/* ---- handlers that stream their answer ------------------------------------------------------------------------- */

typedef struct {
    qn_req *req;
    qn_timer *timer;
    unsigned long long left, at;
} giving;

static inline void on_given(void *ctx)
{
    giving *g = ctx;
    qn_timer_free(&g->timer);
    atomic_fetch_add(&ended, 1);
}

static inline bool give(giving *g)
{
    char piece[CHUNK];
    size_t n = g->left < CHUNK ? (size_t)g->left : CHUNK;
    for (size_t i = 0; i < n; i++) piece[i] = (char)('a' + (g->at + i) % 26);
    g->left -= n;
    g->at += n;
    atomic_fetch_add(&produced, (long long)n);
    return qn_reply_write(g->req, (qn_str){ piece, n });
}

static inline void on_more(qn_req *req, void *ctx)
{
    giving *g = ctx;
    while (g->left)
        if (!give(g)) return;
    qn_reply_end(req);
}

static inline giving *begin_giving(qn_req *req, unsigned long long bytes)
{
    giving *g = qn_arena_alloc(qn_req_arena(req), sizeof *g);
    g->req = req;
    g->left = bytes;
    if (qn_arena_defer(qn_req_arena(req), on_given, g)) abort();
    return g;
}

static inline void on_give(qn_req *req, void *ctx)
{
    uint64_t bytes = 0;
    (void)ctx;
    qn_str_u64(&bytes, qn_req_param(req, "n"), 0, UINT64_MAX);
    if (qn_reply_begin(req, 200, "application/x-ndjson", on_more, begin_giving(req, bytes))) return;
}

/* What no coding makes smaller, without end. */
static inline void on_more_noise(qn_req *req, void *ctx)
{
    static uint64_t seed = 1;
    (void)ctx;
    uint64_t piece[CHUNK / 8];
    do {
        for (size_t i = 0; i < CHUNK / 8; i++) piece[i] = seed = seed * 6364136223846793005u + 1442695040888963407u;
        atomic_fetch_add(&produced, CHUNK);
    } while (qn_reply_write(req, (qn_str){ (const char *)piece, CHUNK }));
}

static inline void on_noise(qn_req *req, void *ctx)
{
    (void)ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more_noise, begin_giving(req, 1));
}

/* One piece at each tick, with nothing to say when it is asked. */
static inline void on_give_tick(void *ctx)
{
    giving *g = ctx;
    if (g->left) {
        give(g);
        qn_timer_start(g->timer, 2);
    } else {
        qn_reply_end(g->req);
    }
}

static inline void on_nothing(qn_req *req, void *ctx)
{
    (void)req, (void)ctx;
}

static inline void on_give_late(qn_req *req, void *ctx)
{
    giving *g = begin_giving(req, ctx ? 1000 : 5 * CHUNK);
    if (qn_reply_begin(req, 200, "text/plain", on_nothing, g)) return;
    if (ctx) { /* a piece, and then nothing any more */
        give(g);
        return;
    }
    if (qn_timer_new(&g->timer, f.loop, on_give_tick, g)) abort();
    qn_timer_start(g->timer, 5);
}

static inline void on_more_abort(qn_req *req, void *ctx)
{
    giving *g = ctx;
    if (g->left)
        give(g);
    else
        qn_reply_abort(req);
}

static inline void on_give_abort(qn_req *req, void *ctx)
{
    (void)ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more_abort, begin_giving(req, 10));
}

/* A body in, the answer streamed when it is whole. */
static inline void on_both_end(qn_req *req, void *ctx)
{
    taking *t = ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more, begin_giving(req, t->bytes));
}

static inline void on_both(qn_req *req, void *ctx)
{
    static const qn_body_sink both = { on_piece, on_both_end };
    (void)ctx;
    qn_req_body_stream(req, &both, begin_taking(req));
}

static inline void add_routes(void)
{
    static int once;
    const qn_route routes[] = {
        { .methods = QN_POST, .pattern = "/take", .fn = on_take, .accepts = "*", .streams = "*" },
        { .methods = QN_POST,
          .pattern = "/lines",
          .fn = on_take,
          .accepts = "text/plain,text/lines",
          .streams = "text/lines" },
        { .methods = QN_POST, .pattern = "/slowly", .fn = on_take_slowly, .accepts = "*", .streams = "*" },
        { .methods = QN_POST, .pattern = "/knocked", .fn = on_take_knocked, .accepts = "*", .streams = "*" },
        { .methods = QN_POST, .pattern = "/one", .fn = on_take_one, .accepts = "*", .streams = "*" },
        { .methods = QN_POST, .pattern = "/soon", .fn = on_take_one, .accepts = "*", .streams = "*", .timeout_ms = 50 },
        { .methods = QN_POST, .pattern = "/late", .fn = on_take_late, .accepts = "*", .streams = "*" },
        { .methods = QN_POST, .pattern = "/refuse", .fn = on_refuse, .accepts = "*", .streams = "*" },
        { .methods = QN_POST, .pattern = "/midway", .fn = on_refuse_midway, .accepts = "*", .streams = "*" },
        { .methods = QN_POST, .pattern = "/both", .fn = on_both, .accepts = "*", .streams = "*" },
        { .methods = QN_GET, .pattern = "/give/{n}", .fn = on_give },
        { .methods = QN_GET, .pattern = "/noise", .fn = on_noise },
        { .methods = QN_GET, .pattern = "/given-late", .fn = on_give_late },
        { .methods = QN_GET, .pattern = "/given-once", .fn = on_give_late, .ctx = &once, .timeout_ms = 50 },
        { .methods = QN_GET, .pattern = "/abort", .fn = on_give_abort },
    };
    for (size_t i = 0; i < COUNT(routes); i++) assert_int_equal(qn_router_add(f.router, &routes[i]), 0);
}

/* ---- help ------------------------------------------------------------------------------------------------------ */

/* Undoes the chunks of `b`'s body in place, checking them. The bytes of the body; -1: they do not end. */
static inline long long unchunk(qn_buf *b, char **body)
{
    char *at = strstr(b->p, "\r\n\r\n") + 4, *to = at, *stop = b->p + b->n;
    *body = at;
    while (at < stop) {
        char *end;
        unsigned long n = strtoul(at, &end, 16);
        assert_true(end > at && end[0] == '\r' && end[1] == '\n');
        at = end + 2;
        if (n == 0) {
            assert_memory_equal(at, "\r\n", 2);
            return to - *body;
        }
        if ((size_t)(stop - at) < n + 2) return -1;
        memmove(to, at, n);
        to += n;
        at += n;
        assert_memory_equal(at, "\r\n", 2);
        at += 2;
    }
    return -1;
}

static inline void assert_alphabet(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != (char)('a' + i % 26)) fail_msg("byte %zu is %c", i, p[i]);
}

#endif
