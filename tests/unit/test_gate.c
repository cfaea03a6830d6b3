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

/* RFC 4226, appendix D. */
static const char *const hotp[] = {"755224", "287082", "359152", "969429",
    "338314", "254676", "287922", "162583", "399871", "520489"};

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
	f->now.boot_s += 299;
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	f->now.boot_s += 1;
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

static void
test_ssh_binds_the_session_that_pam_loginuid_made(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .user_uid = 1000,
	    .auid = 1000,
	    .session = 9,
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};
	struct try su = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 9,
	    .no_answer = true};

	fixture_config(f, "freshness = 5m\n");
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	/* before the session is open nothing is bound */
	assert_int_equal(try_phase(f, &su, PHASE_ACCOUNT), VERDICT_DENY);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &su, PHASE_ACCOUNT), VERDICT_ALLOW);
}

static void
test_sshd_of_an_audited_session_binds_nobody(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .user_uid = 1000,
	    .auid = 0,
	    .session = 9,
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};
	struct try su = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 9,
	    .no_answer = true};

	fixture_config(f, "freshness = 5m\n");
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &su, PHASE_ACCOUNT), VERDICT_DENY);
}

static void
test_a_stranger_locks_himself_out_only(void **state)
{
	struct gate_fixture *f = *state;
	struct try stranger = {.service = "sshd",
	    .user = "alice",
	    .connection = "198.51.100.9 4000 192.0.2.2 22",
	    .answer = "000000"};
	struct try owner = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .auth_info = "publickey ssh-ed25519 AAAA\n",
	    .answer = hotp[0]};
	int i;

	for (i = 0; i < 50; i++)
		assert_int_equal(try_auth(f, &stranger), VERDICT_DENY);
	assert_int_equal(count_reason(f, "wrong"), 4);
	assert_true(
	    account_of(f, "alice").attempts.share[SHARE_UNKNOWN].locked);
	assert_false(account_of(f, "alice").attempts.hard_locked);
	assert_int_equal(try_auth(f, &owner), VERDICT_ALLOW);
}

static void
test_a_lock_ends_in_boot_time(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = "000000"};

	try_auth(f, &t);
	try_auth(f, &t);
	t.answer = hotp[0];
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.wall_s += 10 * 365 * 86400; /* nobody's watch opens it */
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.wall_s -= 10 * 365 * 86400;
	f->now.boot_s += 1799;
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.boot_s += 1;
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_true(count_action(f, "clock.jump") >= 1);
}

#define TOTP_SECRET "a secret of 20 bytes"

/* The code of that secret at this time, by liboath. */
static const char *
totp_at(uint64_t wall_s)
{
	static char code[7];

	assert_int_equal(
	    oath_totp_generate(TOTP_SECRET, 20, (time_t)wall_s, 30, 0, 6, code),
	    OATH_OK);
	return code;
}

static void
test_a_clock_in_2036_shuts_nobody_out(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "bob",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};
	uint64_t now_s = f->now.wall_s, far_s = 2082758400;

	fixture_token(
	    &f->store, account_of(f, "bob").id, FACTOR_TOTP, TOTP_SECRET);
	t.answer = totp_at(now_s);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	f->now.wall_s = far_s;
	t.answer = totp_at(far_s);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.boot_s += 60;
	f->now.wall_s = now_s + 60;
	t.answer = totp_at(now_s);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.answer = totp_at(now_s + 60);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	/* and the codes of 2036 stay used up, whenever that comes */
	f->now.wall_s = far_s + 10;
	t.answer = totp_at(far_s);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.boot_s += 2 * 86400;
	f->now.wall_s += 20;
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_true(count_action(f, "clock.behind") >= 1);
}

static void
test_an_older_code_stays_out(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "bob",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};
	uint64_t now_s = f->now.wall_s;

	fixture_token(
	    &f->store, account_of(f, "bob").id, FACTOR_TOTP, TOTP_SECRET);
	t.answer = totp_at(now_s);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	f->now.wall_s -= 600; /* never used, but below the mark */
	t.answer = totp_at(now_s - 600);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.wall_s += 600;
	t.answer = totp_at(now_s);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
}

