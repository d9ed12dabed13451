/**
 * The outbox as plugins see it: a batch of changes read by the lanes of this process, and one of them at a time told to
 * a plugin. Private to plugin/.
 */
#ifndef QN_PLUGIN_FEED_H
#define QN_PLUGIN_FEED_H

#include "plugin/host.h"

/** A place in the outbox, as text: what SQL gave and takes back. */
typedef struct {
    char xid[24], seq[24];
} qn_feed_place;

typedef struct {
    qn_feed_place at;
    qn_change change; /**< kind 0: nothing that plugins hear of */
} qn_feed_item;

enum { QN_FEED_BATCH = 200 };

/** The statement that reads on: parameters xid, seq, limit. */
extern const qn_stmt qn_feed_stmt;
/** Its rows as items; arena memory. QN_ENOMEM. */
int qn_feed_items(qn_feed_item **out, qn_arena *a, const qn_db_result *r);
/** One row of `entry, type, locale, version, microseconds, actor` from `col` on. */
qn_change qn_feed_change(const qn_db_result *r, int row, int col, uint32_t kind);
/** The kind of change that an event's kind is, 0: none. */
uint32_t qn_feed_kind(qn_str kind);
/** The change is one that `on` and `type` (NULL: any) ask for. */
bool qn_feed_wanted(const qn_change *c, uint32_t on, const char *type);

/** Telling a plugin of changes, one after the other. Its owner fills in what stands before the line. */
typedef struct {
    const qn_registered *reg;
    qn_call_kind kind;
    int (*fn)(qn_call *call, const qn_change *change, void *ctx);
    void *fn_ctx;
    bool reads_all;
    /** Exactly once for each qn_teller_tell, never from within it: 0 or what went wrong. */
    void (*told)(void *ctx, int err);
    void *ctx;
    /* --- */
    qn_arena *arena;
    qn_pcall *call;
    qn_timer *deadline, *later;
    int result;
} qn_teller;

int qn_teller_open(qn_teller *t, qn_loop *loop);
void qn_teller_close(qn_teller *t);
/** `change` is borrowed until it was told. */
void qn_teller_tell(qn_teller *t, const qn_change *change);

#endif
