#include "httpfixture.h"

enum { BIG = 1500000 };
static char *big;

/* ---- handlers -------------------------------------------------------------------------------------------------- */

static void reply_text(qn_req *req, int status, const char *text)
{
    char *copy = qn_arena_strdup(qn_req_arena(req), text);
    struct iovec part = { copy, strlen(copy) };
    qn_reply(req, status, "text/plain", &part, 1);
}

static void on_hello(qn_req *req, void *ctx)
{
    (void)ctx;
    reply_text(req, 200, "hello");
}

static void on_param(qn_req *req, void *ctx)
{
    (void)ctx;
    size_t n;
    const qn_pair *q = qn_req_query(req, &n);
    qn_str id = qn_req_param(req, "id"), path = qn_req_path(req), x = qn_req_header(req, "x-many");
    char *text = qn_arena_printf(qn_req_arena(req), "%.*s %.*s %zu %.*s=%.*s %.*s", QN_FMT(path), QN_FMT(id), n,
                                 QN_FMT(n ? q[0].name : path), QN_FMT(n ? q[0].value : path), QN_FMT(x));
    qn_req_log_caller(req, "token:test");
    qn_req_log_db_us(req, 7);
    reply_text(req, 200, text);
}

static void on_echo(qn_req *req, void *ctx)
{
    (void)ctx;
    qn_str b = qn_req_body(req);
    struct iovec part = { qn_arena_strndup(qn_req_arena(req), b.n ? b.p : "", b.n), b.n };
    qn_reply(req, 200, "application/octet-stream", &part, 1);
}

static void on_big(qn_req *req, void *ctx)
{
    (void)ctx;
    struct iovec parts[5] = {
        { big, 10 }, { big + 10, 0 }, { big + 10, 100000 }, { big + 100010, 1 }, { big + 100011, BIG - 100011 }
    };
    qn_res_header(req, "ETag", QN_STR("\"v1\""));
    qn_reply(req, 200, "application/json", parts, 5);
}

static void on_stone(qn_req *req, void *ctx)
{
    (void)ctx;
    struct iovec part = { big, 2000 };
    qn_res_header(req, "ETag", QN_STR("\"s1\""));
    qn_res_header(req, "Last-Modified", QN_STR("Sat, 21 Nov 2026 10:00:00 GMT"));
    qn_res_header(req, "Cache-Control", QN_STR("public"));
    qn_res_header(req, "Vary", QN_STR("Origin"));
    qn_reply(req, 200, "application/json", &part, 1);
}

typedef struct {
    qn_req *req;
    qn_timer *timer;
} waiting;

static void on_late(void *ctx)
{
    waiting *w = ctx;
    reply_text(w->req, 200, "late");
}

static void stop_waiting(void *ctx)
{
    waiting *w = ctx;
    qn_timer_free(&w->timer);
    atomic_fetch_add(&ended, 1);
}

/* Answers by and by, or (with a ctx) never. */
static void on_wait(qn_req *req, void *ctx)
{
    waiting *w = qn_arena_alloc(qn_req_arena(req), sizeof *w);
    w->req = req;
    if (qn_timer_new(&w->timer, f.loop, on_late, w)) abort();
    qn_arena_defer(qn_req_arena(req), stop_waiting, w);
    qn_timer_start(w->timer, ctx ? 3600000 : 20);
}

static void on_fault(qn_req *req, void *ctx)
{
    (void)ctx;
    qn_fault faults[2] = { { "/title", "required", "a title" }, { "/x\xff", "type", "say \"what\"" } };
    qn_problem p = { .status = 422, .detail = "bad\x01", .errors = faults, .nerrors = 2, .extra = "\"allowed\":[]" };
    qn_reply_problem(req, &p);
}

static void add_routes(void)
{
    static int never;
    const qn_route routes[] = {
        { .methods = QN_GET, .pattern = "/", .fn = on_hello },
        { .methods = QN_GET, .pattern = "/p/{id}", .fn = on_param },
        { .methods = QN_GET, .pattern = "/big", .fn = on_big },
        { .methods = QN_GET, .pattern = "/stone", .fn = on_stone },
        { .methods = QN_GET | QN_DELETE, .pattern = "/wait", .fn = on_wait },
        { .methods = QN_GET, .pattern = "/never", .fn = on_wait, .ctx = &never },
        { .methods = QN_GET, .pattern = "/soon", .fn = on_wait, .ctx = &never, .timeout_ms = 50 },
        { .methods = QN_POST | QN_PATCH, .pattern = "/json", .fn = on_echo, .accepts = "application/json,text/plain" },
        { .methods = QN_POST, .pattern = "/any", .fn = on_echo, .accepts = "*" },
        { .methods = QN_POST, .pattern = "/small", .fn = on_echo, .accepts = "*", .max_body_bytes = 10 },
        { .methods = QN_POST, .pattern = "/fault", .fn = on_fault },
    };
    for (size_t i = 0; i < COUNT(routes); i++) assert_int_equal(qn_router_add(f.router, &routes[i]), 0);
}

