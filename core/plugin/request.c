/* Routes of plugins: who asks, whether they may, what they sent; and the answer. */
#include <errno.h>
#include <math.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/retry.h"
#include "base/beneath.h"
#include "content/cursor.h"
#include "content/query.h"
#include "content/wire.h"
#include "plugin/host.h"

enum { HASH_BYTES = 16, JSON_DEPTH = 32 };

/* ---- before the plugin is called -------------------------------------------------------------------------------- */

static void refuse_closed(qn_req *req, const char *plugin)
{
    qn_res_header(req, "Retry-After", QN_STR("60"));
    qn_fail_req(req, 503, "unavailable",
                "the plugin %s is in quarantine: it crashed too often; GET /v1/plugins says more", plugin);
}

static void refuse_unstarted(qn_req *req, const char *plugin)
{
    qn_res_header(req, "Retry-After", QN_STR("60"));
    qn_fail_req(req, 503, "unavailable", "the plugin %s did not start; the log says why", plugin);
}

static bool is_word(const char *list, qn_str name)
{
    qn_str rest = qn_str_of(list);
    while (rest.n)
        if (qn_str_eq(qn_str_cut(&rest, ' '), name)) return true;
    return false;
}

/* The same rule as for the core's own routes: what is not known is not passed over. */
static bool params_are_known(qn_pcall *c, const char *known)
{
    size_t n;
    const qn_pair *query = qn_req_query(c->req, &n);
    qn_faults faults = { .arena = c->arena };
    bool unknown = false;
    for (size_t i = 0; i < n; i++) {
        const char *where = qn_arena_printf(c->arena, "?%.*s", QN_FMT(query[i].name));
        if (!is_word(known, query[i].name)) {
            unknown = true;
            qn_fault_add(&faults, true, where, "unknown_parameter", "there is no such parameter here%s%s",
                         known ? "; known are: " : "", known ? known : "");
        }
        qn_query_check(&faults, query, i, where);
    }
    if (!faults.n) return true;
    qn_problem p = { .status = 400,
                     .type = unknown ? "unknown-parameter" : "invalid-input",
                     .detail = faults.items[0].detail,
                     .errors = faults.items,
                     .nerrors = faults.n };
    qn_reply_problem(c->req, &p);
    return false;
}

/* The request may be over when this returns. */
static void call_plugin(qn_req *req, void *ctx)
{
    qn_pcall *c = ctx;
    const qn_route_spec *spec = &c->reg->u.route;
    qn_frame f;
    qn_plugin *plugin = c->plugin; /* the call may have ended when its function returns */
    if (!qn_enter(&f, plugin, c->reg->place, c->request)) {
        refuse_closed(req, plugin->name);
        return;
    }
    spec->fn(qn_pcall_handle(c), spec->ctx);
    qn_leave(&f);
}

/* Working copies are not kept. */
static bool may_be_kept(const qn_pcall *c)
{
    size_t n;
    const qn_pair *query = qn_req_query(c->req, &n);
    if (!c->reg->u.route.kept) return false;
    for (size_t i = 0; i < n; i++)
        if (qn_str_eqz(query[i].name, "version")) return false;
    return true;
}

/* The same request has been answered already, or is being worked on: that was said in the plugin's place. */
static void given_up(void *ctx)
{
    qn_pcall *c = ctx;
    c->answered = true;
}

static void identified(void *ctx, int err, const qn_caller *caller, const char *why)
{
    qn_pcall *c = ctx;
    const qn_route_spec *spec = &c->reg->u.route;
    qn_req *req = c->req;
    if (err && err != QN_EDENIED) {
        qn_res_header(req, "Retry-After", QN_STR("1"));
        qn_fail_req(req, 503, "unavailable", "the database is away");
        return;
    }
    bool anonymous = !err && !caller->token;
    if (err || (anonymous && spec->auth == QN_AUTH_CREDENTIAL)) {
        qn_res_header(req, "WWW-Authenticate",
                      err ? QN_STR("Bearer realm=\"quoin\", error=\"invalid_token\"")
                          : QN_STR("Bearer realm=\"quoin\""));
        qn_fail_req(req, 401, "unauthorized", err ? "the credential in Authorization is not good: %s" : "%s",
                    !err  ? "a credential is needed here: send Authorization: Bearer with a token"
                    : why ? why
                          : "refused");
        return;
    }
    c->caller = caller;
    qn_req_log_caller(req, caller->token ? caller->token : caller->role);
    if (!params_are_known(c, spec->params)) return;
    if (may_be_kept(c)) {
        qn_str rights = qn_access_rights(c->plugin->host->env.access, c->arena, caller->role);
        if (rights.p && qn_req_from_cache(req, rights, call_plugin, c)) return;
    }
    const qn_retry_work work = { .go_on = call_plugin, .given_up = given_up, .ctx = c };
    qn_retry_begin(NULL, c->plugin->host->env.access, req, caller, &work);
}

