/* POST /v1/import of NDJSON, GET /v1/export: many entries at once, in bounded memory on either way. */
#include <string.h>

#include "api/call.h"
#include "base/log.h"
#include "base/spool.h"
#include "content/bulk.h"

static const char ndjson[] = "application/x-ndjson";

/* ---- import ------------------------------------------------------------------------------------------------------ */

enum {
    WRITE_BYTES = 32 * 1024,
    NAMED_MOST = 100 /* ids of what was made that somebody is told who sends the same import again */
};
/* Results past this say which line and which status, without more. */
static const uint64_t told_in_full_bytes = 256ULL << 20;

/* An import under way. Its results wait in a spool for the end of the body: before that most clients do not read. */
typedef struct {
    qn_call *c;
    qn_bulk *bulk;
    qn_spool spool;
    qn_buf line;
    qn_buf ids; /* of the first NAMED_MOST entries that were made */
    uint64_t lines, made;
    bool dry_run, failed;
    int err; /* of its end */
} import;

static void drop_import(void *ctx)
{
    import *i = ctx;
    qn_spool_free(&i->spool);
    qn_buf_free(&i->line);
    qn_buf_free(&i->ids);
}

static const qn_scope *scope_of(void *ctx, qn_arena *arena, const qn_type *type)
{
    const import *i = ctx;
    return qn_access_scope(i->c->api->access, arena, i->c->caller, type);
}

/* What a result means in HTTP. `text` holds a sentence where one has to be made. */
static qn_problem problem_of(const qn_bulk_result *r, char *text, size_t size)
{
    qn_problem p = { .status = 500, .type = "internal", .detail = "something went wrong here; the log has it" };
    switch (r->err) {
    case QN_EINVAL:
        p = (qn_problem){ .status = r->faults->shape ? 400 : 422,
                          .type = r->malformed       ? "malformed-json"
                                  : r->faults->shape ? "invalid-input"
                                                     : "validation",
                          .errors = r->faults->items,
                          .nerrors = r->faults->n };
        snprintf(text, size, "%zu faults: see errors", r->faults->n + r->faults->dropped);
        p.detail = r->faults->n == 1 ? r->faults->items[0].detail : text;
        break;
    case QN_EEXIST:
        snprintf(text, size, "the %s is taken by the entry %s", r->taken, r->taken_by);
        p = (qn_problem){ .status = 409, .type = "taken", .detail = text };
        break;
    case QN_EDENIED:
        p = (qn_problem){ .status = 403, .type = "forbidden", .detail = r->detail };
        break;
    case QN_ELIMIT:
        p = (qn_problem){ .status = 413,
                          .type = "payload-too-large",
                          .detail = "the line is longer than [server] max_body_bytes" };
        break;
    case QN_EBUSY:
    case QN_EUNAVAIL:
    case QN_ETIMEOUT:
        snprintf(text, size, "the database could not take it now%s",
                 r->maybe_done ? "; whether it did is not known: import the line again and see whether it is taken"
                               : "");
        p = (qn_problem){ .status = 503, .type = "unavailable", .detail = text };
        break;
    default:
        break;
    }
    return p;
}

static void write_problem(import *i, const qn_bulk_result *r)
{
    char text[200], pointer[16], extra[200];
    qn_problem p = problem_of(r, text, sizeof text);
    qn_fault taken = { pointer, "taken", text };
    if (qn_spool_bytes(&i->spool) > told_in_full_bytes) {
        qn_buf_printf(&i->line, "\"status\":%d,\"type\":\"/problems/%s\"}\n", p.status, p.type);
        return;
    }
    if (r->err == QN_EEXIST) {
        snprintf(pointer, sizeof pointer, "/%s", r->taken);
        /* Who has the slug is of the line's type; who has the id may be of another. */
        size_t n = (size_t)snprintf(extra, sizeof extra, "\"id\":\"%s\"", r->taken_by);
        if (r->taken[0] == 's')
            snprintf(extra + n, sizeof extra - n, ",\"location\":\"/v1/%s/%s\"", r->collection, r->taken_by);
        p.errors = &taken;
        p.nerrors = 1;
        p.extra = extra;
    }
    size_t at = i->line.n;
    qn_problem_write(&i->line, i->c->req, &p);
    if (!i->line.failed) { /* it goes on inside of the object that the line number began */
        memmove(i->line.p + at, i->line.p + at + 1, i->line.n - at - 1);
        i->line.n--;
    }
    qn_buf_addc(&i->line, '\n');
}

