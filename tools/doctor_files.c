/*
 * Who may change the gate's files: owner and mode of each, and of the folders
 * above it; and where the key lies.
 */
#include "tools/doctor_gate.h"

#include "tools/client.h"
#include "tools/machine.h"
#include "tools/offline.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SQLITE "sqlite:"
#define FILE_  "file:"

/* What a file must be.  mode: no other bits than these; set: what the fix
 * sets. */
struct rule {
	const char *path;
	uid_t uid;
	const char *user;
	mode_t type;
	mode_t mode;
	mode_t set;
	enum severity severity;
	const char *number;
	const char *matter; /* what it would mean */
};

static const char *
number_of(const struct rule *r)
{
	return r->number != NULL ? r->number : "PCI 10.3.2";
}

static void
say(struct doctor *d, const struct rule *r, const char *what)
{
	char fix[FIX_LINE], show[FIX_LINE];

	doctor_found(d,
	    &(struct finding){.severity = r->severity,
		.id = "file-open",
		.where = r->path,
		.mend = "give it back, and look who could use it meanwhile",
		.fix = doctor_path_plain(r->path)
			   ? doctor_text(fix, "chown %s:%s %s && chmod %04o %s",
				 r->user, r->user, r->path, (unsigned)r->set,
				 r->path)
			   : NULL,
		.show = doctor_text(show, "ls -ld %s", r->path),
		.number = number_of(r)},
	    "%s %s: %s", r->path, what, r->matter);
}

/* Is there anybody but root in that group? */
static bool
group_has_people(const struct doctor *d, gid_t gid)
{
	const struct group *g = getgrgid(gid);
	size_t i;

	for (i = 0; g != NULL && g->gr_mem[i] != NULL; i++) {
		if (strcmp(g->gr_mem[i], "root") != 0)
			return true;
	}
	for (i = 0; i < d->n_accounts; i++) {
		if (d->accounts[i].gid == gid && d->accounts[i].uid != 0)
			return true;
	}
	return false;
}

/* The same folder stands above several files: the first one's word counts. */
static bool
is_said(const struct doctor *d, const char *folder)
{
	const json_t *f;
	size_t i;

	json_array_foreach(d->findings, i, f)
	{
		if (strcmp(reply_text(f, "id"), "folder-open") == 0 &&
		    strcmp(reply_text(f, "where"), folder) == 0)
			return true;
	}
	return false;
}

static const char *
folder_fix(char fix[FIX_LINE], const char *folder, bool owner)
{
	if (!doctor_path_plain(folder))
		return NULL;
	if (owner)
		return doctor_text(
		    fix, "chown root %s && chmod go-w %s", folder, folder);
	return doctor_text(fix, "chmod go-w %s", folder);
}

/* A folder in which others than root, and who must own the file, can put
 * another file in its place. */
static void
look_at_folder(struct doctor *d, const struct rule *r, const char *folder)
{
	char fix[FIX_LINE], show[FIX_LINE];
	struct stat st;
	bool owner, writers;

	if (stat(folder, &st) == -1)
		return;
	owner = st.st_uid != 0 && st.st_uid != r->uid;
	writers = (st.st_mode & S_ISVTX) == 0 &&
		  ((st.st_mode & S_IWOTH) != 0 ||
		      ((st.st_mode & S_IWGRP) != 0 &&
			  group_has_people(d, st.st_gid)));
	if ((!owner && !writers) || is_said(d, folder))
		return;
	doctor_found(d,
	    &(struct finding){.severity = r->severity,
		.id = "folder-open",
		.where = folder,
		.mend = "let root alone write there",
		.fix = folder_fix(fix, folder, owner),
		.show = doctor_text(show, "ls -ld %s", folder),
		.number = number_of(r)},
	    "others than root may replace %s: %s", r->path, r->matter);
}

static void
look_above(struct doctor *d, const struct rule *r, const char *path)
{
	char folder[PATH_MAX];
	char *slash;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	while ((slash = strrchr(folder, '/')) != NULL && slash != folder) {
		*slash = '\0';
		look_at_folder(d, r, folder);
	}
	look_at_folder(d, r, "/");
}

static void
look_at(struct doctor *d, const struct rule *r)
{
	char what[160], real[PATH_MAX];
	struct stat st;
	mode_t more;

	look_above(d, r, r->path);
	if (lstat(r->path, &st) == -1)
		return;
	/* as written, and as it is once links are followed; a program's own
	 * file may be one */
	if (realpath(r->path, real) != NULL && strcmp(real, r->path) != 0) {
		look_above(d, r, real);
		if ((r->mode & S_IXUSR) != 0 && r->type == S_IFREG &&
		    st.st_uid == 0 && stat(real, &st) == -1)
			return;
	}
	more = st.st_mode & 07777 & ~r->mode;
	/* what everybody may read, a group of nobody may write */
	if ((r->mode & S_IRGRP) != 0 && !group_has_people(d, st.st_gid))
		more &= ~(mode_t)S_IWGRP;
	if ((st.st_mode & S_IFMT) != r->type) {
		say(d, r, "is not what should be there");
	} else if (st.st_uid != r->uid) {
		(void)snprintf(what, sizeof(what), "belongs to uid %u",
		    (unsigned)st.st_uid);
		say(d, r, what);
	} else if (more != 0) {
		(void)snprintf(what, sizeof(what), "has mode %04o",
		    (unsigned)st.st_mode & 07777);
		say(d, r, what);
	}
}

