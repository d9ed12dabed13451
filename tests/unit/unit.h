/**
 * What every unit test includes first: cmocka, which wants these four headers before its own.
 */
#ifndef QN_TESTS_UNIT_H
#define QN_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Entries of a table of cases. */
#define COUNT(a) (sizeof(a) / sizeof *(a))

#endif
