/*
 * Sign and seal, open and verify.  What is opened was made by a host that may
 * be an attacker's: everything cms_seal does not make is refused.
 */
#include "core/crypto/cms_internal.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

#define TEXT_LEN_MAX (256 * 1024 * 1024)

/* openssl.cnf could name engines and providers to load. */
static bool
library_ready(void)
{
	ERR_clear_error();
	return OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1;
}

/* Free a message that has plain text in it. */
static void
message_free(CMS_ContentInfo *cms)
{
	ASN1_OCTET_STRING **text = cms != NULL ? CMS_get0_content(cms) : NULL;

	if (text != NULL && *text != NULL)
		OPENSSL_cleanse(
		    (*text)->data, (size_t)ASN1_STRING_length(*text));
	CMS_ContentInfo_free(cms);
}

static enum bh_err
encode(CMS_ContentInfo *cms, struct buf **derp)
{
	int len = i2d_CMS_ContentInfo(cms, NULL);
	struct buf *b;
	uint8_t *at;

	if (len <= 0)
		return BH_ERR_CRYPTO;
	if ((b = buf_new((size_t)len)) == NULL)
		return BH_ERR_NOMEM;
	at = b->data;
	b->len = b->max;
	if (i2d_CMS_ContentInfo(cms, &at) != len) {
		secret_wipe(b->data, b->max);
		buf_free(b);
		return BH_ERR_CRYPTO;
	}
	*derp = b;
	return BH_OK;
}

static enum bh_err
sign(const struct identity *signer, const void *text, size_t len,
    struct buf **derp)
{
	const unsigned int flags = CMS_BINARY | CMS_PARTIAL;
	BIO *in = BIO_new_mem_buf(len > 0 ? text : "", (int)len);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	enum bh_err e = BH_ERR_CRYPTO;

	if (in != NULL && cms != NULL &&
	    CMS_add1_signer(cms, signer->cert, signer->key, EVP_sha256(),
		flags | CMS_NOSMIMECAP) != NULL &&
	    CMS_final(cms, in, NULL, CMS_BINARY) == 1)
		e = encode(cms, derp);
	message_free(cms);
	BIO_free(in);
	return e;
}

/* Key agreement with SHA-256: OpenSSL's own choice is SHA-1. */
static bool
add_recipient(CMS_ContentInfo *cms, X509 *cert)
{
	CMS_RecipientInfo *to;
	EVP_PKEY_CTX *ctx;

	return (to = CMS_add1_recipient_cert(
		    cms, cert, CMS_BINARY | CMS_KEY_PARAM)) != NULL &&
	       (ctx = CMS_RecipientInfo_get0_pkey_ctx(to)) != NULL &&
	       EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) == 1;
}

static enum bh_err
seal(X509 *recipient, const struct buf *text, struct buf **sealedp)
{
	BIO *in = BIO_new_mem_buf(text->data, (int)text->len);
	CMS_ContentInfo *cms = CMS_encrypt(
	    NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL);
	enum bh_err e = BH_ERR_CRYPTO;

	if (in != NULL && cms != NULL && add_recipient(cms, recipient) &&
	    CMS_final(cms, in, NULL, CMS_BINARY) == 1)
		e = encode(cms, sealedp);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return e;
}

enum bh_err
cms_seal(const struct identity *signer, const void *pem, size_t pemlen,
    const void *text, size_t len, struct buf **sealedp)
{
	struct buf *inner = NULL, *sealed = NULL;
	X509 *recipient = NULL;
	enum bh_err e;

	if (len > TEXT_LEN_MAX)
		return BH_ERR_RANGE;
	if (!library_ready())
		return BH_ERR_CRYPTO;
	if ((e = certificate_read(pem, pemlen, &recipient)) != BH_OK ||
	    (e = sign(signer, text, len, &inner)) != BH_OK ||
	    (e = seal(recipient, inner, &sealed)) != BH_OK)
		goto out;
	/* what this program would not open must not be handed out */
	if (!envelope_ok(sealed->data, sealed->len)) {
		e = BH_ERR_CRYPTO;
		goto out;
	}
	*sealedp = sealed;
	sealed = NULL;
out:
	buf_free(inner);
	buf_free(sealed);
	X509_free(recipient);
	ERR_clear_error();
	secret_burn_stack();
	return e;
}

