#include "access/roles.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    char *role, *type, *action;
    bool own;
} policy;

struct qn_roles {
    policy *items;
    size_t n;
};

enum { PRIVILEGES_MAX = 32 };

void qn_roles_free(qn_roles **r)
{
    if (!r || !*r) return;
    for (size_t i = 0; i < (*r)->n; i++) {
        free((*r)->items[i].role);
        free((*r)->items[i].type);
        free((*r)->items[i].action);
    }
    free((*r)->items);
    free(*r);
    *r = NULL;
}

static char *copy(qn_str s)
{
    return strndup(s.p ? s.p : "", s.n);
}

int qn_roles_new(qn_roles **out, const qn_db_result *rows)
{
    qn_roles *r = calloc(1, sizeof *r);
    if (!r) return QN_ENOMEM;
    r->items = calloc((size_t)rows->rows + 1, sizeof *r->items);
    for (int i = 0; r->items && i < rows->rows; i++) {
        if (!qn_db_value(rows, i, 2).p) continue;
        policy *p = &r->items[r->n++];
        p->role = copy(qn_db_value(rows, i, 0));
        p->type = copy(qn_db_value(rows, i, 1));
        p->action = copy(qn_db_value(rows, i, 2));
        p->own = qn_str_eqz(qn_db_value(rows, i, 3), "own");
        if (!p->role || !p->type || !p->action) goto fail;
    }
    if (!r->items) goto fail;
    *out = r;
    return QN_OK;
fail:
    qn_roles_free(&r);
    return QN_ENOMEM;
}

static void widen(qn_reach *reach, bool own)
{
    qn_reach to = own ? QN_REACH_OWN : QN_REACH_ALL;
    if (to > *reach) *reach = to;
}

/* A right that is not about reading or keeping entries opens a transition of its name. */
static void add_privilege(const char **list, size_t *n, const char *action)
{
    if (*n < PRIVILEGES_MAX) list[(*n)++] = action;
}

qn_scope *qn_roles_scope(const qn_roles *r, qn_arena *arena, const char *role, const char *person, const char *type)
{
    qn_scope *s = qn_arena_calloc(arena, 1, sizeof *s);
    const char **all = qn_arena_calloc(arena, PRIVILEGES_MAX + 1, sizeof *all);
    const char **own = qn_arena_calloc(arena, PRIVILEGES_MAX + 1, sizeof *own);
    size_t nall = 0, nown = 0;
    if (!s || !all || !own) return NULL;
    s->user = person;
    s->all = all;
    s->own = own;
    for (size_t i = 0; r && i < r->n; i++) {
        const policy *p = &r->items[i];
        if (strcmp(p->role, role) != 0) continue;
        if (strcmp(p->type, "*") != 0 && strcmp(p->type, type) != 0) continue;
        if (strcmp(p->action, "read") == 0)
            s->live = true;
        else if (strcmp(p->action, "draft") == 0)
            widen(&s->drafts, p->own);
        else if (strcmp(p->action, "create") == 0)
            s->create = true;
        else if (strcmp(p->action, "change") == 0)
            widen(&s->change, p->own);
        else if (strcmp(p->action, "delete") == 0)
            widen(&s->remove, p->own);
        else if (strcmp(p->action, "purge") == 0)
            s->purge = true;
        else if (strcmp(p->action, "import") == 0)
            s->import = true;
        else if (strcmp(p->action, "types") == 0)
            s->types = true;
        else if (p->own)
            add_privilege(own, &nown, qn_arena_strdup(arena, p->action));
        else
            add_privilege(all, &nall, qn_arena_strdup(arena, p->action));
    }
    return s;
}

bool qn_roles_impersonal(const qn_roles *r, const char *role)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->items[i].own && strcmp(r->items[i].role, role) == 0) return false;
    return true;
}
