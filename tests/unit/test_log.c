#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"

static int fd[2];
static char got[1 << 20];

static int open_log(void **state)
{
    (void)state;
    if (pipe(fd) || fcntl(fd[0], F_SETPIPE_SZ, 1 << 20) < 0) return -1;
    fcntl(fd[0], F_SETFL, O_NONBLOCK);
    qn_log_fd(fd[1]);
    qn_log_process("worker 1");
    qn_log_setup((qn_log_options){ .level = QN_LOG_DEBUG });
    return 0;
}

static int close_log(void **state)
{
    (void)state;
    qn_log_fd(-1);
    close(fd[0]);
    close(fd[1]);
    return 0;
}

/* Everything logged since the last call, NUL-terminated. */
static const char *logged(void)
{
    ssize_t n = read(fd[0], got, sizeof got - 1);
    got[n > 0 ? n : 0] = '\0';
    return got;
}

/* What stands behind the time, which is only looked at for its form. */
static const char *logged_after_time(void)
{
    const char *line = logged();
    assert_true(strlen(line) > 25);
    assert_int_equal(line[10], 'T');
    assert_int_equal(line[23], 'Z');
    assert_int_equal(line[24], ' ');
    return line + 25;
}

/* The line is `head`, the process id in brackets, `tail`. */
static void assert_line(const char *head, const char *tail)
{
    char expected[4096];
    snprintf(expected, sizeof expected, "%s[%ld]%s", head, (long)getpid(), tail);
    assert_string_equal(logged_after_time(), expected);
}

static void a_text_line_says_time_level_process_request_and_message(void **state)
{
    (void)state;
    qn_info("ready in %d ms", 12);
    assert_line("info  worker 1", " ready in 12 ms\n");
    qn_log(QN_LOG_ERROR, "req-1", "lost %s", "it");
    assert_line("error worker 1", " [req-1] lost it\n");
}

#define CASE(in, out)                                                                                                  \
    {                                                                                                                  \
        { in, sizeof(in) - 1 }, out                                                                                    \
    }

static void no_value_can_forge_a_line(void **state)
{
    (void)state;
    static const struct {
        qn_str in;
        const char *out;
    } cases[] = {
        CASE("plain/path?x", "plain/path?x"),
        CASE("", "\"\""),
        CASE("two words", "\"two words\""),
        CASE("a=b", "\"a=b\""),
        CASE("a\n2026-11-22T10:00:00.000Z error master[1] broken",
             "\"a\\n2026-11-22T10:00:00.000Z error master[1] broken\""),
        CASE("a\r\n\tb", "\"a\\r\\n\\tb\""),
        CASE("\" x=\"1", "\"\\\" x=\\\"1\""),
        CASE("back\\slash", "\"back\\\\slash\""),
        CASE("nul\0after", "\"nul\\x00after\""),
        CASE("\x1b[31mred", "\"\\x1b[31mred\""),
        CASE("del\x7F", "\"del\\x7f\""),
        CASE("c1\xC2\x9B", "\"c1\\u009b\""),
        CASE("line\xE2\x80\xA8"
             "para\xE2\x80\xA9",
             "\"line\\u2028para\\u2029\""),
        CASE("bidi\xE2\x80\xAE\xE2\x81\xA6", "\"bidi\\u202e\\u2066\""),
        CASE("bad\xFF\xC3", "\"bad\\xff\\xc3\""),
        CASE("gr\xC3\xBC\xC3\x9F", "\"gr\xC3\xBC\xC3\x9F\""),
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char expected[512];
        qn_log_field f = { .key = "path", .kind = QN_LOG_STR, .s = cases[i].in };
        qn_log_fields(QN_LOG_WARN, NULL, "asked", &f, 1);
        snprintf(expected, sizeof expected, " asked path=%s\n", cases[i].out);
        assert_line("warn  worker 1", expected);
    }
}

static void no_message_process_or_request_id_can_forge_a_line(void **state)
{
    (void)state;
    qn_info("%s", "a\nb\x1b\xFF");
    assert_line("info  worker 1", " a\\nb\\x1b\\xff\n");
    qn_log(QN_LOG_INFO, "x] [y\n", "m");
    assert_line("info  worker 1", " [x\\x5d\\x20\\x5by\\n] m\n");
    qn_log_process("w\nx");
    qn_info("m");
    assert_line("info  w\\nx", " m\n");
}

static void numbers_stand_bare_and_unknown_durations_are_left_out(void **state)
{
    (void)state;
    const qn_log_field f[] = {
        { .key = "status", .kind = QN_LOG_INT, .i = 200 },
        { .key = "db_us", .kind = QN_LOG_INT, .i = -1 },
        { .key = "total_us", .kind = QN_LOG_INT, .i = 0 },
        { .key = "delta", .kind = QN_LOG_INT, .i = -5 },
    };
    qn_log_fields(QN_LOG_INFO, "r", "done", f, COUNT(f));
    assert_line("info  worker 1", " [r] done status=200 total_us=0 delta=-5\n");
}

