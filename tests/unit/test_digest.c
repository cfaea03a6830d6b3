/*
 * Digests of credentials: the same credential has the same digest, in
 * whatever form it comes, and another one has another.
 */
#include "tests/unit/unit.h"

#include "core/crypto/crypto.h"
#include "core/digest.h"
#include "tests/unit/hex.h"

static int
set_up(void **state)
{
	(void)state;
	return crypto_open() == BH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	crypto_close();
	return 0;
}

static size_t
digest_of(const struct token *t, const void *key, size_t len,
    struct digest out[DIGEST_TOKEN_MAX])
{
	struct buf *b = buf_new_from(key, len);
	size_t n = 0;

	assert_non_null(b);
	assert_int_equal(digest_token(t, b, out, &n), BH_OK);
	buf_free(b);
	return n;
}

static bool
shared(const struct digest *a, size_t n, const struct digest *b, size_t m)
{
	size_t i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < m; k++)
			if (a[i].kind == b[k].kind &&
			    memcmp(a[i].bytes, b[k].bytes, MODEL_DIGEST_LEN) ==
				0)
				return true;
	return false;
}

/* What stands in manifests must not change: computed here by hand. */
static void
the_form_is_fixed(void **state)
{
	static const char text[] = "bulkhead digest v1\0otp-key\0"
				   "12345678901234567890";
	const struct token t = {.kind = FACTOR_TOTP, .hash = OTP_SHA1};
	struct slice in = {text, sizeof(text) - 1};
	struct digest d[DIGEST_TOKEN_MAX];
	uint8_t want[CRYPTO_HASH_LEN];

	(void)state;
	assert_int_equal(digest_of(&t, "12345678901234567890", 20, d), 1);
	assert_int_equal(d[0].kind, DIGEST_OTP_KEY);
	assert_int_equal(crypto_sha256(&in, 1, want), BH_OK);
	assert_memory_equal(d[0].bytes, want, sizeof(want));
	hex_expect("SHA-256", want, sizeof(want),
	    "1a749752d1fc6fd4e73e3cbca965f8f6"
	    "eb6146cf407c611648ec2fa945a76494");
}

/* K03: the secret counts, not how the token shows it. */
static void
digits_period_and_algorithm_do_not_count(void **state)
{
	static const struct token rows[] = {
	    {.kind = FACTOR_TOTP,
		.hash = OTP_SHA1,
		.digits = 6,
		.period_s = 30},
	    {.kind = FACTOR_TOTP,
		.hash = OTP_SHA1,
		.digits = 8,
		.period_s = 60},
	    {.kind = FACTOR_TOTP,
		.hash = OTP_SHA256,
		.digits = 6,
		.period_s = 30},
	    {.kind = FACTOR_TOTP,
		.hash = OTP_SHA512,
		.digits = 6,
		.period_s = 30},
	    {.kind = FACTOR_HOTP, .hash = OTP_SHA1, .digits = 6},
	};
	struct digest first[DIGEST_TOKEN_MAX], d[DIGEST_TOKEN_MAX];
	size_t i;

	(void)state;
	assert_int_equal(
	    digest_of(&rows[0], "12345678901234567890", 20, first), 1);
	for (i = 1; i < nitems(rows); i++) {
		assert_int_equal(
		    digest_of(&rows[i], "12345678901234567890", 20, d), 1);
		assert_memory_equal(
		    d[0].bytes, first[0].bytes, MODEL_DIGEST_LEN);
	}
	assert_int_equal(digest_of(&rows[0], "12345678901234567891", 20, d), 1);
	assert_false(shared(first, 1, d, 1));
}

/* RFC 2104, 2: HMAC fills a key with zeros, so they do not count. */
static void
zeros_at_the_end_do_not_count(void **state)
{
	const struct token t = {.kind = FACTOR_TOTP, .hash = OTP_SHA1};
	struct digest first[DIGEST_TOKEN_MAX], d[DIGEST_TOKEN_MAX];
	uint8_t key[64] = "12345678901234567890";
	size_t len;

	(void)state;
	assert_int_equal(digest_of(&t, key, 20, first), 1);
	for (len = 21; len <= sizeof(key); len++) {
		assert_int_equal(digest_of(&t, key, len, d), 1);
		assert_true(shared(first, 1, d, 1));
	}
	key[20] = 1;
	assert_int_equal(digest_of(&t, key, 21, d), 1);
	assert_false(shared(first, 1, d, 1));
	memset(key, 0, sizeof(key));
	assert_int_equal(digest_of(&t, key, sizeof(key), d), 1);
	assert_int_equal(digest_of(&t, key, 16, first), 1);
	assert_true(shared(first, 1, d, 1));
}

/* A key longer than the block is its hash to HMAC: enrolling the hash as a
 * key of its own is found, whatever hash was meant. */