/* ---- answers --------------------------------------------------------------------------------------------------- */

static void an_answer_is_whole(void **state)
{
    (void)state;
    START();
    EXPECT("GET / HTTP/1.1\r\n" H LAST, "HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", "Content-Type: text/plain\r\n",
           "\r\n\r\nhello", "Date: ", " GMT\r\n", "X-Request-Id: ", "X-Content-Type-Options: nosniff\r\n",
           "Connection: close\r\n");
    EXPECT("GET / HTTP/1.1\r\n" H "X-Request-Id: abc.DEF_1-2\r\n" LAST, "X-Request-Id: abc.DEF_1-2\r\n");
    EXPECT("GET / HTTP/1.1\r\n" H "X-Request-Id: a b\r\n" LAST, "!X-Request-Id: a b");
    EXPECT("HEAD / HTTP/1.1\r\n" H LAST, "HTTP/1.1 200", "Content-Length: 5\r\n", "!hello");
    EXPECT("GET / HTTP/1.0\r\n\r\n", "HTTP/1.1 200", "Connection: close", "\r\n\r\nhello");
    EXPECT("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n", "Connection: keep-alive\r\n",
           "Connection: close\r\n");
    stop();
}

static void the_router_s_answers_have_what_belongs_to_them(void **state)
{
    (void)state;
    START();
    EXPECT("GET /nope HTTP/1.1\r\n" H LAST, "HTTP/1.1 404", "application/problem+json", "/problems/not-found",
           "\"instance\":\"");
    EXPECT("DELETE / HTTP/1.1\r\n" H LAST, "HTTP/1.1 405", "Allow: GET, HEAD, OPTIONS\r\n",
           "/problems/method-not-allowed");
    EXPECT("OPTIONS /json HTTP/1.1\r\n" H LAST, "HTTP/1.1 204", "Allow: POST, PATCH, OPTIONS\r\n", "!Content-Length");
    EXPECT("OPTIONS * HTTP/1.1\r\n" H LAST, "HTTP/1.1 204", "Allow: GET, HEAD, POST, PATCH, DELETE, OPTIONS\r\n");
    EXPECT("FROB / HTTP/1.1\r\n" H LAST, "HTTP/1.1 501", "/problems/not-implemented");
    EXPECT("GET /p/%zz HTTP/1.1\r\n" H LAST, "HTTP/1.1 400", "/problems/bad-request");
    EXPECT("GET /p/a?x=%ff HTTP/1.1\r\n" H LAST, "HTTP/1.1 400", "\"pointer\":\"?x\"", "\"code\":\"encoding\"");
    EXPECT("GET / HTTP/1.1\r\n" H "Expect: magic\r\n" LAST, "HTTP/1.1 417");
    EXPECT("GET /p/a%2Fb?q=c+d%21&r HTTP/1.1\r\n" H "X-Many: 1\r\nx-many:  2 \r\n" LAST,
           "\r\n\r\n/p/a/b a/b 2 q=c d! 1, 2");
    EXPECT("POST /fault HTTP/1.1\r\n" H LAST, "HTTP/1.1 422",
           "{\"pointer\":\"/title\",\"code\":\"required\",\"detail\":\"a title\"}", "\"allowed\":[]}",
           "\"/x\xEF\xBF\xBD\"", "say \\\"what\\\"", "bad\\u0001");
    stop();
}

