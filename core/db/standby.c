/* Reads from standbys. `db->standby` is a second set of lanes (read and slow) on [database] read_url; its calls are the
 * same statements, and whatever goes wrong there is asked of the primary again, within the call's deadline.
 *
 * Which answers are right. Every change that this node knows of, because it acknowledged it or heard of it, has moved
 * the node's stamp (loop/shm.h) before anybody was told. The listener marks (loop/mark.h) up to which stamp everything
 * stands before which position of the primary's log. A connection asks its standby from time to time how far it has
 * replayed: a commit that was replayed is seen by every snapshot that is taken later, the position is told only when
 * its record has been applied, and a session stays with one server, whose position never goes back. So where, at the
 * moment of a call, the newest mark covers the node's stamp and a connection's standby had replayed the mark's
 * position, what is sent there afterwards sees all that this node knows of at that moment. The reads themselves need
 * nothing in addition; only the first ones after a change wait for the answer to such a question, some tenths of a
 * millisecond, and go to the primary where it is "not yet".
 *
 * The same holds of the clock. What was published at a moment of the primary's clock is not yet live by a standby's
 * that is late: its clock must have shown as much as the primary's did at the mark. Clocks that differ by more than
 * some tenths of a second make no standby: what is embargoed would show too early there, or too late.
 *
 * Positions compare within one log: the cluster, the database and the timeline must be the same as the listener's. A
 * standby that went another way at a promotion is on another timeline.
 *
 * While the primary is away the standby is asked without that. Such an answer says so (`apart`), and how much of what
 * the node knows is in it (`known`). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/db_priv.h"
#include "db/logname.h"
#include "db/migrate.h"

enum {
    HEARD_MS = 1000, /* as for what is kept (http/cached.c): an older beat, and other nodes' changes are not known of */
    CLOCKS_US = 500000,
    WAIT_US = 20000, /* a call waits for the answer so long at most: many times what that takes in one network */
    GAP_FIRST_MS = 1,
    GAP_MAX_MS = 250, /* between two questions to a standby that stays behind */
    HOPS_MAX = 2      /* primary, standby, primary */
};

/* Its schema is as new as this program's, its log is the primary's, and so far it has replayed. */
static const char ask_sql[] = "select " QN_LOG_NAME_COLUMNS ", (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::text,"
                              " (extract(epoch from clock_timestamp()) * 1000000)::bigint,"
                              " (select count(*) from quoin.migration where name = any($1::text[]))";
enum { COL_RECOVERING = 2, COL_REPLAYED, COL_CLOCK, COL_MIGRATIONS };

/* ---- what is said in the log ------------------------------------------------------------------------------------- */

static bool is_known(const qn_db_conn *c)
{
    return c->state == QN_DB_UP && c->log.system != 0;
}

static bool any_known(const qn_db_lane *l)
{
    for (unsigned i = 0; i < l->n; i++)
        if (is_known(&l->conns[i])) return true;
    return false;
}

/* Once when the last connection is gone, or the first attempts lead nowhere. */
void qn_db_standby_away(qn_db *s, const char *why)
{
    if (s->said == QN_DB_SAID_AWAY || any_known(&s->lanes[QN_LANE_READ]) || any_known(&s->lanes[QN_LANE_SLOW])) return;
    s->said = QN_DB_SAID_AWAY;
    qn_warn("standby: away, the primary is asked instead: %.*s", (int)strcspn(why, "\n"), why);
}

static void say_used(const qn_db_conn *c)
{
    qn_db *s = c->lane->db;
    if (s->said == QN_DB_SAID_USED) return;
    s->said = QN_DB_SAID_USED;
    qn_info("standby: published things are read from %s port %s", PQhost(c->pg), PQport(c->pg));
}

static bool is_there(const qn_db_conn *c, const qn_log_name *log, uint64_t lsn, int64_t clock_us)
{
    return is_known(c) && c->log.system == log->system && c->log.timeline == log->timeline && c->replayed >= lsn &&
           c->clock_us >= clock_us;
}

