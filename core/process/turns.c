#include "process/turns.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/log.h"

bool qn_turns_next(qn_turns *t, int64_t nth, long interrupted)
{
    if (nth % QN_TURNS_LOOKS == 0)
        t->batch = false;
    else if (interrupted >= QN_TURNS_INTERRUPTED)
        t->batch = true;
    return t->batch;
}

static long interruptions(void)
{
    struct rusage u;
    return getrusage(RUSAGE_THREAD, &u) ? 0 : u.ru_nivcsw;
}

static int become(bool batch)
{
    return sched_setscheduler(0, batch ? SCHED_BATCH : SCHED_OTHER, &(struct sched_param){ 0 });
}

static void start(qn_turns *t)
{
    qn_timer_start(t->look, QN_TURNS_LOOK_MS - qn_mono_ms() % QN_TURNS_LOOK_MS);
}

static void look(void *ctx)
{
    qn_turns *t = ctx;
    long now = interruptions();
    bool was = t->batch, is = qn_turns_next(t, qn_mono_ms() / QN_TURNS_LOOK_MS, now - t->interrupted);
    t->interrupted = now;
    if (was != is && become(is))
        qn_info("this system schedules no thread as a batch: %s", strerror(errno));
    else
        start(t);
}

int qn_turns_open(qn_turns *t, qn_loop *l)
{
    *t = (qn_turns){ .interrupted = interruptions() };
    if (sched_getscheduler(0) != SCHED_OTHER) return QN_OK; /* the operator's choice */
    int r = qn_timer_new(&t->look, l, look, t);
    if (!r) start(t);
    return r;
}

void qn_turns_close(qn_turns *t)
{
    qn_timer_free(&t->look);
}
