/*
 * Tokens: a row each, and the sealed secret in a table of its own, so that a
 * login does not write it again.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define HMAC_BLOCK 64 /* bytes; RFC 2104, 2: shorter keys are zero-filled */
#define SEALED_MAX (MODEL_SECRET_MAX + CRYPTO_SEAL_OVERHEAD)

static void
read_columns(struct query *q, struct token_row *r)
{
	uint32_t kind = 0, status = 0, hash = 0, weak = 0;
	struct token *t = &r->t;

	memset(r, 0, sizeof(*r));
	column_u64(q, &t->id);
	column_u64(q, &t->account_id);
	column_u32(q, &kind);
	column_u32(q, &status);
	column_u32(q, &hash);
	column_u32(q, &t->digits);
	column_u32(q, &t->period_s);
	column_u32(q, &weak);
	column_text(q, t->public_id, sizeof(t->public_id));
	column_u64(q, &t->state);
	column_u64(q, &t->created_s);
	column_u64(q, &t->confirmed_s);
	column_u64(q, &t->ended_s);
	column_u64(q, &t->last_used_s);
	column_bytes(q, r->fingerprint, sizeof(r->fingerprint));
	column_seal(q, &r->seal);
	if (weak > 1 && q->e == BH_OK)
		q->e = BH_ERR_SEALED;
	t->kind = (enum factor_kind)kind;
	t->status = (enum token_status)status;
	t->hash = (enum otp_hash)hash;
	t->weak = weak != 0;
}

static enum bh_err
fetch(struct store *s, enum sql_id sql, uint64_t id, struct token_row *r)
{
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, sql);
	query_u64(&q, id);
	if ((e = query_step(&q)) == BH_OK)
		read_columns(&q, r);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

static enum bh_err
put_row(struct buf *b, const struct token_row *r)
{
	const struct token *t = &r->t;
	enum bh_err e;

	if ((e = buf_put_u64(b, r->seal.version)) != BH_OK ||
	    (e = buf_put_u64(b, t->id)) != BH_OK ||
	    (e = buf_put_u64(b, t->account_id)) != BH_OK ||
	    (e = buf_put_u32(b, (uint32_t)t->kind)) != BH_OK ||
	    (e = buf_put_u32(b, (uint32_t)t->status)) != BH_OK ||
	    (e = buf_put_u32(b, (uint32_t)t->hash)) != BH_OK ||
	    (e = buf_put_u32(b, t->digits)) != BH_OK ||
	    (e = buf_put_u32(b, t->period_s)) != BH_OK ||
	    (e = buf_put_u8(b, t->weak ? 1 : 0)) != BH_OK ||
	    (e = buf_put_str(b, t->public_id)) != BH_OK ||
	    (e = buf_put_u64(b, t->state)) != BH_OK ||
	    (e = buf_put_u64(b, t->created_s)) != BH_OK ||
	    (e = buf_put_u64(b, t->confirmed_s)) != BH_OK ||
	    (e = buf_put_u64(b, t->ended_s)) != BH_OK ||
	    (e = buf_put_u64(b, t->last_used_s)) != BH_OK)
		return e;
	return buf_put(b, r->fingerprint, sizeof(r->fingerprint));
}

enum bh_err
token_mac(struct store *s, const struct seal *k, const struct token_row *r,
    uint8_t mac[MAC_LEN])
{
	enum bh_err e;

	if ((e = seal_row_start(s, TOKEN_TAG)) != BH_OK ||
	    (e = put_row(s->row, r)) != BH_OK)
		return e;
	return seal_row_mac(s, k, mac);
}

enum bh_err
token_verify(struct store *s, const struct token_row *r)
{
	uint8_t mac[MAC_LEN];
	enum bh_err e;

	if ((e = token_mac(s, s->seal, r, mac)) != BH_OK)
		return e;
	if (secret_eq(mac, r->seal.mac, sizeof(mac)))
		return BH_OK;
	log_err(BH_ERR_SEALED, "store: token %llu was altered",
	    (unsigned long long)r->t.id);
	return BH_ERR_SEALED;
}

enum bh_err
token_next(struct store *s, uint64_t after, struct token_row *r)
{
	return fetch(s, SQL_TOKEN_LIST, after, r);
}

enum bh_err
token_write(struct store *s, const struct seal *k, struct token_row *r)
{
	struct query q;
	enum bh_err e;

	s->read->t.id = 0;
	r->seal.version++;
	if ((e = token_mac(s, k, r, r->seal.mac)) != BH_OK)
		return e;
	query_start(&q, s, SQL_TOKEN_UPDATE);
	query_u64(&q, r->t.id);
	query_u64(&q, (uint64_t)r->t.status);
	query_u64(&q, r->t.state);
	query_u64(&q, r->t.confirmed_s);
	query_u64(&q, r->t.ended_s);
	query_u64(&q, r->t.last_used_s);
	query_u64(&q, r->seal.version);
	query_blob(&q, r->seal.mac, sizeof(r->seal.mac));
	return query_run(&q);
}

