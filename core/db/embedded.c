#include "db/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/pgserver.h"

enum { HELPER_TIMEOUT_MS = 10000, INITDB_TIMEOUT_MS = 180000, LOG_MAX_BYTES = 10 * 1024 * 1024, ROLES_MAX = 8 };

typedef struct {
    char *role, *conninfo;
} login;

struct qn_embedded {
    char data_dir[PATH_MAX - 64]; /* absolute, without symbolic links */
    char pg_dir[PATH_MAX - 32];
    qn_spawn_user user;
    unsigned max_connections;
    qn_pgserver_programs programs;
    int data_fd, lock_fd;
    int pg_fd; /* crosses fork and exec: the connection strings name it */
    pid_t pid; /* the postmaster, while it is ours to signal */
    off_t log_start;
    login logins[ROLES_MAX];
};

static const char *user_name(uid_t uid)
{
    const struct passwd *pw = getpwuid(uid);
    return pw ? pw->pw_name : "?";
}

static qn_embedded *new_embedded(void)
{
    qn_embedded *em = calloc(1, sizeof *em);
    if (em) em->data_fd = em->lock_fd = em->pg_fd = -1;
    return em;
}

static int set_paths(qn_embedded *em, const char *data_dir, qn_errmsg *e)
{
    char *real = realpath(data_dir, NULL);
    if (!real) return qn_fail(e, QN_EIO, "[database] data_dir %s: %s", data_dir, strerror(errno));
    int n = snprintf(em->data_dir, sizeof em->data_dir, "%s", real);
    snprintf(em->pg_dir, sizeof em->pg_dir, "%.*s/pg", (int)sizeof em->data_dir, real);
    free(real);
    if (n < 0 || (size_t)n >= 900) /* PostgreSQL's own bound on a path is 1023 */
        return qn_fail(e, QN_EINVAL, "[database] data_dir %s: the path is longer than PostgreSQL takes (900 bytes)",
                       data_dir);
    em->data_fd = open(em->data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (em->data_fd < 0) return qn_fail(e, QN_EIO, "[database] data_dir %s: %s", em->data_dir, strerror(errno));
    return 0;
}

/* ---- what is done as the unprivileged user ----------------------------------------------------------------------- */

/* The first folder on the way to `path` that lets this user not in; `path` itself when all parents do. */
static void name_obstacle(char out[PATH_MAX], const char *path)
{
    for (size_t i = 1; path[i]; i++) {
        if (path[i] != '/') continue;
        snprintf(out, PATH_MAX, "%.*s", (int)i, path);
        if (access(out, X_OK)) return;
    }
    snprintf(out, PATH_MAX, "%s", path);
}

/* Can this user work in data_dir, by its path (as PostgreSQL will)? Leaves the file for the lock. */
static int probe_as_user(void *arg, qn_errmsg *e)
{
    const qn_embedded *em = arg;
    if (chdir(em->data_dir) || access(".", R_OK | W_OK | X_OK)) {
        int why = errno;
        char where[PATH_MAX];
        name_obstacle(where, em->data_dir);
        return qn_fail(
            e, QN_EIO,
            "[database] data_dir %s cannot be used by user %s (uid %ld): %.300s: %s; give a data_dir that this user "
            "owns and whose parent folders let it in, such as /var/lib/quoin",
            em->data_dir, user_name(em->user.uid), (long)em->user.uid, where, strerror(why));
    }
    int fd = open("pg.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return qn_fail(e, QN_EIO, "%s/pg.lock: %s", em->data_dir, strerror(errno));
    close(fd);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int remove_tree(const char *path)
{
    return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* What an initdb that was cut short has left. Nobody else is making one: we hold the lock. */
static void remove_leftovers(void)
{
    glob_t g;
    if (glob("pg.tmp.*", GLOB_NOSORT, NULL, &g)) return;
    for (size_t i = 0; i < g.gl_pathc; i++)
        if (remove_tree(g.gl_pathv[i])) qn_warn("cannot remove %s: %s", g.gl_pathv[i], strerror(errno));
    globfree(&g);
}

static int run_program(const qn_embedded *em, const char *const argv[], const char *input, const char *what,
                       qn_errmsg *e)
{
    qn_buf said;
    qn_buf_init(&said, 0);
    int rc = qn_spawn_run(&em->user, argv, input, &said, INITDB_TIMEOUT_MS);
    if (rc) {
        const char *tail = said.p ? said.p : "";
        if (said.n > 600) tail += said.n - 600;
        qn_fail(e, QN_EIO, "%s for data_dir %s failed (%s%d): %.600s", what, em->data_dir,
                rc < 0 ? "error " : "exit status ", rc, tail);
    }
    qn_buf_free(&said);
    return rc ? QN_EIO : 0;
}

/* The cluster with its owner and its database, complete or not at all: the folder is not under its name yet. */
static int make_cluster(const qn_embedded *em, const char *tmp, qn_errmsg *e)
{
    char initdb[PATH_MAX], postgres[PATH_MAX], dir[PATH_MAX];
    snprintf(initdb, sizeof initdb, "%.4000s/initdb", em->programs.bindir);
    snprintf(postgres, sizeof postgres, "%.4000s/postgres", em->programs.bindir);
    if ((size_t)snprintf(dir, sizeof dir, "%s/%s", em->data_dir, tmp) >= sizeof dir) return QN_EINVAL;
    const char *const make[] = { initdb,
                                 "-D",
                                 dir,
                                 "-U",
                                 "quoin_owner",
                                 "-E",
                                 "UTF8",
                                 "--locale=C.UTF-8",
                                 "--auth=trust",
                                 "--data-checksums",
                                 "--no-instructions",
                                 NULL };
    int rc = run_program(em, make, NULL, "initdb", e);
    if (rc) return rc;
    const char *const single[] = { postgres, "--single", "-D", dir, "-c", "exit_on_error=on", "postgres", NULL };
    return run_program(em, single, "CREATE DATABASE quoin\n", "making the database", e);
}

/* True when the file holds just that already: a start that changes nothing waits for no disk. */
static bool holds(const char *path, const char *text, size_t n)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool same = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == n;
    char *have = same ? malloc(n + 1) : NULL;
    same = have && read(fd, have, n) == (ssize_t)n && !memcmp(have, text, n);
    free(have);
    if (fd >= 0) close(fd);
    return same;
}

static int replace_file(const char *path, const char *text, size_t n, qn_errmsg *e)
{
    char tmp[PATH_MAX];
    if ((size_t)snprintf(tmp, sizeof tmp, "%s.new", path) >= sizeof tmp) return QN_EINVAL;
    (void)unlink(tmp);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0) close(fd);
    if (ok && rename(tmp, path) == 0) return 0;
    return qn_fail(e, QN_EIO, "%s: %s", path, strerror(ok ? errno : why));
}

static int write_file(const char *dir, const char *name, int (*fill)(FILE *f, unsigned n), unsigned n, qn_errmsg *e)
{
    char path[PATH_MAX], *text = NULL;
    size_t bytes = 0;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path) return QN_EINVAL;
    FILE *f = open_memstream(&text, &bytes);
    if (!f) return qn_fail(e, QN_ENOMEM, "out of memory");
    int rc = fill(f, n);
    if (fclose(f)) rc = QN_ENOMEM;
    if (rc)
        qn_fail(e, rc, "out of memory");
    else if (!holds(path, text, bytes))
        rc = replace_file(path, text, bytes, e);
    free(text);
    return rc;
}

static int fill_hba(FILE *f, unsigned n)
{
    (void)n;
    return fputs("# Written by Quoin. The socket lies in a folder of mode 0700: who reaches it is the owner.\n"
                 "local all all trust\nlocal replication all trust\n",
                 f) < 0
               ? QN_EIO
               : 0;
}

static int write_settings(const qn_embedded *em, const char *dir, qn_errmsg *e)
{
    int rc = write_file(dir, "postgresql.conf", qn_pgserver_settings, em->max_connections, e);
    return rc ? rc : write_file(dir, "pg_hba.conf", fill_hba, 0, e);
}

static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return QN_EIO;
    int rc = fsync(fd);
    close(fd);
    return rc ? QN_EIO : 0;
}

