/*
 * Yubico OTP.
 */
#include "tests/unit/unit.h"

#include "core/factor.h"
#include "tests/unit/hex.h"

#include <inttypes.h>
#include <yubikey.h>

/* The key of libyubikey's own tests, with one OTP of it: counter 19, use 17. */
#define KEY	"ecde18dbe76fbd0c33330f1c354871db"
#define PRIVATE "8792ebfe26cc"
#define PUBLIC	"dteffuje"
#define OTP	"hknhfjbrjnlnldnhcujvddbikngjrtgh"
#define STATE	(19 * 256 + 17 + 1)

static struct token
token(const char *public_id, uint64_t state)
{
	struct token t = {0};

	t.kind = FACTOR_YUBIKEY;
	memcpy(t.public_id, public_id, strlen(public_id) + 1);
	t.state = state;
	return t;
}

static struct buf *
secret_of(const char *key, const char *private)
{
	char public_id[MODEL_PUBLIC_MAX + 1];
	struct buf *secret = NULL;

	assert_int_equal(
	    yubikey_from_values("", private, key, public_id, &secret), BH_OK);
	return secret;
}

static struct factor_match
check(const struct token *t, const char *key, const char *private,
    const char *text)
{
	static const struct factor_limits limits = {1, 10, false};
	struct buf *secret = secret_of(key, private);
	struct buf *answer = buf_new_from(text, strlen(text));
	struct factor_match m = {true, true, 1};

	assert_int_equal(
	    factor_check(t, secret, answer, &limits, 0, &m), BH_OK);
	buf_free(answer);
	buf_free(secret);
	return m;
}

static void
expect(const char *rule, struct factor_match m, bool found, bool replay,
    uint64_t state)
{
	if (m.found != found || m.replay != replay || m.state != state)
		fail_msg("%s: found %d replay %d state %" PRIu64, rule, m.found,
		    m.replay, m.state);
}

static void
test_known_otp(void **unused)
{
	static const struct {
		const char *rule, *key, *private;
		uint64_t state;
		bool found, replay;
		uint64_t next;
	} rows[] = {
	    {"fresh", KEY, PRIVATE, 0, true, false, STATE},
	    {"one below", KEY, PRIVATE, STATE - 1, true, false, STATE},
	    {"the same again", KEY, PRIVATE, STATE, false, true, STATE},
	    {"K04: older than one that was used", KEY, PRIVATE, STATE + 1,
		false, true, STATE + 1},
	    {"another private id", KEY, "8792ebfe26cd", 0, false, false, 0},
	    {"another key", "ecde18dbe76fbd0c33330f1c354871dc", PRIVATE, 0,
		false, false, 0},
	};
	size_t i;

	(void)unused;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(PUBLIC, rows[i].state);

		expect(rows[i].rule,
		    check(&t, rows[i].key, rows[i].private, PUBLIC OTP),
		    rows[i].found, rows[i].replay, rows[i].next);
	}
}

