/*
 * Who does what a verb says. The verb groups of a sentence are asked from left to right, and each keeps its answer in
 * chunk.ref, so that "X came and said" and "X refused to say" look at their neighbour instead of searching again: the
 * search stays linear.
 */
#include "subject.h"

#define CHAIN_MAX  10u
#define ASIDES_MAX 8u

static bool is_time(const struct qx_chunk *c)
{
    return c->type == QX_C_NP && (c->flags & QX_N_TIME) && !(c->flags & (QX_N_NAME | QX_N_PRON));
}

static bool object_pronoun(const struct qx_doc *d, const struct qx_chunk *c)
{
    uint64_t w = d->tok[c->head].lex;
    return (c->flags & QX_N_PRON) && (w & QX_F(OBJ)) && !(w & QX_F(POSSPRON));
}

uint32_t qx_subject_chain(const struct qx_doc *d, uint32_t np)
{
    uint32_t lo = d->sent[d->chunk[np].sent].first;
    if (np >= lo + 3 && (d->chunk[np].flags & QX_N_PLACE) && d->chunk[np - 1].type == QX_C_CONJ &&
        d->chunk[np - 2].type == QX_C_NP && d->chunk[np - 3].type == QX_C_PREP)
        np -= 2; /* "polls in Ohio and Iowa" */
    const uint16_t somebody = QX_N_PERSON | QX_N_ROLE | QX_N_PRON | QX_N_DET | QX_N_HASGEN | QX_N_GEN;
    if (np >= lo + 5 && (d->chunk[np].flags & QX_N_NAME) && !(d->chunk[np].flags & somebody) &&
        d->chunk[np - 1].type == QX_C_CONJ && d->chunk[np - 2].type == QX_C_NP &&
        !(d->chunk[np - 2].flags & (QX_N_PRON | QX_N_ROLE)) && d->chunk[np - 3].type == QX_C_PREP)
        np -= 2; /* "of the Institute for Science and International Security" */
    for (uint32_t n = 0; n < CHAIN_MAX && np >= lo + 2 && d->chunk[np - 1].type == QX_C_PREP; n++) {
        uint32_t k = np - 2;
        if (d->chunk[k].type == QX_C_LPAR && k > lo) k--;
        if (d->chunk[k].type != QX_C_NP || (d->chunk[k].flags & QX_N_PRON) || is_time(&d->chunk[k])) break;
        np = k;
    }
    return np;
}

static uint32_t skip_back(const struct qx_doc *d, uint32_t j, uint32_t lo)
{
    while (j > lo) {
        const struct qx_chunk *c = &d->chunk[j - 1];
        if (c->type == QX_C_ADV || c->type == QX_C_LPAR)
            j--;
        else if (is_time(c))
            j -= j - 1 > lo && d->chunk[j - 2].type == QX_C_PREP ? 2 : 1;
        else
            break;
    }
    return j;
}

/* The verb group belongs to a clause that only describes what stands before it. */
static bool describes(const struct qx_doc *d, uint32_t vg, uint32_t lo)
{
    if (d->chunk[vg].flags & QX_V_ING) return true;
    uint32_t j = skip_back(d, vg, lo);
    if (j == lo) return false;
    const struct qx_chunk *c = &d->chunk[j - 1];
    if (c->type == QX_C_REL) return true;
    return c->type == QX_C_NP && (d->chunk[vg].flags & (QX_V_PAST | QX_V_TO)) && !(d->chunk[vg].flags & QX_V_FINITE);
}

/* "officials briefed on the matter", "a paper sent to them": the participle that the phrase behind it belongs to, given
 * its preposition, or QX_NONE. */
static uint32_t participle(const struct qx_doc *d, uint32_t prep, uint32_t lo)
{
    const struct qx_chunk *v = &d->chunk[prep - 1];
    if (prep < lo + 2 || v->type != QX_C_VG || v[-1].type != QX_C_NP || (v[-1].flags & (QX_N_PRON | QX_N_TIME)) ||
        (d->lex->grammar & QX_G_VERB_SECOND))
        return QX_NONE;
    uint64_t w = d->tok[v->head].lex;
    bool may = v->last == v->first + 1 && (w == 0 ? ends_in(d, v->head, "ed") /* "briefed" */
                                                  : (w & QX_F(VPP)) && !(w & (QX_F(VBASE) | QX_F(V3S))));
    bool doing = (v->flags & QX_V_ING) && v->last == v->first + 1 && !(w & (QX_F(SAY) | QX_F(THINK)));
    return (v->flags & QX_V_PAST) || may || doing ? prep - 1 : QX_NONE; /* "a man living in Ohio" */
}

/* "hours after Smith said": a clause, not a phrase. */
static bool then_clause(const struct qx_doc *d, uint32_t np)
{
    static const char *const all[] = { "after", "before", "until", "since" };
    uint32_t prep = d->chunk[np - 1].first;
    if ((d->tok[prep].len != 5 && d->tok[prep].len != 6) ||
        !(d->chunk[np].flags & (QX_N_PERSON | QX_N_PRON | QX_N_ROLE | QX_N_ORG)))
        return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is(d, prep, all[k])) return true;
    return false;
}

