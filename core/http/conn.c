#include "http/conn.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

/*
 * One connection: IDLE → HEAD → BODY → HANDLE → WRITE → IDLE …, or LINGER at the end. Every way in (the socket, a
 * deadline, an answer) ends in settle(), which frees what has died meanwhile: nothing above it on the stack may touch
 * the connection then.
 */
enum {
    EOF_GRACE_MS = 500, /* a client that ended its side may still read: printf … | nc; one that has gone never will */
    LINGER_MS = 5000,   /* RFC 9112 9.6: read on for a while, or a reset takes the answer from the client */
    DRAIN_LINGER_MS = 500, /* the same while the server is ending: clients keep idle connections open for long */
    LINGER_BYTES = 8 * 1024 * 1024,
    REFUSED_AT_ONCE = 256, /* connections past the bound that get an answer; more are just closed */
    SQUEEZE_WAIT_MS = 1000
};

static void feed(qn_conn *c, const char *p, size_t n);

static void set_deadline(qn_conn *c, int64_t at_ms)
{
    qn_wheel_set(c->srv->wheel, &c->timer, at_ms);
}

/* The clock is read once for each way in, and after a handler, which may have taken its time. */
static void tick(qn_server *s)
{
    s->now_us = qn_mono_us();
}

void qn_conn_enter(qn_conn *c, qn_conn_state state, int64_t timeout_ms)
{
    c->state = (uint8_t)state;
    c->since_ms = c->srv->now_us / 1000;
    set_deadline(c, c->since_ms + timeout_ms);
}

/* A whole transfer at its least rate, and never a pause longer than the timeout. */
void qn_conn_progress(qn_conn *c, uint64_t bytes, uint64_t min_per_s, int timeout_ms)
{
    int64_t now = qn_mono_ms(), at = now + timeout_ms;
    if (min_per_s && bytes / min_per_s < INT32_MAX) {
        int64_t least = c->since_ms + timeout_ms + (int64_t)(bytes * 1000 / min_per_s);
        if (least < at) at = least;
    }
    set_deadline(c, at);
}

/* For the handler, from now on. */
int qn_conn_handler_ms(const qn_conn *c)
{
    const qn_route *route = c->req->route;
    return route && route->timeout_ms ? route->timeout_ms : c->srv->limits.request_ms;
}

void qn_conn_await_handler(qn_conn *c)
{
    c->req->deadline_ms = qn_mono_ms() + qn_conn_handler_ms(c);
    set_deadline(c, c->req->deadline_ms);
}

static bool is_reading(const qn_conn *c)
{
    if (c->dead) return false;
    if (c->state == QN_CONN_BODY) return !qn_req_body_waits(c->req);
    return c->state == QN_CONN_IDLE || c->state == QN_CONN_HEAD;
}

/* A handler has to do something before more is read. */
static bool is_waiting(const qn_conn *c)
{
    return c->state == QN_CONN_HANDLE || c->state == QN_CONN_STREAM || (c->state == QN_CONN_BODY && !is_reading(c));
}

/* ---- the end of a connection ----------------------------------------------------------------------------------- */

static void linger(qn_conn *c)
{
    qn_io_stash(c, NULL, 0);
    if (c->eof || shutdown(c->fd, SHUT_WR) < 0) {
        c->dead = true;
        return;
    }
    qn_conn_enter(c, QN_CONN_LINGER, c->srv->draining ? DRAIN_LINGER_MS : LINGER_MS);
}

static void drop_ready(qn_conn *c)
{
    if (!c->ready_back) return;
    *c->ready_back = c->ready_next;
    if (c->ready_next) c->ready_next->ready_back = c->ready_back;
    c->ready_back = NULL;
}

