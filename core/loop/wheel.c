#include "loop/wheel.h"

#include <stdlib.h>

#include "base/clock.h"

struct qn_wheel {
    qn_wheel_entry *slots[QN_WHEEL_SLOTS];
    int64_t tick; /* the last one looked at, in units of QN_WHEEL_TICK_MS */
    size_t count;
    qn_timer *timer;
    bool running;
    void (*fn)(void *ctx, qn_wheel_entry *e);
    void *ctx;
};

static void link_entry(qn_wheel *w, qn_wheel_entry *e)
{
    /* The first tick that ends after the deadline: late by less than one, never early. */
    int64_t tick = e->at_ms / QN_WHEEL_TICK_MS + 1;
    if (tick <= w->tick) tick = w->tick + 1;
    if (tick >= w->tick + QN_WHEEL_SLOTS) tick = w->tick + QN_WHEEL_SLOTS - 1; /* looked at again then */
    qn_wheel_entry **slot = &w->slots[tick % QN_WHEEL_SLOTS];
    e->slot_ms = tick * QN_WHEEL_TICK_MS;
    e->next = *slot;
    if (e->next) e->next->back = &e->next;
    e->back = slot;
    *slot = e;
}

static void unlink_entry(qn_wheel_entry *e)
{
    *e->back = e->next;
    if (e->next) e->next->back = e->back;
    e->back = NULL;
    e->next = NULL;
}

/* `fn` may set and clear any entry, so the list's head is looked at anew each time. */
static void look_at(qn_wheel *w, int64_t tick, int64_t now)
{
    qn_wheel_entry *todo = w->slots[tick % QN_WHEEL_SLOTS];
    w->slots[tick % QN_WHEEL_SLOTS] = NULL;
    if (todo) todo->back = &todo;
    while (todo) {
        qn_wheel_entry *e = todo;
        unlink_entry(e);
        if (e->at_ms > now) {
            link_entry(w, e);
            continue;
        }
        w->count--;
        w->fn(w->ctx, e);
    }
}

static void on_tick(void *ctx)
{
    qn_wheel *w = ctx;
    int64_t now = qn_mono_ms(), until = now / QN_WHEEL_TICK_MS;
    /* After a long stall each slot is looked at once. */
    if (until - w->tick > QN_WHEEL_SLOTS) w->tick = until - QN_WHEEL_SLOTS;
    while (w->tick < until) {
        w->tick++;
        look_at(w, w->tick, now);
    }
    w->running = w->count > 0;
    if (w->running) qn_timer_start(w->timer, QN_WHEEL_TICK_MS - now % QN_WHEEL_TICK_MS);
}

int qn_wheel_new(qn_wheel **out, qn_loop *l, void (*fn)(void *ctx, qn_wheel_entry *e), void *ctx)
{
    qn_wheel *w = calloc(1, sizeof *w);
    if (!w) return QN_ENOMEM;
    w->fn = fn;
    w->ctx = ctx;
    w->tick = qn_mono_ms() / QN_WHEEL_TICK_MS;
    int rc = qn_timer_new(&w->timer, l, on_tick, w);
    if (rc) {
        free(w);
        return rc;
    }
    *out = w;
    return 0;
}

void qn_wheel_free(qn_wheel **w)
{
    if (!w || !*w) return;
    qn_timer_free(&(*w)->timer);
    free(*w);
    *w = NULL;
}

void qn_wheel_set(qn_wheel *w, qn_wheel_entry *e, int64_t at_ms)
{
    e->at_ms = at_ms;
    if (e->back && at_ms >= e->slot_ms - QN_WHEEL_TICK_MS) return; /* its slot comes first and looks again */
    if (e->back) {
        unlink_entry(e);
    } else {
        w->count++;
    }
    if (!w->running) {
        w->tick = qn_mono_ms() / QN_WHEEL_TICK_MS; /* nothing was in it: no slot was missed */
        w->running = true;
        qn_timer_start(w->timer, QN_WHEEL_TICK_MS);
    }
    link_entry(w, e);
}

void qn_wheel_clear(qn_wheel *w, qn_wheel_entry *e)
{
    if (!e->back) return;
    unlink_entry(e);
    w->count--;
}
