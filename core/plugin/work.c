/* A plugin's work on a thread of the pool. */
#include <stdlib.h>

#include "plugin/host.h"

/* Outlives the call, whose arena may end while the work goes on. */
typedef struct {
    qn_plugin *plugin;
    qn_call *handle;
    const char *place;
    void (*work)(void *ctx);
    void (*done)(qn_call *call, int err, void *ctx);
    void *ctx;
} piece;

static void on_thread(void *ctx)
{
    piece *w = ctx;
    qn_enter_work(w->plugin);
    w->work(w->ctx);
    qn_leave_work(w->plugin);
}

static void on_loop(void *ctx, bool was_canceled)
{
    piece *w = ctx;
    qn_pcall *c = qn_pcall_find(w->handle);
    qn_frame f;
    bool ended = was_canceled || !c || c->ending;
    bool in = ended ? qn_enter(&f, w->plugin, w->place, NULL) : qn_reenter(&f, c);
    if (in) {
        w->done(w->handle, ended ? QN_ECANCELED : QN_OK, w->ctx);
        qn_leave(&f);
    }
    free(w);
}

static int submit(qn_call *handle, void (*work)(void *ctx), void (*done)(qn_call *call, int err, void *ctx), void *ctx)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || !c->plugin->host->env.pool || !work || !done) return QN_ESTATE;
    piece *w = malloc(sizeof *w);
    if (!w) return QN_ENOMEM;
    *w = (piece){
        .plugin = c->plugin, .handle = handle, .place = c->reg->place, .work = work, .done = done, .ctx = ctx
    };
    int rc = qn_pool_submit(NULL, c->plugin->host->env.pool, on_thread, on_loop, w);
    if (rc) free(w);
    return rc;
}

void qn_fill_work(qn_api *t)
{
    t->work = submit;
}
