/* What comes from outside, looked at; and the answers that the routes share. */
#include <stdlib.h>
#include <string.h>

#include "quotes.h"

enum { NAME_SHOWN = 100, SEARCH_BYTES = 500, LIMIT = 20, LIMIT_MAX = 200 };

/* ---- words ------------------------------------------------------------------------------------------------------ */

int is_text(qn_str s, const char *text)
{
    return s.p && s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

int is_word(const char *list, qn_str s)
{
    for (const char *at = list; s.n && *at;) {
        size_t n = strcspn(at, " ");
        if (n == s.n && !memcmp(at, s.p, n)) return 1;
        at += n + (at[n] == ' ');
    }
    return 0;
}

const char *pointer_to(qn_call *req, const char *before, const char *name)
{
    size_t n = strlen(before), most = strlen(name) < NAME_SHOWN ? strlen(name) : NAME_SHOWN;
    while (most < strlen(name) && most > 0 && ((unsigned char)name[most] & 0xc0) == 0x80) most--;
    char *p = qn->alloc(req, n + 2 * most + 2);
    if (!p) return "";
    memcpy(p, before, n);
    p[n++] = '/';
    for (size_t i = 0; i < most; i++) {
        if (name[i] != '~' && name[i] != '/') {
            p[n++] = name[i];
            continue;
        }
        p[n++] = '~';
        p[n++] = name[i] == '~' ? '0' : '1';
    }
    return p;
}

void only_members(faults *f, qn_call *req, const qn_json *object, const char *before, const char *known)
{
    void *it = NULL;
    const char *name;
    qn_json *member;
    while (qn->json_next(object, &it, &name, &member)) {
        if (is_word(known, qn_text(name))) continue;
        qn->fault(req, pointer_to(req, before, name), "unknown_member", "there is no such member here; there are: %s",
                  known);
        f->shape++;
    }
}

qn_str a_text(faults *f, qn_call *req, const qn_json *value, const char *pointer, unsigned most)
{
    const qn_str none = { 0 };
    unsigned points = 0, controls = 0;
    if (qn->json_kind(value) != QN_JSON_STRING) {
        qn->fault(req, pointer, "type", "a string is wanted");
        f->shape++;
        return none;
    }
    qn_str s = qn->json_text(value);
    while (s.n && strchr(" \t\r\n", s.p[0])) s.p++, s.n--;
    while (s.n && strchr(" \t\r\n", s.p[s.n - 1])) s.n--;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        points += (c & 0xc0) != 0x80;
        controls += c < 0x20 || c == 0x7f;
    }
    if (points >= 1 && points <= most && !controls) return s;
    qn->fault(req, pointer,
              points > most ? "max"
              : points      ? "format"
                            : "min",
              "1 to %u characters are wanted, none of them a control character", most);
    f->rule++;
    return none;
}

/* ---- times ------------------------------------------------------------------------------------------------------ */

/* `n` digits at *at as a number; -1: they are not there. */
static int digits(qn_str s, size_t *at, size_t n)
{
    int value = 0;
    for (size_t i = 0; i < n; i++, ++*at) {
        if (*at >= s.n || s.p[*at] < '0' || s.p[*at] > '9') return -1;
        value = value * 10 + (s.p[*at] - '0');
    }
    return value;
}

static int sign(qn_str s, size_t *at, const char *any)
{
    return *at < s.n && s.p[*at] && strchr(any, s.p[*at]) ? s.p[(*at)++] : 0;
}

static int is_date(qn_str s, size_t *at)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    int y = digits(s, at, 4), dash = sign(s, at, "-"), m = digits(s, at, 2), dash2 = sign(s, at, "-"),
        d = digits(s, at, 2);
    if (y < 1 || !dash || m < 1 || m > 12 || !dash2 || d < 1) return 0;
    int leap = m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    return d <= days[m - 1] + leap;
}

static int is_clock(qn_str s, size_t *at)
{
    int h = digits(s, at, 2), c = sign(s, at, ":"), m = digits(s, at, 2), c2 = sign(s, at, ":"), sec = digits(s, at, 2);
    return h >= 0 && h <= 23 && c && m >= 0 && m <= 59 && c2 && sec >= 0 && sec <= 59;
}

int is_time(qn_str s)
{
    size_t at = 0;
    if (!is_date(s, &at)) return 0;
    if (at == s.n) return 1;
    if (!sign(s, &at, "Tt") || !is_clock(s, &at)) return 0;
    if (sign(s, &at, ".")) {
        size_t n = 0;
        while (digits(s, &at, 1) >= 0) n++;
        if (n < 1 || n > 9) return 0;
    }
    if (sign(s, &at, "Zz")) return at == s.n;
    int h = sign(s, &at, "+-") ? digits(s, &at, 2) : -1, c = sign(s, &at, ":"), m = digits(s, &at, 2);
    return h >= 0 && h <= 14 && c && m >= 0 && m <= 59 && at == s.n;
}

/* ---- parameters ------------------------------------------------------------------------------------------------- */

int refused(qn_call *req, const faults *f, const char *wanted)
{
    if (f->shape)
        qn->fail(req, 400, "bad-request", "%s", wanted);
    else if (f->rule)
        qn->fail(req, 422, "validation", "%s", wanted);
    return f->shape || f->rule;
}