void qn_conn_destroy(qn_conn *c)
{
    qn_server *s = c->srv;
    qn_io_watch(c, QN_WATCH_NONE);
    qn_wheel_clear(s->wheel, &c->timer);
    drop_ready(c);
    *c->back = c->next;
    if (c->next) c->next->back = c->back;
    if (c->state == QN_CONN_WRITE || c->state == QN_CONN_STREAM) qn_io_abort(c);
    if (s->access_log && c->req && c->req->id[0]) qn_access_log_write(s->access_log, c->req, true);
    close(c->fd);
    if (c->addr) qn_addr_give(s->addrs, c->addr);
    if (s->o.slot) atomic_fetch_sub_explicit(&s->o.slot->connections, 1, memory_order_relaxed);
    s->nconns--;
    qn_acceptor_lighter(s->acceptor);
    if (c->req && c->req->squeeze)
        qn_res_orphan(c->req);
    else if (c->req)
        qn_req_end(&c->req);
    free(c->pend);
    free(c);
    qn_server_conn_gone(s);
}

static void settle(qn_conn *c)
{
    bool reads = is_reading(c);
    if (c->eof && reads && !c->pend_n) c->dead = true;
    if (c->dead) {
        qn_conn_destroy(c);
        return;
    }
    qn_conn_watch w = QN_WATCH_READ;
    if (c->state == QN_CONN_WRITE || (c->state == QN_CONN_STREAM && c->req->out.blocked))
        w = QN_WATCH_WRITE;
    else if (reads && c->pend_n)
        w = QN_WATCH_NONE;
    else if (c->pend_n >= c->srv->limits.max_pending_bytes || (c->hup && !reads && c->state != QN_CONN_LINGER))
        w = QN_WATCH_CLOSED; /* it may still be reset */
    qn_io_watch(c, w);
    if (c->dead) qn_conn_destroy(c);
}

/* ---- the answer ------------------------------------------------------------------------------------------------ */

void qn_conn_after_answer(qn_conn *c)
{
    qn_server *s = c->srv;
    bool close_it = c->req->close || s->draining;
    if (s->access_log) qn_access_log_write(s->access_log, c->req, false);
    if (s->o.slot) atomic_fetch_add_explicit(&s->o.slot->requests, 1, memory_order_relaxed);
    qn_req_end(&c->req);
    c->served++;
    if (close_it)
        linger(c);
    else
        qn_conn_enter(c, QN_CONN_IDLE, s->limits.idle_ms);
}

static void flush(qn_conn *c)
{
    bool blocked;
    const qn_server_limits *l = &c->srv->limits;
    if (qn_io_flush(c, &blocked)) {
        c->dead = true;
    } else if (blocked) {
        qn_conn_progress(c, c->req->sent_bytes, l->write_min_bytes_per_s, l->write_ms);
    } else {
        qn_conn_after_answer(c);
    }
}

void qn_conn_write_out(qn_conn *c)
{
    if (c->req->niov == 0) {
        c->dead = true;
        return;
    }
    c->since_ms = c->srv->now_us / 1000;
    if (c->req->out.on) {
        c->state = QN_CONN_STREAM;
        qn_conn_pump(c);
    } else {
        c->state = QN_CONN_WRITE;
        flush(c);
    }
}

void qn_conn_answered(qn_conn *c)
{
    /* What called may still use the request's memory when it gets control back. */
    if (!c->in_handler) qn_conn_make_ready(c);
}

void qn_conn_make_ready(qn_conn *c)
{
    qn_server *s = c->srv;
    if (!c->ready_back) {
        c->ready_next = s->ready;
        if (c->ready_next) c->ready_next->ready_back = &c->ready_next;
        c->ready_back = &s->ready;
        s->ready = c;
    }
    event_active(s->ready_ev, 0, 0);
}

/* As make_ready, but after the loop has looked at the other sockets. */
void qn_conn_yield(qn_conn *c)
{
    static const struct timeval now = { 0, 0 };
    qn_server *s = c->srv;
    if (c->ready_back) return;
    c->ready_next = s->yielded;
    if (c->ready_next) c->ready_next->ready_back = &c->ready_next;
    c->ready_back = &s->yielded;
    s->yielded = c;
    event_add(s->yield_ev, &now);
}

