/*
 * Up to 64 logins in one transaction, a savepoint each, one sync for all.
 */
#include "core/gate_internal.h"

#include "base/log.h"

/*
 * Decide one login between mark and release.  What errs is undone and denied
 * alone; a store that can't even do that fails the batch.
 */
static enum bh_err
decide_one(struct gate *g, struct login *l, const struct now *now)
{
	enum bh_err e, undo;

	if ((e = store_mark(g->store)) != BH_OK)
		return e;
	if ((e = login_decide(g, l, now)) == BH_OK)
		return store_release(g->store);
	log_err(e, "login of service %.32s", l->start.service);
	login_undo(g, l, now);
	undo = store_reset(g->store);
	return e == BH_ERR_FULL ? e : undo;
}

/* Would it be a right recovery code, or the login by one, had the disk room? */
static bool
wants_ballast(const struct login *l)
{
	return l->recovery && l->evidence.match != MATCH_REPLAY &&
	       !l->evidence.token_listed;
}

/*
 * Where all the room there is came from the ballast, nobody else takes it: a
 * stranger who is denied would use it up, a record or a time at a time, before
 * the owner is root.
 */
static bool
may_commit(struct gate *g, struct login **logins, size_t n)
{
	size_t i;

	if (!store_ballast_spent(g->store))
		return true;
	for (i = 0; i < n; i++) {
		if (!wants_ballast(logins[i]))
			return false;
	}
	return true;
}

static enum bh_err
run(struct gate *g, struct login **logins, size_t n, const struct now *now)
{
	enum bh_err e;
	size_t i;

	if ((e = store_begin(g->store)) != BH_OK)
		return e;
	if ((e = gate_clock(g, now)) != BH_OK) {
		store_rollback(g->store);
		return e;
	}
	for (i = 0; i < n; i++) {
		if ((e = decide_one(g, logins[i], now)) != BH_OK) {
			store_rollback(g->store);
			return e;
		}
	}
	if (!may_commit(g, logins, n)) {
		store_rollback(g->store);
		return BH_ERR_FULL;
	}
	return store_commit(g->store);
}

/* Everything is durable: memory follows, the last word on an account last. */
static void
settle(struct gate *g, struct login **logins, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct login *l = logins[i];

		if (l->wrote_attempts)
			gate_overlay_drop(g, l->account.id);
		else if (l->in_memory)
			gate_overlay_set(g, l->account.id, &l->attempts);
	}
}

static void
deny_all(struct gate *g, struct login **logins, size_t n, const struct now *now)
{
	size_t i;

	for (i = 0; i < n; i++)
		login_undo(g, logins[i], now);
}

/*
 * The disk is full.  A recovery code gets in all the same, on the console, by
 * ssh, and then as root who makes room: the ballast's blocks are given back for
 * its commit, and for nothing else.
 */
static void
use_ballast(
    struct gate *g, struct login **logins, size_t n, const struct now *now)
{
	enum bh_err e;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!wants_ballast(logins[i]))
			continue;
		if ((e = store_ballast_release(g->store)) == BH_OK)
			log_msg(LOG_LEVEL_ALERT,
			    "disk is full: ballast released for a recovery "
			    "code of %s",
			    logins[i]->account.login);
		else if (e != BH_ERR_NOTFOUND)
			log_err(e, "release the ballast");
		if ((e = run(g, &logins[i], 1, now)) == BH_OK) {
			settle(g, &logins[i], 1);
		} else {
			login_undo(g, logins[i], now);
			log_err(e, "recovery code on a full disk");
		}
	}
}

/* What could not be recorded is summed, and recorded once it can be. */
static void
count_errors(
    struct gate *g, struct login **logins, size_t n, const struct now *now)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (logins[i]->decision.reason == REASON_ERROR &&
		    !logins[i]->summed)
			gate_count_denial(g, logins[i], now);
	}
}

void
gate_log(struct gate *g, struct login **logins, size_t n)
{
	size_t i;

	if (g->line == NULL)
		return;
	for (i = 0; i < n; i++)
		g->line(g->line_arg,
		    logins[i]->decision.verdict == VERDICT_ALLOW
			? LOG_LEVEL_INFO
			: LOG_LEVEL_NOTICE,
		    logins[i]->line);
}

void
gate_batch(struct gate *g, struct login **logins, size_t n,
    const struct now *now, enum bh_err *errp)
{
	enum bh_err e;

	if ((e = run(g, logins, n, now)) == BH_OK) {
		settle(g, logins, n);
	} else {
		deny_all(g, logins, n, now);
		if (e == BH_ERR_FULL)
			use_ballast(g, logins, n, now);
	}
	count_errors(g, logins, n, now);
	secret_burn_stack();
	*errp = e;
}
