/*
 * Hash, HMAC, HKDF and AES-256-GCM against published vectors, and what must
 * not open.
 */
#include "tests/unit/unit.h"

#include "core/crypto/crypto.h"
#include "tests/unit/hex.h"

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

/* FIPS 180-4: the examples of the standard, and an empty message. */
static void
test_sha256(void **state)
{
	static const struct {
		const char *rule, *data, *hash;
	} rows[] = {
	    {"nothing", "",
		"e3b0c44298fc1c149afbf4c8996fb924"
		"27ae41e4649b934ca495991b7852b855"},
	    {"one block", "abc",
		"ba7816bf8f01cfea414140de5dae2223"
		"b00361a396177a9cb410ff61f20015ad"},
	    {"two blocks",
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		"248d6a61d20638b8e5c026930c3e6039"
		"a33ce45964ff2167f6ecedd419db06c1"},
	};
	uint8_t out[CRYPTO_HASH_LEN];
	size_t i, k;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		size_t len = strlen(rows[i].data);

		/* cut anywhere, the hash is the same */
		for (k = 0; k <= len; k++) {
			struct slice in[] = {
			    {rows[i].data, k}, {rows[i].data + k, len - k}};

			assert_int_equal(crypto_sha256(in, 2, out), BH_OK);
			hex_expect(
			    rows[i].rule, out, sizeof(out), rows[i].hash);
		}
	}
	assert_int_equal(crypto_sha256(NULL, 0, out), BH_OK);
	hex_expect("no slices", out, sizeof(out), rows[0].hash);
}

/* RFC 4231, cases 1 to 4: HMAC pads a shorter key with zeros, so do we. */
static void
test_hmac(void **state)
{
	static const struct {
		const char *rule, *key, *data, *mac;
	} rows[] = {
	    {"RFC 4231 case 1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		"4869205468657265",
		"b0344c61d8db38535ca8afceaf0bf12b"
		"881dc200c9833da726e9376c2e32cff7"},
	    {"RFC 4231 case 2", "4a656665",
		"7768617420646f2079612077616e7420"
		"666f72206e6f7468696e673f",
		"5bdcc146bf60754e6a042426089575c7"
		"5a003f089d2739839dec58b964ec3843"},
	    {"RFC 4231 case 3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"dddddddddddddddddddddddddddddddddddddddddddddddddddd"
		"dddddddddddddddddddddddddddddddddddddddddddddddd",
		"773ea91e36800e46854db8ebd09181a7"
		"2959098b3ef8c122d9635514ced565fe"},
	    {"RFC 4231 case 4",
		"0102030405060708090a0b0c0d0e0f10111213141516171819",
		"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
		"cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
		"82558a389a443c0ea4cc819899f2083a"
		"85f0faa3e578f8077a2e3ff46729665b"},
	};
	uint8_t data[64], out[CRYPTO_HASH_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		uint8_t key[CRYPTO_KEY_LEN] = {0};
		size_t len = hex_bytes(rows[i].data, data, sizeof(data));
		struct slice in[] = {{data, 3}, {NULL, 0}, {data + 3, len - 3}};

		(void)hex_bytes(rows[i].key, key, sizeof(key));
		assert_int_equal(crypto_hmac(key, in, 3, out), BH_OK);
		hex_expect(rows[i].rule, out, sizeof(out), rows[i].mac);
	}
}

/*
 * RFC 5869, 2: extract with a salt of zeros, then expand one block.  Its own
 * vectors have keys of 22 and 80 bytes, which no caller here can have, so the
 * two steps are made of HMAC, which the vectors above hold to.
 */
