/*
 * The services' stacks, as libpam works them through: the walls themselves, the
 * console, and whatever else lets people in.
 */
#include "tools/doctor_pam.h"

#include "core/host/textfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOCKET_DEFAULT "/run/bulkhead/gate.sock" /* pam_module/options.h */
#define SYSTEM_BUS     "/run/dbus/system_bus_socket"

/* su gives root to whoever knows root's password, unless one phase stops. */
static void
judge_su(const struct pam_view *v)
{
	size_t i;

	if (pam_is_open(v, PAM_PHASE_AUTH) &&
	    pam_is_open(v, PAM_PHASE_ACCOUNT) &&
	    pam_is_open(v, PAM_PHASE_SESSION)) {
		pam_found_bypass(v, 3, SEVERITY_BYPASS, "pam-su-open",
		    "gives another account, root's too,");
		return;
	}
	for (i = 0; i < 3; i++) {
		if (pam_is_open(v, (enum pam_phase)i))
			pam_found_open(v, (enum pam_phase)i, SEVERITY_WEAK,
			    "; another phase still stops it");
	}
}

static void
judge_polkit(const struct pam_view *v)
{
	bool runs = access(SYSTEM_BUS, F_OK) == 0;
	size_t i;

	if (pam_is_open(v, PAM_PHASE_AUTH) &&
	    pam_is_open(v, PAM_PHASE_ACCOUNT)) {
		pam_found_bypass(v, 2, runs ? SEVERITY_BYPASS : SEVERITY_WEAK,
		    "pam-polkit-open",
		    runs ? "let an administrator act as root"
			 : "let an administrator act as root, where polkit "
			   "runs (there is no system bus now),");
		return;
	}
	for (i = 0; i < 2; i++) {
		if (pam_is_open(v, (enum pam_phase)i))
			pam_found_open(v, (enum pam_phase)i, SEVERITY_WEAK,
			    "; another phase still stops it");
	}
}

/* The themes sshd and sudo say what comes of it. */
static void
judge_wall(const struct pam_view *v)
{
	size_t i;

	if (v->known->entry == ENTRY_SU) {
		judge_su(v);
		return;
	}
	if (v->known->entry == ENTRY_POLKIT) {
		judge_polkit(v);
		return;
	}
	for (i = 0; i < 3; i++) {
		enum pam_phase phase = (enum pam_phase)i;

		if (!pam_is_open(v, phase))
			continue;
		if (v->known->entry == ENTRY_SUDO && phase == PAM_PHASE_SESSION)
			pam_found_open(v, phase, SEVERITY_NOTE,
			    "; sudo runs the command whatever session says, "
			    "so it goes unrecorded there");
		else
			pam_found_open(v, phase, SEVERITY_WEAK,
			    "; one wall of those that should stand is "
			    "missing");
	}
}

/* What a closed phase hangs on. */
static void
judge_closed(const struct pam_view *v, enum pam_phase phase)
{
	const struct pam_way *w = v->way[phase];
	char *what = NULL;

	if (w->opens_if_absent &&
	    asprintf(&what,
		"%s of %s opens if the gate's file is missing, during an "
		"upgrade say: its line takes module_unknown for no harm",
		pam_phase_words[phase], v->service) != -1)
		pam_found_phase(
		    v, phase, SEVERITY_WEAK, "pam-fails-open", what);
	free(what);
	what = NULL;
	if (w->expired &&
	    asprintf(&what,
		"account of %s ends before the gate, or in spite of it, where "
		"a password has run out (new_authtok_reqd): who renews it at "
		"the prompt is not stopped there",
		v->service) != -1)
		pam_found_phase(
		    v, phase, SEVERITY_WEAK, "pam-expired-password", what);
	free(what);
	what = NULL;
	if (w->no_password &&
	    config_policy(v->d->config, v->service)->require ==
		REQUIRE_KNOWLEDGE &&
	    asprintf(&what,
		"auth of %s asks no password, though the policy is require = "
		"knowledge: its logins are recorded as possession alone",
		v->service) != -1)
		doctor_found(v->d,
		    &(struct finding){.severity = SEVERITY_WEAK,
			.id = "pam-no-password",
			.where = pam_place(w),
			.mend = "put a module that asks for the password "
				"(pam_unix) behind the gate's line",
			.number = "PCI 8.4"},
		    "%s", what);
	free(what);
}

