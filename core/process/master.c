/* The master: binds, spawns, reaps, watches, supervises the embedded PostgreSQL. No SQL, no HTTP, one poll loop. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/session.h"
#include "db/embedded.h"
#include "process/datadir.h"
#include "process/family.h"
#include "process/sockets.h"
#include "process/title.h"

enum {
    DB_READY_POLL_MS = 5,
    DB_START_MAX_MS = 120000, /* crash recovery of a big database may take so long */
    DB_STOP_MAX_MS = 60000,
    KILL_AFTER_DRAIN_MS = 5000, /* beyond [server] drain_timeout_ms */
    SPARE_CONNECTIONS = 13      /* of the embedded server: tools, and PostgreSQL's own three for its superuser */
};

typedef enum { STARTING_DB, SETTING_UP, SERVING, DRAINING, LAST_NOTIFY, STOPPING_DB, ENDED } phase;

typedef struct {
    qn_config *config;
    qn_plugins *plugins;
    qn_user user;
    qn_datadir *dir;
    qn_sockets *sockets;
    qn_shm *shm;
    qn_embedded *em; /* NULL: the database is somebody else's, */
    char *url, *owner_url; /* owned; and these lead to it */
    qn_connections_plan plan;
    qn_family family;
    sigset_t old_mask;
    int signals; /* signalfd */

    phase phase;
    int64_t phase_ms; /* since when */
    int status;       /* what serve will return */
    bool now;         /* a second signal: end at once */
    bool locked;      /* data_dir is ours: its files are ours to remove */
    int64_t started_ms;

    struct {
        pid_t pid;
        bool up, ever_up;
        int64_t born_ms, due_ms;
        unsigned deaths; /* fast ones in a row */
    } db;
} master;

static void enter(master *m, phase p)
{
    m->phase = p;
    m->phase_ms = qn_mono_ms();
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static void begin_drain(master *m, int status)
{
    if (m->phase >= DRAINING) return;
    m->status = status;
    enter(m, DRAINING);
    qn_datadir_remove(m->dir, "listen");
    qn_sockets_close(&m->sockets, true);
    qn_family_signal(&m->family, QN_PROC_SETUP, SIGKILL, true);
    qn_family_signal(&m->family, QN_PROC_JOBS, SIGTERM, true);
    qn_family_signal(&m->family, QN_PROC_WORKER, SIGTERM, true);
}

static void end_at_once(master *m)
{
    begin_drain(m, m->status);
    m->now = true;
    qn_family_signal(&m->family, QN_PROC_NONE, SIGKILL, true);
    if (m->em && m->db.pid) qn_embedded_stop(m->em, true);
}

static void go_on_ending(master *m, int64_t now)
{
    int64_t in_phase = now - m->phase_ms, drain_ms = qn_config_int(m->config, "server", "drain_timeout_ms");
    if (m->phase == DRAINING) {
        unsigned listeners = qn_family_running(&m->family, QN_PROC_LISTENER);
        if (qn_family_running(&m->family, QN_PROC_NONE) > listeners) {
            if (in_phase > drain_ms + KILL_AFTER_DRAIN_MS) end_at_once(m);
            return;
        }
        /* The listener goes last, so that what the workers wrote while they drained is told to the other nodes. */
        qn_family_signal(&m->family, QN_PROC_LISTENER, SIGTERM, true);
        enter(m, LAST_NOTIFY);
    }
    if (m->phase == LAST_NOTIFY) {
        if (qn_family_running(&m->family, QN_PROC_NONE)) {
            if (in_phase > KILL_AFTER_DRAIN_MS) qn_family_signal(&m->family, QN_PROC_NONE, SIGKILL, true);
            return;
        }
        if (m->em && m->db.pid) qn_embedded_stop(m->em, m->now);
        enter(m, STOPPING_DB);
    }
    if (m->phase == STOPPING_DB) {
        if (!m->db.pid)
            enter(m, ENDED);
        else if (in_phase > DB_STOP_MAX_MS)
            qn_embedded_stop(m->em, true);
    }
}

/* ---- the embedded database -------------------------------------------------------------------------------------- */

static void start_db(master *m, int64_t now)
{
    qn_errmsg e;
    m->db.born_ms = now;
    m->db.up = false;
    if (qn_embedded_start(m->em, &m->db.pid, &e) == QN_OK) return;
    qn_error("the embedded PostgreSQL does not start: %s", e.text);
    m->db.pid = 0;
    m->db.due_ms = now + qn_respawn_delay_ms(++m->db.deaths);
}

static void db_reaped(master *m, int status, int64_t now)
{
    bool asked_for = m->phase >= STOPPING_DB || m->now;
    m->db.pid = 0;
    m->db.up = false;
    atomic_store(&m->shm->node.db_state, 2);
    if (asked_for) return;
    m->db.deaths = m->db.ever_up && now - m->db.born_ms >= QN_LIVED_WELL_MS ? 1 : m->db.deaths + 1;
    m->db.due_ms = now + qn_respawn_delay_ms(m->db.deaths - 1); /* the first time at once */
    qn_errmsg why = { "" };
    if (!WIFSIGNALED(status)) qn_embedded_why(m->em, &why);
    qn_error("the embedded PostgreSQL ended (%s %d)%s%s; starting it again", WIFSIGNALED(status) ? "signal" : "status",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), why.text[0] ? ": " : "", why.text);
}

