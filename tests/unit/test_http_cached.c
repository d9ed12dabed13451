/* Requests that wait for each other's answers, and what changes meanwhile. */
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "http/conn.h"

enum { CLIENTS = 4 };

typedef struct {
    qn_config *config;
    qn_shm *shm;
    qn_loop *loop;
    qn_router *router;
    qn_server *server;
    int fds[CLIENTS];
    size_t nfds;
    qn_req *asking[CLIENTS]; /* requests that are at the database, so to say */
    size_t nasking;
} fixture;

static void go_on(qn_req *req, void *ctx)
{
    fixture *f = ctx;
    f->asking[f->nasking++] = req;
}

static void on_get(qn_req *req, void *ctx)
{
    if (!qn_req_from_cache(req, QN_STR("public"), go_on, ctx)) go_on(req, ctx);
}

static int setup(void **state)
{
    static fixture f;
    qn_config_sources src = { 0 };
    qn_errmsg e = { "" };
    const qn_route get = { .methods = QN_GET, .pattern = "/one", .fn = on_get, .ctx = &f };
    f = (fixture){ 0 };
    if (qn_config_load(&f.config, &src, &e)) fail_msg("%s", e.text);
    assert_int_equal(qn_shm_new(&f.shm), 0);
    atomic_store(&f.shm->node.listener_beat_ms, qn_mono_ms() + 3600 * 1000);
    assert_int_equal(qn_loop_new(&f.loop), 0);
    assert_int_equal(qn_router_new(&f.router), 0);
    assert_int_equal(qn_router_add(f.router, &get), 0);
    qn_server_options o = { .loop = f.loop, .router = f.router, .config = f.config, .shm = f.shm };
    assert_int_equal(qn_server_new(&f.server, &o), 0);
    *state = &f;
    return 0;
}

static void go_round(fixture *f)
{
    for (int i = 0; i < 10; i++) event_base_loop(qn_loop_base(f->loop), EVLOOP_NONBLOCK);
}

static int teardown(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < f->nfds; i++) close(f->fds[i]);
    go_round(f);
    qn_server_free(&f->server);
    qn_router_free(&f->router);
    qn_loop_free(&f->loop);
    qn_shm_free(&f->shm);
    qn_config_free(&f->config);
    return 0;
}

/* Another client asks. Its number. */
static size_t ask(fixture *f)
{
    static const char request[] = "GET /one HTTP/1.1\r\nHost: x\r\n\r\n";
    struct sockaddr peer = { .sa_family = AF_UNIX };
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(write(pair[0], request, sizeof request - 1), sizeof request - 1);
    qn_conn_open(f->server, pair[1], &peer, sizeof peer);
    f->fds[f->nfds] = pair[0];
    go_round(f);
    return f->nfds++;
}

/* The database has answered the request that asked `i`th. */
static void answer(fixture *f, size_t i, const char *text)
{
    static const qn_str deps[] = { { "entry:1", 7 } };
    union {
        const char *from;
        void *to;
    } p = { .from = text };
    struct iovec body = { .iov_base = p.to, .iov_len = strlen(text) };
    qn_res_cacheable(f->asking[i], -1, deps, 1);
    qn_reply(f->asking[i], 200, "application/json", &body, 1);
    go_round(f);
}

