#include "http/encoder.h"

#include <assert.h>
#include <brotli/encode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

/* Faster than for whole answers: this is done on the loop, piece by piece, while the client waits for each. A window of
 * 256 KB bounds the memory. */
enum { GZIP_LEVEL = 3, ZSTD_LEVEL = 2, BROTLI_QUALITY = 3, WINDOW_LOG = 18, ROOM_BYTES = 16 * 1024 };

struct qn_encoder {
    qn_coding coding;
    z_stream gzip;
    bool gzip_open;
    ZSTD_CCtx *zstd;
    BrotliEncoderState *br;
};

static bool open_it(qn_encoder *e)
{
    switch (e->coding) {
    case QN_GZIP:
        e->gzip_open = deflateInit2(&e->gzip, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK;
        return e->gzip_open;
    case QN_ZSTD:
        e->zstd = ZSTD_createCCtx();
        return e->zstd && !ZSTD_isError(ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)) &&
               !ZSTD_isError(ZSTD_CCtx_setParameter(e->zstd, ZSTD_c_windowLog, WINDOW_LOG));
    case QN_BR:
        e->br = BrotliEncoderCreateInstance(NULL, NULL, NULL);
        return e->br && BrotliEncoderSetParameter(e->br, BROTLI_PARAM_QUALITY, BROTLI_QUALITY) &&
               BrotliEncoderSetParameter(e->br, BROTLI_PARAM_LGWIN, WINDOW_LOG);
    default:
        return false;
    }
}

int qn_encoder_new(qn_encoder **out, qn_coding coding)
{
    qn_encoder *e = calloc(1, sizeof *e);
    if (!e) return QN_ENOMEM;
    e->coding = coding;
    if (!open_it(e)) {
        qn_encoder_free(&e);
        return QN_ENOMEM;
    }
    *out = e;
    return QN_OK;
}

void qn_encoder_free(qn_encoder **ep)
{
    if (!ep || !*ep) return;
    qn_encoder *e = *ep;
    *ep = NULL;
    if (e->gzip_open) deflateEnd(&e->gzip);
    ZSTD_freeCCtx(e->zstd);
    if (e->br) BrotliEncoderDestroyInstance(e->br);
    free(e);
}

/* Each of the three: some output into `room` bytes at `to`. `*done`: nothing of the input is left, and it was flushed.
 * The bytes written; negative: failed. */

static ssize_t gzip_some(qn_encoder *e, char *to, size_t room, qn_str *in, bool last, bool *done)
{
    union {
        const char *from;
        Bytef *to;
    } base = { .from = in->p }; /* zlib takes no const, and does not write to it */
    e->gzip.next_in = base.to;
    e->gzip.avail_in = (uInt)in->n;
    e->gzip.next_out = (Bytef *)to;
    e->gzip.avail_out = (uInt)room;
    int rc = deflate(&e->gzip, last ? Z_FINISH : Z_SYNC_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR) return -1;
    *in = (qn_str){ in->p + (in->n - e->gzip.avail_in), e->gzip.avail_in };
    *done = last ? rc == Z_STREAM_END : !in->n && e->gzip.avail_out > 0;
    return (ssize_t)(room - e->gzip.avail_out);
}

static ssize_t zstd_some(qn_encoder *e, char *to, size_t room, qn_str *in, bool last, bool *done)
{
    ZSTD_inBuffer from = { .src = in->p, .size = in->n };
    ZSTD_outBuffer out = { .dst = to, .size = room };
    size_t left = ZSTD_compressStream2(e->zstd, &out, &from, last ? ZSTD_e_end : ZSTD_e_flush);
    if (ZSTD_isError(left)) return -1;
    *in = (qn_str){ in->p + from.pos, in->n - from.pos };
    *done = left == 0 && !in->n;
    return (ssize_t)out.pos;
}

static ssize_t br_some(qn_encoder *e, char *to, size_t room, qn_str *in, bool last, bool *done)
{
    size_t in_n = in->n, left = room;
    const uint8_t *from = (const uint8_t *)in->p;
    uint8_t *out = (uint8_t *)to;
    BrotliEncoderOperation how = last ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
    if (!BrotliEncoderCompressStream(e->br, how, &in_n, &from, &left, &out, NULL)) return -1;
    *in = (qn_str){ (const char *)from, in_n };
    *done = !in_n && !BrotliEncoderHasMoreOutput(e->br) && (!last || BrotliEncoderIsFinished(e->br));
    return (ssize_t)(room - left);
}

int qn_encoder_add(qn_encoder *e, qn_buf *out, qn_str in, bool last)
{
    assert(in.n <= UINT32_MAX);
    if (!in.p) in = QN_STR("");
    for (bool done = false; !done;) {
        int rc = qn_buf_reserve(out, ROOM_BYTES);
        if (rc) return rc;
        char *to = out->p + out->n;
        ssize_t n = e->coding == QN_GZIP   ? gzip_some(e, to, ROOM_BYTES, &in, last, &done)
                    : e->coding == QN_ZSTD ? zstd_some(e, to, ROOM_BYTES, &in, last, &done)
                                           : br_some(e, to, ROOM_BYTES, &in, last, &done);
        if (n < 0) return QN_ENOMEM;
        out->n += (size_t)n;
        out->p[out->n] = '\0';
    }
    return QN_OK;
}
