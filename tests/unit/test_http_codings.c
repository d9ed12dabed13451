#include "unit.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "http/compress.h"
#include "http/encoder.h"
#include "http/http.h"

static void the_best_coding_that_the_client_takes_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        qn_coding coding;
        bool identity;
    } cases[] = {
        { NULL, QN_IDENTITY, true },
        { "", QN_IDENTITY, true },
        { "gzip", QN_GZIP, true },
        { "GZip", QN_GZIP, true },
        { "x-gzip", QN_GZIP, true },
        { "gzip, deflate, br, zstd", QN_BR, true },
        { "gzip, zstd", QN_ZSTD, true },
        { "gzip;q=1.0, br;q=0.5", QN_GZIP, true },
        { "gzip ; q=0.1 , br; q=0.05", QN_GZIP, true },
        { "gzip;q=0", QN_IDENTITY, true },
        { "gzip;q=0.000", QN_IDENTITY, true },
        { "*", QN_BR, true },
        { "*;q=0", QN_IDENTITY, false },
        { "br;q=0, *", QN_ZSTD, true },
        { "gzip, *;q=0", QN_GZIP, false },
        { "identity;q=1, gzip;q=0.1", QN_IDENTITY, true },
        { "identity;q=0.5, gzip;q=0.5", QN_GZIP, true },
        { "identity;q=0, gzip", QN_GZIP, false },
        { "identity;q=0", QN_IDENTITY, false },
        { "identity, *;q=0", QN_IDENTITY, true },
        { "deflate", QN_IDENTITY, true },
        { "gzip;q=2", QN_IDENTITY, true },
        { "gzip;q=x", QN_IDENTITY, true },
        { "gzip;q=0.1234", QN_IDENTITY, true },
        { "gzip;foo=bar", QN_GZIP, true },
        { ",,gzip,", QN_GZIP, true },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool identity = !cases[i].identity;
        qn_coding got = qn_coding_choose(qn_str_of(cases[i].header), &identity);
        if (got != cases[i].coding || identity != cases[i].identity)
            fail_msg("\"%s\" gave %s, identity %d", cases[i].header, qn_coding_name(got), identity);
    }
}

static void types_that_are_compressed_already_are_left_alone(void **state)
{
    (void)state;
    static const char *const yes[] = { "application/json", "application/problem+json", "text/html; charset=utf-8",
                                       "image/svg+xml", "application/x-ndjson" };
    static const char *const no[] = { "image/jpeg",      "application/octet-stream",
                                      "application/zip", "video/mp4",
                                      "font/woff2",      "" };
    for (size_t i = 0; i < COUNT(yes); i++) assert_true(qn_coding_pays(yes[i]));
    for (size_t i = 0; i < COUNT(no); i++) assert_false(qn_coding_pays(no[i]));
}

static size_t decode(qn_coding coding, char *out, size_t cap, const char *in, size_t n)
{
    if (coding == QN_BR) {
        size_t got = cap;
        assert_int_equal(BrotliDecoderDecompress(n, (const uint8_t *)in, &got, (uint8_t *)out),
                         BROTLI_DECODER_RESULT_SUCCESS);
        return got;
    }
    if (coding == QN_ZSTD) {
        size_t got = ZSTD_decompress(out, cap, in, n);
        assert_false(ZSTD_isError(got));
        return got;
    }
    z_stream z = { .avail_in = (uInt)n, .next_out = (Bytef *)out, .avail_out = (uInt)cap };
    memcpy(&z.next_in, &in, sizeof in); /* zlib's next_in has no const */
    assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    return cap - z.avail_out;
}

enum { TEXT = 300000 };

static void every_coding_gives_back_what_went_in(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 100, 5000, 65536, TEXT };
    char *text = malloc(TEXT), *back = malloc(TEXT + 1);
    for (size_t i = 0; i < TEXT; i++) text[i] = (char)("abcdefgh"[i % 8] ^ (i % 97 == 0 ? rand() & 0x7f : 0));
    qn_compressor *c;
    assert_int_equal(qn_compressor_new(&c), 0);
    for (int coding = QN_IDENTITY + 1; coding < QN_CODINGS; coding++) {
        for (size_t i = 0; i < COUNT(sizes) * 2; i++) {
            size_t n = sizes[i / 2], half = n / 2, got = 0, cap = qn_compress_bound((qn_coding)coding, n);
            char *out = malloc(cap);
            struct iovec parts[2] = { { text, half }, { text + half, n - half } };
            assert_int_equal(qn_compress(&got, out, cap, (qn_coding)coding, parts, 2, i % 2 ? c : NULL), 0);
            assert_int_equal(decode((qn_coding)coding, back, TEXT + 1, out, got), n);
            assert_memory_equal(back, text, n);
            free(out);
        }
    }
    qn_compressor_free(&c);
    free(text);
    free(back);
}

