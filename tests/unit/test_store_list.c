/* Pages of entries, revisions and tags: orders, cursors, filters, who sees what. */
#include "storefixture.h"

#include "content/cursor.h"

/* `n` articles "T00"…; every third has tag "third", published in the order of their number, one minute apart. */
static void seed(int n, bool publish)
{
    for (int i = 0; i < n; i++) {
        char input[256];
        snprintf(input, sizeof input,
                 "{\"title\":\"T%02d\",\"slug\":\"t%02d\",\"section\":\"%s\",\"tags\":[\"all\"%s]}", i, i,
                 i % 2 ? "odd" : "even", i % 3 ? "" : ",\"third\"");
        (void)fx_create("article", input);
        if (!publish) continue;
        snprintf(input, sizeof input, "t%02d", i);
        assert_ok(fx_move_as(&fx_editor, input, "publish", 1600000000000000 + i * 60000000LL, 0));
    }
}

/* The slugs of a page in their order, "t01 t02". */
static const char *slugs(const qn_page *p)
{
    if (p->err) return qn_strerror(p->err);
    json_t *items = fx_json(fx_z(p->items));
    char text[4096] = "";
    for (size_t i = 0; i < json_array_size(items); i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "",
                 json_string_value(json_object_get(json_array_get(items, i), "slug")));
    }
    assert_int_equal(json_array_size(items), p->n);
    return qn_arena_strdup(fx_arena(), text);
}

static qn_page page_of(const qn_scope *who, qn_view view, const qn_filter *f, const char *sort, unsigned limit,
                       qn_str after, qn_str before)
{
    qn_sort keys[8];
    size_t n = 0;
    qn_str rest = qn_str_of(sort);
    while (rest.p) {
        qn_str key = qn_str_cut(&rest, ',');
        keys[n].descending = qn_str_starts(key, QN_STR("-"));
        if (keys[n].descending) key = (qn_str){ key.p + 1, key.n - 1 };
        keys[n++].field = fx_z(key);
    }
    qn_list_query q = {
        .view = view, .filter = f, .sort = keys, .nsort = n, .limit = limit, .after = after, .before = before
    };
    return fx_list_as(who, "article", &q);
}

static qn_page live(const char *sort, unsigned limit)
{
    return page_of(&fx_public, QN_VIEW_LIVE, NULL, sort, limit, (qn_str){ 0 }, (qn_str){ 0 });
}

/* All pages after each other; the slugs of one page are parted from the next by "|". */
static const char *walk(const qn_scope *who, qn_view view, const qn_filter *f, const char *sort, unsigned limit,
                        bool back)
{
    char text[4096] = "";
    qn_str at = { 0 };
    if (back) { /* from the last page */
        qn_page p = page_of(who, view, f, sort, limit, at, at);
        while (p.next.p) p = page_of(who, view, f, sort, limit, p.next, (qn_str){ 0 });
        snprintf(text, sizeof text, "%s", slugs(&p));
        at = p.prev;
        if (!at.p) return qn_arena_strdup(fx_arena(), text);
    }
    for (int i = 0; i < 200; i++) {
        qn_page p = page_of(who, view, f, sort, limit, back ? (qn_str){ 0 } : at, back ? at : (qn_str){ 0 });
        const char *part = slugs(&p);
        if (!back)
            assert_int_equal(p.prev.p != NULL, at.p != NULL);
        else
            assert_non_null(p.next.p);
        const char *longer =
            qn_arena_printf(fx_arena(), "%s%s%s", back ? part : text, text[0] ? "|" : "", back ? text : part);
        snprintf(text, sizeof text, "%s", longer);
        at = back ? p.prev : p.next;
        if (!at.p) return qn_arena_strdup(fx_arena(), text);
    }
    fail_msg("the pages have no end: %s", text);
    return NULL;
}

static qn_filter cond(const char *field, const char *values)
{
    static qn_str held[64][8];
    static size_t at;
    qn_str *v = held[at++ % 64], rest = qn_str_of(values);
    size_t n = 0;
    do {
        v[n++] = qn_str_cut(&rest, ',');
    } while (rest.p && n < 8);
    return (qn_filter){ .kind = QN_NODE_COND,
                        .field = field,
                        .op = n > 1 ? QN_OP_IN : QN_OP_EQ,
                        .values = v,
                        .nvalues = n,
                        .origin = "?filter[x]" };
}

