/* A line of an import to an entry with its snapshots. */
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "content/bulk_impl.h"
#include "content/check.h"

enum {
    JSON_DEPTH = 34, /* what a POST may nest, inside of a snapshot */
    STATUS_BYTES = 40,
    EARLIEST_YEAR = 1 /* the database's times begin there */
};
#define EARLIEST_US (-62135596800000000LL)

/* A line under way. */
typedef struct {
    qn_bulk_batch *t;
    size_t line; /* its place in the batch */
    qn_arena *scratch;
    qn_faults *faults; /* the batch's arena */
    json_t *root;      /* what is left of the line is the draft */
    const json_t *published, *scheduled;
    const qn_type *type;
} reader;

static qn_bulk_line *line_of(const reader *r)
{
    return &r->t->lines[r->line];
}

static qn_bulk_line *add_line(qn_bulk_batch *t, uint64_t number)
{
    qn_bulk_line *l = qn_bulk_push(t, (void **)&t->lines, &t->nlines, &t->lines_cap, sizeof *l);
    if (!l) return NULL;
    *l = (qn_bulk_line){ .r = { .line = number },
                         .at = t->text.n,
                         .created_us = INT64_MIN,
                         .updated_us = INT64_MIN,
                         .published_us = INT64_MIN };
    return l;
}

void qn_bulk_add_long(qn_bulk_batch *t, uint64_t number)
{
    qn_bulk_line *l = add_line(t, number);
    if (l) l->r.err = QN_ELIMIT;
}

/* ---- what a line says beside its fields -------------------------------------------------------------------------- */

/* A member that is not the draft's: taken out of the line, kept until the scratch ends. */
static void drop(void *json)
{
    json_decref(json);
}

static const json_t *take(reader *r, json_t *object, const char *name)
{
    json_t *v = json_object_get(object, name);
    if (!v) return NULL;
    json_incref(v);
    if (qn_arena_defer(r->scratch, drop, v)) {
        json_decref(v);
        r->t->failed = true;
        return NULL;
    }
    json_object_del(object, name);
    return json_is_null(v) ? NULL : v;
}

static int64_t take_time(reader *r, json_t *object, const char *name, const char *pointer)
{
    const json_t *v = take(r, object, name);
    int64_t us = INT64_MIN;
    if (!v) return us;
    if (!json_is_string(v))
        qn_fault_add(r->faults, true, pointer, "type", "a time of RFC 3339 is wanted, a string");
    else if (qn_rfc3339_parse(&us, qn_json_str_of(v)) || us < EARLIEST_US)
        qn_fault_add(r->faults, false, pointer, "format",
                     "a time of RFC 3339 from the year %d on is wanted, such as 2026-11-22T10:00:00Z", EARLIEST_YEAR);
    else
        return us;
    return INT64_MIN;
}

static void take_status(reader *r)
{
    const json_t *v = take(r, r->root, "status");
    qn_bulk_line *l = line_of(r);
    qn_str s = v ? qn_json_str_of(v) : QN_STR("draft");
    bool word = s.n > 0 && s.n <= STATUS_BYTES;
    for (size_t i = 0; i < s.n && word; i++) word = (s.p[i] >= 'a' && s.p[i] <= 'z') || s.p[i] == '_';
    if (v && !json_is_string(v))
        qn_fault_add(r->faults, true, "/status", "type", "a string is wanted");
    else if (!word)
        qn_fault_add(r->faults, false, "/status", "enum", "there is no such status");
    else if (!v && l->published_us != INT64_MIN)
        qn_fault_add(r->faults, false, "/published_at", "conflict",
                     "say which status the entry has, like \"published\"");
    l->status = qn_str_dup(r->t->arena, s);
    if (!l->status) r->t->failed = true;
}

