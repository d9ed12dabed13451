/* Purges as a cache in front receives them: gathered, each key once, said twice, tried again, never without a bound. */
#include "unit.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "events/purge.h"

enum { TOLD_MAX = 256, PATIENCE_MS = 10000, AGAIN_MS = 150 };

/* ---- a cache ------------------------------------------------------------------------------------------------------ */

typedef struct {
    qn_loop *loop;
    qn_purger *purger;
    struct event *accept_ev, *conn_ev;
    int listener, conn;
    char url[64], input[16384];
    size_t input_n;
    char *told[TOLD_MAX]; /* keys of each request */
    size_t ntold;
    int status;
    bool silent;
} rig;

static void answer(rig *r)
{
    char text[128];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %d Said\r\nContent-Length: 2\r\n\r\nok", r->status);
    assert_int_equal(write(r->conn, text, (size_t)n), n);
}

static void take_request(rig *r)
{
    static const char field[] = "\r\nSurrogate-Key: ";
    char *keys = strstr(r->input, field);
    assert_int_equal(strncmp(r->input, "PURGE / HTTP/1.1\r\n", 18), 0);
    assert_non_null(keys);
    keys += sizeof field - 1;
    *strstr(keys, "\r\n") = '\0';
    assert_true(r->ntold < TOLD_MAX);
    r->told[r->ntold++] = strdup(keys);
    r->input_n = 0;
    if (!r->silent) answer(r);
}

static void on_bytes(evutil_socket_t fd, short what, void *ctx)
{
    (void)what;
    rig *r = ctx;
    ssize_t n = read(fd, r->input + r->input_n, sizeof r->input - 1 - r->input_n);
    if (n <= 0) {
        event_free(r->conn_ev);
        r->conn_ev = NULL;
        close(fd);
        return;
    }
    r->input_n += (size_t)n;
    r->input[r->input_n] = '\0';
    if (strstr(r->input, "\r\n\r\n")) take_request(r);
}

static void on_connection(evutil_socket_t fd, short what, void *ctx)
{
    (void)what;
    rig *r = ctx;
    assert_null(r->conn_ev);
    r->conn = accept(fd, NULL, NULL);
    assert_true(r->conn >= 0);
    r->input_n = 0;
    r->conn_ev = event_new(qn_loop_base(r->loop), r->conn, EV_READ | EV_PERSIST, on_bytes, r);
    event_add(r->conn_ev, NULL);
}

static int setup(void **state)
{
    rig *r = calloc(1, sizeof *r);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof a;
    r->status = 200;
    assert_int_equal(qn_loop_new(&r->loop), 0);
    r->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(r->listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(r->listener, 4), 0);
    assert_int_equal(getsockname(r->listener, (struct sockaddr *)&a, &n), 0);
    r->accept_ev = event_new(qn_loop_base(r->loop), r->listener, EV_READ | EV_PERSIST, on_connection, r);
    event_add(r->accept_ev, NULL);
    snprintf(r->url, sizeof r->url, "http://127.0.0.1:%d/", ntohs(a.sin_port));
    const char *urls[] = { r->url };
    qn_purge_options o = { .loop = r->loop, .urls = urls, .nurls = 1, .again_ms = AGAIN_MS };
    assert_int_equal(qn_purger_new(&r->purger, &o), 0);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    rig *r = *state;
    qn_purger_free(&r->purger);
    assert_null(r->purger);
    if (r->conn_ev) {
        event_free(r->conn_ev);
        close(r->conn);
    }
    event_free(r->accept_ev);
    close(r->listener);
    qn_loop_free(&r->loop);
    for (size_t i = 0; i < r->ntold; i++) free(r->told[i]);
    free(r);
    return 0;
}

static void wait_told(rig *r, size_t n)
{
    int64_t until = qn_mono_ms() + PATIENCE_MS;
    while (r->ntold < n) {
        if (qn_mono_ms() > until) fail_msg("told %zu times, not %zu", r->ntold, n);
        event_base_loop(qn_loop_base(r->loop), EVLOOP_ONCE);
    }
}

static void go_on_ms(rig *r, int ms)
{
    int64_t until = qn_mono_ms() + ms;
    while (qn_mono_ms() < until) {
        event_base_loop(qn_loop_base(r->loop), EVLOOP_NONBLOCK);
        usleep(1000);
    }
}

/* ---- tests -------------------------------------------------------------------------------------------------------- */

