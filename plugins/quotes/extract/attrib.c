/*
 * Who said what stands in marks. The order is that of newspapers: what stands right before the quotation or right after
 * it, then anything in its sentence, then the quotation before it, then the sentence or the paragraph before.
 */
#include "attrib.h"

#define LOOK_MAX    60u
#define SUBHEAD_MAX 9u /* words of a heading between two parts of a story */
#define SURE        9  /* a frame to the left that fits less well gives way to one behind a comma */
#define TOLD_MAX    4u /* sentences told on in the subjunctive */

/* German: one word with a capital may be any noun; a name is what stands elsewhere with a given name, or often. */
static bool unknown_noun(const struct qx_doc *d, const struct qx_chunk *c)
{
    if (!(c->flags & QX_N_PERSON) || c->last != c->first + 1 || (d->tok[c->head].lex & QX_F(GIVEN))) return false;
    return c->ref == QX_NONE || (d->person[c->ref].words < 2 && d->person[c->ref].mentions < 2);
}

/* A noun phrase that can speak where no verb of speech says so. */
static bool clear_speaker(const struct qx_doc *d, const struct qx_chunk *c)
{
    if (c->type != QX_C_NP || (c->flags & (QX_N_TIME | QX_N_NUM | QX_N_GEN))) return false;
    if (c->flags & QX_N_PRON)
        return c->gender != QN_QUOTES_GENDER_OPEN || (d->tok[c->head].lex & (QX_F(FIRST) | QX_F(PLURAL)));
    if ((d->lex->grammar & QX_G_NOUNS_CAPITAL) && unknown_noun(d, c)) return false;
    return (c->flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_DOC)) != 0;
}

/* A cue right before the marks, with nothing but objects between. */
static bool touching(const struct att *a, bool strong)
{
    const struct qx_doc *d = a->d;
    uint32_t f = qx_frames_behind(a);
    if (f == a->f0) return false;
    const struct qx_frame *fr = &d->frame[f - 1];
    uint32_t from = fr->dir && fr->subj < a->q && fr->subj > fr->chunk ? fr->subj + 1 : fr->chunk + 1;
    if (strong && !fr->strong) return false;
    return fr->subj != QX_NONE && fr->kind != QX_FR_ACCORDING && qx_beside(d, from, a->q);
}

static bool cue_touches(const struct att *a)
{
    return touching(a, false);
}

static bool strong_cue_touches(const struct att *a)
{
    return touching(a, true);
}

/* "As Smith claimed that “…,” Jones said …": the cue before the marks is of a clause under the other one. */
static bool aside_clause(const struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t subj = d->frame[qx_frames_behind(a) - 1].subj;
    if (d->lex->grammar & QX_G_VERB_SECOND) return true;
    return subj > a->lo && subj < a->q && d->chunk[subj - 1].type == QX_C_SUB;
}

/* "As Smith claimed that it was “…,” Jones said": the clause under the cue comes to the marks without a comma. */
static bool reaches(const struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t f = qx_frames_behind(a);
    if (f == a->f0 || (d->lex->grammar & QX_G_VERB_SECOND)) return false;
    const struct qx_frame *fr = &d->frame[f - 1];
    if (!fr->strong || fr->dir || fr->subj > fr->chunk || fr->subj == a->lo || a->q - fr->chunk > 12 ||
        qx_word_is(d, d->chunk[fr->subj - 1].first, "that"))
        return false;
    for (uint32_t i = fr->chunk + 1; i < a->q; i++)
        if (d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_SPAN || d->chunk[i].type == QX_C_DASH)
            return false;
    return true;
}