/* A12: public id and 32 characters of lower-case modhex, no more, no less. */
static void
test_form(void **state)
{
	static const struct {
		const char *rule, *public_id, *text;
		bool ok;
	} rows[] = {
	    {"as it is typed", PUBLIC, PUBLIC OTP, true},
	    {"no public id", "", OTP, true},
	    {"a public id that is not the token's", "", PUBLIC OTP, false},
	    {"none where there must be one", PUBLIC, OTP, false},
	    {"of another key", PUBLIC, "dteffujf" OTP, false},
	    {"upper case", PUBLIC, "DTEFFUJEHKNHFJBRJNLNLDNHCUJVDDBIKNGJRTGH",
		false},
	    {"upper case in the OTP", PUBLIC,
		PUBLIC "Hknhfjbrjnlnldnhcujvddbikngjrtgh", false},
	    {"31 characters", PUBLIC, PUBLIC "hknhfjbrjnlnldnhcujvddbikngjrtg",
		false},
	    {"33 characters", PUBLIC, PUBLIC OTP "h", false},
	    {"a line feed behind", PUBLIC, PUBLIC OTP "\n", false},
	    {"a letter that is no modhex", PUBLIC,
		PUBLIC "aknhfjbrjnlnldnhcujvddbikngjrtgh", false},
	    {"a digit", PUBLIC, PUBLIC "1knhfjbrjnlnldnhcujvddbikngjrtgh",
		false},
	    {"a blank", PUBLIC, PUBLIC " knhfjbrjnlnldnhcujvddbikngjrtgh",
		false},
	    {"empty", PUBLIC, "", false},
	    {"empty, no public id", "", "", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(rows[i].public_id, 0);
		struct buf *b =
		    buf_new_from(rows[i].text, strlen(rows[i].text));

		if (factor_form_ok(&t, b) != rows[i].ok)
			fail_msg("%s", rows[i].rule);
		buf_free(b);
		if (!rows[i].ok)
			expect(rows[i].rule,
			    check(&t, KEY, PRIVATE, rows[i].text), false, false,
			    0);
	}
}

static void
test_nul_in_otp(void **state)
{
	static const struct factor_limits limits = {1, 10, false};
	struct token t = token(PUBLIC, 0);
	struct buf *b = buf_new_from(PUBLIC OTP, sizeof(PUBLIC OTP) - 1);
	struct buf *secret = secret_of(KEY, PRIVATE);
	struct factor_match m;

	(void)state;
	b->data[20] = '\0';
	assert_false(factor_form_ok(&t, b));
	assert_int_equal(factor_check(&t, secret, b, &limits, 0, &m), BH_OK);
	assert_false(m.found);
	secret->len--;
	b->data[20] = 'c';
	assert_int_equal(
	    factor_check(&t, secret, b, &limits, 0, &m), BH_ERR_INPUT);
	buf_free(secret);
	buf_free(b);
}

/* An OTP as the key makes it, with a right checksum or a wrong one. */
static void
make_otp(uint16_t counter, uint8_t use, bool crc_ok, char otp[33])
{
	uint8_t key[YUBIKEY_KEY_SIZE];
	yubikey_token_st t;

	memset(&t, 0, sizeof(t));
	(void)hex_bytes(KEY, key, sizeof(key));
	(void)hex_bytes(PRIVATE, t.uid, sizeof(t.uid));
	t.ctr = counter;
	t.use = use;
	t.rnd = 0x1234;
	t.crc = (uint16_t)~yubikey_crc16((uint8_t *)&t, sizeof(t) - 2);
	if (!crc_ok)
		t.crc ^= 1;
	memset(otp, 0, 33);
	yubikey_generate(&t, key, otp);
	otp[32] = '\0';
}

static void
test_counters(void **unused)
{
	static const struct {
		const char *rule;
		uint16_t counter;
		uint8_t use;
		bool crc_ok;
		uint64_t state;
		bool found, replay;
		uint64_t next;
	} rows[] = {
	    {"the first of all", 0, 0, true, 0, true, false, 1},
	    {"the same session, next use", 5, 8, true, 5 * 256 + 8, true, false,
		5 * 256 + 9},
	    {"the same session, same use", 5, 7, true, 5 * 256 + 8, false, true,
		5 * 256 + 8},
	    {"the next session starts at 0", 6, 0, true, 5 * 256 + 200, true,
		false, 6 * 256 + 1},
	    {"an earlier session, many uses", 4, 255, true, 5 * 256 + 1, false,
		true, 5 * 256 + 1},
	    {"the last use of a session", 5, 255, true, 5 * 256 + 255, true,
		false, 6 * 256},
	    {"caps lock is no counter", 0x8000 | 5, 8, true, 5 * 256 + 8, true,
		false, 5 * 256 + 9},
	    {"caps lock is no way to a replay", 0x8000 | 5, 7, true,
		5 * 256 + 8, false, true, 5 * 256 + 8},
	    {"the last of all", 0x7fff, 255, true, 0, true, false, 0x800000},
	    {"a wrong checksum", 5, 8, false, 0, false, false, 0},
	    {"a wrong checksum is no replay", 5, 8, false, 9999, false, false,
		9999},
	};
	char text[sizeof(PUBLIC) + 32];
	size_t i;

	(void)unused;
	memcpy(text, PUBLIC, sizeof(PUBLIC));
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(PUBLIC, rows[i].state);

		make_otp(rows[i].counter, rows[i].use, rows[i].crc_ok,
		    text + strlen(PUBLIC));
		expect(rows[i].rule, check(&t, KEY, PRIVATE, text),
		    rows[i].found, rows[i].replay, rows[i].next);
	}
}

