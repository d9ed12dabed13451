#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

bool qn_is_beneath(qn_str path)
{
    if (!path.n || path.n >= QN_BENEATH_PATH_BYTES || memchr(path.p, '\0', path.n)) return false;
    if (path.p[path.n - 1] == '/') return false;
    while (path.n) {
        qn_str name = qn_str_cut(&path, '/');
        if (!name.n || name.p[0] == '.') return false;
    }
    return true;
}

static int code_of(int err)
{
    switch (err) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case EXDEV: /* openat2: it would have led outside */
    case ENAMETOOLONG:
    case EACCES:
    case ENXIO: /* a socket */
        return QN_ENOTFOUND;
    case EMFILE:
    case ENFILE:
        return QN_EBUSY;
    case ENOMEM:
        return QN_ENOMEM;
    default:
        return QN_EIO;
    }
}

static int open_dir(const char *dir)
{
    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int close_with(int fd, int rc)
{
    int err = errno;
    close(fd);
    errno = err;
    return rc;
}

int qn_open_beneath_by_steps(int *fd, const char *dir, qn_str path)
{
    char name[QN_BENEATH_PATH_BYTES];
    if (!qn_is_beneath(path)) return QN_ENOTFOUND;
    int at = open_dir(dir);
    if (at < 0) return code_of(errno) == QN_EBUSY ? QN_EBUSY : QN_EIO;
    while (path.n) {
        qn_str segment = qn_str_cut(&path, '/');
        memcpy(name, segment.p, segment.n);
        name[segment.n] = '\0';
        int next = openat(at, name, path.n ? O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC : READ_FLAGS | O_NOFOLLOW);
        close_with(at, 0);
        if (next < 0) return code_of(errno);
        at = next;
    }
    *fd = at;
    return QN_OK;
}

int qn_open_beneath(int *fd, const char *dir, qn_str path)
{
    char text[QN_BENEATH_PATH_BYTES];
    if (!qn_is_beneath(path)) return QN_ENOTFOUND;
    memcpy(text, path.p, path.n);
    text[path.n] = '\0';
    int top = open_dir(dir);
    if (top < 0) return code_of(errno) == QN_EBUSY ? QN_EBUSY : QN_EIO;
    struct open_how how = { .flags = READ_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
    long got = -1;
    for (int tries = 0; tries < 8; tries++) { /* EAGAIN: a folder was renamed meanwhile */
        got = syscall(SYS_openat2, top, text, &how, sizeof how);
        if (got >= 0 || errno != EAGAIN) break;
    }
    close_with(top, 0);
    if (got < 0 && (errno == ENOSYS || errno == EPERM)) /* EPERM: a sandbox that does not know the call */
        return qn_open_beneath_by_steps(fd, dir, path);
    if (got < 0) return code_of(errno);
    *fd = (int)got;
    return QN_OK;
}