static void what_breaks_the_framing_is_answered_and_ends_the_connection(void **state)
{
    (void)state;
    static const char *const requests[][2] = {
        { "GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400" },
        { "GET / HTTP/1.1\nHost: a\n\n", "HTTP/1.1 400" },
        { "POST /any HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
          "HTTP/1.1 400" },
        { "POST /any HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 501" },
        { "POST /any HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "HTTP/1.1 400" },
        { "GET / HTTP/3.0\r\n\r\n", "HTTP/1.1 505" },
        { "HEAD / HTTP/1.1\r\n" H "Bad Name: x\r\n\r\n", "HTTP/1.1 400" },
    };
    START();
    for (size_t i = 0; i < COUNT(requests); i++) {
        char text[400];
        snprintf(text, sizeof text, "%sGET /p/smuggled HTTP/1.1\r\n" H "\r\n", requests[i][0]);
        qn_buf b = exchange(text);
        if (!has(&b, requests[i][1]) || has(&b, "smuggled") || count(&b, "\r\nDate: ") != 1)
            fail_msg("%s\n%s", text, b.p);
        assert_true(has(&b, "Connection: close") && has(&b, "application/problem+json"));
        qn_buf_free(&b);
    }
    stop();
}

static void an_error_reaches_a_client_that_is_still_sending(void **state)
{
    (void)state;
    START();
    static const char begin[] = "POST /any HTTP/1.1\r\n" H "Content-Length: 3000000\r\n\r\n";
    int s = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    put(s, begin, sizeof begin - 1);
    put(s, big, BIG);
    put(s, big, BIG);
    get_all(s, &b);
    assert_true(has(&b, "HTTP/1.1 413") && has(&b, "/problems/payload-too-large"));
    qn_buf_free(&b);
    close(s);
    stop();
}

/* ---- bodies and connections ------------------------------------------------------------------------------------ */

static void bodies_are_taken_and_the_connection_is_kept(void **state)
{
    (void)state;
    START();
    EXPECT("POST /any HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcdeGET /p/next HTTP/1.1\r\n" H LAST,
           "\r\n\r\nabcdeHTTP/1.1 200", "/p/next next");
    EXPECT(
        "POST /any HTTP/1.1\r\n" H
        "Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\nGET /p/next HTTP/1.1\r\n" H LAST,
        "\r\n\r\nabcdeHTTP/1.1 200", "/p/next next");
    EXPECT("GET / HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcdeGET /p/next HTTP/1.1\r\n" H LAST, "hello",
           "/p/next next");
    EXPECT("POST /nope HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcdeGET /p/next HTTP/1.1\r\n" H LAST, "HTTP/1.1 404",
           "/p/next next");
    stop();
}

static void a_body_of_another_type_is_read_and_refused(void **state)
{
    (void)state;
    START();
    EXPECT("POST /json HTTP/1.1\r\n" H
           "Content-Type: application/xml\r\nContent-Length: 4\r\n\r\n<a/>GET /p/next HTTP/1.1\r\n" H LAST,
           "HTTP/1.1 415", "Accept-Post: application/json, text/plain\r\n", "/problems/unsupported-media-type",
           "/p/next next");
    EXPECT("PATCH /json HTTP/1.1\r\n" H LAST, "HTTP/1.1 415", "Accept-Patch: application/json, text/plain\r\n");
    EXPECT("POST /json HTTP/1.1\r\n" H "Content-Type: \xff/;;;charset=\"\r\nContent-Length: 2\r\n" LAST "{}",
           "HTTP/1.1 415");
    EXPECT("POST /json HTTP/1.1\r\n" H "Content-Type: Application/JSON; charset=utf-8\r\nContent-Length: 2\r\n" LAST
           "{}",
           "HTTP/1.1 200", "\r\n\r\n{}");
    EXPECT("POST /json HTTP/1.1\r\n" H
           "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n" LAST "{}",
           "HTTP/1.1 415", "Accept-Encoding: identity\r\n");
    stop();
}

static void a_body_past_the_route_s_bound_is_refused(void **state)
{
    (void)state;
    START("server.max_body_bytes=100");
    EXPECT("POST /small HTTP/1.1\r\n" H "Content-Length: 10\r\n" LAST "0123456789", "HTTP/1.1 200");
    EXPECT("POST /small HTTP/1.1\r\n" H "Content-Length: 11\r\n\r\n0123456789x", "HTTP/1.1 413", "Connection: close");
    EXPECT("POST /small HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n",
           "HTTP/1.1 413");
    EXPECT("POST /any HTTP/1.1\r\n" H "Content-Length: 101\r\n\r\n", "HTTP/1.1 413");
    EXPECT("GET / HTTP/1.1\r\n" H "Content-Length: 101\r\n\r\n", "HTTP/1.1 413");
    stop();
}

static void the_head_s_limits_have_their_own_status(void **state)
{
    (void)state;
    START("server.max_uri_bytes=64", "server.max_header_bytes=1024", "server.max_headers=8");
    char text[4096];
    snprintf(text, sizeof text, "GET /%0100d HTTP/1.1\r\n" H "\r\n", 0);
    EXPECT(text, "HTTP/1.1 414", "/problems/uri-too-long");
    snprintf(text, sizeof text, "GET / HTTP/1.1\r\n" H "X: %02000d\r\n\r\n", 0);
    EXPECT(text, "HTTP/1.1 431", "/problems/header-too-large");
    EXPECT("GET / HTTP/1.1\r\n" H "a:\r\nb:\r\nc:\r\nd:\r\ne:\r\nf:\r\ng:\r\nh:\r\n\r\n", "HTTP/1.1 431");
    stop();
}

static void a_client_that_asks_before_it_sends_hears_whether_the_body_is_wanted(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "POST /any HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 5\r\n" LAST);
    get_until(s, &b, "HTTP/1.1 100 Continue\r\n\r\n");
    say(s, "hello");
    get_all(s, &b);
    assert_true(has(&b, "HTTP/1.1 200 OK") && has(&b, "\r\n\r\nhello"));
    qn_buf_free(&b);
    close(s);
    static const char expect[] = "Expect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    static const struct {
        const char *line, *answer;
    } cases[] = { { "POST /nope", "HTTP/1.1 404" },
                  { "POST /json", "HTTP/1.1 415" },
                  { "DELETE /any", "HTTP/1.1 405" },
                  { "GET /", "HTTP/1.1 200" } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[200];
        snprintf(text, sizeof text, "%s HTTP/1.1\r\n" H "%s", cases[i].line, expect);
        b = exchange(text);
        if (!has(&b, cases[i].answer) || has(&b, "100 Continue") || !has(&b, "Connection: close"))
            fail_msg("%s\n%s", text, b.p);
        qn_buf_free(&b);
    }
    EXPECT("POST /small HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 50\r\n\r\n", "HTTP/1.1 413",
           "!100 Continue");
    stop();
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    (void)state;
    START();
    qn_buf b = exchange("GET /wait HTTP/1.1\r\n" H "\r\nGET /p/2 HTTP/1.1\r\n" H "\r\nGET /wait HTTP/1.1\r\n" H
                        "\r\nGET /p/4 HTTP/1.1\r\n" H LAST);
    const char *late = strstr(b.p, "late"), *two = strstr(b.p, "/p/2 2"), *four = strstr(b.p, "/p/4 4");
    assert_true(late && two && four && late < two && two < strstr(two, "late") && strstr(two, "late") < four);
    qn_buf_free(&b);
    stop();
}

