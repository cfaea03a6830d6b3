/*
 * The realm's own key pair and the serial of its last manifest, sealed values
 * of meta.
 */
#include "core/store/engine.h"

#include "base/log.h"

#define IDENTITY     "identity"
#define IDENTITY_MAX 16384
#define SERIAL	     "manifest_serial"
#define SERIAL_LEN   8

static enum bh_err
value_aad(
    struct store *s, const struct seal *k, const char *name, struct slice *aad)
{
	enum bh_err e;

	if ((e = seal_row_start(s, "bulkhead value v1")) != BH_OK ||
	    (e = buf_put_str(s->row, s->log_id)) != BH_OK ||
	    (e = buf_put_str(s->row, name)) != BH_OK ||
	    (e = buf_put_u32(s->row, k->generation)) != BH_OK)
		return e;
	*aad = (struct slice){s->row->data, s->row->len};
	return BH_OK;
}

static enum bh_err
value_put(struct store *s, const struct seal *k, const char *name,
    const struct buf *plain)
{
	struct buf *sealed = NULL;
	struct slice aad;
	enum bh_err e;

	if ((e = value_aad(s, k, name, &aad)) == BH_OK &&
	    (e = crypto_seal(
		 k->wrap, &aad, 1, plain->data, plain->len, &sealed)) == BH_OK)
		e = meta_put(s, name, sealed->data, sealed->len);
	buf_free(sealed);
	return e;
}

static enum bh_err
value_get(struct store *s, const char *name, size_t max, struct buf **plainp)
{
	struct buf *sealed = NULL;
	struct slice aad;
	enum bh_err e;

	if ((e = meta_find(s, name, max + CRYPTO_SEAL_OVERHEAD, &sealed)) ==
		BH_OK &&
	    (e = value_aad(s, s->seal, name, &aad)) == BH_OK)
		e = crypto_open_sealed(
		    s->seal->wrap, &aad, 1, sealed->data, sealed->len, plainp);
	buf_free(sealed);
	if (e == BH_ERR_SEALED)
		log_err(e, "store: its value %s was altered", name);
	return e;
}

enum bh_err
store_identity_get(struct store *s, struct buf **identityp)
{
	return value_get(s, IDENTITY, IDENTITY_MAX, identityp);
}

enum bh_err
store_identity_put(struct store *s, const struct buf *identity)
{
	enum bh_err e;

	if (identity->len == 0 || identity->len > IDENTITY_MAX)
		return BH_ERR_RANGE;
	if ((e = transaction_check(s)) != BH_OK)
		return e;
	return value_put(s, s->seal, IDENTITY, identity);
}

/* 0 if there was none yet. */
static enum bh_err
last_serial(struct store *s, uint64_t *serialp)
{
	struct buf *b = NULL;
	enum bh_err e;

	*serialp = 0;
	e = value_get(s, SERIAL, SERIAL_LEN, &b);
	if (e == BH_OK && (buf_get_u64(b, serialp) != BH_OK ||
			      buf_end(b) != BH_OK || *serialp == UINT64_MAX))
		e = BH_ERR_SEALED;
	buf_free(b);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

enum bh_err
store_manifest_serial(struct store *s, uint64_t now_s, uint64_t *serialp)
{
	uint64_t serial = 0;
	struct buf *b;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = token_digests_need(s)) != BH_OK ||
	    (e = last_serial(s, &serial)) != BH_OK)
		return e;
	serial = serial + 1 > now_s ? serial + 1 : now_s;
	if ((b = buf_new(SERIAL_LEN)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = buf_put_u64(b, serial)) == BH_OK &&
	    (e = value_put(s, s->seal, SERIAL, b)) == BH_OK)
		*serialp = serial;
	buf_free(b);
	return e;
}

static enum bh_err
rekey(struct store *s, const struct seal *to, const char *name, size_t max)
{
	struct buf *plain = NULL;
	enum bh_err e;

	if ((e = value_get(s, name, max, &plain)) == BH_OK)
		e = value_put(s, to, name, plain);
	buf_free(plain);
	/* what does not open now will not under the new key */
	return e == BH_ERR_NOTFOUND || e == BH_ERR_SEALED ? BH_OK : e;
}

enum bh_err
identity_rekey(struct store *s, const struct seal *to)
{
	enum bh_err e;

	if ((e = rekey(s, to, IDENTITY, IDENTITY_MAX)) != BH_OK)
		return e;
	return rekey(s, to, SERIAL, SERIAL_LEN);
}

enum bh_err
identity_accept(struct store *s)
{
	uint64_t serial;
	struct query q;
	enum bh_err e;

	if ((e = last_serial(s, &serial)) != BH_ERR_SEALED)
		return e;
	query_start(&q, s, SQL_META_DELETE);
	query_text(&q, SERIAL);
	return query_run(&q);
}
