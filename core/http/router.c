#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/conn.h"

/* A tree of path segments. A literal child is tried before the parameter, and the parameter after all where the literal
 * leads nowhere: at most two ways a segment, and patterns are short. */
enum { MAX_SEGMENTS = 16, MAX_GUARDS = 8 };

typedef struct node node;
struct node {
    node *next; /* sibling */
    node *literals, *param, *rest;
    qn_route **routes; /* that end here */
    unsigned nroutes, methods;
    char name[]; /* of a literal */
};

typedef struct {
    const char *param;
    bool (*fn)(void *ctx, qn_str value);
    void *ctx;
} guard;

typedef struct owned {
    struct owned *next;
    void *p;
} owned;

struct qn_router {
    node *root;
    owned *owned;
    guard guards[MAX_GUARDS];
    unsigned nguards, methods;
};

static node *node_new(const char *name, size_t n)
{
    node *x = calloc(1, sizeof *x + n + 1);
    if (x && n) memcpy(x->name, name, n);
    return x;
}

int qn_router_new(qn_router **out)
{
    qn_router *r = calloc(1, sizeof *r);
    if (!r) return QN_ENOMEM;
    r->root = node_new("", 0);
    if (!r->root) {
        free(r);
        return QN_ENOMEM;
    }
    *out = r;
    return 0;
}

static void node_free(node *x)
{
    while (x) {
        node *next = x->next;
        node_free(x->literals);
        node_free(x->param);
        node_free(x->rest);
        for (unsigned i = 0; i < x->nroutes; i++) free(x->routes[i]);
        free(x->routes);
        free(x);
        x = next;
    }
}

void qn_router_free(qn_router **r)
{
    if (!r || !*r) return;
    node_free((*r)->root);
    while ((*r)->owned) {
        owned *o = (*r)->owned;
        (*r)->owned = o->next;
        free(o->p);
        free(o);
    }
    free(*r);
    *r = NULL;
}

int qn_router_own(qn_router *r, void *p)
{
    owned *o = malloc(sizeof *o);
    if (!o) return QN_ENOMEM;
    *o = (owned){ .next = r->owned, .p = p };
    r->owned = o;
    return 0;
}

void qn_router_guard(qn_router *r, const char *param, bool (*fn)(void *ctx, qn_str value), void *ctx)
{
    assert(r->nguards < MAX_GUARDS);
    if (r->nguards < MAX_GUARDS) r->guards[r->nguards++] = (guard){ .param = param, .fn = fn, .ctx = ctx };
}

/* ---- adding ---------------------------------------------------------------------------------------------------- */

