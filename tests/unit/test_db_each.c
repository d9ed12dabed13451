/* Calls that travel as one execution of their statement: each has its own row, its own error, its own end. */
#include "dbfixture.h"

/* How many went together stands beside the word. The rows come in a wild order. */
static const qn_stmt each_word = {
    "each_word", "SELECT w.w || ' of ' || cardinality($1::int[]), u.n FROM unnest($1::int[]) WITH ORDINALITY u(id, n)"
                 " JOIN words w ON w.id = u.id ORDER BY md5(w.w)"
};
static const qn_stmt each_divide = { "each_divide",
                                     "SELECT 100 / u.x, u.n FROM unnest($1::int[]) WITH ORDINALITY u(x, n)" };
static const qn_stmt each_text = {
    "each_text", "SELECT u.x || coalesce($2, '-'), u.n FROM unnest($1::text[]) WITH ORDINALITY u(x, n)"
};
static const qn_stmt each_nowhere = { "each_nowhere",
                                      "SELECT nowhere, u.n FROM unnest($1::int[]) WITH ORDINALITY u(x, n)" };
static const qn_stmt each_slow = { "each_slow",
                                   "SELECT x.s, u.n FROM unnest($1::text[]) WITH ORDINALITY u(x, n)"
                                   " CROSS JOIN LATERAL (SELECT u.x || pg_sleep(0.1)::text AS s OFFSET 0) x" };

static int ask_each(bench *b, answer *a, const qn_stmt *stmt, const char *one, const char *other, int timeout_ms)
{
    if (!a->arena) a->arena = qn_arena_new(0);
    a->b = b;
    qn_str p[2] = { qn_str_of(one), qn_str_of(other) };
    qn_db_query q = { .lane = QN_LANE_READ,
                      .stmt = stmt,
                      .params = p,
                      .nparams = stmt == &each_text ? 2 : 1,
                      .each = 1,
                      .timeout_ms = timeout_ms };
    int rc = qn_db_call(b->db, a->arena, &q, on_answer, a);
    if (rc == 0) b->waiting++;
    return rc;
}

static void each_of_many_gets_its_own_row_or_none(void **state)
{
    (void)state;
    bench b;
    up(&b);
    static answer a[MANY];
    memset(a, 0, sizeof a);
    int most = 0;
    for (int i = 0; i < MANY; i++) {
        char id[16];
        snprintf(id, sizeof id, "%d", i % 5 == 4 ? 2000 + i : i + 1);
        assert_int_equal(ask_each(&b, &a[i], &each_word, id, NULL, 0), 0);
    }
    wait_all(&b);
    for (int i = 0; i < MANY; i++) {
        char word_of[32];
        int with = 0, n = snprintf(word_of, sizeof word_of, "word %d of ", i + 1);
        assert_int_equal(a[i].calls, 1);
        assert_int_equal(a[i].err, 0);
        if (i % 5 == 4) {
            assert_string_equal(a[i].value, "");
            continue;
        }
        assert_int_equal(a[i].cols, 1);
        if (strncmp(a[i].value, word_of, (size_t)n) != 0) fail_msg("%s instead of %s", a[i].value, word_of);
        with = atoi(a[i].value + n);
        most = with > most ? with : most;
    }
    assert_true(most > 1);
    done(a, MANY);
    down(&b);
}

typedef struct {
    bench *b;
    qn_arena *arena;
    int want, with; /* how many rows, and how many calls went together */
} counting;

static void on_counted(void *ctx, const qn_db_result *r)
{
    counting *c = ctx;
    assert_int_equal(r->err, 0);
    assert_int_equal(r->rows, c->want);
    for (int i = 0; i < r->rows; i++) assert_int_equal(qn_db_int(r, i, 0, -1), i + 1);
    assert_null(qn_db_value(r, r->rows, 0).p);
    assert_null(qn_db_value(r, 0, 2).p);
    c->with = r->rows ? (int)qn_db_int(r, 0, 1, 0) : 1;
    answered(c->b);
}