/* "Name, the head of a bank said": the comma behind the apposition is missing. */
static uint32_t renamed(const struct qx_doc *d, uint32_t head, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[head];
    uint32_t k = head - 1;
    if (!(c->flags & (QX_N_DET | QX_N_ROLE)) || (c->flags & (QX_N_PERSON | QX_N_PLURAL)) || k <= lo) return QX_NONE;
    k--;
    if (d->chunk[k].type == QX_C_LPAR && k > lo) k--;
    const struct qx_chunk *name = &d->chunk[k];
    if (name->type != QX_C_NP || !(name->flags & QX_N_PERSON) || (name->flags & QX_N_GEN)) return QX_NONE;
    return k == lo || d->chunk[k - 1].type == QX_C_SPAN || d->chunk[k - 1].type == QX_C_COMMA ? k : QX_NONE;
}

/* "Smith and other officials", "Smith and his lawyer", "Smith and others" */
static bool with(const struct qx_doc *d, uint32_t np)
{
    const struct qx_chunk *c = &d->chunk[np];
    if (!(c->flags & (QX_N_ROLE | QX_N_PRON)) || (d->lex->grammar & QX_G_VERB_SECOND)) return false;
    const struct qx_tok *t = &d->tok[c->first];
    if (t->pos == QX_P_POSS) return true;
    return (t->len == 5 || t->len == 6) && (qx_word_is(d, c->first, "other") || qx_word_is(d, c->first, "others"));
}

/* "About two-thirds of voters said": the preposition belongs to the number. */
static bool some_of(const struct qx_doc *d, uint32_t prep, uint32_t lo)
{
    const struct qx_tok *t = &d->tok[d->chunk[prep + 1].first];
    return (prep == lo || d->chunk[prep - 1].type == QX_C_COMMA) && (d->tok[d->chunk[prep].first].lex & QX_F(LONE)) &&
           !(d->lex->grammar & QX_G_VERB_SECOND) &&
           (t->kind == QX_NUMBER || t->pos == QX_P_NUM ||
            ((t->shape & QX_S_HYPHEN) && !(t->shape & QX_S_CAP) && d->text[t->off + t->len - 1] == 's'));
}

/* "officials who spoke with the Post": the phrase belongs to the relative clause. */
static bool who_did(const struct qx_doc *d, uint32_t prep, uint32_t lo)
{
    return prep >= lo + 3 && d->chunk[prep - 1].type == QX_C_VG && d->chunk[prep - 2].type == QX_C_REL &&
           d->chunk[prep - 3].type == QX_C_NP && !(d->lex->grammar & QX_G_VERB_SECOND);
}

/* The subject given a noun phrase right before the verb: "a spokesman for X", "a man who knows X". */
static uint32_t from_noun(const struct qx_doc *d, uint32_t np, uint32_t lo, bool ing, bool adjacent)
{
    if (adjacent && np > lo && d->chunk[np - 1].type == QX_C_PREP && then_clause(d, np)) return np;
    for (uint32_t n = 0; n < CHAIN_MAX; n++) {
        uint32_t head = qx_subject_chain(d, np);
        if (head == lo || ((d->chunk[head].flags & QX_N_PRON) && !with(d, head))) return head;
        const struct qx_chunk *before = &d->chunk[head - 1];
        if (before->type == QX_C_CONJ && head >= lo + 2 && (d->chunk[head - 2].flags & QX_N_PERSON) &&
            d->chunk[head - 2].type == QX_C_NP && ((d->chunk[head].flags & QX_N_PERSON) || with(d, head)) &&
            (head - 2 == lo || d->chunk[head - 3].type == QX_C_SPAN || d->chunk[head - 3].type == QX_C_COMMA))
            return head - 2; /* "Cruz and Trump said": the first of two */
        if (before->type == QX_C_CONJ && adjacent && head >= lo + 4 && (d->chunk[head].flags & QX_N_ROLE) &&
            d->chunk[head - 2].type == QX_C_NP && (d->chunk[head - 2].flags & QX_N_ROLE) &&
            d->chunk[head - 3].type == QX_C_COMMA) {
            uint32_t name = renamed(d, head - 2, lo); /* "Name, president and head of a bank said" */
            if (name != QX_NONE) return name;
        }
        if (before->type == QX_C_PREP && adjacent && np > head && d->chunk[np - 1].type == QX_C_CONJ) return head;
        if (before->type == QX_C_PREP && adjacent && !ing && participle(d, head - 1, lo) != QX_NONE) {
            np = head - 3;
            continue;
        }
        if (before->type == QX_C_PREP && adjacent && !ing && who_did(d, head - 1, lo)) {
            np = head - 4;
            continue;
        }
        if (before->type == QX_C_PREP && adjacent && some_of(d, head - 1, lo)) return head;
        if (before->type == QX_C_PREP) return ing || (head == np && adjacent) ? np : QX_NONE;
        if (before->type == QX_C_COMMA && adjacent) {
            uint32_t name = renamed(d, head, lo);
            if (name != QX_NONE) return name;
        }
        if (before->type != QX_C_VG || !describes(d, head - 1, lo) ||
            (adjacent && (d->tok[before->head].lex & (QX_F(SAY) | QX_F(THINK))) && (before->flags & QX_V_ING)))
            return head;
        uint32_t j = skip_back(d, head - 1, lo);
        if (j > lo && d->chunk[j - 1].type == QX_C_REL) j = skip_back(d, j - 1, lo);
        if (j > lo && d->chunk[j - 1].type == QX_C_COMMA) j--;
        if (j == lo || d->chunk[j - 1].type != QX_C_NP) return head;
        np = j - 1;
    }
    return np;
}

