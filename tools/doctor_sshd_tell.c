/*
 * What was found of one sshd, in words and as shell text.
 */
#include "tools/doctor_sshd.h"

#include <stdlib.h>
#include <string.h>

#define NAME 512

/* Is that kind of condition anywhere, so that it must be said? */
static bool
asked_for(const struct sshd_look *k, enum sshd_kind kind)
{
	const struct sshd_block *b;
	size_t i;

	for (i = 0; (b = sshd_block(k->h, i)) != NULL; i++) {
		if (sshd_block_asks(b, kind))
			return true;
	}
	return false;
}

static void
name_sshd(const struct sshd_look *k, char name[NAME])
{
	const char *argument;
	size_t i, len;

	if (sshd_host_pid(k->h) == 0) {
		(void)snprintf(name, NAME, "the sshd of %s, which %s",
		    sshd_host_config(k->h),
		    k->starts ? "is started at the boot" : "does not run now");
		return;
	}
	(void)snprintf(name, NAME, "the sshd of process %ld (%s -f %s",
	    (long)sshd_host_pid(k->h), sshd_host_program(k->h),
	    sshd_host_config(k->h));
	for (i = 0; (argument = sshd_host_argument(k->h, i)) != NULL; i++) {
		len = strlen(name);
		(void)snprintf(name + len, NAME - len, " %s", argument);
	}
	len = strlen(name);
	(void)snprintf(name + len, NAME - len, ")");
}

/* "alice and 3 more accounts from 192.0.2.1 to port 2222" */
static void
name_login(
    const struct sshd_look *k, const struct sshd_entry *e, char name[NAME])
{
	const struct sshd_login *l = &e->login;
	size_t more = e->n_accounts - 1, len;

	(void)snprintf(name, NAME, "%s", l->user);
	if (more > 0) {
		len = strlen(name);
		(void)snprintf(name + len, NAME - len,
		    " and %zu more account%s", more, more == 1 ? "" : "s");
	}
	len = strlen(name);
	if (asked_for(k, SSHD_ADDRESS) || asked_for(k, SSHD_HOST) ||
	    asked_for(k, SSHD_PEER)) {
		(void)snprintf(name + len, NAME - len, " from %s", l->addr);
		len = strlen(name);
		if (strcmp(l->host, l->addr) != 0)
			(void)snprintf(
			    name + len, NAME - len, " (%s)", l->host);
	}
	len = strlen(name);
	if (asked_for(k, SSHD_LOCAL_ADDRESS))
		(void)snprintf(name + len, NAME - len, " to %s", l->laddr);
	len = strlen(name);
	if (asked_for(k, SSHD_LOCAL_PORT))
		(void)snprintf(name + len, NAME - len, " to port %u", l->lport);
	len = strlen(name);
	if (asked_for(k, SSHD_RDOMAIN) && l->rdomain[0] != '\0')
		(void)snprintf(
		    name + len, NAME - len, " in domain %s", l->rdomain);
}

/* FILE:LINE of what decides; what decides by default is in no line. */
static const char *
place(
    struct sshd_look *k, const struct sshd_entry *e, const struct sshd_walls *w)
{
	static char process[64];
	int phase;

	if (e->fault->keyword == NULL) {
		for (phase = 0; phase < PAM_PHASE_SESSION; phase++) {
			if (w->way[phase]->end == PAM_WAY_OPEN)
				break;
		}
		return w->way[phase]->file != NULL ? w->way[phase]->file
						   : w->service;
	}
	if ((e->line == NULL || e->line->block == 0) &&
	    sshd_in_arguments(k, e->fault->keyword)) {
		(void)snprintf(process, sizeof(process), "process %ld",
		    (long)sshd_host_pid(k->h));
		if (sshd_host_pid(k->h) == 0)
			return "the options of ssh";
		return process;
	}
	if (e->line != NULL)
		return doctor_where(e->line->file, e->line->line);
	return sshd_host_config(k->h);
}

/* Both what a login by code needs, and that no other one is left. */
static char *
fix_lists(struct sshd_look *k, const struct sshd_entry *e, const char *lists)
{
	char *fix = sshd_fix_option(k, &e->hold, "authenticationmethods",
	    "AuthenticationMethods", lists);

	if (!sshd_is(e->options, "kbdinteractiveauthentication", "yes"))
		fix = sshd_fix_join(
		    sshd_fix_option(k, &e->hold, "kbdinteractiveauthentication",
			"KbdInteractiveAuthentication", "yes"),
		    fix);
	return fix;
}

/* Could nobody answer the gate that is laid, since a list has no keyboard? */
static bool
is_mute(const struct sshd_entry *e, const char *lists)
{
	const char *now = sshd_value(e->options, "authenticationmethods", 0);

	return e->fault == &sshd_faults[FAULT_OPEN] && now != NULL &&
	       strcmp(now, "any") != 0 && strcmp(now, lists) != 0;
}

static char *
fix_service(struct sshd_look *k, const struct sshd_entry *e,
    const struct sshd_walls *w, const char *lists)
{
	char *fix = sshd_fix_service(k, w), *more;

	if (e->list[0] == '\0' && !is_mute(e, lists))
		return fix;
	more = sshd_fix_join(fix_lists(k, e, lists), sshd_fix_reload(k));
	/* Lists of a command line are in no file; the stack is wall enough. */
	if (more == NULL && sshd_in_arguments(k, "authenticationmethods"))
		return fix;
	return sshd_fix_join(fix, more);
}

static char *
fix_option(struct sshd_look *k, const struct sshd_entry *e)
{
	if (e->fault->good == NULL)
		return NULL;
	return sshd_fix_join(sshd_fix_option(k, &e->hold, e->fault->keyword,
				 e->fault->written, e->fault->good),
	    sshd_fix_reload(k));
}