static void write_success(import *i, const qn_bulk_result *r)
{
    qn_buf_addz(&i->line, "\"status\":201");
    if (i->dry_run)
        qn_buf_addz(&i->line, ",\"dry_run\":true");
    else
        qn_buf_printf(&i->line, ",\"id\":\"%s\"", r->id);
    for (size_t k = 0; k < r->nmissing; k++) {
        qn_buf_addz(&i->line, k ? "," : ",\"missing\":[");
        qn_buf_json_str(&i->line, qn_str_of(r->missing[k]));
    }
    qn_buf_addz(&i->line, r->nmissing ? "]}\n" : "}\n");
}

static void count(import *i, const qn_bulk_result *r)
{
    i->lines++;
    if (r->err || i->dry_run) return;
    if (i->made++ < NAMED_MOST) qn_buf_printf(&i->ids, "%s\"%s\"", i->ids.n ? "," : "", r->id);
}

static void on_result(void *ctx, const qn_bulk_result *r)
{
    import *i = ctx;
    count(i, r);
    if (i->failed) return;
    qn_buf_clear(&i->line);
    qn_buf_printf(&i->line, "{\"line\":%llu,", (unsigned long long)r->line);
    if (r->err)
        write_problem(i, r);
    else
        write_success(i, r);
    i->failed = i->line.failed || qn_spool_add(&i->spool, qn_buf_str(&i->line)) != QN_OK;
    if (i->failed) qn_error("the results of an import cannot be kept: no memory or no room in data_dir");
}

static void on_room(void *ctx)
{
    const import *i = ctx;
    qn_req_body_resume(i->c->req);
}

static void on_more(qn_req *req, void *ctx)
{
    import *i = ctx;
    char bytes[WRITE_BYTES];
    size_t n = 0;
    bool room = true;
    while (room) {
        if (qn_spool_read(&n, &i->spool, bytes, sizeof bytes)) {
            qn_reply_abort(req);
            return;
        }
        if (!n) {
            qn_reply_end(req);
            return;
        }
        room = qn_reply_write(req, (qn_str){ bytes, n });
    }
}

static void answer(void *ctx)
{
    import *i = ctx;
    qn_req *req = i->c->req;
    if (i->err || i->failed) {
        qn_fail_req(req, 500, "internal",
                    "the import ended early, or what became of its lines could not be kept: export and compare");
        return;
    }
    qn_call_cache(i->c, 0);
    (void)qn_reply_begin(req, 200, ndjson, on_more, i);
}

/* What was only tried may be tried again. */
static void on_done(void *ctx, int err)
{
    import *i = ctx;
    i->err = err;
    const char *made = i->made ? qn_arena_printf(i->c->arena, "\"lines\":%llu,\"created\":%llu,\"ids\":[%.*s]",
                                                 (unsigned long long)i->lines, (unsigned long long)i->made,
                                                 QN_FMT(qn_buf_str(&i->ids)))
                               : NULL;
    qn_retry_end(i->c->retry, made, answer, i);
}

static void on_piece(qn_req *req, void *ctx, qn_str data)
{
    import *i = ctx;
    if (!qn_bulk_feed(i->bulk, data)) qn_req_body_pause(req);
}

static void on_end(qn_req *req, void *ctx)
{
    import *i = ctx;
    (void)req;
    qn_bulk_end(i->bulk);
}

/* The rights to import something at all; each line is looked at again. */
static bool may_import(qn_call *c, const qn_type *type)
{
    const qn_type *t = type;
    for (size_t n = 0; type ? n == 0 : (t = qn_types_at(c->types, n)) != NULL; n++) {
        const qn_scope *s = qn_access_scope(c->api->access, c->arena, c->caller, t);
        if (s && s->import) return true;
    }
    qn_call_denied(c, "import");
    return false;
}

static void take_body(void *ctx)
{
    static const qn_body_sink sink = { on_piece, on_end };
    import *i = ctx;
    qn_req_body_stream(i->c->req, &sink, i);
}

