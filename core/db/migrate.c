#include "db/migrate.h"

#include <libpq-fe.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/pgnotice.h"

enum { LEAST_SERVER = 150000, CHECKSUM_BYTES = crypto_hash_sha256_BYTES * 2 + 1 };

/* "quoin" as a number: which advisory lock two nodes meet at. */
#define LOCK_KEY "487301540206"

static const char ledger_sql[] = "CREATE TABLE IF NOT EXISTS quoin.migration ("
                                 " name text PRIMARY KEY,"
                                 " checksum text NOT NULL,"
                                 " applied_at timestamptz NOT NULL DEFAULT now(),"
                                 " applied_by text NOT NULL DEFAULT current_user,"
                                 " version text NOT NULL,"
                                 " took_ms integer NOT NULL)";

static void checksum_of(char out[CHECKSUM_BYTES], const qn_migration *m)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, m->text, m->bytes);
    sodium_bin2hex(out, CHECKSUM_BYTES, hash, sizeof hash);
}

/* ---- small helpers over libpq ------------------------------------------------------------------------------------ */

/* The server's or the connection's words without their last line break. */
static int fail_conn(PGconn *c, int code, const char *what, qn_errmsg *e)
{
    const char *said = PQerrorMessage(c);
    size_t n = strlen(said);
    while (n && (said[n - 1] == '\n' || said[n - 1] == ' ')) n--;
    return qn_fail(e, code, "%s: %.*s", what, (int)n, said);
}

static int run(PGconn *c, const char *sql, const char *what, qn_errmsg *e)
{
    PGresult *r = PQexec(c, sql);
    ExecStatusType st = PQresultStatus(r);
    PQclear(r);
    if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK) return 0;
    return fail_conn(c, PQstatus(c) == CONNECTION_OK ? QN_EDB : QN_EUNAVAIL, what, e);
}

/* The first value of a question with at most one parameter into `out`; QN_ENOTFOUND without a row. */
static int ask(char *out, size_t n, PGconn *c, const char *sql, const char *param, qn_errmsg *e)
{
    PGresult *r = PQexecParams(c, sql, param ? 1 : 0, NULL, &param, NULL, NULL, 0);
    int rc = PQresultStatus(r) == PGRES_TUPLES_OK ? PQntuples(r) > 0 ? 0 : QN_ENOTFOUND : QN_EDB;
    if (!rc)
        snprintf(out, n, "%s", PQgetvalue(r, 0, 0));
    else if (rc == QN_EDB)
        (void)fail_conn(c, rc, "the database", e);
    PQclear(r);
    return rc;
}

/* `sql` with one %s: an identifier, quoted. */
static int run_for(PGconn *c, const char *before, const char *name, const char *after, const char *what, qn_errmsg *e)
{
    char *quoted = PQescapeIdentifier(c, name, strlen(name));
    char *sql = NULL;
    int rc = QN_ENOMEM;
    if (quoted && asprintf(&sql, "%s%s%s", before, quoted, after) >= 0)
        rc = run(c, sql, what, e);
    else
        qn_fail(e, rc, "out of memory");
    free(sql);
    PQfreemem(quoted);
    return rc;
}

/* ---- connecting -------------------------------------------------------------------------------------------------- */

/* `dbname` replaces the one of conninfo when not NULL (libpq takes the last of what is given twice); how long to wait
 * is for conninfo to say. */
static PGconn *dial(const char *conninfo, const char *dbname)
{
    const char *const keys[] = { "connect_timeout",        "dbname", "client_encoding", "fallback_application_name",
                                 dbname ? "dbname" : NULL, NULL };
    const char *const values[] = { "10", conninfo, "UTF8", "quoin setup", dbname, NULL };
    return PQconnectdbParams(keys, values, 1);
}

