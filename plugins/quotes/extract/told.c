/*
 * German tells on in the subjunctive what somebody said in the sentence before: "Er habe nichts gewusst."
 */
#include "qx.h"

#include <string.h>

#define REGION_MAX 200u /* chunks of a sentence looked at */
#define FRAMES_MAX 64u  /* cues of a sentence looked at */

static const struct qx_chunk *at(const struct qx_doc *d, uint32_t i)
{
    return &d->chunk[i];
}

/* "propagiere": of verbs in no list these are the ones whose subjunctive looks like nothing else. */
static bool ends_in_iere(const struct qx_doc *d, uint32_t tok)
{
    const struct qx_tok *t = &d->tok[tok];
    return t->lex == 0 && t->len > 6 && !(t->shape & QX_S_CAP) && memcmp(d->text + t->off + t->len - 4, "iere", 4) == 0;
}

static bool anything_told(const struct qx_doc *d, uint32_t s)
{
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < REGION_MAX; i++, n++)
        for (uint32_t t = at(d, i)->first; at(d, i)->type == QX_C_VG && t < at(d, i)->last; t++)
            if ((d->tok[t].lex & QX_F(KONJ)) || ends_in_iere(d, t)) return true;
    return false;
}

/* "sei", "habe", "werde": German tells on in the subjunctive what somebody said in the sentence before. */
static bool told_on(const struct qx_doc *d, uint32_t s)
{
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < REGION_MAX; i++, n++) {
        const struct qx_chunk *c = at(d, i);
        if (c->type == QX_C_SPAN) return false;
        for (uint32_t t = c->first; c->type == QX_C_VG && t < c->last; t++)
            if ((d->tok[t].lex & QX_F(KONJ)) || ends_in_iere(d, t)) return true;
    }
    return false;
}

/* "Er habe nichts gewusst": only what is told of somebody's words is put so, unlike "er hätte". */
static bool surely_told(const struct qx_doc *d, uint32_t s)
{
    static const char *const all[] = { "sei",   "seien", "habe", "werde", "könne", "müsse", "solle",
                                       "wolle", "dürfe", "gebe", "komme", "gehe",  "stehe", "liege" };
    uint32_t first = d->sent[s].first, hi = d->sent[s].last;
    if (at(d, first)->type == QX_C_SUB) { /* "Da es kalt sei, werde …": the main clause */
        while (first < hi && first < d->sent[s].first + 40 && at(d, first)->type != QX_C_COMMA) first++;
        if (++first >= hi) return false;
    }
    for (uint32_t i = first, n = 0; i < hi && n < REGION_MAX; i++, n++) {
        const struct qx_chunk *c = at(d, i);
        if (c->type == QX_C_SPAN || c->type == QX_C_SUB || c->type == QX_C_COMMA) return false;
        if (c->type == QX_C_NP && (d->tok[c->head].lex & QX_F(FIRST))) return false; /* "ich habe" */
        for (uint32_t t = c->first; c->type == QX_C_VG && t < c->last; t++)
            for (size_t k = 0; (d->tok[t].lex & QX_F(KONJ)) && k < sizeof all / sizeof all[0]; k++)
                if (qx_word_is_small(d, t, all[k])) return true;
    }
    return false;
}

/* In the same paragraph, or in the next one where that begins with nothing but what is told: "Er habe …". */
static bool goes_on(const struct qx_doc *d, uint32_t s, uint32_t para)
{
    return d->sent[s].para == para || (d->sent[s].para == para + 1 && !d->sent[s].heading && surely_told(d, s));
}

/* The statement holds something of the sentence. */
static bool reaches(const struct qx_doc *d, const struct qx_quote *q, uint32_t s)
{
    return q->last > at(d, d->sent[s].first)->first;
}