static void many_pipelined_requests_are_all_answered(void **state)
{
    (void)state;
    START("server.max_pipelined=3");
    qn_buf out, b;
    qn_buf_init(&out, 0);
    qn_buf_init(&b, 0);
    for (int i = 0; i < 2000; i++) qn_buf_printf(&out, "GET %s HTTP/1.1\r\n" H "\r\n", i % 50 == 0 ? "/wait" : "/");
    qn_buf_addz(&out, "GET /p/end HTTP/1.1\r\n" H LAST);
    int s = dial(0);
    put(s, out.p, out.n);
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    assert_int_equal(count(&b, "HTTP/1.1 200 OK\r\n"), 2001);
    assert_int_equal(count(&b, "\r\n\r\nlate"), 40);
    assert_true(has(&b, "/p/end end"));
    qn_buf_free(&b);
    qn_buf_free(&out);
    close(s);
    stop();
}

static void a_connection_ends_after_its_number_of_requests(void **state)
{
    (void)state;
    START("server.max_requests_per_connection=2");
    EXPECT("GET / HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\r\n" H "\r\nGET /p/third HTTP/1.1\r\n" H "\r\n",
           "Connection: close", "!third");
    stop();
}

static void a_large_answer_reaches_a_slow_reader_whole(void **state)
{
    (void)state;
    START();
    int s = dial(4096);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /big HTTP/1.1\r\n" H "\r\nGET /p/next HTTP/1.1\r\n" H LAST);
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    const char *body = strstr(b.p, "\r\n\r\n") + 4;
    assert_true((size_t)(b.p + b.n - body) > BIG);
    assert_memory_equal(body, big, BIG);
    assert_non_null(strstr(body + BIG, "/p/next next"));
    qn_buf_free(&b);
    close(s);
    stop();
}

/* ---- conditions and codings ------------------------------------------------------------------------------------ */

