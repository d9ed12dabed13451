#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Our own reader makes jansson's values in one pass: jansson's accepts `123\0`, has no pointer for its faults, and a
 * check before it would read everything twice. Nothing here recurses, and every byte is looked at a bounded number of
 * times, so a hostile text costs no more than a friendly one of its size. */

enum {
    DEPTH_DEFAULT = 64,
    DEPTH_MOST = 512,   /* jansson frees what it holds recursively */
    NUMBER_BYTES = 1024 /* a longer number says nothing a double could keep */
};

/* An open container. It hangs in its parent from the start, so the root alone is to be freed. */
typedef struct {
    json_t *value;          /* borrows */
    size_t key_at, key_end; /* object: the present member's name between its quotes, as it stands in the text */
    size_t index;           /* array: the present item */
    bool in_member;         /* a member or item is being read: it belongs in the pointer */
} frame;

typedef struct {
    const char *p;
    size_t n, i;
    unsigned max_depth, depth;
    frame stack[DEPTH_MOST];
    json_t *root;
    qn_str key;               /* of the member being read; in the text or in key_buf */
    qn_buf key_buf, text_buf; /* strings that have escapes are put together here */
    qn_json_fault *fault;     /* may be NULL */
} reader;

static int read_string(reader *r, qn_str *out, qn_buf *scratch);

/* ---- faults ------------------------------------------------------------------------------------------------------ */

static void find_line(qn_json_fault *f, qn_str text, size_t offset)
{
    size_t start = 0;
    f->line = 1;
    for (size_t i = 0; i < offset && i < text.n; i++)
        if (text.p[i] == '\n') f->line++, start = i + 1;
    f->column = 1;
    for (size_t i = start; i < offset && i < text.n; i++) f->column += ((unsigned char)text.p[i] & 0xC0) != 0x80;
    f->offset = offset;
}

static void add_key(qn_buf *pointer, const reader *r, const frame *f)
{
    qn_str raw = { r->p + f->key_at, f->key_end - f->key_at };
    if (!memchr(raw.p, '\\', raw.n)) {
        qn_json_pointer_add(pointer, raw);
        return;
    }
    /* It was decoded once without a fault, so it is again. */
    reader again = { .p = r->p, .n = f->key_end + 1, .i = f->key_at - 1 };
    qn_buf scratch;
    qn_str key;
    qn_buf_init(&scratch, 0);
    if (read_string(&again, &key, &scratch) == 0) qn_json_pointer_add(pointer, key);
    qn_buf_free(&scratch);
}

static void find_pointer(char *to, size_t room, const reader *r)
{
    qn_buf b;
    qn_buf_init(&b, 0);
    for (unsigned d = 0; d < r->depth && b.n < room; d++) {
        const frame *f = &r->stack[d];
        char index[24];
        if (!f->in_member) continue;
        if (json_is_object(f->value)) {
            add_key(&b, r, f);
        } else {
            snprintf(index, sizeof index, "%zu", f->index);
            qn_json_pointer_add(&b, qn_str_of(index));
        }
    }
    size_t n = b.n < room ? b.n : room - 1;
    while (n < b.n && n > 0 && ((unsigned char)b.p[n] & 0xC0) == 0x80) n--; /* cut between characters */
    if (n) memcpy(to, b.p, n);
    to[n] = '\0';
    qn_buf_free(&b);
}

static int fault_at(reader *r, size_t offset, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static int fault_at(reader *r, size_t offset, const char *code, const char *fmt, ...)
{
    qn_json_fault *f = r->fault;
    if (!f) return QN_EINVAL;
    f->code = code;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->detail, sizeof f->detail, fmt, ap);
    va_end(ap);
    find_line(f, (qn_str){ r->p, r->n }, offset);
    find_pointer(f->pointer, sizeof f->pointer, r);
    return QN_EINVAL;
}

/* What stands at r->i is not what has to stand there. */
static int unexpected(reader *r, const char *wanted)
{
    if (r->i >= r->n) return fault_at(r, r->n, "malformed", "the text ends where %s has to stand", wanted);
    unsigned char c = (unsigned char)r->p[r->i];
    if (c == 0) return fault_at(r, r->i, "nul", "a NUL byte where %s has to stand", wanted);
    if (c > ' ' && c < 0x7F) return fault_at(r, r->i, "malformed", "'%c' where %s has to stand", c, wanted);
    return fault_at(r, r->i, "malformed", "byte 0x%02x where %s has to stand", c, wanted);
}

