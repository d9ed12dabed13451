#include "unit.h"

#include <dirent.h>
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "oom.h"

/* From the repository's root, where the tests run. */
#define SUITE "../shared/corpora/data/json"

/* Parses a copy that ends exactly where the text does, so that a byte read past it is seen. */
static int parse(json_t **out, qn_str text, const qn_json_limits *limits, qn_json_fault *fault)
{
    char *exact = __real_malloc(text.n ? text.n : 1);
    if (text.n) memcpy(exact, text.p, text.n);
    int rc = qn_json_parse(out, (qn_str){ exact, text.n }, limits, fault);
    free(exact);
    return rc;
}

static void assert_written(const json_t *v, bool sort_keys, const char *expected)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    assert_int_equal(qn_json_write(&b, v, sort_keys), 0);
    assert_string_equal(b.p, expected);
    qn_buf_free(&b);
}

static void what_is_read_is_written_again(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "null", "null" },
        { " true ", "true" },
        { "\t\r\nfalse\n", "false" },
        { "0", "0" },
        { "-0", "0" },
        { "-0.0", "-0.0" },
        { "0.1", "0.1" },
        { "1.0", "1.0" },
        { "1E2", "100.0" },
        { "1e+300", "1e+300" },
        { "0.1e-6", "1e-07" },
        { "123456789.123", "123456789.123" },
        { "9223372036854775807", "9223372036854775807" },
        { "-9223372036854775808", "-9223372036854775808" },
        { "1.7976931348623157e308", "1.7976931348623157e+308" },
        { "0.30000000000000004", "0.30000000000000004" },
        { "\"\"", "\"\"" },
        { "\"\\u00e9\\uD83D\\uDCF0\\/\\b\\f\\n\\r\\t\\\"\\\\\"",
          "\"\xC3\xA9\xF0\x9F\x93\xB0/\\b\\f\\n\\r\\t\\\"\\\\\"" },
        { "\"\\u0001\\u001f\\u007f\"", "\"\\u0001\\u001f\x7F\"" },
        { "[]", "[]" },
        { "[ ]", "[]" },
        { "{ }", "{}" },
        { "[1,[2,{\"a\":[]}],3]", "[1,[2,{\"a\":[]}],3]" },
        { "{\"b\" : 1 , \"a\":{\"z\":{},\"y\":[{}]},\"\":\"\"}", "{\"b\":1,\"a\":{\"z\":{},\"y\":[{}]},\"\":\"\"}" },
        { "{\"a\\u0062\":1,\"\\uD83D\\uDCF0\":\"\\u0062\"}", "{\"ab\":1,\"\xF0\x9F\x93\xB0\":\"b\"}" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *v = NULL;
        qn_json_fault fault;
        if (parse(&v, qn_str_of(cases[i].in), NULL, &fault)) fail_msg("%s: %s", cases[i].in, fault.detail);
        assert_written(v, false, cases[i].out);
        json_decref(v);
    }
}

static void keys_are_sorted_by_their_bytes_when_asked(void **state)
{
    (void)state;
    json_t *v;
    qn_str in = QN_STR("{\"b\":1,\"a\":{\"\xC3\xA9\":0,\"z\":0,\"aa\":0,\"a\":0},\"\":2}");
    assert_int_equal(parse(&v, in, NULL, NULL), 0);
    assert_written(v, true, "{\"\":2,\"a\":{\"a\":0,\"aa\":0,\"z\":0,\"\xC3\xA9\":0},\"b\":1}");
    json_decref(v);
}

static void every_double_comes_back_as_it_was(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252u; /* xorshift64: the same doubles on every run */
    for (int i = 0; i < 20000; i++) {
        double d;
        bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
        memcpy(&d, &bits, sizeof d);
        json_t *v = json_real(d), *back = NULL;
        if (!v) continue; /* not finite */
        qn_buf b;
        qn_buf_init(&b, 0);
        assert_int_equal(qn_json_write(&b, v, false), 0);
        assert_int_equal(parse(&back, qn_buf_str(&b), NULL, NULL), 0);
        assert_true(json_is_real(back));
        double e = json_real_value(back);
        if (memcmp(&d, &e, sizeof d) != 0) fail_msg("%s came back as %.17g", b.p, e);
        qn_buf_free(&b);
        json_decref(v);
        json_decref(back);
    }
}

#define BAD(text, code, pointer, line, column)                                                                         \
    {                                                                                                                  \
        { text, sizeof(text) - 1 }, code, pointer, line, column                                                        \
    }

