/*
 * OpenSSL, met once: algorithms fetched by crypto_open and used through
 * explicit contexts afterwards.
 */
#include "core/crypto/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>

/*
 * The one process that uses this has one thread, so each algorithm keeps one
 * context: making one costs more than the hashing itself.
 */
static struct {
	EVP_MD *sha256;
	EVP_MD_CTX *md;
	EVP_MAC *hmac;
	EVP_MAC_CTX *mac;
	EVP_KDF *hkdf;
	EVP_CIPHER *gcm;
} lib;

/* A key that is none: takes the place of the last one in lib.mac. */
static const uint8_t no_key[CRYPTO_KEY_LEN];

enum bh_err
crypto_random(void *p, size_t len)
{
	uint8_t *out = p;
	ssize_t n;

	if (lib.md == NULL)
		return BH_ERR_CRYPTO;
	while (len > 0) {
		/* No DRBG of the library: this one survives any fork. */
		if ((n = getrandom(out, len, 0)) < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return BH_ERR_CRYPTO;
		out += n;
		len -= (size_t)n;
	}
	return BH_OK;
}

enum bh_err
crypto_sha256(const struct slice *in, size_t n, uint8_t *out)
{
	uint8_t hash[CRYPTO_HASH_LEN];
	size_t i;

	if (lib.md == NULL || EVP_DigestInit_ex2(lib.md, lib.sha256, NULL) != 1)
		return BH_ERR_CRYPTO;
	for (i = 0; i < n; i++)
		if (in[i].len > 0 &&
		    EVP_DigestUpdate(lib.md, in[i].data, in[i].len) != 1)
			return BH_ERR_CRYPTO;
	if (EVP_DigestFinal_ex(lib.md, hash, NULL) != 1)
		return BH_ERR_CRYPTO;
	memcpy(out, hash, sizeof(hash));
	return BH_OK;
}

enum bh_err
crypto_hmac(const uint8_t *key, const struct slice *in, size_t n, uint8_t *out)
{
	uint8_t mac[CRYPTO_HASH_LEN];
	enum bh_err e = BH_ERR_CRYPTO;
	size_t i, len = 0;

	if (lib.mac == NULL ||
	    EVP_MAC_init(lib.mac, key, CRYPTO_KEY_LEN, NULL) != 1)
		return BH_ERR_CRYPTO;
	for (i = 0; i < n; i++)
		if (in[i].len > 0 &&
		    EVP_MAC_update(lib.mac, in[i].data, in[i].len) != 1)
			goto out;
	if (EVP_MAC_final(lib.mac, mac, &len, sizeof(mac)) != 1 ||
	    len != sizeof(mac))
		goto out;
	memcpy(out, mac, sizeof(mac));
	e = BH_OK;
out:
	/* The library's own memory must not keep the key. */
	if (EVP_MAC_init(lib.mac, no_key, sizeof(no_key), NULL) != 1)
		e = BH_ERR_CRYPTO;
	secret_wipe(mac, sizeof(mac));
	return e;
}

enum bh_err
crypto_derive(const uint8_t *key, const char *info, uint8_t *out)
{
	uint8_t copy[CRYPTO_KEY_LEN];
	char label[256], digest[] = "SHA256";
	OSSL_PARAM params[4];
	EVP_KDF_CTX *ctx = NULL;
	enum bh_err e = BH_ERR_CRYPTO;
	size_t len = strlen(info);

	if (lib.hkdf == NULL)
		return BH_ERR_CRYPTO;
	if (len > sizeof(label))
		return BH_ERR_RANGE;
	memcpy(copy, key, sizeof(copy));
	memcpy(label, info, len);
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_KEY, copy, sizeof(copy));
	params[2] =
	    OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, label, len);
	params[3] = OSSL_PARAM_construct_end();
	if ((ctx = EVP_KDF_CTX_new(lib.hkdf)) != NULL &&
	    EVP_KDF_derive(ctx, out, CRYPTO_KEY_LEN, params) == 1)
		e = BH_OK;
	EVP_KDF_CTX_free(ctx); /* wipes the key */
	secret_wipe(copy, sizeof(copy));
	return e;
}

/* Feed the associated data, in either direction. */
static bool
gcm_aad(EVP_CIPHER_CTX *ctx, const struct slice *aad, size_t n)
{
	size_t i;
	int len;

	for (i = 0; i < n; i++) {
		if (aad[i].len > INT_MAX)
			return false;
		if (aad[i].len > 0 && EVP_CipherUpdate(ctx, NULL, &len,
					  aad[i].data, (int)aad[i].len) != 1)
			return false;
	}
	return true;
}

/* Encrypt plain into out: cipher text, then tag. */
static enum bh_err
gcm_encrypt(const uint8_t *key, const uint8_t *nonce, const struct slice *aad,
    size_t n, const struct slice *plain, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx;
	enum bh_err e = BH_ERR_CRYPTO;
	int len = 0, rest = 0;

	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return BH_ERR_NOMEM;
	if (EVP_EncryptInit_ex2(ctx, lib.gcm, key, nonce, NULL) != 1 ||
	    !gcm_aad(ctx, aad, n))
		goto out;
	if (plain->len > 0 && (EVP_EncryptUpdate(ctx, out, &len, plain->data,
				   (int)plain->len) != 1 ||
				  (size_t)len != plain->len))
		goto out;
	if (EVP_EncryptFinal_ex(ctx, out + len, &rest) != 1 || rest != 0 ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_GET_TAG, CRYPTO_TAG_LEN, out + len) != 1)
		goto out;
	e = BH_OK;
out:
	EVP_CIPHER_CTX_free(ctx); /* wipes the key schedule */
	return e;
}

