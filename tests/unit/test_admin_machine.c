/*
 * Operations on machine accounts and generated passwords, on a real store.
 */
#include "tests/unit/unit.h"

#include "base/hex.h"
#include "core/base64.h"
#include "core/crypto/crypto.h"
#include "core/digest.h"
#include "tests/unit/admin_fixture.h"

#include <stdio.h>

#define DAY 86400

static const char *
key_text(uint8_t number)
{
	static char text[80];
	uint8_t blob[51];
	size_t len = ssh_key_blob(number, blob);

	assert_int_equal(base64_encode(blob, len, text, sizeof(text)), BH_OK);
	return text;
}

/* A good request; each row of a test changes one member of it. */
struct wish {
	const char *login, *owner, *ticket, *key, *from, *command;
	uint64_t expires_s, quota;
	bool check;
};

static struct wish
wish(void)
{
	return (struct wish){.login = "puller",
	    .owner = "p1",
	    .ticket = "CHG-7",
	    .key = key_text(1),
	    .from = "'192.0.2.0/24', '2001:db8::1'",
	    .command = "/usr/bin/rrsync -ro /srv/data",
	    .expires_s = T0 + 90 * DAY,
	    .quota = 1024};
}

static int
add(struct admin_fixture *f, const struct wish *w)
{
	return ask(f,
	    "{'op': 'machine.add', 'login': '%s', 'owner': '%s', "
	    "'ticket': '%s', 'expires_s': %llu, 'key': '%s', 'from': [%s], "
	    "'command': '%s', 'quota': %llu%s}",
	    w->login, w->owner, w->ticket, (unsigned long long)w->expires_s,
	    w->key, w->from, w->command, (unsigned long long)w->quota,
	    w->check ? ", 'check': true" : "");
}

static int
machine_setup(void **state)
{
	struct admin_fixture *f;

	assert_int_equal(admin_setup(state), 0);
	f = *state;
	assert_int_equal(ask(f, "{'op': 'person.add', 'id': 'p1'}"), 0);
	return 0;
}

static void
test_added_and_listed(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();
	uint8_t blob[51], hash[CRYPTO_HASH_LEN];
	const struct slice key = {blob, ssh_key_blob(1, blob)};
	char digits[2 * CRYPTO_HASH_LEN + 1];

	assert_int_equal(crypto_sha256(&key, 1, hash), BH_OK);
	hex_encode(hash, sizeof(hash), digits);
	assert_int_equal(add(f, &w), 0);
	assert_string_equal(said(f, "machine.key"), digits);
	assert_int_equal(ask(f, "{'op': 'machine.list'}"), 0);
	assert_string_equal(said(f, "machines.0.login"), "puller");
	assert_string_equal(said(f, "machines.0.owner"), "p1");
	assert_string_equal(said(f, "machines.0.ticket"), "CHG-7");
	assert_string_equal(said(f, "machines.0.key"), digits);
	assert_string_equal(said(f, "machines.0.from.0"), "192.0.2.0/24");
	assert_string_equal(said(f, "machines.0.from.1"), "2001:db8::1");
	assert_string_equal(said(f, "machines.0.command"), w.command);
	assert_string_equal(said(f, "machines.0.state"), "in force");
	assert_int_equal(number(f, "machines.0.quota"), 1024);
	assert_int_equal(number(f, "machines.0.expires_s"), w.expires_s);
	assert_int_equal(
	    strncmp(said(f, "machines.0.fingerprint"), "SHA256:", 7), 0);
	assert_int_equal(count_action(f->g, "machine.add"), 1);
	assert_true(in_ledger(f, "CHG-7"));
	assert_true(in_ledger(f, "from 192.0.2.0/24,2001:db8::1 command "
				 "/usr/bin/rrsync -ro /srv/data"));
}

static void
test_a_check_writes_nothing(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();

	w.check = true;
	assert_int_equal(add(f, &w), 0);
	assert_string_equal(said(f, "machine.login"), "puller");
	assert_int_equal(count_action(f->g, "machine.add"), 0);
	assert_int_equal(ask(f, "{'op': 'machine.list'}"), 0);
	assert_int_equal(
	    json_array_size(json_object_get(f->reply, "machines")), 0);
}

