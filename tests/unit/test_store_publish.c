/* What readers see of an entry, from when on, and under which slug. */
#include "storefixture.h"

/* ---- publish ----------------------------------------------------------------------------------------------------- */

static void readers_see_nothing_before_and_the_snapshot_after(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    assert_int_equal(fx_live("one").err, QN_ENOTFOUND);
    assert_int_equal(fx_live(fx_z(a.id)).err, QN_ENOTFOUND);
    qn_answer p = fx_publish("one");
    assert_ok(p);
    assert_int_equal(p.version, 2);
    assert_string_equal(fx_at(p.json, "/status"), "published");
    assert_string_equal(fx_at(p.json, "/published_version"), "2");
    assert_string_equal(fx_at(p.json, "/_actions"), "[\"publish\",\"unpublish\"]");
    qn_answer l = fx_live("one");
    assert_ok(l);
    assert_string_equal(fx_at(l.json, "/version"), "2");
    assert_string_equal(fx_at(l.json, "/_actions"), "");
    assert_true(qn_str_starts(l.etag, QN_STR("\"p2-")));
    assert_int_equal(l.valid_ms, -1);
    assert_true(l.modified_s > 0);
    assert_string_equal(fx_z(l.json), fx_z(fx_live(fx_z(a.id)).json));
}

static void editing_changes_nothing_for_readers(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    assert_ok(fx_publish("one"));
    qn_answer before = fx_live("one");
    assert_ok(fx_patch(fx_z(a.id), "{\"title\":\"Two\",\"tags\":[\"b\"]}", 2));
    qn_answer after = fx_live("one");
    assert_string_equal(fx_z(before.json), fx_z(after.json));
    assert_string_equal(fx_z(before.etag), fx_z(after.etag));
    assert_string_equal(fx_at(fx_draft("one").json, "/published_version"), "2");
    assert_string_equal(fx_at(fx_draft("one").json, "/version"), "3");
    assert_ok(fx_publish("one"));
    assert_string_equal(fx_at(fx_live("one").json, "/title"), "Two");
}

static void a_role_sees_the_open_actions_beside_the_live_answer(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\"}");
    assert_ok(fx_publish("one"));
    qn_answer pub = fx_live("one"), ed = fx_get_as(&fx_editor, "article", QN_STR("one"), NULL, QN_VIEW_LIVE);
    assert_string_equal(fx_at(ed.json, "/_actions"), "[\"publish\",\"unpublish\"]");
    assert_string_not_equal(fx_z(pub.etag), fx_z(ed.etag));
    qn_str head = { ed.json.p, pub.json.n - 1 };
    assert_true(qn_str_eq(head, (qn_str){ pub.json.p, pub.json.n - 1 }));
}

static void the_public_text_is_what_the_draft_was(void **state)
{
    (void)state;
    qn_answer a = fx_create(
        "article",
        "{\"title\":\"\\u0443\\u043a\\u0440 \\\"q\\\" \\\\ \\u0001\",\"summary\":\"a } b\",\"seo\":{\"title\":\"t\"}}");
    assert_ok(fx_publish(fx_z(a.id)));
    qn_answer l = fx_live(fx_z(a.id));
    const char *fields = strstr(fx_z(a.json), "\"title\":"), *live = strstr(fx_z(l.json), "\"title\":");
    assert_non_null(fields);
    assert_non_null(live);
    assert_memory_equal(fields, live, strlen(live) - 1);
}

static void a_time_in_the_past_is_the_published_at_that_readers_see(void **state)
{
    (void)state;
    int64_t at;
    (void)fx_create("article", "{\"title\":\"Archive\"}");
    assert_int_equal(qn_rfc3339_parse(&at, QN_STR("2009-03-01T10:11:12.345678Z")), 0);
    qn_answer p = fx_move_as(&fx_editor, "archive", "publish", at, 0);
    assert_ok(p);
    assert_string_equal(fx_at(p.json, "/status"), "published");
    assert_string_equal(fx_at(fx_live("archive").json, "/published_at"), "2009-03-01T10:11:12.345Z");
    assert_ok(fx_patch("archive", "{\"title\":\"Archive!\"}", 0));
    assert_ok(fx_publish("archive"));
    assert_string_equal(fx_at(fx_live("archive").json, "/published_at"), "2009-03-01T10:11:12.345Z");
}

