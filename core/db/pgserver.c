#include "db/pgserver.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

enum { PROGRAM_TIMEOUT_MS = 10000, LEAST_MAJOR = 15, FAST_MS = 20000, IMMEDIATE_MS = 3000, FORCE_MS = 5000 };
enum { BUFFERS_LEAST_MB = 128, BUFFERS_MOST_MB = 2048 };

/* ---- programs ---------------------------------------------------------------------------------------------------- */

/* What `program --version` says after "(PostgreSQL) ". */
static int version_of(char out[64], const qn_spawn_user *u, const char *bindir, const char *program)
{
    char path[PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%s/%s", bindir, program) >= sizeof path) return QN_EINVAL;
    if (access(path, X_OK)) return QN_ENOTFOUND;
    qn_buf said;
    qn_buf_init(&said, 0);
    const char *const argv[] = { path, "--version", NULL };
    int rc = qn_spawn_run(u, argv, NULL, &said, PROGRAM_TIMEOUT_MS);
    const char *mark = rc == 0 && said.p ? strstr(said.p, "(PostgreSQL) ") : NULL;
    if (mark) {
        snprintf(out, 64, "%s", mark + strlen("(PostgreSQL) "));
        out[strcspn(out, "\r\n")] = '\0';
    }
    qn_buf_free(&said);
    return mark ? 0 : QN_EINVAL;
}

/* Both programs of `bindir`, of one version: fills `p`. `why` says what is wrong with it. */
static bool is_usable(qn_pgserver_programs *p, const qn_spawn_user *u, const char *bindir, qn_errmsg *why)
{
    char server[64], maker[64];
    if (strlen(bindir) >= sizeof p->bindir) return false;
    if (version_of(server, u, bindir, "postgres") || version_of(maker, u, bindir, "initdb")) {
        qn_fail(why, 0, "%s has no working postgres and initdb", bindir);
        return false;
    }
    if (strcmp(server, maker)) {
        qn_fail(why, 0, "in %s postgres is %s but initdb is %s", bindir, server, maker);
        return false;
    }
    p->major = atoi(server);
    if (p->major < LEAST_MAJOR) {
        qn_fail(why, 0, "%s has PostgreSQL %s", bindir, server);
        return false;
    }
    snprintf(p->bindir, sizeof p->bindir, "%s", bindir);
    return true;
}

/* The last folder's number in /usr/lib/postgresql/15/bin, or 0. */
static int major_in_path(const char *path)
{
    const char *at = strstr(path, "/postgresql/");
    return at ? atoi(at + strlen("/postgresql/")) : 0;
}

static int newest_first(const void *a, const void *b)
{
    return major_in_path(*(char *const *)b) - major_in_path(*(char *const *)a);
}

static bool find_in_lib(qn_pgserver_programs *out, const qn_spawn_user *u, int major, qn_errmsg *why)
{
    glob_t g;
    bool found = false;
    if (glob("/usr/lib/postgresql/*/bin", GLOB_NOSORT, NULL, &g)) return false;
    qsort(g.gl_pathv, g.gl_pathc, sizeof *g.gl_pathv, newest_first);
    for (size_t i = 0; i < g.gl_pathc && !found; i++) {
        if (major && major_in_path(g.gl_pathv[i]) != major) continue;
        found = is_usable(out, u, g.gl_pathv[i], why) && (!major || out->major == major);
    }
    globfree(&g);
    return found;
}

static bool find_by_config(qn_pgserver_programs *out, const qn_spawn_user *u, int major, qn_errmsg *why)
{
    static const char *const programs[] = { "/usr/bin/pg_config", "/usr/local/bin/pg_config" };
    bool found = false;
    for (size_t i = 0; i < sizeof programs / sizeof *programs && !found; i++) {
        if (access(programs[i], X_OK)) continue;
        qn_buf said;
        qn_buf_init(&said, 0);
        const char *const argv[] = { programs[i], "--bindir", NULL };
        if (qn_spawn_run(u, argv, NULL, &said, PROGRAM_TIMEOUT_MS) == 0 && said.p) {
            said.p[strcspn(said.p, "\r\n")] = '\0';
            found = is_usable(out, u, said.p, why) && (!major || out->major == major);
        }
        qn_buf_free(&said);
    }
    return found;
}

int qn_pgserver_find(qn_pgserver_programs *out, const qn_spawn_user *u, int major, qn_errmsg *e)
{
    qn_pgserver_programs p = { .major = 0 };
    qn_errmsg why = { "" };
    if (find_in_lib(&p, u, major, &why) || find_by_config(&p, u, major, &why)) {
        *out = p;
        return 0;
    }
    char need[16];
    snprintf(need, sizeof need, "%d", major ? major : LEAST_MAJOR);
    return qn_fail(
        e, QN_EINVAL,
        "no PostgreSQL %s%s server found under /usr/lib/postgresql or by pg_config --bindir%s%.300s%s; install it: "
        "apt-get install --no-install-recommends postgresql-%s, or give [database] url",
        need, major ? "" : " or newer", why.text[0] ? " (" : "", why.text, why.text[0] ? ")" : "", need);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static uint64_t limit_in(const char *path)
{
    FILE *f = fopen(path, "re");
    unsigned long long n = 0;
    bool given = f && fscanf(f, "%llu", &n) == 1; /* "max": none */
    if (f) fclose(f);
    return given ? n : UINT64_MAX;
}

/* The least that this process's control group (version 2) and those around it allow. */
static uint64_t group_limit(void)
{
    char line[512], path[640], group[512] = "";
    uint64_t least = UINT64_MAX;
    FILE *f = fopen("/proc/self/cgroup", "re");
    while (f && fgets(line, sizeof line, f))
        if (!strncmp(line, "0::/", 4)) snprintf(group, sizeof group, "%.*s", (int)strcspn(line + 3, "\n"), line + 3);
    if (f) fclose(f);
    while (*group) {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", group);
        uint64_t n = limit_in(path);
        if (n < least) least = n;
        *strrchr(group, '/') = '\0';
    }
    return least;
}

/* An eighth of the memory: with an archive's indexes and its present in it a read is one that does not ask the kernel.
 * (Measured, reads of one of a million articles, 10 GB: 50 µs with 128 MB, 44 with 2 GB, 39 of ten thousand.) What is
 * not used is not taken from anybody. */
unsigned qn_pgserver_buffers_mb(uint64_t memory_bytes)
{
    uint64_t mb = memory_bytes / 8 >> 20;
    return mb < BUFFERS_LEAST_MB ? BUFFERS_LEAST_MB : mb > BUFFERS_MOST_MB ? BUFFERS_MOST_MB : (unsigned)mb;
}

static unsigned buffers_mb(void)
{
    uint64_t all = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE), ours = group_limit();
    return qn_pgserver_buffers_mb(ours < all ? ours : all);
}

/* ---- settings ---------------------------------------------------------------------------------------------------- */

int qn_pgserver_settings(FILE *f, unsigned max_connections)
{
    fprintf(f,
            "# Written by Quoin at every start. Put your own settings into local.conf beside it.\n"
            "listen_addresses = ''\n"
            "unix_socket_directories = '.'\n"
            "unix_socket_permissions = 0700\n"
            "port = 5432\n"
            "max_connections = %u\n"
            "cluster_name = 'quoin'\n"
            "shared_buffers = %uMB\n"
            "work_mem = 8MB\n"
            "maintenance_work_mem = 64MB\n"
            "random_page_cost = 1.1\n"
            "# An answer to many small questions at once: neither compiling nor splitting one of them pays.\n"
            "jit = off\n"
            "max_parallel_workers_per_gather = 0\n"
            "max_parallel_maintenance_workers = 0\n"
            "max_worker_processes = 4\n"
            "max_logical_replication_workers = 0\n"
            "# What was acknowledged is on disk.\n"
            "fsync = on\n"
            "synchronous_commit = on\n"
            "full_page_writes = on\n"
            "wal_level = replica\n"
            "max_wal_senders = 2\n"
            "max_wal_size = 512MB\n"
            "min_wal_size = 80MB\n"
            "restart_after_crash = on\n"
            "# Errors of statements are logged by the process that asked: here they would put content into a file.\n"
            "log_destination = 'stderr'\n"
            "logging_collector = off\n"
            "log_min_messages = log\n"
            "log_min_error_statement = panic\n"
            "log_checkpoints = off\n"
            "log_line_prefix = '%%m [%%p] %%q%%a '\n"
            "log_timezone = 'UTC'\n"
            "timezone = 'UTC'\n"
            "datestyle = 'iso, ymd'\n"
            "lc_messages = 'C'\n"
            "default_text_search_config = 'pg_catalog.simple'\n"
            "idle_in_transaction_session_timeout = 60s\n"
            "include_if_exists = 'local.conf'\n",
            max_connections ? max_connections : 100, buffers_mb());
    return ferror(f) ? QN_EIO : 0;
}

/* ---- processes --------------------------------------------------------------------------------------------------- */

bool qn_pgserver_works_in(pid_t pid, const struct stat *dir)
{
    char path[64], exe[PATH_MAX];
    struct stat cwd;
    snprintf(path, sizeof path, "/proc/%ld/cwd", (long)pid);
    if (stat(path, &cwd) || cwd.st_dev != dir->st_dev || cwd.st_ino != dir->st_ino) return false;
    snprintf(path, sizeof path, "/proc/%ld/exe", (long)pid);
    ssize_t n = readlink(path, exe, sizeof exe - 1);
    if (n <= 0) return false;
    exe[n] = '\0'; /* "…/bin/postgres", or "…/bin/postgres (deleted)" after an upgrade */
    const char *name = strrchr(exe, '/');
    return name && (!strcmp(name, "/postgres") || !strcmp(name, "/postgres (deleted)"));
}

/* A process held by its descriptor: the number may be given to another, the descriptor never is. */
typedef struct {
    pid_t pid;
    int fd;
} held;

static bool hold(held *h, pid_t pid, const struct stat *dir)
{
    int fd = (int)syscall(SYS_pidfd_open, pid, 0u);
    if (fd < 0) return false;
    if (!qn_pgserver_works_in(pid, dir)) { /* looked at after it was held */
        close(fd);
        return false;
    }
    *h = (held){ .pid = pid, .fd = fd };
    return true;
}

enum { HELD_MAX = 1024 };

static size_t hold_all(held *all, const struct stat *dir)
{
    size_t n = 0;
    DIR *proc = opendir("/proc");
    if (!proc) return 0;
    for (const struct dirent *d; n < HELD_MAX && (d = readdir(proc));) {
        long pid = isdigit((unsigned char)d->d_name[0]) ? strtol(d->d_name, NULL, 10) : 0;
        if (pid > 0 && pid <= INT_MAX && hold(&all[n], (pid_t)pid, dir)) n++;
    }
    closedir(proc);
    return n;
}

/* Waits until every one of `all` has ended. */
static bool all_ended(const held *all, size_t n, int64_t until_ms)
{
    for (size_t i = 0; i < n; i++) {
        struct pollfd p = { .fd = all[i].fd, .events = POLLIN };
        int got;
        do {
            int64_t left = until_ms - qn_mono_ms();
            got = poll(&p, 1, left < 0 ? 0 : (int)left);
        } while (got < 0 && errno == EINTR);
        if (got <= 0) return false;
    }
    return true;
}

static void tell(const held *all, size_t n, int sig)
{
    for (size_t i = 0; i < n; i++) (void)syscall(SYS_pidfd_send_signal, all[i].fd, sig, NULL, 0u);
}

/* One pass over the processes there are now: how many, or QN_ETIMEOUT. */
static int end_present(held *all, const struct stat *dir, pid_t first)
{
    static const struct {
        int sig, wait_ms;
    } step[] = { { SIGINT, FAST_MS }, { SIGQUIT, IMMEDIATE_MS }, { SIGKILL, FORCE_MS } };
    size_t n = hold_all(all, dir);
    bool ended = n == 0;
    held head = { .pid = 0 };
    bool led = !ended && first > 0 && hold(&head, first, dir);
    for (size_t i = 0; i < sizeof step / sizeof *step && !ended; i++) {
        /* The postmaster ends its own; without one, SIGINT would only cancel a backend's statement. */
        if (led)
            tell(&head, 1, step[i].sig);
        else if (step[i].sig == SIGINT)
            continue;
        if (!led || step[i].sig == SIGKILL) tell(all, n, step[i].sig);
        ended = all_ended(all, n, qn_mono_ms() + step[i].wait_ms);
    }
    if (led) close(head.fd);
    for (size_t i = 0; i < n; i++) close(all[i].fd);
    return ended ? (int)n : QN_ETIMEOUT;
}

int qn_pgserver_end_all(const struct stat *dir, pid_t first)
{
    enum { PASSES = 5 }; /* a process may be born while the others are being told */
    held *all = calloc(HELD_MAX, sizeof *all);
    if (!all) return QN_ENOMEM;
    int total = 0, n = 1;
    for (int i = 0; i < PASSES && n > 0; i++) {
        n = end_present(all, dir, first);
        if (n > 0) total += n;
    }
    free(all);
    return n == 0 ? total : QN_ETIMEOUT;
}

int qn_pgserver_pidfile(pid_t *pid, bool *ready, int dirfd)
{
    /* Lines: pid, data directory, start time, port, socket folder, address, shared memory, state. */
    enum { STATE_LINE = 8 };
    char text[PATH_MAX + 512];
    int fd = openat(dirfd, "postmaster.pid", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return QN_ENOTFOUND;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return QN_ENOTFOUND;
    text[n] = '\0';
    long number = strtol(text, NULL, 10);
    if (number <= 1 || number > INT_MAX) return QN_ENOTFOUND;
    const char *line = text;
    for (int i = 1; line && i < STATE_LINE; i++) {
        line = strchr(line, '\n');
        if (line) line++;
    }
    *pid = (pid_t)number;
    *ready = line && !strncmp(line, "ready", 5);
    return 0;
}
