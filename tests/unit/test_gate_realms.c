/*
 * The gate of a backup realm: what another realm has opens nothing here,
 * programs' accounts, passwords that are generated.
 */
#include "tests/unit/unit.h"

#include "core/base64.h"
#include "core/decide.h"
#include "core/digest.h"
#include "tests/unit/gate_fixture.h"

#include <stdio.h>

#define FROM	  "192.0.2.1 4000 192.0.2.2 22"
#define ELSEWHERE "198.51.100.1 4000 192.0.2.2 22"
#define SECRET	  "12345678901234567890" /* alice's, of RFC 4226 */

/* sshd's line about a key. */
static const char *
key_line(uint8_t number)
{
	static char line[160];
	uint8_t blob[51];
	char text[80];
	size_t len = ssh_key_blob(number, blob);

	assert_int_equal(base64_encode(blob, len, text, sizeof(text)), BH_OK);
	(void)snprintf(line, sizeof(line), "publickey ssh-ed25519 %s\n", text);
	return line;
}

static struct digest
key_digest(uint8_t number)
{
	struct digest d[DIGEST_SSH_MAX];
	uint8_t blob[51];
	size_t n = 0, len = ssh_key_blob(number, blob);

	assert_int_equal(digest_ssh(blob, len, d, &n), BH_OK);
	assert_int_equal(n, 1);
	return d[0];
}

static struct digest
otp_digest(const char *secret)
{
	const struct token t = {.kind = FACTOR_TOTP, .hash = OTP_SHA1};
	struct digest d[DIGEST_TOKEN_MAX];
	struct buf *b = buf_new_from(secret, strlen(secret));
	size_t n = 0;

	assert_non_null(b);
	assert_int_equal(digest_token(&t, b, d, &n), BH_OK);
	buf_free(b);
	return d[0];
}

/* Production lists this. */
static void
list(struct gate_fixture *f, struct digest d, bool quarantine, bool accept)
{
	const struct manifest_entry entry = {d, quarantine};
	struct store *s = f->store.s;
	static uint64_t serial;
	struct manifest_source m = {.realm = "prod",
	    .host = "00112233445566778899aabbccddeeff",
	    .created_s = T0 - 86400,
	    .expires_s = T0 + 86400 * 30,
	    .imported_s = T0};

	m.serial = ++serial;
	assert_int_equal(store_begin(s), BH_OK);
	assert_int_equal(store_manifest_begin(s, false), BH_OK);
	assert_int_equal(store_commit(s), BH_OK);
	assert_int_equal(store_begin(s), BH_OK);
	assert_int_equal(store_manifest_stage(s, &entry, 1), BH_OK);
	assert_int_equal(store_commit(s), BH_OK);
	assert_int_equal(store_begin(s), BH_OK);
	assert_int_equal(store_manifest_activate(s, &m, accept, false), BH_OK);
	assert_int_equal(store_commit(s), BH_OK);
}

static struct try
from_sshd(const char *answer)
{
	const struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = FROM,
	    .answer = answer};

	return t;
}

/* M07, K03: the same seed in both realms, accepted as a collision. */
static void
test_listed_token(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = from_sshd(hotp[0]);

	list(f, otp_digest(SECRET), false, true);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_true(t.asked);
	assert_string_equal(last_reason(f), "listed");
	assert_non_null(strstr(f->line, "realm prod"));
	assert_non_null(strstr(f->line, "take another one for this realm"));
	t = from_sshd("000000");
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_string_equal(last_reason(f), "wrong");
	t = from_sshd(hotp[0]);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_string_equal(last_reason(f), "replay");
}

