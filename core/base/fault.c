#include "base/fault.h"

#include <stdarg.h>
#include <string.h>

void qn_fault_add(qn_faults *f, bool shape, const char *pointer, const char *code, const char *fmt, ...)
{
    f->shape |= shape;
    if (f->n == QN_FAULTS_MAX) {
        f->dropped++;
        return;
    }
    if (f->n == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 8;
        qn_fault *items = qn_arena_calloc(f->arena, cap, sizeof *items);
        if (!items) {
            f->dropped++;
            return;
        }
        if (f->n) memcpy(items, f->items, f->n * sizeof *items);
        f->items = items;
        f->cap = cap;
    }
    va_list ap;
    va_start(ap, fmt);
    char *detail = qn_arena_vprintf(f->arena, fmt, ap);
    va_end(ap);
    char *where = qn_arena_strdup(f->arena, pointer);
    f->items[f->n++] = (qn_fault){ where ? where : "", code, detail ? detail : "" };
}
