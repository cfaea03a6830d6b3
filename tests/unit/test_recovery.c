/*
 * Recovery codes.
 */
#include "tests/unit/unit.h"

#include "core/crypto/crypto.h"
#include "core/factor.h"

#include <ctype.h>
#include <stdio.h>

#define LINE_LEN   (RECOVERY_CODE_LEN + 4) /* three '-' and a line feed */
#define SECRET_LEN (CRYPTO_KEY_LEN + RECOVERY_CODES * CRYPTO_HASH_LEN)

static struct buf *codes, *secret;

static int
set_up(void **state)
{
	(void)state;
	if (crypto_open() != BH_OK)
		return -1;
	return factor_recovery_make(&codes, &secret) == BH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(codes);
	buf_free(secret);
	crypto_close();
	return 0;
}

static struct token
token(uint64_t state)
{
	struct token t = {0};

	t.kind = FACTOR_RECOVERY;
	t.state = state;
	return t;
}

static struct factor_match
check(const struct token *t, const void *text, size_t len)
{
	static const struct factor_limits limits = {1, 10, false};
	struct buf *answer = buf_new_from(text, len);
	struct factor_match m = {true, true, ~UINT64_C(0)};

	assert_int_equal(
	    factor_check(t, secret, answer, &limits, 0, &m), BH_OK);
	buf_free(answer);
	return m;
}

/* Code i as it was shown. */
static const char *
shown(size_t i)
{
	return (const char *)codes->data + i * LINE_LEN;
}

static void
test_form_of_a_batch(void **state)
{
	size_t i, k;

	(void)state;
	assert_int_equal(codes->len, RECOVERY_CODES * LINE_LEN);
	assert_int_equal(secret->len, SECRET_LEN);
	for (i = 0; i < RECOVERY_CODES; i++) {
		for (k = 0; k < LINE_LEN; k++) {
			char c = shown(i)[k];

			if (k == LINE_LEN - 1)
				assert_int_equal(c, '\n');
			else if (k % 5 == 4)
				assert_int_equal(c, '-');
			else
				assert_true((c >= 'A' && c <= 'Z') ||
					    (c >= '2' && c <= '7'));
		}
		for (k = 0; k < i; k++)
			assert_memory_not_equal(shown(i), shown(k), 19);
	}
}

static void
test_batches_differ(void **state)
{
	struct buf *other = NULL, *others = NULL;

	(void)state;
	assert_int_equal(factor_recovery_make(&other, &others), BH_OK);
	assert_memory_not_equal(other->data, codes->data, codes->len);
	assert_memory_not_equal(others->data, secret->data, CRYPTO_KEY_LEN);
	buf_free(other);
	buf_free(others);
}

/* Each code once, in any order, and none spends another. */
static void
test_each_once(void **state)
{
	struct token t = token(0);
	size_t n, i;

	(void)state;
	assert_int_equal(factor_recovery_left(t.state), RECOVERY_CODES);
	for (n = 0; n < RECOVERY_CODES; n++) {
		struct factor_match m;

		i = n * 7 % RECOVERY_CODES;
		m = check(&t, shown(i), LINE_LEN - 1);
		assert_true(m.found);
		assert_false(m.replay);
		assert_int_equal(m.state, t.state | (uint64_t)1 << i);
		t.state = m.state;
		m = check(&t, shown(i), LINE_LEN - 1);
		assert_false(m.found);
		assert_true(m.replay);
		assert_int_equal(m.state, t.state);
		assert_int_equal(
		    factor_recovery_left(t.state), RECOVERY_CODES - 1 - n);
	}
}

/* Write code 0 in another way. */
static size_t
rewrite(const char *how, char out[64])
{
	size_t i, n = 0;

	for (i = 0; i < LINE_LEN - 1; i++) {
		char c = shown(0)[i];

		if (c == '-') {
			if (*how == 'b')
				out[n++] = ' ';
			else if (*how == '-' || *how == 'l')
				out[n++] = '-';
		} else {
			out[n++] = *how == 'l' ? (char)tolower(c) : c;
		}
	}
	return n;
}

