/*
 * sudo: for everybody who may run something by it, does the gate stand in the
 * way?  sudo runs a command without the gate if the account phase of the PAM
 * service does not hold it, and something leaves the auth phase out, or that is
 * open too.  Its session phase stops nothing.
 */
#include "tools/doctor_sudo.h"

#include "core/host/sudoers.h"

#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#define HOLES_MAX 256

/* A kind of person: those for whom the same rules hold. */
struct kind {
	struct sudo_rules *rules;
	json_t *names;
};

struct look {
	struct doctor *d;
	struct sudo_host *h;
	json_t *doc;
	json_t *shells;
	struct kind *kind;
	size_t n_kinds;
	struct sudo_hole hole[HOLES_MAX];
	size_t n_holes;
};

/* Put one person into a kind. */
static enum bh_err
sort_person(struct look *k, const struct sudo_user *u)
{
	struct sudo_rules *r = NULL;
	struct kind *kind;
	enum bh_err e;
	size_t i;

	if ((e = sudo_rules_new(k->doc, u, &k->h->eyes, &r)) != BH_OK)
		return e;
	if (!sudo_rules_any(r)) {
		sudo_rules_free(r);
		return BH_OK;
	}
	for (i = 0; i < k->n_kinds; i++) {
		if (!sudo_rules_same(k->kind[i].rules, r))
			continue;
		sudo_rules_free(r);
		return json_array_append_new(
			   k->kind[i].names, json_string(u->name)) == 0
			   ? BH_OK
			   : BH_ERR_NOMEM;
	}
	kind = reallocarray(k->kind, k->n_kinds + 1, sizeof(*kind));
	if (kind == NULL) {
		sudo_rules_free(r);
		return BH_ERR_NOMEM;
	}
	k->kind = kind;
	kind[k->n_kinds++] = (struct kind){r, json_pack("[s]", u->name)};
	return kind[k->n_kinds - 1].names != NULL ? BH_OK : BH_ERR_NOMEM;
}

static enum sudo_skip
skipped(struct look *k, const struct sudo_effect *e, const char *service)
{
	enum pam_end auth;

	if (!sudo_flag(e, SUDO_AUTHENTICATE, true))
		return e->tag ? SKIP_NOPASSWD : SKIP_NO_AUTHENTICATE;
	if (e->exempt)
		return SKIP_EXEMPT;
	auth = doctor_way(k->d, service, PAM_PHASE_AUTH)->end;
	if (auth == PAM_WAY_OPEN)
		return SKIP_AUTH_OPEN;
	/* Where nobody passes auth there is no time stamp to be used. */
	return auth == PAM_WAY_GATED && sudo_timeout(e, k->h->timeout) != 0
		   ? SKIP_CACHED
		   : SKIP_NONE;
}

static enum sudo_account
account(struct look *k, const struct sudo_effect *e, const char *service,
    enum sudo_option option)
{
	if (!sudo_flag(e, SUDO_ACCT_MGMT, true))
		return ACCOUNT_OFF;
	if (doctor_way(k->d, service, PAM_PHASE_ACCOUNT)->end != PAM_WAY_OPEN)
		return ACCOUNT_GATED;
	return e->value[option] != NULL ? ACCOUNT_OTHER : ACCOUNT_OPEN;
}

static bool
same_hole(const struct sudo_hole *a, const struct sudo_hole *b)
{
	/* What lets the account phase pass is mended once, whatever leaves auth
	 * out; where it holds, each rule is to be looked at. */
	return a->skip == b->skip && a->account == b->account &&
	       (a->account != ACCOUNT_GATED || a->skip_by == b->skip_by) &&
	       a->account_by == b->account_by &&
	       strcmp(a->service, b->service) == 0;
}

static void
add_names(struct look *k, json_t *names, const json_t *more)
{
	json_t *v;
	size_t i, j, n;

	json_array_foreach(more, i, v)
	{
		n = json_array_size(names);
		for (j = 0; j < n; j++) {
			if (json_equal(json_array_get(names, j), v))
				break;
		}
		if (j == n && json_array_append(names, v) != 0)
			k->d->failed = true;
	}
}

