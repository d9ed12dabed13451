#include "pgfixture.h"

#include "db/migrate.h"

static pgfixture pg;

#define FILE_OF(n, sql)                                                                                                \
    {                                                                                                                  \
        (n), (const unsigned char *)(sql), sizeof(sql) - 1                                                             \
    }

static const qn_migration first = FILE_OF("0001_a.sql", "CREATE TABLE a (id int PRIMARY KEY, t text);\n"
                                                        "GRANT SELECT, INSERT ON a TO quoin;\n");
static const qn_migration second = FILE_OF("0002_b.sql", "CREATE TABLE b (id int);\nINSERT INTO a VALUES (1, 'é');\n");

static const char *owner(void)
{
    return qn_embedded_conninfo(pg.em, "quoin_owner");
}

static int migrate(const qn_migration *list, unsigned n, unsigned *applied, qn_errmsg *e)
{
    return qn_migrate_files(owner(), NULL, list, n, applied, e);
}

/* Every test begins with a database that nothing was applied to. */
static int fresh(void **state)
{
    (void)state;
    pgfixture_sql(&pg, "quoin_owner", "DROP SCHEMA IF EXISTS quoin CASCADE");
    return 0;
}

static void expect(int rc, int wanted, const qn_errmsg *e, const char *fragment)
{
    if (rc != wanted) fail_msg("got %d (%s), wanted %d", rc, e->text, wanted);
    if (fragment && !strstr(e->text, fragment)) fail_msg("\"%s\" is not in \"%s\"", fragment, e->text);
}

static void applies_what_is_missing_once(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    unsigned applied = 9;
    const qn_migration both[] = { first, second };
    expect(migrate(both, 1, &applied, &e), 0, &e, NULL);
    assert_int_equal(applied, 1);
    expect(migrate(both, 2, &applied, &e), 0, &e, NULL);
    assert_int_equal(applied, 1);
    expect(migrate(both, 2, &applied, &e), 0, &e, NULL);
    assert_int_equal(applied, 0);
    assert_string_equal(
        pgfixture_sql(&pg, "quoin_owner", "SELECT string_agg(name, ' ' ORDER BY name) FROM quoin.migration"),
        "0001_a.sql 0002_b.sql");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT count(*) FROM quoin.a"), "1");
}

static void refuses_an_applied_file_that_was_edited(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    const qn_migration edited = FILE_OF("0001_a.sql", "CREATE TABLE a (id int);\n");
    expect(migrate(&first, 1, NULL, &e), 0, &e, NULL);
    expect(migrate(&edited, 1, NULL, &e), QN_ESTATE, &e, "0001_a.sql was applied with other contents");
}

static void refuses_a_database_of_a_newer_version(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    const qn_migration both[] = { first, second };
    expect(migrate(both, 2, NULL, &e), 0, &e, NULL);
    expect(migrate(both, 1, NULL, &e), QN_ESTATE, &e, "newer Quoin: it has 0002_b.sql");
}

static void refuses_a_file_put_before_an_applied_one(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    const qn_migration late = FILE_OF("0000_late.sql", "SELECT 1;");
    const qn_migration list[] = { late, first };
    expect(migrate(&first, 1, NULL, &e), 0, &e, NULL);
    expect(migrate(list, 2, NULL, &e), QN_ESTATE, &e, "0000_late.sql was never applied although 0001_a.sql");
}

