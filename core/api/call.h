/**
 * One REST call under way: what every resource needs before its own work begins, and the answers that they share. Private to api/.
 */
#ifndef QN_API_CALL_H
#define QN_API_CALL_H

#include <jansson.h>

#include "access/retry.h"
#include "api/api.h"

typedef struct qn_call qn_call;

enum {
    QN_CALL_TYPED = 1, /**< the route has {collection}: `type` and `scope` are filled, 404 for an unknown one */
    QN_CALL_KEPT = 2,  /**< a GET whose answers may come from the response cache; they are kept where qn_call_keep is said */
    QN_CALL_LINES = 4  /**< a body of application/x-ndjson is streamed */
};

typedef struct {
    unsigned methods;
    const char *pattern;
    void (*fn)(qn_call *c);
    const char *accepts;  /**< as in qn_route */
    const char *params;   /**< query parameters that it knows, separated by blanks; "filter[" stands for all that begin so */
    unsigned flags;
} qn_api_route;

struct qn_call {
    qn_req *req;
    qn_api *api;
    const qn_api_route *route;
    qn_arena *arena;
    const qn_caller *caller;
    qn_types *types;         /**< the set that this call began with */
    const qn_type *type;     /**< of QN_CALL_TYPED */
    const qn_scope *scope;   /**< of QN_CALL_TYPED */
    const qn_pair *query;
    size_t nquery;
    qn_retry *retry;         /**< of a request with Idempotency-Key; NULL: it has none */
    bool raced;              /**< with a change: nobody keeps the answer */
};

/** Registers `n` routes. */
int qn_call_routes(qn_router *router, qn_api *api, const qn_api_route *routes, size_t n);

/** Every parameter of the query is one that the route knows, given once, and a locale where it is named so. Else answers 400 with all that is
 *  wrong and returns QN_EINVAL. Routes of qn_call_routes are asked before their `fn` is. */
int qn_call_check_params(qn_call *c);
/** The value of a query parameter; absent slice when it was not given. */
qn_str qn_call_param(const qn_call *c, const char *name);
/** `limit`: 1–200, 20 by default. QN_EINVAL with a fault added. */
int qn_call_limit(const qn_call *c, unsigned *limit, qn_faults *faults);
/** `locale` as a NUL-terminated text, NULL when not given. */
const char *qn_call_locale(const qn_call *c);
/** `version`: draft or live. QN_EINVAL with a fault added. */
int qn_call_view(const qn_call *c, qn_view *view, qn_faults *faults);

/** Parses the body; answers 400 and returns NULL when it is not JSON. The value is freed with the arena. */
json_t *qn_call_json(qn_call *c);
/** Members of `object` other than those in `known` (blank-separated) are faults, each with its place. */
void qn_call_only(const json_t *object, const char *known, qn_faults *faults);
/** A member of `object` that must be a string; absent slice when it is not there or null, a fault when it is of another type. */
qn_str qn_call_string(const json_t *object, const char *name, qn_faults *faults);

/** The version in If-Match: `*expect` 0 for "*", -1 for a tag that cannot be ours. Without the header: 0 when `required` is false, else answers
 *  428 and returns QN_EINVAL. */
int qn_call_if_match(qn_call *c, bool required, int *expect);

/** Answers 400 or 422 with all faults. */
void qn_call_faults(qn_call *c, const qn_faults *faults);
/** Answers for an error code of a call that could not even begin or failed with nothing more to say. */
void qn_call_error(qn_call *c, int err, bool maybe_done);
/** Answers anything but success of an entry's call. */
void qn_call_refused(qn_call *c, const qn_answer *a);
/** 403 for a known caller or the public. */
void qn_call_denied(qn_call *c, const char *what);

/** A list under way: what qn_call_listed needs. */
typedef struct {
    qn_call *c;
    unsigned limit;
    bool kept;  /**< the page may be kept until what it depends on changes */
    bool of_all_types; /**< it depends on the entries of each type */
} qn_listing;
/** Reads limit, after and before of a list without filters. Arena memory; NULL after it answered what is wrong. */
qn_listing *qn_call_listing(qn_call *c, qn_str *after, qn_str *before);
/** A qn_page_fn whose ctx is a qn_listing: answers with the page, or why there is none. */
void qn_call_listed(void *ctx, const qn_page *p);

/** Caching headers (after qn_call_keep): public with a bound for the anonymous, private else. `valid_ms` as in qn_answer. */
void qn_call_cache(qn_call *c, int64_t valid_ms);
/** What an answer depends on. */
typedef struct {
    bool whole; /**< the present type's entries, and those of the types that it refers to, as a whole */
    const qn_str *entries; /**< these by their ids; borrowed for the call, as are */
    size_t nentries;
    const qn_str *tags; /**< entries that have one of these, before or after a change */
    size_t ntags;
} qn_call_reads;
/** The answer to come may be kept as long as what it depends on stays as it is. More than can be named: as `whole`. `valid_ms` as in qn_answer. */
void qn_call_keep(qn_call *c, const qn_call_reads *what, int64_t valid_ms);
/** Surrogate-Key of an answer that only caches in front keep: it depends on the types there are, and with `entries` on all that is live. False:
 *  these are more than can be named, so nobody may keep it. */
bool qn_call_keys(qn_call *c, bool entries);
/** `{"data":…}` around `json`. */
void qn_call_data(qn_call *c, int status, qn_str json);
/** `{"data":[…],"meta":…,"links":…}` with the Link header, a hashed ETag and caching headers. */
void qn_call_page(qn_call *c, const qn_page *p, unsigned limit);
/** A strong ETag from the bytes of an answer. */
void qn_call_etag_of(qn_call *c, qn_str bytes);

/* ---- one function a resource, each adding its routes ------------------------------------------------------------------- */
int qn_api_entries(qn_router *router, qn_api *api);
int qn_api_history(qn_router *router, qn_api *api);
int qn_api_types(qn_router *router, qn_api *api);
int qn_api_tags(qn_router *router, qn_api *api);
int qn_api_import(qn_router *router, qn_api *api);
int qn_api_bulk(qn_router *router, qn_api *api);
int qn_api_plugins(qn_router *router, qn_api *api);
int qn_api_health(qn_router *router, qn_api *api);

/** POST /v1/import of NDJSON, whose body streams: `type` is what every line is, or NULL; rights are looked at here. */
void qn_api_bulk_import(qn_call *c, const qn_type *type);

#endif
