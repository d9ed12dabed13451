/* What a finished noun phrase or verb group is, from its words. */
#include "runs.h"

#include <assert.h>
#include <string.h>

static bool nameish(const struct qx_tok *t)
{
    return t->pos == QX_P_NAME;
}

/* What a noun phrase can be about. */
#define NOUNS (1u << QX_P_NOUN | 1u << QX_P_NAME | 1u << QX_P_PRON)

/* "die Äußerungen Schmidts": in German whose they are may stand behind. */
static bool owner_behind(const struct qx_doc *d, uint32_t tok)
{
    const struct qx_tok *t = &d->tok[tok], *before = t - 1;
    return nameish(t) && d->text[t->off + t->len - 1] == 's' && t->len > 3 && !(t->lex & QX_F(GIVEN)) &&
           before->pos == QX_P_NOUN && (!(before->lex & (QX_F(ROLE) | QX_F(TITLE))) || (t->lex & QX_F(PLACE))) &&
           !(t->shape & QX_S_ALLCAP);
}

/* The word that a noun phrase is about: its last noun or name that is no time; in "Trump's" the owner. */
static uint32_t find_head(const struct qx_doc *d, const struct qx_chunk *c, uint32_t noun)
{
    uint32_t any = c->first;
    if (d->tok[c->last - 1].pos == QX_P_TITLE && c->last > c->first + 1) return c->last - 1;
    if ((d->lex->grammar & QX_G_NOUNS_CAPITAL) && noun != QX_NONE && noun > c->first && owner_behind(d, noun))
        return noun - 1;
    if (noun != QX_NONE) return noun;
    for (uint32_t i = c->last; i-- > c->first;) {
        uint8_t p = d->tok[i].pos;
        if (p == QX_P_TITLE || (p == QX_P_TIME && d->tok[any].pos != QX_P_TITLE))
            any = i;
        else if (p != QX_P_GEN && any == c->first)
            any = i;
    }
    return any;
}

static uint8_t gender_of(uint64_t lex)
{
    static const uint8_t of[4] = { QN_QUOTES_GENDER_OPEN, QN_QUOTES_GENDER_MALE, QN_QUOTES_GENDER_FEMALE,
                                   QN_QUOTES_GENDER_OPEN };
    return of[lex >> QX_BIT_MALE & 3]; /* FEMALE is the next one */
}

/* "R-Ohio", "D-N.Y.": of which party and state the one before it is. */
static bool party_and_state(const struct qx_doc *d, const struct qx_tok *t)
{
    const char *w = d->text + t->off;
    return (t->shape & QX_S_HYPHEN) && t->len > 2 && w[1] == '-' && (w[0] == 'R' || w[0] == 'D' || w[0] == 'I');
}

/* "New York", "South Korea", "San Diego": not of one word that is a place, but of one after a word like these. */
static bool place_of_two(const struct qx_doc *d, const struct qx_tok *t)
{
    static const char *const all[] = { "san",   "santa",  "los",   "las", "new",  "north", "south",  "east", "west",
                                       "saudi", "puerto", "costa", "sri", "hong", "rhode", "sierra", "papua" };
    char c = (char)(d->text[t->off] | 32);
    bool place = (t[1].lex & QX_F(PLACE)) != 0;
    if (t->len > 6 || (!place && c != 's' && c != 'l')) return false;
    size_t some = place ? sizeof all / sizeof all[0] : 4; /* "San" needs no word that is known */
    for (size_t k = 0; k < some; k++)
        if (qx_word_is(d, (uint32_t)(t - d->tok), all[k])) return true;
    return false;
}

static uint16_t name_flags(const struct qx_doc *d, const struct qx_chunk *c)
{
    const struct qx_tok *t = d->tok;
    uint32_t n = c->head + 1 - c->first, in = n < QX_RUN ? n : QX_RUN, i;
    unsigned run = qx_run_begins(qx_run(d, c->head + 1, QX_P_NAME), QX_RUN - 1);
    uint32_t first = c->head + 1 - QX_RUN + (run > QX_RUN - in ? run : QX_RUN - in);
    uint16_t f = QX_N_NAME;
    bool role = false;

    for (i = c->first; i < first; i++) role |= t[i].pos == QX_P_TITLE || (t[i].lex & QX_F(ROLE)) != 0;
    uint64_t last = t[c->head].lex, begin = t[first].lex;
    bool one = first == c->head;
    if (first + 1 == c->head && place_of_two(d, &t[first])) return f | QX_N_PLACE;
    if (one && party_and_state(d, &t[first])) return f | QX_N_PLACE;
    if ((last & QX_F(FIRM)) && !one) return f | QX_N_ORG;
    if ((last & QX_F(ORGNAME)) && !role && !(begin & QX_F(GIVEN) && !one)) return f | QX_N_ORG;
    if (begin & QX_F(GIVEN)) return f | QX_N_PERSON;
    if (last & (QX_F(ORG) | QX_F(DOC))) return f | QX_N_ORG;
    if (t[c->first].pos == QX_P_DET && !role) return f | QX_N_ORG; /* "the National Committee" */
    if (role) return f | QX_N_PERSON;
    if ((t[c->head].shape & QX_S_ALLCAP) && !(t[c->head].shape & QX_S_HEAD)) return f | QX_N_ORG;
    if (begin & last & QX_F(PLACE)) return f | QX_N_PLACE;
    if (one && (t[first].lex & (QX_F(NATION) | QX_F(NOUN)))) return f | QX_N_ORG;
    return f | QX_N_PERSON;
}

