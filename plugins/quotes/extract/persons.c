/*
 * The people of a story: one entry each, whatever they are called on the way. Full names make the table first, so that
 * a surname in a headline finds the full name that only comes below it.
 */
#include "runs.h"

#include <stdlib.h>
#include <string.h>

#define GIVEN_SALT 0x9e3779b9u
#define NAME_ONLY  (QX_F(GIVEN) | QX_F(MALE) | QX_F(FEMALE) | QX_F(SUFFIX))
#define CHAIN_MAX  16u /* namesakes looked at; a story with more of them has other troubles */

static struct qx_name *name_slot(const struct qx_doc *d, uint32_t key)
{
    uint32_t i = (key * 0x9e3779b1u) & d->names_mask;
    while (d->names[i].person != 0 && d->names[i].key != key) i = (i + 1) & d->names_mask;
    return &d->names[i];
}

static bool names_room(struct qx_doc *d)
{
    if ((d->nperson + 1) * 10 < d->names_mask) return true;
    uint32_t old_n = d->names_mask + 1, n = old_n * 2;
    struct qx_name *old = d->names, *fresh = calloc(n, sizeof *fresh);
    if (fresh == NULL) return false;
    d->names = fresh;
    d->names_mask = n - 1;
    for (uint32_t i = 0; i < old_n; i++)
        if (old[i].person != 0) *name_slot(d, old[i].key) = old[i];
    qx_free(d, old);
    return true;
}

static bool is_name(const struct qx_tok *t)
{
    return t->pos == QX_P_NAME;
}

/* The last names of tokens first to last, and what belongs to none of the parts of a phrase among them. */
static bool last_names(const struct qx_doc *d, uint32_t first, uint32_t last, uint32_t *b, uint32_t *e)
{
    uint32_t n = last <= first ? 0 : last - first < QX_RUN ? last - first : QX_RUN;
    unsigned in = 0xffffu & ~((1u << (QX_RUN - n)) - 1), names = qx_run(d, last, QX_P_NAME) & in;
    if (names == 0) return false;
    unsigned high = 31 - (unsigned)__builtin_clz(names);
    unsigned low = qx_run_begins(names | (qx_run(d, last, QX_P_OTHER) & in & (in << 1)), high);
    low += (unsigned)__builtin_ctz(names >> low);
    *b = last - QX_RUN + low;
    *e = last - QX_RUN + high + 1;
    return true;
}

bool qx_persons_name_in(const struct qx_doc *d, uint32_t first, uint32_t last, uint32_t *tok, uint32_t *ntok)
{
    uint32_t b, e;
    if (!last_names(d, first, last, &b, &e)) return false;
    const uint64_t office = QX_F(ORG) | QX_F(NOUN) | QX_F(ORGNAME) | QX_F(ROLE);
    while ((d->tok[b].lex & office) && b + 1 < e && !(d->tok[b].lex & QX_F(GIVEN)) &&
           ((d->tok[b + 1].lex & QX_F(GIVEN)) || e - b == 2))
        b++;              /* of State John Kerry, Team Trump */
    bool offices = false; /* of Government Affairs Phil Smith, Ava County Clerk Mary Moss */
    for (uint32_t k = b + 1, from = b; !(d->tok[from].lex & QX_F(GIVEN)) && k + 1 < e && k < from + 4; k++) {
        offices |= (d->tok[k - 1].lex & office) && !(d->tok[k - 1].lex & QX_F(GIVEN));
        if (offices && (d->tok[k].lex & QX_F(GIVEN))) b = k;
    }
    if ((d->lex->grammar & QX_G_FEW_VERBS) && first > 0 && d->tok[first - 1].pos == QX_P_PREP) {
        uint32_t given = b; /* "v Brně Jan Novák": cases are not read, so a place and a name look like one */
        while (given < e && !(d->tok[given].lex & QX_F(GIVEN))) given++;
        if (given + 1 < e) b = given;
    }
    *tok = b;
    *ntok = e - b;
    return e > b;
}

