/**
 * What is known of PostgreSQL's own programs and files: where they are, what version, which processes work in a folder,
 * and the settings of the embedded server. Internal to db. [init]
 */
#ifndef QN_DB_PGSERVER_H
#define QN_DB_PGSERVER_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>

#include "db/spawn.h"

typedef struct {
    char bindir[PATH_MAX - 32]; /**< holds initdb and postgres, both of one version */
    int major;                  /**< 15 */
} qn_pgserver_programs;

/** The newest programs found, or those of `major` when it is not 0. Never by PATH: under /usr/lib/postgresql and by
 * pg_config. QN_EINVAL with what was found and what is needed. */
int qn_pgserver_find(qn_pgserver_programs *out, const qn_spawn_user *u, int major, qn_errmsg *e);

/** Writes the settings that are ours into `f`. */
int qn_pgserver_settings(FILE *f, unsigned max_connections);
/** shared_buffers for a machine (or a container) of so much memory. */
unsigned qn_pgserver_buffers_mb(uint64_t memory_bytes);

/** `pid` runs a `postgres` whose working directory is the folder `dir` (every process of a cluster works in its data
 *  directory). False when in doubt. */
bool qn_pgserver_works_in(pid_t pid, const struct stat *dir);

/** Ends every postgres that works in `dir`, postmaster `first` (0: none) before the rest: fast, then immediate, then by
 * force, each time waiting. Returns how many there were, or QN_ETIMEOUT. Nobody else is ever signalled. */
int qn_pgserver_end_all(const struct stat *dir, pid_t first);

/** postmaster.pid of the open folder `dirfd`: its pid and whether it takes connections. QN_ENOTFOUND. */
int qn_pgserver_pidfile(pid_t *pid, bool *ready, int dirfd);

#endif
