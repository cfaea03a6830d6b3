/*
 * Rations: a burst, then one in each period, for each name.
 */
#include "tests/unit/unit.h"

#include "core/ration.h"

#include <stdio.h>

static uint32_t
take_all(struct ration *r, uint64_t boot_s)
{
	uint32_t n = 0;

	while (ration_take(r, boot_s))
		n++;
	return n;
}

static void
test_what_comes_back(void **state)
{
	static const struct {
		const char *rule;
		uint64_t from_s;
		uint64_t to_s;
		uint32_t want;
	} rows[] = {
	    {"nothing at once", 1000, 1000, 0},
	    {"nothing before the period is over", 1000, 1005, 0},
	    {"one after a period", 1000, 1006, 1},
	    {"ten after ten", 1000, 1065, 10},
	    {"all but one", 1000, 1000 + 6 * 599, 599},
	    {"all", 1000, 1000 + 6 * 600, 600},
	    {"never more than all", 1000, UINT64_MAX, 600},
	    {"time that went back gives nothing", 1000, 10, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct ration r = {.used = 0};

		assert_true(ration_left(&r, rows[i].from_s));
		assert_int_equal(take_all(&r, rows[i].from_s), 600);
		assert_false(ration_left(&r, rows[i].from_s));
		if (ration_left(&r, rows[i].to_s) != (rows[i].want > 0) ||
		    take_all(&r, rows[i].to_s) != rows[i].want)
			fail_msg("%s", rows[i].rule);
	}
}

/* Looking often does not lose the rest of a period. */
static void
test_the_rest_of_a_period_goes_on(void **state)
{
	struct ration r = {.used = 0};
	uint32_t got = 0;
	uint64_t t;

	(void)state;
	assert_int_equal(take_all(&r, 1), 600);
	for (t = 1; t <= 601; t++)
		got += take_all(&r, t);
	assert_int_equal(got, 100);
}

static void
test_names_are_apart(void **state)
{
	static struct rations t;
	int i;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (i = 0; i < RATION_BURST; i++) {
		assert_true(rations_left(&t, "one", 7));
		rations_take(&t, "one", 7);
	}
	assert_false(rations_left(&t, "one", 7));
	assert_true(rations_left(&t, "two", 7));
	rations_take(&t, "two", 7);
	assert_true(rations_left(&t, "two", 7));
	rations_take(&t, "one", 7); /* beyond it: nothing changes */
	assert_true(rations_left(&t, "one", 7 + RATION_EVERY_S));
}

/* More names than there is room for: who has used most stays counted. */
static void
test_a_full_table(void **state)
{
	static struct rations t;
	char name[16];
	int i;

	(void)state;
	memset(&t, 0, sizeof(t));
	for (i = 0; i < RATION_BURST; i++)
		rations_take(&t, "busy", 7);
	for (i = 0; i < 3 * RATIONS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "m%d", i);
		rations_take(&t, name, 7);
	}
	assert_int_equal(t.n, RATIONS_MAX);
	assert_false(rations_left(&t, "busy", 7));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_comes_back),
	    cmocka_unit_test(test_the_rest_of_a_period_goes_on),
	    cmocka_unit_test(test_names_are_apart),
	    cmocka_unit_test(test_a_full_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
