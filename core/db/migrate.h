/**
 * Migrations: numbered files of sql/, built into the binary, applied in one transaction each under an advisory lock by the owning
 * role, with a ledger of checksums. Blocking: `quoin: setup` and the command line only. [init]
 */
#ifndef QN_DB_MIGRATE_H
#define QN_DB_MIGRATE_H

#include "base/err.h"

typedef struct {
    const char *name;          /**< "0001_core.sql" */
    const unsigned char *text; /**< NUL-terminated SQL */
    unsigned long bytes;
} qn_migration;

/** The built-in migrations in order. */
const qn_migration *qn_migrations(unsigned *n);

/** Applies what is missing. QN_ESTATE when an applied file has another checksum or the ledger knows a newer one than this binary.
 *  Also makes the database, the runtime role and its grants where they are missing and the owner may. `applied` (may be NULL) counts. */
int qn_migrate(const char *conninfo, unsigned *applied, qn_errmsg *e);
/** 0 when the schema is the one this binary wants; QN_ESTATE with what is missing. */
int qn_migrate_check(const char *conninfo, qn_errmsg *e);

#endif
