/*
 * The sshd that runs as a listener: its program and its command line.
 */
#include "core/host/sshd_internal.h"

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
#define TITLE	  "sshd: "
#define LISTENER  "[listener]"

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
 * All four user ids are root's.  The owner of /proc/PID will not do: it is
 * root for anybody's process that may not be dumped, and what this one's title
 * names is run by us.
 */
static bool
is_roots(const char *pid)
{
	char status[4096], *line;
	unsigned int id[4];

	if (!proc_read(pid, "status", status, sizeof(status)) ||
	    (line = strstr(status, "\nUid:")) == NULL)
		return false;
	return sscanf(line, "\nUid: %u %u %u %u", &id[0], &id[1], &id[2],
		   &id[3]) == 4 &&
	       id[0] == 0 && id[1] == 0 && id[2] == 0 && id[3] == 0;
}

/* A container's sshd is another host's.  The mount namespace would not tell: a
 * service manager may give this host's sshd one of its own. */
static bool
is_here(const char *pid)
{
	struct stat own, other;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	return stat("/proc/self/ns/pid", &own) == 0 &&
	       stat(path, &other) == 0 && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

static bool
is_listener(const char *pid, char *title, size_t size)
{
	return isdigit((unsigned char)pid[0]) &&
	       proc_read(pid, "cmdline", title, size) &&
	       strncmp(title, TITLE, sizeof(TITLE) - 1) == 0 &&
	       strstr(title, LISTENER) != NULL && is_roots(pid) && is_here(pid);
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
 * The title has the arguments with one space between, so one with a space in
 * it, -o "Port 22", is put together again up to the next option.
 */
static enum bh_err
take_title(struct sshd_host *h, char *title)
{
	char value[TITLE_MAX], *rest = title + sizeof(TITLE) - 1, *word, *next;
	enum bh_err e = BH_OK;
	char letter;

	*strstr(title, LISTENER) = '\0';
	word = strsep(&rest, " "); /* the program */
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

enum bh_err
sshd_listener(struct sshd_host *h)
{
	char title[TITLE_MAX];
	struct dirent *entry;
	enum bh_err e = BH_OK;
	DIR *proc;

	if ((proc = opendir("/proc")) == NULL)
		return err_from_errno(errno);
	while (e == BH_OK && (entry = readdir(proc)) != NULL) {
		if (!is_listener(entry->d_name, title, sizeof(title)))
			continue;
		if (h->runs) {
			h->others++;
			continue;
		}
		h->runs = true;
		if ((e = find_program(h, entry->d_name)) == BH_OK)
			e = take_title(h, title);
	}
	(void)closedir(proc);
	return e;
}
