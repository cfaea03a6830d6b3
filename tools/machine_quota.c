/*
 * How much a machine account may store: the kernel's quota where it is on.
 */
#include "tools/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK 1024 /* what dqb_bhardlimit counts (quotactl(2)) */

/* By descriptor, so that no device has to be looked up (Linux 5.14). */
static long
quota_call(int command, const char *path, uid_t uid, struct dqblk *q)
{
	long rv;
	int fd, why;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	rv = syscall(
	    SYS_quotactl_fd, fd, (unsigned)QCMD(command, USRQUOTA), uid, q);
	why = errno;
	(void)close(fd);
	errno = why;
	return rv;
}

enum bh_err
machine_quota_get(const char *path, uid_t uid, uint64_t *bytesp)
{
	struct dqblk q;

	memset(&q, 0, sizeof(q));
	if (quota_call(Q_GETQUOTA, path, uid, &q) == 0) {
		*bytesp = q.dqb_bhardlimit * BLOCK;
		return BH_OK;
	}
	switch (errno) {
	case ENOENT: /* quotas are on, and nothing is set for this user */
		*bytesp = 0;
		return access(path, F_OK) == 0 ? BH_OK : BH_ERR_NOTFOUND;
	case ESRCH:
	case ENOSYS:
	case EOPNOTSUPP:
	case EINVAL:
	case ENODEV:
	case ENOTBLK:
		return BH_ERR_NOTFOUND;
	default:
		return err_from_errno(errno);
	}
}

enum bh_err
machine_quota_set(const char *path, uid_t uid, uint64_t bytes)
{
	struct dqblk q;

	memset(&q, 0, sizeof(q));
	q.dqb_valid = QIF_BLIMITS;
	q.dqb_bhardlimit = bytes / BLOCK + (bytes % BLOCK != 0);
	q.dqb_bsoftlimit = q.dqb_bhardlimit;
	if (quota_call(Q_SETQUOTA, path, uid, &q) == 0)
		return BH_OK;
	return err_from_errno(errno);
}

bool
machine_quota_own(const char *command)
{
	static const char option[] = " --storage-quota";
	const char *borg = strstr(command, "borg");
	const char *word = borg != NULL ? strstr(borg, option) : NULL;

	return word != NULL && (word[sizeof(option) - 1] == ' ' ||
				   word[sizeof(option) - 1] == '=');
}
