#include "content/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"

/* ---- values ------------------------------------------------------------------------------------------------------ */

typedef bool (*value_ok)(qn_str v);

static bool any_text(qn_str v)
{
    return v.n <= QN_FILTER_VALUE_BYTES;
}

static void bad_value(qn_faults *faults, const qn_filter *f, qn_str v, const char *wanted)
{
    qn_fault_add(faults, true, f->origin ? f->origin : "?filter", "type", "\"%.*s\" is not %s",
                 (int)(v.n > 80 ? 80 : v.n), v.p ? v.p : "", wanted);
}

static int check_values(qn_faults *faults, const qn_filter *f, value_ok ok, const char *wanted)
{
    int err = QN_OK;
    if (!f->nvalues || f->nvalues > QN_FILTER_VALUES) {
        qn_fault_add(faults, true, f->origin, "max", "1 to %d values are taken, here are %zu", QN_FILTER_VALUES,
                     f->nvalues);
        return QN_EINVAL;
    }
    for (size_t i = 0; i < f->nvalues; i++) {
        if (ok(f->values[i])) continue;
        bad_value(faults, f, f->values[i], wanted);
        err = QN_EINVAL;
    }
    return err;
}

void qn_filter_values(qn_params *p, const qn_filter *f)
{
    const char **texts = qn_arena_calloc(p->arena, f->nvalues + 1, sizeof *texts);
    for (size_t i = 0; texts && i < f->nvalues; i++)
        if (!(texts[i] = qn_str_dup(p->arena, (qn_str){ f->values[i].p ? f->values[i].p : "", f->values[i].n })))
            p->failed = true;
    if (texts)
        qn_params_texts(p, texts, f->nvalues);
    else
        p->failed = true;
}

int qn_filter_tag_check(qn_faults *faults, const qn_filter *f)
{
    return check_values(faults, f, qn_is_slug, "a slug, such as \"air-defense\"");
}

/* ---- system members ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    const char *live, *draft; /* expressions */
    const char *array;        /* type of the parameter */
    value_ok ok;
    const char *wanted;
} members[] = {
    { "id", "p.entry", "e.id", "uuid[]", qn_is_uuid, "an id" },
    { "slug", "p.slug", "e.slug", "text[]", qn_is_slug, "a slug" },
    { "locale", "p.locale", "e.locale", "text[]", any_text, "a locale" },
    { "status", "'published'", "status_at(e.status, e.scheduled_at, now())", "text[]", any_text, "a status" },
    { "created_by", "p.created_by", "e.created_by", "uuid[]", qn_is_uuid, "an id" },
    { "updated_by", "p.updated_by", "e.updated_by", "uuid[]", qn_is_uuid, "an id" },
};

static void compile_member(qn_filter_sql *c, const qn_filter *f, size_t i)
{
    if (check_values(c->faults, f, members[i].ok, members[i].wanted)) return;
    qn_filter_values(c->params, f);
    qn_buf_printf(c->sql, "%s = ANY($%d::%s)", c->view == QN_VIEW_LIVE ? members[i].live : members[i].draft,
                  c->params->n, members[i].array);
}

static void compile_tags(qn_filter_sql *c, const qn_filter *f)
{
    if (qn_filter_tag_check(c->faults, f)) return;
    qn_filter_values(c->params, f);
    qn_buf_printf(c->sql, "%s.tags && $%d::text[]", c->view == QN_VIEW_LIVE ? "p" : "e", c->params->n);
}

/* ---- fields ------------------------------------------------------------------------------------------------------ */

/* A number as JSON writes it (RFC 8259 6), finite. */
static json_t *number_of(qn_str v)
{
    json_t *n = NULL;
    qn_json_fault fault;
    if (v.n > 40 || qn_json_parse(&n, v, NULL, &fault)) return NULL;
    if (json_is_number(n) && isfinite(json_number_value(n))) return n;
    json_decref(n);
    return NULL;
}

static json_t *time_of(qn_str v, qn_kind kind)
{
    int64_t us;
    char text[QN_RFC3339_BYTES];
    if (qn_rfc3339_parse(&us, v)) return NULL;
    if (kind == QN_KIND_DATE) return v.n == 10 ? json_stringn(v.p, v.n) : NULL;
    qn_rfc3339(text, us);
    return json_string(text);
}