static void watch_db(master *m, int64_t now)
{
    if (!m->em || m->phase >= STOPPING_DB || m->now) return;
    if (!m->db.ever_up && m->db.deaths >= QN_FAST_DEATHS_MAX) {
        qn_errmsg said;
        qn_embedded_last_words(m->em, &said);
        qn_error("the embedded PostgreSQL ended %u times before it was ready, with the words: %s", m->db.deaths,
                 said.text);
        begin_drain(m, 2);
        return;
    }
    if (!m->db.pid && now >= m->db.due_ms) start_db(m, now);
    if (!m->db.pid || m->db.up) return;
    if (qn_embedded_ready(m->em) == 1) {
        m->db.up = m->db.ever_up = true;
        atomic_store(&m->shm->node.db_state, 1);
        qn_info("PostgreSQL is ready after %lld ms", (long long)(now - m->db.born_ms));
    } else if (now - m->db.born_ms > DB_START_MAX_MS && !m->db.ever_up) {
        qn_error("the embedded PostgreSQL is not ready after %d s: %s/pg.log says why", DB_START_MAX_MS / 1000,
                 qn_datadir_path(m->dir));
        begin_drain(m, 2);
    }
}

/* ---- getting to work -------------------------------------------------------------------------------------------- */

/* What somebody who has just started it wants to know next. */
static void announce(master *m)
{
    size_t n;
    const char *dir = qn_config_str(m->config, "database", "data_dir"), *first = NULL;
    qn_sockets_fds(m->sockets, &n);
    printf("\nQuoin " QN_VERSION " is ready. Ctrl-C ends it.\n\n");
    for (size_t i = 0; i < n; i++) {
        const char *name = qn_sockets_name(m->sockets, i);
        bool is_unix = !strncmp(name, "unix:", 5);
        if (is_unix)
            printf("  curl --unix-socket %s http://localhost/v1/articles\n", name + 5);
        else
            printf("  http://%s/v1/articles\n", name);
        if (!is_unix && !first) first = name;
    }
    printf("\nThe administrator's token is in %s/admin.token:\n\n", dir);
    if (first)
        printf("  curl -H \"Authorization: Bearer $(cat %s/admin.token)\" 'http://%s/v1/articles?version=draft'\n\n",
               dir, first);
    fflush(stdout);
}

/* <data_dir>/listen comes last: who reads it finds a server that answers. */
static void say_ready(master *m)
{
    qn_buf text;
    size_t n;
    qn_buf_init(&text, 0);
    qn_sockets_fds(m->sockets, &n);
    for (size_t i = 0; i < n; i++) qn_buf_printf(&text, "%s\n", qn_sockets_name(m->sockets, i));
    if (text.failed || qn_datadir_put(m->dir, "listen", text.p))
        qn_error("cannot write %s/listen: %s", qn_datadir_path(m->dir), strerror(errno));
    qn_buf_free(&text);
    m->family.ever_ready = true;
    qn_info("ready: %u workers after %lld ms", m->plan.workers, (long long)(qn_mono_ms() - m->started_ms));
    announce(m);
}

static void print_plan(const master *m)
{
    const qn_connections_plan *p = &m->plan;
    qn_info("database connections: 1 generation x %u workers x (%u read + %u slow + %u write) + %u for listener and "
            "jobs = %u",
            p->workers, p->read, p->slow, p->write, p->others, p->total);
    if (p->standby)
        qn_info("connections to standbys: 1 generation x %u workers x (%u read + %u slow) = %u", p->workers, p->read,
                p->slow, p->standby);
}

static void begin_setup(master *m)
{
    qn_family_add(&m->family, QN_PROC_SETUP, 0);
    enter(m, SETTING_UP);
}

static void begin_serving(master *m)
{
    m->family.n = 0; /* setup has ended */
    qn_family_add(&m->family, QN_PROC_LISTENER, 0);
    qn_family_add(&m->family, QN_PROC_JOBS, 0);
    for (unsigned i = 1; i <= m->plan.workers; i++) qn_family_add(&m->family, QN_PROC_WORKER, (int)i);
    enter(m, SERVING);
}

