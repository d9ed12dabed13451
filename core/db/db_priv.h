/**
 * Inside of db.h. A call waits in its lane's queue, is sent on one of the lane's connections, and is answered once.
 *
 *   db.c    the public calls; the one timer that looks after deadlines
 *   call.c  a call: its memory, its ticket in the caller's arena, how it ends
 *   lane.c  the queue and the pump: which call goes out on which connection, and when a Sync follows
 *   conn.c  a connection: connecting, losing
 *   pipe.c  what goes out on a connection, what comes back, and whose it is
 *   each.c  calls that go out as one execution of their statement
 *   stmt.c  which statements a connection has prepared
 *   standby.c  which calls may go to a standby, and back
 *   tx.c    calls that share a transaction, on a connection that is theirs for as long
 *
 * Everything is sent by the pump, which runs once at the end of a loop round: calls of one round share their system
 * calls, and no callback ever runs inside qn_db_call.
 */
#ifndef QN_DB_PRIV_H
#define QN_DB_PRIV_H

#include "db/db.h"
#include "db/hosts.h"
#include "db/tx.h"
#include "loop/mark.h"

/* ---- a ring of links --------------------------------------------------------------------------------------------- */

typedef struct qn_db_link {
    struct qn_db_link *prev, *next; /* an empty list, and an item in none, point at themselves */
} qn_db_link;

static inline void qn_db_link_init(qn_db_link *l)
{
    l->prev = l->next = l;
}

static inline bool qn_db_link_empty(const qn_db_link *l)
{
    return l->next == l;
}

static inline void qn_db_link_remove(qn_db_link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    qn_db_link_init(l);
}

/** Puts `item` before `at` (before a list's head: at its end). */
static inline void qn_db_link_insert(qn_db_link *at, qn_db_link *item)
{
    item->prev = at->prev;
    item->next = at;
    at->prev->next = item;
    at->prev = item;
}

/* ---- calls ------------------------------------------------------------------------------------------------------- */

typedef struct qn_db_call_ qn_db_callee;
typedef struct qn_db_lane qn_db_lane;
typedef struct qn_db_conn qn_db_conn;
typedef struct qn_db_stmt qn_db_stmt;

/** What a call leaves in the caller's arena: the way back from it, and then the answer. */
typedef struct {
    qn_db_callee *call; /* NULL once answered */
    PGresult *res;      /* owned; cleared with the arena */
    qn_arena *arena;    /* pays for the time */
    qn_db_result result;
} qn_db_ticket;

enum { QN_DB_NAME_BYTES = 64 };

struct qn_db_call_ {
    qn_db_link link; /* first; in the lane's queue, or in a list of those to be ended */
    qn_db_lane *lane;
    qn_db_ticket *ticket; /* NULL: nobody waits for the answer any more */
    qn_db_fn fn;
    void *ctx;
    int64_t deadline_ms, sent_us;
    int64_t until_ms;     /* of all attempts, where a standby may be one of them */
    uint64_t need, known; /* of a standby: the position that it must have replayed; see qn_db_result; */
    int64_t need_us;      /* and what its clock must show */
    bool copies;          /* a standby may answer */
    bool apart;           /* and is asked because the primary is away */
    unsigned hops;        /* from one to the other */
    int64_t lost_ms;      /* its connection was lost then; 0: never. Only one that came up later is tried */
    PGresult *answer;     /* of a write (and of all that ride with it), until its commit is known */
    bool dynamic;         /* `name` was made from the text */
    bool waiting;         /* in the lane's queue */
    bool refused;         /* libpq did not take it once */
    bool stale;           /* its prepared statement was: to be made anew, once */
    bool alone;           /* was skipped because of a neighbour: gets a Sync of its own */
    bool generic;         /* its plan is kept */
    int nparams, each;
    unsigned each_most;
    qn_tx *tx;           /* the transaction that it is a part of, until that has gone out to be committed */
    bool opens, commits; /* it is that one's first; or its last, which says that it is over */
    char *touched; /* owned: what a commit moves, a line each, for when nobody is there to be told; NULL: nothing */
    const qn_stmt *joined; /* its form for several writes */
    qn_db_callee *ride;    /* the next of those that go with it */
    uint64_t name_hash;
    const char *name;    /* static, or in this memory; shorter than QN_DB_NAME_BYTES */
    const char *sql;     /* the same */
    const char **params; /* in this memory; NULL-terminated strings or NULL */
};