/* Sentences that are told on one behind the other are one statement; true where this one was added to that before. */
static bool goes_on_behind(struct qx_doc *d, uint32_t s, uint32_t subj)
{
    struct qx_quote *q = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;
    if (q == NULL || q->kind != QN_QUOTES_INDIRECT || q->rule != QX_R_CARRIED || q->subj != subj ||
        q->para != d->sent[s].para || q->last != at(d, d->sent[s].first)->first)
        return false;
    q->last = q->clast = at(d, d->sent[s].last - 1)->last;
    return true;
}

/* Somebody speaks in the sentence, and is not told of: "so X", "schrieb X". */
static bool has_speaker(const struct qx_doc *d, uint32_t s)
{
    for (uint32_t f = d->sent_frame[s], n = 0; f < d->sent_frame[s + 1] && n < FRAMES_MAX; f++, n++) {
        const struct qx_frame *fr = &d->frame[f];
        const struct qx_chunk *c = at(d, fr->chunk);
        bool told = false;
        if (fr->subj == QX_NONE || !fr->strong || (fr->lex & QX_F(WEAK)) || !(fr->lex & (QX_F(SAY) | QX_F(ATTRIB))))
            continue;
        for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++) told |= (d->tok[t].lex & QX_F(KONJ)) != 0;
        if (!told) return true;
    }
    return false;
}

/* A sentence of told speech, by the speaker of the statement before it. */
static int tell_on(struct qx_doc *d, uint32_t s, uint32_t before)
{
    const struct qx_quote *p = &d->quote[before];
    if ((d->flags & QN_QUOTES_NO_INDIRECT) || p->subj == QX_NONE || !goes_on(d, s, p->para) || !told_on(d, s) ||
        has_speaker(d, s))
        return 0;
    if (goes_on_behind(d, s, p->subj)) return 0;
    struct qx_quote q = *p;
    q.first = q.cfirst = at(d, d->sent[s].first)->first;
    q.last = q.clast = at(d, d->sent[s].last - 1)->last;
    q.span = QX_NONE;
    q.kind = QN_QUOTES_INDIRECT;
    q.rule = QX_R_CARRIED;
    q.clause = QX_CL_OTHER;
    q.para = d->sent[s].para;
    if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
    d->quote[d->nquote++] = q;
    return 0;
}

/* Who the sentence is about: who speaks in it, or who does what its first verb says. */
static uint32_t about(const struct qx_doc *d, uint32_t s, uint32_t *frame)
{
    *frame = QX_NONE;
    for (uint32_t f = d->sent_frame[s + 1], n = 0; f > d->sent_frame[s] && n < FRAMES_MAX; n++) {
        const struct qx_frame *fr = &d->frame[--f];
        if (fr->subj == QX_NONE || !fr->strong || !(fr->lex & QX_F(SAY)) || !qx_animate(at(d, fr->subj))) continue;
        *frame = f;
        return fr->subj;
    }
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < REGION_MAX; i++, n++)
        if (at(d, i)->type == QX_C_VG && at(d, i)->ref != QX_NONE)
            return at(d, at(d, i)->ref)->flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG) ? at(d, i)->ref : QX_NONE;
    return QX_NONE;
}

/* "Berichte, wonach er gehe, wies X zurück. Er bleibe.": not the reports tell on. */
static bool rumoured(const struct qx_doc *d, const struct qx_quote *q)
{
    return q->frame != QX_NONE && at(d, d->frame[q->frame].chunk)->type == QX_C_SUB;
}

/* A statement of a sentence, from its first chunk up to e: told on (QX_R_CARRIED), or of whom a sentence beside it
 * names (QX_R_NEXT). */
static int tell(struct qx_doc *d, uint32_t s, uint32_t e, uint32_t frame, uint32_t subj, enum qx_rule rule)
{
    if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
    struct qx_quote *q = &d->quote[d->nquote++];
    *q = (struct qx_quote){
        .first = at(d, d->sent[s].first)->first,
        .last = at(d, e - 1)->last,
        .span = QX_NONE,
        .frame = frame,
        .subj = subj,
        .gen_first = QX_NONE,
        .gen_last = QX_NONE,
        .person = QX_NONE,
        .para = d->sent[s].para,
        .kind = QN_QUOTES_INDIRECT,
        .rule = (uint8_t)rule,
        .clause = rule == QX_R_CARRIED ? QX_CL_OTHER : QX_CL_NONE,
    };
    q->cfirst = q->first;
    q->clast = q->last;
    qx_speaker_name(d, q);
    return 0;
}

