/*
 * Whom "he" and "she" mean: the person of fitting gender who was spoken of last, subjects before others. Runs over the
 * story once; each pronoun looks at the few people named last.
 */
#include "qx.h"

#include <string.h>

#define RECENT     8u
#define NAMED      12
#define ASKED      12
#define SOMEBODY   4   /* of whom nothing tells the gender */
#define WORDS_MAX  60u /* of a statement in which names are looked for */
#define CLAUSE_MAX 12u /* chunks between the beginning of a clause and its subject */

struct recent {
    uint32_t person, sent, para;
    uint32_t chunk; /* "a man at the gate", or QX_NONE where person says who it is */
    uint8_t subject, says, seen;
    uint8_t asks; /* in marks; the next paragraph is rather the answer */
};

/* Tokens of a statement that stands in front of who made it. */
struct statement {
    uint32_t first, last;
};

/* How a mention stands in its sentence. */
enum place { OTHER, OWNER, SUBJECT, MAIN };

struct memory {
    struct qx_doc *d;
    struct recent r[RECENT];
    uint32_t n;
};

/* How near and how prominent the mention is, seen from a sentence. */
static int standing(const struct memory *m, const struct recent *r, uint32_t sent)
{
    static const int weight[] = { [OTHER] = 0, [OWNER] = 5, [SUBJECT] = 8, [MAIN] = 12 };
    uint32_t away = sent - r->sent, paras = m->d->sent[sent].para - r->para;
    return weight[r->subject] + (r->says ? 3 : 0) - (int)(away > 10 ? 10 : away) * 5 - (int)(paras > 6 ? 6 : paras) * 3;
}