static void end_call(void *c)
{
    qn_pcall_end(c);
}

static void handle(qn_req *req, void *ctx)
{
    const qn_registered *reg = ctx;
    qn_arena *arena = qn_req_arena(req);
    if (reg->plugin->phase != QN_PLUGIN_READY) { /* it registered this, and then its init failed */
        refuse_unstarted(req, reg->plugin->name);
        return;
    }
    qn_pcall *c = qn_pcall_new(arena, QN_CALL_ROUTE, reg);
    if (!c || qn_arena_defer(arena, end_call, c)) {
        if (c) qn_pcall_end(c);
        qn_fail_req(req, 500, "internal", "out of memory");
        return;
    }
    c->req = req;
    c->request = qn_req_id(req);
    qn_access_identify(reg->plugin->host->env.access, arena, qn_req_header(req, "authorization"), identified, c);
}

int qn_host_route(qn_host *h, const qn_registered *reg)
{
    const qn_route_spec *s = &reg->u.route;
    qn_route route = { .methods = s->methods,
                       .pattern = s->pattern,
                       .fn = handle,
                       .ctx = (void *)(uintptr_t)reg,
                       .accepts = s->accepts,
                       .max_body_bytes = s->max_body_bytes,
                       .timeout_ms = s->timeout_ms };
    return qn_router_add(h->env.router, &route);
}

static void handle_closed(qn_req *req, void *ctx)
{
    const qn_plugin_info *info = ctx;
    refuse_closed(req, info->name);
}

static void handle_unstarted(qn_req *req, void *ctx)
{
    const qn_plugin_info *info = ctx;
    refuse_unstarted(req, info->name);
}

int qn_host_closed_route(qn_host *h, const qn_plugin_info *info, bool quarantined, unsigned methods,
                         const char *pattern)
{
    qn_route route = { .methods = methods,
                       .pattern = pattern,
                       .fn = quarantined ? handle_closed : handle_unstarted,
                       .ctx = (void *)(uintptr_t)info };
    return qn_router_add(h->env.router, &route);
}

/* ---- what was asked --------------------------------------------------------------------------------------------- */

/* The call of a route that has not ended. */
static qn_pcall *route_of(qn_call *handle_, const char *what)
{
    qn_pcall *c = qn_pcall_of(handle_);
    if (!c || c->ending) return NULL;
    if (c->kind == QN_CALL_ROUTE) return c;
    qn_log(QN_LOG_WARN, c->request, "plugin %s: %s in %s, which is no request", c->plugin->name, what, c->reg->place);
    return NULL;
}

static const qn_str absent;

/* What is borrowed from the connection may have no zero byte behind it. */
static qn_str closed(qn_pcall *c, qn_str s)
{
    if (!s.p) return s;
    char *copy = qn_arena_strndup(c->arena, s.p, s.n);
    return copy ? (qn_str){ copy, s.n } : absent;
}

static qn_method req_method(qn_call *h)
{
    qn_pcall *c = route_of(h, "method()");
    qn_method m = c ? qn_req_method(c->req) : QN_GET;
    return m == QN_HEAD ? QN_GET : m;
}

static qn_str req_path(qn_call *h)
{
    qn_pcall *c = route_of(h, "path()");
    return c ? closed(c, qn_req_path(c->req)) : absent;
}

static qn_str req_param(qn_call *h, const char *name)
{
    qn_pcall *c = route_of(h, "param()");
    return c ? closed(c, qn_req_param(c->req, name)) : absent;
}