static uint32_t family_of(const struct qx_doc *d, uint32_t tok, uint32_t n)
{
    uint32_t i = tok + n - 1;
    while (i > tok && (d->tok[i].lex & QX_F(SUFFIX)) && !(d->tok[i].lex & QX_F(GIVEN))) i--;
    return i;
}

/* What a surname is found by: "al-Masri" and "Masri" are the same. */
static uint32_t family_key(const struct qx_doc *d, uint32_t tok)
{
    const struct qx_tok *t = &d->tok[tok];
    const char *w = d->text + t->off;
    char low[QX_LEX_WORD_MAX];
    if (!(t->shape & QX_S_HYPHEN) || t->len < 6 || t->len > sizeof low || w[2] != '-' || (w[1] | 32) != 'l' ||
        ((w[0] | 32) != 'a' && (w[0] | 32) != 'e'))
        return t->hash;
    for (uint32_t i = 3; i < t->len; i++) {
        low[i - 3] = w[i] >= 'A' && w[i] <= 'Z' ? (char)(w[i] | 32) : w[i];
        if ((unsigned char)w[i] >= 0x80) return t->hash; /* letters that tokens.c makes small ones in its own way */
    }
    uint64_t h = qx_hash_word(low, t->len - 3u);
    return qx_lexicon_check(h);
}

static bool initial(const struct qx_tok *t)
{
    return t->cplen <= 2 && (t->shape & QX_S_DOT);
}

static bool given_fits(const struct qx_doc *d, uint32_t a, uint32_t b)
{
    const struct qx_tok *x = &d->tok[a], *y = &d->tok[b];
    if (x->hash == y->hash) return true;
    if (initial(x) || initial(y)) return d->text[x->off] == d->text[y->off];
    /* Rob and Robert, Chris and Christopher */
    uint16_t n = x->len < y->len ? x->len : y->len;
    return n >= 3 && x->len != y->len && memcmp(d->text + x->off, d->text + y->off, n) == 0;
}

/* Any name of q before its surname, so that "Edgar Moss" is J. Edgar Moss. */
static bool some_given_fits(const struct qx_doc *d, const struct qx_person *q, uint32_t tok)
{
    if (given_fits(d, q->given, tok)) return true;
    for (uint32_t i = q->given + 1; i < q->family && i < q->given + 4; i++)
        if (d->tok[i].hash == d->tok[tok].hash) return true;
    return false;
}

static int add_person(struct qx_doc *d, uint32_t tok, uint32_t n, uint32_t *out)
{
    uint32_t fam = family_of(d, tok, n);
    if (!QX_ROOM(d, person) || !names_room(d)) return QN_QUOTES_ENOMEM;
    uint32_t p = d->nperson++;
    uint32_t family = family_key(d, fam);
    struct qx_name *f = name_slot(d, family);
    d->person[p] = (struct qx_person){
        .tok = tok,
        .ntok = n,
        .given = tok,
        .family = fam,
        .given_hash = d->tok[tok].hash,
        .family_hash = family,
        .role_tok = QX_NONE,
        .named_at = QX_NONE,
        .first_at = tok,
        .words = (uint8_t)(n > 200 ? 200 : n),
        .male = n > 1 && (d->tok[tok].lex & QX_F(MALE)) && !(d->tok[tok].lex & QX_F(FEMALE)),
        .female = n > 1 && (d->tok[tok].lex & QX_F(FEMALE)) && !(d->tok[tok].lex & QX_F(MALE)),
        .next_family = f->person ? f->person - 1 : QX_NONE,
        .next_given = QX_NONE,
    };
    *f = (struct qx_name){ .key = family, .person = p + 1 };
    if (fam != tok) {
        uint32_t key = d->tok[tok].hash ^ GIVEN_SALT;
        struct qx_name *g = name_slot(d, key);
        d->person[p].next_given = g->person ? g->person - 1 : QX_NONE;
        *g = (struct qx_name){ .key = key, .person = p + 1 };
    }
    *out = p;
    return 0;
}