/** Copies `q`. NULL without memory. */
qn_db_callee *qn_db_callee_new(qn_db_lane *lane, const qn_db_query *q);
/** The same call once more, in another lane; whoever waits for `c` waits for that one then. NULL without memory. */
qn_db_callee *qn_db_callee_again(qn_db_callee *c, qn_db_lane *lane);
/** Ties it to `arena`. QN_ENOMEM. */
int qn_db_callee_bind(qn_db_callee *c, qn_arena *arena, qn_db_fn fn, void *ctx);
void qn_db_callee_free(qn_db_callee *c);
/** Tells the caller, takes `res`; the call itself stays where it is (a statement that is still on its way). */
void qn_db_callee_answer(qn_db_callee *c, int err, bool maybe_done, const char *message, PGresult *res);
/** The same and the end of the call: out of every list, freed. */
void qn_db_callee_end(qn_db_callee *c, int err, bool maybe_done, const char *message, PGresult *res);

/** The same with a result that is made, which is copied; QN_OK, or an error of making it. */
void qn_db_callee_give(qn_db_callee *c, const qn_db_result *r);

/* ---- calls that share an execution ------------------------------------------------------------------------------- */

enum {
    /* Executions of this kind on their way on a connection, while others gather: one at work, one that waits for it. */
    QN_DB_EACH_AHEAD = 2,
    /* Connections that are at work on writes of this kind, while others gather. */
    QN_DB_JOINED_AT_WORK = 2
};

/** May go with its like. */
static inline bool qn_db_goes_together(const qn_db_callee *c)
{
    return c->each || c->joined;
}

/** Takes what waits in the queue and may go with `first`, which was taken out of it, on `c`: `most` with it. */
void qn_db_each_gather(qn_db_conn *c, qn_db_callee *first, unsigned most);
/** Sends them all as one execution: what PQsendQueryPrepared returns. */
int qn_db_each_send(PGconn *pg, const qn_db_callee *first);
/** Gives each its rows of `r`, takes `r`, and ends them, but for writes without a row: those are sent again. */
void qn_db_each_end(qn_db_callee *first, PGresult *r);
/** Takes the one after `c` off it; NULL: there is none. */
qn_db_callee *qn_db_each_split(qn_db_callee *c);

/* ---- prepared statements of a connection ------------------------------------------------------------------------- */

enum { QN_DB_STMT_BUCKETS = 256, QN_DB_STMT_DYNAMIC = 128 };

struct qn_db_stmt {
    qn_db_link lru; /* first; of the dynamic ones, the oldest use first */
    qn_db_stmt *chain;
    uint64_t hash;
    bool dynamic;
    char name[QN_DB_NAME_BYTES];
};

typedef struct {
    qn_db_stmt *buckets[QN_DB_STMT_BUCKETS];
    qn_db_link lru;
    unsigned dynamic;
} qn_db_stmts;

/** What a call goes out as: its own statement, or that for several. */
typedef struct {
    const char *name, *sql;
    uint64_t hash;
    bool dynamic;
} qn_db_form;

/** The form of `c` with all that ride with it. Borrows from the call. */
qn_db_form qn_db_form_of(const qn_db_callee *c);

void qn_db_stmts_init(qn_db_stmts *s);
void qn_db_stmts_clear(qn_db_stmts *s);
/** The one of `f`, marked as used now; NULL: not prepared here. */
qn_db_stmt *qn_db_stmts_find(qn_db_stmts *s, const qn_db_form *f);
/** Notes that it is prepared from now on. NULL without memory. */
qn_db_stmt *qn_db_stmts_add(qn_db_stmts *s, const qn_db_form *f);
void qn_db_stmts_forget(qn_db_stmts *s, const char *name, uint64_t hash);
/** The dynamic one to close before another is prepared; NULL: there is room. */
qn_db_stmt *qn_db_stmts_oldest(qn_db_stmts *s);
uint64_t qn_db_name_hash(const char *name);

/* ---- connections ------------------------------------------------------------------------------------------------- */

typedef enum { QN_DB_DOWN, QN_DB_CONNECTING, QN_DB_UP } qn_db_state;

/** What the server owes an answer for, in the order sent. A PARSE is always followed by the EXEC that asked for it. */
typedef struct {
    enum { QN_DB_PARSE, QN_DB_EXEC, QN_DB_UTIL, QN_DB_ASK, QN_DB_SYNC } kind;
    bool answered;      /* its result was seen, its end was not */
    bool each;          /* of an EXEC: qn_db_goes_together() */
    qn_db_callee *call; /* of an EXEC; NULL once it was dealt with */
} qn_db_owed;