static void conditions_are_answered_for_the_handler(void **state)
{
    (void)state;
#define STONE "GET /stone HTTP/1.1\r\n" H
    START();
    EXPECT(STONE LAST, "HTTP/1.1 200", "ETag: \"s1\"\r\n", "Vary: Origin, Accept-Encoding\r\n",
           "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT\r\n");
    EXPECT(STONE "If-None-Match: \"x\", W/\"s1\"\r\n" LAST, "HTTP/1.1 304 Not Modified", "ETag: \"s1\"\r\n",
           "Cache-Control: public", "Vary: ", "!Content-Length", "!Content-Type:");
    EXPECT(STONE "If-None-Match: \"s1-gz\"\r\nAccept-Encoding: gzip\r\n" LAST, "HTTP/1.1 304", "ETag: \"s1-gz\"\r\n");
    EXPECT(STONE "If-None-Match: \"x\"\r\nIf-Modified-Since: Sun, 22 Nov 2026 10:00:00 GMT\r\n" LAST, "HTTP/1.1 200");
    EXPECT(STONE "If-Modified-Since: Sat, 21 Nov 2026 10:00:00 GMT\r\n" LAST, "HTTP/1.1 304");
    EXPECT(STONE "If-Modified-Since: Sat, 21 Nov 2026 09:59:59 GMT\r\n" LAST, "HTTP/1.1 200");
    EXPECT(STONE "If-Modified-Since: yesterday\r\n" LAST, "HTTP/1.1 200");
    EXPECT(STONE "If-Match: \"x\"\r\n" LAST, "HTTP/1.1 412", "/problems/precondition-failed",
           "Cache-Control: no-store\r\n", "!Cache-Control: public");
    EXPECT(STONE "If-Match: \"s1-br\"\r\nIf-None-Match: \"s1\"\r\n" LAST, "HTTP/1.1 304");
    EXPECT(STONE "If-Match: W/\"s1\"\r\n" LAST, "HTTP/1.1 412");
    EXPECT(STONE "If-Unmodified-Since: Sat, 21 Nov 2026 09:59:59 GMT\r\n" LAST, "HTTP/1.1 412");
    EXPECT(STONE "If-Match: *\r\nIf-Unmodified-Since: Sat, 21 Nov 2026 09:59:59 GMT\r\n" LAST, "HTTP/1.1 200");
    EXPECT("HEAD /stone HTTP/1.1\r\n" H "If-None-Match: *\r\n" LAST, "HTTP/1.1 304");
    stop();
}

