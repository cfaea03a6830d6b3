/*
 * Prints the tables of commands, of configuration keys and of statements at
 * build time: the bash completion, the commands' part of the manual, and lists
 * that the pages are checked against.
 */
#include "tools/command.h"
#include "tools/distinct.h"

#include <string.h>

/* "COMMAND" lines, and "COMMAND --option" lines. */
static int
print_commands(void)
{
	const struct command *c;
	size_t i, k;

	for (i = 0; (c = command_at(i)) != NULL; i++) {
		(void)printf("%s\n", c->name);
		for (k = 0; k < c->n_options; k++)
			(void)printf("%s --%s\n", c->name, c->options[k].name);
	}
	return 0;
}

static int
print_usage(void)
{
	const struct command *c;
	size_t i;

	for (i = 0; (c = command_at(i)) != NULL; i++) {
		command_usage(c, stdout);
		(void)putchar('\n');
	}
	return 0;
}

/* "section key", "type" and "default", a tab between. */
static int
print_keys(void)
{
	const struct config_key *keys;
	size_t i, n;

	keys = config_keys(&n);
	for (i = 0; i < n; i++)
		(void)printf("%s\t%s\t%s\t%s\n", keys[i].section, keys[i].key,
		    keys[i].type, keys[i].default_text);
	return 0;
}

/* The statements of bulkhead distinct: "ID", statement and numbers. */
static int
print_statements(void)
{
	size_t i;

	for (i = 0; i < n_statements; i++)
		(void)printf("%s\t%s\t%s\n", statements[i].id,
		    statements[i].text,
		    statements[i].number != NULL ? statements[i].number : "");
	return 0;
}

static int
print_completion(void)
{
	command_completion();
	return 0;
}

static int
print_manual(void)
{
	command_manual();
	return 0;
}

static const struct {
	const char *name;
	int (*print)(void);
} lists[] = {
    {"commands", print_commands},
    {"usage", print_usage},
    {"keys", print_keys},
    {"statements", print_statements},
    {"completion", print_completion},
    {"manual", print_manual},
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc == 2 && i < nitems(lists); i++) {
		if (strcmp(argv[1], lists[i].name) == 0)
			return lists[i].print() != 0 || fflush(stdout) != 0;
	}
	(void)fprintf(stderr,
	    "usage: gen commands|usage|keys|statements|completion|manual\n");
	return 2;
}