static void a_future_publication_is_there_at_its_second_by_itself(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"Later\",\"tags\":[\"soon\"]}");
    int64_t at = qn_wall_us() + 1500000;
    qn_answer p = fx_move_as(&fx_editor, "later", "publish", at, 0);
    assert_ok(p);
    assert_string_equal(fx_at(p.json, "/status"), "scheduled");
    assert_string_equal(fx_at(p.json, "/published_version"), "null");
    qn_answer no = fx_live("later");
    assert_int_equal(no.err, QN_ENOTFOUND);
    assert_in_range(no.valid_ms, 0, 1500);
    assert_string_equal(fx_at(fx_draft("later").json, "/status"), "scheduled");
    while (qn_wall_us() <= at) usleep(20000);
    qn_answer yes = fx_live("later");
    assert_ok(yes);
    assert_string_equal(fx_at(yes.json, "/status"), "published");
    qn_answer d = fx_draft("later");
    assert_string_equal(fx_at(d.json, "/status"), "published");
    assert_string_equal(fx_at(d.json, "/published_version"), "2");
    assert_ok(fx_patch("later", "{\"title\":\"Later on\"}", 2));
    assert_string_equal(fx_sql("SELECT status || published_version FROM entry"), "published2");
}

static void a_scheduled_republication_keeps_the_old_one_until_then(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"First\",\"slug\":\"x\",\"tags\":[\"old\"]}");
    assert_ok(fx_publish("x"));
    assert_ok(fx_patch("x", "{\"title\":\"Second\",\"slug\":\"y\",\"tags\":[\"new\"]}", 0));
    int64_t at = qn_wall_us() + 1200000;
    qn_answer p = fx_move_as(&fx_editor, "x", "publish", at, 0);
    assert_ok(p);
    assert_string_equal(fx_at(p.json, "/published_version"), "2");
    qn_answer old = fx_live("x");
    assert_string_equal(fx_at(old.json, "/title"), "First");
    assert_in_range(old.valid_ms, 0, 1200);
    assert_int_equal(fx_live("y").err, QN_ENOTFOUND);
    while (qn_wall_us() <= at) usleep(20000);
    assert_string_equal(fx_at(fx_live("y").json, "/title"), "Second");
    assert_string_equal(fx_z(fx_live("x").moved_to), "y");
}

static void a_schedule_can_be_moved_and_taken_back(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"Later\",\"tags\":[\"t\"]}");
    int64_t at = qn_wall_us();
    assert_ok(fx_move_as(&fx_editor, "later", "publish", at + 3600000000, 0));
    assert_ok(fx_move_as(&fx_editor, "later", "publish", at + 7200000000, 0));
    assert_string_equal(fx_sql("SELECT count(*) FROM published"), "1");
    qn_answer u = fx_unpublish("later");
    assert_ok(u);
    assert_string_equal(fx_at(u.json, "/status"), "unpublished");
    assert_string_equal(fx_at(u.json, "/published_at"), "null");
    assert_string_equal(fx_sql("SELECT count(*) FROM published"), "0");
    assert_string_equal(fx_sql("SELECT count(*) FROM entry_tag WHERE view = 'l'"), "0");
    assert_string_equal(fx_sql("SELECT since IS NULL FROM slug"), "t");
}

static void taking_back_a_schedule_takes_the_live_one_too(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"Now\"}");
    qn_answer p = fx_publish("now");
    assert_ok(fx_move_as(&fx_editor, "now", "publish", qn_wall_us() + 3600000000, 0));
    assert_string_equal(fx_sql("SELECT count(*) FROM published"), "2");
    qn_answer u = fx_unpublish("now");
    assert_ok(u);
    assert_string_equal(fx_at(u.json, "/published_at"), fx_at(p.json, "/published_at"));
    assert_int_equal(fx_live("now").err, QN_ENOTFOUND);
}

static void intervals_of_an_entry_never_overlap(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"Busy\",\"tags\":[\"a\",\"b\"]}");
    int64_t now = qn_wall_us();
    for (int i = 0; i < 8; i++) {
        assert_ok(fx_move_as(&fx_editor, "busy", "publish",
                             i % 3 == 0   ? INT64_MIN
                             : i % 3 == 1 ? now + 3600000000
                                          : now - 1000000,
                             0));
        assert_string_equal(fx_sql("SELECT count(*) FROM published a JOIN published b USING (entry, locale) WHERE "
                                   "a.publish_at < b.publish_at"
                                   " AND a.until > b.publish_at"),
                            "0");
        assert_string_equal(
            fx_sql("SELECT count(*) FROM published p FULL JOIN (SELECT entry, publish_at, until FROM entry_tag WHERE "
                   "view = 'l'"
                   " AND tag = 'a') t USING (entry, publish_at, until) WHERE p.entry IS NULL OR t.entry IS NULL"),
            "0");
    }
    assert_ok(fx_live("busy"));
}

