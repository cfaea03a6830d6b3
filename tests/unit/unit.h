/*
 * What every unit test includes first: cmocka and what it needs before it.
 */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * How far a loop over every byte goes on at a time: 1, and more where each turn
 * is slow (tests/valgrind.sh sets UNIT_STRIDE).
 */
static inline size_t
unit_stride(void)
{
	const char *text = getenv("UNIT_STRIDE");
	unsigned long n = text != NULL ? strtoul(text, NULL, 10) : 1;

	return n > 0 ? n : 1;
}

#endif
