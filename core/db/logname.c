#include "db/logname.h"

#include "base/hash.h"

int qn_log_name_read(qn_log_name *out, bool *recovering, const PGresult *r, int col)
{
    uint64_t timeline;
    if (PQntuples(r) != 1 || PQnfields(r) < col + 3) return QN_EDB;
    if (PQgetisnull(r, 0, col) || PQgetisnull(r, 0, col + 1)) return QN_EDB;
    qn_str system = { PQgetvalue(r, 0, col), (size_t)PQgetlength(r, 0, col) };
    if (qn_str_u64(&timeline, qn_str_of(PQgetvalue(r, 0, col + 1)), 1, UINT32_MAX)) return QN_EDB;
    uint64_t hash = qn_hash(system.p, system.n, 0);
    *out = (qn_log_name){ .system = hash ? hash : 1, .timeline = (uint32_t)timeline };
    *recovering = PQgetvalue(r, 0, col + 2)[0] == 't';
    return QN_OK;
}
