/*
 * The anchor: one line of constant length, overwritten in place.
 */
#include "core/anchor.h"

#include "base/hex.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAG	 "bulkhead-anchor-v1 "
#define TAG_LEN	 (sizeof(TAG) - 1)
#define SIZE_LEN 20 /* decimal digits of 2^64 */
#define HEX_LEN	 (2 * CRYPTO_HASH_LEN)
#define LINE_LEN (TAG_LEN + SIZE_LEN + 1 + HEX_LEN + 1)

struct anchor {
	int fd;
};

static enum bh_err
check_file(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == geteuid() &&
	    (st.st_mode & 07777) == 0600)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR,
	    "anchor: %s must be a plain file with one name, owner uid %u, "
	    "mode 0600",
	    path, (unsigned)geteuid());
	return BH_ERR_UNSAFE;
}

static enum bh_err
open_error(const char *path)
{
	enum bh_err e = err_from_errno(errno);

	log_msg(LOG_LEVEL_ERR, "anchor: %s: %s", path,
	    errno == ELOOP ? "is a symbolic link" : strerror(errno));
	if (errno == EISDIR || errno == ENXIO || errno == EACCES)
		e = BH_ERR_UNSAFE;
	return e;
}

enum bh_err
anchor_open(const char *path, bool create, struct anchor **ap)
{
	int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct anchor *a;
	enum bh_err e;
	int fd;

	if (create)
		flags |= O_CREAT | O_EXCL;
	if ((fd = open(path, flags, 0600)) == -1)
		return open_error(path);
	if (create && fchmod(fd, 0600) == -1) {
		e = err_from_errno(errno);
		goto out;
	}
	if ((e = check_file(fd, path)) != BH_OK)
		goto out;
	if ((a = calloc(1, sizeof(*a))) == NULL) {
		e = BH_ERR_NOMEM;
		goto out;
	}
	a->fd = fd;
	*ap = a;
	return BH_OK;
out:
	close(fd);
	return e;
}

void
anchor_close(struct anchor *a)
{
	if (a == NULL)
		return;
	close(a->fd);
	free(a);
}

int
anchor_fd(const struct anchor *a)
{
	return a->fd;
}

static enum bh_err
encode(const struct tree *head, char line[LINE_LEN + 1])
{
	uint8_t root[CRYPTO_HASH_LEN];
	enum bh_err e;
	size_t at;

	if ((e = tree_root(head, root)) != BH_OK)
		return e;
	at = (size_t)snprintf(
	    line, LINE_LEN + 1, TAG "%020" PRIu64 " ", head->size);
	hex_encode(root, sizeof(root), line + at);
	line[LINE_LEN - 1] = '\n';
	return BH_OK;
}

enum bh_err
anchor_write(struct anchor *a, const struct tree *head, bool sync)
{
	char line[LINE_LEN + 1];
	enum bh_err e;
	ssize_t n;

	if ((e = encode(head, line)) != BH_OK)
		return e;
	n = pwrite(a->fd, line, LINE_LEN, 0);
	if (n == -1)
		return err_from_errno(errno);
	if (n != (ssize_t)LINE_LEN)
		return BH_ERR_FULL;
	if (sync && fsync(a->fd) == -1)
		return err_from_errno(errno);
	return BH_OK;
}

/* The line as it stands, and the size it names. */
static enum bh_err
read_line(const struct anchor *a, char line[LINE_LEN + 1], uint64_t *sizep)
{
	char more[LINE_LEN + 1] = "";
	uint64_t size = 0;
	size_t i;

	/* one byte more than there should be: trailing bytes are an error */
	if (pread(a->fd, more, sizeof(more), 0) != (ssize_t)LINE_LEN ||
	    memcmp(more, TAG, TAG_LEN) != 0)
		return BH_ERR_CORRUPT;
	for (i = TAG_LEN; i < TAG_LEN + SIZE_LEN; i++) {
		if (more[i] < '0' || more[i] > '9' || size > UINT64_MAX / 10)
			return BH_ERR_CORRUPT;
		size = size * 10 + (uint64_t)(more[i] - '0');
	}
	if (strspn(more + i + 1, "0123456789abcdef") < HEX_LEN ||
	    more[i] != ' ' || more[LINE_LEN - 1] != '\n')
		return BH_ERR_CORRUPT;
	memcpy(line, more, LINE_LEN);
	*sizep = size;
	return BH_OK;
}

/* The tree over the first size records. */
static enum bh_err
tree_at(struct store *s, uint64_t size, struct tree *t)
{
	uint8_t leaf[CRYPTO_HASH_LEN];
	uint64_t i;
	enum bh_err e;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < size; i++)
		if ((e = store_record_leaf(s, i, leaf)) != BH_OK ||
		    (e = tree_push(t, leaf)) != BH_OK)
			return e;
	return BH_OK;
}

static enum bh_err
compare(struct store *s, const char *line, uint64_t size)
{
	const struct tree *head = store_head(s);
	char want[LINE_LEN + 1];
	struct tree before;
	enum bh_err e;

	if (size > head->size) {
		log_msg(LOG_LEVEL_ALERT,
		    "anchor: the store has %" PRIu64 " records and had "
		    "%" PRIu64 ": it was set back",
		    head->size, size);
		return BH_ERR_ROLLBACK;
	}
	if (size < head->size) {
		if ((e = tree_at(s, size, &before)) != BH_OK)
			return e;
		head = &before;
	}
	if ((e = encode(head, want)) != BH_OK)
		return e;
	if (memcmp(want, line, LINE_LEN) == 0)
		return BH_OK;
	log_msg(LOG_LEVEL_ALERT,
	    "anchor: the store's first %" PRIu64 " records are not those that "
	    "were there: it was set back and went on",
	    size);
	return BH_ERR_ROLLBACK;
}

enum bh_err
anchor_check(struct anchor *a, struct store *s)
{
	char line[LINE_LEN + 1];
	uint64_t size;
	enum bh_err e;

	if ((e = read_line(a, line, &size)) != BH_OK)
		log_err(e, "anchor: the file can't be read as one");
	else
		e = compare(s, line, size);
	if (e != BH_OK)
		log_msg(LOG_LEVEL_ERR,
		    "anchor: nobody is admitted; once you know why: "
		    "`bulkhead store accept`");
	return e;
}
