/* Import of many entries against a real database. */
#include "storefixture.h"

#include <stdio.h>

#include "content/bulk.h"

typedef struct {
    qn_arena *arena;
    qn_bulk *bulk;
    qn_buf said; /* a line's number and what became of it, one behind the other: "1 ok;2 faults /title required;" */
    uint64_t line;
    size_t rooms;
    int scopes, err;
    bool done, room;
    const qn_scope *who;
} run;

static run now;

static const qn_scope *scope_of(void *ctx, qn_arena *arena, const qn_type *type)
{
    (void)arena, (void)type;
    run *r = ctx;
    r->scopes++;
    return r->who;
}

static void on_result(void *ctx, const qn_bulk_result *r)
{
    run *u = ctx;
    assert_true(r->line > u->line);
    u->line = r->line;
    qn_buf_printf(&u->said, "%llu ", (unsigned long long)r->line);
    if (r->err == QN_OK)
        qn_buf_addz(&u->said, r->nmissing ? "missing" : "ok");
    else if (r->err == QN_EINVAL)
        qn_buf_printf(&u->said, "%s %s", r->faults->items[0].pointer, r->faults->items[0].code);
    else if (r->err == QN_EEXIST)
        qn_buf_printf(&u->said, "taken %s", r->taken);
    else
        qn_buf_printf(&u->said, "%s",
                      r->err == QN_EDB       ? "db"
                      : r->err == QN_EDENIED ? "denied"
                      : r->err == QN_ELIMIT  ? "long"
                                             : "other");
    qn_buf_addc(&u->said, ';');
}

static void on_room(void *ctx)
{
    run *r = ctx;
    r->room = true;
    r->rooms++;
}

static void on_done(void *ctx, int err)
{
    run *r = ctx;
    assert_false(r->done);
    r->done = true;
    r->err = err;
}

static int down(void **state)
{
    (void)state;
    qn_arena_free(&now.arena);
    qn_buf_free(&now.said);
    return 0;
}

static void begin(const qn_scope *who, bool dry_run)
{
    down(NULL);
    now = (run){ .arena = qn_arena_new(0), .who = who };
    qn_bulk_options o = { .store = fx.store,
                          .type = "article",
                          .dry_run = dry_run,
                          .max_line_bytes = 4096,
                          .scope = scope_of,
                          .result = on_result,
                          .room = on_room,
                          .done = on_done,
                          .ctx = &now };
    assert_int_equal(qn_bulk_new(&now.bulk, now.arena, &o), 0);
}

static void feed(const char *text, size_t n)
{
    now.room = false;
    if (!qn_bulk_feed(now.bulk, (qn_str){ text, n })) fx_until(&now.room);
}

static const char *end(void)
{
    qn_bulk_end(now.bulk);
    fx_until(&now.done);
    assert_int_equal(now.err, 0);
    return now.said.p ? now.said.p : "";
}

/* Imports `text` in pieces of `size` bytes; what was said of its lines. */
static const char *import_in(const char *text, size_t size)
{
    begin(&fx_editor, false);
    for (size_t at = 0, n = strlen(text); at < n; at += size) feed(text + at, n - at < size ? n - at : size);
    return end();
}

static void lines_are_the_same_however_the_bytes_are_split(void **state)
{
    (void)state;
    static const char text[] =
        "{\"title\":\"One\",\"body\":\"a\\n\\nb\"}\n\n{\"title\":7}\r\n{\"title\":\"One\"}\nnothing\n"
        "{\"title\":\"T\xC3\xA9\",\"status\":\"published\"}";
    for (size_t size = 1; size <= sizeof text; size++) {
        fx_empty(NULL);
        assert_string_equal(import_in(text, size), "1 ok;3 /title type;4 taken slug;5  malformed;6 ok;");
        assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "2");
        assert_string_equal(fx_sql("SELECT count(*) FROM published"), "1");
    }
}

static void a_line_that_the_database_refuses_harms_no_other(void **state)
{
    (void)state;
    char text[8192] = "";
    fx_sql("ALTER TABLE entry ADD CONSTRAINT poison CHECK (sort_title NOT LIKE 'poison%')");
    for (int i = 1; i <= 40; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "{\"title\":\"%s %d\"}\n",
                 i == 7 || i == 30 ? "poison" : "good", i);
    const char *said = import_in(text, sizeof text);
    fx_sql("ALTER TABLE entry DROP CONSTRAINT poison");
    assert_non_null(strstr(said, "6 ok;7 db;8 ok;"));
    assert_non_null(strstr(said, "29 ok;30 db;31 ok;"));
    assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "38");
    assert_string_equal(fx_sql("SELECT count(*) FROM slug"), "38");
}

