#include "db/pgnotice.h"

#include "base/log.h"

void qn_pgnotice(void *arg, const PGresult *r)
{
    (void)arg;
    const char *said = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    const char *severity = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);
    qn_debug("postgres %s: %s", severity ? severity : "notice", said ? said : "");
}
