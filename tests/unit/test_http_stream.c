#include "httpfixture.h"

/*
 * Bodies and answers that pass through bit by bit. Handlers of bodies answer "BYTES SUM"; those of answers write the
 * letters of the alphabet again and again.
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

static void on_gone(void *ctx)
{
    taking *t = ctx;
    qn_timer_free(&t->timer);
    atomic_fetch_add(&ended, 1);
}

static void on_piece(qn_req *req, void *ctx, qn_str data)
{
    taking *t = ctx;
    t->bytes += data.n;
    atomic_fetch_add(&taken, (long long)data.n);
    for (size_t i = 0; i < data.n; i++) t->sum += (unsigned char)data.p[i];
    if (!t->slow) return;
    qn_req_body_pause(req);
    if (t->timer) qn_timer_start(t->timer, 1);
}

static void on_end(qn_req *req, void *ctx)
{
    taking *t = ctx;
    char *text = qn_arena_printf(qn_req_arena(req), "%llu %llu", t->bytes, t->sum);
    struct iovec part = { text, strlen(text) };
    qn_reply(req, 200, "text/plain", &part, 1);
}

static const qn_body_sink sink = { on_piece, on_end };

static void on_tick(void *ctx)
{
    taking *t = ctx;
    if (t->late)
        qn_req_body_stream(t->req, &sink, t);
    else
        qn_req_body_resume(t->req);
    t->late = false;
}

static taking *begin_taking(qn_req *req)
{
    taking *t = qn_arena_alloc(qn_req_arena(req), sizeof *t);
    t->req = req;
    if (qn_arena_defer(qn_req_arena(req), on_gone, t)) abort();
    return t;
}

static void on_take(qn_req *req, void *ctx)
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
static void on_take_slowly(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->slow = true;
    if (qn_timer_new(&t->timer, f.loop, on_tick, t)) abort();
    qn_req_body_stream(req, &sink, t);
}

/* … or never. */
static void on_take_one(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->slow = true;
    qn_req_body_stream(req, &sink, t);
}

/* Asks for the body only after a while. */
static void on_take_late(qn_req *req, void *ctx)
{
    (void)ctx;
    taking *t = begin_taking(req);
    t->late = true;
    if (qn_timer_new(&t->timer, f.loop, on_tick, t)) abort();
    qn_timer_start(t->timer, 20);
}

static void on_refuse(qn_req *req, void *ctx)
{
    (void)ctx;
    begin_taking(req);
    qn_fail_req(req, 403, NULL, "not you");
}

static void on_piece_refused(qn_req *req, void *ctx, qn_str data)
{
    (void)ctx, (void)data;
    qn_fail_req(req, 422, NULL, "not this");
}

static void on_refuse_midway(qn_req *req, void *ctx)
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

static void on_given(void *ctx)
{
    giving *g = ctx;
    qn_timer_free(&g->timer);
    atomic_fetch_add(&ended, 1);
}

static bool give(giving *g)
{
    char piece[CHUNK];
    size_t n = g->left < CHUNK ? (size_t)g->left : CHUNK;
    for (size_t i = 0; i < n; i++) piece[i] = (char)('a' + (g->at + i) % 26);
    g->left -= n;
    g->at += n;
    atomic_fetch_add(&produced, (long long)n);
    return qn_reply_write(g->req, (qn_str){ piece, n });
}

static void on_more(qn_req *req, void *ctx)
{
    giving *g = ctx;
    while (g->left)
        if (!give(g)) return;
    qn_reply_end(req);
}

static giving *begin_giving(qn_req *req, unsigned long long bytes)
{
    giving *g = qn_arena_alloc(qn_req_arena(req), sizeof *g);
    g->req = req;
    g->left = bytes;
    if (qn_arena_defer(qn_req_arena(req), on_given, g)) abort();
    return g;
}

static void on_give(qn_req *req, void *ctx)
{
    uint64_t bytes = 0;
    (void)ctx;
    qn_str_u64(&bytes, qn_req_param(req, "n"), 0, UINT64_MAX);
    if (qn_reply_begin(req, 200, "application/x-ndjson", on_more, begin_giving(req, bytes))) return;
}

