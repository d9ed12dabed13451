/**
 * Who the server runs as. Started as root, everything but the master is one unprivileged user ([server] user);
 * otherwise everybody is whoever started it. [init]
 */
#ifndef QN_PROCESS_USER_H
#define QN_PROCESS_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

enum { QN_USER_NAME_BYTES = 64 };

typedef struct {
    uid_t uid;
    gid_t gid;
    bool drop; /**< we are root and `uid` is not */
    char name[QN_USER_NAME_BYTES];
} qn_user;

/** Finds the user. As root the account `name` is looked up; where it is missing and `may_make` it is made as a system
 * account (said in the log), and this process takes its groups, so that what it tries as the user ends as it will for
 * the user. Not as root: oneself, `name` is not looked at. QN_EINVAL, QN_EIO with what would be right. */
int qn_user_find(qn_user *out, const char *name, bool may_make, qn_errmsg *e);

/** Gives up root for good in a child: groups, gid, uid, no new privileges. Does nothing but the last for `!u->drop`.
 * QN_EIO. */
int qn_user_become(const qn_user *u, qn_errmsg *e);

/** Acts as the user on files until qn_user_end (effective ids only), so that the master follows no link that the user
 * could not follow itself. Calls do not nest. QN_EIO. */
int qn_user_begin(const qn_user *u);
void qn_user_end(const qn_user *u);

#endif