/* "Karl Berg sprach in Ulm. Er habe nichts gewusst.": told of whom the sentence before is about. */
static int tell_of(struct qx_doc *d, uint32_t s)
{
    uint32_t frame, subj;
    if ((d->flags & QN_QUOTES_NO_INDIRECT) || d->sent[s - 1].para != d->sent[s].para || !surely_told(d, s)) return 0;
    for (uint32_t f = d->sent_frame[s], n = 0; f < d->sent_frame[s + 1] && n < FRAMES_MAX; f++, n++)
        if (d->frame[f].subj != QX_NONE && (d->frame[f].lex & QX_F(ATTRIB))) return 0;
    subj = about(d, s - 1, &frame);
    const struct qx_quote *p = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;
    if (subj == QX_NONE && p != NULL && p->kind == QN_QUOTES_INDIRECT && p->para == d->sent[s].para &&
        p->subj != QX_NONE && !rumoured(d, p)) {
        frame = p->frame; /* who spoke before in the paragraph */
        subj = p->subj;
    }
    if (subj == QX_NONE || goes_on_behind(d, s, subj)) return 0;
    return tell(d, s, d->sent[s].last, frame, subj, QX_R_CARRIED);
}

/* The last quotation in marks of a sentence. */
static uint32_t last_marked(const struct qx_doc *d, uint32_t s)
{
    if (!d->sent[s].marks) return QX_NONE;
    for (uint32_t i = d->sent[s].last, n = 0; i-- > d->sent[s].first && n < REGION_MAX; n++)
        if (at(d, i)->type == QX_C_SPAN) return d->span[at(d, i)->ref].quote;
    return QX_NONE;
}

static bool begins_with(const struct qx_doc *d, uint32_t tok, const char *const *all)
{
    const struct qx_tok *t = &d->tok[tok];
    for (; *all != NULL; all++)
        if (t->len >= strlen(*all) && memcmp(d->text + t->off, *all, strlen(*all)) == 0) return true;
    return false;
}

/* Verbs by which somebody informs: "Das kritisierte X" is about what was said before, and not X's. */
static bool informs(const struct qx_doc *d, uint32_t tok)
{
    static const char *const all[] = { "sag",   "teilt", "mitget", "bericht", "meld",   "gemeld", "bestätig",
                                       "erkl",  "gab",   "gib",    "geb",     "schr",   "gesag",  "geschr",
                                       "beton", "verk",  "ergab",  "ergib",   "erläut", NULL };
    return begins_with(d, tok, all);
}

/* Who "Das teilte X mit", "Dies geht aus X hervor" says made the statement before; "Das kritisierte X" is about it. */
static uint32_t says_so(const struct qx_doc *d, uint32_t s, uint32_t *frame)
{
    static const char *const goes[] = { "geht", "ging", NULL };
    uint32_t first = d->sent[s].first, hi = d->sent[s].last;
    *frame = QX_NONE;
    if (at(d, first)->type != QX_C_NP || at(d, first)->last != at(d, first)->first + 1 || first + 2 >= hi ||
        at(d, first + 1)->type != QX_C_VG ||
        (!qx_word_is(d, at(d, first)->first, "das") && !qx_word_is(d, at(d, first)->first, "dies")))
        return QX_NONE;
    for (uint32_t i = first + 1; i < hi && i < first + 12; i++)
        if (at(d, i)->type == QX_C_COLON || (at(d, i)->type == QX_C_SPAN && d->span[at(d, i)->ref].quote != QX_NONE))
            return QX_NONE;
    if (begins_with(d, at(d, first + 1)->first, goes) && first + 3 < hi && at(d, first + 2)->type == QX_C_PREP &&
        qx_word_is(d, at(d, first + 2)->first, "aus") && at(d, first + 3)->type == QX_C_NP)
        return first + 3;
    for (uint32_t f = d->sent_frame[s], n = 0; f < d->sent_frame[s + 1] && n < 4; f++, n++) {
        const struct qx_frame *fr = &d->frame[f];
        if (fr->subj == QX_NONE || fr->subj == first || !(fr->lex & QX_F(SAY)) || fr->kind != QX_FR_VERB ||
            fr->chunk > first + 6 || !informs(d, at(d, fr->chunk)->head))
            continue;
        *frame = f;
        return fr->subj;
    }
    return QX_NONE;
}

