/*
 * The table of factors.
 */
#include "core/factor.h"

#include "core/factor_kinds.h"

#include <string.h>

static const struct kind {
	bool (*form_ok)(const struct token *t, const struct buf *answer);
	enum bh_err (*check)(const struct token *t, const struct buf *secret,
	    const struct buf *answer, const struct factor_limits *limits,
	    uint64_t now_s, struct factor_match *matchp);
} kinds[] = {
    [FACTOR_TOTP] = {otp_form_ok, totp_check},
    [FACTOR_HOTP] = {otp_form_ok, hotp_check},
    [FACTOR_YUBIKEY] = {yubikey_form_ok, yubikey_check},
    [FACTOR_RECOVERY] = {recovery_form_ok, recovery_check},
};

static const struct kind *
find_kind(enum factor_kind kind)
{
	if ((size_t)kind >= nitems(kinds) || kinds[kind].check == NULL)
		return NULL;
	return &kinds[kind];
}

bool
factor_form_ok(const struct token *t, const struct buf *answer)
{
	const struct kind *k = find_kind(t->kind);

	return k != NULL && k->form_ok(t, answer);
}

enum bh_err
factor_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp)
{
	const struct kind *k = find_kind(t->kind);
	struct factor_match m = {false, false, t->state};
	enum bh_err e;

	if (k == NULL)
		return BH_ERR_INPUT;
	if (k->form_ok(t, answer)) {
		e = k->check(t, secret, answer, limits, now_s, &m);
		secret_burn_stack();
		if (e != BH_OK)
			return e;
	}
	*matchp = m;
	return BH_OK;
}

size_t
factor_secret_len(enum factor_kind kind, enum otp_hash hash)
{
	if (kind == FACTOR_YUBIKEY)
		return YUBIKEY_SECRET_LEN;
	if (kind == FACTOR_RECOVERY)
		return RECOVERY_SECRET_LEN;
	return hash == OTP_SHA512 ? 64 : hash == OTP_SHA256 ? 32 : 20;
}

static const char *
why_not_otp(const struct token *t, size_t secret_len)
{
	if (t->digits != 6 && t->digits != 8)
		return "a code has 6 or 8 digits";
	if (t->kind == FACTOR_HOTP && t->hash != OTP_SHA1)
		return "HOTP is defined for SHA1 only (RFC 4226)";
	if (t->hash != OTP_SHA1 && t->hash != OTP_SHA256 &&
	    t->hash != OTP_SHA512)
		return "the algorithm is SHA1, SHA256 or SHA512";
	if (t->kind == FACTOR_TOTP && t->period_s != 30 && t->period_s != 60)
		return "a period is 30 or 60 seconds";
	if (secret_len < MODEL_SECRET_MIN && !t->weak)
		return "the secret is shorter than 128 bits (16 bytes)";
	if (secret_len < 1 || secret_len > MODEL_SECRET_MAX)
		return "the secret is empty or longer than 512 bytes";
	return NULL;
}

static const char *
why_not_yubikey(const struct token *t, size_t secret_len)
{
	size_t len = strlen(t->public_id);

	if (secret_len != YUBIKEY_SECRET_LEN)
		return "a YubiKey has a 16-byte AES key and a 6-byte "
		       "private id";
	if (len % 2 != 0 || len > MODEL_PUBLIC_MAX ||
	    strspn(t->public_id, "cbdefghijklnrtuv") != len)
		return "the public id is up to 16 bytes in modhex";
	return NULL;
}

enum bh_err
factor_token_ok(const struct token *t, size_t secret_len, const char **whyp)
{
	const char *why;

	switch (t->kind) {
	case FACTOR_TOTP:
	case FACTOR_HOTP:
		why = why_not_otp(t, secret_len);
		break;
	case FACTOR_YUBIKEY:
		why = why_not_yubikey(t, secret_len);
		break;
	case FACTOR_RECOVERY:
		why = secret_len == RECOVERY_SECRET_LEN
			  ? NULL
			  : "that is no batch of recovery codes";
		break;
	default:
		why = "no such kind of factor";
		break;
	}
	if (why == NULL)
		return BH_OK;
	*whyp = why;
	return BH_ERR_RANGE;
}
