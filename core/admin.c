/*
 * Administration: the table of operations, and one request from its check to
 * its commit.
 */
#include "core/admin_internal.h"

#include "base/hex.h"
#include "base/log.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum member_type {
	MEMBER_NAME = 1, /* model_name_ok */
	MEMBER_TEXT,	 /* model_text_ok */
	MEMBER_VALUE,	 /* any string that is not empty */
	MEMBER_NUMBER,	 /* 0 and up */
	MEMBER_FLAG,
	MEMBER_HASH,	/* a SHA-256 in hexadecimal digits */
	MEMBER_DIGESTS, /* a list of [kind, digest] */
	MEMBER_ENTRIES, /* a list of [kind, digests, flag] */
	MEMBER_TEXTS,	/* a list of them */
};

struct member {
	const char *key;
	enum member_type type;
	bool required;
};

#define MEMBERS_MAX 12

struct operation {
	const char *name;
	enum bh_err (*run)(struct op *o);
	bool writes; /* runs inside a transaction */
	struct member member[MEMBERS_MAX];
};

static const struct operation operations[] = {
    {"ping", op_ping, false, {{0}}},
    {"info", op_ping, false, {{0}}},
    {"person.add", op_person_add, true,
	{{"id", MEMBER_NAME, true}, {"name", MEMBER_TEXT, false}}},
    {"person.list", op_person_list, false, {{"after", MEMBER_NAME, false}}},
    {"account.add", op_account_add, true,
	{{"login", MEMBER_NAME, true}, {"person", MEMBER_NAME, true}}},
    {"account.list", op_account_list, false, {{"after", MEMBER_NAME, false}}},
    {"account.show", op_account_show, false, {{"login", MEMBER_NAME, true}}},
    {"account.remove", op_account_remove, true,
	{{"login", MEMBER_NAME, true}, {"reason", MEMBER_TEXT, true}}},
    {"enroll", op_enroll, true,
	{{"login", MEMBER_NAME, true}, {"kind", MEMBER_NAME, true},
	    {"digits", MEMBER_NUMBER, false}, {"algorithm", MEMBER_NAME, false},
	    {"period", MEMBER_NUMBER, false}, {"secret", MEMBER_VALUE, false},
	    {"public_id", MEMBER_VALUE, false},
	    {"private_id", MEMBER_VALUE, false}, {"key", MEMBER_VALUE, false},
	    {"csv", MEMBER_VALUE, false}, {"ticket", MEMBER_TEXT, false}}},
    {"token.list", op_token_list, false,
	{{"login", MEMBER_NAME, false}, {"after", MEMBER_NUMBER, false}}},
    {"token.confirm", op_token_confirm, true,
	{{"id", MEMBER_NUMBER, true}, {"code", MEMBER_VALUE, true}}},
    {"token.resync", op_token_resync, true,
	{{"id", MEMBER_NUMBER, true}, {"code1", MEMBER_VALUE, true},
	    {"code2", MEMBER_VALUE, true}}},
    {"token.revoke", op_token_revoke, true,
	{{"id", MEMBER_NUMBER, true}, {"reason", MEMBER_TEXT, true}}},
    {"unlock", op_unlock, true,
	{{"login", MEMBER_NAME, true}, {"reason", MEMBER_TEXT, true},
	    {"ticket", MEMBER_TEXT, false},
	    {"local_terminal", MEMBER_FLAG, false},
	    {"tty", MEMBER_TEXT, false}}},
    {"status", op_status, false, {{"login", MEMBER_NAME, false}}},
    {"key.rotate", op_key_rotate, true,
	{{"generation", MEMBER_NUMBER, true}, {"key", MEMBER_VALUE, true}}},
    {"store.accept", op_store_accept, true, {{"reason", MEMBER_TEXT, true}}},
    {"store.backup", op_store_backup, false, {{0}}},
    {"store.backup.remove", op_store_backup_remove, false,
	{{"name", MEMBER_NAME, true}}},
    {"clock.accept", op_clock_accept, true, {{"reason", MEMBER_TEXT, true}}},
    {"manifest.identity", op_manifest_identity, true, {{0}}},
    {"manifest.serial", op_manifest_serial, true, {{0}}},
    {"manifest.digests", op_manifest_digests, false,
	{{"after", MEMBER_NUMBER, false}}},
    {"manifest.source", op_manifest_source, false,
	{{"realm", MEMBER_NAME, true}, {"host", MEMBER_NAME, true}}},
    {"manifest.begin", op_manifest_begin, true, {{"anew", MEMBER_FLAG, false}}},
    {"manifest.stage", op_manifest_stage, true,
	{{"entries", MEMBER_ENTRIES, true}}},
    {"manifest.collisions", op_manifest_collisions, false,
	{{"after", MEMBER_NUMBER, false}}},
    {"manifest.activate", op_manifest_activate, true,
	{{"realm", MEMBER_NAME, true}, {"host", MEMBER_NAME, true},
	    {"signer", MEMBER_HASH, true}, {"serial", MEMBER_NUMBER, true},
	    {"created_s", MEMBER_NUMBER, true},
	    {"expires_s", MEMBER_NUMBER, true},
	    {"entries", MEMBER_NUMBER, true}, {"accept", MEMBER_FLAG, false},
	    {"repin", MEMBER_FLAG, false}}},
    {"manifest.refuse", op_manifest_refuse, true,
	{{"note", MEMBER_TEXT, true}}},
    {"manifest.list", op_manifest_list, false,
	{{"after", MEMBER_NUMBER, false}}},
    {"listed", op_listed, false, {{"digests", MEMBER_DIGESTS, true}}},
    {"gate.change", op_gate_change, true,
	{{"what", MEMBER_NAME, true}, {"login", MEMBER_NAME, false},
	    {"services", MEMBER_TEXT, false}}},
    {"session.through", op_session_through, false,
	{{"processes", MEMBER_TEXTS, true}}},
    {"ledger.show", op_ledger_show, false, {{"from", MEMBER_NUMBER, false}}},
    {"machine.add", op_machine_add, true,
	{{"login", MEMBER_NAME, true}, {"owner", MEMBER_NAME, true},
	    {"ticket", MEMBER_TEXT, true}, {"expires_s", MEMBER_NUMBER, true},
	    {"key", MEMBER_VALUE, true}, {"from", MEMBER_TEXTS, true},
	    {"command", MEMBER_VALUE, true}, {"quota", MEMBER_NUMBER, true},
	    {"check", MEMBER_FLAG, false}}},
    {"machine.list", op_machine_list, false, {{"after", MEMBER_NAME, false}}},
    {"machine.revoke", op_machine_revoke, true,
	{{"login", MEMBER_NAME, true}, {"reason", MEMBER_TEXT, true}}},
    {"password.set", op_password_set, true,
	{{"login", MEMBER_NAME, true}, {"shadow", MEMBER_VALUE, true}}},
    {"password.check", op_password_check, false,
	{{"login", MEMBER_NAME, true}, {"shadow", MEMBER_VALUE, true}}},
};

