/*
 * A document that is not exactly a manifest is refused with a sentence.
 */
#include "tests/unit/unit.h"

#include "base/hex.h"
#include "tests/unit/manifest_text.h"

#include <stdio.h>

static const struct {
	const char *rule, *text;
} broken[] = {
    {"no JSON", "manifest"},
    {"another type", "[]"},
    {"an empty object", "{}"},
    {"P01 white space before", " " WHOLE},
    {"P01 a line end behind", WHOLE "\n"},
    {"P01 another document behind", WHOLE WHOLE},
    {"P01 a bracket behind", WHOLE "}"},
    {"unknown member", "{" HEAD ENTRIES ACCOUNTS NOTES ",\"x\":1}"},
    {"member twice", "{" HEAD ENTRIES ACCOUNTS NOTES ",\"serial\":7}"},
    {"no format",
	"{" REALM HOST SERIAL TIMES RECIPIENT ENTRIES ACCOUNTS NOTES "}"},
    {"no realm",
	"{" FORMAT HOST SERIAL TIMES RECIPIENT ENTRIES ACCOUNTS NOTES "}"},
    {"no host",
	"{" FORMAT REALM SERIAL TIMES RECIPIENT ENTRIES ACCOUNTS NOTES "}"},
    {"no serial",
	"{" FORMAT REALM HOST TIMES RECIPIENT ENTRIES ACCOUNTS NOTES "}"},
    {"no times",
	"{" FORMAT REALM HOST SERIAL RECIPIENT ENTRIES ACCOUNTS NOTES "}"},
    {"no recipient",
	"{" FORMAT REALM HOST SERIAL TIMES ENTRIES ACCOUNTS NOTES "}"},
    {"no entries", "{" HEAD ACCOUNTS NOTES "}"},
    {"no accounts", "{" HEAD ENTRIES NOTES "}"},
    {"no notes", "{" HEAD ENTRIES "\"accounts\":[]}"},
    {"a kind left out",
	"{" HEAD "\"entries\":{\"otp-key\":[]}," ACCOUNTS NOTES "}"},
    {"an unknown kind",
	"{" HEAD "\"entries\":{\"otp-key\":[],\"pin\":[]," OTHER_KINDS
	"}," ACCOUNTS NOTES "}"},
    {"a kind twice",
	"{" HEAD "\"entries\":{\"otp-key\":[],\"otp-key\":[]," OTHER_KINDS
	"}," ACCOUNTS NOTES "}"},
};

static void
test_broken(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(broken); i++)
		manifest_refused(broken[i].rule, broken[i].text,
		    strlen(broken[i].text), BH_ERR_INPUT);
}

