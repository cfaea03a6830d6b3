/*
 * Laying one line of the gate into a service's stack.
 */
#include "tools/doctor_mend.h"

#include <stdlib.h>
#include <string.h>

/* Can both stand between single quotes? */
static bool
is_plain(const struct pam_way *w, const char *file)
{
	return strpbrk(file, "'\n") == NULL &&
	       (w->file == NULL || strpbrk(w->file, "'\n") == NULL);
}

static char *
fix_text(const struct pam_way *w, const char *file, const char *line)
{
	char *fix = NULL;
	int n;

	if (w->other || w->file == NULL)
		n = asprintf(&fix,
		    "printf '%%s\\n' '%s' '@include other' >'%s'", line, file);
	else if (strcmp(w->file, file) == 0)
		n = asprintf(
		    &fix, "sed -i --follow-symlinks '1i %s' '%s'", line, file);
	else
		n = asprintf(
		    &fix, "sed '1i %s' '%s' >'%s'", line, w->file, file);
	return n == -1 ? NULL : fix;
}

static char *
words_text(const struct pam_way *w, const char *file, const char *line)
{
	char *words = NULL;
	int n;

	if (w->other || w->file == NULL)
		n = asprintf(&words, "write %s with '%s' and '@include other'",
		    file, line);
	else if (strcmp(w->file, file) == 0)
		n = asprintf(
		    &words, "make '%s' the first line of %s", line, file);
	else
		n = asprintf(&words,
		    "copy %s to %s and make '%s' its first line", w->file, file,
		    line);
	return n == -1 ? NULL : words;
}

bool
gate_mend_make(struct doctor *d, const struct pam_way *w, const char *service,
    const char *line, struct gate_mend *m)
{
	bool own =
	    !w->other && w->file != NULL && strncmp(w->file, "/etc/", 5) == 0;

	*m = (struct gate_mend){0};
	if (own)
		m->file = strdup(w->file);
	else if (asprintf(&m->file, "/etc/pam.d/%s", service) == -1)
		m->file = NULL;
	if (m->file != NULL) {
		m->words = words_text(w, m->file, line);
		if (is_plain(w, m->file))
			m->fix = fix_text(w, m->file, line);
	}
	if (m->words != NULL && (m->fix != NULL || !is_plain(w, m->file)))
		return true;
	d->failed = true;
	return false;
}

void
gate_mend_free(struct gate_mend *m)
{
	free(m->file);
	free(m->words);
	free(m->fix);
}
