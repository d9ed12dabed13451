/**
 * News texts from files into entries: `quoin import` and the sample articles of a first start. Blocking: runs a loop of
 * its own.
 */
#ifndef QN_CONTENT_IMPORTER_H
#define QN_CONTENT_IMPORTER_H

#include "content/store.h"

enum { QN_IMPORT_FILE_MAX_BYTES = 8 << 20, QN_IMPORT_FILES_MAX = 100000 };

/** Texts in memory, in order of name. */
typedef struct qn_import_docs qn_import_docs;

/** Reads files, and of folders every *.txt in them (not deeper) with `tags.tsv` beside them: `slug TAB tag,tag… TAB
 * section`, which adds tags and section to the text of that slug. Reading is apart from importing so that it can be
 * done before rights are dropped. Returns owned. QN_ENOTFOUND, QN_EIO, QN_ELIMIT with a message that names the file.
 * [init] */
int qn_import_load(qn_import_docs **out, const char *const *paths, size_t n, qn_errmsg *e);
/** Adds one text that is in memory already (copied); `*d` NULL: begins a new set. One whose name ends in "tags.tsv" is
 * read as such. QN_EINVAL, QN_ENOMEM, QN_ELIMIT. */
int qn_import_put(qn_import_docs **d, const char *name, qn_str text, qn_errmsg *e);
size_t qn_import_count(const qn_import_docs *d);
void qn_import_free(qn_import_docs **d);

typedef struct {
    const qn_config *config;
    const char *conninfo; /**< of the runtime role */
    const char *type;     /**< "article" */
    bool publish;         /**< samples: published as well, three hours apart, the last one now */
} qn_import_options;

/** What became of one text; borrows for the call. */
typedef struct {
    const char *name; /**< of the file */
    int err;          /**< QN_OK; QN_EEXIST: `id` has its slug already; QN_EINVAL: `faults`; else the database's */
    const char *id, *slug;
    const qn_faults *faults;
} qn_import_report;

/** Imports one after the other, telling `report` of each. 0 when every text was taken or reported; an error of its own
 * (database away, no such type) with `e`. `failed` counts texts that were not taken. [init] */
int qn_import_run(const qn_import_docs *d, const qn_import_options *o,
                  void (*report)(void *ctx, const qn_import_report *r), void *ctx, size_t *failed, qn_errmsg *e);

#endif