static void
test_refused(void **state)
{
	struct admin_fixture *f = *state;
	static const struct {
		const char *rule;
		size_t member;
		const char *value;
		int exit;
		const char *says;
	} rows[] = {
#define M(field) offsetof(struct wish, field)
	    {"a person's login", M(login), "alice", 1, "a person's"},
	    {"root", M(login), "root", 1, "root"},
	    {"a login that is no name", M(login), "../x", 2, "name"},
	    {"an owner nobody knows", M(owner), "nobody", 1, "no person"},
	    {"no address", M(from), "", 2, "addresses"},
	    {"nine addresses", M(from),
		"'10.0.0.1','10.0.0.2','10.0.0.3','10.0.0.4','10.0.0.5',"
		"'10.0.0.6','10.0.0.7','10.0.0.8','10.0.0.9'",
		2, "addresses"},
	    {"a name for an address", M(from), "'prod.example'", 2, "address"},
	    {"bits behind the prefix", M(from), "'10.0.0.1/8'", 2, "prefix"},
	    {"a number for an address", M(from), "7", 2, "list"},
	    {"a key that is no base64", M(key), "!!!!", 2, "public key"},
	    {"a key that is no key", M(key), "aGVsbG8=", 2, "public key"},
	    {"a line end in the command", M(command), "/bin/x\\nMatch all", 2,
		"one line"},
	    {"a tab in the command", M(command), "/bin/x\\ty", 2, "one line"},
	    {"a command in UTF-8", M(command), "/bin/\xc3\xa4", 2, "ASCII"},
	    {"a command that begins with =", M(command), "=/bin/x", 2, "'='"},
	    {"a command that ends in a backslash", M(command), "/bin/x \\\\", 2,
		"backslash"},
	};
	struct wish w;
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		w = wish();
		memcpy((char *)&w + rows[i].member, &rows[i].value,
		    sizeof(rows[i].value));
		print_message("# %s\n", rows[i].rule);
		assert_int_equal(add(f, &w), rows[i].exit);
		assert_non_null(strstr(said(f, "error"), rows[i].says));
	}
	assert_int_equal(count_action(f->g, "machine.add"), 0);
}

static void
test_a_command_is_at_most_1000_characters(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();
	char command[MODEL_COMMAND_MAX + 2];

	memset(command, 'x', sizeof(command));
	command[0] = '/';
	command[MODEL_COMMAND_MAX + 1] = '\0';
	w.command = command;
	assert_int_equal(add(f, &w), 2);
	command[MODEL_COMMAND_MAX] = '\0';
	assert_int_equal(add(f, &w), 0);
	assert_true(in_ledger(f, command));
}

static void
test_the_end(void **state)
{
	struct admin_fixture *f = *state;
	static const struct {
		const char *rule;
		uint64_t expires_s;
		int exit;
	} rows[] = {
	    {"now", T0, 1},
	    {"a second ago", T0 - 1, 1},
	    {"never", 0, 1},
	    {"400 days and a second", T0 + 400 * DAY + 1, 1},
	    {"a number beyond all times", INT64_MAX, 1},
	    {"in a second", T0 + 1, 0},
	    {"400 days", T0 + 400 * DAY, 0},
	};
	struct wish w;
	size_t i;

	f->g->now.wall_s = T0;
	for (i = 0; i < nitems(rows); i++) {
		w = wish();
		w.check = true;
		w.expires_s = rows[i].expires_s;
		print_message("# %s\n", rows[i].rule);
		assert_int_equal(add(f, &w), rows[i].exit);
	}
	/* judged by the highest time seen, too */
	assert_int_equal(store_begin(f->admin.store), BH_OK);
	assert_int_equal(
	    store_clock_raise(f->admin.store, T0 + 10 * DAY), BH_OK);
	assert_int_equal(store_commit(f->admin.store), BH_OK);
	w.expires_s = T0 + 10 * DAY;
	assert_int_equal(add(f, &w), 1);
	assert_non_null(strstr(said(f, "error"), "clock accept"));
	w.expires_s = T0 + 10 * DAY + 1;
	assert_int_equal(add(f, &w), 0);
}

