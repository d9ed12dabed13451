/* The answers that the resources share. */
#include <string.h>

#include "api/call.h"
#include "base/buf.h"
#include "base/hash.h"

void qn_call_faults(qn_call *c, const qn_faults *f)
{
    qn_problem p = { .status = f->shape ? 400 : 422,
                     .type = f->shape ? "invalid-input" : "validation",
                     .detail = f->n + f->dropped == 1
                                   ? f->items[0].detail
                                   : qn_arena_printf(c->arena, "%zu faults: see errors", f->n + f->dropped),
                     .errors = f->items,
                     .nerrors = f->n };
    qn_reply_problem(c->req, &p);
}

void qn_call_error(qn_call *c, int err, bool maybe_done)
{
    const char *after =
        maybe_done ? "; whether the change was made is not known: read the entry before you repeat it" : "";
    switch (err) {
    case QN_EBUSY:
        qn_res_header(c->req, "Retry-After", QN_STR("1"));
        qn_fail_req(c->req, 503, "unavailable", "too much to do right now: try again in a second");
        break;
    case QN_EUNAVAIL:
        qn_res_header(c->req, "Retry-After", QN_STR("1"));
        qn_fail_req(c->req, 503, "unavailable", "the database is away%s", after);
        break;
    case QN_ETIMEOUT:
        qn_res_header(c->req, "Retry-After", QN_STR("1"));
        qn_fail_req(c->req, 503, "unavailable", "the database did not answer in time%s", after);
        break;
    default:
        qn_fail_req(c->req, 500, "internal", "something went wrong here; the log has it under this request's id%s",
                    after);
    }
}

void qn_call_denied(qn_call *c, const char *what)
{
    qn_fail_req(c->req, 403, "forbidden", "the role %s may not %s%s", c->caller->role, what,
                c->caller->token ? "" : "; send Authorization: Bearer with a token that may");
}

static void stale(qn_call *c, const qn_answer *a)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_buf_printf(&b, "\"current_version\":%d,\"conflicts\":[", a->version);
    for (size_t i = 0; i < a->nconflicts; i++) {
        if (i) qn_buf_addc(&b, ',');
        qn_buf_json_str(&b, qn_str_of(a->conflicts[i]));
    }
    qn_buf_addc(&b, ']');
    qn_problem p = {
        .status = 412,
        .type = "stale-version",
        .detail = "the entry has moved on since the version in If-Match: read ?version=draft, merge, and try again",
        .extra = b.failed ? NULL : qn_str_dup(c->arena, qn_buf_str(&b))
    };
    qn_buf_free(&b);
    if (a->etag.p) qn_res_header(c->req, "ETag", a->etag);
    qn_reply_problem(c->req, &p);
}

static void taken(qn_call *c, const qn_answer *a)
{
    const char *what = a->taken ? a->taken : "slug";
    const char *pointer = qn_arena_printf(c->arena, "/%s", what);
    const char *id = qn_str_dup(c->arena, a->taken_by);
    const char *detail = qn_arena_printf(c->arena, "the %s is taken by the entry %s", what, id ? id : "");
    qn_fault f = { pointer ? pointer : "", "taken", detail ? detail : "" };
    qn_problem p = { .status = 409,
                     .type = "taken",
                     .detail = f.detail,
                     .errors = &f,
                     .nerrors = 1,
                     .extra = id ? qn_arena_printf(c->arena, "\"id\":\"%s\",\"location\":\"/v1/%s/%s\"", id,
                                                   c->type ? c->type->collection : "", id)
                                 : NULL };
    qn_reply_problem(c->req, &p);
}

