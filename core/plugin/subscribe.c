/* What keeps plugins' indexes in memory current: in each worker, everything that was committed, in order. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plugin/feed.h"

enum {
    LOOK_MS = 20,         /* at the listener's place in shared memory */
    POLL_MS = 1000,       /* the backstop where the listener is away */
    SYNC_LATER_MS = 200,  /* further parts of an import are given time to come */
    RETRY_MS = 250,       /* after the database said no */
    SYNC_AGAIN_MS = 1000, /* after the plugin did; doubles */
    SYNC_AGAIN_MOST_MS = 60000,
    SYNC_TRIES = 3,   /* that a process waits for before it says that it is ready */
    CLOCK_MOST = 1000 /* as clock_stmt has it */
};

static const qn_stmt place_stmt = {
    "plugin_feed_place", "select pg_snapshot_xmin(pg_current_snapshot())::text, now()::text, ms_until(next_change())"
};
/* What the clock alone has brought to readers' eyes, or taken from them, since the last look. */
static const qn_stmt clock_stmt = {
    "plugin_feed_clock",
    "select n.now::text, ms_until(next_change()), p.entry::text, p.type, p.locale, p.version,"
    " (extract(epoch from p.publish_at) * 1000000)::bigint, null"
    " from (select now() as now) n left join lateral (select * from published p where p.publish_at > $1::timestamptz"
    " and p.publish_at <= n.now and p.until > n.now order by p.publish_at limit 1000) p on true"
};

struct qn_subscriber {
    struct qn_subscriber *next;
    qn_host *host;
    const qn_registered *reg;
    qn_teller teller;
    qn_timer *timer;
    qn_arena *arena; /* of the statement under way, and of what it gave */
    qn_feed_place at;
    char clock[64];       /* of the database, when it was last looked at */
    int64_t clock_due_ms; /* when the clock will next change something; INT64_MAX: never */
    int64_t polled_ms;
    qn_feed_item *items;
    size_t n, i;
    bool placed, synced, busy;
    bool ever_synced;
    unsigned tries; /* that failed before that */
    bool sync_due;  /* much was imported at once: reading anew is less than hearing of each */
    bool more;      /* there is something to read without looking whether */
    bool look_at_clock;
    uint64_t logs;     /* of the node, when its place was taken */
    uint64_t seen_xid; /* where the listener was when the outbox was last read */
    int64_t seen_seq;
    int64_t again_ms;
};

static void go_on(struct qn_subscriber *s);

static void wait_ms(struct qn_subscriber *s, int64_t ms)
{
    s->busy = false;
    qn_timer_start(s->timer, ms);
}

static int ask(struct qn_subscriber *s, const qn_stmt *stmt, const qn_str *params, int n, qn_db_fn fn)
{
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = stmt, .params = params, .nparams = n };
    qn_arena_free(&s->arena);
    s->arena = qn_arena_new(0);
    s->items = NULL;
    s->n = s->i = 0;
    return s->arena ? qn_db_call(s->host->env.db, s->arena, &q, fn, s) : QN_ENOMEM;
}

