/*
 * All users, groups and commands that sudoers names: what has to be tried.
 */
#include "core/host/sudoers_rules.h"

#include <string.h>

static bool
has(const json_t *list, const char *name)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		if (strcmp(json_string_value(v), name) == 0)
			return true;
	}
	return false;
}

/* False: no memory. */
static bool
add(json_t *list, const char *name)
{
	return has(list, name) ||
	       json_array_append_new(list, json_string(name)) == 0;
}

/* Add each member's text under key that is in the list. */
static bool
add_members(json_t *names, const json_t *list, const char *key)
{
	const json_t *member;
	const char *name;
	size_t i;

	json_array_foreach(list, i, member)
	{
		name = json_string_value(json_object_get(member, key));
		if (name != NULL && name[0] != '\0' &&
		    strcmp(name, "ALL") != 0 && !add(names, name))
			return false;
	}
	return true;
}

/* The same for each alias of the kind. */
static bool
add_aliases(json_t *names, const json_t *doc, const char *kind, const char *key)
{
	json_t *aliases = json_object_get(doc, kind), *list;
	const char *name;

	json_object_foreach(aliases, name, list)
	{
		if (!add_members(names, list, key))
			return false;
	}
	return true;
}

/* And for the Binding of each Defaults in a list. */
static bool
add_bindings(
    json_t *names, const json_t *doc, const char *list, const char *key)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(doc, list), i, entry)
	{
		if (!add_members(names, json_object_get(entry, "Binding"), key))
			return false;
	}
	return true;
}

/* And for a list of each rule, or of each part of it. */
static bool
add_rules(json_t *names, const json_t *doc, const char *list, const char *key)
{
	const json_t *spec, *part;
	size_t i, j;

	json_array_foreach(json_object_get(doc, "User_Specs"), i, spec)
	{
		if (!add_members(names, json_object_get(spec, list), key))
			return false;
		json_array_foreach(json_object_get(spec, "Cmnd_Specs"), j, part)
		{
			if (!add_members(
				names, json_object_get(part, list), key))
				return false;
		}
	}
	return true;
}

/* names, if all went well; else nothing. */
static json_t *
whole(json_t *names, bool well)
{
	if (!well) {
		json_decref(names);
		return NULL;
	}
	return names;
}

json_t *
sudo_named_commands(const json_t *doc)
{
	json_t *names = json_array();

	return whole(
	    names, names != NULL && add(names, SUDO_ANY_COMMAND) &&
		       add_rules(names, doc, "Commands", "command") &&
		       add_aliases(names, doc, "Command_Aliases", "command") &&
		       add_bindings(names, doc, "Defaults_Command", "command"));
}

/* Whom runas_default names: "sudo CMD" runs as him. */
static bool
add_default(json_t *names, const json_t *doc)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(doc, "Defaults"), i, entry)
	{
		if (!add_members(names, json_object_get(entry, "Options"),
			sudo_option_name(SUDO_RUNAS_DEFAULT)))
			return false;
	}
	return true;
}

json_t *
sudo_named_runas(const json_t *doc)
{
	json_t *names = json_array();

	return whole(
	    names, names != NULL && add(names, "root") &&
		       add(names, SUDO_ANY_USER) && add_default(names, doc) &&
		       add_rules(names, doc, "runasusers", "username") &&
		       add_aliases(names, doc, "Runas_Aliases", "username") &&
		       add_bindings(names, doc, "Defaults_Runas", "username"));
}

json_t *
sudo_named_groups(const json_t *doc)
{
	json_t *names = json_array();

	/* An alias of groups reads as one of users. */
	return whole(
	    names, names != NULL && add(names, SUDO_ANY_GROUP) &&
		       add_rules(names, doc, "runasgroups", "usergroup") &&
		       add_aliases(names, doc, "Runas_Aliases", "username"));
}

/* Add the members of the list that name a user by no name. */
static bool
add_kinds(json_t *members, json_t *list)
{
	static const char *const keys[] = {
	    "userid", "usergroup", "usergid", "netgroup"};
	json_t *member;
	size_t i, j;

	json_array_foreach(list, i, member)
	{
		for (j = 0; j < nitems(keys); j++) {
			if (json_object_get(member, keys[j]) != NULL &&
			    json_array_append(members, member) != 0)
				return false;
		}
	}
	return true;
}

json_t *
sudo_named_runas_kinds(const json_t *doc)
{
	json_t *members = json_array(), *list, *entry, *part;
	bool well = members != NULL;
	const char *name;
	size_t i, j;

	json_object_foreach(json_object_get(doc, "Runas_Aliases"), name, list)
	    well = well && add_kinds(members, list);
	json_array_foreach(json_object_get(doc, "Defaults_Runas"), i, entry)
	    well =
		well && add_kinds(members, json_object_get(entry, "Binding"));
	json_array_foreach(json_object_get(doc, "User_Specs"), i, entry)
	{
		json_array_foreach(
		    json_object_get(entry, "Cmnd_Specs"), j, part) well =
		    well &&
		    add_kinds(members, json_object_get(part, "runasusers"));
	}
	return whole(members, well);
}

json_t *
sudo_named_users(const json_t *doc)
{
	json_t *names = json_array();

	return whole(names,
	    names != NULL && add_rules(names, doc, "User_List", "username") &&
		add_aliases(names, doc, "User_Aliases", "username"));
}

json_t *
sudo_named_user_groups(const json_t *doc)
{
	json_t *names = json_array();

	return whole(names,
	    names != NULL && add_rules(names, doc, "User_List", "usergroup") &&
		add_aliases(names, doc, "User_Aliases", "usergroup"));
}
