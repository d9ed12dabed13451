/* Texts from files and from memory, before they become entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "content/import_load.h"

static char dir[] = "/tmp/quoin-importer-XXXXXX";

static const char *in_dir(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_dir(name), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int make_dir(void **state)
{
    (void)state;
    return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
    static const char *const names[] = { "b.txt", "a.txt", "note.md", ".hidden.txt", "tags.tsv", "big.txt" };
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(in_dir(names[i]));
    return rmdir(dir);
}

static void a_folder_gives_its_texts_in_order_of_name(void **state)
{
    (void)state;
    const char *paths[] = { dir };
    qn_import_docs *d = NULL;
    put("b.txt", "two");
    put("a.txt", "one");
    put("note.md", "no");
    put(".hidden.txt", "no");
    put("tags.tsv", "# a comment\n\na-slug\tone, two\tworld\nother\t\n");
    assert_int_equal(qn_import_load(&d, paths, 1, NULL), QN_OK);
    assert_int_equal(qn_import_count(d), 2);
    assert_string_equal(d->items[0].text, "one");
    assert_string_equal(d->items[1].text, "two");
    const json_t *extra = json_object_get(d->extras, "a-slug");
    assert_int_equal(json_array_size(json_object_get(extra, "tags")), 2);
    assert_string_equal(json_string_value(json_array_get(json_object_get(extra, "tags"), 1)), "two");
    assert_string_equal(json_string_value(json_object_get(extra, "section")), "world");
    assert_null(json_object_get(json_object_get(d->extras, "other"), "section"));
    qn_import_free(&d);
    assert_null(d);
}

static void texts_from_memory_are_copied(void **state)
{
    (void)state;
    char text[] = "abc";
    qn_import_docs *d = NULL;
    assert_int_equal(qn_import_put(&d, "x.txt", qn_str_of(text), NULL), QN_OK);
    assert_int_equal(qn_import_put(&d, "samples/tags.tsv", QN_STR("s\tt\n"), NULL), QN_OK);
    text[0] = 'z';
    assert_int_equal(qn_import_count(d), 1);
    assert_string_equal(d->items[0].text, "abc");
    assert_non_null(json_object_get(d->extras, "s"));
    qn_import_free(&d);
}

static void what_cannot_be_read_is_named(void **state)
{
    (void)state;
    qn_import_docs *d = NULL;
    qn_errmsg e;
    const char *missing[] = { "/nowhere/at/all.txt" }, *device[] = { "/dev/null" }, *big[] = { NULL };
    assert_int_equal(qn_import_load(&d, missing, 1, &e), QN_ENOTFOUND);
    assert_non_null(strstr(e.text, "/nowhere/at/all.txt"));
    assert_int_equal(qn_import_load(&d, device, 1, &e), QN_EINVAL);
    put("big.txt", "");
    assert_int_equal(truncate(in_dir("big.txt"), QN_IMPORT_FILE_MAX_BYTES + 1), 0);
    big[0] = in_dir("big.txt");
    assert_int_equal(qn_import_load(&d, big, 1, &e), QN_ELIMIT);
    assert_int_equal(qn_import_put(&d, "tags.tsv", QN_STR("Not A Slug\tx\n"), &e), QN_EINVAL);
    assert_non_null(strstr(e.text, "Not A Slug"));
    qn_import_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_folder_gives_its_texts_in_order_of_name),
                                        cmocka_unit_test(texts_from_memory_are_copied),
                                        cmocka_unit_test(what_cannot_be_read_is_named) };
    return cmocka_run_group_tests_name("importer", tests, make_dir, drop_dir);
}
