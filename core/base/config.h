/**
 * The ini file: every option typed in one table, from which parsing, `config check`, `config show` and the tested
 * `config/quoin.ini` come. `--set section.key=value` wins over `QUOIN_SECTION_KEY` in the environment, which wins over the
 * file, which wins over the default.
 */
#ifndef QN_BASE_CONFIG_H
#define QN_BASE_CONFIG_H

#include <stdio.h>

#include "base/err.h"
#include "base/str.h"

typedef enum { QN_OPT_BOOL, QN_OPT_INT, QN_OPT_BYTES, QN_OPT_STRING, QN_OPT_ENUM, QN_OPT_LIST, QN_OPT_AUTO_INT } qn_opt_kind;

typedef struct {
    const char *section, *key;
    qn_opt_kind kind;
    const char *def;        /**< as it would stand in the file */
    int64_t min, max;       /**< bounds of numbers; items of a list */
    const char *unit;       /**< "ms", "bytes", "" */
    const char *values;     /**< QN_OPT_ENUM: "text|json" */
    const char *help;       /**< one line for people */
    bool secret;            /**< shown as *** by `config show` when it holds a password */
    /** Looks closer at a string, or at each item of a list: NULL, or what would be right. May be NULL. */
    const char *(*check)(const char *value);
} qn_opt;

/** Where a value came from. */
typedef enum { QN_FROM_DEFAULT, QN_FROM_FILE, QN_FROM_ENV, QN_FROM_SET } qn_opt_from;

typedef struct qn_config qn_config;

typedef struct {
    const char *path;          /**< the ini file; NULL: none */
    const char *const *sets;   /**< "section.key=value" strings */
    size_t nsets;
    const char *const *environ; /**< environment, NULL-terminated */
} qn_config_sources;

/** Reads and checks everything. Unknown sections and keys, values outside their bounds, and lines too long are errors that
 *  name file, line, option and what would be right, all of them at once, a line each (as many as fit). Returns owned.
 *  QN_EINVAL, QN_EIO, QN_ENOMEM. */
int qn_config_load(qn_config **out, const qn_config_sources *src, qn_errmsg *e);
void qn_config_free(qn_config **c);

bool qn_config_bool(const qn_config *c, const char *section, const char *key);
int64_t qn_config_int(const qn_config *c, const char *section, const char *key); /**< QN_OPT_AUTO_INT: 0 means auto */
const char *qn_config_str(const qn_config *c, const char *section, const char *key); /**< borrows; never NULL */
/** Items of a list option, blanks trimmed, empty items left out; borrows. */
size_t qn_config_list(const qn_config *c, const char *section, const char *key, const char *const **items);
/** Asking for an option that is not in the table is a mistake in the program: these abort. */
qn_opt_from qn_config_from(const qn_config *c, const char *section, const char *key);
/** The directory of the ini file ("." without one); relative paths in it are resolved against the working directory of
 *  the start, as everywhere. Borrows. */
const char *qn_config_path(const qn_config *c);

/** Adds the table of a section [plugin.NAME]: its defaults, then what the sources hold for it. `opts` are all of one section, whose
 *  name begins with "plugin.", and are borrowed as long as the configuration lives. QN_EINVAL with every fault as in qn_config_load;
 *  QN_ENOMEM. */
int qn_config_add(qn_config *c, const qn_opt *opts, size_t n, qn_errmsg *e);
/** Tells of every value of a plugin's section that no table has taken: where it stands, and its section. */
void qn_config_untaken(const qn_config *c, void (*fn)(void *ctx, const char *where, const char *what), void *ctx);

/** The core's own table, for help, documentation and tests. */
const qn_opt *qn_config_table(size_t *n);
/** Prints what is in force and where each value came from. */
void qn_config_show(const qn_config *c, FILE *out);
/** Prints the commented default file (config/quoin.ini is this text; a test says so). */
void qn_config_template(FILE *out);

#endif
