/* Pages of quotations: of all that is live to readers, by speaker, words, time and tag.
 *
 * A page is one statement. Its text is put together from the pieces below, never from input; there are 80 of them. What
 * leads to the rows is the rarest of what was asked for: the words (an inverted index), a tag (the order of its list),
 * or the time, of one speaker or of all; each in the order of the page, so that a page costs what it shows and not what
 * there is (but for words, of which all that match are looked at). */
#include <stdio.h>
#include <string.h>

#include "quotes.h"

enum { SQL_BYTES = 6000, KEYS = 3 };

#define TIME_TEXT  "to_char(%s at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
#define TIME_SHOWN "to_char(p.published_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
#define LIVE(of)   of ".publish_at <= now() and " of ".until > now()"

/* What every text of the statement has as its first parameters. */
enum {
    P_LIMIT,
    P_AT, /* the cursor */
    P_ENTRY,
    P_BACK,
    P_FROM,
    P_TO,
    P_KIND,
    P_LOCALE,
    P_FIRST_OWN,
    P_MOST = P_FIRST_OWN + 3
};

/* Of which status. */
static const char *const statuses[] = { "", "auto", "confirmed", "rejected", "all" };
static const char *const status_sql[] = { " and q.status <> 'rejected'", " and q.status = 'auto'",
                                          " and q.status = 'confirmed'", " and q.status = 'rejected'", "" };
enum { STATUS_REJECTED = 3, STATUS_ALL, STATUSES };

/* What was asked for. */
typedef struct {
    page_query page;
    qn_str speaker, tag, search, kind, locale, from, to;
    int status; /* in those lists */
    int oldest_first;
    qn_str params[P_MOST];
    int nparams;
} asked;

/* ---- the statement ---------------------------------------------------------------------------------------------- */

typedef struct {
    char *p;
    size_t n;
} text;

static void put(text *t, const char *s)
{
    size_t n = strlen(s);
    if (t->n + n >= SQL_BYTES) n = 0; /* the pieces fit: the tests have every text of it prepared */
    memcpy(t->p + t->n, s, n);
    t->n += n;
    t->p[t->n] = '\0';
}

/* A piece with the number of a parameter, or with another word, at its %s. */
static void put_with(text *t, const char *piece, const char *word)
{
    const char *at = strstr(piece, "%s");
    char head[512];
    snprintf(head, sizeof head, "%.*s", (int)(at - piece), piece);
    put(t, head);
    put(t, word);
    put(t, at + 2);
}

static void put_param(text *t, const char *piece, int n)
{
    char number[8];
    snprintf(number, sizeof number, "$%d", n);
    put_with(t, piece, number);
}

/* Where the order and its bounds are looked up. */
static int by_tag(const asked *a)
{
    return a->tag.p && !a->search.p && !a->speaker.p;
}

/* The snapshot of a quotation, if it is live. */
#define SNAPSHOT                                                                                                       \
    " cross join lateral (select from quoin.publication p where p.entry = q.entry and p.locale = q.locale"             \
    " and p.publish_at = q.publish_at and " LIVE("p") " offset 0) p where true"

/* From what and under which conditions; the numbers of its own parameters follow the shared ones.
 *
 * "offset 0" keeps PostgreSQL from making one join of it all. It multiplies the chances of each column of a key, takes
 * the join for nearly empty, and would rather read both tables whole than walk along an index until the page is full.
 */
