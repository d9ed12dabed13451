#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"
#include "db/pgnotice.h"

enum { DELAY_FIRST_MS = 20, STEADY_MS = 1000, SAY_EVERY_MS = 10000 };

static const char *lane_name(const qn_db_lane *l)
{
    static const char *const names[] = { "read", "slow", "write" };
    return names[l->kind];
}

/* libpq ends its messages with a line break, and has several for several addresses. */
static void one_line(char *out, size_t n, const char *text)
{
    snprintf(out, n, "%s", text ? text : "");
    for (char *p = out; *p; p++)
        if (*p == '\n' || *p == '\t') *p = ' ';
    for (size_t len = strlen(out); len && out[len - 1] == ' ';) out[--len] = '\0';
}

/* ---- going down -------------------------------------------------------------------------------------------------- */

static void drop_socket(qn_db_conn *c)
{
    if (c->ev_read) event_free(c->ev_read);
    if (c->ev_write) event_free(c->ev_write);
    c->ev_read = c->ev_write = NULL;
    c->writing = false;
    PQfinish(c->pg); /* after its events: the number of the socket may be another's at once */
    c->pg = NULL;
}

/* The next attempt: soon after a loss, later and later while they fail, and not all of a node's processes together. */
static void retry_later(qn_db_conn *c)
{
    c->state = QN_DB_DOWN;
    c->since_ms = qn_mono_ms();
    int delay = c->delay_ms < DELAY_FIRST_MS ? DELAY_FIRST_MS : c->delay_ms;
    int most = c->lane->db->delay_max_ms;
    c->delay_ms = delay * 2 > most ? most : delay * 2;
    qn_timer_start(c->timer, delay - (int64_t)(qn_mono_us() % (delay / 4 + 1)));
}

static void say_failed(qn_db_conn *c, const char *why)
{
    qn_db *db = c->lane->db;
    char text[256];
    int64_t now = qn_mono_ms();
    if (db->primary) {
        one_line(text, sizeof text, why);
        qn_db_standby_away(db, text);
        return;
    }
    if (c->lane->up || (db->said_ms && now - db->said_ms < SAY_EVERY_MS)) return;
    db->said_ms = now;
    one_line(text, sizeof text, why);
    qn_warn("database: the %s lane cannot connect: %s", lane_name(c->lane), text);
}

static void fail_attempt(qn_db_conn *c, const char *why)
{
    say_failed(c, why);
    drop_socket(c);
    retry_later(c);
}

static void note_down(qn_db_conn *c, const char *why)
{
    qn_db_lane *l = c->lane;
    qn_db *db = l->db;
    int64_t now = qn_mono_ms();
    char text[256];
    one_line(text, sizeof text, why);
    if (--l->up == 0) {
        l->down_since_ms = now;
        qn_db_watch(db, now + db->away_after_ms);
    }
    c->delay_ms = now - c->since_ms >= STEADY_MS ? 0 : c->delay_ms;
    if (--db->up == 0) db->away_since_ms = now;
    if (db->primary) {
        c->state = QN_DB_DOWN;
        qn_db_standby_down(c, text);
    } else if (db->up == 0) {
        db->said_ms = now;
        qn_warn("database: away: %s", text);
    } else {
        qn_info("database: %s connection %u lost: %s", lane_name(l), c->number, text);
    }
}

/* What becomes of a call whose connection was lost. A read changes nothing: once more, where there is time. */
static void part_from(qn_db_callee *call, bool sent, qn_db_link *dead, qn_db_link *again)
{
    bool write = call->lane->kind == QN_LANE_WRITE;
    int64_t now = qn_mono_ms();
    if (!call->ticket) {
        qn_db_callee_free(call);
    } else if (call->lane->db->primary || call->tx) {
        qn_db_link_insert(dead, &call->link); /* asked of the primary then; or all of its transaction is gone */
    } else if (!sent || (!write && !call->lost_ms && call->deadline_ms > now)) {
        if (sent) call->lost_ms = now;
        qn_db_link_insert(again, &call->link);
    } else {
        qn_db_link_insert(dead, &call->link);
    }
}

static void part_from_all(qn_db_callee *call, qn_db_link *dead, qn_db_link *again)
{
    for (qn_db_callee *next; call; call = next) {
        next = qn_db_each_split(call);
        part_from(call, true, dead, again);
    }
}

static void free_all(qn_db_callee *call)
{
    for (qn_db_callee *next; call; call = next) {
        next = qn_db_each_split(call);
        qn_db_callee_free(call);
    }
}

