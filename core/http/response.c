#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/conn.h"

enum {
    POOL_BYTES = 64 * 1024 /* at and above this the loop would stand still for a millisecond or more */
};

/** A compression that runs on the pool. It owns what the thread touches until it is done, whatever becomes of the
 * connection. */
typedef struct qn_squeeze {
    qn_req *req;
    qn_task *task;
    const struct iovec *parts;
    size_t nparts;
    char *out;
    size_t out_cap, out_n;
    int rc;
} qn_squeeze;

const char *qn_status_text(int status)
{
    static const struct {
        int status;
        const char *text;
    } texts[] = { { 200, "OK" },
                  { 201, "Created" },
                  { 202, "Accepted" },
                  { 204, "No Content" },
                  { 206, "Partial Content" },
                  { 207, "Multi-Status" },
                  { 301, "Moved Permanently" },
                  { 302, "Found" },
                  { 303, "See Other" },
                  { 304, "Not Modified" },
                  { 307, "Temporary Redirect" },
                  { 308, "Permanent Redirect" },
                  { 400, "Bad Request" },
                  { 401, "Unauthorized" },
                  { 403, "Forbidden" },
                  { 404, "Not Found" },
                  { 405, "Method Not Allowed" },
                  { 406, "Not Acceptable" },
                  { 408, "Request Timeout" },
                  { 409, "Conflict" },
                  { 410, "Gone" },
                  { 412, "Precondition Failed" },
                  { 413, "Content Too Large" },
                  { 414, "URI Too Long" },
                  { 415, "Unsupported Media Type" },
                  { 416, "Range Not Satisfiable" },
                  { 417, "Expectation Failed" },
                  { 422, "Unprocessable Content" },
                  { 424, "Failed Dependency" },
                  { 428, "Precondition Required" },
                  { 429, "Too Many Requests" },
                  { 431, "Request Header Fields Too Large" },
                  { 451, "Unavailable For Legal Reasons" },
                  { 500, "Internal Server Error" },
                  { 501, "Not Implemented" },
                  { 502, "Bad Gateway" },
                  { 503, "Service Unavailable" },
                  { 504, "Gateway Timeout" },
                  { 505, "HTTP Version Not Supported" } };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].status == status) return texts[i].text;
    return status < 400 ? "OK" : "Error"; /* any text will do: RFC 9112 4 */
}

bool qn_res_has_no_body(int status)
{
    return status == 204 || status == 304;
}

/* ---- headers of the handler ------------------------------------------------------------------------------------ */

/* Forgets what was set for an answer that another one takes the place of. */
void qn_res_reset(qn_req *req)
{
    qn_buf_clear(&req->headers);
    req->etag = req->last_modified = req->vary = (qn_str){ 0 };
    req->content_type = NULL;
    req->coding = QN_IDENTITY;
    req->varies = req->usual = false;
    req->age_s = 0;
}

static bool is_clean(qn_str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
    }
    return true;
}

static qn_str copy(qn_req *req, qn_str s)
{
    char *p = qn_str_dup(req->arena, s);
    return p ? (qn_str){ p, s.n } : (qn_str){ 0 };
}

static void add_vary(qn_req *req, qn_str value)
{
    if (req->vary.n == 0) {
        req->vary = copy(req, value);
        return;
    }
    char *both = qn_arena_printf(req->arena, "%.*s, %.*s", QN_FMT(req->vary), QN_FMT(value));
    if (both) req->vary = qn_str_of(both);
}

void qn_res_header(qn_req *req, const char *name, qn_str value)
{
    bool clean = is_clean(value);
    assert(clean);
    if (!clean) return;
    qn_str n = qn_str_of(name);
    /* These three depend on what the connection makes of the body, so they are written last. */
    if (qn_str_eq_ci(n, QN_STR("etag"))) {
        req->etag = copy(req, value);
    } else if (qn_str_eq_ci(n, QN_STR("last-modified"))) {
        req->last_modified = copy(req, value);
    } else if (qn_str_eq_ci(n, QN_STR("vary"))) {
        add_vary(req, value);
    } else {
        qn_buf_adds(&req->headers, n);
        qn_buf_add(&req->headers, ": ", 2);
        qn_buf_adds(&req->headers, value);
        qn_buf_add(&req->headers, "\r\n", 2);
    }
}