static void
test_derive(void **state)
{
	static const char *const infos[] = {"", "store", "a longer label 123"};
	uint8_t key[CRYPTO_KEY_LEN], zero[CRYPTO_KEY_LEN] = {0};
	uint8_t prk[CRYPTO_HASH_LEN], want[CRYPTO_HASH_LEN];
	uint8_t out[CRYPTO_HASH_LEN], one = 1;
	char huge[4096];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (i = 0; i < nitems(infos); i++) {
		struct slice ikm = {key, sizeof(key)};
		struct slice in[] = {{infos[i], strlen(infos[i])}, {&one, 1}};

		assert_int_equal(crypto_hmac(zero, &ikm, 1, prk), BH_OK);
		assert_int_equal(crypto_hmac(prk, in, 2, want), BH_OK);
		assert_int_equal(crypto_derive(key, infos[i], out), BH_OK);
		assert_memory_equal(out, want, sizeof(out));
	}
	memset(huge, 'x', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	assert_int_equal(crypto_derive(key, huge, out), BH_ERR_RANGE);
}

/* The cases with 256-bit keys of the GCM specification (McGrew and Viega,
 * appendix B, which SP 800-38D took over). */
static void
test_gcm_vectors(void **state)
{
	static const struct {
		const char *rule, *key, *aad, *sealed, *plain;
	} rows[] = {
	    {"case 13: nothing",
		"0000000000000000000000000000000000000000000000000000000000000"
		"000",
		"",
		"000000000000000000000000"
		"530f8afbc74536b9a963b4f1c4cb738b",
		""},
	    {"case 14: one block",
		"0000000000000000000000000000000000000000000000000000000000000"
		"000",
		"",
		"000000000000000000000000"
		"cea7403d4d606b6e074ec5d3baf39d18"
		"d0d1c8a799996bf0265b98b5d48ab919",
		"00000000000000000000000000000000"},
	    {"case 16: associated data, a broken block",
		"feffe9928665731c6d6a8f9467308308"
		"feffe9928665731c6d6a8f9467308308",
		"feedfacedeadbeeffeedfacedeadbeefabaddad2",
		"cafebabefacedbaddecaf888"
		"522dc1f099567d07f47f37a32a84427d"
		"643a8cdcbfe5c0c97598a2bd2555d1aa"
		"8cb08e48590dbb3da7b08b1056828838"
		"c5f61e6393ba7a0abcc9f662"
		"76fc6ece0f4e1768cddf8853bb2d551b",
		"d9313225f88406e5a55909c5aff5269a"
		"86a7a9531534f7da2e4c303d8a318a72"
		"1c3c0c95956809532fcf0e2449a6b525"
		"b16aedf5aa0de657ba637b39"},
	};
	uint8_t key[CRYPTO_KEY_LEN], aad[32], sealed[128];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		size_t len = hex_bytes(rows[i].sealed, sealed, sizeof(sealed));
		struct slice in = {
		    aad, hex_bytes(rows[i].aad, aad, sizeof(aad))};
		struct buf *plain = NULL;

		(void)hex_bytes(rows[i].key, key, sizeof(key));
		if (crypto_open_sealed(key, &in, 1, sealed, len, &plain) !=
		    BH_OK)
			fail_msg("%s", rows[i].rule);
		hex_expect(
		    rows[i].rule, plain->data, plain->len, rows[i].plain);
		buf_free(plain);
	}
}

/* What lies sealed opens again, at every length around a block. */
static void
test_seal_round_trip(void **state)
{
	uint8_t key[CRYPTO_KEY_LEN], text[65];
	struct slice aad[] = {{"realm", 5}, {"host", 4}};
	size_t len;

	(void)state;
	assert_int_equal(crypto_random(key, sizeof(key)), BH_OK);
	assert_int_equal(crypto_random(text, sizeof(text)), BH_OK);
	for (len = 0; len <= sizeof(text); len++) {
		struct buf *sealed = NULL, *plain = NULL;

		assert_int_equal(
		    crypto_seal(key, aad, 2, text, len, &sealed), BH_OK);
		assert_int_equal(sealed->len, len + CRYPTO_SEAL_OVERHEAD);
		assert_int_equal(crypto_open_sealed(key, aad, 2, sealed->data,
				     sealed->len, &plain),
		    BH_OK);
		assert_int_equal(plain->len, len);
		assert_memory_equal(plain->data, text, len);
		buf_free(sealed);
		buf_free(plain);
	}
}