static void check_times(reader *r)
{
    const qn_bulk_line *l = line_of(r);
    int64_t now = qn_wall_us();
    if (l->created_us > now) qn_fault_add(r->faults, false, "/created_at", "max", "lies in the future");
    if (l->updated_us > now)
        qn_fault_add(r->faults, false, "/updated_at", "max", "lies in the future");
    else if (l->updated_us != INT64_MIN && l->created_us > l->updated_us)
        qn_fault_add(r->faults, false, "/updated_at", "min", "lies before created_at");
    if (!l->status) return;
    if (!strcmp(l->status, "published") && l->published_us > now)
        qn_fault_add(r->faults, false, "/published_at", "max",
                     "lies in the future: its status is \"scheduled\" until then");
    if (!strcmp(l->status, "scheduled") && l->published_us == INT64_MIN)
        qn_fault_add(r->faults, false, "/published_at", "required", "say when a scheduled entry appears");
}

static const json_t *take_snapshot(reader *r, const char *name)
{
    const json_t *v = take(r, r->root, name);
    if (v && !json_is_object(v)) {
        qn_fault_add(r->faults, true, qn_arena_printf(r->scratch, "/%s", name), "type", "an object is wanted");
        return NULL;
    }
    return v;
}

static void take_extras(reader *r)
{
    qn_bulk_line *l = line_of(r);
    l->published_us = take_time(r, r->root, "published_at", "/published_at");
    l->created_us = take_time(r, r->root, "created_at", "/created_at");
    l->updated_us = take_time(r, r->root, "updated_at", "/updated_at");
    take_status(r);
    check_times(r);
    r->published = take_snapshot(r, "_published");
    r->scheduled = take_snapshot(r, "_scheduled");
    if (r->published && l->status && (!strcmp(l->status, "draft") || !strcmp(l->status, "unpublished")))
        qn_fault_add(r->faults, false, "/_published", "conflict", "readers see nothing of an entry that is %s",
                     l->status);
    if (r->scheduled && l->status && strcmp(l->status, "scheduled") != 0)
        qn_fault_add(r->faults, false, "/_scheduled", "conflict", "only an entry of the status \"scheduled\" has one");
}

/* ---- its type, and the caller's rights on it --------------------------------------------------------------------- */

static const qn_scope *right_of(qn_bulk_batch *t, const qn_type *type)
{
    for (size_t i = 0; i < t->nrights; i++)
        if (t->rights[i].type == type) return t->rights[i].scope;
    qn_bulk_right *right = qn_bulk_push(t, (void **)&t->rights, &t->nrights, &t->rights_cap, sizeof *right);
    if (!right) return NULL;
    right->type = type;
    right->scope = t->bulk->o.scope(t->bulk->o.ctx, t->arena, type);
    if (!right->scope) t->failed = true;
    return right->scope;
}

/* False: the line has its result. */
static bool find_type(reader *r)
{
    qn_bulk_line *l = line_of(r);
    const qn_bulk_options *o = &r->t->bulk->o;
    const json_t *given = json_object_get(r->root, "type");
    qn_str name = o->type ? qn_str_of(o->type) : qn_json_str_of(given);
    if (!r->t->types) {
        l->r.err = QN_EUNAVAIL;
        return false;
    }
    r->type = name.p ? qn_types_by_name(r->t->types, name) : NULL;
    if (!name.p && given)
        qn_fault_add(r->faults, true, "/type", "type", "a string is wanted: the name of a type");
    else if (!name.p)
        qn_fault_add(r->faults, true, "/type", "required", "say what the line is, here or for all lines with ?type=");
    else if (!r->type)
        qn_fault_add(r->faults, true, "/type", "unknown_type", "there is no type %s", qn_show_str(r->scratch, name));
    if (!r->type) return false;
    const qn_scope *scope = right_of(r->t, r->type);
    l->type = r->type;
    l->scope = scope;
    l->r.type = r->type->name;
    l->r.collection = r->type->collection;
    if (scope && !scope->import) {
        l->r.err = QN_EDENIED;
        l->r.detail = "entries of this type are not yours to import";
    }
    return scope && scope->import;
}

/* ---- snapshots --------------------------------------------------------------------------------------------------- */

static const char *text_of(reader *r, const json_t *v)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    char *s = qn_json_write(&b, v, false) ? NULL : qn_arena_strndup(r->t->arena, b.p, b.n);
    qn_buf_free(&b);
    return s;
}