void read_page_query(page_query *p, faults *f, qn_call *req)
{
    qn_str limit = qn->query(req, "limit");
    uint32_t n = 0;
    *p = (page_query){ .limit = LIMIT, .after = qn->query(req, "after"), .before = qn->query(req, "before") };
    for (size_t i = 0; i < limit.n; i++)
        n = n > LIMIT_MAX || limit.p[i] < '0' || limit.p[i] > '9' ? LIMIT_MAX + 1
                                                                  : n * 10 + (uint32_t)(limit.p[i] - '0');
    if (limit.p && (n < 1 || n > LIMIT_MAX)) {
        qn->fault(req, "?limit", "range", "a whole number from 1 to %d is wanted", LIMIT_MAX);
        f->shape++;
    } else if (limit.p) {
        p->limit = n;
    }
    if (!p->after.p || !p->before.p) return;
    qn->fault(req, "?before", "conflict", "after and before cannot be given together");
    f->shape++;
}

qn_str read_search(faults *f, qn_call *req)
{
    qn_str s = qn->query(req, "search");
    size_t blanks = 0;
    for (size_t i = 0; i < s.n; i++) blanks += s.p[i] == ' ' || s.p[i] == '\t' || s.p[i] == '\n' || s.p[i] == '\r';
    if (s.p && (blanks == s.n || s.n > SEARCH_BYTES)) {
        qn->fault(req, "?search", blanks == s.n ? "min" : "max",
                  "words to look for are wanted, at most %d bytes of them", SEARCH_BYTES);
        f->shape++;
    }
    return s;
}

/* ---- revisions -------------------------------------------------------------------------------------------------- */

/* The number in `"q12"` or `"q12-gz"`, a form of it in a content coding; -1: it is none of `letter`. */
static int64_t number_of(qn_str tag, char letter)
{
    int64_t n = 0;
    size_t i = 2;
    if (tag.n < 4 || tag.p[0] != '"' || tag.p[1] != letter) return -1;
    for (; i < tag.n && tag.p[i] >= '0' && tag.p[i] <= '9'; i++) {
        n = n * 10 + (tag.p[i] - '0');
        if (n > INT32_MAX) return -1;
    }
    return i > 2 && i < tag.n && (tag.p[i] == '"' || tag.p[i] == '-') ? n : -1;
}

int64_t if_match(qn_call *req, int64_t rev, int64_t draft)
{
    qn_str s = qn->header(req, "if-match");
    if (!s.p || is_text(s, "*")) return ANY_REV;
    for (size_t at = 0; at < s.n;) {
        while (at < s.n && strchr(" \t,", s.p[at])) at++;
        size_t end = at;
        while (end < s.n && s.p[end] != ',') end++;
        qn_str tag = { s.p + at, end - at };
        if (number_of(tag, 'q') == rev) return rev;
        if (draft > 0 && number_of(tag, 'd') == draft) return ANY_REV;
        at = end;
    }
    return NO_REV;
}

void reply_etag(qn_call *req, int64_t rev)
{
    qn->reply_header(req, "ETag", qn->print(req, "\"q%lld\"", (long long)rev));
}

void fail_stale(qn_call *req, int64_t rev)
{
    reply_etag(req, rev);
    qn->fail(req, 412, "stale-version",
             "it has moved on since the version in If-Match and is \"q%lld\" now: read it, look, and try again",
             (long long)rev);
}

/* ---- rights and answers ----------------------------------------------------------------------------------------- */

int may_on(qn_call *req, const char *action, const qn_json *entry)
{
    int reach = qn->may(req, "article", action);
    if (reach != QN_MAY_OWN) return reach == QN_MAY_ALL;
    qn_str mine = qn->caller_id(req), by = qn->json_text(qn->json_get(entry, "created_by"));
    return mine.n && mine.n == by.n && !memcmp(mine.p, by.p, by.n);
}

int is_editor(qn_call *req)
{
    return qn->may(req, "article", "draft") == QN_MAY_ALL;
}

void fail_denied(qn_call *req, const char *what)
{
    qn->fail(req, 403, "forbidden", "the role %.*s may not %s%s", QN_FMT(qn->caller_role(req)), what,
             qn->caller_id(req).n ? "" : "; send Authorization: Bearer with a token that may");
}

const char *encoded(qn_call *req, qn_str s)
{
    static const char hex[] = "0123456789ABCDEF";
    char *to = qn->alloc(req, 3 * s.n + 1);
    size_t n = 0;
    if (!to) return "";
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        int plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '_' || c == '.' || c == '~';
        if (plain) {
            to[n++] = (char)c;
            continue;
        }
        to[n++] = '%';
        to[n++] = hex[c >> 4];
        to[n++] = hex[c & 15];
    }
    return to;
}

void reply_moved(qn_call *req, const char *path, const char *params)
{
    char sep = '?';
    for (const char *at = params; at && *at;) {
        size_t n = strcspn(at, " ");
        char *name = qn->copy(req, (qn_str){ at, n });
        qn_str value = name ? qn->query(req, name) : (qn_str){ 0 };
        if (value.p) {
            path = qn->print(req, "%s%c%s=%s", path, sep, encoded(req, qn_text(name)), encoded(req, value));
            sep = '&';
        }
        at += n + (at[n] == ' ');
    }
    qn->reply_header(req, "Location", path);
    qn->reply(req, 308, "text/plain; charset=utf-8", QN_STR(""));
}

void keep_listed(qn_call *req, int64_t valid_ms)
{
    qn->keep(req, valid_ms, "type:article plugin:quotes plugin:quotes:tables");
}

void ask_db(qn_call *req, qn_db_kind kind, const char *sql, const qn_str *params, int n,
            void (*fn)(qn_call *call, int err, const qn_rows *rows, void *ctx), void *ctx)
{
    int err = qn->db_query(req, QN_QUERY(.kind = kind, .sql = sql, .params = params, .nparams = n), fn, ctx);
    if (err) qn->fail_err(req, err);
}

int db_came(qn_call *req, int err)
{
    if (err && err != QN_ECANCELED) qn->fail_err(req, err);
    return !err;
}
