#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/range.h"

/* What is read of a header, as "at+n at+n"; "whole" and "none". */
static const char *read(const char *header, uint64_t size)
{
    static char text[1000];
    qn_range r[QN_RANGES_MAX];
    int n = qn_ranges_read(r, qn_str_of(header), size);
    if (n == 0) return "whole";
    if (n == QN_ENOTFOUND) return "none";
    assert_true(n > 0 && n <= QN_RANGES_MAX);
    text[0] = '\0';
    for (int i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%llu+%llu", i ? " " : "",
                 (unsigned long long)r[i].at, (unsigned long long)r[i].n);
    return text;
}

static void headers_are_read_as_rfc_9110_14_says(void **state)
{
    static const struct {
        const char *header;
        uint64_t size;
        const char *ranges;
    } cases[] = {
        { "bytes=0-0", 1000, "0+1" },
        { "bytes=0-499", 1000, "0+500" },
        { "bytes=500-", 1000, "500+500" },
        { "bytes=-500", 1000, "500+500" },
        { "bytes=-1", 1000, "999+1" },
        { "BYTES=0-1", 1000, "0+2" }, /* units are without case */
        { "bytes=0-5000", 1000, "0+1000" },
        { "bytes=-5000", 1000, "0+1000" },
        { "bytes=999-", 1000, "999+1" },
        { "bytes=0-0", 1, "0+1" },
        { "bytes=0-18446744073709551615", 1000, "0+1000" },
        { "bytes=0-99999999999999999999999999", 1000, "0+1000" },
        { "bytes=-99999999999999999999999999", 1000, "0+1000" },
        { "bytes=18446744073709551614-", UINT64_MAX, "18446744073709551614+1" },
        /* outside */
        { "bytes=1000-", 1000, "none" },
        { "bytes=99999999999999999999999999-", 1000, "none" },
        { "bytes=-0", 1000, "none" },
        { "bytes=1000-,-0,5000-6000", 1000, "none" },
        { "bytes=1000-,0-0", 1000, "0+1" },
        /* several, in the order asked for */
        { "bytes=0-0,-1", 1000, "0+1 999+1" },
        { "bytes=900-909, 0-9 ,500-509", 1000, "900+10 0+10 500+10" },
        { "bytes=,,0-1, ,", 1000, "0+2" },
        /* that touch, overlap or nearly touch */
        { "bytes=0-9,10-19", 1000, "0+20" },
        { "bytes=0-9,5-7", 1000, "0+10" },
        { "bytes=10-19,0-9", 1000, "0+20" },
        { "bytes=0-9,60-69", 1000, "0+70" },
        { "bytes=0-9,100-109", 1000, "0+10 100+10" },
        { "bytes=0-,0-,0-", 1000, "0+1000" },
        { "bytes=0-9,200-209,400-409,5-405", 1000, "0+410" },
        { "bytes=500-509,0-9,100-499", 1000, "100+410 0+10" },
        /* what cannot be read, or is another unit */
        { "bytes=5-2", 1000, "whole" },
        { "bytes=0-1,5-2", 1000, "whole" },
        { "lines=1-2", 1000, "whole" },
        { "bytes", 1000, "whole" },
        { "bytes=", 1000, "whole" },
        { "bytes=,", 1000, "whole" },
        { "bytes=-", 1000, "whole" },
        { "bytes=a-b", 1000, "whole" },
        { "bytes=0-1x", 1000, "whole" },
        { "bytes=0x0-1", 1000, "whole" },
        { "bytes=+0-1", 1000, "whole" },
        { "bytes=0--1", 1000, "whole" },
        { "bytes=--1", 1000, "whole" },
        { "bytes=0 - 1", 1000, "whole" },
        { "bytes= 0-1", 1000, "0+2" },
        { "bytes =0-1", 1000, "whole" },
        { "bytes=0-1;q=1", 1000, "whole" },
        { "", 1000, "whole" },
        /* nothing cannot be parted */
        { "bytes=0-", 0, "whole" },
        { "bytes=-5", 0, "whole" },
        /* as many as may be, and one more */
        { "bytes=0-0,200-200,400-400,600-600,800-800,1000-1000,1200-1200,1400-1400,1600-1600,1800-1800,2000-2000,"
          "2200-2200,2400-2400,2600-2600,2800-2800,3000-3000",
          4000,
          "0+1 200+1 400+1 600+1 800+1 1000+1 1200+1 1400+1 1600+1 1800+1 2000+1 2200+1 2400+1 2600+1 2800+1 3000+1" },
        { "bytes=0-0,200-200,400-400,600-600,800-800,1000-1000,1200-1200,1400-1400,1600-1600,1800-1800,2000-2000,"
          "2200-2200,2400-2400,2600-2600,2800-2800,3000-3000,3200-3200",
          4000, "whole" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (strcmp(read(cases[i].header, cases[i].size), cases[i].ranges) != 0)
            fail_msg("%s of %llu: %s, not %s", cases[i].header, (unsigned long long)cases[i].size,
                     read(cases[i].header, cases[i].size), cases[i].ranges);
}

/* Whatever is asked: every byte asked for is sent, once, and what is sent besides is only what lies in small gaps. */
static void random_ranges_send_what_was_asked_for_once(void **state)
{
    enum { SIZE = 2000 };
    (void)state;
    srand(7);
    for (int round = 0; round < 3000; round++) {
        char header[600] = "bytes=";
        unsigned char asked[SIZE] = { 0 }, sent[SIZE] = { 0 };
        int n = 1 + rand() % QN_RANGES_MAX, some = 0;
        for (int i = 0; i < n; i++) {
            int from = rand() % (SIZE + 100), to = from + rand() % 150;
            for (int k = from; k <= to && k < SIZE; k++) asked[k] = 1, some = 1;
            snprintf(header + strlen(header), sizeof header - strlen(header), "%s%d-%d", i ? "," : "", from, to);
        }
        qn_range r[QN_RANGES_MAX];
        int got = qn_ranges_read(r, qn_str_of(header), SIZE);
        if (!some) {
            assert_int_equal(got, QN_ENOTFOUND);
            continue;
        }
        assert_true(got > 0);
        for (int i = 0; i < got; i++)
            for (uint64_t k = r[i].at; k < r[i].at + r[i].n; k++) {
                assert_true(k < SIZE);
                if (sent[k]++) fail_msg("%s sends byte %d twice", header, (int)k);
            }
        for (int k = 0, gap = 0; k < SIZE; k++) {
            if (asked[k] && !sent[k]) fail_msg("%s does not send byte %d", header, k);
            gap = sent[k] && !asked[k] ? gap + 1 : 0;
            if (gap >= QN_RANGE_GAP_BYTES) fail_msg("%s sends what nobody asked for at %d", header, k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_are_read_as_rfc_9110_14_says),
        cmocka_unit_test(random_ranges_send_what_was_asked_for_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
