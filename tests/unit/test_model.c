/*
 * What names and texts may look like.
 */
#include "tests/unit/unit.h"

#include "core/model.h"

#define S8   "abcdefgh"
#define S64  S8 S8 S8 S8 S8 S8 S8 S8
#define S200 S64 S64 S64 S8

static void
test_names(void **state)
{
	static const struct {
		const char *rule, *name;
		bool ok;
	} rows[] = {
	    {"letters", "alice", true},
	    {"one character", "a", true},
	    {"capitals, digits, punctuation", "A.b_c-9", true},
	    {"a digit first", "9a", true},
	    {"64 bytes", S64, true},
	    {"65 bytes", S64 "x", false},
	    {"empty", "", false},
	    {"reads as an option", "-a", false},
	    {"a hidden file", ".a", false},
	    {"a parent folder", "..", false},
	    {"a path", "a/b", false},
	    {"a blank", "a b", false},
	    {"a line feed", "a\n", false},
	    {"a NUL is an end: control bytes", "a\x01", false},
	    {"UTF-8", "\xc3\xa4", false},
	    {"a wildcard", "a*", false},
	    {"an at sign", "a@b", false},
	    {"a colon", "a:b", false},
	    {"a quote", "a'b", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++)
		if (model_name_ok(rows[i].name) != rows[i].ok)
			fail_msg("%s", rows[i].rule);
}

static void
test_texts(void **state)
{
	static const struct {
		const char *rule, *text;
		bool ok;
	} rows[] = {
	    {"plain", "Alice Example", true},
	    {"two bytes", "J\xc3\xb6rg", true},
	    {"three bytes", "\xe5\xb1\xb1\xe7\x94\xb0", true},
	    {"four bytes", "\xf0\x9f\x94\x91", true},
	    {"the last code point", "\xf4\x8f\xbf\xbf", true},
	    {"200 bytes", S200, true},
	    {"201 bytes", S200 "x", false},
	    {"empty", "", false},
	    {"a line feed", "a\nb", false},
	    {"a tab", "a\tb", false},
	    {"an escape", "\x1b[31m", false},
	    {"delete", "a\x7f", false},
	    {"a C1 control", "a\xc2\x9b", false},
	    {"no-break space is none", "a\xc2\xa0", true},
	    {"Latin-1", "J\xf6rg", false},
	    {"a lone continuation", "\x80", false},
	    {"cut short", "a\xe5\xb1", false},
	    {"overlong, two bytes", "\xc0\xaf", false},
	    {"overlong, three bytes", "\xe0\x80\xaf", false},
	    {"overlong, four bytes", "\xf0\x80\x80\xaf", false},
	    {"a surrogate", "\xed\xa0\x80", false},
	    {"behind the last code point", "\xf4\x90\x80\x80", false},
	    {"five bytes", "\xf8\x88\x80\x80\x80", false},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++)
		if (model_text_ok(rows[i].text) != rows[i].ok)
			fail_msg("%s", rows[i].rule);
}

static void
test_enumerations(void **state)
{
	static const char *const kinds[] = {
	    "totp", "hotp", "yubikey", "recovery"};
	static const char *const hashes[] = {"SHA1", "SHA256", "SHA512"};
	static const char *const none[] = {"", "?", "sha-1", "totp ", "u2f"};
	enum factor_kind kind = FACTOR_HOTP;
	enum otp_hash hash = OTP_SHA1;
	enum realm_class class = CLASS_BACKUP;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(kinds); i++) {
		assert_int_equal(factor_from_name(kinds[i], &kind), BH_OK);
		assert_int_equal(kind, FACTOR_TOTP + i);
		assert_string_equal(factor_name(kind), kinds[i]);
	}
	for (i = 0; i < nitems(hashes); i++) {
		assert_int_equal(otp_hash_from_name(hashes[i], &hash), BH_OK);
		assert_int_equal(hash, OTP_SHA1 + i);
		assert_string_equal(otp_hash_name(hash), hashes[i]);
	}
	assert_int_equal(class_from_name("production", &class), BH_OK);
	assert_int_equal(class, CLASS_PRODUCTION);
	assert_string_equal(class_name(CLASS_BACKUP), "backup");
	assert_string_equal(token_status_name(TOKEN_PENDING), "pending");
	assert_string_equal(token_status_name(TOKEN_ACTIVE), "active");
	assert_string_equal(token_status_name(TOKEN_REVOKED), "revoked");
	for (i = 0; i < nitems(none); i++) {
		assert_int_equal(
		    factor_from_name(none[i], &kind), BH_ERR_INPUT);
		assert_int_equal(
		    otp_hash_from_name(none[i], &hash), BH_ERR_INPUT);
		assert_int_equal(
		    class_from_name(none[i], &class), BH_ERR_INPUT);
	}
	/* a value that is none has a name all the same: it is printed */
	assert_non_null(factor_name((enum factor_kind)99));
	assert_non_null(otp_hash_name((enum otp_hash)0));
	assert_non_null(token_status_name((enum token_status)99));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_enumerations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
