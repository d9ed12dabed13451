/**
 * Types: what an entry of a kind holds. They are data (table `type`), read once by each process and again when one
 * moved.
 */
#ifndef QN_CONTENT_TYPE_H
#define QN_CONTENT_TYPE_H

#include <jansson.h>

#include "base/err.h"
#include "base/fault.h"
#include "base/str.h"

typedef enum {
    QN_KIND_STRING,
    QN_KIND_TEXT,
    QN_KIND_MARKDOWN,
    QN_KIND_BLOCKS,
    QN_KIND_INTEGER,
    QN_KIND_NUMBER,
    QN_KIND_BOOLEAN,
    QN_KIND_DATE,
    QN_KIND_DATETIME,
    QN_KIND_ENUM,
    QN_KIND_SLUG,
    QN_KIND_URL,
    QN_KIND_EMAIL,
    QN_KIND_JSON,
    QN_KIND_TAGS,
    QN_KIND_REFERENCE,
    QN_KIND_REFERENCES,
    QN_KIND_ASSET,
    QN_KIND_ASSETS,
    QN_KIND_GROUP,
    QN_KIND_LIST,
    QN_KINDS
} qn_kind;

typedef struct qn_field qn_field;
struct qn_field {
    char *name;
    qn_kind kind;
    bool required, unique, localized, indexed;
    json_t *def; /**< default, or NULL */
    bool has_min, has_max;
    double min, max; /**< of the value, or of the length in code points, or of the count, by kind */
    char *pattern;   /**< regular expression (ICU) that the whole string has to match, or NULL; its time is bounded */
    char **values;   /**< of an enum */
    size_t nvalues;
    qn_field *of; /**< members of a group; for a list one nameless field: what it holds */
    size_t nof;
    char *to; /**< type referred to, or NULL: any */
};

typedef struct {
    char *name, *collection;
    int version;
    qn_field *fields;
    size_t nfields;
    char *json; /**< the definition as /v1/types gives it, an object */
} qn_type;

enum { QN_TYPES_MAX = 200 }; /**< they are looked through from end to end, and shown on one page */

/** Reads the definition of a type that is to be made, `{"name","collection","fields":[…]}`, into `out` (zeroed before;
 * qn_type_clear frees it in any case). QN_EINVAL with every fault added at its place, kinds and options that are not
 * built for new types among them; QN_ENOMEM. */
int qn_type_check_new(qn_type *out, const json_t *definition, qn_faults *faults);
void qn_type_clear(qn_type *t);

/** A set of types, immutable, by reference count (a request keeps the set that it began with). */
typedef struct qn_types qn_types;

/** Builds a set from definitions: `{"name","collection","version","fields":[…]}` each. Returns owned (one reference).
 *  QN_EINVAL with `e`, QN_ENOMEM. */
int qn_types_new(qn_types **out, const qn_str *definitions, size_t n, qn_errmsg *e);
qn_types *qn_types_ref(qn_types *t);
void qn_types_unref(qn_types **t);
const qn_type *qn_types_by_name(const qn_types *t, qn_str name);             /**< borrows; NULL: none */
const qn_type *qn_types_by_collection(const qn_types *t, qn_str collection); /**< borrows; NULL: none */
const qn_type *qn_types_at(const qn_types *t, size_t i);                     /**< in order of name; NULL past the end */
const qn_field *qn_type_field(const qn_type *t, qn_str name);                /**< borrows; NULL: none */
const char *qn_kind_name(qn_kind k);

#endif
