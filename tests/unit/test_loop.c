#include "unit.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "loop/accept.h"
#include "loop/pool.h"
#include "loop/wheel.h"

static qn_loop *loop;
static char trace[64];

static void note(char c)
{
    size_t n = strlen(trace);
    if (n + 1 < sizeof trace) trace[n] = c, trace[n + 1] = '\0';
}

static int setup(void **state)
{
    (void)state;
    trace[0] = '\0';
    return qn_loop_new(&loop);
}

static int teardown(void **state)
{
    (void)state;
    qn_loop_free(&loop);
    return 0;
}

static void stop(void *ctx)
{
    (void)ctx;
    qn_loop_stop(loop);
}

static void note_ctx(void *ctx)
{
    note(*(char *)ctx);
}

/* ---- timers and deferred calls --------------------------------------------------------------------------------- */

static void a_timer_comes_once_and_can_be_stopped_and_started_again(void **state)
{
    (void)state;
    qn_timer *a, *b, *end;
    assert_int_equal(qn_timer_new(&a, loop, note_ctx, "a"), 0);
    assert_int_equal(qn_timer_new(&b, loop, note_ctx, "b"), 0);
    assert_int_equal(qn_timer_new(&end, loop, stop, NULL), 0);
    qn_timer_start(a, 5);
    qn_timer_start(b, 1);
    qn_timer_stop(b);
    qn_timer_start(a, 1); /* moved, not doubled */
    qn_timer_start(end, 30);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_string_equal(trace, "a");
    qn_timer_start(b, 0);
    qn_timer_start(end, 5);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_string_equal(trace, "ab");
    qn_timer_free(&a);
    qn_timer_free(&b);
    qn_timer_free(&end);
    assert_null(end);
    qn_timer_free(&end);
}

static void defer_again(void *ctx)
{
    note('1');
    qn_loop_defer(loop, note_ctx, ctx);
    note('2');
}

static void deferred_calls_come_in_order_after_the_present_one(void **state)
{
    (void)state;
    qn_timer *end;
    assert_int_equal(qn_timer_new(&end, loop, stop, NULL), 0);
    assert_int_equal(qn_loop_defer(loop, defer_again, "c"), 0);
    assert_int_equal(qn_loop_defer(loop, note_ctx, "3"), 0);
    qn_timer_start(end, 20);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_string_equal(trace, "123c");
    assert_int_equal(qn_loop_defer(loop, note_ctx, "x"), 0); /* freed with the loop, not called */
    qn_timer_free(&end);
}

static int rounds;
static void defer_for_ever(void *ctx)
{
    rounds++;
    qn_loop_defer(loop, defer_for_ever, ctx);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what, (void)arg;
    qn_loop_stop(loop);
}

static void who_defers_for_ever_does_not_keep_the_loop_from_its_sockets(void **state)
{
    (void)state;
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(write(pair[0], "x", 1), 1);
    struct event *ev = event_new(qn_loop_base(loop), pair[1], EV_READ, on_readable, NULL);
    event_add(ev, NULL);
    rounds = 0;
    assert_int_equal(qn_loop_defer(loop, defer_for_ever, NULL), 0);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_true(rounds > 0);
    event_free(ev);
    close(pair[0]);
    close(pair[1]);
}

/* ---- the wheel ------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_wheel_entry entry; /* first */
    char name;
    int64_t due;
    bool again;
} timed;

static qn_wheel *wheel;
static timed *to_clear;

static void on_due(void *ctx, qn_wheel_entry *e)
{
    (void)ctx;
    timed *t = (timed *)(void *)e;
    assert_true(qn_mono_ms() >= t->due);
    note(t->name);
    if (to_clear) qn_wheel_clear(wheel, &to_clear->entry);
    to_clear = NULL;
    if (t->again) {
        t->again = false;
        t->due = qn_mono_ms() + 1;
        qn_wheel_set(wheel, e, t->due);
    }
    if (t->name == 'z') qn_loop_stop(loop);
}