static void rolls_a_failed_file_back_whole_and_names_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *sql, *message;
    } cases[] = {
        { "CREATE TABLE x ();\n-- é é é é\nSELEC 1;\nCREATE TABLE y ();", "0002_bad.sql failed at line 3" },
        { "CREATE TABLE x ();\n\nSELECT * FROM nowhere;",
          "line 3 and was rolled back: relation \"nowhere\" does not exist (42P01)" },
        { "CREATE TABLE x ();\nINSERT INTO a VALUES (1);\nINSERT INTO a VALUES (1);", "statement 3" },
        { "CREATE TABLE x ();\nCOPY x FROM STDIN;", "COPY" },
        { "CREATE TABLE x ();\nDO $$ BEGIN RAISE EXCEPTION 'own words'; END $$;", "own words" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qn_errmsg e = { "" };
        unsigned applied = 9;
        const qn_migration list[] = { first,
                                      { "0002_bad.sql", (const unsigned char *)cases[i].sql, strlen(cases[i].sql) } };
        int rc = migrate(list, 2, &applied, &e);
        assert_true(rc < 0);
        expect(rc, rc, &e, cases[i].message);
        assert_int_equal(applied, i == 0 ? 1 : 0);
        assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT to_regclass('quoin.x') IS NULL"), "t");
        assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT count(*) FROM quoin.migration"), "1");
    }
}

static void refuses_a_file_that_commits_by_itself(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    const qn_migration bad = FILE_OF("0001_commit.sql", "CREATE TABLE x (); COMMIT;");
    expect(migrate(&bad, 1, NULL, &e), QN_EINVAL, &e, "ends the transaction itself");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT count(*) FROM quoin.migration"), "0");
}

static void the_runtime_role_owns_nothing_and_may_what_files_grant(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    expect(migrate(&first, 1, NULL, &e), 0, &e, NULL);
    pgfixture_sql(&pg, "quoin", "INSERT INTO quoin.a VALUES (7)");
    static const char *const forbidden[] = { "DELETE FROM quoin.a", "DROP TABLE quoin.a", "CREATE TABLE quoin.z ()",
                                             "UPDATE quoin.migration SET checksum = ''", "SET ROLE quoin_owner" };
    PGconn *c = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin"));
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        PGresult *r = PQexec(c, forbidden[i]);
        const char *state_of = PQresultErrorField(r, PG_DIAG_SQLSTATE);
        if (!state_of || strcmp(state_of, "42501"))
            fail_msg("%s: %s", forbidden[i], state_of ? state_of : "was allowed");
        PQclear(r);
    }
    PQfinish(c);
}

static void another_runtime_role_is_made_a_member(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    int rc = qn_migrate_files(owner(), "web \"1\"", &first, 1, NULL, &e);
    expect(rc, 0, &e, NULL);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT pg_has_role('web \"1\"', 'quoin', 'usage')"), "t");
    pgfixture_sql(&pg, "quoin_owner", "DROP ROLE \"web \"\"1\"\"\"");
}

static void says_what_to_do_when_the_owner_may_not_make_the_role(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    pgfixture_sql(&pg, "quoin_owner", "CREATE ROLE poor LOGIN; GRANT CREATE ON DATABASE quoin TO poor");
    int rc = qn_migrate_files(qn_embedded_conninfo(pg.em, "poor"), "nobody_yet", &first, 1, NULL, &e);
    expect(rc, QN_EDB, &e, "run as an administrator: CREATE ROLE \"nobody_yet\" LOGIN");
    pgfixture_sql(&pg, "quoin_owner", "DROP OWNED BY poor; DROP ROLE poor");
}

static void makes_the_database_where_it_is_missing(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    char other[256];
    snprintf(other, sizeof other, "%s dbname=news", owner());
    expect(qn_migrate_files(other, NULL, &first, 1, NULL, &e), 0, &e, NULL);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner",
                                      "SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE "
                                      "datname = 'news'"),
                        "UTF8");
    pgfixture_sql(&pg, "quoin_owner", "DROP DATABASE news");
}

