/* What is speech: of the statements that verbs frame those that somebody made, rather than thought or did. */
#include "qx.h"

/*
 * Which statements are speech: a verb that says so with a clause behind it always; the weaker the verb, the clearer the
 * clause and the speaker have to be. Verbs of opinion tell what somebody thinks, not what they said, and only frame
 * marked words.
 */
bool qx_is_speech(const struct qx_doc *d, const struct qx_frame *f, uint8_t clause, bool of)
{
    const struct qx_chunk *s = &d->chunk[f->subj];
    bool german = (d->lex->grammar & QX_G_VERB_SECOND) != 0;
    bool who = qx_animate(s) || (german && (s->flags & QX_N_PLACE)), say = (f->lex & QX_F(SAY)) != 0,
         other = (f->lex & QX_F(WEAK)) != 0, weak = (f->lex & QX_F(WEAK)) != 0 && !(f->lex & QX_F(STRONG));
    if (f->kind == QX_FR_ACCORDING) return true;
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
    if ((f->lex & QX_F(COMMIT)) && clause == QX_CL_TO)
        return who && (f->kind == QX_FR_VERB || f->kind == QX_FR_ING); /* "promised to go" */
    if (!say || (f->kind == QX_FR_TO && !(f->strong && who && (clause == QX_CL_THAT || clause == QX_CL_CLAUSE))))
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

bool qx_speaks(const struct qx_doc *d, const struct qx_frame *f)
{
    if (f->subj == QX_NONE) return false;
    const struct qx_chunk *s = &d->chunk[f->subj];
    if (s->type != QX_C_NP || (s->flags & QX_N_TIME)) return false;
    return (f->lex & (QX_F(SAY) | QX_F(THINK) | QX_F(CALL) | QX_F(ATTRIB))) != 0;
}
