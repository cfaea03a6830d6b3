/*
 * The sshd that runs as a listener: its program and its command line.
 */
#include "core/host/sshd_internal.h"

#include "core/host/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TITLE_MAX 8192
#define LISTENER  " [listener] "

/* proc(5): its parent, and when it started */
#define STAT_PARENT  4
#define STAT_STARTED 22

/* Up to size - 1 bytes of /proc/PID/NAME; false: it is not there any more. */
static bool
proc_read(const char *pid, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return false;
	n = read(fd, text, size - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/*
 * Whoever starts a setuid program names it as he likes, and all user ids of
 * sudo are root's while what he may run by it runs.
 */
static bool
runs_setuid(const char *pid)
{
	char path[PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	return stat(path, &st) != 0 || (st.st_mode & (S_ISUID | S_ISGID)) != 0;
}

/*
 * All four user ids are root's, and root gave it its title.  The owner of
 * /proc/PID will not do: it is root for anybody's process that may not be
 * dumped, and what this one's title names is run by us.
 */
static bool
is_roots(const char *pid)
{
	char status[4096], *line;
	unsigned int id[4];

	if (!proc_read(pid, "status", status, sizeof(status)) ||
	    (line = strstr(status, "\nUid:")) == NULL || runs_setuid(pid))
		return false;
	return sscanf(line, "\nUid: %u %u %u %u", &id[0], &id[1], &id[2],
		   &id[3]) == 4 &&
	       id[0] == 0 && id[1] == 0 && id[2] == 0 && id[3] == 0;
}

/* Is that path of the process's root the same thing as ours? */
static bool
same_file(const char *pid, const char *path)
{
	struct stat own, other;
	char theirs[PATH_MAX];

	if ((size_t)snprintf(theirs, sizeof(theirs), "/proc/%s/root%s", pid,
		path) >= sizeof(theirs))
		return false;
	if (stat(path, &own) != 0)
		return stat(theirs, &other) != 0;
	return stat(theirs, &other) == 0 && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

/* Does it see our files?  The mount namespace would not tell: a service
 * manager may give this host's sshd one of its own. */
static bool
sees_ours(const char *pid, const struct sshd_host *h)
{
	char stack[PATH_MAX];

	(void)snprintf(stack, sizeof(stack), "/etc/pam.d/%s", h->service);
	return same_file(pid, "/etc/ssh") && same_file(pid, "/etc/pam.d") &&
	       same_file(pid, "/etc/passwd") && same_file(pid, stack) &&
	       (strcmp(h->config, "none") == 0 || same_file(pid, h->config));
}

/*
 * "NAME: ARGUMENTS [listener] 0 of 10-100 startups".  NAME is the program's
 * own: a link or a copy under another name has another PAM service.
 */
static bool
is_listener(const char *pid, char *title, size_t size)
{
	char *colon, *tag;

	if (!isdigit((unsigned char)pid[0]) ||
	    !proc_read(pid, "cmdline", title, size) ||
	    (colon = strstr(title, ": ")) == NULL || colon == title ||
	    (tag = strstr(colon, LISTENER)) == NULL ||
	    strchr(title, '\n') != NULL)
		return false;
	return memchr(title, ' ', (size_t)(colon - title)) == NULL &&
	       strstr(tag, " startups") != NULL;
}

/* The program that runs, if root alone can have put it there. */
static enum bh_err
find_program(struct sshd_host *h, const char *pid)
{
	char path[PATH_MAX], program[PATH_MAX];
	struct stat st;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	n = readlink(path, program, sizeof(program) - 1);
	program[n > 0 ? n : 0] = '\0';
	if (lstat(program, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return BH_OK; /* replaced by an upgrade: the usual place */
	free(h->program);
	h->program = strdup(program);
	return h->program != NULL ? BH_OK : BH_ERR_NOMEM;
}

static enum bh_err
add_argument(struct sshd_host *h, const char *option, const char *value)
{
	if (h->n_args + 2 > SSHD_ARGS)
		return BH_ERR_RANGE;
	if ((h->arg[h->n_args] = strdup(option)) == NULL)
		return BH_ERR_NOMEM;
	h->n_args++;
	if ((h->arg[h->n_args] = strdup(value)) == NULL)
		return BH_ERR_NOMEM;
	h->n_args++;
	return BH_OK;
}

static enum bh_err
take_option(struct sshd_host *h, char letter, const char *value)
{
	char option[3] = {'-', letter, '\0'};

	if (letter == 'f') {
		free(h->config);
		h->config = strdup(value);
		return h->config != NULL ? BH_OK : BH_ERR_NOMEM;
	}
	if (strchr("ochp", letter) != NULL)
		return add_argument(h, option, value);
	return BH_OK;
}

/*
 * The words have one space between, so an argument with a space in it,
 * -o "Port 22", is put together again up to the next option.
 */
enum bh_err
sshd_take_words(struct sshd_host *h, char *words)
{
	char value[TITLE_MAX], *rest = words, *word, *next;
	enum bh_err e = BH_OK;
	char letter;

	while (e == BH_OK && rest != NULL) {
		word = strsep(&rest, " ");
		if (word[0] != '-' || word[1] == '\0')
			continue;
		/* Flags may stand together, "-De"; the last may have a value */
		word++;
		while (
		    word[0] != '\0' && strchr("bCcEfghkopu", word[0]) == NULL)
			word++;
		if ((letter = word[0]) == '\0')
			continue;
		(void)snprintf(value, sizeof(value), "%s", word + 1);
		while (rest != NULL && rest[0] != '-' && rest[0] != '\0' &&
		       (value[0] == '\0' || letter == 'o')) {
			next = strsep(&rest, " ");
			(void)snprintf(value + strlen(value),
			    sizeof(value) - strlen(value), "%s%s",
			    value[0] != '\0' ? " " : "", next);
		}
		if (value[0] != '\0')
			e = take_option(h, letter, value);
	}
	return e;
}

static enum bh_err
take_title(struct sshd_host *h, char *title)
{
	char *rest = strstr(title, ": ") + 2;

	*strstr(title, LISTENER) = '\0';
	*strchr(title, ':') = '\0';
	free(h->service);
	if ((h->service = strdup(title)) == NULL)
		return BH_ERR_NOMEM;
	(void)strsep(&rest, " "); /* the program */
	return rest != NULL ? sshd_take_words(h, rest) : BH_OK;
}

/* A word of /proc/PID/stat; the second, in brackets, may be anything. */
static uint64_t
stat_word(const char *pid, int number)
{
	char text[4096], *at;
	int skip;

	if (!proc_read(pid, "stat", text, sizeof(text)) ||
	    (at = strrchr(text, ')')) == NULL)
		return 0;
	for (skip = 2; skip < number && at != NULL; skip++)
		at = strchr(at + 1, ' ');
	return at != NULL ? strtoull(at + 1, NULL, 10) : 0;
}

/*
 * A child that has just been forked for a connection still has the title of
 * its parent, the listener.
 */
static bool
is_connection(const char *pid)
{
	char parent[32], title[TITLE_MAX];

	(void)snprintf(parent, sizeof(parent), "%llu",
	    (unsigned long long)stat_word(pid, STAT_PARENT));
	return is_listener(parent, title, sizeof(title));
}

static enum bh_err
unreadable(struct sshd_host *h, const char *why)
{
	h->why = strdup(why);
	return h->why != NULL ? BH_OK : BH_ERR_NOMEM;
}

static enum bh_err
look(struct sshd_host *h, const char *pid, char *title)
{
	enum bh_err e;

	h->runs = true;
	h->pid = (pid_t)strtol(pid, NULL, 10);
	h->since = stat_word(pid, STAT_STARTED);
	h->plain = is_roots(pid) && process_is_here(pid);
	if (!is_roots(pid)) {
		if ((e = take_title(h, title)) != BH_OK && e != BH_ERR_RANGE)
			return e;
		return unreadable(h,
		    "it is another user's than root's, and may let anybody in "
		    "as that user");
	}
	if ((e = find_program(h, pid)) != BH_OK)
		return e;
	if ((e = take_title(h, title)) == BH_ERR_RANGE)
		return unreadable(h, "it has more arguments than are read");
	if (e != BH_OK)
		return e;
	if (h->config[0] != '/' && strcmp(h->config, "none") != 0)
		return unreadable(
		    h, "its configuration file is named by a relative path");
	if (!sees_ours(pid, h))
		return unreadable(h,
		    "it has other files than this host (a mount namespace or "
		    "a root folder of its own)");
	return BH_OK;
}

static enum bh_err
add_listener(struct sshd_hosts *list, const char *pid, char *title)
{
	struct sshd_host *h;
	enum bh_err e;

	if ((h = sshd_host_new()) == NULL)
		return BH_ERR_NOMEM;
	if ((e = look(h, pid, title)) != BH_OK ||
	    (h->why != NULL && !process_is_here(pid))) {
		sshd_host_free(h);
		return e;
	}
	return sshd_hosts_add(list, h);
}

enum bh_err
sshd_listeners(struct sshd_hosts *list)
{
	char title[TITLE_MAX];
	struct dirent *entry;
	enum bh_err e = BH_OK;
	DIR *proc;

	if ((proc = opendir("/proc")) == NULL)
		return err_from_errno(errno);
	while (e == BH_OK && (entry = readdir(proc)) != NULL) {
		if (is_listener(entry->d_name, title, sizeof(title)) &&
		    !is_connection(entry->d_name))
			e = add_listener(list, entry->d_name, title);
	}
	(void)closedir(proc);
	return e;
}
