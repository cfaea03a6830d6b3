/*
 * The gate when something fails: a record, a commit, a clock that is wrong
 * from the start, a grant that is gone.
 */
#include "tests/unit/unit.h"

#include "core/clock.h"
#include "core/decide.h"
#include "tests/unit/gate_fixture.h"

#include <liboath/oath.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#define TOTP_SECRET "12345678901234567891"
#define FAULT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, setup, gate_teardown)
#define FAR_S	  2082758400		    /* 2036 */
#define TOO_FAR_S (INT32_MAX * 1000ull + 1) /* no record can say it */

static const char *
totp_at(uint64_t t_s)
{
	static char code[7];

	assert_int_equal(oath_totp_generate(TOTP_SECRET, strlen(TOTP_SECRET),
			     (time_t)t_s, 30, 0, 6, code),
	    OATH_OK);
	return code;
}

/* The daemon starts again on the same store. */
static void
restart(struct gate_fixture *f)
{
	gate_free(f->gate);
	f->gate = gate_new(f->store.s, f->config);
	assert_non_null(f->gate);
}

static struct attempts
attempts_of(struct gate_fixture *f, const char *login)
{
	struct account a = account_of(f, login);
	struct attempts at;

	gate_attempts(f->gate, &a, &f->now, &at);
	return at;
}

static void
limit_files(rlim_t bytes)
{
	const struct rlimit r = {bytes, RLIM_INFINITY};

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* No file can be written past its first page: each commit fails. */
static void
fill_disk(struct gate_fixture *f)
{
	signal(SIGXFSZ, SIG_IGN);
	limit_files(4096);
	f->expect = BH_ERR_FULL;
}

static void
make_room(struct gate_fixture *f)
{
	limit_files(RLIM_INFINITY);
	f->expect = BH_OK;
}

static int
setup(void **state)
{
	limit_files(RLIM_INFINITY);
	return gate_setup(state);
}

static void
test_a_wrong_answer_without_a_record_counts(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = "000000"};
	int i;

	f->now.wall_s = TOO_FAR_S;
	restart(f);
	for (i = 1; i <= 4; i++) {
		assert_int_equal(try_auth(f, &t), VERDICT_DENY);
		assert_int_equal(
		    attempts_of(f, "alice").share[SHARE_UNKNOWN].failed, i);
	}
	assert_true(attempts_of(f, "alice").share[SHARE_UNKNOWN].locked);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_int_equal(
	    attempts_of(f, "alice").share[SHARE_UNKNOWN].failed, 4);
}

static void
test_a_batch_on_a_full_disk_has_one_budget(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "su",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = "000000"};

	fixture_config(f, "lock_after = 10\n");
	fill_disk(f);
	assert_int_equal(try_batch(f, &t, 1), 0);
	assert_int_equal(attempts_of(f, "alice").share[SHARE_LOCAL].failed, 1);
	t.service = "login"; /* one by one from many hosts, so to speak */
	t.user = "alice";
	t.real_uid = 0;
	t.rhost = "a host by its name";
	assert_int_equal(try_batch(f, &t, 3), 0);
	assert_int_equal(
	    attempts_of(f, "alice").share[SHARE_UNKNOWN].failed, 3);
	assert_int_equal(try_batch(f, &t, 20), 0);
	assert_int_equal(
	    attempts_of(f, "alice").share[SHARE_UNKNOWN].failed, 4);
	make_room(f);
	/* the first batch with room again goes on from there */
	t.rhost = NULL;
	t.tty = "pts/1";
	assert_int_equal(try_batch(f, &t, 20), 0);
	assert_int_equal(attempts_of(f, "alice").share[SHARE_LOCAL].failed, 2);
	assert_true(attempts_of(f, "alice").share[SHARE_LOCAL].locked);
	assert_int_equal(count_reason(f, "wrong"), 1);
}

/* What a full disk kept out of the ledger is summed there once it can be. */
static void
test_denials_of_a_failed_commit_are_summed(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = "000000"};

	fill_disk(f);
	assert_int_equal(try_batch(f, &t, 2), 0);
	t.answer = hotp[0];
	assert_int_equal(try_batch(f, &t, 1), 0);
	make_room(f);
	assert_int_equal(gate_tick(f->gate, &f->now), BH_OK);
	assert_int_equal(count_text(f, "\"count\":3"), 1);
	assert_int_equal(count_reason(f, "error"), 1);
	/* and the code was not used up */
	assert_int_equal(try_batch(f, &t, 1), 1);
}

