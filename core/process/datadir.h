/**
 * [database] data_dir: the one folder that a server writes to. Made, owned, found a reachable place for, locked. [init]
 */
#ifndef QN_PROCESS_DATADIR_H
#define QN_PROCESS_DATADIR_H

#include "base/err.h"
#include "process/user.h"

typedef struct qn_datadir qn_datadir;

/** Opens `configured` (relative to the working directory), making it where it is missing and handing it to the user. As
 * root, where the user cannot get to it (a clone under /root), a new folder under /var/lib/quoin takes its place and
 * `configured` becomes a symbolic link to it, which the log says. Returns owned. QN_EINVAL, QN_EIO with a message that
 * names data_dir. */
int qn_datadir_open(qn_datadir **out, const char *configured, const qn_user *u, qn_errmsg *e);
/** The folder itself, absolute, without links, as the user can reach it; borrows. */
const char *qn_datadir_path(const qn_datadir *d);

/** Keeps every other server out until this process ends or closes it. QN_EBUSY with a message that names the other's
 * pid. */
int qn_datadir_lock(qn_datadir *d, qn_errmsg *e);

/** Writes `text` to the file `name` in it, whole or not at all, mode 0644, as the user. QN_EIO, errno says why. */
int qn_datadir_put(const qn_datadir *d, const char *name, const char *text);
/** Removes the file `name`; that it is not there is no error. */
void qn_datadir_remove(const qn_datadir *d, const char *name);

/** NULL is accepted. */
void qn_datadir_close(qn_datadir **d);

/** `configured` as it stands on disk without making anything: for command-line tools. Returns owned. QN_ENOTFOUND,
 * QN_ENOMEM. */
int qn_datadir_find(char **out, const char *configured);

#endif
