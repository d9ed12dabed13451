/*
 * How sure an extraction is: the share of extractions of its kind that were right in span and speaker, measured over
 * annotated English news of 2015 and 2016 (413 documents, 7,200 extractions). Kinds are told apart by the rule that
 * found them, the verb, and whether the speaker can speak; tools/reliability.py checks the numbers against annotated
 * documents.
 */
#include "qx.h"

enum verb { V_NONE, V_STRONG, V_SAY, V_CALL, V_THINK, V_COUNT };

/* A whole quotation, by rule and verb. */
static const float direct[QX_R_COUNT][V_COUNT] = {
    /*                none  strong say   call  think */
    [QX_R_NONE] = { .05f, .05f, .05f, .05f, .05f },      [QX_R_AFTER] = { .90f, .98f, .98f, .90f, .90f },
    [QX_R_BEFORE] = { .50f, .94f, .87f, .85f, .70f },    [QX_R_COLON] = { .95f, .95f, .95f, .95f, .95f },
    [QX_R_INSIDE] = { .90f, .95f, .90f, .90f, .80f },    [QX_R_SAMESENT] = { .70f, .95f, .85f, .80f, .60f },
    [QX_R_LATER] = { .80f, .87f, .80f, .80f, .75f },     [QX_R_VERB] = { .74f, .74f, .74f, .74f, .74f },
    [QX_R_GENITIVE] = { .60f, .60f, .60f, .60f, .60f },  [QX_R_CARRIED] = { .75f, .97f, .90f, .80f, .75f },
    [QX_R_NEXT] = { .90f, .90f, .90f, .90f, .90f },      [QX_R_PREVSENT] = { .38f, .75f, .65f, .55f, .60f },
    [QX_R_PREVPARA] = { .47f, .56f, .62f, .55f, .60f },  [QX_R_NOUN] = { .75f, .80f, .75f, .75f, .70f },
    [QX_R_ACCORDING] = { .73f, .73f, .73f, .73f, .73f }, [QX_R_HEADLINE] = { .90f, .90f, .90f, .90f, .90f },
};

/* Some marked words, the rest in the writer's. */
static const float partial[QX_R_COUNT][V_COUNT] = {
    [QX_R_NONE] = { .05f, .05f, .05f, .05f, .05f },      [QX_R_AFTER] = { .30f, .84f, .45f, .45f, .30f },
    [QX_R_BEFORE] = { .30f, .90f, .84f, .84f, .67f },    [QX_R_COLON] = { .90f, .90f, .90f, .90f, .90f },
    [QX_R_INSIDE] = { .80f, .85f, .80f, .80f, .70f },    [QX_R_SAMESENT] = { .25f, .92f, .76f, .78f, .42f },
    [QX_R_LATER] = { .50f, .84f, .45f, .50f, .45f },     [QX_R_VERB] = { .52f, .52f, .52f, .52f, .52f },
    [QX_R_GENITIVE] = { .65f, .65f, .65f, .65f, .65f },  [QX_R_CARRIED] = { .30f, .35f, .35f, .35f, .30f },
    [QX_R_NEXT] = { .80f, .80f, .80f, .80f, .80f },      [QX_R_PREVSENT] = { .12f, .70f, .50f, .40f, .20f },
    [QX_R_PREVPARA] = { .10f, .10f, .10f, .10f, .10f },  [QX_R_NOUN] = { .70f, .70f, .70f, .70f, .70f },
    [QX_R_ACCORDING] = { .75f, .75f, .75f, .75f, .75f }, [QX_R_HEADLINE] = { .93f, .93f, .93f, .93f, .93f },
};

