/* Creates that wait together: the same rows as by themselves, and each its own answer. */
#include "storefixture.h"

#include <unistd.h>

/* ---- two functions, one outcome ---------------------------------------------------------------------------------- */

/* Drafts as entry_create takes them; those of `PLAIN` are left out by nobody. */
#define IDS "01970000-0000-7000-9000-00000000000"
#define PLAIN                                                                                                          \
    "('" IDS "1', 'article', 1, 'en', 'one', true, 'One', '{\"title\":\"One \\u00e4 \\\"q\\\"\",\"body\":[]}', "       \
             "'{\"title\":\"One\"}', '{b,a,new-1}',"                                                                   \
    " '{}', '{}', '{}', '{}', '" EDITOR "', 'create', null, '{publish}', '{}'),"                                       \
    "('" IDS "2', 'author', 1, 'uk', 'two', false, repeat('t', 300), '{\"name\":\"Two\"}', '{}', '{}',"                \
    " '{}', '{}', '{}', '{}', null, 'import', 'a note', '{}', '{}'),"                                                  \
    "('" IDS                                                                                                           \
    "3', 'article', 1, 'en', 'three', true, 'Three', '{\"title\":\"Three\"}', '{\"section\":\"x\"}', '{new-2,a}',"     \
    " '{authors,related}', '{0,1}', '{" IDS "9," IDS "8}', '{author,null}', '" AUTHOR                                  \
    "', 'create', null, '{}', '{publish}')"
#define NOT_PLAIN                                                                                                      \
    "('" IDS "4', 'article', 7, 'en', 'four', true, 'T', '{}', '{}', '{x}', '{}', '{}', '{}', '{}', null, 'create', "  \
             "null, '{}', '{}'),"                                                                                      \
    "('" IDS "9', 'author', 1, 'en', 'five', true, 'T', '{}', '{}', '{x}', '{}', '{}', '{}', '{}', null, 'create', "   \
             "null, '{}', '{}'),"                                                                                      \
    "('" IDS "6', 'author', 1, 'en', 'nine', true, 'T', '{}', '{}', '{x}', '{}', '{}', '{}', '{}', null, 'create', "   \
             "null, '{}', '{}'),"                                                                                      \
    "('" IDS "7', 'article', 1, 'en', 'seven', true, 'T', '{}', '{}', '{x}', '{authors}', '{0}', '{" IDS               \
    "8}', '{author}', null, 'create', null, '{}', '{}')"
#define ROWS(values)                                                                                                   \
    "(values " values ") d(id, type, version, locale, slug, suffix, title, doc, scalars, tags, field, ord, target, "   \
                      "wanted, usr, action, note,"                                                                     \
    " al, own)"
/* What the drafts refer to, and whose id and slug are taken. */
#define BEFORE                                                                                                         \
    "truncate entry, revision, derived, published, slug, tag, entry_tag, reference, event;"                            \
    "select 1 from entry_create('" IDS "9', 'author', 1, 'en', 'nine', false, 'N', '{}', '{}', '{a}', '{}', '{}', "    \
                                       "'{}', '{}', null, 'create', null, '{}', '{}');"                                \
    "select 1 from entry_create('" IDS "8', 'article', 1, 'en', 'eight', false, 'N', '{}', '{}', '{}', '{}', '{}', "   \
                                       "'{}', '{}', null, 'create', null, '{}', '{}');"
#define EACH(values)                                                                                                   \
    "entry_create_each(array(select id from d), array(select type from d), array(select version::text from d), "       \
    "array(select locale from d),"                                                                                     \
    " array(select slug from d), array(select suffix::text from d), array(select title from d), array(select doc "     \
    "from d),"                                                                                                         \
    " array(select scalars from d), array(select tags from d), array(select field from d), array(select ord from d), " \
    "array(select target from d),"                                                                                     \
    " array(select wanted from d), array(select usr from d), array(select action from d), array(select note from d), " \
    "array(select al from d),"                                                                                         \
    " array(select own from d))"
#define TIMELESS(text) "regexp_replace(" text ", '\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z', 'then', 'g')"

/* All that the tables hold, but for times and places in the outbox. */
static const char everything[] =
    "select string_agg(x, e'\\n' order by x) from ("
    " select concat('entry ', to_jsonb(t) - 'created_at' - 'updated_at') from entry t"
    " union all select concat('revision ', to_jsonb(t) - 'created_at', t.doc) from revision t"
    " union all select concat('slug ', to_jsonb(t)) from slug t"
    " union all select concat('tag ', to_jsonb(t) - 'created_at') from tag t"
    " union all select concat('entry_tag ', to_jsonb(t) - 'at', t.at = e.created_at) from entry_tag t join entry e on "
    "e.id = t.entry"
    " union all select concat('reference ', to_jsonb(t)) from reference t"
    " union all select concat('event ', to_jsonb(t) - 'xid' - 'seq' - 'at') from event t) t(x)";

static const char *kept(const char *text)
{
    return qn_arena_strdup(fx_arena(), text);
}

static void rows_that_are_made_together_are_those_made_alone(void **state)
{
    (void)state;
    static const char answer[] =
        "select string_agg(" TIMELESS("(to_jsonb(a) - 'modified_s')::text") ", e'\\n' order by a.id) from a";
    fx_sql(BEFORE);
    const char *answers = kept(fx_sql(
        qn_arena_printf(fx_arena(), "%s%s",
                        "with d as materialized (select * from " ROWS(
                            PLAIN) "), a as materialized (select a.* from d, lateral entry_create(d.id::uuid, d.type,"
                                   " d.version, d.locale, d.slug, d.suffix, d.title, d.doc::json, d.scalars::jsonb, "
                                   "d.tags::text[], d.field::text[], d.ord::int[],"
                                   " d.target::uuid[], d.wanted::text[], d.usr::uuid, d.action, d.note, d.al::text[], "
                                   "d.own::text[]) a) ",
                        answer)));
    const char *rows = kept(fx_sql(everything));
    fx_sql(BEFORE);
    const char *together =
        kept(fx_sql(qn_arena_printf(fx_arena(), "%s%s",
                                    "with d as materialized (select * from " ROWS(
                                        PLAIN) "), a as materialized (select (e.a).* from " EACH(PLAIN) " e) ",
                                    answer)));
    assert_string_equal(together, answers);
    assert_true(strlen(answers) > 1000);
    assert_string_equal(fx_sql(everything), rows);
}

