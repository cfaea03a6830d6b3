/*
 * Digests of the tokens that are not revoked.  They are derived, and carry no
 * seal: store_accept makes them anew.
 */
#include "core/digest.h"
#include "core/store/engine.h"

#include "base/log.h"

#define MARK "token_digests" /* in meta: all tokens have theirs */

static enum bh_err
insert(struct store *s, uint64_t id, const struct digest *d)
{
	struct query q;

	query_start(&q, s, SQL_DIGEST_ADD);
	query_u64(&q, id);
	query_u64(&q, (uint64_t)d->kind);
	query_blob(&q, d->bytes, sizeof(d->bytes));
	return query_run(&q);
}

enum bh_err
token_digests_put(
    struct store *s, const struct token *t, const struct buf *secret)
{
	struct digest d[DIGEST_TOKEN_MAX];
	size_t i, n = 0;
	enum bh_err e;

	e = digest_token(t, secret, d, &n);
	if (e == BH_ERR_INPUT || e == BH_ERR_RANGE)
		return BH_OK; /* it does not fit its kind, so it opens nothing
			       */
	for (i = 0; e == BH_OK && i < n; i++)
		if ((e = insert(s, t->id, &d[i])) == BH_OK)
			e = manifest_mark(s, &d[i]);
	return e;
}

enum bh_err
token_digests_drop(struct store *s, uint64_t id)
{
	struct query q;

	query_start(&q, s, SQL_DIGEST_DROP);
	query_u64(&q, id);
	return query_run(&q);
}

enum bh_err
token_digests_begin(struct store *s)
{
	return meta_put(s, MARK, "\1", 1);
}

/* A token that does not open has none, and is refused anyway. */
static enum bh_err
put_of(struct store *s, const struct token_row *r)
{
	struct buf *secret = NULL;
	enum bh_err e;

	if (r->t.status == TOKEN_REVOKED)
		return BH_OK;
	if ((e = token_verify(s, r)) == BH_OK &&
	    (e = store_token_secret(s, &r->t, &secret)) == BH_OK)
		e = token_digests_put(s, &r->t, secret);
	buf_free(secret);
	return e == BH_ERR_SEALED ? BH_OK : e;
}

enum bh_err
token_digests_rebuild(struct store *s)
{
	struct token_row r = {.t = {.id = 0}};
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_DIGEST_CLEAR);
	if ((e = query_run(&q)) != BH_OK)
		return e;
	while ((e = token_next(s, r.t.id, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_ERR_SEALED)
			continue; /* not even readable; logged */
		if (e != BH_OK || (e = put_of(s, &r)) != BH_OK)
			return e;
	}
	return token_digests_begin(s);
}

static enum bh_err
find_mark(struct store *s)
{
	struct buf *mark = NULL;
	enum bh_err e;

	e = meta_find(s, MARK, 1, &mark);
	buf_free(mark);
	return e;
}

enum bh_err
token_digests_need(struct store *s)
{
	enum bh_err e = find_mark(s);

	return e == BH_ERR_NOTFOUND ? token_digests_rebuild(s) : e;
}

enum bh_err
token_digests_complete(struct store *s)
{
	enum bh_err e;

	if ((e = find_mark(s)) != BH_ERR_NOTFOUND)
		return e;
	if ((e = store_begin(s)) != BH_OK)
		return e;
	if ((e = token_digests_rebuild(s)) != BH_OK) {
		store_rollback(s);
		return e;
	}
	return store_commit(s);
}

/* A token whose digests do not all fit is left to the next call. */
static enum bh_err
read_digests(struct query *q, size_t max, uint64_t *afterp, struct digest *out,
    size_t *np)
{
	uint64_t token = 0, before = *afterp;
	size_t n = 0, whole = 0;
	uint32_t kind = 0;
	enum bh_err e;

	while ((e = query_step(q)) == BH_OK) {
		column_u64(q, &token);
		if (token != before) {
			*afterp = before;
			whole = n;
			before = token;
		}
		if (n == max)
			break;
		column_u32(q, &kind);
		out[n].kind = (enum digest_kind)kind;
		column_bytes(q, out[n++].bytes, MODEL_DIGEST_LEN);
	}
	if (e != BH_OK && e != BH_ERR_NOTFOUND)
		return e;
	if (e == BH_ERR_NOTFOUND) {
		*afterp = before;
		whole = n;
	}
	*np = whole;
	return BH_OK;
}

enum bh_err
store_token_digests(struct store *s, uint64_t *afterp, size_t max,
    struct digest *out, size_t *np)
{
	struct query q;
	enum bh_err e, end;

	if (max < DIGEST_TOKEN_MAX)
		return BH_ERR_RANGE;
	query_start(&q, s, SQL_DIGEST_LIST);
	query_u64(&q, *afterp);
	e = read_digests(&q, max, afterp, out, np);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}
