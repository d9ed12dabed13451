/* The listener: one database session that hears of changes, moves the epochs that workers look at, and tells the other
 * nodes, in one NOTIFY for whatever gathered, that this node wrote. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/logname.h"
#include "events/outbox.h"
#include "events/purge.h"
#include "process/child.h"

enum {
    POLL_MS = 250, /* the backstop for a notification that was missed */
    NOTIFY_GAP_MS =
        10, /* at most a hundred a second: with twice the gap a node hears of a busy one's writes too late */
    LAST_WORDS_MS = 1000, /* when the server ends: for the last notification and the last purges */
    LAST_LOOK_MS = 10
};

typedef struct {
    qn_child_loop loop;
    qn_shm *shm;
    qn_session *session;
    qn_outbox_watcher watcher;
    qn_outbox_now_call now;
    qn_purger *purger; /* NULL: there are no caches in front */
    struct event *wake;
    qn_timer *poll, *gap;
    uint64_t writes_told; /* writes of this node that a NOTIFY went out for */
    uint64_t writes_sent; /* those of the NOTIFY under way */
    int64_t notified_ms;
    int64_t asked_ms;  /* when the reading under way began: what is read is not younger */
    int64_t end_by_ms; /* stopping */
    bool must_listen, must_seek, must_place, must_read, reading;
    int said;              /* what fails */
    const qn_child *child; /* to be said READY; NULL: was said */
    bool marks;            /* there are standbys to be measured (loop/mark.h), */
    bool must_name, named; /* against the log of the server that this session is of, which has said its name */
    uint64_t asked_stamp;  /* of the node when the reading under way began, */
    uint64_t bumped;       /* how often it has moved by this process since, */
    int64_t asked_us;      /* and the clock */
} listener;

static void pump(listener *l);

/* ---- what an event means to this node --------------------------------------------------------------------------- */

static void bump(listener *l, const char *prefix, qn_str name)
{
    char text[256];
    int n = snprintf(text, sizeof text, "%s:%.*s", prefix, QN_FMT(name));
    if (!name.n || n <= 0 || (size_t)n >= sizeof text) return;
    qn_epoch_bump(l->shm, (qn_str){ text, (size_t)n });
    l->bumped++;
}

static void types_moved(listener *l)
{
    atomic_fetch_add(&l->shm->node.types_epoch, 1);
    qn_epoch_bump(l->shm, QN_STR("types"));
    l->bumped++;
}

/* A working copy is in no answer that is kept, here or in front. */
static bool is_of_a_draft(const qn_event *e)
{
    return qn_str_eqz(e->kind, "entry.created") || qn_str_eqz(e->kind, "entry.changed");
}

/* What plugins' answers depend on has changed; what, stands where tags stand else (quoin.touch in sql/). */
static bool is_of_a_plugin(const qn_event *e)
{
    return qn_str_eqz(e->kind, "plugin.touched");
}

static void purge(qn_purger *p, const qn_event *e)
{
    qn_purger_add(p, "entry", e->entry);
    qn_purger_add(p, "type", e->type);
    qn_str tags = e->tags;
    for (qn_str name; (name = qn_event_next_tag(&tags)).n;)
        qn_purger_add(p, is_of_a_plugin(e) ? "plugin" : "tag", name);
    bool of_all = qn_str_starts(e->kind, QN_STR("type.")) || qn_str_starts(e->kind, QN_STR("access."));
    if (of_all) qn_purger_everything(p);
}

static void on_event(void *ctx, const qn_event *e)
{
    listener *l = ctx;
    qn_str tags = e->tags;
    atomic_fetch_add(&l->shm->node.event_seq, 1);
    if (is_of_a_draft(e)) return;
    purge(l->purger, e);
    if (qn_shm_told(l->shm, e->at.xid)) return; /* a write of this node; it is of one entry, and of nothing else */
    bump(l, "entry", e->entry);
    bump(l, "type", e->type);
    const char *named = is_of_a_plugin(e) ? "plugin" : "tag";
    for (qn_str name; (name = qn_event_next_tag(&tags)).n;) bump(l, named, name);
    if (qn_str_starts(e->kind, QN_STR("type."))) types_moved(l);
    if (qn_str_starts(e->kind, QN_STR("access."))) atomic_fetch_add(&l->shm->node.access_epoch, 1);
}

