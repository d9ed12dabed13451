/*
 * Quotation marks paired by kind, one paragraph at a time. Only the outer pair counts: what is quoted inside a
 * quotation belongs to it.
 */
#include "qx.h"

#include <string.h>

#define SINGLES_AHEAD 64u /* a single quotation is looked for among so many apostrophes: keeps hostile text linear */
#define DASH_AHEAD    5u

struct para {
    struct qx_doc *doc;
    uint32_t first, end; /* tokens; end is the QX_BREAK */
};

static bool is_mark(const struct qx_tok *t)
{
    return t->kind == QX_MARK;
}

static bool wordlike(const struct qx_tok *t)
{
    return t->kind == QX_WORD || t->kind == QX_NUMBER ||
           (t->kind == QX_PUNCT && (t->mark == '$' || t->mark == '#' || t->mark == '@'));
}

static bool space_before(const struct para *p, uint32_t i)
{
    return i == p->first || (p->doc->tok[i].shape & QX_S_SPACE) != 0;
}

static bool space_after(const struct para *p, uint32_t i)
{
    return i + 1 >= p->end || (p->doc->tok[i + 1].shape & QX_S_SPACE) != 0;
}

static bool after_opening(const struct para *p, uint32_t i)
{
    if (space_before(p, i)) return true;
    const struct qx_tok *t = &p->doc->tok[i - 1];
    return (t->kind == QX_PUNCT && strchr("([-{/*", t->mark) != NULL) || is_mark(t) || t->kind == QX_MARKUP;
}

/* A mark of the same look on both sides: what stands beside it says which it is. */
static bool looks_opening(const struct para *p, uint32_t i)
{
    return after_opening(p, i) && !space_after(p, i) && i + 1 < p->end &&
           (wordlike(&p->doc->tok[i + 1]) || is_mark(&p->doc->tok[i + 1]) || p->doc->tok[i + 1].kind == QX_PUNCT);
}

static bool looks_closing(const struct para *p, uint32_t i)
{
    return !space_before(p, i) && (space_after(p, i) || !wordlike(&p->doc->tok[i + 1]));
}

static bool opens_straight(const struct para *p, uint32_t i)
{
    const struct qx_tok *t = p->doc->tok;
    if (looks_opening(p, i)) return true;
    if (!space_before(p, i)) {
        if (t[i - 1].kind == QX_NUMBER || looks_closing(p, i))
            return false; /* inches, or the end of something that never began */
        return t[i - 1].kind == QX_PUNCT;
    }
    return i + 1 < p->end;
}

static bool opens(const struct para *p, uint32_t i)
{
    switch (p->doc->tok[i].mark) {
    case QX_M_STRAIGHT:
    case QX_M_APOS2:
        return opens_straight(p, i);
    case QX_M_GRAVE2:
    case QX_M_CURLY_L:
    case QX_M_LOW:
    case QX_M_LOW1:
    case QX_M_GUIL_L:
    case QX_M_SGUIL_L:
    case QX_M_CORNER_L:
    case QX_M_WCORNER_L:
        return true;
    case QX_M_CURLY_R: /* Swedish and Finnish open with it */
    case QX_M_GUIL_R:
    case QX_M_SGUIL_R:
        return looks_opening(p, i);
    default:
        return false;
    }
}

/* 5'11": a mark behind feet and inches ends nothing. */
static bool feet_and_inches(const struct para *p, uint32_t i)
{
    const struct qx_tok *t = p->doc->tok;
    return i >= p->first + 3 && t[i - 1].kind == QX_NUMBER && t[i - 2].kind == QX_MARK && t[i - 3].kind == QX_NUMBER &&
           !space_before(p, i - 2) && !space_before(p, i - 1) && !space_before(p, i);
}

