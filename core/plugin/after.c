/* Hooks after something: in the jobs process that is the runner, from the outbox, at least once, in order per entry.
 *
 * A hook's place in the outbox is kept in the database. A change whose call failed is parked with the time of its next
 * try; further changes of the same entry are parked behind it, those of others go on. But that an entry was taken back
 * waits for nothing: it is told at once, and what was published of it before and not yet told is never told then. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "plugin/feed.h"

enum {
    LOOK_MS = 50,   /* at the listener's place in shared memory */
    POLL_MS = 1000, /* for parked changes, and where the listener is away */
    RETRY_MS = 500, /* after the database said no */
    FIRST_DELAY_MS = 1000,
    MOST_DELAY_MS = 3600 * 1000,
    A_KILL = QN_UNPUBLISHED | QN_DELETED
};
_Static_assert(QN_PUBLISHED == 2 && A_KILL == 12, "as the statements have it");

static const qn_stmt begin_stmt = {
    "plugin_after_begin", "with i as (insert into plugin_position (plugin, hook, xid, seq) values ($1, $2, "
                          "pg_snapshot_xmin(pg_current_snapshot()), 0)"
                          " on conflict do nothing returning xid, seq)"
                          " select xid::text, seq::text from i union all"
                          " select xid::text, seq::text from plugin_position where plugin = $1 and hook = $2 limit 1"
};
static const qn_stmt place_stmt = {
    "plugin_after_place", "update plugin_position set xid = $3::xid8, seq = $4::bigint where plugin = $1 and hook = $2"
};
/* The oldest parked change of an entry whose time has come, or the oldest of those that took it back. */
static const qn_stmt due_stmt = {
    "plugin_after_due",
    "select p.xid::text, p.seq::text, p.kind, p.attempts, p.entry::text, p.type, p.locale, p.version,"
    " (extract(epoch from p.at) * 1000000)::bigint, p.actor::text"
    " from plugin_parked p where p.plugin = $1 and p.hook = $2 and p.due_at <= now()"
    " and not exists (select from plugin_parked o where o.plugin = p.plugin and o.hook = p.hook and o.entry = p.entry"
    " and (o.xid, o.seq) < (p.xid, p.seq) and (p.kind & 12 = 0 or o.kind & 12 <> 0)) order by p.due_at limit 1"
};
static const qn_stmt parked_stmt = {
    "plugin_after_parked", "select from plugin_parked where plugin = $1 and hook = $2 and entry = $3::uuid limit 1"
};
static const qn_stmt park_stmt = {
    "plugin_after_park",
    "insert into plugin_parked (plugin, hook, xid, seq, kind, entry, type, locale, version, at, actor, attempts, "
    "due_at)"
    " values ($1, $2, $3::xid8, $4::bigint, $5::int, $6::uuid, $7, $8, $9::int, to_timestamp($10::float8 / 1000000),"
    " $11::uuid, $12::int, now() + $13::int * interval '1 ms')"
    " on conflict (plugin, hook, xid, seq) do update set attempts = excluded.attempts, due_at = excluded.due_at"
};
static const qn_stmt overtaken_stmt = {
    "plugin_after_overtaken",
    "delete from plugin_parked where plugin = $1 and hook = $2 and entry = $3::uuid and kind = 2"
    " and (xid, seq) < ($4::xid8, $5::bigint)"
};
static const qn_stmt unpark_stmt = {
    "plugin_after_unpark",
    "delete from plugin_parked where plugin = $1 and hook = $2 and xid = $3::xid8 and seq = $4::bigint"
};

struct qn_afters {
    struct qn_afters *next;
    qn_host *host;
    const qn_registered *reg;
    qn_teller teller;
    qn_timer *timer;
    qn_arena *arena, *aside; /* of what is being worked through; of a statement beside it */
    qn_feed_place at;
    qn_feed_item *items;
    qn_feed_item parked; /* the one that is being tried again */
    size_t n, i;
    int64_t attempts; /* of `parked` */
    bool placed, more, trying_parked, looked_parked;
    bool sync_due, syncing, sync_anew; /* everything is to be read; is being read; and once more after that */
    bool telling_sync;
    int64_t sync_ms, sync_failed; /* not before this; how often in a row it failed */
    uint64_t seen_xid;
    int64_t seen_seq, polled_ms;
    void (*next_step)(struct qn_afters *a);
};

static void step(struct qn_afters *a);

static void later(struct qn_afters *a, void (*next)(struct qn_afters *a), int64_t ms)
{
    a->next_step = next;
    qn_timer_start(a->timer, ms);
}