static void
test_a_start_in_2036_shuts_nobody_out(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "bob",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};
	uint64_t now_s = f->now.wall_s;

	fixture_token(
	    &f->store, account_of(f, "bob").id, FACTOR_TOTP, TOTP_SECRET);
	f->now.wall_s = FAR_S;
	restart(f);
	t.answer = totp_at(FAR_S);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.wall_s = now_s;
	t.answer = totp_at(now_s);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	f->now.wall_s = FAR_S + 10; /* still used */
	t.answer = totp_at(FAR_S);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
}

static void
test_a_network_is_no_host(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "ftp",
	    .user = "alice",
	    .rhost = "192.0.2.0/24",
	    .answer = hotp[0]};

	fixture_config(f, "forbidden_sources = 192.0.2.7\n");
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
}

/* A sudo session that shows a grant is not root's own, whatever became of
 * the grant. */
static void
test_a_lost_grant_does_not_make_root(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = hotp[0]};

	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	restart(f);
	t.real_uid = 0;
	t.caller = "root";
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	t.has_grant = false;
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
}

/* A grant that is fresh for a moment yet: asked, and judged by the answer. */
static void
test_freshness_about_to_end(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .session = 7,
	    .answer = hotp[0]};

	fixture_config(f, "freshness = 10m\n");
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	f->now.boot_s += 590;
	t.answer = "000000";
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_false(t.asked);
	f->now.boot_s += 8;
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_true(t.asked);
	assert_string_equal(last_reason(f), "wrong");
}

/* On a slow disk its wait would give away who has an account. */
static void
test_every_answer_waits_for_the_disk(void **state)
{
	struct gate_fixture *f = *state;
	const char *const users[] = {"alice", "bob", "mallory", "a/b"};
	struct try t = {.service = "sshd",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = "000000"};
	size_t i;

	t.user = "mallory";
	assert_int_equal(try_batch(f, &t, 1), 0); /* this second's time */
	fill_disk(f);				  /* and the batch says so */
	for (i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		t.user = users[i];
		assert_int_equal(try_batch(f, &t, 1), 0);
	}
}

static void
test_a_session_ends_once(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "app",
	    .user = "alice",
	    .peer_uid = 1000,
	    .peer_name = "alice",
	    .real_uid = 1000,
	    .caller = "alice",
	    .answer = hotp[0]};

	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_DENY);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_DENY);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_DENY);
	assert_int_equal(count_action(f, "session.close"), 1);
	assert_non_null(strstr(f->line, "reason=stranger"));
}

static void
test_a_line_names_its_record(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};

	fixture_record(&f->store, "first");
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_non_null(strstr(f->line, " seq=1"));
}

/* Who knows a used code can't fill the disk with it. */
static void
test_replays_do_not_grow_the_ledger_for_ever(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0]};
	int i;

	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	for (i = 0; i < 20; i++) {
		try_batch(f, &t, GATE_BATCH_MAX);
		f->now.boot_s += 60;
		f->now.wall_s += 60;
	}
	assert_true(count_reason(f, "replay") >= 600);
	assert_true(count_reason(f, "replay") <= 600 + 20 * 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    FAULT_TEST(test_a_wrong_answer_without_a_record_counts),
	    FAULT_TEST(test_a_batch_on_a_full_disk_has_one_budget),
	    FAULT_TEST(test_denials_of_a_failed_commit_are_summed),
	    FAULT_TEST(test_a_start_in_2036_shuts_nobody_out),
	    FAULT_TEST(test_a_network_is_no_host),
	    FAULT_TEST(test_a_lost_grant_does_not_make_root),
	    FAULT_TEST(test_freshness_about_to_end),
	    FAULT_TEST(test_every_answer_waits_for_the_disk),
	    FAULT_TEST(test_a_session_ends_once),
	    FAULT_TEST(test_a_line_names_its_record),
	    FAULT_TEST(test_replays_do_not_grow_the_ledger_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
