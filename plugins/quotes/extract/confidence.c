/*
 * How sure an extraction is: the share of extractions of its kind that were right in span and speaker, measured over
 * annotated English news of 2015 and 2016 (413 documents, 5,900 extractions). Kinds are told apart by the rule that
 * found them, the verb, and whether the speaker can speak; tools/reliability.py checks the numbers against annotated
 * documents.
 */
#include "qx.h"

enum verb { V_NONE, V_STRONG, V_SAY, V_CALL, V_THINK, V_COUNT };

/* A whole quotation, by rule and verb. */
static const float direct[QX_R_COUNT][V_COUNT] = {
    /*                none  strong say   call  think */
    [QX_R_NONE] = { .05f, .05f, .05f, .05f, .05f },      [QX_R_AFTER] = { .90f, .98f, .98f, .90f, .80f },
    [QX_R_BEFORE] = { .80f, .93f, .86f, .80f, .75f },    [QX_R_COLON] = { .93f, .93f, .93f, .93f, .93f },
    [QX_R_INSIDE] = { .90f, .95f, .90f, .90f, .80f },    [QX_R_SAMESENT] = { .70f, .95f, .80f, .70f, .60f },
    [QX_R_LATER] = { .90f, .97f, .90f, .85f, .80f },     [QX_R_VERB] = { .70f, .70f, .70f, .70f, .70f },
    [QX_R_GENITIVE] = { .60f, .60f, .60f, .60f, .60f },  [QX_R_CARRIED] = { .60f, .96f, .91f, .80f, .60f },
    [QX_R_NEXT] = { .90f, .90f, .90f, .90f, .90f },      [QX_R_PREVSENT] = { .35f, .73f, .60f, .50f, .40f },
    [QX_R_PREVPARA] = { .53f, .55f, .58f, .50f, .45f },  [QX_R_NOUN] = { .75f, .80f, .75f, .75f, .70f },
    [QX_R_ACCORDING] = { .80f, .80f, .80f, .80f, .80f }, [QX_R_HEADLINE] = { .90f, .90f, .90f, .90f, .90f },
};

/* Some marked words, the rest in the writer's. */
static const float partial[QX_R_COUNT][V_COUNT] = {
    [QX_R_NONE] = { .05f, .05f, .05f, .05f, .05f },      [QX_R_AFTER] = { .50f, .82f, .45f, .55f, .40f },
    [QX_R_BEFORE] = { .75f, .87f, .76f, .84f, .70f },    [QX_R_COLON] = { .85f, .85f, .85f, .85f, .85f },
    [QX_R_INSIDE] = { .80f, .85f, .80f, .80f, .70f },    [QX_R_SAMESENT] = { .70f, .90f, .75f, .78f, .43f },
    [QX_R_LATER] = { .65f, .79f, .65f, .60f, .50f },     [QX_R_VERB] = { .54f, .54f, .54f, .54f, .54f },
    [QX_R_GENITIVE] = { .60f, .60f, .60f, .60f, .60f },  [QX_R_CARRIED] = { .50f, .60f, .55f, .50f, .45f },
    [QX_R_NEXT] = { .80f, .80f, .80f, .80f, .80f },      [QX_R_PREVSENT] = { .40f, .50f, .45f, .40f, .40f },
    [QX_R_PREVPARA] = { .10f, .10f, .10f, .10f, .10f },  [QX_R_NOUN] = { .70f, .70f, .70f, .70f, .70f },
    [QX_R_ACCORDING] = { .80f, .83f, .80f, .80f, .75f }, [QX_R_HEADLINE] = { .90f, .90f, .90f, .90f, .90f },
};

/* No marks, by what the statement is built like: QX_CL_NONE is a statement in front of its cue. */
static const float indirect[QX_CL_OTHER + 1][V_COUNT] = {
    [QX_CL_NONE] = { .50f, .84f, .35f, .50f, .40f },   [QX_CL_THAT] = { .60f, .86f, .65f, .60f, .45f },
    [QX_CL_CLAUSE] = { .45f, .88f, .49f, .40f, .30f }, [QX_CL_TO] = { .35f, .40f, .35f, .35f, .30f },
    [QX_CL_ING] = { .40f, .80f, .42f, .40f, .30f },    [QX_CL_NP] = { .40f, .58f, .50f, .40f, .20f },
    [QX_CL_SPAN] = { .50f, .60f, .50f, .50f, .40f },   [QX_CL_OTHER] = { .35f, .45f, .40f, .35f, .25f },
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

void qx_confidence_set(struct qx_doc *d)
{
    /* speakers were right in 95 of 100 in English, in 70 of 100 in German; the other languages were hardly measured */
    float language = d->lex == &qx_lexicon_en ? 1.0f : d->lex == &qx_lexicon_de ? .75f : .6f;
    for (uint32_t i = 0; i < d->nquote; i++) {
        struct qx_quote *q = &d->quote[i];
        enum verb v = verb_of(d, q);
        float p = q->kind == QN_QUOTES_DIRECT    ? direct[q->rule][v]
                  : q->kind == QN_QUOTES_PARTIAL ? partial[q->rule][v]
                                                 : indirect[q->clause][v];
        if (q->kind == QN_QUOTES_INDIRECT && q->rule == QX_R_ACCORDING) p = .81f;
        if (!can_speak(d, q)) p *= .8f;
        if (q->open) p *= .9f;
        q->confidence = (double)(p * language);
    }
}
