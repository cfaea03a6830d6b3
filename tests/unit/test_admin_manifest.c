/*
 * Operations on manifests, on a real store of class backup.
 */
#include "tests/unit/unit.h"

#include "base/hex.h"
#include "core/digest.h"
#include "tests/unit/admin_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#define HASH	  "00000000000000000000000000000000000000000000000000000000000000"
#define PROD_HOST "7d1f00000000000000000000000000aa"
#define WHO	  "'realm': 'prod', 'host': '" PROD_HOST "'"
#define PIN	  HASH "01"
#define OTHER	  HASH "02"

/* A secret that is nobody's: base64, and its bytes. */
#define SECRET	     "YWJjZGVmZ2hpamtsbW5vcHFyc3Q="
#define SECRET_BYTES "abcdefghijklmnopqrst"
#define DAY_S	     UINT64_C(86400)

/* The digest of a totp or hotp key. */
static const char *
otp_key(const char *bytes, char text[65])
{
	struct token t = {
	    .kind = FACTOR_TOTP, .hash = OTP_SHA1, .digits = 6, .period_s = 30};
	struct digest d[DIGEST_TOKEN_MAX];
	struct buf *b = buf_new_from(bytes, strlen(bytes));
	size_t n = 0;

	assert_non_null(b);
	assert_int_equal(digest_token(&t, b, d, &n), BH_OK);
	buf_free(b);
	assert_int_equal(d[0].kind, DIGEST_OTP_KEY);
	hex_encode(d[0].bytes, sizeof(d[0].bytes), text);
	return text;
}

static void
begin(struct admin_fixture *f)
{
	assert_int_equal(ask(f, "{'op': 'manifest.begin'}"), 0);
}

static int
stage(struct admin_fixture *f, const char *kind, const char *hex, bool held)
{
	return ask(f, "{'op': 'manifest.stage', 'entries': [['%s', '%s', %s]]}",
	    kind, hex, held ? "true" : "false");
}

static int
activate(struct admin_fixture *f, const char *signer, unsigned int serial,
    unsigned int entries, const char *more)
{
	unsigned long long now = f->g->now.wall_s;

	return ask(f,
	    "{'op': 'manifest.activate', " WHO ", 'signer': '%s', "
	    "'serial': %u, 'created_s': %llu, 'expires_s': %llu, "
	    "'entries': %u%s}",
	    signer, serial, now, now + 90 * DAY_S, entries, more);
}

/* One entry, put in force. */
static int
import_one(struct admin_fixture *f, const char *kind, const char *hex,
    unsigned int serial, const char *more)
{
	begin(f);
	assert_int_equal(stage(f, kind, hex, false), 0);
	return activate(f, PIN, serial, 1, more);
}

static size_t
listed(struct admin_fixture *f, const char *kind, const char *hex)
{
	assert_int_equal(
	    ask(f, "{'op': 'listed', 'digests': [['%s', '%s']]}", kind, hex),
	    0);
	return json_array_size(json_object_get(f->reply, "listed"));
}

static void
test_bad_lists_are_usage(void **state)
{
	static const char *const rows[] = {
	    "{'op': 'manifest.stage'}",
	    "{'op': 'manifest.stage', 'entries': {}}",
	    "{'op': 'manifest.stage', 'entries': []}",
	    "{'op': 'manifest.stage', 'entries': ['ssh-key']}",
	    "{'op': 'manifest.stage', 'entries': [['ssh-key', '" PIN "']]}",
	    "{'op': 'manifest.stage', 'entries': "
	    "[['ssh-key', '" PIN "', 1]]}",
	    "{'op': 'manifest.stage', 'entries': "
	    "[['ssh-key', '" PIN "', true, true]]}",
	    "{'op': 'manifest.stage', 'entries': "
	    "[['password', '" PIN "', true]]}",
	    "{'op': 'manifest.stage', 'entries': [['ssh-key', 'ab', true]]}",
	    "{'op': 'manifest.stage', 'entries': [['ssh-key', '', true]]}",
	    "{'op': 'manifest.stage', 'entries': [['ssh-key', 5, true]]}",
	    "{'op': 'manifest.stage', 'entries': [['ssh-key', null, true]]}",
	    "{'op': 'manifest.stage', 'entries': "
	    "[['ssh-key', '" HASH "AB', true]]}",
	    "{'op': 'listed', 'digests': [['ssh-key', '" PIN "', true]]}",
	    "{'op': 'listed', 'digests': [['ssh-key', '" PIN "'], null]}",
	    "{'op': 'listed', 'digests': [['ssh-key', 5]]}",
	    "{'op': 'manifest.refuse'}",
	    "{'op': 'manifest.source', 'realm': 'prod'}",
	};
	struct admin_fixture *f = *state;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		if (ask(f, "%s", rows[i]) != 2)
			fail_msg("taken: %s", rows[i]);
	}
	assert_int_equal(activate(f, "ab", 1, 1, ""), 2);
}

