/**
 * Who has a say in what is done to an entry, and who computes fields from it: a table of functions that the store takes
 * as an argument. It knows nothing of who fills it. [loop]
 */
#ifndef QN_CONTENT_GUARD_H
#define QN_CONTENT_GUARD_H

#include <jansson.h>

#include "base/fault.h"

typedef enum {
    QN_GUARD_SAVE,    /**< before a draft is stored; may change it */
    QN_GUARD_PUBLISH, /**< before a transition that publishes */
    QN_GUARD_DELETE,  /**< before the trash, and before the end */
    QN_GUARD_RENDER   /**< before readers get it; may change it */
} qn_guard_point;

/** A no, as programs and people are told. */
typedef struct {
    int status;       /**< of HTTP, which is what programs know */
    const char *type; /**< short name of the problem, or NULL */
    const char *detail;
    const qn_fault *errors;
    size_t nerrors;
} qn_refusal;

/** `no` NULL: go on. */
typedef void (*qn_guard_fn)(void *ctx, const qn_refusal *no);

/** For whom something is done; part of qn_scope. */
typedef struct {
    const void *caller; /**< the caller as access/ knows it; NULL: the system */
    bool raw;           /**< not for readers' eyes: QN_GUARD_RENDER is not asked */
} qn_guarded;

typedef struct {
    void *ctx;
    /** Anybody stands at this point for entries of this type. */
    bool (*wants)(void *ctx, qn_guard_point point, const char *type);
    /** Asks everybody in turn. `entry` is borrowed until `fn`, which comes once, perhaps before this returns, unless
     * `arena` ends first. What `fn` gets lives as long as the arena. */
    void (*ask)(void *ctx, qn_guard_point point, qn_arena *arena, const qn_guarded *who, const char *type,
                json_t *entry, qn_guard_fn fn, void *fn_ctx);
    /** Anybody computes a field of this type. */
    bool (*derives)(void *ctx, const char *type);
    /** Computed fields of a draft as derived_put (sql/) takes them. Returns owned; NULL: none. */
    json_t *(*derive)(void *ctx, qn_arena *arena, const qn_guarded *who, const char *type, const json_t *entry);
} qn_guard;

#endif
