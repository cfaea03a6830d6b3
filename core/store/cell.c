/*
 * Which rows there are: each adds 12 bytes, by a keyed function of its id,
 * version and MAC, to one of 129 cells by XOR; the cells lie sealed in the
 * head.  A row that is missing, set back, or put there by somebody else makes
 * its cell not add up, and only the accounts of that cell are refused.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

typedef uint8_t cells[CELL_COUNT][CELL_LEN];

static void
put_u64(uint8_t out[8], uint64_t v)
{
	size_t i;

	for (i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (8 * (7 - i)));
}

enum bh_err
cell_add(const struct seal *k, const char *tag, const void *key, size_t keylen,
    const struct row_seal *r, uint8_t cell[CELL_LEN])
{
	uint8_t share[CRYPTO_HASH_LEN], fixed[16];
	struct slice in[] = {{tag, strlen(tag) + 1}, {fixed, sizeof(fixed)},
	    {key, keylen}, {r->mac, sizeof(r->mac)}};
	enum bh_err e;
	size_t i;

	put_u64(fixed, keylen);
	put_u64(fixed + 8, r->version);
	if ((e = crypto_hmac(k->cell, in, nitems(in), share)) != BH_OK)
		return e;
	for (i = 0; i < CELL_LEN; i++)
		cell[i] ^= share[i];
	return BH_OK;
}

enum bh_err
cell_add_id(const struct seal *k, const char *tag, uint64_t id,
    const struct row_seal *r, uint8_t cell[CELL_LEN])
{
	uint8_t key[8];

	put_u64(key, id);
	return cell_add(k, tag, key, sizeof(key), r, cell);
}

size_t
cell_of(uint64_t account_id)
{
	return account_id % CELL_ACCOUNTS;
}

enum bh_err
cell_change(struct store *s, const char *tag, uint64_t account_id, uint64_t id,
    const struct row_seal *before, const struct row_seal *after)
{
	uint8_t *cell = s->head.cell[cell_of(account_id)];
	enum bh_err e;

	if (before != NULL &&
	    (e = cell_add_id(s->seal, tag, id, before, cell)) != BH_OK)
		return e;
	if (after != NULL &&
	    (e = cell_add_id(s->seal, tag, id, after, cell)) != BH_OK)
		return e;
	s->dirty = true;
	return BH_OK;
}

enum bh_err
cell_check(const struct store *s, uint64_t account_id)
{
	if (!s->bad_cell[cell_of(account_id)])
		return BH_OK;
	log_err(BH_ERR_SEALED,
	    "store: account %llu is refused: a row of it or of an account "
	    "beside it was deleted, added or set back (`bulkhead store accept`)",
	    (unsigned long long)account_id);
	return BH_ERR_SEALED;
}

static enum bh_err
sum_persons(struct store *s, cells sum)
{
	char id[MODEL_NAME_MAX + 1];
	struct row_seal r;
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_PERSON_SCAN);
	while ((e = query_step(&q)) == BH_OK) {
		id[0] = '\0';
		column_text(&q, id, sizeof(id));
		if (q.e == BH_ERR_SEALED)
			q.e = BH_OK; /* logged; the cell won't add up */
		column_seal(&q, &r);
		e = cell_add(
		    s->seal, PERSON_TAG, id, strlen(id), &r, sum[CELL_PERSONS]);
		if (e != BH_OK)
			break;
	}
	query_end(&q);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

static enum bh_err
sum_machines(struct store *s, cells sum)
{
	char login[MODEL_NAME_MAX + 1];
	struct row_seal r;
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_MACHINE_SCAN);
	while ((e = query_step(&q)) == BH_OK) {
		login[0] = '\0';
		column_text(&q, login, sizeof(login));
		if (q.e == BH_ERR_SEALED)
			q.e = BH_OK; /* logged; the cell won't add up */
		column_seal(&q, &r);
		e = machine_add_cell(s->seal, login, &r, sum[CELL_PERSONS]);
		if (e != BH_OK)
			break;
	}
	query_end(&q);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

