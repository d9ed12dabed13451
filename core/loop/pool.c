#include "loop/pool.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef enum { QUEUED, RUNNING, FINISHED } task_state;

struct qn_task {
    qn_task *next;
    qn_pool *pool;
    void (*work)(void *ctx);
    void (*done)(void *ctx, bool canceled);
    void *ctx;
    task_state state; /* under the pool's lock */
    bool canceled;    /* under the pool's lock */
};

typedef struct {
    qn_task *first, **last;
} queue;

struct qn_pool {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    queue todo, finished; /* under the lock */
    unsigned queued, max_queued;
    bool stopping; /* under the lock */
    unsigned wanted, started;
    pthread_t *threads;
    int fd; /* eventfd: something was finished */
    struct event *ev;
};

static void put(queue *q, qn_task *t)
{
    t->next = NULL;
    *q->last = t;
    q->last = &t->next;
}

static qn_task *take(queue *q)
{
    qn_task *t = q->first;
    if (!t) return NULL;
    q->first = t->next;
    if (!q->first) q->last = &q->first;
    return t;
}

static void unlink_task(queue *q, qn_task *t)
{
    for (qn_task **at = &q->first; *at; at = &(*at)->next) {
        if (*at != t) continue;
        *at = t->next;
        if (!t->next) q->last = at;
        return;
    }
}

/* With the lock held. */
static void finish(qn_pool *p, qn_task *t)
{
    t->state = FINISHED;
    put(&p->finished, t);
    uint64_t one = 1;
    ssize_t n;
    do n = write(p->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

static void *run(void *arg)
{
    qn_pool *p = arg;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->stopping && !p->todo.first) pthread_cond_wait(&p->wake, &p->lock);
        if (p->stopping) break;
        qn_task *t = take(&p->todo);
        p->queued--;
        t->state = RUNNING;
        pthread_mutex_unlock(&p->lock);
        t->work(t->ctx);
        pthread_mutex_lock(&p->lock);
        finish(p, t);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
    (void)what;
    qn_pool *p = arg;
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR) return;
    for (;;) {
        pthread_mutex_lock(&p->lock);
        qn_task *t = take(&p->finished);
        bool canceled = t && t->canceled;
        pthread_mutex_unlock(&p->lock);
        if (!t) return;
        t->done(t->ctx, canceled);
        free(t);
    }
}

int qn_pool_new(qn_pool **out, qn_loop *l, unsigned threads, unsigned max_queued)
{
    int rc = QN_ENOMEM;
    qn_pool *p = calloc(1, sizeof *p);
    if (!p) return rc;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    p->todo.last = &p->todo.first;
    p->finished.last = &p->finished.first;
    p->wanted = threads ? threads : 1;
    p->max_queued = max_queued;
    p->threads = calloc(p->wanted, sizeof *p->threads);
    p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->fd < 0) rc = QN_EIO;
    if (!p->threads || p->fd < 0) goto out;
    p->ev = event_new(qn_loop_base(l), p->fd, EV_READ | EV_PERSIST, on_finished, p);
    if (!p->ev || event_add(p->ev, NULL) < 0) goto out;
    *out = p;
    return 0;
out:
    qn_pool_free(&p);
    return rc;
}

/* Signals are the loop's: a pool thread must not be interrupted by one. */
static int start_threads(qn_pool *p)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (p->started < p->wanted) {
        if (pthread_create(&p->threads[p->started], NULL, run, p)) break;
        p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return p->started ? 0 : QN_ENOMEM;
}

void qn_pool_stop(qn_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (unsigned i = 0; i < p->started; i++) pthread_join(p->threads[i], NULL);
    p->started = 0;

    qn_task *t;
    while ((t = take(&p->finished))) {
        t->done(t->ctx, t->canceled);
        free(t);
    }
    while ((t = take(&p->todo))) {
        t->done(t->ctx, true);
        free(t);
    }
    p->queued = 0;
}

void qn_pool_free(qn_pool **pp)
{
    if (!pp || !*pp) return;
    qn_pool *p = *pp;
    *pp = NULL;
    qn_pool_stop(p);
    if (p->ev) event_free(p->ev);
    if (p->fd >= 0) close(p->fd);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p->threads);
    free(p);
}

int qn_pool_submit(qn_task **out, qn_pool *p, void (*work)(void *ctx), void (*done)(void *ctx, bool canceled),
                   void *ctx)
{
    if (p->stopping) return QN_EBUSY; /* set by this thread only */
    if (p->started < p->wanted && start_threads(p)) return QN_ENOMEM;
    qn_task *t = malloc(sizeof *t);
    if (!t) return QN_ENOMEM;
    *t = (qn_task){ .pool = p, .work = work, .done = done, .ctx = ctx, .state = QUEUED };
    pthread_mutex_lock(&p->lock);
    bool full = p->queued >= p->max_queued;
    if (!full) {
        put(&p->todo, t);
        p->queued++;
        pthread_cond_signal(&p->wake);
    }
    pthread_mutex_unlock(&p->lock);
    if (full) {
        free(t);
        return QN_EBUSY;
    }
    if (out) *out = t;
    return 0;
}

void qn_task_cancel(qn_task *t)
{
    qn_pool *p = t->pool;
    pthread_mutex_lock(&p->lock);
    t->canceled = true;
    if (t->state == QUEUED) {
        unlink_task(&p->todo, t);
        p->queued--;
        finish(p, t);
    }
    pthread_mutex_unlock(&p->lock);
}