static void assert_got(fixture *f, size_t client, const char *text)
{
    char got[4096];
    ssize_t n = read(f->fds[client], got, sizeof got - 1);
    if (!text) {
        assert_int_equal(n, -1);
        return;
    }
    assert_true(n > 0);
    got[n] = '\0';
    const char *body = strstr(got, "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body + 4, text);
}

static void who_asks_for_what_is_being_made_gets_that(void **state)
{
    fixture *f = *state;
    size_t a = ask(f), b = ask(f), c = ask(f);
    assert_int_equal(f->nasking, 1);
    answer(f, 0, "made");
    assert_got(f, a, "made");
    assert_got(f, b, "made");
    assert_got(f, c, "made");
    assert_got(f, ask(f), "made");
    assert_int_equal(f->nasking, 1);
}

static void who_asks_after_a_change_does_not_get_what_was_asked_for_before_it(void **state)
{
    fixture *f = *state;
    size_t before = ask(f), too = ask(f);
    qn_epoch_bump(f->shm, QN_STR("entry:1")); /* acknowledged, while the answer is under way */
    size_t after = ask(f), behind = ask(f);
    assert_int_equal(f->nasking, 1);
    answer(f, 0, "old");
    assert_got(f, before, "old");
    assert_got(f, too, "old");
    assert_got(f, after, NULL);
    assert_int_equal(f->nasking, 2); /* one of the two asks, and the other waits for it */
    answer(f, 1, "new");
    assert_got(f, after, "new");
    assert_got(f, behind, "new");
}

static void a_change_of_something_else_is_no_reason_to_ask_again(void **state)
{
    fixture *f = *state;
    size_t before = ask(f);
    qn_epoch_bump(f->shm, QN_STR("entry:2"));
    size_t after = ask(f);
    answer(f, 0, "made");
    assert_got(f, before, "made");
    assert_got(f, after, "made");
    assert_int_equal(f->nasking, 1);
}

static void assert_status(fixture *f, size_t client, const char *status, const char *header)
{
    char got[4096];
    ssize_t n = read(f->fds[client], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = '\0';
    assert_memory_equal(got + 9, status, 3);
    if (header) assert_non_null(strstr(got, header));
}

static void what_a_standby_says_while_the_primary_is_away_is_marked_and_kept_by_nobody(void **state)
{
    fixture *f = *state;
    qn_epoch_bump(f->shm, QN_STR("entry:1"));
    uint64_t known = qn_epoch_now(f->shm);
    qn_epoch_bump(f->shm, QN_STR("entry:2")); /* another's affair */
    for (size_t i = 0; i < 2; i++) {
        size_t client = ask(f);
        assert_int_equal(f->nasking, i + 1);
        qn_res_header(f->asking[i], "Cache-Control", QN_STR("public, max-age=0, s-maxage=60"));
        qn_res_apart(f->asking[i], known);
        answer(f, i, "of a standby");
        char got[4096];
        ssize_t n = read(f->fds[client], got, sizeof got - 1);
        assert_true(n > 0);
        got[n] = '\0';
        assert_memory_equal(got + 9, "200", 3);
        assert_non_null(strstr(got, "Cache-Control: no-store\r\n"));
        assert_null(strstr(got, "s-maxage"));
        assert_non_null(strstr(got, "Cache-Status: quoin; fwd=miss; detail=database-away\r\n"));
        assert_non_null(strstr(got, "of a standby"));
    }
}

static void nor_is_it_given_where_it_is_known_to_be_out_of_date(void **state)
{
    fixture *f = *state;
    uint64_t known = qn_epoch_now(f->shm);
    size_t client = ask(f), other = ask(f);
    qn_epoch_bump(f->shm, QN_STR("entry:1"));
    qn_res_apart(f->asking[0], known);
    answer(f, 0, "unpublished since");
    assert_status(f, client, "503", "Retry-After: 1\r\n");
    assert_int_equal(f->nasking, 2); /* who has waited asks for itself */
    qn_res_apart(f->asking[1], known + 1);
    qn_res_apart(f->asking[1], known); /* of two parts the older one counts */
    answer(f, 1, "unpublished since");
    assert_status(f, other, "503", NULL);
}

static void of_what_says_not_what_it_depends_on_nothing_may_have_changed(void **state)
{
    fixture *f = *state;
    uint64_t known = qn_epoch_now(f->shm);
    struct iovec none = { .iov_base = NULL, .iov_len = 0 };
    size_t client = ask(f);
    qn_res_apart(f->asking[0], known);
    qn_reply(f->asking[0], 200, "text/plain", &none, 1);
    go_round(f);
    assert_status(f, client, "200", "Cache-Control: no-store\r\n");
    client = ask(f);
    qn_epoch_bump(f->shm, QN_STR("entry:2"));
    qn_res_apart(f->asking[1], known);
    qn_reply(f->asking[1], 200, "text/plain", &none, 1);
    go_round(f);
    assert_status(f, client, "503", NULL);
}

static void nothing_more(qn_req *req, void *ctx)
{
    (void)req, (void)ctx;
}

static void an_answer_that_is_streamed_is_looked_at_before_it_begins(void **state)
{
    fixture *f = *state;
    uint64_t known = qn_epoch_now(f->shm);
    size_t client = ask(f);
    qn_res_apart(f->asking[0], known);
    assert_int_equal(qn_reply_begin(f->asking[0], 200, "text/plain", nothing_more, NULL), QN_OK);
    qn_reply_end(f->asking[0]);
    go_round(f);
    assert_status(f, client, "200", "Cache-Control: no-store\r\n");
    client = ask(f);
    qn_epoch_bump(f->shm, QN_STR("entry:2"));
    qn_res_apart(f->asking[1], known);
    assert_int_equal(qn_reply_begin(f->asking[1], 200, "text/plain", nothing_more, NULL), QN_ESTATE);
    go_round(f);
    assert_status(f, client, "503", NULL);
}

static void what_went_wrong_is_kept_by_nobody(void **state)
{
    fixture *f = *state;
    static const qn_str deps[] = { { "entry:1", 7 } };
    size_t failed = ask(f), waits = ask(f);
    qn_res_cacheable(f->asking[0], -1, deps, 1); /* so its handler thought before it went wrong */
    qn_fail_req(f->asking[0], 500, "internal", "out of memory");
    go_round(f);
    assert_status(f, failed, "500", NULL);
    assert_int_equal(f->nasking, 2);
    answer(f, 1, "made");
    assert_got(f, waits, "made");
    size_t later = ask(f);
    assert_int_equal(f->nasking, 3);
    answer(f, 2, "made again");
    assert_got(f, later, "made again");
}

static void what_sets_a_cookie_is_for_one_client_alone(void **state)
{
    fixture *f = *state;
    size_t one = ask(f), waits = ask(f);
    qn_res_header(f->asking[0], "set-cookie", QN_STR("who=one"));
    answer(f, 0, "made");
    assert_status(f, one, "200", "set-cookie: who=one\r\n");
    assert_int_equal(f->nasking, 2);
    answer(f, 1, "another");
    assert_got(f, waits, "another");
    (void)ask(f);
    assert_int_equal(f->nasking, 3);
    answer(f, 2, "another");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_asks_for_what_is_being_made_gets_that, setup, teardown),
        cmocka_unit_test_setup_teardown(who_asks_after_a_change_does_not_get_what_was_asked_for_before_it, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_change_of_something_else_is_no_reason_to_ask_again, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_standby_says_while_the_primary_is_away_is_marked_and_kept_by_nobody,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(nor_is_it_given_where_it_is_known_to_be_out_of_date, setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_is_streamed_is_looked_at_before_it_begins, setup, teardown),
        cmocka_unit_test_setup_teardown(of_what_says_not_what_it_depends_on_nothing_may_have_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(what_went_wrong_is_kept_by_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(what_sets_a_cookie_is_for_one_client_alone, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
