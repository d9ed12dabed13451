/* Setup: once before the workers. Brings the schema up to this binary's, makes the administrator and, on the first
 * start of an embedded database, imports the sample articles. What it cannot do the server cannot do without. */
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access/access.h"
#include "base/clock.h"
#include "base/log.h"
#include "content/importer.h"
#include "db/migrate.h"
#include "db/session.h"
#include "process/child.h"

enum { WAIT_FOR_DB_MS = 30000, ASK_AGAIN_MS = 250, STANDBY_CONNECT_S = 2 };

static const char samples_mark[] = "samples.imported";

/* A path in data_dir or beside the ini. Returns owned; NULL: out of memory. */
static char *join(const char *dir, const char *name)
{
    char *out;
    return asprintf(&out, "%s/%s", dir, name) < 0 ? NULL : out;
}

/* Before root is given up: the clone may lie where the user cannot look. No samples is no error: an installation may
 * leave them out. */
static int load_samples(qn_import_docs **out, const qn_child *c, qn_errmsg *e)
{
    char *mark = join(c->data_dir, samples_mark), *dir = join(qn_config_path(c->config), "samples");
    int r = mark && dir ? QN_OK : QN_ENOMEM;
    if (!r && c->embedded && access(mark, F_OK) != 0 && access(dir, R_OK) == 0) {
        const char *paths[] = { dir };
        r = qn_import_load(out, paths, 1, e);
    }
    free(mark);
    free(dir);
    return r;
}

static void report_sample(void *ctx, const qn_import_report *r)
{
    (void)ctx;
    if (r->err && r->err != QN_EEXIST) qn_warn("the sample %s was not imported: %s", r->name, qn_strerror(r->err));
}

/* The mark is set when all of them were taken or refused for good: a start that was cut short goes on, since what is
 * there is kept. */
static int import_samples(const qn_import_docs *samples, const qn_child *c, qn_errmsg *e)
{
    size_t failed = 0;
    qn_import_options o = { .config = c->config, .conninfo = c->conninfo, .type = "article", .publish = true };
    int r = qn_import_run(samples, &o, report_sample, NULL, &failed, e);
    if (r) return r;
    qn_info("imported %zu sample articles", qn_import_count(samples) - failed);
    char *mark = join(c->data_dir, samples_mark);
    int fd = mark ? open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644) : -1;
    if (fd < 0)
        r = qn_fail(e, QN_EIO, "%s/%s: %s", c->data_dir, samples_mark, strerror(errno));
    else
        close(fd);
    free(mark);
    return r;
}

/* A database that is just starting, or whose machine is, is waited for: a server and its database often start together.
 */
static int wait_for_db(const char *conninfo, qn_errmsg *e)
{
    int64_t until = qn_mono_ms() + WAIT_FOR_DB_MS;
    bool said = false;
    for (;;) {
        PGPing ping = PQping(conninfo);
        if (ping == PQPING_OK) return QN_OK;
        if (ping == PQPING_NO_ATTEMPT) return qn_fail(e, QN_EINVAL, "[database] url is not one that libpq understands");
        if (qn_mono_ms() >= until)
            return qn_fail(e, QN_EUNAVAIL, "[database] url: no PostgreSQL answers there after %d s",
                           WAIT_FOR_DB_MS / 1000);
        if (!said) qn_warn("no PostgreSQL answers at [database] url yet: waiting for it");
        said = true;
        usleep(ASK_AGAIN_MS * 1000);
    }
}

/* How many there may be, and how many there are beside this one: of others' sessions it is seen whose they are, which
 * PostgreSQL's own processes do not have. */
static const char allowed_sql[] = "select current_setting('max_connections')::int"
                                  " - current_setting('superuser_reserved_connections')::int,"
                                  " (select count(*) from pg_stat_activity where datid is not null"
                                  " and usesysid is not null and pid <> pg_backend_pid())";

