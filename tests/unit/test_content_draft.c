#include "content.h"

#include "content/draft.h"

#define BLNS "../shared/corpora/data/blns.json"
#define ID1  "0197a3c0-1234-7abc-8def-0123456789ab"
#define ID2  "0197a3c0-1234-7abc-8def-0123456789ac"

static const char article[] =
    "[{'name':'title','kind':'string','required':true,'min':1,'max':300},{'name':'summary','kind':'text'},"
    "{'name':'body','kind':'blocks'},{'name':'authors','kind':'references','to':'thing'},"
    "{'name':'section','kind':'string'},{'name':'hero','kind':'asset'},"
    "{'name':'seo','kind':'group','of':[{'name':'title','kind':'string'},{'name':'canonical','kind':'url'}]},"
    "{'name':'show','kind':'boolean','default':true}]";

typedef struct {
    bench *b;
    qn_types *types;
    const qn_type *type;
    qn_draft d;
    json_t *input, *current;
    int rc;
} trial;

/* Checks `input` against a type of `fields`. */
static void try(trial *t, const char *fields, qn_draft_mode mode, const char *input, const char *current)
{
    t->type = type_of(&t->types, fields);
    t->input = js(input);
    t->current = current ? js(current) : NULL;
    t->rc = qn_draft_check(&t->d, t->b->arena, t->types, t->type, mode, t->input, t->current, &t->b->faults);
}

static void end(trial *t)
{
    qn_types_unref(&t->types);
    json_decref(t->input);
    json_decref(t->current);
    bench *b = t->b;
    bench_clear(b);
    *t = (trial){ .b = b };
}

/* ---- kinds ------------------------------------------------------------------------------------------------------ */

static void each_kind_takes_its_values_and_makes_them_canonical(void **state)
{
    static const struct {
        const char *field, *in, *out;
    } cases[] = {
        { "'kind':'string'", "' a\\n\\t\\u0001b '", "' a\\n\\t\\u0001b '" },
        { "'kind':'string','min':2,'max':3", "'äöü'", "'äöü'" },
        { "'kind':'string','pattern':'[а-я]{3}'", "'мир'", "'мир'" },
        { "'kind':'text'", "''", "''" },
        { "'kind':'markdown'", "'# a'", "'# a'" },
        { "'kind':'integer'", "-9223372036854775808", "-9223372036854775808" },
        { "'kind':'integer'", "3.0", "3" },
        { "'kind':'integer','min':1,'max':3", "3", "3" },
        { "'kind':'number'", "0.1", "0.1" },
        { "'kind':'number'", "3", "3" },
        { "'kind':'boolean'", "false", "false" },
        { "'kind':'date'", "'2024-02-29'", "'2024-02-29'" },
        { "'kind':'datetime'", "'2026-11-22T12:00:00.1239+02:00'", "'2026-11-22T10:00:00.123Z'" },
        { "'kind':'datetime'", "'2026-11-22t12:00:00z'", "'2026-11-22T12:00:00.000Z'" },
        { "'kind':'enum','values':['a','b']", "'b'", "'b'" },
        { "'kind':'slug'", "'a-b2'", "'a-b2'" },
        { "'kind':'url'", "'https://example.org:8080/a?b=c#d'", "'https://example.org:8080/a?b=c#d'" },
        { "'kind':'url'", "'HTTP://[::1]:80/'", "'HTTP://[::1]:80/'" },
        { "'kind':'url'", "'https://müller.example/ä'", "'https://müller.example/ä'" },
        { "'kind':'url'", "'/a/b'", "'/a/b'" },
        { "'kind':'url'", "'/'", "'/'" },
        { "'kind':'email'", "'o.k+x@desk.example.org'", "'o.k+x@desk.example.org'" },
        { "'kind':'json'", "{'b':[1,null,{'a':{}}],'a':0.5}", "{'b':[1,null,{'a':{}}],'a':0.5}" },
        { "'kind':'tags'", "['b','a','b']", "['a','b']" },
        { "'kind':'reference'", "'0197A3C0-1234-7ABC-8DEF-0123456789AB'", "'" ID1 "'" },
        { "'kind':'references'", "['" ID2 "','" ID1 "']", "['" ID2 "','" ID1 "']" },
        { "'kind':'references'", "[]", "[]" },
        { "'kind':'assets'", "[]", "[]" },
        { "'kind':'list','min':2,'of':{'kind':'integer'}", "null", "[]" },
        { "'kind':'list','min':2,'of':{'kind':'integer'}", "[]", "[]" },
        { "'kind':'group','of':[{'name':'a','kind':'string'},{'name':'b','kind':'integer','default':7}]", "{'a':'x'}",
          "{'a':'x','b':7}" },
        { "'kind':'group','of':[{'name':'a','kind':'string','required':true}]", "null", "null" },
        { "'kind':'list','of':{'kind':'integer'}", "[3,1.0]", "[3,1]" },
        { "'kind':'list','of':{'kind':'group','of':[{'name':'a','kind':'date'}]}", "[{}]", "[{'a':null}]" },
        { "'kind':'integer','default':5", "null", "5" },
        { "'kind':'blocks'", "'# H\\n\\ntext'",
          "[{'id':'b1','type':'heading','level':1,'text':'H'},{'id':'b2','type':'text','text':'text'}]" },
        { "'kind':'blocks'", "[{'text':'a','type':'text'}]", "[{'id':'b1','type':'text','text':'a'}]" },
    };
    trial t = { .b = *state };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char fields[400], input[400];
        snprintf(fields, sizeof fields, "[{'name':'x',%s}]", cases[i].field);
        snprintf(input, sizeof input, "{'x':%s}", cases[i].in);
        try(&t, fields, QN_DRAFT_CREATE, input, NULL);
        if (t.rc) fail_msg("%s of %s: %s", input, fields, told(&t.b->faults));
        assert_json(json_object_get(t.d.fields, "x"), cases[i].out);
        end(&t);
    }
}

