/*
 * Base32.
 */
#include "tests/unit/unit.h"

#include "core/factor.h"

/* RFC 4648, 10. */
static const struct {
	const char *data, *text;
} vectors[] = {
    {"", ""},
    {"f", "MY======"},
    {"fo", "MZXQ===="},
    {"foo", "MZXW6==="},
    {"foob", "MZXW6YQ="},
    {"fooba", "MZXW6YTB"},
    {"foobar", "MZXW6YTBOI======"},
};

static void
expect_decoded(const char *rule, const char *text, const char *want)
{
	struct buf *b = NULL;

	if (base32_decode(text, strlen(text), &b) != BH_OK)
		fail_msg("%s", rule);
	if (b->len != strlen(want) || memcmp(b->data, want, b->len) != 0)
		fail_msg("%s: %zu bytes", rule, b->len);
	buf_free(b);
}

static void
test_rfc4648(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < nitems(vectors); i++) {
		struct buf *b = NULL;

		assert_int_equal(
		    base32_encode(vectors[i].data, strlen(vectors[i].data), &b),
		    BH_OK);
		assert_int_equal(b->len, strlen(vectors[i].text));
		assert_memory_equal(b->data, vectors[i].text, b->len);
		buf_free(b);
		expect_decoded(
		    vectors[i].text, vectors[i].text, vectors[i].data);
	}
}

static void
test_decode(void **state)
{
	static const struct {
		const char *rule, *text, *data; /* NULL: refused */
	} rows[] = {
	    {"no padding", "MZXW6YTBOI", "foobar"},
	    {"lower case", "mzxw6ytboi", "foobar"},
	    {"groups", "mzxw 6ytb-oi", "foobar"},
	    {"groups and padding", "MZXW 6YTB OI======", "foobar"},
	    {"padding short", "MZXW6YTBOI=====", NULL},
	    {"padding long", "MZXW6YTBOI=======", NULL},
	    {"padding where none belongs", "MZXW6YTB========", NULL},
	    {"padding inside", "MZ======XW6YTBOI", NULL},
	    {"padding alone", "========", NULL},
	    {"one character alone has no byte", "M", NULL},
	    {"nor if all its bits are zero", "A", NULL},
	    {"three characters", "MZX", NULL},
	    {"three zeros", "AAA", NULL},
	    {"six characters", "MZXW6Y", NULL},
	    {"six zeros", "AAAAAA", NULL},
	    {"bits that no byte has", "MZ", NULL},
	    {"bits that no byte has, later", "MZXW6YTBOJ", NULL},
	    {"zero", "MZXW0YTB", NULL},
	    {"one", "MZXW1YTB", NULL},
	    {"eight", "MZXW8YTB", NULL},
	    {"a line feed", "MZXW6YTB\n", NULL},
	    {"a tab", "MZXW\t6YTB", NULL},
	    {"high bytes", "MZXW6YT\xc2", NULL},
	    {"base64", "Zm9vYmFy+/==", NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		struct buf *b = NULL;

		if (rows[i].data != NULL) {
			expect_decoded(
			    rows[i].rule, rows[i].text, rows[i].data);
			continue;
		}
		if (base32_decode(rows[i].text, strlen(rows[i].text), &b) !=
		    BH_ERR_INPUT)
			fail_msg("%s", rows[i].rule);
		assert_null(b);
	}
}

static void
test_nul_is_no_letter(void **state)
{
	struct buf *b = NULL;

	(void)state;
	assert_int_equal(base32_decode("MZXW6YT\0", 8, &b), BH_ERR_INPUT);
	assert_null(b);
}

/* Every length up to the longest secret comes back as it was. */
static void
test_round_trip(void **state)
{
	uint8_t data[512];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 167 + 13);
	for (i = 0; i <= sizeof(data); i++) {
		struct buf *text = NULL, *b = NULL;

		assert_int_equal(base32_encode(data, i, &text), BH_OK);
		assert_int_equal(text->len % 8, 0);
		assert_int_equal(
		    base32_decode((const char *)text->data, text->len, &b),
		    BH_OK);
		assert_int_equal(b->len, i);
		assert_memory_equal(b->data, data, i);
		buf_free(text);
		buf_free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc4648),
	    cmocka_unit_test(test_decode),
	    cmocka_unit_test(test_nul_is_no_letter),
	    cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
