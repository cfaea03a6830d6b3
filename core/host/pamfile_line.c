/*
 * The lines of a file of /etc/pam.d, put together as libpam does it
 * (Linux-PAM 1.5, libpam/pam_handlers.c, _pam_assemble_line).
 */
#include "core/host/pamfile_line.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS	" \t\n\r"
#define INCLUDE "@include"

static const struct {
	const char *word;
	unsigned int phase;
} phases[] = {
    {"auth", PAMFILE_AUTH},
    {"account", PAMFILE_ACCOUNT},
    {"session", PAMFILE_SESSION},
    {"password", PAMFILE_PASSWORD},
};

/* 0: no phase's name. */
static unsigned int
phase_of(const char *word)
{
	size_t i;

	for (i = 0; i < nitems(phases); i++) {
		if (strcasecmp(phases[i].word, word) == 0)
			return phases[i].phase;
	}
	return 0;
}

/* Which phases an included file has: Debian's names say it. */
static unsigned int
phases_of_include(const char *name)
{
	const char *base = strrchr(name, '/');
	size_t i;

	base = base != NULL ? base + 1 : name;
	if (strncmp(base, "common-", 7) != 0)
		return PAMFILE_ALL;
	base += 7;
	for (i = 0; i < nitems(phases); i++) {
		size_t len = strlen(phases[i].word);

		if (strncmp(base, phases[i].word, len) == 0 &&
		    (base[len] == '\0' || base[len] == '-'))
			return phases[i].phase;
	}
	return PAMFILE_ALL;
}

/* Cut the next word, or the next [...] with its brackets; NULL: no more. */
static char *
next_word(char **restp)
{
	char *word = *restp + strspn(*restp, BLANKS), *end = word;

	if (*word == '\0')
		return NULL;
	if (*word == '[') {
		while (*end != '\0' && *end != ']')
			end += end[0] == '\\' && end[1] != '\0' ? 2 : 1;
		end += *end == ']';
	} else {
		end += strcspn(end, BLANKS);
	}
	*restp = end;
	if (*end != '\0') {
		*end = '\0';
		(*restp)++;
	}
	return word;
}

/* Fill in what the words say.  False: no entry (libpam refuses the file). */
static bool
take_words(struct pamfile_line *l, char *joined)
{
	char *rest = joined, *word = next_word(&rest), *control = NULL;

	if (word == NULL)
		return false;
	l->at_include = strcmp(word, INCLUDE) == 0;
	if (!l->at_include) {
		l->phases = phase_of(word[0] == '-' ? word + 1 : word);
		control = next_word(&rest);
		if (l->phases == 0 || control == NULL)
			return false;
	}
	if ((word = next_word(&rest)) == NULL)
		return false;
	if (l->at_include)
		l->phases = phases_of_include(word);
	l->control = strdup(control != NULL ? control : "");
	l->module = strdup(word);
	l->rest = strdup(rest + strspn(rest, BLANKS));
	return true;
}

static enum bh_err
add_line(struct pamfile *f, size_t from, size_t to, char *joined)
{
	struct pamfile_line *grown;

	grown = reallocarray(f->line, f->n + 1, sizeof(*grown));
	if (grown == NULL)
		return BH_ERR_NOMEM;
	f->line = grown;
	grown += f->n;
	*grown = (struct pamfile_line){.from = from, .to = to};
	if (!take_words(grown, joined))
		return BH_OK;
	f->n++;
	return grown->control != NULL && grown->module != NULL &&
		       grown->rest != NULL
		   ? BH_OK
		   : BH_ERR_NOMEM;
}

/* One piece of an entry: without comment and trailing blanks, and whether the
 * entry goes on. */
static size_t
piece_len(const char *piece, size_t len, bool *morep)
{
	const char *comment = memchr(piece, '#', len);

	if (comment != NULL)
		len = (size_t)(comment - piece);
	while (len > 0 && strchr(BLANKS, piece[len - 1]) != NULL)
		len--;
	*morep = len > 0 && piece[len - 1] == '\\';
	return *morep ? len - 1 : len;
}

enum bh_err
pamfile_parse(const char *text, struct pamfile *f)
{
	size_t at = 0, from = 0, used = 0, size = strlen(text);
	char *joined = malloc(size + 2);
	enum bh_err e = BH_OK;

	memset(f, 0, sizeof(*f));
	if (joined == NULL)
		return BH_ERR_NOMEM;
	while (e == BH_OK && text[at] != '\0') {
		size_t whole = strcspn(text + at, "\n");
		bool more;
		size_t len = piece_len(text + at, whole, &more);

		whole += text[at + whole] == '\n';
		/* Empty pieces and comments do not even end an entry. */
		if (len > 0 || more) {
			if (used == 0)
				from = at;
			memcpy(joined + used, text + at, len);
			used += len;
			joined[used++] = ' ';
			joined[used] = '\0';
			if (!more || text[at + whole] == '\0') {
				e = add_line(f, from, at + whole, joined);
				used = 0;
			}
		}
		at += whole;
	}
	free(joined);
	if (e != BH_OK)
		pamfile_free(f);
	return e;
}

void
pamfile_free(struct pamfile *f)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		free(f->line[i].control);
		free(f->line[i].module);
		free(f->line[i].rest);
	}
	free(f->line);
	memset(f, 0, sizeof(*f));
}

bool
pamfile_is_module(const struct pamfile_line *l, const char *name)
{
	const char *base = strrchr(l->module, '/');
	size_t len = strlen(name);

	base = base != NULL ? base + 1 : l->module;
	return !l->at_include && strncmp(base, name, len) == 0 &&
	       (base[len] == '\0' || strcmp(base + len, ".so") == 0);
}

bool
pamfile_goes_on(const struct pamfile_line *l)
{
	static const char *const plain[] = {
	    "required", "requisite", "optional"};
	const char *c;
	size_t i;

	for (i = 0; i < nitems(plain); i++) {
		if (strcasecmp(l->control, plain[i]) == 0)
			return true;
	}
	if (l->control[0] != '[' || strstr(l->control, "done") != NULL)
		return false;
	for (c = strchr(l->control, '='); c != NULL; c = strchr(c + 1, '=')) {
		if (isdigit((unsigned char)c[1]))
			return false;
	}
	return true;
}
