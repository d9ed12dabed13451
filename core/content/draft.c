#include "content/draft.h"

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/uuid.h"
#include "content/kinds.h"
#include "content/wire.h"

enum {
    TITLE_POINTS = 300,            /* of what lists sort by: an index row has to hold it */
    LOCALE_BYTES = 35,             /* RFC 5646 4.4.1 */
    SCALAR_BYTES = 1000,           /* longer ones are not asked for by equality */
    ENTRY_BYTES = 4 * 1024 * 1024, /* a merge can let an entry grow past any one request's bound */
    SYSTEM_MEMBERS = 13
};

static const char *const system_members[SYSTEM_MEMBERS] = {
    "slug",       "tags",       "locale",       "id",         "type",      "status", "version", "published_version",
    "created_at", "updated_at", "published_at", "created_by", "updated_by"
};
enum { WRITABLE = 3 }; /* the first three */

/* Shown with a draft to whoever has a role: come back in a PUT of what was read, and say nothing. */
static const char *const computed_members[] = { "_actions", "_lease" };

/* A draft being made. */
typedef struct {
    qn_draft d;
    qn_arena *arena;
    const qn_type *type;
    qn_draft_mode mode;
    const json_t *input, *current;
    qn_check check;
    size_t edges_room;
} maker;

static bool is_in(qn_str s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (qn_str_eqz(s, list[i])) return true;
    return false;
}

/* ---- members of the system -------------------------------------------------------------------------------------- */

static int refuse_unknown(maker *m)
{
    const qn_type *t = m->type;
    size_t n = 0;
    const char **names = qn_arena_calloc(m->check.arena, t->nfields + WRITABLE, sizeof *names);
    if (!names) return QN_ENOMEM;
    for (size_t i = 0; i < t->nfields; i++) names[n++] = t->fields[i].name;
    for (size_t i = 0; i < WRITABLE; i++) names[n++] = system_members[i];
    int rc = 0;
    QN_JSON_EACH(it, m->input)
    {
        qn_str name = { json_object_iter_key(it), json_object_iter_key_len(it) };
        bool known = is_in(name, names, n) || is_in(name, system_members, SYSTEM_MEMBERS) ||
                     (m->mode != QN_DRAFT_CREATE && is_in(name, computed_members, 2));
        if (!known && !rc) rc = qn_check_unknown(&m->check, name, names, n);
    }
    return rc;
}

static int refuse_changed(maker *m, const char *name)
{
    const json_t *given = json_object_get(m->input, name), *is = json_object_get(m->current, name);
    size_t mark;
    if (!given || (is && json_equal(given, is))) return 0;
    if (!is && m->mode != QN_DRAFT_CREATE && name[0] == '_') return 0;
    int rc = qn_check_down(&mark, &m->check, qn_str_of(name));
    if (rc) return rc;
    if (is)
        qn_check_fault(&m->check, true, "read_only", "is %s, but cannot be changed from %s: leave it out",
                       qn_show(m->check.arena, given), qn_show(m->check.arena, is));
    else
        qn_check_fault(&m->check, true, "read_only", "is made by the server: leave it out");
    qn_check_up(&m->check, mark);
    return 0;
}

/* The members that only the server sets. */
static int check_read_only(maker *m)
{
    int rc = 0;
    for (size_t i = WRITABLE; i < SYSTEM_MEMBERS && !rc; i++) {
        bool own_rule = m->mode == QN_DRAFT_CREATE &&
                        (strcmp(system_members[i], "id") == 0 || strcmp(system_members[i], "type") == 0);
        if (!own_rule) rc = refuse_changed(m, system_members[i]);
    }
    for (size_t i = 0; i < 2 && !rc; i++) rc = refuse_changed(m, computed_members[i]);
    return rc;
}

static int make_type(maker *m, const json_t *given)
{
    qn_str s;
    if (m->mode != QN_DRAFT_CREATE || !given) return 0;
    if (qn_rule_string(&s, &m->check, given) && !qn_str_eqz(s, m->type->name))
        qn_check_fault(&m->check, true, "read_only", "is %s, but what is made here is \"%s\": leave it out",
                       qn_show_str(m->check.arena, s), m->type->name);
    return 0;
}

