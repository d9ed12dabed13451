/* Bodies that pass through bit by bit. */
#include "streamfixture.h"

static char *large;

static unsigned long long sum_of(const char *p, size_t n)
{
    unsigned long long sum = 0;
    for (size_t i = 0; i < n; i++) sum = sum * 31 + (unsigned char)p[i];
    return sum;
}

static void expect_large_taken(int s)
{
    char text[64];
    qn_buf b;
    qn_buf_init(&b, 0);
    snprintf(text, sizeof text, "\r\n\r\n%d %llu", LARGE, sum_of(large, LARGE));
    get_until(s, &b, text);
    assert_true(has(&b, "HTTP/1.1 200"));
    qn_buf_free(&b);
}

static void a_body_larger_than_any_that_is_kept_passes_through(void **state)
{
    (void)state;
    char head[200];
    START("server.max_body_bytes=1000");
    int s = dial(0);
    snprintf(head, sizeof head, "POST /take HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", LARGE);
    say(s, head);
    put(s, large, LARGE);
    expect_large_taken(s);
    say(s, "POST /take HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < LARGE; at += 65536) {
        say(s, "10000;name=value\r\n");
        put(s, large + at, 65536);
        say(s, "\r\n");
    }
    say(s, "0\r\nTrailer: dropped\r\n\r\n");
    expect_large_taken(s);
    close(s);
    wait_for(&ended, 2);
    stop();
}

static void a_body_that_is_none_ends_at_once(void **state)
{
    (void)state;
    START();
    EXPECT("POST /take HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\nPOST /take HTTP/1.1\r\n" H "\r\n"
           "POST /late HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" LAST "0\r\n\r\n",
           "HTTP/1.1 200", "\r\n\r\n0 0HTTP/1.1 200", "\r\n\r\n0 0");
    wait_for(&ended, 3);
    stop();
}

static void only_media_types_that_the_route_streams_are_streamed(void **state)
{
    (void)state;
    START("server.max_body_bytes=100");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/plain\r\nContent-Length: 3\r\n" LAST "abc", "\r\n\r\nabc");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/lines; x=1\r\nContent-Length: 3\r\n" LAST "abc",
           "\r\n\r\n3 96354");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/html\r\nContent-Length: 3\r\n\r\nabc"
           "POST /lines HTTP/1.1\r\n" H "Content-Type: text/lines\r\nContent-Length: 3\r\n" LAST "abc",
           "HTTP/1.1 415", "3 96354");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Content-Type: text/plain\r\nContent-Length: 101\r\n\r\n", "HTTP/1.1 413");
    stop();
}

static void a_pause_holds_the_client_back_and_loses_nothing(void **state)
{
    (void)state;
    char head[200];
    START();
    int s = dial(0);
    snprintf(head, sizeof head, "POST /slowly HTTP/1.1\r\n" H "Content-Length: %d\r\n\r\n", LARGE);
    say(s, head);
    put(s, large, LARGE);
    expect_large_taken(s);
    close(s);
    stop();
}

/* In one turn of the loop the handler goes on and more is there to be read: what was read ahead comes first. */
static void a_handler_that_goes_on_gets_what_was_read_ahead_before_what_has_just_come(void **state)
{
    static const char body[] = "aaaaabbbbbcccccccccccccccccccc";
    char text[64];
    (void)state;
    assert_int_equal(pipe(knocks), 0);
    START();
    atomic_store(&taken, 0);
    int s = dial(0);
    say(s, "POST /knocked HTTP/1.1\r\n" H "Content-Length: 30\r\n\r\n");
    put(s, body, 5);
    for (int i = 0; i < WAIT_MS && atomic_load(&taken) < 5; i++) usleep(1000);
    put(s, body + 5, 5);
    usleep(50000); /* it is read ahead, because the handler pauses */
    assert_int_equal(write(knocks[1], "s", 1), 1);
    usleep(20000); /* the loop is held up, so that it finds both in one turn */
    assert_int_equal(write(knocks[1], "r", 1), 1);
    put(s, body + 10, 20);
    usleep(200000);
    assert_int_equal(write(knocks[1], "rr", 2), 2);
    qn_buf b;
    qn_buf_init(&b, 0);
    snprintf(text, sizeof text, "\r\n\r\n30 %llu", sum_of(body, 30));
    get_until(s, &b, text);
    qn_buf_free(&b);
    close(s);
    stop();
    close(knocks[0]);
    close(knocks[1]);
}

