/* /v1/tags: the words that entries are filed under. */
#include <string.h>

#include "api/call.h"

typedef struct {
    qn_call *c;
    unsigned limit;
} listing;

static void listed(void *ctx, const qn_page *p)
{
    listing *l = ctx;
    if (p->err == QN_EINVAL) qn_call_faults(l->c, p->faults);
    else if (p->err) qn_call_error(l->c, p->err, false);
    else qn_call_page(l->c, p, l->limit);
}

/* Tags of working copies are for those who may read every working copy of every type. */
static bool sees_drafts(qn_call *c)
{
    const qn_type *t;
    for (size_t i = 0; (t = qn_types_at(c->types, i)); i++) {
        const qn_scope *s = qn_access_scope(c->api->access, c->arena, c->caller, t);
        if (!s || s->drafts != QN_REACH_ALL) return false;
    }
    return true;
}

static void get_list(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    listing *l = qn_arena_alloc(c->arena, sizeof *l);
    if (!l) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    l->c = c;
    qn_str after = qn_call_param(c, "after"), before = qn_call_param(c, "before");
    (void)qn_call_limit(c, &l->limit, &faults);
    if (after.p && before.p) qn_fault_add(&faults, true, "?before", "conflict", "after and before cannot be given together");
    if (faults.n) {
        qn_call_faults(c, &faults);
        return;
    }
    int err = qn_store_tags(c->api->store, c->arena, sees_drafts(c), l->limit, after, before, listed, l);
    if (err) qn_call_error(c, err, false);
}

int qn_api_tags(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = { { QN_GET, "/v1/tags", get_list, NULL, "limit after before", 0 } };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
