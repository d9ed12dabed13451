#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/err.h"

#define US_PER_S  INT64_C(1000000)
#define S_PER_DAY INT64_C(86400)
#define FIRST_DAY INT64_C(-719162) /* 0001-01-01 */
#define LAST_DAY  INT64_C(2932896) /* 9999-12-31 */

static const char *const months[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
static const char *const weekdays[7] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };

static int64_t now_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * US_PER_S + t.tv_nsec / 1000;
}

int64_t qn_mono_ms(void)
{
    return now_us(CLOCK_MONOTONIC) / 1000;
}

int64_t qn_mono_us(void)
{
    return now_us(CLOCK_MONOTONIC);
}

int64_t qn_wall_us(void)
{
    return now_us(CLOCK_REALTIME);
}

/* ---- the calendar: proleptic Gregorian, as RFC 3339 has it ------------------------------------------------------- */

typedef struct {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
} civil;

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static bool is_leap(int y)
{
    return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
}

static int days_in(int year, int month)
{
    static const int days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days since 1970-01-01. The year is counted from March, so that the leap day comes last (Hinnant, "chrono-compatible
 * low-level date algorithms"). */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(y, 400), yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static civil civil_of(int64_t wall_s)
{
    int64_t days = floor_div(wall_s, S_PER_DAY), rest = wall_s - days * S_PER_DAY;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (civil){ .year = (int)(yoe + era * 400) + (month <= 2),
                    .month = month,
                    .day = (int)(doy - (153 * mp + 2) / 5) + 1,
                    .hour = (int)(rest / 3600),
                    .minute = (int)(rest / 60 % 60),
                    .second = (int)(rest % 60) };
}

static int64_t seconds_of(civil c)
{
    return days_of(c.year, c.month, c.day) * S_PER_DAY + c.hour * 3600 + c.minute * 60 + c.second;
}

static bool in_years(int64_t wall_s)
{
    return wall_s >= FIRST_DAY * S_PER_DAY && wall_s < (LAST_DAY + 1) * S_PER_DAY;
}

static int64_t clamp_s(int64_t wall_s)
{
    if (in_years(wall_s)) return wall_s;
    return wall_s < 0 ? FIRST_DAY * S_PER_DAY : (LAST_DAY + 1) * S_PER_DAY - 1;
}

static char *put(char *to, int value, int width)
{
    for (int i = width - 1; i >= 0; i--, value /= 10) to[i] = (char)('0' + value % 10);
    return to + width;
}

/* ---- RFC 3339 ---------------------------------------------------------------------------------------------------- */

void qn_rfc3339(char out[QN_RFC3339_BYTES], int64_t wall_us)
{
    int64_t s = floor_div(wall_us, US_PER_S);
    int ms = (int)((wall_us % US_PER_S + US_PER_S) % US_PER_S / 1000);
    civil c = civil_of(clamp_s(s));
    char *w = put(out, c.year, 4);
    *w++ = '-';
    w = put(w, c.month, 2);
    *w++ = '-';
    w = put(w, c.day, 2);
    *w++ = 'T';
    w = put(w, c.hour, 2);
    *w++ = ':';
    w = put(w, c.minute, 2);
    *w++ = ':';
    w = put(w, c.second, 2);
    *w++ = '.';
    w = put(w, ms, 3);
    *w++ = 'Z';
    *w = '\0';
}

/* Takes `width` digits from the front of `*s`. */
static bool take_number(int *out, qn_str *s, size_t width)
{
    if (s->n < width) return false;
    int v = 0;
    for (size_t i = 0; i < width; i++) {
        if (s->p[i] < '0' || s->p[i] > '9') return false;
        v = v * 10 + (s->p[i] - '0');
    }
    *out = v;
    *s = (qn_str){ s->p + width, s->n - width };
    return true;
}

static bool take(qn_str *s, const char *literal)
{
    qn_str want = qn_str_of(literal);
    if (!qn_str_starts(*s, want)) return false;
    *s = (qn_str){ s->p + want.n, s->n - want.n };
    return true;
}

/* One of two characters: "T" and "Z" may be small (RFC 3339 5.6, note). */
static bool take_letter(qn_str *s, char upper)
{
    if (s->n == 0 || (s->p[0] & ~0x20) != upper) return false;
    *s = (qn_str){ s->p + 1, s->n - 1 };
    return true;
}

static bool valid_date(civil c)
{
    return c.year >= 1 && c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= days_in(c.year, c.month);
}

static bool take_time(civil *c, qn_str *s)
{
    return take_number(&c->hour, s, 2) && take(s, ":") && take_number(&c->minute, s, 2) && take(s, ":") &&
           take_number(&c->second, s, 2) && c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

/* ".123456789" after the seconds, cut to microseconds; absent is 0. */
static bool take_fraction(int64_t *us, qn_str *s)
{
    *us = 0;
    if (!take(s, ".")) return true;
    size_t n = 0;
    int64_t scale = US_PER_S / 10;
    for (; n < s->n && s->p[n] >= '0' && s->p[n] <= '9'; n++, scale /= 10) *us += (s->p[n] - '0') * scale;
    *s = (qn_str){ s->p + n, s->n - n };
    return n >= 1 && n <= 9;
}

static bool take_offset(int *offset_s, qn_str *s)
{
    *offset_s = 0;
    if (take_letter(s, 'Z')) return true;
    int sign = take(s, "-") ? -1 : take(s, "+") ? 1 : 0, h, m;
    if (!sign || !take_number(&h, s, 2) || !take(s, ":") || !take_number(&m, s, 2) || h > 23 || m > 59) return false;
    *offset_s = sign * (h * 3600 + m * 60);
    return true;
}

/* A second 60 stands only where one was ever put in: at the end of a month, 23:59:60 UTC (RFC 3339 5.7). */
static bool is_leap_second(int64_t wall_s)
{
    civil c = civil_of(wall_s);
    return c.hour == 23 && c.minute == 59 && c.second == 59 && c.day == days_in(c.year, c.month);
}

int qn_rfc3339_parse(int64_t *wall_us, qn_str s)
{
    civil c = { 0 };
    int64_t us = 0;
    int offset_s = 0;
    bool leap = false;
    if (!take_number(&c.year, &s, 4) || !take(&s, "-") || !take_number(&c.month, &s, 2) || !take(&s, "-") ||
        !take_number(&c.day, &s, 2) || !valid_date(c))
        return QN_EINVAL;
    if (s.n) {
        if (!take_letter(&s, 'T') || !take_time(&c, &s) || !take_fraction(&us, &s) || !take_offset(&offset_s, &s) ||
            s.n)
            return QN_EINVAL;
        leap = c.second == 60;
        if (leap) c.second = 59, us = US_PER_S - 1;
    }
    int64_t wall_s = seconds_of(c) - offset_s;
    if (!in_years(wall_s) || (leap && !is_leap_second(wall_s))) return QN_EINVAL;
    *wall_us = wall_s * US_PER_S + us;
    return 0;
}

/* ---- HTTP dates (RFC 9110 5.6.7) --------------------------------------------------------------------------------- */

void qn_http_date(char out[QN_HTTP_DATE_BYTES], int64_t wall_s)
{
    wall_s = clamp_s(wall_s);
    civil c = civil_of(wall_s);
    int64_t days = floor_div(wall_s, S_PER_DAY);
    int weekday = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    char *w = out;
    memcpy(w, weekdays[weekday], 3);
    memcpy(w + 3, ", ", 2);
    w = put(w + 5, c.day, 2);
    *w++ = ' ';
    memcpy(w, months[c.month - 1], 3);
    w[3] = ' ';
    w = put(w + 4, c.year, 4);
    *w++ = ' ';
    w = put(w, c.hour, 2);
    *w++ = ':';
    w = put(w, c.minute, 2);
    *w++ = ':';
    w = put(w, c.second, 2);
    memcpy(w, " GMT", 5);
}

static bool take_month(int *month, qn_str *s)
{
    for (int i = 0; i < 12; i++) {
        *month = i + 1;
        if (take(s, months[i])) return true;
    }
    return false;
}

/* A weekday's full name, or its first three letters; which day it claims is not checked against the date, as the
 * date alone says it. */
static bool take_weekday(qn_str *s, bool full)
{
    for (int i = 0; i < 7; i++) {
        char name[12];
        snprintf(name, sizeof name, full ? "%s" : "%.3s", weekdays[i]);
        if (take(s, name)) return true;
    }
    return false;
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static bool imf_fixdate(civil *c, qn_str s)
{
    return take_weekday(&s, false) && take(&s, ", ") && take_number(&c->day, &s, 2) && take(&s, " ") &&
           take_month(&c->month, &s) && take(&s, " ") && take_number(&c->year, &s, 4) && take(&s, " ") &&
           take_time(c, &s) && take(&s, " GMT") && s.n == 0;
}

/* Sunday, 06-Nov-94 08:49:37 GMT. A year more than 50 years ahead is the last one in the past with these digits. */
static bool rfc850_date(civil *c, qn_str s)
{
    if (!(take_weekday(&s, true) && take(&s, ", ") && take_number(&c->day, &s, 2) && take(&s, "-") &&
          take_month(&c->month, &s) && take(&s, "-") && take_number(&c->year, &s, 2) && take(&s, " ") &&
          take_time(c, &s) && take(&s, " GMT") && s.n == 0))
        return false;
    int this_year = civil_of(qn_wall_us() / US_PER_S).year;
    c->year += this_year - this_year % 100;
    if (c->year > this_year + 50) c->year -= 100;
    return true;
}

/* Sun Nov  6 08:49:37 1994 */
static bool asctime_date(civil *c, qn_str s)
{
    return take_weekday(&s, false) && take(&s, " ") && take_month(&c->month, &s) && take(&s, " ") &&
           (take(&s, " ") ? take_number(&c->day, &s, 1) : take_number(&c->day, &s, 2)) && take(&s, " ") &&
           take_time(c, &s) && take(&s, " ") && take_number(&c->year, &s, 4) && s.n == 0;
}

int qn_http_date_parse(int64_t *wall_s, qn_str s)
{
    civil c = { 0 };
    if (!imf_fixdate(&c, s) && !rfc850_date(&c, s) && !asctime_date(&c, s)) return QN_EINVAL;
    if (!valid_date(c)) return QN_EINVAL;
    if (c.second == 60) c.second = 59;
    *wall_s = seconds_of(c);
    return 0;
}
