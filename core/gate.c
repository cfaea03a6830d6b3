/*
 * The gate's own state: configuration, what is counted in memory, and the
 * records that are not about one login.
 */
#include "core/gate_internal.h"

#include "base/hex.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_S 60

/* A short name for the configuration in force, for every record. */
static void
hash_policy(struct gate *g)
{
	struct config_row row;
	struct slice in[4096];
	uint8_t hash[CRYPTO_HASH_LEN];
	size_t i, n = 0;

	for (i = 0; n + 3 <= nitems(in) && config_row(g->config, i, &row);
	     i++) {
		const char *texts[3] = {row.section, row.key, row.value};
		size_t k;

		for (k = 0; k < nitems(texts); k++) {
			in[n].data = texts[k];
			in[n++].len = strlen(texts[k]) + 1;
		}
	}
	g->policy_hash[0] = '\0';
	if (crypto_sha256(in, n, hash) != BH_OK)
		return;
	hex_encode(hash, 8, g->policy_hash);
}

struct gate *
gate_new(struct store *s, const struct config *c)
{
	struct store_info info;
	struct gate *g;

	if ((g = calloc(1, sizeof(*g))) == NULL)
		return NULL;
	g->store = s;
	g->grants = grants_new(GRANTS_MAX);
	g->throttle = throttle_new(THROTTLE_ENTRIES);
	if (g->grants == NULL || g->throttle == NULL ||
	    store_info(s, &info) != BH_OK) {
		gate_free(g);
		return NULL;
	}
	msg_set(g->realm, sizeof(g->realm), info.realm);
	msg_set(g->host, sizeof(g->host), info.host);
	if (gethostname(g->hostname, sizeof(g->hostname) - 1) == -1)
		g->hostname[0] = '\0';
	gate_set_config(g, c);
	return g;
}

void
gate_free(struct gate *g)
{
	if (g == NULL)
		return;
	grants_free(g->grants);
	throttle_free(g->throttle);
	free(g);
}

void
gate_set_config(struct gate *g, const struct config *c)
{
	g->config = c;
	hash_policy(g);
}

void
gate_on_line(struct gate *g,
    void (*line)(void *arg, int level, const char *text), void *arg)
{
	g->line = line;
	g->line_arg = arg;
}

static struct overlay *
find_overlay(struct gate *g, uint64_t account_id)
{
	size_t i;

	for (i = 0; i < g->n_overlays; i++) {
		if (g->overlay[i].account_id == account_id)
			return &g->overlay[i];
	}
	return NULL;
}

struct attempts *
gate_overlay(struct gate *g, uint64_t account_id)
{
	struct overlay *o = find_overlay(g, account_id);

	return o != NULL ? &o->attempts : NULL;
}

void
gate_overlay_set(struct gate *g, uint64_t account_id, const struct attempts *a)
{
	struct overlay *o = find_overlay(g, account_id);

	if (o == NULL) {
		/* a full table on a full disk: the first one gives way */
		if (g->n_overlays == OVERLAYS_MAX)
			gate_overlay_drop(g, g->overlay[0].account_id);
		o = &g->overlay[g->n_overlays++];
	}
	o->account_id = account_id;
	o->attempts = *a;
}

void
gate_overlay_drop(struct gate *g, uint64_t account_id)
{
	struct overlay *o = find_overlay(g, account_id);

	if (o != NULL)
		*o = g->overlay[--g->n_overlays];
}

void
gate_attempts(struct gate *g, const struct account *a, const struct now *now,
    struct attempts *out)
{
	const struct policy *p = &g->config->policy;
	const struct attempts_policy ap = {p->lock_after, p->lock_for_s};
	const struct attempts *o = gate_overlay(g, a->id);

	*out = o != NULL ? *o : a->attempts;
	attempts_settle(out, &ap, now->boot_s, clock_boot_id());
}

enum bh_err
gate_opened(struct gate *g, uint32_t pid, uint64_t start, struct account *a,
    char service[GRANT_SERVICE_MAX + 1])
{
	const struct grant *gr = grants_opened(g->grants, pid, start);

	if (gr == NULL)
		return BH_ERR_NOTFOUND;
	memcpy(service, gr->service, sizeof(gr->service));
	return store_account_by_id(g->store, gr->account_id, a);
}

void
gate_account_changed(struct gate *g, uint64_t account_id)
{
	grants_drop_account(g->grants, account_id);
	throttle_forget(g->throttle, account_id);
	gate_overlay_drop(g, account_id);
}

