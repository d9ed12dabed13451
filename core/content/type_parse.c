#include "content/type_parse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uregex.h>

#include "content/kinds.h"

/* A definition is checked with the machinery of an entry's check, so its faults have places too; the first of them is
 * the message. */

enum {
    FIELDS_MAX = 200,
    VALUES_MAX = 500,
    NESTED_MAX = 4,
    NAME_MAX_BYTES = 63,
    TYPE_NAME_MAX_BYTES = 40, /* of a type and its collection: what the table holds */
    PATTERN_MAX_BYTES = 500
};

/* Which options mean something to a kind. */
enum { O_MINMAX = 1, O_COUNT = 2, O_PATTERN = 4, O_VALUES = 8, O_TO = 16, O_OF = 32, O_DEFAULT = 64, O_UNIQUE = 128 };

static const struct {
    const char *name;
    unsigned takes; /* O_COUNT: min and max are of a length or count: whole and not negative */
} kinds[QN_KINDS] = {
    [QN_KIND_STRING] = { "string", O_MINMAX | O_COUNT | O_PATTERN | O_DEFAULT | O_UNIQUE },
    [QN_KIND_TEXT] = { "text", O_MINMAX | O_COUNT | O_PATTERN | O_DEFAULT },
    [QN_KIND_MARKDOWN] = { "markdown", O_MINMAX | O_COUNT | O_DEFAULT },
    [QN_KIND_BLOCKS] = { "blocks", O_MINMAX | O_COUNT },
    [QN_KIND_INTEGER] = { "integer", O_MINMAX | O_DEFAULT | O_UNIQUE },
    [QN_KIND_NUMBER] = { "number", O_MINMAX | O_DEFAULT },
    [QN_KIND_BOOLEAN] = { "boolean", O_DEFAULT },
    [QN_KIND_DATE] = { "date", O_DEFAULT | O_UNIQUE },
    [QN_KIND_DATETIME] = { "datetime", O_DEFAULT | O_UNIQUE },
    [QN_KIND_ENUM] = { "enum", O_VALUES | O_DEFAULT },
    [QN_KIND_SLUG] = { "slug", O_MINMAX | O_COUNT | O_PATTERN | O_DEFAULT | O_UNIQUE },
    [QN_KIND_URL] = { "url", O_MINMAX | O_COUNT | O_PATTERN | O_DEFAULT | O_UNIQUE },
    [QN_KIND_EMAIL] = { "email", O_MINMAX | O_COUNT | O_PATTERN | O_DEFAULT | O_UNIQUE },
    [QN_KIND_JSON] = { "json", O_DEFAULT },
    [QN_KIND_TAGS] = { "tags", O_MINMAX | O_COUNT | O_DEFAULT },
    [QN_KIND_REFERENCE] = { "reference", O_TO },
    [QN_KIND_REFERENCES] = { "references", O_MINMAX | O_COUNT | O_TO },
    [QN_KIND_ASSET] = { "asset", 0 },
    [QN_KIND_ASSETS] = { "assets", O_MINMAX | O_COUNT },
    [QN_KIND_GROUP] = { "group", O_OF },
    [QN_KIND_LIST] = { "list", O_MINMAX | O_COUNT | O_OF },
};

static const char *const options[] = { "name", "kind", "required", "unique", "localized", "indexed", "default",
                                       "min",  "max",  "pattern",  "values", "of",        "to" };

static const char *const reserved_fields[] = {
    "id",         "type",       "slug",         "locale",     "status",     "version", "published_version",
    "created_at", "updated_at", "published_at", "created_by", "updated_by", "tags"
};

/* Routes of the system, built or in the contract: a collection of that name would hide them or be hidden. */
static const char *const reserved_collections[] = { "types",    "tags",     "search", "users",  "roles",   "tokens",
                                                    "sessions", "audit",    "assets", "jobs",   "plugins", "webhooks",
                                                    "events",   "changes",  "import", "export", "batch",   "resolve",
                                                    "quotes",   "speakers", "render", "schema", "problems" };