static const char *filtered(qn_view view, const qn_filter *f)
{
    qn_page p = page_of(&fx_editor, view, f, NULL, 100, (qn_str){ 0 }, (qn_str){ 0 });
    return slugs(&p);
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

static void the_public_sees_what_is_live_newest_first(void **state)
{
    (void)state;
    seed(5, true);
    (void)fx_create("article", "{\"title\":\"Draft\"}");
    (void)fx_create("article", "{\"title\":\"Later\"}");
    assert_ok(fx_move_as(&fx_editor, "later", "publish", qn_wall_us() + 3600000000, 0));
    assert_ok(fx_unpublish("t03"));
    qn_page p = live(NULL, 20);
    assert_string_equal(slugs(&p), "t04 t02 t01 t00");
    assert_true(p.valid_ms > 0 && p.valid_ms <= 3600000);
    assert_true(p.modified_s > 0);
    assert_null(p.next.p);
    assert_null(p.prev.p);
    assert_false(fx_has(p.items, "_actions"));
    qn_page e = page_of(&fx_editor, QN_VIEW_LIVE, NULL, NULL, 1, (qn_str){ 0 }, (qn_str){ 0 });
    assert_string_equal(fx_at(e.items, "/0/_actions"), "[\"publish\",\"unpublish\"]");
}

static void an_empty_list_is_an_empty_array(void **state)
{
    (void)state;
    qn_page p = live(NULL, 20);
    assert_ok(p);
    assert_string_equal(fx_z(p.items), "[]");
    assert_int_equal(p.valid_ms, -1);
    assert_null(p.next.p);
}

static void every_order_can_be_walked_both_ways_in_pages_of_any_size(void **state)
{
    (void)state;
    static const struct {
        const char *sort;
        bool ascending;
    } cases[] = { { NULL, false },
                  { "published_at", true },
                  { "-created_at", false },
                  { "created_at", true },
                  { "title", true },
                  { "-title", false },
                  { "-published_at,title", false },
                  { "title,-published_at", true },
                  { "-title,-created_at,published_at", false } };
    seed(7, true);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *want = cases[i].ascending ? "t00 t01|t02 t03|t04 t05|t06" : "t06 t05|t04 t03|t02 t01|t00";
        const char *back = cases[i].ascending ? "t00 t01|t02 t03|t04 t05|t06" : "t06 t05|t04 t03|t02 t01|t00";
        assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, NULL, cases[i].sort, 2, false), want);
        assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, NULL, cases[i].sort, 2, true), back);
        assert_string_equal(walk(&fx_editor, QN_VIEW_DRAFT, NULL, cases[i].sort, 2, false), want);
        const char *all = cases[i].ascending ? "t00 t01 t02 t03 t04 t05 t06" : "t06 t05 t04 t03 t02 t01 t00";
        assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, NULL, cases[i].sort, 7, false), all);
    }
}

static void equal_keys_are_told_apart_by_id_on_the_border_of_pages(void **state)
{
    (void)state;
    static const char *const sorts[] = { "published_at", "-published_at", "title", "-title", "title,-published_at" };
    for (int i = 0; i < 7; i++) {
        char input[64];
        snprintf(input, sizeof input, "{\"title\":\"Same\",\"slug\":\"s%d\"}", i);
        (void)fx_create("article", input);
        snprintf(input, sizeof input, "s%d", i);
        assert_ok(fx_move_as(&fx_editor, input, "publish", 1600000000000000, 0));
    }
    for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
        bool down = sorts[i][0] == '-' || strchr(sorts[i], ',');
        assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, NULL, sorts[i], 3, false),
                            down ? "s6 s5 s4|s3 s2 s1|s0" : "s0 s1 s2|s3 s4 s5|s6");
        assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, NULL, sorts[i], 3, true),
                            down ? "s6 s5 s4|s3 s2 s1|s0" : "s0 s1 s2|s3 s4 s5|s6");
    }
}

