/*
 * Statements about SSH keys: what is accepted here and what lies here, by what
 * production's manifests list.
 */
#include "tools/distinct.h"

#include "base/hex.h"
#include "core/base64.h"
#include "core/crypto/crypto.h"
#include "core/digest.h"
#include "core/host/keys.h"
#include "core/host/private.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <stdlib.h>
#include <string.h>

#define DIGESTS_AT_ONCE	 300
#define FINGERPRINT_LEN	 64
#define HOST_KEYS_BEFORE "/etc/ssh/ssh_host_"

/* Keys that were seen, by the digests that a manifest would list. */
struct seen {
	struct check *c;
	json_t *by_digest; /* "KIND HEX": a list of keys */
	json_t *logins;	   /* logins with a person; NULL: not asked */
};

static const char *
fingerprint(const void *blob, size_t len, char text[FINGERPRINT_LEN])
{
	const struct slice in = {blob, len};
	uint8_t hash[CRYPTO_HASH_LEN];
	size_t n = 7;

	memcpy(text, "SHA256:", 8);
	if (crypto_sha256(&in, 1, hash) != BH_OK ||
	    base64_encode(hash, sizeof(hash), text + n, FINGERPRINT_LEN - n) !=
		BH_OK)
		return "?";
	text[strcspn(text, "=")] = '\0';
	return text;
}

static enum bh_err
remember(struct seen *s, const struct digest *d, json_t *key)
{
	char name[32 + 2 * MODEL_DIGEST_LEN];
	json_t *list;
	size_t n;

	n = (size_t)snprintf(
	    name, sizeof(name), "%s ", digest_kind_word(d->kind));
	hex_encode(d->bytes, sizeof(d->bytes), name + n);
	if ((list = json_object_get(s->by_digest, name)) == NULL &&
	    json_object_set_new(s->by_digest, name, list = json_array()) != 0)
		return BH_ERR_NOMEM;
	return json_array_append(list, key) == 0 ? BH_OK : BH_ERR_NOMEM;
}

/*
 * A plain key is looked for under each kind, since production's CA may be
 * accepted here as a key, and the other way round; a certificate by its inner
 * key and its signer.
 */
static enum bh_err
remember_blob(
    struct seen *s, const void *blob, size_t len, bool host, json_t *key)
{
	static const enum digest_kind kinds[] = {
	    DIGEST_SSH_CA, DIGEST_SSH_HOST};
	struct digest d[DIGEST_SSH_MAX], as;
	enum bh_err e;
	size_t n = 0, i;

	if ((e = digest_ssh(blob, len, d, &n)) != BH_OK)
		return e;
	for (i = 0; i < n && e == BH_OK; i++)
		e = remember(s, &d[i], key);
	for (i = 0; i < nitems(kinds) && e == BH_OK; i++) {
		if ((kinds[i] == DIGEST_SSH_HOST && !host) ||
		    digest_ssh_as(kinds[i], blob, len, &as) != BH_OK)
			continue;
		e = remember(s, &as, key);
	}
	return e;
}

static void
say_unseen(void *arg, const char *what)
{
	check_unseen(((struct seen *)arg)->c, "%s", what);
}

static void
show_progress(size_t done, size_t total)
{
	progress("SSH keys: %zu of %zu accounts", done, total);
}

static enum bh_err
see_accepted(void *arg, const struct key_line *k)
{
	char text[FINGERPRINT_LEN];
	struct seen *s = arg;
	json_t *key;
	enum bh_err e;

	key = json_pack("{s:o, s:s, s:s, s:o?}", "where",
	    out_json_string(check_where(k->file, k->line)), "what",
	    k->ca ? "CA" : (k->host ? "host key" : "SSH key"), "fingerprint",
	    fingerprint(k->blob, k->bloblen, text), "account",
	    k->account != NULL ? out_json_string(k->account) : NULL);
	if (key == NULL)
		return BH_ERR_NOMEM;
	e = remember_blob(s, k->blob, k->bloblen, k->host, key);
	json_decref(key);
	if (e != BH_ERR_INPUT)
		return e;
	check_unseen(s->c, "%s:%u: a key of a kind that is not known here",
	    k->file, k->line);
	return BH_OK;
}

static void
report_accepted(struct seen *s, const json_t *key, const json_t *listing)
{
	const char *account = reply_text(key, "account");
	char when[32];

	check_broken(s->c, reply_text(key, "where"),
	    "take the line out, and give its owner a key of this realm alone",
	    "%s %s%s%s is listed by production realm %s (%s)%s",
	    reply_text(key, "what"), reply_text(key, "fingerprint"),
	    account[0] != '\0' ? " of " : "", account,
	    reply_text(listing, "realm"),
	    out_time(reply_number(listing, "created_s"), when),
	    reply_flag(listing, "quarantined")
		? "; it denies nobody until the import is accepted"
		: "");
}

static bool
in_register(const struct seen *s, const char *login)
{
	const json_t *a;
	size_t i;

	json_array_foreach(s->logins, i, a)
	{
		if (strcmp(reply_text(a, "login"), login) == 0)
			return true;
	}
	return false;
}

/* An account of its own, which is nobody's and not root's, may have a key to
 * fetch backups with. */
