/*
 * The store's contract, line by line.
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
create_never_overwrites(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;
	struct stat st;

	assert_int_equal(store_create(&f->options, T0, &s), BH_ERR_BUSY);
	fixture_close(f);
	assert_int_equal(store_create(&f->options, T0, &s), BH_ERR_EXISTS);
	assert_null(s);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(fixture_file(f, "store.ballast"), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 1024 * 1024);
	assert_true(st.st_blocks >= 2048);
	fixture_reopen(f);
}

static void
open_needs_a_store(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_open(f), BH_ERR_NOTFOUND);
	f->options.where = "postgresql:host=x";
	assert_int_equal(fixture_open(f), BH_ERR_CONFIG);
	f->options.where = "sqlite:store.db";
	assert_int_equal(fixture_open(f), BH_ERR_CONFIG);
}

static void
second_open_is_busy(void **state)
{
	struct fixture *f = *state;
	struct store *s = NULL;

	assert_int_equal(store_open(&f->options, &s), BH_ERR_BUSY);
	assert_null(s);
	fixture_reopen(f);
}

static void
info_says_what_it_is(void **state)
{
	struct fixture *f = *state;
	struct store_info a, b;
	uint64_t id;

	assert_int_equal(store_info(f->s, &a), BH_OK);
	assert_string_equal(a.realm, "vault");
	assert_string_equal(a.host, HOST);
	assert_int_equal(a.realm_class, CLASS_BACKUP);
	assert_int_equal(a.created_s, T0);
	assert_int_equal(a.key_generation, 1);
	assert_int_equal(a.schema, 2);
	assert_int_equal(strlen(a.log_id), 32);
	assert_int_equal(a.accounts + a.tokens + a.bad_cells, 0);
	id = fixture_account(f, "alice");
	fixture_token(f, id, FACTOR_TOTP, SEED);
	fixture_reopen(f);
	assert_int_equal(store_info(f->s, &b), BH_OK);
	assert_string_equal(a.log_id, b.log_id);
	assert_int_equal(b.accounts, 1);
	assert_int_equal(b.tokens, 1);
	assert_true(store_dirfd(f->s) >= 0);
}

static void
persons_keep_their_rules(void **state)
{
	struct fixture *f = *state;
	struct person p = {
	    .id = "anna", .name = "Anna \xc3\x84", .created_s = 7};
	struct person got, list[2];
	size_t n;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_person_add(f->s, &p), BH_OK);
	assert_int_equal(store_person_add(f->s, &p), BH_ERR_EXISTS);
	memcpy(p.id, "bert", 5);
	assert_int_equal(store_person_add(f->s, &p), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_person_get(f->s, "anna", &got), BH_OK);
	assert_string_equal(got.name, "Anna \xc3\x84");
	assert_int_equal(got.created_s, 7);
	assert_int_equal(
	    store_person_get(f->s, "nobody", &got), BH_ERR_NOTFOUND);
	assert_int_equal(store_persons(f->s, "", 2, list, &n), BH_OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[1].id, "bert");
	assert_int_equal(store_persons(f->s, "anna", 2, list, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_int_equal(store_persons(f->s, "bert", 2, list, &n), BH_OK);
	assert_int_equal(n, 0);
}

/* Everything an account has, to hold what is read against. */
static struct account
full_account(uint64_t id)
{
	struct account a = {.id = id, .last_login_s = T0 + 5};
	size_t i;

	for (i = 0; i < SHARE_COUNT; i++) {
		a.attempts.share[i].failed = (uint32_t)i + 1;
		a.attempts.share[i].locked = i % 2 == 0;
		a.attempts.share[i].locked_until_s = 1000 * i;
	}
	a.attempts.strikes = 2;
	a.attempts.hard_locked = true;
	memcpy(a.attempts.boot_id, "2a2b3c4d-0000-4000-8000-1234567890ab", 37);
	a.source[0] = (struct netaddr){
	    .family = AF_INET, .bits = 32, .bytes = {10, 1, 2, 3}};
	a.source[1] = (struct netaddr){
	    .family = AF_INET6, .bits = 64, .bytes = {0xfd, 1, 2, 3}};
	return a;
}

