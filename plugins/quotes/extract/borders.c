/*
 * Languages of which only few verbs are in the lists, French, Spanish, Czech and Russian: what was said is told by its
 * borders and not by its verb. "a annoncé que …", "…, anunció X", and with a comma in front of the clause, "oznámil, že
 * …", "сказал, что …".
 */
#include "qx.h"

#define BEHIND_MAX 16u  /* chunks between the verb and its clause: who is told, when and where */
#define CLAUSE_MAX 200u /* chunks of a statement looked at */

static const struct qx_chunk *at(const struct qx_doc *d, uint32_t i)
{
    return &d->chunk[i];
}

/* What a clause that was said can begin with: "že", "jak", "что". */
static bool opens(const struct qx_doc *d, uint32_t i)
{
    return (d->tok[at(d, i)->first].lex & QX_F(CLAUSAL)) != 0;
}

/* "Když přišel,", "Пока он ждал,": the clause in front only leads up to the verb. */
static bool leads_up(const struct qx_doc *d, uint32_t i)
{
    return (d->tok[at(d, i)->first].lex & (QX_F(SUB) | QX_F(REL) | QX_F(CLAUSAL))) != 0;
}

/* "l'a dit", "mu řekl", "la dijo": whom or what it was said to. */
static bool is_object(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = at(d, i);
    const struct qx_tok *t = &d->tok[c->first];
    return (t->lex & QX_F(OBJ)) || (c->type == QX_C_NP && c->last - c->first == 1 && t->pos == QX_P_DET);
}

/* "Jak řekl ministr, …", "Comme l'a dit Jean Dupont, …": the first comma behind ends the cue. */
static bool as_said(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first, i = lo + 1;
    while (i < f->chunk && (at(d, i)->type == QX_C_ADV || is_object(d, i))) i++;
    return i == f->chunk && leads_up(d, lo) && f->subj > f->chunk;
}

/* Behind a comma a clause begins that belongs to the one before it. */
static bool goes_under(const struct qx_doc *d, uint32_t i)
{
    uint32_t k = at(d, i)->type == QX_C_PREP || at(d, i)->type == QX_C_CONJ ? i + 1 : i;
    return k < d->nchunk && leads_up(d, k);
}

/* under: "Když tvrdil, že nemá, …": what follows the next comma is the sentence's own. */
static uint32_t clause_end(const struct qx_doc *d, uint32_t from, uint32_t hi, bool under)
{
    uint32_t e = from;
    for (; e < hi && e - from < CLAUSE_MAX && at(d, e)->type != QX_C_STOP && at(d, e)->type != QX_C_SEMI; e++) {
        if (at(d, e)->type == QX_C_COLON && e + 1 < hi && at(d, e + 1)->type == QX_C_SPAN)
            break; /* its own statement */
        if (under && at(d, e)->type == QX_C_COMMA && e > from && e + 1 < hi && !goes_under(d, e + 1)) break;
    }
    return e;
}

/* "Když on tvrdil, …": the verb is that of a clause in front. */
static bool starts_under(const struct qx_doc *d, const struct qx_frame *f)
{
    uint32_t lo = d->sent[f->sent].first;
    for (uint32_t i = lo; i < f->chunk && i < lo + BEHIND_MAX; i++)
        if (at(d, i)->type == QX_C_COMMA) return false;
    return leads_up(d, lo);
}

/* Whether what was said begins at i + 1: "a dit mardi que", "řekl novinářům v Praze, že", "сказал им:". */
static bool begins(const struct qx_doc *d, uint32_t i, bool as)
{
    uint8_t t = at(d, i)->type;
    if (t == QX_C_COLON) return at(d, i + 1)->type != QX_C_SPAN;
    if (t == QX_C_COMMA) return as || ((d->lex->grammar & QX_G_COMMA_CLAUSE) && opens(d, i + 1));
    return !(d->lex->grammar & QX_G_COMMA_CLAUSE) && opens(d, i + 1);
}

static bool behind(const struct qx_doc *d, const struct qx_frame *f, uint32_t *first, uint32_t *end)
{
    uint32_t hi = d->sent[f->sent].last, i = f->subj > f->chunk ? f->subj : f->chunk;
    bool as = as_said(d, f), under = !as && starts_under(d, f);
    for (uint32_t n = 0; i + 1 < hi && n < BEHIND_MAX; n++, i++) {
        uint8_t t = at(d, i)->type;
        if (t == QX_C_STOP || t == QX_C_SEMI || t == QX_C_SPAN || (t == QX_C_VG && n > 1)) return false;
        bool said = begins(d, i, as);
        if (t == QX_C_COMMA && !said && goes_under(d, i + 1)) return false; /* "napsal dopis, v němž …" */
        if (!said) continue;
        *first = i + 1;
        *end = clause_end(d, i + 1, hi, under);
        return *end > *first;
    }
    return false;
}

/* "Novák, který tam byl, napsal dopis": the sentence begins with its subject and a clause about it. */
static bool subject_and_clause(const struct qx_doc *d, uint32_t lo, uint32_t verb)
{
    if (lo + 3 >= verb || at(d, lo)->type != QX_C_NP || at(d, lo + 1)->type != QX_C_COMMA) return false;
    uint32_t rel = lo + 2 + (at(d, lo + 2)->type == QX_C_PREP);
    return (d->tok[at(d, rel)->first].lex & QX_F(REL)) != 0;
}

