/* An entry's life in the database: made, changed, deleted; its history and its events. */
#include "storefixture.h"

/* ---- create ------------------------------------------------------------------------------------------------------ */

static void a_created_draft_has_the_contracts_members_in_their_order(void **state)
{
    (void)state;
    static const char *const order[] = {
        "id",         "type",       "slug",         "locale",     "status",     "version", "published_version",
        "created_at", "updated_at", "published_at", "created_by", "updated_by", "tags",    "title",
        "summary"
    };
    qn_answer a = fx_create("article", "{\"title\":\"Kyiv rebuilds\",\"tags\":[\"war\",\"kyiv\"]}");
    assert_string_equal(fx_at(a.json, "/slug"), "kyiv-rebuilds");
    assert_string_equal(fx_at(a.json, "/status"), "draft");
    assert_string_equal(fx_at(a.json, "/version"), "1");
    assert_string_equal(fx_at(a.json, "/published_version"), "null");
    assert_string_equal(fx_at(a.json, "/tags"), "[\"kyiv\",\"war\"]");
    assert_string_equal(fx_at(a.json, "/created_by"), EDITOR);
    assert_string_equal(fx_at(a.json, "/_actions"), "[\"publish\"]");
    assert_string_equal(fx_z(a.etag), "\"d1\"");
    json_t *o = fx_json(fx_z(a.json));
    void *it = json_object_iter(o);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++, it = json_object_iter_next(o, it))
        assert_string_equal(json_object_iter_key(it), order[i]);
    assert_int_equal(strlen(fx_at(a.json, "/created_at")), 24);
}

static void a_draft_is_read_as_it_was_answered(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One \\\"two\\\" \\u00fc\",\"section\":\"world\"}");
    qn_answer b = fx_draft(fx_z(a.id)), c = fx_draft(fx_z(a.slug));
    assert_ok(b);
    assert_string_equal(fx_z(a.json), fx_z(b.json));
    assert_string_equal(fx_z(a.json), fx_z(c.json));
    assert_string_equal(fx_z(b.etag), "\"d1\"");
}

static void a_made_slug_that_is_taken_gets_the_next_free_number(void **state)
{
    (void)state;
    char want[32];
    for (int i = 1; i <= 9; i++) {
        qn_answer a = fx_create("article", "{\"title\":\"Morning briefing\"}");
        snprintf(want, sizeof want, i > 1 ? "morning-briefing-%d" : "morning-briefing", i);
        assert_string_equal(fx_z(a.slug), want);
    }
}

static void a_given_slug_or_an_import_that_is_taken_names_who_has_it(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"Taken\"}");
    qn_answer given = fx_create_as(&fx_editor, "article", "{\"title\":\"Other\",\"slug\":\"taken\"}", false);
    qn_answer imported = fx_create_as(&fx_editor, "article", "{\"title\":\"Taken\"}", true);
    assert_int_equal(given.err, QN_EEXIST);
    assert_string_equal(given.taken, "slug");
    assert_string_equal(fx_z(given.taken_by), fx_z(a.id));
    assert_int_equal(imported.err, QN_EEXIST);
    assert_string_equal(fx_z(imported.taken_by), fx_z(a.id));
    assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "1");
    assert_string_equal(fx_sql("SELECT count(*) FROM event"), "1");
}

static void types_and_locales_have_slugs_of_their_own(void **state)
{
    (void)state;
    assert_ok(fx_create_as(&fx_editor, "article", "{\"title\":\"Same\",\"slug\":\"same\"}", false));
    assert_ok(fx_create_as(&fx_editor, "page", "{\"title\":\"Same\",\"slug\":\"same\"}", false));
    assert_ok(fx_create_as(&fx_editor, "article", "{\"title\":\"Same\",\"slug\":\"same\",\"locale\":\"uk\"}", false));
    qn_answer any = fx_draft("same");
    qn_answer uk = fx_get_as(&fx_editor, "article", QN_STR("same"), "uk", QN_VIEW_DRAFT);
    assert_string_equal(fx_at(any.json, "/locale"), "en");
    assert_string_equal(fx_at(uk.json, "/locale"), "uk");
}

