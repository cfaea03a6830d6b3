/*
 * The table of grants.
 */
#include "core/grants_internal.h"

#include "core/crypto/crypto.h"

#include <stdlib.h>
#include <string.h>

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
	if (g == NULL)
		return;
	secret_wipe(g, sizeof(*g));
	while (t->top > 0 && t->grant[t->top - 1].state == 0)
		t->top--;
}

void
grants_drop_account(struct grants *t, uint64_t account_id)
{
	size_t i;

	for (i = t->top; i > 0; i--) {
		if (t->grant[i - 1].state != 0 &&
		    t->grant[i - 1].account_id == account_id)
			grants_drop(t, &t->grant[i - 1]);
	}
}

bool
grants_expired(const struct grant *g, uint64_t boot_s)
{
	if (g->state == GRANT_CONSUMED)
		return false; /* freshness is asked for with its own limit */
	return boot_s < g->state_boot_s ||
	       boot_s - g->state_boot_s >= GRANT_LIFE_S;
}

/* The one of two that began its state earlier; either may be NULL. */
static struct grant *
older(struct grant *a, struct grant *b)
{
	return a == NULL || b->state_boot_s < a->state_boot_s ? b : a;
}

/*
 * A place for one more: the account's own oldest where it has too many
 * waiting, else a free one, else the oldest consumed, else the oldest.
 */
static struct grant *
find_place(struct grants *t, uint64_t account_id, uint64_t boot_s)
{
	struct grant *own = NULL, *consumed = NULL, *any = NULL, *vacant = NULL;
	size_t i, waiting = 0;

	for (i = 0; i < t->top; i++) {
		struct grant *g = &t->grant[i];

		if (g->state != 0 && grants_expired(g, boot_s))
			secret_wipe(g, sizeof(*g));
		if (g->state == 0) {
			vacant = vacant == NULL ? g : vacant;
			continue;
		}
		any = older(any, g);
		if (g->state == GRANT_CONSUMED) {
			consumed = older(consumed, g);
		} else if (g->account_id == account_id) {
			own = older(own, g);
			waiting++;
		}
	}
	if (waiting >= GRANTS_AN_ACCOUNT)
		return own;
	if (vacant != NULL)
		return vacant;
	if (t->top < t->max)
		return &t->grant[t->top++];
	return consumed != NULL ? consumed : any;
}

enum bh_err
grants_issue(struct grants *t, const struct grant *g, uint64_t boot_s,
    uint8_t id[MSG_GRANT_LEN])
{
	struct grant *place;
	enum bh_err e;

	if ((e = crypto_random(id, MSG_GRANT_LEN)) != BH_OK)
		return e;
	if ((place = find_place(t, g->account_id, boot_s)) == NULL)
		return BH_ERR_FULL; /* a table for none */
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

	for (i = 0; i < t->top; i++) {
		struct grant *g = &t->grant[i];

		if (g->state == 0 || !secret_eq(g->id, id, MSG_GRANT_LEN))
			continue;
		if (grants_expired(g, boot_s)) {
			grants_drop(t, g);
			return NULL;
		}
		if (strncmp(g->service, service, GRANT_SERVICE_MAX) != 0 ||
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

	for (i = 0; i < t->top; i++) {
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

const struct grant *
grants_opened(const struct grants *t, uint32_t pid, uint64_t start)
{
	size_t i;

	for (i = 0; i < t->top && pid != 0 && start != 0; i++) {
		const struct grant *g = &t->grant[i];

		if (g->state == GRANT_CONSUMED && !g->closed && g->pid == pid &&
		    g->start == start)
			return g;
	}
	return NULL;
}
