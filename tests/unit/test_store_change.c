/*
 * The store: transactions, savepoints, idle work, keys and copies.
 */
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void
changes_need_a_transaction(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice"), seq;
	struct account a = {.id = id};
	struct token t = {.account_id = id};
	struct person p = {.id = "x"};

	assert_int_equal(store_commit(f->s), BH_ERR_REFUSED);
	assert_int_equal(store_mark(f->s), BH_ERR_REFUSED);
	assert_int_equal(store_person_add(f->s, &p), BH_ERR_REFUSED);
	assert_int_equal(store_account_add(f->s, &a), BH_ERR_REFUSED);
	assert_int_equal(store_account_update(f->s, &a), BH_ERR_REFUSED);
	assert_int_equal(store_account_remove(f->s, id, T0), BH_ERR_REFUSED);
	assert_int_equal(store_token_update(f->s, &t), BH_ERR_REFUSED);
	assert_int_equal(
	    store_record_append(f->s, "x", 1, &seq), BH_ERR_REFUSED);
	assert_int_equal(store_clock_raise(f->s, 1), BH_ERR_REFUSED);
	assert_int_equal(store_clock_accept(f->s, 1), BH_ERR_REFUSED);
	assert_int_equal(store_rekey(f->s, 1), BH_ERR_REFUSED);
	assert_int_equal(store_accept(f->s, 1, 0), BH_ERR_REFUSED);
	store_rollback(f->s);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_begin(f->s), BH_ERR_REFUSED);
	assert_int_equal(store_release(f->s), BH_ERR_REFUSED);
	assert_int_equal(store_reset(f->s), BH_ERR_REFUSED);
	assert_int_equal(store_mark(f->s), BH_OK);
	assert_int_equal(store_mark(f->s), BH_ERR_REFUSED);
	assert_true(store_idle(f->s));
	store_rollback(f->s);
}

static void
rollback_undoes_everything(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice"), seq;
	struct account a;

	fixture_record(f, "first");
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_get(f->s, "alice", &a), BH_OK);
	a.last_login_s = T0 + 1;
	assert_int_equal(store_account_update(f->s, &a), BH_OK);
	assert_int_equal(store_record_append(f->s, "lost", 4, &seq), BH_OK);
	assert_int_equal(store_clock_raise(f->s, T0 + 100), BH_OK);
	store_rollback(f->s);
	assert_int_equal(store_head(f->s)->size, 1);
	assert_int_equal(store_clock_high(f->s), T0);
	assert_int_equal(store_account_by_id(f->s, id, &a), BH_OK);
	assert_int_equal(a.last_login_s, 0);
	fixture_record(f, "second");
	fixture_reopen(f);
	assert_int_equal(store_head(f->s)->size, 2);
	assert_int_equal(store_account_by_id(f->s, id, &a), BH_OK);
}

static void
close_without_commit_keeps_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t seq;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_record_append(f->s, "lost", 4, &seq), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_head(f->s)->size, 0);
}

/* One login that errs must not take its neighbours of the batch along. */
static void
reset_undoes_what_came_after_the_mark(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice"), seq, token = 0;
	struct account a;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_mark(f->s), BH_OK);
	assert_int_equal(store_record_append(f->s, "kept", 4, &seq), BH_OK);
	assert_int_equal(store_release(f->s), BH_OK);
	assert_int_equal(store_mark(f->s), BH_OK);
	assert_int_equal(store_account_by_id(f->s, id, &a), BH_OK);
	a.last_login_s = T0 + 1;
	assert_int_equal(store_account_update(f->s, &a), BH_OK);
	assert_int_equal(
	    fixture_add_token(f, id, FACTOR_TOTP, SEED, &token), BH_OK);
	assert_int_equal(store_record_append(f->s, "undone", 6, &seq), BH_OK);
	assert_int_equal(store_clock_raise(f->s, T0 + 50), BH_OK);
	assert_int_equal(store_reset(f->s), BH_OK);
	assert_int_equal(store_head(f->s)->size, 1);
	assert_int_equal(store_clock_high(f->s), T0);
	assert_int_equal(store_record_append(f->s, "third", 5, &seq), BH_OK);
	assert_int_equal(seq, 1);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f); /* rows, tree and cells agree */
	assert_int_equal(store_head(f->s)->size, 2);
	assert_int_equal(store_account_by_id(f->s, id, &a), BH_OK);
	assert_int_equal(a.last_login_s, 0);
	assert_int_equal(
	    store_token_get(f->s, token, &(struct token){0}), BH_ERR_NOTFOUND);
}