static void each_fault_has_its_code_its_pointer_and_its_place(void **state)
{
    (void)state;
    static const struct {
        qn_str in;
        const char *code, *pointer;
        size_t line, column;
    } cases[] = {
        BAD("", "malformed", "", 1, 1),
        BAD(" \n ", "malformed", "", 2, 2),
        BAD("\xEF\xBB\xBF{}", "malformed", "", 1, 1),
        BAD("nul", "malformed", "", 1, 1),
        BAD("nulll", "malformed", "", 1, 5),
        BAD("1 2", "malformed", "", 1, 3),
        BAD("123\0", "nul", "", 1, 4),
        BAD("{}\0{}", "nul", "", 1, 3),
        BAD("[1,\n 2,\n 01]", "malformed", "/2", 3, 2),
        BAD("[1,]", "malformed", "/1", 1, 4),
        BAD("[1 2]", "malformed", "", 1, 4),
        BAD("[", "malformed", "/0", 1, 2),
        BAD("[1", "malformed", "", 1, 3),
        BAD("{", "malformed", "", 1, 2),
        BAD("{\"a\"", "malformed", "/a", 1, 5),
        BAD("{\"a\":", "malformed", "/a", 1, 6),
        BAD("{\"a\":1", "malformed", "", 1, 7),
        BAD("{\"a\":1,}", "malformed", "", 1, 8),
        BAD("{\"a\":1,b:2}", "malformed", "", 1, 8),
        BAD("{\"a\" 1}", "malformed", "/a", 1, 6),
        BAD("{'a':1}", "malformed", "", 1, 2),
        BAD("[1}", "malformed", "", 1, 3),
        BAD("{\"a\":]", "malformed", "/a", 1, 6),
        BAD("]", "malformed", "", 1, 1),
        BAD("// no\n1", "malformed", "", 1, 1),
        BAD("[NaN]", "malformed", "/0", 1, 2),
        BAD("[Infinity]", "malformed", "/0", 1, 2),
        BAD("[+1]", "malformed", "/0", 1, 2),
        BAD("[-]", "malformed", "/0", 1, 3),
        BAD("[-01]", "malformed", "/0", 1, 3),
        BAD("[1.]", "malformed", "/0", 1, 4),
        BAD("[.5]", "malformed", "/0", 1, 2),
        BAD("[1e]", "malformed", "/0", 1, 4),
        BAD("[1e+]", "malformed", "/0", 1, 5),
        BAD("[0x10]", "malformed", "", 1, 3),
        BAD("[9223372036854775808]", "number_range", "/0", 1, 2),
        BAD("[-9223372036854775809]", "number_range", "/0", 1, 2),
        BAD("{\"n\":1e309}", "number_range", "/n", 1, 6),
        BAD("{\"n\":-1e309}", "number_range", "/n", 1, 6),
        BAD("\"abc", "malformed", "", 1, 5),
        BAD("\"a\nb\"", "malformed", "", 1, 3),
        BAD("\"a\\qb\"", "malformed", "", 1, 3),
        BAD("\"a\\", "malformed", "", 1, 4),
        BAD("\"\\u12", "malformed", "", 1, 4),
        BAD("\"\\u12G4\"", "malformed", "", 1, 6),
        BAD("[\"\\ud800\"]", "surrogate", "/0", 1, 3),
        BAD("[\"\\ud800x\"]", "surrogate", "/0", 1, 3),
        BAD("[\"\\ud800\\u0041\"]", "surrogate", "/0", 1, 3),
        BAD("[\"\\udc00\"]", "surrogate", "/0", 1, 3),
        BAD("{\"a\":\"x\\u0000\"}", "nul", "/a", 1, 8),
        BAD("{\"a\\u0000\":1}", "nul", "", 1, 4),
        BAD("[\"a\0b\"]", "nul", "/0", 1, 4),
        BAD("[\"a\xFF\"]", "utf8", "/0", 1, 4),
        BAD("[\"\xC0\x80\"]", "utf8", "/0", 1, 3),
        BAD("[\"\xED\xA0\x80\"]", "utf8", "/0", 1, 3),
        BAD("{\"a\":1,\n\"b\":2,\n\"a\":3}", "duplicate_key", "/a", 3, 1),
        BAD("{\"x\":[0,{\"a\":1,\"\\u0061\":2}]}", "duplicate_key", "/x/1/a", 1, 16),
        BAD("{\"b/~\":{\"\xC3\xA9\\n\":[\"\xC3\xA9\", ?]}}", "malformed", "/b~1~0/\xC3\xA9\n/1", 1, 21),
        BAD("\"\xC3\xA9\xC3\xA9\" x", "malformed", "", 1, 6),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *v = (json_t *)&v; /* out-parameters are left alone on failure */
        qn_json_fault f = { 0 };
        int rc = parse(&v, cases[i].in, NULL, &f);
        if (rc != QN_EINVAL || v != (json_t *)&v) fail_msg("case %zu accepted: %.*s", i, QN_FMT(cases[i].in));
        if (strcmp(f.code, cases[i].code) != 0 || strcmp(f.pointer, cases[i].pointer) != 0 || f.line != cases[i].line ||
            f.column != cases[i].column)
            fail_msg("case %zu, %.*s: %s at \"%s\" %zu:%zu", i, QN_FMT(cases[i].in), f.code, f.pointer, f.line,
                     f.column);
        assert_true(f.detail[0] != '\0' && f.offset <= cases[i].in.n);
        assert_int_equal(parse(&v, cases[i].in, NULL, NULL), QN_EINVAL);
    }
}

