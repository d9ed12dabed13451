/*
 * Statements without marks, and the whole statement around marked words. A frame has its statement behind it ("X said
 * that …"), or before it ("…, X said"), or both ("…, X said, …").
 */
#include "objects.h"

#include <stdlib.h>
#include <string.h>

#define REGION_MAX  200u /* chunks of a statement looked at */
#define FRAMES_MAX  64u  /* cues of a sentence looked at: keeps endless sentences linear */
#define SOURCE_MIN  5u   /* words that are a statement by "according to" even where no verb was seen in them */
#define REGIONS_MAX 24u  /* statements of a sentence; further ones of an endless sentence are left out */

struct region {
    uint32_t first, last; /* chunks */
    uint32_t frame;
    enum qx_rule rule;
    bool speech;
};

struct regions {
    struct region r[REGIONS_MAX];
    uint32_t n;
};

static const struct qx_chunk *at(const struct qx_doc *d, uint32_t i)
{
    return &d->chunk[i];
}

static bool is_time(const struct qx_chunk *c)
{
    return c->type == QX_C_NP && (c->flags & QX_N_TIME) && !(c->flags & (QX_N_NAME | QX_N_PRON));
}

/* The frame whose verb is this chunk, or QX_NONE. */
static uint32_t frame_at(const struct qx_doc *d, uint32_t sent, uint32_t chunk)
{
    uint32_t lo = d->sent_frame[sent], hi = d->sent_frame[sent + 1];
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (d->frame[mid].chunk < chunk)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < d->sent_frame[sent + 1] && d->frame[lo].chunk == chunk ? lo : QX_NONE;
}

static const struct qx_quote *quote_at(const struct qx_doc *d, uint32_t chunk)
{
    uint32_t q = d->span[at(d, chunk)->ref].quote;
    return q == QX_NONE ? NULL : &d->quote[q];
}

/* A whole statement in marks: it is its own content. */
static bool whole(const struct qx_doc *d, uint32_t chunk)
{
    const struct qx_quote *q = quote_at(d, chunk);
    return q != NULL && q->kind == QN_QUOTES_DIRECT;
}

/* Conjunctions that a statement can begin with; "when", "as" and their like tell of the speaking, not of what was said.
 */
static bool complementizer(const struct qx_doc *d, uint32_t tok)
{
    static const char *const all[] = { "that", "whether", "if", "how", "why",   "where", "what",
                                       "dass", "daß",     "ob", "wie", "warum", "que",   "si" };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (qx_word_is(d, tok, all[i])) return true;
    return false;
}

/* Where the clause begins behind the verb: past "on Monday", "in an interview", "reporters". */
static uint32_t statement_start(const struct qx_doc *d, const struct qx_frame *f, uint32_t hi)
{
    uint32_t i = f->chunk + 1;
    bool tell = (f->lex & QX_F(TELL)) != 0, object = false;
    if (f->dir == 1 && f->kind != QX_FR_ACCORDING && f->subj > f->chunk) i = f->subj + 1;
    for (uint32_t n = 0; i < hi && n < 12; n++) {
        const struct qx_chunk *c = at(d, i);
        bool subject = i + 1 < hi && ((at(d, i + 1)->type == QX_C_VG && (at(d, i + 1)->flags & QX_V_FINITE)) ||
                                      at(d, i + 1)->type == QX_C_SUB || at(d, i + 1)->type == QX_C_REL);
        if (c->type == QX_C_ADV || c->type == QX_C_LPAR || (is_time(c) && !(subject && (c->flags & QX_N_DET)))) {
            i++;
        } else if (c->type == QX_C_PREP && i + 1 < hi && at(d, i + 1)->type == QX_C_NP && (f->lex & QX_F(SAY))) {
            uint32_t k = i + 2, j = k;
            while (j + 1 < hi && j < i + 12 && at(d, j)->type == QX_C_PREP && at(d, j + 1)->type == QX_C_NP) j += 2;
            if (j < hi && at(d, j)->type == QX_C_SUB && complementizer(d, at(d, j)->first))
                return j; /* "claimed in an interview with a paper that" */
            if (qx_some_number(d, i, hi)) return i;
            bool speech = (at(d, i + 1)->flags & (QX_N_SPEECH | QX_N_TIME | QX_N_DOC)) != 0 ||
                          qx_word_is(d, c->first, "in") || qx_word_is(d, c->first, "on") ||
                          qx_word_is(d, c->first, "at") || qx_word_is(d, c->first, "to") ||
                          qx_word_is(d, c->first, "during") || qx_word_is(d, c->first, "after");
            if (!speech && !(d->lex->grammar & QX_G_VERB_SECOND)) return i;
            i = k;
            if (i < hi && at(d, i)->type == QX_C_SPAN && quote_at(d, i) == NULL) i++; /* on NBC's “Today” */
        } else if (c->type == QX_C_PREP && i + 1 < hi &&
                   (at(d, i + 1)->type == QX_C_SUB || at(d, i + 1)->type == QX_C_COMMA)) {
            i++; /* "soon after that" */
        } else if (tell && !object && c->type == QX_C_NP && i + 1 < hi && at(d, i + 1)->type != QX_C_VG &&
                   !qx_told_itself(d, i) && !qx_infinitive(d, i + 1, hi)) {
            object = true;
            i++;
        } else if (tell && !object && c->type == QX_C_NP && i + 1 < hi && at(d, i + 1)->type == QX_C_VG &&
                   (at(d, i + 1)->flags & QX_V_TO)) {
            return i;
        } else {
            break;
        }
    }
    return i;
}

/* "While X says …, Y": the clause of the frame is not the main one. */
static bool subordinate(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first, i = f->subj < f->chunk ? f->subj : f->chunk;
    while (i > lo && at(d, i - 1)->type == QX_C_ADV) i--;
    return i > lo && at(d, i - 1)->type == QX_C_SUB && !complementizer(d, at(d, i - 1)->first);
}

