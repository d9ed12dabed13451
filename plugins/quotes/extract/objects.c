/*
 * English: objects that are statements. "spoke of her work", "pointed to the poll", "worry about the plan": those
 * behind a preposition, only asked of verbs that the list says have one (ABOUT); and what a passive tells of.
 */
#include "objects.h"

#define REGION_MAX 60u /* chunks of a statement looked at */
#define LIST_MAX   40u
#define FAR_MAX    14u /* chunks between a verb and its clause */

/* A preposition and the beginnings of the verbs that take it; NULL: all of the list. */
struct object {
    const char *prep, *verbs;
};

static const struct object objects[] = {
    { "about", NULL },
    { "of", "spe spo tal war com boa spe" },
    { "against", "spe spo war arg rai" },
    { "to", "poi all adm con obj tes" },
    { "on", "com rem ela exp agr" },
    { "for", "hop arg apo" },
    { "in", "bel" },
    { "with", "agr dis con" },
};

/* Whether one of the words has these first letters. */
static bool begins(const char *words, const char *with)
{
    for (const char *w = words; *w != '\0'; w += 3) {
        if (*w == ' ') w++;
        if ((with[0] | 32) == w[0] && with[1] == w[1] && with[2] == w[2]) return true;
    }
    return false;
}

static bool takes(const struct qx_doc *d, const struct qx_frame *f, uint32_t prep)
{
    const char *verb = d->text + d->tok[d->chunk[f->chunk].head].off;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
        if (qx_word_is(d, d->chunk[prep].first, objects[i].prep))
            return objects[i].verbs == NULL || begins(objects[i].verbs, verb);
    return false;
}

/* A clause about when or why: "his gifts as a speaker" has none, "his gifts as she sees them" has. */
bool qx_when_or_why(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    uint32_t t = d->chunk[i].first;
    return qx_word_is(d, t, "because") || qx_word_is(d, t, "when") || qx_word_is(d, t, "while") ||
           (qx_word_is(d, t, "as") && i + 2 < hi && d->chunk[i + 2].type == QX_C_VG);
}

/* Where the object ends: at a sign, at another verb of the speaker's, at what says when or why. */
static bool ends(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    switch (c->type) {
    case QX_C_STOP:
    case QX_C_SEMI:
    case QX_C_COLON:
    case QX_C_DASH:
    case QX_C_RPAR:
        return true;
    case QX_C_COMMA:
        return !(i + 1 < hi && d->chunk[i + 1].type == QX_C_SPAN) && !qx_list_goes_on(d, i, hi);
    case QX_C_CONJ:
        return i + 1 < hi && d->chunk[i + 1].type == QX_C_VG && (d->chunk[i + 1].flags & QX_V_FINITE);
    case QX_C_SUB:
        return qx_when_or_why(d, i, hi);
    default:
        return false;
    }
}

/* "spoke to reporters in Iowa on Monday about …": past whom, where and when to "about". */
static uint32_t further_on(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    for (uint32_t n = 0; i + 2 < hi && n < 4; n++) {
        if (d->chunk[i].type == QX_C_PREP && qx_word_is(d, d->chunk[i].first, "about")) return i;
        if (d->chunk[i].type == QX_C_PREP && d->chunk[i + 1].type == QX_C_NP)
            i += 2;
        else if (d->chunk[i].type == QX_C_ADV || (d->chunk[i].type == QX_C_NP && (d->chunk[i].flags & QX_N_TIME)))
            i++;
        else
            break;
    }
    return hi;
}

uint32_t qx_object_behind(const struct qx_doc *d, const struct qx_frame *f, uint32_t *end)
{
    uint32_t hi = d->sent[f->sent].last, i = f->chunk + 1;
    if (f->kind == QX_FR_PASSIVE || f->subj > f->chunk || (f->kind == QX_FR_TO && (f->lex & QX_F(THINK))))
        return QX_NONE;
    while (i < hi && d->chunk[i].type == QX_C_ADV) i++;
    if (i + 1 < hi && (f->lex & QX_F(TELL)) && d->chunk[i].type == QX_C_NP && qx_hears(d, i))
        i++; /* "warned us about" */
    if (i + 1 < hi && d->chunk[i].type == QX_C_PREP && !takes(d, f, i)) i = further_on(d, i, hi);
    if (i + 1 >= hi || d->chunk[i].type != QX_C_PREP || !takes(d, f, i)) return QX_NONE;
    const struct qx_chunk *c = &d->chunk[++i];
    if (c->type != QX_C_NP && c->type != QX_C_SUB && c->type != QX_C_REL &&
        !(c->type == QX_C_VG && (c->flags & QX_V_ING)))
        return QX_NONE;
    if (c->type == QX_C_NP && (c->flags & (QX_N_TIME | QX_N_NUM))) return QX_NONE;
    if (c->type == QX_C_NP && (c->flags & QX_N_PLACE) && qx_word_is(d, c[-1].first, "to"))
        return QX_NONE; /* "workers moved to the northern mills" */
    uint32_t e = i + 1;
    while (e < hi && e - i < REGION_MAX && !ends(d, e, hi)) e++;
    if (e == i + 1 && (c->flags & QX_N_PRON)) return QX_NONE; /* "agreed with him": nothing is told of it */
    *end = e;
    return i;
}

