/* How many processes, how many connections, how long to wait: sums that start-up prints and refuses by. */
#include <sched.h>
#include <unistd.h>

#include "db/db.h"
#include "process/family.h"

enum { LISTENER_AND_JOBS = 2, WORKERS_MAX = 256 };

/* The CPUs that this process may use, which in a container are fewer than there are. */
static unsigned cpus(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

unsigned qn_workers_wanted(const qn_config *c)
{
    int64_t n = qn_config_int(c, "server", "workers");
    if (n <= 0) n = cpus();
    return (unsigned)(n > WORKERS_MAX ? WORKERS_MAX : n);
}

void qn_connections_count(qn_connections_plan *out, const qn_config *c)
{
    qn_connections_plan p = { .workers = qn_workers_wanted(c), .read = QN_DB_READ_CONNECTIONS, .others = LISTENER_AND_JOBS };
    unsigned writes = (unsigned)qn_config_int(c, "database", "write_connections");
    p.slow = (unsigned)qn_config_int(c, "database", "slow_connections");
    p.write = writes / p.workers;
    if (p.write == 0) p.write = 1; /* every worker writes */
    const char *const *plugins; /* the jobs process has lanes for them */
    if (qn_config_list(c, "plugins", "load", &plugins)) p.others += p.read + p.slow + 1;
    p.total = p.workers * (p.read + p.slow + p.write) + p.others;
    if (*qn_config_str(c, "database", "read_url")) p.standby = p.workers * (p.read + p.slow);
    *out = p;
}

int64_t qn_respawn_delay_ms(unsigned deaths)
{
    if (deaths == 0) return 0;
    unsigned doublings = deaths - 1;
    if (doublings > 16) return QN_RESPAWN_MAX_MS;
    int64_t ms = (int64_t)QN_RESPAWN_MIN_MS << doublings;
    return ms > QN_RESPAWN_MAX_MS ? QN_RESPAWN_MAX_MS : ms;
}
