#include "words.h"

#include <stdbool.h>
#include <string.h>

static bool parts_words(char c)
{
    return (unsigned char)c <= ' ' || (c != '\'' && c != '-' && strchr("!\"#$%&()*+,./:;<=>?@[\\]^_`{|}~", c));
}

size_t words_count(const char *text, size_t n)
{
    size_t words = 0;
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        bool parts = parts_words(text[i]);
        if (!parts && !inside) words++;
        inside = !parts;
    }
    return words;
}

long words_minutes(size_t words, long per_minute)
{
    long minutes = ((long)words + per_minute / 2) / per_minute;
    return minutes > 0 ? minutes : 1;
}
