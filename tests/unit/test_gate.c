/*
 * The gate without its sockets: phases, grants, freshness, locks, batches,
 * on a real store and with the time handed in.
 */
#include "tests/unit/unit.h"

#include "core/clock.h"
#include "core/event.h"
#include "core/gate.h"
#include "tests/unit/gate_fixture.h"

#include <liboath/oath.h>

static void
test_a_code_is_admitted_once(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};

	t.answer = hotp[0];
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_true(t.has_grant);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_string_equal(last_reason(f), "replay");
	t.answer = "000000";
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_string_equal(last_reason(f), "wrong");
	t.answer = hotp[1];
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

static void
test_one_batch_admits_a_code_once(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	assert_int_equal(try_batch(f, &t, 40), 1);
}

static void
test_who_is_the_subject(void **state)
{
	struct gate_fixture *f = *state;
	/* sudo: the caller's code, whatever name is asked for */
	struct try t = {.service = "sudo",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = hotp[0]};

	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	/* root's own sudo is no elevation */
	t = (struct try){.service = "sudo", .user = "alice", .no_answer = true};
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_string_equal(last_reason(f), "root, no elevation");
	/* root by ssh has no exemption */
	t = (struct try){.service = "sshd", .user = "root", .answer = hotp[1]};
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	/* a setuid program of another name: still its caller */
	t = (struct try){.service = "locker",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = hotp[1]};
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

/* sshd calls itself what PAMServiceName says, also sudo. */
static void
test_who_comes_from_elsewhere_is_not_root(void **state)
{
	struct gate_fixture *f = *state;
	static const char *const services[] = {"sudo", "sudo-i", "su", "su-l"};
	struct try t;
	size_t i;

	for (i = 0; i < nitems(services); i++) {
		t = (struct try){
		    .service = services[i], .user = "alice", .no_answer = true};
		assert_int_equal(
		    try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
		t.rhost = "192.0.2.1";
		assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
		t.rhost = NULL;
		t.connection = "192.0.2.1 4000 192.0.2.2 22";
		assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
		assert_int_equal(
		    try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	}
	t.no_answer = false;
	t.answer = hotp[0];
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_string_equal(last_reason(f), "code");
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
}

static void
test_a_caller_that_is_not_root(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "locker",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .peer_uid = 1000,
	    .answer = hotp[0]};

	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.peer_name = "alice";
	t.user = "bob";
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.user = "alice";
	t.real_uid = 0; /* what a liar would send */
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.service = "sudo";
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.service = "locker";
	t.real_uid = 1000;
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

static void
test_ssh_from_auth_to_session(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	/* public key alone never runs auth */
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	/* the session comes after account */
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_ALLOW);
}

/* The gate of a daemon that follows, with what the last one left in b. */
static enum bh_err
next_gate(struct gate_fixture *f, struct buf *b)
{
	gate_free(f->gate);
	f->gate = gate_new(f->store.s, f->config);
	assert_non_null(f->gate);
	return gate_get_grants(f->gate, b);
}

static void
test_a_login_goes_on_with_the_next_daemon(void **state)
{
	struct gate_fixture *f = *state;
	struct buf *b = buf_new(GATE_PUT_MAX);
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	assert_non_null(b);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(gate_put_grants(f->gate, &f->now, b), BH_OK);
	assert_int_equal(next_gate(f, b), BH_OK);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	buf_reset(b);
	assert_int_equal(gate_put_grants(f->gate, &f->now, b), BH_OK);
	assert_int_equal(next_gate(f, b), BH_OK);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	buf_free(b);
}

/* Something was recorded in between: an account may be gone. */
static void
test_a_login_does_not_go_on_from_another_head(void **state)
{
	struct gate_fixture *f = *state;
	struct buf *b = buf_new(GATE_PUT_MAX);
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};
	struct try other = t;

	assert_non_null(b);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(gate_put_grants(f->gate, &f->now, b), BH_OK);
	other.answer = hotp[1];
	assert_int_equal(try_auth(f, &other), VERDICT_ALLOW);
	assert_int_equal(next_gate(f, b), BH_ERR_INPUT);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	buf_free(b);
}

/* pam_env lets the user write the PAM environment before that. */
static void
test_the_end_of_a_session_believes_no_environment(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .rhost = "192.0.2.1",
	    .connection = "192.0.2.9 4000 192.0.2.2 22",
	    .auth_info = "password\n"};

	fixture_config(f, "sources = 192.0.2.1\n");
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_ALLOW);
	assert_int_equal(count_text(f, "session.close"), 1);
	assert_int_equal(count_text(f, "\"name\":\"alice\""), 1);
	assert_int_equal(count_text(f, "192.0.2.1\""), 1);
	assert_int_equal(count_text(f, "192.0.2.9"), 0);
	assert_int_equal(count_text(f, "knowledge"), 0);
	t.rhost = "client.example.org";
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_ALLOW);
	t.user = "nobody-here";
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_ALLOW);
	assert_int_equal(count_text(f, "nobody-here"), 0);
}

