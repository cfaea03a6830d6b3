/*
 * A key pair keeps itself through its encoding, and says nothing of the realm;
 * only one certificate for P-256 is read as one.
 */
#include "tests/unit/unit.h"

#include "core/crypto/cms.h"
#include "tests/unit/cms_forge.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>

#define P8_LEN 138 /* of a P-256 key, with its point */

static int
set_up(void **state)
{
	(void)state;
	return crypto_open() == BH_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	crypto_close();
	return 0;
}

static struct identity *
make(void)
{
	struct identity *i = NULL;

	assert_int_equal(identity_make(&i), BH_OK);
	return i;
}

static struct buf *
encode(const struct identity *i)
{
	struct buf *b = NULL;

	assert_int_equal(identity_encode(i, &b), BH_OK);
	return b;
}

static void
test_needs_crypto_open(void **state)
{
	struct identity *i = NULL;

	(void)state;
	crypto_close();
	assert_int_equal(identity_make(&i), BH_ERR_CRYPTO);
	assert_null(i);
	assert_int_equal(crypto_open(), BH_OK);
	identity_free(NULL);
}

static void
test_round_trip(void **state)
{
	struct identity *i = make(), *again = NULL;
	struct buf *b = encode(i), *pem = NULL, *sealed = NULL, *text = NULL;
	uint8_t want[CRYPTO_HASH_LEN], got[CRYPTO_HASH_LEN];

	(void)state;
	assert_int_equal(identity_decode(b, &again), BH_OK);
	assert_int_equal(identity_fingerprint(i, want), BH_OK);
	assert_int_equal(identity_fingerprint(again, got), BH_OK);
	assert_memory_equal(got, want, sizeof(want));
	assert_int_equal(identity_certificate(again, &pem), BH_OK);
	assert_int_equal(
	    certificate_fingerprint(pem->data, pem->len, got), BH_OK);
	assert_memory_equal(got, want, sizeof(want));
	/* its key still signs and opens */
	assert_int_equal(
	    cms_seal(again, pem->data, pem->len, "x", 1, &sealed), BH_OK);
	assert_int_equal(
	    cms_open(again, sealed->data, sealed->len, &text, got), BH_OK);
	assert_memory_equal(got, want, sizeof(want));
	buf_free(text);
	buf_free(sealed);
	buf_free(pem);
	buf_free(b);
	identity_free(again);
	identity_free(i);
}

/* What other programs read as PKCS#8 is the same key. */
static void
test_key_is_pkcs8(void **state)
{
	struct identity *i = make();
	struct buf *b = encode(i);
	const uint8_t *at = b->data + 2;
	EVP_PKEY *key;

	(void)state;
	assert_int_equal(b->data[0] << 8 | b->data[1], P8_LEN);
	key = d2i_AutoPrivateKey(NULL, &at, P8_LEN);
	assert_non_null(key);
	assert_int_equal(EVP_PKEY_eq(key, i->key), 1);
	assert_ptr_equal(at, b->data + 2 + P8_LEN);
	EVP_PKEY_free(key);
	buf_free(b);
	identity_free(i);
}

static void
test_says_nothing(void **state)
{
	struct identity *a = make(), *b = make();
	char name[128];

	(void)state;
	assert_string_equal(X509_NAME_oneline(X509_get_subject_name(a->cert),
				name, sizeof(name)),
	    "/CN=bulkhead manifest");
	assert_int_equal(X509_NAME_cmp(X509_get_subject_name(a->cert),
			     X509_get_issuer_name(a->cert)),
	    0);
	/* no two alike, and not even when it was made */
	assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(a->cert),
				 X509_get0_serialNumber(b->cert)),
	    0);
	assert_int_equal(ASN1_TIME_compare(X509_get0_notBefore(a->cert),
			     X509_get0_notBefore(b->cert)),
	    0);
	assert_int_equal(X509_get_ext_count(a->cert), 2);
	assert_int_equal(X509_verify(a->cert, a->key), 1);
	identity_free(a);
	identity_free(b);
}

static void
expect_decode(const char *rule, const struct buf *b)
{
	struct identity *i = NULL;
	enum bh_err e = identity_decode(b, &i);

	if (e != BH_ERR_INPUT)
		fail_msg("%s: %s", rule, err_text(e));
	assert_null(i);
	assert_int_equal(ERR_peek_error(), 0);
}

static void
test_decode_refuses(void **state)
{
	struct identity *one = make(), *other = make();
	struct buf *b = encode(one), *c = encode(other), *cut;
	size_t i;

	(void)state;
	for (i = 0; i < b->len; i++) {
		cut = buf_new_from(b->data, i);
		assert_non_null(cut);
		expect_decode("truncated", cut);
		buf_free(cut);
	}
	for (i = 0; i < 2 + P8_LEN; i++) {
		b->data[i] ^= 1;
		expect_decode("a byte of the key changed", b);
		b->data[i] ^= 1;
	}
	cut = buf_new(b->len + 1);
	assert_non_null(cut);
	assert_int_equal(buf_put(cut, b->data, b->len), BH_OK);
	assert_int_equal(buf_put_u8(cut, 0), BH_OK);
	expect_decode("a byte behind", cut);
	buf_free(cut);
	memcpy(b->data, c->data, 2 + P8_LEN);
	expect_decode("another's key", b);
	buf_free(b);
	buf_free(c);
	identity_free(one);
	identity_free(other);
}