static void what_is_below_the_level_is_not_written(void **state)
{
    (void)state;
    qn_log_setup((qn_log_options){ .level = QN_LOG_WARN });
    assert_false(qn_log_enabled(QN_LOG_INFO));
    assert_true(qn_log_enabled(QN_LOG_WARN));
    qn_debug("no");
    qn_info("no");
    qn_log_fields(QN_LOG_INFO, NULL, "no", NULL, 0);
    assert_string_equal(logged(), "");
    qn_warn("yes");
    assert_line("warn  worker 1", " yes\n");
}

static void a_line_to_a_file_of_its_own_is_written_at_any_level(void **state)
{
    (void)state;
    int own[2];
    assert_int_equal(pipe(own), 0);
    qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR });
    const qn_log_field f = { .key = "status", .kind = QN_LOG_INT, .i = 200 };
    qn_log_fields_to(own[1], NULL, QN_LOG_INFO, "r", "GET", &f, 1);
    assert_string_equal(logged(), "");
    ssize_t n = read(own[0], got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = '\0';
    assert_non_null(strstr(got, "[r] GET status=200\n"));
    close(own[0]);
    close(own[1]);
}

static void a_json_line_is_one_object_whatever_is_in_it(void **state)
{
    (void)state;
    qn_log_setup((qn_log_options){ .level = QN_LOG_DEBUG, .json = true });
    const qn_log_field f[] = {
        { .key = "path", .kind = QN_LOG_STR, .s = QN_STR("/\"\\\n\0\x1b\xFF gr\xC3\xBC\xC3\x9F\xE2\x80\xA8") },
        { .key = "status", .kind = QN_LOG_INT, .i = 404 },
        { .key = "db_us", .kind = QN_LOG_INT, .i = -1 },
    };
    qn_log_fields(QN_LOG_ERROR, "id\"\n", "not\nthere", f, COUNT(f));
    const char *line = logged();
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    json_t *o = json_loads(line, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    assert_int_equal(json_object_size(o), 8);
    assert_string_equal(json_string_value(json_object_get(o, "level")), "error");
    assert_string_equal(json_string_value(json_object_get(o, "process")), "worker 1");
    assert_int_equal(json_integer_value(json_object_get(o, "pid")), getpid());
    assert_string_equal(json_string_value(json_object_get(o, "request_id")), "id\"\n");
    assert_string_equal(json_string_value(json_object_get(o, "message")), "not\nthere");
    assert_int_equal(json_integer_value(json_object_get(o, "status")), 404);
    static const char path[] = "/\"\\\n\0\x1b\\xff gr\xC3\xBC\xC3\x9F\xE2\x80\xA8";
    json_t *value = json_object_get(o, "path");
    assert_int_equal(json_string_length(value), sizeof path - 1);
    assert_memory_equal(json_string_value(value), path, sizeof path - 1);
    assert_int_equal(strlen(json_string_value(json_object_get(o, "time"))), 24);
    json_decref(o);
}

/* A line of any length is one line, closed, and shows that it was cut. */
static void a_line_too_long_is_cut_and_still_whole(void **state)
{
    (void)state;
    static const char fill[] = { 'x', '\n', '"', '\xC3', '\x01' };
    char *big = malloc(100000);
    for (size_t k = 0; k < sizeof fill; k++) {
        memset(big, fill[k], 100000);
        const qn_log_field f[] = { { .key = "path", .kind = QN_LOG_STR, .s = { big, 100000 } },
                                   { .key = "agent", .kind = QN_LOG_STR, .s = { big, 100000 } },
                                   { .key = "status", .kind = QN_LOG_INT, .i = 200 } };
        for (int json = 0; json < 2; json++) {
            qn_log_setup((qn_log_options){ .level = QN_LOG_DEBUG, .json = json });
            qn_log_fields(QN_LOG_INFO, "id", "asked", f, COUNT(f));
            const char *line = logged();
            assert_true(strlen(line) > 1000 && strlen(line) <= 16384);
            assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
            assert_non_null(strstr(line, "\u2026"));
            if (!json) continue;
            json_t *o = json_loads(line, 0, NULL);
            assert_non_null(o);
            json_decref(o);
        }
    }
    big[99999] = '\0';
    memset(big, 'y', 99999);
    qn_log_setup((qn_log_options){ .level = QN_LOG_DEBUG });
    qn_info("%s", big);
    assert_non_null(strstr(logged(), "y\u2026\n"));
    free(big);
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 500; i++) qn_info("%s", (const char *)arg);
    return NULL;
}

static void lines_of_threads_never_mix(void **state)
{
    (void)state;
    static char texts[4][201];
    pthread_t threads[4];
    for (int t = 0; t < 4; t++) {
        memset(texts[t], 'a' + t, 200);
        assert_int_equal(pthread_create(&threads[t], NULL, write_lines, texts[t]), 0);
    }
    for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
    int lines = 0;
    for (char *line = strtok((char *)(uintptr_t)logged(), "\n"); line; line = strtok(NULL, "\n"), lines++) {
        const char *text = strstr(line, "] ") + 2;
        assert_int_equal(strlen(text), 200);
        assert_int_equal(strspn(text, (char[]){ *text, '\0' }), 200);
    }
    assert_int_equal(lines, 2000);
}

