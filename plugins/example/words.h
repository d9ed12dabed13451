/**
 * Words of a text. Pure: no host, so that it can be tested without one.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stddef.h>

/** Words in `n` bytes of UTF-8: runs of anything but blanks and ASCII punctuation. */
size_t words_count(const char *text, size_t n);

/** Minutes that reading takes, at least 1. */
long words_minutes(size_t words, long per_minute);

#endif
