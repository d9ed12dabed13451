/** Where the server's notices go: the log, at debug. Internal to db. */
#ifndef QN_DB_PGNOTICE_H
#define QN_DB_PGNOTICE_H

#include <libpq-fe.h>

/** A PQnoticeReceiver. */
void qn_pgnotice(void *arg, const PGresult *r);

#endif
