/**
 * The processes of a server. The master runs qn_serve(); the others are forked from it (never exec'ed), so that they
 * share its sockets, its shared memory and its configuration.
 */
#ifndef QN_PROCESS_PROCESS_H
#define QN_PROCESS_PROCESS_H

#include "base/config.h"

/** Serves until it is told to end. Returns the exit status: 0, or 2 with the reason logged when it could not start. */
int qn_serve(qn_config *c);

/** Worker processes that [server] workers asks for. */
unsigned qn_workers_wanted(const qn_config *c);

/** Database connections of one node, as [database] and [server] have it. */
typedef struct {
    unsigned workers;
    unsigned read, slow, write; /**< of one worker */
    unsigned others;            /**< listener, jobs */
    unsigned total;
    unsigned standby; /**< beside them, to [database] read_url: other servers' connections */
} qn_connections_plan;
void qn_connections_count(qn_connections_plan *out, const qn_config *c);

#endif
