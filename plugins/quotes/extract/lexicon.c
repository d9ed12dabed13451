#include "lexicon.h"

#include <string.h>

const struct qx_lexicon *qx_lexicon_for(const char *tag)
{
    static const struct qx_lexicon *const all[] = {
        &qx_lexicon_en, &qx_lexicon_de, &qx_lexicon_fr, &qx_lexicon_es, &qx_lexicon_ru, &qx_lexicon_cs,
    };
    if (tag != NULL) {
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            size_t n = strlen(all[i]->tag);
            if (strncmp(tag, all[i]->tag, n) == 0 && (tag[n] == '\0' || tag[n] == '-' || tag[n] == '_')) return all[i];
        }
    }
    return &qx_lexicon_en;
}
