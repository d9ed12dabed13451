#include "qx.h"

int qx_indirect_run(struct qx_doc *d)
{
    (void)d;
    return 0;
}
