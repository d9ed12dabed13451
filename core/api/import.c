/* POST /v1/import: a news text in the wire layout becomes a draft; lines of NDJSON become entries (bulk.c). */
#include "api/call.h"
#include "content/wire.h"

static void drop_json(void *v)
{
    json_decref(v);
}

static void imported(void *ctx, const qn_answer *a)
{
    qn_call *c = ctx;
    if (a->err) {
        qn_call_refused(c, a);
        return;
    }
    qn_res_header(c->req, "ETag", a->etag);
    qn_call_cache(c, a->valid_ms);
    qn_res_headerf(c->req, "Location", "/v1/%s/%.*s", c->type->collection, QN_FMT(a->id));
    qn_call_data(c, 201, a->json);
}

/* The type comes by parameter here, not by path; lines of NDJSON may each say theirs. False: it was answered. */
static bool take_type(qn_call *c, bool lines)
{
    qn_faults faults = { .arena = c->arena };
    qn_str name = qn_call_param(c, "type");
    c->type = name.p ? qn_types_by_name(c->types, name) : NULL;
    if (!name.p && !lines)
        qn_fault_add(&faults, true, "?type", "required", "say what it becomes, as in /v1/import?type=article");
    else if (name.p && !c->type)
        qn_fault_add(&faults, true, "?type", "unknown_type", "there is no type \"%.*s\"", QN_FMT(name));
    if (!lines && qn_call_param(c, "dry_run").p)
        qn_fault_add(&faults, true, "?dry_run", "unknown_parameter",
                     "only an import of application/x-ndjson can be tried");
    if (faults.n) qn_call_faults(c, &faults);
    return !faults.n;
}

static bool may_import(qn_call *c)
{
    c->scope = qn_access_scope(c->api->access, c->arena, c->caller, c->type);
    if (!c->scope)
        qn_call_error(c, QN_ENOMEM, false);
    else if (!c->scope->import)
        qn_call_denied(c, "import");
    return c->scope && c->scope->import;
}

static void post_text(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    json_t *input = NULL;
    if (!may_import(c)) return;
    int err = qn_wire_parse(&input, qn_req_body(c->req), &faults);
    if (err == QN_EINVAL) {
        qn_call_faults(c, &faults);
        return;
    }
    if (!err && qn_arena_defer(c->arena, drop_json, input) != QN_OK) {
        json_decref(input);
        err = QN_ENOMEM;
    }
    if (!err) err = qn_store_create(c->api->store, c->arena, c->scope, c->type, input, true, "imported", imported, c);
    if (err) qn_call_error(c, err, false);
}

static void post(qn_call *c)
{
    bool lines = qn_req_body_streams(c->req);
    if (!take_type(c, lines)) return;
    if (lines)
        qn_api_bulk_import(c, c->type);
    else
        post_text(c);
}

int qn_api_import(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = { { QN_POST, "/v1/import", post, "text/plain,application/x-ndjson",
                                             "type dry_run", QN_CALL_LINES } };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
