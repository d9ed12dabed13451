/* /v1/types: what there can be. */
#include "api/call.h"
#include "base/buf.h"

static void free_buf(void *b)
{
    qn_buf_free(b);
}

static void get_list(qn_call *c)
{
    qn_buf *b = qn_arena_calloc(c->arena, 1, sizeof *b);
    if (!b || qn_arena_defer(c->arena, free_buf, b) != QN_OK) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    qn_buf_init(b, 0);
    qn_buf_addc(b, '[');
    size_t n = 0;
    for (const qn_type *t; (t = qn_types_at(c->types, n)); n++) {
        if (n) qn_buf_addc(b, ',');
        qn_buf_addz(b, t->json);
    }
    qn_buf_addc(b, ']');
    if (b->failed) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    /* There are few types: one page has all of them. */
    qn_page page = { .items = qn_buf_str(b), .n = n, .valid_ms = -1 };
    qn_call_page(c, &page, 200);
}

static void get_one(qn_call *c)
{
    qn_str name = qn_req_param(c->req, "name");
    const qn_type *t = qn_types_by_name(c->types, name);
    if (!t) {
        qn_fail_req(c->req, 404, "not-found", "there is no type \"%.*s\"", QN_FMT(name));
        return;
    }
    qn_call_cache(c, -1);
    qn_res_headerf(c->req, "ETag", "\"t%d\"", t->version);
    qn_call_data(c, 200, qn_str_of(t->json));
}

int qn_api_types(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = {
        { QN_GET, "/v1/types", get_list, NULL, "", 0 },
        { QN_GET, "/v1/types/{name}", get_one, NULL, "", 0 },
    };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