static void
idle_moves_the_log_and_ends(void **state)
{
	struct fixture *f = *state;
	char body[3000];
	uint64_t seq;
	struct stat st;
	int i;

	memset(body, 'x', sizeof(body));
	while (store_idle(f->s))
		;
	assert_int_equal(store_begin(f->s), BH_OK);
	for (i = 0; i < 1200; i++)
		assert_int_equal(
		    store_record_append(f->s, body, sizeof(body), &seq), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(st.st_size < 1000 * 4096);
	while (store_idle(f->s))
		;
	assert_int_equal(stat(f->path, &st), 0);
	assert_true(st.st_size >= 1200 * 3000);
	fixture_reopen(f);
	assert_int_equal(store_head(f->s)->size, 1200);
}

static void
ballast_is_released_and_comes_back(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(store_ballast_release(f->s), BH_OK);
	assert_int_equal(stat(fixture_file(f, "store.ballast"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(store_ballast_release(f->s), BH_ERR_NOTFOUND);
	while (store_idle(f->s))
		;
	assert_int_equal(stat(fixture_file(f, "store.ballast"), &st), 0);
	assert_int_equal(st.st_size, 1024 * 1024);
	assert_int_equal(unlink(fixture_file(f, "store.ballast")), 0);
	assert_int_equal(store_ballast_release(f->s), BH_ERR_NOTFOUND);
}

static void
pseudonyms_last_and_are_the_stores_own(void **state)
{
	struct fixture *f = *state;
	uint8_t a[CRYPTO_HASH_LEN], b[CRYPTO_HASH_LEN];

	assert_int_equal(store_pseudonym(f->s, "mallory", a), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_pseudonym(f->s, "mallory", b), BH_OK);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(store_pseudonym(f->s, "mallorz", b), BH_OK);
	assert_memory_not_equal(a, b, sizeof(a));
	fixture_close(f);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_OK);
	assert_int_equal(store_pseudonym(f->s, "mallory", b), BH_OK);
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
rekey_keeps_everything(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice"), other = 0;
	uint64_t id = fixture_token(f, alice, FACTOR_TOTP, SEED);
	uint8_t before[CRYPTO_HASH_LEN], after[CRYPTO_HASH_LEN];
	struct keyring *fresh = keyring_new();
	struct store_info info;
	struct buf *secret = NULL;
	struct token t;

	fixture_record(f, "one");
	assert_int_equal(store_pseudonym(f->s, "x", before), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_ERR_SEALED); /* no such key */
	store_rollback(f->s);
	assert_int_equal(keyring_add(f->keys, 2), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_close(f);
	fresh->key[0] = f->keys->key[1]; /* the old one is gone */
	fresh->n = 1;
	f->options.keys = fresh;
	assert_int_equal(fixture_open(f), BH_OK);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.key_generation, 2);
	assert_int_equal(info.bad_cells, 0);
	assert_int_equal(store_token_get(f->s, id, &t), BH_OK);
	assert_int_equal(store_token_secret(f->s, &t, &secret), BH_OK);
	assert_memory_equal(secret->data, SEED, 20);
	buf_free(secret);
	assert_int_equal(store_pseudonym(f->s, "x", after), BH_OK);
	assert_memory_equal(before, after, sizeof(before));
	assert_int_equal(store_begin(f->s), BH_OK); /* fingerprints last, too */
	assert_int_equal(fixture_add_token(f, alice, FACTOR_TOTP, SEED, &other),
	    BH_ERR_EXISTS);
	store_rollback(f->s);
	fixture_close(f);
	f->options.keys = f->keys;
	keyring_free(fresh);
}

/* Killed before or after the commit: the keyring then holds both keys. */
static void
rekey_not_committed_changes_nothing(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice");
	struct store_info info;
	struct account a;

	assert_int_equal(keyring_add(f->keys, 2), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK);
	assert_int_equal(store_mark(f->s), BH_ERR_REFUSED);
	store_rollback(f->s);
	assert_int_equal(store_account_by_id(f->s, alice, &a), BH_OK);
	fixture_record(f, "under the old key");
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.key_generation, 1);
	assert_int_equal(store_account_by_id(f->s, alice, &a), BH_OK);
}

static void
backup_is_a_store(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice");
	struct buf *copy;
	struct account a;
	struct stat st;
	int dir;

	fixture_record(f, "one");
	dir = open(f->dir, O_RDONLY | O_DIRECTORY);
	assert_true(dir != -1);
	assert_int_equal(store_backup(f->s, dir, "copy"), BH_OK);
	assert_int_equal(store_backup(f->s, dir, "copy"), BH_ERR_EXISTS);
	assert_int_equal(store_backup(f->s, dir, "../copy"), BH_ERR_INPUT);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_backup(f->s, dir, "other"), BH_ERR_REFUSED);
	store_rollback(f->s);
	assert_int_equal(fstatat(dir, "copy", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(faccessat(dir, "copy-journal", F_OK, 0), -1);
	close(dir);
	fixture_record(f, "two");
	fixture_close(f);
	copy = fixture_save(fixture_file(f, "copy"));
	fixture_restore(f->path, copy->data, copy->len);
	buf_free(copy);
	fixture_reopen(f);
	assert_int_equal(store_head(f->s)->size, 1);
	assert_int_equal(store_account_by_id(f->s, alice, &a), BH_OK);
}

static void
host_id_is_hex_and_constant(void **state)
{
	char a[STORE_HOST_LEN + 1], b[STORE_HOST_LEN + 1];

	(void)state;
	assert_int_equal(crypto_open(), BH_OK);
	assert_int_equal(host_id(a), BH_OK);
	assert_int_equal(host_id(b), BH_OK);
	assert_string_equal(a, b);
	assert_int_equal(strspn(a, "0123456789abcdef"), STORE_HOST_LEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(changes_need_a_transaction),
	    WITH(rollback_undoes_everything),
	    WITH(close_without_commit_keeps_nothing),
	    WITH(reset_undoes_what_came_after_the_mark),
	    WITH(idle_moves_the_log_and_ends),
	    WITH(ballast_is_released_and_comes_back),
	    WITH(pseudonyms_last_and_are_the_stores_own),
	    WITH(rekey_keeps_everything),
	    WITH(rekey_not_committed_changes_nothing),
	    WITH(backup_is_a_store),
	    cmocka_unit_test(host_id_is_hex_and_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
