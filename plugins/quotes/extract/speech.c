/* What is speech: of the statements that verbs frame those that somebody made, rather than thought or did. */
#include "qx.h"

/* "point out", "spell out": what the verb alone does not say, it says with its particle. */
static bool points_out(const struct qx_doc *d, const struct qx_frame *f)
{
    const struct qx_chunk *c = &d->chunk[f->chunk];
    return c->last > c->head + 1 && qx_word_is_small(d, c->last - 1, "out");
}

/*
 * Which statements are speech: a verb that says so with a clause behind it always; the weaker the verb, the clearer the
 * clause and the speaker have to be. Verbs of opinion tell what somebody thinks, not what they said, and only frame
 * marked words.
 */
bool qx_is_speech(const struct qx_doc *d, const struct qx_frame *f, uint8_t clause, bool of)
{
    const struct qx_chunk *s = &d->chunk[f->subj];
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    bool who = qx_animate(s) || (!german && qx_some_of(d, f->subj)) || (german && (s->flags & QX_N_PLACE)) ||
               (!german && (s->flags & QX_N_NUM)),
         say = (f->lex & QX_F(SAY)) != 0, other = (f->lex & QX_F(WEAK)) != 0,
         weak = (f->lex & QX_F(WEAK)) != 0 && !(f->lex & QX_F(STRONG));
    if (f->kind == QX_FR_ACCORDING) return true;
    if (f->kind == QX_FR_NOUN && !german && !say && clause != QX_CL_TO) return clause == QX_CL_THAT;
    if ((f->lex & QX_F(OPINE)) && who && f->kind != QX_FR_TO && f->kind != QX_FR_PASSIVE)
        return clause == QX_CL_THAT || clause == QX_CL_CLAUSE || (clause == QX_CL_TO && (f->lex & QX_F(COMMIT)));
    if (!german && (f->lex & QX_F(THINK)) && !say && (s->flags & QX_N_DOC) && f->kind == QX_FR_VERB)
        return clause == QX_CL_THAT || clause == QX_CL_CLAUSE; /* what a poll finds it says */
    if (german && qx_german_unconfirmed(d, f)) return false;
    if (german && (f->lex & QX_F(THINK)) && !say) { /* "geht davon aus, dass", "hofft, zu …" */
        bool opinion = qx_german_opinion(d, d->chunk[f->chunk].head);
        return (who || opinion) &&
               (clause == QX_CL_THAT || ((clause == QX_CL_TO || clause == QX_CL_CLAUSE) && who && opinion));
    }
    if (f->kind == QX_FR_NOUN && !german && clause == QX_CL_TO)
        return (f->lex & QX_F(COMMIT)) != 0; /* "his vow to go" */
    if ((f->lex & QX_F(COMMIT)) && clause == QX_CL_TO)
        return who && (f->kind == QX_FR_VERB || f->kind == QX_FR_ING); /* "promised to go" */
    if (!say || (f->kind == QX_FR_TO && !(who && ((clause == QX_CL_THAT && !german && (!weak || points_out(d, f))) ||
                                                  (f->strong && (clause == QX_CL_THAT || clause == QX_CL_CLAUSE))))))
        return false; /* "continues to say that", but not "wants to say something" */
    switch (clause) {
    case QX_CL_TO: /* "kündigte an, …" */
        return who && f->strong && german;
    case QX_CL_THAT:
        return who || f->strong;
    case QX_CL_CLAUSE:
        return f->strong || who;
    case QX_CL_NP:
        return who && !other && !german; /* "added a room", "continued the work" */
    case QX_CL_ING:
        return who && !other;
    case QX_CL_SPAN:
        return true;
    case QX_CL_OTHER:
        return of && who && (f->lex & QX_F(TELL));
    case QX_CL_NONE:
        return f->strong || !weak;
    default:
        return false;
    }
}

/* "it is fair to say that", "it's worth noting": nobody. */
static bool it_is(const struct qx_doc *d, const struct qx_frame *f)
{
    const struct qx_chunk *s = &d->chunk[f->subj];
    return (f->kind == QX_FR_TO || f->kind == QX_FR_ING) && f->subj + 1 < f->chunk &&
           (d->lex->grammar & QX_G_ENGLISH) && qx_word_is(d, s->head, "it") && s[1].type == QX_C_VG &&
           (s[1].flags & QX_V_COPULA) && d->chunk[f->chunk - 1].type != QX_C_COMMA;
}

bool qx_speaks(const struct qx_doc *d, const struct qx_frame *f)
{
    if (f->subj == QX_NONE) return false;
    const struct qx_chunk *s = &d->chunk[f->subj];
    if (s->type != QX_C_NP || (s->flags & QX_N_TIME) || it_is(d, f)) return false;
    if (f->kind == QX_FR_NOUN && (d->lex->grammar & QX_G_ENGLISH)) return true; /* "his assertion that" */
    return (f->lex & (QX_F(SAY) | QX_F(THINK) | QX_F(CALL) | QX_F(ATTRIB) | QX_F(ABOUT))) != 0;
}
