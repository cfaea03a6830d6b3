/*
 * Operations on accounts: whose login it is, what is locked, the way out of a
 * lock.
 */
#include "core/admin_internal.h"

#include <stdlib.h>
#include <string.h>

/* A login is a person's or a machine's, never both. */
static enum bh_err
no_machine(struct op *o, const char *login)
{
	struct machine m;
	enum bh_err e;

	e = store_machine_get(o->a->store, login, &m);
	if (e == BH_OK && m.ended_s == 0)
		return op_refuse(o, OP_NO,
		    "%s is a machine account; 'bulkhead machine revoke %s' "
		    "first",
		    login, login);
	return e == BH_ERR_NOTFOUND || e == BH_ERR_SEALED ? BH_OK : e;
}

enum bh_err
op_account_add(struct op *o)
{
	struct account a = {.created_s = o->now->wall_s};
	struct event ev;
	enum bh_err e;

	(void)msg_set(a.login, sizeof(a.login), op_text(o, "login"));
	(void)msg_set(a.person, sizeof(a.person), op_text(o, "person"));
	if ((e = no_machine(o, a.login)) != BH_OK)
		return e;
	e = store_account_add(o->a->store, &a);
	if (e == BH_ERR_EXISTS)
		return op_refuse(o, OP_NO,
		    "account %s is there already; 'bulkhead account show %s' "
		    "says whose it is",
		    a.login, a.login);
	if (e == BH_ERR_NOTFOUND)
		return op_refuse(o, OP_NO,
		    "there is no person %s; 'bulkhead person add %s' first",
		    a.person, a.person);
	if (e != BH_OK)
		return e;
	op_event(o, "account.add", &ev);
	ev.subject = a.login;
	ev.person = a.person;
	if ((e = op_record(o, &ev)) != BH_OK ||
	    (e = op_put(o->out, "login", op_string(a.login))) != BH_OK)
		return e;
	return op_put(o->out, "person", op_string(a.person));
}

/* The shares that are locked, with the seconds left. */
static json_t *
locks_value(const struct attempts *at, const struct now *now)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < SHARE_COUNT; i++) {
		const struct share_state *s = &at->share[i];
		uint64_t left = 0;

		if (!s->locked)
			continue;
		if (s->locked_until_s > now->boot_s)
			left = s->locked_until_s - now->boot_s;
		if (json_array_append_new(
			list, json_pack("{s:s, s:o}", "share",
				  share_name((enum share)i), "remaining_s",
				  op_int(left))) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

/* What counts of an account's tokens, in few numbers. */
struct token_sums {
	uint64_t active;
	uint64_t pending;
	uint64_t recovery_left;
	uint64_t last_used_s;
};

static void
sum_tokens(const struct token *t, size_t n, struct token_sums *sums)
{
	size_t i;

	memset(sums, 0, sizeof(*sums));
	for (i = 0; i < n; i++) {
		if (t[i].status == TOKEN_PENDING)
			sums->pending++;
		if (t[i].last_used_s > sums->last_used_s)
			sums->last_used_s = t[i].last_used_s;
		if (t[i].status != TOKEN_ACTIVE)
			continue;
		if (t[i].kind == FACTOR_RECOVERY)
			sums->recovery_left += factor_recovery_left(t[i].state);
		else
			sums->active++;
	}
}

static enum bh_err
put_account(struct op *o, json_t *object, const struct account *a,
    const struct token *t, size_t n)
{
	struct attempts at;
	struct token_sums sums;
	size_t sources = 0;
	enum bh_err e;

	gate_attempts(o->a->gate, a, o->now, &at);
	sum_tokens(t, n, &sums);
	while (sources < MODEL_SOURCES_MAX && a->source[sources].family != 0)
		sources++;
	if ((e = op_put(object, "login", op_string(a->login))) != BH_OK ||
	    (e = op_put(object, "person", op_string(a->person))) != BH_OK ||
	    (e = op_put(object, "created_s", op_time(a->created_s))) != BH_OK ||
	    (e = op_put(object, "last_login_s", op_time(a->last_login_s))) !=
		BH_OK ||
	    (e = op_put(object, "tokens_active", op_int(sums.active))) !=
		BH_OK ||
	    (e = op_put(object, "tokens_pending", op_int(sums.pending))) !=
		BH_OK ||
	    (e = op_put(object, "recovery_left", op_int(sums.recovery_left))) !=
		BH_OK ||
	    (e = op_put(object, "known_sources", op_int(sources))) != BH_OK ||
	    (e = op_put(object, "locked", locks_value(&at, o->now))) != BH_OK)
		return e;
	return op_put(object, "hard_locked", json_boolean(at.hard_locked));
}

/* One account of a list; one that was tampered with must not hide the rest. */
static enum bh_err
list_one(struct op *o, json_t *list, const struct account *a)
{
	struct token t[MODEL_TOKENS_MAX];
	json_t *object = json_object();
	enum bh_err e;
	size_t n = 0;

	if (json_array_append_new(list, object) != 0)
		return BH_ERR_NOMEM;
	e = store_tokens_of(o->a->store, a->id, t, &n);
	if (e == BH_ERR_SEALED) {
		n = 0;
		e = op_put(object, "tampered", json_true());
	}
	return e == BH_OK ? put_account(o, object, a, t, n) : e;
}

enum bh_err
op_account_list(struct op *o)
{
	const char *after = op_text(o, "after");
	json_t *list = json_array();
	struct account *a;
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "accounts", list)) != BH_OK)
		return e;
	if ((a = calloc(ADMIN_PAGE, sizeof(*a))) == NULL)
		return BH_ERR_NOMEM;
	e = store_accounts(
	    o->a->store, after != NULL ? after : "", ADMIN_PAGE, a, &n);
	for (i = 0; e == BH_OK && i < n; i++)
		e = list_one(o, list, &a[i]);
	if (e == BH_OK && n == ADMIN_PAGE)
		e = op_put(o->out, "after", op_string(a[n - 1].login));
	free(a);
	return e;
}