static bool gender_fits(const struct qx_person *p, uint8_t gender)
{
    if (gender == QN_QUOTES_GENDER_MALE) return p->female <= p->male;
    if (gender == QN_QUOTES_GENDER_FEMALE) return p->male <= p->female;
    return true;
}

/* Whether a surname alone means a rather than b, of whom it was spoken later: whom a story brings in first it goes on
 * to call by the surname, and tells the others from them by their full names. */
static bool better(const struct qx_doc *d, const struct qx_person *a, const struct qx_person *b)
{
    if ((a->words > 1) != (b->words > 1)) return a->words > 1;
    if (!(d->tok[a->given].lex & QX_F(GIVEN)) != !(d->tok[b->given].lex & QX_F(GIVEN)))
        return (d->tok[a->given].lex & QX_F(GIVEN)) != 0;
    return a->first_at < b->first_at;
}

static uint32_t best_of_family(const struct qx_doc *d, uint32_t tok, uint32_t n, uint8_t gender)
{
    uint32_t fam = family_of(d, tok, n), best = QX_NONE, steps = 0;
    uint32_t p = name_slot(d, family_key(d, fam))->person;
    for (p = p ? p - 1 : QX_NONE; p != QX_NONE && steps < CHAIN_MAX; p = d->person[p].next_family, steps++) {
        const struct qx_person *q = &d->person[p];
        if ((fam > tok && q->words > 1 && !some_given_fits(d, q, tok)) || !gender_fits(q, gender)) continue;
        if (best == QX_NONE || !better(d, &d->person[best], q)) best = p; /* the chain begins with the last of them */
    }
    return best;
}

uint32_t qx_persons_lookup(const struct qx_doc *d, uint32_t tok, uint32_t n, uint8_t gender)
{
    for (; n > 1 && (d->tok[tok].lex & QX_F(PARTICLE)) && !(d->tok[tok].lex & QX_F(GIVEN)); n--) tok++; /* "De Witt" */
    uint32_t best = best_of_family(d, tok, n, gender);
    if (best != QX_NONE && (n > 1 || d->person[best].words > 1)) return best;
    if (n == 1) {
        uint32_t g = name_slot(d, d->tok[tok].hash ^ GIVEN_SALT)->person;
        const uint64_t other = QX_F(NATION) | QX_F(PLACE) | QX_F(ORGNAME) | QX_F(ORG);
        bool may = (d->tok[tok].lex & QX_F(GIVEN)) || (best == QX_NONE && !(d->tok[tok].lex & other)); /* "Xi" */
        if (g != 0 && may && gender_fits(&d->person[g - 1], gender)) return g - 1;
    }
    return best;
}

/* Words before a name that say what its bearer is: "defense analyst", "Ukrainian President". */
static void role_before(struct qx_doc *d, const struct qx_chunk *c, uint32_t tok, struct qx_person *p)
{
    uint32_t b = c->first;
    bool role = false;
    if (c->gen != QX_NONE && c->gen < tok) b = c->gen + 1;
    while (b < tok && (d->tok[b].pos == QX_P_DET || d->tok[b].pos == QX_P_POSS)) b++;
    for (uint32_t i = b; i < tok; i++)
        role |=
            (d->tok[i].lex & (QX_F(ROLE) | QX_F(TITLE))) != 0 && !(d->tok[i].shape & QX_S_DOT && d->tok[i].cplen < 4);
    if (role && tok > b && (p->role_tok == QX_NONE || p->role_ntok < tok - b)) {
        p->role_tok = b;
        p->role_ntok = tok - b;
    }
}

static bool says(const struct qx_doc *d, uint32_t chunk)
{
    return d->chunk[chunk].type == QX_C_VG && (d->tok[d->chunk[chunk].head].lex & QX_F(SAY));
}

