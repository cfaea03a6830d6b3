/*
 * One account, one answer of sshd: how many walls stand between its login and
 * a session?
 */
#include "tools/doctor_sshd.h"

#include <stdlib.h>
#include <string.h>

#define INTO	  "PCI 8.4.2, 8.5.1"
#define NO_BYPASS "PCI 8.5.1"

const struct sshd_fault sshd_faults[] = {
    [FAULT_NO_PAM] = {"sshd-no-pam", SEVERITY_BYPASS, "usepam", "yes", "UsePAM",
	"UsePAM is off, so none of PAM's files counts", NULL, INTO},
    [FAULT_LISTS] = {"sshd-method-alone", SEVERITY_BYPASS,
	"authenticationmethods", NULL, "AuthenticationMethods",
	"PAM's auth is not run for it, and neither account nor session of "
	"that service asks the gate",
	NULL, INTO},
    [FAULT_OPEN] = {"sshd-service-open", SEVERITY_BYPASS, NULL, NULL, NULL,
	"none of auth, account and session of that service asks the gate", NULL,
	INTO},
    [FAULT_LISTS_ALONE] = {"sshd-lists-alone", SEVERITY_WEAK, NULL, NULL, NULL,
	"only its method lists send a login to the gate: neither account nor "
	"session of that service asks it",
	NULL, NO_BYPASS},
    [FAULT_ONE_WALL] = {"sshd-one-wall", SEVERITY_WEAK, NULL, NULL, NULL,
	"one of account and session of that service refuses such a login, the "
	"other would not",
	NULL, NO_BYPASS},
    [FAULT_REFUSED] = {"sshd-refused-late", SEVERITY_NOTE,
	"authenticationmethods", NULL, "AuthenticationMethods",
	"the gate then refuses the login, so whoever comes in this way is "
	"locked out",
	NULL, NO_BYPASS},
    [FAULT_NOBODY] = {"sshd-nobody", SEVERITY_NOTE, "authenticationmethods",
	NULL, "AuthenticationMethods",
	"no list of methods can be met: nobody gets in", NULL, NULL},
    [FAULT_PASSWORD] = {"sshd-password-prompts", SEVERITY_NOTE,
	"passwordauthentication", NULL, "PasswordAuthentication",
	"sshd gives the password to each prompt that PAM has, so the gate "
	"takes it for a wrong code: whoever is asked this way can't get in, "
	"and is locked after some tries",
	NULL, NULL},
    /* options that are wrong by themselves; NULL: any value but "none" */
    [FAULT_SIDES] = {"sshd-hostbased", SEVERITY_WEAK, "hostbasedauthentication",
	"no", "HostbasedAuthentication", "another host's word counts as proof",
	NULL, NO_BYPASS},
    {"sshd-empty-passwords", SEVERITY_WEAK, "permitemptypasswords", "no",
	"PermitEmptyPasswords", "an empty password counts as one", NULL,
	"PCI 8.3.1"},
    {"sshd-gssapi", SEVERITY_WEAK, "gssapiauthentication", "no",
	"GSSAPIAuthentication",
	"a ticket of another host counts as proof, and who has one is decided "
	"there",
	NULL, NO_BYPASS},
    {"sshd-user-environment", SEVERITY_WEAK, "permituserenvironment", "no",
	"PermitUserEnvironment",
	"a person's own files set the environment of the session before its "
	"shell runs",
	NULL, NULL},
    {"sshd-strict-modes", SEVERITY_WEAK, "strictmodes", "yes", "StrictModes",
	"keys count that others on this host may have written", NULL, NULL},
    {"sshd-gateway-ports", SEVERITY_NOTE, "gatewayports", "no", "GatewayPorts",
	"whoever is let in can open a port here to everybody (ssh -R)", NULL,
	NULL},
    {"sshd-tunnel", SEVERITY_NOTE, "permittunnel", "no", "PermitTunnel",
	"whoever is let in can make this host a router into his network", NULL,
	NULL},
    {"sshd-agent-forwarding", SEVERITY_NOTE, "allowagentforwarding", "no",
	"AllowAgentForwarding",
	"whoever is root here can use the keys of those who come with their "
	"agent",
	NULL, NULL},
    {"sshd-keys-by-command", SEVERITY_NOTE, "authorizedkeyscommand", NULL,
	"AuthorizedKeysCommand",
	"a program says whose keys count: who can log in is decided there",
	NULL, NULL},
    {"sshd-keys-by-ca", SEVERITY_NOTE, "trustedusercakeys", NULL,
	"TrustedUserCAKeys",
	"whoever has that CA's key makes keys that count: who can log in is "
	"decided there",
	NULL, NULL},
    {"sshd-principals-by-command", SEVERITY_NOTE, "authorizedprincipalscommand",
	NULL, "AuthorizedPrincipalsCommand",
	"a program says whose certificates count: who can log in is decided "
	"there",
	NULL, NULL},
};
const size_t n_sshd_faults = nitems(sshd_faults);

