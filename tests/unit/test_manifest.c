/*
 * A manifest comes back as it was written; a document that is not exactly one
 * is refused with a sentence.
 */
#include "tests/unit/unit.h"

#include "base/hex.h"
#include "core/digest.h"
#include "core/manifest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define CREATED 1700000000
#define NOW	(CREATED + 3600)

#define KEY_1 "0101010101010101010101010101010101010101010101010101010101010101"
#define KEY_2 "0202020202020202020202020202020202020202020202020202020202020202"
#define OURS  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* The document in parts, so that a row can change one. */
#define FORMAT	  "\"format\":1,"
#define REALM	  "\"realm\":\"prod\","
#define HOST	  "\"host\":\"0123abcd\","
#define SERIAL	  "\"serial\":7,"
#define TIMES	  "\"created_s\":1700000000,\"expires_s\":1707776000,"
#define RECIPIENT "\"recipient\":\"" OURS "\","
#define OTHER_KINDS                                             \
	"\"yubikey-id\":[],\"yubikey-aes\":[],\"recovery\":[]," \
	"\"ssh-key\":[\"" KEY_1 "\"],\"ssh-ca\":[],\"ssh-host\":[]"
#define ENTRIES                                                               \
	"\"entries\":{\"otp-key\":[\"" KEY_1 "\",\"" KEY_2 "\"]," OTHER_KINDS \
	"},"
#define ACCOUNTS                                                 \
	"\"accounts\":[{\"login\":\"alice\",\"person\":\"P1\"}," \
	"{\"login\":\"root\",\"person\":\"\"}],"
#define NOTES "\"notes\":[\"sshd: a \\\"command\\\" gives keys\"]"
#define HEAD  FORMAT REALM HOST SERIAL TIMES RECIPIENT
#define WHOLE "{" HEAD ENTRIES ACCOUNTS NOTES "}"

