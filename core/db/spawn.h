/**
 * Children of the embedded server's keeper: run as the unprivileged user, with nothing inherited, and never longer than
 * a deadline. Internal to db. [init]
 */
#ifndef QN_DB_SPAWN_H
#define QN_DB_SPAWN_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

typedef struct {
    uid_t uid;
    gid_t gid;
} qn_spawn_user;

/** In a child: default signals, no supplementary groups, gid and uid of `u` (where root), umask 077, and `death_signal`
 * when `parent` ends. False when any of it failed or the parent has gone already. */
bool qn_spawn_become(const qn_spawn_user *u, int death_signal, pid_t parent);

/** In a child, right before exec: standard input from `in_fd` (-1: /dev/null), output and errors to `out_fd`, both
 * above 2; everything else closed. */
bool qn_spawn_descriptors(int in_fd, int out_fd);

/** A small, fixed environment for PostgreSQL's programs: none of the caller's PG* variables may reach them. */
extern char *const qn_spawn_environ[];

/** Runs `argv` (argv[0] is the path) as `u`, feeding it `input` (NULL: nothing), and collects what it prints into `out`
 * (NULL: dropped). Returns its exit status, 128 + signal, or QN_ETIMEOUT (then it was killed), QN_EIO, QN_ENOMEM. */
int qn_spawn_run(const qn_spawn_user *u, const char *const argv[], const char *input, qn_buf *out, int timeout_ms);

/** Runs `fn(arg, e)` in a child as `u` and returns what it returned, with its message in `e`. QN_ETIMEOUT, QN_EIO. */
int qn_spawn_as(const qn_spawn_user *u, int (*fn)(void *arg, qn_errmsg *e), void *arg, int timeout_ms, qn_errmsg *e);

#endif