const struct sshd_walls *
sshd_walls(struct sshd_look *k, const struct sshd_options *o)
{
	const char *service = sshd_value(o, "pamservicename", 0);
	struct sshd_walls *w;
	size_t i;
	int phase;

	if (service == NULL)
		service = sshd_host_service(k->h);
	for (i = 0; i < k->n_walls; i++) {
		if (strcmp(k->walls[i].service, service) == 0)
			return &k->walls[i];
	}
	w = reallocarray(k->walls, k->n_walls + 1, sizeof(*w));
	if (w == NULL)
		return NULL;
	k->walls = w;
	w += k->n_walls;
	memset(w, 0, sizeof(*w));
	if ((w->service = strdup(service)) == NULL)
		return NULL;
	for (phase = 0; phase < PAM_PHASES; phase++)
		w->way[phase] =
		    doctor_way(k->d, w->service, (enum pam_phase)phase);
	k->n_walls++;
	return w;
}

static bool
same_entry(const struct sshd_entry *a, const struct sshd_entry *b)
{
	return a->fault == b->fault && a->severity == b->severity &&
	       a->line == b->line && strcmp(a->list, b->list) == 0;
}

static void
add(struct sshd_look *k, size_t person, const struct sshd_entry *found)
{
	struct sshd_entry *e, *grown;
	size_t i;

	for (i = 0; i < k->n_entries; i++) {
		if (same_entry(&k->entry[i], found))
			break;
	}
	if (i == k->n_entries) {
		grown = reallocarray(k->entry, i + 1, sizeof(*grown));
		if (grown == NULL) {
			k->d->failed = true;
			return;
		}
		k->entry = grown;
		grown[i] = *found;
		grown[i].has = calloc(k->n + 1, sizeof(bool));
		k->n_entries++;
	}
	e = &k->entry[i];
	if (e->has == NULL) {
		k->d->failed = true;
		return;
	}
	/* Root stands for others only where there are no others. */
	if (k->person[person].account->uid != 0 &&
	    strcmp(e->login.user, "root") == 0) {
		e->login = found->login;
		e->hold = found->hold;
		e->options = found->options;
	}
	e->n_accounts += !e->has[person];
	e->has[person] = true;
}

static void
found(struct sshd_look *k, size_t person, const struct sshd_fault *fault,
    const char *list, const struct sshd_options *o,
    const struct sshd_point *point, const struct sshd_set *hold)
{
	struct sshd_entry e = {.fault = fault,
	    .severity = fault->severity,
	    .options = o,
	    .hold = *hold,
	    .login = point->login};

	e.login.user = k->person[person].who.name;
	(void)snprintf(e.list, sizeof(e.list), "%s", list);
	if (fault->keyword != NULL)
		e.line = sshd_effective(k->h, hold, fault->keyword);
	/* What can't happen now is no way in yet. */
	if (!point->real || !k->starts) {
		if (e.severity == SEVERITY_NOTE)
			return;
		e.severity = SEVERITY_WEAK;
	}
	add(k, person, &e);
}

