/*
 * The growing Merkle tree against known roots (RFC 6962, 2.1).
 */
#include "tests/unit/unit.h"

#include "core/tree.h"
#include "tests/unit/hex.h"

#include <stdio.h>

static int
set_up(void **state)
{
	(void)state;
	return crypto_open() == BH_OK ? 0 : -1;
}

static void
push(struct tree *t, const void *data, size_t len)
{
	uint8_t leaf[CRYPTO_HASH_LEN];

	assert_int_equal(tree_leaf(data, len, leaf), BH_OK);
	assert_int_equal(tree_push(t, leaf), BH_OK);
}

/* The leaves and roots that implementations of RFC 6962 test each other by;
 * roots[n] is the tree of the first n leaves. */
static const char *const leaves[] = {"", "00", "10", "2021", "3031", "40414243",
    "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void
test_known_roots(void **state)
{
	uint8_t root[CRYPTO_HASH_LEN], data[16];
	struct tree t = {0};
	char rule[32];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(roots); i++) {
		if (i > 0)
			push(&t, data,
			    hex_bytes(leaves[i - 1], data, sizeof(data)));
		assert_int_equal(t.size, i);
		assert_int_equal(tree_root(&t, root), BH_OK);
		snprintf(rule, sizeof(rule), "root of %zu leaves", i);
		hex_expect(rule, root, sizeof(root), roots[i]);
	}
}

/* The root by the definition: split at the largest power of two below n. */
static void
defined_root(const uint8_t *data, size_t n, uint8_t *root)
{
	uint8_t left[CRYPTO_HASH_LEN], right[CRYPTO_HASH_LEN];
	size_t k = 1;

	if (n == 1) {
		assert_int_equal(tree_leaf(data, 1, root), BH_OK);
		return;
	}
	while (2 * k < n)
		k *= 2;
	defined_root(data, k, left);
	defined_root(data + k, n - k, right);
	assert_int_equal(tree_node(left, right, root), BH_OK);
}

static void
test_grows_as_defined(void **state)
{
	uint8_t data[100], root[CRYPTO_HASH_LEN], want[CRYPTO_HASH_LEN];
	struct tree t = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(data); i++) {
		data[i] = (uint8_t)i;
		push(&t, data + i, 1);
		assert_int_equal(tree_root(&t, root), BH_OK);
		defined_root(data, i + 1, want);
		assert_memory_equal(root, want, sizeof(root));
	}
	hex_expect("root of 100 leaves", root, sizeof(root),
	    "9eccc8f11ab3ecd41cbf41f5045df576"
	    "dcedc60f44d4a3de5f40b7d4f7e9d7e3");
}

/* A leaf that looks like an inner node has another hash. */
static void
test_leaf_is_no_node(void **state)
{
	uint8_t a[CRYPTO_HASH_LEN] = {1}, b[CRYPTO_HASH_LEN] = {2};
	uint8_t both[2 * CRYPTO_HASH_LEN];
	uint8_t leaf[CRYPTO_HASH_LEN], node[CRYPTO_HASH_LEN];

	(void)state;
	memcpy(both, a, sizeof(a));
	memcpy(both + sizeof(a), b, sizeof(b));
	assert_int_equal(tree_leaf(both, sizeof(both), leaf), BH_OK);
	assert_int_equal(tree_node(a, b, node), BH_OK);
	assert_memory_not_equal(leaf, node, sizeof(leaf));
}

static void
test_full_and_failing(void **state)
{
	uint8_t leaf[CRYPTO_HASH_LEN] = {0};
	struct tree t = {0}, before;

	(void)state;
	t.size = UINT64_MAX;
	before = t;
	assert_int_equal(tree_push(&t, leaf), BH_ERR_FULL);
	assert_memory_equal(&t, &before, sizeof(t));
	t.size = 7;
	before = t;
	crypto_close();
	assert_int_equal(tree_push(&t, leaf), BH_ERR_CRYPTO);
	assert_memory_equal(&t, &before, sizeof(t));
	assert_int_equal(crypto_open(), BH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_known_roots),
	    cmocka_unit_test(test_grows_as_defined),
	    cmocka_unit_test(test_leaf_is_no_node),
	    cmocka_unit_test(test_full_and_failing),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
