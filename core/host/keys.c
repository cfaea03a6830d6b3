/*
 * Every SSH key that this host accepts, and its own.
 */
#include "core/host/keys_internal.h"

#include "core/host/textfile.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NSSWITCH     "/etc/nsswitch.conf"
#define ACCOUNTS_MAX 1000000

struct walk {
	struct sshd_host *h;
	key_each each;
	key_unseen unseen;
	void *arg;
	struct key_account *account;
	size_t n_accounts;
	const struct sshd_options **seen; /* whose CAs were looked at */
	size_t n_seen;
};

bool
key_path_expand(
    const char *pattern, const struct key_account *a, char *path, size_t size)
{
	size_t homelen = strlen(a->home), len = 0;
	const char *p, *with;
	char one[16];

	for (p = pattern; *p != '\0' && len < size; p++) {
		(void)snprintf(one, sizeof(one), "%c", *p);
		with = one;
		if (*p == '%') {
			p++;
			if (*p == 'h')
				with = a->home;
			else if (*p == 'u')
				with = a->name;
			else if (*p == 'U')
				(void)snprintf(one, sizeof(one), "%u", a->uid);
			else if (*p != '%')
				return false;
		}
		len += (size_t)snprintf(path + len, size - len, "%s", with);
	}
	if (len >= size || path[0] == '/')
		return len > 0 && len < size;
	if (len == 0 || len + homelen + 2 > size)
		return false;
	memmove(path + homelen + 1, path, len + 1);
	memcpy(path, a->home, homelen);
	path[homelen] = '/';
	return true;
}

/* A file that is not there is no key; what can't be looked at is said. */
static enum bh_err
read_keys(
    struct walk *w, const char *path, const char *account, bool ca, bool host)
{
	enum bh_err e;

	e = key_file_read(path, account, ca, host, w->each, w->unseen, w->arg);
	if (e == BH_ERR_NOTFOUND && account != NULL)
		return BH_OK;
	if (e == BH_ERR_NOTFOUND || e == BH_ERR_UNSAFE || e == BH_ERR_FULL ||
	    e == BH_ERR_IO || e == BH_ERR_SYSTEM) {
		key_say_unseen(w->unseen, w->arg, "%s: not looked at: %s", path,
		    text_why(e));
		return BH_OK;
	}
	return e;
}

/* The words of an AuthorizedKeysFile, for one account. */
static enum bh_err
read_files(struct walk *w, const char *patterns, const struct key_account *a)
{
	char path[PATH_MAX], *copy = strdup(patterns), *rest = copy, *word;
	enum bh_err e = copy != NULL ? BH_OK : BH_ERR_NOMEM;

	while (e == BH_OK && (word = text_word(&rest, " \t")) != NULL) {
		if (strcasecmp(word, "none") == 0)
			continue;
		if (key_path_expand(word, a, path, sizeof(path)))
			e = read_keys(w, path, a->name, false, false);
		else
			key_say_unseen(w->unseen, w->arg,
			    "AuthorizedKeysFile %s of %s is no path that can "
			    "be looked at",
			    word, a->name);
	}
	free(copy);
	return e;
}

/* Keywords beside AuthorizedKeysFile that let keys in. */
static enum bh_err
read_other(struct walk *w, const char *keyword, const char *value)
{
	if (strcasecmp(value, "none") == 0)
		return BH_OK;
	if (strcmp(keyword, "trustedusercakeys") == 0)
		return read_keys(w, value, NULL, true, false);
	if (strcmp(keyword, "authorizedkeyscommand") == 0)
		key_say_unseen(w->unseen, w->arg,
		    "AuthorizedKeysCommand %s: which keys it gives can't be "
		    "seen",
		    value);
	if (strcmp(keyword, "authorizedprincipalscommand") == 0)
		key_say_unseen(w->unseen, w->arg,
		    "AuthorizedPrincipalsCommand %s: whom certificates let in "
		    "can't be seen",
		    value);
	return BH_OK;
}

static bool
seen_before(struct walk *w, const struct sshd_options *o)
{
	const struct sshd_options **grown;
	size_t i;

	for (i = 0; i < w->n_seen; i++) {
		if (w->seen[i] == o)
			return true;
	}
	grown = reallocarray(w->seen, w->n_seen + 1, sizeof(*grown));
	if (grown != NULL) {
		grown[w->n_seen++] = o;
		w->seen = grown;
	}
	return false;
}

static enum bh_err
read_once(struct walk *w, const struct sshd_options *o)
{
	static const char *const keywords[] = {
	    "trustedusercakeys", "authorizedkeyscommand"};
	enum bh_err e = BH_OK;
	const char *value;
	size_t i;

	for (i = 0; i < nitems(keywords) && e == BH_OK; i++) {
		if ((value = sshd_value(o, keywords[i], 0)) != NULL)
			e = read_other(w, keywords[i], value);
	}
	return e;
}

/*
 * Lines that a Match by address, host or port decides about: all of them
 * count, for everybody.  sshd -T says "none" of AuthorizedPrincipalsCommand
 * whatever it is (9.2), so its lines count in any case.
 */
