/*
 * sshd_config(5) as text: which lines there are, and whether a Match decides
 * about them.  What takes effect is sshd's own to say.
 */
#include "core/host/sshd_internal.h"

#include "core/host/textfile.h"

#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 16	/* as sshd has it */
#define LINES_MAX 20000 /* of all files */
#define BLANKS	  " \t\f\v"

struct walk {
	struct sshd_text *text;
	int depth;
	size_t outer;	  /* the block that Includes this file */
	size_t block;	  /* the block that a line belongs to */
	bool conditional; /* in a Match by more than user and group */
};

static enum bh_err read_file(struct walk *w, const char *path);

/* Does a Match line ask for anything that the login's name does not decide? */
static bool
match_is_conditional(const char *criteria)
{
	static const char *const by_name[] = {"user", "group"};
	char *copy = strdup(criteria), *rest = copy, *word;
	bool found = copy == NULL, known;
	size_t i;

	while (copy != NULL && !found &&
	       (word = text_word(&rest, BLANKS "=")) != NULL) {
		known = strcasecmp(word, "all") == 0;
		for (i = 0; i < nitems(by_name) && !known; i++) {
			if (strcasecmp(word, by_name[i]) != 0)
				continue;
			known = true;
			(void)text_word(&rest, BLANKS);
		}
		found = !known;
	}
	free(copy);
	return found;
}

static enum bh_err
keep(struct walk *w, const char *file, unsigned int number, const char *keyword,
    const char *value)
{
	struct sshd_text *t = w->text;
	struct sshd_line *grown;

	if (t->n == LINES_MAX) {
		t->complete = false;
		return BH_OK;
	}
	grown = reallocarray(t->line, t->n + 1, sizeof(*grown));
	if (grown == NULL)
		return BH_ERR_NOMEM;
	t->line = grown;
	grown[t->n] = (struct sshd_line){.file = strdup(file),
	    .line = number,
	    .keyword = strdup(keyword),
	    .value = strdup(value),
	    .block = w->block,
	    .conditional = w->conditional};
	t->n++;
	grown += t->n - 1;
	return grown->file != NULL && grown->keyword != NULL &&
		       grown->value != NULL
		   ? BH_OK
		   : BH_ERR_NOMEM;
}

/* A block more, with the conditions of another one. */
static enum bh_err
block_new(struct sshd_text *t, size_t from, size_t *indexp)
{
	struct sshd_block *grown;

	*indexp = t->n_blocks - 1;
	if (t->n_blocks == SSHD_BLOCKS_MAX) {
		t->complete = false;
		return BH_OK;
	}
	grown = reallocarray(t->block, t->n_blocks + 1, sizeof(*grown));
	if (grown == NULL)
		return BH_ERR_NOMEM;
	t->block = grown;
	memset(&grown[t->n_blocks], 0, sizeof(*grown));
	*indexp = t->n_blocks++;
	return sshd_block_copy(&grown[*indexp], &grown[from]);
}

static enum bh_err
match(struct walk *w, const char *file, char *criteria)
{
	struct sshd_block *b;
	size_t before = w->text->n_blocks;
	enum bh_err e;

	w->text->has_match = true;
	w->conditional = match_is_conditional(criteria);
	if ((e = block_new(w->text, w->outer, &w->block)) != BH_OK)
		return e;
	b = &w->text->block[w->block];
	if (w->text->n_blocks == before)
		return BH_OK; /* no room: it is not complete then */
	b->file = strdup(file);
	b->text = strdup(criteria);
	if (b->file == NULL || b->text == NULL)
		return BH_ERR_NOMEM;
	return sshd_block_parse(b, criteria);
}

/* USER@HOST of a list of users asks for the peer as a Match does. */
static enum bh_err
peers(struct walk *w, const char *keyword, const char *value)
{
	char *copy, *rest, *word, *at;
	enum bh_err e = BH_OK;
	size_t block;

	if (strcmp(keyword, "allowusers") != 0 &&
	    strcmp(keyword, "denyusers") != 0)
		return BH_OK;
	if ((rest = copy = strdup(value)) == NULL)
		return BH_ERR_NOMEM;
	while (e == BH_OK && (word = strsep(&rest, " ")) != NULL) {
		if ((at = strchr(word, '@')) == NULL ||
		    (e = block_new(w->text, 0, &block)) != BH_OK)
			continue;
		e = sshd_block_add(&w->text->block[block], SSHD_PEER, at + 1);
	}
	free(copy);
	return e;
}