static int make_id(maker *m, const json_t *given)
{
    qn_str s;
    if (m->mode != QN_DRAFT_CREATE || !given) return 0;
    if (!qn_rule_string(&s, &m->check, given) || !qn_rule_uuid(&m->check, s)) return 0;
    char *id = qn_str_dup(m->arena, s);
    for (char *c = id; c && *c; c++)
        if (*c >= 'A' && *c <= 'F') *c = (char)(*c + ('a' - 'A'));
    m->d.id = id;
    return id ? 0 : QN_ENOMEM;
}

bool qn_is_locale(qn_str s)
{
    if (s.n == 0 || s.n > LOCALE_BYTES) return false;
    qn_str part = qn_str_cut(&s, '-');
    if (part.n < 2 || part.n > 3) return false;
    for (size_t i = 0; i < part.n; i++)
        if (part.p[i] < 'a' || part.p[i] > 'z') return false;
    while (s.p) {
        part = qn_str_cut(&s, '-');
        if (part.n < 2 || part.n > 8) return false;
        for (size_t i = 0; i < part.n; i++) {
            char c = part.p[i];
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) return false;
        }
    }
    return true;
}

static int make_locale(maker *m, const json_t *given)
{
    const json_t *is = json_object_get(m->current, "locale");
    qn_str s = is ? qn_json_str_of(is) : QN_STR("en");
    if (given && (!json_is_null(given) || is)) {
        if (!qn_rule_string(&s, &m->check, given)) return 0;
        if (is && !json_equal(is, given)) {
            qn_check_fault(&m->check, true, "read_only",
                           "is %s, but cannot be changed from %s: make an entry of that locale instead",
                           qn_show(m->check.arena, given), qn_show(m->check.arena, is));
            return 0;
        }
        if (!qn_is_locale(s)) {
            qn_check_fault(&m->check, false, "format", "%s is not a locale like \"en\", \"uk\" or \"pt-BR\"",
                           qn_show_str(m->check.arena, s));
            return 0;
        }
    }
    return (m->d.locale = qn_str_dup(m->arena, s)) ? 0 : QN_ENOMEM;
}

static int make_slug(maker *m, const json_t *given)
{
    const json_t *is = json_object_get(m->current, "slug");
    qn_str s;
    if (given && !json_is_null(given)) {
        if (is && json_equal(given, is)) /* what is there stays, whatever today's rule of slugs */
            s = qn_json_str_of(is);
        else if (!qn_rule_string(&s, &m->check, given) || !qn_rule_slug(&m->check, s))
            return 0;
    } else if (!given && json_is_string(is)) {
        s = qn_json_str_of(is); /* an address that is known stays, in a PUT that does not name it too */
    } else {
        m->d.slug_made = true; /* once the title is there */
        return 0;
    }
    return (m->d.slug = qn_str_dup(m->arena, s)) ? 0 : QN_ENOMEM;
}

static int make_tags(maker *m, const json_t *given)
{
    json_t *tags = NULL;
    if (!given && m->mode == QN_DRAFT_PATCH) given = json_object_get(m->current, "tags");
    if (!given || json_is_null(given)) return 0;
    int rc = qn_tags_check(&tags, &m->check, given, QN_TAGS_MAX);
    size_t n = json_array_size(tags);
    if (tags && !rc && !(m->d.tags = qn_arena_calloc(m->arena, n, sizeof *m->d.tags))) rc = QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++)
        if (!(m->d.tags[m->d.ntags++] = qn_str_dup(m->arena, qn_json_str_of(json_array_get(tags, i))))) rc = QN_ENOMEM;
    json_decref(tags);
    return rc;
}

