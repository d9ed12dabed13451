#include "http/compress.h"

#include <brotli/encode.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* Levels for answers made while the client waits: past these a few percent cost twice the time. */
enum { GZIP_LEVEL = 5, ZSTD_LEVEL = 3, BROTLI_QUALITY = 4, BROTLI_MIN_LGWIN = 16, BROTLI_MAX_LGWIN = 19 };

static const struct {
    const char *name, *suffix;
} codings[QN_CODINGS] = { { "identity", "" }, { "br", "-br" }, { "zstd", "-zstd" }, { "gzip", "-gz" } };

struct qn_compressor {
    z_stream gzip;
    ZSTD_CCtx *zstd;
};

const char *qn_coding_name(qn_coding c)
{
    return codings[c].name;
}

const char *qn_coding_suffix(qn_coding c)
{
    return codings[c].suffix;
}

/* ---- choosing -------------------------------------------------------------------------------------------------- */

/* qvalue of RFC 9110 12.4.2 in thousandths; -1 for what is none. */
static int read_qvalue(qn_str s)
{
    if (s.n < 1 || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.')) return -1;
    int q = (s.p[0] - '0') * 1000, unit = 100;
    for (size_t i = 2; i < s.n; i++, unit /= 10) {
        if (s.p[i] < '0' || s.p[i] > '9') return -1;
        q += (s.p[i] - '0') * unit;
    }
    return q <= 1000 ? q : -1;
}

/* The weight among an item's parameters; 1 when there is none. A weight that cannot be read excludes the item: what was
 * not asked for plainly is not sent. */
static int weight_of(qn_str params)
{
    while (params.p) {
        qn_str value = qn_str_trim(qn_str_cut(&params, ';'));
        qn_str name = qn_str_trim(qn_str_cut(&value, '='));
        if (!qn_str_eq_ci(name, QN_STR("q"))) continue;
        int q = read_qvalue(qn_str_trim(value));
        return q < 0 ? 0 : q;
    }
    return 1000;
}

static int coding_of(qn_str name)
{
    for (int c = 0; c < QN_CODINGS; c++)
        if (qn_str_eq_ci(name, qn_str_of(codings[c].name))) return c;
    return qn_str_eq_ci(name, QN_STR("x-gzip")) ? QN_GZIP : -1;
}

qn_coding qn_coding_choose(qn_str accept_encoding, bool *identity_taken)
{
    int q[QN_CODINGS] = { -1, -1, -1, -1 }, any = -1;
    *identity_taken = true;
    if (!accept_encoding.p) return QN_IDENTITY;
    while (accept_encoding.p) {
        qn_str item = qn_str_cut(&accept_encoding, ',');
        qn_str name = qn_str_trim(qn_str_cut(&item, ';'));
        int weight = weight_of(item), c = coding_of(name);
        if (c >= 0)
            q[c] = weight;
        else if (qn_str_eqz(name, "*"))
            any = weight;
    }
    qn_coding best = QN_IDENTITY;
    int best_q = 0;
    for (int c = QN_IDENTITY + 1; c < QN_CODINGS; c++) {
        int weight = q[c] >= 0 ? q[c] : any;
        if (weight > best_q) {
            best = (qn_coding)c;
            best_q = weight;
        }
    }
    *identity_taken = q[QN_IDENTITY] >= 0 ? q[QN_IDENTITY] > 0 : any != 0;
    /* Identity without a weight of its own is what remains, not what is preferred. */
    if (q[QN_IDENTITY] > best_q) best = QN_IDENTITY;
    return best;
}

bool qn_coding_pays(const char *content_type)
{
    static const char *const types[] = { "application/json",     "application/javascript",    "application/xml",
                                         "application/x-ndjson", "application/manifest+json", "image/svg+xml" };
    qn_str t = qn_str_of(content_type);
    t = qn_str_trim(qn_str_cut(&t, ';'));
    if (qn_str_starts(t, QN_STR("text/")) || qn_str_ends(t, QN_STR("+json")) || qn_str_ends(t, QN_STR("+xml")))
        return true;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (qn_str_eqz(t, types[i])) return true;
    return false;
}

/* ---- encoding -------------------------------------------------------------------------------------------------- */

static int gzip_open(z_stream *z)
{
    *z = (z_stream){ 0 };
    return deflateInit2(z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK ? 0 : QN_ENOMEM;
}

int qn_compressor_new(qn_compressor **out)
{
    qn_compressor *c = calloc(1, sizeof *c);
    if (!c) return QN_ENOMEM;
    c->zstd = ZSTD_createCCtx();
    if (!c->zstd || gzip_open(&c->gzip)) {
        ZSTD_freeCCtx(c->zstd);
        free(c);
        return QN_ENOMEM;
    }
    *out = c;
    return 0;
}

void qn_compressor_free(qn_compressor **c)
{
    if (!c || !*c) return;
    deflateEnd(&(*c)->gzip);
    ZSTD_freeCCtx((*c)->zstd);
    free(*c);
    *c = NULL;
}

size_t qn_compress_bound(qn_coding coding, size_t n)
{
    switch (coding) {
    case QN_GZIP:
        return compressBound((uLong)n) + 18; /* the gzip header and trailer are larger than zlib's */
    case QN_ZSTD:
        return ZSTD_compressBound(n);
    case QN_BR:
        return BrotliEncoderMaxCompressedSize(n) + 64;
    default:
        return n;
    }
}

/* zlib takes `const` input only where it is built with ZLIB_CONST; it does not write to it. */
static Bytef *input_of(const struct iovec *v)
{
    return v->iov_base;
}

static int gzip_parts(size_t *out_n, char *out, size_t cap, const struct iovec *parts, size_t nparts, z_stream *z)
{
    if (cap > UINT32_MAX) return QN_ELIMIT;
    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)cap;
    for (size_t i = 0; i < nparts; i++) {
        z->next_in = input_of(&parts[i]);
        z->avail_in = (uInt)parts[i].iov_len;
        while (z->avail_in)
            if (deflate(z, Z_NO_FLUSH) != Z_OK) return QN_ELIMIT;
    }
    if (deflate(z, Z_FINISH) != Z_STREAM_END) return QN_ELIMIT;
    *out_n = cap - z->avail_out;
    return 0;
}

static int zstd_parts(size_t *out_n, char *out, size_t cap, const struct iovec *parts, size_t nparts, size_t total,
                      ZSTD_CCtx *z)
{
    ZSTD_CCtx_reset(z, ZSTD_reset_session_and_parameters);
    ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, ZSTD_LEVEL);
    ZSTD_CCtx_setPledgedSrcSize(z, total);
    ZSTD_outBuffer o = { .dst = out, .size = cap };
    for (size_t i = 0; i < nparts; i++) {
        ZSTD_inBuffer in = { .src = parts[i].iov_base, .size = parts[i].iov_len };
        while (in.pos < in.size)
            if (ZSTD_isError(ZSTD_compressStream2(z, &o, &in, ZSTD_e_continue)) || o.pos == o.size) return QN_ELIMIT;
    }
    ZSTD_inBuffer end = { 0 };
    if (ZSTD_compressStream2(z, &o, &end, ZSTD_e_end) != 0) return QN_ELIMIT;
    *out_n = o.pos;
    return 0;
}

