#include "api/call.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "content/query.h"

typedef struct {
    qn_api *api;
    const qn_api_route *route;
} registered;

enum { JSON_DEPTH = 32 };

/* ---- before the resource's own work ------------------------------------------------------------------------------ */

static bool knows(const char *list, qn_str name)
{
    qn_str rest = qn_str_of(list);
    while (rest.n) {
        qn_str word = qn_str_cut(&rest, ' ');
        if (qn_str_eq(word, name)) return true;
        if (qn_str_ends(word, QN_STR("[")) && qn_str_starts(name, word)) return true;
    }
    return false;
}

int qn_call_check_params(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    const char *known = c->route->params ? c->route->params : "";
    for (size_t i = 0; i < c->nquery; i++) {
        qn_str name = c->query[i].name;
        const char *where = qn_arena_printf(c->arena, "?%.*s", QN_FMT(name));
        if (!knows(known, name)) {
            qn_fault_add(&faults, true, where, "unknown_parameter", "there is no such parameter here%s%s",
                         *known ? "; known are: " : "", known);
            continue;
        }
        qn_query_check(&faults, c->query, i, where);
    }
    if (!faults.n) return QN_OK;
    qn_call_faults(c, &faults);
    return QN_EINVAL;
}

static void drop_types(void *types)
{
    qn_types *t = types;
    qn_types_unref(&t);
}

/* 404 for a collection that is not there comes before everything that depends on one. */
static int find_type(qn_call *c, int stale)
{
    qn_types *types = qn_store_types(c->api->store);
    if (!types) {
        qn_call_error(c, QN_EUNAVAIL, false);
        return QN_EUNAVAIL;
    }
    c->types = qn_types_ref(types);
    if (qn_arena_defer(c->arena, drop_types, c->types) != QN_OK) {
        qn_types_unref(&types);
        qn_call_error(c, QN_ENOMEM, false);
        return QN_ENOMEM;
    }
    if (!(c->route->flags & QN_CALL_TYPED)) return QN_OK;
    qn_str name = qn_req_param(c->req, "collection");
    c->type = qn_types_by_collection(c->types, name);
    if (!c->type && stale) {
        qn_call_error(c, stale, false);
        return stale;
    }
    if (!c->type) {
        qn_fail_req(c->req, 404, "not-found", "there is no collection \"%.*s\"", QN_FMT(name));
        return QN_ENOTFOUND;
    }
    return QN_OK;
}

/* The types are as present as they can be had: without the database those that are known serve. */
static void typed(void *ctx, int stale)
{
    qn_call *c = ctx;
    if (find_type(c, stale) != QN_OK) return;
    if (c->type) {
        c->scope = qn_access_scope(c->api->access, c->arena, c->caller, c->type);
        if (!c->scope) {
            qn_call_error(c, QN_ENOMEM, false);
            return;
        }
    }
    if (qn_call_check_params(c) == QN_OK) c->route->fn(c);
}

/* The caller is known; what is left may have been answered already. */
static void go_on(qn_req *req, void *ctx)
{
    qn_call *c = ctx;
    (void)req;
    int err = qn_store_types_wait(c->api->store, c->arena, typed, c);
    if (err) qn_call_error(c, err, false);
}

qn_str qn_api_rights(void *ctx, qn_req *req)
{
    const qn_api *api = ctx;
    const char *who = NULL;
    qn_str authorization = qn_req_header(req, "authorization");
    qn_str rights = qn_access_rights_of(api->access, authorization, &who);
    if (rights.p) qn_req_log_caller(req, authorization.p ? qn_arena_strdup(qn_req_arena(req), who) : who);
    return rights;
}

