/* Keeps the index current: reads all that is live once, then follows what changes. */
#include <time.h>

#include "recommend.h"

enum {
    PAGE = 100, /* articles read at once: some 10 ms, between which others have their turn */
    SETTLE_MS = 1000,
    READ_TWICE =
        2000, /* articles that are read a second time: which words tell is known only when many have been counted */
};

static qn_counter *counted;

/*
 * What was answered before may be answered otherwise when the index has moved. To tell of each move would make all that
 * is kept anew with each of a hundred articles that an agency sends, so it is told at once, and then not again before
 * the index has settled: what is answered meanwhile is kept no longer than until then.
 */
static int64_t told_ms;

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t settles_ms(void)
{
    int64_t left = told_ms + SETTLE_MS - now_ms();
    return told_ms && left > 0 ? left : -1;
}

static void moved(qn_call *call)
{
    if (settles_ms() > 0) return;
    int err = qn->touch(call, NULL);
    told_ms = now_ms();
    if (err) qn->log(self, QN_LOG_ERROR, call, "answers that are out of date may be given again (%d)", err);
}

static void put(qn_call *call, const qn_json *entry)
{
    qn_related_article a;
    int err = read_article(&a, call, entry);
    if (!err && (err = qn_related_put(related_index, &a)) == 0) qn->count(counted, 1);
    if (err)
        qn->log(self, QN_LOG_WARN, call, "an article could not be indexed: %s",
                err == QN_ENOMEM ? "out of memory" : "it has no id");
}

/* ---- everything anew --------------------------------------------------------------------------------------------- */

/* Each page is read in a call of its own, a service that this plugin asks itself: what a page takes ends with it, so
 * that an archive of any size is read in the memory of one page. */
static void got_page(qn_call *call, int err, const qn_entries *page, void *ctx)
{
    (void)ctx;
    if (err == QN_ECANCELED) return;
    if (err) {
        qn->resume(call, err);
        return;
    }
    const qn_json *entries = qn->entries_json(page);
    for (size_t i = 0; i < qn->json_count(entries); i++) put(call, qn->json_at(entries, i));
    moved(call);
    qn_json *answer = qn->json_object(call);
    qn_str next = qn->entries_next(page);
    if (next.n) qn->json_set_str(answer, "next", next);
    qn->service_reply(call, answer);
}

static int read_page(qn_call *call, const qn_json *args, void *ctx)
{
    (void)ctx;
    int err = qn->content_list(call,
                               QN_LIST_ENTRIES(.type = "article", .sort = "-published_at", .limit = PAGE,
                                               .after = qn->json_text(qn->json_get(args, "after"))),
                               got_page, NULL);
    return err ? err : QN_LATER;
}

typedef struct {
    int64_t pages; /* of this reading */
    bool again;    /* the second one */
} reading;

static int ask_page(qn_call *call, reading *r, qn_str after);

/* Is there more to read? Moves from the end of the first reading to the beginning of the second. */
static bool go_on(qn_call *call, reading *r, qn_str next)
{
    r->pages++;
    if (r->again) return next.n && r->pages < READ_TWICE / PAGE;
    if (next.n) return true;
    qn_related_sweep_end(related_index);
    moved(call);
    qn->log(self, QN_LOG_INFO, NULL, "%zu articles indexed", qn_related_count(related_index));
    *r = (reading){ .again = true };
    return true;
}

static void page_read(qn_call *call, int err, const qn_json *result, void *ctx)
{
    if (err == QN_ECANCELED) return;
    qn_str next = qn->json_text(qn->json_get(result, "next"));
    bool more = !err && go_on(call, ctx, next);
    if (more) err = ask_page(call, ctx, next);
    if (err || !more) qn->resume(call, err);
}

static int ask_page(qn_call *call, reading *r, qn_str after)
{
    qn_json *args = qn->json_object(call);
    if (after.n) qn->json_set_str(args, "after", after);
    return qn->ask(call, "recommend.page", args, page_read, r);
}

static int read_all(qn_call *call)
{
    reading *r = qn->alloc(call, sizeof *r);
    if (!r) return QN_ENOMEM;
    qn_related_sweep_begin(related_index);
    int err = ask_page(call, r, (qn_str){ 0 });
    return err ? err : QN_LATER;
}

/* ---- what changes ------------------------------------------------------------------------------------------------ */

static void forget(qn_call *call, qn_str id)
{
    qn_related_remove(related_index, (qn_related_text){ id.p, id.n });
    moved(call);
}

static void got_changed(qn_call *call, int err, const qn_entry *entry, void *ctx)
{
    const qn_str *id = ctx;
    if (err == QN_ECANCELED) return;
    if (err == QN_ENOTFOUND) { /* gone again since */
        forget(call, *id);
        err = QN_OK;
    } else if (!err) {
        put(call, qn->entry_json(entry));
        moved(call);
    }
    qn->resume(call, err);
}

static int changed(qn_call *call, const qn_change *change, void *ctx)
{
    (void)ctx;
    if (change->kind == QN_SYNC) return read_all(call);
    if (change->kind != QN_PUBLISHED) {
        forget(call, change->entry);
        return QN_DONE;
    }
    qn_str *id = qn->alloc(call, sizeof *id);
    char *copy = qn->copy(call, change->entry);
    if (!id || !copy) return QN_ENOMEM;
    *id = (qn_str){ copy, change->entry.n };
    int err = qn->content_get(call, QN_GET_ENTRY(.type = "article", .ref = *id), got_changed, id);
    return err ? err : QN_LATER;
}

int keep_current(void)
{
    counted = qn->counter(self, "indexed", "Articles put into the index, in all workers.");
    int err = qn->offer(self, QN_SERVICE(.name = "recommend.page", .fn = read_page));
    if (!err)
        err = qn->subscribe(
            self, QN_SUBSCRIBE(.on = QN_PUBLISHED | QN_UNPUBLISHED | QN_DELETED, .type = "article", .fn = changed));
    return err;
}
