/* The plugins' own tables: a schema each, made and changed by the owning role. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/host.h"

enum { CHECKSUM_BYTES = crypto_hash_sha256_BYTES * 2 + 1 };

/* "QNPLUG" as a number: which advisory lock two nodes meet at. */
#define LOCK_KEY "89392519906631"

static int fail(PGconn *c, const char *plugin, const char *what, const PGresult *r, qn_errmsg *e)
{
    const char *said = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL,
               *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
    const char *at = r ? PQresultErrorField(r, PG_DIAG_STATEMENT_POSITION) : NULL;
    return qn_fail(e, QN_EDB, "the plugin %s: %s: %s (%s)%s%s", plugin, what, said ? said : PQerrorMessage(c),
                   state ? state : "no SQLSTATE", at ? " at character " : "", at ? at : "");
}

/* Any number of statements without parameters. */
static int run(PGconn *c, const char *plugin, const char *sql, const char *what, qn_errmsg *e)
{
    PGresult *r = PQexec(c, sql);
    ExecStatusType st = PQresultStatus(r);
    int rc = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_EMPTY_QUERY ? QN_OK
                                                                                        : fail(c, plugin, what, r, e);
    PQclear(r);
    return rc;
}

static int make_schema(PGconn *c, const char *plugin, qn_errmsg *e)
{
    char sql[768];
    /* The name was checked: small letters, digits, _. */
    snprintf(sql, sizeof sql,
             "CREATE SCHEMA IF NOT EXISTS plugin_%s; GRANT USAGE ON SCHEMA plugin_%s TO quoin;"
             " ALTER DEFAULT PRIVILEGES IN SCHEMA plugin_%s GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO quoin;"
             " ALTER DEFAULT PRIVILEGES IN SCHEMA plugin_%s GRANT USAGE, SELECT ON SEQUENCES TO quoin;"
             " ALTER DEFAULT PRIVILEGES IN SCHEMA plugin_%s GRANT EXECUTE ON FUNCTIONS TO quoin",
             plugin, plugin, plugin, plugin, plugin);
    return run(c, plugin, sql, "making its schema", e);
}

static void checksum_of(char out[CHECKSUM_BYTES], const char *sql)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)sql, strlen(sql));
    sodium_bin2hex(out, CHECKSUM_BYTES, hash, sizeof hash);
}

/* 0: it is to be applied; 1: it was. */
static int was_applied(PGconn *c, const char *plugin, const qn_sql_step *s, const char *checksum, qn_errmsg *e)
{
    const char *const params[] = { plugin, s->name };
    PGresult *r = PQexecParams(c, "SELECT checksum FROM quoin.plugin_migration WHERE plugin = $1 AND name = $2", 2,
                               NULL, params, NULL, NULL, 0);
    int rc = 0;
    if (PQresultStatus(r) != PGRES_TUPLES_OK)
        rc = fail(c, plugin, "reading what was applied", r, e);
    else if (PQntuples(r) && strcmp(PQgetvalue(r, 0, 0), checksum) != 0)
        rc = qn_fail(e, QN_ESTATE,
                     "the plugin %s: its migration %s was applied with another text: an applied one is never changed, "
                     "put the change "
                     "into a further one",
                     plugin, s->name);
    else
        rc = PQntuples(r) ? 1 : 0;
    PQclear(r);
    return rc;
}

static int record(PGconn *c, const char *plugin, const char *name, const char *checksum, qn_errmsg *e)
{
    const char *const params[] = { plugin, name, checksum };
    PGresult *r = PQexecParams(c, "INSERT INTO quoin.plugin_migration (plugin, name, checksum) VALUES ($1, $2, $3)", 3,
                               NULL, params, NULL, NULL, 0);
    int rc = PQresultStatus(r) == PGRES_COMMAND_OK ? QN_OK : fail(c, plugin, name, r, e);
    PQclear(r);
    return rc;
}

static int apply(PGconn *c, const char *plugin, const qn_sql_step *s, unsigned *applied, qn_errmsg *e)
{
    char checksum[CHECKSUM_BYTES], begin[128], what[128];
    checksum_of(checksum, s->sql);
    int rc = was_applied(c, plugin, s, checksum, e);
    if (rc) return rc < 0 ? rc : QN_OK;
    snprintf(begin, sizeof begin, "BEGIN; SET LOCAL search_path = plugin_%s", plugin);
    snprintf(what, sizeof what, "its migration %.90s", s->name);
    rc = run(c, plugin, begin, what, e);
    if (!rc) rc = run(c, plugin, s->sql, what, e);
    if (!rc && PQtransactionStatus(c) != PQTRANS_INTRANS)
        rc = qn_fail(e, QN_EINVAL, "the plugin %s: %s ends the transaction itself, which is opened and ended around it",
                     plugin, what);
    if (!rc) rc = record(c, plugin, s->name, checksum, e);
    if (!rc) rc = run(c, plugin, "COMMIT", what, e);
    if (!rc) ++*applied;
    return rc;
}

static int migrate_one(PGconn *c, const qn_plugin_info *info, unsigned *applied, qn_errmsg *e)
{
    int rc = make_schema(c, info->name, e);
    for (size_t i = 0; i < info->nsteps && !rc; i++) rc = apply(c, info->name, &info->steps[i], applied, e);
    return rc;
}

int qn_plugins_migrate(const qn_plugins *p, const char *owner_conninfo, unsigned *applied, qn_errmsg *e)
{
    size_t wanting = 0;
    int rc = QN_OK;
    for (size_t i = 0; i < qn_plugins_count(p); i++) wanting += !p->items[i].refused && (p->items[i].needs & QN_CAP_DB);
    if (!wanting) return QN_OK;
    PGconn *c = PQconnectdb(owner_conninfo);
    if (PQstatus(c) != CONNECTION_OK)
        rc = qn_fail(e, QN_EUNAVAIL, "no connection to the database: %s", PQerrorMessage(c));
    if (!rc)
        rc = run(c, "-",
                 "SET client_min_messages = warning; SET lock_timeout = '60s'; SELECT pg_advisory_lock(" LOCK_KEY ")",
                 "waiting for another node", e);
    for (size_t i = 0; i < p->n && !rc; i++)
        if (!p->items[i].refused && (p->items[i].needs & QN_CAP_DB)) rc = migrate_one(c, &p->items[i], applied, e);
    PQfinish(c);
    return rc;
}
