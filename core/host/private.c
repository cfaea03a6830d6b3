/*
 * Private SSH keys on this host.
 */
#include "core/host/private.h"

#include "core/base64.h"
#include "core/host/key_line.h"
#include "core/host/keys_internal.h"
#include "core/host/program.h"
#include "core/host/textfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYGEN	    "/usr/bin/ssh-keygen"
#define OPENSSH	    "-----BEGIN OPENSSH PRIVATE KEY-----"
#define PEM_BEGIN   "-----BEGIN "
#define PEM_PRIVATE "PRIVATE KEY-----"
#define PUTTY	    "PuTTY-User-Key-File-"
#define MAGIC	    "openssh-key-v1" /* with its NUL (PROTOCOL.key) */
#define BODY_MAX    (256 * 1024)
#define FILES_MAX   10000 /* of a folder */

/* The lines up to the END line, one behind the other. */
static enum bh_err
read_body(struct text *t, struct buf *body)
{
	unsigned int number;
	enum bh_err e;
	char *line;

	while (text_next(t, &line, &number)) {
		if (line == NULL)
			return BH_ERR_INPUT;
		if (strncmp(line, "-----END", 8) == 0)
			return BH_OK;
		if ((e = buf_put(body, line, strlen(line))) != BH_OK)
			return BH_ERR_INPUT;
	}
	return BH_ERR_INPUT;
}

static enum bh_err
skip_string(struct buf *b)
{
	uint32_t len;

	if (buf_get_u32(b, &len) != BH_OK || len > b->len - b->off)
		return BH_ERR_INPUT;
	b->off += len;
	return BH_OK;
}

/*
 * PROTOCOL.key: magic, cipher, kdf, its options, how many keys, the public
 * half of the first.
 */
static enum bh_err
openssh_public(struct text *t, struct buf **blobp)
{
	struct buf *body = buf_new(BODY_MAX), *key = NULL;
	char magic[sizeof(MAGIC)];
	uint32_t n, len;
	enum bh_err e;

	if (body == NULL)
		return BH_ERR_NOMEM;
	if ((e = read_body(t, body)) != BH_OK ||
	    (e = base64_decode((char *)body->data, body->len, &key)) !=
		BH_OK ||
	    (e = buf_get(key, magic, sizeof(magic))) != BH_OK ||
	    (e = skip_string(key)) != BH_OK || (e = skip_string(key)) != BH_OK ||
	    (e = skip_string(key)) != BH_OK ||
	    (e = buf_get_u32(key, &n)) != BH_OK ||
	    (e = buf_get_u32(key, &len)) != BH_OK)
		goto out;
	if (memcmp(magic, MAGIC, sizeof(magic)) != 0 || n == 0 || len == 0 ||
	    len > key->len - key->off)
		e = BH_ERR_INPUT;
	else if ((*blobp = buf_new_from(key->data + key->off, len)) == NULL)
		e = BH_ERR_NOMEM;
out:
	buf_free(body);
	buf_free(key);
	return e;
}

/* PATH.pub; it may be another key's, but is all there is to see. */
static enum bh_err
beside(const char *path, struct buf **blobp)
{
	char pub[PATH_MAX], *line;
	const char *why;
	enum bh_err e;

	if ((size_t)snprintf(pub, sizeof(pub), "%s.pub", path) >= sizeof(pub))
		return BH_ERR_INPUT;
	if ((e = keys_read_one(pub, &line, blobp, &why)) == BH_OK)
		free(line);
	return e == BH_ERR_NOMEM ? e : (e == BH_OK ? BH_OK : BH_ERR_INPUT);
}

/* Of a key in an older format that has no passphrase. */
static enum bh_err
ask_keygen(const char *path, struct buf **blobp)
{
	const char *const argv[] = {
	    KEYGEN, "-y", "-P", "", "-f", path, NULL};
	char type[KEY_TYPE_MAX];
	struct program_result r;
	struct key_line k = {0};
	enum bh_err e;

	if ((e = program_run(argv, &r)) != BH_OK)
		return e == BH_ERR_NOMEM ? e : BH_ERR_INPUT;
	r.out[strcspn(r.out, "\r\n")] = '\0';
	e = r.code == 0 ? key_line_parse(r.out, type, &k, blobp)
			: BH_ERR_INPUT;
	program_free(&r);
	return e;
}

