/**
 * The field kinds of the contract: each checks a value and makes it canonical. Pure.
 */
#ifndef QN_CONTENT_KINDS_H
#define QN_CONTENT_KINDS_H

#include "content/check.h"
#include "content/type.h"

enum {
    QN_STRING_MAX_POINTS = 1000, /**< of a string where the field sets no max */
    QN_TEXT_MAX_POINTS = 262144, /**< of a text or markdown */
    QN_URL_MAX_BYTES = 2048,
    QN_ITEMS_MAX = 1000, /**< of references, assets, list */
    QN_TAGS_MAX = 100,
    QN_JSON_DEPTH_MAX = 64
};

/** Called for each reference found: its place ("authors", "cast/0/person"), its number in its list, its id (lower
 * case). 0 or QN_ENOMEM. */
typedef int (*qn_edge_fn)(void *ctx, qn_str place, int ord, qn_str id, const qn_field *field);

typedef struct {
    qn_check *check;
    qn_edge_fn edge; /**< may be NULL */
    void *ctx;
    bool exists; /**< the entry exists already: ids of its blocks are never given to others */
} qn_kind_check_args;

/** Checks `value` (NULL or JSON null: absent) at `args->check`'s place against `f`. `*out` becomes the canonical value,
 * owned: the default or JSON null where there is none. `before` is what stood there (for ids of blocks), or NULL. With
 * a fault it is added and `*out` becomes NULL. 0 or QN_ENOMEM. */
int qn_kind_check(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                  const json_t *before);

/** Single rules, shared with blocks. Each adds a fault and gives false where the rule is broken. */
bool qn_rule_url(qn_check *c, qn_str s);
bool qn_rule_uuid(qn_check *c, qn_str s);
bool qn_rule_slug(qn_check *c, qn_str s);
/** Text of a value that has to be a string: false with a fault when it is not. */
bool qn_rule_string(qn_str *out, qn_check *c, const json_t *value);
/** As RFC 3339 asks; `out` becomes UTC with milliseconds (QN_RFC3339_BYTES). */
bool qn_rule_datetime(char *out, qn_check *c, qn_str s);
/** Fault that there is no such asset (there are none yet). */
void qn_rule_no_asset(qn_check *c, const json_t *value);

/** How many levels of arrays and objects `v` has, counting at most `most` + 1. */
unsigned qn_json_depth(const json_t *v, unsigned most);

/** Tags: an array of slugs; canonical: sorted, each once. As qn_kind_check, with an array always. */
int qn_tags_check(json_t **out, qn_check *c, const json_t *value, size_t max);

#endif
