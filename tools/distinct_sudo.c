/*
 * Statements about becoming root: sudo, su, and root's own login.
 */
#include "tools/distinct.h"

#include "core/host/program.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SUDOERS	   "/etc/sudoers"
#define CVTSUDOERS "/usr/bin/cvtsudoers"
#define DEPTH_MAX  8

/* What sudo itself says that its rules say (cvtsudoers), and how it is
 * written, to find the line. */
static const struct sudo_rule {
	const char *option; /* in the JSON */
	const char *word;   /* in the file; NULL: only found with another */
	const char *other;  /* or so */
	bool flag;	    /* bad if false; else if it is there at all */
	const char *what;
	const char *mend;
} sudo_rules[] = {
    {"authenticate", "NOPASSWD", "!authenticate", true,
	"sudo asks for no password",
	"take NOPASSWD or !authenticate out of the rule"},
    {"exempt_group", "exempt_group", NULL, false,
	"sudo asks a group for no password", "take exempt_group out"},
    {"pam_acct_mgmt", "!pam_acct_mgmt", NULL, true,
	"sudo does not ask PAM, so not the gate either",
	"take !pam_acct_mgmt out"},
    {"pam_session", "!pam_session", NULL, true,
	"sudo opens no PAM session, so none is on record",
	"take !pam_session out"},
};

/* Does any object below have the option in its bad state? */
static bool
has_option(const json_t *v, const struct sudo_rule *r)
{
	const json_t *child, *option;
	const char *key;
	size_t i;

	json_array_foreach(v, i, child)
	{
		if (has_option(child, r))
			return true;
	}
	if (!json_is_object(v))
		return false;
	option = json_object_get(v, r->option);
	if (option != NULL &&
	    (r->flag ? json_is_false(option) : !json_is_false(option)))
		return true;
	json_object_foreach((json_t *)(uintptr_t)v, key, child)
	{
		if (has_option(child, r))
			return true;
	}
	return false;
}

struct sudo_walk {
	struct check *c;
	const struct sudo_rule *rule;
	size_t found;
	int depth;
};

static void sudo_file(struct sudo_walk *w, const char *path);

static void
sudo_folder(struct sudo_walk *w, const char *folder)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	if ((dir = opendir(folder)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		/* sudoers(5): names with a dot, or ending in ~, are no rules */
		if (strchr(entry->d_name, '.') == NULL &&
		    strchr(entry->d_name, '~') == NULL &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			entry->d_name) < sizeof(path))
			sudo_file(w, path);
	}
	(void)closedir(dir);
}

/* "@include FILE" and the like; false: it is none, and is left as it is. */
static bool
sudo_include(struct sudo_walk *w, char *line)
{
	size_t len = strcspn(line, " \t");
	bool folder = len == 11 && strncmp(line + 1, "includedir", 10) == 0;
	char path[PATH_MAX], *rest = line + len, *name;

	if ((line[0] != '@' && line[0] != '#') ||
	    (!folder && (len != 8 || strncmp(line + 1, "include", 7) != 0)) ||
	    (name = text_word(&rest, " \t")) == NULL)
		return false;
	if ((size_t)snprintf(path, sizeof(path), "%s%s",
		name[0] == '/' ? "" : "/etc/", name) >= sizeof(path))
		return true;
	if (folder)
		sudo_folder(w, path);
	else
		sudo_file(w, path);
	return true;
}

static void
sudo_line(
    struct sudo_walk *w, const char *path, unsigned int number, char *line)
{
	const struct sudo_rule *r = w->rule;

	line += strspn(line, " \t");
	/* "#1000" is a user id, any other # an include or a comment */
	if (sudo_include(w, line) ||
	    (line[0] == '#' && !isdigit((unsigned char)line[1])))
		return;
	if (strstr(line, r->word) == NULL &&
	    (r->other == NULL || strstr(line, r->other) == NULL))
		return;
	w->found++;
	check_broken(w->c, check_where(path, number), r->mend, "%s", r->what);
}

