#include <string.h>

#include "content/blocks.h"
#include "content/check.h"
#include "content/markdown.h"

/* Link reference definitions (CommonMark 4.7) hold for a whole document; a block has to stand alone. So each definition
 * goes with the texts that use it, and one that nothing uses says nothing. Definitions of one line only; one of several
 * stays where it is, as text. */

enum { LABEL_BYTES = 200, DEFINITION_BYTES = 2500, ADDED_BYTES = 512 * 1024 };

static bool is_gap(char c)
{
    return c == ' ' || c == '\t';
}

/* Case and runs of blanks do not count. Returns bytes, 0 when it is none. */
static size_t label_of(char to[LABEL_BYTES], qn_str s)
{
    size_t n = 0;
    bool gap = false;
    if (s.n > LABEL_BYTES) return 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (is_gap(c) || c == '\n') {
            gap = n > 0;
            continue;
        }
        if (gap) to[n++] = ' ';
        gap = false;
        to[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return n;
}

/* Length of what is between the bracket at `i` and its end, which no other may come before; false when there is none.
 */
static bool bracket_at(qn_str *inside, qn_str s, size_t i)
{
    for (size_t k = i + 1; k < s.n; k++) {
        if (s.p[k] == '[') return false;
        if (s.p[k] == '\\' && k + 1 < s.n) {
            k++;
        } else if (s.p[k] == ']') {
            *inside = (qn_str){ s.p + i + 1, k - i - 1 };
            return true;
        }
    }
    return false;
}

/* What may follow an address: nothing, or a title in marks up to the end. */
static bool is_title(qn_str s)
{
    while (s.n && is_gap(s.p[s.n - 1])) s.n--;
    while (s.n && is_gap(s.p[0])) s = (qn_str){ s.p + 1, s.n - 1 };
    if (s.n == 0) return true;
    char close = s.p[0] == '(' ? ')' : s.p[0];
    if (s.n < 2 || !strchr("\"'(", s.p[0]) || s.p[s.n - 1] != close) return false;
    for (size_t i = 1; i + 1 < s.n; i++) {
        if (s.p[i] == close) return false;
        if (s.p[i] == '\\') i++;
    }
    return true;
}

/* Length of the address at the start of `s`, 0 when there is none. */
static size_t address_length(qn_str s)
{
    size_t n = 0;
    if (s.n && s.p[0] == '<') {
        const char *end = memchr(s.p, '>', s.n);
        return end ? (size_t)(end - s.p) + 1 : 0;
    }
    while (n < s.n && !is_gap(s.p[n])) n++;
    return n;
}

static bool read_definition(qn_str *label, qn_md_line line)
{
    size_t i = 0;
    while (i < line.n && i < 3 && line.p[i] == ' ') i++;
    if (line.n > DEFINITION_BYTES || i == line.n || line.p[i] != '[' || !bracket_at(label, line, i)) return false;
    i += label->n + 2;
    if (i == line.n || line.p[i] != ':') return false;
    for (i++; i < line.n && is_gap(line.p[i]);) i++;
    qn_str rest = { line.p + i, line.n - i };
    size_t address = address_length(rest);
    rest = (qn_str){ rest.p + address, rest.n - address };
    return address > 0 && (rest.n == 0 || is_gap(rest.p[0])) && is_title(rest);
}

int qn_md_define(size_t *taken, json_t *definitions, const qn_md_line *lines, size_t n)
{
    char label[LABEL_BYTES];
    qn_str as_written;
    for (*taken = 0; *taken < n; ++*taken) {
        qn_md_line line = lines[*taken];
        if (!read_definition(&as_written, line)) break;
        size_t len = label_of(label, as_written);
        if (!len) break;
        while (line.n && is_gap(line.p[0])) line = (qn_str){ line.p + 1, line.n - 1 };
        if (json_object_getn(definitions, label, len)) continue; /* the first counts */
        if (json_object_setn_new_nocheck(definitions, label, len, qn_json_of_str(line))) return QN_ENOMEM;
    }
    return 0;
}

/* ---- giving them to who uses them ------------------------------------------------------------------------------- */

/* Adds what `s` uses to `to`, each once. */
static int add_used(qn_buf *to, const json_t *definitions, qn_str s)
{
    char label[LABEL_BYTES];
    json_t *used = json_object();
    int rc = used ? 0 : QN_ENOMEM;
    for (size_t i = 0; i < s.n && !rc; i++) {
        qn_str inside;
        if (s.p[i] == '\\') {
            i++;
            continue;
        }
        if (s.p[i] != '[') continue;
        const char *next = memchr(s.p + i, ']', s.n - i < LABEL_BYTES + 2 ? s.n - i : LABEL_BYTES + 2);
        if (!next || !bracket_at(&inside, (qn_str){ s.p, (size_t)(next - s.p) + 1 }, i)) continue;
        size_t len = label_of(label, inside);
        const json_t *line = len ? json_object_getn(definitions, label, len) : NULL;
        if (!line || json_object_getn(used, label, len)) continue;
        if (json_object_setn_new_nocheck(used, label, len, json_null())) rc = QN_ENOMEM;
        qn_buf_addz(to, json_object_size(used) == 1 ? "\n\n" : "\n");
        qn_buf_adds(to, qn_json_str_of(line));
    }
    json_decref(used);
    return rc ? rc : to->failed ? QN_ENOMEM : 0;
}

/* The string with its definitions under it. Returns owned in *out; NULL: it needs none. */
static int with_used(json_t **out, const json_t *definitions, const json_t *string, size_t *added)
{
    qn_str s = qn_json_str_of(string);
    qn_buf b;
    qn_buf_init(&b, 0);
    *out = NULL;
    int rc = qn_buf_adds(&b, s);
    if (!rc) rc = add_used(&b, definitions, s);
    if (!rc && b.n > s.n) {
        *added += b.n - s.n;
        *out = qn_json_of_str(qn_buf_str(&b));
        if (!*out) rc = QN_ENOMEM;
    }
    qn_buf_free(&b);
    return rc;
}

static int resolve_items(json_t *items, const json_t *definitions, size_t *added)
{
    int rc = 0;
    for (size_t i = 0; i < json_array_size(items) && !rc; i++) {
        json_t *whole;
        rc = with_used(&whole, definitions, json_array_get(items, i), added);
        if (!rc && whole && json_array_set_new(items, i, whole)) rc = QN_ENOMEM;
        if (!rc && *added > ADDED_BYTES) rc = QN_ELIMIT;
    }
    return rc;
}

int qn_md_resolve(json_t *blocks, const json_t *definitions)
{
    size_t added = 0;
    int rc = 0;
    for (size_t i = 0; i < json_array_size(blocks) && json_object_size(definitions) && !rc; i++) {
        json_t *block = json_array_get(blocks, i), *text = json_object_get(block, "text"), *whole = NULL;
        bool inline_only = json_object_get(block, "level") != NULL;
        rc = resolve_items(json_object_get(block, "items"), definitions, &added);
        if (!rc && text && !inline_only) rc = with_used(&whole, definitions, text, &added);
        if (!rc && whole) rc = qn_json_set(block, "text", whole);
        if (!rc && added > ADDED_BYTES) rc = QN_ELIMIT;
    }
    return rc;
}
