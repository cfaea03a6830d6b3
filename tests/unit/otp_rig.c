/*
 * Codes of the RFCs' seed, and what factor_check makes of them.
 */
#include "tests/unit/otp_rig.h"

#include <inttypes.h>
#include <liboath/oath.h>
#include <stdio.h>

static const struct factor_limits limits = {1, 10, false};

/* RFC 4226, appendix D: counters 0 to 9. */
const char *const codes[10] = {"755224", "287082", "359152", "969429", "338314",
    "254676", "287922", "162583", "399871", "520489"};

struct token
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

/* What factor_check finds; the code is len bytes, as they came. */
struct factor_match
check_bytes(const struct token *t, size_t seedlen, const char *code, size_t len,
    uint64_t now_s)
{
	struct buf *secret = buf_new_from(SEED, seedlen);
	struct buf *answer = buf_new_from(code, len);
	struct factor_match m = {true, true, 1};

	assert_non_null(secret);
	assert_non_null(answer);
	assert_int_equal(
	    factor_check(t, secret, answer, &limits, now_s, &m), BH_OK);
	buf_free(secret);
	buf_free(answer);
	return m;
}

struct factor_match
check(const struct token *t, const char *code, uint64_t now_s)
{
	return check_bytes(t, SEED_SHA1, code, strlen(code), now_s);
}

void
expect(const char *rule, struct factor_match m, bool found, bool replay,
    uint64_t state)
{
	if (m.found != found || m.replay != replay || m.state != state)
		fail_msg("%s: found %d replay %d state %" PRIu64, rule, m.found,
		    m.replay, m.state);
}

/* The code of one counter of the seed, by liboath's generator. */
const char *
code_of(uint64_t counter, char code[7])
{
	assert_int_equal(oath_hotp_generate(SEED, SEED_SHA1, counter, 6, false,
			     OATH_HOTP_DYNAMIC_TRUNCATION, code),
	    OATH_OK);
	return code;
}
