/*
 * Taking a store as it is, after it was set back or tampered with: nothing
 * that may have been used before can be used again.
 */
#include "core/factor.h"
#include "core/store/engine.h"

#include "base/log.h"

/* What a token is after a stretch of time nobody remembers. */
static void
age(struct token *t, uint64_t now_s, uint64_t window_s)
{
	uint64_t step;

	switch (t->kind) {
	case FACTOR_TOTP:
		step = (now_s + window_s) / (t->period_s > 0 ? t->period_s : 1);
		t->state = factor_totp_raise(t->state, step);
		break;
	case FACTOR_HOTP:
	case FACTOR_YUBIKEY:
		t->status = TOKEN_PENDING;
		break;
	case FACTOR_RECOVERY:
	default:
		t->status = TOKEN_REVOKED;
		t->ended_s = now_s;
		break;
	}
}

static enum bh_err
accept_token(
    struct store *s, struct token_row *r, uint64_t now_s, uint64_t window_s)
{
	enum bh_err e;

	if ((e = token_verify(s, r)) == BH_ERR_SEALED)
		return BH_OK; /* logged; it stays refused */
	if (e != BH_OK || r->t.status == TOKEN_REVOKED)
		return e;
	age(&r->t, now_s, window_s);
	if (r->t.status == TOKEN_REVOKED &&
	    (e = token_drop_secret(s, r->t.id)) != BH_OK)
		return e;
	return token_write(s, s->seal, r);
}

enum bh_err
store_accept(struct store *s, uint64_t now_s, uint64_t window_s)
{
	struct token_row r = {.t = {.id = 0}};
	enum bh_err e;

	if (s->marked)
		return BH_ERR_REFUSED;
	if ((e = transaction_check(s)) != BH_OK)
		return e;
	while ((e = token_next(s, r.t.id, &r)) != BH_ERR_NOTFOUND) {
		if (e == BH_ERR_SEALED)
			continue; /* not even readable; logged */
		if (e != BH_OK ||
		    (e = accept_token(s, &r, now_s, window_s)) != BH_OK)
			return e;
	}
	if ((e = cell_rebuild(s)) != BH_OK ||
	    (e = token_digests_rebuild(s)) != BH_OK ||
	    (e = manifest_accept(s)) != BH_OK ||
	    (e = identity_accept(s)) != BH_OK ||
	    (e = store_clock_raise(s, now_s)) != BH_OK)
		return e;
	s->rescan = true;
	log_msg(LOG_LEVEL_ALERT, "store: accepted as it is");
	return BH_OK;
}
