/*
 * Operations on tokens that are there: list, confirm, resynchronise, revoke.
 */
#include "core/admin_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RESYNC_AHEAD 100 /* counters searched for a pair of codes */

json_t *
op_token_value(const struct token *t, const char *login)
{
	json_t *o;

	o = json_pack("{s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:b}", "id",
	    op_int(t->id), "login", op_string(login), "kind",
	    factor_name(t->kind), "status", token_status_name(t->status),
	    "created_s", op_time(t->created_s), "confirmed_s",
	    op_time(t->confirmed_s), "ended_s", op_time(t->ended_s),
	    "last_used_s", op_time(t->last_used_s), "weak", t->weak);
	if (o == NULL)
		return NULL;
	if ((t->kind == FACTOR_TOTP || t->kind == FACTOR_HOTP) &&
	    (json_object_set_new(o, "digits", op_int(t->digits)) != 0 ||
		json_object_set_new(
		    o, "algorithm", op_string(otp_hash_name(t->hash))) != 0))
		goto fail;
	if (t->kind == FACTOR_TOTP &&
	    json_object_set_new(o, "period_s", op_int(t->period_s)) != 0)
		goto fail;
	if (t->kind == FACTOR_YUBIKEY &&
	    json_object_set_new(o, "public_id", op_string(t->public_id)) != 0)
		goto fail;
	if (t->kind == FACTOR_RECOVERY && t->status == TOKEN_ACTIVE &&
	    json_object_set_new(
		o, "codes_left", op_int(factor_recovery_left(t->state))) != 0)
		goto fail;
	return o;
fail:
	json_decref(o);
	return NULL;
}

/* Append those of a page that are wanted; a is kept for the next token. */
static enum bh_err
list_page(
    struct op *o, json_t *list, const struct token *t, size_t n, uint64_t only)
{
	struct account a = {.id = 0};
	const char *login;
	enum bh_err e;
	size_t i;

	for (i = 0; i < n; i++) {
		if (only != 0 && t[i].account_id != only)
			continue;
		login = a.login;
		if (a.id != t[i].account_id) {
			e = store_account_by_id(
			    o->a->store, t[i].account_id, &a);
			if (e == BH_ERR_NOTFOUND || e == BH_ERR_SEALED) {
				login = NULL;
				a.id = 0;
			} else if (e != BH_OK)
				return e;
		}
		if (json_array_append_new(list, op_token_value(&t[i], login)) !=
		    0)
			return BH_ERR_NOMEM;
	}
	return BH_OK;
}

enum bh_err
op_token_list(struct op *o)
{
	uint64_t after = op_number(o, "after", 0);
	json_t *list = json_array();
	struct account a = {.id = 0};
	struct token *t;
	size_t n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "tokens", list)) != BH_OK)
		return e;
	if (op_text(o, "login") != NULL && (e = op_account(o, &a)) != BH_OK)
		return e;
	if ((t = calloc(ADMIN_PAGE, sizeof(*t))) == NULL)
		return BH_ERR_NOMEM;
	e = store_tokens(o->a->store, after, ADMIN_PAGE, t, &n);
	if (e == BH_OK)
		e = list_page(o, list, t, n, a.id);
	if (e == BH_OK && n == ADMIN_PAGE)
		e = op_put(o->out, "after", op_int(t[n - 1].id));
	free(t);
	return e;
}

/* A code as typed: apps show it in groups. */
static enum bh_err
code_of(const struct op *o, const char *key, struct buf **codep)
{
	const char *s = op_text(o, key);
	struct buf *b;
	enum bh_err e;

	if (strlen(s) > MSG_ANSWER_MAX)
		return BH_ERR_RANGE;
	if ((b = buf_new(MSG_ANSWER_MAX + 1)) == NULL)
		return BH_ERR_NOMEM;
	for (; *s != '\0'; s++) {
		if (*s != ' ' && (e = buf_put_u8(b, (uint8_t)*s)) != BH_OK) {
			buf_free(b);
			return e;
		}
	}
	*codep = b;
	return BH_OK;
}

static enum bh_err
confirm_check(struct op *o, const struct token *t, struct factor_match *mp)
{
	const struct policy *p = &o->a->config->policy;
	const struct factor_limits limits = {p->otp_window, p->hotp_ahead,
	    false};
	struct buf *secret = NULL, *code = NULL;
	enum bh_err e;

	memset(mp, 0, sizeof(*mp));
	e = code_of(o, "code", &code);
	if (e == BH_ERR_RANGE)
		return BH_OK; /* longer than any code: not right */
	if (e != BH_OK)
		return e;
	if (factor_form_ok(t, code) &&
	    (e = store_token_secret(o->a->store, t, &secret)) == BH_OK)
		e = factor_check(t, secret, code, &limits, o->now->wall_s, mp);
	buf_free(secret);
	buf_free(code);
	return e;
}

