/*
 * Files of /etc as bulkhead install keeps them: bytes and all that hangs on
 * them.
 */
#include "tools/install.h"

#include "base/hex.h"
#include "core/host/pamfile.h"
#include "core/host/sshdfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FILE_MAX  (1024 * 1024)
#define ATTRS_MAX 65536

void
install_because(struct install_why *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
}

enum bh_err
install_resolve(const char *path, char **realp)
{
	struct stat st;
	char *real;

	if ((real = realpath(path, NULL)) == NULL)
		return err_from_errno(errno);
	if (strncmp(real, "/etc/", 5) != 0 || lstat(real, &st) != 0 ||
	    !S_ISREG(st.st_mode)) {
		free(real);
		return BH_ERR_UNSAFE;
	}
	*realp = real;
	return BH_OK;
}

static json_t *
hex_value(const void *p, size_t len)
{
	char *text = malloc(2 * len + 1);
	json_t *value = NULL;

	if (text != NULL) {
		hex_encode(p, len, text);
		value = json_string(text);
	}
	free(text);
	return value;
}

/* The bytes of a member; NULL: no memory, or it is none.  A NUL follows. */
static uint8_t *
bytes_of(const json_t *value, size_t *lenp)
{
	const char *text = json_string_value(value);
	uint8_t *p;

	if (text == NULL || (p = malloc(strlen(text) / 2 + 1)) == NULL)
		return NULL;
	*lenp = strlen(text) / 2;
	if (!hex_parse(text, p, *lenp)) {
		free(p);
		return NULL;
	}
	p[*lenp] = '\0';
	return p;
}

static json_t *
read_attrs(int fd)
{
	json_t *attrs = json_object();
	char names[ATTRS_MAX], value[ATTRS_MAX];
	const char *name;
	ssize_t len, n;

	if ((len = flistxattr(fd, names, sizeof(names))) == -1)
		return attrs; /* this file system has none */
	for (name = names; name < names + len; name += strlen(name) + 1) {
		/* a seal over the old bytes is wrong over new ones, and
		 * comes by itself where the kernel makes them */
		if (strcmp(name, "security.ima") == 0 ||
		    strcmp(name, "security.evm") == 0)
			continue;
		n = fgetxattr(fd, name, value, sizeof(value));
		if (n >= 0 && json_object_set_new(attrs, name,
				  hex_value(value, (size_t)n)) != 0) {
			json_decref(attrs);
			return NULL;
		}
	}
	return attrs;
}

static enum bh_err
read_bytes(int fd, json_t **valuep)
{
	uint8_t *p = malloc(FILE_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	if (p == NULL)
		return BH_ERR_NOMEM;
	while (n > 0 && len <= FILE_MAX) {
		n = read(fd, p + len, FILE_MAX + 1 - len);
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	*valuep = n == 0 ? hex_value(p, len) : NULL;
	free(p);
	if (n == -1)
		return BH_ERR_IO;
	if (n > 0)
		return BH_ERR_FULL;
	return *valuep != NULL ? BH_OK : BH_ERR_NOMEM;
}

enum bh_err
install_read(const char *path, json_t **sidep)
{
	struct stat st;
	json_t *bytes = NULL;
	enum bh_err e;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT) {
		*sidep = json_null();
		return BH_OK;
	}
	if (fd == -1)
		return errno == ELOOP ? BH_ERR_UNSAFE : err_from_errno(errno);
	if (fstat(fd, &st) == -1)
		e = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode))
		e = BH_ERR_UNSAFE;
	else if ((e = read_bytes(fd, &bytes)) == BH_OK) {
		*sidep = json_pack("{s:o, s:i, s:I, s:I, s:I, s:I, s:o}",
		    "bytes", bytes, "mode", (int)(st.st_mode & 07777), "uid",
		    (json_int_t)st.st_uid, "gid", (json_int_t)st.st_gid,
		    "mtime_s", (json_int_t)st.st_mtim.tv_sec, "mtime_ns",
		    (json_int_t)st.st_mtim.tv_nsec, "attributes",
		    read_attrs(fd));
		e = *sidep != NULL ? BH_OK : BH_ERR_NOMEM;
	}
	(void)close(fd);
	return e;
}

/* "DIR/.NAME.bulkhead" beside PATH, and the folder; none of sshd and libpam
 * reads a name like that. */
static bool
names_of(const char *path, char folder[PATH_MAX], char temporary[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	return slash != NULL &&
	       (size_t)snprintf(folder, PATH_MAX, "%.*s", (int)(slash - path),
		   path) < PATH_MAX &&
	       (size_t)snprintf(temporary, PATH_MAX, "%.*s/.%s.bulkhead",
		   (int)(slash - path), path, slash + 1) < PATH_MAX;
}

static enum bh_err
sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum bh_err e = BH_OK;

	if (fd == -1)
		return err_from_errno(errno);
	if (fsync(fd) == -1)
		e = err_from_errno(errno);
	(void)close(fd);
	return e;
}