static void what_is_not_plain_is_left_out_and_leaves_nothing(void **state)
{
    (void)state;
    fx_sql(BEFORE);
    fx_sql("with d as materialized (select * from " ROWS(PLAIN) ") select count(*) from " EACH(PLAIN));
    const char *rows = kept(fx_sql(everything));
    fx_sql(BEFORE);
    assert_string_equal(fx_sql("with d as materialized (select * from " ROWS(
                            NOT_PLAIN "," PLAIN) ") select string_agg(e.place || (e.a).slug, ' ' order by e.place)"
                                                 " from " EACH(x) " e"),
                        "5one 6two 7three");
    assert_string_equal(fx_sql(everything), rows);
    assert_string_equal(
        fx_sql("with d as materialized (select * from " ROWS(NOT_PLAIN) ") select count(*) from " EACH(x)), "0");
    assert_string_equal(fx_sql(everything), rows);
}

/* ---- through the lanes ---------------------------------------------------------------------------------------------
 */

enum { MANY = 24 };

static void send_all(fx_answer *f, char input[MANY][200])
{
    memset(f, 0, MANY * sizeof *f);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(qn_store_create(fx.store, fx_arena(), i % 2 ? &fx_editor : &fx_author, fx_type("article"),
                                         fx_json(input[i]), false, NULL, fx_got, &f[i]),
                         0);
}

static void each_of_many_creates_has_its_own_answer(void **state)
{
    (void)state;
    fx_empty(NULL);
    fx_create("article", "{\"title\":\"Taken\"}");
    static char input[MANY][200];
    fx_answer f[MANY];
    for (int i = 0; i < MANY; i++) {
        const char *more = i % 8 == 3   ? ",\"slug\":\"taken\""
                           : i % 8 == 5 ? ",\"authors\":[\"01970000-0000-7000-9000-0000000000ff\"]"
                                        : "";
        snprintf(input[i], sizeof input[i], "{\"title\":\"%s\",\"tags\":[\"t-%d\",\"a-%d\"]%s}",
                 i % 8 < 2 ? "Same" : "Other", i % 7, i % 3, more);
    }
    send_all(f, input);
    for (int i = 0; i < MANY; i++) {
        qn_answer a = fx_wait(&f[i], 0);
        if (i % 8 == 3) {
            assert_int_equal(a.err, QN_EEXIST);
            assert_string_equal(a.taken, "slug");
        } else if (i % 8 == 5) {
            assert_int_equal(a.err, QN_EINVAL);
            assert_string_equal(a.faults->items[0].pointer, "/authors/0");
        } else {
            assert_ok(a);
            assert_string_equal(fx_at(a.json, "/title"), i % 8 < 2 ? "Same" : "Other");
            assert_string_equal(fx_at(a.json, "/tags"),
                                qn_arena_printf(fx_arena(), "[\"a-%d\",\"t-%d\"]", i % 3, i % 7));
            assert_string_equal(fx_at(a.json, "/created_by"), i % 2 ? EDITOR : AUTHOR);
            assert_string_equal(fx_at(a.json, "/_actions"), i % 2 ? "[\"publish\"]" : "[]");
        }
    }
    assert_string_equal(fx_sql("select count(*) from entry"), "19");
    assert_string_equal(fx_sql("select count(distinct slug) from slug where slug ~ '^same(-[2-6])?$'"), "6");
    /* Some went together. */
    assert_true(atoi(fx_sql("select count(distinct xid) from event")) < 19);
}

static void new_tags_in_crossed_order_lock_nobody_out(void **state)
{
    (void)state;
    fx_empty(NULL);
    static char input[MANY][200];
    fx_sql("alter system set deadlock_timeout = '10min'"); /* who is locked out is not let in again */
    fx_sql("select pg_reload_conf()");
    for (int i = 0; i < 100 && strcmp(fx_sql("show deadlock_timeout"), "10min") != 0; i++) usleep(10000);
    for (int round = 0; round < 60; round++) {
        fx_answer f[MANY];
        for (int i = 0; i < MANY; i++) {
            int a = i * 5 % 12, b = i * 7 % 12, c = i * 11 % 12;
            snprintf(input[i], sizeof input[i],
                     "{\"title\":\"Title %d %d\",\"tags\":[\"r%d-%d\",\"r%d-%d\",\"r%d-%d\"]}", round, i, round, a,
                     round, b, round, c);
        }
        send_all(f, input);
        for (int i = 0; i < MANY; i++) assert_ok(fx_wait(&f[i], 0));
    }
    fx_sql("alter system reset deadlock_timeout");
    fx_sql("select pg_reload_conf()");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_that_are_made_together_are_those_made_alone),
        cmocka_unit_test(what_is_not_plain_is_left_out_and_leaves_nothing),
        cmocka_unit_test(each_of_many_creates_has_its_own_answer),
        cmocka_unit_test(new_tags_in_crossed_order_lock_nobody_out),
    };
    return cmocka_run_group_tests_name("store: creates that wait together", tests, fx_up, fx_down);
}