/* ", a doctor in Ohio," after a name. */
static void role_after(struct qx_doc *d, uint32_t chunk, struct qx_person *p)
{
    uint32_t end = d->sent[d->chunk[chunk].sent].last, i = chunk + 1;
    if (i + 1 >= end || d->chunk[i].type != QX_C_COMMA || p->role_tok != QX_NONE) return;
    i++;
    if (i + 2 < end && (d->chunk[i].flags & QX_N_NUM) && d->chunk[i].type == QX_C_NP &&
        d->chunk[i + 1].type == QX_C_COMMA)
        i += 2;
    const struct qx_chunk *c = &d->chunk[i];
    if (c->type != QX_C_NP || !(c->flags & QX_N_ROLE) || (c->flags & (QX_N_PLURAL | QX_N_GEN))) return;
    if (i + 2 < end && says(d, i + 1) && d->chunk[i + 2].type == QX_C_COMMA)
        return; /* "Smith, the mayor said, will go" */
    uint32_t last = c->last;
    for (uint32_t k = i;
         k + 2 < end && k < i + 8 && d->chunk[k + 1].type == QX_C_PREP && d->chunk[k + 2].type == QX_C_NP; k += 2)
        last = d->chunk[k + 2].last;
    uint32_t b = c->first;
    while (b + 1 < last && (d->tok[b].pos == QX_P_DET)) b++;
    p->role_tok = b;
    p->role_ntok = last - b;
    if (c->gender == QN_QUOTES_GENDER_MALE)
        p->male = (int16_t)(p->male + 2);
    else if (c->gender == QN_QUOTES_GENDER_FEMALE)
        p->female = (int16_t)(p->female + 2);
}

/* "Pope Leo", "Queen Maud": of whom only one name is known the title is a part of what they are called. */
static void crowned(const struct qx_doc *d, const struct qx_chunk *c, uint32_t tok, struct qx_person *p)
{
    static const char *const all[] = { "pope",    "king",   "queen", "prince", "princess", "emperor",
                                       "empress", "sultan", "emir",  "sheikh", "sheikha",  "saint" };
    if (p->words != 1 || p->ntok != 1 || tok == c->first || d->tok[tok - 1].pos != QX_P_TITLE) return;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) {
        if (!qx_word_is(d, tok - 1, all[k])) continue;
        p->tok = tok - 1;
        p->ntok = 2;
        return;
    }
}

static void evidence(struct qx_doc *d, const struct qx_chunk *c, uint32_t tok, struct qx_person *p)
{
    /* the Henry of Mary Henry is no man */
    bool surname = (tok == c->first) & (p->words > 1) & (d->tok[tok].hash == p->family_hash);
    if (p->male < 1000 && p->female < 1000 && !surname) {
        if (c->gender == QN_QUOTES_GENDER_MALE)
            p->male = (int16_t)(p->male + 2);
        else if (c->gender == QN_QUOTES_GENDER_FEMALE)
            p->female = (int16_t)(p->female + 2);
    }
    role_before(d, c, tok, p);
    crowned(d, c, tok, p);
}

/* "Janet Moss", rather than the "Central Bank Chair Janet Moss" of a paper that writes all with capitals. */
static bool begins_name(const struct qx_doc *d, uint32_t tok)
{
    return (d->tok[tok].lex & QX_F(GIVEN)) || initial(&d->tok[tok]);
}

