#include "content.h"

#include "content/blocks.h"

static const char *id_at(const json_t *blocks, size_t i)
{
    return json_string_value(json_object_get(json_array_get(blocks, i), "id"));
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

static void each_type_takes_its_members_in_one_order(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "{'text':'H','type':'heading','level':3,'id':'x'}", "{'id':'x','type':'heading','level':3,'text':'H'}" },
        { "{'type':'heading','text':'H'}", "{'id':'b1','type':'heading','level':2,'text':'H'}" },
        { "{'type':'heading','text':'H','level':null}", "{'id':'b1','type':'heading','level':2,'text':'H'}" },
        { "{'type':'text','text':''}", "{'id':'b1','type':'text','text':''}" },
        { "{'id':null,'type':'text','text':' *a* '}", "{'id':'b1','type':'text','text':' *a* '}" },
        { "{'source':'TV','role':'mayor','attribution':'Ann','text':'So.','type':'quote'}",
          "{'id':'b1','type':'quote','text':'So.','attribution':'Ann','role':'mayor','source':'TV'}" },
        { "{'type':'quote','text':'So.','role':null}", "{'id':'b1','type':'quote','text':'So.'}" },
        { "{'type':'image','credit':'c','caption':'p','alt':'a','url':'/i.png','asset':null}",
          "{'id':'b1','type':'image','url':'/i.png','alt':'a','caption':'p','credit':'c'}" },
        { "{'type':'list','items':['a','b']}", "{'id':'b1','type':'list','ordered':false,'items':['a','b']}" },
        { "{'type':'list','items':[],'ordered':true}", "{'id':'b1','type':'list','ordered':true,'items':[]}" },
        { "{'type':'table','rows':[['1','2'],['3','4']],'header':['a','b']}",
          "{'id':'b1','type':'table','header':['a','b'],'rows':[['1','2'],['3','4']]}" },
        { "{'type':'table','rows':[['1']]}", "{'id':'b1','type':'table','rows':[['1']]}" },
        { "{'type':'table','rows':[]}", "{'id':'b1','type':'table','rows':[]}" },
        { "{'type':'embed','title':'t','url':'https://v.example/1'}",
          "{'id':'b1','type':'embed','url':'https://v.example/1','title':'t'}" },
        { "{'type':'correction','text':'c','at':'2026-11-22T10:00:00+01:00'}",
          "{'id':'b1','type':'correction','text':'c','at':'2026-11-22T09:00:00.000Z'}" },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *one = js(cases[i].in), *all = json_pack("[o]", one), *out = NULL;
        if (qn_blocks_check(&out, all, NULL, "", &b->faults)) fail_msg("%s: %s", cases[i].in, told(&b->faults));
        assert_json(json_array_get(out, 0), cases[i].out);
        json_decref(out);
        json_decref(all);
    }
}

