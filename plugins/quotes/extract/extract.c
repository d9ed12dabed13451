/* The public functions: the pipeline over a joined copy of the text, and the result, which owns copies of all it shows.
 */
#include "qx.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MAGIC 0x51754f74u
#define LARGE ((size_t)32 << 20)

struct qn_quotes {
    uint32_t magic;
    size_t n, npersons;
    struct qn_quote *quotes;
    struct qn_quotes_person *persons;
    char *pool; /* all strings */
    size_t pool_len;
};

static bool in_arena(const struct qx_doc *d, const void *p)
{
    for (int i = 0; i < 2; i++)
        if ((uintptr_t)p - (uintptr_t)d->arena[i].at < d->arena[i].size) return true;
    return false;
}

void qx_free(struct qx_doc *doc, void *items)
{
    if (!in_arena(doc, items)) free(items);
}

bool qx_reserve(struct qx_doc *doc, void *items, uint32_t *cap, uint32_t n, size_t size)
{
    void *old, *fresh;
    uint32_t least = *cap < 64 ? 64 : *cap + *cap / 2;
    if (n <= *cap) return true;
    if (n < least) n = least;
    memcpy(&old, items, sizeof old);
    bool move = in_arena(doc, old);
    if ((fresh = realloc(move ? NULL : old, n * size)) == NULL) return false;
    if (move) memcpy(fresh, old, *cap * size);
    memcpy(items, &fresh, sizeof fresh);
    *cap = n;
    return true;
}

bool qx_grow(struct qx_doc *doc, void *items, uint32_t *cap, size_t size)
{
    return *cap < UINT32_MAX && qx_reserve(doc, items, cap, *cap + 1, size);
}

/* Pages of two megabytes for what is large: of a text of ten megabytes a third of the time went into the faults of
 * small ones. Only advice: where there are none, nothing changes. */
