/* What the hot statements cost as the archive grows: the rows that their plans touch are counted, not the time. */
#include "storefixture.h"

#include "content/page.h"

enum { SEEDED = 50000, LIMIT = 20 };

/* Articles as the functions leave them, in one go: one of ten is a draft only, one of a thousand scheduled; tag "all"
 * on every one, "half" on half of them, "rare" on fifty; a tenth share their published_at with nine others. */
static const char seed[] =
    "SET work_mem = '64MB';"
    "CREATE TEMP TABLE s AS SELECT i, ('01970000-0000-7000-8000-' || lpad(to_hex(i), 12, '0'))::uuid AS id, i % 10 <> "
    "0 AS live,"
    " timestamptz '2020-01-01' + i * interval '1 minute' AS made,"
    " timestamptz '2020-01-01' + (i - i % 10) * interval '1 minute' + CASE WHEN i % 100 < 10 THEN '0' ELSE (i % 10) * "
    "interval '1 minute' END AS pub,"
    " ARRAY['all'] || CASE WHEN i % 2 = 0 THEN '{half}'::text[] ELSE '{}' END || CASE WHEN i % 1000 = 1 THEN "
    "'{rare}'::text[] ELSE '{}' END AS tags"
    " FROM generate_series(1, 50000) i;"
    "INSERT INTO entry (id, type, locale, slug, status, version, type_version, published_version, published_at, "
    "seen_published_at, sort_title, tags,"
    "  scalars, created_at, updated_at, created_by)"
    " SELECT id, 'article', 'en', 'a-' || i, CASE WHEN live THEN 'published' ELSE 'draft' END, 1, 1, CASE WHEN live "
    "THEN 1 END, CASE WHEN live THEN pub END,"
    "  CASE WHEN live THEN pub END, 'Title ' || i % 5000, tags, jsonb_build_object('section', 's' || i % 500), made, "
    "made,"
    "  ('01970000-0000-7000-8000-00000000000' || i % 2)::uuid FROM s;"
    "INSERT INTO revision (entry, version, action, doc, slug, locale, tags, status, type_version, created_at)"
    " SELECT id, 1, 'create', json_build_object('title', 'Title ' || i, 'body', repeat('x', 500)), 'a-' || i, 'en', "
    "tags, 'draft', 1, made FROM s;"
    "INSERT INTO published (entry, locale, publish_at, type, slug, version, published_at, created_at, sort_title, "
    "tags, scalars, doc, etag)"
    " SELECT id, 'en', CASE WHEN i % 1000 = 7 THEN '2999-01-01' ELSE pub END, 'article', 'a-' || i, 1, pub, made, "
    "'Title ' || i % 5000, tags,"
    "  jsonb_build_object('section', 's' || i % 500), '{\"id\":\"' || id || '\",\"body\":\"' || repeat('x', 500) || "
    "'\"}', '\"p1\"' FROM s WHERE live;"
    "INSERT INTO slug (type, slug, locale, entry, since) SELECT 'article', 'a-' || i, 'en', id, CASE WHEN live THEN "
    "pub END FROM s;"
    "INSERT INTO tag (slug, name) SELECT unnest('{all,half,rare}'::text[]), 'x';"
    "INSERT INTO entry_tag (view, tag, type, at, entry, locale) SELECT 'd', t, 'article', made, id, 'en' FROM s, "
    "unnest(tags) t;"
    "INSERT INTO entry_tag (view, tag, type, at, entry, publish_at, locale)"
    " SELECT 'l', t, 'article', p.published_at, p.entry, p.publish_at, 'en' FROM published p, unnest(p.tags) t;"
    "ANALYZE entry, revision, published, slug, entry_tag, tag, reference, type, transition";