const char *qn_kind_name(qn_kind k)
{
    return (unsigned)k < QN_KINDS ? kinds[k].name : "?";
}

/* A definition being read. `rc` is the first thing that stops it, beside faults. */
typedef struct {
    qn_check check;
    int depth;
    size_t field_faults; /* faults there were before the field under way */
} reader;

static int read_field(qn_field *f, reader *r, const json_t *value, bool named);

#define BAD(r, ...) qn_check_fault(&(r)->check, false, "definition", __VA_ARGS__)

/* ---- small parts ------------------------------------------------------------------------------------------------ */

/* What a name may be of: a field's, a type's, a collection's. */
typedef struct {
    bool capitals, dashes;
    size_t most;
} name_rule;
static const name_rule field_name = { .capitals = true, .most = NAME_MAX_BYTES };
static const name_rule type_name = { .most = TYPE_NAME_MAX_BYTES };
static const name_rule collection_name = { .dashes = true, .most = TYPE_NAME_MAX_BYTES };

static bool is_name(qn_str s, const name_rule *rule)
{
    if (s.n == 0 || s.n > rule->most) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = c >= 'a' && c <= 'z', capital = c >= 'A' && c <= 'Z';
        bool later = i > 0 && ((c >= '0' && c <= '9') || c == '_' || (rule->dashes && c == '-') ||
                               (rule->capitals && capital));
        if (!letter && !later) return false;
    }
    return true;
}

static bool is_in(qn_str s, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (qn_str_eqz(s, list[i])) return true;
    return false;
}

static int copy_name(char **out, reader *r, const json_t *value, const name_rule *rule)
{
    qn_str s;
    if (!value) {
        BAD(r, "is missing, has to be a name");
        return 0;
    }
    if (!qn_rule_string(&s, &r->check, value)) return 0;
    if (!is_name(s, rule)) {
        BAD(r, "%s is not a name: letters %s, digits, \"_\"%s, beginning with a small letter, at most %zu",
            qn_show_str(r->check.arena, s), rule->capitals ? "a-z and A-Z" : "a-z", rule->dashes ? ", \"-\"" : "",
            rule->most);
        return 0;
    }
    return (*out = strndup(s.p, s.n)) ? 0 : QN_ENOMEM;
}

/* Goes to member `key`, calls `read`, comes back. */
typedef int (*member_fn)(void *to, reader *r, const json_t *value);
static int at_member(const char *key, member_fn read, void *to, reader *r, const json_t *object)
{
    size_t mark;
    int rc = qn_check_down(&mark, &r->check, qn_str_of(key));
    if (!rc) rc = read(to, r, json_object_get(object, key));
    qn_check_up(&r->check, mark);
    return rc;
}

static int read_name(void *to, reader *r, const json_t *value)
{
    char **name = to;
    int rc = copy_name(name, r, value, &field_name);
    if (!rc && *name && r->depth == 0 &&
        is_in(qn_str_of(*name), reserved_fields, sizeof reserved_fields / sizeof *reserved_fields))
        BAD(r, "\"%s\" is a member that every entry has: a field needs another name", *name);
    return rc;
}

static int read_type_name(void *to, reader *r, const json_t *value)
{
    return copy_name(to, r, value, &type_name);
}

static int read_collection(void *to, reader *r, const json_t *value)
{
    char **collection = to;
    int rc = copy_name(collection, r, value, &collection_name);
    if (!rc && *collection &&
        is_in(qn_str_of(*collection), reserved_collections, sizeof reserved_collections / sizeof *reserved_collections))
        BAD(r, "\"%s\" is a collection of the system's own", *collection);
    return rc;
}

static int read_version(void *to, reader *r, const json_t *value)
{
    json_int_t v = value ? json_integer_value(value) : 1;
    if (value && !json_is_integer(value)) {
        qn_check_ill_typed(&r->check, value, "a whole number");
        return 0;
    }
    if (v < 1 || v > INT32_MAX)
        BAD(r, "is %lld, has to be 1 or more", (long long)v);
    else
        *(int *)to = (int)v;
    return 0;
}

