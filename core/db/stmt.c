#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/db_priv.h"

/* FNV-1a: names are short and ours. */
uint64_t qn_db_name_hash(const char *name)
{
    uint64_t h = 14695981039346656037u;
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 1099511628211u;
    return h;
}

qn_db_form qn_db_form_of(const qn_db_callee *c)
{
    if (c->joined && c->ride)
        return (qn_db_form){ c->joined->name, c->joined->sql, qn_db_name_hash(c->joined->name), false };
    return (qn_db_form){ c->name, c->sql, c->name_hash, c->dynamic };
}

void qn_db_stmts_init(qn_db_stmts *s)
{
    *s = (qn_db_stmts){ .dynamic = 0 };
    qn_db_link_init(&s->lru);
}

void qn_db_stmts_clear(qn_db_stmts *s)
{
    for (unsigned i = 0; i < QN_DB_STMT_BUCKETS; i++) {
        while (s->buckets[i]) {
            qn_db_stmt *st = s->buckets[i];
            s->buckets[i] = st->chain;
            free(st);
        }
    }
    qn_db_stmts_init(s);
}

static qn_db_stmt **slot_of(qn_db_stmts *s, const char *name, uint64_t hash)
{
    qn_db_stmt **at = &s->buckets[hash % QN_DB_STMT_BUCKETS];
    while (*at && ((*at)->hash != hash || strcmp((*at)->name, name))) at = &(*at)->chain;
    return at;
}

qn_db_stmt *qn_db_stmts_find(qn_db_stmts *s, const qn_db_form *f)
{
    qn_db_stmt *st = *slot_of(s, f->name, f->hash);
    if (st && st->dynamic) {
        qn_db_link_remove(&st->lru);
        qn_db_link_insert(&s->lru, &st->lru);
    }
    return st;
}

qn_db_stmt *qn_db_stmts_add(qn_db_stmts *s, const qn_db_form *f)
{
    qn_db_stmt *st = calloc(1, sizeof *st), **at = &s->buckets[f->hash % QN_DB_STMT_BUCKETS];
    if (!st) return NULL;
    st->hash = f->hash;
    st->dynamic = f->dynamic;
    snprintf(st->name, sizeof st->name, "%s", f->name);
    qn_db_link_init(&st->lru);
    if (st->dynamic) {
        qn_db_link_insert(&s->lru, &st->lru);
        s->dynamic++;
    }
    st->chain = *at;
    *at = st;
    return st;
}

void qn_db_stmts_forget(qn_db_stmts *s, const char *name, uint64_t hash)
{
    qn_db_stmt **at = slot_of(s, name, hash), *st = *at;
    if (!st) return;
    *at = st->chain;
    qn_db_link_remove(&st->lru);
    if (st->dynamic) s->dynamic--;
    free(st);
}

qn_db_stmt *qn_db_stmts_oldest(qn_db_stmts *s)
{
    return s->dynamic < QN_DB_STMT_DYNAMIC ? NULL : (qn_db_stmt *)(void *)s->lru.next;
}
