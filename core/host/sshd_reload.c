/*
 * Trying a configuration on sshd, and having the one that runs read its own
 * anew.
 */
#include "core/host/sshd.h"

#include "core/host/program.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ARGS	  64
#define RELOAD_MS 10000
#define LOOK_MS	  20
#define SOCKETS	  64
#define TITLE	  8192

/* The sockets that a process holds; false: it is gone. */
struct sockets {
	char name[SOCKETS][32]; /* "socket:[1234]" */
	size_t n;
};

static bool
look(pid_t pid, struct sockets *s)
{
	char path[64], link[32];
	const struct dirent *entry;
	ssize_t n;
	DIR *fds;

	s->n = 0;
	(void)snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	if ((fds = opendir(path)) == NULL)
		return false;
	while (s->n < SOCKETS && (entry = readdir(fds)) != NULL) {
		n = readlinkat(
		    dirfd(fds), entry->d_name, link, sizeof(link) - 1);
		if (n <= 0 || strncmp(link, "socket:", 7) != 0)
			continue;
		link[n] = '\0';
		memcpy(s->name[s->n++], link, sizeof(link));
	}
	(void)closedir(fds);
	return true;
}

/* How many of a's are not among b's? */
static size_t
missing(const struct sockets *a, const struct sockets *b)
{
	size_t i, k, n = 0;

	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n; k++) {
			if (strcmp(a->name[i], b->name[k]) == 0)
				break;
		}
		n += k == b->n;
	}
	return n;
}

/* It calls itself a listener once it is ready. */
static bool
listens(pid_t pid)
{
	char path[64], title[TITLE];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, title, sizeof(title) - 1);
	(void)close(fd);
	title[n > 0 ? n : 0] = '\0';
	return strstr(title, "[listener]") != NULL;
}

/* It closes what it listens on, runs itself anew under the same number, and
 * listens again. */
static enum bh_err
hang_up(pid_t pid)
{
	const struct timespec nap = {.tv_nsec = LOOK_MS * 1000000L};
	struct sockets before, after;
	unsigned int left;

	if (!look(pid, &before) || kill(pid, SIGHUP) == -1)
		return BH_ERR_CLOSED;
	for (left = RELOAD_MS / LOOK_MS; left > 0; left--) {
		if (!look(pid, &after))
			return BH_ERR_CLOSED;
		if (missing(&before, &after) > 0 &&
		    missing(&after, &before) > 0 && listens(pid))
			return BH_OK;
		(void)nanosleep(&nap, NULL);
	}
	return BH_ERR_TIMEOUT;
}

enum bh_err
sshd_reload(struct sshd_host *h)
{
	struct sshd_host **list;
	enum bh_err e;
	size_t i, n;

	if ((e = sshd_find_all(&list, &n)) != BH_OK)
		return e;
	for (i = 0; i < n && e == BH_OK; i++) {
		if (sshd_host_pid(list[i]) != 0 &&
		    sshd_host_why(list[i]) == NULL &&
		    strcmp(sshd_host_config(list[i]), sshd_host_config(h)) == 0)
			e = hang_up(sshd_host_pid(list[i]));
	}
	sshd_list_free(list, n);
	return e;
}

/* The last line that sshd said. */
static const char *
complaint(char *err)
{
	size_t len = strlen(err);
	const char *line;

	while (len > 0 && (err[len - 1] == '\n' || err[len - 1] == '\r'))
		err[--len] = '\0';
	line = strrchr(err, '\n');
	return line != NULL ? line + 1 : err;
}

enum bh_err
sshd_check(struct sshd_host *h, const char *file, char **whyp)
{
	const char *argv[ARGS + 5] = {sshd_host_program(h), "-t", "-f", file};
	struct program_result r;
	enum bh_err e;
	size_t i;
	int n = 0;

	*whyp = NULL;
	for (i = 0; i < ARGS && sshd_host_argument(h, i) != NULL; i++)
		argv[4 + i] = sshd_host_argument(h, i);
	if ((e = program_run(argv, &r)) != BH_OK) {
		n = asprintf(
		    whyp, "%s -t -f %s: %s", argv[0], file, err_text(e));
	} else {
		if (r.code != 0) {
			n = asprintf(whyp, "%s -t -f %s says: %s", argv[0],
			    file, complaint(r.err));
			e = BH_ERR_CONFIG;
		}
		program_free(&r);
	}
	if (n == -1)
		*whyp = NULL;
	return e;
}
