/*
 * OpenSSL behind a few plain functions.  One set of contexts for the whole
 * process: the daemon has one thread.
 */
#include "core/crypto/crypto.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>
#include <sys/random.h>

/* Fetched once; all NULL until crypto_open. */
static struct {
	EVP_MD *sha1;
	EVP_MD *sha256;
	EVP_MD *sha512;
	EVP_MAC *hmac;
	EVP_KDF *hkdf;
	EVP_CIPHER *gcm;
	EVP_MD_CTX *hash;
	EVP_MAC_CTX *mac;
	EVP_CIPHER_CTX *cipher;
} lib;

void
crypto_close(void)
{
	EVP_CIPHER_CTX_free(lib.cipher);
	EVP_MAC_CTX_free(lib.mac);
	EVP_MD_CTX_free(lib.hash);
	EVP_CIPHER_free(lib.gcm);
	EVP_KDF_free(lib.hkdf);
	EVP_MAC_free(lib.hmac);
	EVP_MD_free(lib.sha512);
	EVP_MD_free(lib.sha256);
	EVP_MD_free(lib.sha1);
	memset(&lib, 0, sizeof(lib));
}

static bool
fetch(void)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_construct_end(),
	};

	/* openssl.cnf could name engines and providers to load */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return false;
	lib.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	lib.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	lib.sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
	lib.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	lib.hkdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	lib.gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	lib.hash = EVP_MD_CTX_new();
	lib.cipher = EVP_CIPHER_CTX_new();
	if (lib.hmac != NULL)
		lib.mac = EVP_MAC_CTX_new(lib.hmac);
	return lib.sha1 != NULL && lib.sha256 != NULL && lib.sha512 != NULL &&
	       lib.hkdf != NULL && lib.gcm != NULL && lib.hash != NULL &&
	       lib.cipher != NULL && lib.mac != NULL &&
	       EVP_MAC_CTX_set_params(lib.mac, params) == 1;
}

/* One round of everything: what is loaded lazily is loaded now. */
static enum bh_err
warm_up(void)
{
	uint8_t key[CRYPTO_KEY_LEN], out[CRYPTO_HASH_MAX];
	struct slice in = {"warm up", 7};
	struct buf *sealed = NULL, *plain = NULL;
	enum bh_err e;

	if ((e = crypto_random(key, sizeof(key))) == BH_OK &&
	    (e = crypto_hash(CRYPTO_SHA1, &in, 1, out)) == BH_OK &&
	    (e = crypto_hash(CRYPTO_SHA512, &in, 1, out)) == BH_OK &&
	    (e = crypto_sha256(&in, 1, out)) == BH_OK &&
	    (e = crypto_hmac(key, &in, 1, out)) == BH_OK &&
	    (e = crypto_derive(key, "warm up", out)) == BH_OK &&
	    (e = crypto_seal(key, &in, 1, "x", 1, &sealed)) == BH_OK)
		e = crypto_open_sealed(
		    key, &in, 1, sealed->data, sealed->len, &plain);
	buf_free(sealed);
	buf_free(plain);
	secret_wipe(key, sizeof(key));
	return e;
}

enum bh_err
crypto_open(void)
{
	enum bh_err e;

	if (lib.mac != NULL)
		return BH_OK;
	if (!fetch()) {
		crypto_close();
		return BH_ERR_CRYPTO;
	}
	if ((e = warm_up()) != BH_OK)
		crypto_close();
	return e;
}

/* The kernel's generator, which needs no state of ours: OpenSSL's own is
 * seeded from it and takes five times as long for a few bytes. */
