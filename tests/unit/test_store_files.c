/*
 * The store as files: what is refused, what survives, a full disk.
 */
#include "tests/unit/store_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* C01 */
static void
only_a_plain_file_is_opened(void **state)
{
	struct fixture *f = *state;
	const char *other = fixture_file(f, "other");
	struct buf *before, *after;

	fixture_close(f);
	before = fixture_save(f->path);
	assert_int_equal(rename(f->path, other), 0);
	assert_int_equal(symlink(other, f->path), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkfifo(f->path, 0600), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE); /* does not hang */
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(mkdir(f->path, 0700), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(rmdir(f->path), 0);
	assert_int_equal(link(other, f->path), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(unlink(f->path), 0);
	after = fixture_save(other);
	assert_int_equal(before->len, after->len);
	assert_memory_equal(before->data, after->data, before->len);
	assert_int_equal(rename(other, f->path), 0);
	assert_int_equal(fixture_open(f), BH_OK);
	buf_free(before);
	buf_free(after);
}

static void
create_follows_no_link(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(symlink(fixture_file(f, "other"), f->path), 0);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_ERR_EXISTS);
	assert_int_equal(stat(fixture_file(f, "other"), &st), -1);
	assert_int_equal(unlink(f->path), 0);
	/* the log of a store that is gone belongs to no new one */
	assert_int_equal(mkfifo(fixture_file(f, "store.db-wal"), 0600), 0);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_ERR_EXISTS);
	assert_int_equal(unlink(fixture_file(f, "store.db-wal")), 0);
}

