/*
 * The walls around the daemon once it has everything open: resource limits,
 * no new privileges, Landlock, seccomp.
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include "base/err.h"

#include <stddef.h>

/*
 * The folders that stay open, by descriptor, each of them granted for
 * good.  Below store files may be read, written, made and removed; below
 * config and proc they may be read.
 */
struct sandbox {
	int store_fd;
	int config_fd;
	int proc_fd;
};

/*
 * No core dump, no child, no dumpable memory, no new privileges; *filesp is
 * how many descriptors the process may have, at most wanted.
 */
enum bh_err sandbox_limits(size_t wanted, size_t *filesp) BH_CHECKED;

/*
 * Landlock, then seccomp; neither can be undone.  A kernel without Landlock
 * is logged and not an error; one without seccomp is.  Afterwards:
 *   open(), socket(), stat() and their like fail with EPERM, so that libc
 *     survives asking;
 *   openat() and unlinkat() work with the three descriptors alone;
 *   any system call that is not listed kills the process, as do fork,
 *     execve, ptrace and memory that is to be executed.
 */
enum bh_err sandbox_enter(const struct sandbox *s) BH_CHECKED;

#endif
