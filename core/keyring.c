/*
 * The realm's key: in memory of its own, and as a file.
 */
#include "core/keyring.h"

#include "base/buf.h"
#include "base/log.h"
#include "core/base64.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX   512 /* bytes; two lines are less */
#define LINE_TAG   "bulkhead-key-v1 "
#define BASE64_LEN 44 /* of 32 bytes */
#define TMP_SUFFIX ".new"

struct keyring *
keyring_new(void)
{
	return secret_alloc(sizeof(struct keyring));
}

void
keyring_free(struct keyring *k)
{
	secret_free(k, sizeof(*k));
}

const struct key *
keyring_find(const struct keyring *k, uint32_t generation)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		if (k->key[i].generation == generation)
			return &k->key[i];
	return NULL;
}

enum bh_err
keyring_add(struct keyring *k, uint32_t generation)
{
	enum bh_err e;

	if (generation == 0)
		return BH_ERR_RANGE;
	if (k->n == KEYRING_MAX)
		return BH_ERR_FULL;
	if (keyring_find(k, generation) != NULL)
		return BH_ERR_EXISTS;
	if ((e = crypto_random(k->key[k->n].bytes, CRYPTO_KEY_LEN)) != BH_OK)
		return e;
	k->key[k->n++].generation = generation;
	return BH_OK;
}

/* A number of 1..2^32-1 without sign, blanks or leading zero. */
static enum bh_err
get_generation(struct buf *b, uint32_t *vp)
{
	uint64_t v = 0;
	uint8_t c;

	while (buf_get_u8(b, &c) == BH_OK) {
		if (c == ' ' && v > 0) {
			*vp = (uint32_t)v;
			return BH_OK;
		}
		if (c < '0' || c > '9' || (c == '0' && v == 0))
			return BH_ERR_INPUT;
		v = v * 10 + (uint64_t)(c - '0');
		if (v > UINT32_MAX)
			return BH_ERR_RANGE;
	}
	return BH_ERR_INPUT;
}

static enum bh_err
get_line(struct buf *b, struct keyring *k)
{
	char tag[sizeof(LINE_TAG) - 1];
	struct buf *bytes = NULL;
	uint32_t generation;
	uint8_t newline;
	enum bh_err e;

	if (k->n == KEYRING_MAX)
		return BH_ERR_INPUT;
	if ((e = buf_get(b, tag, sizeof(tag))) != BH_OK)
		return e;
	if (memcmp(tag, LINE_TAG, sizeof(tag)) != 0)
		return BH_ERR_INPUT;
	if ((e = get_generation(b, &generation)) != BH_OK)
		return e;
	if (keyring_find(k, generation) != NULL || b->len - b->off < BASE64_LEN)
		return BH_ERR_INPUT;
	e = base64_decode((const char *)b->data + b->off, BASE64_LEN, &bytes);
	if (e != BH_OK)
		return e;
	b->off += BASE64_LEN;
	if (bytes->len != CRYPTO_KEY_LEN || buf_get_u8(b, &newline) != BH_OK ||
	    newline != '\n') {
		buf_free(bytes);
		return BH_ERR_INPUT;
	}
	k->key[k->n].generation = generation;
	memcpy(k->key[k->n].bytes, bytes->data, CRYPTO_KEY_LEN);
	k->n++;
	buf_free(bytes);
	return BH_OK;
}

static enum bh_err
parse(struct buf *b, struct keyring *k)
{
	enum bh_err e;

	do {
		if ((e = get_line(b, k)) != BH_OK)
			return e;
	} while (b->off < b->len);
	return BH_OK;
}

static enum bh_err
check_file(int fd, const char *path)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_from_errno(errno);
	if (S_ISREG(st.st_mode) && (st.st_uid == 0 || st.st_uid == geteuid()) &&
	    (st.st_mode & 077) == 0)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR,
	    "key: %s must be a plain file of root, not accessible to group or "
	    "others (chown root, chmod 0400)",
	    path);
	return BH_ERR_UNSAFE;
}

static enum bh_err
read_all(int fd, struct buf *b)
{
	ssize_t n;

	while ((n = read(fd, b->data + b->len, b->max - b->len)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return err_from_errno(errno);
		b->len += (size_t)n;
	}
	return b->len < b->max ? BH_OK : BH_ERR_INPUT;
}

static enum bh_err
load_file(const char *path, struct keyring *k)
{
	struct buf *b = NULL;
	enum bh_err e;
	int fd;

	/* O_NONBLOCK: a FIFO must not hold us up */
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		e = err_from_errno(errno);
		log_msg(LOG_LEVEL_ERR, "key: %s: %s", path,
		    errno == ELOOP ? "is a symbolic link" : strerror(errno));
		return e;
	}
	if ((e = check_file(fd, path)) != BH_OK)
		goto out;
	if ((b = buf_new(FILE_MAX)) == NULL) {
		e = BH_ERR_NOMEM;
		goto out;
	}
	if ((e = read_all(fd, b)) == BH_OK)
		e = parse(b, k);
	if (e != BH_OK)
		log_err(e,
		    "key: %s must hold one or two lines \"" LINE_TAG
		    "GENERATION BASE64\"",
		    path);
out:
	buf_free(b);
	close(fd);
	return e;
}

