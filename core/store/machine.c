/*
 * Machine accounts: a row a login, the one in force or the last one.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define FROM_LEN (MODEL_FROM_MAX * ADDRESS_LEN)

static void
read_columns(struct query *q, struct machine_row *r)
{
	struct machine *m = &r->m;
	struct buf *from = NULL;

	memset(r, 0, sizeof(*r));
	column_text(q, m->login, sizeof(m->login));
	column_text(q, m->owner, sizeof(m->owner));
	column_text(q, m->ticket, sizeof(m->ticket));
	column_text(q, m->command, sizeof(m->command));
	column_bytes(q, m->key, sizeof(m->key));
	column_buf(q, FROM_LEN, &from);
	column_u64(q, &m->quota);
	column_u64(q, &m->created_s);
	column_u64(q, &m->expires_s);
	column_u64(q, &m->ended_s);
	column_seal(q, &r->seal);
	if (q->e == BH_OK &&
	    addresses_get(from, m->from, MODEL_FROM_MAX) != BH_OK)
		q->e = BH_ERR_SEALED;
	buf_free(from);
}

static enum bh_err
fetch(struct store *s, enum sql_id id, const char *key, struct machine_row *r)
{
	char login[MODEL_NAME_MAX + 1]; /* key may be r's own */
	struct query q;
	enum bh_err e, end;

	if (strlen(key) >= sizeof(login))
		return BH_ERR_NOTFOUND;
	memcpy(login, key, strlen(key) + 1);
	query_start(&q, s, id);
	query_text(&q, login);
	if ((e = query_step(&q)) == BH_OK)
		read_columns(&q, r);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

static enum bh_err
put_row(struct buf *b, const struct machine_row *r)
{
	const struct machine *m = &r->m;
	enum bh_err e;

	if ((e = buf_put_u64(b, r->seal.version)) != BH_OK ||
	    (e = buf_put_str(b, m->login)) != BH_OK ||
	    (e = buf_put_str(b, m->owner)) != BH_OK ||
	    (e = buf_put_str(b, m->ticket)) != BH_OK ||
	    (e = buf_put_str(b, m->command)) != BH_OK ||
	    (e = buf_put(b, m->key, sizeof(m->key))) != BH_OK ||
	    (e = addresses_put(b, m->from, MODEL_FROM_MAX)) != BH_OK ||
	    (e = buf_put_u64(b, m->quota)) != BH_OK ||
	    (e = buf_put_u64(b, m->created_s)) != BH_OK ||
	    (e = buf_put_u64(b, m->expires_s)) != BH_OK)
		return e;
	return buf_put_u64(b, m->ended_s);
}

static enum bh_err
machine_mac(struct store *s, const struct seal *k, const struct machine_row *r,
    uint8_t mac[MAC_LEN])
{
	enum bh_err e;

	if ((e = seal_row_start(s, MACHINE_TAG)) != BH_OK ||
	    (e = put_row(s->row, r)) != BH_OK)
		return e;
	return seal_row_mac(s, k, mac);
}

enum bh_err
machine_verify(struct store *s, const struct machine_row *r)
{
	uint8_t mac[MAC_LEN];
	enum bh_err e;

	if ((e = machine_mac(s, s->seal, r, mac)) != BH_OK)
		return e;
	if (secret_eq(mac, r->seal.mac, sizeof(mac)))
		return BH_OK;
	log_err(
	    BH_ERR_SEALED, "store: machine account %s was altered", r->m.login);
	return BH_ERR_SEALED;
}

enum bh_err
machine_next(struct store *s, const char *after, struct machine_row *r)
{
	return fetch(s, SQL_MACHINE_LIST, after, r);
}

enum bh_err
machine_write(struct store *s, const struct seal *k, struct machine_row *r)
{
	const struct machine *m = &r->m;
	struct buf *from;
	struct query q;
	enum bh_err e;

	r->seal.version++;
	if ((from = buf_new(FROM_LEN)) == NULL)
		return BH_ERR_NOMEM;
	if ((e = addresses_put(from, m->from, MODEL_FROM_MAX)) != BH_OK ||
	    (e = machine_mac(s, k, r, r->seal.mac)) != BH_OK)
		goto out;
	query_start(&q, s, SQL_MACHINE_PUT);
	query_text(&q, m->login);
	query_text(&q, m->owner);
	query_text(&q, m->ticket);
	query_text(&q, m->command);
	query_blob(&q, m->key, sizeof(m->key));
	query_blob(&q, from->data, from->len);
	query_u64(&q, m->quota);
	query_u64(&q, m->created_s);
	query_u64(&q, m->expires_s);
	query_u64(&q, m->ended_s);
	query_u64(&q, r->seal.version);
	query_blob(&q, r->seal.mac, sizeof(r->seal.mac));
	e = query_run(&q);
out:
	buf_free(from);
	return e;
}

enum bh_err
machine_add_cell(const struct seal *k, const char *login,
    const struct row_seal *r, uint8_t cell[CELL_LEN])
{
	return cell_add(k, MACHINE_TAG, login, strlen(login), r, cell);
}

