/**
 * What two editors both changed. Pure.
 */
#ifndef QN_CONTENT_CONFLICTS_H
#define QN_CONTENT_CONFLICTS_H

#include "content/draft.h"

/** A change that came too late. */
typedef struct {
    const qn_types *types;
    const qn_type *type;
    qn_draft_mode mode;
    const json_t *input;   /**< what the client sent */
    const json_t *base;    /**< the entry as the client saw it */
    const json_t *current; /**< the entry as it is */
} qn_conflicts;

/** JSON Pointers of what `current` changed since `base` and `input` would change too; blocks by id. Where the input
 * cannot be checked against `base`, the members that it names count as wanted. Arena memory, `*n` of them; NULL with 0.
 */
const char **qn_conflicts_find(size_t *n, qn_arena *arena, const qn_conflicts *c);

#endif
