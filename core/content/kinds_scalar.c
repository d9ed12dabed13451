#include "content/kinds_impl.h"

#include <math.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uregex.h>
#include <unicode/ustring.h>

#include "base/clock.h"

/* ---- text ------------------------------------------------------------------------------------------------------- */

static bool is_blank(qn_str s)
{
    for (size_t i = 0; i < s.n;)
        if (!u_isUWhiteSpace((UChar32)qn_utf8_next(s, &i))) return false;
    return true;
}

static bool length_fits(qn_check *c, const qn_field *f, qn_str s, double most)
{
    size_t points = qn_utf8_length(s);
    if (f->has_max) most = f->max;
    if ((double)points > most) {
        qn_check_fault(c, false, "max", "has %zu characters, at most %.0f may be", points, most);
        return false;
    }
    if (f->has_min && (double)points < f->min) {
        qn_check_fault(c, false, "min", "has %zu characters, at least %.0f have to be", points, f->min);
        return false;
    }
    return true;
}

/* ICU's regular expressions: they know characters where regexec(3) in the C locale knows bytes, and their time and
 * memory can be bounded. */
static int pattern_fits(bool *fits, qn_check *c, const qn_field *f, qn_str s)
{
    enum { TIME_LIMIT = 100, STACK_BYTES = 1 << 20 };
    UErrorCode e = U_ZERO_ERROR;
    URegularExpression *re = uregex_openC(f->pattern, 0, NULL, &e);
    UText *text = utext_openUTF8(NULL, s.n ? s.p : "", (int64_t)s.n, &e);
    uregex_setTimeLimit(re, TIME_LIMIT, &e);
    uregex_setStackLimit(re, STACK_BYTES, &e);
    uregex_setUText(re, text, &e);
    *fits = uregex_matches64(re, -1, &e);
    utext_close(text);
    uregex_close(re);
    if (e == U_MEMORY_ALLOCATION_ERROR) return QN_ENOMEM;
    if (U_FAILURE(e)) {
        qn_check_fault(c, false, "pattern", "takes too long to compare with the pattern \"%s\"", f->pattern);
        *fits = false;
    } else if (!*fits) {
        qn_check_fault(c, false, "pattern", "%s does not have the form \"%s\"", qn_show_str(c->arena, s), f->pattern);
    }
    return 0;
}

int qn_kind_text(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                 const json_t *before)
{
    (void)before;
    qn_check *c = args->check;
    qn_str s;
    bool fits = true;
    if (!qn_rule_string(&s, c, value)) return 0;
    if (f->required && is_blank(s)) {
        qn_check_fault(c, false, "required", s.n ? "is blank, has to be given" : "is empty, has to be given");
        return 0;
    }
    if (!length_fits(c, f, s, f->kind == QN_KIND_STRING ? QN_STRING_MAX_POINTS : QN_TEXT_MAX_POINTS)) return 0;
    if (f->pattern && pattern_fits(&fits, c, f, s)) return QN_ENOMEM;
    return fits ? qn_kind_give(out, qn_json_of_str(s)) : 0;
}