/* "as X said,": what stands around it is X's. */
static bool as_said(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first, hi = d->sent[f->sent].last, i = f->subj < f->chunk ? f->subj : f->chunk;
    i -= (d->lex->grammar & QX_G_VERB_SECOND) && i > lo && at(d, i - 1)->type == QX_C_ADV; /* "wie schon X sagte" */
    return (f->kind == QX_FR_VERB || f->kind == QX_FR_PASSIVE) && i > lo && at(d, i - 1)->type == QX_C_SUB &&
           (qx_word_is(d, at(d, i - 1)->first, "as") || qx_word_is(d, at(d, i - 1)->first, "wie")) &&
           statement_start(d, f, hi) < hi && at(d, statement_start(d, f, hi))->type == QX_C_COMMA &&
           (f->lex & QX_F(SAY));
}

/* "a man who they say knew", "what analysts said was a sign": what was said of something, whose subject stands in
 * front.
 */
static bool told_of(const struct qx_doc *d, const struct qx_frame *f, uint32_t i)
{
    return f->kind == QX_FR_VERB && f->dir == 0 && (f->lex & (QX_F(SAY) | QX_F(OPINE))) && f->subj < f->chunk &&
           i == f->chunk + 1 && (at(d, i)->flags & QX_V_FINITE);
}

/* "Smith - who said he would go - left" */
static bool between_dashes(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t i = f->chunk, lo = d->sent[f->sent].first;
    while (i > lo && at(d, i - 1)->type == QX_C_ADV) i--;
    return i > lo + 1 && at(d, i - 1)->type == QX_C_REL && at(d, i - 2)->type == QX_C_DASH;
}

/* "and Smith, the head of the firm, said": the speaker at k has a statement further on. */
static bool says_later(const struct qx_doc *d, const struct qx_frame *f, uint32_t k, uint32_t hi)
{
    for (uint32_t n = k + 1; n < hi && n < k + 12; n++) {
        if (at(d, n)->type == QX_C_SPAN || at(d, n)->type == QX_C_STOP) break;
        uint32_t g = at(d, n)->type == QX_C_VG ? frame_at(d, f->sent, n) : QX_NONE;
        if (g != QX_NONE && d->frame[g].subj == k && d->frame[g].strong && d->frame[g].kind == QX_FR_VERB &&
            d->frame[g].own_first == QX_NONE)
            return at(d, k + 1)->type == QX_C_COMMA && at(d, n - 1)->type == QX_C_COMMA;
    }
    return false;
}

/* Whether a clause about something else begins at i: another statement of the same speaker, "but" and a new subject. */
static bool clause_breaks(const struct qx_doc *d, const struct qx_frame *f, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *c = at(d, i);
    uint32_t k = i + 1;
    if (c->type == QX_C_STOP || c->type == QX_C_SEMI) return true;
    if (c->type == QX_C_SPAN) return whole(d, i);
    if (at(d, i - 1)->type == QX_C_SPAN && (at(d, i - 1)->flags & QX_Q_COMMA)) {
        if (c->type == QX_C_NP && !(d->lex->grammar & QX_G_VERB_SECOND) && subordinate(d, f))
            return true; /* "As Smith claimed it was “x,” one of his men said …" */
        bool calls = (f->lex & QX_F(CALL)) && !(f->lex & QX_F(SAY));
        if (c->type == QX_C_CONJ && (calls || f->kind == QX_FR_NOUN) && at(d, k)->type == QX_C_NP)
            return true; /* "called it “absurd,” and she left" */
        if (c->type == QX_C_VG && ((c->flags & QX_V_ING) || (f->kind == QX_FR_ING && (c->flags & QX_V_FINITE))))
            return true; /* "calling it “x,” accusing her", "Smith, citing “x,” said" */
    }
    if (c->type != QX_C_COMMA && c->type != QX_C_CONJ && c->type != QX_C_COLON && c->type != QX_C_DASH &&
        c->type != QX_C_SUB)
        return false;
    bool comma = c->type == QX_C_COMMA;
    if ((comma || (c->type == QX_C_DASH && between_dashes(d, f))) &&
        (f->own_first != QX_NONE || told_of(d, f, f->chunk + 1)) && f->kind == QX_FR_VERB && k < hi &&
        at(d, k)->type == QX_C_VG && (at(d, k)->flags & QX_V_FINITE))
        return true; /* "the report, which said that …, was leaked" */
    if (comma && k < hi && at(d, k)->type == QX_C_VG && (at(d, k)->flags & QX_V_FINITE) && qx_put_in(d, f, i))
        return true; /* "the letter, announcing that …, was leaked" */
    if (comma && !(f->lex & QX_F(SAY)) && (f->lex & QX_F(CALL))) return !(k < hi && at(d, k)->type == QX_C_SPAN);
    if (c->type == QX_C_COLON) return k < hi && at(d, k)->type == QX_C_SPAN;
    if (comma && k < hi && (at(d, k)->type == QX_C_CONJ || at(d, k)->type == QX_C_SUB)) {
        uint32_t t = at(d, k)->first;
        if (qx_word_is(d, t, "but") || qx_word_is(d, t, "while") || qx_word_is(d, t, "although") ||
            qx_word_is(d, t, "though"))
            return true;
        k++;
    }
    while (k < hi && at(d, k)->type == QX_C_ADV) k++;
    if (k >= hi) return false;
    if (comma && subordinate(d, f) && at(d, k)->type == QX_C_NP) return true;
    if (comma && at(d, k)->type == QX_C_SPAN) return whole(d, k);
    uint32_t g = frame_at(d, f->sent, k);
    if (g != QX_NONE && (d->frame[g].lex & QX_F(CALL)) && d->frame[g].subj == f->subj &&
        d->frame[g].kind == QX_FR_VERB && !(d->lex->grammar & QX_G_VERB_SECOND))
        return true; /* "said he liked it and called it “good”" */
    if (g != QX_NONE && f->kind == QX_FR_ING && d->frame[g].kind == QX_FR_ING && (d->lex->grammar & QX_G_ENGLISH))
        return true; /* "saying she is able but suggesting that …" */
    if (g != QX_NONE && (d->frame[g].kind == QX_FR_ACCORDING || (d->frame[g].lex & QX_F(SAY))))
        return d->frame[g].kind == QX_FR_ACCORDING || d->frame[g].subj == f->subj || d->frame[g].subj == k + 1;
    /* ", X said" behind the clause, "and Y said" */
    if ((comma || c->type == QX_C_CONJ || c->type == QX_C_DASH) && at(d, k)->type == QX_C_NP) {
        for (uint32_t n = k + 1; n < hi && n < k + 4; n++) {
            if (at(d, n)->type != QX_C_VG) continue;
            g = frame_at(d, f->sent, n);
            return g != QX_NONE && d->frame[g].subj == k && (d->frame[g].lex & QX_F(SAY));
        }
        return !(d->lex->grammar & QX_G_VERB_SECOND) && says_later(d, f, k, hi);
    }
    return false;
}

