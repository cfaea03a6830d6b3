/*
 * What commands print: nothing that a terminal obeys (the attack catalogue's
 * J02), tables that line up, one JSON document.
 */
#include "core/escape.h"
#include "tests/unit/unit.h"
#include "tools/output.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int saved_out;
static FILE *capture;

static void
capture_start(void)
{
	capture = tmpfile();
	assert_non_null(capture);
	assert_int_equal(fflush(stdout), 0);
	saved_out = dup(STDOUT_FILENO);
	assert_true(dup2(fileno(capture), STDOUT_FILENO) != -1);
}

static void
capture_end(char said[4096])
{
	size_t n;

	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(saved_out, STDOUT_FILENO) != -1);
	(void)close(saved_out);
	rewind(capture);
	n = fread(said, 1, 4095, capture);
	said[n] = '\0';
	(void)fclose(capture);
}

static const struct {
	const char *locale, *text, *want;
} rows[] = {
    {"C.UTF-8", "plain text", "plain text"},
    {"C.UTF-8", "a\x1b[2Jb\x7f\r\t", "a\\x1b[2Jb\\x7f\\x0d\\x09"},
    {"C.UTF-8",
	"\x9b"
	"31m",
	"\\x9b31m"},
    {"C.UTF-8",
	"\xc2\x9b"
	"31m",
	"\\xc2\\x9b31m"},
    {"C.UTF-8", "caf\xc3\xa9", "caf\xc3\xa9"},
    {"C.UTF-8",
	"\xe2\x80\xae"
	"abc",
	"\\xe2\\x80\\xaeabc"},
    {"C.UTF-8",
	"\xe2\x80\xa8"
	"x",
	"\\xe2\\x80\\xa8x"},
    {"C.UTF-8", "\xe3\x81", "\\xe3\\x81"},
    {"C", "caf\xc3\xa9", "caf\\xc3\\xa9"},
    {"C.UTF-8", "two\nlines", "two\\x0alines"},
};

static void
test_printable(void **state)
{
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if (setlocale(LC_CTYPE, rows[i].locale) == NULL)
			continue;
		text = out_printable(rows[i].text, false);
		assert_string_equal(text, rows[i].want);
		free(text);
	}
	text = out_printable("two\nlines", true);
	assert_string_equal(text, "two\nlines");
	free(text);
}

static void
test_table(void **state)
{
	static const char *const headings[] = {"LOGIN", "NAME", "KIND"};
	static const char *const alice[] = {"alice", "\xe3\x82\xa2", "totp"};
	static const char *const bob[] = {"b", "x\x1b\n", NULL};
	struct table *t = table_new(headings, 3);
	char said[4096];

	(void)state;
	assert_non_null(setlocale(LC_CTYPE, "C.UTF-8"));
	table_add(t, alice);
	table_add(t, bob);
	capture_start();
	table_print(t);
	capture_end(said);
	table_free(t);
	assert_string_equal(said, "LOGIN  NAME       KIND\n"
				  "alice  \xe3\x82\xa2         totp\n"
				  "b      x\\x1b\\x0a  \n");
	assert_null(table_new(headings, OUTPUT_COLUMNS_MAX + 1));
	table_free(NULL);
}

static void
test_json(void **state)
{
	struct invocation inv = {.json = true};
	char said[4096], *bytes;
	json_t *doc;
	size_t i, len;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		inv.printed = false;
		capture_start();
		assert_int_equal(
		    out_json(&inv,
			json_pack("{s:o}", "k", out_json_string(rows[i].text))),
		    CLI_DONE);
		capture_end(said);
		for (len = 0; said[len] != '\0'; len++)
			assert_true(said[len] == '\n' ||
				    (said[len] >= 0x20 && said[len] < 0x7f));
		doc = json_loads(said, 0, NULL);
		assert_non_null(doc);
		bytes = escape_undo(
		    json_string_value(json_object_get(doc, "k")), &len);
		assert_string_equal(bytes, rows[i].text);
		free(bytes);
		json_decref(doc);
	}
}

/* An error behind the document is no second document. */
static void
test_one_document(void **state)
{
	struct invocation inv = {.json = true};
	char said[4096];

	(void)state;
	capture_start();
	assert_int_equal(out_json(&inv, json_object()), CLI_DONE);
	assert_int_equal(out_fail(&inv, CLI_NO, "%s", "late"), CLI_NO);
	out_text(&inv, "text is not for --json\n");
	capture_end(said);
	assert_string_equal(said, "{}\n");
}

static void
test_exit_codes(void **state)
{
	static const struct {
		enum bh_err e;
		int want;
	} codes[] = {
	    {BH_ERR_REFUSED, CLI_NO},
	    {BH_ERR_EXISTS, CLI_NO},
	    {BH_ERR_NOTFOUND, CLI_NO},
	    {BH_ERR_INPUT, CLI_NO},
	    {BH_ERR_IO, CLI_FAILED},
	    {BH_ERR_CLOSED, CLI_FAILED},
	    {BH_ERR_CONFIG, CLI_FAILED},
	};
	struct invocation inv = {.json = true};
	char said[4096], want[128];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(codes); i++) {
		inv.printed = false;
		capture_start();
		assert_int_equal(
		    out_error(&inv, codes[i].e, "account"), codes[i].want);
		capture_end(said);
		(void)snprintf(want, sizeof(want),
		    "{\n  \"error\": \"account: %s\"\n}\n",
		    err_text(codes[i].e));
		assert_string_equal(said, want);
	}
}

static void
test_times(void **state)
{
	char text[32];
	json_t *value;

	(void)state;
	assert_string_equal(out_time(1700000000, text), "2023-11-14T22:13:20Z");
	assert_string_equal(out_time(0, text), "never");
	assert_string_equal(out_time(UINT64_MAX, text), "never");
	value = out_json_time(0);
	assert_true(json_is_null(value));
	json_decref(value);
}

static void
test_colour(void **state)
{
	(void)state;
	assert_int_equal(setenv("TERM", "xterm", 1), 0);
	assert_int_equal(setenv("NO_COLOR", "1", 1), 0);
	assert_false(out_colour());
	assert_int_equal(unsetenv("NO_COLOR"), 0);
	assert_int_equal(setenv("TERM", "dumb", 1), 0);
	assert_false(out_colour());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_printable),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_json),
	    cmocka_unit_test(test_one_document),
	    cmocka_unit_test(test_exit_codes),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
