/* Calls of one statement that go out as one execution: setting a plan up costs the server several times what a row
 * costs it, and so do a message and a transaction. */
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "db/db_priv.h"

qn_db_callee *qn_db_each_split(qn_db_callee *c)
{
    qn_db_callee *next = c->ride;
    c->ride = NULL;
    return next;
}

/* The same statement with the same parameters but for the one that it takes several of. Both are sound. */
static bool agrees(const qn_db_callee *a, const qn_db_callee *b)
{
    if (a->name != b->name || a->each != b->each || a->nparams != b->nparams) return false;
    for (int i = 0; i < a->nparams; i++) {
        const char *x = a->params[i], *y = b->params[i];
        if (i + 1 == a->each ? !y : x && y ? strcmp(x, y) != 0 : x != y) return false;
    }
    return true;
}

void qn_db_each_gather(qn_db_conn *c, qn_db_callee *first)
{
    qn_db_lane *l = c->lane;
    qn_db_callee *last = first;
    unsigned n = 1;
    for (qn_db_link *at = l->queue.next, *after; at != &l->queue && n < QN_DB_EACH_MAX; at = after) {
        qn_db_callee *call = (qn_db_callee *)(void *)at;
        after = at->next;
        if (call->alone || c->since_ms < call->lost_ms || !agrees(first, call)) continue;
        qn_db_lane_unqueue(call);
        last = last->ride = call;
        n++;
    }
}

static void add_element(qn_buf *b, const char *value)
{
    qn_buf_addz(b, b->n > 1 ? ",\"" : "\"");
    for (const char *p = value; *p;) {
        size_t n = strcspn(p, "\"\\");
        qn_buf_add(b, p, n);
        p += n;
        if (!*p) break;
        qn_buf_addc(b, '\\');
        qn_buf_addc(b, *p++);
    }
    qn_buf_addc(b, '"');
}

int qn_db_each_send(PGconn *pg, const qn_db_callee *first)
{
    const char *params[QN_DB_EACH_PARAMS];
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_buf_addc(&b, '{');
    for (const qn_db_callee *c = first; c; c = c->ride) add_element(&b, c->params[first->each - 1]);
    qn_buf_add(&b, "}", 2); /* with its NUL */
    for (int i = 0; i < first->nparams; i++) params[i] = first->params[i];
    params[first->each - 1] = b.p;
    int sent = b.failed ? 0 : PQsendQueryPrepared(pg, first->name, first->nparams, params, NULL, NULL, 0);
    qn_buf_free(&b);
    return sent;
}

/* The row of `res` as the caller's own: it must not keep the others' alive for as long as it lives itself. */
static int copy_row(qn_db_result *out, qn_arena *a, const PGresult *res, int row)
{
    int cols = PQnfields(res) - 1;
    size_t bytes = 0;
    for (int i = 0; i < cols; i++) bytes += (size_t)PQgetlength(res, row, i) + 1;
    qn_str *values = qn_arena_calloc(a, (size_t)cols, sizeof *values);
    char *text = qn_arena_alloc_raw(a, bytes);
    if (!values || !text) return QN_ENOMEM;
    for (int i = 0; i < cols; i++) {
        size_t n = (size_t)PQgetlength(res, row, i);
        if (PQgetisnull(res, row, i)) continue;
        values[i] = (qn_str){ memcpy(text, PQgetvalue(res, row, i), n + 1), n };
        text += n + 1;
    }
    out->rows = 1;
    out->cols = cols;
    out->values = values;
    return QN_OK;
}

/* Which row is the one of the n-th call; -1: none. */
static int row_of(const PGresult *r, unsigned n)
{
    int rows = PQntuples(r), last = PQnfields(r) - 1;
    for (int k = 0, row = (int)n; k < rows; k++, row++) { /* they come in order, mostly without a gap */
        int64_t place = 0;
        int at = row % rows;
        (void)qn_str_i64(&place, qn_str_of(PQgetvalue(r, at, last)));
        if (place == (int64_t)n + 1) return at;
    }
    return -1;
}

void qn_db_each_end(qn_db_callee *first, PGresult *r)
{
    unsigned n = 0;
    for (qn_db_callee *c = first, *next; c; c = next, n++) {
        next = qn_db_each_split(c);
        qn_db_result row = { .err = QN_OK };
        int at = row_of(r, n);
        if (at >= 0 && c->ticket) row.err = copy_row(&row, c->ticket->arena, r, at);
        qn_db_callee_give(c, &row);
    }
    PQclear(r);
}