static int brotli_parts(size_t *out_n, char *out, size_t cap, const struct iovec *parts, size_t nparts, size_t total)
{
    int rc = QN_ELIMIT;
    BrotliEncoderState *b = BrotliEncoderCreateInstance(NULL, NULL, NULL);
    if (!b) return QN_ENOMEM;
    uint32_t lgwin = BROTLI_MIN_LGWIN;
    while (lgwin < BROTLI_MAX_LGWIN && ((size_t)1 << lgwin) < total) lgwin++;
    BrotliEncoderSetParameter(b, BROTLI_PARAM_QUALITY, BROTLI_QUALITY);
    BrotliEncoderSetParameter(b, BROTLI_PARAM_LGWIN, lgwin);
    BrotliEncoderSetParameter(b, BROTLI_PARAM_SIZE_HINT, (uint32_t)(total > UINT32_MAX ? UINT32_MAX : total));
    uint8_t *next_out = (uint8_t *)out;
    size_t left = cap, none = 0;
    const uint8_t *nothing = NULL;
    for (size_t i = 0; i < nparts; i++) {
        const uint8_t *in = parts[i].iov_base;
        size_t n = parts[i].iov_len;
        while (n) {
            if (!BrotliEncoderCompressStream(b, BROTLI_OPERATION_PROCESS, &n, &in, &left, &next_out, NULL)) goto out;
            if (n && !left) goto out;
        }
    }
    while (!BrotliEncoderIsFinished(b)) {
        if (!BrotliEncoderCompressStream(b, BROTLI_OPERATION_FINISH, &none, &nothing, &left, &next_out, NULL)) goto out;
        if (!left && !BrotliEncoderIsFinished(b)) goto out;
    }
    *out_n = cap - left;
    rc = 0;
out:
    BrotliEncoderDestroyInstance(b);
    return rc;
}

int qn_compress(size_t *out_n, char *out, size_t out_cap, qn_coding coding, const struct iovec *parts, size_t nparts,
                qn_compressor *c)
{
    size_t total = 0;
    for (size_t i = 0; i < nparts; i++) total += parts[i].iov_len;
    if (coding == QN_BR) return brotli_parts(out_n, out, out_cap, parts, nparts, total);
    qn_compressor *own = NULL;
    if (!c) {
        int rc = qn_compressor_new(&own);
        if (rc) return rc;
        c = own;
    }
    int rc = coding == QN_ZSTD ? zstd_parts(out_n, out, out_cap, parts, nparts, total, c->zstd)
                               : gzip_parts(out_n, out, out_cap, parts, nparts, &c->gzip);
    deflateReset(&c->gzip);
    qn_compressor_free(&own);
    return rc;
}