static enum sshd_faults
fault_of(const struct sshd_walls *w, const struct sshd_methods *m)
{
	bool auth = w->way[PAM_PHASE_AUTH]->end == PAM_WAY_OPEN;
	bool account = w->way[PAM_PHASE_ACCOUNT]->end == PAM_WAY_OPEN;
	bool session = w->way[PAM_PHASE_SESSION]->end == PAM_WAY_OPEN;

	if (!m->alone && !m->asked)
		return FAULT_NOBODY;
	if (!m->pam)
		return FAULT_NO_PAM;
	if (account && session) {
		if (auth)
			return FAULT_OPEN;
		return m->alone ? FAULT_LISTS : FAULT_LISTS_ALONE;
	}
	if (!m->alone && !auth)
		return FAULT_SIDES; /* as it should be */
	if (account || session)
		return FAULT_ONE_WALL;
	return m->alone ? FAULT_REFUSED : FAULT_SIDES;
}

/* "keyboard-interactive" and the like, where no list is met without PAM. */
static const char *
way_in(const struct sshd_methods *m)
{
	return m->alone ? m->list : "";
}

/* Forwarding that is off altogether makes an option without effect. */
static bool
without_effect(const struct sshd_fault *f, const struct sshd_options *o)
{
	return sshd_is(o, "disableforwarding", "yes") &&
	       (strcmp(f->keyword, "gatewayports") == 0 ||
		   strcmp(f->keyword, "permittunnel") == 0 ||
		   strcmp(f->keyword, "allowagentforwarding") == 0);
}

static void
judge_sides(struct sshd_look *k, size_t person, const struct sshd_options *o,
    const struct sshd_point *point, const struct sshd_set *hold)
{
	const struct sshd_fault *f;
	const char *value;
	size_t i;

	for (i = FAULT_SIDES; i < n_sshd_faults; i++) {
		f = &sshd_faults[i];
		value = sshd_value(o, f->keyword, 0);
		if (value != NULL && !without_effect(f, o) &&
		    strcmp(value, f->good != NULL ? f->good : "none") != 0)
			found(k, person, f, "", o, point, hold);
	}
}

/* Is the account itself refused, whatever is known of it? */
static bool
is_closed(const struct sshd_person *p, const struct sshd_options *o,
    const struct sshd_walls *w)
{
	if (!sshd_is(o, "usepam", "yes"))
		return p->locked || p->expired;
	return p->expired && w->way[PAM_PHASE_ACCOUNT]->end == PAM_WAY_OPEN &&
	       !w->way[PAM_PHASE_ACCOUNT]->opens_if_expired;
}

/* Can a key lead in, by what sshd is told for it? */
static bool
takes_keys(const struct sshd_options *o, const struct sshd_who *who,
    const struct sshd_keys *keys)
{
	if (who->root && sshd_is(o, "permitrootlogin", "forced-commands-only"))
		return keys->forced;
	return keys->there || keys->own;
}

void
sshd_judge(struct sshd_look *k, size_t person, const struct sshd_options *o,
    const struct sshd_point *point, const struct sshd_set *hold)
{
	const struct sshd_person *p = &k->person[person];
	const struct sshd_walls *w = sshd_walls(k, o);
	struct sshd_who who = p->who;
	struct sshd_methods m;
	struct sshd_keys keys;
	enum sshd_faults fault;

	if (w == NULL) {
		k->d->failed = true;
		return;
	}
	if (p->skip || is_closed(p, o, w) ||
	    !sshd_admits(o, &p->who, &point->login))
		return;
	keys = sshd_keys(o, p->account);
	if (p->idle && !keys.there)
		return;
	who.keyless = !takes_keys(o, &who, &keys);
	judge_sides(k, person, o, point, hold);
	sshd_methods(o, &who, &k->able, &m);
	if (p->machine && m.keys) {
		/* A key alone is what a machine account is for. */
		m.alone = false;
		if (!m.asked)
			return;
	}
	if (m.password && w->way[PAM_PHASE_AUTH]->end != PAM_WAY_OPEN)
		found(k, person, &sshd_faults[FAULT_PASSWORD], "", o, point,
		    hold);
	fault = fault_of(w, &m);
	/* That root can't log in is how it is mostly meant. */
	if (fault != FAULT_SIDES && !(fault == FAULT_NOBODY && p->who.root))
		found(
		    k, person, &sshd_faults[fault], way_in(&m), o, point, hold);
}