static void each_kind_refuses_what_is_not_of_it(void **state)
{
    static const struct {
        const char *field, *in, *says;
    } cases[] = {
        { "'kind':'string'", "3", "400 /x type" },
        { "'kind':'string'", "['a']", "400 /x type" },
        { "'kind':'string','max':3", "'äöüß'", "/x max" },
        { "'kind':'string','min':3", "'äö'", "/x min" },
        { "'kind':'string','required':true", "''", "/x required" },
        { "'kind':'string','required':true", "' \\u00a0\\u3000\\n'", "/x required" },
        { "'kind':'string','required':true", "null", "/x required" },
        { "'kind':'string','pattern':'a+'", "'aab'", "/x pattern" },
        { "'kind':'string','pattern':'(a|aa)+$'",
          "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab'", "/x pattern" },
        { "'kind':'text'", "true", "400 /x type" },
        { "'kind':'integer'", "1.5", "400 /x type" },
        { "'kind':'integer'", "1e300", "400 /x type" },
        { "'kind':'integer'", "'1'", "400 /x type" },
        { "'kind':'integer','max':3", "4", "/x max" },
        { "'kind':'number','min':0.5", "0.4", "/x min" },
        { "'kind':'number'", "'1'", "400 /x type" },
        { "'kind':'boolean'", "0", "400 /x type" },
        { "'kind':'date'", "'2023-02-29'", "/x format" },
        { "'kind':'date'", "'2023-2-9'", "/x format" },
        { "'kind':'date'", "'2026-11-22T10:00:00Z'", "/x format" },
        { "'kind':'datetime'", "'2026-11-22'", "/x format" },
        { "'kind':'datetime'", "'2026-11-22T25:00:00Z'", "/x format" },
        { "'kind':'datetime'", "'2026-11-22T10:00:00'", "/x format" },
        { "'kind':'datetime'", "'0001-01-01T00:00:00+01:00'", "/x format" },
        { "'kind':'datetime'", "'9999-12-31T23:59:59-01:00'", "/x format" },
        { "'kind':'enum','values':['a','b']", "'A'", "/x enum" },
        { "'kind':'slug'", "'A b'", "/x format" },
        { "'kind':'slug'", "'" ID1 "'", "/x format" },
        { "'kind':'url'", "'javascript:alert(1)'", "/x format" },
        { "'kind':'url'", "'//evil.example'", "/x format" },
        { "'kind':'url'", "'/\\\\evil.example'", "/x format" },
        { "'kind':'url'", "'ftp://example.org'", "/x format" },
        { "'kind':'url'", "'https://'", "/x format" },
        { "'kind':'url'", "'https:///path'", "/x format" },
        { "'kind':'url'", "'https://a:99999/'", "/x format" },
        { "'kind':'url'", "'https://[::1'", "/x format" },
        { "'kind':'url'", "'https://a b/'", "/x format" },
        { "'kind':'url'", "' https://a/'", "/x format" },
        { "'kind':'url'", "'a.html'", "/x format" },
        { "'kind':'url'", "''", "/x format" },
        { "'kind':'email'", "'a'", "/x format" },
        { "'kind':'email'", "'a@b..c'", "/x format" },
        { "'kind':'email'", "'a@-b.c'", "/x format" },
        { "'kind':'email'", "'a b@c.d'", "/x format" },
        { "'kind':'email'", "'@c.d'", "/x format" },
        { "'kind':'email'", "'a@'", "/x format" },
        { "'kind':'tags'", "'a'", "400 /x type" },
        { "'kind':'tags'", "['a','B c',3]", "400 /x/1 format, /x/2 type" },
        { "'kind':'tags','max':1", "['a','b']", "/x max" },
        { "'kind':'reference'", "{'id':'" ID1 "'}", "400 /x type" },
        { "'kind':'reference'", "'nobody'", "/x format" },
        { "'kind':'references'", "'" ID1 "'", "400 /x type" },
        { "'kind':'references'", "['" ID1 "','0197A3C0-1234-7ABC-8DEF-0123456789AB']", "/x/1 duplicate" },
        { "'kind':'references','max':1", "['" ID1 "','" ID2 "']", "/x max" },
        { "'kind':'references','required':true", "[]", "/x required" },
        { "'kind':'asset'", "'" ID1 "'", "/x not_found" },
        { "'kind':'asset'", "7", "400 /x type" },
        { "'kind':'assets'", "['" ID1 "','" ID2 "']", "/x/0 not_found, /x/1 not_found" },
        { "'kind':'group','of':[{'name':'a','kind':'string','required':true}]", "{}", "/x/a required" },
        { "'kind':'group','of':[{'name':'a','kind':'string'}]", "{'a':'x','b':1}", "400 /x/b unknown_member" },
        { "'kind':'group','of':[{'name':'a','kind':'string'}]", "[]", "400 /x type" },
        { "'kind':'list','of':{'kind':'integer','max':3}", "[1,null,9,'x']", "400 /x/1 required, /x/2 max, /x/3 type" },
        { "'kind':'list','min':2,'of':{'kind':'integer'}", "[1]", "/x min" },
        { "'kind':'references','min':2", "['" ID1 "']", "/x min" },
        { "'kind':'blocks'", "{}", "400 /x type" },
        { "'kind':'blocks','required':true", "' \\n '", "/x required" },
        { "'kind':'blocks','max':1", "'a\\n\\nb'", "/x max" },
        { "'kind':'blocks'", "[{'type':'text','text':3}]", "400 /x/0/text type" },
    };
    trial t = { .b = *state };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char fields[400], input[400];
        snprintf(fields, sizeof fields, "[{'name':'x',%s}]", cases[i].field);
        snprintf(input, sizeof input, "{'x':%s}", cases[i].in);
        try(&t, fields, QN_DRAFT_CREATE, input, NULL);
        assert_int_equal(t.rc, QN_EINVAL);
        if (strcmp(told(&t.b->faults), cases[i].says) != 0)
            fail_msg("%s of %s: %s, wanted %s", input, fields, told(&t.b->faults), cases[i].says);
        end(&t);
    }
}

