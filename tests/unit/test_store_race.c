/* Many writers at once: what was accepted is never lost, and nobody waits for ever. */
#include "storefixture.h"

enum { WRITERS = 64, ROUNDS = 3 };

typedef struct {
    int number, left, expect;
    int accepted, refused;
} writer;

static int running;
static bool all_done;

static void write_next(writer *w);

static void written(void *ctx, const qn_answer *a)
{
    writer *w = ctx;
    if (a->err == QN_OK) {
        w->accepted++;
        if (w->expect) w->expect = a->version;
    } else if (a->err == QN_ESTALE && w->expect) {
        w->refused++;
        w->expect = a->version;
        w->left++; /* with the new version once more, as an editor would */
    } else {
        fail_msg("writer %d: %s", w->number, qn_strerror(a->err));
    }
    write_next(w);
}

static void write_next(writer *w)
{
    char input[100];
    if (w->left-- <= 0) {
        if (--running == 0) all_done = true;
        return;
    }
    /* Each writer has a tag and its own words, so that every accepted change can be found again. */
    snprintf(input, sizeof input, "{\"summary\":\"%d-%d\"}", w->number, w->accepted);
    int err = qn_store_change(fx.store, fx_arena(), &fx_editor, fx_type("article"), QN_STR("one"), NULL, QN_DRAFT_PATCH,
                              fx_json(input), w->expect, written, w);
    if (err) fail_msg("writer %d: %s at once", w->number, qn_strerror(err));
}

static void run(writer *w, int n, int expect, int rounds)
{
    running = n;
    all_done = false;
    for (int i = 0; i < n; i++) w[i] = (writer){ .number = i, .left = rounds, .expect = expect };
    for (int i = 0; i < n; i++) write_next(&w[i]);
    fx_until(&all_done);
}

static void sixty_four_writers_with_if_match_never_lose_an_accepted_change(void **state)
{
    (void)state;
    static writer w[WRITERS];
    int accepted = 0, refused = 0;
    char want[32];
    (void)fx_create("article", "{\"title\":\"One\"}");
    run(w, WRITERS, 1, 1);
    for (int i = 0; i < WRITERS; i++) {
        accepted += w[i].accepted;
        refused += w[i].refused;
    }
    assert_int_equal(accepted, WRITERS);
    assert_true(refused > 0); /* else they did not race */
    snprintf(want, sizeof want, "%d", accepted);
    assert_string_equal(fx_sql("SELECT count(DISTINCT doc->>'summary') FROM revision WHERE action = 'change'"), want);
    snprintf(want, sizeof want, "%d", accepted + 1);
    assert_string_equal(fx_sql("SELECT version FROM entry"), want);
    assert_string_equal(fx_sql("SELECT count(*) FROM event"), want);
}

static void sixty_four_writers_with_a_star_all_get_through(void **state)
{
    (void)state;
    static writer w[WRITERS];
    (void)fx_create("article", "{\"title\":\"One\"}");
    run(w, WRITERS, 0, ROUNDS);
    for (int i = 0; i < WRITERS; i++) assert_int_equal(w[i].accepted, ROUNDS);
    char want[32];
    snprintf(want, sizeof want, "%d", WRITERS * ROUNDS);
    assert_string_equal(fx_sql("SELECT count(DISTINCT doc->>'summary') FROM revision WHERE action = 'change'"), want);
}

static fx_answer many[WRITERS];
static int outstanding;

static void one_came(void *ctx, const qn_answer *a)
{
    fx_got(ctx, a);
    if (--outstanding == 0) all_done = true;
}

/* `n` creates of this input at the same moment. */
static void create_all(int n, const char *input, bool import)
{
    all_done = false;
    outstanding = n;
    for (int i = 0; i < n; i++) {
        many[i] = (fx_answer){ .done = false };
        assert_int_equal(qn_store_create(fx.store, fx_arena(), &fx_editor, fx_type("article"), fx_json(input), import,
                                         NULL, one_came, &many[i]),
                         0);
    }
    fx_until(&all_done);
}

