/* /v1/tags: the words that entries are filed under. */
#include <string.h>

#include "api/call.h"

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
    qn_str after, before;
    qn_listing *l = qn_call_listing(c, &after, &before);
    if (!l) return;
    l->of_all_types = true;
    int err = qn_store_tags(c->api->store, c->arena, sees_drafts(c), l->limit, after, before, qn_call_listed, l);
    if (err) qn_call_error(c, err, false);
}

int qn_api_tags(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = { { QN_GET, "/v1/tags", get_list, NULL, "limit after before", 0 } };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
