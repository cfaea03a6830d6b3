/*
 * SSH_AUTH_INFO_0 and base64.
 */
#include "tests/unit/unit.h"

#include <stdio.h>

#include "core/authinfo.h"
#include "core/base64.h"
#include "core/crypto/crypto.h"

static int
set_up(void **state)
{
	(void)state;
	return crypto_open() == BH_OK ? 0 : -1;
}

static void
test_methods(void **state)
{
	static const struct {
		const char *rule, *info, *kinds;
		bool key;
	} rows[] = {
	    {"nothing known", "", "", false},
	    {"our own question is no factor of sshd's",
		"keyboard-interactive/pam\n", "", false},
	    {"a password is knowledge", "password\n", "password", false},
	    {"a key, then our question",
		"publickey ssh-ed25519 AAAA\nkeyboard-interactive/pam\n",
		"publickey", true},
	    {"a key as the second method",
		"password\npublickey ssh-ed25519 AAAA\n", "password publickey",
		true},
	    {"a word that begins like one", "passwords\n", "", false},
	};
	struct event_factor f[4];
	char kinds[64];
	size_t i, k, n;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if (authinfo_factors(rows[i].info, f, 4, &n) != BH_OK)
			fail_msg("%s", rows[i].rule);
		kinds[0] = '\0';
		for (k = 0; k < n; k++) {
			if (k > 0)
				strcat(kinds, " ");
			strcat(kinds, f[k].kind);
		}
		if (strcmp(kinds, rows[i].kinds) != 0 ||
		    authinfo_has_key(rows[i].info) != rows[i].key)
			fail_msg("%s: %s", rows[i].rule, kinds);
	}
}

static void
test_fingerprint(void **state)
{
	struct event_factor f[2];
	uint8_t hash[CRYPTO_HASH_LEN];
	struct slice in = {"\0\0\0", 3};
	char text[64], made[128];
	size_t n;

	(void)state;
	assert_int_equal(crypto_sha256(&in, 1, hash), BH_OK);
	assert_int_equal(
	    base64_encode(hash, sizeof(hash), text, sizeof(text)), BH_OK);
	text[strcspn(text, "=")] = '\0';
	snprintf(made, sizeof(made), "ssh-ed25519 SHA256:%s", text);
	assert_int_equal(
	    authinfo_factors("publickey ssh-ed25519 AAAA\n", f, 2, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_string_equal(f[0].detail, made);
	assert_string_equal(f[0].type, "possession");
}

static void
test_malformed_keys(void **state)
{
	struct event_factor f[2];
	size_t n;

	(void)state;
	assert_int_not_equal(
	    authinfo_factors("publickey ssh-ed25519\n", f, 2, &n), BH_OK);
	assert_int_not_equal(
	    authinfo_factors("publickey ssh-rsa A*A=\n", f, 2, &n), BH_OK);
}

static void
test_keys_one_by_one(void **state)
{
	const char *info = "publickey ssh-ed25519 AAAA\npassword\n"
			   "publickey ssh-rsa BBBB\nkeyboard-interactive/pam\n";
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(authinfo_next_key(&info, &b), BH_OK);
	assert_memory_equal(b->data, "\0\0\0", 3);
	buf_free(b);
	assert_int_equal(authinfo_next_key(&info, &b), BH_OK);
	assert_memory_equal(b->data, "\4\x10\x41", 3);
	buf_free(b);
	assert_int_equal(authinfo_next_key(&info, &b), BH_ERR_NOTFOUND);
	info = "publickey ssh-rsa\n";
	assert_int_equal(authinfo_next_key(&info, &b), BH_ERR_INPUT);
}

static void
test_one_key_alone(void **state)
{
	static const struct {
		const char *rule, *info;
		enum bh_err want;
	} rows[] = {
	    {"one key", "publickey ssh-ed25519 AAAA\n", BH_OK},
	    {"without a line's end", "publickey ssh-ed25519 AAAA", BH_OK},
	    {"nothing", "", BH_ERR_NOTFOUND},
	    {"two keys",
		"publickey ssh-ed25519 AAAA\npublickey ssh-ed25519 AAAA\n",
		BH_ERR_NOTFOUND},
	    {"a key and a password", "publickey ssh-ed25519 AAAA\npassword\n",
		BH_ERR_NOTFOUND},
	    {"a password and a key", "password\npublickey ssh-ed25519 AAAA\n",
		BH_ERR_NOTFOUND},
	    {"an empty line before it", "\npublickey ssh-ed25519 AAAA\n",
		BH_ERR_NOTFOUND},
	    {"no key at all", "hostbased\n", BH_ERR_NOTFOUND},
	    {"no base64", "publickey ssh-ed25519 A*A=\n", BH_ERR_INPUT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct buf *b = NULL;

		if (authinfo_only_key(rows[i].info, &b) != rows[i].want)
			fail_msg("%s", rows[i].rule);
		buf_free(b);
	}
}

static void
test_base64_vectors(void **state)
{
	/* RFC 4648, section 10 */
	static const char *const rows[][2] = {{"", ""}, {"f", "Zg=="},
	    {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foob", "Zm9vYg=="},
	    {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"}};
	static const char *const bad[] = {
	    "Z", "Zg=", "Zg", "Zh==", "Zg==Zg==", "Z===", "Zm9*", "===="};
	struct buf *b;
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		assert_int_equal(base64_encode(rows[i][0], strlen(rows[i][0]),
				     text, sizeof(text)),
		    BH_OK);
		assert_string_equal(text, rows[i][1]);
		assert_int_equal(base64_decode(text, strlen(text), &b), BH_OK);
		assert_int_equal(b->len, strlen(rows[i][0]));
		assert_memory_equal(b->data, rows[i][0], b->len);
		buf_free(b);
	}
	for (i = 0; i < nitems(bad); i++) {
		if (base64_decode(bad[i], strlen(bad[i]), &b) == BH_OK)
			fail_msg("took %s", bad[i]);
	}
	assert_int_equal(base64_encode("foo", 3, text, 4), BH_ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_fingerprint),
	    cmocka_unit_test(test_malformed_keys),
	    cmocka_unit_test(test_keys_one_by_one),
	    cmocka_unit_test(test_one_key_alone),
	    cmocka_unit_test(test_base64_vectors),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