/* The database's name as the connection string has it (libpq's rule: the user's where there is none). */
static int name_of_database(char out[64], const char *conninfo)
{
    char *why = NULL;
    PQconninfoOption *all = PQconninfoParse(conninfo, &why);
    PQfreemem(why);
    if (!all) return QN_EINVAL;
    const char *db = NULL, *user = NULL;
    for (const PQconninfoOption *o = all; o->keyword; o++) {
        if (!strcmp(o->keyword, "dbname")) db = o->val;
        if (!strcmp(o->keyword, "user")) user = o->val;
    }
    const char *name = db && *db ? db : user;
    int rc = name && *name && strlen(name) < 64 ? 0 : QN_EINVAL;
    if (!rc) snprintf(out, 64, "%s", name);
    PQconninfoFree(all);
    return rc;
}

/* Makes the database when the server is there and the database is not. 0 when it was made. */
static int make_database(const char *conninfo, qn_errmsg *e)
{
    char name[64], one[8];
    if (name_of_database(name, conninfo)) return QN_ENOTFOUND;
    PGconn *c = dial(conninfo, "postgres");
    int rc = QN_ENOTFOUND;
    if (PQstatus(c) != CONNECTION_OK) goto out;
    if (ask(one, sizeof one, c, "SELECT 1 FROM pg_database WHERE datname = $1", name, NULL) != QN_ENOTFOUND) goto out;
    qn_errmsg why = { "" };
    rc = run_for(c, "CREATE DATABASE ", name, " TEMPLATE template0 ENCODING 'UTF8'", "CREATE DATABASE", &why);
    if (rc)
        rc = qn_fail(
            e, QN_EDB,
            "the database \"%s\" does not exist and role \"%s\" may not make it (%.300s); run as an administrator: "
            "CREATE DATABASE \"%s\" OWNER \"%s\" TEMPLATE template0 ENCODING 'UTF8'",
            name, PQuser(c), why.text, name, PQuser(c));
    else
        qn_info("made the database \"%s\"", name);
out:
    PQfinish(c);
    return rc;
}

static int check_server(PGconn *c, qn_errmsg *e)
{
    const char *encoding = PQparameterStatus(c, "server_encoding");
    int version = PQserverVersion(c);
    if (version < LEAST_SERVER)
        return qn_fail(e, QN_ESTATE, "the server is PostgreSQL %d, Quoin needs %d or newer", version / 10000,
                       LEAST_SERVER / 10000);
    if (!encoding || strcmp(encoding, "UTF8"))
        return qn_fail(e, QN_ESTATE,
                       "the database \"%s\" has encoding %s, Quoin needs UTF8 (CREATE DATABASE … TEMPLATE template0 "
                       "ENCODING 'UTF8')",
                       PQdb(c), encoding ? encoding : "unknown");
    return 0;
}

static int open_owner(PGconn **out, const char *conninfo, qn_errmsg *e)
{
    PGconn *c = dial(conninfo, NULL);
    int rc = 0;
    if (PQstatus(c) != CONNECTION_OK) {
        rc = make_database(conninfo, e);
        if (rc == QN_ENOTFOUND) rc = fail_conn(c, QN_EUNAVAIL, "no connection to the database", e);
        PQfinish(c);
        if (rc) return rc;
        c = dial(conninfo, NULL);
        if (PQstatus(c) != CONNECTION_OK) rc = fail_conn(c, QN_EUNAVAIL, "no connection to the database", e);
    }
    if (!rc) {
        PQsetNoticeReceiver(c, qn_pgnotice, NULL);
        rc = check_server(c, e);
    }
    if (!rc)
        rc = run(c,
                 "SET search_path = quoin; SET TimeZone = 'UTC'; SET statement_timeout = 0; SET lock_timeout = '60s';"
                 " SET idle_in_transaction_session_timeout = 0; SET client_min_messages = notice",
                 "setting up", e);
    if (rc)
        PQfinish(c);
    else
        *out = c;
    return rc;
}

static int lock_out_others(PGconn *c, qn_errmsg *e)
{
    char got[8] = "";
    int rc = ask(got, sizeof got, c, "SELECT pg_try_advisory_lock(" LOCK_KEY ")", NULL, e);
    if (rc || got[0] == 't') return rc;
    qn_info("another node is migrating this database: waiting for it");
    rc = run(c, "SET lock_timeout = '10min'; SELECT pg_advisory_lock(" LOCK_KEY "); SET lock_timeout = '60s'",
             "waiting for another node's migration", e);
    return rc;
}