static struct digest
digest_of(enum digest_kind kind, uint8_t byte)
{
	struct digest d = {.kind = kind};

	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static void
add(struct manifest *m, enum digest_kind kind, uint8_t byte)
{
	struct digest d = digest_of(kind, byte);

	assert_int_equal(manifest_add(m, &d), BH_OK);
}

/* WHOLE, without its lists. */
static struct manifest *
head(void)
{
	struct manifest *m = manifest_new();

	assert_non_null(m);
	memcpy(m->realm, "prod", 5);
	memcpy(m->host, "0123abcd", 9);
	m->serial = 7;
	m->created_s = CREATED;
	m->expires_s = CREATED + MANIFEST_LIFE_S;
	memset(m->recipient, 0xaa, sizeof(m->recipient));
	return m;
}

static struct manifest *
decoded(const void *text, size_t len)
{
	struct manifest *m = NULL;
	const char *why = "";
	enum bh_err e = manifest_decode(text, len, &m, &why);

	if (e != BH_OK)
		fail_msg("%s: %s", err_text(e), why);
	return m;
}

static void
test_encode(void **state)
{
	struct manifest *m = head();
	struct buf *b = NULL;

	(void)state;
	add(m, DIGEST_SSH_KEY, 1);
	add(m, DIGEST_OTP_KEY, 2);
	add(m, DIGEST_OTP_KEY, 1);
	add(m, DIGEST_OTP_KEY, 2);
	assert_int_equal(manifest_add_account(m, "root", ""), BH_OK);
	assert_int_equal(manifest_add_account(m, "alice", "P1"), BH_OK);
	assert_int_equal(manifest_add_account(m, "root", ""), BH_OK);
	assert_int_equal(
	    manifest_add_note(m, "sshd: a \"command\" gives keys"), BH_OK);
	assert_int_equal(manifest_encode(m, &b), BH_OK);
	assert_int_equal(m->n_entries, 3);
	assert_int_equal(m->n_accounts, 2);
	assert_int_equal(b->len, strlen(WHOLE));
	assert_memory_equal(b->data, WHOLE, b->len);
	buf_free(b);
	manifest_free(m);
	manifest_free(NULL);
}

static void
test_decode(void **state)
{
	struct manifest *m = decoded(WHOLE, strlen(WHOLE));
	struct digest want[] = {digest_of(DIGEST_OTP_KEY, 1),
	    digest_of(DIGEST_OTP_KEY, 2), digest_of(DIGEST_SSH_KEY, 1)};
	uint8_t ours[MODEL_DIGEST_LEN];
	size_t i;

	(void)state;
	memset(ours, 0xaa, sizeof(ours));
	assert_string_equal(m->realm, "prod");
	assert_string_equal(m->host, "0123abcd");
	assert_int_equal(m->serial, 7);
	assert_int_equal(m->created_s, CREATED);
	assert_int_equal(m->expires_s, CREATED + MANIFEST_LIFE_S);
	assert_memory_equal(m->recipient, ours, sizeof(ours));
	assert_int_equal(m->n_entries, nitems(want));
	for (i = 0; i < nitems(want); i++) {
		assert_int_equal(m->entry[i].kind, want[i].kind);
		assert_memory_equal(
		    m->entry[i].bytes, want[i].bytes, MODEL_DIGEST_LEN);
	}
	assert_int_equal(m->n_accounts, 2);
	assert_string_equal(m->account[0].login, "alice");
	assert_string_equal(m->account[0].person, "P1");
	assert_string_equal(m->account[1].login, "root");
	assert_string_equal(m->account[1].person, "");
	assert_int_equal(m->n_notes, 1);
	assert_string_equal(m->note[0], "sshd: a \"command\" gives keys");
	manifest_free(m);
}

static void
test_empty(void **state)
{
	struct manifest *m = head();
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(manifest_encode(m, &b), BH_OK);
	manifest_free(m);
	m = decoded(b->data, b->len);
	assert_int_equal(m->n_entries + m->n_accounts + m->n_notes, 0);
	manifest_free(m);
	buf_free(b);
}

static void
expect_refused(const char *rule, const char *text, size_t len, enum bh_err want)
{
	struct manifest *m = NULL;
	const char *why = NULL;
	/* a copy, so that a sanitizer sees a byte read behind its end */
	struct buf *b = buf_new_from(text, len);
	enum bh_err e;

	assert_non_null(b);
	e = manifest_decode(b->data, b->len, &m, &why);
	buf_free(b);
	if (e != want)
		fail_msg("%s: %s, not %s", rule, err_text(e), err_text(want));
	assert_null(m);
	assert_non_null(why);
	assert_true(strlen(why) > 10);
}

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
		expect_refused(broken[i].rule, broken[i].text,
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
			manifest_free(decoded(text, (size_t)len));
		else
			expect_refused(changed[i].rule, text, (size_t)len,
			    changed[i].want);
	}
}

static void
test_truncated(void **state)
{
	size_t len;

	(void)state;
	for (len = 0; len < strlen(WHOLE); len++)
		expect_refused("truncated", WHOLE, len, BH_ERR_INPUT);
}