/* ---- how far it is ----------------------------------------------------------------------------------------------- */

/* The names of this program's migrations as an array. */
static const char *migrations(unsigned *n)
{
    static char text[2048];
    const qn_migration *list = qn_migrations(n);
    size_t at = 0;
    if (*text) return text;
    for (unsigned i = 0; i < *n && at < sizeof text; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, "%c%s%s", i ? ',' : '{', list[i].name,
                               i + 1 == *n ? "}" : "");
    return text;
}

/* Sent by the pump: where it cannot be, the connection is lost, and who calls us does not want to be called back. */
static void ask(qn_db_conn *c)
{
    c->asking = c->to_ask = true;
    c->asked_us = qn_mono_us();
    qn_db_wake(c->lane->db);
}

static void ask_when_due(qn_db_conn *c, int64_t now)
{
    if (!c->asking && now >= c->ask_at_ms && qn_db_pipe_has_room(c)) ask(c);
}

void qn_db_standby_ask(qn_db_lane *l)
{
    unsigned n;
    for (unsigned i = 0; i < l->n; i++) {
        qn_db_conn *c = &l->conns[i];
        if (!c->to_ask || c->state != QN_DB_UP) continue;
        c->to_ask = false;
        (void)qn_db_pipe_ask(c, ask_sql, migrations(&n));
    }
}

void qn_db_standby_up(qn_db_conn *c)
{
    c->ask_gap_ms = 0;
    c->ask_at_ms = 0;
    ask(c);
}

void qn_db_standby_down(qn_db_conn *c, const char *why)
{
    c->log = (qn_log_name){ 0 };
    c->replayed = 0;
    c->asking = c->to_ask = false;
    qn_db_standby_away(c->lane->db, why);
}

/* For certain: the two clocks were looked at from here, with some time on the way to each. */
static bool differs(const qn_mark *m, int64_t clock_us, int64_t asked_us)
{
    int64_t late = asked_us + m->ahead_least_us - clock_us, early = clock_us - (qn_mono_us() + m->ahead_most_us);
    return late > CLOCKS_US || early > CLOCKS_US;
}

/* NULL: it may be used. */
static const char *unfit(const qn_db_conn *c, const PGresult *r, const qn_log_name *log, bool recovering,
                         int64_t clock_us)
{
    const qn_db *s = c->lane->db;
    unsigned want, have = (unsigned)strtoul(PQgetvalue(r, 0, COL_MIGRATIONS), NULL, 10);
    qn_mark m;
    (void)migrations(&want);
    if (!recovering) return "the server is no standby (a primary, or promoted)";
    if (have < want) return "its schema is older than this program: it has not replayed the last migrations";
    if (!qn_mark_newest(&m, s->shm)) return NULL;
    if (m.log.system != log->system) return "it is of another cluster or database than [database] url";
    return differs(&m, clock_us, c->asked_us) ? "its clock and the primary's differ by more than half a second" : NULL;
}

static bool lose(qn_db_conn *c, PGresult *r, const char *why)
{
    char text[256];
    snprintf(text, sizeof text, "%s", why);
    PQclear(r);
    qn_db_conn_lose(c, text);
    return false;
}

static void ask_later(qn_db_conn *c, bool there)
{
    c->ask_gap_ms = there ? 0 : c->ask_gap_ms ? c->ask_gap_ms * 2 : GAP_FIRST_MS;
    if (c->ask_gap_ms > GAP_MAX_MS) c->ask_gap_ms = GAP_MAX_MS;
    c->ask_at_ms = qn_mono_ms() + c->ask_gap_ms;
}

/* It was in the way of the replay, or had to wait too long. */
static bool was_canceled(const PGresult *r)
{
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    return state && (!strcmp(state, "40001") || !strcmp(state, "57014"));
}

