#include "content.h"

#include <dirent.h>

#include "content/blocks.h"

static const char *const specs[] = { "../shared/corpora/data/commonmark.json", "../shared/corpora/data/gfm.json" };

/* Splits, and checks that the blocks are ones that a client might have sent. Returns owned. */
static json_t *split(bench *b, qn_str markdown)
{
    json_t *blocks = NULL, *checked = NULL;
    assert_int_equal(qn_blocks_from_markdown(&blocks, markdown), 0);
    if (qn_blocks_check(&checked, blocks, NULL, "", &b->faults))
        fail_msg("%.*s: %s", QN_FMT(markdown), told(&b->faults));
    assert_int_equal(json_array_size(checked), json_array_size(blocks));
    json_decref(checked);
    return blocks;
}

static void markdown_becomes_blocks(void **state)
{
#define H(level, text) "{'type':'heading','level':" #level ",'text':'" text "'}"
#define T(text)        "{'type':'text','text':'" text "'}"
#define Q(text)        "{'type':'quote','text':'" text "'}"
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "", "" },
        { "\n \n\t\n", "" },
        { "a", T("a") },
        { "a\nb\n\n\nc\n", T("a\\nb") "," T("c") },
        { "a\r\nb\r\n\r\nc\rd", T("a\\nb") "," T("c\\nd") },
        { "\xEF\xBB\xBF# a", H(1, "a") },
        { "  a  \n b  ", T("a  \\n b") },
        { "# One #\n###### Six\n####### seven", H(1, "One") "," H(6, "Six") "," T("####### seven") },
        { "# a\nb\n## c", H(1, "a") "," T("b") "," H(2, "c") },
        { "# C# #", H(1, "C#") },
        { "## a \\#", H(2, "a \\\\#") },
        { "#", H(1, "") },
        { "One\n===\nTwo\nlines\n---\n", H(1, "One") "," H(2, "Two\\nlines") },
        { "> a\n> b\nlazy\n\nc", Q("a\\nb\\nlazy") "," T("c") },
        { "> a\n>\n> > b\n>\n>     code", Q("a\\n\\n> b\\n\\n    code") },
        { ">\ta", Q("a") },
        { "- a\n- b\n", "{'type':'list','ordered':false,'items':['a','b']}" },
        { "* a\n\n  b\n\n* c\n  - d\n    e", "{'type':'list','ordered':false,'items':['a\\n\\nb','c\\n- d\\n  e']}" },
        { "1) a\n2) b\nlazy", "{'type':'list','ordered':true,'items':['a','b\\nlazy']}" },
        { "3. a\n4. b", T("3. a\\n4. b") },
        { "-\n-", "{'type':'list','ordered':false,'items':['','']}" },
        { "-     code\n", "{'type':'list','ordered':false,'items':['    code']}" },
        { "- a\n+ b", "{'type':'list','ordered':false,'items':['a']},{'type':'list','ordered':false,'items':['b']}" },
        { "| a | b |\n|---|:-:|\n| 1 | `\\|` |\n| 2 |\n| 3 | 4 | 5 |\n",
          "{'type':'table','header':['a','b'],'rows':[['1','`|`'],['2',''],['3','4']]}" },
        { "a | b\n- | -", T("a | b") ",{'type':'list','ordered':false,'items':['| -']}" },
        { "a | b\n--- | ---", "{'type':'table','header':['a','b'],'rows':[]}" },
        { "before\n| a |\n| - |\n| 1 |\n\nafter",
          T("before") ",{'type':'table','header':['a'],'rows':[['1']]}," T("after") },
        { "| a | b |\n|---|\n| 1 |", T("| a | b |\\n|---|\\n| 1 |") },
        { "| a |\n", T("| a |") },
        { "![a](/b.png)", "{'type':'image','url':'/b.png','alt':'a'}" },
        { "![](https://e.example/b.png?c=1&d=2 \"Cap tion\")",
          "{'type':'image','url':'https://e.example/b.png?c=1&d=2','caption':'Cap tion'}" },
        { "![a](b.png)", T("![a](b.png)") },
        { "![a](javascript:b)", T("![a](javascript:b)") },
        { "![*a*](/b.png)", T("![*a*](/b.png)") },
        { "![a](/b.png) c", T("![a](/b.png) c") },
        { "![a](/b.png)\nc", T("![a](/b.png)\\nc") },
        { "![a](/b&amp;c)", T("![a](/b&amp;c)") },
        { "```\ncode\n\n\nmore\n```\nafter", T("```\\ncode\\n\\n\\nmore\\n```") "," T("after") },
        { "    code\n\n    more\n\nafter", T("    code\\n\\n    more") "," T("after") },
        { "<div>\n*a*\n</div>\n\nb", T("<div>\\n*a*\\n</div>") "," T("b") },
        { "<!-- a\n\nb -->\nc", T("<!-- a\\n\\nb -->") "," T("c") },
        { "a\n***\nb", T("a") "," T("***") "," T("b") },
        { "a\\\nb", T("a\\\\\\nb") },
        { "See [x].\n\n[x]: /u 'T'\n[unused]: /v", T("See [x].\\n\\n[x]: /u \\'T\\'") },
        { "[x]: /u\nSee [t][X].\n\n> [x]\n\n- [x]\n",
          T("See [t][X].\\n\\n[x]: /u") "," Q(
              "[x]\\n\\n[x]: /u") ",{'type':'list','ordered':false,'items':['[x]\\n\\n[x]: /u']}" },
        { "[x]: /u\n\n[x] [x] \\[x]", T("[x] [x] \\\\[x]\\n\\n[x]: /u") },
        { "[x]\n\n[x]: /u not a title", T("[x]") "," T("[x]: /u not a title") },
        { "[x]: <a b>\n\n[X]", T("[X]\\n\\n[x]: <a b>") },
    };
    bench *b = *state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *blocks = split(b, qn_str_of(cases[i].in)), *e = NULL;
        qn_buf wanted;
        qn_buf_init(&wanted, 0);
        qn_buf_addc(&wanted, '[');
        for (const char *c = cases[i].out; *c; c++) { /* ' is ", and \' is ' */
            bool real = c[0] == '\\' && c[1] == '\'';
            qn_buf_addc(&wanted, real ? *++c : *c == '\'' ? '"' : *c);
        }
        qn_buf_addc(&wanted, ']');
        assert_int_equal(qn_json_parse(&e, qn_buf_str(&wanted), NULL, NULL), 0);
        if (!json_equal(blocks, e)) {
            char *is = json_dumps(blocks, JSON_COMPACT);
            print_error("%s\nis     %s\nwanted %s\n", cases[i].in, is, wanted.p);
            free(is);
            fail();
        }
        qn_buf_free(&wanted);
        json_decref(e);
        json_decref(blocks);
    }
}

