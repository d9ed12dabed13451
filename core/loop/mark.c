#include "loop/mark.h"

/* The marks are a ring behind a counter that is odd while one is written. A listener that was killed in between leaves
 * it odd; the next one's first writing sets it right. Sequential order throughout: a mark moves some hundred times a
 * second at most, and a read of it costs what a read of any shared word does. */

enum { TRIES = 8 };

static uint64_t begin(qn_marks *m)
{
    uint64_t turn = atomic_load(&m->turn) | 1;
    atomic_store(&m->turn, turn);
    return turn;
}

static void end(qn_marks *m, uint64_t turn)
{
    atomic_store(&m->turn, turn + 1);
}

void qn_mark_log(qn_shm *s, qn_log_name log)
{
    qn_marks *m = &s->marks;
    uint64_t turn = begin(m);
    if (!qn_mark_is_log(s, log)) atomic_store(&m->n, 0);
    atomic_store(&m->system, log.system);
    atomic_store(&m->timeline, log.timeline);
    end(m, turn);
}

bool qn_mark_is_log(const qn_shm *s, qn_log_name log)
{
    return atomic_load(&s->marks.system) == log.system && atomic_load(&s->marks.timeline) == log.timeline;
}

void qn_mark_put(qn_shm *s, uint64_t stamp, uint64_t lsn, int64_t clock_us)
{
    qn_marks *m = &s->marks;
    uint64_t turn = begin(m), n = atomic_load(&m->n);
    atomic_store(&m->ring[n % QN_MARKS].stamp, stamp);
    atomic_store(&m->ring[n % QN_MARKS].lsn, lsn);
    atomic_store(&m->clock_us, clock_us);
    atomic_store(&m->n, n + 1);
    end(m, turn);
}

void qn_mark_clock(qn_shm *s, int64_t clock_us, int64_t from_us, int64_t to_us)
{
    qn_marks *m = &s->marks;
    uint64_t turn = begin(m);
    atomic_store(&m->ahead_least, clock_us - to_us);
    atomic_store(&m->ahead_most, clock_us - from_us);
    end(m, turn);
}

bool qn_mark_newest(qn_mark *out, const qn_shm *s)
{
    const qn_marks *m = &s->marks;
    uint64_t turn = atomic_load(&m->turn), n = atomic_load(&m->n);
    if (turn & 1 || n == 0) return false;
    const qn_mark_slot *newest = &m->ring[(n - 1) % QN_MARKS];
    qn_mark mark = { .log = { atomic_load(&m->system), atomic_load(&m->timeline) },
                     .stamp = atomic_load(&newest->stamp),
                     .lsn = atomic_load(&newest->lsn),
                     .clock_us = atomic_load(&m->clock_us),
                     .ahead_least_us = atomic_load(&m->ahead_least),
                     .ahead_most_us = atomic_load(&m->ahead_most) };
    if (atomic_load(&m->turn) != turn) return false;
    *out = mark;
    return true;
}

uint64_t qn_mark_stamp_at(const qn_shm *s, uint64_t lsn)
{
    const qn_marks *m = &s->marks;
    for (int i = 0; i < TRIES; i++) {
        uint64_t turn = atomic_load(&m->turn), n = atomic_load(&m->n), best = 0;
        if (turn & 1) continue;
        for (uint64_t k = n > QN_MARKS ? n - QN_MARKS : 0; k < n; k++) {
            const qn_mark_slot *one = &m->ring[k % QN_MARKS];
            uint64_t stamp = atomic_load(&one->stamp);
            if (atomic_load(&one->lsn) <= lsn && stamp > best) best = stamp;
        }
        if (atomic_load(&m->turn) == turn) return best;
    }
    return 0;
}
