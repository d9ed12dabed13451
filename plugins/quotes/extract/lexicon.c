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
            if (strncmp(tag, all[i]->tag, n) == 0 && (tag[n] == '\0' || tag[n] == '-' || tag[n] == '_'))
                return all[i];
        }
    }
    return &qx_lexicon_en;
}

uint64_t qx_lexicon_find(const struct qx_lexicon *lex, const char *word, size_t len, uint64_t hash)
{
    uint32_t d = lex->displace[qx_lexicon_bucket(hash, lex->nbuckets)];
    const struct qx_lexslot *s = &lex->slots[qx_lexicon_slot(hash, d, lex->nslots)];

    if ((s->pos_len & 0xffu) != len || memcmp(lex->pool + (s->pos_len >> 8), word, len) != 0)
        return 0;
    return lex->sets[s->set];
}