static void unpublished_is_gone_for_readers_and_comes_back_with_its_first_time(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\"}");
    qn_answer p = fx_publish("one");
    qn_answer u = fx_unpublish("one");
    assert_ok(u);
    assert_string_equal(fx_at(u.json, "/status"), "unpublished");
    assert_string_equal(fx_at(u.json, "/published_version"), "null");
    assert_int_equal(fx_live("one").err, QN_ENOTFOUND);
    qn_answer again = fx_publish("one");
    assert_ok(again);
    assert_string_equal(fx_at(again.json, "/published_at"), fx_at(p.json, "/published_at"));
}

static void a_transition_that_is_not_open_says_which_are(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\"}");
    qn_answer a = fx_unpublish("one");
    assert_int_equal(a.err, QN_ESTATE);
    assert_string_equal(a.allowed, "[\"publish\"]");
    qn_answer b = fx_move_as(&fx_editor, "one", "explode", INT64_MIN, 0);
    assert_int_equal(b.err, QN_EINVAL);
    assert_string_equal(b.faults->items[0].pointer, "/action");
    assert_ok(fx_publish("one"));
    qn_answer c = fx_move_as(&fx_editor, "one", "unpublish", qn_wall_us(), 0);
    assert_int_equal(c.err, QN_EINVAL);
    assert_string_equal(c.faults->items[0].pointer, "/at");
    qn_answer d = fx_move_as(&fx_editor, "one", "unpublish", INT64_MIN, 1);
    assert_int_equal(d.err, QN_ESTALE);
    assert_int_equal(d.version, 2);
    assert_int_equal(fx_publish("nothing-here").err, QN_ENOTFOUND);
}

/* ---- slugs ------------------------------------------------------------------------------------------------------- */

static void a_former_slug_leads_to_the_present_one(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"slug\":\"old\"}");
    assert_ok(fx_publish("old"));
    assert_ok(fx_patch("old", "{\"slug\":\"new\"}", 0));
    assert_ok(fx_live("old")); /* the draft's slug is not the readers' yet */
    assert_int_equal(fx_live("new").err, QN_ENOTFOUND);
    assert_ok(fx_publish("new"));
    qn_answer moved = fx_live("old");
    assert_ok(moved);
    assert_string_equal(fx_z(moved.moved_to), "new");
    assert_int_equal(moved.json.n, 0);
    qn_answer role = fx_get_as(&fx_editor, "article", QN_STR("old"), NULL, QN_VIEW_LIVE);
    assert_string_equal(fx_z(role.moved_to), "new");
    qn_answer other = fx_create_as(&fx_editor, "article", "{\"title\":\"Two\",\"slug\":\"old\"}", false);
    assert_int_equal(other.err, QN_EEXIST);
    assert_string_equal(fx_z(other.taken_by), fx_z(a.id));
    assert_ok(fx_patch("new", "{\"slug\":\"old\"}", 0)); /* its own it may take back */
    assert_ok(fx_publish("old"));
    assert_string_equal(fx_z(fx_live("new").moved_to), "old");
    assert_ok(fx_unpublish("old"));
    assert_int_equal(fx_live("new").err, QN_ENOTFOUND);
}

/* ---- references -------------------------------------------------------------------------------------------------- */

static void references_appear_when_their_target_goes_live(void **state)
{
    (void)state;
    char input[512];
    const char *ann = fx_z(fx_create("author", "{\"name\":\"Ann\"}").id),
               *bob = fx_z(fx_create("author", "{\"name\":\"Bob\"}").id);
    snprintf(input, sizeof input, "{\"title\":\"T\",\"authors\":[\"%s\",\"%s\"],\"section\":\"s\"}", bob, ann);
    (void)fx_create("article", input);
    assert_ok(fx_publish("t"));
    qn_answer none = fx_live("t");
    assert_string_equal(fx_at(none.json, "/authors"), "[]");
    assert_string_equal(fx_at(none.json, "/section"), "s");
    assert_int_equal(none.nreads, 2);
    assert_string_equal(fx_z(none.reads[0]), bob);
    fx_answer f = { .done = false };
    assert_ok(fx_wait(&f, qn_store_transition(fx.store, fx_arena(), &fx_editor, fx_type("author"), qn_str_of(ann), NULL,
                                              "publish", INT64_MIN, NULL, 0, fx_got, &f)));
    qn_answer one = fx_live("t");
    assert_string_equal(fx_at(one.json, "/authors/0"), ann);
    assert_string_equal(fx_at(one.json, "/authors/1"), "");
    assert_string_not_equal(fx_z(one.etag), fx_z(none.etag));
    f = (fx_answer){ .done = false };
    int64_t at = qn_wall_us() + 1200000;
    assert_ok(fx_wait(&f, qn_store_transition(fx.store, fx_arena(), &fx_editor, fx_type("author"), qn_str_of(bob), NULL,
                                              "publish", at, NULL, 0, fx_got, &f)));
    assert_in_range(fx_live("t").valid_ms, 0, 1200);
    while (qn_wall_us() <= at) usleep(20000);
    qn_answer both = fx_live("t");
    assert_string_equal(fx_at(both.json, "/authors/0"), bob);
    assert_string_equal(fx_at(both.json, "/authors/1"), ann);
    assert_int_equal(both.valid_ms, -1);
    assert_string_equal(fx_at(fx_draft("t").json, "/authors/0"), bob);
}