static int read_flag(void *to, reader *r, const json_t *value)
{
    if (!value) return 0;
    if (!json_is_boolean(value))
        qn_check_ill_typed(&r->check, value, "true or false");
    else
        *(bool *)to = json_is_true(value);
    return 0;
}

static int read_kind(void *to, reader *r, const json_t *value)
{
    const char *names[QN_KINDS], *near;
    qn_str s;
    if (!value) {
        BAD(r, "is missing, has to be a kind like \"string\"");
        return 0;
    }
    if (!qn_rule_string(&s, &r->check, value)) return 0;
    for (int k = 0; k < QN_KINDS; k++) {
        names[k] = kinds[k].name;
        if (!qn_str_eqz(s, kinds[k].name)) continue;
        *(qn_kind *)to = (qn_kind)k;
        return 0;
    }
    near = qn_nearest(s, names, QN_KINDS);
    BAD(r, "there is no kind %s%s%s%s", qn_show_str(r->check.arena, s), near ? "; is \"" : "", near ? near : "",
        near ? "\" meant?" : "");
    return 0;
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static int read_bound(reader *r, const json_t *field, const char *key, unsigned takes, bool *has, double *bound)
{
    const json_t *value = json_object_get(field, key);
    size_t mark;
    if (!value) return 0;
    int rc = qn_check_down(&mark, &r->check, qn_str_of(key));
    if (rc) return rc;
    double d = json_number_value(value);
    if (!json_is_number(value) || !isfinite(d)) {
        qn_check_ill_typed(&r->check, value, "a number");
    } else if ((takes & O_COUNT) && (d < 0 || d != floor(d) || d > QN_TEXT_MAX_POINTS)) {
        BAD(r, "is %s, has to be a whole number from 0 to %d", qn_show(r->check.arena, value), QN_TEXT_MAX_POINTS);
    } else {
        *has = true;
        *bound = d;
    }
    qn_check_up(&r->check, mark);
    return 0;
}

static int read_pattern(void *to, reader *r, const json_t *value)
{
    qn_str s;
    if (!value || !qn_rule_string(&s, &r->check, value)) return 0;
    if (s.n == 0 || s.n > PATTERN_MAX_BYTES) {
        BAD(r, "is a pattern of %zu bytes, has to have 1 to %d", s.n, PATTERN_MAX_BYTES);
        return 0;
    }
    char *copy = strndup(s.p, s.n);
    if (!copy) return QN_ENOMEM;
    UErrorCode e = U_ZERO_ERROR;
    UParseError at = { 0 };
    uregex_close(uregex_openC(copy, 0, &at, &e));
    if (U_FAILURE(e))
        BAD(r, "%s is not a regular expression: %s at character %d", qn_show_str(r->check.arena, s), u_errorName(e),
            (int)at.offset);
    *(char **)to = copy;
    return 0;
}

static int read_to(void *to, reader *r, const json_t *value)
{
    return value ? copy_name(to, r, value, &type_name) : 0;
}

static int read_value(qn_field *f, reader *r, const json_t *value)
{
    qn_str s;
    if (!qn_rule_string(&s, &r->check, value)) return 0;
    if (s.n == 0 || s.n > 200) {
        BAD(r, "has %zu bytes, a value has to have 1 to 200", s.n);
        return 0;
    }
    for (size_t i = 0; i < f->nvalues; i++) {
        if (!qn_str_eqz(s, f->values[i])) continue;
        BAD(r, "%s stands there twice", qn_show_str(r->check.arena, s));
        return 0;
    }
    char *copy = strndup(s.p, s.n);
    if (!copy) return QN_ENOMEM;
    f->values[f->nvalues++] = copy;
    return 0;
}

static int read_values(void *to, reader *r, const json_t *value)
{
    qn_field *f = to;
    size_t n = json_array_size(value), mark;
    if (!value || n == 0 || n > VALUES_MAX) {
        BAD(r, "has to be an array of 1 to %d strings", VALUES_MAX);
        return 0;
    }
    f->values = calloc(n, sizeof *f->values);
    int rc = f->values ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) {
        rc = qn_check_down_at(&mark, &r->check, i);
        if (!rc) rc = read_value(f, r, json_array_get(value, i));
        qn_check_up(&r->check, mark);
    }
    return rc;
}

