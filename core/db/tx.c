#include "db/tx.h"

#include <string.h>

#include "db/db_priv.h"

enum { TOUCHED_MOST = 4096 /* bytes of names: a hundred of them */ };

typedef struct qn_tx_after {
    struct qn_tx_after *next;
    void (*fn)(void *arg);
    void *arg;
} after;

static const qn_stmt stmt_commit = { "tx_commit", "COMMIT" };

static qn_db_lane *lane_of(const qn_tx *tx)
{
    return &tx->o.db->lanes[QN_LANE_WRITE];
}

/* ---- letting go -------------------------------------------------------------------------------------------------- */

/* Calls that wait in the lane's queue, into `out`. */
static void take_waiting(const qn_tx *tx, qn_db_link *out)
{
    qn_db_lane *l = lane_of(tx);
    for (qn_db_link *at = l->queue.next, *next; at != &l->queue; at = next) {
        qn_db_callee *c = (qn_db_callee *)(void *)at;
        next = at->next;
        if (c->tx != tx) continue;
        qn_db_lane_unqueue(c);
        qn_db_link_insert(out, &c->link);
    }
}

static void free_all(qn_db_link *calls)
{
    while (!qn_db_link_empty(calls)) qn_db_callee_free((qn_db_callee *)(void *)calls->next);
}

/* Nobody waits for this one any more; it is on its way and is let come. */
static void forget(const qn_tx *tx, qn_db_callee *c)
{
    if (!c || c->tx != tx) return;
    c->tx = NULL;
    if (c->ticket) c->ticket->call = NULL;
    c->ticket = NULL;
}

/* Its connection is rolled back as soon as it has answered what it owes. */
static void let_go(qn_tx *tx)
{
    qn_db_conn *c = tx->conn;
    qn_db_link gone;
    qn_db_link_init(&gone);
    take_waiting(tx, &gone);
    free_all(&gone);
    tx->conn = NULL;
    if (!c) return;
    for (qn_db_link *at = c->skipped.next, *next; at != &c->skipped; at = next) {
        qn_db_callee *call = (qn_db_callee *)(void *)at;
        next = at->next;
        if (call->tx != tx) continue;
        qn_db_link_remove(at);
        qn_db_link_insert(&gone, at);
    }
    free_all(&gone);
    forget(tx, c->commit);
    for (unsigned i = 0; i < c->owed_n; i++) forget(tx, qn_db_pipe_owed(c, i)->call);
    c->tx = NULL;
    c->to_roll_back = true;
    qn_db_wake(tx->o.db);
}

static void on_arena_end(void *arg)
{
    qn_tx *tx = arg;
    let_go(tx);
    tx->state = QN_TX_OVER;
}

void qn_tx_leave(qn_tx *tx)
{
    let_go(tx);
    tx->state = QN_TX_OVER;
}

void qn_tx_lost(qn_db_conn *c, qn_db_link *dead)
{
    qn_tx *tx = c->tx;
    c->to_roll_back = false;
    c->tx = NULL;
    if (!tx) return;
    tx->conn = NULL;
    tx->state = QN_TX_DEAD;
    take_waiting(tx, dead);
}

/* ---- beginning --------------------------------------------------------------------------------------------------- */

int qn_tx_new(qn_tx **out, qn_arena *arena, const qn_tx_options *o)
{
    qn_tx *tx = qn_arena_calloc(arena, 1, sizeof *tx);
    if (!tx || qn_arena_defer(arena, on_arena_end, tx)) return QN_ENOMEM;
    tx->o = *o;
    tx->arena = arena;
    tx->after_end = &tx->after;
    qn_arena_set_owner(arena, tx);
    *out = tx;
    return QN_OK;
}

/* The first statement could not be: all that waits behind it hears so, last, because the work may end with it. */
static void fail(qn_tx *tx, const qn_db_result *r)
{
    qn_db_link dead;
    int err = r->err == QN_EDB ? QN_EUNAVAIL : r->err; /* none of theirs */
    qn_db_link_init(&dead);
    take_waiting(tx, &dead);
    let_go(tx);
    tx->state = QN_TX_DEAD;
    tx->o.opened(tx->o.ctx, r);
    while (!qn_db_link_empty(&dead))
        qn_db_callee_end((qn_db_callee *)(void *)dead.next, err, false, "the transaction could not be begun", NULL);
}

static void on_opened(void *ctx, const qn_db_result *r)
{
    qn_tx *tx = ctx;
    qn_db *db = tx->o.db;
    qn_db_log(tx->o.stmt->name, r);
    if (r->err) {
        fail(tx, r);
        return;
    }
    tx->state = QN_TX_OPEN;
    tx->o.opened(tx->o.ctx, r); /* may be the end of the work */
    qn_db_wake(db);
}

/* Puts a call into the lane's queue, which is the transaction's from now on. */
static int put(qn_tx *tx, qn_arena *arena, const qn_db_query *q, qn_db_fn fn, void *ctx, qn_db_callee **out)
{
    qn_db_callee *c;
    int err = qn_db_queue_new(&c, tx->o.db, lane_of(tx), arena, q, fn, ctx);
    if (err) return err;
    c->joined = NULL;
    c->alone = true;
    c->tx = tx;
    qn_db_queue_put(tx->o.db, c);
    *out = c;
    return QN_OK;
}

