/**
 * recommend: what else readers of an article might like.
 */
#include "recommend.h"

#include <string.h>

const qn_api *qn;
qn_plugin *self;
qn_related *related_index;

static const qn_option options[] = {
    { .name = "half_life_hours",
      .kind = QN_OPTION_INT,
      .def = "8760",
      .min = 0,
      .max = 1000000,
      .unit = "hours",
      .help = "Time between two articles after which nearness in time counts half; 0: time is nothing." },
    { .name = "max",
      .kind = QN_OPTION_INT,
      .def = "20",
      .min = 1,
      .max = ANSWER_MAX,
      .unit = "articles",
      .help = "The highest limit that may be asked for." },
    { .name = "words",
      .kind = QN_OPTION_INT,
      .def = "32",
      .min = 0,
      .max = QN_RELATED_WORDS_MAX,
      .unit = "words",
      .help = "Telling words kept of each article, beside its tags; 0: tags alone decide." },
    { 0 },
};

static int init(qn_plugin *plugin, const qn_api *api)
{
    qn = api;
    self = plugin;
    qn_related_options o = qn_related_defaults;
    o.half_life_h = (double)qn->option_int(self, "half_life_hours");
    o.words = (uint32_t)qn->option_int(self, "words");
    related_index = qn_related_new(&o);
    if (!related_index) return qn->refuse(self, "out of memory");
    int err = keep_current();
    return err ? err : offer_related();
}

static void stop(qn_plugin *plugin)
{
    (void)plugin;
    qn_related_free(&related_index);
}

/* Three articles, two of which share a tag. */
static int selftest(qn_plugin *plugin, const qn_api *api)
{
    static const qn_related_text kyiv = { "kyiv", 4 }, tram = { "tram", 4 };
    static const qn_related_article a = { .id = { "a", 1 }, .tags = &kyiv, .ntags = 1 },
                                    b = { .id = { "b", 1 }, .tags = &kyiv, .ntags = 1 },
                                    c = { .id = { "c", 1 }, .tags = &tram, .ntags = 1 };
    qn_related_hit hits[2];
    size_t n = 0;
    qn_related *x = qn_related_new(NULL);
    int err = !x || qn_related_put(x, &a) || qn_related_put(x, &b) || qn_related_put(x, &c) ||
              qn_related_find(hits, &n, x, &a, 2);
    bool good = !err && n == 1 && !strcmp(hits[0].id, "b");
    if (x) qn_related_free(&x);
    return good ? QN_OK : api->refuse(plugin, "of three articles the one with the same tag was not found");
}

QN_PLUGIN(.name = "recommend", .version = "1.1.0", .summary = "Related articles by shared tags, their rarity and time.",
          .needs = QN_CAP_ROUTES | QN_CAP_CONTENT | QN_CAP_EVENTS | QN_CAP_SERVICES, .options = options, .init = init,
          .stop = stop, .selftest = selftest);
