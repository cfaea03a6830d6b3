/*
 * Rations: how many decisions that cost their maker nothing are served in
 * their own right, a burst and then one in each period.  Values in, values
 * out; in memory only, so that a restart begins anew.
 */
#ifndef CORE_RATION_H
#define CORE_RATION_H

#include "core/model.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATION_BURST   600 /* of them at once, ... */
#define RATION_EVERY_S 6   /* ... and one more in this time */
#define RATIONS_MAX    256 /* names that are counted apart */

/* Zeroed memory is a whole ration. */
struct ration {
	uint64_t boot_s; /* when used was brought up to date */
	uint64_t used;
};

/* Is there one left; take one, false: there was none. */
bool ration_left(const struct ration *r, uint64_t boot_s);
bool ration_take(struct ration *r, uint64_t boot_s);

/* A ration for each name.  Where there are more names, the one that has most
 * left gives way.  Zeroed memory is an empty table. */
struct rations {
	size_t n;
	struct ration_row {
		char name[MODEL_NAME_MAX + 1];
		struct ration ration;
	} row[RATIONS_MAX];
};

bool rations_left(const struct rations *t, const char *name, uint64_t boot_s);
void rations_take(struct rations *t, const char *name, uint64_t boot_s);

#endif
