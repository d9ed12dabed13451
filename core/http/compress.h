/**
 * Content codings of answers: which one the client wants (RFC 9110 12.5.3), and making it.
 */
#ifndef QN_HTTP_COMPRESS_H
#define QN_HTTP_COMPRESS_H

#include <stdbool.h>
#include <sys/uio.h>

#include "base/err.h"
#include "base/str.h"

typedef enum { QN_IDENTITY, QN_BR, QN_ZSTD, QN_GZIP, QN_CODINGS } qn_coding;

/** The name in Content-Encoding; the suffix of an entity tag ("-br"), "" for identity. */
const char *qn_coding_name(qn_coding c);
const char *qn_coding_suffix(qn_coding c);

/** The best of the codings that the client takes; of equal ones br, zstd, gzip in this order. Header absent: identity.
 *  `*identity_taken`: false when it is excluded; then QN_IDENTITY as the result means that nothing is acceptable. */
qn_coding qn_coding_choose(qn_str accept_encoding, bool *identity_taken);

/** An answer of this media type (parameters are ignored) becomes smaller by compression. */
enum { QN_SMALL_BYTES = 860 /* below, an answer fits a packet as it is: coding it saves nothing */ };
bool qn_coding_pays(const char *content_type);

/** States of the encoders, kept between answers. Not thread-safe. */
typedef struct qn_compressor qn_compressor;
int qn_compressor_new(qn_compressor **out);
void qn_compressor_free(qn_compressor **c);

/** Bytes that `n` bytes take at most in this coding. */
size_t qn_compress_bound(qn_coding coding, size_t n);
/** Encodes the pieces into `out` (of at least qn_compress_bound bytes). `c` NULL: with states of its own (pool
 * threads). QN_ENOMEM, QN_ELIMIT. */
int qn_compress(size_t *out_n, char *out, size_t out_cap, qn_coding coding, const struct iovec *parts, size_t nparts,
                qn_compressor *c);

#endif
