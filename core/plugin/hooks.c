/* Hooks before something, in a chain; and computed fields: what the store asks as its guard. */
#include <string.h>

#include "plugin/host.h"

typedef struct {
    qn_host *host;
    qn_guard_point point;
    qn_arena *arena;
    const qn_guarded *who;
    const char *type;
    json_t *entry;
    qn_guard_fn fn;
    void *ctx;
    size_t at;      /* in host->before */
    qn_pcall *call; /* the one under way */
} chain;

static qn_before before_of(qn_guard_point p)
{
    static const qn_before points[] = { [QN_GUARD_SAVE] = QN_BEFORE_SAVE,
                                        [QN_GUARD_PUBLISH] = QN_BEFORE_PUBLISH,
                                        [QN_GUARD_DELETE] = QN_BEFORE_DELETE,
                                        [QN_GUARD_RENDER] = QN_BEFORE_RENDER };
    return points[p];
}

static bool stands_here(const qn_registered *r, qn_guard_point point, const char *type)
{
    const qn_before_spec *s = &r->u.before;
    return r->plugin->phase == QN_PLUGIN_READY && s->point == before_of(point) && (!s->type || !strcmp(s->type, type));
}

/* A plugin that was left out for its crashes, or did not start in this process, and that has a hook here: NULL, there is
 * none. */
static const qn_plugin *closed_here(const qn_host *h, qn_guard_point point, const char *type)
{
    for (size_t i = 0; i < h->nloaded; i++) {
        const qn_plugin *p = h->loaded[i];
        if (p->phase == QN_PLUGIN_READY || !p->info) continue;
        size_t n;
        json_t *r;
        json_array_foreach(json_object_get(p->info->registered, "before"), n, r)
        {
            const char *of = json_string_value(json_object_get(r, "type"));
            if (json_integer_value(json_object_get(r, "point")) == (json_int_t)before_of(point) &&
                (!of || !strcmp(of, type)))
                return p;
        }
    }
    return NULL;
}

static bool wants(void *ctx, qn_guard_point point, const char *type)
{
    const qn_host *h = ctx;
    for (size_t i = 0; i < h->before.n; i++)
        if (stands_here(h->before.items[i], point, type)) return true;
    return closed_here(h, point, type) != NULL;
}

/* ---- the chain -------------------------------------------------------------------------------------------------- */

static void tell(chain *c, const qn_refusal *no)
{
    c->fn(c->ctx, no);
}

static void refuse(chain *c, const char *plugin, const char *why)
{
    char *detail = qn_arena_printf(c->arena, "the plugin %s, which must look at this first, %s", plugin, why);
    qn_refusal *no = qn_arena_alloc(c->arena, sizeof *no);
    static const qn_refusal poor = { .status = 503,
                                     .type = "unavailable",
                                     .detail = "a plugin that must look at this first cannot" };
    if (no) *no = (qn_refusal){ .status = 503, .type = "unavailable", .detail = detail ? detail : poor.detail };
    tell(c, no ? no : &poor);
}

static void go_on(chain *c);

/* One hook has said its word. False: the chain is over. */
static bool settle(chain *c, int result)
{
    qn_pcall *call = c->call;
    const char *plugin = call->plugin->name;
    qn_problem veto = call->veto;
    c->call = NULL;
    if (result)
        qn_log(QN_LOG_ERROR, call->request, "plugin %s: %s failed: %s", plugin, call->reg->place, qn_strerror(result));
    qn_pcall_end(call);
    if (veto.status) {
        qn_refusal *no = qn_arena_alloc(c->arena, sizeof *no);
        if (no)
            *no = (qn_refusal){ .status = veto.status,
                                .type = veto.type,
                                .detail = veto.detail,
                                .errors = veto.errors,
                                .nerrors = veto.nerrors };
        if (no)
            tell(c, no);
        else
            refuse(c, plugin, "said no");
        return false;
    }
    if (!result) return true;
    refuse(c, plugin, result == QN_EUNAVAIL ? "is in quarantine" : "failed");
    return false;
}

static void resumed(qn_pcall *call, int result)
{
    chain *c = call->ctx;
    if (settle(c, result)) go_on(c);
}

/* The arena ends while a hook thinks: nobody is there to be told. */
static void end_waiting(void *ctx)
{
    chain *c = ctx;
    if (c->call) qn_pcall_end(c->call);
    c->call = NULL;
}

static qn_json *visible(json_t *entry)
{
    return (qn_json *)entry;
}

static void go_on(chain *c)
{
    const qn_host *h = c->host;
    const qn_caller *caller = c->who->caller;
    while (c->at < h->before.n) {
        const qn_registered *r = h->before.items[c->at++];
        qn_frame f;
        if (!stands_here(r, c->point, c->type)) continue;
        c->call = qn_pcall_new(c->arena, QN_CALL_BEFORE, r);
        if (!c->call) {
            refuse(c, r->plugin->name, "has no memory");
            return;
        }
        qn_pcall *call = c->call;
        call->caller = caller;
        call->request = caller ? caller->request : NULL;
        call->resumed = resumed;
        call->ctx = c;
        int returned = QN_EUNAVAIL;
        if (qn_enter(&f, r->plugin, r->place, call->request)) {
            returned = r->u.before.fn(qn_pcall_handle(call), visible(c->entry), r->u.before.ctx);
            qn_leave(&f);
        }
        int result = qn_later(call, returned);
        if (result == QN_LATER || !settle(c, result)) return;
    }
    tell(c, NULL);
}

static void ask(void *ctx, qn_guard_point point, qn_arena *arena, const qn_guarded *who, const char *type,
                json_t *entry, qn_guard_fn fn, void *fn_ctx)
{
    qn_host *h = ctx;
    chain *c = qn_arena_calloc(arena, 1, sizeof *c);
    chain poor = { .arena = arena, .fn = fn, .ctx = fn_ctx };
    if (!c || qn_arena_defer(arena, end_waiting, c)) {
        refuse(&poor, "(any)", "has no memory");
        return;
    }
    *c = (chain){
        .host = h, .point = point, .arena = arena, .who = who, .type = type, .entry = entry, .fn = fn, .ctx = fn_ctx
    };
    const qn_plugin *closed = closed_here(h, point, type);
    if (closed)
        refuse(c, closed->name, qn_quarantined(closed) ? "is in quarantine" : "did not start");
    else
        go_on(c);
}

/* ---- computed fields -------------------------------------------------------------------------------------------- */

static bool derives(void *ctx, const char *type)
{
    const qn_host *h = ctx;
    for (size_t i = 0; i < h->derive.n; i++)
        if (!strcmp(h->derive.items[i]->u.derive.type, type)) return true;
    return false;
}

static json_t *derive(void *ctx, qn_arena *arena, const qn_guarded *who, const char *type, const json_t *entry)
{
    const qn_caller *caller = who->caller;
    return qn_derive_all(ctx, arena, type, entry, caller, caller ? caller->request : NULL);
}

void qn_host_guard(qn_host *h)
{
    h->guard = (qn_guard){ .ctx = h, .wants = wants, .ask = ask, .derives = derives, .derive = derive };
    if (h->env.store) qn_store_guard(h->env.store, &h->guard);
}