struct qn_db_conn {
    qn_db_lane *lane;
    unsigned number;
    qn_db_state state;
    PGconn *pg;
    struct event *ev_read, *ev_write; /* of the socket in use */
    qn_timer *timer;                  /* the end of an attempt to connect, or the start of the next */
    int delay_ms;                     /* before the next attempt */
    unsigned first;                   /* the host that this one began with */
    int64_t since_ms;                 /* of the present state */
    qn_db_stmts stmts;
    qn_db_owed *owed; /* ring */
    unsigned owed_cap, owed_at, owed_n;
    unsigned inflight;     /* EXEC entries among them, */
    unsigned each;         /* and those of calls that go together */
    unsigned open;         /* messages sent since the last Sync */
    unsigned blanks;       /* ends of nothing seen in a row: out of step */
    qn_db_callee *commit;  /* the write that was answered and is not yet committed */
    qn_db_link skipped;    /* calls the server skipped because of a neighbour's error; sent again after the Sync */
    int server_timeout_ms; /* statement_timeout in force there, */
    bool generic;          /* and plan_cache_mode */
    int64_t stall_ms;      /* when something is owed: the moment at which silence means that the connection is dead */
    bool writing;          /* ev_write is pending */
    qn_tx *tx;             /* of the write lane: whose transaction is open here; nobody else's calls go there */
    bool to_roll_back;     /* one is open here that nobody wants any more */
    /* of a standby */
    qn_log_name log;   /* system 0: it has not said what it is */
    uint64_t replayed; /* when it was last asked; 0: not to be relied on */
    int64_t clock_us;  /* its clock then */
    bool asking;       /* how far it is: the answer is not there yet, */
    bool to_ask;       /* or it has still to be sent */
    int64_t asked_us;
    int64_t ask_at_ms, ask_gap_ms; /* not before; grows while it stays behind */
};

int qn_db_conn_init(qn_db_conn *c, qn_db_lane *lane, unsigned number);
void qn_db_conn_clear(qn_db_conn *c);
/** Begins to connect now. */
void qn_db_conn_start(qn_db_conn *c);
/** Ends it, deals with what was on its way, and connects anew after a delay. `why` for the log. */
void qn_db_conn_lose(qn_db_conn *c, const char *why);

/** The ring of what is owed, sized for the lane's depth. QN_ENOMEM. */
int qn_db_pipe_init(qn_db_conn *c);
bool qn_db_pipe_has_room(const qn_db_conn *c);
/** Looks whether an idle connection was closed by the server meanwhile. False: it was, and is lost now. */
bool qn_db_pipe_alive(qn_db_conn *c);
/** Sends the statement (and its Parse where needed), without a Sync; takes `call`. False: the connection was lost. */
bool qn_db_pipe_send(qn_db_conn *c, qn_db_callee *call);
/** Sends a question of our own to a standby, with a Sync of its own; see qn_db_standby_told. False: the connection was
 * lost. */
bool qn_db_pipe_ask(qn_db_conn *c, const char *sql, const char *param);
/** Ends the batch: one Sync for what was sent since the last. False: the connection was lost. */
bool qn_db_pipe_sync(qn_db_conn *c);
/** Ends the transaction that is open on an idle connection. False: the connection was lost. */
bool qn_db_pipe_roll_back(qn_db_conn *c);
/** Writes what could not be written yet. */
void qn_db_pipe_flush(qn_db_conn *c);
/** Reads what is there and answers. */
void qn_db_pipe_read(qn_db_conn *c);
/** Entry `i` of what is owed, from the oldest. */
qn_db_owed *qn_db_pipe_owed(const qn_db_conn *c, unsigned i);

/* ---- lanes ------------------------------------------------------------------------------------------------------- */

struct qn_db_lane {
    qn_db *db;
    qn_lane kind;
    unsigned n, up;
    unsigned depth; /* statements in flight on a connection */
    int timeout_ms;
    qn_db_conn *conns;
    qn_db_link queue;
    unsigned queued;
    int64_t down_since_ms; /* while up is 0 */
};

/** At the end of the queue, or at its `front` (calls that had their turn already). */
void qn_db_lane_queue(qn_db_lane *l, qn_db_callee *c, bool front);
/** Takes a waiting call out. */
void qn_db_lane_unqueue(qn_db_callee *c);
/** Sends what can be sent. */
void qn_db_lane_pump(qn_db_lane *l);
void qn_db_lane_clear(qn_db_lane *l);

typedef enum { QN_DB_SAID_NOTHING, QN_DB_SAID_AWAY, QN_DB_SAID_USED } qn_db_said;

struct qn_db {
    qn_loop *loop;
    qn_db *standby;  /* owned; or NULL */
    qn_db *primary;  /* whose standby this is; or NULL */
    qn_shm *shm;     /* of both */
    qn_log_name log; /* of a standby: what calls were last sent by */
    qn_db_said said; /* of a standby */
    bool hangs;      /* of a primary with one: it has not answered in time, and the listener is not heard since */
    char *application;
    char *conninfo;
    qn_hosts *hosts;
    unsigned first; /* of them, that an attempt to connect begins with */
    char *options;  /* the ones of conninfo, before ours */
    char *target;   /* target_session_attrs */
    void (*on_unheard)(void *ctx);
    void *ctx;
    int connect_timeout_ms, away_after_ms, delay_max_ms;
    unsigned queue_limit;
    struct event *pump;
    qn_timer *sweep;
    int64_t sweep_at_ms; /* INT64_MAX: not running */
    qn_db_lane lanes[3];
    unsigned up;           /* connections that stand, of all lanes */
    int64_t away_since_ms; /* while up is 0 */
    int64_t said_ms;       /* when a failure to connect was last logged */
};

