#include "content/blocks.h"

#include <string.h>

#include "base/clock.h"
#include "content/blocks_ids.h"
#include "content/kinds.h"

/* One function a kind of member: adds the canonical value to `block`, or a fault. */
typedef int (*member_fn)(json_t *block, qn_check *c, const char *name, const json_t *value);

static int text_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int line_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int level_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int flag_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int url_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int asset_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int time_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int items_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int header_member(json_t *block, qn_check *c, const char *name, const json_t *value);
static int rows_member(json_t *block, qn_check *c, const char *name, const json_t *value);

enum { MEMBERS_MOST = 5 };

typedef struct {
    const char *name;
    struct {
        const char *name;
        member_fn check;
        bool required;
    } members[MEMBERS_MOST];
    int (*rule)(json_t *block, qn_check *c); /* of the whole, may be NULL; called when the members are right */
} block_kind;

static int image_rule(json_t *block, qn_check *c);
static int table_rule(json_t *block, qn_check *c);

static const block_kind kinds[] = {
    { "heading", { { "level", level_member, false }, { "text", text_member, true } }, NULL },
    { "text", { { "text", text_member, true } }, NULL },
    { "quote",
      { { "text", text_member, true },
        { "attribution", line_member, false },
        { "role", line_member, false },
        { "source", line_member, false } },
      NULL },
    { "image",
      { { "asset", asset_member, false },
        { "url", url_member, false },
        { "alt", line_member, false },
        { "caption", text_member, false },
        { "credit", line_member, false } },
      image_rule },
    { "list", { { "ordered", flag_member, false }, { "items", items_member, true } }, NULL },
    { "table", { { "header", header_member, false }, { "rows", rows_member, true } }, table_rule },
    { "embed", { { "url", url_member, true }, { "title", line_member, false } }, NULL },
    { "correction", { { "text", text_member, true }, { "at", time_member, false } }, NULL },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* ---- members ---------------------------------------------------------------------------------------------------- */

static bool bounded(qn_str *out, qn_check *c, const json_t *value, size_t most)
{
    if (!qn_rule_string(out, c, value)) return false;
    if (out->n <= most) return true;
    qn_check_fault(c, false, "max", "has %zu bytes, at most %zu may be", out->n, most);
    return false;
}

static int set_bounded(json_t *block, qn_check *c, const char *name, const json_t *value, size_t most)
{
    qn_str s;
    return bounded(&s, c, value, most) ? qn_json_set(block, name, qn_json_of_str(s)) : 0;
}

static int text_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    return set_bounded(block, c, name, value, QN_BLOCK_TEXT_MAX_BYTES);
}

static int line_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    return set_bounded(block, c, name, value, QN_BLOCK_LINE_MAX_BYTES);
}

static int level_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    json_int_t level = json_integer_value(value);
    if (!json_is_integer(value))
        qn_check_ill_typed(c, value, "a whole number");
    else if (level < 1 || level > 6)
        qn_check_fault(c, false, level < 1 ? "min" : "max", "is %lld, has to be 1 to 6", (long long)level);
    else
        return qn_json_set(block, name, json_integer(level));
    return 0;
}

static int flag_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    if (json_is_boolean(value)) return qn_json_set(block, name, json_boolean(json_is_true(value)));
    qn_check_ill_typed(c, value, "true or false");
    return 0;
}

static int url_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    qn_str s;
    return qn_rule_string(&s, c, value) && qn_rule_url(c, s) ? qn_json_set(block, name, qn_json_of_str(s)) : 0;
}

static int asset_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    (void)block, (void)name;
    qn_str s;
    if (qn_rule_string(&s, c, value)) qn_rule_no_asset(c, value);
    return 0;
}

static int time_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    char written[QN_RFC3339_BYTES];
    qn_str s;
    bool right = qn_rule_string(&s, c, value) && qn_rule_datetime(written, c, s);
    return right ? qn_json_set(block, name, qn_json_of_str(qn_str_of(written))) : 0;
}

/* An array of strings; short of some where there were faults. Returns owned in *out; 0 with NULL when it is no such
 * array at all. */
static int strings_of(json_t **out, qn_check *c, const json_t *value, size_t most)
{
    size_t n = json_array_size(value), mark;
    if (!json_is_array(value)) {
        qn_check_ill_typed(c, value, "an array of strings");
        return 0;
    }
    if (n > most) {
        qn_check_fault(c, false, "max", "has %zu items, at most %zu may be", n, most);
        return 0;
    }
    json_t *all = json_array();
    int rc = all ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) {
        qn_str s;
        rc = qn_check_down_at(&mark, c, i);
        if (!rc && bounded(&s, c, json_array_get(value, i), QN_BLOCK_TEXT_MAX_BYTES))
            rc = qn_json_append(all, qn_json_of_str(s));
        if (!rc) qn_check_up(c, mark);
    }
    if (rc)
        json_decref(all);
    else
        *out = all;
    return rc;
}

