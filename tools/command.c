/*
 * Finding a command, and an option of it.
 */
#include "tools/command.h"

#include <string.h>

const struct arg global_options[] = {
    {.name = "config",
	.letter = 'c',
	.argument = "FILE",
	.type = VALUE_FILE,
	.help = "the configuration, in place of " CONFIG_PATH},
    {.name = "json", .help = "print one JSON document in place of text"},
    {.name = "help", .letter = 'h', .help = "say what a command does"},
    {.name = "version", .help = "say which version this is"},
};

const size_t n_global_options = nitems(global_options);

const struct command *
command_at(size_t i)
{
	const struct command *c;
	size_t group;

	for (group = 0; command_groups[group] != NULL; group++) {
		for (c = command_groups[group]; c->name != NULL; c++) {
			if (i-- == 0)
				return c;
		}
	}
	return NULL;
}

const struct command *
command_find(const char *name)
{
	const struct command *c;
	size_t i;

	for (i = 0; (c = command_at(i)) != NULL; i++) {
		if (strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

static const struct arg *
find_option(
    const struct arg *rows, size_t n, const char *name, size_t len, char letter)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (letter != 0 ? rows[i].letter == letter
				: strlen(rows[i].name) == len &&
				      memcmp(rows[i].name, name, len) == 0)
			return &rows[i];
	}
	return NULL;
}

const struct arg *
command_option(
    const struct command *c, const char *name, size_t len, char letter)
{
	const struct arg *row = NULL;

	if (c != NULL)
		row = find_option(c->options, c->n_options, name, len, letter);
	if (row == NULL)
		row = find_option(
		    global_options, n_global_options, name, len, letter);
	return row;
}

bool
command_is_group(const char *word, char *verbs, size_t size)
{
	const struct command *c;
	size_t i, used = 0, len = strlen(word);
	bool found = false;

	for (i = 0; (c = command_at(i)) != NULL; i++) {
		if (strncmp(c->name, word, len) != 0 || c->name[len] != ' ')
			continue;
		found = true;
		if (verbs != NULL && used < size)
			used += (size_t)snprintf(verbs + used, size - used,
			    "%s%s", used > 0 ? ", " : "", c->name + len + 1);
	}
	return found;
}