static void each_gets_all_of_its_rows_in_their_order(void **state)
{
    (void)state;
    enum { N = 40, MOST = 5 };
    static const char sql[] = "SELECT g, cardinality($1::int[]), u.n FROM unnest($1::int[]) WITH ORDINALITY u(x, n)"
                              " CROSS JOIN LATERAL generate_series(1, u.x) g ORDER BY g, md5(u.n::text)";
    bench b;
    up(&b);
    counting a[N] = { { .want = 0 } };
    int most = 0;
    for (int i = 0; i < N; i++) {
        char text[16];
        a[i] = (counting){ .b = &b, .arena = qn_arena_new(0), .want = i % 7 };
        snprintf(text, sizeof text, "%d", i % 7);
        qn_str p = qn_str_of(text);
        qn_db_query q = { .lane = QN_LANE_SLOW, .sql = sql, .params = &p, .nparams = 1, .each = 1, .each_most = MOST };
        assert_int_equal(qn_db_call(b.db, a[i].arena, &q, on_counted, &a[i]), 0);
        b.waiting++;
    }
    wait_all(&b);
    for (int i = 0; i < N; i++) {
        most = a[i].with > most ? a[i].with : most;
        qn_arena_free(&a[i].arena);
    }
    assert_int_equal(most, MOST);
    down(&b);
}

static void one_that_fails_fails_alone(void **state)
{
    (void)state;
    bench b;
    up(&b);
    static answer a[MANY];
    memset(a, 0, sizeof a);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(ask_each(&b, &a[i], &each_divide, i % 7 == 3 ? "0" : "5", NULL, 0), 0);
    wait_all(&b);
    for (int i = 0; i < MANY; i++) {
        if (i % 7 == 3)
            assert_string_equal(a[i].sqlstate, "22012");
        else
            is_value(&a[i], "20");
        assert_int_equal(a[i].calls, 1);
    }
    done(a, MANY);
    down(&b);
}

static void a_statement_that_cannot_be_prepared_fails_for_each(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[40] = { { .err = 1 } };
    for (int i = 0; i < 40; i++)
        assert_int_equal(ask_each(&b, &a[i], i % 4 ? &each_nowhere : &each_divide, "5", NULL, 0), 0);
    wait_all(&b);
    for (int i = 0; i < 40; i++) {
        if (i % 4)
            assert_string_equal(a[i].sqlstate, "42703");
        else
            is_value(&a[i], "20");
    }
    done(a, 40);
    down(&b);
}

static void an_element_is_a_text_like_any_other(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "NULL", "a,b", "{a}", "\"", "\\", "\\\"x\\", " Grüße ", "'$1'", "x\ny" };
    enum { N = sizeof texts / sizeof *texts };
    bench b;
    up(&b);
    answer a[2 * N] = { { .err = 1 } };
    for (int i = 0; i < 2 * N; i++)
        assert_int_equal(ask_each(&b, &a[i], &each_text, texts[i % N], i < N ? NULL : "+", 0), 0);
    wait_all(&b);
    for (int i = 0; i < 2 * N; i++) {
        char value[32];
        snprintf(value, sizeof value, "%s%s", texts[i % N], i < N ? "-" : "+");
        is_value(&a[i], value);
    }
    done(a, 2 * N);
    down(&b);
}

static void who_has_gone_is_not_told_and_the_others_are(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[12] = { { .err = 1 } };
    for (int i = 0; i < 12; i++) assert_int_equal(ask_each(&b, &a[i], &each_slow, "x", NULL, 0), 0);
    done(a, 2); /* still in the queue */
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    done(a + 5, 3); /* on their way */
    done(a + 2, 1); /* and the first of those that go together */
    b.waiting -= 6;
    wait_all(&b);
    for (int i = 0; i < 12; i++) assert_int_equal(a[i].calls, i < 3 || (i >= 5 && i < 8) ? 0 : 1);
    done(a, 12);
    down(&b);
}

static void end_the_next(void *arg)
{
    answer *a = arg;
    qn_arena_free(&a[1].arena);
    a->b->waiting--;
}

static void a_callback_may_end_a_neighbours_arena(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[3] = { { .then = end_the_next }, { .err = 1 } };
    a[0].arg = a;
    for (int i = 0; i < 3; i++) assert_int_equal(ask_each(&b, &a[i], &each_divide, "5", NULL, 0), 0);
    wait_all(&b);
    assert_int_equal(a[1].calls, 0);
    is_value(&a[0], "20");
    is_value(&a[2], "20");
    done(a, 3);
    down(&b);
}

static void each_has_its_own_deadline(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[3] = { { .err = 1 } };
    for (int i = 0; i < 3; i++) assert_int_equal(ask_each(&b, &a[i], &each_slow, "x", NULL, i == 1 ? 100 : 0), 0);
    wait_all(&b);
    assert_int_equal(a[1].err, QN_ETIMEOUT);
    is_value(&a[0], "x");
    is_value(&a[2], "x");
    assert_true(a[1].at < a[0].at);
    done(a, 3);
    down(&b);
}