static void what_was_never_published_comes_last_in_either_direction(void **state)
{
    (void)state;
    static const struct {
        const char *sort, *all;
    } cases[] = { { "published_at", "t00 t01 t02 d0 d1 d2" },
                  { "-published_at", "t02 t01 t00 d2 d1 d0" },
                  { "-published_at,title", "t02 t01 t00 d0 d1 d2" },
                  { "published_at,-title", "t00 t01 t02 d2 d1 d0" } };
    seed(3, true);
    for (int i = 0; i < 3; i++) {
        char input[64];
        snprintf(input, sizeof input, "{\"title\":\"D%d\",\"slug\":\"d%d\"}", i, i);
        (void)fx_create("article", input);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (unsigned limit = 1; limit <= 6; limit++)
            for (int back = 0; back < 2; back++) {
                char *got =
                    qn_arena_strdup(fx_arena(), walk(&fx_editor, QN_VIEW_DRAFT, NULL, cases[i].sort, limit, back));
                for (char *c = got; *c; c++)
                    if (*c == '|') *c = ' ';
                assert_string_equal(got, cases[i].all);
            }
}

static void a_secondary_key_that_may_be_missing_pages_too(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        char input[64];
        snprintf(input, sizeof input, "{\"title\":\"%s\",\"slug\":\"x%d\"}", i < 3 ? "A" : "B", i);
        (void)fx_create("article", input);
        snprintf(input, sizeof input, "x%d", i);
        if (i % 3) assert_ok(fx_move_as(&fx_editor, input, "publish", 1600000000000000 + i * 1000000LL, 0));
    }
    static const char *const sorts[] = { "title,published_at", "title,-published_at" };
    static const char *const all[] = { "x1 x2 x0 x4 x5 x3", "x2 x1 x0 x5 x4 x3" };
    for (int i = 0; i < 2; i++)
        for (unsigned limit = 1; limit <= 4; limit++)
            for (int back = 0; back < 2; back++) {
                char *got = qn_arena_strdup(fx_arena(), walk(&fx_editor, QN_VIEW_DRAFT, NULL, sorts[i], limit, back));
                for (char *c = got; *c; c++)
                    if (*c == '|') *c = ' ';
                assert_string_equal(got, all[i]);
            }
}

static void what_stands_still_is_neither_skipped_nor_repeated_while_others_come_and_go(void **state)
{
    (void)state;
    char seen[4096] = "";
    seed(9, true);
    qn_page p = live(NULL, 2);
    for (int round = 0; round < 20; round++) {
        size_t n = strlen(seen);
        snprintf(seen + n, sizeof seen - n, "%s ", slugs(&p));
        if (!p.next.p) break;
        /* One comes in front, the border's own row goes. */
        char input[64];
        snprintf(input, sizeof input, "{\"title\":\"N%d\",\"slug\":\"n%d\"}", round, round);
        (void)fx_create("article", input);
        snprintf(input, sizeof input, "n%d", round);
        assert_ok(fx_publish(input));
        if (round == 0) assert_ok(fx_unpublish("t07"));
        p = page_of(&fx_public, QN_VIEW_LIVE, NULL, NULL, 2, p.next, (qn_str){ 0 });
    }
    assert_string_equal(seen, "t08 t07 t06 t05 t04 t03 t02 t01 t00 ");
    qn_page back = page_of(&fx_public, QN_VIEW_LIVE, NULL, NULL, 3, (qn_str){ 0 }, p.prev);
    assert_string_equal(slugs(&back), "t03 t02 t01");
    assert_non_null(back.prev.p);
    assert_non_null(back.next.p);
}

static void titles_of_any_length_and_script_sort_by_code_point(void **state)
{
    (void)state;
    char long_a[700], input[900];
    memset(long_a, 'a', 299);
    long_a[299] = '\0';
    snprintf(input, sizeof input, "{\"title\":\"%s\",\"slug\":\"long-a\"}", long_a);
    (void)fx_create("article", input);
    (void)fx_create("article", "{\"title\":\"\\u0416\\u0443\\u043a\",\"slug\":\"zhuk\"}");
    (void)fx_create("article", "{\"title\":\"Z\",\"slug\":\"z\"}");
    (void)fx_create("article", "{\"title\":\"a' \\\" \\\\ ,{}\",\"slug\":\"marks\"}");
    assert_string_equal(walk(&fx_editor, QN_VIEW_DRAFT, NULL, "title", 1, false), "z|marks|long-a|zhuk");
    assert_string_equal(walk(&fx_editor, QN_VIEW_DRAFT, NULL, "title", 1, true), "z|marks|long-a|zhuk");
}