/* ", X said," in the middle of what X said. */
static bool parenthetical(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first, hi = d->sent[f->sent].last;
    uint32_t first = f->subj < f->chunk ? f->subj : f->chunk, last = f->subj < f->chunk ? f->chunk + 1 : f->subj + 1;
    if (!f->strong || first <= lo ||
        (at(d, first - 1)->type != QX_C_COMMA &&
         !(at(d, first - 1)->type == QX_C_SPAN && (at(d, first - 1)->flags & QX_Q_COMMA))) ||
        (f->kind != QX_FR_VERB && f->kind != QX_FR_ACCORDING))
        return false;
    for (uint32_t n = 0; last < hi && n < 6 && at(d, last)->type != QX_C_COMMA; n++, last++)
        if (at(d, last)->type != QX_C_ADV && at(d, last)->type != QX_C_PREP && at(d, last)->type != QX_C_NP &&
            !(at(d, last)->type == QX_C_CONJ && f->dir == 1))
            return false;
    return last < hi && at(d, last)->type == QX_C_COMMA;
}

/* A finite verb in front of the attribution: the clause is complete, and what stands behind says more about the
 * speaker. */
static bool clause_before(const struct qx_doc *d, const struct qx_frame *f)
{
    for (uint32_t i = f->chunk, n = 0; i > d->sent[f->sent].first && n < REGION_MAX; n++) {
        const struct qx_chunk *c = at(d, --i);
        if (c->type == QX_C_VG && (c->flags & QX_V_FINITE)) return true;
    }
    return false;
}

/* "…, she said, because …": the reason is a part of what she said; "when asked" is not. */
static bool goes_on(const struct qx_doc *d, uint32_t i)
{
    static const char *const all[] = { "because", "unless", "if", "though", "although", "than" };
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is(d, at(d, i)->first, all[k])) return true;
    return false;
}

/* "She said when he came, the door was open": a clause in front of the clause that was said. */
static bool led_up(const struct qx_doc *d, const struct qx_frame *f, uint32_t i, uint32_t hi)
{
    if (!(f->lex & QX_F(CLAUSAL)) || f->used || i + 1 >= hi ||
        (at(d, i + 1)->type != QX_C_NP && at(d, i + 1)->type != QX_C_VG))
        return false; /* "if he wins", "if elected" */
    for (uint32_t k = i + 1; k + 2 < hi && k < i + 16; k++)
        if (at(d, k)->type == QX_C_COMMA && at(d, k + 1)->type == QX_C_NP && at(d, k + 2)->type == QX_C_VG &&
            (at(d, k + 2)->flags & QX_V_FINITE) && frame_at(d, f->sent, k + 2) == QX_NONE)
            return true;
    return false;
}

static bool can_begin(const struct qx_doc *d, const struct qx_frame *f, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *c = at(d, i);
    switch (c->type) {
    case QX_C_NP:
        return !(c->flags & QX_N_NUM) || (i + 1 < hi);
    case QX_C_SUB:
        return complementizer(d, c->first) || (parenthetical(d, f) && goes_on(d, i)) || led_up(d, f, i, hi);
    case QX_C_CONJ:
        return parenthetical(d, f) && i + 2 < hi && at(d, i + 1)->type == QX_C_NP && at(d, i + 2)->type == QX_C_VG &&
               !(d->tok[at(d, i + 2)->head].lex & QX_F(SAY));
    case QX_C_REL:
    case QX_C_SPAN:
        return true;
    case QX_C_VG: /* "Wie die Polizei mitteilt, ist …" */
        return (c->flags & (QX_V_TO | QX_V_ING)) != 0 || parenthetical(d, f) || told_of(d, f, i) ||
               ((d->lex->grammar & QX_G_VERB_SECOND) && as_said(d, f));
    case QX_C_PREP:
        return !f->used;
    case QX_C_ADV: /* "kündigte an, weiterhin zu kämpfen" */
        if (d->lex->grammar & QX_G_VERB_SECOND) return at(d, i - 1)->type == QX_C_COMMA;
        /* "X said, far too many have come" */
        while (i < hi && at(d, i)->type == QX_C_ADV) i++;
        return parenthetical(d, f) && i + 1 < hi && at(d, i)->type == QX_C_NP && at(d, i + 1)->type == QX_C_VG;
    default:
        return false;
    }
}