static void json_is_bounded_in_depth(void **state)
{
    trial t = { .b = *state };
    for (int levels = 64; levels <= 65; levels++) {
        char input[400] = "{'x':";
        for (int i = 0; i < levels; i++) strcat(input, "[");
        for (int i = 0; i < levels; i++) strcat(input, "]");
        strcat(input, "}");
        try(&t, "[{'name':'x','kind':'json'}]", QN_DRAFT_CREATE, input, NULL);
        assert_string_equal(told(&t.b->faults), levels == 64 ? "" : "/x max");
        end(&t);
    }
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void a_draft_has_every_field_in_the_order_of_the_type(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_CREATE, "{'section':'world','title':'T','tags':['b','a','b']}", NULL);
    assert_string_equal(told(&t.b->faults), "");
    assert_json(
        t.d.fields,
        "{'title':'T','summary':null,'body':[],'authors':[],'section':'world','hero':null,'seo':null,'show':true}");
    assert_json(t.d.scalars, "{'title':'T','section':'world','show':true}");
    assert_int_equal(t.d.ntags, 2);
    assert_string_equal(t.d.tags[0], "a");
    assert_string_equal(t.d.tags[1], "b");
    assert_string_equal(t.d.slug, "t");
    assert_true(t.d.slug_made);
    assert_string_equal(t.d.locale, "en");
    assert_string_equal(t.d.title, "T");
    assert_null(t.d.id);
    end(&t);
}

