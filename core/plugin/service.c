/* Services: one plugin asks another by name. */
#include <string.h>

#include "plugin/host.h"

typedef void (*result_fn)(qn_call *call, int err, const qn_json *result, void *ctx);

/* One question, in the arena of who asks. */
typedef struct {
    qn_wait wait; /* first: of the asking call */
    qn_pcall *asked;
    result_fn fn;
    void *ctx;
} question;

static void tell(question *q, int err, const qn_json *result)
{
    qn_pcall *c = q->wait.call;
    qn_frame f;
    qn_wait_done(&q->wait);
    if (!qn_reenter(&f, c)) return;
    q->fn(qn_pcall_handle(c), err, result, q->ctx);
    qn_leave(&f);
}

static void canceled(qn_wait *w)
{
    question *q = (question *)w;
    qn_frame f;
    if (qn_enter(&f, w->call->plugin, w->call->reg->place, w->call->request)) {
        q->fn(qn_pcall_handle(w->call), QN_ECANCELED, NULL, q->ctx);
        qn_leave(&f);
    }
    q->asked->ctx = NULL;
    qn_pcall_end(q->asked);
}

/* The service has done with it, one way or another. */
static void answered(qn_pcall *asked, int err)
{
    question *q = asked->ctx;
    if (!q) return; /* whoever asked has gone: `asked` is being ended */
    qn_json *kept = asked->result ? qn_value_own(q->wait.call, json_incref(asked->result)) : NULL;
    if (asked->result && !kept) err = QN_ENOMEM;
    asked->ctx = NULL;
    qn_pcall_end(asked);
    tell(q, err, err ? NULL : kept);
}

static const qn_registered *find(const qn_host *h, const char *name)
{
    for (size_t i = 0; name && i < h->services.n; i++)
        if (!strcmp(h->services.items[i]->u.service.name, name)) return h->services.items[i];
    return NULL;
}

static int ask(qn_call *handle, const char *name, const qn_json *args, result_fn fn, void *ctx)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || !fn) return QN_ESTATE;
    const qn_registered *r = find(c->plugin->host, name);
    if (!r || r->plugin->phase != QN_PLUGIN_READY) return QN_ENOTFOUND;
    question *q = qn_arena_calloc(c->arena, 1, sizeof *q);
    qn_pcall *asked = q ? qn_pcall_within(c, QN_CALL_SERVICE, r) : NULL;
    if (!asked) return QN_ENOMEM;
    *q = (question){ .asked = asked, .fn = fn, .ctx = ctx };
    asked->resumed = answered;
    asked->ctx = q;
    const qn_json *theirs = args ? qn_value_own(asked, json_incref(qn_value(args))) : NULL;
    qn_wait_add(&q->wait, c, canceled);

    qn_frame f;
    if (!qn_enter(&f, r->plugin, r->place, c->request)) {
        answered(asked, QN_EUNAVAIL);
        return QN_OK;
    }
    int returned = r->u.service.fn(qn_pcall_handle(asked), theirs, r->u.service.ctx);
    qn_leave(&f);
    int rc = qn_later(asked, returned);
    if (rc == QN_LATER) return QN_OK;
    if (rc == QN_OK && !asked->answered) {
        qn_log(QN_LOG_WARN, c->request, "plugin %s: %s is done without an answer", r->plugin->name, r->place);
        rc = QN_EINVAL;
    }
    answered(asked, rc);
    return QN_OK;
}

static int service_reply(qn_call *handle, const qn_json *result)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || c->kind != QN_CALL_SERVICE || c->answered) return QN_ESTATE;
    c->result = result ? qn_value(qn_value_own(c, json_incref(qn_value(result)))) : NULL;
    c->answered = true;
    c->early = result && !c->result ? QN_ENOMEM : QN_OK;
    if (c->waiting) answered(c, c->early);
    return QN_OK;
}

void qn_fill_service(qn_api *t)
{
    t->ask = ask;
    t->service_reply = service_reply;
}
