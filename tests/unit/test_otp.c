/*
 * TOTP: the vectors of its RFC, and once means once.
 */
#include "tests/unit/otp_rig.h"

/* Of that seed, codes of 6 digits that come twice close together. */
#define TWICE_NEXT	910737 /* counter n and n + 1 */
#define TWICE_NEXT_CODE "911617"
#define TWICE_GAP	153567 /* counter n and n + 2 */
#define TWICE_GAP_CODE	"468457"

static void
test_rfc6238(void **state)
{
	static const struct {
		uint64_t now_s;
		const char *sha1, *sha256, *sha512;
	} rows[] = {
	    {59, "94287082", "46119246", "90693936"},
	    {1111111109, "07081804", "68084774", "25091201"},
	    {1111111111, "14050471", "67062674", "99943326"},
	    {1234567890, "89005924", "91819424", "93441116"},
	    {2000000000, "69279037", "90698825", "38618901"},
	    {20000000000, "65353130", "77737706", "47863826"},
	};
	struct token t = token(FACTOR_TOTP, 0);
	size_t i;

	(void)state;
	t.digits = 8;
	for (i = 0; i < nitems(rows); i++) {
		uint64_t now_s = rows[i].now_s, next = now_s / 30 + 1;

		t.hash = OTP_SHA1;
		expect("SHA1", check_bytes(&t, 20, rows[i].sha1, 8, now_s),
		    true, false, next);
		t.hash = OTP_SHA256;
		expect("SHA256", check_bytes(&t, 32, rows[i].sha256, 8, now_s),
		    true, false, next);
		t.hash = OTP_SHA512;
		expect("SHA512", check_bytes(&t, 64, rows[i].sha512, 8, now_s),
		    true, false, next);
		/* the hash is the token's: no other's code is taken */
		expect("SHA512, code of SHA1",
		    check_bytes(&t, 64, rows[i].sha1, 8, now_s), false, false,
		    0);
	}
}

/* A04, A05: exactly the token's digits, ASCII, and nothing around them. */
static void
test_form(void **state)
{
	static const struct {
		const char *rule, *answer;
		size_t len;
		uint32_t digits;
		bool ok;
	} rows[] = {
	    {"six of six", "755224", 6, 6, true},
	    {"eight of eight", "84755224", 8, 8, true},
	    {"six of eight", "755224", 6, 8, false},
	    {"eight of six", "84755224", 8, 6, false},
	    {"seven of six", "7552240", 7, 6, false},
	    {"five of six", "75522", 5, 6, false},
	    {"empty", "", 0, 6, false},
	    {"a blank in front", " 55224", 6, 6, false},
	    {"a blank and six", " 755224", 7, 6, false},
	    {"a sign", "+55224", 6, 6, false},
	    {"minus", "-55224", 6, 6, false},
	    {"a line feed behind", "755224\n", 7, 6, false},
	    {"a line feed inside", "75522\n", 6, 6, false},
	    {"a NUL behind", "755224\0", 7, 6, false},
	    {"a NUL inside", "7552\0004", 6, 6, false},
	    {"hexadecimal", "0x5224", 6, 6, false},
	    {"full-width digits", "\xef\xbc\x97\xef\xbc\x95", 6, 6, false},
	    {"high bytes", "\xb7\xb5\xb5\xb2\xb2\xb4", 6, 6, false},
	};
	static const enum factor_kind kinds[] = {FACTOR_TOTP, FACTOR_HOTP};
	size_t i, k;

	(void)state;
	for (k = 0; k < nitems(kinds); k++) {
		for (i = 0; i < nitems(rows); i++) {
			struct token t = token(kinds[k], 0);
			struct buf *b =
			    buf_new_from(rows[i].answer, rows[i].len);

			t.digits = rows[i].digits;
			if (factor_form_ok(&t, b) != rows[i].ok)
				fail_msg("%s", rows[i].rule);
			buf_free(b);
			if (rows[i].ok)
				continue;
			expect(rows[i].rule,
			    check_bytes(
				&t, SEED_SHA1, rows[i].answer, rows[i].len, 0),
			    false, false, 0);
		}
	}
}