/* One part of WHOLE replaced by another. */
static const struct {
	const char *rule, *part, *by;
	enum bh_err want;
} changed[] = {
    {"nothing", FORMAT, FORMAT, BH_OK},
    {"newer format", FORMAT, "\"format\":2,", BH_ERR_VERSION},
    {"newer format with other members", FORMAT, "\"format\":3,\"new\":[],",
	BH_ERR_VERSION},
    {"format 0", FORMAT, "\"format\":0,", BH_ERR_INPUT},
    {"format as text", FORMAT, "\"format\":\"1\",", BH_ERR_INPUT},
    {"format as a fraction", FORMAT, "\"format\":1.0,", BH_ERR_INPUT},
    {"realm a number", REALM, "\"realm\":1,", BH_ERR_INPUT},
    {"realm null", REALM, "\"realm\":null,", BH_ERR_INPUT},
    {"realm empty", REALM, "\"realm\":\"\",", BH_ERR_INPUT},
    {"realm with a slash", REALM, "\"realm\":\"../x\",", BH_ERR_INPUT},
    {"realm with NUL", REALM, "\"realm\":\"a\\u0000b\",", BH_ERR_INPUT},
    {"realm of 65", REALM, "\"realm\":\"" KEY_1 "a\",", BH_ERR_INPUT},
    {"realm of 64", REALM, "\"realm\":\"" KEY_1 "\",", BH_OK},
    {"host with a space", HOST, "\"host\":\"a b\",", BH_ERR_INPUT},
    {"host an option", HOST, "\"host\":\"-x\",", BH_ERR_INPUT},
    {"serial 0", SERIAL, "\"serial\":0,", BH_ERR_INPUT},
    {"serial -1", SERIAL, "\"serial\":-1,", BH_ERR_INPUT},
    {"serial 2^63 - 1", SERIAL, "\"serial\":9223372036854775807,", BH_OK},
    {"serial 2^63", SERIAL, "\"serial\":9223372036854775808,", BH_ERR_INPUT},
    {"serial 2^64 + 7", SERIAL, "\"serial\":18446744073709551623,",
	BH_ERR_INPUT},
    {"serial 7e0", SERIAL, "\"serial\":7e0,", BH_ERR_INPUT},
    {"serial true", SERIAL, "\"serial\":true,", BH_ERR_INPUT},
    {"ends before it begins", TIMES,
	"\"created_s\":1707776000,\"expires_s\":1700000000,", BH_ERR_INPUT},
    {"ends when it begins", TIMES,
	"\"created_s\":1700000000,\"expires_s\":1700000000,", BH_ERR_INPUT},
    {"begins in 1970", TIMES, "\"created_s\":0,\"expires_s\":1,", BH_ERR_INPUT},
    {"begins before it", TIMES, "\"created_s\":-5,\"expires_s\":1,",
	BH_ERR_INPUT},
    {"last second of 9999", TIMES,
	"\"created_s\":1,\"expires_s\":253402300799,", BH_OK},
    {"the year 10000", TIMES, "\"created_s\":1,\"expires_s\":253402300800,",
	BH_ERR_INPUT},
    {"recipient short", RECIPIENT, "\"recipient\":\"aa\",", BH_ERR_INPUT},
    {"recipient long", RECIPIENT, "\"recipient\":\"" OURS "aa\",",
	BH_ERR_INPUT},
    {"digest in capitals", KEY_2, "0A" KEY_1, BH_ERR_INPUT},
    {"digest empty", "\"" KEY_2 "\"", "\"\"", BH_ERR_INPUT},
    {"digest a number", "\"" KEY_2 "\"", "2", BH_ERR_INPUT},
    {"digest with a stranger", "\"0202", "\"02g2", BH_ERR_INPUT},
    {"capitals of the right length", "\"0202", "\"02A2", BH_ERR_INPUT},
    {"entries not sorted", "\"" KEY_1 "\",\"" KEY_2 "\"",
	"\"" KEY_2 "\",\"" KEY_1 "\"", BH_ERR_INPUT},
    {"P01 an entry twice", "\"" KEY_2 "\"", "\"" KEY_1 "\"", BH_ERR_INPUT},
    {"a kind that is no list", "\"ssh-ca\":[]", "\"ssh-ca\":{}", BH_ERR_INPUT},
    {"entries a list", ENTRIES, "\"entries\":[],", BH_ERR_INPUT},
    {"no accounts at all", ACCOUNTS, "\"accounts\":[],", BH_OK},
    {"account no object", ACCOUNTS, "\"accounts\":[\"root\"],", BH_ERR_INPUT},
    {"account without person", ",\"person\":\"\"", "", BH_ERR_INPUT},
    {"account with more", ",\"person\":\"\"",
	",\"person\":\"\",\"shadow\":\"x\"", BH_ERR_INPUT},
    {"account with a bad login", "\"root\"", "\"r\\noot\"", BH_ERR_INPUT},
    {"account without login", "\"root\"", "\"\"", BH_ERR_INPUT},
    {"account with a bad person", "\"P1\"", "\"P 1\"", BH_ERR_INPUT},
    {"person null", "\"P1\"", "null", BH_ERR_INPUT},
    {"accounts not sorted", "\"root\"", "\"adam\"", BH_ERR_INPUT},
    {"one login of two persons", "\"alice\",\"person\":\"P1\"},",
	"\"root\",\"person\":\"\"},{\"login\":\"root\",\"person\":\"P1\"},",
	BH_ERR_INPUT},
    {"an account twice", ACCOUNTS,
	"\"accounts\":[{\"login\":\"a\",\"person\":\"\"},"
	"{\"login\":\"a\",\"person\":\"\"}],",
	BH_ERR_INPUT},
    {"note empty", NOTES, "\"notes\":[\"\"]", BH_ERR_INPUT},
    {"note with a control character", NOTES, "\"notes\":[\"a\\u001b[2J\"]",
	BH_ERR_INPUT},
    {"note a number", NOTES, "\"notes\":[1]", BH_ERR_INPUT},
    {"note not UTF-8", NOTES, "\"notes\":[\"\xff\"]", BH_ERR_INPUT},
    {"notes a text", NOTES, "\"notes\":\"x\"", BH_ERR_INPUT},
};

