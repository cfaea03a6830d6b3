/*
 * The gate: locks, clocks, sources and what is written of it.
 */
#include "tests/unit/unit.h"

#include "core/clock.h"
#include "core/event.h"
#include "core/gate.h"
#include "tests/unit/gate_fixture.h"

#include <liboath/oath.h>

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
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