static const char *tags_of(reader *r, const qn_draft *d)
{
    size_t n = 1;
    for (size_t i = 0; i < d->ntags; i++) n += strlen(d->tags[i]) + 1;
    char *s = qn_arena_alloc(r->t->arena, n), *at = s;
    for (size_t i = 0; s && i < d->ntags; i++) {
        if (i) *at++ = ',';
        at = stpcpy(at, d->tags[i]);
    }
    return s;
}

static void add_refs(reader *r, const qn_draft *d, const char *prefix)
{
    qn_bulk_batch *t = r->t;
    for (size_t i = 0; i < d->nedges; i++) {
        const qn_edge *e = &d->edges[i];
        qn_bulk_ref *ref = qn_bulk_push(t, (void **)&t->refs, &t->nrefs, &t->refs_cap, sizeof *ref);
        const char *pointer = qn_edge_pointer(r->scratch, d, e);
        if (!ref || !pointer) {
            t->failed = true;
            return;
        }
        *ref = (qn_bulk_ref){ .step = t->nsteps - 1,
                              .field = qn_arena_strdup(t->arena, e->field),
                              .target = qn_arena_strdup(t->arena, e->target),
                              .to = e->to ? qn_arena_strdup(t->arena, e->to) : NULL,
                              .pointer = qn_arena_printf(t->arena, "%s%s", prefix, pointer),
                              .ord = e->ord };
        if (!ref->field || !ref->target || (e->to && !ref->to) || !ref->pointer) t->failed = true;
    }
}

static void add_step(reader *r, const qn_draft *d, const char *kind, int64_t at_us, int64_t updated_us,
                     const char *prefix)
{
    qn_bulk_batch *t = r->t;
    qn_bulk_step *s = qn_bulk_push(t, (void **)&t->steps, &t->nsteps, &t->steps_cap, sizeof *s);
    if (!s) return;
    *s = (qn_bulk_step){ .line = r->line,
                         .kind = kind,
                         .at_us = at_us,
                         .updated_us = updated_us,
                         .locale = qn_arena_strdup(t->arena, d->locale),
                         .slug = qn_arena_strdup(t->arena, d->slug),
                         .title = qn_arena_strdup(t->arena, d->title),
                         .doc = text_of(r, d->fields),
                         .scalars = text_of(r, d->scalars),
                         .tags = tags_of(r, d),
                         .ref = t->nrefs };
    if (!s->locale || !s->slug || !s->title || !s->doc || !s->scalars || !s->tags) t->failed = true;
    add_refs(r, d, prefix);
    s->nrefs = t->nrefs - s->ref;
    line_of(r)->nsteps++;
}

/* Checks a draft; its faults are told of from `prefix` on. */
static bool check(reader *r, qn_draft *d, const json_t *input, const char *prefix)
{
    size_t before = r->faults->n;
    int err = qn_draft_check(d, r->scratch, r->t->types, r->type, QN_DRAFT_CREATE, input, NULL, r->faults);
    if (err == QN_ENOMEM) r->t->failed = true;
    for (size_t i = before; *prefix && i < r->faults->n; i++) {
        const char *p = qn_arena_printf(r->t->arena, "%s%s", prefix, r->faults->items[i].pointer);
        if (p) r->faults->items[i].pointer = p;
    }
    return !err;
}