/* Whether a mark can end what another one began; depth goes up where it begins a second one of the kind. */
static bool closes(const struct para *p, uint32_t open, uint32_t i, bool nest, uint32_t *depth)
{
    uint8_t a = p->doc->tok[open].mark, b = p->doc->tok[i].mark;
    switch (a) {
    case QX_M_STRAIGHT:
    case QX_M_APOS2:
        if (b == QX_M_CURLY_R && a == QX_M_STRAIGHT) return !space_before(p, i);
        if (b != a || feet_and_inches(p, i)) return false;
        if (nest && looks_opening(p, i) && !looks_closing(p, i) && space_before(p, i)) {
            ++*depth;
            return false;
        }
        return true;
    case QX_M_GRAVE2:
        return b == QX_M_APOS2 || b == QX_M_STRAIGHT;
    case QX_M_CURLY_L:
        if (b == a && nest && looks_opening(p, i)) ++*depth;
        return b == QX_M_CURLY_R || (b == QX_M_STRAIGHT && looks_closing(p, i));
    case QX_M_CURLY_R:
        return b == QX_M_CURLY_R;
    case QX_M_LOW:
        return b == QX_M_CURLY_L || b == QX_M_CURLY_R || b == QX_M_STRAIGHT;
    case QX_M_LOW1:
        return (b == QX_M_SINGLE_L || b == QX_M_SINGLE_R) && looks_closing(p, i);
    case QX_M_GUIL_L:
        return b == QX_M_GUIL_R;
    case QX_M_GUIL_R:
        return b == QX_M_GUIL_L || (b == QX_M_GUIL_R && looks_closing(p, i));
    case QX_M_SGUIL_L:
        return b == QX_M_SGUIL_R;
    case QX_M_SGUIL_R:
        return b == QX_M_SGUIL_L;
    case QX_M_CORNER_L:
        return b == QX_M_CORNER_R;
    case QX_M_WCORNER_L:
        return b == QX_M_WCORNER_R;
    default:
        return false;
    }
}

static bool single_mark(uint8_t m)
{
    return m == QX_M_SINGLE || m == QX_M_SINGLE_L || m == QX_M_SINGLE_R;
}

/* Words that lose their beginning to an apostrophe: 'em, 'til, '90s. */
static bool clipped(const struct qx_doc *d, uint32_t i)
{
    static const char *const all[] = { "em",   "til", "tis", "twas", "cause", "n",     "round",
                                       "bout", "cuz", "s",   "nuff", "neath", "gainst" };
    const struct qx_tok *t = &d->tok[i];
    if (t->kind == QX_NUMBER) return true;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        size_t n = strlen(all[k]);
        if (t->len != n) continue;
        size_t j = 0;
        while (j < n && ((unsigned char)d->text[t->off + j] | 32u) == (unsigned char)all[k][j]) j++;
        if (j == n) return true;
    }
    return false;
}

/* An apostrophe after a word in -s before a space may be a possessive: the weaker kind of end. */
static bool strong_end(const struct para *p, uint32_t j)
{
    const struct qx_doc *d = p->doc;
    const struct qx_tok *t = &d->tok[j - 1];
    if (t->kind != QX_WORD || (d->text[t->off + t->len - 1] | 32) != 's') return true;
    return j + 1 >= p->end || d->tok[j + 1].kind == QX_PUNCT;
}

/* Where the single quotation that opens at i ends, or QX_NONE where it is an apostrophe. */
static uint32_t single_end(const struct para *p, uint32_t i)
{
    const struct qx_doc *d = p->doc;
    uint32_t weak = QX_NONE, seen = 0;
    bool need_strong;

    if (!(looks_opening(p, i) && (wordlike(&d->tok[i + 1]) || d->tok[i + 1].kind == QX_PUNCT)) ||
        d->tok[i].mark == QX_M_SINGLE_R)
        return QX_NONE;
    need_strong = d->tok[i].mark == QX_M_SINGLE && clipped(d, i + 1);
    for (uint32_t j = i + 1; j < p->end && seen < SINGLES_AHEAD; j++) {
        if (d->tok[j].kind != QX_MARK || !single_mark(d->tok[j].mark)) {
            seen += (j - i) % 32 == 0;
            continue;
        }
        seen++;
        if (d->tok[j].mark == QX_M_SINGLE_L || (space_before(p, j) && !space_after(p, j))) break;
        if (!looks_closing(p, j) || (d->tok[i].mark == QX_M_SINGLE && d->tok[j].mark != QX_M_SINGLE)) continue;
        if (need_strong && j == i + 2) continue; /* rock 'n' roll */
        if (strong_end(p, j)) return j;
        if (weak == QX_NONE) weak = j;
    }
    return need_strong ? QX_NONE : weak;
}

static int add_span(struct qx_doc *d, uint32_t open, uint32_t close)
{
    if (!QX_ROOM(d, span)) return QN_QUOTES_ENOMEM;
    d->span[d->nspan++] = (struct qx_span){
        .open = open,
        .close = close,
        .chunk = QX_NONE,
        .quote = QX_NONE,
        .single = single_mark(d->tok[open].mark),
        .dash = d->tok[open].mark == QX_M_DASH,
    };
    d->tok[open].mate = close;
    d->tok[close].mate = open;
    return 0;
}

static bool reopens(const struct para *p)
{
    const struct qx_doc *d = p->doc;
    uint32_t i = p->end + 1;
    return i < d->ntok && is_mark(&d->tok[i]) && !single_mark(d->tok[i].mark) && d->tok[i].mark != QX_M_CURLY_R;
}