static void
report_private(struct seen *s, const json_t *key, const json_t *listing)
{
	const char *account = reply_text(key, "account");

	if (account[0] != '\0' && reply_number(key, "uid") != 0 &&
	    !in_register(s, account)) {
		check_note(s->c,
		    "%s: %s opens production realm %s for '%s', which is "
		    "nobody's account: right for a pull, if production lets it "
		    "do nothing else",
		    reply_text(key, "where"), reply_text(key, "fingerprint"),
		    reply_text(listing, "realm"), account);
		return;
	}
	check_broken(s->c, reply_text(key, "where"),
	    "remove it; a pull has an account and a key of its own",
	    "private key %s opens production realm %s",
	    reply_text(key, "fingerprint"), reply_text(listing, "realm"));
}

typedef void (*seen_report)(
    struct seen *s, const json_t *key, const json_t *listing);

/* Have one piece of digests looked up; takes it.  False: not answered. */
static bool
look_up(struct seen *s, json_t *digests, seen_report report)
{
	const json_t *listing, *key;
	char name[32 + 2 * MODEL_DIGEST_LEN];
	json_t *reply;
	size_t i, k;

	reply = check_ask(
	    s->c, json_pack("{s:s, s:o}", "op", "listed", "digests", digests));
	if (reply == NULL)
		return false;
	json_array_foreach(json_object_get(reply, "listed"), i, listing)
	{
		(void)snprintf(name, sizeof(name), "%.30s %.64s",
		    reply_text(listing, "kind"), reply_text(listing, "digest"));
		json_array_foreach(json_object_get(s->by_digest, name), k, key)
		    report(s, key, listing);
	}
	json_decref(reply);
	return true;
}

static void
look_all_up(struct seen *s, seen_report report)
{
	json_t *piece = json_array(), *list;
	const char *name, *hex;
	bool answered = true;

	json_object_foreach(s->by_digest, name, list)
	{
		if ((hex = strchr(name, ' ')) == NULL)
			continue;
		if (json_array_append_new(
			piece, json_pack("[s%, s]", name, (size_t)(hex - name),
				   hex + 1)) != 0)
			s->c->failed = true;
		if (json_array_size(piece) < DIGESTS_AT_ONCE)
			continue;
		answered = look_up(s, piece, report);
		piece = json_array();
		if (!answered)
			break;
	}
	if (answered && json_array_size(piece) > 0)
		(void)look_up(s, piece, report);
	else
		json_decref(piece);
}

static void
judge(struct seen *s, enum bh_err e, seen_report report)
{
	progress_end();
	if (e == BH_ERR_NOMEM)
		s->c->failed = true;
	else if (e != BH_OK)
		check_unseen(
		    s->c, "not all SSH keys were looked at: %s", err_text(e));
	check_manifests(s->c);
	look_all_up(s, report);
	json_decref(s->by_digest);
	json_decref(s->logins);
}

void
distinct_keys(struct check *c)
{
	struct seen s = {.c = c, .by_digest = json_object()};
	enum bh_err e = BH_OK;

	if (c->scan->sshd == NULL)
		check_unseen(c, "%s", c->scan->sshd_why);
	else
		e = keys_accepted(
		    c->scan->sshd, see_accepted, say_unseen, show_progress, &s);
	judge(&s, e, report_accepted);
}

static enum bh_err
see_private(void *arg, const struct private_key *k)
{
	char text[FINGERPRINT_LEN];
	struct seen *s = arg;
	json_t *key;
	enum bh_err e;

	key = json_pack("{s:o, s:s, s:o?, s:I}", "where",
	    out_json_string(k->file), "fingerprint",
	    fingerprint(k->blob, k->bloblen, text), "account",
	    k->account != NULL ? out_json_string(k->account) : NULL, "uid",
	    (json_int_t)k->uid);
	if (key == NULL)
		return BH_ERR_NOMEM;
	e = remember_blob(s, k->blob, k->bloblen, false, key);
	json_decref(key);
	if (e != BH_ERR_INPUT)
		return e;
	check_unseen(
	    s->c, "%s: a key of a kind that is not known here", k->file);
	return BH_OK;
}

void
distinct_privates(struct check *c)
{
	struct seen s = {.c = c, .by_digest = json_object()};
	enum bh_err e;

	s.logins =
	    check_list(c, json_pack("{s:s}", "op", "account.list"), "accounts");
	e = private_found(see_private, say_unseen, show_progress, &s);
	judge(&s, e, report_private);
}

static enum bh_err
show_private(void *arg, const struct private_key *k)
{
	char text[FINGERPRINT_LEN];
	struct seen *s = arg;

	if (strncmp(k->file, HOST_KEYS_BEFORE, strlen(HOST_KEYS_BEFORE)) != 0)
		check_unseen(s->c, "%s: private key %s: does backup accept it?",
		    k->file, fingerprint(k->blob, k->bloblen, text));
	return BH_OK;
}

/* On production, which knows nothing of backup: what there is to compare. */
void
distinct_privates_here(struct check *c)
{
	struct seen s = {.c = c};
	enum bh_err e;

	if (c->scan->config->realm_class == CLASS_BACKUP) {
		check_unseen(c, "'bulkhead distinct' on each production host "
				"lists the private keys that lie there");
		return;
	}
	e = private_found(show_private, say_unseen, show_progress, &s);
	progress_end();
	if (e != BH_OK)
		check_unseen(
		    c, "not all private keys were looked at: %s", err_text(e));
}