/* ---- cursors ----------------------------------------------------------------------------------------------------- */

static void a_cursor_that_is_not_ours_is_a_fault(void **state)
{
    (void)state;
    seed(3, true);
    qn_page p = live("title", 1);
    const char *good = fx_z(p.next);
    char cut[256];
    snprintf(cut, sizeof cut, "%.*s", (int)strlen(good) - 3, good);
    qn_str bad_key[] = { QN_STR("T'; DROP TABLE entry; --"), QN_STR("not an id") };
    qn_str no_key[] = { { 0 }, QN_STR("01970000-0000-7000-8000-000000000000") };
    qn_str bad_time[] = { QN_STR("yesterday"), QN_STR("01970000-0000-7000-8000-000000000000") };
    const char *hostile[] = { "",
                              "x",
                              "!!!!",
                              cut,
                              "WzEsInQiXQ",
                              "bnVsbA",
                              "W10",
                              "e30",
                              "WzIsIngiXQ",
                              fx_z(qn_cursor_write(fx_arena(), "article:live:title,id", bad_key, 2)),
                              fx_z(qn_cursor_write(fx_arena(), "article:live:title,id", no_key, 2)),
                              fx_z(qn_cursor_write(fx_arena(), "article:live:title,id", bad_key, 1)),
                              fx_z(qn_cursor_write(fx_arena(), "article:live:published_at,id", bad_time, 2)) };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        qn_page a = page_of(&fx_public, QN_VIEW_LIVE, NULL, "title", 1, qn_str_of(hostile[i]), (qn_str){ 0 });
        if (a.err != QN_EINVAL) fail_msg("%s was taken", hostile[i]);
        assert_string_equal(a.faults->items[0].pointer, "?after");
        qn_page b = page_of(&fx_public, QN_VIEW_LIVE, NULL, "title", 1, (qn_str){ 0 }, qn_str_of(hostile[i]));
        assert_string_equal(b.faults->items[0].pointer, "?before");
    }
    qn_page t = page_of(&fx_public, QN_VIEW_LIVE, NULL, "published_at", 1, qn_str_of(hostile[12]), (qn_str){ 0 });
    assert_int_equal(t.err, QN_EINVAL);
    assert_int_equal(page_of(&fx_public, QN_VIEW_LIVE, NULL, "-title", 1, p.next, (qn_str){ 0 }).err, QN_EINVAL);
    assert_int_equal(page_of(&fx_editor, QN_VIEW_DRAFT, NULL, "title", 1, p.next, (qn_str){ 0 }).err, QN_EINVAL);
}

static void all_faults_of_a_query_are_told_at_once(void **state)
{
    (void)state;
    qn_filter f[4] = {
        { .kind = QN_NODE_AND, .nchildren = 3 }, cond("nope", "x"), cond("body", "x"), cond("show_in_related", "maybe")
    };
    f[0].children = f + 1;
    qn_page p = page_of(&fx_public, QN_VIEW_LIVE, f, "size,title", 5, QN_STR("x"), (qn_str){ 0 });
    assert_int_equal(p.err, QN_EINVAL);
    assert_int_equal(p.faults->n, 5);
    assert_true(p.faults->shape);
}

/* ---- filters ----------------------------------------------------------------------------------------------------- */

