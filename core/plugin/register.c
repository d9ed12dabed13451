/* What a plugin registers in its `init`; and what it says and counts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/host.h"

enum { NAME_BYTES = 41, ROUTES_MAX = 64 };

/* ---- keeping ---------------------------------------------------------------------------------------------------- */

static int denied(qn_plugin *p, const char *what, const char *why, int code)
{
    qn_warn("plugin %s: %s is refused: %s", p->name, what, why);
    if (!*p->refused.text) qn_fail(&p->refused, code, "%s is refused: %s", what, why);
    return code;
}

bool qn_spec_take(void *to, size_t room, const void *spec, size_t least)
{
    uint32_t size;
    if (!spec) return false;
    memcpy(&size, spec, sizeof size);
    if (size < least) return false;
    memset(to, 0, room);
    memcpy(to, spec, size < room ? size : room);
    return true;
}

/* Into the order of calling: by priority where there is one, else as they come. */
static int keep(qn_registry *list, qn_registered *r, qn_arena *a)
{
    qn_registered **grown = qn_arena_calloc(a, list->n + 1, sizeof *grown);
    if (!grown) return QN_ENOMEM;
    size_t at = list->n;
    bool by_priority = list == &r->plugin->host->before;
    while (by_priority && at && list->items[at - 1]->u.before.priority > r->u.before.priority) at--;
    for (size_t i = 0; i < list->n; i++) grown[i < at ? i : i + 1] = list->items[i];
    grown[at] = r;
    list->items = grown;
    list->n++;
    return QN_OK;
}

/* A place for one more thing of `p`, with the specification copied as far as both sides know it. NULL: refused, `*rc`
 * says how. */
static qn_registered *begin(int *rc, qn_plugin *p, uint64_t cap, const char *what, const void *spec, size_t most,
                            size_t least)
{
    qn_registered *r = NULL;
    *rc = QN_OK;
    if (!p->in_init)
        *rc = denied(p, what, "that is for init()", QN_ESTATE);
    else if (!(p->desc.needs & cap))
        *rc = denied(p, what, "`needs` in QN_PLUGIN(…) lacks its capability", QN_EDENIED);
    else if (!spec)
        *rc = denied(p, what, "there is no specification", QN_EINVAL);
    if (*rc) return NULL;
    r = qn_arena_calloc(p->host->arena, 1, sizeof *r);
    if (!r) {
        *rc = QN_ENOMEM;
        return NULL;
    }
    r->plugin = p;
    if (qn_spec_take(&r->u, most, spec, least)) return r;
    *rc = denied(p, what, "its specification is too short: make it with the macro of quoin.h", QN_EINVAL);
    return NULL;
}

#define BEGIN(rc, p, cap, what, spec, last)                                                                            \
    begin(rc, p, cap, what, spec, sizeof *(spec), offsetof(__typeof__(*(spec)), last) + sizeof(spec)->last)

