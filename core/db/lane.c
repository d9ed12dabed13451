#include <stdlib.h>

#include "base/clock.h"
#include "db/db_priv.h"

/* Statements to a Sync in the read lane. Measured (2 cores, 3 KB rows, 2 connections, 64 in flight): a Sync each
 * 150,000 reads a second, one for a whole round 210,000: a Sync is a system call on either side, and a transaction. It
 * must not be too rare either: the server keeps small answers back until it comes. */
enum { SYNC_EVERY = 16 };

void qn_db_lane_queue(qn_db_lane *l, qn_db_callee *c, bool front)
{
    qn_db_link_remove(&c->link);
    qn_db_link_insert(front ? l->queue.next : &l->queue, &c->link);
    c->waiting = true;
    l->queued++;
}

void qn_db_lane_unqueue(qn_db_callee *c)
{
    if (!c->waiting) return;
    qn_db_link_remove(&c->link);
    c->waiting = false;
    c->lane->queued--;
}

/* Connections that have writes in hand which go together. */
static unsigned joined_at_work(const qn_db_lane *l)
{
    unsigned n = 0;
    for (unsigned i = 0; i < l->n; i++) n += l->conns[i].each > 0;
    return n;
}

/* It could take something of anybody's. */
static bool is_free(const qn_db_conn *c)
{
    return qn_db_pipe_has_room(c) && !c->tx && !c->to_roll_back;
}

/* Where the call goes: to the connection with the least on its way. One that was lost goes to none that stood at that
 * moment: what took its connection may have taken the others, and it has this one try. */
static qn_db_conn *pick(qn_db_lane *l, const qn_db_callee *call)
{
    qn_db_conn *best = NULL;
    if (call->tx) {
        bool any;
        qn_db_conn *its = qn_tx_conn(call, &any);
        if (!any) return its;
    }
    unsigned at_work = call->joined ? joined_at_work(l) : 0;
    for (unsigned i = 0; i < l->n; i++) {
        qn_db_conn *c = &l->conns[i];
        if (!is_free(c) || c->since_ms < call->lost_ms) continue;
        if (call->each && c->each >= QN_DB_EACH_AHEAD) continue;
        if (l->db->primary && !qn_db_standby_suits(c, call)) continue;
        if (call->joined && !call->alone && at_work >= QN_DB_JOINED_AT_WORK) continue;
        if (!best || c->inflight < best->inflight) best = c;
    }
    return best;
}

static bool is_full(const qn_db_lane *l)
{
    for (unsigned i = 0; i < l->n; i++)
        if (qn_db_pipe_has_room(&l->conns[i])) return false;
    return true;
}

/* How many of those that wait, with the one that was just taken for `c`, are its part: the others that could take
 * something now, `most` of them at once, have theirs. */
static unsigned part_of(const qn_db_lane *l, const qn_db_conn *c, unsigned most)
{
    unsigned idle = 1;
    for (unsigned i = 0; i < l->n; i++) idle += &l->conns[i] != c && is_free(&l->conns[i]);
    if (idle > most) idle = most;
    return (l->queued + idle) / idle;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* Calls that go with this one, which was taken for `c`. */
static void gather(qn_db_lane *l, qn_db_conn *c, qn_db_callee *call)
{
    if (call->alone) return;
    if (call->joined) {
        unsigned free_now = QN_DB_JOINED_AT_WORK - joined_at_work(l);
        qn_db_each_gather(c, call, least(QN_DB_JOINED_MAX, part_of(l, c, free_now)));
    } else if (call->each) {
        unsigned most = call->each_most ? call->each_most : QN_DB_EACH_MAX;
        qn_db_each_gather(c, call, l->depth == 1 ? least(most, part_of(l, c, l->n)) : most);
    }
}

/* Where statements may take long or write there is one in flight, with its Sync at once. */
static void send_on(qn_db_lane *l, qn_db_conn *c, qn_db_callee *call)
{
    bool alone = call->alone || l->depth == 1;
    qn_db_lane_unqueue(call);
    gather(l, c, call);
    if (!qn_db_pipe_send(c, call)) return;
    if (alone || c->open >= SYNC_EVERY) (void)qn_db_pipe_sync(c);
}

/* The first call of the queue that has a connection to go to; false: there is none. Losing one on the way changes the
 * queue, so each call is looked for from the start; what must be passed over is rare. */
static bool send_first(qn_db_lane *l)
{
    if (is_full(l)) return false;
    for (qn_db_link *at = l->queue.next; at != &l->queue; at = at->next) {
        qn_db_callee *call = (qn_db_callee *)(void *)at;
        qn_db_conn *c = pick(l, call);
        if (!c) continue;
        if (call->alone && c->open && !qn_db_pipe_sync(c)) return true;
        if (l->kind == QN_LANE_WRITE && !qn_db_pipe_alive(c)) return true;
        send_on(l, c, call);
        return true;
    }
    return false;
}

void qn_db_lane_pump(qn_db_lane *l)
{
    if (l->db->primary) qn_db_standby_ask(l);
    for (unsigned i = 0; i < l->n; i++)
        if (l->conns[i].to_roll_back && l->conns[i].state == QN_DB_UP && !l->conns[i].owed_n)
            (void)qn_db_pipe_roll_back(&l->conns[i]);
    while (!qn_db_link_empty(&l->queue) && send_first(l)) continue;
    for (unsigned i = 0; i < l->n; i++)
        if (l->conns[i].open) (void)qn_db_pipe_sync(&l->conns[i]);
    if (l->db->primary && l->queued) qn_db_standby_review(l);
}

void qn_db_lane_clear(qn_db_lane *l)
{
    for (unsigned i = 0; i < l->n; i++) qn_db_conn_clear(&l->conns[i]);
    while (l->queue.next && !qn_db_link_empty(&l->queue)) qn_db_callee_free((qn_db_callee *)(void *)l->queue.next);
    free(l->conns);
    l->conns = NULL;
    l->n = l->up = 0;
}