/* What no coding makes smaller, without end. */
static void on_more_noise(qn_req *req, void *ctx)
{
    static uint64_t seed = 1;
    (void)ctx;
    uint64_t piece[CHUNK / 8];
    do {
        for (size_t i = 0; i < CHUNK / 8; i++) piece[i] = seed = seed * 6364136223846793005u + 1442695040888963407u;
        atomic_fetch_add(&produced, CHUNK);
    } while (qn_reply_write(req, (qn_str){ (const char *)piece, CHUNK }));
}

static void on_noise(qn_req *req, void *ctx)
{
    (void)ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more_noise, begin_giving(req, 1));
}

/* One piece at each tick, with nothing to say when it is asked. */
static void on_give_tick(void *ctx)
{
    giving *g = ctx;
    if (g->left) {
        give(g);
        qn_timer_start(g->timer, 2);
    } else {
        qn_reply_end(g->req);
    }
}

static void on_nothing(qn_req *req, void *ctx)
{
    (void)req, (void)ctx;
}

static void on_give_late(qn_req *req, void *ctx)
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

static void on_more_abort(qn_req *req, void *ctx)
{
    giving *g = ctx;
    if (g->left)
        give(g);
    else
        qn_reply_abort(req);
}

static void on_give_abort(qn_req *req, void *ctx)
{
    (void)ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more_abort, begin_giving(req, 10));
}

/* A body in, the answer streamed when it is whole. */
static void on_both_end(qn_req *req, void *ctx)
{
    taking *t = ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more, begin_giving(req, t->bytes));
}

static void on_both(qn_req *req, void *ctx)
{
    static const qn_body_sink both = { on_piece, on_both_end };
    (void)ctx;
    qn_req_body_stream(req, &both, begin_taking(req));
}

static void add_routes(void)
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

static char *large;

static unsigned long long sum_of(const char *p, size_t n)
{
    unsigned long long sum = 0;
    for (size_t i = 0; i < n; i++) sum += (unsigned char)p[i];
    return sum;
}

static void expect_large_taken(int s)
{
    char text[64];
    qn_buf b;
    qn_buf_init(&b, 0);
    snprintf(text, sizeof text, "\r\n\r\n%d %llu", LARGE, sum_of(large, LARGE));
    get_until(s, &b, text);
    assert_true(has(&b, "HTTP/1.1 200"));
    qn_buf_free(&b);
}

/* Undoes the chunks of `b`'s body in place, checking them. The bytes of the body; -1: they do not end. */
static long long unchunk(qn_buf *b, char **body)
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

static void assert_alphabet(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != (char)('a' + i % 26)) fail_msg("byte %zu is %c", i, p[i]);
}

/* ---- bodies ---------------------------------------------------------------------------------------------------- */

static void a_body_larger_than_any_that_is_kept_passes_through(void **state)
{
    (void)state;
    char head[200];
    START("server.max_body_bytes=1000");
    int s = dial(0);
    snprintf(head, sizeof head, "POST /take HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", LARGE);
    say(s, head);
    put(s, large, LARGE);
    expect_large_taken(s);
    say(s, "POST /take HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < LARGE; at += 65536) {
        say(s, "10000;name=value\r\n");
        put(s, large + at, 65536);
        say(s, "\r\n");
    }
    say(s, "0\r\nTrailer: dropped\r\n\r\n");
    expect_large_taken(s);
    close(s);
    wait_for(&ended, 2);
    stop();
}

static void a_body_that_is_none_ends_at_once(void **state)
{
    (void)state;
    START();
    EXPECT("POST /take HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\nPOST /take HTTP/1.1\r\n" H "\r\n"
           "POST /late HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" LAST "0\r\n\r\n",
           "HTTP/1.1 200", "\r\n\r\n0 0HTTP/1.1 200", "\r\n\r\n0 0");
    wait_for(&ended, 3);
    stop();
}

static void only_media_types_that_the_route_streams_are_streamed(void **state)
{
    (void)state;
    START("server.max_body_bytes=100");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/plain\r\nContent-Length: 3\r\n" LAST "abc", "\r\n\r\nabc");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/lines; x=1\r\nContent-Length: 3\r\n" LAST "abc",
           "\r\n\r\n3 294");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/html\r\nContent-Length: 3\r\n\r\nabc"
           "POST /lines HTTP/1.1\r\n" H "Content-Type: text/lines\r\nContent-Length: 3\r\n" LAST "abc",
           "HTTP/1.1 415", "3 294");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/plain\r\nContent-Length: 101\r\n\r\n", "HTTP/1.1 413");
    stop();
}

