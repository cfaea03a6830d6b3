/*
 * Operations on persons, accounts and tokens, on a real store.
 */
#include "tests/unit/unit.h"

#include "core/factor.h"
#include "tests/unit/admin_fixture.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <stdlib.h>

/* 20 bytes, of which the fixture has none. */
#define SECRET	      "YWJjZGVmZ2hpamtsbW5vcHFyc3Q="
#define SECRET_BASE32 "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U"
#define SECRET_BYTES  "abcdefghijklmnopqrst"

/* The totp code of SECRET_BYTES at the fixture's time plus so many steps. */
static const char *
totp(const struct admin_fixture *f, int steps)
{
	static char code[16];
	time_t now = (time_t)f->g->now.wall_s + 30 * steps;

	assert_int_equal(
	    oath_totp_generate(SECRET_BYTES, 20, now, 30, 0, 6, code), OATH_OK);
	return code;
}

static void
test_bad_requests_are_usage(void **state)
{
	static const char *const rows[] = {
	    "{}",
	    "{'op': 1}",
	    "{'op': 'no.such'}",
	    "{'op': 'ping', 'x': 1}",
	    "{'op': 'person.add'}",
	    "{'op': 'person.add', 'id': 7}",
	    "{'op': 'person.add', 'id': ''}",
	    "{'op': 'person.add', 'id': '-x'}",
	    "{'op': 'person.add', 'id': 'a b'}",
	    "{'op': 'person.add', 'id': 'x', 'name': 'a\\u0007b'}",
	    "{'op': 'person.add', 'id': 'x', 'extra': true}",
	    "{'op': 'account.add', 'login': 'x'}",
	    "{'op': 'account.remove', 'login': 'bob'}",
	    "{'op': 'account.show', 'login': '../x'}",
	    "{'op': 'unlock', 'login': 'bob'}",
	    "{'op': 'unlock', 'login': 'bob', 'reason': 'r', "
	    "'local_terminal': 'yes'}",
	    "{'op': 'token.confirm', 'id': '1', 'code': '1'}",
	    "{'op': 'token.confirm', 'id': -1, 'code': '1'}",
	    "{'op': 'token.confirm', 'id': 1, 'code': ''}",
	    "{'op': 'token.revoke', 'id': 1}",
	    "{'op': 'token.list', 'after': 'x'}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'sms'}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'totp', 'digits': 7}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'totp', 'period': 31}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'totp', "
	    "'algorithm': 'MD5'}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'totp', "
	    "'secret': '!!!!'}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'hotp', 'period': 30}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'recovery', "
	    "'secret': 'AAAA'}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'yubikey'}",
	    "{'op': 'enroll', 'login': 'bob', 'kind': 'yubikey', "
	    "'public_id': 'cccccccccccc'}",
	    "{'op': 'key.rotate', 'generation': 2, 'key': 'zz'}",
	    "{'op': 'key.rotate', 'generation': 0, 'key': 'zz'}",
	    "{'op': 'store.backup.remove', 'name': 'store.db'}",
	    "{'op': 'store.backup.remove', "
	    "'name': 'backup-0123456789abcdeX.db'}",
	    "{'op': 'store.accept'}",
	    "{'op': 'clock.accept', 'reason': ''}",
	    "{'op': 'ledger.show', 'from': true}",
	};
	struct admin_fixture *f = *state;
	uint64_t size = store_head(f->admin.store)->size;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		if (ask(f, "%s", rows[i]) != 2)
			fail_msg("not a usage error: %s", rows[i]);
		assert_int_equal(store_head(f->admin.store)->size, size);
	}
}