static bool in_enum(const qn_field *f, qn_str v)
{
    for (size_t i = 0; i < f->nvalues; i++)
        if (qn_str_eqz(v, f->values[i])) return true;
    return false;
}

/* The value as the field keeps it, owned, or NULL: it cannot have this one. `*wanted` says what it can. */
static json_t *scalar_of(const qn_field *f, qn_str v, const char **wanted)
{
    int64_t i;
    switch (f->kind) {
    case QN_KIND_INTEGER:
        *wanted = "a whole number";
        return qn_str_i64(&i, v) ? NULL : json_integer(i);
    case QN_KIND_NUMBER:
        *wanted = "a number";
        return number_of(v);
    case QN_KIND_BOOLEAN:
        *wanted = "true or false";
        if (qn_str_eqz(v, "true")) return json_true();
        return qn_str_eqz(v, "false") ? json_false() : NULL;
    case QN_KIND_DATE:
        *wanted = "a day, such as 2026-11-22";
        return time_of(v, f->kind);
    case QN_KIND_DATETIME:
        *wanted = "a time, such as 2026-11-22T10:00:00Z";
        return time_of(v, f->kind);
    case QN_KIND_ENUM:
        *wanted = "one of the field's values";
        return in_enum(f, v) ? json_stringn(v.p, v.n) : NULL;
    default:
        *wanted = "text of at most 1000 bytes";
        return any_text(v) ? json_stringn(v.p ? v.p : "", v.n) : NULL;
    }
}

/* `{"field":value}` as text, arena memory; NULL with a fault or `failed` set. */
static const char *containment(qn_filter_sql *c, const qn_filter *f, const qn_field *field, qn_str v)
{
    const char *wanted = "";
    json_t *value = scalar_of(field, v, &wanted), *o = value ? json_object() : NULL;
    qn_buf b;
    const char *text = NULL;
    if (!value) {
        bad_value(c->faults, f, v, wanted);
        return NULL;
    }
    qn_buf_init(&b, 0);
    bool failed = !o || json_object_set(o, field->name, value) || qn_json_write(&b, o, false);
    if (!failed) text = qn_arena_strndup(c->arena, b.p, b.n);
    if (!text) c->params->failed = true;
    qn_buf_free(&b);
    json_decref(o);
    json_decref(value);
    return text;
}

static void compile_scalar(qn_filter_sql *c, const qn_filter *f, const qn_field *field)
{
    if (check_values(c->faults, f, any_text, "text of at most 1000 bytes")) return;
    const char **texts = qn_arena_calloc(c->arena, f->nvalues, sizeof *texts);
    bool good = texts;
    for (size_t i = 0; texts && i < f->nvalues; i++)
        if (!(texts[i] = containment(c, f, field, f->values[i]))) good = false;
    if (!texts) c->params->failed = true;
    if (!good) return;
    const char *row = c->view == QN_VIEW_LIVE ? "p" : "e";
    if (f->nvalues == 1) {
        qn_params_z(c->params, texts[0]);
        qn_buf_printf(c->sql, "%s.scalars @> $%d::jsonb", row, c->params->n);
    } else {
        qn_params_texts(c->params, texts, f->nvalues);
        qn_buf_printf(c->sql, "%s.scalars @> ANY($%d::jsonb[])", row, c->params->n);
    }
}

/* By the edges. Readers do not meet a target that is not live, here neither. */
static void compile_reference(qn_filter_sql *c, const qn_filter *f, const qn_field *field)
{
    if (check_values(c->faults, f, qn_is_uuid, "an id")) return;
    qn_params_z(c->params, field->name);
    int name = c->params->n;
    qn_filter_values(c->params, f);
    int ids = c->params->n;
    if (c->view == QN_VIEW_DRAFT)
        qn_buf_printf(c->sql,
                      "EXISTS (SELECT FROM reference f WHERE f.source = e.id AND f.view = 'd' AND f.field = $%d"
                      " AND f.target = ANY($%d::uuid[]))",
                      name, ids);
    else
        qn_buf_printf(c->sql,
                      "EXISTS (SELECT FROM reference f JOIN published q ON q.entry = f.target AND q.publish_at <= now()"
                      " AND q.until > now() WHERE f.source = p.entry AND f.view = 'l' AND f.publish_at = p.publish_at"
                      " AND f.field = $%d AND f.target = ANY($%d::uuid[]))",
                      name, ids);
}

