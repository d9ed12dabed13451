/*
 * What the modules of the extractor share. A text runs through them in this order:
 *
 *   tokens    words, numbers, marks; each word with its features from the lexicon
 *   glyphs    quotation marks paired
 *   pos       what a word is here: noun, verb, name, …
 *   chunks    sentences, and in them noun phrases, verb groups, quotations as one piece each
 *   persons   noun phrases that name people; a table of them; who a surname means
 *   frames    verbs and nouns of speech, each with its speaker
 *   coref     who a pronoun means
 *   attrib    each quotation with its frame, or the speaker carried over; what in marks is no quotation
 *   indirect  statements without marks, and the whole statement around marked words
 *   turns     statements that only a colon gives to somebody: headlines, transcripts
 *   confidence
 */
#ifndef QX_H
#define QX_H

#include "lexicon.h"
#include "quotes.h"

#include <stdbool.h>
#include <string.h>

#define QX_NONE  UINT32_MAX
#define QX_SLACK 32 /* NULs behind the text, so that it can be read sixteen bytes at a time */
#define QX_FRONT 16 /* and before it, so that the ends of words can; as many before what tokens are */

/* How a condition mostly comes out, in loops over all tokens: so that the usual way is one without jumps. */
#define QX_MOSTLY(condition) __builtin_expect(!!(condition), 1)
#define QX_SELDOM(condition) __builtin_expect(!!(condition), 0)

enum qx_kind { QX_WORD, QX_NUMBER, QX_CLITIC, QX_PUNCT, QX_MARK, QX_BREAK, QX_MARKUP, QX_KINDS };

/* Kinds of quotation mark, in tok.mark where kind is QX_MARK. */
enum qx_mark {
    QX_M_NONE,
    QX_M_STRAIGHT,  /* " */
    QX_M_APOS2,     /* '' */
    QX_M_GRAVE2,    /* `` */
    QX_M_CURLY_L,   /* U+201C: opens in English, closes in German */
    QX_M_CURLY_R,   /* U+201D */
    QX_M_LOW,       /* U+201E */
    QX_M_GUIL_L,    /* U+00AB */
    QX_M_GUIL_R,    /* U+00BB */
    QX_M_SINGLE,    /* ' */
    QX_M_SINGLE_L,  /* U+2018 */
    QX_M_SINGLE_R,  /* U+2019 */
    QX_M_LOW1,      /* U+201A */
    QX_M_SGUIL_L,   /* U+2039 */
    QX_M_SGUIL_R,   /* U+203A */
    QX_M_CORNER_L,  /* U+300C */
    QX_M_CORNER_R,  /* U+300D */
    QX_M_WCORNER_L, /* U+300E */
    QX_M_WCORNER_R, /* U+300F */
    QX_M_DASH       /* a dash that opens a paragraph of speech */
};

#define QX_S_CAP    1u   /* begins with a capital */
#define QX_S_ALLCAP 2u   /* two letters or more, all capitals */
#define QX_S_DIGIT  4u   /* has a digit */
#define QX_S_SPACE  8u   /* white space before it */
#define QX_S_DOT    16u  /* ends in a full stop that belongs to it */
#define QX_S_HYPHEN 32u  /* has a hyphen inside */
#define QX_S_HEAD   64u  /* in a heading or a line in which most words have capitals */
#define QX_S_FIRST  128u /* first word of its sentence */

struct qx_tok {
    uint32_t off, cp; /* bytes and code points from the beginning of the joined text */
    uint32_t mate;    /* the other mark of the pair, or QX_NONE */
    uint32_t hash;    /* of the word in small letters; QX_BREAK: small words of its paragraph, at least (chunks.c) */
    uint16_t len, cplen;
    uint8_t kind, shape;
    uint8_t pos;  /* enum qx_pos, QX_P_OTHER in marks and brackets; until chunks.c came there, its row (lexicon.h) */
    uint8_t mark; /* enum qx_mark, or the sign */
    uint64_t lex;
};

/* Marked words: tokens open + 1 … close - 1. close may be a QX_BREAK where the mark was left open. */
struct qx_span {
    uint32_t open, close, chunk;
    uint32_t quote; /* index, or QX_NONE where the words are no quotation */
    uint8_t single, dash;
};

