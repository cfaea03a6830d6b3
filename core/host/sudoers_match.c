/*
 * The lists of sudoers(5): users, hosts, commands and groups with aliases and
 * negation, of which the last member that fits decides.
 */
#include "core/host/sudoers_rules.h"

#include <fnmatch.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32 /* of aliases in aliases */

struct match {
	const json_t *doc;
	const char *aliases; /* the list of them: "User_Aliases" */
	const struct sudo_user *user;
	const struct sudo_eyes *eyes;
	const char *text; /* the command, or the group */
	enum sudo_match (*one)(struct match *m, const json_t *member);
	int depth;
};

static const char *
text_of(const json_t *member, const char *key)
{
	return json_string_value(json_object_get(member, key));
}

static enum sudo_match
match_list(struct match *m, const json_t *list)
{
	enum sudo_match found = SUDO_UNSPECIFIED, one;
	const json_t *member;
	size_t i;

	json_array_foreach(list, i, member)
	{
		if ((one = m->one(m, member)) == SUDO_UNSPECIFIED)
			continue;
		if (json_is_true(json_object_get(member, "negated")))
			one = one == SUDO_ALLOW ? SUDO_REFUSE : SUDO_ALLOW;
		found = one;
	}
	return found;
}

static enum sudo_match
match_alias(struct match *m, const char *name)
{
	enum sudo_match found;

	if (m->depth == DEPTH_MAX)
		return SUDO_UNSPECIFIED;
	m->depth++;
	found = match_list(
	    m, json_object_get(json_object_get(m->doc, m->aliases), name));
	m->depth--;
	return found;
}

/* sudo takes the name of an alias that there is not as it stands. */
static bool
is_alias(const struct match *m, const char *name)
{
	return json_object_get(json_object_get(m->doc, m->aliases), name) !=
	       NULL;
}

static enum sudo_match
says(bool fits)
{
	return fits ? SUDO_ALLOW : SUDO_UNSPECIFIED;
}

static bool
same_name(const struct match *m, const char *a, const char *b)
{
	return (m->eyes->case_counts ? strcmp(a, b) : strcasecmp(a, b)) == 0;
}

static enum sudo_match
match_user(struct match *m, const json_t *member)
{
	const struct sudo_eyes *eyes = m->eyes;
	const json_t *id;
	const char *name;
	char gid[32];

	if ((name = text_of(member, "useralias")) != NULL ||
	    (name = text_of(member, "runasalias")) != NULL) {
		if (is_alias(m, name))
			return match_alias(m, name);
		return says(same_name(m, name, m->user->name));
	}
	if ((name = text_of(member, "username")) != NULL)
		return says(strcmp(name, "ALL") == 0 ||
			    same_name(m, name, m->user->name));
	if ((id = json_object_get(member, "userid")) != NULL)
		return says(json_integer_value(id) == (json_int_t)m->user->uid);
	if ((name = text_of(member, "usergroup")) != NULL)
		return says(eyes->in_group(eyes->arg, m->user, name));
	if ((id = json_object_get(member, "usergid")) != NULL) {
		(void)snprintf(gid, sizeof(gid), "#%lld",
		    (long long)json_integer_value(id));
		return says(eyes->in_group(eyes->arg, m->user, gid));
	}
	if ((name = text_of(member, "netgroup")) != NULL)
		return says(eyes->in_netgroup(eyes->arg, m->user, name));
	/* A group of a plugin: who is in it can't be told here, so anybody. */
	return says(eyes->group_plugin);
}

enum sudo_match
sudo_match_users(const json_t *doc, const char *aliases, const json_t *list,
    const struct sudo_user *u, const struct sudo_eyes *eyes)
{
	struct match m = {.doc = doc,
	    .aliases = aliases,
	    .user = u,
	    .eyes = eyes,
	    .one = match_user};

	return match_list(&m, list);
}

static enum sudo_match
match_host(struct match *m, const json_t *member)
{
	const struct sudo_eyes *eyes = m->eyes;
	const char *name;

	if ((name = text_of(member, "hostalias")) != NULL) {
		if (is_alias(m, name))
			return match_alias(m, name);
		return says(eyes->is_host(eyes->arg, name));
	}
	if ((name = text_of(member, "hostname")) != NULL)
		return says(
		    strcmp(name, "ALL") == 0 || eyes->is_host(eyes->arg, name));
	if ((name = text_of(member, "networkaddr")) != NULL)
		return says(eyes->is_address(eyes->arg, name));
	if ((name = text_of(member, "netgroup")) != NULL)
		return says(eyes->in_netgroup(eyes->arg, NULL, name));
	return says(true);
}

