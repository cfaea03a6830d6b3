/*
 * Keys of one generation, MACs over rows, sealed secrets of tokens.  All that
 * is authenticated is written with lengths, so that no two different rows
 * give the same bytes.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

enum bh_err
seal_derive(const struct keyring *keys, uint32_t generation, struct seal **kp)
{
	const struct key *master;
	struct seal *k;
	enum bh_err e;

	if ((master = keyring_find(keys, generation)) == NULL) {
		log_msg(LOG_LEVEL_ERR,
		    "store: sealed under key generation %u, which the key "
		    "file does not hold",
		    (unsigned)generation);
		return BH_ERR_SEALED;
	}
	if ((k = secret_alloc(sizeof(*k))) == NULL)
		return BH_ERR_NOMEM;
	k->generation = generation;
	if ((e = crypto_derive(master->bytes, "bulkhead seal v1", k->secret)) !=
		BH_OK ||
	    (e = crypto_derive(master->bytes, "bulkhead row v1", k->row)) !=
		BH_OK ||
	    (e = crypto_derive(master->bytes, "bulkhead cell v1", k->cell)) !=
		BH_OK ||
	    (e = crypto_derive(master->bytes, "bulkhead head v1", k->head)) !=
		BH_OK ||
	    (e = crypto_derive(master->bytes, "bulkhead wrap v1", k->wrap)) !=
		BH_OK) {
		seal_free(k);
		return e;
	}
	*kp = k;
	return BH_OK;
}

void
seal_free(struct seal *k)
{
	secret_free(k, sizeof(*k));
}

enum bh_err
seal_row_start(struct store *s, const char *tag)
{
	enum bh_err e;

	s->row->len = 0; /* rows are no secret */
	s->row->off = 0;
	if ((e = buf_put_str(s->row, tag)) != BH_OK ||
	    (e = buf_put_str(s->row, s->realm)) != BH_OK ||
	    (e = buf_put_str(s->row, s->host)) != BH_OK)
		return e;
	return BH_OK;
}

enum bh_err
seal_row_mac(struct store *s, const struct seal *k, uint8_t mac[MAC_LEN])
{
	struct slice in = {s->row->data, s->row->len};

	return crypto_hmac(k->row, &in, 1, mac);
}

/* What a secret is bound to. */
static enum bh_err
secret_aad(struct store *s, const struct seal *k, const struct token *t,
    struct slice *aad)
{
	enum bh_err e;

	if ((e = seal_row_start(s, "bulkhead secret v1")) != BH_OK ||
	    (e = buf_put_u64(s->row, t->account_id)) != BH_OK ||
	    (e = buf_put_u64(s->row, t->id)) != BH_OK ||
	    (e = buf_put_u32(s->row, (uint32_t)t->kind)) != BH_OK ||
	    (e = buf_put_u32(s->row, k->generation)) != BH_OK)
		return e;
	*aad = (struct slice){s->row->data, s->row->len};
	return BH_OK;
}

enum bh_err
seal_secret(struct store *s, const struct seal *k, const struct token *t,
    const struct buf *secret, struct buf **sealedp)
{
	struct slice aad;
	enum bh_err e;

	if ((e = secret_aad(s, k, t, &aad)) != BH_OK)
		return e;
	return crypto_seal(
	    k->secret, &aad, 1, secret->data, secret->len, sealedp);
}

enum bh_err
seal_secret_open(struct store *s, const struct seal *k, const struct token *t,
    const struct buf *sealed, struct buf **secretp)
{
	struct slice aad;
	enum bh_err e;

	if ((e = secret_aad(s, k, t, &aad)) != BH_OK)
		return e;
	return crypto_open_sealed(
	    k->secret, &aad, 1, sealed->data, sealed->len, secretp);
}
