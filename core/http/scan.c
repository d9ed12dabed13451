#include "http/scan.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* clang-format off */
/* tchar of RFC 9110 5.6.2, upper case mapped to lower. */
static const char lower_token[256] = {
    ['!'] = '!', ['#'] = '#', ['$'] = '$', ['%'] = '%', ['&'] = '&', ['\''] = '\'', ['*'] = '*', ['+'] = '+', ['-'] = '-',
    ['.'] = '.', ['^'] = '^', ['_'] = '_', ['`'] = '`', ['|'] = '|', ['~'] = '~', ['0'] = '0', ['1'] = '1', ['2'] = '2',
    ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b',
    ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r', ['S'] = 's', ['T'] = 't',
    ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y', ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c',
    ['d'] = 'd', ['e'] = 'e', ['f'] = 'f', ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l',
    ['m'] = 'm', ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't', ['u'] = 'u',
    ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};
/* clang-format on */

char qn_scan_lower_token(char c)
{
    return lower_token[(unsigned char)c];
}

bool qn_is_tchar(unsigned char c)
{
    return lower_token[c] != 0;
}

bool qn_scan_is_control(char c)
{
    unsigned char u = (unsigned char)c;
    return (u < 0x20 && u != '\t') || u == 0x7f;
}

bool qn_scan_is_target(char c)
{
    return c > 0x20 && c < 0x7f && c != '#';
}

size_t qn_scan_copy(char *to, const char *in, size_t n)
{
    size_t i = 0;
#ifdef __SSE2__
    /* Field values are most of a head: sixteen bytes a step. */
    const __m128i last_control = _mm_set1_epi8(0x1f), tab = _mm_set1_epi8('\t'), del = _mm_set1_epi8(0x7f);
    for (; i + 16 <= n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(in + i));
        __m128i low = _mm_andnot_si128(_mm_cmpeq_epi8(v, tab), _mm_cmpeq_epi8(_mm_min_epu8(v, last_control), v));
        unsigned stop = (unsigned)_mm_movemask_epi8(_mm_or_si128(low, _mm_cmpeq_epi8(v, del)));
        _mm_storeu_si128((__m128i *)(void *)(to + i), v);
        if (stop) return i + (size_t)__builtin_ctz(stop);
    }
#endif
    for (; i < n && !qn_scan_is_control(in[i]); i++) to[i] = in[i];
    return i;
}

/* ---- hosts ----------------------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_port(qn_str s)
{
    uint64_t port;
    return s.n == 0 || (s.n <= 5 && qn_str_u64(&port, s, 0, 65535) == 0); /* RFC 3986 3.2.3: may be empty */
}

/* "[" (IPv6 address, with or without an IPv4 tail, or IPvFuture) "]": the characters, and for IPv6 at least two colons.
 * What it names is of no matter here, only that it cannot be read in two ways. */
static bool is_literal(qn_str s)
{
    if (s.n < 2 || s.n > 64) return false;
    bool future = s.p[0] == 'v' || s.p[0] == 'V';
    int colons = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == ':') colons++;
        bool v6 = is_hex(c) || c == ':' || c == '.';
        if (!v6 && !(future && (qn_is_tchar((unsigned char)c) && !strchr("#^`|%", c)))) return false;
    }
    return future || colons >= 2;
}

/* unreserved, sub-delims or an escape (RFC 3986 3.2.2); labels are not empty, but for a dot at the end. */
static bool is_reg_name(qn_str s)
{
    if (s.n == 0 || s.n > 255 || s.p[0] == '.') return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '%') {
            if (i + 2 >= s.n || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2])) return false;
            i += 2;
        } else if (c == '.') {
            if (i + 1 < s.n && s.p[i + 1] == '.') return false;
        } else if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     (c && strchr("-_~!$&'()*+,;=", c)))) {
            return false;
        }
    }
    return true;
}

bool qn_is_host(qn_str s)
{
    if (s.n && s.p[0] == '[') {
        const char *stop = memchr(s.p, ']', s.n);
        if (!stop) return false;
        qn_str literal = { s.p + 1, (size_t)(stop - s.p) - 1 }, rest = { stop + 1, s.n - literal.n - 2 };
        if (rest.n && rest.p[0] != ':') return false;
        if (rest.n) rest = (qn_str){ rest.p + 1, rest.n - 1 };
        return is_literal(literal) && is_port(rest);
    }
    const char *colon = s.n ? memchr(s.p, ':', s.n) : NULL;
    qn_str name = s, port = { 0 };
    if (colon) {
        name.n = (size_t)(colon - s.p);
        port = (qn_str){ colon + 1, s.n - name.n - 1 };
    }
    return is_reg_name(name) && is_port(port);
}
