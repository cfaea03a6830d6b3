/*
 * The daemon's own records: that it started, stopped, took on a policy.
 */
#include "daemon/daemon.h"

#include "base/log.h"
#include "core/clock.h"
#include "core/event.h"

void
record_anchor(struct daemon *d)
{
	enum bh_err e = anchor_write(d->anchor, store_head(d->store), false);

	if (e != BH_OK)
		log_err(e, "write the anchor %s", d->config->anchor);
}

enum bh_err
record_event(struct daemon *d, const char *action, const char *detail)
{
	struct event event;
	struct now now;
	enum bh_err e;

	clock_read(&now);
	if ((e = store_begin(d->store)) != BH_OK)
		return e;
	gate_event(d->gate, &now, &event);
	event.action = action;
	event.actor = "root";
	event.detail = detail;
	if ((e = gate_record(d->gate, &event)) != BH_OK) {
		store_rollback(d->store);
		return e;
	}
	if ((e = store_commit(d->store)) == BH_OK)
		record_anchor(d);
	return e;
}

enum bh_err
record_open(struct daemon *d)
{
	enum bh_err e;

	if (d->opened)
		return BH_OK;
	e = record_event(d, "log.open", "bulkheadd " VERSION_TEXT);
	d->opened = e == BH_OK;
	return e;
}