enum bh_err
token_drop_secret(struct store *s, uint64_t id)
{
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_SECRET_DELETE);
	query_u64(&q, id);
	if ((e = query_run(&q)) != BH_OK)
		return e;
	return token_digests_drop(s, id);
}

enum bh_err
token_put_secret(struct store *s, const struct seal *k, const struct token *t,
    const struct buf *secret)
{
	struct buf *sealed = NULL;
	struct query q;
	enum bh_err e;

	if ((e = seal_secret(s, k, t, secret, &sealed)) != BH_OK)
		return e;
	query_start(&q, s, SQL_SECRET_PUT);
	query_u64(&q, t->id);
	query_u64(&q, k->generation);
	query_blob(&q, sealed->data, sealed->len);
	e = query_run(&q);
	buf_free(sealed);
	return e;
}

/*
 * Names a secret without giving it away.  HMAC fills a short key with zeros,
 * so keys that differ only in zeros at the end give the same codes: they
 * count as the same secret.
 */
static enum bh_err
fingerprint(
    struct store *s, const struct buf *secret, uint8_t out[CRYPTO_HASH_LEN])
{
	struct slice in = {secret->data, secret->len};

	if (in.len <= HMAC_BLOCK)
		while (in.len > 0 && secret->data[in.len - 1] == 0)
			in.len--;
	return crypto_hmac(s->lasting->fingerprint, &in, 1, out);
}

/* BH_ERR_EXISTS if a token ever had that secret or that public id. */
static enum bh_err
check_new(struct store *s, const struct token_row *r)
{
	struct token have[MODEL_TOKENS_MAX];
	struct query q;
	enum bh_err e;
	size_t n;

	query_start(&q, s, SQL_TOKEN_TAKEN);
	query_blob(&q, r->fingerprint, sizeof(r->fingerprint));
	query_text(&q, r->t.public_id);
	e = query_step(&q);
	query_end(&q);
	if (e != BH_ERR_NOTFOUND)
		return e == BH_OK ? BH_ERR_EXISTS : e;
	if ((e = store_tokens_of(s, r->t.account_id, have, &n)) != BH_OK)
		return e;
	return n < MODEL_TOKENS_MAX ? BH_OK : BH_ERR_FULL;
}

static enum bh_err
insert(struct store *s, struct token_row *r)
{
	const struct token *t = &r->t;
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_TOKEN_ADD);
	query_u64(&q, t->account_id);
	query_u64(&q, (uint64_t)t->kind);
	query_u64(&q, (uint64_t)t->status);
	query_u64(&q, (uint64_t)t->hash);
	query_u64(&q, t->digits);
	query_u64(&q, t->period_s);
	query_u64(&q, t->weak ? 1 : 0);
	query_text(&q, t->public_id);
	query_u64(&q, t->state);
	query_u64(&q, t->created_s);
	query_u64(&q, t->confirmed_s);
	query_u64(&q, t->ended_s);
	query_u64(&q, t->last_used_s);
	query_blob(&q, r->fingerprint, sizeof(r->fingerprint));
	if ((e = query_run(&q)) != BH_OK)
		return e;
	r->t.id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	return token_write(s, s->seal, r);
}

enum bh_err
store_token_add(struct store *s, struct token *t, const struct buf *secret)
{
	struct token_row r = {.t = *t, .seal = {.version = 0}};
	struct account account;
	enum bh_err e;

	if (secret->len == 0 || secret->len > MODEL_SECRET_MAX)
		return BH_ERR_RANGE;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = store_account_by_id(s, t->account_id, &account)) != BH_OK ||
	    (e = fingerprint(s, secret, r.fingerprint)) != BH_OK ||
	    (e = check_new(s, &r)) != BH_OK || (e = insert(s, &r)) != BH_OK ||
	    (e = cell_change(s, TOKEN_TAG, t->account_id, r.t.id, NULL,
		 &r.seal)) != BH_OK ||
	    (e = token_put_secret(s, s->seal, &r.t, secret)) != BH_OK ||
	    (e = token_digests_put(s, &r.t, secret)) != BH_OK)
		return e;
	t->id = r.t.id;
	return BH_OK;
}

static enum bh_err
checked_row(struct store *s, uint64_t id, struct token_row *r)
{
	enum bh_err e;

	if (id != 0 && s->read->t.id == id) {
		*r = *s->read;
		return BH_OK;
	}
	if ((e = fetch(s, SQL_TOKEN_GET, id, r)) != BH_OK ||
	    (e = token_verify(s, r)) != BH_OK)
		return e;
	return cell_check(s, r->t.account_id);
}

