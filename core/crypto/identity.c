/*
 * A key pair with its certificate.  The certificate is only a vessel for the
 * key: it is trusted by its fingerprint, so its name is the same everywhere and
 * it never ends.
 */
#include "core/crypto/cms_internal.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define COMMON_NAME  "bulkhead manifest"
#define NOT_BEFORE   "20000101000000Z"
#define NOT_AFTER    "99991231235959Z" /* no end (RFC 5280, 4.1.2.5) */
#define SERIAL_LEN   16
#define SCALAR_LEN   32
#define POINT_LEN    65 /* uncompressed: 4, x, y */
#define PEM_LEN_MAX  65536
#define CERT_LEN_MAX 4096

/*
 * PKCS#8 of a P-256 key: these bytes, the scalar, the middle, the point.
 * OpenSSL's own encoder and decoder leave copies that they don't wipe.
 */
static const uint8_t p8_head[] = {0x30, 0x81, 0x87, 0x02, 0x01, 0x00, 0x30,
    0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
    0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b,
    0x02, 0x01, 0x01, 0x04, 0x20};
static const uint8_t p8_middle[] = {0xa1, 0x44, 0x03, 0x42, 0x00};
#define P8_LEN (sizeof(p8_head) + SCALAR_LEN + sizeof(p8_middle) + POINT_LEN)

/* SubjectPublicKeyInfo of a P-256 key, up to the point's x. */
static const uint8_t spki_head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
#define SPKI_LEN (sizeof(spki_head) - 1 + POINT_LEN)

void
identity_free(struct identity *i)
{
	if (i == NULL)
		return;
	EVP_PKEY_free(i->key); /* clears the scalar */
	X509_free(i->cert);
	free(i);
}

/* spki[SPKI_LEN] of a certificate; its last POINT_LEN bytes are the point. */
static bool
spki_of(X509 *cert, uint8_t *spki)
{
	X509_PUBKEY *public = X509_get_X509_PUBKEY(cert);
	uint8_t *at = spki;

	return X509_get0_pubkey(cert) != NULL &&
	       i2d_X509_PUBKEY(public, NULL) == (int)SPKI_LEN &&
	       i2d_X509_PUBKEY(public, &at) == (int)SPKI_LEN &&
	       memcmp(spki, spki_head, sizeof(spki_head)) == 0;
}

bool
certificate_ok(X509 *cert)
{
	uint8_t spki[SPKI_LEN];

	/* without the second, who has the certificate could make others of
	 * the same key, with other fingerprints */
	return spki_of(cert, spki) &&
	       X509_verify(cert, X509_get0_pubkey(cert)) == 1;
}

enum bh_err
certificate_digest(const X509 *cert, uint8_t out[CRYPTO_HASH_LEN])
{
	unsigned int len = CRYPTO_HASH_LEN;

	return X509_digest(cert, EVP_sha256(), out, &len) == 1 &&
		       len == CRYPTO_HASH_LEN
		   ? BH_OK
		   : BH_ERR_CRYPTO;
}

/* DER and nothing else; NULL if it is no certificate as ours. */
static X509 *
certificate_decode(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	uint8_t *again = NULL;
	X509 *cert = NULL;
	bool ok;

	if (len > CERT_LEN_MAX ||
	    (cert = d2i_X509(NULL, &at, (long)len)) == NULL)
		return NULL;
	ok = at == der + len && i2d_X509(cert, &again) == (int)len &&
	     memcmp(der, again, len) == 0 && certificate_ok(cert);
	OPENSSL_free(again);
	if (!ok) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

/* Only line ends may stand behind the certificate. */
static bool
rest_is_empty(BIO *in)
{
	char c;

	while (BIO_read(in, &c, 1) == 1) {
		if (c != '\n' && c != '\r')
			return false;
	}
	return true;
}

enum bh_err
certificate_read(const void *pem, size_t len, X509 **certp)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	char *name = NULL, *header = NULL;
	uint8_t *der = NULL;
	X509 *cert = NULL;
	BIO *in = NULL;
	long derlen = 0;

	/* PEM_read_bio would pass over text before it */
	if (len > PEM_LEN_MAX || len < strlen(begin) ||
	    memcmp(pem, begin, strlen(begin)) != 0)
		return BH_ERR_INPUT;
	if ((in = BIO_new_mem_buf(pem, (int)len)) != NULL &&
	    PEM_read_bio(in, &name, &header, &der, &derlen) == 1 &&
	    header[0] == '\0' && rest_is_empty(in))
		cert = certificate_decode(der, (size_t)derlen);
	BIO_free(in);
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(der);
	ERR_clear_error();
	if (cert == NULL)
		return BH_ERR_INPUT;
	*certp = cert;
	return BH_OK;
}

