/*
 * How a stack is mended: by making the gate the phase's first line, in a way
 * that can be given twice, and for several phases one after the other.
 */
#include "tools/doctor_pam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VENDOR_FOLDER "/usr/"
#define ETC	      "/etc/pam.d/"

/* required where lines that close something have to run; else requisite, since
 * [...=reset] of a later line forgets what a required one refused. */
static const char *const controls[PAM_PHASES] = {
    "requisite", "requisite", "required", "requisite"};

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

/*
 * The file that the gate's lines stand in, where it is the same one that leads
 * past them: mended there, it is mended for every service that includes it.
 */
static const char *
shared(const struct pam_way *w)
{
	const char *file = w->n_gates > 0 ? w->gates[0].file : NULL;
	size_t i;

	if (file == NULL || strcmp(file, w->file) == 0 || elsewhere(w, file))
		return NULL;
	for (i = 0; i < w->n_steps; i++) {
		if (w->steps[i].decides && strcmp(w->steps[i].file, file) == 0)
			return file;
	}
	return NULL;
}

/*
 * The file to put the line into.  Where su-l includes su, or sudo-i sudo, it
 * is that one's: a line in both would ask twice.
 */
static const char *
target(const char *service, const struct pam_way *w)
{
	size_t len = strcspn(service, "-"), i;
	const char *name, *common = shared(w);

	if (common != NULL)
		return common;
	for (i = 0; i < w->n_via && service[len] != '\0'; i++) {
		name = strrchr(w->via[i], '/') + 1;
		if (strlen(name) == len && strncmp(name, service, len) == 0)
			return w->via[i];
	}
	return w->file;
}

static bool
is_vendors(const char *file)
{
	return strncmp(file, VENDOR_FOLDER, strlen(VENDOR_FOLDER)) == 0;
}

/*
 * Does a jump lead over the gate?  Then a line that does nothing takes the
 * place where it stood, or the jump would go one line too far.
 */