/* A wrong code changes nothing, and is a record. */
static enum bh_err
wrong_code(struct op *o, const char *action, const struct account *a,
    const struct token *t, bool replay)
{
	struct event ev;
	enum bh_err e;

	op_event(o, action, &ev);
	op_event_token(&ev, a, t);
	ev.outcome = "failure";
	ev.reason = replay ? "replay" : "wrong";
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	o->keep = true;
	return op_refuse(o, OP_NO,
	    replay ? "That code was used before; wait for the next one"
		   : "That code is not right; check the clock of this host and "
		     "of the device, and give the code it shows now");
}

enum bh_err
op_token_confirm(struct op *o)
{
	struct factor_match match;
	struct account a;
	struct token t;
	struct event ev;
	enum bh_err e;

	if ((e = op_token(o, &t, &a)) != BH_OK)
		return e;
	if (t.status != TOKEN_PENDING)
		return op_refuse(o, OP_NO,
		    "token %" PRIu64 " is %s; only a pending one is confirmed",
		    t.id, token_status_name(t.status));
	if ((e = confirm_check(o, &t, &match)) != BH_OK)
		return e;
	if (!match.found)
		return wrong_code(o, "confirm", &a, &t, match.replay);
	t.state = match.state; /* the confirming code is spent */
	t.status = TOKEN_ACTIVE;
	t.confirmed_s = o->now->wall_s;
	if ((e = store_token_update(o->a->store, &t)) != BH_OK)
		return e;
	op_event(o, "confirm", &ev);
	op_event_token(&ev, &a, &t);
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return op_put(o->out, "token", op_token_value(&t, a.login));
}

static enum bh_err
resync_check(struct op *o, const struct token *t, uint64_t *statep)
{
	struct buf *secret = NULL, *first = NULL, *second = NULL;
	enum bh_err e;

	if ((e = code_of(o, "code1", &first)) == BH_OK &&
	    (e = code_of(o, "code2", &second)) == BH_OK &&
	    (e = store_token_secret(o->a->store, t, &secret)) == BH_OK)
		e = factor_hotp_resync(
		    t, secret, first, second, RESYNC_AHEAD, statep);
	if (e == BH_ERR_RANGE || e == BH_ERR_INPUT)
		e = BH_ERR_NOTFOUND; /* no codes of this token */
	buf_free(secret);
	buf_free(first);
	buf_free(second);
	return e;
}

enum bh_err
op_token_resync(struct op *o)
{
	struct account a;
	struct token t;
	struct event ev;
	enum bh_err e;

	if ((e = op_token(o, &t, &a)) != BH_OK)
		return e;
	if (t.kind != FACTOR_HOTP || t.status == TOKEN_REVOKED)
		return op_refuse(o, OP_NO,
		    "token %" PRIu64 " is %s %s; only a hotp token that is not "
		    "revoked counts and can be resynchronised",
		    t.id, t.kind == FACTOR_HOTP ? "a" : "of kind",
		    t.kind == FACTOR_HOTP ? "revoked one"
					  : factor_name(t.kind));
	e = resync_check(o, &t, &t.state);
	if (e == BH_ERR_NOTFOUND)
		return wrong_code(o, "resync", &a, &t, false);
	if (e != BH_OK)
		return e;
	if ((e = store_token_update(o->a->store, &t)) != BH_OK)
		return e;
	op_event(o, "resync", &ev);
	op_event_token(&ev, &a, &t);
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return op_put(o->out, "token", op_token_value(&t, a.login));
}

enum bh_err
op_revoke(struct op *o, struct account *a, struct token *t, const char *reason)
{
	struct event ev;
	enum bh_err e;

	t->status = TOKEN_REVOKED;
	t->ended_s = o->now->wall_s;
	if ((e = store_token_update(o->a->store, t)) != BH_OK)
		return e;
	op_event(o, "revoke", &ev);
	op_event_token(&ev, a, t);
	ev.note = reason;
	return op_record(o, &ev);
}

enum bh_err
op_token_revoke(struct op *o)
{
	struct account a;
	struct token t;
	enum bh_err e;

	if ((e = op_token(o, &t, &a)) != BH_OK)
		return e;
	if (t.status == TOKEN_REVOKED)
		return op_refuse(
		    o, OP_NO, "token %" PRIu64 " is revoked already", t.id);
	if ((e = op_revoke(o, &a, &t, op_text(o, "reason"))) != BH_OK ||
	    (e = op_changed(o, &a)) != BH_OK)
		return e;
	return op_put(o->out, "token", op_token_value(&t, a.login));
}