static void
test_what_is_not_there_is_refused(void **state)
{
	static const char *const rows[] = {
	    "{'op': 'account.add', 'login': 'x', 'person': 'nobody'}",
	    "{'op': 'account.add', 'login': 'bob', 'person': 'bob'}",
	    "{'op': 'account.show', 'login': 'eve'}",
	    "{'op': 'account.remove', 'login': 'eve', 'reason': 'r'}",
	    "{'op': 'unlock', 'login': 'eve', 'reason': 'r'}",
	    "{'op': 'status', 'login': 'eve'}",
	    "{'op': 'enroll', 'login': 'eve', 'kind': 'totp'}",
	    "{'op': 'token.list', 'login': 'eve'}",
	    "{'op': 'token.confirm', 'id': 99, 'code': '123456'}",
	    "{'op': 'token.revoke', 'id': 99, 'reason': 'r'}",
	    "{'op': 'token.resync', 'id': 99, 'code1': '1', 'code2': '2'}",
	};
	struct admin_fixture *f = *state;
	uint64_t size = store_head(f->admin.store)->size;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		if (ask(f, "%s", rows[i]) != 1)
			fail_msg("not refused: %s", rows[i]);
		assert_int_equal(store_head(f->admin.store)->size, size);
	}
}

/* An account whose row was altered is of no use to anybody, but not for ever
 * in the way. */
static void
test_an_altered_account_is_removed(void **state)
{
	struct admin_fixture *f = *state;
	struct gate_fixture *g = f->g;

	gate_free(g->gate);
	fixture_close(&g->store);
	fixture_sql(
	    &g->store, "UPDATE account SET created_s = 1 WHERE login = 'bob'");
	fixture_reopen(&g->store);
	f->admin.store = g->store.s;
	f->admin.gate = g->gate = gate_new(g->store.s, g->config);
	assert_non_null(g->gate);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'bob'}"), 3);
	assert_int_equal(ask(f, "{'op': 'account.remove', 'login': 'bob', "
				"'reason': 'altered'}"),
	    0);
	assert_true(in_ledger(f, "\"detail\":\"its row was altered\""));
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'bob'}"), 1);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'alice'}"), 0);
	assert_int_equal(ask(f, "{'op': 'account.add', 'login': 'bob', "
				"'person': 'p-bob'}"),
	    0);
}

static void
test_person_and_account(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(
	    ask(f, "{'op': 'person.add', 'id': 'P9', 'name': 'Zoë Q'}"), 0);
	assert_int_equal(ask(f, "{'op': 'person.add', 'id': 'P9'}"), 1);
	assert_int_equal(
	    ask(f, "{'op': 'account.add', 'login': 'zoe', 'person': 'P9'}"), 0);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'zoe'}"), 0);
	assert_string_equal(said(f, "person"), "P9");
	assert_int_equal(number(f, "tokens_active"), 0);
	assert_int_equal(count_action(f->g, "person.add"), 1);
	assert_int_equal(count_action(f->g, "account.add"), 1);
	assert_int_equal(ask(f, "{'op': 'account.remove', 'login': 'zoe', "
				"'reason': 'left'}"),
	    0);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'zoe'}"), 1);
	assert_int_equal(count_action(f->g, "account.remove"), 1);
	assert_true(in_ledger(f, "\"note\":\"left\""));
	assert_true(in_ledger(f, "\"auid\":1000"));
}

static void
test_lists_come_in_pages(void **state)
{
	struct admin_fixture *f = *state;
	size_t i;

	for (i = 0; i < ADMIN_PAGE; i++)
		assert_int_equal(
		    ask(f, "{'op': 'person.add', 'id': 'x%03zu'}", i), 0);
	assert_int_equal(ask(f, "{'op': 'person.list'}"), 0);
	assert_int_equal(
	    json_array_size(json_object_get(f->reply, "persons")), ADMIN_PAGE);
	assert_string_equal(said(f, "persons.0.id"), "p-alice");
	assert_string_equal(said(f, "after"), "x197");
	assert_int_equal(ask(f, "{'op': 'person.list', 'after': 'x197'}"), 0);
	assert_int_equal(
	    json_array_size(json_object_get(f->reply, "persons")), 2);
	assert_null(json_object_get(f->reply, "after"));
	assert_int_equal(ask(f, "{'op': 'account.list'}"), 0);
	assert_string_equal(said(f, "accounts.1.login"), "bob");
	assert_int_equal(ask(f, "{'op': 'token.list', 'login': 'bob'}"), 0);
	assert_int_equal(
	    json_array_size(json_object_get(f->reply, "tokens")), 0);
	assert_int_equal(ask(f, "{'op': 'token.list'}"), 0);
	assert_string_equal(said(f, "tokens.0.login"), "alice");
}

