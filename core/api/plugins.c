/* GET /v1/plugins: which there are, how they are. */
#include "api/call.h"
#include "base/buf.h"

/* For those who may read every working copy: the newsroom's own people. */
static bool may_look(qn_call *c)
{
    const qn_type *t;
    for (size_t i = 0; (t = qn_types_at(c->types, i)); i++) {
        const qn_scope *s = qn_access_scope(c->api->access, c->arena, c->caller, t);
        if (!s || s->drafts != QN_REACH_ALL) return false;
    }
    return c->caller->token != NULL;
}

static void get_list(qn_call *c)
{
    if (!may_look(c)) {
        qn_call_denied(c, "see the plugins");
        return;
    }
    qn_buf *b = qn_buf_new(c->arena);
    if (!b) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    if (qn_plugins_json(b, c->api->plugins)) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    /* There are few plugins: one page has all of them. */
    qn_page page = { .items = qn_buf_str(b), .n = qn_plugins_count(c->api->plugins), .valid_ms = 0 };
    qn_call_page(c, &page, 200);
}

int qn_api_plugins(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = { { QN_GET, "/v1/plugins", get_list, NULL, "", 0 } };
    return api->plugins ? qn_call_routes(router, api, routes, sizeof routes / sizeof *routes) : QN_OK;
}
