/*
 * Reading /proc: each process once, and which of them listen.
 */
#include "core/host/process.h"

#include "core/host/textfile.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SAID_MAX    65536
#define SOCKETS_MAX 4096
#define LISTEN	    "0A"

/* Sockets that listen: which inode, which port. */
struct sockets {
	struct {
		unsigned long inode;
		unsigned int port;
	} s[SOCKETS_MAX];
	size_t n;
};

/* "  0: 0100007F:08AE 00000000:0000 0A ... INODE" of /proc/net/tcp */
static void
socket_line(struct sockets *list, char *line)
{
	char *rest = line, *word[10];
	const char *colon;
	size_t i;

	for (i = 0; i < nitems(word); i++) {
		if ((word[i] = text_word(&rest, " \t")) == NULL)
			return;
	}
	if (strcmp(word[3], LISTEN) != 0 || list->n == SOCKETS_MAX ||
	    (colon = strchr(word[1], ':')) == NULL)
		return;
	list->s[list->n].port = (unsigned int)strtoul(colon + 1, NULL, 16);
	list->s[list->n++].inode = strtoul(word[9], NULL, 10);
}

/* A file of /proc has no size, so it is read as a stream. */
static void
read_sockets(struct sockets *list, const char *path)
{
	char *line = NULL;
	size_t size = 0;
	FILE *in;

	if ((in = fopen(path, "re")) == NULL)
		return;
	while (getline(&line, &size, in) != -1)
		socket_line(list, line);
	free(line);
	(void)fclose(in);
}

/* Up to max bytes and a NUL of a file of /proc; NULL: it is gone. */
static char *
read_proc(const char *path, size_t max, size_t *lenp)
{
	char *text = malloc(max + 1);
	size_t len = 0;
	ssize_t n = -1;
	int fd;

	if (text == NULL)
		return NULL;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) != -1) {
		while (len < max && (n = read(fd, text + len, max - len)) > 0)
			len += (size_t)n;
		(void)close(fd);
	}
	if (fd == -1 || n == -1) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	*lenp = len;
	return text;
}

