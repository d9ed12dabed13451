#include "dates.h"

#include <string.h>

#include "escape.h"

static int digits(html_str s, size_t at, size_t n)
{
    int v = 0;
    for (size_t i = at; i < at + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v;
}

typedef struct {
    int year, month, day;
} date;

/* The API's times are always UTC: "2026-11-22T10:00:00.000Z". */
static bool parse(date *d, html_str s)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    if (s.n < sizeof shape || s.p[s.n - 1] != 'Z') return false;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == 'd' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != shape[i]) return false;
    *d = (date){ digits(s, 0, 4), digits(s, 5, 2), digits(s, 8, 2) };
    return d->month >= 1 && d->month <= 12 && d->day >= 1 && d->day <= 31;
}

bool html_time(html_buf *b, html_str t, bool with_clock, bool numbers, const char *attributes)
{
    static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December" };
    date d;
    if (!parse(&d, t)) return false;
    html_raw(b, "<time datetime=\"");
    html_attr(b, t);
    html_addc(b, '"');
    html_raw(b, numbers ? " dir=\"ltr\"" : "");
    html_raw(b, attributes);
    html_addc(b, '>');
    if (numbers) {
        html_add(b, t.p, 10);
    } else {
        html_addu(b, (unsigned)d.day);
        html_addc(b, ' ');
        html_raw(b, months[d.month - 1]);
        html_addc(b, ' ');
        html_addu(b, (unsigned)d.year);
    }
    if (with_clock) {
        html_raw(b, ", ");
        html_add(b, t.p + 11, 5);
        html_raw(b, " UTC");
    }
    html_raw(b, "</time>");
    return true;
}