/* Digests of one kind may stand in one text. */
static void
test_digests_in_one_text(void **state)
{
	struct admin_fixture *f = *state;

	begin(f);
	assert_int_equal(ask(f, "{'op': 'manifest.stage', 'entries': "
				"[['ssh-key', '" PIN OTHER "', false]]}"),
	    0);
	assert_int_equal(ask(f, "{'op': 'manifest.stage', 'entries': "
				"[['ssh-key', '" PIN "ab', false]]}"),
	    2);
	assert_int_equal(activate(f, PIN, 1, 2, ""), 0);
	assert_int_equal(
	    ask(f, "{'op': 'listed', 'digests': [['ssh-key', '" PIN "'], "
		   "['ssh-key', '" OTHER "']]}"),
	    0);
	assert_int_equal(
	    json_array_size(json_object_get(f->reply, "listed")), 2);
}

static void
test_a_list_has_at_most_500_elements(void **state)
{
	struct admin_fixture *f = *state;
	json_t *list = json_array();
	char *text;
	int i;

	for (i = 0; i < ADMIN_LIST_MAX + 1; i++) {
		char hex[65];

		snprintf(hex, sizeof(hex), "%064x", i);
		json_array_append_new(
		    list, json_pack("[s, s, b]", "ssh-key", hex, 0));
	}
	text = json_dumps(list, 0);
	assert_int_equal(
	    ask(f, "{'op': 'manifest.stage', 'entries': %s}", text), 2);
	free(text);
	json_array_remove(list, 0);
	text = json_dumps(list, 0);
	begin(f);
	assert_int_equal(
	    ask(f, "{'op': 'manifest.stage', 'entries': %s}", text), 0);
	free(text);
	json_decref(list);
	assert_int_equal(activate(f, PIN, 1, ADMIN_LIST_MAX, ""), 0);
}

static void
test_each_class_has_its_own_operations(void **state)
{
	static const struct {
		const char *request;
		enum realm_class only;
	} rows[] = {
	    {"{'op': 'manifest.serial'}", CLASS_PRODUCTION},
	    {"{'op': 'manifest.digests'}", CLASS_PRODUCTION},
	    {"{'op': 'manifest.source', " WHO "}", CLASS_BACKUP},
	    {"{'op': 'manifest.begin'}", CLASS_BACKUP},
	    {"{'op': 'manifest.collisions'}", CLASS_BACKUP},
	    {"{'op': 'manifest.list'}", CLASS_BACKUP},
	    {"{'op': 'manifest.refuse', 'note': 'x'}", CLASS_BACKUP},
	    {"{'op': 'listed', 'digests': [['ssh-key', '" PIN "']]}",
		CLASS_BACKUP},
	};
	struct admin_fixture *f = *state;
	struct config production = *f->admin.config;
	const struct config *backup = f->admin.config;
	size_t i;

	production.realm_class = CLASS_PRODUCTION;
	for (i = 0; i < nitems(rows); i++) {
		f->admin.config = backup;
		assert_int_equal(ask(f, "%s", rows[i].request),
		    rows[i].only == CLASS_BACKUP ? 0 : 1);
		f->admin.config = &production;
		assert_int_equal(ask(f, "%s", rows[i].request),
		    rows[i].only == CLASS_BACKUP ? 1 : 0);
	}
	assert_int_equal(stage(f, "ssh-key", PIN, false), 1);
	assert_int_equal(activate(f, PIN, 1, 1, ""), 1);
}

