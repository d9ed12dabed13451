#include "db/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"

enum {
    PARAMS_MAX = 65535,
    AWAY_MAX_MS = 1500,
    DELAY_MAX_MS = 1000,
    STANDBY_DELAY_MAX_MS = 5000, /* nobody waits for it */
    STANDBY_PART = 4,            /* of a call's time: the rest is for the primary, should the standby not answer */
    OPEN_PART = 2 /* of a queue that is full with transactions that wait, so that those that are open come to an end */
};

static qn_db_lane *lane_of(qn_db *db, qn_lane kind)
{
    return &db->lanes[kind];
}

/* ---- waking up --------------------------------------------------------------------------------------------------- */

void qn_db_wake(qn_db *db)
{
    event_active(db->pump, 0, 0);
}

static void on_pump(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_db *db = arg;
    for (unsigned i = 0; i < 3; i++) qn_db_lane_pump(&db->lanes[i]);
}

void qn_db_watch(qn_db *db, int64_t at_ms)
{
    if (at_ms >= db->sweep_at_ms) return;
    db->sweep_at_ms = at_ms;
    int64_t left = at_ms - qn_mono_ms();
    qn_timer_start(db->sweep, left > 0 ? left : 0);
}

/* ---- the sweep: who has waited too long -------------------------------------------------------------------------- */

static void sweep_queue(qn_db_lane *l, int64_t now, int64_t *next)
{
    qn_db_link late;
    qn_db_link_init(&late);
    bool away = l->up == 0 && now >= l->down_since_ms + l->db->away_after_ms;
    for (qn_db_link *at = l->queue.next, *after; at != &l->queue; at = after) {
        qn_db_callee *c = (qn_db_callee *)(void *)at;
        after = at->next;
        if (away || c->deadline_ms <= now) {
            qn_db_lane_unqueue(c);
            qn_db_link_insert(&late, &c->link);
        } else if (c->deadline_ms < *next) {
            *next = c->deadline_ms;
        }
    }
    if (l->queued && l->up == 0 && l->down_since_ms + l->db->away_after_ms < *next)
        *next = l->down_since_ms + l->db->away_after_ms;
    int err = l->up ? QN_ETIMEOUT : QN_EUNAVAIL;
    while (!qn_db_link_empty(&late))
        qn_db_callee_end((qn_db_callee *)(void *)late.next, err, false,
                         err == QN_ETIMEOUT ? "no connection was free in time" : "the database is away", NULL);
}

/* What is part of a transaction that is not to be committed yet will not be done. */
bool qn_db_is_unsure(const qn_db_callee *c)
{
    return c->lane->kind == QN_LANE_WRITE && !c->tx;
}

/* The caller is told; the statement is on its way and stays there. */
static bool sweep_call(qn_db_callee *c, int64_t now, int64_t *next)
{
    if (!c || !c->ticket) return false;
    bool late = c->deadline_ms <= now;
    if (late && c->tx) c->tx->doubted = true;
    if (late)
        qn_db_callee_answer(c, QN_ETIMEOUT, qn_db_is_unsure(c), "no answer before the deadline", NULL);
    else if (c->deadline_ms < *next)
        *next = c->deadline_ms;
    return late;
}

static void sweep_conn(qn_db_conn *c, int64_t now, int64_t *next)
{
    if (c->state != QN_DB_UP || !c->owed_n) return;
    for (qn_db_callee *call = c->commit; call; call = call->ride) (void)sweep_call(call, now, next);
    bool late = false;
    for (unsigned i = 0; i < c->owed_n; i++)
        for (qn_db_callee *call = qn_db_pipe_owed(c, i)->call; call; call = call->ride)
            late = sweep_call(call, now, next) || late;
    if (late && c->lane->db->primary) qn_db_standby_doubt(c);
    if (c->stall_ms <= now)
        qn_db_conn_lose(c, "no answer for too long");
    else if (c->stall_ms < *next)
        *next = c->stall_ms;
}

static void on_sweep(void *arg)
{
    qn_db *db = arg;
    int64_t now = qn_mono_ms(), next = INT64_MAX;
    db->sweep_at_ms = INT64_MAX;
    for (unsigned k = 0; k < 3; k++) {
        qn_db_lane *l = &db->lanes[k];
        for (unsigned i = 0; i < l->n; i++) sweep_conn(&l->conns[i], now, &next);
        sweep_queue(l, now, &next);
    }
    if (next != INT64_MAX) qn_db_watch(db, next);
}

/* ---- new and free ------------------------------------------------------------------------------------------------ */

/* What of the connection string is ours to complete: its options go before ours; and a session that reads only must
 * still be one of the primary, which is what read-write means to libpq only where sessions may write by default. */
