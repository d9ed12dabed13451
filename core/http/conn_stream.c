/* Bodies and answers that pass bit by bit: how the connection moves them. The half that handlers see is in stream.c. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/clock.h"
#include "http/conn.h"

enum {
    STREAM_ROUNDS = 16, /* pieces of a streamed answer before other connections get their turn */
    CODED_ROUNDS = 2    /* where each has to be encoded, in less than a millisecond */
};

/* ---- the body of the request ----------------------------------------------------------------------------------- */

/* A streamed body has ended: its handler hears so once it wants to. */
void qn_conn_tell_end(qn_conn *c)
{
    qn_req *req = c->req;
    if (!req->in.sink || !req->in.whole || req->in.told || qn_req_body_waits(req)) return;
    req->in.told = true;
    c->in_handler = true;
    req->in.sink->end(req, req->in.ctx);
    c->in_handler = false;
    if (req->answered) qn_conn_write_out(c);
}

void qn_conn_on_whole(qn_conn *c)
{
    c->req->in.whole = true;
    qn_conn_enter(c, QN_CONN_HANDLE, 0);
    qn_conn_await_handler(c);
    qn_conn_tell_end(c);
}

/* Whether what is left of a body in chunks may end it: then an empty line is the last of what came, or the rest of one
 * whose beginning was read. */
static bool ends_with_a_line(qn_conn *c, size_t queued)
{
    enum { LINE = 4, MOST = 1024 * 1024 };
    static const char line[LINE + 1] = "\r\n\r\n";
    size_t kept = c->pend_n < LINE ? c->pend_n : LINE, n = kept + queued;
    if (n > MOST) return true; /* it will be seen when it is read */
    char *tail = n <= sizeof c->srv->scratch ? c->srv->scratch : malloc(n);
    if (!tail) return true;
    if (kept) memcpy(tail, c->pend + c->pend_n - kept, kept);
    bool all = !queued || recv(c->fd, tail + kept, queued, MSG_PEEK | MSG_DONTWAIT) == (ssize_t)queued;
    size_t last = n < LINE ? n : LINE;
    bool ends = !all || (last && memcmp(tail + n - last, line + LINE - last, last) == 0);
    if (tail != c->srv->scratch) free(tail);
    return ends;
}

bool qn_conn_is_cut_off(qn_conn *c)
{
    int queued = 0;
    const qn_parser *p = &c->req->parser;
    if (c->req->replying || c->req->answered) return false;
    if (ioctl(c->fd, FIONREAD, &queued) < 0 || queued < 0) return false;
    if (p->chunked) return !ends_with_a_line(c, (size_t)queued);
    return (uint64_t)queued + c->pend_n < p->length - p->body_seen;
}

/* The handler is called with the head alone, and asks for the body. */
void qn_conn_begin_stream(qn_conn *c)
{
    qn_req *req = c->req;
    req->in.paused = true;
    req->in.paused_ms = qn_mono_ms();
    req->handler_us = qn_mono_us();
    qn_conn_await_handler(c);
    c->in_handler = true;
    req->route->fn(req, req->route->ctx);
    c->in_handler = false;
    if (req->answered) qn_conn_write_out(c);
}

void qn_conn_on_piece(qn_conn *c, qn_str data)
{
    qn_req *req = c->req;
    req->deadline_ms = qn_mono_ms() + qn_conn_handler_ms(c);
    c->in_handler = true;
    req->in.sink->piece(req, req->in.ctx, data);
    c->in_handler = false;
    if (req->answered)
        qn_conn_write_out(c);
    else if (req->replying)
        qn_conn_await_handler(c); /* its compression */
}

void qn_conn_paused(qn_conn *c)
{
    c->req->in.paused_ms = qn_mono_ms();
    if (c->state == QN_CONN_BODY) qn_conn_await_handler(c);
}

void qn_conn_resumed(qn_conn *c)
{
    qn_req *req = c->req;
    const qn_server_limits *l = &c->srv->limits;
    if (c->state == QN_CONN_BODY) {
        c->since_ms += qn_mono_ms() - req->in.paused_ms; /* the client does not answer for that time */
        qn_conn_progress(c, req->parser.body_seen, l->body_min_bytes_per_s, l->body_ms);
        if (req->expects && req->parser.body_seen == 0) qn_io_continue(c);
        req->expects = false;
    }
    if (!c->in_handler) qn_conn_make_ready(c);
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

/* One piece of a streamed answer. False: it has to wait, or it is over. */
static bool stream_piece(qn_conn *c)
{
    const qn_server_limits *l = &c->srv->limits;
    qn_req *req = c->req;
    qn_stream_out *o = &req->out;
    if (o->hungry && !o->next.n && !o->ended && !o->aborted) {
        o->hungry = false;
        c->in_handler = true;
        o->more(req, o->ctx);
        c->in_handler = false;
    }
    if (qn_stream_load(req)) o->fed = true;
    bool blocked;
    if (o->aborted || qn_io_flush(c, &blocked)) {
        c->dead = true;
        return false;
    }
    if (blocked && !o->blocked) {
        o->blocked_from = req->sent_bytes;
        c->since_ms = qn_mono_ms();
    }
    o->blocked = blocked;
    if (blocked) {
        qn_conn_progress(c, req->sent_bytes - o->blocked_from, l->write_min_bytes_per_s, l->write_ms);
        return false;
    }
    if (o->finished) {
        qn_conn_after_answer(c);
        return false;
    }
    if (o->fed) o->hungry = true;
    o->fed = false;
    if (o->hungry || o->next.n || o->ended) return true;
    qn_conn_await_handler(c);
    return false;
}

void qn_conn_pump(qn_conn *c)
{
    unsigned row = 0, most = c->req->out.encoder ? CODED_ROUNDS : STREAM_ROUNDS;
    while (stream_piece(c))
        if (++row == most) {
            qn_conn_await_handler(c);
            qn_conn_yield(c);
            return;
        }
}

void qn_conn_streamed(qn_conn *c)
{
    if (c->in_handler) return;
    if (c->state == QN_CONN_STREAM && !c->req->out.blocked) qn_conn_await_handler(c);
    qn_conn_make_ready(c);
}