static int make_system(maker *m)
{
    static const struct {
        const char *name;
        int (*make)(maker *m, const json_t *given);
    } members[] = { { "id", make_id },
                    { "type", make_type },
                    { "locale", make_locale },
                    { "slug", make_slug },
                    { "tags", make_tags } };
    int rc = check_read_only(m);
    for (size_t i = 0; i < sizeof members / sizeof *members && !rc; i++) {
        size_t mark;
        rc = qn_check_down(&mark, &m->check, qn_str_of(members[i].name));
        if (!rc) rc = members[i].make(m, json_object_get(m->input, members[i].name));
        qn_check_up(&m->check, mark);
    }
    return rc;
}

/* ---- fields ----------------------------------------------------------------------------------------------------- */

static int add_edge(void *ctx, qn_str place, int ord, qn_str id, const qn_field *field)
{
    maker *m = ctx;
    if (m->d.nedges == m->edges_room) {
        size_t room = m->edges_room ? m->edges_room * 2 : 8;
        qn_edge *edges = qn_arena_calloc(m->arena, room, sizeof *edges);
        if (!edges) return QN_ENOMEM;
        if (m->d.nedges) memcpy(edges, m->d.edges, m->d.nedges * sizeof *edges);
        m->d.edges = edges;
        m->edges_room = room;
    }
    qn_edge e = { .ord = ord, .field = qn_str_dup(m->arena, place), .target = qn_str_dup(m->arena, id) };
    if (field->to && !(e.to = qn_arena_strdup(m->arena, field->to))) return QN_ENOMEM;
    if (!e.field || !e.target) return QN_ENOMEM;
    m->d.edges[m->d.nedges++] = e;
    return 0;
}

/* A null in a merge takes a member away, so the check of what is left cannot see that there never was one. */
static int refuse_unknown_removals(maker *m, const qn_field *f, const json_t *patch)
{
    const char **names = qn_arena_calloc(m->check.arena, f->nof, sizeof *names);
    int rc = names ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < f->nof && !rc; i++) names[i] = f->of[i].name;
    QN_JSON_EACH(it, patch)
    {
        qn_str name = { json_object_iter_key(it), json_object_iter_key_len(it) };
        if (!rc && json_is_null(json_object_iter_value(it)) && !is_in(name, names, f->nof))
            rc = qn_check_unknown(&m->check, name, names, f->nof);
    }
    for (size_t i = 0; i < f->nof && !rc; i++) {
        const json_t *below = json_object_get(patch, f->of[i].name);
        size_t mark;
        if (f->of[i].kind != QN_KIND_GROUP || !json_is_object(below)) continue;
        rc = qn_check_down(&mark, &m->check, qn_str_of(f->of[i].name));
        if (!rc) rc = refuse_unknown_removals(m, &f->of[i], below);
        qn_check_up(&m->check, mark);
    }
    return rc;
}

static int check_field(json_t **out, maker *m, const qn_field *f)
{
    const json_t *given = json_object_get(m->input, f->name), *is = json_object_get(m->current, f->name);
    const qn_kind_check_args args = {
        .check = &m->check, .edge = add_edge, .ctx = m, .exists = m->mode != QN_DRAFT_CREATE
    };
    json_t *merged = NULL;
    int rc = 0;
    if (m->mode == QN_DRAFT_PATCH && !given) {
        given = is;
    } else if (m->mode == QN_DRAFT_PATCH && json_is_object(given) &&
               (f->kind == QN_KIND_GROUP || f->kind == QN_KIND_JSON)) {
        if (f->kind == QN_KIND_GROUP) rc = refuse_unknown_removals(m, f, given);
        given = merged = qn_json_merge_patch(is, given);
        if (!merged) rc = QN_ENOMEM;
    }
    if (!rc) rc = qn_kind_check(out, &args, f, given, is);
    json_decref(merged);
    return rc;
}

static bool is_scalar(qn_kind k)
{
    return k != QN_KIND_BLOCKS && k != QN_KIND_JSON && k != QN_KIND_TAGS && k != QN_KIND_REFERENCES &&
           k != QN_KIND_ASSETS && k != QN_KIND_GROUP && k != QN_KIND_LIST;
}

