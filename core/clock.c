/*
 * The shipped clock: the kernel's, through the vdso.
 */
#include "core/clock.h"

#include <fcntl.h>
#include <string.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

static char boot_id[BOOT_ID_LEN + 1];

/* Asked at most once a second: adjtimex is a real system call, the clocks
 * are not. */
static bool
synchronised(uint64_t mono_s)
{
	static uint64_t asked_s;
	static bool asked, answer;
	struct timex tx;
	int state;

	if (asked && mono_s == asked_s)
		return answer;
	memset(&tx, 0, sizeof(tx));
	state = adjtimex(&tx); /* modes is 0: only read */
	answer =
	    state >= 0 && state != TIME_ERROR && (tx.status & STA_UNSYNC) == 0;
	asked_s = mono_s;
	asked = true;
	return answer;
}

/* Seconds of a time; a clock set before 1970 stands at 0. */
static uint64_t
seconds(const struct timespec *ts)
{
	return ts->tv_sec < 0 ? 0 : (uint64_t)ts->tv_sec;
}

void
clock_read(struct now *now)
{
	struct timespec wall = {0}, boot = {0}, mono = {0};

	(void)clock_gettime(CLOCK_REALTIME, &wall);
	(void)clock_gettime(CLOCK_BOOTTIME, &boot);
	(void)clock_gettime(CLOCK_MONOTONIC, &mono);
	memset(now, 0, sizeof(*now));
	now->wall_s = seconds(&wall);
	now->wall_ns = (uint32_t)wall.tv_nsec;
	now->boot_s = seconds(&boot);
	now->mono_ns =
	    seconds(&mono) * UINT64_C(1000000000) + (uint64_t)mono.tv_nsec;
	now->synchronised = synchronised(seconds(&mono));
}

void
clock_open(void)
{
	char text[BOOT_ID_LEN];
	ssize_t n;
	int fd;

	boot_id[0] = '\0';
	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	n = read(fd, text, sizeof(text));
	(void)close(fd);
	if (n != (ssize_t)sizeof(text))
		return;
	memcpy(boot_id, text, sizeof(text));
	boot_id[sizeof(text)] = '\0';
}

const char *
clock_boot_id(void)
{
	return boot_id;
}