static void
test_one_of_a_name_until_it_is_revoked(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();

	assert_int_equal(add(f, &w), 0);
	assert_int_equal(add(f, &w), 1);
	assert_int_equal(ask(f, "{'op': 'account.add', 'login': 'puller', "
				"'person': 'p1'}"),
	    1);
	assert_non_null(strstr(said(f, "error"), "machine account"));
	assert_int_equal(ask(f, "{'op': 'machine.revoke', 'login': 'puller', "
				"'reason': 'host is gone'}"),
	    0);
	assert_string_equal(said(f, "machine.state"), "revoked");
	assert_int_equal(ask(f, "{'op': 'machine.revoke', 'login': 'puller', "
				"'reason': 'again'}"),
	    1);
	assert_int_equal(ask(f, "{'op': 'machine.revoke', 'login': 'other', "
				"'reason': 'none'}"),
	    1);
	assert_int_equal(count_action(f->g, "machine.revoke"), 1);
	assert_true(in_ledger(f, "host is gone"));
	assert_int_equal(add(f, &w), 0);
}

static void
test_an_expired_one_says_so(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();

	assert_int_equal(add(f, &w), 0);
	f->g->now.wall_s = w.expires_s;
	assert_int_equal(ask(f, "{'op': 'machine.list'}"), 0);
	assert_string_equal(said(f, "machines.0.state"), "expired");
}

/* M07: whatever production has the key for. */
static void
test_a_key_that_production_has(void **state)
{
	static const char *const words[] = {"ssh-key", "ssh-ca", "ssh-host"};
	static const enum digest_kind kinds[] = {
	    DIGEST_SSH_KEY, DIGEST_SSH_CA, DIGEST_SSH_HOST};
	struct admin_fixture *f = *state;
	struct wish w = wish();
	uint8_t blob[51];
	char hex[2 * MODEL_DIGEST_LEN + 1];
	struct digest d;
	uint8_t i;

	for (i = 0; i < nitems(kinds); i++) {
		assert_int_equal(
		    digest_ssh_as(kinds[i], blob, ssh_key_blob(i, blob), &d),
		    BH_OK);
		hex_encode(d.bytes, sizeof(d.bytes), hex);
		assert_int_equal(ask(f, "{'op': 'manifest.begin'}"), 0);
		assert_int_equal(ask(f,
				     "{'op': 'manifest.stage', 'entries': "
				     "[['%s', '%s', false]]}",
				     words[i], hex),
		    0);
		assert_int_equal(
		    ask(f,
			"{'op': 'manifest.activate', 'realm': 'prod', "
			"'host': 'h%d', 'signer': '%s', 'serial': 1, "
			"'created_s': %llu, 'expires_s': %llu, 'entries': 1}",
			(int)i, hex, (unsigned long long)T0,
			(unsigned long long)T0 + 30 * DAY),
		    0);
		w.key = key_text(i);
		assert_int_equal(add(f, &w), 1);
		assert_non_null(strstr(said(f, "error"), "realm prod"));
	}
	w.key = key_text(9);
	assert_int_equal(add(f, &w), 0);
}

static void
test_all_pages_are_listed(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();
	char name[16], command[MODEL_COMMAND_MAX + 1], after[64] = "";
	size_t i, seen = 0, pages = 0;

	/* a backslash is two bytes in a reply, and in this request */
	for (i = 0; i < sizeof(command) - 1; i++)
		command[i] = i % 3 == 0 ? '/' : '\\';
	command[MODEL_COMMAND_MAX] = '\0';
	w.command = command;
	w.login = name;
	for (i = 0; i < 61; i++) {
		snprintf(name, sizeof(name), "m%02zu", i);
		assert_int_equal(add(f, &w), 0);
	}
	do {
		assert_int_equal(after[0] == '\0'
				     ? ask(f, "{'op': 'machine.list'}")
				     : ask(f,
					   "{'op': 'machine.list', "
					   "'after': '%s'}",
					   after),
		    0);
		seen += json_array_size(json_object_get(f->reply, "machines"));
		snprintf(after, sizeof(after), "%s", said(f, "after"));
		pages++;
	} while (after[0] != '\0');
	assert_int_equal(seen, 61);
	assert_int_equal(pages, 3);
}