static uint32_t frame_of_chunk(const struct att *a, uint32_t chunk)
{
    uint32_t lo = a->f0, hi = a->f1;
    while (lo < hi) {
        uint32_t mid = (lo + hi) / 2;
        if (a->d->frame[mid].chunk < chunk)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < a->f1 && a->d->frame[lo].chunk == chunk ? lo : QX_NONE;
}

/* the "Friday" meeting: the marks stand before a noun they belong to. */
static bool before_its_noun(const struct att *a)
{
    const struct qx_doc *d = a->d;
    if (a->q == a->lo || a->q + 1 >= a->hi || d->chunk[a->q - 1].type != QX_C_NP || d->chunk[a->q + 1].type != QX_C_NP)
        return false;
    uint8_t p = d->tok[d->chunk[a->q - 1].last - 1].pos;
    return (p == QX_P_DET || p == QX_P_POSS || p == QX_P_ADJ || p == QX_P_NUM) &&
           d->tok[d->chunk[a->q + 1].first].pos == QX_P_NOUN;
}

/* "…," Smith, a doctor, said. — "…," said Smith. — "…," according to Smith. */
static bool frame_after(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t i = a->q + 1;
    bool comma = (d->chunk[a->q].flags & (QX_Q_COMMA | QX_Q_EXCL)) != 0;

    while (i < a->hi && (d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_DASH ||
                         (d->chunk[i].type == QX_C_ADV && frame_of_chunk(a, i) == QX_NONE))) {
        comma = true;
        i++;
    }
    if (i >= a->hi || (!comma && before_its_noun(a))) return false;
    uint32_t f = frame_of_chunk(a, i);
    if (f != QX_NONE && d->frame[f].subj != QX_NONE && (d->frame[f].dir == 1)) {
        qx_found(a, f, d->frame[f].subj, d->frame[f].kind == QX_FR_ACCORDING ? QX_R_ACCORDING : QX_R_AFTER);
        return true;
    }
    bool as = d->chunk[i].type == QX_C_SUB && i + 1 < a->hi;
    if (as && !as_or_wie(d, d->chunk[i].first)) return false;
    i += as;
    if (d->chunk[i].type != QX_C_NP) return false;
    for (uint32_t k = i + 1; k < a->hi && k < i + LOOK_MAX; k++) {
        if (d->chunk[k].type == QX_C_SPAN || d->chunk[k].type == QX_C_SEMI) return false;
        if (d->chunk[k].type != QX_C_VG) continue;
        uint32_t subj = d->chunk[k].ref;
        if (subj == QX_NONE || subj < i || subj > k) continue;
        f = frame_of_chunk(a, k);
        if (f != QX_NONE && d->frame[f].kind != QX_FR_PASSIVE && d->frame[f].kind != QX_FR_ING &&
            (d->frame[f].strong || (comma && (a->q == a->lo || (d->frame[f].lex & QX_F(SAY))))) &&
            (!as || (d->frame[f].lex & QX_F(SAY)))) {
            qx_found(a, f, subj, QX_R_AFTER);
            return true;
        }
        if ((d->chunk[k].flags & QX_V_FINITE) && subj == i && k == i + 1) return false;
    }
    return false;
}

/* German "X habe ihm gesagt, er sei „…“, berichtete Y": the words are those of X. */
static bool inner_speaker(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t f = qx_frames_behind(a), i;
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || f == a->f0) return false;
    const struct qx_frame *fr = &d->frame[f - 1];
    if (!fr->strong || fr->subj == QX_NONE || fr->dir || !(d->tok[d->chunk[fr->chunk].head].lex & QX_F(VPP)) ||
        fr->chunk + 2 >= a->q || d->chunk[fr->chunk + 1].type != QX_C_COMMA || a->q - fr->chunk > 12)
        return false;
    for (i = fr->chunk + 2; i < a->q; i++)
        if (d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_SPAN) return false;
    for (i = fr->subj; i < fr->chunk; i++) {
        if (d->chunk[i].type != QX_C_VG || !(d->tok[d->chunk[i].first].lex & QX_F(KONJ))) continue;
        qx_found(a, f - 1, fr->subj, QX_R_BEFORE);
        return true;
    }
    return false;
}

/* German: "„…“, strich X heraus": whatever the verb, who stands behind it right after the marks spoke. */
static bool inverted_after(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t i = a->q + 1;
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || i + 1 >= a->hi || d->chunk[i].type != QX_C_COMMA || a->q != a->lo)
        return false;
    const struct qx_chunk *v = &d->chunk[i + 1];
    if (v->type != QX_C_VG || v->ref == QX_NONE || v->ref != i + 2 || (v->flags & QX_V_COPULA) ||
        !(d->chunk[v->ref].flags & (QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_PRON)))
        return false;
    qx_found(a, QX_NONE, v->ref, QX_R_AFTER);
    return true;
}

/* German puts the verb behind what is said: "hat ihn als „…“ bezeichnet". */
static bool frame_final(struct att *a)
{
    const struct qx_doc *d = a->d;
    if (!(d->lex->grammar & QX_G_VERB_SECOND)) return false;
    for (uint32_t f = qx_frames_behind(a), n = 0; f < a->f1 && n < FRAMES_MAX; f++, n++) {
        const struct qx_frame *fr = &d->frame[f];
        if (fr->subj == QX_NONE || !(fr->lex & (QX_F(SAY) | QX_F(CALL)))) continue;
        if (!qx_beside(d, a->q + 1, fr->chunk)) return false;
        qx_found(a, f, fr->subj, fr->subj > fr->chunk ? QX_R_AFTER : QX_R_BEFORE);
        return true;
    }
    return false;
}

/* The "rigged" system is a threat, Trump said. */
static bool frame_right(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t first_one = qx_frames_behind(a), end = a->f1 - first_one > FRAMES_MAX ? first_one + FRAMES_MAX : a->f1;
    for (uint32_t f = end; f-- > first_one;) {
        const struct qx_frame *fr = &d->frame[f];
        if (fr->subj == QX_NONE || !(fr->lex & (QX_F(SAY) | QX_F(ATTRIB))) || fr->kind == QX_FR_TO) continue;
        if (fr->kind == QX_FR_ING && !(d->lex->grammar & QX_G_VERB_SECOND)) continue; /* "given his remarks saying …" */
        uint32_t first = fr->subj < fr->chunk ? fr->subj : fr->chunk;
        if (first == a->q + 1 && before_its_noun(a)) continue;
        if ((d->lex->grammar & QX_G_VERB_SECOND) && first > a->q + 1 && d->chunk[first - 1].type == QX_C_VG)
            first--; /* "…, hatte X betont" */
        if (first <= a->q || (d->chunk[first - 1].type != QX_C_COMMA && d->chunk[first - 1].type != QX_C_SPAN))
            continue;
        qx_found(a, f, fr->subj, QX_R_LATER);
        return true;
    }
    return false;
}

