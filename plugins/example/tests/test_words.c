/* What can be tested without a server. */
#include "../words.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *text;
    size_t words;
} counts[] = {
    { "nothing", "", 0 },
    { "blanks", " \n\t ", 0 },
    { "one", "word", 1 },
    { "punctuation parts", "one,two.three", 3 },
    { "an apostrophe does not", "don't", 1 },
    { "a hyphen does not", "well-known", 1 },
    { "other scripts", "Київ відбудовується", 2 },
};

static const struct {
    size_t words;
    long per_minute, minutes;
} times[] = { { 0, 200, 1 }, { 200, 200, 1 }, { 299, 200, 1 }, { 300, 200, 2 }, { 1000, 250, 4 } };

int main(void)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        size_t n = words_count(counts[i].text, strlen(counts[i].text));
        if (n == counts[i].words) continue;
        printf("FAILED %s: %zu words, not %zu\n", counts[i].name, n, counts[i].words);
        failed++;
    }
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        long n = words_minutes(times[i].words, times[i].per_minute);
        if (n == times[i].minutes) continue;
        printf("FAILED %zu words: %ld minutes, not %ld\n", times[i].words, n, times[i].minutes);
        failed++;
    }
    if (!failed) printf("words: all passed\n");
    return failed != 0;
}
