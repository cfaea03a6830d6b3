/*
 * The ledger's records, appended and never changed.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define BODY_MAX (1024 * 1024)

enum bh_err
record_count(struct store *s, uint64_t *np)
{
	struct query q;
	uint64_t last = 0;
	enum bh_err e, end;

	query_start(&q, s, SQL_RECORD_LAST);
	if ((e = query_step(&q)) == BH_OK)
		column_u64(&q, &last);
	end = query_end(&q);
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		return e;
	if (end != BH_OK)
		return end;
	*np = e == BH_OK ? last + 1 : 0;
	return BH_OK;
}

enum bh_err
store_record_append(
    struct store *s, const void *body, size_t len, uint64_t *seqp)
{
	struct tree *tree = &s->head.tree;
	uint8_t leaf[CRYPTO_HASH_LEN];
	uint64_t seq = tree->size;
	struct query q;
	enum bh_err e;

	if (len == 0 || len > BODY_MAX)
		return BH_ERR_RANGE;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = tree_leaf(body, len, leaf)) != BH_OK)
		return e;
	query_start(&q, s, SQL_RECORD_ADD);
	query_u64(&q, seq);
	query_blob(&q, leaf, sizeof(leaf));
	query_blob(&q, body, len);
	if ((e = query_run(&q)) != BH_OK) {
		/* a row beyond the head's size: somebody put it there */
		return e == BH_ERR_EXISTS ? BH_ERR_CORRUPT : e;
	}
	if ((e = tree_push(tree, leaf)) != BH_OK)
		return e;
	s->dirty = true;
	*seqp = seq;
	return BH_OK;
}

enum bh_err
store_record_get(struct store *s, uint64_t seq, struct buf **bodyp)
{
	struct buf *body = NULL;
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, SQL_RECORD_GET);
	query_u64(&q, seq);
	if ((e = query_step(&q)) == BH_OK)
		column_buf(&q, BODY_MAX, &body);
	end = query_end(&q);
	if (e == BH_OK)
		e = end;
	if (e != BH_OK) {
		buf_free(body);
		return e;
	}
	*bodyp = body;
	return BH_OK;
}

enum bh_err
store_record_leaf(struct store *s, uint64_t seq, uint8_t leaf[CRYPTO_HASH_LEN])
{
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, SQL_RECORD_LEAF);
	query_u64(&q, seq);
	if ((e = query_step(&q)) == BH_OK)
		column_bytes(&q, leaf, CRYPTO_HASH_LEN);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}
