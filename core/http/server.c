#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "http/conn.h"

static void on_accept(void *ctx, int fd, const struct sockaddr *peer, socklen_t peer_bytes)
{
    qn_conn_open(ctx, fd, peer, peer_bytes);
}

/* Set where the connections come from, so that none of them costs a system call for it. */
static void set_socket_options(const qn_server *s)
{
    int one = 1, bytes = s->limits.send_buffer_bytes;
    for (size_t i = 0; i < s->o.nlisten; i++) {
        setsockopt(s->o.listen_fds[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(s->o.listen_fds[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    }
}

static int make_id_prefix(qn_server *s)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    unsigned char random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return QN_EIO;
    for (size_t i = 0; i < sizeof random; i++) s->id_prefix[i] = digits[random[i] % 32]; /* 80 bits */
    memcpy(&s->random, random, sizeof s->random);
    s->id_prefix[sizeof random] = '-';
    s->id_prefix[sizeof random + 1] = '\0';
    return 0;
}

static int open_parts(qn_server *s)
{
    int rc = make_id_prefix(s);
    if (!rc) rc = qn_wheel_new(&s->wheel, s->o.loop, qn_conn_on_deadline, s);
    if (!rc) rc = qn_addr_table_new(&s->addrs);
    if (!rc) rc = qn_proxies_new(&s->proxies, s->o.config);
    if (!rc) rc = qn_compressor_new(&s->compressor);
    if (!rc && s->o.config) rc = qn_access_log_new(&s->access_log, s->o.config);
    if (!rc) rc = qn_cache_open(&s->cache, &s->o);
    if (rc) return rc;
    s->ready_ev = event_new(qn_loop_base(s->o.loop), -1, 0, qn_conn_on_ready, s);
    s->yield_ev = event_new(qn_loop_base(s->o.loop), -1, 0, qn_conn_on_yield, s);
    if (!s->ready_ev || !s->yield_ev) return QN_ENOMEM;
    qn_acceptor_options a = { .loop = s->o.loop,
                              .fds = s->o.listen_fds,
                              .nfds = s->o.nlisten,
                              .shm = s->o.shm,
                              .slot = s->o.slot,
                              .spare = s->o.spare,
                              .fn = on_accept,
                              .ctx = s };
    return qn_acceptor_new(&s->acceptor, &a);
}

int qn_server_new(qn_server **out, const qn_server_options *o)
{
    qn_server *s = calloc(1, sizeof *s);
    if (!s) return QN_ENOMEM;
    s->o = *o;
    qn_server_limits_read(&s->limits, o->config);
    set_socket_options(s);
    int rc = open_parts(s);
    if (rc)
        qn_server_free(&s);
    else
        *out = s;
    return rc;
}

static void release(qn_server *s)
{
    if (s->orphans) return;
    qn_req_free_stock(s);
    qn_cache_free(&s->cache);
    free(s);
}

void qn_server_free(qn_server **sp)
{
    if (!sp || !*sp) return;
    qn_server *s = *sp;
    *sp = NULL;
    qn_acceptor_free(&s->acceptor);
    s->drained = NULL;
    while (s->conns) qn_conn_destroy(s->conns);
    if (s->ready_ev) event_free(s->ready_ev);
    if (s->yield_ev) event_free(s->yield_ev);
    qn_timer_free(&s->drain_timer);
    qn_wheel_free(&s->wheel);
    qn_addr_table_free(&s->addrs);
    qn_proxies_free(&s->proxies);
    qn_compressor_free(&s->compressor);
    qn_access_log_free(&s->access_log);
    qn_buf_free(&s->date);
    s->freed = true;
    release(s);
}

/* A compression that still runs on the pool needs its request, and that the server's struct. */
void qn_server_orphan_gone(qn_server *s)
{
    s->orphans--;
    if (s->freed) release(s);
}

/* Of all workers together: [server] max_connections is the node's. */
unsigned qn_server_connections(const qn_server *s)
{
    if (!s->o.shm || !s->o.slot) return s->nconns;
    int64_t n = 0;
    for (size_t i = 0; i < QN_SLOTS; i++)
        if (atomic_load_explicit(&s->o.shm->slots[i].kind, memory_order_relaxed) == QN_PROC_WORKER)
            n += atomic_load_explicit(&s->o.shm->slots[i].connections, memory_order_relaxed);
    return n > 0 ? (unsigned)n : 0;
}

void qn_server_reopen_log(qn_server *s)
{
    if (s->access_log) qn_access_log_reopen(s->access_log);
}

/* ---- draining -------------------------------------------------------------------------------------------------- */

static void tell_drained(void *ctx)
{
    qn_server *s = ctx;
    void (*done)(void *) = s->drained;
    s->drained = NULL;
    if (done) done(s->drained_ctx);
}

/* Told from the loop, not from inside of what ended the last connection: `done` may free the server. */
void qn_server_conn_gone(qn_server *s)
{
    if (s->drained && !s->conns) qn_timer_start(s->drain_timer, 0);
}

void qn_server_drain(qn_server *s, void (*done)(void *ctx), void *ctx)
{
    s->draining = true;
    s->drained = done;
    s->drained_ctx = ctx;
    qn_acceptor_free(&s->acceptor);
    if (!s->drain_timer && qn_timer_new(&s->drain_timer, s->o.loop, tell_drained, s)) {
        tell_drained(s);
        return;
    }
    qn_timer_start(s->drain_timer, s->limits.drain_ms);
    for (qn_conn *c = s->conns, *next; c; c = next) {
        next = c->next;
        qn_conn_drain(c);
    }
    qn_server_conn_gone(s);
}
