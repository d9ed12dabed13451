#include "events/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 500 };

/* One row at least, so that `held` is told when there is nothing to read. The row comparison and the horizon both use
 * the primary key (xid, seq); the horizon is that of the statement's own snapshot. */
static const char read_sql[] =
    "select h.held, e.xid, e.seq, e.kind, e.entry, e.type, e.locale, array_to_string(e.tags, ',')"
    " from (select exists (select from quoin.event where xid >= pg_snapshot_xmin(pg_current_snapshot())) as held) h"
    " left join lateral"
    " (select * from quoin.event"
    "   where (xid, seq) > ($1::xid8, $2::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())"
    "   order by xid, seq limit $3::int) e on true"
    " order by e.xid, e.seq";

static const char now_sql[] = "select pg_snapshot_xmin(pg_current_snapshot())";

/* ---- places ----------------------------------------------------------------------------------------------------- */

void qn_position_print(char out[QN_POSITION_BYTES], qn_position p)
{
    snprintf(out, QN_POSITION_BYTES, "%" PRIu64 "-%" PRId64, p.xid, p.seq);
}

/* Only the form that is printed, so that a token is equal to itself as text. */
static bool is_plain_number(qn_str s)
{
    return s.n == 1 || (s.n > 1 && s.p[0] != '0');
}

int qn_position_parse(qn_position *out, qn_str token)
{
    uint64_t xid, seq;
    qn_str rest = token, first = qn_str_cut(&rest, '-');
    if (!is_plain_number(first) || !is_plain_number(rest)) return QN_EINVAL;
    if (qn_str_u64(&xid, first, 0, UINT64_MAX) || qn_str_u64(&seq, rest, 0, INT64_MAX)) return QN_EINVAL;
    *out = (qn_position){ xid, (int64_t)seq };
    return QN_OK;
}

