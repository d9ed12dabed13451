/* Computed fields: in the save, stored beside the revision; and at a read, where they are not there or were computed by
 * another version. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/uuid.h"
#include "plugin/host.h"

enum { SLOW_MS = 50, FIELDS_MAX = 16 };

static const qn_stmt read_stmt = {
    "plugin_derived_read",
    "select f.field, d.value::text, case when d.value is null then quoin.draft_doc($1::uuid, $2::int) end"
    " from unnest($3::text[], $4::text[]) f(field, by)"
    " left join quoin.derived d on d.entry = $1::uuid and d.version = $2::int and d.field = f.field and d.by = f.by"
};
static const qn_stmt put_stmt = { "plugin_derived_put", "select quoin.derived_put($1::uuid, $2::int, $3::json)" };

/* ---- computing -------------------------------------------------------------------------------------------------- */

static const char *by_of(qn_arena *a, const qn_registered *r)
{
    return qn_arena_printf(a, "%s %s", r->plugin->name, r->plugin->desc.version);
}

/* Calls the plugin. The value is borrowed from `c`, which must last as long as it is needed; NULL: it could not. */
static json_t *compute(qn_pcall *c, const json_t *entry)
{
    const qn_registered *r = c->reg;
    qn_frame f;
    qn_json *value = NULL;
    int64_t begun = qn_mono_us();
    if (r->plugin->phase != QN_PLUGIN_READY || !qn_enter(&f, r->plugin, r->place, c->request)) return NULL;
    int rc = r->u.derive.fn(qn_pcall_handle(c), (const qn_json *)entry, &value, r->u.derive.ctx);
    qn_leave(&f);
    int64_t took_ms = (qn_mono_us() - begun) / 1000;
    if (took_ms > SLOW_MS)
        qn_log(QN_LOG_WARN, c->request, "plugin %s: %s took %lld ms, during which this process did nothing else",
               r->plugin->name, r->place, (long long)took_ms);
    if (!rc && value) return qn_value(value);
    qn_log(QN_LOG_WARN, c->request, "plugin %s: %s gives nothing: %s", r->plugin->name, r->place,
           rc ? qn_strerror(rc) : "it set no value");
    return NULL;
}

static json_t *row_of(qn_arena *a, const qn_registered *r, json_t *value)
{
    return json_pack("{s:s,s:s?,s:O}", "field", r->u.derive.field, "by", by_of(a, r), "value", value);
}

json_t *qn_derive_all(qn_host *h, qn_arena *arena, const char *type, const json_t *entry, const qn_caller *caller,
                      const char *request)
{
    json_t *rows = NULL;
    for (size_t i = 0; i < h->derive.n; i++) {
        const qn_registered *r = h->derive.items[i];
        if (strcmp(r->u.derive.type, type)) continue;
        qn_pcall *c = qn_pcall_new(arena, QN_CALL_DERIVE, r);
        if (!c) return rows;
        c->caller = caller;
        c->request = request;
        json_t *value = compute(c, entry);
        if (value && !rows) rows = json_array();
        if (value) json_array_append_new(rows, row_of(arena, r, value));
        qn_pcall_end(c);
    }
    return rows;
}

/* ---- at a read -------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_pcall *call;
    const char *type;
    const char *id, *version;
    const qn_registered *fields[FIELDS_MAX];
    size_t n;
    void (*fn)(void *ctx, int err, qn_json *values);
    void *ctx;
} reading;

/* A store under way, in an arena of its own: the request that computed it does not wait. */
struct qn_derive_put {
    qn_host *host;
    qn_arena *arena;
    struct qn_derive_put *prev, *next;
};

static void put_end(struct qn_derive_put *p)
{
    *(p->prev ? &p->prev->next : &p->host->puts) = p->next;
    if (p->next) p->next->prev = p->prev;
    qn_arena *a = p->arena;
    qn_arena_free(&a);
}

