/* The tables follow what readers see: after each publication, and for all that nobody told of (bulk imports, what was
 * live before the plugin was there, what another version of it has read). Every step looks at what is committed now,
 * not at what the event said, so that it may come late, twice, or in any order. */
#include <string.h>

#include "quotes.h"

enum {
    ENTRIES = 50,   /* of a step of reading everything: some 100 ms, in between others have their turn */
    PUT_MS = 30000, /* an article of 20,000 quotations takes some seconds */
    ID_BYTES = 37
};

static qn_counter *projected;

static const char sweep_sql[] = "select publish_at, version from plugin_quotes.sweep($1::uuid, $2, $3::bool)";
static const char put_sql[] =
    "select plugin_quotes.put($1::uuid, $2::timestamptz, $3::int, $4, $5::json, $6::json, $7::bool)";
static const char told_sql[] = "select quoin.touch('quotes:tables')";
static const char wanting_sql[] = "select entry from plugin_quotes.wanting($1::uuid, $2, $3::int)";

/* ---- one entry -------------------------------------------------------------------------------------------------- */

/* One snapshot that is to be put. */
typedef struct {
    qn_str publish_at;
    int64_t version;
} snapshot;

typedef struct project project;
struct project {
    qn_call *call;
    qn_str entry;
    snapshot *snapshots;
    int32_t n, i;
    int told;                          /* caches hear of each snapshot; else of many at once */
    void (*done)(project *p, int err); /* not for QN_ECANCELED */
};

static void next(project *p);

static qn_str kept(qn_call *call, qn_str s)
{
    char *copy = qn->copy(call, s);
    return (qn_str){ copy, copy ? s.n : 0 };
}

static void was_put(qn_call *call, int err, const qn_rows *rows, void *ctx)
{
    project *p = ctx;
    if (err == QN_ECANCELED) return;
    if (err) {
        p->done(p, err);
        return;
    }
    if (qn->rows_int(rows, 0, 0, 0)) qn->count(projected, 1);
    if (p->told) qn->touch(call, "tables");
    p->i++;
    next(p);
}

/* {"Tim Sweijs":"tim-sweijs"}: what a new speaker's slug is made of. */
static qn_json *slugs_of(qn_call *call, const qn_json *quotes)
{
    qn_json *slugs = qn->json_object(call);
    for (size_t i = 0; i < qn->json_count(quotes); i++) {
        qn_str name = qn->json_text(qn->json_find(qn->json_at(quotes, i), "/speaker/name"));
        char *key = name.n ? qn->copy(call, name) : NULL;
        if (key && !qn->json_get(slugs, key)) qn->json_set_str(slugs, key, qn_text(qn->slug(call, name)));
    }
    return slugs;
}

static void got_quotes(qn_call *call, int err, const qn_json *values, void *ctx)
{
    project *p = ctx;
    if (err == QN_ECANCELED) return;
    const qn_json *quotes = qn->json_get(values, "quotes");
    if (!err && !quotes) quotes = qn->json_array(call); /* longer than the extractor takes: it has none */
    if (!err) {
        const snapshot *s = &p->snapshots[p->i];
        qn_str params[] = { p->entry,
                            s->publish_at,
                            qn_text(qn->print(call, "%lld", (long long)s->version)),
                            QN_STR(QUOTES_VERSION),
                            qn->json_write(call, quotes),
                            qn->json_write(call, slugs_of(call, quotes)),
                            p->told ? QN_STR("t") : QN_STR("f") };
        err = qn->db_query(
            call, QN_QUERY(.kind = QN_DB_WRITE, .sql = put_sql, .params = params, .nparams = 7, .timeout_ms = PUT_MS),
            was_put, p);
    }
    if (err) p->done(p, err);
}

static void next(project *p)
{
    if (p->i == p->n) {
        p->done(p, QN_OK);
        return;
    }
    int err = qn->content_derived(p->call, "article", p->entry, p->snapshots[p->i].version, "quotes", got_quotes, p);
    if (err) p->done(p, err);
}

static void was_swept(qn_call *call, int err, const qn_rows *rows, void *ctx)
{
    project *p = ctx;
    if (err == QN_ECANCELED) return;
    p->n = qn->rows_count(rows);
    p->snapshots = err ? NULL : qn->alloc(call, ((size_t)p->n + 1) * sizeof *p->snapshots);
    if (!p->snapshots) {
        p->done(p, err ? err : QN_ENOMEM);
        return;
    }
    for (int32_t i = 0; i < p->n; i++)
        p->snapshots[i] = (snapshot){ kept(call, qn->rows_value(rows, i, 0)), qn->rows_int(rows, i, 1, 0) };
    next(p);
}