enum bh_err
store_token_get(struct store *s, uint64_t id, struct token *t)
{
	struct token_row r;
	enum bh_err e;

	if ((e = checked_row(s, id, &r)) != BH_OK)
		return e;
	*t = r.t;
	return BH_OK;
}

/* One row of an account's: *keepp says whether it is to be listed. */
static enum bh_err
judge(struct store *s, struct query *q, uint64_t account_id,
    struct token_row *r, bool *keepp)
{
	enum bh_err e;

	*keepp = false;
	read_columns(q, r);
	if ((e = q->e) == BH_OK)
		e = token_verify(s, r);
	if (e == BH_ERR_SEALED && cell_is_stray(s, r->t.id)) {
		q->e = BH_OK; /* nobody's: the account misses no row */
		return BH_OK;
	}
	if (e == BH_OK && r->t.account_id != account_id)
		return BH_ERR_SEALED; /* an index that points elsewhere */
	*keepp = e == BH_OK && r->t.status != TOKEN_REVOKED;
	if (*keepp)
		*s->read = *r;
	return e;
}

enum bh_err
store_tokens_of(
    struct store *s, uint64_t account_id, struct token *out, size_t *np)
{
	struct token_row r;
	struct query q;
	enum bh_err e;
	size_t n = 0;
	bool keep;

	if ((e = cell_check(s, account_id)) != BH_OK)
		return e;
	query_start(&q, s, SQL_TOKEN_OF);
	query_u64(&q, account_id);
	while ((e = query_step(&q)) == BH_OK) {
		if ((e = judge(s, &q, account_id, &r, &keep)) != BH_OK)
			break;
		if (!keep)
			continue;
		if (n == MODEL_TOKENS_MAX) {
			e = BH_ERR_SEALED;
			break;
		}
		out[n++] = r.t;
	}
	query_end(&q);
	if (e != BH_ERR_NOTFOUND)
		return e;
	*np = n;
	return BH_OK;
}

enum bh_err
store_tokens(
    struct store *s, uint64_t after, size_t max, struct token *out, size_t *np)
{
	struct token_row r;
	enum bh_err e;
	size_t n = 0;

	while (n < max) {
		e = token_next(s, after, &r);
		if (e == BH_ERR_NOTFOUND)
			break;
		after = r.t.id;
		if (e == BH_OK && (e = token_verify(s, &r)) == BH_OK &&
		    (e = cell_check(s, r.t.account_id)) == BH_OK)
			out[n++] = r.t;
		else if (e != BH_ERR_SEALED) /* that one is logged, left out */
			return e;
	}
	*np = n;
	return BH_OK;
}

enum bh_err
store_token_update(struct store *s, const struct token *t)
{
	struct token_row r;
	struct row_seal before;
	bool ends;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = checked_row(s, t->id, &r)) != BH_OK)
		return e;
	if (t->state < r.t.state || t->status < r.t.status)
		return BH_ERR_ROLLBACK;
	ends = t->status == TOKEN_REVOKED && r.t.status != TOKEN_REVOKED;
	before = r.seal;
	r.t.status = t->status;
	r.t.state = t->state;
	r.t.confirmed_s = t->confirmed_s;
	r.t.ended_s = t->ended_s;
	r.t.last_used_s = t->last_used_s;
	if ((e = token_write(s, s->seal, &r)) != BH_OK ||
	    (ends && (e = token_drop_secret(s, t->id)) != BH_OK))
		return e;
	return cell_change(
	    s, TOKEN_TAG, r.t.account_id, t->id, &before, &r.seal);
}

enum bh_err
store_token_secret(struct store *s, const struct token *t, struct buf **secretp)
{
	struct buf *sealed = NULL;
	uint64_t generation = 0;
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, SQL_SECRET_GET);
	query_u64(&q, t->id);
	if ((e = query_step(&q)) == BH_OK) {
		column_u64(&q, &generation);
		column_buf(&q, SEALED_MAX, &sealed);
	}
	end = query_end(&q);
	if (e == BH_OK)
		e = end;
	if (e == BH_ERR_NOTFOUND && t->status != TOKEN_REVOKED)
		e = BH_ERR_SEALED; /* somebody took it away */
	if (e == BH_OK && generation != s->seal->generation)
		e = BH_ERR_SEALED;
	if (e == BH_OK)
		e = seal_secret_open(s, s->seal, t, sealed, secretp);
	if (e == BH_ERR_SEALED)
		log_err(e, "store: secret of token %llu",
		    (unsigned long long)t->id);
	buf_free(sealed);
	return e;
}
