/**
 * Plugins, for the layers above: found, staged and tried by the master, loaded by each worker and by the jobs process.
 *
 * The master runs no plugin code. Everything that it knows of a plugin was told by a throwaway child that loaded it and
 * called its `check` and `init` (the probe); the master's children inherit what it knows.
 */
#ifndef QN_PLUGIN_PLUGIN_H
#define QN_PLUGIN_PLUGIN_H

#include <stdio.h>

#include "access/access.h"
#include "base/buf.h"
#include "base/config.h"
#include "http/http.h"
#include "loop/pool.h"
#include "loop/shm.h"

/** What is known of the plugins of a server. */
typedef struct qn_plugins qn_plugins;

typedef struct {
    qn_config *config;    /**< gets the tables of [plugin.NAME] */
    const char *data_dir; /**< copies go to <data_dir>/run/gen-1; NULL: loaded from where they lie */
    /** Gives up root in a probe; may be NULL. Everything that it needs must be there after a fork. */
    int (*become)(void *ctx, qn_errmsg *e);
    void *ctx;
    bool quiet; /**< nothing is logged of what was found */
} qn_plugins_options;

/** Finds, stages and tries what [plugins] load names, and puts it in order. A plugin that cannot be used is left out,
 * which the log says, unless must_load names it. Returns owned. QN_EINVAL (a plugin of must_load, or wrong options of
 * one), QN_EIO, QN_ENOMEM. [init] */
int qn_plugins_open(qn_plugins **out, const qn_plugins_options *o, qn_errmsg *e);
void qn_plugins_free(qn_plugins **p);

/** The folder where plugins lie, by [plugins] dir. Arena memory. */
const char *qn_plugins_dir(qn_arena *a, const qn_config *c);

/* The following take NULL for no plugins at all. */

/** Plugins of [plugins] load, usable or not. */
size_t qn_plugins_count(const qn_plugins *p);
/** Those that can be used. */
size_t qn_plugins_usable(const qn_plugins *p);

/** Appends all of them as a JSON array: name, version, state (loaded, refused, quarantined), why, what they registered,
 * counters. */
int qn_plugins_json(qn_buf *to, const qn_plugins *p);

/** Appends a line for each, for people: name, version, state, what it is; and why one cannot be used. */
void qn_plugins_list(qn_buf *to, const qn_plugins *p);

/** Makes the schema of every usable plugin that has one, and applies its migrations. `*applied` counts. Blocking.
 * [init] */
int qn_plugins_migrate(const qn_plugins *p, const char *owner_conninfo, unsigned *applied, qn_errmsg *e);

/** By the master, of a child that has ended by a signal or by the master's hand: blames the plugin that its slot's note
 * names, and puts it in quarantine when that was once too often. Returns its name (borrows), or NULL: no plugin was at
 * work. */
const char *qn_plugins_blame(qn_plugins *p, const qn_slot *slot, const char *how, int64_t now_ms);

/** Loads `path` in a throwaway child, calls `check`, `init` and `selftest`, and prints what it is to `out`. QN_EINVAL
 * with what was found, what is needed and what to do. Options are read from `config`. [init] */
int qn_plugin_check(const char *path, qn_config *config, FILE *out, qn_errmsg *e);

/* ---- in a process that runs them -------------------------------------------------------------------------------- */

typedef struct qn_host qn_host;

/** What plugins work with in this process; borrowed until the host is freed. */
typedef struct {
    qn_loop *loop;
    qn_pool *pool;
    qn_db *db;
    qn_store *store;
    qn_access *access;
    const qn_config *config;
    qn_shm *shm;       /**< may be NULL in tests */
    qn_slot *slot;     /**< gets the note of what is being called; may be NULL in tests */
    qn_router *router; /**< gets the routes; NULL: this process answers no requests */
    bool subscribes;   /**< in workers: indexes in memory are kept current */
} qn_host_env;

/** Loads every usable plugin and calls its `init`. One that fails is left out, unless must_load names it: QN_EINVAL.
 * Returns owned. */
int qn_host_new(qn_host **out, qn_plugins *p, const qn_host_env *env, qn_errmsg *e);
/** Every index in memory has been read once. NULL is ready. */
bool qn_host_ready(const qn_host *h);
/** In the one process of all nodes that is the runner: begins to call hooks after something; and when it is no longer.
 * QN_ENOMEM. */
int qn_host_run_afters(qn_host *h);
void qn_host_stop_afters(qn_host *h);
/** No call may be under way. Stops the pool (loop/pool.h) for what plugins do there, then calls `stop` of each, last
 * loaded first. Nothing is ever unloaded. */
void qn_host_free(qn_host **h);

#endif