/* The reverse: what lies behind the nonce into out, the tag checked. */
static enum bh_err
gcm_decrypt(const uint8_t *key, const uint8_t *nonce, const struct slice *aad,
    size_t n, const struct slice *cipher, uint8_t *out)
{
	const uint8_t *data = cipher->data;
	uint8_t tag[CRYPTO_TAG_LEN];
	EVP_CIPHER_CTX *ctx;
	enum bh_err e = BH_ERR_CRYPTO;
	int len = 0, rest = 0;

	memcpy(tag, data + cipher->len, sizeof(tag));
	if ((ctx = EVP_CIPHER_CTX_new()) == NULL)
		return BH_ERR_NOMEM;
	if (EVP_DecryptInit_ex2(ctx, lib.gcm, key, nonce, NULL) != 1 ||
	    !gcm_aad(ctx, aad, n) ||
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_TAG, CRYPTO_TAG_LEN, tag) != 1)
		goto out;
	if (cipher->len > 0 &&
	    (EVP_DecryptUpdate(ctx, out, &len, data, (int)cipher->len) != 1 ||
		(size_t)len != cipher->len))
		goto out;
	e = BH_ERR_SEALED;
	if (EVP_DecryptFinal_ex(ctx, out + len, &rest) == 1 && rest == 0)
		e = BH_OK;
out:
	EVP_CIPHER_CTX_free(ctx);
	return e;
}

enum bh_err
crypto_seal(const uint8_t *key, const struct slice *aad, size_t n,
    const void *plain, size_t len, struct buf **sealedp)
{
	struct slice in = {plain, len};
	struct buf *b = NULL;
	enum bh_err e;

	if (lib.gcm == NULL)
		return BH_ERR_CRYPTO;
	if (len > INT_MAX - CRYPTO_SEAL_OVERHEAD)
		return BH_ERR_RANGE;
	if ((b = buf_new(len + CRYPTO_SEAL_OVERHEAD)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = crypto_random(b->data, CRYPTO_NONCE_LEN)) != BH_OK ||
	    (e = gcm_encrypt(key, b->data, aad, n, &in,
		 b->data + CRYPTO_NONCE_LEN)) != BH_OK)
		goto out;
	b->len = len + CRYPTO_SEAL_OVERHEAD;
	*sealedp = b;
	b = NULL;
out:
	buf_free(b);
	return e;
}

enum bh_err
crypto_open_sealed(const uint8_t *key, const struct slice *aad, size_t n,
    const void *sealed, size_t len, struct buf **plainp)
{
	const uint8_t *nonce = sealed;
	struct slice in;
	struct buf *b = NULL;
	enum bh_err e;

	if (lib.gcm == NULL)
		return BH_ERR_CRYPTO;
	if (len < CRYPTO_SEAL_OVERHEAD || len > INT_MAX)
		return BH_ERR_SEALED;
	in.data = nonce + CRYPTO_NONCE_LEN;
	in.len = len - CRYPTO_SEAL_OVERHEAD;
	if ((b = buf_new(in.len)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = gcm_decrypt(key, nonce, aad, n, &in, b->data)) != BH_OK)
		goto out;
	b->len = in.len;
	*plainp = b;
	b = NULL;
out:
	buf_free(b);
	return e;
}

static enum bh_err
fetch(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[2];

	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	if ((lib.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL)) == NULL ||
	    (lib.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL)) == NULL ||
	    (lib.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL)) == NULL ||
	    (lib.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL)) == NULL)
		return BH_ERR_CRYPTO;
	if ((lib.md = EVP_MD_CTX_new()) == NULL ||
	    (lib.mac = EVP_MAC_CTX_new(lib.hmac)) == NULL)
		return BH_ERR_NOMEM;
	if (EVP_MAC_CTX_set_params(lib.mac, params) != 1)
		return BH_ERR_CRYPTO;
	return BH_OK;
}

/* One round of everything, so that nothing is loaded later. */
static enum bh_err
warm_up(void)
{
	uint8_t key[CRYPTO_KEY_LEN], out[CRYPTO_HASH_LEN];
	struct slice in = {key, sizeof(key)};
	struct buf *sealed = NULL, *plain = NULL;
	enum bh_err e;

	if ((e = crypto_random(key, sizeof(key))) != BH_OK ||
	    (e = crypto_sha256(&in, 1, out)) != BH_OK ||
	    (e = crypto_hmac(key, &in, 1, out)) != BH_OK ||
	    (e = crypto_derive(key, "warm-up", out)) != BH_OK ||
	    (e = crypto_seal(key, &in, 1, out, sizeof(out), &sealed)) !=
		BH_OK ||
	    (e = crypto_open_sealed(
		 key, &in, 1, sealed->data, sealed->len, &plain)) != BH_OK)
		goto out;
	if (plain->len != sizeof(out) ||
	    !secret_eq(plain->data, out, sizeof(out)))
		e = BH_ERR_CRYPTO;
out:
	buf_free(sealed);
	buf_free(plain);
	secret_wipe(key, sizeof(key));
	return e;
}

enum bh_err
crypto_open(void)
{
	enum bh_err e;

	if (lib.md != NULL)
		return BH_OK;
	/* openssl.cnf can load engines into the daemon: not ours to read. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return BH_ERR_CRYPTO;
	if ((e = fetch()) != BH_OK || (e = warm_up()) != BH_OK)
		crypto_close();
	return e;
}

void
crypto_close(void)
{
	EVP_MAC_CTX_free(lib.mac);
	EVP_MD_CTX_free(lib.md);
	EVP_CIPHER_free(lib.gcm);
	EVP_KDF_free(lib.hkdf);
	EVP_MAC_free(lib.hmac);
	EVP_MD_free(lib.sha256);
	memset(&lib, 0, sizeof(lib));
}