static int read_conninfo(qn_db *db, const char *conninfo)
{
    char *why = NULL;
    PQconninfoOption *all = PQconninfoParse(conninfo, &why);
    if (!all) qn_error("database: connection string: %s", why ? why : "out of memory");
    PQfreemem(why);
    if (!all) return QN_EINVAL;
    const char *options = "", *target = NULL, *host = "";
    for (const PQconninfoOption *o = all; o->keyword; o++) {
        if (!o->val) continue;
        if (!strcmp(o->keyword, "options")) options = o->val;
        if (!strcmp(o->keyword, "target_session_attrs")) target = o->val;
        if (!strcmp(o->keyword, "host")) host = o->val;
    }
    if (db->primary)
        target = target ? target : "prefer-standby";
    else if (target ? !strcmp(target, "read-write") : strchr(host, ',') != NULL)
        target = "primary";
    db->options = strdup(options);
    db->target = strdup(target ? target : "any");
    db->conninfo = strdup(conninfo);
    PQconninfoFree(all);
    return db->options && db->target && db->conninfo ? qn_hosts_new(&db->hosts, conninfo) : QN_ENOMEM;
}

static int open_lane(qn_db *db, qn_lane kind, unsigned n, unsigned depth, int64_t timeout_ms)
{
    qn_db_lane *l = lane_of(db, kind);
    l->depth = depth;
    l->timeout_ms = (int)timeout_ms;
    l->conns = calloc(n ? n : 1, sizeof *l->conns);
    if (!l->conns) return QN_ENOMEM;
    for (; l->n < n; l->n++) {
        int rc = qn_db_conn_init(&l->conns[l->n], l, l->n + 1);
        if (rc) {
            qn_db_conn_clear(&l->conns[l->n]);
            return rc;
        }
    }
    return 0;
}

static int open_lanes(qn_db *db, const qn_db_options *o)
{
    const qn_config *c = o->config;
    int64_t part = db->primary ? STANDBY_PART : 1;
    unsigned depth = (unsigned)qn_config_int(c, "database", "read_pipeline_depth");
    int rc = open_lane(db, QN_LANE_READ, QN_DB_READ_CONNECTIONS, depth,
                       qn_config_int(c, "database", "read_timeout_ms") / part);
    if (!rc)
        rc = open_lane(db, QN_LANE_SLOW, (unsigned)qn_config_int(c, "database", "slow_connections"), 1,
                       qn_config_int(c, "database", "slow_timeout_ms") / part);
    if (!rc)
        rc = open_lane(db, QN_LANE_WRITE, o->write_connections, 1, qn_config_int(c, "database", "write_timeout_ms"));
    return rc;
}

static int open_all(qn_db *db, const qn_db_options *o)
{
    int64_t connect_ms = qn_config_int(o->config, "database", "connect_timeout_ms");
    db->loop = o->loop;
    db->sweep_at_ms = INT64_MAX;
    db->away_since_ms = qn_mono_ms();
    db->shm = o->shm;
    db->delay_max_ms = db->primary ? STANDBY_DELAY_MAX_MS : DELAY_MAX_MS;
    db->connect_timeout_ms = (int)connect_ms;
    db->on_unheard = o->on_unheard;
    db->ctx = o->ctx;
    /* Who asks is told within two seconds that the database is away. */
    db->away_after_ms = connect_ms > AWAY_MAX_MS ? AWAY_MAX_MS : (int)connect_ms;
    db->queue_limit = (unsigned)qn_config_int(o->config, "database", "queue_limit");
    for (unsigned i = 0; i < 3; i++) {
        db->lanes[i] = (qn_db_lane){ .db = db, .kind = (qn_lane)i, .down_since_ms = db->away_since_ms };
        qn_db_link_init(&db->lanes[i].queue);
    }
    db->application = strdup(o->application ? o->application : "quoin");
    db->pump = event_new(qn_loop_base(o->loop), -1, 0, on_pump, db);
    if (!db->application || !db->pump) return QN_ENOMEM;
    int rc = qn_timer_new(&db->sweep, o->loop, on_sweep, db);
    if (!rc) rc = read_conninfo(db, o->conninfo);
    return rc ? rc : open_lanes(db, o);
}

static int open_standby(qn_db *db, const qn_db_options *o)
{
    if (!o->standby) return 0;
    qn_db_options its = {
        .loop = o->loop, .config = o->config, .conninfo = o->standby, .application = o->application, .shm = o->shm
    };
    db->standby = calloc(1, sizeof *db->standby);
    if (!db->standby) return QN_ENOMEM;
    db->standby->primary = db;
    return open_all(db->standby, &its);
}

static void connect_all(qn_db *db)
{
    for (unsigned k = 0; k < 3; k++)
        for (unsigned i = 0; i < db->lanes[k].n; i++) qn_db_conn_start(&db->lanes[k].conns[i]);
    if (db->standby) connect_all(db->standby);
}

int qn_db_new(qn_db **out, const qn_db_options *o)
{
    qn_db *db = calloc(1, sizeof *db);
    int rc = db ? open_all(db, o) : QN_ENOMEM;
    if (!rc) rc = open_standby(db, o);
    if (rc) {
        qn_db_free(&db);
        return rc;
    }
    connect_all(db);
    *out = db;
    return 0;
}