static int read_fields(qn_field **fields, size_t *nfields, reader *r, const json_t *value)
{
    size_t n = json_array_size(value), mark;
    if (!json_is_array(value) || n == 0 || n > FIELDS_MAX) {
        BAD(r, "has to be an array of 1 to %d fields like {\"name\": \"title\", \"kind\": \"string\"}", FIELDS_MAX);
        return 0;
    }
    *fields = calloc(n, sizeof **fields);
    int rc = *fields ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) {
        rc = qn_check_down_at(&mark, &r->check, i);
        *nfields = i + 1;
        if (!rc) rc = read_field(&(*fields)[i], r, json_array_get(value, i), true);
        for (size_t k = 0; k < i && !rc && (*fields)[i].name; k++)
            if ((*fields)[k].name && strcmp((*fields)[k].name, (*fields)[i].name) == 0)
                BAD(r, "there are two fields \"%s\"", (*fields)[i].name);
        qn_check_up(&r->check, mark);
    }
    return rc;
}

static int read_of(void *to, reader *r, const json_t *value)
{
    qn_field *f = to;
    if (r->depth >= NESTED_MAX) {
        BAD(r, "groups and lists are nested deeper than %d", NESTED_MAX);
        return 0;
    }
    r->depth++;
    int rc = 0;
    if (f->kind == QN_KIND_GROUP) {
        rc = read_fields(&f->of, &f->nof, r, value);
    } else if (!json_is_object(value)) {
        BAD(r, "has to say what the list holds, like {\"kind\": \"string\"}");
    } else {
        f->of = calloc(1, sizeof *f->of);
        f->nof = f->of ? 1 : 0;
        rc = f->of ? read_field(f->of, r, value, false) : QN_ENOMEM;
    }
    r->depth--;
    return rc;
}

/* The default has to be a value that the field would take. */
static int read_default(void *to, reader *r, const json_t *value)
{
    qn_field *f = to;
    size_t now = r->check.faults->n + r->check.faults->dropped;
    if (!value || now > r->field_faults) return 0; /* after another fault of its field it would only confuse */
    qn_kind_check_args args = { .check = &r->check };
    return qn_kind_check(&f->def, &args, f, value, NULL);
}