static void members_of_the_system_are_taken_where_they_may_be_given(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_CREATE,
        "{'title':'T','slug':'given','locale':'pt-BR','id':'0197A3C0-1234-7ABC-8DEF-0123456789AB','type':'thing'}",
        NULL);
    assert_string_equal(told(&t.b->faults), "");
    assert_string_equal(t.d.slug, "given");
    assert_false(t.d.slug_made);
    assert_string_equal(t.d.locale, "pt-BR");
    assert_string_equal(t.d.id, ID1);
    end(&t);
}

static void all_faults_are_told_at_once(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_CREATE,
        "{'titel':'x','summary':3,'body':[{'type':'text'}],'slug':'A B','tags':['x','Y "
        "Z'],'locale':'English','id':'x','type':'page',"
        "'version':3,'_actions':[],'seo':{'canonical':'javascript:1','x/y~z':1}}",
        NULL);
    assert_int_equal(t.rc, QN_EINVAL);
    assert_string_equal(told(&t.b->faults),
                        "400 /titel unknown_member, /_actions unknown_member, /version read_only, /_actions read_only, "
                        "/id format, /type read_only, /locale format, /slug format, /tags/1 format, /title required, "
                        "/summary type, /body/0/text required, /seo/x~1y~0z unknown_member, /seo/canonical format");
    end(&t);
}

