/*
 * What goes on, or starts again, when its owner is gone: his crontab, at jobs,
 * and services of his own.  cron asks no person, so there is no gate in it.
 */
#include "tools/doctor_ways.h"

#include <dirent.h>
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
    {"/var/lib/systemd/linger",
	"services of one's own start at each boot without a login",
	"loginctl disable-linger, for whom it is not meant",
	"ls /var/lib/systemd/linger"},
};

/* Does the name stand for an account that is not root? */
static bool
is_owner(const struct doctor *d, const char *name)
{
	const struct doctor_account *a = doctor_account(d, name);

	return a != NULL && a->uid != 0;
}

static void
look_jobs(struct doctor *d, const struct jobs *j)
{
	char names[512] = "";
	const struct dirent *entry;
	size_t n = 0, len;
	DIR *dir;

	if ((dir = opendir(j->folder)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (!is_owner(d, entry->d_name) || n++ >= NAMES_SHOWN)
			continue;
		len = strlen(names);
		(void)snprintf(names + len, sizeof(names) - len, "%s%s",
		    n > 1 ? ", " : "", entry->d_name);
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
