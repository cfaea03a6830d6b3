/*
 * What sudo's rules ask of this host: people, groups, names and addresses; and
 * how sudo was built.
 */
#include "tools/doctor_sudo.h"

#include "core/host/program.h"
#include "core/host/sudoers.h"

#include <fnmatch.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUPS_MAX 1024

static const char *const programs[] = {"/usr/bin/sudo", "/usr/local/bin/sudo",
    "/bin/sudo", "/usr/sbin/sudo", "/opt/sudo/bin/sudo"};

/* Which of the people is it?  NULL: none that is known. */
static const struct sudo_person *
person_of(const struct sudo_host *h, const struct sudo_user *u)
{
	const struct sudo_person *p = (const void *)u;
	size_t i;

	if (h->n_persons > 0 && p >= h->person && p < h->person + h->n_persons)
		return p;
	/* As whom a command runs. */
	if (strcmp(u->name, "root") == 0)
		return &h->root;
	for (i = 0; i < h->n_persons; i++) {
		if (strcmp(h->person[i].name, u->name) == 0)
			return &h->person[i];
	}
	return NULL;
}

/* By another case, as sudo does. */
static const struct group *
find_group(const char *name)
{
	const struct group *gr = getgrnam(name);

	if (gr != NULL)
		return gr;
	setgrent();
	while ((gr = getgrent()) != NULL) {
		if (strcasecmp(gr->gr_name, name) == 0)
			break;
	}
	endgrent();
	return gr;
}

/* A group by name, asked of NSS once. */
static const struct sudo_group *
group_of(struct sudo_host *h, const char *name)
{
	const struct group *gr;
	struct sudo_group *g;
	size_t i;

	for (i = 0; i < h->n_groups; i++) {
		if (strcmp(h->group[i].name, name) == 0)
			return &h->group[i];
	}
	g = reallocarray(h->group, h->n_groups + 1, sizeof(*g));
	if (g != NULL) {
		h->group = g;
		g += h->n_groups;
		if ((g->name = strdup(name)) != NULL) {
			h->n_groups++;
			gr = find_group(name);
			g->there = gr != NULL;
			g->gid = gr != NULL ? gr->gr_gid : 0;
			return g;
		}
	}
	h->no_memory = true;
	return NULL;
}

static bool
has_gid(const struct sudo_person *p, gid_t gid)
{
	int i;

	for (i = 0; i < p->n_groups; i++) {
		if (p->groups[i] == gid)
			return true;
	}
	return p->gid == gid;
}

static bool
in_group(void *arg, const struct sudo_user *u, const char *group)
{
	struct sudo_host *h = arg;
	const struct sudo_person *p = person_of(h, u);
	const struct sudo_group *g;

	if (p == NULL)
		return false;
	if (group[0] == '#')
		return has_gid(p, (gid_t)strtoul(group + 1, NULL, 10));
	g = group_of(h, group);
	return g != NULL && g->there && has_gid(p, g->gid);
}

static const char *
long_name(struct sudo_host *h)
{
	struct addrinfo hints = {.ai_flags = AI_CANONNAME}, *found = NULL;

	if (h->long_name[0] != '\0')
		return h->long_name;
	(void)snprintf(h->long_name, sizeof(h->long_name), "%s", h->name);
	if ((h->fqdn || strchr(h->name, '.') == NULL) &&
	    getaddrinfo(h->name, NULL, &hints, &found) == 0) {
		if (found->ai_canonname != NULL)
			(void)snprintf(h->long_name, sizeof(h->long_name), "%s",
			    found->ai_canonname);
		freeaddrinfo(found);
	}
	return h->long_name;
}

static bool
in_netgroup(void *arg, const struct sudo_user *u, const char *netgroup)
{
	struct sudo_host *h = arg;
	char name[256];

	if (u != NULL)
		return innetgr(netgroup, NULL, u->name, NULL) == 1;
	(void)snprintf(
	    name, sizeof(name), "%.*s", (int)strcspn(h->name, "."), h->name);
	return innetgr(netgroup, long_name(h), NULL, NULL) == 1 ||
	       innetgr(netgroup, name, NULL, NULL) == 1;
}

static bool
is_host(void *arg, const char *text)
{
	struct sudo_host *h = arg;
	const char *own = h->fqdn ? long_name(h) : h->name;
	char name[256];

	if (strchr(text, '.') != NULL)
		return fnmatch(text, long_name(h), FNM_CASEFOLD) == 0;
	(void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(own, "."), own);
	return fnmatch(text, name, FNM_CASEFOLD) == 0;
}

static bool
is_address(void *arg, const char *text)
{
	(void)arg;
	return sudo_net_here(text);
}

/* What "sudo -V" tells root. */
static void
look_built(struct sudo_host *h)
{
	const char *argv[] = {h->program, "-V", NULL};
	static const char minutes[] = "Authentication timestamp timeout: ";
	static const char methods[] = "Authentication methods: ";
	struct program_result r;
	const char *at;

	if (program_run(argv, &r) != BH_OK)
		return;
	if ((at = strstr(r.out, minutes)) != NULL)
		h->timeout = strtod(at + sizeof(minutes) - 1, NULL);
	if ((at = strstr(r.out, methods)) != NULL)
		h->pam = memmem(at, strcspn(at, "\n"), "pam", 3) != NULL;
	if (strstr(r.out, "Configure options: ") != NULL)
		h->login_service = strstr(r.out, "--with-pam-login") != NULL;
	h->fqdn = strstr(r.out, "Require fully-qualified hostnames") != NULL;
	program_free(&r);
}