static void remember(struct memory *m, uint32_t person, uint32_t chunk, uint32_t sent, enum place place, bool says)
{
    uint32_t i = 0;
    struct recent e = { .person = person,
                        .chunk = chunk,
                        .sent = sent,
                        .para = m->d->sent[sent].para,
                        .subject = (uint8_t)place,
                        .says = says,
                        .seen = 1 };
    while (i < m->n && (m->r[i].person != person || person == QX_NONE)) i++;
    if (i < m->n) {
        const struct recent *r = &m->r[i];
        if (r->sent == sent && r->subject > e.subject) e.subject = r->subject;
        if (r->sent == sent && r->says) e.says = 1;
        e.seen = r->seen < 200 ? (uint8_t)(r->seen + 1) : 200;
        if (standing(m, r, sent) > standing(m, &e, sent)) { /* who said something stays so when only named again */
            e.sent = r->sent;
            e.para = r->para;
            e.subject = r->subject;
            e.says = r->says;
        }
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
    if ((p->male == 0) & (p->female == 0) & ((d->tok[p->family].lex & QX_F(PLACE)) != 0) &
        ((d->tok[p->given].lex & QX_F(GIVEN)) == 0))
        return false; /* "New Hampshire" */
    return (p->male != 0) | (p->female != 0) | (p->role_tok != QX_NONE) | ((d->tok[p->given].lex & QX_F(GIVEN)) != 0) |
           (p->agent != 0);
}

/* The subject of a verb; where frames.c had no reason to ask, as far as its neighbours tell. */
static bool does(const struct qx_doc *d, uint32_t i, uint32_t last)
{
    const struct qx_chunk *c = d->chunk;
    uint32_t k = i + 1;
    if (c[i].flags & QX_N_DOES) return true;
    while (k < last && (c[k].type == QX_C_ADV || c[k].type == QX_C_LPAR)) k++;
    if (k < last && c[k].type == QX_C_VG &&
        ((c[k].flags & QX_V_FINITE) || !(c[k].flags & (QX_V_TO | QX_V_ING))) && /* none: phrase.c was not asked */
        (i == 0 || c[i - 1].type != QX_C_PREP))
        return true;
    return k < last && c[k].type != QX_C_COLON && i == d->sent[c[i].sent].first && !(c[i].flags & QX_N_GEN);
}

static int gender_score(const struct qx_person *p, uint8_t gender)
{
    int own = gender == QN_QUOTES_GENDER_MALE ? p->male : p->female;
    int other = gender == QN_QUOTES_GENDER_MALE ? p->female : p->male;
    if (other > own) return -1000;
    return own > other ? 10 : p->words > 1 ? -6 : -14;
}

static int nominal_gender(const struct qx_chunk *c, uint8_t gender)
{
    return c->gender == gender ? 10 : c->gender == QN_QUOTES_GENDER_OPEN ? SOMEBODY : -1000;
}

/* Who is named in the statement that a pronoun tells of is not who makes it: in "Smith lied, he said" and in "“I saw
 * Smith,” he said" he is somebody else. */
static bool named_in(const struct memory *m, const struct statement *st, uint32_t person)
{
    const struct qx_doc *d = m->d;
    if (person == QX_NONE) return false;
    const struct qx_person *p = &d->person[person];
    for (uint32_t i = st->first; i < st->last; i++)
        if (d->tok[i].hash == p->family_hash && (d->tok[i].shape & QX_S_CAP)) return true;
    return false;
}

struct pronoun {
    uint32_t sent;
    uint32_t other; /* a person that the same verb has beside it: in "he told Smith" he is not Smith */
    uint8_t gender;
    bool subject, says;
    struct statement st;
};

static uint32_t resolve(const struct memory *m, const struct pronoun *pr, bool *open)
{
    const struct statement *st = &pr->st;
    uint32_t sent = pr->sent;
    int best = -200, second = -200;
    uint32_t who = QX_NONE;
    for (uint32_t i = 0; i < m->n; i++) {
        const struct recent *r = &m->r[i];
        if (r->person == QX_NONE ? !pr->says : r->person == pr->other) continue;
        int g = r->person == QX_NONE ? nominal_gender(&m->d->chunk[r->chunk], pr->gender)
                                     : gender_score(&m->d->person[r->person], pr->gender);
        if (g <= -1000) continue;
        int score = g - (int)i + standing(m, r, sent);
        if (st->first < st->last && named_in(m, st, r->person))
            score -= NAMED;
        else if (r->sent == sent && r->subject >= OWNER && pr->subject)
            score += 6;
        score += r->seen > 3 ? 3 : r->seen;
        if (r->asks && r->para != m->d->sent[sent].para) score -= ASKED;
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

/* "As Smith told the paper, “…”": the clause under the main one is who spoke. */
static bool as_told(const struct qx_doc *d, uint32_t sub, const struct qx_chunk *subject)
{
    const struct qx_tok *t = &d->tok[d->chunk[sub].first];
    return (subject->flags & QX_N_SAYS) && t->len == 2 && memcmp(d->text + t->off + 1, "s", 1) == 0;
}

/* The first subject of its sentence, unless a conjunction or a relative pronoun puts its clause under another. */
static bool main_clause(const struct memory *m, uint32_t i, uint32_t sent)
{
    const struct qx_chunk *c = m->d->chunk;
    uint32_t first = m->d->sent[sent].first;
    for (uint32_t k = i, n = 0; k > first && n < CLAUSE_MAX && c[k - 1].type != QX_C_COMMA; k--, n++)
        if ((c[k - 1].type == QX_C_SUB && !as_told(m->d, k - 1, &c[i])) || c[k - 1].type == QX_C_REL) return false;
    for (uint32_t n = 0; n < m->n; n++)
        if (m->r[n].sent == sent && m->r[n].subject == MAIN) return false;
    return true;
}

/* A past behind a comma, of which the form says too little to be sure of ("fanned" may be a participle), is what np
 * did. */
static bool acts(const struct qx_doc *d, uint32_t np, uint32_t i)
{
    uint32_t last = d->sent[d->chunk[np].sent].last;
    for (uint32_t n = 0; ++i < last && n < CLAUSE_MAX; n++)
        if (d->chunk[i].type == QX_C_VG && d->chunk[i].ref == np) return true;
    return false;
}

/* "X's spokesman, John Smith, said", "Secretary of State John Smith said": the name says more about the subject. */
static const struct qx_chunk *apposed(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    const struct qx_sent *s = &d->sent[c->sent];
    if (i < s->first + 2) return c;
    if (((c[-2].type == QX_C_NP) & ((c[-1].type == QX_C_PREP) | (c[-1].type == QX_C_COMMA))) == 0) return c;
    if (c[-1].type == QX_C_PREP) {
        const uint64_t office = QX_F(TITLE) | QX_F(ROLE);
        bool of = (d->tok[c[-2].head].lex & office) == office && c->last > c->first + 1;
        return of && ((c[-2].flags & QX_N_DOES) || acts(d, i - 2, i)) ? &c[-2] : c;
    }
    if (!(c[-2].flags & QX_N_ROLE) || (c[-2].flags & (QX_N_PERSON | QX_N_PLURAL))) return c;
    bool closed = i + 2 < s->last && c[1].type == QX_C_COMMA;
    bool verb = closed && (c[2].type == QX_C_VG || (i == s->first + 2 && c[2].type == QX_C_NP));
    return verb || (c[-2].flags & QX_N_DOES) ? &c[-2] : c;
}

/* Before the first comma of its sentence. */
static bool leads(const struct qx_doc *d, uint32_t i)
{
    uint32_t first = d->sent[d->chunk[i].sent].first;
    for (uint32_t k = first; k < i; k++)
        if (d->chunk[k].type == QX_C_COMMA || k > first + CLAUSE_MAX) return false;
    return true;
}

static bool is_ask(const struct qx_doc *d, const struct qx_chunk *c)
{
    const struct qx_tok *t = &d->tok[c->head];
    const char *w = d->text + t->off; /* with NULs behind it */
    return (c->type == QX_C_VG) & (w[0] == 'a') & (w[1] == 's') & (w[2] == 'k') & (t->len >= 3);
}

/* "Jones asked her whether …", "asked about …": what is asked begins with chunk k, or behind whom was asked. */
static bool question(const struct qx_doc *d, uint32_t k, uint32_t last)
{
    const struct qx_chunk *c = d->chunk;
    if (k < last && c[k].type == QX_C_NP) k++;
    if (k >= last) return false;
    return c[k].type == QX_C_SUB || c[k].type == QX_C_REL ||
           (c[k].type == QX_C_PREP && qx_word_is_small(d, c[k].first, "about"));
}

/* Who asks leaves it to somebody else to answer. */
static bool asks(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = d->chunk;
    uint32_t last = d->sent[c[i].sent].last, k = i + 1;
    if (!(c[i].flags & QX_N_SAYS)) return false;
    while (k < last && k < i + CLAUSE_MAX && !(c[k].type == QX_C_VG && c[k].ref == i)) k++;
    return k < last && k < i + CLAUSE_MAX && is_ask(d, &c[k]) && question(d, k + 1, last);
}

/* Whom somebody asked. */
static bool asked(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    return i > d->sent[c->sent].first && is_ask(d, &c[-1]) && c[-1].ref != i && question(d, i, d->sent[c->sent].last);
}

/* "“Why?” Jones asked." */
static bool asks_in_marks(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    const struct qx_sent *s = &d->sent[c->sent];
    uint32_t q = i > s->first && is_ask(d, &c[-1]) ? i - 1 : i;
    return (q < i || (i + 1 < s->last && is_ask(d, &c[1]))) && q > s->first && d->chunk[q - 1].type == QX_C_SPAN &&
           (d->chunk[q - 1].flags & QX_Q_EXCL);
}

/* "And then there's Smith." */
static bool presented(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    return i >= d->sent[c->sent].first + 2 && c[-1].type == QX_C_VG && (c[-1].flags & QX_V_COPULA) &&
           c[-2].type == QX_C_NP && (d->tok[c[-2].head].lex & QX_F(LONE)) && (d->tok[c[-2].head].lex & QX_F(ADV));
}

/* What stands before "…, he said." and "“…,” he said", where that is all of the sentence or marked words. */
static struct statement told(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    const struct qx_sent *s = &d->sent[c->sent];
    struct statement none = { 0, 0 };
    if (!(c->flags & QX_N_SAYS) || i == s->first) return none;
    uint32_t last = c->first, first = d->chunk[s->first].first, k = i + 1;
    if (c[-1].type == QX_C_SPAN) {
        if (d->chunk[s->first].type != QX_C_SPAN) first = c[-1].first;
    } else {
        if (c[-1].type != QX_C_COMMA || d->chunk[s->first].type == QX_C_SUB) return none;
        while (k < s->last && (d->chunk[k].type == QX_C_VG || d->chunk[k].type == QX_C_ADV)) k++;
        if (k < s->last && d->chunk[k].type != QX_C_STOP && d->chunk[k].type != QX_C_COMMA) return none;
    }
    if (last - first > WORDS_MAX) first = last - WORDS_MAX;
    return (struct statement){ first, last };
}

/* "Smith's plan is dead": Smith was spoken of too. */
static void owned(struct memory *m, uint32_t i)
{
    struct qx_doc *d = m->d;
    struct qx_chunk *c = &d->chunk[i];
    uint32_t tok, n;
    if (!qx_persons_name_in(d, c->first, c->gen, &tok, &n)) return;
    c->owner = qx_persons_lookup(d, tok, n, QN_QUOTES_GENDER_OPEN);
    if (c->owner != QX_NONE && somebody(d, &d->person[c->owner]))
        remember(m, c->owner, QX_NONE, c->sent,
                 !does(d, i, d->sent[c->sent].last)    ? OTHER
                 : c->flags & (QX_N_DOC | QX_N_SPEECH) ? MAIN /* whose article says it says it too */
                                                       : OWNER,
                 false);
}

/* "A man at the gate said": somebody new, whom the story does not name. "The senator said" is rather one it has named.
 */
static bool nobody_named(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    const struct qx_tok *t = &d->tok[c->first];
    const uint16_t other = QX_N_PLURAL | QX_N_PRON | QX_N_NAME | QX_N_HASGEN | QX_N_ORG | QX_N_DOC | QX_N_TIME;
    if ((c->flags & (QX_N_ROLE | QX_N_SAYS | other)) != (QX_N_ROLE | QX_N_SAYS)) return false;
    if ((d->text[t->off] | 32) != 'a' || t->len > 2 || t->pos != QX_P_DET) return false;
    return i == d->sent[c->sent].first || c[-1].type != QX_C_COMMA;
}

/* Who else is beside the verb of a pronoun: in "he told Smith" and "Smith told him" Smith is somebody else. */
static uint32_t beside_verb(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    const struct qx_sent *s = &d->sent[c->sent];
    uint32_t k = i + 1;
    if (i > s->first && c[-1].type == QX_C_VG && c[-1].ref != i && (c[-1].flags & QX_V_FINITE) &&
        (d->tok[c->head].lex & QX_F(OBJ)))
        return c[-1].ref == QX_NONE ? QX_NONE : d->chunk[c[-1].ref].ref;
    while (k < s->last && d->chunk[k].type == QX_C_ADV) k++;
    if (k + 1 >= s->last || d->chunk[k].type != QX_C_VG || d->chunk[k].ref != i ||
        !(d->tok[d->chunk[k].head].lex & QX_F(TELL)) || d->chunk[k + 1].type != QX_C_NP)
        return QX_NONE;
    return d->chunk[k + 1].flags & (QX_N_PRON | QX_N_HASGEN) ? QX_NONE : d->chunk[k + 1].ref;
}

/* "Some critics, like John Smith, say", "critics including John Smith say": one of those who do; as them. */
static const struct qx_chunk *one_of(const struct qx_doc *d, uint32_t i)
{
    const struct qx_chunk *c = &d->chunk[i];
    uint32_t first = d->sent[c->sent].first, np = i - 2, len = d->tok[c[-1].first].len;
    if (i < first + 2 || (len != 4 && len != 9)) return c;
    if (!qx_word_is(d, c[-1].first, "like") && !qx_word_is(d, c[-1].first, "including")) return c;
    np -= d->chunk[np].type == QX_C_COMMA && np > first;
    if (d->chunk[np].type != QX_C_NP) return c;
    np = qx_subject_chain(d, np);
    return (d->chunk[np].flags & QX_N_PLURAL) && (d->chunk[np].flags & QX_N_DOES) ? &d->chunk[np] : c;
}

static void mention(struct memory *m, uint32_t i)
{
    struct qx_doc *d = m->d;
    struct qx_chunk *c = &d->chunk[i];
    const struct qx_tok *first = &d->tok[c->first];
    uint32_t s = c->sent;
    struct pronoun pr = { .sent = s, .gender = c->gender, .other = QX_NONE };
    bool open;

    if (first->pos == QX_P_POSS && (c->flags & QX_N_SPEECH) && (first->lex & (QX_F(MALE) | QX_F(FEMALE)))) {
        pr.gender = first->lex & QX_F(MALE) ? QN_QUOTES_GENDER_MALE : QN_QUOTES_GENDER_FEMALE;
        c->owner = resolve(m, &pr, &open);
        pr.gender = c->gender;
    } else if (c->flags & QX_N_HASGEN) {
        owned(m, i);
    }
    bool pronoun = animate_pronoun(d, c);
    if (!pronoun && c->ref == QX_NONE) {
        if (nobody_named(d, i)) remember(m, QX_NONE, i, s, main_clause(m, i, s) ? MAIN : SUBJECT, true);
        return;
    }
    const struct qx_chunk *as = apposed(d, i);
    bool subject = as != c || presented(d, i) || does(d, i, d->sent[s].last);
    if (!subject && !pronoun && i > 0 && c[-1].type == QX_C_PREP) {
        as = one_of(d, i);
        subject = as != c;
    }
    if (pronoun) {
        pr.st = told(d, i);
        pr.other = beside_verb(d, i);
        pr.subject = subject;
        pr.says = (c->flags & QX_N_SAYS) != 0;
        c->ref = resolve(m, &pr, &open);
        if (open) c->flags |= QX_N_DET; /* several people it could be */
        if (c->ref == QX_NONE) return;
        struct qx_person *p = &d->person[c->ref];
        if (p->male == p->female && !open) {
            p->male = (int16_t)(p->male + (c->gender == QN_QUOTES_GENDER_MALE));
            p->female = (int16_t)(p->female + (c->gender == QN_QUOTES_GENDER_FEMALE));
        }
    }
    if (subject) d->person[c->ref].agent = 1;
    if (pronoun && d->chunk[d->sent[s].first].type == QX_C_SUB && leads(d, i)) return; /* "As he said before, X …" */
    if (!somebody(d, &d->person[c->ref])) return;
    enum place place = !subject               ? asked(d, i) ? SUBJECT : OTHER
                       : asks(d, i)           ? OWNER
                       : main_clause(m, i, s) ? MAIN
                                              : SUBJECT;
    remember(m, c->ref, QX_NONE, s, place, place > OWNER && (as->flags & QX_N_SAYS) != 0);
    m->r[0].asks = asks_in_marks(d, i);
}

void qx_coref_run(struct qx_doc *d)
{
    struct memory m = { .d = d };
    for (uint32_t k = 0; k < d->nwho; k++) mention(&m, d->who[k]);
}