static void a_fault_says_what_would_be_right(void **state)
{
    trial t = { .b = *state };
    static const struct {
        const char *input, *says;
    } cases[] = {
        { "{'title':'T','sumary':'x'}", "is \"summary\" meant?" },
        { "{'title':'T','tag':[]}", "is \"tags\" meant?" },
        { "{'title':'T','zzz':1}", "there are title, summary, body" },
        { "{'title':'T','slug':'Über Kyïv'}", "it could be \"uber-kyiv\"" },
        { "{'title':'T','tags':['Air Defense']}", "it could be \"air-defense\"" },
        { "{'title':'T','summary':[1]}", "is an array, has to be a string" },
        { "{'title':'T','show':'yes'}", "is \"yes\", has to be true or false" },
        { "{'title':'T','body':[{'type':'txet','text':'x'}]}", "is \"text\" meant?" },
        { "{'title':'T','body':[{'type':'image','src':'x'}]}", "there are asset, url, alt, caption, credit" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        try(&t, article, QN_DRAFT_CREATE, cases[i].input, NULL);
        assert_true(t.b->faults.n > 0);
        if (!strstr(t.b->faults.items[0].detail, cases[i].says))
            fail_msg("%s: %s", cases[i].input, t.b->faults.items[0].detail);
        end(&t);
    }
}

static void what_is_not_an_object_is_refused(void **state)
{
    trial t = { .b = *state };
    static const char *const inputs[] = { "[]", "'x'", "3", "null", "true" };
    for (size_t i = 0; i < COUNT(inputs); i++) {
        try(&t, article, QN_DRAFT_CREATE, inputs[i], NULL);
        assert_string_equal(told(&t.b->faults), "400  type");
        end(&t);
    }
}

static void thousands_of_unknown_members_are_counted_and_not_all_told(void **state)
{
    trial t = { .b = *state };
    t.type = type_of(&t.types, article);
    t.input = json_object();
    for (int i = 0; i < 20000; i++) {
        char name[32];
        snprintf(name, sizeof name, "titl%d", i);
        json_object_set_new(t.input, name, json_null());
    }
    t.rc = qn_draft_check(&t.d, t.b->arena, t.types, t.type, QN_DRAFT_CREATE, t.input, NULL, &t.b->faults);
    assert_int_equal(t.rc, QN_EINVAL);
    assert_int_equal(t.b->faults.n, QN_FAULTS_MAX);
    assert_int_equal(t.b->faults.n + t.b->faults.dropped, 20001); /* and the title that is missing */
    assert_true(t.b->faults.shape);
    end(&t);
}

static void a_slug_comes_from_the_title_or_the_name(void **state)
{
    trial t = { .b = *state };
    static const struct {
        const char *fields, *input, *slug, *title;
    } cases[] = {
        { "[{'name':'title','kind':'string'}]", "{'title':'Київ сьогодні'}", "kiiv-sogodni", "Київ сьогодні" },
        { "[{'name':'title','kind':'string'}]", "{}", "entry", "entry" },
        { "[{'name':'title','kind':'string'}]", "{'slug':null,'title':'A'}", "a", "A" },
        { "[{'name':'title','kind':'string'}]", "{'title':'" ID1 "'}", "entry-" ID1, ID1 },
        { "[{'name':'name','kind':'string'}]", "{'name':'Ann Lee'}", "ann-lee", "Ann Lee" },
        { "[{'name':'x','kind':'string'}]", "{'x':'y','slug':'s'}", "s", "s" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        try(&t, cases[i].fields, QN_DRAFT_CREATE, cases[i].input, NULL);
        assert_string_equal(told(&t.b->faults), "");
        assert_string_equal(t.d.slug, cases[i].slug);
        assert_string_equal(t.d.title, cases[i].title);
        end(&t);
    }
}

static void edges_name_their_place_their_order_and_the_type(void **state)
{
    trial t = { .b = *state };
    try(&t,
        "[{'name':'authors','kind':'references','to':'thing'},{'name':'cast','kind':'list','of':{'kind':'group','of':[{"
        "'name':'who',"
        "'kind':'reference'}]}}]",
        QN_DRAFT_CREATE, "{'authors':['" ID1 "','" ID2 "'],'cast':[{},{'who':'" ID2 "'}]}", NULL);
    assert_string_equal(told(&t.b->faults), "");
    assert_int_equal(t.d.nedges, 3);
    assert_string_equal(t.d.edges[0].field, "authors");
    assert_int_equal(t.d.edges[0].ord, 0);
    assert_string_equal(t.d.edges[0].target, ID1);
    assert_string_equal(t.d.edges[0].to, "thing");
    assert_int_equal(t.d.edges[1].ord, 1);
    assert_string_equal(t.d.edges[1].field, "authors");
    assert_string_equal(t.d.edges[2].field, "cast/1/who");
    assert_int_equal(t.d.edges[2].ord, 0);
    assert_null(t.d.edges[2].to);
    end(&t);
}

/* ---- changes ---------------------------------------------------------------------------------------------------- */

#define CURRENT                                                                                                        \
    "{'id':'" ID1 "','type':'thing','slug':'old','locale':'uk','status':'draft','version':4,'published_version':null," \
    "'created_at':'2026-11-22T10:00:00.000Z','tags':['b','a'],'title':'Old','summary':'S','body':[{'id':'b1','type':'" \
    "text','text':'one'},"                                                                                             \
    "{'id':'b2','type':'text','text':'two'}],'authors':[],'section':null,'hero':null,'seo':{'title':'x','canonical':"  \
    "null},'show':false}"

static void a_patch_changes_what_it_names_and_nothing_else(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_PATCH, "{'title':'New','summary':null,'seo':{'canonical':'/c'}}", CURRENT);
    assert_string_equal(told(&t.b->faults), "");
    assert_json(
        t.d.fields,
        "{'title':'New','summary':null,'body':[{'id':'b1','type':'text','text':'one'},{'id':'b2','type':'text','text':"
        "'two'}],'authors':[],'section':null,'hero':null,'seo':{'title':'x','canonical':'/c'},'show':false}");
    assert_string_equal(t.d.slug, "old");
    assert_false(t.d.slug_made);
    assert_string_equal(t.d.locale, "uk");
    assert_int_equal(t.d.ntags, 2);
    end(&t);
}

static void a_null_in_a_patch_takes_away(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_PATCH, "{'tags':null,'seo':null,'show':null,'slug':null,'body':null}", CURRENT);
    assert_string_equal(told(&t.b->faults), "");
    assert_json(
        t.d.fields,
        "{'title':'Old','summary':'S','body':[],'authors':[],'section':null,'hero':null,'seo':null,'show':true}");
    assert_int_equal(t.d.ntags, 0);
    assert_string_equal(t.d.slug, "old"); /* made anew from the title "Old" */
    assert_true(t.d.slug_made);
    end(&t);
}