static void what_gathered_goes_out_together_each_key_once_and_again_later(void **state)
{
    rig *r = *state;
    qn_purger_add(r->purger, "entry", QN_STR("a1"));
    qn_purger_add(r->purger, "type", QN_STR("article"));
    qn_purger_add(r->purger, "entry", QN_STR("a"));
    qn_purger_add(r->purger, "type", QN_STR("article"));
    assert_false(qn_purger_idle(r->purger));
    assert_int_equal(r->ntold, 0);
    int64_t begun = qn_mono_ms();
    qn_purger_send(r->purger);
    wait_told(r, 2);
    assert_string_equal(r->told[0], "entry:a1 type:article entry:a");
    assert_string_equal(r->told[1], r->told[0]);
    assert_true(qn_mono_ms() - begun >= AGAIN_MS);
    assert_true(qn_purger_idle(r->purger));
    go_on_ms(r, 2 * AGAIN_MS);
    assert_int_equal(r->ntold, 2);
}

static void what_comes_while_one_is_under_way_waits_and_goes_together(void **state)
{
    rig *r = *state;
    r->silent = true;
    qn_purger_add(r->purger, "entry", QN_STR("first"));
    qn_purger_send(r->purger);
    wait_told(r, 1);
    for (int i = 0; i < 3; i++) {
        qn_purger_add(r->purger, "entry", i < 2 ? QN_STR("second") : QN_STR("third"));
        qn_purger_send(r->purger);
    }
    r->silent = false;
    answer(r);
    wait_told(r, 2);
    assert_string_equal(r->told[1], "entry:second entry:third");
}

static void what_is_refused_is_tried_again_until_it_is_taken(void **state)
{
    rig *r = *state;
    r->status = 503;
    qn_purger_add(r->purger, "entry", QN_STR("a"));
    qn_purger_send(r->purger);
    wait_told(r, 3);
    assert_false(qn_purger_idle(r->purger));
    r->status = 204;
    wait_told(r, 5); /* once to be taken, and once again */
    for (size_t i = 0; i < 5; i++) assert_string_equal(r->told[i], "entry:a");
    assert_true(qn_purger_idle(r->purger));
}

static void a_line_has_a_bound_and_no_key_is_lost_at_it(void **state)
{
    enum { KEYS = 600 };
    rig *r = *state;
    char name[48];
    size_t found = 0;
    for (int i = 0; i < KEYS; i++) {
        int n = snprintf(name, sizeof name, "01970000-0000-7000-8000-%012d", i);
        qn_purger_add(r->purger, "entry", (qn_str){ name, (size_t)n });
    }
    qn_purger_send(r->purger);
    size_t lines = (KEYS * 43 + QN_PURGE_KEYS_BYTES - 1) / QN_PURGE_KEYS_BYTES;
    wait_told(r, lines);
    for (size_t i = 0; i < lines; i++) {
        assert_true(strlen(r->told[i]) <= QN_PURGE_KEYS_BYTES);
        qn_str rest = qn_str_of(r->told[i]);
        while (rest.n) found += qn_str_cut(&rest, ' ').n == 42;
    }
    assert_int_equal(found, KEYS);
}

static void more_than_may_wait_becomes_one_purge_of_everything(void **state)
{
    rig *r = *state;
    char name[48];
    r->silent = true;
    qn_purger_add(r->purger, "entry", QN_STR("first"));
    qn_purger_send(r->purger);
    wait_told(r, 1);
    for (int i = 0; i < (QN_PURGE_BATCHES + 1) * QN_PURGE_KEYS_BYTES / 43 + 1000; i++) {
        int n = snprintf(name, sizeof name, "01970000-0000-7000-8000-%012d", i);
        qn_purger_add(r->purger, "entry", (qn_str){ name, (size_t)n });
    }
    r->silent = false;
    answer(r);
    wait_told(r, 2);
    assert_string_equal(r->told[1], "types");
}

static void what_could_not_stand_in_the_header_is_left_out(void **state)
{
    static const char *const names[] = { "", "a b", "a\r\nX: y", "(.*)", "caf\xc3\xa9", "a|b" };
    rig *r = *state;
    for (size_t i = 0; i < COUNT(names); i++) qn_purger_add(r->purger, "entry", qn_str_of(names[i]));
    qn_purger_send(r->purger);
    assert_true(qn_purger_idle(r->purger));
    qn_purger_add(r->purger, "entry", QN_STR("good"));
    qn_purger_send(r->purger);
    wait_told(r, 1);
    assert_string_equal(r->told[0], "entry:good");
}

static void without_addresses_there_is_nothing_to_do(void **state)
{
    rig *r = *state;
    qn_purger *none = NULL;
    assert_int_equal(qn_purger_new(&none, &(qn_purge_options){ .loop = r->loop }), 0);
    assert_null(none);
    qn_purger_add(none, "entry", QN_STR("a"));
    qn_purger_everything(none);
    qn_purger_send(none);
    assert_true(qn_purger_idle(none));
    qn_purger_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_gathered_goes_out_together_each_key_once_and_again_later, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_while_one_is_under_way_waits_and_goes_together, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_refused_is_tried_again_until_it_is_taken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_has_a_bound_and_no_key_is_lost_at_it, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_may_wait_becomes_one_purge_of_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(what_could_not_stand_in_the_header_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(without_addresses_there_is_nothing_to_do, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
