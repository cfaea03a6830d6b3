/*
 * Operations on the realm as a whole: what it says of itself, its key, its
 * store, its clock, its ledger.
 */
#include "core/admin_internal.h"

#include "base/hex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKUP_PREFIX	"backup-"
#define BACKUP_SUFFIX	".db"
#define BACKUP_RANDOM	8
#define BACKUP_NAME_LEN 26 /* backup-0123456789abcdef.db */
#define RECORDS_BYTES                                        \
	(ADMIN_REPLY_MAX / 4) /* of bodies a page: the reply \
				 writes them anew */
#define PERIOD_LONGEST_S 60

static enum bh_err
put_ledger(struct op *o)
{
	const struct tree *head = store_head(o->a->store);
	uint8_t root[CRYPTO_HASH_LEN];
	char text[2 * CRYPTO_HASH_LEN + 1];
	enum bh_err e;

	if ((e = tree_root(head, root)) != BH_OK)
		return e;
	hex_encode(root, sizeof(root), text);
	return op_put(o->out, "ledger",
	    json_pack("{s:o, s:s}", "size", op_int(head->size), "root", text));
}

/* Who answers: the tool asks this before it changes the key. */
enum bh_err
op_ping(struct op *o)
{
	struct store_info info;
	enum bh_err e;

	if ((e = store_info(o->a->store, &info)) != BH_OK ||
	    (e = op_put(o->out, "realm", op_string(info.realm))) != BH_OK ||
	    (e = op_put(o->out, "class",
		 op_string(class_name(info.realm_class)))) != BH_OK ||
	    (e = op_put(o->out, "host", op_string(info.host))) != BH_OK ||
	    (e = op_put(o->out, "log_id", op_string(info.log_id))) != BH_OK ||
	    (e = op_put(o->out, "key_generation",
		 op_int(info.key_generation))) != BH_OK ||
	    (e = op_put(o->out, "schema", op_int(info.schema))) != BH_OK ||
	    (e = op_put(o->out, "created_s", op_time(info.created_s))) !=
		BH_OK ||
	    (e = op_put(o->out, "accounts", op_int(info.accounts))) != BH_OK ||
	    (e = op_put(o->out, "tokens", op_int(info.tokens))) != BH_OK ||
	    (e = op_put(o->out, "bad_cells", op_int(info.bad_cells))) !=
		BH_OK ||
	    (e = op_put(o->out, "daemon", json_boolean(o->a->daemon))) !=
		BH_OK ||
	    (e = op_put(o->out, "started_s", op_time(o->a->started_s))) !=
		BH_OK ||
	    (e = op_put(o->out, "version", op_string(VERSION_TEXT))) != BH_OK)
		return e;
	return put_ledger(o);
}

enum bh_err
op_status(struct op *o)
{
	uint64_t high = store_clock_high(o->a->store);
	uint64_t behind = 0;
	enum bh_err e;

	if (op_text(o, "login") != NULL)
		return op_account_show(o);
	if (o->now->wall_s < high)
		behind = high - o->now->wall_s;
	if ((e = op_ping(o)) != BH_OK)
		return e;
	return op_put(o->out, "clock",
	    json_pack("{s:o, s:o, s:o, s:b}", "now_s", op_int(o->now->wall_s),
		"highest_s", op_time(high), "behind_s", op_int(behind),
		"synchronised", o->now->synchronised));
}

/* Put the new key beside the one in use; it may be there already when a
 * rotation that was cut short is run again. */
static enum bh_err
take_key(struct op *o, uint32_t generation, uint32_t in_use)
{
	struct keyring *k = o->a->keys;
	const struct key *there;
	uint8_t bytes[CRYPTO_KEY_LEN];
	enum bh_err e = BH_OK;

	if (!hex_parse(op_text(o, "key"), bytes, sizeof(bytes)))
		e = op_refuse(o, OP_USAGE, "the key is not 64 hex digits");
	else if (generation <= in_use)
		e = op_refuse(o, OP_NO,
		    "key generation %u is not newer than %u, which is in use",
		    (unsigned)generation, (unsigned)in_use);
	else if ((there = keyring_find(k, generation)) != NULL) {
		if (!secret_eq(there->bytes, bytes, sizeof(bytes)))
			e = op_refuse(o, OP_NO,
			    "key generation %u is another one here; restart "
			    "bulkheadd, then rotate",
			    (unsigned)generation);
	} else {
		/* only the key in use and the next one have a place */
		const struct key *old = keyring_find(k, in_use);

		if (old == NULL)
			e = BH_ERR_CRYPTO;
		else {
			if (old != &k->key[0])
				k->key[0] = *old;
			k->key[1].generation = generation;
			memcpy(k->key[1].bytes, bytes, sizeof(bytes));
			k->n = 2;
		}
	}
	secret_wipe(bytes, sizeof(bytes));
	return e;
}

/*
 * Both keys stay in memory: the file holds both until the tool has seen this
 * reply, and a commit that fails leaves the store under the old one.
 */
