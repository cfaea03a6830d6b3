/*
 * One user's rules: which Defaults and which rule hold for a command.
 */
#include "core/host/sudoers_rules.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const option_names[SUDO_OPTIONS] = {
    [SUDO_AUTHENTICATE] = "authenticate",
    [SUDO_ACCT_MGMT] = "pam_acct_mgmt",
    [SUDO_SESSION] = "pam_session",
    [SUDO_EXEMPT_GROUP] = "exempt_group",
    [SUDO_TIMEOUT] = "timestamp_timeout",
    [SUDO_SERVICE] = "pam_service",
    [SUDO_LOGIN_SERVICE] = "pam_login_service",
    [SUDO_ASKPASS_SERVICE] = "pam_askpass_service",
    [SUDO_RUNAS_DEFAULT] = "runas_default",
    [SUDO_TARGETPW] = "targetpw",
    [SUDO_ROOTPW] = "rootpw",
    [SUDO_RUNASPW] = "runaspw",
};

struct sudo_rules {
	const json_t *doc;
	const struct sudo_user *user;
	const struct sudo_eyes *eyes;
	json_t *early;	/* Defaults that hold for the user, whatever he runs */
	json_t *specs;	/* the entries of User_Specs that speak of him here */
	json_t *exempt; /* of each exempt_group that is named: is he in it? */
};

const char *
sudo_option_name(enum sudo_option o)
{
	return option_names[o];
}

bool
sudo_flag(const struct sudo_effect *e, enum sudo_option o, bool unset)
{
	return e->value[o] != NULL ? json_is_true(e->value[o]) : unset;
}

const char *
sudo_text(const struct sudo_effect *e, enum sudo_option o, const char *unset)
{
	const char *text = json_string_value(e->value[o]);

	return text != NULL ? text : unset;
}

double
sudo_timeout(const struct sudo_effect *e, double unset)
{
	const json_t *v = e->value[SUDO_TIMEOUT];

	if (v == NULL || json_is_true(v))
		return unset;
	if (json_is_number(v))
		return json_number_value(v);
	return json_is_string(v) ? strtod(json_string_value(v), NULL) : 0;
}

static enum bh_err
keep(json_t *list, const json_t *entry)
{
	/* Counted by it, and not changed. */
	json_t *e = (json_t *)(uintptr_t)entry;

	return json_array_append(list, e) == 0 ? BH_OK : BH_ERR_NOMEM;
}

/* Does an early Defaults hold for the user on this host? */
static bool
binds(const struct sudo_rules *r, const json_t *entry)
{
	const json_t *list = json_object_get(entry, "Binding");
	const json_t *first = json_array_get(list, 0);

	if (list == NULL)
		return true;
	if (json_object_get(first, "hostname") != NULL ||
	    json_object_get(first, "networkaddr") != NULL ||
	    json_object_get(first, "hostalias") != NULL)
		return sudo_match_hosts(r->doc, list, r->eyes) == SUDO_ALLOW;
	return sudo_match_users(r->doc, "User_Aliases", list, r->user,
		   r->eyes) == SUDO_ALLOW;
}

/* Is the user in the group that an exempt_group of the entry names? */
static enum bh_err
see_exempt(struct sudo_rules *r, const json_t *entry)
{
	const json_t *option, *v;
	enum bh_err e = BH_OK;
	size_t i;

	json_array_foreach(json_object_get(entry, "Options"), i, option)
	{
		v = json_object_get(option, option_names[SUDO_EXEMPT_GROUP]);
		if (e == BH_OK && json_is_string(v))
			e = keep(r->exempt, r->eyes->in_group(r->eyes->arg,
						r->user, json_string_value(v))
						? json_true()
						: json_false());
	}
	return e;
}

static enum bh_err
take_early(struct sudo_rules *r)
{
	const json_t *entry;
	enum bh_err e = BH_OK;
	size_t i;

	json_array_foreach(json_object_get(r->doc, "Defaults"), i, entry)
	{
		if (e == BH_OK)
			e = see_exempt(r, entry);
	}
	json_array_foreach(json_object_get(r->doc, "Defaults_Early"), i, entry)
	{
		if (e == BH_OK && binds(r, entry))
			e = keep(r->early, entry);
	}
	return e;
}

static enum bh_err
take_specs(struct sudo_rules *r)
{
	const json_t *spec;
	enum bh_err e = BH_OK;
	size_t i;

	json_array_foreach(json_object_get(r->doc, "User_Specs"), i, spec)
	{
		if (e == BH_OK &&
		    sudo_match_hosts(r->doc, json_object_get(spec, "Host_List"),
			r->eyes) == SUDO_ALLOW &&
		    sudo_match_users(r->doc, "User_Aliases",
			json_object_get(spec, "User_List"), r->user,
			r->eyes) == SUDO_ALLOW)
			e = keep(r->specs, spec);
	}
	return e;
}

