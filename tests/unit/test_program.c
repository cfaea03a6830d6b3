/*
 * Other programs: clean hands, bounds.
 */
#include "tests/unit/unit.h"

#include "core/host/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static enum bh_err
run(const char *script, struct program_result *r)
{
	const char *const argv[] = {"/bin/sh", "-c", script, NULL};

	return program_run(argv, r);
}

static void
test_said(void **state)
{
	struct program_result r;

	(void)state;
	assert_int_equal(run("echo out; echo err >&2; exit 7", &r), BH_OK);
	assert_string_equal(r.out, "out\n");
	assert_string_equal(r.err, "err\n");
	assert_int_equal(r.code, 7);
	program_free(&r);
	assert_int_equal(run("kill -9 $$", &r), BH_OK);
	assert_int_equal(r.code, 128 + 9);
	program_free(&r);
}

static void
test_clean_hands(void **state)
{
	struct program_result r;
	int fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(setenv("LD_AUDIT_NOT", "x", 1), 0);
	assert_int_equal(run("pwd; echo $LD_AUDIT_NOT; env | grep -c =; "
			     "cat; ls /proc/self/fd | wc -l",
			     &r),
	    BH_OK);
	/* PATH, LC_ALL and the PWD that sh sets; ls has 0, 1, 2 and the folder
	 */
	assert_string_equal(r.out, "/\n\n3\n4\n");
	program_free(&r);
	(void)close(fd);
}

/* What we ignore or block, the program meets as it should. */
static void
test_signals(void **state)
{
	struct program_result r;
	sigset_t set;

	(void)state;
	assert_true(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(run("kill -PIPE $$; echo lives", &r), BH_OK);
	assert_int_equal(r.code, 128 + SIGPIPE);
	program_free(&r);
	assert_int_equal(run("kill -TERM $$; echo lives", &r), BH_OK);
	assert_int_equal(r.code, 128 + SIGTERM);
	program_free(&r);
}

static void
test_bounds(void **state)
{
	struct program_result r;

	(void)state;
	assert_int_equal(run("exec cat /dev/zero", &r), BH_ERR_FULL);
	assert_int_equal(
	    run("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo end", &r),
	    BH_OK);
	assert_string_equal(r.out, "end\n");
	assert_int_equal(strlen(r.err), PROGRAM_ERR_MAX);
	program_free(&r);
}

static void
test_none(void **state)
{
	const char *const argv[] = {"/nonexistent/program", NULL};
	struct program_result r;

	(void)state;
	assert_int_equal(program_run(argv, &r), BH_ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_said),
	    cmocka_unit_test(test_clean_hands),
	    cmocka_unit_test(test_signals),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
