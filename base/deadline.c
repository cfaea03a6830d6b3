/*
 * Deadlines on the monotonic clock.
 */
#include "base/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

uint64_t
deadline_now_ns(void)
{
	struct timespec ts = {0, 0};

	/* Can't fail for CLOCK_MONOTONIC and a valid pointer. */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t
deadline_in_ms(uint64_t ms)
{
	uint64_t now = deadline_now_ns();

	if (ms > (UINT64_MAX - now) / NS_PER_MS)
		return UINT64_MAX;
	return now + ms * NS_PER_MS;
}

int
deadline_left_ms(uint64_t deadline_ns)
{
	uint64_t now = deadline_now_ns();
	uint64_t ms;

	if (deadline_ns <= now)
		return 0;
	ms = (deadline_ns - now - 1) / NS_PER_MS + 1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

enum bh_err
deadline_wait_read(int fd, uint64_t deadline_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	/* Look once even when the deadline has passed already. */
	do {
		n = poll(&p, 1, deadline_left_ms(deadline_ns));
		if (n > 0)
			return (p.revents & POLLNVAL) ? BH_ERR_SYSTEM : BH_OK;
		if (n == -1 && errno != EINTR)
			return BH_ERR_SYSTEM;
	} while (deadline_left_ms(deadline_ns) > 0);
	return BH_ERR_TIMEOUT;
}