static void made_slugs_of_one_title_at_the_same_moment_are_all_different(void **state)
{
    (void)state;
    create_all(WRITERS, "{\"title\":\"Same\",\"tags\":[\"new-a\",\"new-b\",\"new-c\"]}", false);
    for (int i = 0; i < WRITERS; i++) assert_ok(many[i].a);
    assert_string_equal(fx_sql("SELECT count(DISTINCT slug) FROM entry"), "64");
    assert_string_equal(fx_sql("SELECT count(*) FROM tag"), "3");
}

static void one_import_of_the_same_text_at_the_same_moment_wins_and_the_others_name_it(void **state)
{
    (void)state;
    int won = 0;
    create_all(8, "{\"title\":\"Same\"}", true);
    for (int i = 0; i < 8; i++) won += many[i].a.err == QN_OK;
    assert_int_equal(won, 1);
    for (int i = 0; i < 8; i++) {
        if (many[i].a.err == QN_OK) continue;
        assert_int_equal(many[i].a.err, QN_EEXIST);
        assert_string_equal(fx_z(many[i].a.taken_by), fx_sql("SELECT id FROM entry"));
    }
    assert_string_equal(fx_sql("SELECT count(*) FROM event"), "1");
}

static void one_import_of_the_same_id_at_the_same_moment_wins(void **state)
{
    (void)state;
    int won = 0;
    all_done = false;
    outstanding = 8;
    for (int i = 0; i < 8; i++) {
        char input[128];
        snprintf(input, sizeof input, "{\"id\":\"01970000-0000-7000-8000-000000000009\",\"title\":\"Same %d\"}", i);
        many[i] = (fx_answer){ .done = false };
        assert_int_equal(qn_store_create(fx.store, fx_arena(), &fx_editor, fx_type("article"), fx_json(input), true,
                                         NULL, one_came, &many[i]),
                         0);
    }
    fx_until(&all_done);
    for (int i = 0; i < 8; i++) {
        won += many[i].a.err == QN_OK;
        if (many[i].a.err == QN_OK) continue;
        assert_int_equal(many[i].a.err, QN_EEXIST);
        assert_string_equal(many[i].a.taken, "id");
        assert_string_equal(fx_z(many[i].a.taken_by), "01970000-0000-7000-8000-000000000009");
    }
    assert_int_equal(won, 1);
    assert_string_equal(fx_sql("SELECT count(*) FROM slug"), "1");
}

static void transitions_at_the_same_moment_leave_one_interval_open(void **state)
{
    (void)state;
    int err = 0;
    (void)fx_create("article", "{\"title\":\"One\",\"tags\":[\"a\"]}");
    all_done = false;
    outstanding = 32;
    for (int i = 0; i < 32 && !err; i++) {
        many[i] = (fx_answer){ .done = false };
        int64_t at = i % 4 == 0 ? qn_wall_us() + 3600000000 : INT64_MIN;
        err = qn_store_transition(fx.store, fx_arena(), &fx_editor, fx_type("article"), QN_STR("one"), NULL,
                                  i % 5 == 4 ? "unpublish" : "publish", i % 5 == 4 ? INT64_MIN : at, NULL, 0, one_came,
                                  &many[i]);
    }
    assert_int_equal(err, 0);
    fx_until(&all_done);
    for (int i = 0; i < 32; i++) assert_true(many[i].a.err == QN_OK || many[i].a.err == QN_ESTATE);
    assert_string_equal(
        fx_sql(
            "SELECT count(*) FROM published a JOIN published b USING (entry, locale) WHERE a.publish_at < b.publish_at"
            " AND a.until > b.publish_at"),
        "0");
    assert_string_equal(
        fx_sql("SELECT count(*) = max(version) AND count(*) = (SELECT version FROM entry) FROM revision"), "t");
}

