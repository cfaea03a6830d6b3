/*
 * What is signed and sealed opens; what is not made by cms_seal, or was
 * changed on its way, does not.
 */
#include "tests/unit/unit.h"

#include "core/crypto/cms.h"
#include "tests/unit/cms_forge.h"

#include <openssl/err.h>
#include <stdlib.h>

#define TEXT "{\"format\":1}"
#define LONG (30U * 1024 * 1024)

/* Production signs, the vault opens, a stranger does neither. */
static struct {
	struct identity *production, *vault, *stranger;
	struct buf *vault_pem;
	struct buf *sealed; /* TEXT from production to the vault */
} rig;

static int
set_up(void **state)
{
	(void)state;
	return crypto_open() == BH_OK &&
		       identity_make(&rig.production) == BH_OK &&
		       identity_make(&rig.vault) == BH_OK &&
		       identity_make(&rig.stranger) == BH_OK &&
		       identity_certificate(rig.vault, &rig.vault_pem) ==
			   BH_OK &&
		       cms_seal(rig.production, rig.vault_pem->data,
			   rig.vault_pem->len, TEXT, strlen(TEXT),
			   &rig.sealed) == BH_OK
		   ? 0
		   : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	buf_free(rig.sealed);
	buf_free(rig.vault_pem);
	identity_free(rig.production);
	identity_free(rig.vault);
	identity_free(rig.stranger);
	crypto_close();
	return 0;
}

/* Nothing may be left behind, whatever the outcome. */
static enum bh_err
open_as(const struct identity *who, const void *sealed, size_t len,
    struct buf **textp, uint8_t *signer)
{
	enum bh_err e = cms_open(who, sealed, len, textp, signer);

	assert_int_equal(ERR_peek_error(), 0);
	if (e != BH_OK)
		assert_null(*textp);
	return e;
}

static bool
signed_by(const uint8_t *signer, const struct identity *who)
{
	uint8_t want[CRYPTO_HASH_LEN];

	assert_int_equal(identity_fingerprint(who, want), BH_OK);
	return memcmp(signer, want, sizeof(want)) == 0;
}

static void
expect_open(const char *rule, const struct buf *sealed, enum bh_err want)
{
	uint8_t signer[CRYPTO_HASH_LEN];
	struct buf *text = NULL;
	enum bh_err e;

	e = open_as(rig.vault, sealed->data, sealed->len, &text, signer);
	if (e != want)
		fail_msg("%s: %s, not %s", rule, err_text(e), err_text(want));
	buf_free(text);
}

/* Refused, or the very text by the very signer. */
static bool
opens_as_it_was(const uint8_t *sealed, size_t len)
{
	uint8_t signer[CRYPTO_HASH_LEN];
	struct buf *text = NULL;

	if (open_as(rig.vault, sealed, len, &text, signer) != BH_OK)
		return false;
	assert_int_equal(text->len, strlen(TEXT));
	assert_memory_equal(text->data, TEXT, strlen(TEXT));
	assert_true(signed_by(signer, rig.production));
	buf_free(text);
	return true;
}

static void
round_trip(const uint8_t *data, size_t len)
{
	uint8_t signer[CRYPTO_HASH_LEN];
	struct buf *sealed = NULL, *text = NULL;

	assert_int_equal(cms_seal(rig.production, rig.vault_pem->data,
			     rig.vault_pem->len, data, len, &sealed),
	    BH_OK);
	assert_int_equal(
	    open_as(rig.vault, sealed->data, sealed->len, &text, signer),
	    BH_OK);
	assert_int_equal(text->len, len);
	if (len > 0)
		assert_memory_equal(text->data, data, len);
	assert_true(signed_by(signer, rig.production));
	buf_free(sealed);
	buf_free(text);
}

