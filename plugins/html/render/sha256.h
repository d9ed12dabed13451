/**
 * SHA-256 (FIPS 180-4) in base64, as a Content-Security-Policy names the one style that may be used.
 */
#ifndef HTML_SHA256_H
#define HTML_SHA256_H

#include "buf.h"

enum { HTML_SHA256_TEXT = 45 /* 44 characters and a zero byte */ };

void html_sha256(char out[HTML_SHA256_TEXT], html_str s);

#endif
