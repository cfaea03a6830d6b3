/*
 * The ballast: a file of 1 MiB beside the store that is emptied when the disk
 * is full, so that the owner's way in can still be recorded.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* It comes back once a few times its size are free. */
#define ROOM_FACTOR 4
/* What is given back at a time. */
#define PIECE_LEN (128 * 1024)

/* The ballast's descriptor, made if it is not there; -1 and errno. */
static int
open_ballast(const struct store *s, int flags)
{
	struct stat st;
	int fd;

	fd = openat(s->dirfd, BALLAST_NAME,
	    O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1)
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* Random bytes: a file system that packs or skips zeros would keep no room. */
static enum bh_err
write_blocks(int fd)
{
	uint8_t block[4096];
	enum bh_err e;
	off_t off;
	ssize_t n;

	for (off = 0; off < BALLAST_LEN; off += (off_t)sizeof(block)) {
		if ((e = crypto_random(block, sizeof(block))) != BH_OK)
			return e;
		n = pwrite(fd, block, sizeof(block), off);
		if (n != (ssize_t)sizeof(block))
			return n == -1 ? err_from_errno(errno) : BH_ERR_FULL;
	}
	return fdatasync(fd) == -1 ? err_from_errno(errno) : BH_OK;
}

bool
ballast_room(const struct store *s)
{
	struct statvfs v;

	if (fstatvfs(s->dirfd, &v) == -1)
		return true; /* trying tells, too */
	return v.f_bavail > ROOM_FACTOR * (BALLAST_LEN / v.f_frsize);
}

enum bh_err
ballast_fill(struct store *s)
{
	struct stat st;
	enum bh_err e;
	int fd;

	if ((fd = open_ballast(s, O_CREAT)) == -1)
		return err_from_errno(errno);
	if (fstat(fd, &st) == 0 && st.st_size == BALLAST_LEN)
		e = BH_OK;
	else if ((e = write_blocks(fd)) != BH_OK && ftruncate(fd, 0) == -1)
		log_msg(LOG_LEVEL_WARNING, "store: ballast half restored");
	close(fd);
	return e;
}

/* The descriptor of the log of changes; -1 if there is none. */
static int
open_log(const struct store *s)
{
	char name[FILE_NAME_MAX + 16];

	(void)snprintf(name, sizeof(name), "%s-wal", s->file);
	return openat(
	    s->dirfd, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

/*
 * Whoever fills the disk takes what is given back to it, so the log of changes
 * takes it first: piece by piece, each in the moment that it is free.
 */
static enum bh_err
hand_over(const struct store *s, int ballast, off_t len)
{
	int log = open_log(s);
	struct stat st;
	enum bh_err e = BH_OK;
	bool keep = log != -1 && fstat(log, &st) == 0;

	while (len > 0 && e == BH_OK) {
		len = len > PIECE_LEN ? len - PIECE_LEN : 0;
		if (ftruncate(ballast, len) == -1)
			e = err_from_errno(errno);
		else if (keep && fallocate(log, 0, st.st_size, PIECE_LEN) == 0)
			st.st_size += PIECE_LEN;
	}
	if (log != -1)
		close(log);
	return e;
}

/* A daemon before this one has released it. */
bool
ballast_short(const struct store *s)
{
	struct stat st;

	return fstatat(s->dirfd, BALLAST_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st.st_size < BALLAST_LEN;
}

bool
store_ballast_spent(const struct store *s)
{
	struct statvfs v;

	return s->ballast_spent && fstatvfs(s->dirfd, &v) == 0 &&
	       v.f_bavail < BALLAST_LEN / v.f_frsize;
}

enum bh_err
store_ballast_release(struct store *s)
{
	struct stat st;
	enum bh_err e = BH_OK;
	int fd;

	if ((fd = open_ballast(s, 0)) == -1)
		return err_from_errno(errno);
	if (fstat(fd, &st) == -1)
		e = err_from_errno(errno);
	else if (st.st_size == 0)
		e = BH_ERR_NOTFOUND;
	else
		e = hand_over(s, fd, st.st_size);
	close(fd);
	s->ballast_gone = s->ballast_spent = true;
	if (e == BH_OK)
		log_msg(LOG_LEVEL_ALERT,
		    "store: the disk is full; the ballast was given back, "
		    "make room now");
	return e;
}
