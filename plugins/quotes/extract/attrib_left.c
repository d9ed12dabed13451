/* Marked words and the cue in front of them: of several the one that they are the words of. */
#include "attrib.h"

#define PHRASES_MAX 10u
#define SERVED_MAX  12u

/* frames of a sentence looked at: keeps endless sentences linear */

void qx_found(struct att *a, uint32_t frame, uint32_t subj, enum qx_rule rule)
{
    a->out->frame = frame;
    a->out->subj = subj;
    a->out->rule = (uint8_t)rule;
    if (frame != QX_NONE && a->d->frame[frame].subj == subj && a->d->frame[frame].own_first != QX_NONE) {
        a->out->gen_first = a->d->frame[frame].own_first;
        a->out->gen_last = a->d->frame[frame].own_last;
    }
}

/* "you can't shout “fire”": nobody in particular. */
static bool anybody(const struct qx_doc *d, const struct qx_chunk *s)
{
    const struct qx_tok *t = &d->tok[s->head];
    return (t->len == 3 || t->len == 8) && s->last == s->first + 1 &&
           (qx_word_is(d, s->head, "you") || qx_word_is(d, s->head, "yourself"));
}

/* "had this to say about his proposal: “…”": the noun is only what it is about. */
static bool topic(const struct qx_doc *d, const struct qx_frame *f)
{
    return f->kind == QX_FR_NOUN && f->chunk > d->sent[f->sent].first + 1 && d->chunk[f->chunk - 1].type == QX_C_PREP &&
           d->chunk[f->chunk - 2].type == QX_C_VG && qx_word_is(d, d->chunk[f->chunk - 1].first, "about");
}

/*
 * How well a frame to the left fits. In "X said Y feels …" it is X who is quoted: a verb of speech counts for more than
 * one of opinion, somebody for more than something, and nearness for less than both.
 */
static int fit(const struct att *a, const struct qx_frame *f, bool near)
{
    const struct qx_chunk *s = &a->d->chunk[f->subj];
    bool weak = (f->lex & QX_F(WEAK)) && !(f->lex & QX_F(CALL));
    int score = 0;
    if ((f->lex & QX_F(SAY)) && f->strong)
        score = near ? 14 : 8;
    else if ((f->lex & QX_F(CALL)) || f->kind == QX_FR_NOUN)
        score = near ? 12 : 6;
    else if (f->lex & QX_F(SAY))
        score = (weak ? 4 : 5) + (near ? 2 : 0);
    else
        score = near ? 3 : 0;
    if (f->kind == QX_FR_TO || f->kind == QX_FR_ING)
        score -= 2;
    else if (f->kind == QX_FR_ACCORDING)
        score += 2;
    if (topic(a->d, f) || anybody(a->d, s)) score -= 9;
    return score + (qx_animate(s) || f->kind == QX_FR_NOUN ? 4 : s->flags & QX_N_NAME ? 0 : -6);
}

/* "Ross said Hill had told them that …": what Hill told stands in what Ross said. */
static bool holds(const struct qx_doc *d, const struct qx_frame *outer, const struct qx_frame *inner)
{
    uint32_t i = outer->chunk + 1;
    if ((d->lex->grammar & QX_G_VERB_SECOND) || !outer->strong || !inner->strong || !(outer->lex & QX_F(SAY)) ||
        outer->kind != QX_FR_VERB || outer->dir == 1 || !qx_animate(&d->chunk[outer->subj]) ||
        inner->subj <= outer->chunk)
        return false;
    while (i < inner->subj && i < outer->chunk + 12 && d->chunk[i].type != QX_C_COMMA && d->chunk[i].type != QX_C_SPAN)
        i++;
    return i == inner->subj;
}

/* "Smith promised - as Hill has said - that …": between commas or dashes, and over before the marks. */
static bool in_passing(const struct qx_doc *d, const struct qx_frame *f, uint32_t q)
{
    uint32_t i = f->chunk + 1;
    if (f->dir || f->subj == 0 || f->subj > f->chunk || f->chunk > f->subj + 2 || f->kind != QX_FR_VERB) return false;
    if (d->chunk[f->subj - 1].type != QX_C_SUB || !as_or_wie(d, d->chunk[f->subj - 1].first)) return false;
    while (i < q && i < f->chunk + 4 && (d->chunk[i].type == QX_C_ADV || d->chunk[i].type == QX_C_NP)) i++;
    return i + 1 < q && (d->chunk[i].type == QX_C_COMMA || d->chunk[i].type == QX_C_DASH);
}

