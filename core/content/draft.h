/**
 * An entry's draft as a client gives it, checked against its type and made canonical. Pure: no database, no I/O.
 */
#ifndef QN_CONTENT_DRAFT_H
#define QN_CONTENT_DRAFT_H

#include "content/type.h"

/** An edge to another entry. */
typedef struct {
    const char *field;  /**< JSON Pointer without the leading slash: "authors", "related" */
    int ord;            /**< place in the list, from 0 */
    const char *target; /**< id */
    const char *to;     /**< type it must be of, or NULL */
} qn_edge;

/** What is stored of a draft. Everything is arena memory, but `fields` and `scalars`, which are
 * freed with it. */
typedef struct {
    json_t *fields;     /**< every field of the type in its order: canonical values, defaults; where there is nothing
                             null, of what holds many [] */
    const char *id;     /**< given by the caller of an import, else NULL */
    const char *slug;   /**< given or made; never NULL after a successful check */
    bool slug_made;     /**< made from the title: may be given a suffix where it is taken */
    const char *locale; /**< "en" by default */
    const char **tags;  /**< slugs, sorted, each once */
    size_t ntags;
    qn_edge *edges;
    size_t nedges;
    const char *title; /**< what lists sort and show: the field `title`, else `name`, else the slug */
    json_t *scalars;   /**< owned like `fields`: object of top-level scalar fields (string kinds up to 1000 bytes,
                          numbers, booleans, dates, enums): what an equality filter can ask for */
} qn_draft;

typedef enum {
    QN_DRAFT_CREATE,  /**< a POST */
    QN_DRAFT_REPLACE, /**< a PUT: what is absent goes back to its default */
    QN_DRAFT_PATCH    /**< RFC 7396 merge of `input` into `current` */
} qn_draft_mode;

/** Checks `input` (any JSON value) and builds the draft. `current` (not with CREATE) is the entry as ?version=draft
 * shows it: read-only system members of `input` must equal it, blocks without ids keep theirs by content. Gathers all
 * faults: unknown, ill-typed or read-only members as shape, broken rules of the type as not. 0 only when there is none;
 * QN_EINVAL with `faults`; QN_ENOMEM. `out` is filled only on 0; the fields' json_t are freed with the arena (deferred
 * there).
 *
 * Of the system's members `slug`, `tags` and, with CREATE, `locale` ("en"), `id` (whether the caller may give one is
 * the store's to say) and `type` (its name) are taken. A slug that is absent with REPLACE or PATCH stays, one that is
 * null is made anew from the title. `_actions` and `_lease` are let through where `current` does not show them. */
int qn_draft_check(qn_draft *out, qn_arena *arena, const qn_types *types, const qn_type *type, qn_draft_mode mode,
                   const json_t *input, const json_t *current, qn_faults *faults);

/** "en", "uk", "pt-BR": ^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$, at most 35 bytes. No entry has another locale. */
bool qn_is_locale(qn_str s);

/** JSON Pointers of what differs between two entries' fields (objects as stored), blocks by their ids ("/body/b7");
 * plus "/slug" and "/tags" where members of that name differ. Arena memory, `*n` of them; NULL when out of memory. */
const char **qn_draft_changes(size_t *n, qn_arena *arena, const json_t *before, const json_t *after);

#endif