/* What was changed before the statement was sent stands before the position that it gave, and so does what it told of.
 * Where a worker moved an epoch meanwhile, nobody knows on which side its change is: the stamp from before is marked,
 * and the worker's wake-up leads to the next reading. */
static void mark(const listener *l)
{
    qn_mark newest;
    uint64_t stamp = l->asked_stamp + l->bumped;
    if (!l->named || !l->watcher.lsn) return;
    qn_mark_clock(l->shm, l->watcher.clock_us, l->asked_us, qn_mono_us());
    if (qn_epoch_now(l->shm) != stamp) stamp = l->asked_stamp;
    if (!qn_mark_newest(&newest, l->shm) || newest.stamp < stamp)
        qn_mark_put(l->shm, stamp, l->watcher.lsn, l->watcher.clock_us);
}

/* ---- one statement at a time ------------------------------------------------------------------------------------ */

static void disbelieve_all(listener *l)
{
    qn_epoch_bump_all(l->shm);
    l->bumped++;
    types_moved(l);
    atomic_fetch_add(&l->shm->node.access_epoch, 1);
}

/* Once until it is over: it is tried four times a second. */
static void say(listener *l, int err, const char *what, const char *why)
{
    if (err && err != l->said) qn_warn("%s: %s", what, why);
    l->said = err;
}

static void on_read(void *ctx, int err, bool lost)
{
    listener *l = ctx;
    l->reading = false;
    say(l, err, "the outbox could not be read", err == QN_EDB ? l->watcher.why : qn_strerror(err));
    if (lost) {
        qn_purger_everything(l->purger);
        qn_info("more has changed than can be told: nothing that is kept is believed any more");
        disbelieve_all(l);
    }
    if (!err) {
        mark(l);
        /* In this order: being killed in between can only make the next listener read an event twice. */
        atomic_store(&l->shm->node.event_xid, l->watcher.from);
        atomic_store(&l->shm->node.listener_beat_ms, l->asked_ms);
        qn_purger_send(l->purger); /* after the epochs: who asks because of it is answered anew */
        if (l->child) qn_child_ready(l->child);
        l->child = NULL;
    }
    if (!l->loop.stopping) qn_timer_start(l->poll, POLL_MS);
    pump(l);
}

static void on_place(void *ctx, int err, qn_position p)
{
    listener *l = ctx;
    if (err) return; /* the poll tries again: not at once, for it would fail again */
    l->must_place = false;
    l->watcher.from = p.xid;
    disbelieve_all(l); /* the workers may have read before; of what was changed in between nobody tells */
    atomic_store(&l->shm->node.event_xid, p.xid);
    pump(l);
}

/* Another server's log, or one that went another way at a promotion: what was read here may never have been in it, and
 * its transactions bear numbers that others had. Nobody knows either where the server does not say which log it has. */
static void begin_anew(listener *l)
{
    if (!l->watcher.from) return; /* the first one: nothing was read, and the place is still to be taken */
    qn_info("the database's log is another one: nothing that was read before is believed any more");
    qn_shm_tell_anew(l->shm);
    qn_outbox_watch_reset(&l->watcher);
    qn_purger_everything(l->purger);
    atomic_fetch_add(&l->shm->node.logs, 1);
    l->must_place = true;
}

static void on_named(void *ctx, int err, const PGresult *res)
{
    listener *l = ctx;
    qn_log_name log;
    bool recovering = false;
    if (err && err != QN_EDB) return;
    l->must_name = false;
    if (!err) err = qn_log_name_read(&log, &recovering, res, 0);
    if (err)
        qn_warn("the database does not say which log it writes: what is kept is dropped whenever the connection to it "
                "was lost, and standbys are not asked: %s",
                res ? PQresultErrorMessage(res) : qn_strerror(err));
    if (err || !qn_mark_is_log(l->shm, log)) begin_anew(l);
    l->named = l->marks && !err && !recovering;
    if (!err && !recovering) qn_mark_log(l->shm, log);
    pump(l);
}

