/**
 * What the files of plugin/ share. Here the host's headers and the plugin's meet.
 */
#ifndef QN_PLUGIN_HOST_H
#define QN_PLUGIN_HOST_H

#include "base/arena.h"
#include "base/json.h"
#include "base/log.h"
#include "plugin/plugin.h"
#include "plugin/shared.h"

#define QN_HOST 1
#include <quoin.h>

/* ---- what the master knows of one plugin ------------------------------------------------------------------------ */

/** Everything is owned by the arena of qn_plugins. */
typedef struct {
    const char *name;
    const char *path; /**< of the file to load */
    const char *version, *summary;
    const char *refused; /**< why it cannot be used, or NULL */
    bool must;           /**< of [plugins] must_load */
    unsigned abi_major, abi_minor;
    uint64_t needs;
    const char **depends;
    size_t ndepends;
    qn_opt *options; /**< with `allow` first */
    size_t noptions;
    qn_sql_step *steps;
    size_t nsteps;
    json_t *registered; /**< {"routes":[{"methods","pattern"}],"before":[{"point","type"}], …} */
    int index;          /**< in shared memory */
    int64_t *crashes;   /**< times of crashes, quarantine_crashes of them, a ring; only the master's */
    size_t ncrashes, crash_at;
} qn_plugin_info;

struct qn_plugins {
    qn_arena *arena;
    qn_config *config;
    qn_plugin_info *items; /**< in the order of loading */
    size_t n;
    qn_plugin_shared *shared;
};

/** `needs` as words: "routes, db". Arena memory. */
const char *qn_caps_text(qn_arena *a, uint64_t caps);
/** The capability of that name, 0: there is none. */
uint64_t qn_cap_of(const char *name);

/* ---- in a process that runs them -------------------------------------------------------------------------------- */

/** One function that the plugin registered. */
typedef struct qn_registered qn_registered;
struct qn_registered {
    qn_plugin *plugin;
    const char *place; /**< for the log and the note: "route GET /v1/hello/{name}" */
    union {
        qn_route_spec route;
        qn_before_spec before;
        qn_after_spec after;
        qn_subscribe_spec subscribe;
        qn_derive_spec derive;
        qn_service_spec service;
    } u;
    void *state; /**< of the part of the host that works with it */
};

/** A list of them, in the order in which they are to be called. */
typedef struct {
    qn_registered **items;
    size_t n;
} qn_registry;

typedef enum { QN_PLUGIN_LOADED, QN_PLUGIN_READY, QN_PLUGIN_FAILED } qn_plugin_phase;

struct qn_plugin {
    qn_host *host;
    const qn_plugin_info *info; /**< NULL in a probe before it was told */
    int index;
    qn_descriptor desc; /**< zeroed past what the plugin has */
    char name[QN_PLUGIN_NAME_BYTES];
    qn_plugin_phase phase;
    bool in_init;
    qn_errmsg refused;   /**< what refuse() said */
    unsigned dead_calls; /**< uses of calls that had ended */
};

struct qn_host {
    qn_host_env env;
    qn_plugins *plugins;      /**< NULL in a probe */
    qn_plugin_shared *shared; /**< may be NULL */
    const qn_config *config;
    qn_arena *arena; /**< of what lives as long as the host */
    qn_plugin **loaded;
    size_t nloaded;
    qn_registry routes, before, after, subscribe, derive, services;
    qn_guard guard;
    struct qn_subscriber *subscribers;
    struct qn_afters *afters;
    struct qn_derive_put *puts; /**< computed fields that are being stored */
};

/** Loads one file and reads its descriptor, without calling anything of it but its constructors. `plugin` is filled.
 * QN_EINVAL with what was found, what is needed and what to do. [init] */
int qn_plugin_load(qn_plugin *plugin, const char *path, qn_errmsg *e);
/** The file is an ELF shared object for this machine and not cut short: mapping one that is would be a SIGBUS.
 * QN_EINVAL, QN_EIO. */
int qn_elf_check(const char *path, qn_errmsg *e);
/** Descriptor against what it must be. QN_EINVAL with what to do. */
int qn_desc_check(const qn_descriptor *d, const char *path, qn_errmsg *e);
/** The options of a descriptor as JSON. Returns owned; NULL with `e` when one of them is none. */
json_t *qn_desc_options(const qn_descriptor *d, qn_errmsg *e);
/** Fills options of `info` from that, `allow` before them. Arena memory. QN_ENOMEM. */
int qn_info_options(qn_plugin_info *info, qn_arena *a, const json_t *list);
/** What [plugin.NAME] allow leaves of what it needs. QN_EDENIED with what to do. */
int qn_plugin_allowed(const qn_config *c, const char *name, uint64_t needs, qn_errmsg *e);
/** Call `check`, `init`, `selftest`. QN_EINVAL with what the plugin said; QN_EUNAVAIL: it is in quarantine. */
int qn_plugin_check_options(qn_plugin *plugin, qn_errmsg *e);
int qn_plugin_start(qn_plugin *plugin, qn_errmsg *e);
int qn_plugin_selftest(qn_plugin *plugin, qn_errmsg *e);