static void small_and_unwanted_codings_are_not_made(void **state)
{
    (void)state;
    START();
    EXPECT("GET / HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST, "!Content-Encoding", "!Vary", "\r\n\r\nhello");
    EXPECT("GET / HTTP/1.1\r\n" H "Accept-Encoding: gzip, identity;q=0\r\n" LAST, "Content-Encoding: gzip\r\n",
           "Vary: Accept-Encoding\r\n");
    EXPECT("GET / HTTP/1.1\r\n" H "Accept-Encoding: *;q=0\r\n" LAST, "HTTP/1.1 406", "/problems/not-acceptable");
    EXPECT(STONE "Accept-Encoding: gzip;q=0\r\n" LAST, "!Content-Encoding", "Vary: Origin, Accept-Encoding",
           "ETag: \"s1\"\r\n");
    EXPECT(STONE "Accept-Encoding: zstd\r\n" LAST, "Content-Encoding: zstd\r\n", "ETag: \"s1-zstd\"\r\n");
    EXPECT("HEAD /stone HTTP/1.1\r\n" H "Accept-Encoding: br\r\n" LAST, "Content-Encoding: br\r\n",
           "ETag: \"s1-br\"\r\n", "Content-Length: ");
    stop();
}

static void a_large_answer_is_compressed_on_the_pool(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /big HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST);
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    assert_true(has(&b, "Content-Encoding: gzip\r\n") && has(&b, "ETag: \"v1-gz\""));
    char *body = strstr(b.p, "\r\n\r\n") + 4, *out = malloc(BIG);
    z_stream z = {
        .next_in = (Bytef *)body, .avail_in = (uInt)(b.p + b.n - 1 - body), .next_out = (Bytef *)out, .avail_out = BIG
    };
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    assert_memory_equal(out, big, BIG);
    free(out);
    qn_buf_free(&b);
    close(s);
    /* Clients that do not wait for theirs: their requests end when the thread has let go of them. */
    for (int i = 0; i < 20; i++) {
        s = dial(0);
        say(s, "GET /big HTTP/1.1\r\n" H "Accept-Encoding: br\r\n\r\n");
        struct linger hard = { 1, 0 };
        setsockopt(s, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close(s);
    }
    EXPECT("GET / HTTP/1.1\r\n" H LAST, "hello");
    stop();
}

static void a_server_may_end_while_the_pool_compresses_for_it(void **state)
{
    (void)state;
    int s[6];
    START();
    for (size_t i = 0; i < COUNT(s); i++) {
        s[i] = dial(0);
        say(s[i], "GET /big HTTP/1.1\r\n" H "Accept-Encoding: br\r\n\r\n");
    }
    EXPECT("GET / HTTP/1.1\r\n" H LAST, "hello");
    stop(); /* the sanitizer says whether anything was lost or used after its end */
    for (size_t i = 0; i < COUNT(s); i++) close(s[i]);
}

/* ---- time and limits ------------------------------------------------------------------------------------------- */

static void bodies_of_all_connections_together_are_bounded(void **state)
{
    (void)state;
    enum { BODIES = 256 };
    struct pollfd s[BODIES + 1];
    char text[200];
    START("server.max_body_bytes=100");
    snprintf(text, sizeof text, "POST /any HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n64\r\n%0100d", 0);
    for (int i = 0; i <= BODIES; i++) {
        s[i] = (struct pollfd){ .fd = dial(0), .events = POLLIN };
        say(s[i].fd, text);
    }
    qn_buf b;
    qn_buf_init(&b, 0);
    assert_int_equal(poll(s, BODIES + 1, WAIT_MS), 1);
    int refused = 0;
    while (!s[refused].revents) refused++;
    get_all(s[refused].fd, &b);
    assert_true(has(&b, "HTTP/1.1 503") && has(&b, "Retry-After"));
    qn_buf_clear(&b);
    int other = s[refused ? 0 : 1].fd;
    say(other, "\r\n0\r\n\r\n");
    get_until(other, &b, "HTTP/1.1 200");
    for (int i = 0; i <= BODIES; i++) close(s[i].fd);
    qn_buf_free(&b);
    stop();
}

static void what_does_not_come_in_time_is_given_up(void **state)
{
    (void)state;
    START("server.header_timeout_ms=100", "server.body_timeout_ms=100", "server.idle_timeout_ms=100",
          "server.request_timeout_ms=10000");
    EXPECT("", "!HTTP"); /* who says nothing hears nothing */
    EXPECT("\r\n", "!HTTP");
    EXPECT("GET / HTTP/1.1\r\n", "HTTP/1.1 408", "/problems/timeout", "Connection: close");
    EXPECT("POST /any HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab", "HTTP/1.1 408");
    EXPECT("POST /any HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n1\r\n", "HTTP/1.1 408");
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", "HTTP/1.1 200", "!408"); /* an idle connection is just closed */
    stop();
}

static void a_handler_that_does_not_answer_in_time_is_ended(void **state)
{
    (void)state;
    START();
    EXPECT("GET /soon HTTP/1.1\r\n" H "\r\nGET /p/next HTTP/1.1\r\n" H LAST, "HTTP/1.1 503", "Retry-After: 1\r\n",
           "/problems/timeout", "/p/next next");
    assert_int_equal(atomic_load(&ended), 1);
    stop();
}

/* A byte now and then keeps no deadline off: neither a head's, nor a body's that is slower than its least rate. */
static void who_sends_a_byte_now_and_then_is_given_up_too(void **state)
{
    (void)state;
    static const char *const heads[] = { "GET / HTTP/1.1\r\n" H "X: ",
                                         "POST /any HTTP/1.1\r\n" H "Content-Length: 100000\r\n\r\n",
                                         "POST /any HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n186a0\r\n" };
    START("server.header_timeout_ms=300", "server.body_timeout_ms=300", "server.body_min_bytes_per_s=1000");
    for (size_t i = 0; i < COUNT(heads); i++) {
        qn_buf b;
        qn_buf_init(&b, 0);
        int s = dial(0);
        say(s, heads[i]);
        struct pollfd p = { .fd = s, .events = POLLIN };
        for (int n = 0; n < WAIT_MS / 50 && poll(&p, 1, 50) == 0; n++) say(s, "a");
        get_all(s, &b);
        assert_true(has(&b, "HTTP/1.1 408") && has(&b, "Connection: close"));
        qn_buf_free(&b);
        close(s);
    }
    stop();
}

static void the_handler_s_time_comes_from_the_ini(void **state)
{
    (void)state;
    START("server.request_timeout_ms=100");
    EXPECT("GET /never HTTP/1.1\r\n" H LAST, "HTTP/1.1 503", "/problems/timeout");
    stop();
}

static void a_reader_that_stops_is_given_up(void **state)
{
    (void)state;
    START("server.write_timeout_ms=100");
    int s = dial(4096);
    say(s, "GET /big HTTP/1.1\r\n" H "\r\n");
    struct pollfd p = { .fd = s, .events = POLLRDHUP };
    assert_int_equal(poll(&p, 1, WAIT_MS), 1); /* the server's end, with nothing read meanwhile */
    assert_true(p.revents & POLLERR);
    close(s);
    stop();
}

static void a_client_that_goes_away_frees_its_request(void **state)
{
    (void)state;
    START();
    for (int hard = 0; hard < 3; hard++) {
        int s = dial(0);
        say(s, "GET /never HTTP/1.1\r\n" H "\r\n");
        if (hard == 2) { /* with more behind it than is read ahead */
            put(s, big, 200000);
        }
        usleep(20000);
        struct linger l = { 1, 0 };
        if (hard) setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l);
        close(s);
        wait_for(&ended, hard + 1);
    }
    stop();
}