static void
add_hole(struct look *k, const struct sudo_hole *hole, const json_t *names)
{
	size_t i;

	for (i = 0; i < k->n_holes; i++) {
		if (same_hole(&k->hole[i], hole)) {
			add_names(k, k->hole[i].names, names);
			return;
		}
	}
	if (k->n_holes == HOLES_MAX)
		return; /* more of them make it no worse */
	k->hole[k->n_holes] = *hole;
	if ((k->hole[k->n_holes].names = json_deep_copy(names)) == NULL)
		k->d->failed = true;
	else
		k->n_holes++;
}

/* One command that may be run, under one PAM service. */
static void
judge(struct look *k, const struct kind *kind, const struct sudo_as *as,
    const char *command, const struct sudo_effect *e, enum sudo_option option,
    const char *service)
{
	struct sudo_hole hole = {.service = service,
	    .option = option,
	    .as = *as,
	    .command = command,
	    .skip = skipped(k, e, service),
	    .account = account(k, e, service, option)};

	if (hole.skip == SKIP_NONE)
		return;
	if (hole.account == ACCOUNT_GATED &&
	    (hole.skip == SKIP_CACHED || hole.skip == SKIP_AUTH_OPEN))
		return; /* it is asked; the stack's own weakness is PAM's */
	if (hole.skip == SKIP_NOPASSWD || hole.skip == SKIP_NO_AUTHENTICATE)
		hole.skip_by = e->by[SUDO_AUTHENTICATE];
	else if (hole.skip == SKIP_EXEMPT)
		hole.skip_by = e->by[SUDO_EXEMPT_GROUP];
	if (hole.account == ACCOUNT_OFF)
		hole.account_by = e->by[SUDO_ACCT_MGMT];
	else if (hole.account == ACCOUNT_OTHER)
		hole.account_by = e->by[option];
	add_hole(k, &hole, kind->names);
}

static void
judge_services(struct look *k, const struct kind *kind,
    const struct sudo_as *as, const char *command, const struct sudo_effect *e)
{
	const char *usual = k->h->login_service ? "sudo-i" : "sudo";
	const char *name;

	judge(k, kind, as, command, e, SUDO_SERVICE,
	    sudo_text(e, SUDO_SERVICE, "sudo"));
	/* "sudo -i" runs the account's shell. */
	if (as->user != NULL && sudo_is_shell(k->shells, k->d, as, command))
		judge(k, kind, as, command, e, SUDO_LOGIN_SERVICE,
		    sudo_text(e, SUDO_LOGIN_SERVICE, usual));
	/* "sudo -A" */
	if ((name = sudo_text(e, SUDO_ASKPASS_SERVICE, NULL)) != NULL)
		judge(k, kind, as, command, e, SUDO_ASKPASS_SERVICE, name);
}

static void
try_commands(struct look *k, const struct kind *kind, const struct sudo_as *as,
    const json_t *commands)
{
	struct sudo_effect e;
	const char *command;
	json_t *v;
	size_t i;

	if (!sudo_rules_as(kind->rules, as))
		return;
	json_array_foreach(commands, i, v)
	{
		command = json_string_value(v);
		/* "sudo -l" runs nothing */
		if (strcmp(command, "list") != 0 &&
		    sudo_rules_ask(kind->rules, as, command, &e))
			judge_services(k, kind, as, command, &e);
	}
}

/* Nobody runs anything as somebody whom there is not. */
static bool
take_user(const struct doctor *d, struct sudo_as *as, const char *name)
{
	const struct doctor_account *a = doctor_account(d, name);
	const struct passwd *pw;

	*as = (struct sudo_as){.user = name, .uid = (uid_t)-1};
	if (strcmp(name, SUDO_ANY_USER) == 0)
		return true;
	if (a != NULL)
		as->uid = a->uid;
	else if ((pw = getpwnam(name)) != NULL)
		as->uid = pw->pw_uid;
	return as->uid != (uid_t)-1;
}

static bool
is_group(const char *name)
{
	return name[0] == '#' || strcmp(name, SUDO_ANY_GROUP) == 0 ||
	       getgrnam(name) != NULL;
}

