/**
 * What the files of the ini reader share; tests look in as well.
 */
#ifndef QN_BASE_CONFIG_PRIV_H
#define QN_BASE_CONFIG_PRIV_H

#include "base/arena.h"
#include "base/config.h"

/** One option's value in force. Everything in it is arena memory of the configuration. */
typedef struct {
    const char *text;   /**< as given, blanks trimmed */
    int64_t number;     /**< BOOL, INT, BYTES, AUTO_INT */
    const char **items; /**< LIST */
    size_t nitems;
    qn_opt_from from;
    const char *origin; /**< "quoin.ini:3", "QUOIN_SERVER_LISTEN", "--set" */
} qn_opt_value;

/** A value of a section whose table is not there yet. */
typedef struct qn_opt_later qn_opt_later;
struct qn_opt_later {
    qn_opt_later *next;
    const char *section; /**< "plugin.quotes"; NULL: `key` has "QUOTES_" before it */
    const char *key, *text, *where;
    qn_opt_from from;
    bool taken;
};

struct qn_config {
    qn_arena *arena;
    const char *dir;
    const qn_opt **table; /**< the core's lines, then those of qn_config_add */
    qn_opt_value *values; /**< one for each line of the table */
    size_t n;
    qn_opt_later *later;
};

/** Checks `text` against `o` and fills the parsed part of `*v`. QN_EINVAL with what would be right in `why`; QN_ENOMEM. */
int qn_opt_parse(qn_opt_value *v, qn_arena *a, const qn_opt *o, const char *text, qn_errmsg *why);

/** Describes what `o` takes: "a whole number from 1 to 256". */
void qn_opt_describe(char *to, size_t room, const qn_opt *o);

/** Called for each section that begins: false, after reporting it, when there is none of this name; its options are then
 *  passed over. */
typedef bool (*qn_ini_section)(void *arg, unsigned line, qn_str name);
/** Called for each option found in the file; `line` counts from 1. Returns 0 or QN_ENOMEM. */
typedef int (*qn_ini_found)(void *arg, unsigned line, const char *section, const char *key, const char *value);
/** Called for each line that is not to be read. Returns 0 or QN_ENOMEM. */
typedef int (*qn_ini_fault)(void *arg, unsigned line, const char *what);

/** Reads ini text through inih, which is told only what it cannot get wrong. Returns 0 or what a callback returned. */
int qn_ini_read(qn_str text, qn_ini_section section, qn_ini_found found, qn_ini_fault fault, void *arg);

#endif
