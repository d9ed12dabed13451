/* The plugins of one process: loaded, initialised, stopped. */
#include <stdlib.h>
#include <string.h>

#include "plugin/host.h"

/* ---- the table -------------------------------------------------------------------------------------------------- */

/* Zeros stand behind it: a plugin of a newer interface that does not ask QN_HAS calls NULL, which says what it is, and
 * not whatever lies there. */
static union {
    qn_api table;
    char room[sizeof(qn_api) + 2048];
} api;

const qn_api *qn_api_table(void)
{
    if (api.table.size) return &api.table;
    api.table.abi_major = QN_ABI_MAJOR;
    api.table.abi_minor = QN_ABI_MINOR;
    api.table.host_version = QN_VERSION;
    qn_fill_register(&api.table);
    qn_fill_call(&api.table);
    qn_fill_fail(&api.table);
    qn_fill_request(&api.table);
    qn_fill_json(&api.table);
    qn_fill_content(&api.table);
    qn_fill_service(&api.table);
    qn_fill_db(&api.table);
    qn_fill_work(&api.table);
    qn_fill_derive(&api.table);
    qn_fill_keep(&api.table);
    api.table.size = sizeof api.table;
    return &api.table;
}

/* ---- starting one ----------------------------------------------------------------------------------------------- */

static int call_start(qn_plugin *p, int (*fn)(qn_plugin *, const qn_api *), const char *place, qn_errmsg *e)
{
    qn_frame f;
    if (!fn) return QN_OK;
    p->in_init = true;
    p->refused.text[0] = '\0';
    if (!qn_enter(&f, p, place, NULL)) return qn_fail(e, QN_EUNAVAIL, "the plugin %s is in quarantine", p->name);
    int rc = fn(p, qn_api_table());
    qn_leave(&f);
    p->in_init = false;
    if (!rc) return QN_OK;
    return qn_fail(e, QN_EINVAL, "the plugin %s gives up in its %s: %s", p->name, place,
                   *p->refused.text ? p->refused.text : qn_strerror(rc));
}

int qn_plugin_check_options(qn_plugin *p, qn_errmsg *e)
{
    return call_start(p, p->desc.check, "check", e);
}

int qn_plugin_start(qn_plugin *p, qn_errmsg *e)
{
    int rc = call_start(p, p->desc.init, "init", e);
    p->phase = rc ? QN_PLUGIN_FAILED : QN_PLUGIN_READY;
    return rc;
}

