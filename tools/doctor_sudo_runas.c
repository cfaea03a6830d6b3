/*
 * As whom sudo runs a command, where a rule does not say it by a name; and the
 * shells of "sudo -i".
 */
#include "tools/doctor_sudo.h"

#include <stdlib.h>
#include <string.h>

#define EACH_MAX 2 /* the first may be the one who calls */

/*
 * By which members is he meant?  "0101"; members are lists of one.  False: by
 * none of them.
 */
static bool
kind_of(const struct sudo_host *h, const json_t *doc, const json_t *members,
    const struct sudo_user *u, char *kind)
{
	const json_t *list;
	bool any = false, meant;
	size_t i;

	json_array_foreach(members, i, list)
	{
		/* Negated or not: it speaks of him. */
		meant = sudo_match_users(doc, "Runas_Aliases", list, u,
			    &h->eyes) != SUDO_UNSPECIFIED;
		kind[i] = meant ? '1' : '0';
		any = any || meant;
	}
	return any;
}

/* Each member as a list of its own; NULL: no memory. */
static json_t *
singles(const json_t *doc)
{
	json_t *members = sudo_named_runas_kinds(doc), *lists = json_array();
	bool well = members != NULL && lists != NULL;
	json_t *member;
	size_t i;

	json_array_foreach(members, i, member) well =
	    well && json_array_append_new(lists, json_pack("[O]", member)) == 0;
	json_decref(members);
	if (well)
		return lists;
	json_decref(lists);
	return NULL;
}

/* Take him, unless there are enough of his kind. */
static bool
take(json_t *names, json_t *seen, const char *kind, const char *name)
{
	json_int_t n = json_integer_value(json_object_get(seen, kind));

	return n >= EACH_MAX ||
	       (json_object_set_new(seen, kind, json_integer(n + 1)) == 0 &&
		   json_array_append_new(names, json_string(name)) == 0);
}

json_t *
sudo_host_runas(const struct sudo_host *h, const json_t *doc)
{
	json_t *lists = singles(doc), *names = json_array();
	json_t *seen = json_object();
	char *kind = calloc(json_array_size(lists) + 1, 1);
	bool well =
	    lists != NULL && names != NULL && seen != NULL && kind != NULL;
	size_t i;

	/* root is tried anyway */
	for (i = 0; well && json_array_size(lists) > 0 && i < h->n_persons;
	     i++) {
		if (kind_of(h, doc, lists, &h->person[i].user, kind))
			well = take(names, seen, kind, h->person[i].name);
	}
	json_decref(lists);
	json_decref(seen);
	free(kind);
	if (well)
		return names;
	json_decref(names);
	return NULL;
}

/* An empty one is /bin/sh. */
static const char *
shell_of(const struct doctor_account *a)
{
	return a->shell == NULL || a->shell[0] == '\0' ? "/bin/sh" : a->shell;
}

json_t *
sudo_shells(const struct doctor *d)
{
	json_t *shells = json_array(), *seen = json_object();
	bool well = shells != NULL && seen != NULL;
	const char *shell;
	size_t i;

	for (i = 0; well && i < d->n_accounts; i++) {
		shell = shell_of(&d->accounts[i]);
		if (!d->accounts[i].login || json_object_get(seen, shell))
			continue;
		well = json_object_set_new(seen, shell, json_true()) == 0 &&
		       json_array_append_new(shells, json_string(shell)) == 0;
	}
	json_decref(seen);
	if (well)
		return shells;
	json_decref(shells);
	return NULL;
}

bool
sudo_is_shell(const json_t *shells, const struct doctor *d,
    const struct sudo_as *as, const char *command)
{
	const struct doctor_account *a = doctor_account(d, as->user);
	const json_t *shell;
	size_t i;

	if (a != NULL)
		return a->login && strcmp(shell_of(a), command) == 0;
	json_array_foreach(shells, i, shell)
	{
		if (strcmp(json_string_value(shell), command) == 0)
			return true;
	}
	return false;
}