static void a_list_by_tag_is_what_has_it_in_that_view(void **state)
{
    (void)state;
    seed(7, true);
    assert_ok(fx_patch("t03", "{\"tags\":[\"fresh\"]}", 0)); /* not published */
    qn_filter third = cond("tags", "third"), fresh = cond("tags", "fresh");
    assert_string_equal(filtered(QN_VIEW_LIVE, &third), "t06 t03 t00");
    assert_string_equal(filtered(QN_VIEW_DRAFT, &third), "t06 t00");
    assert_string_equal(filtered(QN_VIEW_LIVE, &fresh), "");
    assert_string_equal(filtered(QN_VIEW_DRAFT, &fresh), "t03");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &third, NULL, 2, false), "t06 t03|t00");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &third, NULL, 2, true), "t06 t03|t00");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &third, "published_at", 2, false), "t00 t03|t06");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &third, "title", 2, true), "t00 t03|t06");
    assert_ok(fx_publish("t03"));
    assert_string_equal(filtered(QN_VIEW_LIVE, &fresh), "t03");
    assert_string_equal(filtered(QN_VIEW_LIVE, &third), "t06 t00");
    assert_ok(fx_unpublish("t06"));
    assert_string_equal(filtered(QN_VIEW_LIVE, &third), "t00");
}

static void a_list_by_several_tags_has_each_entry_once(void **state)
{
    (void)state;
    seed(7, true);
    qn_filter both = cond("tags", "third,all,none");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &both, NULL, 2, false), "t06 t05|t04 t03|t02 t01|t00");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &both, NULL, 2, true), "t06 t05|t04 t03|t02 t01|t00");
    assert_string_equal(walk(&fx_editor, QN_VIEW_DRAFT, &both, "created_at", 4, false), "t00 t01 t02 t03|t04 t05 t06");
    assert_string_equal(walk(&fx_public, QN_VIEW_LIVE, &both, "-title", 4, false), "t06 t05 t04 t03|t02 t01 t00");
}

static void fields_and_members_filter_by_equality(void **state)
{
    (void)state;
    seed(6, true);
    assert_ok(fx_patch("t02", "{\"show_in_related\":false,\"section\":\"it's \\\"x\\\" %\"}", 0));
    assert_ok(fx_publish("t02"));
    qn_filter one = cond("section", "odd"), in = cond("section", "odd,even"), quoted = cond("section", "it's \"x\" %");
    qn_filter no = cond("show_in_related", "false"), slug = cond("slug", "t04,t05"),
              status = cond("status", "published");
    qn_filter draft = cond("status", "draft"), by = cond("created_by", EDITOR), locale = cond("locale", "uk"),
              title = cond("title", "T01");
    qn_filter id = cond("id", fx_z(fx_draft("t00").id));
    assert_string_equal(filtered(QN_VIEW_LIVE, &one), "t05 t03 t01");
    assert_string_equal(filtered(QN_VIEW_LIVE, &in), "t05 t04 t03 t01 t00");
    assert_string_equal(filtered(QN_VIEW_LIVE, &quoted), "t02");
    assert_string_equal(filtered(QN_VIEW_LIVE, &no), "t02");
    assert_string_equal(filtered(QN_VIEW_LIVE, &slug), "t05 t04");
    assert_string_equal(filtered(QN_VIEW_LIVE, &status), "t05 t04 t03 t02 t01 t00");
    assert_string_equal(filtered(QN_VIEW_LIVE, &draft), "");
    assert_string_equal(filtered(QN_VIEW_DRAFT, &status), "t05 t04 t03 t02 t01 t00");
    assert_string_equal(filtered(QN_VIEW_DRAFT, &draft), "");
    assert_string_equal(filtered(QN_VIEW_LIVE, &by), "t05 t04 t03 t02 t01 t00");
    assert_string_equal(filtered(QN_VIEW_LIVE, &locale), "");
    assert_string_equal(filtered(QN_VIEW_LIVE, &title), "t01");
    assert_string_equal(filtered(QN_VIEW_LIVE, &id), "t00");
}

