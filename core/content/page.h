/**
 * A page of anything: the statement's row, cursors, the answer. Shared by the lists of the store.
 */
#ifndef QN_CONTENT_PAGE_H
#define QN_CONTENT_PAGE_H

#include "content/cursor.h"
#include "content/store_impl.h"

/** The columns of a page in one row; after them the keys of its first item, then those of its last. */
enum {
    QN_PAGE_STATE, /**< NULL, 'notfound' or 'denied' */
    QN_PAGE_ITEMS, /**< JSON array */
    QN_PAGE_COUNT,
    QN_PAGE_MORE,     /**< there are more in the direction that was walked */
    QN_PAGE_OTHER,    /**< there are some on the other side of the cursor */
    QN_PAGE_MODIFIED, /**< seconds */
    QN_PAGE_VALID,    /**< ms, NULL: for ever */
    QN_PAGE_KEYS
};

/** The columns of a page in a row an item, one row without an item where there is none; after them its keys as text, at
 * least those of the first and the last one. */
enum {
    QN_ROWS_ITEM,
    QN_ROWS_PLACE,    /**< from 1, as they were walked */
    QN_ROWS_TOTAL,    /**< more than the page's limit: there are more in the direction that was walked */
    QN_ROWS_MODIFIED, /**< as above, of the item */
    QN_ROWS_VALID,
    QN_ROWS_OTHER,
    QN_ROWS_READS, /**< array of ids that the item refers to, live or not; NULL: none, or nobody asks */
    QN_ROWS_KEYS
};
/** More than so many of a page are not told. */
enum { QN_ROWS_READS_MAX = 200 };

typedef struct {
    qn_store *s;
    qn_arena *arena;
    qn_page page;
    qn_faults faults;
    qn_page_fn fn;
    void *ctx;
    qn_lane lane;
    const qn_stmt *stmt; /**< or NULL and `sql` */
    const char *sql;
    qn_params params;
    bool generic; /**< of qn_db_query */
    bool standby;
    int each;
    unsigned each_most;
    unsigned limit;   /**< of a page in a row an item; 0: it is one row */
    const char *spec; /**< of its cursors */
    size_t nkeys;
    bool reverse;                /**< walked by `before` */
    bool cursor;                 /**< one was given */
    qn_str keys[QN_CURSOR_KEYS]; /**< and these are its */
    int db_tries;
    const qn_scope *scope; /**< with `type`: the guard looks at the page's entries; or NULL */
    const qn_type *type;
} qn_page_job;

/** Arena. NULL when out of memory. */
qn_page_job *qn_page_new(qn_store *s, qn_arena *a, qn_page_fn fn, void *ctx);
/** Reads the cursor that was given, if any, into `keys`. QN_EINVAL with a fault, QN_ENOMEM. */
int qn_page_cursor(qn_page_job *j, qn_str after, qn_str before);
/** A key of the cursor is not what it should be: adds the fault. */
int qn_page_bad_cursor(qn_page_job *j);
/** Answers. */
void qn_page_end(qn_page_job *j, int err);
/** Has the guard look at each entry of the page, then answers. */
void qn_page_render(qn_page_job *j, const qn_scope *scope, const qn_type *type);
/** Sends it; `err` other than 0: answers with it when it is about the call, returns it when it is not. */
int qn_page_send(qn_page_job *j, int err);

/** Makes the statement of a list of entries: `sql` and `params` of `j`. As qn_store_list's answer; QN_ENOMEM. */
int qn_list_build(qn_page_job *j, const qn_scope *scope, const qn_type *type, const qn_list_query *q);

#endif
