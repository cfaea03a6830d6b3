/*
 * Manifests for the store's tests: made-up digests, imported by pieces.
 */
#ifndef TESTS_UNIT_MANIFEST_FIXTURE_H
#define TESTS_UNIT_MANIFEST_FIXTURE_H

#include "tests/unit/store_fixture.h"

/* The n-th of many digests of SSH keys, in their order. */
struct digest made_up(uint32_t n);

/* What a totp token with that secret is listed by. */
struct digest digest_of(const char *secret);

/* Stage in a transaction of its own; begin comes before it if asked. */
enum bh_err stage(struct fixture *f, bool begin,
    const struct manifest_entry *entry, size_t n);

/* n made-up digests, the first one `from`, 500 a piece. */
void stage_many(struct fixture *f, uint32_t from, uint32_t n);

/* A source's manifest, signed by the key of that number. */
struct manifest_source source_of(
    const char *realm, const char *host, uint8_t signer, uint64_t serial);

enum bh_err activate(
    struct fixture *f, struct manifest_source *m, bool accept, bool repin);

/* All of it: begin, stage, activate; must succeed. */
void import(struct fixture *f, const char *realm, uint64_t serial,
    const struct manifest_entry *entry, size_t n);

/* store_listed, and nothing but its error. */
enum bh_err listed(struct fixture *f, const struct digest *d);

/* One number that a statement gives in the closed store. */
uint64_t number_in(const struct fixture *f, const char *sql);

#endif