static void only_an_import_by_who_may_brings_its_id(void **state)
{
    (void)state;
    static const char input[] = "{\"id\":\"01970000-0000-7000-8000-000000000001\",\"title\":\"Moved in\"}";
    qn_answer no = fx_create_as(&fx_editor, "article", input, false);
    qn_answer yes = fx_create_as(&fx_editor, "article", input, true);
    qn_answer twice = fx_create_as(&fx_editor, "article",
                                   "{\"id\":\"01970000-0000-7000-8000-000000000001\",\"title\":\"Again\"}", true);
    assert_int_equal(no.err, QN_EINVAL);
    assert_string_equal(no.faults->items[0].pointer, "/id");
    assert_ok(yes);
    assert_string_equal(fx_z(yes.id), "01970000-0000-7000-8000-000000000001");
    assert_int_equal(twice.err, QN_EEXIST);
    assert_string_equal(twice.taken, "id");
    assert_string_equal(fx_z(twice.taken_by), "01970000-0000-7000-8000-000000000001");
}

static void references_that_lead_nowhere_are_all_told_with_their_places(void **state)
{
    (void)state;
    qn_answer author = fx_create("author", "{\"name\":\"Olena\"}");
    char input[512];
    snprintf(input, sizeof input,
             "{\"title\":\"T\",\"authors\":[\"%s\",\"01970000-0000-7000-8000-0000000000ff\"],\"related\":[\"%s\"]}",
             fx_z(author.id), fx_z(author.id));
    qn_answer a = fx_create_as(&fx_editor, "article", input, false);
    assert_int_equal(a.err, QN_EINVAL);
    assert_int_equal(a.faults->n, 2);
    assert_string_equal(a.faults->items[0].pointer, "/authors/1");
    assert_string_equal(a.faults->items[1].pointer, "/related/0"); /* an author is no article */
    assert_string_equal(a.faults->items[0].code, "not_found");
    assert_false(a.faults->shape);
}

static void faults_of_the_draft_are_answered_without_the_database(void **state)
{
    (void)state;
    qn_answer a = fx_create_as(&fx_editor, "article", "{\"nope\":1}", false);
    assert_int_equal(a.err, QN_EINVAL);
    assert_true(a.faults->n >= 1);
    assert_string_equal(fx_sql("SELECT count(*) FROM event"), "0");
}

static void a_tag_is_made_with_the_entry(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"T\",\"tags\":[\"air-defense\",\"null\"]}");
    assert_string_equal(fx_sql("SELECT string_agg(slug || '=' || name || '=' || kind, ' ' ORDER BY slug) FROM tag"),
                        "air-defense=air defense=topic null=null=topic");
}

/* ---- change ------------------------------------------------------------------------------------------------------ */

static void a_change_keeps_what_it_does_not_name_and_counts_the_version_up(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"summary\":\"S\",\"tags\":[\"a\"]}");
    qn_answer b = fx_patch(fx_z(a.id), "{\"title\":\"Two\"}", 1);
    assert_ok(b);
    assert_int_equal(b.version, 2);
    assert_string_equal(fx_z(b.etag), "\"d2\"");
    assert_string_equal(fx_at(b.json, "/title"), "Two");
    assert_string_equal(fx_at(b.json, "/summary"), "S");
    assert_string_equal(fx_at(b.json, "/tags"), "[\"a\"]");
    assert_string_equal(fx_z(b.slug), "one");
    assert_string_equal(fx_z(b.json), fx_z(fx_draft("one").json));
}