/* "{name}" with a name of letters, digits and '_'; or "{name...}", which takes all that is left of the path. */
static bool is_param(qn_str segment, qn_str *name, bool *rest)
{
    *rest = false;
    if (segment.n < 3 || segment.p[0] != '{' || segment.p[segment.n - 1] != '}') return false;
    *name = (qn_str){ segment.p + 1, segment.n - 2 };
    *rest = name->n > 3 && qn_str_ends(*name, QN_STR("..."));
    if (*rest) name->n -= 3;
    for (size_t i = 0; i < name->n; i++) {
        char c = name->p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
}

static bool is_literal(qn_str segment)
{
    for (size_t i = 0; i < segment.n; i++)
        if (segment.p[i] == '{' || segment.p[i] == '}' || segment.p[i] == '%' || segment.p[i] == '?') return false;
    return true;
}

static int check_pattern(const char *pattern)
{
    if (!pattern || pattern[0] != '/') return QN_EINVAL;
    qn_str rest = qn_str_of(pattern + 1), name;
    unsigned segments = 0, params = 0;
    bool last = false, takes_rest;
    while (!last) {
        qn_str segment = qn_str_cut(&rest, '/');
        last = !rest.p;
        bool is_one = is_param(segment, &name, &takes_rest);
        if (is_one) params++;
        if (is_one ? takes_rest && !last : !is_literal(segment) || (segment.n == 0 && !last)) return QN_EINVAL;
        if (++segments > MAX_SEGMENTS || params > QN_MAX_PARAMS) return QN_EINVAL;
    }
    return 0;
}

static node *child_of(node *x, qn_str segment)
{
    qn_str name;
    bool takes_rest;
    if (is_param(segment, &name, &takes_rest)) {
        node **child = takes_rest ? &x->rest : &x->param;
        if (!*child) *child = node_new("", 0);
        return *child;
    }
    for (node *l = x->literals; l; l = l->next)
        if (qn_str_eqz(segment, l->name)) return l;
    node *l = node_new(segment.p, segment.n);
    if (!l) return NULL;
    l->next = x->literals;
    x->literals = l;
    return l;
}

int qn_router_add(qn_router *r, const qn_route *route)
{
    int rc = check_pattern(route->pattern);
    if (rc || !route->methods || !route->fn) return QN_EINVAL;
    node *x = r->root;
    qn_str rest = qn_str_of(route->pattern + 1);
    do {
        x = child_of(x, qn_str_cut(&rest, '/'));
        if (!x) return QN_ENOMEM;
    } while (rest.p);
    if (x->methods & route->methods) return QN_EEXIST;

    qn_route *copy = malloc(sizeof *copy);
    qn_route **grown = realloc(x->routes, (x->nroutes + 1) * sizeof *grown);
    if (grown) x->routes = grown;
    if (!copy || !grown) {
        free(copy);
        return QN_ENOMEM;
    }
    *copy = *route;
    x->routes[x->nroutes++] = copy;
    x->methods |= route->methods;
    r->methods |= route->methods;
    return 0;
}

/* ---- matching -------------------------------------------------------------------------------------------------- */

typedef struct {
    const qn_router *router;
    qn_str segments[MAX_SEGMENTS]; /* decoded */
    unsigned nsegments;
    unsigned param_at[QN_MAX_PARAMS]; /* which segments are parameters on the way to `here` */
    unsigned nparams;
    const node *here;
    bool rest; /* the last of them takes all segments from its own on */
} search;

/* Names of parameters are the route's own; the n-th "{…}" of its pattern. */
static qn_str param_name(const qn_route *route, unsigned n)
{
    const char *at = route->pattern;
    for (;;) {
        at = strchr(at, '{');
        if (!at) return (qn_str){ 0 };
        const char *end = strchr(at, '}');
        if (n-- == 0) return (qn_str){ at + 1, strcspn(at + 1, ".}") };
        at = end;
    }
}

static bool guards_let_pass(const search *s, const node *x)
{
    const qn_router *r = s->router;
    for (unsigned i = 0; i < s->nparams && r->nguards; i++) {
        qn_str name = param_name(x->routes[0], i);
        for (unsigned g = 0; g < r->nguards; g++)
            if (qn_str_eqz(name, r->guards[g].param) && !r->guards[g].fn(r->guards[g].ctx, s->segments[s->param_at[i]]))
                return false;
    }
    return true;
}

/* An encoded slash in one of them would be lost among those that part them. */
static bool parts_are_whole(const search *s, unsigned at)
{
    for (unsigned i = at; i < s->nsegments; i++)
        if (s->segments[i].n && memchr(s->segments[i].p, '/', s->segments[i].n)) return false;
    return true;
}

static bool find(search *s, const node *x, unsigned at)
{
    if (at == s->nsegments) {
        if (!x->nroutes || !guards_let_pass(s, x)) return false;
        s->here = x;
        return true;
    }
    qn_str segment = s->segments[at];
    for (const node *l = x->literals; l; l = l->next)
        if (qn_str_eqz(segment, l->name) && find(s, l, at + 1)) return true;
    if (segment.n == 0 || s->nparams == QN_MAX_PARAMS) return false;
    s->param_at[s->nparams++] = at;
    if (x->param && find(s, x->param, at + 1)) return true;
    if (x->rest && parts_are_whole(s, at) && guards_let_pass(s, x->rest)) {
        s->here = x->rest;
        s->rest = true;
        return true;
    }
    s->nparams--;
    return false;
}

/* All segments from `at` on as one value; arena. Absent: no memory. */
static qn_str join(const search *s, unsigned at, qn_arena *a)
{
    size_t n = 0;
    for (unsigned i = at; i < s->nsegments; i++) n += s->segments[i].n + 1;
    char *text = qn_arena_alloc_raw(a, n), *to = text;
    for (unsigned i = at; text && i < s->nsegments; i++) {
        if (i > at) *to++ = '/';
        if (s->segments[i].n) memcpy(to, s->segments[i].p, s->segments[i].n);
        to += s->segments[i].n;
    }
    return text ? (qn_str){ text, (size_t)(to - text) } : (qn_str){ 0 };
}

/* Segments are parted before they are decoded, so an encoded slash is part of a value, not of the path's shape. */
static int split(search *s, qn_arena *a, qn_str path)
{
    qn_str rest = { path.p + 1, path.n - 1 };
    do {
        qn_str segment = qn_str_cut(&rest, '/');
        if (s->nsegments == MAX_SEGMENTS) return QN_ENOTFOUND;
        if (segment.n && memchr(segment.p, '%', segment.n)) {
            int rc = qn_percent_decode(&segment, a, segment, false);
            if (rc) return rc;
        }
        s->segments[s->nsegments++] = segment;
    } while (rest.p);
    return 0;
}

static unsigned with_implied(unsigned methods)
{
    return methods | QN_OPTIONS | (methods & QN_GET ? QN_HEAD : 0);
}

int qn_router_match(qn_match *m, const qn_router *r, qn_arena *a, qn_method method, qn_str raw_path)
{
    search s = { .router = r };
    *m = (qn_match){ 0 };
    int rc = split(&s, a, raw_path.n ? raw_path : QN_STR("/"));
    if (rc == QN_ENOTFOUND) return 0;
    if (rc) return rc;
    if (!find(&s, r->root, 0)) return 0;
    m->allow = with_implied(s.here->methods);
    for (unsigned i = 0; i < s.here->nroutes; i++) {
        const qn_route *route = s.here->routes[i];
        if (route->methods & method || (method == QN_HEAD && route->methods & QN_GET)) m->route = route;
        if (route->methods & method) break;
    }
    if (!m->route) return 0;
    m->nparams = s.nparams;
    for (unsigned i = 0; i < s.nparams; i++)
        m->params[i] = (qn_param){ param_name(m->route, i), s.segments[s.param_at[i]] };
    if (!s.rest) return 0;
    qn_str rest = join(&s, s.param_at[s.nparams - 1], a);
    m->params[s.nparams - 1].value = rest;
    return rest.p ? 0 : QN_ENOMEM;
}

unsigned qn_router_methods(const qn_router *r)
{
    return with_implied(r->methods);
}

void qn_allow_text(char out[64], unsigned methods)
{
    static const struct {
        unsigned method;
        const char *name;
    } all[] = { { QN_GET, "GET" },     { QN_HEAD, "HEAD" },     { QN_POST, "POST" },      { QN_PUT, "PUT" },
                { QN_PATCH, "PATCH" }, { QN_DELETE, "DELETE" }, { QN_OPTIONS, "OPTIONS" } };
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (!(methods & all[i].method)) continue;
        size_t len = strlen(all[i].name);
        if (n) memcpy(out + n, ", ", 2), n += 2;
        memcpy(out + n, all[i].name, len + 1);
        n += len;
    }
}