static enum bh_err
sum_accounts(struct store *s, cells sum)
{
	struct row_seal r;
	struct query q;
	uint64_t id = 0;
	enum bh_err e;

	query_start(&q, s, SQL_ACCOUNT_SCAN);
	while ((e = query_step(&q)) == BH_OK) {
		column_u64(&q, &id);
		column_seal(&q, &r);
		e = cell_add_id(s->seal, ACCOUNT_TAG, id, &r, sum[cell_of(id)]);
		if (e != BH_OK)
			break;
	}
	query_end(&q);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

static enum bh_err
sum_tokens(struct store *s, cells sum)
{
	uint64_t id = 0, account_id = 0;
	struct row_seal r;
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_TOKEN_SCAN);
	while ((e = query_step(&q)) == BH_OK) {
		column_u64(&q, &id);
		column_u64(&q, &account_id);
		column_seal(&q, &r);
		e = cell_add_id(
		    s->seal, TOKEN_TAG, id, &r, sum[cell_of(account_id)]);
		if (e != BH_OK)
			break;
	}
	query_end(&q);
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

static bool
compare(struct store *s, cells sum)
{
	bool good = true;
	size_t i;

	for (i = 0; i < CELL_COUNT; i++) {
		s->bad_cell[i] = !secret_eq(sum[i], s->head.cell[i], CELL_LEN);
		good = good && !s->bad_cell[i];
	}
	return good;
}

static enum bh_err
add_stray(struct store *s, uint64_t id)
{
	uint64_t *more;

	more = reallocarray(s->stray, s->strays + 1, sizeof(*more));
	if (more == NULL)
		return BH_ERR_NOMEM;
	s->stray = more;
	s->stray[s->strays++] = id; /* they come in order of their ids */
	return BH_OK;
}

/* Take the accounts whose own MAC is wrong out of the sum: nobody made
 * them, or the cell misses the rightful row anyway. */
static enum bh_err
drop_accounts(struct store *s, cells sum)
{
	struct account_row r;
	uint64_t id = 0;
	enum bh_err e, bad;

	while ((bad = account_next(s, id, &r)) != BH_ERR_NOTFOUND) {
		if (bad != BH_OK && bad != BH_ERR_SEALED)
			return bad;
		id = r.a.id;
		if (!s->bad_cell[cell_of(id)])
			continue;
		if (bad == BH_OK)
			bad = account_verify(s, &r);
		if (bad == BH_ERR_SEALED &&
		    (e = cell_add_id(s->seal, ACCOUNT_TAG, id, &r.seal,
			 sum[cell_of(id)])) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
drop_tokens(struct store *s, cells sum)
{
	struct token_row r;
	uint64_t id = 0;
	enum bh_err e, bad;

	while ((bad = token_next(s, id, &r)) != BH_ERR_NOTFOUND) {
		if (bad != BH_OK && bad != BH_ERR_SEALED)
			return bad;
		id = r.t.id;
		if (!s->bad_cell[cell_of(r.t.account_id)])
			continue;
		if (bad == BH_OK)
			bad = token_verify(s, &r);
		if (bad == BH_ERR_SEALED &&
		    ((e = add_stray(s, id)) != BH_OK ||
			(e = cell_add_id(s->seal, TOKEN_TAG, id, &r.seal,
			     sum[cell_of(r.t.account_id)])) != BH_OK))
			return e;
	}
	return BH_OK;
}

static enum bh_err
drop_persons(struct store *s, cells sum)
{
	char after[MODEL_NAME_MAX + 1] = "";
	struct person_row r;
	enum bh_err e, bad;

	if (!s->bad_cell[CELL_PERSONS])
		return BH_OK;
	while ((bad = person_next(s, after, &r)) != BH_ERR_NOTFOUND) {
		if (bad != BH_OK && bad != BH_ERR_SEALED)
			return bad;
		if (r.p.id[0] == '\0') /* not even its id: we can't go on */
			return BH_OK;
		memcpy(after, r.p.id, sizeof(after));
		if (bad == BH_OK)
			bad = person_verify(s, &r);
		if (bad == BH_ERR_SEALED &&
		    (e = cell_add(s->seal, PERSON_TAG, after, strlen(after),
			 &r.seal, sum[CELL_PERSONS])) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
drop_machines(struct store *s, cells sum)
{
	struct machine_row r = {.m = {.login = ""}};
	enum bh_err e, bad;

	if (!s->bad_cell[CELL_PERSONS])
		return BH_OK;
	while ((bad = machine_next(s, r.m.login, &r)) != BH_ERR_NOTFOUND) {
		if (bad != BH_OK && bad != BH_ERR_SEALED)
			return bad;
		if (r.m.login[0] == '\0') /* we can't go on */
			return BH_OK;
		if (bad == BH_OK)
			bad = machine_verify(s, &r);
		if (bad == BH_ERR_SEALED &&
		    (e = machine_add_cell(s->seal, r.m.login, &r.seal,
			 sum[CELL_PERSONS])) != BH_OK)
			return e;
	}
	return BH_OK;
}

/* All rows, and then without those whose own MAC is wrong. */
static enum bh_err
sum_all(struct store *s, cells sum)
{
	enum bh_err e;

	if ((e = sum_persons(s, sum)) != BH_OK ||
	    (e = sum_machines(s, sum)) != BH_OK ||
	    (e = sum_accounts(s, sum)) != BH_OK)
		return e;
	return sum_tokens(s, sum);
}

static enum bh_err
drop_altered(struct store *s, cells sum)
{
	enum bh_err e;

	if ((e = drop_persons(s, sum)) != BH_OK ||
	    (e = drop_machines(s, sum)) != BH_OK ||
	    (e = drop_accounts(s, sum)) != BH_OK)
		return e;
	return drop_tokens(s, sum);
}

static void
report(const struct store *s)
{
	size_t i, n = 0;

	for (i = 0; i < CELL_ACCOUNTS; i++)
		n += s->bad_cell[i] ? 1 : 0;
	if (n > 0)
		log_msg(LOG_LEVEL_ALERT,
		    "store: rows of accounts or tokens were deleted, added or "
		    "set back in %zu of %d cells; their accounts are refused "
		    "until `bulkhead store accept`",
		    n, CELL_ACCOUNTS);
	if (s->bad_cell[CELL_PERSONS])
		log_msg(LOG_LEVEL_ALERT,
		    "store: rows of persons or machine accounts were deleted, "
		    "added or set back; machine accounts are refused until "
		    "`bulkhead store accept`");
	if (s->strays > 0)
		log_msg(LOG_LEVEL_ALERT,
		    "store: %zu tokens have a wrong MAC and are refused",
		    s->strays);
}

enum bh_err
cell_scan(struct store *s)
{
	cells sum;
	enum bh_err e;

	memset(sum, 0, sizeof(sum));
	s->strays = 0;
	if ((e = sum_all(s, sum)) != BH_OK)
		return e;
	if (compare(s, sum))
		return BH_OK;
	if ((e = drop_altered(s, sum)) != BH_OK)
		return e;
	compare(s, sum);
	report(s);
	return BH_OK;
}

enum bh_err
cell_rebuild(struct store *s)
{
	bool before[CELL_COUNT];
	size_t strays = s->strays;
	cells sum;
	enum bh_err e;

	memset(sum, 0, sizeof(sum));
	memcpy(before, s->bad_cell, sizeof(before));
	memset(s->bad_cell, 1, sizeof(s->bad_cell)); /* look at every row */
	if ((e = sum_all(s, sum)) == BH_OK)
		e = drop_altered(s, sum);
	memcpy(s->bad_cell, before, sizeof(before));
	s->strays = strays;
	if (e != BH_OK)
		return e;
	memcpy(s->head.cell, sum, sizeof(sum));
	s->dirty = true;
	return BH_OK;
}

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

bool
cell_is_stray(const struct store *s, uint64_t token_id)
{
	return s->strays > 0 && bsearch(&token_id, s->stray, s->strays,
				    sizeof(token_id), by_number) != NULL;
}