/* "„Wir gehen.“ Das sagte X": the speaker of marked words that stood alone. */
static void marked_before(struct qx_doc *d, uint32_t b, uint32_t marked, uint32_t frame, uint32_t subj)
{
    struct qx_quote *q = &d->quote[marked];
    if (q->kind != QN_QUOTES_DIRECT || (q->frame != QX_NONE && d->frame[q->frame].sent == b)) return;
    if (q->rule != QX_R_NONE && q->rule != QX_R_CARRIED && q->rule != QX_R_PREVSENT && q->rule != QX_R_PREVPARA) return;
    q->frame = frame;
    q->subj = subj;
    q->gen_first = q->gen_last = q->person = QX_NONE;
    q->rule = QX_R_NEXT;
    qx_speaker_name(d, q);
}

/* "Der Hafen wird gesperrt. Das teilte die Polizei mit.": the sentence before is the statement. */
static int told_before(struct qx_doc *d, uint32_t s, bool *found)
{
    uint32_t frame, subj = says_so(d, s, &frame), b = s - 1;
    if (subj == QX_NONE || d->sent[b].heading || d->sent[s].para > d->sent[b].para + 1) return 0;
    uint32_t marked = last_marked(d, b);
    *found = true;
    if (marked != QX_NONE) {
        marked_before(d, b, marked, frame, subj);
        return 0;
    }
    struct qx_quote *q = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;
    if (q != NULL && q->kind == QN_QUOTES_INDIRECT && reaches(d, q, b)) {
        if (q->rule != QX_R_CARRIED) return 0;
        if (q->first < at(d, d->sent[b].first)->first) /* told on of somebody else, as long as nobody said so */
            q->last = q->clast = at(d, d->sent[b].first)->first;
        else
            d->nquote--;
    }
    return d->flags & QN_QUOTES_NO_INDIRECT ? 0 : tell(d, b, d->sent[b].last, frame, subj, QX_R_NEXT);
}

/* "Der Hafen wird gesperrt, das teilte die Polizei mit." */
static int told_in_front(struct qx_doc *d, uint32_t s, bool *found)
{
    uint32_t lo = d->sent[s].first, hi = d->sent[s].last;
    for (uint32_t f = d->sent_frame[s], n = 0; f < d->sent_frame[s + 1] && n < FRAMES_MAX; f++, n++) {
        uint32_t vg = d->frame[f].chunk, k = vg + 1;
        if (d->frame[f].subj != QX_NONE || vg < lo + 3 || at(d, vg - 1)->type != QX_C_REL ||
            at(d, vg - 2)->type != QX_C_COMMA || !qx_word_is(d, at(d, vg - 1)->first, "das") ||
            !informs(d, at(d, vg)->head))
            continue;
        while (k + 2 < hi && k < vg + 5 && at(d, k)->type == QX_C_PREP) k += 2; /* "am Montag" */
        if (k >= hi || at(d, k)->type != QX_C_NP || !qx_animate(at(d, k)) || d->tok[at(d, k)->last - 1].pos == QX_P_DET)
            continue;
        *found = true;
        return d->flags & QN_QUOTES_NO_INDIRECT ? 0 : tell(d, s, vg - 2, f, k, QX_R_NEXT);
    }
    return 0;
}

