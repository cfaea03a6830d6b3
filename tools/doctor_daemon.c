/*
 * The daemon: who listens for logins, and whether its walls stand, from what
 * the kernel says of the process and not from what it says of itself.
 */
#include "tools/doctor_gate.h"

#include "tools/offline.h"

#include <ctype.h>
#include <dirent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTENS	     0x10000ul /* __SO_ACCEPTCON */
#define INODES_MAX   8
#define HOLDERS_MAX  8
#define STATUS_MAX   4096
#define INIT	     1
#define WRONG_MAX    512
#define COLUMN_FLAGS 3
#define COLUMN_INODE 6

/* Who has a listening socket of that path open. */
struct holders {
	unsigned long inode[INODES_MAX];
	size_t n_inodes;
	pid_t pid[HOLDERS_MAX];
	size_t n;
};

/* "Num RefCount Protocol Flags Type St Inode Path" of /proc/net/unix. */
static void
add_socket(struct holders *h, char *line, const char *path)
{
	char *rest = line, *word;
	unsigned long flags = 0, inode = 0;
	int column;

	for (column = 0; column <= COLUMN_INODE; column++) {
		if ((word = strsep(&rest, " ")) == NULL)
			return;
		if (*word == '\0') /* the inode is padded */
			column--;
		else if (column == COLUMN_FLAGS)
			flags = strtoul(word, NULL, 16);
		else if (column == COLUMN_INODE)
			inode = strtoul(word, NULL, 10);
	}
	if (rest == NULL)
		return;
	rest[strcspn(rest, "\n")] = '\0';
	if (strcmp(rest, path) == 0 && (flags & LISTENS) != 0 &&
	    h->n_inodes < INODES_MAX)
		h->inode[h->n_inodes++] = inode;
}

static void
find_sockets(struct holders *h, const char *path)
{
	char *line = NULL;
	size_t size = 0;
	FILE *in;

	if ((in = fopen("/proc/net/unix", "re")) == NULL)
		return;
	while (getline(&line, &size, in) > 0)
		add_socket(h, line, path);
	free(line);
	(void)fclose(in);
}

static bool
holds(const struct holders *h, int dirfd, const char *name)
{
	char link[64], want[64];
	ssize_t n = readlinkat(dirfd, name, link, sizeof(link) - 1);
	size_t i;

	if (n <= 0)
		return false;
	link[n] = '\0';
	for (i = 0; i < h->n_inodes; i++) {
		(void)snprintf(want, sizeof(want), "socket:[%lu]", h->inode[i]);
		if (strcmp(link, want) == 0)
			return true;
	}
	return false;
}

static bool
has_it_open(const struct holders *h, const char *pid)
{
	const struct dirent *entry;
	char path[300];
	bool found = false;
	DIR *fds;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if ((fds = opendir(path)) == NULL)
		return false;
	while (!found && (entry = readdir(fds)) != NULL)
		found = holds(h, dirfd(fds), entry->d_name);
	(void)closedir(fds);
	return found;
}

static void
find_holders(struct holders *h)
{
	const struct dirent *entry;
	DIR *proc;

	if (h->n_inodes == 0 || (proc = opendir("/proc")) == NULL)
		return;
	while ((entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    has_it_open(h, entry->d_name) && h->n < HOLDERS_MAX)
			h->pid[h->n++] = pid;
	}
	(void)closedir(proc);
}

/* All four user ids of a process are that one. */
static bool
runs_as(const char *status, uid_t uid)
{
	char value[64], want[64];

	(void)snprintf(want, sizeof(want), "%u\t%u\t%u\t%u", (unsigned)uid,
	    (unsigned)uid, (unsigned)uid, (unsigned)uid);
	return strcmp(doctor_proc_value(status, "Uid", value), want) == 0;
}

/* The line of /proc/PID/limits says that there is none of it: "0 ... 0". */
static bool
limit_is_none(const char *limits, const char *name)
{
	const char *line = strstr(limits, name);

	if (line == NULL)
		return false;
	line += strlen(name);
	line += strspn(line, " ");
	if (strncmp(line, "0 ", 2) != 0)
		return false;
	line += 1 + strspn(line + 1, " ");
	return strncmp(line, "0 ", 2) == 0 || strncmp(line, "0\n", 2) == 0;
}

static void
wrong(char text[WRONG_MAX], const char *what)
{
	size_t len = strlen(text);

	(void)snprintf(
	    text + len, WRONG_MAX - len, "%s%s", len > 0 ? ", " : "", what);
}

/* What of the walls does not stand, "" if all do. */
static void
look_for_walls(pid_t pid, const char *status, char text[WRONG_MAX])
{
	static const struct {
		const char *key;
		const char *want;
		const char *what;
	} walls[] = {
	    {"NoNewPrivs", "1", "it may gain privileges"},
	    {"Seccomp", "2", "no system call is refused"},
	    {"CapEff", "0000000000000000", "it has capabilities"},
	    {"CapPrm", "0000000000000000", "it may take capabilities"},
	    {"CapInh", "0000000000000000", "it hands on capabilities"},
	    {"CapAmb", "0000000000000000", "it keeps capabilities"},
	    {"Groups", "", "it is in groups"},
	};
	char limits[STATUS_MAX], value[64], path[64];
	struct stat st;
	size_t i;

	text[0] = '\0';
	for (i = 0; i < nitems(walls); i++) {
		if (strcmp(doctor_proc_value(status, walls[i].key, value),
			walls[i].want) != 0)
			wrong(text, walls[i].what);
	}
	/* the kernel gives root the files of what may not be dumped */
	(void)snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	if (stat(path, &st) == -1 || st.st_uid != 0)
		wrong(text, "its memory may be dumped and read");
	if (!doctor_proc(pid, "limits", limits, sizeof(limits)) ||
	    !limit_is_none(limits, "Max core file size"))
		wrong(text, "it may leave a core");
	if (!limit_is_none(limits, "Max processes"))
		wrong(text, "it may start processes");
}