/** Copies a specification of the plugin's, whose size comes first, as far as both sides know it; the rest of `to` is
 * zero. False: there is none, or it is shorter than `least`, what 1.0 had of it. */
bool qn_spec_take(void *to, size_t room, const void *spec, size_t least);
/** `last`: the last member that 1.0 had. */
#define QN_SPEC_TAKE(to, spec, last)                                                                                   \
    qn_spec_take(&(to), sizeof(to), (spec), offsetof(__typeof__(to), last) + sizeof((to).last))

/** An empty host. Returns owned. */
int qn_host_make(qn_host **out, qn_plugins *p, const qn_host_env *env);
/** What everything registered is, as `registered` of qn_plugin_info. Returns owned. */
json_t *qn_host_registered(const qn_host *h, const qn_plugin *only);

/** The table that plugins get. */
const qn_api *qn_api_table(void);

/** Stages `from` as <dir>/run/gen-1/<name>.so. Arena memory. QN_ENOTFOUND, QN_EIO with a message. */
int qn_stage_open(int *dir_fd, const char *data_dir, qn_errmsg *e);
int qn_stage_file(int dir_fd, const char *from, const char *name, qn_errmsg *e);

/* ---- the trampoline --------------------------------------------------------------------------------------------- */

/** One call into a plugin; lives on the stack of who calls. */
typedef struct qn_frame qn_frame;
struct qn_frame {
    qn_plugin *plugin;
    const char *place, *request;
    qn_frame *outer;
};

/** Every call into a plugin stands between these two. False: the plugin is in quarantine and must not be called. */
bool qn_enter(qn_frame *f, qn_plugin *plugin, const char *place, const char *request);
void qn_leave(qn_frame *f);
/** The plugin whose code runs on the loop, or NULL. */
qn_plugin *qn_inside(void);
bool qn_quarantined(const qn_plugin *plugin);
/** On a thread of the pool, around a plugin's work. */
void qn_enter_work(qn_plugin *plugin);
void qn_leave_work(qn_plugin *plugin);

/* ---- calls ------------------------------------------------------------------------------------------------------ */

typedef enum {
    QN_CALL_ROUTE,
    QN_CALL_BEFORE,
    QN_CALL_AFTER,
    QN_CALL_CHANGE,
    QN_CALL_DERIVE,
    QN_CALL_SERVICE
} qn_call_kind;

typedef struct qn_pcall qn_pcall;
typedef struct qn_wait qn_wait;

/** Something that the plugin asked for and whose callback has not come. Embedded first in what waits. */
struct qn_wait {
    qn_wait *next, **prev;
    qn_pcall *call;
    void (*canceled)(qn_wait *op); /**< tells the plugin QN_ECANCELED */
};

/** A call as the host sees it. Its memory is the arena's that it was made in. */
struct qn_pcall {
    uint64_t id; /**< what the plugin has instead of a pointer */
    qn_call_kind kind;
    const qn_registered *reg;
    qn_plugin *plugin;
    qn_arena *arena;
    qn_req *req;             /**< of a route */
    const qn_caller *caller; /**< NULL: the public, or nobody yet */
    bool reads_all;          /**< QN_CALL_AFTER */
    const char *request;     /**< id for the log */
    int64_t deadline_ms;     /**< qn_mono_ms(); 0: that of `req` */
    bool ending;
    bool answered;            /**< replied, resumed, or vetoed and resumed */
    bool waiting;             /**< QN_LATER was returned */
    bool may_again;           /**< QN_AGAIN is an answer */
    int early;                /**< what resume() said before that */
    bool has_etag, has_cache; /**< headers that the plugin has set */
    const char *preceded;     /**< what it read was found as qn_answer's `preceded` says: the type; NULL: was not */
    qn_faults faults;
    qn_problem veto; /**< of a hook: status 0: none */
    json_t *result;  /**< of a service; borrowed from `values` */
    /** QN_LATER is over: 0 or negative. Frees the call. */
    void (*resumed)(qn_pcall *c, int result);
    void *ctx;
    qn_wait *ops;
    struct qn_value *values; /**< JSON values, owned */
    struct qn_late *defers;  /**< the plugin's own */
};