static void a_pause_holds_the_client_back_and_loses_nothing(void **state)
{
    (void)state;
    char head[200];
    START();
    int s = dial(0);
    snprintf(head, sizeof head, "POST /slowly HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", LARGE);
    say(s, head);
    put(s, large, LARGE);
    expect_large_taken(s);
    close(s);
    stop();
}

static void what_is_not_read_stays_with_the_client(void **state)
{
    (void)state;
    START();
    atomic_store(&taken, 0);
    int s = dial(0);
    long long sent = 0;
    say(s, "POST /one HTTP/1.1\r\n" H "Content-Length: 1000000000000\r\n\r\n");
    for (int idle = 0; idle < 20;) { /* until the socket has taken nothing for a while */
        ssize_t n = send(s, large, 65536, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            usleep(10000), idle++;
        else
            sent += n, idle = 0;
        assert_true(sent < 64 * 1024 * 1024);
    }
    assert_true(atomic_load(&taken) <= 65536);
    struct linger none = { 1, 0 }; /* its end could not get past what was not read */
    setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(s);
    wait_for(&ended, 1);
    stop();
}

/* What is sent is taken by the sockets, not by the handler; then the client goes. Requests have 30 s here. */
static void a_client_that_goes_away_while_its_body_waits_is_noticed_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *framing, *lead;
        size_t n;
    } cases[] = { { "Content-Length: 1000000", "", 100 },
                  { "Content-Length: 1000000", "", 60000 },
                  { "Transfer-Encoding: chunked", "3e8\r\n", 500 },
                  { "Transfer-Encoding: chunked", "ea60\r\n", 50000 },
                  { "Transfer-Encoding: chunked", "fffff\r\n", 100000 } };
    START();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char head[200];
        int s = dial(0);
        atomic_store(&taken, 0);
        snprintf(head, sizeof head, "POST /one HTTP/1.1\r\n" H "%s\r\n\r\n%s", cases[i].framing, cases[i].lead);
        say(s, head);
        put(s, large, 1);
        while (!atomic_load(&taken)) usleep(1000);
        put(s, large, cases[i].n);
        close(s);
        wait_for(&ended, (int)i + 1);
    }
    stop();
}

static void a_client_that_ends_its_side_behind_a_whole_body_gets_its_answer(void **state)
{
    (void)state;
    static const size_t sizes[] = { 10, 30000, 300000 };
    START();
    for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
        char head[200], text[64];
        size_t n = sizes[i / 2];
        qn_buf b;
        qn_buf_init(&b, 0);
        int s = dial(0);
        snprintf(head, sizeof head,
                 i % 2 ? "POST /slowly HTTP/1.1\r\n" H "Content-Length: %zu\r\n\r\n"
                       : "POST /slowly HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                 n);
        say(s, head);
        put(s, large, n);
        if (i % 2 == 0) say(s, "\r\n0\r\nTrailer: dropped\r\n\r\n");
        shutdown(s, SHUT_WR);
        get_all(s, &b);
        snprintf(text, sizeof text, "\r\n\r\n%zu %llu", n, sum_of(large, n));
        if (!has(&b, text)) fail_msg("%s: %.*s", head, QN_FMT(qn_buf_str(&b)));
        qn_buf_free(&b);
        close(s);
    }
    stop();
}

static void a_reset_behind_the_end_of_a_whole_body_is_noticed_too(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    atomic_store(&taken, 0);
    say(s, "POST /one HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\na");
    while (!atomic_load(&taken)) usleep(1000);
    say(s, "bc");
    shutdown(s, SHUT_WR);
    usleep(20000);
    struct linger none = { 1, 0 };
    setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(s);
    wait_for(&ended, 1);
    stop();
}

static void a_handler_that_pauses_for_too_long_is_ended(void **state)
{
    (void)state;
    START();
    EXPECT("POST /soon HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab", "HTTP/1.1 503", "/problems/timeout",
           "Connection: close");
    wait_for(&ended, 1);
    stop();
}

