/*
 * Machine accounts in the store: one in force a login, and none that somebody
 * else wrote.
 */
#include "tests/unit/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct machine
machine_of(const char *login)
{
	struct machine m = {
	    .owner = "p-alice",
	    .ticket = "CHG-17",
	    .command = "/usr/bin/rsync --server",
	    .quota = 1 << 30,
	    .created_s = T0,
	    .expires_s = T0 + 1000,
	};

	snprintf(m.login, sizeof(m.login), "%s", login);
	memset(m.key, 0xc3, sizeof(m.key));
	assert_int_equal(netaddr_parse("192.0.2.0/24", &m.from[0]), BH_OK);
	assert_int_equal(netaddr_parse("2001:db8::1", &m.from[1]), BH_OK);
	return m;
}

static enum bh_err
add(struct fixture *f, const struct machine *m)
{
	enum bh_err e;

	assert_int_equal(store_begin(f->s), BH_OK);
	if ((e = store_machine_add(f->s, m)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

static enum bh_err
end(struct fixture *f, const char *login, uint64_t now_s)
{
	enum bh_err e;

	assert_int_equal(store_begin(f->s), BH_OK);
	if ((e = store_machine_end(f->s, login, now_s)) != BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

static int
set_up(void **state)
{
	struct machine a = machine_of("pull-a"), b = machine_of("pull-b");

	fixture_setup_two(state);
	assert_int_equal(add(*state, &a), BH_OK);
	assert_int_equal(add(*state, &b), BH_OK);
	return 0;
}

static enum bh_err
get(struct fixture *f, const char *login)
{
	struct machine m;

	return store_machine_get(f->s, login, &m);
}

static void
a_machine_is_kept_as_it_is(void **state)
{
	struct fixture *f = *state;
	struct machine want = machine_of("pull-a"), m, list[4];
	size_t n;

	fixture_reopen(f);
	assert_int_equal(store_machine_get(f->s, "pull-a", &m), BH_OK);
	assert_memory_equal(&m, &want, sizeof(m));
	assert_int_equal(get(f, "pull-c"), BH_ERR_NOTFOUND);
	assert_int_equal(store_machines(f->s, "", 4, list, &n), BH_OK);
	assert_int_equal(n, 2);
	assert_string_equal(list[0].login, "pull-a");
	assert_int_equal(store_machines(f->s, "pull-a", 4, list, &n), BH_OK);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].login, "pull-b");
	assert_int_equal(store_machines(f->s, "pull-b", 4, list, &n), BH_OK);
	assert_int_equal(n, 0);
}

static void
the_longest_one_fits(void **state)
{
	struct fixture *f = *state;
	struct machine want = machine_of("x"), m;
	size_t i;

	memset(want.login, 'l', MODEL_NAME_MAX);
	memset(want.owner, 'o', MODEL_NAME_MAX);
	memset(want.ticket, 't', MODEL_TEXT_MAX);
	memset(want.command, 'c', MODEL_COMMAND_MAX);
	for (i = 2; i < MODEL_FROM_MAX; i++)
		want.from[i] = want.from[1];
	assert_int_equal(add(f, &want), BH_OK);
	assert_int_equal(store_machine_get(f->s, want.login, &m), BH_OK);
	assert_memory_equal(&m, &want, sizeof(m));
}

static void
one_in_force_a_login(void **state)
{
	struct fixture *f = *state;
	struct machine m = machine_of("pull-a"), got;

	assert_int_equal(store_machine_add(f->s, &m), BH_ERR_REFUSED);
	assert_int_equal(add(f, &m), BH_ERR_EXISTS);
	memcpy(m.login, "alice", 6);
	assert_int_equal(add(f, &m), BH_ERR_EXISTS); /* a person's account */
	assert_int_equal(end(f, "pull-c", T0), BH_ERR_NOTFOUND);
	assert_int_equal(end(f, "pull-a", T0 + 5), BH_OK);
	assert_int_equal(end(f, "pull-a", T0 + 6), BH_ERR_NOTFOUND);
	assert_int_equal(store_machine_get(f->s, "pull-a", &got), BH_OK);
	assert_int_equal(got.ended_s, T0 + 5);
	m = machine_of("pull-a");
	m.quota = 7;
	assert_int_equal(add(f, &m), BH_OK); /* after the revoked one */
	assert_int_equal(store_machine_get(f->s, "pull-a", &got), BH_OK);
	assert_int_equal(got.ended_s, 0);
	assert_int_equal(got.quota, 7);
	m = machine_of("pull-b");
	m.created_s = T0 + 999;
	assert_int_equal(add(f, &m), BH_ERR_EXISTS);
	m.created_s = T0 + 1000;
	m.expires_s = T0 + 2000;
	assert_int_equal(add(f, &m), BH_OK); /* after the expired one */
	fixture_reopen(f);
	assert_int_equal(get(f, "pull-a"), BH_OK);
	assert_int_equal(get(f, "pull-b"), BH_OK);
}

/* C03 */
static void
each_column_counts(void **state)
{
	static const char *const changes[] = {
	    "owner = 'p-bob'",
	    "ticket = 'CHG-18'",
	    "command = '/bin/sh'",
	    "ssh_key = zeroblob(32)",
	    "ssh_key = x'00'",
	    "sources = zeroblob(144)",
	    "sources = x'ff'",
	    "quota = 0",
	    "created_s = 0",
	    "expires_s = expires_s + 1",
	    "ended_s = 1",
	    "version = version + 1",
	    "mac = zeroblob(32)",
	};
	struct fixture *f = *state;
	struct buf *good;
	char text[200];
	size_t i;

	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(changes); i++) {
		snprintf(text, sizeof(text),
		    "UPDATE machine SET %s WHERE login = 'pull-a'", changes[i]);
		fixture_sql(f, text);
		fixture_reopen(f);
		if (get(f, "pull-a") != BH_ERR_SEALED)
			fail_msg("%s", changes[i]);
		/* persons' accounts are not concerned */
		assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
		fixture_close(f);
		fixture_restore(f->path, good->data, good->len);
	}
	buf_free(good);
}

static void
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

/* Deleted, set back: all are refused, since nobody knows which. */
static void
what_is_missing_refuses_all_machines(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct machine m = machine_of("pull-c"), list[4];
	size_t n;

	fixture_close(f);
	fixture_sql(f, "CREATE TABLE old AS SELECT * FROM machine");
	fixture_reopen(f);
	assert_int_equal(end(f, "pull-a", T0 + 5), BH_OK);
	fixture_close(f);
	fixture_sql(f, "INSERT OR REPLACE INTO machine SELECT * FROM old "
		       "WHERE login = 'pull-a'");
	fixture_reopen(f);
	assert_int_equal(get(f, "pull-a"), BH_ERR_SEALED);
	assert_int_equal(get(f, "pull-b"), BH_ERR_SEALED);
	assert_int_equal(get(f, "pull-c"), BH_ERR_NOTFOUND);
	assert_int_equal(add(f, &m), BH_ERR_SEALED);
	assert_int_equal(end(f, "pull-b", T0), BH_ERR_SEALED);
	assert_int_equal(store_machines(f->s, "", 4, list, &n), BH_OK);
	assert_int_equal(n, 0);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.bad_cells, 1);
	assert_int_equal(fixture_usable(f->s, "alice"), BH_OK);
	fixture_close(f);
	fixture_sql(f, "DELETE FROM machine WHERE login = 'pull-a'");
	fixture_reopen(f);
	assert_int_equal(get(f, "pull-b"), BH_ERR_SEALED);
	fixture_close(f);
	fixture_sql(f, "DELETE FROM person WHERE id = 'p-bob'");
	fixture_reopen(f);
	assert_int_equal(get(f, "pull-b"), BH_ERR_SEALED);
	accept_it(f);
	assert_int_equal(get(f, "pull-b"), BH_OK);
	assert_int_equal(add(f, &m), BH_OK);
}

static void
a_row_of_no_ones_is_passed_over(void **state)
{
	struct fixture *f = *state;
	struct store_info info;
	struct machine m = machine_of("evil");

	fixture_close(f);
	fixture_sql(f, "INSERT INTO machine SELECT 'evil', owner, ticket, "
		       "command, ssh_key, sources, quota, created_s, "
		       "expires_s, ended_s, version, mac FROM machine "
		       "WHERE login = 'pull-a'");
	fixture_reopen(f);
	assert_int_equal(get(f, "evil"), BH_ERR_SEALED);
	assert_int_equal(get(f, "pull-a"), BH_OK);
	assert_int_equal(store_info(f->s, &info), BH_OK);
	assert_int_equal(info.bad_cells, 0);
	assert_int_equal(end(f, "evil", T0), BH_ERR_SEALED);
	assert_int_equal(add(f, &m), BH_OK); /* it gives way */
	fixture_reopen(f);
	assert_int_equal(get(f, "evil"), BH_OK);
	assert_int_equal(get(f, "pull-a"), BH_OK);
}

/* With the MAC it had, so that the cell knows it, or with another, or after
 * the store was accepted. */
static void
an_altered_one_can_be_made_anew(void **state)
{
	static const struct {
		const char *sql;
		bool missed; /* its cell misses the rightful row */
		bool accept;
	} rows[] = {
	    {"UPDATE machine SET quota = 0", false, false},
	    {"UPDATE machine SET quota = 0", false, true},
	    {"UPDATE machine SET sources = x'ff'", false, false},
	    {"UPDATE machine SET mac = zeroblob(32)", true, true},
	    {"UPDATE machine SET mac = x'00', version = 7", true, true},
	};
	struct fixture *f = *state;
	struct machine m = machine_of("pull-a");
	struct buf *good;
	char sql[120];
	size_t i;

	fixture_close(f);
	good = fixture_save(f->path);
	for (i = 0; i < nitems(rows); i++) {
		snprintf(
		    sql, sizeof(sql), "%s WHERE login = 'pull-a'", rows[i].sql);
		fixture_sql(f, sql);
		fixture_reopen(f);
		assert_int_equal(get(f, "pull-a"), BH_ERR_SEALED);
		assert_int_equal(
		    get(f, "pull-b"), rows[i].missed ? BH_ERR_SEALED : BH_OK);
		if (rows[i].missed)
			assert_int_equal(add(f, &m), BH_ERR_SEALED);
		if (rows[i].accept)
			accept_it(f);
		assert_int_equal(get(f, "pull-a"), BH_ERR_SEALED);
		assert_int_equal(get(f, "pull-b"), BH_OK);
		if (add(f, &m) != BH_OK)
			fail_msg("%s", rows[i].sql);
		assert_int_equal(get(f, "pull-b"), BH_OK);
		fixture_reopen(f);
		assert_int_equal(get(f, "pull-a"), BH_OK);
		assert_int_equal(get(f, "pull-b"), BH_OK);
		fixture_close(f);
		fixture_restore(f->path, good->data, good->len);
	}
	buf_free(good);
}

static void
a_new_key_seals_them_anew(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(keyring_add(f->keys, 2), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK);
	store_rollback(f->s);
	assert_int_equal(get(f, "pull-a"), BH_OK);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_rekey(f->s, 2), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	assert_int_equal(get(f, "pull-a"), BH_OK);
	f->keys->key[0] = f->keys->key[1]; /* the old one is gone */
	f->keys->n = 1;
	fixture_reopen(f);
	assert_int_equal(get(f, "pull-a"), BH_OK);
	assert_int_equal(end(f, "pull-a", T0), BH_OK);
	fixture_reopen(f);
	assert_int_equal(get(f, "pull-b"), BH_OK);
}

static void
rolled_back_it_was_never_there(void **state)
{
	struct fixture *f = *state;
	struct machine m = machine_of("pull-c");

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_machine_add(f->s, &m), BH_OK);
	assert_int_equal(store_machine_end(f->s, "pull-a", T0), BH_OK);
	store_rollback(f->s);
	assert_int_equal(get(f, "pull-c"), BH_ERR_NOTFOUND);
	fixture_reopen(f);
	assert_int_equal(store_machine_get(f->s, "pull-a", &m), BH_OK);
	assert_int_equal(m.ended_s, 0);
}

#define WITH_MACHINES(test) \
	cmocka_unit_test_setup_teardown(test, set_up, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_MACHINES(a_machine_is_kept_as_it_is),
	    WITH_MACHINES(the_longest_one_fits),
	    WITH_MACHINES(one_in_force_a_login),
	    WITH_MACHINES(each_column_counts),
	    WITH_MACHINES(what_is_missing_refuses_all_machines),
	    WITH_MACHINES(a_row_of_no_ones_is_passed_over),
	    WITH_MACHINES(an_altered_one_can_be_made_anew),
	    WITH_MACHINES(a_new_key_seals_them_anew),
	    WITH_MACHINES(rolled_back_it_was_never_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