static void tick(master *m, int64_t now)
{
    watch_db(m, now);
    if (m->phase == STARTING_DB && (!m->em || m->db.up)) begin_setup(m);
    if (m->phase < DRAINING) qn_family_spawn(&m->family, now);
    qn_family_watch(&m->family, now);
    if (m->phase == SERVING && !m->family.ever_ready) {
        if (m->family.early_deaths >= QN_FAST_DEATHS_MAX) {
            qn_error("%u processes ended before the server was ready: giving up; the lines above say why",
                     m->family.early_deaths);
            begin_drain(m, 2);
        } else if (qn_family_ready(&m->family)) {
            say_ready(m);
        }
    }
    if (m->phase >= DRAINING) go_on_ending(m, now);
}

/* ---- signals ---------------------------------------------------------------------------------------------------- */

static void reap(master *m)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        int64_t now = qn_mono_ms();
        if (m->db.pid && pid == m->db.pid) {
            db_reaped(m, status, now);
            continue;
        }
        if (!qn_family_reaped(&m->family, pid, status, now) || m->phase != SETTING_UP) continue;
        if (status == 0)
            begin_serving(m);
        else
            begin_drain(m, 2); /* setup has said why */
    }
}

static void asked_to_end(master *m, int sig)
{
    if (m->phase >= DRAINING) {
        qn_warn("asked to end a second time: ending at once");
        end_at_once(m);
        return;
    }
    qn_info("asked to end (%s): draining", sig == SIGINT ? "SIGINT" : "SIGTERM");
    begin_drain(m, 0);
}

static void read_signals(master *m)
{
    struct signalfd_siginfo si;
    while (read(m->signals, &si, sizeof si) == (ssize_t)sizeof si) {
        switch (si.ssi_signo) {
        case SIGCHLD:
            reap(m);
            break;
        case SIGTERM:
        case SIGINT:
            asked_to_end(m, (int)si.ssi_signo);
            break;
        case SIGUSR1:
            qn_family_signal(&m->family, QN_PROC_WORKER, SIGUSR1, false);
            break;
        case SIGHUP:
            qn_warn("SIGHUP: this version cannot reload; stop and start it to take up a changed configuration");
            break;
        }
    }
}

static int take_signals(master *m, qn_errmsg *e)
{
    static const int mine[] = { SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGUSR1 };
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) sigaddset(&set, mine[i]);
    signal(SIGPIPE, SIG_IGN);
    /* A nohup or a shell script's `&` leaves these ignored; then signalfd would never hear of them. */
    for (size_t i = 0; i < sizeof mine / sizeof *mine; i++) signal(mine[i], SIG_DFL);
    if (sigprocmask(SIG_BLOCK, &set, &m->old_mask)) return qn_fail(e, QN_EIO, "sigprocmask: %s", strerror(errno));
    m->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return m->signals < 0 ? qn_fail(e, QN_EIO, "signalfd: %s", strerror(errno)) : QN_OK;
}

/* ---- start and end ---------------------------------------------------------------------------------------------- */

/* Right after the fork, in a child. Its copies of the master's memory end with it. */
static void forget_master(void *ctx)
{
    master *m = ctx;
    close(m->signals);
}

/* Descriptors 0 to 2 are open, so that no socket ever becomes somebody's stderr; and there are as many as we may have.
 */
static void prepare_descriptors(void)
{
    struct rlimit l;
    int fd;
    do fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2) close(fd);
    if (getrlimit(RLIMIT_NOFILE, &l) == 0 && l.rlim_cur < l.rlim_max) {
        l.rlim_cur = l.rlim_max;
        setrlimit(RLIMIT_NOFILE, &l);
    }
}

static int open_db(master *m, qn_errmsg *e)
{
    qn_child *c = &m->family.common;
    const char *url = qn_config_str(m->config, "database", "url"),
               *owner = qn_config_str(m->config, "database", "migrate_url"),
               *standby = qn_config_str(m->config, "database", "read_url");
    c->embedded = !strcmp(url, "embedded");
    if (*standby && c->embedded)
        return qn_fail(e, QN_EINVAL,
                       "[database] read_url: the embedded database (url = embedded) has no standbys: leave read_url "
                       "empty, or give the URI of your own primary in url");
    int bad = *standby ? qn_conninfo_check(standby, "read_url", e) : QN_OK;
    if (bad) return bad;
    if (!c->embedded) {
        int r = qn_conninfo_of_primary(&m->url, url);
        if (!r) r = qn_conninfo_of_primary(&m->owner_url, *owner ? owner : url);
        c->conninfo = m->url;
        c->owner_conninfo = m->owner_url;
        return r ? qn_fail(e, r, "out of memory") : QN_OK;
    }
    qn_embedded_options o = { .data_dir = qn_datadir_path(m->dir),
                              .uid = m->user.uid,
                              .gid = m->user.gid,
                              .max_connections = m->plan.total + SPARE_CONNECTIONS };
    int r = qn_embedded_open(&m->em, &o, e);
    if (r) return r;
    c->conninfo = qn_embedded_conninfo(m->em, "quoin");
    c->owner_conninfo = qn_embedded_conninfo(m->em, "quoin_owner");
    return c->conninfo && c->owner_conninfo ? QN_OK : qn_fail(e, QN_ENOMEM, "out of memory");
}

