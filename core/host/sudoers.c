/*
 * Asking sudo's own parser, and finding the line of what it said.
 */
#include "core/host/sudoers.h"

#include "core/host/program.h"
#include "core/host/textfile.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SUDO	  "/usr/bin/sudo"
#define DEPTH_MAX 16
#define RULE_MAX  65536

static const char *const parsers[] = {"/usr/bin/cvtsudoers",
    "/usr/sbin/cvtsudoers", "/usr/local/bin/cvtsudoers",
    "/usr/local/sbin/cvtsudoers", "/opt/sudo/bin/cvtsudoers"};

/* One line of cvtsudoers, mended; after is the first byte behind it. */
static void
put_line(FILE *out, const char *line, size_t len, const char *after)
{
	size_t blanks = strspn(line, " \t"), end = len;
	const char *text = line + blanks;
	bool comma = len > 0 && line[len - 1] == ',';

	if (strncmp(text, "\"runcwd\":", 9) == 0 ||
	    strncmp(text, "\"runchroot\":", 12) == 0) {
		end -= comma ? 1 : 0;
		(void)fprintf(out, "{ %.*s }%s\n", (int)(end - blanks), text,
		    comma ? "," : "");
		return;
	}
	after += strspn(after, " \t\n");
	(void)fprintf(out, "%.*s%s\n", (int)len, line,
	    len == blanks + 1 && text[0] == ']' && after[0] == '"' ? "," : "");
}

json_t *
sudoers_json(const char *said)
{
	/* It says nothing at all where there is nothing. */
	json_t *doc = said[strspn(said, " \t\n")] == '\0'
			  ? json_object()
			  : json_loads(said, 0, NULL);
	char *mended = NULL;
	size_t size, len;
	FILE *out;

	if (doc != NULL || (out = open_memstream(&mended, &size)) == NULL)
		return doc;
	for (; *said != '\0'; said += len + (said[len] == '\n' ? 1 : 0)) {
		len = strcspn(said, "\n");
		put_line(out, said, len, said + len);
	}
	if (fclose(out) == 0)
		doc = json_loads(mended, 0, NULL);
	free(mended);
	return doc;
}

static const char *
parser(void)
{
	size_t i;

	for (i = 0; i < nitems(parsers); i++) {
		if (access(parsers[i], X_OK) == 0)
			return parsers[i];
	}
	return NULL;
}

/* kinds NULL: everything; else only the Defaults of these kinds. */
static enum bh_err
ask(const char *file, const char *kinds, json_t **docp, char **whyp)
{
	const char *all[] = {
	    parser(), "-c", "/dev/null", "-f", "json", file, NULL};
	const char *some[] = {all[0], "-c", "/dev/null", "-f", "json", "-s",
	    "aliases,privileges", "-d", kinds, file, NULL};
	struct program_result r;
	json_t *doc;
	enum bh_err e;

	if (all[0] == NULL) {
		*whyp = strdup("there is no cvtsudoers, sudo's own parser");
		return BH_ERR_CONFIG;
	}
	if ((e = program_run(kinds == NULL ? all : some, &r)) != BH_OK)
		return e;
	if (r.code == 0 && (doc = sudoers_json(r.out)) != NULL) {
		*docp = doc;
	} else {
		e = BH_ERR_CONFIG;
		*whyp = strdup(
		    r.err[0] != '\0'
			? r.err
			: "cvtsudoers does not say what is wrong with it; "
			  "visudo -c may");
	}
	program_free(&r);
	return e;
}

static enum bh_err
ask_kind(json_t *doc, const char *file, const char *kinds, const char *key,
    char **whyp)
{
	json_t *part = NULL, *list;
	enum bh_err e;

	if ((e = ask(file, kinds, &part, whyp)) != BH_OK)
		return e;
	if ((list = json_object_get(part, "Defaults")) == NULL)
		e = json_object_set_new(doc, key, json_array()) == 0
			? BH_OK
			: BH_ERR_NOMEM;
	else
		e = json_object_set(doc, key, list) == 0 ? BH_OK : BH_ERR_NOMEM;
	json_decref(part);
	return e;
}

enum bh_err
sudoers_read(const char *file, json_t **docp, char **whyp)
{
	json_t *doc = NULL;
	enum bh_err e;

	if (file == NULL)
		file = SUDOERS_FILE;
	*whyp = NULL;
	if (access(file, F_OK) != 0 ||
	    (parser() == NULL && access(SUDO, F_OK) != 0))
		return BH_ERR_NOTFOUND;
	if ((e = ask(file, NULL, &doc, whyp)) == BH_OK &&
	    (e = ask_kind(doc, file, "global,user,host", "Defaults_Early",
		 whyp)) == BH_OK &&
	    (e = ask_kind(doc, file, "runas", "Defaults_Runas", whyp)) == BH_OK)
		e = ask_kind(doc, file, "command", "Defaults_Command", whyp);
	if (e == BH_OK)
		*docp = doc;
	else
		json_decref(doc);
	return e;
}

struct search {
	const char *words;
	char *found;
	int depth;
	char rule[RULE_MAX]; /* a rule's lines, joined */
	size_t len;
};

static bool
in_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Does a word stand in the text, and not as a part of another one? */
static bool
stands(const char *text, const char *word, size_t len)
{
	const char *at;

	for (at = text; (at = strstr(at, word)) != NULL; at++) {
		if ((at == text || !in_name(at[-1]) || !in_name(word[0])) &&
		    (!in_name(at[len]) || !in_name(word[len - 1])))
			return true;
	}
	return false;
}