enum qx_ctype {
    QX_C_OTHER,
    QX_C_NP,
    QX_C_VG,
    QX_C_PREP,
    QX_C_ADV,
    QX_C_COMMA,
    QX_C_COLON,
    QX_C_SEMI,
    QX_C_DASH,
    QX_C_LPAR,
    QX_C_RPAR,
    QX_C_CONJ,
    QX_C_SUB,
    QX_C_REL,
    QX_C_SPAN,
    QX_C_STOP
};

/* Noun phrases: what can be told from their words. */
#define QX_N_PRON   1u
#define QX_N_NAME   2u  /* has words written like a name */
#define QX_N_TIME   4u  /* "Monday", "last week" */
#define QX_N_ROLE   8u  /* "a spokesman", "critics" */
#define QX_N_ORG    16u /* "the ministry", "Fox News" */
#define QX_N_DOC    32u /* "a poll", "the report" */
#define QX_N_PLURAL 64u
#define QX_N_PERSON 128u /* a name that is somebody's, as far as its words tell */
#define QX_N_PLACE  256u
#define QX_N_NUM    512u   /* only a number: an age, a sum */
#define QX_N_DET    1024u  /* begins with an article */
#define QX_N_GEN    2048u  /* ends in a possessive: "Trump's" without its noun */
#define QX_N_HASGEN 4096u  /* has a possessive inside: "Trump's campaign" */
#define QX_N_SPEECH 8192u  /* its head is a noun of speech */
#define QX_N_DOES   16384u /* subject of a verb */
#define QX_N_SAYS   32768u /* subject of a verb of speech */

/* Verb groups. */
#define QX_V_FINITE  1u
#define QX_V_ING     2u
#define QX_V_TO      4u
#define QX_V_PASSIVE 8u
#define QX_V_NEG     16u
#define QX_V_COPULA  32u
#define QX_V_MODAL   64u
#define QX_V_PAST    128u /* a simple past that may also be a participle: "released" */

/* Quotations as chunks: how the words in marks begin and end. */
#define QX_Q_STOP  1u /* full stop inside */
#define QX_Q_EXCL  2u /* ! or ? inside */
#define QX_Q_COMMA 4u
#define QX_Q_CAP   8u  /* begins with a capital */
#define QX_Q_OPEN  16u /* never closed */

struct qx_chunk {
    uint32_t first, last; /* tokens, last is one past */
    uint32_t head;        /* token */
    uint32_t ref;         /* noun phrase: index of its person, or QX_NONE; quotation: index of its span */
    uint32_t
        gen; /* noun phrase with a possessive inside: token of the possessive; verb of a relative clause: its "who" */
    uint32_t owner; /* noun phrase that begins with "his" or "her": the person, or QX_NONE */
    uint32_t sent;
    uint16_t flags;
    uint8_t type, gender;
};

struct qx_sent {
    uint32_t first, last; /* chunks, last is one past */
    uint32_t para;
    uint32_t asks, nasks; /* of doc.ask: chunks that frames.c looks at */
    uint8_t heading;
    uint8_t cue;   /* has a word of QX_CUES outside marks; 2: one of QX_F(CUE) */
    uint8_t marks; /* has a quotation as a piece of it */
    uint8_t told;  /* has a passive of speech: "was said" */
    uint8_t near;  /* marks in its paragraph or in the next one */
};

/* What a frame is made of: a sentence without any such word has none, and nobody asks for its verbs unless marks are
 * near (frames.c). */
#define QX_CUES (QX_F(SAY) | QX_F(THINK) | QX_F(CALL) | QX_F(ATTRIB) | QX_F(SPEECHN) | QX_F(CONTENTN) | QX_F(CUE))

/* A surname (or a given name, hashed apart) and the first of the people who bear it. */
#define QX_NAMES_FIRST 512u /* a power of two; ten times the people, or the table doubles */
struct qx_name {
    uint32_t key, person; /* person + 1, 0: free */
};

struct qx_person {
    uint32_t tok, ntok;     /* fullest mention: words of the name */
    uint32_t given, family; /* tokens */
    uint32_t given_hash, family_hash;
    uint32_t role_tok, role_ntok;
    uint32_t mentions, quotes, first_at;
    uint32_t by_family;               /* mentions with the surname */
    uint32_t named_at;                /* chunk of the last mention, while persons.c reads the story */
    uint32_t next_family, next_given; /* another person with this name, or QX_NONE */
    int16_t male, female;             /* evidence */
    uint8_t words, agent;             /* agent: was the subject of a verb */
};

