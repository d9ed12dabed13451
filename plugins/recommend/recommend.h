/**
 * recommend.h: what the parts of the plugin share.
 *
 * article.c reads articles as the server gives them; keep.c keeps the index current; related.c answers. What is related
 * to what is index/'s to know.
 */
#ifndef RECOMMEND_H
#define RECOMMEND_H

#include <quoin.h>

#include "index/index.h"

enum {
    TEXTS_MAX = 2000, /* of a body */
    DEPTH_MAX = 16,   /* to which they are looked for */
    PICKS_MAX = 40,   /* editor's picks that are looked at */
    ANSWER_MAX = 50   /* articles in an answer, whatever [plugin.recommend] max says */
};

extern const qn_api *qn;
extern qn_plugin *self;
extern qn_related *related_index;

/** Reads the API's JSON of an article; what `out` points to lives as long as the call and `entry`. QN_EINVAL: it is
 * none; QN_ENOMEM. [loop] */
int read_article(qn_related_article *out, qn_call *call, const qn_json *entry);

/** A time as the API writes it, in microseconds since the epoch; 0 for what is none. Pure. */
int64_t read_time(qn_related_text text);

/** For how many milliseconds from now on the index may move without its telling, or -1: it tells (keep.c). What was
 * found in it now is to be given again no longer than that, and with "plugin:recommend". [loop] */
int64_t settles_ms(void);

/** Registers what keeps the index current. [init] */
int keep_current(void);

/** Registers the route and the service. [init] */
int offer_related(void);

#endif