/* A quotation that its paragraph does not close: it goes on in the next one, or its end was forgotten. */
static bool open_to_the_end(const struct para *p, uint32_t open)
{
    const struct qx_tok *t = p->doc->tok;
    if (open + 1 >= p->end || !looks_opening(p, open)) return false;
    if (reopens(p) || open == p->first) return true;
    return t[open - 1].kind == QX_PUNCT && (t[open - 1].mark == ':' || t[open - 1].mark == ',');
}

static int pair_marks(struct para *p)
{
    struct qx_doc *d = p->doc;
    uint32_t open = QX_NONE, depth = 0, rc = 0;
    bool nest = true;

    for (uint32_t i = p->first; i <= p->end; i++) {
        if (i == p->end) {
            if (open == QX_NONE) break;
            if (depth > 0 && nest) { /* not nested after all: once more, and the rest of the paragraph by parity */
                nest = false;
                i = open;
                depth = 0;
                continue;
            }
            if (!open_to_the_end(p, open)) break;
            return add_span(d, open, p->end);
        }
        if (!is_mark(&d->tok[i])) continue;
        if (open == QX_NONE && single_mark(d->tok[i].mark)) {
            uint32_t end = single_end(p, i);
            if (end == QX_NONE) continue;
            rc = (uint32_t)add_span(d, i, end);
            i = end;
        } else if (open == QX_NONE) {
            open = opens(p, i) ? i : QX_NONE;
            depth = 0;
        } else if (closes(p, open, i, nest, &depth)) {
            if (depth > 0) {
                depth--;
                continue;
            }
            if (i > open + 1) rc = (uint32_t)add_span(d, open, i);
            open = QX_NONE;
        }
        if (rc != 0) return QN_QUOTES_ENOMEM;
    }
    return 0;
}

static bool is_dash(const struct qx_tok *t)
{
    return t->kind == QX_PUNCT && t->mark == '-';
}

/* Whether the words after a dash, or after a comma, tell who speaks: a verb of speech among the first. */
static bool tells_speaker(const struct para *p, uint32_t i, uint32_t ahead)
{
    for (uint32_t k = i + 1; k < p->end && k <= i + ahead; k++) {
        const struct qx_tok *t = &p->doc->tok[k];
        if (t->kind == QX_WORD && (t->lex & QX_F(SAY))) return true;
        if (t->kind == QX_PUNCT || t->kind == QX_MARK) return false;
    }
    return false;
}

static void begin_speech(struct qx_tok *dash)
{
    dash->mark = QX_M_DASH;
    dash->pos = QX_P_OTHER; /* it is no dash any more */
}

/* — Speech, — said X. — More speech. The dashes part what is said from who says it. */
static int pair_dashes(struct para *p)
{
    struct qx_doc *d = p->doc;
    uint32_t open = p->first;
    bool speech = true;

    begin_speech(&d->tok[open]);
    for (uint32_t i = p->first + 1; i < p->end; i++) {
        const struct qx_tok *t = &d->tok[i];
        bool comma = t->kind == QX_PUNCT && t->mark == ',';
        bool turn = is_dash(t) && (t->shape & QX_S_SPACE) != 0;
        if (speech && ((turn && tells_speaker(p, i, DASH_AHEAD)) || (comma && tells_speaker(p, i, 1)))) {
            uint32_t close = i;
            if (i > open + 1 && add_span(d, open, close) != 0) return QN_QUOTES_ENOMEM;
            speech = false;
        } else if (!speech && (turn || (is_dash(t) && i + 2 < p->end))) {
            /* Spanish: —dijo Ana—. Nadie … */
            bool stop = !turn && t[1].kind == QX_PUNCT && !is_dash(&t[1]);
            open = i + stop;
            begin_speech(&d->tok[open]);
            speech = true;
        }
    }
    if (speech && p->end > open + 1) return add_span(d, open, p->end);
    return 0;
}

int qx_glyphs_pair(struct qx_doc *doc)
{
    struct para p = { .doc = doc, .first = 0 };
    for (uint32_t k = 0; k < doc->nbreaks; k++) {
        p.end = doc->breaks[k];
        if (p.end > p.first) {
            const struct qx_tok *t = &doc->tok[p.first];
            bool dash = (doc->lex->grammar & QX_G_DASH_SPEECH) && is_dash(t) && p.end > p.first + 1 && t->len > 1;
            int rc = dash ? pair_dashes(&p) : doc->tok[p.end].mark ? pair_marks(&p) : 0;
            if (rc != 0) return rc;
        }
        p.first = p.end + 1;
    }
    doc->npara = doc->nbreaks;
    return 0;
}