static void what_is_not_read_stays_with_the_client(void **state)
{
    (void)state;
    START();
    atomic_store(&taken, 0);
    int s = dial(0);
    long long sent = 0;
    say(s, "POST /one HTTP/1.1\r\n" H "Content-Length: 1000000000000\r\n\r\n");
    for (int idle = 0; idle < 20;) { /* until the socket has taken nothing for a while */
        ssize_t n = send(s, large, 65536, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            usleep(10000), idle++;
        else
            sent += n, idle = 0;
        assert_true(sent < 64 * 1024 * 1024);
    }
    assert_true(atomic_load(&taken) <= 65536);
    struct linger none = { 1, 0 }; /* its end could not get past what was not read */
    setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(s);
    wait_for(&ended, 1);
    stop();
}

/* What is sent is taken by the sockets, not by the handler; then the client goes. Requests have 30 s here. */
static void a_client_that_goes_away_while_its_body_waits_is_noticed_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *framing, *lead;
        size_t n;
    } cases[] = { { "Content-Length: 1000000", "", 100 },
                  { "Content-Length: 1000000", "", 60000 },
                  { "Transfer-Encoding: chunked", "3e8\r\n", 500 },
                  { "Transfer-Encoding: chunked", "ea60\r\n", 50000 },
                  { "Transfer-Encoding: chunked", "fffff\r\n", 100000 } };
    START();
    for (size_t i = 0; i < COUNT(cases); i++) {
        char head[200];
        int s = dial(0);
        atomic_store(&taken, 0);
        snprintf(head, sizeof head, "POST /one HTTP/1.1\r\n" H "%s\r\n\r\n%s", cases[i].framing, cases[i].lead);
        say(s, head);
        put(s, large, 1);
        while (!atomic_load(&taken)) usleep(1000);
        put(s, large, cases[i].n);
        close(s);
        wait_for(&ended, (int)i + 1);
    }
    stop();
}

static void a_client_that_ends_its_side_behind_a_whole_body_gets_its_answer(void **state)
{
    (void)state;
    static const size_t sizes[] = { 10, 30000, 300000 };
    START();
    for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
        char head[200], text[64];
        size_t n = sizes[i / 2];
        qn_buf b;
        qn_buf_init(&b, 0);
        int s = dial(0);
        snprintf(head, sizeof head,
                 i % 2 ? "POST /slowly HTTP/1.1\r\n" H "Content-Length: %zu\r\n\r\n"
                       : "POST /slowly HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n%zx\r\n",
                 n);
        say(s, head);
        put(s, large, n);
        if (i % 2 == 0) say(s, "\r\n0\r\nTrailer: dropped\r\n\r\n");
        shutdown(s, SHUT_WR);
        get_all(s, &b);
        snprintf(text, sizeof text, "\r\n\r\n%zu %llu", n, sum_of(large, n));
        if (!has(&b, text)) fail_msg("%s: %.*s", head, QN_FMT(qn_buf_str(&b)));
        qn_buf_free(&b);
        close(s);
    }
    stop();
}

