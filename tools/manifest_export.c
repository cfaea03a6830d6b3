/*
 * bulkhead manifest export: gather, sign, seal, write.
 */
#include "tools/manifest.h"

#include "base/msg.h"
#include "core/clock.h"
#include "core/escape.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CERTIFICATE_MAX 65536

struct export
{
	struct invocation *inv;
	struct identity *me;
	struct manifest *m;
	struct buf *pem; /* whom it is for */
	uint8_t signer[CRYPTO_HASH_LEN];
	enum bh_err error; /* of a note that could not be kept */
};

/* Read the recipient's certificate; it must not be our own. */
static int
read_recipient(struct export *x)
{
	const char *path = inv_value(x->inv, "to");
	enum bh_err e = BH_OK;
	ssize_t n = -1;
	int fd;

	if ((x->pem = buf_new(CERTIFICATE_MAX)) == NULL)
		return out_fail(x->inv, CLI_FAILED, "out of memory");
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) != -1)
		n = read(fd, x->pem->data, x->pem->max);
	if (n == -1)
		return out_fail(
		    x->inv, CLI_FAILED, "%s: %s", path, strerror(errno));
	(void)close(fd);
	x->pem->len = (size_t)n;
	e = certificate_fingerprint(x->pem->data, x->pem->len, x->m->recipient);
	if (e == BH_ERR_INPUT)
		return out_fail(x->inv, CLI_NO,
		    "%s: no certificate of a realm, in PEM and nothing else; "
		    "have it printed by 'bulkhead manifest cert' on the backup "
		    "host",
		    path);
	if (e != BH_OK)
		return out_error(x->inv, e, "%s", path);
	if (memcmp(x->m->recipient, x->signer, CRYPTO_HASH_LEN) == 0)
		return out_fail(x->inv, CLI_NO,
		    "%s: this is this realm's own certificate; a manifest is "
		    "for a backup realm",
		    path);
	return CLI_DONE;
}

static int
add_digests(struct export *x, const json_t *list)
{
	struct digest d;
	const json_t *row;
	enum bh_err e = BH_OK;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (!digest_read(row, &d))
			e = BH_ERR_PROTO;
		else
			e = manifest_add(x->m, &d);
		if (e != BH_OK)
			return out_error(x->inv, e, "the tokens' digests");
	}
	return CLI_DONE;
}

static int
gather_tokens(struct export *x)
{
	json_t *list = NULL;
	int code;

	progress("reading tokens");
	code = client_list(x->inv, json_pack("{s:s}", "op", "manifest.digests"),
	    "digests", &list);
	if (code == CLI_DONE)
		code = add_digests(x, list);
	json_decref(list);
	return code;
}

static int
gather_accounts(struct export *x)
{
	json_t *list = NULL;
	const json_t *a;
	enum bh_err e = BH_OK;
	size_t i;
	int code;

	progress("reading accounts");
	code = client_list(x->inv, json_pack("{s:s}", "op", "account.list"),
	    "accounts", &list);
	if (code != CLI_DONE)
		return code;
	json_array_foreach(list, i, a)
	{
		if (e == BH_OK)
			e = manifest_add_account(x->m, reply_text(a, "login"),
			    reply_text(a, "person"));
	}
	json_decref(list);
	return e == BH_OK ? CLI_DONE : out_error(x->inv, e, "the accounts");
}

/* A note is short, and UTF-8; a path may be anything. */
static void
add_note(void *arg, const char *text)
{
	struct export *x = arg;
	char *note = escape_text(text, strlen(text));
	enum bh_err e = BH_ERR_NOMEM;

	if (note != NULL) {
		text_cut(note, MODEL_TEXT_MAX);
		if (!model_text_ok(note)) /* a control character, say */
			note[0] = '\0';
		if (x->m->n_notes + 1 < MANIFEST_NOTES_MAX)
			e = manifest_add_note(
			    x->m, note[0] != '\0' ? note
						  : "a file with a name "
						    "that can't be shown");
		else if (x->m->n_notes < MANIFEST_NOTES_MAX)
			e = manifest_add_note(x->m, "and more");
		else
			e = BH_OK;
	}
	free(note);
	if (e != BH_OK)
		x->error = e;
}

