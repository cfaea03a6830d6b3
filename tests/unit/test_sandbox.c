/*
 * The walls, each tried by a child that stands behind them.
 */
#include "daemon/sandbox.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static struct sandbox box;
static int other_fd; /* a folder that is open but not granted */
static int listen_fd;

/* Each returns true if what it tried went as the row says. */
static bool
refused(int rc)
{
	return rc == -1 && (errno == EPERM || errno == EACCES);
}

static bool
open_shadow(void)
{
	return refused(open("/etc/shadow", O_RDONLY)) &&
	       refused((int)syscall(SYS_open, "/etc/shadow", O_RDONLY));
}

static bool
open_absolute_through_grant(void)
{
	return refused(openat(box.store_fd, "/etc/passwd", O_RDONLY)) &&
	       refused(openat(box.proc_fd, "../etc/passwd", O_RDONLY));
}

static bool
open_other_folder(void)
{
	return refused(openat(other_fd, "file", O_RDONLY)) &&
	       refused(unlinkat(other_fd, "file", 0));
}

static bool
high_bits_do_not_help(void)
{
	long fd = (1L << 32) | box.store_fd;

	return refused((int)syscall(SYS_openat, fd, "file", O_RDONLY)) &&
	       refused((int)syscall(SYS_openat, -1L, "/etc/passwd", O_RDONLY));
}

static bool
work_in_store(void)
{
	char byte = 0;
	int fd = openat(box.store_fd, "new", O_RDWR | O_CREAT | O_EXCL, 0600);
	struct stat st;

	return fd != -1 && pwrite(fd, "x", 1, 0) == 1 && fdatasync(fd) == 0 &&
	       pread(fd, &byte, 1, 0) == 1 && byte == 'x' &&
	       ftruncate(fd, 0) == 0 && fstat(fd, &st) == 0 &&
	       fstatat(box.store_fd, "new", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       close(fd) == 0 && unlinkat(box.store_fd, "new", 0) == 0;
}

static bool
read_config_and_proc(void)
{
	char byte;
	int conf = openat(box.config_fd, "file", O_RDONLY);
	int proc = openat(box.proc_fd, "1/stat", O_RDONLY);

	return conf != -1 && proc != -1 && read(proc, &byte, 1) == 1;
}

static bool
write_config(void)
{
	return refused(openat(box.config_fd, "file", O_RDWR)) &&
	       refused(openat(box.config_fd, "new", O_WRONLY | O_CREAT, 0600));
}

static bool
make_socket(void)
{
	return refused(socket(AF_UNIX, SOCK_STREAM, 0)) &&
	       refused(socket(AF_INET, SOCK_STREAM, 0));
}

static bool
other_paths(void)
{
	struct stat st;

	return refused(stat("/etc", &st)) && refused(access("/etc", R_OK)) &&
	       refused(unlink("/nonexistent")) &&
	       refused(rename("/nonexistent", "/tmp/x")) &&
	       refused(chmod("/nonexistent", 0777));
}

static bool
accept_still_works(void)
{
	return accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK) == -1 &&
	       errno == EAGAIN;
}

static bool
allocate(void)
{
	void *p = malloc(1 << 20);
	bool ok = p != NULL;

	free(p);
	return ok;
}

static bool
do_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) >= 0;
}

static bool
do_exec(void)
{
	char *const none[] = {NULL};

	return execve("/bin/true", none, none) == 0;
}

static bool
do_map_exec(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
do_protect_exec(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool
do_ptrace(void)
{
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static bool
do_kill(void)
{
	return kill(1, 0) == 0;
}

static bool
do_setuid(void)
{
	return setuid(getuid()) == 0;
}

static bool
do_mount(void)
{
	return syscall(SYS_mount, "x", "/tmp", "tmpfs", 0, NULL) == 0;
}

static const struct row {
	const char *rule;
	bool (*try)(void);
	bool dies;
} rows[] = {
    {"a path can't be opened", open_shadow, false},
    {"nor through a granted folder", open_absolute_through_grant, false},
    {"nor a file of a folder that is not granted", open_other_folder, false},
    {"descriptors are compared whole", high_bits_do_not_help, false},
    {"the store's folder works", work_in_store, false},
    {"configuration and /proc can be read", read_config_and_proc, false},
    {"the configuration can't be written", write_config, false},
    {"there are no new sockets", make_socket, false},
    {"libc survives asking for paths", other_paths, false},
    {"connections are accepted", accept_still_works, false},
    {"memory is allocated", allocate, false},
    {"fork kills", do_fork, true},
    {"execve kills", do_exec, true},
    {"memory to execute kills", do_map_exec, true},
    {"memory made executable kills", do_protect_exec, true},
    {"ptrace kills", do_ptrace, true},
    {"signals to others kill", do_kill, true},
    {"changing the user kills", do_setuid, true},
    {"mount kills", do_mount, true},
};

static void
child(const struct row *row)
{
	size_t files;

	if (sandbox_limits(64, &files) != BH_OK || files > 64)
		_exit(2);
	if (sandbox_enter(&box) != BH_OK)
		_exit(3);
	_exit(row->try() ? 0 : 1);
}

static void
test_rows(void **state)
{
	int status;
	size_t i;
	pid_t pid;

	(void)state;
	for (i = 0; i < nitems(rows); i++) {
		if ((pid = fork()) == 0)
			child(&rows[i]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (rows[i].dies) {
			if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
				fail_msg("%s: status %#x", rows[i].rule,
				    (unsigned int)status);
		} else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			fail_msg("%s: status %#x", rows[i].rule,
			    (unsigned int)status);
		}
	}
}

static int
make_folder(const char *top, const char *name)
{
	char path[256];
	int dir, fd;

	(void)snprintf(path, sizeof(path), "%s/%s", top, name);
	if (mkdir(path, 0700) == -1 ||
	    (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (fd = openat(dir, "file", O_WRONLY | O_CREAT, 0600)) == -1)
		return -1;
	close(fd);
	return dir;
}

static char top[] = "/tmp/bulkhead-sandbox-XXXXXX";

static int
setup(void **state)
{
	const struct sockaddr_un any = {.sun_family = AF_UNIX};

	(void)state;
	if (mkdtemp(top) == NULL)
		return -1;
	/* In an order in which what is not granted lies in between. */
	box.store_fd = make_folder(top, "store");
	other_fd = make_folder(top, "other");
	box.config_fd = make_folder(top, "config");
	box.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	listen_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	/* An address of the kernel's choice, so that it can listen. */
	(void)bind(
	    listen_fd, (const struct sockaddr *)&any, sizeof(any.sun_family));
	return box.store_fd == -1 || other_fd == -1 || box.config_fd == -1 ||
		       box.proc_fd == -1 || listen(listen_fd, 1) == -1
		   ? -1
		   : 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = {"store", "other", "config"};
	char path[256];
	size_t i;

	(void)state;
	for (i = 0; i < nitems(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s/file", top, names[i]);
		(void)unlink(path);
		(void)snprintf(path, sizeof(path), "%s/%s", top, names[i]);
		(void)rmdir(path);
	}
	return rmdir(top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
