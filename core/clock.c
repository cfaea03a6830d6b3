/*
 * The clocks of the kernel.
 */
#include "core/clock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static char boot_id[BOOT_ID_LEN + 1];

static uint64_t
read_one(clockid_t id, uint32_t *nsp)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(id, &ts);
	if (nsp != NULL)
		*nsp = (uint32_t)ts.tv_nsec;
	return ts.tv_sec > 0 ? (uint64_t)ts.tv_sec : 0;
}

/* Asked once a second at most: unlike the clocks it is a system call. */
static bool
is_synchronised(uint64_t boot_s)
{
	static uint64_t asked_s = UINT64_MAX;
	static bool synchronised;
	struct timex t;
	int rc;

	if (asked_s == boot_s)
		return synchronised;
	asked_s = boot_s;
	memset(&t, 0, sizeof(t));
	rc = adjtimex(&t);
	synchronised =
	    rc >= 0 && rc != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
	return synchronised;
}

void
clock_read(struct now *now)
{
	uint32_t ns;
	uint64_t s;

	now->wall_s = read_one(CLOCK_REALTIME, &now->wall_ns);
	now->boot_s = read_one(CLOCK_BOOTTIME, NULL);
	s = read_one(CLOCK_MONOTONIC, &ns);
	now->mono_ns = s * 1000000000u + ns;
	now->synchronised = is_synchronised(now->boot_s);
}

void
clock_open(void)
{
	ssize_t n;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	n = read(fd, boot_id, BOOT_ID_LEN);
	boot_id[n > 0 ? n : 0] = '\0';
	boot_id[strcspn(boot_id, "\n")] = '\0';
	close(fd);
}

const char *
clock_boot_id(void)
{
	return boot_id;
}
