/* The jobs process against a real PostgreSQL: one runner of all nodes, and the one job that there is. */
#include "unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/migrate.h"
#include "pgfixture.h"
#include "process/child.h"

enum { PATIENCE_MS = 15000 };

static pgfixture pg;
static qn_config *config;
static qn_shm *shm;

static const char locks_sql[] = "select count(*) from pg_locks l join pg_stat_activity a using (pid)"
                                " where l.locktype = 'advisory' and l.granted and a.application_name = 'quoin jobs'";
static const char sessions_sql[] = "select count(*) from pg_stat_activity where application_name = 'quoin jobs'";
static const char runner_sql[] =
    "select coalesce((select l.pid::text from pg_locks l join pg_stat_activity a using (pid)"
    " where l.locktype = 'advisory' and l.granted and a.application_name = 'quoin jobs'), '')";
static const char old_sql[] = "select count(*) from quoin.event where kind = 'old'";

static pid_t start_jobs(void)
{
    static const qn_user oneself;
    static sigset_t none;
    qn_child child = { .kind = QN_PROC_JOBS,
                       .label = "jobs",
                       .master = getpid(),
                       .user = &oneself,
                       .mask = &none,
                       .config = config,
                       .shm = shm,
                       .conninfo = qn_embedded_conninfo(pg.em, "quoin") };
    child.slot = qn_shm_slot_take(shm, QN_PROC_JOBS, 0, 1);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) _exit(qn_jobs_main(&child));
    return pid;
}

static int end(pid_t pid, int sig)
{
    int status;
    assert_int_equal(kill(pid, sig), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static const char *ask(const char *sql)
{
    return pgfixture_sql(&pg, "quoin_owner", sql);
}

static void wait_for(const char *sql, const char *answer)
{
    int64_t until = qn_mono_ms() + PATIENCE_MS;
    while (strcmp(ask(sql), answer) != 0) {
        if (qn_mono_ms() > until) fail_msg("waited for %s of: %s", answer, sql);
        usleep(10000);
    }
}

static void one_of_all_nodes_is_the_runner_and_another_takes_over(void **state)
{
    (void)state;
    pid_t a = start_jobs();
    wait_for(locks_sql, "1");
    char first[32];
    snprintf(first, sizeof first, "%s", ask(runner_sql));
    pid_t b = start_jobs();
    wait_for(sessions_sql, "2");
    usleep(100000); /* it has asked for the lock by now, in vain */
    assert_string_equal(ask(locks_sql), "1");
    end(a, SIGKILL);
    wait_for(sessions_sql, "1");
    wait_for(locks_sql, "1");
    assert_string_not_equal(ask(runner_sql), first);
    assert_int_equal(end(b, SIGTERM), 0);
    wait_for(sessions_sql, "0");
}

static void the_runner_trims_the_outbox(void **state)
{
    (void)state;
    (void)ask("insert into quoin.event (kind, at) select 'old', now() - interval '31 days' from generate_series(1, 7)");
    (void)ask("insert into quoin.event (kind) values ('new')");
    pid_t pid = start_jobs();
    wait_for(old_sql, "0");
    assert_string_equal(ask("select count(*) from quoin.event where kind = 'new'"), "1");
    assert_int_equal(end(pid, SIGTERM), 0);
}

static int up(void **state)
{
    (void)state;
    qn_errmsg e = { "" };
    const char *const env[] = { NULL };
    qn_config_sources src = { .environ = env };
    pgfixture_up(&pg);
    if (qn_migrate(qn_embedded_conninfo(pg.em, "quoin_owner"), NULL, NULL, &e)) fail_msg("%s", e.text);
    if (qn_config_load(&config, &src, &e)) fail_msg("%s", e.text);
    return qn_shm_new(&shm);
}

static int down(void **state)
{
    (void)state;
    qn_config_free(&config);
    qn_shm_free(&shm);
    pgfixture_down(&pg);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_all_nodes_is_the_runner_and_another_takes_over),
        cmocka_unit_test(the_runner_trims_the_outbox),
    };
    return cmocka_run_group_tests(tests, up, down);
}
