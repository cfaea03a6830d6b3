/*
 * How a stack is mended: by making the gate the phase's first line, in a way
 * that can be given twice, and for several phases one after the other.
 */
#include "tools/doctor_pam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VENDOR_FOLDER "/usr/"

/* requisite where a wrong code should end it, required where lines that close
 * something have to run. */
static const char *const controls[PAM_PHASES] = {
    "requisite", "required", "required", "requisite"};

/* Can it stand in a line of shell and of sed as it is? */
static bool
plain(const char *text)
{
	return text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz"
				 "0123456789 _./=:,@+-")] == '\0';
}

/* What the gate was told till now, it is told again. */
static const char *
arguments(const struct pam_way *w)
{
	return w->n_gates > 0 ? w->gates[0].args : "";
}

/*
 * The file to put the line into.  Where su-l includes su, or sudo-i sudo, it
 * is that one's: a line in both would ask twice.
 */
static const char *
target(const char *service, const struct pam_way *w)
{
	size_t len = strcspn(service, "-"), i;
	const char *name;

	if (service[len] == '\0' || strcmp(service, "polkit-1") == 0)
		return w->file;
	for (i = 0; i < w->n_steps; i++) {
		name = strrchr(w->steps[i].file, '/') + 1;
		if (strlen(name) == len && strncmp(name, service, len) == 0)
			return w->steps[i].file;
	}
	return w->file;
}

/* Is a gate's line of the phase in another file than that? */
static bool
elsewhere(const struct pam_way *w, const char *file)
{
	size_t i;

	for (i = 0; i < w->n_gates; i++) {
		if (strcmp(w->gates[i].file, file) != 0)
			return true;
	}
	return false;
}

/* The phase comes from "other": the line, and then that. */
static char *
fix_other(const char *file, enum pam_phase phase, const char *args)
{
	const char *word = pam_phase_words[phase];
	char *text;

	return asprintf(&text,
		   "printf '\\n%%s\\n%%s\\n' '%s %s pam_bulkhead.so%s%s' "
		   "'%s include other' >>%s",
		   word, controls[phase], args[0] != '\0' ? " " : "", args,
		   word, file) != -1
		   ? text
		   : NULL;
}

/* Where in the file: behind pam_loginuid, or before the phase's first line. */
static char *
fix_place(const struct pam_way *w, enum pam_phase phase)
{
	const char *word = pam_phase_words[phase], *args = arguments(w);
	char *text;
	int n;

	if (w->after_loginuid)
		n = asprintf(&text,
		    "0,/^\\s*-?session\\s.*pam_loginuid\\.so.*/I "
		    "s||&\\nsession %s pam_bulkhead.so%s%s|",
		    controls[phase], args[0] != '\0' ? " " : "", args);
	else
		n = asprintf(&text,
		    "0,/^\\s*-?(%s|@include)\\s/I "
		    "s||%s %s pam_bulkhead.so%s%s\\n&|",
		    word, word, controls[phase], args[0] != '\0' ? " " : "",
		    args);
	return n != -1 ? text : NULL;
}

char *
pam_fix(const char *service, enum pam_phase phase, const struct pam_way *w)
{
	const char *file = target(service, w), *name = strrchr(file, '/') + 1;
	char *place, *text = NULL, copied[300] = "", *own = NULL;

	if (!plain(file) || strchr(file, ' ') != NULL || !plain(arguments(w)) ||
	    strcmp(name, "pam.conf") == 0 || elsewhere(w, file))
		return NULL;
	if (w->other && file == w->file)
		return fix_other(file, phase, arguments(w));
	/* A package's own file is not changed, but covered. */
	if (strncmp(file, VENDOR_FOLDER, strlen(VENDOR_FOLDER)) == 0) {
		(void)snprintf(copied, sizeof(copied),
		    "test -e /etc/pam.d/%s || cp %s /etc/pam.d/; ", name, file);
		if (asprintf(&own, "/etc/pam.d/%s", name) == -1)
			return NULL;
		file = own;
	}
	if ((place = fix_place(w, phase)) != NULL &&
	    asprintf(&text,
		"%ssed -i -E -e '/^\\s*-?%s\\s.*pam_bulkhead\\.so/Id' "
		"-e '%s' %s",
		copied, pam_phase_words[phase], place, file) == -1)
		text = NULL;
	free(place);
	free(own);
	return text;
}

char *
pam_mend(const char *service, enum pam_phase phase, const struct pam_way *w)
{
	const char *word = pam_phase_words[phase], *file = target(service, w);
	char *text;
	int n;

	if (w->other && file == w->file)
		n = asprintf(&text,
		    "give %s lines of its own for %s in %s: '%s %s "
		    "pam_bulkhead.so', then '%s include other'",
		    service, word, file, word, controls[phase], word);
	else if (elsewhere(w, file))
		n = asprintf(&text,
		    "make '%s %s pam_bulkhead.so' the first line for %s in %s, "
		    "and take the gate's line out of %s",
		    word, controls[phase], word, file, w->gates[0].file);
	else
		n = asprintf(&text,
		    "make '%s %s pam_bulkhead.so' the %s for %s in %s%s", word,
		    controls[phase],
		    w->after_loginuid ? "line after pam_loginuid"
				      : "first line",
		    word, file,
		    w->gate_present ? ", in the place of the gate's line there"
				    : "");
	return n != -1 ? text : NULL;
}