/* Production lists this key. */
static void
list_key(struct admin_fixture *f, uint8_t key)
{
	struct store *s = f->admin.store;
	struct manifest_source m = {.realm = "prod",
	    .host = HOST,
	    .serial = 1,
	    .created_s = T0 - DAY,
	    .expires_s = T0 + 30 * DAY,
	    .imported_s = T0};
	struct manifest_entry entry = {.quarantine = false};
	uint8_t blob[51];
	size_t len = ssh_key_blob(key, blob);

	assert_int_equal(
	    digest_ssh_as(DIGEST_SSH_KEY, blob, len, &entry.digest), BH_OK);
	assert_int_equal(store_begin(s), BH_OK);
	assert_int_equal(store_manifest_begin(s, false), BH_OK);
	assert_int_equal(store_manifest_stage(s, &entry, 1), BH_OK);
	assert_int_equal(store_manifest_activate(s, &m, false, false), BH_OK);
	assert_int_equal(store_commit(s), BH_OK);
}

static void
test_m07_a_key_of_production_is_refused_in_backup(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();

	list_key(f, 1);
	assert_int_equal(add(f, &w), 1);
	assert_non_null(strstr(said(f, "error"), "realm prod"));
	assert_non_null(strstr(said(f, "error"), "2023-11-13"));
	w.key = key_text(2);
	assert_int_equal(add(f, &w), 0);
}

#define ENTRY "$y$j9T$uLQ4VVu6qXMwcXrdVNwbE1$3h0Vbfm6hrrSDPgcqYU9FxTzYUwv3vUr"

static void
test_password(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(ask(f, "{'op': 'password.check', 'login': 'alice', "
				"'shadow': '" ENTRY "'}"),
	    0);
	assert_true(json_is_false(json_object_get(f->reply, "made")));
	assert_int_equal(ask(f, "{'op': 'password.set', 'login': 'alice', "
				"'shadow': '" ENTRY "'}"),
	    0);
	assert_int_equal(ask(f, "{'op': 'password.check', 'login': 'alice', "
				"'shadow': '" ENTRY "'}"),
	    0);
	assert_true(json_is_true(json_object_get(f->reply, "made")));
	assert_true(json_is_true(json_object_get(f->reply, "same")));
	assert_int_equal(number(f, "set_s"), T0);
	assert_int_equal(ask(f, "{'op': 'password.check', 'login': 'alice', "
				"'shadow': '" ENTRY "x'}"),
	    0);
	assert_true(json_is_true(json_object_get(f->reply, "made")));
	assert_true(json_is_false(json_object_get(f->reply, "same")));
	assert_int_equal(count_action(f->g, "password.set"), 1);
	assert_false(in_ledger(f, "$y$"));
}

static void
test_password_of_nobody(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(ask(f, "{'op': 'password.set', 'login': 'nobody', "
				"'shadow': 'x'}"),
	    1);
	assert_int_equal(ask(f, "{'op': 'password.check', 'login': 'nobody', "
				"'shadow': 'x'}"),
	    1);
}

static void
test_production_makes_no_passwords_and_lists_no_keys(void **state)
{
	struct admin_fixture *f = *state;
	struct wish w = wish();

	list_key(f, 1);
	f->g->config->realm_class = CLASS_PRODUCTION;
	assert_int_equal(ask(f, "{'op': 'password.set', 'login': 'alice', "
				"'shadow': 'x'}"),
	    1);
	assert_non_null(strstr(said(f, "error"), "class production"));
	assert_int_equal(ask(f, "{'op': 'password.check', 'login': 'alice', "
				"'shadow': 'x'}"),
	    1);
	assert_int_equal(add(f, &w), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) \
	cmocka_unit_test_setup_teardown(name, machine_setup, admin_teardown)
	    T(test_added_and_listed),
	    T(test_a_check_writes_nothing),
	    T(test_refused),
	    T(test_a_command_is_at_most_1000_characters),
	    T(test_the_end),
	    T(test_one_of_a_name_until_it_is_revoked),
	    T(test_an_expired_one_says_so),
	    T(test_a_key_that_production_has),
	    T(test_all_pages_are_listed),
	    T(test_m07_a_key_of_production_is_refused_in_backup),
	    T(test_password),
	    T(test_password_of_nobody),
	    T(test_production_makes_no_passwords_and_lists_no_keys),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