static void conditions_join_by_and_or_and_not(void **state)
{
    (void)state;
    seed(6, true);
    qn_filter odd = cond("section", "odd"), third = cond("tags", "third"), all = cond("tags", "all"),
              none = cond("updated_by", AUTHOR);
    qn_filter pair[2] = { odd, third };
    qn_filter and = { .kind = QN_NODE_AND, .children = pair, .nchildren = 2 },
              or = { .kind = QN_NODE_OR, .children = pair, .nchildren = 2 };
    qn_filter not = { .kind = QN_NODE_NOT, .children = & or, .nchildren = 1 }, nothing = { .kind = QN_NODE_OR };
    qn_filter tags[2] = { third, all }, both = { .kind = QN_NODE_AND, .children = tags, .nchildren = 2 };
    qn_filter unknown = { .kind = QN_NODE_NOT, .children = &none, .nchildren = 1 };
    assert_string_equal(filtered(QN_VIEW_LIVE, &and), "t03");
    assert_string_equal(filtered(QN_VIEW_LIVE, & or), "t05 t03 t01 t00");
    assert_string_equal(filtered(QN_VIEW_LIVE, &not ), "t04 t02");
    assert_string_equal(filtered(QN_VIEW_LIVE, &nothing), "");
    assert_string_equal(filtered(QN_VIEW_LIVE, &both), "t03 t00");
    (void)fx_sql("UPDATE published SET updated_by = NULL");
    assert_string_equal(filtered(QN_VIEW_LIVE, &unknown), "t05 t04 t03 t02 t01 t00");
}

static void a_reference_filters_once_readers_can_see_its_target(void **state)
{
    (void)state;
    char input[200];
    const char *ann = fx_z(fx_create("author", "{\"name\":\"Ann\"}").id);
    snprintf(input, sizeof input, "{\"title\":\"By Ann\",\"authors\":[\"%s\"]}", ann);
    (void)fx_create("article", input);
    assert_ok(fx_publish("by-ann"));
    qn_filter by = cond("authors", ann);
    assert_string_equal(filtered(QN_VIEW_DRAFT, &by), "by-ann");
    assert_string_equal(filtered(QN_VIEW_LIVE, &by), "");
    fx_answer f = { .done = false };
    assert_ok(fx_wait(&f, qn_store_transition(fx.store, fx_arena(), &fx_editor, fx_type("author"), qn_str_of(ann), NULL,
                                              "publish", INT64_MIN, NULL, 0, fx_got, &f)));
    assert_string_equal(filtered(QN_VIEW_LIVE, &by), "by-ann");
    qn_page p = live(NULL, 5);
    assert_string_equal(fx_at(p.items, "/0/authors/0"), ann);
}