static enum bh_err
add_key(void *arg, const struct key_line *k)
{
	struct export *x = arg;
	struct digest d[DIGEST_SSH_MAX];
	char note[PATH_MAX + 64];
	size_t i, n = 0;
	enum bh_err e;

	e = key_digests(k, d, &n);
	if (e == BH_ERR_INPUT) {
		(void)snprintf(note, sizeof(note),
		    "%s:%u: a key of a type that is not known", k->file,
		    k->line);
		add_note(x, note);
		return BH_OK;
	}
	for (i = 0; e == BH_OK && i < n; i++)
		e = manifest_add(x->m, &d[i]);
	return e;
}

static void
show_accounts(size_t done, size_t total)
{
	progress("reading SSH keys: %zu of %zu accounts", done, total);
}

static int
gather_keys(struct export *x)
{
	struct sshd_host *sshd = NULL;
	char *why = NULL;
	enum bh_err e;
	int code = CLI_DONE;

	e = sshd_find(&sshd, &why);
	if (e == BH_ERR_NOTFOUND) {
		add_note(x, "there is no sshd on this host: no SSH key was "
			    "looked for");
		e = BH_OK;
	} else if (e == BH_OK)
		e = keys_accepted(sshd, add_key, add_note, show_accounts, x);
	progress_end();
	if (e == BH_OK)
		e = x->error;
	if (e != BH_OK)
		code = why != NULL
			   ? out_fail(x->inv, CLI_FAILED,
				 "sshd's keys can't be gathered: %s; nothing "
				 "was written",
				 why)
			   : out_error(x->inv, e, "sshd's keys");
	free(why);
	sshd_host_free(sshd);
	return code;
}

static int
take_serial(struct export *x)
{
	json_t *reply;
	struct now now;
	int code;

	code = client_call(
	    x->inv, json_pack("{s:s}", "op", "manifest.serial"), &reply);
	if (code != CLI_DONE)
		return code;
	clock_read(&now);
	x->m->serial = reply_number(reply, "serial");
	x->m->created_s = now.wall_s;
	x->m->expires_s = now.wall_s + MANIFEST_LIFE_S;
	if (!msg_set(
		x->m->realm, sizeof(x->m->realm), reply_text(reply, "realm")) ||
	    !msg_set(x->m->host, sizeof(x->m->host), reply_text(reply, "host")))
		code = out_fail(x->inv, CLI_FAILED, "a realm without a name");
	json_decref(reply);
	return code;
}

static bool
write_all(int fd, const struct buf *b)
{
	size_t done = 0;
	ssize_t n;

	while (done < b->len) {
		n = write(fd, b->data + done, b->len - done);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return false;
		done += (size_t)n;
	}
	return fsync(fd) == 0;
}