static const struct operation *
operation_find(const char *name)
{
	size_t i;

	for (i = 0; i < nitems(operations); i++) {
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	}
	return NULL;
}

enum bh_err
op_refuse(struct op *o, enum op_exit code, const char *fmt, ...)
{
	va_list ap;

	o->exit = (int)code;
	va_start(ap, fmt);
	(void)vsnprintf(o->error, sizeof(o->error), fmt, ap);
	va_end(ap);
	return BH_ERR_REFUSED;
}

static const struct member *
member_find(const struct operation *op, const char *key)
{
	size_t i;

	for (i = 0; i < MEMBERS_MAX && op->member[i].key != NULL; i++) {
		if (strcmp(op->member[i].key, key) == 0)
			return &op->member[i];
	}
	return NULL;
}

static bool
hash_ok(const char *s)
{
	uint8_t bytes[CRYPTO_HASH_LEN];

	return s != NULL && hex_parse(s, bytes, sizeof(bytes));
}

/* How many digests a row has; 0 if it is none.  With a flag it is one of
 * entries, whose digests stand in one text, one behind the other. */
static size_t
row_digests(const json_t *row, bool flag)
{
	const char *kind = json_string_value(json_array_get(row, 0));
	const json_t *hex = json_array_get(row, 1);
	size_t len = json_string_length(hex);

	if (json_array_size(row) != (flag ? 3 : 2) || kind == NULL ||
	    op_digest_kind(kind) == 0 || !json_is_string(hex) ||
	    (flag && !json_is_boolean(json_array_get(row, 2))) ||
	    len % OP_DIGEST_HEX != 0 || (!flag && len != OP_DIGEST_HEX) ||
	    strspn(json_string_value(hex), "0123456789abcdef") != len)
		return 0;
	return len / OP_DIGEST_HEX;
}

