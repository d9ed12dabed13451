/* /healthz, /readyz and /problems: what machines and puzzled people ask. */
#include <string.h>

#include "api/api.h"
#include "api/call.h"
#include "base/buf.h"

/* These ask for no caller, so that they answer whatever is away; they know no parameter. False: it was answered. */
static bool has_no_params(qn_req *req)
{
    static const qn_api_route none = { .params = "" };
    qn_call c = { .req = req, .route = &none, .arena = qn_req_arena(req) };
    c.query = qn_req_query(req, &c.nquery);
    return qn_call_check_params(&c) == QN_OK;
}

static void healthz(qn_req *req, void *ctx)
{
    (void)ctx;
    if (!has_no_params(req)) return;
    qn_res_header(req, "Cache-Control", QN_STR("no-store"));
    qn_reply_json(req, 200, QN_STR("{\"data\":{\"status\":\"ok\"}}\n"));
}

static const qn_stmt ready_stmt = { "api_ready", "select 1 from migration limit 1" };

static void ready(void *ctx, const qn_db_result *r)
{
    qn_req *req = ctx;
    qn_res_header(req, "Cache-Control", QN_STR("no-store"));
    if (r->err == QN_OK && r->rows == 1) {
        qn_reply_json(req, 200, QN_STR("{\"data\":{\"status\":\"ready\"}}\n"));
        return;
    }
    qn_res_header(req, "Retry-After", QN_STR("1"));
    qn_fail_req(req, 503, "unavailable", "%s", r->err ? "the database is away" : "the schema has not been made");
}

static void readyz(qn_req *req, void *ctx)
{
    const qn_api *api = ctx;
    if (!has_no_params(req)) return;
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &ready_stmt };
    bool loaded = qn_store_types(api->store) && qn_access_ready(api->access) && qn_db_ready(api->db);
    if (loaded && qn_db_call(api->db, qn_req_arena(req), &q, ready, req) == QN_OK) return;
    qn_res_header(req, "Cache-Control", QN_STR("no-store"));
    qn_res_header(req, "Retry-After", QN_STR("1"));
    qn_fail_req(req, 503, "unavailable", "the database is away");
}

/* A problem's type is a path that can be requested. */
static void problem(qn_req *req, void *ctx)
{
    (void)ctx;
    if (!has_no_params(req)) return;
    const char *title, *text, *name = qn_str_dup(qn_req_arena(req), qn_req_param(req, "name"));
    if (!name || !qn_problem_text(name, &title, &text)) {
        qn_fail_req(req, 404, "not-found", "there is no problem type of that name");
        return;
    }
    char *body = qn_arena_printf(qn_req_arena(req), "%s\n\n%s\n", title, text);
    if (!body) {
        qn_fail_req(req, 500, "internal", "out of memory");
        return;
    }
    const struct iovec part = { body, strlen(body) };
    qn_res_header(req, "Cache-Control", QN_STR("public, max-age=3600"));
    qn_reply(req, 200, "text/plain; charset=utf-8", &part, 1);
}

int qn_api_health(qn_router *router, qn_api *api)
{
    const qn_route routes[] = { { .methods = QN_GET, .pattern = "/healthz", .fn = healthz, .ctx = api },
                                { .methods = QN_GET, .pattern = "/readyz", .fn = readyz, .ctx = api },
                                { .methods = QN_GET, .pattern = "/problems/{name}", .fn = problem, .ctx = api } };
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        int err = qn_router_add(router, &routes[i]);
        if (err) return err;
    }
    return QN_OK;
}