static int items_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    json_t *items = NULL;
    int rc = strings_of(&items, c, value, QN_BLOCK_ITEMS_MAX);
    return rc || !items ? rc : qn_json_set(block, name, items);
}

static int header_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    json_t *cells = NULL;
    int rc = strings_of(&cells, c, value, QN_BLOCK_COLUMNS_MAX);
    return rc || !cells ? rc : qn_json_set(block, name, cells);
}

static int rows_member(json_t *block, qn_check *c, const char *name, const json_t *value)
{
    size_t n = json_array_size(value), mark;
    if (!json_is_array(value)) {
        qn_check_ill_typed(c, value, "an array of rows, each an array of strings");
        return 0;
    }
    if (n > QN_BLOCK_ITEMS_MAX) {
        qn_check_fault(c, false, "max", "has %zu rows, at most %d may be", n, QN_BLOCK_ITEMS_MAX);
        return 0;
    }
    json_t *rows = json_array();
    int rc = rows ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) {
        json_t *row = NULL;
        rc = qn_check_down_at(&mark, c, i);
        if (!rc) rc = strings_of(&row, c, json_array_get(value, i), QN_BLOCK_COLUMNS_MAX);
        if (!rc) qn_check_up(c, mark);
        if (row) rc = qn_json_append(rows, row);
    }
    if (!rc) return qn_json_set(block, name, rows);
    json_decref(rows);
    return rc;
}

/* ---- rules of the whole ----------------------------------------------------------------------------------------- */

static int image_rule(json_t *block, qn_check *c)
{
    if (!json_object_get(block, "url")) qn_check_fault(c, false, "required", "an image needs a \"url\"");
    return 0;
}

static int table_rule(json_t *block, qn_check *c)
{
    const json_t *header = json_object_get(block, "header"), *rows = json_object_get(block, "rows");
    size_t width = json_array_size(header ? header : json_array_get(rows, 0)), mark, inner;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        size_t has = json_array_size(json_array_get(rows, i));
        if (has == width) continue;
        int rc = qn_check_down(&mark, c, QN_STR("rows"));
        if (!rc) rc = qn_check_down_at(&inner, c, i);
        if (rc) return rc;
        qn_check_fault(c, false, has < width ? "min" : "max", "has %zu cells where the table has %zu columns", has,
                       width);
        qn_check_up(c, mark);
    }
    return 0;
}

/* ---- one block -------------------------------------------------------------------------------------------------- */

/* NULL with a fault when there is none such. */
static int find_kind(const block_kind **out, qn_check *c, const json_t *block)
{
    const char *names[KINDS], *near;
    const json_t *type = json_object_get(block, "type");
    size_t mark;
    qn_str s;
    *out = NULL;
    int rc = qn_check_down(&mark, c, QN_STR("type"));
    if (rc) return rc;
    for (size_t i = 0; i < KINDS; i++) names[i] = kinds[i].name;
    if (!type || json_is_null(type)) {
        qn_check_fault(c, false, "required",
                       "is missing, has to be one of heading, text, quote, image, list, table, embed, correction");
    } else if (qn_rule_string(&s, c, type)) {
        for (size_t i = 0; i < KINDS; i++)
            if (qn_str_eqz(s, names[i])) *out = &kinds[i];
        near = *out ? NULL : qn_nearest(s, names, KINDS);
        if (!*out)
            qn_check_fault(c, false, "enum", "there are no blocks of type %s%s%s%s", qn_show_str(c->arena, s),
                           near ? "; is \"" : ", only heading, text, quote, image, list, table, embed, correction",
                           near ? near : "", near ? "\" meant?" : "");
    }
    qn_check_up(c, mark);
    return 0;
}

