#include "base/await.h"

#include "base/err.h"

struct qn_awaiting {
    qn_awaiting *next, **at; /* `at`: what points here; NULL: does not wait any more */
    void (*fn)(void *ctx, int err);
    void *ctx;
};

static void leave(void *ctx)
{
    qn_awaiting *w = ctx;
    if (!w->at) return;
    *w->at = w->next;
    if (w->next) w->next->at = w->at;
    w->at = NULL;
}

int qn_await(qn_awaiting **list, qn_arena *arena, void (*fn)(void *ctx, int err), void *ctx)
{
    qn_awaiting *w = qn_arena_alloc(arena, sizeof *w);
    if (!w || qn_arena_defer(arena, leave, w)) return QN_ENOMEM;
    *w = (qn_awaiting){ .next = *list, .at = list, .fn = fn, .ctx = ctx };
    if (w->next) w->next->at = &w->next;
    *list = w;
    return QN_OK;
}

void qn_await_release(qn_awaiting **list, int err)
{
    qn_awaiting *now = *list;
    *list = NULL;
    if (now) now->at = &now;
    while (now) {
        qn_awaiting *w = now;
        leave(w);
        w->fn(w->ctx, err);
    }
}

void qn_await_forget(qn_awaiting **list)
{
    while (*list) leave(*list);
}
