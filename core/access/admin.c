/* Tokens from the command line: blocking, as the owning role. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/access.h"
#include "access/token.h"
#include "base/uuid.h"

static int connect_to(PGconn **out, const char *conninfo, qn_errmsg *e)
{
    PGconn *c = PQconnectdb(conninfo);
    if (PQstatus(c) != CONNECTION_OK) {
        qn_fail(e, QN_EUNAVAIL, "the database does not answer: %s", PQerrorMessage(c));
        PQfinish(c);
        return QN_EUNAVAIL;
    }
    PGresult *r = PQexec(c, "set search_path to quoin; set timezone to 'UTC'");
    int err = PQresultStatus(r) == PGRES_COMMAND_OK ? QN_OK : qn_fail(e, QN_EDB, "%s", PQerrorMessage(c));
    PQclear(r);
    if (err)
        PQfinish(c);
    else
        *out = c;
    return err;
}

static int query(PGresult **out, PGconn *c, const char *sql, int n, const char *const *params, qn_errmsg *e)
{
    PGresult *r = PQexecParams(c, sql, n, NULL, params, NULL, NULL, 0);
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_TUPLES_OK && s != PGRES_COMMAND_OK) {
        qn_fail(e, QN_EDB, "%s", PQerrorMessage(c));
        PQclear(r);
        return QN_EDB;
    }
    *out = r;
    return QN_OK;
}

/* One statement, so that a person is never left without the token that they were made for. */
static const char add_sql[] =
    "with known as (select name from role where name = $1),"
    " made as (insert into person (id, name) select $2::uuid, $3 from known on conflict (name) do update set name = "
    "excluded.name"
    "          returning id)"
    " insert into token (id, person, role, hash, expires_at)"
    " select $4::uuid, made.id, known.name, decode($5, 'hex'),"
    "        case when $6::bigint > 0 then now() + $6::bigint * interval '1 second' end from known, made";

static int add(PGconn *c, const char *role, const char *name, int64_t expires_s, char token[QN_TOKEN_BYTES],
               char id[37], qn_errmsg *e)
{
    char person[QN_UUID_BYTES], made_id[QN_UUID_BYTES], made[QN_TOKEN_BYTES] = "", hex[QN_TOKEN_HEX_BYTES], expires[24];
    PGresult *r = NULL;
    qn_uuid7(person);
    qn_uuid7(made_id);
    qn_token_make(made);
    qn_token_hash(hex, qn_str_of(made));
    snprintf(expires, sizeof expires, "%lld", (long long)expires_s);
    const char *params[] = { role, person, name, made_id, hex, expires };
    int err = query(&r, c, add_sql, 6, params, e);
    if (err == QN_OK && strcmp(PQcmdTuples(r), "1") != 0)
        err = qn_fail(e, QN_ENOTFOUND, "there is no role \"%s\": take admin, editor, author, reader or public", role);
    PQclear(r);
    if (err) return err;
    memcpy(token, made, sizeof made);
    memcpy(id, made_id, sizeof made_id);
    return QN_OK;
}

int qn_token_add(const char *conninfo, const char *role, const char *name, int64_t expires_s,
                 char token[QN_TOKEN_BYTES], char id[37], qn_errmsg *e)
{
    PGconn *c = NULL;
    int err = connect_to(&c, conninfo, e);
    if (err) return err;
    err = add(c, role, name, expires_s, token, id, e);
    PQfinish(c);
    return err;
}

int qn_token_list(const char *conninfo, void (*row)(void *ctx, const qn_token_row *t), void *ctx, qn_errmsg *e)
{
    static const char sql[] =
        "select t.id, p.name, t.role, to_char(t.created_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'),"
        " coalesce(to_char(t.expires_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), 'never'),"
        " case when t.revoked_at is not null then 'revoked' when t.expires_at <= now() then 'expired' else 'active' end"
        " from token t join person p on p.id = t.person order by t.created_at, t.id";
    PGconn *c = NULL;
    PGresult *r = NULL;
    int err = connect_to(&c, conninfo, e);
    if (err) return err;
    err = query(&r, c, sql, 0, NULL, e);
    for (int i = 0; err == QN_OK && i < PQntuples(r); i++) {
        qn_token_row t = { PQgetvalue(r, i, 0), PQgetvalue(r, i, 1), PQgetvalue(r, i, 2),
                           PQgetvalue(r, i, 3), PQgetvalue(r, i, 4), PQgetvalue(r, i, 5) };
        row(ctx, &t);
    }
    PQclear(r);
    PQfinish(c);
    return err;
}

int qn_token_revoke(const char *conninfo, const char *id, qn_errmsg *e)
{
    PGconn *c = NULL;
    PGresult *r = NULL;
    if (!qn_is_uuid(qn_str_of(id)))
        return qn_fail(e, QN_EINVAL, "\"%s\" is not a token's id: take it from `quoin token list`", id);
    int err = connect_to(&c, conninfo, e);
    if (err) return err;
    err = query(&r, c, "update token set revoked_at = now() where id = $1::uuid and revoked_at is null", 1, &id, e);
    if (err == QN_OK && strcmp(PQcmdTuples(r), "1") != 0)
        err = qn_fail(e, QN_ENOTFOUND, "no token has the id %s, or it was revoked before", id);
    PQclear(r);
    PQfinish(c);
    return err;
}

/* Whole or not at all: beside, then renamed. */
static int write_secret(const char *path, const char *token, qn_errmsg *e)
{
    char tmp[4096];
    int n = snprintf(tmp, sizeof tmp, "%s.%ld", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof tmp) return qn_fail(e, QN_EINVAL, "%s: path too long", path);
    int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return qn_fail(e, QN_EIO, "%s: %s", tmp, strerror(errno));
    bool ok = dprintf(fd, "%s\n", token) > 0 && fsync(fd) == 0;
    ok = close(fd) == 0 && ok;
    if (ok && rename(tmp, path) == 0) return QN_OK;
    qn_fail(e, QN_EIO, "%s: %s", path, strerror(errno));
    unlink(tmp);
    return QN_EIO;
}

int qn_access_bootstrap(const char *conninfo, const char *path, qn_errmsg *e)
{
    char token[QN_TOKEN_BYTES], id[37];
    PGconn *c = NULL;
    PGresult *r = NULL;
    int err = connect_to(&c, conninfo, e);
    if (err) return err;
    /* The transaction is open until the file stands: a crash in between leaves neither. */
    err = query(&r, c, "begin", 0, NULL, e);
    PQclear(r);
    r = NULL;
    if (!err) err = query(&r, c, "select 1 from token where role = 'admin' limit 1", 0, NULL, e);
    bool there = err == QN_OK && PQntuples(r) > 0;
    PQclear(r);
    if (err == QN_OK && !there) {
        err = add(c, "admin", "administrator", 0, token, id, e);
        if (!err) err = write_secret(path, token, e);
        if (!err) {
            err = query(&r, c, "commit", 0, NULL, e);
            if (!err) PQclear(r);
        }
    }
    PQfinish(c);
    return err;
}
