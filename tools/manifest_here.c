/*
 * SSH keys that are active on this host, so that no manifest can lock out who
 * uses them.
 */
#include "tools/manifest_import.h"

#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

static int
compare(const void *left, const void *right)
{
	const struct here_key *a = left, *b = right;

	if (a->digest.kind != b->digest.kind)
		return a->digest.kind < b->digest.kind ? -1 : 1;
	return memcmp(
	    a->digest.bytes, b->digest.bytes, sizeof(a->digest.bytes));
}

static enum bh_err
add(struct here *h, const struct digest *d, const struct key_line *k)
{
	struct here_key *grown;
	size_t room;

	if (h->n == h->room) {
		room = h->room == 0 ? ROOM_FIRST : 2 * h->room;
		grown = reallocarray(h->key, room, sizeof(*grown));
		if (grown == NULL)
			return BH_ERR_NOMEM;
		h->key = grown;
		h->room = room;
	}
	h->key[h->n].digest = *d;
	if (asprintf(&h->key[h->n].where, "%s:%u", k->file, k->line) == -1)
		return BH_ERR_NOMEM;
	h->n++;
	return BH_OK;
}

/* Is it the account of somebody who administers this host? */
static bool
is_person(const struct here *h, const char *login)
{
	const json_t *a;
	size_t i;

	json_array_foreach(h->people, i, a)
	{
		if (strcmp(reply_text(a, "login"), login) == 0)
			return true;
	}
	return false;
}

static enum bh_err
take_key(void *arg, const struct key_line *k)
{
	struct here *h = arg;
	struct digest d[DIGEST_SSH_MAX];
	size_t i, n = 0;
	enum bh_err e;

	if (k->host)
		return BH_OK; /* opens no account */
	/* A certificate lies with its owner, and the key in it may be one
	 * that is listed.  Only the host's CAs and those of its owners count:
	 * nobody else must switch off what a manifest is for. */
	if (k->ca && !h->signs &&
	    (k->account == NULL || is_person(h, k->account))) {
		h->signs = true;
		note_add(h->notes, "keys that a CA trusted here has signed");
	}
	e = key_digests(k, d, &n);
	if (e == BH_ERR_INPUT)
		return BH_OK; /* nothing that sshd could accept */
	for (i = 0; e == BH_OK && i < n; i++)
		e = add(h, &d[i], k);
	return e;
}

/*
 * Does that say that a key may be accepted which was not seen?  Not a line or
 * a file that is broken: it accepts nobody, and any user can write one, who
 * must not switch off what a manifest is for.
 */
static bool
hides_keys(const char *what)
{
	static const char *const begins[] = {"AuthorizedKeysCommand ",
	    "AuthorizedKeysFile ", "/etc/nsswitch.conf:"};
	size_t i;

	for (i = 0; i < nitems(begins); i++) {
		if (strncmp(what, begins[i], strlen(begins[i])) == 0)
			return true;
	}
	/* "2 more sshd run ..." */
	what += strspn(what, "0123456789");
	return strncmp(what, " more sshd ", 11) == 0;
}

static void
take_unseen(void *arg, const char *what)
{
	struct here *h = arg;

	if (hides_keys(what))
		h->blind = true;
	note_add(h->notes, what);
}

static void
show(size_t done, size_t total)
{
	progress(
	    "reading this host's SSH keys: %zu of %zu accounts", done, total);
}

enum bh_err
here_gather(struct here *h)
{
	struct sshd_host *sshd = NULL;
	char *why = NULL;
	enum bh_err e;

	if ((h->notes = json_array()) == NULL)
		return BH_ERR_NOMEM;
	e = sshd_find(&sshd, &why);
	if (e == BH_OK)
		e = keys_accepted(sshd, take_key, take_unseen, show, h);
	else if (e == BH_ERR_NOTFOUND)
		e = BH_OK; /* no sshd, no keys */
	progress_end();
	if (e != BH_OK && e != BH_ERR_NOMEM) {
		note_add(h->notes, why != NULL
				       ? why
				       : "sshd does not say which keys it "
					 "accepts");
		h->blind = true;
		e = BH_OK;
	}
	free(why);
	sshd_host_free(sshd);
	if (h->n > 0)
		qsort(h->key, h->n, sizeof(*h->key), compare);
	return e;
}

void
here_free(struct here *h)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		free(h->key[i].where);
	free(h->key);
	json_decref(h->notes);
	json_decref(h->people);
}

const char *
here_find(const struct here *h, const struct digest *d)
{
	const struct here_key want = {.digest = *d}, *found;

	if (h->n == 0)
		return NULL;
	found = bsearch(&want, h->key, h->n, sizeof(want), compare);
	return found != NULL ? found->where : NULL;
}

bool
here_collides(const struct here *h, const struct digest *d)
{
	if (h->blind && (d->kind == DIGEST_SSH_KEY || d->kind == DIGEST_SSH_CA))
		return true;
	if (h->signs && d->kind == DIGEST_SSH_KEY)
		return true;
	return here_find(h, d) != NULL;
}
