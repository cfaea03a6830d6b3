/*
 * Groups that are root in disguise.  Whoever is in one got in through the gate,
 * or he did not; then he is root without being asked again.  It is a way past
 * the gate if what stands behind the group is really there: the socket, or a
 * block device that the group may write.
 */
#include "tools/doctor_ways.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct disguise {
	const char *group;
	const char *socket; /* NULL: block devices */
	const char *what;
	bool polkit; /* the socket is everybody's, and polkit lets the group */
} disguises[] = {
    {"docker", "/run/docker.sock", "a container may mount the host's root",
	false},
    {"podman", "/run/podman/podman.sock",
	"a container may mount the host's root", false},
    {"lxd", "/var/snap/lxd/common/lxd/unix.socket",
	"a container may mount the host's root", false},
    {"lxd", "/var/lib/lxd/unix.socket", "a container may mount the host's root",
	false},
    {"incus-admin", "/run/incus/unix.socket",
	"a container may mount the host's root", false},
    {"incus-admin", "/var/lib/incus/unix.socket",
	"a container may mount the host's root", false},
    {"libvirt", "/run/libvirt/libvirt-sock",
	"a machine may be given the host's disk", true},
    {"libvirt", "/run/libvirt/virtqemud-sock",
	"a machine may be given the host's disk", true},
    {"containerd", "/run/containerd/containerd.sock",
	"a container may mount the host's root", false},
    {"disk", NULL, "the file system may be written block by block", false},
};

/* A block device that the group may write; false: there is none. */
static bool
writable_disk(gid_t gid)
{
	const struct dirent *entry;
	struct stat st;
	bool found = false;
	DIR *dir;

	if ((dir = opendir("/dev")) == NULL)
		return false;
	while (!found && (entry = readdir(dir)) != NULL)
		found = fstatat(dirfd(dir), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISBLK(st.st_mode) && st.st_gid == gid &&
			(st.st_mode & S_IWGRP) != 0;
	(void)closedir(dir);
	return found;
}

/* Is it a socket; whose group may write it, and may anybody? */
static bool
writable_socket(const char *path, gid_t *gidp, bool *anybodyp)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
		return false;
	*gidp = (st.st_mode & S_IWGRP) != 0 ? st.st_gid : 0;
	*anybodyp = (st.st_mode & S_IWOTH) != 0;
	return true;
}

/* Can somebody log in who is in the group? */
static bool
is_member(const struct doctor_account *a, const struct group *gr)
{
	size_t i;

	if (!a->login || a->uid == 0)
		return false;
	if (a->gid == gr->gr_gid)
		return true;
	for (i = 0; gr->gr_mem[i] != NULL; i++) {
		if (strcmp(gr->gr_mem[i], a->name) == 0)
			return true;
	}
	return false;
}

/* "alice bob"; NULL: nobody. */
static char *
members(const struct doctor *d, const struct group *gr)
{
	char *names = NULL;
	size_t i, size, n = 0;
	FILE *out = open_memstream(&names, &size);

	if (out == NULL)
		return NULL;
	for (i = 0; i < d->n_accounts; i++) {
		if (is_member(&d->accounts[i], gr))
			(void)fprintf(out, "%s%s", n++ == 0 ? "" : " ",
			    d->accounts[i].name);
	}
	if (fclose(out) == 0 && n > 0)
		return names;
	free(names);
	return NULL;
}

/* A directory may give names that are no words of a shell. */
static bool
is_plain(const char *names)
{
	size_t i;

	for (i = 0; names[i] != '\0'; i++) {
		if (!isalnum((unsigned char)names[i]) &&
		    strchr(" ._-", names[i]) == NULL)
			return false;
	}
	return names[0] != '-' && strstr(names, " -") == NULL;
}

static void
say_group(struct doctor *d, const struct disguise *g, const struct group *gr,
    bool there)
{
	char *names = members(d, gr), *fix = NULL, *where = NULL;

	if (names == NULL)
		return;
	if (asprintf(&where, "group %s", gr->gr_name) == -1 ||
	    (is_plain(names) && is_plain(gr->gr_name) &&
		asprintf(&fix,
		    "for user in %s; do gpasswd -d \"$user\" %s; done", names,
		    gr->gr_name) == -1))
		d->failed = true;
	doctor_found(d,
	    &(struct finding){
		.severity = there ? SEVERITY_BYPASS : SEVERITY_WEAK,
		.id = "group-is-root",
		.where = where,
		.mend = "take them out of the group; let them use sudo, which "
			"asks the gate",
		.fix = fix,
		.show = "getent group",
		.number = there ? "PCI 8.5.1" : "PCI 7.2.2"},
	    there ? "%s become%s root by the group %s without being asked: %s "
		    "(%s)"
		  : "%s could become root by the group%s %s without being "
		    "asked, if what stands behind it were there: %s (%s)",
	    names, there && strchr(names, ' ') == NULL ? "s" : "", gr->gr_name,
	    g->what, g->socket != NULL ? g->socket : "/dev");
	free(names);
	free(fix);
	free(where);
}

static void
say_anybody(struct doctor *d, const struct disguise *g)
{
	char *fix = NULL;

	if (asprintf(&fix, "chmod o-rw '%s'", g->socket) == -1)
		d->failed = true;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "group-is-root",
		.where = g->socket,
		.mend = "take it away from others",
		.fix = fix,
		.show = "ls -l /run",
		.number = "PCI 8.5.1"},
	    "whoever is on this host becomes root without being asked: %s, "
	    "and everybody may write to %s",
	    g->what, g->socket);
	free(fix);
}

/* A group may have several sockets; that it has none is said once. */
static bool
said_elsewhere(const struct disguise *g)
{
	const struct disguise *other;
	size_t i;

	for (i = 0; i < nitems(disguises); i++) {
		other = &disguises[i];
		if (other == g || strcmp(other->group, g->group) != 0)
			continue;
		if (other < g || access(other->socket, F_OK) == 0)
			return true;
	}
	return false;
}

static void
look_disguise(struct doctor *d, const struct disguise *g)
{
	const struct group *gr = getgrnam(g->group);
	bool anybody = false, there;
	gid_t gid = 0;

	if (g->socket == NULL) {
		if (gr != NULL)
			say_group(d, g, gr, writable_disk(gr->gr_gid));
		return;
	}
	there = writable_socket(g->socket, &gid, &anybody);
	if (anybody && g->polkit) {
		anybody = false;
		gid = gr != NULL ? gr->gr_gid : 0;
	}
	if (anybody)
		say_anybody(d, g);
	/* The socket's own group, whatever it is called. */
	if (there && gid != 0 && (gr == NULL || gr->gr_gid != gid))
		gr = getgrgid(gid);
	if (gr != NULL && (there || !said_elsewhere(g)))
		say_group(d, g, gr, there && gid == gr->gr_gid);
}

void
ways_groups(struct doctor *d)
{
	size_t i;

	for (i = 0; i < nitems(disguises); i++)
		look_disguise(d, &disguises[i]);
}