static enum bh_err
read_line(struct walk *w, const struct sshd_line *l)
{
	enum bh_err e = BH_OK;
	size_t i;

	if (!l->conditional &&
	    strcmp(l->keyword, "authorizedprincipalscommand") != 0)
		return BH_OK;
	if (strcmp(l->keyword, "authorizedkeysfile") != 0)
		return read_other(w, l->keyword, l->value);
	for (i = 0; e == BH_OK && i < w->n_accounts; i++)
		e = read_files(w, l->value, &w->account[i]);
	return e;
}

static enum bh_err
read_lines(struct walk *w)
{
	const struct sshd_line *l;
	enum bh_err e = BH_OK;
	size_t i;

	for (i = 0; e == BH_OK && (l = sshd_line(w->h, i)) != NULL; i++)
		e = read_line(w, l);
	return e;
}

static enum bh_err
read_account(struct walk *w, const struct key_account *a)
{
	const struct sshd_options *o;
	const char *patterns;
	enum bh_err e;
	char *why;

	if ((e = sshd_ask(w->h, a->name, NULL, &o, &why)) != BH_OK) {
		key_say_unseen(
		    w->unseen, w->arg, "%s", why != NULL ? why : err_text(e));
		free(why);
		return e == BH_ERR_INPUT ? BH_OK : e;
	}
	patterns = sshd_value(o, "authorizedkeysfile", 0);
	if (patterns != NULL)
		e = read_files(w, patterns, a);
	if (e == BH_OK && !seen_before(w, o))
		e = read_once(w, o);
	return e;
}

static enum bh_err
read_host_keys(struct walk *w)
{
	const struct sshd_options *o;
	char path[PATH_MAX], *why;
	const char *key;
	enum bh_err e;
	size_t i;

	if ((e = sshd_ask(w->h, "root", NULL, &o, &why)) != BH_OK) {
		free(why);
		return e;
	}
	for (i = 0; e == BH_OK && (key = sshd_value(o, "hostkey", i)) != NULL;
	     i++) {
		(void)snprintf(path, sizeof(path), "%s.pub", key);
		e = read_keys(w, path, NULL, false, true);
	}
	return e;
}

static enum bh_err
add_account(struct walk *w, const struct passwd *pw)
{
	struct key_account *grown;

	if (w->n_accounts == ACCOUNTS_MAX)
		return BH_ERR_FULL;
	grown =
	    reallocarray(w->account, w->n_accounts + 1, sizeof(*w->account));
	if (grown == NULL)
		return BH_ERR_NOMEM;
	w->account = grown;
	grown[w->n_accounts] = (struct key_account){
	    strdup(pw->pw_name), strdup(pw->pw_dir), pw->pw_uid};
	w->n_accounts++;
	return grown[w->n_accounts - 1].name != NULL &&
		       grown[w->n_accounts - 1].home != NULL
		   ? BH_OK
		   : BH_ERR_NOMEM;
}

static enum bh_err
list_accounts(struct walk *w)
{
	const struct passwd *pw;
	enum bh_err e = BH_OK;

	setpwent();
	while (e == BH_OK && (pw = getpwent()) != NULL)
		e = add_account(w, pw);
	endpwent();
	return e;
}

/* A directory may know accounts that it doesn't list. */
static void
say_directories(struct walk *w)
{
	static const char *const listed[] = {"files", "compat", "systemd"};
	char *line, *rest, *word;
	unsigned int number;
	struct text *t;
	bool known;
	size_t i;

	if (text_open(NSSWITCH, &t) != BH_OK)
		return;
	while (text_next_entry(t, &line, &number)) {
		if (line == NULL || strncmp(line, "passwd:", 7) != 0)
			continue;
		rest = line + 7;
		while ((word = text_word(&rest, " \t")) != NULL &&
		       word[0] != '#') {
			known = word[0] == '[' || word[0] == '!';
			for (i = 0; i < nitems(listed); i++)
				known = known || strcmp(word, listed[i]) == 0;
			if (!known)
				key_say_unseen(w->unseen, w->arg,
				    "%s:%u: accounts of '%s' that it does not "
				    "list",
				    NSSWITCH, number, word);
		}
	}
	text_close(t);
}

static enum bh_err
read_accounts(struct walk *w, void (*progress)(size_t done, size_t total))
{
	enum bh_err e = BH_OK;
	size_t i;

	for (i = 0; e == BH_OK && i < w->n_accounts; i++) {
		if (progress != NULL)
			progress(i, w->n_accounts);
		e = read_account(w, &w->account[i]);
	}
	if (progress != NULL)
		progress(i, w->n_accounts);
	return e;
}

enum bh_err
keys_accepted(struct sshd_host *h, key_each each, key_unseen unseen,
    void (*progress)(size_t done, size_t total), void *arg)
{
	struct walk w = {.h = h, .each = each, .unseen = unseen, .arg = arg};
	enum bh_err e;
	size_t i;

	if ((e = list_accounts(&w)) == BH_OK &&
	    (e = read_accounts(&w, progress)) == BH_OK &&
	    (e = read_lines(&w)) == BH_OK)
		e = read_host_keys(&w);
	if (e == BH_OK)
		say_directories(&w);
	if (e == BH_OK && sshd_host_others(h) > 0)
		key_say_unseen(unseen, arg,
		    "%zu more sshd run on this host and were not looked at",
		    sshd_host_others(h));
	for (i = 0; i < w.n_accounts; i++) {
		free(w.account[i].name);
		free(w.account[i].home);
	}
	free(w.account);
	free(w.seen);
	return e;
}