/* "The sale was confirmed by the bank": what a sentence begins with and a passive tells of. */
bool qx_what_was(const struct qx_doc *d, const struct qx_frame *f, uint32_t *first, uint32_t *end)
{
    uint32_t lo = d->sent[f->sent].first, i = f->chunk;
    if (f->kind != QX_FR_PASSIVE || !f->strong || f->used || (d->lex->grammar & QX_G_VERB_SECOND) ||
        !(d->chunk[f->chunk].flags & QX_V_PASSIVE) || f->subj < f->chunk || i == lo ||
        !(d->chunk[f->subj].flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG)))
        return false;
    while (i > lo && d->chunk[i - 1].type == QX_C_ADV) i--;
    if (i == lo || d->chunk[i - 1].type != QX_C_NP || (d->chunk[i - 1].flags & QX_N_TIME)) return false;
    uint32_t np = qx_subject_chain(d, i - 1);
    if (np != lo || (d->chunk[np].flags & QX_N_PRON)) return false;
    *first = np;
    *end = i;
    return true;
}

/* "states": one word, and a noun as well as a verb. */
static bool noun_too(const struct qx_doc *d, const struct qx_frame *f)
{
    const uint64_t nouns = QX_F(NOUN) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(ORG) | QX_F(DOC);
    const struct qx_chunk *v = &d->chunk[f->chunk];
    return (f->lex & QX_F(V3S)) && (f->lex & nouns) && v->last == v->first + 1;
}

/* "three river states that have suffered", "the rules that were made": a noun after all, and a clause about it. */
bool qx_about_noun(const struct qx_doc *d, const struct qx_frame *f, uint32_t i)
{
    uint32_t hi = d->sent[f->sent].last;
    return i == f->chunk + 1 && i + 1 < hi && d->chunk[i + 1].type == QX_C_VG &&
           (d->chunk[i + 1].flags & QX_V_FINITE) && noun_too(d, f) && qx_word_is(d, d->chunk[i].first, "that");
}

bool qx_hears(const struct qx_doc *d, uint32_t i)
{
    return (d->chunk[i].flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_PRON | QX_N_PLACE)) != 0;
}

/* "told a story", "urged caution": not to whom, but what; "told a news conference they …" is to whom. */
bool qx_told_itself(const struct qx_doc *d, uint32_t i)
{
    const uint64_t things = QX_F(NOUN) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(DOC);
    uint32_t hi = d->sent[d->chunk[i].sent].last;
    if (!(d->lex->grammar & QX_G_ENGLISH) || qx_hears(d, i) || !(d->tok[d->chunk[i].head].lex & things)) return false;
    return i + 1 >= hi || (d->chunk[i + 1].type != QX_C_SUB && d->chunk[i + 1].type != QX_C_NP);
}

/* "says, however, that …", "told the head of the panel, a friend, that …": when, where and to whom stand between the
 * verb and its clause. */
static uint32_t far_that(const struct qx_doc *d, const struct qx_frame *f, uint32_t i)
{
    uint32_t hi = d->sent[f->sent].last;
    bool told = false; /* to somebody */
    if (!(f->lex & QX_F(SAY)) || f->subj > f->chunk || f->kind == QX_FR_NOUN || f->used) return QX_NONE;
    for (uint32_t k = f->chunk + 1; k + 1 < hi && k < f->chunk + FAR_MAX; k++) {
        const struct qx_chunk *c = &d->chunk[k];
        uint8_t before = c[-1].type;
        if (c->type == QX_C_SUB)
            return k >= i && (before != QX_C_NP || told || (c[-1].flags & QX_N_TIME)) &&
                           qx_word_is(d, c->first, "that") && c[1].type != QX_C_VG
                       ? k
                       : QX_NONE;
        if (c->type == QX_C_NP && !(c->flags & QX_N_TIME) && before != QX_C_PREP &&
            !(told && (before == QX_C_COMMA || before == QX_C_CONJ))) {
            if (told || !(f->lex & QX_F(TELL)) || k != f->chunk + 1 || !qx_hears(d, k)) return QX_NONE;
            told = true;
        }
        if (c->type == QX_C_VG || c->type == QX_C_REL || c->type == QX_C_SPAN || c->type == QX_C_STOP ||
            c->type == QX_C_SEMI || c->type == QX_C_COLON)
            return QX_NONE;
    }
    return QX_NONE;
}