enum sudo_match
sudo_match_hosts(
    const json_t *doc, const json_t *list, const struct sudo_eyes *eyes)
{
	struct match m = {.doc = doc,
	    .aliases = "Host_Aliases",
	    .eyes = eyes,
	    .one = match_host};

	return match_list(&m, list);
}

/* "^...$": an extended regular expression. */
static bool
fits_regex(const char *pattern, size_t len, const char *text)
{
	char *copy = strndup(pattern, len);
	regex_t re;
	bool fits = false;

	if (copy != NULL && regcomp(&re, copy, REG_EXTENDED | REG_NOSUB) == 0) {
		fits = regexec(&re, text, 0, NULL, 0) == 0;
		regfree(&re);
	}
	free(copy);
	return fits;
}

static bool
is_regex(const char *text, size_t len)
{
	return len > 1 && text[0] == '^' && text[len - 1] == '$';
}

static bool
fits_text(const char *pattern, size_t len, const char *path)
{
	char rule[4096];

	if (len >= sizeof(rule))
		return true;
	if (is_regex(pattern, len))
		return fits_regex(pattern, len, path);
	(void)snprintf(rule, sizeof(rule), "%.*s", (int)len, pattern);
	if (len > 0 && rule[len - 1] == '/')
		return strncmp(rule, path, len) == 0 &&
		       strchr(path + len, '/') == NULL;
	return fnmatch(rule, path, FNM_PATHNAME) == 0;
}

/* The other path of a file where /bin is /usr/bin. */
static bool
twin_path(const char *path, char *other, size_t size)
{
	const char *tail = strncmp(path, "/usr/", 5) == 0 ? path + 4 : path;

	return (size_t)snprintf(other, size, "%s%s", tail == path ? "/usr" : "",
		   tail) < size;
}

static bool
same_file(const char *path, const char *other)
{
	struct stat a, b;

	return stat(path, &a) == 0 && stat(other, &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/*
 * Does a path fit the path of a rule: itself, a folder/, a wildcard?  sudo
 * looks at the files, so it does not matter by which path they are named.
 */
static bool
fits_path(const char *pattern, size_t len, const char *path)
{
	char other[4096];

	return fits_text(pattern, len, path) ||
	       (!is_regex(pattern, len) &&
		   twin_path(path, other, sizeof(other)) &&
		   fits_text(pattern, len, other) && same_file(path, other));
}

/*
 * A command with arguments names just these; one without stands for some
 * arguments that no rule names.
 */
static bool
fits_command(const char *pattern, const char *command)
{
	size_t len = strcspn(pattern, " "), mine = strcspn(command, " ");
	const char *args = pattern[len] != '\0' ? pattern + len + 1 : NULL;
	char path[4096];

	if (strcmp(pattern, "ALL") == 0 || strcmp(pattern, command) == 0)
		return true;
	if (strcmp(command, SUDO_ANY_COMMAND) == 0 || mine >= sizeof(path))
		return false;
	(void)snprintf(path, sizeof(path), "%.*s", (int)mine, command);
	if (!fits_path(pattern, len, path))
		return false;
	if (args == NULL)
		return true;
	if (command[mine] == '\0')
		return false;
	if (is_regex(args, strlen(args)))
		return fits_regex(args, strlen(args), command + mine + 1);
	return fnmatch(args, command + mine + 1, 0) == 0;
}

static enum sudo_match
match_command(struct match *m, const json_t *member)
{
	const char *name;

	if ((name = text_of(member, "cmndalias")) != NULL)
		return match_alias(m, name);
	name = text_of(member, "command");
	return says(name != NULL && fits_command(name, m->text));
}

enum sudo_match
sudo_match_commands(const json_t *doc, const json_t *list, const char *command)
{
	struct match m = {.doc = doc,
	    .aliases = "Command_Aliases",
	    .text = command,
	    .one = match_command};

	return match_list(&m, list);
}

static enum sudo_match
match_group(struct match *m, const json_t *member)
{
	const char *name = text_of(member, "runasalias");

	if (name != NULL)
		return match_alias(m, name);
	if ((name = text_of(member, "usergroup")) == NULL)
		name = text_of(member, "username");
	return says(name == NULL || strcmp(name, "ALL") == 0 ||
		    strcmp(name, m->text) == 0);
}

enum sudo_match
sudo_match_groups(const json_t *doc, const json_t *list, const char *group)
{
	struct match m = {.doc = doc,
	    .aliases = "Runas_Aliases",
	    .text = group,
	    .one = match_group};

	return match_list(&m, list);
}
