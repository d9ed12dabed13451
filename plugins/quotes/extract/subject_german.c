/* Who does what a German verb says: by the endings of the words in its clause, and by their places. */
#include "subject.h"

/* German nouns that are feminine by their ending, or by the list. */
static bool feminine(const struct qx_doc *d, uint32_t tok)
{
    static const char *const all[] = { "ung", "heit", "keit", "schaft", "ion", "tät",
                                       "ei",  "ie",   "ik",   "erin",   "enz", "anz" };
    if ((d->tok[tok].lex & QX_F(ROLE)) && ends_in(d, tok, "e")) return false; /* "der Vorsitzende" */
    if (d->tok[tok].lex & QX_F(FEMALE)) return true;
    if (d->tok[tok].pos != QX_P_NOUN && !(d->tok[tok].lex & QX_F(NOUN))) return false;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (ends_in(d, tok, all[i])) return true;
    return false;
}

static bool genitive_article(const struct qx_doc *d, uint32_t tok)
{
    return qx_word_is(d, tok, "der") || ((d->tok[tok].pos == QX_P_DET || d->tok[tok].pos == QX_P_POSS) &&
                                         ends_in(d, tok, "er") && d->tok[tok].len > 4);
}

/* By its first word a German noun phrase is no subject: "den Minister", "der Zeitung", "seinem Sprecher". */
static bool oblique(const struct qx_doc *d, const struct qx_chunk *c)
{
    static const char *const objects[] = { "ihn", "ihm", "ihnen", "sich", "mich", "mir", "uns", "dich", "dir" };
    static const char *const genitives[] = { "des", "eines", "seines", "ihres", "unseres", "keines" };
    uint8_t pos = d->tok[c->first].pos;
    for (size_t i = 0; i < sizeof objects / sizeof objects[0] && (c->flags & QX_N_PRON); i++)
        if (qx_word_is(d, c->first, objects[i])) return true;
    if (pos != QX_P_DET && pos != QX_P_POSS && pos != QX_P_ADJ) return false;
    char last = d->text[d->tok[c->first].off + d->tok[c->first].len - 1];
    for (size_t i = 0; i < sizeof genitives / sizeof genitives[0] && last == 's'; i++)
        if (qx_word_is(d, c->first, genitives[i])) return true;
    if (last != 'm' && last != 'n' && last != 'r') return false;
    if (ends_in(d, c->first, "em") || ends_in(d, c->first, "en")) return true;
    return genitive_article(d, c->first) && !(d->tok[c->head].lex & QX_F(MALE)) && feminine(d, c->head);
}

/* "die Rede der Minister": what stands right behind another noun phrase says whose it is. */
static bool attribute_of(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    if (i == lo || d->chunk[i - 1].type != QX_C_NP || (d->chunk[i - 1].flags & (QX_N_TIME | QX_N_PRON))) return false;
    return genitive_article(d, d->chunk[i].first);
}

