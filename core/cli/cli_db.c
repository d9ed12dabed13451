/* The database for commands: that of a server that runs, or one started for the duration. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/cli.h"
#include "db/embedded.h"
#include "db/session.h"
#include "process/datadir.h"

enum { START_MAX_MS = 120000, POLL_US = 5000 };

struct qn_cli_db {
    qn_datadir *dir; /* locked while we keep the server; NULL: it is another's */
    qn_embedded *em; /* NULL: [database] url */
    pid_t pid;       /* 0: not ours */
    const char *conninfo, *owner;
    char *url, *owner_url, *role; /* owned */
};

static int wait_ready(qn_cli_db *db, qn_errmsg *e)
{
    int64_t until = qn_mono_ms() + START_MAX_MS;
    for (;;) {
        int up = qn_embedded_ready(db->em);
        if (up == 1) return QN_OK;
        if (up < 0 || qn_mono_ms() > until) {
            qn_errmsg said = { "" };
            qn_embedded_last_words(db->em, &said);
            return qn_fail(e, QN_EIO, "the embedded PostgreSQL does not start: %.900s", said.text);
        }
        usleep(POLL_US);
    }
}

static int start(qn_cli_db *db, const qn_config *c, qn_errmsg *e)
{
    qn_user user;
    const char *name = qn_config_str(c, "server", "user");
    int r = qn_user_find(&user, name, !strcmp(name, "quoin"), e);
    if (!r) r = qn_datadir_open(&db->dir, qn_config_str(c, "database", "data_dir"), &user, e);
    if (!r) r = qn_datadir_lock(db->dir, e);
    if (r) return r;
    qn_embedded_options o = { .data_dir = qn_datadir_path(db->dir), .uid = user.uid, .gid = user.gid };
    r = qn_embedded_open(&db->em, &o, e);
    if (!r) r = qn_embedded_start(db->em, &db->pid, e);
    return r ? r : wait_ready(db, e);
}

static int open_embedded(qn_cli_db *db, const qn_config *c, qn_errmsg *e)
{
    char *dir = NULL;
    int r = qn_datadir_find(&dir, qn_config_str(c, "database", "data_dir"));
    if (!r) r = qn_embedded_attach(&db->em, dir, e);
    free(dir);
    if (r == QN_ENOTFOUND) r = start(db, c, e);
    if (r) return r;
    db->conninfo = qn_embedded_conninfo(db->em, "quoin");
    db->owner = qn_embedded_conninfo(db->em, "quoin_owner");
    return db->conninfo && db->owner ? QN_OK : QN_ENOMEM;
}

/* A command tells its own story: that connections come and go is not news to whoever typed it. */
static void quiet(const qn_config *c)
{
    if (strcmp(qn_config_str(c, "log", "level"), "info") != 0) return;
    qn_log_setup((qn_log_options){ .level = QN_LOG_WARN, .json = !strcmp(qn_config_str(c, "log", "format"), "json") });
}

int qn_cli_db_open(qn_cli_db **out, const qn_config *c, qn_errmsg *e)
{
    quiet(c);
    const char *url = qn_config_str(c, "database", "url"), *owner = qn_config_str(c, "database", "migrate_url");
    qn_cli_db *db = calloc(1, sizeof *db);
    int r = QN_OK;
    if (!db) return qn_fail(e, QN_ENOMEM, "out of memory");
    if (!strcmp(url, "embedded")) {
        r = open_embedded(db, c, e);
    } else {
        r = qn_conninfo_user(&db->role, url, e);
        if (!r &&
            (qn_conninfo_of_primary(&db->url, url) || qn_conninfo_of_primary(&db->owner_url, *owner ? owner : url)))
            r = qn_fail(e, QN_ENOMEM, "out of memory");
        db->conninfo = db->url;
        db->owner = db->owner_url;
    }
    if (r)
        qn_cli_db_close(&db);
    else
        *out = db;
    return r;
}

const char *qn_cli_db_conninfo(const qn_cli_db *db)
{
    return db->conninfo;
}

const char *qn_cli_db_owner(const qn_cli_db *db)
{
    return db->owner;
}

const char *qn_cli_db_role(const qn_cli_db *db)
{
    return db->role;
}

void qn_cli_db_close(qn_cli_db **db)
{
    if (!db || !*db) return;
    if ((*db)->pid > 0) {
        int status;
        qn_embedded_stop((*db)->em, false);
        while (waitpid((*db)->pid, &status, 0) < 0 && errno == EINTR) continue;
    }
    qn_embedded_close(&(*db)->em);
    qn_datadir_close(&(*db)->dir);
    free((*db)->url);
    free((*db)->owner_url);
    free((*db)->role);
    free(*db);
    *db = NULL;
}