static void answer_now(qn_conn *c, int status, const char *detail)
{
    qn_req *req = c->req;
    req->verdict = status;
    req->verdict_detail = detail;
    req->close = true;
    if (req->handler_us) qn_req_expire(req); /* one that takes the body as it comes */
    qn_req_on_error(req);
    qn_conn_enter(c, QN_CONN_HANDLE, c->srv->limits.request_ms);
    c->in_handler = true;
    qn_res_verdict(req);
    c->in_handler = false;
    if (req->answered) qn_conn_write_out(c);
}

/* ---- the request ----------------------------------------------------------------------------------------------- */

static int begin_request(qn_conn *c)
{
    if (qn_req_take(&c->req, c->srv)) return QN_ENOMEM;
    c->req->conn = c;
    c->req->db_us = -1;
    c->req->first_us = c->srv->now_us;
    qn_conn_enter(c, QN_CONN_HEAD, c->srv->limits.header_ms);
    return 0;
}

static void check_body_taken(qn_req *req)
{
    assert(req->verdict || req->route);
    if (req->verdict || !req->route->accepts) return;
    qn_str coding = qn_req_header(req, "content-encoding");
    if (!qn_req_media_taken(req)) {
        req->verdict = 415;
        const char *detail = qn_arena_printf(req->arena, "%s; it takes %s",
                                             req->media_type.n ? "the Content-Type is none that this resource takes"
                                                               : "the request has no Content-Type that can be read",
                                             req->route->accepts);
        req->verdict_detail = detail ? detail : "the Content-Type is none that this resource takes";
    } else if (coding.n && !qn_str_eq_ci(coding, QN_STR("identity"))) {
        req->verdict = 415;
        req->verdict_detail = "a body with a Content-Encoding is not taken";
        qn_res_header(req, "Accept-Encoding", QN_STR("identity"));
    }
}

/* The whole request is there, or what is there is enough. */
static void dispatch(qn_conn *c)
{
    qn_req *req = c->req;
    if (req->hit) {
        c->in_handler = true;
        qn_cached_reply(req);
        c->in_handler = false;
        if (req->answered) {
            qn_conn_write_out(c);
            return;
        }
    }
    int timeout = qn_conn_handler_ms(c);
    if (c->hup && timeout > EOF_GRACE_MS) timeout = EOF_GRACE_MS;
    qn_conn_enter(c, QN_CONN_HANDLE, timeout);
    req->deadline_ms = c->since_ms + timeout;
    if (req->hit) return; /* its compressed form is being made */
    req->handler_us = c->srv->now_us;
    check_body_taken(req);
    req->in.whole = req->in.paused = true; /* of a body that would have been streamed and is none */
    c->in_handler = true;
    if (req->verdict)
        qn_res_verdict(req);
    else
        req->route->fn(req, req->route->ctx);
    c->in_handler = false;
    tick(c->srv);
    if (req->answered)
        qn_conn_write_out(c);
    else
        qn_conn_tell_end(c);
}

/* Expect: 100-continue (RFC 9110 10.1.1): the client asks before it sends. Where the body is not wanted it hears so at
 * once; and as it may send the body all the same, or not, nothing can follow on this connection. */
static void on_expect(qn_conn *c, bool body_began)
{
    qn_req *req = c->req;
    if (req->verdict == 0) check_body_taken(req);
    if (req->verdict) {
        answer_now(c, req->verdict, req->verdict_detail);
    } else if (req->drop_body) {
        req->close = true;
        dispatch(c);
    } else if (!body_began) {
        qn_io_continue(c);
    }
}