/* In data_dir, as the user: the cluster where there is none, and the settings of this version of Quoin. */
static int prepare_as_user(void *arg, qn_errmsg *e)
{
    const qn_embedded *em = arg;
    char tmp[32];
    struct stat st;
    if (chdir(em->data_dir)) return qn_fail(e, QN_EIO, "data_dir %s: %s", em->data_dir, strerror(errno));
    remove_leftovers();
    if (lstat("pg", &st) == 0) return write_settings(em, "pg", e);
    if (errno != ENOENT) return qn_fail(e, QN_EIO, "%s: %s", em->pg_dir, strerror(errno));
    snprintf(tmp, sizeof tmp, "pg.tmp.%ld", (long)getpid());
    int rc = make_cluster(em, tmp, e);
    if (!rc) rc = write_settings(em, tmp, e);
    if (!rc && (rename(tmp, "pg") || sync_folder("."))) rc = qn_fail(e, QN_EIO, "%s: %s", em->pg_dir, strerror(errno));
    if (rc) (void)remove_tree(tmp);
    return rc;
}

/* ---- open -------------------------------------------------------------------------------------------------------- */

static int take_lock(qn_embedded *em, qn_errmsg *e)
{
    /* A lock of the process, not of the descriptor: children that outlive a killed master must not keep it. */
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    em->lock_fd = openat(em->data_fd, "pg.lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (em->lock_fd < 0) return qn_fail(e, QN_EIO, "%s/pg.lock: %s", em->data_dir, strerror(errno));
    if (fcntl(em->lock_fd, F_SETLK, &l) == 0) return 0;
    int why = errno;
    if (why != EACCES && why != EAGAIN) return qn_fail(e, QN_EIO, "%s/pg.lock: %s", em->data_dir, strerror(why));
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
    (void)fcntl(em->lock_fd, F_GETLK, &l);
    return qn_fail(
        e, QN_ESTATE,
        "data_dir %s is in use by another quoin (pid %ld); stop that one, or give another [database] data_dir",
        em->data_dir, l.l_type == F_UNLCK ? 0L : (long)l.l_pid);
}

/* Major version of the cluster that is there; 0: none. */
static int cluster_major(const qn_embedded *em, int *major, qn_errmsg *e)
{
    char text[16] = "";
    struct stat st;
    *major = 0;
    if (fstatat(em->data_fd, "pg", &st, AT_SYMLINK_NOFOLLOW)) {
        if (errno == ENOENT) return 0;
        return qn_fail(e, QN_EIO, "%s: %s", em->pg_dir, strerror(errno));
    }
    if (!S_ISDIR(st.st_mode) || st.st_uid != em->user.uid)
        return qn_fail(
            e, QN_EIO,
            "%s must be a folder owned by user %s (uid %ld) but %s%ld; give it back with chown -R, or choose "
            "another [database] data_dir",
            em->pg_dir, user_name(em->user.uid), (long)em->user.uid,
            S_ISDIR(st.st_mode) ? "belongs to uid " : "is no folder, uid ", (long)st.st_uid);
    int fd = openat(em->data_fd, "pg/PG_VERSION", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    if (n <= 0 || (*major = atoi(text)) <= 0)
        return qn_fail(e, QN_EIO,
                       "%s is there but is no PostgreSQL cluster (no PG_VERSION); move it away, or choose another "
                       "[database] data_dir",
                       em->pg_dir);
    return 0;
}

#define SOCKET_LOCK ".s.PGSQL.5432.lock"

/* A server of this folder that outlived its master, and a postmaster.pid that would keep ours from starting. */
static int end_orphan(const qn_embedded *em, qn_errmsg *e)
{
    struct stat dir;
    pid_t pid = 0;
    bool ready;
    if (fstat(em->pg_fd, &dir)) return qn_fail(e, QN_EIO, "%s: %s", em->pg_dir, strerror(errno));
    bool written = qn_pgserver_pidfile(&pid, &ready, em->pg_fd) == 0;
    int n = qn_pgserver_end_all(&dir, pid);
    if (n < 0)
        return qn_fail(e, n, "a PostgreSQL of an earlier run still works in %s and does not end; end it by hand",
                       em->pg_dir);
    if (n > 0) qn_warn("ended a PostgreSQL that an earlier run had left in %s", em->pg_dir);
    /* The number in a stale file may be another program's by now; PostgreSQL would take that for its own. */
    if (written && qn_pgserver_pidfile(&pid, &ready, em->pg_fd) == 0 && (kill(pid, 0) == 0 || errno == EPERM))
        (void)unlinkat(em->pg_fd, "postmaster.pid", 0);
    /* The socket's own lock likewise: in a container whose first process reaps nobody a killed postmaster stays a
     * zombie, which a signal 0 finds alive. Nobody works here any more. */
    (void)unlinkat(em->pg_fd, SOCKET_LOCK, 0);
    return 0;
}

static int open_folder(qn_embedded *em, qn_errmsg *e)
{
    struct stat st;
    int fd = openat(em->data_fd, "pg", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) return qn_fail(e, QN_EIO, "%s: %s", em->pg_dir, strerror(errno));
    em->pg_fd = fcntl(fd, F_DUPFD, 3); /* without CLOEXEC: a program that we become finds it by its number */
    close(fd);
    if (em->pg_fd < 0 || fstat(em->pg_fd, &st)) return qn_fail(e, QN_EIO, "%s: %s", em->pg_dir, strerror(errno));
    return 0;
}

static int open_all(qn_embedded *em, const qn_embedded_options *o, qn_errmsg *e)
{
    int major = 0;
    if (em->user.uid == 0)
        return qn_fail(e, QN_EINVAL,
                       "PostgreSQL does not run as root: give an unprivileged [server] user, or a [database] url");
    int rc = set_paths(em, o->data_dir, e);
    if (!rc) rc = qn_spawn_as(&em->user, probe_as_user, em, HELPER_TIMEOUT_MS, e);
    if (!rc) rc = take_lock(em, e);
    if (!rc) rc = cluster_major(em, &major, e);
    if (rc) return rc;
    qn_errmsg why = { "" };
    rc = qn_pgserver_find(&em->programs, &em->user, major, &why);
    if (rc)
        return qn_fail(e, rc, major ? "%s was made by another version: %s" : "%s cannot be made: %s", em->pg_dir,
                       why.text);
    if (major) {
        rc = open_folder(em, e);
        if (!rc) rc = end_orphan(em, e);
        return rc ? rc : qn_spawn_as(&em->user, prepare_as_user, em, HELPER_TIMEOUT_MS, e);
    }
    qn_info("making a database in %s (once)", em->pg_dir);
    rc = qn_spawn_as(&em->user, prepare_as_user, em, INITDB_TIMEOUT_MS, e);
    return rc ? rc : open_folder(em, e);
}

int qn_embedded_open(qn_embedded **out, const qn_embedded_options *o, qn_errmsg *e)
{
    qn_embedded *em = new_embedded();
    if (!em) return qn_fail(e, QN_ENOMEM, "out of memory");
    bool root = geteuid() == 0;
    em->user = (qn_spawn_user){ root ? o->uid : geteuid(), root ? o->gid : getegid() };
    em->max_connections = o->max_connections;
    int rc = open_all(em, o, e);
    if (rc)
        qn_embedded_close(&em);
    else
        *out = em;
    return rc;
}

int qn_embedded_attach(qn_embedded **out, const char *data_dir, qn_errmsg *e)
{
    pid_t pid;
    bool ready;
    struct stat st;
    qn_embedded *em = new_embedded();
    if (!em) return qn_fail(e, QN_ENOMEM, "out of memory");
    em->user = (qn_spawn_user){ geteuid(), getegid() };
    int rc = set_paths(em, data_dir, e);
    if (rc) goto out;
    if (fstatat(em->data_fd, "pg", &st, AT_SYMLINK_NOFOLLOW) && errno == ENOENT)
        rc = qn_fail(e, QN_ENOTFOUND, "there is no database in %s: quoin serve makes it", em->data_dir);
    else if (!(rc = open_folder(em, e)) && (qn_pgserver_pidfile(&pid, &ready, em->pg_fd) || !ready ||
                                            fstat(em->pg_fd, &st) || !qn_pgserver_works_in(pid, &st)))
        rc = qn_fail(e, QN_ENOTFOUND, "the database in %s is not running: start quoin serve first", em->data_dir);
out:
    if (rc)
        qn_embedded_close(&em);
    else
        *out = em;
    return rc;
}

/* ---- the postmaster ---------------------------------------------------------------------------------------------- */

static int open_log(const qn_embedded *em)
{
    struct stat st;
    if (fstatat(em->data_fd, "pg.log", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > LOG_MAX_BYTES)
        (void)renameat(em->data_fd, "pg.log", em->data_fd, "pg.log.1");
    int raw = openat(em->data_fd, "pg.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    int fd = raw < 0 ? -1 : fcntl(raw, F_DUPFD_CLOEXEC, 3);
    if (raw >= 0) close(raw);
    return fd;
}

static _Noreturn void become_postmaster(const qn_embedded *em, pid_t parent)
{
    char program[PATH_MAX];
    snprintf(program, sizeof program, "%.4000s/postgres", em->programs.bindir);
    (void)setpgid(0, 0); /* a Ctrl-C of the terminal is the master's to act on */
    if (!qn_spawn_become(&em->user, SIGINT, parent)) _exit(126);
    int log = open_log(em);
    if (log < 0 || !qn_spawn_descriptors(-1, log)) _exit(126);
    union {
        const char *from[4];
        char *to[4];
    } args = { .from = { program, "-D", em->pg_dir, NULL } }; /* execve's prototype is older than const */
    execve(program, args.to, qn_spawn_environ);
    _exit(127);
}

int qn_embedded_start(qn_embedded *em, pid_t *pid, qn_errmsg *e)
{
    struct stat st;
    bool logged = fstatat(em->data_fd, "pg.log", &st, AT_SYMLINK_NOFOLLOW) == 0;
    em->log_start = logged && st.st_size <= LOG_MAX_BYTES ? st.st_size : 0;
    int rc = end_orphan(em, e); /* backends that a killed postmaster left would refuse the new one */
    if (rc) return rc;
    pid_t parent = getpid(), child = fork();
    if (child < 0) return qn_fail(e, QN_EIO, "fork: %s", strerror(errno));
    if (child == 0) become_postmaster(em, parent);
    (void)setpgid(child, child); /* whoever comes first; the child may have exec'ed already */
    em->pid = child;
    *pid = child;
    return 0;
}

/* It is our child and was not reaped: its number is nobody else's. */
static bool is_running(qn_embedded *em)
{
    siginfo_t si = { .si_pid = 0 };
    if (em->pid <= 0) return false;
    if (waitid(P_PID, (id_t)em->pid, &si, WEXITED | WNOHANG | WNOWAIT) == 0 && si.si_pid == 0) return true;
    em->pid = 0;
    return false;
}

int qn_embedded_ready(qn_embedded *em)
{
    pid_t pid, mine = em->pid;
    bool ready;
    if (!is_running(em)) return QN_ENOTFOUND;
    if (qn_pgserver_pidfile(&pid, &ready, em->pg_fd)) return 0;
    return pid == mine && ready ? 1 : 0;
}

/* The end of what it wrote since its start, into text[bytes]. */
static void read_tail(char *text, size_t bytes, const qn_embedded *em)
{
    struct stat st;
    ssize_t n = 0;
    int fd = openat(em->data_fd, "pg.log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > em->log_start) {
        off_t most = (off_t)bytes - 1, from = st.st_size - em->log_start > most ? st.st_size - most : em->log_start;
        n = pread(fd, text, bytes - 1, from);
    }
    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
}

void qn_embedded_last_words(qn_embedded *em, qn_errmsg *e)
{
    enum { TAIL_BYTES = 700 };
    char text[TAIL_BYTES + 1];
    read_tail(text, sizeof text, em);
    for (size_t n = strlen(text); n && (text[n - 1] == '\n' || text[n - 1] == ' ');) text[--n] = '\0';
    qn_fail(e, 0, "%s", text[0] ? text : "it wrote nothing");
}

/* "… [pid] FATAL:  …" is of a process of its own: behind the pid of a session stands its application. */
static const char *reason_in(const char *line)
{
    const char *panic = strstr(line, " PANIC:  "), *fatal = strstr(line, "] FATAL:  ");
    if (panic) return panic + 1;
    return fatal && fatal > line && fatal[-1] >= '0' && fatal[-1] <= '9' ? fatal + 2 : NULL;
}

void qn_embedded_why(qn_embedded *em, qn_errmsg *e)
{
    enum { TAIL_BYTES = 16384 }; /* sessions that were refused meanwhile have lines behind it */
    char *text = malloc(TAIL_BYTES);
    const char *why = NULL;
    if (text) read_tail(text, TAIL_BYTES, em);
    for (char *rest = text, *line; rest && (line = strsep(&rest, "\n"));) {
        const char *reason = reason_in(line);
        if (reason) why = reason;
    }
    qn_fail(e, 0, "%s", why ? why : "");
    free(text);
}

void qn_embedded_stop(qn_embedded *em, bool immediate)
{
    if (is_running(em)) (void)kill(em->pid, immediate ? SIGQUIT : SIGINT);
}

const char *qn_embedded_conninfo(qn_embedded *em, const char *role)
{
    for (size_t i = 0; i < ROLES_MAX; i++) {
        login *l = &em->logins[i];
        if (l->role && !strcmp(l->role, role)) return l->conninfo;
        if (l->role) continue;
        char *copy = strdup(role), *text = NULL;
        /* Ten seconds: for a command beside a server that is stopped. */
        if (!copy || asprintf(&text, "host=/proc/self/fd/%d port=5432 dbname=quoin user=%s connect_timeout=10",
                              em->pg_fd, role) < 0) {
            free(copy);
            return NULL;
        }
        *l = (login){ copy, text };
        return text;
    }
    return NULL;
}

void qn_embedded_close(qn_embedded **em)
{
    if (!em || !*em) return;
    qn_embedded *dead = *em;
    *em = NULL;
    int fds[] = { dead->data_fd, dead->lock_fd, dead->pg_fd };
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0) close(fds[i]);
    for (size_t i = 0; i < ROLES_MAX; i++) {
        free(dead->logins[i].role);
        free(dead->logins[i].conninfo);
    }
    free(dead);
}
