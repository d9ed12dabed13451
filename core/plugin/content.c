/* Content for plugins: entries with the rights of whom a call is done for. */
#include <string.h>

#include "plugin/host.h"

enum { CONDITIONS_MAX = 100, VALUES_MAX = 100, SORTS_MAX = 4, LIMIT = 20, LIMIT_MAX = 200 };

typedef void (*entry_fn)(qn_call *call, int err, const qn_entry *entry, void *ctx);
typedef void (*entries_fn)(qn_call *call, int err, const qn_entries *page, void *ctx);

struct qn_entry {
    qn_wait wait; /* first */
    entry_fn fn;
    void *ctx;
    bool over;
    const char *type, *fields; /* computed fields asked for, or NULL */
    qn_str id, moved_to, etag;
    int64_t version, valid_ms;
    qn_json *json, *derived;
};

struct qn_entries {
    qn_wait wait; /* first */
    entries_fn fn;
    void *ctx;
    bool over;
    qn_str next, prev;
    int64_t valid_ms;
    qn_json *json;
};

/* ---- shared ----------------------------------------------------------------------------------------------------- */

static void drop_types(void *types)
{
    qn_types *t = types;
    qn_types_unref(&t);
}

const qn_types *qn_pcall_types(qn_pcall *c)
{
    qn_store *store = c->plugin->host->env.store;
    qn_types *types = store ? qn_store_types(store) : NULL;
    if (!types) return NULL;
    qn_types *kept = qn_types_ref(types);
    if (qn_arena_defer(c->arena, drop_types, kept) == QN_OK) return types;
    qn_types_unref(&kept);
    return NULL;
}

/* It answers a reader. Whoever follows changes, or writes because of what is read, may have heard of them before the
 * node has, and keeps what it made of them. */
static bool only_shows(const qn_pcall *c)
{
    return c->kind == QN_CALL_ROUTE && c->req && qn_req_method(c->req) & (QN_GET | QN_HEAD);
}

static const qn_scope *current(qn_arena *a, const qn_scope *s)
{
    qn_scope *copy = qn_arena_alloc(a, sizeof *copy);
    if (!copy) return NULL;
    *copy = *s;
    copy->current = true;
    return copy;
}

/* What both calls need: the type and the caller's rights on it. */
static int prepare(const qn_type **type, const qn_scope **scope, qn_pcall *c, const char *name)
{
    if (!c->plugin->host->env.store) return QN_ESTATE;
    if (!(c->plugin->desc.needs & QN_CAP_CONTENT)) {
        qn_warn("plugin %s: reading content in %s is refused: `needs` in QN_PLUGIN(…) lacks QN_CAP_CONTENT",
                c->plugin->name, c->reg->place);
        return QN_EDENIED;
    }
    const qn_types *types = qn_pcall_types(c);
    if (!types) return QN_EUNAVAIL;
    *type = name ? qn_types_by_name(types, qn_str_of(name)) : NULL;
    if (!*type) return QN_EINVAL;
    *scope = qn_pcall_scope(c, *type);
    if (*scope && !only_shows(c)) *scope = current(c->arena, *scope);
    return *scope ? QN_OK : QN_ENOMEM;
}

static qn_json *parse(qn_pcall *c, qn_str text)
{
    json_t *v = NULL;
    qn_json_limits limits = { 0 };
    qn_json_fault fault;
    return text.p && qn_json_parse(&v, text, &limits, &fault) == QN_OK ? qn_value_own(c, v) : NULL;
}

static void log_faults(const qn_pcall *c, const qn_faults *faults)
{
    for (size_t i = 0; faults && i < faults->n; i++)
        qn_log(QN_LOG_WARN, c->request, "plugin %s: %s: %s %s", c->plugin->name, c->reg->place,
               faults->items[i].pointer, faults->items[i].detail);
}

/* ---- one entry -------------------------------------------------------------------------------------------------- */

static void tell_entry(qn_entry *e, int err, bool with)
{
    qn_pcall *c = e->wait.call;
    qn_frame f;
    qn_wait_done(&e->wait);
    if (!qn_reenter(&f, c)) return;
    e->fn(qn_pcall_handle(c), err, with ? e : NULL, e->ctx);
    qn_leave(&f);
}

