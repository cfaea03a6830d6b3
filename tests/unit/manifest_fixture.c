/*
 * Manifests for the store's tests.
 */
#include "tests/unit/manifest_fixture.h"

#include "core/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PIECE 500

struct digest
made_up(uint32_t n)
{
	struct digest d = {.kind = DIGEST_SSH_KEY};
	size_t i;

	for (i = 0; i < 4; i++)
		d.bytes[i] = (uint8_t)(n >> (8 * (3 - i)));
	memset(d.bytes + 4, 0x5a, sizeof(d.bytes) - 4);
	return d;
}

struct digest
digest_of(const char *secret)
{
	const struct token t = {.kind = FACTOR_TOTP};
	struct buf *b = buf_new_from(secret, strlen(secret));
	struct digest d[DIGEST_TOKEN_MAX];
	size_t n = 0;

	assert_non_null(b);
	assert_int_equal(digest_token(&t, b, d, &n), BH_OK);
	buf_free(b);
	return d[0];
}

enum bh_err
stage(
    struct fixture *f, bool begin, const struct manifest_entry *entry, size_t n)
{
	enum bh_err e;

	if ((e = store_begin(f->s)) != BH_OK)
		return e;
	if ((begin && (e = store_manifest_begin(f->s, false)) != BH_OK) ||
	    (e = store_manifest_stage(f->s, entry, n)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

void
stage_many(struct fixture *f, uint32_t from, uint32_t n)
{
	static struct manifest_entry entry[PIECE];
	uint32_t i, k;

	memset(entry, 0, sizeof(entry));
	for (i = 0; i < n; i += k) {
		for (k = 0; k < PIECE && i + k < n; k++)
			entry[k].digest = made_up(from + i + k);
		assert_int_equal(stage(f, false, entry, k), BH_OK);
	}
}

struct manifest_source
source_of(const char *realm, const char *host, uint8_t signer, uint64_t serial)
{
	struct manifest_source m = {
	    .serial = serial,
	    .created_s = T0 + serial,
	    .expires_s = T0 + serial + 1000,
	    .imported_s = T0 + serial + 1,
	};

	snprintf(m.realm, sizeof(m.realm), "%s", realm);
	snprintf(m.host, sizeof(m.host), "%s", host);
	memset(m.signer, signer, sizeof(m.signer));
	return m;
}

enum bh_err
activate(struct fixture *f, struct manifest_source *m, bool accept, bool repin)
{
	enum bh_err e;

	if ((e = store_begin(f->s)) != BH_OK)
		return e;
	if ((e = store_manifest_activate(f->s, m, accept, repin)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

void
import(struct fixture *f, const char *realm, uint64_t serial,
    const struct manifest_entry *entry, size_t n)
{
	struct manifest_source m = source_of(realm, "host1", 1, serial);

	assert_int_equal(stage(f, true, entry, n), BH_OK);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.entries, n);
}

enum bh_err
listed(struct fixture *f, const struct digest *d)
{
	struct listing l;

	return store_listed(f->s, d, &l);
}

uint64_t
number_in(const struct fixture *f, const char *sql)
{
	sqlite3_stmt *st;
	uint64_t n;
	sqlite3 *db;

	assert_null(f->s);
	assert_int_equal(
	    sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	n = (uint64_t)sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}
