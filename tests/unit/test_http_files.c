#include "httpfixture.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>

/*
 * Files as answers, and parts of answers. `large` is a file that goes from page cache to socket, `text` one that is
 * read and coded; the route /parts answers with a body in three pieces.
 */
enum { LARGE = 8 * 1024 * 1024, TEXT = 20000 };

static char folder[200], *large, *text;
static atomic_int answered;

static void on_gone(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&ended, 1);
}

static void on_file(qn_req *req, void *ctx)
{
    char path[300];
    (void)ctx;
    qn_str name = qn_req_param(req, "name");
    snprintf(path, sizeof path, "%s/%.*s", folder, QN_FMT(name));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    qn_arena_defer(qn_req_arena(req), on_gone, NULL);
    if (fd < 0 || qn_reply_file(req, fd, qn_media_type_of(name))) qn_fail_req(req, 404, NULL, "no such file");
    atomic_fetch_add(&answered, 1);
}

/* A tag of the kind that the query names. */
static void on_parts(qn_req *req, void *ctx)
{
    (void)ctx;
    size_t n;
    const qn_pair *q = qn_req_query(req, &n);
    struct iovec parts[] = { { text, 100 }, { text + 100, 1 }, { text + 101, TEXT - 101 } };
    if (n && qn_str_eqz(q->name, "weak")) qn_res_header(req, "ETag", QN_STR("W/\"v7\""));
    if (!n) qn_res_header(req, "ETag", QN_STR("\"v7\""));
    qn_res_header(req, "Last-Modified", QN_STR("Sat, 21 Nov 2020 10:00:00 GMT"));
    qn_reply(req, n && qn_str_eqz(q->name, "made") ? 201 : 200, "text/plain", parts, 3);
}

static void add_routes(void)
{
    const qn_route routes[] = {
        { .methods = QN_GET, .pattern = "/file/{name}", .fn = on_file },
        { .methods = QN_GET | QN_POST, .pattern = "/parts", .fn = on_parts },
    };
    for (size_t i = 0; i < COUNT(routes); i++) assert_int_equal(qn_router_add(f.router, &routes[i]), 0);
}

/* ---- help ------------------------------------------------------------------------------------------------------ */

static void write_file(const char *name, const char *p, size_t n)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    for (size_t at = 0; at < n;) {
        ssize_t k = write(fd, p + at, n - at);
        assert_true(k > 0);
        at += (size_t)k;
    }
    close(fd);
}

/* An answer apart: head and body. Free `all`. */
typedef struct {
    qn_buf all;
    const char *body;
    size_t n;
} answer;

static answer ask(const char *target, const char *headers)
{
    char request[1500];
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n" H "%s" LAST, target, headers);
    answer a = { .all = exchange(request) };
    char *end = strstr(a.all.p, "\r\n\r\n");
    assert_non_null(end);
    a.body = end + 4;
    a.n = a.all.n - 1 - (size_t)(a.body - a.all.p);
    end[2] = '\0'; /* what is looked for in the head is not found in the body */
    return a;
}

static void drop(answer *a)
{
    qn_buf_free(&a->all);
}

/* A header's value, copied. */
static void header_of(char out[200], const answer *a, const char *name)
{
    char key[60];
    snprintf(key, sizeof key, "\r\n%s: ", name);
    const char *at = strstr(a->all.p, key);
    if (!at) fail_msg("there is no %s in\n%s", name, a->all.p);
    at += strlen(key);
    snprintf(out, 200, "%.*s", (int)strcspn(at, "\r"), at);
}

static void expect_head(const answer *a, const char *what)
{
    bool absent = what[0] == '!';
    if ((strstr(a->all.p, what + absent) != NULL) == absent) fail_msg("\"%s\" in\n%s", what, a->all.p);
}

