/*
 * The realm's key as it lies on disk: a text file of one or two lines
 * "bulkhead-key-v1 GENERATION BASE64(32 bytes)".  Two only while a rotation
 * is under way: the store says which generation it uses.
 */
#ifndef CORE_KEYRING_H
#define CORE_KEYRING_H

#include "base/err.h"
#include "core/crypto/crypto.h"

#include <stddef.h>
#include <stdint.h>

#define KEYRING_MAX 2

struct key {
	uint32_t generation; /* 1 and up */
	uint8_t bytes[CRYPTO_KEY_LEN];
};

/* Lives in locked memory; made by keyring_new, freed by keyring_free. */
struct keyring {
	size_t n;
	struct key key[KEYRING_MAX];
};

struct keyring *keyring_new(void); /* empty; NULL: no memory */
void keyring_free(struct keyring *k);

/*
 * Load from "file:PATH" (a plain file of root or ours, not accessible to
 * group or others: else BH_ERR_UNSAFE) or "credential:NAME"
 * ($CREDENTIALS_DIRECTORY/NAME, as systemd lays it).  Logs what is wrong.
 */
enum bh_err keyring_load(const char *where, struct keyring **kp) BH_CHECKED;

/* Append a fresh random key of the given generation. */
enum bh_err keyring_add(struct keyring *k, uint32_t generation) BH_CHECKED;

/* The key of a generation, NULL if there is none. */
const struct key *keyring_find(const struct keyring *k, uint32_t generation);

/* Write a keyring as a new file, mode 0400, synced, over path at once; with
 * exclusive set an existing file is BH_ERR_EXISTS. */
enum bh_err keyring_write(const struct keyring *k, const char *path,
    int exclusive) BH_CHECKED;

#endif