/* Words of all texts, to see that none is lost. */
static void add_words(qn_buf *to, const json_t *v)
{
    const json_t *one;
    size_t i;
    if (json_is_string(v)) qn_buf_adds(to, (qn_str){ json_string_value(v), json_string_length(v) });
    json_array_foreach((json_t *)(uintptr_t)v, i, one) add_words(to, one);
    if (json_is_object(v)) {
        static const char *const members[] = { "text", "items", "header", "rows", "url", "alt", "caption" };
        for (i = 0; i < COUNT(members); i++) add_words(to, json_object_get(v, members[i]));
    }
}

static size_t letters(qn_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) n += (s.p[i] >= 'a' && s.p[i] <= 'z') || (unsigned char)s.p[i] >= 0x80;
    return n;
}

static void the_specifications_examples_split_without_losing_a_letter(void **state)
{
    bench *b = *state;
    size_t seen = 0;
    for (size_t f = 0; f < COUNT(specs); f++) {
        size_t n, i;
        char *text = slurp(specs[f], &n);
        json_t *all = NULL, *one;
        if (!text) {
            print_message("no %s: skipped\n", specs[f]);
            continue;
        }
        assert_int_equal(qn_json_parse(&all, (qn_str){ text, n }, NULL, NULL), 0);
        json_array_foreach(all, i, one)
        {
            const json_t *markdown = json_object_get(one, "markdown");
            qn_str in = { json_string_value(markdown), json_string_length(markdown) };
            json_t *blocks = split(b, in);
            qn_buf words;
            qn_buf_init(&words, 0);
            add_words(&words, blocks);
            /* A definition goes to where it is used, or nowhere; a table's surplus cells go. */
            if (!memmem(in.p, in.n, "]:", 2) && !memmem(in.p, in.n, "|", 1) &&
                letters(in) != letters(qn_buf_str(&words)))
                fail_msg("%.*s\nbecame %.*s", QN_FMT(in), QN_FMT(qn_buf_str(&words)));
            qn_buf_free(&words);
            json_decref(blocks);
            bench_clear(b);
            seen++;
        }
        json_decref(all);
        free(text);
    }
    if (!seen) skip();
    assert_true(seen > 600);
}