static void on_head(qn_conn *c, bool more)
{
    qn_req *req = c->req;
    const qn_server_limits *l = &c->srv->limits;
    qn_req_on_head(req);
    if (!req->verdict && req->route && req->route->streams) {
        check_body_taken(req);
        req->drop_body = req->verdict != 0;
        req->in.on = !req->verdict && qn_req_media_in(req, req->route->streams);
    }
    uint64_t max =
        req->route && !req->verdict && req->route->max_body_bytes ? req->route->max_body_bytes : l->max_body_bytes;
    if (req->in.on) max = UINT64_MAX;
    qn_parser_body_max(&req->parser, max);
    req->body.max = (size_t)max;
    req->close = !req->parser.keep_alive || c->srv->draining || (l->max_requests && c->served + 1 >= l->max_requests);
    if (!req->parser.has_body) return; /* QN_HE_DONE follows, with the deadline of the head still in force */
    qn_conn_enter(c, QN_CONN_BODY, l->body_ms);
    if (req->in.on && more) req->expects = false; /* it has begun to send */
    if (req->in.on)
        qn_conn_begin_stream(c);
    else if (req->expects && req->parser.length <= max)
        on_expect(c, more);
}

static void on_body(qn_conn *c, qn_str data)
{
    qn_req *req = c->req;
    const qn_server_limits *l = &c->srv->limits;
    qn_conn_progress(c, req->parser.body_seen, l->body_min_bytes_per_s, l->body_ms);
    if (req->drop_body) return;
    if (req->in.on) {
        qn_conn_on_piece(c, data);
        return;
    }
    qn_server *s = c->srv;
    bool full = data.n > l->max_bodies_bytes - s->body_bytes;
    if (full || qn_buf_add(&req->body, data.p, data.n)) {
        answer_now(c, 503, "there is no memory for the body at present");
        return;
    }
    s->body_bytes += data.n;
}

/* One event of the parser. False: it has used up the input. */
static bool step(qn_conn *c, const char **p, const char *end)
{
    qn_str data = { 0 };
    qn_req *req = c->req;
    switch (qn_parser_next(&req->parser, p, end, &data)) {
    case QN_HE_MORE:
        return false;
    case QN_HE_ROOM:
        if (qn_req_grow_store(req)) c->dead = true;
        return true;
    case QN_HE_HEAD:
        on_head(c, *p < end);
        return true;
    case QN_HE_BODY:
        on_body(c, data);
        return true;
    case QN_HE_DONE:
        if (req->in.on && c->state == QN_CONN_BODY)
            qn_conn_on_whole(c);
        else
            dispatch(c);
        return true;
    case QN_HE_ERROR:
        break;
    }
    answer_now(c, req->parser.status, req->parser.detail);
    return true;
}

/* Reads requests until the input is used up or one has to wait; what is left then is kept. */
static void feed(qn_conn *c, const char *p, size_t n)
{
    const char *end = p + n;
    unsigned row = 0;
    while (is_reading(c)) {
        if (c->state == QN_CONN_IDLE) {
            if (p == end) break;
            if (row++ == c->srv->limits.max_pipelined) {
                qn_conn_yield(c);
                break;
            }
            if (begin_request(c)) c->dead = true;
            continue;
        }
        if (!step(c, &p, end)) break;
    }
    if (c->dead || c->state == QN_CONN_LINGER) return;
    if ((p < end || c->pend) && qn_io_stash(c, p, (size_t)(end - p))) c->dead = true;
}

/* A streamed body may have been read to its end while its handler paused: then it is whole without another byte. */
static void feed_pending(qn_conn *c)
{
    if (!is_reading(c)) return;
    if (c->pend_n || (c->state == QN_CONN_BODY && c->req->in.on)) feed(c, c->pend ? c->pend : "", c->pend_n);
}

/* ---- the ways in ----------------------------------------------------------------------------------------------- */

/* The client ended its side. A request that is complete may still be answered; one that a handler waits on gets a
 * moment for it, because whether the client still reads cannot be known. */
