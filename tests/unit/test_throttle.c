/*
 * The throttle before the locks.
 */
#include "tests/unit/unit.h"

#include "core/throttle.h"

#include <stdio.h>

#define ALICE 1
#define BOB   2

static struct netaddr
addr(const char *s)
{
	struct netaddr a;

	if (netaddr_parse(s, &a) != BH_OK)
		fail_msg("%s", s);
	return a;
}

static void
fail_times(struct throttle *t, uint64_t account, const struct netaddr *a,
    uint32_t n, uint64_t boot_s)
{
	while (n-- > 0)
		throttle_failed(t, account, a, boot_s);
}

static void
test_pair(void **state)
{
	struct throttle *t = throttle_new(64);
	struct netaddr a = addr("192.0.2.1"), b = addr("192.0.2.2");
	uint32_t i;

	(void)state;
	for (i = 0; i < THROTTLE_PAIR_BURST; i++) {
		assert_true(throttle_ok(t, ALICE, &a, 100));
		throttle_failed(t, ALICE, &a, 100);
	}
	assert_false(throttle_ok(t, ALICE, &a, 100));
	/* nobody else is held up, from there or to her */
	assert_true(throttle_ok(t, BOB, &a, 100));
	assert_true(throttle_ok(t, 0, &a, 100));
	assert_true(throttle_ok(t, ALICE, &b, 100));
	throttle_free(t);
}

/* One comes back each THROTTLE_PAIR_EVERY seconds, never more than all. */
static void
test_comes_back(void **state)
{
	static const struct {
		const char *rule;
		uint64_t after_s;
		uint32_t tries;
	} rows[] = {
	    {"at once", 0, 0},
	    {"a second too early", THROTTLE_PAIR_EVERY - 1, 0},
	    {"the first", THROTTLE_PAIR_EVERY, 1},
	    {"the second", 2 * THROTTLE_PAIR_EVERY, 2},
	    {"all", 4 * THROTTLE_PAIR_EVERY, 4},
	    {"no more than all", 400 * THROTTLE_PAIR_EVERY, 4},
	    {"at the end of time", UINT64_MAX - 100, 4},
	};
	struct netaddr a = addr("192.0.2.1");
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct throttle *t = throttle_new(64);
		uint64_t s = 100 + rows[i].after_s;
		uint32_t n = 0;

		fail_times(t, ALICE, &a, THROTTLE_PAIR_BURST, 100);
		while (n < 10 && throttle_ok(t, ALICE, &a, s)) {
			throttle_failed(t, ALICE, &a, s);
			n++;
		}
		if (n != rows[i].tries)
			fail_msg("%s: %u", rows[i].rule, n);
		throttle_free(t);
	}
}

/* What is left of a period goes on: guessing at the limit earns no more than
 * one each period over a long time. */
static void
test_patient_guesser(void **state)
{
	struct throttle *t = throttle_new(64);
	struct netaddr a = addr("192.0.2.1");
	uint32_t tries = 0;
	uint64_t s;

	(void)state;
	for (s = 0; s < 100 * THROTTLE_PAIR_EVERY; s += 500) {
		if (!throttle_ok(t, ALICE, &a, s))
			continue;
		throttle_failed(t, ALICE, &a, s);
		tries++;
	}
	assert_in_range(tries, 99, THROTTLE_PAIR_BURST + 100);
	throttle_free(t);
}

static void
test_source_over_all_accounts(void **state)
{
	struct throttle *t = throttle_new(256);
	struct netaddr a = addr("192.0.2.1"), b = addr("192.0.2.2");
	uint64_t account;

	(void)state;
	for (account = 1; account <= THROTTLE_SOURCE_BURST; account++) {
		assert_true(throttle_ok(t, account, &a, 100));
		throttle_failed(t, account, &a, 100);
	}
	assert_false(throttle_ok(t, 9999, &a, 100));
	assert_true(throttle_ok(t, 9999, &b, 100));
	assert_false(throttle_ok(t, 9999, &a, 100 + THROTTLE_SOURCE_EVERY - 1));
	assert_true(throttle_ok(t, 9999, &a, 100 + THROTTLE_SOURCE_EVERY));
	throttle_free(t);
}