static void a_required_field_cannot_be_taken_away(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_PATCH, "{'title':null}", CURRENT);
    assert_string_equal(told(&t.b->faults), "/title required");
    end(&t);
}

static void a_removal_of_what_never_was_is_told(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_PATCH, "{'titel':null,'seo':{'titel':null}}", CURRENT);
    assert_string_equal(told(&t.b->faults), "400 /titel unknown_member, /seo/titel unknown_member");
    end(&t);
}

static void a_put_sets_back_what_it_leaves_out_but_the_address(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_REPLACE, "{'title':'New','seo':{}}", CURRENT);
    assert_string_equal(told(&t.b->faults), "");
    assert_json(t.d.fields, "{'title':'New','summary':null,'body':[],'authors':[],'section':null,'hero':null,"
                            "'seo':{'title':null,'canonical':null},'show':true}");
    assert_int_equal(t.d.ntags, 0);
    assert_string_equal(t.d.slug, "old");
    assert_string_equal(t.d.locale, "uk");
    end(&t);
}

static void what_was_read_can_be_put_back(void **state)
{
    trial t = { .b = *state };
    json_t *shown = js(CURRENT);
    json_object_set_new(shown, "_actions", json_pack("[s]", "publish"));
    char *text = json_dumps(shown, 0);
    try(&t, article, QN_DRAFT_REPLACE, text, CURRENT);
    assert_string_equal(told(&t.b->faults), "");
    size_t n;
    const char **changes = qn_draft_changes(&n, t.b->arena, t.current, t.d.fields);
    assert_int_equal(n, 2); /* slug and tags are not among the fields */
    assert_string_equal(changes[0], "/slug");
    assert_string_equal(changes[1], "/tags");
    free(text);
    json_decref(shown);
    end(&t);
}

static void what_only_the_server_sets_cannot_be_changed(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_PATCH,
        "{'id':'" ID2 "','type':'thing','version':5,'status':'published','locale':'en','published_at':null}", CURRENT);
    assert_string_equal(
        told(&t.b->faults),
        "400 /id read_only, /status read_only, /version read_only, /published_at read_only, /locale read_only");
    end(&t);
}

