/*
 * The anchor: a store that was set back is noticed.
 */
#include "core/anchor.h"

#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct anchor *
new_anchor(struct fixture *f, char path[PATH_MAX + 64])
{
	struct anchor *a = NULL;

	snprintf(path, PATH_MAX + 64, "%s", fixture_file(f, "head"));
	assert_int_equal(anchor_open(path, true, &a), BH_OK);
	assert_int_equal(anchor_write(a, store_head(f->s), true), BH_OK);
	return a;
}

static void
behind_is_fine_and_ahead_is_not(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 64];
	struct anchor *a = new_anchor(f, path);
	struct tree ahead;
	int i;

	assert_int_equal(anchor_check(a, f->s), BH_OK);
	for (i = 0; i < 5; i++)
		fixture_record(f, "more");
	assert_int_equal(anchor_check(a, f->s), BH_OK);
	assert_int_equal(anchor_write(a, store_head(f->s), false), BH_OK);
	fixture_record(f, "and more");
	assert_int_equal(anchor_check(a, f->s), BH_OK);
	ahead = *store_head(f->s);
	assert_int_equal(tree_push(&ahead, ahead.edge[1]), BH_OK);
	assert_int_equal(anchor_write(a, &ahead, false), BH_OK);
	assert_int_equal(anchor_check(a, f->s), BH_ERR_ROLLBACK);
	anchor_close(a);
}

/* C07: the whole store put back, with and without having gone on. */
static void
a_store_set_back_is_noticed(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 64];
	struct anchor *a;
	struct buf *old;

	fixture_record(f, "one");
	fixture_close(f);
	old = fixture_save(f->path);
	fixture_reopen(f);
	a = new_anchor(f, path);
	fixture_record(f, "two");
	assert_int_equal(anchor_write(a, store_head(f->s), false), BH_OK);
	fixture_close(f);
	fixture_restore(f->path, old->data, old->len);
	fixture_reopen(f);
	assert_int_equal(anchor_check(a, f->s), BH_ERR_ROLLBACK);
	fixture_record(f, "another two");
	assert_int_equal(anchor_check(a, f->s), BH_ERR_ROLLBACK);
	fixture_record(f, "three");
	assert_int_equal(anchor_check(a, f->s), BH_ERR_ROLLBACK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_accept(f->s, T0 + 60, 30), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(anchor_write(a, store_head(f->s), true), BH_OK);
	assert_int_equal(anchor_check(a, f->s), BH_OK);
	anchor_close(a);
	buf_free(old);
}

static void
it_is_read_as_one_or_not_at_all(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 64];
	struct anchor *a;
	struct buf *good;
	size_t i;

	fixture_record(f, "one");
	a = new_anchor(f, path);
	good = fixture_save(path);
	for (i = 0; i < good->len; i++) {
		fixture_restore(path, good->data, i);
		assert_int_equal(anchor_check(a, f->s), BH_ERR_CORRUPT);
		good->data[i] ^= 0x40;
		fixture_restore(path, good->data, good->len);
		assert_int_not_equal(anchor_check(a, f->s), BH_OK);
		good->data[i] ^= 0x40;
	}
	fixture_restore(path, good->data, good->len);
	assert_int_equal(anchor_check(a, f->s), BH_OK);
	assert_int_equal(buf_put_u8(good, '\n'), BH_ERR_FULL);
	anchor_close(a);
	anchor_close(NULL);
	buf_free(good);
}

static void
the_file_is_safe(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 64], other[PATH_MAX + 64];
	struct anchor *a = NULL;

	snprintf(other, sizeof(other), "%s", fixture_file(f, "other"));
	snprintf(path, sizeof(path), "%s", fixture_file(f, "head"));
	assert_int_equal(anchor_open(path, false, &a), BH_ERR_NOTFOUND);
	a = new_anchor(f, path);
	assert_true(anchor_fd(a) >= 0);
	anchor_close(a);
	a = NULL;
	assert_int_equal(anchor_open(path, true, &a), BH_ERR_EXISTS);
	assert_int_equal(chmod(path, 0640), 0);
	assert_int_equal(anchor_open(path, false, &a), BH_ERR_UNSAFE);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(link(path, other), 0);
	assert_int_equal(anchor_open(path, false, &a), BH_ERR_UNSAFE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(anchor_open(path, false, &a), BH_ERR_UNSAFE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(anchor_open(path, false, &a), BH_ERR_UNSAFE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(anchor_open(path, false, &a), BH_ERR_UNSAFE);
	assert_null(a);
}

#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(behind_is_fine_and_ahead_is_not),
	    WITH(a_store_set_back_is_noticed),
	    WITH(it_is_read_as_one_or_not_at_all),
	    WITH(the_file_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
