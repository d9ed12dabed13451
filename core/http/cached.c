/* Answers from the response cache: looking, waiting, keeping. */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "http/canonical.h"
#include "http/conn.h"

/* Bounds of what is kept beside the ini's: the listener polls every 250 ms, so three missed polls are a listener that
 * is not there. */
enum { DISTRUST_MS = 1000 };

int qn_cache_open(qn_cache **out, const qn_server_options *o)
{
    if (!o->shm || !o->config || !qn_config_bool(o->config, "cache", "enabled")) return QN_OK;
    qn_cache_options c = { .shm = o->shm,
                           .max_bytes = (size_t)qn_config_int(o->config, "cache", "bytes"),
                           .distrust_ms = DISTRUST_MS,
                           .stale_ms = DISTRUST_MS + qn_config_int(o->config, "cache", "stale_if_error_s") * 1000 };
    return qn_cache_new(out, &c);
}

/* Deferred on the request's arena: it ends, answered or not. Who waited for it is not let down. */
static void let_go(void *ctx)
{
    qn_req *req = ctx;
    qn_waiter_leave(&req->waiter);
    qn_flight_abandon(&req->flight);
    qn_cached_unref(&req->cached);
    qn_cached_unref(&req->distrusted);
    qn_cached_unref(&req->hit);
    req->cache_key = (qn_str){ 0 };
    req->keep = false;
}

static struct iovec part_of(qn_str s)
{
    union {
        const char *from;
        void *to;
    } p = { .from = s.p }; /* iovec has no const; nothing writes to it */
    return (struct iovec){ .iov_base = p.to, .iov_len = s.n };
}

/* A problem names its request, so each gets its own id, and no coded form of it is kept. */
static void set_body_of(qn_req *req, qn_cached *e)
{
    const qn_cached_answer *a = qn_cached_answer_of(e);
    qn_str body = a->body[QN_IDENTITY];
    if (!a->id_n) {
        struct iovec whole = part_of(body);
        req->cached = qn_cached_ref(e);
        qn_res_set_body(req, &whole, a->content_type.p ? 1 : 0);
        return;
    }
    size_t end = a->id_at + a->id_n;
    struct iovec parts[] = { part_of((qn_str){ body.p, a->id_at }), part_of(qn_str_of(req->id)),
                             part_of((qn_str){ body.p + end, body.n - end }) };
    qn_cached *held = qn_cached_ref(e);
    qn_cached_unref(&req->distrusted);
    req->distrusted = held;
    qn_res_set_body(req, parts, 3);
}

/* What may be out of date by now stays here: a cache in front would believe it for as long as if it had just been made.
 */
static void add_stale_headers(qn_req *req, qn_str lines)
{
    while (lines.n) {
        qn_str line = qn_str_cut(&lines, '\n');
        if (qn_str_starts(line, QN_STR("Cache-Control:"))) continue;
        qn_buf_adds(&req->headers, line);
        qn_buf_addc(&req->headers, '\n');
    }
    qn_res_header(req, "Cache-Control", QN_STR("no-store"));
    qn_res_header(req, "Cache-Status", QN_STR("quoin; hit; detail=database-away")); /* RFC 9211 */
}

static void reply_from(qn_req *req, qn_cached *e, bool is_stale)
{
    const qn_cached_answer *a = qn_cached_answer_of(e);
    assert(!req->replying && !req->answered && !req->cached);
    req->replying = true;
    req->status = a->status;
    req->content_type = a->content_type.p;
    req->etag = a->etag;
    req->last_modified = a->last_modified;
    req->vary = a->vary;
    req->stale = is_stale;
    if (is_stale)
        add_stale_headers(req, a->headers);
    else
        qn_buf_adds(&req->headers, a->headers);
    req->age_s = qn_cached_age_s(e, qn_mono_ms());
    set_body_of(req, e);
    qn_res_deliver(req);
}

/* ---- the short way: what was found goes out as it lies there ----------------------------------------------------- */

enum { SHORT_KEY_BYTES = 512 };

/* Who may read the same, and what is asked for, however it is spelled. */
static bool write_key(char *key, size_t *n, size_t cap, qn_str rights, qn_str target)
{
    if (rights.n + 1 > cap) return false;
    memcpy(key, rights.p, rights.n);
    key[rights.n] = '\n';
    if (!qn_canonical_write(key + rights.n + 1, n, cap - rights.n - 1, target, QN_CANONICAL_KEY)) return false;
    *n += rights.n + 1;
    return true;
}

