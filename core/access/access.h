/**
 * Who is calling, and what they may do: bearer tokens to callers, roles' policies to the scopes that content's SQL
 * takes.
 */
#ifndef QN_ACCESS_ACCESS_H
#define QN_ACCESS_ACCESS_H

#include "content/store.h"

typedef struct qn_access qn_access;
typedef struct qn_role qn_role;

/** Who a request speaks for. Arena memory of the request. */
typedef struct {
    const char *person;   /**< id, or NULL for the public */
    const char *name;     /**< of the person; "public" */
    const char *role;     /**< name of the role */
    const char *token;    /**< id of the token, or NULL; for the log */
    const char *request;  /**< id of the request, or NULL; for the log */
} qn_caller;

typedef struct {
    qn_loop *loop;
    qn_db *db;
    qn_shm *shm; /**< its access_epoch says when to ask again; may be NULL */
} qn_access_options;

/** Begins to read roles and policies; reads them again when shm's access_epoch moved. Returns owned. [loop] */
int qn_access_new(qn_access **out, const qn_access_options *o);
void qn_access_free(qn_access **a);
/** Roles have been read. */
bool qn_access_ready(const qn_access *a);

/** `err` QN_OK with `caller`; QN_EDENIED: the credential is malformed, unknown, expired or revoked (401; `why` says
 * which as far as it may be told); QN_EUNAVAIL, QN_ETIMEOUT, QN_EBUSY: ask again later (503). */
typedef void (*qn_caller_fn)(void *ctx, int err, const qn_caller *caller, const char *why);

/** Finds out who a request with this Authorization header (absent slice: none) speaks for. `fn` exactly once, perhaps
 * before this returns, unless the arena ends first. Before roles were read it waits for them, as long as the reading
 * takes. A caller that was found is kept for at most one second. [loop] */
void qn_access_identify(qn_access *a, qn_arena *arena, qn_str authorization, qn_caller_fn fn, void *ctx);

/** Names what `role` may see, for the response cache: callers of one name see the same. Absent slice where what is seen
 * depends on the person. Changes whenever any policy does. Arena memory. [loop] */
qn_str qn_access_rights(const qn_access *a, qn_arena *arena, const char *role);

/** The same for whoever a request with this Authorization header speaks for, where that is known without asking the
 * database; `*who` names them for the log. Absent slice otherwise. Borrows until the next call. [loop] */
qn_str qn_access_rights_of(qn_access *a, qn_str authorization, const char **who);

/** Compiles the caller's rights on a type. Arena memory; never NULL but out of memory: no rights at all when the role
 * is gone. [loop] */
const qn_scope *qn_access_scope(const qn_access *a, qn_arena *arena, const qn_caller *caller, const qn_type *type);

/* ---- blocking, for setup and the command line, as the owning role [init]
 * ---------------------------------------------- */

enum { QN_TOKEN_BYTES = 64 }; /**< room for "qn_" + 43 characters and the NUL */

/** Makes a token for `role`, acting as the person named `name` (made where there is none of that name). `expires_s` 0:
 * never. The token is told once and kept only as its hash. QN_ENOTFOUND: no such role. `id` gets the token's. */
int qn_token_add(const char *conninfo, const char *role, const char *name, int64_t expires_s,
                 char token[QN_TOKEN_BYTES], char id[37], qn_errmsg *e);
typedef struct {
    const char *id, *name, *role, *created_at, *expires_at, *state; /**< state: "active", "expired", "revoked" */
} qn_token_row;
int qn_token_list(const char *conninfo, void (*row)(void *ctx, const qn_token_row *t), void *ctx, qn_errmsg *e);
/** QN_ENOTFOUND: no such token (or revoked already). */
int qn_token_revoke(const char *conninfo, const char *id, qn_errmsg *e);

/** On the first start: makes the administrator and writes their token to `path` (mode 0600, made beside and renamed).
 * Does nothing when an administrator's token exists already. */
int qn_access_bootstrap(const char *conninfo, const char *path, qn_errmsg *e);

#endif
