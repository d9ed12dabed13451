/* Answers that pass through bit by bit. */
#include "streamfixture.h"

static void a_streamed_answer_arrives_whole(void **state)
{
    (void)state;
    static const unsigned long long sizes[] = { 0, 1, CHUNK, 70000, 5000000 };
    START();
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char request[200], *body;
        snprintf(request, sizeof request, "GET /give/%llu HTTP/1.1\r\n" H LAST, sizes[i]);
        qn_buf b = exchange(request);
        assert_true(has(&b, "Transfer-Encoding: chunked\r\n") && !has(&b, "Content-Length"));
        assert_int_equal(unchunk(&b, &body), sizes[i]);
        assert_alphabet(body, sizes[i]);
        qn_buf_free(&b);
    }
    stop();
}

/* The body of an answer that was read to its end, decoded; freed by the caller. */
static char *inflated(qn_buf *b, size_t *n, size_t most)
{
    char *body, *out = malloc(most);
    long long coded = unchunk(b, &body);
    assert_true(coded > 0);
    z_stream z = {
        .avail_in = (uInt)coded, .next_in = (Bytef *)body, .next_out = (Bytef *)out, .avail_out = (uInt)most
    };
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.avail_in, 0);
    inflateEnd(&z);
    *n = most - z.avail_out;
    return out;
}

static void a_streamed_answer_is_coded_as_the_client_takes_it(void **state)
{
    (void)state;
    static const unsigned long long sizes[] = { 0, 1, CHUNK, 70000, 5000000 };
    START();
    for (size_t i = 0; i < COUNT(sizes); i++) {
        char request[200];
        size_t n;
        snprintf(request, sizeof request, "GET /give/%llu HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST, sizes[i]);
        qn_buf b = exchange(request);
        assert_true(has(&b, "Transfer-Encoding: chunked\r\n") && has(&b, "Content-Encoding: gzip\r\n") &&
                    has(&b, "Vary: Accept-Encoding\r\n") && !has(&b, "Content-Length"));
        assert_true(b.n < 1000 + sizes[i] / 10);
        char *text = inflated(&b, &n, (size_t)sizes[i] + 1);
        assert_int_equal(n, sizes[i]);
        assert_alphabet(text, n);
        free(text);
        qn_buf_free(&b);
    }
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: gzip;q=0.5, br\r\n" LAST, "Content-Encoding: br\r\n");
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: zstd, identity;q=0\r\n" LAST, "Content-Encoding: zstd\r\n");
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: identity, gzip;q=0.5\r\n" LAST, "!Content-Encoding",
           "Vary: Accept-Encoding\r\n", "\r\n\r\na\r\nabcdefghij\r\n0\r\n\r\n");
    EXPECT("HEAD /give/10 HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST, "Content-Encoding: gzip\r\n",
           "Vary: Accept-Encoding\r\n");
    EXPECT("GET /give/10 HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n", "Content-Encoding: gzip\r\n", "!chunked");
    stop();
}

static void what_is_written_by_and_by_is_readable_by_and_by_when_coded(void **state)
{
    (void)state;
    size_t n;
    START();
    qn_buf b = exchange("GET /given-late HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n" LAST);
    char *text = inflated(&b, &n, 5 * CHUNK + 1);
    assert_int_equal(n, 5 * CHUNK);
    assert_alphabet(text, n);
    free(text);
    qn_buf_free(&b);
    /* A piece, and then nothing any more: the piece was not held back in the encoder. */
    int s = dial(0);
    char out[2000], *end;
    qn_buf_init(&b, 0);
    say(s, "GET /given-once HTTP/1.1\r\n" H "Accept-Encoding: gzip\r\n\r\n");
    get_all(s, &b);
    close(s);
    end = memmem(b.p, b.n, "\r\n\r\n", 4);
    assert_non_null(end);
    char *data = memmem(end + 4, b.n - (size_t)(end + 4 - b.p), "\r\n", 2);
    assert_non_null(data);
    z_stream z = { .next_in = (Bytef *)data + 2,
                   .avail_in = (uInt)strtoul(end + 4, NULL, 16),
                   .next_out = (Bytef *)out,
                   .avail_out = sizeof out };
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_SYNC_FLUSH), Z_OK);
    inflateEnd(&z);
    assert_int_equal(sizeof out - z.avail_out, 1000);
    assert_alphabet(out, 1000);
    qn_buf_free(&b);
    stop();
}

static void a_reader_that_stops_stops_the_handler_when_coded_too(void **state)
{
    (void)state;
    START("server.write_timeout_ms=200");
    atomic_store(&produced, 0);
    int s = dial(4096);
    say(s, "GET /noise HTTP/1.1\r\n" H "Accept-Encoding: br\r\n\r\n");
    wait_for(&ended, 1);
    assert_true(atomic_load(&produced) < 2 * 1024 * 1024);
    close(s);
    stop();
}