static void depth_and_size_keep_to_their_limits(void **state)
{
    (void)state;
    char deep[2048];
    qn_json_fault f;
    static const struct {
        unsigned limit, depth;
        bool good;
    } cases[] = { { 0, 64, true }, { 0, 65, false },      { 3, 3, true },
                  { 3, 4, false }, { 100000, 512, true }, { 100000, 513, false } };
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *v;
        qn_json_limits limits = { .max_depth = cases[i].limit };
        memset(deep, '[', cases[i].depth);
        memset(deep + cases[i].depth, ']', cases[i].depth);
        int rc = parse(&v, (qn_str){ deep, (size_t)2 * cases[i].depth }, &limits, &f);
        assert_int_equal(rc, cases[i].good ? 0 : QN_EINVAL);
        if (rc)
            assert_string_equal(f.code, "depth");
        else
            json_decref(v);
    }
    json_t *v;
    qn_json_limits limits = { .max_bytes = 4 };
    assert_int_equal(parse(&v, QN_STR("[12]"), &limits, &f), 0);
    json_decref(v);
    assert_int_equal(parse(&v, QN_STR("[123]"), &limits, &f), QN_EINVAL);
    assert_string_equal(f.code, "size");
}

static void long_numbers_and_pointers_are_cut_or_refused_not_overrun(void **state)
{
    (void)state;
    qn_buf b;
    json_t *v;
    qn_json_fault f;
    qn_buf_init(&b, 0);
    qn_buf_addz(&b, "0.");
    for (int i = 0; i < 1022; i++) qn_buf_addc(&b, '1');
    assert_int_equal(parse(&v, qn_buf_str(&b), NULL, &f), 0);
    json_decref(v);
    qn_buf_addc(&b, '1');
    assert_int_equal(parse(&v, qn_buf_str(&b), NULL, &f), QN_EINVAL);
    assert_string_equal(f.code, "number_range");

    qn_buf_clear(&b);
    qn_buf_addz(&b, "{\"");
    for (int i = 0; i < 1000; i++) qn_buf_addz(&b, "\xC3\xA9");
    qn_buf_addz(&b, "\":?}");
    assert_int_equal(parse(&v, qn_buf_str(&b), NULL, &f), QN_EINVAL);
    assert_in_range(strlen(f.pointer), 250, sizeof f.pointer - 1);
    assert_int_equal(qn_utf8_check(qn_str_of(f.pointer)), strlen(f.pointer));
    qn_buf_free(&b);
}

/* Seconds that a hostile text of `n` repeats may take; quadratic ones took minutes. */
static void assert_quick(const char *head, const char *unit, size_t n, int expected)
{
    qn_buf b;
    json_t *v = NULL;
    qn_json_fault f;
    qn_buf_init(&b, 0);
    qn_buf_addz(&b, head);
    for (size_t i = 0; i < n; i++) qn_buf_addz(&b, unit);
    int64_t start = qn_mono_ms();
    assert_int_equal(qn_json_parse(&v, qn_buf_str(&b), NULL, &f), expected);
    assert_true(qn_mono_ms() - start < 10000);
    qn_buf_free(&b);
}

static void hostile_texts_take_linear_time(void **state)
{
    (void)state;
    assert_quick("\"", "0123456789012345678901234567890123456789", 500000, QN_EINVAL); /* 20 MB, never closed */
    assert_quick("\"", "\\u00e9", 3000000, QN_EINVAL);
    assert_quick("", "[", 100000, QN_EINVAL);
    assert_quick("[", "{\"a\":", 100000, QN_EINVAL);
    assert_quick("", "9", 5000000, QN_EINVAL);
    assert_quick("[", "\n", 5000000, QN_EINVAL);
    assert_quick("[0", ",0", 1000000, QN_EINVAL);

    qn_buf b;
    json_t *v;
    qn_json_fault f;
    qn_buf_init(&b, 0);
    for (int i = 0; i < 200000; i++) qn_buf_printf(&b, "%c\"key%d\":%d", i ? ',' : '{', i, i);
    qn_buf_addz(&b, ",\"key0\":0}");
    int64_t start = qn_mono_ms();
    assert_int_equal(qn_json_parse(&v, qn_buf_str(&b), NULL, &f), QN_EINVAL);
    assert_true(qn_mono_ms() - start < 10000);
    assert_string_equal(f.code, "duplicate_key");
    qn_buf_free(&b);
}