/* The next line of those that begin at `*at`, which is moved behind it. */
static qn_str next_line(const qn_buf *b, size_t *at)
{
    size_t begin = *at;
    *at = (size_t)((char *)memchr(b->p + begin, '\n', b->n - begin) - b->p) + 1; /* each line has one */
    return (qn_str){ b->p + begin, *at - begin };
}

static bool is_named(qn_str line, qn_str name)
{
    return line.n > name.n && line.p[name.n] == ':' && qn_str_eq_ci((qn_str){ line.p, name.n }, name);
}

qn_str qn_res_value(const qn_req *req, const char *name)
{
    const qn_buf *b = &req->headers;
    for (size_t at = 0, n = strlen(name); !b->failed && at < b->n;) {
        qn_str line = next_line(b, &at);
        if (is_named(line, qn_str_of(name))) return qn_str_trim((qn_str){ line.p + n + 1, line.n - n - 1 });
    }
    return (qn_str){ 0 };
}

void qn_res_unset(qn_req *req, const char *name)
{
    qn_buf *b = &req->headers;
    size_t kept = 0;
    if (b->failed) return; /* no answer will come of it */
    for (size_t at = 0, end = 0; at < b->n; at = end) {
        if (is_named(next_line(b, &end), qn_str_of(name))) continue;
        memmove(b->p + kept, b->p + at, end - at);
        kept += end - at;
    }
    b->n = kept;
}

void qn_res_headerf(qn_req *req, const char *name, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *value = qn_arena_vprintf(req->arena, fmt, ap);
    va_end(ap);
    if (value) qn_res_header(req, name, qn_str_of(value));
}

/* ---- the head -------------------------------------------------------------------------------------------------- */

static void add_number(qn_buf *b, uint64_t v)
{
    char text[20];
    size_t k = sizeof text;
    do {
        text[--k] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    qn_buf_add(b, text + k, sizeof text - k);
}

static void add_line(qn_buf *b, const char *name, qn_str value)
{
    qn_buf_addz(b, name);
    qn_buf_add(b, ": ", 2);
    qn_buf_adds(b, value);
    qn_buf_add(b, "\r\n", 2);
}

static qn_str date_of(qn_server *s)
{
    if (s->now_us >= s->date_until_us) {
        char text[QN_HTTP_DATE_BYTES];
        int64_t wall_us = qn_wall_us();
        qn_http_date(text, wall_us / 1000000);
        qn_buf_clear(&s->date);
        add_line(&s->date, "Date", qn_str_of(text));
        s->date_until_us = s->now_us + 1000000 - wall_us % 1000000;
    }
    return qn_buf_str(&s->date);
}

/* A strong tag names the bytes, so each coding has its own (RFC 9110 8.8.3.3). */
static void add_etag(qn_buf *b, const qn_req *req)
{
    qn_str tag = req->etag;
    bool strong = tag.n >= 2 && tag.p[0] == '"';
    qn_buf_addz(b, "ETag: ");
    if (strong && req->coding != QN_IDENTITY) {
        qn_buf_add(b, tag.p, tag.n - 1);
        qn_buf_addz(b, qn_coding_suffix(req->coding));
        qn_buf_addc(b, '"');
    } else {
        qn_buf_adds(b, tag);
    }
    qn_buf_add(b, "\r\n", 2);
}

static void add_connection(qn_buf *b, const qn_req *req)
{
    if (req->close)
        qn_buf_addz(b, "Connection: close\r\n");
    else if (req->parser.minor == 0)
        qn_buf_addz(b, "Connection: keep-alive\r\n");
}

static void add_trace(qn_buf *b, const qn_req *req)
{
    char text[QN_TRACEPARENT_BYTES];
    qn_trace_text(text, &req->trace);
    add_line(b, "traceparent", qn_str_of(text));
}

static void add_body_lines(qn_buf *b, const qn_req *req)
{
    if (qn_res_has_no_body(req->status)) return;
    if (req->content_type) add_line(b, "Content-Type", qn_str_of(req->content_type));
    if (req->out.on) {
        if (req->out.chunked) qn_buf_addz(b, "Transfer-Encoding: chunked\r\n");
    } else {
        qn_buf_addz(b, "Content-Length: ");
        add_number(b, req->body_bytes);
        qn_buf_add(b, "\r\n", 2);
    }
    if (req->coding != QN_IDENTITY) add_line(b, "Content-Encoding", qn_str_of(qn_coding_name(req->coding)));
}

void qn_res_begin_head(qn_req *req)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\n", id[] = "X-Request-Id: ";
    qn_buf *b = &req->head;
    if (req->status == 200) {
        qn_buf_add(b, ok, sizeof ok - 1);
    } else {
        qn_buf_addz(b, "HTTP/1.1 ");
        add_number(b, (uint64_t)req->status);
        qn_buf_addc(b, ' ');
        qn_buf_addz(b, qn_status_text(req->status));
        qn_buf_add(b, "\r\n", 2);
    }
    qn_buf_adds(b, date_of(req->srv));
    qn_buf_add(b, id, sizeof id - 1);
    qn_buf_addz(b, req->id);
    qn_buf_add(b, "\r\n", 2);
    add_connection(b, req);
    if (req->age_s > 0) {
        qn_buf_addz(b, "Age: ");
        add_number(b, (uint64_t)req->age_s);
        qn_buf_add(b, "\r\n", 2);
    }
    if (req->traced) add_trace(b, req);
}

