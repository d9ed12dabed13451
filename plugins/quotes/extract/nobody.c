/*
 * Statements that nobody is named for: "he was said to be ill", "the firm was accused of hiding it", "they were told
 * that …", "es wird vermutet, dass …". What stands in another statement or in marks is left alone.
 */
#include "qx.h"

#include <string.h>

#define REGION_MAX 60u /* chunks of a statement looked at */
#define FRAMES_MAX 64u
#define VERBS_MAX  16u /* passives of a sentence looked at */

static bool by(const struct qx_doc *d, uint32_t i)
{
    return d->chunk[i].type == QX_C_PREP && qx_word_is_small(d, d->chunk[i].first, "by");
}

/* What the statement behind the passive is built like, if there is one; *from becomes its first chunk. */
static uint8_t statement(const struct qx_doc *d, uint32_t vg, uint32_t hi, uint32_t *from)
{
    const struct qx_chunk *c = &d->chunk[vg];
    uint64_t w = d->tok[c->head].lex;
    uint32_t i = vg + 1;
    while (i < hi && d->chunk[i].type == QX_C_ADV) i++;
    if (i + 1 >= hi) return QX_CL_NONE;
    const struct qx_chunk *n = &d->chunk[i];
    *from = i;
    if (n->type == QX_C_SUB && (w & QX_F(SAY)) &&
        (qx_word_is_small(d, n->first, "that") || qx_word_is_small(d, n->first, "whether") ||
         qx_word_is_small(d, n->first, "if")))
        return QX_CL_THAT;
    bool to = n->type == QX_C_VG ? (n->flags & QX_V_TO) != 0
                                 : n->type == QX_C_PREP && qx_word_is_small(d, n->first, "to") && n[1].type == QX_C_VG;
    if (to && (w & QX_F(SAY)) && !(w & QX_F(TELL))) return QX_CL_TO;
    if (n->type != QX_C_PREP || !(w & QX_F(CALL)) ||
        !(qx_word_is_small(d, n->first, "of") || qx_word_is_small(d, n->first, "for")))
        return QX_CL_NONE;
    *from = i + !qx_word_is_small(d, n->first, "for");
    return QX_CL_OTHER;
}

static bool framed(const struct qx_doc *d, uint32_t sent, uint32_t vg)
{
    for (uint32_t f = d->sent_frame[sent], n = 0; f < d->sent_frame[sent + 1] && n < FRAMES_MAX; f++, n++)
        if (d->frame[f].chunk == vg) return true;
    return false;
}

static bool holds_word(const struct qx_doc *d, const struct qx_chunk *c, const char *word)
{
    for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++)
        if (qx_word_is_small(d, t, word)) return true;
    return false;
}

/* "wurde bekannt, dass …" */
static bool became_known(const struct qx_doc *d, const struct qx_chunk *c)
{
    static const char *const all[] = { "wurde", "wird", "werde", "geworden" };
    uint64_t any = 0;
    for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++) any |= d->tok[t].lex;
    if (!(any & QX_F(CUE)) || !holds_word(d, c, "bekannt")) return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (holds_word(d, c, all[k])) return true;
    return false;
}

/* "wird vermutet, dass …", "wurde ihm vorgeworfen, … zu haben". */
static uint8_t german_statement(const struct qx_doc *d, uint32_t vg, uint32_t hi, uint32_t *from)
{
    uint32_t i = vg + 1, sent = d->chunk[vg].sent;
    if (!became_known(d, &d->chunk[vg]) &&
        (!(d->tok[d->chunk[vg].head].lex & QX_F(VPP)) || !qx_german_passive(d, vg) || framed(d, sent, vg)))
        return QX_CL_NONE;
    while (i < hi && i < vg + 7 && d->chunk[i].type != QX_C_COMMA && d->chunk[i].type != QX_C_SPAN) i++;
    if (i + 2 >= hi || d->chunk[i].type != QX_C_COMMA) return QX_CL_NONE;
    *from = ++i;
    if (d->chunk[i].type == QX_C_SUB)
        return qx_word_is_small(d, d->chunk[i].first, "dass") || qx_word_is_small(d, d->chunk[i].first, "ob")
                   ? QX_CL_THAT
                   : QX_CL_NONE;
    if (d->chunk[i].type == QX_C_REL || qx_word_is_small(d, d->chunk[i].first, "um")) return QX_CL_NONE;
    for (; i + 1 < hi && i < *from + 12 && d->chunk[i].type != QX_C_COMMA; i++)
        if ((d->chunk[i].type == QX_C_VG && (d->chunk[i].flags & QX_V_TO)) ||
            (d->chunk[i].type == QX_C_PREP && qx_word_is_small(d, d->chunk[i].first, "zu") &&
             d->chunk[i + 1].type == QX_C_VG))
            return QX_CL_TO;
    return QX_CL_NONE;
}

