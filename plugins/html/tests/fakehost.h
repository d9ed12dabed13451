/**
 * As much of a host as this plugin uses, over jansson and a file of entries: its handlers are tested without a server.
 */
#ifndef FAKEHOST_H
#define FAKEHOST_H

#include <jansson.h>

#include <quoin.h>

/** What the plugin answered, in text; and what it should not have done. */
typedef struct {
    int status;
    char *body;
    size_t n;
    char *type;
    json_t *headers; /* lower-case name to value */
    char *kept;      /* what keep() was told; NULL: it was not asked */
    int answers;     /* has to be 1 */
} fake_answer;

/** How the host is to be. */
typedef struct {
    const char *options; /**< JSON object of names and texts; NULL: the defaults */
    const char *related; /**< JSON array that recommend.related answers; NULL: nobody offers it */
    int related_err;     /**< or the code that it fails with */
    int content_err;     /**< what content_get() and content_list() call back with */
    int refuse_err;      /**< what they return */
    int list_err;        /**< what content_list() calls back with */
    const char *role;    /**< NULL: public */
} fake_host;

/** Loads the plugin over `content` ({"articles": […], "authors": […]}): 0, or what check or init said. */
int fake_start(fake_host how, const json_t *content);
void fake_stop(void);
/** Why the plugin refused; "" where it did not. */
const char *fake_refused(void);
/** Asks for a path with its query, as "/tags/kyiv?after=c20". `*out` is owned: fake_answer_free(). */
void fake_get(fake_answer *out, const char *target);
void fake_answer_free(fake_answer *a);
/** A header; "" where there is none. */
const char *fake_header(const fake_answer *a, const char *name);
int fake_selftest(void);

#endif