static void
account_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice");
	struct account want = full_account(id), got;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_update(f->s, &want), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_account_get(f->s, "alice", &got), BH_OK);
	assert_int_equal(got.id, id);
	assert_string_equal(got.login, "alice"); /* update left it alone */
	assert_string_equal(got.person, "p-alice");
	assert_int_equal(got.created_s, T0);
	assert_int_equal(got.last_login_s, T0 + 5);
	assert_memory_equal(
	    &got.attempts, &want.attempts, sizeof(got.attempts));
	assert_memory_equal(got.source, want.source, sizeof(got.source));
	assert_int_equal(store_account_by_id(f->s, id, &got), BH_OK);
	assert_int_equal(store_account_by_id(f->s, 99, &got), BH_ERR_NOTFOUND);
	assert_int_equal(
	    store_account_get(f->s, "Alice", &got), BH_ERR_NOTFOUND);
}

static void
accounts_keep_their_rules(void **state)
{
	struct fixture *f = *state;
	struct account a = {.login = "alice", .person = "nobody"}, list[4];
	uint64_t first = fixture_account(f, "alice");
	size_t n;

	fixture_account(f, "bob");
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_add(f->s, &a), BH_ERR_NOTFOUND);
	memcpy(a.person, "p-bob", 6);
	assert_int_equal(store_account_add(f->s, &a), BH_ERR_EXISTS);
	a.id = 99;
	assert_int_equal(store_account_update(f->s, &a), BH_ERR_NOTFOUND);
	assert_int_equal(store_account_remove(f->s, 99, T0), BH_ERR_NOTFOUND);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(store_accounts(f->s, "", 4, list, &n), BH_OK);
	assert_int_equal(n, 2);
	assert_int_equal(list[0].id, first);
	assert_int_equal(store_accounts(f->s, "alice", 4, list, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].login, "bob");
}

static void
removed_account_takes_its_secrets_along(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice"), again;
	uint64_t token = fixture_token(f, id, FACTOR_TOTP, SEED);
	struct account a = {.login = "alice", .person = "p-alice"};
	struct buf *secret = NULL;
	struct token t;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_remove(f->s, id, T0 + 9), BH_OK);
	assert_int_equal(store_account_get(f->s, "alice", &a), BH_ERR_NOTFOUND);
	assert_int_equal(store_account_add(f->s, &a), BH_OK);
	again = a.id;
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_true(again > id); /* an id is never used twice */
	fixture_reopen(f);
	assert_int_equal(store_token_get(f->s, token, &t), BH_OK);
	assert_int_equal(t.status, TOKEN_REVOKED);
	assert_int_equal(t.ended_s, T0 + 9);
	assert_int_equal(
	    store_token_secret(f->s, &t, &secret), BH_ERR_NOTFOUND);
}

static void
token_comes_back_as_it_was(void **state)
{
	struct fixture *f = *state;
	struct token t = {
	    .account_id = fixture_account(f, "alice"),
	    .kind = FACTOR_YUBIKEY,
	    .status = TOKEN_PENDING,
	    .hash = OTP_SHA512,
	    .digits = 8,
	    .period_s = 60,
	    .weak = true,
	    .public_id = "cccccccccccb",
	    .state = UINT64_MAX - 1,
	    .created_s = 1,
	};
	struct token got, list[MODEL_TOKENS_MAX];
	struct buf *secret = buf_new_from(SEED, 20), *read = NULL;
	size_t n;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_add(f->s, &t, secret), BH_OK);
	t.status = TOKEN_ACTIVE;
	t.state = UINT64_MAX;
	t.confirmed_s = 2;
	t.last_used_s = 3;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_token_get(f->s, t.id, &got), BH_OK);
	assert_int_equal(got.account_id, t.account_id);
	assert_int_equal(got.kind, FACTOR_YUBIKEY);
	assert_int_equal(got.status, TOKEN_ACTIVE);
	assert_int_equal(got.hash, OTP_SHA512);
	assert_int_equal(got.digits, 8);
	assert_int_equal(got.period_s, 60);
	assert_true(got.weak);
	assert_string_equal(got.public_id, "cccccccccccb");
	assert_true(got.state == UINT64_MAX);
	assert_int_equal(got.created_s, 1);
	assert_int_equal(got.confirmed_s, 2);
	assert_int_equal(got.ended_s, 0);
	assert_int_equal(got.last_used_s, 3);
	assert_int_equal(store_tokens_of(f->s, t.account_id, list, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].id, t.id);
	assert_int_equal(store_token_secret(f->s, &got, &read), BH_OK);
	assert_int_equal(read->len, 20);
	assert_memory_equal(read->data, SEED, 20);
	buf_free(secret);
	buf_free(read);
}

