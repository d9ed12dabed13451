#include "content.h"

/* The path of the migration that brings the system's types. */
#define TYPES_SQL "sql/0002_types.sql"

static int read_one(qn_types **types, const char *definition, qn_errmsg *e)
{
    char *copy = strdup(definition);
    for (char *c = copy; *c; c++)
        if (*c == '\'') *c = '"';
    qn_str s = qn_str_of(copy);
    int rc = qn_types_new(types, &s, 1, e);
    free(copy);
    return rc;
}

static void a_definition_is_written_back_in_one_form(void **state)
{
    (void)state;
    qn_types *types = NULL;
    const qn_type *t = type_of(
        &types, "[{'required':true,'kind':'string','name':'title','max':300.0,'min':1},"
                "{'name':'n','kind':'integer','default':3,'unique':true,'localized':true,'indexed':true,'min':-5.0},"
                "{'name':'e','kind':'enum','values':['b','a'],'required':false},"
                "{'name':'g','kind':'group','of':[{'name':'id','kind':'url','pattern':'https.*'}]},"
                "{'of':{'kind':'string','max':5},'name':'l','kind':'list'},"
                "{'name':'r','kind':'references','to':'thing'}]");
    json_t *json = js(t->json);
    assert_json(json,
                "{'name':'thing','collection':'things','version':1,'fields':["
                "{'name':'title','kind':'string','required':true,'min':1,'max':300},"
                "{'name':'n','kind':'integer','unique':true,'localized':true,'indexed':true,'default':3,'min':-5},"
                "{'name':'e','kind':'enum','values':['b','a']},"
                "{'name':'g','kind':'group','of':[{'name':'id','kind':'url','pattern':'https.*'}]},"
                "{'name':'l','kind':'list','of':{'kind':'string','max':5}},"
                "{'name':'r','kind':'references','to':'thing'}]}");
    json_decref(json);
    qn_types_unref(&types);
    assert_null(types);
}

static void what_is_written_back_reads_the_same(void **state)
{
    (void)state;
    qn_types *once = NULL, *twice = NULL;
    const qn_type *t =
        type_of(&once, "[{'name':'a','kind':'number','default':0.1,'min':0,'max':0.5},"
                       "{'name':'l','kind':'list','of':{'kind':'group','of':[{'name':'x','kind':'text'}]}}]");
    qn_errmsg e;
    assert_int_equal(read_one(&twice, t->json, &e), 0);
    assert_string_equal(qn_types_at(twice, 0)->json, t->json);
    qn_types_unref(&once);
    qn_types_unref(&twice);
}

static void every_kind_has_its_name(void **state)
{
    (void)state;
    for (int k = 0; k < QN_KINDS; k++) {
        char fields[200];
        qn_types *types = NULL;
        const char *rest = k == QN_KIND_ENUM    ? ",'values':['x']"
                           : k == QN_KIND_GROUP ? ",'of':[{'name':'x','kind':'string'}]"
                           : k == QN_KIND_LIST  ? ",'of':{'kind':'string'}"
                                                : "";
        snprintf(fields, sizeof fields, "[{'name':'x','kind':'%s'%s}]", qn_kind_name((qn_kind)k), rest);
        assert_int_equal(type_of(&types, fields)->fields[0].kind, k);
        qn_types_unref(&types);
    }
}

