/** The texts that an import holds. Private to content/'s importer. */
#ifndef QN_CONTENT_IMPORT_LOAD_H
#define QN_CONTENT_IMPORT_LOAD_H

#include "content/importer.h"

typedef struct {
    char *name; /**< path as given or found */
    char *text;
    size_t n;
} qn_import_doc;

struct qn_import_docs {
    qn_import_doc *items;
    size_t n, cap;
    json_t *extras; /**< by slug: {"tags":[…],"section":…} */
};

#endif