void qn_db_free(qn_db **db)
{
    if (!db || !*db) return;
    qn_db *dead = *db;
    *db = NULL;
    qn_db_free(&dead->standby);
    for (unsigned k = 0; k < 3; k++) qn_db_lane_clear(&dead->lanes[k]);
    qn_timer_free(&dead->sweep);
    if (dead->pump) event_free(dead->pump);
    free(dead->application);
    free(dead->conninfo);
    qn_hosts_free(&dead->hosts);
    free(dead->options);
    free(dead->target);
    free(dead);
}

bool qn_db_ready(const qn_db *db)
{
    for (unsigned k = 0; k < 3; k++)
        if (db->lanes[k].n && !db->lanes[k].up) return false;
    return true;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

static bool is_joint(const qn_db_query *q)
{
    return q->lane != QN_LANE_WRITE && q->nparams <= QN_DB_EACH_PARAMS && q->each > 0 && q->each <= q->nparams &&
           q->params[q->each - 1].p && q->each_most <= QN_DB_EACH_MAX;
}

static bool is_sound(const qn_db_query *q)
{
    if ((unsigned)q->lane > QN_LANE_WRITE || q->nparams < 0 || q->nparams > PARAMS_MAX) return false;
    if (q->each && !is_joint(q)) return false;
    if (q->standby && q->lane == QN_LANE_WRITE) return false;
    if (q->joined && (!q->stmt || q->lane != QN_LANE_WRITE || q->nparams > QN_DB_JOINED_PARAMS)) return false;
    if (q->stmt) return strlen(q->stmt->name) < QN_DB_NAME_BYTES && !strchr(q->stmt->name, '"');
    return q->sql != NULL;
}

int qn_db_queue_new(qn_db_callee **out, qn_db *db, qn_db_lane *l, qn_arena *arena, const qn_db_query *q, qn_db_fn fn,
                    void *ctx)
{
    int64_t now = qn_mono_ms();
    if (!l->n) return QN_ESTATE;
    if (!l->up && now >= l->down_since_ms + db->away_after_ms) return QN_EUNAVAIL;
    if (l->queued >= (qn_tx_is_running(arena) ? db->queue_limit * OPEN_PART : db->queue_limit)) return QN_EBUSY;
    qn_db_callee *c = qn_db_callee_new(l, q);
    if (!c || qn_db_callee_bind(c, arena, fn, ctx)) {
        qn_db_callee_free(c);
        return QN_ENOMEM;
    }
    c->deadline_ms = now + (q->timeout_ms > 0 ? q->timeout_ms : lane_of(db, l->kind)->timeout_ms);
    *out = c;
    return QN_OK;
}

void qn_db_queue_put(qn_db *db, qn_db_callee *c)
{
    qn_db_lane *l = c->lane;
    qn_db_lane_queue(l, c, false);
    qn_db_watch(l->db, c->deadline_ms);
    if (l->up)
        qn_db_wake(l->db);
    else
        qn_db_watch(db, l->down_since_ms + db->away_after_ms);
}

int qn_db_call(qn_db *db, qn_arena *arena, const qn_db_query *q, qn_db_fn fn, void *ctx)
{
    if (!is_sound(q)) return QN_EINVAL;
    qn_tx *tx = qn_tx_of(arena, q);
    if (tx) return qn_tx_call(tx, arena, q, fn, ctx);
    qn_db_lane *l = lane_of(db, q->lane);
    qn_db_ways way;
    qn_db_callee *c;
    bool copies = q->standby && db->standby;
    if (copies) l = qn_db_standby_lane(&way, db, q->lane);
    int err = qn_db_queue_new(&c, db, l, arena, q, fn, ctx);
    if (err) return err;
    if (copies) qn_db_standby_begin(c, &way, qn_mono_ms());
    qn_db_queue_put(db, c);
    return QN_OK;
}

void qn_db_log(const char *stmt, const qn_db_result *r)
{
    if (r->err == QN_EDB) qn_error("statement %s: %s %s", stmt, r->sqlstate, r->message ? r->message : "");
}

int qn_db_error(const qn_db_result *r)
{
    static const char *const passing[] = { "40", "53", "57" };
    for (size_t i = 0; r->err == QN_EDB && i < sizeof passing / sizeof *passing; i++)
        if (!strncmp(r->sqlstate, passing[i], 2)) return QN_EUNAVAIL;
    return r->err;
}

qn_str qn_db_value(const qn_db_result *r, int row, int col)
{
    if (r->values && row >= 0 && row < r->rows && col >= 0 && col < r->cols) return r->values[row * r->cols + col];
    if (!r->res || row < 0 || row >= r->rows || col < 0 || col >= r->cols || PQgetisnull(r->res, row, col))
        return (qn_str){ NULL, 0 };
    return (qn_str){ PQgetvalue(r->res, row, col), (size_t)PQgetlength(r->res, row, col) };
}

int64_t qn_db_int(const qn_db_result *r, int row, int col, int64_t if_null)
{
    int64_t v = if_null;
    qn_str s = qn_db_value(r, row, col);
    if (s.p) (void)qn_str_i64(&v, s);
    return v;
}

bool qn_db_bool(const qn_db_result *r, int row, int col)
{
    return qn_str_eqz(qn_db_value(r, row, col), "t");
}