/* A piece between commas that only says more about what stands before it. */
static bool aside(const struct qx_chunk *c)
{
    switch (c->type) {
    case QX_C_NP:
        return !(c->flags & (QX_N_PERSON | QX_N_PRON)) || ((c->flags & QX_N_DET) && !(c->flags & QX_N_PRON));
    case QX_C_VG:
        return (c->flags & (QX_V_ING | QX_V_PAST | QX_V_TO)) != 0;
    case QX_C_REL:
    case QX_C_PREP:
    case QX_C_ADV:
    case QX_C_SUB:
    case QX_C_LPAR:
    case QX_C_CONJ:
        return true;
    default:
        return false;
    }
}

/* "The president, whose party lost, said": what is his does not say it. */
static bool whose(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    const struct qx_tok *t = &d->tok[d->chunk[np].first];
    return np > lo && t->pos == QX_P_POSS && (t->lex & QX_F(REL)) && d->chunk[np - 1].type == QX_C_COMMA;
}

/* Marks inside a phrase, "the show “Today”", are no border between clauses. */
static bool border(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (c->type == QX_C_SPAN && i > lo && (d->chunk[i - 1].type == QX_C_NP || d->chunk[i - 1].type == QX_C_PREP))
        return false;
    if (c->type == QX_C_SPAN && i > lo + 1 && d->chunk[i - 1].type == QX_C_COMMA && d->chunk[i - 2].type == QX_C_NP &&
        (d->tok[d->chunk[i - 2].head].lex & QX_F(WORK)))
        return false; /* "the show, “Today,”" */
    return fence(c);
}

/* "at a firm called X": what stands behind a preposition does nothing. */
static bool in_phrase(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    return np > lo && d->chunk[np - 1].type == QX_C_PREP && !(d->lex->grammar & QX_G_VERB_SECOND);
}

/* "from Ava, Ohio": the name behind the comma says where the place is. */
static bool where(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (c->type == QX_C_NP && c->ref != QX_NONE && d->person[c->ref].words > 1)
        return false; /* "Of the mayor, Smith said …" */
    return i >= lo + 3 && !(d->lex->grammar & QX_G_VERB_SECOND) && c->type == QX_C_NP && (c->flags & QX_N_NAME) &&
           c[-1].type == QX_C_COMMA && c[-2].type == QX_C_NP && (c[-2].flags & QX_N_NAME) &&
           !(c[-2].flags & QX_N_DET) && c[-3].type == QX_C_PREP && !(c->flags & (QX_N_DET | QX_N_GEN)) &&
           (!(d->tok[c->first].lex & QX_F(GIVEN)) || (d->tok[c->first].shape & QX_S_DOT)) &&
           d->tok[c->first].pos == QX_P_NAME;
}

/* "Smith, making clear that Hill lost the vote, said": a clause put in, whose subject is not that of the verb behind
 * it.
 */
static bool put_in(const struct qx_doc *d, uint32_t begin)
{
    const struct qx_chunk *c = &d->chunk[begin];
    return (c->type == QX_C_VG && (c->flags & QX_V_ING)) || c->type == QX_C_SUB || c->type == QX_C_PREP ||
           c->type == QX_C_REL;
}

/* "and" with a whole clause right in front of it. */
static bool new_clause(const struct qx_doc *d, uint32_t conj, uint32_t lo)
{
    if (d->chunk[conj].type != QX_C_CONJ || (d->lex->grammar & QX_G_VERB_SECOND)) return false;
    for (uint32_t k = conj, n = 0; k > lo && n < STEPS_MAX; n++) {
        const struct qx_chunk *c = &d->chunk[--k];
        if ((c->type == QX_C_COMMA && k + 1 < conj) || fence(c)) return false;
        if (c->type == QX_C_VG && (c->flags & QX_V_FINITE)) return true;
    }
    return false;
}

/* "Name, 53, a doctor in Ohio, said": back over the asides to what they say more about. */
uint32_t qx_subject_across(const struct qx_doc *d, uint32_t comma, uint32_t lo)
{
    uint32_t end = comma, first_found = QX_NONE;
    for (uint32_t n = 0; n < ASIDES_MAX && end > lo; n++) {
        uint32_t begin = end;
        while (begin > lo && end - begin < STEPS_MAX && d->chunk[begin - 1].type != QX_C_COMMA &&
               d->chunk[begin - 1].type != QX_C_DASH && !border(d, begin - 1, lo))
            begin--;
        uint32_t j = begin < end ? skip_back(d, end, begin) : begin;
        bool place = j == begin + 1 && where(d, begin, lo);
        bool theirs = begin < end && whose(d, begin, lo);
        if (j > begin && !place && !theirs && speaker_like(&d->chunk[j - 1]) && !object_pronoun(d, &d->chunk[j - 1])) {
            uint32_t np = from_noun(d, j - 1, begin, false, false);
            if (np == QX_NONE && n > 0 && begin == lo && (d->chunk[j - 1].flags & QX_N_PERSON) && then_clause(d, j - 1))
                return j - 1; /* "The issue came up after Smith, asked about it, had said …" */
            if (np != QX_NONE && np > lo && d->chunk[np - 1].type == QX_C_VG && !describes(d, np - 1, lo) &&
                (d->chunk[np - 1].flags & QX_V_FINITE) && d->chunk[np - 1].ref != QX_NONE && end == comma &&
                !in_phrase(d, d->chunk[np - 1].ref, lo) &&
                !(d->chunk[np - 1].ref > begin && begin > lo && put_in(d, begin))) {
                /* "The mayor mocked a reporter, called …": not the object */
                uint32_t subj = d->chunk[np - 1].ref, name = subj > lo ? renamed(d, subj, lo) : QX_NONE;
                return name != QX_NONE ? name : subj;
            }
            if (np != QX_NONE && speaker_like(&d->chunk[np])) {
                bool more = begin > lo && !border(d, begin - 1, lo);
                if (np == begin + 1 && (d->chunk[np].flags & QX_N_PERSON) &&
                    (d->chunk[begin].type == QX_C_SUB || new_clause(d, begin, lo)))
                    return np; /* "while Smith, the mayor, said", "it was dead, and Smith, the mayor, said" */
                if (!more || !aside(&d->chunk[begin])) return np;
                if (first_found == QX_NONE ||
                    (n == 1 && !(d->chunk[first_found].flags & QX_N_PERSON) && (d->chunk[np].flags & QX_N_PERSON)))
                    first_found = np;
            }
        }
        if (begin <= lo || border(d, begin - 1, lo)) break;
        end = begin - 1;
    }
    return first_found;
}