static bool
list_ok(const json_t *list, bool flag)
{
	size_t i, n, sum = 0, rows = json_array_size(list);

	for (i = 0; i < rows; i++) {
		n = row_digests(json_array_get(list, i), flag);
		if (n == 0 || (sum += n) > ADMIN_LIST_MAX)
			return false;
	}
	return rows > 0;
}

static bool
texts_ok(const json_t *list)
{
	const json_t *item;
	const char *s;
	size_t i;

	json_array_foreach(list, i, item)
	{
		s = json_string_value(item);
		if (s == NULL || !model_text_ok(s))
			return false;
	}
	return json_is_array(list);
}

/* What is wrong with a value; NULL: nothing.  The value itself is not
 * repeated: it may be a secret. */
static const char *
member_wrong(const struct member *m, const json_t *value)
{
	const char *s = json_string_value(value);

	switch (m->type) {
	case MEMBER_NAME:
		return s != NULL && model_name_ok(s)
			   ? NULL
			   : "must be a name: 1 to 64 of a-z A-Z 0-9 . _ -, "
			     "not starting with - or .";
	case MEMBER_TEXT:
		return s != NULL && model_text_ok(s)
			   ? NULL
			   : "must be a text of 1 to 200 bytes of UTF-8 "
			     "without control characters";
	case MEMBER_VALUE:
		return s != NULL && s[0] != '\0' ? NULL
						 : "must be a text, not empty";
	case MEMBER_NUMBER:
		return json_is_integer(value) && json_integer_value(value) >= 0
			   ? NULL
			   : "must be a number, not negative";
	case MEMBER_HASH:
		return hash_ok(s) ? NULL
				  : "must be a SHA-256: 64 hexadecimal digits "
				    "in small letters";
	case MEMBER_DIGESTS:
		return list_ok(value, false)
			   ? NULL
			   : "must be a list of 1 to 500 pairs of kind and "
			     "digest";
	case MEMBER_ENTRIES:
		return list_ok(value, true)
			   ? NULL
			   : "must be a list of triples of kind, digests "
			     "and flag, 1 to 500 digests in all";
	case MEMBER_TEXTS:
		return texts_ok(value) ? NULL : "must be a list of texts";
	case MEMBER_FLAG:
	default:
		return json_is_boolean(value) ? NULL : "must be true or false";
	}
}

static enum bh_err
check_members(struct op *o, const struct operation *op)
{
	const struct member *m;
	const char *key, *wrong;
	json_t *value;
	size_t i;

	json_object_foreach(o->in, key, value)
	{
		if (strcmp(key, "op") == 0)
			continue;
		if ((m = member_find(op, key)) == NULL)
			return op_refuse(o, OP_USAGE,
			    "%s takes no '%.32s'; leave it out", op->name, key);
		if ((wrong = member_wrong(m, value)) != NULL)
			return op_refuse(
			    o, OP_USAGE, "%s: '%s' %s", op->name, key, wrong);
	}
	for (i = 0; i < MEMBERS_MAX && op->member[i].key != NULL; i++) {
		if (op->member[i].required &&
		    json_object_get(o->in, op->member[i].key) == NULL)
			return op_refuse(o, OP_USAGE,
			    "%s: '%s' is missing; give it", op->name,
			    op->member[i].key);
	}
	return BH_OK;
}

