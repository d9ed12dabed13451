/* The one way into a plugin. Whatever calls one passes here, so that a process that dies in a plugin has said in which.
 */
#include <string.h>

#include "plugin/host.h"

static qn_frame *inner; /* of the loop's thread */

static void put(char *to, size_t room, const char *text)
{
    size_t n = text ? strnlen(text, room - 1) : 0;
    if (n) memcpy(to, text, n);
    to[n] = '\0';
}

static qn_plugin_note *note_of(const qn_plugin *p)
{
    qn_slot *slot = p->host->env.slot;
    return slot ? (qn_plugin_note *)(void *)slot->note : NULL;
}

/* The name comes last and goes first: the reaper never blames one plugin for another's place. */
static void write_note(const qn_frame *f, const qn_plugin *of)
{
    volatile qn_plugin_note *v = note_of(of);
    if (!v) return;
    qn_plugin_note *n = note_of(of);
    v->plugin[0] = '\0';
    if (!f) return;
    put(n->place, sizeof n->place, f->place);
    put(n->request, sizeof n->request, f->request);
    put(n->plugin + 1, sizeof n->plugin - 1, f->plugin->name + 1);
    atomic_signal_fence(memory_order_seq_cst);
    v->plugin[0] = f->plugin->name[0];
}

bool qn_quarantined(const qn_plugin *p)
{
    return p->host->shared && p->index >= 0 &&
           atomic_load_explicit(&p->host->shared->plugins[p->index].quarantined, memory_order_relaxed);
}

bool qn_enter(qn_frame *f, qn_plugin *plugin, const char *place, const char *request)
{
    if (qn_quarantined(plugin)) return false;
    *f = (qn_frame){ .plugin = plugin, .place = place, .request = request, .outer = inner };
    inner = f;
    write_note(f, plugin);
    return true;
}

void qn_leave(qn_frame *f)
{
    inner = f->outer;
    write_note(inner, f->plugin);
}

qn_plugin *qn_inside(void)
{
    return inner ? inner->plugin : NULL;
}

/* ---- threads of the pool ---------------------------------------------------------------------------------------- */

/* One byte in the note for all threads: with two plugins at work at once it names the later one. The loop's own note
 * wins over it. */
void qn_enter_work(qn_plugin *plugin)
{
    qn_plugin_note *n = note_of(plugin);
    if (n) __atomic_store_n(&n->work, (uint8_t)(plugin->index + 1), __ATOMIC_SEQ_CST);
}

void qn_leave_work(qn_plugin *plugin)
{
    qn_plugin_note *n = note_of(plugin);
    uint8_t mine = (uint8_t)(plugin->index + 1);
    if (n) __atomic_compare_exchange_n(&n->work, &mine, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}