/* "helping her succeed", "making it clear": a base form behind somebody single is no finite verb. */
static bool bare(const struct qx_doc *d, const struct qx_chunk *c)
{
    uint64_t w = d->tok[c->head].lex;
    const struct qx_chunk *s = &d->chunk[c->ref];
    if (c->head != c->first || !(w & QX_F(VBASE)) || (w & (QX_F(VPAST) | QX_F(V3S))) || (s->flags & QX_N_PLURAL))
        return false;
    return (s->flags & QX_N_PERSON) || ((s->flags & QX_N_PRON) && s->head + 1 == c->first &&
                                        (object_pronoun(d, s) || qx_word_is(d, s->head, "it")));
}

static uint32_t previous_verb(const struct qx_doc *d, uint32_t i, uint32_t lo, bool finite)
{
    for (uint32_t n = 0; i > lo && n < STEPS_MAX; n++) {
        const struct qx_chunk *c = &d->chunk[--i];
        if (fence(c) && c->type != QX_C_SPAN) return QX_NONE;
        if (c->type == QX_C_VG && c->ref != QX_NONE &&
            (!finite || ((c->flags & QX_V_FINITE) && !bare(d, c) && !(i > lo && d->chunk[i - 1].type == QX_C_REL))))
            return i;
    }
    return QX_NONE;
}

/* "There is much talk, …": nobody. */
static bool there(const struct qx_doc *d, const struct qx_chunk *c)
{
    return (c->flags & QX_N_PRON) && (d->tok[c->head].lex & QX_F(ADV));
}

/* The verb is of a clause under another one: "rejected the notion that critics could leave". */
static bool under(const struct qx_doc *d, uint32_t v, uint32_t lo)
{
    uint32_t s = d->chunk[v].ref;
    if (s >= v) return false;
    s = skip_back(d, qx_subject_chain(d, s), lo);
    if (s > lo && d->chunk[s - 1].type == QX_C_VG)
        return (d->tok[d->chunk[s - 1].head].lex & (QX_F(SAY) | QX_F(THINK))) != 0; /* "said he saw" */
    static const char *const all[] = { "that", "how", "why", "whether" };
    for (size_t k = 0; k < sizeof all / sizeof all[0] && s > lo && d->chunk[s - 1].type == QX_C_SUB; k++)
        if (qx_word_is(d, d->chunk[s - 1].first, all[k])) return true;
    return false;
}

/* "Smith said Jones will be late, adding that …": what only is or will be adds nothing. */
static uint32_t past_states(const struct qx_doc *d, uint32_t vg, uint32_t i, uint32_t lo)
{
    if (!(d->tok[d->chunk[vg].head].lex & QX_F(SAY))) return QX_NONE;
    uint32_t v = previous_verb(d, i, lo, true), n = 0;
    while (v != QX_NONE && n < 6 && (d->chunk[v].flags & (QX_V_COPULA | QX_V_MODAL))) {
        v = previous_verb(d, v, lo, true);
        n++;
    }
    if (n == 0 || v == QX_NONE) return QX_NONE;
    uint64_t w = d->tok[d->chunk[v].head].lex;
    return (w & QX_F(SAY)) && (w & QX_F(STRONG)) && somebody(&d->chunk[d->chunk[v].ref]) ? d->chunk[v].ref : QX_NONE;
}

/* ", arguing that …" behind a comma: who does what the main clause says. */
static uint32_t same_as_main(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    uint32_t v = previous_verb(d, i, lo, true);
    for (uint32_t n = 0; v != QX_NONE && n < 6; n++, v = previous_verb(d, v, lo, true))
        if (!under(d, v, lo)) {
            const struct qx_chunk *s = &d->chunk[d->chunk[v].ref];
            return somebody(s) && !there(d, s) ? d->chunk[v].ref : QX_NONE;
        }
    return QX_NONE;
}

/* ", adding that …": by what stands in front of the comma, or QX_NONE. */
static uint32_t same_outside(const struct qx_doc *d, uint32_t vg, uint32_t i, uint32_t lo)
{
    uint32_t np = past_states(d, vg, i, lo);
    return np != QX_NONE ? np : same_as_main(d, i, lo);
}

