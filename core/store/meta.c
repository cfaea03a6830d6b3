/*
 * What the store says of itself: realm, class, host, name of the ledger, and
 * the two keys that outlive the realm's key.  Head and keys are bound to all
 * of it, so a changed value opens nothing.
 */
#include "core/store/engine.h"

#include "base/hex.h"
#include "base/log.h"

#include <string.h>

enum bh_err
meta_put(struct store *s, const char *k, const void *v, size_t len)
{
	struct query q;

	query_start(&q, s, SQL_META_PUT);
	query_text(&q, k);
	query_blob(&q, v, len);
	return query_run(&q);
}

static enum bh_err
put_number(struct store *s, const char *k, uint64_t v)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(v >> (8 * (7 - i)));
	return meta_put(s, k, bytes, sizeof(bytes));
}

enum bh_err
meta_find(struct store *s, const char *k, size_t max, struct buf **vp)
{
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, SQL_META_GET);
	query_text(&q, k);
	if ((e = query_step(&q)) == BH_OK)
		column_buf(&q, max, vp);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

static enum bh_err
get(struct store *s, const char *k, struct buf **vp)
{
	enum bh_err e;

	if ((e = meta_find(s, k, ROW_MAX, vp)) == BH_ERR_NOTFOUND) {
		log_msg(LOG_LEVEL_ERR, "store: its value %s is missing", k);
		return BH_ERR_CORRUPT;
	}
	return e;
}

static enum bh_err
get_number(struct store *s, const char *k, uint64_t *vp)
{
	struct buf *b = NULL;
	enum bh_err e;

	if ((e = get(s, k, &b)) != BH_OK)
		return e;
	if (buf_get_u64(b, vp) != BH_OK || buf_end(b) != BH_OK)
		e = BH_ERR_CORRUPT;
	buf_free(b);
	return e;
}

static enum bh_err
get_text(struct store *s, const char *k, char *text, size_t size)
{
	struct buf *b = NULL;
	enum bh_err e;

	if ((e = get(s, k, &b)) != BH_OK)
		return e;
	if (b->len >= size || memchr(b->data, '\0', b->len) != NULL) {
		e = BH_ERR_CORRUPT;
	} else {
		memcpy(text, b->data, b->len);
		text[b->len] = '\0';
	}
	buf_free(b);
	return e;
}

static enum bh_err
keys_aad(struct store *s, const struct seal *k, struct slice *aad)
{
	enum bh_err e;

	if ((e = seal_row_start(s, "bulkhead keys v1")) != BH_OK ||
	    (e = buf_put_str(s->row, s->log_id)) != BH_OK ||
	    (e = buf_put_u32(s->row, k->generation)) != BH_OK)
		return e;
	*aad = (struct slice){s->row->data, s->row->len};
	return BH_OK;
}

enum bh_err
meta_put_keys(struct store *s, const struct seal *k)
{
	struct buf *sealed = NULL;
	struct slice aad;
	enum bh_err e;

	if ((e = keys_aad(s, k, &aad)) != BH_OK ||
	    (e = crypto_seal(k->wrap, &aad, 1, s->lasting, sizeof(*s->lasting),
		 &sealed)) != BH_OK ||
	    (e = meta_put(s, "keys", sealed->data, sealed->len)) != BH_OK ||
	    (e = put_number(s, "key_generation", k->generation)) != BH_OK)
		goto out;
out:
	buf_free(sealed);
	return e;
}

static enum bh_err
get_keys(struct store *s)
{
	struct buf *sealed = NULL, *plain = NULL;
	struct slice aad;
	enum bh_err e;

	if ((e = get(s, "keys", &sealed)) != BH_OK ||
	    (e = keys_aad(s, s->seal, &aad)) != BH_OK ||
	    (e = crypto_open_sealed(s->seal->wrap, &aad, 1, sealed->data,
		 sealed->len, &plain)) != BH_OK)
		goto out;
	if (plain->len != sizeof(*s->lasting)) {
		e = BH_ERR_SEALED;
		goto out;
	}
	memcpy(s->lasting, plain->data, sizeof(*s->lasting));
out:
	buf_free(plain);
	buf_free(sealed);
	if (e == BH_ERR_SEALED)
		log_err(e, "store: not sealed with this realm's key");
	return e;
}

static enum bh_err
new_log_id(char out[LOG_ID_LEN + 1])
{
	uint8_t bytes[LOG_ID_LEN / 2];
	enum bh_err e;

	if ((e = crypto_random(bytes, sizeof(bytes))) != BH_OK)
		return e;
	hex_encode(bytes, sizeof(bytes), out);
	return BH_OK;
}

enum bh_err
meta_create(struct store *s)
{
	uint32_t newest = 0;
	enum bh_err e;
	size_t i;

	for (i = 0; i < s->keys->n; i++)
		if (s->keys->key[i].generation > newest)
			newest = s->keys->key[i].generation;
	if ((e = seal_derive(s->keys, newest, &s->seal)) != BH_OK ||
	    (e = new_log_id(s->log_id)) != BH_OK ||
	    (e = crypto_random(s->lasting, sizeof(*s->lasting))) != BH_OK ||
	    (e = meta_put(s, "realm", s->realm, strlen(s->realm))) != BH_OK ||
	    (e = put_number(s, "class", (uint64_t)s->realm_class)) != BH_OK ||
	    (e = meta_put(s, "host", s->host, strlen(s->host))) != BH_OK ||
	    (e = meta_put(s, "log_id", s->log_id, LOG_ID_LEN)) != BH_OK ||
	    (e = put_number(s, "created_s", s->created_s)) != BH_OK ||
	    (e = token_digests_begin(s)) != BH_OK)
		return e;
	return meta_put_keys(s, s->seal);
}

static enum bh_err
check_owner(struct store *s)
{
	char realm[MODEL_NAME_MAX + 1], host[STORE_HOST_LEN + 1];
	uint64_t class;
	enum bh_err e;

	if ((e = get_text(s, "realm", realm, sizeof(realm))) != BH_OK ||
	    (e = get_text(s, "host", host, sizeof(host))) != BH_OK ||
	    (e = get_number(s, "class", &class)) != BH_OK)
		return e;
	if (strcmp(realm, s->realm) != 0 || class != (uint64_t)s->realm_class) {
		log_msg(LOG_LEVEL_ERR,
		    "store: belongs to realm %s, class %s; the configuration "
		    "says %s, %s",
		    realm, class == CLASS_BACKUP ? "backup" : "production",
		    s->realm,
		    s->realm_class == CLASS_BACKUP ? "backup" : "production");
		return BH_ERR_REFUSED;
	}
	if (strcmp(host, s->host) != 0) {
		log_msg(LOG_LEVEL_ERR,
		    "store: was made on another host (id %s, this one is %s): "
		    "a store can't be moved, run `bulkhead init` here",
		    host, s->host);
		return BH_ERR_REFUSED;
	}
	return BH_OK;
}

enum bh_err
meta_load(struct store *s)
{
	uint64_t generation;
	enum bh_err e;

	if ((e = check_owner(s)) != BH_OK ||
	    (e = get_text(s, "log_id", s->log_id, sizeof(s->log_id))) !=
		BH_OK ||
	    (e = get_number(s, "created_s", &s->created_s)) != BH_OK ||
	    (e = get_number(s, "key_generation", &generation)) != BH_OK)
		return e;
	if (generation > UINT32_MAX)
		return BH_ERR_CORRUPT;
	if ((e = seal_derive(s->keys, (uint32_t)generation, &s->seal)) != BH_OK)
		return e;
	return get_keys(s);
}