/* Are all the words in the rule, and the last of them in this line? */
static bool
hit(const struct search *s, const char *line)
{
	char words[1024], *rest = words, *word;
	bool here = false;

	if (strlen(s->words) >= sizeof(words))
		return false;
	(void)snprintf(words, sizeof(words), "%s", s->words);
	while ((word = strsep(&rest, " ")) != NULL) {
		if (word[0] == '\0')
			continue;
		if (!stands(s->rule, word, strlen(word)))
			return false;
		here = stands(line, word, strlen(word));
	}
	return here;
}

static void search_file(struct search *s, const char *path);

static int
plain_name(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	/* sudoers(5): no dot in it, no ~ at its end */
	return strchr(entry->d_name, '.') == NULL && len > 0 &&
	       entry->d_name[len - 1] != '~';
}

static void
search_folder(struct search *s, const char *folder)
{
	struct dirent **entry = NULL;
	char path[PATH_MAX];
	int i, n = scandir(folder, &entry, plain_name, alphasort);

	for (i = 0; i < n; i++) {
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			entry[i]->d_name) < sizeof(path))
			search_file(s, path);
		free(entry[i]);
	}
	free(entry);
}

/*
 * The name behind @include: quoted, or to the next blank that no backslash
 * stands before; %h in it is this host.  False: none, or too long.
 */
static bool
include_name(const char *text, char *name, size_t size)
{
	char end = text[0] == '"' ? '"' : ' ', host[256] = "";
	size_t len = 0;

	text += end == '"' ? 1 : 0;
	for (; *text != '\0' && *text != end && len + 1 < size; text++) {
		if (end == ' ' && *text == '\t')
			break;
		if (*text == '%' && text[1] == 'h') {
			if (gethostname(host, sizeof(host) - 1) != 0)
				return false;
			len += (size_t)snprintf(name + len, size - len, "%.*s",
			    (int)strcspn(host, "."), host);
			text++;
			continue;
		}
		if (*text == '\\' && text[1] != '\0')
			text++;
		name[len++] = *text;
	}
	if (len == 0 || len >= size)
		return false;
	name[len] = '\0';
	return true;
}

/* "@include FILE" and the like; false: it is none. */
static bool
search_include(struct search *s, const char *from, const char *line)
{
	char copy[PATH_MAX], path[PATH_MAX], name[PATH_MAX], *rest = copy;
	const char *slash = strrchr(from, '/'), *word;
	bool folder;

	if ((line[0] != '@' && line[0] != '#') ||
	    (size_t)snprintf(copy, sizeof(copy), "%s", line + 1) >=
		sizeof(copy) ||
	    (word = text_word(&rest, " \t")) == NULL ||
	    strncmp(word, "include", 7) != 0 || rest == NULL ||
	    !include_name(rest + strspn(rest, " \t"), name, sizeof(name)))
		return false;
	folder = strcmp(word, "includedir") == 0;
	if ((size_t)snprintf(path, sizeof(path), "%.*s%s",
		name[0] == '/' ? 0 : (int)(slash - from + 1), from,
		name) >= sizeof(path))
		return true;
	if (folder)
		search_folder(s, path);
	else
		search_file(s, path);
	return true;
}

/*
 * A rule may go on over lines: the word that counts is searched in each of
 * them, once the whole rule is known.
 */
static void
search_rule(struct search *s, const char *path, unsigned int first)
{
	char copy[RULE_MAX], *rest = copy, *line;
	unsigned int number = first;

	if (s->found != NULL)
		return;
	memcpy(copy, s->rule, s->len + 1);
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (hit(s, line)) {
			if (asprintf(&s->found, "%s:%u", path, number) == -1)
				s->found = NULL;
			return;
		}
		number++;
	}
}

/* Add a line to the rule; true: it goes on in the next one. */
static bool
rule_add(struct search *s, const char *line)
{
	size_t len = strlen(line);
	bool more = len > 0 && line[len - 1] == '\\';

	if (s->len + len + 2 > sizeof(s->rule))
		return false;
	if (s->len > 0)
		s->rule[s->len++] = '\n';
	memcpy(s->rule + s->len, line, len + 1);
	s->len += len;
	return more;
}

static void
search_file(struct search *s, const char *path)
{
	unsigned int number, first = 0;
	struct text *t;
	char *line;

	if (s->depth == DEPTH_MAX || s->found != NULL ||
	    text_open_linked(path, &t) != BH_OK)
		return;
	s->depth++;
	s->len = 0;
	while (s->found == NULL && text_next(t, &line, &number)) {
		if (line == NULL)
			continue;
		if (s->len == 0) {
			line += strspn(line, " \t");
			first = number;
			/* "#1000" is a user id; any other # a comment */
			if (search_include(s, path, line)) {
				s->len = 0;
				continue;
			}
			if (line[0] == '#' && !isdigit((unsigned char)line[1]))
				continue;
		}
		if (rule_add(s, line))
			continue;
		search_rule(s, path, first);
		s->len = 0;
	}
	s->depth--;
	text_close(t);
}

char *
sudoers_where(const char *file, const char *words)
{
	struct search *s = calloc(1, sizeof(*s));
	char *found;

	if (s == NULL)
		return NULL;
	s->words = words;
	search_file(s, file != NULL ? file : SUDOERS_FILE);
	found = s->found;
	free(s);
	return found;
}
