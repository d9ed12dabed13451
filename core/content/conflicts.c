#include "content/conflicts.h"

#include <string.h>

static void decref(void *v)
{
    json_decref(v);
}

/* The fields of `from` with slug and tags, without the other system members; freed with the arena. NULL when out of
 * memory. */
static json_t *comparable(qn_arena *arena, const qn_type *type, const json_t *from)
{
    static const char *const beside[] = { "slug", "tags" };
    json_t *o = json_object();
    bool failed = !o;
    for (size_t i = 0; i < type->nfields + 2 && !failed; i++) {
        const char *name = i < 2 ? beside[i] : type->fields[i - 2].name;
        json_t *v = json_object_get(from, name);
        if (v) failed = json_object_set(o, name, v) != 0;
    }
    if (!failed && qn_arena_defer(arena, decref, o) == QN_OK) return o;
    json_decref(o);
    return NULL;
}

/* What the client wants, in the same form; NULL when its input cannot be checked against the base. */
static json_t *wanted(qn_arena *arena, const qn_conflicts *c)
{
    qn_draft d;
    qn_faults faults = { .arena = arena };
    if (qn_draft_check(&d, arena, c->types, c->type, c->mode, c->input, c->base, &faults)) return NULL;
    json_t *o = json_copy(d.fields), *tags = json_array();
    bool failed = !o || !tags;
    for (size_t i = 0; i < d.ntags && !failed; i++) failed = json_array_append_new(tags, json_string(d.tags[i])) != 0;
    failed = failed || json_object_set(o, "tags", tags) || json_object_set_new(o, "slug", json_string(d.slug));
    json_decref(tags);
    if (!failed && qn_arena_defer(arena, decref, o) == QN_OK) return o;
    json_decref(o);
    return NULL;
}

/* `a` is `b`, or stands inside of it: a changed block lies in a body that was replaced as a whole. */
static bool within(const char *a, const char *b)
{
    size_t n = strlen(b);
    return !strncmp(a, b, n) && (a[n] == '\0' || a[n] == '/');
}

static bool meets(const char *pointer, const char **mine, size_t nmine)
{
    for (size_t i = 0; i < nmine; i++)
        if (within(pointer, mine[i]) || within(mine[i], pointer)) return true;
    return false;
}

/* The first token of the pointer names a member of the input. */
static bool named(const char *pointer, const json_t *input)
{
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)input, key, v)
    {
        size_t n = strlen(key);
        if (!strncmp(pointer + 1, key, n) && (pointer[1 + n] == '\0' || pointer[1 + n] == '/')) return true;
    }
    return false;
}

const char **qn_conflicts_find(size_t *n, qn_arena *arena, const qn_conflicts *c)
{
    size_t ntheirs = 0, nmine = 0, kept = 0;
    const json_t *base = comparable(arena, c->type, c->base), *now = comparable(arena, c->type, c->current);
    *n = 0;
    if (!base || !now) return NULL;
    const char **theirs = qn_draft_changes(&ntheirs, arena, base, now);
    const json_t *want = wanted(arena, c);
    const char **mine = want ? qn_draft_changes(&nmine, arena, base, want) : NULL;
    const char **out = qn_arena_calloc(arena, ntheirs ? ntheirs : 1, sizeof *out);
    if (!out) return NULL;
    for (size_t i = 0; i < ntheirs; i++)
        if (want ? meets(theirs[i], mine, nmine) : named(theirs[i], c->input)) out[kept++] = theirs[i];
    *n = kept;
    return out;
}
