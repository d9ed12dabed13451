/**
 * Tokens as text: `qn_` and 256 random bits in URL-safe base64 (RFC 4648 5).
 */
#ifndef QN_ACCESS_TOKEN_H
#define QN_ACCESS_TOKEN_H

#include "base/str.h"

enum { QN_TOKEN_HASH_BYTES = 32, QN_TOKEN_HEX_BYTES = 65, QN_TOKEN_CHARS = 46 };

/** Makes a new one; `token` has room for QN_TOKEN_CHARS + 1. */
void qn_token_make(char *token);
/** The SHA-256 of a token, in hex with its NUL. QN_EINVAL when `token` has not the form of one. 256 random bits need no
 * slow hash. */
int qn_token_hash(char hex[QN_TOKEN_HEX_BYTES], qn_str token);
/** The token in an `Authorization: Bearer …` value (RFC 6750 2.1); QN_EINVAL for another scheme or form. */
int qn_token_from_header(qn_str *token, qn_str authorization);

#endif
