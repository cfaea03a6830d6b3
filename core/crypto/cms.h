/*
 * Signed and sealed messages: CMS (RFC 5652) by OpenSSL.  SignedData (ECDSA
 * P-256, SHA-256, the signer's certificate inside) in AuthEnvelopedData (ECDH
 * P-256, AES-256-GCM) for one recipient; DER.  There is no chain of trust: who
 * the signer is is judged by his certificate's SHA-256.  BH_ERR_CRYPTO if
 * OpenSSL fails; its queue of errors is empty afterwards.
 */
#ifndef CORE_CRYPTO_CMS_H
#define CORE_CRYPTO_CMS_H

#include "base/buf.h"
#include "base/err.h"
#include "core/crypto/crypto.h"

#include <stddef.h>
#include <stdint.h>

/* A key pair and its self-signed certificate. */
struct identity;

/* A new one: P-256, certificate without a name that says anything of the
 * realm.  The caller frees it; NULL is accepted there.  Needs crypto_open. */
enum bh_err identity_make(struct identity **ip) BH_CHECKED;
void identity_free(struct identity *i);
/* To and from bytes (PKCS#8 and certificate, each with its length); they hold
 * the private key.  BH_ERR_INPUT if they are none. */
enum bh_err identity_encode(
    const struct identity *i, struct buf **bytesp) BH_CHECKED;
enum bh_err identity_decode(
    const struct buf *bytes, struct identity **ip) BH_CHECKED;
/* The certificate as PEM text, and SHA-256 of its DER. */
enum bh_err identity_certificate(
    const struct identity *i, struct buf **pemp) BH_CHECKED;
enum bh_err identity_fingerprint(
    const struct identity *i, uint8_t out[CRYPTO_HASH_LEN]) BH_CHECKED;
/* The fingerprint of a certificate in PEM; BH_ERR_INPUT if it is none, if it
 * is not for P-256 and signed by its own key, or if anything stands before it or
 * anything but line ends behind it. */
enum bh_err certificate_fingerprint(
    const void *pem, size_t len, uint8_t out[CRYPTO_HASH_LEN]) BH_CHECKED;

/* Sign with the identity, seal to the certificate.  BH_ERR_INPUT: that is no
 * certificate (as above); BH_ERR_RANGE: more than 256 MiB. */
enum bh_err cms_seal(const struct identity *signer, const void *pem,
    size_t pemlen, const void *text, size_t len,
    struct buf **sealedp) BH_CHECKED;

/*
 * Open and verify.  BH_ERR_INPUT: no message as cms_seal makes it (exact DER,
 * one recipient, one signer with his certificate), or bytes behind it;
 * BH_ERR_REFUSED: for another recipient; BH_ERR_SEALED: altered, or the
 * signature is wrong.  signer: SHA-256 of the certificate whose key signed,
 * whoever that is.
 */
enum bh_err cms_open(const struct identity *recipient, const void *sealed,
    size_t len, struct buf **textp, uint8_t signer[CRYPTO_HASH_LEN]) BH_CHECKED;

#endif