static int become_user(void *ctx, qn_errmsg *e)
{
    const master *m = ctx;
    return qn_user_become(&m->user, e);
}

static int open_plugins(master *m, qn_errmsg *e)
{
    qn_plugins_options o = { .config = m->config, .data_dir = qn_datadir_path(m->dir), .become = become_user, .ctx = m };
    return qn_plugins_open(&m->plugins, &o, e);
}

static int open_all(master *m, qn_errmsg *e)
{
    const qn_config *c = m->config;
    const char *const *listen;
    const char *user = qn_config_str(c, "server", "user");
    size_t n = qn_config_list(c, "server", "listen", &listen);
    int r = qn_user_find(&m->user, user, !strcmp(user, "quoin"), e);
    if (!r) r = qn_datadir_open(&m->dir, qn_config_str(c, "database", "data_dir"), &m->user, e);
    if (!r) r = qn_datadir_lock(m->dir, e);
    if (r) return r;
    m->locked = true;
    qn_datadir_remove(m->dir, "listen"); /* of a server that was killed */
    r = open_plugins(m, e);
    if (!r) r = qn_sockets_open(&m->sockets, listen, n, e);
    if (!r && qn_shm_new(&m->shm)) r = qn_fail(e, QN_EIO, "shared memory: %s", strerror(errno));
    if (!r) r = open_db(m, e);
    if (!r) r = take_signals(m, e);
    if (r) return r;
    char pid[24];
    snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (qn_datadir_put(m->dir, "quoin.pid", pid))
        return qn_fail(e, QN_EIO, "%s/quoin.pid: %s", qn_datadir_path(m->dir), strerror(errno));
    return QN_OK;
}

static void fill_family(master *m)
{
    qn_child *c = &m->family.common;
    c->master = getpid();
    c->user = &m->user;
    c->mask = &m->old_mask;
    c->config = m->config;
    c->plugins = m->plugins;
    c->shm = m->shm;
    c->data_dir = qn_datadir_path(m->dir);
    c->listen_fds = qn_sockets_fds(m->sockets, &c->nlisten);
    m->family.in_child = forget_master;
    m->family.ctx = m;
}

static int64_t next_tick(const master *m, int64_t now)
{
    int64_t next = qn_family_next(&m->family, now, now + 1000);
    bool db_starting = m->em && m->phase < STOPPING_DB && m->db.pid && !m->db.up;
    if (db_starting && next > now + DB_READY_POLL_MS) next = now + DB_READY_POLL_MS;
    if (m->em && m->phase < STOPPING_DB && !m->db.pid && m->db.due_ms < next)
        next = m->db.due_ms > now ? m->db.due_ms : now;
    return next;
}

static void run(master *m)
{
    tick(m, qn_mono_ms());
    while (m->phase != ENDED) {
        int64_t now = qn_mono_ms();
        struct pollfd p = { .fd = m->signals, .events = POLLIN };
        poll(&p, 1, (int)(next_tick(m, now) - now));
        read_signals(m);
        tick(m, qn_mono_ms());
    }
}

static void close_all(master *m)
{
    if (m->locked) {
        qn_datadir_remove(m->dir, "listen");
        qn_datadir_remove(m->dir, "quoin.pid");
    }
    qn_sockets_close(&m->sockets, true);
    qn_embedded_close(&m->em);
    free(m->url);
    free(m->owner_url);
    qn_shm_free(&m->shm);
    qn_plugins_free(&m->plugins);
    qn_datadir_close(&m->dir);
    if (m->signals >= 0) close(m->signals);
}

int qn_serve(qn_config *c)
{
    master *m = calloc(1, sizeof *m);
    qn_errmsg e = { "" };
    if (!m) return 2;
    m->config = c;
    m->signals = -1;
    m->started_ms = qn_mono_ms();
    umask(027);
    prepare_descriptors();
    qn_log_never_wait();
    qn_title_set("quoin: master");
    qn_log_process("master");
    qn_connections_count(&m->plan, c);
    int status = 2;
    if (open_all(m, &e) == QN_OK) {
        fill_family(m);
        print_plan(m);
        run(m);
        status = m->status;
        qn_info("ended");
    } else {
        qn_error("%s", e.text);
    }
    close_all(m);
    free(m);
    return status;
}
