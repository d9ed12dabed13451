#include "http/scan.h"

/* Each state is named for what is read next. */
enum {
    C_SIZE,        /* the first digit */
    C_DIGITS,      /* further digits, or what ends them */
    C_BLANK,       /* blanks before ';' */
    C_EXT_NAME,    /* the first character of an extension's name, blanks before it */
    C_EXT_NAME_ON, /* the rest of the name */
    C_EXT_EQUALS,  /* blanks after the name */
    C_EXT_VALUE,   /* the first character of the value, blanks before it */
    C_EXT_TOKEN,   /* the rest of a token */
    C_EXT_QUOTED,  /* inside quotes */
    C_EXT_ESCAPED, /* after a backslash */
    C_EXT_END,     /* after the closing quote */
    C_SIZE_LF,
    C_DATA,
    C_DATA_CR,
    C_DATA_LF,
    C_TRAILER, /* the first character of a trailer line */
    C_TRAILER_NAME,
    C_TRAILER_VALUE,
    C_TRAILER_LF,
    C_END_LF
};

/* Sixteen hexadecimal digits are 64 bits: a seventeenth could only be a leading zero or too much. */
enum { MAX_DIGITS = 16, BAD = -1 };

static qn_http_event fail(qn_parser *p, int status, const char *detail)
{
    p->status = status;
    p->detail = detail;
    return QN_HE_ERROR;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* What may follow a whole extension, or BAD. */
static int after_ext(char c)
{
    return c == ';' ? C_EXT_NAME : c == '\r' ? C_SIZE_LF : BAD;
}

static int step_size(qn_parser *p, char c)
{
    int v = hex_value(c);
    if (v >= 0) {
        if (++p->chunk_digits > MAX_DIGITS) return BAD;
        p->left = p->left << 4 | (uint64_t)v;
        return C_DIGITS;
    }
    if (p->chunk_state == C_SIZE) return BAD;
    return is_blank(c) ? C_BLANK : after_ext(c);
}

/* chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ) (RFC 9112 7.1.1): read and ignored. */
static int step_ext(qn_parser *p, char c)
{
    bool token = qn_is_tchar((unsigned char)c);
    switch (p->chunk_state) {
    case C_BLANK:
        return is_blank(c) ? C_BLANK : c == ';' ? C_EXT_NAME : BAD;
    case C_EXT_NAME:
        return is_blank(c) ? C_EXT_NAME : token ? C_EXT_NAME_ON : BAD;
    case C_EXT_NAME_ON:
        if (token) return C_EXT_NAME_ON;
        return c == '=' ? C_EXT_VALUE : is_blank(c) ? C_EXT_EQUALS : after_ext(c);
    case C_EXT_EQUALS:
        return is_blank(c) ? C_EXT_EQUALS : c == '=' ? C_EXT_VALUE : c == ';' ? C_EXT_NAME : BAD;
    case C_EXT_VALUE:
        return is_blank(c) ? C_EXT_VALUE : c == '"' ? C_EXT_QUOTED : token ? C_EXT_TOKEN : BAD;
    case C_EXT_TOKEN:
        return token ? C_EXT_TOKEN : is_blank(c) ? C_BLANK : after_ext(c);
    case C_EXT_QUOTED:
        if (qn_scan_is_control(c)) return BAD;
        return c == '"' ? C_EXT_END : c == '\\' ? C_EXT_ESCAPED : C_EXT_QUOTED;
    case C_EXT_ESCAPED:
        return qn_scan_is_control(c) ? BAD : C_EXT_QUOTED;
    case C_EXT_END:
        return is_blank(c) ? C_BLANK : after_ext(c);
    default:
        return BAD;
    }
}

/* Trailers are checked like fields and dropped: RFC 9110 6.5.1 lets nobody rely on them. */
static int step_trailer(qn_parser *p, char c)
{
    switch (p->chunk_state) {
    case C_TRAILER:
        if (c == '\r') return C_END_LF;
        return qn_is_tchar((unsigned char)c) ? C_TRAILER_NAME : BAD;
    case C_TRAILER_NAME:
        return c == ':' ? C_TRAILER_VALUE : qn_is_tchar((unsigned char)c) ? C_TRAILER_NAME : BAD;
    case C_TRAILER_VALUE:
        return c == '\r' ? C_TRAILER_LF : qn_scan_is_control(c) ? BAD : C_TRAILER_VALUE;
    case C_TRAILER_LF:
        return c == '\n' ? C_TRAILER : BAD;
    default:
        return BAD;
    }
}

/* The size line is complete. */
static qn_http_event begin_chunk(qn_parser *p)
{
    if (p->left == 0) {
        p->chunk_state = C_TRAILER;
        return QN_HE_MORE;
    }
    if (p->left > p->body_max - p->body_seen) return fail(p, 413, "the body is larger than this resource takes");
    p->chunk_state = C_DATA;
    return QN_HE_MORE;
}

static qn_http_event step_framing(qn_parser *p, char c)
{
    bool right;
    switch (p->chunk_state) {
    case C_SIZE_LF:
        if (c != '\n') return fail(p, 400, "a chunk's size line does not end in CRLF");
        return begin_chunk(p);
    case C_DATA_CR:
        right = c == '\r';
        p->chunk_state = C_DATA_LF;
        break;
    case C_DATA_LF:
        right = c == '\n';
        p->chunk_state = C_SIZE;
        p->left = 0;
        p->chunk_digits = 0;
        break;
    default: /* C_END_LF */
        if (c != '\n') return fail(p, 400, "the body's last line does not end in CRLF");
        return QN_HE_DONE;
    }
    return right ? QN_HE_MORE : fail(p, 400, "a chunk's data is not followed by CRLF");
}

static qn_http_event step(qn_parser *p, char c)
{
    int next;
    switch (p->chunk_state) {
    case C_SIZE:
    case C_DIGITS:
        next = step_size(p, c);
        if (next == BAD) return fail(p, 400, "a chunk's size is not a hexadecimal number of at most 16 digits");
        break;
    case C_SIZE_LF:
    case C_DATA_CR:
    case C_DATA_LF:
    case C_END_LF:
        return step_framing(p, c);
    case C_TRAILER:
    case C_TRAILER_NAME:
    case C_TRAILER_VALUE:
    case C_TRAILER_LF:
        next = step_trailer(p, c);
        if (next == BAD) return fail(p, 400, "a trailer is not NAME: VALUE");
        if (p->chunk_state == C_TRAILER && next == C_TRAILER_NAME) p->trailers++;
        if (++p->trailer_bytes > p->limits->max_header_bytes || p->trailers > p->limits->max_headers)
            return fail(p, 431, "the trailers are too large");
        break;
    default:
        next = step_ext(p, c);
        if (next == BAD) return fail(p, 400, "a chunk extension is malformed");
        if (++p->ext_bytes > p->limits->max_chunk_ext_bytes) return fail(p, 400, "the chunk extensions are too large");
    }
    p->chunk_state = (uint8_t)next;
    return QN_HE_MORE;
}

qn_http_event qn_chunked_next(qn_parser *p, const char **in, const char *end, qn_str *data)
{
    while (*in < end) {
        if (p->chunk_state == C_DATA) {
            size_t n = (size_t)(end - *in);
            if (n > p->left) n = (size_t)p->left;
            *data = (qn_str){ *in, n };
            *in += n;
            p->left -= n;
            p->body_seen += n;
            if (p->left == 0) p->chunk_state = C_DATA_CR;
            return QN_HE_BODY;
        }
        qn_http_event e = step(p, *(*in)++);
        if (e != QN_HE_MORE) return e;
    }
    return QN_HE_MORE;
}
