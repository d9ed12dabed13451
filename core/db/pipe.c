#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"

/* A statement may need a Sync for what came before, two SETs, DEALLOCATE, a Sync each, Parse, itself and a Sync;
 * in a transaction instead of the SETs three savepoints' words, or ROLLBACK and BEGIN. */
enum { OWED_A_CALL = 12, BLANKS_MAX = 4, STALL_GRACE_MS = 1000, TIMEOUT_STEP_MS = 50 };

/* ---- what is owed ------------------------------------------------------------------------------------------------ */

int qn_db_pipe_init(qn_db_conn *c)
{
    c->owed_cap = (c->lane->depth + 2) * OWED_A_CALL;
    c->owed = calloc(c->owed_cap, sizeof *c->owed);
    return c->owed ? 0 : QN_ENOMEM;
}

qn_db_owed *qn_db_pipe_owed(const qn_db_conn *c, unsigned i)
{
    assert(i < c->owed_n);
    return &c->owed[(c->owed_at + i) % c->owed_cap];
}

bool qn_db_pipe_has_room(const qn_db_conn *c)
{
    if (c->state != QN_DB_UP || c->inflight >= c->lane->depth) return false;
    if (c->lane->depth == 1) return c->owed_n == 0;
    return c->owed_n + OWED_A_CALL <= c->owed_cap;
}

/* From now on the server has until then to say anything at all. */
static void restart_stall(qn_db_conn *c)
{
    c->stall_ms = qn_mono_ms() + c->server_timeout_ms + STALL_GRACE_MS;
}

static void owe(qn_db_conn *c, int kind, qn_db_callee *call)
{
    if (c->owed_n == 0) {
        restart_stall(c);
        qn_db_watch(c->lane->db, c->stall_ms);
    }
    unsigned at = (c->owed_at + c->owed_n++) % c->owed_cap;
    c->owed[at] = (qn_db_owed){ .kind = kind, .each = call && qn_db_goes_together(call), .call = call };
    if (kind == QN_DB_EXEC) c->inflight++;
    if (call && qn_db_goes_together(call)) c->each++;
    c->open = kind == QN_DB_SYNC ? 0 : c->open + 1;
}

static void pop(qn_db_conn *c)
{
    const qn_db_owed *first = qn_db_pipe_owed(c, 0);
    if (first->kind == QN_DB_EXEC) c->inflight--;
    if (first->each) c->each--;
    c->owed_at = (c->owed_at + 1) % c->owed_cap;
    c->owed_n--;
    c->blanks = 0;
}

/* ---- out --------------------------------------------------------------------------------------------------------- */

void qn_db_pipe_flush(qn_db_conn *c)
{
    int left = PQflush(c->pg);
    if (left < 0) {
        qn_db_conn_lose(c, PQerrorMessage(c->pg));
        return;
    }
    c->writing = left > 0;
    if (left > 0) event_add(c->ev_write, NULL);
}

bool qn_db_pipe_sync(qn_db_conn *c)
{
    if (!PQpipelineSync(c->pg)) {
        qn_db_conn_lose(c, PQerrorMessage(c->pg));
        return false;
    }
    owe(c, QN_DB_SYNC, NULL);
    if (!c->writing) qn_db_pipe_flush(c);
    return c->state == QN_DB_UP;
}

/* A statement of our own that no call waits for, alone between two Syncs. */
static bool send_util(qn_db_conn *c, const char *sql)
{
    if (c->open && !qn_db_pipe_sync(c)) return false;
    if (!PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0)) return false;
    owe(c, QN_DB_UTIL, NULL);
    return qn_db_pipe_sync(c);
}

bool qn_db_pipe_roll_back(qn_db_conn *c)
{
    c->to_roll_back = false;
    if (send_util(c, "ROLLBACK")) return true;
    if (c->state == QN_DB_UP) qn_db_conn_lose(c, PQerrorMessage(c->pg));
    return false;
}

bool qn_db_pipe_ask(qn_db_conn *c, const char *sql, const char *param)
{
    if (c->open && !qn_db_pipe_sync(c)) return false;
    if (!PQsendQueryParams(c->pg, sql, 1, NULL, &param, NULL, NULL, 0)) {
        qn_db_conn_lose(c, PQerrorMessage(c->pg));
        return false;
    }
    owe(c, QN_DB_ASK, NULL);
    return qn_db_pipe_sync(c);
}

