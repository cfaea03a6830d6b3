/*
 * bulkhead key: a new key for the realm.  The file holds the old and the new
 * key until the store is sealed under the new one: cut short anywhere, file
 * and store fit, and running it again finishes it.
 */
#include "tools/client.h"
#include "tools/output.h"

#include "base/hex.h"
#include "core/keyring.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define SCHEME "file:"

static int
by_hand(struct invocation *inv, const char *where)
{
	return out_fail(inv, CLI_FAILED,
	    "the key is a systemd credential (%s), which bulkhead can't "
	    "write. By hand: stop bulkheadd; systemd-creds decrypt it into "
	    "/etc/bulkhead/realm.key (0400, root); set key = "
	    "file:/etc/bulkhead/realm.key; bulkhead key rotate; systemd-creds "
	    "encrypt the file, set key back, remove the file, start bulkheadd",
	    where);
}

/* The store's generation, by whoever has it open. */
static int
generation_in_use(struct invocation *inv, uint32_t *gp)
{
	json_t *reply;
	int code;

	code = client_call(inv, json_pack("{s:s}", "op", "ping"), &reply);
	if (code != CLI_DONE)
		return code;
	*gp = (uint32_t)reply_number(reply, "key_generation");
	json_decref(reply);
	return CLI_DONE;
}

static int
write_keys(struct invocation *inv, const struct keyring *k, const char *path)
{
	enum bh_err e;

	if ((e = keyring_write(k, path, 0)) == BH_OK)
		return CLI_DONE;
	return out_fail(inv, CLI_FAILED,
	    "key file %s: %s; it is as it was, and opens the store", path,
	    err_text(e));
}

/* The file with that key alone. */
static int
keep_only(struct invocation *inv, const struct keyring *k, uint32_t generation,
    const char *path)
{
	const struct key *key = keyring_find(k, generation);
	struct keyring *one;
	int code;

	if (key == NULL)
		return out_fail(inv, CLI_FAILED,
		    "the store is under key generation %u, which %s does not "
		    "hold; restore that key",
		    (unsigned)generation, path);
	if ((one = keyring_new()) == NULL)
		return out_fail(inv, CLI_FAILED, "no locked memory");
	one->key[0] = *key;
	one->n = 1;
	code = write_keys(inv, one, path);
	keyring_free(one);
	return code;
}

/*
 * The generation to go to.  Two keys in the file: a rotation was cut short.
 * Its new key is the one to go on with, if the store has not got it yet.
 */
static int
next_key(struct invocation *inv, struct keyring *k, uint32_t in_use,
    const char *path, uint32_t *nextp)
{
	enum bh_err e;
	size_t i;

	for (i = 0; i < k->n; i++) {
		if (k->key[i].generation > in_use) {
			*nextp = k->key[i].generation;
			return CLI_DONE;
		}
	}
	if (k->n > 1) { /* the old key of a rotation that went through */
		k->key[0] = *keyring_find(k, in_use);
		k->n = 1;
	}
	if ((e = keyring_add(k, in_use + 1)) != BH_OK)
		return out_error(inv, e, "make a key");
	*nextp = in_use + 1;
	return write_keys(inv, k, path);
}

static int
hand_over(struct invocation *inv, const struct keyring *k, uint32_t next)
{
	const struct key *key = keyring_find(k, next);
	char hex[2 * CRYPTO_KEY_LEN + 1];
	json_t *request, *reply;
	int code;

	hex_encode(key->bytes, CRYPTO_KEY_LEN, hex);
	request = json_pack("{s:s, s:I, s:s}", "op", "key.rotate", "generation",
	    (json_int_t)next, "key", hex);
	secret_wipe(hex, sizeof(hex));
	code = client_call(inv, request, &reply);
	if (code == CLI_DONE)
		json_decref(reply);
	else
		out_note("the key file holds both keys, and either opens the "
			 "store; run 'bulkhead key rotate' again");
	return code;
}

static int
rotate(struct invocation *inv, struct keyring *k, const char *path)
{
	uint32_t in_use = 0, next = 0;
	int code;

	if ((code = generation_in_use(inv, &in_use)) != CLI_DONE)
		return code;
	if (keyring_find(k, in_use) == NULL)
		return keep_only(inv, k, in_use, path); /* says so */
	if ((code = next_key(inv, k, in_use, path, &next)) != CLI_DONE ||
	    (code = hand_over(inv, k, next)) != CLI_DONE ||
	    (code = keep_only(inv, k, next, path)) != CLI_DONE)
		return code;
	out_text(inv,
	    "the store is sealed under key generation %" PRIu32 "; %s holds "
	    "it. Copies of the store made before need the old key: keep or "
	    "destroy both together\n",
	    next, path);
	if (!inv->json)
		return CLI_DONE;
	return out_json(
	    inv, json_pack("{s:I, s:o}", "generation", (json_int_t)next, "key",
		     out_json_string(path)));
}

static int
cmd_key_rotate(struct invocation *inv)
{
	const struct config *c;
	struct keyring *k = NULL;
	enum bh_err e;
	int code;

	if ((c = inv_config(inv)) == NULL)
		return CLI_FAILED;
	if (strncmp(c->key, SCHEME, strlen(SCHEME)) != 0)
		return by_hand(inv, c->key);
	if (geteuid() != 0)
		return out_fail(
		    inv, CLI_FAILED, "only root may do this; use sudo");
	if ((e = crypto_open()) != BH_OK ||
	    (e = keyring_load(c->key, &k)) != BH_OK)
		return out_fail(
		    inv, CLI_FAILED, "key %s: %s", c->key, err_text(e));
	code = rotate(inv, k, c->key + strlen(SCHEME));
	keyring_free(k);
	return code;
}

const struct command commands_key[] = {
    {.name = "key rotate",
	.run = cmd_key_rotate,
	.summary = "Seal the store under a new key",
	.description = "While it works the key file holds the old and the new "
		       "key.  Cut short, it is finished by running it again."},
    {.name = NULL},
};
