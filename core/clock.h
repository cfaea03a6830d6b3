/*
 * The clock, read here and nowhere else, and handed in as a value.  The tests
 * link another file behind this header.
 */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define BOOT_ID_LEN 36 /* /proc/sys/kernel/random/boot_id, as text */

struct now {
	uint64_t wall_s;    /* CLOCK_REALTIME, seconds since 1970 */
	uint32_t wall_ns;   /* and nanoseconds */
	uint64_t boot_s;    /* CLOCK_BOOTTIME, seconds since the start */
	uint64_t mono_ns;   /* CLOCK_MONOTONIC, for deadlines and the time grid */
	bool synchronised;  /* the kernel says the clock is synchronised */
};

/* Read all clocks.  Never fails: these calls can't on Linux. */
void clock_read(struct now *now);

/* Read the kernel's boot id once, before any sandbox; "" if there is none. */
void clock_open(void);
const char *clock_boot_id(void);

#endif
