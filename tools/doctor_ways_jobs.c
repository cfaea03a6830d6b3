/*
 * What goes on, or starts again, when its owner is gone: his crontab, at jobs,
 * and services of his own.  cron asks no person, so there is no gate in it.
 */
#include "tools/doctor_ways.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAMES_SHOWN 4

struct jobs {
	const char *folder;
	const char *what;
	const char *mend;
	const char *show;
};

static const struct jobs kinds[] = {
    {"/var/spool/cron/crontabs",
	"a crontab of one's own goes on running when a token is revoked",
	"look through them when somebody leaves; /etc/cron.allow says who may",
	"ls /var/spool/cron/crontabs"},
    {"/var/spool/cron",
	"a crontab of one's own goes on running when a token is revoked",
	"look through them when somebody leaves; /etc/cron.allow says who may",
	"ls /var/spool/cron"},
    {"/var/spool/cron/atjobs",
	"a job of at runs at its time when a token is revoked by then",
	"look through them when somebody leaves; /etc/at.allow says who may",
	"atq"},
    {"/var/lib/systemd/linger",
	"services of one's own start at each boot without a login",
	"loginctl disable-linger, for whom it is not meant",
	"ls /var/lib/systemd/linger"},
};

/* Whose is it, if not root's?  A crontab is called as its owner; a job of at
 * belongs to him. */
static const char *
owner(const struct doctor *d, DIR *dir, const char *name)
{
	const struct doctor_account *a = doctor_account(d, name);
	struct stat st;
	size_t i;

	if (a != NULL)
		return a->uid != 0 ? a->name : NULL;
	if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISREG(st.st_mode) || st.st_uid == 0)
		return NULL;
	for (i = 0; i < d->n_accounts; i++) {
		if (d->accounts[i].uid == st.st_uid && d->accounts[i].login)
			return d->accounts[i].name;
	}
	return NULL;
}

static void
look_jobs(struct doctor *d, const struct jobs *j)
{
	char names[512] = "";
	const struct dirent *entry;
	const char *name;
	size_t n = 0, len;
	DIR *dir;

	if ((dir = opendir(j->folder)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		name = owner(d, dir, entry->d_name);
		if (name == NULL || n++ >= NAMES_SHOWN)
			continue;
		len = strlen(names);
		(void)snprintf(names + len, sizeof(names) - len, "%s%s",
		    n > 1 ? ", " : "", name);
	}
	(void)closedir(dir);
	if (n == 0)
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_NOTE,
		.id = "jobs",
		.where = j->folder,
		.mend = j->mend,
		.show = j->show},
	    "%s: %s%s", j->what, names, n > NAMES_SHOWN ? " and more" : "");
}

void
ways_jobs(struct doctor *d)
{
	size_t i;

	for (i = 0; i < nitems(kinds); i++)
		look_jobs(d, &kinds[i]);
}