uint32_t qx_clause_start(const struct qx_doc *d, const struct qx_frame *f, uint32_t i)
{
    uint32_t hi = d->sent[f->sent].last;
    if (f->kind == QX_FR_NOUN) /* "his statement on Wednesday that" */
        while (i + 2 < hi && i < f->chunk + 5 && d->chunk[i].type == QX_C_PREP && d->chunk[i + 1].type == QX_C_NP)
            i += 2;
    if (d->chunk[i].type == QX_C_SUB) return i;
    uint32_t that = far_that(d, f, i);
    return that != QX_NONE ? that : i;
}

/* "higher taxes, lower rents and a new bridge": the comma e parts the items of a list, whose last has "and" before it.
 */
bool qx_list_goes_on(const struct qx_doc *d, uint32_t e, uint32_t hi)
{
    bool last = false;
    if ((d->lex->grammar & QX_G_VERB_SECOND) || e + 1 >= hi || d->chunk[e + 1].type != QX_C_NP) return false;
    for (uint32_t k = e + 1; k < hi && k < e + LIST_MAX; k++) {
        const struct qx_chunk *c = &d->chunk[k];
        switch (c->type) {
        case QX_C_CONJ:
            if (k + 1 >= hi || d->chunk[k + 1].type != QX_C_NP) return false;
            last = true;
            break;
        case QX_C_NP:
            if (c->flags & QX_N_PRON) return false;
            break;
        case QX_C_COMMA:
            if (last) return true;
            if (k + 1 < hi && d->chunk[k + 1].type == QX_C_CONJ) break;
            if (k + 1 >= hi || d->chunk[k + 1].type != QX_C_NP) return false;
            break;
        case QX_C_PREP:
        case QX_C_ADV:
        case QX_C_LPAR:
        case QX_C_RPAR:
            break;
        case QX_C_STOP:
            return last;
        default:
            return false;
        }
    }
    return last;
}

/* "to be", "to forcibly deport": an infinitive whose "to" was read as a preposition. */
bool qx_infinitive(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (c->type != QX_C_PREP || i + 1 >= hi || !(d->lex->grammar & QX_G_ENGLISH) || !qx_word_is(d, c->first, "to"))
        return false;
    if (c[1].type == QX_C_VG) return !(c[1].flags & QX_V_ING);
    const struct qx_tok *t = &d->tok[c[1].last - 1];
    return c[1].type == QX_C_ADV && t->len > 4 && memcmp(d->text + t->off + t->len - 2, "ly", 2) == 0;
}

/* "announced a deal, …": an object is no clause, and ends sooner. */
bool qx_object_ends(const struct qx_doc *d, uint32_t e, uint32_t hi)
{
    uint8_t t = d->chunk[e].type;
    const struct qx_chunk *before = &d->chunk[e - 1];
    if (before->type == QX_C_SPAN && (before->flags & (QX_Q_COMMA | QX_Q_STOP)) &&
        !(t == QX_C_CONJ && e + 1 < hi && d->chunk[e + 1].type == QX_C_SPAN))
        return true; /* called it “absurd,” and … */
    if (t == QX_C_COMMA) return e + 1 < hi && d->chunk[e + 1].type != QX_C_SPAN && !qx_list_goes_on(d, e, hi);
    return t == QX_C_CONJ && e + 1 < hi && d->chunk[e + 1].type == QX_C_VG;
}

/* "for the harbour to live they must find new owners": a clause behind what leads up to it. */
bool qx_clause_within(const struct qx_doc *d, uint32_t first, uint32_t last)
{
    for (uint32_t i = first + 2; i + 1 < last && i < first + 14; i++)
        if (d->chunk[i].type == QX_C_NP && d->chunk[i - 1].type != QX_C_PREP &&
            (d->chunk[i - 1].type != QX_C_VG || (d->chunk[i - 1].flags & QX_V_TO)) && d->chunk[i + 1].type == QX_C_VG &&
            (d->chunk[i + 1].flags & QX_V_FINITE))
            return true;
    return false;
}