/* The hook wants to be told when everything is to be read anew. Until 1.1 the bit meant nothing here. */
static bool wants_sync(const struct qn_afters *a)
{
    return (a->reg->u.after.on & QN_SYNC) && a->reg->plugin->desc.abi_minor >= 1;
}

/* Nobody stands on the memory of an answer when the timer comes. */
static void on_timer(void *ctx)
{
    struct qn_afters *a = ctx;
    a->next_step(a);
}

static int64_t delay_ms(int64_t attempts)
{
    int64_t ms = FIRST_DELAY_MS;
    for (int64_t i = 1; i < attempts && ms < MOST_DELAY_MS; i++) ms *= 2;
    return ms < MOST_DELAY_MS ? ms : MOST_DELAY_MS;
}

/* A statement whose first parameters are plugin and hook. `aside`: what is being worked through stays. */
static int ask(struct qn_afters *a, bool aside, qn_lane lane, const qn_stmt *stmt, const qn_str *more, int n,
               qn_db_fn fn)
{
    qn_str params[16] = { qn_str_of(a->reg->plugin->name), qn_str_of(a->reg->u.after.name) };
    qn_arena **arena = aside ? &a->aside : &a->arena;
    for (int i = 0; i < n; i++) params[2 + i] = more[i];
    qn_arena_free(arena);
    *arena = qn_arena_new(0);
    qn_db_query q = { .lane = lane, .stmt = stmt, .params = params, .nparams = n + 2 };
    return *arena ? qn_db_call(a->host->env.db, *arena, &q, fn, a) : QN_ENOMEM;
}

/* ---- the place -------------------------------------------------------------------------------------------------- */

static void begun(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    if (r->err || r->rows != 1) {
        later(a, step, RETRY_MS);
        return;
    }
    snprintf(a->at.xid, sizeof a->at.xid, "%s", qn_db_value(r, 0, 0).p);
    snprintf(a->at.seq, sizeof a->at.seq, "%s", qn_db_value(r, 0, 1).p);
    a->placed = a->more = true;
    later(a, step, 0);
}

static void keep_place(struct qn_afters *a);

static void place_kept(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    if (r->err)
        later(a, keep_place, RETRY_MS);
    else
        later(a, step, 0);
}

static void keep_place(struct qn_afters *a)
{
    const qn_str more[] = { qn_str_of(a->at.xid), qn_str_of(a->at.seq) };
    if (ask(a, true, QN_LANE_WRITE, &place_stmt, more, 2, place_kept)) later(a, keep_place, RETRY_MS);
}

/* ---- one change ------------------------------------------------------------------------------------------------- */

static qn_feed_item *current(struct qn_afters *a)
{
    return a->trying_parked ? &a->parked : &a->items[a->i];
}

static void settle_current(struct qn_afters *a);

/* The change was done, or is parked: on to the next. */
static void settled(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    if (r->err) {
        later(a, settle_current, RETRY_MS);
        return;
    }
    if (a->trying_parked) {
        a->trying_parked = false;
        a->more = true; /* perhaps another one is due */
        later(a, step, 0);
        return;
    }
    a->at = a->items[a->i++].at;
    later(a, keep_place, 0);
}

static int park(struct qn_afters *a, int64_t attempts, int64_t ms)
{
    const qn_feed_item *item = current(a);
    const qn_change *c = &item->change;
    char kind[12], version[24], at[24], tries[24], delay[24];
    snprintf(kind, sizeof kind, "%u", c->kind);
    snprintf(version, sizeof version, "%lld", (long long)c->version);
    snprintf(at, sizeof at, "%lld", (long long)c->at_us);
    snprintf(tries, sizeof tries, "%lld", (long long)attempts);
    snprintf(delay, sizeof delay, "%lld", (long long)ms);
    const qn_str more[] = {
        qn_str_of(item->at.xid), qn_str_of(item->at.seq), qn_str_of(kind), c->entry,         c->type,         c->locale,
        qn_str_of(version),      qn_str_of(at),           c->actor,        qn_str_of(tries), qn_str_of(delay)
    };
    return ask(a, true, QN_LANE_WRITE, &park_stmt, more, 11, settled);
}

static int unpark(struct qn_afters *a)
{
    const qn_str more[] = { qn_str_of(a->parked.at.xid), qn_str_of(a->parked.at.seq) };
    return ask(a, true, QN_LANE_WRITE, &unpark_stmt, more, 2, settled);
}

/* The change was told. */
static void settle_done(struct qn_afters *a)
{
    if (!a->trying_parked) {
        a->at = a->items[a->i++].at;
        keep_place(a);
    } else if (unpark(a)) {
        later(a, settle_done, RETRY_MS);
    }
}

static bool is_kill(const qn_change *c)
{
    return (c->kind & A_KILL) != 0;
}