static void http_1_0_gets_its_stream_up_to_the_connection_s_end(void **state)
{
    (void)state;
    START();
    qn_buf b = exchange("GET /give/100000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const char *body = strstr(b.p, "\r\n\r\n") + 4;
    assert_true(has(&b, "Connection: close\r\n") && !has(&b, "Transfer-Encoding") && !has(&b, "Content-Length"));
    assert_int_equal(b.p + b.n - 1 - body, 100000);
    assert_alphabet(body, 100000);
    qn_buf_free(&b);
    stop();
}

static void the_connection_goes_on_after_a_stream(void **state)
{
    (void)state;
    START();
    EXPECT("HEAD /give/10 HTTP/1.1\r\n" H "\r\nGET /give/3 HTTP/1.1\r\n" H "\r\nGET /given-late HTTP/1.1\r\n" H
           "\r\nPOST /both HTTP/1.1\r\n" H "Content-Length: 4\r\n" LAST "1234",
           "HTTP/1.1 200 OK\r\n", "\r\n\r\nHTTP/1.1 200", "3\r\nabc\r\n0\r\n\r\nHTTP/1.1 200",
           "4\r\nabcd\r\n0\r\n\r\n");
    stop();
}

static void what_is_written_by_and_by_arrives(void **state)
{
    (void)state;
    char *body;
    START();
    qn_buf b = exchange("GET /given-late HTTP/1.1\r\n" H LAST);
    assert_int_equal(unchunk(&b, &body), 5 * CHUNK);
    assert_alphabet(body, 5 * CHUNK);
    qn_buf_free(&b);
    stop();
}

static void a_stream_that_cannot_be_completed_looks_so(void **state)
{
    (void)state;
    static const char *const requests[] = { "GET /abort HTTP/1.1\r\n" H "\r\n",
                                            "GET /given-once HTTP/1.1\r\n" H "\r\n" };
    START();
    for (size_t i = 0; i < COUNT(requests); i++) {
        qn_buf b = exchange(requests[i]);
        assert_true(has(&b, "HTTP/1.1 200") && has(&b, "abcdefghij") && !has(&b, "\r\n0\r\n"));
        qn_buf_free(&b);
    }
    wait_for(&ended, 2);
    stop();
}

static void a_client_that_takes_no_streams_hears_so(void **state)
{
    (void)state;
    START();
    EXPECT("GET /give/10 HTTP/1.1\r\n" H "Accept-Encoding: identity;q=0\r\n" LAST, "HTTP/1.1 406");
    stop();
}

static void a_reader_that_stops_stops_the_handler(void **state)
{
    (void)state;
    START("server.write_timeout_ms=200");
    atomic_store(&produced, 0);
    int s = dial(4096);
    say(s, "GET /give/1000000000000 HTTP/1.1\r\n" H "\r\n");
    wait_for(&ended, 1);
    assert_true(atomic_load(&produced) < 2 * 1024 * 1024); /* two buffers here, the kernel's two */
    close(s);
    stop();
}

static void a_reader_that_goes_away_ends_the_request(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /give/1000000000000 HTTP/1.1\r\n" H "\r\n");
    get_until(s, &b, "abc");
    close(s);
    wait_for(&ended, 1);
    qn_buf_free(&b);
    stop();
}

static void a_slow_reader_gets_all_of_it(void **state)
{
    (void)state;
    char *body;
    START();
    int s = dial(4096);
    qn_buf b;
    qn_buf_init(&b, 0);
    say(s, "GET /give/1000000 HTTP/1.1\r\n" H LAST);
    usleep(50000);
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    assert_int_equal(unchunk(&b, &body), 1000000);
    assert_alphabet(body, 1000000);
    qn_buf_free(&b);
    close(s);
    stop();
}

static void a_server_that_ends_lets_streams_end(void **state)
{
    (void)state;
    START();
    int s = dial(4096), t = dial(0);
    qn_buf b;
    qn_buf_init(&b, 0);
    atomic_store(&taken, 0);
    say(t, "POST /take HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab");
    while (atomic_load(&taken) < 2) usleep(1000);
    say(s, "GET /give/500000 HTTP/1.1\r\n" H "\r\n");
    get_until(s, &b, "abc");
    command(DRAIN);
    say(t, "cde");
    get_all(s, &b);
    qn_buf_addc(&b, '\0');
    char *body;
    assert_int_equal(unchunk(&b, &body), 500000);
    qn_buf_clear(&b);
    get_all(t, &b);
    assert_true(has(&b, "5 92599395") && has(&b, "Connection: close"));
    close(s);
    close(t);
    qn_buf_free(&b);
    wait_for(&drained, 1);
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_streamed_answer_arrives_whole),
        cmocka_unit_test(a_streamed_answer_is_coded_as_the_client_takes_it),
        cmocka_unit_test(what_is_written_by_and_by_is_readable_by_and_by_when_coded),
        cmocka_unit_test(a_reader_that_stops_stops_the_handler_when_coded_too),
        cmocka_unit_test(http_1_0_gets_its_stream_up_to_the_connection_s_end),
        cmocka_unit_test(the_connection_goes_on_after_a_stream),
        cmocka_unit_test(what_is_written_by_and_by_arrives),
        cmocka_unit_test(a_stream_that_cannot_be_completed_looks_so),
        cmocka_unit_test(a_client_that_takes_no_streams_hears_so),
        cmocka_unit_test(a_reader_that_stops_stops_the_handler),
        cmocka_unit_test(a_reader_that_goes_away_ends_the_request),
        cmocka_unit_test(a_slow_reader_gets_all_of_it),
        cmocka_unit_test(a_server_that_ends_lets_streams_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
