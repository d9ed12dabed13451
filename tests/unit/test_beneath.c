#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"

static char top[200], inside[220];

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

/* TOP/secret and TOP/outside/f lie outside of TOP/in. */
static int make(void **state)
{
    const char *tmp = getenv("TMPDIR");
    (void)state;
    snprintf(top, sizeof top, "%s/beneath.XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(top) || chdir(top)) return -1;
    snprintf(inside, sizeof inside, "%s/in", top);
    mkdir("in", 0755), mkdir("in/a", 0755), mkdir("in/a/b", 0755), mkdir("in/.git", 0755), mkdir("outside", 0755);
    write_file("secret", "outside");
    write_file("outside/f", "outside");
    write_file("in/top.css", "top");
    write_file("in/a/b/deep.css", "deep");
    write_file("in/a/..b", "dots");
    write_file("in/.git/config", "hidden");
    write_file("in/.htpasswd", "hidden");
    bool good = !symlink("../secret", "in/up") && !symlink("/etc/passwd", "in/absolute") &&
                !symlink("../outside", "in/folder") && !symlink("a/b/deep.css", "in/link.css") &&
                !symlink("a/b", "in/ab") && !symlink("loop", "in/loop") && !symlink("in", "current") &&
                !symlink("/proc/self/fd", "in/magic") && !mkfifo("in/pipe", 0644);
    return good ? 0 : -1;
}

static int clear(void **state)
{
    char line[300];
    (void)state;
    snprintf(line, sizeof line, "rm -rf '%s'", top);
    return chdir("/") || system(line);
}

typedef int (*opener)(int *fd, const char *dir, qn_str path);

static int open_it(opener fn, const char *dir, qn_str path, char text[64])
{
    int fd = -1, rc = fn(&fd, dir, path);
    if (rc) {
        assert_int_equal(fd, -1);
        return rc;
    }
    ssize_t n = read(fd, text, 63);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
    return 0;
}

static const opener openers[] = { qn_open_beneath, qn_open_beneath_by_steps };

static void files_of_the_folder_are_opened(void **state)
{
    static const struct {
        const char *path, *text;
    } cases[] = { { "top.css", "top" }, { "a/b/deep.css", "deep" } };
    (void)state;
    char text[64];
    for (size_t k = 0; k < COUNT(openers); k++)
        for (size_t i = 0; i < COUNT(cases); i++) {
            assert_int_equal(open_it(openers[k], inside, qn_str_of(cases[i].path), text), 0);
            assert_string_equal(text, cases[i].text);
            assert_int_equal(open_it(openers[k], "current", qn_str_of(cases[i].path), text), 0); /* a link to it */
        }
}

static void nothing_else_is(void **state)
{
    static const char *const paths[] = { "",
                                         "/",
                                         "/top.css",
                                         "../secret",
                                         "a/../../secret",
                                         "a/../top.css",
                                         "./top.css",
                                         "a//b/deep.css",
                                         "a/b/",
                                         "..",
                                         ".",
                                         ".htpasswd",
                                         ".git/config",
                                         "a/..b",
                                         "up",
                                         "absolute",
                                         "folder/f",
                                         "magic/0",
                                         "loop",
                                         "nowhere",
                                         "top.css/x",
                                         "nowhere/top.css" };
    (void)state;
    char text[64], long_path[3000];
    for (size_t k = 0; k < COUNT(openers); k++) {
        for (size_t i = 0; i < COUNT(paths); i++)
            if (open_it(openers[k], inside, qn_str_of(paths[i]), text) != QN_ENOTFOUND)
                fail_msg("%s is not kept from being opened (%zu)", paths[i], k);
        assert_int_equal(open_it(openers[k], inside, QN_STR("top.css\0x"), text), QN_ENOTFOUND);
        memset(long_path, 'a', sizeof long_path);
        assert_int_equal(open_it(openers[k], inside, (qn_str){ long_path, sizeof long_path }, text), QN_ENOTFOUND);
        assert_int_equal(open_it(openers[k], inside, (qn_str){ long_path, 300 }, text), QN_ENOTFOUND);
    }
}

static void links_that_stay_inside_are_followed_where_the_kernel_holds_them_there(void **state)
{
    (void)state;
    char text[64];
    assert_int_equal(open_it(qn_open_beneath_by_steps, inside, QN_STR("link.css"), text), QN_ENOTFOUND);
    assert_int_equal(open_it(qn_open_beneath_by_steps, inside, QN_STR("ab/deep.css"), text), QN_ENOTFOUND);
    int rc = open_it(qn_open_beneath, inside, QN_STR("link.css"), text);
    if (rc == QN_ENOTFOUND) skip(); /* a kernel without openat2 */
    assert_string_equal(text, "deep");
    assert_int_equal(open_it(qn_open_beneath, inside, QN_STR("ab/deep.css"), text), 0);
}

static void a_pipe_does_not_hold_up_whoever_opens_it(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(openers); k++) {
        int fd = -1;
        struct stat st;
        assert_int_equal(openers[k](&fd, inside, QN_STR("pipe")), 0);
        assert_int_equal(fstat(fd, &st), 0);
        assert_false(S_ISREG(st.st_mode));
        close(fd);
    }
}

static void a_folder_that_is_none_is_told_apart(void **state)
{
    (void)state;
    char text[64];
    for (size_t k = 0; k < COUNT(openers); k++) {
        assert_int_equal(open_it(openers[k], "/nowhere/at/all", QN_STR("top.css"), text), QN_EIO);
        assert_int_equal(open_it(openers[k], "secret", QN_STR("top.css"), text), QN_EIO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_of_the_folder_are_opened),
        cmocka_unit_test(nothing_else_is),
        cmocka_unit_test(links_that_stay_inside_are_followed_where_the_kernel_holds_them_there),
        cmocka_unit_test(a_pipe_does_not_hold_up_whoever_opens_it),
        cmocka_unit_test(a_folder_that_is_none_is_told_apart),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