/* An arena that ends while a contested change is being tried again: its answer is dropped, everything is freed. */
static void a_caller_that_goes_away_is_not_answered(void **state)
{
    (void)state;
    static fx_answer gone, stays;
    qn_arena *a = qn_arena_new(0);
    gone = stays = (fx_answer){ .done = false };
    (void)fx_create("article", "{\"title\":\"One\"}");
    json_t *input = fx_json("{\"summary\":\"x\"}");
    assert_int_equal(qn_store_change(fx.store, a, &fx_editor, fx_type("article"), QN_STR("one"), NULL, QN_DRAFT_PATCH,
                                     input, 0, fx_got, &gone),
                     0);
    assert_int_equal(qn_store_change(fx.store, fx_arena(), &fx_editor, fx_type("article"), QN_STR("one"), NULL,
                                     QN_DRAFT_PATCH, input, 0, fx_got, &stays),
                     0);
    event_base_loop(qn_loop_base(fx.loop), EVLOOP_ONCE);
    qn_arena_free(&a);
    fx_until(&stays.done);
    assert_ok(stays.a);
    assert_false(gone.done);
}

static void on_types(void *ctx, int err)
{
    assert_int_equal(err, 0);
    assert_false(*(bool *)ctx);
    *(bool *)ctx = true;
}

static void on_no_types(void *ctx, int err)
{
    assert_int_equal(err, QN_EUNAVAIL);
    *(bool *)ctx = true;
}

static void who_comes_before_the_types_were_read_waits_for_them(void **state)
{
    (void)state;
    qn_store *s = NULL;
    qn_store_options o = { .loop = fx.loop, .db = fx.db, .shm = fx.shm };
    bool one = false, other = false, gone = false;
    qn_arena *a = qn_arena_new(0);
    assert_int_equal(qn_store_new(&s, &o), 0);
    assert_int_equal(qn_store_types_wait(s, fx_arena(), on_types, &one), 0);
    assert_int_equal(qn_store_types_wait(s, a, on_types, &gone), 0);
    assert_int_equal(qn_store_types_wait(s, fx_arena(), on_types, &other), 0);
    assert_false(one || other);
    qn_arena_free(&a);
    fx_until(&one);
    fx_until(&other);
    assert_non_null(qn_store_types(s));
    assert_false(gone);
    qn_store_free(&s);
}

static void and_is_told_where_the_database_is_away(void **state)
{
    (void)state;
    qn_db *db = NULL;
    qn_store *s = NULL;
    qn_db_options d = { .loop = fx.loop, .config = fx.config, .conninfo = "postgresql://quoin@127.0.0.1:1/quoin" };
    bool told = false, at_once = false;
    assert_int_equal(qn_db_new(&db, &d), 0);
    qn_store_options o = { .loop = fx.loop, .db = db, .shm = fx.shm };
    assert_int_equal(qn_store_new(&s, &o), 0);
    assert_int_equal(qn_store_types_wait(s, fx_arena(), on_no_types, &told), 0);
    assert_false(told);
    fx_until(&told);
    assert_int_equal(qn_store_types_wait(s, fx_arena(), on_no_types, &at_once), 0);
    assert_true(at_once);
    qn_store_free(&s);
    qn_db_free(&db);
}

#define T(name) cmocka_unit_test_setup(name, fx_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(sixty_four_writers_with_if_match_never_lose_an_accepted_change),
        T(sixty_four_writers_with_a_star_all_get_through),
        T(made_slugs_of_one_title_at_the_same_moment_are_all_different),
        T(one_import_of_the_same_text_at_the_same_moment_wins_and_the_others_name_it),
        T(one_import_of_the_same_id_at_the_same_moment_wins),
        T(transitions_at_the_same_moment_leave_one_interval_open),
        T(a_caller_that_goes_away_is_not_answered),
        T(who_comes_before_the_types_were_read_waits_for_them),
        T(and_is_told_where_the_database_is_away),
    };
    return cmocka_run_group_tests_name("store: races", tests, fx_up, fx_down);
}
