/*
 * The clock of the system tests, linked in the place of core/clock.c: the
 * kernel's clocks, moved by what a file says.  The file is named by
 * BULKHEAD_TEST_CLOCK and holds one line
 *
 *	WALL_OFFSET BOOT_OFFSET BOOT_ID
 *
 * with the offsets in seconds.  It is opened once, before the sandbox, and
 * read anew each time: overwrite it in place.  The boot id is that of the
 * start.  Without the file the clocks are the kernel's.
 */
#include "core/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int clock_fd = -1;
static char boot_id[BOOT_ID_LEN + 1];

static uint64_t
read_one(clockid_t id, uint32_t *nsp)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(id, &ts);
	if (nsp != NULL)
		*nsp = (uint32_t)ts.tv_nsec;
	return (uint64_t)ts.tv_sec;
}

static void
read_file(long long *wallp, long long *bootp, char id[BOOT_ID_LEN + 1])
{
	char text[128];
	char *end;
	ssize_t n;

	*wallp = *bootp = 0;
	if (clock_fd == -1 ||
	    (n = pread(clock_fd, text, sizeof(text) - 1, 0)) <= 0)
		return;
	text[n] = '\0';
	*wallp = strtoll(text, &end, 10);
	*bootp = strtoll(end, &end, 10);
	while (*end == ' ')
		end++;
	end[strcspn(end, " \n")] = '\0';
	(void)snprintf(id, BOOT_ID_LEN + 1, "%.*s", BOOT_ID_LEN, end);
}

static uint64_t
moved(uint64_t now, long long by)
{
	return (uint64_t)((long long)now + by);
}

void
clock_read(struct now *now)
{
	char id[BOOT_ID_LEN + 1] = "";
	long long wall, boot;
	uint32_t ns;
	uint64_t s;

	read_file(&wall, &boot, id);
	now->wall_s = moved(read_one(CLOCK_REALTIME, &now->wall_ns), wall);
	now->boot_s = moved(read_one(CLOCK_BOOTTIME, NULL), boot);
	s = read_one(CLOCK_MONOTONIC, &ns);
	now->mono_ns = s * 1000000000u + ns;
	now->synchronised = true;
}

void
clock_open(void)
{
	const char *path = getenv("BULKHEAD_TEST_CLOCK");
	long long wall, boot;

	if (path != NULL)
		clock_fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)snprintf(boot_id, sizeof(boot_id), "%s",
	    "00000000-0000-4000-8000-000000000001");
	read_file(&wall, &boot, boot_id);
}

const char *
clock_boot_id(void)
{
	return boot_id;
}
