/*
 * Accounts: a row each, with attempts and known addresses as blobs of
 * constant size.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define ATTEMPTS_LEN (SHARE_COUNT * (4 + 1 + 8) + 4 + 1 + BOOT_ID_LEN)
#define SOURCES_LEN  (MODEL_SOURCES_MAX * ADDRESS_LEN)

static enum bh_err
put_attempts(struct buf *b, const struct attempts *a)
{
	const struct share_state *share;
	enum bh_err e;
	size_t i;

	for (i = 0; i < SHARE_COUNT; i++) {
		share = &a->share[i];
		if ((e = buf_put_u32(b, share->failed)) != BH_OK ||
		    (e = buf_put_u8(b, share->locked ? 1 : 0)) != BH_OK ||
		    (e = buf_put_u64(b, share->locked_until_s)) != BH_OK)
			return e;
	}
	if ((e = buf_put_u32(b, a->strikes)) != BH_OK ||
	    (e = buf_put_u8(b, a->hard_locked ? 1 : 0)) != BH_OK)
		return e;
	return buf_put(b, a->boot_id, BOOT_ID_LEN);
}

static enum bh_err
get_attempts(struct buf *b, struct attempts *a)
{
	struct share_state *share;
	uint8_t flag;
	enum bh_err e;
	size_t i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < SHARE_COUNT; i++) {
		share = &a->share[i];
		if ((e = buf_get_u32(b, &share->failed)) != BH_OK ||
		    (e = buf_get_u8(b, &flag)) != BH_OK ||
		    (e = buf_get_u64(b, &share->locked_until_s)) != BH_OK)
			return e;
		if (flag > 1)
			return BH_ERR_INPUT;
		share->locked = flag != 0;
	}
	if ((e = buf_get_u32(b, &a->strikes)) != BH_OK ||
	    (e = buf_get_u8(b, &flag)) != BH_OK ||
	    (e = buf_get(b, a->boot_id, BOOT_ID_LEN)) != BH_OK)
		return e;
	if (flag > 1)
		return BH_ERR_INPUT;
	a->hard_locked = flag != 0;
	return buf_end(b);
}

static void
read_columns(struct query *q, struct account_row *r)
{
	struct buf *attempts = NULL, *sources = NULL;

	memset(r, 0, sizeof(*r));
	column_u64(q, &r->a.id);
	column_text(q, r->a.login, sizeof(r->a.login));
	column_text(q, r->a.person, sizeof(r->a.person));
	column_u64(q, &r->a.created_s);
	column_u64(q, &r->a.last_login_s);
	column_buf(q, ATTEMPTS_LEN, &attempts);
	column_buf(q, SOURCES_LEN, &sources);
	column_seal(q, &r->seal);
	if (q->e == BH_OK && (get_attempts(attempts, &r->a.attempts) != BH_OK ||
				 addresses_get(sources, r->a.source,
				     MODEL_SOURCES_MAX) != BH_OK))
		q->e = BH_ERR_SEALED;
	buf_free(attempts);
	buf_free(sources);
}

static enum bh_err
fetch(struct query *q, struct account_row *r)
{
	enum bh_err e, end;

	if ((e = query_step(q)) == BH_OK)
		read_columns(q, r);
	end = query_end(q);
	return e != BH_OK ? e : end;
}

static enum bh_err
fetch_id(struct store *s, enum sql_id sql, uint64_t id, struct account_row *r)
{
	struct query q;

	query_start(&q, s, sql);
	query_u64(&q, id);
	return fetch(&q, r);
}

static enum bh_err
fetch_login(
    struct store *s, enum sql_id sql, const char *login, struct account_row *r)
{
	struct query q;

	query_start(&q, s, sql);
	query_text(&q, login);
	return fetch(&q, r);
}

enum bh_err
account_mac(struct store *s, const struct seal *k, const struct account_row *r,
    uint8_t mac[MAC_LEN])
{
	const struct account *a = &r->a;
	enum bh_err e;

	if ((e = seal_row_start(s, ACCOUNT_TAG)) != BH_OK ||
	    (e = buf_put_u64(s->row, r->seal.version)) != BH_OK ||
	    (e = buf_put_u64(s->row, a->id)) != BH_OK ||
	    (e = buf_put_str(s->row, a->login)) != BH_OK ||
	    (e = buf_put_str(s->row, a->person)) != BH_OK ||
	    (e = buf_put_u64(s->row, a->created_s)) != BH_OK ||
	    (e = buf_put_u64(s->row, a->last_login_s)) != BH_OK ||
	    (e = put_attempts(s->row, &a->attempts)) != BH_OK ||
	    (e = addresses_put(s->row, a->source, MODEL_SOURCES_MAX)) != BH_OK)
		return e;
	return seal_row_mac(s, k, mac);
}

enum bh_err
account_verify(struct store *s, const struct account_row *r)
{
	uint8_t mac[MAC_LEN];
	enum bh_err e;

	if ((e = account_mac(s, s->seal, r, mac)) != BH_OK)
		return e;
	if (secret_eq(mac, r->seal.mac, sizeof(mac)))
		return BH_OK;
	log_err(BH_ERR_SEALED, "store: account %llu was altered",
	    (unsigned long long)r->a.id);
	return BH_ERR_SEALED;
}

static enum bh_err
check(struct store *s, const struct account_row *r)
{
	enum bh_err e;

	if ((e = account_verify(s, r)) != BH_OK)
		return e;
	return cell_check(s, r->a.id);
}

enum bh_err
account_next(struct store *s, uint64_t after, struct account_row *r)
{
	return fetch_id(s, SQL_ACCOUNT_WALK, after, r);
}

enum bh_err
account_write(struct store *s, const struct seal *k, struct account_row *r)
{
	struct buf *attempts, *sources;
	struct query q;
	enum bh_err e;

	attempts = buf_new(ATTEMPTS_LEN);
	sources = buf_new(SOURCES_LEN);
	if (attempts == NULL || sources == NULL) {
		e = BH_ERR_NOMEM;
		goto out;
	}
	r->seal.version++;
	if ((e = put_attempts(attempts, &r->a.attempts)) != BH_OK ||
	    (e = addresses_put(sources, r->a.source, MODEL_SOURCES_MAX)) !=
		BH_OK ||
	    (e = account_mac(s, k, r, r->seal.mac)) != BH_OK)
		goto out;
	query_start(&q, s, SQL_ACCOUNT_UPDATE);
	query_u64(&q, r->a.id);
	query_u64(&q, r->a.last_login_s);
	query_blob(&q, attempts->data, attempts->len);
	query_blob(&q, sources->data, sources->len);
	query_u64(&q, r->seal.version);
	query_blob(&q, r->seal.mac, sizeof(r->seal.mac));
	e = query_run(&q);
out:
	buf_free(attempts);
	buf_free(sources);
	return e;
}

enum bh_err
store_account_add(struct store *s, struct account *a)
{
	struct account_row r = {.a = *a, .seal = {.version = 0}};
	struct person person;
	struct query q;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = store_person_get(s, a->person, &person)) != BH_OK)
		return e;
	query_start(&q, s, SQL_ACCOUNT_ADD);
	query_text(&q, a->login);
	query_text(&q, a->person);
	query_u64(&q, a->created_s);
	if ((e = query_run(&q)) != BH_OK)
		return e;
	r.a.id = (uint64_t)sqlite3_last_insert_rowid(s->db);
	if ((e = account_write(s, s->seal, &r)) != BH_OK ||
	    (e = cell_change(s, ACCOUNT_TAG, r.a.id, r.a.id, NULL, &r.seal)) !=
		BH_OK)
		return e;
	a->id = r.a.id;
	return BH_OK;
}

enum bh_err
store_account_get(struct store *s, const char *login, struct account *a)
{
	struct account_row r;
	enum bh_err e;

	if ((e = fetch_login(s, SQL_ACCOUNT_BY_LOGIN, login, &r)) != BH_OK ||
	    (e = check(s, &r)) != BH_OK)
		return e;
	/* an index that points to another row */
	if (strcmp(r.a.login, login) != 0)
		return BH_ERR_SEALED;
	*a = r.a;
	return BH_OK;
}

