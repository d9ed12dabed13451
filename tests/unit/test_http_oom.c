#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/conn.h"
#include "oom.h"

/*
 * A request whose every allocation fails in turn, and all after it: the answer is whole, or there is none and the
 * connection ends. Never half of one, a crash or a leak.
 */
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
    return oom_refuses() ? NULL : __real_calloc(count, size);
}

static char big[3000];

static void on_get(qn_req *req, void *ctx)
{
    (void)ctx;
    size_t n;
    qn_req_query(req, &n);
    struct iovec parts[6] = { { big, 500 }, { big, 500 }, { big, 500 }, { big, 500 }, { big, 500 }, { big, 500 } };
    qn_res_headerf(req, "X-Param", "%.*s %zu", QN_FMT(qn_req_param(req, "id")), n);
    qn_res_header(req, "ETag", QN_STR("\"1\""));
    qn_res_header(req, "Vary", QN_STR("Origin"));
    qn_reply(req, 200, "application/json", parts, 6);
}

static void on_post(qn_req *req, void *ctx)
{
    (void)ctx;
    qn_fail_req(req, 422, "validation", "%.*s", QN_FMT(qn_req_body(req)));
}

static void on_file(qn_req *req, void *ctx)
{
    (void)ctx;
    int fd = open(__FILE__, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    bool coded = qn_str_eqz(qn_req_param(req, "kind"), "text");
    if (qn_reply_file(req, fd, coded ? "text/plain" : "image/png")) qn_fail_req(req, 500, NULL, "no memory");
}

static void on_more(qn_req *req, void *ctx)
{
    (void)ctx;
    (void)qn_reply_write(req, (qn_str){ big, sizeof big });
    qn_reply_end(req);
}

static void on_stream(qn_req *req, void *ctx)
{
    (void)ctx;
    (void)qn_reply_begin(req, 200, "text/plain", on_more, NULL);
}

static void go_round(qn_loop *l, int times)
{
    while (times--) event_base_loop(qn_loop_base(l), EVLOOP_NONBLOCK);
}

static void check_answer(const char *request, long successes, char *answer, size_t n)
{
    answer[n] = '\0';
    if (n == 0) return;
    char *body = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "Content-Length: ");
    /* A stream that ends before its last chunk says so by that. */
    if (strncmp(answer, "HTTP/1.1 200", 12) == 0 && body && memmem(answer, (size_t)(body - answer), "chunked", 7))
        return;
    bool head_whole = strncmp(answer, "HTTP/1.1 ", 9) == 0 && body && length && length < body;
    if (!head_whole || (size_t)(answer + n - body - 4) != strtoul(length + 16, NULL, 10))
        fail_msg("after %ld allocations %s\nwas answered by\n%s", successes, request, answer);
}

