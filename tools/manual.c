/*
 * The commands' part of bulkhead(8) in mdoc, from the table.
 */
#include "tools/command.h"

#include <string.h>

/* Running text: a line each sentence, and nothing that mdoc would obey. */
static void
print_prose(const char *text)
{
	bool line_start = true;

	for (; *text != '\0'; text++) {
		if (text[0] == '\n' && text[1] == '\n') {
			(void)printf("\n.Pp\n");
			text++;
			line_start = true;
			continue;
		}
		if (line_start && (*text == '.' || *text == '\''))
			(void)printf("\\&");
		line_start = false;
		if (*text == '\\') {
			(void)printf("\\e");
		} else if (*text == '.' && text[1] == ' ') {
			(void)printf(".\n");
			text += strspn(text + 1, " ");
			line_start = true;
		} else {
			(void)putchar(*text);
		}
	}
	(void)putchar('\n');
}

/* "totp | hotp", or the placeholder's name. */
static void
print_value(const struct arg *arg)
{
	const char *s = arg->choices;

	if (s == NULL) {
		(void)printf(
		    "Ar %s", arg->argument != NULL ? arg->argument : arg->name);
		return;
	}
	(void)printf("Cm ");
	for (; *s != '\0'; s++) {
		if (*s == ' ')
			(void)printf(" | ");
		else
			(void)putchar(*s);
	}
}

static void
print_flag(const struct arg *arg)
{
	if (arg->letter != 0)
		(void)printf("Fl %c", arg->letter);
	else
		(void)printf("Fl -%s", arg->name);
}

static void
print_head(const struct command *c)
{
	const struct arg *arg;
	size_t i;

	(void)printf(".It Xo\n.Cm %s\n", c->name);
	for (i = 0; i < c->n_operands; i++) {
		(void)printf(c->operands[i].required ? "." : ".Op ");
		print_value(&c->operands[i]);
		(void)putchar('\n');
	}
	for (i = 0; i < c->n_options; i++) {
		arg = &c->options[i];
		(void)printf(arg->required ? "." : ".Op ");
		print_flag(arg);
		if (arg->argument != NULL)
			(void)putchar(' ');
		if (arg->argument != NULL)
			print_value(arg);
		(void)putchar('\n');
	}
	(void)printf(".Xc\n");
}

static void
print_option(const struct arg *arg)
{
	(void)printf(".It");
	if (arg->letter != 0)
		(void)printf(" Fl %c ,", arg->letter);
	(void)printf(" Fl -%s", arg->name);
	if (arg->argument != NULL)
		(void)printf(" Ar %s", arg->argument);
	(void)putchar('\n');
	print_prose(arg->help);
	if (arg->choices != NULL)
		(void)printf("(one of: %s)\n", arg->choices);
}

static void
print_list(const struct arg *args, size_t n, bool options)
{
	size_t i;

	if (n == 0)
		return;
	(void)printf(".Bl -tag -width \"--algorithm\" -compact\n");
	for (i = 0; i < n; i++) {
		if (options) {
			print_option(&args[i]);
			continue;
		}
		(void)printf(".It Ar %s\n", args[i].name);
		print_prose(args[i].help);
		if (args[i].choices != NULL)
			(void)printf("(one of: %s)\n", args[i].choices);
	}
	(void)printf(".El\n");
}

void
command_manual(void)
{
	const struct command *c;
	size_t i;

	(void)printf(".Bl -tag -width Ds\n");
	for (i = 0; (c = command_at(i)) != NULL; i++) {
		print_head(c);
		(void)printf("%s.\n", c->summary);
		if (c->description != NULL)
			print_prose(c->description);
		print_list(c->operands, c->n_operands, false);
		print_list(c->options, c->n_options, true);
	}
	(void)printf(".El\n");
}
