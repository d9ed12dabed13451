/* Times as the API writes them. */
#include "recommend.h"

/* `n` digits at `at`, or -1. */
static int64_t digits(qn_related_text t, size_t at, size_t n)
{
    int64_t number = 0;
    if (at + n > t.n) return -1;
    for (size_t i = at; i < at + n; i++) {
        if (t.p[i] < '0' || t.p[i] > '9') return -1;
        number = number * 10 + (t.p[i] - '0');
    }
    return number;
}

/* Days since the epoch in the proleptic Gregorian calendar: the years begin in March, so that the day that is sometimes
 * there is the last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    if (month <= 2) year--;
    int64_t era = year / 400, y = year % 400, d = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    return era * 146097 + y * 365 + y / 4 - y / 100 + d - 719468;
}

/* "2026-11-22T10:00:00.000Z", with 0 to 6 digits behind the point. */
int64_t read_time(qn_related_text t)
{
    int64_t year = digits(t, 0, 4), month = digits(t, 5, 2), day = digits(t, 8, 2);
    int64_t hour = digits(t, 11, 2), minute = digits(t, 14, 2), second = digits(t, 17, 2), us = 0;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || minute < 0 || second < 0) return 0;
    if (t.n > 20 && t.p[19] == '.')
        for (size_t i = 20, unit = 100000; i < t.n && unit && t.p[i] >= '0' && t.p[i] <= '9'; i++, unit /= 10)
            us += (int64_t)unit * (t.p[i] - '0');
    return ((days_of(year, month, day) * 24 + hour) * 3600 + minute * 60 + second) * 1000000 + us;
}
