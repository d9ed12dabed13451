#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/config_priv.h"

/* inih as Debian packages it takes the rest of a line over ~199 bytes for a new option, an indented line for more of
 * the option above, what follows ` ;` for a comment and what follows `]` for nothing; and it tells its handler no line
 * number. So it gets its lines from here: counted, whole, without indentation, and none that it would read otherwise
 * than it looks. */

enum { SECTION_BYTES = 49 /* it cuts a section's name there */ };

typedef struct {
    qn_str rest;
    unsigned line;
    bool skipping; /* after a section that cannot be read: its options would be blamed for nothing */
    int rc;
    qn_ini_section section;
    qn_ini_found found;
    qn_ini_fault fault;
    void *arg;
    char too_long[160];
} source;

static bool has_inline_comment(qn_str line)
{
    for (size_t i = 1; i < line.n; i++)
        if ((line.p[i] == ';' || line.p[i] == '#') && (line.p[i - 1] == ' ' || line.p[i - 1] == '\t')) return true;
    return false;
}

static qn_str section_name(qn_str line)
{
    qn_str rest = { line.p + 1, line.n - 1 };
    return qn_str_cut(&rest, ']');
}

static const char *fault_in_section(qn_str line)
{
    qn_str after = { line.p + 1, line.n - 1 };
    qn_str name = qn_str_cut(&after, ']');
    if (!after.p) return "a section is written [name]: its ] is missing";
    if (name.n > SECTION_BYTES) return "the name of a section has at most 49 characters";
    if (qn_str_trim(after).n) return "nothing may follow the ] of a section: put it on a line of its own";
    return NULL;
}

/* NULL, or why inih is not to see this line. */
static const char *fault_in_line(source *s, qn_str line, size_t room)
{
    for (size_t i = 0; i < line.n; i++)
        if (((unsigned char)line.p[i] < 0x20 && line.p[i] != '\t') || line.p[i] == 0x7F)
            return "a control character does not belong here";
    if (qn_utf8_check(line) < line.n) return "this line is not valid UTF-8";
    if (line.n == 0) return NULL;
    if (line.n > room) {
        snprintf(
            s->too_long, sizeof s->too_long,
            "a line has at most %zu bytes, this one %zu: give a longer value as QUOIN_SECTION_KEY in the environment",
            room, line.n);
        return s->too_long;
    }
    if (line.p[0] == '[') return fault_in_section(line);
    qn_str value = line, key = qn_str_cut(&value, '=');
    if (!value.p || memchr(key.p, ':', key.n)) return "an option is written key = value"; /* inih takes a : as well */
    if (has_inline_comment(line))
        return "a comment stands on a line of its own: a ; or # after a blank would cut the value short";
    return NULL;
}

/* Stands in for fgets. A line at fault becomes an empty one, so that inih's count stays right. */
static char *next_line(char *to, int size, void *arg)
{
    source *s = arg;
    if (s->rc || s->rest.n == 0 || size < 3) return NULL;
    qn_str line = qn_str_trim(qn_str_cut(&s->rest, '\n'));
    s->line++;
    if (line.n && (line.p[0] == ';' || line.p[0] == '#')) line.n = 0;
    bool is_section = line.n && line.p[0] == '[';
    const char *fault = fault_in_line(s, line, (size_t)size - 2);
    if (is_section) s->skipping = fault || !s->section(s->arg, s->line, section_name(line));
    if (fault) s->rc = s->fault(s->arg, s->line, fault);
    if (fault || s->skipping) line.n = 0;
    if (line.n) memcpy(to, line.p, line.n);
    memcpy(to + line.n, "\n", 2);
    return to;
}

static int on_option(void *arg, const char *section, const char *key, const char *value)
{
    source *s = arg;
    if (!s->rc) s->rc = s->found(s->arg, s->line, section, key, value);
    return 1;
}

int qn_ini_read(qn_str text, qn_ini_section section, qn_ini_found found, qn_ini_fault fault, void *arg)
{
    source s = { .rest = text, .section = section, .found = found, .fault = fault, .arg = arg };
    if (qn_str_starts(text, QN_STR("\xEF\xBB\xBF"))) s.rest = (qn_str){ text.p + 3, text.n - 3 };
    ini_parse_stream(next_line, &s, on_option, &s);
    return s.rc;
}