static void
look_at_walls(struct doctor *d, pid_t pid, const char *status)
{
	char text[WRONG_MAX], where[32], fix[FIX_LINE], show[64];

	look_for_walls(pid, status, text);
	if (text[0] == '\0')
		return;
	(void)snprintf(where, sizeof(where), "process %d", (int)pid);
	(void)snprintf(show, sizeof(show),
	    "cat /proc/%d/status /proc/%d/limits", (int)pid, (int)pid);
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "daemon-walls",
		.where = where,
		.mend = "restart bulkheadd from the installed program; see "
			"what it logs",
		.fix = doctor_restart_fix(d, pid, fix),
		.show = show,
		.number = "PCI 2.2.6"},
	    "bulkheadd is not behind its walls: %s", text);
}

/* What runs is what is installed, and nobody may change it. */
static void
look_at_program(struct doctor *d, pid_t pid)
{
	static const char gone[] = " (deleted)";
	char path[64], program[PATH_MAX], where[32], fix[FIX_LINE];
	ssize_t n;
	size_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	if ((n = readlink(path, program, sizeof(program) - 1)) <= 0)
		return;
	len = (size_t)n;
	program[len] = '\0';
	if (len < sizeof(gone) ||
	    strcmp(program + len - (sizeof(gone) - 1), gone) != 0) {
		doctor_program_file(d, program);
		return;
	}
	(void)snprintf(where, sizeof(where), "process %d", (int)pid);
	(void)snprintf(path, sizeof(path), "ls -l /proc/%d/exe", (int)pid);
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_NOTE,
		.id = "daemon-old",
		.where = where,
		.mend = "restart it; nobody who is asked meanwhile is let in "
			"or locked by it",
		.fix = doctor_restart_fix(d, pid, fix),
		.show = path,
		.number = "PCI 6.3.3"},
	    "bulkheadd runs from a file that is no more there: it was upgraded "
	    "and not restarted");
}

/* Another process that could answer in the daemon's place. */
static void
say_other(struct doctor *d, pid_t pid, const char *path)
{
	char where[32], fix[32], show[64];

	(void)snprintf(where, sizeof(where), "process %d", (int)pid);
	(void)snprintf(fix, sizeof(fix), "kill -KILL %d", (int)pid);
	(void)snprintf(show, sizeof(show), "ls -l /proc/%d/exe /proc/%d/fd",
	    (int)pid, (int)pid);
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = "gate-answered",
		.where = where,
		.mend = "find out what it is, end it, and restart bulkheadd",
		.fix = fix,
		.show = show,
		.number = "PCI 8.5.1"},
	    "a process that is not bulkheadd listens at %s: it can answer in "
	    "its place",
	    path);
}

static void
say_down(struct doctor *d, bool init)
{
	char fix[FIX_LINE];

	doctor_found(d,
	    &(struct finding){.severity = init ? SEVERITY_NOTE : SEVERITY_WEAK,
		.id = init ? "daemon-waits" : "daemon-down",
		.where = d->config->socket,
		.mend = init ? "none is needed: the first login starts it"
			     : "start it; what it logs says why it ended",
		.fix = doctor_start_fix(d, fix),
		.show = "bulkhead status",
		.number = "PCI 10.7.2"},
	    init ? "bulkheadd does not run yet; systemd listens for it"
		 : "bulkheadd does not run: nobody is let in through the gate");
}

static void
say_unseen(struct doctor *d)
{
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "daemon-unseen",
		.where = d->config->socket,
		.mend = "run doctor in the namespaces that bulkheadd's sockets "
			"were made in: those of the host",
		.show = "grep bulkhead /proc/net/unix",
		.number = "PCI 2.2.6"},
	    "bulkheadd answers, and which process it is can't be seen: its "
	    "walls were not looked at");
}

/*
 * All that listen at one path.  The daemon's process; 0: it is none of them,
 * and *initp says whether systemd listens in its place.
 */
static pid_t
look_at_socket(struct doctor *d, const char *path, bool *initp)
{
	const struct passwd *pw = getpwnam(OFFLINE_USER);
	struct holders h = {.n = 0};
	char status[STATUS_MAX];
	pid_t daemon = 0;
	size_t i;

	*initp = false;
	find_sockets(&h, path);
	find_holders(&h);
	for (i = 0; i < h.n; i++) {
		if (!doctor_proc(h.pid[i], "status", status, sizeof(status)))
			continue;
		if (pw != NULL && runs_as(status, pw->pw_uid))
			daemon = h.pid[i];
		else if (h.pid[i] == INIT && doctor_systemd())
			*initp = true;
		else
			say_other(d, h.pid[i], path);
	}
	return daemon;
}

pid_t
doctor_daemon(struct doctor *d, bool answers)
{
	char status[STATUS_MAX];
	bool init, other;
	pid_t daemon;

	(void)look_at_socket(d, d->config->admin, &other);
	daemon = look_at_socket(d, d->config->socket, &init);
	if (daemon != 0 &&
	    doctor_proc(daemon, "status", status, sizeof(status))) {
		look_at_walls(d, daemon, status);
		look_at_program(d, daemon);
	} else if (answers) {
		say_unseen(d);
	} else {
		say_down(d, init);
	}
	return daemon;
}
