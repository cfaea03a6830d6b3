/*
 * Attempts and locks.
 */
#include "tests/unit/unit.h"

#include "core/attempts.h"
#include "base/err.h"

#define FOR_S  1800
#define BOOT_A "11111111-1111-1111-1111-111111111111"
#define BOOT_B "22222222-2222-2222-2222-222222222222"

static const struct attempts_policy policy = {10, FOR_S};

/* Settle, then count n wrong answers; how many locks that made. */
static uint32_t
wrong(struct attempts *a, enum share share, uint32_t n, uint64_t boot_s,
    const char *boot_id)
{
	uint32_t locks = 0;

	attempts_settle(a, &policy, boot_s, boot_id);
	while (n-- > 0)
		locks += attempts_failed(a, &policy, share, boot_s, boot_id);
	return locks;
}

/* 4:3:2:1 for every value that configuration can have. */
static void
test_shares(void **state)
{
	uint32_t after, out[SHARE_COUNT], sum;
	size_t i;

	(void)state;
	for (after = 4; after <= 10; after++) {
		attempts_shares(after, out);
		for (i = sum = 0; i < SHARE_COUNT; i++) {
			assert_in_range(out[i], 1, after);
			sum += out[i];
			/* no share gets more than the one before it */
			if (i > 0)
				assert_in_range(out[i], 1, out[i - 1]);
		}
		assert_in_range(sum, 4, after);
	}
	attempts_shares(10, out);
	assert_int_equal(out[SHARE_UNKNOWN], 4);
	assert_int_equal(out[SHARE_KNOWN], 3);
	assert_int_equal(out[SHARE_LOCAL], 2);
	assert_int_equal(out[SHARE_CONSOLE], 1);
	attempts_shares(4, out);
	for (i = 0; i < SHARE_COUNT; i++)
		assert_int_equal(out[i], 1);
}

/* Each share locks at its own count, alone, for the whole time. */
static void
test_lock_is_of_one_share(void **state)
{
	uint32_t after, most[SHARE_COUNT];
	int share, other;

	(void)state;
	for (after = 4; after <= 10; after++) {
		struct attempts_policy p = {after, FOR_S};

		attempts_shares(after, most);
		for (share = 0; share < SHARE_COUNT; share++) {
			struct attempts a = {0};
			uint32_t i;

			attempts_settle(&a, &p, 100, BOOT_A);
			for (i = 1; i <= most[share]; i++) {
				assert_int_equal(
				    attempts_gate(&a, (enum share)share, false),
				    GATE_OPEN);
				assert_int_equal(
				    attempts_failed(
					&a, &p, (enum share)share, 100, BOOT_A),
				    i == most[share]);
			}
			for (other = 0; other < SHARE_COUNT; other++)
				assert_int_equal(
				    attempts_gate(&a, (enum share)other, false),
				    other == share ? GATE_LOCKED : GATE_OPEN);
			assert_int_equal(
			    a.share[share].locked_until_s, 100 + FOR_S);
			assert_true(attempts_any_lock(&a));
		}
	}
}

