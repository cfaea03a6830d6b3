/*
 * What bulkhead install must know after a crash: one file, replaced as a
 * whole.
 */
#include "tools/install.h"

#include "tools/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"

uint64_t
install_boot_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

const char *
install_boot_id(void)
{
	static char id[64];
	ssize_t n;
	int fd;

	if (id[0] != '\0')
		return id;
	if ((fd = open(BOOT_ID, O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, id, sizeof(id) - 1);
		id[n > 0 ? n : 0] = '\0';
		id[strcspn(id, "\n")] = '\0';
		(void)close(fd);
	}
	return id;
}

/* The folder is root's alone: what lies in it is written to /etc. */
static int
open_folder(void)
{
	struct stat st;
	int fd;

	if (mkdir(INSTALL_FOLDER, 0700) == -1 && errno != EEXIST)
		return -1;
	fd = open(
	    INSTALL_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || st.st_uid != 0 || (st.st_mode & 077) != 0) {
		(void)close(fd);
		errno = EPERM;
		return -1;
	}
	return fd;
}

/* Another process may have removed the folder just before it let the lock
 * go: then this one is no one's. */
static bool
is_there(int fd)
{
	struct stat own, now;

	return fstat(fd, &own) == 0 && lstat(INSTALL_FOLDER, &now) == 0 &&
	       own.st_dev == now.st_dev && own.st_ino == now.st_ino;
}

static enum bh_err
take_lock(bool wait, int *lockp, struct install_why *why)
{
	int fd;

	for (;;) {
		if ((fd = open_folder()) == -1) {
			install_because(why,
			    INSTALL_FOLDER ": %s; it must be root's, mode 0700",
			    strerror(errno));
			return BH_ERR_UNSAFE;
		}
		while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == -1) {
			if (errno == EINTR)
				continue;
			(void)close(fd);
			install_because(why,
			    "another bulkhead install, confirm or uninstall "
			    "is at work; try again when it has ended");
			return BH_ERR_BUSY;
		}
		if (is_there(fd))
			break;
		(void)close(fd);
	}
	*lockp = fd;
	return BH_OK;
}

static bool
files_ok(const json_t *files)
{
	static const char *const sides[] = {"before", "after"};
	const json_t *f, *side;
	size_t i, k;

	json_array_foreach(files, i, f)
	{
		if (strncmp(reply_text(f, "path"), "/etc/", 5) != 0 ||
		    reply_text(f, "kind")[0] == '\0')
			return false;
		for (k = 0; k < nitems(sides); k++) {
			side = json_object_get(f, sides[k]);
			if (!json_is_null(side) &&
			    !json_is_string(json_object_get(side, "bytes")))
				return false;
		}
	}
	return json_is_array(files);
}

static bool
state_ok(const json_t *state)
{
	const json_t *pending = json_object_get(state, "pending");

	return files_ok(json_object_get(state, "installed")) &&
	       (json_is_null(pending) ||
		   files_ok(json_object_get(pending, "files")));
}

static enum bh_err
load(json_t **statep, struct install_why *why)
{
	json_error_t error;
	json_t *state;
	FILE *in;

	if ((in = fopen(INSTALL_STATE, "re")) == NULL) {
		if (errno != ENOENT) {
			install_because(
			    why, INSTALL_STATE ": %s", strerror(errno));
			return err_from_errno(errno);
		}
		*statep = json_pack("{s:[], s:n}", "installed", "pending");
		return *statep != NULL ? BH_OK : BH_ERR_NOMEM;
	}
	state = json_loadf(in, JSON_REJECT_DUPLICATES, &error);
	(void)fclose(in);
	if (state == NULL || !state_ok(state)) {
		json_decref(state);
		install_because(why,
		    INSTALL_STATE " is damaged (%s); move it away, then "
				  "'bulkhead uninstall' takes the gate's lines "
				  "out by their marks",
		    error.text);
		return BH_ERR_CORRUPT;
	}
	*statep = state;
	return BH_OK;
}

enum bh_err
install_open(bool wait, int *lockp, json_t **statep, struct install_why *why)
{
	enum bh_err e;

	if ((e = take_lock(wait, lockp, why)) != BH_OK)
		return e;
	if ((e = load(statep, why)) != BH_OK)
		install_unlock(*lockp);
	return e;
}

void
install_unlock(int lock)
{
	/* Nothing in it: it goes, and with it the last trace. */
	if (access(INSTALL_STATE, F_OK) == -1 && errno == ENOENT) {
		(void)unlink(INSTALL_STATE ".new");
		(void)unlink(INSTALL_STAGED);
		(void)rmdir(INSTALL_FOLDER);
	}
	(void)close(lock);
}

static bool
is_empty(const json_t *state)
{
	return json_array_size(json_object_get(state, "installed")) == 0 &&
	       json_is_null(json_object_get(state, "pending"));
}

enum bh_err
install_save(const json_t *state)
{
	static const char next[] = INSTALL_STATE ".new";
	int folder = open(INSTALL_FOLDER, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum bh_err e = BH_OK;
	int fd;

	if (folder == -1)
		return err_from_errno(errno);
	(void)unlink(next);
	if (is_empty(state)) {
		if (unlink(INSTALL_STATE) == -1 && errno != ENOENT)
			e = err_from_errno(errno);
	} else {
		fd = open(next,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		/* a short write sets none */
		if (fd != -1)
			errno = ENOSPC;
		if (fd == -1 || json_dumpfd(state, fd, JSON_COMPACT) == -1 ||
		    fsync(fd) == -1 || rename(next, INSTALL_STATE) == -1)
			e = err_from_errno(errno);
		if (fd != -1)
			(void)close(fd);
	}
	if (e == BH_OK && fsync(folder) == -1)
		e = err_from_errno(errno);
	(void)close(folder);
	return e;
}

json_t *
install_pending(const json_t *state)
{
	json_t *pending = json_object_get(state, "pending");

	return json_is_object(pending) ? pending : NULL;
}

bool
install_expired(const json_t *pending)
{
	return strcmp(reply_text(pending, "state"), "laid") != 0 ||
	       strcmp(reply_text(pending, "boot"), install_boot_id()) != 0 ||
	       reply_number(pending, "deadline_ms") <= install_boot_ms();
}
