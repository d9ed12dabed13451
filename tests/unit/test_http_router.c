#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "http/conn.h"

static void handler(qn_req *req, void *ctx)
{
    (void)req, (void)ctx;
}

static int add(qn_router *r, unsigned methods, const char *pattern)
{
    return qn_router_add(r, &(qn_route){ .methods = methods, .pattern = pattern, .fn = handler });
}

typedef struct {
    qn_router *r;
    qn_arena *a;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_int_equal(qn_router_new(&f->r), 0);
    f->a = qn_arena_new(0);
    assert_int_equal(add(f->r, QN_GET, "/"), 0);
    assert_int_equal(add(f->r, QN_GET | QN_POST, "/v1/{collection}"), 0);
    assert_int_equal(add(f->r, QN_GET, "/v1/types"), 0);
    assert_int_equal(add(f->r, QN_GET, "/v1/{collection}/{id}"), 0);
    assert_int_equal(add(f->r, QN_PATCH, "/v1/{c}/{slug}"), 0);
    assert_int_equal(add(f->r, QN_GET, "/v1/{collection}/{id}/revisions/{n}"), 0);
    assert_int_equal(add(f->r, QN_GET, "/v1/types/special/deep"), 0);
    assert_int_equal(add(f->r, QN_GET, "/static/{path...}"), 0);
    assert_int_equal(add(f->r, QN_GET, "/static/of/{who}"), 0);
    assert_int_equal(add(f->r, QN_GET, "/{site}/files/{path...}"), 0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    qn_router_free(&f->r);
    qn_arena_free(&f->a);
    free(f);
    return 0;
}

static void paths_find_their_routes(void **state)
{
    static const struct {
        qn_method method;
        const char *path, *pattern; /* NULL: not found */
    } cases[] = {
        { QN_GET, "/", "/" },
        { QN_GET, "", "/" }, /* of an absolute target without one */
        { QN_HEAD, "/", "/" },
        { QN_GET, "/v1/articles", "/v1/{collection}" },
        { QN_GET, "/v1/types", "/v1/types" },
        { QN_GET, "/v1/t%79pes", "/v1/types" },
        { QN_GET, "/v1/types/x", "/v1/{collection}/{id}" },
        { QN_PATCH, "/v1/types/x", "/v1/{c}/{slug}" },
        { QN_GET, "/v1/types/special/deep", "/v1/types/special/deep" },
        { QN_GET, "/v1/types/special", "/v1/{collection}/{id}" },
        { QN_GET, "/v1/types/special/revisions/3", "/v1/{collection}/{id}/revisions/{n}" },
        { QN_GET, "/v1", NULL },
        { QN_GET, "/v1/", NULL },
        { QN_GET, "/v1/articles/", NULL },
        { QN_GET, "//v1/articles", NULL },
        { QN_GET, "/V1/articles", NULL },
        { QN_GET, "/v1/a/b/revisions", NULL },
        { QN_GET, "/../../etc/passwd", NULL },
        { QN_GET, "/static/a", "/static/{path...}" },
        { QN_GET, "/static/a/b/c.css", "/static/{path...}" },
        { QN_GET, "/static/of/me", "/static/of/{who}" },
        { QN_GET, "/static/of/me/not", "/static/{path...}" },
        { QN_GET, "/static/files/a", "/static/{path...}" },
        { QN_GET, "/other/files/a/b", "/{site}/files/{path...}" },
        { QN_GET, "/static", NULL },
        { QN_GET, "/static/", NULL },
        { QN_GET, "/static//a", NULL },
        { QN_GET, "/static/a%2Fb", NULL },
        { QN_GET, "/other/files/a/%2f", NULL },
        { QN_GET, "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL },
    };
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_match m;
        assert_int_equal(qn_router_match(&m, f->r, f->a, cases[i].method, qn_str_of(cases[i].path)), 0);
        const char *got = m.route ? m.route->pattern : NULL;
        if ((got == NULL) != (cases[i].pattern == NULL) || (got && strcmp(got, cases[i].pattern) != 0))
            fail_msg("%s led to %s", cases[i].path, got ? got : "nothing");
        if (!cases[i].pattern) assert_int_equal(m.allow, 0);
    }
}

static void parameters_are_decoded_and_named_by_the_route(void **state)
{
    fixture *f = *state;
    qn_match m;
    assert_int_equal(qn_router_match(&m, f->r, f->a, QN_PATCH, QN_STR("/v1/%C3%A9/a%2Fb")), 0);
    assert_int_equal(m.nparams, 2);
    assert_true(qn_str_eqz(m.params[0].name, "c"));
    assert_true(qn_str_eqz(m.params[0].value, "\xc3\xa9"));
    assert_true(qn_str_eqz(m.params[1].name, "slug"));
    assert_true(qn_str_eqz(m.params[1].value, "a/b"));
}

static void the_rest_of_a_path_is_one_parameter(void **state)
{
    fixture *f = *state;
    qn_match m;
    assert_int_equal(qn_router_match(&m, f->r, f->a, QN_GET, QN_STR("/s%20t/files/a/%C3%A9/%2E%2E//c.css/")), 0);
    assert_int_equal(m.nparams, 2);
    assert_true(qn_str_eqz(m.params[0].name, "site") && qn_str_eqz(m.params[0].value, "s t"));
    assert_true(qn_str_eqz(m.params[1].name, "path"));
    assert_true(qn_str_eqz(m.params[1].value, "a/\xc3\xa9/..//c.css/"));
}

static void bad_escapes_are_refused(void **state)
{
    static const char *const bad[] = { "/v1/%", "/v1/%2", "/v1/%zz", "/v1/a%00b", "/v1/%ff", "/v1/%c0%af" };
    fixture *f = *state;
    qn_match m;
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(qn_router_match(&m, f->r, f->a, QN_GET, qn_str_of(bad[i])), QN_EINVAL);
}

static void other_methods_of_a_path_are_told(void **state)
{
    fixture *f = *state;
    qn_match m;
    char text[64];
    assert_int_equal(qn_router_match(&m, f->r, f->a, QN_DELETE, QN_STR("/v1/articles/x")), 0);
    assert_null(m.route);
    qn_allow_text(text, m.allow);
    assert_string_equal(text, "GET, HEAD, PATCH, OPTIONS");
    qn_allow_text(text, qn_router_methods(f->r));
    assert_string_equal(text, "GET, HEAD, POST, PATCH, OPTIONS");
}

static void a_pattern_and_method_can_be_taken_once(void **state)
{
    fixture *f = *state;
    assert_int_equal(add(f->r, QN_GET, "/v1/{other}"), QN_EEXIST);
    assert_int_equal(add(f->r, QN_PUT | QN_GET, "/"), QN_EEXIST);
    assert_int_equal(add(f->r, QN_PUT, "/"), 0);
}

static void bad_patterns_are_refused(void **state)
{
    static const char *const bad[] = {
        "",       "v1",        "/v1//x", "/{}",     "/{a",
        "/a}",    "/x{a}",     "/{a b}", "/a%20b",  "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}",
        "/{...}", "/{a...}/b", "/{a..}", "/x{a...}"
    };
    fixture *f = *state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (add(f->r, QN_GET, bad[i]) != QN_EINVAL) fail_msg("%s was taken", bad[i]);
    assert_int_equal(add(f->r, 0, "/none"), QN_EINVAL);
}

static bool is_known(void *ctx, qn_str value)
{
    return qn_str_eqz(value, ctx);
}

static void a_guarded_parameter_matches_only_what_is_known(void **state)
{
    static char known[] = "articles";
    fixture *f = *state;
    qn_match m;
    qn_router_guard(f->r, "collection", is_known, known);
    assert_int_equal(qn_router_match(&m, f->r, f->a, QN_GET, QN_STR("/v1/articles/x")), 0);
    assert_non_null(m.route);
    assert_int_equal(qn_router_match(&m, f->r, f->a, QN_DELETE, QN_STR("/v1/nonsense/x")), 0);
    assert_int_equal(m.allow, 0);
    assert_int_equal(qn_router_match(&m, f->r, f->a, QN_GET, QN_STR("/v1/types")), 0);
    assert_non_null(m.route); /* a literal is not a parameter's value */
}

static void owned_memory_goes_with_the_router(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 3; i++) assert_int_equal(qn_router_own(f->r, malloc(10)), 0); /* the leak check says the rest */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paths_find_their_routes, setup, teardown),
        cmocka_unit_test_setup_teardown(parameters_are_decoded_and_named_by_the_route, setup, teardown),
        cmocka_unit_test_setup_teardown(the_rest_of_a_path_is_one_parameter, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_escapes_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(other_methods_of_a_path_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pattern_and_method_can_be_taken_once, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_patterns_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_guarded_parameter_matches_only_what_is_known, setup, teardown),
        cmocka_unit_test_setup_teardown(owned_memory_goes_with_the_router, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
