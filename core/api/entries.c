/* /v1/{collection}: entries of any type. */
#include <limits.h>
#include <string.h>

#include "api/call.h"
#include "api/query.h"
#include "base/clock.h"

static const char write_types[] = "application/json";
static const char patch_types[] = "application/merge-patch+json,application/json";

static void entry_headers(qn_call *c, const qn_answer *a)
{
    char date[QN_HTTP_DATE_BYTES];
    if (a->etag.p) qn_res_header(c->req, "ETag", a->etag);
    if (a->modified_s > 0) {
        qn_http_date(date, a->modified_s);
        qn_res_header(c->req, "Last-Modified", qn_str_of(date));
    }
    qn_call_cache(c, a->valid_ms);
}

/* ---- read -------------------------------------------------------------------------------------------------------- */

static void moved(qn_call *c, const qn_answer *a)
{
    qn_str target = qn_req_link(c->req);
    qn_str_cut(&target, '?');
    const char *sep = target.n ? "?" : "";
    qn_res_headerf(c->req, "Location", "/v1/%s/%.*s%s%.*s", c->type->collection, QN_FMT(a->moved_to), sep,
                   QN_FMT(target));
    qn_call_cache(c, a->valid_ms);
    qn_reply(c->req, 308, NULL, NULL, 0);
}

static void got(void *ctx, const qn_answer *a)
{
    qn_call *c = ctx;
    if (a->err) {
        qn_call_refused(c, a);
    } else if (a->moved_to.p) {
        moved(c, a);
    } else {
        entry_headers(c, a);
        qn_call_data(c, 200, a->json);
    }
}

/* Its own life and that of what it refers to; where there is nothing, that any entry of the type might come to stand
 * there. */
static void got_live(void *ctx, const qn_answer *a)
{
    qn_call *c = ctx;
    if (a->apart) qn_res_apart(c->req, a->known);
    qn_str *reads = qn_arena_calloc(c->arena, a->nreads + 1, sizeof *reads);
    if (reads && a->err == QN_ENOTFOUND) {
        qn_call_keep(c, &(qn_call_reads){ .whole = true }, a->valid_ms);
        qn_call_cache(c, a->valid_ms);
    } else if (reads && !a->err) {
        reads[0] = a->id;
        for (size_t i = 0; i < a->nreads; i++) reads[i + 1] = a->reads[i];
        qn_call_keep(c, &(qn_call_reads){ .whole = a->preceded, .entries = reads, .nentries = a->nreads + 1 },
                     a->valid_ms);
    }
    got(ctx, a);
}

static void get_one(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    qn_view view;
    if (qn_call_view(c, &view, &faults) != QN_OK) {
        qn_call_faults(c, &faults);
        return;
    }
    int err = qn_store_get(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"), qn_call_locale(c),
                           view, view == QN_VIEW_LIVE ? got_live : got, c);
    if (err) qn_call_error(c, err, false);
}

static void get_list(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    qn_list_query q;
    qn_listing *l = qn_arena_alloc(c->arena, sizeof *l);
    int err = l ? qn_query_read(&q, c, &faults) : QN_ENOMEM;
    if (err == QN_EINVAL) {
        qn_call_faults(c, &faults);
        return;
    }
    if (!err) {
        *l = (qn_listing){ .c = c, .limit = q.limit, .kept = q.view == QN_VIEW_LIVE };
        err = qn_store_list(c->api->store, c->arena, c->scope, c->type, &q, qn_call_listed, l);
    }
    if (err) qn_call_error(c, err, false);
}

/* ---- write ------------------------------------------------------------------------------------------------------- */

static void created(void *ctx, const qn_answer *a)
{
    qn_call *c = ctx;
    if (a->err) {
        qn_call_refused(c, a);
        return;
    }
    entry_headers(c, a);
    qn_res_headerf(c->req, "Location", "/v1/%s/%.*s", c->type->collection, QN_FMT(a->id));
    qn_call_data(c, 201, a->json);
}

static void post_one(qn_call *c)
{
    if (!c->scope->create) {
        qn_call_denied(c, "create entries of this type");
        return;
    }
    json_t *input = qn_call_json(c);
    if (!input) return;
    int err = qn_store_create(c->api->store, c->arena, c->scope, c->type, input, false, NULL, created, c);
    if (err) qn_call_error(c, err, false);
}

