/*
 * Other ways to a session or to root than sshd, sudo and su.
 */
#include "tools/doctor_ways.h"

#include "core/host/textfile.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool
way_exists(const char *path)
{
	return access(path, F_OK) == 0;
}

bool
way_gated(struct doctor *d, const char *service)
{
	return doctor_way(d, service, PAM_PHASE_AUTH)->end != PAM_WAY_OPEN ||
	       doctor_way(d, service, PAM_PHASE_ACCOUNT)->end != PAM_WAY_OPEN;
}

bool
way_enabled(const char *unit)
{
	static const char *const folders[] = {
	    "/etc/systemd/system", "/usr/lib/systemd/system"};
	char path[PATH_MAX];
	const struct dirent *entry;
	bool found = false;
	const char *dot;
	size_t i;
	DIR *dir;

	for (i = 0; i < nitems(folders); i++) {
		if ((dir = opendir(folders[i])) == NULL)
			continue;
		while (!found && (entry = readdir(dir)) != NULL) {
			dot = strrchr(entry->d_name, '.');
			if (dot == NULL || (strcmp(dot, ".wants") != 0 &&
					       strcmp(dot, ".requires") != 0))
				continue;
			(void)snprintf(path, sizeof(path), "%s/%s/%s",
			    folders[i], entry->d_name, unit);
			/* The link may lead to a unit of the image's. */
			found = faccessat(AT_FDCWD, path, F_OK,
				    AT_SYMLINK_NOFOLLOW) == 0;
		}
		(void)closedir(dir);
	}
	return found;
}

const struct process *
way_runs(const struct processes *ps, const char *name)
{
	size_t i;

	for (i = 0; i < ps->n; i++) {
		if (process_is(&ps->p[i], name))
			return &ps->p[i];
	}
	return NULL;
}

void
way_lines(struct doctor *d, const char *file, way_line each, void *arg)
{
	unsigned int number;
	struct text *t;
	char *line;

	if (text_open_linked(file, &t) != BH_OK)
		return;
	while (text_next_entry(t, &line, &number)) {
		if (line != NULL)
			each(d, arg, file, number, line);
	}
	text_close(t);
}

void
way_files(struct doctor *d, const char *folder, const char *ending,
    way_file each, void *arg)
{
	struct dirent **entry = NULL;
	char path[PATH_MAX];
	size_t len;
	int i, n = scandir(folder, &entry, NULL, alphasort);

	for (i = 0; i < n; i++) {
		const char *name = entry[i]->d_name;

		len = strlen(name);
		if (name[0] != '.' && len >= strlen(ending) &&
		    strcmp(name + len - strlen(ending), ending) == 0 &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			name) < sizeof(path))
			each(d, arg, path);
		free(entry[i]);
	}
	free(entry);
}

struct lines {
	way_line each;
	void *arg;
};

static void
file_lines(struct doctor *d, void *arg, const char *file)
{
	const struct lines *l = arg;

	way_lines(d, file, l->each, l->arg);
}

void
way_folder(struct doctor *d, const char *folder, const char *ending,
    way_line each, void *arg)
{
	struct lines l = {each, arg};

	way_files(d, folder, ending, file_lines, &l);
}

void
doctor_ways(struct doctor *d)
{
	struct processes ps;
	enum bh_err e;

	if ((e = processes_read(&ps)) != BH_OK) {
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_UNKNOWN,
			.id = "processes-unreadable",
			.where = "/proc",
			.mend = "mount /proc, then ask again"},
		    "what runs on this host can't be seen: %s", err_text(e));
		return;
	}
	ways_daemons(d, &ps);
	ways_inetd(d, &ps);
	ways_console(d, &ps);
	ways_groups(d);
	ways_setuid(d);
	ways_doas(d);
	ways_polkit(d, &ps);
	ways_jobs(d);
	processes_free(&ps);
}