/* An article without its noun, which stands in marks. */
static bool bare_article(const struct qx_doc *d, uint32_t tok)
{
    static const char *const all[] = {
        "ein", "eine", "der", "die", "das", "kein", "keine", "dieses", "diese", "dieser"
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (qx_word_is(d, tok, all[i])) return true;
    return false;
}

/* "Offiziell geht die Regierung davon aus": an adverb that begins the sentence is no name. */
static bool adverbial(const struct qx_doc *d, const struct qx_chunk *c)
{
    static const char *const all[] = { "iell", "mäß", "lich", "weise" };
    const struct qx_tok *t = &d->tok[c->head];
    if (c->last != c->first + 1 || t->lex != 0 || !(t->shape & QX_S_FIRST)) return false;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (ends_in(d, c->head, all[i])) return true;
    return false;
}

static bool can_be_subject(const struct qx_doc *d, uint32_t i, uint32_t lo)
{
    const struct qx_chunk *c = &d->chunk[i];
    if (d->tok[c->head].pos == QX_P_ADJ && !(c->flags & QX_N_DET)) return false; /* an infinitive that is in no list */
    if (c->last == c->first + 1 && c->flags & QX_N_DET && bare_article(d, c->first)) return false;
    if (adverbial(d, c)) return false;
    return speaker_like(c) && !oblique(d, c) && (i == lo || d->chunk[i - 1].type != QX_C_PREP);
}

/* Pronouns that are nothing but subjects. */
static bool nominative(const struct qx_doc *d, const struct qx_chunk *c)
{
    return (c->flags & QX_N_PRON) &&
           (qx_word_is(d, c->head, "er") || qx_word_is(d, c->head, "man") || qx_word_is(d, c->head, "wir") ||
            qx_word_is(d, c->head, "ich") || qx_word_is(d, c->head, "sie"));
}

/* How much a noun phrase of a German clause looks like the one that does what the verb says. */
static int subject_score(const struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t vg)
{
    const struct qx_chunk *c = &d->chunk[i];
    uint64_t verb = d->tok[d->chunk[vg].head].lex;
    int score = nominative(d, c) ? 8 : 0;
    if (c->flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG))
        score = 5;
    else if (c->flags & (QX_N_DOC | QX_N_NAME))
        score = 3;
    if (attribute_of(d, i, lo)) score -= 6;
    bool one = (verb & (QX_F(V3S) | QX_F(VPAST))) && !(verb & (QX_F(PLURAL) | QX_F(VBASE)));
    if (one && (d->tok[c->head].lex & QX_F(PLURAL)) &&
        !(d->tok[c->first].pos == QX_P_DET && !qx_word_is(d, c->first, "die")))
        score -= 3;
    return score;
}

/* The sentence comes to its first comma without a verb, and behind what is put in there is none either. */
static bool no_verb_yet(const struct qx_doc *d, uint32_t i, uint32_t vg)
{
    uint32_t n = 0;
    for (; i < vg && n < STEPS_MAX && d->chunk[i].type != QX_C_COMMA; i++, n++)
        if (d->chunk[i].type == QX_C_VG) return false;
    for (; i + 1 < vg && n < STEPS_MAX; i++, n++)
        if (d->chunk[i].type == QX_C_COMMA && d->chunk[i + 1].type == QX_C_VG && (d->chunk[i + 1].flags & QX_V_FINITE))
            return false;
    return true;
}

/* Where the clause of a German verb begins; "and" parts two clauses where a verb stands on either side of it. */
static uint32_t clause_start(const struct qx_doc *d, uint32_t vg, uint32_t first)
{
    uint32_t lo = vg, conj = QX_NONE;
    for (uint32_t n = 0; lo > first && n < STEPS_MAX; n++) {
        const struct qx_chunk *c = &d->chunk[lo - 1];
        if (c->type == QX_C_COMMA || c->type == QX_C_SUB || c->type == QX_C_REL || (fence(c) && c->type != QX_C_SPAN))
            break;
        if (c->type == QX_C_CONJ && conj == QX_NONE) conj = lo;
        if (c->type == QX_C_VG && conj != QX_NONE && (c->flags & QX_V_FINITE)) return conj;
        lo--;
    }
    return lo;
}

/* Whom "der", "die", "das" mean that began a relative clause. */
static uint32_t antecedent(const struct qx_doc *d, uint32_t rel, uint32_t lo)
{
    uint32_t j = rel;
    if (j > lo && d->chunk[j - 1].type == QX_C_COMMA) j--;
    if (j > lo && d->chunk[j - 1].type == QX_C_LPAR) j--;
    if (j == lo || d->chunk[j - 1].type != QX_C_NP) return QX_NONE;
    uint32_t np = qx_subject_chain(d, j - 1);
    while (np > lo && attribute_of(d, np, lo)) np--;
    return np;
}

struct best {
    uint32_t np;
    int score;
};