/* A step is the code of HOTP at that counter: codes[n] at n * 30 seconds. */
static void
test_totp_once(void **unused)
{
	static const struct {
		const char *rule;
		const char *code;
		uint64_t now_s, state;
		bool found, replay;
		uint64_t next;
	} rows[] = {
	    {"this step", "254676", 5 * 30, 0, true, false, 6},
	    {"its last second", "254676", 5 * 30 + 29, 0, true, false, 6},
	    {"one step late", "254676", 6 * 30, 0, true, false, 6},
	    {"one step early", "254676", 4 * 30 + 29, 0, true, false, 6},
	    {"two steps late", "254676", 7 * 30, 0, false, false, 0},
	    {"two steps early", "254676", 4 * 30 - 1, 0, false, false, 0},
	    {"same step twice is replay", "254676", 5 * 30, 6, false, true, 6},
	    {"the step before the one used is spent too", "338314", 5 * 30, 6,
		false, true, 6},
	    {"the step after it is not", "287922", 5 * 30, 6, true, false, 7},
	    {"clock back, used code", "254676", 4 * 30, 6, false, true, 6},
	    {"clock far back: replay still, and no state lost", "287082", 30, 6,
		false, true, 6},
	    {"a wrong code is no replay", "000000", 5 * 30, 6, false, false, 6},
	    {"a clock at 0 has no step below", "755224", 0, 0, true, false, 1},
	    {"a clock at 0, the step above", "287082", 0, 0, true, false, 2},
	    {"a clock in step 1, the one below", "755224", 30, 0, true, false,
		1},
	    {"state at the end of time", "254676", 5 * 30, UINT64_MAX, false,
		true, UINT64_MAX},
	    {"same digits, spent and fresh: the fresh one counts",
		TWICE_NEXT_CODE, TWICE_NEXT * 30, TWICE_NEXT + 1, true, false,
		TWICE_NEXT + 2},
	    {"the same with a step between", TWICE_GAP_CODE,
		(TWICE_GAP + 1) * 30, TWICE_GAP + 1, true, false,
		TWICE_GAP + 3},
	    {"both fresh: the older one is claimed, no step is lost",
		TWICE_GAP_CODE, (TWICE_GAP + 1) * 30, TWICE_GAP, true, false,
		TWICE_GAP + 1},
	    {"both spent", TWICE_GAP_CODE, (TWICE_GAP + 1) * 30, TWICE_GAP + 3,
		false, true, TWICE_GAP + 3},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(FACTOR_TOTP, rows[i].state);

		expect(rows[i].rule, check(&t, rows[i].code, rows[i].now_s),
		    rows[i].found, rows[i].replay, rows[i].next);
	}
}

/*
 * Codes accepted while the clock is known to run ahead have a mark of their
 * own, in the upper bits of state: the owner is not shut out once the clock is
 * right again, and no code is accepted twice.
 */
#define FAR	UINT64_C(30000960) /* a step far ahead */
#define DAY	(86400 / 30)	   /* steps; FAR begins a day */
#define MARK(n) ((n) << 34)

static void
test_totp_clock_ahead(void **unused)
{
	static const struct {
		const char *rule;
		uint64_t step, state; /* of the code; the clock stands there */
		bool ahead, found;
		uint64_t next;
	} rows[] = {
	    {"ahead, the usual mark stays", FAR, 6, true, true,
		MARK(FAR + 1) | 6},
	    {"ahead, the same code again", FAR, MARK(FAR + 1) | 6, true, false,
		MARK(FAR + 1) | 6},
	    {"ahead, one before it", FAR - 1, MARK(FAR + 1), true, false,
		MARK(FAR + 1)},
	    {"ahead, the next one", FAR + 1, MARK(FAR + 1) | 6, true, true,
		MARK(FAR + 2) | 6},
	    {"right again: the owner comes in", 7, MARK(FAR + 1) | 6, false,
		true, MARK(FAR + 1) | 8},
	    {"right again: a used code is used", 5, MARK(FAR + 1) | 6, false,
		false, MARK(FAR + 1) | 6},
	    {"when that time comes, its code is used", FAR, MARK(FAR + 1) | 6,
		false, false, MARK(FAR + 1) | 6},
	    {"and those of the day before", FAR - 1 - DAY, MARK(FAR + 1) | 6,
		false, false, MARK(FAR + 1) | 6},
	    {"but not those before them", FAR - 2 - DAY, MARK(FAR + 1) | 6,
		false, true, MARK(FAR + 1) | (FAR - 1 - DAY)},
	    {"nor those behind it", FAR + 1, MARK(FAR + 1) | 6, false, true,
		MARK(FAR + 1) | (FAR + 2)},
	    {"a second time ahead: the first one's codes stay used", 2 * FAR,
		MARK(FAR + 1) | 6, true, true, MARK(2 * FAR + 1) | (FAR + 1)},
	};
	struct factor_limits l = {0, 10, false};
	struct buf *secret = buf_new_from(SEED, SEED_SHA1);
	char code[7];
	size_t i;

	(void)unused;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(FACTOR_TOTP, rows[i].state);
		struct buf *a = buf_new_from(code_of(rows[i].step, code), 6);
		struct factor_match m;

		l.clock_ahead = rows[i].ahead;
		assert_int_equal(
		    factor_check(&t, secret, a, &l, rows[i].step * 30, &m),
		    BH_OK);
		expect(rows[i].rule, m, rows[i].found, !rows[i].found,
		    rows[i].next);
		buf_free(a);
	}
	buf_free(secret);
}