static void on_types(void *ctx, int err)
{
    assert_int_equal(err, 0);
    *(bool *)ctx = true;
}

/* The types as they stand in the database. */
static void read_types(void)
{
    bool done = false;
    atomic_fetch_add(&fx.shm->node.types_epoch, 1);
    assert_false(qn_store_types_current(fx.store));
    assert_int_equal(qn_store_types_wait(fx.store, fx_arena(), on_types, &done), 0);
    fx_until(&done);
    assert_true(qn_store_types_current(fx.store));
}

static void a_type_that_moved_has_its_lines_checked_again(void **state)
{
    (void)state;
    begin(&fx_editor, false);
    static const char text[] = "{\"title\":\"Long enough\"}\n{\"title\":\"No\"}\n{\"title\":8}\n";
    fx_sql("UPDATE type SET version = version + 1, fields = jsonb_set(fields, '{0,min}', '5') WHERE name = 'article'");
    feed(text, sizeof text - 1);
    const char *said = end();
    fx_sql("UPDATE type SET version = version + 1, fields = jsonb_set(fields, '{0,min}', '1') WHERE name = 'article'");
    read_types();
    assert_string_equal(said, "1 ok;2 /title min;3 /title type;");
    assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "1");
    assert_string_equal(import_in("{\"title\":\"No\"}", 100), "1 ok;");
}

static void one_event_tells_of_a_batch(void **state)
{
    (void)state;
    char text[4096] = "";
    for (int i = 0; i < 50; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text),
                 "{\"title\":\"t %d\",\"tags\":[\"tag-%d\"],\"status\":\"published\"}\n", i, i % 3);
    import_in(text, sizeof text);
    assert_string_equal(fx_sql("SELECT count(*) || ' ' || min(kind) || ' ' || min(type) || ' ' || min(tags::text) || ' "
                               "' || min(data ->> 'count')"
                               " FROM event"),
                        "1 entries.imported article {tag-0,tag-1,tag-2} 50");
}

static void who_was_waited_for_is_told_of_by_name(void **state)
{
    (void)state;
    import_in("{\"title\":\"a\",\"related\":[\"" AUTHOR "\"]}", 100);
    assert_string_equal(now.said.p, "1 missing;");
    assert_string_equal(import_in("{\"title\":\"b\",\"id\":\"" AUTHOR "\"}\n{\"title\":\"c\"}", 100), "1 ok;2 ok;");
    assert_string_equal(fx_sql("SELECT string_agg(kind || coalesce(' ' || entry, ''), ', ' ORDER BY seq) FROM event"),
                        "entries.imported, entries.imported, entry.imported " AUTHOR);
}

static void a_dry_run_leaves_nothing_behind(void **state)
{
    (void)state;
    static const char text[] = "{\"title\":\"a\",\"tags\":[\"x\"],\"status\":\"published\"}\n{\"title\":\"a\"}\n{"
                               "\"status\":\"odd\",\"title\":\"b\"}";
    begin(&fx_editor, true);
    feed(text, sizeof text - 1);
    assert_string_equal(end(), "1 ok;2 taken slug;3 /status enum;");
    assert_string_equal(
        fx_sql("SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM revision) + (SELECT count(*) FROM slug)"
               " + (SELECT count(*) FROM tag) + (SELECT count(*) FROM event) + (SELECT count(*) FROM published)"),
        "0");
}

static void rights_are_asked_for_each_line(void **state)
{
    (void)state;
    static const char *const none[] = { NULL };
    static const qn_scope importer = {
        .user = EDITOR, .live = true, .drafts = QN_REACH_ALL, .import = true, .all = none
    };
    static const char text[] = "{\"title\":\"a\"}\n{\"title\":\"b\",\"status\":\"published\"}\n";
    begin(&fx_author, false);
    feed(text, sizeof text - 1);
    assert_string_equal(end(), "1 denied;2 denied;");
    begin(&importer, false);
    feed(text, sizeof text - 1);
    assert_string_equal(end(), "1 ok;2 denied;");
}

