/*
 * The listening sockets: handed over by a service manager, or made here.
 * The kernel notes who called listen(), and the module trusts root alone, so
 * this runs before privileges are dropped.
 */
#include "daemon/listener.h"

#include "base/log.h"
#include "base/msg.h"
#include "core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */
#define BACKLOG	 4096

/* names is "gate:admin"; a missing one is "". */
static void
set_names(struct inherited *in, const char *names)
{
	size_t len;
	int i;

	for (i = 0; i < in->n && names != NULL; i++) {
		len = strcspn(names, ":");
		if (len < LISTENER_NAME_MAX)
			memcpy(in->row[i].name, names, len);
		names = names[len] == ':' ? names + len + 1 : NULL;
	}
}

static enum bh_err
parse(const char *pid, const char *fds, const char *names, struct inherited *in)
{
	uint64_t value;
	int i;

	if (pid == NULL && fds == NULL)
		return BH_OK;
	if (pid == NULL || config_uint(pid, 1, INT_MAX, &value) != BH_OK)
		return BH_ERR_INPUT;
	if (value != (uint64_t)getpid())
		return BH_OK;
	if (fds == NULL ||
	    config_uint(fds, 0, LISTENER_INHERITED_MAX, &value) != BH_OK)
		return BH_ERR_INPUT;
	in->n = (int)value;
	for (i = 0; i < in->n; i++)
		in->row[i].fd = FIRST_FD + i;
	set_names(in, names);
	return BH_OK;
}

enum bh_err
listener_inherit(struct inherited *in)
{
	enum bh_err e;

	memset(in, 0, sizeof(*in));
	e = parse(getenv("LISTEN_PID"), getenv("LISTEN_FDS"),
	    getenv("LISTEN_FDNAMES"), in);
	(void)unsetenv("LISTEN_PID");
	(void)unsetenv("LISTEN_FDS");
	(void)unsetenv("LISTEN_FDNAMES");
	return e;
}

static int
socket_option(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_SOCKET, option, &value, &len) == -1)
		return -1;
	return value;
}

static bool
is_bound_to(int fd, const char *path)
{
	struct sockaddr_un sun;
	socklen_t len = sizeof(sun);

	memset(&sun, 0, sizeof(sun));
	if (getsockname(fd, (struct sockaddr *)&sun, &len) == -1 ||
	    sun.sun_family != AF_UNIX)
		return false;
	return strncmp(sun.sun_path, path, sizeof(sun.sun_path)) == 0;
}

static bool
is_listener(int fd)
{
	return socket_option(fd, SO_DOMAIN) == AF_UNIX &&
	       socket_option(fd, SO_TYPE) == SOCK_SEQPACKET &&
	       socket_option(fd, SO_ACCEPTCONN) == 1;
}

static bool
set_flags(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags != -1 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) != -1 &&
	       fcntl(fd, F_SETFD, FD_CLOEXEC) != -1;
}

int
listener_take(struct inherited *in, const char *name, const char *path)
{
	int i, fd;

	for (i = 0; i < in->n; i++) {
		fd = in->row[i].fd;
		if (fd == -1 || (strcmp(in->row[i].name, name) != 0 &&
				    !is_bound_to(fd, path)))
			continue;
		if (is_listener(fd) && set_flags(fd)) {
			in->row[i].fd = -1;
			return fd;
		}
		log_msg(LOG_LEVEL_ERR,
		    "the service manager's socket \"%s\" is no listening "
		    "sequential-packet socket",
		    name);
	}
	return -1;
}

int
listener_take_file(struct inherited *in, const char *name)
{
	struct stat st;
	int i, fd;

	for (i = 0; i < in->n; i++) {
		fd = in->row[i].fd;
		if (fd == -1 || strcmp(in->row[i].name, name) != 0 ||
		    fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
		    fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
			continue;
		in->row[i].fd = -1;
		return fd;
	}
	return -1;
}

void
listener_drop(struct inherited *in)
{
	char name[LISTENER_NAME_MAX];
	int i;

	for (i = 0; i < in->n; i++) {
		if (in->row[i].fd == -1)
			continue;
		log_msg(LOG_LEVEL_WARNING,
		    "the service manager's socket \"%s\" is not needed",
		    log_printable(name, sizeof(name), in->row[i].name));
		(void)close(in->row[i].fd);
		in->row[i].fd = -1;
	}
}

/* Nobody else may put another socket in this one's place. */
static enum bh_err
make_folder(const char *path)
{
	char copy[PATH_MAX];
	const char *folder;
	struct stat st;

	if (!msg_set(copy, sizeof(copy), path))
		return BH_ERR_RANGE;
	folder = dirname(copy);
	if (mkdir(folder, 0755) == 0 && chmod(folder, 0755) == -1)
		return err_from_errno(errno);
	if (stat(folder, &st) == -1) {
		log_msg(LOG_LEVEL_ERR, "folder %s for the sockets: %s", folder,
		    strerror(errno));
		return err_from_errno(errno);
	}
	if (S_ISDIR(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR,
	    "folder %s for the sockets must be root's and not writable by "
	    "others: chown root %s; chmod 0755 %s",
	    folder, folder, folder);
	return BH_ERR_UNSAFE;
}

/* BH_OK: nobody answers there. */
static enum bh_err
try_connect(int fd, const struct sockaddr_un *sun)
{
	if (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == -1 &&
	    errno == ECONNREFUSED)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR,
	    "somebody answers on %s: is another bulkheadd running?",
	    sun->sun_path);
	return BH_ERR_BUSY;
}

/* Take away what an earlier run left, and nothing else. */
static enum bh_err
clear_path(const struct sockaddr_un *sun)
{
	struct stat st;
	enum bh_err e;
	int fd;

	if (lstat(sun->sun_path, &st) == -1)
		return errno == ENOENT ? BH_OK : err_from_errno(errno);
	if (!S_ISSOCK(st.st_mode)) {
		log_msg(LOG_LEVEL_ERR, "%s is no socket: move it away",
		    sun->sun_path);
		return BH_ERR_UNSAFE;
	}
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_from_errno(errno);
	e = try_connect(fd, sun);
	(void)close(fd);
	if (e == BH_OK && unlink(sun->sun_path) == -1)
		e = err_from_errno(errno);
	return e;
}

/* 0600 from the first moment; wider only afterwards. */
static enum bh_err
bind_path(int fd, const struct sockaddr_un *sun, mode_t mode)
{
	mode_t mask = umask(0177);
	int rc = bind(fd, (const struct sockaddr *)sun, sizeof(*sun));

	(void)umask(mask);
	if (rc == -1 || chmod(sun->sun_path, mode) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		log_msg(LOG_LEVEL_ERR, "socket %s: %s", sun->sun_path,
		    strerror(errno));
		return err_from_errno(errno);
	}
	return BH_OK;
}

enum bh_err
listener_make(const char *path, mode_t mode, int *fdp)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	enum bh_err e;
	int fd;

	if (path[0] != '/' ||
	    !msg_set(sun.sun_path, sizeof(sun.sun_path), path)) {
		log_msg(LOG_LEVEL_ERR,
		    "socket %s must be an absolute path of at most %zu bytes",
		    path, sizeof(sun.sun_path) - 1);
		return BH_ERR_CONFIG;
	}
	if ((e = make_folder(path)) != BH_OK || (e = clear_path(&sun)) != BH_OK)
		return e;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return err_from_errno(errno);
	if ((e = bind_path(fd, &sun, mode)) != BH_OK) {
		(void)close(fd);
		return e;
	}
	*fdp = fd;
	return BH_OK;
}