static void two_nodes_at_once_apply_each_file_once(void **state)
{
    (void)state;
    const qn_migration slow = FILE_OF("0001_slow.sql", "SELECT pg_sleep(0.2); CREATE TABLE s ();");
    pid_t child[3];
    for (int i = 0; i < 3; i++) {
        child[i] = fork();
        if (child[i] == 0) {
            qn_errmsg e;
            unsigned applied = 0;
            int rc = migrate(&slow, 1, &applied, &e);
            _exit(rc ? 100 : (int)applied);
        }
    }
    int total = 0;
    for (int i = 0; i < 3; i++) {
        int status = 0;
        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
        assert_true(WIFEXITED(status));
        total += WEXITSTATUS(status);
    }
    assert_int_equal(total, 1);
}

static void check_says_what_is_missing(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    unsigned n;
    expect(qn_migrate_check(owner(), &e), QN_ESTATE, &e, "never migrated");
    const qn_migration *built_in = qn_migrations(&n);
    assert_true(n > 0);
    for (unsigned i = 0; i < n; i++) assert_int_equal(strlen((const char *)built_in[i].text), built_in[i].bytes);
    expect(migrate(&first, 0, NULL, &e), 0, &e, NULL);
    expect(qn_migrate_check(qn_embedded_conninfo(pg.em, "quoin"), &e), QN_ESTATE, &e, built_in[0].name);
}

static void the_built_in_files_apply_and_are_what_is_wanted(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    unsigned n, applied = 0;
    (void)qn_migrations(&n);
    expect(qn_migrate(owner(), NULL, &applied, &e), 0, &e, NULL);
    assert_int_equal(applied, n);
    expect(qn_migrate_check(qn_embedded_conninfo(pg.em, "quoin"), &e), 0, &e, NULL);
    assert_string_equal(
        pgfixture_sql(
            &pg, "quoin_owner",
            "SELECT coalesce(string_agg(table_name || ' ' || privilege_type, ', '), 'none') FROM "
            "information_schema.role_table_grants WHERE grantee = 'quoin' AND table_name IN ('event', 'audit') "
            "AND privilege_type NOT IN ('SELECT', 'INSERT')"),
        "none");
    assert_string_equal(
        pgfixture_sql(&pg, "quoin_owner", "SELECT count(*) FROM pg_class WHERE relowner = 'quoin'::regrole"), "0");
}

static void without_a_server_it_says_so(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    expect(qn_migrate_files("host=/nonexistent dbname=x", NULL, &first, 1, NULL, &e), QN_EUNAVAIL, &e, "/nonexistent");
    expect(qn_migrate_check("host=/nonexistent dbname=x", &e), QN_EUNAVAIL, &e, "/nonexistent");
}

static int up(void **state)
{
    (void)state;
    pgfixture_up(&pg);
    return 0;
}

static int down(void **state)
{
    (void)state;
    pgfixture_down(&pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(applies_what_is_missing_once, fresh),
        cmocka_unit_test_setup(refuses_an_applied_file_that_was_edited, fresh),
        cmocka_unit_test_setup(refuses_a_database_of_a_newer_version, fresh),
        cmocka_unit_test_setup(refuses_a_file_put_before_an_applied_one, fresh),
        cmocka_unit_test_setup(rolls_a_failed_file_back_whole_and_names_its_line, fresh),
        cmocka_unit_test_setup(refuses_a_file_that_commits_by_itself, fresh),
        cmocka_unit_test_setup(the_runtime_role_owns_nothing_and_may_what_files_grant, fresh),
        cmocka_unit_test_setup(another_runtime_role_is_made_a_member, fresh),
        cmocka_unit_test_setup(says_what_to_do_when_the_owner_may_not_make_the_role, fresh),
        cmocka_unit_test_setup(makes_the_database_where_it_is_missing, fresh),
        cmocka_unit_test_setup(two_nodes_at_once_apply_each_file_once, fresh),
        cmocka_unit_test_setup(check_says_what_is_missing, fresh),
        cmocka_unit_test_setup(the_built_in_files_apply_and_are_what_is_wanted, fresh),
        cmocka_unit_test_setup(without_a_server_it_says_so, fresh),
    };
    return cmocka_run_group_tests(tests, up, down);
}
