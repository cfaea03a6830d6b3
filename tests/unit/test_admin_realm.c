/*
 * Operations on locks, key, store, clock and ledger, on a real store.
 */
#include "tests/unit/unit.h"

#include "tests/unit/admin_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY2 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY3 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
lock_local(struct admin_fixture *f)
{
	struct try t = {.service = "sudo",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = "000000"};
	int i;

	for (i = 0; i < 10; i++)
		assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
}

static void
test_unlock(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sudo",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = "755224"};

	lock_local(f);
	assert_int_equal(ask(f, "{'op': 'status', 'login': 'alice'}"), 0);
	assert_string_equal(said(f, "locked.0.share"), "local");
	assert_true(number(f, "locked.0.remaining_s") > 0);
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	assert_int_equal(ask(f, "{'op': 'unlock', 'login': 'alice', "
				"'reason': 'called back'}"),
	    0);
	assert_true(json_is_true(json_object_get(f->reply, "was_locked")));
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
	assert_int_equal(count_action(f->g, "unlock"), 1);
	assert_true(in_ledger(f, "called back"));
}

static void
test_a_hard_lock_is_lifted_at_a_local_terminal_alone(void **state)
{
	struct admin_fixture *f = *state;
	uint64_t size;
	int i;

	for (i = 0; i < ATTEMPTS_HARD_AFTER; i++) {
		lock_local(f);
		f->g->now.boot_s += 3600;
		f->g->now.wall_s += 3600;
	}
	assert_int_equal(ask(f, "{'op': 'status', 'login': 'alice'}"), 0);
	assert_true(json_is_true(json_object_get(f->reply, "hard_locked")));
	size = store_head(f->admin.store)->size;
	assert_int_equal(
	    ask(f, "{'op': 'unlock', 'login': 'alice', 'reason': 'r'}"), 1);
	assert_int_equal(store_head(f->admin.store)->size, size);
	assert_int_equal(ask(f, "{'op': 'unlock', 'login': 'alice', "
				"'reason': 'r', 'local_terminal': true, "
				"'tty': '/dev/tty1'}"),
	    0);
	assert_int_equal(ask(f, "{'op': 'status', 'login': 'alice'}"), 0);
	assert_true(json_is_false(json_object_get(f->reply, "hard_locked")));
}

static void
test_status_says_how_things_stand(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(ask(f, "{'op': 'status'}"), 0);
	assert_string_equal(said(f, "class"), "backup");
	assert_int_equal(number(f, "accounts"), 2);
	assert_int_equal(number(f, "tokens"), 1);
	assert_int_equal(number(f, "bad_cells"), 0);
	assert_int_equal(number(f, "ledger.size"),
	    (json_int_t)store_head(f->admin.store)->size);
	assert_int_equal(strlen(said(f, "ledger.root")), 64);
	assert_int_equal(number(f, "clock.behind_s"), 0);
}

static void
test_key_rotation(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .answer = "755224",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};

	assert_int_equal(
	    ask(f, "{'op': 'key.rotate', 'generation': 1, 'key': '" KEY2 "'}"),
	    1);
	assert_int_equal(
	    ask(f, "{'op': 'key.rotate', 'generation': 2, 'key': '" KEY2 "'}"),
	    0);
	assert_int_equal(ask(f, "{'op': 'ping'}"), 0);
	assert_int_equal(number(f, "key_generation"), 2);
	assert_false(in_ledger(f, "000102030405"));
	assert_int_equal(count_action(f->g, "key.rotate"), 1);
	/* the next one gives up the first key's place */
	assert_int_equal(
	    ask(f, "{'op': 'key.rotate', 'generation': 3, 'key': '" KEY3 "'}"),
	    0);
	assert_null(keyring_find(f->admin.keys, 1));
	assert_non_null(keyring_find(f->admin.keys, 2));
	assert_non_null(keyring_find(f->admin.keys, 3));
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
}

static void
test_another_key_of_that_generation_is_refused(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(keyring_add(f->admin.keys, 2), BH_OK);
	assert_int_equal(
	    ask(f, "{'op': 'key.rotate', 'generation': 2, 'key': '" KEY2 "'}"),
	    1);
	assert_int_equal(ask(f, "{'op': 'ping'}"), 0);
	assert_int_equal(number(f, "key_generation"), 1);
}

static void
test_accept_is_not_for_a_daemon(void **state)
{
	struct admin_fixture *f = *state;
	struct try t = {.service = "sshd",
	    .user = "alice",
	    .answer = "287082",
	    .connection = "192.0.2.1 4000 192.0.2.2 22"};

	f->admin.daemon = true;
	assert_int_equal(
	    ask(f, "{'op': 'store.accept', 'reason': 'restored'}"), 1);
	f->admin.daemon = false;
	assert_int_equal(
	    ask(f, "{'op': 'store.accept', 'reason': 'restored'}"), 0);
	assert_true(in_ledger(f, "store.accept"));
	/* a hotp token waits for a code */
	assert_int_equal(try_auth(f->g, &t), VERDICT_DENY);
	/* and a new enrolment does not throw it away */
	assert_int_equal(
	    ask(f, "{'op': 'enroll', 'login': 'alice', 'kind': 'hotp'}"), 0);
	assert_int_equal(
	    ask(f, "{'op': 'token.confirm', 'id': 1, 'code': '755224'}"), 0);
	assert_int_equal(try_auth(f->g, &t), VERDICT_ALLOW);
}

