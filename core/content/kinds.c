#include "content/kinds.h"

#include "content/blocks.h"
#include "content/kinds_impl.h"
#include "content/markdown.h"

int qn_kind_give(json_t **out, json_t *value)
{
    if (!value) return QN_ENOMEM;
    *out = value;
    return 0;
}

/* ---- what holds other kinds ------------------------------------------------------------------------------------- */

static int check_member(json_t *group, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                        const json_t *before)
{
    json_t *one = NULL;
    size_t mark;
    int rc = qn_check_down(&mark, args->check, qn_str_of(f->name));
    if (rc) return rc;
    rc = qn_kind_check(&one, args, f, value, before);
    qn_check_up(args->check, mark);
    return rc || !one ? rc : qn_json_set(group, f->name, one);
}

static int refuse_unknown(const qn_kind_check_args *args, const qn_field *f, const json_t *value)
{
    const char **names = qn_arena_calloc(args->check->arena, f->nof, sizeof *names);
    if (!names) return QN_ENOMEM;
    for (size_t i = 0; i < f->nof; i++) names[i] = f->of[i].name;
    return qn_check_members(args->check, value, names, f->nof);
}

static int check_group(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                       const json_t *before)
{
    if (!json_is_object(value)) {
        qn_check_ill_typed(args->check, value, "an object");
        return 0;
    }
    json_t *group = json_object();
    int rc = group ? refuse_unknown(args, f, value) : QN_ENOMEM;
    for (size_t i = 0; i < f->nof && !rc; i++)
        rc = check_member(group, args, &f->of[i], json_object_get(value, f->of[i].name),
                          json_object_get(before, f->of[i].name));
    if (rc || json_object_size(group) < f->nof)
        json_decref(group);
    else
        *out = group;
    return rc;
}

static int check_list(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                      const json_t *before)
{
    qn_check *c = args->check;
    size_t n = json_array_size(value), mark;
    if (!json_is_array(value)) {
        qn_check_ill_typed(c, value, "an array");
        return 0;
    }
    if (!qn_kind_count_fits(c, f, n, QN_ITEMS_MAX)) return 0;
    qn_field item = f->of[0];
    item.required = true; /* nothing is not an item */
    json_t *list = json_array();
    int rc = list ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) {
        json_t *one = NULL;
        rc = qn_check_down_at(&mark, c, i);
        if (rc) break;
        rc = qn_kind_check(&one, args, &item, json_array_get(value, i), json_array_get(before, i));
        qn_check_up(c, mark);
        if (one && !rc) rc = qn_json_append(list, one);
    }
    if (rc || json_array_size(list) < n)
        json_decref(list);
    else
        *out = list;
    return rc;
}

/* A string is Markdown and is split. */
static int check_blocks(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                        const json_t *before)
{
    qn_check *c = args->check;
    json_t *split = NULL, *none = NULL;
    if (json_is_string(value)) {
        int rc = qn_blocks_from_markdown(&split, qn_json_str_of(value));
        if (rc == QN_ELIMIT) {
            qn_check_fault(c, false, "max",
                           "is Markdown of more than %d blocks or %d lines, or with a block of more than %d bytes",
                           QN_BLOCKS_MAX, QN_MD_LINES_MAX, QN_BLOCK_TEXT_MAX_BYTES);
            return 0;
        }
        if (rc) return rc;
        value = split;
    } else if (!json_is_array(value)) {
        qn_check_ill_typed(c, value, "an array of blocks, or a string of Markdown");
        return 0;
    }
    int rc = 0;
    if (!json_is_array(before)) before = none = args->exists ? json_array() : NULL;
    if (args->exists && !before) rc = QN_ENOMEM;
    if (!rc && qn_kind_count_fits(c, f, json_array_size(value), QN_BLOCKS_MAX)) {
        rc = qn_blocks_check(out, value, before, c->pointer.n ? c->pointer.p : "", c->faults);
        if (rc == QN_EINVAL) rc = 0;
    }
    json_decref(split);
    json_decref(none);
    return rc;
}

static qn_kind_fn *const checks[QN_KINDS] = {
    [QN_KIND_STRING] = qn_kind_text,
    [QN_KIND_TEXT] = qn_kind_text,
    [QN_KIND_MARKDOWN] = qn_kind_text,
    [QN_KIND_BLOCKS] = check_blocks,
    [QN_KIND_INTEGER] = qn_kind_integer,
    [QN_KIND_NUMBER] = qn_kind_number,
    [QN_KIND_BOOLEAN] = qn_kind_boolean,
    [QN_KIND_DATE] = qn_kind_time,
    [QN_KIND_DATETIME] = qn_kind_time,
    [QN_KIND_ENUM] = qn_kind_enum,
    [QN_KIND_SLUG] = qn_kind_formatted,
    [QN_KIND_URL] = qn_kind_formatted,
    [QN_KIND_EMAIL] = qn_kind_formatted,
    [QN_KIND_JSON] = qn_kind_json,
    [QN_KIND_TAGS] = qn_kind_tags,
    [QN_KIND_REFERENCE] = qn_kind_reference,
    [QN_KIND_REFERENCES] = qn_kind_references,
    [QN_KIND_ASSET] = qn_kind_asset,
    [QN_KIND_ASSETS] = qn_kind_assets,
    [QN_KIND_GROUP] = check_group,
    [QN_KIND_LIST] = check_list,
};

/* Of these, nothing is an empty list: clients need not ask whether there is one. */
static bool holds_many(qn_kind kind)
{
    return kind == QN_KIND_BLOCKS || kind == QN_KIND_TAGS || kind == QN_KIND_REFERENCES || kind == QN_KIND_ASSETS ||
           kind == QN_KIND_LIST;
}

int qn_kind_check(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                  const json_t *before)
{
    *out = NULL;
    if (value && !json_is_null(value)) return checks[f->kind](out, args, f, value, before);
    if (f->def) return qn_kind_give(out, json_deep_copy(f->def));
    if (!f->required) return qn_kind_give(out, holds_many(f->kind) ? json_array() : json_null());
    qn_check_fault(args->check, false, "required", "is missing, has to be given");
    return 0;
}