/* ---- roles, schema, ledger --------------------------------------------------------------------------------------- */

/* 0: there (or made now, with a login when `login`). */
static int make_role(PGconn *c, const char *role, bool login, qn_errmsg *e)
{
    char can[8] = "";
    qn_errmsg why = { "" };
    int rc = ask(can, sizeof can, c, "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", role, e);
    if (rc == 0 && (!login || can[0] == 't')) return 0;
    if (rc && rc != QN_ENOTFOUND) return rc;
    rc = run_for(c, rc ? "CREATE ROLE " : "ALTER ROLE ", role, login ? " LOGIN" : " NOLOGIN", "role", &why);
    if (rc)
        return qn_fail(e, rc,
                       "the role \"%s\" is missing%s and \"%s\" may not make it (%.300s); run as an administrator: "
                       "CREATE ROLE \"%s\"%s",
                       role, can[0] ? " its LOGIN" : "", PQuser(c), why.text, role, login ? " LOGIN" : "");
    qn_info("made the role \"%s\"%s", role, login ? " (without a password)" : "");
    return 0;
}

static int make_roles(PGconn *c, const char *runtime_role, qn_errmsg *e)
{
    char yes[8] = "";
    bool own = !strcmp(runtime_role, "quoin");
    int rc = make_role(c, "quoin", own, e);
    if (rc || own) return rc;
    if (!strcmp(runtime_role, PQuser(c))) { /* one role for everything: it may all that it owns */
        qn_warn("[database] url and migrate_url name the same role \"%s\": what serves could then alter the tables; "
                "give two",
                runtime_role);
        return 0;
    }
    rc = make_role(c, runtime_role, true, e);
    if (rc) return rc;
    rc = ask(yes, sizeof yes, c, "SELECT pg_has_role($1, 'quoin', 'usage')", runtime_role, e);
    if (rc || yes[0] == 't') return rc;
    return run_for(c, "GRANT quoin TO ", runtime_role, "", "making the runtime role a member of quoin", e);
}

static int make_ledger(PGconn *c, qn_errmsg *e)
{
    char there[8] = "";
    int rc = ask(there, sizeof there, c, "SELECT to_regclass('quoin.migration') IS NOT NULL", NULL, e);
    if (rc || there[0] == 't') return rc;
    rc = ask(there, sizeof there, c, "SELECT to_regnamespace('quoin') IS NOT NULL", NULL, e);
    if (rc) return rc;
    if (there[0] != 't') rc = run(c, "CREATE SCHEMA quoin", "making the schema quoin", e);
    if (!rc) rc = run(c, ledger_sql, "making the ledger", e);
    if (!rc)
        rc = run(c, "GRANT USAGE ON SCHEMA quoin TO quoin; GRANT SELECT ON quoin.migration TO quoin", "granting", e);
    return rc;
}

/* ---- the ledger against the files -------------------------------------------------------------------------------- */

static const qn_migration *find(const qn_migration *list, unsigned n, const char *name)
{
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(list[i].name, name)) return &list[i];
    return NULL;
}

/* One row of the ledger. */
static int check_applied(const qn_migration *list, unsigned n, const char *name, const char *checksum,
                         bool newer_allowed, qn_errmsg *e)
{
    char ours[CHECKSUM_BYTES];
    const qn_migration *m = find(list, n, name);
    if (!m && newer_allowed) return 0;
    if (!m)
        return qn_fail(e, QN_ESTATE,
                       "the database was migrated by a newer Quoin: it has %s, which this one does not know; run that "
                       "version or a newer one",
                       name);
    checksum_of(ours, m);
    if (!strcmp(ours, checksum)) return 0;
    return qn_fail(
        e, QN_ESTATE,
        "%s was applied with other contents (checksum %.12s…, this binary has %.12s…): an applied migration is "
        "never edited, put the change into a new file",
        name, checksum, ours);
}