static void overtake(struct qn_afters *a);

static void overtook(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    later(a, r->err ? overtake : settle_done, r->err ? RETRY_MS : 0);
}

/* The entry was taken back: publications of it that are parked are given up. */
static void overtake(struct qn_afters *a)
{
    const qn_feed_item *item = current(a);
    const qn_str more[] = { item->change.entry, qn_str_of(item->at.xid), qn_str_of(item->at.seq) };
    if (ask(a, true, QN_LANE_WRITE, &overtaken_stmt, more, 3, overtook)) later(a, overtake, RETRY_MS);
}

static void settle_current(struct qn_afters *a)
{
    int err = a->teller.result;
    if (err == QN_EUNAVAIL && qn_quarantined(a->reg->plugin))
        return; /* stays where it is until the server begins anew */
    if (err) {
        int64_t attempts = a->trying_parked ? a->attempts + 1 : 1, ms = delay_ms(attempts);
        const qn_change *c = &current(a)->change;
        qn_warn("plugin %s: %s failed for the entry %.*s: %s; try %lld comes in %lld s", a->reg->plugin->name,
                a->reg->place, QN_FMT(c->entry), qn_strerror(err), (long long)attempts + 1, (long long)ms / 1000);
        if (park(a, attempts, ms)) later(a, settle_current, RETRY_MS);
    } else if (is_kill(&current(a)->change)) {
        overtake(a);
    } else {
        settle_done(a);
    }
}

/* One step of reading everything is over. */
static void settle_sync(struct qn_afters *a, int err)
{
    a->telling_sync = false;
    if (err == QN_EUNAVAIL && qn_quarantined(a->reg->plugin)) return;
    if (err < 0) {
        int64_t ms = delay_ms(++a->sync_failed);
        qn_warn("plugin %s: %s failed to read everything: %s; it goes on in %lld s", a->reg->plugin->name,
                a->reg->place, qn_strerror(err), (long long)ms / 1000);
        a->sync_ms = qn_mono_ms() + ms;
    } else {
        a->sync_failed = 0;
        if (err != QN_AGAIN) {
            a->sync_due = a->sync_anew;
            a->syncing = a->sync_anew = false;
        }
    }
    later(a, step, 0);
}

static void told(void *ctx, int err)
{
    struct qn_afters *a = ctx;
    if (a->telling_sync)
        settle_sync(a, err);
    else
        settle_current(a); /* the teller has kept it */
}

static void tell_sync(struct qn_afters *a)
{
    static const qn_change sync = { .size = sizeof sync, .kind = QN_SYNC };
    a->telling_sync = a->syncing = true;
    qn_teller_tell(&a->teller, &sync);
}

/* What was imported while everything is being read may lie behind the place where that is. */
static void want_sync(struct qn_afters *a)
{
    if (!wants_sync(a)) return;
    if (a->syncing)
        a->sync_anew = true;
    else
        a->sync_due = true;
}

/* Behind one that is parked, a change of the same entry waits. */
static void queue_behind(struct qn_afters *a)
{
    if (park(a, 0, 0)) later(a, queue_behind, RETRY_MS);
}