static void those_of_a_lost_connection_are_asked_again(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[6] = { { .err = 1 } }, kill = { .err = 1 };
    for (int i = 0; i < 6; i++) assert_int_equal(ask_each(&b, &a[i], &each_slow, "x", NULL, 0), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    assert_int_equal(
        ask(&b, &kill, QN_LANE_SLOW, NULL,
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pg_sleep(0.2)::text AS s OFFSET 0) w, LATERAL"
            " (SELECT a.* FROM pg_stat_activity a WHERE w.s = '' OFFSET 0) a WHERE query LIKE '%u.x || pg_sleep%' AND "
            "pid <> "
            "pg_backend_pid()",
            NULL, 0),
        0);
    wait_all(&b);
    is_value(&kill, "1");
    for (int i = 0; i < 6; i++) is_value(&a[i], "x");
    done(a, 6);
    done(&kill, 1);
    down(&b);
}

static void a_changed_result_type_is_prepared_anew_for_all(void **state)
{
    (void)state;
    static const qn_stmt shape = {
        "each_shape", "SELECT s.*, u.n FROM unnest($1::int[]) WITH ORDINALITY u(x, n) CROSS JOIN each_shape s"
    };
    PGconn *owner = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin_owner"));
    PQclear(PQexec(owner, "CREATE TABLE quoin.each_shape AS SELECT 1 AS a; GRANT SELECT ON quoin.each_shape TO quoin"));
    bench b;
    up(&b);
    for (int round = 0; round < 2; round++) {
        answer a[8] = { { .err = 1 } };
        for (int i = 0; i < 8; i++) assert_int_equal(ask_each(&b, &a[i], &shape, "5", NULL, 0), 0);
        wait_all(&b);
        for (int i = 0; i < 8; i++) is_value(&a[i], round ? "changed" : "1");
        done(a, 8);
        PQclear(PQexec(owner, "ALTER TABLE quoin.each_shape ALTER a TYPE text USING 'changed'"));
    }
    PQclear(PQexec(owner, "DROP TABLE quoin.each_shape"));
    PQfinish(owner);
    down(&b);
}

static void nothing_here(void *ctx, const qn_db_result *r)
{
    (void)ctx, (void)r;
}

