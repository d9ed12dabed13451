/* What a definition has to keep to beside being one, when it comes from outside. */
#include "content/check.h"
#include "content/type_parse.h"

/* The kinds whose life in a new type is built: their storage, their bounds and their answers. The others come with the
 * system's types. */
static bool is_built(qn_kind k)
{
    return k == QN_KIND_STRING || k == QN_KIND_JSON;
}

static void refuse_field(qn_check *c, const qn_field *f, const json_t *given)
{
    static const char *const options[] = { "unique", "localized", "indexed" };
    const bool set[] = { f->unique, f->localized, f->indexed };
    size_t mark;
    if (json_object_get(given, "kind") && !is_built(f->kind) && !qn_check_down(&mark, c, QN_STR("kind"))) {
        qn_check_fault(c, false, "not_built", "fields of the kind %s cannot be made yet: string and json can",
                       qn_kind_name(f->kind));
        qn_check_up(c, mark);
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!set[i] || qn_check_down(&mark, c, qn_str_of(options[i]))) continue;
        qn_check_fault(c, false, "not_built", "no field can be %s yet: leave it out", options[i]);
        qn_check_up(c, mark);
    }
}

static void refuse_fields(qn_check *c, const qn_type *t, const json_t *definition)
{
    const json_t *given = json_object_get(definition, "fields");
    size_t mark, at;
    if (qn_check_down(&mark, c, QN_STR("fields"))) return;
    for (size_t i = 0; i < t->nfields; i++) {
        if (qn_check_down_at(&at, c, i)) continue;
        refuse_field(c, &t->fields[i], json_array_get(given, i));
        qn_check_up(c, at);
    }
    qn_check_up(c, mark);
}

int qn_type_check_new(qn_type *out, const json_t *definition, qn_faults *faults)
{
    qn_check c;
    size_t mark;
    int rc = qn_type_read(out, definition, faults);
    if (rc && rc != QN_EINVAL) return rc;
    if (qn_check_init(&c, faults, "")) return QN_ENOMEM;
    if (json_object_get(definition, "version") && !qn_check_down(&mark, &c, QN_STR("version"))) {
        qn_check_fault(&c, true, "read_only", "is made by the server: leave it out");
        qn_check_up(&c, mark);
    }
    refuse_fields(&c, out, definition);
    qn_check_done(&c);
    return faults->n ? QN_EINVAL : rc;
}