/* Trump's "America First" policy. */
static bool genitive(struct att *a)
{
    const struct qx_doc *d = a->d;
    if (a->q == a->lo) return false;
    const struct qx_chunk *c = &d->chunk[a->q - 1];
    if (c->type != QX_C_NP || c->gen == QX_NONE || (c->flags & (QX_N_PRON))) return false;
    qx_found(a, QX_NONE, a->q - 1, QX_R_GENITIVE);
    a->out->gen_first = c->first;
    a->out->gen_last = c->gen;
    return true;
}

/* A verb that does something, right behind its subject, and this behind a comma. */
static bool main_verb(const struct att *a, uint32_t i)
{
    const struct qx_doc *d = a->d;
    const struct qx_chunk *c = &d->chunk[i];
    uint32_t s = c->ref;
    return s != QX_NONE && s + 1 == i && s > a->lo && !(d->lex->grammar & QX_G_VERB_SECOND) &&
           (c->flags & QX_V_FINITE) && !(c->flags & (QX_V_COPULA | QX_V_PASSIVE)) &&
           d->chunk[s - 1].type == QX_C_COMMA && any_speaker(&d->chunk[s]) && !(d->chunk[s].flags & QX_N_PRON);
}

/* Any verb to the left, else to the right, whose subject can speak. */
static bool any_verb(struct att *a)
{
    const struct qx_doc *d = a->d;
    bool colon = a->q > a->lo && d->chunk[a->q - 1].type == QX_C_COLON;
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    for (uint32_t i = a->q, n = 0; i-- > a->lo && n < LOOK_MAX; n++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_VG && i > a->lo && (c->flags & QX_V_COPULA) && c[-1].type == QX_C_REL && !german)
            continue; /* "violence by men who are “…”" */
        if (c->type == QX_C_VG && c->ref != QX_NONE &&
            (clear_speaker(d, &d->chunk[c->ref]) || (colon && (d->chunk[c->ref].flags & QX_N_PERSON)))) {
            qx_found(a, QX_NONE, c->ref, QX_R_VERB);
            return true;
        }
        if (c->type == QX_C_VG && colon && main_verb(a, i)) { /* "After people died, a voice celebrated: “…”" */
            qx_found(a, QX_NONE, c->ref, QX_R_VERB);
            return true;
        }
    }
    for (uint32_t i = a->q + 1; i < a->hi && i < a->q + LOOK_MAX; i++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_VG && c->ref != QX_NONE && clear_speaker(d, &d->chunk[c->ref])) {
            qx_found(a, QX_NONE, c->ref, QX_R_VERB);
            return true;
        }
    }
    return false;
}

/* "A footnote makes that clear: “…”": whatever the verb and its subject, when nothing else in the sentence speaks. */
static bool own_colon(struct att *a)
{
    const struct qx_doc *d = a->d;
    if (a->q < a->lo + 3 || d->chunk[a->q - 1].type != QX_C_COLON || (d->lex->grammar & QX_G_VERB_SECOND)) return false;
    for (uint32_t i = a->lo, n = 0; i < a->q && n < LOOK_MAX; i++, n++) {
        const struct qx_chunk *c = &d->chunk[i];
        if (c->type == QX_C_SUB || c->type == QX_C_REL) return false;
        if (c->type != QX_C_VG || c->ref == QX_NONE) continue;
        const struct qx_chunk *s = &d->chunk[c->ref];
        if ((c->flags & QX_V_COPULA) || (s->flags & QX_N_PRON) || !any_speaker(s)) return false;
        qx_found(a, QX_NONE, c->ref, QX_R_VERB);
        return true;
    }
    return false;
}

/* Somebody spoke in the sentence before, and this one goes on in their words. */
static bool frame_of_previous(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t s = d->chunk[a->q].sent;
    if (s == 0 || d->sent[s - 1].para != d->sent[s].para) return false;
    for (uint32_t f = d->sent_frame[s - 1], n = 0; f < d->sent_frame[s] && n < FRAMES_MAX; f++, n++) {
        const struct qx_frame *fr = &d->frame[f];
        if (fr->subj != QX_NONE && (fr->lex & (QX_F(SAY) | QX_F(ATTRIB))) && qx_animate(&d->chunk[fr->subj]) &&
            fr->strong) {
            qx_found(a, f, fr->subj, QX_R_PREVSENT);
            return true;
        }
    }
    return false;
}

