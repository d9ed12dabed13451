#include "api/query.h"

#include <string.h>

static const struct {
    const char *name;
    qn_op op;
} operators[] = { { "_eq", QN_OP_EQ }, { "_in", QN_OP_IN } };

/* `filter[a][_eq]` → "a" and "_eq"; `filter[a]` → "a" and nothing, which means _eq. */
static bool split_name(qn_str name, qn_str *field, qn_str *op)
{
    qn_str rest = { name.p + 7, name.n - 7 };
    if (!qn_str_ends(rest, QN_STR("]"))) return false;
    rest.n--;
    qn_str inner = rest;
    for (size_t i = 0; i < rest.n; i++) {
        if (rest.p[i] != ']') continue;
        if (i + 1 >= rest.n || rest.p[i + 1] != '[') return false;
        *field = (qn_str){ rest.p, i };
        *op = (qn_str){ rest.p + i + 2, rest.n - i - 2 };
        return field->n && op->n && !memchr(op->p, '[', op->n) && !memchr(op->p, ']', op->n) &&
               !memchr(field->p, '[', field->n);
    }
    *field = inner;
    *op = (qn_str){ 0 };
    return field->n && !memchr(field->p, '[', field->n);
}

static int split_values(qn_filter *f, qn_arena *arena, qn_str value, qn_faults *faults)
{
    size_t n = 1;
    for (size_t i = 0; i < value.n; i++) n += value.p[i] == ',';
    if (n > QN_QUERY_CONDITIONS) {
        qn_fault_add(faults, true, f->origin, "max", "at most %d values are taken, here are %zu", QN_QUERY_CONDITIONS,
                     n);
        return QN_EINVAL;
    }
    qn_str *values = qn_arena_calloc(arena, n, sizeof *values);
    if (!values) return QN_ENOMEM;
    for (size_t i = 0; i < n; i++) values[i] = qn_str_cut(&value, ',');
    f->values = values;
    f->nvalues = n;
    return QN_OK;
}

static int read_condition(qn_filter *f, qn_call *c, const qn_pair *p, qn_faults *faults)
{
    qn_str field, op;
    *f = (qn_filter){ .kind = QN_NODE_COND, .origin = qn_arena_printf(c->arena, "?%.*s", QN_FMT(p->name)) };
    if (!f->origin) return QN_ENOMEM;
    if (!split_name(p->name, &field, &op)) {
        qn_fault_add(faults, true, f->origin, "format", "a filter is written filter[field][operator]=value");
        return QN_EINVAL;
    }
    f->field = qn_str_dup(c->arena, field);
    if (!f->field) return QN_ENOMEM;
    size_t i = 0, n = sizeof operators / sizeof *operators;
    while (op.p && i < n && !qn_str_eqz(op, operators[i].name)) i++;
    if (i == n) {
        qn_fault_add(faults, true, f->origin, "unknown_operator",
                     "there is no operator \"%.*s\"; known are _eq and _in", QN_FMT(op));
        return QN_EINVAL;
    }
    f->op = operators[i].op;
    if (f->op == QN_OP_IN) return split_values(f, c->arena, p->value, faults);
    qn_str *value = qn_arena_alloc(c->arena, sizeof *value);
    if (!value) return QN_ENOMEM;
    *value = p->value;
    f->values = value;
    f->nvalues = 1;
    return QN_OK;
}

static int read_filter(qn_list_query *q, qn_call *c, qn_faults *faults)
{
    size_t n = 0;
    for (size_t i = 0; i < c->nquery; i++) n += qn_str_starts(c->query[i].name, QN_STR("filter["));
    if (!n) return QN_OK;
    if (n > QN_QUERY_CONDITIONS) {
        qn_fault_add(faults, true, "?filter", "max", "at most %d conditions are taken, here are %zu",
                     QN_QUERY_CONDITIONS, n);
        return QN_OK;
    }
    qn_filter *all = qn_arena_calloc(c->arena, n + 1, sizeof *all);
    if (!all) return QN_ENOMEM;
    all[0] = (qn_filter){ .kind = QN_NODE_AND, .children = all + 1 };
    for (size_t i = 0; i < c->nquery; i++) {
        if (!qn_str_starts(c->query[i].name, QN_STR("filter["))) continue;
        int err = read_condition(&all[1 + all[0].nchildren], c, &c->query[i], faults);
        if (err == QN_ENOMEM) return err;
        if (!err) all[0].nchildren++;
    }
    q->filter = all;
    return QN_OK;
}

static int read_sort(qn_list_query *q, qn_call *c, qn_faults *faults)
{
    qn_str rest = qn_call_param(c, "sort");
    if (!rest.p) return QN_OK;
    qn_sort *sort = qn_arena_calloc(c->arena, QN_QUERY_SORTS, sizeof *sort);
    if (!sort) return QN_ENOMEM;
    q->sort = sort;
    do {
        qn_str key = qn_str_cut(&rest, ',');
        bool descending = qn_str_starts(key, QN_STR("-"));
        if (descending) key = (qn_str){ key.p + 1, key.n - 1 };
        if (q->nsort == QN_QUERY_SORTS) {
            qn_fault_add(faults, true, "?sort", "max", "at most %d keys are taken", QN_QUERY_SORTS);
            return QN_OK;
        }
        sort[q->nsort].field = qn_str_dup(c->arena, key);
        if (!sort[q->nsort].field) return QN_ENOMEM;
        sort[q->nsort++].descending = descending;
    } while (rest.p);
    return QN_OK;
}

int qn_query_read(qn_list_query *q, qn_call *c, qn_faults *faults)
{
    memset(q, 0, sizeof *q);
    (void)qn_call_limit(c, &q->limit, faults);
    (void)qn_call_view(c, &q->view, faults);
    q->locale = qn_call_locale(c);
    q->after = qn_call_param(c, "after");
    q->before = qn_call_param(c, "before");
    if (q->after.p && q->before.p)
        qn_fault_add(faults, true, "?before", "conflict", "after and before cannot be given together");
    int err = read_sort(q, c, faults);
    if (!err) err = read_filter(q, c, faults);
    if (err) return err;
    return faults->n ? QN_EINVAL : QN_OK;
}
