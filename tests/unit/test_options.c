/*
 * The command line, read by a table of this test's own.
 */
#include "tests/unit/unit.h"
#include "tools/command.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define WORDS_MAX 12

static int
nothing(struct invocation *inv)
{
	(void)inv;
	return CLI_DONE;
}

static const struct arg revoke_operands[] = {
    {.name = "ID", .type = VALUE_NUMBER, .required = true, .help = "token"},
};
static const struct arg revoke_options[] = {
    {.name = "reason", .argument = "TEXT", .required = true, .help = "why"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
    {.name = "output",
	.letter = 'o',
	.argument = "FILE",
	.type = VALUE_FILE,
	.help = "where to"},
};
static const struct arg enroll_operands[] = {
    {.name = "LOGIN", .required = true, .help = "who"},
    {.name = "KIND", .choices = "totp hotp", .required = true, .help = "what"},
};
static const struct arg enroll_options[] = {
    {.name = "digits",
	.argument = "N",
	.type = VALUE_NUMBER,
	.choices = "6 8",
	.help = "how many"},
    {.name = "algorithm",
	.argument = "A",
	.choices = "SHA1 SHA256",
	.help = "hash"},
};

static const struct command commands_here[] = {
    {.name = "token revoke",
	.run = nothing,
	.summary = "End a token",
	ARGS(operands, revoke_operands),
	ARGS(options, revoke_options)},
    {.name = "token list", .run = nothing, .summary = "List tokens"},
    {.name = "enroll",
	.run = nothing,
	.summary = "New token",
	ARGS(operands, enroll_operands),
	ARGS(options, enroll_options)},
    {.name = NULL},
};

const struct command *const command_groups[] = {commands_here, NULL};

/* A command line that parse may write to. */
struct line {
	char text[512];
	char *argv[WORDS_MAX + 2];
	int argc;
};

/* Words stand between '|'. */
static void
line_make(struct line *l, const char *words)
{
	char *save = NULL, *word;

	(void)snprintf(l->text, sizeof(l->text), "bulkhead|%s", words);
	l->argc = 0;
	for (word = strtok_r(l->text, "|", &save); word != NULL;
	     word = strtok_r(NULL, "|", &save))
		l->argv[l->argc++] = word;
	l->argv[l->argc] = NULL;
}

/* Parse with stdout and stderr in a file; its text into said. */
static bool
parse(struct line *l, struct invocation *inv, int *exitp, char said[4096])
{
	int out = dup(1), err = dup(2), fd;
	char path[] = "/tmp/test_options.XXXXXX";
	ssize_t n;
	bool ok;

	fd = mkstemp(path);
	assert_true(fd != -1 && unlink(path) == 0);
	assert_int_equal(fflush(stdout), 0);
	assert_true(dup2(fd, 1) == 1 && dup2(fd, 2) == 2);
	ok = command_parse(l->argc, l->argv, inv, exitp);
	(void)fflush(stdout);
	assert_true(dup2(out, 1) == 1 && dup2(err, 2) == 2);
	n = pread(fd, said, 4095, 0);
	assert_true(n >= 0);
	said[n] = '\0';
	(void)close(fd);
	(void)close(out);
	(void)close(err);
	return ok;
}

static const struct {
	const char *rule, *words, *want;
} wrong[] = {
    {"no command", "--json", "no command; see 'bulkhead --help'"},
    {"unknown command", "frobnicate", "unknown command 'frobnicate'"},
    {"a hint for a mistyped command", "enrol|alice", "did you mean 'enroll'"},
    {"a verb alone", "revoke|5", "did you mean 'token revoke'"},
    {"a group lists its verbs", "token", "'token' needs another word: revoke,"},
    {"unknown verb", "token|steal", "'token' can't 'steal'; it can: revoke"},
    {"unknown option with a hint", "token|revoke|5|--raeson|x",
	"unknown option --raeson; did you mean --reason"},
    {"unknown letter", "token|revoke|5|-x", "unknown option -x"},
    {"letters are not gathered", "token|revoke|5|-yo", "unknown option -yo"},
    {"an option before its command", "--reason|x|token|revoke|5",
	"options of a command stand behind it"},
    {"no abbreviation", "token|revoke|5|--reas|x", "unknown option --reas"},
    {"missing operand", "token|revoke|--reason|x", "ID is missing: token"},
    {"missing option", "token|revoke|5", "--reason is missing: why"},
    {"missing value", "token|revoke|5|--reason", "--reason needs a value"},
    {"empty value", "token|revoke|5|--reason=", "--reason is empty"},
    {"a flag with a value", "token|revoke|5|--yes=1", "--yes takes no value"},
    {"twice", "token|revoke|5|--reason|x|--reason|y", "--reason is given twi"},
    {"one word too many", "token|revoke|5|6|--reason|x", "'6' is one word too"},
    {"not a number", "token|revoke|5x|--reason|x", "'5x' is not a number"},
    {"no such choice", "enroll|alice|sms", "one of: totp hotp"},
    {"part of a choice", "enroll|alice|to", "'to' is not allowed for KIND"},
    {"two choices", "enroll|alice|totp hotp", "is not allowed for KIND"},
    {"a number that is no choice", "enroll|a|totp|--digits|7", "one of: 6 8"},
};

static void
test_usage_errors(void **state)
{
	struct invocation inv;
	struct line l;
	char said[4096];
	size_t i;
	int code;

	(void)state;
	for (i = 0; i < nitems(wrong); i++) {
		line_make(&l, wrong[i].words);
		code = -1;
		assert_false(parse(&l, &inv, &code, said));
		if (strstr(said, wrong[i].want) == NULL)
			print_error("%s: %s\n", wrong[i].rule, said);
		assert_int_equal(code, CLI_USAGE);
		assert_true(strncmp(said, "bulkhead: ", 10) == 0);
		assert_non_null(strstr(said, wrong[i].want));
	}
}

static void
test_options_anywhere(void **state)
{
	static const char *const lines[] = {
	    "token|revoke|5|--reason|lost phone|-y",
	    "--json|token|--json|revoke|--reason=lost phone|-y|5",
	    "token|revoke|--reason|lost phone|-y|--|5",
	    "-c|/x|token|revoke|-y|5|--reason|lost phone",
	    "token|revoke|-y|--config=/x|5|--reason|lost phone",
	};
	struct invocation inv;
	struct line l;
	char said[4096];
	size_t i;
	int code;

	(void)state;
	for (i = 0; i < nitems(lines); i++) {
		line_make(&l, lines[i]);
		assert_true(parse(&l, &inv, &code, said));
		assert_string_equal(inv.command->name, "token revoke");
		assert_int_equal(inv_number(&inv, "ID", 0), 5);
		assert_string_equal(inv_value(&inv, "reason"), "lost phone");
		assert_true(inv_given(&inv, "yes"));
		assert_false(inv_given(&inv, "output"));
		assert_int_equal(inv.json, i == 1);
		assert_string_equal(
		    inv.config_path, i >= 3 ? "/x" : CONFIG_PATH);
		assert_string_equal(said, "");
	}
}

static void
test_values(void **state)
{
	struct invocation inv;
	struct line l;
	char said[4096];
	int code;

	(void)state;
	line_make(&l, "enroll|--|--odd|HOTP");
	assert_true(parse(&l, &inv, &code, said));
	assert_string_equal(inv_value(&inv, "LOGIN"), "--odd");
	assert_string_equal(inv_value(&inv, "KIND"), "hotp");
	assert_int_equal(inv_number(&inv, "digits", 6), 6);
	line_make(&l, "enroll|a|totp|--digits|8|--algorithm=sha256");
	assert_true(parse(&l, &inv, &code, said));
	assert_int_equal(inv_number(&inv, "digits", 6), 8);
	assert_string_equal(inv_value(&inv, "algorithm"), "SHA256");
	line_make(&l, "token|revoke|1|-o-|--reason=a=b");
	assert_true(parse(&l, &inv, &code, said));
	assert_string_equal(inv_value(&inv, "output"), "-");
	assert_string_equal(inv_value(&inv, "reason"), "a=b");
}

static void
test_help(void **state)
{
	static const struct {
		const char *words, *want;
	} rows[] = {
	    {"--help", "  token revoke        End a token\n"},
	    {"-h", "Options, for every command:"},
	    {"token|--help", "token list"},
	    {"token|revoke|--help", "token revoke ID --reason TEXT"},
	    {"enroll|-h", "(one of: totp hotp)"},
	    {"--version", "bulkhead " VERSION_TEXT "\n"},
	};
	struct invocation inv;
	struct line l;
	char said[4096];
	size_t i;
	int code;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		line_make(&l, rows[i].words);
		code = -1;
		assert_false(parse(&l, &inv, &code, said));
		assert_int_equal(code, CLI_DONE);
		assert_non_null(strstr(said, rows[i].want));
	}
}

static void
test_errors_as_json(void **state)
{
	struct invocation inv;
	struct line l;
	char said[4096];
	int code;

	(void)state;
	line_make(&l, "token|steal\x1b[2J|--json");
	assert_false(parse(&l, &inv, &code, said));
	assert_int_equal(code, CLI_USAGE);
	assert_non_null(strstr(said, "\"error\": \"'token' can't 'steal"));
	assert_null(strchr(said, '\x1b'));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_usage_errors),
	    cmocka_unit_test(test_options_anywhere),
	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_help),
	    cmocka_unit_test(test_errors_as_json),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