/* What stands above the gate in session. */
static void
judge_order(const struct pam_view *v)
{
	const struct pam_step *s = v->way[PAM_PHASE_SESSION]->before_gate;
	bool sure = s != NULL && strstr(s->module, "pam_env") != NULL;
	char *what = NULL;

	if (s == NULL)
		return;
	if (asprintf(&what,
		"in session of %s, %s:%u: %s stands above the gate, and %s "
		"the PAM environment that the gate looks at",
		v->service, s->file, s->line, s->module,
		sure ? "puts what the user's own file says into"
		     : "it is not known whether it changes") == -1)
		v->d->failed = true;
	else
		pam_found_phase(v, PAM_PHASE_SESSION,
		    sure ? SEVERITY_WEAK : SEVERITY_NOTE, "pam-session-order",
		    what);
	free(what);
}

static void
found_option(const struct pam_view *v, const struct pam_step *s,
    const char *said, const char *means)
{
	char *mend;

	if (asprintf(&mend,
		"let the gate's options be none but socket=%s and "
		"realm=%s",
		v->d->config->socket, v->d->config->realm) == -1) {
		v->d->failed = true;
		return;
	}
	doctor_found(v->d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "pam-gate-option",
		.where = doctor_where(s->file, s->line),
		.mend = mend,
		.number = PAM_NUMBER},
	    "the gate's line says %s: %s", said, means);
	free(mend);
}

/* Each line of the gate: is it told to ask this daemon, of this realm? */
static void
judge_gate_line(const struct pam_view *v, const struct pam_step *s)
{
	const char *socket = SOCKET_DEFAULT, *word;
	char *args = strdup(s->args), *rest = args;

	if (args == NULL) {
		v->d->failed = true;
		return;
	}
	while ((word = text_word(&rest, " \t\n[]")) != NULL) {
		if (strncmp(word, "socket=", 7) == 0)
			socket = word + 7;
		else if (strncmp(word, "realm=", 6) != 0)
			found_option(v, s, word,
			    "the gate knows no such option, and denies "
			    "everybody");
		else if (strcmp(word + 6, v->d->config->realm) != 0)
			found_option(v, s, word,
			    "that is not this host's realm, and everybody is "
			    "denied");
	}
	if (strcmp(socket, v->d->config->socket) != 0)
		found_option(v, s, s->args[0] != '\0' ? s->args : "no socket",
		    "it asks at another socket than the daemon's of this "
		    "configuration");
	free(args);
}

/* libpam would refuse the service: nobody gets in, which is a fault too. */
static void
judge_refused(const struct pam_view *v, enum pam_phase phase)
{
	const struct pam_way *w;
	const char *why = NULL;

	if (pam_way(v->d->pam, v->service, phase, &w, &why) != BH_ERR_CONFIG)
		return;
	doctor_found(v->d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "pam-refused",
		.where = v->service,
		.mend = "correct that line: nobody gets in by this service",
		.number = NULL},
	    "libpam refuses the service %s: %s", v->service, why);
}

/* The gate is named, but not there. */
static void
judge_missing(const struct pam_view *v, enum pam_phase phase)
{
	if (v->way[phase]->gate_present &&
	    access(PAM_MODULE_FOLDER "/pam_bulkhead.so", F_OK) != 0)
		doctor_found(v->d,
		    &(struct finding){.severity = SEVERITY_WEAK,
			.id = "pam-gate-missing",
			.where = PAM_MODULE_FOLDER "/pam_bulkhead.so",
			.mend = "install the module again"},
		    "the gate's module is not there, but PAM's files name it: "
		    "they refuse everybody");
}

static bool
look(struct pam_view *v, struct doctor *d, const char *service)
{
	size_t i;

	*v = (struct pam_view){
	    .d = d, .service = service, .known = pam_known(service)};
	for (i = 0; i < PAM_PHASES; i++)
		v->way[i] = doctor_way(d, service, (enum pam_phase)i);
	return !d->failed;
}