/* The one that answers now; the server does without standbys as well. */
static int check_standby(const qn_child *c, qn_errmsg *e)
{
    qn_connections_plan plan;
    int r = QN_OK;
    qn_connections_count(&plan, c->config);
    if (!plan.standby) return QN_OK;
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", STANDBY_CONNECT_S);
    const char *const keys[] = { "connect_timeout", "dbname", "target_session_attrs", NULL };
    const char *const values[] = { seconds, qn_config_str(c->config, "database", "read_url"), "any", NULL };
    PGconn *conn = PQconnectdbParams(keys, values, 1);
    PGresult *res = PQexec(conn, allowed_sql);
    if (PQresultStatus(res) == PGRES_TUPLES_OK && strtoul(PQgetvalue(res, 0, 0), NULL, 10) < plan.standby)
        r = qn_fail(e, QN_EINVAL,
                    "[database] read_url: the standby allows %s connections, and %u workers take %u of them: raise its "
                    "max_connections, or lower [server] workers or [database] slow_connections",
                    PQgetvalue(res, 0, 0), plan.workers, plan.standby);
    PQclear(res);
    PQfinish(conn);
    return r;
}

/* Not refused: the others may be about to end, as those of a server that this one takes the place of; and it waits for
 * them before it says that it is ready. */
static void check_room(const qn_connections_plan *plan, unsigned long allowed, unsigned long used)
{
    if (used + plan->total <= allowed) return;
    qn_warn(
        "of the %lu connections that PostgreSQL allows %lu are in use, and %u workers with their lanes take %u: unless "
        "some end, raise its max_connections, or lower [server] workers or [database] slow_connections and "
        "write_connections",
        allowed, used, plan->workers, plan->total);
}

static int check_connections(const qn_child *c, qn_errmsg *e)
{
    qn_connections_plan plan;
    qn_connections_count(&plan, c->config);
    PGconn *conn = PQconnectdb(c->conninfo);
    PGresult *res = PQexec(conn, allowed_sql);
    int r = QN_OK;
    if (PQresultStatus(res) != PGRES_TUPLES_OK) {
        r = qn_fail(e, QN_EUNAVAIL, "the runtime role cannot use the database: %s", PQerrorMessage(conn));
    } else if (strtoul(PQgetvalue(res, 0, 0), NULL, 10) < plan.total) {
        r = qn_fail(e, QN_EINVAL,
                    "PostgreSQL allows %s connections, and %u workers with their lanes take %u: raise its "
                    "max_connections, or lower "
                    "[server] workers or [database] slow_connections",
                    PQgetvalue(res, 0, 0), plan.workers, plan.total);
    } else {
        check_room(&plan, strtoul(PQgetvalue(res, 0, 0), NULL, 10), strtoul(PQgetvalue(res, 0, 1), NULL, 10));
    }
    PQclear(res);
    PQfinish(conn);
    return r;
}

static int bootstrap(const qn_child *c, qn_errmsg *e)
{
    char *path = join(c->data_dir, "admin.token");
    int r = path ? qn_access_bootstrap(c->owner_conninfo, path, e) : QN_ENOMEM;
    free(path);
    return r;
}

/* Migrations give the role that the processes serve as what it needs: by its name in the URI, or what libpq takes where
 * it has none. */
static int migrate(const qn_child *c, qn_errmsg *e)
{
    unsigned applied = 0;
    char *role = NULL;
    int r = c->embedded ? QN_OK : qn_conninfo_user(&role, c->conninfo, e);
    if (!r) r = qn_migrate(c->owner_conninfo, role, &applied, e);
    if (!r) r = qn_plugins_migrate(c->plugins, c->owner_conninfo, &applied, e);
    if (!r && applied) qn_info("applied %u migrations", applied);
    free(role);
    return r;
}

static int set_up(const qn_child *c, const qn_import_docs *samples, qn_errmsg *e)
{
    int r = c->embedded ? QN_OK : wait_for_db(c->owner_conninfo, e);
    if (!r) r = migrate(c, e);
    if (!r) r = check_connections(c, e);
    if (!r) r = check_standby(c, e);
    if (!r) r = bootstrap(c, e);
    if (!r && samples) r = import_samples(samples, c, e);
    return r;
}

int qn_setup_main(const qn_child *c)
{
    qn_errmsg e = { "" };
    qn_import_docs *samples = NULL;
    int r = load_samples(&samples, c, &e);
    if (!r) r = qn_child_begin(c, &e);
    if (!r) r = set_up(c, samples, &e);
    if (r) qn_error("%s", *e.text ? e.text : qn_strerror(r));
    qn_import_free(&samples);
    return r ? 2 : 0;
}
