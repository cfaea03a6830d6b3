/*
 * Persons.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

static void
read_columns(struct query *q, struct person_row *r)
{
	memset(r, 0, sizeof(*r));
	column_text(q, r->p.id, sizeof(r->p.id));
	column_text(q, r->p.name, sizeof(r->p.name));
	column_u64(q, &r->p.created_s);
	column_seal(q, &r->seal);
}

static enum bh_err
fetch(struct store *s, enum sql_id id, const char *key, struct person_row *r)
{
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, id);
	query_text(&q, key);
	if ((e = query_step(&q)) == BH_OK)
		read_columns(&q, r);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

enum bh_err
person_mac(struct store *s, const struct seal *k, const struct person_row *r,
    uint8_t mac[MAC_LEN])
{
	enum bh_err e;

	if ((e = seal_row_start(s, PERSON_TAG)) != BH_OK ||
	    (e = buf_put_u64(s->row, r->seal.version)) != BH_OK ||
	    (e = buf_put_str(s->row, r->p.id)) != BH_OK ||
	    (e = buf_put_str(s->row, r->p.name)) != BH_OK ||
	    (e = buf_put_u64(s->row, r->p.created_s)) != BH_OK)
		return e;
	return seal_row_mac(s, k, mac);
}

enum bh_err
person_verify(struct store *s, const struct person_row *r)
{
	uint8_t mac[MAC_LEN];
	enum bh_err e;

	if ((e = person_mac(s, s->seal, r, mac)) != BH_OK)
		return e;
	if (secret_eq(mac, r->seal.mac, sizeof(mac)))
		return BH_OK;
	log_err(BH_ERR_SEALED, "store: person %s was altered", r->p.id);
	return BH_ERR_SEALED;
}

enum bh_err
person_next(struct store *s, const char *after, struct person_row *r)
{
	return fetch(s, SQL_PERSON_LIST, after, r);
}

enum bh_err
person_reseal(struct store *s, const struct seal *k, struct person_row *r)
{
	struct query q;
	enum bh_err e;

	r->seal.version++;
	if ((e = person_mac(s, k, r, r->seal.mac)) != BH_OK)
		return e;
	query_start(&q, s, SQL_PERSON_SEAL);
	query_text(&q, r->p.id);
	query_u64(&q, r->seal.version);
	query_blob(&q, r->seal.mac, sizeof(r->seal.mac));
	return query_run(&q);
}

enum bh_err
store_person_add(struct store *s, const struct person *p)
{
	struct person_row r = {.p = *p, .seal = {.version = 1}};
	struct query q;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = person_mac(s, s->seal, &r, r.seal.mac)) != BH_OK)
		return e;
	query_start(&q, s, SQL_PERSON_ADD);
	query_text(&q, p->id);
	query_text(&q, p->name);
	query_u64(&q, p->created_s);
	query_u64(&q, r.seal.version);
	query_blob(&q, r.seal.mac, sizeof(r.seal.mac));
	if ((e = query_run(&q)) != BH_OK)
		return e;
	s->dirty = true;
	return cell_add(s->seal, PERSON_TAG, p->id, strlen(p->id), &r.seal,
	    s->head.cell[CELL_PERSONS]);
}

enum bh_err
store_person_get(struct store *s, const char *id, struct person *p)
{
	struct person_row r;
	enum bh_err e;

	if ((e = fetch(s, SQL_PERSON_GET, id, &r)) != BH_OK ||
	    (e = person_verify(s, &r)) != BH_OK)
		return e;
	if (strcmp(r.p.id, id) != 0)
		return BH_ERR_SEALED;
	*p = r.p;
	return BH_OK;
}

enum bh_err
store_persons(struct store *s, const char *after, size_t max,
    struct person *out, size_t *np)
{
	char last[MODEL_NAME_MAX + 1];
	struct person_row r;
	enum bh_err e = BH_OK;
	size_t n = 0;

	memcpy(last, "", 1);
	if (strlen(after) < sizeof(last))
		memcpy(last, after, strlen(after) + 1);
	while (n < max && (e = person_next(s, last, &r)) == BH_OK) {
		memcpy(last, r.p.id, sizeof(last));
		if ((e = person_verify(s, &r)) == BH_OK)
			out[n++] = r.p;
		else if (e != BH_ERR_SEALED)
			break;
	}
	if (e != BH_OK && e != BH_ERR_NOTFOUND && e != BH_ERR_SEALED)
		return e;
	*np = n;
	return BH_OK;
}
