/*
 * Each key of the configuration: good, bad, out of range, twice.
 */
#include "tests/unit/config_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One key: a good value as it comes back, and values that are refused. */
static const struct key_case {
	const char *section, *key, *good, *bad[5];
} keys[] = {
    {"realm", "name", "vault-2", {"", "-x", "a b", "a/b", "../x"}},
    {"realm", "class", "production", {"", "backups", "both", "1"}},
    {"realm", "single_administrator", "yes", {"", "true", "1", "YES"}},
    {"gate", "socket", "/run/b/s", {"", "run/s", "/run/../s", "/run/"}},
    {"gate", "admin", "/run/b/a", {"", "a", "/x/..", "/"}},
    {"gate", "store", "sqlite:/srv/store.db",
	{"", "/srv/store.db", "sqlite:store.db", "pgsql:/x"}},
    {"gate", "anchor", "/srv/anchor/head", {"", "head", "/a/../b"}},
    {"gate", "key", "credential:realm.key",
	{"", "/etc/key", "file:key", "credential:", "credential:a/b"}},
    {"gate", "allow_uids", "33, 1000",
	{"0", "-1", "4294967295", "www-data", "1,,2"}},
    {"policy", "factors", "totp, recovery",
	{"", "totp,totp", "sms", "totp hotp", "none"}},
    {"policy", "require", "knowledge", {"", "none", "Any", "2"}},
    {"policy", "otp_window", "2", {"-1", "3", "1000000", "abc", ""}},
    {"policy", "hotp_ahead", "100", {"0", "101", "1e1", "0x10", "+5"}},
    {"policy", "lock_after", "4", {"3", "11", "010", "5x", ""}},
    {"policy", "lock_for", "2h", {"29m", "31d", "1800 s", "30x", ""}},
    {"policy", "freshness", "5m", {"61m", "-5m", "m", "1.5h", ""}},
    {"policy", "sources", "10.20.0.0/24, fd00:20::/64",
	{"10.20.0.1/24", "localhost", "10.0.0.0/33", "10.0.0.0 10.0.0.1",
	    "1.2.3.4,,5.6.7.8"}},
    {"policy", "forbidden_sources", "10.10.0.0/16",
	{"vault.example", "::/129", "1.2.3", ","}},
    {"ledger", "checkpoint_every", "1m", {"59s", "16m", "", "never"}},
    {"ledger", "manifest_max_age", "1d", {"59m", "366d", "", "week"}},
    {"alarm", "exec", "/usr/local/sbin/page-me", {"page-me", "/x/../y"}},
    {"emergency", "path", "console", {"caf\xe9", "\xff"}},
};

/* A file with one key set; [realm] gets what it needs beside it. */
static void
file_with(char text[1024], const struct key_case *k, const char *value)
{
	bool name = strcmp(k->key, "name") == 0;
	bool class = strcmp(k->key, "class") == 0;
	bool realm = strcmp(k->section, "realm") == 0;

	(void)snprintf(text, 1024, "[realm]\n%s%s%s%s%s%s = %s\n",
	    name ? "" : "name = vault\n", class ? "" : "class = backup\n",
	    realm ? "" : "[", realm ? "" : k->section, realm ? "" : "]\n",
	    k->key, value);
}

static void
test_every_key_stands_in_this_test(void **state)
{
	const struct config_key *table;
	size_t i, n;

	(void)state;
	table = config_keys(&n);
	assert_int_equal(n, nitems(keys));
	for (i = 0; i < n; i++) {
		assert_string_equal(table[i].section, keys[i].section);
		assert_string_equal(table[i].key, keys[i].key);
		assert_true(table[i].type[0] != '\0');
		assert_true(table[i].default_text[0] != '\0');
		assert_true(table[i].help[0] != '\0');
	}
}

static void
test_good_values_come_back(void **state)
{
	struct config_row row;
	struct config *c;
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(keys); i++) {
		file_with(text, &keys[i], keys[i].good);
		c = parse_ok(text);
		row = row_of(c, keys[i].section, keys[i].key);
		assert_string_equal(row.value, keys[i].good);
		assert_true(strncmp(row.origin, "bulkhead.conf:", 14) == 0);
		config_free(c);
	}
}

static void
test_bad_values_are_refused(void **state)
{
	char text[1024], rule[128];
	size_t i, k;

	(void)state;
	for (i = 0; i < nitems(keys); i++) {
		for (k = 0; k < 5 && keys[i].bad[k] != NULL; k++) {
			file_with(text, &keys[i], keys[i].bad[k]);
			(void)snprintf(rule, sizeof(rule), "%s = '%s'",
			    keys[i].key, keys[i].bad[k]);
			refused(text, rule, "; allowed: ");
			refused(text, rule, keys[i].key);
		}
	}
}

static void
test_duplicates_are_refused(void **state)
{
	char text[1024];
	size_t i, len;

	(void)state;
	for (i = 0; i < nitems(keys); i++) {
		file_with(text, &keys[i], keys[i].good);
		len = strlen(text);
		(void)snprintf(text + len, sizeof(text) - len, "%s = %s\n",
		    keys[i].key, keys[i].good);
		refused(text, keys[i].key, "already; remove one of both");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_key_stands_in_this_test),
	    cmocka_unit_test(test_good_values_come_back),
	    cmocka_unit_test(test_bad_values_are_refused),
	    cmocka_unit_test(test_duplicates_are_refused),
	};

	return cmocka_run_group_tests_name("config keys", tests, NULL, NULL);
}