static void on_listening(void *ctx, int err, const PGresult *res)
{
    listener *l = ctx;
    const char *why = err == QN_EDB ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    if (err == QN_EDB) say(l, err, "other nodes cannot be listened to", why ? why : qn_strerror(err));
    if (err) return;
    l->must_listen = false;
    pump(l);
}

static void on_by_key(void *ctx, int err, const PGresult *res)
{
    listener *l = ctx;
    if (err && err != QN_EDB) return;
    if (err) qn_warn("the listener's session takes no settings: %s", PQresultErrorMessage(res)); /* slower, not wrong */
    l->must_seek = false;
    pump(l);
}

static void on_notified(void *ctx, int err, const PGresult *res)
{
    (void)res;
    listener *l = ctx;
    if (err) return;
    l->writes_told = l->writes_sent;
    pump(l);
}

/* A NOTIFY is due; false when it must wait for its turn. */
static bool may_notify(listener *l)
{
    uint64_t writes = atomic_load(&l->shm->node.writes);
    if (writes == l->writes_told) return false;
    int64_t wait = l->notified_ms + NOTIFY_GAP_MS - qn_mono_ms();
    if (wait > 0 && !l->loop.stopping) {
        qn_timer_start(l->gap, wait);
        return false;
    }
    l->writes_sent = qn_shm_wrote_take(l->shm); /* from here on a write wakes again: within the gap none needs to */
    l->notified_ms = qn_mono_ms();
    return true;
}

/* Sends what is most urgent, if nothing is under way; each answer comes back here. */
static void pump(listener *l)
{
    /* Nobody's write depends on a notification: it needs no flush of its own, which others would wait behind. */
    static const char listen_sql[] = "listen quoin_event",
                      notify_sql[] =
                          "select set_config('synchronous_commit', 'off', true), pg_notify('quoin_event', '')",
                      name_sql[] = "select " QN_LOG_NAME_COLUMNS;
    if (!qn_session_up(l->session)) return;
    if (l->must_listen) {
        qn_session_query(l->session, listen_sql, 0, NULL, on_listening, l);
    } else if (l->must_seek) {
        qn_outbox_by_key(l->session, on_by_key, l);
    } else if (l->must_name) {
        qn_session_query(l->session, name_sql, 0, NULL, on_named, l);
    } else if (l->must_place) {
        qn_outbox_now(l->session, &l->now);
    } else if (may_notify(l)) {
        qn_session_query(l->session, notify_sql, 0, NULL, on_notified, l);
    } else if (l->must_read) {
        int64_t now = qn_mono_ms();
        l->asked_stamp = qn_epoch_now(l->shm);
        l->bumped = 0;
        l->asked_us = qn_mono_us();
        if (qn_outbox_watch(&l->watcher) != QN_OK) return;
        l->must_read = false;
        l->reading = true;
        l->asked_ms = now;
    }
}

/* ---- what wakes it ---------------------------------------------------------------------------------------------- */

static void on_up(void *ctx)
{
    listener *l = ctx;
    l->must_listen = l->must_seek = l->must_name = l->must_read = true;
    l->named = false;
    pump(l);
}

static void on_down(void *ctx, const char *why)
{
    (void)ctx;
    qn_warn("the database is away: %s", why);
}

static void on_notify(void *ctx, const char *channel)
{
    (void)channel;
    listener *l = ctx;
    l->must_read = true;
    pump(l);
}

static void on_poll(void *ctx)
{
    listener *l = ctx;
    l->must_read = true;
    qn_timer_start(l->poll, POLL_MS);
    pump(l);
}

static void on_gap(void *ctx)
{
    pump(ctx);
}

static void on_wake(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    listener *l = ctx;
    qn_shm_woken(l->shm);
    l->must_read = l->must_read || l->marks; /* until it is marked no standby is asked */
    pump(l);
}