qn_str qn_event_next_tag(qn_str *tags)
{
    while (tags->n) {
        qn_str tag = qn_str_cut(tags, ',');
        if (tag.n) return tag;
    }
    return (qn_str){ 0 };
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static qn_str value(const PGresult *res, int row, int col)
{
    if (PQgetisnull(res, row, col)) return (qn_str){ 0 };
    return (qn_str){ PQgetvalue(res, row, col), (size_t)PQgetlength(res, row, col) };
}

static int read_row(qn_event *out, const PGresult *res, int row)
{
    uint64_t seq;
    qn_event e = { .kind = value(res, row, 3),
                   .entry = value(res, row, 4),
                   .type = value(res, row, 5),
                   .locale = value(res, row, 6),
                   .tags = value(res, row, 7) };
    if (qn_str_u64(&e.at.xid, value(res, row, 1), 0, UINT64_MAX)) return QN_EDB;
    if (qn_str_u64(&seq, value(res, row, 2), 0, INT64_MAX)) return QN_EDB;
    e.at.seq = (int64_t)seq;
    *out = e;
    return QN_OK;
}

static unsigned batch_of(const qn_outbox_reader *r)
{
    return r->batch ? r->batch : BATCH;
}

static void on_rows(void *ctx, int err, const PGresult *res)
{
    qn_outbox_reader *r = ctx;
    int rows = err == QN_OK ? PQntuples(res) : 0;
    bool held = rows > 0 && PQgetvalue(res, 0, 0)[0] == 't';
    int events = rows > 0 && !PQgetisnull(res, 0, 1) ? rows : 0;
    for (int i = 0; err == QN_OK && i < events; i++) {
        qn_event e;
        err = read_row(&e, res, i);
        if (err) break;
        r->on_event(r->ctx, &e);
        r->at = e.at;
    }
    if (err == QN_OK && (unsigned)events == batch_of(r)) { /* a full page: there may be more */
        err = qn_outbox_read(r);
        if (err == QN_OK) return;
    }
    r->on_read(r->ctx, err, held);
}

int qn_outbox_read(qn_outbox_reader *r)
{
    snprintf(r->xid, sizeof r->xid, "%" PRIu64, r->at.xid);
    snprintf(r->seq, sizeof r->seq, "%" PRId64, r->at.seq);
    snprintf(r->limit, sizeof r->limit, "%u", batch_of(r));
    const char *params[] = { r->xid, r->seq, r->limit };
    return qn_session_query(r->session, read_sql, 3, params, on_rows, r);
}

static void on_now(void *ctx, int err, const PGresult *res)
{
    const qn_outbox_now_call *call = ctx;
    qn_position p = { 0 };
    if (err == QN_OK && (PQntuples(res) != 1 || qn_str_u64(&p.xid, value(res, 0, 0), 0, UINT64_MAX))) err = QN_EDB;
    call->fn(call->ctx, err, p);
}

int qn_outbox_now(qn_session *s, qn_outbox_now_call *call)
{
    return qn_session_query(s, now_sql, 0, NULL, on_now, call);
}

/* ---- hearing of ------------------------------------------------------------------------------------------------- */

enum { WATCH_MOST = 5000 };

/* What the last snapshot did not show is what was running then and what began later; each is a range of the primary
 * key, so an old transaction that goes on running costs nothing. */
#define WATCH(columns, position)                                                                                       \
    "select s.snap::text, e.kind, e.entry, e.type, array_to_string(e.tags, ','), e.xid" columns                        \
    " from (select pg_current_snapshot() as snap" position ") s"                                                       \
    " left join lateral"                                                                                               \
    " (select * from (select f.* from pg_snapshot_xip($1::pg_snapshot) x join quoin.event f on f.xid = x"              \
    "   union all"                                                                                                     \
    "   select f.* from quoin.event f where f.xid >= pg_snapshot_xmax($1::pg_snapshot)) f limit $2::int) e on true"

static const char watch_sql[] = WATCH("", "");

/* The position is read after the statement's snapshot was taken, and a commit is seen by a snapshot only once it was
 * flushed: so all that the snapshot shows stands before it. With synchronous_commit off it is seen before that; then
 * the end of what was written at all is taken. Not always: what is there but not flushed is not sent to standbys, and
 * on a quiet primary it may be for seconds. */
static const char watch_positions_sql[] =
    WATCH(", s.lsn, s.clock",
          ", (extract(epoch from clock_timestamp()) * 1000000)::bigint as clock, (case when pg_is_in_recovery() then "
          "null when current_setting('synchronous_commit') = 'off'"
          " then pg_current_wal_insert_lsn() else pg_current_wal_flush_lsn() end - '0/0'::pg_lsn)::text as lsn");

int qn_outbox_by_key(qn_session *s, qn_session_fn fn, void *ctx)
{
    static const char sql[] = "select set_config(name, 'off', false)"
                              " from unnest('{enable_seqscan,enable_hashjoin,enable_mergejoin}'::text[]) name";
    return qn_session_query(s, sql, 0, NULL, fn, ctx);
}

/* "xmin:xmax:running,…" */
static int xmin_of(uint64_t *out, qn_str snapshot)
{
    return qn_str_u64(out, qn_str_cut(&snapshot, ':'), 0, UINT64_MAX);
}

static void on_seen(void *ctx, int err, const PGresult *res)
{
    qn_outbox_watcher *w = ctx;
    unsigned most = w->most ? w->most : WATCH_MOST;
    int rows = err == QN_OK ? PQntuples(res) : 0;
    int events = rows > 0 && !PQgetisnull(res, 0, 1) ? rows : 0;
    uint64_t xmin = 0;
    const char *said = err == QN_EDB && res ? PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    snprintf(w->why, sizeof w->why, "%s", said ? said : qn_strerror(QN_EDB));
    if (err == QN_OK && (rows == 0 || xmin_of(&xmin, value(res, 0, 0)))) err = QN_EDB;
    char *snapshot = err ? NULL : strdup(PQgetvalue(res, 0, 0));
    if (!err && !snapshot) err = QN_ENOMEM;
    for (int i = 0; err == QN_OK && i < events; i++) {
        qn_event e = {
            .kind = value(res, i, 1), .entry = value(res, i, 2), .type = value(res, i, 3), .tags = value(res, i, 4)
        };
        (void)qn_str_u64(&e.at.xid, value(res, i, 5), 0, UINT64_MAX);
        w->on_event(w->ctx, &e);
    }
    bool lost = (unsigned)events == most || xmin < w->from;
    w->lsn = 0;
    if (!err && w->positions && qn_str_i64(&w->clock_us, value(res, 0, 7)) == QN_OK)
        (void)qn_str_u64(&w->lsn, value(res, 0, 6), 0, UINT64_MAX);
    if (!err) {
        free(w->snapshot);
        w->snapshot = snapshot;
        w->from = xmin;
    }
    w->on_read(w->ctx, err, !err && lost);
}

int qn_outbox_watch(qn_outbox_watcher *w)
{
    char all_from[64];
    snprintf(all_from, sizeof all_from, "%" PRIu64 ":%" PRIu64 ":", w->from, w->from);
    snprintf(w->limit, sizeof w->limit, "%u", w->most ? w->most : WATCH_MOST);
    const char *params[] = { w->snapshot ? w->snapshot : all_from, w->limit };
    return qn_session_query(w->session, w->positions ? watch_positions_sql : watch_sql, 2, params, on_seen, w);
}

void qn_outbox_watch_reset(qn_outbox_watcher *w)
{
    free(w->snapshot);
    w->snapshot = NULL;
}
