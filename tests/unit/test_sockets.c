/* [server] listen: addresses read and bound. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "process/sockets.h"

static void an_address_is_a_host_and_a_port_or_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *text, *host;
        int port;
        bool is_unix;
    } cases[] = {
        { "127.0.0.1:8080", "127.0.0.1", 8080, false }, { "[::1]:80", "::1", 80, false },
        { "localhost:0", "localhost", 0, false },       { "0.0.0.0:65535", "0.0.0.0", 65535, false },
        { "unix:/run/q.sock", "/run/q.sock", 0, true }, { "unix:/a:1", "/a:1", 0, true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_address a;
        assert_int_equal(qn_address_parse(&a, cases[i].text, NULL), QN_OK);
        assert_string_equal(a.host, cases[i].host);
        assert_int_equal(a.port, cases[i].port);
        assert_int_equal(a.is_unix, cases[i].is_unix);
    }
}

static void what_is_no_address_is_refused_with_the_option_and_an_example(void **state)
{
    (void)state;
    char long_path[200] = "unix:/";
    memset(long_path + 6, 'a', 120);
    const char *const cases[] = {
        "",         "8080",      ":8080",         "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "h:80 ",    "::1:8080",  "[::1]",         "[::1]8080", "[h]:80",     "[]:80",           "unix:",
        "unix:a/b", "[[::1]]:1", "127.0.0.1:8x0", long_path
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        qn_address a;
        qn_errmsg e = { "" };
        if (qn_address_parse(&a, cases[i], &e) != QN_EINVAL) fail_msg("taken: %s", cases[i]);
        assert_non_null(strstr(e.text, "[server] listen"));
    }
}

static void port_0_takes_a_free_one_and_says_which(void **state)
{
    (void)state;
    const char *const items[] = { "127.0.0.1:0", "127.0.0.1:0" };
    qn_sockets *s = NULL;
    qn_errmsg e = { "" };
    size_t n;
    if (qn_sockets_open(&s, items, 2, &e)) fail_msg("%s", e.text);
    qn_sockets_fds(s, &n);
    assert_int_equal(n, 2);
    int a = 0, b = 0;
    assert_int_equal(sscanf(qn_sockets_name(s, 0), "127.0.0.1:%d", &a), 1);
    assert_int_equal(sscanf(qn_sockets_name(s, 1), "127.0.0.1:%d", &b), 1);
    assert_true(a > 0 && b > 0 && a != b);
    qn_sockets_close(&s, true);
    assert_null(s);
}

static void an_address_in_use_is_refused_and_names_itself(void **state)
{
    (void)state;
    const char *const first[] = { "127.0.0.1:0" };
    qn_sockets *s = NULL, *t = NULL;
    qn_errmsg e = { "" };
    assert_int_equal(qn_sockets_open(&s, first, 1, &e), QN_OK);
    const char *const second[] = { qn_sockets_name(s, 0) };
    assert_int_equal(qn_sockets_open(&t, second, 1, &e), QN_EIO);
    assert_null(t);
    assert_non_null(strstr(e.text, second[0]));
    assert_non_null(strstr(e.text, "in use"));
    qn_sockets_close(&s, true);
}

/* ---- Unix sockets ----------------------------------------------------------------------------------------------- */

typedef struct {
    char dir[32], path[64], item[80];
} folder;

static int setup(void **state)
{
    folder *f = calloc(1, sizeof *f);
    if (!f) return -1;
    strcpy(f->dir, "/tmp/quoin-sock-XXXXXX");
    if (!mkdtemp(f->dir)) return -1;
    snprintf(f->path, sizeof f->path, "%s/q", f->dir);
    snprintf(f->item, sizeof f->item, "unix:%s", f->path);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder *f = *state;
    unlink(f->path);
    int r = rmdir(f->dir);
    free(f);
    return r;
}

static bool answers(const char *path)
{
    struct sockaddr_un sa = { .sun_family = AF_UNIX };
    snprintf(sa.sun_path, sizeof sa.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool ok = connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0;
    close(fd);
    return ok;
}

static qn_sockets *open_one(const char *item)
{
    qn_sockets *s = NULL;
    qn_errmsg e = { "" };
    if (qn_sockets_open(&s, &item, 1, &e)) fail_msg("%s", e.text);
    return s;
}

static void a_unix_socket_answers_and_goes_with_its_server(void **state)
{
    folder *f = *state;
    qn_sockets *s = open_one(f->item);
    assert_true(answers(f->path));
    assert_string_equal(qn_sockets_name(s, 0), f->item);
    qn_sockets_close(&s, true);
    assert_int_not_equal(access(f->path, F_OK), 0);
}

static void a_socket_that_a_killed_server_left_is_replaced(void **state)
{
    folder *f = *state;
    qn_sockets *s = open_one(f->item);
    qn_sockets_close(&s, false);
    assert_int_equal(access(f->path, F_OK), 0);
    s = open_one(f->item);
    assert_true(answers(f->path));
    qn_sockets_close(&s, true);
}

static void a_socket_that_answers_is_left_alone(void **state)
{
    folder *f = *state;
    const char *item = f->item;
    qn_sockets *s = open_one(item), *t = NULL;
    assert_int_equal(qn_sockets_open(&t, &item, 1, NULL), QN_EIO);
    assert_true(answers(f->path));
    qn_sockets_close(&s, true);
}

static void a_file_of_another_kind_is_never_removed(void **state)
{
    folder *f = *state;
    const char *item = f->item;
    qn_sockets *s = NULL;
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(qn_sockets_open(&s, &item, 1, NULL), QN_EIO);
    assert_int_equal(access(f->path, F_OK), 0);
}

static void a_file_that_is_not_ours_any_more_stays(void **state)
{
    folder *f = *state;
    qn_sockets *s = open_one(f->item);
    assert_int_equal(unlink(f->path), 0);
    FILE *file = fopen(f->path, "w");
    assert_non_null(file);
    fclose(file);
    qn_sockets_close(&s, true);
    assert_int_equal(access(f->path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_a_host_and_a_port_or_a_path),
        cmocka_unit_test(what_is_no_address_is_refused_with_the_option_and_an_example),
        cmocka_unit_test(port_0_takes_a_free_one_and_says_which),
        cmocka_unit_test(an_address_in_use_is_refused_and_names_itself),
        cmocka_unit_test_setup_teardown(a_unix_socket_answers_and_goes_with_its_server, setup, teardown),
        cmocka_unit_test_setup_teardown(a_socket_that_a_killed_server_left_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_socket_that_answers_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_of_another_kind_is_never_removed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_ours_any_more_stays, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
