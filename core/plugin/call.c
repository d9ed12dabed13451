/* Calls: what a plugin holds in its hand while the host talks to it. A handle is a number in a pointer's clothes, never
 * an address: one that was kept too long is found out, whatever has become of the memory. */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "plugin/host.h"

enum { INDEX_BITS = 20, TOLD_MOST = 20 };

typedef struct {
    uint64_t id; /* of the call that has it now, or of the last one */
    qn_pcall *call;
    uint32_t next_free; /* index + 1 */
} place;

static struct {
    place *places;
    uint32_t n, cap, first_free, last_free; /* free ones are a queue: a number comes back as late as can be */
    uint64_t generation;
    pthread_t thread; /* the loop's */
} table;

struct qn_late {
    struct qn_late *next;
    void (*fn)(void *arg);
    void *arg;
};

struct qn_value {
    struct qn_value *next;
    json_t *value;
};

/* ---- handles ---------------------------------------------------------------------------------------------------- */

static place *take_place(uint32_t *index)
{
    enum { KEEP_FREE = 1024 };
    if (table.first_free && table.n >= KEEP_FREE) {
        *index = table.first_free - 1;
        table.first_free = table.places[*index].next_free;
        if (!table.first_free) table.last_free = 0;
        return &table.places[*index];
    }
    if (table.n == 1u << INDEX_BITS) return NULL;
    if (table.n == table.cap) {
        uint32_t cap = table.cap ? table.cap * 2 : 256;
        place *grown = realloc(table.places, cap * sizeof *grown);
        if (!grown) return NULL;
        if (!table.places) table.thread = pthread_self();
        table.places = grown;
        table.cap = cap;
    }
    *index = table.n++;
    return &table.places[*index];
}

static void give_back(uint32_t index)
{
    place *p = &table.places[index];
    p->call = NULL;
    p->next_free = 0;
    if (table.last_free)
        table.places[table.last_free - 1].next_free = index + 1;
    else
        table.first_free = index + 1;
    table.last_free = index + 1;
}

void qn_pcall_table_free(void)
{
    free(table.places);
    table.places = NULL;
    table.n = table.cap = table.first_free = table.last_free = 0;
}

qn_pcall *qn_pcall_new(qn_arena *arena, qn_call_kind kind, const qn_registered *reg)
{
    uint32_t index;
    qn_pcall *c = qn_arena_calloc(arena, 1, sizeof *c);
    place *p = c ? take_place(&index) : NULL;
    if (!p) return NULL;
    c->id = ++table.generation << INDEX_BITS | index;
    c->kind = kind;
    c->reg = reg;
    c->plugin = reg->plugin;
    c->arena = arena;
    c->faults.arena = arena;
    p->id = c->id;
    p->call = c;
    return c;
}

qn_call *qn_pcall_handle(const qn_pcall *c)
{
    return (qn_call *)(uintptr_t)c->id; /* NOLINT: a number on purpose */
}

/* Who uses a call that has ended hears of it, but not for ever. */
static void tell_dead(void)
{
    qn_plugin *p = qn_inside();
    if (!p || p->dead_calls++ >= TOLD_MOST) return;
    qn_warn("plugin %s: used a call that had ended%s", p->name,
            p->dead_calls == TOLD_MOST ? "; this is said no more" : "");
}

qn_pcall *qn_pcall_find(qn_call *handle)
{
    uint64_t id = (uintptr_t)handle;
    uint32_t index = (uint32_t)(id & ((1u << INDEX_BITS) - 1));
    assert(!table.places || pthread_equal(table.thread, pthread_self())); /* [loop] */
    return index < table.n && table.places[index].call && table.places[index].id == id ? table.places[index].call
                                                                                       : NULL;
}

qn_pcall *qn_pcall_of(qn_call *handle)
{
    qn_pcall *c = qn_pcall_find(handle);
    if (!c) tell_dead();
    return c;
}