static struct denial *
find_denial(struct gate *g, enum reason reason, const char *service,
    const struct netaddr *source)
{
	size_t i;

	for (i = 0; i < g->n_denials; i++) {
		struct denial *d = &g->denial[i];

		if (d->reason == reason && strcmp(d->service, service) == 0 &&
		    d->source.family == source->family &&
		    (source->family == 0 || netaddr_eq(&d->source, source)))
			return d;
	}
	return NULL;
}

void
gate_count_denial(struct gate *g, struct login *l, const struct now *now)
{
	char service[MODEL_NAME_MAX + 1];
	struct netaddr source;
	struct denial *d;

	memset(&source, 0, sizeof(source));
	if (l->has_address)
		netaddr_source(&l->address, &source);
	msg_set(service, sizeof(service), l->start.service);
	d = find_denial(g, l->decision.reason, service, &source);
	if (d == NULL && g->n_denials == DENIALS_MAX)
		d = &g->denial[DENIALS_MAX - 1]; /* the rest, together */
	if (d == NULL) {
		if (g->n_denials == 0)
			g->tick_due_boot_s = now->boot_s + TICK_S;
		d = &g->denial[g->n_denials++];
		memset(d, 0, sizeof(*d));
		d->reason = l->decision.reason;
		d->source = source;
		d->from_s = now->wall_s;
		memcpy(d->service, service, sizeof(d->service));
	} else if (d == &g->denial[DENIALS_MAX - 1] &&
		   (d->reason != l->decision.reason ||
		       strcmp(d->service, service) != 0)) {
		memset(&d->source, 0, sizeof(d->source));
		msg_set(d->service, sizeof(d->service), "various");
		if (d->reason == REASON_PASSWORD) /* was no denial */
			d->reason = l->decision.reason;
	}
	d->count++;
	l->summed = true;
}

void
gate_event(struct gate *g, const struct now *now, struct event *e)
{
	memset(e, 0, sizeof(*e));
	e->now = *now;
	e->boot_id = clock_boot_id();
	e->realm = g->realm;
	e->host = g->host;
	e->hostname = g->hostname;
	e->policy_hash = g->policy_hash;
	e->service = "bulkhead";
	e->outcome = "success";
	gate_clock_start(g, now);
}

enum bh_err
gate_record(struct gate *g, struct event *e)
{
	struct buf *body = NULL;
	enum bh_err err;
	uint64_t seq;

	e->seq = store_head(g->store)->size;
	if ((err = event_body(e, &body)) == BH_OK)
		err =
		    store_record_append(g->store, body->data, body->len, &seq);
	buf_free(body);
	return err;
}

static enum bh_err
record_denials(struct gate *g, const struct now *now)
{
	char ip[NETADDR_TEXT];
	struct event e;
	enum bh_err err;
	size_t i;

	for (i = 0; i < g->n_denials; i++) {
		const struct denial *d = &g->denial[i];

		gate_event(g, now, &e);
		e.action = "password";
		if (d->reason != REASON_PASSWORD) {
			e.action = "denials";
			e.outcome = "failure";
		}
		e.reason = reason_name(d->reason);
		e.service = d->service;
		e.count = d->count;
		e.from_s = d->from_s;
		if (d->source.family != 0)
			e.ip = netaddr_text(&d->source, ip);
		if ((err = gate_record(g, &e)) != BH_OK)
			return err;
	}
	return BH_OK;
}

enum bh_err
gate_tick(struct gate *g, const struct now *now)
{
	enum bh_err e;

	if (g->n_denials == 0)
		return BH_OK;
	g->tick_due_boot_s = now->boot_s + TICK_S;
	if (store_ballast_spent(g->store))
		return BH_ERR_FULL;
	if ((e = store_begin(g->store)) != BH_OK)
		return e;
	if ((e = gate_clock(g, now)) != BH_OK ||
	    (e = record_denials(g, now)) != BH_OK) {
		store_rollback(g->store);
		return e;
	}
	if ((e = store_commit(g->store)) == BH_OK)
		g->n_denials = 0;
	return e;
}

uint64_t
gate_tick_in(const struct gate *g, const struct now *now)
{
	if (g->n_denials == 0)
		return UINT64_MAX;
	return now->boot_s >= g->tick_due_boot_s
		   ? 0
		   : g->tick_due_boot_s - now->boot_s;
}
