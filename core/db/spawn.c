#include "db/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { OUTPUT_MAX_BYTES = 64 * 1024 };

static char env_path[] = "PATH=/usr/bin:/bin", env_locale[] = "LC_ALL=C.UTF-8", env_zone[] = "TZ=UTC",
            env_home[] = "HOME=/nonexistent";
char *const qn_spawn_environ[] = { env_path, env_locale, env_zone, env_home, NULL };

bool qn_spawn_become(const qn_spawn_user *u, int death_signal, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++)
        if (s != SIGKILL && s != SIGSTOP) (void)signal(s, SIG_DFL); /* an ignored signal outlives exec */
    if (sigprocmask(SIG_SETMASK, &none, NULL)) return false;
    umask(077);
    if (geteuid() == 0 && (setgroups(0, NULL) || setgid(u->gid) || setuid(u->uid))) return false;
    if (geteuid() == 0) return false;
    /* After the change of user, which clears it; and the parent may have ended before it was set. */
    if (prctl(PR_SET_PDEATHSIG, death_signal)) return false;
    return getppid() == parent;
}

static void close_from(int first)
{
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0) return;
    long max = sysconf(_SC_OPEN_MAX);
    if (max < 0 || max > 65536) max = 65536;
    for (int fd = first; fd < (int)max; fd++) close(fd);
}

bool qn_spawn_descriptors(int in_fd, int out_fd)
{
    int in = in_fd >= 0 ? in_fd : open("/dev/null", O_RDONLY);
    if (in < 0 || dup2(in, STDIN_FILENO) < 0) return false;
    if (dup2(out_fd, STDOUT_FILENO) < 0 || dup2(out_fd, STDERR_FILENO) < 0) return false;
    close_from(3);
    return true;
}

/* A pipe whose ends lie above the standard descriptors, so that dup2 never meets them. */
static int pipe_above(int fd[2])
{
    int raw[2];
    if (pipe2(raw, O_CLOEXEC)) return QN_EIO;
    for (int i = 0; i < 2; i++) {
        fd[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 3);
        close(raw[i]);
    }
    if (fd[0] >= 0 && fd[1] >= 0) return 0;
    if (fd[0] >= 0) close(fd[0]);
    if (fd[1] >= 0) close(fd[1]);
    return QN_EIO;
}

static _Noreturn void exec_child(const qn_spawn_user *u, const char *const argv[], int in_fd, int out_fd, pid_t parent)
{
    if (!qn_spawn_become(u, SIGTERM, parent) || !qn_spawn_descriptors(in_fd, out_fd)) _exit(126);
    union {
        const char *const *from;
        char *const *to;
    } args = { .from = argv }; /* execve's prototype is older than const */
    execve(argv[0], args.to, qn_spawn_environ);
    _exit(127);
}

/* A file without a name that holds `input`, to be read from its start. A pipe would need its own writer. */
static int input_file(const char *input)
{
    int raw = memfd_create("quoin-input", MFD_CLOEXEC);
    if (raw < 0) return -1;
    int fd = fcntl(raw, F_DUPFD_CLOEXEC, 3);
    close(raw);
    if (fd < 0) return -1;
    size_t n = strlen(input);
    if (write(fd, input, n) != (ssize_t)n || lseek(fd, 0, SEEK_SET) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Reads until the end of the stream. QN_ETIMEOUT, QN_EIO. What does not fit is read and dropped. */
static int drain(int fd, qn_buf *out, int64_t until_ms)
{
    char chunk[4096];
    for (;;) {
        int64_t left = until_ms - qn_mono_ms();
        if (left <= 0) return QN_ETIMEOUT;
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int ready = poll(&p, 1, left > 1000 ? 1000 : (int)left);
        if (ready < 0 && errno != EINTR) return QN_EIO;
        if (ready <= 0) continue;
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n == 0) return 0;
        if (n < 0 && errno != EINTR) return QN_EIO;
        if (n > 0 && out && out->n + (size_t)n <= OUTPUT_MAX_BYTES) qn_buf_add(out, chunk, (size_t)n);
    }
}

static int reap(pid_t pid)
{
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return QN_EIO;
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : QN_EIO;
}

int qn_spawn_run(const qn_spawn_user *u, const char *const argv[], const char *input, qn_buf *out, int timeout_ms)
{
    int fd[2], in = -1, rc = QN_EIO;
    if (pipe_above(fd)) return QN_EIO;
    if (input && (in = input_file(input)) < 0) goto out;
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) goto out;
    if (pid == 0) exec_child(u, argv, in, fd[1], parent);
    close(fd[1]);
    fd[1] = -1;
    rc = drain(fd[0], out, qn_mono_ms() + timeout_ms);
    if (rc) kill(pid, SIGKILL);
    int status = reap(pid);
    if (!rc) rc = status;
out:
    if (in >= 0) close(in);
    if (fd[1] >= 0) close(fd[1]);
    close(fd[0]);
    return rc;
}

typedef struct {
    int rc;
    qn_errmsg e;
} verdict;

int qn_spawn_as(const qn_spawn_user *u, int (*fn)(void *arg, qn_errmsg *e), void *arg, int timeout_ms, qn_errmsg *e)
{
    int fd[2];
    if (pipe_above(fd)) return qn_fail(e, QN_EIO, "pipe: %s", strerror(errno));
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        verdict v = { .rc = QN_EIO };
        if (qn_spawn_become(u, SIGTERM, parent))
            v.rc = fn(arg, &v.e);
        else
            qn_fail(&v.e, QN_EIO, "cannot become uid %ld: %s", (long)u->uid, strerror(errno));
        ssize_t n = write(fd[1], &v, sizeof v);
        _exit(n == (ssize_t)sizeof v ? 0 : 1);
    }
    close(fd[1]);
    qn_buf answer;
    qn_buf_init(&answer, 0);
    int rc = QN_EIO;
    if (pid < 0) {
        qn_fail(e, rc, "fork: %s", strerror(errno));
        goto out;
    }
    rc = drain(fd[0], &answer, qn_mono_ms() + timeout_ms);
    if (rc) kill(pid, SIGKILL);
    (void)reap(pid);
    if (!rc && answer.n == sizeof(verdict)) {
        verdict v;
        memcpy(&v, answer.p, sizeof v);
        rc = v.rc;
        if (rc && e) *e = v.e;
    } else {
        rc = qn_fail(e, rc ? rc : QN_EIO, "a helper process %s", rc == QN_ETIMEOUT ? "took too long" : "ended early");
    }
out:
    qn_buf_free(&answer);
    close(fd[0]);
    return rc;
}
