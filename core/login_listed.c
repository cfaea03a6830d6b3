/*
 * Is what somebody logs in with in another realm's manifest?  Then it opens
 * nothing here, however right it is.
 */
#include "core/gate_internal.h"

#include "base/log.h"
#include "core/authinfo.h"
#include "core/digest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* The day of a manifest, UTC. */
static void
day_text(uint64_t t_s, char text[16])
{
	time_t t = (time_t)t_s;
	struct tm tm = {.tm_mday = 1};

	(void)gmtime_r(&t, &tm);
	(void)strftime(text, 16, "%Y-%m-%d", &tm);
}

/*
 * *listedp: one of them is listed and not quarantined.  A quarantined one is
 * a finding of `manifest list`: what production says must not shut the owners
 * out before one of them has agreed to it.
 */
static enum bh_err
look(struct gate *g, struct login *l, const struct digest *d, size_t n,
    bool *listedp)
{
	struct listing listing;
	char day[16];
	enum bh_err e;
	size_t i;

	for (i = 0; i < n; i++) {
		e = store_listed(g->store, &d[i], &listing);
		if (e == BH_ERR_NOTFOUND)
			continue;
		if (e != BH_OK)
			return e;
		if (listing.quarantined)
			continue;
		day_text(listing.created_s, day);
		(void)snprintf(l->listed, sizeof(l->listed),
		    "this %s is in use in realm %s (manifest of %s): take "
		    "another one for this realm and remove this one",
		    digest_kind_name(d[i].kind), listing.realm, day);
		*listedp = true;
		return BH_OK;
	}
	return BH_OK;
}

enum bh_err
login_keys_listed(struct gate *g, struct login *l)
{
	const char *info = l->start.auth_info;
	struct digest d[DIGEST_SSH_MAX];
	struct buf *blob = NULL;
	size_t n = 0;
	enum bh_err e;

	if (!store_manifest_any(g->store))
		return BH_OK;
	while ((e = authinfo_next_key(&info, &blob)) == BH_OK &&
	       !l->evidence.listed) {
		e = digest_ssh(blob->data, blob->len, d, &n);
		buf_free(blob);
		blob = NULL;
		if (e == BH_ERR_INPUT) {
			/* of a kind that no manifest can list either */
			log_err(e, "an SSH key can't be compared");
			continue;
		}
		if (e == BH_OK)
			e = look(g, l, d, n, &l->evidence.listed);
		if (e != BH_OK)
			return e;
	}
	buf_free(blob);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

enum bh_err
login_token_listed(struct gate *g, struct login *l, const struct token *t,
    const struct buf *secret, bool *listedp)
{
	struct digest d[DIGEST_TOKEN_MAX];
	size_t n = 0;
	enum bh_err e;

	if (!store_manifest_any(g->store))
		return BH_OK;
	if ((e = digest_token(t, secret, d, &n)) != BH_OK)
		return e;
	return look(g, l, d, n, listedp);
}
