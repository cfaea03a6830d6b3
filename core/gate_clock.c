/*
 * What the gate notices of the clock.  Nothing here denies: a wrong clock is
 * an event, and a code's own high-water mark decides about the code.
 */
#include "core/gate_internal.h"

#include <stdio.h>

#define JUMP_S	 60 /* a step of the wall clock worth a record */
#define BEHIND_S 5
#define AHEAD_S	 86400
#define QUIET_S	 (7 * 86400) /* a store nobody used for longer is doubted */

static enum bh_err
record_clock(
    struct gate *g, const struct now *now, const char *action, int64_t by_s)
{
	char detail[64];
	struct event e;

	snprintf(detail, sizeof(detail), "%+lld s", (long long)by_s);
	gate_event(g, now, &e);
	e.action = action;
	e.detail = detail;
	return gate_record(g, &e);
}

/*
 * A daemon may start while the clock is wrong already (a battery that died):
 * what is far from the last time in the store is not trusted either.
 */
void
gate_clock_start(struct gate *g, const struct now *now)
{
	uint64_t high = store_clock_high(g->store);

	if (g->clock_known)
		return;
	g->clock_known = true;
	g->clock_offset_s = (int64_t)now->wall_s - (int64_t)now->boot_s;
	g->clock_trusted_s = g->clock_offset_s;
	if (high != 0 && now->wall_s > high && now->wall_s - high > QUIET_S)
		g->clock_trusted_s = (int64_t)high - (int64_t)now->boot_s;
}

/*
 * More than a day ahead of where it was: for a day that is taken for a wrong
 * clock, and codes accepted meanwhile get a mark of their own; then it is the
 * time.
 */
static void
check_ahead(struct gate *g, int64_t offset, uint64_t boot_s)
{
	if (offset - g->clock_trusted_s <= AHEAD_S) {
		g->clock_ahead = false;
		g->clock_trusted_s = offset;
	} else if (!g->clock_ahead) {
		g->clock_ahead = true;
		g->clock_ahead_boot_s = boot_s;
	} else if (boot_s - g->clock_ahead_boot_s >= AHEAD_S) {
		g->clock_ahead = false;
		g->clock_trusted_s = offset;
	}
}

/* Wall clock against the time since boot, which nobody sets. */
static enum bh_err
check_jump(struct gate *g, const struct now *now)
{
	int64_t offset = (int64_t)now->wall_s - (int64_t)now->boot_s;
	int64_t by;

	gate_clock_start(g, now);
	by = offset - g->clock_offset_s;
	check_ahead(g, offset, now->boot_s);
	if (by > -JUMP_S && by < JUMP_S)
		return BH_OK;
	g->clock_offset_s = offset;
	return record_clock(g, now, "clock.jump", by);
}

enum bh_err
gate_clock(struct gate *g, const struct now *now)
{
	uint64_t high = store_clock_high(g->store);
	enum bh_err e;

	if ((e = check_jump(g, now)) != BH_OK)
		return e;
	if (now->wall_s + BEHIND_S >= high) {
		g->clock_behind = false;
		return now->wall_s > high
			   ? store_clock_raise(g->store, now->wall_s)
			   : BH_OK;
	}
	if (g->clock_behind)
		return BH_OK;
	g->clock_behind = true;
	return record_clock(
	    g, now, "clock.behind", (int64_t)now->wall_s - (int64_t)high);
}