/* Rows of machines were deleted or set back: which ones nobody knows. */
static enum bh_err
check_cell(const struct store *s)
{
	if (!s->bad_cell[CELL_PERSONS])
		return BH_OK;
	log_err(BH_ERR_SEALED,
	    "store: machine accounts are refused: a row of a person or a "
	    "machine account was deleted, added or set back (`bulkhead store "
	    "accept`)");
	return BH_ERR_SEALED;
}

static enum bh_err
checked_row(struct store *s, const char *login, struct machine_row *r)
{
	enum bh_err e;

	if ((e = fetch(s, SQL_MACHINE_GET, login, r)) != BH_OK ||
	    (e = machine_verify(s, r)) != BH_OK)
		return e;
	/* an index that points to another row */
	if (strcmp(r->m.login, login) != 0)
		return BH_ERR_SEALED;
	return check_cell(s);
}

/* Write a row in place of `before`, NULL if the cell has none. */
static enum bh_err
change(struct store *s, struct machine_row *r, const struct row_seal *before)
{
	uint8_t *cell = s->head.cell[CELL_PERSONS];
	enum bh_err e;

	if ((e = machine_write(s, s->seal, r)) != BH_OK ||
	    (before != NULL && (e = machine_add_cell(s->seal, r->m.login,
				    before, cell)) != BH_OK) ||
	    (e = machine_add_cell(s->seal, r->m.login, &r->seal, cell)) !=
		BH_OK)
		return e;
	s->dirty = true;
	return BH_OK;
}

static enum bh_err
check_account(struct store *s, const char *login)
{
	struct account a;
	enum bh_err e;

	e = store_account_get(s, login, &a);
	if (e == BH_OK || e == BH_ERR_SEALED)
		return BH_ERR_EXISTS;
	return e == BH_ERR_NOTFOUND ? BH_OK : e;
}

/* A row that was altered gives way to a good one.  The cell counts it if it
 * was altered where it stood, and does not if store_accept has come by or if
 * nobody made it: what adds up afterwards is right. */
static enum bh_err
replace_altered(struct store *s, struct machine_row *r)
{
	uint8_t *cell = s->head.cell[CELL_PERSONS];
	struct row_seal before = r->seal;
	enum bh_err e;

	if (s->marked)
		return BH_ERR_REFUSED;
	s->rescan = true; /* whatever becomes of this transaction */
	if ((e = change(s, r, NULL)) != BH_OK || (e = cell_scan(s)) != BH_OK)
		return e;
	if (!s->bad_cell[CELL_PERSONS])
		return BH_OK;
	if ((e = machine_add_cell(s->seal, r->m.login, &before, cell)) !=
		BH_OK ||
	    (e = cell_scan(s)) != BH_OK)
		return e;
	return check_cell(s);
}

enum bh_err
store_machine_add(struct store *s, const struct machine *m)
{
	struct machine_row r = {.m = {.login = ""}};
	struct row_seal before;
	enum bh_err e, found;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = check_account(s, m->login)) != BH_OK ||
	    (e = check_cell(s)) != BH_OK)
		return e;
	found = checked_row(s, m->login, &r);
	if (found == BH_OK && r.m.ended_s == 0 && r.m.expires_s > m->created_s)
		return BH_ERR_EXISTS;
	before = r.seal;
	r.m = *m;
	switch (found) {
	case BH_OK:
		return change(s, &r, &before);
	case BH_ERR_NOTFOUND:
		return change(s, &r, NULL);
	case BH_ERR_SEALED:
		return replace_altered(s, &r);
	default:
		return found;
	}
}

enum bh_err
store_machine_get(struct store *s, const char *login, struct machine *m)
{
	struct machine_row r;
	enum bh_err e;

	if ((e = checked_row(s, login, &r)) != BH_OK)
		return e;
	*m = r.m;
	return BH_OK;
}

enum bh_err
store_machine_end(struct store *s, const char *login, uint64_t now_s)
{
	struct machine_row r;
	struct row_seal before;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = checked_row(s, login, &r)) != BH_OK)
		return e;
	if (r.m.ended_s != 0)
		return BH_ERR_NOTFOUND;
	before = r.seal;
	r.m.ended_s = now_s;
	return change(s, &r, &before);
}

enum bh_err
store_machines(struct store *s, const char *after, size_t max,
    struct machine *out, size_t *np)
{
	struct machine_row r = {.m = {.login = ""}};
	enum bh_err e;
	size_t n = 0;

	if (strlen(after) < sizeof(r.m.login))
		memcpy(r.m.login, after, strlen(after) + 1);
	while (n < max) {
		e = machine_next(s, r.m.login, &r);
		if (e == BH_ERR_NOTFOUND)
			break;
		if (e != BH_OK && (e != BH_ERR_SEALED || r.m.login[0] == '\0'))
			return e;
		if (e == BH_OK && (e = machine_verify(s, &r)) == BH_OK &&
		    (e = check_cell(s)) == BH_OK)
			out[n++] = r.m;
		else if (e != BH_ERR_SEALED) /* that one is logged, left out */
			return e;
	}
	*np = n;
	return BH_OK;
}
