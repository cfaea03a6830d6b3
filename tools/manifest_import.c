/*
 * bulkhead manifest import: from the file to what is in force.  Until the last
 * step nothing counts, so that Ctrl-C at any point leaves all as it was.
 */
#include "tools/manifest_import.h"

#include "base/hex.h"
#include "core/admin.h"
#include "core/clock.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Held during an import, since two at a time would mix their entries. */
#define LOCK_PATH    "/run/bulkhead-import.lock"
#define QUESTION_MAX 1024
/* Entries of one transaction: about as long as one login may wait for. */
#define PIECE	 500
#define NICE	 10
#define PAUSE_NS 8000000

int
import_refuse(struct import *im, const char *fmt, ...)
{
	const char *path = inv_value(im->inv, "FILE");
	json_t *reply = NULL;
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return out_fail(im->inv, CLI_FAILED, "out of memory");
	(void)out_fail(im->inv, CLI_NO,
	    "%s: %s. It is refused; what was in force stays in force",
	    strcmp(path, "-") == 0 ? "the manifest" : path, text);
	text_cut(text, MODEL_TEXT_MAX);
	if (client_ask(im->inv,
		json_pack("{s:s, s:s}", "op", "manifest.refuse", "note", text),
		&reply) != CLI_DONE ||
	    !reply_flag(reply, "ok"))
		out_note("the ledger has no record of this refusal");
	json_decref(reply);
	free(text);
	return CLI_NO;
}

/* A fingerprint as people copy it: with or without "SHA256" and colons. */
static bool
print_read(const char *text, uint8_t print[CRYPTO_HASH_LEN])
{
	char digits[2 * CRYPTO_HASH_LEN + 1];
	size_t n = 0;

	if (strncasecmp(text, "SHA256", 6) == 0)
		text += 6;
	for (; *text != '\0'; text++) {
		if (*text == ':' || *text == ' ')
			continue;
		if (n == sizeof(digits) - 1)
			return false;
		digits[n++] = (char)tolower((unsigned char)*text);
	}
	digits[n] = '\0';
	return hex_parse(digits, print, CRYPTO_HASH_LEN);
}

/* Another signer than the one pinned, without --repin. */
static int
another_signer(struct import *im, const json_t *source)
{
	uint8_t pinned[CRYPTO_HASH_LEN];
	char is[PRINT_TEXT], was[PRINT_TEXT];

	if (!hex_parse(reply_text(source, "signer"), pinned, sizeof(pinned)))
		return out_fail(im->inv, CLI_FAILED, "a signer that is none");
	(void)out_fail(im->inv, CLI_NO,
	    "its signer is %s, and %s is pinned for host %s of realm %s",
	    print_text(im->signer, is), print_text(pinned, was), im->m->host,
	    im->m->realm);
	return import_refuse(im,
	    "it is signed by another key than the pinned one; if that host "
	    "was built anew, compare fingerprints and give --repin");
}

/* First manifest, or --repin: is that the right signer? */
static int
pin(struct import *im)
{
	char question[QUESTION_MAX], print[PRINT_TEXT];
	bool yes = false;
	enum bh_err e;

	(void)snprintf(question, sizeof(question),
	    "The manifest of host %s of realm %s is signed by\n"
	    "  %s\n"
	    "which is not known here. 'bulkhead manifest cert' on that host "
	    "must say the same.\nTrust it from now on? [y/N] ",
	    im->m->host, im->m->realm, print_text(im->signer, print));
	e = ask_yes(question, &yes);
	if (e == BH_ERR_NOTFOUND) {
		(void)out_fail(im->inv, CLI_NO, "its signer is %s", print);
		return import_refuse(im,
		    "its signer is not known here and there is nobody to ask; "
		    "compare fingerprints, then give --signer");
	}
	if (e != BH_OK)
		return out_error(im->inv, e, "the terminal");
	return yes ? CLI_DONE
		   : import_refuse(im, "its signer is not trusted; nothing "
				       "else was looked at");
}