static void identified(void *ctx, int err, const qn_caller *caller, const char *why)
{
    qn_call *c = ctx;
    if (err == QN_EDENIED) {
        qn_res_header(c->req, "WWW-Authenticate", QN_STR("Bearer realm=\"quoin\", error=\"invalid_token\""));
        qn_fail_req(c->req, 401, "unauthorized", "the credential in Authorization is not good: %s",
                    why ? why : "refused");
        return;
    }
    if (err) {
        qn_call_error(c, err, false);
        return;
    }
    qn_caller *mine = qn_arena_alloc(c->arena, sizeof *mine);
    if (!mine) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    *mine = *caller;
    mine->request = qn_req_id(c->req);
    c->caller = mine;
    qn_req_log_caller(c->req, caller->token ? caller->token : caller->role);
    if ((c->route->flags & QN_CALL_KEPT) && !qn_call_param(c, "version").p) { /* working copies are not kept */
        qn_str rights = qn_access_rights(c->api->access, c->arena, caller->role);
        if (rights.p && qn_req_from_cache(c->req, rights, go_on, c)) return;
    }
    const qn_retry_work work = { .go_on = go_on, .ctx = c };
    qn_retry_begin(&c->retry, c->api->access, c->req, mine, &work);
}

static void handle(qn_req *req, void *ctx)
{
    const registered *r = ctx;
    qn_arena *arena = qn_req_arena(req);
    qn_call *c = qn_arena_calloc(arena, 1, sizeof *c);
    if (!c) {
        qn_fail_req(req, 500, "internal", "out of memory");
        return;
    }
    c->req = req;
    c->api = r->api;
    c->route = r->route;
    c->arena = arena;
    c->query = qn_req_query(req, &c->nquery);
    qn_access_identify(c->api->access, arena, qn_req_header(req, "authorization"), identified, c);
}

int qn_call_routes(qn_router *router, qn_api *api, const qn_api_route *routes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        registered *r = malloc(sizeof *r);
        if (!r) return QN_ENOMEM;
        *r = (registered){ api, &routes[i] };
        qn_route route = { .methods = routes[i].methods,
                           .pattern = routes[i].pattern,
                           .fn = handle,
                           .ctx = r,
                           .accepts = routes[i].accepts,
                           .streams = routes[i].flags & QN_CALL_LINES ? "application/x-ndjson" : NULL };
        int err = qn_router_add(router, &route);
        if (!err) err = qn_router_own(router, r);
        if (err) {
            free(r);
            return err;
        }
    }
    return QN_OK;
}

/* ---- parameters -------------------------------------------------------------------------------------------------- */

qn_str qn_call_param(const qn_call *c, const char *name)
{
    for (size_t i = 0; i < c->nquery; i++)
        if (qn_str_eqz(c->query[i].name, name)) return c->query[i].value;
    return (qn_str){ 0 };
}

int qn_call_limit(const qn_call *c, unsigned *limit, qn_faults *faults)
{
    qn_str s = qn_call_param(c, "limit");
    uint64_t n = 20;
    if (s.p && qn_str_u64(&n, s, 1, 200) != QN_OK) {
        qn_fault_add(faults, true, "?limit", "range", "a whole number from 1 to 200 is wanted");
        return QN_EINVAL;
    }
    *limit = (unsigned)n;
    return QN_OK;
}

const char *qn_call_locale(const qn_call *c)
{
    qn_str s = qn_call_param(c, "locale");
    return s.p ? qn_str_dup(c->arena, s) : NULL;
}

int qn_call_view(const qn_call *c, qn_view *view, qn_faults *faults)
{
    qn_str s = qn_call_param(c, "version");
    if (s.p && !qn_str_eqz(s, "draft")) {
        qn_fault_add(faults, true, "?version", "enum",
                     "\"draft\" is the only value: without the parameter you get what is published");
        return QN_EINVAL;
    }
    *view = s.p ? QN_VIEW_DRAFT : QN_VIEW_LIVE;
    return QN_OK;
}

/* ---- the body ---------------------------------------------------------------------------------------------------- */

static void drop_json(void *v)
{
    json_decref(v);
}