static void set(timed *t, char name, int64_t in_ms)
{
    t->name = name;
    t->due = qn_mono_ms() + in_ms;
    qn_wheel_set(wheel, &t->entry, t->due);
}

static void deadlines_come_when_they_are_due_however_they_were_moved(void **state)
{
    (void)state;
    timed a = { .again = true }, b = { 0 }, c = { 0 }, d = { 0 }, far = { 0 }, z = { 0 };
    assert_int_equal(qn_wheel_new(&wheel, loop, on_due, NULL), 0);
    set(&a, 'a', 0);
    set(&b, 'b', 3600000);
    set(&b, 'b', 120); /* nearer */
    set(&c, 'c', 10);
    set(&c, 'c', 350); /* further */
    set(&d, 'd', 20);
    qn_wheel_clear(wheel, &d.entry);
    qn_wheel_clear(wheel, &d.entry);
    set(&far, 'f', 1000 * 3600 * 24); /* past the wheel's turn */
    set(&z, 'z', 700);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_string_equal(trace, "aabcz");
    assert_non_null(far.entry.back);
    qn_wheel_free(&wheel);
}

static void a_deadline_may_clear_another_of_the_same_moment(void **state)
{
    (void)state;
    timed a = { 0 }, b = { 0 }, z = { 0 };
    assert_int_equal(qn_wheel_new(&wheel, loop, on_due, NULL), 0);
    set(&b, 'x', 50);
    set(&a, 'a', 50); /* the later one lies in front */
    qn_wheel_set(wheel, &b.entry, a.entry.at_ms);
    to_clear = &b;
    set(&z, 'z', 300);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_string_equal(trace, "az");
    qn_wheel_free(&wheel);
}

/* ---- the pool -------------------------------------------------------------------------------------------------- */

static atomic_int begun, worked, gate;
static int done_count, canceled_count, expected;

static void work(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&begun, 1);
    while (!atomic_load(&gate)) usleep(100);
    atomic_fetch_add(&worked, 1);
}

static void done(void *ctx, bool canceled)
{
    (void)ctx;
    done_count++;
    canceled_count += canceled;
    if (done_count == expected) qn_loop_stop(loop);
}

static qn_pool *pool_of(unsigned threads, unsigned max, int expect)
{
    qn_pool *p;
    atomic_store(&begun, 0);
    atomic_store(&worked, 0);
    atomic_store(&gate, 1);
    done_count = canceled_count = 0;
    expected = expect;
    assert_int_equal(qn_pool_new(&p, loop, threads, max), 0);
    return p;
}

static void every_task_is_worked_and_done_once(void **state)
{
    (void)state;
    qn_pool *p = pool_of(3, 1000, 500);
    for (int i = 0; i < 500; i++) assert_int_equal(qn_pool_submit(NULL, p, work, done, NULL), 0);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_int_equal(atomic_load(&worked), 500);
    assert_int_equal(done_count, 500);
    assert_int_equal(canceled_count, 0);
    qn_pool_free(&p);
    assert_int_equal(done_count, 500);
}

static void submit_and_let_begin(qn_pool *p)
{
    assert_int_equal(qn_pool_submit(NULL, p, work, done, NULL), 0);
    while (!atomic_load(&begun)) usleep(100);
}

static void a_full_queue_takes_no_more(void **state)
{
    (void)state;
    qn_pool *p = pool_of(1, 1, 2);
    atomic_store(&gate, 0);
    submit_and_let_begin(p);
    assert_int_equal(qn_pool_submit(NULL, p, work, done, NULL), 0);
    assert_int_equal(qn_pool_submit(NULL, p, work, done, NULL), QN_EBUSY);
    atomic_store(&gate, 1);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_int_equal(done_count, 2);
    assert_int_equal(atomic_load(&worked), 2);
    qn_pool_free(&p);
}

