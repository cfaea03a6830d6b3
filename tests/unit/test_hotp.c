/*
 * HOTP: the vectors of its RFC, look-ahead, and once means once.
 */
#include "tests/unit/otp_rig.h"

#include <inttypes.h>

/* Of that seed, codes of 6 digits that come twice close together. */
#define TWICE_NEXT	910737 /* counter n and n + 1 */
#define TWICE_NEXT_CODE "911617"
#define TWICE_GAP	153567 /* counter n and n + 2 */
#define TWICE_GAP_CODE	"468457"

static void
test_rfc4226(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(codes); i++) {
		struct token t = token(FACTOR_HOTP, i);

		expect(codes[i], check(&t, codes[i], 0), true, false, i + 1);
	}
}

/* D13: the look-ahead, and an end that does not wrap. */
static void
test_hotp_once(void **unused)
{
	static const struct {
		const char *rule;
		uint64_t counter; /* of the code that is sent */
		uint64_t state;
		bool found, replay;
		uint64_t next;
	} rows[] = {
	    {"the next one", 0, 0, true, false, 1},
	    {"as far ahead as it goes", 10, 0, true, false, 11},
	    {"one farther", 11, 0, false, false, 0},
	    {"the same again is replay", 0, 1, false, true, 1},
	    {"the tenth before, still known as used", 90, 100, false, true,
		100},
	    {"the eleventh before is any wrong code", 89, 100, false, false,
		100},
	    {"in a batch of forty", 41, 40, true, false, 42},
	    {"one skipped over is used", 3, 5, false, true, 5},
	    {"the last counter there is", UINT64_MAX - 1, UINT64_MAX - 1, true,
		false, UINT64_MAX},
	    {"2^64-1 is never accepted", UINT64_MAX, UINT64_MAX, false, false,
		UINT64_MAX},
	    {"nor looked ahead to", UINT64_MAX, UINT64_MAX - 3, false, false,
		UINT64_MAX - 3},
	    {"nor wrapped around", 0, UINT64_MAX - 3, false, false,
		UINT64_MAX - 3},
	    {"the last one again", UINT64_MAX - 1, UINT64_MAX, false, true,
		UINT64_MAX},
	    {"same digits, spent and fresh: the fresh one counts", TWICE_NEXT,
		TWICE_NEXT + 1, true, false, TWICE_NEXT + 2},
	    {"both fresh: the first one is claimed", TWICE_NEXT + 1, TWICE_NEXT,
		true, false, TWICE_NEXT + 1},
	};
	char code[7];
	size_t i;

	(void)unused;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(FACTOR_HOTP, rows[i].state);

		expect(rows[i].rule,
		    check(&t, code_of(rows[i].counter, code), 0), rows[i].found,
		    rows[i].replay, rows[i].next);
	}
}

static void
test_resync(void **unused)
{
	static const struct {
		const char *rule;
		uint64_t first, second, state;
		uint32_t ahead;
		enum bh_err e;
		uint64_t next;
	} rows[] = {
	    {"far ahead", 80, 81, 0, 100, BH_OK, 82},
	    {"the very next", 0, 1, 0, 100, BH_OK, 2},
	    {"at the end of the search", 100, 101, 0, 100, BH_OK, 102},
	    {"behind it", 101, 102, 0, 100, BH_ERR_NOTFOUND, 0},
	    {"not consecutive", 80, 82, 0, 100, BH_ERR_NOTFOUND, 0},
	    {"in the wrong order", 81, 80, 0, 100, BH_ERR_NOTFOUND, 0},
	    {"one code twice", 80, 80, 0, 100, BH_ERR_NOTFOUND, 0},
	    {"used before", 4, 5, 6, 100, BH_ERR_NOTFOUND, 0},
	    {"half used before", 5, 6, 6, 100, BH_ERR_NOTFOUND, 0},
	    {"up to the last counter", UINT64_MAX - 2, UINT64_MAX - 1,
		UINT64_MAX - 9, 100, BH_OK, UINT64_MAX},
	    {"not beyond it", UINT64_MAX - 1, UINT64_MAX, UINT64_MAX - 9, 100,
		BH_ERR_NOTFOUND, 0},
	};
	struct buf *secret = buf_new_from(SEED, SEED_SHA1);
	char one[7], two[7];
	size_t i;

	(void)unused;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(FACTOR_HOTP, rows[i].state);
		struct buf *a = buf_new_from(code_of(rows[i].first, one), 6);
		struct buf *b = buf_new_from(code_of(rows[i].second, two), 6);
		uint64_t next = 0;

		if (factor_hotp_resync(
			&t, secret, a, b, rows[i].ahead, &next) != rows[i].e ||
		    next != rows[i].next)
			fail_msg("%s: %" PRIu64, rows[i].rule, next);
		t.kind = FACTOR_TOTP;
		assert_int_not_equal(
		    factor_hotp_resync(&t, secret, a, b, 100, &next), BH_OK);
		t.kind = FACTOR_HOTP;
		a->len = 5;
		assert_int_equal(
		    factor_hotp_resync(&t, secret, a, b, 100, &next),
		    BH_ERR_NOTFOUND);
		buf_free(a);
		buf_free(b);
	}
	buf_free(secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc4226),
	    cmocka_unit_test(test_hotp_once),
	    cmocka_unit_test(test_resync),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