static void what_cannot_be_joined_is_refused(void **state)
{
    (void)state;
    bench b;
    up(&b);
    qn_arena *arena = qn_arena_new(0);
    qn_str p[QN_DB_JOINED_PARAMS + 1] = { QN_STR("1") };
    const qn_db_query cases[] = {
        { .lane = QN_LANE_WRITE, .stmt = &each_word, .params = p, .nparams = 1, .each = 1 },
        { .lane = QN_LANE_READ,
          .stmt = &each_word,
          .params = p,
          .nparams = 1,
          .each = 1,
          .each_most = QN_DB_EACH_MAX + 1 },
        { .lane = QN_LANE_READ, .stmt = &each_word, .params = p, .nparams = 1, .each = 2 },
        { .lane = QN_LANE_READ, .stmt = &each_word, .params = p, .nparams = 1, .each = -1 },
        { .lane = QN_LANE_READ, .stmt = &each_word, .params = p, .nparams = 2, .each = 2 }, /* that one is NULL */
        { .lane = QN_LANE_READ, .stmt = &each_word, .params = p, .nparams = 9, .each = 1 },
        { .lane = QN_LANE_READ, .stmt = &each_word, .params = p, .nparams = 1, .joined = &each_word },
        { .lane = QN_LANE_WRITE, .sql = "SELECT 1", .joined = &each_word },
        { .lane = QN_LANE_WRITE,
          .stmt = &each_word,
          .params = p,
          .nparams = QN_DB_JOINED_PARAMS + 1,
          .joined = &each_word },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(qn_db_call(b.db, arena, &cases[i], nothing_here, NULL), QN_EINVAL);
    qn_arena_free(&arena);
    down(&b);
}

/* ---- writes ------------------------------------------------------------------------------------------------------ */

/* A statement, and the same for several. What the second gives begins with a plus. */
#define PUT(name, value, from)                                                                                         \
    static const qn_stmt name[2] = {                                                                                   \
        { #name, "INSERT INTO words SELECT $1::int, coalesce($2, " value ")" from " RETURNING w" },                    \
        { #name "_each", "WITH put AS (INSERT INTO words SELECT u.x::int, coalesce(u.w, " value                        \
                         ") FROM unnest($1::text[], $2::text[]) u(x, w)"                                               \
                         " WHERE u.x::int <> 20009 RETURNING id, w)"                                                   \
                         " SELECT '+' || put.w, u.n FROM unnest($1::text[]) WITH ORDINALITY u(x, n) JOIN put ON "      \
                         "put.id = u.x::int" from " ORDER BY md5(u.x)" }                                               \
    }
PUT(put, "pg_current_xact_id()::text", "");
PUT(put_slowly, "'x'", " CROSS JOIN pg_sleep(0.2)");
PUT(put_much_later, "'x'", " CROSS JOIN pg_sleep(1.5)");
static const qn_stmt put_later[2] = {
    { "put_later", "INSERT INTO later SELECT $1::int WHERE $2::text IS NULL RETURNING id" },
    { "put_later_each",
      "WITH put AS (INSERT INTO later SELECT x::int FROM unnest($1::text[]) x WHERE cardinality($2::text[]) > 1 "
      "RETURNING id)"
      " SELECT put.id, u.n FROM unnest($1::text[]) WITH ORDINALITY u(x, n) JOIN put ON put.id = u.x::int" }
};

static int ask_joining(bench *b, answer *a, const qn_stmt *stmt, int id, const char *w)
{
    char text[16];
    snprintf(text, sizeof text, "%d", id);
    if (!a->arena) a->arena = qn_arena_new(0);
    a->b = b;
    const qn_str p[] = { qn_str_of(text), qn_str_of(w) };
    qn_db_query q = { .lane = QN_LANE_WRITE, .stmt = stmt, .params = p, .nparams = 2, .joined = stmt + 1 };
    int rc = qn_db_call(b->db, a->arena, &q, on_answer, a);
    if (rc == 0) b->waiting++;
    return rc;
}

static void is_count(bench *b, const char *sql, const char *n)
{
    answer a = ask_now(b, QN_LANE_WRITE, sql, NULL);
    is_value(&a, n);
}

static void writes_that_wait_together_are_one_execution(void **state)
{
    (void)state;
    enum { N = 12 };
    bench b;
    up(&b);
    answer a[N] = { { .err = 1 } };
    int transactions = N;
    for (int i = 0; i < N; i++) assert_int_equal(ask_joining(&b, &a[i], put, 20000 + i, NULL), 0);
    wait_all(&b);
    for (int i = 0; i < N; i++) {
        assert_int_equal(a[i].err, 0);
        assert_int_equal(a[i].calls, 1);
        for (int k = 0; k < i; k++)
            if (!strcmp(a[i].value, a[k].value)) {
                transactions--;
                break;
            }
    }
    /* There are two connections, of which one may still be on its way up. The one that was left out went by itself. */
    assert_in_range(transactions, 3, N / 2);
    for (int i = 0; i < N; i++) assert_int_equal(a[i].value[0] == '+', i != 9);
    is_count(&b, "WITH d AS (DELETE FROM words WHERE id >= 20000 RETURNING 1) SELECT count(*) FROM d", "12");
    done(a, N);
    down(&b);
}

static void a_value_of_a_write_is_a_text_like_any_other(void **state)
{
    (void)state;
    static const char *const words[] = {
        "", "NULL", "{}", "a,\"b\\\"c", "\n\t ", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x92\xa9"
    };
    enum { N = sizeof words / sizeof *words };
    bench b;
    up(&b);
    answer a[N] = { { .err = 1 } };
    for (int i = 0; i < N; i++) assert_int_equal(ask_joining(&b, &a[i], put, 20020 + i, words[i]), 0);
    wait_all(&b);
    int together = 0;
    for (int i = 0; i < N; i++) {
        assert_int_equal(a[i].err, 0);
        together += a[i].value[0] == '+';
        assert_string_equal(a[i].value + (a[i].value[0] == '+'), words[i]);
    }
    assert_in_range(together, 2, N);
    is_count(&b, "WITH d AS (DELETE FROM words WHERE id >= 20000 RETURNING 1) SELECT count(*) FROM d", "6");
    done(a, N);
    down(&b);
}

static void a_changed_table_is_prepared_anew_for_writes(void **state)
{
    (void)state;
    enum { N = 8 };
    static const qn_stmt shape[2] = {
        { "put_shape", "INSERT INTO put_shape VALUES ($1::int, $2) RETURNING *" },
        { "put_shape_each",
          "WITH put AS (INSERT INTO put_shape SELECT u.x::int, u.w FROM unnest($1::text[], $2::text[]) u(x, w) "
          "RETURNING *)"
          " SELECT put.*, u.n FROM put JOIN unnest($1::text[]) WITH ORDINALITY u(x, n) ON u.x = put.a::text" }
    };
    PGconn *owner = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin_owner"));
    PQclear(PQexec(owner,
                   "CREATE TABLE quoin.put_shape (a int, w text); GRANT SELECT, INSERT ON quoin.put_shape TO quoin"));
    bench b;
    up(&b);
    for (int round = 0; round < 3; round++) {
        answer a[N] = { { .err = 1 } };
        for (int i = 0; i < N; i++) assert_int_equal(ask_joining(&b, &a[i], shape, 100 * round + i, "w"), 0);
        wait_all(&b);
        for (int i = 0; i < N; i++) {
            char id[16];
            snprintf(id, sizeof id, "%d", 100 * round + i);
            assert_int_equal(a[i].err, 0);
            assert_string_equal(a[i].value, id);
        }
        done(a, N);
        PQclear(PQexec(owner, round ? "ALTER TABLE quoin.put_shape ADD still_more int"
                                    : "ALTER TABLE quoin.put_shape ADD more int"));
    }
    is_count(&b, "SELECT count(*) FROM put_shape", "24");
    PQclear(PQexec(owner, "DROP TABLE quoin.put_shape"));
    PQfinish(owner);
    down(&b);
}

static void a_joined_form_that_could_not_be_prepared_is_prepared_when_it_can_be(void **state)
{
    (void)state;
    enum { N = 8 };
    static const qn_stmt form[2] = {
        { "put_hoping", "INSERT INTO words SELECT $1::int, coalesce($2, 'x') RETURNING w" },
        { "put_hoping_each",
          "WITH put AS (INSERT INTO words SELECT u.x::int, quoin.not_yet() FROM unnest($1::text[], $2::text[]) u(x, w) "
          "RETURNING id, w)"
          " SELECT '+' || put.w, u.n FROM unnest($1::text[]) WITH ORDINALITY u(x, n) JOIN put ON put.id = u.x::int" }
    };
    PGconn *owner = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin_owner"));
    bench b;
    up(&b);
    for (int round = 0; round < 2; round++) {
        answer a[N] = { { .err = 1 } };
        int together = 0;
        for (int i = 0; i < N; i++) assert_int_equal(ask_joining(&b, &a[i], form, 20000 + i, NULL), 0);
        wait_all(&b);
        for (int i = 0; i < N; i++) {
            assert_int_equal(a[i].err, 0);
            assert_int_equal(a[i].calls, 1);
            together += a[i].value[0] == '+';
        }
        assert_in_range(together, round ? 2 : 0, round ? N : 0);
        done(a, N);
        is_count(&b, "WITH d AS (DELETE FROM words WHERE id >= 20000 RETURNING 1) SELECT count(*) FROM d", "8");
        if (round == 0)
            PQclear(PQexec(owner, "CREATE FUNCTION quoin.not_yet() RETURNS text LANGUAGE sql RETURN 'y';"
                                  "GRANT EXECUTE ON FUNCTION quoin.not_yet() TO quoin"));
    }
    PQclear(PQexec(owner, "DROP FUNCTION quoin.not_yet()"));
    PQfinish(owner);
    down(&b);
}

static void a_write_that_fails_takes_none_with_it(void **state)
{
    (void)state;
    enum { N = 12 };
    bench b;
    up(&b);
    for (int bad = 0; bad < N; bad += 3) {
        answer a[N] = { { .err = 1 } };
        for (int i = 0; i < N; i++) assert_int_equal(ask_joining(&b, &a[i], put, i == bad ? 1 : 20000 + i, NULL), 0);
        wait_all(&b);
        for (int i = 0; i < N; i++) {
            assert_int_equal(a[i].calls, 1);
            if (i == bad)
                assert_string_equal(a[i].sqlstate, "23505");
            else
                assert_int_equal(a[i].err, 0);
        }
        is_count(&b, "WITH d AS (DELETE FROM words WHERE id >= 20000 RETURNING 1) SELECT count(*) FROM d", "11");
        done(a, N);
    }
    down(&b);
}

static void a_commit_that_fails_fails_for_its_own_write_alone(void **state)
{
    (void)state;
    enum { N = 8 };
    bench b;
    up(&b);
    is_count(&b, "INSERT INTO later VALUES (7) RETURNING id", "7");
    answer a[N] = { { .err = 1 } };
    for (int i = 0; i < N; i++) assert_int_equal(ask_joining(&b, &a[i], put_later, i == 3 ? 7 : 100 + i, NULL), 0);
    wait_all(&b);
    for (int i = 0; i < N; i++) {
        assert_int_equal(a[i].calls, 1);
        assert_string_equal(a[i].constraint, i == 3 ? "later_once" : "");
        assert_int_equal(a[i].err, i == 3 ? QN_EDB : 0);
    }
    is_count(&b, "WITH d AS (DELETE FROM later RETURNING 1) SELECT count(*) FROM d", "8");
    done(a, N);
    down(&b);
}

static void writes_are_done_whoever_has_gone(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[6] = { { .err = 1 } };
    for (int i = 0; i < 6; i++) assert_int_equal(ask_joining(&b, &a[i], put_slowly, 20000 + i, NULL), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    done(a, 3); /* those that went first have answers now and then, and wait for the others' */
    done(a + 5, 1);
    b.waiting -= 4;
    wait_all(&b);
    for (int i = 0; i < 6; i++) assert_int_equal(a[i].calls, i == 3 || i == 4);
    /* Nobody hears of the others' end, and it may be later. */
    for (int tries = 0; tries < 500; tries++) {
        answer n = ask_now(&b, QN_LANE_WRITE, "SELECT count(*) FROM words WHERE id >= 20000", NULL);
        if (!strcmp(n.value, "6")) break;
        usleep(10000);
    }
    is_count(&b, "WITH d AS (DELETE FROM words WHERE id >= 20000 RETURNING 1) SELECT count(*) FROM d", "6");
    done(a, 6);
    down(&b);
}

static void of_writes_on_a_lost_connection_nobody_knows(void **state)
{
    (void)state;
    bench b;
    up(&b);
    answer a[6] = { { .err = 1 } }, kill = { .err = 1 };
    for (int i = 0; i < 6; i++) assert_int_equal(ask_joining(&b, &a[i], put_much_later, 20000 + i, NULL), 0);
    event_base_loop(qn_loop_base(b.loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
    assert_int_equal(
        ask(&b, &kill, QN_LANE_SLOW, NULL,
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pg_sleep(0.3)::text AS s OFFSET 0) w, LATERAL"
            " (SELECT a.* FROM pg_stat_activity a WHERE w.s = '' OFFSET 0) a WHERE query LIKE '%pg_sleep(1.5)%' AND "
            "pid <> "
            "pg_backend_pid()",
            NULL, 0),
        0);
    wait_all(&b);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(a[i].calls, 1);
        assert_int_equal(a[i].err, QN_EUNAVAIL);
        assert_true(a[i].maybe_done);
    }
    assert_true(atoi(kill.value) > 0);
    works_again(&b, QN_LANE_WRITE);
    is_count(&b, "SELECT count(*) FROM words WHERE id >= 20000", "0");
    done(a, 6);
    done(&kill, 1);
    down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_of_many_gets_its_own_row_or_none),
        cmocka_unit_test(each_gets_all_of_its_rows_in_their_order),
        cmocka_unit_test(one_that_fails_fails_alone),
        cmocka_unit_test(a_statement_that_cannot_be_prepared_fails_for_each),
        cmocka_unit_test(an_element_is_a_text_like_any_other),
        cmocka_unit_test(who_has_gone_is_not_told_and_the_others_are),
        cmocka_unit_test(a_callback_may_end_a_neighbours_arena),
        cmocka_unit_test(each_has_its_own_deadline),
        cmocka_unit_test(those_of_a_lost_connection_are_asked_again),
        cmocka_unit_test(a_changed_result_type_is_prepared_anew_for_all),
        cmocka_unit_test(what_cannot_be_joined_is_refused),
        cmocka_unit_test(writes_that_wait_together_are_one_execution),
        cmocka_unit_test(a_value_of_a_write_is_a_text_like_any_other),
        cmocka_unit_test(a_changed_table_is_prepared_anew_for_writes),
        cmocka_unit_test(a_joined_form_that_could_not_be_prepared_is_prepared_when_it_can_be),
        cmocka_unit_test(a_write_that_fails_takes_none_with_it),
        cmocka_unit_test(a_commit_that_fails_fails_for_its_own_write_alone),
        cmocka_unit_test(writes_are_done_whoever_has_gone),
        cmocka_unit_test(of_writes_on_a_lost_connection_nobody_knows),
    };
    return cmocka_run_group_tests_name("lanes: calls that go together", tests, start, stop);
}