static int up(void **state)
{
    (void)fx_up(state);
    (void)fx_empty(state);
    (void)fx_sql(seed);
    return 0;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

typedef struct {
    double touched; /* rows that scans gave or threw away */
    double sorted;  /* the most rows that went into one sort */
    bool whole;     /* a big table was read whole */
} cost;

static void add_node(cost *c, const json_t *node)
{
    const char *type = json_string_value(json_object_get(node, "Node Type"));
    const char *table = json_string_value(json_object_get(node, "Relation Name"));
    double loops = json_number_value(json_object_get(node, "Actual Loops"));
    double rows = json_number_value(json_object_get(node, "Actual Rows")) * loops;
    if (strstr(type, "Scan") && (table || !strcmp(type, "Bitmap Index Scan"))) {
        c->touched += rows + (json_number_value(json_object_get(node, "Rows Removed by Filter")) +
                              json_number_value(json_object_get(node, "Rows Removed by Index Recheck"))) *
                                 loops;
        if (!strcmp(type, "Seq Scan") && strcmp(table, "transition") != 0 && strcmp(table, "tag") != 0 && rows > 0)
            c->whole = true;
    }
    json_t *below;
    size_t i;
    json_array_foreach(json_object_get(node, "Plans"), i, below)
    {
        double in = json_number_value(json_object_get(below, "Actual Rows")) *
                    json_number_value(json_object_get(below, "Actual Loops"));
        if (!strcmp(type, "Sort") && in > c->sorted) c->sorted = in;
        add_node(c, below);
    }
}

/* What a statement costs when it is prepared and executed with these values, as SQL literals. */
static void is_cheap_prepared(const char *what, const char *mode, const char *sql, const char *values, double most)
{
    PGconn *conn = PQconnectdb(qn_embedded_conninfo(fx.pg.em, "quoin"));
    const char *set = qn_arena_printf(fx_arena(),
                                      "SET search_path = quoin; SET TimeZone = 'UTC'; SET jit = off; SET "
                                      "enable_seqscan = off; SET plan_cache_mode = %s",
                                      mode);
    const char *run = qn_arena_printf(fx_arena(), "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) EXECUTE q%s%s%s",
                                      *values ? "(" : "", values, *values ? ")" : "");
    PQclear(PQexec(conn, set));
    PQclear(PQprepare(conn, "q", sql, 0, NULL));
    PGresult *r = PQexec(conn, run);
    if (PQresultStatus(r) != PGRES_TUPLES_OK) fail_msg("%s: %s", sql, PQresultErrorMessage(r));
    const char *plan = qn_arena_strdup(fx_arena(), PQgetvalue(r, 0, 0));
    PQclear(r);
    PQfinish(conn);
    cost c = { 0 };
    add_node(&c, json_object_get(json_array_get(fx_json(plan), 0), "Plan"));
    if (getenv("QN_TEST_PLANS"))
        print_message("%-60s %-20s touched %.0f sorted %.0f\n", what, mode, c.touched, c.sorted);
    if (c.whole || c.touched > most || c.sorted > most)
        fail_msg("%s, %s: touched %.0f, sorted %.0f\n%s\n%s", what, mode, c.touched, c.sorted, sql, plan);
}

static void no_page(void *ctx, const qn_page *p)
{
    (void)ctx, (void)p;
}

/* `any`: with the one plan for all values too, which the server takes once it costs no more; with a filter it goes on
 * to plan for each. */
static void list_is_cheap(const char *what, const qn_scope *who, const qn_list_query *q, bool any, double most)
{
    qn_page_job *j = qn_page_new(fx.store, fx_arena(), no_page, NULL);
    assert_int_equal(qn_list_build(j, who, fx_type("article"), q), QN_OK);
    qn_buf values;
    qn_buf_init(&values, 0);
    for (int i = 0; i < j->params.n; i++) {
        qn_str v = j->params.v[i]; /* none of these tests' values has a quotation mark */
        const char *open = v.p ? "'" : "NULL", *close = v.p ? "'" : "";
        if (i + 1 == j->each) open = "'{", close = "}'";
        qn_buf_printf(&values, "%s%s%.*s%s", i ? ", " : "", open, QN_FMT(v), close);
    }
    const char *text = qn_arena_strndup(fx_arena(), values.p, values.n);
    qn_buf_free(&values);
    is_cheap_prepared(what, "force_custom_plan", j->sql, text, most);
    if (any) is_cheap_prepared(what, "force_generic_plan", j->sql, text, most);
}

static void page_is_cheap(const char *what, const qn_scope *who, const qn_list_query *q, double most)
{
    list_is_cheap(what, who, q, true, most);
}

static void search_is_cheap(const char *what, const qn_scope *who, const qn_list_query *q, double most)
{
    list_is_cheap(what, who, q, false, most);
}

/* ---- one entry --------------------------------------------------------------------------------------------------- */

/* Prepared, with a plan for these values and with the one plan for all that the server settles on. */
static void one_entry_is_one_row_however_it_is_asked_for(void **state)
{
    (void)state;
    static const char *const values[2][2] = { { "'article', '{a-4711}'", "'article', '{a-4711}', 'en'" },
                                              { "'article', '{01970000-0000-7000-8000-000000001267}'",
                                                "'article', '{01970000-0000-7000-8000-000000001267}', 'en'" } };
    static const char *const modes[] = { "force_custom_plan", "force_generic_plan" };
    for (int i = 0; i < 8; i++) {
        const qn_stmt *stmt = &qn_stmt_live[i & 1][i >> 1 & 1];
        is_cheap_prepared(stmt->name, modes[i >> 2], stmt->sql, values[i & 1][i >> 1 & 1], 4);
    }
}

/* ---- pages ------------------------------------------------------------------------------------------------------- */

/* A cursor in the middle of the archive, made of what a row there has. */
static qn_str deep_cursor(const qn_list_query *q)
{
    char spec[160];
    qn_str keys[3];
    size_t n = 0;
    snprintf(spec, sizeof spec, "article:%s:", q->view == QN_VIEW_LIVE ? "live" : "draft");
    for (; n < q->nsort; n++) {
        size_t at = strlen(spec);
        snprintf(spec + at, sizeof spec - at, "%s%s,", q->sort[n].descending ? "-" : "", q->sort[n].field);
        keys[n] = strcmp(q->sort[n].field, "title") ? QN_STR("2020-01-18T08:40:00.000000Z") : QN_STR("Title 2500");
    }
    size_t at = strlen(spec);
    snprintf(spec + at, sizeof spec - at, "%sid", q->sort[n - 1].descending ? "-" : "");
    keys[n] = QN_STR("01970000-0000-7000-8000-0000000061a9");
    return qn_cursor_write(fx_arena(), spec, keys, n + 1);
}

static void a_page_touches_no_more_rows_than_it_shows(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        qn_view view;
        qn_sort sort[2];
        size_t nsort;
        double most;
    } cases[] = {
        { "live, newest first", QN_VIEW_LIVE, { { "published_at", true } }, 1, 100 },
        { "live, oldest first", QN_VIEW_LIVE, { { "published_at", false } }, 1, 100 },
        { "live, by creation", QN_VIEW_LIVE, { { "created_at", true } }, 1, 100 },
        { "live, by title", QN_VIEW_LIVE, { { "title", false } }, 1, 100 },
        { "live, two keys", QN_VIEW_LIVE, { { "published_at", true }, { "title", false } }, 2, 200 },
        { "live, title then time", QN_VIEW_LIVE, { { "title", true }, { "published_at", true } }, 2, 200 },
        { "drafts, newest first", QN_VIEW_DRAFT, { { "created_at", true } }, 1, 200 },
        { "drafts, by publication", QN_VIEW_DRAFT, { { "published_at", true } }, 1, 350 },
        { "drafts, by publication, oldest first", QN_VIEW_DRAFT, { { "published_at", false } }, 1, 350 },
        { "drafts, by title", QN_VIEW_DRAFT, { { "title", true } }, 1, 200 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char what[100];
        qn_list_query q = { .view = cases[i].view, .sort = cases[i].sort, .nsort = cases[i].nsort, .limit = LIMIT };
        const qn_scope *who = q.view == QN_VIEW_LIVE ? &fx_public : &fx_editor;
        snprintf(what, sizeof what, "%s, first page", cases[i].what);
        page_is_cheap(what, who, &q, cases[i].most);
        qn_str cursor = deep_cursor(&q);
        q.after = cursor;
        snprintf(what, sizeof what, "%s, after the middle", cases[i].what);
        page_is_cheap(what, who, &q, cases[i].most);
        q.after = (qn_str){ 0 };
        q.before = cursor;
        snprintf(what, sizeof what, "%s, before the middle", cases[i].what);
        page_is_cheap(what, who, &q, cases[i].most);
    }
}

static void a_page_by_tag_is_a_range_of_its_index(void **state)
{
    (void)state;
    static const char *const lists[] = { "all", "half", "rare", "all,half", "rare,half", "rare,nobody" };
    const qn_sort sort = { "published_at", true }, made = { "created_at", true };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        qn_str values[4], rest = qn_str_of(lists[i]);
        size_t n = 0;
        while (rest.p) values[n++] = qn_str_cut(&rest, ',');
        qn_filter f = {
            .kind = QN_NODE_COND, .field = "tags", .op = QN_OP_IN, .values = values, .nvalues = n, .origin = "?filter"
        };
        qn_list_query q = { .view = QN_VIEW_LIVE, .filter = &f, .sort = &sort, .nsort = 1, .limit = LIMIT };
        page_is_cheap(lists[i], &fx_public, &q, 150);
        q.after = deep_cursor(&q);
        page_is_cheap(lists[i], &fx_public, &q, 200);
        qn_list_query d = { .view = QN_VIEW_DRAFT, .filter = &f, .sort = &made, .nsort = 1, .limit = LIMIT };
        page_is_cheap(lists[i], &fx_editor, &d, 250);
    }
}

