#include "pgfixture.h"

#include "db/pgserver.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

/* One cluster is made for the whole program; most tests begin with it stopped and closed. */
static pgfixture pg;

static int open_it(qn_errmsg *e)
{
    qn_embedded_options o = { .data_dir = pg.data_dir, .uid = pg.uid, .gid = pg.gid, .max_connections = 30 };
    return qn_embedded_open(&pg.em, &o, e);
}

static void open_or_fail(void)
{
    qn_errmsg e = { "" };
    if (open_it(&e)) fail_msg("open: %s", e.text);
}

static int stop_it(void **state)
{
    (void)state;
    pgfixture_stop(&pg);
    qn_embedded_close(&pg.em);
    return 0;
}

static char *in_data(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", pg.data_dir, name);
    return path;
}

static void write_data(const char *name, const char *text)
{
    FILE *f = fopen(in_data(name), "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void makes_starts_and_answers_as_its_owner(void **state)
{
    (void)state;
    open_or_fail();
    pgfixture_start(&pg);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT current_user || ' ' || current_database()"),
                        "quoin_owner quoin");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW server_encoding"), "UTF8");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW lc_collate"), "C.UTF-8");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW max_connections"), "30");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW fsync"), "on");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW synchronous_commit"), "on");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW data_checksums"), "on");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW listen_addresses"), "");
}

static void everything_it_makes_belongs_to_its_user_alone(void **state)
{
    (void)state;
    struct stat st;
    open_or_fail();
    pgfixture_start(&pg);
    static const struct {
        const char *name;
        mode_t mode;
    } files[] = { { "pg", S_IFDIR | 0700 },
                  { "pg/postgresql.conf", S_IFREG | 0600 },
                  { "pg.log", S_IFREG | 0600 },
                  { "pg.lock", S_IFREG | 0600 },
                  { "pg/.s.PGSQL.5432", S_IFSOCK | 0700 } };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (lstat(in_data(files[i].name), &st)) fail_msg("%s: %s", files[i].name, strerror(errno));
        if (st.st_mode != files[i].mode || st.st_uid != pg.uid)
            fail_msg("%s: mode %o", files[i].name, (unsigned)st.st_mode);
    }
}

static void a_second_start_keeps_the_data(void **state)
{
    (void)state;
    open_or_fail();
    pgfixture_start(&pg);
    pgfixture_sql(&pg, "quoin_owner", "CREATE TABLE kept AS SELECT 42 AS n");
    stop_it(NULL);
    open_or_fail();
    pgfixture_start(&pg);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT n FROM kept"), "42");
    pgfixture_sql(&pg, "quoin_owner", "DROP TABLE kept");
}

static void settings_are_ours_again_at_every_open_and_local_ones_stand(void **state)
{
    (void)state;
    open_or_fail();
    qn_embedded_close(&pg.em);
    write_data("pg/postgresql.conf", "listen_addresses = '*'\n");
    write_data("pg/local.conf", "work_mem = 9MB\n");
    open_or_fail();
    pgfixture_start(&pg);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW listen_addresses"), "");
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SHOW work_mem"), "9MB");
    assert_int_equal(unlink(in_data("pg/local.conf")), 0);
}

