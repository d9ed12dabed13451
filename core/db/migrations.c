#include "db/migrate.h"

/* Made from sql/ by the Makefile, in the order of the names; the last, empty one keeps the array from being of no size.
 */
static const qn_migration built_in[] = {
#include "migrations.inc"
    { 0, 0, 0 }
};

const qn_migration *qn_migrations(unsigned *n)
{
    *n = (unsigned)(sizeof built_in / sizeof *built_in - 1);
    return built_in;
}
