/**
 * Addresses of hosts, looked up by a thread of its own. libpq asks for them where it connects, and waits: with a name
 * service that does not answer the loop stood still, for every lane's attempt once more.
 */
#ifndef QN_DB_LOOKUP_H
#define QN_DB_LOOKUP_H

#include <stdbool.h>

typedef struct qn_lookup qn_lookup;

/** Items of a list with commas between; 0: NULL or empty. Pure. */
unsigned qn_lookup_items(const char *list);
/** One of `hosts`, as libpq takes them (with commas between), is a name that must be looked up. Pure. */
bool qn_lookup_wanted(const char *hosts);
/** Begins. `ports`: as many as hosts, or one for all; may be NULL. Returns owned. QN_ENOMEM: no memory, or no thread.
 */
int qn_lookup_begin(qn_lookup **out, const char *hosts, const char *ports);
/** It has ended. Until then nothing else may be asked of it. */
bool qn_lookup_done(const qn_lookup *l);

/** Of all hosts each address, all three with an item for each. An item of `hostaddr` is empty where the host is no
 * name. */
typedef struct {
    const char *host, *hostaddr;
    const char *port; /**< NULL: one for all, as given */
} qn_lookup_found;
/** Borrows from it. False: there is none, and `*why` says why. */
bool qn_lookup_result(const qn_lookup *l, qn_lookup_found *found, const char **why);
/** Also of one that has not ended: its thread goes on by itself. NULL is accepted. */
void qn_lookup_free(qn_lookup **l);

#endif