static void
a_hashed_key_is_found(void **state)
{
	static const struct {
		const char *rule;
		enum crypto_hash hash;
		size_t hash_len, key_len, digests;
	} rows[] = {
	    {"SHA-1, 65 bytes", CRYPTO_SHA1, 20, 65, 3},
	    {"SHA-256, 65 bytes", CRYPTO_SHA256, 32, 65, 3},
	    {"SHA-1, 129 bytes", CRYPTO_SHA1, 20, 129, 3},
	    {"SHA-256, 129 bytes", CRYPTO_SHA256, 32, 129, 3},
	    {"SHA-512, 129 bytes", CRYPTO_SHA512, 64, 129, 3},
	};
	const struct token t = {.kind = FACTOR_TOTP, .hash = OTP_SHA512};
	struct digest d[DIGEST_TOKEN_MAX], h[DIGEST_TOKEN_MAX];
	uint8_t key[200], hash[CRYPTO_HASH_MAX];
	size_t i, n, m;

	(void)state;
	memset(key, 'k', sizeof(key));
	for (i = 0; i < nitems(rows); i++) {
		struct slice in = {key, rows[i].key_len};

		n = digest_of(&t, key, rows[i].key_len, d);
		assert_int_equal(n, rows[i].digests);
		assert_int_equal(
		    crypto_hash(rows[i].hash, &in, 1, hash), BH_OK);
		m = digest_of(&t, hash, rows[i].hash_len, h);
		assert_int_equal(m, 1);
		if (!shared(d, n, h, m))
			fail_msg("%s: not found", rows[i].rule);
	}
	assert_int_equal(digest_of(&t, key, 64, d), 1);
}

/* An over-long key may end in zeros where a shorter one may: the hash is over
 * all of it, but for SHA-512 it still fits the block. */
static void
a_key_between_the_blocks_is_found_by_either(void **state)
{
	const struct token t = {.kind = FACTOR_TOTP, .hash = OTP_SHA512};
	struct digest d[DIGEST_TOKEN_MAX], plain[DIGEST_TOKEN_MAX];
	uint8_t key[100] = "12345678901234567890";
	size_t n;

	(void)state;
	n = digest_of(&t, key, sizeof(key), d);
	assert_int_equal(n, 3);
	assert_int_equal(digest_of(&t, key, 20, plain), 1);
	assert_true(shared(d, n, plain, 1));
}

static void
a_yubikey_is_found_by_id_and_by_key(void **state)
{
	struct token t = {.kind = FACTOR_YUBIKEY, .public_id = "cccccccccccb"};
	struct digest a[DIGEST_TOKEN_MAX], b[DIGEST_TOKEN_MAX];
	uint8_t secret[22] = "aes key 12345678uid...";
	struct buf *shortened = buf_new_from(secret, 21);
	size_t n;

	(void)state;
	assert_int_equal(digest_of(&t, secret, sizeof(secret), a), 2);
	assert_int_equal(a[0].kind, DIGEST_YUBIKEY_ID);
	assert_int_equal(a[1].kind, DIGEST_YUBIKEY_AES);
	secret[16] ^= 1; /* the private id is no secret of its own */
	memcpy(t.public_id, "cccccccccccd", 12);
	assert_int_equal(digest_of(&t, secret, sizeof(secret), b), 2);
	assert_false(shared(a, 1, b, 1));
	assert_true(shared(a + 1, 1, b + 1, 1));
	secret[0] ^= 1;
	assert_int_equal(digest_of(&t, secret, sizeof(secret), b), 2);
	assert_false(shared(a, 2, b, 2));
	t.public_id[0] = '\0';
	assert_int_equal(digest_of(&t, secret, sizeof(secret), b), 1);
	assert_int_equal(b[0].kind, DIGEST_YUBIKEY_AES);
	assert_int_equal(digest_token(&t, shortened, b, &n), BH_ERR_INPUT);
	buf_free(shortened);
}

static void
a_recovery_batch_is_its_key(void **state)
{
	struct token t = {.kind = FACTOR_RECOVERY};
	struct digest a[DIGEST_TOKEN_MAX], b[DIGEST_TOKEN_MAX];
	uint8_t secret[352];
	struct buf *shortened = buf_new_from("short", 5);
	size_t n;

	(void)state;
	memset(secret, 7, sizeof(secret));
	assert_int_equal(digest_of(&t, secret, sizeof(secret), a), 1);
	assert_int_equal(a[0].kind, DIGEST_RECOVERY);
	secret[40] = 8;
	assert_int_equal(digest_of(&t, secret, sizeof(secret), b), 1);
	assert_true(shared(a, 1, b, 1));
	secret[0] = 8;
	assert_int_equal(digest_of(&t, secret, sizeof(secret), b), 1);
	assert_false(shared(a, 1, b, 1));
	assert_int_equal(digest_token(&t, shortened, b, &n), BH_ERR_INPUT);
	t.kind = (enum factor_kind)99;
	assert_int_equal(digest_token(&t, shortened, b, &n), BH_ERR_RANGE);
	buf_free(shortened);
}

static void
kinds_have_words(void **state)
{
	static const char *const words[] = {"?", "otp-key", "yubikey-id",
	    "yubikey-aes", "recovery", "ssh-key", "ssh-ca", "ssh-host", "?"};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(words); i++) {
		enum digest_kind kind = (enum digest_kind)i;

		assert_string_equal(digest_kind_word(kind), words[i]);
		assert_int_equal(strcmp(digest_kind_name(kind), "?") == 0,
		    strcmp(words[i], "?") == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_form_is_fixed),
	    cmocka_unit_test(digits_period_and_algorithm_do_not_count),
	    cmocka_unit_test(zeros_at_the_end_do_not_count),
	    cmocka_unit_test(a_hashed_key_is_found),
	    cmocka_unit_test(a_key_between_the_blocks_is_found_by_either),
	    cmocka_unit_test(a_yubikey_is_found_by_id_and_by_key),
	    cmocka_unit_test(a_recovery_batch_is_its_key),
	    cmocka_unit_test(kinds_have_words),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