void qn_db_conn_lose(qn_db_conn *c, const char *why)
{
    qn_db_lane *l = c->lane;
    qn_db_link dead, again;
    qn_db_link_init(&dead);
    qn_db_link_init(&again);
    note_down(c, why);
    drop_socket(c);
    part_from_all(c->commit, &dead, &again);
    c->commit = NULL;
    while (!qn_db_link_empty(&c->skipped)) {
        qn_db_link *first = c->skipped.next;
        qn_db_link_remove(first);
        part_from((qn_db_callee *)(void *)first, false, &dead, &again);
    }
    for (unsigned i = 0; i < c->owed_n; i++) part_from_all(qn_db_pipe_owed(c, i)->call, &dead, &again);
    c->owed_n = c->owed_at = c->inflight = c->each = c->open = c->blanks = 0;
    qn_db_stmts_clear(&c->stmts);
    qn_tx_lost(c, &dead);
    retry_later(c);
    while (!qn_db_link_empty(&again)) qn_db_lane_queue(l, (qn_db_callee *)(void *)again.prev, true);
    if (l->queued) qn_db_wake(l->db);
    /* Callbacks last: this connection is in order again. */
    while (!qn_db_link_empty(&dead)) {
        qn_db_callee *call = (qn_db_callee *)(void *)dead.next;
        qn_db_callee_end(call, QN_EUNAVAIL, qn_db_is_unsure(call), "the connection was lost", NULL);
    }
}

/* ---- coming up --------------------------------------------------------------------------------------------------- */

static void on_read(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_db_pipe_read(arg);
}

static void on_write(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    qn_db_conn *c = arg;
    c->writing = false;
    qn_db_pipe_flush(c);
}

/* Who waits for a later attempt need wait no more. */
static void wake_others(qn_db *db)
{
    for (unsigned k = 0; k < 3; k++)
        for (unsigned i = 0; i < db->lanes[k].n; i++)
            if (db->lanes[k].conns[i].state == QN_DB_DOWN) qn_timer_start(db->lanes[k].conns[i].timer, 0);
}

static void note_up(qn_db_conn *c)
{
    qn_db_lane *l = c->lane;
    qn_db *db = l->db;
    c->state = QN_DB_UP;
    c->since_ms = qn_mono_ms();
    c->server_timeout_ms = l->timeout_ms;
    c->generic = false;
    l->up++;
    if (db->up++ == 0 && db->primary) {
        wake_others(db);
    } else if (db->up == 1) {
        qn_info("database: connected after %lld ms", (long long)(c->since_ms - db->away_since_ms));
        db->said_ms = 0;
        wake_others(db);
    }
    if (l->queued) qn_db_wake(db);
    if (db->primary) qn_db_standby_up(c);
}

static void come_up(qn_db_conn *c)
{
    struct event_base *base = qn_loop_base(c->lane->db->loop);
    qn_timer_stop(c->timer);
    c->ev_read = event_new(base, PQsocket(c->pg), EV_READ | EV_PERSIST, on_read, c);
    c->ev_write = event_new(base, PQsocket(c->pg), EV_WRITE, on_write, c);
    if (!c->ev_read || !c->ev_write || PQsetnonblocking(c->pg, 1) || !PQenterPipelineMode(c->pg) ||
        event_add(c->ev_read, NULL)) {
        fail_attempt(c, "out of memory");
        return;
    }
    note_up(c);
}

static void poll_attempt(qn_db_conn *c);

static void on_attempt(evutil_socket_t fd, short what, void *arg)
{
    (void)fd, (void)what;
    poll_attempt(arg);
}

/* libpq may have closed its socket and opened another: watched anew each time, and never while it is being polled. */
static void poll_attempt(qn_db_conn *c)
{
    if (c->ev_read) event_free(c->ev_read);
    c->ev_read = NULL;
    PostgresPollingStatusType st = PQconnectPoll(c->pg);
    if (st == PGRES_POLLING_OK) {
        come_up(c);
        return;
    }
    if (st != PGRES_POLLING_READING && st != PGRES_POLLING_WRITING) {
        fail_attempt(c, PQerrorMessage(c->pg));
        return;
    }
    short want = st == PGRES_POLLING_READING ? EV_READ : EV_WRITE;
    c->ev_read = event_new(qn_loop_base(c->lane->db->loop), PQsocket(c->pg), want, on_attempt, c);
    if (!c->ev_read || event_add(c->ev_read, NULL)) fail_attempt(c, "out of memory");
}

/* The session as every lane wants it, in the start-up message: no round trip. Reads cannot write, so a lost one may be
 * repeated. Without sequential scans: plans are kept, and one that was made while a table was a page small would read
 * it whole when it is not (until the next ANALYZE); there is an index for whatever is asked. */