static bool send_close(qn_db_conn *c, const char *name, uint64_t hash)
{
    char sql[QN_DB_NAME_BYTES + 32];
    snprintf(sql, sizeof sql, "DEALLOCATE \"%s\"", name);
    qn_db_stmts_forget(&c->stmts, name, hash);
    return send_util(c, sql);
}

/* Where one statement is in flight, the server gives it up when its caller does. The lane's own timeout stands there
 * from the start; only a call that has waited, or has another timeout, costs a SET. */
static bool send_timeout(qn_db_conn *c, const qn_db_callee *call)
{
    const qn_db_lane *l = c->lane;
    int64_t left = call->deadline_ms - qn_mono_ms();
    if (l->depth > 1) return true;             /* writes that ride with it have no less */
    if (call->tx && !call->opens) return true; /* it would be taken back with the rest */
    if (call->tx) left = l->timeout_ms;        /* of every statement of the transaction */
    if (left <= l->timeout_ms && left >= l->timeout_ms - l->timeout_ms / 10)
        left = l->timeout_ms;
    else
        left = left <= TIMEOUT_STEP_MS ? TIMEOUT_STEP_MS : left - left % TIMEOUT_STEP_MS;
    if (left == c->server_timeout_ms) return true;
    char sql[64];
    snprintf(sql, sizeof sql, "SET statement_timeout = %d", (int)left);
    c->server_timeout_ms = (int)left;
    return send_util(c, sql);
}

/* Left to itself the server plans a list of one tag at each call, since it believes that a list of many would cost more
 * (measured: 640 µs instead of 160). A connection mostly stays with what it was set to. */
static bool send_mode(qn_db_conn *c, const qn_db_callee *call)
{
    if (c->lane->kind != QN_LANE_SLOW || call->generic == c->generic) return true;
    c->generic = call->generic;
    return send_util(c, call->generic ? "SET plan_cache_mode = force_generic_plan" : "SET plan_cache_mode = auto");
}

/* Whichever of its forms it was. */
static bool close_stale(qn_db_conn *c, const qn_db_callee *call)
{
    const qn_stmt *joined = call->joined;
    if (joined && !send_close(c, joined->name, qn_db_name_hash(joined->name))) return false;
    return send_close(c, call->name, call->name_hash);
}

/* A statement of a transaction fails alone: behind a savepoint, which takes back what it has done. */
static bool send_tx(qn_db_conn *c, qn_db_callee *call)
{
    qn_tx *tx = call->tx;
    bool aborted = tx->aborted, release = tx->saved && !aborted && !call->commits;
    tx->aborted = false;
    if (call->opens) {
        if (c->tx == tx && !send_util(c, "ROLLBACK")) return false; /* it is tried again */
        if (call->stale && !close_stale(c, call)) return false;
        c->tx = tx;
        tx->conn = c;
        return send_util(c, "BEGIN");
    }
    if (aborted && !send_util(c, "ROLLBACK TO tx")) return false;
    if (release && !send_util(c, "RELEASE tx")) return false;
    if (call->commits) { /* what comes of it is the call's alone */
        c->tx = NULL;
        tx->conn = NULL;
        call->tx = NULL;
        return true;
    }
    tx->saved = true;
    if (!aborted && !send_util(c, "SAVEPOINT tx")) return false;
    /* One that is not there cannot be closed either, which aborts what it stands in once more. */
    return !call->stale || (close_stale(c, call) && send_util(c, "ROLLBACK TO tx"));
}