/* "Smith expects Hill to announce “…”": nobody has said it yet. But "the vote led Hill to say …". */
static bool wished(const struct qx_doc *d, const struct qx_frame *f)
{
    static const char *const real[] = { "lead",  "led",    "prompt", "cause", "forc", "get",   "got", "help",
                                        "allow", "enable", "inspir", "mov",   "push", "drove", "driv" };
    if (f->kind != QX_FR_TO || (d->lex->grammar & QX_G_VERB_SECOND) || f->subj == QX_NONE || f->subj == 0 ||
        f->subj > f->chunk)
        return false;
    const struct qx_chunk *v = &d->chunk[f->subj - 1];
    if (v->type != QX_C_VG || v->sent != f->sent || (v->flags & QX_V_ING)) return false;
    const struct qx_tok *t = &d->tok[v->head];
    for (size_t k = 0; k < sizeof real / sizeof real[0]; k++)
        if (t->len >= strlen(real[k]) && memcmp(d->text + t->off, real[k], strlen(real[k])) == 0) return false;
    return true;
}

/* Past the phrases that say where and when: chunk i, or the first of another kind behind them. */
static uint32_t past_phrases(const struct qx_doc *d, uint32_t i, uint32_t q)
{
    for (uint32_t n = 0; i < q && n < PHRASES_MAX; n++, i++) {
        uint8_t t = d->chunk[i].type;
        if (t != QX_C_NP && t != QX_C_PREP && t != QX_C_ADV && t != QX_C_LPAR) break;
    }
    return i;
}

/* "the workers, whom Smith spoke of in May, were “well fed”", "When Smith testified in May, and Hill asked why …": the
 * clause is over before the marks. */
static bool over(const struct qx_doc *d, const struct qx_frame *f, uint32_t q)
{
    const struct qx_chunk *c = d->chunk;
    if (f->dir || f->kind != QX_FR_VERB || f->subj >= f->chunk || f->subj == 0 || (d->lex->grammar & QX_G_VERB_SECOND))
        return false;
    uint32_t i = past_phrases(d, f->chunk + 1, q);
    if (i + 1 >= q || c[i].type != QX_C_COMMA) return false;
    const struct qx_chunk *before = &c[f->subj - 1];
    bool relative = before->type == QX_C_REL || (before->type == QX_C_SUB && qx_word_is(d, before->first, "whom"));
    if (relative && c[i + 1].type == QX_C_VG && (c[i + 1].flags & QX_V_FINITE)) return true;
    return i + 2 < q && c[f->chunk + 1].type == QX_C_PREP && c[i + 1].type == QX_C_CONJ && c[i + 2].type == QX_C_NP;
}

/* "Smith said “…” - at which point the crowd chanted “…”": the marks of the frame further off are its own already. */
static bool served(const struct qx_doc *d, const struct qx_frame *f, const struct qx_frame *near)
{
    if (!(near->lex & (QX_F(SAY) | QX_F(CALL))) || near->dir || near->kind != QX_FR_VERB || f->dir ||
        !qx_animate(&d->chunk[near->subj]) || near->subj <= f->chunk || (d->lex->grammar & QX_G_VERB_SECOND))
        return false;
    for (uint32_t i = near->subj, n = 0; --i > f->chunk && n < SERVED_MAX; n++)
        if (d->chunk[i].type == QX_C_SPAN) return d->span[d->chunk[i].ref].quote != QX_NONE;
    return false;
}

bool qx_frame_left(struct att *a)
{
    const struct qx_doc *d = a->d;
    uint32_t best = QX_NONE, n = 0;
    int best_score = -100;
    bool near_possible = true, best_near = false;

    for (uint32_t f = qx_frames_behind(a); f-- > a->f0 && n < FRAMES_MAX; n++) {
        const struct qx_frame *fr = &d->frame[f];
        if (fr->subj == QX_NONE || !any_speaker(&d->chunk[fr->subj])) continue;
        uint32_t from = fr->dir && fr->subj < a->q && fr->subj > fr->chunk ? fr->subj + 1 : fr->chunk + 1;
        bool near = near_possible && fr->kind != QX_FR_ACCORDING && qx_beside(d, from, a->q);
        near_possible = false;
        if (!near && (in_passing(d, fr, a->q) || over(d, fr, a->q))) continue;
        int score = fit(a, fr, near) - (int)n - (wished(d, fr) ? 12 : 0);
        if (best_near && served(d, fr, &d->frame[best])) score -= 6;
        if (score > best_score || (best != QX_NONE && !best_near && holds(d, fr, &d->frame[best]))) {
            best = f;
            best_score = score;
            best_near = near;
        }
    }
    if (best == QX_NONE) return false;
    a->score = best_score;
    qx_found(a, best, d->frame[best].subj,
             best_near                                ? QX_R_BEFORE
             : d->frame[best].kind == QX_FR_ACCORDING ? QX_R_ACCORDING
                                                      : QX_R_SAMESENT);
    return true;
}