static void on_hup(qn_conn *c)
{
    c->hup = true;
    int64_t at = qn_mono_ms() + EOF_GRACE_MS;
    if (c->state == QN_CONN_LINGER || (c->state == QN_CONN_BODY && qn_conn_is_cut_off(c)))
        c->dead = true;
    else if (c->state == QN_CONN_HANDLE && at < c->timer.at_ms)
        set_deadline(c, at);
}

/* … and all that it sent was read. */
static void on_eof(qn_conn *c)
{
    c->eof = true;
    on_hup(c);
}

/* Reads ahead while the handler works, mostly to hear of the client's end. */
static void read_ahead(qn_conn *c, const char *p, size_t n)
{
    char *grown = realloc(c->pend, c->pend_n + n);
    if (!grown) {
        c->dead = true;
        return;
    }
    memcpy(grown + c->pend_n, p, n);
    c->pend = grown;
    c->pend_n += (uint32_t)n;
    c->pend_cap = c->pend_n;
}

static void on_readable(qn_conn *c)
{
    qn_server *s = c->srv;
    /* A handler that has gone on in this turn of the loop has not had yet what was read ahead: this is behind it. */
    bool ahead = is_waiting(c) || c->pend_n;
    size_t want = ahead ? s->limits.max_pending_bytes - c->pend_n : sizeof s->scratch;
    if (want == 0) return;
    ssize_t n = read(c->fd, s->scratch, want);
    if (n < 0) {
        c->dead = errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    } else if (n == 0) {
        on_eof(c);
    } else if (ahead) {
        read_ahead(c, s->scratch, (size_t)n);
    } else if (c->state == QN_CONN_LINGER) {
        c->lingered_bytes += (uint32_t)n;
        c->dead = c->lingered_bytes > LINGER_BYTES;
    } else {
        feed(c, s->scratch, (size_t)n);
    }
}

void qn_conn_event(qn_conn *c, short what)
{
    tick(c->srv);
    if (c->watch == QN_WATCH_CLOSED) {
        if (qn_io_was_reset(c))
            c->dead = true;
        else if (what & EV_CLOSED)
            on_hup(c);
    } else if (c->state == QN_CONN_WRITE) {
        flush(c);
        feed_pending(c);
    } else if (c->watch == QN_WATCH_WRITE) {
        qn_conn_pump(c);
        feed_pending(c);
    } else {
        on_readable(c);
    }
    settle(c);
}

/* What handlers did while they were not called from here. */
static void advance(qn_conn *c)
{
    if (c->state == QN_CONN_STREAM)
        qn_conn_pump(c);
    else if ((c->state == QN_CONN_HANDLE || c->state == QN_CONN_BODY) && c->req->answered)
        qn_conn_write_out(c);
    else if (c->state == QN_CONN_HANDLE)
        qn_conn_tell_end(c);
}

static void run_ready(qn_conn **list)
{
    qn_conn *todo = *list;
    *list = NULL;
    if (todo) todo->ready_back = &todo;
    while (todo) {
        qn_conn *c = todo;
        tick(c->srv);
        drop_ready(c);
        if (!c->dead) advance(c);
        feed_pending(c);
        settle(c);
    }
}

void qn_conn_on_ready(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_server *s = arg;
    run_ready(&s->ready);
}

void qn_conn_on_yield(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_server *s = arg;
    run_ready(&s->yielded);
}

/* The handler did not answer in time: its request ends, and with the arena whatever it waits for. */
static void on_handler_timeout(qn_conn *c)
{
    qn_req *req = c->req;
    if (req->squeeze || req->answered) {
        set_deadline(c, qn_mono_ms() + SQUEEZE_WAIT_MS);
        return;
    }
    if (c->hup) {
        c->dead = true;
        return;
    }
    qn_req_expire(req);
    req->verdict = 503;
    req->verdict_detail = "the answer was not ready in time";
    c->in_handler = true;
    qn_res_verdict(req);
    c->in_handler = false;
    if (req->answered) qn_conn_write_out(c);
}