bool qn_db_standby_told(qn_db_conn *c, PGresult *r)
{
    qn_log_name log;
    bool recovering;
    qn_mark m;
    c->asking = false;
    if (was_canceled(r)) {
        PQclear(r);
        ask_later(c, false);
        return true;
    }
    if (PQresultStatus(r) != PGRES_TUPLES_OK) return lose(c, r, PQresultErrorMessage(r));
    if (qn_log_name_read(&log, &recovering, r, 0)) return lose(c, r, "it does not say which log it replays");
    int64_t clock_us = 0;
    (void)qn_str_i64(&clock_us, qn_str_of(PQgetvalue(r, 0, COL_CLOCK)));
    const char *why = unfit(c, r, &log, recovering, clock_us);
    if (why) return lose(c, r, why);
    bool first = !is_known(c);
    uint64_t lsn = 0;
    (void)qn_str_u64(&lsn, qn_str_of(PQgetvalue(r, 0, COL_REPLAYED)), 0, UINT64_MAX);
    PQclear(r);
    if (!qn_mark_newest(&m, c->lane->db->shm)) { /* nothing to compare it with: to be asked again */
        ask_later(c, false);
        return true;
    }
    c->log = log;
    c->replayed = lsn;
    c->clock_us = clock_us;
    if (first) say_used(c);
    ask_later(c, is_there(c, &m.log, m.lsn, m.clock_us));
    return true;
}

void qn_db_standby_doubt(qn_db_conn *c)
{
    c->replayed = 0;
}

/* ---- where a call goes ------------------------------------------------------------------------------------------- */

bool qn_db_standby_suits(const qn_db_conn *c, const qn_db_callee *call)
{
    const qn_log_name *log = &c->lane->db->log;
    if (call->apart) return is_known(c) && c->log.system == log->system;
    return is_there(c, log, call->need, call->need_us);
}

typedef enum { BEHIND, ASKED, THERE } progress;

static bool may_say_so(const qn_db_conn *c)
{
    return c->asking && qn_mono_us() - c->asked_us < WAIT_US;
}

/* Asks those that are not as far as the mark how far they are. */
static progress look(qn_db_lane *l, const qn_mark *m)
{
    progress best = BEHIND;
    int64_t now = qn_mono_ms();
    for (unsigned i = 0; i < l->n; i++) {
        qn_db_conn *c = &l->conns[i];
        if (c->state != QN_DB_UP) continue;
        if (is_there(c, &m->log, m->lsn, m->clock_us)) {
            best = THERE;
            continue;
        }
        ask_when_due(c, now);
        if (best == BEHIND && may_say_so(c)) best = ASKED;
    }
    return best;
}

void qn_db_standby_begin(qn_db_callee *c, const qn_db_ways *way, int64_t now)
{
    c->copies = true;
    c->need = way->need;
    c->need_us = way->need_us;
    c->apart = way->apart;
    c->until_ms = c->deadline_ms;
    bool shorter = way->wait_ms && !way->apart && now + way->wait_ms < c->until_ms;
    if (shorter) c->deadline_ms = now + way->wait_ms;
}

qn_db_lane *qn_db_standby_lane(qn_db_ways *way, qn_db *db, qn_lane kind)
{
    qn_db_lane *l = &db->lanes[kind], *s = &db->standby->lanes[kind];
    qn_mark m;
    int64_t now = qn_mono_ms();
    *way = (qn_db_ways){ 0 };
    if (!s->up || s->queued >= db->queue_limit || !qn_mark_newest(&m, db->shm)) return l;
    db->standby->log = m.log;
    bool heard = now - atomic_load(&db->shm->node.listener_beat_ms) <= HEARD_MS;
    db->hangs = db->hangs && !heard;
    bool away = db->hangs || !l->up;
    if (!heard && !away) {
        /* It may be the listener that is away, or a primary that hangs: half of the time is the standby's then. */
        if (any_known(s)) way->wait_ms = l->timeout_ms / 2;
        return l;
    }
    bool covered = m.stamp >= qn_epoch_now(db->shm);
    progress p = covered || away ? look(s, &m) : BEHIND;
    if (covered && p != BEHIND) {
        *way = (qn_db_ways){ .need = m.lsn,
                             .need_us = m.clock_us,
                             .apart = !heard,
                             .wait_ms = p == ASKED ? WAIT_US / 1000 : s->timeout_ms };
        return s;
    }
    /* The primary is waited for as long as ever before anything is told that may be out of date. */
    bool waited = db->hangs || (away && now >= l->down_since_ms + db->away_after_ms);
    if (!waited || !any_known(s)) return l;
    *way = (qn_db_ways){ .apart = true, .wait_ms = s->timeout_ms };
    return s;
}

