/*
 * Digests of tokens; and all that two realms need of a store altered, under a
 * new key, in a copy, and in a store of the first schema.
 */
#include "tests/unit/manifest_fixture.h"
#include "tests/unit/realm_fixture.h"

#include "core/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DIGESTS_MAX 32

static size_t
digests(struct fixture *f, uint64_t after, size_t max, struct digest *out)
{
	size_t n = 0;

	assert_int_equal(
	    store_token_digests(f->s, &after, max, out, &n), BH_OK);
	return n;
}

static void
digests_come_and_go_with_their_token(void **state)
{
	struct fixture *f = *state;
	struct digest d[DIGESTS_MAX], want = digest_of(SEED);
	struct token t;

	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 2);
	assert_memory_equal(&d[0], &want, sizeof(want));
	assert_int_equal(digests(f, 1, DIGESTS_MAX, d), 1);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	t.status = TOKEN_REVOKED;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 1);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_remove(f->s, 2, T0), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 0);
}

/* A key of 129 bytes has three; a page ends between two tokens. */
static void
pages_hold_whole_tokens(void **state)
{
	struct fixture *f = *state;
	char secret[130];
	struct digest d[DIGESTS_MAX];
	uint64_t after = 0, first, second;
	size_t n;

	memset(secret, 'k', sizeof(secret) - 1);
	secret[sizeof(secret) - 1] = '\0';
	first = fixture_token(f, 1, FACTOR_TOTP, secret);
	secret[0] = 'j';
	second = fixture_token(f, 2, FACTOR_TOTP, secret);
	assert_int_equal(
	    store_token_digests(f->s, &after, 2, d, &n), BH_ERR_RANGE);
	assert_int_equal(store_token_digests(f->s, &after, 4, d, &n), BH_OK);
	assert_int_equal(n, 2); /* two of one each; three do not fit */
	assert_int_equal(after, 2);
	assert_int_equal(store_token_digests(f->s, &after, 3, d, &n), BH_OK);
	assert_int_equal(n, 3);
	assert_int_equal(after, first);
	assert_int_equal(store_token_digests(f->s, &after, 4, d, &n), BH_OK);
	assert_int_equal(n, 3);
	assert_int_equal(after, second);
	assert_int_equal(store_token_digests(f->s, &after, 4, d, &n), BH_OK);
	assert_int_equal(n, 0);
	assert_int_equal(after, second);
}

/* Exactly what step 2 adds, taken away again. */
static void
to_first_schema(struct fixture *f)
{
	fixture_close(f);
	fixture_sql(f, "DROP TABLE manifest_source; DROP TABLE manifest_entry;"
		       "DROP TABLE token_digest; DROP TABLE machine;"
		       "DROP TABLE password;"
		       "DELETE FROM meta WHERE k = 'token_digests';"
		       "PRAGMA user_version = 1");
}

static void
a_store_of_the_first_schema_gets_its_digests(void **state)
{
	struct fixture *f = *state;
	struct digest d[DIGESTS_MAX], want = digest_of(SEED);
	struct store_info info;
	struct token t;
	uint64_t gone;

	gone = fixture_token(f, 1, FACTOR_TOTP, "revoked 789012345678");
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, gone, &t), BH_OK);
	t.status = TOKEN_REVOKED;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	to_first_schema(f);
	fixture_reopen(f);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.schema, 2);
	assert_int_equal(info.bad_cells, 0);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 2);
	assert_memory_equal(&d[0], &want, sizeof(want));
	assert_false(store_manifest_any(f->s));
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	fixture_reopen(f);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 2);
}

/* One token that does not open must not keep the others from theirs. */
static void
a_token_that_does_not_open_has_none(void **state)
{
	struct fixture *f = *state;
	struct digest d[DIGESTS_MAX];

	to_first_schema(f);
	fixture_sql(f, "UPDATE token_secret SET sealed = zeroblob(48) "
		       "WHERE token_id = 1");
	fixture_reopen(f);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 1);
}

static void
accept_makes_digests_anew(void **state)
{
	struct fixture *f = *state;
	struct digest d[DIGESTS_MAX];

	fixture_close(f);
	fixture_sql(f, "DELETE FROM token_digest");
	accept_it(f);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 2);
}

