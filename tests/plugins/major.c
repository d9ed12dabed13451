/* Built for another major of the interface. */
#include <quoin.h>

static int init(qn_plugin *self, const qn_api *api)
{
    (void)self;
    (void)api;
    return QN_OK;
}

#undef QN_ABI_MAJOR
#define QN_ABI_MAJOR 2
QN_PLUGIN(.name = "major", .version = "1.0.0", .summary = "Of a time to come.", .init = init);
