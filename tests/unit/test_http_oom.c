#include "unit.h"

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

static void go_round(qn_loop *l, int times)
{
    while (times--) event_base_loop(qn_loop_base(l), EVLOOP_NONBLOCK);
}

static void check_answer(const char *request, long successes, char *answer, size_t n)
{
    answer[n] = '\0';
    if (n == 0) return;
    char *body = strstr(answer, "\r\n\r\n"), *length = strstr(answer, "Content-Length: ");
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
    const qn_route post = { .methods = QN_POST, .pattern = "/p", .fn = on_post, .accepts = "*" };
    assert_int_equal(qn_loop_new(&l), 0);
    assert_int_equal(qn_router_new(&r), 0);
    assert_int_equal(qn_router_add(r, &get), 0);
    assert_int_equal(qn_router_add(r, &post), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_request_without_memory_is_answered_whole_or_not_at_all) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