static void a_handler_may_refuse_the_body(void **state)
{
    (void)state;
    START();
    EXPECT("POST /refuse HTTP/1.1\r\n" H "Content-Length: 1000000000\r\n\r\nab", "HTTP/1.1 403", "Connection: close");
    EXPECT("POST /midway HTTP/1.1\r\n" H "Content-Length: 1000000000\r\n\r\nab", "HTTP/1.1 422", "Connection: close");
    wait_for(&ended, 2);
    /* One that is whole already leaves the connection as it is. */
    EXPECT("POST /refuse HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\nPOST /take HTTP/1.1\r\n" H
           "Content-Length: 1\r\n" LAST "a",
           "HTTP/1.1 403", "HTTP/1.1 200");
    stop();
}

static void the_body_is_asked_for_when_the_handler_wants_it(void **state)
{
    (void)state;
    static const char *const routes[] = { "take", "late" };
    START();
    qn_buf b;
    qn_buf_init(&b, 0);
    for (size_t i = 0; i < COUNT(routes); i++) {
        char head[200];
        snprintf(head, sizeof head, "POST /%s HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
                 routes[i]);
        int s = dial(0);
        say(s, head);
        get_until(s, &b, "\r\n\r\n");
        assert_string_equal(b.p, "HTTP/1.1 100 Continue\r\n\r\n");
        say(s, "ab");
        get_until(s, &b, "2 195");
        qn_buf_clear(&b);
        close(s);
    }
    qn_buf_free(&b);
    EXPECT("POST /refuse HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 403",
           "!100 Continue");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 415",
           "!100 Continue");
    stop();
}

static void a_broken_or_stalled_body_ends_the_request(void **state)
{
    (void)state;
    START("server.body_timeout_ms=100");
    EXPECT("POST /take HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nabX", "HTTP/1.1 400",
           "Connection: close");
    EXPECT("POST /take HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab", "HTTP/1.1 408", "Connection: close");
    int s = dial(0);
    say(s, "POST /take HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab");
    usleep(5000);
    close(s);
    wait_for(&ended, 3);
    stop();
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static void a_streamed_answer_arrives_whole(void **state)
{
    (void)state;
    static const unsigned long long sizes[] = { 0, 1, CHUNK, 70000, 5000000 };
    START();
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char request[200], *body;
        snprintf(request, sizeof request, "GET /give/%llu HTTP/1.1\r\n" H LAST, sizes[i]);
        qn_buf b = exchange(request);
        assert_true(has(&b, "Transfer-Encoding: chunked\r\n") && !has(&b, "Content-Length"));
        assert_int_equal(unchunk(&b, &body), sizes[i]);
        assert_alphabet(body, sizes[i]);
        qn_buf_free(&b);
    }
    stop();
}

/* The body of an answer that was read to its end, decoded; freed by the caller. */
static char *inflated(qn_buf *b, size_t *n, size_t most)
{
    char *body, *out = malloc(most);
    long long coded = unchunk(b, &body);
    assert_true(coded > 0);
    z_stream z = {
        .avail_in = (uInt)coded, .next_in = (Bytef *)body, .next_out = (Bytef *)out, .avail_out = (uInt)most
    };
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
    *n = most - z.avail_out;
    return out;
}

static void a_streamed_answer_is_coded_as_the_client_takes_it(void **state)
{
    (void)state;
    static const unsigned long long sizes[] = { 0, 1, CHUNK, 70000, 5000000 };
    START();
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char request[200];
        size_t n;
        snprintf(request, sizeof request, "GET /give/%llu HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST, sizes[i]);
        qn_buf b = exchange(request);
        assert_true(has(&b, "Transfer-Encoding: chunked\r\n") && has(&b, "Content-Encoding: gzip\r\n") &&
                    has(&b, "Vary: Accept-Encoding\r\n") && !has(&b, "Content-Length"));
        assert_true(b.n < 1000 + sizes[i] / 10);
        char *text = inflated(&b, &n, (size_t)sizes[i] + 1);
        assert_int_equal(n, sizes[i]);
        assert_alphabet(text, n);
        free(text);
        qn_buf_free(&b);
    }
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: gzip;q=0.5, br\r\n" LAST, "Content-Encoding: br\r\n");
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: zstd, identity;q=0\r\n" LAST, "Content-Encoding: zstd\r\n");
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: identity, gzip;q=0.5\r\n" LAST, "!Content-Encoding",
           "Vary: Accept-Encoding\r\n", "\r\n\r\na\r\nabcdefghij\r\n0\r\n\r\n");
    EXPECT("HEAD /give/10 HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST, "Content-Encoding: gzip\r\n",
           "Vary: Accept-Encoding\r\n");
    EXPECT("GET /give/10 HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n", "Content-Encoding: gzip\r\n", "!chunked");
    stop();
}