qn_pcall *qn_pcall_within(qn_pcall *outer, qn_call_kind kind, const qn_registered *reg)
{
    qn_pcall *c = qn_pcall_new(outer->arena, kind, reg);
    if (!c) return NULL;
    c->caller = outer->caller;
    c->reads_all = outer->reads_all;
    c->request = outer->request;
    c->deadline_ms = outer->deadline_ms ? outer->deadline_ms
                     : outer->req       ? qn_mono_ms() + qn_req_left_ms(outer->req)
                                        : 0;
    return c;
}

bool qn_reenter(qn_frame *f, qn_pcall *c)
{
    if (qn_enter(f, c->plugin, c->reg->place, c->request)) return true;
    if (c->answered || c->ending) return false;
    c->answered = true;
    if (c->kind == QN_CALL_ROUTE)
        qn_fail_req(c->req, 503, "unavailable", "the plugin %s is in quarantine", c->plugin->name);
    else if (c->resumed && c->waiting)
        c->resumed(c, QN_EUNAVAIL);
    return false;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

void qn_wait_add(qn_wait *op, qn_pcall *c, void (*canceled)(qn_wait *op))
{
    op->call = c;
    op->canceled = canceled;
    op->next = c->ops;
    op->prev = &c->ops;
    if (c->ops) c->ops->prev = &op->next;
    c->ops = op;
}

void qn_wait_done(qn_wait *op)
{
    if (!op->prev) return;
    *op->prev = op->next;
    if (op->next) op->next->prev = op->prev;
    op->prev = NULL;
}

static void run_defers(qn_pcall *c)
{
    qn_frame f;
    if (!c->defers) return;
    bool in = qn_enter(&f, c->plugin, c->reg->place, c->request);
    while (c->defers) {
        struct qn_late *d = c->defers;
        c->defers = d->next;
        if (in) d->fn(d->arg); /* a plugin in quarantine leaks rather than runs */
    }
    if (in) qn_leave(&f);
}

void qn_pcall_end(qn_pcall *c)
{
    if (c->ending) return;
    c->ending = true;
    while (c->ops) {
        qn_wait *op = c->ops;
        qn_wait_done(op);
        op->canceled(op);
    }
    run_defers(c);
    while (c->values) {
        struct qn_value *v = c->values;
        c->values = v->next;
        json_decref(v->value);
    }
    give_back((uint32_t)(c->id & ((1u << INDEX_BITS) - 1)));
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

qn_json *qn_value_own(qn_pcall *c, json_t *v)
{
    if (!v) return NULL;
    struct qn_value *kept = c->ending ? NULL : qn_arena_alloc(c->arena, sizeof *kept);
    if (!kept) {
        json_decref(v);
        return NULL;
    }
    kept->value = v;
    kept->next = c->values;
    c->values = kept;
    return (qn_json *)v;
}

/* ---- rights ----------------------------------------------------------------------------------------------------- */

static const qn_caller nobody = { .name = "public", .role = "public" };

const qn_scope *qn_pcall_scope(qn_pcall *c, const qn_type *type)
{
    qn_access *access = c->plugin->host->env.access;
    if (c->reads_all) {
        qn_scope *s = qn_arena_calloc(c->arena, 1, sizeof *s);
        static const char *const none[] = { NULL };
        if (s)
            *s = (qn_scope){ .live = true, .drafts = QN_REACH_ALL, .all = none, .own = none, .who = { .raw = true } };
        return s;
    }
    return qn_access_scope(access, c->arena, c->caller ? c->caller : &nobody, type);
}

/* ---- the part of the table that any call has -------------------------------------------------------------------- */

static void *call_alloc(qn_call *handle, size_t n)
{
    qn_pcall *c = qn_pcall_of(handle);
    return c && !c->ending ? qn_arena_alloc(c->arena, n) : NULL;
}

static char *call_copy(qn_call *handle, qn_str text)
{
    qn_pcall *c = qn_pcall_of(handle);
    return c && !c->ending ? qn_arena_strndup(c->arena, text.p ? text.p : "", text.n) : NULL;
}

static char *call_print(qn_call *handle, const char *fmt, ...)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending) return NULL;
    va_list ap;
    va_start(ap, fmt);
    char *p = qn_arena_vprintf(c->arena, fmt, ap);
    va_end(ap);
    return p;
}