enum qx_rule {
    QX_R_NONE,
    QX_R_AFTER,
    QX_R_BEFORE,
    QX_R_COLON,
    QX_R_INSIDE,
    QX_R_SAMESENT,
    QX_R_LATER,
    QX_R_VERB,
    QX_R_GENITIVE,
    QX_R_CARRIED,
    QX_R_NEXT,
    QX_R_PREVSENT,
    QX_R_PREVPARA,
    QX_R_NOUN,
    QX_R_ACCORDING,
    QX_R_CLAUSE,
    QX_R_INVERTED,
    QX_R_HEADLINE,
    QX_R_TURN,
    QX_R_COUNT
};

/* A verb or noun of speech with its speaker. */
struct qx_frame {
    uint32_t cue_first, cue_last; /* tokens */
    uint32_t own_first, own_last; /* tokens of the speaker where they are only a part of subj, or QX_NONE */
    uint32_t chunk;               /* the verb group, or the noun phrase */
    uint32_t subj;                /* chunk of the speaker, or QX_NONE */
    uint32_t sent;
    uint64_t lex;
    uint8_t dir;    /* 0: subject before, 1: subject after */
    uint8_t kind;   /* QX_FR_ */
    uint8_t strong; /* a verb that means speech, and nothing else */
    uint8_t used;   /* a quotation before it is its object */
};

enum { QX_FR_VERB, QX_FR_ING, QX_FR_ACCORDING, QX_FR_NOUN, QX_FR_PASSIVE, QX_FR_TO };

enum { QX_CL_NONE, QX_CL_THAT, QX_CL_CLAUSE, QX_CL_TO, QX_CL_ING, QX_CL_NP, QX_CL_SPAN, QX_CL_OTHER };

struct qx_quote {
    uint32_t first, last;         /* tokens of the span */
    uint32_t cfirst, clast;       /* tokens of the content */
    uint32_t span;                /* index into spans, or QX_NONE */
    uint32_t frame, subj;         /* or QX_NONE */
    uint32_t gen_first, gen_last; /* where the speaker is only a part of subj ("Trump's" of "Trump's plan") */
    uint32_t person;
    uint32_t para;
    uint8_t kind, rule, drop;
    uint8_t clause; /* QX_CL_: what the statement is built like */
    uint8_t open;   /* the speaker is a pronoun that could be several people */
    double confidence;
};

struct qx_doc {
    const struct qx_lexicon *lex;
    const char *text; /* the blocks joined, each followed by a line break */
    size_t len;
    const struct qn_quotes_block *blocks;
    uint32_t *block_tok; /* first token of each block; nblocks + 1 */
    uint32_t *block_cp;
    size_t nblocks;
    unsigned flags;
    enum qn_quotes_paragraphs paragraphs;

    struct {
        char *at;
        size_t size;
    } arena[2]; /* what the arrays begin in: the text and its tokens; what is made of them, once they are counted */

    struct qx_tok *tok;
    uint32_t ntok, captok;
    uint8_t *pos;     /* tok[].pos once more, of token i at i + QX_FRONT: see runs.h */
    uint32_t *breaks; /* tokens that end a paragraph; their mark says whether it holds any QX_MARK */
    uint32_t nbreaks, capbreaks;
    struct qx_span *span;
    uint32_t nspan, capspan;
    struct qx_chunk *chunk;
    uint32_t nchunk;
    struct qx_sent *sent;
    uint32_t nsent, capsent;
    uint32_t *who; /* noun phrases that name or mean somebody: chunks */
    uint32_t nwho;
    uint32_t *named; /* of them, those with a name in them */
    uint32_t nnamed;
    uint32_t
        *ask; /* chunks of which a frame may be made, and all verb groups: of sentences with a cue, or near marks */
    uint32_t nask;
    struct qx_person *person;
    uint32_t nperson, capperson;
    struct qx_name *names; /* surname or given name → people; open addressing */
    uint32_t names_mask;
    struct qx_frame *frame;
    uint32_t nframe, capframe;
    uint32_t *sent_frame; /* first frame of each sentence; nsent + 1 */
    uint32_t capsent_frame;
    struct qx_quote *quote;
    uint32_t nquote, capquote;
    uint32_t npara;
};

/* Frees what grew out of the arenas; borrows what did not. */
void qx_free(struct qx_doc *doc, void *items);

/* What a token is from now on. */
static inline void qx_set_pos(struct qx_doc *doc, uint32_t tok, enum qx_pos pos)
{
    doc->tok[tok].pos = doc->pos[tok + QX_FRONT] = (uint8_t)pos;
}