/* Exactly one message in DER: it must come out again byte for byte. */
static enum bh_err
decode(const uint8_t *der, size_t len, CMS_ContentInfo **cmsp)
{
	const uint8_t *at = der;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
	struct buf *again = NULL;
	enum bh_err e = BH_ERR_INPUT;

	if (cms == NULL || at != der + len ||
	    i2d_CMS_ContentInfo(cms, NULL) != (int)len)
		goto out;
	if ((e = encode(cms, &again)) != BH_OK)
		goto out;
	if (again->len != len || memcmp(again->data, der, len) != 0) {
		e = BH_ERR_INPUT;
		goto out;
	}
	*cmsp = cms;
	cms = NULL;
out:
	buf_free(again);
	message_free(cms);
	return e;
}

/* The same bytes: X509_NAME_cmp takes capitals for small letters. */
static bool
same_name(const X509_NAME *a, const X509_NAME *b)
{
	const unsigned char *x = NULL, *y = NULL;
	size_t n = 0, k = 0;

	return X509_NAME_get0_der(a, &x, &n) == 1 &&
	       X509_NAME_get0_der(b, &y, &k) == 1 && n == k &&
	       memcmp(x, y, n) == 0;
}

/* The one recipient (envelope_ok counted) must be ours. */
static enum bh_err
check_recipient(CMS_ContentInfo *cms, X509 *cert)
{
	STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
	STACK_OF(CMS_RecipientEncryptedKey) *keys = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;

	if (sk_CMS_RecipientInfo_num(all) == 1)
		keys = CMS_RecipientInfo_kari_get0_reks(
		    sk_CMS_RecipientInfo_value(all, 0));
	if (sk_CMS_RecipientEncryptedKey_num(keys) != 1 ||
	    CMS_RecipientEncryptedKey_get0_id(
		sk_CMS_RecipientEncryptedKey_value(keys, 0), NULL, NULL, NULL,
		&issuer, &serial) != 1 ||
	    issuer == NULL || serial == NULL)
		return BH_ERR_INPUT;
	return ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(cert)) == 0 &&
		       same_name(issuer, X509_get_issuer_name(cert))
		   ? BH_OK
		   : BH_ERR_REFUSED;
}

/* All of a message's plain text, straight into a buffer that wipes itself. */
static enum bh_err
decrypt(CMS_ContentInfo *cms, const struct identity *i, size_t max,
    struct buf **plainp)
{
	struct buf *b = NULL;
	enum bh_err e = BH_ERR_SEALED;
	BIO *in = NULL;
	int n = 0;

	if (CMS_decrypt_set1_pkey(cms, i->key, i->cert) != 1 ||
	    (in = CMS_dataInit(cms, NULL)) == NULL ||
	    BIO_method_type(in) != BIO_TYPE_CIPHER)
		goto out;
	if ((b = buf_new(max)) == NULL) {
		e = BH_ERR_NOMEM;
		goto out;
	}
	while (b->len < b->max &&
	       (n = BIO_read(in, b->data + b->len, (int)(b->max - b->len))) > 0)
		b->len += (size_t)n;
	/* the end of the stream is where the tag was compared */
	if (b->len == b->max || n < 0 || BIO_get_cipher_status(in) != 1)
		goto out;
	*plainp = b;
	b = NULL;
	e = BH_OK;
out:
	BIO_free_all(in);
	buf_free(b);
	return e;
}

static bool
algorithm_is(const X509_ALGOR *alg, int nid)
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, alg);
	return OBJ_obj2nid(object) == nid;
}

/*
 * Without signed attributes the signature is over the text itself; then what
 * was signed elsewhere as attributes would pass for a text.
 */
