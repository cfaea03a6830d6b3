/*
 * Machine accounts: what sshd holds them to against the register, and their
 * ends.
 */
#include "tools/doctor_accounts.h"

#include "core/host/keys.h"
#include "tools/client.h"
#include "tools/machine.h"

#include <stdlib.h>
#include <string.h>

#define SOON_DAYS 14

/* What machine_check says: a wall of two is not as it should be. */
static void
on_finding(void *arg, const char *login, const char *what)
{
	bool folder = login[0] == '\0';
	char show[FIX_TEXT];

	doctor_found(arg,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "machine-block",
		.where = folder ? MACHINE_FOLDER : login,
		.mend = folder ? "look who put it there, and remove it"
			       : "look who changed it; 'bulkhead machine "
				 "revoke' and 'machine add' write it anew, "
				 "then sshd must be reloaded",
		.show = folder ? "bulkhead machine list"
			       : doctor_fix(show,
				     "cat " MACHINE_FOLDER "/%s.conf; bulkhead "
				     "machine list",
				     login),
		.number = "PCI 8.6.1"},
	    "%s", what);
}

/* Does the key file's one line hold the key to the command by itself? */
struct line_check {
	const char *options;
	bool other;
};

static enum bh_err
on_key(void *arg, const struct key_line *k)
{
	struct line_check *c = arg;

	if (strcmp(k->options, c->options) != 0)
		c->other = true;
	return BH_OK;
}

static void
on_unseen(void *arg, const char *what)
{
	(void)arg;
	(void)what;
}

static bool
keys_hold(const json_t *m)
{
	struct line_check c = {.other = false};
	char path[MACHINE_PATH], *options = machine_options(m);
	enum bh_err e;

	c.options = options != NULL ? options : "";
	e = keys_read_file(
	    machine_path(reply_text(m, "login"), MACHINE_KEYS, path), NULL,
	    on_key, on_unseen, &c);
	free(options);
	return e == BH_ERR_NOTFOUND || (e == BH_OK && !c.other);
}

/*
 * Is whoever has the key held to the register's command from addr?  sshd's own
 * ForceCommand goes before the key's; where it has none, the key's counts.
 */
static bool
holds_from(struct sshd_host *h, const json_t *m, const char *addr)
{
	const struct sshd_options *o;
	const char *command, *file;
	char path[MACHINE_PATH], *why = NULL;
	enum bh_err e;

	e = sshd_ask(h, reply_text(m, "login"), addr, &o, &why);
	free(why);
	if (e != BH_OK) /* machine_check says it */
		return true;
	command = sshd_value(o, "forcecommand", 0);
	file = sshd_value(o, "authorizedkeysfile", 0);
	if (command != NULL && strcasecmp(command, "none") != 0)
		return strcmp(command, reply_text(m, "command")) == 0;
	return file != NULL &&
	       strcmp(file, machine_path(reply_text(m, "login"), MACHINE_KEYS,
				path)) == 0 &&
	       keys_hold(m);
}

static bool
holds(struct sshd_host *h, const json_t *m)
{
	const json_t *net, *from = json_object_get(m, "from");
	char addr[64];
	size_t i;

	json_array_foreach(from, i, net)
	{
		(void)snprintf(
		    addr, sizeof(addr), "%s", json_string_value(net));
		addr[strcspn(addr, "/")] = '\0';
		if (!holds_from(h, m, addr))
			return false;
	}
	return holds_from(h, m, NULL);
}

/* sshd reads its files anew after a revoke. */
#define RELOAD                                         \
	"{ systemctl reload ssh || kill -HUP \"$(cat " \
	"/run/sshd.pid)\"; } 2>/dev/null"

static void
look_at_hold(struct doctor *d, struct sshd_host *h, const json_t *m)
{
	const char *login = reply_text(m, "login");
	char fix[FIX_TEXT], show[FIX_TEXT];

	if (holds(h, m))
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "machine-not-held",
		.where = login,
		.mend = "revoke it, look who changed the files, and add it "
			"anew",
		.fix = doctor_fix(fix,
		    "bulkhead machine revoke %s --reason 'its block was "
		    "changed' && " RELOAD,
		    login),
		.show = doctor_fix(show,
		    "sshd -T -C user=%s,host=h,addr=192.0.2.1 | grep "
		    "forcecommand",
		    login),
		.number = "PCI 8.6.1"},
	    "whoever has the key of %s is not held to its command, '%s': the "
	    "key alone gives a session, and no code is asked",
	    login, reply_text(m, "command"));
}

static void
look_at_end(struct doctor *d, const json_t *m, uint64_t now_s)
{
	bool expired = strcmp(reply_text(m, "state"), "expired") == 0;
	uint64_t end_s = reply_number(m, "expires_s");
	const char *login = reply_text(m, "login");
	char fix[FIX_TEXT], day[DAY_TEXT];

	if (!expired && end_s > now_s + SOON_DAYS * DAY_S)
		return;
	doctor_found(d,
	    &(struct finding){
		.severity = expired ? SEVERITY_WEAK : SEVERITY_NOTE,
		.id = expired ? "machine-expired" : "machine-ends-soon",
		.where = login,
		.mend = expired ? "revoke it, which removes its files too; "
				  "where it is still needed, add it anew"
				: "revoke it and add it anew with a later end, "
				  "if it is still needed",
		.fix = doctor_fix(fix,
		    "bulkhead machine revoke %s --reason 'its end has come'",
		    login),
		.show = "bulkhead machine list",
		.number = "PCI 8.6.1"},
	    expired ? "machine account %s (owner %s) has ended on %s, and its "
		      "files are still there"
		    : "machine account %s (owner %s) ends on %s",
	    login, reply_text(m, "owner"), doctor_day(end_s, day));
}

static void
look_at_owner(struct doctor *d, const json_t *m)
{
	const char *login = reply_text(m, "login");
	const char *owner = reply_text(m, "owner");
	char fix[FIX_TEXT];

	if (d->roster == NULL || json_object_get(d->roster, owner) != NULL)
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "machine-owner-left",
		.where = login,
		.mend = "have somebody else answer for it: revoke it, and add "
			"it anew with another owner",
		.fix = doctor_fix(fix,
		    "bulkhead machine revoke %s --reason 'its owner left'",
		    login),
		.show = "bulkhead machine list",
		.number = "PCI 8.2.5"},
	    "%s, who owns machine account %s, is not in the roster", owner,
	    login);
}

void
doctor_machines(struct doctor *d)
{
	uint64_t now_s = doctor_now(d);
	struct sshd_host *h = NULL;
	char *why = NULL;
	const json_t *m;
	enum bh_err e;
	size_t i;

	if ((e = sshd_find(&h, &why)) == BH_ERR_NOTFOUND)
		e = BH_OK;
	free(why);
	json_array_foreach(d->machines, i, m)
	{
		const char *state = reply_text(m, "state");

		if (strcmp(state, "revoked") == 0)
			continue;
		if (strcmp(state, "in force") == 0 && h != NULL)
			look_at_hold(d, h, m);
		look_at_end(d, m, now_s);
		look_at_owner(d, m);
	}
	sshd_host_free(h);
	doctor_idle(d, now_s);
	if (e == BH_OK)
		e = machine_check(d->machines, on_finding, d);
	if (e != BH_OK)
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_UNKNOWN,
			.id = "machine-unseen",
			.where = MACHINE_FOLDER,
			.mend = "see what 'bulkhead machine list' says",
			.show = "bulkhead machine list",
			.number = "PCI 8.6.1"},
		    "machine accounts could not be compared with sshd: %s",
		    err_text(e));
}
