#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "db/db_priv.h"
#include "loop/shm.h"

enum { HASH_BYTES = 16 };

/* A text made by the filter compiler is known by its hash: the same text is the same statement, on every connection. */
static void name_dynamic(char *out, const char *sql)
{
    unsigned char hash[HASH_BYTES];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)sql, strlen(sql), NULL, 0);
    out[0] = 'q';
    out[1] = '_';
    sodium_bin2hex(out + 2, QN_DB_NAME_BYTES - 2, hash, sizeof hash);
}

qn_db_callee *qn_db_callee_new(qn_db_lane *lane, const qn_db_query *q)
{
    size_t n = q->nparams > 0 ? (size_t)q->nparams : 0;
    size_t sql_bytes = q->stmt ? 0 : strlen(q->sql) + 1;
    size_t bytes = sizeof(qn_db_callee) + n * sizeof(char *) + sql_bytes + (q->stmt ? 0 : QN_DB_NAME_BYTES);
    for (size_t i = 0; i < n; i++)
        if (q->params[i].p) bytes += q->params[i].n + 1;
    qn_db_callee *c = malloc(bytes);
    if (!c) return NULL;
    *c = (qn_db_callee){ .lane = lane,
                         .nparams = q->nparams,
                         .each = q->each,
                         .each_most = q->each_most,
                         .joined = q->joined,
                         .generic = q->generic,
                         .dynamic = !q->stmt };
    qn_db_link_init(&c->link);
    c->params = (const char **)(void *)(c + 1);
    char *text = (char *)(c->params + n);
    if (q->stmt) {
        c->name = q->stmt->name;
        c->sql = q->stmt->sql;
    } else {
        name_dynamic(text, q->sql);
        c->name = text;
        text += QN_DB_NAME_BYTES;
        c->sql = memcpy(text, q->sql, sql_bytes);
        text += sql_bytes;
    }
    c->name_hash = qn_db_name_hash(c->name);
    for (size_t i = 0; i < n; i++) {
        const qn_str *p = &q->params[i];
        c->params[i] = p->p ? text : NULL;
        if (!p->p) continue;
        memcpy(text, p->p, p->n);
        text[p->n] = '\0';
        text += p->n + 1;
    }
    return c;
}

qn_db_callee *qn_db_callee_again(qn_db_callee *c, qn_db_lane *lane)
{
    const qn_stmt stmt = { c->name, c->sql };
    qn_db_query q = { .lane = lane->kind,
                      .stmt = c->dynamic ? NULL : &stmt,
                      .sql = c->dynamic ? c->sql : NULL,
                      .nparams = c->nparams,
                      .each = c->each,
                      .each_most = c->each_most,
                      .generic = c->generic };
    qn_str *params = calloc(c->nparams ? (size_t)c->nparams : 1, sizeof *params);
    if (!params) return NULL;
    for (int i = 0; i < c->nparams; i++)
        if (c->params[i]) params[i] = qn_str_of(c->params[i]);
    q.params = params;
    qn_db_callee *again = qn_db_callee_new(lane, &q);
    free(params);
    if (!again) return NULL;
    again->copies = c->copies;
    again->fn = c->fn;
    again->ctx = c->ctx;
    again->ticket = c->ticket;
    again->ticket->call = again;
    c->ticket = NULL;
    return again;
}

/* The request is over: what waits goes, what is on its way is let come and dropped. */
static void on_arena_end(void *arg)
{
    qn_db_ticket *t = arg;
    qn_db_callee *c = t->call;
    if (c) {
        t->call = NULL;
        c->ticket = NULL;
        /* In a list it is not on its way, unless its commit is. */
        if (!qn_db_link_empty(&c->link) && !c->answer) qn_db_callee_free(c);
    }
    PQclear(t->res);
    t->res = NULL;
}

int qn_db_callee_bind(qn_db_callee *c, qn_arena *arena, qn_db_fn fn, void *ctx)
{
    qn_db_ticket *t = qn_arena_alloc(arena, sizeof *t);
    if (!t || qn_arena_defer(arena, on_arena_end, t)) return QN_ENOMEM;
    t->call = c;
    t->arena = arena;
    c->ticket = t;
    c->fn = fn;
    c->ctx = ctx;
    return 0;
}