static void
a_secret_is_used_once_for_ever(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice");
	uint64_t bob = fixture_account(f, "bob");
	uint64_t id = fixture_token(f, alice, FACTOR_TOTP, SEED), other = 0;
	struct token t;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(fixture_add_token(f, bob, FACTOR_HOTP, SEED, &other),
	    BH_ERR_EXISTS);
	assert_int_equal(store_token_get(f->s, id, &t), BH_OK);
	t.status = TOKEN_REVOKED;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(fixture_add_token(f, alice, FACTOR_TOTP, SEED, &other),
	    BH_ERR_EXISTS);
	assert_int_equal(fixture_add_token(f, 99, FACTOR_TOTP, "x", &other),
	    BH_ERR_NOTFOUND);
	assert_int_equal(
	    fixture_add_token(f, bob, FACTOR_TOTP, "", &other), BH_ERR_RANGE);
	assert_int_equal(store_commit(f->s), BH_OK);
}

/* HMAC fills a key with zeros: such a seed gives the same codes. */
static void
zeros_at_the_end_are_the_same_secret(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice");
	struct token t = {
	    .account_id = alice, .kind = FACTOR_TOTP, .status = TOKEN_PENDING};
	struct buf *b = buf_new_from(SEED "\0\0", 22);

	fixture_token(f, alice, FACTOR_TOTP, SEED);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_add(f->s, &t, b), BH_ERR_EXISTS);
	store_rollback(f->s);
	buf_free(b);
}

static void
a_public_id_is_used_once(void **state)
{
	struct fixture *f = *state;
	struct token t = {.account_id = fixture_account(f, "alice"),
	    .kind = FACTOR_YUBIKEY,
	    .status = TOKEN_PENDING,
	    .public_id = "cccccccccccb"};
	struct buf *one = buf_new_from("one", 3), *two = buf_new_from("two", 3);

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_add(f->s, &t, one), BH_OK);
	assert_int_equal(store_token_add(f->s, &t, two), BH_ERR_EXISTS);
	store_rollback(f->s);
	buf_free(one);
	buf_free(two);
}

static void
tokens_have_a_limit(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice"), id = 0;
	struct token list[MODEL_TOKENS_MAX + 4];
	char secret[32];
	size_t n;
	int i;

	assert_int_equal(store_begin(f->s), BH_OK);
	for (i = 0; i < MODEL_TOKENS_MAX; i++) {
		snprintf(secret, sizeof(secret), "a secret, number %d", i);
		assert_int_equal(
		    fixture_add_token(f, alice, FACTOR_TOTP, secret, &id),
		    BH_OK);
	}
	assert_int_equal(
	    fixture_add_token(f, alice, FACTOR_TOTP, "x", &id), BH_ERR_FULL);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(store_tokens_of(f->s, alice, list, &n), BH_OK);
	assert_int_equal(n, MODEL_TOKENS_MAX);
	assert_int_equal(store_tokens(f->s, 0, 20, list, &n), BH_OK);
	assert_int_equal(n, MODEL_TOKENS_MAX);
	assert_int_equal(store_tokens(f->s, list[3].id, 2, list, &n), BH_OK);
	assert_int_equal(n, 2);
}

