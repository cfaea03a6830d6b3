/*
 * Token buckets in a table of fixed size.
 */
#include "core/throttle.h"

#include <stdlib.h>
#include <string.h>

#define PROBES 8u

struct bucket {
	bool used;
	bool pair; /* of (account, source); else of the source alone */
	uint64_t account;
	struct netaddr source;
	uint32_t spent;
	uint64_t since_s; /* when `spent` was last brought up to date */
	uint64_t last_s;  /* the last wrong answer */
};

struct throttle {
	uint32_t entries;
	struct bucket bucket[];
};

struct throttle *
throttle_new(uint32_t entries)
{
	struct throttle *t;

	t = calloc(1, sizeof(*t) + entries * sizeof(struct bucket));
	if (t != NULL)
		t->entries = entries;
	return t;
}

void
throttle_free(struct throttle *t)
{
	free(t);
}

/* FNV-1a: only where a bucket lies, never who it belongs to. */
static uint32_t
hash(bool pair, uint64_t account, const struct netaddr *source)
{
	uint32_t h = 2166136261u;
	size_t i;

	h = (h ^ (uint32_t)pair) * 16777619u;
	for (i = 0; i < 8; i++)
		h = (h ^ (uint8_t)(account >> 8 * i)) * 16777619u;
	for (i = 0; i < sizeof(source->bytes); i++)
		h = (h ^ source->bytes[i]) * 16777619u;
	return h;
}

static bool
is_it(const struct bucket *b, bool pair, uint64_t account,
    const struct netaddr *source)
{
	return b->used && b->pair == pair && b->account == account &&
	       netaddr_eq(&b->source, source);
}

static const struct bucket *
find(const struct throttle *t, bool pair, uint64_t account,
    const struct netaddr *source)
{
	uint32_t at = hash(pair, account, source), i;

	for (i = 0; i < PROBES && i < t->entries; i++) {
		const struct bucket *b = &t->bucket[(at + i) % t->entries];

		if (is_it(b, pair, account, source))
			return b;
	}
	return NULL;
}

/* What is still spent now, with one given back every `every` seconds. */
static uint32_t
spent_now(const struct bucket *b, uint64_t every, uint64_t boot_s)
{
	uint64_t back;

	if (boot_s < b->since_s)
		return b->spent;
	back = (boot_s - b->since_s) / every;
	return back >= b->spent ? 0 : b->spent - (uint32_t)back;
}

static bool
has_room(const struct throttle *t, bool pair, uint64_t account,
    const struct netaddr *source, uint64_t boot_s)
{
	const struct bucket *b = find(t, pair, account, source);

	if (b == NULL)
		return true;
	if (pair)
		return spent_now(b, THROTTLE_PAIR_EVERY, boot_s) <
		       THROTTLE_PAIR_BURST;
	return spent_now(b, THROTTLE_SOURCE_EVERY, boot_s) <
	       THROTTLE_SOURCE_BURST;
}

bool
throttle_ok(const struct throttle *t, uint64_t account,
    const struct netaddr *source, uint64_t boot_s)
{
	if (source->family == 0 || t->entries == 0)
		return true;
	return has_room(t, true, account, source, boot_s) &&
	       has_room(t, false, 0, source, boot_s);
}

/* The bucket, or the place of the one that has been quiet longest. */
static struct bucket *
place(struct throttle *t, bool pair, uint64_t account,
    const struct netaddr *source)
{
	uint32_t at = hash(pair, account, source), i;
	struct bucket *quiet = NULL;

	for (i = 0; i < PROBES && i < t->entries; i++) {
		struct bucket *b = &t->bucket[(at + i) % t->entries];

		if (is_it(b, pair, account, source))
			return b;
		if (quiet == NULL || (quiet->used && !b->used) ||
		    (quiet->used && b->used && b->last_s < quiet->last_s))
			quiet = b;
	}
	memset(quiet, 0, sizeof(*quiet));
	quiet->used = true;
	quiet->pair = pair;
	quiet->account = account;
	quiet->source = *source;
	return quiet;
}

static void
spend(struct throttle *t, bool pair, uint64_t account,
    const struct netaddr *source, uint64_t boot_s)
{
	uint64_t every = pair ? THROTTLE_PAIR_EVERY : THROTTLE_SOURCE_EVERY;
	uint32_t burst = pair ? THROTTLE_PAIR_BURST : THROTTLE_SOURCE_BURST;
	struct bucket *b = place(t, pair, account, source);
	uint32_t spent = spent_now(b, every, boot_s);

	/* what is left of a period goes on: wrong answers do not prolong it */
	if (spent == 0 || boot_s < b->since_s)
		b->since_s = boot_s;
	else
		b->since_s += (uint64_t)(b->spent - spent) * every;
	b->spent = spent < burst ? spent + 1 : burst;
	b->last_s = boot_s;
}

void
throttle_failed(struct throttle *t, uint64_t account,
    const struct netaddr *source, uint64_t boot_s)
{
	if (source->family == 0 || t->entries == 0)
		return;
	spend(t, true, account, source, boot_s);
	spend(t, false, 0, source, boot_s);
}

void
throttle_forget(struct throttle *t, uint64_t account)
{
	uint32_t i;

	for (i = 0; i < t->entries; i++) {
		if (t->bucket[i].pair && t->bucket[i].account == account)
			memset(&t->bucket[i], 0, sizeof(t->bucket[i]));
	}
}
