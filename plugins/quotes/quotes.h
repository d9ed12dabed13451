/**
 * quotes.h: what the files of the plugin share.
 *
 * The computed field `quotes` is what the extractor found in one version of an article. It is projected into the
 * plugin's own tables (sql/), where editors' decisions are laid over it; everything that is searched comes from there,
 * and the quotations of one article are its computed field with its decisions, read together.
 */
#ifndef QUOTES_QUOTES_H
#define QUOTES_QUOTES_H

#include <quoin.h>

/** Quotations are computed and projected anew when it changes. */
#define QUOTES_VERSION "1.4.0"

extern const qn_api *qn;
extern qn_plugin *self;

/** Registers: GET /v1/articles/{id}/quotes, and GET and PATCH of one of them. [init] */
int offer_article_quotes(void);
/** GET /v1/quotes and GET /v1/speakers/{slug}/quotes. [init] */
int offer_search(void);
/** GET /v1/speakers, GET and PATCH of one, POST …/merge. [init] */
int offer_speakers(void);
/** Keeps the tables what readers see. [init] */
int keep_tables(void);

/* ---- input ------------------------------------------------------------------------------------------------------ */

/** Faults of a request, told by qn->fault() as they are found: `shape` of those that are 400, `rule` of those that are
 * 422. */
typedef struct {
    int shape, rule;
} faults;

/** Answers with the faults, if there are any. True: it did. `wanted` says what would be right. */
int refused(qn_call *req, const faults *f, const char *wanted);

/** `s` is one of the words in `list`, blanks between. */
int is_word(const char *list, qn_str s);
int is_text(qn_str s, const char *text);
/** A member's name, or a parameter's, as it is shown in a pointer: cut, escaped. Arena. */
const char *pointer_to(qn_call *req, const char *before, const char *name);
/** Every member of an object is one of `known`, blanks between; faults say which is not, below `before`. */
void only_members(faults *f, qn_call *req, const qn_json *object, const char *before, const char *known);
/** A text for people: 1 to `most` code points without control characters; blanks around it are cut. Absent, and a fault
 * at `pointer`: it is none. */
qn_str a_text(faults *f, qn_call *req, const qn_json *value, const char *pointer, unsigned most);
/** A time of RFC 3339, or a date, as PostgreSQL takes it. */
int is_time(qn_str s);
/** The query parameters of a page: limit (1 to 200), after, before. */
typedef struct {
    uint32_t limit;
    qn_str after, before;
} page_query;
void read_page_query(page_query *p, faults *f, qn_call *req);
/** A parameter of words to search for; absent: not given. */
qn_str read_search(faults *f, qn_call *req);

enum { ANY_REV = -1, NO_REV = -2 };
/** What If-Match allows, given that `rev` is the present revision of the thing ("q7"), and `draft` the version of the
 * article's draft ("d7"; 0: it has none): ANY_REV, the revision, or NO_REV: none of them. */
int64_t if_match(qn_call *req, int64_t rev, int64_t draft);
/** Sets the ETag of a revision. */
void reply_etag(qn_call *req, int64_t rev);
/** 412. */
void fail_stale(qn_call *req, int64_t rev);

/* ---- rights ----------------------------------------------------------------------------------------------------- */

/** The caller may do `action` on this entry (as the API shows it). */
int may_on(qn_call *req, const char *action, const qn_json *entry);
/** The caller reads every draft, and so sees what readers do not. */
int is_editor(qn_call *req);
/** 403 with what may not be done. */
void fail_denied(qn_call *req, const char *what);
/** 308 to another path, with the request's query. */
void reply_moved(qn_call *req, const char *path, const char *params);
/** A value for a path or a query, percent-encoded. Arena. */
const char *encoded(qn_call *req, qn_str s);

/** The answer to come is kept until something is published, or projected, or said by an editor. */
void keep_listed(qn_call *req, int64_t valid_ms);

/* ---- the database ----------------------------------------------------------------------------------------------- */

/** A query of a request, whose failure is the answer. */
void ask_db(qn_call *req, qn_db_kind kind, const char *sql, const qn_str *params, int n,
            void (*fn)(qn_call *call, int err, const qn_rows *rows, void *ctx), void *ctx);
/** In such a `fn`: true when there is an answer; else the request has been answered. */
int db_came(qn_call *req, int err);

/* ---- quotations ------------------------------------------------------------------------------------------------- */

/** The page of quotations that the request asks for, of one speaker or (absent slug) of all. */
void reply_quotes(qn_call *req, qn_str speaker);

#endif