/* The sentence holds nothing but marked words. */
static bool alone(const struct att *a)
{
    uint32_t lo = a->q - a->lo > LOOK_MAX ? a->q - LOOK_MAX : a->lo,
             hi = a->hi - a->q > LOOK_MAX ? a->q + LOOK_MAX : a->hi;
    for (uint32_t i = lo; i < hi; i++) {
        uint8_t t = a->d->chunk[i].type;
        if (t == QX_C_VG || (t == QX_C_NP && i < a->q)) return false;
    }
    return true;
}

static bool carry_quote(struct att *a, const struct qx_quote *prev, enum qx_rule rule)
{
    if (prev == NULL || (prev->subj == QX_NONE && prev->person == QX_NONE)) return false;
    qx_found(a, prev->frame, prev->subj, rule);
    a->out->gen_first = prev->gen_first;
    a->out->gen_last = prev->gen_last;
    return true;
}

/* "the oversized Trump face beaming": what has an article and somebody's name is not them. */
static bool only_named(const struct qx_doc *d, const struct qx_chunk *c)
{
    const uint16_t flags = QX_N_DET | QX_N_NAME | QX_N_PERSON | QX_N_ROLE;
    return (c->flags & flags) == (QX_N_DET | QX_N_NAME) && c->ref != QX_NONE && d->person[c->ref].words > 1;
}

/* The subject of a whole sentence: of its first verb whose subject can speak. */
static bool sentence_subject(struct att *a, uint32_t s, enum qx_rule rule)
{
    const struct qx_doc *d = a->d;
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    for (uint32_t i = d->sent[s].first, n = 0; i < d->sent[s].last && n < LOOK_MAX; i++, n++) {
        const struct qx_chunk *c = &d->chunk[i];
        bool under = i > d->sent[s].first && c[-1].type == QX_C_REL; /* "a candidate who has made it a part of …" */
        if (c->type == QX_C_VG && (under || (c->flags & (QX_V_ING | QX_V_TO))) && !german) continue;
        if (c->type == QX_C_VG && c->ref != QX_NONE && clear_speaker(d, &d->chunk[c->ref]) &&
            (german || !only_named(d, &d->chunk[c->ref]))) {
            struct att other = { .d = a->d, .f0 = d->sent_frame[s], .f1 = d->sent_frame[s + 1] };
            qx_found(a, frame_of_chunk(&other, i), c->ref, rule);
            return true;
        }
    }
    return false;
}

/* "Smith is no hero, he said. “He never was.”": who made the statement before, rather than who it is about. */
static bool said_last(struct att *a, uint32_t s)
{
    const struct qx_doc *d = a->d;
    uint32_t f = d->sent_frame[s + 1];
    if (f == d->sent_frame[s]) return false;
    const struct qx_frame *fr = &d->frame[--f];
    const struct qx_chunk *c = &d->chunk[fr->chunk];
    if (fr->subj == QX_NONE || !fr->strong || !(fr->lex & QX_F(SAY)) || fr->kind != QX_FR_VERB ||
        !clear_speaker(d, &d->chunk[fr->subj]) || fr->chunk + 2 < d->sent[s].last || c[1].type != QX_C_STOP)
        return false;
    qx_found(a, f, fr->subj, QX_R_PREVSENT);
    return true;
}

/* "She went on to say:" and the words in the paragraph below. */
static bool led_in(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t s = d->chunk[a->q].sent;
    if (s == 0 || d->sent[s - 1].para + 1 != d->sent[s].para || d->sent[s - 1].last < d->sent[s - 1].first + 2 ||
        d->chunk[d->sent[s - 1].last - 1].type != QX_C_COLON)
        return false;
    for (uint32_t f = d->sent_frame[s], n = 0; f-- > d->sent_frame[s - 1] && n < FRAMES_MAX; n++) {
        const struct qx_frame *fr = &d->frame[f];
        if (fr->subj == QX_NONE || !(fr->lex & (QX_F(SAY) | QX_F(ATTRIB)))) continue;
        qx_found(a, f, fr->subj, QX_R_COLON);
        return true;
    }
    return false;
}

static bool carried(struct att *a)
{
    struct qx_doc *d = a->d;
    uint32_t s = d->chunk[a->q].sent, para = d->sent[s].para;
    const struct qx_quote *prev = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;

    if (prev != NULL && prev->para == para && d->chunk[d->span[prev->span].chunk].sent + 1 >= s)
        return carry_quote(a, prev, QX_R_CARRIED);
    if (s > 0 && d->sent[s - 1].para == para)
        return said_last(a, s - 1) || sentence_subject(a, s - 1, QX_R_PREVSENT) || carry_quote(a, prev, QX_R_CARRIED);
    if (s == 0) return false;
    if (prev != NULL && prev->para + 1 == para && d->chunk[d->span[prev->span].chunk].sent + 2 >= s)
        return carry_quote(a, prev, QX_R_PREVPARA);
    return sentence_subject(a, s - 1, QX_R_PREVPARA) || carry_quote(a, prev, QX_R_PREVPARA);
}