/* The subject of the verb before, rather of one that somebody does. */
uint32_t qx_subject_same(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    uint32_t v = previous_verb(d, i, lo, true);
    for (uint32_t n = 0, k = v; k != QX_NONE && n < 4; n++, k = previous_verb(d, k, lo, true))
        if (somebody(&d->chunk[d->chunk[k].ref]) && !there(d, &d->chunk[d->chunk[k].ref])) return d->chunk[k].ref;
    if (v == QX_NONE || there(d, &d->chunk[d->chunk[v].ref])) v = previous_verb(d, i, lo, false);
    return v == QX_NONE ? QX_NONE : d->chunk[v].ref;
}

/* "led Smith to laugh and call it “…”": the base form goes on with the infinitive. */
static uint32_t same_infinitive(const struct qx_doc *d, uint32_t vg, uint32_t i, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[vg];
    uint64_t w = d->tok[c->head].lex;
    if ((d->lex->grammar & QX_G_VERB_SECOND) || c->head != c->first || !(w & QX_F(VBASE)) ||
        (w & (QX_F(VPAST) | QX_F(V3S))))
        return QX_NONE;
    uint32_t v = previous_verb(d, i, lo, false);
    return v != QX_NONE && (d->chunk[v].flags & QX_V_TO) ? d->chunk[v].ref : QX_NONE;
}

/* "Smith left, noting that Jones had won but warning that …": the one participle goes on with the other. */
static uint32_t same_participle(const struct qx_doc *d, uint32_t vg, uint32_t i, uint32_t lo)
{
    const uint64_t verbs = QX_F(SAY) | QX_F(CALL) | QX_F(THINK);
    if (!(d->chunk[vg].flags & QX_V_ING) || !(d->tok[d->chunk[vg].head].lex & verbs) ||
        (d->lex->grammar & QX_G_VERB_SECOND))
        return QX_NONE;
    for (uint32_t n = 0; i > lo && n < STEPS_MAX; n++) {
        const struct qx_chunk *c = &d->chunk[--i];
        if (fence(c) && c->type != QX_C_SPAN) break;
        if (c->type == QX_C_VG && (c->flags & QX_V_ING) && (d->tok[c->head].lex & verbs)) return c->ref;
    }
    return QX_NONE;
}

/* "X said … and added …": the verb of speech before it, rather than a verb inside what X said. */
static uint32_t same_as_said(const struct qx_doc *d, uint32_t vg, uint32_t i, uint32_t lo)
{
    if (d->tok[d->chunk[vg].head].lex & (QX_F(SAY) | QX_F(CALL))) {
        for (uint32_t k = i, n = 0; k > lo && n < STEPS_MAX; n++) {
            const struct qx_chunk *c = &d->chunk[--k];
            if (fence(c) && c->type != QX_C_SPAN) break;
            if (c->type == QX_C_VG && c->ref != QX_NONE && (c->flags & QX_V_FINITE) && !(c->flags & QX_V_PASSIVE) &&
                (d->tok[c->head].lex & QX_F(STRONG)))
                return c->ref;
        }
    }
    return qx_subject_same(d, i, lo);
}

/* "X issued a statement saying": the statement is X's. */
static uint32_t whose_paper(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[np];
    if (!(c->flags & (QX_N_DOC | QX_N_SPEECH)) && (somebody(c) || (c->flags & QX_N_NAME))) return QX_NONE;
    for (uint32_t j = np, n = 0; j > lo && n < 6; n++) {
        const struct qx_chunk *b = &d->chunk[--j];
        if (b->type == QX_C_VG) {
            uint32_t s = b->ref;
            return s != QX_NONE && somebody(&d->chunk[s]) && !(d->chunk[s].flags & QX_N_DOC) && !there(d, &d->chunk[s])
                       ? s
                       : QX_NONE;
        }
        if (b->type != QX_C_PREP && b->type != QX_C_NP && b->type != QX_C_ADV) break;
    }
    return QX_NONE;
}

/* "Speaking in Iowa, Trump said": the subject is still to come. */
static uint32_t subject_to_come(const struct qx_doc *d, uint32_t vg, uint32_t hi)
{
    uint32_t i = vg + 1;
    while (i < hi && i < vg + STEPS_MAX && d->chunk[i].type != QX_C_COMMA && !fence(&d->chunk[i])) i++;
    if (i + 1 < hi && (d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_SPAN) &&
        speaker_like(&d->chunk[i + 1]) &&
        (d->chunk[i].type == QX_C_COMMA || (i + 2 < hi && d->chunk[i + 2].type == QX_C_VG)))
        return i + 1;
    return QX_NONE;
}

/* "is likely to say", "would do better to say": an adjective alone behind a verb is no subject. */
static bool predicate(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[np];
    return np > lo && d->tok[c->head].pos == QX_P_ADJ && !(c->flags & (QX_N_DET | QX_N_NAME)) &&
           d->chunk[np - 1].type == QX_C_VG;
}

/* "most of them said" */
static bool most_of_them(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    return np > lo + 1 && d->chunk[np - 1].type == QX_C_PREP && d->chunk[np - 2].type == QX_C_NP &&
           d->tok[d->chunk[np - 2].head].pos == QX_P_DET && !(d->lex->grammar & QX_G_VERB_SECOND);
}

/* "had this to say", "has nothing to add" */
static bool had_this(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    static const char *const all[] = { "had", "has", "have" };
    if (np < lo + 2 || d->chunk[np - 1].type != QX_C_VG || (d->chunk[np].flags & (QX_N_PERSON | QX_N_ORG)) ||
        d->chunk[np].last != d->chunk[np].first + 1)
        return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is(d, d->chunk[np - 1].head, all[k])) return true;
    return false;
}

