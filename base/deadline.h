/*
 * Deadlines: a point on CLOCK_MONOTONIC, and waiting for a descriptor until
 * then.
 */
#ifndef BASE_DEADLINE_H
#define BASE_DEADLINE_H

#include "base/err.h"

#include <stdint.h>

/* Nanoseconds of CLOCK_MONOTONIC. */
uint64_t deadline_now_ns(void);

/* The point ms milliseconds from now. */
uint64_t deadline_in_ms(uint64_t ms);

/* Milliseconds left, rounded up, at most INT_MAX; 0 once it has passed. */
int deadline_left_ms(uint64_t deadline_ns);

/*
 * Wait until fd is readable or closed.  BH_ERR_TIMEOUT at the deadline,
 * BH_ERR_SYSTEM if poll() fails; signals do not end the wait.
 */
enum bh_err deadline_wait_read(int fd, uint64_t deadline_ns) BH_CHECKED;

#endif
