/*
 * Limits and the seccomp filter.
 */
#include "daemon/sandbox.h"

#include "base/log.h"
#include "daemon/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* The daemon's own work: the store's files, the sockets, time, memory. */
static const char *const allowed_calls[] = {
    "accept4",
    "adjtimex",
    "brk",
    "clock_adjtime",
    "clock_getres",
    "clock_gettime",
    "clock_nanosleep",
    "close",
    "dup",
    "dup3",
    "exit",
    "exit_group",
    "fallocate",
    "fchmod",
    "fcntl",
    "fcntl64",
    "fdatasync",
    "flock",
    "fstat",
    "fstat64",
    "fstatfs",
    "fstatfs64",
    "fsync",
    "ftruncate",
    "ftruncate64",
    "futex",
    "futex_time64",
    "getegid",
    "geteuid",
    "getgid",
    "getpeername",
    "getpid",
    "getrandom",
    "getsockname",
    "getsockopt",
    "gettid",
    "gettimeofday",
    "getuid",
    "_llseek",
    "lseek",
    "madvise",
    "mlock",
    "mremap",
    "munlock",
    "munmap",
    "nanosleep",
    "poll",
    "ppoll",
    "ppoll_time64",
    "pread64",
    "pwrite64",
    "read",
    "readv",
    "recv",
    "recvfrom",
    "recvmsg",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_yield",
    "send",
    "sendmsg",
    "sendto",
    "setsockopt",
    "shutdown",
    "sigaltstack",
    "tgkill",
    "time",
    "uname",
    "write",
    "writev",
};

/* What libc may ask on its own account and must survive being refused:
 * paths, new sockets, terminals. */
static const char *const refused_calls[] = {
    "access",
    "bind",
    "chdir",
    "chmod",
    "chown",
    "connect",
    "faccessat",
    "faccessat2",
    "fchmodat",
    "fchown",
    "fchownat",
    "getcwd",
    "getdents64",
    "getrlimit",
    "ioctl",
    "link",
    "linkat",
    "listen",
    "lstat",
    "lstat64",
    "mkdir",
    "mkdirat",
    "open",
    "openat2",
    "prctl",
    "prlimit64",
    "readlink",
    "readlinkat",
    "rename",
    "renameat",
    "renameat2",
    "rmdir",
    "sched_getaffinity",
    "setrlimit",
    "socket",
    "socketpair",
    "stat",
    "stat64",
    "statfs",
    "statx",
    "symlink",
    "symlinkat",
    "sysinfo",
    "umask",
    "unlink",
    "utimensat",
};

/* Names a folder and a path below it: only with folders that are granted. */
static const char *const granted_calls[] = {"openat", "unlinkat"};

/* One rule for one call by name; a name this libseccomp or this kind of
 * machine does not have is none that could be made. */
static enum bh_err
add_rule(scmp_filter_ctx filter, uint32_t action, const char *name,
    unsigned int n, const struct scmp_arg_cmp *args)
{
	int nr = seccomp_syscall_resolve_name(name);
	int rc;

	if (nr == __NR_SCMP_ERROR)
		return BH_OK;
	rc = seccomp_rule_add_array(filter, action, nr, n, args);
	if (rc == 0 || rc == -EDOM)
		return BH_OK;
	log_msg(LOG_LEVEL_ERR, "seccomp: no rule for %s (error %d)", name, -rc);
	return BH_ERR_SYSTEM;
}

static enum bh_err
add_calls(
    scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t n)
{
	enum bh_err e;
	size_t i;

	for (i = 0; i < n; i++) {
		if ((e = add_rule(filter, action, names[i], 0, NULL)) != BH_OK)
			return e;
	}
	return BH_OK;
}

static bool
is_granted(const struct sandbox *s, int fd)
{
	return fd == s->store_fd || fd == s->config_fd || fd == s->proc_fd;
}

/* A rule on the first argument, a descriptor. */
static enum bh_err
add_fd_rule(scmp_filter_ctx filter, uint32_t action, const char *name,
    enum scmp_compare op, int fd)
{
	const struct scmp_arg_cmp arg = SCMP_A0(op, (scmp_datum_t)fd, 0);

	return add_rule(filter, action, name, 1, &arg);
}

/*
 * Every value of the first argument gets a rule of its own: the granted
 * descriptors, what lies between them, below and above.  AT_FDCWD is above.
 */
