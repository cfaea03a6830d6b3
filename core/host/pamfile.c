/*
 * Where the gate's lines go in a file of /etc/pam.d.
 */
#include "core/host/pamfile.h"

#include "core/host/pamfile_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GATE	"pam_bulkhead"
#define AT_END	((size_t)-1)
#define PHASES	4
#define REST_OF "other"

static const struct gate_line {
	unsigned int phase;
	const char *word;
	const char *control;
} gate_lines[PHASES] = {
    {PAMFILE_AUTH, "auth", "requisite"},
    {PAMFILE_ACCOUNT, "account", "required"},
    {PAMFILE_SESSION, "session", "required"},
    {PAMFILE_PASSWORD, "password", "requisite"},
};

/* Where each phase's line goes; skip: it needs none. */
struct places {
	size_t at[PHASES]; /* offset in the text, or AT_END */
	bool skip[PHASES];
};

/* The first line that the phase has; f->n: none. */
static size_t
first_of(const struct pamfile *f, unsigned int phase)
{
	size_t i;

	for (i = 0; i < f->n && (f->line[i].phases & phase) == 0; i++)
		continue;
	return i;
}

static bool
has_gate(const struct pamfile *f, unsigned int phase)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if ((f->line[i].phases & phase) != 0 &&
		    pamfile_is_module(&f->line[i], GATE))
			return true;
	}
	return false;
}

static size_t
before(const struct pamfile *f, size_t i)
{
	return i < f->n ? f->line[i].from : AT_END;
}

/*
 * Root's own su is no elevation, and must run while the daemon is down too: a
 * leading pam_rootok stays above the gate, with what stands above it that
 * lets nobody pass.
 */
static size_t
place_auth(const struct pamfile *f, const char *service)
{
	static const char *const harmless[] = {"pam_env", "pam_faildelay"};
	size_t first = first_of(f, PAMFILE_AUTH), i, k;

	if (strcmp(service, "su") != 0 && strcmp(service, "su-l") != 0)
		return before(f, first);
	for (i = first; i < f->n; i++) {
		const struct pamfile_line *l = &f->line[i];
		bool passes = false;

		if ((l->phases & PAMFILE_AUTH) == 0)
			continue;
		if (pamfile_is_module(l, "pam_rootok"))
			return strcmp(l->control, "sufficient") == 0
				   ? l->to
				   : before(f, first);
		for (k = 0; k < nitems(harmless); k++)
			passes = passes || pamfile_is_module(l, harmless[k]);
		if (!passes || !pamfile_goes_on(l))
			break;
	}
	return before(f, first);
}

/*
 * Behind pam_loginuid the session has the number by which a later sudo knows
 * it again.  Only what sets no PAM environment and can't end the phase may
 * stand above: a user's ~/.pam_environment could tell the gate another login.
 */
static size_t
place_session(const struct pamfile *f)
{
	static const char *const harmless[] = {"pam_selinux", "pam_keyinit",
	    "pam_nologin", "pam_limits", "pam_sepermit", "pam_namespace"};
	size_t first = first_of(f, PAMFILE_SESSION), i, k;

	for (i = first; i < f->n; i++) {
		const struct pamfile_line *l = &f->line[i];
		bool passes = false;

		if ((l->phases & PAMFILE_SESSION) == 0)
			continue;
		if (!pamfile_goes_on(l))
			break;
		if (pamfile_is_module(l, "pam_loginuid"))
			return l->to;
		for (k = 0; k < nitems(harmless); k++)
			passes = passes || pamfile_is_module(l, harmless[k]);
		if (!passes)
			break;
	}
	return before(f, first);
}

static void
find_places(const struct pamfile *f, const char *service, bool password,
    struct places *p)
{
	bool passwd = strcmp(service, "passwd") == 0;
	size_t i;

	for (i = 0; i < PHASES; i++) {
		unsigned int phase = gate_lines[i].phase;

		p->skip[i] = has_gate(f, phase) ||
			     (phase == PAMFILE_PASSWORD ? !password : passwd);
		if (phase == PAMFILE_AUTH)
			p->at[i] = place_auth(f, service);
		else if (phase == PAMFILE_SESSION)
			p->at[i] = place_session(f);
		else
			p->at[i] = before(f, first_of(f, phase));
	}
}

