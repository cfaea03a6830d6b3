/*
 * Key rotation: every row, every secret and the head under another
 * generation of the realm's key, in one transaction.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

struct rekey {
	struct store *s;
	const struct seal *to;
	uint8_t cell[CELL_COUNT][CELL_LEN];
};

/*
 * A row whose own MAC is wrong keeps it, and is wrong under the new key too:
 * sealing it anew would make it look like a good one.
 */
static enum bh_err
persons(struct rekey *w)
{
	char after[MODEL_NAME_MAX + 1] = "";
	struct person_row r;
	enum bh_err e;

	while ((e = person_next(w->s, after, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_ERR_SEALED && r.p.id[0] == '\0')
			return e; /* not even its id: we can't go on */
		memcpy(after, r.p.id, sizeof(after));
		if (e == BH_OK)
			e = person_verify(w->s, &r);
		if (e == BH_ERR_SEALED)
			continue;
		if (e != BH_OK ||
		    (e = person_reseal(w->s, w->to, &r)) != BH_OK ||
		    (e = cell_add(w->to, PERSON_TAG, after, strlen(after),
			 &r.seal, w->cell[CELL_PERSONS])) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
accounts(struct rekey *w)
{
	struct account_row r = {.a = {.id = 0}};
	enum bh_err e;

	while ((e = account_next(w->s, r.a.id, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_OK)
			e = account_verify(w->s, &r);
		if (e == BH_ERR_SEALED)
			continue;
		if (e != BH_OK ||
		    (e = account_write(w->s, w->to, &r)) != BH_OK ||
		    (e = cell_add_id(w->to, ACCOUNT_TAG, r.a.id, &r.seal,
			 w->cell[cell_of(r.a.id)])) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
secret(struct rekey *w, const struct token *t)
{
	struct buf *plain = NULL;
	enum bh_err e;

	if (t->status == TOKEN_REVOKED)
		return BH_OK;
	if ((e = store_token_secret(w->s, t, &plain)) == BH_OK)
		e = token_put_secret(w->s, w->to, t, plain);
	buf_free(plain);
	return e;
}

static enum bh_err
tokens(struct rekey *w)
{
	struct token_row r = {.t = {.id = 0}};
	enum bh_err e;

	while ((e = token_next(w->s, r.t.id, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_OK)
			e = token_verify(w->s, &r);
		if (e == BH_ERR_SEALED)
			continue;
		if (e != BH_OK || (e = secret(w, &r.t)) != BH_OK ||
		    (e = token_write(w->s, w->to, &r)) != BH_OK ||
		    (e = cell_add_id(w->to, TOKEN_TAG, r.t.id, &r.seal,
			 w->cell[cell_of(r.t.account_id)])) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
machines(struct rekey *w)
{
	struct machine_row r = {.m = {.login = ""}};
	enum bh_err e;

	while ((e = machine_next(w->s, r.m.login, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_ERR_SEALED && r.m.login[0] == '\0')
			return e; /* not even its login: we can't go on */
		if (e == BH_OK)
			e = machine_verify(w->s, &r);
		if (e == BH_ERR_SEALED)
			continue;
		if (e != BH_OK ||
		    (e = machine_write(w->s, w->to, &r)) != BH_OK ||
		    (e = machine_add_cell(w->to, r.m.login, &r.seal,
			 w->cell[CELL_PERSONS])) != BH_OK)
			return e;
	}
	return BH_OK;
}

/* Cells made anew would hide that rows are missing or were set back. */
static enum bh_err
check_whole(struct store *s)
{
	enum bh_err e;
	size_t i;

	if ((e = cell_scan(s)) != BH_OK)
		return e;
	for (i = 0; i < CELL_COUNT; i++)
		if (s->bad_cell[i]) {
			log_msg(LOG_LEVEL_ERR,
			    "store: rows do not add up; `bulkhead store "
			    "accept` comes before a new key");
			return BH_ERR_SEALED;
		}
	return BH_OK;
}

enum bh_err
store_rekey(struct store *s, uint32_t generation)
{
	struct rekey w = {.s = s};
	struct seal *to = NULL;
	enum bh_err e;

	if (s->marked || s->seal_before != NULL)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = check_whole(s)) != BH_OK ||
	    (e = seal_derive(s->keys, generation, &to)) != BH_OK)
		return e;
	w.to = to;
	if ((e = persons(&w)) != BH_OK || (e = accounts(&w)) != BH_OK ||
	    (e = tokens(&w)) != BH_OK || (e = machines(&w)) != BH_OK ||
	    (e = passwords_rekey(s, to)) != BH_OK ||
	    (e = identity_rekey(s, to)) != BH_OK ||
	    (e = manifest_rekey(s, to)) != BH_OK ||
	    (e = meta_put_keys(s, to)) != BH_OK) {
		seal_free(to);
		return e;
	}
	s->seal_before = s->seal;
	s->seal = to;
	memcpy(s->head.cell, w.cell, sizeof(w.cell));
	s->dirty = true;
	return BH_OK;
}