/* Nobody waits for it: what is not stored now is computed at the next read. */
static void was_put(void *ctx, const qn_db_result *r)
{
    if (r->err) qn_debug("computed fields could not be stored: %s", r->message ? r->message : qn_strerror(r->err));
    put_end(ctx);
}

static void store(qn_host *h, const reading *d, json_t *rows)
{
    qn_arena *a = qn_arena_new(0);
    struct qn_derive_put *p = a ? qn_arena_alloc(a, sizeof *p) : NULL;
    char *text = json_dumps(rows, JSON_COMPACT);
    if (!p || !text) {
        qn_arena_free(&a);
        free(text);
        return;
    }
    *p = (struct qn_derive_put){ .host = h, .arena = a, .next = h->puts };
    if (h->puts) h->puts->prev = p;
    h->puts = p;
    qn_str params[] = { qn_str_of(d->id), qn_str_of(d->version), qn_str_of(text) };
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &put_stmt, .params = params, .nparams = 3 };
    if (qn_db_call(h->env.db, a, &q, was_put, p)) put_end(p);
    free(text);
}

void qn_derive_drop(qn_host *h)
{
    while (h->puts) put_end(h->puts);
}

/* Computes field number `i` from the text of a draft. */
static json_t *compute_late(const reading *d, const qn_registered *r, qn_str text)
{
    json_t *entry = NULL, *kept = NULL;
    qn_json_limits limits = { 0 };
    qn_json_fault fault;
    qn_pcall *c = qn_pcall_within(d->call, QN_CALL_DERIVE, r);
    if (!c) return NULL;
    if (text.p && qn_json_parse(&entry, text, &limits, &fault) == QN_OK) {
        json_t *value = compute(c, entry);
        kept = value ? json_incref(value) : NULL;
    }
    json_decref(entry);
    qn_pcall_end(c);
    return kept;
}

static void was_read(void *ctx, const qn_db_result *r)
{
    reading *d = ctx;
    qn_pcall *c = d->call;
    if (c->ending) return; /* it ended before its arena did */
    json_t *values = json_object(), *rows = json_array();
    for (int row = 0; !r->err && row < r->rows; row++) {
        qn_str name = qn_db_value(r, row, 0), stored = qn_db_value(r, row, 1);
        json_t *value = NULL;
        qn_json_limits limits = { 0 };
        qn_json_fault fault;
        const qn_registered *by = NULL;
        for (size_t i = 0; i < d->n; i++)
            if (qn_str_eqz(name, d->fields[i]->u.derive.field)) by = d->fields[i];
        if (!by) continue;
        if (stored.p)
            (void)qn_json_parse(&value, stored, &limits, &fault);
        else
            value = compute_late(d, by, qn_db_value(r, row, 2));
        if (value && !stored.p) json_array_append_new(rows, row_of(c->arena, by, value));
        if (value) json_object_set_new(values, by->u.derive.field, value);
    }
    if (json_array_size(rows)) store(c->plugin->host, d, rows);
    json_decref(rows);
    qn_json *told = qn_value_own(c, values);
    d->fn(d->ctx, r->err, told);
}

static const qn_registered *find(const qn_host *h, const char *type, qn_str field)
{
    for (size_t i = 0; i < h->derive.n; i++) {
        const qn_registered *r = h->derive.items[i];
        if (qn_str_eqz(field, r->u.derive.field) && !strcmp(type, r->u.derive.type)) return r;
    }
    return NULL;
}