static void
test_the_identity_is_made_once_and_stays_out_of_the_ledger(void **state)
{
	struct admin_fixture *f = *state;
	char *first;

	assert_int_equal(ask(f, "{'op': 'manifest.identity'}"), 0);
	first = strdup(said(f, "identity"));
	assert_true(strlen(first) > 200);
	assert_int_equal(ask(f, "{'op': 'manifest.identity'}"), 0);
	assert_string_equal(said(f, "identity"), first);
	assert_int_equal(count_action(f->g, "manifest.identity"), 1);
	assert_true(in_ledger(f, "SHA256 "));
	first[40] = '\0';
	assert_false(in_ledger(f, first));
	free(first);
}

static void
test_serials_rise_and_each_export_is_a_record(void **state)
{
	struct admin_fixture *f = *state;
	struct config production = *f->admin.config;
	json_int_t first;

	production.realm_class = CLASS_PRODUCTION;
	f->admin.config = &production;
	assert_int_equal(ask(f, "{'op': 'manifest.serial'}"), 0);
	first = number(f, "serial");
	assert_true(first >= (json_int_t)f->g->now.wall_s);
	assert_int_equal(strlen(said(f, "host")), STORE_HOST_LEN);
	assert_int_equal(ask(f, "{'op': 'manifest.serial'}"), 0);
	assert_true(number(f, "serial") > first);
	assert_int_equal(count_action(f->g, "manifest.export"), 2);
}

static void
test_digests_are_those_of_the_tokens(void **state)
{
	struct admin_fixture *f = *state;
	struct config production = *f->admin.config;
	char hex[65];

	production.realm_class = CLASS_PRODUCTION;
	f->admin.config = &production;
	otp_key("12345678901234567890", hex); /* alice's, RFC 4226 */
	assert_int_equal(ask(f, "{'op': 'manifest.digests'}"), 0);
	assert_string_equal(said(f, "digests.0.0"), "otp-key");
	assert_string_equal(said(f, "digests.0.1"), hex);
	assert_null(json_object_get(f->reply, "after"));
}

static void
test_nothing_counts_before_it_is_activated(void **state)
{
	struct admin_fixture *f = *state;

	begin(f);
	assert_int_equal(stage(f, "ssh-key", PIN, false), 0);
	assert_int_equal(listed(f, "ssh-key", PIN), 0);
	assert_int_equal(ask(f, "{'op': 'manifest.source', " WHO "}"), 0);
	assert_true(json_is_false(json_object_get(f->reply, "known")));
	assert_int_equal(activate(f, PIN, 5, 1, ""), 0);
	assert_int_equal(number(f, "entries"), 1);
	assert_int_equal(number(f, "quarantined"), 0);
	assert_int_equal(listed(f, "ssh-key", PIN), 1);
	assert_string_equal(said(f, "listed.0.realm"), "prod");
	assert_int_equal(listed(f, "ssh-ca", PIN), 0);
	assert_int_equal(ask(f, "{'op': 'manifest.source', " WHO "}"), 0);
	assert_true(json_is_true(json_object_get(f->reply, "known")));
	assert_int_equal(number(f, "serial"), 5);
	assert_string_equal(said(f, "signer"), PIN);
	assert_int_equal(ask(f, "{'op': 'manifest.list'}"), 0);
	assert_string_equal(said(f, "sources.0.host"), PROD_HOST);
	assert_int_equal(count_action(f->g, "manifest.import"), 1);
	assert_int_equal(count_action(f->g, "manifest.collision"), 0);
}