static enum bh_err
add_granted(scmp_filter_ctx filter, const struct sandbox *s, const char *name)
{
	const int fds[] = {s->store_fd, s->config_fd, s->proc_fd};
	int low = INT_MAX, high = -1, fd;
	uint32_t action;
	enum bh_err e;
	size_t i;

	for (i = 0; i < nitems(fds); i++) {
		low = fds[i] < low ? fds[i] : low;
		high = fds[i] > high ? fds[i] : high;
	}
	if (low < 0)
		return BH_ERR_RANGE;
	for (fd = low; fd <= high; fd++) {
		action =
		    is_granted(s, fd) ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM);
		e = add_fd_rule(filter, action, name, SCMP_CMP_EQ, fd);
		if (e != BH_OK)
			return e;
	}
	action = SCMP_ACT_ERRNO(EPERM);
	if ((e = add_fd_rule(filter, action, name, SCMP_CMP_LT, low)) != BH_OK)
		return e;
	return add_fd_rule(filter, action, name, SCMP_CMP_GT, high);
}

/* Memory that is never executed, and stat() of what is open already. */
static enum bh_err
add_special(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_exec =
	    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	static const char *const maps[] = {"mmap", "mmap2", "mprotect"};
	static const char *const stats[] = {"newfstatat", "fstatat64"};
	enum bh_err e;
	size_t i;

	for (i = 0; i < nitems(maps); i++) {
		e = add_rule(filter, SCMP_ACT_ALLOW, maps[i], 1, &no_exec);
		if (e != BH_OK)
			return e;
	}
	for (i = 0; i < nitems(stats); i++) {
		if ((e = add_fd_rule(filter, SCMP_ACT_ALLOW, stats[i],
			 SCMP_CMP_LE, INT_MAX)) != BH_OK ||
		    (e = add_fd_rule(filter, SCMP_ACT_ERRNO(EPERM), stats[i],
			 SCMP_CMP_GT, INT_MAX)) != BH_OK)
			return e;
	}
	return BH_OK;
}

static enum bh_err
seccomp_enter(const struct sandbox *s)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	enum bh_err e = BH_ERR_NOMEM;
	size_t i;
	int rc;

	if (filter == NULL)
		return BH_ERR_NOMEM;
	if ((e = add_calls(filter, SCMP_ACT_ALLOW, allowed_calls,
		 nitems(allowed_calls))) != BH_OK ||
	    (e = add_calls(filter, SCMP_ACT_ERRNO(EPERM), refused_calls,
		 nitems(refused_calls))) != BH_OK ||
	    (e = add_special(filter)) != BH_OK)
		goto out;
	for (i = 0; i < nitems(granted_calls); i++) {
		if ((e = add_granted(filter, s, granted_calls[i])) != BH_OK)
			goto out;
	}
	if ((rc = seccomp_load(filter)) != 0) {
		log_msg(LOG_LEVEL_ERR,
		    "seccomp: the kernel did not take the "
		    "filter (error %d)",
		    -rc);
		e = BH_ERR_SYSTEM;
	}
out:
	seccomp_release(filter);
	return e;
}

static enum bh_err
limit(__rlimit_resource_t what, rlim_t value)
{
	const struct rlimit r = {.rlim_cur = value, .rlim_max = value};

	return setrlimit(what, &r) == -1 ? err_from_errno(errno) : BH_OK;
}

enum bh_err
sandbox_limits(size_t wanted, size_t *filesp)
{
	struct rlimit files;
	enum bh_err e;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return err_from_errno(errno);
	if (files.rlim_max > wanted)
		files.rlim_max = wanted;
	if ((e = limit(RLIMIT_NOFILE, files.rlim_max)) != BH_OK ||
	    (e = limit(RLIMIT_CORE, 0)) != BH_OK ||
	    (e = limit(RLIMIT_NPROC, 0)) != BH_OK)
		return e;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return err_from_errno(errno);
	*filesp = files.rlim_max;
	return BH_OK;
}

enum bh_err
sandbox_enter(const struct sandbox *s)
{
	enum bh_err e = landlock_enter(s);

	if (e == BH_ERR_NOTFOUND) {
		log_msg(LOG_LEVEL_WARNING,
		    "this kernel has no Landlock: files are kept from the "
		    "daemon by owner, mode and seccomp alone");
		e = BH_OK;
	}
	if (e != BH_OK) {
		log_err(e, "Landlock");
		return e;
	}
	return seccomp_enter(s);
}
