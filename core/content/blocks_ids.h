/**
 * Which block keeps which id. Private to blocks*.c.
 */
#ifndef QN_CONTENT_BLOCKS_IDS_H
#define QN_CONTENT_BLOCKS_IDS_H

#include <jansson.h>

#include "base/arena.h"

/** Gives each object of `blocks` (canonical, each with a string or null member "id", the strings unique) an id as
 * qn_blocks_check says. Bounded: O(n log n) in the number of blocks, linear in their bytes. QN_ENOMEM. */
int qn_blocks_give_ids(json_t *blocks, const json_t *before, qn_arena *scratch);

#endif