void qn_call_refused(qn_call *c, const qn_answer *a)
{
    switch (a->err) {
    case QN_ENOTFOUND:
        qn_fail_req(c->req, 404, "not-found", "%s", a->detail ? a->detail : "there is nothing of that id or slug here");
        break;
    case QN_EDENIED:
        if (a->refusal) {
            qn_problem p = { .status = a->refusal->status,
                             .type = a->refusal->type,
                             .detail = a->refusal->detail,
                             .errors = a->refusal->errors,
                             .nerrors = a->refusal->nerrors };
            qn_reply_problem(c->req, &p);
        } else if (a->detail)
            qn_fail_req(c->req, 403, "forbidden", "%s", a->detail);
        else
            qn_call_denied(c, "do that with this entry");
        break;
    case QN_ESTALE:
        stale(c, a);
        break;
    case QN_EEXIST:
        taken(c, a);
        break;
    case QN_EINVAL:
        qn_call_faults(c, a->faults);
        break;
    case QN_ESTATE: {
        qn_problem p = { .status = 409,
                         .type = "conflict",
                         .detail = a->detail ? a->detail : "not possible in the entry's present status",
                         .extra = a->allowed ? qn_arena_printf(c->arena, "\"allowed\":%s", a->allowed) : NULL };
        qn_reply_problem(c->req, &p);
        break;
    }
    default:
        qn_call_error(c, a->err, a->maybe_done);
    }
}

void qn_call_cache(qn_call *c, int64_t valid_ms)
{
    if (c->caller->token) {
        qn_res_header(c->req, "Cache-Control", QN_STR("private, no-store"));
        return;
    }
    int64_t age = c->raced ? 0 : QN_SHARED_MAX_AGE_S;
    if (valid_ms >= 0 && valid_ms / 1000 < age) age = valid_ms / 1000;
    qn_res_headerf(c->req, "Cache-Control", "public, max-age=0, s-maxage=%lld", (long long)age);
}

enum {
    DEPS_MAX = 256,
    KEYS_MAX = 64 /* of one Surrogate-Key: Varnish takes header lines of 8 KB */
};

typedef struct {
    qn_str items[DEPS_MAX + 1];
    size_t n;
    bool full; /* one did not fit: the answer cannot be kept */
} names;

static void add_name(names *l, qn_arena *arena, const char *kind, qn_str name)
{
    char *text = qn_arena_printf(arena, "%s:%.*s", kind, QN_FMT(name));
    if (!text || l->n == DEPS_MAX)
        l->full = true;
    else
        l->items[l->n++] = qn_str_of(text);
}

/* Types whose entries show in answers of this one, as references do when their target goes live. */
static void add_referred(names *l, const qn_call *c, const qn_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const qn_field *f = &fields[i];
        const qn_type *t;
        add_referred(l, c, f->of, f->nof);
        if (f->kind != QN_KIND_REFERENCE && f->kind != QN_KIND_REFERENCES) continue;
        if (f->to) add_name(l, c->arena, "type", qn_str_of(f->to));
        for (size_t k = 0; !f->to && (t = qn_types_at(c->types, k)); k++)
            add_name(l, c->arena, "type", qn_str_of(t->name));
    }
}

static void add_whole(names *l, const qn_call *c)
{
    l->n = 0;
    l->full = false;
    add_name(l, c->arena, "type", qn_str_of(c->type->name));
    add_referred(l, c, c->type->fields, c->type->nfields);
}

/* Surrogate-Key: the same names for the caches in front, which hear of them from the listener. */
static void add_keys(const qn_call *c, const names *l)
{
    qn_buf b;
    names *coarse = NULL;
    if (c->caller->token) return; /* no cache in front keeps it */
    if (l->n > KEYS_MAX && (coarse = qn_arena_calloc(c->arena, 1, sizeof *coarse))) {
        add_whole(coarse, c);
        coarse->items[coarse->n++] = QN_STR("types");
        l = coarse;
    }
    qn_buf_init(&b, 0);
    for (size_t i = 0; i < l->n; i++) {
        if (i) qn_buf_addc(&b, ' ');
        qn_buf_adds(&b, l->items[i]);
    }
    if (!b.failed) qn_res_header(c->req, "Surrogate-Key", qn_buf_str(&b));
    qn_buf_free(&b);
}

void qn_call_keep(qn_call *c, const qn_call_reads *what, int64_t valid_ms)
{
    /* What somebody looks at on its way out may be another thing for each reader. */
    if (qn_store_guarded(c->api->store, QN_GUARD_RENDER, c->type)) return;
    names *l = qn_arena_calloc(c->arena, 1, sizeof *l);
    if (!l) return;
    if (what->whole) add_whole(l, c);
    for (size_t i = 0; i < what->ntags; i++) add_name(l, c->arena, "tag", what->tags[i]);
    for (size_t i = 0; i < what->nentries; i++) add_name(l, c->arena, "entry", what->entries[i]);
    if (l->full) add_whole(l, c);
    if (l->full) return;
    l->items[l->n++] = QN_STR("types"); /* there is room for this one; a purge of it is one of everything */
    add_keys(c, l);
    c->raced = !qn_res_cacheable(c->req, valid_ms, l->items, l->n);
}