void qn_cached_find(qn_req *req)
{
    const qn_server *s = req->srv;
    char key[SHORT_KEY_BYTES];
    size_t n;
    if (!s->cache || !s->o.rights || !(req->method & (QN_GET | QN_HEAD)) || req->parser.has_body || req->verdict)
        return;
    qn_str rights = s->o.rights(s->o.rights_ctx, req);
    if (!rights.p || !write_key(key, &n, sizeof key, rights, qn_req_target(req))) return;
    qn_cached *e = qn_cache_peek(s->cache, (qn_str){ key, n }, s->now_us / 1000);
    if (!e || qn_arena_defer(req->arena, let_go, req)) return;
    req->hit = qn_cached_ref(e);
    req->route = qn_cached_answer_of(e)->route;
}

static bool is_conditional(qn_req *req)
{
    static const char *const names[] = { "if-none-match", "if-modified-since", "if-match", "if-unmodified-since",
                                         "range" };
    const uint64_t bits = qn_http_name_bit(QN_STR("if-none-match")) | qn_http_name_bit(QN_STR("if-modified-since")) |
                          qn_http_name_bit(QN_STR("if-match")) | qn_http_name_bit(QN_STR("if-unmodified-since")) |
                          qn_http_name_bit(QN_STR("range")); /* the compiler's work, not the request's */
    if (!(req->parser.names & bits)) return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (qn_req_header(req, names[i]).p) return true;
    return false;
}

/* Which form is sent; false where more than that has to be looked at. */
static bool choose_form(qn_coding *coding, qn_req *req, const qn_cached_answer *a)
{
    qn_str accepted = qn_req_header(req, "accept-encoding");
    bool identity_taken = true;
    *coding = QN_IDENTITY;
    if (a->id_n || (a->status == 200 && is_conditional(req))) return false;
    if (!accepted.p) return true;
    qn_coding wanted = qn_coding_choose(accepted, &identity_taken);
    if (a->codes) *coding = wanted;
    return identity_taken;
}

static bool send_as_it_lies(qn_req *req)
{
    const qn_cached *e = req->hit;
    const qn_cached_answer *a = qn_cached_answer_of(e);
    qn_coding coding;
    if (!choose_form(&coding, req, a)) return false;
    qn_str head = qn_cached_head(e, coding), body = a->body[coding];
    if (!head.p || !body.p) return false;
    int64_t now_us = req->srv->now_us;
    req->replying = true;
    req->status = a->status;
    req->coding = coding;
    req->age_s = qn_cached_age_s(e, now_us / 1000);
    req->handler_us = req->reply_us = now_us;
    qn_res_begin_head(req);
    qn_str begin = qn_buf_str(&req->head);
    req->iov = req->fixed;
    req->iov[0] = part_of(begin);
    req->iov[1] = part_of(head);
    req->iov[2] = part_of(body);
    req->niov = req->method == QN_HEAD || qn_res_has_no_body(a->status) ? 2 : 3;
    if (req->head.failed) req->niov = 0; /* the connection ends */
    req->head_bytes = begin.n + head.n;
    req->body_bytes = body.n;
    qn_res_send(req);
    return true;
}

void qn_cached_reply(qn_req *req)
{
    if (!send_as_it_lies(req)) reply_from(req, req->hit, false);
}

/* True: this request asks. False: it waits for one that does. */
static bool take_off(qn_req *req)
{
    req->since = qn_cache_now(req->srv->cache);
    return qn_cache_fly(&req->flight, req->srv->cache, req->cache_key, &req->waiter);
}

/* What another request made, or that there is nothing to share. */
static void on_flight(qn_waiter *w, qn_cached *e, bool lead)
{
    qn_req *req = (qn_req *)(void *)((char *)w - offsetof(qn_req, waiter));
    if (e && !qn_cache_is_behind(req->srv->cache, e, req->since)) {
        reply_from(req, e, false);
        return;
    }
    if (e) { /* it was asked for before a change that this request came after */
        if (!take_off(req)) return;
    } else if (lead) {
        req->flight = w->flight;
        w->flight = NULL;
        req->since = qn_cache_now(req->srv->cache);
    } else {
        req->cache_key = (qn_str){ 0 };
    }
    req->again(req, req->again_ctx);
}

static bool make_key(qn_req *req, qn_str rights)
{
    qn_str target = qn_req_target(req);
    size_t cap = rights.n + 1 + qn_canonical_most(target.n), n;
    char *key = qn_arena_alloc_raw(req->arena, cap);
    if (!key || !write_key(key, &n, cap, rights, target)) return false;
    req->cache_key = (qn_str){ key, n };
    return true;
}

bool qn_req_from_cache(qn_req *req, qn_str rights, qn_handler again, void *ctx)
{
    qn_cache *cache = req->srv->cache;
    qn_cached *e = NULL;
    if (!cache || !(req->method & (QN_GET | QN_HEAD)) || !make_key(req, rights)) return false;
    if (qn_arena_defer(req->arena, let_go, req)) {
        req->cache_key = (qn_str){ 0 };
        return false;
    }
    switch (qn_cache_get(&e, cache, req->cache_key, qn_mono_ms())) {
    case QN_CACHE_HIT:
        reply_from(req, e, false);
        return true;
    case QN_CACHE_DISTRUSTED:
        req->distrusted = qn_cached_ref(e);
        break;
    case QN_CACHE_MISS:
        break;
    }
    req->waiter.fn = on_flight;
    req->again = again;
    req->again_ctx = ctx;
    return !take_off(req);
}