static void values_that_a_kind_cannot_have_and_unfilterable_fields_are_faults(void **state)
{
    (void)state;
    static const struct {
        const char *field, *values;
    } bad[] = { { "body", "x" },           { "seo", "x" },
                { "hero", "x" },           { "nothing", "x" },
                { "title ", "x" },         { "id", "x" },
                { "tags", "Not A Slug" },  { "authors", "x" },
                { "created_by", "$USER" }, { "show_in_related", "yes" },
                { "slug", "A" },           { "", "x" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        qn_filter f = cond(bad[i].field, bad[i].values);
        qn_page p = page_of(&fx_public, QN_VIEW_LIVE, &f, NULL, 5, (qn_str){ 0 }, (qn_str){ 0 });
        if (p.err != QN_EINVAL) fail_msg("%s=%s was taken", bad[i].field, bad[i].values);
        assert_string_equal(p.faults->items[0].pointer, "?filter[x]");
    }
}

static void too_deep_or_too_many_conditions_are_faults(void **state)
{
    (void)state;
    qn_filter c = cond("section", "x"), deep[12], wide[102];
    deep[11] = c;
    for (int i = 10; i >= 0; i--)
        deep[i] = (qn_filter){ .kind = QN_NODE_NOT, .children = &deep[i + 1], .nchildren = 1 };
    for (int i = 1; i < 102; i++) wide[i] = c;
    wide[0] = (qn_filter){ .kind = QN_NODE_OR, .children = wide + 1, .nchildren = 101 };
    assert_int_equal(page_of(&fx_public, QN_VIEW_LIVE, deep, NULL, 5, (qn_str){ 0 }, (qn_str){ 0 }).err, QN_EINVAL);
    assert_int_equal(page_of(&fx_public, QN_VIEW_LIVE, wide, NULL, 5, (qn_str){ 0 }, (qn_str){ 0 }).err, QN_EINVAL);
    wide[0].nchildren = 100;
    assert_ok(page_of(&fx_public, QN_VIEW_LIVE, wide, NULL, 5, (qn_str){ 0 }, (qn_str){ 0 }));
    assert_ok(page_of(&fx_public, QN_VIEW_LIVE, deep + 4, NULL, 5, (qn_str){ 0 }, (qn_str){ 0 }));
}

static void a_locale_narrows_the_list(void **state)
{
    (void)state;
    seed(2, true);
    (void)fx_create("article", "{\"title\":\"\\u0422\",\"slug\":\"uk\",\"locale\":\"uk\",\"tags\":[\"all\"]}");
    assert_ok(fx_publish("uk"));
    qn_filter all = cond("tags", "all");
    qn_list_query q = { .locale = "uk", .limit = 5 }, t = { .locale = "uk", .limit = 5, .filter = &all };
    qn_page p = fx_list_as(&fx_public, "article", &q), pt = fx_list_as(&fx_public, "article", &t);
    assert_string_equal(slugs(&p), "uk");
    assert_string_equal(slugs(&pt), "uk");
    q.locale = "x'y";
    assert_int_equal(fx_list_as(&fx_public, "article", &q).err, QN_EINVAL);
}

/* ---- whose they are ---------------------------------------------------------------------------------------------- */

static void drafts_are_listed_as_far_as_the_right_reaches(void **state)
{
    (void)state;
    seed(2, false);
    assert_ok(fx_create_as(&fx_author, "article", "{\"title\":\"Mine\",\"tags\":[\"all\"]}", false));
    qn_filter all = cond("tags", "all"), two = cond("tags", "all,third");
    qn_str none = { 0 };
    qn_page own = page_of(&fx_author, QN_VIEW_DRAFT, NULL, NULL, 5, none, none),
            tagged = page_of(&fx_author, QN_VIEW_DRAFT, &all, NULL, 5, none, none);
    qn_page several = page_of(&fx_author, QN_VIEW_DRAFT, &two, NULL, 5, none, none);
    assert_string_equal(slugs(&own), "mine");
    assert_string_equal(slugs(&tagged), "mine");
    assert_string_equal(slugs(&several), "mine");
    assert_string_equal(fx_at(own.items, "/0/_actions"), "[]");
    assert_int_equal(page_of(&fx_public, QN_VIEW_DRAFT, NULL, NULL, 5, none, none).err, QN_EDENIED);
    qn_page all_of = page_of(&fx_editor, QN_VIEW_DRAFT, NULL, NULL, 5, none, none);
    assert_string_equal(slugs(&all_of), "mine t01 t00");
    assert_ok(fx_delete_as(&fx_editor, "t01", 0, false));
    all_of = page_of(&fx_editor, QN_VIEW_DRAFT, NULL, NULL, 5, none, none);
    assert_string_equal(slugs(&all_of), "mine t00");
}

/* ---- history and tags -------------------------------------------------------------------------------------------- */

static qn_page revisions(const qn_scope *who, const char *ref, unsigned limit, qn_str after, qn_str before)
{
    fx_page f = { .done = false };
    return fx_wait_page(&f, qn_store_revisions(fx.store, fx_arena(), who, fx_type("article"), qn_str_of(ref), NULL,
                                               limit, after, before, fx_paged, &f));
}

static void the_history_pages_newest_first(void **state)
{
    (void)state;
    qn_str none = { 0 };
    (void)fx_create("article", "{\"title\":\"One\"}");
    for (int i = 1; i < 5; i++) assert_ok(fx_patch("one", "{\"summary\":\"x\"}", i));
    qn_page a = revisions(&fx_editor, "one", 2, none, none);
    assert_ok(a);
    assert_int_equal(a.n, 2);
    assert_string_equal(fx_at(a.items, "/0/version"), "5");
    assert_string_equal(fx_at(a.items, "/0/action"), "change");
    assert_string_equal(fx_at(a.items, "/1/version"), "4");
    assert_string_equal(fx_at(a.items, "/0/entry"), "");
    assert_null(a.prev.p);
    qn_page b = revisions(&fx_editor, "one", 2, a.next, none), c = revisions(&fx_editor, "one", 2, b.next, none);
    assert_string_equal(fx_at(b.items, "/0/version"), "3");
    assert_string_equal(fx_at(c.items, "/0/version"), "1");
    assert_null(c.next.p);
    qn_page back = revisions(&fx_editor, "one", 2, none, c.prev);
    assert_string_equal(fx_z(back.items), fx_z(b.items));
    assert_non_null(back.next.p);
    assert_non_null(back.prev.p);
    assert_null(revisions(&fx_editor, "one", 2, none, back.prev).prev.p);
    assert_int_equal(revisions(&fx_editor, "no", 2, none, none).err, QN_ENOTFOUND);
    assert_int_equal(revisions(&fx_public, "one", 2, none, none).err, QN_ENOTFOUND);
    assert_int_equal(revisions(&fx_author, "one", 2, QN_STR("x"), none).err, QN_EINVAL);
    assert_ok(fx_publish("one"));
    assert_int_equal(revisions(&fx_author, "one", 2, none, none).err, QN_EDENIED);
}

static qn_page tags(bool drafts, unsigned limit, qn_str after, qn_str before)
{
    fx_page f = { .done = false };
    return fx_wait_page(&f, qn_store_tags(fx.store, fx_arena(), drafts, limit, after, before, fx_paged, &f));
}

static void tags_count_what_readers_see(void **state)
{
    (void)state;
    qn_str none = { 0 };
    seed(4, true);
    (void)fx_create("article", "{\"title\":\"Secret\",\"tags\":[\"merger\",\"all\"]}");
    qn_page p = tags(false, 10, none, none);
    assert_string_equal(fx_z(p.items), "[{\"slug\":\"all\",\"name\":\"all\",\"kind\":\"topic\",\"count\":4},"
                                       "{\"slug\":\"third\",\"name\":\"third\",\"kind\":\"topic\",\"count\":2}]");
    qn_page d = tags(true, 10, none, none);
    assert_string_equal(fx_z(d.items), "[{\"slug\":\"all\",\"name\":\"all\",\"kind\":\"topic\",\"count\":5},"
                                       "{\"slug\":\"merger\",\"name\":\"merger\",\"kind\":\"topic\",\"count\":1},"
                                       "{\"slug\":\"third\",\"name\":\"third\",\"kind\":\"topic\",\"count\":2}]");
    qn_page one = tags(true, 1, none, none), two = tags(true, 1, one.next, none), three = tags(true, 1, two.next, none);
    assert_string_equal(fx_at(two.items, "/0/slug"), "merger");
    assert_null(one.prev.p);
    assert_null(three.next.p);
    qn_page back = tags(true, 2, none, three.prev);
    assert_string_equal(fx_at(back.items, "/0/slug"), "all");
    assert_string_equal(fx_at(back.items, "/1/slug"), "merger");
    assert_null(back.prev.p);
    assert_non_null(back.next.p);
    assert_int_equal(tags(true, 2, QN_STR("no"), none).err, QN_EINVAL);
}

#define T(name) cmocka_unit_test_setup(name, fx_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_public_sees_what_is_live_newest_first),
        T(an_empty_list_is_an_empty_array),
        T(every_order_can_be_walked_both_ways_in_pages_of_any_size),
        T(equal_keys_are_told_apart_by_id_on_the_border_of_pages),
        T(what_was_never_published_comes_last_in_either_direction),
        T(a_secondary_key_that_may_be_missing_pages_too),
        T(what_stands_still_is_neither_skipped_nor_repeated_while_others_come_and_go),
        T(titles_of_any_length_and_script_sort_by_code_point),
        T(a_cursor_that_is_not_ours_is_a_fault),
        T(all_faults_of_a_query_are_told_at_once),
        T(a_list_by_tag_is_what_has_it_in_that_view),
        T(a_list_by_several_tags_has_each_entry_once),
        T(fields_and_members_filter_by_equality),
        T(conditions_join_by_and_or_and_not),
        T(a_reference_filters_once_readers_can_see_its_target),
        T(values_that_a_kind_cannot_have_and_unfilterable_fields_are_faults),
        T(too_deep_or_too_many_conditions_are_faults),
        T(a_locale_narrows_the_list),
        T(drafts_are_listed_as_far_as_the_right_reaches),
        T(the_history_pages_newest_first),
        T(tags_count_what_readers_see),
    };
    return cmocka_run_group_tests_name("store: lists", tests, fx_up, fx_down);
}
