/*
 * The Merkle tree of RFC 6962, section 2.1, as it grows: its right edge is
 * enough to append and to know the root.
 */
#ifndef CORE_TREE_H
#define CORE_TREE_H

#include "base/err.h"
#include "core/crypto/crypto.h"

#include <stddef.h>
#include <stdint.h>

#define TREE_DEPTH 64

/* edge[i] is the root of the perfect subtree of 2^i leaves, there if bit i of
 * size is set.  A zeroed struct is the empty tree. */
struct tree {
	uint64_t size;
	uint8_t edge[TREE_DEPTH][CRYPTO_HASH_LEN];
};

/* SHA-256(0x00 || data). */
enum bh_err tree_leaf(const void *data, size_t len, uint8_t *leaf) BH_CHECKED;

/* SHA-256(0x01 || left || right). */
enum bh_err tree_node(const uint8_t *left, const uint8_t *right,
    uint8_t *node) BH_CHECKED;

/* Append one leaf hash; on an error *t is as it was. */
enum bh_err tree_push(struct tree *t, const uint8_t *leaf) BH_CHECKED;

/* The root; of the empty tree SHA-256(""). */
enum bh_err tree_root(const struct tree *t, uint8_t *root) BH_CHECKED;

#endif
