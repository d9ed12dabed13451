/**
 * One function a kind: gets a value that is there, gives the canonical one (owned), or adds a fault and leaves `*out`
 * alone. 0 or QN_ENOMEM. Private to kinds*.c.
 */
#ifndef QN_CONTENT_KINDS_IMPL_H
#define QN_CONTENT_KINDS_IMPL_H

#include "content/kinds.h"

typedef int qn_kind_fn(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                       const json_t *before);

qn_kind_fn qn_kind_text, qn_kind_formatted, qn_kind_enum, qn_kind_integer, qn_kind_number, qn_kind_boolean,
    qn_kind_time, qn_kind_json, qn_kind_tags, qn_kind_reference, qn_kind_references, qn_kind_asset, qn_kind_assets;

/** `*out` becomes `value` (taken); NULL was out of memory. */
int qn_kind_give(json_t **out, json_t *value);
/** The rules of a count: `most` where the field sets no max. */
bool qn_kind_count_fits(qn_check *c, const qn_field *f, size_t n, size_t most);

#endif