/** A call in `arena` on behalf of `reg`. It must be ended before the arena is. NULL: out of memory, or too many. */
qn_pcall *qn_pcall_new(qn_arena *arena, qn_call_kind kind, const qn_registered *reg);
/** Tells what waits that it is canceled, runs the plugin's defers, drops its values. */
void qn_pcall_end(qn_pcall *c);
/** The handle that the plugin gets. */
qn_call *qn_pcall_handle(const qn_pcall *c);
/** The call of a handle; NULL, and a line in the log, when it has ended. */
qn_pcall *qn_pcall_of(qn_call *handle);

/** What a plugin's result means to this call: 0, negative, or QN_AGAIN where that is one. */
static inline int qn_result_of(const qn_pcall *c, int result)
{
    return result > 0 && !(result == QN_AGAIN && c->may_again) ? QN_EINVAL : result;
}

/** What a function of the plugin returned, with QN_LATER made good where resume() was faster: QN_DONE, QN_LATER, negative,
 * or QN_AGAIN where that is one. */
static inline int qn_later(qn_pcall *c, int returned)
{
    if (returned != QN_LATER) return qn_result_of(c, returned);
    if (c->answered) return c->early;
    c->waiting = true;
    return QN_LATER;
}

/** Frees what handles take. At the end of a process or of a test. */
void qn_pcall_table_free(void);
void qn_statements_forget(void);

/** As qn_pcall_of, without a word about one that has ended. */
qn_pcall *qn_pcall_find(qn_call *handle);
/** A call for a part of what `outer` is about: the same caller, request and deadline, in its arena. */
qn_pcall *qn_pcall_within(qn_pcall *outer, qn_call_kind kind, const qn_registered *reg);

void qn_wait_add(qn_wait *op, qn_pcall *c, void (*canceled)(qn_wait *op));
void qn_wait_done(qn_wait *op);

/** Has the call own `v` (takes it, NULL is accepted). Returns it as the plugin sees it; NULL when out of memory. */
qn_json *qn_value_own(qn_pcall *c, json_t *v);
static inline json_t *qn_value(const qn_json *v)
{
    return (json_t *)(uintptr_t)v;
}

/** Goes into the plugin of a call again, to call back. False: it is in quarantine meanwhile, and whoever waits for the
 * call was told. */
bool qn_reenter(qn_frame *f, qn_pcall *c);

/** Rights of a call on a type. Arena memory of the call; NULL when out of memory. */
const qn_scope *qn_pcall_scope(qn_pcall *c, const qn_type *type);

/* ---- parts of the table, a file each ---------------------------------------------------------------------------- */

void qn_fill_register(qn_api *t);
void qn_fill_call(qn_api *t);
void qn_fill_fail(qn_api *t);
void qn_fill_request(qn_api *t);
void qn_fill_json(qn_api *t);
void qn_fill_content(qn_api *t);
void qn_fill_service(qn_api *t);
void qn_fill_db(qn_api *t);
void qn_fill_work(qn_api *t);
void qn_fill_derive(qn_api *t);
void qn_fill_keep(qn_api *t);

/** The version of the types that a call works with, held until its arena ends. NULL: not read yet, or out of memory. */
const qn_types *qn_pcall_types(qn_pcall *c);

/** Reads computed fields of a revision, or computes and stores them: `fn(ctx, err, values)` with an object of the
 * call's values, once unless the call's arena ends first. QN_EINVAL: nobody computes a field of that name for the type;
 * QN_EBUSY, QN_EUNAVAIL, QN_ENOMEM. */
int qn_derived_read(qn_pcall *c, const char *type, qn_str id, int64_t version, const char *fields,
                    void (*fn)(void *ctx, int err, qn_json *values), void *ctx);

/** Forgets the computed fields whose storing nobody waits for; the database may still do it. */
void qn_derive_drop(qn_host *h);
/** Computes every field of a draft in its save. Returns owned: an array of `{"field","by","value"}`, NULL when there is
 * none. */
json_t *qn_derive_all(qn_host *h, qn_arena *arena, const char *type, const json_t *entry, const qn_caller *caller,
                      const char *request);

/** Types and roles have been read: a plugin that reads content is answered. */
static inline bool qn_host_can_read(const qn_host *h)
{
    return qn_store_types(h->env.store) && qn_access_ready(h->env.access);
}

/** Begins to tell subscriptions what changes. QN_ENOMEM. */
int qn_subscribers_open(qn_host *h);
void qn_subscribers_close(qn_host *h);

/** Has the store ask the hooks of this host. */
void qn_host_guard(qn_host *h);

/** Adds a route of a loaded plugin, or one that answers 503 for a plugin that is in quarantine, or did not start here. */
int qn_host_route(qn_host *h, const qn_registered *r);
int qn_host_closed_route(qn_host *h, const qn_plugin_info *info, bool quarantined, unsigned methods,
                         const char *pattern);

#endif