static void
token_state_never_goes_back(void **state)
{
	struct fixture *f = *state;
	uint64_t alice = fixture_account(f, "alice");
	uint64_t id = fixture_token(f, alice, FACTOR_TOTP, SEED);
	struct token t;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, id, &t), BH_OK);
	t.state = 10;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	t.state = 9;
	assert_int_equal(store_token_update(f->s, &t), BH_ERR_ROLLBACK);
	t.state = 10;
	t.status = TOKEN_PENDING;
	assert_int_equal(store_token_update(f->s, &t), BH_ERR_ROLLBACK);
	t.status = TOKEN_REVOKED;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	t.status = TOKEN_ACTIVE;
	assert_int_equal(store_token_update(f->s, &t), BH_ERR_ROLLBACK);
	t.id = 99;
	assert_int_equal(store_token_update(f->s, &t), BH_ERR_NOTFOUND);
	assert_int_equal(store_commit(f->s), BH_OK);
}

static void
records_make_the_tree(void **state)
{
	struct fixture *f = *state;
	uint8_t leaf[CRYPTO_HASH_LEN], want[CRYPTO_HASH_LEN];
	uint8_t want_leaf[CRYPTO_HASH_LEN];
	struct tree tree = {.size = 0};
	struct buf *body = NULL;
	uint64_t seq = 99;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_record_append(f->s, "one", 3, &seq), BH_OK);
	assert_int_equal(seq, 0);
	assert_int_equal(store_record_append(f->s, "two", 3, &seq), BH_OK);
	assert_int_equal(seq, 1);
	assert_int_equal(store_record_append(f->s, "", 0, &seq), BH_ERR_RANGE);
	assert_int_equal(store_head(f->s)->size, 2);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(tree_leaf("one", 3, leaf), BH_OK);
	assert_int_equal(tree_push(&tree, leaf), BH_OK);
	assert_int_equal(tree_leaf("two", 3, leaf), BH_OK);
	assert_int_equal(tree_push(&tree, leaf), BH_OK);
	assert_int_equal(tree_root(&tree, want), BH_OK);
	assert_int_equal(store_record_leaf(f->s, 1, leaf), BH_OK);
	assert_int_equal(tree_leaf("two", 3, want_leaf), BH_OK);
	assert_memory_equal(leaf, want_leaf, sizeof(leaf));
	assert_int_equal(tree_root(store_head(f->s), leaf), BH_OK);
	assert_memory_equal(leaf, want, sizeof(want));
	assert_int_equal(store_record_get(f->s, 1, &body), BH_OK);
	assert_int_equal(body->len, 3);
	assert_memory_equal(body->data, "two", 3);
	buf_free(body);
	assert_int_equal(store_record_get(f->s, 2, &body), BH_ERR_NOTFOUND);
	assert_int_equal(store_record_leaf(f->s, 2, leaf), BH_ERR_NOTFOUND);
}

static void
clock_only_rises(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(store_clock_high(f->s), T0);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_clock_raise(f->s, T0 + 10), BH_OK);
	assert_int_equal(store_clock_raise(f->s, T0 + 5), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_clock_high(f->s), T0 + 10);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_clock_accept(f->s, T0 + 1), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_clock_high(f->s), T0 + 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(create_never_overwrites),
	    cmocka_unit_test_setup_teardown(
		open_needs_a_store, fixture_setup_empty, fixture_teardown),
	    WITH(second_open_is_busy),
	    WITH(info_says_what_it_is),
	    WITH(persons_keep_their_rules),
	    WITH(account_comes_back_as_it_was),
	    WITH(accounts_keep_their_rules),
	    WITH(removed_account_takes_its_secrets_along),
	    WITH(token_comes_back_as_it_was),
	    WITH(a_secret_is_used_once_for_ever),
	    WITH(zeros_at_the_end_are_the_same_secret),
	    WITH(a_public_id_is_used_once),
	    WITH(tokens_have_a_limit),
	    WITH(token_state_never_goes_back),
	    WITH(records_make_the_tree),
	    WITH(clock_only_rises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