void qn_db_callee_free(qn_db_callee *c)
{
    if (!c) return;
    if (c->ticket) c->ticket->call = NULL;
    qn_db_lane_unqueue(c);
    qn_db_link_remove(&c->link);
    PQclear(c->answer);
    free(c->touched);
    free(c);
}

static void fill(qn_db_result *r, int err, bool maybe_done, const char *message, PGresult *res)
{
    *r = (qn_db_result){ .err = err, .maybe_done = maybe_done, .message = message, .res = res };
    if (!res) return;
    r->rows = PQntuples(res);
    r->cols = PQnfields(res);
    if (err != QN_EDB) return;
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE),
               *said = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    snprintf(r->sqlstate, sizeof r->sqlstate, "%s", state ? state : "XX000");
    r->message = said ? said : PQresultErrorMessage(res);
    r->constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
}

/* Calls back with the ticket's result. */
static void tell(qn_db_callee *c)
{
    qn_db_ticket *t = c->ticket;
    qn_db_fn fn = c->fn;
    void *ctx = c->ctx;
    c->ticket = NULL;
    t->call = NULL;
    t->result.apart = c->apart && t->result.err == QN_OK;
    t->result.known = c->known;
    if (c->sent_us) t->result.db_us = qn_mono_us() - c->sent_us;
    qn_arena_charge(t->arena, t->result.db_us);
    fn(ctx, &t->result); /* may end the arena, and with it the ticket */
}

/* What is left to do when the call itself is over, as it is before its callback runs, which may do anything. */
static qn_db_callee without_call(qn_db_callee *c)
{
    qn_db_callee last = { .lane = c->lane,
                          .ticket = c->ticket,
                          .fn = c->fn,
                          .ctx = c->ctx,
                          .sent_us = c->sent_us,
                          .touched = c->touched,
                          .apart = c->apart,
                          .known = c->known };
    c->ticket = NULL;
    c->touched = NULL;
    qn_db_callee_free(c);
    return last;
}

/* It was done, or may have been, and nobody hears of it who would tell others. */
static void go_unheard(const qn_db_callee *c)
{
    const qn_db *db = c->lane->db;
    if (db->on_unheard) db->on_unheard(db->ctx);
    qn_str names = c->touched ? qn_str_of(c->touched) : (qn_str){ 0 };
    while (names.n && db->shm) qn_epoch_bump(db->shm, qn_str_cut(&names, '\n'));
}

void qn_db_callee_answer(qn_db_callee *c, int err, bool maybe_done, const char *message, PGresult *res)
{
    if (err && c->copies && qn_db_standby_instead(c, err)) {
        PQclear(res);
        return;
    }
    qn_db_ticket *t = c->ticket;
    if (c->lane->kind == QN_LANE_WRITE && c->sent_us && (!t || maybe_done)) go_unheard(c);
    if (!t) {
        PQclear(res);
        return;
    }
    t->res = res;
    fill(&t->result, err, maybe_done, message, res);
    tell(c);
}

void qn_db_callee_give(qn_db_callee *c, const qn_db_result *r)
{
    qn_db_callee last = without_call(c);
    const qn_db *db = last.lane->db;
    if (!last.ticket && last.lane->kind == QN_LANE_WRITE && db->on_unheard) db->on_unheard(db->ctx);
    if (!last.ticket) return;
    last.ticket->result = *r;
    tell(&last);
}

void qn_db_callee_end(qn_db_callee *c, int err, bool maybe_done, const char *message, PGresult *res)
{
    if (err && c->copies && qn_db_standby_instead(c, err)) {
        PQclear(res);
        qn_db_callee_free(c);
        return;
    }
    qn_db_callee last = without_call(c);
    char *touched = last.touched;
    qn_db_callee_answer(&last, err, maybe_done, message, res);
    free(touched);
}