/* ---- a log that is not read ------------------------------------------------------------------------------------- */

/* Fills what stands behind fd[1], reads it, and gives the numbers of lines of "line N" that came, and the last line. */
static int lines_of(char *text, char **last)
{
    int n = 0;
    *last = NULL;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        n += strstr(line, " line ") != NULL;
        *last = line;
    }
    return n;
}

static void fill_and_read(void)
{
    enum { LINES = 4000 };
    char *last;
    qn_log_never_wait();
    for (int i = 0; i < LINES; i++) qn_info("line %d of a log that nobody reads at this time", i);
    int came = lines_of((char *)(uintptr_t)logged(), &last);
    assert_in_range(came, 20, LINES - 1);
    qn_info("line of one that is read again");
    const char *text = logged();
    char said[64];
    snprintf(said, sizeof said, "%d lines of this log were lost", LINES - came);
    assert_non_null(strstr(text, said));
    assert_non_null(strstr(text, "line of one that is read again\n"));
    qn_info("the next");
    assert_null(strstr(logged(), "lost"));
}

static void a_pipe_that_nobody_reads_is_not_waited_for_and_what_was_lost_is_counted(void **state)
{
    (void)state;
    fcntl(fd[0], F_SETPIPE_SZ, 65536);
    fill_and_read();
    assert_int_equal(fcntl(fd[1], F_GETFL) & O_NONBLOCK, 0); /* who else has it may want to wait */
}

static void a_socket_that_nobody_reads_is_not_waited_for_either(void **state)
{
    (void)state;
    close(fd[0]);
    close(fd[1]);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
    fcntl(fd[0], F_SETFL, O_NONBLOCK);
    qn_log_fd(fd[1]);
    fill_and_read();
}

static void a_long_line_that_was_cut_short_does_not_run_into_the_next(void **state)
{
    (void)state;
    char big[3000];
    memset(big, 'x', sizeof big);
    const qn_log_field f[] = { { .key = "a", .kind = QN_LOG_STR, .s = { big, sizeof big } },
                               { .key = "b", .kind = QN_LOG_STR, .s = { big, sizeof big } } };
    fcntl(fd[0], F_SETPIPE_SZ, 65536);
    qn_log_never_wait();
    for (int i = 0; i < 100; i++) qn_log_fields(QN_LOG_INFO, NULL, "long", f, COUNT(f));
    (void)logged();
    qn_info("next");
    const char *text = logged();
    assert_non_null(strstr(text, " next\n"));
    for (const char *p = text; (p = strstr(p, "info  ")); p++) assert_true(p < text + 26 || p[-26] == '\n');
}

/* A disk that is full takes the beginning of a line, and the next one when there is room again. */
static void a_line_that_its_file_took_in_part_does_not_run_into_the_next(void **state)
{
    (void)state;
    const qn_log_field f = { .key = "status", .kind = QN_LOG_INT, .i = 200 };
    struct rlimit most, before;
    bool cut = false;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    most = before;
    most.rlim_cur = 20;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &most), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(qn_log_fields_to(fileno(file), &cut, QN_LOG_INFO, "r", "GET", &f, 1), EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(qn_log_fields_to(fileno(file), &cut, QN_LOG_INFO, "r", "GET", &f, 1), 0);
    ssize_t n = pread(fileno(file), got, sizeof got - 1, 0);
    assert_true(n > 21);
    got[n] = '\0';
    assert_int_equal(got[20], '\n');
    assert_int_not_equal(got[21], '\n');
    int lines = 0;
    for (const char *at = got; (at = strchr(at, '\n')); at++) lines++;
    assert_int_equal(lines, 3);
    fclose(file);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_log, close_log)
    const struct CMUnitTest tests[] = {
        TEST(a_text_line_says_time_level_process_request_and_message),
        TEST(no_value_can_forge_a_line),
        TEST(no_message_process_or_request_id_can_forge_a_line),
        TEST(numbers_stand_bare_and_unknown_durations_are_left_out),
        TEST(what_is_below_the_level_is_not_written),
        TEST(a_line_to_a_file_of_its_own_is_written_at_any_level),
        TEST(a_json_line_is_one_object_whatever_is_in_it),
        TEST(a_line_too_long_is_cut_and_still_whole),
        TEST(lines_of_threads_never_mix),
        TEST(a_pipe_that_nobody_reads_is_not_waited_for_and_what_was_lost_is_counted),
        TEST(a_socket_that_nobody_reads_is_not_waited_for_either),
        TEST(a_long_line_that_was_cut_short_does_not_run_into_the_next),
        TEST(a_line_that_its_file_took_in_part_does_not_run_into_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