/* sudo at a terminal has no source: shares and locks count there. */
static void
test_no_source(void **state)
{
	struct throttle *t = throttle_new(64);
	struct netaddr none = {0};

	(void)state;
	fail_times(t, ALICE, &none, 1000, 100);
	assert_true(throttle_ok(t, ALICE, &none, 100));
	throttle_free(t);
}

static void
test_forget(void **state)
{
	struct throttle *t = throttle_new(64);
	struct netaddr a = addr("192.0.2.1"), b = addr("2001:db8::/64");

	(void)state;
	fail_times(t, ALICE, &a, THROTTLE_PAIR_BURST, 100);
	fail_times(t, ALICE, &b, THROTTLE_PAIR_BURST, 100);
	fail_times(t, BOB, &a, THROTTLE_PAIR_BURST, 100);
	throttle_forget(t, ALICE);
	assert_true(throttle_ok(t, ALICE, &a, 100));
	assert_true(throttle_ok(t, ALICE, &b, 100));
	assert_false(throttle_ok(t, BOB, &a, 100));
	throttle_free(t);
}

/* A boot clock does not go back; if it does, nothing is given back. */
static void
test_clock_back(void **state)
{
	struct throttle *t = throttle_new(64);
	struct netaddr a = addr("192.0.2.1");

	(void)state;
	fail_times(t, ALICE, &a, THROTTLE_PAIR_BURST, 10000);
	assert_false(throttle_ok(t, ALICE, &a, 0));
	throttle_failed(t, ALICE, &a, 0);
	assert_false(throttle_ok(t, ALICE, &a, 1));
	throttle_free(t);
}

/* In a table that is full of one window the one quiet longest gives way: it is
 * the last wrong answer that counts, not the first. */
static void
test_eviction(void **state)
{
	struct throttle *t = throttle_new(3);
	struct netaddr a = addr("192.0.2.1");

	(void)state;
	/* three buckets: the source, Alice's and Bob's */
	fail_times(t, ALICE, &a, THROTTLE_PAIR_BURST, 100);
	fail_times(t, BOB, &a, THROTTLE_PAIR_BURST, 200);
	assert_false(throttle_ok(t, ALICE, &a, 200));
	fail_times(t, ALICE, &a, 1, 300);
	/* a third account: Bob's is the one quiet longest */
	fail_times(t, 3, &a, 1, 400);
	assert_false(throttle_ok(t, ALICE, &a, 400));
	assert_true(throttle_ok(t, BOB, &a, 400));
	throttle_free(t);
}

/* Many more sources than places: bounded, and the latest are still known. */
static void
test_flood(void **state)
{
	struct throttle *t = throttle_new(64);
	struct netaddr a = addr("10.0.0.0");
	uint32_t i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		a.bytes[2] = (uint8_t)(i >> 8);
		a.bytes[3] = (uint8_t)i;
		fail_times(t, ALICE, &a, THROTTLE_PAIR_BURST, 100 + i);
		assert_false(throttle_ok(t, ALICE, &a, 100 + i));
	}
	throttle_free(t);
}

static void
test_small_tables(void **state)
{
	struct throttle *none = throttle_new(0), *one = throttle_new(1);
	struct netaddr a = addr("192.0.2.1");

	(void)state;
	assert_non_null(none);
	fail_times(none, ALICE, &a, 100, 1);
	assert_true(throttle_ok(none, ALICE, &a, 1));
	throttle_forget(none, ALICE);
	fail_times(one, ALICE, &a, 100, 1);
	throttle_forget(one, ALICE);
	throttle_free(none);
	throttle_free(one);
	throttle_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pair),
	    cmocka_unit_test(test_comes_back),
	    cmocka_unit_test(test_patient_guesser),
	    cmocka_unit_test(test_source_over_all_accounts),
	    cmocka_unit_test(test_no_source),
	    cmocka_unit_test(test_forget),
	    cmocka_unit_test(test_clock_back),
	    cmocka_unit_test(test_eviction),
	    cmocka_unit_test(test_flood),
	    cmocka_unit_test(test_small_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