static void
test_ways_to_write_it(void **state)
{
	static const char *const hows[] = {
	    "-as shown", "blanks between", "lower case", "nothing between"};
	struct token t = token(0);
	char text[64];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(hows); i++) {
		size_t len = rewrite(hows[i], text);

		if (!check(&t, text, len).found)
			fail_msg("%s", hows[i]);
	}
}

static void
test_form(void **state)
{
	static const struct {
		const char *rule, *text;
		bool ok;
	} rows[] = {
	    {"groups", "AAAA-BBBB-CCCC-2345", true},
	    {"none", "AAAABBBBCCCC2345", true},
	    {"15 characters", "AAAABBBBCCCC234", false},
	    {"17 characters", "AAAABBBBCCCC23456", false},
	    {"empty", "", false},
	    {"separators alone", "----------------", false},
	    {"a separator in front", "-AAAABBBBCCCC2345", false},
	    {"a separator inside a group", "AA-AABBBBCCCC2345", false},
	    {"two separators", "AAAA--BBBBCCCC2345", false},
	    {"another separator", "AAAA_BBBB_CCCC_2345", false},
	    {"a line feed behind", "AAAABBBBCCCC2345\n", false},
	    {"0 and 1 are not of base32", "AAAABBBBCCCC0145", false},
	    {"a six-digit code is none", "755224", false},
	};
	struct token t = token(0);
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct buf *b =
		    buf_new_from(rows[i].text, strlen(rows[i].text));

		if (factor_form_ok(&t, b) != rows[i].ok)
			fail_msg("%s", rows[i].rule);
		buf_free(b);
		/* of right form or not, it is none of ours */
		assert_false(
		    check(&t, rows[i].text, strlen(rows[i].text)).found);
	}
}

/* One character off is another code. */
static void
test_wrong(void **state)
{
	struct token t = token(0);
	char text[64];
	size_t i, len = rewrite("nothing", text);

	(void)state;
	for (i = 0; i < len; i++) {
		struct factor_match m;
		char was = text[i];

		text[i] = was == 'A' ? 'B' : 'A';
		m = check(&t, text, len);
		assert_false(m.found);
		assert_false(m.replay);
		assert_int_equal(m.state, 0);
		text[i] = was;
	}
	assert_true(check(&t, text, len).found);
}

static void
test_bad_secret(void **state)
{
	static const struct factor_limits limits = {1, 10, false};
	struct buf *answer = buf_new_from(shown(0), LINE_LEN - 1);
	struct token t = token(0);
	struct factor_match m = {false, false, 0};
	const char *why = NULL;

	(void)state;
	secret->len--;
	assert_int_equal(
	    factor_check(&t, secret, answer, &limits, 0, &m), BH_ERR_INPUT);
	secret->len++;
	assert_false(m.found);
	assert_int_equal(factor_token_ok(&t, SECRET_LEN, &why), BH_OK);
	assert_int_equal(
	    factor_token_ok(&t, SECRET_LEN - 1, &why), BH_ERR_RANGE);
	assert_non_null(why);
	assert_int_equal(
	    factor_secret_len(FACTOR_RECOVERY, OTP_SHA1), SECRET_LEN);
	/* a library that fails admits nobody */
	crypto_close();
	assert_int_equal(
	    factor_check(&t, secret, answer, &limits, 0, &m), BH_ERR_CRYPTO);
	assert_false(m.found);
	assert_int_equal(crypto_open(), BH_OK);
	buf_free(answer);
}

static void
test_left(void **state)
{
	(void)state;
	assert_int_equal(factor_recovery_left(0), 10);
	assert_int_equal(factor_recovery_left(0x3ff), 0);
	assert_int_equal(factor_recovery_left(0x201), 8);
	assert_int_equal(factor_recovery_left(~UINT64_C(0)), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form_of_a_batch),
	    cmocka_unit_test(test_batches_differ),
	    cmocka_unit_test(test_each_once),
	    cmocka_unit_test(test_ways_to_write_it),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_wrong),
	    cmocka_unit_test(test_bad_secret),
	    cmocka_unit_test(test_left),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