static void consider(const struct qx_doc *d, uint32_t i, uint32_t lo, uint32_t vg, int bonus, struct best *b)
{
    if (!can_be_subject(d, i, lo)) return;
    if (i >= lo + 2 && d->chunk[i - 1].type == QX_C_CONJ && d->chunk[i - 2].type == QX_C_NP && b->np != QX_NONE)
        return; /* "X und Y": X stands for both */
    int score = subject_score(d, i, lo, vg) + bonus;
    if (score <= b->score) return;
    b->np = i;
    b->score = score;
}

/* "der sagte": who began the clause is the subject, unless its words leave that to somebody else. */
static uint32_t relative_subject(const struct qx_doc *d, uint32_t rel, const struct best *inside)
{
    uint32_t lo = d->sent[d->chunk[rel].sent].first, tok = d->chunk[rel].first, np = antecedent(d, rel, lo);
    if (np == QX_NONE) return inside->np;
    if (qx_word_is(d, tok, "der") || qx_word_is(d, tok, "welcher")) return np;
    if (!qx_word_is(d, tok, "die") && !qx_word_is(d, tok, "das") && !qx_word_is(d, tok, "welche") &&
        !qx_word_is(d, tok, "welches"))
        return inside->np;
    if (inside->np == QX_NONE) return np;
    bool somebody_in = inside->score >= 5;
    return nominative(d, &d->chunk[inside->np]) || (somebody_in && !somebody(&d->chunk[np])) ? inside->np : np;
}

/* Verb-second and verb-final clauses: who stands in front is the subject if it looks like one, else who stands behind
 * the verb. */
uint32_t qx_subject_german(const struct qx_doc *d, uint32_t vg, bool *after)
{
    const struct qx_sent *s = &d->sent[d->chunk[vg].sent];
    uint32_t lo = clause_start(d, vg, s->first);
    bool marks = vg > s->first &&
                 (d->chunk[vg - 1].type == QX_C_SPAN ||
                  (vg > s->first + 1 && d->chunk[vg - 1].type == QX_C_COMMA && d->chunk[vg - 2].type == QX_C_SPAN));
    struct best b = { QX_NONE, -100 };
    *after = false;
    /* "X, Sprecher der Partei, sagte": the sentence begins with its subject, and only an apposition parts it from the
     * verb */
    bool so = qx_word_is(d, d->chunk[vg].first, "so"); /* "Der Grund, so vermutet X, …" */
    if (lo == vg && !marks && !so && vg > s->first + 1 && d->chunk[vg - 1].type == QX_C_COMMA &&
        can_be_subject(d, s->first, s->first) && no_verb_yet(d, s->first, vg)) {
        uint32_t np = qx_subject_across(d, vg - 1, s->first);
        if (np != QX_NONE) return np;
    }
    for (uint32_t i = lo, n = 0; i < vg && !(marks && lo == vg); i++)
        if (can_be_subject(d, i, s->first)) consider(d, i, s->first, vg, 3 - (int)(n < 3 ? n++ : 3), &b);
    if (lo > s->first && d->chunk[lo - 1].type == QX_C_REL && lo < vg + 1) return relative_subject(d, lo - 1, &b);
    bool subordinate = lo > s->first && d->chunk[lo - 1].type == QX_C_SUB;
    if (subordinate && b.np != QX_NONE) return b.np;
    bool bare_comma = lo == vg && vg > s->first + 1 && d->chunk[vg - 1].type == QX_C_COMMA && !marks;
    if (bare_comma && (vg + 1 >= s->last || d->chunk[vg + 1].type != QX_C_NP)) {
        uint32_t np = qx_subject_same(d, vg - 1, s->first); /* "X wollte sich nicht festlegen, sagte aber, …" */
        if (np != QX_NONE) return np;
    }
    for (uint32_t i = vg + 1, n = 0; i < s->last && i < vg + STEPS_MAX; i++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_COMMA || c->type == QX_C_SUB || fence(c) || c->type == QX_C_CONJ) break;
        if (!can_be_subject(d, i, s->first)) continue;
        uint32_t was = b.np;
        consider(d, i, s->first, vg, 2 - (int)(n < 3 ? 2 * n++ : 6), &b);
        if (b.np != was) *after = true;
    }
    return b.np;
}