/* As a reader does who has the bytes so far; `*whole`: the end is among them. */
static size_t decode_so_far(qn_coding coding, char *out, size_t cap, const qn_buf *b, bool *whole)
{
    size_t in_n = b->n, left = cap;
    const uint8_t *in = (const uint8_t *)b->p;
    uint8_t *to = (uint8_t *)out;
    *whole = false;
    if (coding == QN_BR) {
        BrotliDecoderState *d = BrotliDecoderCreateInstance(NULL, NULL, NULL);
        BrotliDecoderResult r = BrotliDecoderDecompressStream(d, &in_n, &in, &left, &to, NULL);
        assert_int_not_equal(r, BROTLI_DECODER_RESULT_ERROR);
        *whole = r == BROTLI_DECODER_RESULT_SUCCESS;
        BrotliDecoderDestroyInstance(d);
    } else if (coding == QN_ZSTD) {
        ZSTD_DStream *d = ZSTD_createDStream();
        ZSTD_inBuffer from = { b->p, b->n, 0 };
        ZSTD_outBuffer o = { out, cap, 0 };
        size_t r = 1;
        while (from.pos < from.size) assert_false(ZSTD_isError(r = ZSTD_decompressStream(d, &o, &from)));
        *whole = r == 0;
        left = cap - o.pos;
        ZSTD_freeDStream(d);
    } else {
        z_stream z = { .avail_in = (uInt)in_n, .next_out = to, .avail_out = (uInt)cap };
        memcpy(&z.next_in, &in, sizeof in); /* zlib's next_in has no const */
        assert_int_equal(inflateInit2(&z, 15 + 16), Z_OK);
        int r = inflate(&z, Z_SYNC_FLUSH);
        assert_true(r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR);
        *whole = r == Z_STREAM_END;
        left = z.avail_out;
        inflateEnd(&z);
    }
    return cap - left;
}

static void what_is_made_bit_by_bit_can_be_read_bit_by_bit(void **state)
{
    (void)state;
    static const size_t steps[] = { 1, 10, 0, 5000, 65536, 3, 150000 };
    char *text = malloc(TEXT), *back = malloc(TEXT + 1);
    for (size_t i = 0; i < TEXT; i++) text[i] = (char)("abcdefgh"[i % 8] ^ (i % 7 == 0 ? rand() & 0x7f : 0));
    for (int coding = QN_IDENTITY + 1; coding < QN_CODINGS; coding++) {
        qn_encoder *e;
        qn_buf b;
        bool whole;
        size_t at = 0;
        qn_buf_init(&b, 0);
        assert_int_equal(qn_encoder_new(&e, (qn_coding)coding), 0);
        for (size_t i = 0; i < COUNT(steps); i++) {
            if (steps[i]) assert_int_equal(qn_encoder_add(e, &b, (qn_str){ text + at, steps[i] }, false), 0);
            at += steps[i];
            assert_int_equal(decode_so_far((qn_coding)coding, back, TEXT + 1, &b, &whole), at);
            assert_memory_equal(back, text, at);
            assert_false(whole);
        }
        size_t tail = coding == QN_BR ? 0 : 777; /* an end with something in it, and one with nothing */
        assert_int_equal(qn_encoder_add(e, &b, (qn_str){ text + at, tail }, true), 0);
        assert_int_equal(decode_so_far((qn_coding)coding, back, TEXT + 1, &b, &whole), at + tail);
        assert_true(whole);
        assert_true(b.n < TEXT);
        qn_encoder_free(&e);
        qn_buf_free(&b);
    }
    free(text);
    free(back);
}

static void nothing_at_all_has_a_coded_form_too(void **state)
{
    (void)state;
    char back[10];
    for (int coding = QN_IDENTITY + 1; coding < QN_CODINGS; coding++) {
        qn_encoder *e;
        qn_buf b;
        qn_buf_init(&b, 0);
        assert_int_equal(qn_encoder_new(&e, (qn_coding)coding), 0);
        assert_int_equal(qn_encoder_add(e, &b, (qn_str){ 0 }, true), 0);
        assert_int_equal(decode((qn_coding)coding, back, sizeof back, b.p, b.n), 0);
        qn_encoder_free(&e);
        qn_buf_free(&b);
    }
}

