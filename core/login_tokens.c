/*
 * The answer against an account's tokens.
 */
#include "core/gate_internal.h"

#include "base/log.h"
#include "core/factor.h"

#include <string.h>

static bool
counts(const struct policy *p, const struct token *t)
{
	return t->status == TOKEN_ACTIVE &&
	       (p->factors & 1u << (unsigned int)t->kind) != 0;
}

enum bh_err
login_enrolled(struct gate *g, const struct policy *p, struct login *l,
    struct token *tokens, size_t *np)
{
	size_t i, n, kept = 0;
	enum bh_err e;

	if ((e = store_tokens_of(g->store, l->account.id, tokens, &n)) != BH_OK)
		return e;
	for (i = 0; i < n; i++) {
		if (counts(p, &tokens[i]))
			tokens[kept++] = tokens[i];
	}
	*np = kept;
	return BH_OK;
}

bool
login_is_recovery(const struct login *l, const struct token *tokens, size_t n)
{
	size_t i;

	if (l->answer == NULL || l->toolong)
		return false;
	for (i = 0; i < n; i++) {
		if (tokens[i].kind == FACTOR_RECOVERY &&
		    factor_form_ok(&tokens[i], l->answer))
			return true;
	}
	return false;
}

/* One token's part of a comparison. */
struct comparison {
	bool compared; /* the form fitted and the secret opened */
	bool tampered;
	bool listed; /* found, and another realm has the token too */
	struct factor_match match;
};

static enum bh_err
compare_one(struct gate *g, const struct policy *p, struct login *l,
    const struct token *t, const struct now *now, struct comparison *c)
{
	const struct factor_limits limits = {
	    p->otp_window, p->hotp_ahead, g->clock_ahead};
	struct buf *secret = NULL;
	enum bh_err e;

	memset(c, 0, sizeof(*c));
	if (!factor_form_ok(t, l->answer))
		return BH_OK;
	if ((e = store_token_secret(g->store, t, &secret)) == BH_ERR_SEALED) {
		log_err(e, "token %llu", (unsigned long long)t->id);
		c->tampered = true;
		return BH_OK;
	}
	if (e != BH_OK)
		return e;
	c->compared = true;
	e = factor_check(t, secret, l->answer, &limits, now->wall_s, &c->match);
	if (e == BH_OK && c->match.found)
		e = login_token_listed(g, l, t, secret, &c->listed);
	buf_free(secret);
	return e;
}

/* The code was never used, says the token read before: the store decides. */
static enum bh_err
claim(struct gate *g, struct login *l, struct token *t, uint64_t state,
    const struct now *now)
{
	enum bh_err e;

	t->state = state;
	t->last_used_s = now->wall_s;
	l->token = *t; /* whose code it was, though the disk be full */
	l->recovery = t->kind == FACTOR_RECOVERY;
	e = store_token_update(g->store, t);
	if (e == BH_ERR_ROLLBACK)
		l->evidence.match = MATCH_REPLAY;
	else if (e == BH_OK)
		l->evidence.match = MATCH_CLAIMED;
	else
		return e;
	return BH_OK;
}

/*
 * A used code of any token is a replay whatever else it may be: it takes
 * nothing from the budget, so it must not be a guess at another token either.
 */
enum bh_err
login_compare(struct gate *g, const struct policy *p, struct login *l,
    struct token *tokens, size_t n, const struct now *now)
{
	struct token *found = NULL;
	uint64_t state = 0;
	struct comparison c;
	bool compared = false, tampered = false;
	enum bh_err e;
	size_t i;

	if (l->toolong || l->answer == NULL)
		return BH_OK;
	for (i = 0; i < n; i++) {
		if ((e = compare_one(g, p, l, &tokens[i], now, &c)) != BH_OK)
			return e;
		compared = compared || c.compared;
		tampered = tampered || c.tampered;
		if (c.match.replay) {
			l->evidence.match = MATCH_REPLAY;
			l->token = tokens[i];
			return BH_OK;
		}
		if (c.match.found && found == NULL) {
			found = &tokens[i];
			state = c.match.state;
			l->evidence.token_listed = c.listed;
		}
	}
	if (found != NULL)
		return claim(g, l, found, state, now);
	if (tampered && !compared)
		l->evidence.match = MATCH_TAMPERED;
	return BH_OK;
}