static void expect_bytes(const answer *a, const char *p, size_t n)
{
    assert_int_equal(a->n, n);
    assert_memory_equal(a->body, p, n);
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

static void a_file_arrives_whole_with_all_that_is_to_be_told_of_it(void **state)
{
    (void)state;
    START();
    answer a = ask("/file/large.png", "");
    static const char *const heads[] = { "HTTP/1.1 200 ",
                                         "Content-Type: image/png\r\n",
                                         "Content-Length: 8388608\r\n",
                                         "Accept-Ranges: bytes\r\n",
                                         "Last-Modified: ",
                                         "ETag: \"",
                                         "X-Content-Type-Options: nosniff\r\n",
                                         "!Vary",
                                         "!Content-Encoding" };
    for (size_t i = 0; i < COUNT(heads); i++) expect_head(&a, heads[i]);
    expect_bytes(&a, large, LARGE);
    drop(&a);
    EXPECT("HEAD /file/large.png HTTP/1.1\r\n" H "\r\nHEAD /file/text.css HTTP/1.1\r\n" H "\r\n"
           "GET /file/empty.png HTTP/1.1\r\n" H LAST,
           "Content-Length: 8388608\r\n", "Content-Type: text/css", "Content-Length: 20000\r\n", "\r\n\r\nHTTP/1.1 200",
           "Content-Length: 0\r\n");
    EXPECT("GET /file/.. HTTP/1.1\r\n" H LAST, "HTTP/1.1 404");
    wait_for(&ended, 5);
    stop();
}

static void a_text_is_coded_and_a_picture_is_not(void **state)
{
    (void)state;
    START();
    answer plain = ask("/file/text.css", ""), coded = ask("/file/text.css", "Accept-Encoding: gzip\r\n");
    answer picture = ask("/file/small.png", "Accept-Encoding: gzip, br\r\n");
    expect_bytes(&plain, text, TEXT);
    expect_head(&plain, "Vary: Accept-Encoding\r\n");
    expect_head(&plain, "!Content-Encoding");
    expect_head(&coded, "Vary: Accept-Encoding\r\n");
    expect_head(&coded, "Content-Encoding: gzip\r\n");
    expect_head(&coded, "-gz\"\r\n");
    assert_true(coded.n < TEXT / 2);
    expect_head(&picture, "!Content-Encoding");
    expect_head(&picture, "!Vary");
    expect_bytes(&picture, text, TEXT);
    drop(&plain), drop(&coded), drop(&picture);
    EXPECT("GET /file/large.png HTTP/1.1\r\n" H "Accept-Encoding: identity;q=0\r\n" LAST, "HTTP/1.1 200");
    EXPECT("GET /file/large.txt HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST, "HTTP/1.1 200", "!Content-Encoding");
    EXPECT("GET /file/large.txt HTTP/1.1\r\n" H "Accept-Encoding: gzip, identity;q=0\r\n" LAST, "HTTP/1.1 406");
    stop();
}

static void conditions_are_answered_for_files(void **state)
{
    (void)state;
    static const char *const targets[] = { "/file/large.png", "/file/text.css" };
    START();
    for (size_t i = 0; i < COUNT(targets); i++) {
        char tag[200], date[200], line[300];
        answer a = ask(targets[i], "");
        header_of(tag, &a, "ETag");
        header_of(date, &a, "Last-Modified");
        drop(&a);
        const struct {
            const char *name, *value;
            int status;
        } cases[] = { { "If-None-Match", tag, 304 },
                      { "If-None-Match", "\"x\"", 200 },
                      { "If-Modified-Since", date, 304 },
                      { "If-Modified-Since", "Sat, 21 Nov 2020 10:00:00 GMT", 200 },
                      { "If-Match", tag, 200 },
                      { "If-Match", "\"x\"", 412 },
                      { "If-Unmodified-Since", "Sat, 21 Nov 2020 10:00:00 GMT", 412 },
                      { "Range: bytes=0-3\r\nIf-None-Match", tag, 304 },
                      { "Range: bytes=0-3\r\nIf-Match", "\"x\"", 412 } };
        for (size_t k = 0; k < COUNT(cases); k++) {
            snprintf(line, sizeof line, "%s: %s\r\n", cases[k].name, cases[k].value);
            a = ask(targets[i], line);
            if (atoi(a.all.p + 9) != cases[k].status) fail_msg("%s: %s", line, a.all.p);
            if (cases[k].status == 304) assert_int_equal(a.n, 0);
            drop(&a);
        }
    }
    stop();
}

static void what_has_just_changed_has_a_weak_tag_and_no_ranges(void **state)
{
    (void)state;
    START();
    write_file("fresh.png", text, 1000);
    answer a = ask("/file/fresh.png", "Range: bytes=0-9\r\n");
    expect_head(&a, "HTTP/1.1 200 ");
    expect_head(&a, "ETag: W/\"");
    expect_bytes(&a, text, 1000);
    drop(&a);
    stop();
}

static void a_file_of_another_kind_is_refused(void **state)
{
    (void)state;
    START();
    EXPECT("GET /file/folder HTTP/1.1\r\n" H LAST, "HTTP/1.1 404");
    stop();
}

static void a_file_that_becomes_shorter_ends_the_connection(void **state)
{
    (void)state;
    char path[300];
    START();
    write_file("cut.png", large, LARGE);
    int s = dial(4096), before = atomic_load(&answered);
    say(s, "GET /file/cut.png HTTP/1.1\r\n" H "\r\n");
    wait_for(&answered, before + 1);
    snprintf(path, sizeof path, "%s/cut.png", folder);
    assert_int_equal(truncate(path, 10000), 0);
    qn_buf b;
    qn_buf_init(&b, 0);
    get_all(s, &b);
    assert_true(has(&b, "Content-Length: 8388608\r\n") && b.n < LARGE);
    qn_buf_free(&b);
    close(s);
    wait_for(&ended, 1);
    stop();
}

static void a_reader_that_stops_is_given_up_and_one_that_goes_away_noticed(void **state)
{
    (void)state;
    START("server.write_timeout_ms=200");
    int s = dial(4096), t = dial(4096);
    say(s, "GET /file/large.png HTTP/1.1\r\n" H "\r\n");
    wait_for(&ended, 1);
    say(t, "GET /file/large.png HTTP/1.1\r\n" H "\r\n");
    close(t);
    wait_for(&ended, 2);
    close(s);
    stop();
}

static void the_connection_goes_on_after_a_file(void **state)
{
    (void)state;
    START();
    EXPECT("GET /file/small.png HTTP/1.1\r\n" H "\r\nGET /file/small.png HTTP/1.1\r\n" H "Range: bytes=5-6\r\n\r\n"
           "GET /file/small.png HTTP/1.1\r\n" H "Range: bytes=0-0,300-300\r\n\r\nGET /none HTTP/1.1\r\n" H LAST,
           "HTTP/1.1 200", "Content-Range: bytes 5-6/20000\r\n", "--\r\nHTTP/1.1 404");
    stop();
}

/* ---- ranges ---------------------------------------------------------------------------------------------------- */

typedef struct {
    const char *target, *whole;
    size_t size;
} source;

static source sources[3];

static void one_range_is_answered_with_its_bytes(void **state)
{
    (void)state;
    START();
    for (size_t i = 0; i < COUNT(sources); i++) {
        const source *s = &sources[i];
        const struct {
            const char *range;
            size_t at, n;
        } cases[] = { { "0-0", 0, 1 },
                      { "99-101", 99, 3 },
                      { "5000-", 5000, s->size - 5000 },
                      { "-7", s->size - 7, 7 },
                      { "0-99999999999", 0, s->size },
                      { "10-19,15-30", 10, 21 },
                      { "10-19,99999999-", 10, 10 } };
        for (size_t k = 0; k < COUNT(cases); k++) {
            char line[200], range[200];
            snprintf(line, sizeof line, "Range: bytes=%s\r\nAccept-Encoding: br\r\n", cases[k].range);
            answer a = ask(s->target, line);
            expect_head(&a, "HTTP/1.1 206 Partial Content\r\n");
            snprintf(range, sizeof range, "Content-Range: bytes %zu-%zu/%zu\r\n", cases[k].at,
                     cases[k].at + cases[k].n - 1, s->size);
            expect_head(&a, range);
            expect_head(&a, "ETag: \"");
            expect_head(&a, "!Content-Encoding");
            expect_head(&a, "!-br\"");
            expect_bytes(&a, s->whole + cases[k].at, cases[k].n);
            drop(&a);
        }
    }
    stop();
}

static void several_ranges_are_parts(void **state)
{
    (void)state;
    START();
    for (size_t i = 0; i < COUNT(sources); i++) {
        const source *s = &sources[i];
        static const size_t at[] = { 9000, 0, 95 };
        const size_t n[] = { 700, 2, 10 };
        char type[200], mark[210], head[600];
        answer a = ask(s->target, "Range: bytes=9000-9699, 0-1,95-104\r\n");
        expect_head(&a, "HTTP/1.1 206 ");
        expect_head(&a, "!Content-Range");
        header_of(type, &a, "Content-Type");
        assert_true(strncmp(type, "multipart/byteranges; boundary=", 31) == 0);
        snprintf(mark, sizeof mark, "--%s", type + 31);
        const char *p = a.body;
        for (size_t k = 0; k < COUNT(at); k++) {
            int len =
                snprintf(head, sizeof head, "%s%s\r\nContent-Type: %s\r\nContent-Range: bytes %zu-%zu/%zu\r\n\r\n",
                         k ? "\r\n" : "", mark,
                         i == 0   ? "image/png"
                         : i == 1 ? "text/css; charset=utf-8"
                                  : "text/plain",
                         at[k], at[k] + n[k] - 1, s->size);
            assert_memory_equal(p, head, (size_t)len);
            assert_memory_equal(p + len, s->whole + at[k], n[k]);
            p += (size_t)len + n[k];
        }
        int len = snprintf(head, sizeof head, "\r\n%s--\r\n", mark);
        assert_memory_equal(p, head, (size_t)len);
        assert_ptr_equal(p + len, a.body + a.n);
        snprintf(head, sizeof head, "Content-Length: %zu\r\n", a.n);
        expect_head(&a, head);
        drop(&a);
    }
    stop();
}

static void ranges_that_lie_outside_are_416(void **state)
{
    (void)state;
    START();
    for (size_t i = 0; i < COUNT(sources); i++) {
        static const char *const ranges[] = { "99999999-", "-0", "99999999-,-0" };
        for (size_t k = 0; k < COUNT(ranges); k++) {
            char line[200], range[200];
            snprintf(line, sizeof line, "Range: bytes=%s\r\n", ranges[k]);
            answer a = ask(sources[i].target, line);
            expect_head(&a, "HTTP/1.1 416 Range Not Satisfiable\r\n");
            snprintf(range, sizeof range, "Content-Range: bytes */%zu\r\n", sources[i].size);
            expect_head(&a, range);
            expect_head(&a, "Content-Type: application/problem+json\r\n");
            expect_head(&a, "!ETag");
            drop(&a);
        }
    }
    stop();
}

static void what_is_no_range_is_answered_with_the_whole(void **state)
{
    (void)state;
    static const char *const lines[] = { "Range: lines=1-2\r\n",
                                         "Range: bytes=5-2\r\n",
                                         "Range: bytes=0-1,x\r\n",
                                         "Range: bytes=0-0\r\nRange: bytes=0-0\r\n",
                                         "Range: bytes=0-1\r\nAccept-Encoding: gzip, identity;q=0\r\n",
                                         "Range: bytes=0-1\r\nIf-Range: \"x\"\r\n",
                                         "Range: bytes=99999999-\r\nIf-Range: \"x\"\r\n",
                                         "Range: bytes=0-1\r\nIf-Range: yesterday\r\n",
                                         "Range: bytes=0-1\r\nIf-Range: Sat, 21 Nov 2020 10:00:01 GMT\r\n",
                                         "Range: bytes=0-1\r\nIf-Range: W/\"v7\"\r\n",
                                         "Range: bytes=0-1\r\nIf-Range: \"v7-gz\"\r\n" };
    START();
    for (size_t k = 0; k < COUNT(lines); k++) {
        answer a = ask("/parts", lines[k]);
        expect_head(&a, "HTTP/1.1 200 ");
        expect_head(&a, "!Content-Range");
        if (!strstr(lines[k], "gzip")) expect_bytes(&a, text, TEXT);
        drop(&a);
    }
    EXPECT("GET /parts?weak HTTP/1.1\r\n" H "Range: bytes=0-1\r\n" LAST, "HTTP/1.1 200");
    EXPECT("GET /parts?none HTTP/1.1\r\n" H "Range: bytes=0-1\r\n" LAST, "HTTP/1.1 200");
    EXPECT("GET /parts?made HTTP/1.1\r\n" H "Range: bytes=0-1\r\n" LAST, "HTTP/1.1 201");
    EXPECT("HEAD /parts HTTP/1.1\r\n" H "Range: bytes=0-1\r\n" LAST, "HTTP/1.1 200", "Content-Length: 20000\r\n");
    EXPECT("POST /parts HTTP/1.1\r\n" H "Range: bytes=0-1\r\n" LAST, "HTTP/1.1 200");
    stop();
}

static void if_range_lets_a_range_pass_where_nothing_has_changed(void **state)
{
    (void)state;
    START();
    for (size_t i = 0; i < COUNT(sources); i++) {
        char tag[200], date[200], line[600];
        answer a = ask(sources[i].target, "");
        header_of(tag, &a, "ETag");
        header_of(date, &a, "Last-Modified");
        drop(&a);
        const char *const validators[] = { tag, date };
        for (size_t k = 0; k < COUNT(validators); k++) {
            snprintf(line, sizeof line, "Range: bytes=0-9\r\nIf-Range: %s\r\n", validators[k]);
            a = ask(sources[i].target, line);
            expect_head(&a, "HTTP/1.1 206 ");
            expect_bytes(&a, sources[i].whole, 10);
            drop(&a);
        }
    }
    /* The tag of a coded form names other bytes. */
    answer a = ask("/parts", "Accept-Encoding: gzip\r\n");
    expect_head(&a, "ETag: \"v7-gz\"\r\n");
    drop(&a);
    a = ask("/parts", "Accept-Encoding: gzip\r\nRange: bytes=0-9\r\nIf-Range: \"v7-gz\"\r\n");
    expect_head(&a, "HTTP/1.1 200 ");
    expect_head(&a, "Content-Encoding: gzip\r\n");
    drop(&a);
    a = ask("/parts", "Accept-Encoding: gzip\r\nRange: bytes=0-9\r\nIf-Range: \"v7\"\r\n");
    expect_head(&a, "HTTP/1.1 206 ");
    expect_head(&a, "ETag: \"v7\"\r\n");
    expect_head(&a, "Vary: Accept-Encoding\r\n");
    drop(&a);
    stop();
}

static void greedy_ranges_cost_no_more_than_the_whole(void **state)
{
    (void)state;
    START();
    for (size_t i = 0; i < COUNT(sources); i++) {
        qn_buf line;
        qn_buf_init(&line, 0);
        qn_buf_printf(&line, "GET %s HTTP/1.1\r\n" H "Range: bytes=0-", sources[i].target);
        for (int k = 1; k < 1300; k++) qn_buf_printf(&line, ",%d-", k % 9);
        qn_buf_addz(&line, "\r\n" LAST);
        qn_buf_addc(&line, '\0');
        qn_buf all = exchange(line.p);
        assert_true(has(&all, "HTTP/1.1 200 ") && all.n < sources[i].size + 1000);
        qn_buf_free(&all);
        qn_buf_free(&line);
        answer a = ask(sources[i].target, "Range: bytes=0-,1-,2-,3-,-4000,-4001\r\n");
        expect_head(&a, "HTTP/1.1 206 ");
        expect_bytes(&a, sources[i].whole, sources[i].size);
        drop(&a);
    }
    stop();
}

/* ---- the files ------------------------------------------------------------------------------------------------- */

/* A tag is strong only once a file has rested. */
static void let_rest(const char *name)
{
    char path[300];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(stat(path, &st), 0);
    while (time(NULL) < st.st_ctim.tv_sec + 3) usleep(50000);
}

static int make(void **state)
{
    char path[300];
    const char *tmp = getenv("TMPDIR");
    (void)state;
    signal(SIGPIPE, SIG_IGN); /* as the server's processes do */
    snprintf(folder, sizeof folder, "%s/files.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) return -1;
    large = malloc(LARGE);
    text = malloc(TEXT);
    for (size_t i = 0; i < LARGE; i++) large[i] = (char)(i * i / 7 + i);
    for (size_t i = 0; i < TEXT; i++) text[i] = (char)('a' + i / 100 % 26);
    write_file("large.png", large, LARGE);
    write_file("large.txt", large, LARGE);
    write_file("small.png", text, TEXT);
    write_file("text.css", text, TEXT);
    write_file("empty.png", text, 0);
    snprintf(path, sizeof path, "%s/folder", folder);
    mkdir(path, 0755);
    let_rest("empty.png");
    sources[0] = (source){ "/file/large.png", large, LARGE };
    sources[1] = (source){ "/file/text.css", text, TEXT };
    sources[2] = (source){ "/parts", text, TEXT };
    return 0;
}

static int clear(void **state)
{
    char line[300];
    (void)state;
    free(large);
    free(text);
    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    return system(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_arrives_whole_with_all_that_is_to_be_told_of_it),
        cmocka_unit_test(a_text_is_coded_and_a_picture_is_not),
        cmocka_unit_test(conditions_are_answered_for_files),
        cmocka_unit_test(what_has_just_changed_has_a_weak_tag_and_no_ranges),
        cmocka_unit_test(a_file_of_another_kind_is_refused),
        cmocka_unit_test(a_file_that_becomes_shorter_ends_the_connection),
        cmocka_unit_test(a_reader_that_stops_is_given_up_and_one_that_goes_away_noticed),
        cmocka_unit_test(the_connection_goes_on_after_a_file),
        cmocka_unit_test(one_range_is_answered_with_its_bytes),
        cmocka_unit_test(several_ranges_are_parts),
        cmocka_unit_test(ranges_that_lie_outside_are_416),
        cmocka_unit_test(what_is_no_range_is_answered_with_the_whole),
        cmocka_unit_test(if_range_lets_a_range_pass_where_nothing_has_changed),
        cmocka_unit_test(greedy_ranges_cost_no_more_than_the_whole),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
