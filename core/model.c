/*
 * What names and texts may look like, and the names of the enumerations.
 */
#include "core/model.h"

#include <string.h>

static bool
name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool
model_name_ok(const char *s)
{
	size_t i;

	/* "-x" reads as an option, "." and ".." as folders. */
	if (s == NULL || s[0] == '-' || s[0] == '.')
		return false;
	for (i = 0; s[i] != '\0'; i++)
		if (i == MODEL_NAME_MAX || !name_char(s[i]))
			return false;
	return i > 0;
}

/*
 * The length of the well-formed UTF-8 sequence at s (NUL-terminated), 0 if
 * there is none; *cp is its code point (RFC 3629, 4).
 */
static size_t
utf8_sequence(const uint8_t *s, uint32_t *cp)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t i, len;

	if (s[0] < 0x80) {
		*cp = s[0];
		return 1;
	}
	len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	*cp = s[0] & (0xffU >> (len + 1));
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (s[i] & 0x3fU);
	}
	if (*cp < least[len] || *cp > 0x10ffff ||
	    (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return len;
}

/* Controls, and what makes a line or its direction lie: line and paragraph
 * separators, and bidirectional formatting. */
static bool
is_control(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) ||
	       (cp >= 0x2028 && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e || cp == 0x200f ||
	       cp == 0x061c;
}

bool
model_text_ok(const char *s)
{
	size_t len, n = 0;
	uint32_t cp;

	if (s == NULL)
		return false;
	while (s[n] != '\0') {
		len = utf8_sequence((const uint8_t *)s + n, &cp);
		if (len == 0 || is_control(cp))
			return false;
		if ((n += len) > MODEL_TEXT_MAX)
			return false;
	}
	return n > 0;
}

/* A list of names is found by number, a number by name; 0 is unused. */
static const char *
name_of(const char *const *names, size_t n, uint32_t i)
{
	return i > 0 && i < n ? names[i] : "?";
}

static uint32_t
number_of(const char *const *names, size_t n, const char *s)
{
	uint32_t i;

	for (i = 1; s != NULL && i < n; i++)
		if (strcmp(names[i], s) == 0)
			return i;
	return 0;
}

static const char *const kinds[] = {
    [FACTOR_TOTP] = "totp",
    [FACTOR_HOTP] = "hotp",
    [FACTOR_YUBIKEY] = "yubikey",
    [FACTOR_RECOVERY] = "recovery",
};

static const char *const classes[] = {
    [CLASS_PRODUCTION] = "production",
    [CLASS_BACKUP] = "backup",
};

static const char *const hashes[] = {
    [OTP_SHA1] = "SHA1",
    [OTP_SHA256] = "SHA256",
    [OTP_SHA512] = "SHA512",
};

static const char *const statuses[] = {
    [TOKEN_PENDING] = "pending",
    [TOKEN_ACTIVE] = "active",
    [TOKEN_REVOKED] = "revoked",
};

const char *
factor_name(enum factor_kind kind)
{
	return name_of(kinds, nitems(kinds), (uint32_t)kind);
}

enum bh_err
factor_from_name(const char *s, enum factor_kind *kindp)
{
	uint32_t i;

	if ((i = number_of(kinds, nitems(kinds), s)) == 0)
		return BH_ERR_INPUT;
	*kindp = (enum factor_kind)i;
	return BH_OK;
}

const char *
class_name(enum realm_class c)
{
	return name_of(classes, nitems(classes), (uint32_t)c);
}

enum bh_err
class_from_name(const char *s, enum realm_class *cp)
{
	uint32_t i;

	if ((i = number_of(classes, nitems(classes), s)) == 0)
		return BH_ERR_INPUT;
	*cp = (enum realm_class)i;
	return BH_OK;
}

const char *
otp_hash_name(enum otp_hash h)
{
	return name_of(hashes, nitems(hashes), (uint32_t)h);
}

enum bh_err
otp_hash_from_name(const char *s, enum otp_hash *hp)
{
	uint32_t i;

	if ((i = number_of(hashes, nitems(hashes), s)) == 0)
		return BH_ERR_INPUT;
	*hp = (enum otp_hash)i;
	return BH_OK;
}

const char *
token_status_name(enum token_status s)
{
	return name_of(statuses, nitems(statuses), (uint32_t)s);
}
