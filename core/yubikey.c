/*
 * Yubico OTP, checked here with libyubikey: no network, no cloud.
 */
#include "core/factor_kinds.h"

#include <stdio.h>
#include <string.h>
#include <yubikey.h>

static const char modhex[] = "cbdefghijklnrtuv";

bool
yubikey_form_ok(const struct token *t, const struct buf *answer)
{
	size_t i, idlen = strlen(t->public_id);

	if (answer->len != idlen + YUBIKEY_OTP_LEN ||
	    memcmp(answer->data, t->public_id, idlen) != 0)
		return false;
	for (i = idlen; i < answer->len; i++) {
		if (answer->data[i] == '\0' ||
		    strchr(modhex, answer->data[i]) == NULL)
			return false;
	}
	return true;
}

static bool
is_of_key(const yubikey_token_st *otp, const struct buf *secret)
{
	return secret_eq(otp->uid, secret->data + YUBIKEY_KEY_LEN,
		   YUBIKEY_PRIVATE_LEN) &&
	       yubikey_crc_ok_p((const uint8_t *)otp);
}

enum bh_err
yubikey_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp)
{
	char text[YUBIKEY_OTP_LEN + 1];
	yubikey_token_st otp;
	uint64_t state;

	(void)limits;
	(void)now_s;
	if (secret->len != YUBIKEY_SECRET_LEN)
		return BH_ERR_INPUT;
	memcpy(text, answer->data + strlen(t->public_id), YUBIKEY_OTP_LEN);
	text[YUBIKEY_OTP_LEN] = '\0';
	yubikey_parse((const uint8_t *)text, secret->data, &otp);
	if (is_of_key(&otp, secret)) {
		state = ((uint64_t)yubikey_counter(otp.ctr) << 8 | otp.use) + 1;
		matchp->found = state > t->state;
		matchp->replay = !matchp->found;
		matchp->state = matchp->found ? state : t->state;
	}
	secret_wipe(text, sizeof(text));
	secret_wipe(&otp, sizeof(otp));
	return BH_OK;
}

static bool
hex_ok(const char *s, size_t len)
{
	return strlen(s) == len && strspn(s, "0123456789abcdefABCDEF") == len;
}

static unsigned int
hex_digit(char c)
{
	if (c >= 'a')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A')
		return (unsigned int)(c - 'A') + 10;
	return (unsigned int)(c - '0');
}

static void
hex_decode(const char *s, size_t len, uint8_t *out)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i / 2] =
		    (uint8_t)((unsigned int)out[i / 2] << 4 | hex_digit(s[i]));
}

enum bh_err
yubikey_from_values(const char *public_id, const char *private_hex,
    const char *key_hex, char *public_out, struct buf **secretp)
{
	size_t idlen = strlen(public_id);
	struct buf *b;

	if (idlen > MODEL_PUBLIC_MAX || idlen % 2 != 0 ||
	    strspn(public_id, modhex) != idlen ||
	    !hex_ok(private_hex, 2 * YUBIKEY_PRIVATE_LEN) ||
	    !hex_ok(key_hex, 2 * YUBIKEY_KEY_LEN))
		return BH_ERR_INPUT;
	if ((b = buf_new(YUBIKEY_SECRET_LEN)) == NULL)
		return BH_ERR_NOMEM;
	hex_decode(key_hex, 2 * YUBIKEY_KEY_LEN, b->data);
	hex_decode(
	    private_hex, 2 * YUBIKEY_PRIVATE_LEN, b->data + YUBIKEY_KEY_LEN);
	b->len = YUBIKEY_SECRET_LEN;
	memcpy(public_out, public_id, idlen + 1);
	*secretp = b;
	return BH_OK;
}

/* Columns 2 to 4 of serial,public,private,key[,...]. */
enum bh_err
yubikey_from_csv(
    const char *line, size_t len, char *public_out, struct buf **secretp)
{
	char field[4][64];
	size_t i, at = 0;
	enum bh_err e;

	for (i = 0; i < nitems(field); i++) {
		size_t end = at;

		while (end < len && line[end] != ',' && line[end] != '\n' &&
		       line[end] != '\r')
			end++;
		if (end - at >= sizeof(field[i]) ||
		    memchr(line + at, '\0', end - at) != NULL ||
		    (i + 1 < nitems(field) &&
			(end >= len || line[end] != ','))) {
			secret_wipe(field, sizeof(field));
			return BH_ERR_INPUT;
		}
		memcpy(field[i], line + at, end - at);
		field[i][end - at] = '\0';
		at = end < len ? end + 1 : end;
	}
	e = yubikey_from_values(
	    field[1], field[2], field[3], public_out, secretp);
	secret_wipe(field, sizeof(field));
	return e;
}