static void blocks_without_ids_keep_theirs_in_a_change(void **state)
{
    trial t = { .b = *state };
    try(&t, article, QN_DRAFT_PATCH, "{'body':[{'type':'text','text':'zero'},{'type':'text','text':'two'}]}", CURRENT);
    assert_string_equal(told(&t.b->faults), "");
    const json_t *body = json_object_get(t.d.fields, "body");
    assert_string_equal(json_string_value(json_object_get(json_array_get(body, 1), "id")), "b2");
    end(&t);
}

static void merges_cannot_let_an_entry_grow_without_end(void **state)
{
    trial t = { .b = *state };
    t.type = type_of(&t.types, "[{'name':'x','kind':'json'}]");
    char *big = malloc(1000001);
    memset(big, 'a', 1000000);
    big[1000000] = '\0';
    t.current = json_pack("{s:s, s:{s:s, s:s, s:s, s:s}}", "slug", "s", "x", "a", big, "b", big, "c", big, "d", big);
    t.input = json_pack("{s:{s:s}}", "x", "e", big);
    t.rc = qn_draft_check(&t.d, t.b->arena, t.types, t.type, QN_DRAFT_PATCH, t.input, t.current, &t.b->faults);
    assert_string_equal(told(&t.b->faults), " max");
    free(big);
    end(&t);
}

/* ---- what changed ----------------------------------------------------------------------------------------------- */

static void differences_are_told_by_field_by_member_and_by_block(void **state)
{
    static const struct {
        const char *before, *after, *differ;
    } cases[] = {
        { "{'a':1}", "{'a':1}", "" },
        { "{'a':1}", "{'a':1.0}", "/a" },
        { "{'a':null}", "{}", "" },
        { "{'a':1}", "{}", "/a" },
        { "{}", "{'a':1,'b':null}", "/a" },
        { "{'slug':'a','tags':['x'],'version':1,'updated_at':'t','_actions':[]}",
          "{'slug':'b','tags':['y'],'version':2}", "/slug /tags" },
        { "{'seo':{'title':'a','x/y':1}}", "{'seo':{'title':'b','x/y':2}}", "/seo/title /seo/x~1y" },
        { "{'seo':null}", "{'seo':{'title':'b'}}", "/seo" },
        { "{'l':[1,2]}", "{'l':[1,3]}", "/l" },
        { "{'body':[{'id':'b1','type':'text','text':'a'},{'id':'b2','type':'text','text':'b'}]}",
          "{'body':[{'id':'b1','type':'text','text':'a'},{'id':'b2','type':'text','text':'c'},{'id':'b3','type':'text',"
          "'text':'d'}]}",
          "/body/b2 /body/b3" },
        { "{'body':[{'id':'b1','type':'text','text':'a'},{'id':'b2','type':'text','text':'b'}]}",
          "{'body':[{'id':'b2','type':'text','text':'b'},{'id':'b1','type':'text','text':'a'}]}", "/body" },
        { "{'body':[{'id':'b1','type':'text','text':'a'}]}", "{'body':[]}", "/body/b1" },
        { "{'body':[]}", "{'body':null}", "" },
        { "{'body':[]}", "{'body':['x']}", "/body" },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *before = js(cases[i].before), *after = js(cases[i].after);
        size_t n;
        const char **items = qn_draft_changes(&n, b->arena, before, after), *all = "";
        assert_non_null(items);
        for (size_t k = 0; k < n; k++) all = qn_arena_printf(b->arena, "%s%s%s", all, k ? " " : "", items[k]);
        if (strcmp(all, cases[i].differ) != 0)
            fail_msg("%s → %s: %s, wanted %s", cases[i].before, cases[i].after, all, cases[i].differ);
        json_decref(before);
        json_decref(after);
    }
}

/* ---- strings ---------------------------------------------------------------------------------------------------- */