static int make_fields(maker *m)
{
    int rc = 0;
    for (size_t i = 0; i < m->type->nfields && !rc; i++) {
        const qn_field *f = &m->type->fields[i];
        json_t *value = NULL;
        size_t mark;
        rc = qn_check_down(&mark, &m->check, qn_str_of(f->name));
        if (!rc) rc = check_field(&value, m, f);
        qn_check_up(&m->check, mark);
        if (rc || !value) {
            json_decref(value);
            continue;
        }
        bool ask = is_scalar(f->kind) && !json_is_null(value) && json_string_length(value) <= SCALAR_BYTES;
        rc = qn_json_set(m->d.fields, f->name, value);
        if (!rc && ask) rc = qn_json_set(m->d.scalars, f->name, json_incref(value));
    }
    return rc;
}

/* Bytes of `v` as text, about; more than `most` is not counted on. */
static size_t weight(const json_t *v, size_t most)
{
    size_t sum = 8 + json_string_length(v);
    for (size_t i = 0; i < json_array_size(v) && sum <= most; i++) sum += weight(json_array_get(v, i), most - sum);
    QN_JSON_EACH(it, v)
    {
        if (sum > most) break;
        sum += json_object_iter_key_len(it);
        if (sum <= most) sum += weight(json_object_iter_value(it), most - sum);
    }
    return sum;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static qn_str first_points(qn_str s, size_t most)
{
    size_t i = 0;
    while (most-- && i < s.n) qn_utf8_next(s, &i);
    return (qn_str){ s.p, i };
}

/* The title to show, and the slug where none was given. */
static int make_title(maker *m)
{
    qn_str title = qn_json_str_of(json_object_get(m->d.fields, "title"));
    if (!title.n) title = qn_json_str_of(json_object_get(m->d.fields, "name"));
    if (m->d.slug_made && !(m->d.slug = qn_slug_make(m->arena, title))) return QN_ENOMEM;
    if (!title.n) title = qn_str_of(m->d.slug);
    return (m->d.title = qn_str_dup(m->arena, first_points(title, TITLE_POINTS))) ? 0 : QN_ENOMEM;
}

static int make(maker *m)
{
    if (!json_is_object(m->input)) {
        qn_check_ill_typed(&m->check, m->input, "an object");
        return 0;
    }
    int rc = refuse_unknown(m);
    if (!rc) rc = make_system(m);
    if (!rc) rc = make_fields(m);
    if (!rc && weight(m->d.fields, ENTRY_BYTES) > ENTRY_BYTES)
        qn_check_fault(&m->check, false, "max", "the entry would have more than %d bytes", ENTRY_BYTES);
    return rc;
}

static void drop(void *json)
{
    json_decref(json);
}

int qn_draft_check(qn_draft *out, qn_arena *arena, const qn_types *types, const qn_type *type, qn_draft_mode mode,
                   const json_t *input, const json_t *current, qn_faults *faults)
{
    (void)types;
    assert(mode == QN_DRAFT_CREATE || json_is_object(current));
    maker m = {
        .arena = arena, .type = type, .mode = mode, .input = input, .current = mode == QN_DRAFT_CREATE ? NULL : current
    };
    size_t before = faults->n + faults->dropped;
    int rc = qn_check_init(&m.check, faults, "");
    m.d.fields = json_object();
    m.d.scalars = json_object();
    if (!m.d.fields || !m.d.scalars) rc = QN_ENOMEM;
    if (!rc) rc = make(&m);
    if (!rc && faults->n + faults->dropped > before) rc = QN_EINVAL;
    if (!rc) rc = make_title(&m);
    qn_check_done(&m.check);
    if (!rc && !(rc = qn_arena_defer(arena, drop, m.d.fields))) {
        json_incref(m.d.fields); /* the arena's from here on */
        rc = qn_arena_defer(arena, drop, m.d.scalars);
        if (!rc) json_incref(m.d.scalars);
    }
    json_decref(m.d.fields);
    json_decref(m.d.scalars);
    if (!rc) *out = m.d;
    return rc;
}