/* The new name in its folder lasts too. */
static bool
sync_folder(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, len = slash == NULL ? 0 : (int)(slash - path) + 1;
	bool ok;

	(void)snprintf(folder, sizeof(folder), "%.*s", len > 0 ? len : 1,
	    len > 0 ? path : ".");
	if ((fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return false;
	ok = fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

static bool
write_beside(const char *path, char *temporary, const struct buf *b)
{
	int fd, error;
	bool ok;

	if ((fd = mkostemp(temporary, O_CLOEXEC)) == -1)
		return false;
	ok = write_all(fd, b);
	if (close(fd) == -1)
		ok = false;
	if (ok && rename(temporary, path) == 0)
		return sync_folder(path);
	error = errno;
	(void)unlink(temporary);
	errno = error;
	return false;
}

/* A whole file or none.  Ctrl-C waits for the short time of writing. */
static int
write_file(struct invocation *inv, const char *path, const struct buf *b)
{
	char temporary[PATH_MAX];
	sigset_t all, before;
	struct stat st;
	bool ok;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(temporary))
		return out_fail(inv, CLI_USAGE, "%s: too long", path);
	if (lstat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return out_fail(inv, CLI_NO,
		    "%s is there and no regular file; nothing was written",
		    path);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	ok = write_beside(path, temporary, b);
	if (!ok)
		(void)out_fail(inv, CLI_FAILED,
		    "%s can't be written: %s; make room or name another place",
		    path, strerror(errno));
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return ok ? CLI_DONE : CLI_FAILED;
}

static int
seal_and_write(struct export *x)
{
	struct buf *text = NULL, *sealed = NULL;
	enum bh_err e;
	int code;

	if ((e = manifest_encode(x->m, &text)) != BH_OK ||
	    (e = cms_seal(x->me, x->pem->data, x->pem->len, text->data,
		 text->len, &sealed)) != BH_OK)
		code = out_error(x->inv, e, "the manifest can't be made");
	else
		code = write_file(x->inv, inv_value(x->inv, "output"), sealed);
	buf_free(text);
	buf_free(sealed);
	return code;
}

static void
count_kinds(const struct manifest *m, json_int_t counts[DIGEST_KIND_COUNT])
{
	size_t i;

	memset(counts, 0, DIGEST_KIND_COUNT * sizeof(counts[0]));
	for (i = 0; i < m->n_entries; i++)
		counts[m->entry[i].kind]++;
}

static int
say_json(struct export *x, const json_int_t counts[DIGEST_KIND_COUNT])
{
	const struct manifest *m = x->m;
	json_t *kinds = json_object(), *notes = json_array();
	char print[PRINT_TEXT];
	size_t i;
	int kind;

	for (kind = 1; kind < DIGEST_KIND_COUNT; kind++)
		(void)json_object_set_new(kinds,
		    digest_kind_word((enum digest_kind)kind),
		    json_integer(counts[kind]));
	for (i = 0; i < m->n_notes; i++)
		note_add(notes, m->note[i]);
	return out_json(x->inv,
	    json_pack("{s:o, s:s, s:s, s:I, s:o, s:o, s:s, s:o, s:I, s:o}",
		"file", out_json_string(inv_value(x->inv, "output")), "realm",
		m->realm, "host", m->host, "serial", (json_int_t)m->serial,
		"created", out_json_time(m->created_s), "expires",
		out_json_time(m->expires_s), "signer",
		print_text(x->signer, print), "entries", kinds, "accounts",
		(json_int_t)m->n_accounts, "notes", notes));
}

static int
say(struct export *x)
{
	const struct manifest *m = x->m;
	json_int_t counts[DIGEST_KIND_COUNT];
	char print[PRINT_TEXT], when[32];
	size_t i;
	int kind;

	count_kinds(m, counts);
	if (x->inv->json)
		return say_json(x, counts);
	out_text(x->inv, "manifest of realm %s, host %s, in %s\n", m->realm,
	    m->host, inv_value(x->inv, "output"));
	out_text(x->inv, "  serial   %" PRIu64 "\n", m->serial);
	out_text(x->inv, "  expires  %s\n", out_time(m->expires_s, when));
	out_text(x->inv, "  signer   %s\n", print_text(x->signer, print));
	for (kind = 1; kind < DIGEST_KIND_COUNT; kind++) {
		if (counts[kind] > 0)
			out_text(x->inv, "  %-8lld %s\n",
			    (long long)counts[kind],
			    digest_kind_name((enum digest_kind)kind));
	}
	out_text(x->inv, "  %-8zu accounts\n", m->n_accounts);
	for (i = 0; i < m->n_notes; i++)
		out_text(x->inv, "  not seen: %s\n", m->note[i]);
	return CLI_DONE;
}

static int export(struct export *x)
{
	enum bh_err e;
	int code;

	if ((code = manifest_identity(x->inv, &x->me)) != CLI_DONE)
		return code;
	if ((e = identity_fingerprint(x->me, x->signer)) != BH_OK)
		return out_error(x->inv, e, "the realm's certificate");
	if ((code = read_recipient(x)) == CLI_DONE &&
	    (code = gather_tokens(x)) == CLI_DONE &&
	    (code = gather_accounts(x)) == CLI_DONE &&
	    (code = gather_keys(x)) == CLI_DONE &&
	    (code = take_serial(x)) == CLI_DONE &&
	    (code = seal_and_write(x)) == CLI_DONE)
		code = say(x);
	return code;
}

int
cmd_manifest_export(struct invocation *inv)
{
	struct export x = {.inv = inv};
	int code;

	if (manifest_ready(inv, CLASS_PRODUCTION,
		"it never exports a manifest, so that production learns "
		"nothing of it",
		&code) == NULL)
		return code;
	if ((x.m = manifest_new()) == NULL)
		code = out_fail(inv, CLI_FAILED, "out of memory");
	else
		code = export(&x);
	progress_end();
	manifest_free(x.m);
	identity_free(x.me);
	buf_free(x.pem);
	return code;
}
