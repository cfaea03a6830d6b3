/*
 * What operations have in common: reading the request, making the reply,
 * finding an account or a token, writing the record.
 */
#include "core/admin_internal.h"

#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *
op_text(const struct op *o, const char *key)
{
	return json_string_value(json_object_get(o->in, key));
}

uint64_t
op_number(const struct op *o, const char *key, uint64_t unset)
{
	const json_t *value = json_object_get(o->in, key);

	return value != NULL ? (uint64_t)json_integer_value(value) : unset;
}

bool
op_flag(const struct op *o, const char *key)
{
	return json_is_true(json_object_get(o->in, key));
}

enum bh_err
op_put(json_t *object, const char *key, json_t *value)
{
	if (value == NULL || json_object_set_new(object, key, value) != 0)
		return BH_ERR_NOMEM;
	return BH_OK;
}

json_t *
op_int(uint64_t v)
{
	return json_integer(v <= INT64_MAX ? (json_int_t)v : INT64_MAX);
}

json_t *
op_time(uint64_t t_s)
{
	return t_s == 0 ? json_null() : op_int(t_s);
}

json_t *
op_string(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

json_t *
op_hex(const uint8_t *p, size_t len)
{
	char text[2 * CRYPTO_HASH_LEN + 1];

	if (len > CRYPTO_HASH_LEN)
		return NULL;
	hex_encode(p, len, text);
	return json_string(text);
}

enum digest_kind
op_digest_kind(const char *word)
{
	int kind;

	for (kind = 1; kind < DIGEST_KIND_COUNT; kind++) {
		if (strcmp(digest_kind_word((enum digest_kind)kind), word) == 0)
			return (enum digest_kind)kind;
	}
	return (enum digest_kind)0;
}

void
op_digest(const json_t *list, size_t i, struct digest *d)
{
	const json_t *row = json_array_get(list, i);

	memset(d, 0, sizeof(*d));
	d->kind = op_digest_kind(json_string_value(json_array_get(row, 0)));
	(void)hex_parse(json_string_value(json_array_get(row, 1)), d->bytes,
	    sizeof(d->bytes));
}

enum bh_err
op_account(struct op *o, struct account *a)
{
	const char *login = op_text(o, "login");
	enum bh_err e;

	if ((e = store_account_get(o->a->store, login, a)) == BH_ERR_NOTFOUND)
		return op_refuse(o, OP_NO,
		    "there is no account %s; 'bulkhead account list' names "
		    "those there are",
		    login);
	return e;
}

enum bh_err
op_token(struct op *o, struct token *t, struct account *a)
{
	uint64_t id = op_number(o, "id", 0);
	enum bh_err e;

	e = store_token_get(o->a->store, id, t);
	if (e == BH_OK)
		e = store_account_by_id(o->a->store, t->account_id, a);
	else if (e == BH_ERR_NOTFOUND)
		return op_refuse(o, OP_NO,
		    "there is no token %" PRIu64
		    "; 'bulkhead token list' names those there are",
		    id);
	if (e == BH_ERR_NOTFOUND)
		return op_refuse(o, OP_NO,
		    "token %" PRIu64 " is revoked: its account was removed",
		    id);
	return e;
}

void
op_event(struct op *o, const char *action, struct event *e)
{
	gate_event(o->a->gate, o->now, e);
	e->action = action;
	e->actor = "root";
	if (o->actor->uid != 0) {
		(void)snprintf(
		    o->name, sizeof(o->name), "uid %" PRIu32, o->actor->uid);
		e->actor = o->name;
	}
	if (o->actor->auid != UINT32_MAX) {
		e->has_auid = true;
		e->auid = o->actor->auid;
	}
	e->note = op_text(o, "reason");
	e->ticket = op_text(o, "ticket");
}

void
op_event_token(struct event *e, const struct account *a, const struct token *t)
{
	e->subject = a->login;
	e->person = a->person;
	e->token = t->id;
	e->token_kind = factor_name(t->kind);
}

enum bh_err
op_record(struct op *o, struct event *e)
{
	enum bh_err err;

	if ((err = gate_record(o->a->gate, e)) == BH_OK)
		event_line(e, o->line, sizeof(o->line));
	return err;
}

enum bh_err
op_changed(struct op *o, struct account *a)
{
	if (o->n_changed < OP_CHANGED_MAX)
		o->changed[o->n_changed++] = a->id;
	gate_attempts(o->a->gate, a, o->now, &a->attempts);
	return store_account_update(o->a->store, a);
}