static void
test_round_trip(void **state)
{
	static const uint8_t odd[] = "a\r\nb\nc\0d\x1a\xff";
	uint8_t *data = malloc(LONG);
	size_t i;

	(void)state;
	assert_non_null(data);
	for (i = 0; i < LONG; i++)
		data[i] = (uint8_t)(i * 2654435761U >> 24);
	round_trip(NULL, 0);
	round_trip(data, 1);
	round_trip(odd, sizeof(odd));
	round_trip(data, 65536);
	round_trip(data, LONG);
	free(data);
}

static void
test_wrong_recipient(void **state)
{
	uint8_t signer[CRYPTO_HASH_LEN];
	struct buf *text = NULL;

	(void)state;
	assert_int_equal(open_as(rig.stranger, rig.sealed->data,
			     rig.sealed->len, &text, signer),
	    BH_ERR_REFUSED);
	/* the signer can't read what he sent */
	assert_int_equal(open_as(rig.production, rig.sealed->data,
			     rig.sealed->len, &text, signer),
	    BH_ERR_REFUSED);
}

/* Who has the vault's name and serial, but another key. */
static void
test_same_name_other_key(void **state)
{
	struct identity *twin = forge_identity("P-256", rig.vault->cert);
	uint8_t signer[CRYPTO_HASH_LEN];
	struct buf *text = NULL;

	(void)state;
	assert_int_equal(
	    open_as(twin, rig.sealed->data, rig.sealed->len, &text, signer),
	    BH_ERR_SEALED);
	identity_free(twin);
}

static void
test_other_signer(void **state)
{
	struct buf *sealed = NULL, *text = NULL;
	uint8_t signer[CRYPTO_HASH_LEN];

	(void)state;
	assert_int_equal(cms_seal(rig.stranger, rig.vault_pem->data,
			     rig.vault_pem->len, TEXT, strlen(TEXT), &sealed),
	    BH_OK);
	assert_int_equal(
	    open_as(rig.vault, sealed->data, sealed->len, &text, signer),
	    BH_OK);
	assert_true(signed_by(signer, rig.stranger));
	assert_false(signed_by(signer, rig.production));
	buf_free(sealed);
	buf_free(text);
}

static void
test_truncated(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < rig.sealed->len; len += unit_stride()) {
		struct buf *b = buf_new_from(rig.sealed->data, len);

		assert_non_null(b);
		expect_open("truncated", b, BH_ERR_INPUT);
		buf_free(b);
	}
}

/* A copy each time, so that a sanitizer sees a byte read behind its end. */
static size_t
flip_each(const struct buf *from, uint8_t mask,
    struct buf *(*finish)(struct buf *flipped))
{
	size_t i, same = 0;

	for (i = 0; i < from->len; i += unit_stride()) {
		struct buf *b = buf_new_from(from->data, from->len);

		assert_non_null(b);
		b->data[i] ^= mask;
		b = finish(b);
		same += opens_as_it_was(b->data, b->len);
		buf_free(b);
	}
	return same;
}

static struct buf *
as_it_is(struct buf *b)
{
	return b;
}

static struct buf *
seal_again(struct buf *inner)
{
	struct forged_envelope plain = {0};
	struct buf *b =
	    forge_sealed(rig.vault->cert, inner->data, inner->len, plain);

	buf_free(inner);
	return b;
}

static void
test_flipped(void **state)
{
	static const uint8_t masks[] = {0x01, 0x20, 0x80, 0xff};
	size_t i;

	(void)state;
	assert_true(opens_as_it_was(rig.sealed->data, rig.sealed->len));
	for (i = 0; i < nitems(masks); i++)
		assert_int_equal(flip_each(rig.sealed, masks[i], as_it_is), 0);
}

/* Anybody can seal to the vault: the signature must hold by itself. */
static void
test_flipped_inside(void **state)
{
	static const uint8_t masks[] = {0x01, 0x80};
	struct forged_signature plain = {0};
	struct buf *inner = forge_signed(rig.production, TEXT, plain);
	struct buf *b = buf_new_from(inner->data, inner->len);
	size_t i;

	(void)state;
	assert_non_null(b);
	b = seal_again(b);
	assert_true(opens_as_it_was(b->data, b->len));
	buf_free(b);
	for (i = 0; i < nitems(masks); i++)
		assert_true(flip_each(inner, masks[i], seal_again) <= 4);
	buf_free(inner);
}

