/*
 * The only meeting with OpenSSL: SHA-256, HMAC-SHA-256, HKDF, AES-256-GCM; the
 * other hashes that OTP keys are used with; and random bytes.  Algorithms are fetched once by crypto_open, before any
 * sandbox; afterwards no function here opens a file.
 */
#ifndef CORE_CRYPTO_CRYPTO_H
#define CORE_CRYPTO_CRYPTO_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define CRYPTO_KEY_LEN	 32
#define CRYPTO_HASH_LEN	 32
#define CRYPTO_HASH_MAX	 64 /* bytes of the longest hash below */
#define CRYPTO_NONCE_LEN 12
#define CRYPTO_TAG_LEN	 16
/* What sealing adds to the plain text: nonce before, tag behind. */
#define CRYPTO_SEAL_OVERHEAD (CRYPTO_NONCE_LEN + CRYPTO_TAG_LEN)

/* One piece of a message that is hashed as their concatenation. */
struct slice {
	const void *data;
	size_t len;
};

/*
 * Fetch the algorithms and run each once.  Without it every other function
 * here returns BH_ERR_CRYPTO.  crypto_close frees; both may be repeated.
 */
enum bh_err crypto_open(void) BH_CHECKED;
void crypto_close(void);

/* len random bytes; BH_ERR_CRYPTO if the system has none. */
enum bh_err crypto_random(void *p, size_t len) BH_CHECKED;

/* SHA-256 (FIPS 180-4) over n slices into out[32]. */
enum bh_err crypto_sha256(
    const struct slice *in, size_t n, uint8_t *out) BH_CHECKED;

/*
 * The same by any of the hashes OTP keys are used with, over what may be a
 * secret: nothing of it stays behind.  out[CRYPTO_HASH_MAX] gets 20, 32 or 64
 * bytes.
 */
enum crypto_hash { CRYPTO_SHA1 = 0, CRYPTO_SHA256, CRYPTO_SHA512 };
enum bh_err crypto_hash(enum crypto_hash hash, const struct slice *in,
    size_t n, uint8_t *out) BH_CHECKED;

/* HMAC-SHA-256 (RFC 2104) under key[32] over n slices into out[32]. */
enum bh_err crypto_hmac(const uint8_t *key, const struct slice *in, size_t n,
    uint8_t *out) BH_CHECKED;

/* HKDF-SHA-256 (RFC 5869), no salt: key[32] and info into out[32]. */
enum bh_err crypto_derive(
    const uint8_t *key, const char *info, uint8_t *out) BH_CHECKED;

/*
 * AES-256-GCM (NIST SP 800-38D) with a random nonce.  *sealedp is
 * nonce || cipher text || tag, the caller's to free.
 */
enum bh_err crypto_seal(const uint8_t *key, const struct slice *aad, size_t n,
    const void *plain, size_t len, struct buf **sealedp) BH_CHECKED;

/*
 * The reverse; BH_ERR_SEALED if key, associated data or cipher text are not
 * those of crypto_seal.  *plainp is the caller's to free.
 */
enum bh_err crypto_open_sealed(const uint8_t *key, const struct slice *aad,
    size_t n, const void *sealed, size_t len, struct buf **plainp) BH_CHECKED;

#endif
