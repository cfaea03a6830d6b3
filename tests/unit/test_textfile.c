/*
 * Bounded reading of other programs' files.
 */
#include "tests/unit/unit.h"

#include "core/host/textfile.h"
#include "tests/unit/file_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct text *
opened(const char *path)
{
	struct text *t;

	assert_int_equal(text_open(path, &t), BH_OK);
	return t;
}

static void
test_lines(void **state)
{
	static const char bytes[] = "one\n\ntwo\r\nth\0ree\nlast";
	static const char *const want[] = {"one", "", "two", "th", "last"};
	struct text *t = opened(file_write("lines", bytes, sizeof(bytes) - 1));
	unsigned int number, i;
	char *line;

	(void)state;
	for (i = 0; text_next(t, &line, &number); i++) {
		assert_true(i < nitems(want));
		assert_string_equal(line, want[i]);
		assert_int_equal(number, i + 1);
	}
	assert_int_equal(i, nitems(want));
	text_close(t);
}

static void
test_entries(void **state)
{
	struct text *t =
	    opened(file_text("entries", "# no\n\n \t# no\n  yes # x\n"));
	unsigned int number;
	char *line;

	(void)state;
	assert_true(text_next_entry(t, &line, &number));
	assert_string_equal(line, "yes # x");
	assert_int_equal(number, 4);
	assert_false(text_next_entry(t, &line, &number));
	text_close(t);
}

static void
test_long_line(void **state)
{
	char *bytes = malloc(TEXT_LINE_MAX + 5);
	unsigned int number;
	struct text *t;
	char *line;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', TEXT_LINE_MAX + 5);
	bytes[TEXT_LINE_MAX] = '\n';
	t = opened(file_write("fits", bytes, TEXT_LINE_MAX + 1));
	assert_true(text_next(t, &line, &number));
	assert_int_equal(strlen(line), TEXT_LINE_MAX);
	text_close(t);
	bytes[TEXT_LINE_MAX] = 'x';
	memcpy(bytes + TEXT_LINE_MAX + 1, "\nok\n", 4);
	t = opened(file_write("long", bytes, TEXT_LINE_MAX + 5));
	assert_true(text_next(t, &line, &number));
	assert_null(line);
	assert_true(text_next(t, &line, &number));
	assert_string_equal(line, "ok");
	text_close(t);
	free(bytes);
}

static void
test_no_plain_file(void **state)
{
	struct text *t;

	(void)state;
	assert_int_equal(text_open(file_path("none"), &t), BH_ERR_NOTFOUND);
	assert_int_equal(
	    text_open(file_path("none/below"), &t), BH_ERR_NOTFOUND);
	(void)file_text("plain", "x\n");
	assert_int_equal(
	    text_open(file_path("plain/below"), &t), BH_ERR_NOTFOUND);
	assert_int_equal(symlink("plain", file_path("link")), 0);
	assert_int_equal(text_open(file_path("link"), &t), BH_ERR_UNSAFE);
	/* would wait for a writer */
	assert_int_equal(mkfifo(file_path("fifo"), 0600), 0);
	assert_int_equal(text_open(file_path("fifo"), &t), BH_ERR_UNSAFE);
	assert_int_equal(text_open("/dev/zero", &t), BH_ERR_UNSAFE);
	assert_int_equal(text_open("/", &t), BH_ERR_UNSAFE);
	/* a hole, so nothing is written */
	(void)file_text("huge", "");
	assert_int_equal(truncate(file_path("huge"), TEXT_FILE_MAX + 1), 0);
	assert_int_equal(text_open(file_path("huge"), &t), BH_ERR_FULL);
}

static void
test_empty(void **state)
{
	struct text *t = opened(file_text("empty", ""));
	unsigned int number;
	char *line;

	(void)state;
	assert_false(text_next(t, &line, &number));
	text_close(t);
	text_close(NULL);
}

static void
test_words(void **state)
{
	char text[] = "  one \"two three\" fo\"u\"r  ";
	char *rest = text;

	(void)state;
	assert_string_equal(text_word(&rest, " "), "one");
	assert_string_equal(text_word(&rest, " "), "two three");
	assert_string_equal(text_word(&rest, " "), "four");
	assert_null(text_word(&rest, " "));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines),
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_no_plain_file),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, file_rig_up, file_rig_down);
}