static bool refused_on_purpose(const char *name)
{
    static const char *const names[] = { "y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json",
                                         "y_object_escaped_null_in_key.json", "y_string_null_escape.json" };
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

static int parse_file(const char *name, json_t **v)
{
    static char text[1 << 20];
    char path[512];
    snprintf(path, sizeof path, SUITE "/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    qn_json_fault fault = { 0 };
    int rc = parse(v, (qn_str){ text, n }, NULL, &fault);
    if (rc) assert_true(rc == QN_EINVAL && fault.code && fault.detail[0] && fault.line >= 1 && fault.column >= 1);
    return rc;
}

static void json_test_suite_is_answered_as_it_says(void **state)
{
    (void)state;
    DIR *d = opendir(SUITE);
    if (!d) {
        print_message("no " SUITE " here: nothing of it was tried\n");
        skip();
    }
    int seen[256] = { 0 }, wrong = 0;
    for (struct dirent *e; (e = readdir(d));) {
        char kind = e->d_name[0];
        if (!strchr("yni", kind) || e->d_name[1] != '_') continue;
        json_t *v = NULL, *again = NULL;
        int rc = parse_file(e->d_name, &v);
        bool expected_good = kind == 'y' && !refused_on_purpose(e->d_name);
        if (kind != 'i' && (rc == 0) != expected_good) {
            print_error("%s was %s\n", e->d_name, rc ? "refused" : "accepted");
            wrong++;
        }
        if (rc == 0) { /* and back */
            qn_buf b;
            qn_buf_init(&b, 0);
            assert_int_equal(qn_json_write(&b, v, false), 0);
            assert_int_equal(parse(&again, qn_buf_str(&b), NULL, NULL), 0);
            assert_true(json_equal(v, again));
            qn_buf_free(&b);
        }
        json_decref(v);
        json_decref(again);
        seen[(unsigned char)kind]++;
    }
    closedir(d);
    assert_int_equal(wrong, 0);
    assert_true(seen['y'] >= 95 && seen['n'] >= 180 && seen['i'] >= 30);
}

static void pointers_escape_tilde_and_slash(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_json_pointer_add(&b, QN_STR("a/b"));
    qn_json_pointer_add(&b, QN_STR("m~n"));
    qn_json_pointer_add(&b, QN_STR(""));
    qn_json_pointer_add(&b, QN_STR("~1"));
    qn_json_pointer_add(&b, QN_STR("plain"));
    assert_string_equal(b.p, "/a~1b/m~0n//~01/plain");
    qn_buf_free(&b);
}

/* RFC 7396, appendix A, and what it leaves out. */
static const struct {
    const char *target, *patch, *result;
} merges[] = {
    { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
    { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
    { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
    { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
    { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
    { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
    { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
    { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
    { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
    { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
    { "{\"a\":\"foo\"}", "null", "null" },
    { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
    { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
    { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
    { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
    { NULL, "{\"a\":{\"b\":null,\"c\":[null]}}", "{\"a\":{\"c\":[null]}}" },
    { NULL, "7", "7" },
    { "{\"a\":{\"b\":1,\"c\":2},\"d\":3}", "{\"d\":null,\"a\":{\"c\":{\"x\":1}}}",
      "{\"a\":{\"b\":1,\"c\":{\"x\":1}}}" },
};

static json_t *read_case(const char *text)
{
    json_t *v = NULL;
    if (text) assert_int_equal(parse(&v, qn_str_of(text), NULL, NULL), 0);
    return v;
}

static void merge_patch_does_what_rfc_7396_says_and_changes_neither_side(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(merges); i++) {
        json_t *target = read_case(merges[i].target), *patch = read_case(merges[i].patch);
        json_t *result = qn_json_merge_patch(target, patch);
        assert_written(result, false, merges[i].result);
        if (target) assert_written(target, false, merges[i].target);
        assert_written(patch, false, merges[i].patch);
        json_decref(target);
        json_decref(patch);
        json_decref(result);
    }
}

static void a_value_that_holds_itself_is_not_written_forever(void **state)
{
    (void)state;
    json_t *a = json_array(), *b = json_array();
    qn_buf out;
    json_array_append(a, b);
    json_array_append(b, a);
    qn_buf_init(&out, 0);
    assert_int_equal(qn_json_write(&out, a, false), QN_EINVAL);
    qn_buf_free(&out);
    json_array_clear(b);
    json_decref(a);
    json_decref(b);
}

/* ---- each allocation fails in turn ------------------------------------------------------------------------------- */

static const char rich[] =
    "{\"title\":\"a\\u00e9\",\"k\\u0065y\":[1,2.5,true,null,{\"deep\":{\"er\":[\"x\\ny\"]}}],\"z\":-1,"
    "\"m1\":1,\"m2\":2,\"m3\":3,\"m4\":4,\"m5\":5,\"m6\":6,\"m7\":7,\"m8\":8}";

static void *counted_malloc(size_t n)
{
    return __wrap_malloc(n);
}

static int fail_jansson_too(void **state)
{
    (void)state;
    json_set_alloc_funcs(counted_malloc, free);
    return 0;
}

static int jansson_as_before(void **state)
{
    (void)state;
    oom_end();
    json_set_alloc_funcs(malloc, free);
    return 0;
}

static void reading_survives_each_allocation_that_fails(void **state)
{
    (void)state;
    bool hit = true;
    long n = 0;
    for (; hit; n++) {
        json_t *v = NULL;
        oom_start(n);
        int rc = qn_json_parse(&v, qn_str_of(rich), NULL, NULL);
        hit = oom_end();
        assert_int_equal(rc, hit ? QN_ENOMEM : 0);
        json_decref(v);
    }
    assert_true(n > 20);
}

static void a_fault_is_told_even_when_memory_is_out(void **state)
{
    (void)state;
    bool hit = true;
    for (long n = 0; hit; n++) {
        json_t *v = NULL;
        qn_json_fault f = { .code = NULL };
        oom_start(n);
        int rc = qn_json_parse(&v, QN_STR("{\"a\\nb\":[1,?]}"), NULL, &f);
        hit = oom_end();
        assert_null(v);
        if (rc == QN_EINVAL)
            assert_string_equal(f.code, "malformed");
        else
            assert_true(hit && rc == QN_ENOMEM);
    }
}

static void writing_survives_each_allocation_that_fails(void **state)
{
    (void)state;
    json_t *v = read_case(rich);
    for (int sort = 0; sort < 2; sort++) {
        bool hit = true;
        for (long n = 0; hit; n++) {
            qn_buf b;
            qn_buf_init(&b, 0);
            oom_start(n);
            int rc = qn_json_write(&b, v, sort);
            hit = oom_end();
            assert_int_equal(rc, hit ? QN_ENOMEM : 0);
            qn_buf_free(&b);
        }
    }
    json_decref(v);
}

static void merging_survives_each_allocation_that_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(merges); i++) {
        json_t *target = read_case(merges[i].target), *patch = read_case(merges[i].patch);
        bool hit = true;
        for (long n = 0; hit; n++) {
            oom_start(n);
            json_t *result = qn_json_merge_patch(target, patch);
            hit = oom_end();
            if (hit)
                assert_null(result);
            else
                assert_written(result, false, merges[i].result);
            json_decref(result);
            if (target) assert_written(target, false, merges[i].target);
        }
        json_decref(target);
        json_decref(patch);
    }
}

int main(void)
{
#define OOM(name) cmocka_unit_test_setup_teardown(name, fail_jansson_too, jansson_as_before)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_again),
        cmocka_unit_test(keys_are_sorted_by_their_bytes_when_asked),
        cmocka_unit_test(every_double_comes_back_as_it_was),
        cmocka_unit_test(each_fault_has_its_code_its_pointer_and_its_place),
        cmocka_unit_test(depth_and_size_keep_to_their_limits),
        cmocka_unit_test(long_numbers_and_pointers_are_cut_or_refused_not_overrun),
        cmocka_unit_test(hostile_texts_take_linear_time),
        cmocka_unit_test(json_test_suite_is_answered_as_it_says),
        cmocka_unit_test(pointers_escape_tilde_and_slash),
        cmocka_unit_test(merge_patch_does_what_rfc_7396_says_and_changes_neither_side),
        cmocka_unit_test(a_value_that_holds_itself_is_not_written_forever),
        OOM(reading_survives_each_allocation_that_fails),
        OOM(a_fault_is_told_even_when_memory_is_out),
        OOM(writing_survives_each_allocation_that_fails),
        OOM(merging_survives_each_allocation_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