static void
test_lock_ends_by_itself(void **state)
{
	static const struct {
		const char *rule;
		uint64_t boot_s;
		enum gate_state gate;
		uint32_t failed;
	} rows[] = {
	    {"at once", 100, GATE_LOCKED, 4},
	    {"the last second", 100 + FOR_S - 1, GATE_LOCKED, 4},
	    {"its time is over, the count starts at 0", 100 + FOR_S, GATE_OPEN,
		0},
	    {"long over", UINT64_MAX, GATE_OPEN, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct attempts a = {0};

		assert_int_equal(wrong(&a, SHARE_UNKNOWN, 4, 100, BOOT_A), 1);
		attempts_settle(&a, &policy, rows[i].boot_s, BOOT_A);
		if (attempts_gate(&a, SHARE_UNKNOWN, false) != rows[i].gate ||
		    a.share[SHARE_UNKNOWN].failed != rows[i].failed)
			fail_msg("%s", rows[i].rule);
	}
}

/* Under lock nothing is evaluated, counted or prolonged. */
static void
test_under_lock_nothing_counts(void **state)
{
	struct attempts a = {0}, before;

	(void)state;
	assert_int_equal(wrong(&a, SHARE_KNOWN, 3, 100, BOOT_A), 1);
	before = a;
	assert_int_equal(wrong(&a, SHARE_KNOWN, 50, 200, BOOT_A), 0);
	assert_memory_equal(&a, &before, sizeof(a));
	assert_int_equal(a.strikes, 1);
}

/* D08: a reboot is no way to more attempts. */
static void
test_reboot(void **state)
{
	struct attempts a = {0}, before;

	(void)state;
	assert_int_equal(wrong(&a, SHARE_UNKNOWN, 3, 100, BOOT_A), 0);
	assert_int_equal(wrong(&a, SHARE_UNKNOWN, 1, 5, BOOT_B), 1);
	assert_int_equal(a.share[SHARE_UNKNOWN].failed, 4);
	assert_int_equal(a.share[SHARE_UNKNOWN].locked_until_s, 5 + FOR_S);

	/* a running lock starts its whole time again, with the boot */
	before = a;
	attempts_settle(&a, &policy, 40, BOOT_A);
	assert_int_equal(attempts_gate(&a, SHARE_UNKNOWN, false), GATE_LOCKED);
	assert_int_equal(a.share[SHARE_UNKNOWN].locked_until_s, FOR_S);
	/* whenever it is looked at, and though nothing was kept of that */
	a = before;
	attempts_settle(&a, &policy, FOR_S - 1, BOOT_A);
	assert_int_equal(attempts_gate(&a, SHARE_UNKNOWN, false), GATE_LOCKED);
	a = before;
	attempts_settle(&a, &policy, FOR_S, BOOT_A);
	assert_int_equal(attempts_gate(&a, SHARE_UNKNOWN, false), GATE_OPEN);
}

/* Lock a share n times, each after the one before is over. */
static uint64_t
lock_times(struct attempts *a, enum share share, uint32_t n, uint64_t boot_s)
{
	uint32_t most[SHARE_COUNT];

	attempts_shares(policy.lock_after, most);
	for (; n > 0; n--, boot_s += FOR_S)
		(void)wrong(a, share, most[share], boot_s, BOOT_A);
	attempts_settle(a, &policy, boot_s, BOOT_A);
	return boot_s;
}

static void
test_strikes(void **state)
{
	static const struct {
		const char *rule;
		enum share share;
		uint32_t locks;
		uint32_t strikes;
		bool hard;
	} rows[] = {
	    {"two locks of known", SHARE_KNOWN, 2, 2, false},
	    {"the third of known", SHARE_KNOWN, 3, 3, true},
	    {"the third of local", SHARE_LOCAL, 3, 3, true},
	    {"strangers can't cause it", SHARE_UNKNOWN, 50, 0, false},
	    {"nor the console", SHARE_CONSOLE, 50, 0, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct attempts a = {0};

		(void)lock_times(&a, rows[i].share, rows[i].locks, 1);
		if (a.strikes != rows[i].strikes ||
		    a.hard_locked != rows[i].hard)
			fail_msg("%s", rows[i].rule);
		/* time alone lifts the lock, never the hard lock */
		assert_int_equal(attempts_any_lock(&a), rows[i].hard);
	}
}

static void
test_strikes_are_in_a_row(void **state)
{
	struct attempts a = {0};
	uint64_t s;

	(void)state;
	s = lock_times(&a, SHARE_KNOWN, 1, 1);
	s = lock_times(&a, SHARE_LOCAL, 1, s);
	assert_int_equal(a.strikes, 2);
	/* a stranger's share in between changes nothing */
	s = lock_times(&a, SHARE_UNKNOWN, 3, s);
	attempts_succeeded(&a, SHARE_UNKNOWN);
	attempts_succeeded(&a, SHARE_CONSOLE);
	assert_int_equal(a.strikes, 2);
	attempts_succeeded(&a, SHARE_LOCAL);
	assert_int_equal(a.strikes, 0);
	s = lock_times(&a, SHARE_KNOWN, 2, s);
	assert_false(a.hard_locked);
	(void)lock_times(&a, SHARE_LOCAL, 1, s);
	assert_true(a.hard_locked);
}

static void
test_hard_lock(void **state)
{
	struct attempts a = {0};
	uint64_t s;
	int share;

	(void)state;
	s = lock_times(&a, SHARE_KNOWN, ATTEMPTS_HARD_AFTER, 1);
	for (share = 0; share < SHARE_COUNT; share++) {
		assert_int_equal(
		    attempts_gate(&a, (enum share)share, false), GATE_HARD);
		assert_int_equal(attempts_gate(&a, (enum share)share, true),
		    share == SHARE_CONSOLE ? GATE_OPEN : GATE_HARD);
	}
	/* the way in for the owner is still counted */
	(void)wrong(&a, SHARE_CONSOLE, 1, s, BOOT_A);
	assert_int_equal(attempts_gate(&a, SHARE_CONSOLE, true), GATE_LOCKED);
	/* reboots and months do not lift it */
	attempts_settle(&a, &policy, UINT64_MAX, BOOT_A);
	attempts_settle(&a, &policy, 1, BOOT_B);
	assert_int_equal(attempts_gate(&a, SHARE_KNOWN, false), GATE_HARD);
}

/* A success that was under way when the hard lock fell, and a wrong answer
 * behind it: only an administrator lifts it. */
static void
test_hard_lock_stays(void **state)
{
	struct attempts a = {0};
	uint64_t s;

	(void)state;
	s = lock_times(&a, SHARE_LOCAL, ATTEMPTS_HARD_AFTER, 1);
	attempts_succeeded(&a, SHARE_KNOWN);
	assert_true(a.hard_locked);
	(void)wrong(&a, SHARE_KNOWN, 3, s, BOOT_A);
	assert_true(a.hard_locked);
	attempts_unlock(&a);
	assert_false(attempts_any_lock(&a));
	assert_int_equal(a.strikes, 0);
	assert_int_equal(attempts_gate(&a, SHARE_KNOWN, false), GATE_OPEN);
	assert_string_equal(a.boot_id, BOOT_A);
}

static void
test_success_resets_its_own_share(void **state)
{
	struct attempts a = {0};

	(void)state;
	(void)wrong(&a, SHARE_UNKNOWN, 3, 1, BOOT_A);
	(void)wrong(&a, SHARE_KNOWN, 2, 1, BOOT_A);
	attempts_succeeded(&a, SHARE_KNOWN);
	assert_int_equal(a.share[SHARE_KNOWN].failed, 0);
	/* the owner's login gives no new guesses to a stranger */
	assert_int_equal(a.share[SHARE_UNKNOWN].failed, 3);
}

/* Nothing overflows: a lock at the end of time is a lock. */
static void
test_extremes(void **state)
{
	struct attempts_policy p = {4, UINT64_MAX};
	struct attempts a = {0};

	(void)state;
	attempts_settle(&a, &p, 100, BOOT_A);
	assert_true(attempts_failed(&a, &p, SHARE_KNOWN, 100, BOOT_A));
	assert_int_equal(a.share[SHARE_KNOWN].locked_until_s, UINT64_MAX);
	attempts_settle(&a, &p, UINT64_MAX - 1, BOOT_A);
	assert_int_equal(attempts_gate(&a, SHARE_KNOWN, false), GATE_LOCKED);
	/* values that are no share are never open, and write nowhere */
	assert_int_not_equal(
	    attempts_gate(&a, (enum share)SHARE_COUNT, true), GATE_OPEN);
	assert_false(
	    attempts_failed(&a, &p, (enum share)SHARE_COUNT, 100, BOOT_A));
	attempts_succeeded(&a, (enum share)SHARE_COUNT);
	assert_non_null(share_name((enum share)SHARE_COUNT));
	/* no boot id, or one that is too long, is cut and compared as cut */
	attempts_settle(&a, &p, 5, "");
	assert_string_equal(a.boot_id, "");
	attempts_settle(&a, &p, 5, BOOT_A "tail");
	assert_string_equal(a.boot_id, BOOT_A);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(share_name(SHARE_UNKNOWN), "unknown");
	assert_string_equal(share_name(SHARE_KNOWN), "known");
	assert_string_equal(share_name(SHARE_LOCAL), "local");
	assert_string_equal(share_name(SHARE_CONSOLE), "console");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shares),
	    cmocka_unit_test(test_lock_is_of_one_share),
	    cmocka_unit_test(test_lock_ends_by_itself),
	    cmocka_unit_test(test_under_lock_nothing_counts),
	    cmocka_unit_test(test_reboot),
	    cmocka_unit_test(test_strikes),
	    cmocka_unit_test(test_strikes_are_in_a_row),
	    cmocka_unit_test(test_hard_lock),
	    cmocka_unit_test(test_hard_lock_stays),
	    cmocka_unit_test(test_success_resets_its_own_share),
	    cmocka_unit_test(test_extremes),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
