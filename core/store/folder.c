/*
 * The store's folder: found, checked, locked; and what a file in it must be.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Could somebody else put another folder in this one's place? */
static enum bh_err
check_parent(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		log_msg(LOG_LEVEL_ERR, "store: folder %s: %s", path,
		    strerror(errno));
		return err_from_errno(errno);
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		log_msg(LOG_LEVEL_ERR,
		    "store: folder %s belongs to uid %u; it must be root's or "
		    "the store's owner's (chown it)",
		    path, (unsigned)st.st_uid);
		return BH_ERR_UNSAFE;
	}
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
	    (st.st_mode & S_ISVTX) == 0) {
		log_msg(LOG_LEVEL_ERR,
		    "store: folder %s is writable by others; "
		    "chmod go-w it",
		    path);
		return BH_ERR_UNSAFE;
	}
	return BH_OK;
}

/* Every folder on the way to path, the last part of path left out. */
static enum bh_err
check_parents(const char *path)
{
	char part[PATH_MAX];
	const char *slash;
	enum bh_err e;
	size_t len;

	if ((e = check_parent("/")) != BH_OK)
		return e;
	for (slash = strchr(path + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		len = (size_t)(slash - path);
		memcpy(part, path, len);
		part[len] = '\0';
		if ((e = check_parent(part)) != BH_OK)
			return e;
	}
	return BH_OK;
}

/* path is checked as written and as it is once links are followed: either
 * way nobody else may have a hand in it. */
static enum bh_err
check_way(const char *folder)
{
	char real[PATH_MAX];
	enum bh_err e;

	if ((e = check_parents(folder)) != BH_OK)
		return e;
	if (realpath(folder, real) == NULL) {
		log_msg(LOG_LEVEL_ERR, "store: folder %s: %s", folder,
		    strerror(errno));
		return err_from_errno(errno);
	}
	return check_parents(real);
}

static enum bh_err
check_folder(int fd, const char *folder)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (st.st_uid != geteuid() || (st.st_mode & 07777) != 0700) {
		log_msg(LOG_LEVEL_ERR,
		    "store: folder %s has owner %u and mode %04o; it must be "
		    "owned by uid %u with mode 0700 (chown, chmod)",
		    folder, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777,
		    (unsigned)geteuid());
		return BH_ERR_UNSAFE;
	}
	return BH_OK;
}

/* The kernel lets go of this lock when the process ends, however it ends:
 * there is no lock file to be left behind. */
static enum bh_err
lock_folder(int fd, const char *folder)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return BH_OK;
	if (errno == EWOULDBLOCK) {
		log_msg(LOG_LEVEL_ERR,
		    "store: %s is in use by another process (bulkheadd?)",
		    folder);
		return BH_ERR_BUSY;
	}
	return err_from_errno(errno);
}

static enum bh_err
split(const char *path, char folder[PATH_MAX], char file[FILE_NAME_MAX + 1])
{
	const char *slash = strrchr(path, '/');
	size_t len;

	if (path[0] != '/' || slash == path || strlen(path) >= PATH_MAX ||
	    slash[1] == '\0' || strlen(slash + 1) > FILE_NAME_MAX ||
	    strcmp(slash + 1, ".") == 0 || strcmp(slash + 1, "..") == 0) {
		log_msg(LOG_LEVEL_ERR,
		    "store: %s is no absolute path of a file in a folder of "
		    "its own",
		    path);
		return BH_ERR_CONFIG;
	}
	len = (size_t)(slash - path);
	memcpy(folder, path, len);
	folder[len] = '\0';
	memcpy(file, slash + 1, strlen(slash + 1) + 1);
	return BH_OK;
}

enum bh_err
folder_open(const char *path, char file[FILE_NAME_MAX + 1], int *fdp)
{
	char folder[PATH_MAX];
	enum bh_err e;
	int fd;

	if ((e = split(path, folder, file)) != BH_OK ||
	    (e = check_way(folder)) != BH_OK)
		return e;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1) {
		log_msg(LOG_LEVEL_ERR, "store: folder %s: %s", folder,
		    errno == ENOTDIR || errno == ELOOP
			? "is a link or no folder"
			: strerror(errno));
		return err_from_errno(errno);
	}
	if ((e = check_folder(fd, folder)) != BH_OK ||
	    (e = lock_folder(fd, folder)) != BH_OK) {
		close(fd);
		return e;
	}
	*fdp = fd;
	return BH_OK;
}

enum bh_err
folder_check_file(int fd, const char *name)
{
	const char *wrong = NULL;
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (!S_ISREG(st.st_mode))
		wrong = "is no plain file";
	else if (st.st_nlink != 1)
		wrong = "has more than one name (hard link): remove the others";
	else if (st.st_uid != geteuid())
		wrong = "belongs to another user: chown it";
	else if ((st.st_mode & 07777) != 0600)
		wrong = "has the wrong mode: chmod 0600 it";
	if (wrong == NULL)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR, "store: file %s %s", name, wrong);
	return BH_ERR_UNSAFE;
}

enum bh_err
folder_check_name(int dirfd, const char *name)
{
	enum bh_err e;
	int fd;

	/* O_NONBLOCK: a FIFO must not hold us up */
	fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		if (errno == ENOENT)
			return BH_ERR_NOTFOUND;
		log_msg(LOG_LEVEL_ERR, "store: file %s: %s", name,
		    errno == ELOOP ? "is a symbolic link" : strerror(errno));
		/* a socket gives ENXIO, a file of another user EACCES */
		return errno == EROFS || errno == EIO ? BH_ERR_IO
						      : BH_ERR_UNSAFE;
	}
	e = folder_check_file(fd, name);
	close(fd);
	return e;
}