/* before, the certificate, behind; then one certificate is what it must be. */
static void
expect_pem(const char *rule, const char *before, const struct buf *pem,
    const char *behind, size_t behindlen, enum bh_err want)
{
	struct buf *b = buf_new(strlen(before) + pem->len + behindlen);
	uint8_t out[CRYPTO_HASH_LEN];
	enum bh_err e;

	assert_non_null(b);
	assert_int_equal(buf_put(b, before, strlen(before)), BH_OK);
	assert_int_equal(buf_put(b, pem->data, pem->len), BH_OK);
	assert_int_equal(buf_put(b, behind, behindlen), BH_OK);
	e = certificate_fingerprint(b->data, b->len, out);
	if (e != want)
		fail_msg("%s: %s", rule, err_text(e));
	assert_int_equal(ERR_peek_error(), 0);
	buf_free(b);
}

static void
test_pem_around(void **state)
{
	struct identity *i = make();
	struct buf *pem = forge_pem(i->cert);
	struct buf *cut = buf_new_from(pem->data, pem->len - 1);
	char *text = strndup((const char *)pem->data, pem->len);

	(void)state;
	assert_non_null(cut);
	assert_non_null(text);
	expect_pem("alone", "", pem, "", 0, BH_OK);
	expect_pem("no end of the last line", "", cut, "", 0, BH_OK);
	expect_pem("empty lines behind", "", pem, "\r\n\n", 3, BH_OK);
	expect_pem("twice", "", pem, text, pem->len, BH_ERR_INPUT);
	expect_pem("text behind", "", pem, "x\n", 2, BH_ERR_INPUT);
	expect_pem("NUL behind", "", pem, "", 1, BH_ERR_INPUT);
	expect_pem("text before", "x\n", pem, "", 0, BH_ERR_INPUT);
	expect_pem("empty line before", "\n", pem, "", 0, BH_ERR_INPUT);
	cut->len = 0;
	expect_pem("nothing", "", cut, "", 0, BH_ERR_INPUT);
	for (; cut->len < pem->len - 2; cut->len++)
		expect_pem("truncated", "", cut, "", 0, BH_ERR_INPUT);
	free(text);
	buf_free(cut);
	buf_free(pem);
	identity_free(i);
}

static void
test_pem_of_others(void **state)
{
	static const char *const algorithms[] = {"RSA", "P-384", "secp256k1"};
	struct identity *i;
	struct buf *pem;
	size_t n;

	(void)state;
	for (n = 0; n < nitems(algorithms); n++) {
		i = forge_identity(algorithms[n], NULL);
		pem = forge_pem(i->cert);
		expect_pem(algorithms[n], "", pem, "", 0, BH_ERR_INPUT);
		buf_free(pem);
		identity_free(i);
	}
	i = forge_identity("P-256", NULL);
	pem = forge_pem(i->cert);
	expect_pem("P-256 of another program", "", pem, "", 0, BH_OK);
	buf_free(pem);
	identity_free(i);
}

/* Write data as a PEM block with this name and these headers. */
static struct buf *
block(const char *name, const char *header, const uint8_t *data, long len)
{
	BIO *out = BIO_new(BIO_s_mem());
	struct buf *b;
	char *text;

	assert_non_null(out);
	assert_true(PEM_write_bio(out, name, header, data, len) > 0);
	len = BIO_get_mem_data(out, &text);
	b = buf_new_from(text, (size_t)len);
	assert_non_null(b);
	BIO_free(out);
	return b;
}

static void
test_pem_blocks(void **state)
{
	static const struct {
		const char *rule, *name, *header;
		int more;
		enum bh_err want;
	} rows[] = {
	    {"a certificate", "CERTIFICATE", "", 0, BH_OK},
	    {"its other name", "X509 CERTIFICATE", "", 0, BH_ERR_INPUT},
	    {"with trust", "TRUSTED CERTIFICATE", "", 0, BH_ERR_INPUT},
	    {"another thing", "PUBLIC KEY", "", 0, BH_ERR_INPUT},
	    {"headers", "CERTIFICATE",
		"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n", 0,
		BH_ERR_INPUT},
	    {"a byte behind the DER", "CERTIFICATE", "", 1, BH_ERR_INPUT},
	    {"a byte short", "CERTIFICATE", "", -1, BH_ERR_INPUT},
	};
	struct identity *i = make();
	uint8_t der[4096], *at = der;
	int len = i2d_X509(i->cert, &at);
	size_t n;

	(void)state;
	der[len] = 0;
	for (n = 0; n < nitems(rows); n++) {
		struct buf *b = block(
		    rows[n].name, rows[n].header, der, len + rows[n].more);

		expect_pem(rows[n].rule, "", b, "", 0, rows[n].want);
		buf_free(b);
	}
	identity_free(i);
}

static void
test_seal_refuses(void **state)
{
	struct identity *i = make();
	struct buf *pem = forge_pem(i->cert), *sealed = NULL;

	(void)state;
	assert_int_equal(cms_seal(i, "x", 1, "x", 1, &sealed), BH_ERR_INPUT);
	assert_int_equal(cms_seal(i, pem->data, pem->len, "x",
			     (size_t)256 * 1024 * 1024 + 1, &sealed),
	    BH_ERR_RANGE);
	assert_null(sealed);
	assert_int_equal(ERR_peek_error(), 0);
	buf_free(pem);
	identity_free(i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_needs_crypto_open),
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_key_is_pkcs8),
	    cmocka_unit_test(test_says_nothing),
	    cmocka_unit_test(test_decode_refuses),
	    cmocka_unit_test(test_pem_around),
	    cmocka_unit_test(test_pem_of_others),
	    cmocka_unit_test(test_pem_blocks),
	    cmocka_unit_test(test_seal_refuses),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