static void who_is_faster_than_the_database_is_held_up(void **state)
{
    (void)state;
    char text[64];
    size_t held = 0;
    begin(&fx_editor, false);
    for (int i = 0; i < 3000; i++) {
        int n = snprintf(text, sizeof text, "{\"title\":\"held %d\"}\n", i);
        now.room = false;
        if (qn_bulk_feed(now.bulk, (qn_str){ text, (size_t)n })) continue;
        held++;
        fx_until(&now.room);
    }
    end();
    assert_true(held > 0);
    assert_int_equal(now.rooms, held);
    assert_int_equal(now.line, 3000);
    assert_string_equal(fx_sql("SELECT count(*) FROM entry"), "3000");
}

static void an_import_whose_client_went_away_ends_where_it_is(void **state)
{
    (void)state;
    char text[64];
    begin(&fx_editor, false);
    for (int i = 0; i < 100; i++) {
        int n = snprintf(text, sizeof text, "{\"title\":\"gone %d\"}\n", i);
        (void)qn_bulk_feed(now.bulk, (qn_str){ text, (size_t)n });
    }
    down(NULL);
    assert_string_equal(import_in("{\"title\":\"next\"}", 100),
                        "1 ok;"); /* what was on its way is done or not, nobody is called */
}

static void a_line_longer_than_allowed_is_passed_over(void **state)
{
    (void)state;
    char *text = malloc(20000);
    int n = snprintf(text, 20000, "{\"title\":\"a\"}\n{\"title\":\"%0*d\"}\n{\"title\":\"b\"}\n", 9000, 0);
    for (size_t size = 100; size < 20000; size *= 5) {
        fx_empty(NULL);
        text[n] = '\0';
        assert_string_equal(import_in(text, size), "1 ok;2 long;3 ok;");
    }
    free(text);
}

/* ---- export ------------------------------------------------------------------------------------------------------ */

typedef struct {
    bool done;
    size_t n;
    bool last;
    char first[64];
} page;

static void on_page(void *ctx, const qn_export_page *p)
{
    page *g = ctx;
    assert_int_equal(p->err, 0);
    g->n = p->n;
    g->last = p->last;
    if (p->n) snprintf(g->first, sizeof g->first, "%.45s", p->lines[0].p);
    g->done = true;
}

static void an_export_goes_through_everything_once(void **state)
{
    (void)state;
    static const char *const types[] = { "article", NULL };
    char text[64];
    size_t all = 0, pages = 0;
    begin(&fx_editor, false);
    for (int i = 0; i < 500; i++) {
        int n = snprintf(text, sizeof text, "{\"title\":\"out %d\"}\n", i);
        feed(text, (size_t)n);
    }
    end();
    qn_export *x = NULL;
    qn_arena *a = qn_arena_new(0);
    char before[64] = "";
    assert_int_equal(qn_export_new(&x, fx.store, a, types), 0);
    for (page g = { .last = false }; !g.last; pages++) {
        g.done = false;
        assert_int_equal(qn_export_next(x, 2000, on_page, &g), 0);
        fx_until(&g.done);
        all += g.n;
        if (g.n) assert_true(strcmp(g.first, before) > 0);
        memcpy(before, g.first, sizeof before);
    }
    assert_int_equal(all, 500);
    assert_true(pages > 10); /* bounded by bytes, not by rows */
    qn_arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_are_the_same_however_the_bytes_are_split, fx_empty, down),
        cmocka_unit_test_setup_teardown(a_line_that_the_database_refuses_harms_no_other, fx_empty, down),
        cmocka_unit_test_setup_teardown(a_type_that_moved_has_its_lines_checked_again, fx_empty, down),
        cmocka_unit_test_setup_teardown(one_event_tells_of_a_batch, fx_empty, down),
        cmocka_unit_test_setup_teardown(who_was_waited_for_is_told_of_by_name, fx_empty, down),
        cmocka_unit_test_setup_teardown(a_dry_run_leaves_nothing_behind, fx_empty, down),
        cmocka_unit_test_setup_teardown(rights_are_asked_for_each_line, fx_empty, down),
        cmocka_unit_test_setup_teardown(who_is_faster_than_the_database_is_held_up, fx_empty, down),
        cmocka_unit_test_setup_teardown(an_import_whose_client_went_away_ends_where_it_is, fx_empty, down),
        cmocka_unit_test_setup_teardown(a_line_longer_than_allowed_is_passed_over, fx_empty, down),
        cmocka_unit_test_setup_teardown(an_export_goes_through_everything_once, fx_empty, down),
    };
    return cmocka_run_group_tests(tests, fx_up, fx_down);
}