static void
test_bytes_behind(void **state)
{
	struct buf *b = buf_new(2 * rig.sealed->len);

	(void)state;
	assert_non_null(b);
	assert_int_equal(buf_put(b, rig.sealed->data, rig.sealed->len), BH_OK);
	assert_int_equal(buf_put_u8(b, 0), BH_OK);
	expect_open("P01 a byte behind", b, BH_ERR_INPUT);
	b->len--;
	expect_open("without it", b, BH_OK);
	assert_int_equal(buf_put(b, rig.sealed->data, rig.sealed->len), BH_OK);
	expect_open("P01 two messages", b, BH_ERR_INPUT);
	buf_free(b);
}

static void
test_bytes_behind_inside(void **state)
{
	struct forged_signature plain = {0};
	struct buf *inner = forge_signed(rig.production, TEXT, plain);
	struct buf *more = buf_new(inner->len + 1);

	(void)state;
	assert_non_null(more);
	assert_int_equal(buf_put(more, inner->data, inner->len), BH_OK);
	assert_int_equal(buf_put_u8(more, 0), BH_OK);
	more = seal_again(more);
	expect_open("a byte behind the signed message", more, BH_ERR_INPUT);
	buf_free(more);
	buf_free(inner);
}

/* The same content, in BER: an indefinite length around it. */
static void
test_ber(void **state)
{
	struct buf *b = buf_new(rig.sealed->len);

	(void)state;
	assert_non_null(b);
	assert_int_equal(rig.sealed->data[1], 0x82);
	assert_int_equal(buf_put(b, "\x30\x80", 2), BH_OK);
	assert_int_equal(
	    buf_put(b, rig.sealed->data + 4, rig.sealed->len - 4), BH_OK);
	assert_int_equal(buf_put_u16(b, 0), BH_OK);
	expect_open("indefinite length", b, BH_ERR_INPUT);
	buf_free(b);
}

static void
test_not_sealed_or_not_signed(void **state)
{
	struct forged_signature plain = {0};
	struct buf *b = buf_new_from(TEXT, strlen(TEXT));

	(void)state;
	assert_non_null(b);
	expect_open("neither", b, BH_ERR_INPUT);
	b = seal_again(b);
	expect_open("P01 sealed, not signed", b, BH_ERR_INPUT);
	buf_free(b);
	b = forge_signed(rig.production, TEXT, plain);
	expect_open("P01 signed, not sealed", b, BH_ERR_INPUT);
	buf_free(b);
	/* sealed twice */
	b = buf_new_from(rig.sealed->data, rig.sealed->len);
	assert_non_null(b);
	b = seal_again(b);
	expect_open("sealed where a signature is due", b, BH_ERR_INPUT);
	buf_free(b);
}

/* Sign so, seal as is right, and see. */
static void
expect_signed(const char *rule, const struct identity *by,
    struct forged_signature f, enum bh_err want)
{
	struct buf *b = seal_again(forge_signed(by, TEXT, f));

	expect_open(rule, b, want);
	buf_free(b);
}