/* What stands in a head behind its beginning is kept with the answer: nothing there is this request's own. */
static void keep_head(qn_req *req, size_t from)
{
    const qn_buf *b = &req->head;
    if (req->cached && req->usual && !req->stale && !b->failed &&
        req->status == qn_cached_answer_of(req->cached)->status)
        qn_cached_keep_head(req->srv->cache, req->cached, req->coding, (qn_str){ b->p + from, b->n - from });
}

void qn_res_finish(qn_req *req)
{
    qn_buf *b = &req->head;
    if (req->in.on && !req->in.whole) req->close = true; /* what is left of the body is not read */
    req->reply_us = req->srv->now_us = qn_mono_us();
    qn_res_begin_head(req);
    size_t shared_from = b->n;
    qn_buf_addz(b, "X-Content-Type-Options: nosniff\r\n");
    add_body_lines(b, req);
    if (req->etag.n) add_etag(b, req);
    if (req->last_modified.n) add_line(b, "Last-Modified", req->last_modified);
    if (req->varies) add_vary(req, QN_STR("Accept-Encoding"));
    if (req->vary.n) add_line(b, "Vary", req->vary);
    qn_buf_adds(b, qn_buf_str(&req->headers));
    qn_buf_add(b, "\r\n", 2);
    keep_head(req, shared_from);

    req->head_bytes = b->n;
    req->iov[0] = (struct iovec){ .iov_base = b->p, .iov_len = b->n };
    if (req->method == QN_HEAD || qn_res_has_no_body(req->status)) {
        req->niov = 1;
        req->file = NULL;
    }
    if (b->failed || req->headers.failed) req->niov = 0; /* out of memory: the connection ends */
    qn_res_send(req);
}

void qn_res_send(qn_req *req)
{
    req->iov_at = 0;
    req->answered = true;
    qn_conn_answered(req->conn);
}

/* ---- the body -------------------------------------------------------------------------------------------------- */

static size_t total_of(const struct iovec *parts, size_t nparts)
{
    size_t n = 0;
    for (size_t i = 0; i < nparts; i++) n += parts[i].iov_len;
    return n;
}

/* iov[0] is kept free for the head. */
int qn_res_set_body(qn_req *req, const struct iovec *parts, size_t nparts)
{
    req->iov = nparts < 4 ? req->fixed : qn_arena_calloc(req->arena, nparts + 1, sizeof *req->iov);
    if (!req->iov) return QN_ENOMEM;
    if (nparts) memcpy(req->iov + 1, parts, nparts * sizeof *parts);
    req->niov = nparts + 1;
    req->body_bytes = total_of(parts, nparts);
    return 0;
}

static void send_plain(qn_req *req)
{
    if (req->cached && req->coding != QN_IDENTITY) qn_cached_give_up_coding(req->cached, req->coding);
    req->coding = QN_IDENTITY;
    qn_res_finish(req);
}

