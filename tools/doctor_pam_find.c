/*
 * Telling what is the matter with a phase: which line leads past the gate, and
 * what mends it.
 */
#include "tools/doctor_pam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool
pam_is_open(const struct pam_view *v, enum pam_phase phase)
{
	return v->way[phase]->end == PAM_WAY_OPEN;
}

/* The line that leads past the gate, else the first of the way. */
static const struct pam_step *
decider(const struct pam_way *w)
{
	size_t i;

	for (i = 0; i < w->n_steps; i++) {
		if (w->steps[i].decides)
			return &w->steps[i];
	}
	return w->n_steps > 0 ? w->steps : NULL;
}

const char *
pam_place(const struct pam_way *w)
{
	const struct pam_step *s = decider(w);

	if (s != NULL)
		return doctor_where(s->file, s->line);
	return w->n_gates > 0 ? doctor_where(w->gates[0].file, w->gates[0].line)
			      : w->file;
}

/* Why a phase is open, as the end of a sentence; the caller's to free. */
static char *
reason(const struct pam_way *w)
{
	const struct pam_step *s = decider(w);
	char *text;
	int n;

	if (!w->gate_present)
		n = asprintf(&text, "no line of the gate is in it%s",
		    w->other ? " (its lines are those of \"other\")" : "");
	else if (s->gate)
		n = asprintf(&text, "'%s' lets the gate's no count for nothing",
		    s->control);
	else
		n = asprintf(&text, "%s of %s ('%s') leads past the gate",
		    s->answer, s->module, s->control);
	return n != -1 ? text : NULL;
}

static char *
show_file(const struct pam_way *w)
{
	char *text;

	return asprintf(&text, "cat %s",
		   w->other ? "/etc/pam.d/other" : w->file) != -1
		   ? text
		   : NULL;
}

void
pam_found_phase(const struct pam_view *v, enum pam_phase phase,
    enum severity severity, const char *id, const char *what)
{
	const struct pam_way *w = v->way[phase];
	char *mend = pam_mend(v->service, phase, w);
	char *fix = pam_fix(v->service, phase, w);
	char *show = show_file(w);

	if (mend == NULL)
		v->d->failed = true;
	doctor_found(v->d,
	    &(struct finding){.severity = severity,
		.id = id,
		.where = pam_place(w),
		.mend = mend,
		.fix = fix,
		.show = show,
		.number = PAM_NUMBER,
		.steps = w->n_steps > 0 ? doctor_steps(w) : NULL},
	    "%s", what);
	free(mend);
	free(fix);
	free(show);
}

void
pam_found_open(const struct pam_view *v, enum pam_phase phase,
    enum severity severity, const char *more)
{
	static const char *const ids[PAM_PHASES] = {"pam-auth-open",
	    "pam-account-open", "pam-session-open", "pam-password-open"};
	char *why = reason(v->way[phase]), *what = NULL;

	if (why == NULL ||
	    asprintf(&what,
		"%s of %s can end in success without the gate: "
		"%s%s",
		pam_phase_words[phase], v->service, why, more) == -1)
		v->d->failed = true;
	else
		pam_found_phase(v, phase, severity, ids[phase], what);
	free(why);
	free(what);
}

/* Behind what is there; the part is freed.  False: one of them is missing. */
static bool
join(char **allp, char *part)
{
	char *joined = NULL;
	bool whole = *allp != NULL && part != NULL &&
		     asprintf(&joined, "%s%s%s", *allp,
			 (*allp)[0] != '\0' ? "; " : "", part) != -1;

	free(part);
	free(*allp);
	*allp = whole ? joined : NULL;
	return whole;
}

/* None of n phases stands: one finding for all, and one fix. */
void
pam_found_bypass(const struct pam_view *v, size_t n, enum severity severity,
    const char *id, const char *what)
{
	char *mend = strdup(""), *fix = strdup(""), *why = reason(v->way[0]);
	json_t *steps = json_array(), *more;
	char *show = show_file(v->way[0]);
	size_t i;

	for (i = 0; i < n; i++) {
		enum pam_phase phase = (enum pam_phase)i;

		more = doctor_steps(v->way[i]);
		if (json_array_extend(steps, more) != 0 ||
		    !join(&mend, pam_mend(v->service, phase, v->way[i])))
			v->d->failed = true;
		json_decref(more);
		(void)join(&fix, pam_fix(v->service, phase, v->way[i]));
	}
	doctor_found(v->d,
	    &(struct finding){.severity = severity,
		.id = id,
		.where = pam_place(v->way[0]),
		.mend = mend,
		.fix = fix,
		.show = show,
		.number = PAM_NUMBER,
		.steps = steps},
	    "%s (%s) %s without the gate: %s", v->known->what, v->service, what,
	    why != NULL ? why : "");
	free(why);
	free(mend);
	free(fix);
	free(show);
}