/* Sets `done[i]` for every file that the ledger has. */
static int read_ledger(PGconn *c, const qn_migration *list, unsigned n, bool newer_allowed, bool *done, qn_errmsg *e)
{
    PGresult *r = PQexec(c, "SELECT name, checksum FROM quoin.migration ORDER BY name");
    int rc = 0;
    if (PQresultStatus(r) != PGRES_TUPLES_OK) rc = fail_conn(c, QN_EDB, "reading the ledger of migrations", e);
    for (int i = 0; !rc && i < PQntuples(r); i++) {
        const char *name = PQgetvalue(r, i, 0);
        rc = check_applied(list, n, name, PQgetvalue(r, i, 1), newer_allowed, e);
        const qn_migration *m = rc ? NULL : find(list, n, name);
        if (m) done[m - list] = true;
    }
    PQclear(r);
    unsigned last = 0;
    for (unsigned i = 0; i < n; i++)
        if (done[i]) last = i;
    for (unsigned i = 0; !rc && !newer_allowed && i < last; i++)
        if (!done[i])
            rc = qn_fail(e, QN_ESTATE,
                         "%s was never applied although %s, which comes after it, was: files are only added at the end",
                         list[i].name, list[last].name);
    return rc;
}

/* ---- applying one file ------------------------------------------------------------------------------------------- */

/* The line of character number `position` (from 1; the server counts characters, not bytes). */
static unsigned line_at(const qn_migration *m, long position)
{
    unsigned line = 1;
    for (unsigned long i = 0; i < m->bytes; i++) {
        if ((m->text[i] & 0xC0) != 0x80 && --position <= 0) break;
        if (m->text[i] == '\n') line++;
    }
    return line;
}

static int fail_file(const PGresult *r, const qn_migration *m, unsigned statement, qn_errmsg *e)
{
    const char *at = PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION),
               *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY),
               *more = PQresultErrorField(r, PG_DIAG_MESSAGE_DETAIL), *where = PQresultErrorField(r, PG_DIAG_CONTEXT);
    char place[64];
    if (at)
        snprintf(place, sizeof place, "line %u", line_at(m, strtol(at, NULL, 10)));
    else
        snprintf(place, sizeof place, "statement %u", statement);
    return qn_fail(e, QN_EDB, "migration %s failed at %s and was rolled back: %.300s (%s)%s%.200s%s%.200s", m->name,
                   place, said ? said : PQresultErrorMessage(r), state ? state : "no SQLSTATE", more ? "; " : "",
                   more ? more : "", where ? "; " : "", where ? where : "");
}

/* Runs the text inside the transaction that is open. */
static int run_file(PGconn *c, const qn_migration *m, qn_errmsg *e)
{
    if (strlen((const char *)m->text) != m->bytes)
        return qn_fail(e, QN_EINVAL, "migration %s holds a NUL byte", m->name);
    if (!PQsendQuery(c, (const char *)m->text)) return fail_conn(c, QN_EUNAVAIL, m->name, e);
    int rc = 0;
    unsigned statement = 0;
    for (PGresult *r; (r = PQgetResult(c)); PQclear(r)) {
        ExecStatusType st = PQresultStatus(r);
        statement++;
        if (st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_EMPTY_QUERY || rc) continue;
        rc = fail_file(r, m, statement, e);
        if (st == PGRES_COPY_IN || st == PGRES_COPY_OUT ||
            st == PGRES_COPY_BOTH) { /* nobody feeds it: no end would come */
            PQclear(r);
            return qn_fail(e, QN_EINVAL, "migration %s uses COPY with the client, which it may not", m->name);
        }
    }
    if (!rc && PQstatus(c) != CONNECTION_OK) rc = fail_conn(c, QN_EUNAVAIL, m->name, e);
    if (!rc && PQtransactionStatus(c) != PQTRANS_INTRANS)
        rc = qn_fail(e, QN_EINVAL,
                     "migration %s ends the transaction itself: each file is one, opened and ended around it", m->name);
    return rc;
}

