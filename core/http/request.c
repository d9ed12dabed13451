#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/conn.h"

enum {
    ARENA_BYTES = 4096,
    KEEP_BODY_BYTES = 64 * 1024, /* larger buffers are given back after the request */
    KEEP_HEAD_BYTES = 8 * 1024
};

/* ---- the stock ------------------------------------------------------------------------------------------------- */

static void req_free(qn_req *req)
{
    qn_arena_free(&req->arena);
    qn_buf_free(&req->body);
    qn_buf_free(&req->headers);
    qn_buf_free(&req->head);
    free(req->fields);
    free(req->store);
    free(req);
}

static qn_req *req_new(qn_server *s)
{
    qn_req *req = calloc(1, sizeof *req);
    if (!req) return NULL;
    req->fields = calloc(s->limits.parse.max_headers, sizeof *req->fields);
    req->store = malloc(QN_STORE_BYTES);
    req->arena = qn_arena_new(ARENA_BYTES);
    req->store_cap = QN_STORE_BYTES;
    if (req->arena) qn_arena_meter(req->arena, &req->db_us);
    if (req->fields && req->store && req->arena) return req;
    req_free(req);
    return NULL;
}

int qn_req_take(qn_req **out, qn_server *s)
{
    qn_req *req = s->stock;
    if (req) {
        s->stock = req->next;
        s->stocked--;
    } else if (!(req = req_new(s))) {
        return QN_ENOMEM;
    }
    req->next = NULL;
    req->srv = s;
    qn_parser_init(&req->parser, &s->limits.parse, req->store, req->store_cap, req->fields);
    *out = req;
    return 0;
}

/* Everything that is not memory for reuse is cleared, so that nothing of one request can be seen by the next. */
static void clear(qn_req *req)
{
    qn_req keep = { .fields = req->fields,
                    .store = req->store,
                    .store_cap = req->store_cap,
                    .arena = req->arena,
                    .body = req->body,
                    .headers = req->headers,
                    .head = req->head };
    *req = keep;
    qn_buf_clear(&req->body);
    qn_buf_clear(&req->headers);
    qn_buf_clear(&req->head);
    if (req->body.cap > KEEP_BODY_BYTES) qn_buf_free(&req->body);
    if (req->headers.cap > KEEP_HEAD_BYTES) qn_buf_free(&req->headers);
    if (req->head.cap > KEEP_HEAD_BYTES) qn_buf_free(&req->head);
}

void qn_req_end(qn_req **reqp)
{
    qn_req *req = *reqp;
    qn_server *s = req->srv;
    *reqp = NULL;
    s->body_bytes -= req->body.n;
    if (req->addr) qn_addr_give(s->addrs, req->addr);
    qn_arena_reset(req->arena);
    qn_stream_free(req);
    if (s->stocked >= QN_STOCK || req->store_cap > KEEP_HEAD_BYTES) {
        req_free(req);
        return;
    }
    clear(req);
    req->next = s->stock;
    s->stock = req;
    s->stocked++;
}

void qn_req_free_stock(qn_server *s)
{
    while (s->stock) {
        qn_req *req = s->stock;
        s->stock = req->next;
        req_free(req);
    }
    s->stocked = 0;
}

int qn_req_grow_store(qn_req *req)
{
    const qn_http_limits *l = &req->srv->limits.parse;
    size_t most = (size_t)QN_TARGET_MOST(l) + l->max_header_bytes + 1024, want = (size_t)req->store_cap * 2;
    if (want > most) want = most;
    if (want <= req->store_cap) return QN_ELIMIT;
    char *p = realloc(req->store, want);
    if (!p) return QN_ENOMEM;
    req->store = p;
    req->store_cap = (uint32_t)want;
    qn_parser_store(&req->parser, p, req->store_cap);
    return 0;
}

/* ---- what the head says ---------------------------------------------------------------------------------------- */

static qn_method method_of(qn_str s)
{
    static const struct {
        const char *name;
        qn_method method;
    } methods[] = { { "GET", QN_GET },     { "HEAD", QN_HEAD },     { "POST", QN_POST },      { "PUT", QN_PUT },
                    { "PATCH", QN_PATCH }, { "DELETE", QN_DELETE }, { "OPTIONS", QN_OPTIONS } };
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (qn_str_eqz(s, methods[i].name)) return methods[i].method;
    return 0;
}