/* Signer and serial against what is pinned and in force. */
static int
check_source(struct import *im, const json_t *source)
{
	const char *given = inv_value(im->inv, "signer");
	bool known = reply_flag(source, "known");
	bool repin = inv_given(im->inv, "repin");
	uint64_t serial = reply_number(source, "serial");
	uint8_t print[CRYPTO_HASH_LEN];
	char pinned[2 * CRYPTO_HASH_LEN + 1];
	bool same;

	hex_encode(im->signer, sizeof(im->signer), pinned);
	same = known && strcmp(reply_text(source, "signer"), pinned) == 0;
	if (given != NULL && !print_read(given, print))
		return out_fail(im->inv, CLI_USAGE,
		    "--signer is not a SHA-256: 64 hexadecimal digits");
	if (given != NULL && memcmp(print, im->signer, sizeof(print)) != 0)
		return import_refuse(im,
		    "it is signed by another key than --signer says; find out "
		    "whose that is");
	if (known && !same && !repin)
		return another_signer(im, source);
	/* the one in force may come again, to be accepted */
	if (known && !repin &&
	    (im->m->serial < serial ||
		(im->m->serial == serial && !inv_given(im->inv, "accept"))))
		return import_refuse(im,
		    "its serial %" PRIu64 " is not higher than %" PRIu64
		    ", which is in force: it is older or the same; export a "
		    "new one",
		    im->m->serial, serial);
	if (same || given != NULL || inv_given(im->inv, "yes"))
		return CLI_DONE;
	return pin(im);
}

static int
check(struct import *im)
{
	json_t *source;
	int code;

	code = client_call(im->inv,
	    json_pack("{s:s, s:s, s:s}", "op", "manifest.source", "realm",
		im->m->realm, "host", im->m->host),
	    &source);
	if (code != CLI_DONE)
		return code;
	code = check_source(im, source);
	json_decref(source);
	return code;
}

/* The first of n entries that are of one kind and collide all or none: one
 * row, their digests one behind the other; how many. */
static size_t
append_run(
    const struct import *im, json_t *list, const struct digest *d, size_t n)
{
	char hex[PIECE * 2 * MODEL_DIGEST_LEN + 1];
	const bool held = here_collides(&im->here, d);
	size_t i;

	for (i = 0; i < n && d[i].kind == d->kind &&
		    here_collides(&im->here, &d[i]) == held;
	     i++)
		hex_encode(d[i].bytes, sizeof(d[i].bytes),
		    hex + i * 2 * MODEL_DIGEST_LEN);
	return json_array_append_new(
		   list, json_pack("[s, s, b]", digest_kind_word(d->kind), hex,
			     held)) == 0
		   ? i
		   : 0;
}

static int
stage_piece(struct import *im, size_t from, size_t n)
{
	json_t *list = json_array(), *reply;
	size_t i, run;
	int code;

	for (i = 0; i < n; i += run) {
		run = append_run(im, list, &im->m->entry[from + i], n - i);
		if (run == 0) {
			json_decref(list);
			return out_fail(im->inv, CLI_FAILED, "out of memory");
		}
	}
	code = client_call(im->inv,
	    json_pack("{s:s, s:o}", "op", "manifest.stage", "entries", list),
	    &reply);
	if (code == CLI_DONE)
		json_decref(reply);
	return code;
}

static int
stage(struct import *im)
{
	/* a piece takes a fifth of it: few logins meet one */
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	size_t at, n, total = im->m->n_entries;
	json_t *reply;
	int code;

	code = client_call(im->inv,
	    json_pack("{s:s, s:b}", "op", "manifest.begin", "anew",
		inv_given(im->inv, "repin")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	if (!reply_flag(reply, "daemon"))
		code = out_fail(im->inv, CLI_FAILED,
		    "bulkheadd does not run, and an import is its work; start "
		    "it, then import again");
	json_decref(reply);
	for (at = 0; code == CLI_DONE && at < total; at += n) {
		progress("entry %zu of %zu", at, total);
		n = total - at < PIECE ? total - at : PIECE;
		code = stage_piece(im, at, n);
		(void)nanosleep(&pause, NULL);
	}
	progress_end();
	return code;
}

/* Are entries that collide to count?  Only if a person says so. */
static bool
accepted(struct import *im)
{
	char question[QUESTION_MAX];
	bool yes = false;

	if (inv_given(im->inv, "accept"))
		return true;
	if (inv_given(im->inv, "yes") || json_array_size(im->collisions) == 0)
		return false;
	(void)snprintf(question, sizeof(question),
	    "Production's credentials that are active here too: %zu%s.\n"
	    "In quarantine they deny nobody. Accepted, each is refused at its "
	    "next login.\nAccept them? [y/N] ",
	    json_array_size(im->collisions), im->more ? " and more" : "");
	return ask_yes(question, &yes) == BH_OK && yes;
}

static json_t *
activate_request(struct import *im, bool accept)
{
	const struct manifest *m = im->m;
	char signer[2 * CRYPTO_HASH_LEN + 1];

	hex_encode(im->signer, sizeof(im->signer), signer);
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b}",
	    "op", "manifest.activate", "realm", m->realm, "host", m->host,
	    "signer", signer, "serial", (json_int_t)m->serial, "created_s",
	    (json_int_t)m->created_s, "expires_s", (json_int_t)m->expires_s,
	    "entries", (json_int_t)m->n_entries, "accept", accept, "repin",
	    inv_given(im->inv, "repin"));
}

