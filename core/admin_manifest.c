/*
 * Operations on manifests that both classes of realm have, or production
 * alone: the realm's identity, what is exported, what is listed.
 */
#include "core/admin_internal.h"

#include "base/hex.h"
#include "core/base64.h"
#include "core/crypto/cms.h"

#include <stdio.h>
#include <string.h>

#define DIGESTS_PAGE (3 * ADMIN_PAGE)

enum bh_err
op_class(struct op *o, enum realm_class c, const char *what)
{
	const struct config *config = o->a->config;

	if (config->realm_class == c)
		return BH_OK;
	return op_refuse(o, OP_NO,
	    "realm %s is of class %s: %s; do it on a host of class %s",
	    config->realm, class_name(config->realm_class), what,
	    class_name(c));
}

/* Make the key pair once and for all. */
static enum bh_err
identity_first(struct op *o, struct buf **bytesp)
{
	uint8_t print[CRYPTO_HASH_LEN];
	char detail[16 + 2 * CRYPTO_HASH_LEN];
	struct identity *i = NULL;
	struct buf *bytes = NULL;
	struct event ev;
	enum bh_err e;

	if ((e = identity_make(&i)) != BH_OK ||
	    (e = identity_encode(i, &bytes)) != BH_OK ||
	    (e = identity_fingerprint(i, print)) != BH_OK ||
	    (e = store_identity_put(o->a->store, bytes)) != BH_OK)
		goto out;
	(void)memcpy(detail, "SHA256 ", 8);
	hex_encode(print, sizeof(print), detail + strlen(detail));
	op_event(o, "manifest.identity", &ev);
	ev.detail = detail;
	if ((e = op_record(o, &ev)) != BH_OK)
		goto out;
	*bytesp = bytes;
	bytes = NULL;
out:
	identity_free(i);
	buf_free(bytes);
	return e;
}

enum bh_err
op_manifest_identity(struct op *o)
{
	struct buf *bytes = NULL, *text = NULL;
	enum bh_err e;

	e = store_identity_get(o->a->store, &bytes);
	if (e == BH_ERR_NOTFOUND)
		e = identity_first(o, &bytes);
	if (e != BH_OK)
		goto out;
	e = BH_ERR_NOMEM;
	if ((text = buf_new(bytes->len * 2 + 8)) == NULL)
		goto out;
	text->len = text->max;
	if ((e = base64_encode(bytes->data, bytes->len, (char *)text->data,
		 text->max)) == BH_OK)
		e = op_put(
		    o->out, "identity", op_string((const char *)text->data));
out:
	buf_free(bytes);
	buf_free(text);
	return e;
}

enum bh_err
op_manifest_serial(struct op *o)
{
	uint64_t serial = 0;
	struct store_info info;
	char detail[48];
	struct event ev;
	enum bh_err e;

	if ((e = op_class(o, CLASS_PRODUCTION,
		 "it never exports a manifest, so that production learns "
		 "nothing of it")) != BH_OK ||
	    (e = store_info(o->a->store, &info)) != BH_OK ||
	    (e = store_manifest_serial(o->a->store, o->now->wall_s, &serial)) !=
		BH_OK)
		return e;
	(void)snprintf(
	    detail, sizeof(detail), "serial %llu", (unsigned long long)serial);
	op_event(o, "manifest.export", &ev);
	ev.detail = detail;
	if ((e = op_record(o, &ev)) != BH_OK ||
	    (e = op_put(o->out, "serial", op_int(serial))) != BH_OK ||
	    (e = op_put(o->out, "realm", op_string(info.realm))) != BH_OK)
		return e;
	return op_put(o->out, "host", op_string(info.host));
}

static enum bh_err
append_digest(json_t *list, const struct digest *d)
{
	json_t *row;

	row = json_pack("[s, o]", digest_kind_word(d->kind),
	    op_hex(d->bytes, sizeof(d->bytes)));
	return row != NULL && json_array_append_new(list, row) == 0
		   ? BH_OK
		   : BH_ERR_NOMEM;
}

enum bh_err
op_manifest_digests(struct op *o)
{
	struct digest d[DIGESTS_PAGE];
	uint64_t after = op_number(o, "after", 0);
	json_t *list = json_array();
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "digests", list)) != BH_OK ||
	    (e = op_class(o, CLASS_PRODUCTION,
		 "what its tokens are named by "
		 "never leaves it")) != BH_OK ||
	    (e = store_token_digests(o->a->store, &after, nitems(d), d, &n)) !=
		BH_OK)
		return e;
	for (i = 0; e == BH_OK && i < n; i++)
		e = append_digest(list, &d[i]);
	/* whole tokens only: a page that might have held one more was the
	 * last */
	if (e == BH_OK && n + DIGEST_TOKEN_MAX > nitems(d))
		e = op_put(o->out, "after", op_int(after));
	return e;
}

json_t *
op_source_value(const struct manifest_source *m)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
	    "realm", m->realm, "host", m->host, "signer",
	    op_hex(m->signer, sizeof(m->signer)), "serial", op_int(m->serial),
	    "created_s", op_time(m->created_s), "expires_s",
	    op_time(m->expires_s), "imported_s", op_time(m->imported_s),
	    "entries", op_int(m->entries), "quarantined",
	    op_int(m->quarantined));
}

enum bh_err
op_manifest_list(struct op *o)
{
	struct manifest_source m[ADMIN_PAGE];
	json_t *list = json_array();
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "sources", list)) != BH_OK ||
	    (e = op_class(o, CLASS_BACKUP, "it imports no manifests")) !=
		BH_OK ||
	    (e = store_manifest_sources(o->a->store, op_number(o, "after", 0),
		 nitems(m), m, &n)) != BH_OK)
		return e;
	for (i = 0; i < n; i++) {
		if (json_array_append_new(list, op_source_value(&m[i])) != 0)
			return BH_ERR_NOMEM;
	}
	return n == nitems(m) ? op_put(o->out, "after", op_int(m[n - 1].id))
			      : BH_OK;
}

static enum bh_err
append_listing(struct op *o, json_t *list, const struct digest *d)
{
	struct listing l;
	json_t *row;
	enum bh_err e;

	e = store_listed(o->a->store, d, &l);
	if (e == BH_ERR_NOTFOUND)
		return BH_OK;
	if (e != BH_OK)
		return e;
	row = json_pack("{s:s, s:o, s:s, s:o, s:b}", "kind",
	    digest_kind_word(d->kind), "digest",
	    op_hex(d->bytes, sizeof(d->bytes)), "realm", l.realm, "created_s",
	    op_time(l.created_s), "quarantined", l.quarantined);
	return row != NULL && json_array_append_new(list, row) == 0
		   ? BH_OK
		   : BH_ERR_NOMEM;
}

enum bh_err
op_listed(struct op *o)
{
	const json_t *asked = json_object_get(o->in, "digests");
	json_t *list = json_array();
	struct digest d;
	size_t i;
	enum bh_err e;

	if ((e = op_put(o->out, "listed", list)) != BH_OK ||
	    (e = op_class(o, CLASS_BACKUP, "no manifest is in force in it")) !=
		BH_OK)
		return e;
	for (i = 0; e == BH_OK && i < json_array_size(asked); i++) {
		op_digest(asked, i, &d);
		e = append_listing(o, list, &d);
	}
	return e;
}
