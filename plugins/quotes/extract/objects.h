/* What objects.c tells indirect.c about English statements: those that are objects of their verb, and where they begin
 * and end. Chunks everywhere; hi is one past the sentence's last. All of it pure. [any thread] */
#ifndef QX_OBJECTS_H
#define QX_OBJECTS_H

#include "qx.h"

/* A statement that its verb has behind a preposition, "spoke of her work": its first chunk, and in *end one past its
 * last. QX_NONE where there is none. */
uint32_t qx_object_behind(const struct qx_doc *d, const struct qx_frame *f, uint32_t *end);

/* What a passive tells of, "The sale was confirmed by …"; false where there is nothing. */
bool qx_what_was(const struct qx_doc *d, const struct qx_frame *f, uint32_t *first, uint32_t *end);

/* The verb is a noun after all, and the clause from i on is about it: "three river states that …". */
bool qx_about_noun(const struct qx_doc *d, const struct qx_frame *f, uint32_t i);

/* The noun phrase is somebody to whom something can be told; what is told: "told a story". */
bool qx_hears(const struct qx_doc *d, uint32_t np);
bool qx_told_itself(const struct qx_doc *d, uint32_t np);

/* Where the clause of a frame begins, of which chunk i is the first behind its verb or noun: past what stands between
 * them, mostly at its "that". i where nothing does. */
uint32_t qx_clause_start(const struct qx_doc *d, const struct qx_frame *f, uint32_t i);

/* The comma parts the items of a list: "lower rents, a new bridge and two schools". */
bool qx_list_goes_on(const struct qx_doc *d, uint32_t comma, uint32_t hi);

/* "to be", "to forcibly deport": an infinitive whose "to" was read as a preposition. */
bool qx_infinitive(const struct qx_doc *d, uint32_t i, uint32_t hi);

/* The frame's clause is put in between commas, of which this is the first behind its verb: "the letter, announcing that
 * …, was leaked". */
bool qx_put_in(const struct qx_doc *d, const struct qx_frame *f, uint32_t comma);

/* "at least six planes filled the sky", "about 300 people came": the preposition i belongs to the number. */
bool qx_some_number(const struct qx_doc *d, uint32_t i, uint32_t hi);

/* The verb of a frame is a noun, told by its subject; the phrase from i on is what somebody was told: "of lying"; a
 * clause about when or why begins at i. */
bool qx_rather_noun(const struct qx_doc *d, const struct qx_frame *f);
bool qx_told_what(const struct qx_doc *d, const struct qx_frame *f, uint32_t i);
bool qx_when_or_why(const struct qx_doc *d, uint32_t i, uint32_t hi);

/* An object that is no clause ends before chunk e. */
bool qx_object_ends(const struct qx_doc *d, uint32_t e, uint32_t hi);

/* There is a clause behind what leads up to it, in chunks first to last. */
bool qx_clause_within(const struct qx_doc *d, uint32_t first, uint32_t last);

#endif