bool
process_is_here(const char *pid)
{
	struct stat own, other;
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%s/ns/pid", pid);
	return stat("/proc/self/ns/pid", &own) == 0 &&
	       stat(path, &other) == 0 && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

static void
find_socket(struct process *p, const struct sockets *list, const char *link)
{
	static const char socket[] = "socket:[";
	unsigned long inode;
	size_t i;

	if (strncmp(link, socket, sizeof(socket) - 1) != 0)
		return;
	inode = strtoul(link + sizeof(socket) - 1, NULL, 10);
	for (i = 0; i < list->n; i++) {
		if (list->s[i].inode == inode && !p->listens) {
			p->listens = true;
			p->port = list->s[i].port;
		}
	}
}

static void
find_sockets(struct process *p, const struct sockets *list, const char *pid)
{
	char path[PATH_MAX], link[128];
	const struct dirent *entry;
	ssize_t n;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	if (list->n == 0 || (dir = opendir(path)) == NULL)
		return;
	while (!p->listens && (entry = readdir(dir)) != NULL) {
		n = readlinkat(
		    dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		if (n <= 0)
			continue;
		link[n] = '\0';
		find_socket(p, list, link);
	}
	(void)closedir(dir);
}

static void
split_args(struct process *p, size_t len)
{
	size_t at;

	for (at = 0; at < len && p->n_args < PROCESS_ARGS;
	     at += strlen(p->said + at) + 1)
		p->arg[p->n_args++] = p->said + at;
}

static char *
read_program(const char *pid)
{
	static const char gone[] = " (deleted)";
	char path[PATH_MAX], program[PATH_MAX];
	size_t len;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	n = readlink(path, program, sizeof(program) - 1);
	len = n > 0 ? (size_t)n : 0;
	program[len] = '\0';
	if (len > sizeof(gone) &&
	    strcmp(program + len - (sizeof(gone) - 1), gone) == 0)
		program[len - (sizeof(gone) - 1)] = '\0';
	return strdup(program);
}

static void
process_free(struct process *p)
{
	free(p->program);
	free(p->said);
}

/* False: it is none that counts. */
static bool
read_process(struct process *p, const struct sockets *list, const char *pid)
{
	char path[PATH_MAX];
	struct stat st;
	size_t len = 0;

	*p = (struct process){.pid = (pid_t)strtol(pid, NULL, 10)};
	(void)snprintf(path, sizeof(path), "/proc/%s", pid);
	if (!process_is_here(pid) || stat(path, &st) != 0)
		return false;
	p->uid = st.st_uid;
	(void)snprintf(path, sizeof(path), "/proc/%s/cmdline", pid);
	p->said = read_proc(path, SAID_MAX, &len);
	p->program = read_program(pid);
	if (p->said == NULL || len == 0 || p->program == NULL) {
		process_free(p);
		return false;
	}
	split_args(p, len);
	find_sockets(p, list, pid);
	return true;
}

enum bh_err
processes_read(struct processes *ps)
{
	struct sockets *list = calloc(1, sizeof(*list));
	const struct dirent *entry;
	struct process p, *more;
	enum bh_err e = BH_OK;
	DIR *dir = opendir("/proc");

	*ps = (struct processes){0};
	if (list == NULL || dir == NULL)
		e = list == NULL ? BH_ERR_NOMEM : BH_ERR_IO;
	if (e == BH_OK) {
		read_sockets(list, "/proc/net/tcp");
		read_sockets(list, "/proc/net/tcp6");
	}
	while (e == BH_OK && (entry = readdir(dir)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !read_process(&p, list, entry->d_name))
			continue;
		more = reallocarray(ps->p, ps->n + 1, sizeof(*more));
		if (more == NULL) {
			process_free(&p);
			e = BH_ERR_NOMEM;
			break;
		}
		ps->p = more;
		ps->p[ps->n++] = p;
	}
	if (dir != NULL)
		(void)closedir(dir);
	free(list);
	if (e != BH_OK)
		processes_free(ps);
	return e;
}

void
processes_free(struct processes *ps)
{
	size_t i;

	for (i = 0; i < ps->n; i++)
		process_free(&ps->p[i]);
	free(ps->p);
	*ps = (struct processes){0};
}

/* Is that the last part of a path, up to a blank or a colon? */
static bool
named(const char *path, const char *name)
{
	size_t len = strlen(name), end = strcspn(path, " :");
	const char *slash = memrchr(path, '/', end);
	const char *base = slash != NULL ? slash + 1 : path;

	return (size_t)(path + end - base) == len &&
	       strncmp(base, name, len) == 0;
}

static bool
is_interpreter(const char *program)
{
	static const char *const names[] = {"python", "perl", "ruby", "node",
	    "bash", "dash", "sh", "php", "java"};
	const char *slash = strrchr(program, '/');
	const char *base = slash != NULL ? slash + 1 : program;
	size_t i;

	for (i = 0; i < nitems(names); i++) {
		if (strncmp(base, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

bool
process_is(const struct process *p, const char *name)
{
	size_t i;

	if (named(p->program, name) || named(p->arg[0], name))
		return true;
	if (!is_interpreter(p->program))
		return false;
	for (i = 1; i < p->n_args && p->arg[i][0] == '-'; i++)
		continue;
	return i < p->n_args && named(p->arg[i], name);
}

const char *
process_option(const struct process *p, const char *word)
{
	size_t i, len = strlen(word);

	for (i = 1; i < p->n_args; i++) {
		if (strcmp(p->arg[i], word) == 0)
			return i + 1 < p->n_args ? p->arg[i + 1] : "";
		if (strncmp(p->arg[i], word, len) == 0 && p->arg[i][len] == '=')
			return p->arg[i] + len + 1;
	}
	return NULL;
}