static void
test_values(void **state)
{
	static const struct {
		const char *rule, *public_id, *private, *key;
		bool ok;
	} rows[] = {
	    {"all three", PUBLIC, PRIVATE, KEY, true},
	    {"no public id", "", PRIVATE, KEY, true},
	    {"capitals in hexadecimal", PUBLIC, "8792EBFE26CC",
		"ECDE18DBE76FBD0C33330F1C354871DB", true},
	    {"16 bytes of public id", "cccccccccccccccccccccccccccccccc",
		PRIVATE, KEY, true},
	    {"17 bytes of public id", "cccccccccccccccccccccccccccccccccc",
		PRIVATE, KEY, false},
	    {"half a byte of public id", "ccc", PRIVATE, KEY, false},
	    {"public id not modhex", "ab", PRIVATE, KEY, false},
	    {"public id in capitals", "CC", PRIVATE, KEY, false},
	    {"private id short", PUBLIC, "8792ebfe26c", KEY, false},
	    {"private id long", PUBLIC, "8792ebfe26cc0", KEY, false},
	    {"private id empty", PUBLIC, "", KEY, false},
	    {"private id not hexadecimal", PUBLIC, "8792ebfe26cg", KEY, false},
	    {"key short", PUBLIC, PRIVATE, "ecde18dbe76fbd0c33330f1c354871d",
		false},
	    {"key long", PUBLIC, PRIVATE, KEY KEY, false},
	    {"key not hexadecimal", PUBLIC, PRIVATE,
		" cde18dbe76fbd0c33330f1c354871db", false},
	};
	char public_id[MODEL_PUBLIC_MAX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct buf *b = NULL;
		enum bh_err e = yubikey_from_values(rows[i].public_id,
		    rows[i].private, rows[i].key, public_id, &b);

		if (e != (rows[i].ok ? BH_OK : BH_ERR_INPUT))
			fail_msg("%s", rows[i].rule);
		if (rows[i].ok) {
			hex_expect(rows[i].rule, b->data, b->len, KEY PRIVATE);
			assert_string_equal(public_id, rows[i].public_id);
		} else {
			assert_null(b);
		}
		buf_free(b);
	}
}

static void
test_csv(void **state)
{
	static const struct {
		const char *rule, *line;
		bool ok;
	} rows[] = {
	    {"ykman",
		"12345," PUBLIC "," PRIVATE "," KEY
		",000000000000,2026-01-01T00:00:00,",
		true},
	    {"ykksm",
		"1," PUBLIC "," PRIVATE "," KEY
		",000000000000,2026-01-01T00:00:00,,",
		true},
	    {"four columns", "1," PUBLIC "," PRIVATE "," KEY, true},
	    {"a line feed", "1," PUBLIC "," PRIVATE "," KEY "\n", true},
	    {"a line of Windows", "1," PUBLIC "," PRIVATE "," KEY "\r\n", true},
	    {"three columns", "1," PUBLIC "," PRIVATE, false},
	    {"a comment", "# ykksm 1", false},
	    {"empty", "", false},
	    {"columns swapped", "1," PRIVATE "," PUBLIC "," KEY, false},
	    {"a key of 24 bytes",
		"1," PUBLIC "," PRIVATE "," KEY "0011223344556677", false},
	    {"a huge column", "1," PUBLIC "," PRIVATE "," KEY KEY KEY, false},
	};
	char public_id[MODEL_PUBLIC_MAX + 1], nul[] = "1,dt\0e,8792ebfe26cc,";
	struct buf *b = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		enum bh_err e = yubikey_from_csv(
		    rows[i].line, strlen(rows[i].line), public_id, &b);

		if (e != (rows[i].ok ? BH_OK : BH_ERR_INPUT))
			fail_msg("%s", rows[i].rule);
		if (e != BH_OK)
			continue;
		hex_expect(rows[i].rule, b->data, b->len, KEY PRIVATE);
		assert_string_equal(public_id, PUBLIC);
		buf_free(b);
		b = NULL;
	}
	assert_int_equal(yubikey_from_csv(nul, sizeof(nul) - 1, public_id, &b),
	    BH_ERR_INPUT);
	assert_null(b);
}

static void
test_token_ok(void **state)
{
	static const struct {
		const char *rule, *public_id;
		size_t len;
		bool ok;
	} rows[] = {
	    {"a public id", PUBLIC, 22, true},
	    {"none", "", 22, true},
	    {"16 bytes", "cccccccccccccccccccccccccccccccc", 22, true},
	    {"odd", "ccc", 22, false},
	    {"not modhex", "abab", 22, false},
	    {"capitals", "CCCC", 22, false},
	    {"no private id", PUBLIC, 16, false},
	    {"one byte more", PUBLIC, 23, false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct token t = token(rows[i].public_id, 0);
		const char *why = NULL;

		if (factor_token_ok(&t, rows[i].len, &why) !=
		    (rows[i].ok ? BH_OK : BH_ERR_RANGE))
			fail_msg("%s", rows[i].rule);
		assert_true(rows[i].ok == (why == NULL));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_otp),
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_nul_in_otp),
	    cmocka_unit_test(test_counters),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_csv),
	    cmocka_unit_test(test_token_ok),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
