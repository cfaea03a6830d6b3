/*
 * The table of grants.
 */
#include "core/grants.h"

#include "core/crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

struct grants {
	size_t max;
	struct grant grant[]; /* state 0 = free */
};

bool
session_same(const struct session_id *a, const struct session_id *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SESSION_AUDIT:
		return a->audit == b->audit;
	case SESSION_TTY:
		return a->tty == b->tty && a->leader == b->leader &&
		       a->leader_start == b->leader_start;
	case SESSION_NONE:
	default:
		return false;
	}
}

struct grants *
grants_new(size_t max)
{
	struct grants *t;

	t = calloc(1, sizeof(*t) + max * sizeof(struct grant));
	if (t != NULL)
		t->max = max;
	return t;
}

void
grants_free(struct grants *t)
{
	if (t == NULL)
		return;
	secret_wipe(t->grant, t->max * sizeof(struct grant));
	free(t);
}

void
grants_drop(struct grants *t, struct grant *g)
{
	(void)t;
	if (g != NULL)
		secret_wipe(g, sizeof(*g));
}

void
grants_drop_account(struct grants *t, uint64_t account_id)
{
	size_t i;

	for (i = 0; i < t->max; i++) {
		if (t->grant[i].account_id == account_id)
			grants_drop(t, &t->grant[i]);
	}
}

static bool
expired(const struct grant *g, uint64_t boot_s)
{
	if (g->state == GRANT_CONSUMED)
		return false; /* freshness is asked for with its own limit */
	return boot_s < g->state_boot_s ||
	       boot_s - g->state_boot_s >= GRANT_LIFE_S;
}

/* A free place, else an expired one, else the oldest consumed one. */
static struct grant *
find_place(struct grants *t, uint64_t boot_s)
{
	struct grant *oldest = NULL;
	size_t i;

	for (i = 0; i < t->max; i++) {
		struct grant *g = &t->grant[i];

		if (g->state == 0 || expired(g, boot_s))
			return g;
		if (g->state == GRANT_CONSUMED &&
		    (oldest == NULL || g->state_boot_s < oldest->state_boot_s))
			oldest = g;
	}
	return oldest;
}

enum bh_err
grants_issue(struct grants *t, const struct grant *g, uint64_t boot_s,
    uint8_t id[MSG_GRANT_LEN])
{
	struct grant *place;
	enum bh_err e;

	if ((place = find_place(t, boot_s)) == NULL)
		return BH_ERR_FULL;
	if ((e = crypto_random(id, MSG_GRANT_LEN)) != BH_OK)
		return e;
	*place = *g;
	memcpy(place->id, id, MSG_GRANT_LEN);
	place->state = GRANT_PENDING;
	place->made_boot_s = boot_s;
	place->state_boot_s = boot_s;
	return BH_OK;
}

struct grant *
grants_find(struct grants *t, const uint8_t id[MSG_GRANT_LEN],
    const char *service, uint64_t account_id, uint64_t boot_s)
{
	size_t i;

	for (i = 0; i < t->max; i++) {
		struct grant *g = &t->grant[i];

		if (g->state == 0 || !secret_eq(g->id, id, MSG_GRANT_LEN))
			continue;
		if (expired(g, boot_s)) {
			grants_drop(t, g);
			return NULL;
		}
		if (strcmp(g->service, service) != 0 ||
		    (account_id != 0 && g->account_id != account_id))
			return NULL;
		return g;
	}
	return NULL;
}

struct grant *
grants_fresh(struct grants *t, uint64_t account_id,
    const struct session_id *session, uint64_t freshness_s, uint64_t boot_s)
{
	size_t i;

	for (i = 0; i < t->max; i++) {
		struct grant *g = &t->grant[i];

		if (g->state != GRANT_CONFIRMED && g->state != GRANT_CONSUMED)
			continue;
		if (g->account_id == account_id && account_id != 0 &&
		    session_same(&g->session, session) &&
		    boot_s >= g->fresh_boot_s &&
		    boot_s - g->fresh_boot_s < freshness_s)
			return g;
	}
	return NULL;
}