bool qn_call_keys(qn_call *c, bool entries)
{
    const qn_type *t;
    names *l = qn_arena_calloc(c->arena, 1, sizeof *l);
    if (!l) return false;
    for (size_t i = 0; entries && (t = qn_types_at(c->types, i)); i++)
        add_name(l, c->arena, "type", qn_str_of(t->name));
    if (l->full || l->n >= KEYS_MAX) return false; /* "types" takes one */
    l->items[l->n++] = QN_STR("types");
    add_keys(c, l);
    return true;
}

void qn_call_data(qn_call *c, int status, qn_str json)
{
    static const char head[] = "{\"data\":", tail[] = "}\n";
    const struct iovec parts[] = { { (void *)(uintptr_t)head, sizeof head - 1 },
                                   { (void *)(uintptr_t)json.p, json.n },
                                   { (void *)(uintptr_t)tail, sizeof tail - 1 } };
    qn_reply(c->req, status, "application/json", parts, 3);
}

static void etag_of_hash(qn_call *c, uint64_t hash)
{
    qn_res_headerf(c->req, "ETag", "\"%016llx\"", (unsigned long long)hash);
}

void qn_call_etag_of(qn_call *c, qn_str bytes)
{
    etag_of_hash(c, qn_hash(bytes.p, bytes.n, 0));
}

/* The items are sent as the database gave them, not copied. */
void qn_call_page(qn_call *c, const qn_page *p, unsigned limit)
{
    qn_buf *tail = qn_buf_new(c->arena);
    if (!tail || qn_res_page_tail(tail, c->req, p->n, limit, p->next, p->prev) != QN_OK) {
        qn_call_error(c, QN_ENOMEM, false);
        return;
    }
    qn_call_cache(c, p->valid_ms);
    etag_of_hash(c, qn_hash(tail->p, tail->n, qn_hash(p->items.p, p->items.n, 0)));
    const struct iovec parts[] = { { (void *)(uintptr_t)QN_RES_PAGE_HEAD.p, QN_RES_PAGE_HEAD.n },
                                   { (void *)(uintptr_t)p->items.p, p->items.n },
                                   { tail->p, tail->n } };
    qn_reply(c->req, 200, "application/json", parts, 3);
}

qn_listing *qn_call_listing(qn_call *c, qn_str *after, qn_str *before)
{
    qn_faults faults = { .arena = c->arena };
    qn_listing *l = qn_arena_alloc(c->arena, sizeof *l);
    if (!l) {
        qn_call_error(c, QN_ENOMEM, false);
        return NULL;
    }
    *l = (qn_listing){ .c = c };
    *after = qn_call_param(c, "after");
    *before = qn_call_param(c, "before");
    (void)qn_call_limit(c, &l->limit, &faults);
    if (after->p && before->p)
        qn_fault_add(&faults, true, "?before", "conflict", "after and before cannot be given together");
    if (!faults.n) return l;
    qn_call_faults(c, &faults);
    return NULL;
}

void qn_call_listed(void *ctx, const qn_page *p)
{
    const qn_listing *l = ctx;
    qn_page page = *p;
    if (p->apart) qn_res_apart(l->c->req, p->known);
    switch (p->err) {
    case QN_OK:
        if (l->kept) {
            const qn_call_reads what = {
                .whole = !p->ntags, .tags = p->tags, .ntags = p->ntags, .entries = p->reads, .nentries = p->nreads
            };
            qn_call_keep(l->c, &what, p->valid_ms);
        }
        if (l->of_all_types && !qn_call_keys(l->c, true)) page.valid_ms = 0;
        qn_call_page(l->c, &page, l->limit);
        break;
    case QN_EINVAL:
        qn_call_faults(l->c, p->faults);
        break;
    case QN_ENOTFOUND:
        qn_fail_req(l->c->req, 404, "not-found", "there is nothing of that id or slug here");
        break;
    case QN_EDENIED:
        qn_call_denied(l->c, "read these");
        break;
    default:
        qn_call_error(l->c, p->err, false);
    }
}