/* What a statement behind its verb is built like. */
static uint8_t clause_type(const struct qx_doc *d, const struct qx_frame *f, const struct region *r)
{
    bool far = (f->lex & QX_F(CLAUSAL)) != 0; /* past "Trump, despite his wealth," */
    const struct qx_chunk *c = at(d, r->first);
    if (c->type == QX_C_SUB) return QX_CL_THAT;
    if (c->type == QX_C_REL && !(d->lex->grammar & QX_G_VERB_SECOND) && !qx_word_is(d, c->first, "that"))
        return QX_CL_THAT; /* "asked who would go", "explained what it meant" */
    if (c->type == QX_C_SPAN) return QX_CL_SPAN;
    if (c->type == QX_C_PREP && qx_infinitive(d, r->first, r->last)) return QX_CL_TO;
    if ((d->lex->grammar & QX_G_VERB_SECOND) && at(d, r->first - 1)->type == QX_C_COMMA)
        return qx_german_clause(d, r->first, r->last);
    if (c->type == QX_C_VG) return c->flags & QX_V_TO ? QX_CL_TO : c->flags & QX_V_ING ? QX_CL_ING : QX_CL_CLAUSE;
    for (uint32_t i = r->first; i < r->last && i < r->first + (far ? 24 : 12); i++) {
        const struct qx_chunk *v = at(d, i);
        if (v->type == QX_C_CONJ && i + 1 < r->last && at(d, i + 1)->type == QX_C_VG &&
            (at(d, i + 1)->flags & QX_V_FINITE))
            break; /* a verb of the speaker's */
        if (v->type == QX_C_STOP || (!far && (v->type == QX_C_REL || v->type == QX_C_COMMA))) break;
        if (v->type == QX_C_SUB && !far && qx_when_or_why(d, i, r->last))
            break; /* "maintained the trade because it …" */
        if (v->type == QX_C_VG && (v->flags & QX_V_FINITE) && c->type == QX_C_NP) return QX_CL_CLAUSE;
    }
    if (c->type == QX_C_PREP &&
        ((far && qx_clause_within(d, r->first, r->last)) || qx_some_number(d, r->first, r->last)))
        return QX_CL_CLAUSE;
    return c->type == QX_C_NP ? QX_CL_NP : QX_CL_OTHER;
}

/* Marked words of the same speaker further on in the sentence: the statement goes on after all. */
static uint32_t reach(const struct qx_doc *d, const struct qx_frame *f, uint32_t e, uint32_t hi)
{
    uint32_t far = e;
    for (uint32_t i = e; i < hi && i < e + REGION_MAX && at(d, i)->type != QX_C_STOP; i++) {
        if (at(d, i)->type != QX_C_SPAN || quote_at(d, i) == NULL) continue;
        const struct qx_quote *q = quote_at(d, i);
        if (q->frame == QX_NONE || &d->frame[q->frame] != f || q->kind != QN_QUOTES_PARTIAL) break;
        far = i + 1;
    }
    return far;
}

/* German parts the clause from its verb by a comma: "sagte, dass …", "sagte, er sei …". */
static bool clause_behind_comma(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || i >= hi) return false;
    if (at(d, i)->type == QX_C_SUB) return complementizer(d, at(d, i)->first);
    if (at(d, i)->type != QX_C_NP && at(d, i)->type != QX_C_PREP && at(d, i)->type != QX_C_ADV) return false;
    if (qx_word_is(d, at(d, i)->first, "um") || qx_word_is(d, at(d, i)->first, "so"))
        return false;                                /* "…, um zu", "so dass" */
    if (at(d, i)->type == QX_C_PREP && i + 1 < hi) { /* "…, auf der …" */
        const struct qx_chunk *n = at(d, i + 1);
        if (n->type == QX_C_REL || (n->type == QX_C_NP && d->tok[n->last - 1].pos == QX_P_DET)) return false;
    }
    for (uint32_t k = i + 1; k < hi && k < i + 12 && at(d, k)->type != QX_C_COMMA; k++)
        if (at(d, k)->type == QX_C_VG) return true;
    return false;
}

/* "The difference, said Doyle, would be clear": no more about the speaker, but the rest of what was said. */
static bool resumes(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = at(d, i);
    if (c->type == QX_C_VG) return (c->flags & QX_V_FINITE) && !(c->flags & QX_V_PAST);
    if (c->type == QX_C_CONJ)
        return at(d, i + 1)->type == QX_C_NP && i + 2 < d->sent[c->sent].last && at(d, i + 2)->type == QX_C_VG &&
               !(d->tok[at(d, i + 2)->head].lex & QX_F(SAY));
    return c->type == QX_C_SUB && goes_on(d, i);
}

/* "that, while it rains, …": past the comma that ends what is put in. */
static uint32_t past_aside(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    for (uint32_t k = i; k < hi && k < i + 24 && at(d, k)->type != QX_C_STOP; k++)
        if (at(d, k)->type == QX_C_COMMA) return k + 1 < hi ? k + 1 : i;
    return i;
}

/* German "teilte dem Sender am Montag mit, dass …": the comma in front of the clause. */
static uint32_t past_objects(const struct qx_doc *d, const struct qx_frame *f, uint32_t i, uint32_t hi)
{
    uint32_t k = f->dir == 1 && f->subj > f->chunk ? f->subj + 1 : f->chunk + 1;
    for (uint32_t n = 0; k < hi && n < 14; n++, k++) {
        uint8_t t = at(d, k)->type;
        if (t == QX_C_COMMA && k + 2 < hi && at(d, k + 1)->type == QX_C_NP && at(d, k + 2)->type == QX_C_COMMA)
            k += 2; /* "gab der Sprecher, Karl Berg, bekannt, dass …" */
        else if (t == QX_C_COMMA)
            return clause_behind_comma(d, k + 1, hi) ? k : i;
        if (t == QX_C_COLON) return k; /* "kritisierte den Kurs: Es sei …" */
        bool however = t == QX_C_SUB && k + 1 < hi && at(d, k + 1)->type == QX_C_COMMA; /* "hofft jedoch, dass" */
        bool name = t == QX_C_SPAN && quote_at(d, k) == NULL; /* "meldete das Magazin „Golem“, …" */
        if (t != QX_C_NP && t != QX_C_PREP && t != QX_C_ADV && t != QX_C_LPAR && t != QX_C_COMMA && !however && !name)
            break;
    }
    return i;
}

/* "… after, according to X, …", "… and, according to X, …": what stands behind is a clause of its own. */
static bool begins_clause(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first, i = f->chunk;
    if (!parenthetical(d, f) || i < lo + 2 || at(d, i - 1)->type != QX_C_COMMA) return false;
    uint8_t t = at(d, i - 2)->type;
    return t == QX_C_SUB || t == QX_C_REL || t == QX_C_CONJ || t == QX_C_PREP;
}

