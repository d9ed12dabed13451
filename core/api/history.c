/* /v1/{collection}/{id}/revisions: what an entry was. */
#include "api/call.h"

typedef struct {
    qn_call *c;
    unsigned limit;
} listing;

static void listed(void *ctx, const qn_page *p)
{
    listing *l = ctx;
    if (p->err == QN_EINVAL) qn_call_faults(l->c, p->faults);
    else if (p->err == QN_ENOTFOUND) qn_fail_req(l->c->req, 404, "not-found", "there is nothing of that id or slug here");
    else if (p->err == QN_EDENIED) qn_call_denied(l->c, "read this entry's history");
    else if (p->err) qn_call_error(l->c, p->err, false);
    else qn_call_page(l->c, p, l->limit);
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
    int err = qn_store_revisions(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"), qn_call_locale(c), l->limit, after,
                                 before, listed, l);
    if (err) qn_call_error(c, err, false);
}

static void got(void *ctx, const qn_answer *a)
{
    qn_call *c = ctx;
    if (a->err) {
        qn_call_refused(c, a);
        return;
    }
    qn_call_cache(c, 0);
    qn_call_etag_of(c, a->json);
    qn_call_data(c, 200, a->json);
}

static void get_one(qn_call *c)
{
    uint64_t n;
    qn_str s = qn_req_param(c->req, "n");
    if (qn_str_u64(&n, s, 1, INT32_MAX) != QN_OK) {
        qn_fail_req(c->req, 404, "not-found", "revisions have whole numbers from 1, not \"%.*s\"", QN_FMT(s));
        return;
    }
    int err = qn_store_revision(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"), qn_call_locale(c), (int)n, got, c);
    if (err) qn_call_error(c, err, false);
}

int qn_api_history(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = {
        { QN_GET, "/v1/{collection}/{id}/revisions", get_list, NULL, "limit after before locale", QN_CALL_TYPED },
        { QN_GET, "/v1/{collection}/{id}/revisions/{n}", get_one, NULL, "locale", QN_CALL_TYPED },
    };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