enum bh_err
op_account_show(struct op *o)
{
	struct token t[MODEL_TOKENS_MAX];
	json_t *list = json_array();
	struct account a;
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "tokens", list)) != BH_OK ||
	    (e = op_account(o, &a)) != BH_OK ||
	    (e = store_tokens_of(o->a->store, a.id, t, &n)) != BH_OK)
		return e;
	for (i = 0; i < n; i++) {
		if (json_array_append_new(
			list, op_token_value(&t[i], a.login)) != 0)
			return BH_ERR_NOMEM;
	}
	return put_account(o, o->out, &a, t, n);
}

/* One that was altered is removed by its login; nothing else of it is sure. */
static enum bh_err
remove_account(struct op *o, struct account *a, bool *alteredp)
{
	enum bh_err e;

	*alteredp = false;
	e = op_account(o, a);
	if (e == BH_OK)
		return store_account_remove(o->a->store, a->id, o->now->wall_s);
	if (e != BH_ERR_SEALED)
		return e;
	memset(a, 0, sizeof(*a));
	(void)msg_set(a->login, sizeof(a->login), op_text(o, "login"));
	*alteredp = true;
	e = store_account_discard(
	    o->a->store, a->login, o->now->wall_s, &a->id);
	/* a good row beside others that do not add up */
	return e == BH_ERR_REFUSED ? BH_ERR_SEALED : e;
}

enum bh_err
op_account_remove(struct op *o)
{
	struct account a;
	struct event ev;
	bool altered;
	enum bh_err e;

	if ((e = remove_account(o, &a, &altered)) != BH_OK)
		return e;
	o->changed[o->n_changed++] = a.id;
	op_event(o, "account.remove", &ev);
	ev.subject = a.login;
	ev.person = a.person;
	if (altered)
		ev.detail = "its row was altered";
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return op_put(o->out, "login", op_string(a.login));
}

/* Nothing left to lift: the count of wrong answers goes all the same. */
enum bh_err
op_unlock(struct op *o)
{
	struct account a;
	struct event ev;
	bool locked, hard;
	enum bh_err e;

	if ((e = op_account(o, &a)) != BH_OK ||
	    (e = op_changed(o, &a)) != BH_OK)
		return e;
	locked = attempts_any_lock(&a.attempts);
	hard = a.attempts.hard_locked;
	if (hard && !op_flag(o, "local_terminal"))
		return op_refuse(o, OP_NO,
		    "account %s is locked hard, after %d locks in a row; that "
		    "is lifted only from a terminal of this host (console), "
		    "not over ssh or by a script",
		    a.login, ATTEMPTS_HARD_AFTER);
	attempts_unlock(&a.attempts);
	if ((e = store_account_update(o->a->store, &a)) != BH_OK)
		return e;
	op_event(o, "unlock", &ev);
	ev.subject = a.login;
	ev.person = a.person;
	ev.tty = op_text(o, "tty");
	ev.detail = hard ? "hard lock" : locked ? "lock" : "no lock";
	if ((e = op_record(o, &ev)) != BH_OK ||
	    (e = op_put(o->out, "login", op_string(a.login))) != BH_OK ||
	    (e = op_put(o->out, "was_locked", json_boolean(locked))) != BH_OK)
		return e;
	return op_put(o->out, "was_hard_locked", json_boolean(hard));
}