int qn_tx_open(qn_tx *tx)
{
    qn_db_callee *c;
    if (tx->state != QN_TX_NEW) return QN_ESTATE;
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = tx->o.stmt, .params = tx->o.params, .nparams = tx->o.nparams };
    int err = put(tx, tx->arena, &q, on_opened, tx, &c);
    if (err) return err;
    c->opens = true;
    tx->state = QN_TX_OPENING;
    return QN_OK;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

qn_tx *qn_tx_of(const qn_arena *arena, const qn_db_query *q)
{
    qn_tx *tx = qn_arena_owner(arena);
    if (!tx || tx->state == QN_TX_CLOSING || tx->state == QN_TX_OVER) return NULL;
    return tx->state == QN_TX_NEW && q->lane != QN_LANE_WRITE ? NULL : tx;
}

bool qn_tx_is_running(const qn_arena *arena)
{
    const qn_tx *tx = qn_arena_owner(arena);
    return tx && tx->conn;
}

int qn_tx_call(qn_tx *tx, qn_arena *arena, const qn_db_query *q, qn_db_fn fn, void *ctx)
{
    qn_db_callee *c;
    if (tx->state == QN_TX_DEAD) return QN_EUNAVAIL;
    int err = tx->state == QN_TX_NEW ? qn_tx_open(tx) : QN_OK;
    return err ? err : put(tx, arena, q, fn, ctx, &c);
}

/* Others write too: where there are several connections, one is left to them. */
static bool may_have_one(const qn_db_lane *l)
{
    unsigned taken = 0;
    for (unsigned i = 0; i < l->n; i++) taken += l->conns[i].tx || l->conns[i].to_roll_back;
    return l->n == 1 || taken + 1 < l->n;
}

qn_db_conn *qn_tx_conn(const qn_db_callee *call, bool *any)
{
    const qn_tx *tx = call->tx;
    *any = call->opens && !tx->conn && may_have_one(call->lane);
    if (!tx->conn || (tx->state == QN_TX_OPENING && !call->opens)) return NULL;
    return qn_db_pipe_has_room(tx->conn) ? tx->conn : NULL;
}

bool qn_tx_has_begun(const qn_tx *tx)
{
    return tx->state != QN_TX_NEW;
}

bool qn_tx_is_opening(const qn_tx *tx)
{
    return tx->state == QN_TX_OPENING;
}

bool qn_tx_is_sound(const qn_tx *tx)
{
    return tx->state == QN_TX_OPEN && tx->conn && !tx->doubted;
}

void qn_tx_refuse(qn_tx *tx)
{
    let_go(tx);
    tx->state = QN_TX_DEAD;
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

/* What COMMIT says of a transaction that cannot be committed is no error: it says that it has rolled it back. */
static bool was_committed(const qn_db_result *r)
{
    return !r->err && r->res && !strcmp(PQcmdStatus((PGresult *)(uintptr_t)r->res), "COMMIT");
}

static void on_committed(void *ctx, const qn_db_result *r)
{
    qn_tx *tx = ctx;
    bool done = was_committed(r);
    qn_db_log(stmt_commit.name, r);
    tx->state = QN_TX_OVER;
    for (after *a = tx->after; done && a; a = a->next) a->fn(a->arg);
    if (!done) let_go(tx);
    tx->fn(tx->ctx, done ? QN_OK : r->err ? qn_db_error(r) : QN_EDB, r->maybe_done);
}

void qn_tx_touched(const qn_arena *arena, const char *name)
{
    qn_tx *tx = qn_arena_owner(arena);
    if (!tx || tx->state == QN_TX_OVER || (tx->touched && strlen(tx->touched) > TOUCHED_MOST)) return;
    const char *all = qn_arena_printf(tx->arena, "%s%s\n", tx->touched ? tx->touched : "", name);
    if (all) tx->touched = all;
}

int qn_tx_commit(qn_tx *tx, qn_tx_end_fn fn, void *ctx)
{
    qn_db_callee *c;
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = &stmt_commit };
    if (!qn_tx_is_sound(tx)) return QN_EUNAVAIL;
    int err = put(tx, tx->arena, &q, on_committed, tx, &c);
    if (err) return err;
    c->commits = true;
    c->touched = tx->touched ? strdup(tx->touched) : NULL; /* for want of memory it was told of too early alone */
    tx->fn = fn;
    tx->ctx = ctx;
    tx->state = QN_TX_CLOSING;
    return QN_OK;
}

void qn_tx_after(qn_arena *arena, void (*fn)(void *arg), void *arg)
{
    qn_tx *tx = qn_arena_owner(arena);
    bool open = tx && tx->state == QN_TX_OPEN;
    after *a = open ? qn_arena_alloc(tx->arena, sizeof *a) : NULL;
    if (!a) { /* too early does less harm than never: whoever reads the outbox comes to it again */
        fn(arg);
        return;
    }
    *a = (after){ .fn = fn, .arg = arg };
    *tx->after_end = a;
    tx->after_end = &a->next;
}
