/*
 * The time grid on which denials leave.
 */
#include "daemon/grid.h"

#include "base/err.h"
#include "tests/unit/unit.h"

#define MS UINT64_C(1000000)

static const struct row {
	const char *rule;
	uint64_t answered, decided, want;
} rows[] = {
    {"an answer on the grid leaves a whole step later", 0, 0, 50 * MS},
    {"just after a point: never under 50 ms", 1, 1, 100 * MS},
    {"just before a point: the one after next", 50 * MS - 1, 50 * MS, 100 * MS},
    {"on a point, decided at once", 50 * MS, 50 * MS + 1, 100 * MS},
    {"quick and slow decisions leave together", 70 * MS, 71 * MS, 150 * MS},
    {"slow decision, same moment", 70 * MS, 149 * MS, 150 * MS},
    {"decided on the very point", 70 * MS, 150 * MS, 150 * MS},
    {"too slow for the first point: the next, never between", 70 * MS,
	150 * MS + 1, 200 * MS},
    {"the end of time does not wrap", UINT64_MAX - 1, UINT64_MAX - 1,
	UINT64_MAX},
};

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if (grid_leave_ns(rows[i].answered, rows[i].decided) !=
		    rows[i].want)
			fail_msg("%s", rows[i].rule);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