/* ---- one field -------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    unsigned bit;
} conditional[] = { { "min", O_MINMAX }, { "max", O_MINMAX }, { "pattern", O_PATTERN }, { "values", O_VALUES },
                    { "to", O_TO },      { "of", O_OF },      { "default", O_DEFAULT } };

static void refuse_meaningless(reader *r, const qn_field *f, const json_t *value, bool named)
{
    for (size_t i = 0; i < sizeof conditional / sizeof *conditional; i++)
        if (json_object_get(value, conditional[i].name) && !(kinds[f->kind].takes & conditional[i].bit))
            BAD(r, "the option \"%s\" means nothing to the kind %s", conditional[i].name, kinds[f->kind].name);
    if (f->unique && !(kinds[f->kind].takes & O_UNIQUE))
        BAD(r, "the option \"unique\" means nothing to the kind %s", kinds[f->kind].name);
    if (!named && (f->required || f->unique || f->localized || f->indexed))
        BAD(r, "what a list holds has no name and none of the options required, unique, localized, indexed");
}

static int read_options(qn_field *f, reader *r, const json_t *value)
{
    unsigned takes = kinds[f->kind].takes;
    int rc = read_bound(r, value, "min", takes, &f->has_min, &f->min);
    if (!rc) rc = read_bound(r, value, "max", takes, &f->has_max, &f->max);
    if (!rc && f->has_min && f->has_max && f->min > f->max) BAD(r, "min %.15g is more than max %.15g", f->min, f->max);
    if (!rc && (takes & O_PATTERN)) rc = at_member("pattern", read_pattern, &f->pattern, r, value);
    if (!rc && (takes & O_VALUES)) rc = at_member("values", read_values, f, r, value);
    if (!rc && (takes & O_TO)) rc = at_member("to", read_to, &f->to, r, value);
    if (!rc && (takes & O_OF)) rc = at_member("of", read_of, f, r, value);
    if (!rc && (takes & O_DEFAULT)) rc = at_member("default", read_default, f, r, value);
    return rc;
}

static int read_field_name(qn_field *f, reader *r, const json_t *value, bool named)
{
    if (!named) {
        if (json_object_get(value, "name")) BAD(r, "what a list holds has no name");
        return (f->name = strdup("")) ? 0 : QN_ENOMEM;
    }
    return at_member("name", read_name, &f->name, r, value);
}

static int read_field(qn_field *f, reader *r, const json_t *value, bool named)
{
    static const struct {
        const char *name;
        size_t at;
    } flags[] = { { "required", offsetof(qn_field, required) },
                  { "unique", offsetof(qn_field, unique) },
                  { "localized", offsetof(qn_field, localized) },
                  { "indexed", offsetof(qn_field, indexed) } };
    if (!json_is_object(value)) {
        qn_check_ill_typed(&r->check, value, "an object like {\"name\": \"title\", \"kind\": \"string\"}");
        return 0;
    }
    size_t faults = r->check.faults->n + r->check.faults->dropped;
    r->field_faults = faults;
    int rc = qn_check_members(&r->check, value, options, sizeof options / sizeof *options);
    if (!rc) rc = read_field_name(f, r, value, named);
    if (!rc) rc = at_member("kind", read_kind, &f->kind, r, value);
    for (size_t i = 0; i < sizeof flags / sizeof *flags && !rc; i++)
        rc = at_member(flags[i].name, read_flag, (char *)f + flags[i].at, r, value);
    if (rc || r->check.faults->n + r->check.faults->dropped > faults) return rc;
    refuse_meaningless(r, f, value, named);
    return read_options(f, r, value);
}

/* ---- the canonical text ----------------------------------------------------------------------------------------- */

static json_t *number_of(double d)
{
    return d == floor(d) && fabs(d) < 9007199254740992.0 ? json_integer((json_int_t)d) : json_real(d);
}

static json_t *field_json(const qn_field *f, bool named);

static json_t *fields_json(const qn_field *fields, size_t n)
{
    json_t *all = json_array();
    for (size_t i = 0; i < n && all; i++) {
        if (qn_json_append(all, field_json(&fields[i], true)) == 0) continue;
        json_decref(all);
        return NULL;
    }
    return all;
}

static int set_values(json_t *to, const qn_field *f)
{
    json_t *values = json_array();
    int rc = values ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < f->nvalues && !rc; i++) rc = qn_json_append(values, qn_json_of_str(qn_str_of(f->values[i])));
    if (!rc) return qn_json_set(to, "values", values);
    json_decref(values);
    return rc;
}

static json_t *field_json(const qn_field *f, bool named)
{
    json_t *o = json_object();
    int rc = o ? 0 : QN_ENOMEM;
    if (!rc && named) rc = qn_json_set(o, "name", qn_json_of_str(qn_str_of(f->name)));
    if (!rc) rc = qn_json_set(o, "kind", qn_json_of_str(qn_str_of(kinds[f->kind].name)));
    if (!rc && f->required) rc = qn_json_set(o, "required", json_true());
    if (!rc && f->unique) rc = qn_json_set(o, "unique", json_true());
    if (!rc && f->localized) rc = qn_json_set(o, "localized", json_true());
    if (!rc && f->indexed) rc = qn_json_set(o, "indexed", json_true());
    if (!rc && f->def) rc = qn_json_set(o, "default", json_deep_copy(f->def));
    if (!rc && f->has_min) rc = qn_json_set(o, "min", number_of(f->min));
    if (!rc && f->has_max) rc = qn_json_set(o, "max", number_of(f->max));
    if (!rc && f->pattern) rc = qn_json_set(o, "pattern", qn_json_of_str(qn_str_of(f->pattern)));
    if (!rc && f->nvalues) rc = set_values(o, f);
    if (!rc && f->to) rc = qn_json_set(o, "to", qn_json_of_str(qn_str_of(f->to)));
    if (!rc && f->kind == QN_KIND_GROUP) rc = qn_json_set(o, "of", fields_json(f->of, f->nof));
    if (!rc && f->kind == QN_KIND_LIST) rc = qn_json_set(o, "of", field_json(f->of, false));
    if (!rc) return o;
    json_decref(o);
    return NULL;
}

