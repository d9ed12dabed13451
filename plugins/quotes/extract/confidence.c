#include "qx.h"

void qx_confidence_set(struct qx_doc *d)
{
    for (uint32_t i = 0; i < d->nquote; i++)
        d->quote[i].confidence = d->quote[i].rule == QX_R_NONE ? 0.3 : 0.8;
}