static void what_a_block_is_not_is_told_with_its_place(void **state)
{
    static const struct {
        const char *in, *says;
    } cases[] = {
        { "{}", "400 /body type" },
        { "[3]", "400 /body/0 type" },
        { "[{}]", "/body/0/type required" },
        { "[{'type':null}]", "/body/0/type required" },
        { "[{'type':3}]", "400 /body/0/type type" },
        { "[{'type':'para','text':'x'}]", "/body/0/type enum" },
        { "[{'type':'text'}]", "/body/0/text required" },
        { "[{'type':'text','text':null}]", "/body/0/text required" },
        { "[{'type':'text','text':1}]", "400 /body/0/text type" },
        { "[{'type':'text','text':'x','level':2}]", "400 /body/0/level unknown_member" },
        { "[{'type':'heading','text':'x','level':0}]", "/body/0/level min" },
        { "[{'type':'heading','text':'x','level':7}]", "/body/0/level max" },
        { "[{'type':'heading','text':'x','level':'2'}]", "400 /body/0/level type" },
        { "[{'type':'image'}]", "/body/0 required" },
        { "[{'type':'image','asset':'x'}]", "/body/0/asset not_found" },
        { "[{'type':'image','url':'javascript:1'}]", "/body/0/url format" },
        { "[{'type':'embed','url':'data:text/html,x'}]", "/body/0/url format" },
        { "[{'type':'list'}]", "/body/0/items required" },
        { "[{'type':'list','items':'a'}]", "400 /body/0/items type" },
        { "[{'type':'list','items':['a',1,null]}]", "400 /body/0/items/1 type, /body/0/items/2 type" },
        { "[{'type':'list','items':['a'],'ordered':1}]", "400 /body/0/ordered type" },
        { "[{'type':'table','rows':['a']}]", "400 /body/0/rows/0 type" },
        { "[{'type':'table','header':['a','b'],'rows':[['1'],['1','2'],['1','2','3']]}]",
          "/body/0/rows/0 min, /body/0/rows/2 max" },
        { "[{'type':'table','rows':[['1'],['1','2']]}]", "/body/0/rows/1 max" },
        { "[{'type':'correction','text':'x','at':'yesterday'}]", "/body/0/at format" },
        { "[{'type':'text','text':'x','id':'a b'}]", "/body/0/id format" },
        { "[{'type':'text','text':'x','id':''}]", "/body/0/id format" },
        { "[{'type':'text','text':'x','id':'12345678901234567890123456789012345678901'}]", "/body/0/id format" },
        { "[{'type':'text','text':'x','id':7}]", "400 /body/0/id type" },
        { "[{'type':'text','text':'x','id':'a'},{'type':'text','text':'y','id':'a'}]", "/body/1/id duplicate" },
        { "[{'type':'text'},{'type':'tixt'},{'type':'text','text':'x'},7]",
          "400 /body/0/text required, /body/1/type enum, /body/3 type" },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *in = js(cases[i].in), *out = NULL;
        assert_int_equal(qn_blocks_check(&out, in, NULL, "/body", &b->faults), QN_EINVAL);
        assert_null(out);
        if (strcmp(told(&b->faults), cases[i].says) != 0)
            fail_msg("%s: %s, wanted %s", cases[i].in, told(&b->faults), cases[i].says);
        json_decref(in);
        bench_clear(b);
    }
}