static void
test_totp_counts_once_confirmed(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "bob",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};
	json_int_t id;

	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', "
				"'kind': 'totp', 'secret': '" SECRET "', "
				"'ticket': 'T-1'}"),
	    0);
	id = number(f, "token.id");
	assert_string_equal(said(f, "token.status"), "pending");
	assert_string_equal(said(f, "secret"), SECRET_BASE32);
	assert_non_null(strstr(said(f, "uri"), "otpauth://totp/vault:bob"));
	/* pending: it opens nothing */
	t.answer = totp(f, 0);
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	/* a wrong code changes nothing and is a record */
	assert_int_equal(ask(f,
			     "{'op': 'token.confirm', 'id': %lld, "
			     "'code': '000000'}",
			     (long long)id),
	    1);
	assert_string_equal(last_reason(f->g), "wrong");
	assert_int_equal(ask(f,
			     "{'op': 'token.confirm', 'id': %lld, "
			     "'code': '%.3s %s'}",
			     (long long)id, totp(f, 0), totp(f, 0) + 3),
	    0);
	assert_string_equal(said(f, "token.status"), "active");
	assert_int_equal(ask(f,
			     "{'op': 'token.confirm', 'id': %lld, "
			     "'code': '%s'}",
			     (long long)id, totp(f, 1)),
	    1);
	/* M05: the confirming code is spent, the next one is not */
	t.answer = totp(f, 0);
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	assert_string_equal(last_reason(f->g), "replay");
	t.answer = totp(f, 1);
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
	assert_true(in_ledger(f, "\"ticket\":\"T-1\""));
}

static void
test_no_secret_reaches_the_ledger(void **state)
{
	struct admin_fixture *f = *state;
	char made[128], code[32], *text;

	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'totp'}"), 0);
	snprintf(made, sizeof(made), "%s", said(f, "secret"));
	assert_int_equal(strlen(made), 32); /* 20 bytes */
	assert_false(in_ledger(f, made));
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'recovery'}"), 0);
	snprintf(code, sizeof(code), "%s", said(f, "codes.0"));
	assert_int_equal(strlen(code), 19);
	assert_false(in_ledger(f, code));
	assert_int_equal(ask(f, "{'op': 'token.confirm', 'id': 2, "
				"'code': '424242'}"),
	    1);
	assert_false(in_ledger(f, "424242"));
	/* nor does any other reply */
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'bob'}"), 0);
	assert_null(json_object_get(f->reply, "secret"));
	assert_int_equal(ask(f, "{'op': 'token.list'}"), 0);
	text = json_dumps(f->reply, 0);
	assert_null(strstr(text, made));
	free(text);
}

static void
test_a_secret_is_one_tokens(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', "
				"'kind': 'totp', 'secret': '" SECRET "'}"),
	    0);
	/* M08: the same key for two users; nothing says whose it is */
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'alice', "
				"'kind': 'totp', 'secret': '" SECRET "'}"),
	    1);
	assert_null(strstr(said(f, "error"), "bob"));
	/* 15 bytes are too few */
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'alice', "
				"'kind': 'totp', "
				"'secret': 'YWJjZGVmZ2hpamtsbW5v'}"),
	    1);
}

static void
test_a_new_enrolment_replaces_a_pending_one(void **state)
{
	struct admin_fixture *f = *state;
	json_int_t first;

	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'totp'}"), 0);
	first = number(f, "token.id");
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'hotp'}"), 0);
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'totp'}"), 0);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'bob'}"), 0);
	assert_int_equal(number(f, "tokens_pending"), 2);
	assert_int_equal(ask(f,
			     "{'op': 'token.confirm', 'id': %lld, "
			     "'code': '123456'}",
			     (long long)first),
	    1);
	assert_non_null(strstr(said(f, "error"), "revoked"));
	/* a refused enrolment leaves the pending one alone */
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', "
				"'kind': 'totp', 'secret': 'YWJj'}"),
	    1);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'bob'}"), 0);
	assert_int_equal(number(f, "tokens_pending"), 2);
}