static void
judge_known_wall(struct doctor *d, const struct pam_known *k)
{
	struct pam_view v;
	size_t i, j;

	if (!pam_known_installed(k) || !look(&v, d, k->name))
		return;
	judge_refused(&v, PAM_PHASE_AUTH);
	judge_wall(&v);
	for (i = 0; i < PAM_PHASES; i++) {
		judge_closed(&v, (enum pam_phase)i);
		judge_missing(&v, (enum pam_phase)i);
		for (j = 0; j < v.way[i]->n_gates; j++)
			judge_gate_line(&v, &v.way[i]->gates[j]);
	}
	judge_order(&v);
	if (d->config->realm_class == CLASS_BACKUP &&
	    pam_is_open(&v, PAM_PHASE_PASSWORD))
		pam_found_open(&v, PAM_PHASE_PASSWORD, SEVERITY_NOTE,
		    "; a password of one's own choice is taken, which a backup "
		    "realm does not want");
}

/* A copy that an editor or a package left: no program uses it. */
static bool
left_over(const char *service)
{
	static const char *const marks[] = {"~", ".dpkg-", ".rpm", ".ucf-",
	    ".pam-old", ".bak", ".orig", ".old"};
	size_t i;

	for (i = 0; i < nitems(marks); i++) {
		if (strstr(service, marks[i]) != NULL)
			return true;
	}
	return false;
}

static void
found_service(const struct pam_view *v)
{
	bool console = v->known != NULL && v->known->entry == ENTRY_CONSOLE;
	bool rescue =
	    console && strcmp(v->d->config->emergency_path, "console") == 0;
	char *what = NULL;
	int n;

	if (rescue)
		n = asprintf(&what, "logins at the console need no code: that "
				    "is this realm's way in an emergency");
	else
		n = asprintf(&what,
		    "%s%s: auth and account of %s can end in "
		    "success without the gate",
		    v->known != NULL ? v->known->what
				     : "a program that is not known by name",
		    console ? ", which are not the way in an emergency"
			    : " lets people in, where it runs",
		    v->service);
	if (n == -1)
		v->d->failed = true;
	else
		pam_found_phase(v, PAM_PHASE_AUTH,
		    console && !rescue ? SEVERITY_WEAK : SEVERITY_NOTE,
		    console ? "pam-console-open" : "pam-service-open", what);
	free(what);
}

static void
judge_service(const struct pam_view *v)
{
	size_t i;

	/* A gate that somebody put there, and that does not hold. */
	for (i = 0; i < 3; i++) {
		if (pam_is_open(v, (enum pam_phase)i) &&
		    v->way[i]->gate_present)
			pam_found_open(v, (enum pam_phase)i, SEVERITY_WEAK, "");
	}
	if (!pam_is_open(v, PAM_PHASE_AUTH) ||
	    !pam_is_open(v, PAM_PHASE_ACCOUNT) ||
	    !pam_is_open(v, PAM_PHASE_SESSION))
		return;
	if (v->known != NULL &&
	    (v->known->entry == ENTRY_NONE || !pam_known_installed(v->known)))
		return;
	/* Without lines of its own for it, it gives no session. */
	if (v->known == NULL && v->way[PAM_PHASE_SESSION]->other)
		return;
	found_service(v);
}

/* What a program gets that has no file: a second sshd by another name. */
static void
judge_other(const struct pam_view *v)
{
	if (pam_is_open(v, PAM_PHASE_AUTH) &&
	    pam_is_open(v, PAM_PHASE_ACCOUNT) &&
	    pam_is_open(v, PAM_PHASE_SESSION))
		doctor_found(v->d,
		    &(struct finding){.severity = SEVERITY_NOTE,
			.id = "pam-other-open",
			.where = v->way[PAM_PHASE_AUTH]->file,
			.mend = "let \"other\" deny, or make the gate its "
				"first line in each phase",
			.show = "cat /etc/pam.d/other",
			.number = PAM_NUMBER},
		    "a program whose PAM service has no file uses \"other\", "
		    "and that lets it in without the gate");
}

void
doctor_pam(struct doctor *d)
{
	const struct pam_known *k;
	const char *service;
	struct pam_view v;
	size_t i;

	for (i = 0; (k = pam_known_wall(i)) != NULL; i++)
		judge_known_wall(d, k);
	for (i = 0; (service = pam_service(d->pam, i)) != NULL; i++) {
		k = pam_known(service);
		if ((k != NULL &&
			(k->entry < ENTRY_WALLS || k->entry == ENTRY_PART)) ||
		    left_over(service) ||
		    (k == NULL && pam_is_part(d->pam, service)) ||
		    !look(&v, d, service))
			continue;
		if (strcmp(service, "other") == 0)
			judge_other(&v);
		else
			judge_service(&v);
	}
}
