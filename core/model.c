/*
 * Names and what they may look like.
 */
#include "core/model.h"

#include "core/escape.h"

#include <string.h>

struct name_row {
	int value;
	const char *name;
};

static const struct name_row factors[] = {
    {FACTOR_TOTP, "totp"},
    {FACTOR_HOTP, "hotp"},
    {FACTOR_YUBIKEY, "yubikey"},
    {FACTOR_RECOVERY, "recovery"},
    {0, NULL},
};

static const struct name_row classes[] = {
    {CLASS_PRODUCTION, "production"},
    {CLASS_BACKUP, "backup"},
    {0, NULL},
};

static const struct name_row hashes[] = {
    {OTP_SHA1, "SHA1"},
    {OTP_SHA256, "SHA256"},
    {OTP_SHA512, "SHA512"},
    {0, NULL},
};

static const struct name_row statuses[] = {
    {TOKEN_PENDING, "pending"},
    {TOKEN_ACTIVE, "active"},
    {TOKEN_REVOKED, "revoked"},
    {0, NULL},
};

static const char *
name_of(const struct name_row *rows, int value)
{
	for (; rows->name != NULL; rows++) {
		if (rows->value == value)
			return rows->name;
	}
	return "?";
}

static enum bh_err
value_of(const struct name_row *rows, const char *name, int *valuep)
{
	for (; rows->name != NULL; rows++) {
		if (strcasecmp(rows->name, name) == 0) {
			*valuep = rows->value;
			return BH_OK;
		}
	}
	return BH_ERR_INPUT;
}

const char *
factor_name(enum factor_kind kind)
{
	return name_of(factors, (int)kind);
}

enum bh_err
factor_from_name(const char *s, enum factor_kind *kindp)
{
	enum bh_err e;
	int value;

	if ((e = value_of(factors, s, &value)) == BH_OK)
		*kindp = (enum factor_kind)value;
	return e;
}

const char *
class_name(enum realm_class c)
{
	return name_of(classes, (int)c);
}

enum bh_err
class_from_name(const char *s, enum realm_class *cp)
{
	enum bh_err e;
	int value;

	if ((e = value_of(classes, s, &value)) == BH_OK)
		*cp = (enum realm_class)value;
	return e;
}

const char *
otp_hash_name(enum otp_hash h)
{
	return name_of(hashes, (int)h);
}

enum bh_err
otp_hash_from_name(const char *s, enum otp_hash *hp)
{
	enum bh_err e;
	int value;

	if ((e = value_of(hashes, s, &value)) == BH_OK)
		*hp = (enum otp_hash)value;
	return e;
}

const char *
token_status_name(enum token_status s)
{
	return name_of(statuses, (int)s);
}

bool
model_name_ok(const char *s)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	size_t len = strlen(s);

	return len >= 1 && len <= MODEL_NAME_MAX && s[0] != '-' &&
	       s[0] != '.' && strspn(s, allowed) == len;
}

bool
model_text_ok(const char *s)
{
	size_t n, left = strlen(s);

	if (left < 1 || left > MODEL_TEXT_MAX)
		return false;
	for (; left > 0; s += n, left -= n) {
		const unsigned char *u = (const unsigned char *)s;

		/* no control characters: C0, DEL, C1 (U+0080 to U+009F) */
		if ((n = utf8_length(s, left)) == 0 || u[0] < 0x20 ||
		    u[0] == 0x7f || (u[0] == 0xc2 && u[1] < 0xa0))
			return false;
	}
	return true;
}
