/*
 * Whom "he" and "she" mean: the person of fitting gender who was spoken of last, subjects before others. Runs over the
 * story once; each pronoun looks at the few people named last.
 */
#include "qx.h"

#define RECENT 8u

struct recent {
    uint32_t person, sent, para;
    uint8_t subject, says, seen;
};

struct memory {
    struct qx_doc *d;
    struct recent r[RECENT];
    uint32_t n;
};

static void remember(struct memory *m, uint32_t person, uint32_t sent, bool subject, bool says)
{
    uint32_t i = 0;
    struct recent e = {
        .person = person, .sent = sent, .para = m->d->sent[sent].para, .subject = subject, .says = says, .seen = 1
    };
    while (i < m->n && m->r[i].person != person) i++;
    if (i < m->n) {
        if (m->r[i].sent == sent && m->r[i].subject) e.subject = 1;
        if (m->r[i].sent == sent && m->r[i].says) e.says = 1;
        e.seen = m->r[i].seen < 200 ? (uint8_t)(m->r[i].seen + 1) : 200;
    } else if (m->n < RECENT) {
        m->n++;
    } else {
        i = RECENT - 1;
    }
    for (; i > 0; i--) m->r[i] = m->r[i - 1];
    m->r[0] = e;
}

/* Whether a name can be somebody's, so that "he" may mean them: "Richmond", of which it was only said that things
 * happened there, cannot. */
static bool somebody(const struct qx_doc *d, const struct qx_person *p)
{
    return p->male || p->female || p->role_tok != QX_NONE || (d->tok[p->given].lex & QX_F(GIVEN)) || p->agent;
}

/* The subject of a verb; where frames.c had no reason to ask, as far as its neighbours tell. */
static bool does(const struct qx_doc *d, uint32_t i, uint32_t last)
{
    const struct qx_chunk *c = d->chunk;
    uint32_t k = i + 1;
    if (c[i].flags & QX_N_DOES) return true;
    while (k < last && (c[k].type == QX_C_ADV || c[k].type == QX_C_LPAR)) k++;
    if (k < last && c[k].type == QX_C_VG && (i == 0 || c[i - 1].type != QX_C_PREP)) return true;
    return k < last && c[k].type == QX_C_COMMA && i == d->sent[c[i].sent].first;
}

static int gender_score(const struct qx_person *p, uint8_t gender)
{
    int own = gender == QN_QUOTES_GENDER_MALE ? p->male : p->female;
    int other = gender == QN_QUOTES_GENDER_MALE ? p->female : p->male;
    if (other > own) return -1000;
    return own > other ? 10 : p->words > 1 ? -6 : -14;
}

static uint32_t resolve(const struct memory *m, uint32_t sent, uint8_t gender, bool subject, bool *open)
{
    int best = -200, second = -200;
    uint32_t who = QX_NONE;
    for (uint32_t i = 0; i < m->n; i++) {
        const struct recent *r = &m->r[i];
        int g = gender_score(&m->d->person[r->person], gender);
        if (g <= -1000) continue;
        uint32_t away = sent - r->sent, paras = m->d->sent[sent].para - r->para;
        int score = g - (int)i - (int)(away > 10 ? 10 : away) * 5 - (int)(paras > 6 ? 6 : paras) * 3;
        if (r->subject) score += 8;
        if (r->says) score += 5;
        if (away == 0 && r->subject && subject) score += 6;
        score += r->seen > 3 ? 3 : r->seen;
        if (score > best) {
            second = best;
            best = score;
            who = r->person;
        } else if (score > second) {
            second = score;
        }
    }
    *open = who != QX_NONE && best - second < 3;
    return best < -45 ? QX_NONE : who;
}

static bool animate_pronoun(const struct qx_doc *d, const struct qx_chunk *c)
{
    return (c->flags & QX_N_PRON) && c->gender != QN_QUOTES_GENDER_OPEN && !(d->tok[c->head].lex & QX_F(PLURAL));
}

static void mention(struct memory *m, uint32_t i)
{
    struct qx_doc *d = m->d;
    struct qx_chunk *c = &d->chunk[i];
    const struct qx_tok *first = &d->tok[c->first];
    uint32_t s = c->sent;
    bool open;

    if (first->pos == QX_P_POSS && (c->flags & QX_N_SPEECH) && (first->lex & (QX_F(MALE) | QX_F(FEMALE))))
        c->owner =
            resolve(m, s, first->lex & QX_F(MALE) ? QN_QUOTES_GENDER_MALE : QN_QUOTES_GENDER_FEMALE, false, &open);
    bool pronoun = animate_pronoun(d, c);
    if (!pronoun && c->ref == QX_NONE) return;
    bool subject = does(d, i, d->sent[s].last);
    if (pronoun) {
        c->ref = resolve(m, s, c->gender, subject, &open);
        if (open) c->flags |= QX_N_DET; /* several people it could be */
        if (c->ref == QX_NONE) return;
        struct qx_person *p = &d->person[c->ref];
        if (p->male == p->female && !open) {
            p->male = (int16_t)(p->male + (c->gender == QN_QUOTES_GENDER_MALE));
            p->female = (int16_t)(p->female + (c->gender == QN_QUOTES_GENDER_FEMALE));
        }
    }
    if (subject) d->person[c->ref].agent = 1;
    if (somebody(d, &d->person[c->ref])) remember(m, c->ref, s, subject, (c->flags & QX_N_SAYS) != 0);
}

void qx_coref_run(struct qx_doc *d)
{
    struct memory m = { .d = d };
    for (uint32_t k = 0; k < d->nwho; k++) mention(&m, d->who[k]);
}