/* One past the last chunk of the statement; from where it names who said it after all. */
static uint32_t statement_end(const struct qx_doc *d, uint32_t from, uint32_t hi)
{
    uint32_t e = from;
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    for (; e < hi && e - from < REGION_MAX; e++) {
        uint8_t t = d->chunk[e].type;
        if (t == QX_C_STOP || t == QX_C_SEMI || t == QX_C_COLON || t == QX_C_SPAN || (!german && t == QX_C_DASH)) break;
        if (!german && by(d, e)) return from;
        if (!german && t == QX_C_COMMA && e + 1 < hi && d->chunk[e + 1].type != QX_C_ADV) break;
    }
    return e < hi && d->chunk[e].type == QX_C_SPAN ? from : e;
}

/* Whether a quotation found before reaches to these tokens. */
static bool taken(const struct qx_doc *d, uint32_t first, uint32_t last, uint32_t sent)
{
    uint32_t from = d->chunk[d->sent[sent].first].first;
    for (uint32_t q = d->nquote, n = 0; q-- > 0 && n < VERBS_MAX; n++) {
        if (d->quote[q].span != QX_NONE) break; /* those in marks come first */
        if (d->quote[q].cfirst < from) break;
        if (d->quote[q].cfirst < last && first < d->quote[q].clast) return true;
    }
    return false;
}

static int add(struct qx_doc *d, uint32_t vg, uint32_t from, uint32_t end, uint8_t clause)
{
    const struct qx_chunk *c = &d->chunk[vg];
    if (!QX_ROOM(d, quote) || !QX_ROOM(d, frame)) return QN_QUOTES_ENOMEM;
    d->frame[d->nframe] = (struct qx_frame){
        .cue_first = c->first,
        .cue_last = c->last,
        .own_first = QX_NONE,
        .own_last = QX_NONE,
        .chunk = vg,
        .subj = QX_NONE,
        .sent = c->sent,
        .lex = d->tok[c->head].lex,
        .kind = QX_FR_PASSIVE,
    };
    d->quote[d->nquote++] = (struct qx_quote){
        .first = d->chunk[from].first,
        .last = d->chunk[end - 1].last,
        .cfirst = d->chunk[from].first,
        .clast = d->chunk[end - 1].last,
        .span = QX_NONE,
        .frame = d->nframe++,
        .subj = QX_NONE,
        .gen_first = QX_NONE,
        .gen_last = QX_NONE,
        .person = QX_NONE,
        .para = d->sent[c->sent].para,
        .kind = QN_QUOTES_INDIRECT,
        .rule = QX_R_CLAUSE,
        .clause = clause,
    };
    return 0;
}

/* German "Berichte, wonach er gehen wolle": the report or the rumour whose words they are, or QX_NONE. */
static uint32_t reported_in(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    if (i == lo || d->chunk[i - 1].type != QX_C_COMMA || !qx_word_is(d, d->chunk[i].first, "wonach")) return QX_NONE;
    for (uint32_t k = i - 1, n = 0; k-- > lo && n < 16; n++)
        if (d->chunk[k].type == QX_C_NP && (d->chunk[k].flags & (QX_N_DOC | QX_N_SPEECH)) &&
            !(d->chunk[k].flags & QX_N_PRON))
            return k;
    return QX_NONE;
}

/* A statement whose source is a noun phrase. */
static int of_source(struct qx_doc *d, uint32_t cue, uint32_t from, uint32_t end, uint32_t who, uint8_t kind)
{
    if (taken(d, d->chunk[from].first, d->chunk[end - 1].last, d->chunk[cue].sent)) return 0;
    int rc = add(d, cue, from, end, QX_CL_OTHER);
    if (rc != 0) return rc;
    struct qx_frame *f = &d->frame[d->nframe - 1];
    struct qx_quote *q = &d->quote[d->nquote - 1];
    f->kind = kind;
    f->lex |= QX_F(ATTRIB);
    f->strong = 1;
    q->subj = f->subj = who;
    q->rule = kind == QX_FR_NOUN ? QX_R_NOUN : QX_R_ACCORDING;
    qx_speaker_name(d, q);
    return 0;
}

static int whereupon(struct qx_doc *d, uint32_t i, uint32_t hi, uint32_t subj)
{
    uint32_t end = i + 1;
    while (end < hi && end < i + REGION_MAX && d->chunk[end].type != QX_C_STOP && d->chunk[end].type != QX_C_COMMA)
        end++;
    return end < i + 3 ? 0 : of_source(d, i, i + 1, end, subj, QX_FR_ACCORDING);
}