/* `told`: see project. `gone`: the entry was deleted. */
static int begin(qn_call *call, qn_str entry, int told, int gone, void (*done)(project *p, int err))
{
    project *p = qn->alloc(call, sizeof *p);
    if (!p) return QN_ENOMEM;
    *p = (project){ .call = call, .entry = kept(call, entry), .told = told, .done = done };
    qn_str params[] = { p->entry, QN_STR(QUOTES_VERSION), gone ? QN_STR("t") : QN_STR("f") };
    return qn->db_query(call, QN_QUERY(.kind = QN_DB_WRITE, .sql = sweep_sql, .params = params, .nparams = 3),
                        was_swept, p);
}

static void one_done(project *p, int err)
{
    qn->resume(p->call, err);
}

/* ---- everything ------------------------------------------------------------------------------------------------- */

static char behind[ID_BYTES]; /* the last entry of the step before; "": from the beginning */

/* The entries of one step. */
typedef struct {
    qn_str entries[ENTRIES];
    int32_t n, i;
} batch;

static batch *under_way; /* one at a time: the host waits for the end of a step */

static void next_entry(qn_call *call);

/* An entry that the database will not take is told and passed over: it must not keep the others from coming. */
static void entry_done(project *p, int err)
{
    if (err == QN_EDB)
        qn->log(self, QN_LOG_WARN, p->call, "the quotations of %.*s could not be kept", QN_FMT(p->entry));
    else if (err) {
        qn->resume(p->call, err);
        return;
    }
    under_way->i++;
    next_entry(p->call);
}

/* The step is over: on behind its last entry, or from the beginning when there is something new. */
static int step_end(qn_call *call)
{
    const batch *b = under_way;
    int more = b->n == ENTRIES;
    if (more && b->entries[b->n - 1].n < ID_BYTES)
        memcpy(behind, b->entries[b->n - 1].p, b->entries[b->n - 1].n + 1);
    else
        behind[0] = '\0';
    return qn->resume(call, more ? QN_AGAIN : QN_DONE);
}

static void step_told(qn_call *call, int err, const qn_rows *rows, void *ctx)
{
    (void)rows;
    (void)ctx;
    if (err == QN_ECANCELED) return;
    qn->touch(call, "tables");
    if (err)
        qn->resume(call, err);
    else
        (void)step_end(call);
}

static void next_entry(qn_call *call)
{
    batch *b = under_way;
    if (b->i < b->n) {
        int err = begin(call, b->entries[b->i], 0, 0, entry_done);
        if (err) qn->resume(call, err);
        return;
    }
    /* Also where there was nothing: who died before may not have told. */
    int err = qn->db_query(call, QN_QUERY(.kind = QN_DB_WRITE, .sql = told_sql), step_told, b);
    if (err) qn->resume(call, err);
}

static void got_wanting(qn_call *call, int err, const qn_rows *rows, void *ctx)
{
    batch *b = ctx;
    if (err == QN_ECANCELED) return;
    if (err) {
        qn->resume(call, err);
        return;
    }
    b->n = qn->rows_count(rows) < ENTRIES ? qn->rows_count(rows) : ENTRIES;
    for (int32_t i = 0; i < b->n; i++) b->entries[i] = kept(call, qn->rows_value(rows, i, 0));
    under_way = b;
    next_entry(call);
}

static int read_on(qn_call *call)
{
    batch *b = qn->alloc(call, sizeof *b);
    if (!b) return QN_ENOMEM;
    qn_str params[] = { behind[0] ? qn_text(behind) : (qn_str){ 0 }, QN_STR(QUOTES_VERSION),
                        qn_text(qn->print(call, "%d", ENTRIES)) };
    int err = qn->db_query(call, QN_QUERY(.kind = QN_DB_READ, .sql = wanting_sql, .params = params, .nparams = 3),
                           got_wanting, b);
    return err ? err : QN_LATER;
}

/* ---- what the host tells ---------------------------------------------------------------------------------------- */

static int changed(qn_call *call, const qn_change *change, void *ctx)
{
    (void)ctx;
    if (change->kind == QN_SYNC) return read_on(call);
    int err = begin(call, change->entry, 1, change->kind == QN_DELETED, one_done);
    return err ? err : QN_LATER;
}

int keep_tables(void)
{
    projected = qn->counter(self, "projected", "Snapshots of articles whose quotations were put into the tables.");
    return qn->hook_after(self, QN_HOOK_AFTER(.on = QN_PUBLISHED | QN_UNPUBLISHED | QN_DELETED | QN_SYNC,
                                              .name = "tables", .type = "article", .fn = changed));
}