static void entry_canceled(qn_wait *w)
{
    qn_entry *e = (qn_entry *)w;
    qn_frame f;
    e->over = true;
    if (!qn_enter(&f, w->call->plugin, w->call->reg->place, w->call->request)) return;
    e->fn(qn_pcall_handle(w->call), QN_ECANCELED, NULL, e->ctx);
    qn_leave(&f);
}

static void got_derived(void *ctx, int err, qn_json *values)
{
    qn_entry *e = ctx;
    if (e->over) return;
    e->derived = values;
    tell_entry(e, err, !err);
}

static void got_entry(void *ctx, const qn_answer *a)
{
    qn_entry *e = ctx;
    if (e->over) return;
    qn_pcall *c = e->wait.call;
    if (a->apart && c->req) qn_res_apart(c->req, a->known);
    e->id = a->id;
    e->moved_to = a->moved_to;
    e->etag = a->etag;
    e->version = a->version;
    e->valid_ms = a->valid_ms;
    if (a->preceded) c->preceded = e->type;
    if (a->err == QN_EINVAL) log_faults(c, a->faults);
    if (a->err) {
        tell_entry(e, a->err == QN_EDENIED ? QN_ENOTFOUND : a->err, false);
        return;
    }
    if (a->moved_to.p) {
        tell_entry(e, QN_ENOTFOUND, true);
        return;
    }
    e->json = parse(c, a->json);
    if (!e->json) {
        tell_entry(e, QN_ENOMEM, false);
        return;
    }
    int rc = e->fields ? qn_derived_read(c, e->type, e->id, e->version, e->fields, got_derived, e) : QN_OK;
    if (!e->fields || rc) tell_entry(e, rc, !rc);
}

/* Every name in `fields` is computed by somebody. */
static bool are_derived(const qn_host *h, const char *type, const char *fields)
{
    qn_str rest = qn_str_of(fields);
    while (rest.n) {
        qn_str name = qn_str_cut(&rest, ' ');
        size_t i = 0;
        while (i < h->derive.n && !(qn_str_eqz(name, h->derive.items[i]->u.derive.field) &&
                                    !strcmp(type, h->derive.items[i]->u.derive.type)))
            i++;
        if (i == h->derive.n) return false;
    }
    return true;
}

static int content_get(qn_call *handle, const qn_get_spec *theirs, entry_fn fn, void *ctx)
{
    qn_get_spec spec;
    qn_pcall *c = qn_pcall_of(handle);
    const qn_type *type;
    const qn_scope *scope;
    if (!c || c->ending) return QN_ESTATE;
    if (!QN_SPEC_TAKE(spec, theirs, derived) || !fn || !spec.ref.n || spec.view > QN_DRAFT_VIEW) return QN_EINVAL;
    int rc = prepare(&type, &scope, c, spec.type);
    if (rc) return rc;
    if (spec.derived && !are_derived(c->plugin->host, type->name, spec.derived)) return QN_EINVAL;
    qn_entry *e = qn_arena_calloc(c->arena, 1, sizeof *e);
    char *ref = qn_arena_strndup(c->arena, spec.ref.p, spec.ref.n);
    if (!e || !ref) return QN_ENOMEM;
    e->fn = fn;
    e->ctx = ctx;
    e->type = type->name;
    e->fields = spec.derived ? qn_arena_strdup(c->arena, spec.derived) : NULL;
    const char *locale = spec.locale ? qn_arena_strdup(c->arena, spec.locale) : NULL;
    qn_wait_add(&e->wait, c, entry_canceled);
    rc = qn_store_get(c->plugin->host->env.store, c->arena, scope, type, (qn_str){ ref, spec.ref.n }, locale,
                      spec.view == QN_DRAFT_VIEW ? QN_VIEW_DRAFT : QN_VIEW_LIVE, got_entry, e);
    if (rc) qn_wait_done(&e->wait);
    return rc;
}

static qn_json *entry_json(const qn_entry *e)
{
    return e ? e->json : NULL;
}

