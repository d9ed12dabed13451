#include "content/query.h"

#include "content/draft.h"

void qn_query_check(qn_faults *f, const qn_pair *query, size_t i, const char *where)
{
    for (size_t j = 0; j < i; j++)
        if (qn_str_eq(query[j].name, query[i].name)) {
            qn_fault_add(f, true, where, "duplicate", "given more than once");
            break;
        }
    if (qn_str_eqz(query[i].name, "locale") && !qn_is_locale(query[i].value))
        qn_fault_add(f, true, where, "format", "this is not a locale, such as \"en\" or \"pt-BR\"");
}