static bool is_id(qn_str s)
{
    if (s.n == 0 || s.n > QN_BLOCK_ID_MAX_BYTES) return false;
    for (size_t i = 0; i < s.n; i++) {
        char b = s.p[i];
        if (!((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9') || b == '_' || b == '-'))
            return false;
    }
    return true;
}

/* `seen`: ids before it, with their index. */
static int check_id(json_t *to, qn_check *c, const json_t *id, json_t *seen, size_t index)
{
    qn_str s;
    if (!id || json_is_null(id)) return qn_json_set(to, "id", json_null());
    if (!qn_rule_string(&s, c, id)) return 0;
    if (!is_id(s)) {
        qn_check_fault(
            c, false, "format",
            "%s is not an id of a block: 1 to %d of A-Z, a-z, 0-9, \"_\", \"-\"; leave it out to have one made",
            qn_show_str(c->arena, s), QN_BLOCK_ID_MAX_BYTES);
        return 0;
    }
    const json_t *first = json_object_getn(seen, s.p, s.n);
    if (first) {
        qn_check_fault(c, false, "duplicate", "%s is the id of block %lld already: leave it out to have one made",
                       qn_show_str(c->arena, s), (long long)json_integer_value(first));
        return 0;
    }
    if (json_object_setn_new_nocheck(seen, s.p, s.n, json_integer((json_int_t)index))) return QN_ENOMEM;
    return qn_json_set(to, "id", qn_json_of_str(s));
}

static int check_members(json_t *to, qn_check *c, const block_kind *kind, const json_t *block)
{
    const char *names[MEMBERS_MOST + 2];
    size_t n = 0, mark;
    for (; n < MEMBERS_MOST && kind->members[n].name; n++) names[n] = kind->members[n].name;
    size_t members = n;
    names[n++] = "type";
    names[n++] = "id";
    int rc = qn_check_members(c, block, names, n);
    for (size_t i = 0; i < members && !rc; i++) {
        const json_t *value = json_object_get(block, names[i]);
        bool absent = !value || json_is_null(value);
        if (absent && !kind->members[i].required) continue;
        rc = qn_check_down(&mark, c, qn_str_of(names[i]));
        if (rc) break;
        if (absent)
            qn_check_fault(c, false, "required", "is missing, a block of type %s has to have it", kind->name);
        else
            rc = kind->members[i].check(to, c, names[i], value);
        qn_check_up(c, mark);
    }
    return rc;
}

/* What a member is when it is not said. Stands at its place in the order. */
static int set_default(json_t *to, const block_kind *kind)
{
    if (strcmp(kind->name, "heading") == 0) return qn_json_set(to, "level", json_integer(2));
    if (strcmp(kind->name, "list") == 0) return qn_json_set(to, "ordered", json_false());
    return 0;
}

static int check_block(json_t *to, qn_check *c, const json_t *block, json_t *seen, size_t index)
{
    const block_kind *kind;
    size_t faults = c->faults->n + c->faults->dropped, mark;
    if (!json_is_object(block)) {
        qn_check_ill_typed(c, block, "an object like {\"type\": \"text\", \"text\": \"…\"}");
        return 0;
    }
    int rc = qn_check_down(&mark, c, QN_STR("id"));
    if (!rc) rc = check_id(to, c, json_object_get(block, "id"), seen, index);
    if (rc) return rc;
    qn_check_up(c, mark);
    rc = find_kind(&kind, c, block);
    if (rc || !kind) return rc;
    rc = qn_json_set(to, "type", json_string(kind->name));
    if (!rc) rc = set_default(to, kind);
    if (!rc) rc = check_members(to, c, kind, block);
    if (!rc && kind->rule && c->faults->n + c->faults->dropped == faults) rc = kind->rule(to, c);
    return rc;
}

int qn_blocks_check(json_t **out, const json_t *blocks, const json_t *before, const char *pointer, qn_faults *faults)
{
    qn_check c;
    size_t had = faults->n + faults->dropped, mark;
    json_t *all = json_array(), *seen = json_object();
    int rc = qn_check_init(&c, faults, pointer);
    if (!all || !seen) rc = QN_ENOMEM;
    if (!rc && !json_is_array(blocks)) qn_check_ill_typed(&c, blocks, "an array of blocks");
    if (!rc && json_array_size(blocks) > QN_BLOCKS_MAX)
        qn_check_fault(&c, false, "max", "has %zu blocks, at most %d may be", json_array_size(blocks), QN_BLOCKS_MAX);
    bool fits = faults->n + faults->dropped == had;
    for (size_t i = 0; fits && !rc && i < json_array_size(blocks); i++) {
        json_t *to = json_object();
        rc = qn_check_down_at(&mark, &c, i);
        if (!rc) rc = to ? check_block(to, &c, json_array_get(blocks, i), seen, i) : QN_ENOMEM;
        if (!rc) qn_check_up(&c, mark);
        if (to && json_array_append_new(all, to)) rc = QN_ENOMEM;
    }
    if (!rc && faults->n + faults->dropped > had) rc = QN_EINVAL;
    if (!rc) rc = qn_blocks_give_ids(all, before, faults->arena);
    if (rc)
        json_decref(all);
    else
        *out = all;
    json_decref(seen);
    qn_check_done(&c);
    return rc;
}