static void its_buffers_grow_with_the_memory_within_bounds(void **state)
{
    (void)state;
    static const struct {
        uint64_t memory_mb;
        unsigned buffers_mb;
    } cases[] = { { 0, 128 }, { 512, 128 }, { 1024, 128 }, { 2048, 256 }, { 12000, 1500 }, { 1 << 20, 2048 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(qn_pgserver_buffers_mb(cases[i].memory_mb << 20), cases[i].buffers_mb);
    assert_int_equal(qn_pgserver_buffers_mb(UINT64_MAX), 2048);
}

static void a_half_made_cluster_never_counts(void **state)
{
    (void)state;
    char tmp[256];
    struct stat st;
    snprintf(tmp, sizeof tmp, "%s", in_data("pg.tmp.99999"));
    assert_int_equal(mkdir(tmp, 0700), 0);
    write_data("pg.tmp.99999/PG_VERSION", "15\n");
    assert_int_equal(chown(tmp, pg.uid, pg.gid), 0);
    assert_int_equal(chown(in_data("pg.tmp.99999/PG_VERSION"), pg.uid, pg.gid), 0);
    open_or_fail();
    assert_int_equal(lstat(tmp, &st), -1);
    pgfixture_start(&pg);
}

static void attaches_only_to_a_running_server(void **state)
{
    (void)state;
    qn_embedded *other = NULL;
    qn_errmsg e = { "" };
    assert_int_equal(qn_embedded_attach(&other, pg.data_dir, &e), QN_ENOTFOUND);
    assert_null(other);
    open_or_fail();
    pgfixture_start(&pg);
    if (qn_embedded_attach(&other, pg.data_dir, &e)) fail_msg("%s", e.text);
    PGconn *c = PQconnectdb(qn_embedded_conninfo(other, "quoin_owner"));
    assert_int_equal(PQstatus(c), CONNECTION_OK);
    PQfinish(c);
    qn_embedded_close(&other);
    assert_int_equal(qn_embedded_attach(&other, "/nonexistent/var", &e), QN_EIO);
}

/* ---- orphans ----------------------------------------------------------------------------------------------------- */

/* A master that is killed: its server goes on unless `linger` is false. Returns the postmaster's pid. */
static pid_t killed_master(bool linger)
{
    int fd[2];
    pid_t postmaster = 0;
    assert_int_equal(pipe(fd), 0);
    pid_t master = fork();
    if (master == 0) {
        qn_errmsg e;
        pid_t pid = -1;
        if (open_it(&e) || qn_embedded_start(pg.em, &pid, &e)) pid = -1;
        while (pid > 0 && qn_embedded_ready(pg.em) == 0) usleep(2000);
        if (linger && pid > 0) kill(pid, SIGSTOP); /* it cannot act on its death signal yet */
        if (write(fd[1], &pid, sizeof pid) < 0) _exit(1);
        for (;;) pause();
    }
    close(fd[1]);
    assert_int_equal(read(fd[0], &postmaster, sizeof postmaster), sizeof postmaster);
    close(fd[0]);
    kill(master, SIGKILL);
    assert_int_equal(waitpid(master, NULL, 0), master);
    assert_true(postmaster > 0);
    return postmaster;
}

static bool is_alive(pid_t pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *f = fopen(path, "r");
    if (!f) return false;
    if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) state = 'Z';
    fclose(f);
    return state != 'Z';
}

static void the_server_ends_with_a_killed_master(void **state)
{
    (void)state;
    pid_t orphan = killed_master(false);
    for (int i = 0; i < 2000 && is_alive(orphan); i++) usleep(10000);
    assert_false(is_alive(orphan));
}

static void a_lingering_orphan_is_ended_by_the_next_open(void **state)
{
    (void)state;
    pid_t orphan = killed_master(true);
    assert_true(is_alive(orphan));
    pid_t waker = fork(); /* it takes its SIGINT only when it runs again */
    if (waker == 0) {
        usleep(300000);
        kill(orphan, SIGCONT);
        _exit(0);
    }
    open_or_fail();
    assert_false(is_alive(orphan));
    waitpid(waker, NULL, 0);
    pgfixture_start(&pg);
    pgfixture_sql(&pg, "quoin_owner", "SELECT 1");
}

static void a_pid_file_that_names_another_process_is_stale(void **state)
{
    (void)state;
    pid_t bystander = fork(); /* alive, of the same user, and no PostgreSQL: a reused number */
    if (bystander == 0) {
        if (geteuid() == 0 && setuid(pg.uid)) _exit(1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;) pause();
    }
    char text[160];
    snprintf(text, sizeof text, "%ld\n%s/pg\n1\n5432\n.\n\n  1 1\nready   \n", (long)bystander, pg.data_dir);
    write_data("pg/postmaster.pid", text);
    write_data("pg/.s.PGSQL.5432.lock", text);
    open_or_fail();
    pgfixture_start(&pg);
    pgfixture_sql(&pg, "quoin_owner", "SELECT 1");
    assert_true(is_alive(bystander));
    kill(bystander, SIGKILL);
    waitpid(bystander, NULL, 0);
}

static void a_server_of_another_folder_is_never_touched(void **state)
{
    (void)state;
    pgfixture other;
    pgfixture_up(&other);
    char text[160];
    snprintf(text, sizeof text, "%ld\n%s/pg\n1\n5432\n.\n\n  1 1\nready   \n", (long)other.pid, pg.data_dir);
    write_data("pg/postmaster.pid", text); /* as if its number had been ours once */
    open_or_fail();
    pgfixture_start(&pg);
    assert_true(is_alive(other.pid));
    assert_string_equal(pgfixture_sql(&other, "quoin_owner", "SELECT 1"), "1");
    pgfixture_down(&other);
}

static void backends_of_a_killed_postmaster_do_not_keep_the_next_one_out(void **state)
{
    (void)state;
    open_or_fail();
    pgfixture_start(&pg);
    PGconn *c = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin_owner"));
    /* Busy in C code that looks at no latch: such a backend outlives its postmaster. */
    assert_int_equal(PQsendQuery(c, "SELECT count(*) FROM generate_series(1, 2000000000) g"), 1);
    int backend = PQbackendPID(c);
    kill(pg.pid, SIGKILL);
    pgfixture_wait(&pg);
    assert_true(qn_embedded_ready(pg.em) < 0);
    pgfixture_start(&pg);
    assert_false(is_alive(backend));
    PQfinish(c);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT 1"), "1");
}

/* As in a container whose first process reaps nobody: to kill(pid, 0) it is alive. */
static void a_killed_server_that_nobody_reaped_does_not_keep_the_next_one_out(void **state)
{
    (void)state;
    qn_embedded *client = NULL;
    siginfo_t si;
    int status;
    open_or_fail();
    pgfixture_start(&pg);
    pid_t zombie = pg.pid;
    assert_int_equal(kill(zombie, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)zombie, &si, WEXITED | WNOWAIT), 0);
    assert_int_equal(qn_embedded_attach(&client, pg.data_dir, NULL), QN_ENOTFOUND);
    pgfixture_start(&pg);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT 1"), "1");
    assert_int_equal(waitpid(zombie, &status, 0), zombie);
}