static qn_json *entry_derived(const qn_entry *e, const char *field)
{
    return e && e->derived && field ? (qn_json *)json_object_get(qn_value(e->derived), field) : NULL;
}

static qn_str entry_id(const qn_entry *e)
{
    return e ? e->id : (qn_str){ 0 };
}

static qn_str entry_moved_to(const qn_entry *e)
{
    return e ? e->moved_to : (qn_str){ 0 };
}

static qn_str entry_etag(const qn_entry *e)
{
    return e ? e->etag : (qn_str){ 0 };
}

static int64_t entry_version(const qn_entry *e)
{
    return e ? e->version : 0;
}

static int64_t entry_valid_ms(const qn_entry *e)
{
    return e ? e->valid_ms : 0;
}

/* ---- a page ----------------------------------------------------------------------------------------------------- */

static void tell_page(qn_entries *p, int err)
{
    qn_pcall *c = p->wait.call;
    qn_frame f;
    qn_wait_done(&p->wait);
    if (!qn_reenter(&f, c)) return;
    p->fn(qn_pcall_handle(c), err, err ? NULL : p, p->ctx);
    qn_leave(&f);
}

static void page_canceled(qn_wait *w)
{
    qn_entries *p = (qn_entries *)w;
    qn_frame f;
    p->over = true;
    if (!qn_enter(&f, w->call->plugin, w->call->reg->place, w->call->request)) return;
    p->fn(qn_pcall_handle(w->call), QN_ECANCELED, NULL, p->ctx);
    qn_leave(&f);
}

static void got_page(void *ctx, const qn_page *page)
{
    qn_entries *p = ctx;
    if (p->over) return;
    int err = page->err;
    if (page->apart && p->wait.call->req) qn_res_apart(p->wait.call->req, page->known);
    if (err == QN_EINVAL) log_faults(p->wait.call, page->faults);
    p->next = page->next;
    p->prev = page->prev;
    p->valid_ms = page->valid_ms;
    if (!err && !(p->json = parse(p->wait.call, page->items))) err = QN_ENOMEM;
    tell_page(p, err);
}

/* A scalar as the filter's values are: text. */
static int value_text(qn_str *out, qn_arena *a, const json_t *v)
{
    const char *s = NULL;
    if (json_is_string(v))
        s = qn_arena_strndup(a, json_string_value(v), json_string_length(v));
    else if (json_is_integer(v))
        s = qn_arena_printf(a, "%lld", (long long)json_integer_value(v));
    else if (json_is_real(v))
        s = qn_arena_printf(a, "%.17g", json_real_value(v));
    else if (json_is_boolean(v))
        s = json_is_true(v) ? "true" : "false";
    else
        return QN_EINVAL;
    *out = qn_str_of(s);
    return s ? QN_OK : QN_ENOMEM;
}

static int read_condition(qn_filter *f, qn_arena *a, const char *field, const json_t *v)
{
    const json_t *in = json_is_object(v) ? json_object_get(v, "_in") : NULL,
                 *eq = json_is_object(v) ? json_object_get(v, "_eq") : v;
    if (json_is_object(v) && (json_object_size(v) != 1 || (!in && !eq))) return QN_EINVAL;
    size_t n = in ? json_array_size(in) : 1;
    qn_str *values = n && n <= VALUES_MAX ? qn_arena_calloc(a, n, sizeof *values) : NULL;
    *f = (qn_filter){ .kind = QN_NODE_COND,
                      .op = in ? QN_OP_IN : QN_OP_EQ,
                      .values = values,
                      .nvalues = n,
                      .field = qn_arena_strdup(a, field),
                      .origin = qn_arena_printf(a, "filter %s", field) };
    if (!values) return QN_EINVAL;
    if (!f->field || !f->origin) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int rc = value_text(&values[i], a, in ? json_array_get(in, i) : eq);
        if (rc) return rc;
    }
    return QN_OK;
}