static void a_stale_change_is_told_what_both_sides_changed(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"summary\":\"S\",\"section\":\"x\",\"body\":[{\"id\":"
                                       "\"b1\",\"type\":\"text\",\"text\":\"a\"},"
                                       "{\"id\":\"b2\",\"type\":\"text\",\"text\":\"b\"}]}");
    const char *id = fx_z(a.id);
    assert_ok(
        fx_patch(id,
                 "{\"title\":\"Two\",\"section\":\"y\",\"body\":[{\"id\":\"b1\",\"type\":\"text\",\"text\":\"a2\"},"
                 "{\"id\":\"b2\",\"type\":\"text\",\"text\":\"b\"}]}",
                 1));
    qn_answer late =
        fx_patch(id,
                 "{\"title\":\"Three\",\"summary\":\"T\",\"body\":[{\"id\":\"b1\",\"type\":\"text\",\"text\":\"a3\"},"
                 "{\"id\":\"b2\",\"type\":\"text\",\"text\":\"b3\"}]}",
                 1);
    assert_int_equal(late.err, QN_ESTALE);
    assert_int_equal(late.version, 2);
    assert_int_equal(late.nconflicts, 2);
    assert_string_equal(late.conflicts[0], "/title");
    assert_string_equal(late.conflicts[1], "/body/b1");
    qn_answer apart = fx_patch(id, "{\"summary\":\"T\"}", 1);
    assert_int_equal(apart.err, QN_ESTALE);
    assert_int_equal(apart.nconflicts, 0);
    assert_string_equal(fx_at(fx_draft(id).json, "/title"), "Two");
}

static void tags_and_slug_conflict_too(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    assert_ok(fx_patch(fx_z(a.id), "{\"tags\":[\"b\"],\"slug\":\"uno\"}", 1));
    qn_answer late = fx_patch(fx_z(a.id), "{\"tags\":[\"c\"],\"slug\":\"eins\",\"title\":\"x\"}", 1);
    assert_int_equal(late.err, QN_ESTALE);
    assert_int_equal(late.nconflicts, 2);
}

static void a_star_overwrites_whatever_is_there(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\"}");
    assert_ok(fx_patch(fx_z(a.id), "{\"title\":\"Two\"}", 1));
    qn_answer b = fx_patch(fx_z(a.id), "{\"summary\":\"S\"}", 0);
    assert_ok(b);
    assert_int_equal(b.version, 3);
    assert_string_equal(fx_at(b.json, "/title"), "Two");
}

static void a_replacement_puts_back_what_it_does_not_name(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"summary\":\"S\",\"tags\":[\"a\"]}");
    qn_answer b = fx_change_as(&fx_editor, fx_z(a.id), QN_DRAFT_REPLACE, "{\"title\":\"Two\"}", 1);
    assert_ok(b);
    assert_string_equal(fx_at(b.json, "/summary"), "null");
    assert_string_equal(fx_at(b.json, "/tags"), "[]");
    assert_string_equal(fx_z(b.slug), "one");
    assert_string_equal(fx_sql("SELECT count(*) FROM entry_tag"), "0");
}

static void a_slug_is_changed_only_to_one_that_is_free(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\"}");
    qn_answer b = fx_create("article", "{\"title\":\"Two\"}");
    qn_answer no = fx_patch(fx_z(b.id), "{\"slug\":\"one\"}", 1);
    assert_int_equal(no.err, QN_EEXIST);
    assert_string_equal(fx_z(no.taken_by), fx_z(a.id));
    assert_ok(fx_patch(fx_z(a.id), "{\"slug\":\"uno\"}", 1)); /* never seen by readers: "one" is free again */
    assert_ok(fx_patch(fx_z(b.id), "{\"slug\":\"one\"}", 1));
    assert_int_equal(fx_draft("two").err, QN_ENOTFOUND);
    assert_string_equal(fx_z(fx_draft("one").id), fx_z(b.id));
}

static void a_slug_made_again_keeps_its_number(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"Briefing\"}");
    qn_answer a = fx_create("article", "{\"title\":\"Briefing\"}");
    qn_answer b = fx_patch(fx_z(a.id), "{\"slug\":null}", 1);
    assert_ok(b);
    assert_string_equal(fx_z(b.slug), "briefing-2");
}

static void a_change_that_breaks_a_rule_writes_nothing(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\"}");
    qn_answer b = fx_patch(fx_z(a.id), "{\"title\":null,\"authors\":[\"x\"]}", 1);
    assert_int_equal(b.err, QN_EINVAL);
    assert_true(b.faults->n >= 2);
    assert_string_equal(fx_sql("SELECT version FROM entry"), "1");
}

