/*
 * What the gate hands to the daemon that follows: the logins that are between
 * two phases.
 */
#include "core/gate_internal.h"

#include "core/tree.h"

#define CARRY_MAGIC 0x42484731 /* "BHG1": another layout, another number */

static enum bh_err
head_root(const struct gate *g, uint64_t *sizep, uint8_t root[CRYPTO_HASH_LEN])
{
	const struct tree *head = store_head(g->store);

	*sizep = head->size;
	return tree_root(head, root);
}

enum bh_err
gate_put_grants(const struct gate *g, const struct now *now, struct buf *b)
{
	uint8_t root[CRYPTO_HASH_LEN];
	uint64_t size;
	enum bh_err e;

	if ((e = head_root(g, &size, root)) != BH_OK ||
	    (e = buf_put_u32(b, CARRY_MAGIC)) != BH_OK ||
	    (e = buf_put_u64(b, size)) != BH_OK ||
	    (e = buf_put(b, root, sizeof(root))) != BH_OK)
		return e;
	return grants_put(g->grants, now->boot_s, b);
}

enum bh_err
gate_get_grants(struct gate *g, struct buf *b)
{
	uint8_t root[CRYPTO_HASH_LEN], said_root[CRYPTO_HASH_LEN];
	uint64_t size, said_size;
	uint32_t magic;
	enum bh_err e;

	if ((e = head_root(g, &size, root)) != BH_OK ||
	    (e = buf_get_u32(b, &magic)) != BH_OK ||
	    (e = buf_get_u64(b, &said_size)) != BH_OK ||
	    (e = buf_get(b, said_root, sizeof(said_root))) != BH_OK)
		return e;
	if (magic != CARRY_MAGIC || said_size != size ||
	    !secret_eq(said_root, root, sizeof(root)))
		return BH_ERR_INPUT;
	return grants_get(g->grants, b);
}
