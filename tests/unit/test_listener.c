/*
 * Listening sockets: made, replaced, refused, handed over.
 */
#include "daemon/listener.h"

#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char top[] = "/tmp/bulkhead-listener-XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/run/gate.sock", top);
	return 0;
}

static int
teardown(void **state)
{
	char folder[64];

	(void)state;
	(void)unlink(path);
	(void)snprintf(folder, sizeof(folder), "%s/run", top);
	(void)chmod(folder, 0755);
	(void)rmdir(folder);
	return rmdir(top);
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(name, &st), 0);
	return st.st_mode & 07777;
}

static int
dial(void)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0), rc;

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	rc = connect(fd, (const struct sockaddr *)&sun, sizeof(sun));
	close(fd);
	return rc;
}

/* Modes hold whatever the umask is; a stale socket is replaced. */
static void
test_make(void **state)
{
	mode_t mask = umask(0);
	char folder[64];
	int fd = -1;

	(void)state;
	assert_int_equal(listener_make(path, 0600, &fd), BH_OK);
	(void)snprintf(folder, sizeof(folder), "%s/run", top);
	assert_int_equal(mode_of(folder), 0755);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(dial(), 0);
	close(fd);
	umask(077);
	assert_int_equal(listener_make(path, 0666, &fd), BH_OK);
	assert_int_equal(mode_of(path), 0666);
	assert_int_equal(dial(), 0);
	close(fd);
	umask(mask);
}

/* Where somebody answers nothing is touched. */
static void
test_busy(void **state)
{
	int first = -1, second = -1;

	(void)state;
	assert_int_equal(listener_make(path, 0600, &first), BH_OK);
	assert_int_equal(listener_make(path, 0600, &second), BH_ERR_BUSY);
	assert_int_equal(second, -1);
	assert_int_equal(dial(), 0);
	close(first);
}

static void
test_unsafe(void **state)
{
	char folder[64];
	int fd = -1;

	(void)state;
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nonexistent", path), 0);
	assert_int_equal(listener_make(path, 0600, &fd), BH_ERR_UNSAFE);
	assert_int_equal(unlink(path), 0);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(listener_make(path, 0600, &fd), BH_ERR_UNSAFE);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(unlink(path), 0);
	(void)snprintf(folder, sizeof(folder), "%s/run", top);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(listener_make(path, 0600, &fd), BH_ERR_UNSAFE);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(listener_make("run/x", 0600, &fd), BH_ERR_CONFIG);
	assert_int_equal(fd, -1);
}

static enum bh_err
inherit(
    const char *pid, const char *fds, const char *names, struct inherited *in)
{
	enum bh_err e;

	if (pid != NULL)
		setenv("LISTEN_PID", pid, 1);
	if (fds != NULL)
		setenv("LISTEN_FDS", fds, 1);
	if (names != NULL)
		setenv("LISTEN_FDNAMES", names, 1);
	e = listener_inherit(in);
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_null(getenv("LISTEN_FDNAMES"));
	return e;
}

static void
test_environment(void **state)
{
	struct inherited in;
	char me[16];

	(void)state;
	(void)snprintf(me, sizeof(me), "%ld", (long)getpid());
	assert_int_equal(inherit(NULL, NULL, NULL, &in), BH_OK);
	assert_int_equal(in.n, 0);
	assert_int_equal(inherit("1", "2", "gate:admin", &in), BH_OK);
	assert_int_equal(in.n, 0);
	assert_int_equal(inherit(me, "2", "gate:admin", &in), BH_OK);
	assert_int_equal(in.n, 2);
	assert_int_equal(in.row[1].fd, 4);
	assert_string_equal(in.row[0].name, "gate");
	assert_string_equal(in.row[1].name, "admin");
	assert_int_equal(inherit(me, "2", "gate", &in), BH_OK);
	assert_string_equal(in.row[1].name, "");
	assert_int_equal(inherit(me, "-1", NULL, &in), BH_ERR_INPUT);
	assert_int_equal(inherit(me, "9", NULL, &in), BH_ERR_INPUT);
	assert_int_equal(inherit(me, NULL, NULL, &in), BH_ERR_INPUT);
	assert_int_equal(inherit("x", "1", NULL, &in), BH_ERR_INPUT);
	assert_int_equal(inherit(NULL, "1", NULL, &in), BH_ERR_INPUT);
}

static void
test_take(void **state)
{
	struct inherited in = {.n = 2};
	int fd = -1, plain = socket(AF_UNIX, SOCK_SEQPACKET, 0);

	(void)state;
	assert_int_equal(listener_make(path, 0600, &fd), BH_OK);
	in.row[0].fd = plain; /* does not listen */
	strcpy(in.row[0].name, "gate");
	in.row[1].fd = fd; /* no name: known by its path */
	assert_int_equal(listener_take(&in, "other", "/nowhere"), -1);
	assert_int_equal(listener_take(&in, "gate", path), fd);
	assert_int_equal(listener_take(&in, "gate", path), -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	listener_drop(&in);
	assert_int_equal(fcntl(plain, F_GETFD), -1);
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_make),
	    cmocka_unit_test(test_busy),
	    cmocka_unit_test(test_unsafe),
	    cmocka_unit_test(test_environment),
	    cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
