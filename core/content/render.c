/* What readers get, past a guard that may change it. What was changed has another entity tag than what is stored. */
#include <sodium.h>
#include <stdio.h>

#include "content/page.h"

enum { HASH_BYTES = 8 };

/* A hash in hex; arena memory. */
static const char *hash_of(qn_arena *a, qn_str text)
{
    unsigned char hash[crypto_generichash_BYTES];
    char *hex = qn_arena_alloc(a, HASH_BYTES * 2 + 1);
    crypto_generichash(hash, sizeof hash, (const unsigned char *)text.p, text.n, NULL, 0);
    return hex ? sodium_bin2hex(hex, HASH_BYTES * 2 + 1, hash, HASH_BYTES) : NULL;
}

/* ---- one entry -------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_job *j;
    json_t *entry;
} rendering;

static void rendered(void *ctx, const qn_refusal *no)
{
    rendering *r = ctx;
    qn_job *j = r->j;
    if (no) {
        qn_job_refuse(j, no);
        return;
    }
    int err = qn_store_print(&j->answer.json, j->arena, r->entry);
    const char *hash = err ? NULL : hash_of(j->arena, j->answer.json);
    j->answer.etag = qn_str_of(hash ? qn_arena_printf(j->arena, "\"p%d-%s\"", j->answer.version, hash) : NULL);
    qn_job_end(j, err ? err : j->answer.etag.p ? QN_OK : QN_ENOMEM);
}

void qn_job_render_row(qn_job *j, const qn_db_result *r, qn_str code)
{
    int err = qn_job_take(j, r, code);
    bool asks = !err && j->answer.json.n && !j->scope->who.raw && qn_store_guarded(j->s, QN_GUARD_RENDER, j->type);
    rendering *x = asks ? qn_arena_calloc(j->arena, 1, sizeof *x) : NULL;
    if (asks) err = x ? qn_store_parse(&x->entry, j->arena, j->answer.json) : QN_ENOMEM;
    if (!asks || err) {
        qn_job_end(j, err);
        return;
    }
    x->j = j;
    const qn_guard *g = j->s->guard;
    g->ask(g->ctx, QN_GUARD_RENDER, j->arena, &j->scope->who, j->type->name, x->entry, rendered, x);
}

/* ---- a page ----------------------------------------------------------------------------------------------------- */

typedef struct {
    qn_page_job *j;
    const qn_scope *scope;
    const qn_type *type;
    json_t *items;
    size_t at;
    bool looping, go_on; /* answers that come at once are a loop, not a recursion */
} page_rendering;

static void render_next(page_rendering *r);

static void page_rendered(void *ctx, const qn_refusal *no)
{
    page_rendering *r = ctx;
    /* One that a guard keeps back is left out of the list, whose other entries it has nothing to do with. */
    if (no)
        json_array_remove(r->items, r->at);
    else
        r->at++;
    if (r->looping)
        r->go_on = true;
    else
        render_next(r);
}

static void render_next(page_rendering *r)
{
    const qn_guard *g = r->j->s->guard;
    do {
        if (r->at == json_array_size(r->items)) {
            r->j->page.n = r->at;
            qn_page_end(r->j, qn_store_print(&r->j->page.items, r->j->arena, r->items));
            return;
        }
        r->looping = true;
        r->go_on = false;
        g->ask(g->ctx, QN_GUARD_RENDER, r->j->arena, &r->scope->who, r->type->name, json_array_get(r->items, r->at),
               page_rendered, r);
        r->looping = false;
    } while (r->go_on);
}

void qn_page_render(qn_page_job *j, const qn_scope *scope, const qn_type *type)
{
    page_rendering *r = qn_arena_calloc(j->arena, 1, sizeof *r);
    int err = r ? qn_store_parse(&r->items, j->arena, j->page.items) : QN_ENOMEM;
    if (err) {
        qn_page_end(j, err);
        return;
    }
    r->j = j;
    r->scope = scope;
    r->type = type;
    render_next(r);
}
