/*
 * Landlock by its raw system calls.  The constants are the kernel's ABI, given
 * here because the headers of a system may be older than its kernel.
 */
#include "daemon/landlock.h"

#include <errno.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NR_CREATE_RULESET 444
#define NR_ADD_RULE	  445
#define NR_RESTRICT_SELF  446

#define CREATE_VERSION 1u
#define RULE_PATH      1

#define FS_WRITE_FILE  (UINT64_C(1) << 1)
#define FS_READ_FILE   (UINT64_C(1) << 2)
#define FS_REMOVE_FILE (UINT64_C(1) << 5)
#define FS_MAKE_REG    (UINT64_C(1) << 8)
#define FS_TRUNCATE    (UINT64_C(1) << 14)
#define FS_WRITE_ALL                                                   \
	(FS_WRITE_FILE | FS_READ_FILE | FS_REMOVE_FILE | FS_MAKE_REG | \
	    FS_TRUNCATE)

/* What each version of the ABI can handle, from 1 on. */
static const struct rights {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
} abi_rights[] = {
    {(UINT64_C(1) << 13) - 1, 0, 0},
    {(UINT64_C(1) << 14) - 1, 0, 0}, /* 2: refer */
    {(UINT64_C(1) << 15) - 1, 0, 0}, /* 3: truncate */
    {(UINT64_C(1) << 15) - 1, 3, 0}, /* 4: TCP bind, connect */
    {(UINT64_C(1) << 16) - 1, 3, 0}, /* 5: ioctl on devices */
    {(UINT64_C(1) << 16) - 1, 3, 3}, /* 6: abstract sockets, signals */
};

/* struct landlock_ruleset_attr and landlock_path_beneath_attr. */
struct ruleset_attr {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};
struct path_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

static enum bh_err
allow(int ruleset, int dirfd, uint64_t rights)
{
	struct path_attr attr = {.allowed = rights, .parent_fd = dirfd};

	if (syscall(NR_ADD_RULE, ruleset, RULE_PATH, &attr, 0) == -1)
		return err_from_errno(errno);
	return BH_OK;
}

static enum bh_err
make_ruleset(long abi, const struct rights **rightsp, int *fdp)
{
	size_t row =
	    abi > (long)nitems(abi_rights) ? nitems(abi_rights) : (size_t)abi;
	const struct rights *r = &abi_rights[row - 1];
	struct ruleset_attr attr = {r->fs, r->net, r->scoped};
	/* An older kernel takes a shorter struct, as long as the rest is 0. */
	long fd = syscall(NR_CREATE_RULESET, &attr, sizeof(attr), 0);

	if (fd == -1)
		return err_from_errno(errno);
	*rightsp = r;
	*fdp = (int)fd;
	return BH_OK;
}

enum bh_err
landlock_enter(const struct sandbox *s)
{
	long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_VERSION);
	const struct rights *r = NULL;
	enum bh_err e;
	int fd = -1;

	if (abi < 1)
		return BH_ERR_NOTFOUND;
	if ((e = make_ruleset(abi, &r, &fd)) != BH_OK ||
	    (e = allow(fd, s->store_fd, r->fs & FS_WRITE_ALL)) != BH_OK ||
	    (e = allow(fd, s->config_fd, FS_READ_FILE)) != BH_OK ||
	    (e = allow(fd, s->proc_fd, FS_READ_FILE)) != BH_OK)
		goto out;
	if (syscall(NR_RESTRICT_SELF, fd, 0) == -1)
		e = err_from_errno(errno);
out:
	if (fd != -1)
		(void)close(fd);
	return e;
}
