/* Calls of one statement that go out as one execution: setting a plan up costs the server several times what a row
 * costs it, and so do a message and a transaction. */
#include <limits.h>
#include <stdlib.h>
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

/* The same statement with the same parameters but for the one that it takes several of; of writes, with any. Both are
 * sound. */
static bool agrees(const qn_db_callee *a, const qn_db_callee *b)
{
    if (a->joined || b->joined) return a->joined == b->joined && a->nparams == b->nparams;
    if (a->name_hash != b->name_hash || strcmp(a->name, b->name) != 0) return false;
    if (a->each != b->each || a->nparams != b->nparams) return false;
    for (int i = 0; i < a->nparams; i++) {
        const char *x = a->params[i], *y = b->params[i];
        if (i + 1 == a->each ? !y : x && y ? strcmp(x, y) != 0 : x != y) return false;
    }
    return true;
}

void qn_db_each_gather(qn_db_conn *c, qn_db_callee *first, unsigned most)
{
    qn_db_lane *l = c->lane;
    qn_db_callee *last = first;
    unsigned n = 1;
    if (first->stale) return; /* of which form is not known: it goes alone and closes both */
    for (qn_db_link *at = l->queue.next, *after; at != &l->queue && n < most; at = after) {
        qn_db_callee *call = (qn_db_callee *)(void *)at;
        after = at->next;
        if (call->alone || c->since_ms < call->lost_ms || !agrees(first, call)) continue;
        if (call->stale || (call->joined && call->deadline_ms < first->deadline_ms)) continue;
        if (l->db->primary && !qn_db_standby_suits(c, call)) continue;
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

static void add_u32(qn_buf *b, uint32_t v)
{
    const char bytes[] = { (char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v };
    qn_buf_add(b, bytes, sizeof bytes);
}

/* Of all calls the values of parameter `i` as an array of texts in PostgreSQL's binary form (array_recv in its
 * arrayfuncs.c): nothing has to be escaped, and nothing looked at but its length. */
static void add_texts(qn_buf *b, const qn_db_callee *first, int i)
{
    enum { TEXT_OID = 25 };
    uint32_t n = 0;
    bool has_null = false;
    for (const qn_db_callee *c = first; c; c = c->ride, n++) has_null |= !c->params[i];
    const uint32_t head[] = { 1, has_null, TEXT_OID, n, 1 }; /* dimensions; the one's length, and its lower bound */
    for (size_t k = 0; k < sizeof head / sizeof *head; k++) add_u32(b, head[k]);
    for (const qn_db_callee *c = first; c; c = c->ride) {
        size_t len = c->params[i] ? strlen(c->params[i]) : 0;
        add_u32(b, c->params[i] ? (uint32_t)len : UINT32_MAX);
        if (len) qn_buf_add(b, c->params[i], len);
    }
}

static int send_joined(PGconn *pg, const qn_db_callee *first)
{
    const char *params[QN_DB_JOINED_PARAMS];
    int lengths[QN_DB_JOINED_PARAMS], formats[QN_DB_JOINED_PARAMS], n = first->nparams;
    size_t at[QN_DB_JOINED_PARAMS + 1] = { 0 };
    qn_buf b;
    qn_buf_init(&b, INT_MAX);
    for (int i = 0; i < n; i++) {
        add_texts(&b, first, i);
        at[i + 1] = b.n;
    }
    for (int i = 0; i < n && !b.failed; i++) {
        params[i] = b.p + at[i];
        lengths[i] = (int)(at[i + 1] - at[i]);
        formats[i] = 1;
    }
    int sent = b.failed ? 0 : PQsendQueryPrepared(pg, first->joined->name, n, params, lengths, formats, 0);
    qn_buf_free(&b);
    return sent;
}

int qn_db_each_send(PGconn *pg, const qn_db_callee *first)
{
    if (first->joined) return send_joined(pg, first);
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

/* Of each row the call that it is for, from 0. */
static unsigned *places_of(const PGresult *r)
{
    int rows = PQntuples(r), last = PQnfields(r) - 1;
    unsigned *places = calloc(rows > 0 ? (size_t)rows : 1, sizeof *places);
    for (int i = 0; places && i < rows; i++) {
        int64_t place = 0;
        (void)qn_str_i64(&place, qn_str_of(PQgetvalue(r, i, last)));
        places[i] = (unsigned)place - 1;
    }
    return places;
}

/* The rows of the n-th call as its own: it must not keep the others' alive for as long as it lives itself. */
static int copy_rows(qn_db_result *out, qn_arena *a, const PGresult *r, const unsigned *places, unsigned n)
{
    int all = PQntuples(r), cols = PQnfields(r) - 1, rows = 0;
    size_t bytes = 0;
    for (int i = 0; i < all; i++) {
        if (places[i] != n) continue;
        rows++;
        for (int k = 0; k < cols; k++) bytes += (size_t)PQgetlength(r, i, k) + 1;
    }
    out->cols = cols;
    if (!rows) return QN_OK;
    qn_str *values = qn_arena_calloc(a, (size_t)rows * (size_t)cols, sizeof *values), *v = values;
    char *text = qn_arena_alloc_raw(a, bytes);
    if (!values || !text) return QN_ENOMEM;
    for (int i = 0; i < all; i++) {
        if (places[i] != n) continue;
        for (int k = 0; k < cols; k++, v++) {
            size_t len = (size_t)PQgetlength(r, i, k);
            if (PQgetisnull(r, i, k)) continue;
            *v = (qn_str){ memcpy(text, PQgetvalue(r, i, k), len + 1), len };
            text += len + 1;
        }
    }
    out->rows = rows;
    out->values = values;
    return QN_OK;
}

/* Nothing was done for this write: it is asked for by itself, or by nobody any more. */
static void send_by_itself(qn_db_callee *c)
{
    if (!c->ticket) {
        qn_db_callee_free(c);
        return;
    }
    c->alone = true;
    qn_db_lane_queue(c->lane, c, true);
    qn_db_wake(c->lane->db);
}

static bool has_row(const PGresult *r, const unsigned *places, unsigned n)
{
    for (int i = 0; i < PQntuples(r); i++)
        if (places[i] == n) return true;
    return false;
}

void qn_db_each_end(qn_db_callee *first, PGresult *r)
{
    unsigned n = 0, *places = places_of(r);
    bool joined = first->joined;
    for (qn_db_callee *c = first, *next; c; c = next, n++) {
        next = qn_db_each_split(c);
        if (joined && places && !has_row(r, places, n)) {
            send_by_itself(c);
            continue;
        }
        qn_db_result result = { .err = places ? QN_OK : QN_ENOMEM };
        if (places && c->ticket) result.err = copy_rows(&result, c->ticket->arena, r, places, n);
        if (result.err && joined) result = (qn_db_result){ .err = QN_EUNAVAIL, .maybe_done = true };
        qn_db_callee_give(c, &result);
    }
    free(places);
    PQclear(r);
}
