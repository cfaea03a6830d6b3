/*
 * TOTP (RFC 6238) and HOTP (RFC 4226) by liboath, through its
 * validate-callback functions only: they hand us each code and we compare.
 */
#include "core/factor_kinds.h"

#include <liboath/oath.h>
#include <string.h>

#define HOTP_BEHIND 10u /* used counters that are known as such */
#define MARK_MAX    ((UINT64_C(1) << 30) - 1)
#define DAYS_MAX    UINT64_C(15)
#define MARGIN_DAYS 1

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
 * A TOTP token's state: steps up to the usual mark are used up.  Codes
 * accepted while the clock was known to run ahead are kept apart, as the
 * stretch that ends at `ahead`: were there one mark only, one login in a
 * minute of wrong time would shut the owner out for as long as the clock had
 * run ahead.  Bits 34..63 ahead, 30..33 its length in days, 0..29 usual.
 */
struct marks {
	uint64_t usual, ahead, days;
};

static struct marks
marks_read(uint64_t state)
{
	const struct marks m = {
	    .usual = state & MARK_MAX,
	    .ahead = state >> 34,
	    .days = state >> 30 & DAYS_MAX,
	};

	return m;
}

static uint64_t
marks_write(const struct marks *m)
{
	return m->ahead << 34 | m->days << 30 | m->usual;
}

static uint64_t
day_of(const struct token *t, uint64_t mark)
{
	return mark * t->period_s / 86400;
}

static bool
totp_is_used(const struct token *t, uint64_t mark, bool clock_ahead)
{
	const struct marks m = marks_read(t->state);

	if (mark <= m.usual || mark > MARK_MAX)
		return true;
	/* below the stretch there is a margin: never used, yet refused */
	return mark <= m.ahead &&
	       (clock_ahead || day_of(t, mark) + m.days + MARGIN_DAYS >=
				   day_of(t, m.ahead));
}

/* The state once this step was accepted; never less than it was. */
static uint64_t
totp_raise(const struct token *t, uint64_t mark, bool clock_ahead)
{
	struct marks m = marks_read(t->state);

	if (!clock_ahead) {
		m.usual = mark;
		return marks_write(&m);
	}
	if (m.ahead != 0)
		m.days += day_of(t, mark) - day_of(t, m.ahead);
	/* a second time far ahead: there is no room for it beside the first,
	 * whose codes stay used up by the usual mark */
	if (m.days > DAYS_MAX) {
		m.usual = m.ahead > m.usual ? m.ahead : m.usual;
		m.days = 0;
	}
	m.ahead = mark;
	return marks_write(&m);
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
	struct marks m = marks_read(state);
	uint64_t mark = step < MARK_MAX ? step + 1 : MARK_MAX;

	m.usual = mark > m.usual ? mark : m.usual;
	return marks_write(&m);
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