void qn_api_bulk_import(qn_call *c, const qn_type *type)
{
    qn_faults faults = { .arena = c->arena };
    qn_str dry = qn_call_param(c, "dry_run");
    if (dry.p && !qn_str_eqz(dry, "true") && !qn_str_eqz(dry, "false")) {
        qn_fault_add(&faults, true, "?dry_run", "type", "true or false is wanted");
        qn_call_faults(c, &faults);
        return;
    }
    if (!may_import(c, type)) return;
    import *i = qn_arena_calloc(c->arena, 1, sizeof *i);
    if (!i || qn_arena_defer(c->arena, drop_import, i)) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    i->c = c;
    i->dry_run = qn_str_eqz(dry, "true");
    qn_spool_init(&i->spool, c->api->data_dir);
    qn_buf_init(&i->line, 0);
    qn_buf_init(&i->ids, 0);
    qn_bulk_options o = { .store = c->api->store,
                          .type = type ? type->name : NULL,
                          .dry_run = i->dry_run,
                          .max_line_bytes = (size_t)qn_config_int(c->api->config, "server", "max_body_bytes"),
                          .scope = scope_of,
                          .result = on_result,
                          .room = on_room,
                          .done = on_done,
                          .ctx = i };
    if (qn_bulk_new(&i->bulk, c->arena, &o)) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    qn_retry_stream(c->retry, take_body, i);
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

enum { PAGE_BYTES = 128 * 1024 };

typedef struct {
    qn_call *c;
    qn_export *x;
    const char **types;
    bool begun;
} export;

static void on_page(void *ctx, const qn_export_page *p);

static void ask(export *e)
{
    int err = qn_export_next(e->x, PAGE_BYTES, on_page, e);
    if (!err) return;
    if (e->begun)
        qn_reply_abort(e->c->req);
    else
        qn_call_error(e->c, err, false);
}

static void on_taken(qn_req *req, void *ctx)
{
    (void)req;
    ask(ctx);
}

static void on_page(void *ctx, const qn_export_page *p)
{
    export *e = ctx;
    qn_req *req = e->c->req;
    if (p->err && !e->begun) {
        qn_call_error(e->c, p->err, false);
        return;
    }
    if (p->err) {
        qn_reply_abort(req);
        return;
    }
    if (!e->begun) {
        qn_call_cache(e->c, 0);
        if (qn_reply_begin(req, 200, ndjson, on_taken, e)) return;
        e->begun = true;
    }
    for (size_t i = 0; i < p->n; i++) {
        (void)qn_reply_write(req, p->lines[i]);
        (void)qn_reply_write(req, QN_STR("\n"));
    }
    if (p->last) qn_reply_end(req);
}

/* The types whose working copies are all the caller's to read; with ?type= only those that it names. False: it was
 * answered. */
static bool take_types(export *e, qn_faults *faults)
{
    qn_call *c = e->c;
    qn_str names = qn_call_param(c, "type"), rest = names;
    size_t n = 0, room = 0;
    while (qn_types_at(c->types, room)) room++;
    e->types = qn_arena_calloc(c->arena, room + 1, sizeof *e->types);
    if (!e->types) {
        qn_call_error(c, QN_ENOMEM, false);
        return false;
    }
    while (rest.p) {
        qn_str name = qn_str_cut(&rest, ',');
        if (!qn_types_by_name(c->types, name))
            qn_fault_add(faults, true, "?type", "unknown_type", "there is no type \"%.*s\"", QN_FMT(name));
    }
    const qn_type *t;
    for (size_t i = 0; (t = qn_types_at(c->types, i)); i++) {
        bool named = !names.p;
        for (rest = names; rest.p && !named;) named = qn_str_eqz(qn_str_cut(&rest, ','), t->name);
        const qn_scope *s = named ? qn_access_scope(c->api->access, c->arena, c->caller, t) : NULL;
        if (!named) continue;
        if (s && s->drafts == QN_REACH_ALL) {
            e->types[n++] = t->name;
        } else if (names.p && !faults->n) {
            qn_call_denied(c, "export entries of this type");
            return false;
        }
    }
    if (faults->n)
        qn_call_faults(c, faults);
    else if (!n)
        qn_call_denied(c, "export");
    return !faults->n && n;
}

static void get_export(qn_call *c)
{
    qn_faults faults = { .arena = c->arena };
    export *e = qn_arena_calloc(c->arena, 1, sizeof *e);
    if (!e) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    e->c = c;
    if (!take_types(e, &faults)) return;
    if (qn_export_new(&e->x, c->api->store, c->arena, e->types))
        qn_call_error(c, QN_ENOMEM, false);
    else
        ask(e);
}

int qn_api_bulk(qn_router *router, qn_api *api)
{
    static const qn_api_route routes[] = { { QN_GET, "/v1/export", get_export, NULL, "type", 0 } };
    return qn_call_routes(router, api, routes, sizeof routes / sizeof *routes);
}