json_t *qn_call_json(qn_call *c)
{
    qn_json_limits limits = { .max_depth = JSON_DEPTH };
    qn_json_fault fault = { 0 };
    json_t *v = NULL;
    int err = qn_json_parse(&v, qn_req_body(c->req), &limits, &fault);
    if (err == QN_EINVAL) {
        char *detail = qn_arena_printf(c->arena, "%s (line %zu, column %zu)", fault.detail, fault.line, fault.column);
        qn_fault one = { fault.pointer, fault.code, detail ? detail : fault.detail };
        qn_problem p = { .status = 400, .type = "malformed-json", .detail = one.detail, .errors = &one, .nerrors = 1 };
        qn_reply_problem(c->req, &p);
        return NULL;
    }
    if (!err && qn_arena_defer(c->arena, drop_json, v) != QN_OK) {
        json_decref(v);
        err = QN_ENOMEM;
    }
    if (err) {
        qn_call_error(c, err, false);
        return NULL;
    }
    return v;
}

static const char *pointer_to(qn_arena *arena, const char *member)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_json_pointer_add(&b, qn_str_of(member));
    const char *p = b.failed ? "" : qn_str_dup(arena, qn_buf_str(&b));
    qn_buf_free(&b);
    return p ? p : "";
}

void qn_call_only(const json_t *object, const char *known, qn_faults *faults)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object)) {
        qn_fault_add(faults, true, "", "type", "an object is wanted");
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (!knows(known, qn_str_of(key)))
            qn_fault_add(faults, true, pointer_to(faults->arena, key), "unknown_member",
                         "there is no such member; known are: %s", known);
    }
}

qn_str qn_call_string(const json_t *object, const char *name, qn_faults *faults)
{
    const json_t *v = json_object_get(object, name);
    if (!v || json_is_null(v)) return (qn_str){ 0 };
    if (!json_is_string(v)) {
        qn_fault_add(faults, true, pointer_to(faults->arena, name), "type", "a string is wanted");
        return (qn_str){ 0 };
    }
    return (qn_str){ json_string_value(v), json_string_length(v) };
}

/* ---- If-Match ---------------------------------------------------------------------------------------------------- */

/* "d7" (a draft's) or "p7-…" (a published one's) → 7; -1 for what cannot be ours. */
static int version_of(qn_str tag)
{
    uint64_t n;
    if (tag.n < 2 || (tag.p[0] != 'd' && tag.p[0] != 'p')) return -1;
    qn_str rest = { tag.p + 1, tag.n - 1 };
    qn_str number = tag.p[0] == 'p' ? qn_str_cut(&rest, '-') : rest;
    return qn_str_u64(&n, number, 1, INT32_MAX) == QN_OK ? (int)n : -1;
}

int qn_call_if_match(qn_call *c, bool required, int *expect)
{
    qn_str header = qn_req_header(c->req, "if-match");
    if (!header.p) {
        if (required) {
            qn_fail_req(c->req, 428, "precondition-required",
                        "send If-Match with the draft's ETag, as POST, PATCH and ?version=draft return it, or \"*\" to "
                        "overwrite what is there");
            return QN_EINVAL;
        }
        *expect = 0;
        return QN_OK;
    }
    header = qn_str_trim(header);
    if (qn_str_eqz(header, "*")) {
        *expect = 0;
        return QN_OK;
    }
    bool weak, any = false;
    int best = -1;
    for (qn_str tag; (tag = qn_etag_next(&header, &weak)).p;) {
        any = true;
        /* If-Match compares strongly (RFC 9110 13.1.1): a weak tag matches nothing. */
        int v = weak ? -1 : version_of(tag);
        if (v > best) best = v;
    }
    if (!any) {
        qn_fault f = { "If-Match", "format", "entity tags in double quotes, separated by commas, or * are wanted" };
        qn_problem p = { .status = 400, .detail = f.detail, .errors = &f, .nerrors = 1 };
        qn_reply_problem(c->req, &p);
        return QN_EINVAL;
    }
    *expect = best;
    return QN_OK;
}