/* ---- how a call ends --------------------------------------------------------------------------------------------- */

void qn_db_standby_sent(qn_db_callee *call)
{
    int64_t until = qn_mono_ms() + call->lane->timeout_ms;
    for (; call; call = call->ride) call->deadline_ms = call->apart || until > call->until_ms ? call->until_ms : until;
}

void qn_db_standby_answered(const qn_db_conn *c, qn_db_callee *call)
{
    uint64_t known = call->apart ? qn_mark_stamp_at(c->lane->db->shm, c->replayed) : 0;
    for (; call; call = call->ride) call->known = known;
}

void qn_db_standby_failed(qn_db_callee *call)
{
    for (qn_db_callee *next; call; call = next) {
        next = qn_db_each_split(call);
        qn_db_callee_end(call, QN_EUNAVAIL, false, "the standby could not answer", NULL);
    }
}

/* The other side of the one that failed; NULL: there is none to ask. */
static qn_db_lane *other_side(const qn_db_callee *c, int err, int64_t now)
{
    qn_db *db = c->lane->db;
    if (db->primary) {
        qn_db_lane *l = &db->primary->lanes[c->lane->kind];
        bool away = !l->up && (c->apart || now >= l->down_since_ms + db->primary->away_after_ms);
        return away ? NULL : l;
    }
    if ((err != QN_EUNAVAIL && err != QN_ETIMEOUT) || !db->standby) return NULL;
    qn_db_lane *s = &db->standby->lanes[c->lane->kind];
    return any_known(s) ? s : NULL;
}

bool qn_db_standby_instead(qn_db_callee *c, int err)
{
    int64_t now = qn_mono_ms();
    if (!c->ticket || c->hops >= HOPS_MAX || now >= c->until_ms) return false;
    qn_db_lane *to = other_side(c, err, now);
    qn_db_callee *again = to ? qn_db_callee_again(c, to) : NULL;
    if (!again) return false;
    if (err == QN_ETIMEOUT && !c->lane->db->primary) c->lane->db->hangs = true;
    again->hops = c->hops + 1;
    again->apart = to->db->primary != NULL;
    again->until_ms = again->deadline_ms = c->until_ms;
    qn_db_lane_queue(to, again, false);
    qn_db_watch(to->db, again->deadline_ms);
    if (!to->up) qn_db_watch(to->db, to->down_since_ms + to->db->away_after_ms);
    qn_db_wake(to->db);
    return true;
}

static bool has_way(const qn_db_lane *l, const qn_db_callee *call)
{
    for (unsigned i = 0; i < l->n; i++)
        if (qn_db_standby_suits(&l->conns[i], call) || may_say_so(&l->conns[i])) return true;
    return false;
}

void qn_db_standby_review(qn_db_lane *l)
{
    qn_db_link lost;
    qn_db_link_init(&lost);
    for (qn_db_link *at = l->queue.next, *after; at != &l->queue; at = after) {
        qn_db_callee *call = (qn_db_callee *)(void *)at;
        after = at->next;
        if (has_way(l, call)) continue;
        qn_db_lane_unqueue(call);
        qn_db_link_insert(&lost, &call->link);
    }
    while (!qn_db_link_empty(&lost))
        qn_db_callee_end((qn_db_callee *)(void *)lost.next, QN_EUNAVAIL, false, "the standby went away", NULL);
}
