#include "process/datadir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define ELSEWHERE "/var/lib/quoin"

enum { DIR_MODE = 0750, TRIES = 100 };

struct qn_datadir {
    char *path;  /* owned */
    int fd;      /* the folder */
    int lock_fd; /* -1: not locked */
    qn_user user;
};

/* ---- looking at folders ----------------------------------------------------------------------------------------- */

static char *absolute(const char *configured)
{
    char *out = NULL, *cwd = configured[0] == '/' ? strdup("") : getcwd(NULL, 0);
    if (!cwd) return NULL;
    if (asprintf(&out, "%s%s%s", cwd, configured[0] == '/' ? "" : "/", configured) < 0) out = NULL;
    free(cwd);
    for (size_t n = out ? strlen(out) : 0; n > 1 && out[n - 1] == '/'; n--) out[n - 1] = '\0';
    return out;
}

typedef struct {
    bool any, folders, ours;
} contents;

/* What lies in the folder: anything, folders, the lock file of an earlier start. -1: cannot be read. */
static int look_into(contents *out, int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (!dir) {
        if (copy >= 0) close(copy);
        return -1;
    }
    contents c = { 0 };
    for (const struct dirent *d; (d = readdir(dir));) {
        if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, "..")) continue;
        struct stat st;
        c.any = true;
        if (!strcmp(d->d_name, "lock")) c.ours = true;
        if (!fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode)) c.folders = true;
    }
    closedir(dir);
    *out = c;
    return 0;
}

/* A folder on the way to data_dir, which others have to get through, whatever the master's umask is. */
static int make_way(const char *path)
{
    if (mkdir(path, 0755)) return errno == EEXIST ? 0 : -1;
    return chmod(path, 0755);
}

/* The folder that stands in for those that cannot be reached is ours by its name: it is opened again should it be shut.
 */
static int make_elsewhere_way(void)
{
    struct stat st;
    if (make_way(ELSEWHERE) || lstat(ELSEWHERE, &st)) return -1;
    bool shut = S_ISDIR(st.st_mode) && st.st_uid == 0 && (st.st_mode & 0011) != 0011;
    return shut ? chmod(ELSEWHERE, 0755) : 0;
}

static int make_path(const char *path)
{
    char part[PATH_MAX];
    size_t n = strlen(path);
    if (n >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (i < n ? make_way(part) : mkdir(part, DIR_MODE) && errno != EEXIST) return -1;
    }
    return 0;
}

/* The user can enter the folder by its path and write there. */
static bool is_reachable(const char *path, const qn_user *u)
{
    if (qn_user_begin(u)) return false;
    bool ok = faccessat(AT_FDCWD, path, R_OK | W_OK | X_OK, AT_EACCESS) == 0;
    int keep = errno;
    qn_user_end(u);
    errno = keep;
    return ok;
}

static const char *name_of(uid_t uid, char buf[QN_USER_NAME_BYTES])
{
    const struct passwd *pw = getpwuid(uid);
    if (pw)
        snprintf(buf, QN_USER_NAME_BYTES, "%s", pw->pw_name);
    else
        snprintf(buf, QN_USER_NAME_BYTES, "uid %u", (unsigned)uid);
    return buf;
}

/* ---- handing it to the user ------------------------------------------------------------------------------------- */

/* A folder of root's is handed over when it is plainly meant for us: never /etc or /root because of a slip in the ini.
 */
static bool may_hand_over(const char *path, const struct stat *st, int fd)
{
    contents c;
    if (st->st_uid != 0 || strchr(path + 1, '/') == NULL || look_into(&c, fd)) return false;
    return !c.any || c.ours || !c.folders;
}

