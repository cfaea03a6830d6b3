/*
 * Importing a manifest into a backup realm: the tool has opened and verified
 * the file; here it is staged piece by piece and put in force.
 */
#include "core/admin_internal.h"

#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NO_IMPORT "it never imports a manifest"

enum bh_err
op_manifest_source(struct op *o)
{
	struct manifest_source m;
	json_t *value;
	enum bh_err e;

	if ((e = op_class(o, CLASS_BACKUP, NO_IMPORT)) != BH_OK)
		return e;
	e = store_manifest_source(
	    o->a->store, op_text(o, "realm"), op_text(o, "host"), &m);
	if (e == BH_ERR_NOTFOUND)
		return op_put(o->out, "known", json_false());
	if (e != BH_OK || (e = op_put(o->out, "known", json_true())) != BH_OK)
		return e;
	if ((value = op_source_value(&m)) == NULL ||
	    json_object_update(o->out, value) != 0)
		e = BH_ERR_NOMEM;
	json_decref(value);
	return e;
}

enum bh_err
op_manifest_begin(struct op *o)
{
	enum bh_err e;

	if ((e = op_class(o, CLASS_BACKUP, NO_IMPORT)) != BH_OK)
		return e;
	if ((e = store_manifest_begin(o->a->store, op_flag(o, "anew"))) !=
	    BH_OK)
		return e;
	/* the pieces meet in its memory */
	return op_put(o->out, "daemon", json_boolean(o->a->daemon));
}

/* The store's word for pieces without a beginning. */
static enum bh_err
refuse_unbegun(struct op *o)
{
	return op_refuse(o, OP_FAILED,
	    "no import was begun, or bulkheadd was restarted since; import "
	    "the file again");
}

/* The digests of one row, which was checked; how many. */
static size_t
read_entries(const json_t *row, struct manifest_entry *entry, size_t max)
{
	const char *hex = json_string_value(json_array_get(row, 1));
	const enum digest_kind kind =
	    op_digest_kind(json_string_value(json_array_get(row, 0)));
	const bool quarantine = json_is_true(json_array_get(row, 2));
	char one[OP_DIGEST_HEX + 1] = "";
	size_t n;

	for (n = 0; n < max && *hex != '\0'; n++, hex += OP_DIGEST_HEX) {
		memcpy(one, hex, OP_DIGEST_HEX);
		(void)hex_parse(one, entry[n].digest.bytes, MODEL_DIGEST_LEN);
		entry[n].digest.kind = kind;
		entry[n].quarantine = quarantine;
	}
	return n;
}

enum bh_err
op_manifest_stage(struct op *o)
{
	struct manifest_entry entry[ADMIN_LIST_MAX];
	const json_t *list = json_object_get(o->in, "entries");
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_class(o, CLASS_BACKUP, NO_IMPORT)) != BH_OK)
		return e;
	for (i = 0; i < json_array_size(list); i++)
		n += read_entries(
		    json_array_get(list, i), entry + n, nitems(entry) - n);
	e = store_manifest_stage(o->a->store, entry, n);
	if (e == BH_ERR_EXISTS)
		return op_refuse(
		    o, OP_NO, "an entry stands in it twice; export a new one");
	return e == BH_ERR_REFUSED ? refuse_unbegun(o) : e;
}

/* Whose credential it is that a manifest lists; null if that is not known
 * here. */
static enum bh_err
append_collision(struct op *o, json_t *list, const struct collision *c)
{
	const char *login = NULL, *person = NULL;
	struct account a;
	struct token t;
	json_t *row;
	enum bh_err e = BH_OK;

	if (c->token != 0 &&
	    (e = store_token_get(o->a->store, c->token, &t)) == BH_OK &&
	    (e = store_account_by_id(o->a->store, t.account_id, &a)) == BH_OK) {
		login = a.login;
		person = a.person;
	}
	if (e != BH_OK && e != BH_ERR_NOTFOUND && e != BH_ERR_SEALED)
		return e;
	row = json_pack("{s:s, s:o, s:o, s:o, s:o}", "kind",
	    digest_kind_word(c->digest.kind), "digest",
	    op_hex(c->digest.bytes, sizeof(c->digest.bytes)), "token",
	    c->token != 0 ? op_int(c->token) : json_null(), "login",
	    op_string(login), "person", op_string(person));
	return row != NULL && json_array_append_new(list, row) == 0
		   ? BH_OK
		   : BH_ERR_NOMEM;
}

enum bh_err
op_manifest_collisions(struct op *o)
{
	struct collision c[ADMIN_PAGE];
	uint64_t after = op_number(o, "after", 0);
	json_t *list = json_array();
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "collisions", list)) != BH_OK ||
	    (e = op_class(o, CLASS_BACKUP, NO_IMPORT)) != BH_OK ||
	    (e = store_manifest_collisions(
		 o->a->store, &after, nitems(c), c, &n)) != BH_OK)
		return e == BH_ERR_REFUSED && o->exit == 0 ? refuse_unbegun(o)
							   : e;
	for (i = 0; e == BH_OK && i < n; i++)
		e = append_collision(o, list, &c[i]);
	if (e == BH_OK && n == nitems(c))
		e = op_put(o->out, "after", op_int(after));
	return e;
}