static int call_defer(qn_call *handle, void (*fn)(void *arg), void *arg)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending) return QN_ESTATE;
    struct qn_late *d = qn_arena_alloc(c->arena, sizeof *d);
    if (!d) return QN_ENOMEM;
    *d = (struct qn_late){ .next = c->defers, .fn = fn, .arg = arg };
    c->defers = d;
    return QN_OK;
}

static int64_t call_left_ms(qn_call *handle)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending) return 0;
    if (!c->deadline_ms) return c->req ? qn_req_left_ms(c->req) : 0;
    int64_t left = c->deadline_ms - qn_mono_ms();
    return left > 0 ? left : 0;
}

static const char *call_request_id(qn_call *handle)
{
    qn_pcall *c = qn_pcall_of(handle);
    return c && c->request ? c->request : "";
}

static qn_str call_caller_id(qn_call *handle)
{
    qn_pcall *c = qn_pcall_of(handle);
    return c && c->caller ? qn_str_of(c->caller->person) : (qn_str){ 0 };
}

static qn_str call_caller_name(qn_call *handle)
{
    qn_pcall *c = qn_pcall_of(handle);
    return qn_str_of(c && c->caller ? c->caller->name : nobody.name);
}

static qn_str call_caller_role(qn_call *handle)
{
    qn_pcall *c = qn_pcall_of(handle);
    return qn_str_of(c && c->caller ? c->caller->role : nobody.role);
}

static int has_privilege(const char *const *list, const char *action)
{
    for (; list && *list; list++)
        if (qn_str_eqz(qn_str_of(*list), action)) return 1;
    return 0;
}

static int reach(qn_reach r)
{
    return r == QN_REACH_ALL ? QN_MAY_ALL : r == QN_REACH_OWN ? QN_MAY_OWN : QN_MAY_NOT;
}

static int call_may(qn_call *handle, const char *type_name, const char *action)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending) return QN_MAY_NOT;
    const qn_types *types = qn_store_types(c->plugin->host->env.store);
    const qn_type *type = types ? qn_types_by_name(types, qn_str_of(type_name)) : NULL;
    const qn_scope *s = type ? qn_pcall_scope(c, type) : NULL;
    if (!s) return QN_MAY_NOT;
    const struct {
        const char *action;
        int may;
    } known[] = { { "read", s->live ? QN_MAY_ALL : QN_MAY_NOT },
                  { "draft", reach(s->drafts) },
                  { "create", s->create ? QN_MAY_ALL : QN_MAY_NOT },
                  { "change", reach(s->change) },
                  { "delete", reach(s->remove) },
                  { "purge", s->purge ? QN_MAY_ALL : QN_MAY_NOT },
                  { "import", s->import ? QN_MAY_ALL : QN_MAY_NOT } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (qn_str_eqz(qn_str_of(known[i].action), action)) return known[i].may;
    if (has_privilege(s->all, action)) return QN_MAY_ALL;
    return has_privilege(s->own, action) ? QN_MAY_OWN : QN_MAY_NOT;
}

static int call_resume(qn_call *handle, int result)
{
    qn_pcall *c = qn_pcall_of(handle);
    if (!c || c->ending || c->answered || !c->resumed) return QN_ESTATE;
    c->answered = true;
    c->early = qn_result_of(c, result); /* where the function has not returned QN_LATER yet: see qn_later */
    if (c->waiting) c->resumed(c, c->early);
    return QN_OK;
}

void qn_fill_call(qn_api *t)
{
    t->alloc = call_alloc;
    t->copy = call_copy;
    t->print = call_print;
    t->defer = call_defer;
    t->left_ms = call_left_ms;
    t->request_id = call_request_id;
    t->caller_id = call_caller_id;
    t->caller_name = call_caller_name;
    t->caller_role = call_caller_role;
    t->may = call_may;
    t->resume = call_resume;
}
