/*
 * The verdict: every objection, in its order, and that nothing but the seven
 * reasons allows.
 */
#include "tests/unit/unit.h"

#include "core/decide.h"

/* Everything in favour: an enrolled account's right and unused code. */
static struct evidence
good_code(void)
{
	struct evidence e;

	memset(&e, 0, sizeof(e));
	e.permitted = true;
	e.well_formed = true;
	e.realm_ok = true;
	e.source_ok = true;
	e.subject = SUBJECT_ENROLLED;
	e.gate = GATE_OPEN;
	e.answer = ANSWER_GIVEN;
	e.match = MATCH_CLAIMED;
	return e;
}

static void
test_zeroed_memory_denies(void **state)
{
	struct evidence e;
	struct decision d;

	(void)state;
	memset(&e, 0, sizeof(e));
	d = decide(&e);
	assert_int_equal(d.verdict, VERDICT_DENY);
	assert_false(decide_evaluates(&e));
}

#define ROW(rule_, reason_, evaluates_, change_)                              \
	{                                                                     \
		struct evidence e = good_code();                              \
		struct decision d;                                            \
		change_;                                                      \
		d = decide(&e);                                               \
		if (d.reason != (reason_) ||                                  \
		    (d.verdict == VERDICT_ALLOW) != allows(reason_) ||        \
		    decide_evaluates(&e) != (evaluates_))                     \
			fail_msg("%s: got %s", rule_, reason_name(d.reason)); \
	}

static bool
allows(enum reason r)
{
	return r == REASON_CODE || r == REASON_FRESH || r == REASON_CONFIRMED ||
	       r == REASON_ROOT || r == REASON_CLOSED || r == REASON_MACHINE ||
	       r == REASON_PASSWORD;
}

static void
test_each_objection(void **state)
{
	(void)state;
	ROW("a right unused code is admitted", REASON_CODE, true, (void)0);
	ROW("a wrong code is not", REASON_WRONG, true, e.match = MATCH_NONE);
	ROW("a used code is not", REASON_REPLAY, true, e.match = MATCH_REPLAY);
	ROW("a token that does not open admits nobody", REASON_TAMPERED, true,
	    e.match = MATCH_TAMPERED);
	ROW("an unknown match value is wrong", REASON_WRONG, true,
	    e.match = (enum match_state)77);
	ROW("a stranger may not ask", REASON_STRANGER, false,
	    e.permitted = false);
	ROW("another realm's module", REASON_REALM, false, e.realm_ok = false);
	ROW("a cut value", REASON_MALFORMED, false, e.well_formed = false);
	ROW("an unknown account", REASON_UNKNOWN, false,
	    e.subject = SUBJECT_UNKNOWN);
	ROW("an unenrolled account", REASON_UNENROLLED, false,
	    e.subject = SUBJECT_UNENROLLED);
	ROW("a tampered account", REASON_TAMPERED, false,
	    e.subject = SUBJECT_TAMPERED);
	ROW("a value that is no state", REASON_UNKNOWN, false,
	    e.subject = (enum subject_state)99);
	ROW("a forbidden source", REASON_SOURCE, false, e.source_ok = false);
	ROW("a throttled source", REASON_THROTTLED, false, e.throttled = true);
	ROW("a locked share", REASON_LOCKED, false, e.gate = GATE_LOCKED);
	ROW("a hard lock", REASON_HARD_LOCKED, false, e.gate = GATE_HARD);
	ROW("no gate state is a lock", REASON_LOCKED, false,
	    e.gate = (enum gate_state)0);
	ROW("nobody was asked", REASON_NO_CODE, false, e.answer = ANSWER_NONE);
	ROW("an abandoned question", REASON_ABORTED, false,
	    e.answer = ANSWER_ABORTED);
}

static void
test_grants_and_root(void **state)
{
	(void)state;
	ROW("a grant of this login", REASON_CONFIRMED, false,
	    (e.grant = GRANT_GOOD, e.match = MATCH_NONE,
		e.answer = ANSWER_NONE));
	ROW("a grant does not help an account that is gone", REASON_UNKNOWN,
	    false, (e.grant = GRANT_GOOD, e.subject = SUBJECT_UNKNOWN));
	ROW("a grant does not help from a forbidden source", REASON_SOURCE,
	    false, (e.grant = GRANT_GOOD, e.source_ok = false));
	ROW("a fresh grant of the session", REASON_FRESH, false,
	    (e.fresh = true, e.match = MATCH_NONE, e.answer = ANSWER_NONE));
	ROW("public key alone: a code now is too late", REASON_NO_CODE, false,
	    e.needs_grant = true);
	ROW("a spent grant", REASON_GRANT, false,
	    (e.needs_grant = true, e.grant = GRANT_BAD));
	ROW("a bad grant and no answer", REASON_GRANT, false,
	    (e.grant = GRANT_BAD, e.answer = ANSWER_NONE));
	ROW("a bad grant and a right code", REASON_CODE, true,
	    e.grant = GRANT_BAD);
	ROW("root, no elevation", REASON_ROOT, false,
	    (e.root = true, e.subject = SUBJECT_UNKNOWN));
	ROW("root of another realm's module", REASON_REALM, false,
	    (e.root = true, e.realm_ok = false));
	ROW("the end of a session", REASON_CLOSED, false,
	    (e.closing = true, e.subject = SUBJECT_UNKNOWN));
	ROW("a stranger ends no session", REASON_STRANGER, false,
	    (e.closing = true, e.permitted = false));
}

