#include "plugin/feed.h"

#include <stdlib.h>

#include "base/clock.h"

enum { CALL_MS = 60000 };

/* Only below the oldest transaction still running: what has been passed is complete. */
const qn_stmt qn_feed_stmt = {
    "plugin_feed",
    "select e.xid::text, e.seq::text, e.kind, e.entry::text, e.type, e.locale, coalesce(e.data ->> 'version', '0'),"
    " (extract(epoch from coalesce((e.data ->> 'publish_at')::timestamptz, e.at)) * 1000000)::bigint, e.actor::text"
    " from event e where (e.xid, e.seq) > ($1::xid8, $2::bigint) and e.xid < pg_snapshot_xmin(pg_current_snapshot())"
    " order by e.xid, e.seq limit $3::int"
};

uint32_t qn_feed_kind(qn_str kind)
{
    static const struct {
        const char *name;
        uint32_t kind;
    } kinds[] = { { "entry.created", QN_SAVED },           { "entry.changed", QN_SAVED },
                  { "entry.published", QN_PUBLISHED },     { "entry.scheduled", QN_PUBLISHED },
                  { "entry.unpublished", QN_UNPUBLISHED }, { "entry.deleted", QN_DELETED },
                  { "entry.purged", QN_DELETED },          { "entries.imported", QN_SYNC } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (qn_str_eqz(kind, kinds[i].name)) return kinds[i].kind;
    return 0;
}

qn_change qn_feed_change(const qn_db_result *r, int row, int col, uint32_t kind)
{
    return (qn_change){ .size = sizeof(qn_change),
                        .kind = kind,
                        .entry = qn_db_value(r, row, col),
                        .type = qn_db_value(r, row, col + 1),
                        .locale = qn_db_value(r, row, col + 2),
                        .version = qn_db_int(r, row, col + 3, 0),
                        .at_us = qn_db_int(r, row, col + 4, 0),
                        .actor = qn_db_value(r, row, col + 5) };
}

int qn_feed_items(qn_feed_item **out, qn_arena *a, const qn_db_result *r)
{
    qn_feed_item *items = qn_arena_calloc(a, (size_t)r->rows + 1, sizeof *items);
    if (!items) return QN_ENOMEM;
    for (int i = 0; i < r->rows; i++) {
        snprintf(items[i].at.xid, sizeof items[i].at.xid, "%s", qn_db_value(r, i, 0).p);
        snprintf(items[i].at.seq, sizeof items[i].at.seq, "%s", qn_db_value(r, i, 1).p);
        items[i].change = qn_feed_change(r, i, 3, qn_feed_kind(qn_db_value(r, i, 2)));
    }
    *out = items;
    return QN_OK;
}

bool qn_feed_wanted(const qn_change *c, uint32_t on, const char *type)
{
    return (c->kind & on) && (!type || qn_str_eqz(c->type, type));
}

/* ---- telling ---------------------------------------------------------------------------------------------------- */

/* The call's memory goes only now: whoever resumed it may have stood on it. */
static void finish(void *ctx)
{
    qn_teller *t = ctx;
    if (t->call) qn_pcall_end(t->call);
    t->call = NULL;
    qn_arena_free(&t->arena);
    qn_timer_stop(t->deadline);
    t->told(t->ctx, t->result);
}

static void resumed(qn_pcall *c, int result)
{
    qn_teller *t = c->ctx;
    t->result = result;
    qn_timer_start(t->later, 0);
}

static void too_late(void *ctx)
{
    qn_teller *t = ctx;
    if (!t->call || t->call->answered) return;
    t->call->answered = true;
    t->result = QN_ETIMEOUT;
    qn_timer_start(t->later, 0);
}

int qn_teller_open(qn_teller *t, qn_loop *loop)
{
    int rc = qn_timer_new(&t->later, loop, finish, t);
    return rc ? rc : qn_timer_new(&t->deadline, loop, too_late, t);
}

void qn_teller_close(qn_teller *t)
{
    if (t->call) qn_pcall_end(t->call);
    t->call = NULL;
    qn_arena_free(&t->arena);
    qn_timer_free(&t->later);
    qn_timer_free(&t->deadline);
}

void qn_teller_tell(qn_teller *t, const qn_change *change)
{
    qn_frame f;
    t->result = QN_ENOMEM;
    t->arena = qn_arena_new(0);
    t->call = t->arena ? qn_pcall_new(t->arena, t->kind, t->reg) : NULL;
    qn_pcall *c = t->call;
    if (c) {
        c->reads_all = t->reads_all;
        c->may_again = t->kind == QN_CALL_AFTER && change->kind == QN_SYNC;
        c->deadline_ms = qn_mono_ms() + CALL_MS;
        c->request = qn_arena_strndup(t->arena, change->entry.p ? change->entry.p : "", change->entry.n);
        c->resumed = resumed;
        c->ctx = t;
        int returned = QN_EUNAVAIL;
        if (qn_enter(&f, t->reg->plugin, t->reg->place, c->request)) {
            returned = t->fn(qn_pcall_handle(c), change, t->fn_ctx);
            qn_leave(&f);
        }
        t->result = qn_later(c, returned);
        if (t->result == QN_LATER) {
            qn_timer_start(t->deadline, CALL_MS);
            return;
        }
    }
    qn_timer_start(t->later, 0);
}
