/**
 * A real PostgreSQL for a test program, made by qn_embedded in a folder of its own and gone afterwards, whatever
 * happens to the program: the server by its death signal, the folder by a janitor that outlives us.
 *
 * As root the server runs as `nobody`: what a first start as root does.
 */
#ifndef QN_TESTS_PGFIXTURE_H
#define QN_TESTS_PGFIXTURE_H

#include <errno.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/embedded.h"

typedef struct {
    char root[64];     /**< the temporary folder, mode 0711 */
    char data_dir[96]; /**< <root>/var, owned by the server's user */
    uid_t uid;
    gid_t gid;
    int janitor; /**< its end of this pipe says that we are gone */
    qn_embedded *em;
    pid_t pid;
} pgfixture;

static inline int pgfixture_remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static inline void pgfixture_remove(const char *path)
{
    for (int i = 0; i < 100 && access(path, F_OK) == 0; i++) { /* the server may still be writing its last file */
        (void)nftw(path, pgfixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
        if (access(path, F_OK) == 0) usleep(50000);
    }
}

static inline void pgfixture_hire_janitor(pgfixture *f)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char c;
        (void)setsid();
        for (int i = 3; i < 1024; i++)
            if (i != fd[0]) close(i);
        close(STDOUT_FILENO); /* whoever reads our output shall not wait for this one */
        close(STDERR_FILENO);
        while (read(fd[0], &c, 1) < 0 && errno == EINTR) continue;
        pgfixture_remove(f->root);
        _exit(0);
    }
    close(fd[0]);
    f->janitor = fd[1];
}

/** A temporary folder with an empty data_dir in it, owned by the user that the server is to run as. */
static inline void pgfixture_folder(pgfixture *f)
{
    *f = (pgfixture){ .uid = geteuid(), .gid = getegid() };
    if (f->uid == 0) {
        const struct passwd *pw = getpwnam("nobody");
        assert_non_null(pw);
        f->uid = pw->pw_uid;
        f->gid = pw->pw_gid;
    }
    snprintf(f->root, sizeof f->root, "/tmp/quoin-test-XXXXXX");
    assert_non_null(mkdtemp(f->root));
    pgfixture_hire_janitor(f);
    assert_int_equal(chmod(f->root, 0711), 0);
    snprintf(f->data_dir, sizeof f->data_dir, "%s/var", f->root);
    assert_int_equal(mkdir(f->data_dir, 0700), 0);
    assert_int_equal(chown(f->data_dir, f->uid, f->gid), 0);
}

static inline void pgfixture_start(pgfixture *f)
{
    qn_errmsg e = { "" };
    if (qn_embedded_start(f->em, &f->pid, &e)) fail_msg("start: %s", e.text);
    int64_t until = qn_mono_ms() + 30000;
    int up;
    while ((up = qn_embedded_ready(f->em)) == 0 && qn_mono_ms() < until) usleep(2000);
    if (up == 1) return;
    qn_embedded_last_words(f->em, &e);
    fail_msg("the server did not start: %s", e.text);
}

static inline void pgfixture_wait(pgfixture *f)
{
    int status;
    if (f->pid > 0)
        while (waitpid(f->pid, &status, 0) < 0 && errno == EINTR) continue;
    f->pid = 0;
}

static inline void pgfixture_stop(pgfixture *f)
{
    if (f->pid <= 0) return;
    qn_embedded_stop(f->em, false);
    pgfixture_wait(f);
}

/** Folder, cluster, server. */
static inline void pgfixture_up(pgfixture *f)
{
    qn_errmsg e = { "" };
    qn_log_setup((qn_log_options){ .level = getenv("QN_TEST_LOG") ? QN_LOG_DEBUG : QN_LOG_ERROR });
    pgfixture_folder(f);
    qn_embedded_options o = { .data_dir = f->data_dir, .uid = f->uid, .gid = f->gid };
    if (qn_embedded_open(&f->em, &o, &e)) fail_msg("open: %s", e.text);
    pgfixture_start(f);
}

static inline void pgfixture_down(pgfixture *f)
{
    pgfixture_stop(f);
    qn_embedded_close(&f->em);
    if (f->root[0]) pgfixture_remove(f->root);
    if (f->janitor > 0) close(f->janitor);
    f->janitor = 0;
}

static inline void pgfixture_quiet(void *arg, const PGresult *r)
{
    (void)arg, (void)r;
}

/** One statement on a connection of its own; the first value of its answer ("" when none). Fails the test on an error.
 */
static inline const char *pgfixture_sql(pgfixture *f, const char *role, const char *sql)
{
    static char value[256];
    PGconn *c = PQconnectdb(qn_embedded_conninfo(f->em, role));
    if (PQstatus(c) != CONNECTION_OK) {
        snprintf(value, sizeof value, "%s", PQerrorMessage(c));
        PQfinish(c);
        fail_msg("connect: %s", value);
    }
    PQsetNoticeReceiver(c, pgfixture_quiet, NULL);
    PGresult *r = PQexec(c, sql);
    ExecStatusType st = PQresultStatus(r);
    snprintf(value, sizeof value, "%s",
             st == PGRES_TUPLES_OK ? (PQntuples(r) ? PQgetvalue(r, 0, 0) : "") : PQresultErrorMessage(r));
    PQclear(r);
    PQfinish(c);
    if (st != PGRES_TUPLES_OK && st != PGRES_COMMAND_OK) fail_msg("%s: %s", sql, value);
    if (st == PGRES_COMMAND_OK) value[0] = '\0';
    return value;
}

#endif
