/*
 * Attempts and locks.
 */
#include "core/attempts.h"

#include "base/err.h"

#include <string.h>

static const char *const names[SHARE_COUNT] = {
    [SHARE_UNKNOWN] = "unknown",
    [SHARE_KNOWN] = "known",
    [SHARE_LOCAL] = "local",
    [SHARE_CONSOLE] = "console",
};

const char *
share_name(enum share share)
{
	if ((size_t)share >= nitems(names))
		return "unknown";
	return names[share];
}

void
attempts_shares(uint32_t lock_after, uint32_t out[SHARE_COUNT])
{
	static const uint32_t weight[SHARE_COUNT] = {4, 3, 2, 1};
	uint32_t sum = 0;
	int i;

	for (i = 0; i < SHARE_COUNT; i++) {
		out[i] = lock_after * weight[i] / 10;
		if (out[i] == 0)
			out[i] = 1;
		sum += out[i];
	}
	/* rounding leaves some to the first, or takes some from the largest */
	for (i = 0; sum < lock_after; i = (i + 1) % SHARE_COUNT, sum++)
		out[i]++;
	for (i = 0; sum > lock_after && out[0] > 1; sum--)
		out[0]--;
}

static uint64_t
saturating_add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static void
set_boot(struct attempts *a, const char *boot_id)
{
	size_t len = strnlen(boot_id, BOOT_ID_LEN);

	memset(a->boot_id, 0, sizeof(a->boot_id));
	memcpy(a->boot_id, boot_id, len);
}

void
attempts_settle(struct attempts *a, const struct attempts_policy *p,
    uint64_t boot_s, const char *boot_id)
{
	bool rebooted = strncmp(a->boot_id, boot_id, BOOT_ID_LEN) != 0;
	int i;

	for (i = 0; i < SHARE_COUNT; i++) {
		struct share_state *s = &a->share[i];

		if (!s->locked)
			continue;
		/* From the boot, not from now: what is read under a lock is
		 * not written back, and must say the same each time. */
		if (rebooted)
			s->locked_until_s = p->lock_for_s;
		if (boot_s >= s->locked_until_s)
			memset(s, 0, sizeof(*s));
	}
	if (rebooted)
		set_boot(a, boot_id);
}

enum gate_state
attempts_gate(const struct attempts *a, enum share share, bool recovery)
{
	if ((size_t)share >= SHARE_COUNT)
		return GATE_LOCKED;
	if (a->hard_locked && !(share == SHARE_CONSOLE && recovery))
		return GATE_HARD;
	return a->share[share].locked ? GATE_LOCKED : GATE_OPEN;
}

bool
attempts_failed(struct attempts *a, const struct attempts_policy *p,
    enum share share, uint64_t boot_s, const char *boot_id)
{
	uint32_t shares[SHARE_COUNT];
	struct share_state *s;

	if ((size_t)share >= SHARE_COUNT || a->share[share].locked)
		return false;
	s = &a->share[share];
	attempts_shares(p->lock_after, shares);
	if (s->failed < UINT32_MAX)
		s->failed++;
	if (s->failed < shares[share])
		return false;
	s->locked = true;
	s->locked_until_s = saturating_add(boot_s, p->lock_for_s);
	set_boot(a, boot_id);
	/* strangers and whoever stands at the console can't cause it */
	if (share == SHARE_KNOWN || share == SHARE_LOCAL) {
		if (a->strikes < ATTEMPTS_HARD_AFTER)
			a->strikes++;
		if (a->strikes >= ATTEMPTS_HARD_AFTER)
			a->hard_locked = true;
	}
	return true;
}

void
attempts_succeeded(struct attempts *a, enum share share)
{
	if ((size_t)share >= SHARE_COUNT)
		return;
	memset(&a->share[share], 0, sizeof(a->share[share]));
	if (share == SHARE_KNOWN || share == SHARE_LOCAL)
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
	int i;

	for (i = 0; i < SHARE_COUNT; i++) {
		if (a->share[i].locked)
			return true;
	}
	return a->hard_locked;
}
