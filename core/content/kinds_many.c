#include "content/kinds_impl.h"

#include <stdlib.h>
#include <string.h>

#include "base/uuid.h"

/* ---- many ------------------------------------------------------------------------------------------------------- */

bool qn_kind_count_fits(qn_check *c, const qn_field *f, size_t n, size_t most)
{
    if (f->has_max) most = (size_t)f->max;
    if (n > most) {
        qn_check_fault(c, false, "max", "has %zu items, at most %zu may be", n, most);
        return false;
    }
    if (f->required && n == 0) {
        qn_check_fault(c, false, "required", "is empty, at least one has to be given");
        return false;
    }
    if (n && f->has_min && (double)n < f->min) { /* none at all is what an optional field may have */
        qn_check_fault(c, false, "min", "has %zu items, at least %.0f have to be", n, f->min);
        return false;
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int qn_tags_check(json_t **out, qn_check *c, const json_t *value, size_t max)
{
    size_t n = json_array_size(value), kept = 0, mark;
    qn_str s;
    if (!json_is_array(value)) {
        qn_check_ill_typed(c, value, "an array of tags like [\"kyiv\", \"air-defense\"]");
        return 0;
    }
    if (n > max) {
        qn_check_fault(c, false, "max", "has %zu tags, at most %zu may be", n, max);
        return 0;
    }
    const char **tags = qn_arena_calloc(c->arena, n, sizeof *tags);
    if (!tags) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (qn_check_down_at(&mark, c, i)) return QN_ENOMEM;
        if (qn_rule_string(&s, c, json_array_get(value, i)) && qn_rule_slug(c, s)) tags[kept++] = s.p;
        qn_check_up(c, mark);
    }
    if (kept < n) return 0;
    qsort(tags, n, sizeof *tags, by_text);
    json_t *sorted = json_array();
    if (!sorted) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        if (i && strcmp(tags[i], tags[i - 1]) == 0) continue; /* a set: said twice is said once */
        if (qn_json_append(sorted, qn_json_of_str(qn_str_of(tags[i])))) {
            json_decref(sorted);
            return QN_ENOMEM;
        }
    }
    *out = sorted;
    return 0;
}

int qn_kind_tags(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                 const json_t *before)
{
    (void)before;
    if (json_is_array(value) && !qn_kind_count_fits(args->check, f, json_array_size(value), QN_TAGS_MAX)) return 0;
    return qn_tags_check(out, args->check, value, f->has_max ? (size_t)f->max : QN_TAGS_MAX);
}

/* ---- references ------------------------------------------------------------------------------------------------- */

/* The id in lower case, in the arena; absent slice with a fault. */
static qn_str id_of(qn_check *c, const json_t *value)
{
    qn_str s, absent = { NULL, 0 };
    if (!json_is_string(value)) {
        qn_check_ill_typed(c, value, "an id");
        return absent;
    }
    s = qn_json_str_of(value);
    if (!qn_rule_uuid(c, s)) return absent;
    char *lower = qn_str_dup(c->arena, s);
    for (size_t i = 0; lower && i < s.n; i++)
        if (lower[i] >= 'A' && lower[i] <= 'F') lower[i] = (char)(lower[i] + ('a' - 'A'));
    return (qn_str){ lower, lower ? s.n : 0 };
}

/* `place` is the JSON Pointer of the field, without its slash. */
static int tell_edge(const qn_kind_check_args *args, const qn_field *f, qn_str place, size_t ord, qn_str id)
{
    if (!args->edge) return 0;
    if (place.n && place.p[0] == '/') place = (qn_str){ place.p + 1, place.n - 1 };
    return args->edge(args->ctx, place, (int)ord, id, f);
}

int qn_kind_reference(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                      const json_t *before)
{
    (void)before;
    qn_str id = id_of(args->check, value);
    if (!id.p) return 0;
    if (tell_edge(args, f, qn_buf_str(&args->check->pointer), 0, id)) return QN_ENOMEM;
    return qn_kind_give(out, qn_json_of_str(id));
}

/* Adds id number `i` of a list to `ids`, or a fault. `seen`: the ids before it with the index where each stood first.
 */
static int add_reference(json_t *ids, json_t *seen, const qn_kind_check_args *args, const qn_field *f,
                         const json_t *value, size_t i)
{
    qn_check *c = args->check;
    qn_str place = { c->pointer.p, c->pointer.n };
    size_t mark;
    int rc = qn_check_down_at(&mark, c, i);
    if (rc) return rc;
    qn_str id = id_of(c, value);
    const json_t *first = id.p ? json_object_getn(seen, id.p, id.n) : NULL;
    if (first)
        qn_check_fault(c, false, "duplicate", "%.*s stands in the list already, at %lld", QN_FMT(id),
                       (long long)json_integer_value(first));
    qn_check_up(c, mark);
    if (!id.p || first) return 0;
    place.p = c->pointer.p; /* it may have moved */
    rc = json_object_setn_new_nocheck(seen, id.p, id.n, json_integer((json_int_t)i)) ? QN_ENOMEM : 0;
    if (!rc) rc = qn_json_append(ids, qn_json_of_str(id));
    return rc ? rc : tell_edge(args, f, place, i, id);
}

int qn_kind_references(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                       const json_t *before)
{
    (void)before;
    size_t n = json_array_size(value);
    if (!json_is_array(value)) {
        qn_check_ill_typed(args->check, value, "an array of ids");
        return 0;
    }
    if (!qn_kind_count_fits(args->check, f, n, QN_ITEMS_MAX)) return 0;
    json_t *ids = json_array(), *seen = json_object();
    int rc = ids && seen ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) rc = add_reference(ids, seen, args, f, json_array_get(value, i), i);
    json_decref(seen);
    if (rc || json_array_size(ids) < n)
        json_decref(ids);
    else
        *out = ids;
    return rc;
}

int qn_kind_asset(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                  const json_t *before)
{
    (void)out, (void)f, (void)before;
    qn_str s;
    if (qn_rule_string(&s, args->check, value)) qn_rule_no_asset(args->check, value);
    return 0;
}

int qn_kind_assets(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                   const json_t *before)
{
    qn_check *c = args->check;
    size_t mark;
    if (!json_is_array(value)) {
        qn_check_ill_typed(c, value, "an array of ids");
        return 0;
    }
    if (!qn_kind_count_fits(c, f, json_array_size(value), QN_ITEMS_MAX)) return 0;
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (qn_check_down_at(&mark, c, i)) return QN_ENOMEM;
        qn_kind_asset(out, args, f, json_array_get(value, i), before);
        qn_check_up(c, mark);
    }
    return json_array_size(value) ? 0 : qn_kind_give(out, json_array());
}
