/* Bodies that are read, and answers that are written, bit by bit: the half that handlers see. What moves them is in
 * conn.c. */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/conn.h"

/* ---- the body of the request ----------------------------------------------------------------------------------- */

bool qn_req_body_streams(const qn_req *req)
{
    return req->in.on;
}

void qn_req_body_stream(qn_req *req, const qn_body_sink *sink, void *ctx)
{
    assert(req->in.on && !req->in.sink);
    req->in.sink = sink;
    req->in.ctx = ctx;
    qn_req_body_resume(req);
}

void qn_req_body_pause(qn_req *req)
{
    if (req->in.paused) return;
    req->in.paused = true;
    if (req->conn) qn_conn_paused(req->conn);
}

void qn_req_body_resume(qn_req *req)
{
    assert(req->in.sink);
    if (!req->in.paused) return;
    req->in.paused = false;
    if (req->conn) qn_conn_resumed(req->conn);
}

bool qn_req_body_waits(const qn_req *req)
{
    return req->in.on && (req->in.paused || req->replying || req->answered);
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

/* Sets the coding; false: there is none that the client takes. The encoder comes with it where there will be a body.
 * Without memory for one the plain form has to do. */
static bool choose_coding(qn_req *req)
{
    bool identity = true, pays = qn_coding_pays(req->content_type);
    qn_coding wanted = qn_coding_choose(qn_req_header(req, "accept-encoding"), &identity);
    req->varies = pays;
    req->coding = pays ? wanted : QN_IDENTITY;
    if (req->coding != QN_IDENTITY && req->method != QN_HEAD && qn_encoder_new(&req->out.encoder, req->coding))
        req->coding = QN_IDENTITY;
    return identity || req->coding != QN_IDENTITY;
}

int qn_reply_begin(qn_req *req, int status, const char *content_type, void (*more)(qn_req *req, void *ctx), void *ctx)
{
    assert(!req->replying && !req->answered && !qn_res_has_no_body(status));
    if (qn_apart_settle(req, status)) return QN_ESTATE;
    req->content_type = content_type;
    if (!choose_coding(req)) {
        qn_res_withdraw(req);
        qn_fail_req(req, 406, NULL, "Accept-Encoding excludes all that can be sent: br, zstd, gzip and identity");
        return QN_ESTATE;
    }
    req->replying = true;
    req->status = status;
    req->out.on = req->out.hungry = true;
    req->out.chunked = req->parser.minor > 0;
    req->out.more = more;
    req->out.ctx = ctx;
    if (!req->out.chunked) req->close = true; /* the end of the connection is the end of the body (RFC 9112 6.3) */
    qn_res_set_body(req, NULL, 0);
    qn_res_finish(req);
    if (req->method != QN_HEAD) return req->niov ? QN_OK : QN_ESTATE;
    req->out.on = false; /* the head was all */
    return QN_ESTATE;
}

size_t qn_stream_waiting(const qn_req *req)
{
    return req->out.next.n - req->out.next_at;
}

bool qn_reply_write(qn_req *req, qn_str data)
{
    qn_stream_out *o = &req->out;
    assert(o->on && !o->ended);
    if (qn_buf_adds(&o->next, data)) o->aborted = true;
    if (req->conn) qn_conn_streamed(req->conn);
    return !o->aborted && qn_stream_waiting(req) < QN_STREAM_BYTES;
}

void qn_reply_end(qn_req *req)
{
    assert(req->out.on && !req->out.ended);
    req->out.ended = true;
    if (req->conn) qn_conn_streamed(req->conn);
}

void qn_reply_abort(qn_req *req)
{
    assert(req->out.on);
    req->out.aborted = true;
    if (req->conn) qn_conn_streamed(req->conn);
}

static void add_part(qn_req *req, const char *p, size_t n)
{
    union {
        const char *from;
        void *to;
    } base = { .from = p }; /* iovec has no const; nothing writes to it */
    req->fixed[req->niov++] = (struct iovec){ .iov_base = base.to, .iov_len = n };
}

static void add_framing(qn_req *req, const char *p, size_t n)
{
    add_part(req, p, n);
    req->head_bytes += n;
}

static void add_size(qn_req *req, size_t n)
{
    char *line = req->out.size_line;
    size_t k = sizeof req->out.size_line;
    line[--k] = '\n';
    line[--k] = '\r';
    do {
        line[--k] = "0123456789abcdef"[n % 16];
        n /= 16;
    } while (n);
    add_framing(req, line + k, sizeof req->out.size_line - k);
}

/* Takes what was gathered over into `now`. An encoder gets a bounded piece of it, so that the loop does not stand still
 * for one who writes much at once; then `*last` may have to wait. */
static void take_over(qn_req *req, bool *last)
{
    qn_stream_out *o = &req->out;
    if (!o->encoder) {
        qn_buf sent = o->now;
        o->now = o->next;
        o->next = sent;
        qn_buf_clear(&o->next);
        return;
    }
    size_t left = qn_stream_waiting(req), n = left < QN_STREAM_BYTES ? left : QN_STREAM_BYTES;
    *last = *last && n == left;
    qn_buf_clear(&o->now);
    if (qn_encoder_add(o->encoder, &o->now, (qn_str){ n ? o->next.p + o->next_at : "", n }, *last)) o->aborted = true;
    o->next_at += n;
    if (n < left) return;
    qn_buf_clear(&o->next);
    o->next_at = 0;
}

/* What was gathered becomes one chunk, and the last one with it when nothing more comes. */
bool qn_stream_load(qn_req *req)
{
    qn_stream_out *o = &req->out;
    if (o->begun && req->iov_at < req->niov) return false;
    if (o->begun) req->niov = req->iov_at = 0;
    o->begun = true;
    bool last = o->ended && !o->finished, some = o->next.n > 0 || (last && o->encoder);
    if (some) {
        take_over(req, &last);
        req->body_bytes += o->now.n;
        if (o->chunked) add_size(req, o->now.n);
        add_part(req, o->now.p, o->now.n);
    }
    if (last) o->finished = true;
    if (!o->chunked) return some;
    if (some && last)
        add_framing(req, "\r\n0\r\n\r\n", 7);
    else if (some)
        add_framing(req, "\r\n", 2);
    else if (last)
        add_framing(req, "0\r\n\r\n", 5);
    return some;
}

void qn_stream_free(qn_req *req)
{
    qn_buf_free(&req->out.next);
    qn_buf_free(&req->out.now);
    qn_encoder_free(&req->out.encoder);
}