enum bh_err
sudo_rules_new(const json_t *doc, const struct sudo_user *user,
    const struct sudo_eyes *eyes, struct sudo_rules **rp)
{
	struct sudo_rules *r = calloc(1, sizeof(*r));
	enum bh_err e = BH_ERR_NOMEM;

	if (r == NULL)
		return e;
	*r = (struct sudo_rules){.doc = doc,
	    .user = user,
	    .eyes = eyes,
	    .early = json_array(),
	    .specs = json_array(),
	    .exempt = json_array()};
	if (r->early != NULL && r->specs != NULL && r->exempt != NULL &&
	    (e = take_early(r)) == BH_OK)
		e = take_specs(r);
	if (e == BH_OK)
		*rp = r;
	else
		sudo_rules_free(r);
	return e;
}

void
sudo_rules_free(struct sudo_rules *r)
{
	if (r == NULL)
		return;
	json_decref(r->early);
	json_decref(r->specs);
	json_decref(r->exempt);
	free(r);
}

const struct sudo_user *
sudo_rules_user(const struct sudo_rules *r)
{
	return r->user;
}

/* The same entries, not only equal ones: two hosts' rules may read alike. */
static bool
same(const json_t *a, const json_t *b)
{
	size_t i, n = json_array_size(a);

	if (n != json_array_size(b))
		return false;
	for (i = 0; i < n; i++) {
		if (json_array_get(a, i) != json_array_get(b, i))
			return false;
	}
	return true;
}

bool
sudo_rules_same(const struct sudo_rules *a, const struct sudo_rules *b)
{
	return same(a->early, b->early) && same(a->specs, b->specs) &&
	       same(a->exempt, b->exempt);
}

bool
sudo_rules_any(const struct sudo_rules *r)
{
	return json_array_size(r->specs) > 0;
}

static void
take_options(struct sudo_effect *e, const json_t *entry)
{
	const json_t *option, *v;
	size_t i, o;

	json_array_foreach(json_object_get(entry, "Options"), i, option)
	{
		for (o = 0; o < SUDO_OPTIONS; o++) {
			v = json_object_get(option, option_names[o]);
			if (v == NULL)
				continue;
			e->value[o] = v;
			e->by[o] = entry;
		}
	}
}

/* Is a rule's time over?  What has yet to begin counts: it will. */
static bool
is_over(const json_t *cmnd_spec)
{
	const json_t *option;
	const char *end;
	char text[32];
	struct tm tm;
	time_t now = time(NULL);
	size_t i;

	json_array_foreach(json_object_get(cmnd_spec, "Options"), i, option)
	{
		end = json_string_value(json_object_get(option, "notafter"));
		if (end != NULL && gmtime_r(&now, &tm) != NULL &&
		    strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) > 0 &&
		    strcmp(end, text) < 0)
			return true;
	}
	return false;
}

/* runaslist_matches of sudo: no list is the default user; "()" is oneself. */
static enum sudo_match
match_as(const struct sudo_rules *r, const json_t *cmnd_spec,
    const struct sudo_as *as, const char *default_user)
{
	const json_t *users = json_object_get(cmnd_spec, "runasusers");
	const json_t *groups = json_object_get(cmnd_spec, "runasgroups");
	const char *first = json_string_value(
	    json_object_get(json_array_get(users, 0), "username"));
	bool self = users == NULL || (first != NULL && first[0] == '\0');
	struct sudo_user u = {as->user, as->uid};

	if (as->user != NULL && users == NULL && groups == NULL)
		return strcmp(as->user, default_user) == 0 ? SUDO_ALLOW
							   : SUDO_UNSPECIFIED;
	if (as->user != NULL)
		return self ? SUDO_UNSPECIFIED
			    : sudo_match_users(
				  r->doc, "Runas_Aliases", users, &u, r->eyes);
	if (!self && sudo_match_users(r->doc, "Runas_Aliases", users, r->user,
			 r->eyes) != SUDO_ALLOW)
		return SUDO_UNSPECIFIED;
	return sudo_match_groups(r->doc, groups, as->group);
}

bool
sudo_rules_as(const struct sudo_rules *r, const struct sudo_as *as)
{
	const json_t *spec, *cmnd_spec;
	size_t i, j;

	json_array_foreach(r->specs, i, spec)
	{
		json_array_foreach(
		    json_object_get(spec, "Cmnd_Specs"), j, cmnd_spec)
		{
			/* Whoever the default is: it may be this one. */
			if (match_as(r, cmnd_spec, as,
				as->user != NULL ? as->user : "") == SUDO_ALLOW)
				return true;
		}
	}
	return false;
}