static bool is_id(qn_str s)
{
    if (s.n < 1 || s.n > 64) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool right = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                     c == '_' || c == '-';
        if (!right) return false;
    }
    return true;
}

/* A random prefix for the process and a count: as unique as a UUID, without a system call for each. */
void qn_req_make_id(qn_req *req)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    qn_server *s = req->srv;
    size_t n = strlen(s->id_prefix);
    memcpy(req->id, s->id_prefix, n);
    uint64_t count = s->id_next++;
    char text[16];
    size_t k = 0;
    do {
        text[k++] = digits[count % 32];
        count /= 32;
    } while (count);
    while (k) req->id[n++] = text[--k];
    req->id[n] = '\0';
}

static void take_id(qn_req *req)
{
    qn_str id = qn_req_header(req, "x-request-id");
    if (!is_id(id) || (id.n > 20 && qn_str_starts(id, QN_STR("qn_")))) { /* an id is logged, so a token is none */
        qn_req_make_id(req);
        return;
    }
    memcpy(req->id, id.p, id.n);
    req->id[id.n] = '\0';
}

/* splitmix64 */
static uint64_t next_random(qn_server *s)
{
    uint64_t z = s->random += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void take_trace(qn_req *req)
{
    qn_str header = qn_req_header(req, "traceparent"); /* two of them are joined, and so not valid */
    if (header.n) req->traced = qn_trace_take(&req->trace, header, next_random(req->srv));
}

/* type "/" subtype, lower case; absent when it is neither. */
static void take_media_type(qn_req *req)
{
    qn_str s = qn_req_header(req, "content-type");
    s = qn_str_trim(qn_str_cut(&s, ';'));
    char *text = s.n && s.n < 256 ? qn_str_dup(req->arena, s) : NULL;
    if (!text) return;
    unsigned slashes = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z') text[i] = (char)(text[i] + ('a' - 'A'));
        if (text[i] == '/')
            slashes++;
        else if (!qn_is_tchar((unsigned char)text[i]))
            return;
    }
    if (slashes == 1) req->media_type = (qn_str){ text, s.n };
}

static void refuse(qn_req *req, int status, const char *detail)
{
    if (req->verdict) return;
    req->verdict = status;
    req->verdict_detail = detail;
}

static int read_query(qn_req *req)
{
    const qn_parser *p = &req->parser;
    qn_str raw = qn_parser_str(p, p->query), rest = raw;
    size_t n = 1;
    for (size_t i = 0; i < raw.n; i++) n += raw.p[i] == '&';
    req->query = qn_arena_calloc(req->arena, n, sizeof *req->query);
    if (!req->query) return QN_ENOMEM;
    while (rest.n) {
        qn_str value = qn_str_cut(&rest, '&');
        if (value.n == 0) continue;
        qn_str name = qn_str_cut(&value, '=');
        qn_pair *q = &req->query[req->nquery];
        int rc = qn_percent_decode(&q->name, req->arena, name, true);
        if (!rc && value.n) rc = qn_percent_decode(&q->value, req->arena, value, true);
        if (!rc && !value.n) q->value = QN_STR("");
        if (rc == QN_EINVAL) {
            char *pointer = qn_arena_printf(req->arena, "?%.*s", QN_FMT(name));
            req->fault = (qn_fault){ pointer, "encoding", "this is not percent-encoded UTF-8 without NUL" };
        }
        if (rc) return rc;
        req->nquery++;
    }
    return 0;
}

static int decode_path(qn_req *req, qn_str raw)
{
    req->path = raw.n ? raw : QN_STR("/");
    if (!raw.n || !memchr(raw.p, '%', raw.n)) return 0;
    return qn_percent_decode(&req->path, req->arena, raw, false);
}

