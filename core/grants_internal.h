/*
 * Inside of the table of grants.
 */
#ifndef CORE_GRANTS_INTERNAL_H
#define CORE_GRANTS_INTERNAL_H

#include "core/grants.h"

struct grants {
	size_t max;
	size_t top;	      /* no grant lies at or behind it */
	struct grant grant[]; /* state 0 = free */
};

/* Has a grant that waits waited too long? */
bool grants_expired(const struct grant *g, uint64_t boot_s);

#endif