static void an_answer_that_does_not_fit_is_an_error_and_the_next_one_is_not(void **state)
{
    (void)state;
    char noise[4096], out[8192];
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (char)rand();
    struct iovec part = { noise, sizeof noise };
    qn_compressor *c;
    size_t got = 0;
    assert_int_equal(qn_compressor_new(&c), 0);
    for (int coding = QN_IDENTITY + 1; coding < QN_CODINGS; coding++) {
        assert_int_equal(qn_compress(&got, out, 100, (qn_coding)coding, &part, 1, c), QN_ELIMIT);
        assert_int_equal(qn_compress(&got, out, sizeof out, (qn_coding)coding, &part, 1, c), 0);
    }
    qn_compressor_free(&c);
}

static void etags_are_matched_strongly_and_weakly(void **state)
{
    (void)state;
    static const struct {
        const char *header, *etag;
        bool strong, weak;
    } cases[] = {
        { "\"a\"", "\"a\"", true, true },
        { "W/\"a\"", "\"a\"", false, true },
        { "\"a\"", "W/\"a\"", false, true },
        { "W/\"a\"", "W/\"a\"", false, true },
        { "\"b\"", "\"a\"", false, false },
        { "*", "\"a\"", true, true },
        { " * ", "\"a\"", true, true },
        { "\"x\", \"a\"", "\"a\"", true, true },
        { "\"x\" ,W/\"y\"\t, \"a\"", "\"a\"", true, true },
        { "\"b,c\", \"a\"", "\"a\"", true, true },
        { ",, \"a\"", "\"a\"", true, true },
        { "\"a-gz\"", "\"a\"", true, true },
        { "\"a-br\"", "\"a\"", true, true },
        { "\"a-zstd\"", "\"a-gz\"", true, true },
        { "\"-gz\"", "\"\"", false, false },
        { "\"ab\"", "\"a\"", false, false },
        { "\"a\"x", "\"a\"", false, false },
        { "a", "\"a\"", false, false },
        { "\"a", "\"a\"", false, false },
        { "w/\"a\"", "\"a\"", false, false },
        { "\"x\" \"a\"", "\"a\"", false, false },
        { "\"\"\"W/\"\"\x80,", "\"a\"", false, false },
        { "", "\"a\"", false, false },
        { NULL, "\"a\"", false, false },
        { "\"a\"", "", false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (qn_etag_match(qn_str_of(cases[i].header), qn_str_of(cases[i].etag), false) != cases[i].strong ||
            qn_etag_match(qn_str_of(cases[i].header), qn_str_of(cases[i].etag), true) != cases[i].weak)
            fail_msg("%s against %s", cases[i].header, cases[i].etag);
    }
}

static void a_list_of_etags_is_read_one_by_one(void **state)
{
    (void)state;
    qn_str rest = QN_STR("\"a\", W/\"b-gz\" ,\"\"");
    bool weak;
    assert_true(qn_str_eqz(qn_etag_next(&rest, &weak), "a"));
    assert_false(weak);
    assert_true(qn_str_eqz(qn_etag_next(&rest, &weak), "b"));
    assert_true(weak);
    qn_str empty = qn_etag_next(&rest, &weak);
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    assert_null(qn_etag_next(&rest, &weak).p);
}

static void every_problem_has_a_title_and_a_text(void **state)
{
    (void)state;
    static const char *const names[] = { "bad-request",
                                         "malformed-json",
                                         "unknown-member",
                                         "unknown-parameter",
                                         "validation",
                                         "unauthorized",
                                         "forbidden",
                                         "not-found",
                                         "method-not-allowed",
                                         "not-acceptable",
                                         "timeout",
                                         "conflict",
                                         "gone",
                                         "precondition-failed",
                                         "stale-version",
                                         "precondition-required",
                                         "payload-too-large",
                                         "uri-too-long",
                                         "unsupported-media-type",
                                         "expectation-failed",
                                         "too-many-requests",
                                         "header-too-large",
                                         "internal",
                                         "not-implemented",
                                         "unavailable",
                                         "version-not-supported" };
    const char *title, *text;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!qn_problem_text(names[i], &title, &text)) fail_msg("there is no problem %s", names[i]);
        assert_true(strlen(title) > 5 && strlen(text) > 20);
    }
    assert_false(qn_problem_text("nonsense", &title, &text));
    assert_false(qn_problem_text("", &title, &text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_coding_that_the_client_takes_is_chosen),
        cmocka_unit_test(types_that_are_compressed_already_are_left_alone),
        cmocka_unit_test(every_coding_gives_back_what_went_in),
        cmocka_unit_test(what_is_made_bit_by_bit_can_be_read_bit_by_bit),
        cmocka_unit_test(nothing_at_all_has_a_coded_form_too),
        cmocka_unit_test(an_answer_that_does_not_fit_is_an_error_and_the_next_one_is_not),
        cmocka_unit_test(etags_are_matched_strongly_and_weakly),
        cmocka_unit_test(a_list_of_etags_is_read_one_by_one),
        cmocka_unit_test(every_problem_has_a_title_and_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