static void
test_what_two_realms_share(void **state)
{
	(void)state;
	ROW("a right code of a listed token", REASON_LISTED, true,
	    e.token_listed = true);
	ROW("a wrong code says nothing of a listed token", REASON_WRONG, true,
	    (e.token_listed = true, e.match = MATCH_NONE));
	ROW("a used code of a listed token is a replay", REASON_REPLAY, true,
	    (e.token_listed = true, e.match = MATCH_REPLAY));
	ROW("a listed SSH key: no code is compared", REASON_LISTED, false,
	    e.listed = true);
	ROW("a listed SSH key with a good grant", REASON_LISTED, false,
	    (e.listed = true, e.grant = GRANT_GOOD));
	ROW("a listed SSH key with a fresh grant", REASON_LISTED, false,
	    (e.listed = true, e.fresh = true));
	ROW("an unknown account's listed key", REASON_UNKNOWN, false,
	    (e.listed = true, e.subject = SUBJECT_UNKNOWN));
}

static void
test_machine_accounts(void **state)
{
	(void)state;
	ROW("account admits what is known", REASON_MACHINE, false,
	    (e.machine = MACHINE_KNOWN, e.subject = SUBJECT_UNKNOWN));
	ROW("session wants the key", REASON_KEY, false,
	    (e.machine = MACHINE_KNOWN, e.needs_key = true));
	ROW("session, the key is proved", REASON_MACHINE, false,
	    (e.machine = MACHINE_PROVED, e.needs_key = true,
		e.needs_grant = true));
	ROW("its ration of logins is spent", REASON_THROTTLED, false,
	    (e.machine = MACHINE_KNOWN, e.spent = true));
	ROW("in session too", REASON_THROTTLED, false,
	    (e.machine = MACHINE_PROVED, e.needs_key = true, e.spent = true));
	ROW("a spent ration of another key", REASON_KEY, false,
	    (e.machine = MACHINE_UNPROVED, e.spent = true));
	ROW("another key", REASON_KEY, false, e.machine = MACHINE_UNPROVED);
	ROW("past its end", REASON_ENDED, false, e.machine = MACHINE_ENDED);
	ROW("from elsewhere", REASON_SOURCE, false,
	    e.machine = MACHINE_ELSEWHERE);
	ROW("its own networks, forbidden to people", REASON_MACHINE, false,
	    (e.machine = MACHINE_KNOWN, e.source_ok = false));
	ROW("its key is listed", REASON_LISTED, false,
	    (e.machine = MACHINE_PROVED, e.listed = true));
	ROW("a state that is none", REASON_KEY, false,
	    e.machine = (enum machine_state)99);
	ROW("a right code does not help a machine", REASON_KEY, false,
	    (e.machine = MACHINE_UNPROVED, e.match = MATCH_CLAIMED));
}

static void
test_passwords(void **state)
{
	(void)state;
	ROW("a password of one's choice where that is good", REASON_PASSWORD,
	    false, (e.password = true, e.chosen_ok = true));
	ROW("a password of one's choice in a backup realm", REASON_CHOSEN,
	    false, e.password = true);
	ROW("root's choice is no better", REASON_CHOSEN, false,
	    (e.password = true, e.root = true));
	ROW("a stranger changes none", REASON_STRANGER, false,
	    (e.password = true, e.chosen_ok = true, e.permitted = false));
}

/* No single flipped bit of a value that admits keeps admitting by luck. */
static void
test_flipped_bits_of_the_match(void **state)
{
	int bit;

	(void)state;
	for (bit = 0; bit < 32; bit++) {
		struct evidence e = good_code();

		e.match =
		    (enum match_state)((unsigned int)MATCH_NONE ^ 1u << bit);
		assert_int_equal(decide(&e).verdict, VERDICT_DENY);
		e.match =
		    (enum match_state)((unsigned int)MATCH_CLAIMED ^ 1u << bit);
		assert_int_equal(decide(&e).verdict, VERDICT_DENY);
		e.needs_key = true;
		e.machine = (enum machine_state)(
		    (unsigned int)MACHINE_NONE ^ 1u << bit);
		assert_int_equal(decide(&e).verdict, VERDICT_DENY);
		e.machine = (enum machine_state)(
		    (unsigned int)MACHINE_PROVED ^ 1u << bit);
		assert_int_equal(decide(&e).verdict, VERDICT_DENY);
	}
}

static void
test_every_reason_has_a_name(void **state)
{
	int i, k;

	(void)state;
	for (i = 0; i < REASON_COUNT; i++) {
		for (k = 0; k < i; k++)
			assert_string_not_equal(reason_name((enum reason)i),
			    reason_name((enum reason)k));
	}
	assert_string_equal(reason_name(REASON_COUNT), "error");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_zeroed_memory_denies),
	    cmocka_unit_test(test_each_objection),
	    cmocka_unit_test(test_grants_and_root),
	    cmocka_unit_test(test_what_two_realms_share),
	    cmocka_unit_test(test_machine_accounts),
	    cmocka_unit_test(test_passwords),
	    cmocka_unit_test(test_flipped_bits_of_the_match),
	    cmocka_unit_test(test_every_reason_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
