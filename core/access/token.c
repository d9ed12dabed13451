#include "access/token.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/err.h"

static const char prefix[] = "qn_";

void qn_token_make(char *token)
{
    unsigned char bits[32];
    if (sodium_init() < 0) assert(!"libsodium has no randomness");
    randombytes_buf(bits, sizeof bits);
    memcpy(token, prefix, sizeof prefix - 1);
    sodium_bin2base64(token + 3, QN_TOKEN_CHARS - 3 + 1, bits, sizeof bits, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bits, sizeof bits);
}

static bool has_form(qn_str token)
{
    if (token.n != QN_TOKEN_CHARS || memcmp(token.p, prefix, sizeof prefix - 1) != 0) return false;
    for (size_t i = sizeof prefix - 1; i < token.n; i++) {
        char c = token.p[i];
        bool ok = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!ok) return false;
    }
    return true;
}

int qn_token_hash(char hex[QN_TOKEN_HEX_BYTES], qn_str token)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    if (!has_form(token)) return QN_EINVAL;
    crypto_hash_sha256(hash, (const unsigned char *)token.p, token.n);
    sodium_bin2hex(hex, QN_TOKEN_HEX_BYTES, hash, sizeof hash);
    return QN_OK;
}

int qn_token_from_header(qn_str *token, qn_str authorization)
{
    qn_str scheme = QN_STR("Bearer ");
    if (authorization.n < scheme.n || !qn_str_eq_ci((qn_str){ authorization.p, scheme.n }, scheme)) return QN_EINVAL;
    *token = qn_str_trim((qn_str){ authorization.p + scheme.n, authorization.n - scheme.n });
    return token->n ? QN_OK : QN_EINVAL;
}