static void what_is_written_by_and_by_is_readable_by_and_by_when_coded(void **state)
{
    (void)state;
    size_t n;
    START();
    qn_buf b = exchange("GET /given-late HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST);
    char *text = inflated(&b, &n, 5 * CHUNK + 1);
    assert_int_equal(n, 5 * CHUNK);
    assert_alphabet(text, n);
    free(text);
    qn_buf_free(&b);
    /* A piece, and then nothing any more: the piece was not held back in the encoder. */
    int s = dial(0);
    char out[2000], *end;
    qn_buf_init(&b, 0);
    say(s, "GET /given-once HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n\r\n");
    get_all(s, &b);
    close(s);
    end = memmem(b.p, b.n, "\r\n\r\n", 4);
    assert_non_null(end);
    char *data = memmem(end + 4, b.n - (size_t)(end + 4 - b.p), "\r\n", 2);
    assert_non_null(data);
    z_stream z = { .next_in = (Bytef *)data + 2,
                   .avail_in = (uInt)strtoul(end + 4, NULL, 16),
                   .next_out = (Bytef *)out,
                   .avail_out = sizeof out };
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_SYNC_FLUSH), Z_OK);
    inflateEnd(&z);
    assert_int_equal(sizeof out - z.avail_out, 1000);
    assert_alphabet(out, 1000);
    qn_buf_free(&b);
    stop();
}

static void a_reader_that_stops_stops_the_handler_when_coded_too(void **state)
{
    (void)state;
    START("server.write_timeout_ms=200");
    atomic_store(&produced, 0);
    int s = dial(4096);
    say(s, "GET /noise HTTP/1.1\r\n" H "Accept-Encoding: br\r\n\r\n");
    wait_for(&ended, 1);
    assert_true(atomic_load(&produced) < 2 * 1024 * 1024);
    close(s);
    stop();
}

static void http_1_0_gets_its_stream_up_to_the_connection_s_end(void **state)
{
    (void)state;
    START();
    qn_buf b = exchange("GET /give/100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const char *body = strstr(b.p, "\r\n\r\n") + 4;
    assert_true(has(&b, "Connection: close\r\n") && !has(&b, "Transfer-Encoding") && !has(&b, "Content-Length"));
    assert_int_equal(b.p + b.n - 1 - body, 100000);
    assert_alphabet(body, 100000);
    qn_buf_free(&b);
    stop();
}

static void the_connection_goes_on_after_a_stream(void **state)
{
    (void)state;
    START();
    EXPECT("HEAD /give/10 HTTP/1.1\r\n" H "\r\nGET /give/3 HTTP/1.1\r\n" H "\r\nGET /given-late HTTP/1.1\r\n" H
           "\r\nPOST /both HTTP/1.1\r\n" H "Content-Length: 4\r\n" LAST "1234",
           "HTTP/1.1 200 OK\r\n", "\r\n\r\nHTTP/1.1 200", "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200",
           "4\r\nabcd\r\n0\r\n\r\n");
    stop();
}

static void what_is_written_by_and_by_arrives(void **state)
{
    (void)state;
    char *body;
    START();
    qn_buf b = exchange("GET /given-late HTTP/1.1\r\n" H LAST);
    assert_int_equal(unchunk(&b, &body), 5 * CHUNK);
    assert_alphabet(body, 5 * CHUNK);
    qn_buf_free(&b);
    stop();
}

static void a_stream_that_cannot_be_completed_looks_so(void **state)
{
    (void)state;
    static const char *const requests[] = { "GET /abort HTTP/1.1\r\n" H "\r\n",
                                            "GET /given-once HTTP/1.1\r\n" H "\r\n" };
    START();
    for (size_t i = 0; i < COUNT(requests); i++) {
        qn_buf b = exchange(requests[i]);
        assert_true(has(&b, "HTTP/1.1 200") && has(&b, "abcdefghij") && !has(&b, "\r\n0\r\n"));
        qn_buf_free(&b);
    }
    wait_for(&ended, 2);
    stop();
}

static void a_client_that_takes_no_streams_hears_so(void **state)
{
    (void)state;
    START();
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: identity;q=0\r\n" LAST, "HTTP/1.1 406");
    stop();
}

static void a_reader_that_stops_stops_the_handler(void **state)
{
    (void)state;
    START("server.write_timeout_ms=200");
    atomic_store(&produced, 0);
    int s = dial(4096);
    say(s, "GET /give/1000000000000 HTTP/1.1\r\n" H "\r\n");
    wait_for(&ended, 1);
    assert_true(atomic_load(&produced) < 2 * 1024 * 1024); /* two buffers here, the kernel's two */
    close(s);
    stop();
}

static void a_reader_that_goes_away_ends_the_request(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /give/1000000000000 HTTP/1.1\r\n" H "\r\n");
    get_until(s, &b, "abc");
    close(s);
    wait_for(&ended, 1);
    qn_buf_free(&b);
    stop();
}

static void a_slow_reader_gets_all_of_it(void **state)
{
    (void)state;
    char *body;
    START();
    int s = dial(4096);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /give/1000000 HTTP/1.1\r\n" H LAST);
    usleep(50000);
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    assert_int_equal(unchunk(&b, &body), 1000000);
    assert_alphabet(body, 1000000);
    qn_buf_free(&b);
    close(s);
    stop();
}

static void a_server_that_ends_lets_streams_end(void **state)
{
    (void)state;
    START();
    int s = dial(4096), t = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    atomic_store(&taken, 0);
    say(t, "POST /take HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab");
    while (atomic_load(&taken) < 2) usleep(1000);
    say(s, "GET /give/500000 HTTP/1.1\r\n" H "\r\n");
    get_until(s, &b, "abc");
    command(DRAIN);
    say(t, "cde");
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    char *body;
    assert_int_equal(unchunk(&b, &body), 500000);
    qn_buf_clear(&b);
    get_all(t, &b);
    assert_true(has(&b, "5 495") && has(&b, "Connection: close"));
    close(s);
    close(t);
    qn_buf_free(&b);
    wait_for(&drained, 1);
    stop();
}

static int make_large(void **state)
{
    (void)state;
    large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++) large[i] = (char)(i * i / 7);
    return 0;
}