static void route(qn_req *req)
{
    const qn_parser *p = &req->parser;
    if (p->star) {
        req->path = QN_STR("*");
        req->allow = qn_router_methods(req->srv->o.router);
        refuse(req, 204, NULL);
        return;
    }
    qn_match m;
    qn_str raw = qn_parser_str(p, p->path);
    int rc = decode_path(req, raw);
    if (!rc) rc = qn_router_match(&m, req->srv->o.router, req->arena, req->method, raw);
    if (rc == QN_EINVAL) refuse(req, 400, "the path is not percent-encoded UTF-8 without NUL");
    if (rc) refuse(req, 500, NULL);
    if (rc) return;
    req->allow = m.allow;
    req->route = m.route;
    req->nparams = m.nparams;
    memcpy(req->params, m.params, sizeof m.params[0] * m.nparams);
    if (!m.allow) refuse(req, 404, "no resource answers to this path");
    if (!m.route && req->method == QN_OPTIONS) refuse(req, 204, NULL);
    if (!m.route) refuse(req, 405, "the Allow header lists the methods that this resource takes");
}

/* Who asks, where a trusted proxy says so; and whether that client has too many requests in flight. */
static void take_client(qn_req *req)
{
    qn_server *s = req->srv;
    qn_forwarded f;
    const qn_proxy_headers h = { .forwarded = qn_req_header(req, "forwarded"),
                                 .x_for = qn_req_header(req, "x-forwarded-for"),
                                 .x_proto = qn_req_header(req, "x-forwarded-proto"),
                                 .x_host = qn_req_header(req, "x-forwarded-host") };
    qn_proxies_read(&f, s->proxies, &req->conn->peer, &h);
    if (f.contradicted)
        qn_log(QN_LOG_WARN, req->id,
               "Forwarded and X-Forwarded-For name different clients: neither is believed; let "
               "the proxy delete the one that it does not set");
    req->client = f.client;
    req->proto = f.proto;
    req->host = f.host;
    if (!s->limits.max_per_address || qn_proxies_trust(s->proxies, &f.client)) return;
    req->addr = qn_addr_take(s->addrs, &f.client, s->limits.max_per_address);
    if (!req->addr) refuse(req, 429, "there are too many requests in flight from this address");
}

void qn_req_on_head(qn_req *req)
{
    const qn_parser *p = &req->parser;
    req->method = method_of(qn_parser_str(p, p->method));
    take_id(req);
    take_trace(req);
    if (req->conn->trusted) take_client(req);
    req->expects = p->expect == QN_EXPECT_CONTINUE;
    if (p->expect == QN_EXPECT_OTHER) refuse(req, 417, "the only expectation that is known is 100-continue");
    if (!req->method) refuse(req, 501, "this method is not known here");
    qn_req_take_retry_key(req);
    qn_cached_find(req);
    if (req->hit) return;
    take_media_type(req);
    if (req->method) route(req);
    if (p->has_query && !req->verdict) {
        int rc = read_query(req);
        if (rc == QN_EINVAL) refuse(req, 400, "the query cannot be decoded");
        if (rc) refuse(req, 500, NULL);
    }
    req->drop_body = req->verdict || !req->route->accepts;
}

void qn_req_on_error(qn_req *req)
{
    if (!req->id[0]) take_id(req);
    if (!req->method && req->parser.method.n) req->method = method_of(qn_parser_str(&req->parser, req->parser.method));
}

void qn_req_expire(qn_req *req)
{
    qn_arena_reset(req->arena);
    qn_res_reset(req);
    req->query = NULL;
    req->nquery = req->nparams = 0;
    req->path = req->media_type = req->host = (qn_str){ 0 };
    req->replying = false;
    qn_res_unhold(req);
    req->in.sink = NULL;
    req->in.paused = true;
}

/* The body's coding and media type are among those that the route takes. Only methods with a body to act on have to
 * say. */
bool qn_req_media_taken(const qn_req *req)
{
    if (!req->route->accepts || !(req->method & (QN_POST | QN_PUT | QN_PATCH))) return true;
    return qn_req_media_in(req, req->route->accepts);
}

bool qn_req_media_in(const qn_req *req, const char *types)
{
    if (strcmp(types, "*") == 0) return true;
    qn_str list = qn_str_of(types);
    while (list.p)
        if (qn_str_eq(qn_str_trim(qn_str_cut(&list, ',')), req->media_type) && req->media_type.n) return true;
    return false;
}

/* ---- accessors ------------------------------------------------------------------------------------------------- */

qn_arena *qn_req_arena(qn_req *req)
{
    return req->arena;
}

const char *qn_req_id(const qn_req *req)
{
    return req->id;
}

