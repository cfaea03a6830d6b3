/*
 * Whatever the daemon says, only ALLOW and then the end admits: each
 * behaviour of a peer at each entry point.
 */
#include "tests/pam/rig.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char grant_hex[] = "00112233445566778899aabbccddeeff";

/* One behaviour at one entry point, in a transaction of its own. */
static void
check_play(
    struct rig *r, const struct play *p, const struct entry *entry, bool allows)
{
	int want = allows ? PAM_SUCCESS : entry->denied;
	int rv;

	rig_service(r, p->hangs ? MODULE_HANG : MODULE_TEST, "");
	rig_peer(r, p->play);
	rig_pam_start(r, "root");
	rv = entry->call(r->pamh, 0);
	if (rv != want)
		fail_msg(
		    "%s in %s: %d, not %d", p->rule, entry->name, rv, want);
}

static void
test_replies(void **state)
{
	struct rig *r = *state;
	size_t i, j;

	for (i = 0; i < nplays; i++)
		for (j = 0; j < nitems(entries); j++)
			check_play(r, &plays[i], &entries[j], plays[i].allows);
}

static void
test_prompting_replies(void **state)
{
	struct rig *r = *state;
	size_t i, j;

	for (i = 0; i < nasking_plays; i++) {
		for (j = 0; j < nitems(entries); j++) {
			r->person.asked = 0;
			check_play(r, &asking_plays[i], &entries[j],
			    asking_plays[i].allows && entries[j].asks);
			if (!entries[j].asks)
				assert_int_equal(r->person.asked, 0);
			assert_true(r->person.asked <= 3);
		}
	}
}

/* The same ALLOW again and again, with an old nonce. */
static void
test_k09_replay(void **state)
{
	struct rig *r = *state;
	size_t i;

	for (i = 0; i < nplays; i++) {
		if (strncmp(plays[i].rule, "K09", 3) == 0)
			break;
	}
	assert_true(i < nplays);
	rig_peer(r, plays[i].play);
	for (i = 0; i < 3; i++)
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(atomic_load(&r->peer->report->starts), 3);
}

/* Connection n: ALLOW, then DENY, with bit n % 32 flipped. */
static void
play_flips(struct talk *t)
{
	uint32_t word =
	    t->number < 32 ? (uint32_t)VERDICT_ALLOW : (uint32_t)VERDICT_DENY;

	if (talk_start(t))
		talk_verdict(
		    t, word ^ UINT32_C(1) << t->number % 32, false, "");
}

static void
test_r07_flipped_bits_deny(void **state)
{
	struct rig *r = *state;
	int i;

	rig_peer(r, play_flips);
	for (i = 0; i < 64; i++)
		assert_int_equal(pam_authenticate(r->pamh, 0), PAM_AUTH_ERR);
	assert_int_equal(atomic_load(&r->peer->report->starts), 64);
}

static void
test_unreachable(void **state)
{
	struct rig *r = *state;
	size_t i;

	peer_stop(r->peer);
	for (i = 0; i < nitems(entries); i++) {
		r->person.shown[0] = '\0';
		assert_int_equal(
		    entries[i].call(r->pamh, 0), entries[i].denied);
		if (strcmp(entries[i].name, "close") != 0)
			assert_string_equal(r->person.shown, "Access denied.");
	}
}

/* F07: the shipped module trusts root and the daemon's user only. */
static void
test_f07_stranger_listens(void **state)
{
	struct rig *r = *state;
	uid_t uid = geteuid() == 0 ? 65534 : (uid_t)-1;
	size_t i;

	rig_service(r, MODULE_SHIPPED, "");
	peer_free(r->peer);
	r->peer = peer_start(r->socket, uid, play_allow);
	rig_pam_start(r, "root");
	for (i = 0; i < nitems(entries); i++)
		assert_int_equal(
		    entries[i].call(r->pamh, 0), entries[i].denied);
	assert_int_equal(atomic_load(&r->peer->report->starts), 0);
}