enum bh_err
crypto_random(void *p, size_t len)
{
	uint8_t *at = p;
	ssize_t n;

	if (lib.mac == NULL)
		return BH_ERR_CRYPTO;
	while (len > 0) {
		n = getrandom(at, len, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return BH_ERR_CRYPTO;
		at += n;
		len -= (size_t)n;
	}
	return BH_OK;
}

static enum bh_err
hash_run(const EVP_MD *md, const struct slice *in, size_t n, uint8_t *out)
{
	size_t i;

	if (lib.hash == NULL || EVP_DigestInit_ex2(lib.hash, md, NULL) != 1)
		return BH_ERR_CRYPTO;
	for (i = 0; i < n; i++) {
		if (EVP_DigestUpdate(lib.hash, in[i].data, in[i].len) != 1)
			return BH_ERR_CRYPTO;
	}
	return EVP_DigestFinal_ex(lib.hash, out, NULL) == 1 ? BH_OK
							    : BH_ERR_CRYPTO;
}

enum bh_err
crypto_sha256(const struct slice *in, size_t n, uint8_t *out)
{
	return hash_run(lib.sha256, in, n, out);
}

enum bh_err
crypto_hash(
    enum crypto_hash hash, const struct slice *in, size_t n, uint8_t *out)
{
	const EVP_MD *const md[] = {
	    [CRYPTO_SHA1] = lib.sha1,
	    [CRYPTO_SHA256] = lib.sha256,
	    [CRYPTO_SHA512] = lib.sha512,
	};
	enum bh_err e;

	if ((size_t)hash >= nitems(md))
		return BH_ERR_RANGE;
	e = hash_run(md[hash], in, n, out);
	/* the context keeps the last block */
	if (lib.hash != NULL)
		EVP_MD_CTX_reset(lib.hash);
	return e;
}

static bool
mac_run(const uint8_t *key, const struct slice *in, size_t n, uint8_t *out)
{
	size_t i, len = 0;

	if (EVP_MAC_init(lib.mac, key, CRYPTO_KEY_LEN, NULL) != 1)
		return false;
	for (i = 0; i < n; i++) {
		if (EVP_MAC_update(lib.mac, in[i].data, in[i].len) != 1)
			return false;
	}
	return EVP_MAC_final(lib.mac, out, &len, CRYPTO_HASH_LEN) == 1 &&
	       len == CRYPTO_HASH_LEN;
}

enum bh_err
crypto_hmac(const uint8_t *key, const struct slice *in, size_t n, uint8_t *out)
{
	static const uint8_t no_key[CRYPTO_KEY_LEN];
	bool ok;

	if (lib.mac == NULL)
		return BH_ERR_CRYPTO;
	ok = mac_run(key, in, n, out);
	/* the context keeps the key, in memory that is not locked */
	if (EVP_MAC_init(lib.mac, no_key, sizeof(no_key), NULL) != 1)
		ok = false;
	return ok ? BH_OK : BH_ERR_CRYPTO;
}

enum bh_err
crypto_derive(const uint8_t *key, const char *info, uint8_t *out)
{
	uint8_t key_copy[CRYPTO_KEY_LEN];
	char info_copy[128], digest[] = "SHA256";
	size_t infolen = strlen(info);
	OSSL_PARAM params[4];
	EVP_KDF_CTX *ctx;
	int ok;

	if (infolen > sizeof(info_copy))
		return BH_ERR_RANGE;
	if (lib.hkdf == NULL || (ctx = EVP_KDF_CTX_new(lib.hkdf)) == NULL)
		return BH_ERR_CRYPTO;
	memcpy(key_copy, key, sizeof(key_copy));
	memcpy(info_copy, info, infolen);
	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_KEY, key_copy, sizeof(key_copy));
	params[2] = OSSL_PARAM_construct_octet_string(
	    OSSL_KDF_PARAM_INFO, info_copy, infolen);
	params[3] = OSSL_PARAM_construct_end();
	ok = EVP_KDF_derive(ctx, out, CRYPTO_KEY_LEN, params);
	EVP_KDF_CTX_free(ctx);
	secret_wipe(key_copy, sizeof(key_copy));
	return ok == 1 ? BH_OK : BH_ERR_CRYPTO;
}