/* A manifest of three, one of them quarantined, and all else there is. */
static void
fill(struct fixture *f)
{
	struct manifest_entry en[3] = {{.digest = made_up(1)},
	    {.digest = made_up(2)}, {.digest = digest_of(SEED)}};
	uint64_t n;

	import(f, "prod", 5, en, 3);
	assert_int_equal(put_identity(f, "identity"), BH_OK);
	assert_int_equal(serial(f, T0, &n), BH_OK);
	assert_int_equal(set_password(f, "alice", "$y$1"), BH_OK);
}

static void
assert_filled(struct fixture *f)
{
	struct digest d = made_up(2), collides = digest_of(SEED);
	struct manifest_source m;
	struct listing l;

	assert_true(store_manifest_any(f->s));
	assert_int_equal(listed(f, &d), BH_OK);
	assert_int_equal(store_listed(f->s, &collides, &l), BH_OK);
	assert_true(l.quarantined);
	assert_int_equal(
	    store_manifest_source(f->s, "prod", "host1", &m), BH_OK);
	assert_int_equal(m.entries, 3);
	assert_int_equal(m.quarantined, 1);
	assert_int_equal(identity_is(f, "identity"), BH_OK);
	assert_int_equal(password_is(f, "alice", "$y$1"), BH_OK);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
}

