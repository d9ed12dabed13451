/* Cannot do without another plugin. */
#include <quoin.h>

static int init(qn_plugin *self, const qn_api *api)
{
    (void)self;
    (void)api;
    return QN_OK;
}

static const char *const depends[] = { "reads", NULL };

QN_PLUGIN(.name = "needy", .version = "1.0.0", .summary = "Needs reads.", .depends = depends, .init = init);