enum bh_err
op_key_rotate(struct op *o)
{
	uint64_t generation = op_number(o, "generation", 0);
	struct store_info info;
	char detail[64];
	struct event ev;
	enum bh_err e;

	if (generation == 0 || generation > UINT32_MAX)
		return op_refuse(o, OP_USAGE, "no such key generation");
	if ((e = store_info(o->a->store, &info)) != BH_OK ||
	    (e = take_key(o, (uint32_t)generation, info.key_generation)) !=
		BH_OK ||
	    (e = store_rekey(o->a->store, (uint32_t)generation)) != BH_OK)
		return e;
	(void)snprintf(detail, sizeof(detail), "generation %u to %u",
	    (unsigned)info.key_generation, (unsigned)generation);
	op_event(o, "key.rotate", &ev);
	ev.detail = detail;
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return op_put(o->out, "generation", op_int(generation));
}

enum bh_err
op_store_accept(struct op *o)
{
	const struct policy *p = &o->a->config->policy;
	struct event ev;
	enum bh_err e;

	if (o->a->daemon)
		return op_refuse(o, OP_NO,
		    "bulkheadd is running; stop it first (systemctl stop "
		    "bulkheadd-gate.socket bulkheadd-admin.socket "
		    "bulkheadd.service), then accept");
	if ((e = store_accept(o->a->store, o->now->wall_s,
		 (uint64_t)p->otp_window * PERIOD_LONGEST_S)) != BH_OK)
		return e;
	op_event(o, "store.accept", &ev);
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return put_ledger(o);
}

enum bh_err
op_clock_accept(struct op *o)
{
	uint64_t high = store_clock_high(o->a->store);
	char detail[64];
	struct event ev;
	enum bh_err e;

	if ((e = store_clock_accept(o->a->store, o->now->wall_s)) != BH_OK)
		return e;
	(void)snprintf(detail, sizeof(detail), "%lld s",
	    (long long)o->now->wall_s - (long long)high);
	op_event(o, "clock.accept", &ev);
	ev.detail = detail;
	if ((e = op_record(o, &ev)) != BH_OK ||
	    (e = op_put(o->out, "was_s", op_time(high))) != BH_OK)
		return e;
	return op_put(o->out, "now_s", op_time(o->now->wall_s));
}

static enum bh_err
record_backup(struct op *o)
{
	struct event ev;
	enum bh_err e;

	if ((e = store_begin(o->a->store)) != BH_OK)
		return e;
	op_event(o, "store.backup", &ev);
	if ((e = op_record(o, &ev)) != BH_OK) {
		store_rollback(o->a->store);
		return e;
	}
	return store_commit(o->a->store);
}

/* The copy is written beside the store, where the sandbox lets us, and holds
 * the record of its own making. */
enum bh_err
op_store_backup(struct op *o)
{
	char name[BACKUP_NAME_LEN + 1] = BACKUP_PREFIX;
	uint8_t random[BACKUP_RANDOM];
	enum bh_err e;

	if ((e = crypto_random(random, sizeof(random))) != BH_OK)
		return e;
	hex_encode(random, sizeof(random), name + strlen(BACKUP_PREFIX));
	memcpy(name + BACKUP_NAME_LEN - strlen(BACKUP_SUFFIX), BACKUP_SUFFIX,
	    sizeof(BACKUP_SUFFIX));
	if ((e = op_put(o->out, "name", op_string(name))) != BH_OK ||
	    (e = record_backup(o)) != BH_OK ||
	    (e = store_backup(o->a->store, store_dirfd(o->a->store), name)) !=
		BH_OK)
		return e;
	return put_ledger(o);
}

/* Only a name as op_store_backup makes it: no other file is removed. */
enum bh_err
op_store_backup_remove(struct op *o)
{
	const char *name = op_text(o, "name");
	size_t digits;

	digits = strlen(name) > strlen(BACKUP_PREFIX)
		     ? strspn(name + strlen(BACKUP_PREFIX), "0123456789abcdef")
		     : 0;
	if (strlen(name) != BACKUP_NAME_LEN || digits != 2 * BACKUP_RANDOM ||
	    strncmp(name, BACKUP_PREFIX, strlen(BACKUP_PREFIX)) != 0 ||
	    strcmp(name + BACKUP_NAME_LEN - strlen(BACKUP_SUFFIX),
		BACKUP_SUFFIX) != 0)
		return op_refuse(o, OP_USAGE, "that is no copy's name");
	if (unlinkat(store_dirfd(o->a->store), name, 0) == -1 &&
	    errno != ENOENT)
		return err_from_errno(errno);
	return BH_OK;
}

static enum bh_err
append_record(struct op *o, json_t *list, uint64_t seq, size_t *bytes)
{
	struct buf *body = NULL;
	json_t *value;
	enum bh_err e;

	if ((e = store_record_get(o->a->store, seq, &body)) != BH_OK)
		return e;
	*bytes += body->len;
	value = json_loadb(
	    (const char *)body->data, body->len, JSON_REJECT_DUPLICATES, NULL);
	buf_free(body);
	if (value == NULL)
		return BH_ERR_CORRUPT;
	return json_array_append_new(list, value) == 0 ? BH_OK : BH_ERR_NOMEM;
}

enum bh_err
op_ledger_show(struct op *o)
{
	uint64_t size = store_head(o->a->store)->size;
	uint64_t seq = op_number(o, "from", 0);
	json_t *list = json_array();
	size_t bytes = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "records", list)) != BH_OK)
		return e;
	for (; seq < size && bytes < RECORDS_BYTES; seq++) {
		if ((e = append_record(o, list, seq, &bytes)) != BH_OK)
			return e;
	}
	if ((e = op_put(o->out, "size", op_int(size))) != BH_OK)
		return e;
	return op_put(o->out, "next", op_int(seq));
}