/* Features and flags that stand in the same order. */
#define SAME_FLAGS (QX_N_TIME | QX_N_ROLE | QX_N_ORG | QX_N_DOC)
static_assert(QX_F(TIME) >> (QX_BIT_TIME - 2) == QX_N_TIME && QX_F(ROLE) >> (QX_BIT_TIME - 2) == QX_N_ROLE &&
                  QX_F(ORG) >> (QX_BIT_TIME - 2) == QX_N_ORG && QX_F(DOC) >> (QX_BIT_TIME - 2) == QX_N_DOC &&
                  QX_F(PLURAL) >> (QX_BIT_TIME - 2) == QX_N_PLURAL && QX_BIT_CONTENTN == QX_BIT_SPEECHN + 1,
              "lexicon.h has them in the order of qx.h");

static inline unsigned same_flags(uint64_t w, unsigned which)
{
    return (unsigned)(w >> (QX_BIT_TIME - 2)) & which;
}

/* What a common noun says: "the 46-year-old" is somebody too. */
static inline unsigned noun_flags(const struct qx_tok *t)
{
    uint64_t w = t->lex;
    return same_flags(w, SAME_FLAGS) | (unsigned)((w | w >> 1) >> QX_BIT_SPEECHN & 1) * QX_N_SPEECH |
           (t->kind == QX_NUMBER) * QX_N_ROLE;
}

static unsigned head_flags(const struct qx_doc *d, const struct qx_tok *t)
{
    switch (t->pos) {
    case QX_P_PRON:
        return QX_N_PRON;
    case QX_P_TIME:
        return QX_N_TIME;
    case QX_P_NUM: /* "one said" */
        return t->kind == QX_WORD && t->len == 3 && (d->text[t->off] | 32) == 'o' ? QX_N_ROLE : QX_N_NUM;
    case QX_P_TITLE:
        return QX_N_ROLE; /* "der Bundespräsident" */
    case QX_P_DET:
    case QX_P_ADJ:
        return QX_N_ROLE | QX_N_PLURAL; /* "many say", "the poor" */
    default:
        return noun_flags(t);
    }
}

/* By the list, or by its end: "lawmakers". */
static inline unsigned plural_flag(const struct qx_doc *d, const struct qx_tok *head)
{
    bool plural =
        (head->lex == 0) & (head->pos == QX_P_NOUN) & (head->len > 3) & (d->text[head->off + head->len - 1] == 's');
    return same_flags(head->lex, QX_N_PLURAL) | plural * QX_N_PLURAL;
}

static void noun_phrase(const struct qx_doc *d, struct qx_chunk *c)
{
    uint32_t h = c->head = find_head(d, c, NOUNS >> d->tok[c->head].pos & 1 ? c->head : QX_NONE);
    const struct qx_tok *t = d->tok, *head = &t[h];
    uint64_t w = head->lex;
    unsigned f = head->pos == QX_P_NAME   ? name_flags(d, c)
                 : head->pos == QX_P_NOUN ? noun_flags(head)
                                          : head_flags(d, head);

    if (c->gen != QX_NONE) f |= c->gen == c->last - 1 ? QX_N_GEN : QX_N_HASGEN;
    f |= t[c->first].pos == QX_P_DET ? QX_N_DET : 0;
    f |= plural_flag(d, head);
    c->flags = (uint16_t)f;
    c->gender = QN_QUOTES_GENDER_OPEN; /* the title or role first, then the given name, the surname last */
    for (uint32_t i = c->first; i < h && (f & QX_N_PERSON); i++) {
        if (c->gen != QX_NONE && i <= c->gen) continue;
        if (t[i].pos == QX_P_TITLE || (t[i].lex & QX_F(ROLE))) /* "Virginia Gov. Terry Smith" is no woman */
            c->gender = gender_of(t[i].lex);
        else if (c->gender == QN_QUOTES_GENDER_OPEN)
            c->gender = gender_of(t[i].lex);
    }
    if (c->gender == QN_QUOTES_GENDER_OPEN && (!(f & QX_N_PERSON) || h == c->first)) c->gender = gender_of(w);
}