/* No marks, by what the statement is built like: QX_CL_NONE is a statement in front of its cue. */
static const float indirect[QX_CL_OTHER + 1][V_COUNT] = {
    [QX_CL_NONE] = { .50f, .92f, .50f, .50f, .40f },   [QX_CL_THAT] = { .60f, .88f, .70f, .65f, .88f },
    [QX_CL_CLAUSE] = { .45f, .91f, .53f, .45f, .73f }, [QX_CL_TO] = { .35f, .46f, .70f, .40f, .80f },
    [QX_CL_ING] = { .40f, .70f, .50f, .40f, .40f },    [QX_CL_NP] = { .40f, .65f, .72f, .50f, .30f },
    [QX_CL_SPAN] = { .40f, .40f, .40f, .40f, .40f },   [QX_CL_OTHER] = { .45f, .65f, .76f, .50f, .40f },
};

static enum verb verb_of(const struct qx_doc *d, const struct qx_quote *q)
{
    if (q->frame == QX_NONE) return V_NONE;
    const struct qx_frame *f = &d->frame[q->frame];
    if (f->strong || f->kind == QX_FR_ACCORDING) return V_STRONG;
    return f->lex & QX_F(SAY) ? V_SAY : f->lex & QX_F(CALL) ? V_CALL : f->lex & QX_F(THINK) ? V_THINK : V_NONE;
}

static bool can_speak(const struct qx_doc *d, const struct qx_quote *q)
{
    if (q->subj == QX_NONE || q->gen_first != QX_NONE) return true;
    return (d->chunk[q->subj].flags & (QX_N_PRON | QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_DOC)) != 0;
}

/* How much less often it is right where the speaker is nothing that can speak, by kind. */
static const float speechless[] = { [QN_QUOTES_DIRECT] = .65f, [QN_QUOTES_PARTIAL] = .5f, [QN_QUOTES_INDIRECT] = .85f };

static float without_marks(const struct qx_quote *q, enum verb v)
{
    switch (q->rule) {
    case QX_R_HEADLINE:
        return .79f;
    case QX_R_TURN:
    case QX_R_VERB: /* an object behind a preposition */
        return .70f;
    case QX_R_ACCORDING:
        return .86f;
    default:
        return indirect[q->clause][v];
    }
}

/* Where German differs, measured over annotated German news (338 documents, 285 extractions in marks, 640 statements
 * without any): the subjunctive says that the speaker goes on, and whoever stands behind "laut" is a source whatever
 * its word; a clear clause says less than in English. */
static float in_german(const struct qx_doc *d, const struct qx_quote *q, enum verb v, float p)
{
    bool speaks = can_speak(d, q);
    if (q->kind == QN_QUOTES_INDIRECT && q->rule == QX_R_ACCORDING) return .86f;
    if (q->kind == QN_QUOTES_INDIRECT) {
        p = q->rule == QX_R_CARRIED ? .70f : p > .80f ? .80f : p;
        return speaks ? p : p * speechless[q->kind];
    }
    if (q->kind == QN_QUOTES_PARTIAL && q->rule == QX_R_CARRIED && (v == V_STRONG || v == V_SAY))
        p = .80f;
    else if (q->rule == QX_R_ACCORDING)
        return .92f;
    return (speaks ? p : p * speechless[q->kind]) * .97f;
}

void qx_confidence_set(struct qx_doc *d)
{
    bool german = d->lex == &qx_lexicon_de;
    float language = (d->lex->grammar & QX_G_ENGLISH) ? 1.0f : .6f; /* the others were hardly measured */
    for (uint32_t i = 0; i < d->nquote; i++) {
        struct qx_quote *q = &d->quote[i];
        enum verb v = verb_of(d, q);
        float p = q->kind == QN_QUOTES_DIRECT    ? direct[q->rule][v]
                  : q->kind == QN_QUOTES_PARTIAL ? partial[q->rule][v]
                                                 : without_marks(q, v);
        if (german)
            p = in_german(d, q, v, p);
        else
            p *= language * (can_speak(d, q) ? 1.0f : speechless[q->kind]);
        if (q->open) p *= .95f;
        q->confidence = (double)p;
    }
}
