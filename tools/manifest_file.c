/*
 * A manifest's file: read within bounds, opened, verified.  Everything in it
 * comes from strangers until the signer is found to be the pinned one.
 */
#include "tools/manifest_import.h"

#include "core/clock.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Certificate, signature and framing around the text. */
#define SEALED_MAX (MANIFEST_BYTES_MAX + 65536)

static bool
is_stdin(const char *path)
{
	return strcmp(path, "-") == 0;
}

/* A regular file of some size, and no link that leads elsewhere. */
static int
open_file(struct import *im, const char *path, int *fdp, size_t *lenp)
{
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1 && errno == ELOOP)
		return import_refuse(
		    im, "it is a symbolic link; name the file itself");
	if (fd == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			(void)close(fd);
		return out_fail(
		    im->inv, CLI_FAILED, "%s: %s", path, strerror(errno));
	}
	*fdp = fd;
	if (!S_ISREG(st.st_mode))
		return import_refuse(im,
		    "it is no regular file; name one, or - for the "
		    "standard input");
	*lenp = st.st_size > SEALED_MAX ? SEALED_MAX : (size_t)st.st_size;
	if (st.st_size > SEALED_MAX)
		return import_refuse(im,
		    "it is larger than any manifest (64 MiB) and was not "
		    "read; export a new one");
	return CLI_DONE;
}

/* To the end of it; one byte of room is left to notice that it is longer. */
static int
read_whole(struct import *im, int fd, struct buf *b)
{
	ssize_t n;

	for (;;) {
		n = read(fd, b->data + b->len, b->max - b->len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return out_fail(im->inv, CLI_FAILED,
			    "the manifest can't be read: %s", strerror(errno));
		if (n == 0)
			return CLI_DONE;
		b->len += (size_t)n;
		if (b->len == b->max)
			return import_refuse(im,
			    "it is larger than any manifest (64 MiB), or "
			    "grows while it is read; export a new one");
	}
}

static int
read_file(struct import *im, struct buf **bp)
{
	const char *path = inv_value(im->inv, "FILE");
	int fd = STDIN_FILENO, code = CLI_DONE;
	size_t len = SEALED_MAX;

	if (!is_stdin(path)) {
		fd = -1;
		code = open_file(im, path, &fd, &len);
	}
	if (code == CLI_DONE && (*bp = buf_new(len + 1)) == NULL)
		code = out_fail(im->inv, CLI_FAILED, "out of memory");
	if (code == CLI_DONE)
		code = read_whole(im, fd, *bp);
	if (fd > STDIN_FILENO)
		(void)close(fd);
	return code;
}

/* What cms_open says, for people. */
static int
not_opened(struct import *im, enum bh_err e)
{
	switch (e) {
	case BH_ERR_INPUT:
		return import_refuse(im,
		    "it is no signed and sealed manifest, or not a whole one, "
		    "or something stands behind it; fetch or export it anew");
	case BH_ERR_REFUSED:
		return import_refuse(im,
		    "it is sealed to another realm; export it --to the "
		    "certificate that 'bulkhead manifest cert' prints here");
	case BH_ERR_SEALED:
		return import_refuse(im,
		    "it was altered, or its signature is wrong; fetch or "
		    "export it anew, and find out who changed it");
	default:
		return out_error(im->inv, e, "the manifest can't be opened");
	}
}

static int
decode(struct import *im, const struct buf *text)
{
	uint8_t recipient[CRYPTO_HASH_LEN];
	const char *why = "it is no manifest";
	struct now now;
	enum bh_err e;

	clock_read(&now);
	if ((e = identity_fingerprint(im->me, recipient)) != BH_OK)
		return out_error(im->inv, e, "this realm's certificate");
	e = manifest_decode(text->data, text->len, &im->m, &why);
	if (e == BH_OK)
		e = manifest_acceptable(im->m, recipient, now.wall_s, &why);
	if (e == BH_ERR_NOMEM)
		return out_error(im->inv, e, "the manifest");
	if (e != BH_OK)
		return import_refuse(im, "%s", why);
	if (strcmp(im->m->realm, im->config->realm) == 0)
		return import_refuse(im,
		    "it is of realm %s, which is this host's own; give each "
		    "realm a name of its own",
		    im->m->realm);
	return CLI_DONE;
}

int
import_read(struct import *im)
{
	struct buf *sealed = NULL, *text = NULL;
	enum bh_err e;
	int code;

	if ((code = read_file(im, &sealed)) == CLI_DONE) {
		e = cms_open(
		    im->me, sealed->data, sealed->len, &text, im->signer);
		code = e == BH_OK ? decode(im, text) : not_opened(im, e);
	}
	buf_free(sealed);
	buf_free(text);
	return code;
}