static void
test_f07_root_listens(void **state)
{
	struct rig *r = *state;
	size_t i;

	if (geteuid() != 0)
		skip();
	rig_service(r, MODULE_SHIPPED, "");
	rig_peer(r, play_allow);
	rig_pam_start(r, "root");
	for (i = 0; i < nitems(entries); i++)
		assert_int_equal(entries[i].call(r->pamh, 0), PAM_SUCCESS);
}

/* Neither asks nor grants, and never talks to the daemon. */
static void
test_setcred(void **state)
{
	struct rig *r = *state;

	assert_int_equal(pam_setcred(r->pamh, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_int_equal(r->person.asked, 0);
	assert_int_equal(atomic_load(&r->peer->report->connections), 0);
}

/* The daemon says whether a password may be chosen; nobody is asked. */
static void
test_chauthtok(void **state)
{
	struct rig *r = *state;

	rig_peer(r, play_allow);
	assert_int_equal(pam_chauthtok(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(r->peer->report->start.phase, PHASE_PASSWORD);
	rig_peer(r, play_deny);
	assert_int_equal(pam_chauthtok(r->pamh, 0), PAM_PERM_DENIED);
	assert_int_equal(r->person.asked, 0);
}

static void
test_grant_goes_on(void **state)
{
	struct rig *r = *state;
	struct report *report = r->peer->report;

	assert_int_equal(pam_authenticate(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(report->start.flags & MSG_F_GRANT, 0);
	assert_string_equal(pam_getenv(r->pamh, "BULKHEAD_GRANT"), grant_hex);
	assert_int_equal(pam_acct_mgmt(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(report->start.phase, PHASE_ACCOUNT);
	assert_int_equal(report->start.flags & MSG_F_GRANT, MSG_F_GRANT);
	assert_memory_equal(report->start.grant, peer_grant, MSG_GRANT_LEN);
	rig_peer(r, play_allow);
	report = r->peer->report;
	assert_int_equal(pam_open_session(r->pamh, 0), PAM_SUCCESS);
	assert_int_equal(report->start.flags & MSG_F_GRANT, MSG_F_GRANT);
	assert_null(pam_getenv(r->pamh, "BULKHEAD_GRANT"));
	assert_int_equal(pam_close_session(r->pamh, 0), PAM_SUCCESS);
	assert_memory_equal(report->start.grant, peer_grant, MSG_GRANT_LEN);
}

/* sshd loses PAM data between its processes, the environment stays. */
static void
test_grant_from_environment(void **state)
{
	static const struct {
		const char *env;
		bool valid;
	} rows[] = {
	    {"BULKHEAD_GRANT=00112233445566778899aabbccddeeff", true},
	    {"BULKHEAD_GRANT=00112233445566778899AABBCCDDEEFF", false},
	    {"BULKHEAD_GRANT=00112233445566778899aabbccddeef", false},
	    {"BULKHEAD_GRANT=00112233445566778899aabbccddeeff0", false},
	    {"BULKHEAD_GRANT=", false},
	    {"BULKHEAD_GRANT=0011223344556677x899aabbccddeeff", false},
	};
	struct rig *r = *state;
	size_t i;

	rig_peer(r, play_deny);
	for (i = 0; i < nitems(rows); i++) {
		rig_pam_start(r, "root");
		assert_int_equal(pam_putenv(r->pamh, rows[i].env), PAM_SUCCESS);
		assert_int_equal(pam_open_session(r->pamh, 0), PAM_SESSION_ERR);
		assert_int_equal(r->peer->report->start.flags & MSG_F_GRANT,
		    rows[i].valid ? MSG_F_GRANT : 0);
		assert_null(pam_getenv(r->pamh, "BULKHEAD_GRANT"));
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_replies),
	    TEST(test_prompting_replies),
	    TEST(test_k09_replay),
	    TEST(test_r07_flipped_bits_deny),
	    TEST(test_unreachable),
	    TEST(test_f07_stranger_listens),
	    TEST(test_f07_root_listens),
	    TEST(test_setcred),
	    TEST(test_chauthtok),
	    TEST(test_grant_goes_on),
	    TEST(test_grant_from_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