static void a_second_master_of_the_same_folder_is_refused(void **state)
{
    (void)state;
    open_or_fail();
    pgfixture_start(&pg);
    pid_t rival = fork();
    if (rival == 0) {
        qn_errmsg e = { "" };
        int rc = open_it(&e);
        char mine[32];
        snprintf(mine, sizeof mine, "(pid %ld)", (long)getppid());
        _exit(rc == QN_ESTATE && strstr(e.text, mine) ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(rival, &status, 0), rival);
    assert_int_equal(status, 0);
    pgfixture_sql(&pg, "quoin_owner", "SELECT 1");
}

/* ---- what is refused --------------------------------------------------------------------------------------------- */

static void says_which_version_the_cluster_needs(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    write_data("pg/PG_VERSION", "9\n");
    int rc = open_it(&e);
    write_data("pg/PG_VERSION", "15\n");
    assert_int_equal(rc, QN_EINVAL);
    assert_non_null(strstr(e.text, pg.data_dir));
    assert_non_null(strstr(e.text, "postgresql-9"));
}

static void says_what_stands_in_the_way_of_its_user(void **state)
{
    (void)state;
    if (geteuid() != 0) skip();
    qn_errmsg e = { "" };
    char closed[128], deep[160];
    qn_embedded *em = NULL;
    snprintf(closed, sizeof closed, "%s/closed", pg.root);
    snprintf(deep, sizeof deep, "%s/var", closed);
    assert_int_equal(mkdir(closed, 0700), 0);
    assert_int_equal(mkdir(deep, 0700), 0);
    assert_int_equal(chown(deep, pg.uid, pg.gid), 0);
    qn_embedded_options o = { .data_dir = deep, .uid = pg.uid, .gid = pg.gid };
    assert_int_equal(qn_embedded_open(&em, &o, &e), QN_EIO);
    assert_non_null(strstr(e.text, deep));
    assert_non_null(strstr(e.text, "nobody"));
    assert_non_null(strstr(e.text, "/var/lib/quoin"));
    o.uid = 0;
    assert_int_equal(qn_embedded_open(&em, &o, &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "[server] user"));
    assert_null(em);
}

static void a_folder_that_is_no_cluster_is_refused(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    char mine[256], aside[256];
    snprintf(mine, sizeof mine, "%s", in_data("pg"));
    snprintf(aside, sizeof aside, "%s", in_data("aside"));
    assert_int_equal(rename(mine, aside), 0);
    assert_int_equal(mkdir(mine, 0700), 0);
    assert_int_equal(chown(mine, pg.uid, pg.gid), 0);
    int rc = open_it(&e);
    assert_int_equal(rmdir(mine), 0);
    assert_int_equal(symlink("aside", mine), 0);
    int linked = open_it(&e);
    assert_int_equal(unlink(mine), 0);
    assert_int_equal(rename(aside, mine), 0);
    assert_int_equal(rc, QN_EIO);
    assert_int_equal(linked, QN_EIO);
}

static void a_server_that_cannot_start_is_gone_and_says_why(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    pid_t pid;
    open_or_fail();
    write_data("pg/local.conf", "shared_buffers = nonsense\n");
    assert_int_equal(qn_embedded_start(pg.em, &pid, &e), 0);
    pg.pid = pid;
    int rc;
    while ((rc = qn_embedded_ready(pg.em)) == 0) usleep(2000);
    assert_true(rc < 0);
    pgfixture_wait(&pg);
    assert_true(qn_embedded_ready(pg.em) < 0);
    qn_embedded_last_words(pg.em, &e);
    assert_int_equal(unlink(in_data("pg/local.conf")), 0);
    assert_non_null(strstr(e.text, "shared_buffers"));
    qn_embedded_stop(pg.em, true); /* reaped: its number may be another's, nobody is signalled */
}

static void no_path_is_too_long(void **state)
{
    (void)state;
    char path[512];
    int n = snprintf(path, sizeof path, "%s", pg.root);
    while (n < 230) {
        n += snprintf(path + n, sizeof path - (size_t)n, "/a-folder-with-a-long-name-in-a-deep-checkout");
        assert_int_equal(mkdir(path, 0755), 0);
    }
    snprintf(path + n, sizeof path - (size_t)n, "/var");
    assert_int_equal(rename(pg.data_dir, path), 0); /* the same cluster, moved */
    qn_embedded_options o = { .data_dir = path, .uid = pg.uid, .gid = pg.gid };
    qn_errmsg e = { "" };
    if (qn_embedded_open(&pg.em, &o, &e)) fail_msg("%s", e.text);
    pgfixture_start(&pg);
    assert_string_equal(pgfixture_sql(&pg, "quoin_owner", "SELECT 1"), "1");
    stop_it(NULL);
    assert_int_equal(rename(path, pg.data_dir), 0);
}

static void the_connection_string_works_in_a_child(void **state)
{
    (void)state;
    open_or_fail();
    pgfixture_start(&pg);
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(pg.gid) || setuid(pg.uid))) _exit(2);
        PGconn *c = PQconnectdb(qn_embedded_conninfo(pg.em, "quoin_owner"));
        _exit(PQstatus(c) == CONNECTION_OK ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int up(void **state)
{
    (void)state;
    qn_log_setup((qn_log_options){ .level = QN_LOG_ERROR });
    pgfixture_folder(&pg);
    return 0;
}

static int down(void **state)
{
    (void)state;
    pgfixture_down(&pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(makes_starts_and_answers_as_its_owner, stop_it),
        cmocka_unit_test_teardown(everything_it_makes_belongs_to_its_user_alone, stop_it),
        cmocka_unit_test_teardown(a_second_start_keeps_the_data, stop_it),
        cmocka_unit_test_teardown(settings_are_ours_again_at_every_open_and_local_ones_stand, stop_it),
        cmocka_unit_test(its_buffers_grow_with_the_memory_within_bounds),
        cmocka_unit_test_teardown(a_half_made_cluster_never_counts, stop_it),
        cmocka_unit_test_teardown(attaches_only_to_a_running_server, stop_it),
        cmocka_unit_test_teardown(the_server_ends_with_a_killed_master, stop_it),
        cmocka_unit_test_teardown(a_lingering_orphan_is_ended_by_the_next_open, stop_it),
        cmocka_unit_test_teardown(a_pid_file_that_names_another_process_is_stale, stop_it),
        cmocka_unit_test_teardown(a_server_of_another_folder_is_never_touched, stop_it),
        cmocka_unit_test_teardown(backends_of_a_killed_postmaster_do_not_keep_the_next_one_out, stop_it),
        cmocka_unit_test_teardown(a_killed_server_that_nobody_reaped_does_not_keep_the_next_one_out, stop_it),
        cmocka_unit_test_teardown(a_second_master_of_the_same_folder_is_refused, stop_it),
        cmocka_unit_test_teardown(says_which_version_the_cluster_needs, stop_it),
        cmocka_unit_test_teardown(says_what_stands_in_the_way_of_its_user, stop_it),
        cmocka_unit_test_teardown(a_folder_that_is_no_cluster_is_refused, stop_it),
        cmocka_unit_test_teardown(a_server_that_cannot_start_is_gone_and_says_why, stop_it),
        cmocka_unit_test_teardown(no_path_is_too_long, stop_it),
        cmocka_unit_test_teardown(the_connection_string_works_in_a_child, stop_it),
    };
    return cmocka_run_group_tests(tests, up, down);
}
