/*
 * Options: one row each.  Nothing is guessed; what is not understood denies.
 */
#include "pam_module/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static bool
is_absolute(const char *value)
{
	return value[0] == '/';
}

/* Letters, digits and -_. ; the daemon compares it with its own name. */
static bool
is_name(const char *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";

	return value[strspn(value, allowed)] == '\0';
}

static const struct option {
	const char *name; /* with the '=' */
	size_t offset;
	size_t size;
	bool (*valid)(const char *value);
} rows[] = {
    {"socket=", offsetof(struct options, socket),
	sizeof(((struct options *)NULL)->socket), is_absolute},
    {"realm=", offsetof(struct options, realm),
	sizeof(((struct options *)NULL)->realm), is_name},
};

/* The row arg belongs to, or NULL. */
static const struct option *
find(const char *arg)
{
	size_t i;

	for (i = 0; i < nitems(rows); i++) {
		if (strncmp(arg, rows[i].name, strlen(rows[i].name)) == 0)
			return &rows[i];
	}
	return NULL;
}

static enum bh_err
parse_one(const char *arg, struct options *o)
{
	const struct option *row;
	const char *value;
	char *field;

	if ((row = find(arg)) == NULL)
		return BH_ERR_CONFIG;
	value = arg + strlen(row->name);
	field = (char *)o + row->offset;
	if (value[0] == '\0' || field[0] != '\0' || !row->valid(value))
		return BH_ERR_CONFIG;
	return msg_set(field, row->size, value) ? BH_OK : BH_ERR_CONFIG;
}

enum bh_err
options_parse(int argc, const char **argv, struct options *o, const char **badp)
{
	int i;

	memset(o, 0, sizeof(*o));
	for (i = 0; i < argc; i++) {
		if (parse_one(argv[i], o) != BH_OK) {
			*badp = argv[i];
			return BH_ERR_CONFIG;
		}
	}
	if (o->socket[0] == '\0' &&
	    !msg_set(o->socket, sizeof(o->socket), OPTIONS_SOCKET_DEFAULT))
		return BH_ERR_CONFIG;
	return BH_OK;
}
