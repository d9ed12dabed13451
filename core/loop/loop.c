#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/time.h>

typedef struct deferred {
    struct deferred *next;
    qn_timer_fn fn;
    void *ctx;
} deferred;

struct qn_loop {
    struct event_base *base;
    struct event *defer_ev; /* activated by hand, watches nothing */
    deferred *first, **last;
    bool stopped, deferring;
};

struct qn_timer {
    struct event *ev;
    qn_timer_fn fn;
    void *ctx;
};

/* Runs what was deferred before this round; what is deferred meanwhile comes in the next one, so that the loop can
 * look at its sockets in between. */
static void on_defer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_loop *l = arg;
    deferred *d = l->first;
    l->first = NULL;
    l->last = &l->first;
    l->deferring = true;
    while (d) {
        deferred *next = d->next;
        qn_timer_fn fn = d->fn;
        void *ctx = d->ctx;
        free(d);
        fn(ctx);
        d = next;
    }
    l->deferring = false;
}

int qn_loop_new(qn_loop **out)
{
    int rc = QN_ENOMEM;
    qn_loop *l = calloc(1, sizeof *l);
    struct event_config *cfg = event_config_new();
    if (!l || !cfg) goto out;
    /* One thread owns a loop: no locks. The environment must not be able to choose the backend. */
    event_config_set_flag(cfg, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
    rc = QN_EIO;
    l->base = event_base_new_with_config(cfg);
    if (!l->base) goto out;
    rc = QN_ENOMEM;
    l->last = &l->first;
    l->defer_ev = event_new(l->base, -1, 0, on_defer, l);
    if (!l->defer_ev) goto out;
    *out = l;
    l = NULL;
    rc = 0;
out:
    if (cfg) event_config_free(cfg);
    qn_loop_free(&l);
    return rc;
}

void qn_loop_free(qn_loop **l)
{
    if (!l || !*l) return;
    qn_loop *dead = *l;
    *l = NULL;
    while (dead->first) {
        deferred *next = dead->first->next;
        free(dead->first);
        dead->first = next;
    }
    if (dead->defer_ev) event_free(dead->defer_ev);
    if (dead->base) event_base_free(dead->base);
    free(dead);
}

struct event_base *qn_loop_base(qn_loop *l)
{
    return l->base;
}

int qn_loop_run(qn_loop *l)
{
    l->stopped = false;
    /* Without NO_EXIT_ON_EMPTY a loop that waits for nothing would return and its process with it. */
    while (!l->stopped)
        if (event_base_loop(l->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0) return QN_EIO;
    return 0;
}

void qn_loop_stop(qn_loop *l)
{
    l->stopped = true;
    event_base_loopbreak(l->base);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_timer *t = arg;
    t->fn(t->ctx);
}

int qn_timer_new(qn_timer **out, qn_loop *l, qn_timer_fn fn, void *ctx)
{
    qn_timer *t = calloc(1, sizeof *t);
    if (!t) return QN_ENOMEM;
    t->fn = fn;
    t->ctx = ctx;
    t->ev = evtimer_new(l->base, on_timer, t);
    if (!t->ev) {
        free(t);
        return QN_ENOMEM;
    }
    *out = t;
    return 0;
}

void qn_timer_start(qn_timer *t, int64_t ms)
{
    if (ms < 0) ms = 0;
    struct timeval tv = { .tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000) };
    int rc = evtimer_add(t->ev, &tv);
    assert(rc == 0); /* the heap of timers grew when the timer was first started */
    (void)rc;
}

void qn_timer_stop(qn_timer *t)
{
    evtimer_del(t->ev);
}

void qn_timer_free(qn_timer **t)
{
    if (!t || !*t) return;
    event_free((*t)->ev);
    free(*t);
    *t = NULL;
}

int qn_loop_defer(qn_loop *l, qn_timer_fn fn, void *ctx)
{
    deferred *d = malloc(sizeof *d);
    if (!d) return QN_ENOMEM;
    *d = (deferred){ .fn = fn, .ctx = ctx };
    *l->last = d;
    l->last = &d->next;
    /* Activated from inside of its callback an event would run again before the loop polls. */
    static const struct timeval now = { 0, 0 };
    if (l->deferring)
        event_add(l->defer_ev, &now);
    else
        event_active(l->defer_ev, 0, 0);
    return 0;
}
