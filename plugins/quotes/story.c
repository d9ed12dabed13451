/* An article as the extractor reads it, and what it found as the API shows it. */
#include "story.h"

#include <math.h>
#include <string.h>

#include "ident.h"
#include "quotes.h"

enum { BLOCKS_MAX = 20000, CONTEXT = 2 /* the title and the summary stand before the body */ };

/* A block of the body, or what stands before it. */
typedef struct {
    qn_str id; /* absent: not shown */
    int is_quote;
    const qn_json *json;
} piece;

typedef struct {
    qn_call *call;
    piece *pieces; /* one for each block that the extractor gets */
    struct qn_quotes_block *blocks;
    size_t n;
    struct qn_quotes *found;
    qn_json *quotes;
    ident_counter seen; /* in the block that is shown */
} story;

/* ---- one quotation --------------------------------------------------------------------------------------------------
 */

static qn_json *text_or_null(qn_call *call, const struct qn_quotes_string *s)
{
    return s->len ? qn->json_str(call, (qn_str){ s->text, s->len }) : qn->json_null(call);
}

static qn_json *speaker_of(qn_call *call, const struct qn_quotes_string *name,
                           const struct qn_quotes_string *as_written, const struct qn_quotes_string *role)
{
    if (!as_written->len) return qn->json_null(call);
    qn_json *o = qn->json_object(call);
    if (qn->json_set(o, "name", text_or_null(call, name)) ||
        qn->json_set(o, "as_written", text_or_null(call, as_written)) ||
        qn->json_set(o, "role", text_or_null(call, role)))
        return NULL;
    return o;
}

static int add(qn_json *quotes, qn_call *call, ident_counter *seen, const struct qn_quote *q, qn_str block)
{
    static const char *const kinds[] = { "direct", "partial", "indirect" };
    char ident[IDENT_SIZE];
    qn_str words = { q->text.text, q->text.len };
    qn_json *o = qn->json_object(call);
    ident_write(ident, block.p ? block.p : "", block.n, words.p, words.n, ident_count(seen, words.p, words.n));
    int rc = qn->json_set_str(o, "id", qn_text(ident));
    if (!rc) rc = qn->json_set_str(o, "text", words);
    if (!rc) rc = qn->json_set_str(o, "kind", qn_text(kinds[q->kind]));
    if (!rc) rc = qn->json_set(o, "speaker", speaker_of(call, &q->name, &q->as_written, &q->role));
    if (!rc) rc = qn->json_set(o, "cue", text_or_null(call, &q->cue));
    if (!rc) rc = qn->json_set(o, "block", qn->json_str(call, block));
    if (!rc) rc = qn->json_set_int(o, "start", q->span.start);
    if (!rc) rc = qn->json_set_int(o, "end", q->span.end);
    if (!rc) rc = qn->json_set_int(o, "content_start", q->content.start);
    if (!rc) rc = qn->json_set_int(o, "content_end", q->content.end);
    if (!rc) rc = qn->json_set_real(o, "confidence", round(q->confidence * 100) / 100);
    if (!rc) rc = qn->json_set_str(o, "status", QN_STR("auto"));
    return rc ? rc : qn->json_add(quotes, o);
}

/* A counter for at most `n` quotations. */
static int count_begin(ident_counter *c, qn_call *call, size_t n)
{
    size_t room = ident_room(n < QUOTES_MOST ? n : QUOTES_MOST);
    *c = (ident_counter){ .items = qn->alloc(call, room * sizeof *c->items), .mask = room - 1, .round = 1 };
    return c->items ? QN_OK : QN_ENOMEM;
}

qn_json *quotes_of_text(qn_call *call, const struct qn_quotes *found)
{
    qn_json *quotes = qn->json_array(call);
    size_t n = qn_quotes_count(found);
    ident_counter seen;
    if (count_begin(&seen, call, n)) return NULL;
    for (size_t i = 0; i < n && i < QUOTES_MOST; i++)
        if (add(quotes, call, &seen, qn_quotes_at(found, i), (qn_str){ 0 })) return NULL;
    return quotes;
}

/* ---- a quote block: a whole quotation, as its editor says
 * -------------------------------------------------------------- */

static struct qn_quotes_string member(const qn_json *block, const char *name)
{
    qn_str s = qn->json_text(qn->json_get(block, name));
    return (struct qn_quotes_string){ s.n ? s.p : "", s.n };
}

/* The one person of the story that an attribution is short for; or NULL. */
static const struct qn_quotes_person *person_of(const struct qn_quotes *found, const struct qn_quotes_string *name)
{
    const struct qn_quotes_person *one = NULL;
    for (size_t i = 0; i < qn_quotes_person_count(found); i++) {
        const struct qn_quotes_person *p = qn_quotes_person_at(found, i);
        if (!ident_is_short_for(name->text, name->len, p->name.text, p->name.len)) continue;
        if (one) return NULL;
        one = p;
    }
    return one;
}

