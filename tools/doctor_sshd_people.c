/*
 * The accounts as sshd's rules see them: their groups, and whether anybody can
 * log in as them at all.
 */
#include "tools/doctor_sshd.h"

#include "core/host/textfile.h"

#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <shadow.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define GROUPS_MAX 1024

/* The names of groups, each asked for once. */
struct names {
	gid_t *gid;
	char **name;
	size_t n;
};

static const char *
group_name(struct names *all, gid_t gid)
{
	const struct group *group;
	char **names;
	gid_t *gids;
	size_t i;

	for (i = 0; i < all->n; i++) {
		if (all->gid[i] == gid)
			return all->name[i];
	}
	group = getgrgid(gid);
	if ((gids = reallocarray(all->gid, i + 1, sizeof(*gids))) != NULL)
		all->gid = gids;
	if ((names = reallocarray(all->name, i + 1, sizeof(char *))) != NULL)
		all->name = names;
	if (gids == NULL || names == NULL)
		return NULL;
	gids[i] = gid;
	names[i] = strdup(group != NULL ? group->gr_name : "");
	if (names[i] == NULL)
		return NULL;
	all->n++;
	return names[i];
}

static bool
add_groups(struct sshd_person *p, struct names *all)
{
	gid_t gid[GROUPS_MAX];
	const char *name;
	int n = GROUPS_MAX, i;

	if (getgrouplist(p->account->name, p->account->gid, gid, &n) == -1)
		n = GROUPS_MAX;
	if ((p->groups = calloc((size_t)n + 1, sizeof(char *))) == NULL)
		return false;
	for (i = 0; i < n; i++) {
		if ((name = group_name(all, gid[i])) == NULL)
			return false;
		if (name[0] != '\0' &&
		    (p->groups[p->who.n_groups++] = strdup(name)) == NULL)
			return false;
	}
	p->who.groups = p->groups;
	return true;
}

/* Does any rule ask for groups? */
static bool
groups_matter(const struct sshd_look *k)
{
	const struct sshd_block *b;
	const struct sshd_line *l;
	size_t i;

	for (i = 0; (b = sshd_block(k->h, i)) != NULL; i++) {
		if (sshd_block_asks(b, SSHD_GROUP))
			return true;
	}
	for (i = 0; (l = sshd_line(k->h, i)) != NULL; i++) {
		if (strcmp(l->keyword, "allowgroups") == 0 ||
		    strcmp(l->keyword, "denygroups") == 0)
			return true;
	}
	return sshd_value(k->usual, "allowgroups", 0) != NULL ||
	       sshd_value(k->usual, "denygroups", 0) != NULL;
}

/* A lock by "!" counts for sshd where it does not ask PAM. */
static bool
is_locked(const char *name)
{
	const struct spwd *shadow = getspnam(name);

	return shadow != NULL && shadow->sp_pwdp[0] == '!';
}

/* From the day on that both sshd and pam_unix take for too late. */
static bool
is_expired(const char *name)
{
	const struct spwd *shadow = getspnam(name);

	return shadow != NULL && shadow->sp_expire > 0 &&
	       time(NULL) / (24 * 60 * 60) > shadow->sp_expire;
}

static bool
has_password(const char *name)
{
	const struct spwd *shadow = getspnam(name);

	return shadow != NULL && shadow->sp_pwdp[0] != '!' &&
	       shadow->sp_pwdp[0] != '*' && shadow->sp_pwdp[0] != 'x';
}

/* Where %u and %h of a pattern lead to; false: it is too long. */
static bool
key_path(const struct doctor_account *a, const char *pattern, char *path)
{
	char *out = path, uid[16];
	const char *insert;
	size_t len;

	path[0] = '\0';
	(void)snprintf(uid, sizeof(uid), "%lu", (unsigned long)a->uid);
	if (pattern[0] != '/' && strncmp(pattern, "%h", 2) != 0)
		out += snprintf(path, PATH_MAX, "%.1000s/", a->home);
	for (; *pattern != '\0' && out < path + PATH_MAX - 1; pattern++) {
		insert = NULL;
		if (*pattern == '%' && pattern[1] != '\0') {
			pattern++;
			insert = *pattern == 'h'   ? a->home
				 : *pattern == 'u' ? a->name
				 : *pattern == 'U' ? uid
						   : NULL;
		}
		if (insert == NULL) {
			*out++ = *pattern;
			continue;
		}
		len = strlen(insert);
		if (len >= (size_t)(path + PATH_MAX - out))
			return false;
		memcpy(out, insert, len);
		out += len;
	}
	*out = '\0';
	return true;
}

/* Does the file force a command?  One that can't be read may. */
static bool
forces_command(const char *path)
{
	static const char option[] = "command=";
	bool forces = true;
	struct text *t;
	const char *bytes;
	size_t len;

	if (text_open_linked(path, &t) != BH_OK)
		return true;
	bytes = text_bytes(t, &len);
	forces = memmem(bytes, len, option, strlen(option)) != NULL;
	text_close(t);
	return forces;
}