static void parked_known(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    if (r->err) {
        later(a, step, RETRY_MS);
        return;
    }
    a->looked_parked = true;
    later(a, r->rows ? queue_behind : step, 0);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static void items_came(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    if (r->err || qn_feed_items(&a->items, a->arena, r)) {
        a->n = a->i = 0;
        later(a, step, RETRY_MS);
        return;
    }
    a->n = (size_t)r->rows;
    a->i = 0;
    a->more = r->rows == QN_FEED_BATCH;
    later(a, step, 0);
}

static void read_on(struct qn_afters *a)
{
    char limit[12];
    const qn_shm *shm = a->host->env.shm;
    a->seen_xid = shm ? atomic_load(&shm->node.event_xid) : 0;
    a->seen_seq = shm ? atomic_load(&shm->node.event_seq) : 0;
    snprintf(limit, sizeof limit, "%d", QN_FEED_BATCH);
    const qn_str params[] = { qn_str_of(a->at.xid), qn_str_of(a->at.seq), qn_str_of(limit) };
    qn_db_query q = { .lane = QN_LANE_READ, .stmt = &qn_feed_stmt, .params = params, .nparams = 3 };
    qn_arena_free(&a->arena);
    a->arena = qn_arena_new(0);
    a->n = a->i = 0;
    a->more = false;
    if (!a->arena || qn_db_call(a->host->env.db, a->arena, &q, items_came, a)) later(a, step, RETRY_MS);
}

static void due_came(void *ctx, const qn_db_result *r)
{
    struct qn_afters *a = ctx;
    if (r->err || !r->rows) {
        later(a, r->err ? step : read_on, r->err ? RETRY_MS : 0);
        return;
    }
    a->trying_parked = true;
    snprintf(a->parked.at.xid, sizeof a->parked.at.xid, "%s", qn_db_value(r, 0, 0).p);
    snprintf(a->parked.at.seq, sizeof a->parked.at.seq, "%s", qn_db_value(r, 0, 1).p);
    a->attempts = qn_db_int(r, 0, 3, 0);
    a->parked.change = qn_feed_change(r, 0, 4, (uint32_t)qn_db_int(r, 0, 2, 0));
    qn_teller_tell(&a->teller, &a->parked.change);
}

static uint32_t wanted_of(const struct qn_afters *a)
{
    return a->reg->u.after.on & ~(uint32_t)QN_SYNC;
}

/* Behind one of the same entry that is parked it waits, but for one that took it back: that is heard of even where it
 * is not told. */
static void take_next(struct qn_afters *a)
{
    const qn_change *c = &a->items[a->i].change;
    bool known = a->looked_parked || is_kill(c);
    a->looked_parked = false;
    if (!(c->kind & wanted_of(a)))
        overtake(a);
    else if (known)
        qn_teller_tell(&a->teller, c);
    else if (ask(a, true, QN_LANE_READ, &parked_stmt, &c->entry, 1, parked_known))
        later(a, step, RETRY_MS);
}

/* The next change that is wanted; else what is parked and due, and then the outbox, when there is something to look
 * for. */
static void step(struct qn_afters *a)
{
    const qn_after_spec *spec = &a->reg->u.after;
    const qn_shm *shm = a->host->env.shm;
    bool skipped = false;
    if (qn_quarantined(a->reg->plugin)) return;
    if (!qn_host_can_read(a->host)) {
        later(a, step, LOOK_MS);
        return;
    }
    if (!a->placed) {
        if (ask(a, false, QN_LANE_WRITE, &begin_stmt, NULL, 0, begun)) later(a, step, RETRY_MS);
        return;
    }
    for (; a->i < a->n && !qn_feed_wanted(&a->items[a->i].change, wanted_of(a) | A_KILL, spec->type); a->i++) {
        if (qn_feed_wanted(&a->items[a->i].change, QN_SYNC, spec->type)) want_sync(a);
        a->at = a->items[a->i].at;
        skipped = true;
    }
    if (a->i < a->n) {
        take_next(a);
        return;
    }
    if (skipped) {
        keep_place(a);
        return;
    }
    int64_t now = qn_mono_ms();
    bool moved =
        !shm || atomic_load(&shm->node.event_xid) != a->seen_xid || atomic_load(&shm->node.event_seq) != a->seen_seq;
    if (!a->more && !moved && now - a->polled_ms < POLL_MS) {
        if (a->sync_due && now >= a->sync_ms)
            tell_sync(a);
        else
            later(a, step, LOOK_MS);
        return;
    }
    a->polled_ms = now;
    if (ask(a, false, QN_LANE_READ, &due_stmt, NULL, 0, due_came)) later(a, step, RETRY_MS);
}

/* ---- begin and end ---------------------------------------------------------------------------------------------- */

static int open_one(qn_host *h, const qn_registered *reg)
{
    struct qn_afters *a = qn_arena_calloc(h->arena, 1, sizeof *a);
    if (!a) return QN_ENOMEM;
    a->host = h;
    a->reg = reg;
    a->teller = (qn_teller){ .reg = reg,
                             .kind = QN_CALL_AFTER,
                             .fn = reg->u.after.fn,
                             .fn_ctx = reg->u.after.ctx,
                             .reads_all = true,
                             .told = told,
                             .ctx = a };
    a->next = h->afters;
    h->afters = a;
    want_sync(a);
    int rc = qn_teller_open(&a->teller, h->env.loop);
    if (!rc) rc = qn_timer_new(&a->timer, h->env.loop, on_timer, a);
    if (!rc) later(a, step, 0);
    return rc;
}

int qn_host_run_afters(qn_host *h)
{
    int rc = QN_OK;
    if (h->afters) return QN_OK;
    for (size_t i = 0; i < h->after.n && !rc; i++)
        if (h->after.items[i]->plugin->phase == QN_PLUGIN_READY) rc = open_one(h, h->after.items[i]);
    return rc;
}

void qn_host_stop_afters(qn_host *h)
{
    for (struct qn_afters *a = h->afters; a; a = a->next) {
        qn_teller_close(&a->teller);
        qn_timer_free(&a->timer);
        qn_arena_free(&a->arena);
        qn_arena_free(&a->aside);
    }
    h->afters = NULL;
}
