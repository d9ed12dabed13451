/**
 * Which log a server writes or replays: asked of the primary by the listener, of standbys by the lanes.
 */
#ifndef QN_DB_LOGNAME_H
#define QN_DB_LOGNAME_H

#include <libpq-fe.h>

#include "loop/mark.h"

/** Three columns for qn_log_name_read. A primary's timeline is the one that it writes. A standby does not say which one
 * it replays, but its control file says which it has certainly come to; after a promotion that is some minutes late
 * (until its next restartpoint), never early. */
#define QN_LOG_NAME_COLUMNS                                                                                            \
    "(pg_control_system()).system_identifier::text || '/' || (select oid from pg_database where datname ="             \
    " current_database())::text, case when pg_is_in_recovery() then greatest((pg_control_checkpoint()).timeline_id,"   \
    " (pg_control_recovery()).min_recovery_end_timeline)::int8"                                                        \
    " else ('x' || substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8))::bit(32)::int8 end, pg_is_in_recovery()"

/** Reads the first row's columns from `col` on. QN_EDB: they are not these. */
int qn_log_name_read(qn_log_name *out, bool *recovering, const PGresult *r, int col);

#endif