bool qn_res_cacheable(qn_req *req, int64_t valid_ms, const qn_str *deps, size_t ndeps)
{
    req->keep = req->cache_key.p != NULL;
    req->valid_ms = valid_ms;
    req->deps = deps;
    req->ndeps = ndeps;
    return !req->keep || !qn_cache_moved_on(req->srv->cache, deps, ndeps, req->since);
}

/* The pieces of the body in one. */
static bool join_body(qn_str *out, qn_req *req)
{
    size_t n = (size_t)req->body_bytes, at = 0;
    char *body = qn_arena_alloc_raw(req->arena, n ? n : 1);
    if (!body) return false;
    for (size_t i = 1; i < req->niov; i++) {
        memcpy(body + at, req->iov[i].iov_base, req->iov[i].iov_len);
        at += req->iov[i].iov_len;
    }
    *out = (qn_str){ body, n };
    return true;
}

/* Where a problem document names its request. An id has no character that JSON escapes, and no text in it can look like
 * the member. */
static void find_id(qn_cached_answer *a, const qn_req *req)
{
    static const char member[] = "\"instance\":\"";
    const qn_str *body = &a->body[QN_IDENTITY];
    const char *at = req->status >= 400 ? memmem(body->p, body->n, member, sizeof member - 1) : NULL;
    if (!at) return;
    a->id_at = (size_t)(at - body->p) + sizeof member - 1;
    a->id_n = strlen(req->id);
}

/* Whatever its handler said before: what went wrong may go well the next time, and a cookie is one client's. */
static bool may_be_shared(const qn_req *req)
{
    return req->status < 500 && !qn_res_value(req, "Set-Cookie").p;
}

static void keep(qn_req *req)
{
    qn_cached_answer a = { .status = req->status,
                           .route = req->route,
                           .content_type = qn_str_of(req->content_type),
                           .headers = qn_buf_str(&req->headers),
                           .etag = req->etag,
                           .last_modified = req->last_modified,
                           .vary = req->vary };
    if (req->headers.failed || !join_body(&a.body[QN_IDENTITY], req)) return;
    if (!a.headers.p) a.headers = QN_STR("");
    find_id(&a, req);
    (void)qn_cache_put(&req->cached, req->srv->cache, req->cache_key, &a, req->deps, req->ndeps, req->valid_ms,
                       req->since);
}

/* ---- from a standby while the primary is away -------------------------------------------------------------------- */

void qn_res_apart(qn_req *req, uint64_t known)
{
    if (!req->apart || known < req->known) req->known = known;
    req->apart = true;
}

/* What it depends on has changed, and the change is not in it for all that is known. */
static bool is_outdated(const qn_req *req)
{
    const qn_shm *shm = req->srv->o.shm;
    if (!shm) return false;
    if (!req->ndeps) return qn_epoch_now(shm) > req->known;
    bool moved = qn_epoch_floor(shm) > req->known;
    for (size_t i = 0; i < req->ndeps && !moved; i++) moved = qn_epoch_get(shm, req->deps[i]) > req->known;
    return moved;
}

bool qn_apart_settle(qn_req *req, int status)
{
    if (!req->apart || status >= 500) return false;
    req->apart = req->keep = false;
    if (!is_outdated(req)) {
        qn_res_unset(req, "Cache-Control");
        qn_res_header(req, "Cache-Control", QN_STR("no-store"));
        qn_res_header(req, "Cache-Status", QN_STR("quoin; fwd=miss; detail=database-away"));
        return false;
    }
    qn_res_reset(req);
    req->replying = false;
    qn_res_header(req, "Retry-After", QN_STR("1"));
    qn_fail_req(req, 503, "unavailable",
                "the database is away, and what a standby has of this is known to be out of date");
    return true;
}

bool qn_cached_on_reply(qn_req *req)
{
    if (qn_apart_settle(req, req->status)) return true;
    if (!req->cache_key.p || req->cached) return false;
    qn_cached *stale = req->status == 503 ? req->distrusted : NULL;
    if (req->keep && !stale && may_be_shared(req)) keep(req);
    /* Those who wait for an answer that is not shared each ask for themselves; with a distrusted one each finds that by
     * itself. */
    qn_flight_end(&req->flight, req->cached);
    if (!stale) return false;
    qn_res_reset(req);
    req->replying = false;
    reply_from(req, stale, true);
    return true;
}