static void every_cut_of_a_document_splits(void **state)
{
    static const char document[] = "# H\n\n> q\n> - a\n\n- b\n\n      c\n\n1. d\n\n| a |\n|---|\n| \xC3\xA9 "
                                   "|\n\n```\nx\n\n![a](/b)\n[r]: /u\n\nT\n---\n[r]";
    bench *b = *state;
    for (size_t n = 0; n < sizeof document; n++) {
        char *exact = malloc(n + 1); /* so that a byte read past the end is seen */
        memcpy(exact, document, n);
        qn_str s = { exact, n };
        if (qn_utf8_check(s) == n) json_decref(split(b, s));
        free(exact);
        bench_clear(b);
    }
}

/* Repeats of these brought cmark-gfm, or would bring a careless reader, to quadratic time: they have to end. */
static void hostile_repeats_end(void **state)
{
    static const char *const parts[] = { "|",         "|\n",   "> ",    "- ",    "* ",    "1. ",    "[",
                                         "[a](",      "![[](", "*a ",   "_",     "`a``",  "<",      "<!--\n",
                                         "<a x=\"\n", "&amp;", "\\",    "~~",    "# ",    "a\n=\n", "[a]: b \"\n",
                                         "\t",        "\n",    ">\n",   "- a\n", "```\n", "<?",     "    <!--\n",
                                         "[^a]",      "a@b.",  "www.a." };
    enum { BYTES = 300000 };
    char *text = malloc(BYTES);
    for (size_t i = 0; i < COUNT(parts); i++) {
        size_t len = strlen(parts[i]);
        for (size_t k = 0; k < BYTES; k++) text[k] = parts[i][k % len];
        json_t *blocks = NULL;
        int rc = qn_blocks_from_markdown(&blocks, (qn_str){ text, BYTES });
        assert_true(rc == 0 || rc == QN_ELIMIT);
        json_decref(blocks);
    }
    free(text);
    (void)state;
}

static void deep_nesting_and_blank_lines_end(void **state)
{
    (void)state;
    qn_buf b;
    qn_buf_init(&b, 0);
    for (int i = 0; i < 900; i++) {
        for (int k = 0; k < i; k++) qn_buf_addz(&b, "  ");
        qn_buf_addz(&b, "- a\n");
    }
    for (int i = 0; i < 300000; i++) qn_buf_addc(&b, '\n');
    qn_buf_addz(&b, "end");
    json_t *blocks = NULL;
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), QN_ELIMIT); /* its one item is too long */
    qn_buf_clear(&b);
    for (int i = 0; i < 2000; i++) qn_buf_addz(&b, i % 2 ? "- " : "> ");
    qn_buf_addz(&b, "a\n\n\n\n\n\nend");
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), 0);
    assert_int_equal(json_array_size(blocks), 2);
    json_decref(blocks);
    qn_buf_free(&b);
}

static void what_is_too_much_is_refused(void **state)
{
    (void)state;
    json_t *blocks = NULL;
    qn_buf b;
    qn_buf_init(&b, 0);
    for (int i = 0; i < QN_BLOCKS_MAX; i++) qn_buf_addz(&b, "a\n\n");
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), 0);
    assert_int_equal(json_array_size(blocks), QN_BLOCKS_MAX);
    json_decref(blocks);
    qn_buf_addz(&b, "a");
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), QN_ELIMIT);
    qn_buf_clear(&b);
    for (int i = 0; i < QN_BLOCK_TEXT_MAX_BYTES; i++) qn_buf_addc(&b, 'a');
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), 0);
    json_decref(blocks);
    qn_buf_addc(&b, 'a');
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), QN_ELIMIT);
    qn_buf_free(&b);
}

/* A definition used everywhere must not make much of little. */
static void definitions_do_not_multiply_without_end(void **state)
{
    (void)state;
    json_t *blocks = NULL;
    qn_buf b;
    qn_buf_init(&b, 0);
    qn_buf_addz(&b, "[a]: /");
    for (int i = 0; i < 2400; i++) qn_buf_addc(&b, 'x');
    for (int i = 0; i < 4000; i++) qn_buf_addz(&b, "\n\n[a]");
    assert_int_equal(qn_blocks_from_markdown(&blocks, qn_buf_str(&b)), QN_ELIMIT);
    qn_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        QN_BENCH_TEST(markdown_becomes_blocks),
        QN_BENCH_TEST(the_specifications_examples_split_without_losing_a_letter),
        QN_BENCH_TEST(every_cut_of_a_document_splits),
        QN_BENCH_TEST(hostile_repeats_end),
        QN_BENCH_TEST(deep_nesting_and_blank_lines_end),
        QN_BENCH_TEST(what_is_too_much_is_refused),
        QN_BENCH_TEST(definitions_do_not_multiply_without_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