static void
test_a_listed_key_is_refused_at_enrolment(void **state)
{
	struct admin_fixture *f = *state;
	char hex[65];

	otp_key(SECRET_BYTES, hex);
	assert_int_equal(import_one(f, "otp-key", hex, 1, ""), 0);
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': "
				"'totp', 'digits': 8, 'period': 60, "
				"'secret': '" SECRET "'}"),
	    1);
	assert_non_null(strstr(said(f, "error"), "realm prod"));
	assert_non_null(strstr(said(f, "error"), "20"));
	assert_null(strstr(said(f, "error"), PROD_HOST));
	assert_null(strstr(said(f, "error"), hex));
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': "
				"'hotp', 'secret': '" SECRET "'}"),
	    1);
	/* one of its own is taken */
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': 'totp'}"), 0);
}

static void
test_what_is_quarantined_is_refused_at_enrolment_too(void **state)
{
	struct admin_fixture *f = *state;
	char hex[65];

	otp_key(SECRET_BYTES, hex);
	begin(f);
	assert_int_equal(stage(f, "otp-key", hex, true), 0);
	assert_int_equal(activate(f, PIN, 1, 1, ""), 0);
	assert_int_equal(number(f, "quarantined"), 1);
	assert_int_equal(ask(f, "{'op': 'enroll', 'login': 'bob', 'kind': "
				"'totp', 'secret': '" SECRET "'}"),
	    1);
}

static void
test_P03_what_collides_denies_nobody_until_it_is_accepted(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .answer = "755224",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};
	char hex[65];

	otp_key("12345678901234567890", hex);
	begin(f);
	assert_int_equal(stage(f, "otp-key", hex, false), 0);
	assert_int_equal(ask(f, "{'op': 'manifest.collisions'}"), 0);
	assert_int_equal(number(f, "collisions.0.token"), 1);
	assert_string_equal(said(f, "collisions.0.login"), "alice");
	assert_string_equal(said(f, "collisions.0.kind"), "otp-key");
	assert_int_equal(activate(f, PIN, 1, 1, ""), 0);
	assert_int_equal(number(f, "quarantined"), 1);
	assert_int_equal(count_action(f->g, "manifest.collision"), 1);
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
	assert_int_equal(listed(f, "otp-key", hex), 1);
	assert_true(json_is_true(json_object_get(
	    json_array_get(json_object_get(f->reply, "listed"), 0),
	    "quarantined")));
	assert_int_equal(
	    import_one(f, "otp-key", hex, 2, ", 'accept': true"), 0);
	assert_int_equal(number(f, "quarantined"), 0);
	assert_int_equal(count_action(f->g, "manifest.collision"), 1);
	assert_int_equal(listed(f, "otp-key", hex), 1);
	assert_true(json_is_false(json_object_get(
	    json_array_get(json_object_get(f->reply, "listed"), 0),
	    "quarantined")));
}

static void
test_P02_an_older_or_the_same_serial_is_refused(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(import_one(f, "ssh-key", PIN, 7, ""), 0);
	assert_int_equal(import_one(f, "ssh-key", OTHER, 7, ""), 1);
	assert_int_equal(import_one(f, "ssh-key", OTHER, 6, ""), 1);
	assert_int_equal(
	    import_one(f, "ssh-key", OTHER, 6, ", 'accept': true"), 1);
	assert_int_equal(listed(f, "ssh-key", PIN), 1);
	assert_int_equal(listed(f, "ssh-key", OTHER), 0);
	assert_int_equal(count_action(f->g, "manifest.import"), 1);
	assert_int_equal(import_one(f, "ssh-key", OTHER, 8, ""), 0);
	assert_int_equal(listed(f, "ssh-key", PIN), 0);
}

static void
test_P03_another_signer_is_refused_unless_it_is_pinned_anew(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(import_one(f, "ssh-key", PIN, 7, ""), 0);
	begin(f);
	assert_int_equal(stage(f, "ssh-key", OTHER, false), 0);
	assert_int_equal(activate(f, OTHER, 8, 1, ""), 1);
	assert_non_null(strstr(said(f, "error"), "--repin"));
	assert_int_equal(listed(f, "ssh-key", PIN), 1);
	assert_int_equal(listed(f, "ssh-key", OTHER), 0);
	begin(f);
	assert_int_equal(stage(f, "ssh-key", OTHER, false), 0);
	assert_int_equal(activate(f, OTHER, 3, 1, ", 'repin': true"), 0);
	assert_int_equal(listed(f, "ssh-key", OTHER), 1);
	assert_true(in_ledger(f, "repinned"));
}

