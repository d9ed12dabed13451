/**
 * The filter tree compiled to SQL. Pure: what a client wrote goes into parameters only, the text is made of fixed
 * pieces.
 */
#ifndef QN_CONTENT_FILTER_H
#define QN_CONTENT_FILTER_H

#include "content/store_impl.h"

enum { QN_FILTER_DEPTH = 8, QN_FILTER_CONDITIONS = 100, QN_FILTER_VALUES = 200, QN_FILTER_VALUE_BYTES = 1000 };

/** What a condition can name of an entry, and the alias under which its row stands in the statement. */
typedef struct {
    qn_buf *sql;       /**< the text so far */
    qn_params *params; /**< of the statement */
    qn_arena *arena;
    qn_faults *faults;
    const qn_type *type;
    qn_view view;          /**< LIVE: a row `p` of published; DRAFT: a row `e` of entry */
    const qn_filter *skip; /**< a condition that the statement sees to otherwise, or NULL */
    size_t conditions;     /**< seen so far */
} qn_filter_sql;

/** Appends `f` as one expression in parentheses that is never NULL under NOT. Faults (unknown or unfilterable field,
 * value that its kind cannot have, too deep, too many) are added, all of them: look at `faults`. QN_ENOMEM, QN_EINVAL
 * when there are any. */
int qn_filter_compile(qn_filter_sql *c, const qn_filter *f);

/** Every row has to have one of some given ids or slugs. */
bool qn_filter_sharp(const qn_filter *f);
/** A condition on tags that every row has to meet, by which a list can be read from its tag's range; NULL: there is
 * none. */
const qn_filter *qn_filter_tag(const qn_filter *f);
/** Whether the tree has any condition but `one`. */
bool qn_filter_only(const qn_filter *f, const qn_filter *one);
/** Faults of the values of a condition on tags. QN_EINVAL, QN_OK. */
int qn_filter_tag_check(qn_faults *faults, const qn_filter *f);
/** The values of a condition as an array parameter. */
void qn_filter_values(qn_params *p, const qn_filter *f);

#endif