static void a_canceled_task_is_done_all_the_same(void **state)
{
    (void)state;
    qn_pool *p = pool_of(1, 10, 11);
    qn_task *t[10];
    atomic_store(&gate, 0);
    submit_and_let_begin(p);
    for (int i = 0; i < 10; i++) assert_int_equal(qn_pool_submit(&t[i], p, work, done, NULL), 0);
    for (int i = 0; i < 10; i += 2) qn_task_cancel(t[i]);
    atomic_store(&gate, 1);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_int_equal(done_count, 11);
    assert_int_equal(canceled_count, 5);
    assert_int_equal(atomic_load(&worked), 1 + 5);
    qn_pool_free(&p);
}

static void freeing_the_pool_waits_for_what_runs_and_drops_what_is_queued(void **state)
{
    (void)state;
    qn_pool *p = pool_of(1, 10, -1);
    atomic_store(&gate, 0);
    submit_and_let_begin(p);
    for (int i = 0; i < 5; i++) assert_int_equal(qn_pool_submit(NULL, p, work, done, NULL), 0);
    atomic_store(&gate, 1);
    qn_pool_free(&p);
    assert_null(p);
    assert_int_equal(done_count, 6);
    assert_true(atomic_load(&worked) >= 1);
    assert_int_equal(canceled_count, 6 - atomic_load(&worked));
}

/* ---- accepting ------------------------------------------------------------------------------------------------- */

static int listener, port, accepted, wanted;

static void on_connection(void *ctx, int fd, const struct sockaddr *peer, socklen_t n)
{
    (void)n;
    qn_slot *slot = ctx;
    assert_int_equal(peer->sa_family, AF_INET);
    accepted++;
    if (slot) atomic_fetch_add(&slot->connections, 1);
    close(fd);
    if (accepted == wanted) qn_loop_stop(loop);
}

static void listen_on_loopback(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t n = sizeof a;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&a, &n), 0);
    port = a.sin_port;
    accepted = 0;
}

static int dial(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET,
                             .sin_addr = { htonl(INADDR_LOOPBACK) },
                             .sin_port = (in_port_t)port };
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s >= 0) assert_int_equal(connect(s, (struct sockaddr *)&a, sizeof a), 0);
    return s;
}

static void a_worker_steps_back_while_another_has_clearly_fewer(void **state)
{
    (void)state;
    qn_shm *shm;
    qn_acceptor *a;
    int s[4];
    assert_int_equal(qn_shm_new(&shm), 0);
    qn_slot *mine = qn_shm_slot_take(shm, QN_PROC_WORKER, 1, 1), *other = qn_shm_slot_take(shm, QN_PROC_WORKER, 2, 1);
    atomic_store(&mine->state, QN_PROC_READY);
    atomic_store(&other->state, QN_PROC_READY);
    listen_on_loopback();
    qn_acceptor_options o = {
        .loop = loop, .fds = &listener, .nfds = 1, .shm = shm, .slot = mine, .fn = on_connection, .ctx = mine
    };
    assert_int_equal(qn_acceptor_new(&a, &o), 0);
    for (int i = 0; i < 4; i++) s[i] = dial();
    wanted = 2; /* as many as leave a difference of one more than nothing */
    assert_int_equal(qn_loop_run(loop), 0);
    qn_timer *end;
    assert_int_equal(qn_timer_new(&end, loop, stop, NULL), 0);
    qn_timer_start(end, 1);
    wanted = 100;
    assert_int_equal(qn_loop_run(loop), 0);
    assert_int_equal(accepted, 2); /* the rest is the other's, for a moment */
    wanted = 4;
    assert_int_equal(qn_loop_run(loop), 0); /* which does not come for them: they are not left waiting */
    assert_int_equal(accepted, 4);
    qn_timer_free(&end);
    qn_acceptor_free(&a);
    for (int i = 0; i < 4; i++) close(s[i]);
    close(listener);
    qn_shm_free(&shm);
}

