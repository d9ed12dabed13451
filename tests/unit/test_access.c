/* Tokens as text, and roles compiled to scopes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "access/roles.h"
#include "access/token.h"

static void a_made_token_has_its_form_and_hashes(void **state)
{
    char a[QN_TOKEN_BYTES], b[QN_TOKEN_BYTES], ha[QN_TOKEN_HEX_BYTES], hb[QN_TOKEN_HEX_BYTES];
    (void)state;
    qn_token_make(a);
    qn_token_make(b);
    assert_int_equal(strlen(a), QN_TOKEN_CHARS);
    assert_memory_equal(a, "qn_", 3);
    assert_string_not_equal(a, b);
    assert_int_equal(qn_token_hash(ha, qn_str_of(a)), QN_OK);
    assert_int_equal(qn_token_hash(hb, qn_str_of(b)), QN_OK);
    assert_int_equal(strlen(ha), 64);
    assert_string_not_equal(ha, hb);
}

static void the_hash_is_sha256_of_the_whole_text(void **state)
{
    char hex[QN_TOKEN_HEX_BYTES];
    (void)state;
    assert_int_equal(qn_token_hash(hex, QN_STR("qn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")), QN_OK);
    assert_string_equal(hex, "e89840896731d99ac2098d8869bb829b8651e3e6519815a8744806d1df84a3b3");
}

static void what_has_not_the_form_of_a_token_is_refused(void **state)
{
    static const char *const bad[] = { "",
                                       "qn_",
                                       "qn_short",
                                       "xx_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                       "qn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                                       "qn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                       "qn_AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA" };
    char hex[QN_TOKEN_HEX_BYTES];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(qn_token_hash(hex, qn_str_of(bad[i])), QN_EINVAL);
}

static void only_bearer_credentials_are_taken(void **state)
{
    static const struct {
        const char *header, *token;
    } cases[] = { { "Bearer qn_x", "qn_x" },
                  { "bearer qn_x", "qn_x" },
                  { "BEARER   qn_x", "qn_x" },
                  { "Basic qn_x", NULL },
                  { "Bearer", NULL },
                  { "Bearer ", NULL },
                  { "", NULL },
                  { "Bearerqn_x", NULL } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        qn_str token = { 0 };
        int err = qn_token_from_header(&token, qn_str_of(cases[i].header));
        if (cases[i].token) {
            assert_int_equal(err, QN_OK);
            assert_true(qn_str_eqz(token, cases[i].token));
        } else {
            assert_int_equal(err, QN_EINVAL);
        }
    }
}

/* Rows as the database gives them. */
static qn_roles *roles_of(PGresult *res)
{
    qn_db_result r = { .rows = PQntuples(res), .cols = PQnfields(res), .res = res };
    qn_roles *roles = NULL;
    assert_int_equal(qn_roles_new(&roles, &r), QN_OK);
    return roles;
}

static PGresult *rows(const char *const (*v)[4], int n)
{
    static char names[4][8] = { "role", "type", "action", "reach" };
    PGresAttDesc d[4];
    PGresult *res = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    memset(d, 0, sizeof d);
    for (int c = 0; c < 4; c++) {
        d[c].name = names[c];
        d[c].typid = 25;
        d[c].typlen = -1;
    }
    assert_true(PQsetResultAttrs(res, 4, d));
    for (int i = 0; i < n; i++)
        for (int c = 0; c < 4; c++) {
            char text[32] = "";
            if (v[i][c]) strncpy(text, v[i][c], sizeof text - 1);
            assert_true(PQsetvalue(res, i, c, v[i][c] ? text : NULL, v[i][c] ? (int)strlen(text) : -1));
        }
    return res;
}

static const char *const table[][4] = { { "author", "*", "read", "all" },       { "author", "*", "draft", "own" },
                                        { "author", "*", "create", "all" },     { "author", "page", "draft", "all" },
                                        { "author", "*", "publish", "own" },    { "desk", "article", "publish", "all" },
                                        { "desk", "article", "change", "all" }, { "empty", NULL, NULL, NULL } };

static void policies_of_a_role_widen_its_scope(void **state)
{
    (void)state;
    PGresult *res = rows(table, sizeof table / sizeof *table);
    qn_roles *roles = roles_of(res);
    qn_arena *arena = qn_arena_new(0);
    const qn_scope *s = qn_roles_scope(roles, arena, "author", "me", "article");
    assert_true(s->live && s->create);
    assert_int_equal(s->drafts, QN_REACH_OWN);
    assert_int_equal(s->change, QN_REACH_NONE);
    assert_string_equal(s->user, "me");
    assert_null(s->all[0]);
    assert_string_equal(s->own[0], "publish");
    s = qn_roles_scope(roles, arena, "author", "me", "page");
    assert_int_equal(s->drafts, QN_REACH_ALL);
    qn_arena_free(&arena);
    qn_roles_free(&roles);
    PQclear(res);
}

static void a_policy_for_one_type_does_not_reach_another(void **state)
{
    (void)state;
    PGresult *res = rows(table, sizeof table / sizeof *table);
    qn_roles *roles = roles_of(res);
    qn_arena *arena = qn_arena_new(0);
    const qn_scope *s = qn_roles_scope(roles, arena, "desk", "me", "article");
    assert_int_equal(s->change, QN_REACH_ALL);
    assert_string_equal(s->all[0], "publish");
    s = qn_roles_scope(roles, arena, "desk", "me", "page");
    assert_int_equal(s->change, QN_REACH_NONE);
    assert_null(s->all[0]);
    qn_arena_free(&arena);
    qn_roles_free(&roles);
    PQclear(res);
}

static void an_unknown_or_empty_role_may_nothing(void **state)
{
    static const char *const names[] = { "empty", "nobody" };
    (void)state;
    PGresult *res = rows(table, sizeof table / sizeof *table);
    qn_roles *roles = roles_of(res);
    qn_arena *arena = qn_arena_new(0);
    for (size_t i = 0; i < 2; i++) {
        const qn_scope *s = qn_roles_scope(roles, arena, names[i], NULL, "article");
        assert_false(s->live || s->create || s->purge || s->import);
        assert_int_equal(s->drafts + s->change + s->remove, 0);
        assert_null(s->all[0]);
        assert_null(s->own[0]);
    }
    qn_arena_free(&arena);
    qn_roles_free(&roles);
    PQclear(res);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_made_token_has_its_form_and_hashes),
        cmocka_unit_test(the_hash_is_sha256_of_the_whole_text),
        cmocka_unit_test(what_has_not_the_form_of_a_token_is_refused),
        cmocka_unit_test(only_bearer_credentials_are_taken),
        cmocka_unit_test(policies_of_a_role_widen_its_scope),
        cmocka_unit_test(a_policy_for_one_type_does_not_reach_another),
        cmocka_unit_test(an_unknown_or_empty_role_may_nothing),
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
