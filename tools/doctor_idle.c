/*
 * Machine accounts that nothing uses any more: the ledger tells, from its end
 * back to the day from which on they should have been seen.
 */
#include "tools/doctor_accounts.h"

#include "tools/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define IDLE_DAYS   90
#define STRIDE	    512
#define RECORDS_MAX 40000 /* looked at; a busy ledger has more in 90 days */

struct look {
	json_t *due;   /* logins that were not seen yet */
	char from[32]; /* since when they should have been */
	bool past;     /* a record before that was seen */
};

static void
look_at_record(struct look *l, const json_t *r)
{
	const char *time = reply_text(r, "time");

	if (strncmp(time, l->from, strlen(l->from)) < 0)
		l->past = true;
	else if (strcmp(reply_text(r, "action"), "session.open") == 0 &&
		 strcmp(reply_text(r, "outcome"), "success") == 0)
		(void)json_object_del(
		    l->due, reply_text(json_object_get(r, "subject"), "name"));
}

/* The records from..to - 1; false: they can't be had. */
static bool
look_at_records(struct doctor *d, struct look *l, uint64_t from, uint64_t to)
{
	json_t *reply;
	const json_t *r;
	size_t i;

	while (from < to) {
		reply =
		    doctor_ask(d, json_pack("{s:s, s:I}", "op", "ledger.show",
				      "from", (json_int_t)from));
		if (reply == NULL || reply_number(reply, "next") <= from) {
			json_decref(reply);
			return false;
		}
		json_array_foreach(json_object_get(reply, "records"), i, r)
		    look_at_record(l, r);
		from = reply_number(reply, "next");
		json_decref(reply);
	}
	return true;
}

static uint64_t
ledger_size(struct doctor *d)
{
	json_t *reply = doctor_ask(d, json_pack("{s:s}", "op", "status"));
	uint64_t size = reply_number(json_object_get(reply, "ledger"), "size");

	json_decref(reply);
	return size;
}

/* True: all that are still due were not used since then. */
static bool
look_back(struct doctor *d, struct look *l)
{
	uint64_t size = ledger_size(d), to = size, from;

	while (to > 0 && !l->past && json_object_size(l->due) > 0) {
		from = to > STRIDE ? to - STRIDE : 0;
		if (size - from > RECORDS_MAX ||
		    !look_at_records(d, l, from, to))
			return false;
		to = from;
	}
	return true;
}

static void
say(struct doctor *d, const char *login)
{
	char fix[FIX_TEXT];

	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "machine-idle",
		.where = login,
		.mend = "ask its owner; revoke it if nothing needs it",
		.fix = doctor_fix(fix,
		    "bulkhead machine revoke %s --reason 'not used any more'",
		    login),
		.show = "bulkhead machine list; bulkhead ledger show --since "
			"90d",
		.number = "PCI 8.2.6"},
	    "nothing has logged in as machine account %s for %d days", login,
	    IDLE_DAYS);
}

void
doctor_idle(struct doctor *d, uint64_t now_s)
{
	struct look l = {.due = json_object()};
	time_t from = (time_t)(now_s - IDLE_DAYS * DAY_S);
	const char *login;
	json_t *value;
	const json_t *m;
	struct tm tm;
	size_t i;

	json_array_foreach(d->machines, i, m)
	{
		if (strcmp(reply_text(m, "state"), "in force") == 0 &&
		    reply_number(m, "created_s") + IDLE_DAYS * DAY_S < now_s &&
		    json_object_set_new(
			l.due, reply_text(m, "login"), json_true()) != 0)
			d->failed = true;
	}
	if (json_object_size(l.due) > 0 && gmtime_r(&from, &tm) != NULL &&
	    strftime(l.from, sizeof(l.from), "%Y-%m-%dT%H:%M:%S", &tm) != 0 &&
	    look_back(d, &l)) {
		json_object_foreach(l.due, login, value) say(d, login);
	}
	json_decref(l.due);
}