static void send_squeezed(qn_req *req, char *out, size_t n)
{
    req->iov = req->fixed;
    req->iov[1] = (struct iovec){ .iov_base = out, .iov_len = n };
    req->niov = 2;
    req->body_bytes = n;
    if (req->cached) qn_cached_add_coding(req->srv->cache, req->cached, req->coding, (qn_str){ out, n });
    qn_res_finish(req);
}

static void squeeze_work(void *ctx)
{
    qn_squeeze *q = ctx;
    q->rc = qn_compress(&q->out_n, q->out, q->out_cap, q->req->coding, q->parts, q->nparts, NULL);
}

static void squeeze_done(void *ctx, bool canceled)
{
    qn_squeeze *q = ctx;
    qn_req *req = q->req;
    req->squeeze = NULL;
    if (!req->conn) { /* the client did not wait */
        qn_server *s = req->srv;
        qn_req_end(&req);
        qn_server_orphan_gone(s);
    } else if (q->rc || canceled) {
        send_plain(req);
    } else {
        send_squeezed(req, q->out, q->out_n);
    }
}

/** Gives up a compression that runs: the request lives on until the thread has let go of it. */
void qn_res_orphan(qn_req *req)
{
    req->conn = NULL;
    if (req->addr) qn_addr_give(req->srv->addrs, req->addr); /* it may outlive the table */
    req->addr = NULL;
    req->srv->orphans++;
    qn_task_cancel(req->squeeze->task);
}

static int squeeze_on_pool(qn_req *req, char *out, size_t cap)
{
    qn_squeeze *q = qn_arena_alloc(req->arena, sizeof *q);
    if (!q) return QN_ENOMEM;
    *q = (qn_squeeze){ .req = req, .parts = req->iov + 1, .nparts = req->niov - 1, .out = out, .out_cap = cap };
    int rc = qn_pool_submit(&q->task, req->srv->o.pool, squeeze_work, squeeze_done, q);
    if (!rc) req->squeeze = q;
    return rc;
}

/* A kept answer is coded once: what there is of it is sent, and while somebody makes it the plain form is right too. */
static bool send_coded_before(qn_req *req)
{
    if (!req->cached) return false;
    const qn_str *body = &qn_cached_answer_of(req->cached)->body[req->coding];
    union {
        const char *from;
        void *to;
    } base = { .from = body->p }; /* iovec has no const; nothing writes to it */
    if (!body->p && qn_cached_claim_coding(req->cached, req->coding)) return false;
    if (!body->p) {
        req->coding = QN_IDENTITY;
        qn_res_finish(req);
        return true;
    }
    req->iov = req->fixed;
    req->iov[1] = (struct iovec){ .iov_base = base.to, .iov_len = body->n };
    req->niov = 2;
    req->body_bytes = body->n;
    qn_res_finish(req);
    return true;
}

/* Whatever goes wrong with compressing, the plain form is right too. */
static void send_compressed(qn_req *req)
{
    if (send_coded_before(req)) return;
    size_t n = (size_t)req->body_bytes, cap = qn_compress_bound(req->coding, n), out_n = 0;
    char *out = qn_arena_alloc_raw(req->arena, cap);
    if (!out) {
        send_plain(req);
    } else if ((n >= POOL_BYTES || req->cached) && req->srv->o.pool) {
        if (squeeze_on_pool(req, out, cap)) send_plain(req);
    } else if (qn_compress(&out_n, out, cap, req->coding, req->iov + 1, req->niov - 1, req->srv->compressor)) {
        send_plain(req);
    } else {
        send_squeezed(req, out, out_n);
    }
}

/* Which coding the answer has. False: none that the client takes exists. */
static bool choose_coding(qn_req *req)
{
    bool identity_taken = true;
    req->coding = QN_IDENTITY;
    req->usual = true;
    if (!req->content_type || !qn_coding_pays(req->content_type)) return true;
    qn_coding wanted = qn_coding_choose(qn_req_header(req, "accept-encoding"), &identity_taken);
    bool small = req->body_bytes < QN_SMALL_BYTES || req->file;
    req->varies = !small || !identity_taken;
    req->usual = !small || identity_taken;
    if (!small || !identity_taken) req->coding = wanted;
    if (req->file) req->coding = QN_IDENTITY; /* too large to be coded while the client waits */
    return identity_taken || (wanted != QN_IDENTITY && !req->file);
}