bool
sudo_host_look(struct sudo_host *h)
{
	size_t i;

	*h = (struct sudo_host){
	    .pam = true, .login_service = true, .timeout = 15};
	for (i = 0; i < nitems(programs) && h->program == NULL; i++) {
		if (access(programs[i], X_OK) == 0)
			h->program = programs[i];
	}
	if (h->program == NULL)
		return false;
	(void)snprintf(h->file, sizeof(h->file), "%s", SUDOERS_FILE);
	if (gethostname(h->name, sizeof(h->name) - 1) != 0)
		h->name[0] = '\0';
	look_built(h);
	return true;
}

static bool
add_person(struct sudo_host *h, const char *name, uid_t uid, gid_t gid)
{
	struct sudo_person *p;
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;
	size_t i;

	for (i = 0; i < h->n_persons; i++) {
		if (strcmp(h->person[i].name, name) == 0)
			return true;
	}
	p = reallocarray(h->person, h->n_persons + 1, sizeof(*p));
	if (p == NULL)
		return false;
	h->person = p;
	p += h->n_persons;
	if (getgrouplist(name, gid, groups, &n) == -1)
		n = GROUPS_MAX;
	*p = (struct sudo_person){.name = strdup(name), .gid = gid};
	p->user.uid = uid;
	h->n_persons++;
	p->groups = calloc((size_t)n + 1, sizeof(*groups));
	if (p->name == NULL || p->groups == NULL)
		return false;
	memcpy(p->groups, groups, (size_t)n * sizeof(*groups));
	p->n_groups = n;
	return true;
}

static bool
add_root(struct sudo_host *h)
{
	gid_t groups[GROUPS_MAX];
	int n = GROUPS_MAX;

	if (getgrouplist("root", 0, groups, &n) == -1)
		n = GROUPS_MAX;
	h->root.user.name = "root";
	h->root.groups = calloc((size_t)n + 1, sizeof(*groups));
	if (h->root.groups == NULL)
		return false;
	memcpy(h->root.groups, groups, (size_t)n * sizeof(*groups));
	h->root.n_groups = n;
	return true;
}

/* Somebody whom a directory may know, though it does not list him. */
static bool
add_name(struct sudo_host *h, const struct doctor *d, const char *name)
{
	const struct passwd *pw;

	if (doctor_account(d, name) != NULL || (pw = getpwnam(name)) == NULL ||
	    pw->pw_uid == 0)
		return true;
	return add_person(h, name, pw->pw_uid, pw->pw_gid);
}

/* Those of a group that a rule names. */
static bool
add_members(struct sudo_host *h, const struct doctor *d, const char *name)
{
	const struct group *gr =
	    name[0] == '#' ? getgrgid((gid_t)strtoul(name + 1, NULL, 10))
			   : find_group(name);
	char *all = NULL, *next, *one;
	size_t i, size;
	bool well = true;
	FILE *out;

	if (gr == NULL || (out = open_memstream(&all, &size)) == NULL)
		return gr == NULL;
	/* Copied: to ask for a member overwrites the group. */
	for (i = 0; gr->gr_mem[i] != NULL; i++)
		(void)fprintf(out, "%s\n", gr->gr_mem[i]);
	well = fclose(out) == 0;
	for (next = all; well && (one = strsep(&next, "\n")) != NULL;)
		well = one[0] == '\0' || add_name(h, d, one);
	free(all);
	return well;
}

/* What is said for all: the other kinds come too late for it. */
static void
look_names(struct sudo_host *h, const json_t *doc)
{
	const json_t *entry, *option, *v;
	size_t i, j;

	json_array_foreach(json_object_get(doc, "Defaults_Early"), i, entry)
	{
		if (json_object_get(entry, "Binding") != NULL)
			continue;
		json_array_foreach(json_object_get(entry, "Options"), j, option)
		{
			if ((v = json_object_get(option, "fqdn")) != NULL)
				h->fqdn = json_is_true(v);
			if (json_object_get(option, "group_plugin") != NULL)
				h->group_plugin = true;
			v = json_object_get(option, "case_insensitive_user");
			if (v != NULL)
				h->case_counts = json_is_false(v);
		}
	}
}

void
sudo_host_people(struct sudo_host *h, const struct doctor *d, const json_t *doc)
{
	json_t *users = sudo_named_users(doc), *v;
	json_t *groups = sudo_named_user_groups(doc);
	bool well = users != NULL && groups != NULL && add_root(h);
	size_t i;

	look_names(h, doc);
	for (i = 0; well && i < d->n_accounts; i++) {
		const struct doctor_account *a = &d->accounts[i];

		if (a->uid != 0)
			well = add_person(h, a->name, a->uid, a->gid);
	}
	json_array_foreach(users, i, v) well =
	    well && add_name(h, d, json_string_value(v));
	json_array_foreach(groups, i, v) well =
	    well && add_members(h, d, json_string_value(v));
	json_decref(users);
	json_decref(groups);
	for (i = 0; i < h->n_persons; i++)
		h->person[i].user.name = h->person[i].name;
	h->no_memory = h->no_memory || !well;
	h->eyes = (struct sudo_eyes){.in_group = in_group,
	    .in_netgroup = in_netgroup,
	    .is_host = is_host,
	    .is_address = is_address,
	    .case_counts = h->case_counts,
	    .group_plugin = h->group_plugin,
	    .arg = h};
}

void
sudo_host_free(struct sudo_host *h)
{
	size_t i;

	for (i = 0; i < h->n_persons; i++) {
		free(h->person[i].name);
		free(h->person[i].groups);
	}
	for (i = 0; i < h->n_groups; i++)
		free(h->group[i].name);
	free(h->person);
	free(h->root.groups);
	free(h->group);
}