/* Each connection ends as soon as it was taken, but for the first two: none of the rest has to wait for its turn. */
static void a_worker_that_has_become_lighter_does_not_wait(void **state)
{
    (void)state;
    enum { MANY = 20 };
    qn_shm *shm;
    qn_acceptor *a;
    int s[MANY];
    assert_int_equal(qn_shm_new(&shm), 0);
    qn_slot *mine = qn_shm_slot_take(shm, QN_PROC_WORKER, 1, 1), *other = qn_shm_slot_take(shm, QN_PROC_WORKER, 2, 1);
    atomic_store(&mine->state, QN_PROC_READY);
    atomic_store(&other->state, QN_PROC_READY);
    listen_on_loopback();
    qn_acceptor_options o = {
        .loop = loop, .fds = &listener, .nfds = 1, .shm = shm, .slot = mine, .fn = on_connection, .ctx = mine
    };
    assert_int_equal(qn_acceptor_new(&a, &o), 0);
    for (int i = 0; i < MANY; i++) s[i] = dial();
    wanted = 2;
    assert_int_equal(qn_loop_run(loop), 0);
    qn_timer *end;
    assert_int_equal(qn_timer_new(&end, loop, stop, NULL), 0);
    for (wanted = 3; wanted <= MANY; wanted++) {
        int before = accepted;
        qn_timer_start(end, 0);
        assert_int_equal(qn_loop_run(loop), 0); /* it sees that it has more, and steps back */
        qn_acceptor_lighter(a);                 /* it is not */
        qn_timer_start(end, 0);
        assert_int_equal(qn_loop_run(loop), 0);
        assert_int_equal(accepted, before);
        atomic_fetch_sub(&mine->connections, 1);
        qn_acceptor_lighter(a);
        assert_int_equal(qn_loop_run(loop), 0); /* ended by the next one */
        assert_int_equal(accepted, wanted);
    }
    qn_timer_free(&end);
    qn_acceptor_free(&a);
    for (int i = 0; i < MANY; i++) close(s[i]);
    close(listener);
    qn_shm_free(&shm);
}

static void out_of_descriptors_it_pauses_and_resumes(void **state)
{
    (void)state;
    qn_acceptor *a;
    qn_timer *end;
    int held[64], n = 0;
    struct rlimit was, few;
    listen_on_loopback();
    qn_acceptor_options o = { .loop = loop, .fds = &listener, .nfds = 1, .fn = on_connection };
    assert_int_equal(qn_acceptor_new(&a, &o), 0);
    assert_int_equal(qn_timer_new(&end, loop, stop, NULL), 0);
    int s = dial();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    few = was;
    few.rlim_cur = 40;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    while (n < 64 && (held[n] = dup(s)) >= 0) n++;
    int64_t before = (int64_t)clock();
    qn_timer_start(end, 250);
    wanted = 1;
    assert_int_equal(qn_loop_run(loop), 0);
    assert_int_equal(accepted, 0);
    assert_true((int64_t)clock() - before < CLOCKS_PER_SEC / 10); /* of CPU: it did not spin */
    while (n) close(held[--n]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(qn_loop_run(loop), 0);
    assert_int_equal(accepted, 1);
    qn_timer_free(&end);
    qn_acceptor_free(&a);
    close(s);
    close(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_timer_comes_once_and_can_be_stopped_and_started_again, setup, teardown),
        cmocka_unit_test_setup_teardown(deferred_calls_come_in_order_after_the_present_one, setup, teardown),
        cmocka_unit_test_setup_teardown(who_defers_for_ever_does_not_keep_the_loop_from_its_sockets, setup, teardown),
        cmocka_unit_test_setup_teardown(deadlines_come_when_they_are_due_however_they_were_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(a_deadline_may_clear_another_of_the_same_moment, setup, teardown),
        cmocka_unit_test_setup_teardown(every_task_is_worked_and_done_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_queue_takes_no_more, setup, teardown),
        cmocka_unit_test_setup_teardown(a_canceled_task_is_done_all_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(freeing_the_pool_waits_for_what_runs_and_drops_what_is_queued, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_steps_back_while_another_has_clearly_fewer, setup, teardown),
        cmocka_unit_test_setup_teardown(a_worker_that_has_become_lighter_does_not_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_descriptors_it_pauses_and_resumes, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
