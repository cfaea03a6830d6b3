/*
 * Messages as an attacker or another program would make them, with OpenSSL's
 * own calls.  A failing call fails the test; buffers are the caller's.
 */
#ifndef TESTS_UNIT_CMS_FORGE_H
#define TESTS_UNIT_CMS_FORGE_H

#include "base/buf.h"
#include "core/crypto/cms_internal.h"

#include <openssl/cms.h>

/* How it differs from what cms_seal makes; all zero: not at all. */
struct forged_signature {
	unsigned int flags; /* CMS_NOATTR, CMS_NOCERTS, CMS_DETACHED, ... */
	const EVP_MD *md;   /* NULL: SHA-256 */
	const struct identity *second; /* signs too */
	X509 *more;		       /* another certificate inside */
};
struct buf *forge_signed(
    const struct identity *by, const char *text, struct forged_signature f);

struct forged_envelope {
	const EVP_CIPHER *cipher; /* NULL: AES-256-GCM */
	const EVP_MD *kdf;	  /* NULL: SHA-256 */
	X509 *second;		  /* may open it too */
	const char *password;	  /* opens it too */
};
struct buf *forge_sealed(
    X509 *to, const void *inner, size_t len, struct forged_envelope f);

/* An identity of this algorithm ("P-256", "P-384", "RSA"); issuer's name and
 * serial, if issuer is not NULL, are those of that certificate. */
struct identity *forge_identity(const char *algorithm, X509 *issuer);

/* The certificate in PEM. */
struct buf *forge_pem(X509 *cert);

/* A sealed message (of 256 to 65,000 bytes) with n bytes more of nonce, or
 * with n bytes less of tag; the lengths around are right. */
struct buf *forge_nonce(const struct buf *sealed, size_t n);
struct buf *forge_tag(const struct buf *sealed, size_t n);

#endif