static void nonsense_is_refused_with_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *fields, *says;
    } cases[] = {
        { "7", "/fields: has to be an array" },
        { "[]", "/fields: has to be an array of 1 to 200" },
        { "[3]", "/fields/0: is 3" },
        { "[{'name':'x','kind':'strin'}]", "is \"string\" meant?" },
        { "[{'name':'x','kind':'qqqqqqqqqq'}]", "there is no kind \"qqqqqqqqqq\"" },
        { "[{'name':'x'}]", "/fields/0/kind: is missing" },
        { "[{'kind':'string'}]", "/fields/0/name: is missing" },
        { "[{'name':'X','kind':'string'}]", "is not a name" },
        { "[{'name':'_x','kind':'string'}]", "is not a name" },
        { "[{'name':'','kind':'string'}]", "is not a name" },
        { "[{'name':'x','kind':'string','requird':true}]", "is \"required\" meant?" },
        { "[{'name':'x','kind':'string','required':1}]", "/fields/0/required: is 1" },
        { "[{'name':'slug','kind':'string'}]", "every entry has" },
        { "[{'name':'tags','kind':'tags'}]", "every entry has" },
        { "[{'name':'published_version','kind':'integer'}]", "every entry has" },
        { "[{'name':'x','kind':'string'},{'name':'x','kind':'text'}]", "two fields \"x\"" },
        { "[{'name':'x','kind':'group'}]", "/fields/0/of: has to be an array" },
        { "[{'name':'x','kind':'group','of':[]}]", "/fields/0/of: has to be an array" },
        { "[{'name':'x','kind':'list'}]", "what the list holds" },
        { "[{'name':'x','kind':'list','of':{'kind':'string','name':'y'}}]", "has no name" },
        { "[{'name':'x','kind':'list','of':{'kind':'string','required':true}}]", "none of the options" },
        { "[{'name':'x','kind':'enum'}]", "/fields/0/values: has to be an array of 1" },
        { "[{'name':'x','kind':'enum','values':['a','a']}]", "stands there twice" },
        { "[{'name':'x','kind':'enum','values':['']}]", "has 0 bytes" },
        { "[{'name':'x','kind':'string','values':['a']}]", "\"values\" means nothing to the kind string" },
        { "[{'name':'x','kind':'boolean','max':1}]", "\"max\" means nothing to the kind boolean" },
        { "[{'name':'x','kind':'group','unique':true,'of':[{'name':'y','kind':'string'}]}]",
          "\"unique\" means nothing" },
        { "[{'name':'x','kind':'string','to':'thing'}]", "\"to\" means nothing" },
        { "[{'name':'x','kind':'string','min':-1}]", "whole number from 0" },
        { "[{'name':'x','kind':'string','max':1.5}]", "whole number from 0" },
        { "[{'name':'x','kind':'string','min':5,'max':4}]", "min 5 is more than max 4" },
        { "[{'name':'x','kind':'string','pattern':'('}]", "is not a regular expression" },
        { "[{'name':'x','kind':'string','pattern':''}]", "0 bytes" },
        { "[{'name':'x','kind':'string','default':3}]", "/fields/0/default: is 3, has to be a string" },
        { "[{'name':'x','kind':'integer','default':9,'max':8}]", "/fields/0/default: is 9, at most 8" },
        { "[{'name':'x','kind':'enum','values':['a'],'default':'b'}]", "one of \"a\"" },
        { "[{'name':'x','kind':'references','to':'nothing'}]", "a type \"nothing\" that does not exist" },
        { "[{'name':'x','kind':'list','of':{'kind':'list','of':{'kind':'list','of':{'kind':'list','of':{'kind':'list','"
          "of':{'kind':"
          "'string'}}}}}}]",
          "nested deeper" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[2048];
        qn_types *types = NULL;
        qn_errmsg e = { "" };
        snprintf(text, sizeof text, "{'name':'thing','collection':'things','version':1,'fields':%s}", cases[i].fields);
        assert_int_equal(read_one(&types, text, &e), QN_EINVAL);
        assert_null(types);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s\n  says  %s\n  not   %s", cases[i].fields, e.text, cases[i].says);
    }
}

static void a_type_needs_a_name_a_collection_and_nothing_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *definition, *says;
    } cases[] = {
        { "[]", "is an array" },
        { "{", "not JSON: line 1" },
        { "{'collection':'ts','fields':[{'name':'x','kind':'string'}]}", "/name: is missing" },
        { "{'name':'t','fields':[{'name':'x','kind':'string'}]}", "/collection: is missing" },
        { "{'name':'t','collection':'tags','fields':[{'name':'x','kind':'string'}]}",
          "a collection of the system's own" },
        { "{'name':'t','collection':'ts','version':0,'fields':[{'name':'x','kind':'string'}]}", "1 or more" },
        { "{'name':'t','collection':'ts','version':'1','fields':[{'name':'x','kind':'string'}]}",
          "has to be a whole number" },
        { "{'name':'t','collection':'ts','feilds':[]}", "is \"fields\" meant?" },
        { "{'name':'t','collection':'ts'}", "/fields: has to be an array" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_types *types = NULL;
        qn_errmsg e = { "" };
        assert_int_equal(read_one(&types, cases[i].definition, &e), QN_EINVAL);
        if (!strstr(e.text, cases[i].says))
            fail_msg("%s\n  says  %s\n  not   %s", cases[i].definition, e.text, cases[i].says);
    }
}