static int full_names(struct qx_doc *d)
{
    for (uint32_t k = 0; k < d->nnamed; k++) {
        uint32_t i = d->named[k];
        struct qx_chunk *c = &d->chunk[i];
        uint32_t tok, n, end = c->gen != QX_NONE ? c->gen : c->last;
        for (int part = 0; part < 2; part++) {
            uint32_t from = part == 0 ? c->first : c->gen + 1, to = part == 0 ? end : c->last;
            if ((part == 1 && c->gen == QX_NONE) || from >= to || !qx_persons_name_in(d, from, to, &tok, &n) || n < 2 ||
                n > 6)
                continue;
            bool own = to == c->last || (c->flags & QX_N_GEN);
            if (own ? !(c->flags & QX_N_PERSON) : (d->tok[tok + n - 1].lex & QX_F(FIRM)) != 0) continue;
            if ((!own || (d->tok[tok].shape & QX_S_HEAD)) && !(d->tok[tok].lex & QX_F(GIVEN)))
                continue; /* in a heading any two words have capitals */
            uint32_t p = best_of_family(d, tok, n, QN_QUOTES_GENDER_OPEN);
            if (p == QX_NONE || d->person[p].words < 2) {
                int rc = add_person(d, tok, n, &p);
                if (rc != 0) return rc;
            }
            struct qx_person *q = &d->person[p];
            q->mentions++;
            q->by_family++;
            bool before = begins_name(d, q->given), now = begins_name(d, tok);
            if (!(d->tok[tok].shape & QX_S_HEAD) &&
                (n > q->words ? now || !before : now && !before && n > 1 && q->words > n)) {
                q->tok = q->given = tok;
                q->given_hash = d->tok[tok].hash;
                q->ntok = n;
                q->words = (uint8_t)n;
            }
            if (own) {
                c->ref = p;
                evidence(d, c, tok, q);
                role_after(d, i, q);
            }
        }
    }
    return 0;
}

static bool more_name(const struct qx_tok *t)
{
    return t->kind == QX_WORD && (t->shape & QX_S_CAP) && !(t->shape & (QX_S_HEAD | QX_S_FIRST)) &&
           !(t->lex & ~NAME_ONLY);
}

/* The words of a name that begins with a given name at token i: 2 or more, or 0. */
static uint32_t spelled_out(const struct qx_doc *d, uint32_t i)
{
    const struct qx_tok *t = &d->tok[i];
    uint32_t n = 1;
    if (!(t->lex & QX_F(GIVEN)) || t->kind != QX_WORD || !(t->shape & QX_S_CAP) || (t->shape & QX_S_ALLCAP) ||
        (t->lex & ~NAME_ONLY))
        return 0;
    while (n < 3 && i + n < d->ntok && initial(&t[n])) n++;
    if (i + n >= d->ntok || !more_name(&t[n])) return 0;
    for (n++; n < 5 && i + n < d->ntok && more_name(&t[n]) && !(t[n - 1].shape & QX_S_DOT);) n++;
    return n;
}

/* A name that full_names() has read, as a whole or as a part of a longer one: "Martin Luther King". */
static bool inside_name(const struct qx_doc *d, uint32_t i, uint32_t n)
{
    return (i > 0 && is_name(&d->tok[i - 1]) && is_name(&d->tok[i])) ||
           (i + n < d->ntok && is_name(&d->tok[i + n]) && is_name(&d->tok[i + n - 1]));
}

/* Somebody who is named in full only in what others say, in brackets or before a noun ("the John Smith campaign") is
 * still who the surname elsewhere means. */
static int hidden_names(struct qx_doc *d)
{
    const struct qx_tok *end = d->tok + (d->ntok > 0 ? d->ntok - 1 : 0);
    for (const struct qx_tok *t = d->tok; t < end; t++) {
        if (QX_MOSTLY(!(t->lex & QX_F(GIVEN)))) continue; /* nearly all */
        uint32_t i = (uint32_t)(t - d->tok), p, n = spelled_out(d, i);
        if (n == 0 || (t->shape & QX_S_HEAD) || inside_name(d, i, n)) continue;
        p = best_of_family(d, i, n, QN_QUOTES_GENDER_OPEN);
        if (p == QX_NONE || d->person[p].words < 2) {
            int rc = add_person(d, i, n, &p);
            if (rc != 0) return rc;
            d->person[p].mentions = 1;
        }
        t += n - 1;
    }
    return 0;
}