/* An error nobody has put into words yet. */
static void
explain(struct op *o, enum bh_err e, const char *name)
{
	if (e == BH_OK || o->exit != 0)
		return;
	o->exit = OP_FAILED;
	if (e == BH_ERR_SEALED)
		(void)snprintf(o->error, sizeof(o->error),
		    "%s: a row of the store was tampered with or set back; "
		    "the log names it. Once you know why: bulkhead store "
		    "accept, or bulkhead account remove for an account whose "
		    "own row was altered",
		    name);
	else if (e == BH_ERR_FULL)
		(void)snprintf(o->error, sizeof(o->error),
		    "%s: the disk or a quota is full where the store lies; "
		    "make room and try again",
		    name);
	else
		(void)snprintf(o->error, sizeof(o->error),
		    "%s could not be done: %s; the log says more", name,
		    err_text(e));
	if (o->a->daemon)
		log_err(e, "admin: %s", name);
}

static void
run_plain(struct op *o, const struct operation *op)
{
	explain(o, op->run(o), op->name);
}

static void
run_transaction(struct op *o, const struct operation *op)
{
	struct store *s = o->a->store;
	enum bh_err e;
	size_t i;

	if ((e = store_begin(s)) != BH_OK) {
		explain(o, e, op->name);
		return;
	}
	e = op->run(o);
	if (e != BH_OK && !o->keep) {
		store_rollback(s);
		explain(o, e, op->name);
		return;
	}
	if ((e = store_commit(s)) != BH_OK) {
		o->exit = 0;
		explain(o, e, op->name);
		return;
	}
	for (i = 0; i < o->n_changed; i++)
		gate_account_changed(o->a->gate, o->changed[i]);
	if (o->a->daemon && o->line[0] != '\0')
		log_msg(
		    o->level != 0 ? o->level : LOG_LEVEL_NOTICE, "%s", o->line);
}

/* The reply: what was gathered, or why not and nothing else. */
static json_t *
finish(struct op *o)
{
	json_t *reply;

	if (o->exit == 0) {
		if (json_object_set_new(o->out, "ok", json_true()) == 0)
			return o->out;
		o->exit = OP_FAILED;
		(void)snprintf(o->error, sizeof(o->error), "out of memory");
	}
	json_decref(o->out);
	/* whatever stands in the message, there is a reply */
	reply = json_pack(
	    "{s:b, s:i, s:s}", "ok", 0, "exit", o->exit, "error", o->error);
	if (reply == NULL)
		reply = json_pack("{s:b, s:i, s:s}", "ok", 0, "exit", o->exit,
		    "error", "refused, for a reason that is no text");
	return reply;
}

json_t *
admin_run(struct admin *a, const struct admin_actor *actor, json_t *request,
    const struct now *now)
{
	struct op o = {.a = a, .actor = actor, .now = now, .in = request};
	const char *name = json_string_value(json_object_get(request, "op"));
	const struct operation *op;

	if ((o.out = json_object()) == NULL)
		return NULL;
	op = name != NULL ? operation_find(name) : NULL;
	if (op == NULL) {
		o.exit = OP_USAGE;
		(void)snprintf(o.error, sizeof(o.error),
		    "no such operation; are bulkhead and bulkheadd of the same "
		    "version?");
	} else if (check_members(&o, op) == BH_OK) {
		if (op->writes)
			run_transaction(&o, op);
		else
			run_plain(&o, op);
	}
	return finish(&o);
}

static void
wiping_free(void *p)
{
	if (p == NULL)
		return;
	secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void
admin_wipe_json(void)
{
	json_set_alloc_funcs(malloc, wiping_free);
}
