/*
 * Digests of tokens.
 */
#include "core/digest.h"

#include "core/crypto/crypto.h"
#include "core/digest_internal.h"
#include "core/factor_kinds.h"

#include <string.h>

static const char label[] = "bulkhead digest v1";

enum bh_err
digest_make(
    enum digest_kind kind, const void *data, size_t len, struct digest *out)
{
	const char *word = digest_kind_word(kind);
	struct slice in[] = {
	    {label, sizeof(label)}, {word, strlen(word) + 1}, {data, len}};
	uint8_t hash[CRYPTO_HASH_MAX];
	enum bh_err e;

	if (kind < DIGEST_OTP_KEY || kind >= DIGEST_KIND_COUNT)
		return BH_ERR_RANGE;
	if ((e = crypto_hash(CRYPTO_SHA256, in, nitems(in), hash)) != BH_OK)
		return e;
	memset(out, 0, sizeof(*out));
	out->kind = kind;
	memcpy(out->bytes, hash, sizeof(out->bytes));
	return BH_OK;
}

/* How HMAC takes a key: hashed if it is longer than the block. */
static const struct {
	enum crypto_hash hash;
	size_t block, len;
} uses[DIGEST_TOKEN_MAX] = {
    {CRYPTO_SHA1, 64, 20},
    {CRYPTO_SHA256, 64, 32},
    {CRYPTO_SHA512, 128, 64},
};

/* The key as one hash's HMAC uses it, which does not go into the digest: the
 * same key under another algorithm is the same credential. */
static enum bh_err
otp_digest(const struct buf *secret, size_t use, struct digest *out)
{
	struct slice in = {secret->data, secret->len};
	uint8_t hashed[CRYPTO_HASH_MAX];
	const uint8_t *key = secret->data;
	size_t len = secret->len;
	enum bh_err e = BH_OK;

	if (len > uses[use].block) {
		e = crypto_hash(uses[use].hash, &in, 1, hashed);
		key = hashed;
		len = uses[use].len;
	}
	while (len > 0 && key[len - 1] == 0)
		len--;
	if (e == BH_OK)
		e = digest_make(DIGEST_OTP_KEY, key, len, out);
	secret_wipe(hashed, sizeof(hashed));
	return e;
}

static bool
is_there(const struct digest *list, size_t n, const struct digest *d)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (memcmp(list[i].bytes, d->bytes, sizeof(d->bytes)) == 0)
			return true;
	}
	return false;
}

static enum bh_err
otp_digests(
    const struct buf *secret, struct digest out[DIGEST_TOKEN_MAX], size_t *np)
{
	struct digest d;
	size_t i, n = 0;
	enum bh_err e;

	for (i = 0; i < nitems(uses); i++) {
		if ((e = otp_digest(secret, i, &d)) != BH_OK)
			return e;
		if (!is_there(out, n, &d))
			out[n++] = d;
	}
	*np = n;
	return BH_OK;
}

static enum bh_err
yubikey_digests(const struct token *t, const struct buf *secret,
    struct digest out[DIGEST_TOKEN_MAX], size_t *np)
{
	size_t n = 0, idlen = strlen(t->public_id);
	enum bh_err e;

	if (secret->len != YUBIKEY_SECRET_LEN)
		return BH_ERR_INPUT;
	if (idlen > 0 && (e = digest_make(DIGEST_YUBIKEY_ID, t->public_id,
			      idlen, &out[n++])) != BH_OK)
		return e;
	if ((e = digest_make(DIGEST_YUBIKEY_AES, secret->data, YUBIKEY_KEY_LEN,
		 &out[n++])) != BH_OK)
		return e;
	*np = n;
	return BH_OK;
}

enum bh_err
digest_token(const struct token *t, const struct buf *secret,
    struct digest out[DIGEST_TOKEN_MAX], size_t *np)
{
	enum bh_err e;

	switch (t->kind) {
	case FACTOR_TOTP:
	case FACTOR_HOTP:
		return otp_digests(secret, out, np);
	case FACTOR_YUBIKEY:
		return yubikey_digests(t, secret, out, np);
	case FACTOR_RECOVERY:
		if (secret->len < CRYPTO_KEY_LEN)
			return BH_ERR_INPUT;
		e = digest_make(
		    DIGEST_RECOVERY, secret->data, CRYPTO_KEY_LEN, &out[0]);
		if (e == BH_OK)
			*np = 1;
		return e;
	default:
		return BH_ERR_RANGE;
	}
}
