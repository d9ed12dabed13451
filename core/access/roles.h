/**
 * Roles and their policies as read from the database: an immutable set, compiled to scopes.
 */
#ifndef QN_ACCESS_ROLES_H
#define QN_ACCESS_ROLES_H

#include "access/access.h"

typedef struct qn_roles qn_roles;

/** From rows (role, type, action, reach); action may be NULL for a role without policies. Returns owned. QN_ENOMEM. */
int qn_roles_new(qn_roles **out, const qn_db_result *rows);
void qn_roles_free(qn_roles **r);
/** Arena memory; NULL when out of memory. A role that is not in the set has no rights. */
qn_scope *qn_roles_scope(const qn_roles *r, qn_arena *arena, const char *role, const char *person, const char *type);

/** No policy of `role` depends on who the person is. */
bool qn_roles_impersonal(const qn_roles *r, const char *role);

#endif