static bool rule_email(qn_check *c, qn_str s)
{
    const char *at = s.n ? memchr(s.p, '@', s.n) : NULL;
    size_t local = at ? (size_t)(at - s.p) : 0;
    qn_str domain = at ? (qn_str){ at + 1, s.n - local - 1 } : (qn_str){ NULL, 0 };
    bool right = local > 0 && local <= 64 && domain.n > 0 && domain.n <= 253;
    for (size_t i = 0; right && i < local; i++)
        right = (unsigned char)s.p[i] > ' ' && !strchr("\"(),:;<>[\\]\x7f", s.p[i]);
    bool label = false; /* inside one */
    for (size_t i = 0; right && i < domain.n; i++) {
        char b = domain.p[i];
        bool word =
            (unsigned char)b >= 0x80 || (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
        bool last = i + 1 == domain.n || domain.p[i + 1] == '.';
        right = word || (b == '-' && label && !last) || (b == '.' && label && i + 1 < domain.n);
        label = b != '.';
    }
    if (!right)
        qn_check_fault(c, false, "format", "%s is not an e-mail address like \"desk@example.org\"",
                       qn_show_str(c->arena, s));
    return right;
}

int qn_kind_formatted(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                      const json_t *before)
{
    (void)before;
    qn_check *c = args->check;
    qn_str s;
    bool fits = true;
    if (!qn_rule_string(&s, c, value)) return 0;
    bool right = f->kind == QN_KIND_SLUG  ? qn_rule_slug(c, s)
                 : f->kind == QN_KIND_URL ? qn_rule_url(c, s)
                                          : rule_email(c, s);
    if (!right || !length_fits(c, f, s, QN_STRING_MAX_POINTS * 4)) return 0;
    if (f->pattern && pattern_fits(&fits, c, f, s)) return QN_ENOMEM;
    return fits ? qn_kind_give(out, qn_json_of_str(s)) : 0;
}

int qn_kind_enum(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                 const json_t *before)
{
    (void)before;
    qn_check *c = args->check;
    qn_str s;
    if (!qn_rule_string(&s, c, value)) return 0;
    const char *all = "";
    for (size_t i = 0; i < f->nvalues; i++) {
        if (qn_str_eqz(s, f->values[i])) return qn_kind_give(out, qn_json_of_str(s));
        const char *longer = i < 20 ? qn_arena_printf(c->arena, "%s%s\"%s\"", all, i ? ", " : "", f->values[i]) : NULL;
        if (longer) all = longer;
    }
    qn_check_fault(c, false, "enum", "is %s, has to be one of %s%s", qn_show(c->arena, value), all,
                   f->nvalues > 20 ? "…" : "");
    return 0;
}

/* ---- numbers, truth, time --------------------------------------------------------------------------------------- */

static bool in_range(qn_check *c, const qn_field *f, const json_t *value)
{
    double d = json_number_value(value);
    if (f->has_max && d > f->max) {
        qn_check_fault(c, false, "max", "is %s, at most %.15g may be", qn_show(c->arena, value), f->max);
        return false;
    }
    if (f->has_min && d < f->min) {
        qn_check_fault(c, false, "min", "is %s, at least %.15g has to be", qn_show(c->arena, value), f->min);
        return false;
    }
    return true;
}

int qn_kind_integer(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                    const json_t *before)
{
    (void)before;
    json_int_t i = json_integer_value(value);
    double d = json_real_value(value);
    /* 3.0 and 3 are one number in JSON; past 2^53 a double no longer says which. */
    bool whole = json_is_real(value) && fabs(d) <= 9007199254740992.0 && d == floor(d);
    if (whole) i = (json_int_t)d;
    if (!whole && !json_is_integer(value))
        qn_check_ill_typed(args->check, value, "a whole number");
    else if (in_range(args->check, f, value))
        return qn_kind_give(out, json_integer(i));
    return 0;
}

int qn_kind_number(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                   const json_t *before)
{
    (void)before;
    if (!json_is_number(value) || !isfinite(json_number_value(value)))
        qn_check_ill_typed(args->check, value, "a number");
    else if (in_range(args->check, f, value))
        return qn_kind_give(out, json_copy((json_t *)(uintptr_t)value));
    return 0;
}

int qn_kind_boolean(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                    const json_t *before)
{
    (void)f, (void)before;
    if (!json_is_boolean(value)) {
        qn_check_ill_typed(args->check, value, "true or false");
        return 0;
    }
    return qn_kind_give(out, json_boolean(json_is_true(value)));
}

int qn_kind_time(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                 const json_t *before)
{
    (void)before;
    qn_str s;
    int64_t us;
    char written[QN_RFC3339_BYTES];
    if (!qn_rule_string(&s, args->check, value)) return 0;
    if (f->kind == QN_KIND_DATETIME)
        return qn_rule_datetime(written, args->check, s) ? qn_kind_give(out, qn_json_of_str(qn_str_of(written))) : 0;
    if (s.n == 10 && qn_rfc3339_parse(&us, s) == 0) return qn_kind_give(out, qn_json_of_str(s));
    qn_check_fault(args->check, false, "format", "%s is not a day of the calendar: write it like \"2026-11-22\"",
                   qn_show_str(args->check->arena, s));
    return 0;
}

/* ---- json ------------------------------------------------------------------------------------------------------- */

unsigned qn_json_depth(const json_t *v, unsigned most)
{
    unsigned deepest = 0, one;
    if (!json_is_array(v) && !json_is_object(v)) return 0;
    if (most == 0) return 1; /* deeper than asked: how much does not matter */
    for (size_t i = 0; i < json_array_size(v); i++)
        if ((one = qn_json_depth(json_array_get(v, i), most - 1)) > deepest) deepest = one;
    if (json_is_object(v)) QN_JSON_EACH(it, v)
    if ((one = qn_json_depth(json_object_iter_value(it), most - 1)) > deepest) deepest = one;
    return deepest + 1;
}

int qn_kind_json(json_t **out, const qn_kind_check_args *args, const qn_field *f, const json_t *value,
                 const json_t *before)
{
    (void)f, (void)before;
    if (qn_json_depth(value, QN_JSON_DEPTH_MAX) > QN_JSON_DEPTH_MAX) {
        qn_check_fault(args->check, false, "max", "is nested deeper than %d levels", QN_JSON_DEPTH_MAX);
        return 0;
    }
    return qn_kind_give(out, json_deep_copy(value));
}