static void on_last_look(void *ctx)
{
    listener *l = ctx;
    bool untold = atomic_load(&l->shm->node.writes) != l->writes_told || l->must_read || l->reading;
    bool done = (!untold || !qn_session_up(l->session)) && qn_purger_idle(l->purger);
    if (done || qn_mono_ms() >= l->end_by_ms) {
        qn_loop_stop(l->loop.loop);
        return;
    }
    qn_timer_start(l->poll, LAST_LOOK_MS);
    pump(l);
}

/* The workers have gone: what they wrote last is still told, to other nodes and to caches in front. */
static void on_stop(void *ctx)
{
    listener *l = ctx;
    l->end_by_ms = qn_mono_ms() + LAST_WORDS_MS;
    l->must_read = l->must_read || l->purger;
    qn_timer_free(&l->poll);
    if (qn_timer_new(&l->poll, l->loop.loop, on_last_look, l))
        qn_loop_stop(l->loop.loop);
    else
        on_last_look(l);
}

/* ---- its life --------------------------------------------------------------------------------------------------- */

/* Nobody knows what a cache in front missed before this process was there. */
static int open_purger(listener *l, const qn_config *c)
{
    qn_purge_options o = { .loop = l->loop.loop };
    o.nurls = qn_config_list(c, "cache", "purge_urls", &o.urls);
    int r = qn_purger_new(&l->purger, &o);
    qn_purger_everything(l->purger);
    return r;
}

static int open_listener(listener *l, const qn_child *c)
{
    qn_session_options o = { .conninfo = c->conninfo,
                             .application = "quoin listener",
                             .on_up = on_up,
                             .on_down = on_down,
                             .on_notify = on_notify,
                             .ctx = l };
    int r = qn_child_loop_open(&l->loop, c, on_stop, NULL, l);
    if (r) return r;
    o.loop = l->loop.loop;
    o.connect_timeout_ms = (int)qn_config_int(c->config, "database", "connect_timeout_ms");
    o.timeout_ms = (int)qn_config_int(c->config, "database", "slow_timeout_ms");
    r = qn_timer_new(&l->poll, o.loop, on_poll, l);
    if (!r) r = qn_timer_new(&l->gap, o.loop, on_gap, l);
    if (!r) r = open_purger(l, c->config);
    if (!r) r = qn_session_new(&l->session, &o);
    if (r) return r;
    l->wake = event_new(qn_loop_base(o.loop), c->shm->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
    if (!l->wake || event_add(l->wake, NULL)) return QN_ENOMEM;
    l->marks = *qn_config_str(c->config, "database", "read_url");
    l->watcher = (qn_outbox_watcher){
        .session = l->session, .positions = l->marks, .on_event = on_event, .on_read = on_read, .ctx = l
    };
    l->now = (qn_outbox_now_call){ on_place, l };
    /* A listener that was killed left its place; its node's epochs have moved up to there. What its workers wrote
     * meanwhile is told once more rather than not at all. */
    l->watcher.from = atomic_load(&c->shm->node.event_xid);
    l->must_place = l->watcher.from == 0;
    qn_timer_start(l->poll, POLL_MS);
    return QN_OK;
}

static void close_listener(listener *l)
{
    if (l->wake) event_free(l->wake);
    qn_session_free(&l->session);
    qn_purger_free(&l->purger);
    qn_outbox_watch_reset(&l->watcher);
    qn_timer_free(&l->poll);
    qn_timer_free(&l->gap);
    qn_child_loop_close(&l->loop);
}

int qn_listener_main(const qn_child *c)
{
    qn_errmsg e = { "" };
    listener l = { .shm = c->shm, .child = c };
    int r = qn_child_begin(c, &e);
    if (!r) r = open_listener(&l, c);
    if (!r) r = qn_loop_run(l.loop.loop);
    if (r) qn_error("the listener cannot work: %s", *e.text ? e.text : qn_strerror(r));
    close_listener(&l);
    return r ? 1 : 0;
}
