/* Copies of the plugins that this generation of processes loads: a cp over a mapped file crashes who uses it, and the
 * user that everything but the master runs as may not be able to look where the originals lie. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plugin/host.h"

/* Links are not followed: the folder belongs to a user that has fewer rights than we may have. */
static int open_dir(int at, const char *name, bool fresh)
{
    if (mkdirat(at, name, 0755) && (errno != EEXIST || fresh)) return -1;
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) (void)fchmod(fd, 0755); /* whatever the umask is */
    return fd;
}

/* Removes a folder of files. */
static void remove_dir(int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    for (struct dirent *x; d && (x = readdir(d));)
        if (strcmp(x->d_name, ".") && strcmp(x->d_name, "..")) (void)unlinkat(fd, x->d_name, 0);
    if (d)
        closedir(d);
    else if (fd >= 0)
        close(fd);
    (void)unlinkat(at, name, AT_REMOVEDIR);
}

int qn_stage_open(int *dir_fd, const char *data_dir, qn_errmsg *e)
{
    int top = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), run = -1, gen = -1;
    if (top >= 0) run = open_dir(top, "run", false);
    if (run >= 0) {
        remove_dir(run, "gen-1"); /* of a server that was killed: the folder's lock says that none runs */
        gen = open_dir(run, "gen-1", true);
    }
    int rc = gen < 0 ? qn_fail(e, QN_EIO, "%s/run/gen-1: %s", data_dir, strerror(errno)) : QN_OK;
    if (top >= 0) close(top);
    if (run >= 0) close(run);
    if (!rc) *dir_fd = gen;
    return rc;
}

static int copy_bytes(int to, int from)
{
    char buffer[65536];
    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return (int)n;
        for (ssize_t at = 0; at < n;) {
            ssize_t m = write(to, buffer + at, (size_t)(n - at));
            if (m < 0 && errno != EINTR) return -1;
            if (m > 0) at += m;
        }
    }
}

int qn_stage_file(int dir_fd, const char *from, const char *name, qn_errmsg *e)
{
    char file[QN_PLUGIN_NAME_BYTES + 4];
    snprintf(file, sizeof file, "%s.so", name);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0 && errno == ENOENT)
        return qn_fail(e, QN_ENOTFOUND,
                       "%s is not there: build the plugin %s or put its file there ([plugins] dir), or take it out of "
                       "[plugins] load",
                       from, name);
    if (in < 0) return qn_fail(e, QN_EIO, "%s cannot be read: %s", from, strerror(errno));
    int out = openat(dir_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644), rc = QN_OK;
    if (out < 0 || copy_bytes(out, in) || fchmod(out, 0644))
        rc = qn_fail(e, QN_EIO, "copying %s: %s", from, strerror(errno));
    if (out >= 0 && close(out) && !rc) rc = qn_fail(e, QN_EIO, "copying %s: %s", from, strerror(errno));
    close(in);
    return rc;
}