/* "took to Twitter to say", "went on television to say": where somebody did so, not who. */
static bool went(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    static const char *const all[] = { "to", "in", "on", "at", "with", "into", "from" };
    const uint16_t who = QX_N_PERSON | QX_N_ROLE | QX_N_PRON;
    if (had_this(d, np, lo)) return true;
    if (np < lo + 2 || d->chunk[np - 1].type != QX_C_PREP || d->chunk[np - 2].type != QX_C_VG ||
        (d->chunk[np].flags & who) || (d->tok[d->chunk[np - 2].head].lex & QX_F(SAY)) ||
        (d->lex->grammar & QX_G_VERB_SECOND))
        return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is(d, d->chunk[np - 1].first, all[k])) return true;
    return false;
}

/* "…, leading advisers like Smith to say": those who are made to. */
static uint32_t made_to(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    uint32_t head = qx_subject_chain(d, np);
    return head > lo && d->chunk[head - 1].type == QX_C_VG && (d->chunk[head - 1].flags & QX_V_ING) &&
                   (d->chunk[head].flags & (QX_N_PERSON | QX_N_ROLE)) && !(d->lex->grammar & QX_G_VERB_SECOND)
               ? head
               : QX_NONE;
}

/* Whom a relative pronoun means. */
static uint32_t who_is(const struct qx_doc *d, uint32_t rel, uint32_t lo)
{
    uint32_t j = skip_back(d, rel, lo);
    if (j > lo && (d->chunk[j - 1].type == QX_C_COMMA || d->chunk[j - 1].type == QX_C_DASH)) j--;
    if (j == lo || d->chunk[j - 1].type != QX_C_NP) return QX_NONE;
    if (where(d, j - 1, lo)) j -= 2;
    uint16_t named = qx_word_is(d, d->chunk[rel].first, "who") ? QX_N_PERSON | QX_N_ROLE : QX_N_PERSON;
    if ((d->chunk[j - 1].flags & named) && !somebody(&d->chunk[qx_subject_chain(d, j - 1)]))
        return j - 1; /* "talk about John Smith, who", "an answer to the mayor who" */
    return qx_subject_chain(d, j - 1);
}

/* "both", "all" and "each" alone. */
static bool floats(const struct qx_doc *d, uint32_t np)
{
    static const char *const all[] = { "both", "each", "all" };
    const struct qx_chunk *c = &d->chunk[np];
    if (d->tok[c->first].pos != QX_P_DET || c->last != c->first + 1) return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is_small(d, c->first, all[k])) return true;
    return false;
}

/* "Smith and Hill both said": the word behind the names is no subject of its own. */
static bool floating(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[np];
    return np > lo && c[-1].type == QX_C_NP && !(c[-1].flags & (QX_N_TIME | QX_N_NUM)) && floats(d, np);
}

/* "he has hired women and calling him": who is called so is not who does. */
static bool clashes(const struct qx_doc *d, uint32_t vg, uint32_t subj, uint32_t hi)
{
    if (subj == QX_NONE || vg + 1 >= hi || !object_pronoun(d, &d->chunk[vg + 1])) return false;
    const struct qx_chunk *s = &d->chunk[subj], *o = &d->chunk[vg + 1];
    return (s->flags & QX_N_PRON) && s->gender != QN_QUOTES_GENDER_OPEN && s->gender == o->gender &&
           d->tok[o->head].len == 3;
}

/* Somebody else who does something further in front, or QX_NONE. */
static uint32_t another(const struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t not_this)
{
    uint32_t v = previous_verb(d, i, lo, false);
    for (uint32_t n = 0; v != QX_NONE && n < 8 && d->chunk[v].ref == not_this; n++) v = previous_verb(d, v, lo, false);
    return v == QX_NONE || !somebody(&d->chunk[d->chunk[v].ref]) ? QX_NONE : d->chunk[v].ref;
}

/* "attacked Smith for saying", "accused Smith of saying": it is Smith who did so. */
static bool blamed(const struct qx_doc *d, uint32_t prep, uint32_t lo)
{
    if (prep < lo + 3 || (d->lex->grammar & QX_G_VERB_SECOND)) return false;
    const struct qx_chunk *np = &d->chunk[prep - 1], *v = &d->chunk[prep - 2];
    if (np->type != QX_C_NP || !(np->flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_PRON)) || v->type != QX_C_VG ||
        (v->flags & QX_V_PASSIVE) || !(d->tok[v->head].lex & (QX_F(CALL) | QX_F(TELL))))
        return false;
    return qx_word_is(d, d->chunk[prep].first, "for") || qx_word_is(d, d->chunk[prep].first, "of");
}

/* "launched his campaign by saying": the verb right in front tells who, even of a relative clause. */
static bool by_doing(const struct qx_doc *d, uint32_t prep)
{
    return d->chunk[prep].type == QX_C_PREP && qx_word_is_small(d, d->chunk[prep].first, "by") &&
           !(d->lex->grammar & QX_G_VERB_SECOND);
}

static uint32_t nearest_verb(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    for (uint32_t n = 0; i > lo && n < STEPS_MAX; n++) {
        const struct qx_chunk *c = &d->chunk[--i];
        if (fence(c) || c->type == QX_C_COMMA) return QX_NONE;
        if (c->type == QX_C_VG && (c->flags & QX_V_FINITE)) return i;
    }
    return QX_NONE;
}

