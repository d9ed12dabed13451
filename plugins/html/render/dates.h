/**
 * Times as a reader wants them.
 */
#ifndef HTML_DATES_H
#define HTML_DATES_H

#include "buf.h"

/** A `time` element for an RFC 3339 time: "23 November 2026" and, `with_clock`, ", 10:00 UTC". `numbers`: as
 * "2026-11-23", which every language reads. What is no such time appends nothing and gives false. */
bool html_time(html_buf *b, html_str rfc3339, bool with_clock, bool numbers, const char *attributes);

#endif