static void put_source(text *t, const asked *a)
{
    int own = P_FIRST_OWN + 1;
    int speaker = a->speaker.p ? own++ : 0, tag = a->tag.p ? own++ : 0, search = a->search.p ? own++ : 0;
    if (by_tag(a))
        put_param(
            t,
            " from quoin.publication_tag p cross join lateral (select * from plugin_quotes.quote f where f.entry ="
            " p.entry and f.publish_at = p.publish_at and f.locale = p.locale offset 0) q where " LIVE(
                "p") " and p.type = 'article' and p.tag = %s",
            tag);
    else if (search)
        put_param(
            t,
            " from plugin_quotes.language l cross join lateral (select * from plugin_quotes.quote f where f.config ="
            " l.config and f.words @@ plugin_quotes.asked(l.config, %s) offset 0) q" SNAPSHOT,
            search);
    else
        put(t, " from plugin_quotes.quote q" SNAPSHOT);
    if (speaker)
        put_param(t, " and q.speaker = (select x.speaker from plugin_quotes.speaker_slug x where x.slug = %s)",
                  speaker);
    if (tag && !by_tag(a))
        put_param(t,
                  " and exists (select from quoin.publication_tag g where g.tag = %s and g.type = 'article'"
                  " and g.published_at = q.at and g.entry = q.entry and g.publish_at = q.publish_at)",
                  tag);
    /* In words, so that the index of the few that are not 'auto' is known to do. */
    put(t, status_sql[a->status]);
    put(t, " and ($7::text is null or q.kind = $7) and ($8::text is null or q.locale = $8)");
    put_with(t, " and %s >= coalesce($5::timestamptz, '-infinity')", by_tag(a) ? "p.published_at" : "q.at");
    put_with(t, " and %s < coalesce($6::timestamptz, 'infinity')", by_tag(a) ? "p.published_at" : "q.at");
}

/* Rows behind the cursor: `ascending` ones are younger. `than`: the comparison; the same row is `inclusive`. */
static void put_bound(text *t, const asked *a, int ascending, int inclusive)
{
    static const char *const than[2][2] = { { " < ", " <= " }, { " > ", " >= " } };
    const char *keys = by_tag(a) ? "(p.published_at, p.entry" : "(q.at, q.entry";
    const char *infinite = ascending ? "(coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, "
                                       "'00000000-0000-0000-0000-000000000000')"
                                     : "(coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, "
                                       "'ffffffff-ffff-ffff-ffff-ffffffffffff')";
    if (by_tag(a)) { /* the part of it that the tag's index has */
        put(t, " and ");
        put(t, keys);
        put(t, ")");
        put(t, than[ascending][1]);
        put(t, infinite);
        put(t, ")");
    }
    put(t, " and ");
    put(t, keys);
    put(t, ", q.back)");
    put(t, than[ascending][inclusive]);
    put(t, infinite);
    put(t, ascending ? ", coalesce($4::int, -2147483648))" : ", coalesce($4::int, 2147483647))");
}

static void put_order(text *t, const asked *a, int ascending)
{
    const char *dir = ascending ? " asc" : " desc";
    put(t, by_tag(a) ? " order by p.published_at" : " order by q.at");
    put(t, dir);
    put(t, by_tag(a) ? ", p.entry" : ", q.entry");
    put(t, dir);
    put(t, ", q.back");
    put(t, dir);
}

/* One row: the items, whether there is more in the direction of the cursor, whether there is something on its other
 * side, and the keys of the first and of the last item. */
static const char *statement(qn_call *req, const asked *a)
{
    text t = { qn->alloc(req, SQL_BYTES), 0 };
    int reverse = a->page.before.p != NULL, ascending = a->oldest_first != reverse;
    if (!t.p) return NULL;
    put(&t, "select coalesce(json_agg(json_build_object('quote', y.doc, 'name', y.name, 'slug', y.slug, 'article',"
            " json_build_object('id', y.entry, 'slug', y.page, 'locale', y.locale, 'title', y.title, 'published_at',"
            " y.published_at)) order by y.rn), '[]'), coalesce(bool_or(y.total > $1::int), false), $2::timestamptz is "
            "not null and"
            " exists (select from (select");
    put_source(&t, a);
    put_bound(&t, a, !ascending, 1);
    put_order(&t, a, !ascending); /* one level down, where it is not taken away: it leads to the index */
    put(&t, " limit 1) x), quoin.valid_ms()");
    for (int last = 0; last < 2; last++) {
        const char *of = last ? "[count(*)]" : "[1]";
        put_with(&t, ", (array_agg(y.at order by y.rn))%s", of);
        put_with(&t, ", (array_agg(y.entry order by y.rn))%s", of);
        put_with(&t, ", (array_agg(y.back order by y.rn))%s", of);
    }
    put(&t, " from (select q.doc, s.name, s.slug, k.entry, k.back, k.rn, k.total, k.locale, p.slug as page, "
            "p.title, " TIME_SHOWN " as published_at, ");
    put_with(&t, TIME_TEXT, "k.at");
    put(&t, " as at from (select k.*, count(*) over () as total, row_number() over () as rn from (select q.at, "
            "q.entry, q.back,"
            " q.publish_at, q.locale");
    put_source(&t, a);
    put_bound(&t, a, ascending, 0);
    put_order(&t, a, ascending);
    put(&t, " limit $1::int + 1) k) k"
            " join plugin_quotes.quote q on q.entry = k.entry and q.publish_at = k.publish_at and q.back = k.back"
            " join quoin.publication p on p.entry = k.entry and p.locale = k.locale and p.publish_at = k.publish_at"
            " left join plugin_quotes.speaker s on s.id = q.speaker where k.rn <= $1::int) y");
    return t.p;
}

