/*
 * libFuzzer target of what else in base reads foreign text: the ini file, dates, percent escapes, values of options.
 * What has two directions must come back as it was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/config_priv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool right)
{
    if (!right) abort();
}

static int found(void *arg, unsigned line, const char *section, const char *key, const char *value)
{
    (void)arg;
    must(line && section && key && value);
    must(strlen(key) + strlen(value) < 200 && !strpbrk(value, "\r\n"));
    return 0;
}

static int fault(void *arg, unsigned line, const char *what)
{
    (void)arg;
    must(line && *what);
    return 0;
}

static bool section(void *arg, unsigned line, qn_str name)
{
    (void)arg;
    must(line != 0);
    return name.n != 3;
}

static void read_times(qn_str s)
{
    int64_t t, again;
    char rfc3339[QN_RFC3339_BYTES], http[QN_HTTP_DATE_BYTES];
    if (qn_rfc3339_parse(&t, s) == 0) {
        qn_rfc3339(rfc3339, t);
        must(qn_rfc3339_parse(&again, qn_str_of(rfc3339)) == 0 && again <= t && t - again < 1000);
    }
    if (qn_http_date_parse(&t, s) == 0) {
        qn_http_date(http, t);
        must(qn_http_date_parse(&again, qn_str_of(http)) == 0 && again == t);
    }
}

static void read_escapes(qn_arena *a, qn_str s, bool query)
{
    qn_str decoded, again;
    if (qn_percent_decode(&decoded, a, s, query)) return;
    must(qn_percent_decode(&again, a, qn_percent_encode(a, decoded), false) == 0);
    must(qn_str_eq(again, decoded));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    qn_str s = { (const char *)data, n };
    qn_arena *a = qn_arena_new(0);
    size_t options;
    const qn_opt *table = qn_config_table(&options);
    qn_opt_value v = { .number = 0 };
    qn_errmsg why = { "" };
    must(qn_ini_read(s, section, found, fault, NULL) == 0);
    read_times(s);
    read_escapes(a, s, n % 2);
    if (qn_opt_parse(&v, a, &table[n % options], qn_str_dup(a, s), &why)) must(why.text[0] != '\0');
    qn_arena_free(&a);
    return 0;
}