/* What is plain by its head alone: as a mask, whether it is so; whether it is told by its noun; and what it is. */
static const struct {
    uint16_t plain, noun, flags;
} plain_head[QX_P_COUNT] = {
    [QX_P_NOUN] = { 1, UINT16_MAX, 0 },
    [QX_P_PRON] = { 1, 0, QX_N_PRON },
    [QX_P_TIME] = { 1, 0, QX_N_TIME },
    [QX_P_TITLE] = { 1, 0, QX_N_ROLE },
    [QX_P_DET] = { 1, 0, QX_N_ROLE | QX_N_PLURAL },
    [QX_P_ADJ] = { 1, 0, QX_N_ROLE | QX_N_PLURAL },
};

/*
 * Most are plain: a pronoun, a single word, a common noun and what stands before it. Which ones cannot be foretold: so
 * all are taken for such, and the others come again.
 */
void qx_phrase_nps(const struct qx_doc *d, const uint32_t *chunks, uint32_t n, uint32_t *rest)
{
    uint32_t others = 0, plain_language = !(d->lex->grammar & QX_G_NOUNS_CAPITAL);
    for (uint32_t k = 0; k < n; k++) {
        struct qx_chunk *c = &d->chunk[chunks[k]];
        const struct qx_tok *head = &d->tok[c->head];
        uint32_t single = c->last == c->first + 1,
                 noun = (NOUNS >> head->pos & 1) & (d->tok[c->last - 1].pos != QX_P_TITLE);
        uint32_t plain = plain_head[head->pos].plain & (c->gen == QX_NONE) & (single | noun) & plain_language;
        rest[others] = chunks[k];
        others += !plain;
        unsigned f = (noun_flags(head) & plain_head[head->pos].noun) | plain_head[head->pos].flags;
        c->flags = (uint16_t)(f | plural_flag(d, head) | (d->tok[c->first].pos == QX_P_DET) * QX_N_DET);
        c->gender = gender_of(head->lex);
    }
    for (uint32_t k = 0; k < others; k++) noun_phrase(d, &d->chunk[rest[k]]);
}

/* Most verb groups are one verb. */
static bool single_verb(const struct qx_doc *d, struct qx_chunk *c)
{
    static const uint16_t of[QX_P_COUNT] = {
        [QX_P_VERB] = QX_V_FINITE, [QX_P_VPP] = QX_V_PAST, [QX_P_VING] = QX_V_ING
    };
    const struct qx_tok *t = &d->tok[c->first];
    c->head = c->first;
    c->flags = (uint16_t)(of[t->pos] | ((t->lex >> QX_BIT_VPP & t->lex >> QX_BIT_VPAST & 1) * QX_V_PAST));
    return of[t->pos] != 0;
}

/* The main verb, and what the auxiliaries say. */
void qx_phrase_vg(const struct qx_doc *d, struct qx_chunk *c)
{
    const struct qx_tok *t = d->tok;
    uint16_t f = 0;
    bool be = false, aux = false;

    if (c->last == c->first + 1 && single_verb(d, c)) return;
    c->head = QX_NONE;
    for (uint32_t i = c->first; i < c->last; i++) {
        switch (t[i].pos) {
        case QX_P_AUX:
            if (!aux && t[i].len > 4 && memcmp(d->text + t[i].off + t[i].len - 3, "ing", 3) == 0) {
                f |= QX_V_ING;                     /* "having said" */
                be = (t[i].lex & QX_F(PASS)) != 0; /* "being said" */
                break;
            }
            aux = true;
            if (t[i].lex & QX_F(MODAL)) f |= QX_V_MODAL;
            be = (t[i].lex & QX_F(PASS)) != 0;
            f |= QX_V_FINITE;
            break;
        case QX_P_TO:
            f |= QX_V_TO;
            break;
        case QX_P_NEG:
            f |= QX_V_NEG;
            break;
        case QX_P_VERB:
        case QX_P_VPP:
        case QX_P_VING:
            c->head = i;
            break;
        default:
            break;
        }
    }
    if (c->head == QX_NONE) {
        c->head = c->first;
        for (uint32_t i = c->first; i < c->last; i++)
            if (t[i].pos == QX_P_AUX) c->head = i;
        c->flags = f & QX_V_ING ? f | QX_V_COPULA : f | QX_V_COPULA | QX_V_FINITE;
        return;
    }
    const struct qx_tok *h = &t[c->head];
    if (h->pos == QX_P_VING && !aux)
        f |= QX_V_ING;
    else if (h->pos == QX_P_VPP && !aux)
        f |= QX_V_PAST;
    else if (!(f & (QX_V_TO | QX_V_ING)))
        f |= QX_V_FINITE;
    if (be && h->pos != QX_P_VING && (h->lex == 0 || (h->lex & QX_F(VPP)))) f |= QX_V_PASSIVE;
    if (!aux && (h->lex & QX_F(VPP)) && (h->lex & QX_F(VPAST))) f |= QX_V_PAST;
    c->flags = f;
}
