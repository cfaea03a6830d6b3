/*
 * Tokens that nobody uses or owns any more.
 */
#include "tools/doctor_accounts.h"

#include "tools/client.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define UNUSED_DAYS 30
#define IDLE_DAYS   90

/* One token that was confirmed and never used since. */
static void
say_unused(struct doctor *d, const json_t *t, uint64_t now_s)
{
	uint64_t since_s = reply_number(t, "confirmed_s");
	uint64_t id = reply_number(t, "id");
	char fix[FIX_TEXT], show[FIX_TEXT], day[DAY_TEXT];

	if (since_s == 0)
		since_s = reply_number(t, "created_s");
	(void)snprintf(fix, sizeof(fix),
	    "bulkhead token revoke %" PRIu64 " --reason 'never used'", id);
	doctor_found(d,
	    &(struct finding){.severity = since_s + UNUSED_DAYS * DAY_S < now_s
					      ? SEVERITY_WEAK
					      : SEVERITY_NOTE,
		.id = "token-never-used",
		.where = reply_text(t, "login"),
		.mend = "ask whose it is whether it is at hand, or revoke it",
		.fix = fix,
		.show = doctor_fix(
		    show, "bulkhead token list %s", reply_text(t, "login")),
		.number = "PCI 8.2.6"},
	    "token %" PRIu64 " (%s) of %s has never been used since %s", id,
	    reply_text(t, "kind"), reply_text(t, "login"),
	    doctor_day(since_s, day));
}

/* When each login last gave a code: an object, seconds by login. */
static json_t *
last_uses(struct doctor *d, uint64_t now_s)
{
	json_t *uses = json_object(), *before;
	const json_t *t;
	json_int_t used;
	size_t i;

	json_array_foreach(d->tokens, i, t)
	{
		const char *login = reply_text(t, "login");

		if (strcmp(reply_text(t, "status"), "active") != 0)
			continue;
		used = (json_int_t)reply_number(t, "last_used_s");
		/* recovery codes lie in a safe until they are needed */
		if (used == 0 && strcmp(reply_text(t, "kind"), "recovery") != 0)
			say_unused(d, t, now_s);
		before = json_object_get(uses, login);
		if ((before == NULL || json_integer_value(before) < used) &&
		    json_object_set_new(uses, login, json_integer(used)) != 0)
			d->failed = true;
	}
	return uses;
}

static bool
has_tokens(const json_t *a)
{
	return reply_number(a, "tokens_active") +
		   reply_number(a, "tokens_pending") +
		   reply_number(a, "recovery_left") >
	       0;
}

static void
look_for_account(struct doctor *d, const json_t *a)
{
	const char *login = reply_text(a, "login");
	char fix[FIX_TEXT], show[FIX_TEXT];

	/* a directory may know accounts that it does not list */
	if (doctor_account(d, login) != NULL || getpwnam(login) != NULL)
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "token-no-account",
		.where = login,
		.mend = "remove it from the register; an account that is made "
			"anew by that name would have the token",
		.fix = doctor_fix(fix,
		    "bulkhead account remove %s --reason 'no such account'",
		    login),
		.show = doctor_fix(
		    show, "getent passwd %s; bulkhead account show %s", login),
		.number = "PCI 8.2.5"},
	    "%s has a token, and is no account of this host", login);
}

/* Root is never locked by it: it is the way in when the gate can't run. */
static const char *
lock_fix(const struct doctor *d, char fix[FIX_TEXT], const char *others,
    const char *root, const char *login)
{
	const struct doctor_account *a = doctor_account(d, login);

	if (a == NULL || a->uid != 0)
		return doctor_fix(fix, others, login);
	return root != NULL ? doctor_fix(fix, root, login) : NULL;
}

#define LOCK   "usermod --lock --expiredate 1 %s"
#define REMOVE "bulkhead account remove %s --reason 'not in the roster'"

static void
look_at_use(struct doctor *d, const struct shadow *s, const json_t *a,
    uint64_t used_s, uint64_t now_s)
{
	const char *login = reply_text(a, "login");
	const struct doctor_account *account = doctor_account(d, login);
	const struct shadow_row *row = shadow_find(s, login);
	uint64_t last_s = reply_number(a, "last_login_s");
	char fix[FIX_TEXT], show[FIX_TEXT], day[DAY_TEXT];

	if (used_s > last_s)
		last_s = used_s;
	if (last_s == 0 || last_s + IDLE_DAYS * DAY_S >= now_s ||
	    account == NULL || !account->login || (row != NULL && row->expired))
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "account-idle",
		.where = login,
		.mend = "lock the account until its owner asks for it",
		.fix = lock_fix(d, fix, LOCK, NULL, login),
		.show = doctor_fix(show, "bulkhead account show %s", login),
		.number = "PCI 8.2.6"},
	    "%s last came through the gate on %s, more than %d days ago", login,
	    doctor_day(last_s, day), IDLE_DAYS);
}

static void
look_in_roster(struct doctor *d, const json_t *a)
{
	const char *login = reply_text(a, "login");
	const char *person = reply_text(a, "person");
	char fix[FIX_TEXT], show[FIX_TEXT];

	if (d->roster == NULL || json_object_get(d->roster, login) != NULL ||
	    json_object_get(d->roster, person) != NULL)
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "leaver",
		.where = login,
		.mend = "remove the account from the register, lock it, and "
			"take back what device there is",
		.fix = lock_fix(d, fix, REMOVE " && " LOCK, REMOVE, login),
		.show = doctor_fix(show, "bulkhead account show %s", login),
		.number = "PCI 8.2.5"},
	    "%s of person %s has a token, and neither is in the roster", login,
	    person);
}

void
doctor_tokens(struct doctor *d, const struct shadow *s)
{
	uint64_t now_s = doctor_now(d);
	json_t *uses = last_uses(d, now_s), *list;
	const json_t *a;
	size_t i;

	list = doctor_list(
	    d, json_pack("{s:s}", "op", "account.list"), "accounts");
	json_array_foreach(list, i, a)
	{
		if (!has_tokens(a))
			continue;
		look_for_account(d, a);
		look_at_use(
		    d, s, a, reply_number(uses, reply_text(a, "login")), now_s);
		look_in_roster(d, a);
	}
	json_decref(list);
	json_decref(uses);
}