/* The report or the ruling that a sentence brings in last. */
static uint32_t written_in(const struct qx_doc *d, uint32_t s)
{
    for (uint32_t i = d->sent[s].last, n = 0; i-- > d->sent[s].first && n < REGION_MAX; n++)
        if (at(d, i)->type == QX_C_NP && (at(d, i)->flags & (QX_N_DOC | QX_N_SPEECH)) &&
            !(at(d, i)->flags & (QX_N_PRON | QX_N_TIME)))
            return i;
    return QX_NONE;
}

/* "Demnach war die Brücke gesperrt.": by whom the sentence before lets speak, or is about. */
static int told_thereby(struct qx_doc *d, uint32_t s, bool *found)
{
    uint32_t first = at(d, d->sent[s].first)->first, frame = QX_NONE, subj = QX_NONE;
    if (!qx_word_is(d, first, "demnach") || at(d, d->sent[s].last - 1)->last < first + 4) return 0;
    const struct qx_quote *p = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;
    if (p != NULL && p->kind == QN_QUOTES_INDIRECT && reaches(d, p, s - 1)) {
        frame = p->frame;
        subj = p->subj;
    } else {
        uint32_t paper = written_in(d, s - 1), who = about(d, s - 1, &frame);
        subj = who != QX_NONE && (paper != QX_NONE || frame != QX_NONE) ? who : paper;
    }
    if (subj == QX_NONE) return 0;
    *found = true;
    if (d->flags & QN_QUOTES_NO_INDIRECT) return 0;
    int rc = tell(d, s, d->sent[s].last, frame, subj, QX_R_NEXT);
    if (rc == 0) d->quote[d->nquote - 1].first = d->quote[d->nquote - 1].cfirst = first + 1;
    return rc;
}

/* "Der Mann soll gegangen sein", "sollen bestellt haben": so is told what others say; "soll gebaut werden" is a plan.
 */
static bool hearsay(const struct qx_doc *d, uint32_t s)
{
    uint32_t i = d->sent[s].first, hi = d->sent[s].last;
    while (i < hi && i < d->sent[s].first + 16 && at(d, i)->type != QX_C_VG) {
        if (at(d, i)->type == QX_C_SPAN || at(d, i)->type == QX_C_SUB || at(d, i)->type == QX_C_COMMA) return false;
        i++;
    }
    if (i >= hi || at(d, i)->type != QX_C_VG) return false;
    bool should = false;
    for (uint32_t t = at(d, i)->first; t < at(d, i)->last; t++)
        should |= (d->tok[t].lex & QX_F(MODAL)) && (qx_word_is(d, t, "soll") || qx_word_is(d, t, "sollen"));
    if (!should) return false;
    uint32_t from = at(d, i)->last, to = at(d, hi - 1)->last;
    for (uint32_t t = from + 1, n = 0; t < to && n < REGION_MAX; t++, n++) {
        const struct qx_tok *v = &d->tok[t - 1];
        if (!qx_word_is(d, t, "haben") && !qx_word_is(d, t, "sein")) continue;
        if (t + 1 < to && d->tok[t + 1].kind == QX_WORD && !(d->tok[t + 1].lex & QX_F(CONJ))) continue;
        char end = d->text[v->off + v->len - 1];
        if (t > from + 1 && qx_word_is(d, t - 2, "zu")) return false; /* "soll schwer zu finden sein" */
        if (v->kind == QX_WORD && !(v->shape & QX_S_CAP) && (end == 't' || end == 'n')) return true;
    }
    return false;
}

/* What others say, of whom the sentence before let speak, or of nobody. */
static int told_by_others(struct qx_doc *d, uint32_t s, bool *found)
{
    const struct qx_quote *p = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;
    if (s == 0 || p == NULL || p->kind != QN_QUOTES_INDIRECT || p->subj == QX_NONE || p->para + 1 < d->sent[s].para ||
        (p->para != d->sent[s].para && !reaches(d, p, s - 1)) || !hearsay(d, s))
        return 0;
    uint32_t frame = p->frame, subj = p->subj;
    *found = true;
    if (goes_on_behind(d, s, subj)) return 0;
    int rc = tell(d, s, d->sent[s].last, frame, subj, QX_R_NEXT);
    if (rc == 0) d->quote[d->nquote - 1].rule = QX_R_CARRIED;
    return rc;
}