static void note_clock(struct qn_subscriber *s, const qn_db_result *r, int col)
{
    int64_t ms = qn_db_int(r, 0, col + 1, -1);
    snprintf(s->clock, sizeof s->clock, "%s", qn_db_value(r, 0, col).p);
    s->clock_due_ms = ms < 0 ? INT64_MAX : qn_mono_ms() + ms + 1;
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

static void place_came(void *ctx, const qn_db_result *r)
{
    struct qn_subscriber *s = ctx;
    if (r->err || r->rows != 1) {
        wait_ms(s, RETRY_MS);
        return;
    }
    /* Everything of transactions that are not done yet comes after this place; what was done before it is read now. */
    snprintf(s->at.xid, sizeof s->at.xid, "%s", qn_db_value(r, 0, 0).p);
    strcpy(s->at.seq, "0");
    note_clock(s, r, 1);
    s->placed = true;
    static const qn_change sync = { .size = sizeof sync, .kind = QN_SYNC };
    qn_teller_tell(&s->teller, &sync);
}

/* ---- what comes ------------------------------------------------------------------------------------------------- */

static void items_came(void *ctx, const qn_db_result *r)
{
    struct qn_subscriber *s = ctx;
    if (r->err || qn_feed_items(&s->items, s->arena, r)) {
        wait_ms(s, RETRY_MS);
        return;
    }
    s->n = (size_t)r->rows;
    s->more = r->rows == QN_FEED_BATCH;
    go_on(s);
}

static void clock_came(void *ctx, const qn_db_result *r)
{
    struct qn_subscriber *s = ctx;
    s->items = !r->err && r->rows ? qn_arena_calloc(s->arena, (size_t)r->rows, sizeof *s->items) : NULL;
    if (!s->items) {
        wait_ms(s, RETRY_MS);
        return;
    }
    note_clock(s, r, 0);
    s->look_at_clock = false;
    if (r->rows == CLOCK_MOST) s->sync_due = true; /* there may be more of them, and the clock has passed them */
    for (int row = 0; row < r->rows; row++) {
        if (!qn_db_value(r, row, 2).p) continue;
        s->items[s->n].at = s->at;
        s->items[s->n++].change = qn_feed_change(r, row, 2, QN_PUBLISHED);
    }
    s->more = true; /* of the outbox nothing was read */
    go_on(s);
}

static void read_on(struct qn_subscriber *s)
{
    char limit[12];
    int rc;
    const qn_shm *shm = s->host->env.shm;
    s->busy = true;
    s->more = false;
    s->polled_ms = qn_mono_ms();
    s->seen_xid = shm ? atomic_load(&shm->node.event_xid) : 0;
    s->seen_seq = shm ? atomic_load(&shm->node.event_seq) : 0;
    if (!s->placed) {
        s->logs = shm ? atomic_load(&shm->node.logs) : 0;
        rc = ask(s, &place_stmt, NULL, 0, place_came);
    } else if (s->look_at_clock || s->polled_ms >= s->clock_due_ms) {
        const qn_str param = qn_str_of(s->clock);
        rc = ask(s, &clock_stmt, &param, 1, clock_came);
    } else {
        snprintf(limit, sizeof limit, "%d", QN_FEED_BATCH);
        const qn_str params[] = { qn_str_of(s->at.xid), qn_str_of(s->at.seq), qn_str_of(limit) };
        rc = ask(s, &qn_feed_stmt, params, 3, items_came);
    }
    if (rc) wait_ms(s, RETRY_MS);
}

/* Tells the next change that is wanted; when there is none left, waits. It reads on from the timer: here, the answer to
 * the last statement may still be stood on. */
static void go_on(struct qn_subscriber *s)
{
    const qn_subscribe_spec *spec = &s->reg->u.subscribe;
    int64_t now_us = qn_wall_us();
    for (; s->i < s->n; s->i++) {
        const qn_feed_item *item = &s->items[s->i];
        s->at = item->at;
        if (item->change.kind == QN_PUBLISHED && item->change.at_us > now_us) {
            s->look_at_clock = true; /* of the future: its time will be told then */
            continue;
        }
        if (item->change.kind == QN_SYNC && qn_feed_wanted(&item->change, QN_SYNC, spec->type)) s->sync_due = true;
        if (s->sync_due || !qn_feed_wanted(&item->change, spec->on & ~(uint32_t)QN_SYNC, spec->type)) continue;
        qn_teller_tell(&s->teller, &item->change);
        return;
    }
    if (s->sync_due && !s->more) { /* when all of it is in */
        s->placed = s->synced = s->sync_due = false;
        wait_ms(s, SYNC_LATER_MS);
        return;
    }
    wait_ms(s, s->more || s->look_at_clock ? 0 : LOOK_MS);
}

/* A plugin that can never read what it needs would keep the whole server from being ready. One that does not even
 * answer has had a minute. */
static void note_failed(struct qn_subscriber *s, int err)
{
    if (s->ever_synced || s->tries == SYNC_TRIES) return;
    s->tries = err == QN_ETIMEOUT ? SYNC_TRIES : s->tries + 1;
    if (s->tries == SYNC_TRIES)
        qn_error("plugin %s: %s has never succeeded: the server goes on without what it keeps", s->reg->plugin->name,
                 s->reg->place);
}

static void told(void *ctx, int err)
{
    struct qn_subscriber *s = ctx;
    if (err) {
        qn_warn("plugin %s: %s failed: %s; it begins anew in %lld ms", s->reg->plugin->name, s->reg->place,
                qn_strerror(err), (long long)s->again_ms);
        s->placed = s->synced = false;
        note_failed(s, err);
        wait_ms(s, s->again_ms);
        s->again_ms = s->again_ms * 2 > SYNC_AGAIN_MOST_MS ? SYNC_AGAIN_MOST_MS : s->again_ms * 2;
        return;
    }
    if (!s->synced) {
        if (!s->ever_synced && s->tries == SYNC_TRIES)
            qn_info("plugin %s: %s has succeeded now", s->reg->plugin->name, s->reg->place);
        s->synced = s->ever_synced = s->more = true;
        wait_ms(s, 0);
        return;
    }
    s->again_ms = SYNC_AGAIN_MS;
    s->i++;
    go_on(s);
}

/* The listener of this node has read on since. */
static bool has_moved(const struct qn_subscriber *s)
{
    const qn_shm *shm = s->host->env.shm;
    return !shm || atomic_load(&shm->node.event_xid) != s->seen_xid || atomic_load(&shm->node.event_seq) != s->seen_seq;
}

/* Its place is one in a log that is no more. */
static bool is_of_another_log(const struct qn_subscriber *s)
{
    const qn_shm *shm = s->host->env.shm;
    return shm && atomic_load(&shm->node.logs) != s->logs;
}

static void look(void *ctx)
{
    struct qn_subscriber *s = ctx;
    int64_t now = qn_mono_ms();
    if (s->busy) return;
    if (!qn_host_can_read(s->host)) {
        qn_timer_start(s->timer, LOOK_MS);
        return;
    }
    if (s->placed && is_of_another_log(s)) s->placed = s->synced = false;
    if (!s->placed || s->more || s->look_at_clock || now >= s->clock_due_ms || now - s->polled_ms >= POLL_MS ||
        has_moved(s))
        read_on(s);
    else
        qn_timer_start(s->timer, LOOK_MS);
}

/* ---- begin and end ---------------------------------------------------------------------------------------------- */

static int open_one(qn_host *h, const qn_registered *reg)
{
    struct qn_subscriber *s = qn_arena_calloc(h->arena, 1, sizeof *s);
    if (!s) return QN_ENOMEM;
    s->host = h;
    s->reg = reg;
    s->again_ms = SYNC_AGAIN_MS;
    s->teller = (qn_teller){ .reg = reg,
                             .kind = QN_CALL_CHANGE,
                             .fn = reg->u.subscribe.fn,
                             .fn_ctx = reg->u.subscribe.ctx,
                             .told = told,
                             .ctx = s };
    s->next = h->subscribers;
    h->subscribers = s;
    int rc = qn_teller_open(&s->teller, h->env.loop);
    if (!rc) rc = qn_timer_new(&s->timer, h->env.loop, look, s);
    if (!rc) qn_timer_start(s->timer, 0);
    return rc;
}

bool qn_host_ready(const qn_host *h)
{
    for (const struct qn_subscriber *s = h ? h->subscribers : NULL; s; s = s->next)
        if (!s->ever_synced && s->tries < SYNC_TRIES) return false;
    return true;
}

int qn_subscribers_open(qn_host *h)
{
    int rc = QN_OK;
    for (size_t i = 0; i < h->subscribe.n && !rc; i++)
        if (h->subscribe.items[i]->plugin->phase == QN_PLUGIN_READY) rc = open_one(h, h->subscribe.items[i]);
    return rc;
}

void qn_subscribers_close(qn_host *h)
{
    for (struct qn_subscriber *s = h->subscribers; s; s = s->next) {
        qn_teller_close(&s->teller);
        qn_timer_free(&s->timer);
        qn_arena_free(&s->arena);
    }
    h->subscribers = NULL;
}
