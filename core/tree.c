/*
 * The growing Merkle tree.
 */
#include "core/tree.h"

#include <string.h>

enum bh_err
tree_leaf(const void *data, size_t len, uint8_t *leaf)
{
	struct slice in[] = {{"\0", 1}, {data, len}};

	return crypto_sha256(in, 2, leaf);
}

enum bh_err
tree_node(const uint8_t *left, const uint8_t *right, uint8_t *node)
{
	struct slice in[] = {
	    {"\1", 1}, {left, CRYPTO_HASH_LEN}, {right, CRYPTO_HASH_LEN}};

	return crypto_sha256(in, 3, node);
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
	for (i = 0; (t->size >> i & 1) != 0; i++) {
		if ((e = tree_node(t->edge[i], node, node)) != BH_OK)
			return e;
	}
	/* what lies below is dead weight until it is pushed anew */
	memcpy(t->edge[i], node, sizeof(node));
	t->size++;
	return BH_OK;
}

enum bh_err
tree_root(const struct tree *t, uint8_t *root)
{
	uint8_t node[CRYPTO_HASH_LEN];
	bool started = false;
	enum bh_err e;
	size_t i;

	if (t->size == 0)
		return crypto_sha256(NULL, 0, root);
	for (i = 0; i < TREE_DEPTH; i++) {
		if ((t->size >> i & 1) == 0)
			continue;
		if (!started)
			memcpy(node, t->edge[i], sizeof(node));
		else if ((e = tree_node(t->edge[i], node, node)) != BH_OK)
			return e;
		started = true;
	}
	memcpy(root, node, sizeof(node));
	return BH_OK;
}