/* The file that "file:" or "credential:" names. */
static enum bh_err
find_file(const char *where, char path[PATH_MAX])
{
	const char *dir;
	int n;

	if (strncmp(where, "file:/", 6) == 0) {
		n = snprintf(path, PATH_MAX, "%s", where + 5);
	} else if (strncmp(where, "credential:", 11) == 0 &&
		   where[11] != '\0' && where[11] != '.' &&
		   strchr(where + 11, '/') == NULL) {
		if ((dir = getenv("CREDENTIALS_DIRECTORY")) == NULL) {
			log_msg(LOG_LEVEL_ERR,
			    "key: %s needs systemd (LoadCredentialEncrypted=)",
			    where);
			return BH_ERR_NOTFOUND;
		}
		n = snprintf(path, PATH_MAX, "%s/%s", dir, where + 11);
	} else {
		log_msg(LOG_LEVEL_ERR,
		    "key: must be file:/PATH or credential:NAME");
		return BH_ERR_CONFIG;
	}
	return n > 0 && n < PATH_MAX ? BH_OK : BH_ERR_RANGE;
}

enum bh_err
keyring_load(const char *where, struct keyring **kp)
{
	char path[PATH_MAX];
	struct keyring *k;
	enum bh_err e;

	if ((e = find_file(where, path)) != BH_OK)
		return e;
	if ((k = keyring_new()) == NULL)
		return BH_ERR_NOMEM;
	if ((e = load_file(path, k)) != BH_OK)
		keyring_free(k);
	else
		*kp = k;
	return e;
}

static enum bh_err
encode(const struct keyring *k, struct buf *b)
{
	char tag[64], text[BASE64_LEN + 1];
	enum bh_err e = BH_OK;
	size_t i;

	for (i = 0; i < k->n && e == BH_OK; i++) {
		snprintf(tag, sizeof(tag), LINE_TAG "%u ",
		    (unsigned)k->key[i].generation);
		if ((e = base64_encode(k->key[i].bytes, CRYPTO_KEY_LEN, text,
			 sizeof(text))) == BH_OK &&
		    (e = buf_put(b, tag, strlen(tag))) == BH_OK &&
		    (e = buf_put(b, text, strlen(text))) == BH_OK)
			e = buf_put_u8(b, '\n');
	}
	secret_wipe(text, sizeof(text));
	return e;
}

/* A new file with these bytes in it, on the disk. */
static enum bh_err
write_new(const char *path, const struct buf *b)
{
	enum bh_err e = BH_OK;
	ssize_t n;
	int fd;

	fd = open(
	    path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (fd == -1)
		return err_from_errno(errno);
	n = write(fd, b->data, b->len);
	if (n == -1 || fchmod(fd, 0400) == -1 || fsync(fd) == -1)
		e = err_from_errno(errno);
	else if ((size_t)n != b->len)
		e = BH_ERR_FULL;
	close(fd);
	return e;
}

static enum bh_err
sync_folder(const char *path)
{
	char copy[PATH_MAX];
	enum bh_err e = BH_OK;
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return err_from_errno(errno);
	if (fsync(fd) == -1)
		e = err_from_errno(errno);
	close(fd);
	return e;
}

/* link() never replaces, rename() always does, and both do it at once. */
static enum bh_err
put_in_place(const char *from, const char *path, bool exclusive)
{
	int rc = exclusive ? link(from, path) : rename(from, path);

	return rc == -1 ? err_from_errno(errno) : BH_OK;
}

enum bh_err
keyring_write(const struct keyring *k, const char *path, int exclusive)
{
	char fresh[PATH_MAX];
	struct buf *b;
	enum bh_err e;
	int n;

	n = snprintf(fresh, sizeof(fresh), "%s" TMP_SUFFIX, path);
	if (n < 0 || n >= (int)sizeof(fresh) || k->n == 0)
		return BH_ERR_RANGE;
	if ((b = buf_new(FILE_MAX)) == NULL)
		return BH_ERR_NOMEM;
	unlink(fresh); /* of one that was killed here */
	if ((e = encode(k, b)) == BH_OK && (e = write_new(fresh, b)) == BH_OK)
		e = put_in_place(fresh, path, exclusive != 0);
	buf_free(b);
	unlink(fresh);
	if (e == BH_OK)
		e = sync_folder(path);
	if (e != BH_OK && e != BH_ERR_EXISTS)
		log_err(e, "key: write %s", path);
	return e;
}