static void large_pages(void *p, size_t n)
{
#ifdef MADV_HUGEPAGE
    uintptr_t page = (uintptr_t)4096, first = ((uintptr_t)p + page - 1) & ~(page - 1),
              end = ((uintptr_t)p + n) & ~(page - 1);
    if (p != NULL && n >= LARGE && end > first) (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
    (void)p;
    (void)n;
#endif
}

/* An array that begins in an arena: where its pointer is, its room, and the size of an item; nothing asks for the room
 * of some. */
struct place {
    void *items;
    uint32_t *cap;
    size_t n, size;
};

/* A text asks for memory a few times, however long it is and whatever is found in it. */
static int arena_make(struct qx_doc *d, int which, const struct place *all, size_t n)
{
    size_t size = 0, at = 0;
    for (size_t i = 0; i < n; i++) size += (all[i].n * all[i].size + 15) & ~(size_t)15;
    char *mem = malloc(size);
    if (mem == NULL) return QN_QUOTES_ENOMEM;
    d->arena[which].at = mem;
    d->arena[which].size = size;
    large_pages(mem, size);
    for (size_t i = 0; i < n; i++) {
        char *items = mem + at;
        memcpy(all[i].items, &items, sizeof items);
        if (all[i].cap != NULL) *all[i].cap = (uint32_t)all[i].n;
        at += (all[i].n * all[i].size + 15) & ~(size_t)15;
    }
    return 0;
}

/* Chunks and their lists cannot be more than tokens, and one more is written than is counted: they never ask for room.
 * The rest is some times what news needs, and goes elsewhere when a text needs more. */
static int doc_arena(struct qx_doc *d)
{
    uint32_t n = d->ntok + 1, some = n / 8 + 64, few = n / 24 + 64;
    const struct place all[] = {
        { &d->chunk, NULL, n, sizeof *d->chunk },
        { &d->who, NULL, n, sizeof *d->who },
        { &d->named, NULL, n, sizeof *d->named },
        { &d->ask, NULL, n, sizeof *d->ask },
        { &d->sent, &d->capsent, some, sizeof *d->sent },
        { &d->sent_frame, &d->capsent_frame, some, sizeof *d->sent_frame },
        { &d->frame, &d->capframe, some, sizeof *d->frame },
        { &d->span, &d->capspan, few, sizeof *d->span },
        { &d->quote, &d->capquote, some, sizeof *d->quote },
        { &d->person, &d->capperson, few, sizeof *d->person },
        { &d->names, NULL, QX_NAMES_FIRST, sizeof *d->names },
        { &d->pos, NULL, n + QX_FRONT, 1 },
    };
    int rc = arena_make(d, 1, all, sizeof all / sizeof all[0]);
    if (rc != 0) return rc;
    memset(d->names, 0, QX_NAMES_FIRST * sizeof *d->names);
    memset(d->pos, QX_P_OTHER, QX_FRONT);
    d->names_mask = QX_NAMES_FIRST - 1;
    return 0;
}

static void doc_free(struct qx_doc *d)
{
    void *grown[] = { d->tok, d->breaks, d->sent, d->sent_frame, d->frame, d->span, d->quote, d->person, d->names };
    for (size_t i = 0; i < sizeof grown / sizeof grown[0]; i++) qx_free(d, grown[i]);
    for (int i = 0; i < 2; i++) free(d->arena[i].at);
}

static int doc_join(struct qx_doc *d)
{
    size_t total = 0;
    char *text = NULL;
    for (size_t i = 0; i < d->nblocks; i++) {
        if (d->blocks[i].len > QN_QUOTES_MAX_BYTES ||
            (total += d->blocks[i].len + 1) > QN_QUOTES_MAX_BYTES + d->nblocks)
            return QN_QUOTES_ETOOBIG;
        if (d->blocks[i].text == NULL && d->blocks[i].len > 0) return QN_QUOTES_EINVAL;
    }
    const struct place all[] = {
        { &text, NULL, QX_FRONT + total + QX_SLACK, 1 },
        { &d->block_tok, NULL, d->nblocks + 1, sizeof *d->block_tok },
        { &d->block_cp, NULL, d->nblocks + 1, sizeof *d->block_cp },
        { &d->breaks, &d->capbreaks, total / 32 + 64, sizeof *d->breaks },
        /* measured on news: a token in 4.9 bytes; too few is only a copy, too many only untouched pages */
        { &d->tok, &d->captok, total / 4 + 64, sizeof *d->tok },
    };
    if (arena_make(d, 0, all, sizeof all / sizeof all[0]) != 0) return QN_QUOTES_ENOMEM;
    memset(text, 0, QX_FRONT);
    text += QX_FRONT;
    d->text = text;
    d->len = total;
    for (size_t i = 0; i < d->nblocks; i++) {
        if (d->blocks[i].len > 0) memcpy(text, d->blocks[i].text, d->blocks[i].len);
        text += d->blocks[i].len;
        *text++ = '\n';
    }
    memset(text, 0, QX_SLACK);
    return 0;
}

static int run(struct qx_doc *d)
{
    int rc;
    if ((rc = doc_join(d)) != 0 || (rc = qx_tokens_scan(d)) != 0 || (rc = doc_arena(d)) != 0 ||
        (rc = qx_glyphs_pair(d)) != 0 || (rc = qx_chunks_build(d)) != 0 || (rc = qx_persons_collect(d)) != 0)
        return rc;
    if (!qx_reserve(d, &d->sent_frame, &d->capsent_frame, d->nsent + 1, sizeof *d->sent_frame)) return QN_QUOTES_ENOMEM;
    if ((rc = qx_frames_find(d)) != 0) return rc;
    qx_coref_run(d);
    if ((rc = qx_attrib_run(d)) != 0 || (rc = qx_indirect_run(d)) != 0) return rc;
    qx_confidence_set(d);
    return 0;
}

/* ---- the result */

static size_t block_of(const struct qx_doc *d, uint32_t tok)
{
    size_t lo = 0, hi = d->nblocks;
    while (lo + 1 < hi) {
        size_t mid = (lo + hi) / 2;
        if (d->block_tok[mid] <= tok)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}

static struct qn_quotes_span span_of(const struct qx_doc *d, uint32_t first, uint32_t last)
{
    size_t b = block_of(d, first);
    const struct qx_tok *e = &d->tok[last - 1];
    return (struct qn_quotes_span){
        .block = (uint32_t)b,
        .start = d->tok[first].cp - d->block_cp[b],
        .end = e->cp + e->cplen - d->block_cp[b],
    };
}

static size_t text_len(const struct qx_doc *d, uint32_t first, uint32_t last)
{
    return d->tok[last - 1].off + d->tok[last - 1].len - d->tok[first].off;
}

/* The pool never moves: it was measured before. */
static struct qn_quotes_string keep(struct qn_quotes *r, const struct qx_doc *d, uint32_t first, uint32_t last)
{
    struct qn_quotes_string s = { .text = r->pool + r->pool_len, .len = text_len(d, first, last) };
    memcpy(r->pool + r->pool_len, d->text + d->tok[first].off, s.len);
    r->pool[r->pool_len + s.len] = '\0';
    r->pool_len += s.len + 1;
    return s;
}

static void speaker_tokens(const struct qx_doc *d, const struct qx_quote *q, uint32_t *first, uint32_t *last)
{
    if (q->gen_first != QX_NONE) {
        *first = q->gen_first;
        *last = q->gen_last;
        return;
    }
    *first = d->chunk[q->subj].first;
    *last = d->chunk[q->subj].last;
}

static bool name_tokens(const struct qx_doc *d, const struct qx_quote *q, uint32_t *first, uint32_t *last)
{
    if (q->person != QX_NONE) {
        *first = d->person[q->person].tok;
        *last = *first + d->person[q->person].ntok;
        return true;
    }
    if (q->subj == QX_NONE || (d->chunk[q->subj].flags & QX_N_PRON)) return false;
    if (q->gen_first != QX_NONE && d->tok[q->gen_first].pos == QX_P_POSS) return false; /* "his" is no name */
    speaker_tokens(d, q, first, last);
    return true;
}

static size_t measure(const struct qx_doc *d)
{
    size_t n = 0;
    uint32_t a, b;
    for (uint32_t i = 0; i < d->nquote; i++) {
        const struct qx_quote *q = &d->quote[i];
        n += text_len(d, q->first, q->last) + 1;
        if (q->subj != QX_NONE) {
            speaker_tokens(d, q, &a, &b);
            n += text_len(d, a, b) + 1;
        }
        if (name_tokens(d, q, &a, &b)) n += text_len(d, a, b) + 1;
        if (q->frame != QX_NONE) n += text_len(d, d->frame[q->frame].cue_first, d->frame[q->frame].cue_last) + 1;
    }
    for (uint32_t i = 0; i < d->nperson; i++) {
        const struct qx_person *p = &d->person[i];
        n += text_len(d, p->tok, p->tok + p->ntok) + 1;
        if (p->role_tok != QX_NONE) n += text_len(d, p->role_tok, p->role_tok + p->role_ntok) + 1;
    }
    return n + 1;
}

static void show_persons(struct qn_quotes *r, const struct qx_doc *d)
{
    for (uint32_t i = 0; i < d->nperson; i++) {
        const struct qx_person *p = &d->person[i];
        struct qn_quotes_person *o = &r->persons[i];
        o->name = keep(r, d, p->tok, p->tok + p->ntok);
        o->role = (struct qn_quotes_string){ .text = "", .len = 0 };
        if (p->role_tok != QX_NONE) o->role = keep(r, d, p->role_tok, p->role_tok + p->role_ntok);
        o->gender = p->male > p->female   ? QN_QUOTES_GENDER_MALE
                    : p->female > p->male ? QN_QUOTES_GENDER_FEMALE
                                          : QN_QUOTES_GENDER_OPEN;
        o->mentions = p->mentions;
        o->quotes = p->quotes;
    }
}

static void show_quote(struct qn_quotes *r, const struct qx_doc *d, const struct qx_quote *q, struct qn_quote *o)
{
    const struct qn_quotes_string none = { .text = "", .len = 0 };
    uint32_t a, b;
    *o = (struct qn_quote){
        .kind = (enum qn_quotes_kind)q->kind,
        .paragraph = q->para,
        .confidence = q->confidence,
        .person = q->person,
        .span = span_of(d, q->first, q->last),
        .content = span_of(d, q->cfirst, q->clast),
        .text = keep(r, d, q->first, q->last),
        .name = none,
        .as_written = none,
        .role = none,
        .cue = none,
    };
    if (q->subj != QX_NONE) {
        speaker_tokens(d, q, &a, &b);
        o->speaker = span_of(d, a, b);
        o->as_written = keep(r, d, a, b);
    }
    if (name_tokens(d, q, &a, &b)) o->name = keep(r, d, a, b);
    if (q->person != QX_NONE) o->role = r->persons[q->person].role;
    if (q->frame != QX_NONE) {
        const struct qx_frame *f = &d->frame[q->frame];
        o->cue_span = span_of(d, f->cue_first, f->cue_last);
        o->cue = keep(r, d, f->cue_first, f->cue_last);
    }
}

static int result_build(struct qn_quotes **out, const struct qx_doc *d)
{
    size_t quotes = d->nquote * sizeof(struct qn_quote), persons = d->nperson * sizeof(struct qn_quotes_person),
           pool = measure(d);
    struct qn_quotes *r = malloc(sizeof *r + quotes + persons + pool); /* in this order, so that each is aligned */
    if (r == NULL) return QN_QUOTES_ENOMEM;
    *r = (struct qn_quotes){ .magic = MAGIC, .n = d->nquote, .npersons = d->nperson };
    r->quotes = (struct qn_quote *)(void *)(r + 1);
    r->persons = (struct qn_quotes_person *)(void *)((char *)r->quotes + quotes);
    r->pool = (char *)r->persons + persons;
    show_persons(r, d);
    for (uint32_t i = 0; i < d->nquote; i++) show_quote(r, d, &d->quote[i], &r->quotes[i]);
    *out = r;
    return 0;
}

int qn_quotes_extract(struct qn_quotes **out, const struct qn_quotes_block *blocks, size_t nblocks,
                      const struct qn_quotes_options *options)
{
    struct qx_doc d = { .blocks = blocks, .nblocks = nblocks };
    if (out == NULL || (blocks == NULL && nblocks > 0)) return QN_QUOTES_EINVAL;
    if (nblocks > QN_QUOTES_MAX_BLOCKS) return QN_QUOTES_ETOOBIG;
    if (options != NULL) {
        if (options->size < sizeof *options || (options->flags & ~QN_QUOTES_NO_INDIRECT) != 0 ||
            (options->paragraphs != QN_QUOTES_PARAGRAPHS_LINES && options->paragraphs != QN_QUOTES_PARAGRAPHS_BLANK))
            return QN_QUOTES_EINVAL;
        d.flags = options->flags;
        d.paragraphs = options->paragraphs;
    }
    d.lex = qx_lexicon_for(options == NULL ? NULL : options->language);
    int rc = run(&d);
    if (rc == 0) rc = result_build(out, &d);
    doc_free(&d);
    return rc;
}

size_t qn_quotes_count(const struct qn_quotes *found)
{
    return found == NULL ? 0 : found->n;
}

const struct qn_quote *qn_quotes_at(const struct qn_quotes *found, size_t i)
{
    return found == NULL || i >= found->n ? NULL : &found->quotes[i];
}

size_t qn_quotes_person_count(const struct qn_quotes *found)
{
    return found == NULL ? 0 : found->npersons;
}

const struct qn_quotes_person *qn_quotes_person_at(const struct qn_quotes *found, size_t i)
{
    return found == NULL || i >= found->npersons ? NULL : &found->persons[i];
}

void qn_quotes_destroy(struct qn_quotes **found)
{
    if (found == NULL || *found == NULL) return;
    struct qn_quotes *r = *found;
    if (r->magic != MAGIC) abort(); /* not ours, or destroyed before */
    r->magic = 0;
    free(r);
    *found = NULL;
}
