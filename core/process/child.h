/**
 * What every child of the master begins and ends with. Internal to process/.
 */
#ifndef QN_PROCESS_CHILD_H
#define QN_PROCESS_CHILD_H

#include <signal.h>

#include "base/config.h"
#include "loop/loop.h"
#include "loop/shm.h"
#include "plugin/plugin.h"
#include "process/process.h"
#include "process/user.h"

/** What a child gets from the master; everything is borrowed and stays until the child ends. */
typedef struct {
    qn_proc_kind kind;
    int index;         /**< of a worker, from 1 */
    const char *label; /**< "worker 1" */
    pid_t master;
    const qn_user *user;
    const sigset_t *mask; /**< signals blocked before the master blocked its own */
    const qn_config *config;
    qn_plugins *plugins;
    qn_shm *shm;
    qn_slot *slot;
    const char *conninfo;       /**< of the runtime role */
    const char *owner_conninfo; /**< of the owning role; setup only uses it */
    const char *data_dir;
    bool embedded;
    const int *listen_fds; /**< workers only: closed in the others */
    size_t nlisten;
} qn_child;

/** Becomes the child: no root, ends with the master, signals as by default but SIGINT, SIGHUP and SIGPIPE ignored (a
 * Ctrl-C of the terminal is the master's to act on). QN_EIO: it must end at once. [init] */
int qn_child_begin(const qn_child *c, qn_errmsg *e);

/** The loop of a long-lived child: its beat, and what SIGTERM and SIGUSR1 mean to it. */
typedef struct {
    qn_loop *loop;
    qn_slot *slot;
    qn_timer *beat;
    struct event *term, *usr1;
    void (*on_stop)(void *ctx);   /**< called once, on the first SIGTERM */
    void (*on_reopen)(void *ctx); /**< may be NULL */
    void *ctx;
    bool stopping;
} qn_child_loop;

/** Opens a loop with its beat and signals. QN_ENOMEM, QN_EIO. */
int qn_child_loop_open(qn_child_loop *l, const qn_child *c, void (*on_stop)(void *ctx), void (*on_reopen)(void *ctx),
                       void *ctx);
void qn_child_loop_close(qn_child_loop *l);
void qn_child_ready(const qn_child *c);

/** The children's own work; each returns its exit status. Setup returns 2 when the server must not start. */
int qn_setup_main(const qn_child *c);
int qn_worker_main(const qn_child *c);
int qn_listener_main(const qn_child *c);
int qn_jobs_main(const qn_child *c);

#endif