/* Where all references are live their text is put together without being asked for one by one. */
static void any_number_of_gaps_is_filled_in_as_one_by_one(void **state)
{
    (void)state;
    (void)fx_create("author", "{\"name\":\"Ann\"}");
    (void)fx_create("author", "{\"name\":\"Bob\"}");
    (void)fx_sql("SELECT count(entry_transition('author', id, NULL, NULL, 'publish', NULL, NULL, 0, NULL, true, 2, '{publish}', '{}')) FROM entry");
    assert_string_equal(
        fx_sql("WITH l AS (SELECT array_agg(entry ORDER BY slug) AS id FROM published), c (parts, many, gap, target) AS (SELECT"
               " '{A,B}'::text[], '{t}'::bool[], '{1,1}'::int[], id[1:2] FROM l UNION ALL SELECT '{A,B}', '{f}', '{1}', id[1:1] FROM l UNION ALL SELECT"
               " '{A,B,C}', '{t,f}', '{1,1,2}', id || id[1] FROM l UNION ALL SELECT '{A,B,C}', '{f,t}', '{1,2,2}', id[2] || id FROM l UNION ALL SELECT"
               " '{A,B,C,D,E}', '{t,f,f,t}', '{1,2,3,4,4}', id || id[1] || id FROM l) SELECT string_agg(CASE WHEN"
               " published_whole(parts, many, gap, target) = (published_read(parts, many, gap, target)).doc THEN '=' ELSE parts::text END, '') FROM c"),
        "=====");
}

static void two_entries_may_refer_to_each_other_and_be_published_in_any_order(void **state)
{
    (void)state;
    char input[256];
    const char *one = fx_z(fx_create("article", "{\"title\":\"One\"}").id);
    snprintf(input, sizeof input, "{\"title\":\"Two\",\"related\":[\"%s\"]}", one);
    const char *two = fx_z(fx_create("article", input).id);
    snprintf(input, sizeof input, "{\"related\":[\"%s\"]}", two);
    assert_ok(fx_patch("one", input, 1));
    assert_ok(fx_publish("one"));
    assert_string_equal(fx_at(fx_live("one").json, "/related"), "[]");
    assert_ok(fx_publish("two"));
    assert_string_equal(fx_at(fx_live("one").json, "/related/0"), two);
    assert_string_equal(fx_at(fx_live("two").json, "/related/0"), one);
    assert_ok(fx_unpublish("one"));
    assert_string_equal(fx_at(fx_live("two").json, "/related"), "[]");
}

#define T(name) cmocka_unit_test_setup(name, fx_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(readers_see_nothing_before_and_the_snapshot_after),
        T(editing_changes_nothing_for_readers),
        T(a_role_sees_the_open_actions_beside_the_live_answer),
        T(the_public_text_is_what_the_draft_was),
        T(a_time_in_the_past_is_the_published_at_that_readers_see),
        T(a_future_publication_is_there_at_its_second_by_itself),
        T(a_scheduled_republication_keeps_the_old_one_until_then),
        T(a_schedule_can_be_moved_and_taken_back),
        T(taking_back_a_schedule_takes_the_live_one_too),
        T(intervals_of_an_entry_never_overlap),
        T(unpublished_is_gone_for_readers_and_comes_back_with_its_first_time),
        T(a_transition_that_is_not_open_says_which_are),
        T(a_former_slug_leads_to_the_present_one),
        T(references_appear_when_their_target_goes_live),
        T(any_number_of_gaps_is_filled_in_as_one_by_one),
        T(two_entries_may_refer_to_each_other_and_be_published_in_any_order),
    };
    return cmocka_run_group_tests_name("store: publication", tests, fx_up, fx_down);
}
