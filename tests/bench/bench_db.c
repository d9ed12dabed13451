/*
 * How many keyed reads a second the read lane does, beside pgbench with the same statement on the same server, in
 * alternating runs.
 *
 * usage: bench_db [SECONDS [ROUNDS [IN_FLIGHT]]]     one line a run, then the medians and their ratio
 */
#include "../unit/pgfixture.h"

#include "base/config.h"
#include "db/db.h"
#include "db/migrate.h"
#include "loop/loop.h"

enum { ROWS = 10000, ROUNDS_MAX = 21, CLIENTS_MAX = 1024 };

static const char read_sql[] = "SELECT body, version, extract(epoch from at)::text FROM doc WHERE id = $1::int";
static const char make_sql[] =
    "CREATE TABLE doc (id int PRIMARY KEY, body text, version int, at timestamptz);"
    "ALTER TABLE doc ALTER body SET STORAGE EXTERNAL;"
    "INSERT INTO doc SELECT g, repeat(md5(g::text), 90), 1, now() FROM generate_series(1, 10000) g;"
    "GRANT SELECT ON doc TO quoin;";
static const qn_stmt read_stmt = { "read", read_sql };

typedef struct {
    qn_loop *loop;
    qn_db *db;
    unsigned seed;
    long done, failed;
    bool over;
    int open;
} run;

typedef struct {
    run *r;
    qn_arena *arena;
} client;

static void ask(client *c);

static void on_answer(void *ctx, const qn_db_result *r)
{
    client *c = ctx;
    run *all = c->r;
    if (r->err || r->rows != 1)
        all->failed++;
    else
        all->done++;
    all->open--;
    if (!all->over)
        ask(c);
    else if (!all->open)
        qn_loop_stop(all->loop);
}

static void ask(client *c)
{
    char id[16];
    qn_arena_reset(c->arena); /* the last answer goes */
    int n = snprintf(id, sizeof id, "%d", rand_r(&c->r->seed) % ROWS + 1);
    qn_str param = { id, (size_t)n };
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &read_stmt, .params = &param, .nparams = 1 };
    if (qn_db_call(c->r->db, c->arena, &q, on_answer, c))
        c->r->failed++;
    else
        c->r->open++;
}

static void on_end(void *ctx)
{
    run *r = ctx;
    r->over = true;
}

static double lanes(pgfixture *f, const qn_config *config, int seconds, int clients)
{
    static client c[CLIENTS_MAX];
    run r = { .seed = 7 };
    qn_timer *end;
    assert_int_equal(qn_loop_new(&r.loop), 0);
    assert_int_equal(qn_timer_new(&end, r.loop, on_end, &r), 0);
    qn_db_options o = {
        .loop = r.loop, .config = config, .conninfo = qn_embedded_conninfo(f->em, "quoin"), .write_connections = 1
    };
    assert_int_equal(qn_db_new(&r.db, &o), 0);
    while (!qn_db_ready(r.db)) event_base_loop(qn_loop_base(r.loop), EVLOOP_ONCE);
    int64_t start = qn_mono_us();
    qn_timer_start(end, seconds * 1000);
    for (int i = 0; i < clients; i++) {
        c[i] = (client){ .r = &r, .arena = qn_arena_new(0) };
        ask(&c[i]);
    }
    (void)qn_loop_run(r.loop);
    double rate = (double)r.done * 1e6 / (double)(qn_mono_us() - start);
    for (int i = 0; i < clients; i++) qn_arena_free(&c[i].arena);
    qn_db_free(&r.db);
    qn_timer_free(&end);
    qn_loop_free(&r.loop);
    if (r.failed) printf("%ld reads failed\n", r.failed);
    return rate;
}

static double pgbench(pgfixture *f, const char *script, int seconds)
{
    char cmd[1024], line[256];
    double rate = 0;
    snprintf(cmd, sizeof cmd,
             "/usr/lib/postgresql/15/bin/pgbench -n -M prepared -f %s -c 2 -j 2 -T %d '%s' 2>/dev/null", script,
             seconds, qn_embedded_conninfo(f->em, "quoin"));
    FILE *p = popen(cmd, "r");
    while (p && fgets(line, sizeof line, p)) (void)sscanf(line, "tps = %lf", &rate);
    if (p) pclose(p);
    return rate;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    static const char *const none[] = { NULL };
    int seconds = argc > 1 ? atoi(argv[1]) : 3, rounds = argc > 2 ? atoi(argv[2]) : 5,
        clients = argc > 3 ? atoi(argv[3]) : 64;
    if (seconds < 1 || rounds < 1 || rounds > ROUNDS_MAX || clients < 1 || clients > CLIENTS_MAX) {
        fprintf(stderr, "usage: bench_db [SECONDS [ROUNDS (1-%d) [IN_FLIGHT (1-%d)]]]\n", ROUNDS_MAX, CLIENTS_MAX);
        return 2;
    }
    pgfixture f;
    qn_errmsg e = { "" };
    qn_config *config = NULL;
    qn_config_sources src = { .environ = none };
    const qn_migration m = { "0001_bench.sql", (const unsigned char *)make_sql, sizeof make_sql - 1 };
    pgfixture_up(&f);
    if (qn_config_load(&config, &src, &e) ||
        qn_migrate_files(qn_embedded_conninfo(f.em, "quoin_owner"), NULL, &m, 1, NULL, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    pgfixture_sql(&f, "quoin_owner", "VACUUM ANALYZE quoin.doc");
    pgfixture_sql(&f, "quoin_owner", "ALTER ROLE quoin SET search_path = quoin"); /* for pgbench */
    char script[128];
    snprintf(script, sizeof script, "%s/read.sql", f.root);
    FILE *s = fopen(script, "w");
    assert_non_null(s);
    fprintf(s, "\\set id random(1, %d)\n%.*s:id\n", ROWS, (int)(strlen(read_sql) - strlen("$1::int")), read_sql);
    fclose(s);
    double ours[ROUNDS_MAX], theirs[ROUNDS_MAX];
    for (int i = 0; i < rounds; i++) {
        ours[i] = lanes(&f, config, seconds, clients);
        theirs[i] = pgbench(&f, script, seconds);
        printf("run %d: lane %.0f/s, pgbench %.0f/s\n", i + 1, ours[i], theirs[i]);
        fflush(stdout);
    }
    qsort(ours, (size_t)rounds, sizeof *ours, by_value);
    qsort(theirs, (size_t)rounds, sizeof *theirs, by_value);
    printf("median: lane %.0f/s (%d in flight), pgbench -M prepared -c 2 -j 2 %.0f/s, ratio %.2f\n", ours[rounds / 2],
           clients, theirs[rounds / 2], ours[rounds / 2] / theirs[rounds / 2]);
    qn_config_free(&config);
    pgfixture_down(&f);
    return 0;
}