/* ---- whose it is ------------------------------------------------------------------------------------------------- */

static void what_is_not_ones_own_is_not_there_or_not_ones_to_change(void **state)
{
    (void)state;
    qn_answer a = fx_create_as(&fx_author, "article", "{\"title\":\"Mine\"}", false);
    const char *id = fx_z(a.id);
    assert_ok(a);
    assert_string_equal(fx_at(a.json, "/_actions"), "[]");
    assert_ok(fx_get_as(&fx_author, "article", a.id, NULL, QN_VIEW_DRAFT));
    assert_int_equal(fx_get_as(&fx_writer, "article", a.id, NULL, QN_VIEW_DRAFT).err, QN_ENOTFOUND);
    assert_int_equal(fx_change_as(&fx_writer, id, QN_DRAFT_PATCH, "{\"title\":\"x\"}", 0).err, QN_ENOTFOUND);
    assert_int_equal(fx_delete_as(&fx_writer, id, 0, false).err, QN_ENOTFOUND);
    assert_int_equal(fx_move_as(&fx_author, id, "publish", INT64_MIN, 0).err, QN_EDENIED);
    assert_ok(fx_publish(id));
    assert_int_equal(fx_change_as(&fx_writer, id, QN_DRAFT_PATCH, "{\"title\":\"x\"}", 0).err, QN_EDENIED);
    assert_int_equal(fx_get_as(&fx_writer, "article", a.id, NULL, QN_VIEW_DRAFT).err, QN_ENOTFOUND);
    assert_int_equal(fx_revision_as(&fx_writer, id, 1).err, QN_EDENIED);
    assert_ok(fx_revision_as(&fx_author, id, 1));
}

static void a_drafts_new_slug_is_not_known_to_who_may_not_read_drafts(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"Old\"}");
    assert_ok(fx_publish("old"));
    assert_ok(fx_patch(fx_z(a.id), "{\"slug\":\"secret-plan\"}", 0));
    assert_int_equal(fx_live("secret-plan").err, QN_ENOTFOUND);
    assert_int_equal(fx_change_as(&fx_author, "secret-plan", QN_DRAFT_PATCH, "{}", 0).err, QN_ENOTFOUND);
    assert_int_equal(fx_change_as(&fx_author, "old", QN_DRAFT_PATCH, "{}", 0).err, QN_EDENIED);
}

/* ---- revisions, the trash, events -------------------------------------------------------------------------------- */

static void each_accepted_write_is_a_full_revision(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    assert_ok(fx_patch("one", "{\"title\":\"Two\",\"tags\":[\"b\"]}", 1));
    assert_ok(fx_publish("one"));
    qn_answer r1 = fx_revision_as(&fx_editor, "one", 1), r3 = fx_revision_as(&fx_editor, "one", 3);
    assert_ok(r1);
    assert_string_equal(fx_at(r1.json, "/action"), "create");
    assert_string_equal(fx_at(r1.json, "/entry/title"), "One");
    assert_string_equal(fx_at(r1.json, "/entry/tags"), "[\"a\"]");
    assert_string_equal(fx_at(r1.json, "/note"), "null");
    assert_string_equal(fx_at(r1.json, "/created_by"), EDITOR);
    assert_string_equal(fx_at(r3.json, "/action"), "publish");
    assert_string_equal(fx_at(r3.json, "/entry/title"), "Two");
    assert_string_equal(fx_at(r3.json, "/entry/status"), "published");
    assert_int_equal(fx_revision_as(&fx_editor, "one", 4).err, QN_ENOTFOUND);
    assert_int_equal(fx_revision_as(&fx_public, "one", 1).err, QN_EDENIED);
}