static bool region_behind(const struct qx_doc *d, const struct qx_frame *f, struct region *r)
{
    uint32_t hi = d->sent[f->sent].last, i = statement_start(d, f, hi);
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    if (!german && f->kind == QX_FR_ING && f->dir == 0 && f->subj > f->chunk + 2)
        hi = f->subj - (at(d, f->subj - 1)->type == QX_C_COMMA); /* "After saying that it was dead, Smith left" */
    if (f->kind == QX_FR_ACCORDING) {
        /* German has no comma there: "nach Angaben der Polizei war …" */
        for (i = (f->dir == 1 ? f->subj : f->chunk) + 1;
             i < hi && i < f->subj + 20 && at(d, i)->type != QX_C_COMMA && !(german && at(d, i)->type == QX_C_VG);)
            i++;
        if (german && i + 1 < hi && at(d, i + 1)->type == QX_C_REL) i = past_aside(d, i + 1, hi) - 1;
        if (german && f->dir == 1 && f->chunk <= d->sent[f->sent].first + 1 && i >= hi)
            i = f->subj + 1; /* "Laut X zeichnet Y …": a verb that is in no list */
        if (f->chunk > d->sent[f->sent].first + 1 && !(german && qx_german_source_first(d, f)) &&
            !begins_clause(d, f) &&
            (!parenthetical(d, f) || (clause_before(d, f) && !(german && qx_german_split(d, f)))))
            return false;
    }
    if (german && f->kind == QX_FR_VERB && i < hi && at(d, i)->type != QX_C_COLON &&
        (at(d, i)->type != QX_C_COMMA || !clause_behind_comma(d, i + 1, hi)))
        i = past_objects(d, f, i, hi);
    if (i >= hi) return false;
    if (!german) i = qx_clause_start(d, f, i);
    if (f->dir == 1 && !german && f->kind == QX_FR_VERB && f->subj > f->chunk && at(d, i)->type != QX_C_SPAN) {
        if (f->used || !parenthetical(d, f)) return false;
        while (i < hi && at(d, i)->type != QX_C_COMMA) i++;
        if (i + 1 >= hi || !resumes(d, i + 1)) return false;
    }
    if (f->own_first != QX_NONE && f->kind == QX_FR_VERB && at(d, i)->type == QX_C_COMMA && i + 1 < hi &&
        at(d, i + 1)->type == QX_C_VG && (at(d, i + 1)->flags & QX_V_FINITE))
        return false; /* "the editor who wrote it, left" */
    if (at(d, i)->type == QX_C_COMMA || at(d, i)->type == QX_C_COLON) {
        bool ok = i + 1 < hi && (f->kind == QX_FR_ACCORDING || f->used || parenthetical(d, f) || as_said(d, f) ||
                                 clause_behind_comma(d, i + 1, hi) || at(d, i)->type == QX_C_COLON ||
                                 at(d, i + 1)->type == QX_C_SPAN ||
                                 (!german && at(d, i + 1)->type == QX_C_SUB && led_up(d, f, i + 1, hi)) ||
                                 (f->strong && at(d, i + 1)->type == QX_C_SUB && /* "added, that there is" */
                                  i == f->chunk + 1 && qx_word_is(d, at(d, i + 1)->first, "that")));
        if (!ok) return false;
        i++;
        if (at(d, i)->type == QX_C_SUB && f->used && !qx_word_is(d, at(d, i)->first, "that"))
            return false; /* "…, where …" */
    }
    if (f->kind != QX_FR_ACCORDING && (!can_begin(d, f, i, hi) || (!german && qx_about_noun(d, f, i)))) return false;
    if (at(d, i)->type == QX_C_SPAN && whole(d, i)) return false;
    uint32_t e = i;
    if (at(d, i)->type == QX_C_SUB && i + 2 < hi && at(d, i + 1)->type == QX_C_COMMA) e = past_aside(d, i + 2, hi);
    struct region probe = { .first = i, .last = hi };
    bool object = f->kind != QX_FR_ACCORDING && !parenthetical(d, f) && clause_type(d, f, &probe) == QX_CL_NP;
    while (e < hi && e - i < REGION_MAX &&
           !(e > i && (clause_breaks(d, f, e, hi) || (object && qx_object_ends(d, e, hi)))) &&
           at(d, e)->type != QX_C_STOP)
        e++;
    if (german && f->kind != QX_FR_ACCORDING) e = qx_german_told_end(d, f->chunk, i, e);
    if (e == i || (e == i + 1 && at(d, i)->type == QX_C_SUB)) return false;
    if ((f->lex & QX_F(SAY)) || (!german && (f->lex & QX_F(CALL)))) e = reach(d, f, e, hi);
    *r = (struct region){ .first = i, .last = e };
    return !(f->used && clause_type(d, f, r) != QX_CL_SPAN && clause_type(d, f, r) != QX_CL_THAT);
}

/* Nothing behind the verb but where and when: then what was said stands in front. */
static bool verb_ends(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t hi = d->sent[f->sent].last, i = statement_start(d, f, hi);
    if (d->lex->grammar & QX_G_VERB_SECOND) i = qx_german_past_owner(d, i, hi); /* "sagte ein Sprecher der Polizei" */
    for (uint32_t n = 0; i + 1 < hi && n < 8 && at(d, i)->type == QX_C_PREP && at(d, i + 1)->type == QX_C_NP; n++)
        i += 2;
    if (i >= hi) return true;
    const struct qx_chunk *c = at(d, i);
    if (c->type == QX_C_PREP && i + 1 < hi && at(d, i + 1)->type == QX_C_VG && (at(d, i + 1)->flags & QX_V_ING))
        return true; /* "he said after meeting her" */
    if (c->type == QX_C_SUB || c->type == QX_C_REL) return !complementizer(d, c->first) || f->dir == 1;
    return c->type == QX_C_STOP || c->type == QX_C_COMMA || c->type == QX_C_SEMI || c->type == QX_C_DASH ||
           c->type == QX_C_COLON || c->type == QX_C_LPAR || c->type == QX_C_CONJ ||
           (c->type == QX_C_VG && (c->flags & QX_V_ING));
}