/* Feed the associated data; enc says which way. */
static bool
gcm_start(const uint8_t *key, const uint8_t *nonce, const struct slice *aad,
    size_t n, int enc)
{
	size_t i;
	int len;

	if (lib.cipher == NULL ||
	    EVP_CipherInit_ex2(lib.cipher, lib.gcm, key, nonce, enc, NULL) != 1)
		return false;
	for (i = 0; i < n; i++) {
		if (aad[i].len > INT32_MAX ||
		    EVP_CipherUpdate(lib.cipher, NULL, &len, aad[i].data,
			(int)aad[i].len) != 1)
			return false;
	}
	return true;
}

static bool
gcm_seal(const uint8_t *key, const struct slice *aad, size_t n,
    const void *plain, size_t len, uint8_t *out)
{
	uint8_t *text = out + CRYPTO_NONCE_LEN;
	int outlen = 0, more = 0;

	return gcm_start(key, out, aad, n, 1) &&
	       EVP_CipherUpdate(lib.cipher, text, &outlen, plain, (int)len) ==
		   1 &&
	       EVP_CipherFinal_ex(lib.cipher, text + outlen, &more) == 1 &&
	       (size_t)outlen + (size_t)more == len &&
	       EVP_CIPHER_CTX_ctrl(lib.cipher, EVP_CTRL_AEAD_GET_TAG,
		   CRYPTO_TAG_LEN, text + len) == 1;
}

enum bh_err
crypto_seal(const uint8_t *key, const struct slice *aad, size_t n,
    const void *plain, size_t len, struct buf **sealedp)
{
	struct buf *b;
	bool ok;

	if (len > INT32_MAX - CRYPTO_SEAL_OVERHEAD)
		return BH_ERR_RANGE;
	if ((b = buf_new(len + CRYPTO_SEAL_OVERHEAD)) == NULL)
		return BH_ERR_NOMEM;
	ok = crypto_random(b->data, CRYPTO_NONCE_LEN) == BH_OK &&
	     gcm_seal(key, aad, n, plain, len, b->data);
	/* the context keeps the key's schedule and the last block */
	if (lib.cipher != NULL)
		EVP_CIPHER_CTX_reset(lib.cipher);
	if (!ok) {
		buf_free(b);
		return BH_ERR_CRYPTO;
	}
	b->len = b->max;
	*sealedp = b;
	return BH_OK;
}

static enum bh_err
gcm_open(const uint8_t *key, const struct slice *aad, size_t n,
    const uint8_t *sealed, size_t len, uint8_t *out)
{
	uint8_t tag[CRYPTO_TAG_LEN];
	int outlen = 0, more = 0;

	memcpy(tag, sealed + CRYPTO_NONCE_LEN + len, sizeof(tag));
	if (!gcm_start(key, sealed, aad, n, 0) ||
	    EVP_CipherUpdate(lib.cipher, out, &outlen,
		sealed + CRYPTO_NONCE_LEN, (int)len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(
		lib.cipher, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) != 1)
		return BH_ERR_CRYPTO;
	if (EVP_CipherFinal_ex(lib.cipher, out + outlen, &more) != 1)
		return BH_ERR_SEALED;
	return BH_OK;
}

enum bh_err
crypto_open_sealed(const uint8_t *key, const struct slice *aad, size_t n,
    const void *sealed, size_t len, struct buf **plainp)
{
	struct buf *b;
	enum bh_err e;

	if (len < CRYPTO_SEAL_OVERHEAD || len > INT32_MAX)
		return BH_ERR_SEALED;
	if ((b = buf_new(len - CRYPTO_SEAL_OVERHEAD)) == NULL)
		return BH_ERR_NOMEM;
	b->len = b->max; /* what failed half-way is wiped too */
	e = gcm_open(key, aad, n, sealed, b->max, b->data);
	if (lib.cipher != NULL)
		EVP_CIPHER_CTX_reset(lib.cipher);
	if (e != BH_OK) {
		buf_free(b);
		return e;
	}
	*plainp = b;
	return BH_OK;
}