static int take_ownership(const char *path, const qn_user *u, qn_errmsg *e)
{
    struct stat st;
    char owner[QN_USER_NAME_BYTES];
    int r = QN_OK, fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st)) {
        r = qn_fail(e, QN_EIO, "data_dir %s: %s", path, strerror(errno));
    } else if (st.st_uid != u->uid && !may_hand_over(path, &st, fd)) {
        r = qn_fail(
            e, QN_EINVAL,
            "data_dir %s belongs to %s, and the server runs as %s: set [database] data_dir to a folder of its own, or "
            "[server] user to that user",
            path, name_of(st.st_uid, owner), u->name);
    } else if (st.st_uid != u->uid && fchown(fd, u->uid, u->gid)) {
        r = qn_fail(e, QN_EIO, "data_dir %s cannot be given to the user %s: %s", path, u->name, strerror(errno));
    }
    if (fd >= 0) close(fd);
    return r;
}

static uint32_t short_hash(const char *s)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *s; s++) h = (h ^ (unsigned char)*s) * UINT64_C(1099511628211);
    return (uint32_t)(h ^ (h >> 32));
}

/* A folder in ELSEWHERE that is new or empty. One that an earlier clone at the same path left behind is not taken over:
 * a fresh clone starts fresh. */
static int make_elsewhere(char out[PATH_MAX], const char *shown, const qn_user *u)
{
    if (make_elsewhere_way()) return -1;
    for (int i = 0; i < TRIES; i++) {
        char suffix[16] = "";
        if (i) snprintf(suffix, sizeof suffix, "-%d", i + 1);
        snprintf(out, PATH_MAX, ELSEWHERE "/%08x%s", (unsigned)short_hash(shown), suffix);
        if (mkdir(out, DIR_MODE) && errno != EEXIST) return -1;
        contents c;
        int fd = open(out, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0) continue;
        bool ok = look_into(&c, fd) == 0 && !c.any && fchown(fd, u->uid, u->gid) == 0;
        close(fd);
        if (ok && is_reachable(out, u)) return 0;
    }
    return -1;
}

/* Replaces the empty folder `shown` by a link to one that the user can reach. */
static int move_elsewhere(char **real, const char *shown, const qn_user *u, qn_errmsg *e)
{
    char to[PATH_MAX];
    char *owned = NULL;
    if (rmdir(shown))
        return qn_fail(
            e, QN_EINVAL,
            "data_dir %s cannot be reached by the user %s, and it is not empty: move it to where that user can enter "
            "every folder on the way (as %s), and set [database] data_dir",
            shown, u->name, ELSEWHERE);
    if (make_elsewhere(to, shown, u) || !(owned = strdup(to)) || symlink(to, shown)) {
        int keep = errno;
        free(owned);
        return qn_fail(e, QN_EINVAL,
                       "data_dir %s cannot be reached by the user %s, nor can a folder under " ELSEWHERE
                       " take its place (%s): set [database] data_dir to a folder that the user can reach",
                       shown, u->name, strerror(keep));
    }
    qn_warn("the user %s cannot reach %s: the data is in %s, and %s is a symbolic link to it", u->name, shown, to,
            shown);
    free(*real);
    *real = owned;
    return QN_OK;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static int ensure(char **real, const char *shown, const qn_user *u, qn_errmsg *e)
{
    struct stat st;
    if (lstat(shown, &st) && errno == ENOENT && make_path(shown))
        return qn_fail(e, QN_EIO, "data_dir %s cannot be made: %s", shown, strerror(errno));
    *real = realpath(shown, NULL);
    if (!*real)
        return qn_fail(e, QN_EIO, "data_dir %s cannot be opened: %s%s", shown, strerror(errno),
                       errno == ENOENT ? " (it is a symbolic link to a folder that is not there: remove it)" : "");
    int r = u->drop ? take_ownership(*real, u, e) : QN_OK;
    if (r) return r;
    if (is_reachable(*real, u)) return QN_OK;
    if (u->drop && !strcmp(*real, shown)) return move_elsewhere(real, shown, u, e);
    return qn_fail(e, QN_EINVAL, "data_dir %s cannot be written by the user %s: %s", shown, u->name, strerror(errno));
}

int qn_datadir_open(qn_datadir **out, const char *configured, const qn_user *u, qn_errmsg *e)
{
    int r = QN_OK;
    char *shown = absolute(configured);
    qn_datadir *d = calloc(1, sizeof *d);
    if (d) *d = (qn_datadir){ .fd = -1, .lock_fd = -1, .user = *u };
    if (!shown || !d) {
        r = qn_fail(e, QN_ENOMEM, "data_dir %s: %s", configured, strerror(errno));
        goto out;
    }
    r = ensure(&d->path, shown, u, e);
    if (r) goto out;
    d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (d->fd < 0) {
        r = qn_fail(e, QN_EIO, "data_dir %s: %s", d->path, strerror(errno));
        goto out;
    }
    *out = d;
    d = NULL;
out:
    qn_datadir_close(&d);
    free(shown);
    return r;
}

const char *qn_datadir_path(const qn_datadir *d)
{
    return d->path;
}

void qn_datadir_close(qn_datadir **d)
{
    if (!d || !*d) return;
    if ((*d)->fd >= 0) close((*d)->fd);
    if ((*d)->lock_fd >= 0) close((*d)->lock_fd);
    free((*d)->path);
    free(*d);
    *d = NULL;
}

int qn_datadir_find(char **out, const char *configured)
{
    char *real = realpath(configured, NULL);
    if (!real) return errno == ENOMEM ? QN_ENOMEM : QN_ENOTFOUND;
    *out = real;
    return QN_OK;
}

/* ---- files in it ------------------------------------------------------------------------------------------------ */

static int open_as_user(const qn_datadir *d, const char *name, int flags)
{
    if (qn_user_begin(&d->user)) return -1;
    int fd = openat(d->fd, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    int keep = errno;
    qn_user_end(&d->user);
    errno = keep;
    return fd;
}

static int write_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t w = write(fd, p, n);
        if (w < 0 && errno == EINTR) continue;
        if (w <= 0) return -1;
        p += w;
        n -= (size_t)w;
    }
    return 0;
}