static void
look_at_file(
    const struct doctor_account *a, const char *pattern, struct sshd_keys *keys)
{
	char path[PATH_MAX];
	size_t home = strlen(a->home);

	if (!key_path(a, pattern, path))
		return;
	keys->own = keys->own ||
		    (strncmp(path, a->home, home) == 0 && path[home] == '/');
	if (access(path, F_OK) != 0)
		return;
	keys->there = true;
	keys->forced = keys->forced || (a->uid == 0 && forces_command(path));
}

static bool
is_set(const struct sshd_options *o, const char *keyword)
{
	const char *value = sshd_value(o, keyword, 0);

	return value != NULL && strcmp(value, "none") != 0;
}

struct sshd_keys
sshd_keys(const struct sshd_options *o, const struct doctor_account *a)
{
	bool elsewhere = is_set(o, "authorizedkeyscommand") ||
			 is_set(o, "trustedusercakeys");
	struct sshd_keys keys = {.there = elsewhere,
	    .forced = elsewhere || is_set(o, "forcecommand")};
	const char *value = sshd_value(o, "authorizedkeysfile", 0);
	char copy[PATH_MAX], *rest = copy, *word;

	(void)snprintf(copy, sizeof(copy), "%s", value != NULL ? value : "");
	while ((word = strsep(&rest, " ")) != NULL) {
		if (word[0] != '\0' && strcmp(word, "none") != 0)
			look_at_file(a, word, &keys);
	}
	return keys;
}

/* Without a shell that exists sshd refuses. */
static bool
nobody_comes(const struct doctor_account *a)
{
	return access(a->shell[0] != '\0' ? a->shell : "/bin/sh", X_OK) != 0;
}

static void
find_blocks(const struct sshd_look *k, struct sshd_person *p)
{
	const struct sshd_block *b;
	size_t i;

	for (i = 0; (b = sshd_block(k->h, i)) != NULL; i++) {
		if (sshd_block_has_user(
			b, p->who.name, p->who.groups, p->who.n_groups))
			sshd_set_add(&p->hold, i);
	}
}

/* Do accounts come from somewhere that does not list them all? */
static bool
has_directory(void)
{
	static const char *const whole[] = {
	    "files", "compat", "systemd", "altfiles", "db"};
	bool found = false;
	unsigned int number;
	struct text *t;
	char *line, *word;
	size_t i;

	if (text_open_linked("/etc/nsswitch.conf", &t) != BH_OK)
		return false;
	while (text_next_entry(t, &line, &number)) {
		if (line == NULL || strncmp(line, "passwd:", 7) != 0)
			continue;
		line += 7;
		while ((word = text_word(&line, " \t")) != NULL &&
		       word[0] != '#') {
			for (i = 0; i < nitems(whole); i++) {
				if (strcmp(word, whole[i]) == 0)
					break;
			}
			found = found || (i == nitems(whole) && word[0] != '[');
		}
	}
	text_close(t);
	return found;
}

/* One more, who stands for those that are not listed. */
static void
add_unlisted(struct sshd_look *k)
{
	static char name[] = "anybody-not-listed", home[] = "/nonexistent",
		    shell[] = "/bin/sh";
	struct sshd_person *p;

	if (!has_directory())
		return;
	k->unlisted = (struct doctor_account){.name = name,
	    .uid = 65533,
	    .gid = 65533,
	    .home = home,
	    .shell = shell,
	    .login = true};
	p = &k->person[k->n++];
	p->account = &k->unlisted;
	p->who.name = name;
	find_blocks(k, p);
}

bool
sshd_people(struct sshd_look *k)
{
	struct names names = {.n = 0};
	bool groups = groups_matter(k), good = true;
	bool pam = sshd_is(k->usual, "usepam", "yes");
	struct sshd_person *p;
	size_t i;

	k->n = k->d->n_accounts;
	if ((k->person = calloc(k->n + 2, sizeof(*k->person))) == NULL)
		return false;
	for (i = 0; i < k->n && good; i++) {
		p = &k->person[i];
		p->account = &k->d->accounts[i];
		p->who.name = p->account->name;
		p->who.root = p->account->uid == 0;
		p->machine = doctor_is_machine(k->d, p->who.name);
		p->locked = !pam && is_locked(p->who.name);
		p->expired = is_expired(p->who.name);
		p->skip = nobody_comes(p->account);
		p->idle = !p->account->login && !has_password(p->who.name);
		good = !groups || p->skip || add_groups(p, &names);
		if (good)
			find_blocks(k, p);
	}
	add_unlisted(k);
	for (i = 0; i < names.n; i++)
		free(names.name[i]);
	free(names.name);
	free(names.gid);
	return good;
}

void
sshd_people_free(struct sshd_look *k)
{
	size_t i, g;

	for (i = 0; k->person != NULL && i < k->n; i++) {
		for (g = 0; g < k->person[i].who.n_groups; g++)
			free(k->person[i].groups[g]);
		free(k->person[i].groups);
	}
	free(k->person);
	k->person = NULL;
}