static void a_set_is_ordered_and_found_by_name_and_collection(void **state)
{
    (void)state;
    qn_str definitions[] = {
        QN_STR(
            "{\"name\":\"b\",\"collection\":\"bs\",\"fields\":[{\"name\":\"x\",\"kind\":\"reference\",\"to\":\"a\"}]}"),
        QN_STR("{\"name\":\"a\",\"collection\":\"as\",\"fields\":[{\"name\":\"y\",\"kind\":\"string\"}]}")
    };
    qn_types *types = NULL;
    assert_int_equal(qn_types_new(&types, definitions, 2, NULL), 0);
    assert_string_equal(qn_types_at(types, 0)->name, "a");
    assert_string_equal(qn_types_at(types, 1)->name, "b");
    assert_null(qn_types_at(types, 2));
    assert_ptr_equal(qn_types_by_name(types, QN_STR("b")), qn_types_at(types, 1));
    assert_ptr_equal(qn_types_by_collection(types, QN_STR("as")), qn_types_at(types, 0));
    assert_null(qn_types_by_name(types, QN_STR("as")));
    assert_null(qn_types_by_collection(types, QN_STR("a")));
    assert_non_null(qn_type_field(qn_types_at(types, 0), QN_STR("y")));
    assert_null(qn_type_field(qn_types_at(types, 0), QN_STR("x")));
    qn_types *also = qn_types_ref(types);
    qn_types_unref(&types);
    assert_string_equal(qn_types_at(also, 0)->name, "a"); /* still there for who holds it */
    qn_types_unref(&also);
}

static void a_set_has_no_name_or_collection_twice(void **state)
{
    (void)state;
#define TWO(name, collection)                                                                                          \
    { QN_STR("{\"name\":\"a\",\"collection\":\"as\",\"fields\":[{\"name\":\"x\",\"kind\":\"string\"}]}"),              \
      QN_STR("{\"name\":\"" name "\",\"collection\":\"" collection                                                     \
             "\",\"fields\":[{\"name\":\"x\",\"kind\":\"string\"}]}") }
    qn_str same_name[] = TWO("a", "bs"), same_collection[] = TWO("b", "as");
    qn_types *types = NULL;
    qn_errmsg e;
    assert_int_equal(qn_types_new(&types, same_name, 2, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "two types \"a\""));
    assert_int_equal(qn_types_new(&types, same_collection, 2, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "\"as\""));
}

/* The migration's text between '[ and ]'::jsonb, behind ('name', 'collection', version. */
static void the_types_of_the_system_are_right(void **state)
{
    (void)state;
    size_t n, count = 0;
    char *sql = slurp(TYPES_SQL, &n);
    qn_str definitions[8];
    char *texts[8];
    assert_non_null(sql);
    for (char *at = sql; (at = strstr(at, "VALUES\n('")) != NULL;) {
        char name[64], collection[64];
        int version;
        assert_int_equal(sscanf(at, "VALUES\n('%63[a-z]', '%63[a-z]', %d", name, collection, &version), 3);
        char *from = strchr(at, '['), *to = strstr(at, "]'::jsonb");
        assert_non_null(to);
        at = to;
        size_t room = (size_t)(to - from) + 400;
        texts[count] = malloc(room);
        snprintf(texts[count], room, "{\"name\":\"%s\",\"collection\":\"%s\",\"version\":%d,\"fields\":%.*s]}", name,
                 collection, version, (int)(to - from), from);
        definitions[count] = qn_str_of(texts[count]);
        count++;
    }
    qn_types *types = NULL;
    qn_errmsg e = { "" };
    int rc = qn_types_new(&types, definitions, count, &e);
    for (size_t i = 0; i < count; i++) free(texts[i]);
    free(sql);
    if (rc) fail_msg("%s", e.text);
    const qn_type *article = qn_types_by_collection(types, QN_STR("articles"));
    assert_int_equal(count, 3);
    assert_true(qn_type_field(article, QN_STR("title"))->required);
    assert_int_equal(qn_type_field(article, QN_STR("body"))->kind, QN_KIND_BLOCKS);
    assert_string_equal(qn_type_field(article, QN_STR("authors"))->to, "author");
    assert_string_equal(qn_type_field(article, QN_STR("related"))->to, "article");
    assert_true(json_is_true(qn_type_field(article, QN_STR("show_in_related"))->def));
    assert_true(qn_type_field(qn_types_by_name(types, QN_STR("author")), QN_STR("name"))->required);
    assert_int_equal(qn_type_field(qn_types_by_collection(types, QN_STR("pages")), QN_STR("seo"))->nof, 3);
    qn_types_unref(&types);
}