/* A Match inside an Included file ends with that file. */
static enum bh_err
include_pattern(struct walk *w, const char *pattern)
{
	char path[PATH_MAX];
	enum bh_err e = BH_OK;
	size_t block = w->block, outer = w->outer;
	bool before = w->conditional;
	glob_t found;
	size_t i;

	if ((size_t)snprintf(path, sizeof(path), "%s%s",
		pattern[0] == '/' ? "" : SSHD_FOLDER "/",
		pattern) >= sizeof(path)) {
		w->text->complete = false;
		return BH_OK;
	}
	if (glob(path, 0, NULL, &found) != 0)
		return BH_OK;
	w->depth++;
	w->outer = block;
	for (i = 0; i < found.gl_pathc && e == BH_OK; i++) {
		e = read_file(w, found.gl_pathv[i]);
		w->conditional = before;
		w->block = block;
	}
	w->outer = outer;
	w->depth--;
	globfree(&found);
	return e;
}

static enum bh_err
include(struct walk *w, char *rest)
{
	enum bh_err e = BH_OK;
	char *word;

	while (e == BH_OK && (word = text_word(&rest, BLANKS)) != NULL)
		e = include_pattern(w, word);
	return e;
}

/* The words behind the keyword, one space between, up to a comment. */
static void
join_words(char *text)
{
	char *rest = text, *out = text, *word;
	size_t len;

	while ((word = text_word(&rest, BLANKS)) != NULL && word[0] != '#') {
		len = strlen(word);
		if (out != text)
			*out++ = ' ';
		memmove(out, word, len);
		out += len;
	}
	*out = '\0';
}

static enum bh_err
read_line(struct walk *w, const char *file, unsigned int number, char *line)
{
	char *rest = line, *keyword, *value, *c;
	enum bh_err e;

	if ((keyword = text_word(&rest, BLANKS "=")) == NULL)
		return BH_OK;
	for (c = keyword; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	rest += strspn(rest, BLANKS "=");
	if (strcmp(keyword, "include") == 0)
		return include(w, rest);
	if (strcmp(keyword, "match") == 0)
		return match(w, file, rest);
	if ((value = strdup(rest)) == NULL)
		return BH_ERR_NOMEM;
	join_words(value);
	if ((e = keep(w, file, number, keyword, value)) == BH_OK)
		e = peers(w, keyword, value);
	free(value);
	return e;
}

static enum bh_err
read_file(struct walk *w, const char *path)
{
	struct text *t;
	unsigned int number;
	enum bh_err e;
	char *line;

	if (w->depth > DEPTH_MAX || (e = text_open_linked(path, &t)) != BH_OK) {
		w->text->complete = false;
		return BH_OK;
	}
	e = BH_OK;
	while (e == BH_OK && text_next_entry(t, &line, &number)) {
		if (line != NULL)
			e = read_line(w, path, number, line);
		else
			w->text->complete = false;
	}
	text_close(t);
	return e;
}

enum bh_err
sshd_text_read(const char *path, struct sshd_text *t)
{
	struct walk w = {.text = t};

	memset(t, 0, sizeof(*t));
	t->complete = true;
	if ((t->block = calloc(1, sizeof(*t->block))) == NULL)
		return BH_ERR_NOMEM;
	t->n_blocks = 1; /* what stands outside of every Match */
	return strcmp(path, "none") == 0 ? BH_OK : read_file(&w, path);
}

void
sshd_text_free(struct sshd_text *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free((char *)(uintptr_t)t->line[i].file);
		free((char *)(uintptr_t)t->line[i].keyword);
		free((char *)(uintptr_t)t->line[i].value);
	}
	free(t->line);
	for (i = 0; i < t->n_blocks; i++)
		sshd_block_free(&t->block[i]);
	free(t->block);
	memset(t, 0, sizeof(*t));
}