/* "Smith, citing “x,” said", "Smith, who calls it “x,” left": what stands around the marks is put in. */
static uint32_t around_marks(const struct qx_doc *d, uint32_t span, uint32_t lo)
{
    uint32_t k = span;
    while (k > lo + 1 && span - k < 6 &&
           (d->chunk[k - 1].type == QX_C_NP || d->chunk[k - 1].type == QX_C_PREP || d->chunk[k - 1].type == QX_C_ADV ||
            d->chunk[k - 1].type == QX_C_SUB))
        k--;
    if (k < lo + 3 || d->chunk[k - 1].type != QX_C_VG || (d->lex->grammar & QX_G_VERB_SECOND)) return QX_NONE;
    const struct qx_chunk *v = &d->chunk[k - 1];
    bool in = (v[-1].type == QX_C_COMMA && (v->flags & QX_V_ING)) ||
              (v[-1].type == QX_C_REL && k > lo + 3 && v[-2].type == QX_C_COMMA);
    return in && v->ref != QX_NONE && v->ref < k - 1 ? v->ref : QX_NONE;
}

/* "whom he once called “…”" */
static bool once(const struct qx_doc *d, uint32_t j, uint32_t lo)
{
    return j - 1 > lo && d->chunk[j - 2].type == QX_C_NP && d->chunk[j].type == QX_C_VG &&
           qx_word_is(d, d->chunk[j - 1].first, "once");
}

/* "have both said": an auxiliary stands before the word. */
static bool parted(const struct qx_doc *d, uint32_t np, uint32_t lo)
{
    return np > lo + 1 && d->chunk[np - 1].type == QX_C_VG && d->tok[d->chunk[np - 1].head].pos == QX_P_AUX &&
           d->chunk[np - 1].last == d->chunk[np - 1].first + 1 && floats(d, np);
}

/* Chunks between the subject and its verb that are not asked: "both", "once", "have both". */
static inline uint32_t passed_over(const struct qx_doc *d, uint32_t j, uint32_t lo)
{
    uint8_t t = d->chunk[j - 1].type;
    if (t == QX_C_NP && parted(d, j - 1, lo)) return 2;
    return (t == QX_C_NP && floating(d, j - 1, lo)) || (t == QX_C_SUB && once(d, j, lo));
}

/* "blamed Smith for saying", "replied by saying", "before saying that": the verb stands behind the preposition, or the
 * conjunction, at chunk p. */
static uint32_t behind_preposition(const struct qx_doc *d, uint32_t vg, uint32_t p, bool ing)
{
    const struct qx_sent *s = &d->sent[d->chunk[vg].sent];
    if (ing && blamed(d, p, s->first)) return p - 1;
    if (ing && by_doing(d, p)) {
        uint32_t v = nearest_verb(d, p, s->first);
        if (v != QX_NONE && (d->chunk[v].flags & QX_V_PASSIVE)) return QX_NONE;
        if (v != QX_NONE && d->chunk[v].ref != QX_NONE) return d->chunk[v].ref;
    }
    uint32_t np = qx_subject_same(d, p, s->first);
    return np != QX_NONE ? np : ing ? subject_to_come(d, vg, s->last) : QX_NONE;
}

static uint32_t subject_before(const struct qx_doc *d, uint32_t vg)
{
    const struct qx_sent *s = &d->sent[d->chunk[vg].sent];
    uint32_t lo = s->first, j = skip_back(d, vg, lo);
    bool ing = (d->chunk[vg].flags & (QX_V_ING | QX_V_TO)) != 0;

    if (j == lo) return ing ? subject_to_come(d, vg, s->last) : QX_NONE;
    j -= passed_over(d, j, lo);
    const struct qx_chunk *c = &d->chunk[j - 1];
    switch (c->type) {
    case QX_C_NP:
        if (is_time(c) || (object_pronoun(d, c) && !ing && !most_of_them(d, j - 1, lo)) || predicate(d, j - 1, lo))
            return qx_subject_same(d, j - 1, lo);
        if (ing) {
            uint32_t np = whose_paper(d, qx_subject_chain(d, j - 1), lo);
            if (np == QX_NONE && (d->chunk[vg].flags & QX_V_TO) && went(d, j - 1, lo))
                np = qx_subject_same(d, j - 1, lo);
            if (np == QX_NONE && (d->chunk[vg].flags & QX_V_TO)) np = made_to(d, j - 1, lo);
            if (np != QX_NONE) return np;
        }
        /* "Smith, a spokesman said, will come" and "Smith, a spokesman said, “will come”": here it is the spokesman */
        return from_noun(
            d, j - 1, lo, ing,
            !(vg + 1 < s->last && d->chunk[vg + 1].type == QX_C_COMMA) ||
                (vg + 2 < s->last && d->chunk[vg + 2].type == QX_C_SPAN && (d->chunk[vg + 2].flags & QX_Q_CAP)));
    case QX_C_COMMA:
    case QX_C_DASH: {
        if (ing) {
            uint32_t np = same_outside(d, vg, j - 1, lo);
            if (np == QX_NONE) np = same_as_said(d, vg, j - 1, lo);
            if (np != QX_NONE) return np;
        }
        uint32_t np = qx_subject_across(d, j - 1, lo);
        return np != QX_NONE ? np : qx_subject_same(d, j - 1, lo);
    }
    case QX_C_SPAN: {
        if (!border(d, j - 1, lo) && (c->flags & QX_Q_COMMA) && !ing)
            return qx_subject_across(d, j, lo); /* "Name, host of “Today,” said" */
        if (!ing) return c->flags & QX_Q_COMMA ? around_marks(d, j - 1, lo) : QX_NONE;
        uint32_t np = c->flags & QX_Q_COMMA ? same_outside(d, vg, j - 1, lo) : QX_NONE; /* "calling it “x,” saying" */
        return np != QX_NONE ? np : same_as_said(d, vg, j - 1, lo);
    }
    case QX_C_CONJ: {
        uint32_t np = same_infinitive(d, vg, j, lo);
        if (np == QX_NONE && ing) np = same_participle(d, vg, j, lo);
        if (np == QX_NONE) np = same_as_said(d, vg, j, lo);
        return ing && clashes(d, vg, np, s->last) ? another(d, j, lo, np) : np;
    }
    case QX_C_VG:
        return qx_subject_same(d, j, lo);
    case QX_C_REL:
        return who_is(d, j - 1, lo);
    case QX_C_PREP:
    case QX_C_SUB:
        return behind_preposition(d, vg, j - 1, ing);
    default:
        return QX_NONE;
    }
}