/* The new type's faults, or NULL. Arena memory. */
static const char *new_faults(qn_arena *arena, const char *definition)
{
    qn_faults faults = { .arena = arena };
    qn_type t = { .name = NULL };
    json_t *json = js(definition);
    int rc = qn_type_check_new(&t, json, &faults);
    assert_int_equal(rc, faults.n ? QN_EINVAL : 0);
    const char *all = faults.n ? "" : NULL;
    for (size_t i = 0; i < faults.n; i++)
        all = qn_arena_printf(arena, "%s%s %s;", all, faults.items[i].pointer, faults.items[i].code);
    json_decref(json);
    qn_type_clear(&t);
    return all;
}

static void a_new_type_takes_what_is_built_and_names_the_rest(void **state)
{
    (void)state;
    static const struct {
        const char *definition, *faults;
    } cases[] = {
        { "{'name':'t','collection':'t-s','fields':[{'name':'aB','kind':'string'},{'name':'b','kind':'json'}]}", NULL },
        { "{'name':'t','collection':'ts','version':1,'fields':[{'name':'a','kind':'string'}]}", "/version read_only;" },
        { "{'name':'t','collection':'ts','fields':[{'name':'a','kind':'text'},{'name':'b','kind':'tags'}]}",
          "/fields/0/kind not_built;/fields/1/kind not_built;" },
        { "{'name':'t','collection':'ts','fields':[{'name':'a','kind':'string','unique':true,'indexed':false}]}",
          "/fields/0/unique not_built;" },
        { "{'name':'t','collection':'ts','fields':[{'name':'a','kind':'list','of':{'kind':'string'}}]}",
          "/fields/0/kind not_built;" },
        { "{'name':'T','collection':'a_type_of_more_than_forty_characters_is_one_too_long','fields':[{'name':'x'}]}",
          "/name definition;/collection definition;/fields/0/kind definition;" },
        { "{'name':'aB','collection':'aB','fields':[{'name':'id','kind':'string'}]}",
          "/name definition;/collection definition;/fields/0/name definition;" },
        { "{'name':'t','collection':'export','fields':[{'name':'a','kind':'string','default':7},"
          "{'name':'b','kind':'string','max':1,'default':'xx'}]}",
          "/collection definition;/fields/0/default type;/fields/1/default max;" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_arena *arena = qn_arena_new(0);
        const char *got = new_faults(arena, cases[i].definition);
        if ((got == NULL) != (cases[i].faults == NULL) || (got && strcmp(got, cases[i].faults) != 0))
            fail_msg("%s\n  gives %s\n  not   %s", cases[i].definition, got ? got : "none", cases[i].faults ? cases[i].faults : "none");
        qn_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_definition_is_written_back_in_one_form),
        cmocka_unit_test(what_is_written_back_reads_the_same),
        cmocka_unit_test(every_kind_has_its_name),
        cmocka_unit_test(nonsense_is_refused_with_what_is_wrong),
        cmocka_unit_test(a_type_needs_a_name_a_collection_and_nothing_unknown),
        cmocka_unit_test(a_set_is_ordered_and_found_by_name_and_collection),
        cmocka_unit_test(a_set_has_no_name_or_collection_twice),
        cmocka_unit_test(the_types_of_the_system_are_right),
        cmocka_unit_test(a_new_type_takes_what_is_built_and_names_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