static int free_large(void **state)
{
    (void)state;
    free(large);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_larger_than_any_that_is_kept_passes_through),
        cmocka_unit_test(a_body_that_is_none_ends_at_once),
        cmocka_unit_test(only_media_types_that_the_route_streams_are_streamed),
        cmocka_unit_test(a_pause_holds_the_client_back_and_loses_nothing),
        cmocka_unit_test(what_is_not_read_stays_with_the_client),
        cmocka_unit_test(a_client_that_goes_away_while_its_body_waits_is_noticed_at_once),
        cmocka_unit_test(a_client_that_ends_its_side_behind_a_whole_body_gets_its_answer),
        cmocka_unit_test(a_reset_behind_the_end_of_a_whole_body_is_noticed_too),
        cmocka_unit_test(a_handler_that_pauses_for_too_long_is_ended),
        cmocka_unit_test(a_handler_may_refuse_the_body),
        cmocka_unit_test(the_body_is_asked_for_when_the_handler_wants_it),
        cmocka_unit_test(a_broken_or_stalled_body_ends_the_request),
        cmocka_unit_test(a_streamed_answer_arrives_whole),
        cmocka_unit_test(a_streamed_answer_is_coded_as_the_client_takes_it),
        cmocka_unit_test(what_is_written_by_and_by_is_readable_by_and_by_when_coded),
        cmocka_unit_test(a_reader_that_stops_stops_the_handler_when_coded_too),
        cmocka_unit_test(http_1_0_gets_its_stream_up_to_the_connection_s_end),
        cmocka_unit_test(the_connection_goes_on_after_a_stream),
        cmocka_unit_test(what_is_written_by_and_by_arrives),
        cmocka_unit_test(a_stream_that_cannot_be_completed_looks_so),
        cmocka_unit_test(a_client_that_takes_no_streams_hears_so),
        cmocka_unit_test(a_reader_that_stops_stops_the_handler),
        cmocka_unit_test(a_reader_that_goes_away_ends_the_request),
        cmocka_unit_test(a_slow_reader_gets_all_of_it),
        cmocka_unit_test(a_server_that_ends_lets_streams_end),
    };
    return cmocka_run_group_tests(tests, make_large, free_large);
}