/* ---- strings ----------------------------------------------------------------------------------------------------- */

static int read_hex4(reader *r, uint32_t *unit)
{
    uint32_t v = 0;
    if (r->n - r->i < 4) return fault_at(r, r->i, "malformed", "\\u needs four hexadecimal digits");
    for (size_t k = 0; k < 4; k++) {
        char c = r->p[r->i + k];
        uint32_t d;
        if (c >= '0' && c <= '9')
            d = (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            d = (uint32_t)(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            d = (uint32_t)(c - 'A' + 10);
        else
            return fault_at(r, r->i + k, "malformed", "\\u needs four hexadecimal digits");
        v = v << 4 | d;
    }
    r->i += 4;
    *unit = v;
    return 0;
}

static int add_utf8(qn_buf *b, uint32_t c)
{
    char s[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };
    for (size_t k = n; k-- > 1; c >>= 6) s[k] = (char)(0x80 | (c & 0x3F));
    s[0] = (char)(lead[n] | c);
    return qn_buf_add(b, s, n);
}

/* After `\u`; `at` is where the backslash stands. */
static int read_unicode_escape(reader *r, size_t at, qn_buf *to)
{
    uint32_t c = 0, low = 0;
    int rc = read_hex4(r, &c);
    if (rc) return rc;
    if (c == 0) return fault_at(r, at, "nul", "\\u0000 cannot be stored in a text");
    if (c >= 0xDC00 && c <= 0xDFFF) return fault_at(r, at, "surrogate", "a low surrogate without a high one before it");
    if (c >= 0xD800 && c <= 0xDBFF) {
        if (r->n - r->i < 2 || r->p[r->i] != '\\' || r->p[r->i + 1] != 'u')
            return fault_at(r, at, "surrogate", "a high surrogate without a low one after it");
        r->i += 2;
        if ((rc = read_hex4(r, &low))) return rc;
        if (low < 0xDC00 || low > 0xDFFF)
            return fault_at(r, at, "surrogate", "a high surrogate without a low one after it");
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    return add_utf8(to, c);
}

/* At the backslash. */
static int read_escape(reader *r, qn_buf *to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    size_t at = r->i++;
    if (r->i >= r->n) return fault_at(r, r->n, "malformed", "the text ends within a string");
    char c = r->p[r->i];
    if (c == 'u') {
        r->i++;
        return read_unicode_escape(r, at, to);
    }
    const char *found = c ? strchr(from, c) : NULL;
    if (!found) return fault_at(r, at, "malformed", "a backslash in a string must be followed by one of \"\\/bfnrtu");
    r->i++;
    return qn_buf_addc(to, into[found - from]);
}

/* The bytes up to the next one that means something in a string, checked to be UTF-8. */
static int read_run(reader *r, qn_str *run)
{
    size_t start = r->i, i = start;
    while (i < r->n && (unsigned char)r->p[i] >= 0x20 && r->p[i] != '"' && r->p[i] != '\\') i++;
    qn_str s = { r->p + start, i - start };
    size_t good = qn_utf8_check(s);
    if (good < s.n) return fault_at(r, start + good, "utf8", "not valid UTF-8");
    r->i = i;
    *run = s;
    return 0;
}

/* At the opening quote. `*out` is a slice of the text, or of `scratch` when there were escapes. */
static int read_string(reader *r, qn_str *out, qn_buf *scratch)
{
    bool escapes = false;
    qn_str run = { NULL, 0 };
    r->i++;
    for (;;) {
        int rc = read_run(r, &run);
        if (rc) return rc;
        if (r->i >= r->n) return fault_at(r, r->n, "malformed", "the text ends within a string");
        char c = r->p[r->i];
        if (c == '"' && !escapes) {
            r->i++;
            *out = run;
            return 0;
        }
        if (!escapes) qn_buf_clear(scratch);
        escapes = true;
        if ((rc = qn_buf_adds(scratch, run))) return rc;
        if (c == '"') {
            r->i++;
            *out = qn_buf_str(scratch);
            return 0;
        }
        if (c == '\0') return fault_at(r, r->i, "nul", "a NUL byte in a string");
        if (c != '\\')
            return fault_at(r, r->i, "malformed", "a control character (0x%02x) in a string must be escaped",
                            (unsigned char)c);
        if ((rc = read_escape(r, scratch))) return rc;
    }
}

/* ---- numbers ----------------------------------------------------------------------------------------------------- */

static size_t count_digits(const reader *r, size_t at)
{
    size_t n = 0;
    while (at + n < r->n && r->p[at + n] >= '0' && r->p[at + n] <= '9') n++;
    return n;
}

/* The end of the number that starts at r->i, by the grammar of RFC 8259 section 6. */
static int measure_number(reader *r, size_t *end, bool *is_real)
{
    size_t i = r->i, n;
    *is_real = false;
    if (r->p[i] == '-') i++;
    n = count_digits(r, i);
    if (n == 0) return fault_at(r, i, "malformed", "a number needs a digit after its sign");
    if (n > 1 && r->p[i] == '0') return fault_at(r, i, "malformed", "a number does not start with 0");
    i += n;
    if (i < r->n && r->p[i] == '.') {
        *is_real = true;
        n = count_digits(r, ++i);
        if (n == 0) return fault_at(r, i, "malformed", "a number needs a digit after its point");
        i += n;
    }
    if (i < r->n && (r->p[i] == 'e' || r->p[i] == 'E')) {
        *is_real = true;
        i++;
        if (i < r->n && (r->p[i] == '+' || r->p[i] == '-')) i++;
        n = count_digits(r, i);
        if (n == 0) return fault_at(r, i, "malformed", "a number needs a digit in its exponent");
        i += n;
    }
    *end = i;
    return 0;
}

/* strtod with a point, whatever the locale of the process. */
static double to_double(const char *text)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c) return strtod(text, NULL);
    double v = strtod_l(text, NULL, c);
    freelocale(c);
    return v;
}

static int read_number(reader *r, json_t **out)
{
    char text[NUMBER_BYTES + 1];
    size_t at = r->i, end = at;
    bool is_real = false;
    int rc = measure_number(r, &end, &is_real);
    if (rc) return rc;
    if (end - at > NUMBER_BYTES)
        return fault_at(r, at, "number_range", "a number of more than %d characters", NUMBER_BYTES);
    memcpy(text, r->p + at, end - at);
    text[end - at] = '\0';
    if (is_real) {
        double v = to_double(text);
        if (!isfinite(v)) return fault_at(r, at, "number_range", "the number does not fit a double");
        *out = json_real(v);
    } else {
        int64_t v;
        if (qn_str_i64(&v, (qn_str){ text, end - at }))
            return fault_at(r, at, "number_range", "an integer must lie between -2^63 and 2^63-1");
        *out = json_integer(v);
    }
    r->i = end;
    return *out ? 0 : QN_ENOMEM;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static void skip_blanks(reader *r)
{
    while (r->i < r->n && (r->p[r->i] == ' ' || r->p[r->i] == '\t' || r->p[r->i] == '\n' || r->p[r->i] == '\r')) r->i++;
}

/* Hangs `v` (taken) where the present value belongs. */
static int attach(reader *r, json_t *v)
{
    if (r->depth == 0) {
        r->root = v;
        return 0;
    }
    frame *f = &r->stack[r->depth - 1];
    int rc = json_is_array(f->value) ? json_array_append_new(f->value, v)
                                     : json_object_setn_new_nocheck(f->value, r->key.p, r->key.n, v);
    return rc ? QN_ENOMEM : 0;
}

/* At a member's name; leaves r->i after the colon. */
static int read_key(reader *r)
{
    frame *f = &r->stack[r->depth - 1];
    skip_blanks(r);
    if (r->i >= r->n || r->p[r->i] != '"') return unexpected(r, "the name of a member, in double quotes,");
    size_t at = r->i;
    int rc = read_string(r, &r->key, &r->key_buf);
    if (rc) return rc;
    f->key_at = at + 1;
    f->key_end = r->i - 1;
    f->in_member = true;
    if (json_object_getn(f->value, r->key.p, r->key.n))
        return fault_at(r, at, "duplicate_key", "the member \"%.*s\" stands here twice",
                        (int)(r->key.n < 100 ? r->key.n : 100), r->key.p);
    skip_blanks(r);
    if (r->i >= r->n || r->p[r->i] != ':') return unexpected(r, "a colon");
    r->i++;
    return 0;
}

/* At `{` or `[`. `*is_open` tells whether something stands in it. */
static int open_container(reader *r, bool is_object, bool *is_open)
{
    if (r->depth == r->max_depth) return fault_at(r, r->i, "depth", "values may be nested %u deep", r->max_depth);
    json_t *v = is_object ? json_object() : json_array();
    if (!v) return QN_ENOMEM;
    int rc = attach(r, v);
    if (rc) return rc;
    frame *f = &r->stack[r->depth++];
    *f = (frame){ .value = v };
    r->i++;
    skip_blanks(r);
    *is_open = r->i >= r->n || r->p[r->i] != (is_object ? '}' : ']');
    if (!*is_open) {
        r->i++;
        r->depth--;
        return 0;
    }
    if (is_object) return read_key(r);
    f->in_member = true;
    return 0;
}

static int read_literal(reader *r, json_t **out)
{
    static const char *const names[] = { "true", "false", "null" };
    for (size_t k = 0; k < 3; k++) {
        if (!qn_str_starts((qn_str){ r->p + r->i, r->n - r->i }, qn_str_of(names[k]))) continue;
        r->i += strlen(names[k]);
        *out = k == 0 ? json_true() : k == 1 ? json_false() : json_null();
        return 0;
    }
    return unexpected(r, "a JSON value");
}

/* Reads a scalar whole or opens a container. `*is_open`: a value has to follow, the first of the container. */
static int read_value(reader *r, bool *is_open)
{
    json_t *v = NULL;
    qn_str s = { NULL, 0 };
    int rc;
    skip_blanks(r);
    *is_open = false;
    char c = r->i < r->n ? r->p[r->i] : '\0';
    if (c == '{' || c == '[') return open_container(r, c == '{', is_open);
    if (c == '"') {
        rc = read_string(r, &s, &r->text_buf);
        if (!rc && !(v = json_stringn_nocheck(s.p, s.n))) rc = QN_ENOMEM;
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        rc = read_number(r, &v);
    } else {
        rc = read_literal(r, &v);
    }
    return rc ? rc : attach(r, v);
}

/* After a whole value: closes what ends here. `*is_done` when nothing is open any more; otherwise a value has to
 * follow. */
static int read_after(reader *r, bool *is_done)
{
    *is_done = false;
    while (r->depth) {
        frame *f = &r->stack[r->depth - 1];
        bool is_object = json_is_object(f->value);
        f->in_member = false;
        skip_blanks(r);
        char c = r->i < r->n ? r->p[r->i] : '\0';
        if (c == ',') {
            r->i++;
            if (is_object) return read_key(r);
            f->index++;
            f->in_member = true;
            return 0;
        }
        if (c != (is_object ? '}' : ']')) return unexpected(r, is_object ? "a comma or }" : "a comma or ]");
        r->i++;
        r->depth--;
    }
    *is_done = true;
    return 0;
}

static int read_text(reader *r)
{
    bool is_open = false, is_done = false;
    if (qn_str_starts((qn_str){ r->p, r->n }, QN_STR("\xEF\xBB\xBF")))
        return fault_at(r, 0, "malformed", "a byte order mark does not belong before JSON");
    do {
        int rc = read_value(r, &is_open);
        if (!rc && !is_open) rc = read_after(r, &is_done);
        if (rc) return rc;
    } while (!is_done);
    skip_blanks(r);
    if (r->i < r->n) return unexpected(r, "the end of the text");
    return 0;
}

int qn_json_parse(json_t **out, qn_str text, const qn_json_limits *limits, qn_json_fault *fault)
{
    reader *r = malloc(sizeof *r); /* not on the stack: 20 KB, and a caller may be deep in its own */
    if (!r) return QN_ENOMEM;
    memset(r, 0, offsetof(reader, stack));
    r->p = text.p ? text.p : "";
    r->n = text.n;
    r->max_depth = limits && limits->max_depth ? limits->max_depth : DEPTH_DEFAULT;
    if (r->max_depth > DEPTH_MOST) r->max_depth = DEPTH_MOST;
    r->root = NULL;
    r->key = (qn_str){ NULL, 0 };
    r->fault = fault;
    qn_buf_init(&r->key_buf, 0);
    qn_buf_init(&r->text_buf, 0);

    int rc;
    if (limits && limits->max_bytes && text.n > limits->max_bytes)
        rc = fault_at(r, 0, "size", "the text has %zu bytes, %zu are allowed", text.n, limits->max_bytes);
    else
        rc = read_text(r);

    if (rc)
        json_decref(r->root);
    else
        *out = r->root;
    qn_buf_free(&r->key_buf);
    qn_buf_free(&r->text_buf);
    free(r);
    return rc;
}