static void
the_log_is_checked_too(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	assert_int_equal(
	    symlink("/etc/passwd", fixture_file(f, "store.db-wal")), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(unlink(fixture_file(f, "store.db-wal")), 0);
	assert_int_equal(mkfifo(fixture_file(f, "store.db-journal"), 0600), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
}

/* C02 */
static void
modes_are_exact(void **state)
{
	static const mode_t bad[] = {0640, 0604, 0660, 0666, 0700, 04600};
	struct fixture *f = *state;
	size_t i;

	fixture_close(f);
	for (i = 0; i < nitems(bad); i++) {
		assert_int_equal(chmod(f->path, bad[i]), 0);
		assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	}
	assert_int_equal(chmod(f->path, 0600), 0);
	assert_int_equal(chmod(f->dir, 0750), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(chmod(f->dir, 0777), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_int_equal(fixture_open(f), BH_OK);
}

static void
parents_are_safe(void **state)
{
	struct fixture *f = *state;
	char inner[PATH_MAX + 32], where[PATH_MAX + 64];

	snprintf(inner, sizeof(inner), "%s/inner", f->dir);
	snprintf(where, sizeof(where), "sqlite:%s/store.db", inner);
	f->options.where = where;
	assert_int_equal(mkdir(inner, 0700), 0);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_OK);
	fixture_close(f);
	assert_int_equal(chmod(f->dir, 0770), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(chmod(f->dir, 01777), 0); /* as /tmp: sticky */
	assert_int_equal(fixture_open(f), BH_OK);
	fixture_close(f);
	assert_int_equal(chmod(f->dir, 0700), 0);
	snprintf(where, sizeof(where), "rm -r '%s'", inner);
	assert_int_equal(system(where), 0);
}

static void
owners_are_exact(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0) {
		print_message("owners_are_exact needs root\n");
		skip();
	}
	fixture_close(f);
	assert_int_equal(chown(f->path, 12345, 12345), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(chown(f->path, 0, 0), 0);
	assert_int_equal(chown(f->dir, 12345, 12345), 0);
	assert_int_equal(fixture_open(f), BH_ERR_UNSAFE);
	assert_int_equal(chown(f->dir, 0, 0), 0);
	assert_int_equal(fixture_open(f), BH_OK);
}

static void
umask_does_not_matter(void **state)
{
	struct fixture *f = *state;
	mode_t before = umask(0777);
	enum bh_err e;

	e = store_create(&f->options, T0, &f->s);
	umask(before);
	assert_int_equal(e, BH_OK);
	fixture_record(f, "one");
	fixture_reopen(f);
}

/* It must be all there or say that it is not. */
static void
check_cut(struct fixture *f, const struct buf *good, size_t len)
{
	struct account a;
	struct token t;
	enum bh_err e;

	fixture_restore(f->path, good->data, len);
	if (fixture_open(f) != BH_OK)
		return;
	if ((e = store_account_get(f->s, "alice", &a)) == BH_OK &&
	    (e = store_token_get(f->s, 1, &t)) == BH_OK)
		assert_int_equal(t.state, 1000);
	fixture_close(f);
	unlink(fixture_file(f, "store.db-wal"));
}

/* C06 */
static void
cut_at_any_length(void **state)
{
	struct fixture *f = *state;
	uint64_t id = fixture_account(f, "alice");
	struct buf *good;
	struct token t;
	size_t len;

	fixture_token(f, id, FACTOR_TOTP, SEED);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	t.state = 1000;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	fixture_close(f);
	good = fixture_save(f->path);
	for (len = 0; len < good->len; len += 512) {
		check_cut(f, good, len);
		check_cut(f, good, len + 7 * (len / 512) % 512);
	}
	fixture_restore(f->path, good->data, 0);
	assert_int_equal(fixture_open(f), BH_ERR_CORRUPT);
	fixture_restore(f->path, good->data, good->len);
	assert_int_equal(fixture_open(f), BH_OK);
	buf_free(good);
}

/* A child that is killed: what was committed is there, nothing else is. */
static void
killed_after_commit(void **state)
{
	struct fixture *f = *state;
	struct keyring keys = *f->keys; /* locked memory is wiped by fork */
	uint64_t seq;
	int status;
	pid_t pid;

	fixture_close(f);
	if ((pid = fork()) == 0) {
		*f->keys = keys;
		if (store_open(&f->options, &f->s) != BH_OK ||
		    store_begin(f->s) != BH_OK ||
		    store_record_append(f->s, "kept", 4, &seq) != BH_OK ||
		    store_commit(f->s) != BH_OK || store_begin(f->s) != BH_OK ||
		    store_record_append(f->s, "lost", 4, &seq) != BH_OK)
			_exit(1);
		raise(SIGKILL);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(access(fixture_file(f, "store.db-wal"), F_OK), 0);
	assert_int_equal(fixture_open(f), BH_OK); /* no stale lock */
	assert_int_equal(store_head(f->s)->size, 1);
}

static enum bh_err
record_once(struct fixture *f)
{
	static char body[4000];
	uint64_t seq;
	enum bh_err e;

	memset(body, 'x', sizeof(body));
	if ((e = store_begin(f->s)) != BH_OK)
		return e;
	if ((e = store_record_append(f->s, body, sizeof(body), &seq)) !=
	    BH_OK) {
		store_rollback(f->s);
		return e;
	}
	return store_commit(f->s);
}

/* A mount namespace and a tmpfs of our own over the fixture's folder. */
static void
small_disk(struct fixture *f)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", f->dir, "tmpfs", 0, "size=2560k,mode=0700") == -1) {
		print_message("a full disk needs root and a mount namespace\n");
		skip();
	}
}

/* G01, G02 */
static void
full_disk_denies_and_recovers(void **state)
{
	struct fixture *f = *state;
	uint64_t size;
	enum bh_err e;
	int i;

	small_disk(f);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_OK);
	for (i = 0; (e = record_once(f)) == BH_OK && i < 1000; i++)
		;
	assert_int_equal(e, BH_ERR_FULL);
	size = store_head(f->s)->size;
	assert_int_equal(size, i);
	assert_int_equal(record_once(f), BH_ERR_FULL); /* and again */
	assert_int_equal(store_ballast_release(f->s), BH_OK);
	assert_int_equal(record_once(f), BH_OK); /* the owner's way in */
	store_idle(f->s);
	store_idle(f->s); /* no room: the ballast does not take it back */
	assert_int_equal(record_once(f), BH_OK);
	fixture_reopen(f);
	assert_int_equal(store_head(f->s)->size, size + 2);
	assert_int_equal(record_once(f), BH_OK);
	fixture_close(f);
	assert_int_equal(umount2(f->dir, MNT_DETACH), 0);
}

/* Take what is left of the disk. */
static void
take_the_rest(struct fixture *f)
{
	char block[4096];
	int fd;

	memset(block, 'x', sizeof(block));
	fd = open(
	    fixture_file(f, "filler"), O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd != -1);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

/* Whoever fills the disk goes on: what the ballast gave is not for him. */
static void
ballast_is_out_of_a_filler_s_reach(void **state)
{
	struct fixture *f = *state;
	int i;

	small_disk(f);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_OK);
	take_the_rest(f);
	while (record_once(f) == BH_OK)
		;
	assert_int_equal(store_ballast_release(f->s), BH_OK);
	take_the_rest(f);
	for (i = 0; i < 20; i++)
		assert_int_equal(record_once(f), BH_OK);
	fixture_reopen(f);
	take_the_rest(f);
	assert_int_equal(record_once(f), BH_OK);
	fixture_close(f);
	assert_int_equal(umount2(f->dir, MNT_DETACH), 0);
}

/* A disk that is full when the daemon starts. */
static void
full_disk_at_the_start(void **state)
{
	struct fixture *f = *state;

	small_disk(f);
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_OK);
	fixture_record(f, "one");
	fixture_close(f);
	take_the_rest(f);
	assert_int_equal(fixture_open(f), BH_OK);
	assert_int_equal(record_once(f), BH_ERR_FULL);
	assert_int_equal(store_ballast_release(f->s), BH_OK);
	assert_int_equal(record_once(f), BH_OK);
	fixture_close(f);
	assert_int_equal(umount2(f->dir, MNT_DETACH), 0);
}

#define WITH_EMPTY(test)                 \
	cmocka_unit_test_setup_teardown( \
	    test, fixture_setup_empty, fixture_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH(only_a_plain_file_is_opened),
	    WITH_EMPTY(create_follows_no_link),
	    WITH(the_log_is_checked_too),
	    WITH(modes_are_exact),
	    WITH_EMPTY(parents_are_safe),
	    WITH(owners_are_exact),
	    WITH_EMPTY(umask_does_not_matter),
	    WITH(cut_at_any_length),
	    WITH(killed_after_commit),
	    WITH_EMPTY(full_disk_denies_and_recovers),
	    WITH_EMPTY(ballast_is_out_of_a_filler_s_reach),
	    WITH_EMPTY(full_disk_at_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
