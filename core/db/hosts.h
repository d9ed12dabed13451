/**
 * The hosts of a connection string in turns. libpq tries them from the first on, and in an attempt that does not block
 * it leaves none of them for want of an answer: one whose machine is gone, or hangs, would keep us from all others. So
 * whoever gives an attempt up begins the next one with another host.
 */
#ifndef QN_DB_HOSTS_H
#define QN_DB_HOSTS_H

#include <stddef.h>

/** Options of a session. A node whose machine or network is gone at once says no farewell, and what its transactions
 * have locked (an entry, a key, the lock of the one that runs jobs) would stay so, and hold the outbox up, until the
 * server looks: after two hours, unless it is told to look earlier. Of no effect on Unix sockets. */
#define QN_PG_LOOK_EARLY                                                                                               \
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"

typedef struct qn_hosts qn_hosts;

/** Reads them from `conninfo`, of which nothing is kept; one that is none has no hosts. Returns owned. QN_ENOMEM. */
int qn_hosts_new(qn_hosts **out, const char *conninfo);
/** NULL is accepted. */
void qn_hosts_free(qn_hosts **h);

/** Values for libpq's host, hostaddr and port, to stand behind the connection string. */
typedef struct {
    const char *host, *hostaddr, *port; /**< NULL: as the connection string has it */
} qn_hosts_turn;
/** Before each attempt to connect, where one of them is a name: its addresses are looked up beside the loop
 * (db/lookup.h) and stand for it then. QN_OK: go on, with those that were found last; QN_EBUSY: ask again in
 * QN_HOSTS_LOOK_MS; QN_EUNAVAIL, and `why[bytes]` says why: none was ever found. */
int qn_hosts_look(qn_hosts *h, char *why, size_t bytes);
enum { QN_HOSTS_LOOK_MS = 5 };

/** All of them, from the one that is `first` (counted from 0, over the end to the beginning again). Borrows until the
 * next call. */
qn_hosts_turn qn_hosts_from(qn_hosts *h, unsigned first);

#endif
