#include "process/child.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "process/title.h"

enum { BEAT_MS = 250 };

static void reset_signals(const sigset_t *mask)
{
    static const int to_default[] = { SIGTERM, SIGCHLD, SIGUSR2, SIGALRM };
    static const int to_ignore[] = { SIGINT, SIGHUP, SIGPIPE, SIGUSR1 /* until the loop listens to it */ };
    for (size_t i = 0; i < sizeof to_default / sizeof *to_default; i++) signal(to_default[i], SIG_DFL);
    for (size_t i = 0; i < sizeof to_ignore / sizeof *to_ignore; i++) signal(to_ignore[i], SIG_IGN);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

int qn_child_begin(const qn_child *c, qn_errmsg *e)
{
    qn_title_set("quoin: %s", c->label);
    qn_log_process(c->label);
    if (c->kind != QN_PROC_WORKER)
        for (size_t i = 0; i < c->nlisten; i++) close(c->listen_fds[i]);
    int r = qn_user_become(c->user, e);
    if (r) return r;
    /* After the change of user, which clears it. The master may have ended before it was set. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL))
        return qn_fail(e, QN_EIO, "cannot ask to end with the master: %s", strerror(errno));
    if (getppid() != c->master) return qn_fail(e, QN_EIO, "the master has gone");
    reset_signals(c->mask);
    return QN_OK;
}

static void beat(void *ctx)
{
    qn_child_loop *l = ctx;
    atomic_store(&l->slot->heartbeat_ms, qn_mono_ms());
    qn_timer_start(l->beat, BEAT_MS);
}

static void on_term(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    qn_child_loop *l = ctx;
    if (l->stopping) return;
    l->stopping = true;
    atomic_store(&l->slot->state, QN_PROC_DRAINING);
    l->on_stop(l->ctx);
}

static void on_usr1(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    qn_child_loop *l = ctx;
    if (l->on_reopen) l->on_reopen(l->ctx);
}

int qn_child_loop_open(qn_child_loop *l, const qn_child *c, void (*on_stop)(void *ctx), void (*on_reopen)(void *ctx),
                       void *ctx)
{
    *l = (qn_child_loop){ .slot = c->slot, .on_stop = on_stop, .on_reopen = on_reopen, .ctx = ctx };
    int r = qn_loop_new(&l->loop);
    if (!r) r = qn_timer_new(&l->beat, l->loop, beat, l);
    if (r) goto failed;
    l->term = evsignal_new(qn_loop_base(l->loop), SIGTERM, on_term, l);
    l->usr1 = evsignal_new(qn_loop_base(l->loop), SIGUSR1, on_usr1, l);
    if (!l->term || !l->usr1 || event_add(l->term, NULL) || event_add(l->usr1, NULL)) {
        r = QN_ENOMEM;
        goto failed;
    }
    beat(l);
    return QN_OK;
failed:
    qn_child_loop_close(l);
    return r;
}

void qn_child_loop_close(qn_child_loop *l)
{
    if (l->term) event_free(l->term);
    if (l->usr1) event_free(l->usr1);
    qn_timer_free(&l->beat);
    qn_loop_free(&l->loop);
    l->term = l->usr1 = NULL;
}

void qn_child_ready(const qn_child *c)
{
    atomic_store(&c->slot->state, QN_PROC_READY);
}