/* What readers see or will see instead of the draft: fields, slug and tags; the rest is the line's. */
static void add_snapshot(reader *r, const json_t *given, const char *prefix, const char *kind, int64_t at_us)
{
    static const char *const foreign[] = { "id", "type", "locale" };
    qn_draft d;
    json_t *input = json_copy((json_t *)(uintptr_t)given);
    if (!input || qn_arena_defer(r->scratch, drop, input)) {
        json_decref(input);
        r->t->failed = true;
        return;
    }
    const char *time = qn_arena_printf(r->scratch, "%s/published_at", prefix);
    const char *changed = qn_arena_printf(r->scratch, "%s/updated_at", prefix);
    int64_t own_us = take_time(r, input, "published_at", time ? time : "");
    int64_t updated_us = take_time(r, input, "updated_at", changed ? changed : "");
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (json_object_get(input, foreign[i]))
            qn_fault_add(r->faults, true, qn_arena_printf(r->scratch, "%s/%s", prefix, foreign[i]), "unknown_member",
                         "it is the same for the whole line: leave it out here");
    json_t *locale = json_object_get(r->root, "locale");
    if (locale && json_object_set(input, "locale", locale)) r->t->failed = true;
    if (!strcmp(kind, "live") && own_us > qn_wall_us())
        qn_fault_add(r->faults, false, time ? time : "", "max", "lies in the future");
    if (updated_us > qn_wall_us()) qn_fault_add(r->faults, false, changed ? changed : "", "max", "lies in the future");
    if (updated_us == INT64_MIN) updated_us = line_of(r)->updated_us;
    if (check(r, &d, input, prefix)) add_step(r, &d, kind, own_us != INT64_MIN ? own_us : at_us, updated_us, prefix);
}

/* The snapshots in the order in which they came to be, the draft last. */
static void add_snapshots(reader *r)
{
    qn_bulk_line *l = line_of(r);
    qn_draft d;
    bool published = l->status && !strcmp(l->status, "published");
    bool scheduled = l->status && !strcmp(l->status, "scheduled");
    const char *kind = published && !r->published ? "live" : scheduled && !r->scheduled ? "later" : "head";
    bool sound = check(r, &d, r->root, "");
    l->step = r->t->nsteps;
    if (r->published) add_snapshot(r, r->published, "/_published", "live", published ? l->published_us : INT64_MIN);
    if (r->scheduled) add_snapshot(r, r->scheduled, "/_scheduled", "later", l->published_us);
    if (!sound) return;
    if (d.id)
        memcpy(l->id, d.id, QN_UUID_BYTES);
    else
        qn_uuid7(l->id);
    add_step(r, &d, kind, strcmp(kind, "head") != 0 ? l->published_us : INT64_MIN, l->updated_us, "");
    if (published || scheduled) l->published_us = INT64_MIN; /* it is the snapshots' */
}

/* ---- a line ------------------------------------------------------------------------------------------------------ */

static void malformed(reader *r, const qn_json_fault *f)
{
    qn_fault_add(r->faults, true, f->pointer, f->code, "%s (column %zu)", f->detail, f->column);
    line_of(r)->r.malformed = true;
}

static void read_line(reader *r, qn_str text)
{
    qn_json_fault fault;
    int err = qn_json_parse(&r->root, text, &(qn_json_limits){ .max_depth = JSON_DEPTH }, &fault);
    if (err == QN_EINVAL) {
        malformed(r, &fault);
        return;
    }
    if (err || qn_arena_defer(r->scratch, drop, r->root)) {
        if (!err) json_decref(r->root);
        r->t->failed = true;
        return;
    }
    if (!json_is_object(r->root)) {
        qn_fault_add(r->faults, true, "", "type", "a line is an entry, an object");
        return;
    }
    if (!find_type(r)) return;
    take_extras(r);
    add_snapshots(r);
}

void qn_bulk_add(qn_bulk_batch *t, uint64_t number, qn_str text)
{
    qn_bulk_line *l = add_line(t, number);
    qn_faults *faults = qn_arena_calloc(t->arena, 1, sizeof *faults);
    if (!l || !faults || qn_buf_adds(&t->text, text)) {
        t->failed = true;
        return;
    }
    l->bytes = text.n;
    faults->arena = t->arena;
    reader r = { .t = t, .line = t->nlines - 1, .scratch = t->bulk->scratch, .faults = faults };
    size_t steps = t->nsteps, refs = t->nrefs;
    read_line(&r, text);
    qn_arena_reset(r.scratch);
    l->sound = !l->r.err && !faults->n && l->nsteps && !t->failed;
    if (l->sound) return;
    t->nsteps = steps;
    t->nrefs = refs;
    l->r.faults = faults;
    if (!l->r.err) l->r.err = t->failed ? QN_ENOMEM : QN_EINVAL;
}