enum bh_err
certificate_fingerprint(
    const void *pem, size_t len, uint8_t out[CRYPTO_HASH_LEN])
{
	X509 *cert = NULL;
	enum bh_err e;

	if ((e = certificate_read(pem, len, &cert)) == BH_OK)
		e = certificate_digest(cert, out);
	X509_free(cert);
	ERR_clear_error();
	return e;
}

static bool
set_serial(X509 *cert)
{
	uint8_t bytes[SERIAL_LEN];
	BIGNUM *n;
	bool ok;

	if (crypto_random(bytes, sizeof(bytes)) != BH_OK)
		return false;
	bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40); /* positive, not 0 */
	n = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = n != NULL &&
	     BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
	BN_free(n);
	return ok;
}

static bool
set_name(X509 *cert)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		   (const unsigned char *)COMMON_NAME, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, name) == 1;
}

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	bool ok = x != NULL && X509_add_ext(cert, x, -1) == 1;

	X509_EXTENSION_free(x);
	return ok;
}

static bool
certificate_make(X509 *cert, EVP_PKEY *key)
{
	return X509_set_version(cert, X509_VERSION_3) == 1 &&
	       set_serial(cert) && set_name(cert) &&
	       ASN1_TIME_set_string_X509(
		   X509_getm_notBefore(cert), NOT_BEFORE) == 1 &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(cert), NOT_AFTER) ==
		   1 &&
	       X509_set_pubkey(cert, key) == 1 &&
	       add_extension(
		   cert, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(cert, NID_key_usage,
		   "critical,digitalSignature,keyAgreement") &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

enum bh_err
identity_make(struct identity **ip)
{
	struct identity *i;
	bool ok;

	if ((i = calloc(1, sizeof(*i))) == NULL)
		return BH_ERR_NOMEM;
	/* openssl.cnf could name engines and providers to load */
	ok = OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1 &&
	     (i->key = EVP_EC_gen("P-256")) != NULL &&
	     (i->cert = X509_new()) != NULL &&
	     certificate_make(i->cert, i->key) && certificate_ok(i->cert);
	ERR_clear_error();
	secret_burn_stack();
	if (!ok) {
		identity_free(i);
		return BH_ERR_CRYPTO;
	}
	*ip = i;
	return BH_OK;
}

/* The key as PKCS#8; b holds the private key then. */
static enum bh_err
put_key(struct buf *b, const struct identity *i)
{
	uint8_t scalar[SCALAR_LEN], spki[SPKI_LEN];
	BIGNUM *n = NULL;
	enum bh_err e = BH_ERR_CRYPTO;

	if (EVP_PKEY_get_bn_param(i->key, OSSL_PKEY_PARAM_PRIV_KEY, &n) == 1 &&
	    BN_bn2binpad(n, scalar, sizeof(scalar)) == SCALAR_LEN &&
	    spki_of(i->cert, spki) &&
	    (e = buf_put_u16(b, (uint16_t)P8_LEN)) == BH_OK &&
	    (e = buf_put(b, p8_head, sizeof(p8_head))) == BH_OK &&
	    (e = buf_put(b, scalar, sizeof(scalar))) == BH_OK &&
	    (e = buf_put(b, p8_middle, sizeof(p8_middle))) == BH_OK)
		e = buf_put(b, spki + SPKI_LEN - POINT_LEN, POINT_LEN);
	BN_clear_free(n);
	secret_wipe(scalar, sizeof(scalar));
	return e;
}

enum bh_err
identity_encode(const struct identity *i, struct buf **bytesp)
{
	uint8_t *der = NULL;
	struct buf *b = NULL;
	enum bh_err e = BH_ERR_CRYPTO;
	int len = i2d_X509(i->cert, &der);

	if (len <= 0 || len > CERT_LEN_MAX)
		goto out;
	if ((b = buf_new(2 + P8_LEN + 2 + (size_t)len)) == NULL) {
		e = BH_ERR_NOMEM;
		goto out;
	}
	if ((e = put_key(b, i)) != BH_OK ||
	    (e = buf_put_u16(b, (uint16_t)len)) != BH_OK ||
	    (e = buf_put(b, der, (size_t)len)) != BH_OK)
		goto out;
	*bytesp = b;
	b = NULL;
out:
	OPENSSL_free(der);
	buf_free(b);
	ERR_clear_error();
	return e;
}

/* The key of this scalar and point; NULL if they don't belong together. */
static EVP_PKEY *
key_from(uint8_t *scalar, uint8_t *point)
{
	char group[] = "prime256v1";
	OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
	    OSSL_PARAM_construct_octet_string(
		OSSL_PKEY_PARAM_PUB_KEY, point, POINT_LEN),
	    OSSL_PARAM_construct_BN(
		OSSL_PKEY_PARAM_PRIV_KEY, scalar, SCALAR_LEN),
	    OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY_CTX *check = NULL;
	EVP_PKEY *key = NULL;
	bool ok;

	ok = ctx != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
	     EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1 &&
	     (check = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL)) != NULL &&
	     EVP_PKEY_check(check) == 1;
	EVP_PKEY_CTX_free(check);
	EVP_PKEY_CTX_free(ctx);
	if (!ok) {
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

/* The key in p8[P8_LEN], which must be the certificate's. */
static EVP_PKEY *
key_decode(const uint8_t *p8, X509 *cert)
{
	const uint8_t *at = p8 + sizeof(p8_head);
	uint8_t scalar[SCALAR_LEN], spki[SPKI_LEN];
	uint8_t *point = spki + SPKI_LEN - POINT_LEN;
	EVP_PKEY *key = NULL;
	BIGNUM *n = NULL;

	if (memcmp(p8, p8_head, sizeof(p8_head)) != 0 ||
	    memcmp(at + SCALAR_LEN, p8_middle, sizeof(p8_middle)) != 0 ||
	    !spki_of(cert, spki) ||
	    memcmp(at + SCALAR_LEN + sizeof(p8_middle), point, POINT_LEN) != 0)
		return NULL;
	/* OSSL_PARAM wants numbers in the machine's order of bytes */
	if ((n = BN_bin2bn(at, SCALAR_LEN, NULL)) != NULL &&
	    BN_bn2nativepad(n, scalar, sizeof(scalar)) == SCALAR_LEN)
		key = key_from(scalar, point);
	BN_clear_free(n);
	secret_wipe(scalar, sizeof(scalar));
	return key;
}

/* Both parts within bytes, and nothing behind them. */
static enum bh_err
split(const struct buf *bytes, const uint8_t **p8p, const uint8_t **derp,
    size_t *derlenp)
{
	struct buf view = *bytes; /* read by its own offset */
	uint16_t len;
	enum bh_err e;

	view.off = 0;
	if ((e = buf_get_u16(&view, &len)) != BH_OK)
		return e;
	if (len != P8_LEN || view.len - view.off < P8_LEN)
		return BH_ERR_INPUT;
	*p8p = view.data + view.off;
	view.off += P8_LEN;
	if ((e = buf_get_u16(&view, &len)) != BH_OK)
		return e;
	if (view.len - view.off != len)
		return BH_ERR_INPUT;
	*derp = view.data + view.off;
	*derlenp = len;
	return BH_OK;
}

enum bh_err
identity_decode(const struct buf *bytes, struct identity **ip)
{
	const uint8_t *p8, *der;
	struct identity *i;
	size_t derlen;
	enum bh_err e;

	if ((e = split(bytes, &p8, &der, &derlen)) != BH_OK)
		return e;
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return BH_ERR_CRYPTO;
	if ((i = calloc(1, sizeof(*i))) == NULL)
		return BH_ERR_NOMEM;
	if ((i->cert = certificate_decode(der, derlen)) != NULL)
		i->key = key_decode(p8, i->cert);
	ERR_clear_error();
	secret_burn_stack();
	if (i->key == NULL) {
		identity_free(i);
		return BH_ERR_INPUT;
	}
	*ip = i;
	return BH_OK;
}

enum bh_err
identity_certificate(const struct identity *i, struct buf **pemp)
{
	BIO *out = BIO_new(BIO_s_mem());
	enum bh_err e = BH_ERR_CRYPTO;
	char *text = NULL;
	long len;

	if (out != NULL && PEM_write_bio_X509(out, i->cert) == 1 &&
	    (len = BIO_get_mem_data(out, &text)) > 0) {
		*pemp = buf_new_from(text, (size_t)len);
		e = *pemp != NULL ? BH_OK : BH_ERR_NOMEM;
	}
	BIO_free(out);
	ERR_clear_error();
	return e;
}

enum bh_err
identity_fingerprint(const struct identity *i, uint8_t out[CRYPTO_HASH_LEN])
{
	enum bh_err e = certificate_digest(i->cert, out);

	ERR_clear_error();
	return e;
}