/* Marked words that are told on: by whom the sentence before let speak. */
static struct qx_quote *carried(const struct qx_doc *d, uint32_t chunk)
{
    if (at(d, chunk)->type != QX_C_SPAN || d->span[at(d, chunk)->ref].quote == QX_NONE) return NULL;
    struct qx_quote *q = &d->quote[d->span[at(d, chunk)->ref].quote];
    bool here = q->frame != QX_NONE && d->frame[q->frame].sent == at(d, chunk)->sent;
    return q->kind == QN_QUOTES_PARTIAL && !here && (q->rule == QX_R_CARRIED || q->rule == QX_R_PREVSENT) ? q : NULL;
}

/* "Die Brücke sei „zu schwach“ gewesen.": what stands around such words is told with them, and so are the sentences
 * that were told on before it. */
static bool widened(struct qx_doc *d, uint32_t s)
{
    uint32_t lo = d->sent[s].first, hi = d->sent[s].last, from = at(d, lo)->first;
    bool any = false;
    uint32_t some = lo;
    while (some < hi && carried(d, some) == NULL) some++;
    if (some == hi || !anything_told(d, s) || has_speaker(d, s)) return false;
    const struct qx_quote *p = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;
    bool adds = p != NULL && p->kind == QN_QUOTES_INDIRECT && p->rule == QX_R_CARRIED && p->last == from &&
                p->para == d->sent[s].para;
    uint32_t begin = adds ? p->first : from, subj = adds ? p->subj : QX_NONE;
    adds = false;
    for (uint32_t i = some, n = 0; i < hi && n < REGION_MAX; i++, n++) {
        struct qx_quote *q = carried(d, i);
        if (q == NULL || q->cfirst != d->span[q->span].open) continue;
        adds |= q->subj == subj;
        q->cfirst = q->subj == subj ? begin : from;
        q->clast = at(d, hi - 1)->last;
        any = true;
    }
    d->nquote -= adds && begin != from;
    return any;
}

/* A sentence told on behind marked words that are told on themselves is a part of their statement. */
static bool widens(struct qx_doc *d, uint32_t s)
{
    uint32_t from = at(d, d->sent[s].first)->first, to = at(d, d->sent[s].last - 1)->last;
    bool any = false;
    if (d->sent[s - 1].para != d->sent[s].para || !anything_told(d, s) || has_speaker(d, s)) return false;
    for (uint32_t i = d->sent[s - 1].last, n = 0; i-- > d->sent[s - 1].first && n < REGION_MAX; n++) {
        struct qx_quote *q = carried(d, i);
        if (q == NULL || q->clast != from) continue;
        q->clast = to;
        any = true;
    }
    return any;
}

int qx_told_on(struct qx_doc *d, uint32_t s)
{
    bool found = false;
    if (d->sent[s].marks && widened(d, s)) return 0;
    int rc = d->sent[s].cue ? told_in_front(d, s, &found) : 0;
    if (rc == 0 && !found && s > 0) rc = told_before(d, s, &found);
    if (rc == 0 && !found && s > 0) rc = told_thereby(d, s, &found);
    if (rc == 0 && !found) rc = told_by_others(d, s, &found);
    if (rc != 0 || found || s == 0) return rc;
    uint32_t last = d->nquote;
    if (last > 0 && d->quote[last - 1].kind == QN_QUOTES_INDIRECT && !rumoured(d, &d->quote[last - 1]) &&
        reaches(d, &d->quote[last - 1], s - 1))
        return tell_on(d, s, last - 1); /* the statement before: of the sentence before, or told on there */
    if (d->sent[s - 1].marks && widens(d, s)) return 0;
    uint32_t marked = last_marked(d, s - 1);
    return marked == QX_NONE ? tell_of(d, s) : tell_on(d, s, marked);
}