static bool send_all(qn_db_conn *c, qn_db_callee *call)
{
    qn_db_form form = qn_db_form_of(call);
    if (!send_timeout(c, call) || !send_mode(c, call) || (call->tx && !send_tx(c, call))) return false;
    /* Never prepared: it could not be sent again where it is not there any more, since what it ends would be aborted.
     */
    if (call->commits) return PQsendQueryParams(c->pg, call->sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
    if (call->stale && !call->tx && !close_stale(c, call)) return false;
    if (!qn_db_stmts_find(&c->stmts, &form)) {
        const qn_db_stmt *old = form.dynamic ? qn_db_stmts_oldest(&c->stmts) : NULL;
        if (old) {
            char name[QN_DB_NAME_BYTES];
            memcpy(name, old->name, sizeof name);
            if (!send_close(c, name, old->hash)) return false;
        }
        if (!PQsendPrepare(c->pg, form.name, form.sql, 0, NULL)) return false;
        owe(c, QN_DB_PARSE, NULL);
        /* Not noted for want of memory: it is parsed again, which the server refuses, and the call is sent again. */
        (void)qn_db_stmts_add(&c->stmts, &form);
    }
    if (call->each || call->ride) return qn_db_each_send(c->pg, call) == 1;
    return PQsendQueryPrepared(c->pg, call->name, call->nparams, call->params, NULL, NULL, 0) == 1;
}

/* A write sent into a connection that is gone could not be told from one that was done: one look is a system call, and
 * spares most of those answers after a restart of the database. */
bool qn_db_pipe_alive(qn_db_conn *c)
{
    char byte;
    ssize_t n = recv(PQsocket(c->pg), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return true;
    qn_db_pipe_read(c);
    return c->state == QN_DB_UP;
}

bool qn_db_pipe_send(qn_db_conn *c, qn_db_callee *call)
{
    int64_t now = qn_mono_us();
    for (qn_db_callee *one = call; one; one = one->ride) one->sent_us = now;
    if (c->lane->db->primary) qn_db_standby_sent(call);
    if (send_all(c, call)) {
        owe(c, QN_DB_EXEC, call);
        return true;
    }
    /* Not sent, so a write may be tried again as well; but not for ever: it may be the statement that libpq does not
     * take. What belongs to a transaction goes nowhere else, and that may have ended with the connection. */
    bool again = !call->refused && !call->commits;
    if (again && call->tx) again = call->ticket && call->tx->state == QN_TX_OPENING;
    call->refused = true;
    for (qn_db_callee *next = qn_db_each_split(call), *after; next; next = after) {
        after = qn_db_each_split(next);
        next->alone = true;
        qn_db_lane_queue(c->lane, next, true);
    }
    if (again) qn_db_lane_queue(c->lane, call, true);
    if (c->state == QN_DB_UP) qn_db_conn_lose(c, PQerrorMessage(c->pg));
    if (!again) qn_db_callee_end(call, QN_EUNAVAIL, call->commits, "the statement could not be sent", NULL);
    return false;
}

/* ---- in ---------------------------------------------------------------------------------------------------------- */

static const char *field(const PGresult *r, int code)
{
    const char *s = PQresultErrorField(r, code);
    return s ? s : "";
}

/* The server ends this connection: the error is no answer to the statement, whichever it came with. */
static bool is_farewell(const PGresult *r)
{
    const char *severity = field(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (!strcmp(severity, "FATAL") || !strcmp(severity, "PANIC")) return true; /* 57P01 and its like among them */
    return !field(r, PG_DIAG_SQLSTATE)[0];                                     /* libpq's own: the connection broke */
}

/* The table was altered under a prepared statement, or the statement is not there (a pooler between us). */
static bool is_stale_plan(const PGresult *r)
{
    const char *state = field(r, PG_DIAG_SQLSTATE);
    if (!strcmp(state, "26000")) return true;
    return !strcmp(state, "0A000") &&
           (!strcmp(field(r, PG_DIAG_SOURCE_FUNCTION), "RevalidateCachedQuery") ||
            strstr(field(r, PG_DIAG_MESSAGE_PRIMARY), "cached plan must not change result type"));
}

/* To be sent once more after this batch. */
static void send_again(qn_db_conn *c, qn_db_callee *call)
{
    if (!call->ticket) {
        qn_db_callee_free(call);
        return;
    }
    call->alone = true;
    qn_db_link_insert(&c->skipped, &call->link);
}

static void send_all_again(qn_db_conn *c, qn_db_callee *call)
{
    for (qn_db_callee *next; call; call = next) {
        next = qn_db_each_split(call);
        send_again(c, call);
    }
}

/* A statement that failed by itself: nothing of it was done. Which of several calls it failed for is not known: each is
 * asked by itself then. */
static void answer_error(qn_db_conn *c, qn_db_callee *call, PGresult *r)
{
    const char *state = field(r, PG_DIAG_SQLSTATE);
    int err = QN_EDB;
    const char *message = NULL;
    if (call->tx) call->tx->aborted = true;
    if (call->commits) c->to_roll_back = true; /* where it was not even begun */
    if (c->lane->db->primary) {
        if (is_stale_plan(r)) qn_db_stmts_forget(&c->stmts, call->name, call->name_hash);
        qn_debug("standby: statement %s failed: %s %s", call->name, state, field(r, PG_DIAG_MESSAGE_PRIMARY));
        qn_db_standby_failed(call);
        PQclear(r);
        return;
    }
    if (is_stale_plan(r) && !call->stale && !call->commits) {
        qn_db_form form = qn_db_form_of(call);
        qn_db_stmts_forget(&c->stmts, form.name, form.hash);
        call->stale = true;
        send_all_again(c, call);
        PQclear(r);
        return;
    }
    if (call->ride) {
        send_all_again(c, call);
        PQclear(r);
        return;
    }
    if (!strcmp(state, "57014")) {
        err = QN_ETIMEOUT;
        message = "the server gave the statement up at its timeout";
    }
    qn_debug("statement %s failed: %s %s", call->name, state, field(r, PG_DIAG_MESSAGE_PRIMARY));
    qn_db_callee_end(call, err, false, message, r);
}

/* A write on a server that has become a standby: the connection leads to the wrong one. */
static bool is_demoted(const qn_db_conn *c, const PGresult *r)
{
    return c->lane->kind == QN_LANE_WRITE && !strcmp(field(r, PG_DIAG_SQLSTATE), "25006");
}

static void take_exec(qn_db_conn *c, qn_db_owed *o, PGresult *r, ExecStatusType st)
{
    qn_db_callee *call = o->call;
    bool copy = c->lane->db->primary;
    o->call = NULL;
    if (call && copy) qn_db_standby_answered(c, call);
    if (!call) {
        PQclear(r);
    } else if (st == PGRES_PIPELINE_ABORTED) {
        PQclear(r);
        if (call->tx) call->tx->aborted = true;
        if (copy)
            qn_db_standby_failed(call);
        else
            send_all_again(c, call);
    } else if (st == PGRES_FATAL_ERROR) {
        answer_error(c, call, r);
    } else if (call->each) {
        qn_db_each_end(call, r);
    } else if (c->lane->kind == QN_LANE_WRITE) {
        call->answer = r; /* the commit comes with the Sync, and only that is the answer */
        c->commit = call;
    } else {
        qn_db_callee_end(call, 0, false, NULL, r);
    }
}

static void take_parse(qn_db_conn *c, PGresult *r, ExecStatusType st)
{
    qn_db_owed *next = qn_db_pipe_owed(c, 1);
    qn_db_callee *call = next->call;
    assert(next->kind == QN_DB_EXEC && call);
    bool known = st == PGRES_FATAL_ERROR && !strcmp(field(r, PG_DIAG_SQLSTATE), "42P05"); /* prepared there already */
    if (st != PGRES_COMMAND_OK && !known) {
        qn_db_form form = qn_db_form_of(call); /* none has parted from it yet */
        qn_db_stmts_forget(&c->stmts, form.name, form.hash);
    }
    if (st == PGRES_FATAL_ERROR && !known) {
        next->call = NULL;
        answer_error(c, call, r);
    } else {
        PQclear(r);
    }
}

/* The write whose end is known, and those that went with it. Callbacks may do anything but lose this connection. */
static void answer_committed(qn_db_conn *c, qn_db_callee *call)
{
    PGresult *r = call->answer;
    call->answer = NULL;
    if (PQresultStatus(r) == PGRES_FATAL_ERROR)
        answer_error(c, call, r);
    else if (call->ride)
        qn_db_each_end(call, r);
    else
        qn_db_callee_end(call, 0, false, NULL, r);
}

static void take_sync(qn_db_conn *c)
{
    qn_db_callee *call = c->commit;
    c->commit = NULL;
    if (call && call->ride && PQresultStatus(call->answer) == PGRES_FATAL_ERROR) {
        PQclear(call->answer);
        call->answer = NULL;
        send_all_again(c, call);
        call = NULL;
    }
    pop(c);
    while (!qn_db_link_empty(&c->skipped)) /* from the last to the first: in front of the queue in their order */
        qn_db_lane_queue(c->lane, (qn_db_callee *)(void *)c->skipped.prev, true);
    if (c->lane->queued) qn_db_wake(c->lane->db);
    if (call) answer_committed(c, call);
}

/* The commit failed (a deferred constraint, say): that is the write's answer; of several each is asked for its own. */
static void take_commit_error(qn_db_conn *c, PGresult *r)
{
    if (!c->commit) {
        PQclear(r);
        return;
    }
    PQclear(c->commit->answer);
    c->commit->answer = r;
}

static bool lose(qn_db_conn *c, PGresult *r, const char *why)
{
    char text[256];
    snprintf(text, sizeof text, "%s", why);
    PQclear(r);
    qn_db_conn_lose(c, text);
    return false;
}

/* Nothing was written, and on this connection nothing will be: the next attempt may find the new primary. */
static bool leave_demoted(qn_db_conn *c, qn_db_owed *o, PGresult *r)
{
    static const char why[] = "the server has become read-only";
    qn_db_callee *call = o->call;
    o->call = NULL;
    (void)lose(c, r, why);
    for (qn_db_callee *next; call; call = next) {
        next = qn_db_each_split(call);
        qn_db_callee_end(call, QN_EUNAVAIL, false, why, NULL);
    }
    return false;
}

/* One thing that libpq gives. False: the connection is lost. */
static bool take(qn_db_conn *c, PGresult *r)
{
    qn_db_owed *o = qn_db_pipe_owed(c, 0);
    if (!r) { /* the end of a statement's results */
        if (o->answered)
            pop(c);
        else if (++c->blanks > BLANKS_MAX)
            return lose(c, NULL, "its answers are out of step");
        return true;
    }
    ExecStatusType st = PQresultStatus(r);
    restart_stall(c);
    if (st == PGRES_FATAL_ERROR && is_farewell(r)) return lose(c, r, PQresultErrorMessage(r));
    if (st == PGRES_FATAL_ERROR && is_demoted(c, r)) return leave_demoted(c, o, r);
    bool ok = st == PGRES_COMMAND_OK || st == PGRES_TUPLES_OK || st == PGRES_EMPTY_QUERY || st == PGRES_FATAL_ERROR ||
              st == PGRES_PIPELINE_ABORTED;
    if ((st == PGRES_PIPELINE_SYNC) != (o->kind == QN_DB_SYNC) && !(o->kind == QN_DB_SYNC && st == PGRES_FATAL_ERROR))
        return lose(c, r, "its answers are out of step");
    if (!ok && st != PGRES_PIPELINE_SYNC) return lose(c, r, "a statement began a COPY");
    if (st == PGRES_PIPELINE_SYNC) {
        PQclear(r);
        take_sync(c);
        return true;
    }
    o->answered = o->kind != QN_DB_SYNC;
    if (o->kind == QN_DB_ASK && st != PGRES_PIPELINE_ABORTED) return qn_db_standby_told(c, r);
    if (o->kind == QN_DB_SYNC)
        take_commit_error(c, r);
    else if (o->kind == QN_DB_EXEC)
        take_exec(c, o, r, st);
    else if (o->kind == QN_DB_PARSE)
        take_parse(c, r, st);
    else
        PQclear(r); /* of a DEALLOCATE of what was not there, or a SET */
    return true;
}

void qn_db_pipe_read(qn_db_conn *c)
{
    bool alive = PQconsumeInput(c->pg) == 1;
    while (!PQisBusy(c->pg) && c->owed_n) /* looked at even when nothing is owed: it takes in notices and farewells */
        if (!take(c, PQgetResult(c->pg))) return;
    if (!alive) {
        (void)lose(c, NULL, PQerrorMessage(c->pg));
        return;
    }
    if (c->lane->queued || c->to_roll_back) qn_db_wake(c->lane->db);
    if (!c->owed_n && PQstatus(c->pg) == CONNECTION_BAD) (void)lose(c, NULL, "the server closed it");
}