static void compile_field(qn_filter_sql *c, const qn_filter *f)
{
    const qn_field *field = qn_type_field(c->type, qn_str_of(f->field));
    if (!field) {
        qn_fault_add(c->faults, true, f->origin, "unknown_field", "%ss have no field \"%s\"", c->type->name, f->field);
        return;
    }
    switch (field->kind) {
    case QN_KIND_REFERENCE:
    case QN_KIND_REFERENCES:
        compile_reference(c, f, field);
        break;
    case QN_KIND_BLOCKS:
    case QN_KIND_JSON:
    case QN_KIND_TAGS:
    case QN_KIND_ASSET:
    case QN_KIND_ASSETS:
    case QN_KIND_GROUP:
    case QN_KIND_LIST:
    case QN_KINDS:
        qn_fault_add(c->faults, true, f->origin, "not_filterable", "a field of kind %s cannot be filtered by",
                     qn_kind_name(field->kind));
        break;
    default:
        compile_scalar(c, f, field);
    }
}

/* ---- the tree ---------------------------------------------------------------------------------------------------- */

static void compile_condition(qn_filter_sql *c, const qn_filter *f)
{
    if (++c->conditions == QN_FILTER_CONDITIONS + 1)
        qn_fault_add(c->faults, true, "?filter", "max", "at most %d conditions are taken", QN_FILTER_CONDITIONS);
    if (c->conditions > QN_FILTER_CONDITIONS) return;
    if (f == c->skip) {
        qn_buf_addz(c->sql, "true");
        return;
    }
    if (!strcmp(f->field, "tags")) {
        compile_tags(c, f);
        return;
    }
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (strcmp(f->field, members[i].name) != 0) continue;
        compile_member(c, f, i);
        return;
    }
    compile_field(c, f);
}

static void compile(qn_filter_sql *c, const qn_filter *f, unsigned depth)
{
    if (depth > QN_FILTER_DEPTH) {
        qn_fault_add(c->faults, true, "?filter", "depth", "at most %d levels are taken", QN_FILTER_DEPTH);
        return;
    }
    if (f->kind == QN_NODE_COND) {
        compile_condition(c, f);
        return;
    }
    /* What a row does not have makes a condition NULL; NOT takes that for false. */
    qn_buf_addz(c->sql, f->kind == QN_NODE_NOT ? "((" : "(");
    for (size_t i = 0; i < f->nchildren; i++) {
        if (i) qn_buf_addz(c->sql, f->kind == QN_NODE_OR ? " OR " : " AND ");
        compile(c, &f->children[i], depth + 1);
    }
    if (!f->nchildren) qn_buf_addz(c->sql, f->kind == QN_NODE_OR ? "false" : "true");
    qn_buf_addz(c->sql, f->kind == QN_NODE_NOT ? ") IS NOT TRUE)" : ")");
}

int qn_filter_compile(qn_filter_sql *c, const qn_filter *f)
{
    compile(c, f, 1);
    if (c->params->failed || c->sql->failed) return QN_ENOMEM;
    return c->faults->n ? QN_EINVAL : QN_OK;
}

/* A condition on `field` that every row has to meet. */
static const qn_filter *needed(const qn_filter *f, const char *field)
{
    if (!f) return NULL;
    if (f->kind == QN_NODE_COND) return strcmp(f->field, field) ? NULL : f;
    for (size_t i = 0; f->kind == QN_NODE_AND && i < f->nchildren; i++)
        if (f->children[i].kind == QN_NODE_COND && !strcmp(f->children[i].field, field)) return &f->children[i];
    return NULL;
}

const qn_filter *qn_filter_tag(const qn_filter *f)
{
    return needed(f, "tags");
}

bool qn_filter_sharp(const qn_filter *f)
{
    return needed(f, "id") || needed(f, "slug");
}

bool qn_filter_only(const qn_filter *f, const qn_filter *one)
{
    if (f == one) return true;
    return f->kind == QN_NODE_AND && f->nchildren == 1 && &f->children[0] == one;
}