int qn_derived_read(qn_pcall *c, const char *type, qn_str id, int64_t version, const char *fields,
                    void (*fn)(void *ctx, int err, qn_json *values), void *ctx)
{
    qn_host *h = c->plugin->host;
    reading *d = qn_arena_calloc(c->arena, 1, sizeof *d);
    const char *names = "{", *bys = "{"; /* of words that need no quotes, but for the blank */
    if (!d) return QN_ENOMEM;
    for (qn_str rest = qn_str_of(fields); rest.n;) {
        const qn_registered *r = find(h, type, qn_str_cut(&rest, ' '));
        if (!r || d->n == FIELDS_MAX) return QN_EINVAL;
        names = names ? qn_arena_printf(c->arena, "%s%s%s", names, d->n ? "," : "", r->u.derive.field) : NULL;
        bys = bys ? qn_arena_printf(c->arena, "%s%s\"%s\"", bys, d->n ? "," : "", by_of(c->arena, r)) : NULL;
        d->fields[d->n++] = r;
    }
    names = names ? qn_arena_printf(c->arena, "%s}", names) : NULL;
    bys = bys ? qn_arena_printf(c->arena, "%s}", bys) : NULL;
    d->call = c;
    d->type = type;
    d->fn = fn;
    d->ctx = ctx;
    d->id = qn_str_dup(c->arena, id);
    d->version = qn_arena_printf(c->arena, "%lld", (long long)version);
    if (!names || !bys || !d->id || !d->version) return QN_ENOMEM;
    qn_str params[] = { qn_str_of(d->id), qn_str_of(d->version), qn_str_of(names), qn_str_of(bys) };
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &read_stmt, .params = params, .nparams = 4 };
    return qn_db_call(h->env.db, c->arena, &q, was_read, d);
}

/* ---- asked for by a plugin -------------------------------------------------------------------------------------- */

typedef void (*derived_fn)(qn_call *call, int err, const qn_json *values, void *ctx);

typedef struct {
    qn_wait wait; /* first */
    derived_fn fn;
    void *ctx;
    bool over;
} question;

static void derived_canceled(qn_wait *w)
{
    question *q = (question *)w;
    qn_frame f;
    q->over = true;
    if (!qn_enter(&f, w->call->plugin, w->call->reg->place, w->call->request)) return;
    q->fn(qn_pcall_handle(w->call), QN_ECANCELED, NULL, q->ctx);
    qn_leave(&f);
}

static void got_derived(void *ctx, int err, qn_json *values)
{
    question *q = ctx;
    if (q->over) return;
    qn_pcall *c = q->wait.call;
    qn_frame f;
    qn_wait_done(&q->wait);
    if (!qn_reenter(&f, c)) return;
    q->fn(qn_pcall_handle(c), err, err ? NULL : values, q->ctx);
    qn_leave(&f);
}

/* Of working copies, too: for those who may read them all. */
static int may_derive(qn_pcall *c, const char *type_name)
{
    if (!(c->plugin->desc.needs & QN_CAP_CONTENT)) return QN_EDENIED;
    const qn_types *types = qn_pcall_types(c);
    if (!types) return QN_EUNAVAIL;
    const qn_type *type = type_name ? qn_types_by_name(types, qn_str_of(type_name)) : NULL;
    if (!type) return QN_EINVAL;
    const qn_scope *scope = qn_pcall_scope(c, type);
    if (!scope) return QN_ENOMEM;
    return scope->drafts == QN_REACH_ALL ? QN_OK : QN_EDENIED;
}

static int content_derived(qn_call *handle, const char *type, qn_str id, int64_t version, const char *fields,
                           derived_fn fn, void *ctx)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || !c->plugin->host->env.db) return QN_ESTATE;
    if (!fn || !fields || !qn_is_uuid(id) || version < 1 || version > INT32_MAX) return QN_EINVAL;
    int rc = may_derive(c, type);
    if (rc) return rc;
    question *q = qn_arena_calloc(c->arena, 1, sizeof *q);
    if (!q) return QN_ENOMEM;
    q->fn = fn;
    q->ctx = ctx;
    qn_wait_add(&q->wait, c, derived_canceled);
    rc = qn_derived_read(c, type, id, version, fields, got_derived, q);
    if (rc) qn_wait_done(&q->wait);
    return rc;
}

void qn_fill_derive(qn_api *t)
{
    t->content_derived = content_derived;
}
