/*
 * Taking a store as it is, after it was set back or tampered with.
 */
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static enum bh_err
accept_it(struct fixture *f)
{
	enum bh_err e;

	f->options.accept = true;
	if ((e = fixture_open(f)) == BH_OK &&
	    (e = store_begin(f->s)) == BH_OK &&
	    (e = store_accept(f->s, T0 + 900, 30)) == BH_OK)
		e = store_commit(f->s);
	f->options.accept = false;
	return e;
}

static void
accept_raises_all_marks(void **state)
{
	struct fixture *f = *state;
	uint64_t hotp, recovery;
	struct buf *secret = NULL;
	struct token t;

	hotp = fixture_token(f, 1, FACTOR_HOTP, "hotp 678901234567890");
	recovery = fixture_token(f, 2, FACTOR_RECOVERY, "recovery 01234567890");
	fixture_close(f);
	assert_int_equal(accept_it(f), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	assert_int_equal(t.status, TOKEN_ACTIVE);
	assert_int_equal(t.state, (T0 + 930) / 30 + 1);
	assert_int_equal(store_token_get(f->s, hotp, &t), BH_OK);
	assert_int_equal(t.status, TOKEN_PENDING);
	assert_int_equal(store_token_get(f->s, recovery, &t), BH_OK);
	assert_int_equal(t.status, TOKEN_REVOKED);
	assert_int_equal(t.ended_s, T0 + 900);
	assert_int_equal(
	    store_token_secret(f->s, &t, &secret), BH_ERR_NOTFOUND);
	assert_int_equal(store_clock_high(f->s), T0 + 900);
}

static void
accept_takes_rows_set_back_but_none_altered(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct account a;

	fixture_token(f, 1, FACTOR_TOTP, "another 890123456789");
	fixture_close(f);
	fixture_sql(f, "DELETE FROM token WHERE id = 3;"
		       "UPDATE account SET person = 'p-alice' WHERE id = 2");
	assert_int_equal(fixture_open(f), BH_OK);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_ERR_SEALED);
	fixture_close(f);
	assert_int_equal(accept_it(f), BH_OK);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK); /* at once */
	fixture_reopen(f);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	assert_int_equal(store_account_get(f->s, "bob", &a), BH_ERR_SEALED);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.bad_cells, 0);
}

/* bob's row and a token of his are altered; alice's token is, too. */
static void
alter_three(struct fixture *f)
{
	fixture_token(f, 2, FACTOR_TOTP, "another 890123456789");
	fixture_close(f);
	fixture_sql(f, "UPDATE account SET person = 'p-alice' WHERE id = 2;"
		       "UPDATE token SET state = 5 WHERE id IN (1, 3)");
}

static void
assert_bob_is_gone(struct fixture *f)
{
	struct store_info info;
	struct account a;
	uint64_t id = 0;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(
	    store_account_discard(f->s, "eve", T0, &id), BH_ERR_NOTFOUND);
	assert_int_equal(
	    store_account_discard(f->s, "alice", T0, &id), BH_ERR_REFUSED);
	assert_int_equal(store_account_discard(f->s, "bob", T0, &id), BH_OK);
	assert_int_equal(id, 2);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_account_get(f->s, "bob", &a), BH_ERR_NOTFOUND);
	assert_int_equal(store_account_get(f->s, "alice", &a), BH_OK);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.bad_cells, 0);
	assert_int_equal(info.accounts, 1);
	assert_true(fixture_account(f, "bob2") > 2);
}

static void
an_altered_account_can_be_removed(void **state)
{
	struct fixture *f = *state;

	alter_three(f);
	fixture_reopen(f);
	assert_bob_is_gone(f);
}

static void
and_also_once_the_store_was_accepted(void **state)
{
	struct fixture *f = *state;
	uint64_t id = 0;

	alter_three(f);
	fixture_sql(f, "DELETE FROM token WHERE id = 3");
	fixture_reopen(f);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_discard(f->s, "bob", T0, &id),
	    BH_ERR_SEALED); /* what is missing comes first */
	store_rollback(f->s);
	fixture_close(f);
	assert_int_equal(accept_it(f), BH_OK);
	fixture_reopen(f);
	assert_bob_is_gone(f);
}

static void
a_new_key_leaves_altered_rows_refused(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct account a;
	struct token t;

	alter_three(f);
	assert_int_equal(accept_it(f), BH_OK);
	fixture_reopen(f);
	assert_int_equal(keyring_add(f->keys, 2), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.key_generation, 2);
	assert_int_equal(info.bad_cells, 0);
	assert_int_equal(store_account_get(f->s, "alice", &a), BH_OK);
	assert_int_equal(store_account_get(f->s, "bob", &a), BH_ERR_SEALED);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_ERR_SEALED);
	assert_int_equal(store_token_get(f->s, 2, &t), BH_OK);
}

static void
accept_makes_a_lost_head_anew(void **state)
{
	struct fixture *f = *state;
	uint8_t before[CRYPTO_HASH_LEN], after[CRYPTO_HASH_LEN];

	assert_int_equal(tree_root(store_head(f->s), before), BH_OK);
	fixture_close(f);
	fixture_sql(f, "DELETE FROM head");
	assert_int_equal(accept_it(f), BH_OK);
	fixture_reopen(f);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	assert_int_equal(tree_root(store_head(f->s), after), BH_OK);
	assert_memory_equal(before, after, sizeof(before));
	fixture_close(f);
	fixture_sql(f, "DELETE FROM record");
	assert_int_equal(accept_it(f), BH_OK);
	assert_int_equal(store_head(f->s)->size, 0);
}

static void
accept_rolled_back_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct token t;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_accept(f->s, T0 + 900, 30), BH_OK);
	store_rollback(f->s);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	assert_int_equal(t.state, 1000);
	fixture_reopen(f);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_TWO(accept_raises_all_marks),
	    WITH_TWO(accept_takes_rows_set_back_but_none_altered),
	    WITH_TWO(an_altered_account_can_be_removed),
	    WITH_TWO(and_also_once_the_store_was_accepted),
	    WITH_TWO(a_new_key_leaves_altered_rows_refused),
	    WITH_TWO(accept_makes_a_lost_head_anew),
	    WITH_TWO(accept_rolled_back_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