qn_method qn_req_method(const qn_req *req)
{
    return req->method;
}

qn_str qn_req_path(const qn_req *req)
{
    return req->path;
}

qn_str qn_req_target(const qn_req *req)
{
    return qn_parser_str(&req->parser, req->parser.target);
}

qn_str qn_req_param(const qn_req *req, const char *name)
{
    for (unsigned i = 0; i < req->nparams; i++)
        if (qn_str_eqz(req->params[i].name, name)) return req->params[i].value;
    return (qn_str){ 0 };
}

/* Several lines of one name are one list (RFC 9110 5.3). */
static qn_str join(qn_req *req, qn_str name, uint32_t first)
{
    const qn_parser *p = &req->parser;
    size_t n = 0;
    for (uint32_t i = first; i < p->nfields; i++)
        if (p->fields[i].name_n == name.n && memcmp(p->store + p->fields[i].name_at, name.p, name.n) == 0)
            n += p->fields[i].value.n + 2;
    char *text = qn_arena_alloc_raw(req->arena, n), *at = text;
    if (!text) return (qn_str){ 0 };
    for (uint32_t i = first; i < p->nfields; i++) {
        const qn_http_field *f = &p->fields[i];
        if (f->name_n != name.n || memcmp(p->store + f->name_at, name.p, name.n) != 0) continue;
        if (at != text) memcpy(at, ", ", 2), at += 2;
        memcpy(at, p->store + f->value.at, f->value.n);
        at += f->value.n;
    }
    return (qn_str){ text, (size_t)(at - text) };
}

qn_str qn_req_header(qn_req *req, const char *name)
{
    const qn_parser *p = &req->parser;
    qn_str key = qn_str_of(name);
    int64_t found = -1;
    if (!(p->names & qn_http_name_bit(key))) return (qn_str){ 0 };
    for (uint32_t i = 0; i < p->nfields; i++) {
        const qn_http_field *f = &p->fields[i];
        if (f->name_n != key.n || memcmp(p->store + f->name_at, key.p, key.n) != 0) continue;
        if (found >= 0) return join(req, key, (uint32_t)found);
        found = i;
    }
    return found < 0 ? (qn_str){ 0 } : qn_parser_str(p, p->fields[found].value);
}

const qn_pair *qn_req_query(qn_req *req, size_t *n)
{
    *n = req->nquery;
    return req->query;
}

qn_str qn_req_body(const qn_req *req)
{
    return qn_buf_str(&req->body);
}

qn_str qn_req_peer(const qn_req *req)
{
    char text[QN_IP_TEXT_BYTES];
    const qn_ip *ip = req->client.family != AF_UNSPEC ? &req->client : &req->conn->peer;
    return qn_str_of(qn_arena_strdup(req->arena, qn_ip_text(text, ip)));
}

qn_str qn_req_scheme(const qn_req *req)
{
    return req->proto.p ? req->proto : QN_STR("http");
}

qn_str qn_req_host(const qn_req *req)
{
    return req->host.p ? req->host : qn_parser_str(&req->parser, req->parser.authority);
}

int64_t qn_req_left_ms(const qn_req *req)
{
    int64_t left = req->deadline_ms - qn_mono_ms();
    return left > 0 ? left : 0;
}

void qn_req_log_caller(qn_req *req, const char *caller)
{
    size_t n = strlen(caller);
    if (n >= sizeof req->caller) { /* not in the middle of a character */
        n = sizeof req->caller - 1;
        while (n && ((unsigned char)caller[n] & 0xc0) == 0x80) n--;
    }
    memcpy(req->caller, caller, n);
    req->caller[n] = '\0';
}

const char *qn_req_traceparent(qn_req *req)
{
    char *text = qn_arena_alloc(req->arena, QN_TRACEPARENT_BYTES);
    if (!text) return NULL;
    if (!req->trace.trace_id[0]) {
        qn_server *s = req->srv;
        const uint64_t random[3] = { next_random(s), next_random(s), next_random(s) };
        qn_trace_begin(&req->trace, random);
    }
    qn_trace_text(text, &req->trace);
    return text;
}

void qn_req_log_db_us(qn_req *req, int64_t us)
{
    qn_arena_charge(req->arena, us);
}