/* P03: what production says denies nobody before an owner agrees. */
static void
test_quarantined_token(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = from_sshd(hotp[0]);

	list(f, otp_digest(SECRET), false, false);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

static void
test_other_tokens_are_not_disturbed(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = from_sshd(hotp[0]);

	list(f, otp_digest("another secret of 20"), false, true);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

static void
test_listed_key(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = from_sshd(hotp[0]);

	list(f, key_digest(1), false, false);
	t.auth_info = key_line(1);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_true(t.asked); /* as everybody is */
	assert_string_equal(last_reason(f), "listed");
	assert_non_null(strstr(f->line, "SSH key"));
	t = from_sshd(hotp[0]); /* not even compared: it is good elsewhere */
	t.auth_info = key_line(2);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	/* session sees keys that account does not */
	t.auth_info = key_line(1);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
}

/* M07: production's key, put on this host by mistake, opens nothing on the
 * day after either, though it is here now when the next manifest comes. */
static void
test_listed_key_stays_refused(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = from_sshd(hotp[0]);

	list(f, key_digest(1), false, false);
	list(f, key_digest(1), true, false);
	t.auth_info = key_line(1);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_string_equal(last_reason(f), "listed");
}

static void
test_quarantined_key(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = from_sshd(hotp[0]);

	list(f, key_digest(1), true, false);
	t.auth_info = key_line(1);
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
}

/* Nobody fills the disk with a key that costs no attempt. */
static void
test_records_of_listed_keys_are_bounded(void **state)
{
	struct gate_fixture *f = *state;
	uint64_t before;
	int i;

	list(f, key_digest(1), false, false);
	before = store_head(f->store.s)->size;
	for (i = 0; i < 700; i++) {
		struct try t = from_sshd("1");

		t.auth_info = key_line(1);
		assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	}
	assert_true(store_head(f->store.s)->size - before <= 601);
}

static void
add_machine(struct gate_fixture *f, uint64_t expires_s)
{
	struct machine m = {.login = "pull",
	    .owner = "p",
	    .ticket = "T-1",
	    .command = "borg serve",
	    .created_s = T0,
	    .expires_s = expires_s};
	uint8_t blob[51];
	struct slice in = {blob, ssh_key_blob(7, blob)};

	assert_int_equal(crypto_sha256(&in, 1, m.key), BH_OK);
	assert_int_equal(netaddr_parse("192.0.2.0/24", &m.from[0]), BH_OK);
	assert_int_equal(store_begin(f->store.s), BH_OK);
	assert_int_equal(store_machine_add(f->store.s, &m), BH_OK);
	assert_int_equal(store_commit(f->store.s), BH_OK);
}

static struct try
program(const char *connection)
{
	const struct try t = {.service = "sshd",
	    .user = "pull",
	    .connection = connection,
	    .answer = "000000"};

	return t;
}

static void
test_machine(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);

	add_machine(f, T0 + 86400);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_false(t.asked);
	t.auth_info = key_line(7);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	assert_string_equal(last_reason(f), "machine");
	assert_int_equal(count_text(f, "\"ticket\":\"T-1\""), 2);
	t.auth_info = NULL;
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_CLOSE), VERDICT_ALLOW);
}

static void
test_machine_without_its_key(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);
	char both[400];

	add_machine(f, T0 + 86400);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	t.auth_info = key_line(8);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	assert_string_equal(last_reason(f), "key");
	(void)snprintf(both, sizeof(both), "%spassword\n", key_line(7));
	t.auth_info = both;
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	t.auth_info = "publickey ssh-ed25519 ****\n";
	f->expect = BH_OK;
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
}

/* It answers no question, becomes nobody else and is nobody on the host. */
/* Whoever has its key does not fill the disk: three records each login. */
static void
test_machine_is_rationed(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);
	uint64_t before;
	int i;

	add_machine(f, T0 + 86400);
	t.auth_info = key_line(7);
	for (i = 0; i < 600; i++) {
		assert_int_equal(
		    try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
		assert_int_equal(
		    try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
	}
	before = store_head(f->store.s)->size;
	for (i = 0; i < 100; i++) {
		assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
		assert_int_equal(
		    try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	}
	assert_int_equal(store_head(f->store.s)->size, before);
	assert_int_equal(gate_tick(f->gate, &f->now), BH_OK);
	assert_string_equal(last_reason(f), "throttled");
	assert_int_equal(store_head(f->store.s)->size, before + 1);
	f->now.boot_s += 6;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	/* what is refused takes nothing: the session's one is still there */
	t.auth_info = key_line(8);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	t.auth_info = key_line(7);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
}

static void
test_machine_elsewhere(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);
	struct try sudo = {.service = "sudo",
	    .user = "pull",
	    .caller = "pull",
	    .answer = "000000",
	    .real_uid = 2000};
	struct try console = {.service = "login",
	    .user = "pull",
	    .tty = "tty1",
	    .answer = "000000"};

	add_machine(f, T0 + 86400);
	t.auth_info = key_line(7);
	assert_int_equal(try_auth(f, &t), VERDICT_DENY);
	assert_true(t.asked); /* as everybody is */
	assert_int_equal(try_phase(f, &sudo, PHASE_ACCOUNT), VERDICT_DENY);
	assert_int_equal(try_phase(f, &console, PHASE_ACCOUNT), VERDICT_DENY);
	t = program(ELSEWHERE);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	t = program(NULL);
	t.rhost = "host.example";
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	/* What is forbidden to people is not to a program that may be there. */
	fixture_config(f, "forbidden_sources = 192.0.2.0/25\n");
	t = program(FROM);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	t = program(ELSEWHERE);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
}

/* N02: the end is the end, also when the clock is set back. */
static void
test_machine_past_its_end(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);

	add_machine(f, T0 + 86400);
	f->now.wall_s = T0 + 86399;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	f->now.wall_s = T0 + 86400;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	assert_string_equal(last_reason(f), "ended");
	f->now.wall_s = T0;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
	t.auth_info = key_line(7);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
}