static enum bh_err
checked_row(struct store *s, uint64_t id, struct account_row *r)
{
	enum bh_err e;

	if ((e = fetch_id(s, SQL_ACCOUNT_BY_ID, id, r)) != BH_OK)
		return e;
	return check(s, r);
}

enum bh_err
store_account_by_id(struct store *s, uint64_t id, struct account *a)
{
	struct account_row r;
	enum bh_err e;

	if ((e = checked_row(s, id, &r)) != BH_OK)
		return e;
	*a = r.a;
	return BH_OK;
}

enum bh_err
store_account_update(struct store *s, const struct account *a)
{
	struct account_row r;
	struct row_seal before;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = checked_row(s, a->id, &r)) != BH_OK)
		return e;
	before = r.seal;
	r.a.last_login_s = a->last_login_s;
	r.a.attempts = a->attempts;
	memcpy(r.a.source, a->source, sizeof(r.a.source));
	if ((e = account_write(s, s->seal, &r)) != BH_OK)
		return e;
	return cell_change(s, ACCOUNT_TAG, a->id, a->id, &before, &r.seal);
}

/* Revoke what the account still has. */
static enum bh_err
revoke_all(struct store *s, uint64_t account_id, uint64_t now_s)
{
	struct token token[MODEL_TOKENS_MAX];
	enum bh_err e;
	size_t i, n;

	if ((e = store_tokens_of(s, account_id, token, &n)) != BH_OK)
		return e;
	for (i = 0; i < n; i++) {
		token[i].status = TOKEN_REVOKED;
		token[i].ended_s = now_s;
		if ((e = store_token_update(s, &token[i])) != BH_OK)
			return e;
	}
	return BH_OK;
}