static int read_filter(qn_list_query *q, qn_arena *a, json_t *filter)
{
    const char *field;
    json_t *v;
    size_t n = json_object_size(filter);
    if (!filter) return QN_OK;
    if (!json_is_object(filter) || n > CONDITIONS_MAX) return QN_EINVAL;
    qn_filter *all = qn_arena_calloc(a, n + 1, sizeof *all);
    if (!all) return QN_ENOMEM;
    all[0] = (qn_filter){ .kind = QN_NODE_AND, .children = all + 1 };
    json_object_foreach(filter, field, v)
    {
        int rc = read_condition(&all[1 + all[0].nchildren++], a, field, v);
        if (rc) return rc;
    }
    if (n) q->filter = all;
    return QN_OK;
}

static int read_sort(qn_list_query *q, qn_arena *a, const char *text)
{
    if (!text) return QN_OK;
    qn_sort *sort = qn_arena_calloc(a, SORTS_MAX, sizeof *sort);
    if (!sort) return QN_ENOMEM;
    for (qn_str rest = qn_str_of(text); rest.p;) {
        qn_str key = qn_str_cut(&rest, ',');
        if (q->nsort == SORTS_MAX) return QN_EINVAL;
        sort[q->nsort].descending = key.n && key.p[0] == '-';
        if (sort[q->nsort].descending) key = (qn_str){ key.p + 1, key.n - 1 };
        sort[q->nsort].field = qn_str_dup(a, key);
        if (!sort[q->nsort++].field) return QN_ENOMEM;
    }
    q->sort = sort;
    return QN_OK;
}

static qn_str kept(qn_arena *a, qn_str s)
{
    char *p = s.n ? qn_arena_strndup(a, s.p, s.n) : NULL;
    return p ? (qn_str){ p, s.n } : (qn_str){ 0 };
}

static int content_list(qn_call *handle, const qn_list_spec *theirs, entries_fn fn, void *ctx)
{
    qn_list_spec spec;
    qn_pcall *c = qn_pcall_of(handle);
    const qn_type *type;
    const qn_scope *scope;
    if (!c || c->ending) return QN_ESTATE;
    if (!QN_SPEC_TAKE(spec, theirs, before) || !fn || spec.view > QN_DRAFT_VIEW || spec.limit > LIMIT_MAX ||
        (spec.after.n && spec.before.n))
        return QN_EINVAL;
    int rc = prepare(&type, &scope, c, spec.type);
    if (rc) return rc;
    qn_list_query q = { .view = spec.view == QN_DRAFT_VIEW ? QN_VIEW_DRAFT : QN_VIEW_LIVE,
                        .limit = spec.limit ? spec.limit : LIMIT };
    q.after = kept(c->arena, spec.after);
    q.before = kept(c->arena, spec.before);
    q.locale = spec.locale ? qn_arena_strdup(c->arena, spec.locale) : NULL;
    rc = read_filter(&q, c->arena, qn_value(spec.filter));
    if (!rc) rc = read_sort(&q, c->arena, spec.sort);
    qn_entries *p = rc ? NULL : qn_arena_calloc(c->arena, 1, sizeof *p);
    if (!p) return rc ? rc : QN_ENOMEM;
    p->fn = fn;
    p->ctx = ctx;
    qn_wait_add(&p->wait, c, page_canceled);
    rc = qn_store_list(c->plugin->host->env.store, c->arena, scope, type, &q, got_page, p);
    if (rc) qn_wait_done(&p->wait);
    return rc;
}

static qn_json *entries_json(const qn_entries *p)
{
    return p ? p->json : NULL;
}

static qn_str entries_next(const qn_entries *p)
{
    return p ? p->next : (qn_str){ 0 };
}

static qn_str entries_prev(const qn_entries *p)
{
    return p ? p->prev : (qn_str){ 0 };
}

static int64_t entries_valid_ms(const qn_entries *p)
{
    return p ? p->valid_ms : 0;
}

void qn_fill_content(qn_api *t)
{
    t->content_get = content_get;
    t->content_list = content_list;
    t->entry_json = entry_json;
    t->entry_derived = entry_derived;
    t->entry_id = entry_id;
    t->entry_moved_to = entry_moved_to;
    t->entry_etag = entry_etag;
    t->entry_version = entry_version;
    t->entry_valid_ms = entry_valid_ms;
    t->entries_json = entries_json;
    t->entries_next = entries_next;
    t->entries_prev = entries_prev;
    t->entries_valid_ms = entries_valid_ms;
}