static qn_str req_query(qn_call *h, const char *name)
{
    qn_pcall *c = route_of(h, "query()");
    size_t n = 0;
    const qn_pair *q = c ? qn_req_query(c->req, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        if (qn_str_eqz(q[i].name, name)) return closed(c, q[i].value);
    return absent;
}

static qn_str req_header(qn_call *h, const char *name)
{
    qn_pcall *c = route_of(h, "header()");
    return c ? closed(c, qn_req_header(c->req, name)) : absent;
}

static qn_str req_body(qn_call *h)
{
    qn_pcall *c = route_of(h, "body()");
    return c ? closed(c, qn_req_body(c->req)) : absent;
}

static void answer(qn_pcall *c, const qn_problem *p)
{
    if (c->answered) return;
    c->answered = true;
    qn_reply_problem(c->req, p);
}

static qn_json *req_body_json(qn_call *h)
{
    qn_pcall *c = route_of(h, "body_json()");
    if (!c) return NULL;
    qn_json_limits limits = { .max_depth = JSON_DEPTH };
    qn_json_fault fault = { 0 };
    json_t *v = NULL;
    int err = qn_json_parse(&v, qn_req_body(c->req), &limits, &fault);
    qn_json *value = err ? NULL : qn_value_own(c, v);
    if (value) return value;
    if (err != QN_EINVAL) {
        answer(c, &(qn_problem){ .status = 500, .type = "internal", .detail = "out of memory" });
        return NULL;
    }
    char *detail = qn_arena_printf(c->arena, "%s (line %zu, column %zu)", fault.detail, fault.line, fault.column);
    char *pointer = qn_arena_strdup(c->arena, fault.pointer);
    qn_fault one = { pointer ? pointer : "", fault.code, detail ? detail : "" };
    answer(c, &(qn_problem){
                  .status = 400, .type = "malformed-json", .detail = one.detail, .errors = &one, .nerrors = 1 });
    return NULL;
}

static int req_query_int(int64_t *out, qn_call *h, const char *name, int64_t min, int64_t max, int64_t def)
{
    qn_pcall *c = route_of(h, "query_int()");
    if (!c) return QN_ESTATE;
    qn_str s = req_query(h, name);
    int64_t n = def;
    if (s.p && (qn_str_i64(&n, s) || n < min || n > max)) {
        const char *where = qn_arena_printf(c->arena, "?%s", name);
        char *detail =
            qn_arena_printf(c->arena, "a whole number from %lld to %lld is wanted", (long long)min, (long long)max);
        qn_fault one = { where ? where : "", "range", detail ? detail : "" };
        answer(c, &(qn_problem){
                      .status = 400, .type = "bad-request", .detail = one.detail, .errors = &one, .nerrors = 1 });
        return QN_EINVAL;
    }
    *out = n;
    return QN_OK;
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

/* Headers that are the connection's own, or would let one answer be read as two. */
static bool is_ours(qn_str name)
{
    static const char *const ours[] = { "content-length",   "connection",   "date",         "transfer-encoding",
                                        "content-encoding", "x-request-id", "content-type", "keep-alive",
                                        "upgrade",          "trailer",      "server" };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (qn_str_eq_ci(name, qn_str_of(ours[i]))) return true;
    return false;
}

/* Headers that may be given in several lines; of the others the last one counts. */
static bool is_list(qn_str name)
{
    static const char *const lists[] = { "set-cookie", "link", "vary", "surrogate-key", "www-authenticate" };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (qn_str_eq_ci(name, qn_str_of(lists[i]))) return true;
    return false;
}

static bool is_token(qn_str s)
{
    static const char others[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 5.6.2 */
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9');
        if (!letter && !strchr(others, ch)) return false;
    }
    return s.n > 0;
}

static qn_str without_controls(qn_pcall *c, const char *value)
{
    char *copy = qn_arena_strdup(c->arena, value), *to = copy;
    for (const char *from = copy; from && *from; from++)
        if ((unsigned char)*from >= 0x20 && *from != 0x7F) *to++ = *from;
    return copy ? qn_str_trim((qn_str){ copy, (size_t)(to - copy) }) : absent;
}

static int reply_header(qn_call *h, const char *name, const char *value)
{
    qn_pcall *c = route_of(h, "reply_header()");
    if (!c || c->answered) return QN_ESTATE;
    qn_str n = qn_str_of(name);
    if (!value || !is_token(n) || is_ours(n)) return QN_EINVAL;
    qn_str v = without_controls(c, value);
    if (!v.p) return QN_ENOMEM;
    if (!is_list(n)) qn_res_unset(c->req, name);
    if (qn_str_eq_ci(n, QN_STR("etag"))) c->has_etag = true;
    if (qn_str_eq_ci(n, QN_STR("cache-control"))) c->has_cache = true;
    qn_res_header(c->req, name, v);
    return QN_OK;
}

static void add_default_cache(qn_pcall *c)
{
    if (c->has_cache) return;
    c->has_cache = true;
    qn_res_header(c->req, "Cache-Control",
                  c->caller && c->caller->token ? QN_STR("private, no-store") : QN_STR("no-cache"));
}

static void add_default_headers(qn_pcall *c, int status, const struct iovec *parts, size_t n)
{
    bool reads = qn_req_method(c->req) == QN_GET || qn_req_method(c->req) == QN_HEAD;
    if (reads && status == 200 && !c->has_etag) {
        unsigned char hash[HASH_BYTES];
        char hex[HASH_BYTES * 2 + 1];
        crypto_generichash_state s;
        crypto_generichash_init(&s, NULL, 0, sizeof hash);
        for (size_t i = 0; i < n; i++) crypto_generichash_update(&s, parts[i].iov_base, parts[i].iov_len);
        crypto_generichash_final(&s, hash, sizeof hash);
        sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
        qn_res_headerf(c->req, "ETag", "\"%s\"", hex);
    }
    add_default_cache(c);
}

/* The request may be over when this returns: nothing of it is touched afterwards. */
static int reply_parts(qn_pcall *c, int status, const char *type, const struct iovec *parts, size_t n)
{
    if (c->answered) {
        qn_log(QN_LOG_WARN, c->request, "plugin %s: a second answer in %s", c->plugin->name, c->reg->place);
        return QN_ESTATE;
    }
    if (status < 200 || status > 599) return QN_EINVAL;
    c->answered = true;
    add_default_headers(c, status, parts, n);
    qn_reply(c->req, status, type, parts, n);
    return QN_OK;
}

static int reply(qn_call *h, int status, const char *content_type, qn_str bytes)
{
    qn_pcall *c = route_of(h, "reply()");
    if (!c) return QN_ESTATE;
    qn_str type = content_type ? without_controls(c, content_type) : absent;
    const char *kept = type.p ? qn_str_dup(c->arena, type) : NULL;
    if (content_type && !kept) return QN_ENOMEM;
    const struct iovec part = { (void *)(uintptr_t)bytes.p, bytes.n };
    return reply_parts(c, status, kept, &part, bytes.n ? 1 : 0);
}

static int reply_value(qn_call *h, int status, const qn_json *value, bool as_data)
{
    static const char head[] = "{\"data\":", tail[] = "}";
    qn_pcall *c = route_of(h, "an answer");
    if (!c || c->answered) return QN_ESTATE;
    qn_buf *b = qn_buf_new(c->arena);
    bool good = b && value;
    if (good && as_data) qn_buf_add(b, head, sizeof head - 1);
    if (good) good = qn_json_write(b, qn_value(value), false) == QN_OK;
    if (good && as_data) qn_buf_add(b, tail, sizeof tail - 1);
    if (good) qn_buf_addc(b, '\n');
    if (!good || b->failed) {
        qn_log(QN_LOG_ERROR, c->request, "plugin %s: %s answers with no value", c->plugin->name, c->reg->place);
        answer(c, &(qn_problem){ .status = 500, .type = "internal", .detail = "the answer could not be made" });
        return QN_EINVAL;
    }
    const struct iovec part = { b->p, b->n };
    return reply_parts(c, status, "application/json", &part, 1);
}

static int reply_json(qn_call *h, int status, const qn_json *value)
{
    return reply_value(h, status, value, false);
}

static int reply_data(qn_call *h, int status, const qn_json *value)
{
    return reply_value(h, status, value, true);
}

/* Opened, and certainly a file. */
static int open_file(int *out, qn_pcall *c, const qn_file_spec *spec)
{
    struct stat st;
    int fd, rc = qn_open_beneath(&fd, spec->dir, spec->path);
    if (rc == QN_EIO)
        qn_log(QN_LOG_WARN, c->request, "plugin %s: a file of %s cannot be opened: %s", c->plugin->name, spec->dir,
               strerror(errno));
    if (rc) return rc;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
        *out = fd;
        return QN_OK;
    }
    close(fd);
    return QN_ENOTFOUND;
}

static int reply_file(qn_call *h, const qn_file_spec *given)
{
    qn_pcall *c = route_of(h, "reply_file()");
    qn_file_spec spec;
    int fd;
    if (!c || c->answered) return QN_ESTATE;
    size_t least = offsetof(qn_file_spec, content_type) + sizeof spec.content_type;
    if (!qn_spec_take(&spec, sizeof spec, given, least) || !spec.dir) return QN_EINVAL;
    qn_str type = spec.content_type ? without_controls(c, spec.content_type) : qn_str_of(qn_media_type_of(spec.path));
    const char *kept = type.n ? qn_str_dup(c->arena, type) : NULL;
    int rc = kept ? open_file(&fd, c, &spec) : QN_ENOMEM;
    if (rc) return rc;
    add_default_cache(c);
    c->answered = true; /* and perhaps over when it returns */
    rc = qn_reply_file(c->req, fd, kept);
    if (rc) c->answered = false;
    return rc;
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

static int reply_page(qn_call *h, const qn_json *items, uint32_t limit, qn_str next, qn_str prev)
{
    qn_pcall *c = route_of(h, "reply_page()");
    if (!c || c->answered) return QN_ESTATE;
    json_t *list = qn_value(items);
    qn_buf *data = qn_buf_new(c->arena), *body = qn_buf_new(c->arena);
    bool good = data && body && json_is_array(list);
    if (good) good = qn_json_write(data, list, false) == QN_OK && !data->failed;
    if (good) good = qn_res_page(body, c->req, qn_buf_str(data), json_array_size(list), limit, next, prev) == QN_OK;
    if (!good) {
        qn_log(QN_LOG_ERROR, c->request, "plugin %s: %s answers with no page", c->plugin->name, c->reg->place);
        answer(c, &(qn_problem){ .status = 500, .type = "internal", .detail = "the answer could not be made" });
        return QN_EINVAL;
    }
    const struct iovec part = { body->p, body->n };
    return reply_parts(c, 200, "application/json", &part, 1);
}

static qn_str cursor(qn_call *h, const char *list, const qn_str *keys, size_t n)
{
    qn_pcall *c = qn_pcall_of(h);
    if (!c || c->ending || !list || n > QN_CURSOR_KEYS) return absent;
    return qn_cursor_write(c->arena, list, keys, n);
}

static int cursor_keys(qn_str *keys, size_t n, qn_call *h, const char *list, qn_str text)
{
    qn_pcall *c = qn_pcall_of(h);
    if (!c || c->ending) return QN_ESTATE;
    if (!list || n > QN_CURSOR_KEYS) return QN_EINVAL;
    int rc = qn_cursor_read(keys, n, c->arena, list, text);
    return rc == QN_ESTATE ? QN_EINVAL : rc;
}

static const char *slug(qn_call *h, qn_str text)
{
    qn_pcall *c = qn_pcall_of(h);
    return c && !c->ending ? qn_slug_make(c->arena, text.p ? text : (qn_str){ "", 0 }) : NULL;
}

void qn_fill_request(qn_api *t)
{
    t->method = req_method;
    t->path = req_path;
    t->param = req_param;
    t->query = req_query;
    t->header = req_header;
    t->body = req_body;
    t->body_json = req_body_json;
    t->query_int = req_query_int;
    t->reply_header = reply_header;
    t->reply = reply;
    t->reply_json = reply_json;
    t->reply_data = reply_data;
    t->reply_file = reply_file;
    t->reply_page = reply_page;
    t->cursor = cursor;
    t->cursor_keys = cursor_keys;
    t->slug = slug;
}