/* There is a clause, or marked words, that can have been said: not in "Smith, the mayor, said the man who came …". */
static bool said_before(const struct qx_doc *d, uint32_t first, uint32_t i)
{
    for (uint32_t n = 0; i > first && n < STEPS_MAX; n++)
        if (d->chunk[--i].type == QX_C_SPAN || d->chunk[i].type == QX_C_VG) return true;
    return i > first;
}

/* "…," said Smith. — The plan is dead, said Smith. */
static uint32_t subject_behind(const struct qx_doc *d, uint32_t vg)
{
    const struct qx_sent *s = &d->sent[d->chunk[vg].sent];
    uint32_t i = vg + 1, j = skip_back(d, vg, s->first);
    const struct qx_chunk *v = &d->chunk[vg];

    if (!(v->flags & QX_V_FINITE) || (v->flags & (QX_V_COPULA | QX_V_PASSIVE))) return QX_NONE;
    while (i < s->last && d->chunk[i].type == QX_C_ADV) i++;
    if (i >= s->last || !speaker_like(&d->chunk[i]) || object_pronoun(d, &d->chunk[i])) return QX_NONE;
    bool begins = j == s->first;
    bool comma = !begins && (d->chunk[j - 1].type == QX_C_COMMA || d->chunk[j - 1].type == QX_C_DASH);
    bool span = !begins &&
                (d->chunk[j - 1].type == QX_C_SPAN || (comma && j - 1 > s->first && d->chunk[j - 2].type == QX_C_SPAN));
    bool clause = i + 1 < s->last && d->chunk[i + 1].type == QX_C_VG && (d->chunk[i + 1].flags & QX_V_FINITE);
    if (span && clause && d->chunk[s->first].type != QX_C_SPAN)
        return QX_NONE; /* "X, citing “…,” said the plan was dead" */
    if (span && d->chunk[s->first].type != QX_C_SPAN && !(d->lex->grammar & QX_G_VERB_SECOND) &&
        (!(d->tok[v->head].lex & QX_F(SAY)) || !(d->tok[v->head].lex & QX_F(STRONG))))
        return QX_NONE; /* "X, who calls it “…,” denounced the plan" */
    if (span) return i;
    if (!(d->tok[v->head].lex & QX_F(SAY))) return QX_NONE;
    if (clause) return QX_NONE;
    if (begins) return i;
    bool of = i + 2 < s->last && (d->chunk[i].flags & QX_N_DET) && d->chunk[i + 1].type == QX_C_PREP &&
              qx_word_is(d, d->chunk[i + 1].first, "of") &&
              (d->chunk[i + 2].flags & QX_N_ROLE); /* "a handful of critics" */
    if (comma && ((d->chunk[i].flags & (QX_N_NAME | QX_N_ROLE | QX_N_PRON | QX_N_ORG)) || of) &&
        (!(d->chunk[i].flags & QX_N_DET) || said_before(d, s->first, j)) && !(d->tok[v->head].lex & QX_F(TELL)) &&
        (d->tok[v->head].lex & QX_F(STRONG))) {
        bool end = i + 1 >= s->last || d->chunk[i + 1].type == QX_C_COMMA || d->chunk[i + 1].type == QX_C_STOP ||
                   d->chunk[i + 1].type == QX_C_PREP || d->chunk[i + 1].type == QX_C_REL ||
                   d->chunk[i + 1].type == QX_C_LPAR ||
                   (d->chunk[i + 1].type == QX_C_CONJ && i + 3 < s->last && d->chunk[i + 2].type == QX_C_NP &&
                    (d->chunk[i + 3].type == QX_C_COMMA || d->chunk[i + 3].type == QX_C_STOP));
        return end ? i : QX_NONE;
    }
    return QX_NONE;
}

uint32_t qx_subject_of(const struct qx_doc *d, uint32_t vg, bool *after)
{
    if (d->lex->grammar & QX_G_VERB_SECOND) {
        uint32_t np = qx_subject_german(d, vg, after);
        return np != QX_NONE ? np : subject_before(d, vg);
    }
    if (d->lex->grammar & QX_G_FEW_VERBS) return qx_border_subject(d, vg, after);
    uint32_t np = subject_behind(d, vg);
    *after = np != QX_NONE;
    return np != QX_NONE ? np : subject_before(d, vg);
}