static int finish(qn_registry *list, qn_registered *r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int finish(qn_registry *list, qn_registered *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    r->place = qn_arena_vprintf(r->plugin->host->arena, fmt, ap);
    va_end(ap);
    return r->place ? keep(list, r, r->plugin->host->arena) : QN_ENOMEM;
}

static bool is_word(const char *s, size_t most)
{
    size_t n = s && *s >= 'a' && *s <= 'z' ? strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
    return n && !s[n] && n <= most;
}

/* ---- routes ----------------------------------------------------------------------------------------------------- */

static const char *methods_text(char *to, size_t room, unsigned methods)
{
    static const struct {
        qn_method m;
        const char *name;
    } names[] = {
        { QN_GET, "GET" }, { QN_POST, "POST" }, { QN_PUT, "PUT" }, { QN_PATCH, "PATCH" }, { QN_DELETE, "DELETE" }
    };
    *to = '\0';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (methods & names[i].m) snprintf(to + strlen(to), room - strlen(to), "%s%s", *to ? "," : "", names[i].name);
    return to;
}

static int route(qn_plugin *p, const qn_route_spec *spec)
{
    int rc;
    char methods[48];
    qn_registered *r = BEGIN(&rc, p, QN_CAP_ROUTES, "a route", spec, auth);
    if (!r) return rc;
    const qn_route_spec *s = &r->u.route;
    unsigned all = QN_GET | QN_POST | QN_PUT | QN_PATCH | QN_DELETE;
    if (!s->fn || !s->pattern || *s->pattern != '/' || !s->methods || (s->methods & ~all) ||
        (s->auth != QN_AUTH_PUBLIC && s->auth != QN_AUTH_CREDENTIAL))
        return denied(
            p, "a route",
            "it takes a pattern with a / at its front, a function, and methods of GET, POST, PUT, PATCH, DELETE",
            QN_EINVAL);
    const qn_host *h = p->host;
    for (size_t i = 0; i < h->routes.n; i++) {
        const qn_route_spec *o = &h->routes.items[i]->u.route;
        if (strcmp(o->pattern, s->pattern) || !(o->methods & s->methods)) continue;
        char why[160];
        snprintf(why, sizeof why, "%.90s is taken by %s", s->pattern, h->routes.items[i]->plugin->name);
        return denied(p, "a route", why, QN_EEXIST);
    }
    if (h->env.router && (rc = qn_host_route(p->host, r)) != QN_OK) {
        char why[160];
        snprintf(why, sizeof why, "%.100s %s", s->pattern, rc == QN_EEXIST ? "is taken already" : "is no pattern");
        return denied(p, "a route", why, rc);
    }
    return finish(&p->host->routes, r, "%s %s", methods_text(methods, sizeof methods, s->methods), s->pattern);
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

static int hook_before(qn_plugin *p, const qn_before_spec *spec)
{
    static const char *const points[] = { NULL, "save", "publish", "delete", "render" };
    int rc;
    qn_registered *r = BEGIN(&rc, p, QN_CAP_HOOKS, "a hook", spec, ctx);
    if (!r) return rc;
    const qn_before_spec *s = &r->u.before;
    if (!s->fn || s->point < QN_BEFORE_SAVE || s->point > QN_BEFORE_RENDER)
        return denied(p, "a hook", "it takes a point of QN_BEFORE_… and a function", QN_EINVAL);
    return finish(&p->host->before, r, "before_%s of %s", points[s->point], s->type ? s->type : "every type");
}

static int hook_after(qn_plugin *p, const qn_after_spec *spec)
{
    int rc;
    qn_registered *r = BEGIN(&rc, p, QN_CAP_HOOKS, "a hook", spec, ctx);
    if (!r) return rc;
    if (!spec->fn || !spec->on || !is_word(spec->name, NAME_BYTES - 1))
        return denied(p, "a hook",
                      "it takes what it comes after (on), a name of small letters, digits and _, and a function",
                      QN_EINVAL);
    for (size_t i = 0; i < p->host->after.n; i++) {
        const qn_registered *o = p->host->after.items[i];
        if (o->plugin == p && !strcmp(o->u.after.name, spec->name))
            return denied(p, "a hook", "you have one of that name", QN_EEXIST);
    }
    return finish(&p->host->after, r, "after %s", spec->name);
}

static int subscribe(qn_plugin *p, const qn_subscribe_spec *spec)
{
    int rc;
    qn_registered *r = BEGIN(&rc, p, QN_CAP_EVENTS, "a subscription", spec, ctx);
    if (!r) return rc;
    if (!spec->fn || !spec->on)
        return denied(p, "a subscription", "it takes what it is about (on) and a function", QN_EINVAL);
    return finish(&p->host->subscribe, r, "subscription of %s", spec->type ? spec->type : "every type");
}

static int derive(qn_plugin *p, const qn_derive_spec *spec)
{
    int rc;
    qn_registered *r = BEGIN(&rc, p, QN_CAP_DERIVE, "a computed field", spec, ctx);
    if (!r) return rc;
    if (!spec->fn || !spec->type || !is_word(spec->field, NAME_BYTES - 1))
        return denied(p, "a computed field", "it takes a type, a field of small letters, digits and _, and a function",
                      QN_EINVAL);
    for (size_t i = 0; i < p->host->derive.n; i++) {
        const qn_registered *o = p->host->derive.items[i];
        if (!strcmp(o->u.derive.field, spec->field) && !strcmp(o->u.derive.type, spec->type))
            return denied(p, "a computed field", "there is one of that name", QN_EEXIST);
    }
    return finish(&p->host->derive, r, "derive %s of %s", spec->field, spec->type);
}

static int offer(qn_plugin *p, const qn_service_spec *spec)
{
    int rc;
    qn_registered *r = BEGIN(&rc, p, QN_CAP_SERVICES, "a service", spec, ctx);
    if (!r) return rc;
    size_t n = strlen(p->name);
    if (!spec->fn || !spec->name || strncmp(spec->name, p->name, n) || spec->name[n] != '.' ||
        !is_word(spec->name + n + 1, NAME_BYTES - 1))
        return denied(p, "a service", "it takes a function, and a name that begins with the plugin's and a point",
                      QN_EINVAL);
    for (size_t i = 0; i < p->host->services.n; i++)
        if (!strcmp(p->host->services.items[i]->u.service.name, spec->name))
            return denied(p, "a service", "there is one of that name", QN_EEXIST);
    return finish(&p->host->services, r, "service %s", spec->name);
}

static int refuse(qn_plugin *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(p->refused.text, sizeof p->refused.text, fmt, ap);
    va_end(ap);
    return QN_EINVAL;
}

/* ---- counters, log, options ------------------------------------------------------------------------------------- */

static qn_plugin_count nowhere; /* what is counted when there is no room, or no server */

static qn_counter *counter(qn_plugin *p, const char *name, const char *help)
{
    (void)help;
    qn_plugin_count *c = NULL;
    if (!is_word(name, QN_COUNTER_NAME_BYTES - 1))
        denied(p, "a counter", "its name is 1 to 48 small letters, digits and _", QN_EINVAL);
    else if (p->host->shared && p->index >= 0) {
        c = qn_plugin_counter(p->host->shared, p->index, name);
        if (!c) denied(p, "a counter", "all 512 of the server are taken", QN_ELIMIT);
    }
    return (qn_counter *)(void *)(c ? c : &nowhere);
}

static void count(qn_counter *c, uint64_t n)
{
    if (c) atomic_fetch_add_explicit(&((qn_plugin_count *)(void *)c)->value, n, memory_order_relaxed);
}

static void log_line(qn_plugin *p, qn_log_level level, qn_call *handle, const char *fmt, ...)
{
    if (!qn_log_enabled(level)) return;
    char text[2048];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const qn_pcall *c = handle ? qn_pcall_of(handle) : NULL;
    qn_log(level, c ? c->request : NULL, "plugin %s: %s", p->name, text);
}

/* The line of the table for an option of this plugin; NULL, and a line in the log, when there is none of one of these
 * kinds. */
static const char *option_section(qn_plugin *p, const char *name, unsigned kinds)
{
    const qn_plugin_info *info = p->info;
    for (size_t i = 1; info && name && i < info->noptions; i++)
        if (!strcmp(info->options[i].key, name) && (kinds & (1u << info->options[i].kind)))
            return info->options[i].section;
    qn_warn("plugin %s: has no option %s of that kind in its table", p->name, name ? name : "(null)");
    return NULL;
}

static int option_bool(qn_plugin *p, const char *name)
{
    const char *s = option_section(p, name, 1u << QN_OPT_BOOL);
    return s && qn_config_bool(p->host->config, s, name);
}

static int64_t option_int(qn_plugin *p, const char *name)
{
    const char *s = option_section(p, name, 1u << QN_OPT_INT | 1u << QN_OPT_BYTES);
    return s ? qn_config_int(p->host->config, s, name) : 0;
}

static const char *option_text(qn_plugin *p, const char *name)
{
    const char *s = option_section(p, name, 1u << QN_OPT_STRING | 1u << QN_OPT_ENUM);
    return s ? qn_config_str(p->host->config, s, name) : "";
}

static const char *option_item(qn_plugin *p, const char *name, size_t i)
{
    const char *const *items;
    const char *s = option_section(p, name, 1u << QN_OPT_LIST);
    size_t n = s ? qn_config_list(p->host->config, s, name, &items) : 0;
    return i < n ? items[i] : NULL;
}

void qn_fill_register(qn_api *t)
{
    t->route = route;
    t->hook_before = hook_before;
    t->hook_after = hook_after;
    t->subscribe = subscribe;
    t->derive = derive;
    t->offer = offer;
    t->counter = counter;
    t->refuse = refuse;
    t->option_bool = option_bool;
    t->option_int = option_int;
    t->option_text = option_text;
    t->option_item = option_item;
    t->log = log_line;
    t->count = count;
}
