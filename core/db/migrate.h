/**
 * Migrations: numbered files of sql/, built into the binary, applied in one transaction each under an advisory lock by
 * the owning role, with a ledger of checksums. Blocking: `quoin: setup` and the command line only. [init]
 *
 * A file runs as the owner with search_path = quoin, and grants to the role `quoin` what the processes that serve may
 * do. That role exists before the first file runs; where [database] url names another user, that one is made a member
 * of it.
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

/** Applies what is missing: connects as the owner by `conninfo` (libpq URI or keywords), makes the database, the
 * schema, the role `quoin` and the ledger where they are missing and the owner may. `runtime_role` is the user of
 * [database] url (NULL: "quoin", the embedded server's). `applied` (may be NULL) counts, also on failure: each file is
 * a transaction of its own. QN_ESTATE when an applied file has another checksum, the ledger knows a newer one than this
 * binary, or one is missing before an applied one; QN_EUNAVAIL when there is no connection; QN_EDB with file, line and
 * the server's message, that file rolled back. */
int qn_migrate(const char *conninfo, const char *runtime_role, unsigned *applied, qn_errmsg *e);
/** As qn_migrate, with other files: `list` is in order. */
int qn_migrate_files(const char *conninfo, const char *runtime_role, const qn_migration *list, unsigned n,
                     unsigned *applied, qn_errmsg *e);
/** 0 when the schema has all that this binary wants (it may have more: migrations are expand-only, so an older process
 * goes on beside a newer one); QN_ESTATE with what is missing, QN_EUNAVAIL. The runtime role may ask. */
int qn_migrate_check(const char *conninfo, qn_errmsg *e);

#endif
