/**
 * Reading the outbox. `event` is written in the transaction of the change that it tells of; transactions commit in
 * another order than they took their numbers, so a reader at `seq > last` loses those that were late (6% with 8
 * writers). This one pages by (xid, seq) and only below the oldest transaction still running: what it has passed is
 * complete. [loop]
 */
#ifndef QN_EVENTS_OUTBOX_H
#define QN_EVENTS_OUTBOX_H

#include "base/str.h"
#include "db/session.h"

/** A place in the outbox. Everything up to and including it has been read. */
typedef struct {
    uint64_t xid;
    int64_t seq;
} qn_position;

enum { QN_POSITION_BYTES = 48 };
/** As a token, for tokens of the change feed and Last-Event-ID: `<xid>-<seq>`. */
void qn_position_print(char out[QN_POSITION_BYTES], qn_position p);
/** QN_EINVAL: not one of ours. */
int qn_position_parse(qn_position *out, qn_str token);

/** One event. Slices borrow until the callback returns; absent where SQL has NULL. */
typedef struct {
    qn_position at;
    qn_str kind;  /**< "entry.published"… */
    qn_str entry; /**< id */
    qn_str type;  /**< name */
    qn_str locale;
    qn_str tags; /**< slugs parted by commas: of the entry before and after the change */
} qn_event;

/** Takes the next tag off the front of `*tags`; absent slice at the end. */
qn_str qn_event_next_tag(qn_str *tags);

/** A reader. Its owner fills in what stands before the line, and nothing else. */
typedef struct {
    qn_session *session;
    qn_position at; /**< moves with each event, after on_event returned */
    unsigned batch; /**< rows of one statement; 0: 500 */
    void (*on_event)(void *ctx, const qn_event *e);
    /** Once for each qn_outbox_read: all that could be read was (QN_OK), or the reading broke off. `held`: committed
     * events wait for an older transaction to end: look again soon. */
    void (*on_read)(void *ctx, int err, bool held);
    void *ctx;
    /* --- */
    char xid[24], seq[24], limit[12];
} qn_outbox_reader;

/** Reads on from `r->at`. As qn_session_query: QN_EUNAVAIL, QN_EBUSY, then no callback comes. */
int qn_outbox_read(qn_outbox_reader *r);

/** The place from which a reader that knows nothing begins: events of transactions that are still running or come
 * later. `fn(ctx, err, p)`. */
typedef void (*qn_outbox_now_fn)(void *ctx, int err, qn_position p);
typedef struct {
    qn_outbox_now_fn fn;
    void *ctx;
} qn_outbox_now_call;
/** `*call` is borrowed until its function was called. */
int qn_outbox_now(qn_session *s, qn_outbox_now_call *call);

/** Hears of every event as soon as it can be seen, in no particular order, also while an older transaction is still
 * running: for epochs, where late is worse than twice. Between two statements nothing is missed, because the second
 * asks for what the first's snapshot did not show. Its owner fills in what stands before the line. */
typedef struct {
    qn_session *session;
    uint64_t from;  /**< what transactions below it did is known; moves with each statement: to begin again there */
    unsigned most;  /**< rows of one statement; 0: 5000 */
    bool positions; /**< the position of the log is asked for as well */
    void (*on_event)(void *ctx, const qn_event *e); /**< without its sequence and locale */
    /** Once for each qn_outbox_watch. `lost`: there was more than could be told, or the database is not the one that it
     * was: anything may have changed. */
    void (*on_read)(void *ctx, int err, bool lost);
    void *ctx;
    /* --- */
    uint64_t lsn; /* with `positions`, when on_read is called: what was committed when the statement began stands before
                     it in the primary's log; 0: not known */
    int64_t clock_us; /* of the primary, a moment later */
    char why[160];    /* with QN_EDB, when on_read is called: the server's words */
    char *snapshot;   /* owned; NULL: from `from` on */
    char limit[12];
} qn_outbox_watcher;

/** Has the session find events by their key from now on, however many the planner believes there are (qn_outbox_watch,
 * before its first use in a session). It goes by what was counted last: of a burst it knew nothing, and read all of it
 * at each look (measured: a twelfth of the machine while articles were made). As qn_session_query. */
int qn_outbox_by_key(qn_session *s, qn_session_fn fn, void *ctx);

/** As qn_session_query: QN_EUNAVAIL, QN_EBUSY, QN_ENOMEM, then no callback comes. */
int qn_outbox_watch(qn_outbox_watcher *w);
/** Begins at `from` again, or ends. */
void qn_outbox_watch_reset(qn_outbox_watcher *w);

#endif
