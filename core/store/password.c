/*
 * Passwords that were made here: of each the keyed digest of its shadow
 * entry, under a key that outlives the realm's, since nobody has the entry at
 * hand when that one changes.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <string.h>

#define PASSWORD_TAG "bulkhead password v1"

struct password_row {
	char login[MODEL_NAME_MAX + 1];
	uint64_t set_s;
	uint8_t digest[CRYPTO_HASH_LEN];
	struct row_seal seal;
};

static enum bh_err
fetch(struct store *s, enum sql_id id, const char *key, struct password_row *r)
{
	char login[MODEL_NAME_MAX + 1]; /* key may be r's own */
	struct query q;
	enum bh_err e, end;

	if (strlen(key) >= sizeof(login))
		return BH_ERR_RANGE;
	memcpy(login, key, strlen(key) + 1);
	query_start(&q, s, id);
	query_text(&q, login);
	if ((e = query_step(&q)) == BH_OK) {
		memset(r, 0, sizeof(*r));
		column_text(&q, r->login, sizeof(r->login));
		column_u64(&q, &r->set_s);
		column_bytes(&q, r->digest, sizeof(r->digest));
		column_seal(&q, &r->seal);
	}
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

static enum bh_err
password_mac(struct store *s, const struct seal *k,
    const struct password_row *r, uint8_t mac[MAC_LEN])
{
	enum bh_err e;

	if ((e = seal_row_start(s, PASSWORD_TAG)) != BH_OK ||
	    (e = buf_put_u64(s->row, r->seal.version)) != BH_OK ||
	    (e = buf_put_str(s->row, r->login)) != BH_OK ||
	    (e = buf_put_u64(s->row, r->set_s)) != BH_OK ||
	    (e = buf_put(s->row, r->digest, sizeof(r->digest))) != BH_OK)
		return e;
	return seal_row_mac(s, k, mac);
}

static enum bh_err
verify(struct store *s, const struct password_row *r)
{
	uint8_t mac[MAC_LEN];
	enum bh_err e;

	if ((e = password_mac(s, s->seal, r, mac)) != BH_OK)
		return e;
	if (secret_eq(mac, r->seal.mac, sizeof(mac)))
		return BH_OK;
	log_err(
	    BH_ERR_SEALED, "store: the password of %s was altered", r->login);
	return BH_ERR_SEALED;
}

static enum bh_err
write_row(struct store *s, const struct seal *k, struct password_row *r)
{
	struct query q;
	enum bh_err e;

	r->seal.version++;
	if ((e = password_mac(s, k, r, r->seal.mac)) != BH_OK)
		return e;
	query_start(&q, s, SQL_PASSWORD_PUT);
	query_text(&q, r->login);
	query_u64(&q, r->set_s);
	query_blob(&q, r->digest, sizeof(r->digest));
	query_u64(&q, r->seal.version);
	query_blob(&q, r->seal.mac, sizeof(r->seal.mac));
	return query_run(&q);
}

static enum bh_err
digest(struct store *s, const char *login, const char *shadow,
    uint8_t out[CRYPTO_HASH_LEN])
{
	struct slice in[] = {
	    {login, strlen(login) + 1}, {shadow, strlen(shadow)}};
	uint8_t key[CRYPTO_KEY_LEN];
	enum bh_err e;

	e = crypto_derive(s->lasting->fingerprint, PASSWORD_TAG, key);
	if (e == BH_OK)
		e = crypto_hmac(key, in, nitems(in), out);
	secret_wipe(key, sizeof(key));
	return e;
}

enum bh_err
store_password_set(
    struct store *s, const char *login, const char *shadow, uint64_t now_s)
{
	struct password_row r = {.set_s = 0};
	enum bh_err e;

	if ((e = transaction_check(s)) != BH_OK)
		return e;
	/* whatever is there, right or not, gives way */
	e = fetch(s, SQL_PASSWORD_GET, login, &r);
	if (e != BH_OK && e != BH_ERR_NOTFOUND && e != BH_ERR_SEALED)
		return e;
	memcpy(r.login, login, strlen(login) + 1);
	r.set_s = now_s;
	if ((e = digest(s, login, shadow, r.digest)) != BH_OK)
		return e;
	return write_row(s, s->seal, &r);
}

enum bh_err
store_password_check(struct store *s, const char *login, const char *shadow,
    bool *samep, uint64_t *set_sp)
{
	uint8_t want[CRYPTO_HASH_LEN];
	struct password_row r;
	enum bh_err e;

	if ((e = fetch(s, SQL_PASSWORD_GET, login, &r)) != BH_OK ||
	    (e = verify(s, &r)) != BH_OK ||
	    (e = digest(s, login, shadow, want)) != BH_OK)
		return e;
	if (strcmp(r.login, login) != 0)
		return BH_ERR_SEALED;
	*samep = secret_eq(want, r.digest, sizeof(want));
	*set_sp = r.set_s;
	return BH_OK;
}

enum bh_err
passwords_rekey(struct store *s, const struct seal *to)
{
	struct password_row r = {.login = ""};
	enum bh_err e;

	while (
	    (e = fetch(s, SQL_PASSWORD_LIST, r.login, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_ERR_SEALED && r.login[0] == '\0')
			return e; /* not even its login: we can't go on */
		if (e == BH_OK)
			e = verify(s, &r);
		if (e == BH_ERR_SEALED)
			continue; /* it stays altered */
		if (e != BH_OK || (e = write_row(s, to, &r)) != BH_OK)
			return e;
	}
	return BH_OK;
}