static void
test_recovery_batches(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "bob",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};
	char old[32], new[32];

	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'recovery'}"), 0);
	assert_string_equal(said(f, "token.status"), "active");
	assert_int_equal(json_array_size(json_object_get(f->reply, "codes")),
	    RECOVERY_CODES);
	snprintf(old, sizeof(old), "%s", said(f, "codes.3"));
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'recovery'}"), 0);
	snprintf(new, sizeof(new), "%s", said(f, "codes.3"));
	t.answer = old;
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	t.answer = new;
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
	assert_int_equal(ask(f, "{'op': 'account.show', 'login': 'bob'}"), 0);
	assert_int_equal(number(f, "recovery_left"), RECOVERY_CODES - 1);
	assert_int_equal(count_action(f->g, "revoke"), 1);
}

static void
test_yubikey(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', "
				"'kind': 'yubikey', 'csv': '1,vvccccdtdtdt,"
				"8792ebfe26cc,"
				"ecde18dbe76fbd0c33330f1c354871db'}"),
	    0);
	assert_string_equal(said(f, "token.public_id"), "vvccccdtdtdt");
	assert_null(json_object_get(f->reply, "secret"));
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'alice', "
				"'kind': 'yubikey', "
				"'public_id': 'vvccccdtdtdt', "
				"'private_id': '8792ebfe26cd', 'key': "
				"'ecde18dbe76fbd0c33330f1c354871dc'}"),
	    1);
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'alice', "
				"'kind': 'yubikey', 'csv': 'nothing'}"),
	    1);
	assert_false(in_ledger(f, "ecde18dbe76fbd0c"));
}

static void
test_kinds_that_do_not_count(void **state)
{
	struct admin_fixture *f = *state;

	fixture_config(f->g, "factors = hotp\n");
	f->admin.config = f->g->config;
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'totp'}"), 1);
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'hotp'}"), 0);
}

static void
test_resync(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};

	assert_int_equal(ask(f,
			     "{'op': 'token.resync', 'id': 1, "
			     "'code1': '%s', 'code2': '%s'}",
			     hotp[5], hotp[7]),
	    1);
	assert_int_equal(ask(f,
			     "{'op': 'token.resync', 'id': 1, "
			     "'code1': '%s', 'code2': '%s'}",
			     hotp[5], hotp[6]),
	    0);
	t.answer = hotp[6];
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	t.answer = hotp[7];
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'totp'}"), 0);
	assert_int_equal(ask(f, "{'op': 'token.resync', 'id': 2, "
				"'code1': '1', 'code2': '2'}"),
	    1);
}

static void
test_revoked_is_out(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd", .user = "alice", .answer = hotp[0]};

	assert_int_equal(
	    ask(f, "{'op': 'token.revoke', 'id': 1, 'reason': 'lost'}"), 0);
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	assert_int_equal(
	    ask(f, "{'op': 'token.revoke', 'id': 1, 'reason': 'lost'}"), 1);
	assert_int_equal(count_action(f->g, "revoke"), 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) \
	cmocka_unit_test_setup_teardown(name, admin_setup, admin_teardown)
	    T(test_bad_requests_are_usage),
	    T(test_what_is_not_there_is_refused),
	    T(test_person_and_account),
	    T(test_an_altered_account_is_removed),
	    T(test_lists_come_in_pages),
	    T(test_totp_counts_once_confirmed),
	    T(test_no_secret_reaches_the_ledger),
	    T(test_a_secret_is_one_tokens),
	    T(test_a_new_enrolment_replaces_a_pending_one),
	    T(test_recovery_batches),
	    T(test_yubikey),
	    T(test_kinds_that_do_not_count),
	    T(test_resync),
	    T(test_revoked_is_out),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
