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

/* The table as the daemon that follows finds it. */
static struct grants *
handed_on(const struct grants *t, uint64_t boot_s)
{
	struct buf *b = buf_new(GRANTS_PUT_HEAD + 100 * GRANTS_PUT_LEN);
	struct grants *next = grants_new(100);

	assert_non_null(b);
	assert_non_null(next);
	assert_int_equal(grants_put(t, boot_s, b), BH_OK);
	assert_int_equal(grants_get(next, b), BH_OK);
	buf_free(b);
	return next;
}

static void
test_what_waits_is_handed_on_whole(void **state)
{
	struct grant g = a_grant(7, "sshd");
	uint8_t id[2][MSG_GRANT_LEN];
	const struct grant *was, *is;
	struct grants *next;
	size_t i;

	g.share = SHARE_KNOWN;
	g.session = (struct session_id){SESSION_TTY, 1, 2, 3, 4};
	g.fresh_boot_s = 990;
	g.token = 12;
	g.kind = FACTOR_TOTP;
	g.fresh = true;
	for (i = 0; i < 2; i++)
		assert_int_equal(
		    grants_issue(*state, &g, 1000, id[i]), BH_OK);
	grants_find(*state, id[1], "sshd", 7, 1000)->state = GRANT_CONFIRMED;
	next = handed_on(*state, 1100);
	for (i = 0; i < 2; i++) {
		was = grants_find(*state, id[i], "sshd", 7, 1100);
		is = grants_find(next, id[i], "sshd", 7, 1100);
		assert_non_null(is);
		assert_memory_equal(was->id, is->id, sizeof(is->id));
		assert_int_equal(was->state, is->state);
		assert_int_equal(was->share, is->share);
		assert_true(session_same(&was->session, &is->session));
		assert_int_equal(was->made_boot_s, is->made_boot_s);
		assert_int_equal(was->state_boot_s, is->state_boot_s);
		assert_int_equal(was->fresh_boot_s, is->fresh_boot_s);
		assert_int_equal(was->token, is->token);
		assert_int_equal(was->kind, is->kind);
		assert_int_equal(was->fresh, is->fresh);
		assert_int_equal(was->closed, is->closed);
	}
	assert_null(grants_find(next, id[0], "sshd", 7, 1120));
	grants_free(next);
}

static void
test_used_and_old_grants_are_not_handed_on(void **state)
{
	struct grant g = a_grant(7, "sshd");
	uint8_t id[MSG_GRANT_LEN], used[MSG_GRANT_LEN];
	struct grants *next;

	assert_int_equal(grants_issue(*state, &g, 1000, id), BH_OK);
	assert_int_equal(grants_issue(*state, &g, 1000, used), BH_OK);
	grants_find(*state, used, "sshd", 7, 1000)->state = GRANT_CONSUMED;
	next = handed_on(*state, 1119);
	assert_non_null(grants_find(next, id, "sshd", 7, 1119));
	assert_null(grants_find(next, used, "sshd", 7, 1119));
	grants_free(next);
	next = handed_on(*state, 1120);
	assert_null(grants_find(next, id, "sshd", 7, 1119));
	grants_free(next);
}

/* Each cut, a byte more, a state that is none: nothing is taken. */
static void
test_what_is_malformed_hands_on_nothing(void **state)
{
	struct buf *whole = buf_new(GRANTS_PUT_HEAD + 2 * GRANTS_PUT_LEN), *b;
	struct grants *next = grants_new(100);
	struct grant g = a_grant(7, "sshd");
	uint8_t id[MSG_GRANT_LEN];
	size_t len;

	assert_int_equal(grants_issue(*state, &g, 1000, id), BH_OK);
	assert_int_equal(grants_put(*state, 1000, whole), BH_OK);
	assert_int_equal(buf_put_u8(whole, 0), BH_OK);
	for (len = 0; len <= whole->len; len++) {
		if (len == whole->len - 1)
			continue;
		assert_non_null(b = buf_new_from(whole->data, len));
		assert_int_equal(grants_get(next, b), BH_ERR_INPUT);
		assert_null(grants_find(next, id, "sshd", 7, 1000));
		buf_free(b);
	}
	whole->data[GRANTS_PUT_HEAD + MSG_GRANT_LEN] = GRANT_CONSUMED;
	assert_non_null(b = buf_new_from(whole->data, whole->len - 1));
	assert_int_equal(grants_get(next, b), BH_ERR_INPUT);
	buf_free(b);
	buf_free(whole);
	grants_free(next);
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
	    cmocka_unit_test_setup_teardown(
		test_what_waits_is_handed_on_whole, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_used_and_old_grants_are_not_handed_on, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		test_what_is_malformed_hands_on_nothing, set_up, tear_down),
	    cmocka_unit_test(test_same_session),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
