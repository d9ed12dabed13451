#include "process/family.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* A start is looked at closely while it may end any moment; one that takes longer waits for something. */
enum { GENERATION = 1, WATCH_MS = 1000, STARTING_WATCH_MS = 3, STARTING_MS = 2000, LATE_WATCH_MS = 50 };

qn_member *qn_family_add(qn_family *f, qn_proc_kind kind, int index)
{
    if (f->n == QN_FAMILY_MAX) return NULL;
    static const char *const names[] = { "none", "setup", "listener", "jobs", "worker" };
    qn_member *m = &f->members[f->n++];
    *m = (qn_member){ .kind = kind, .index = index, .wanted = true };
    if (kind == QN_PROC_WORKER)
        snprintf(m->label, sizeof m->label, "worker %d", index);
    else
        snprintf(m->label, sizeof m->label, "%s", names[kind]);
    return m;
}

/* ---- spawning --------------------------------------------------------------------------------------------------- */

static _Noreturn void live(const qn_family *f, const qn_member *m)
{
    static int (*const work[])(const qn_child *) = { NULL, qn_setup_main, qn_listener_main, qn_jobs_main,
                                                     qn_worker_main };
    qn_child c = f->common;
    c.kind = m->kind;
    c.index = m->index;
    c.label = m->label;
    c.slot = m->slot;
    if (f->in_child) f->in_child(f->ctx);
    /* exit, not _exit: a leak check at the end covers every process. */
    exit(work[m->kind](&c));
}

static void spawn(qn_family *f, qn_member *m, int64_t now)
{
    m->slot = qn_shm_slot_take(f->common.shm, m->kind, m->index, GENERATION);
    assert(m->slot); /* there are more slots than members */
    atomic_store(&m->slot->heartbeat_ms, now);
    m->born_ms = now;
    m->aborted_ms = 0;
    m->was_ready = false;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) live(f, m);
    if (pid > 0) {
        atomic_store(&m->slot->pid, (int32_t)pid);
        m->pid = pid;
        return;
    }
    qn_error("cannot fork %s: %s", m->label, strerror(errno));
    qn_shm_slot_release(m->slot);
    m->slot = NULL;
    m->due_ms = now + qn_respawn_delay_ms(++m->deaths);
}

void qn_family_spawn(qn_family *f, int64_t now)
{
    for (size_t i = 0; i < f->n; i++) {
        qn_member *m = &f->members[i];
        if (m->wanted && !m->pid && now >= m->due_ms) spawn(f, m, now);
    }
}

/* ---- reaping ---------------------------------------------------------------------------------------------------- */

static void describe(char out[64], int status)
{
    if (WIFSIGNALED(status))
        snprintf(out, 64, "killed by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, 64, "ended with status %d", WEXITSTATUS(status));
}

static qn_member *find(qn_family *f, pid_t pid)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->members[i].pid == pid) return &f->members[i];
    return NULL;
}

bool qn_family_reaped(qn_family *f, pid_t pid, int status, int64_t now)
{
    qn_member *m = find(f, pid);
    if (!m) return false;
    char how[64];
    describe(how, status);
    /* Nobody's fault: what was asked to end, and what somebody killed. */
    bool killed = WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM);
    bool died = m->aborted_ms || (m->wanted && !killed);
    const char *blamed = died ? qn_plugins_blame(f->common.plugins, m->slot, m->aborted_ms ? "an endless loop" : how, now) : NULL;
    qn_shm_slot_release(m->slot);
    m->slot = NULL;
    m->pid = 0;
    if (m->kind == QN_PROC_SETUP) m->wanted = false; /* once is enough; who started it looks at the status */
    if (!m->wanted) {
        if (status != 0) qn_warn("%s (pid %ld) %s", m->label, (long)pid, how);
        return true;
    }
    /* One that never was READY has waited for the database all the time, or it hung. */
    bool lived_well = (m->was_ready || !m->aborted_ms) && now - m->born_ms >= QN_LIVED_WELL_MS;
    m->deaths = lived_well || blamed ? 0 : m->deaths + 1; /* a plugin to blame is left out when it goes too far: no need to wait */
    int64_t delay = qn_respawn_delay_ms(m->deaths);
    m->due_ms = now + delay;
    if (!f->ever_ready && !blamed && !lived_well) f->early_deaths++;
    qn_error("%s (pid %ld) %s%s%s after %lld ms; next one in %lld ms", m->label, (long)pid, how, blamed ? " inside of the plugin " : "",
             blamed ? blamed : "", (long long)(now - m->born_ms), (long long)delay);
    return true;
}

/* ---- watching --------------------------------------------------------------------------------------------------- */

static void check_beat(const qn_family *f, qn_member *m, int64_t now)
{
    if (m->aborted_ms) {
        if (now - m->aborted_ms > QN_ABORT_GRACE_MS) kill(m->pid, SIGKILL);
        return;
    }
    if (now < f->trust_ms || now - atomic_load(&m->slot->heartbeat_ms) < QN_STALL_MS) return;
    qn_error("%s (pid %ld) has given no sign of life for %d s: aborting it", m->label, (long)m->pid,
             QN_STALL_MS / 1000);
    m->aborted_ms = now;
    kill(m->pid, SIGABRT);
}

void qn_family_watch(qn_family *f, int64_t now)
{
    /* Stopped and continued with the whole tree (a suspended shell, a frozen container): everybody gets time to beat
     * again. */
    if (f->looked_ms && now - f->looked_ms > 3 * WATCH_MS) f->trust_ms = now + QN_STALL_MS;
    f->looked_ms = now;
    for (size_t i = 0; i < f->n; i++) {
        qn_member *m = &f->members[i];
        if (!m->pid) continue;
        if (!m->was_ready && atomic_load(&m->slot->state) == QN_PROC_READY) {
            m->was_ready = true;
            qn_debug("%s (pid %ld) is ready after %lld ms", m->label, (long)m->pid, (long long)(now - m->born_ms));
        }
        /* Setup works in one piece: a migration may take as long as it takes. */
        if (m->kind != QN_PROC_SETUP) check_beat(f, m, now);
    }
}

bool qn_family_ready(const qn_family *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (f->members[i].wanted && !(f->members[i].pid && f->members[i].was_ready)) return false;
    return true;
}

unsigned qn_family_running(const qn_family *f, qn_proc_kind kind)
{
    unsigned n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->members[i].pid && (kind == QN_PROC_NONE || f->members[i].kind == kind)) n++;
    return n;
}

void qn_family_signal(qn_family *f, qn_proc_kind kind, int sig, bool let_go)
{
    for (size_t i = 0; i < f->n; i++) {
        qn_member *m = &f->members[i];
        if (kind != QN_PROC_NONE && m->kind != kind) continue;
        if (let_go) m->wanted = false;
        if (m->pid) kill(m->pid, sig);
    }
}

int64_t qn_family_next(const qn_family *f, int64_t now, int64_t until)
{
    int64_t next = until < now + WATCH_MS ? until : now + WATCH_MS;
    for (size_t i = 0; i < f->n; i++) {
        const qn_member *m = &f->members[i];
        int64_t at = next;
        if (!m->pid && m->wanted)
            at = m->due_ms;
        else if (m->pid && !m->was_ready && m->kind != QN_PROC_SETUP)
            at = now + (now - m->born_ms < STARTING_MS ? STARTING_WATCH_MS : LATE_WATCH_MS);
        if (at < next) next = at;
    }
    return next > now ? next : now;
}
