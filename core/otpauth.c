/*
 * The key URI that authenticator apps read from a QR code.
 */
#include "core/factor.h"

#include <stdio.h>
#include <string.h>

#define URI_MAX 2048

/* Percent-encode (RFC 3986, 2.1) all but unreserved characters. */
static enum bh_err
put_encoded(struct buf *b, const char *s)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._~";
	enum bh_err e = BH_OK;
	char hex[4];

	for (; *s != '\0' && e == BH_OK; s++) {
		if (strchr(unreserved, *s) != NULL) {
			e = buf_put(b, s, 1);
		} else {
			snprintf(hex, sizeof(hex), "%%%02X",
			    (unsigned int)(unsigned char)*s);
			e = buf_put(b, hex, 3);
		}
	}
	return e;
}

static enum bh_err
put_text(struct buf *b, const char *s)
{
	return buf_put(b, s, strlen(s));
}

static enum bh_err
put_params(struct buf *b, const struct token *t)
{
	char text[96];

	if (t->kind == FACTOR_HOTP)
		snprintf(text, sizeof(text), "&digits=%u&counter=%llu",
		    t->digits, (unsigned long long)t->state);
	else
		snprintf(text, sizeof(text),
		    "&algorithm=%s&digits=%u&period=%u", otp_hash_name(t->hash),
		    t->digits, t->period_s);
	return put_text(b, text);
}

enum bh_err
factor_uri(const struct token *t, const struct buf *secret, const char *issuer,
    const char *label, struct buf **urip)
{
	struct buf *b = buf_new(URI_MAX), *text = NULL;
	enum bh_err e = BH_ERR_NOMEM;

	if (t->kind != FACTOR_TOTP && t->kind != FACTOR_HOTP) {
		buf_free(b);
		return BH_ERR_INPUT;
	}
	if (b == NULL ||
	    (e = base32_encode(secret->data, secret->len, &text)) != BH_OK)
		goto out;
	while (text->len > 0 && text->data[text->len - 1] == '=')
		text->len--;
	if ((e = put_text(b, "otpauth://")) != BH_OK ||
	    (e = put_text(b, factor_name(t->kind))) != BH_OK ||
	    (e = put_text(b, "/")) != BH_OK ||
	    (e = put_encoded(b, issuer)) != BH_OK ||
	    (e = put_text(b, ":")) != BH_OK ||
	    (e = put_encoded(b, label)) != BH_OK ||
	    (e = put_text(b, "?secret=")) != BH_OK ||
	    (e = buf_put(b, text->data, text->len)) != BH_OK ||
	    (e = put_text(b, "&issuer=")) != BH_OK ||
	    (e = put_encoded(b, issuer)) != BH_OK ||
	    (e = put_params(b, t)) != BH_OK || (e = buf_put(b, "", 1)) != BH_OK)
		goto out;
	*urip = b;
	b = NULL;
out:
	buf_free(text);
	buf_free(b);
	return e;
}