enum bh_err
store_account_remove(struct store *s, uint64_t id, uint64_t now_s)
{
	struct account_row r;
	struct query q;
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK ||
	    (e = checked_row(s, id, &r)) != BH_OK ||
	    (e = revoke_all(s, id, now_s)) != BH_OK)
		return e;
	query_start(&q, s, SQL_ACCOUNT_DELETE);
	query_u64(&q, id);
	if ((e = query_run(&q)) != BH_OK)
		return e;
	return cell_change(s, ACCOUNT_TAG, id, id, &r.seal, NULL);
}

/* Tokens of an account whose row is nobody's: the good ones are revoked, the
 * others lose their secrets. */
static enum bh_err
discard_tokens(struct store *s, uint64_t account_id, uint64_t now_s)
{
	struct token_row r = {.t = {.id = 0}};
	enum bh_err e;

	while ((e = token_next(s, r.t.id, &r)) != BH_ERR_NOTFOUND) {
		if (e != BH_OK && e != BH_ERR_SEALED)
			return e;
		if (r.t.account_id != account_id)
			continue;
		if (e == BH_OK)
			e = token_verify(s, &r);
		if (e == BH_OK && r.t.status != TOKEN_REVOKED) {
			r.t.status = TOKEN_REVOKED;
			r.t.ended_s = now_s;
			e = store_token_update(s, &r.t);
		} else if (e == BH_ERR_SEALED) {
			e = token_drop_secret(s, r.t.id);
		}
		if (e != BH_OK)
			return e;
	}
	return BH_OK;
}

/* The row if its MAC is wrong, looked at by login and by id: an index
 * that points to somebody's good row must not cost him that. */
static enum bh_err
find_altered(struct store *s, const char *login, struct account_row *r)
{
	enum bh_err e;

	e = fetch_login(s, SQL_ACCOUNT_BY_LOGIN, login, r);
	if (e == BH_OK && (e = account_verify(s, r)) == BH_OK)
		return BH_ERR_REFUSED;
	if (e != BH_ERR_SEALED)
		return e;
	e = fetch_id(s, SQL_ACCOUNT_BY_ID, r->a.id, r);
	if (e == BH_OK && (e = account_verify(s, r)) == BH_OK)
		return BH_ERR_CORRUPT;
	return e == BH_ERR_SEALED ? BH_OK : e;
}

/* Delete the row.  Its cell counts it if it was altered where it stood, and
 * does not if store_accept has come by: what adds up afterwards is right. */
static enum bh_err
delete_altered(struct store *s, const struct account_row *r)
{
	struct query q;
	enum bh_err e;

	query_start(&q, s, SQL_ACCOUNT_DELETE);
	query_u64(&q, r->a.id);
	if ((e = query_run(&q)) != BH_OK || (e = cell_scan(s)) != BH_OK)
		return e;
	s->dirty = true;
	if (!s->bad_cell[cell_of(r->a.id)])
		return BH_OK;
	if ((e = cell_change(
		 s, ACCOUNT_TAG, r->a.id, r->a.id, &r->seal, NULL)) != BH_OK ||
	    (e = cell_scan(s)) != BH_OK)
		return e;
	return cell_check(s, r->a.id);
}

enum bh_err
store_account_discard(
    struct store *s, const char *login, uint64_t now_s, uint64_t *idp)
{
	struct account_row r;
	enum bh_err e;

	if (s->marked)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK ||
	    (e = find_altered(s, login, &r)) != BH_OK)
		return e;
	s->rescan = true; /* whatever becomes of this transaction */
	if ((e = cell_scan(s)) != BH_OK ||
	    (e = cell_check(s, r.a.id)) != BH_OK ||
	    (e = discard_tokens(s, r.a.id, now_s)) != BH_OK ||
	    (e = delete_altered(s, &r)) != BH_OK)
		return e;
	*idp = r.a.id;
	return BH_OK;
}

enum bh_err
store_accounts(struct store *s, const char *after, size_t max,
    struct account *out, size_t *np)
{
	char last[MODEL_NAME_MAX + 1] = "";
	struct account_row r;
	enum bh_err e;
	size_t n = 0;

	if (strlen(after) < sizeof(last))
		memcpy(last, after, strlen(after) + 1);
	while (n < max) {
		e = fetch_login(s, SQL_ACCOUNT_LIST, last, &r);
		if (e == BH_ERR_NOTFOUND)
			break;
		if (e != BH_OK && (e != BH_ERR_SEALED || r.a.login[0] == '\0'))
			return e;
		memcpy(last, r.a.login, sizeof(last));
		if (e == BH_OK && (e = check(s, &r)) == BH_OK)
			out[n++] = r.a;
		else if (e != BH_ERR_SEALED) /* that one is logged, left out */
			return e;
	}
	*np = n;
	return BH_OK;
}