/* "…, řekl X." — "…, - говорит X, - …" stands between marks and is not ours. */
static bool before(const struct qx_doc *d, const struct qx_frame *f, uint32_t *first, uint32_t *end)
{
    uint32_t lo = d->sent[f->sent].first, e = f->chunk;
    if (f->dir != 1 || f->used || e < lo + 2 || at(d, e - 1)->type != QX_C_COMMA || leads_up(d, lo) ||
        subject_and_clause(d, lo, e))
        return false;
    e--;
    uint32_t b = e;
    while (b > lo && e - b < CLAUSE_MAX && at(d, b - 1)->type != QX_C_SEMI) {
        if (at(d, b - 1)->type == QX_C_SPAN) return false;
        b--;
    }
    while (b < e && (at(d, b)->type == QX_C_COMMA || at(d, b)->type == QX_C_CONJ)) b++;
    if (b >= e || at(d, e - 1)->last - at(d, b)->first < QX_FRONT_MIN) return false;
    *first = b;
    *end = e;
    return true;
}

bool qx_border_statement(const struct qx_doc *d, const struct qx_frame *f, uint32_t *first, uint32_t *end)
{
    if (!(f->lex & QX_F(SAY)) || (f->lex & QX_F(CALL))) return false;
    return behind(d, f, first, end) || before(d, f, first, end);
}

/* A noun phrase that can say something: not when it was, nor whom it was told. */
static bool can_speak(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = at(d, i);
    return c->type == QX_C_NP && !((c->flags & QX_N_TIME) && !(c->flags & (QX_N_PERSON | QX_N_ROLE))) &&
           !is_object(d, i) && !opens(d, i) && !(c->flags & QX_N_NUM);
}

/* "z Německa ruský prezident Boris Jelcin": without their cases two noun phrases look like one. */
static bool names_somebody(const struct qx_doc *d, uint32_t i)
{
    return can_speak(d, i) && (at(d, i)->flags & (QX_N_PERSON | QX_N_ROLE)) && at(d, i)->last - at(d, i)->first > 1;
}

/* "řekl včera v Praze mluvčí": past when, where and to whom. */
static uint32_t subject_behind(const struct qx_doc *d, uint32_t vg)
{
    uint32_t hi = d->sent[at(d, vg)->sent].last, instead = QX_NONE;
    for (uint32_t i = vg + 1; i < hi && i < vg + BEHIND_MAX; i++) {
        uint8_t t = at(d, i)->type;
        if (can_speak(d, i)) return i;
        if (opens(d, i)) break;
        if (t == QX_C_PREP && i + 1 < hi && at(d, i + 1)->type == QX_C_NP) {
            if (names_somebody(d, ++i)) instead = i;
        } else if (t != QX_C_ADV && t != QX_C_NP) {
            break;
        }
    }
    return instead;
}

/* "Le porte-parole de la police, Jean Dupont,": the sentence begins with it, and the comma at i is not the first. */
static bool has_apposition(const struct qx_doc *d, uint32_t lo, uint32_t i)
{
    uint32_t k = lo + 1;
    while (k + 1 < i && k < lo + BEHIND_MAX && at(d, k)->type == QX_C_PREP && at(d, k + 1)->type == QX_C_NP) k += 2;
    return k < i && at(d, k)->type == QX_C_COMMA && can_speak(d, lo);
}

/* "Starosta později v deníku uvedl": back past where and when to who stands without a preposition. "X, ředitel banky,
 * uvedl": the sentence begins with its subject. */
static uint32_t subject_before(const struct qx_doc *d, uint32_t vg)
{
    uint32_t lo = d->sent[at(d, vg)->sent].first, i = vg, instead = QX_NONE;
    for (uint32_t n = 0; i > lo && n < BEHIND_MAX; n++) {
        const struct qx_chunk *c = at(d, --i);
        if (c->type == QX_C_NP && i > lo && at(d, i - 1)->type == QX_C_PREP) {
            if (instead == QX_NONE && names_somebody(d, i)) instead = i;
            i--;
        } else if (can_speak(d, i)) {
            return i;
        } else if (c->type == QX_C_COMMA) {
            return instead == QX_NONE && has_apposition(d, lo, i) ? lo : instead;
        } else if (c->type != QX_C_ADV && c->type != QX_C_NP && c->type != QX_C_LPAR && c->type != QX_C_SPAN &&
                   !(c->type == QX_C_CONJ && i > lo && (at(d, i - 1)->flags & (QX_N_PERSON | QX_N_ROLE)))) {
            break;
        }
    }
    return instead;
}

uint32_t qx_border_subject(const struct qx_doc *d, uint32_t vg, bool *after)
{
    uint32_t i = vg, lo = d->sent[at(d, vg)->sent].first;
    while (i > lo && (at(d, i - 1)->type == QX_C_ADV || is_object(d, i - 1))) i--;
    uint8_t t = i > lo ? at(d, i - 1)->type : QX_C_STOP;
    *after = false;
    if (t == QX_C_COMMA && subject_and_clause(d, lo, i) && can_speak(d, lo)) return lo;
    bool inverted = t == QX_C_COMMA || t == QX_C_DASH || t == QX_C_SPAN || t == QX_C_STOP || t == QX_C_SUB;
    uint32_t behind = inverted ? subject_behind(d, vg) : QX_NONE;
    *after = behind != QX_NONE;
    return *after ? behind : subject_before(d, vg);
}
