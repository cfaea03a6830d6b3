/*
 * SQLite's way to files: a VFS that opens plain names in one folder, by the
 * folder's descriptor, and nothing else.  There is one process and one
 * connection (the folder is locked for life), so locks do nothing, and there
 * is no shared memory: SQLite keeps the index of its log in its own.
 */
#include "core/store/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR_LEN 4096

struct vfs {
	sqlite3_vfs base;
	char name[40];
	int dirfd;
};

struct vfs_file {
	sqlite3_file base;
	int fd;
	struct log_file *log; /* of the log of changes; NULL for others */
};

static int
file_fd(sqlite3_file *f)
{
	struct vfs_file *file = (void *)f;

	return file->fd;
}

/* What is gathered must be in the file before anything looks at it. */
static bool
flush(sqlite3_file *f)
{
	struct vfs_file *file = (void *)f;

	return file->log == NULL || log_file_flush(file->log, file->fd);
}

static int
folder_fd(sqlite3_vfs *v)
{
	struct vfs *vfs = v->pAppData;

	return vfs->dirfd;
}

static int
file_close(sqlite3_file *f)
{
	struct vfs_file *file = (void *)f;
	bool flushed = flush(f);

	log_file_free(file->log);
	close(file->fd);
	return flushed ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int
file_read(sqlite3_file *f, void *p, int len, sqlite3_int64 off)
{
	uint8_t *to = p;
	size_t left = (size_t)len;
	ssize_t n;

	if (!flush(f))
		return SQLITE_IOERR_READ;
	while (left > 0) {
		n = pread(file_fd(f), to, left, off);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return SQLITE_IOERR_READ;
		if (n == 0) { /* SQLite wants the rest to be zero */
			memset(to, 0, left);
			return SQLITE_IOERR_SHORT_READ;
		}
		to += n;
		off += n;
		left -= (size_t)n;
	}
	return SQLITE_OK;
}

static int
write_error(int otherwise)
{
	return err_from_errno(errno) == BH_ERR_FULL ? SQLITE_FULL : otherwise;
}

static int
file_write(sqlite3_file *f, const void *p, int len, sqlite3_int64 off)
{
	struct vfs_file *file = (void *)f;
	bool ok;

	if (file->log != NULL)
		ok = log_file_put(file->log, file->fd, p, (size_t)len, off);
	else
		ok = file_put(file->fd, p, (size_t)len, off);
	return ok ? SQLITE_OK : write_error(SQLITE_IOERR_WRITE);
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (!flush(f) || ftruncate(file_fd(f), size) == -1)
		return write_error(SQLITE_IOERR_TRUNCATE);
	return SQLITE_OK;
}

static int
file_sync(sqlite3_file *f, int flags)
{
	(void)flags;
	if (!flush(f) || fdatasync(file_fd(f)) == -1)
		return write_error(SQLITE_IOERR_FSYNC);
	return SQLITE_OK;
}

static int
file_size(sqlite3_file *f, sqlite3_int64 *sizep)
{
	struct stat st;

	if (!flush(f) || fstat(file_fd(f), &st) == -1)
		return SQLITE_IOERR_FSTAT;
	*sizep = st.st_size;
	return SQLITE_OK;
}

static int
file_lock(sqlite3_file *f, int level)
{
	(void)f;
	(void)level;
	return SQLITE_OK;
}

static int
file_reserved(sqlite3_file *f, int *reservedp)
{
	(void)f;
	*reservedp = 0;
	return SQLITE_OK;
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int
file_sector(sqlite3_file *f)
{
	(void)f;
	return SECTOR_LEN;
}

static int
file_traits(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1, /* no shared memory, no mapping */
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static bool
plain_name(const char *name)
{
	return name != NULL && name[0] != '\0' && strchr(name, '/') == NULL;
}

/* A new file, 0600 whatever the umask is, and there after a power cut. */
static int
make_file(int dirfd, const char *name)
{
	int fd;

	fd = openat(dirfd, name,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (fchmod(fd, 0600) == -1 || fsync(dirfd) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
folder_xopen(
    sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *flagsp)
{
	struct vfs_file *file = (void *)f;
	int dirfd = folder_fd(v), fd;

	file->base.pMethods = NULL;
	if (!plain_name(name)) /* a temporary file: we keep those in memory */
		return SQLITE_CANTOPEN;
	fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT && (flags & SQLITE_OPEN_CREATE) != 0)
		fd = make_file(dirfd, name);
	if (fd == -1)
		return errno == ENOSPC ? SQLITE_FULL : SQLITE_CANTOPEN;
	if (folder_check_file(fd, name) != BH_OK) {
		close(fd);
		return SQLITE_CANTOPEN;
	}
	file->fd = fd;
	file->log = NULL;
	if ((flags & SQLITE_OPEN_WAL) != 0) {
		if ((file->log = log_file_new()) == NULL) {
			close(fd);
			return SQLITE_NOMEM;
		}
		log_file_make_room(fd);
	}
	file->base.pMethods = &file_methods;
	if (flagsp != NULL)
		*flagsp = flags;
	return SQLITE_OK;
}

static int
folder_xdelete(sqlite3_vfs *v, const char *name, int sync)
{
	int dirfd = folder_fd(v);

	if (!plain_name(name))
		return SQLITE_IOERR_DELETE;
	if (unlinkat(dirfd, name, 0) == -1)
		return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT
				       : SQLITE_IOERR_DELETE;
	if (sync != 0 && fsync(dirfd) == -1)
		return SQLITE_IOERR_DIR_FSYNC;
	return SQLITE_OK;
}

/* As SQLite's own: an empty file counts as none. */
static int
folder_xaccess(sqlite3_vfs *v, const char *name, int flags, int *okp)
{
	struct stat st;

	(void)flags;
	*okp = plain_name(name) &&
	       fstatat(folder_fd(v), name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (!S_ISREG(st.st_mode) || st.st_size > 0);
	return SQLITE_OK;
}

static int
folder_xpath(sqlite3_vfs *v, const char *name, int size, char *out)
{
	size_t len = strlen(name);

	(void)v;
	if (!plain_name(name) || len >= (size_t)size)
		return SQLITE_CANTOPEN;
	memcpy(out, name, len + 1);
	return SQLITE_OK;
}

static int
folder_xrandom(sqlite3_vfs *v, int len, char *out)
{
	(void)v;
	if (len <= 0 || crypto_random(out, (size_t)len) != BH_OK)
		return 0;
	return len;
}

/* Nobody waits here: there is no second connection. */
static int
folder_xsleep(sqlite3_vfs *v, int us)
{
	(void)v;
	(void)us;
	return 0;
}

/* No statement of ours asks for the time. */
static int
folder_xtime(sqlite3_vfs *v, double *dayp)
{
	(void)v;
	*dayp = 2440587.5; /* 1970-01-01 as a Julian day */
	return SQLITE_OK;
}

static int
folder_xerror(sqlite3_vfs *v, int size, char *out)
{
	(void)v;
	(void)size;
	(void)out;
	return errno;
}

struct vfs *
vfs_new(int dirfd)
{
	struct vfs *v;

	if ((v = calloc(1, sizeof(*v))) == NULL)
		return NULL;
	v->dirfd = dirfd;
	snprintf(v->name, sizeof(v->name), "bulkhead-%p", (void *)v);
	v->base = (sqlite3_vfs){
	    .iVersion = 1,
	    .szOsFile = (int)sizeof(struct vfs_file),
	    .mxPathname = FILE_NAME_MAX + 16,
	    .zName = v->name,
	    .pAppData = v,
	    .xOpen = folder_xopen,
	    .xDelete = folder_xdelete,
	    .xAccess = folder_xaccess,
	    .xFullPathname = folder_xpath,
	    .xRandomness = folder_xrandom,
	    .xSleep = folder_xsleep,
	    .xCurrentTime = folder_xtime,
	    .xGetLastError = folder_xerror,
	};
	if (sqlite3_vfs_register(&v->base, 0) != SQLITE_OK) {
		free(v);
		return NULL;
	}
	return v;
}

void
vfs_free(struct vfs *v)
{
	if (v == NULL)
		return;
	sqlite3_vfs_unregister(&v->base);
	free(v);
}

const char *
vfs_name(const struct vfs *v)
{
	return v->name;
}
