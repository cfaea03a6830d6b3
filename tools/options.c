/*
 * Reading the command line by the table.  Options may stand anywhere, as
 * "--name value" or "--name=value"; "--" ends them.
 */
#include "tools/command.h"
#include "tools/output.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAME_MAX_LEN 64

struct scan {
	struct invocation *inv;
	char **argv; /* what is still to read */
	const char *group;
	size_t n_operands;
	bool help;
	bool version;
};

/* How many changes lead from a to b, for a hint; short words only. */
static size_t
distance(const char *a, size_t alen, const char *b)
{
	size_t row[NAME_MAX_LEN + 1], i, j, corner, up, best;
	size_t blen = strlen(b);

	if (alen > NAME_MAX_LEN || blen > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (j = 0; j <= blen; j++)
		row[j] = j;
	for (i = 1; i <= alen; i++) {
		corner = row[0];
		row[0] = i;
		for (j = 1; j <= blen; j++) {
			up = row[j];
			best = corner + (a[i - 1] != b[j - 1]);
			best = up + 1 < best ? up + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
			corner = up;
		}
	}
	return row[blen];
}

static bool
near(const char *a, size_t alen, const char *b)
{
	return distance(a, alen, b) <= (alen > 4 ? 2 : 1);
}

/* "bulkhead token revoke --help", as far as the command is known. */
static const char *
help_line(const struct scan *s, char text[NAME_MAX_LEN])
{
	const struct command *c = s->inv->command;
	const char *name = c != NULL ? c->name : s->group;

	(void)snprintf(text, NAME_MAX_LEN, "bulkhead%s%s --help",
	    name != NULL ? " " : "", name != NULL ? name : "");
	return text;
}

static bool
unknown_option(struct scan *s, const char *name, size_t len)
{
	const struct command *c = s->inv->command;
	const char *hint = NULL;
	char help[NAME_MAX_LEN];
	size_t i;

	for (i = 0; c != NULL && i < c->n_options; i++) {
		if (near(name, len, c->options[i].name))
			hint = c->options[i].name;
	}
	for (i = 0; i < n_global_options; i++) {
		if (near(name, len, global_options[i].name))
			hint = global_options[i].name;
	}
	(void)out_fail(s->inv, CLI_USAGE,
	    "unknown option --%.*s%s%s%s; see '%s'", (int)len, name,
	    hint != NULL ? "; did you mean --" : "", hint != NULL ? hint : "",
	    c == NULL ? "; options of a command stand behind it" : "",
	    help_line(s, help));
	return false;
}

static bool
unknown_command(struct scan *s, const char *word)
{
	const struct command *c;
	const char *verb, *hint = "";
	char first[NAME_MAX_LEN];
	size_t i;

	for (i = 0; hint[0] == '\0' && (c = command_at(i)) != NULL; i++) {
		(void)snprintf(first, sizeof(first), "%.*s",
		    (int)strcspn(c->name, " "), c->name);
		verb = strchr(c->name, ' ');
		if (verb != NULL && strcmp(word, verb + 1) == 0)
			hint = c->name;
		else if (near(word, strlen(word), first))
			hint = first;
	}
	(void)out_fail(s->inv, CLI_USAGE,
	    "unknown command '%s'%s%s%s; see 'bulkhead --help'", word,
	    hint[0] != '\0' ? "; did you mean '" : "", hint,
	    hint[0] != '\0' ? "'" : "");
	return false;
}

/* Find value among choices in either case, and spell it as they do. */
static bool
take_choice(const char *choices, char *value)
{
	size_t len;

	for (; *choices != '\0'; choices += len) {
		choices += strspn(choices, " ");
		len = strcspn(choices, " ");
		if (len > 0 && len == strlen(value) &&
		    strncasecmp(choices, value, len) == 0) {
			memcpy(value, choices, len);
			return true;
		}
	}
	return false;
}

static bool
check_value(struct scan *s, const struct arg *arg, char *value)
{
	const char *dashes = arg->argument != NULL ? "--" : "";
	uint64_t number;

	if (value[0] == '\0')
		(void)out_fail(
		    s->inv, CLI_USAGE, "%s%s is empty", dashes, arg->name);
	else if (arg->choices != NULL && !take_choice(arg->choices, value))
		(void)out_fail(s->inv, CLI_USAGE,
		    "'%s' is not allowed for %s%s; one of: %s", value, dashes,
		    arg->name, arg->choices);
	else if (arg->type == VALUE_NUMBER &&
		 config_uint(value, 0, UINT64_MAX, &number) != BH_OK)
		(void)out_fail(s->inv, CLI_USAGE,
		    "'%s' is not a number, as %s%s must be", value, dashes,
		    arg->name);
	else
		return true;
	return false;
}

static bool
set_global(struct scan *s, const struct arg *arg, const char *value)
{
	if (strcmp(arg->name, "config") == 0)
		s->inv->config_path = value;
	else if (strcmp(arg->name, "json") == 0)
		s->inv->json = true;
	else if (strcmp(arg->name, "help") == 0)
		s->help = true;
	else
		s->version = true;
	return true;
}

/* Store an option; inline_value is what stood behind '=', or NULL. */
static bool
set_option(struct scan *s, const struct arg *arg, char *inline_value)
{
	const struct command *c = s->inv->command;
	char *value = inline_value;
	size_t i;

	if (arg->argument == NULL && value != NULL) {
		(void)out_fail(
		    s->inv, CLI_USAGE, "--%s takes no value", arg->name);
		return false;
	}
	if (arg->argument != NULL && value == NULL &&
	    (value = *s->argv) != NULL)
		s->argv++;
	if (arg->argument != NULL && value == NULL) {
		(void)out_fail(s->inv, CLI_USAGE, "--%s needs a value: %s",
		    arg->name, arg->argument);
		return false;
	}
	if (value != NULL && !check_value(s, arg, value))
		return false;
	for (i = 0; c != NULL && i < c->n_options; i++) {
		if (arg != &c->options[i])
			continue;
		if (s->inv->option[i] != NULL) {
			(void)out_fail(s->inv, CLI_USAGE, "--%s is given twice",
			    arg->name);
			return false;
		}
		s->inv->option[i] = value != NULL ? value : "";
		return true;
	}
	return set_global(s, arg, value);
}

static bool
read_long(struct scan *s, char *text)
{
	char *equals = strchr(text, '=');
	size_t len = equals != NULL ? (size_t)(equals - text) : strlen(text);
	const struct arg *arg;

	if ((arg = command_option(s->inv->command, text, len, 0)) == NULL)
		return unknown_option(s, text, len);
	return set_option(s, arg, equals != NULL ? equals + 1 : NULL);
}

/* "-o FILE" or "-oFILE"; letters are not gathered. */
static bool
read_short(struct scan *s, char *text)
{
	const struct arg *arg;
	char help[NAME_MAX_LEN];

	arg = command_option(s->inv->command, "", 0, text[0]);
	if (arg == NULL || (arg->argument == NULL && text[1] != '\0')) {
		(void)out_fail(s->inv, CLI_USAGE,
		    "unknown option -%s; see '%s'", text, help_line(s, help));
		return false;
	}
	return set_option(s, arg, text[1] != '\0' ? text + 1 : NULL);
}

/* A word of the command's name. */
static bool
read_command(struct scan *s, const char *word)
{
	char name[NAME_MAX_LEN], verbs[256];

	if (s->group == NULL) {
		if ((s->inv->command = command_find(word)) != NULL)
			return true;
		if (!command_is_group(word, NULL, 0))
			return unknown_command(s, word);
		s->group = word;
		return true;
	}
	(void)snprintf(name, sizeof(name), "%s %s", s->group, word);
	if ((s->inv->command = command_find(name)) != NULL)
		return true;
	(void)command_is_group(s->group, verbs, sizeof(verbs));
	(void)out_fail(s->inv, CLI_USAGE, "'%s' can't '%s'; it can: %s",
	    s->group, word, verbs);
	return false;
}

static bool
read_operand(struct scan *s, char *word)
{
	const struct command *c = s->inv->command;
	char help[NAME_MAX_LEN];

	if (s->n_operands >= c->n_operands) {
		(void)out_fail(s->inv, CLI_USAGE,
		    "'%s' is one word too many; see '%s'", word,
		    help_line(s, help));
		return false;
	}
	if (!check_value(s, &c->operands[s->n_operands], word))
		return false;
	s->inv->operand[s->n_operands++] = word;
	return true;
}

static bool
read_all(struct scan *s)
{
	bool ended = false, ok = true;
	char *word;

	while (ok && (word = *s->argv) != NULL) {
		s->argv++;
		if (!ended && strcmp(word, "--") == 0)
			ended = true;
		else if (!ended && strncmp(word, "--", 2) == 0)
			ok = read_long(s, word + 2);
		else if (!ended && word[0] == '-' && word[1] != '\0')
			ok = read_short(s, word + 1);
		else if (s->inv->command == NULL)
			ok = read_command(s, word);
		else
			ok = read_operand(s, word);
	}
	return ok;
}

/* Is everything there that the command needs? */
static bool
check_complete(struct scan *s)
{
	const struct command *c = s->inv->command;
	char help[NAME_MAX_LEN], verbs[256];
	size_t i;

	if (c == NULL && s->group != NULL) {
		(void)command_is_group(s->group, verbs, sizeof(verbs));
		(void)out_fail(s->inv, CLI_USAGE, "'%s' needs another word: %s",
		    s->group, verbs);
		return false;
	}
	if (c == NULL) {
		(void)out_fail(
		    s->inv, CLI_USAGE, "no command; see 'bulkhead --help'");
		return false;
	}
	for (i = s->n_operands; i < c->n_operands; i++) {
		if (!c->operands[i].required)
			continue;
		(void)out_fail(s->inv, CLI_USAGE, "%s is missing: %s; see '%s'",
		    c->operands[i].name, c->operands[i].help,
		    help_line(s, help));
		return false;
	}
	for (i = 0; i < c->n_options; i++) {
		if (!c->options[i].required || s->inv->option[i] != NULL)
			continue;
		(void)out_fail(s->inv, CLI_USAGE,
		    "--%s is missing: %s; see '%s'", c->options[i].name,
		    c->options[i].help, help_line(s, help));
		return false;
	}
	return true;
}

/* --json counts for errors too, whatever stands before it. */
static bool
wants_json(char **argv)
{
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
		if (strcmp(*argv, "--json") == 0)
			return true;
	}
	return false;
}