/* ---- transactions ------------------------------------------------------------------------------------------------ */

struct qn_tx {
    qn_tx_options o;
    qn_arena *arena;  /* of the work */
    qn_db_conn *conn; /* where it is open */
    enum { QN_TX_NEW, QN_TX_OPENING, QN_TX_OPEN, QN_TX_CLOSING, QN_TX_OVER, QN_TX_DEAD } state;
    bool saved;   /* there is a savepoint, */
    bool aborted; /* which has to be gone back to: the last statement failed */
    bool doubted; /* somebody has given a statement up of which nobody knows: it must not be committed */
    qn_tx_end_fn fn;
    void *ctx;
    struct qn_tx_after *after, **after_end; /* what is to be done once it is committed */
    const char *touched;                    /* see qn_db_call_; in the arena */
};

/** Calls of this arena go by way of qn_tx_call now; NULL: they go their own way. `q` is the one that is to be made. */
qn_tx *qn_tx_of(const qn_arena *arena, const qn_db_query *q);
/** A transaction of this arena has a connection. */
bool qn_tx_is_running(const qn_arena *arena);
/** As qn_db_call, which has found `q` sound. */
int qn_tx_call(qn_tx *tx, qn_arena *arena, const qn_db_query *q, qn_db_fn fn, void *ctx);
/** The connection that this call has to go to, if it may now; `*any`: it may go to any that is nobody's. */
qn_db_conn *qn_tx_conn(const qn_db_callee *call, bool *any);
/** The connection has gone: so has what was not committed. Calls that wait are put into `dead`. */
void qn_tx_lost(qn_db_conn *c, qn_db_link *dead);

/* ---- standbys ---------------------------------------------------------------------------------------------------- */

typedef struct {
    uint64_t need;
    int64_t need_us;
    bool apart;
    int64_t wait_ms; /* for the first to answer; 0: as long as the call has */
} qn_db_ways;
/** The lane that a call with `standby` is to go to, the primary's or its standby's; with that, how. */
qn_db_lane *qn_db_standby_lane(qn_db_ways *way, qn_db *db, qn_lane kind);
/** With that, and the deadline that it has. */
void qn_db_standby_begin(qn_db_callee *c, const qn_db_ways *way, int64_t now);
/** This connection's standby may answer `call`. */
bool qn_db_standby_suits(const qn_db_conn *c, const qn_db_callee *call);
/** Ends what waits in a standby's lane and has no connection to wait for. */
void qn_db_standby_review(qn_db_lane *l);
/** A call fails with `err`: it is sent to the other side instead, and nobody waits for `c` any more. False: there is no
 * other side, or no time. */
bool qn_db_standby_instead(qn_db_callee *c, int err);
/** A connection has come up, was lost (`why`), has been answered about itself (takes `r`; false: it was lost for it);
 * it was sent `call` and those that ride with it, has an answer for them, cannot answer them; lets callers wait too
 * long. */
void qn_db_standby_up(qn_db_conn *c);
void qn_db_standby_down(qn_db_conn *c, const char *why);
bool qn_db_standby_told(qn_db_conn *c, PGresult *r);
void qn_db_standby_sent(qn_db_callee *call);
void qn_db_standby_answered(const qn_db_conn *c, qn_db_callee *call);
void qn_db_standby_failed(qn_db_callee *call);
void qn_db_standby_doubt(qn_db_conn *c);
/** Sends the questions that are due. */
void qn_db_standby_ask(qn_db_lane *l);
/** No connection could be made, or the last one is gone. */
void qn_db_standby_away(qn_db *s, const char *why);

/** A call of this lane, not queued yet, with the lane's deadline or its own. Errors as of qn_db_call. */
int qn_db_queue_new(qn_db_callee **out, qn_db *db, qn_db_lane *l, qn_arena *arena, const qn_db_query *q, qn_db_fn fn,
                    void *ctx);
/** Has it wait for its turn. */
void qn_db_queue_put(qn_db *db, qn_db_callee *c);
/** Nobody knows what becomes of this call when its answer does not come. */
bool qn_db_is_unsure(const qn_db_callee *c);

/** Have the pump run at the end of this round. */
void qn_db_wake(qn_db *db);
/** Have the sweep run at `at_ms`, or earlier. */
void qn_db_watch(qn_db *db, int64_t at_ms);

#endif