void qn_conn_on_deadline(void *ctx, qn_wheel_entry *e)
{
    (void)ctx;
    qn_conn *c = (qn_conn *)(void *)((char *)e - offsetof(qn_conn, timer));
    tick(c->srv);
    switch ((qn_conn_state)c->state) {
    case QN_CONN_HEAD:
        if (c->req->parser.store_n)
            answer_now(c, 408, "the header fields did not arrive in time");
        else
            c->dead = true;
        break;
    case QN_CONN_BODY:
        if (!is_reading(c))
            on_handler_timeout(c);
        else
            answer_now(c, 408, "the body did not arrive in time");
        break;
    case QN_CONN_HANDLE:
        on_handler_timeout(c);
        break;
    case QN_CONN_IDLE:
    case QN_CONN_WRITE:
    case QN_CONN_STREAM:
    case QN_CONN_LINGER:
        c->dead = true;
    }
    feed_pending(c);
    settle(c);
}

void qn_conn_drain(qn_conn *c)
{
    tick(c->srv);
    bool unbegun = c->state == QN_CONN_HEAD && c->req->parser.store_n == 0;
    if ((c->state == QN_CONN_IDLE && !c->pend_n) || unbegun) {
        c->dead = true;
        settle(c);
    } else if (c->state == QN_CONN_LINGER) {
        set_deadline(c, qn_mono_ms() + DRAIN_LINGER_MS);
    } else if (c->req && !c->req->answered) {
        c->req->close = true;
    }
}

/* ---- the beginning --------------------------------------------------------------------------------------------- */

static void take_peer(qn_conn *c, const struct sockaddr *peer)
{
    c->peer = (qn_ip){ .family = AF_UNIX };
    if (peer->sa_family == AF_INET) {
        c->peer.family = AF_INET;
        memcpy(c->peer.bytes, &((const struct sockaddr_in *)(const void *)peer)->sin_addr, 4);
    } else if (peer->sa_family == AF_INET6) {
        c->peer = qn_ip_of_ipv6(((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr.s6_addr);
    }
    c->trusted = qn_proxies_trust(c->srv->proxies, &c->peer);
}

/* 0, or the status that the connection is refused with. */
static int check_room(qn_conn *c)
{
    qn_server *s = c->srv;
    const qn_server_limits *l = &s->limits;
    if (qn_server_connections(s) > l->max_connections) return 503;
    /* Behind a proxy it is its clients' requests that are counted, not its connections. */
    if (!l->max_per_address || c->trusted || c->peer.family == AF_UNIX) return 0;
    c->addr = qn_addr_take(s->addrs, &c->peer, l->max_per_address);
    return c->addr ? 0 : 429;
}

void qn_conn_open(qn_server *s, int fd, const struct sockaddr *peer, socklen_t peer_bytes)
{
    qn_conn *c = s->nconns < s->limits.max_connections + REFUSED_AT_ONCE ? calloc(1, sizeof *c) : NULL;
    if (!c || peer_bytes < sizeof peer->sa_family) {
        free(c);
        close(fd);
        return;
    }
    c->srv = s;
    tick(s);
    c->fd = fd;
    take_peer(c, peer);
    c->next = s->conns;
    if (c->next) c->next->back = &c->next;
    c->back = &s->conns;
    s->conns = c;
    s->nconns++;
    if (s->o.slot) atomic_fetch_add_explicit(&s->o.slot->connections, 1, memory_order_relaxed);
    qn_conn_enter(c, QN_CONN_IDLE, s->limits.header_ms); /* who says nothing at all is no keep-alive client */
    int refused = check_room(c);
    if (refused && begin_request(c))
        c->dead = true;
    else if (refused)
        answer_now(c, refused,
                   refused == 429 ? "there are too many connections from this address"
                                  : "there are too many connections");
    settle(c);
}
