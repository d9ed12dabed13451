/* Prints every text of the statements that look for quotations (or, with SPEAKERS, for speakers), each behind a line
 * that says what it is of: "-- speaker tag search status newer". The tests have PostgreSQL explain them. */
#include <stdio.h>
#include <stdlib.h>

#ifdef SPEAKERS
#include "../speakers.c"
#else
#include "../search.c"
#endif
#include "../check.c"

const qn_api *qn;
qn_plugin *self;

#ifdef SPEAKERS
void reply_quotes(qn_call *req, qn_str speaker)
{
    (void)req;
    (void)speaker;
}

int main(void)
{
    for (int searched = 0; searched < 2; searched++)
        for (int before = 0; before < 2; before++)
            printf("-- page %s %s\n%s\n", searched ? "search" : "-", before ? "before" : "after",
                   page_sql[searched][before]);
    printf("-- one\n%s\n", one_sql);
    return 0;
}
#else
static void *take(qn_call *call, size_t n)
{
    (void)call;
    return calloc(1, n);
}

int main(void)
{
    static const qn_api table = { .size = sizeof table, .alloc = take };
    qn = &table;
    for (int i = 0; i < 16 * STATUSES; i++) {
        asked a = { .oldest_first = i & 1, .status = i / 16 };
        if (i & 2) a.speaker = QN_STR("x");
        if (i & 4) a.tag = QN_STR("x");
        if (i & 8) a.search = QN_STR("x");
        printf("-- %s %s %s %s %s\n%s\n", i & 2 ? "speaker" : "-", i & 4 ? "tag" : "-", i & 8 ? "search" : "-",
               i / 16 ? statuses[i / 16] : "-", i & 1 ? "older" : "newer", statement(NULL, &a));
    }
    return 0;
}
#endif