static void
test_nul_bytes(void **state)
{
	char text[sizeof(WHOLE)];
	size_t i;

	(void)state;
	expect_refused("NUL behind", WHOLE, sizeof(WHOLE), BH_ERR_INPUT);
	for (i = 0; i < sizeof(WHOLE) - 1; i++) {
		memcpy(text, WHOLE, sizeof(text));
		text[i] = '\0';
		expect_refused("NUL", text, sizeof(text) - 1, BH_ERR_INPUT);
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
	for (i = 0; i < 8 * (sizeof(WHOLE) - 1); i++) {
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

/* n different digests, in no order. */
static struct digest
scattered(size_t i)
{
	struct digest d = digest_of(
	    (enum digest_kind)(DIGEST_OTP_KEY + i % 7), (uint8_t)(i / 7));
	uint64_t x = (uint64_t)i * 0x9e3779b97f4a7c15;

	memcpy(d.bytes, &x, sizeof(x));
	return d;
}

static void
test_most(void **state)
{
	struct manifest *m = head(), *again;
	struct buf *b = NULL;
	size_t i, round;

	(void)state;
	/* three times each: doubles don't fill it up */
	for (round = 0; round < 3; round++) {
		for (i = 0; i < MANIFEST_ENTRIES_MAX; i++) {
			struct digest d = scattered(i);

			assert_int_equal(manifest_add(m, &d), BH_OK);
		}
	}
	assert_int_equal(manifest_encode(m, &b), BH_OK);
	assert_int_equal(m->n_entries, MANIFEST_ENTRIES_MAX);
	again = decoded(b->data, b->len);
	assert_int_equal(again->n_entries, m->n_entries);
	for (i = 0; i < m->n_entries; i++) {
		assert_int_equal(again->entry[i].kind, m->entry[i].kind);
		assert_memory_equal(
		    again->entry[i].bytes, m->entry[i].bytes, MODEL_DIGEST_LEN);
	}
	manifest_free(again);
	buf_free(b);
	b = NULL;
	for (; i <= MANIFEST_ENTRIES_MAX; i++) {
		struct digest d = scattered(i);

		assert_int_equal(manifest_add(m, &d), BH_OK);
	}
	assert_int_equal(manifest_encode(m, &b), BH_ERR_FULL);
	assert_null(b);
	manifest_free(m);
}

/* A builder who adds and adds is told while he does. */
static void
test_builder_is_told(void **state)
{
	struct manifest *m = head();
	enum bh_err e = BH_OK;
	size_t i;

	(void)state;
	for (i = 0; i < 1000000 && e == BH_OK; i++) {
		struct digest d = scattered(i);

		e = manifest_add(m, &d);
	}
	assert_int_equal(e, BH_ERR_FULL);
	manifest_free(m);
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
			manifest_free(decoded(b->data, b->len));
		else
			expect_refused(rows[i].rule, (const char *)b->data,
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
	expect_refused("accounts", (const char *)b->data, b->len, BH_ERR_FULL);
	b->len = strlen(before);
	assert_int_equal(buf_put(b, "],\"notes\":[\"x\"", 14), BH_OK);
	for (i = 0; i < MANIFEST_NOTES_MAX; i++)
		assert_int_equal(buf_put(b, ",\"x\"", 4), BH_OK);
	assert_int_equal(buf_put(b, "]}", 2), BH_OK);
	expect_refused("notes", (const char *)b->data, b->len, BH_ERR_FULL);
	buf_free(b);
}

/* So deep that a parser without a limit would fall off its stack. */
static void
test_deep(void **state)
{
	static char text[1000001];

	(void)state;
	memset(text, '[', sizeof(text));
	memcpy(text, "{\"a\":", 5);
	text[sizeof(text) - 1] = '}';
	expect_refused("deep", text, sizeof(text), BH_ERR_INPUT);
}

static void
test_add_refuses(void **state)
{
	struct manifest *m = head();
	struct digest d = digest_of(DIGEST_KIND_COUNT, 1);
	char longest[MODEL_NAME_MAX + 2];
	size_t i;

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(manifest_add(m, &d), BH_ERR_INPUT);
	d.kind = (enum digest_kind)0;
	assert_int_equal(manifest_add(m, &d), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, "a b", ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, "", ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, longest, ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_account(m, "a", longest), BH_ERR_INPUT);
	assert_int_equal(manifest_add_note(m, ""), BH_ERR_INPUT);
	assert_int_equal(manifest_add_note(m, "a\nb"), BH_ERR_INPUT);
	for (i = 0; i < MANIFEST_NOTES_MAX; i++)
		assert_int_equal(manifest_add_note(m, "x"), BH_OK);
	assert_int_equal(manifest_add_note(m, "x"), BH_ERR_FULL);
	for (i = 0; i < MANIFEST_ACCOUNTS_MAX; i++)
		assert_int_equal(manifest_add_account(m, "a", ""), BH_OK);
	assert_int_equal(manifest_add_account(m, "a", ""), BH_ERR_FULL);
	assert_int_equal(m->n_entries, 0);
	manifest_free(m);
}

static void
test_encode_refuses(void **state)
{
	struct buf *b = NULL;
	struct manifest *m;
	int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		m = head();
		switch (i) {
		case 0:
			m->realm[0] = '\0';
			break;
		case 1:
			m->host[0] = '/';
			break;
		case 2:
			m->serial = 0;
			break;
		case 3:
			m->serial = (uint64_t)INT64_MAX + 1;
			break;
		case 4:
			m->expires_s = m->created_s;
			break;
		default:
			m->expires_s = UINT64_MAX;
			break;
		}
		assert_int_equal(manifest_encode(m, &b), BH_ERR_INPUT);
		assert_null(b);
		manifest_free(m);
	}
}

static void
test_acceptable(void **state)
{
	static const struct {
		const char *rule;
		uint64_t created_s, expires_s, now_s;
		uint8_t recipient;
		enum bh_err want;
	} rows[] = {
	    {"as it should be", CREATED, CREATED + 100, CREATED + 5, 0xaa,
		BH_OK},
	    {"its last second", CREATED, CREATED + 100, CREATED + 99, 0xaa,
		BH_OK},
	    {"P01 expired", CREATED, CREATED + 100, CREATED + 100, 0xaa,
		BH_ERR_REFUSED},
	    {"P01 expired long ago", CREATED, CREATED + 100, UINT64_MAX, 0xaa,
		BH_ERR_REFUSED},
	    {"as far ahead as may be", NOW + MANIFEST_AHEAD_S, NOW + 100000,
		NOW, 0xaa, BH_OK},
	    {"from the future", NOW + MANIFEST_AHEAD_S + 1, NOW + 100000, NOW,
		0xaa, BH_ERR_REFUSED},
	    {"P03 for another realm", CREATED, CREATED + 100, CREATED + 5, 0xab,
		BH_ERR_REFUSED},
	};
	uint8_t recipient[MODEL_DIGEST_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct manifest *m = head();
		const char *why = NULL;
		enum bh_err e;

		m->created_s = rows[i].created_s;
		m->expires_s = rows[i].expires_s;
		memset(recipient, rows[i].recipient, sizeof(recipient));
		e = manifest_acceptable(m, recipient, rows[i].now_s, &why);
		if (e != rows[i].want)
			fail_msg("%s: %s", rows[i].rule, err_text(e));
		assert_int_equal(why != NULL, rows[i].want != BH_OK);
		manifest_free(m);
	}
}

static void
test_kinds(void **state)
{
	enum digest_kind kind;

	(void)state;
	for (kind = DIGEST_OTP_KEY; kind < DIGEST_KIND_COUNT; kind++) {
		assert_string_not_equal(digest_kind_word(kind), "?");
		assert_string_not_equal(digest_kind_name(kind), "?");
	}
	assert_string_equal(digest_kind_word(DIGEST_OTP_KEY), "otp-key");
	assert_string_equal(digest_kind_name(DIGEST_SSH_KEY), "SSH key");
	assert_string_equal(digest_kind_word((enum digest_kind)0), "?");
	assert_string_equal(digest_kind_name(DIGEST_KIND_COUNT), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encode),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_broken),
	    cmocka_unit_test(test_changed),
	    cmocka_unit_test(test_truncated),
	    cmocka_unit_test(test_nul_bytes),
	    cmocka_unit_test(test_flipped),
	    cmocka_unit_test(test_most),
	    cmocka_unit_test(test_builder_is_told),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_too_many_others),
	    cmocka_unit_test(test_deep),
	    cmocka_unit_test(test_add_refuses),
	    cmocka_unit_test(test_encode_refuses),
	    cmocka_unit_test(test_acceptable),
	    cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
