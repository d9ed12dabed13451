/**
 * The content coding of an answer that is made bit by bit.
 */
#ifndef QN_HTTP_ENCODER_H
#define QN_HTTP_ENCODER_H

#include "base/buf.h"
#include "http/compress.h"

typedef struct qn_encoder qn_encoder;

/** Returns owned. It takes 0.3 to 2 MB, whatever passes through. QN_ENOMEM. */
int qn_encoder_new(qn_encoder **out, qn_coding coding);
void qn_encoder_free(qn_encoder **e);
/** Appends what `in` becomes; whoever has that can read all of `in`. `last`: and the end. 64 KB take some 0.3 ms as
 * zstd, 0.6 as br, 0.7 as gzip. QN_ENOMEM, QN_ELIMIT; the encoder is of no use then. */
int qn_encoder_add(qn_encoder *e, qn_buf *out, qn_str in, bool last);

#endif
