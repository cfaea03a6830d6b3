/*
 * What a login's commit costs: one fdatasync, and no more.  The program's own
 * fdatasync and fsync stand before the C library's and count.
 */
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

static unsigned synced;

int
fdatasync(int fd)
{
	synced++;
	return (int)syscall(SYS_fdatasync, fd);
}

int
fsync(int fd)
{
	synced++;
	return (int)syscall(SYS_fsync, fd);
}

/* All that a login writes. */
static unsigned
login(struct fixture *f, uint64_t step)
{
	static char body[500];
	struct token t[MODEL_TOKENS_MAX];
	struct account a;
	uint64_t seq;
	size_t n;

	memset(body, 'x', sizeof(body));
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_mark(f->s), BH_OK);
	assert_int_equal(store_account_get(f->s, "alice", &a), BH_OK);
	assert_int_equal(store_tokens_of(f->s, a.id, t, &n), BH_OK);
	assert_int_equal(n, 1);
	t[0].state = step;
	a.last_login_s = T0 + step;
	assert_int_equal(store_account_update(f->s, &a), BH_OK);
	assert_int_equal(store_token_update(f->s, &t[0]), BH_OK);
	assert_int_equal(
	    store_record_append(f->s, body, sizeof(body), &seq), BH_OK);
	assert_int_equal(store_clock_raise(f->s, T0 + step), BH_OK);
	assert_int_equal(store_release(f->s), BH_OK);
	synced = 0;
	assert_int_equal(store_commit(f->s), BH_OK);
	return synced;
}

static void
a_login_syncs_once(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice"), step;

	fixture_token(f, id, FACTOR_TOTP, "12345678901234567890");
	assert_int_equal(login(f, 1), 1);
	fixture_reopen(f);
	assert_int_equal(login(f, 2), 1); /* the first one after a start */
	while (store_idle(f->s))
		;
	assert_int_equal(login(f, 3), 1); /* and after the log was moved */
	for (step = 4; step < 400; step++)
		assert_int_equal(login(f, step), 1);
	while (store_idle(f->s))
		;
	assert_int_equal(login(f, step), 1);
}

static void
reading_syncs_nothing(void **state)
{
	struct fixture *f = *state;
	struct account a;

	fixture_account(f, "alice");
	synced = 0;
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_account_get(f->s, "alice", &a), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(synced, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(a_login_syncs_once),
	    WITH(reading_syncs_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