bool
command_parse(int argc, char **argv, struct invocation *inv, int *exitp)
{
	struct scan s = {.inv = inv, .argv = argv + (argc > 0 ? 1 : 0)};

	memset(inv, 0, sizeof(*inv));
	inv->config_path = CONFIG_PATH;
	inv->json = wants_json(s.argv);
	*exitp = CLI_USAGE;
	if (!read_all(&s))
		return false;
	if (!s.version && !s.help)
		return check_complete(&s);
	if (s.version)
		(void)printf("bulkhead %s\n", VERSION_TEXT);
	else if (inv->command == NULL && s.group != NULL)
		command_help_group(s.group);
	else
		command_help(inv->command);
	*exitp = CLI_DONE;
	return false;
}

const char *
inv_value(const struct invocation *inv, const char *name)
{
	const struct command *c = inv->command;
	size_t i;

	for (i = 0; i < c->n_operands; i++) {
		if (strcmp(c->operands[i].name, name) == 0)
			return inv->operand[i];
	}
	for (i = 0; i < c->n_options; i++) {
		if (strcmp(c->options[i].name, name) == 0)
			return inv->option[i];
	}
	abort(); /* a name that is not in the command's table */
}

bool
inv_given(const struct invocation *inv, const char *name)
{
	return inv_value(inv, name) != NULL;
}

uint64_t
inv_number(const struct invocation *inv, const char *name, uint64_t unset)
{
	const char *value = inv_value(inv, name);
	uint64_t number;

	if (value == NULL ||
	    config_uint(value, 0, UINT64_MAX, &number) != BH_OK)
		return unset;
	return number;
}
