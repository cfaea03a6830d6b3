/*
 * The time grid on which denials leave: unknown, locked and wrong take the
 * same time, whatever the work behind them was.
 */
#ifndef DAEMON_GRID_H
#define DAEMON_GRID_H

#include <stdint.h>

#define GRID_NS (UINT64_C(50) * 1000 * 1000)

/*
 * The moment at which a denial leaves that was answered at answered_ns and
 * decided at decided_ns, both on CLOCK_MONOTONIC: the first multiple of
 * GRID_NS that is at least GRID_NS after the answer and not yet past.
 */
uint64_t grid_leave_ns(uint64_t answered_ns, uint64_t decided_ns);

#endif
