#include "content/type.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "content/type_parse.h"

struct qn_types {
    atomic_size_t refs;
    size_t n;
    qn_type *all; /* by name */
};

static void types_free(qn_types *t)
{
    for (size_t i = 0; i < t->n; i++) qn_type_clear(&t->all[i]);
    free(t->all);
    free(t);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const qn_type *)a)->name, ((const qn_type *)b)->name);
}

static const char *unknown_target(const qn_types *t, const qn_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fields[i].to && !qn_types_by_name(t, qn_str_of(fields[i].to))) return fields[i].to;
        const char *below = unknown_target(t, fields[i].of, fields[i].nof);
        if (below) return below;
    }
    return NULL;
}

/* What only the whole set shows. `t` is sorted. */
static int check_set(const qn_types *t, qn_errmsg *e)
{
    for (size_t i = 0; i < t->n; i++) {
        const qn_type *one = &t->all[i];
        if (i && strcmp(t->all[i - 1].name, one->name) == 0)
            return qn_fail(e, QN_EINVAL, "there are two types \"%s\"", one->name);
        for (size_t k = 0; k < i; k++)
            if (strcmp(t->all[k].collection, one->collection) == 0)
                return qn_fail(e, QN_EINVAL, "the types \"%s\" and \"%s\" both have the collection \"%s\"",
                               t->all[k].name, one->name, one->collection);
        const char *target = unknown_target(t, one->fields, one->nfields);
        if (target)
            return qn_fail(e, QN_EINVAL, "type %s refers to a type \"%s\" that does not exist", one->name, target);
    }
    return 0;
}

int qn_types_new(qn_types **out, const qn_str *definitions, size_t n, qn_errmsg *e)
{
    qn_types *t = calloc(1, sizeof *t);
    if (!t) return QN_ENOMEM;
    atomic_init(&t->refs, 1);
    t->all = calloc(n ? n : 1, sizeof *t->all);
    int rc = t->all ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < n && !rc; i++) {
        t->n = i + 1;
        rc = qn_type_parse(&t->all[i], definitions[i], e);
    }
    if (!rc) qsort(t->all, n, sizeof *t->all, by_name);
    if (!rc) rc = check_set(t, e);
    if (rc)
        types_free(t);
    else
        *out = t;
    return rc;
}

qn_types *qn_types_ref(qn_types *t)
{
    atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void qn_types_unref(qn_types **t)
{
    qn_types *dead = *t;
    *t = NULL;
    if (dead && atomic_fetch_sub_explicit(&dead->refs, 1, memory_order_acq_rel) == 1) types_free(dead);
}

const qn_type *qn_types_by_name(const qn_types *t, qn_str name)
{
    for (size_t i = 0; i < t->n; i++)
        if (qn_str_eqz(name, t->all[i].name)) return &t->all[i];
    return NULL;
}

const qn_type *qn_types_by_collection(const qn_types *t, qn_str collection)
{
    for (size_t i = 0; i < t->n; i++)
        if (qn_str_eqz(collection, t->all[i].collection)) return &t->all[i];
    return NULL;
}

const qn_type *qn_types_at(const qn_types *t, size_t i)
{
    return i < t->n ? &t->all[i] : NULL;
}

const qn_field *qn_type_field(const qn_type *t, qn_str name)
{
    for (size_t i = 0; i < t->nfields; i++)
        if (qn_str_eqz(name, t->fields[i].name)) return &t->fields[i];
    return NULL;
}