static char *session_options(const qn_db_conn *c)
{
    const qn_db_lane *l = c->lane;
    char *text = NULL;
    int n =
        asprintf(&text,
                 "%s%s-c search_path=quoin -c timezone=UTC -c datestyle=ISO -c client_min_messages=warning -c jit=off "
                 "-c enable_seqscan=off " QN_PG_LOOK_EARLY " -c statement_timeout=%d%s%s",
                 l->db->options, l->db->options[0] ? " " : "", l->timeout_ms,
                 l->kind == QN_LANE_WRITE ? "" : " -c default_transaction_read_only=on",
                 c->lane->kind == QN_LANE_READ ? " -c plan_cache_mode=force_generic_plan" : "");
    return n < 0 ? NULL : text;
}

static void begin_attempt(qn_db_conn *c)
{
    qn_db *db = c->lane->db;
    char *options = session_options(c);
    qn_hosts_turn turn = qn_hosts_from(db->hosts, c->first = db->first);
    /* What stands before dbname, which is the whole connection string, is a default; what stands after it is ours. */
    const char *const keys[] = { "tcp_user_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "gssencmode",
                                 "dbname",
                                 "application_name",
                                 "client_encoding",
                                 "options",
                                 "target_session_attrs",
                                 "host",
                                 "hostaddr",
                                 "port",
                                 NULL };
    const char *const values[] = { "10000",         "10",   "5",     "3",        "disable", db->conninfo,
                                   db->application, "UTF8", options, db->target, turn.host, turn.hostaddr,
                                   turn.port,       NULL };
    c->pg = options ? PQconnectStartParams(keys, values, 1) : NULL;
    free(options);
    c->state = QN_DB_CONNECTING;
    c->since_ms = qn_mono_ms();
    if (!c->pg || PQstatus(c->pg) == CONNECTION_BAD) {
        fail_attempt(c, c->pg ? PQerrorMessage(c->pg) : "out of memory");
        return;
    }
    PQsetNoticeReceiver(c->pg, qn_pgnotice, NULL);
    qn_timer_start(c->timer, db->connect_timeout_ms);
    /* Until PQconnectPoll was called it is to be taken as one that wants to write (libpq's manual). */
    c->ev_read = event_new(qn_loop_base(db->loop), PQsocket(c->pg), EV_WRITE, on_attempt, c);
    if (!c->ev_read || event_add(c->ev_read, NULL)) fail_attempt(c, "out of memory");
}

void qn_db_conn_start(qn_db_conn *c)
{
    qn_db *db = c->lane->db;
    char why[256];
    int looked = qn_hosts_look(db->hosts, why, sizeof why);
    if (looked == QN_EBUSY) {
        qn_timer_start(c->timer, QN_HOSTS_LOOK_MS);
        return;
    }
    if (looked) {
        fail_attempt(c, why);
        return;
    }
    begin_attempt(c);
}

/* The next one begins with another host, that of all connections: what one has found out the others need not. */
static void give_attempt_up(qn_db_conn *c)
{
    qn_db *db = c->lane->db;
    if (c->first == db->first) db->first++;
    fail_attempt(c, "no answer within [database] connect_timeout_ms");
}

static void on_timer(void *arg)
{
    qn_db_conn *c = arg;
    if (c->state == QN_DB_DOWN)
        qn_db_conn_start(c);
    else if (c->state == QN_DB_CONNECTING)
        give_attempt_up(c);
}

int qn_db_conn_init(qn_db_conn *c, qn_db_lane *lane, unsigned number)
{
    *c = (qn_db_conn){ .lane = lane, .number = number, .server_timeout_ms = lane->timeout_ms };
    qn_db_link_init(&c->skipped);
    qn_db_stmts_init(&c->stmts);
    int rc = qn_db_pipe_init(c);
    return rc ? rc : qn_timer_new(&c->timer, lane->db->loop, on_timer, c);
}

void qn_db_conn_clear(qn_db_conn *c)
{
    drop_socket(c);
    qn_timer_free(&c->timer);
    free_all(c->commit);
    c->commit = NULL;
    while (c->skipped.next && !qn_db_link_empty(&c->skipped))
        qn_db_callee_free((qn_db_callee *)(void *)c->skipped.next);
    for (unsigned i = 0; i < c->owed_n; i++) free_all(qn_db_pipe_owed(c, i)->call);
    c->owed_n = 0;
    free(c->owed);
    c->owed = NULL;
    if (c->stmts.lru.next) qn_db_stmts_clear(&c->stmts);
}