static void a_reset_behind_the_end_of_a_whole_body_is_noticed_too(void **state)
{
    (void)state;
    START();
    int s = dial(0);
    atomic_store(&taken, 0);
    say(s, "POST /one HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\na");
    while (!atomic_load(&taken)) usleep(1000);
    say(s, "bc");
    shutdown(s, SHUT_WR);
    usleep(20000);
    struct linger none = { 1, 0 };
    setsockopt(s, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    close(s);
    wait_for(&ended, 1);
    stop();
}

static void a_handler_that_pauses_for_too_long_is_ended(void **state)
{
    (void)state;
    START();
    EXPECT("POST /soon HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab", "HTTP/1.1 503", "/problems/timeout",
           "Connection: close");
    wait_for(&ended, 1);
    stop();
}

static void a_handler_may_refuse_the_body(void **state)
{
    (void)state;
    START();
    EXPECT("POST /refuse HTTP/1.1\r\n" H "Content-Length: 1000000000\r\n\r\nab", "HTTP/1.1 403", "Connection: close");
    EXPECT("POST /midway HTTP/1.1\r\n" H "Content-Length: 1000000000\r\n\r\nab", "HTTP/1.1 422", "Connection: close");
    wait_for(&ended, 2);
    /* One that is whole already leaves the connection as it is. */
    EXPECT("POST /refuse HTTP/1.1\r\n" H "Content-Length: 0\r\n\r\nPOST /take HTTP/1.1\r\n" H
           "Content-Length: 1\r\n" LAST "a",
           "HTTP/1.1 403", "HTTP/1.1 200");
    stop();
}

static void the_body_is_asked_for_when_the_handler_wants_it(void **state)
{
    (void)state;
    static const char *const routes[] = { "take", "late" };
    START();
    qn_buf b;
    qn_buf_init(&b, 0);
    for (size_t i = 0; i < COUNT(routes); i++) {
        char head[200];
        snprintf(head, sizeof head, "POST /%s HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
                 routes[i]);
        int s = dial(0);
        say(s, head);
        get_until(s, &b, "\r\n\r\n");
        assert_string_equal(b.p, "HTTP/1.1 100 Continue\r\n\r\n");
        say(s, "ab");
        get_until(s, &b, "2 3105");
        qn_buf_clear(&b);
        close(s);
    }
    qn_buf_free(&b);
    EXPECT("POST /refuse HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 403",
           "!100 Continue");
    EXPECT("POST /lines HTTP/1.1\r\n" H "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n", "HTTP/1.1 415",
           "!100 Continue");
    stop();
}

static void a_broken_or_stalled_body_ends_the_request(void **state)
{
    (void)state;
    START("server.body_timeout_ms=100");
    EXPECT("POST /take HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n2\r\nabX", "HTTP/1.1 400",
           "Connection: close");
    EXPECT("POST /take HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab", "HTTP/1.1 408", "Connection: close");
    int s = dial(0);
    say(s, "POST /take HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nab");
    usleep(5000);
    close(s);
    wait_for(&ended, 3);
    stop();
}

static int make_large(void **state)
{
    (void)state;
    large = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++) large[i] = (char)(i * i / 7);
    return 0;
}

static int free_large(void **state)
{
    (void)state;
    free(large);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_larger_than_any_that_is_kept_passes_through),
        cmocka_unit_test(a_body_that_is_none_ends_at_once),
        cmocka_unit_test(only_media_types_that_the_route_streams_are_streamed),
        cmocka_unit_test(a_pause_holds_the_client_back_and_loses_nothing),
        cmocka_unit_test(a_handler_that_goes_on_gets_what_was_read_ahead_before_what_has_just_come),
        cmocka_unit_test(what_is_not_read_stays_with_the_client),
        cmocka_unit_test(a_client_that_goes_away_while_its_body_waits_is_noticed_at_once),
        cmocka_unit_test(a_client_that_ends_its_side_behind_a_whole_body_gets_its_answer),
        cmocka_unit_test(a_reset_behind_the_end_of_a_whole_body_is_noticed_too),
        cmocka_unit_test(a_handler_that_pauses_for_too_long_is_ended),
        cmocka_unit_test(a_handler_may_refuse_the_body),
        cmocka_unit_test(the_body_is_asked_for_when_the_handler_wants_it),
        cmocka_unit_test(a_broken_or_stalled_body_ends_the_request),
    };
    return cmocka_run_group_tests(tests, make_large, free_large);
}
