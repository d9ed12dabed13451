#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "http/conn.h"

/* What a connection waits for: one event, changed only when the connection blocks or stops blocking, so that a request
 * costs no system call for it. */

static void on_event(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    qn_conn_event(arg, what);
}

void qn_io_watch(qn_conn *c, qn_conn_watch w)
{
    /* CLOSED hears of the client's end without reading. EV_READ is with it because that is all that libevent reports of
     * a reset, and EV_ET because what waits to be read must not wake the loop again and again. */
    static const short what[] = { 0, EV_READ | EV_PERSIST, EV_WRITE | EV_PERSIST,
                                  EV_CLOSED | EV_READ | EV_ET | EV_PERSIST };
    if (c->watch == w) return;
    if (c->watch != QN_WATCH_NONE) event_del(&c->ev);
    c->watch = (uint8_t)w;
    if (w == QN_WATCH_NONE) return;
    event_assign(&c->ev, qn_loop_base(c->srv->o.loop), c->fd, what[w], on_event, c);
    if (event_add(&c->ev, NULL) < 0) c->dead = true;
}

/* Keeps what was read behind the present request. `p` may lie in what is kept already. */
int qn_io_stash(qn_conn *c, const char *p, size_t n)
{
    if (n == 0) {
        free(c->pend);
        c->pend = NULL;
        c->pend_n = c->pend_cap = 0;
        return 0;
    }
    assert(p && n <= UINT32_MAX);
    if (c->pend && p >= c->pend && p < c->pend + c->pend_cap) {
        memmove(c->pend, p, n);
    } else {
        if (c->pend_cap < n) {
            char *grown = realloc(c->pend, n);
            if (!grown) return QN_ENOMEM;
            c->pend = grown;
            c->pend_cap = (uint32_t)n;
        }
        memcpy(c->pend, p, n);
    }
    c->pend_n = (uint32_t)n;
    return 0;
}

bool qn_io_was_reset(const qn_conn *c)
{
    int err = 0;
    socklen_t n = sizeof err;
    return getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0 || err != 0;
}

/* An answer that the client does not take would stay in the kernel for minutes after close(2). */
void qn_io_abort(qn_conn *c)
{
    struct linger none = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

/* Interim answer (RFC 9110 15.2.1). Where the socket does not take it the client sends its body anyway after a while.
 */
void qn_io_continue(qn_conn *c)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ssize_t n = send(c->fd, text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0 && n < (ssize_t)sizeof text - 1) c->dead = true; /* half of it cannot be taken back */
}

int qn_io_flush(qn_conn *c, bool *blocked)
{
    qn_req *req = c->req;
    *blocked = false;
    while (req->iov_at < req->niov) {
        size_t count = req->niov - req->iov_at;
        struct msghdr m = { .msg_iov = req->iov + req->iov_at, .msg_iovlen = count > IOV_MAX ? IOV_MAX : count };
        ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            *blocked = true;
            return 0;
        }
        if (n < 0) return -errno;
        req->sent_bytes += (uint64_t)n;
        size_t left = (size_t)n;
        while (req->iov_at < req->niov && left >= req->iov[req->iov_at].iov_len)
            left -= req->iov[req->iov_at++].iov_len;
        if (left) {
            struct iovec *v = &req->iov[req->iov_at];
            v->iov_base = (char *)v->iov_base + left;
            v->iov_len -= left;
        }
    }
    return req->file ? qn_file_flush(c, blocked) : 0;
}
