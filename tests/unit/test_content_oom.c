#include "content.h"

#include "content/blocks.h"
#include "content/draft.h"
#include "content/wire.h"
#include "oom.h"

/* Each allocation of core/ and of jansson fails in turn: what comes back is QN_ENOMEM, or right; the sanitizer sees
 * what leaks. */

#define ID "0197a3c0-1234-7abc-8def-0123456789ab"

static const char definition[] =
    "{\"name\":\"thing\",\"collection\":\"things\",\"fields\":[{\"name\":\"title\",\"kind\":\"string\",\"required\":"
    "true,\"pattern\":\"T.*\"},"
    "{\"name\":\"body\",\"kind\":\"blocks\"},{\"name\":\"friends\",\"kind\":\"references\",\"to\":\"thing\"},"
    "{\"name\":\"seo\",\"kind\":\"group\",\"of\":[{\"name\":\"title\",\"kind\":\"text\",\"default\":\"x\"}]},"
    "{\"name\":\"l\",\"kind\":\"list\",\"of\":{\"kind\":\"enum\",\"values\":[\"a\",\"b\"]}},{\"name\":\"data\","
    "\"kind\":\"json\"}]}";

static const char first[] = "{'title':'T','slug':'t','tags':['b','a'],'body':'# H\\n\\n- a\\n- b\\n\\n| a "
                            "|\\n|---|\\n| 1 |\\n\\n[x]\\n\\n[x]: /u\\n\\n![a](/b)',"
                            "'friends':['" ID "'],'seo':{},'l':['a','b'],'data':{'a':[1,{}]}}";
static const char change[] = "{'title':'T2','body':[{'type':'heading','text':'H'},{'type':'text','text':'new "
                             "words'},{'type':'list','items':['a']}],"
                             "'seo':{'title':'y'},'data':{'a':null,'b':2}}";
static const char current[] =
    "{'title':'T','slug':'t','locale':'en','tags':['a'],'body':[{'id':'b1','type':'heading','level':2,'text':'H'},"
    "{'id':'b2','type':'text','text':'old words'}],'friends':[],'seo':null,'l':[],'data':{'a':1}}";
static const char wrong[] = "{'titel':'T','body':[{'type':'txt'},{'text':3,'type':'text'}],'friends':[3,'x'],'seo':{'y'"
                            ":1},'l':['c'],'tags':['A b']}";

typedef struct {
    qn_types *types;
    json_t *input, *current;
    qn_draft_mode mode;
    int expected;
} trial;

static int once(const trial *t)
{
    qn_arena *a = qn_arena_new(0);
    if (!a) return QN_ENOMEM;
    qn_faults faults = { .arena = a };
    qn_draft d;
    int rc = qn_draft_check(&d, a, t->types, qn_types_at(t->types, 0), t->mode, t->input, t->current, &faults);
    if (rc == 0) {
        size_t n;
        if (t->current && !qn_draft_changes(&n, a, t->current, d.fields)) rc = QN_ENOMEM;
    }
    qn_arena_free(&a);
    return rc;
}

static void try_all(const trial *t)
{
    long n = 0;
    for (bool hit = true; hit; n++) {
        oom_start(n);
        int rc = once(t);
        hit = oom_end();
        if (hit ? rc != QN_ENOMEM && rc != t->expected : rc != t->expected)
            fail_msg("allocation %ld: %d, wanted %d", n, rc, t->expected);
    }
    assert_true(n > 20);
}

static void a_draft_survives_each_allocation_failing(void **state)
{
    (void)state;
    qn_types *types = NULL;
    qn_str text = qn_str_of(definition);
    assert_int_equal(qn_types_new(&types, &text, 1, NULL), 0);
    json_t *a = js(first), *b = js(change), *c = js(current), *w = js(wrong);
    try_all(&(trial){ types, a, NULL, QN_DRAFT_CREATE, 0 });
    try_all(&(trial){ types, b, c, QN_DRAFT_PATCH, 0 });
    try_all(&(trial){ types, a, c, QN_DRAFT_REPLACE, 0 });
    try_all(&(trial){ types, w, NULL, QN_DRAFT_CREATE, QN_EINVAL });
    json_decref(a);
    json_decref(b);
    json_decref(c);
    json_decref(w);
    qn_types_unref(&types);
}

static void a_type_survives_each_allocation_failing(void **state)
{
    (void)state;
    long n = 0;
    for (bool hit = true; hit; n++) {
        qn_types *types = NULL;
        qn_str text = qn_str_of(definition);
        qn_errmsg e = { "" };
        oom_start(n);
        int rc = qn_types_new(&types, &text, 1, &e);
        hit = oom_end();
        assert_true(hit ? rc == 0 || rc == QN_ENOMEM : rc == 0);
        qn_types_unref(&types);
    }
    assert_true(n > 50);
}

static void a_wire_text_survives_each_allocation_failing(void **state)
{
    (void)state;
    long n = 0;
    for (bool hit = true; hit; n++) {
        json_t *entry = NULL;
        oom_start(n);
        qn_arena *a = qn_arena_new(0);
        qn_faults faults = { .arena = a };
        int rc = a ? qn_wire_parse(&entry, QN_STR("T\n\nS.\ns\n\nHead\n\n3. word\n\nEnd."), &faults) : QN_ENOMEM;
        hit = oom_end();
        assert_int_equal(rc, hit ? QN_ENOMEM : 0);
        json_decref(entry);
        qn_arena_free(&a);
    }
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_survives_each_allocation_failing),
        cmocka_unit_test(a_type_survives_each_allocation_failing),
        cmocka_unit_test(a_wire_text_survives_each_allocation_failing),
    };
    json_set_alloc_funcs(__wrap_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