static enum bh_err
write_bytes(int fd, const json_t *side)
{
	size_t len = 0, done = 0;
	uint8_t *p = bytes_of(json_object_get(side, "bytes"), &len);
	enum bh_err e = BH_OK;
	ssize_t n;

	if (p == NULL)
		return BH_ERR_NOMEM;
	while (done < len && e == BH_OK) {
		n = write(fd, p + done, len - done);
		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			e = n == 0 ? BH_ERR_IO : err_from_errno(errno);
	}
	free(p);
	return e;
}

static int64_t
number(const json_t *side, const char *key)
{
	return (int64_t)json_integer_value(json_object_get(side, key));
}

static enum bh_err
write_attrs(int fd, const json_t *side)
{
	json_t *attrs = json_object_get(side, "attributes"), *value;
	enum bh_err e = BH_OK;
	const char *name;
	size_t len;
	uint8_t *p;

	json_object_foreach(attrs, name, value)
	{
		if ((p = bytes_of(value, &len)) == NULL)
			return BH_ERR_NOMEM;
		if (fsetxattr(fd, name, p, len, 0) == -1)
			e = err_from_errno(errno);
		free(p);
		if (e != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
write_side(int fd, const json_t *side, bool keep_time)
{
	struct timespec times[2] = {
	    {.tv_nsec = UTIME_OMIT}, {.tv_sec = number(side, "mtime_s"),
					 .tv_nsec = number(side, "mtime_ns")}};
	enum bh_err e;

	if ((e = write_bytes(fd, side)) != BH_OK)
		return e;
	if (fchown(fd, (uid_t)number(side, "uid"),
		(gid_t)number(side, "gid")) == -1 ||
	    fchmod(fd, (mode_t)number(side, "mode")) == -1)
		return err_from_errno(errno);
	if ((e = write_attrs(fd, side)) != BH_OK)
		return e;
	if (keep_time && futimens(fd, times) == -1)
		return err_from_errno(errno);
	return fsync(fd) == -1 ? err_from_errno(errno) : BH_OK;
}

enum bh_err
install_put(const char *path, const json_t *side, bool keep_time)
{
	char folder[PATH_MAX], temporary[PATH_MAX];
	enum bh_err e;
	int fd;

	if (!names_of(path, folder, temporary))
		return BH_ERR_RANGE;
	if (json_is_null(side)) {
		if (unlink(path) == -1 && errno != ENOENT)
			return err_from_errno(errno);
		return sync_folder(folder);
	}
	(void)unlink(temporary);
	fd = open(temporary,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_from_errno(errno);
	e = write_side(fd, side, keep_time);
	if (close(fd) == -1 && e == BH_OK)
		e = err_from_errno(errno);
	if (e == BH_OK && rename(temporary, path) == -1)
		e = err_from_errno(errno);
	if (e == BH_OK)
		return sync_folder(folder);
	(void)unlink(temporary);
	return e;
}

void
install_sweep(const char *path)
{
	char folder[PATH_MAX], temporary[PATH_MAX];

	if (names_of(path, folder, temporary) && unlink(temporary) == 0)
		(void)sync_folder(folder);
}

char *
install_text(const json_t *side)
{
	size_t len = 0;
	char *text;

	if (json_is_null(side))
		return strdup("");
	text = (char *)bytes_of(json_object_get(side, "bytes"), &len);
	if (text != NULL && strlen(text) != len) {
		free(text);
		return NULL;
	}
	return text;
}

json_t *
install_side(const json_t *like, const char *text)
{
	json_t *side;

	if (json_is_object(like))
		side = json_deep_copy(like);
	else
		side = json_pack("{s:i, s:i, s:i, s:i, s:i, s:{}}", "mode",
		    0644, "uid", 0, "gid", 0, "mtime_s", 0, "mtime_ns", 0,
		    "attributes");
	if (json_object_set_new(side, "bytes", hex_value(text, strlen(text))) !=
	    0) {
		json_decref(side);
		return NULL;
	}
	return side;
}

bool
install_same_bytes(const json_t *a, const json_t *b)
{
	if (!json_is_object(a) || !json_is_object(b))
		return json_is_null(a) && json_is_null(b);
	return json_equal(
	    json_object_get(a, "bytes"), json_object_get(b, "bytes"));
}

json_t *
install_held(const json_t *want, const json_t *left, const json_t *now)
{
	static const char *const keys[] = {"mode", "uid", "gid", "attributes"};
	json_t *side = json_deep_copy(want), *own;
	size_t i;

	if (!json_is_object(want) || !json_is_object(left))
		return side;
	for (i = 0; i < nitems(keys) && side != NULL; i++) {
		own = json_object_get(now, keys[i]);
		if (!json_equal(own, json_object_get(left, keys[i])) &&
		    json_object_set(side, keys[i], own) != 0) {
			json_decref(side);
			side = NULL;
		}
	}
	return side;
}

bool
install_same(const json_t *a, const json_t *b)
{
	return json_equal(a, b);
}

enum bh_err
install_ungate(const char *kind, const char *text, char **newp)
{
	return strcmp(kind, "sshd") == 0 ? sshdfile_ungate(text, newp)
					 : pamfile_ungate(text, newp);
}
