/*
 * sshd's method lists, worked out (OpenSSH auth.c, auth2.c).
 */
#include "core/host/sshd_methods.h"

#include "core/host/sshd_pattern.h"

#include <stdio.h>
#include <string.h>

#define KEYBOARD     "keyboard-interactive"
#define KEYBOARD_PAM KEYBOARD ":pam"
#define LISTS_MAX    4096

/* A method of userauth: the option that turns it on, and what it is. */
struct method {
	const char *name;
	const char *option;
	bool pam;	/* it runs PAM's auth, if UsePAM is on */
	bool root;	/* PermitRootLogin prohibit-password lets it */
	bool hostbased; /* it needs a host that is trusted */
	bool gssapi;	/* it needs a keytab */
};

static const struct method methods[] = {
    {"publickey", "pubkeyauthentication", .root = true},
    {"password", "passwordauthentication", .pam = true},
    {KEYBOARD, "kbdinteractiveauthentication", .pam = true},
    {"hostbased", "hostbasedauthentication", .root = true, .hostbased = true},
    {"gssapi-with-mic", "gssapiauthentication", .root = true, .gssapi = true},
    {"gssapi-keyex", "gssapikeyexchange", .root = true, .gssapi = true},
    {"none", "permitemptypasswords", .pam = true},
};

static const struct method *
method_named(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < nitems(methods); i++) {
		if (strlen(methods[i].name) == len &&
		    strncmp(methods[i].name, name, len) == 0)
			return &methods[i];
	}
	return NULL;
}

static bool
user_listed(const struct sshd_options *o, const char *keyword,
    const struct sshd_who *who, const struct sshd_login *l)
{
	char user[1024];
	const char *entry, *at;
	size_t i, len;

	for (i = 0; (entry = sshd_value(o, keyword, i)) != NULL; i++) {
		at = strchr(entry, '@');
		len = at != NULL ? (size_t)(at - entry) : strlen(entry);
		if (len >= sizeof(user))
			continue;
		memcpy(user, entry, len);
		user[len] = '\0';
		if (sshd_pattern_match(who->name, user) &&
		    (at == NULL || sshd_pattern_peer(l->host, l->addr, at + 1)))
			return true;
	}
	return false;
}

static bool
group_listed(const struct sshd_options *o, const char *keyword,
    const struct sshd_who *who)
{
	const char *entry;
	size_t i, g;

	for (i = 0; (entry = sshd_value(o, keyword, i)) != NULL; i++) {
		for (g = 0; g < who->n_groups; g++) {
			if (sshd_pattern_match(who->groups[g], entry))
				return true;
		}
	}
	return false;
}

bool
sshd_admits(const struct sshd_options *o, const struct sshd_who *who,
    const struct sshd_login *l)
{
	if (user_listed(o, "denyusers", who, l) ||
	    group_listed(o, "denygroups", who) ||
	    sshd_is(o, "refuseconnection", "yes") ||
	    (who->root && sshd_is(o, "permitrootlogin", "no")))
		return false;
	if (sshd_value(o, "allowusers", 0) != NULL &&
	    !user_listed(o, "allowusers", who, l))
		return false;
	return sshd_value(o, "allowgroups", 0) == NULL ||
	       group_listed(o, "allowgroups", who);
}

/* Can any key count at all? */
static bool
keys_come_from_nowhere(const struct sshd_options *o)
{
	return sshd_is(o, "authorizedkeysfile", "none") &&
	       sshd_is(o, "authorizedkeyscommand", "none") &&
	       sshd_is(o, "trustedusercakeys", "none");
}

static bool
method_works(const struct sshd_options *o, const struct sshd_who *who,
    const struct sshd_able *able, const struct method *m)
{
	if (!sshd_is(o, m->option, "yes") ||
	    (m->hostbased && !able->hostbased) || (m->gssapi && !able->gssapi))
		return false;
	if (strcmp(m->name, "publickey") == 0 &&
	    (who->keyless || keys_come_from_nowhere(o)))
		return false;
	if (who->root && !sshd_is(o, "permitrootlogin", "yes")) {
		if (sshd_is(o, "permitrootlogin", "forced-commands-only"))
			return strcmp(m->name, "publickey") == 0;
		return m->root;
	}
	/* "none" is the empty password. */
	return strcmp(m->name, "none") != 0 ||
	       sshd_is(o, "passwordauthentication", "yes");
}

struct list_state {
	const struct sshd_options *o;
	const struct sshd_who *who;
	const struct sshd_able *able;
	struct sshd_methods *m;
};