static bool
jumped(const struct pam_way *w)
{
	const char *at;
	size_t i;

	for (i = 0; i < w->n_steps; i++) {
		if (!w->steps[i].decides || w->steps[i].gate)
			continue;
		for (at = w->steps[i].control; *at != '\0'; at++) {
			if (at[0] == '=' && at[1] >= '1' && at[1] <= '9')
				return true;
		}
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
fix_place(const struct pam_way *w, enum pam_phase phase, bool own)
{
	const char *word = pam_phase_words[phase], *args = arguments(w);
	char *text;
	int n;

	if (own && w->after_loginuid)
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

/* What becomes of the gate's lines of the phase that are there. */
static char *
fix_old(const struct pam_way *w, enum pam_phase phase)
{
	const char *word = pam_phase_words[phase];
	char *text;
	int n;

	if (jumped(w))
		n = asprintf(&text,
		    "s|^\\s*-?%s\\s.*pam_bulkhead\\.so.*|"
		    "%s [default=ignore] pam_permit.so|I",
		    word, word);
	else
		n = asprintf(
		    &text, "/^\\s*-?%s\\s.*pam_bulkhead\\.so/Id", word);
	return n != -1 ? text : NULL;
}

/* A package's own file is not changed, but covered. */
static char *
fix_file(const char *file, const char *name)
{
	char *text;
	int n;

	if (!is_vendors(file))
		return strdup("");
	n = asprintf(
	    &text, "test -e /etc/pam.d/%s || cp %s /etc/pam.d/; ", name, file);
	return n != -1 ? text : NULL;
}

/* Other services' findings bring the same text: not where it was done. */
static char *
once(char *text, enum pam_phase phase, const char *name)
{
	char *made;
	int n;

	n = asprintf(&made,
	    "{ grep -iEm1 '^\\s*(-?%s|@include)\\s' /etc/pam.d/%s | "
	    "grep -q pam_bulkhead || { %s; }; }",
	    pam_phase_words[phase], name, text);
	free(text);
	return n != -1 ? made : NULL;
}

/*
 * A file that the service's own includes, with the gate's lines that are not in
 * that one: something above it leads past them.  NULL: it is not so simple.
 */
static const char *
included(const struct pam_way *w, const char *file)
{
	const char *part = NULL;
	size_t i;

	for (i = 0; i < w->n_gates; i++) {
		if (strcmp(w->gates[i].file, file) == 0)
			continue;
		if (part != NULL && strcmp(w->gates[i].file, part) != 0)
			return NULL;
		part = w->gates[i].file;
	}
	for (i = 0; i < w->n_via && file == w->file && part != NULL; i++) {
		if (strcmp(w->via[i], part) == 0)
			return part;
	}
	return NULL;
}

/*
 * The gate's lines of that file serve others too, so the service gets a copy
 * of it where they do nothing; the name of its own file is still to follow.
 */
static char *
fix_included(const char *service, enum pam_phase phase, const char *part)
{
	const char *name = strrchr(part, '/') + 1;
	const char *word = pam_phase_words[phase];
	char *text;
	int n;

	if (!plain(part) || strchr(part, ' ') != NULL)
		return NULL;
	n = asprintf(&text,
	    "{ test -e " ETC "%s-for-%s || cp %s " ETC "%s-for-%s; } && "
	    "sed -i -E 's|^\\s*-?%s\\s.*pam_bulkhead\\.so.*|"
	    "%s [default=ignore] pam_permit.so|I' " ETC "%s-for-%s && "
	    "sed -i -E 's%%^(\\s*@include\\s+|"
	    "\\s*-?\\w+\\s+(include|substack)\\s+)(\\S*/)?%s\\s*$%%"
	    "\\1%s-for-%s%%I' ",
	    name, service, part, name, service, word, word, name, service, name,
	    name, service);
	return n != -1 ? text : NULL;
}

/* The gate's line into a file of the service's own, or a part of it. */
static char *
fix_line(const struct pam_way *w, enum pam_phase phase, const char *file)
{
	const char *name = strrchr(file, '/') + 1;
	char *copied = fix_file(file, name), *old = fix_old(w, phase);
	char *place = fix_place(w, phase, file == w->file), *text = NULL;

	if (copied == NULL || old == NULL || place == NULL ||
	    asprintf(&text, "%ssed -i -E -e '%s' -e '%s' " ETC "%s", copied,
		old, place, name) == -1)
		text = NULL;
	free(copied);
	free(old);
	free(place);
	return text;
}

char *
pam_fix(const char *service, enum pam_phase phase, const struct pam_way *w)
{
	const char *file = target(service, w), *name = strrchr(file, '/') + 1;
	const char *part = elsewhere(w, file) ? included(w, file) : NULL;
	char *text, *copy, *both = NULL;

	if (!plain(file) || strchr(file, ' ') != NULL || !plain(arguments(w)) ||
	    (elsewhere(w, file) && part == NULL) ||
	    (!is_vendors(file) && strncmp(file, ETC, strlen(ETC)) != 0))
		return NULL;
	if (w->other && file == w->file)
		return fix_other(file, phase, arguments(w));
	text = fix_line(w, phase, file);
	if (text != NULL && file == shared(w))
		return once(text, phase, name);
	if (text == NULL || part == NULL)
		return text;
	/* The gate's own line first: never is it without one. */
	copy = fix_included(service, phase, part);
	if (copy == NULL ||
	    asprintf(&both, "%s && %s" ETC "%s", text, copy, name) == -1)
		both = NULL;
	free(copy);
	free(text);
	return both;
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
		    "and have that include a copy of %s without the gate's "
		    "line",
		    word, controls[phase], word, file, w->gates[0].file);
	else
		n = asprintf(&text,
		    "%smake '%s %s pam_bulkhead.so' the %s for %s in %s%s",
		    is_vendors(file)
			? "copy the package's file to /etc/pam.d, and there "
			: "",
		    word, controls[phase],
		    file == w->file && w->after_loginuid
			? "line after pam_loginuid"
			: "first line",
		    word, is_vendors(file) ? "it" : file,
		    !w->gate_present ? ""
		    : jumped(w)	     ? ", and put '[default=ignore] "
				       "pam_permit.so' where it stands now, "
				       "since a jump counts that line"
				     : ", in the place of the gate's line "
				       "there");
	return n != -1 ? text : NULL;
}