/* A verb in the subjunctive: somebody's words are being told. */
static bool subjunctive(const struct att *a)
{
    for (uint32_t i = a->lo, n = 0; i < a->hi && n < LOOK_MAX; i++, n++) {
        const struct qx_chunk *c = &a->d->chunk[i];
        if (c->type != QX_C_VG) continue;
        for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++)
            if (a->d->tok[t].lex & QX_F(KONJ)) return true;
    }
    return false;
}

/* The verb of a frame is in the subjunctive itself: its subject is spoken of, not speaking. */
static bool told_frame(const struct qx_doc *d, const struct qx_frame *fr)
{
    const struct qx_chunk *c = &d->chunk[fr->chunk];
    for (uint32_t t = c->first; t < c->last && t < c->first + 6; t++)
        if (d->tok[t].lex & QX_F(KONJ)) return true;
    return false;
}

/* "Der Senat hoffte, dass das Geld „…“ fließe": the marks stand in the clause of somebody's opinion. */
static bool holds_clause(const struct att *a, uint32_t f)
{
    const struct qx_doc *d = a->d;
    uint32_t i = d->frame[f].chunk + 1;
    return i + 1 < a->q && qx_animate(&d->chunk[d->frame[f].subj]) && d->chunk[i].type == QX_C_COMMA &&
           d->chunk[i + 1].type == QX_C_SUB;
}

/* German tells on in the subjunctive: "Bisher habe die Regierung das „…“ genannt" are the words of whom the sentence
 * before let speak. */
static bool told_on(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t s = d->chunk[a->q].sent, para = d->sent[s].para;
    const struct qx_quote *prev = d->nquote > 0 ? &d->quote[d->nquote - 1] : NULL;

    if (!(d->lex->grammar & QX_G_VERB_SECOND) || !subjunctive(a)) return false;
    for (uint32_t f = a->f0, n = 0; f < a->f1 && n < FRAMES_MAX; f++, n++)
        if (d->frame[f].subj != QX_NONE && (d->frame[f].lex & (QX_F(SAY) | QX_F(ATTRIB) | QX_F(THINK))) &&
            !told_frame(d, &d->frame[f]) && ((d->frame[f].lex & (QX_F(SAY) | QX_F(ATTRIB))) || holds_clause(a, f)))
            return false; /* somebody speaks here */
    for (uint32_t n = 0; n < TOLD_MAX && s-- > 0 && d->sent[s].para == para; n++) {
        if (prev != NULL && d->chunk[d->span[prev->span].chunk].sent == s) return carry_quote(a, prev, QX_R_CARRIED);
        for (uint32_t f = d->sent_frame[s], k = 0; f < d->sent_frame[s + 1] && k < FRAMES_MAX; f++, k++) {
            const struct qx_frame *fr = &d->frame[f];
            if (fr->subj == QX_NONE || !(fr->lex & (QX_F(SAY) | QX_F(ATTRIB))) || !fr->strong || told_frame(d, fr))
                continue;
            qx_found(a, f, fr->subj, QX_R_PREVSENT);
            return true;
        }
    }
    return false;
}

static bool no_verb_before(const struct att *a)
{
    for (uint32_t i = a->lo, n = 0; i < a->q && n < LOOK_MAX; i++, n++) {
        uint8_t t = a->d->chunk[i].type;
        if (t != QX_C_NP && t != QX_C_PREP && t != QX_C_ADV && t != QX_C_LPAR && t != QX_C_COLON) return false;
    }
    return true;
}

/* Trump: "…" — Rep. Trey Gowdy (R-S.C.): "…" */
static bool before_colon(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t i = a->q;
    if (i < a->lo + 2 || d->chunk[i - 1].type != QX_C_COLON) return false;
    uint16_t who = d->lex->grammar & QX_G_NOUNS_CAPITAL ? QX_N_PERSON | QX_N_ROLE | QX_N_ORG : QX_N_PERSON;
    if (no_verb_before(a) && (d->chunk[a->lo].flags & who) && d->chunk[a->lo].type == QX_C_NP &&
        !(d->chunk[a->lo].flags & QX_N_GEN)) {
        qx_found(a, QX_NONE, a->lo, QX_R_COLON); /* "Anna Berg on the bridge: “…”" */
        return true;
    }
    i -= 2;
    if (d->chunk[i].type == QX_C_LPAR && i > a->lo) i--;
    const struct qx_chunk *c = &d->chunk[i];
    if (c->type != QX_C_NP || !(c->flags & (QX_N_PERSON | QX_N_ORG | QX_N_NAME)) || (c->flags & QX_N_GEN)) return false;
    uint32_t head = qx_subject_chain(d, i);
    if (i > a->lo && d->chunk[i - 1].type == QX_C_DASH && !(d->lex->grammar & QX_G_VERB_SECOND)) {
        qx_found(a, QX_NONE, i, QX_R_COLON); /* "Pollsters agree - Ann Berg: “…”" */
        return true;
    }
    if ((d->lex->grammar & QX_G_VERB_SECOND) && (c->flags & QX_N_PERSON) && i > a->lo &&
        (d->chunk[i - 1].type == QX_C_COMMA || d->chunk[i - 1].type == QX_C_CONJ) && !unknown_noun(d, c)) {
        qx_found(a, QX_NONE, i, QX_R_COLON); /* "…, und Minister Karl Berg: „…“" */
        return true;
    }
    if (head != a->lo) {
        if (!(c->flags & QX_N_PERSON) || head != i || d->chunk[i - 1].type == QX_C_PREP) return false;
        for (uint32_t k = a->lo, n = 0; k < i && n < LOOK_MAX; k++, n++)
            if (d->chunk[k].type == QX_C_VG && d->chunk[k].ref != QX_NONE && qx_animate(&d->chunk[d->chunk[k].ref]))
                return false;
    }
    qx_found(a, QX_NONE, head == a->lo ? head : i, QX_R_COLON);
    return true;
}