int qn_plugin_selftest(qn_plugin *p, qn_errmsg *e)
{
    return call_start(p, p->desc.selftest, "selftest", e);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

int qn_host_make(qn_host **out, qn_plugins *p, const qn_host_env *env)
{
    qn_arena *a = qn_arena_new(0);
    qn_host *h = a ? qn_arena_calloc(a, 1, sizeof *h) : NULL;
    if (h) {
        h->arena = a;
        h->plugins = p;
        h->shared = p ? p->shared : NULL;
        h->env = *env;
        h->config = env->config;
        h->loaded = qn_arena_calloc(a, QN_PLUGINS_MAX, sizeof(qn_plugin *));
    }
    if (!h || !h->loaded) {
        qn_arena_free(&a);
        return QN_ENOMEM;
    }
    *out = h;
    return QN_OK;
}

/* What stays of a plugin that cannot be called: its routes answer 503, what its hooks guard is refused (see hooks.c).
 */
static void close_routes(qn_host *h, const qn_plugin_info *info, bool quarantined)
{
    size_t i;
    json_t *r;
    if (!h->env.router) return;
    json_array_foreach(json_object_get(info->registered, "routes"), i, r)
    {
        unsigned methods = (unsigned)json_integer_value(json_object_get(r, "methods"));
        const char *pattern = json_string_value(json_object_get(r, "pattern"));
        if (pattern) (void)qn_host_closed_route(h, info, quarantined, methods, pattern);
    }
}

/* Dependencies come before what depends on them, and one that failed here takes those down with it. */
static const char *missing(const qn_host *h, const qn_plugin_info *info)
{
    for (size_t i = 0; i < info->ndepends; i++) {
        size_t j = 0;
        while (j < h->nloaded && strcmp(h->loaded[j]->name, info->depends[i])) j++;
        if (j == h->nloaded || h->loaded[j]->phase != QN_PLUGIN_READY) return info->depends[i];
    }
    return NULL;
}

static int load_one(qn_host *h, const qn_plugin_info *info, qn_errmsg *e)
{
    qn_plugin *p = qn_arena_calloc(h->arena, 1, sizeof *p);
    if (!p) return qn_fail(e, QN_ENOMEM, "out of memory");
    *p = (qn_plugin){ .host = h, .info = info, .index = info->index };
    memcpy(p->name, info->name, strlen(info->name) + 1);
    h->loaded[h->nloaded++] = p;
    const char *without = missing(h, info);
    if (without) return qn_fail(e, QN_ENOTFOUND, "the plugin %s needs %s, which is not there", info->name, without);
    qn_frame f;
    if (!qn_enter(&f, p, "load", NULL)) return qn_fail(e, QN_EUNAVAIL, "the plugin %s is in quarantine", info->name);
    int rc = qn_plugin_load(p, info->path, e);
    qn_leave(&f);
    if (!rc && strcmp(p->name, info->name)) rc = qn_fail(e, QN_EINVAL, "%s calls itself %s", info->path, p->name);
    return rc ? rc : qn_plugin_start(p, e);
}

int qn_host_new(qn_host **out, qn_plugins *plugins, const qn_host_env *env, qn_errmsg *e)
{
    qn_host *h;
    int rc = qn_host_make(&h, plugins, env);
    if (rc) return qn_fail(e, rc, "out of memory");
    for (size_t i = 0; i < qn_plugins_count(plugins); i++) {
        const qn_plugin_info *info = &plugins->items[i];
        qn_errmsg why;
        if (info->refused) continue;
        rc = load_one(h, info, &why);
        if (!rc) continue;
        h->loaded[h->nloaded - 1]->phase = QN_PLUGIN_FAILED;
        if (rc == QN_EUNAVAIL) {
            qn_warn("%s: its routes answer 503 here", why.text);
            close_routes(h, info, true);
        } else if (info->must) {
            qn_fail(e, rc, "%s ([plugins] must_load names it)", why.text);
            qn_host_free(&h);
            return rc;
        } else {
            qn_error("%s; the rest goes on without it, and its routes answer 503 here", why.text);
            close_routes(h, info, false);
        }
    }
    qn_host_guard(h);
    rc = env->subscribes ? qn_subscribers_open(h) : QN_OK;
    if (rc) {
        qn_host_free(&h);
        return qn_fail(e, rc, "out of memory");
    }
    *out = h;
    return QN_OK;
}

void qn_host_free(qn_host **hp)
{
    if (!hp || !*hp) return;
    qn_host *h = *hp;
    *hp = NULL;
    qn_subscribers_close(h);
    qn_host_stop_afters(h);
    qn_derive_drop(h);
    if (h->env.pool) qn_pool_stop(h->env.pool); /* of what a plugin does on a thread the host's memory is a part */
    for (size_t i = h->nloaded; i-- > 0;) {
        qn_plugin *p = h->loaded[i];
        qn_frame f;
        if (p->phase != QN_PLUGIN_READY || !p->desc.stop || !qn_enter(&f, p, "stop", NULL)) continue;
        p->desc.stop(p);
        qn_leave(&f);
    }
    if (h->env.store) qn_store_guard(h->env.store, NULL);
    qn_statements_forget();
    qn_pcall_table_free();
    qn_arena_free(&h->arena);
}

/* ---- what was registered ---------------------------------------------------------------------------------------- */

static void add(json_t *to, const char *list, json_t *item)
{
    json_t *a = json_object_get(to, list);
    if (!a) {
        a = json_array();
        json_object_set_new(to, list, a);
    }
    json_array_append_new(a, item);
}

#define EACH(list, r)                                                                                                  \
    for (size_t i_ = 0; i_ < (list).n; i_++)                                                                           \
        for (const qn_registered *r = (list).items[i_]; r && (!only || r->plugin == only); r = NULL)

json_t *qn_host_registered(const qn_host *h, const qn_plugin *only)
{
    json_t *o = json_object();
    EACH(h->routes, r)
    add(o, "routes",
        json_pack("{s:i,s:s,s:s}", "methods", (int)r->u.route.methods, "pattern", r->u.route.pattern, "place",
                  r->place));
    EACH(h->before, r)
    add(o, "before",
        json_pack("{s:i,s:s?,s:s}", "point", (int)r->u.before.point, "type", r->u.before.type, "place", r->place));
    EACH(h->after, r)
    add(o, "after", json_pack("{s:s,s:s?,s:s}", "name", r->u.after.name, "type", r->u.after.type, "place", r->place));
    EACH(h->subscribe, r)
    add(o, "subscriptions", json_pack("{s:s?,s:s}", "type", r->u.subscribe.type, "place", r->place));
    EACH(h->derive, r)
    add(o, "derives",
        json_pack("{s:s,s:s,s:s}", "type", r->u.derive.type, "field", r->u.derive.field, "place", r->place));
    EACH(h->services, r) add(o, "services", json_pack("{s:s,s:s}", "name", r->u.service.name, "place", r->place));
    return o;
}
