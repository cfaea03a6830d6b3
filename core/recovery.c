/*
 * Recovery codes: 80 random bits each, kept as HMACs under the batch's own
 * random key.  Nothing slow is needed against guessing 80 bits.
 */
#include "core/factor_kinds.h"

#include <string.h>

#define CODE_BYTES 10
#define GROUP	   4

/* The code's 16 characters in upper case, separators left out. */
static bool
canonical(const struct buf *answer, char code[RECOVERY_CODE_LEN])
{
	size_t i, n = 0;

	/* each group may be followed by one separator, no more */
	if (answer->len > RECOVERY_CODE_LEN + RECOVERY_CODE_LEN / GROUP - 1)
		return false;
	for (i = 0; i < answer->len; i++) {
		char c = (char)answer->data[i];

		if ((c == '-' || c == ' ') && n % GROUP == 0 && n > 0 &&
		    i > 0 && answer->data[i - 1] != (uint8_t)c)
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (n == RECOVERY_CODE_LEN ||
		    !((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')))
			return false;
		code[n++] = c;
	}
	return n == RECOVERY_CODE_LEN;
}

bool
recovery_form_ok(const struct token *t, const struct buf *answer)
{
	char code[RECOVERY_CODE_LEN];
	bool ok = canonical(answer, code);

	(void)t;
	secret_wipe(code, sizeof(code));
	return ok;
}

enum bh_err
recovery_check(const struct token *t, const struct buf *secret,
    const struct buf *answer, const struct factor_limits *limits,
    uint64_t now_s, struct factor_match *matchp)
{
	uint8_t mac[CRYPTO_HASH_LEN];
	char code[RECOVERY_CODE_LEN];
	struct slice in = {code, sizeof(code)};
	enum bh_err e;
	size_t i;

	(void)limits;
	(void)now_s;
	if (secret->len != RECOVERY_SECRET_LEN || !canonical(answer, code))
		return BH_ERR_INPUT;
	e = crypto_hmac(secret->data, &in, 1, mac);
	secret_wipe(code, sizeof(code));
	if (e != BH_OK)
		return e;
	/* all are looked at: which one it is takes no longer than another */
	for (i = 0; i < RECOVERY_CODES; i++) {
		const uint8_t *kept =
		    secret->data + CRYPTO_KEY_LEN + i * CRYPTO_HASH_LEN;
		uint64_t bit = (uint64_t)1 << i;

		if (!secret_eq(mac, kept, sizeof(mac)))
			continue;
		matchp->replay = (t->state & bit) != 0;
		matchp->found = !matchp->replay;
		matchp->state = t->state | bit;
	}
	secret_wipe(mac, sizeof(mac));
	return BH_OK;
}

uint32_t
factor_recovery_left(uint64_t state)
{
	uint32_t used = 0;
	size_t i;

	for (i = 0; i < RECOVERY_CODES; i++)
		used += (uint32_t)(state >> i & 1);
	return RECOVERY_CODES - used;
}

/* One code: its text behind *codes, its HMAC behind *secret. */
static enum bh_err
make_code(struct buf *codes, struct buf *secret)
{
	uint8_t random[CODE_BYTES], mac[CRYPTO_HASH_LEN];
	struct buf *text = NULL;
	struct slice in;
	enum bh_err e;
	size_t i;

	if ((e = crypto_random(random, sizeof(random))) != BH_OK ||
	    (e = base32_encode(random, sizeof(random), &text)) != BH_OK)
		goto out;
	in.data = text->data;
	in.len = RECOVERY_CODE_LEN;
	if ((e = crypto_hmac(secret->data, &in, 1, mac)) != BH_OK ||
	    (e = buf_put(secret, mac, sizeof(mac))) != BH_OK)
		goto out;
	for (i = 0; i < RECOVERY_CODE_LEN && e == BH_OK; i += GROUP) {
		if ((e = buf_put(codes, text->data + i, GROUP)) == BH_OK)
			e = buf_put(codes,
			    i + GROUP < RECOVERY_CODE_LEN ? "-" : "\n", 1);
	}
out:
	secret_wipe(random, sizeof(random));
	secret_wipe(mac, sizeof(mac));
	buf_free(text);
	return e;
}

enum bh_err
factor_recovery_make(struct buf **codesp, struct buf **secretp)
{
	struct buf *codes = buf_new(
	    RECOVERY_CODES * (RECOVERY_CODE_LEN + RECOVERY_CODE_LEN / GROUP));
	struct buf *secret = buf_new(RECOVERY_SECRET_LEN);
	uint8_t key[CRYPTO_KEY_LEN];
	enum bh_err e = BH_ERR_NOMEM;
	size_t i;

	if (codes == NULL || secret == NULL)
		goto fail;
	if ((e = crypto_random(key, sizeof(key))) != BH_OK ||
	    (e = buf_put(secret, key, sizeof(key))) != BH_OK)
		goto fail;
	for (i = 0; i < RECOVERY_CODES; i++) {
		if ((e = make_code(codes, secret)) != BH_OK)
			goto fail;
	}
	secret_wipe(key, sizeof(key));
	*codesp = codes;
	*secretp = secret;
	return BH_OK;
fail:
	secret_wipe(key, sizeof(key));
	buf_free(codes);
	buf_free(secret);
	return e;
}