/* ---- what was asked for ----------------------------------------------------------------------------------------- */

static const char cursor_of[2][24] = { "quotes -published_at", "quotes published_at" };

static int is_number(qn_str s)
{
    size_t i = s.n && s.p[0] == '-';
    int64_t n = 0;
    if (i == s.n || s.n - i > 10) return 0;
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return 0;
        n = n * 10 + (s.p[i] - '0');
    }
    return n <= INT32_MAX;
}

static int is_id(qn_str s)
{
    if (s.n != 36) return 0;
    for (size_t i = 0; i < s.n; i++) {
        int dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (s.p[i] == '-') || (!dash && !strchr("0123456789abcdef", s.p[i]))) return 0;
    }
    return 1;
}

static void read_cursor(asked *a, faults *f, qn_call *req)
{
    qn_str keys[KEYS], given = a->page.after.p ? a->page.after : a->page.before;
    if (!given.p) return;
    int err = qn->cursor_keys(keys, KEYS, req, cursor_of[a->oldest_first], given);
    if (!err && keys[0].p && is_time(keys[0]) && keys[1].p && is_id(keys[1]) && keys[2].p && is_number(keys[2])) {
        memcpy(&a->params[P_AT], keys, sizeof keys);
        return;
    }
    qn->fault(req, a->page.after.p ? "?after" : "?before", "cursor",
              "this is not a cursor of this list; take it from a page's links as it is");
    f->shape++;
}

static qn_str read_time(faults *f, qn_call *req, const char *name)
{
    qn_str s = qn->query(req, name);
    if (!s.p || is_time(s)) return s;
    qn->fault(req, qn->print(req, "?%s", name), "format",
              "a time of RFC 3339 is wanted, such as 2026-11-22T10:00:00Z, or a date");
    f->shape++;
    return s;
}

static qn_str read_word(faults *f, qn_call *req, const char *name, const char *words)
{
    qn_str s = qn->query(req, name);
    if (!s.p || is_word(words, s)) return s;
    qn->fault(req, qn->print(req, "?%s", name), "enum", "one of %s is wanted", words);
    f->shape++;
    return s;
}

/* A slug, or a locale: what cannot be one would only be looked for in vain. */
static qn_str read_name(faults *f, qn_call *req, const char *name, size_t most)
{
    qn_str s = qn->query(req, name);
    if (!s.p || (s.n >= 1 && s.n <= most)) return s;
    qn->fault(req, qn->print(req, "?%s", name), s.n ? "max" : "min", "1 to %d bytes are wanted", (int)most);
    f->shape++;
    return s;
}

static int read_asked(asked *a, qn_call *req, qn_str speaker)
{
    enum { SLUG_BYTES = 200, LOCALE_BYTES = 35 };
    faults f = { 0 };
    read_page_query(&a->page, &f, req);
    a->speaker = speaker.p ? speaker : read_name(&f, req, "filter[speaker]", SLUG_BYTES);
    a->tag = read_name(&f, req, "filter[tag]", SLUG_BYTES);
    a->locale = read_name(&f, req, "locale", LOCALE_BYTES);
    a->search = read_search(&f, req);
    a->kind = read_word(&f, req, "kind", "direct partial indirect");
    qn_str status = read_word(&f, req, "status", "auto confirmed rejected all");
    for (int i = 1; i < STATUSES; i++)
        if (is_text(status, statuses[i])) a->status = i;
    a->from = read_time(&f, req, "filter[from]");
    a->to = read_time(&f, req, "filter[to]");
    a->oldest_first = is_text(read_word(&f, req, "sort", "published_at -published_at"), "published_at");
    read_cursor(a, &f, req);
    return !refused(req, &f, "a page of quotations is asked for with other parameters; see errors");
}

