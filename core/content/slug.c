#include <ctype.h>
#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "base/uuid.h"
#include "content/wire.h"

enum {
    SLUG_BYTES = 80,
    INPUT_POINTS = 300,       /* of the text that is looked at: far more than a slug can hold */
    UNITS = 2 * INPUT_POINTS, /* UTF-16 */
    ROOM = 32 * INPUT_POINTS  /* one character can become a phrase (U+FDFA) */
};

/* Made once in a process: opening takes some 10 ms. One at a time may use it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static UTransliterator *latin;

/* Whatever goes wrong, `text` holds something of `*n` units: a poorer slug is still one. */
static void transliterate(UChar *text, int32_t *n)
{
    static const UChar rules[] = u"Any-Latin; Latin-ASCII; Lower";
    UErrorCode e = U_ZERO_ERROR;
    int32_t limit = *n;
    pthread_mutex_lock(&lock);
    if (!latin) latin = utrans_openU(rules, -1, UTRANS_FORWARD, NULL, 0, NULL, &e);
    if (U_SUCCESS(e)) utrans_transUChars(latin, text, n, ROOM, 0, &limit, &e);
    pthread_mutex_unlock(&lock);
    if (*n > ROOM) *n = ROOM;
}

/* What stands inside a word and is not written: Kyiv's, Ma'ariv, and the soft sign of Русь, which comes as a prime. */
static bool is_silent(UChar32 c)
{
    return c == '\'' || c == '`' || c == 0x2018 || c == 0x2019 || c == 0xAD || c == 0x200B || c == 0x200C ||
           c == 0x200D || (u_charType(c) == U_MODIFIER_LETTER) || (u_charType(c) == U_NON_SPACING_MARK);
}

/* Lower-case words parted by "-" into `to` (of SLUG_BYTES + 2). Cut at a word where there is one. */
static size_t join_words(char *to, const UChar *text, int32_t n)
{
    size_t len = 0, word = 0; /* `word`: where the word being written began */
    bool gap = false;
    for (int32_t i = 0; i < n; i++) {
        UChar32 c = text[i]; /* half of a pair, which no letter is after Latin-ASCII, parts words like any other sign */
        if (is_silent(c)) continue;
        bool letter = c < 0x80 && isalnum((int)c);
        if (!letter) {
            gap = len > 0;
            continue;
        }
        if (gap) {
            if (len + 1 >= SLUG_BYTES) return len;
            to[len++] = '-';
            word = len;
            gap = false;
        }
        if (len == SLUG_BYTES) return word ? word - 1 : len;
        to[len++] = (char)tolower((int)c);
    }
    return len;
}

/* The text's first words as UTF-16, from its first letter or digit on. Returns units. */
static int32_t units_of(UChar *to, qn_str text)
{
    int32_t n = 0;
    size_t i = 0;
    bool begun = false;
    for (int points = 0; i < text.n && points < INPUT_POINTS;) {
        UChar32 c = (UChar32)qn_utf8_next(text, &i);
        if (!begun && !u_isalnum(c)) continue;
        begun = true;
        points++;
        U16_APPEND_UNSAFE(to, n, c);
    }
    return n;
}

const char *qn_slug_make(qn_arena *arena, qn_str text)
{
    char slug[SLUG_BYTES + 2];
    UChar *units = qn_arena_alloc_raw(arena, ROOM * sizeof *units);
    if (!units) return NULL;
    int32_t n = units_of(units, text);
    bool ascii = true;
    for (int32_t i = 0; i < n; i++) ascii = ascii && units[i] < 0x80;
    if (!ascii) transliterate(units, &n);
    size_t len = join_words(slug, units, n);
    qn_str made = { slug, len };
    if (len == 0) return "entry";
    if (qn_is_uuid(made)) return qn_arena_printf(arena, "entry-%.*s", QN_FMT(made)); /* {id} in a path is either */
    return qn_arena_strndup(arena, slug, len);
}