/* True when all of its allocations succeeded. */
static bool run(const char *request, long successes)
{
    static char answer[100000];
    qn_loop *l;
    qn_router *r;
    qn_server *s;
    int pair[2];
    const qn_route get = { .methods = QN_GET, .pattern = "/p/{id}", .fn = on_get };
    const qn_route file = { .methods = QN_GET, .pattern = "/f/{kind}", .fn = on_file };
    const qn_route stream = { .methods = QN_GET, .pattern = "/s", .fn = on_stream };
    const qn_route post = { .methods = QN_POST, .pattern = "/p", .fn = on_post, .accepts = "*" };
    assert_int_equal(qn_loop_new(&l), 0);
    assert_int_equal(qn_router_new(&r), 0);
    assert_int_equal(qn_router_add(r, &get), 0);
    assert_int_equal(qn_router_add(r, &post), 0);
    assert_int_equal(qn_router_add(r, &file), 0);
    assert_int_equal(qn_router_add(r, &stream), 0);
    assert_int_equal(qn_server_new(&s, &(qn_server_options){ .loop = l, .router = r }), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(write(pair[0], request, strlen(request)), strlen(request));
    struct sockaddr peer = { .sa_family = AF_UNIX };

    oom_start(successes);
    qn_conn_open(s, pair[1], &peer, sizeof peer);
    go_round(l, 10);
    bool refused = oom_end();
    ssize_t n = read(pair[0], answer, sizeof answer - 1);
    check_answer(request, successes, answer, n > 0 ? (size_t)n : 0);
    if (!refused) assert_true(n > 0);
    close(pair[0]);
    go_round(l, 10);
    assert_null(s->conns);
    qn_server_free(&s);
    qn_router_free(&r);
    qn_loop_free(&l);
    return !refused;
}

static void a_request_without_memory_is_answered_whole_or_not_at_all(void **state)
{
    (void)state;
#define LAST "Host: a\r\nConnection: close\r\n"
    static const char *const requests[] = {
        "GET /p/a%20b?x=y&z=%41 HTTP/1.1\r\n" LAST "\r\n",
        "GET /p/x HTTP/1.1\r\n" LAST "Accept-Encoding: gzip\r\nAccept-Encoding: br\r\n\r\n",
        "GET /p/x HTTP/1.1\r\n" LAST "If-None-Match: \"2\"\r\nIf-Match: \"2\"\r\n\r\n",
        "GET /p/x HTTP/1.1\r\n" LAST "Range: bytes=490-510\r\n\r\n",
        "GET /p/x HTTP/1.1\r\n" LAST "Range: bytes=0-9,1000-1009,-5\r\n\r\n",
        "GET /p/x HTTP/1.1\r\n" LAST "Range: bytes=9999-\r\n\r\n",
        "GET /f/text HTTP/1.1\r\n" LAST "Accept-Encoding: zstd\r\n\r\n",
        "GET /f/picture HTTP/1.1\r\n" LAST "\r\n",
        "GET /f/picture HTTP/1.1\r\n" LAST "Range: bytes=0-9,1000-1009\r\n\r\n",
        "GET /s HTTP/1.1\r\n" LAST "Accept-Encoding: br\r\n\r\n",
        "GET /nope HTTP/1.1\r\n" LAST "\r\n",
        "POST /p HTTP/1.1\r\n" LAST "Content-Length: 10\r\n\r\n0123456789",
        "GET / HTTP/1.1\r\n\r\n",
    };
    char long_head[6000];
    snprintf(long_head, sizeof long_head, "GET /p/x HTTP/1.1\r\n" LAST "X: %05000d\r\n\r\n", 0);
    for (size_t i = 0; i <= COUNT(requests); i++) {
        const char *request = i < COUNT(requests) ? requests[i] : long_head;
        long n = 0;
        while (!run(request, n)) n++;
        assert_in_range(n, 4, 200); /* it does allocate, and it ends */
    }
}

static void the_parser_asks_for_no_memory(void **state)
{
    (void)state;
    static const char request[] =
        "POST /a/b?c=d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: 1\r\nX: 2\r\n\r\n"
        "5;x=\"y\"\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n";
    static const qn_http_limits limits = {
        .max_target_bytes = 100, .max_header_bytes = 1000, .max_headers = 10, .max_chunk_ext_bytes = 100
    };
    char store[1000];
    qn_http_field fields[10];
    qn_parser p;
    qn_str data;
    const char *at = request, *end = request + sizeof request - 1;
    oom_start(0);
    qn_parser_init(&p, &limits, store, sizeof store, fields);
    qn_http_event e, last = QN_HE_MORE;
    while ((e = qn_parser_next(&p, &at, end, &data)) != QN_HE_DONE && e != QN_HE_ERROR) {
        if (e == QN_HE_HEAD) qn_parser_body_max(&p, 100);
        last = e;
    }
    bool refused = oom_end();
    assert_int_equal(e, QN_HE_DONE);
    assert_int_equal(last, QN_HE_BODY);
    assert_ptr_equal(at, end);
    assert_false(refused);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_request_without_memory_is_answered_whole_or_not_at_all),
                                        cmocka_unit_test(the_parser_asks_for_no_memory) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
