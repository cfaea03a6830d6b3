/*
 * The head: tree, highest time and cells, sealed in one row of constant size
 * (so that SQLite overwrites it in place), bound to all the store says of
 * itself and to the size of the ledger.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define HEAD_LEN \
	(1 + 8 + 8 + TREE_DEPTH * CRYPTO_HASH_LEN + CELL_COUNT * CELL_LEN)

static enum bh_err
head_aad(struct store *s, uint64_t size, struct slice *aad)
{
	enum bh_err e;

	if ((e = seal_row_start(s, "bulkhead head v1")) != BH_OK ||
	    (e = buf_put_u32(s->row, (uint32_t)s->realm_class)) != BH_OK ||
	    (e = buf_put_str(s->row, s->log_id)) != BH_OK ||
	    (e = buf_put_u64(s->row, s->created_s)) != BH_OK ||
	    (e = buf_put_u32(s->row, s->seal->generation)) != BH_OK ||
	    (e = buf_put_u64(s->row, size)) != BH_OK)
		return e;
	*aad = (struct slice){s->row->data, s->row->len};
	return BH_OK;
}

static enum bh_err
encode(const struct head *h, struct buf *b)
{
	enum bh_err e;

	if ((e = buf_put_u8(b, 1)) != BH_OK ||
	    (e = buf_put_u64(b, h->clock_high_s)) != BH_OK ||
	    (e = buf_put_u64(b, h->tree.size)) != BH_OK ||
	    (e = buf_put(b, h->tree.edge, sizeof(h->tree.edge))) != BH_OK)
		return e;
	return buf_put(b, h->cell, sizeof(h->cell));
}

static enum bh_err
decode(struct buf *b, struct head *h)
{
	uint8_t format;
	enum bh_err e;

	if ((e = buf_get_u8(b, &format)) != BH_OK ||
	    (e = buf_get_u64(b, &h->clock_high_s)) != BH_OK ||
	    (e = buf_get_u64(b, &h->tree.size)) != BH_OK ||
	    (e = buf_get(b, h->tree.edge, sizeof(h->tree.edge))) != BH_OK ||
	    (e = buf_get(b, h->cell, sizeof(h->cell))) != BH_OK ||
	    (e = buf_end(b)) != BH_OK)
		return e;
	return format == 1 ? BH_OK : BH_ERR_INPUT;
}

enum bh_err
head_write(struct store *s)
{
	struct buf *plain, *sealed = NULL;
	struct slice aad;
	struct query q;
	enum bh_err e;

	if ((plain = buf_new(HEAD_LEN)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = encode(&s->head, plain)) != BH_OK ||
	    (e = head_aad(s, s->head.tree.size, &aad)) != BH_OK ||
	    (e = crypto_seal(s->seal->head, &aad, 1, plain->data, plain->len,
		 &sealed)) != BH_OK)
		goto out;
	query_start(&q, s, SQL_HEAD_PUT);
	query_u64(&q, s->head.tree.size);
	query_blob(&q, sealed->data, sealed->len);
	e = query_run(&q);
out:
	buf_free(plain);
	buf_free(sealed);
	return e;
}

static enum bh_err
fetch(struct store *s, uint64_t *sizep, struct buf **sealedp)
{
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, SQL_HEAD_GET);
	if ((e = query_step(&q)) == BH_OK) {
		column_u64(&q, sizep);
		column_buf(&q, HEAD_LEN + CRYPTO_SEAL_OVERHEAD, sealedp);
	}
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

static enum bh_err
open_head(struct store *s)
{
	struct buf *sealed = NULL, *plain = NULL;
	struct slice aad;
	uint64_t size = 0;
	enum bh_err e;

	if ((e = fetch(s, &size, &sealed)) != BH_OK ||
	    (e = head_aad(s, size, &aad)) != BH_OK ||
	    (e = crypto_open_sealed(s->seal->head, &aad, 1, sealed->data,
		 sealed->len, &plain)) != BH_OK)
		goto out;
	if (decode(plain, &s->head) != BH_OK || s->head.tree.size != size)
		e = BH_ERR_SEALED;
out:
	buf_free(plain);
	buf_free(sealed);
	return e == BH_ERR_NOTFOUND ? BH_ERR_SEALED : e;
}

enum bh_err
head_rebuild_tree(struct store *s)
{
	struct buf *body = NULL;
	struct tree tree;
	uint8_t leaf[CRYPTO_HASH_LEN];
	uint64_t n, i;
	enum bh_err e;

	memset(&tree, 0, sizeof(tree));
	if ((e = record_count(s, &n)) != BH_OK)
		return e;
	for (i = 0; i < n; i++) {
		if ((e = store_record_get(s, i, &body)) != BH_OK ||
		    (e = tree_leaf(body->data, body->len, leaf)) != BH_OK ||
		    (e = tree_push(&tree, leaf)) != BH_OK)
			break;
		buf_free(body);
		body = NULL;
	}
	buf_free(body);
	if (e == BH_OK)
		s->head.tree = tree;
	else
		log_err(e, "store: record %llu", (unsigned long long)i);
	return e;
}

enum bh_err
head_load(struct store *s)
{
	uint64_t n = 0;
	enum bh_err e;

	if ((e = open_head(s)) == BH_ERR_SEALED && s->accepting) {
		log_msg(LOG_LEVEL_WARNING,
		    "store: the head does not open; it is made anew from the "
		    "records");
		memset(&s->head, 0, sizeof(s->head));
		return head_rebuild_tree(s);
	}
	if (e == BH_ERR_SEALED)
		log_err(e,
		    "store: the head was altered or is missing; after you "
		    "know why: `bulkhead store accept`");
	if (e != BH_OK || (e = record_count(s, &n)) != BH_OK)
		return e;
	if (n == s->head.tree.size)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR,
	    "store: %llu records, but the head says %llu: records were cut "
	    "off or added%s",
	    (unsigned long long)n, (unsigned long long)s->head.tree.size,
	    s->accepting ? "" : "; see `bulkhead store accept`");
	return s->accepting ? head_rebuild_tree(s) : BH_ERR_CORRUPT;
}

const struct tree *
store_head(const struct store *s)
{
	return &s->head.tree;
}

uint64_t
store_clock_high(const struct store *s)
{
	return s->head.clock_high_s;
}

enum bh_err
store_clock_raise(struct store *s, uint64_t now_s)
{
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK)
		return e;
	if (now_s > s->head.clock_high_s) {
		s->head.clock_high_s = now_s;
		s->dirty = true;
	}
	return BH_OK;
}

enum bh_err
store_clock_accept(struct store *s, uint64_t now_s)
{
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK)
		return e;
	s->head.clock_high_s = now_s;
	s->dirty = true;
	return BH_OK;
}