static void
test_machine_revoked(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);

	add_machine(f, T0 + 86400);
	assert_int_equal(store_begin(f->store.s), BH_OK);
	assert_int_equal(store_machine_end(f->store.s, "pull", T0), BH_OK);
	assert_int_equal(store_commit(f->store.s), BH_OK);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_DENY);
}

static void
test_machine_with_a_listed_key(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = program(FROM);

	add_machine(f, T0 + 86400);
	list(f, key_digest(7), false, false);
	t.auth_info = key_line(7);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_DENY);
	assert_string_equal(last_reason(f), "listed");
}

static void
test_password_phase(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "passwd",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000};

	assert_int_equal(try_phase(f, &t, PHASE_PASSWORD), VERDICT_DENY);
	assert_false(t.asked);
	assert_string_equal(last_reason(f), "chosen-password");
	t.real_uid = 0;
	assert_int_equal(try_phase(f, &t, PHASE_PASSWORD), VERDICT_DENY);
}

/* Anybody who is on the host may run passwd, without knowing anything. */
static void
test_records_of_password_phases_are_bounded(void **state)
{
	struct gate_fixture *f = *state;
	struct try t = {.service = "passwd",
	    .user = "alice",
	    .caller = "alice",
	    .real_uid = 1000};
	struct try login = from_sshd(hotp[0]);
	uint64_t before = store_head(f->store.s)->size;
	int i;

	f->config->realm_class = CLASS_PRODUCTION;
	for (i = 0; i < 700; i++)
		assert_int_equal(
		    try_phase(f, &t, PHASE_PASSWORD), VERDICT_ALLOW);
	assert_true(store_head(f->store.s)->size - before <= 601);
	assert_string_equal(last_reason(f), "password");
	/* nor does it take a replay's record away */
	assert_int_equal(try_auth(f, &login), VERDICT_ALLOW);
	login = from_sshd(hotp[0]);
	assert_int_equal(try_auth(f, &login), VERDICT_DENY);
	assert_int_equal(count_reason(f, "replay"), 1);
	f->now.boot_s += 60;
	assert_int_equal(gate_tick(f->gate, &f->now), BH_OK);
	assert_int_equal(count_action(f, "denials"), 0);
	assert_int_equal(count_text(f, "\"count\":100,"), 1);
	assert_int_equal(count_action(f, "password"), 601);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    GATE_TEST(test_listed_token),
	    GATE_TEST(test_quarantined_token),
	    GATE_TEST(test_other_tokens_are_not_disturbed),
	    GATE_TEST(test_listed_key),
	    GATE_TEST(test_listed_key_stays_refused),
	    GATE_TEST(test_quarantined_key),
	    GATE_TEST(test_records_of_listed_keys_are_bounded),
	    GATE_TEST(test_machine),
	    GATE_TEST(test_machine_without_its_key),
	    GATE_TEST(test_machine_is_rationed),
	    GATE_TEST(test_machine_elsewhere),
	    GATE_TEST(test_machine_past_its_end),
	    GATE_TEST(test_machine_revoked),
	    GATE_TEST(test_machine_with_a_listed_key),
	    GATE_TEST(test_password_phase),
	    GATE_TEST(test_records_of_password_phases_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