static void counts_and_lengths_are_bounded(void **state)
{
    bench *b = *state;
    json_t *many = json_array(), *out = NULL;
    for (int i = 0; i <= QN_BLOCKS_MAX; i++)
        json_array_append_new(many, json_pack("{s:s, s:s}", "type", "text", "text", "x"));
    assert_int_equal(qn_blocks_check(&out, many, NULL, "", &b->faults), QN_EINVAL);
    assert_string_equal(told(&b->faults), " max");
    json_array_remove(many, 0);
    bench_clear(b);
    assert_int_equal(qn_blocks_check(&out, many, NULL, "", &b->faults), 0);
    assert_string_equal(id_at(out, QN_BLOCKS_MAX - 1), "b5000");
    json_decref(out);
    json_decref(many);

    char *text = calloc(1, QN_BLOCK_TEXT_MAX_BYTES + 2);
    memset(text, 'a', QN_BLOCK_TEXT_MAX_BYTES);
    for (int more = 0; more < 2; more++) {
        json_t *one = json_pack("[{s:s, s:s}]", "type", "text", "text", text);
        bench_clear(b);
        assert_int_equal(qn_blocks_check(&out, one, NULL, "", &b->faults), more ? QN_EINVAL : 0);
        if (!more) json_decref(out);
        json_decref(one);
        text[QN_BLOCK_TEXT_MAX_BYTES] = 'a';
    }
    assert_string_equal(told(&b->faults), "/0/text max");
    free(text);
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

/* Words of a text as blocks without ids: "a b c" → three text blocks. */
static json_t *words(const char *text)
{
    json_t *all = json_array();
    char *copy = strdup(text), *save = NULL;
    for (char *w = strtok_r(copy, "|", &save); w; w = strtok_r(NULL, "|", &save))
        json_array_append_new(all, *w == '#' ? json_pack("{s:s, s:s}", "type", "heading", "text", w + 1)
                                             : json_pack("{s:s, s:s}", "type", "text", "text", w));
    free(copy);
    return all;
}

static json_t *with_ids(bench *b, json_t *blocks, const json_t *before)
{
    json_t *out = NULL;
    if (qn_blocks_check(&out, blocks, before, "", &b->faults)) fail_msg("%s", told(&b->faults));
    json_decref(blocks);
    return out;
}

static void ids_stay_with_their_blocks(void **state)
{
    /* `keeps`: for each block of `after` the index of the one in `before` whose id it has, "+" for a new one. */
    static const struct {
        const char *before, *after, *keeps;
    } cases[] = {
        { "one|two|three", "one|two|three", "012" },
        { "one|two|three", "two|three", "12" },
        { "one|two|three", "one|three", "02" },
        { "one|two|three", "zero|one|two|three", "+012" },
        { "one|two|three", "one|two|three|four", "012+" },
        { "one|two|three", "three|two|one", "210" },
        { "same|same|x|same", "same|same|x|same", "0123" },
        { "same|x|same", "same|same", "02" },
        { "The mayor spoke on Monday.|End", "The mayor spoke on Tuesday.|End", "01" },
        { "The mayor spoke on Monday.|End", "New start.|The mayor spoke at noon on Monday.|End", "+01" },
        { "Alpha beta gamma delta.|Red green blue.", "Red green blue!|Alpha beta gamma, delta.", "10" },
        { "A|old words|B", "A|entirely new|B", "012" },
        { "A|old words|B", "A|#entirely new|B", "0+2" },
        { "A|B", "A|some new text|more of it|B", "0++1" },
        { "A|first para|second para|B", "A|B", "03" },
        { "#Head|p", "#Head, longer|p", "01" },
        { "京都で会議が開かれた|終わり", "京都で大きな会議が開かれた|終わり", "01" },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *before = with_ids(b, words(cases[i].before), NULL), *after = with_ids(b, words(cases[i].after), before);
        for (size_t k = 0; k < json_array_size(after); k++) {
            char is = '+';
            for (size_t o = 0; o < json_array_size(before); o++)
                if (strcmp(id_at(before, o), id_at(after, k)) == 0) is = (char)('0' + o);
            if (is != cases[i].keeps[k])
                fail_msg("%s → %s: block %zu has the id of %c, wanted %s", cases[i].before, cases[i].after, k, is,
                         cases[i].keeps);
        }
        json_decref(before);
        json_decref(after);
    }
}

static void given_ids_win_over_content(void **state)
{
    bench *b = *state;
    json_t *before = js("[{'id':'b1','type':'text','text':'one'},{'id':'b2','type':'text','text':'two'}]");
    json_t *out = with_ids(b,
                           js("[{'type':'text','text':'one'},{'id':'b1','type':'text','text':'one'},{'id':'mine','type'"
                              ":'text','text':'two'}]"),
                           before);
    assert_string_equal(id_at(out, 1), "b1");
    assert_string_equal(id_at(out, 2), "mine");
    assert_string_not_equal(id_at(out, 0), "b1"); /* its words are those of b1, but another block is b1 */
    assert_string_not_equal(id_at(out, 0), "b2");
    json_decref(out);
    json_decref(before);
}

static void a_new_id_was_never_used_before(void **state)
{
    bench *b = *state;
    json_t *before = with_ids(b, words("one|two|three"), NULL);
    json_t *shorter = with_ids(b, words("one|two"), before); /* b3 is gone, and only the past knows of it */
    json_t *longer = with_ids(b, words("one|two|#four|#five"), shorter);
    for (size_t i = 2; i < 4; i++) {
        assert_string_not_equal(id_at(longer, i), "b3");
        assert_int_equal(id_at(longer, i)[0], 'b');
        assert_int_equal(strspn(id_at(longer, i) + 1, "0123456789"), strlen(id_at(longer, i)) - 1);
    }
    assert_string_not_equal(id_at(longer, 2), id_at(longer, 3));
    json_decref(before);
    json_decref(shorter);
    json_decref(longer);
}

static void a_first_body_counts_from_one_around_what_is_taken(void **state)
{
    bench *b = *state;
    json_t *out =
        with_ids(b,
                 js("[{'type':'text','text':'a'},{'id':'b7','type':'text','text':'b'},{'type':'text','text':'c'},"
                    "{'id':'b999999999999999999','type':'text','text':'d'},{'id':'b1000000000000000000','type':'text','"
                    "text':'e'}]"),
                 NULL);
    assert_string_equal(id_at(out, 0), "b1000000000000000001");
    assert_string_equal(id_at(out, 2), "b1000000000000000002");
    json_decref(out);
}

static void the_order_of_members_does_not_count(void **state)
{
    bench *b = *state;
    json_t *before = js(
        "[{'text':'a','level':2,'type':'heading','id':'x1'},{'items':['p'],'type':'list','id':'x2','ordered':false}]");
    json_t *out = with_ids(b, js("[{'type':'list','items':['p']},{'type':'heading','text':'a'}]"), before);
    assert_string_equal(id_at(out, 0), "x2");
    assert_string_equal(id_at(out, 1), "x1");
    json_decref(out);
    json_decref(before);
}

static uint32_t roll(uint32_t *seed, uint32_t sides)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % sides;
}