static void reply_without_body(qn_req *req, int status)
{
    req->status = status;
    req->file = NULL;
    qn_res_set_body(req, NULL, 0);
    qn_res_finish(req);
}

void qn_res_withdraw(qn_req *req)
{
    qn_res_reset(req);
    req->replying = false;
    req->file = NULL;
    /* The other answer is for this request alone, whatever was kept of the one that it takes the place of. */
    qn_cached_unref(&req->cached);
    req->cache_key = (qn_str){ 0 };
}

static void refuse(qn_req *req, int status, const char *detail)
{
    qn_res_withdraw(req);
    qn_reply_problem(req, &(qn_problem){ .status = status, .detail = detail });
}

void qn_reply(qn_req *req, int status, const char *content_type, const struct iovec *parts, size_t nparts)
{
    assert(!req->replying && !req->answered);
    if (req->replying || req->answered) {
        qn_log(QN_LOG_ERROR, req->id, "a request was answered twice; the second answer (%d) is dropped", status);
        return;
    }
    req->replying = true;
    req->status = status;
    req->content_type = content_type;
    if (qn_res_set_body(req, parts, content_type ? nparts : 0)) {
        req->iov = req->fixed;
        reply_without_body(req, 500);
        return;
    }
    if (!qn_res_is_held(req)) qn_res_let_go(req);
}

void qn_res_deliver(qn_req *req)
{
    int status = req->status;
    bool readable = choose_coding(req);
    bool checked =
        status == 200 && (req->method == QN_GET || req->method == QN_HEAD) && (req->etag.n || req->last_modified.n);
    int instead = checked ? qn_conditional(req, req->etag, req->last_modified) : 0;
    if (instead == 304)
        reply_without_body(req, 304);
    else if (instead)
        refuse(req, instead, "what is here now is not what If-Match or If-Unmodified-Since asks for");
    else if (!readable && status < 400)
        refuse(req, 406, "Accept-Encoding excludes all that can be sent: br, zstd, gzip and identity");
    else if (checked && qn_partial_reply(req))
        return;
    else if (req->coding != QN_IDENTITY)
        send_compressed(req);
    else
        send_plain(req);
}

void qn_reply_json(qn_req *req, int status, qn_str body)
{
    union {
        const char *from;
        void *to;
    } base = { .from = body.p }; /* iovec has no const; nothing writes to it */
    struct iovec part = { .iov_base = base.to, .iov_len = body.n };
    qn_reply(req, status, "application/json", &part, 1);
}

/* ---- answers of the server itself ------------------------------------------------------------------------------ */

static void add_accepted(qn_req *req)
{
    const char *name = req->method == QN_POST ? "Accept-Post" : req->method == QN_PATCH ? "Accept-Patch" : "Accept";
    qn_str list = qn_str_of(req->route->accepts);
    qn_buf b;
    qn_buf_init(&b, 0);
    while (list.p) {
        if (b.n) qn_buf_add(&b, ", ", 2);
        qn_buf_adds(&b, qn_str_trim(qn_str_cut(&list, ',')));
    }
    if (!b.failed) qn_res_header(req, name, qn_buf_str(&b));
    qn_buf_free(&b);
}

void qn_res_verdict(qn_req *req)
{
    char allow[64];
    if (req->verdict == 204 || req->verdict == 405) {
        qn_allow_text(allow, req->allow);
        qn_res_header(req, "Allow", qn_str_of(allow));
    }
    if (req->verdict == 204) {
        reply_without_body(req, 204);
        return;
    }
    if (req->verdict == 415 && req->route) add_accepted(req);
    if (req->verdict == 503 || req->verdict == 429) qn_res_header(req, "Retry-After", QN_STR("1"));
    const char *type = req->verdict == 503 && req->handler_us ? "timeout" : NULL;
    qn_problem p = { .status = req->verdict, .type = type, .detail = req->verdict_detail };
    if (req->fault.code) {
        p.errors = &req->fault;
        p.nerrors = 1;
    }
    qn_reply_problem(req, &p);
}