static void
test_seal_is_fresh(void **state)
{
	uint8_t key[CRYPTO_KEY_LEN] = {1};
	struct buf *a = NULL, *b = NULL;

	(void)state;
	assert_int_equal(crypto_seal(key, NULL, 0, "same", 4, &a), BH_OK);
	assert_int_equal(crypto_seal(key, NULL, 0, "same", 4, &b), BH_OK);
	assert_memory_not_equal(a->data, b->data, CRYPTO_NONCE_LEN);
	assert_memory_not_equal(a->data, b->data, a->len);
	buf_free(a);
	buf_free(b);
}

static enum bh_err
try_open(const uint8_t *key, const struct slice *aad, const uint8_t *sealed,
    size_t len)
{
	struct buf *plain = NULL;
	enum bh_err e = crypto_open_sealed(key, aad, 1, sealed, len, &plain);

	if (e != BH_OK)
		assert_null(plain);
	buf_free(plain);
	return e;
}

static void
test_any_change_is_seen(void **state)
{
	uint8_t key[CRYPTO_KEY_LEN] = {7}, row[4] = {1, 2, 3, 4};
	struct slice aad = {row, sizeof(row)}, shorter = {row, 3};
	struct buf *b = NULL;
	size_t bit;

	(void)state;
	assert_int_equal(crypto_seal(key, &aad, 1, "seed", 4, &b), BH_OK);
	assert_int_equal(try_open(key, &aad, b->data, b->len), BH_OK);
	for (bit = 0; bit < b->len * 8; bit++) {
		b->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(
		    try_open(key, &aad, b->data, b->len), BH_ERR_SEALED);
		b->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (bit = 0; bit < b->len; bit++)
		assert_int_equal(
		    try_open(key, &aad, b->data, bit), BH_ERR_SEALED);
	row[3] ^= 1; /* the row carried elsewhere */
	assert_int_equal(try_open(key, &aad, b->data, b->len), BH_ERR_SEALED);
	row[3] ^= 1;
	assert_int_equal(
	    try_open(key, &shorter, b->data, b->len), BH_ERR_SEALED);
	key[31] ^= 1;
	assert_int_equal(try_open(key, &aad, b->data, b->len), BH_ERR_SEALED);
	key[31] ^= 1;
	assert_int_equal(try_open(key, &aad, b->data, b->len), BH_OK);
	buf_free(b);
}

static void
test_random(void **state)
{
	uint8_t a[64] = {0}, b[64] = {0};

	(void)state;
	assert_int_equal(crypto_random(a, sizeof(a)), BH_OK);
	assert_int_equal(crypto_random(b, sizeof(b)), BH_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(crypto_random(a, 0), BH_OK);
}

static void
test_closed(void **state)
{
	uint8_t key[CRYPTO_KEY_LEN] = {0}, out[CRYPTO_HASH_LEN];
	uint8_t sealed[CRYPTO_SEAL_OVERHEAD] = {0};
	struct slice in = {"x", 1};
	struct buf *b = NULL;

	(void)state;
	crypto_close();
	crypto_close();
	assert_int_equal(crypto_random(out, sizeof(out)), BH_ERR_CRYPTO);
	assert_int_equal(crypto_sha256(&in, 1, out), BH_ERR_CRYPTO);
	assert_int_equal(crypto_hmac(key, &in, 1, out), BH_ERR_CRYPTO);
	assert_int_equal(crypto_derive(key, "x", out), BH_ERR_CRYPTO);
	assert_int_equal(crypto_seal(key, &in, 1, "x", 1, &b), BH_ERR_CRYPTO);
	assert_int_equal(
	    crypto_open_sealed(key, &in, 1, sealed, sizeof(sealed), &b),
	    BH_ERR_CRYPTO);
	assert_null(b);
	assert_int_equal(crypto_open(), BH_OK);
	assert_int_equal(crypto_open(), BH_OK);
	assert_int_equal(crypto_sha256(&in, 1, out), BH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sha256),
	    cmocka_unit_test(test_hmac),
	    cmocka_unit_test(test_derive),
	    cmocka_unit_test(test_gcm_vectors),
	    cmocka_unit_test(test_seal_round_trip),
	    cmocka_unit_test(test_seal_is_fresh),
	    cmocka_unit_test(test_any_change_is_seen),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