/* A body is edited again and again at random; whatever is not touched keeps its id, and no id is ever given twice. */
static void random_edits_never_move_an_id_to_another_block(void **state)
{
    bench *b = *state;
    for (uint32_t run = 1; run <= 20; run++) {
        uint32_t seed = run, serial = 0;
        json_t *body = json_array(), *owner = json_object(); /* id → the text that first had it */
        for (int round = 0; round < 25; round++) {
            json_t *next = json_array();
            size_t n = json_array_size(body);
            for (size_t i = 0; i <= n; i++) {
                uint32_t dice = roll(&seed, 10);
                if (dice == 0 || n == 0) { /* a new one, like no other */
                    char text[80];
                    snprintf(text, sizeof text, "%u-%u-%u-%u", serial * 7919u, serial * 104729u, serial, run);
                    serial++;
                    json_array_append_new(next, json_pack("{s:s, s:s}", "type", "text", "text", text));
                }
                if (i < n && dice != 1) {
                    json_t *kept = json_deep_copy(json_array_get(body, i));
                    if (roll(&seed, 2)) json_object_del(kept, "id");
                    json_array_append_new(next, kept);
                }
            }
            json_t *out = with_ids(b, next, round ? body : NULL);
            for (size_t i = 0; i < json_array_size(out); i++) {
                const json_t *text = json_object_get(json_array_get(out, i), "text"),
                             *of = json_object_get(owner, id_at(out, i));
                for (size_t k = 0; k < i; k++) assert_string_not_equal(id_at(out, i), id_at(out, k));
                for (size_t k = 0; k < json_array_size(body); k++) /* unchanged: the id is that of before */
                    if (json_equal(text, json_object_get(json_array_get(body, k), "text")))
                        assert_string_equal(id_at(out, i), id_at(body, k));
                if (!of) json_object_set(owner, id_at(out, i), (json_t *)(uintptr_t)text);
            }
            json_decref(body);
            body = out;
            bench_clear(b);
        }
        json_decref(body);
        json_decref(owner);
    }
}

static void large_bodies_with_everything_changed_are_matched_in_bounded_work(void **state)
{
    bench *b = *state;
    json_t *before = json_array(), *after = json_array();
    for (int i = 0; i < QN_BLOCKS_MAX; i++) {
        char text[100], id[16];
        snprintf(text, sizeof text, "paragraph number %d says that something happened", i);
        snprintf(id, sizeof id, "k%d", i);
        json_array_append_new(before, json_pack("{s:s, s:s, s:s}", "id", id, "type", "text", "text", text));
        snprintf(text, sizeof text, "paragraph number %d says that something else happened", i);
        json_array_append_new(after, json_pack("{s:s, s:s}", "type", "text", "text", text));
    }
    json_t *out = with_ids(b, after, before);
    size_t kept = 0;
    for (int i = 0; i < QN_BLOCKS_MAX; i++) {
        char id[16];
        snprintf(id, sizeof id, "k%d", i);
        kept += strcmp(id_at(out, (size_t)i), id) == 0;
    }
    assert_true(kept > QN_BLOCKS_MAX / 2);
    json_decref(out);
    json_decref(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QN_BENCH_TEST(each_type_takes_its_members_in_one_order),
        QN_BENCH_TEST(what_a_block_is_not_is_told_with_its_place),
        QN_BENCH_TEST(counts_and_lengths_are_bounded),
        QN_BENCH_TEST(ids_stay_with_their_blocks),
        QN_BENCH_TEST(given_ids_win_over_content),
        QN_BENCH_TEST(a_new_id_was_never_used_before),
        QN_BENCH_TEST(a_first_body_counts_from_one_around_what_is_taken),
        QN_BENCH_TEST(the_order_of_members_does_not_count),
        QN_BENCH_TEST(random_edits_never_move_an_id_to_another_block),
        QN_BENCH_TEST(large_bodies_with_everything_changed_are_matched_in_bounded_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