static int write_definition(qn_type *t)
{
    json_t *o = json_object();
    qn_buf text;
    qn_buf_init(&text, 0);
    int rc = o ? 0 : QN_ENOMEM;
    if (!rc) rc = qn_json_set(o, "name", qn_json_of_str(qn_str_of(t->name)));
    if (!rc) rc = qn_json_set(o, "collection", qn_json_of_str(qn_str_of(t->collection)));
    if (!rc) rc = qn_json_set(o, "version", json_integer(t->version));
    if (!rc) rc = qn_json_set(o, "fields", fields_json(t->fields, t->nfields));
    if (!rc) rc = qn_json_write(&text, o, false);
    if (!rc && !(t->json = strndup(text.p, text.n))) rc = QN_ENOMEM;
    qn_buf_free(&text);
    json_decref(o);
    return rc;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static int read_type_fields(void *to, reader *r, const json_t *value)
{
    qn_type *t = to;
    return read_fields(&t->fields, &t->nfields, r, value);
}

static int read_type(qn_type *t, reader *r, const json_t *definition)
{
    static const char *const members[] = { "name", "collection", "version", "fields" };
    t->version = 1;
    if (!json_is_object(definition)) {
        qn_check_ill_typed(&r->check, definition, "an object with name, collection and fields");
        return 0;
    }
    int rc = qn_check_members(&r->check, definition, members, sizeof members / sizeof *members);
    if (!rc) rc = at_member("name", read_type_name, &t->name, r, definition);
    if (!rc) rc = at_member("collection", read_collection, &t->collection, r, definition);
    if (!rc) rc = at_member("version", read_version, &t->version, r, definition);
    if (!rc) rc = at_member("fields", read_type_fields, t, r, definition);
    return rc;
}

int qn_type_read(qn_type *t, const json_t *definition, qn_faults *faults)
{
    reader r = { .depth = 0 };
    size_t before = faults->n + faults->dropped;
    int rc = qn_check_init(&r.check, faults, "");
    if (rc) return rc;
    rc = read_type(t, &r, definition);
    if (!rc && faults->n + faults->dropped > before) rc = QN_EINVAL;
    if (!rc) rc = write_definition(t);
    qn_check_done(&r.check);
    return rc;
}

int qn_type_parse(qn_type *t, qn_str definition, qn_errmsg *e)
{
    qn_json_fault fault;
    json_t *json = NULL;
    int rc = qn_json_parse(&json, definition, NULL, &fault);
    if (rc == QN_EINVAL)
        return qn_fail(e, rc, "a type's definition is not JSON: line %zu, column %zu: %s", fault.line, fault.column,
                       fault.detail);
    if (rc) return rc;
    qn_faults faults = { .arena = qn_arena_new(0) };
    rc = faults.arena ? qn_type_read(t, json, &faults) : QN_ENOMEM;
    if (rc == QN_EINVAL)
        rc = qn_fail(e, QN_EINVAL, "type %s: %s: %s", t->name ? t->name : "(without a name)", faults.items[0].pointer,
                     faults.items[0].detail);
    qn_arena_free(&faults.arena);
    json_decref(json);
    return rc;
}

static void clear_fields(qn_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        qn_field *f = &fields[i];
        for (size_t k = 0; k < f->nvalues; k++) free(f->values[k]);
        free(f->values);
        free(f->name);
        free(f->pattern);
        free(f->to);
        json_decref(f->def);
        clear_fields(f->of, f->nof);
    }
    free(fields);
}

void qn_type_clear(qn_type *t)
{
    clear_fields(t->fields, t->nfields);
    free(t->name);
    free(t->collection);
    free(t->json);
    *t = (qn_type){ .name = NULL };
}