/* Makes room for n items in all. items points to the array's pointer; an array that outgrows the arena leaves it. */
bool qx_reserve(struct qx_doc *doc, void *items, uint32_t *cap, uint32_t n, size_t size);
#define QX_RESERVE(doc, what, more)                                                                                    \
    (QX_MOSTLY((more) <= (doc)->cap##what - (doc)->n##what) ||                                                         \
     qx_reserve((doc), &(doc)->what, &(doc)->cap##what, (doc)->n##what + (more), sizeof *(doc)->what))

/* Makes room for one more; false when memory is out. */
bool qx_grow(struct qx_doc *doc, void *items, uint32_t *cap, size_t size);
#define QX_ROOM(doc, what)                                                                                             \
    (QX_MOSTLY((doc)->n##what < (doc)->cap##what) ||                                                                   \
     qx_grow((doc), &(doc)->what, &(doc)->cap##what, sizeof *(doc)->what))

/* Each: 0 or QN_QUOTES_ENOMEM. */
int qx_tokens_scan(struct qx_doc *doc);
int qx_glyphs_pair(struct qx_doc *doc);
int qx_chunks_build(struct qx_doc *doc);
int qx_persons_collect(struct qx_doc *doc);
void qx_coref_run(struct qx_doc *doc);
int qx_frames_find(struct qx_doc *doc);
int qx_attrib_run(struct qx_doc *doc);
int qx_indirect_run(struct qx_doc *doc);
void qx_confidence_set(struct qx_doc *doc);

/* speaker.c: the person that the speaker's words mean. */
void qx_speaker_name(struct qx_doc *d, struct qx_quote *q);

/* persons.c: the person a name means at a token, or QX_NONE. */
uint32_t qx_persons_lookup(const struct qx_doc *doc, uint32_t tok, uint32_t ntok, uint8_t gender);
/* The words of a noun phrase that are the name in it; false where there is none. */
bool qx_persons_name_in(const struct qx_doc *doc, uint32_t first, uint32_t last, uint32_t *tok, uint32_t *ntok);

/* subject.c: the chunk of the noun phrase that does what the verb group says; *after where it stands behind the verb.
 */
uint32_t qx_subject_of(const struct qx_doc *doc, uint32_t vg, bool *after);
/* The first noun phrase of a chain "a spokesman for the ministry" that ends with chunk np. */
uint32_t qx_subject_chain(const struct qx_doc *doc, uint32_t np);

/* turns.c: the statement of a paragraph that begins with somebody and a colon; *end is then the sentence behind it. */
int qx_turn_find(struct qx_doc *doc, uint32_t s, uint32_t *end);

/* told.c: German, and only asked of it: a sentence in which nothing was found, as the words of whom the one before lets
 * speak. */
int qx_told_on(struct qx_doc *doc, uint32_t s);

/* frames.c: German "wurde … genannt", "genannt wird": the verb group is a participle, with "werden" in its clause. */
bool qx_german_passive(const struct qx_doc *doc, uint32_t vg);

/* speech.c: whether what a frame governs was said; clause is its QX_CL_, of: it begins with "of" or "against". */
bool qx_is_speech(const struct qx_doc *d, const struct qx_frame *f, uint8_t clause, bool of);
/* speech.c: whether a frame has somebody, or something written, whose statement it could be. */
bool qx_speaks(const struct qx_doc *doc, const struct qx_frame *frame);

/* objects.c: what looks like a passive is none: "he's said he would". */
bool qx_active(const struct qx_doc *doc, uint32_t vg, uint32_t subj, uint32_t hi);

/* kinds.c: whether marked words are a whole statement. */
void qx_kind_decide(const struct qx_doc *doc, struct qx_quote *quote);

/* nobody.c: statements of a sentence that nobody is named for. */
int qx_nobody_find(struct qx_doc *doc, uint32_t s);

/* Whether a token is a word, given in small letters: in any case (of ASCII letters; others as they stand, "daß"), and
 * only in small letters. */
static inline bool qx_word_is(const struct qx_doc *doc, uint32_t tok, const char *word)
{
    const struct qx_tok *t = &doc->tok[tok];
    const char *at = doc->text + t->off;
    size_t k = 0;
    if (QX_MOSTLY(*at != word[0] && (*at | 32) != word[0])) return false; /* nearly all */
    for (; k < t->len && word[k] != '\0'; k++)
        if (at[k] != word[k] && (at[k] & 0x80 || (at[k] | 32) != word[k])) return false;
    return k == t->len && word[k] == '\0';
}

static inline bool qx_word_is_small(const struct qx_doc *doc, uint32_t tok, const char *word)
{
    const struct qx_tok *t = &doc->tok[tok];
    return t->len == strlen(word) && memcmp(doc->text + t->off, word, t->len) == 0;
}

/* german.c: the source of a frame is all that stands in front of it in its sentence; a statement goes on behind the
 * source between its commas. */
bool qx_german_source_first(const struct qx_doc *doc, const struct qx_frame *f);
bool qx_german_split(const struct qx_doc *doc, const struct qx_frame *f);
/* german.c: where the statement of chunks first to last ends, told by the verb of chunk from: before the speaker's own
 * doing goes on. */
uint32_t qx_german_told_end(const struct qx_doc *doc, uint32_t from, uint32_t first, uint32_t last);
/* german.c: the verb of a frame says that somebody does not confirm something. */
bool qx_german_unconfirmed(const struct qx_doc *doc, const struct qx_frame *f);
/* german.c: what the clause of chunks first to last is built like, by its first verb: QX_CL_. */
uint8_t qx_german_clause(const struct qx_doc *doc, uint32_t first, uint32_t last);
/* german.c: what stands in front of a frame, from chunk first on, is a clause under it. */
bool qx_german_leads_up(const struct qx_doc *doc, const struct qx_frame *f, uint32_t first);
/* german.c: the first chunk from i on that does not say whose what stands before it is. */
uint32_t qx_german_past_owner(const struct qx_doc *doc, uint32_t i, uint32_t hi);

/* Somebody, or something written, as far as the words of the noun phrase tell. */
static inline bool qx_animate(const struct qx_chunk *s)
{
    return (s->flags & (QX_N_PRON | QX_N_PERSON | QX_N_ROLE | QX_N_ORG | QX_N_DOC)) != 0;
}

/* "a number of voters", "most of the owners": some of those who can speak. */
static inline bool qx_some_of(const struct qx_doc *doc, uint32_t np)
{
    const struct qx_chunk *c = &doc->chunk[np];
    return np + 2 < doc->sent[c->sent].last && c[1].type == QX_C_PREP && doc->tok[c[1].first].len == 2 &&
           memcmp(doc->text + doc->tok[c[1].first].off, "of", 2) == 0 && c[2].type == QX_C_NP &&
           (c[2].flags & QX_N_ROLE) && (c[2].flags & QX_N_PLURAL);
}

/* What stands in marks, counted. */
struct qx_inside {
    uint32_t words, capitals;
    bool first_capital;
};

/* german.c: a verb of an opinion that only somebody can have: "hofft". */
bool qx_german_opinion(const struct qx_doc *doc, uint32_t tok);

/* Words in front of ", řekl X" or ", selon X" that are a statement where verbs are not known (QX_G_FEW_VERBS). */
#define QX_FRONT_MIN 3u

/* borders.c: the subject of a verb, as qx_subject_of(); the chunks that a verb of speech (a frame of the kind
 * QX_FR_VERB) gives to its speaker, false where there are none. */
uint32_t qx_border_subject(const struct qx_doc *doc, uint32_t vg, bool *after);
bool qx_border_statement(const struct qx_doc *doc, const struct qx_frame *f, uint32_t *first, uint32_t *end);

/* german.c: words with a capital that are in no list: what their ends say. */
void qx_german_words(struct qx_doc *doc);
enum qx_naming { QX_UNSURE, QX_NAMES, QX_QUOTES };
/* Whether the marks of chunk q name something rather than quote somebody, given how they were attributed. */
enum qx_naming qx_german_name(const struct qx_doc *doc, uint32_t q, const struct qx_quote *out,
                              const struct qx_inside *n);

/* phrase.c: what the words of a finished noun phrase or verb group say about it; noun is the last noun, name or pronoun
 * of it, or QX_NONE. */
void qx_phrase_nps(const struct qx_doc *doc, const uint32_t *chunks, uint32_t n, uint32_t *rest);
void qx_phrase_vg(const struct qx_doc *doc, struct qx_chunk *c);

/* pos.c: what token i is, given what stands before it. */
enum qx_pos qx_pos_decide(const struct qx_doc *doc, uint32_t i, enum qx_pos prev, uint64_t prev_lex);

#endif