/* One list, its methods with a comma between. */
static void
take_list(struct list_state *s, const char *list)
{
	bool pam = false, keys = true, password = false;
	const struct method *method;
	const char *at;
	size_t len, name;

	for (at = list; *at != '\0'; at += len + (at[len] == ',' ? 1 : 0)) {
		len = strcspn(at, ",");
		name = strcspn(at, ",:");
		method = method_named(at, name);
		if (method == NULL ||
		    !method_works(s->o, s->who, s->able, method))
			return;
		/* Nothing but PAM answers at the keyboard on Linux. */
		if (strcmp(method->name, KEYBOARD) == 0 &&
		    (!s->m->pam || (name < len && strncmp(at + name, ":pam",
						      len - name) != 0)))
			return;
		pam = pam || (method->pam && s->m->pam);
		password = password || strcmp(method->name, "password") == 0;
		keys = keys && strcmp(method->name, "publickey") == 0;
	}
	if (pam) {
		s->m->asked = true;
		s->m->password = s->m->password || password;
		return;
	}
	s->m->keys = keys && (s->m->keys || !s->m->alone);
	if (!s->m->alone)
		(void)snprintf(s->m->list, sizeof(s->m->list), "%s", list);
	s->m->alone = true;
}

/* The lists' text, "any" as one list for each method; "" at the end. */
static void
each_list(
    const struct sshd_options *o, void (*each)(void *, const char *), void *arg)
{
	const char *value = sshd_value(o, "authenticationmethods", 0);
	char copy[LISTS_MAX], *rest = copy, *list;
	size_t i;

	if (value == NULL || strcmp(value, "any") == 0) {
		for (i = 0; i < nitems(methods); i++)
			each(arg, methods[i].name);
		return;
	}
	(void)snprintf(copy, sizeof(copy), "%s", value);
	while ((list = strsep(&rest, " ")) != NULL) {
		if (list[0] != '\0')
			each(arg, list);
	}
}

static void
take_one(void *arg, const char *list)
{
	take_list(arg, list);
}

void
sshd_methods(const struct sshd_options *o, const struct sshd_who *who,
    const struct sshd_able *able, struct sshd_methods *m)
{
	struct list_state s = {.o = o, .who = who, .able = able, .m = m};

	memset(m, 0, sizeof(*m));
	m->pam = sshd_is(o, "usepam", "yes");
	each_list(o, take_one, &s);
}

struct mended {
	const struct sshd_options *o;
	bool any; /* a method for each list */
	char *out;
	size_t size;
};

static bool
list_has(const char *list, const char *name)
{
	const char *at = strstr(list, name);

	return at != NULL && (at == list || at[-1] == ',') &&
	       strchr(",:", at[strlen(name)]) != NULL;
}

/* Add it, if the same one is not there yet. */
static void
add_list(struct mended *m, const char *list, const char *more)
{
	char one[LISTS_MAX], all[LISTS_MAX + 2], wanted[LISTS_MAX + 2];
	size_t len = strlen(m->out);

	if ((size_t)snprintf(one, sizeof(one), "%s%s", list, more) >=
		sizeof(one) ||
	    (size_t)snprintf(all, sizeof(all), " %s ", m->out) >= sizeof(all))
		return;
	(void)snprintf(wanted, sizeof(wanted), " %s ", one);
	if (strstr(all, wanted) == NULL)
		(void)snprintf(m->out + len, m->size - len, "%s%s",
		    len > 0 ? " " : "", one);
}

/*
 * The list without what can't pass a code on: sshd gives a password to every
 * prompt.  A plain "keyboard-interactive" alone is left out as well.
 */
static size_t
without_password(const char *list, char one[LISTS_MAX])
{
	char copy[LISTS_MAX], *rest = copy, *method;
	size_t len = 0;

	(void)snprintf(copy, sizeof(copy), "%s", list);
	one[0] = '\0';
	while ((method = strsep(&rest, ",")) != NULL) {
		if (strcmp(method, "password") == 0 ||
		    (strcmp(list, KEYBOARD) == 0))
			continue;
		(void)snprintf(one + len, LISTS_MAX - len, "%s%s",
		    len > 0 ? "," : "", method);
		len = strlen(one);
	}
	return len;
}

static void
mend_list(void *arg, const char *list)
{
	struct mended *m = arg;
	const struct method *method;
	char one[LISTS_MAX];
	size_t len;

	if (m->any) {
		method = method_named(list, strlen(list));
		if (!sshd_is(m->o, method->option, "yes"))
			return;
	}
	if (strcmp(list, "none") == 0)
		return;
	if ((len = without_password(list, one)) == 0)
		add_list(m, KEYBOARD_PAM, "");
	else if (list_has(one, KEYBOARD))
		add_list(m, one, "");
	else
		add_list(m, one, "," KEYBOARD_PAM);
}

void
sshd_methods_mended(const struct sshd_options *o, char *out, size_t size)
{
	const char *value = sshd_value(o, "authenticationmethods", 0);
	struct mended m = {.o = o,
	    .any = value == NULL || strcmp(value, "any") == 0,
	    .out = out,
	    .size = size};

	out[0] = '\0';
	each_list(o, mend_list, &m);
	if (out[0] == '\0')
		(void)snprintf(out, size, "publickey," KEYBOARD_PAM);
}