static enum bh_err
rekey(struct fixture *f, uint32_t generation)
{
	enum bh_err e;

	if (keyring_find(f->keys, generation) == NULL)
		assert_int_equal(keyring_add(f->keys, generation), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	if ((e = store_rekey(f->s, generation)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

static void
a_new_key_seals_all_of_it_anew(void **state)
{
	struct fixture *f = *state;
	struct manifest_entry en = {.digest = made_up(9)};
	struct manifest_source m = source_of("prod", "host1", 1, 6);
	uint64_t n;

	fill(f);
	assert_int_equal(stage(f, true, &en, 1), BH_OK);
	assert_int_equal(rekey(f, 2), BH_OK);
	assert_int_equal(activate(f, &m, false, false), BH_ERR_REFUSED);
	assert_filled(f);
	f->keys->key[0] = f->keys->key[1]; /* the old one is gone */
	f->keys->n = 1;
	fixture_reopen(f);
	assert_filled(f);
	assert_int_equal(serial(f, T0, &n), BH_OK);
	assert_int_equal(n, T0 + 1);
	assert_int_equal(rekey(f, 3), BH_OK); /* so the sums are right */
	fixture_reopen(f);
	assert_filled(f);
}

static void
a_copy_has_all_of_it(void **state)
{
	struct fixture *f = *state;

	fill(f);
	assert_int_equal(
	    store_backup(f->s, store_dirfd(f->s), "copy.db"), BH_OK);
	fixture_close(f);
	assert_int_equal(rename(fixture_file(f, "copy.db"), f->path), 0);
	fixture_reopen(f);
	assert_filled(f);
	assert_int_equal(rekey(f, 2), BH_OK);
}

/* An altered manifest is noticed, and what is there goes on counting. */
static void
entries_must_add_up(void **state)
{
	static const struct {
		const char *sql;
		bool second; /* is the second entry listed? */
	} rows[] = {
	    {"DELETE FROM manifest_entry WHERE seq = 2", false},
	    {"DELETE FROM manifest_entry WHERE seq = 1", true},
	    {"UPDATE manifest_entry SET digest = zeroblob(32) WHERE seq = 1",
		true},
	    {"UPDATE manifest_entry SET digest = x'00' WHERE seq = 1", true},
	    {"UPDATE manifest_entry SET kind = 6 WHERE seq = 1", true},
	    {"UPDATE manifest_entry SET quarantined = 1 WHERE seq = 1", true},
	    {"INSERT INTO manifest_entry SELECT import, 4, kind, "
	     "zeroblob(32), 0 FROM manifest_entry WHERE seq = 1",
		true},
	    {"DELETE FROM manifest_entry", false},
	};
	struct fixture *f = *state;
	struct digest d = made_up(2);
	struct buf *good;
	enum bh_err e;
	size_t i;

	fill(f);
	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(rows); i++) {
		fixture_sql(f, rows[i].sql);
		fixture_reopen(f);
		assert_true(store_manifest_any(f->s));
		e = listed(f, &d);
		if (e != (rows[i].second ? BH_OK : BH_ERR_NOTFOUND))
			fail_msg("%s: %s", rows[i].sql, err_text(e));
		assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
		if (rekey(f, 2) != BH_ERR_SEALED)
			fail_msg("%s: a new key", rows[i].sql);
		accept_it(f);
		assert_int_equal(rekey(f, 2), BH_OK);
		fixture_close(f);
		fixture_restore(f->path, good->data, good->len);
	}
	buf_free(good);
}

static void
an_altered_source_is_refused_but_goes_on_counting(void **state)
{
	static const char *const changes[] = {"signer = zeroblob(32)",
	    "serial = 1", "created_s = 1", "expires_s = 1", "imported_s = 1",
	    "entries = 2", "quarantined = 0", "accepted = 1",
	    "sum = zeroblob(32)", "version = 9", "mac = zeroblob(32)",
	    "accepted = 7"};
	struct fixture *f = *state;
	struct manifest_entry en = {.digest = made_up(2)};
	struct manifest_source m = source_of("prod", "host1", 1, 6), list[2];
	struct buf *good;
	char text[80];
	size_t i, n;

	fill(f);
	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(changes); i++) {
		snprintf(text, sizeof(text), "UPDATE manifest_source SET %s",
		    changes[i]);
		fixture_sql(f, text);
		fixture_reopen(f);
		if (store_manifest_source(f->s, "prod", "host1", &m) !=
		    BH_ERR_SEALED)
			fail_msg("%s", changes[i]);
		m = source_of("prod", "host1", 1, 6);
		assert_int_equal(
		    store_manifest_sources(f->s, 0, 2, list, &n), BH_OK);
		assert_int_equal(n, 0);
		assert_int_equal(listed(f, &en.digest), BH_OK);
		assert_int_equal(stage(f, true, &en, 1), BH_OK);
		assert_int_equal(activate(f, &m, false, false), BH_ERR_SEALED);
		assert_int_equal(activate(f, &m, false, true), BH_OK);
		fixture_reopen(f);
		assert_int_equal(
		    store_manifest_source(f->s, "prod", "host1", &m), BH_OK);
		assert_int_equal(m.entries, 1);
		fixture_close(f);
		fixture_restore(f->path, good->data, good->len);
	}
	buf_free(good);
}

/* Gone with its source: nobody is denied, nothing is listed. */
static void
a_deleted_source_lists_nothing(void **state)
{
	struct fixture *f = *state;
	struct digest d = made_up(2);

	fill(f);
	fixture_close(f);
	fixture_sql(f, "DELETE FROM manifest_source");
	fixture_reopen(f);
	assert_false(store_manifest_any(f->s));
	assert_int_equal(listed(f, &d), BH_ERR_NOTFOUND);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	while (store_idle(f->s))
		;
	fixture_close(f);
	assert_int_equal(
	    number_in(f, "SELECT count(*) FROM manifest_entry"), 0);
}

/* Opened without: an older store on a full disk, which has room again when
 * the manifest comes. */
static void
open_without_digests(struct fixture *f)
{
	fixture_close(f);
	fixture_sql(f, "DELETE FROM meta WHERE k = 'token_digests';"
		       "DELETE FROM token_digest");
	f->options.accept = true;
	assert_int_equal(fixture_open(f), BH_OK);
}

/* P03 */
static void
an_import_sees_tokens_that_had_no_digests(void **state)
{
	struct fixture *f = *state;
	const struct manifest_entry en = {.digest = digest_of(SEED)};
	struct manifest_source m = source_of("prod", "host1", 1, 5);

	open_without_digests(f);
	assert_int_equal(stage(f, true, &en, 1), BH_OK);
	assert_int_equal(activate(f, &m, false, false), BH_OK);
	assert_int_equal(m.quarantined, 1);
}

static void
an_export_has_tokens_that_had_no_digests(void **state)
{
	struct fixture *f = *state;
	struct digest d[DIGESTS_MAX];
	uint64_t serial;

	open_without_digests(f);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 0);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_manifest_serial(f->s, T0, &serial), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(digests(f, 0, DIGESTS_MAX, d), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_TWO(digests_come_and_go_with_their_token),
	    WITH_TWO(pages_hold_whole_tokens),
	    WITH_TWO(a_store_of_the_first_schema_gets_its_digests),
	    WITH_TWO(a_token_that_does_not_open_has_none),
	    WITH_TWO(accept_makes_digests_anew),
	    WITH_TWO(a_new_key_seals_all_of_it_anew),
	    WITH_TWO(a_copy_has_all_of_it),
	    WITH_TWO(entries_must_add_up),
	    WITH_TWO(an_altered_source_is_refused_but_goes_on_counting),
	    WITH_TWO(a_deleted_source_lists_nothing),
	    WITH_TWO(an_import_sees_tokens_that_had_no_digests),
	    WITH_TWO(an_export_has_tokens_that_had_no_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