static void assert_kept(trial *t, json_t *string)
{
    t->type = type_of(&t->types, "[{'name':'t','kind':'text'},{'name':'b','kind':'blocks'}]");
    t->input = json_pack("{s:O, s:[{s:s, s:O}]}", "t", string, "b", "type", "text", "text", string);
    t->rc = qn_draft_check(&t->d, t->b->arena, t->types, t->type, QN_DRAFT_CREATE, t->input, NULL, &t->b->faults);
    assert_string_equal(told(&t->b->faults), "");
    assert_true(json_equal(json_object_get(t->d.fields, "t"), string));
    assert_true(json_equal(json_object_get(json_array_get(json_object_get(t->d.fields, "b"), 0), "text"), string));
    end(t);
}

static void strings_are_kept_byte_for_byte(void **state)
{
    static const char *const strings[] = {
        "\"\"",
        "\"   a   \"",
        "\"\\r\\n\\r\"",
        "\"\\ufeffx\"",
        "\"\\uFFFE\\uFFFF\\uFDD0\\uDBFF\\uDFFF\"",
        "\"e\\u0301\\u00e9\"",
        "\"\\u202egpj\"",
        "\"\\u0001\\u001f\\u007f\\u0085\\u2028\"",
        "\"%s%n$1\\\\.\"",
        "\"<script>\"",
        "\"\\u0130\\ufb01\\u2460\"",
    };
    trial t = { .b = *state };
    for (size_t i = 0; i < COUNT(strings); i++) {
        json_t *string = NULL;
        assert_int_equal(qn_json_parse(&string, qn_str_of(strings[i]), NULL, NULL), 0);
        assert_kept(&t, string);
        json_decref(string);
    }
}

static void naughty_strings_are_kept_byte_for_byte(void **state)
{
    size_t n;
    char *text = slurp(BLNS, &n);
    if (!text) {
        print_message("no %s: skipped\n", BLNS);
        skip();
    }
    trial t = { .b = *state };
    json_t *all = NULL, *one;
    size_t i;
    assert_int_equal(qn_json_parse(&all, (qn_str){ text, n }, NULL, NULL), 0);
    assert_true(json_array_size(all) > 400);
    json_array_foreach(all, i, one) assert_kept(&t, one);
    json_decref(all);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QN_BENCH_TEST(each_kind_takes_its_values_and_makes_them_canonical),
        QN_BENCH_TEST(each_kind_refuses_what_is_not_of_it),
        QN_BENCH_TEST(json_is_bounded_in_depth),
        QN_BENCH_TEST(a_draft_has_every_field_in_the_order_of_the_type),
        QN_BENCH_TEST(members_of_the_system_are_taken_where_they_may_be_given),
        QN_BENCH_TEST(all_faults_are_told_at_once),
        QN_BENCH_TEST(a_fault_says_what_would_be_right),
        QN_BENCH_TEST(what_is_not_an_object_is_refused),
        QN_BENCH_TEST(thousands_of_unknown_members_are_counted_and_not_all_told),
        QN_BENCH_TEST(a_slug_comes_from_the_title_or_the_name),
        QN_BENCH_TEST(edges_name_their_place_their_order_and_the_type),
        QN_BENCH_TEST(a_patch_changes_what_it_names_and_nothing_else),
        QN_BENCH_TEST(a_null_in_a_patch_takes_away),
        QN_BENCH_TEST(a_required_field_cannot_be_taken_away),
        QN_BENCH_TEST(a_removal_of_what_never_was_is_told),
        QN_BENCH_TEST(a_put_sets_back_what_it_leaves_out_but_the_address),
        QN_BENCH_TEST(what_was_read_can_be_put_back),
        QN_BENCH_TEST(what_only_the_server_sets_cannot_be_changed),
        QN_BENCH_TEST(blocks_without_ids_keep_theirs_in_a_change),
        QN_BENCH_TEST(merges_cannot_let_an_entry_grow_without_end),
        QN_BENCH_TEST(differences_are_told_by_field_by_member_and_by_block),
        QN_BENCH_TEST(strings_are_kept_byte_for_byte),
        QN_BENCH_TEST(naughty_strings_are_kept_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
