/*
 * TOTP (RFC 6238) and HOTP (RFC 4226) by liboath, through its
 * validate-callback functions only: they hand us each code and we compare.
 */
#include "core/factor_kinds.h"

#include <liboath/oath.h>
#include <string.h>

#define HOTP_BEHIND	  10u	 /* used counters that are known as such */
#define TOTP_AHEAD_SPAN_S 172800 /* two days */

/* The codes that liboath has worked out so far, and ours among them. */
struct search {
	const struct buf *answer;
	uint32_t digits;
};

bool
otp_form_ok(const struct token *t, const struct buf *answer)
{
	size_t i;

	if (answer->len != t->digits)
		return false;
	for (i = 0; i < answer->len; i++) {
		if (answer->data[i] < '0' || answer->data[i] > '9')
			return false;
	}
	return true;
}

static int
compare(void *arg, const char *code)
{
	const struct search *s = arg;

	return strlen(code) == s->digits &&
		       secret_eq(code, s->answer->data, s->digits)
		   ? 0
		   : 1;
}

/* Is the answer the code of this one counter? */
static enum bh_err
hotp_is(const struct token *t, const struct buf *secret,
    const struct buf *answer, uint64_t counter, bool *isp)
{
	struct search s = {answer, t->digits};
	int rc;

	rc = oath_hotp_validate_callback((const char *)secret->data,
	    secret->len, counter, 0, (unsigned int)t->digits, compare, &s);
	if (rc < 0 && rc != OATH_INVALID_OTP)
		return BH_ERR_CRYPTO;
	*isp = rc >= 0;
	return BH_OK;
}

static int
totp_flags(enum otp_hash hash)
{
	switch (hash) {
	case OTP_SHA256:
		return OATH_TOTP_HMAC_SHA256;
	case OTP_SHA512:
		return OATH_TOTP_HMAC_SHA512;
	case OTP_SHA1:
	default:
		return 0;
	}
}

static enum bh_err
totp_is(const struct token *t, const struct buf *secret,
    const struct buf *answer, uint64_t step, bool *isp)
{
	struct search s = {answer, t->digits};
	uint64_t time_s;
	int rc;

	if (__builtin_mul_overflow(step, t->period_s, &time_s) ||
	    time_s > INT64_MAX)
		return BH_ERR_RANGE;
	rc = oath_totp_validate4_callback((const char *)secret->data,
	    secret->len, (time_t)time_s, (unsigned int)t->period_s, 0,
	    (unsigned int)t->digits, 0, NULL, NULL, totp_flags(t->hash),
	    compare, &s);
	if (rc < 0 && rc != OATH_INVALID_OTP)
		return BH_ERR_CRYPTO;
	*isp = rc >= 0;
	return BH_OK;
}

/*
 * The two marks in a TOTP token's state: steps below the usual one are used
 * up.  The other is for codes accepted while the clock was known to run ahead:
 * were it the same, one login in a minute of wrong time would shut the owner
 * out for as long as the clock had run ahead.
 */
static uint64_t
mark_usual(uint64_t state)
{
	return state & UINT32_MAX;
}

static uint64_t
mark_ahead(uint64_t state)
{
	return state >> 32;
}

/* Steps around the mark ahead in which codes may have been accepted. */
static uint64_t
ahead_span(const struct token *t)
{
	return TOTP_AHEAD_SPAN_S / t->period_s;
}

static bool
totp_is_used(const struct token *t, uint64_t mark, bool clock_ahead)
{
	uint64_t ahead = mark_ahead(t->state);

	if (mark <= mark_usual(t->state) || mark > UINT32_MAX)
		return true;
	return mark <= ahead && (clock_ahead || mark + ahead_span(t) > ahead);
}

/* The state once this step was accepted; never less than it was. */
static uint64_t
totp_raise(const struct token *t, uint64_t mark, bool clock_ahead)
{
	uint64_t usual = mark_usual(t->state), ahead = mark_ahead(t->state);

	if (!clock_ahead)
		return ahead << 32 | mark;
	/* a second time ahead, far from the first: that one's codes stay used
	 * up by the usual mark, for there is no third */
	if (ahead != 0 && mark > ahead + ahead_span(t) && ahead > usual)
		usual = ahead;
	return mark << 32 | usual;
}

enum bh_err
totp_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp)
{
	uint64_t step, first, last;
	enum bh_err e;
	bool is;

	if (t->period_s == 0 || secret->len == 0)
		return BH_ERR_INPUT;
	step = now_s / t->period_s;
	first = step > limits->otp_window ? step - limits->otp_window : 0;
	last = step + limits->otp_window;
	for (step = first; step <= last && !matchp->found; step++) {
		if ((e = totp_is(t, secret, answer, step, &is)) != BH_OK)
			return e;
		if (!is)
			continue;
		matchp->replay = totp_is_used(t, step + 1, limits->clock_ahead);
		matchp->found = !matchp->replay;
		if (matchp->found)
			matchp->state =
			    totp_raise(t, step + 1, limits->clock_ahead);
	}
	return BH_OK;
}

uint64_t
factor_totp_raise(uint64_t state, uint64_t step)
{
	uint64_t mark = step < UINT32_MAX ? step + 1 : UINT32_MAX;

	return mark > mark_usual(state) ? (state & ~(uint64_t)UINT32_MAX) | mark
					: state;
}

/* A used code sent again, by a slow hand or forty parallel programs, is a
 * replay and no guess. */
static enum bh_err
hotp_was_used(const struct token *t, const struct buf *secret,
    const struct buf *answer, bool *wasp)
{
	uint64_t i;
	enum bh_err e;

	*wasp = false;
	for (i = 1; i <= HOTP_BEHIND && i <= t->state && !*wasp; i++) {
		if ((e = hotp_is(t, secret, answer, t->state - i, wasp)) !=
		    BH_OK)
			return e;
	}
	return BH_OK;
}

enum bh_err
hotp_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp)
{
	uint64_t i;
	enum bh_err e;
	bool is;

	(void)now_s;
	if (secret->len == 0)
		return BH_ERR_INPUT;
	for (i = 0; i <= limits->hotp_ahead; i++) {
		uint64_t counter = t->state + i;

		if (counter < t->state || counter == UINT64_MAX)
			break; /* the counter never wraps */
		if ((e = hotp_is(t, secret, answer, counter, &is)) != BH_OK)
			return e;
		if (is) {
			matchp->found = true;
			matchp->state = counter + 1;
			return BH_OK;
		}
	}
	return hotp_was_used(t, secret, answer, &matchp->replay);
}

enum bh_err
factor_hotp_resync(const struct token *t, const struct buf *secret,
    const struct buf *first, const struct buf *second, uint32_t ahead,
    uint64_t *statep)
{
	bool is = false, next_is = false;
	uint64_t i;
	enum bh_err e = BH_OK;

	if (t->kind != FACTOR_HOTP || !otp_form_ok(t, first) ||
	    !otp_form_ok(t, second))
		return BH_ERR_NOTFOUND;
	for (i = 0; i <= ahead && e == BH_OK; i++) {
		uint64_t counter = t->state + i;

		if (counter < t->state || counter >= UINT64_MAX - 1)
			break;
		if ((e = hotp_is(t, secret, first, counter, &is)) == BH_OK &&
		    is)
			e = hotp_is(t, secret, second, counter + 1, &next_is);
		if (e == BH_OK && is && next_is) {
			secret_burn_stack();
			*statep = counter + 2;
			return BH_OK;
		}
	}
	secret_burn_stack();
	return e != BH_OK ? e : BH_ERR_NOTFOUND;
}