static void
test_a_grant_is_of_its_service_and_account(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	t.user = "bob";
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	t.user = "alice";
	t.service = "login";
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	t.service = "sshd";
	f->now.boot_s += GRANT_LIFE_S;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
}

static void
test_a_right_code_and_a_wrong_password_earn_nothing(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .auth_info = "publickey ssh-ed25519 AAAA\n",
	    .answer = "000000"};

	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.answer = hotp[0];
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(
	    account_of(f, "alice").attempts.share[SHARE_KNOWN].failed, 2);
	assert_int_equal(account_of(f, "alice").last_login_s, 0);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(
	    account_of(f, "alice").attempts.share[SHARE_KNOWN].failed, 0);
}

static void
test_sudo_without_auth_is_asked_in_account(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 5,
	    .answer = hotp[0]};

	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_true(t.asked);
	assert_true(t.has_grant);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	/* freshness is 0 here: asked again, and the used code is refused */
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	assert_true(t.asked);
	t.no_answer = true;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
}

static void
test_freshness_serves_its_own_session(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 5,
	    .answer = hotp[0]};

	fixture_config(f, "freshness = 5m\n");
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	t.has_grant = false;
	t.no_answer = true;
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_false(t.asked);
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_string_equal(last_reason(f), "fresh");
	/* su of the same session too */
	t.service = "su";
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	/* being served does not prolong it */
	f->now.boot_s += 294;
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	f->now.boot_s += 1; /* five seconds before its end it asks */
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
}

static void
test_freshness_is_of_no_other_session(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 5,
	    .answer = hotp[0]};

	fixture_config(f, "freshness = 5m\n");
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	t.has_grant = false;
	t.no_answer = true;
	t.session = 6; /* a cron job of the same account */
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	t.session = 0; /* no session at all */
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
}

/*
 * alice logs in by ssh, her session is opened with this login uid, and sudo
 * of that session asks nothing: what comes of it, before and after.
 */
static void
ssh_then_sudo(
    struct gate_fixture *f, uint32_t auid, enum verdict sudo_verdict[2])
{
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .user_uid = 1000,
	    .auid = auid,
	    .session = 9,
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};
	struct try sudo = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 9,
	    .no_answer = true};

	fixture_config(f, "freshness = 5m\n");
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	sudo_verdict[0] = try_phase(f, &sudo, PHASE_ACCOUNT);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	sudo_verdict[1] = try_phase(f, &sudo, PHASE_ACCOUNT);
}

static void
test_ssh_binds_the_session_that_pam_loginuid_made(void **state)
{
	enum verdict sudo[2];

	ssh_then_sudo(*state, 1000, sudo);
	assert_int_equal(sudo[0], VERDICT_DENY); /* nothing is bound yet */
	assert_int_equal(sudo[1], VERDICT_ALLOW);
}

static void
test_sshd_of_an_audited_session_binds_nobody(void **state)
{
	enum verdict sudo[2];

	ssh_then_sudo(*state, 0, sudo);
	assert_int_equal(sudo[0], VERDICT_DENY);
	assert_int_equal(sudo[1], VERDICT_DENY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    GATE_TEST(test_a_code_is_admitted_once),
	    GATE_TEST(test_one_batch_admits_a_code_once),
	    GATE_TEST(test_who_is_the_subject),
	    GATE_TEST(test_who_comes_from_elsewhere_is_not_root),
	    GATE_TEST(test_a_caller_that_is_not_root),
	    GATE_TEST(test_ssh_from_auth_to_session),
	    GATE_TEST(test_a_login_goes_on_with_the_next_daemon),
	    GATE_TEST(test_a_login_does_not_go_on_from_another_head),
	    GATE_TEST(test_the_end_of_a_session_believes_no_environment),
	    GATE_TEST(test_a_grant_is_of_its_service_and_account),
	    GATE_TEST(test_a_right_code_and_a_wrong_password_earn_nothing),
	    GATE_TEST(test_sudo_without_auth_is_asked_in_account),
	    GATE_TEST(test_freshness_serves_its_own_session),
	    GATE_TEST(test_freshness_is_of_no_other_session),
	    GATE_TEST(test_ssh_binds_the_session_that_pam_loginuid_made),
	    GATE_TEST(test_sshd_of_an_audited_session_binds_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