static bool
signer_ok(CMS_SignerInfo *si, X509 *cert)
{
	X509_ALGOR *digest = NULL, *signature = NULL;

	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
	return certificate_ok(cert) && CMS_SignerInfo_cert_cmp(si, cert) == 0 &&
	       algorithm_is(digest, NID_sha256) &&
	       algorithm_is(signature, NID_ecdsa_with_SHA256) &&
	       CMS_signed_get_attr_count(si) > 0 &&
	       CMS_unsigned_get_attr_count(si) <= 0;
}

/* One signer, his certificate and nothing more beside the text. */
static enum bh_err
check_signed(CMS_ContentInfo *cms, X509 **certp)
{
	STACK_OF(CMS_SignerInfo) *signers = NULL;
	STACK_OF(X509_CRL) *crls = NULL;
	STACK_OF(X509) *certs = NULL;
	enum bh_err e = BH_ERR_INPUT;
	X509 *cert;

	if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed ||
	    OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data ||
	    CMS_is_detached(cms) != 0)
		goto out;
	signers = CMS_get0_SignerInfos(cms);
	certs = CMS_get1_certs(cms);
	crls = CMS_get1_crls(cms);
	if (sk_CMS_SignerInfo_num(signers) != 1 || sk_X509_num(certs) != 1 ||
	    sk_X509_CRL_num(crls) > 0)
		goto out;
	cert = sk_X509_value(certs, 0);
	if (!signer_ok(sk_CMS_SignerInfo_value(signers, 0), cert) ||
	    X509_up_ref(cert) != 1)
		goto out;
	*certp = cert;
	e = BH_OK;
out:
	sk_X509_pop_free(certs, X509_free);
	sk_X509_CRL_pop_free(crls, X509_CRL_free);
	return e;
}

/* Whose certificate it is is the caller's affair: there is no chain. */
static enum bh_err
verify(CMS_ContentInfo *cms, struct buf **textp, uint8_t *signer)
{
	const unsigned int flags = CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY;
	uint8_t fingerprint[CRYPTO_HASH_LEN];
	ASN1_OCTET_STRING **text;
	X509 *cert = NULL;
	enum bh_err e;

	if ((e = check_signed(cms, &cert)) != BH_OK)
		return e;
	if (CMS_verify(cms, NULL, NULL, NULL, NULL, flags) != 1)
		e = BH_ERR_SEALED;
	else
		e = certificate_digest(cert, fingerprint);
	X509_free(cert);
	if (e != BH_OK)
		return e;
	if ((text = CMS_get0_content(cms)) == NULL || *text == NULL)
		return BH_ERR_CRYPTO;
	if ((*textp = buf_new_from(ASN1_STRING_get0_data(*text),
		 (size_t)ASN1_STRING_length(*text))) == NULL)
		return BH_ERR_NOMEM;
	memcpy(signer, fingerprint, sizeof(fingerprint));
	return BH_OK;
}

enum bh_err
cms_open(const struct identity *recipient, const void *sealed, size_t len,
    struct buf **textp, uint8_t signer[CRYPTO_HASH_LEN])
{
	CMS_ContentInfo *outer = NULL, *inner = NULL;
	struct buf *plain = NULL;
	enum bh_err e;

	if (len > INT32_MAX || !envelope_ok(sealed, len))
		return BH_ERR_INPUT;
	if (!library_ready())
		return BH_ERR_CRYPTO;
	if ((e = decode(sealed, len, &outer)) != BH_OK ||
	    (e = check_recipient(outer, recipient->cert)) != BH_OK ||
	    (e = decrypt(outer, recipient, len, &plain)) != BH_OK ||
	    (e = decode(plain->data, plain->len, &inner)) != BH_OK)
		goto out;
	e = verify(inner, textp, signer);
out:
	message_free(inner);
	CMS_ContentInfo_free(outer);
	buf_free(plain);
	ERR_clear_error();
	secret_burn_stack();
	return e;
}
