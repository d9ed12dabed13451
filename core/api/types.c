/* /v1/types: what there can be. */
#include "api/call.h"
#include "base/buf.h"

static void get_list(qn_call *c)
{
    qn_buf *b = qn_buf_new(c->arena);
    if (!b) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
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
    qn_page page = { .items = qn_buf_str(b), .n = n, .valid_ms = qn_call_keys(c, false) ? -1 : 0 };
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
    qn_call_cache(c, qn_call_keys(c, false) ? -1 : 0);
    qn_res_headerf(c->req, "ETag", "\"t%d\"", t->version);
    qn_call_data(c, 200, qn_str_of(t->json));
}

/* ---- a new one --------------------------------------------------------------------------------------------------- */

static void taken(qn_call *c, const qn_type_answer *a)
{
    qn_fault f[2];
    size_t n = 0;
    if (a->taken_name.p)
        f[n++] = (qn_fault){ "/name", "taken",
                             qn_arena_printf(c->arena, "there is a type \"%.*s\" already", QN_FMT(a->taken_name)) };
    if (a->taken_collection.p)
        f[n++] = (qn_fault){ "/collection", "taken",
                             qn_arena_printf(c->arena, "it is the collection of the type \"%.*s\"",
                                             QN_FMT(a->taken_collection)) };
    qn_str by = a->taken_name.p ? a->taken_name : a->taken_collection;
    qn_problem p = { .status = 409,
                     .type = "taken",
                     .detail = n ? f[0].detail : "a type of that name or collection was there a moment ago",
                     .errors = f,
                     .nerrors = n,
                     .extra = by.p ? qn_arena_printf(c->arena, "\"location\":\"/v1/types/%.*s\"", QN_FMT(by)) : NULL };
    qn_reply_problem(c->req, &p);
}

static void made(void *ctx, const qn_type_answer *a)
{
    qn_call *c = ctx;
    switch (a->err) {
    case QN_OK:
        qn_call_cache(c, -1);
        qn_res_headerf(c->req, "Location", "/v1/types/%s", a->type->name);
        qn_res_headerf(c->req, "ETag", "\"t%d\"", a->type->version);
        qn_call_data(c, 201, qn_str_of(a->type->json));
        break;
    case QN_EINVAL:
        qn_call_faults(c, a->faults);
        break;
    case QN_EEXIST:
        taken(c, a);
        break;
    case QN_ELIMIT:
        qn_fail_req(c->req, 409, "conflict", "there are %d types, which is all that there can be", QN_TYPES_MAX);
        break;
    default:
        qn_call_error(c, a->err, a->maybe_done);
    }
}

/* The right to make types is not one on a type: only a policy for every type gives it. */
static bool may_make(qn_call *c)
{
    char every[] = "*";
    const qn_type any = { .name = every };
    const qn_scope *s = qn_access_scope(c->api->access, c->arena, c->caller, &any);
    if (!s)
        qn_call_error(c, QN_ENOMEM, false);
    else if (!s->types)
        qn_call_denied(c, "make types");
    return s && s->types;
}

static void post(qn_call *c)
{
    json_t *definition = may_make(c) ? qn_call_json(c) : NULL;
    if (!definition) return;
    int err = qn_store_type_create(c->api->store, c->arena, c->caller->person, definition, made, c);
    if (err) qn_call_error(c, err, false);
}

int qn_api_types(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = {
        { QN_GET, "/v1/types", get_list, NULL, "", 0 },
        { QN_POST, "/v1/types", post, "application/json", "", 0 },
        { QN_GET, "/v1/types/{name}", get_one, NULL, "", 0 },
    };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