static void what_is_live_or_scheduled_cannot_be_deleted(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\"}");
    assert_ok(fx_publish("one"));
    qn_answer no = fx_delete_as(&fx_admin, "one", 0, true);
    assert_int_equal(no.err, QN_ESTATE);
    assert_string_equal(no.allowed, "[\"publish\",\"unpublish\"]");
    assert_ok(fx_unpublish("one"));
    assert_ok(fx_move_as(&fx_editor, "one", "publish", qn_wall_us() + 3600000000, 0));
    assert_int_equal(fx_delete_as(&fx_editor, "one", 0, false).err, QN_ESTATE);
    assert_ok(fx_unpublish("one"));
    assert_int_equal(fx_delete_as(&fx_editor, "one", 2, false).err, QN_ESTALE);
    assert_ok(fx_delete_as(&fx_editor, "one", 5, false));
    assert_int_equal(fx_draft("one").err, QN_ENOTFOUND);
    assert_int_equal(fx_delete_as(&fx_editor, "one", 0, false).err, QN_ENOTFOUND);
    assert_string_equal(fx_sql("SELECT version || action FROM revision ORDER BY version DESC LIMIT 1"), "6delete");
}

static void the_trash_gives_the_slug_free(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"One\",\"tags\":[\"t\"]}");
    assert_ok(fx_publish("one"));
    assert_ok(fx_patch("one", "{\"slug\":\"uno\"}", 0));
    assert_ok(fx_publish("uno"));
    assert_ok(fx_unpublish("uno"));
    assert_ok(fx_delete_as(&fx_editor, "uno", 0, false));
    assert_string_equal(fx_sql("SELECT count(*) FROM slug"), "0");
    assert_string_equal(fx_sql("SELECT count(*) FROM entry_tag"), "0");
    assert_ok(fx_create_as(&fx_editor, "article", "{\"title\":\"One\",\"slug\":\"one\"}", false));
    assert_int_equal(fx_draft(fx_z(a.id)).err, QN_ENOTFOUND);
}

static void erasing_takes_every_trace_of_the_content(void **state)
{
    (void)state;
    qn_answer a = fx_create("article", "{\"title\":\"Secret words\",\"tags\":[\"t\"]}");
    const char *id = fx_z(a.id);
    assert_int_equal(fx_delete_as(&fx_editor, id, 0, true).err, QN_EDENIED);
    assert_ok(fx_delete_as(&fx_editor, id, 0, false));
    assert_int_equal(fx_delete_as(&fx_author, id, 0, true).err, QN_ENOTFOUND);
    assert_ok(fx_delete_as(&fx_admin, id, 0, true)); /* from the trash */
    assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "0");
    assert_string_equal(fx_sql("SELECT count(*) FROM revision"), "0");
    assert_string_equal(fx_sql("SELECT count(*) FROM event WHERE event::text ILIKE '%secret%'"), "0");
    (void)fx_create("article", "{\"title\":\"Direct\"}");
    assert_ok(fx_delete_as(&fx_admin, "direct", 0, true));
    assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "0");
}

static void each_accepted_write_is_one_event_in_its_transaction(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    assert_ok(fx_patch("one", "{\"tags\":[\"b\"]}", 1));
    assert_int_equal(fx_patch("one", "{\"tags\":[\"c\"]}", 1).err, QN_ESTALE);
    assert_ok(fx_publish("one"));
    assert_ok(fx_move_as(&fx_editor, "one", "publish", qn_wall_us() + 3600000000, 0));
    assert_ok(fx_unpublish("one"));
    assert_ok(fx_delete_as(&fx_editor, "one", 0, false));
    assert_string_equal(
        fx_sql("SELECT string_agg(kind || ' ' || array_to_string(tags, '+'), ', ' ORDER BY xid, seq) FROM event"),
        "entry.created a, entry.changed a+b, entry.published b, entry.scheduled b, entry.unpublished b, entry.deleted "
        "b");
    assert_string_equal(fx_sql("SELECT count(*) FROM event e JOIN revision r ON r.version = (e.data->>'version')::int "
                               "AND r.xmin::text::bigint ="
                               " e.xid::text::bigint"),
                        "6");
}