/* "When asked,", "Appearing in Iowa,": a clause that only leads up to the main one. */
static bool leads_up(const struct qx_doc *d, uint32_t b, uint32_t e)
{
    const struct qx_chunk *c = at(d, b);
    bool sub = c->type == QX_C_SUB && !qx_word_is(d, c->first, "if") && !qx_word_is(d, c->first, "that");
    if (!sub && !(c->type == QX_C_VG && (c->flags & (QX_V_ING | QX_V_PAST | QX_V_TO)))) return false;
    bool under = sub;
    for (uint32_t i = b; i < e; i++) {
        uint8_t t = at(d, i)->type;
        if (t == QX_C_COMMA) return false;
        if (t == QX_C_VG && (at(d, i)->flags & QX_V_FINITE) && i > b) {
            if (!under) return false; /* "Seeing him led her to stop, she said" */
            under = sub;
        }
        if (t == QX_C_SUB || t == QX_C_REL) under = true;
    }
    return true;
}

/* "“…,” the judge said, according to the paper": between the marks and the source stands only another cue. */
static bool only_cue(const struct qx_doc *d, const struct qx_frame *f, uint32_t b, uint32_t e)
{
    const struct qx_chunk *last = at(d, e - 1);
    if (last->type == QX_C_SUB || (last->type == QX_C_VG && (d->tok[last->head].lex & QX_F(SAY)))) return true;
    for (uint32_t i = b, n = 0; i < e && n < REGION_MAX; i++, n++) {
        uint32_t g = at(d, i)->type == QX_C_VG ? frame_at(d, f->sent, i) : QX_NONE;
        if (g != QX_NONE && d->frame[g].used) return true;
    }
    return false;
}

static bool verb_quotes(const struct qx_doc *d, const struct qx_frame *f, bool *goes_on_small)
{
    uint32_t hi = d->sent[f->sent].last, i = statement_start(d, f, hi);
    if (i < hi && (at(d, i)->type == QX_C_COMMA || at(d, i)->type == QX_C_COLON)) i++;
    bool quotes = i < hi && at(d, i)->type == QX_C_SPAN && whole(d, i);
    *goes_on_small = quotes && !(at(d, i)->flags & QX_Q_CAP) && at(d, i - 1)->type == QX_C_COMMA;
    return quotes;
}

/* "X came, and asked …", "X, who said …": what stands before the subject is not told by this verb. */
static bool only_behind(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t i = f->chunk;
    if (f->kind != QX_FR_VERB || f->dir == 1 || (d->lex->grammar & QX_G_VERB_SECOND)) return false;
    if (f->own_first != QX_NONE) return true;
    while (i > f->subj && at(d, i - 1)->type == QX_C_ADV) i--;
    return i > f->subj + 1 && at(d, i - 1)->type == QX_C_CONJ;
}

/* "…, X said." — "…, according to X." */
static bool region_before(const struct qx_doc *d, const struct qx_frame *f, struct region *r)
{
    uint32_t lo = d->sent[f->sent].first, e = f->chunk;
    if (f->dir == 0 && f->subj != QX_NONE && f->subj < e) e = f->subj;
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    if (e <= lo || only_behind(d, f)) return false;
    if (e > lo + 3 && at(d, e - 1)->type == QX_C_CONJ && at(d, e - 2)->type == QX_C_NP &&
        at(d, e - 3)->type == QX_C_COMMA)
        e -= 2; /* "…, teachers and officials said" */
    if (f->dir == 0 && e > lo + 2 && at(d, e - 1)->type == QX_C_SUB && at(d, e - 2)->type == QX_C_COMMA &&
        (qx_word_is(d, at(d, e - 1)->first, "as") || qx_word_is(d, at(d, e - 1)->first, "wie")))
        e--; /* "…, as X reported" */
    else if (german && f->kind == QX_FR_VERB && f->dir == 0)
        return false; /* only "…, sagte X" and "…, wie X sagte" */
    if (f->kind == QX_FR_ACCORDING && begins_clause(d, f) && at(d, e - 2)->type != QX_C_CONJ) return false;
    bool comma = at(d, e - 1)->type == QX_C_COMMA || at(d, e - 1)->type == QX_C_DASH;
    bool marks = at(d, e - 1)->type == QX_C_SPAN && (at(d, e - 1)->flags & (QX_Q_COMMA | QX_Q_EXCL)) != 0;
    if (!comma && !marks && f->kind != QX_FR_ACCORDING) return false;
    if (f->kind != QX_FR_ACCORDING && (!(f->lex & QX_F(SAY)) || !(at(d, f->chunk)->flags & QX_V_FINITE))) return false;
    if (comma) e--;
    uint32_t b = e;
    while (b > lo && e - b < REGION_MAX && at(d, b - 1)->type != QX_C_SEMI &&
           !(at(d, b - 1)->type == QX_C_SPAN && whole(d, b - 1)))
        b--;
    while (b < e && (at(d, b)->type == QX_C_COMMA || at(d, b)->type == QX_C_CONJ)) b++;
    if (b >= e) return false; /* ", according to X" and nothing before it */
    bool verb = false, noun = false;
    for (uint32_t i = b; i < e && !verb; i++) {
        verb = at(d, i)->type == QX_C_VG && (at(d, i)->flags & QX_V_FINITE);
        noun |= at(d, i)->type == QX_C_NP && !is_time(at(d, i));
    }
    verb |= !german && at(d, b)->type == QX_C_SPAN; /* "“They hurt” but not for long, he said" */
    if (d->lex->grammar & QX_G_FEW_VERBS) verb |= noun && at(d, e - 1)->last - at(d, b)->first >= QX_FRONT_MIN;
    /* "On Israel, he said, “We …”": here only the marked words are said; but "While prices rise, he said, “they …”" */
    bool small, quoted = verb_quotes(d, f, &small) && !small;
    if (german && !verb && f->kind == QX_FR_VERB) return false; /* "Ein Sprecher, Karl Berg, sagte" */
    bool source = f->kind == QX_FR_ACCORDING && comma && at(d, e - 1)->last - at(d, b)->first >= SOURCE_MIN;
    bool aside = parenthetical(d, f) && !(d->lex->grammar & QX_G_VERB_SECOND);
    if (quoted || (!verb && !(noun && (source || parenthetical(d, f)))) || (!small && !aside && leads_up(d, b, e)))
        return false;
    if (small && at(d, e - 1)->last - at(d, b)->first < 3) return false; /* "But, he said, “…”" */
    if (f->kind != QX_FR_ACCORDING && !verb_ends(d, f)) return false;
    if (f->kind == QX_FR_ACCORDING && only_cue(d, f, b, e)) return false;
    *r = (struct region){ .first = b, .last = e };
    return true;
}

