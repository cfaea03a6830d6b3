/*
 * Where the gate's settings go in sshd's configuration.  sshd takes the first
 * value that it reads of a keyword.
 */
#include "core/host/sshdfile.h"

#include "core/host/textfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BEGIN "# Laid by bulkhead install; bulkhead uninstall takes it out."
#define END   "# End of what bulkhead install laid."
#define BLANK " \t\f\v\r"

#define MACHINES "/bulkhead.d/"
#define FOLDER	 "sshd_config.d/*.conf"
#define GATE	 "keyboard-interactive:pam"

/* A copy of the line at text, without its end; *wholep: with it. */
static char *
copy_line(const char *text, size_t *wholep)
{
	size_t len = strcspn(text, "\n");

	*wholep = len + (text[len] == '\n');
	return strndup(text, len);
}

/*
 * What a line is: nothing, an Include of that kind (text_word keeps what is in
 * quotes together), or something else.
 */
enum kind { KIND_NOTHING, KIND_MACHINES, KIND_FOLDER, KIND_OTHER };

static enum kind
kind_of(char *line)
{
	char *rest = line, *word = text_word(&rest, BLANK "=");
	enum kind kind = KIND_OTHER;
	bool first = true;

	if (word == NULL || word[0] == '#')
		return KIND_NOTHING;
	if (strcasecmp(word, "include") != 0)
		return KIND_OTHER;
	while ((word = text_word(&rest, BLANK "=")) != NULL && word[0] != '#') {
		if (strstr(word, MACHINES) != NULL && first)
			kind = KIND_MACHINES;
		else if (strcmp(word, "/etc/ssh/" FOLDER) == 0 ||
			 strcmp(word, FOLDER) == 0)
			return kind == KIND_OTHER && !first ? KIND_OTHER
							    : KIND_FOLDER;
		else
			kind = KIND_OTHER;
		first = false;
	}
	return kind;
}

/* The offset of the first line that says something else than machine
 * accounts' Include; *folderp: it is the folder's. */
static size_t
first_said(const char *text, bool *folderp)
{
	size_t at = 0, whole, place = 0;
	enum kind kind;
	char *line;

	*folderp = false;
	while (text[at] != '\0') {
		if ((line = copy_line(text + at, &whole)) == NULL)
			return place;
		kind = kind_of(line);
		free(line);
		if (kind == KIND_FOLDER || kind == KIND_OTHER) {
			*folderp = kind == KIND_FOLDER;
			return place;
		}
		at += whole;
		if (kind == KIND_MACHINES)
			place = at;
	}
	return place;
}

bool
sshdfile_reads_folder(const char *text)
{
	bool folder;

	(void)first_said(text, &folder);
	return folder;
}

static bool
asks_pam(const char *list)
{
	char *copy = strdup(list), *rest = copy, *method;
	bool asks = false;

	while (copy != NULL && (method = strsep(&rest, ",")) != NULL)
		asks = asks || strcmp(method, GATE) == 0 ||
		       strcmp(method, "keyboard-interactive") == 0;
	free(copy);
	return asks;
}

/* What PAM asks for itself is not asked for twice: its stack has the password
 * behind the code. */
static void
put_list(FILE *out, char *list)
{
	char *rest = list, *method;

	while ((method = strsep(&rest, ",")) != NULL) {
		if (strcmp(method, "password") != 0 && method[0] != '\0')
			(void)fprintf(out, "%s,", method);
	}
	(void)fputs(GATE, out);
}

static enum bh_err
mend_lists(const char *was, char **newp)
{
	char *copy = strdup(was), *rest = copy, *list, *made = NULL;
	size_t size, n = 0;
	bool all = true;
	FILE *out;

	if (copy == NULL || (out = open_memstream(&made, &size)) == NULL) {
		free(copy);
		return BH_ERR_NOMEM;
	}
	while ((list = text_word(&rest, BLANK)) != NULL) {
		if (n++ > 0)
			(void)fputc(' ', out);
		if (asks_pam(list))
			(void)fputs(list, out);
		else
			put_list(out, list);
		all = all && asks_pam(list);
	}
	free(copy);
	if (fclose(out) != 0) {
		free(made);
		return BH_ERR_NOMEM;
	}
	if (all) {
		free(made);
		made = NULL;
	}
	*newp = made;
	return BH_OK;
}

enum bh_err
sshdfile_methods(const char *was, bool key, bool password, char **newp)
{
	const char *set = GATE;

	if (was != NULL && strcmp(was, "any") != 0)
		return mend_lists(was, newp);
	if (key)
		set = password ? "publickey," GATE " " GATE : "publickey," GATE;
	*newp = strdup(set);
	return *newp != NULL ? BH_OK : BH_ERR_NOMEM;
}

enum bh_err
sshdfile_block(const char *methods, char **blockp)
{
	bool set = methods != NULL;

	if (asprintf(blockp,
		BEGIN "\n"
		      "UsePAM yes\n"
		      "KbdInteractiveAuthentication yes\n"
		      "%s%s%s" END "\n",
		set ? "AuthenticationMethods " : "", set ? methods : "",
		set ? "\n" : "") == -1) {
		*blockp = NULL;
		return BH_ERR_NOMEM;
	}
	return BH_OK;
}

enum bh_err
sshdfile_gate(const char *text, const char *block, char **newp)
{
	char *bare;
	enum bh_err e;
	bool folder;
	size_t at;
	int n;

	if ((e = sshdfile_ungate(text, &bare)) != BH_OK)
		return e;
	at = first_said(bare, &folder);
	n = asprintf(newp, "%.*s%s%s%s", (int)at, bare,
	    at > 0 && bare[at - 1] != '\n' ? "\n" : "", block, bare + at);
	free(bare);
	return n == -1 ? BH_ERR_NOMEM : BH_OK;
}

enum bh_err
sshdfile_ungate(const char *text, char **newp)
{
	char *made = malloc(strlen(text) + 1), *to = made, *line;
	bool inside = false;
	size_t whole;

	if (made == NULL)
		return BH_ERR_NOMEM;
	for (; *text != '\0'; text += whole) {
		if ((line = copy_line(text, &whole)) == NULL) {
			free(made);
			return BH_ERR_NOMEM;
		}
		/* A block whose end was taken out ends with the file's first
		 * line that is none of ours: nothing else may get lost. */
		if (strcmp(line, BEGIN) == 0) {
			inside = true;
		} else if (inside && strcmp(line, END) == 0) {
			inside = false;
		} else if (!inside ||
			   (strncmp(line, "UsePAM ", 7) != 0 &&
			       strncmp(line, "KbdInteractiveAuth", 18) != 0 &&
			       strncmp(line, "AuthenticationMethods ", 22) !=
				   0)) {
			inside = false;
			memcpy(to, text, whole);
			to += whole;
		}
		free(line);
	}
	*to = '\0';
	*newp = made;
	return BH_OK;
}
