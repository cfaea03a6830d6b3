/*
 * Grants: their life, whose they are, and what "the same session" is.
 */
#include "tests/unit/unit.h"

#include "core/crypto/crypto.h"
#include "core/grants.h"

static struct grant
a_grant(uint64_t account, const char *service)
{
	struct grant g;

	memset(&g, 0, sizeof(g));
	g.account_id = account;
	msg_set(g.service, sizeof(g.service), service);
	return g;
}

static int
set_up(void **state)
{
	if (crypto_open() != BH_OK)
		return -1;
	*state = grants_new(100);
	return *state == NULL ? -1 : 0;
}

static int
tear_down(void **state)
{
	grants_free(*state);
	return 0;
}

static void
test_found_by_id_service_and_account(void **state)
{
	struct grant g = a_grant(7, "sshd");
	uint8_t id[MSG_GRANT_LEN], other[MSG_GRANT_LEN] = {0};

	assert_int_equal(grants_issue(*state, &g, 1000, id), BH_OK);
	assert_non_null(grants_find(*state, id, "sshd", 7, 1001));
	assert_non_null(grants_find(*state, id, "sshd", 0, 1001));
	assert_null(grants_find(*state, id, "sudo", 7, 1001));
	assert_null(grants_find(*state, id, "sshd", 8, 1001));
	assert_null(grants_find(*state, other, "sshd", 7, 1001));
}

static void
test_a_waiting_grant_dies_in_120_s(void **state)
{
	struct grant g = a_grant(7, "sshd");
	uint8_t id[MSG_GRANT_LEN];

	assert_int_equal(grants_issue(*state, &g, 1000, id), BH_OK);
	assert_non_null(grants_find(*state, id, "sshd", 7, 1119));
	assert_null(grants_find(*state, id, "sshd", 7, 1120));
	assert_null(grants_find(*state, id, "sshd", 7, 1001));
}

static void
test_nobody_fills_the_table_for_others(void **state)
{
	struct grant mine = a_grant(1, "sudo"), flood = a_grant(2, "sudo");
	uint8_t id[MSG_GRANT_LEN], flooded[MSG_GRANT_LEN];
	int i;

	assert_int_equal(grants_issue(*state, &mine, 1000, id), BH_OK);
	for (i = 0; i < 1000; i++)
		assert_int_equal(
		    grants_issue(*state, &flood, 1000, flooded), BH_OK);
	assert_non_null(grants_find(*state, id, "sudo", 1, 1001));
	assert_non_null(grants_find(*state, flooded, "sudo", 2, 1001));
}

static void
test_a_full_table_lets_the_oldest_go(void **state)
{
	uint8_t first[MSG_GRANT_LEN], id[MSG_GRANT_LEN];
	struct grant g = a_grant(1, "sudo");
	uint64_t i;

	assert_int_equal(grants_issue(*state, &g, 999, first), BH_OK);
	for (i = 2; i <= 101; i++) {
		g = a_grant(i, "sudo");
		assert_int_equal(grants_issue(*state, &g, 1000, id), BH_OK);
	}
	assert_null(grants_find(*state, first, "sudo", 1, 1000));
	assert_non_null(grants_find(*state, id, "sudo", 101, 1000));
}

static void
test_freshness(void **state)
{
	struct session_id here = {SESSION_AUDIT, 5, 0, 0, 0};
	struct session_id there = {SESSION_AUDIT, 6, 0, 0, 0};
	struct grant g = a_grant(7, "sshd"), *live;
	uint8_t id[MSG_GRANT_LEN];

	g.session = here;
	g.fresh_boot_s = 1000;
	assert_int_equal(grants_issue(*state, &g, 1000, id), BH_OK);
	/* pending: the password may still be wrong */
	assert_null(grants_fresh(*state, 7, &here, 300, 1001));
	live = grants_find(*state, id, "sshd", 7, 1001);
	assert_non_null(live);
	live->state = GRANT_CONSUMED;
	assert_non_null(grants_fresh(*state, 7, &here, 300, 1001));
	assert_non_null(grants_fresh(*state, 7, &here, 300, 1299));
	assert_null(grants_fresh(*state, 7, &here, 300, 1300));
	assert_null(grants_fresh(*state, 7, &there, 300, 1001));
	assert_null(grants_fresh(*state, 8, &here, 300, 1001));
	assert_null(grants_fresh(*state, 7, &here, 0, 1000));
	grants_drop_account(*state, 7);
	assert_null(grants_fresh(*state, 7, &here, 300, 1001));
}

static void
test_same_session(void **state)
{
	static const struct session_id none = {SESSION_NONE, 5, 1, 1, 1};
	static const struct session_id audit = {SESSION_AUDIT, 5, 1, 1, 1};
	static const struct session_id tty = {SESSION_TTY, 5, 1, 2, 3};
	struct session_id other;

	(void)state;
	assert_false(session_same(&none, &none));
	assert_true(session_same(&audit, &audit));
	assert_true(session_same(&tty, &tty));
	assert_false(session_same(&audit, &tty));
	other = audit;
	other.audit++;
	assert_false(session_same(&audit, &other));
	other = tty;
	other.tty++;
	assert_false(session_same(&tty, &other));
	other = tty;
	other.leader++;
	assert_false(session_same(&tty, &other));
	other = tty;
	other.leader_start++; /* the number was given out again */
	assert_false(session_same(&tty, &other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_found_by_id_service_and_account, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_waiting_grant_dies_in_120_s, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_nobody_fills_the_table_for_others, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_a_full_table_lets_the_oldest_go, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(test_freshness, set_up, tear_down),
	    cmocka_unit_test(test_same_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