/* The nearest 2,000 rows, then the index. */
enum { LOOKED_THROUGH = 2600 };

static void a_value_is_found_near_or_by_its_index(void **state)
{
    (void)state;
    qn_str value = QN_STR("s77"), tag = QN_STR("rare");
    qn_filter f = {
        .kind = QN_NODE_COND, .field = "section", .op = QN_OP_EQ, .values = &value, .nvalues = 1, .origin = "?filter"
    };
    qn_filter t = {
        .kind = QN_NODE_COND, .field = "tags", .op = QN_OP_EQ, .values = &tag, .nvalues = 1, .origin = "?filter"
    };
    const qn_sort title = { "title", false };
    qn_list_query q = { .view = QN_VIEW_LIVE, .filter = &f, .limit = LIMIT },
                  d = { .view = QN_VIEW_DRAFT, .filter = &f, .limit = LIMIT };
    search_is_cheap("live by section", &fx_public, &q, LOOKED_THROUGH);
    search_is_cheap("drafts by section", &fx_editor, &d, LOOKED_THROUGH);
    value = QN_STR("nowhere");
    search_is_cheap("live by a section that is nowhere", &fx_public, &q, LOOKED_THROUGH);
    qn_list_query r = { .view = QN_VIEW_LIVE, .filter = &t, .sort = &title, .nsort = 1, .limit = LIMIT };
    search_is_cheap("live by rare tag, by title", &fx_public, &r, LOOKED_THROUGH);
    qn_filter pair[2] = { f, t }, both = { .kind = QN_NODE_AND, .children = pair, .nchildren = 2 };
    qn_list_query m = { .view = QN_VIEW_LIVE, .filter = &both, .limit = LIMIT };
    search_is_cheap("live by rare tag and section", &fx_public, &m, LOOKED_THROUGH);
    tag = QN_STR("all");
    search_is_cheap("live by common tag and section", &fx_public, &m, 2 * LOOKED_THROUGH);
    tag = QN_STR("half");
    search_is_cheap("live by common tag, by title", &fx_public, &r, LOOKED_THROUGH);
}

