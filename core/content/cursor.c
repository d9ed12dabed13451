#include "content/cursor.h"

#include <sodium.h>
#include <string.h>

#include "base/json.h"

/* A cursor is base64url of `[1,"spec",key…]`; the number is of this form, so that a later one is told from it. */
enum { FORM = 1, BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

qn_str qn_cursor_write(qn_arena *arena, const char *spec, const qn_str *keys, size_t n)
{
    qn_buf b;
    qn_str out = { 0 };
    qn_buf_init(&b, 0);
    qn_buf_printf(&b, "[%d,", FORM);
    qn_buf_json_str(&b, qn_str_of(spec));
    for (size_t i = 0; i < n; i++) {
        qn_buf_addc(&b, ',');
        if (keys[i].p)
            qn_buf_json_str(&b, keys[i]);
        else
            qn_buf_addz(&b, "null");
    }
    qn_buf_addc(&b, ']');
    size_t room = sodium_base64_encoded_len(b.n, BASE64);
    char *text = b.failed ? NULL : qn_arena_alloc(arena, room);
    if (text) {
        sodium_bin2base64(text, room, (const unsigned char *)b.p, b.n, BASE64);
        out = qn_str_of(text);
    }
    qn_buf_free(&b);
    return out;
}

static int read_key(qn_str *key, qn_arena *arena, const json_t *v)
{
    if (json_is_null(v)) {
        *key = (qn_str){ 0 };
        return QN_OK;
    }
    if (!json_is_string(v)) return QN_EINVAL;
    key->n = json_string_length(v);
    key->p = qn_arena_strndup(arena, json_string_value(v), key->n);
    return key->p ? QN_OK : QN_ENOMEM;
}

static int read_array(qn_str *keys, size_t n, qn_arena *arena, const char *spec, const json_t *a)
{
    const json_t *form = json_array_get(a, 0), *list = json_array_get(a, 1);
    if (!json_is_integer(form) || json_integer_value(form) != FORM || !json_is_string(list)) return QN_EINVAL;
    if (strcmp(json_string_value(list), spec) != 0) return QN_ESTATE;
    if (json_array_size(a) != n + 2) return QN_EINVAL;
    int err = QN_OK;
    for (size_t i = 0; i < n && !err; i++) err = read_key(&keys[i], arena, json_array_get(a, i + 2));
    return err;
}

int qn_cursor_read(qn_str *keys, size_t n, qn_arena *arena, const char *spec, qn_str cursor)
{
    size_t got = 0;
    json_t *a = NULL;
    qn_str read[QN_CURSOR_KEYS];
    qn_json_fault fault;
    if (!cursor.n || cursor.n > QN_CURSOR_MAX_BYTES || n > QN_CURSOR_KEYS) return QN_EINVAL;
    unsigned char *text = qn_arena_alloc_raw(arena, cursor.n);
    if (!text) return QN_ENOMEM;
    if (sodium_base642bin(text, cursor.n, cursor.p, cursor.n, NULL, &got, NULL, BASE64)) return QN_EINVAL;
    int err = qn_json_parse(&a, (qn_str){ (const char *)text, got }, &(qn_json_limits){ .max_depth = 2 }, &fault);
    if (!err) err = read_array(read, n, arena, spec, a);
    if (!err && n) memcpy(keys, read, n * sizeof *keys);
    json_decref(a);
    return err;
}
