/*
 * Identity, serials and passwords for the store's tests.
 */
#include "tests/unit/realm_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

void
accept_it(struct fixture *f)
{
	f->options.accept = true;
	fixture_reopen(f);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_accept(f->s, T0 + 900, 30), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	f->options.accept = false;
	fixture_reopen(f);
}

enum bh_err
put_identity(struct fixture *f, const char *text)
{
	struct buf *b = buf_new_from(text, strlen(text));
	enum bh_err e;

	assert_int_equal(store_begin(f->s), BH_OK);
	e = store_identity_put(f->s, b);
	buf_free(b);
	if (e == BH_OK)
		return store_commit(f->s);
	store_rollback(f->s);
	return e;
}

enum bh_err
identity_is(struct fixture *f, const char *text)
{
	struct buf *b = NULL;
	enum bh_err e;

	if ((e = store_identity_get(f->s, &b)) == BH_OK) {
		assert_int_equal(b->len, strlen(text));
		assert_memory_equal(b->data, text, b->len);
	}
	buf_free(b);
	return e;
}

enum bh_err
serial(struct fixture *f, uint64_t now_s, uint64_t *serialp)
{
	enum bh_err e;

	assert_int_equal(store_begin(f->s), BH_OK);
	if ((e = store_manifest_serial(f->s, now_s, serialp)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

enum bh_err
set_password(struct fixture *f, const char *login, const char *shadow)
{
	enum bh_err e;

	assert_int_equal(store_begin(f->s), BH_OK);
	if ((e = store_password_set(f->s, login, shadow, T0 + 3)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

enum bh_err
password_is(struct fixture *f, const char *login, const char *shadow)
{
	uint64_t when = 0;
	bool same = false;
	enum bh_err e;

	e = store_password_check(f->s, login, shadow, &same, &when);
	if (e != BH_OK)
		return e;
	assert_int_equal(when, T0 + 3);
	return same ? BH_OK : BH_ERR_REFUSED;
}