static enum bh_err
read_source(struct op *o, struct manifest_source *m)
{
	memset(m, 0, sizeof(*m));
	(void)msg_set(m->realm, sizeof(m->realm), op_text(o, "realm"));
	(void)msg_set(m->host, sizeof(m->host), op_text(o, "host"));
	(void)hex_parse(op_text(o, "signer"), m->signer, sizeof(m->signer));
	m->serial = op_number(o, "serial", 0);
	m->created_s = op_number(o, "created_s", 0);
	m->expires_s = op_number(o, "expires_s", 0);
	m->imported_s = o->now->wall_s;
	if (strcmp(m->realm, o->a->config->realm) == 0)
		return op_refuse(o, OP_NO,
		    "it is of realm %s, which is this host's own: a realm is "
		    "not distinct from itself",
		    m->realm);
	if (m->serial == 0 || m->created_s == 0 || m->expires_s <= m->created_s)
		return op_refuse(o, OP_NO,
		    "its serial, or its dates, are none; have it exported "
		    "anew");
	return BH_OK;
}

/* Why the store does not take it. */
static enum bh_err
explain_refusal(struct op *o, const struct manifest_source *m, enum bh_err why)
{
	struct manifest_source old;
	enum bh_err e;

	if (why != BH_ERR_ROLLBACK && why != BH_ERR_REFUSED)
		return why;
	e = store_manifest_source(o->a->store, m->realm, m->host, &old);
	if (why == BH_ERR_REFUSED &&
	    (e == BH_ERR_NOTFOUND ||
		(e == BH_OK &&
		    memcmp(old.signer, m->signer, sizeof(old.signer)) == 0)))
		return refuse_unbegun(o);
	if (e != BH_OK)
		return e;
	if (why == BH_ERR_REFUSED)
		return op_refuse(o, OP_NO,
		    "it is signed by another key than the one pinned for host "
		    "%s of realm %s; if that host was built anew, compare "
		    "fingerprints and give --repin",
		    m->host, m->realm);
	return op_refuse(o, OP_NO,
	    "its serial %" PRIu64 " is not higher than %" PRIu64
	    ", which is in force; export a new one",
	    m->serial, old.serial);
}

static enum bh_err
record_import(struct op *o, const struct manifest_source *m)
{
	char signer[2 * MODEL_DIGEST_LEN + 1], detail[OP_LINE_MAX];
	struct event ev;
	enum bh_err e;

	hex_encode(m->signer, sizeof(m->signer), signer);
	(void)snprintf(detail, sizeof(detail),
	    "realm %s host %s serial %" PRIu64 " entries %" PRIu64
	    " quarantined %" PRIu64 "%s%s signer %s",
	    m->realm, m->host, m->serial, m->entries, m->quarantined,
	    op_flag(o, "accept") ? " accepted" : "",
	    op_flag(o, "repin") ? " repinned" : "", signer);
	op_event(o, "manifest.import", &ev);
	ev.detail = detail;
	if ((e = op_record(o, &ev)) != BH_OK || m->quarantined == 0)
		return e;
	(void)snprintf(detail, sizeof(detail),
	    "realm %s host %s lists credentials that are active here; they "
	    "deny nobody until an administrator accepts the import",
	    m->realm, m->host);
	op_event(o, "manifest.collision", &ev);
	ev.count = m->quarantined;
	ev.detail = detail;
	o->level = LOG_LEVEL_ALERT;
	return op_record(o, &ev);
}

enum bh_err
op_manifest_activate(struct op *o)
{
	struct manifest_source m;
	enum bh_err e;

	if ((e = op_class(o, CLASS_BACKUP, NO_IMPORT)) != BH_OK ||
	    (e = read_source(o, &m)) != BH_OK)
		return e;
	e = store_manifest_activate(
	    o->a->store, &m, op_flag(o, "accept"), op_flag(o, "repin"));
	if (e != BH_OK)
		return explain_refusal(o, &m, e);
	if (m.entries != op_number(o, "entries", 0))
		return op_refuse(o, OP_NO,
		    "%" PRIu64 " entries were staged where %" PRIu64
		    " were sent: two imports at once? Import again",
		    m.entries, op_number(o, "entries", 0));
	if ((e = record_import(o, &m)) != BH_OK ||
	    (e = op_put(o->out, "entries", op_int(m.entries))) != BH_OK)
		return e;
	return op_put(o->out, "quarantined", op_int(m.quarantined));
}

enum bh_err
op_manifest_refuse(struct op *o)
{
	struct event ev;
	enum bh_err e;

	if ((e = op_class(o, CLASS_BACKUP, NO_IMPORT)) != BH_OK)
		return e;
	op_event(o, "manifest.refuse", &ev);
	ev.outcome = "failure";
	ev.note = op_text(o, "note");
	o->level = LOG_LEVEL_WARNING;
	return op_record(o, &ev);
}
