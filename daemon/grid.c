/*
 * The time grid: values in, values out.
 */
#include "daemon/grid.h"

static uint64_t
next_multiple(uint64_t ns)
{
	uint64_t beyond = ns % GRID_NS;

	if (beyond == 0)
		return ns;
	if (ns > UINT64_MAX - (GRID_NS - beyond))
		return UINT64_MAX;
	return ns + (GRID_NS - beyond);
}

uint64_t
grid_leave_ns(uint64_t answered_ns, uint64_t decided_ns)
{
	uint64_t earliest = answered_ns > UINT64_MAX - GRID_NS
				? UINT64_MAX
				: answered_ns + GRID_NS;

	return next_multiple(earliest > decided_ns ? earliest : decided_ns);
}