/* "…," Clinton said, whatever verb stands before the marks. */
static bool closed_by_cue(struct att *a)
{
    const struct qx_doc *d = a->d;
    if (!(d->chunk[a->q].flags & QX_Q_COMMA) || !frame_after(a)) return false;
    const struct qx_frame *after = &d->frame[a->out->frame];
    if (!(after->lex & QX_F(SAY)) || after->subj == QX_NONE) return false;
    uint32_t first = after->subj < after->chunk ? after->subj : after->chunk;
    return first == a->q + 1;
}

/* "…" and below it "— Michelle Marks, Philadelphia". */
static bool signed_below(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t s = d->chunk[a->q].sent + 1;
    if (s >= d->nsent || d->sent[s].last - d->sent[s].first < 2) return false;
    uint32_t i = d->sent[s].first;
    if (d->chunk[i].type != QX_C_DASH || d->chunk[i + 1].type != QX_C_NP || !(d->chunk[i + 1].flags & QX_N_PERSON))
        return false;
    qx_found(a, QX_NONE, i + 1, QX_R_NEXT);
    return true;
}

/* Bill Clinton: Hillary 'better qualified' */
static bool headline_colon(struct att *a)
{
    const struct qx_doc *d = a->d;
    if (a->hi - a->lo < 3 || d->chunk[a->lo].type != QX_C_NP || d->chunk[a->lo + 1].type != QX_C_COLON ||
        !(d->chunk[a->lo].flags & (QX_N_PERSON | QX_N_ORG | QX_N_ROLE)))
        return false;
    qx_found(a, QX_NONE, a->lo, QX_R_HEADLINE);
    return true;
}

/* German "Karl Berg („…“)". */
static bool in_brackets(struct att *a)
{
    const struct qx_doc *d = a->d;
    if (!(d->lex->grammar & QX_G_VERB_SECOND) || a->q < a->lo + 2 ||
        d->tok[d->chunk[a->q - 1].first].kind != QX_PUNCT || d->tok[d->chunk[a->q - 1].first].mark != '(' ||
        !(d->chunk[a->q].flags & (QX_Q_STOP | QX_Q_EXCL)))
        return false;
    const struct qx_chunk *c = &d->chunk[a->q - 2];
    if (c->type != QX_C_NP || !(c->flags & QX_N_PERSON)) return false;
    qx_found(a, QX_NONE, a->q - 2, QX_R_COLON);
    return true;
}

/* "Smith lamented it - “must she?” - and Hill said …": put in where the words before it are told. */
static bool between_dashes(const struct att *a)
{
    const struct qx_doc *d = a->d;
    return a->q > a->lo + 1 && a->q + 2 < a->hi && d->chunk[a->q - 1].type == QX_C_DASH &&
           d->chunk[a->q + 1].type == QX_C_DASH && !(d->chunk[a->q].flags & QX_Q_COMMA) &&
           !(d->lex->grammar & QX_G_VERB_SECOND);
}

static void attribute(struct att *a)
{
    bool starts = a->q == a->lo, german = (a->d->lex->grammar & QX_G_VERB_SECOND) != 0;
    if (!starts && (before_colon(a) || in_brackets(a))) return;
    if (!starts && reaches(a) && aside_clause(a) && qx_frame_left(a)) return;
    if (!starts && closed_by_cue(a) && !(strong_cue_touches(a) && aside_clause(a))) return;
    if (!starts && cue_touches(a) && qx_frame_left(a) && (a->score >= SURE || german || !frame_right(a))) return;
    if (a->out->rule == QX_R_LATER) return;
    if (between_dashes(a) && qx_frame_left(a)) return;
    if (inner_speaker(a) || frame_after(a) || inverted_after(a)) return;
    if (alone(a) && (signed_below(a) || led_in(a) || carried(a))) return;
    if (told_on(a) || frame_final(a)) return;
    if (qx_frame_left(a) && (a->score >= SURE || !frame_right(a))) return;
    if (a->out->rule == QX_R_LATER || frame_right(a) || headline_colon(a) || genitive(a) || any_verb(a) ||
        own_colon(a) || frame_of_previous(a))
        return;
    (void)carried(a);
}