/* "in Reno", "south of Florence": a single word behind a preposition of place is nobody new. */
static bool somewhere(const struct qx_doc *d, uint32_t i)
{
    static const char *const all[] = { "in", "at", "near", "outside", "across", "around", "into" };
    const struct qx_chunk *c = &d->chunk[i];
    if (i == d->sent[c->sent].first || c[-1].type != QX_C_PREP || c->last != c->first + 1) return false;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++)
        if (qx_word_is_small(d, c[-1].first, all[k])) return true;
    return false;
}

/* "Bill Smith came too. “…,” Smith said.": who was just named in full, though the story calls somebody else Smith. */
static uint32_t named_before(const struct qx_doc *d, uint32_t i, uint32_t person, uint8_t gender)
{
    const struct qx_chunk *c = &d->chunk[i];
    const struct qx_sent *s = &d->sent[c->sent];
    uint32_t best = person, steps = 0, p = name_slot(d, d->person[person].family_hash)->person;
    if (!(i + 1 < s->last && says(d, i + 1)) && !(i > s->first && says(d, i - 1))) return person;
    for (p = p ? p - 1 : QX_NONE; p != QX_NONE && steps < CHAIN_MAX; p = d->person[p].next_family, steps++) {
        const struct qx_person *q = &d->person[p];
        if (q->words < 2 || q->named_at == QX_NONE || q->named_at <= d->person[best].named_at + 1 ||
            !gender_fits(q, gender))
            continue;
        const struct qx_chunk *was = &d->chunk[q->named_at];
        bool subject = q->named_at + 1 < d->sent[was->sent].last && was[1].type == QX_C_VG &&
                       (q->named_at == d->sent[was->sent].first || was[-1].type != QX_C_PREP);
        if (subject && was->sent + 3 >= c->sent && d->sent[was->sent].para + 1 >= s->para) best = p;
    }
    return best;
}

static int short_names(struct qx_doc *d)
{
    for (uint32_t k = 0; k < d->nnamed; k++) {
        uint32_t i = d->named[k];
        struct qx_chunk *c = &d->chunk[i];
        uint32_t tok, n, from = c->gen != QX_NONE && !(c->flags & QX_N_GEN) ? c->gen + 1 : c->first;
        if (c->ref != QX_NONE) d->person[c->ref].named_at = i;
        if (c->ref != QX_NONE || !(c->flags & QX_N_NAME) || from >= c->last) continue;
        if (!qx_persons_name_in(d, from, c->head + 1, &tok, &n) || n > 6) continue;
        if (n > 1 && !(c->flags & QX_N_PERSON)) continue;
        uint8_t gender = c->gender;
        uint32_t p =
            qx_persons_lookup(d, tok, n, n == 1 && !(d->tok[tok].lex & QX_F(GIVEN)) ? gender : QN_QUOTES_GENDER_OPEN);
        if (p == QX_NONE) {
            if (!(c->flags & QX_N_PERSON) || (d->tok[tok].shape & QX_S_HEAD) ||
                (d->tok[tok].lex & (QX_F(NATION) | QX_F(PLACE) | QX_F(ORGNAME) | QX_F(TIME))) || somewhere(d, i))
                continue;
            int rc = add_person(d, tok, n, &p);
            if (rc != 0) return rc;
        }
        if (n == 1) p = named_before(d, i, p, gender);
        c->ref = p;
        bool surname = family_key(d, tok + n - 1) == d->person[p].family_hash;
        if (surname) d->person[p].named_at = i; /* who is called Freddy is not who is called Hill */
        d->person[p].mentions++;
        d->person[p].by_family += surname;
        evidence(d, c, tok, &d->person[p]);
        role_after(d, i, &d->person[p]);
    }
    return 0;
}

int qx_persons_collect(struct qx_doc *d)
{
    int rc = full_names(d);
    if (rc == 0) rc = hidden_names(d);
    if (rc == 0) rc = short_names(d);
    return rc;
}