/* However often and long the clock ran ahead, what it saw stays used. */
static void
test_totp_stretch_ahead(void **state)
{
	static const uint64_t days[] = {0, 1, 2, 4, 9, 30, 31};
	struct buf *secret = buf_new_from(SEED, SEED_SHA1);
	struct factor_limits l = {0, 10, true};
	struct token t = token(FACTOR_TOTP, 6);
	struct factor_match m;
	char code[7];
	size_t i, k;

	(void)state;
	for (i = 0; i < nitems(days); i++) {
		for (k = 0; k <= i; k++) {
			uint64_t step = FAR + days[k] * DAY;
			struct buf *a = buf_new_from(code_of(step, code), 6);

			/* the last one is new; then it is the usual time */
			l.clock_ahead = k == i;
			assert_int_equal(
			    factor_check(&t, secret, a, &l, step * 30, &m),
			    BH_OK);
			assert_true(m.found == (k == i));
			assert_true(m.state >= t.state);
			t.state = m.state;
			buf_free(a);
		}
	}
	buf_free(secret);
}

static void
test_totp_raise(void **state)
{
	(void)state;
	assert_int_equal(factor_totp_raise(0, 5), 6);
	assert_int_equal(factor_totp_raise(9, 5), 9);
	assert_int_equal(factor_totp_raise(MARK(FAR) | 3, 5), MARK(FAR) | 6);
	assert_int_equal(factor_totp_raise(0, UINT64_MAX), 0x3fffffff);
}

static void
test_totp_window(void **state)
{
	struct buf *secret = buf_new_from(SEED, SEED_SHA1);
	uint32_t window, step;

	(void)state;
	for (window = 0; window <= 2; window++) {
		struct factor_limits l = {window, 1, false};

		for (step = 0; step < nitems(codes); step++) {
			struct token t = token(FACTOR_TOTP, 0);
			struct buf *a = buf_new_from(codes[step], 6);
			struct factor_match m;

			assert_int_equal(
			    factor_check(&t, secret, a, &l, 5 * 30, &m), BH_OK);
			assert_int_equal(
			    m.found, step + window >= 5 && step <= 5 + window);
			assert_int_equal(m.state, m.found ? step + 1 : 0);
			buf_free(a);
		}
	}
	buf_free(secret);
}

static void
test_totp_period(void **state)
{
	struct token t = token(FACTOR_TOTP, 0);

	(void)state;
	t.period_s = 60;
	expect("60 s", check(&t, codes[5], 5 * 60 + 59), true, false, 6);
	expect("60 s are not 30", check(&t, codes[5], 5 * 30), false, false, 0);
}

/* A clock that says nonsense is denied or finds nothing; it never crashes. */
static void
test_totp_absurd_clock(void **state)
{
	static const struct factor_limits l = {1, 10, false};
	static const uint64_t clocks[] = {
	    INT64_MAX - 31, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
	struct buf *secret = buf_new_from(SEED, SEED_SHA1);
	struct buf *answer = buf_new_from("755224", 6);
	struct token t = token(FACTOR_TOTP, 0);
	size_t i;

	(void)state;
	for (i = 0; i < nitems(clocks); i++) {
		struct factor_match m = {false, false, 0};
		enum bh_err e =
		    factor_check(&t, secret, answer, &l, clocks[i], &m);

		assert_true(e == BH_ERR_RANGE || (e == BH_OK && !m.found));
		assert_false(m.found);
	}
	buf_free(secret);
	buf_free(answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc6238),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_totp_once),
	    cmocka_unit_test(test_totp_clock_ahead),
	    cmocka_unit_test(test_totp_stretch_ahead),
	    cmocka_unit_test(test_totp_raise),
	    cmocka_unit_test(test_totp_window),
	    cmocka_unit_test(test_totp_period),
	    cmocka_unit_test(test_totp_absurd_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