static struct qx_inside look_inside(const struct qx_doc *d, const struct qx_span *s)
{
    struct qx_inside n = { 0, 0, false };
    for (uint32_t i = s->open + 1; i < s->close && n.words < 40; i++) {
        const struct qx_tok *t = &d->tok[i];
        if (t->kind != QX_WORD && t->kind != QX_NUMBER) continue;
        bool cap = (t->shape & QX_S_CAP) || t->kind == QX_NUMBER;
        if (n.words == 0) n.first_capital = cap;
        n.words++;
        n.capitals +=
            cap || (t->cplen < 5 && n.words > 1 && (t->lex & (QX_F(PREP) | QX_F(DET) | QX_F(CONJ) | QX_F(POSSPRON))));
    }
    return n;
}

static uint64_t lex_before(const struct att *a)
{
    uint32_t i = a->q;
    while (i > a->lo && (a->d->chunk[i - 1].type == QX_C_COMMA || a->d->chunk[i - 1].type == QX_C_LPAR)) i--;
    return i > a->lo && a->d->chunk[i - 1].type == QX_C_NP ? a->d->tok[a->d->chunk[i - 1].last - 1].lex : 0;
}

/* "Speaking Sunday on ABC's “This Week,” …": where something was said, in front of the sentence. */
static bool leads_in(const struct att *a)
{
    const struct qx_doc *d = a->d;
    const struct qx_chunk *before = &d->chunk[a->q - 1];
    if (before->type != QX_C_PREP && !(before->type == QX_C_NP && (before->flags & QX_N_GEN))) return false;
    for (uint32_t i = a->lo, n = 0; i < a->q && n < LOOK_MAX; i++, n++)
        if (d->chunk[i].type == QX_C_SUB || d->chunk[i].type == QX_C_REL ||
            (d->chunk[i].type == QX_C_VG && (d->chunk[i].flags & QX_V_FINITE) && i > a->lo))
            return false;
    return true;
}

/* "“Sons of Rome” is a play about …": the subject of its sentence. */
static bool does_something(const struct att *a)
{
    uint32_t i = a->q + 1;
    while (i < a->hi && a->d->chunk[i].type == QX_C_ADV) i++;
    return i < a->hi && a->d->chunk[i].type == QX_C_VG && (a->d->chunk[i].flags & QX_V_FINITE) &&
           !(a->d->tok[a->d->chunk[i].head].lex & QX_F(SAY));
}

/* "the film “Heat”", "NBC's “Today”", "on “Meet the Press”", "the “Fast & Furious” movie". */
static bool title_of_work(const struct att *a, const struct qx_inside *n)
{
    const struct qx_doc *d = a->d;
    uint8_t rule = a->out->rule;
    if (n->words > 9 || n->capitals < n->words || !n->first_capital || (d->chunk[a->q].flags & QX_Q_EXCL)) return false;
    if (lex_before(a) & QX_F(WORK)) return true;
    if (a->q + 1 < a->hi && d->chunk[a->q + 1].type == QX_C_NP && (d->tok[d->chunk[a->q + 1].first].lex & QX_F(WORK)))
        return true;
    const struct qx_chunk *before = a->q > a->lo ? &d->chunk[a->q - 1] : NULL;
    bool by_name = a->out->frame != QX_NONE &&
                   (rule == QX_R_AFTER || (rule == QX_R_BEFORE && before != NULL && before->type != QX_C_PREP));
    if (before != NULL && before->type == QX_C_VG && (d->tok[before->head].lex & QX_F(NAMED)) &&
        (before->flags & QX_V_PAST))
        return true;
    if (before != NULL && (n->words > 1 || (before->flags & QX_N_GEN)) && leads_in(a)) return true;
    if (before != NULL && before->type == QX_C_NP && (before->flags & QX_N_GEN) && rule != QX_R_AFTER) return true;
    if (before == NULL && (d->chunk[a->q].flags & QX_Q_STOP)) return false;
    if (before == NULL && n->words > 1 && !(d->chunk[a->q].flags & QX_Q_COMMA) && does_something(a)) return true;
    if (before != NULL && before->type == QX_C_PREP && rule != QX_R_AFTER)
        return n->words > 1 || rule == QX_R_VERB || rule == QX_R_GENITIVE;
    if (by_name || rule == QX_R_COLON || rule == QX_R_CARRIED) return false;
    return rule == QX_R_VERB || rule == QX_R_GENITIVE || rule == QX_R_NONE || rule == QX_R_PREVSENT ||
           (rule == QX_R_PREVPARA && before != NULL);
}

/* "a," "b" and "c": what the first of a list is, the others are too. */
static bool in_list_of_none(const struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t i = a->q;
    while (i > a->lo && a->q - i < 3 && (d->chunk[i - 1].type == QX_C_COMMA || d->chunk[i - 1].type == QX_C_CONJ)) i--;
    return i > a->lo && d->chunk[i - 1].type == QX_C_SPAN && d->span[d->chunk[i - 1].ref].quote == QX_NONE &&
           i - 1 != a->q;
}