enum bh_err
private_public(const char *path, struct buf **blobp)
{
	unsigned int number;
	struct text *t;
	enum bh_err e;
	char *line;

	if ((e = text_open(path, &t)) != BH_OK)
		return e;
	e = BH_ERR_NOTFOUND;
	if (text_next(t, &line, &number) && line != NULL) {
		if (strcmp(line, OPENSSH) == 0)
			e = openssh_public(t, blobp);
		else if ((strncmp(line, PEM_BEGIN, sizeof(PEM_BEGIN) - 1) ==
				 0 &&
			     strstr(line, PEM_PRIVATE) != NULL) ||
			 strncmp(line, PUTTY, sizeof(PUTTY) - 1) == 0)
			e = ask_keygen(path, blobp);
		if (e == BH_ERR_INPUT)
			e = beside(path, blobp);
	}
	text_close(t);
	return e;
}

struct walk {
	private_each each;
	key_unseen unseen;
	void *arg;
};

static enum bh_err
look_at(struct walk *w, const char *path, const struct passwd *pw)
{
	struct buf *blob = NULL;
	struct private_key k = {.file = path};
	enum bh_err e;

	e = private_public(path, &blob);
	if (e == BH_OK) {
		if (pw != NULL) {
			k.account = pw->pw_name;
			k.uid = pw->pw_uid;
		}
		k.blob = blob->data;
		k.bloblen = blob->len;
		e = w->each(w->arg, &k);
		buf_free(blob);
		return e;
	}
	if (e == BH_ERR_INPUT)
		key_say_unseen(w->unseen, w->arg,
		    "%s: a private key lies here, and which can't be told "
		    "without its passphrase",
		    path);
	else if (e != BH_ERR_NOTFOUND && e != BH_ERR_NOMEM)
		key_say_unseen(w->unseen, w->arg, "%s: not looked at: %s",
		    path, text_why(e));
	return e == BH_ERR_NOMEM ? e : BH_OK;
}

/* A folder that is a link is followed here: its owner's keys lie in it. */
static enum bh_err
look_in(struct walk *w, const char *folder, const struct passwd *pw)
{
	char path[PATH_MAX];
	struct dirent *entry;
	enum bh_err e = BH_OK;
	size_t n = 0;
	DIR *dir;

	if ((dir = opendir(folder)) == NULL) {
		if (errno != ENOENT && errno != ENOTDIR)
			key_say_unseen(w->unseen, w->arg,
			    "%s: not looked at: %s", folder, strerror(errno));
		return BH_OK;
	}
	while (e == BH_OK && (entry = readdir(dir)) != NULL) {
		if (entry->d_type == DT_DIR || entry->d_type == DT_SOCK)
			continue;
		if (++n > FILES_MAX) {
			key_say_unseen(w->unseen, w->arg,
			    "%s: more than %d files", folder, FILES_MAX);
			break;
		}
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			entry->d_name) < sizeof(path))
			e = look_at(w, path, pw);
	}
	(void)closedir(dir);
	return e;
}

enum bh_err
private_found(private_each each, key_unseen unseen,
    void (*progress)(size_t done, size_t total), void *arg)
{
	struct walk w = {each, unseen, arg};
	char folder[PATH_MAX];
	const struct passwd *pw;
	size_t done = 0, total = 0;
	enum bh_err e;

	setpwent();
	while (getpwent() != NULL)
		total++;
	e = look_in(&w, "/etc/ssh", NULL);
	setpwent();
	while (e == BH_OK && (pw = getpwent()) != NULL) {
		if (progress != NULL)
			progress(done++, total);
		if ((size_t)snprintf(folder, sizeof(folder), "%s/.ssh",
			pw->pw_dir) < sizeof(folder))
			e = look_in(&w, folder, pw);
	}
	endpwent();
	return e;
}
