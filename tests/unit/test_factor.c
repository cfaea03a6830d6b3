/*
 * The table of factors: which tokens can be, and how they are handed over.
 */
#include "tests/unit/unit.h"

#include "core/factor.h"

#define SEED	  "12345678901234567890"
#define SEED_SHA1 20

static const struct factor_limits limits = {1, 10, false};

static struct token
token(enum factor_kind kind, uint64_t state)
{
	struct token t = {0};

	t.kind = kind;
	t.hash = OTP_SHA1;
	t.digits = 6;
	t.period_s = 30;
	t.state = state;
	return t;
}

/* A secret that can't be is an error, and an error is no match. */
static void
test_bad_secret(void **state)
{
	struct factor_match m = {false, false, 42};
	struct token t = token(FACTOR_TOTP, 0);
	struct buf *none = buf_new(0), *answer = buf_new_from("755224", 6);

	(void)state;
	assert_int_equal(
	    factor_check(&t, none, answer, &limits, 0, &m), BH_ERR_INPUT);
	t.kind = FACTOR_HOTP;
	assert_int_equal(
	    factor_check(&t, none, answer, &limits, 0, &m), BH_ERR_INPUT);
	t.kind = (enum factor_kind)0;
	assert_int_equal(
	    factor_check(&t, none, answer, &limits, 0, &m), BH_ERR_INPUT);
	assert_false(factor_form_ok(&t, answer));
	t.kind = (enum factor_kind)99;
	assert_int_equal(
	    factor_check(&t, none, answer, &limits, 0, &m), BH_ERR_INPUT);
	assert_false(m.found);
	assert_int_equal(m.state, 42);
	buf_free(none);
	buf_free(answer);
}

/* Which tokens can be. */
static void
test_token_ok(void **state)
{
	static const struct {
		const char *rule;
		enum factor_kind kind;
		enum otp_hash hash;
		uint32_t digits, period_s;
		bool weak;
		size_t len;
		bool ok;
	} rows[] = {
	    {"totp", FACTOR_TOTP, OTP_SHA1, 6, 30, false, 20, true},
	    {"8 digits", FACTOR_TOTP, OTP_SHA256, 8, 60, false, 32, true},
	    {"SHA512", FACTOR_TOTP, OTP_SHA512, 6, 30, false, 64, true},
	    {"7 digits", FACTOR_TOTP, OTP_SHA1, 7, 30, false, 20, false},
	    {"no digits", FACTOR_TOTP, OTP_SHA1, 0, 30, false, 20, false},
	    {"period 0", FACTOR_TOTP, OTP_SHA1, 6, 0, false, 20, false},
	    {"period 45", FACTOR_TOTP, OTP_SHA1, 6, 45, false, 20, false},
	    {"no hash", FACTOR_TOTP, (enum otp_hash)0, 6, 30, false, 20, false},
	    {"hash 4", FACTOR_TOTP, (enum otp_hash)4, 6, 30, false, 20, false},
	    {"128 bits", FACTOR_TOTP, OTP_SHA1, 6, 30, false, 16, true},
	    {"120 bits", FACTOR_TOTP, OTP_SHA1, 6, 30, false, 15, false},
	    {"weak, as imported", FACTOR_TOTP, OTP_SHA1, 6, 30, true, 10, true},
	    {"weak is not empty", FACTOR_TOTP, OTP_SHA1, 6, 30, true, 0, false},
	    {"512 bytes", FACTOR_TOTP, OTP_SHA1, 6, 30, false, 512, true},
	    {"513 bytes", FACTOR_TOTP, OTP_SHA1, 6, 30, false, 513, false},
	    {"hotp", FACTOR_HOTP, OTP_SHA1, 6, 0, false, 20, true},
	    {"hotp, 8 digits", FACTOR_HOTP, OTP_SHA1, 8, 0, false, 20, true},
	    {"hotp is SHA1", FACTOR_HOTP, OTP_SHA256, 6, 0, false, 32, false},
	    {"hotp, 7 digits", FACTOR_HOTP, OTP_SHA1, 7, 0, false, 20, false},
	    {"hotp, weak", FACTOR_HOTP, OTP_SHA1, 6, 0, false, 15, false},
	    {"no kind", (enum factor_kind)0, OTP_SHA1, 6, 30, false, 20, false},
	    {"kind 5", (enum factor_kind)5, OTP_SHA1, 6, 30, false, 20, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(rows[i].kind, 0);
		const char *why = NULL;
		enum bh_err e;

		t.hash = rows[i].hash;
		t.digits = rows[i].digits;
		t.period_s = rows[i].period_s;
		t.weak = rows[i].weak;
		e = factor_token_ok(&t, rows[i].len, &why);
		if (e != (rows[i].ok ? BH_OK : BH_ERR_RANGE))
			fail_msg("%s", rows[i].rule);
		if (e != BH_OK)
			assert_non_null(why);
	}
	assert_int_equal(factor_secret_len(FACTOR_TOTP, OTP_SHA1), 20);
	assert_int_equal(factor_secret_len(FACTOR_TOTP, OTP_SHA256), 32);
	assert_int_equal(factor_secret_len(FACTOR_TOTP, OTP_SHA512), 64);
	assert_int_equal(factor_secret_len(FACTOR_HOTP, OTP_SHA1), 20);
	assert_int_equal(factor_secret_len(FACTOR_YUBIKEY, OTP_SHA1), 22);
}

static void
expect_uri(const struct token *t, const char *issuer, const char *label,
    const char *want)
{
	struct buf *secret = buf_new_from(SEED, SEED_SHA1), *uri = NULL;

	assert_int_equal(factor_uri(t, secret, issuer, label, &uri), BH_OK);
	assert_int_equal(uri->data[uri->len - 1], '\0');
	assert_string_equal((const char *)uri->data, want);
	buf_free(uri);
	buf_free(secret);
}

static void
test_uri(void **state)
{
	struct token t = token(FACTOR_TOTP, 0);
	struct buf *secret = buf_new_from(SEED, SEED_SHA1), *uri = NULL;

	(void)state;
	t.hash = OTP_SHA256;
	t.digits = 8;
	expect_uri(&t, "vault", "alice@host",
	    "otpauth://totp/vault:alice%40host"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=vault"
	    "&algorithm=SHA256&digits=8&period=30");
	/* nothing in a name can add a parameter */
	expect_uri(&t, "a&b=c", "x?secret=\xc3\xa4",
	    "otpauth://totp/a%26b%3Dc:x%3Fsecret%3D%C3%A4"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=a%26b%3Dc"
	    "&algorithm=SHA256&digits=8&period=30");
	t = token(FACTOR_HOTP, 7);
	expect_uri(&t, "vault", "alice@host",
	    "otpauth://hotp/vault:alice%40host"
	    "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=vault"
	    "&digits=6&counter=7");
	t.kind = FACTOR_YUBIKEY;
	assert_int_equal(
	    factor_uri(&t, secret, "vault", "alice", &uri), BH_ERR_INPUT);
	assert_null(uri);
	buf_free(secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bad_secret),
	    cmocka_unit_test(test_token_ok),
	    cmocka_unit_test(test_uri),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