/* 'A tough decision.' alone in its paragraph, in single marks where the story quotes in double ones: a heading between
 * two parts of the story, said further down, if at all. */
static bool subheading(const struct att *a, const struct qx_inside *n)
{
    const struct qx_doc *d = a->d;
    uint32_t s = d->chunk[a->q].ref, sent = d->chunk[a->q].sent, hi = a->hi;
    if (!d->span[s].single || n->words > SUBHEAD_MAX || a->q > a->lo) return false;
    while (hi > a->q + 1 && (d->chunk[hi - 1].type == QX_C_STOP || d->chunk[hi - 1].type == QX_C_DASH)) hi--;
    if (hi > a->q + 1 || (sent > 0 && d->sent[sent - 1].para == d->sent[sent].para) ||
        (sent + 1 < d->nsent && d->sent[sent + 1].para == d->sent[sent].para))
        return false;
    bool before = s > 0, after = s + 1 < d->nspan;
    return (before || after) && (!before || !d->span[s - 1].single) && (!after || !d->span[s + 1].single);
}

/* Marks that only name something, or keep a word at arm's length. */
static bool not_a_quotation(const struct att *a)
{
    const struct qx_doc *d = a->d;
    const struct qx_inside n = look_inside(d, &d->span[d->chunk[a->q].ref]);
    uint8_t rule = a->out->rule;
    bool german = (d->lex->grammar & QX_G_NOUNS_CAPITAL) != 0;
    if (german && n.first_capital && n.words >= 10 && n.capitals * 4 < n.words * 3) return false;
    enum qx_naming naming = german && n.words > 0 ? qx_german_name(d, a->q, a->out, &n) : QX_UNSURE;
    if (n.words == 0 || naming == QX_NAMES || (!german && title_of_work(a, &n)) || subheading(a, &n)) return true;
    if (naming == QX_QUOTES && rule != QX_R_NONE) return false;
    bool end = (d->chunk[a->q].flags & (QX_Q_STOP | QX_Q_EXCL)) != 0 && n.first_capital;
    if (end && rule != QX_R_VERB && rule != QX_R_GENITIVE && rule != QX_R_NONE) return false;
    if (rule == QX_R_AFTER || rule == QX_R_BEFORE || rule == QX_R_COLON || rule == QX_R_HEADLINE ||
        rule == QX_R_ACCORDING || rule == QX_R_LATER)
        return false;
    if (in_list_of_none(a) && n.words <= (german && n.first_capital ? 9u : 5u)) return true;
    if (a->bullet && n.first_capital && rule != QX_R_NONE) return false;
    if (n.first_capital && a->q > a->lo &&
        (d->chunk[a->q - 1].type == QX_C_DASH || d->chunk[a->q - 1].type == QX_C_COLON))
        return false;
    bool weak = a->out->frame == QX_NONE || !(d->frame[a->out->frame].lex & (QX_F(SAY) | QX_F(CALL)));
    if (german && (subjunctive(a) || (!n.first_capital && n.words > 1))) return false;
    if (rule == QX_R_SAMESENT) return weak && n.words <= 2;
    if ((rule == QX_R_PREVPARA || rule == QX_R_NONE) && a->q > a->lo) return true;
    return n.words <= (a->q == a->lo ? 2u : 3u) && (rule != QX_R_CARRIED || !n.first_capital);
}

int qx_attrib_run(struct qx_doc *d)
{
    for (uint32_t s = 0; s < d->nspan; s++) {
        uint32_t q = d->span[s].chunk;
        if (q == QX_NONE) continue;
        if (!QX_ROOM(d, quote)) return QN_QUOTES_ENOMEM;
        const struct qx_sent *sent = &d->sent[d->chunk[q].sent];
        uint32_t sn = d->chunk[q].sent;
        struct qx_quote *o = &d->quote[d->nquote];
        *o = (struct qx_quote){
            .first = d->span[s].open + 1,
            .last = d->span[s].close,
            .cfirst = d->span[s].open,
            .clast = d->chunk[q].last,
            .span = s,
            .frame = QX_NONE,
            .subj = QX_NONE,
            .gen_first = QX_NONE,
            .person = QX_NONE,
            .para = sent->para,
        };
        struct att a = { .d = d,
                         .q = q,
                         .lo = sent->first,
                         .hi = sent->last,
                         .f0 = d->sent_frame[sn],
                         .f1 = d->sent_frame[sn + 1],
                         .out = o };
        a.bullet = a.q == a.lo + 1 && d->chunk[a.lo].type == QX_C_OTHER;
        a.lo += a.bullet;
        attribute(&a);
        if (not_a_quotation(&a)) continue;
        qx_speaker_name(d, o);
        d->span[s].quote = d->nquote;
        if (o->frame != QX_NONE && (o->rule == QX_R_AFTER || o->rule == QX_R_LATER ||
                                    (o->rule == QX_R_ACCORDING && d->frame[o->frame].chunk > q)))
            d->frame[o->frame].used = 1;
        d->nquote++;
    }
    return 0;
}
