/* data_dir: made, owned, reached, locked. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "process/datadir.h"

typedef struct {
    char top[40], dir[64];
    qn_user user;
} folder;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int setup(void **state)
{
    folder *f = calloc(1, sizeof *f);
    qn_errmsg e;
    if (!f) return -1;
    qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR });
    strcpy(f->top, "/tmp/quoin-data-XXXXXX");
    if (!mkdtemp(f->top) || chmod(f->top, 0755)) return -1;
    snprintf(f->dir, sizeof f->dir, "%s/var", f->top);
    if (qn_user_find(&f->user, "nobody", false, &e)) return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    folder *f = *state;
    remove_tree(f->top);
    free(f);
    return 0;
}

static qn_datadir *open_dir(folder *f)
{
    qn_datadir *d = NULL;
    qn_errmsg e = { "" };
    if (qn_datadir_open(&d, f->dir, &f->user, &e)) fail_msg("%s", e.text);
    return d;
}

static void it_is_made_and_belongs_to_the_user(void **state)
{
    folder *f = *state;
    struct stat st;
    qn_datadir *d = open_dir(f);
    assert_int_equal(stat(f->dir, &st), 0);
    assert_int_equal(st.st_uid, f->user.uid);
    assert_int_equal(st.st_mode & 07777 & 07, 0);
    assert_string_equal(qn_datadir_path(d), f->dir);
    qn_datadir_close(&d);
    assert_null(d);
}

static void a_relative_one_is_found_from_the_working_directory(void **state)
{
    folder *f = *state;
    char cwd[PATH_MAX];
    qn_datadir *d = NULL;
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_int_equal(chdir(f->top), 0);
    int r = qn_datadir_open(&d, "var/", &f->user, NULL);
    assert_int_equal(chdir(cwd), 0);
    assert_int_equal(r, QN_OK);
    assert_string_equal(qn_datadir_path(d), f->dir);
    qn_datadir_close(&d);
}

static void a_file_in_its_place_is_refused_and_named(void **state)
{
    folder *f = *state;
    qn_datadir *d = NULL;
    qn_errmsg e = { "" };
    FILE *file = fopen(f->dir, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_not_equal(qn_datadir_open(&d, f->dir, &f->user, &e), QN_OK);
    assert_null(d);
    assert_non_null(strstr(e.text, f->dir));
}

static void what_is_put_is_there_whole_and_readable(void **state)
{
    folder *f = *state;
    qn_datadir *d = open_dir(f);
    char path[96], text[32] = "";
    struct stat st;
    assert_int_equal(qn_datadir_put(d, "listen", "127.0.0.1:1\n"), QN_OK);
    assert_int_equal(qn_datadir_put(d, "listen", "127.0.0.1:2\n"), QN_OK);
    snprintf(path, sizeof path, "%s/listen", f->dir);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "127.0.0.1:2\n");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_int_equal(st.st_uid, f->user.uid);
    qn_datadir_remove(d, "listen");
    assert_int_not_equal(access(path, F_OK), 0);
    qn_datadir_close(&d);
}

static void a_link_planted_there_is_not_followed(void **state)
{
    folder *f = *state;
    qn_datadir *d = open_dir(f);
    char path[96], target[96], text[8] = "";
    snprintf(target, sizeof target, "%s/precious", f->top);
    FILE *file = fopen(target, "w");
    assert_non_null(file);
    fputs("kept", file);
    fclose(file);
    snprintf(path, sizeof path, "%s/listen", f->dir);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(qn_datadir_put(d, "listen", "overwritten"), QN_OK);
    file = fopen(target, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "kept");
    snprintf(path, sizeof path, "%s/lock", f->dir);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(qn_datadir_lock(d, NULL), QN_EIO);
    qn_datadir_close(&d);
}

/* In a process of its own, as the lock is one's own. */
static int try_lock(folder *f, char *said, size_t n)
{
    int fd[2];
    assert_int_equal(pipe(fd), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        qn_datadir *d = NULL;
        qn_errmsg e = { "" };
        int r = qn_datadir_open(&d, f->dir, &f->user, &e);
        if (!r) r = qn_datadir_lock(d, &e);
        if (write(fd[1], e.text, sizeof e.text) < 0) r = 1;
        _exit(-r);
    }
    close(fd[1]);
    ssize_t got = read(fd[0], said, n - 1);
    said[got > 0 ? got : 0] = '\0';
    close(fd[0]);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void a_second_server_is_kept_out_and_told_who_is_there(void **state)
{
    folder *f = *state;
    qn_datadir *d = open_dir(f);
    char said[sizeof(qn_errmsg)], pid[24];
    assert_int_equal(qn_datadir_lock(d, NULL), QN_OK);
    assert_int_equal(try_lock(f, said, sizeof said), QN_EBUSY);
    snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(strstr(said, pid));
    assert_non_null(strstr(said, f->dir));
    qn_datadir_close(&d);
    assert_int_equal(try_lock(f, said, sizeof said), QN_OK);
}

/* ---- as root ---------------------------------------------------------------------------------------------------- */

static bool is_root(void)
{
    return geteuid() == 0;
}

static void a_folder_of_somebody_else_s_is_refused(void **state)
{
    folder *f = *state;
    if (!is_root()) skip();
    qn_datadir *d = NULL;
    qn_errmsg e = { "" };
    assert_int_equal(mkdir(f->dir, 0755), 0);
    assert_int_equal(chown(f->dir, 1, 1), 0);
    assert_int_equal(qn_datadir_open(&d, f->dir, &f->user, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, f->dir));
}

static void a_folder_of_root_s_that_holds_other_things_is_not_taken_over(void **state)
{
    folder *f = *state;
    if (!is_root()) skip();
    qn_datadir *d = NULL;
    char sub[96];
    struct stat st;
    assert_int_equal(mkdir(f->dir, 0755), 0);
    snprintf(sub, sizeof sub, "%s/other", f->dir);
    assert_int_equal(mkdir(sub, 0755), 0);
    assert_int_equal(qn_datadir_open(&d, f->dir, &f->user, NULL), QN_EINVAL);
    assert_int_equal(stat(f->dir, &st), 0);
    assert_int_equal(st.st_uid, 0);
}

/* Removes the folder that took its place. */
static void clear_elsewhere(const char *real)
{
    assert_int_equal(strncmp(real, "/var/lib/quoin/", 15), 0);
    remove_tree(real);
}

static void folders_made_on_the_way_let_the_user_through_whatever_the_umask(void **state)
{
    folder *f = *state;
    struct stat st;
    char way[256], deep[264];
    snprintf(way, sizeof way, "%s/way", f->top);
    snprintf(deep, sizeof deep, "%s/var", way);
    mode_t before = umask(077);
    qn_datadir *d = NULL;
    int r = qn_datadir_open(&d, deep, &f->user, NULL);
    umask(before);
    assert_int_equal(r, QN_OK);
    assert_string_equal(qn_datadir_path(d), deep);
    qn_datadir_close(&d);
    assert_int_equal(stat(way, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    assert_int_equal(rmdir(deep), 0);
    assert_int_equal(rmdir(way), 0);
}

static void where_the_user_cannot_get_to_a_folder_elsewhere_takes_its_place(void **state)
{
    folder *f = *state;
    if (!is_root()) skip();
    char real[PATH_MAX], to[PATH_MAX];
    struct stat st;
    assert_int_equal(chmod(f->top, 0700), 0);
    if (stat("/var/lib/quoin", &st) == 0)
        assert_int_equal(chmod("/var/lib/quoin", 0750), 0); /* as an old umask left it */
    qn_datadir *d = open_dir(f);
    snprintf(real, sizeof real, "%s", qn_datadir_path(d));
    ssize_t n = readlink(f->dir, to, sizeof to - 1);
    assert_true(n > 0);
    to[n] = '\0';
    assert_string_equal(to, real);
    assert_int_equal(qn_datadir_put(d, "mark", "here"), QN_OK);
    qn_datadir_close(&d);

    d = open_dir(f); /* the next start goes where the first one went */
    assert_string_equal(qn_datadir_path(d), real);
    qn_datadir_close(&d);

    assert_int_equal(unlink(f->dir), 0); /* a new clone at the same path does not find the old one's data */
    d = open_dir(f);
    assert_string_not_equal(qn_datadir_path(d), real);
    clear_elsewhere(qn_datadir_path(d));
    qn_datadir_close(&d);
    clear_elsewhere(real);
}

static void data_that_the_user_cannot_get_to_is_not_moved_but_explained(void **state)
{
    folder *f = *state;
    if (!is_root()) skip();
    char path[96];
    qn_datadir *d = NULL;
    qn_errmsg e = { "" };
    assert_int_equal(mkdir(f->dir, 0755), 0);
    snprintf(path, sizeof path, "%s/notes", f->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(chmod(f->top, 0700), 0);
    assert_int_equal(qn_datadir_open(&d, f->dir, &f->user, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "data_dir"));
    assert_int_equal(access(path, F_OK), 0);
}

static void root_is_no_user_to_serve_as(void **state)
{
    (void)state;
    if (!is_root()) skip();
    qn_user u;
    qn_errmsg e = { "" };
    assert_int_equal(qn_user_find(&u, "root", false, &e), QN_EINVAL);
    assert_int_equal(qn_user_find(&u, "no-such-user-here", false, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "no-such-user-here"));
}

static void what_was_given_up_cannot_be_taken_back(void **state)
{
    folder *f = *state;
    if (!is_root()) skip();
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (qn_user_become(&f->user, NULL)) _exit(1);
        if (getuid() != f->user.uid || getegid() != f->user.gid) _exit(2);
        if (setuid(0) == 0 || seteuid(0) == 0) _exit(3);
        _exit(open("/etc/shadow", O_RDONLY) >= 0 ? 4 : 0);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(it_is_made_and_belongs_to_the_user),
        T(a_relative_one_is_found_from_the_working_directory),
        T(a_file_in_its_place_is_refused_and_named),
        T(what_is_put_is_there_whole_and_readable),
        T(a_link_planted_there_is_not_followed),
        T(a_second_server_is_kept_out_and_told_who_is_there),
        T(a_folder_of_somebody_else_s_is_refused),
        T(a_folder_of_root_s_that_holds_other_things_is_not_taken_over),
        T(folders_made_on_the_way_let_the_user_through_whatever_the_umask),
        T(where_the_user_cannot_get_to_a_folder_elsewhere_takes_its_place),
        T(data_that_the_user_cannot_get_to_is_not_moved_but_explained),
        T(root_is_no_user_to_serve_as),
        T(what_was_given_up_cannot_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
