/*
 * The realm's identity, the serials of its manifests, and passwords.
 */
#include "tests/unit/manifest_fixture.h"
#include "tests/unit/realm_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
an_identity_is_kept_sealed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(identity_is(f, ""), BH_ERR_NOTFOUND);
	assert_int_equal(put_identity(f, ""), BH_ERR_RANGE);
	assert_int_equal(put_identity(f, "private key, certificate"), BH_OK);
	fixture_reopen(f);
	assert_int_equal(identity_is(f, "private key, certificate"), BH_OK);
	fixture_close(f);
	assert_int_equal(
	    number_in(f, "SELECT count(*) FROM meta WHERE "
			 "instr(v, CAST('private key' AS BLOB)) > 0"),
	    0);
	fixture_sql(f, "UPDATE meta SET v = zeroblob(60) "
		       "WHERE k = 'identity'");
	fixture_reopen(f);
	assert_int_equal(identity_is(f, ""), BH_ERR_SEALED);
	assert_int_equal(put_identity(f, "another"), BH_OK);
	assert_int_equal(identity_is(f, "another"), BH_OK);
}

/* P02: whatever the clock says. */
static void
serials_only_grow(void **state)
{
	struct fixture *f = *state;
	uint64_t n = 0;

	assert_int_equal(serial(f, T0, &n), BH_OK);
	assert_int_equal(n, T0);
	assert_int_equal(serial(f, T0, &n), BH_OK);
	assert_int_equal(n, T0 + 1);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_manifest_serial(f->s, T0 + 9, &n), BH_OK);
	store_rollback(f->s);
	fixture_reopen(f);
	assert_int_equal(serial(f, T0 - 500, &n), BH_OK);
	assert_int_equal(n, T0 + 2);
	assert_int_equal(serial(f, T0 + 500, &n), BH_OK);
	assert_int_equal(n, T0 + 500);
	fixture_close(f);
	fixture_sql(f, "UPDATE meta SET v = zeroblob(36) "
		       "WHERE k = 'manifest_serial'");
	fixture_reopen(f);
	assert_int_equal(serial(f, T0 + 600, &n), BH_ERR_SEALED);
	accept_it(f);
	assert_int_equal(serial(f, T0 + 600, &n), BH_OK);
	assert_int_equal(n, T0 + 600);
}

static void
a_password_is_known_again(void **state)
{
	static const char *const changes[] = {"digest = zeroblob(32)",
	    "set_s = 1", "version = 9", "mac = x'00'", "digest = x'00'"};
	struct fixture *f = *state;
	char text[80];
	size_t i;

	assert_int_equal(password_is(f, "alice", "$y$1"), BH_ERR_NOTFOUND);
	assert_int_equal(set_password(f, "alice", "$y$1"), BH_OK);
	assert_int_equal(set_password(f, "bob", "$y$1"), BH_OK);
	fixture_reopen(f);
	assert_int_equal(password_is(f, "alice", "$y$1"), BH_OK);
	assert_int_equal(password_is(f, "alice", "$y$2"), BH_ERR_REFUSED);
	assert_int_equal(password_is(f, "alice", ""), BH_ERR_REFUSED);
	assert_int_equal(set_password(f, "alice", "$y$2"), BH_OK);
	assert_int_equal(password_is(f, "alice", "$y$2"), BH_OK);
	assert_int_equal(password_is(f, "alice", "$y$1"), BH_ERR_REFUSED);
	for (i = 0; i < nitems(changes); i++) {
		fixture_close(f);
		snprintf(text, sizeof(text),
		    "UPDATE password SET %s WHERE login = 'alice'", changes[i]);
		fixture_sql(f, text);
		fixture_reopen(f);
		if (password_is(f, "alice", "$y$2") != BH_ERR_SEALED)
			fail_msg("%s", changes[i]);
		assert_int_equal(password_is(f, "bob", "$y$1"), BH_OK);
		assert_int_equal(set_password(f, "alice", "$y$2"), BH_OK);
		assert_int_equal(password_is(f, "alice", "$y$2"), BH_OK);
	}
	fixture_close(f); /* another login's row in its place */
	fixture_sql(f, "UPDATE password SET (digest, version, mac) = (SELECT "
		       "digest, version, mac FROM password WHERE "
		       "login = 'bob') WHERE login = 'alice'");
	fixture_reopen(f);
	assert_int_equal(password_is(f, "alice", "$y$1"), BH_ERR_SEALED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(an_identity_is_kept_sealed),
	    WITH(serials_only_grow),
	    WITH(a_password_is_known_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