static void an_author_among_many_finds_their_own_drafts(void **state)
{
    (void)state;
    (void)fx_sql("UPDATE entry SET created_by = '" AUTHOR "' WHERE slug IN ('a-17', 'a-20000'); ANALYZE entry");
    qn_list_query q = { .view = QN_VIEW_DRAFT, .limit = LIMIT };
    page_is_cheap("own drafts", &fx_author, &q, 100);
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

#define RIGHTS "'" EDITOR "', true, 2, '{publish,unpublish}', '{}'"
#define REF    "'article', NULL, 'a-20002', NULL"
#define DRAFT                                                                                                          \
    "'T', '{\"title\":\"T\",\"authors\":[]}', '{\"title\":\"T\"}', '{all,half,new}', '{related,related}', '{0,1}',"    \
    " '{01970000-0000-7000-8000-000000000005,01970000-0000-7000-8000-000000000006}', '{article,NULL}', '" EDITOR "'"

/* Rows that sequential scans of this transaction gave, by table; transition and type have a handful. */
static const char scanned[] =
    "SELECT coalesce(string_agg(relname || ' ' || seq_tup_read, ', '), '') FROM pg_stat_xact_user_tables"
    " WHERE seq_tup_read > 0 AND relname NOT IN ('transition', 'type')";

/* Each step of a life among 50,000, twice over: the first call of a function plans, the second runs what was planned.
 */
static void a_write_reads_no_table_whole(void **state)
{
    (void)state;
    static const char *const steps[] = {
        "SELECT code FROM entry_create('01970000-0000-7000-9000-000000000001', 'article', 1, 'en', 'new-one', "
        "true, " DRAFT ", 'create', NULL, '{publish}', '{}')",
        "SELECT (e.a).code FROM entry_create_each('{01970000-0000-7000-9000-000000000002}', '{article}', '{1}', '{en}', '{new-two}', '{true}',"
        " '{T}', ARRAY['{\"title\":\"T\",\"authors\":[]}'], ARRAY['{\"title\":\"T\"}'], ARRAY['{all,half,new}'], ARRAY['{related,related}'],"
        " ARRAY['{0,1}'], ARRAY['{01970000-0000-7000-8000-000000000005,01970000-0000-7000-8000-000000000006}'], ARRAY['{article,NULL}'],"
        " '{" EDITOR "}', '{create}', '{NULL}', ARRAY['{publish}'], ARRAY['{}']) e",
        "SELECT code FROM entry_edit(" REF ", 0, '" EDITOR "', true, 2, 2, '{publish}', '{}')",
        "SELECT code FROM entry_change('01970000-0000-7000-8000-000000004e22', (SELECT version FROM entry WHERE slug = "
        "'a-20002'"
        " AND type = 'article' AND id = '01970000-0000-7000-8000-000000004e22'), 'article', 1, 'a-20002', false, " DRAFT
        ", 2, NULL, '{publish}', '{}')",
        "SELECT code FROM entry_transition(" REF ", 'publish', NULL, NULL, 0, " RIGHTS ")",
        "SELECT code FROM entry_transition(" REF ", 'publish', now() + interval '1 day', NULL, 0, " RIGHTS ")",
        "SELECT code FROM entry_transition(" REF ", 'unpublish', NULL, NULL, 0, " RIGHTS ")",
        "SELECT code FROM entry_read_draft(" REF ", '" EDITOR "', 2, '{publish}', '{}')",
        "SELECT code FROM entry_revision(" REF ", 1, '" EDITOR "', true, 2)",
        "SELECT code FROM entry_delete('article', NULL, 'new-one', NULL, 0, false, false, '" EDITOR
        "', true, 2, 2, '{}', '{}')",
        "SELECT code FROM entry_delete('article', '01970000-0000-7000-9000-000000000002', NULL, NULL, 0, true, true, "
        "'" EDITOR "', true, 2, 2, '{}', '{}')",
        "SELECT code FROM entry_delete('article', '01970000-0000-7000-9000-000000000001', NULL, NULL, 0, true, true, "
        "'" EDITOR "', true, 2, 2, '{}', '{}')",
    };
    PGconn *c = PQconnectdb(qn_embedded_conninfo(fx.pg.em, "quoin"));
    const char *wrong = NULL;
    PQclear(PQexec(c, "SET search_path = quoin; SET jit = off; SET enable_seqscan = off"));
    for (size_t i = 0; i < 2 * (sizeof steps / sizeof *steps) && !wrong; i++) {
        const char *step = steps[i % (sizeof steps / sizeof *steps)];
        PQclear(PQexec(c, "BEGIN"));
        PGresult *r = PQexec(c, step), *s = PQexec(c, scanned);
        const char *code = PQntuples(r) ? PQgetvalue(r, 0, 0) : PQresultErrorMessage(r), *read = PQgetvalue(s, 0, 0);
        if (strcmp(code, "ok") != 0 || *read) wrong = qn_arena_printf(fx_arena(), "%s: %s, read: %s", step, code, read);
        PQclear(r);
        PQclear(s);
        PQclear(PQexec(c, "COMMIT"));
    }
    PQfinish(c);
    if (wrong) fail_msg("%s", wrong);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_entry_is_one_row_however_it_is_asked_for),
        cmocka_unit_test(a_page_touches_no_more_rows_than_it_shows),
        cmocka_unit_test(a_page_by_tag_is_a_range_of_its_index),
        cmocka_unit_test(a_value_is_found_near_or_by_its_index),
        cmocka_unit_test(an_author_among_many_finds_their_own_drafts),
        cmocka_unit_test(a_write_reads_no_table_whole),
    };
    return cmocka_run_group_tests_name("store: plans", tests, up, fx_down);
}
