#include "process/user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* Runs useradd(8); the account has no password, no shell and no home of its own. 0 when it says so. */
static int make_account(const char *name)
{
    pid_t pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        execl("/usr/sbin/useradd", "useradd", "--system", "--user-group", "--no-create-home", "--home-dir",
              "/nonexistent", "--shell", "/usr/sbin/nologin", name, (char *)NULL);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status == 0 ? 0 : -1;
}

static int find_oneself(qn_user *out, qn_errmsg *e)
{
    qn_user u = { .uid = geteuid(), .gid = getegid() };
    const struct passwd *pw = getpwuid(u.uid);
    if (pw)
        snprintf(u.name, sizeof u.name, "%s", pw->pw_name);
    else
        snprintf(u.name, sizeof u.name, "%u", (unsigned)u.uid);
    (void)e;
    *out = u;
    return QN_OK;
}

int qn_user_find(qn_user *out, const char *name, bool may_make, qn_errmsg *e)
{
    if (geteuid() != 0) return find_oneself(out, e);
    const struct passwd *pw = getpwnam(name);
    if (!pw && may_make) {
        if (make_account(name) == 0)
            qn_info("made the system user %s, which everything below the master runs as", name);
        pw = getpwnam(name);
    }
    if (!pw)
        return qn_fail(e, QN_EINVAL,
                       "[server] user = %s: there is no such user. Make it with `useradd --system --user-group "
                       "--no-create-home --shell /usr/sbin/nologin %s`, or name another one",
                       name, name);
    if (pw->pw_uid == 0)
        return qn_fail(
            e, QN_EINVAL,
            "[server] user = %s is root: name an unprivileged user (PostgreSQL refuses to run as root, and so do we)",
            name);
    if (strlen(pw->pw_name) >= sizeof out->name) return qn_fail(e, QN_EINVAL, "[server] user: the name is too long");
    qn_user u = { .uid = pw->pw_uid, .gid = pw->pw_gid, .drop = true };
    snprintf(u.name, sizeof u.name, "%s", pw->pw_name);
    if (initgroups(u.name, u.gid))
        return qn_fail(e, QN_EIO, "cannot take the groups of the user %s: %s", u.name, strerror(errno));
    *out = u;
    return QN_OK;
}

int qn_user_become(const qn_user *u, qn_errmsg *e)
{
    if (u->drop) {
        if (initgroups(u->name, u->gid) || setresgid(u->gid, u->gid, u->gid) || setresuid(u->uid, u->uid, u->uid))
            return qn_fail(e, QN_EIO, "cannot become the user %s: %s", u->name, strerror(errno));
        if (setuid(0) == 0 || geteuid() != u->uid || getegid() != u->gid)
            return qn_fail(e, QN_EIO, "root could be taken back after becoming the user %s", u->name);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return qn_fail(e, QN_EIO, "cannot set no_new_privs: %s", strerror(errno));
    return QN_OK;
}

int qn_user_begin(const qn_user *u)
{
    if (!u->drop) return QN_OK;
    if (setegid(u->gid)) return QN_EIO;
    if (seteuid(u->uid)) {
        qn_user_end(u);
        return QN_EIO;
    }
    return QN_OK;
}

void qn_user_end(const qn_user *u)
{
    if (!u->drop) return;
    /* Going on with half an identity would be worse than ending. */
    if (seteuid(0) || setegid(getgid())) abort();
}