/* Everything that a kind of person may run, as everybody else. */
static void
try_all(struct look *k, const struct kind *kind, const json_t *users,
    const json_t *groups, const json_t *commands)
{
	const char *self = sudo_rules_user(kind->rules)->name;
	json_t *some = sudo_rules_commands(kind->rules, commands, k->shells);
	struct sudo_as as = {0};
	json_t *v;
	size_t i;

	if (some == NULL)
		k->d->failed = true;
	json_array_foreach(users, i, v)
	{
		/* As oneself it is no elevation, unless others may as well. */
		if (take_user(k->d, &as, json_string_value(v)) &&
		    (strcmp(as.user, self) != 0 ||
			json_array_size(kind->names) > 1))
			try_commands(k, kind, &as, some);
	}
	as = (struct sudo_as){0};
	json_array_foreach(groups, i, v)
	{
		as.group = json_string_value(v);
		if (is_group(as.group))
			try_commands(k, kind, &as, some);
	}
	json_decref(some);
}

static void
try_rules(struct look *k)
{
	json_t *users = sudo_named_runas(k->doc);
	json_t *more = sudo_host_runas(k->h, k->doc);
	json_t *groups = sudo_named_groups(k->doc);
	json_t *commands = sudo_named_commands(k->doc);
	bool past = false;
	size_t i;

	k->shells = sudo_shells(k->d);
	if (users == NULL || more == NULL || groups == NULL ||
	    commands == NULL || k->shells == NULL)
		k->d->failed = true;
	add_names(k, users, more);
	add_names(k, commands, k->shells);
	for (i = 0; i < k->n_kinds && !k->d->failed; i++) {
		doctor_progress(k->d, i, k->n_kinds);
		try_all(k, &k->kind[i], users, groups, commands);
	}
	for (i = 0; i < k->n_holes; i++)
		past = past || k->hole[i].account != ACCOUNT_GATED;
	/* What the gate still holds is a detail then. */
	for (i = 0; i < k->n_holes; i++) {
		if (!past || k->hole[i].account != ACCOUNT_GATED)
			sudo_say_hole(k->d, k->h, &k->hole[i]);
	}
	json_decref(users);
	json_decref(more);
	json_decref(groups);
	json_decref(commands);
}

static void
look_free(struct look *k)
{
	size_t i;

	for (i = 0; i < k->n_kinds; i++) {
		sudo_rules_free(k->kind[i].rules);
		json_decref(k->kind[i].names);
	}
	for (i = 0; i < k->n_holes; i++)
		json_decref(k->hole[i].names);
	free(k->kind);
	json_decref(k->doc);
	json_decref(k->shells);
	free(k);
}

static void
look_at(struct doctor *d, struct sudo_host *h, json_t *doc)
{
	struct look *k = calloc(1, sizeof(*k));
	enum bh_err e = BH_OK;
	size_t i;

	if (k == NULL) {
		json_decref(doc);
		d->failed = true;
		return;
	}
	k->d = d;
	k->h = h;
	k->doc = doc;
	sudo_host_people(h, d, doc);
	for (i = 0; i < h->n_persons && e == BH_OK; i++)
		e = sort_person(k, &h->person[i].user);
	d->failed = d->failed || e != BH_OK || h->no_memory;
	if (!d->failed) {
		try_rules(k);
		sudo_defaults(d, h, doc);
	}
	look_free(k);
}

static void
unreadable(
    struct doctor *d, const struct sudo_host *h, enum bh_err e, const char *why)
{
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = "sudoers-unreadable",
		.where = h->file,
		.mend = "mend what visudo says, or install sudo's cvtsudoers, "
			"then ask again",
		.show = "visudo -c",
		.number = "PCI 8.5.1"},
	    "sudo's rules can't be read, so whom they let through is not "
	    "known: %s",
	    why != NULL ? why : err_text(e));
}

void
doctor_sudo(struct doctor *d)
{
	struct sudo_host h;
	json_t *doc = NULL;
	char *why = NULL;
	enum bh_err e;

	if (!sudo_host_look(&h))
		return;
	sudo_sources(d, &h);
	e = sudoers_read(h.file, &doc, &why);
	if (e == BH_OK)
		look_at(d, &h, doc);
	else if (e != BH_ERR_NOTFOUND)
		unreadable(d, &h, e, why);
	free(why);
	sudo_host_free(&h);
}
