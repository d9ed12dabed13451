#include "plugin/shared.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

qn_plugin_shared *qn_plugin_shared_new(void)
{
    void *p = mmap(NULL, sizeof(qn_plugin_shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void qn_plugin_shared_free(qn_plugin_shared **s)
{
    if (!s || !*s) return;
    munmap(*s, sizeof **s);
    *s = NULL;
}

/* A process that died while it named one leaves it in state 1 for ever: one of 512. */
qn_plugin_count *qn_plugin_counter(qn_plugin_shared *s, int plugin, const char *name)
{
    for (size_t i = 0; i < QN_PLUGIN_COUNTERS; i++) {
        qn_plugin_count *c = &s->counters[i];
        int32_t free = 0;
        if (atomic_compare_exchange_strong(&c->state, &free, 1)) {
            c->plugin = plugin;
            snprintf(c->name, sizeof c->name, "%s", name);
            atomic_store(&c->state, 2);
            return c;
        }
        /* Another process names this one at the moment: it may be the very counter. */
        for (int spins = 0; atomic_load(&c->state) == 1 && spins < 100000; spins++) continue;
        if (atomic_load(&c->state) == 2 && c->plugin == plugin && !strcmp(c->name, name)) return c;
    }
    return NULL;
}