/* Is it what sshd was started with that must go? */
static bool
is_told(const struct sshd_look *k, const struct sshd_entry *e)
{
	return sshd_is_told(k) && (e->fault == &sshd_faults[FAULT_NO_PAM] ||
				      e->fault == &sshd_faults[FAULT_LISTS] ||
				      e->fault == &sshd_faults[FAULT_REFUSED]);
}

static char *
words(const struct sshd_look *k, const struct sshd_entry *e,
    const struct sshd_walls *w, const char *lists)
{
	bool more = e->list[0] != '\0' || is_mute(e, lists);
	char *made = NULL;
	int n;

	if (is_told(k, e))
		return strdup("start it without the options that go before "
			      "its file (-o UsePAM, AuthenticationMethods, "
			      "KbdInteractiveAuthentication), here and where "
			      "it is started at the boot");
	switch ((enum sshd_faults)(e->fault - sshd_faults)) {
	case FAULT_NO_PAM:
	case FAULT_LISTS:
	case FAULT_REFUSED:
		n = asprintf(&made,
		    "set %sAuthenticationMethods %s there, with "
		    "KbdInteractiveAuthentication yes, and have sshd read it "
		    "again",
		    e->fault == &sshd_faults[FAULT_NO_PAM] ? "UsePAM yes and "
							   : "",
		    lists);
		break;
	case FAULT_OPEN:
	case FAULT_LISTS_ALONE:
	case FAULT_ONE_WALL:
		n = asprintf(&made,
		    "lay the gate into auth, account and session of PAM "
		    "service %s, as for sshd%s%s",
		    w->service, more ? ", and set AuthenticationMethods " : "",
		    more ? lists : "");
		break;
	case FAULT_NOBODY:
		n = asprintf(&made, "turn on the methods that the lists ask "
				    "for, and UsePAM");
		break;
	case FAULT_PASSWORD:
		n = asprintf(&made,
		    "set PasswordAuthentication no there: the password is "
		    "asked for at the keyboard as well");
		break;
	case FAULT_SIDES:
	default:
		n = e->fault->good == NULL
			? asprintf(&made, "see that it is meant so, and who "
					  "can change it")
			: asprintf(&made,
			      "set %s %s, and have sshd read it again",
			      e->fault->written, e->fault->good);
		break;
	}
	return n == -1 ? NULL : made;
}

/* The same as shell text; NULL: there is none. */
static char *
fix(struct sshd_look *k, const struct sshd_entry *e, const struct sshd_walls *w,
    const char *lists)
{
	if (is_told(k, e))
		return sshd_fix_restart(k);
	switch ((enum sshd_faults)(e->fault - sshd_faults)) {
	case FAULT_NO_PAM:
		return sshd_fix_join(
		    sshd_fix_option(k, &e->hold, "usepam", "UsePAM", "yes"),
		    sshd_fix_join(fix_lists(k, e, lists), sshd_fix_reload(k)));
	case FAULT_LISTS:
	case FAULT_REFUSED:
		return sshd_fix_join(
		    fix_lists(k, e, lists), sshd_fix_reload(k));
	case FAULT_OPEN:
	case FAULT_LISTS_ALONE:
	case FAULT_ONE_WALL:
		return fix_service(k, e, w, lists);
	case FAULT_NOBODY:
	case FAULT_PASSWORD:
		return NULL;
	case FAULT_SIDES:
	default:
		return fix_option(k, e);
	}
}

static void
tell(struct sshd_look *k, const struct sshd_entry *e)
{
	const struct sshd_walls *w = sshd_walls(k, e->options);
	char sshd[NAME], login[NAME], lists[SSHD_LISTS_TEXT];
	char *mend, *shell, *show;

	if (w == NULL) {
		k->d->failed = true;
		return;
	}
	sshd_methods_mended(e->options, lists, sizeof(lists));
	mend = words(k, e, w, lists);
	shell = fix(k, e, w, lists);
	show = sshd_show(k, &e->login);
	k->d->failed = k->d->failed || mend == NULL || show == NULL;
	name_sshd(k, sshd);
	name_login(k, e, login);
	doctor_found(k->d,
	    &(struct finding){.severity = e->severity,
		.id = e->fault->id,
		.where = place(k, e, w),
		.mend = mend,
		.fix = shell,
		.show = show,
		.number = e->fault->number,
		.steps = e->fault == &sshd_faults[FAULT_OPEN]
			     ? doctor_steps(w->way[PAM_PHASE_ACCOUNT])
			     : NULL},
	    "%s, PAM service %s: %s%s%s%s: %s", sshd, w->service, login,
	    e->severity == SEVERITY_BYPASS ? " can log in" : "",
	    e->list[0] != '\0' ? " by " : "", e->list, e->fault->what);
	free(mend);
	free(shell);
	free(show);
}

/* Is the same told as a bypass, of logins that can come now? */
static bool
told_worse(const struct sshd_look *k, const struct sshd_entry *e)
{
	const struct sshd_entry *other;
	size_t i;

	for (i = 0; i < k->n_entries; i++) {
		other = &k->entry[i];
		if (other->fault == e->fault && other->line == e->line &&
		    other->severity < e->severity)
			return true;
	}
	return false;
}

void
sshd_tell(struct sshd_look *k)
{
	size_t i;

	for (i = 0; i < k->n_entries; i++) {
		if (!told_worse(k, &k->entry[i]))
			tell(k, &k->entry[i]);
		free(k->entry[i].has);
	}
	free(k->entry);
	k->entry = NULL;
	k->n_entries = 0;
}
