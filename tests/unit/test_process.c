/* Titles, delays, and the sums that start-up prints. */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/family.h"
#include "process/title.h"

static char *self; /* the path of this program, copied */

static void read_file(char *out, size_t n, const char *path)
{
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t got = read(fd, out, n - 1);
    close(fd);
    out[got > 0 ? got : 0] = '\0';
}

/* Runs itself with `argv` (and QN_MARK in the environment), where main() sets a title and tells what /proc shows. */
static void run_titled(char *out, size_t n, char *const argv[])
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(fd[1], STDOUT_FILENO);
        setenv("QN_MARK", "kept", 1);
        execv(self, argv);
        _exit(127);
    }
    close(fd[1]);
    size_t got = 0;
    for (ssize_t r; got < n - 1 && (r = read(fd[0], out + got, n - 1 - got)) > 0;) got += (size_t)r;
    out[got] = '\0';
    close(fd[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int be_titled(int argc, char **argv)
{
    char line[256];
    qn_title_init(argc, argv);
    qn_title_set("quoin: worker %d", 1234567);
    qn_title_set("quoin: worker %d", 7);
    read_file(line, sizeof line, "/proc/self/cmdline");
    printf("%s\n", line);
    read_file(line, sizeof line, "/proc/self/comm");
    const char *mark = getenv("QN_MARK");
    printf("%s%s\n", line, mark ? mark : "lost");
    return 0;
}

static void the_title_is_what_proc_shows(void **state)
{
    (void)state;
    char name[] = "titled", arg[] = "serve -c a-long-enough-line-of-arguments", out[600];
    char *const argv[] = { name, arg, NULL };
    run_titled(out, sizeof out, argv);
    assert_string_equal(out, "quoin: worker 7\nquoin: worker 7\nkept\n");
}

static void a_short_command_line_has_room_for_it_too(void **state)
{
    (void)state;
    char name[] = "titled", out[600];
    char *const argv[] = { name, NULL };
    run_titled(out, sizeof out, argv);
    assert_string_equal(out, "quoin: worker 7\nquoin: worker 7\nkept\n");
}

static void the_delay_grows_with_each_death_up_to_a_bound(void **state)
{
    (void)state;
    assert_int_equal(qn_respawn_delay_ms(0), 0);
    assert_int_equal(qn_respawn_delay_ms(1), QN_RESPAWN_MIN_MS);
    for (unsigned i = 1; i < 100; i++) {
        int64_t a = qn_respawn_delay_ms(i), b = qn_respawn_delay_ms(i + 1);
        assert_true(b == 2 * a || b == QN_RESPAWN_MAX_MS);
    }
    assert_int_equal(qn_respawn_delay_ms(UINT32_MAX), QN_RESPAWN_MAX_MS);
}

static void connections_are_counted_for_the_whole_node(void **state)
{
    (void)state;
    static const struct {
        const char *workers, *plugins;
        unsigned each, total; /* writes of one worker; of the node */
    } cases[] = {
        { "server.workers=1", "plugins.load=", 4, 1 * (2 + 2 + 4) + 2 },
        { "server.workers=2", "plugins.load=", 2, 2 * (2 + 2 + 2) + 2 },
        { "server.workers=8", "plugins.load=", 1, 8 * (2 + 2 + 1) + 2 },
        { "server.workers=2", "plugins.load=example", 2, 2 * (2 + 2 + 2) + 2 + (2 + 2 + 1) }, /* hooks after, in jobs */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *sets[] = { cases[i].workers, cases[i].plugins, "database.write_connections=4",
                               "database.slow_connections=2" };
        const char *const env[] = { NULL };
        qn_config_sources src = { .sets = sets, .nsets = COUNT(sets), .environ = env };
        qn_config *c = NULL;
        qn_connections_plan p;
        assert_int_equal(qn_config_load(&c, &src, NULL), QN_OK);
        qn_connections_count(&p, c);
        assert_int_equal(p.write, cases[i].each);
        assert_int_equal(p.total, cases[i].total);
        qn_config_free(&c);
    }
}

static void auto_is_at_least_one_worker(void **state)
{
    (void)state;
    const char *const env[] = { NULL };
    qn_config_sources src = { .environ = env };
    qn_config *c = NULL;
    assert_int_equal(qn_config_load(&c, &src, NULL), QN_OK);
    assert_true(qn_workers_wanted(c) >= 1);
    qn_config_free(&c);
}

int main(int argc, char **argv)
{
    if (argc > 0 && !strcmp(argv[0], "titled")) return be_titled(argc, argv);
    char path[4096] = "";
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0) return 1;
    self = path;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_title_is_what_proc_shows),
        cmocka_unit_test(a_short_command_line_has_room_for_it_too),
        cmocka_unit_test(the_delay_grows_with_each_death_up_to_a_bound),
        cmocka_unit_test(connections_are_counted_for_the_whole_node),
        cmocka_unit_test(auto_is_at_least_one_worker),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