static void an_acknowledged_write_wakes_the_listener_and_moves_the_epochs_of_what_readers_see(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    qn_answer d = fx_draft("one");
    char entry[64];
    snprintf(entry, sizeof entry, "entry:%s", fx_z(d.id));
    const qn_str names[] = { qn_str_of(entry), QN_STR("type:article"), QN_STR("tag:b") };
    uint64_t before[3], writes = qn_shm_wrote_take(fx.shm);
    for (int i = 0; i < 3; i++) before[i] = qn_epoch_get(fx.shm, names[i]);
    assert_ok(fx_patch("one", "{\"tags\":[\"b\"]}", 1));
    for (int i = 0; i < 3; i++) assert_true(qn_epoch_get(fx.shm, names[i]) == before[i]); /* a working copy is kept nowhere */
    assert_true(qn_shm_wrote_take(fx.shm) > writes);
    writes = qn_shm_wrote_take(fx.shm);
    assert_ok(fx_publish("one"));
    for (int i = 0; i < 3; i++) assert_true(qn_epoch_get(fx.shm, names[i]) > before[i]);
    assert_true(qn_shm_wrote_take(fx.shm) > writes);
    /* And says whose transaction's they were, so that the listener leaves them where they are. */
    assert_true(qn_shm_told(fx.shm, strtoull(fx_sql("SELECT xid FROM event WHERE kind = 'entry.published'"), NULL, 10)));
    assert_false(qn_shm_told(fx.shm, strtoull(fx_sql("SELECT max(xid::text::bigint) FROM event WHERE kind = 'entry.changed'"), NULL, 10)));
    assert_ok(fx_unpublish("one"));
    assert_ok(fx_delete_as(&fx_admin, "one", 0, true));
    assert_true(qn_shm_told(fx.shm, strtoull(fx_sql("SELECT xid FROM event WHERE kind = 'entry.purged'"), NULL, 10)));
}

/* ---- the rules cannot be walked round ---------------------------------------------------------------------------- */

static void the_runtime_role_writes_through_the_functions_only(void **state)
{
    (void)state;
    static const char *const no[] = {
        "UPDATE quoin.entry SET version = 1",
        "DELETE FROM quoin.revision",
        "INSERT INTO quoin.slug VALUES ('article', 'x', 'en', gen_random_uuid())",
        "UPDATE quoin.published SET until = now()",
        "DELETE FROM quoin.event",
        "UPDATE quoin.event SET kind = ''",
        "UPDATE quoin.type SET version = 2",
        "INSERT INTO quoin.transition VALUES ('x', '{}', 'y', NULL, 'none', 'x', 1)",
        "TRUNCATE quoin.event",
        "CREATE TABLE quoin.x ()",
        "DELETE FROM quoin.tag",
    };
    (void)fx_create("article", "{\"title\":\"One\"}");
    PGconn *c = PQconnectdb(qn_embedded_conninfo(fx.pg.em, "quoin"));
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        PGresult *r = PQexec(c, no[i]);
        const char *state_code = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        if (!state_code || strcmp(state_code, "42501") != 0) fail_msg("%s: %s", no[i], PQresStatus(PQresultStatus(r)));
        PQclear(r);
    }
    PQfinish(c);
}

static void a_type_that_moved_is_read_again_and_the_write_goes_through(void **state)
{
    (void)state;
    (void)fx_create("article", "{\"title\":\"One\"}");
    (void)fx_sql("UPDATE type SET version = version + 1, fields = fields || "
                 "'[{\"name\":\"desk\",\"kind\":\"string\"}]' WHERE name = 'article'");
    qn_answer a = fx_patch("one", "{\"title\":\"Two\"}", 1);
    assert_ok(a);
    assert_string_equal(fx_at(a.json, "/desk"), "null");
    assert_int_equal(fx_type("article")->version, 2);
    (void)fx_sql("UPDATE type SET version = version + 1, fields = fields - (jsonb_array_length(fields) - 1) WHERE name "
                 "= 'article'");
    qn_answer b = fx_create("article", "{\"title\":\"Three\"}");
    assert_string_equal(fx_at(b.json, "/desk"), "");
}

