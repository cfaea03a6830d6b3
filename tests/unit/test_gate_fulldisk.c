/*
 * The gate on a disk that is full for real: what the ballast gives is for
 * whoever has a recovery code, and for nobody else.
 */
#include "tests/unit/unit.h"

#include "core/factor.h"
#include "tests/unit/gate_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK_LEN     "16m"
#define STRANGERS    400
#define BALLAST_SIZE (1024 * 1024)

static char disk[] = "/tmp/bulkhead-disk-XXXXXX";

/* Stores are made on a file system of our own from here on. */
static void
small_disk(void)
{
	assert_non_null(mkdtemp(disk));
	if (geteuid() != 0 || unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == -1 ||
	    mount("none", disk, "tmpfs", 0, "size=" DISK_LEN ",mode=0700") ==
		-1) {
		print_message("a full disk needs root and a mount namespace\n");
		rmdir(disk);
		skip();
	}
	setenv("TMPDIR", disk, 1);
}

/* Take what is left of the disk. */
static void
take_the_rest(struct gate_fixture *f)
{
	char block[4096];
	int fd;

	memset(block, 'x', sizeof(block));
	fd = open(fixture_file(&f->store, "filler"),
	    O_WRONLY | O_CREAT | O_APPEND, 0600);
	assert_true(fd != -1);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

/* And what the store keeps in reserve, to the last commit of one page. */
static void
fill_up(struct gate_fixture *f)
{
	enum bh_err e = BH_OK;

	take_the_rest(f);
	while (e == BH_OK) {
		assert_int_equal(store_begin(f->store.s), BH_OK);
		store_touch(f->store.s);
		e = store_commit(f->store.s);
	}
	assert_int_equal(e, BH_ERR_FULL);
}

/* A batch of recovery codes for an account; the caller's to free. */
static struct buf *
recovery_codes(struct gate_fixture *f, const char *login)
{
	struct buf *codes = NULL, *secret = NULL;
	struct token t = {
	    .account_id = account_of(f, login).id,
	    .kind = FACTOR_RECOVERY,
	    .status = TOKEN_ACTIVE,
	    .created_s = T0,
	    .confirmed_s = T0,
	};

	assert_int_equal(factor_recovery_make(&codes, &secret), BH_OK);
	assert_int_equal(store_begin(f->store.s), BH_OK);
	assert_int_equal(store_token_add(f->store.s, &t, secret), BH_OK);
	assert_int_equal(store_commit(f->store.s), BH_OK);
	buf_free(secret);
	return codes;
}

/* The Nth line of it. */
static const char *
code(const struct buf *codes, size_t n)
{
	static char line[64];
	size_t len = codes->len / RECOVERY_CODES;

	assert_true(len < sizeof(line));
	memcpy(line, codes->data + n * len, len - 1);
	line[len - 1] = '\0';
	return line;
}

static off_t
ballast_len(struct gate_fixture *f)
{
	struct stat st;

	assert_int_equal(
	    stat(fixture_file(&f->store, "store.ballast"), &st), 0);
	return st.st_size;
}

static void
strangers_come(struct gate_fixture *f)
{
	const char *const users[] = {"alice", "mallory", "nobody"};
	struct try t = {.service = "sshd",
	    .connection = "192.0.2.66 4000 192.0.2.2 22",
	    .answer = "000000"};
	int i;

	f->expect = BH_ERR_FULL;
	for (i = 0; i < STRANGERS; i++) {
		t.user = users[i % 3];
		assert_int_equal(try_batch(f, &t, 1), 0);
		f->now.boot_s += 1;
		f->now.wall_s += 1;
	}
	assert_int_equal(gate_tick(f->gate, &f->now), BH_ERR_FULL);
	f->expect = BH_OK;
}

/* In by ssh, all of it, with that code. */
static void
bob_logs_in(struct gate_fixture *f, const char *answer)
{
	struct try t = {.service = "sshd",
	    .user = "bob",
	    .connection = "192.0.2.1 4000 192.0.2.2 22",
	    .answer = answer};

	f->expect = BH_ERR_FULL; /* at first */
	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	f->expect = BH_OK;
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
	assert_int_equal(try_phase(f, &t, PHASE_SESSION_OPEN), VERDICT_ALLOW);
}

static void
bob_becomes_root(struct gate_fixture *f, const char *answer, bool asked)
{
	struct try t = {.service = "sudo",
	    .user = "root",
	    .caller = "bob",
	    .real_uid = 1000,
	    .session = 7,
	    .answer = answer};

	assert_int_equal(try_auth(f, &t), VERDICT_ALLOW);
	assert_true(t.asked == asked);
	assert_int_equal(try_phase(f, &t, PHASE_ACCOUNT), VERDICT_ALLOW);
}

/* G02 */
static void
strangers_get_nothing_of_the_ballast(void **state)
{
	struct gate_fixture *f;
	struct buf *codes;
	struct try alice = {.service = "su",
	    .user = "root",
	    .caller = "alice",
	    .real_uid = 1001,
	    .answer = hotp[0]};

	small_disk();
	assert_int_equal(gate_setup(state), 0);
	f = *state;
	fixture_config(f, "freshness = 60m\n");
	codes = recovery_codes(f, "bob");
	fill_up(f);
	strangers_come(f);
	assert_int_equal(ballast_len(f), BALLAST_SIZE);
	bob_logs_in(f, code(codes, 0));
	assert_int_equal(ballast_len(f), 0);
	take_the_rest(f);
	strangers_come(f);
	bob_becomes_root(f, code(codes, 1), true);
	strangers_come(f);
	bob_becomes_root(f, NULL, false); /* fresh, by the code before */
	f->expect = BH_ERR_FULL;
	assert_int_equal(try_batch(f, &alice, 1), 0);

	assert_int_equal(unlink(fixture_file(&f->store, "filler")), 0);
	f->expect = BH_OK;
	assert_int_equal(try_batch(f, &alice, 1), 1);
	while (ballast_len(f) == 0)
		store_idle(f->store.s);
	assert_int_equal(gate_tick(f->gate, &f->now), BH_OK);
	assert_true(count_reason(f, "error") > 0); /* the strangers, summed */
	buf_free(codes);
	assert_int_equal(gate_teardown(state), 0);
	assert_int_equal(umount2(disk, MNT_DETACH), 0);
	rmdir(disk);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strangers_get_nothing_of_the_ballast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