static void
sudo_file(struct sudo_walk *w, const char *path)
{
	unsigned int number;
	struct text *t;
	char *line;

	if (w->depth == DEPTH_MAX || text_open(path, &t) != BH_OK)
		return;
	w->depth++;
	while (text_next(t, &line, &number)) {
		if (line != NULL)
			sudo_line(w, path, number, line);
	}
	w->depth--;
	text_close(t);
}

static json_t *
sudo_says(struct check *c)
{
	static const char *const argv[] = {
	    CVTSUDOERS, "-f", "json", SUDOERS, NULL};
	struct program_result r;
	json_t *rules = NULL;
	enum bh_err e;

	if ((e = program_run(argv, &r)) != BH_OK) {
		check_unseen(c, "%s: %s", CVTSUDOERS, err_text(e));
		return NULL;
	}
	if (r.code == 0)
		rules = json_loads(r.out, 0, NULL);
	if (rules == NULL)
		check_unseen(
		    c, "%s can't read %s: %s", CVTSUDOERS, SUDOERS, r.err);
	program_free(&r);
	return rules;
}

static void
check_sudoers(struct check *c)
{
	json_t *rules;
	size_t i;

	if (!check_exists(SUDOERS)) {
		check_note(c, "there is no %s: sudo lets nobody in", SUDOERS);
		return;
	}
	if ((rules = sudo_says(c)) == NULL)
		return;
	for (i = 0; i < nitems(sudo_rules); i++) {
		struct sudo_walk w = {.c = c, .rule = &sudo_rules[i]};

		if (!has_option(rules, w.rule))
			continue;
		sudo_file(&w, SUDOERS);
		if (w.found == 0)
			check_broken(c, SUDOERS, w.rule->mend,
			    "%s; 'cvtsudoers -f json' shows for whom",
			    w.rule->what);
	}
	json_decref(rules);
}

/* Is the gate in the account lines of a service that is there? */
static void
check_service(struct check *c, const char *path)
{
	unsigned int number;
	bool found = false;
	struct text *t;
	char *line;

	if (text_open(path, &t) != BH_OK) {
		if (check_exists(path))
			check_unseen(c, "%s was not looked at", path);
		return;
	}
	while (text_next_entry(t, &line, &number)) {
		if (line != NULL && strncmp(line, "account", 7) == 0 &&
		    strstr(line, "pam_bulkhead.so") != NULL)
			found = true;
	}
	text_close(t);
	if (!found)
		check_broken(c, path, "lay the gate into it",
		    "the gate stands in no account line");
}

void
distinct_elevation(struct check *c)
{
	static const struct sshd_rule rule = {"permitrootlogin", "no", "root",
	    "root logs in, and nobody knows who it is",
	    "write PermitRootLogin no"};

	check_sshd_rule(c, &rule);
	check_service(c, "/etc/pam.d/sudo");
	check_service(c, "/etc/pam.d/su");
	check_sudoers(c);
}

static void
sudo_source_line(
    struct check *c, const char *file, unsigned int number, char *line)
{
	char *rest = line, *word;

	if ((word = text_word(&rest, " \t:")) == NULL ||
	    strcmp(word, "sudoers") != 0)
		return;
	while ((word = text_word(&rest, " \t")) != NULL && word[0] != '#') {
		if (strcmp(word, "files") != 0 && word[0] != '[')
			check_broken(c, check_where(file, number),
			    "write 'sudoers: files'",
			    "sudo's rules come from '%s' too", word);
	}
}

static void
sudo_ldap_line(
    struct check *c, const char *file, unsigned int number, char *line)
{
	if (strncasecmp(line, "uri", 3) == 0 ||
	    strncasecmp(line, "host", 4) == 0 ||
	    strncasecmp(line, "sudoers_base", 12) == 0)
		check_broken(c, check_where(file, number), "remove the file",
		    "sudo is told of an LDAP server");
}

void
distinct_sudo_directory(struct check *c)
{
	check_lines(c, "/etc/nsswitch.conf", sudo_source_line);
	check_lines(c, "/etc/sudo-ldap.conf", sudo_ldap_line);
}