/* Whose "der Vorwurf der Partei, er habe gelogen" is, or "wies das mit der Begründung zurück, …"; *from is then the
 * first chunk of the statement. */
static uint32_t whose_noun(const struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi, uint32_t *from)
{
    uint32_t k = i + 1, who = QX_NONE;
    bool with = i > lo && d->chunk[i - 1].type == QX_C_PREP && qx_word_is(d, d->chunk[i - 1].first, "mit");
    if (with) {
        for (uint32_t v = i - 1, n = 0; v-- > lo && n < 12 && who == QX_NONE; n++)
            if (d->chunk[v].type == QX_C_VG && !(d->tok[d->chunk[v].first].lex & QX_F(KONJ))) who = d->chunk[v].ref;
        if (k < hi && (d->chunk[k].type == QX_C_VG || d->chunk[k].type == QX_C_ADV)) k++;
    } else if ((k = qx_german_past_owner(d, i + 1, hi)) > i + 1) {
        who = i + 1;
    } else if (k + 1 < hi && d->chunk[k].type == QX_C_PREP && qx_word_is(d, d->chunk[k].first, "von") &&
               d->chunk[k + 1].type == QX_C_NP) {
        who = k + 1;
        k += 2;
    }
    if (who == QX_NONE || k + 2 >= hi || d->chunk[k].type != QX_C_COMMA) return QX_NONE;
    *from = k + 1;
    return who;
}

/* The statement of a noun, up to the comma that ends it: "dass …", or a clause in the subjunctive. */
static int noun_statement(struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi)
{
    uint32_t from = 0, who = whose_noun(d, i, lo, hi, &from), end = from;
    if (who == QX_NONE) return 0;
    bool told = d->chunk[from].type == QX_C_SUB && qx_word_is(d, d->chunk[from].first, "dass");
    if (!told && d->chunk[from].type != QX_C_NP && d->chunk[from].type != QX_C_ADV) return 0;
    for (; end < hi && end < from + REGION_MAX; end++) {
        uint8_t t = d->chunk[end].type;
        if (t == QX_C_STOP || t == QX_C_SEMI || t == QX_C_COLON || (t == QX_C_COMMA && end > from + 1)) break;
        for (uint32_t v = d->chunk[end].first; t == QX_C_VG && v < d->chunk[end].last; v++)
            told |= (d->tok[v].lex & QX_F(KONJ)) != 0;
    }
    return told && end > from + 1 ? of_source(d, i, from, end, who, QX_FR_NOUN) : 0;
}

/* German: a statement whose source is a noun phrase, at a word that begins or holds it. */
__attribute__((noinline)) static int named_source(struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (c->type == QX_C_NP && (c->flags & QX_N_SPEECH)) return noun_statement(d, i, lo, hi);
    uint32_t report = c->type == QX_C_SUB ? reported_in(d, i, lo) : QX_NONE;
    return report != QX_NONE ? whereupon(d, i, hi, report) : 0;
}

int qx_nobody_find(struct qx_doc *d, uint32_t s)
{
    uint32_t hi = d->sent[s].last, n = 0;
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    if (!d->sent[s].cue || (!german && !d->sent[s].told) || (d->flags & QN_QUOTES_NO_INDIRECT)) return 0;
    for (uint32_t i = d->sent[s].first; i + 2 < hi && n < VERBS_MAX; i++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type != QX_C_VG) {
            if (!german || (c->type != QX_C_SUB && !(c->type == QX_C_NP && (c->flags & QX_N_SPEECH)))) continue;
            int rc = named_source(d, i, d->sent[s].first, hi);
            if (rc != 0) return rc;
            continue;
        }
        const uint64_t verbs = QX_F(SAY) | (german ? QX_F(THINK) : QX_F(CALL));
        if ((!german && !(c->flags & QX_V_PASSIVE)) ||
            (!(d->tok[c->head].lex & verbs) && !(german && became_known(d, c))))
            continue;
        uint32_t from = i, end;
        n++;
        uint8_t clause = german ? german_statement(d, i, hi, &from) : statement(d, i, hi, &from);
        if (clause == QX_CL_NONE || (end = statement_end(d, from, hi)) < from + 1) continue;
        if (taken(d, d->chunk[from].first, d->chunk[end - 1].last, s)) continue;
        int rc = add(d, i, from, end, clause);
        if (rc != 0) return rc;
    }
    return 0;
}
