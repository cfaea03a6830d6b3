/*
 * The log of changes as a file: SQLite writes it in pieces of 24 and 4096
 * bytes, always onward; they are gathered and written at once before the
 * sync.  The file is as long as it will get before an idle moment empties it,
 * so that a commit's sync need not write the file's length too, and a disk
 * that fills up does not stop the next commits.
 */
#include "base/log.h"
#include "core/store/engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GATHER_MAX  (256 * 1024)
#define FRAME_LEN   (24 + 4096)
#define HEADER_LEN  32
#define ROOM_FRAMES (WAL_PAGES_IDLE + 64)
#define ROOM_LEN    (HEADER_LEN + ROOM_FRAMES * FRAME_LEN)
#define ZEROS_LEN   65536

struct log_file {
	off_t at;   /* where the first gathered byte belongs */
	size_t len; /* how many are gathered */
	uint8_t data[GATHER_MAX];
};

struct log_file *
log_file_new(void)
{
	return calloc(1, sizeof(struct log_file));
}

void
log_file_free(struct log_file *l)
{
	free(l);
}

bool
file_put(int fd, const void *p, size_t len, off_t off)
{
	const uint8_t *from = p;
	ssize_t n;

	while (len > 0) {
		n = pwrite(fd, from, len, off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = ENOSPC;
		if (n <= 0)
			return false;
		from += n;
		off += n;
		len -= (size_t)n;
	}
	return true;
}

bool
log_file_flush(struct log_file *l, int fd)
{
	size_t len = l->len;

	/* what fails is SQLite's to roll back, never ours to try again */
	l->len = 0;
	return file_put(fd, l->data, len, l->at);
}

bool
log_file_put(struct log_file *l, int fd, const void *p, size_t len, off_t off)
{
	if (l->len > 0 &&
	    (off != l->at + (off_t)l->len || len > GATHER_MAX - l->len) &&
	    !log_file_flush(l, fd))
		return false;
	if (len > GATHER_MAX)
		return file_put(fd, p, len, off);
	if (l->len == 0)
		l->at = off;
	memcpy(l->data + l->len, p, len);
	l->len += len;
	return true;
}

/*
 * Zeros are no frames: SQLite takes them for the log's end.  Without room for
 * all of them there are none; the log then grows as it must.
 */
void
log_file_make_room(int fd)
{
	static const uint8_t zeros[ZEROS_LEN];
	struct stat st;
	off_t off;

	if (fstat(fd, &st) == -1)
		return;
	for (off = st.st_size; off < ROOM_LEN; off += ZEROS_LEN) {
		if (file_put(fd, zeros, sizeof(zeros), off))
			continue;
		if (ftruncate(fd, st.st_size) == -1)
			log_err(err_from_errno(errno), "shorten the log");
		break;
	}
	if (fdatasync(fd) == -1)
		log_err(err_from_errno(errno), "sync the log");
}