/* "Die Brücke ist laut Polizei gesperrt": German needs no commas there, and the whole clause is what was said. */
static bool region_around(const struct qx_doc *d, const struct qx_frame *f, struct region *r)
{
    uint32_t lo = d->sent[f->sent].first, hi = d->sent[f->sent].last;
    uint32_t b = f->subj < f->chunk ? f->subj : f->chunk, e = f->subj < f->chunk ? f->chunk + 1 : f->subj + 1;
    if (f->kind != QX_FR_ACCORDING || qx_german_source_first(d, f) ||
        b <= lo + !(at(d, lo)->type == QX_C_VG && (at(d, lo)->flags & QX_V_FINITE)) || e + 1 >= hi ||
        at(d, b - 1)->type == QX_C_COMMA || at(d, b - 1)->type == QX_C_SPAN || at(d, e)->type == QX_C_COMMA ||
        at(d, e)->type == QX_C_STOP ||
        (at(d, e)->type == QX_C_LPAR &&
         (e + 2 >= hi || at(d, e + 1)->type == QX_C_COMMA || at(d, e + 1)->type == QX_C_STOP)))
        return false;
    for (uint32_t n = 0; b > lo && n < REGION_MAX && at(d, b - 1)->type != QX_C_SEMI &&
                         at(d, b - 1)->type != QX_C_COLON && !(at(d, b - 1)->type == QX_C_SPAN && whole(d, b - 1));
         n++)
        b--;
    for (uint32_t n = 0; e < hi && n < REGION_MAX && at(d, e)->type != QX_C_STOP && at(d, e)->type != QX_C_SEMI; n++)
        e++;
    *r = (struct region){ .first = b, .last = e };
    return true;
}

/* Gives the region to the marked words in it; where there are none, it is a statement of its own. */
static int take_region(struct qx_doc *d, const struct region *r)
{
    uint32_t frame = r->frame;
    const struct qx_frame *f = &d->frame[frame];
    uint32_t first = at(d, r->first)->first, last = at(d, r->last - 1)->last;
    bool marked = false;
    for (uint32_t i = r->first; i < r->last; i++) {
        if (at(d, i)->type != QX_C_SPAN || d->span[at(d, i)->ref].quote == QX_NONE) continue;
        struct qx_quote *q = &d->quote[d->span[at(d, i)->ref].quote];
        marked = true;
        if (q->frame != frame && q->cfirst != d->span[q->span].open) continue;
        q->kind = QN_QUOTES_PARTIAL;
        q->cfirst = first;
        q->clast = last;
    }
    if (marked || (d->flags & QN_QUOTES_NO_INDIRECT) || !r->speech) return 0;
    if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
    struct qx_quote *q = &d->quote[d->nquote++];
    *q = (struct qx_quote){
        .first = first,
        .last = last,
        .cfirst = first,
        .clast = last,
        .span = QX_NONE,
        .frame = frame,
        .subj = f->subj,
        .gen_first = f->own_first,
        .gen_last = f->own_last,
        .person = QX_NONE,
        .para = d->sent[f->sent].para,
        .kind = QN_QUOTES_INDIRECT,
        .rule = (uint8_t)r->rule,
        .clause = r->rule == QX_R_CLAUSE ? clause_type(d, f, r) : QX_CL_NONE,
    };
    qx_speaker_name(d, q);
    return 0;
}

static void add_region(const struct qx_doc *d, struct regions *all, struct region *r, uint32_t frame, enum qx_rule rule)
{
    if (all->n == REGIONS_MAX || r->first >= r->last) return; /* "Ist laut Polizei;" has nothing behind */
    r->frame = frame;
    r->rule = d->frame[frame].kind == QX_FR_ACCORDING ? QX_R_ACCORDING : rule;
    r->speech =
        (rule == QX_R_CLAUSE && parenthetical(d, &d->frame[frame]) && (d->frame[frame].lex & QX_F(SAY)) &&
         at(d, r->first - 1)->type == QX_C_COMMA) ||
        qx_is_speech(d, &d->frame[frame], rule == QX_R_CLAUSE ? clause_type(d, &d->frame[frame], r) : QX_CL_NONE,
                     qx_told_what(d, &d->frame[frame], r->first)); /* "accused her of lying" */
    uint32_t subj = d->frame[frame].subj;
    if (rule == QX_R_VERB) r->speech = qx_animate(at(d, subj)) || qx_some_of(d, subj);
    if (rule == QX_R_CLAUSE && r->last == r->first + 1 && at(d, r->first)->type == QX_C_NP &&
        (at(d, r->first)->flags & QX_N_PRON))
        r->speech = false; /* "said it" */
    if (rule == QX_R_CLAUSE && (d->lex->grammar & QX_G_ENGLISH) && at(d, r->first)->type == QX_C_VG &&
        (at(d, r->first)->flags & QX_V_ING) && at(d, r->first - 1)->type == QX_C_COMMA)
        r->speech = false; /* "he said, wiping his face" */
    /* German parts a statement from its verb by a comma or a colon: what follows without one is an object */
    if ((d->lex->grammar & QX_G_VERB_SECOND) && rule == QX_R_CLAUSE && d->frame[frame].kind != QX_FR_ACCORDING &&
        at(d, r->first - 1)->type != QX_C_COMMA && at(d, r->first - 1)->type != QX_C_COLON)
        r->speech = false;
    all->r[all->n++] = *r;
}