void
doctor_program_file(struct doctor *d, const char *path)
{
	look_at(d, &(struct rule){path, 0, "root", S_IFREG, 0755, 0755,
		       SEVERITY_BYPASS, "PCI 8.5.1",
		       "whoever can change it lets himself in"});
}

/* "sqlite:/var/lib/bulkhead/store.db" without its kind. */
static const char *
path_of(const char *text, const char *kind)
{
	return strncmp(text, kind, strlen(kind)) == 0 ? text + strlen(kind)
						      : NULL;
}

static const char *
folder_of(const char *path, char folder[PATH_MAX])
{
	char *slash;

	(void)snprintf(folder, PATH_MAX, "%s", path);
	if ((slash = strrchr(folder, '/')) != NULL && slash != folder)
		*slash = '\0';
	return folder;
}

static void
look_at_store(struct doctor *d, const char *path, uid_t uid)
{
	char folder[PATH_MAX];

	look_at(d,
	    &(struct rule){path, uid, OFFLINE_USER, S_IFREG, 0600, 0600,
		SEVERITY_WEAK, NULL, "bulkheadd refuses it at its next start"});
	look_at(d, &(struct rule){folder_of(path, folder), uid, OFFLINE_USER,
		       S_IFDIR, 0700, 0700, SEVERITY_WEAK, NULL,
		       "bulkheadd refuses it at its next start"});
}

static void
look_at_key(struct doctor *d, const char *store)
{
	const char *key = path_of(d->config->key, FILE_);
	struct stat k, s;

	if (key == NULL)
		return;
	look_at(d,
	    &(struct rule){key, 0, "root", S_IFREG, 0600, 0400, SEVERITY_WEAK,
		"PCI 8.3.2",
		"with it and the store every seed can be read; change it too: "
		"'bulkhead key rotate'"});
	if (store == NULL || stat(key, &k) == -1 || stat(store, &s) == -1)
		return;
	doctor_found(d,
	    &(struct finding){.severity = k.st_dev == s.st_dev ? SEVERITY_WEAK
							       : SEVERITY_NOTE,
		.id = "key-in-file",
		.where = key,
		.mend = "seal it to this machine: systemd-creds encrypt "
			"--name=realm.key, key = credential:realm.key in the "
			"configuration, and LoadCredentialEncrypted= as "
			"bulkheadd.service shows",
		.show = "df --output=source,target /etc/bulkhead "
			"/var/lib/bulkhead",
		.number = "PCI 8.3.2"},
	    k.st_dev == s.st_dev
		? "the key lies on the same file system as the store: who "
		  "has that disk, or a copy of it, has every seed"
		: "the key is a file, on another file system than the "
		  "store: is it another disk?");
}

static void
look_at_sockets(struct doctor *d)
{
	mode_t mode = d->config->n_uids > 0 ? 0666 : 0600;

	look_at(d, &(struct rule){d->config->socket, 0, "root", S_IFSOCK, mode,
		       mode, SEVERITY_WEAK, NULL,
		       "processes that are no login can ask the gate"});
	look_at(d, &(struct rule){d->config->admin, 0, "root", S_IFSOCK, 0600,
		       0600, SEVERITY_WEAK, NULL,
		       "processes of others can ask for root's commands"});
}

void
doctor_files(struct doctor *d)
{
	const char *store = path_of(d->config->store, SQLITE);
	const struct passwd *pw = getpwnam(OFFLINE_USER);
	char path[PATH_MAX];
	struct stat st;

	look_at(d, &(struct rule){d->inv->config_path, 0, "root", S_IFREG, 0644,
		       0644, SEVERITY_BYPASS, "PCI 8.5.1",
		       "whoever can change it decides who is let in"});
	look_at_key(d, store);
	if (pw != NULL && store != NULL)
		look_at_store(d, store, pw->pw_uid);
	if (pw != NULL)
		look_at_store(d, d->config->anchor, pw->pw_uid);
	look_at_sockets(d);
	if (lstat(MACHINE_FOLDER, &st) == 0)
		look_at(d, &(struct rule){MACHINE_FOLDER, 0, "root", S_IFDIR,
			       0755, 0755, SEVERITY_BYPASS, "PCI 8.6.1",
			       "whoever can write there adds a login without a "
			       "code"});
	doctor_program_file(d, PAM_MODULE_FOLDER "/pam_bulkhead.so");
	if (doctor_beside("bulkheadd", path))
		doctor_program_file(d, path);
	if (doctor_beside("bulkhead", path))
		doctor_program_file(d, path);
}