bool qx_put_in(const struct qx_doc *d, const struct qx_frame *f, uint32_t comma)
{
    uint32_t lo = d->sent[f->sent].first, i = f->chunk;
    if ((d->lex->grammar & QX_G_VERB_SECOND) || f->dir == 1) return false;
    if (f->kind == QX_FR_VERB && f->subj < i) i = f->subj; /* "in which she said" */
    while (i > lo && d->chunk[i - 1].type == QX_C_ADV) i--;
    if (f->kind == QX_FR_VERB) {
        if (i == lo || d->chunk[i - 1].type != QX_C_REL) return false;
        i--;
        i -= i > lo && d->chunk[i - 1].type == QX_C_PREP;
    } else if (f->kind != QX_FR_ING || f->subj > f->chunk) {
        return false;
    }
    if (i == lo || d->chunk[i - 1].type != QX_C_COMMA) return false;
    for (uint32_t k = f->chunk + 1; k < comma; k++)
        if (d->chunk[k].type == QX_C_COMMA || d->chunk[k].type == QX_C_SPAN) return false;
    return true;
}

bool qx_active(const struct qx_doc *d, uint32_t vg, uint32_t subj, uint32_t hi)
{
    const struct qx_chunk *c = &d->chunk[vg];
    uint64_t w = d->tok[c->head].lex;
    if (subj == QX_NONE || subj > vg || !(d->lex->grammar & QX_G_ENGLISH)) return false;
    bool has = d->tok[c->first].kind == QX_CLITIC && d->text[d->tok[c->first].off + d->tok[c->first].len - 1] == 's';
    return has && (w & QX_F(SAY)) && c->last == c->first + 2 && vg + 1 < hi &&
           d->chunk[subj].gender != QN_QUOTES_GENDER_OPEN &&
           (c[1].type == QX_C_NP || c[1].type == QX_C_SUB || c[1].type == QX_C_SPAN);
}

/* "at least six planes filled the sky", "about 300 people came": the preposition belongs to the number. */
bool qx_some_number(const struct qx_doc *d, uint32_t i, uint32_t hi)
{
    const struct qx_chunk *np = &d->chunk[i + 1];
    const struct qx_tok *t = &d->tok[d->chunk[i].first];
    if ((d->text[t->off] | 32) != 'a' || i + 2 >= hi || np->type != QX_C_NP || (d->lex->grammar & QX_G_VERB_SECOND))
        return false;
    bool least = qx_word_is(d, d->chunk[i].first, "at") &&
                 (qx_word_is(d, np->first, "least") || qx_word_is(d, np->first, "most"));
    bool number = d->tok[np->first].kind == QX_NUMBER || (d->tok[np->first].lex & QX_F(NUM));
    if (!least &&
        !(number && (qx_word_is(d, d->chunk[i].first, "about") || qx_word_is(d, d->chunk[i].first, "around"))))
        return false;
    for (i += 2; i + 1 < hi && d->chunk[i].type == QX_C_PREP && d->chunk[i + 1].type == QX_C_NP;) i += 2;
    return i < hi && d->chunk[i].type == QX_C_VG && (d->chunk[i].flags & QX_V_FINITE);
}

/* "battleground states where …": by its subject the word is a noun, which cannot speak. */
bool qx_rather_noun(const struct qx_doc *d, const struct qx_frame *f)
{
    const struct qx_chunk *s = &d->chunk[f->subj], *before = &d->chunk[f->chunk] - 1;
    if (!(d->lex->grammar & QX_G_ENGLISH) || !noun_too(d, f)) return false;
    return f->subj < f->chunk && before->type == QX_C_NP && !qx_animate(s) && !qx_animate(before) &&
           !(before->flags & (QX_N_NAME | QX_N_DET));
}

/* "accused her of lying", "warned against it"; in "emailed the secretary of state" the phrase belongs to the noun. */
bool qx_told_what(const struct qx_doc *d, const struct qx_frame *f, uint32_t i)
{
    uint32_t prep = d->chunk[i].first;
    if (!qx_word_is(d, prep, "of") && !qx_word_is(d, prep, "against")) return false;
    if (i == f->chunk + 1) return true;
    return qx_hears(d, i - 1) && !begins("ask urg wri ema tex", d->text + d->tok[d->chunk[f->chunk].head].off);
}