static void
test_clock_accept(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(store_begin(f->admin.store), BH_OK);
	assert_int_equal(
	    store_clock_raise(f->admin.store, T0 + 1000000), BH_OK);
	assert_int_equal(store_commit(f->admin.store), BH_OK);
	assert_int_equal(ask(f, "{'op': 'status'}"), 0);
	assert_int_equal(number(f, "clock.behind_s"), 1000000);
	assert_int_equal(
	    ask(f, "{'op': 'clock.accept', 'reason': 'ntp was off'}"), 0);
	assert_int_equal(store_clock_high(f->admin.store), T0);
	assert_int_equal(count_action(f->g, "clock.accept"), 1);
}

static void
test_backup(void **state)
{
	struct admin_fixture *f = *state;
	struct stat st;
	char name[64];

	assert_int_equal(ask(f, "{'op': 'store.backup'}"), 0);
	snprintf(name, sizeof(name), "%s", said(f, "name"));
	assert_int_equal(fstatat(store_dirfd(f->admin.store), name, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
	    ask(f, "{'op': 'store.backup.remove', 'name': '%s'}", name), 0);
	assert_int_equal(
	    fstatat(store_dirfd(f->admin.store), name, &st, 0), -1);
	assert_int_equal(count_action(f->g, "store.backup"), 1);
}

static void
test_ledger_comes_in_pages(void **state)
{
	struct admin_fixture *f = *state;
	json_int_t from = 0, seen = 0, pages = 0, size;
	size_t i;

	for (i = 0; i < 150; i++)
		assert_int_equal(
		    ask(f, "{'op': 'person.add', 'id': 'y%zu'}", i), 0);
	size = (json_int_t)store_head(f->admin.store)->size;
	do {
		assert_int_equal(ask(f, "{'op': 'ledger.show', 'from': %lld}",
				     (long long)from),
		    0);
		json_t *list = json_object_get(f->reply, "records");

		assert_true(json_array_size(list) > 0);
		assert_int_equal(json_integer_value(json_object_get(
				     json_array_get(list, 0), "seq")),
		    from);
		seen += (json_int_t)json_array_size(list);
		from = number(f, "next");
		pages++;
	} while (from < size);
	assert_int_equal(seen, size);
	assert_true(pages > 1);
	/* behind the end there is nothing, and no error */
	assert_int_equal(ask(f, "{'op': 'ledger.show', 'from': 100000}"), 0);
}

/* All three phases of one login. */
static void
let_in(struct admin_fixture *f, struct try *t)
{
	assert_int_equal(try_auth(f->g, t), VERDICT_ALLOW);
	t->answer = NULL;
	assert_int_equal(try_phase(f->g, t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(try_phase(f->g, t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
}

static void
test_which_process_came_through(void **state)
{
	struct admin_fixture *f = *state;
	struct try ssh = {.service = "sshd",
	    .user = "alice",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = hotp[0],
	    .pid = 100,
	    .start = 5000};
	struct try sudo = {.service = "sudo",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1000,
	    .answer = hotp[1],
	    .pid = 200,
	    .start = 6000};

#define THROUGH(list) \
	ask(f, "{'op': 'session.through', 'processes': [" list "]}")
	assert_int_equal(THROUGH("'100:5000'"), 1);
	let_in(f, &ssh);
	assert_int_equal(THROUGH("'7:7', '100:5000'"), 0);
	assert_string_equal(said(f, "login"), "alice");
	assert_string_equal(said(f, "service"), "sshd");
	assert_int_equal(number(f, "pid"), 100);
	/* a number that was given away again is another process */
	assert_int_equal(THROUGH("'100:5001', '101:5000'"), 1);
	/* sudo's own code says nothing of the session it is called in */
	let_in(f, &sudo);
	assert_int_equal(THROUGH("'200:6000'"), 1);
	assert_int_equal(THROUGH(""), 1);
	assert_int_equal(THROUGH("'100'"), 2);
	assert_int_equal(THROUGH("'-1:5000'"), 2);
	assert_int_equal(THROUGH("'100:5000x'"), 2);
#undef THROUGH
}

static void
test_changes_of_the_gate_are_records(void **state)
{
	struct admin_fixture *f = *state;

	assert_int_equal(ask(f, "{'op': 'gate.change', 'what': 'laid', "
				"'services': 'sshd, sudo'}"),
	    0);
	assert_int_equal(count_action(f->g, "gate.laid"), 1);
	assert_true(in_ledger(f, "sshd, sudo"));
	assert_int_equal(ask(f, "{'op': 'gate.change', 'what': 'confirmed', "
				"'login': 'alice'}"),
	    0);
	assert_int_equal(count_action(f->g, "gate.confirmed"), 1);
	assert_int_equal(ask(f, "{'op': 'gate.change', 'what': 'ed'}"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) \
	cmocka_unit_test_setup_teardown(name, admin_setup, admin_teardown)
	    T(test_unlock),
	    T(test_which_process_came_through),
	    T(test_changes_of_the_gate_are_records),
	    T(test_a_hard_lock_is_lifted_at_a_local_terminal_alone),
	    T(test_status_says_how_things_stand),
	    T(test_key_rotation),
	    T(test_another_key_of_that_generation_is_refused),
	    T(test_accept_is_not_for_a_daemon),
	    T(test_clock_accept),
	    T(test_backup),
	    T(test_ledger_comes_in_pages),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