static void change(qn_call *c, qn_draft_mode mode)
{
    int expect;
    if (c->scope->change == QN_REACH_NONE) {
        qn_call_denied(c, "change entries of this type");
        return;
    }
    if (qn_call_if_match(c, true, &expect) != QN_OK) return;
    json_t *input = qn_call_json(c);
    if (!input) return;
    int err = qn_store_change(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"), qn_call_locale(c),
                              mode, input, expect, got, c);
    if (err) qn_call_error(c, err, false);
}

static void patch_one(qn_call *c)
{
    change(c, QN_DRAFT_PATCH);
}

static void put_one(qn_call *c)
{
    change(c, QN_DRAFT_REPLACE);
}

static void deleted(void *ctx, const qn_answer *a)
{
    qn_call *c = ctx;
    if (a->err)
        qn_call_refused(c, a);
    else
        qn_reply(c->req, 204, NULL, NULL, 0);
}

static void delete_one(qn_call *c)
{
    int expect;
    qn_str s = qn_call_param(c, "purge");
    bool purge = qn_str_eqz(s, "true");
    if (s.p && !purge && !qn_str_eqz(s, "false")) {
        qn_faults faults = { .arena = c->arena };
        qn_fault_add(&faults, true, "?purge", "type", "true or false is wanted");
        qn_call_faults(c, &faults);
        return;
    }
    if (c->scope->remove == QN_REACH_NONE || (purge && !c->scope->purge)) {
        qn_call_denied(c, purge ? "erase entries for good" : "delete entries of this type");
        return;
    }
    if (qn_call_if_match(c, true, &expect) != QN_OK) return;
    int err = qn_store_delete(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"), qn_call_locale(c),
                              expect, purge, deleted, c);
    if (err) qn_call_error(c, err, false);
}

/* ---- transitions ------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *action, *note;
    int64_t at_us;
} transition;

enum { NOTE_MAX_BYTES = 2000 };

static void read_transition(transition *t, qn_call *c, const json_t *body, qn_faults *faults)
{
    qn_call_only(body, "action at note", faults);
    qn_str action = qn_call_string(body, "action", faults);
    qn_str at = qn_call_string(body, "at", faults);
    qn_str note = qn_call_string(body, "note", faults);
    t->at_us = INT64_MIN;
    if (!faults->n && !action.p)
        qn_fault_add(faults, false, "/action", "required", "say which transition: \"publish\" or \"unpublish\"");
    if (at.p && qn_rfc3339_parse(&t->at_us, at) != QN_OK)
        qn_fault_add(faults, false, "/at", "format", "a time of RFC 3339 is wanted, such as 2026-11-22T10:00:00Z");
    if (note.n > NOTE_MAX_BYTES)
        qn_fault_add(faults, false, "/note", "max", "at most %d bytes are taken", NOTE_MAX_BYTES);
    t->action = qn_str_dup(c->arena, action);
    t->note = note.p ? qn_str_dup(c->arena, note) : NULL;
}

static void post_transition(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    transition t = { 0 };
    int expect;
    if (c->scope->drafts == QN_REACH_NONE && c->scope->change == QN_REACH_NONE) {
        qn_call_denied(c, "change an entry's status");
        return;
    }
    if (qn_call_if_match(c, false, &expect) != QN_OK) return;
    json_t *body = qn_call_json(c);
    if (!body) return;
    read_transition(&t, c, body, &faults);
    if (faults.n) {
        qn_call_faults(c, &faults);
        return;
    }
    int err = qn_store_transition(c->api->store, c->arena, c->scope, c->type, qn_req_param(c->req, "id"),
                                  qn_call_locale(c), t.action, t.at_us, t.note, expect, got, c);
    if (err) qn_call_error(c, err, false);
}

int qn_api_entries(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = {
        { QN_GET, "/v1/{collection}", get_list, NULL, "limit after before sort version locale filter[",
          QN_CALL_TYPED | QN_CALL_KEPT },
        { QN_POST, "/v1/{collection}", post_one, write_types, "", QN_CALL_TYPED },
        { QN_GET, "/v1/{collection}/{id}", get_one, NULL, "version locale", QN_CALL_TYPED | QN_CALL_KEPT },
        { QN_PATCH, "/v1/{collection}/{id}", patch_one, patch_types, "locale", QN_CALL_TYPED },
        { QN_PUT, "/v1/{collection}/{id}", put_one, write_types, "locale", QN_CALL_TYPED },
        { QN_DELETE, "/v1/{collection}/{id}", delete_one, NULL, "locale purge", QN_CALL_TYPED },
        { QN_POST, "/v1/{collection}/{id}/transitions", post_transition, write_types, "locale", QN_CALL_TYPED },
    };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