static void types_are_read_again_when_their_epoch_moved(void **state)
{
    (void)state;
    int version = fx_type("page")->version;
    (void)fx_sql("UPDATE type SET version = version + 1 WHERE name = 'page'");
    atomic_fetch_add(&fx.shm->node.types_epoch, 1);
    for (int i = 0; i < 500 && fx_type("page")->version == version; i++) {
        qn_timer_start(fx.give_up, 10);
        event_base_loop(qn_loop_base(fx.loop), EVLOOP_ONCE);
    }
    assert_int_equal(fx_type("page")->version, version + 1);
}

static void a_reference_to_nothing_in_a_path_is_just_not_there(void **state)
{
    (void)state;
    static const char *const refs[] = { "",
                                        "UPPER",
                                        "a b",
                                        "'; drop table entry",
                                        "01970000-0000-7000-8000-00000000000",
                                        "01970000-0000-7000-8000-000000000000",
                                        "\xc3\xa9",
                                        "-",
                                        "nothing" };
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        assert_int_equal(fx_live(refs[i]).err, QN_ENOTFOUND);
        assert_int_equal(fx_draft(refs[i]).err, QN_ENOTFOUND);
        assert_int_equal(fx_patch(refs[i], "{}", 0).err, QN_ENOTFOUND);
        assert_int_equal(fx_publish(refs[i]).err, QN_ENOTFOUND);
        assert_int_equal(fx_delete_as(&fx_admin, refs[i], 0, true).err, QN_ENOTFOUND);
    }
    (void)fx_create("article", "{\"title\":\"One\"}");
    assert_int_equal(fx_get_as(&fx_editor, "article", QN_STR("one"), "de'--", QN_VIEW_DRAFT).err, QN_ENOTFOUND);
    assert_int_equal(fx_get_as(&fx_editor, "page", QN_STR("one"), NULL, QN_VIEW_DRAFT).err, QN_ENOTFOUND);
}

#define T(name) cmocka_unit_test_setup(name, fx_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_created_draft_has_the_contracts_members_in_their_order),
        T(a_draft_is_read_as_it_was_answered),
        T(a_made_slug_that_is_taken_gets_the_next_free_number),
        T(a_given_slug_or_an_import_that_is_taken_names_who_has_it),
        T(types_and_locales_have_slugs_of_their_own),
        T(only_an_import_by_who_may_brings_its_id),
        T(references_that_lead_nowhere_are_all_told_with_their_places),
        T(faults_of_the_draft_are_answered_without_the_database),
        T(a_tag_is_made_with_the_entry),
        T(a_change_keeps_what_it_does_not_name_and_counts_the_version_up),
        T(a_stale_change_is_told_what_both_sides_changed),
        T(tags_and_slug_conflict_too),
        T(a_star_overwrites_whatever_is_there),
        T(a_replacement_puts_back_what_it_does_not_name),
        T(a_slug_is_changed_only_to_one_that_is_free),
        T(a_slug_made_again_keeps_its_number),
        T(a_change_that_breaks_a_rule_writes_nothing),
        T(what_is_not_ones_own_is_not_there_or_not_ones_to_change),
        T(a_drafts_new_slug_is_not_known_to_who_may_not_read_drafts),
        T(each_accepted_write_is_a_full_revision),
        T(what_is_live_or_scheduled_cannot_be_deleted),
        T(the_trash_gives_the_slug_free),
        T(erasing_takes_every_trace_of_the_content),
        T(each_accepted_write_is_one_event_in_its_transaction),
        T(an_acknowledged_write_wakes_the_listener_and_moves_the_epochs_of_what_readers_see),
        T(the_runtime_role_writes_through_the_functions_only),
        T(a_type_that_moved_is_read_again_and_the_write_goes_through),
        T(types_are_read_again_when_their_epoch_moved),
        T(a_reference_to_nothing_in_a_path_is_just_not_there),
    };
    return cmocka_run_group_tests_name("store: life", tests, fx_up, fx_down);
}
