/*
 * Messages that are not as cms_seal makes them.
 */
#include "tests/unit/unit.h"

#include "tests/unit/cms_forge.h"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#define PARTIAL (CMS_BINARY | CMS_PARTIAL)

static struct buf *
encoded(CMS_ContentInfo *cms)
{
	int len = i2d_CMS_ContentInfo(cms, NULL);
	struct buf *b;
	uint8_t *at;

	assert_true(len > 0);
	b = buf_new((size_t)len);
	assert_non_null(b);
	at = b->data;
	assert_int_equal(i2d_CMS_ContentInfo(cms, &at), len);
	b->len = (size_t)len;
	CMS_ContentInfo_free(cms);
	return b;
}

struct buf *
forge_signed(
    const struct identity *by, const char *text, struct forged_signature f)
{
	const EVP_MD *md = f.md != NULL ? f.md : EVP_sha256();
	unsigned int flags = PARTIAL | CMS_NOSMIMECAP | f.flags;
	BIO *in = BIO_new_mem_buf(text, -1);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);

	assert_non_null(in);
	assert_non_null(cms);
	assert_non_null(CMS_add1_signer(cms, by->cert, by->key, md, flags));
	if (f.second != NULL)
		assert_non_null(CMS_add1_signer(
		    cms, f.second->cert, f.second->key, md, flags));
	if (f.more != NULL)
		assert_int_equal(CMS_add1_cert(cms, f.more), 1);
	assert_int_equal(CMS_final(cms, in, NULL, flags), 1);
	BIO_free(in);
	return encoded(cms);
}

static void
add_recipient(CMS_ContentInfo *cms, X509 *to, const EVP_MD *kdf)
{
	CMS_RecipientInfo *ri;

	ri = CMS_add1_recipient_cert(cms, to, CMS_BINARY | CMS_KEY_PARAM);
	assert_non_null(ri);
	if (CMS_RecipientInfo_type(ri) != CMS_RECIPINFO_AGREE)
		return;
	assert_int_equal(EVP_PKEY_CTX_set_ecdh_kdf_md(
			     CMS_RecipientInfo_get0_pkey_ctx(ri), kdf),
	    1);
}

struct buf *
forge_sealed(X509 *to, const void *inner, size_t len, struct forged_envelope f)
{
	BIO *in = BIO_new_mem_buf(inner, (int)len);
	CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL,
	    f.cipher != NULL ? f.cipher : EVP_aes_256_gcm(), PARTIAL);
	const EVP_MD *kdf = f.kdf != NULL ? f.kdf : EVP_sha256();

	assert_non_null(in);
	assert_non_null(cms);
	if (to != NULL)
		add_recipient(cms, to, kdf);
	if (f.second != NULL)
		add_recipient(cms, f.second, kdf);
	if (f.password != NULL) {
		unsigned char *copy =
		    (unsigned char *)OPENSSL_strdup(f.password);

		assert_non_null(copy);
		assert_non_null(CMS_add0_recipient_password(
		    cms, -1, -1, -1, copy, -1, EVP_aes_256_cbc()));
	}
	assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY), 1);
	BIO_free(in);
	return encoded(cms);
}

struct identity *
forge_identity(const char *algorithm, X509 *issuer)
{
	struct identity *i = calloc(1, sizeof(*i));
	X509_NAME *name;

	assert_non_null(i);
	i->key = strcmp(algorithm, "RSA") == 0 ? EVP_RSA_gen(2048)
					       : EVP_EC_gen(algorithm);
	i->cert = X509_new();
	assert_non_null(i->key);
	assert_non_null(i->cert);
	if (issuer == NULL) {
		assert_int_equal(
		    ASN1_INTEGER_set(X509_get_serialNumber(i->cert), 7), 1);
		name = X509_get_subject_name(i->cert);
		assert_int_equal(
		    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
			(const unsigned char *)"forged", -1, -1, 0),
		    1);
	} else {
		assert_int_equal(X509_set_serialNumber(
				     i->cert, X509_get_serialNumber(issuer)),
		    1);
		name = X509_get_issuer_name(issuer);
	}
	assert_int_equal(X509_set_issuer_name(i->cert, name), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(i->cert), 0));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(i->cert), 86400));
	assert_int_equal(X509_set_pubkey(i->cert, i->key), 1);
	assert_true(X509_sign(i->cert, i->key, EVP_sha256()) > 0);
	return i;
}

struct buf *
forge_pem(X509 *cert)
{
	BIO *out = BIO_new(BIO_s_mem());
	struct buf *b;
	char *text;
	long len;

	assert_non_null(out);
	assert_int_equal(PEM_write_bio_X509(out, cert), 1);
	len = BIO_get_mem_data(out, &text);
	b = buf_new_from(text, (size_t)len);
	assert_non_null(b);
	BIO_free(out);
	return b;
}

/* The last place of these bytes. */
static size_t
find(const struct buf *b, const void *bytes, size_t len)
{
	size_t i;

	for (i = b->len - len; i > 0; i--) {
		if (memcmp(b->data + i, bytes, len) == 0)
			return i;
	}
	fail_msg("the message is not as expected");
	return 0;
}

/* Change the length at data[at..]: two bytes behind 0x82. */
static void
adjust(struct buf *b, size_t at, int by)
{
	int len = b->data[at + 2] << 8 | b->data[at + 3];

	assert_int_equal(b->data[at + 1], 0x82);
	len += by;
	b->data[at + 2] = (uint8_t)(len >> 8);
	b->data[at + 3] = (uint8_t)len;
}

/* ContentInfo, [0] and AuthEnvelopedData. */
static void
adjust_outer(struct buf *b, int by)
{
	adjust(b, 0, by);
	adjust(b, 17, by);
	adjust(b, 21, by);
}

struct buf *
forge_nonce(const struct buf *sealed, size_t n)
{
	static const uint8_t params[] = {0x30, 0x11, 0x04, 0x0c};
	struct buf *b = buf_new(sealed->len + n);
	/* encrypted content: header 4, type 11, algorithm 2 + 11, params */
	size_t at = find(sealed, params, sizeof(params)), end = at + 16;

	assert_non_null(b);
	assert_int_equal(buf_put(b, sealed->data, end), BH_OK);
	for (; b->len < end + n;)
		assert_int_equal(buf_put_u8(b, 0x41), BH_OK);
	assert_int_equal(
	    buf_put(b, sealed->data + end, sealed->len - end), BH_OK);
	adjust_outer(b, (int)n);
	adjust(b, at - 28, (int)n);
	b->data[at - 12] = (uint8_t)(b->data[at - 12] + n);
	b->data[at + 1] = (uint8_t)(b->data[at + 1] + n);
	b->data[at + 3] = (uint8_t)(b->data[at + 3] + n);
	return b;
}

struct buf *
forge_tag(const struct buf *sealed, size_t n)
{
	struct buf *b = buf_new_from(sealed->data, sealed->len - n);

	assert_non_null(b);
	adjust_outer(b, -(int)n);
	b->data[sealed->len - 17] = (uint8_t)(b->data[sealed->len - 17] - n);
	return b;
}
