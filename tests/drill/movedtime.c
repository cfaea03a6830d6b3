/*
 * Preloaded into the sshd and the jobs of the drill's vaults: their time is
 * the machine's, moved by as many seconds as the file DRILL_CLOCK says (eight
 * bytes, as this processor lays them out).  The file is mapped at the start:
 * sshd's sandbox opens none.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t nowhere;
static const volatile int64_t *by = &nowhere;
static int (*real_clock_gettime)(clockid_t id, struct timespec *ts);

static void __attribute__((constructor)) open_clock(void)
{
	const char *path = getenv("DRILL_CLOCK");
	void *p = MAP_FAILED;
	int fd;

	*(void **)&real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
	if (path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	p = mmap(NULL, sizeof(*by), PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (p != MAP_FAILED)
		by = p;
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = real_clock_gettime(id, ts);

	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		ts->tv_sec += (time_t)*by;
	return rc;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts = {0, 0};
	int rc = clock_gettime(CLOCK_REALTIME, &ts);

	(void)zone;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = (suseconds_t)(ts.tv_nsec / 1000);
	return rc;
}

time_t
time(time_t *tp)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (tp != NULL)
		*tp = ts.tv_sec;
	return ts.tv_sec;
}
