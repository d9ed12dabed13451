#include "loop/accept.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum {
    PAUSE_MS = 100, /* out of descriptors or memory: how long until the next try */
    SAY_EVERY_MS = 10000,
    STEP_BACK_MS = 2,    /* how long another one is given to take the connection */
    STEP_BACK_TIMES = 8, /* then it is taken after all: the other one may be stuck */
    SLACK = 1            /* connections more than the least loaded one has that are not yet "clearly more" */
};

struct qn_acceptor {
    qn_acceptor_options o;
    qn_timer *resume;
    int stepped_back;
    bool is_back;    /* paused for the others' sake */
    bool out_of_fds; /* said so in the log, */
    int64_t said_ms; /* then */
    int most;        /* descriptors from here on are not for connections */
    bool tight;      /* the last one was next to it */
    size_t n;
    struct event *evs[];
};

static void watch(qn_acceptor *a, bool on)
{
    for (size_t i = 0; i < a->n; i++) {
        if (on)
            event_add(a->evs[i], NULL);
        else
            event_del(a->evs[i]);
    }
}

static void on_resume(void *ctx)
{
    qn_acceptor *a = ctx;
    a->is_back = false;
    watch(a, true);
}

static void pause_ms(qn_acceptor *a, int ms)
{
    watch(a, false);
    qn_timer_start(a->resume, ms);
}

/* A share of the least loaded one's is added to the slack, so that at thousands of connections nobody waits for a
 * difference that does not matter. */
static bool holds_clearly_more(const qn_acceptor *a)
{
    if (!a->o.shm || !a->o.slot) return false;
    int32_t mine = atomic_load_explicit(&a->o.slot->connections, memory_order_relaxed);
    int32_t generation = atomic_load_explicit(&a->o.slot->generation, memory_order_relaxed);
    int32_t least = qn_shm_least_connections(a->o.shm, generation);
    return least < INT32_MAX && mine > least + SLACK + least / 16; /* INT32_MAX: none is ready */
}

/* Each client that goes makes room for one: that is no news. */
static void say_out(qn_acceptor *a, int err)
{
    int64_t now = qn_mono_ms();
    if (a->out_of_fds || (a->said_ms && now - a->said_ms < SAY_EVERY_MS)) return;
    qn_warn("no connection can be accepted: %s; trying again every %d ms", strerror(err), PAUSE_MS);
    a->out_of_fds = true;
    a->said_ms = now;
}

/* Where it had to be asked: the kernel gives the lowest number that is free. */
static bool has_room(const qn_acceptor *a, int fd)
{
    if (!a->tight) return true;
    int next = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (next >= 0) close(next);
    return next >= 0 && next < a->most;
}

static void on_error(qn_acceptor *a, int err)
{
    switch (err) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        /* The connection stays in the backlog and the socket readable: without a pause this would spin. */
        say_out(a, err);
        pause_ms(a, PAUSE_MS);
        return;
    case EAGAIN:
    case EINTR:
    case ECONNABORTED:
        return; /* another process was faster, or the client has gone */
    default:
        /* Linux passes pending network errors of the new connection on (accept(2)): they are not ours. */
        qn_debug("accept: %s", strerror(err));
        if (err == EBADF || err == EINVAL || err == ENOTSOCK) pause_ms(a, PAUSE_MS);
        return;
    }
}

static void on_connection(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    qn_acceptor *a = arg;
    if (holds_clearly_more(a) && a->stepped_back < STEP_BACK_TIMES) {
        a->stepped_back++;
        a->is_back = true;
        pause_ms(a, STEP_BACK_MS);
        return;
    }
    a->stepped_back = 0;
    struct sockaddr_storage peer;
    socklen_t bytes = sizeof peer;
    int s = has_room(a, fd) ? accept4(fd, (struct sockaddr *)&peer, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC) : -EMFILE;
    if (s < 0) {
        on_error(a, s == -EMFILE ? EMFILE : errno);
        return;
    }
    a->tight = s >= a->most - 1;
    if (a->out_of_fds) qn_info("connections are being accepted again");
    a->out_of_fds = false;
    a->o.fn(a->o.ctx, s, (const struct sockaddr *)&peer, bytes);
}

void qn_acceptor_lighter(qn_acceptor *a)
{
    if (!a || !a->is_back || holds_clearly_more(a)) return;
    qn_timer_stop(a->resume);
    on_resume(a);
}

static int most_for(unsigned spare)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur > INT_MAX) return INT_MAX;
    rlim_t kept = spare < l.rlim_cur / 2 ? spare : l.rlim_cur / 2;
    return (int)(l.rlim_cur - kept);
}

int qn_acceptor_new(qn_acceptor **out, const qn_acceptor_options *o)
{
    qn_acceptor *a = calloc(1, sizeof *a + o->nfds * sizeof a->evs[0]);
    if (!a) return QN_ENOMEM;
    a->o = *o;
    a->most = most_for(o->spare);
    int rc = qn_timer_new(&a->resume, o->loop, on_resume, a);
    for (; !rc && a->n < o->nfds; a->n++) {
        a->evs[a->n] = event_new(qn_loop_base(o->loop), o->fds[a->n], EV_READ | EV_PERSIST, on_connection, a);
        if (!a->evs[a->n]) {
            rc = QN_ENOMEM;
            break;
        }
        if (event_add(a->evs[a->n], NULL) < 0) rc = QN_ENOMEM;
    }
    if (rc)
        qn_acceptor_free(&a);
    else
        *out = a;
    return rc;
}

void qn_acceptor_free(qn_acceptor **a)
{
    if (!a || !*a) return;
    for (size_t i = 0; i < (*a)->n; i++) event_free((*a)->evs[i]);
    qn_timer_free(&(*a)->resume);
    free(*a);
    *a = NULL;
}