static void
test_changed(void **state)
{
	char text[4096];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(changed); i++) {
		const char *at = strstr(WHOLE, changed[i].part);
		int len;

		if (at == NULL)
			fail_msg("%s: no such part", changed[i].rule);
		len =
		    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - WHOLE),
			WHOLE, changed[i].by, at + strlen(changed[i].part));
		if (changed[i].want == BH_OK)
			manifest_free(manifest_decoded(text, (size_t)len));
		else
			manifest_refused(changed[i].rule, text, (size_t)len,
			    changed[i].want);
	}
}

static void
test_truncated(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < strlen(WHOLE); len++)
		manifest_refused("truncated", WHOLE, len, BH_ERR_INPUT);
}

static void
test_nul_bytes(void **state)
{
	char text[sizeof(WHOLE)];
	size_t i;

	(void)state;
	manifest_refused("NUL behind", WHOLE, sizeof(WHOLE), BH_ERR_INPUT);
	for (i = 0; i < sizeof(WHOLE) - 1; i++) {
		memcpy(text, WHOLE, sizeof(text));
		text[i] = '\0';
		manifest_refused("NUL", text, sizeof(text) - 1, BH_ERR_INPUT);
	}
}

/* Whatever one changed byte makes of it: refused, or a manifest that encodes
 * again. */
static void
test_flipped(void **state)
{
	char text[sizeof(WHOLE)];
	size_t i, bit;

	(void)state;
	for (i = 0; i < 8 * (sizeof(WHOLE) - 1); i += unit_stride()) {
		struct manifest *m = NULL;
		const char *why = NULL;
		struct buf *b = NULL;

		memcpy(text, WHOLE, sizeof(text));
		bit = i % 8;
		text[i / 8] = (char)(text[i / 8] ^ (1 << bit));
		if (manifest_decode(text, sizeof(text) - 1, &m, &why) !=
		    BH_OK) {
			assert_non_null(why);
			continue;
		}
		assert_int_equal(manifest_encode(m, &b), BH_OK);
		buf_free(b);
		manifest_free(m);
	}
}

/* WHOLE with n otp keys, as an attacker would write it. */
static struct buf *
with_entries(size_t n)
{
	struct buf *b = buf_new(strlen(WHOLE) + 67 * n);
	static const char before[] = "{" HEAD "\"entries\":{\"otp-key\":[";
	static const char behind[] = "]," OTHER_KINDS "}," ACCOUNTS NOTES "}";
	uint8_t bytes[MODEL_DIGEST_LEN] = {0};
	char item[68];
	size_t i;

	assert_non_null(b);
	assert_int_equal(buf_put(b, before, strlen(before)), BH_OK);
	item[0] = '"';
	for (i = 0; i < n; i++) {
		bytes[0] = (uint8_t)(i >> 16);
		bytes[1] = (uint8_t)(i >> 8);
		bytes[2] = (uint8_t)i;
		hex_encode(bytes, sizeof(bytes), item + 1);
		item[65] = '"';
		item[66] = ',';
		assert_int_equal(buf_put(b, item, i + 1 < n ? 67 : 66), BH_OK);
	}
	assert_int_equal(buf_put(b, behind, strlen(behind)), BH_OK);
	return b;
}

