/**
 * Reading one definition of a type. Private to type*.c.
 */
#ifndef QN_CONTENT_TYPE_PARSE_H
#define QN_CONTENT_TYPE_PARSE_H

#include "content/type.h"

/** Reads `definition` into `t` (zeroed before). What was read so far is freed by qn_type_clear in any case. QN_EINVAL
 * with `e`, QN_ENOMEM. */
int qn_type_parse(qn_type *t, qn_str definition, qn_errmsg *e);
/** The same with every fault at its place. QN_EINVAL with `faults`, QN_ENOMEM. */
int qn_type_read(qn_type *t, const json_t *definition, qn_faults *faults);

#endif
