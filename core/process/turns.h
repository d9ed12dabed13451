/**
 * Workers that share a core. A request wakes its worker, and a worker that is woken takes the core from the one at work,
 * in the middle of what that one holds in its caches: measured with two workers on one core and both at their limit, some
 * 4,000 times a second and 4% of the time (tests/bench/README.md, row `cpu`). A worker that is interrupted that often
 * asks to be scheduled as a batch (sched(7), SCHED_BATCH): it then waits for its turn, and the others' turns last.
 *
 * Not always: beside a process that only computes, a batch waits milliseconds for a turn where a worker would have
 * answered in 0.1 ms. So it is asked for only where interruptions were counted, for two seconds, and then they are counted anew.
 * Internal to process/.
 */
#ifndef QN_PROCESS_TURNS_H
#define QN_PROCESS_TURNS_H

#include <stdbool.h>

#include "loop/loop.h"

enum {
    QN_TURNS_LOOK_MS = 250,     /**< how long interruptions are counted */
    QN_TURNS_INTERRUPTED = 125, /**< in one look, from which the thread becomes a batch: 500 a second */
    QN_TURNS_LOOKS = 9          /**< looks of a round; in the first of each no thread is a batch */
};

typedef struct {
    qn_timer *look;
    long interrupted; /**< of the thread since it began, as of the last look */
    bool batch;
} qn_turns;

/** Whether the thread is to be a batch in the look `nth`, when `interrupted` times were counted in the one before. Looks are
 * numbered by the machine's clock: who is a batch interrupts nobody, so all workers have to count at once. [any] */
bool qn_turns_next(qn_turns *t, int64_t nth, long interrupted);

/** Begins to look, on the loop of the calling thread; close it before the loop. A thread that was started under a policy
 * keeps that, and a kernel that refuses the change is asked once. QN_ENOMEM. [loop] */
int qn_turns_open(qn_turns *t, qn_loop *l);
void qn_turns_close(qn_turns *t);

#endif