static void a_client_that_ended_its_side_still_gets_its_answers(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /wait HTTP/1.1\r\n" H "\r\nGET /p/next HTTP/1.1\r\n" H "\r\n");
    shutdown(s, SHUT_WR);
    get_all(s, &b);
    assert_true(has(&b, "late") && has(&b, "/p/next next"));
    qn_buf_free(&b);
    close(s);
    stop();
}

static void what_such_a_client_sent_before_is_all_answered(void **state)
{
    (void)state;
    START();
    qn_buf out, b;
    qn_buf_init(&out, 0);
    qn_buf_init(&b, 0);
    qn_buf_addz(&out, "GET /wait HTTP/1.1\r\n" H "\r\n");
    for (int i = 0; i < 6000; i++) qn_buf_addz(&out, "GET / HTTP/1.1\r\n" H "\r\n"); /* more than is read ahead */
    int s = dial(0);
    put(s, out.p, out.n);
    shutdown(s, SHUT_WR);
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    assert_int_equal(count(&b, "HTTP/1.1 200 OK\r\n"), 6001);
    qn_buf_free(&b);
    qn_buf_free(&out);
    close(s);
    stop();
}

static void connections_past_the_bounds_are_told_so(void **state)
{
    (void)state;
    START("server.max_connections=2");
    int one = dial(0), two = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(one, "GET / HTTP/1.1\r\n" H "\r\n");
    get_until(one, &b, "hello");
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", "HTTP/1.1 503", "Retry-After: ", "/problems/unavailable", "!hello");
    close(two);
    close(one);
    qn_buf_free(&b);
    stop();
    START("server.max_connections_per_address=1");
    one = dial(0);
    EXPECT("GET / HTTP/1.1\r\n" H "\r\n", "HTTP/1.1 429", "/problems/too-many-requests", "!hello");
    close(one);
    stop();
}

static void draining_closes_what_is_idle_and_lets_the_rest_end(void **state)
{
    (void)state;
    START();
    int idle = dial(0), busy = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(idle, "GET / HTTP/1.1\r\n" H "\r\n");
    get_until(idle, &b, "hello");
    say(busy, "GET /wait HTTP/1.1\r\n" H "\r\nGET /p/more HTTP/1.1\r\n" H "\r\n");
    usleep(5000);
    command(DRAIN);
    get_all(idle, &b);
    qn_buf_clear(&b);
    get_all(busy, &b);
    assert_true(has(&b, "late") && has(&b, "Connection: close") && !has(&b, "/p/more more"));
    close(idle);
    close(busy);
    qn_buf_free(&b);
    wait_for(&drained, 1);
    stop();
}

/* ---- the access log -------------------------------------------------------------------------------------------- */

static void read_file(qn_buf *b, const char *path)
{
    char piece[4096];
    ssize_t n;
    qn_buf_clear(b);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    while ((n = read(fd, piece, sizeof piece)) > 0) qn_buf_add(b, piece, (size_t)n);
    close(fd);
}

