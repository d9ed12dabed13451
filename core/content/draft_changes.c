#include <stdlib.h>
#include <string.h>

#include "content/check.h"
#include "content/draft.h"

/* What differs between two versions of an entry, as pointers: fields, members of groups, blocks by their ids. */

enum { DEPTH_MOST = 8 }; /* deeper inside a field of free JSON the place is not told more exactly */

typedef struct {
    qn_arena *arena;
    qn_buf pointer;
    const char **items;
    size_t n, room;
    int depth;
} differ;

static int compare(differ *d, const json_t *a, const json_t *b);

static int add(differ *d)
{
    if (d->n == d->room) {
        size_t room = d->room ? d->room * 2 : 8;
        const char **items = qn_arena_calloc(d->arena, room, sizeof *items);
        if (!items) return QN_ENOMEM;
        if (d->n) memcpy(items, d->items, d->n * sizeof *items);
        d->items = items;
        d->room = room;
    }
    d->items[d->n] = qn_str_dup(d->arena, qn_buf_str(&d->pointer));
    return d->items[d->n++] ? 0 : QN_ENOMEM;
}

/* As `compare`, one step down. */
static int compare_at(differ *d, qn_str token, const json_t *a, const json_t *b)
{
    size_t mark = d->pointer.n;
    int rc = qn_json_pointer_add(&d->pointer, token);
    if (!rc) rc = compare(d, a, b);
    d->pointer.n = mark;
    return rc;
}

static const json_t *member(const json_t *object, qn_str name)
{
    return json_object_getn(object, name.p, name.n);
}

static qn_str key_of(void *it)
{
    return (qn_str){ json_object_iter_key(it), json_object_iter_key_len(it) };
}

/* Null, missing and an empty list are the same nothing. */
static bool says_something(const json_t *v)
{
    return v && !json_is_null(v) && !(json_is_array(v) && json_array_size(v) == 0);
}

static int compare_objects(differ *d, const json_t *a, const json_t *b)
{
    int rc = 0;
    d->depth++;
    QN_JSON_EACH(it, a)
    if (!rc) rc = compare_at(d, key_of(it), json_object_iter_value(it), member(b, key_of(it)));
    QN_JSON_EACH(it, b)
    if (!rc && !member(a, key_of(it))) rc = compare_at(d, key_of(it), NULL, json_object_iter_value(it));
    d->depth--;
    return rc;
}

/* ---- blocks ----------------------------------------------------------------------------------------------------- */

static const json_t *block_id(const json_t *block)
{
    const json_t *id = json_object_get(block, "id");
    return json_is_string(id) && json_is_string(json_object_get(block, "type")) ? id : NULL;
}

static bool are_blocks(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (!block_id(json_array_get(array, i))) return false;
    return json_is_array(array);
}

/* id → index. Returns owned; NULL when out of memory. */
static json_t *index_of(const json_t *blocks)
{
    json_t *index = json_object();
    for (size_t i = 0; i < json_array_size(blocks) && index; i++) {
        qn_str id = qn_json_str_of(block_id(json_array_get(blocks, i)));
        if (json_object_setn_new_nocheck(index, id.p, id.n, json_integer((json_int_t)i)) == 0) continue;
        json_decref(index);
        return NULL;
    }
    return index;
}

static const json_t *block_in(const json_t *blocks, const json_t *index, qn_str id)
{
    const json_t *at = member(index, id);
    return at ? json_array_get(blocks, (size_t)json_integer_value(at)) : NULL;
}

static int compare_block(differ *d, qn_str id, const json_t *a, const json_t *b)
{
    size_t mark = d->pointer.n;
    if (a && b && json_equal(a, b)) return 0;
    int rc = qn_json_pointer_add(&d->pointer, id);
    if (!rc) rc = add(d); /* a block is one place, whatever of it changed */
    d->pointer.n = mark;
    return rc;
}

static int compare_blocks(differ *d, const json_t *a, const json_t *b)
{
    json_t *in_a = index_of(a), *in_b = index_of(b);
    int rc = in_a && in_b ? 0 : QN_ENOMEM;
    bool moved = false;
    json_int_t last = -1;
    for (size_t i = 0; i < json_array_size(a) && !rc; i++) {
        const json_t *block = json_array_get(a, i);
        qn_str id = qn_json_str_of(block_id(block));
        const json_t *at = member(in_b, id);
        if (at) {
            moved |= json_integer_value(at) < last;
            last = json_integer_value(at);
        }
        rc = compare_block(d, id, block, block_in(b, in_b, id));
    }
    for (size_t i = 0; i < json_array_size(b) && !rc; i++) {
        const json_t *block = json_array_get(b, i);
        qn_str id = qn_json_str_of(block_id(block));
        if (!member(in_a, id)) rc = compare_block(d, id, NULL, block);
    }
    if (!rc && moved) rc = add(d); /* the order is a thing of the whole */
    json_decref(in_a);
    json_decref(in_b);
    return rc;
}

static int compare(differ *d, const json_t *a, const json_t *b)
{
    if (!says_something(a) && !says_something(b)) return 0;
    if (json_is_object(a) && json_is_object(b) && d->depth < DEPTH_MOST) return compare_objects(d, a, b);
    if (are_blocks(a) && are_blocks(b) && json_array_size(a) + json_array_size(b)) return compare_blocks(d, a, b);
    return a && b && json_equal(a, b) ? 0 : add(d);
}

/* Of the system's members only what a person changes is a change. */
static bool is_bookkeeping(qn_str name)
{
    static const char *const names[] = { "id",         "type",       "locale",
                                         "status",     "version",    "published_version",
                                         "created_at", "updated_at", "published_at",
                                         "created_by", "updated_by" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (qn_str_eqz(name, names[i])) return true;
    return name.n && name.p[0] == '_';
}

const char **qn_draft_changes(size_t *n, qn_arena *arena, const json_t *before, const json_t *after)
{
    differ d = { .arena = arena };
    qn_buf_init(&d.pointer, 0);
    int rc = 0;
    QN_JSON_EACH(it, before)
    if (!rc && !is_bookkeeping(key_of(it)))
        rc = compare_at(&d, key_of(it), json_object_iter_value(it), member(after, key_of(it)));
    QN_JSON_EACH(it, after)
    if (!rc && !is_bookkeeping(key_of(it)) && !member(before, key_of(it)))
        rc = compare_at(&d, key_of(it), NULL, json_object_iter_value(it));
    qn_buf_free(&d.pointer);
    const char **items = rc ? NULL : d.items;
    if (!rc && !items) items = qn_arena_calloc(arena, 1, sizeof *items);
    *n = items ? d.n : 0;
    return items;
}