/* Our lines that go there, in the order of the phases. */
static void
put_lines(FILE *out, const struct places *p, size_t at)
{
	size_t i;

	for (i = 0; i < PHASES; i++) {
		const struct gate_line *g = &gate_lines[i];

		if (p->skip[i] || p->at[i] != at)
			continue;
		(void)fprintf(out, "%-10s %-12s %s.so " PAMFILE_MARK "\n",
		    g->word, g->control, GATE);
		if (at == AT_END)
			(void)fprintf(out, "%-10s %-12s %s " PAMFILE_MARK "\n",
			    g->word, "include", REST_OF);
	}
}

/* Is there a line of ours that goes behind all others? */
static bool
wants_end(const struct places *p, size_t end)
{
	size_t i;

	for (i = 0; i < PHASES; i++) {
		if (!p->skip[i] && (p->at[i] == AT_END || p->at[i] == end))
			return true;
	}
	return false;
}

static enum bh_err
lay(const char *text, const struct places *p, char **newp)
{
	size_t size, at = 0, whole;
	char *made = NULL;
	FILE *out;

	if ((out = open_memstream(&made, &size)) == NULL)
		return BH_ERR_NOMEM;
	while (text[at] != '\0') {
		put_lines(out, p, at);
		whole = strcspn(text + at, "\n");
		whole += text[at + whole] == '\n';
		(void)fwrite(text + at, 1, whole, out);
		at += whole;
	}
	/* A last line without an end gets one before another follows. */
	if (at > 0 && text[at - 1] != '\n' && wants_end(p, at))
		(void)fputc('\n', out);
	if (at > 0)
		put_lines(out, p, at);
	put_lines(out, p, AT_END);
	if (fclose(out) != 0) {
		free(made);
		return BH_ERR_NOMEM;
	}
	*newp = made;
	return BH_OK;
}

enum bh_err
pamfile_gate(const char *service, const char *text, bool password, char **newp)
{
	struct pamfile f = {0};
	struct places p;
	char *bare = NULL;
	enum bh_err e;

	if ((e = pamfile_ungate(text, &bare)) == BH_OK &&
	    (e = pamfile_parse(bare, &f)) == BH_OK) {
		find_places(&f, service, password, &p);
		e = lay(bare, &p, newp);
	}
	pamfile_free(&f);
	free(bare);
	return e;
}

static bool
is_marked(const char *line, size_t len)
{
	const size_t mark = sizeof(PAMFILE_MARK) - 1;

	return len >= mark &&
	       memcmp(line + len - mark, PAMFILE_MARK, mark) == 0;
}

enum bh_err
pamfile_ungate(const char *text, char **newp)
{
	char *made = malloc(strlen(text) + 1), *to = made;
	size_t whole, len;

	if (made == NULL)
		return BH_ERR_NOMEM;
	for (; *text != '\0'; text += whole) {
		len = strcspn(text, "\n");
		whole = len + (text[len] == '\n');
		if (is_marked(text, len))
			continue;
		memcpy(to, text, whole);
		to += whole;
	}
	*to = '\0';
	*newp = made;
	return BH_OK;
}

/* The first line of the phase that is no harmless one is that include. */
static bool
phase_follows(const struct pamfile *f, unsigned int phase, const char *other)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct pamfile_line *l = &f->line[i];

		if ((l->phases & phase) == 0)
			continue;
		if (strcmp(l->module, other) == 0 &&
		    (l->at_include || strcmp(l->control, "include") == 0 ||
			strcmp(l->control, "substack") == 0))
			return true;
		if (!pamfile_goes_on(l))
			return false;
	}
	return false;
}

bool
pamfile_follows(const char *text, const char *other)
{
	struct pamfile f;
	bool follows;

	if (pamfile_parse(text, &f) != BH_OK)
		return false;
	follows = phase_follows(&f, PAMFILE_AUTH, other) &&
		  phase_follows(&f, PAMFILE_ACCOUNT, other) &&
		  phase_follows(&f, PAMFILE_SESSION, other);
	pamfile_free(&f);
	return follows;
}

bool
pamfile_names_gate(const char *text)
{
	struct pamfile f;
	bool names;

	if (pamfile_parse(text, &f) != BH_OK)
		return true; /* not known: say so rather than not */
	names = has_gate(&f, PAMFILE_ALL);
	pamfile_free(&f);
	return names;
}