static void set_params(asked *a, qn_call *req)
{
    a->params[P_LIMIT] = qn_text(qn->print(req, "%u", a->page.limit));
    a->params[P_FROM] = a->from;
    a->params[P_TO] = a->to;
    a->params[P_KIND] = a->kind;
    a->params[P_LOCALE] = a->locale;
    a->nparams = P_FIRST_OWN;
    if (a->speaker.p) a->params[a->nparams++] = a->speaker;
    if (a->tag.p) a->params[a->nparams++] = a->tag;
    if (a->search.p) a->params[a->nparams++] = a->search;
}

/* ---- the answer ------------------------------------------------------------------------------------------------- */

/* A quotation with its speaker's present name and slug, and the article that it stands in. */
static qn_json *item_of(qn_call *req, const qn_json *row)
{
    qn_json *quote = qn->json_get(row, "quote"), *speaker = qn->json_get(quote, "speaker");
    if (qn->json_kind(speaker) == QN_JSON_OBJECT) {
        qn_json *name = qn->json_get(row, "name"), *slug = qn->json_get(row, "slug");
        if (qn->json_kind(name) == QN_JSON_STRING) qn->json_set(speaker, "name", name);
        qn->json_set(speaker, "slug", slug ? slug : qn->json_null(req));
    }
    qn->json_set(quote, "article", qn->json_get(row, "article"));
    return quote;
}

static qn_str cursor_at(qn_call *req, const asked *a, const qn_rows *rows, int col)
{
    qn_str keys[KEYS];
    for (int i = 0; i < KEYS; i++) keys[i] = qn->rows_value(rows, 0, col + i);
    return qn->cursor(req, cursor_of[a->oldest_first], keys, KEYS);
}

static void came(qn_call *req, int err, const qn_rows *rows, void *ctx)
{
    enum { ITEMS, MORE, OTHER, VALID, FIRST, LAST = FIRST + KEYS };
    const asked *a = ctx;
    if (!db_came(req, err)) return;
    qn_json *found = qn->json_parse(req, qn->rows_value(rows, 0, ITEMS)), *items = qn->json_array(req);
    size_t n = qn->json_count(found);
    int reverse = a->page.before.p != NULL, more = is_text(qn->rows_value(rows, 0, MORE), "t"),
        other = is_text(qn->rows_value(rows, 0, OTHER), "t");
    qn_str next = { 0 }, prev = { 0 };
    for (size_t i = 0; i < n; i++) qn->json_add(items, item_of(req, qn->json_at(found, reverse ? n - 1 - i : i)));
    if (n && (reverse ? other : more)) next = cursor_at(req, a, rows, reverse ? FIRST : LAST);
    if (n && (reverse ? more : other)) prev = cursor_at(req, a, rows, reverse ? LAST : FIRST);
    keep_listed(req, qn->rows_int(rows, 0, VALID, -1));
    qn->reply_page(req, found ? items : NULL, a->page.limit, next, prev);
}

void reply_quotes(qn_call *req, qn_str speaker)
{
    asked *a = qn->alloc(req, sizeof *a);
    if (!a) {
        qn->fail_err(req, QN_ENOMEM);
        return;
    }
    if (qn->may(req, "article", "read") == QN_MAY_NOT) {
        fail_denied(req, "read articles");
        return;
    }
    if (!read_asked(a, req, speaker)) return;
    if (a->status >= STATUS_REJECTED && !is_editor(req)) {
        fail_denied(req, "see what was rejected");
        return;
    }
    set_params(a, req);
    const char *sql = statement(req, a);
    if (sql)
        ask_db(req, QN_DB_READ, sql, a->params, a->nparams, came, a);
    else
        qn->fail_err(req, QN_ENOMEM);
}

static void get_quotes(qn_call *req, void *ctx)
{
    (void)ctx;
    reply_quotes(req, (qn_str){ 0 });
}

int offer_search(void)
{
    return qn->route(self, QN_ROUTE(.methods = QN_GET, .pattern = "/v1/quotes",
                                    .params = "limit after before sort locale kind status search filter[speaker] "
                                              "filter[tag] filter[from] filter[to]",
                                    .fn = get_quotes, .kept = 1));
}