static void
test_two_imports_at_once_do_not_mix(void **state)
{
	struct admin_fixture *f = *state;

	begin(f);
	assert_int_equal(stage(f, "ssh-key", PIN, false), 0);
	begin(f); /* another one */
	assert_int_equal(stage(f, "ssh-key", OTHER, false), 0);
	assert_int_equal(stage(f, "ssh-ca", OTHER, false), 0);
	assert_int_equal(activate(f, PIN, 1, 1, ""), 1);
	assert_int_equal(listed(f, "ssh-key", OTHER), 0);
	assert_int_equal(count_action(f->g, "manifest.import"), 0);
}

static void
test_pieces_without_a_beginning_are_refused(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(stage(f, "ssh-key", PIN, false), 3);
	assert_int_equal(activate(f, PIN, 1, 1, ""), 3);
	assert_int_equal(ask(f, "{'op': 'manifest.collisions'}"), 3);
	assert_int_equal(import_one(f, "ssh-key", PIN, 7, ""), 0);
	assert_int_equal(activate(f, PIN, 8, 1, ""), 3);
	assert_int_equal(activate(f, OTHER, 8, 1, ""), 1);
	assert_int_equal(listed(f, "ssh-key", PIN), 1);
}

static void
test_an_entry_twice_is_refused(void **state)
{
	struct admin_fixture *f = *state;

	begin(f);
	assert_int_equal(stage(f, "ssh-key", PIN, false), 0);
	assert_int_equal(stage(f, "ssh-key", PIN, false), 1);
}

static void
test_a_manifest_of_this_realm_itself_is_refused(void **state)
{
	struct admin_fixture *f = *state;

	begin(f);
	assert_int_equal(stage(f, "ssh-key", PIN, false), 0);
	assert_int_equal(ask(f, "{'op': 'manifest.activate', 'realm': 'vault', "
				"'host': '" PROD_HOST "', 'signer': '" PIN "', "
				"'serial': 1, 'created_s': 1, 'expires_s': 2, "
				"'entries': 1}"),
	    1);
	assert_int_equal(listed(f, "ssh-key", PIN), 0);
}

static void
test_a_refusal_is_a_record(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(
	    ask(f, "{'op': 'manifest.refuse', 'note': 'it was altered'}"), 0);
	assert_int_equal(count_action(f->g, "manifest.refuse"), 1);
	assert_true(in_ledger(f, "\"note\":\"it was altered\""));
	assert_true(in_ledger(f, "\"outcome\":\"failure\""));
}

#define ROW(name) \
	cmocka_unit_test_setup_teardown(name, admin_setup, admin_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    ROW(test_bad_lists_are_usage),
	    ROW(test_digests_in_one_text),
	    ROW(test_a_list_has_at_most_500_elements),
	    ROW(test_each_class_has_its_own_operations),
	    ROW(test_the_identity_is_made_once_and_stays_out_of_the_ledger),
	    ROW(test_serials_rise_and_each_export_is_a_record),
	    ROW(test_digests_are_those_of_the_tokens),
	    ROW(test_nothing_counts_before_it_is_activated),
	    ROW(test_a_listed_key_is_refused_at_enrolment),
	    ROW(test_what_is_quarantined_is_refused_at_enrolment_too),
	    ROW(test_P03_what_collides_denies_nobody_until_it_is_accepted),
	    ROW(test_P02_an_older_or_the_same_serial_is_refused),
	    ROW(test_P03_another_signer_is_refused_unless_it_is_pinned_anew),
	    ROW(test_two_imports_at_once_do_not_mix),
	    ROW(test_pieces_without_a_beginning_are_refused),
	    ROW(test_an_entry_twice_is_refused),
	    ROW(test_a_manifest_of_this_realm_itself_is_refused),
	    ROW(test_a_refusal_is_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
