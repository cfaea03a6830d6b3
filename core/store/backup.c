/*
 * A consistent copy of the store, while it is in use.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A new, empty file of exactly that mode. */
static enum bh_err
make(int dirfd, const char *name)
{
	enum bh_err e = BH_OK;
	int fd;

	fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_from_errno(errno);
	if (fchmod(fd, 0600) == -1) {
		e = err_from_errno(errno);
		unlinkat(dirfd, name, 0);
	}
	close(fd);
	return e;
}

static enum bh_err
copy(struct store *s, sqlite3 *to)
{
	sqlite3_backup *b;
	int rc;

	/* the copy is thrown away unless it was written to its end */
	rc = sqlite3_exec(to,
	    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF;"
	    "PRAGMA synchronous = OFF;",
	    NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return sql_error(s, rc);
	if ((b = sqlite3_backup_init(to, "main", s->db, "main")) == NULL)
		return sql_error(s, sqlite3_errcode(to));
	sqlite3_backup_step(b, -1);
	return sql_error(s, sqlite3_backup_finish(b));
}

static enum bh_err
sync_both(int dirfd, const char *name)
{
	enum bh_err e = BH_OK;
	int fd;

	fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return err_from_errno(errno);
	if (fsync(fd) == -1 || fsync(dirfd) == -1)
		e = err_from_errno(errno);
	close(fd);
	return e;
}

static enum bh_err
write_copy(struct store *s, int dirfd, const char *name)
{
	sqlite3 *to = NULL;
	struct vfs *vfs;
	enum bh_err e;
	int rc;

	if ((vfs = vfs_new(dirfd)) == NULL)
		return BH_ERR_NOMEM;
	rc = sqlite3_open_v2(name, &to, SQLITE_OPEN_READWRITE, vfs_name(vfs));
	e = rc == SQLITE_OK ? copy(s, to) : sql_error(s, rc);
	if (sqlite3_close(to) != SQLITE_OK && e == BH_OK)
		e = BH_ERR_IO;
	vfs_free(vfs);
	return e == BH_OK ? sync_both(dirfd, name) : e;
}

enum bh_err
store_backup(struct store *s, int dirfd, const char *name)
{
	enum bh_err e;

	if (s->in_transaction)
		return BH_ERR_REFUSED;
	if (strchr(name, '/') != NULL || strlen(name) > FILE_NAME_MAX)
		return BH_ERR_INPUT;
	if ((e = make(dirfd, name)) != BH_OK)
		return e;
	if ((e = write_copy(s, dirfd, name)) != BH_OK)
		unlinkat(dirfd, name, 0);
	return e;
}