/* German "Sie seien außer Gefahr, sagte Berg, der Sprecher": a main clause in front of the verb is what was said; in
 * "In der Rede, die er hielt, sagte Berg, er komme" there is none. */
static bool told_in_front(const struct qx_doc *d, const struct qx_frame *f, struct region *r)
{
    if (f->kind != QX_FR_VERB || f->dir == 0 || f->used || !region_before(d, f, r)) return false;
    bool under = qx_german_leads_up(d, f, r->first);
    for (uint32_t i = r->first; i < r->last; i++) {
        const struct qx_chunk *c = at(d, i);
        if (c->type == QX_C_SUB || c->type == QX_C_REL) under = true;
        if (c->type == QX_C_COMMA) under = false;
        if (c->type == QX_C_VG && (c->flags & QX_V_FINITE) && !under) return true;
    }
    return false;
}

static void frame_statement(const struct qx_doc *d, uint32_t frame, struct regions *all)
{
    const struct qx_frame *f = &d->frame[frame];
    struct region r;
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    if (!qx_speaks(d, f) || qx_rather_noun(d, f)) return;
    if ((d->lex->grammar & QX_G_FEW_VERBS) && f->kind == QX_FR_VERB) {
        if (qx_border_statement(d, f, &r.first, &r.last))
            add_region(d, all, &r, frame, r.first > f->chunk ? QX_R_CLAUSE : QX_R_INVERTED);
        return;
    }
    if (german && region_around(d, f, &r)) {
        struct region half = r;
        half.first = f->subj < f->chunk ? f->chunk + 1 : f->subj + 1;
        r.last = f->subj < f->chunk ? f->subj : f->chunk;
        uint8_t before = at(d, r.last - 1)->type; /* "…, da laut Polizei niemand kam": only what stands behind */
        if (before != QX_C_SUB && before != QX_C_REL) add_region(d, all, &r, frame, QX_R_INVERTED);
        add_region(d, all, &half, frame, QX_R_INVERTED);
        return;
    }
    if (german && told_in_front(d, f, &r)) {
        add_region(d, all, &r, frame, QX_R_INVERTED);
        return;
    }
    uint32_t had = all->n;
    if ((f->lex & QX_F(ABOUT)) && !german && (r.first = qx_object_behind(d, f, &r.last)) != QX_NONE) {
        add_region(d, all, &r, frame, QX_R_VERB);
        return;
    }
    if (region_behind(d, f, &r)) add_region(d, all, &r, frame, QX_R_CLAUSE);
    bool behind = all->n > had && all->r[had].speech; /* "said in posing the question": then it stands in front */
    bool both = parenthetical(d, f) && (!german || (f->kind == QX_FR_ACCORDING && qx_german_split(d, f)));
    if (!behind && qx_what_was(d, f, &r.first, &r.last)) {
        add_region(d, all, &r, frame, QX_R_INVERTED);
        return;
    }
    if ((!behind || f->used || both) && region_before(d, f, &r) && !(german && qx_german_leads_up(d, f, r.first)))
        add_region(d, all, &r, frame, QX_R_INVERTED);
}

/* What is told inside a statement belongs to the one who makes the statement. */
static bool inside_another(const struct qx_doc *d, const struct regions *all, uint32_t i)
{
    const struct region *r = &all->r[i];
    bool english = (d->lex->grammar & QX_G_ENGLISH);
    for (uint32_t k = 0; k < all->n; k++) {
        const struct region *o = &all->r[k];
        if (k == i || !o->speech) continue;
        uint32_t cue = d->frame[r->frame].chunk;
        if (english && o->first <= cue && cue < o->last && o->first < r->first && r->first < o->last) return true;
        if (o->first > r->first || o->last < r->last) continue;
        if (o->last - o->first > r->last - r->first || k < i) return true;
    }
    return false;
}

static int sentence_statements(struct qx_doc *d, uint32_t s)
{
    struct regions all;
    uint32_t had = d->nquote;

    all.n = 0;
    for (uint32_t f = d->sent_frame[s], n = 0; f < d->sent_frame[s + 1] && n < FRAMES_MAX && all.n < REGIONS_MAX;
         f++, n++)
        frame_statement(d, f, &all);
    for (uint32_t i = 0; i < all.n; i++) {
        if (inside_another(d, &all, i)) continue;
        int rc = take_region(d, &all.r[i]);
        if (rc != 0) return rc;
    }
    int rc = qx_nobody_find(d, s);
    if (rc != 0) return rc;
    return d->nquote > had || !(d->lex->grammar & QX_G_VERB_SECOND) ? 0 : qx_told_on(d, s);
}

static int by_place(const void *a, const void *b)
{
    const struct qx_quote *x = a, *y = b;
    if (x->first != y->first) return x->first < y->first ? -1 : 1;
    return x->last < y->last ? -1 : x->last > y->last;
}

/* Whether sentence_statements() can find any. */
static bool may_state(const struct qx_doc *d, uint32_t s)
{
    return d->sent_frame[s] != d->sent_frame[s + 1] || d->sent[s].cue || (d->lex->grammar & QX_G_VERB_SECOND);
}

int qx_indirect_run(struct qx_doc *d)
{
    uint32_t n = d->nquote;
    for (uint32_t i = 0; i < n; i++) qx_kind_decide(d, &d->quote[i]);
    for (uint32_t s = 0; s < d->nsent;) {
        uint32_t next = s;
        int rc = qx_turn_find(d, s, &next);
        if (rc == 0 && next == s && may_state(d, next++)) rc = sentence_statements(d, s);
        if (rc != 0) return rc;
        s = next;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct qx_quote *q = &d->quote[i];
        bool bare = q->cfirst == d->span[q->span].open && q->clast <= q->last + 1; /* nothing around the marks */
        if (q->kind == QN_QUOTES_DIRECT || bare) {
            q->cfirst = q->first;
            q->clast = q->last;
        }
    }
    if (d->nquote > 0) qsort(d->quote, d->nquote, sizeof *d->quote, by_place);
    return 0;
}
