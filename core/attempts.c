/*
 * Attempts and locks: who has used up what of the budget.
 */
#include "core/attempts.h"

#include "base/err.h"

#include <string.h>

/* 4:3:2:1 of each budget, rounded: none empty, the sum at most the whole. */
#define SHARES_MIN 4
static const uint8_t shares[][SHARE_COUNT] = {
    {1, 1, 1, 1}, /* 4 */
    {2, 1, 1, 1}, {2, 2, 1, 1}, {3, 2, 1, 1}, {3, 2, 2, 1}, {4, 2, 2, 1},
    {4, 3, 2, 1}, /* 10 */
};

void
attempts_shares(uint32_t lock_after, uint32_t out[SHARE_COUNT])
{
	uint32_t i, row = 0;

	/* What configuration can't say falls to the stricter end. */
	if (lock_after > SHARES_MIN)
		row = lock_after - SHARES_MIN;
	if (row >= nitems(shares))
		row = nitems(shares) - 1;
	for (i = 0; i < SHARE_COUNT; i++)
		out[i] = shares[row][i];
}

/* Locks of the owner's own shares are steps towards the hard lock. */
static bool
adds_strikes(enum share share)
{
	return share == SHARE_KNOWN || share == SHARE_LOCAL;
}

static uint64_t
lock_end(const struct attempts_policy *p, uint64_t boot_s)
{
	if (p->lock_for_s > UINT64_MAX - boot_s)
		return UINT64_MAX;
	return boot_s + p->lock_for_s;
}

static bool
set_boot(struct attempts *a, const char *boot_id)
{
	size_t len = strnlen(boot_id, BOOT_ID_LEN);

	if (strncmp(a->boot_id, boot_id, BOOT_ID_LEN) == 0)
		return false;
	memcpy(a->boot_id, boot_id, len);
	memset(a->boot_id + len, 0, sizeof(a->boot_id) - len);
	return true;
}

void
attempts_settle(struct attempts *a, const struct attempts_policy *p,
    uint64_t boot_s, const char *boot_id)
{
	bool rebooted = set_boot(a, boot_id);
	struct share_state *s;
	size_t i;

	for (i = 0; i < SHARE_COUNT; i++) {
		s = &a->share[i];
		if (!s->locked)
			continue;
		if (rebooted)
			s->locked_until_s = lock_end(p, boot_s);
		else if (boot_s >= s->locked_until_s)
			memset(s, 0, sizeof(*s));
	}
}

enum gate_state
attempts_gate(const struct attempts *a, enum share share, bool recovery)
{
	if ((uint32_t)share >= SHARE_COUNT)
		return GATE_HARD;
	if (a->hard_locked && !(share == SHARE_CONSOLE && recovery))
		return GATE_HARD;
	if (a->share[share].locked)
		return GATE_LOCKED;
	return GATE_OPEN;
}

bool
attempts_failed(struct attempts *a, const struct attempts_policy *p,
    enum share share, uint64_t boot_s, const char *boot_id)
{
	uint32_t most[SHARE_COUNT];
	struct share_state *s;

	if ((uint32_t)share >= SHARE_COUNT)
		return false;
	attempts_settle(a, p, boot_s, boot_id);
	s = &a->share[share];
	if (s->locked)
		return false; /* not evaluated: neither counts nor prolongs */
	attempts_shares(p->lock_after, most);
	if (s->failed < UINT32_MAX)
		s->failed++;
	if (s->failed < most[share])
		return false;
	s->locked = true;
	s->locked_until_s = lock_end(p, boot_s);
	if (adds_strikes(share) && a->strikes < UINT32_MAX)
		a->strikes++;
	if (a->strikes >= ATTEMPTS_HARD_AFTER)
		a->hard_locked = true;
	return true;
}

void
attempts_succeeded(struct attempts *a, enum share share)
{
	if ((uint32_t)share >= SHARE_COUNT)
		return;
	memset(&a->share[share], 0, sizeof(a->share[share]));
	if (adds_strikes(share))
		a->strikes = 0;
}

void
attempts_unlock(struct attempts *a)
{
	memset(a->share, 0, sizeof(a->share));
	a->strikes = 0;
	a->hard_locked = false;
}

bool
attempts_any_lock(const struct attempts *a)
{
	size_t i;

	for (i = 0; i < SHARE_COUNT; i++)
		if (a->share[i].locked)
			return true;
	return a->hard_locked;
}

const char *
share_name(enum share share)
{
	static const char *const names[] = {
	    "unknown", "known", "local", "console"};

	return (uint32_t)share < nitems(names) ? names[share] : "?";
}