static int add_block(story *s, const piece *p)
{
    qn_str text = qn->json_text(qn->json_get(p->json, "text"));
    size_t begin, end;
    ident_trim(&begin, &end, text.p ? text.p : "", text.n);
    if (begin == end) return QN_OK;
    struct qn_quote q = { .kind = QN_QUOTES_DIRECT, .confidence = 1, .text = { text.p + begin, end - begin } };
    q.as_written = member(p->json, "attribution");
    q.role = member(p->json, "role");
    const struct qn_quotes_person *person = person_of(s->found, &q.as_written);
    q.name = person ? person->name : q.as_written;
    if (person && !q.role.len) q.role = person->role;
    q.span.start = ident_points(text.p, begin);
    q.span.end = q.span.start + ident_points(text.p + begin, end - begin);
    q.content = q.span;
    return add(s->quotes, s->call, &s->seen, &q, p->id);
}

/* ---- an article
 * ------------------------------------------------------------------------------------------------------- */

static void give(story *s, const qn_json *text, unsigned flags, piece p)
{
    qn_str t = qn->json_text(text);
    s->blocks[s->n] =
        (struct qn_quotes_block){ .text = t.n && !p.is_quote ? t.p : "", .len = p.is_quote ? 0 : t.n, .flags = flags };
    s->pieces[s->n++] = p;
}

static int is(qn_str s, const char *word)
{
    return s.n == strlen(word) && !memcmp(s.p, word, s.n);
}

static void give_body(story *s, const qn_json *body, size_t most)
{
    for (size_t i = 0; i < qn->json_count(body) && s->n < most; i++) {
        const qn_json *block = qn->json_at(body, i);
        qn_str type = qn->json_text(qn->json_get(block, "type"));
        piece p = { .id = qn->json_text(qn->json_get(block, "id")), .json = block, .is_quote = is(type, "quote") };
        if (is(type, "heading"))
            give(s, qn->json_get(block, "text"), QN_QUOTES_HEADING, (piece){ 0 });
        else if (is(type, "text") || p.is_quote)
            give(s, qn->json_get(block, "text"), 0, p);
    }
}

/* In the order of the body: what was found in each block, or the block itself. */
static int show_all(story *s)
{
    size_t next = 0, count = qn_quotes_count(s->found);
    int rc = count_begin(&s->seen, s->call, count + s->n);
    for (size_t i = 0; i < s->n && !rc; i++) {
        qn_str id = s->pieces[i].id;
        ident_anew(&s->seen);
        if (s->pieces[i].is_quote && qn->json_count(s->quotes) < QUOTES_MOST) rc = add_block(s, &s->pieces[i]);
        for (; !rc && next < count && qn_quotes_at(s->found, next)->span.block <= i; next++)
            if (id.n && qn->json_count(s->quotes) < QUOTES_MOST)
                rc = add(s->quotes, s->call, &s->seen, qn_quotes_at(s->found, next), id);
    }
    return rc;
}

int quotes_of_article(qn_json **out, qn_call *call, const qn_json *article)
{
    const qn_json *body = qn->json_get(article, "body");
    qn_str locale = qn->json_text(qn->json_get(article, "locale"));
    size_t most = qn->json_count(body);
    if (most > BLOCKS_MAX) most = BLOCKS_MAX;
    most += CONTEXT;
    story s = { .call = call, .quotes = qn->json_array(call) };
    s.pieces = qn->alloc(call, most * sizeof *s.pieces);
    s.blocks = qn->alloc(call, most * sizeof *s.blocks);
    if (!s.pieces || !s.blocks || !s.quotes) return QN_ENOMEM;
    give(&s, qn->json_get(article, "title"), QN_QUOTES_HEADING, (piece){ 0 });
    give(&s, qn->json_get(article, "summary"), 0, (piece){ 0 });
    give_body(&s, body, most);
    struct qn_quotes_options options = { .size = sizeof options, .language = locale.n ? locale.p : NULL };
    int rc = qn_quotes_extract(&s.found, s.blocks, s.n, &options);
    if (rc) return rc == QN_QUOTES_ETOOBIG ? QN_ELIMIT : QN_ENOMEM;
    rc = show_all(&s);
    if (!rc && qn->json_count(s.quotes) == QUOTES_MOST)
        qn->log(self, QN_LOG_INFO, call, "an article has more quotations than are kept; the first %d are", QUOTES_MOST);
    qn_quotes_destroy(&s.found);
    if (!rc) *out = s.quotes;
    return rc;
}
