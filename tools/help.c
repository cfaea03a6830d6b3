/*
 * What --help prints, from the table.
 */
#include "tools/command.h"

#include <string.h>

#define WIDTH	 78
#define LEFT_MAX 64

/* Words of text, wrapped at WIDTH, each further line indented. */
static void
wrap(const char *text, size_t indent, size_t column, FILE *out)
{
	size_t len;

	while (*text != '\0') {
		if (*text == '\n') {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
			text++;
			continue;
		}
		len = strcspn(text, " \n");
		if (column > indent && column + 1 + len > WIDTH) {
			(void)fprintf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent && len > 0) {
			(void)fputc(' ', out);
			column++;
		}
		(void)fprintf(out, "%.*s", (int)len, text);
		column += len;
		text += len;
		text += *text == ' ';
	}
	(void)fputc('\n', out);
}

/* "totp|hotp" for choices, else the argument's or operand's name. */
static void
print_placeholder(const struct arg *arg, FILE *out)
{
	const char *s;

	if (arg->choices == NULL) {
		(void)fputs(
		    arg->argument != NULL ? arg->argument : arg->name, out);
		return;
	}
	for (s = arg->choices; *s != '\0'; s++)
		(void)fputc(*s == ' ' ? '|' : *s, out);
}

static void
usage_arg(const struct arg *arg, bool is_option, FILE *out)
{
	(void)fputs(arg->required ? " " : " [", out);
	if (is_option && arg->letter != 0)
		(void)fprintf(out, "-%c", arg->letter);
	else if (is_option)
		(void)fprintf(out, "--%s", arg->name);
	if (is_option && arg->argument != NULL)
		(void)fputc(' ', out);
	if (!is_option || arg->argument != NULL)
		print_placeholder(arg, out);
	(void)fputs(arg->required ? "" : "]", out);
}

void
command_usage(const struct command *c, FILE *out)
{
	size_t i;

	(void)fputs(c->name, out);
	for (i = 0; i < c->n_operands; i++)
		usage_arg(&c->operands[i], false, out);
	for (i = 0; i < c->n_options; i++)
		usage_arg(&c->options[i], true, out);
}

/* "  -o, --output FILE", and the help in a column of its own. */
static void
print_arg(const struct arg *arg, bool is_option, int left_width)
{
	char left[LEFT_MAX];
	FILE *out;

	memset(left, 0, sizeof(left));
	if ((out = fmemopen(left, sizeof(left), "w")) == NULL)
		return;
	if (is_option && arg->letter != 0)
		(void)fprintf(out, "-%c, ", arg->letter);
	if (is_option)
		(void)fprintf(
		    out, "--%s%s", arg->name, arg->argument != NULL ? " " : "");
	if (!is_option || arg->argument != NULL)
		(void)fputs(
		    arg->argument != NULL ? arg->argument : arg->name, out);
	(void)fclose(out);
	left[sizeof(left) - 1] = '\0';
	(void)printf("  %-*s  ", left_width, left);
	if ((int)strlen(left) > left_width)
		(void)printf("\n  %*s  ", left_width, "");
	wrap(arg->help, (size_t)left_width + 4, (size_t)left_width + 4, stdout);
	if (arg->choices != NULL)
		(void)printf(
		    "  %*s  (one of: %s)\n", left_width, "", arg->choices);
}

static void
print_args(const char *title, const struct arg *args, size_t n, bool options)
{
	size_t i;

	if (n == 0)
		return;
	(void)printf("\n%s:\n", title);
	for (i = 0; i < n; i++)
		print_arg(&args[i], options, 22);
}

static void
print_usage(const struct command *c)
{
	char line[1024] = "";
	FILE *out;

	if ((out = fmemopen(line, sizeof(line) - 1, "w")) == NULL)
		return;
	(void)fputs("usage: bulkhead [-c FILE] [--json] ", out);
	if (c != NULL)
		command_usage(c, out);
	else
		(void)fputs("COMMAND ...", out);
	(void)fclose(out);
	wrap(line, 4, 0, stdout);
}

static void
print_summaries(const char *group)
{
	const struct command *c;
	size_t i, len = group != NULL ? strlen(group) : 0;

	for (i = 0; (c = command_at(i)) != NULL; i++) {
		if (group == NULL ||
		    (strncmp(c->name, group, len) == 0 && c->name[len] == ' '))
			(void)printf("  %-18s  %s\n", c->name, c->summary);
	}
}

void
command_help_group(const char *group)
{
	(void)printf("usage: bulkhead [-c FILE] [--json] %s ...\n\n", group);
	print_summaries(group);
}

void
command_help(const struct command *c)
{
	print_usage(c);
	if (c == NULL) {
		(void)printf("\nA second factor on every login to this host; "
			     "see bulkhead(8).\n\nCommands:\n");
		print_summaries(NULL);
		print_args("Options, for every command", global_options,
		    n_global_options, true);
		(void)printf("\nExit: 0 done or holds, 1 a finding or a "
			     "refusal, 2 usage, 3 could not be done.\n"
			     "'bulkhead COMMAND --help' says more of one.\n");
		return;
	}
	(void)printf("\n%s.\n", c->summary);
	if (c->description != NULL) {
		(void)fputc('\n', stdout);
		wrap(c->description, 0, 0, stdout);
	}
	print_args("Operands", c->operands, c->n_operands, false);
	print_args("Options", c->options, c->n_options, true);
}
