/*
 * The right edge of a Merkle tree: one perfect subtree for each bit of size.
 */
#include "core/tree.h"

#include <string.h>

static const uint8_t leaf_prefix = 0x00;
static const uint8_t node_prefix = 0x01;

enum bh_err
tree_leaf(const void *data, size_t len, uint8_t *leaf)
{
	const struct slice in[] = {{&leaf_prefix, 1}, {data, len}};

	return crypto_sha256(in, nitems(in), leaf);
}

enum bh_err
tree_node(const uint8_t *left, const uint8_t *right, uint8_t *node)
{
	const struct slice in[] = {{&node_prefix, 1}, {left, CRYPTO_HASH_LEN},
	    {right, CRYPTO_HASH_LEN}};

	return crypto_sha256(in, nitems(in), node);
}

enum bh_err
tree_push(struct tree *t, const uint8_t *leaf)
{
	uint8_t node[CRYPTO_HASH_LEN];
	enum bh_err e;
	size_t i;

	if (t->size == UINT64_MAX)
		return BH_ERR_FULL;
	memcpy(node, leaf, sizeof(node));
	/* As in binary addition, full subtrees carry into the next one. */
	for (i = 0; (t->size >> i & 1) != 0; i++)
		if ((e = tree_node(t->edge[i], node, node)) != BH_OK)
			return e;
	memcpy(t->edge[i], node, sizeof(node));
	t->size++;
	return BH_OK;
}

enum bh_err
tree_root(const struct tree *t, uint8_t *root)
{
	uint8_t node[CRYPTO_HASH_LEN];
	bool have = false;
	enum bh_err e;
	size_t i;

	if (t->size == 0)
		return crypto_sha256(NULL, 0, root);
	for (i = 0; i < TREE_DEPTH; i++) {
		if ((t->size >> i & 1) == 0)
			continue;
		if (!have)
			memcpy(node, t->edge[i], sizeof(node));
		else if ((e = tree_node(t->edge[i], node, node)) != BH_OK)
			return e;
		have = true;
	}
	memcpy(root, node, sizeof(node));
	return BH_OK;
}