static json_t *
notes_of(const struct manifest *m)
{
	json_t *notes = json_array();
	size_t i;

	for (i = 0; i < m->n_notes; i++)
		note_add(notes, m->note[i]);
	return notes;
}

static int
say(struct import *im, const json_t *reply, bool accept)
{
	const struct manifest *m = im->m;
	uint64_t quarantined = reply_number(reply, "quarantined");
	char print[PRINT_TEXT], created[32], expires[32];
	const json_t *note;
	size_t i;

	if (im->inv->json)
		return out_json(im->inv,
		    json_pack("{s:s, s:s, s:s, s:I, s:o, s:o, s:I, s:I, s:b, "
			      "s:O, s:o, s:O}",
			"realm", m->realm, "host", m->host, "signer",
			print_text(im->signer, print), "serial",
			(json_int_t)m->serial, "created",
			out_json_time(m->created_s), "expires",
			out_json_time(m->expires_s), "entries",
			(json_int_t)m->n_entries, "quarantined",
			(json_int_t)quarantined, "accepted", accept,
			"collisions", im->collisions, "notes", notes_of(m),
			"notes_here", im->here.notes));
	out_text(im->inv,
	    "manifest of realm %s, host %s, is in force\n"
	    "  serial   %" PRIu64 " of %s\n  expires  %s\n  signer   %s\n"
	    "  entries  %zu, %" PRIu64 " of them in quarantine\n",
	    m->realm, m->host, m->serial, out_time(m->created_s, created),
	    out_time(m->expires_s, expires), print_text(im->signer, print),
	    m->n_entries, quarantined);
	for (i = 0; i < m->n_notes; i++)
		out_text(im->inv, "  not seen there: %s\n", m->note[i]);
	json_array_foreach(im->here.notes, i, note)
	{
		out_text(
		    im->inv, "  not seen here: %s\n", json_string_value(note));
	}
	if (im->here.blind)
		out_text(im->inv,
		    "  all of its SSH keys and CAs are in quarantine, since "
		    "the keys accepted here can't be seen\n");
	else if (im->here.signs)
		out_text(im->inv,
		    "  all of its SSH keys are in quarantine, since those "
		    "that a CA has signed can't be seen\n");
	return CLI_DONE;
}

static int
activate(struct import *im)
{
	json_t *reply;
	bool accept;
	int code;

	if (json_array_size(im->collisions) > 0)
		import_show(im);
	accept = accepted(im);
	code = client_ask(im->inv, activate_request(im, accept), &reply);
	if (code != CLI_DONE)
		return code;
	if (reply_flag(reply, "ok"))
		code = say(im, reply, accept);
	else if (reply_number(reply, "exit") == CLI_NO)
		code = import_refuse(im, "%s", reply_text(reply, "error"));
	else
		code = client_refused(im->inv, reply);
	json_decref(reply);
	return code;
}

static int
lock(struct import *im)
{
	im->lock =
	    open(LOCK_PATH, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (im->lock == -1)
		return out_fail(
		    im->inv, CLI_FAILED, LOCK_PATH ": %s", strerror(errno));
	if (flock(im->lock, LOCK_EX | LOCK_NB) == -1)
		return out_fail(im->inv, CLI_FAILED,
		    "another manifest is being imported just now; try again");
	return CLI_DONE;
}

static int
import(struct import *im)
{
	enum bh_err e;
	int code;

	if ((code = lock(im)) != CLI_DONE ||
	    (code = manifest_identity(im->inv, &im->me)) != CLI_DONE ||
	    (code = import_read(im)) != CLI_DONE ||
	    (code = check(im)) != CLI_DONE ||
	    (code = client_list(im->inv,
		 json_pack("{s:s}", "op", "account.list"), "accounts",
		 &im->here.people)) != CLI_DONE)
		return code;
	if ((e = here_gather(&im->here)) != BH_OK)
		return out_error(im->inv, e, "this host's SSH keys");
	if ((code = stage(im)) == CLI_DONE &&
	    (code = import_collisions(im)) == CLI_DONE)
		code = activate(im);
	return code;
}

int
cmd_manifest_import(struct invocation *inv)
{
	struct import im = {.inv = inv, .lock = -1};
	int code;

	(void)setpriority(PRIO_PROCESS, 0, NICE); /* logins come first */
	im.config = manifest_ready(
	    inv, CLASS_BACKUP, "it never imports a manifest", &code);
	if (im.config == NULL)
		return code;
	code = import(&im);
	progress_end();
	if (im.lock != -1)
		(void)close(im.lock);
	here_free(&im.here);
	json_decref(im.collisions);
	manifest_free(im.m);
	identity_free(im.me);
	return code;
}