/* A lock of the process, not of the descriptor: no child can keep it, and the kernel knows who holds it. */
int qn_datadir_lock(qn_datadir *d, qn_errmsg *e)
{
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open_as_user(d, "lock", O_RDWR | O_CREAT);
    if (fd < 0) return qn_fail(e, QN_EIO, "data_dir %s: the file lock cannot be opened: %s", d->path, strerror(errno));
    if (fcntl(fd, F_SETLK, &l) == 0) {
        d->lock_fd = fd;
        return QN_OK;
    }
    int why = errno;
    l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
    bool known = fcntl(fd, F_GETLK, &l) == 0 && l.l_type != F_UNLCK;
    close(fd);
    if (why != EACCES && why != EAGAIN)
        return qn_fail(e, QN_EIO, "data_dir %s cannot be locked: %s", d->path, strerror(why));
    return qn_fail(e, QN_EBUSY,
                   "data_dir %s is in use by another quoin (pid %ld): stop it, or set another [database] data_dir",
                   d->path, known ? (long)l.l_pid : 0L);
}

int qn_datadir_put(const qn_datadir *d, const char *name, const char *text)
{
    char tmp[64];
    snprintf(tmp, sizeof tmp, ".%s.new", name);
    if (qn_user_begin(&d->user)) return QN_EIO;
    int r = QN_EIO;
    unlinkat(d->fd, tmp, 0);
    int fd = openat(d->fd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0) {
        bool ok = write_all(fd, text, strlen(text)) == 0 && fchmod(fd, 0644) == 0;
        close(fd);
        if (ok && renameat(d->fd, tmp, d->fd, name) == 0)
            r = QN_OK;
        else
            unlinkat(d->fd, tmp, 0);
    }
    int keep = errno;
    qn_user_end(&d->user);
    errno = keep;
    return r;
}

void qn_datadir_remove(const qn_datadir *d, const char *name)
{
    if (qn_user_begin(&d->user)) return;
    unlinkat(d->fd, name, 0);
    qn_user_end(&d->user);
}
