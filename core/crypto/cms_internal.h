/*
 * What identity.c and cms.c share: OpenSSL's objects.
 */
#ifndef CORE_CRYPTO_CMS_INTERNAL_H
#define CORE_CRYPTO_CMS_INTERNAL_H

#include "core/crypto/cms.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct identity {
	EVP_PKEY *key;
	X509 *cert;
};

/* Is its key a point of P-256, named and not compressed, and did it sign the
 * certificate itself? */
bool certificate_ok(X509 *cert);

/* Exactly one such certificate in PEM.  The caller frees it. */
enum bh_err certificate_read(
    const void *pem, size_t len, X509 **certp) BH_CHECKED;

enum bh_err certificate_digest(
    const X509 *cert, uint8_t out[CRYPTO_HASH_LEN]) BH_CHECKED;

/*
 * Is this DER the envelope cms_seal makes: AuthEnvelopedData with one recipient
 * by ECDH with SHA-256, named by issuer and serial, AES-256-GCM with a nonce
 * and a tag of the usual lengths, no attributes, nothing behind it?
 */
bool envelope_ok(const uint8_t *der, size_t len);

#endif
