/*
 * libFuzzer target of the JSON reader, with jansson's as the second opinion: what ours accepts jansson reads the same,
 * and what only ours refuses is refused for a bound that is ours. What is read is written and read again without a
 * change.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool right)
{
    if (!right) abort();
}

static bool is_our_bound(const char *code)
{
    return strcmp(code, "depth") == 0 || strcmp(code, "nul") == 0 || strcmp(code, "number_range") == 0;
}

static void write_and_read_again(json_t *v, bool sort_keys)
{
    json_t *again = NULL;
    qn_buf b;
    qn_buf_init(&b, 0);
    must(qn_json_write(&b, v, sort_keys) == 0);
    must(qn_json_parse(&again, qn_buf_str(&b), NULL, NULL) == 0);
    must(json_equal(v, again));
    json_t *merged = qn_json_merge_patch(v, again);
    must(merged != NULL);
    json_decref(merged);
    json_decref(again);
    qn_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    json_t *ours = NULL, *theirs = json_loadb((const char *)data, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    qn_json_fault f = { .code = NULL };
    if (qn_json_parse(&ours, (qn_str){ (const char *)data, n }, NULL, &f) == 0) {
        must(theirs && json_equal(ours, theirs));
        write_and_read_again(ours, n % 2);
    } else {
        must(f.code && f.detail[0] && f.offset <= n && f.line >= 1 && f.column >= 1);
        must(qn_utf8_check(qn_str_of(f.pointer)) == strlen(f.pointer));
        must(!theirs || is_our_bound(f.code));
    }
    json_decref(ours);
    json_decref(theirs);
    return 0;
}
