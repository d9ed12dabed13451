/*
 * libFuzzer target of content's pure half: the first byte says which reader gets the rest. What one of them makes, the
 * next has to take, and what is canonical has to stay as it is.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "content/blocks.h"
#include "content/draft.h"
#include "content/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool right)
{
    if (!right) abort();
}

static const char definition[] =
    "{\"name\":\"t\",\"collection\":\"ts\",\"fields\":[{\"name\":\"title\",\"kind\":\"string\"},{\"name\":\"m\","
    "\"kind\":\"markdown\"},"
    "{\"name\":\"body\",\"kind\":\"blocks\"},{\"name\":\"i\",\"kind\":\"integer\",\"default\":3},{\"name\":\"n\","
    "\"kind\":\"number\",\"max\":9},"
    "{\"name\":\"f\",\"kind\":\"boolean\"},{\"name\":\"d\",\"kind\":\"date\"},{\"name\":\"dt\",\"kind\":\"datetime\"},"
    "{\"name\":\"e\",\"kind\":\"enum\",\"values\":[\"a\",\"b\"]},{\"name\":\"s\",\"kind\":\"slug\"},{\"name\":\"u\","
    "\"kind\":\"url\"},"
    "{\"name\":\"em\",\"kind\":\"email\"},{\"name\":\"j\",\"kind\":\"json\"},{\"name\":\"ta\",\"kind\":\"tags\"},"
    "{\"name\":\"r\",\"kind\":\"reference\"},{\"name\":\"rs\",\"kind\":\"references\"},{\"name\":\"a\",\"kind\":"
    "\"asset\"},"
    "{\"name\":\"g\",\"kind\":\"group\",\"of\":[{\"name\":\"x\",\"kind\":\"text\",\"required\":true},{\"name\":\"y\","
    "\"kind\":\"blocks\"}]},"
    "{\"name\":\"l\",\"kind\":\"list\",\"of\":{\"kind\":\"group\",\"of\":[{\"name\":\"r\",\"kind\":\"reference\"}]}}]}";

/* A body that a reader made is one that a client may send, and nothing more happens to it. */
static void body_holds(qn_arena *a, const json_t *blocks)
{
    qn_faults faults = { .arena = a };
    json_t *once = NULL, *again = NULL;
    must(qn_blocks_check(&once, blocks, NULL, "", &faults) == 0);
    must(json_array_size(once) == json_array_size(blocks));
    must(qn_blocks_check(&again, once, NULL, "", &faults) == 0 && json_equal(once, again));
    json_decref(again);
    again = NULL;
    must(qn_blocks_check(&again, blocks, once, "", &faults) == 0 &&
         json_equal(once, again)); /* every id is kept by content */
    json_decref(again);
    json_decref(once);
}

static void read_wire(qn_arena *a, qn_str s)
{
    qn_faults faults = { .arena = a };
    json_t *entry = NULL;
    int rc = qn_wire_parse(&entry, s, &faults);
    must(rc == 0 ? faults.n == 0 : rc == QN_EINVAL && faults.n > 0);
    if (rc == 0) {
        must(json_string_length(json_object_get(entry, "title")) > 0);
        body_holds(a, json_object_get(entry, "body"));
    }
    json_decref(entry);
}

static void read_markdown(qn_arena *a, qn_str s)
{
    json_t *blocks = NULL;
    if (qn_utf8_check(s) < s.n || (s.n && memchr(s.p, 0, s.n))) return; /* a JSON string is neither */
    int rc = qn_blocks_from_markdown(&blocks, s);
    must(rc == 0 || rc == QN_ELIMIT);
    if (rc == 0) body_holds(a, blocks);
    json_decref(blocks);
}

static void read_type(qn_str s)
{
    qn_types *types = NULL, *again = NULL;
    qn_errmsg e;
    if (qn_types_new(&types, &s, 1, &e)) return;
    qn_str json = qn_str_of(qn_types_at(types, 0)->json);
    must(qn_types_new(&again, &json, 1, &e) == 0);
    must(strcmp(qn_types_at(again, 0)->json, json.p) == 0);
    qn_types_unref(&types);
    qn_types_unref(&again);
}

/* Two values, one after the other: an entry, and what a PATCH of it says. */
static void read_draft(qn_arena *a, const qn_types *types, qn_str s)
{
    qn_str rest = s, head = qn_str_cut(&rest, '\n');
    const qn_type *type = qn_types_at(types, 0);
    json_t *input = NULL, *patch = NULL;
    qn_faults faults = { .arena = a }, none = { .arena = a };
    qn_draft d, again, changed;
    if (qn_json_parse(&input, head, NULL, NULL)) return;
    int rc = qn_draft_check(&d, a, types, type, QN_DRAFT_CREATE, input, NULL, &faults);
    must(rc == 0 ? faults.n == 0 : rc == QN_EINVAL && faults.n > 0);
    if (rc == 0) {
        must(qn_draft_check(&again, a, types, type, QN_DRAFT_CREATE, d.fields, NULL, &none) == 0);
        must(json_equal(d.fields, again.fields) && qn_is_slug(qn_str_of(d.slug)));
        size_t n;
        must(qn_draft_changes(&n, a, d.fields, again.fields) && n == 0);
        if (rest.p && qn_json_parse(&patch, rest, NULL, NULL) == 0)
            rc = qn_draft_check(&changed, a, types, type, QN_DRAFT_PATCH, patch, d.fields, &none);
        must(rc == 0 ? none.n == 0 : rc == QN_EINVAL && none.n > 0);
    }
    json_decref(input);
    json_decref(patch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static qn_types *types;
    qn_str d = qn_str_of(definition), s = { n ? (const char *)data + 1 : "", n ? n - 1 : 0 };
    if (!types) must(qn_types_new(&types, &d, 1, NULL) == 0);
    qn_arena *a = qn_arena_new(0);
    switch (n ? data[0] : 'w') {
    case 'w':
        read_wire(a, s);
        break;
    case 'm':
        read_markdown(a, s);
        break;
    case 't':
        read_type(s);
        break;
    case 's':
        if (qn_utf8_check(s) == s.n) must(qn_is_slug(qn_str_of(qn_slug_make(a, s))));
        break;
    default:
        read_draft(a, types, s);
    }
    qn_arena_free(&a);
    return 0;
}