/* How each list of commands answers: "-+-!"; false: no memory. */
static bool
tell_apart(const struct sudo_rules *r, const char *command, char **wordp)
{
	static const char signs[] = {
	    [SUDO_UNSPECIFIED] = '-', [SUDO_ALLOW] = '+', [SUDO_REFUSE] = '!'};
	const json_t *spec, *part, *entry;
	FILE *out;
	size_t i, j, size;

	if ((out = open_memstream(wordp, &size)) == NULL)
		return false;
	json_array_foreach(r->specs, i, spec)
	{
		json_array_foreach(
		    json_object_get(spec, "Cmnd_Specs"), j, part)(void)
		    fputc(signs[sudo_match_commands(r->doc,
			      json_object_get(part, "Commands"), command)],
			out);
	}
	json_array_foreach(json_object_get(r->doc, "Defaults_Command"), i,
	    entry)(void) fputc(signs[sudo_match_commands(r->doc,
				   json_object_get(entry, "Binding"), command)],
	    out);
	if (fclose(out) == 0)
		return true;
	free(*wordp);
	return false;
}

static bool
has_text(const json_t *list, const char *text)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		if (strcmp(json_string_value(v), text) == 0)
			return true;
	}
	return false;
}

json_t *
sudo_rules_commands(
    const struct sudo_rules *r, const json_t *commands, const json_t *keep)
{
	json_t *some = json_array(), *seen = json_object();
	bool well = some != NULL && seen != NULL;
	const json_t *v;
	const char *command;
	char *word;
	size_t i;

	json_array_foreach(commands, i, v)
	{
		command = json_string_value(v);
		if (!well || !(well = tell_apart(r, command, &word)))
			break;
		if (json_object_get(seen, word) == NULL ||
		    has_text(keep, command))
			well =
			    json_object_set_new(seen, word, json_true()) == 0 &&
			    json_array_append_new(some, json_string(command)) ==
				0;
		free(word);
	}
	json_decref(seen);
	if (well)
		return some;
	json_decref(some);
	return NULL;
}

/* The rule that decides, the last one; its options too. */
static enum sudo_match
find_rule(const struct sudo_rules *r, const struct sudo_as *as,
    const char *command, struct sudo_effect *e, const json_t **optionsp)
{
	const char *user = sudo_text(e, SUDO_RUNAS_DEFAULT, "root");
	enum sudo_match found = SUDO_UNSPECIFIED, one;
	const json_t *spec, *cmnd_spec;
	size_t i, j;

	json_array_foreach(r->specs, i, spec)
	{
		json_array_foreach(
		    json_object_get(spec, "Cmnd_Specs"), j, cmnd_spec)
		{
			if (is_over(cmnd_spec) ||
			    match_as(r, cmnd_spec, as, user) != SUDO_ALLOW)
				continue;
			one = sudo_match_commands(r->doc,
			    json_object_get(cmnd_spec, "Commands"), command);
			if (one == SUDO_UNSPECIFIED)
				continue;
			found = one;
			e->rule = spec;
			*optionsp = cmnd_spec;
		}
	}
	return found;
}

/* PASSWD and NOPASSWD stand above Defaults. */
static void
take_tag(struct sudo_effect *e, const json_t *cmnd_spec)
{
	const json_t *option, *v;
	size_t i;

	json_array_foreach(json_object_get(cmnd_spec, "Options"), i, option)
	{
		v = json_object_get(option, option_names[SUDO_AUTHENTICATE]);
		if (v != NULL) {
			e->value[SUDO_AUTHENTICATE] = v;
			e->by[SUDO_AUTHENTICATE] = e->rule;
			e->tag = true;
		}
	}
}

bool
sudo_rules_ask(const struct sudo_rules *r, const struct sudo_as *as,
    const char *command, struct sudo_effect *e)
{
	struct sudo_user runas = {as->user != NULL ? as->user : r->user->name,
	    as->user != NULL ? as->uid : r->user->uid};
	const json_t *entry, *options = NULL;
	const char *group;
	size_t i;

	*e = (struct sudo_effect){0};
	json_array_foreach(r->early, i, entry) take_options(e, entry);
	json_array_foreach(json_object_get(r->doc, "Defaults_Runas"), i, entry)
	{
		if (sudo_match_users(r->doc, "Runas_Aliases",
			json_object_get(entry, "Binding"), &runas,
			r->eyes) == SUDO_ALLOW)
			take_options(e, entry);
	}
	json_array_foreach(
	    json_object_get(r->doc, "Defaults_Command"), i, entry)
	{
		if (sudo_match_commands(r->doc,
			json_object_get(entry, "Binding"),
			command) == SUDO_ALLOW)
			take_options(e, entry);
	}
	if (find_rule(r, as, command, e, &options) != SUDO_ALLOW)
		return false;
	take_tag(e, options);
	group = sudo_text(e, SUDO_EXEMPT_GROUP, NULL);
	e->exempt =
	    group != NULL && r->eyes->in_group(r->eyes->arg, r->user, group);
	return true;
}