static void a_request_is_one_line_without_secrets(void **state)
{
    (void)state;
    char path[] = "/tmp/quoin-access-XXXXXX", set[64];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(set, sizeof set, "log.access=%s", path);
    START(set);
    EXPECT("GET /p/qn_ABCDEFGHIJKLMNOPQRSTUVWXYZ?token=hush&q=a HTTP/1.1\r\n" H
           "X-Request-Id: id1\r\nAuthorization: Bearer sesame\r\n" LAST,
           "200");
    EXPECT("GET /a\r\n\r\n", "HTTP/1.1 400");
    stop();
    qn_buf b;
    qn_buf_init(&b, 0);
    read_file(&b, path);
    unlink(path);
    qn_buf_addc(&b, '\0');
    assert_int_equal(count(&b, "\n"), 2);
    static const char *const there[] = {
        "[id1]",   "caller=token:test", "peer=127.0.0.1", "method=GET", "/p/***?token=***&q=a", "status=200",
        "db_us=7", "queue_us=",         "handler_us=",    "write_us=",  "status=400",           "bytes="
    };
    static const char *const absent[] = { "hush", "sesame", "ABCDEFG" };
    for (size_t i = 0; i < COUNT(there); i++)
        if (!has(&b, there[i])) fail_msg("no %s in %s", there[i], b.p);
    for (size_t i = 0; i < COUNT(absent); i++) assert_false(has(&b, absent[i]));
    qn_buf_free(&b);
}

static void a_log_file_that_was_moved_away_is_opened_anew(void **state)
{
    (void)state;
    char dir[] = "/tmp/quoin-access-XXXXXX", path[64], moved[80], set[80];
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/log", dir);
    snprintf(moved, sizeof moved, "%s.1", path);
    snprintf(set, sizeof set, "log.access=%s", path);
    START(set);
    EXPECT("GET /p/before HTTP/1.1\r\n" H LAST, "200");
    assert_int_equal(rename(path, moved), 0);
    command(REOPEN);
    wait_for(&drained, 1);
    EXPECT("GET /p/after HTTP/1.1\r\n" H LAST, "200");
    stop();
    qn_buf b;
    qn_buf_init(&b, 0);
    read_file(&b, moved);
    assert_true(has(&b, "/p/before") && !has(&b, "/p/after"));
    read_file(&b, path);
    assert_true(has(&b, "/p/after") && !has(&b, "/p/before"));
    qn_buf_free(&b);
    unlink(path);
    unlink(moved);
    rmdir(dir);
}

static int make_big(void **state)
{
    (void)state;
    big = malloc(BIG);
    for (size_t i = 0; i < BIG; i++) big[i] = (char)('a' + (i * i / 7) % 26);
    return 0;
}

static int free_big(void **state)
{
    (void)state;
    free(big);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_whole),
        cmocka_unit_test(the_router_s_answers_have_what_belongs_to_them),
        cmocka_unit_test(what_breaks_the_framing_is_answered_and_ends_the_connection),
        cmocka_unit_test(an_error_reaches_a_client_that_is_still_sending),
        cmocka_unit_test(bodies_are_taken_and_the_connection_is_kept),
        cmocka_unit_test(a_body_of_another_type_is_read_and_refused),
        cmocka_unit_test(a_body_past_the_route_s_bound_is_refused),
        cmocka_unit_test(the_head_s_limits_have_their_own_status),
        cmocka_unit_test(a_client_that_asks_before_it_sends_hears_whether_the_body_is_wanted),
        cmocka_unit_test(pipelined_requests_are_answered_in_order),
        cmocka_unit_test(many_pipelined_requests_are_all_answered),
        cmocka_unit_test(a_connection_ends_after_its_number_of_requests),
        cmocka_unit_test(a_large_answer_reaches_a_slow_reader_whole),
        cmocka_unit_test(conditions_are_answered_for_the_handler),
        cmocka_unit_test(small_and_unwanted_codings_are_not_made),
        cmocka_unit_test(a_large_answer_is_compressed_on_the_pool),
        cmocka_unit_test(a_server_may_end_while_the_pool_compresses_for_it),
        cmocka_unit_test(bodies_of_all_connections_together_are_bounded),
        cmocka_unit_test(what_does_not_come_in_time_is_given_up),
        cmocka_unit_test(a_handler_that_does_not_answer_in_time_is_ended),
        cmocka_unit_test(who_sends_a_byte_now_and_then_is_given_up_too),
        cmocka_unit_test(the_handler_s_time_comes_from_the_ini),
        cmocka_unit_test(a_reader_that_stops_is_given_up),
        cmocka_unit_test(a_client_that_goes_away_frees_its_request),
        cmocka_unit_test(a_client_that_ended_its_side_still_gets_its_answers),
        cmocka_unit_test(what_such_a_client_sent_before_is_all_answered),
        cmocka_unit_test(connections_past_the_bounds_are_told_so),
        cmocka_unit_test(draining_closes_what_is_idle_and_lets_the_rest_end),
        cmocka_unit_test(a_request_is_one_line_without_secrets),
        cmocka_unit_test(a_log_file_that_was_moved_away_is_opened_anew),
    };
    return cmocka_run_group_tests(tests, make_big, free_big);
}