static void
test_unknown_names_are_not_written(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "Tr0ub4dor-and-3",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = "123456"};

	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_null(strstr(f->line, "Tr0ub4dor"));
	f->now.boot_s += 60;
	assert_int_equal(gate_tick(f->gate, &f->now), BH_OK);
	assert_int_equal(count_action(f, "denials"), 1);
	assert_int_equal(count_text(f, "Tr0ub4dor"), 0);
}

static void
test_denials_are_summed(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "nobody-here",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = "123456"};
	uint64_t before = store_head(f->store.s)->size;
	int i;

	for (i = 0; i < 1000; i++)
		assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_int_equal(store_head(f->store.s)->size, before);
	assert_true(gate_tick_in(f->gate, &f->now) <= 60);
	assert_int_equal(gate_tick(f->gate, &f->now), BH_OK);
	/* unknown until the source's share was spent, then throttled */
	assert_int_equal(store_head(f->store.s)->size, before + 1);
	assert_int_equal(gate_tick_in(f->gate, &f->now), UINT64_MAX);
}

static void
test_sources(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	fixture_config(f, "sources = 192.0.2.0/24, 2001:db8::/32\n"
			  "forbidden_sources = 192.0.2.128/25\n");
	t.connection = "198.51.100.1 1 192.0.2.2 22";
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.connection = "192.0.2.200 1 192.0.2.2 22";
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.connection = NULL;
	t.rhost = "trusted.example.com"; /* a name is no address */
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.connection = "2001:db8::1 1 2001:db8::2 22";
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

static void
test_realm_and_malformed(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .realm = "other",
	    .answer = hotp[0]};

	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.realm = "vault";
	t.flags = MSG_F_TRUNCATED;
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	t.flags = 0;
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

static void
test_console_has_a_share_of_its_own(void **state)
{
	struct gate_fixture *f = *state;
	struct try local = {.service = "sudo",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = "000000"};
	struct try console = {.service = "login",
	    .user = "alice",
	    .tty = "/dev/tty1",
	    .answer = hotp[0]};

	try_auth(f, &local);
	try_auth(f, &local);
	local.answer = hotp[0];
	assert_int_equal(try_auth(f, &local), VERDICT_DENY);
	assert_int_equal(try_auth(f, &console), VERDICT_ALLOW);
}

static void
test_every_record_is_complete(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(
	    count_text(f, "\"realm\":\"vault\""), count_text(f, "\"seq\":"));
	assert_int_equal(count_text(f, hotp[0]), 0);
	assert_true(count_text(f, "\"ip\":\"192.0.2.1\"") >= 1);
	assert_true(count_text(f, "\"name\":\"alice\"") >= 1);
	assert_non_null(strstr(f->line, "alice"));
	assert_null(strstr(f->line, hotp[0]));
}

#define GATE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, gate_setup, gate_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    GATE_TEST(test_a_code_is_admitted_once),
	    GATE_TEST(test_one_batch_admits_a_code_once),
	    GATE_TEST(test_who_is_the_subject),
	    GATE_TEST(test_a_caller_that_is_not_root),
	    GATE_TEST(test_ssh_from_auth_to_session),
	    GATE_TEST(test_a_grant_is_of_its_service_and_account),
	    GATE_TEST(test_a_right_code_and_a_wrong_password_earn_nothing),
	    GATE_TEST(test_sudo_without_auth_is_asked_in_account),
	    GATE_TEST(test_freshness_serves_its_own_session),
	    GATE_TEST(test_freshness_is_of_no_other_session),
	    GATE_TEST(test_ssh_binds_the_session_that_pam_loginuid_made),
	    GATE_TEST(test_sshd_of_an_audited_session_binds_nobody),
	    GATE_TEST(test_a_stranger_locks_himself_out_only),
	    GATE_TEST(test_a_lock_ends_in_boot_time),
	    GATE_TEST(test_a_clock_in_2036_shuts_nobody_out),
	    GATE_TEST(test_an_older_code_stays_out),
	    GATE_TEST(test_unknown_names_are_not_written),
	    GATE_TEST(test_denials_are_summed),
	    GATE_TEST(test_sources),
	    GATE_TEST(test_realm_and_malformed),
	    GATE_TEST(test_console_has_a_share_of_its_own),
	    GATE_TEST(test_every_record_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