static int record(PGconn *c, const qn_migration *m, int64_t took_ms, qn_errmsg *e)
{
    char checksum[CHECKSUM_BYTES], took[24];
    checksum_of(checksum, m);
    snprintf(took, sizeof took, "%lld", (long long)took_ms);
    const char *const params[] = { m->name, checksum, QN_VERSION, took };
    PGresult *r =
        PQexecParams(c, "INSERT INTO quoin.migration (name, checksum, version, took_ms) VALUES ($1, $2, $3, $4)", 4,
                     NULL, params, NULL, NULL, 0);
    int rc = PQresultStatus(r) == PGRES_COMMAND_OK ? 0 : fail_conn(c, QN_EDB, "writing the ledger", e);
    PQclear(r);
    return rc;
}

static int apply(PGconn *c, const qn_migration *m, qn_errmsg *e)
{
    int64_t start = qn_mono_ms();
    int rc = run(c, "BEGIN", m->name, e);
    if (!rc) rc = run_file(c, m, e);
    if (!rc) rc = run(c, "SET LOCAL search_path = quoin", m->name, e); /* whatever the file has set */
    if (!rc) rc = record(c, m, qn_mono_ms() - start, e);
    if (!rc) rc = run(c, "COMMIT", m->name, e);
    if (!rc)
        qn_info("applied migration %s in %lld ms", m->name, (long long)(qn_mono_ms() - start));
    else if (PQtransactionStatus(c) != PQTRANS_IDLE)
        (void)run(c, "ROLLBACK", m->name, NULL);
    return rc;
}

/* ---- the public calls -------------------------------------------------------------------------------------------- */

int qn_migrate_files(const char *conninfo, const char *runtime_role, const qn_migration *list, unsigned n,
                     unsigned *applied, qn_errmsg *e)
{
    unsigned count = 0;
    PGconn *c = NULL;
    bool *done = calloc(n + 1u, sizeof *done);
    int rc = done ? 0 : qn_fail(e, QN_ENOMEM, "out of memory");
    if (!rc) rc = open_owner(&c, conninfo, e);
    if (!rc) rc = lock_out_others(c, e); /* goes with the connection */
    if (!rc) rc = make_roles(c, runtime_role ? runtime_role : "quoin", e);
    if (!rc) rc = make_ledger(c, e);
    if (!rc) rc = read_ledger(c, list, n, false, done, e);
    for (unsigned i = 0; !rc && i < n; i++) {
        if (done[i]) continue;
        rc = apply(c, &list[i], e);
        if (!rc) count++;
    }
    PQfinish(c);
    free(done);
    if (applied) *applied = count;
    return rc;
}

int qn_migrate(const char *conninfo, const char *runtime_role, unsigned *applied, qn_errmsg *e)
{
    unsigned n;
    const qn_migration *list = qn_migrations(&n);
    return qn_migrate_files(conninfo, runtime_role, list, n, applied, e);
}

int qn_migrate_check(const char *conninfo, qn_errmsg *e)
{
    unsigned n;
    char there[8] = "";
    const qn_migration *list = qn_migrations(&n);
    bool *done = calloc(n + 1u, sizeof *done);
    PGconn *c = dial(conninfo, NULL);
    int rc = done && c ? 0 : qn_fail(e, QN_ENOMEM, "out of memory");
    if (!rc && PQstatus(c) != CONNECTION_OK) rc = fail_conn(c, QN_EUNAVAIL, "no connection to the database", e);
    if (!rc) rc = ask(there, sizeof there, c, "SELECT to_regclass('quoin.migration') IS NOT NULL", NULL, e);
    if (!rc && there[0] != 't')
        rc = qn_fail(e, QN_ESTATE, "the database \"%s\" was never migrated: run quoin migrate", PQdb(c));
    if (!rc) rc = read_ledger(c, list, n, true, done, e);
    for (unsigned i = 0; !rc && i < n; i++)
        if (!done[i])
            rc = qn_fail(e, QN_ESTATE, "migration %s is missing in the database: run quoin migrate", list[i].name);
    PQfinish(c);
    free(done);
    return rc;
}
