/* /v1/{collection}/{id}/revisions: what an entry was. */
#include "api/call.h"

static void get_list(qn_call *c)
{
    qn_str after, before;
    qn_listing *l = qn_call_listing(c, &after, &before);
    if (!l) return;
    int err = qn_store_revisions(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"),
                                 qn_call_locale(c), l->limit, after, before, qn_call_listed, l);
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
    int err = qn_store_revision(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"),
                                qn_call_locale(c), (int)n, got, c);
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