static void
test_signatures(void **state)
{
	struct identity *p384 = forge_identity("P-384", NULL);
	struct identity *rsa = forge_identity("RSA", NULL);
	struct identity *twin = forge_identity("P-256", rig.production->cert);
	const struct {
		const char *rule;
		const struct identity *by;
		struct forged_signature f;
		enum bh_err want;
	} rows[] = {
	    {"as it must be", rig.production, {0}, BH_OK},
	    {"text not inside", rig.production, {.flags = CMS_DETACHED},
		BH_ERR_INPUT},
	    {"no signed attributes", rig.production, {.flags = CMS_NOATTR},
		BH_ERR_INPUT},
	    {"no certificate", rig.production, {.flags = CMS_NOCERTS},
		BH_ERR_INPUT},
	    {"another's certificate", rig.production,
		{.flags = CMS_NOCERTS, .more = rig.stranger->cert},
		BH_ERR_INPUT},
	    {"P01 certificate of the same name, another key", rig.production,
		{.flags = CMS_NOCERTS, .more = twin->cert}, BH_ERR_SEALED},
	    {"P01 the owner's certificate, signed by another key", twin,
		{.flags = CMS_NOCERTS, .more = rig.production->cert},
		BH_ERR_SEALED},
	    {"one certificate too many", rig.production,
		{.more = rig.stranger->cert}, BH_ERR_INPUT},
	    {"two signers", rig.production, {.second = rig.stranger},
		BH_ERR_INPUT},
	    {"SHA-1", rig.production, {.md = EVP_sha1()}, BH_ERR_INPUT},
	    {"SHA-512", rig.production, {.md = EVP_sha512()}, BH_ERR_INPUT},
	    {"P-384", p384, {0}, BH_ERR_INPUT},
	    {"RSA", rsa, {0}, BH_ERR_INPUT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++)
		expect_signed(
		    rows[i].rule, rows[i].by, rows[i].f, rows[i].want);
	identity_free(p384);
	identity_free(rsa);
	identity_free(twin);
}

static void
test_envelopes(void **state)
{
	struct identity *rsa = forge_identity("RSA", NULL);
	struct forged_signature plain = {0};
	struct buf *inner = forge_signed(rig.production, TEXT, plain);
	const struct {
		const char *rule;
		X509 *to;
		struct forged_envelope f;
		enum bh_err want;
	} rows[] = {
	    {"as it must be", rig.vault->cert, {0}, BH_OK},
	    {"P03 for another", rig.stranger->cert, {0}, BH_ERR_REFUSED},
	    {"for two", rig.vault->cert, {.second = rig.stranger->cert},
		BH_ERR_INPUT},
	    {"for one with RSA", rsa->cert, {0}, BH_ERR_INPUT},
	    {"with a password", NULL, {.password = "x"}, BH_ERR_INPUT},
	    {"with a password too", rig.vault->cert, {.password = "x"},
		BH_ERR_INPUT},
	    {"agreement by SHA-1", rig.vault->cert, {.kdf = EVP_sha1()},
		BH_ERR_INPUT},
	    {"AES-128-GCM", rig.vault->cert, {.cipher = EVP_aes_128_gcm()},
		BH_ERR_INPUT},
	    {"AES-256-CBC", rig.vault->cert, {.cipher = EVP_aes_256_cbc()},
		BH_ERR_INPUT},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct buf *b = forge_sealed(
		    rows[i].to, inner->data, inner->len, rows[i].f);

		expect_open(rows[i].rule, b, rows[i].want);
		buf_free(b);
	}
	buf_free(inner);
	identity_free(rsa);
}

/* Neither reaches OpenSSL: a long nonce overflowed its stack once. */
static void
test_nonce_and_tag(void **state)
{
	static const size_t more[] = {0, 1, 4, 20, 90};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(more); i++) {
		struct buf *b = forge_nonce(rig.sealed, more[i]);

		expect_open("nonce", b, i == 0 ? BH_OK : BH_ERR_INPUT);
		buf_free(b);
	}
	for (i = 0; i <= 16; i++) {
		struct buf *b = forge_tag(rig.sealed, i);

		expect_open("tag", b, i == 0 ? BH_OK : BH_ERR_INPUT);
		buf_free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_wrong_recipient),
	    cmocka_unit_test(test_same_name_other_key),
	    cmocka_unit_test(test_other_signer),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_flipped),
	    cmocka_unit_test(test_flipped_inside),
	    cmocka_unit_test(test_bytes_behind),
	    cmocka_unit_test(test_bytes_behind_inside),
	    cmocka_unit_test(test_ber),
	    cmocka_unit_test(test_not_sealed_or_not_signed),
	    cmocka_unit_test(test_signatures),
	    cmocka_unit_test(test_envelopes),
	    cmocka_unit_test(test_nonce_and_tag),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