static void
test_too_many(void **state)
{
	static const struct {
		const char *rule;
		size_t n;
		enum bh_err want;
	} rows[] = {
	    {"one short of one too many", MANIFEST_ENTRIES_MAX - 1, BH_OK},
	    {"one too many", MANIFEST_ENTRIES_MAX, BH_ERR_FULL},
	    {"P01 a million entries", 1000000, BH_ERR_FULL},
	    {"more than 64 MiB", 1100000, BH_ERR_FULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		/* one more is the SSH key */
		struct buf *b = with_entries(rows[i].n);

		if (rows[i].want == BH_OK)
			manifest_free(manifest_decoded(b->data, b->len));
		else
			manifest_refused(rows[i].rule, (const char *)b->data,
			    b->len, rows[i].want);
		buf_free(b);
	}
}

static void
test_too_many_others(void **state)
{
	static const char before[] = "{" HEAD ENTRIES "\"accounts\":[";
	struct buf *b = buf_new(8 * 1024 * 1024);
	char item[80];
	size_t i;

	(void)state;
	assert_non_null(b);
	assert_int_equal(buf_put(b, before, strlen(before)), BH_OK);
	for (i = 0; i <= MANIFEST_ACCOUNTS_MAX; i++) {
		int len = snprintf(item, sizeof(item),
		    "%s{\"login\":\"u%06zu\",\"person\":\"\"}",
		    i > 0 ? "," : "", i);

		assert_int_equal(buf_put(b, item, (size_t)len), BH_OK);
	}
	assert_int_equal(buf_put(b, "]," NOTES "}", strlen(NOTES) + 3), BH_OK);
	manifest_refused(
	    "accounts", (const char *)b->data, b->len, BH_ERR_FULL);
	b->len = strlen(before);
	assert_int_equal(buf_put(b, "],\"notes\":[\"x\"", 14), BH_OK);
	for (i = 0; i < MANIFEST_NOTES_MAX; i++)
		assert_int_equal(buf_put(b, ",\"x\"", 4), BH_OK);
	assert_int_equal(buf_put(b, "]}", 2), BH_OK);
	manifest_refused("notes", (const char *)b->data, b->len, BH_ERR_FULL);
	buf_free(b);
}

/* P01: 64 MiB of small values would take 5 GB to find out what they are, and
 * whoever has the vault's certificate can make them. */
static void
test_too_many_values(void **state)
{
	static const char *const values[] = {
	    "{}", "[]", "1", "[[]]", "\"\\\"\""};
	const size_t max = 4 * 1024 * 1024;
	struct buf *b = buf_new(max);
	size_t i;

	(void)state;
	assert_non_null(b);
	for (i = 0; i < nitems(values); i++) {
		buf_reset(b);
		assert_int_equal(buf_put(b, "{\"a\":[1", 7), BH_OK);
		while (b->len < max - 16) {
			assert_int_equal(buf_put(b, ",", 1), BH_OK);
			assert_int_equal(
			    buf_put(b, values[i], strlen(values[i])), BH_OK);
		}
		assert_int_equal(buf_put(b, "]}", 2), BH_OK);
		manifest_refused(
		    values[i], (const char *)b->data, b->len, BH_ERR_FULL);
	}
	buf_free(b);
}

/* So deep that a parser without a limit would fall off its stack. */
static void
test_deep(void **state)
{
	static char text[600001];

	(void)state;
	memset(text, '[', sizeof(text));
	memcpy(text, "{\"a\":", 5);
	text[sizeof(text) - 1] = '}';
	manifest_refused("deep", text, sizeof(text), BH_ERR_INPUT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_nul_bytes),
	    cmocka_unit_test(test_flipped),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_too_many_others),
	    cmocka_unit_test(test_too_many_values),
	    cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
