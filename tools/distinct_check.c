/*
 * What every check of bulkhead distinct uses.
 */
#include "tools/distinct.h"

#include "tools/client.h"
#include "tools/output.h"

#include <glob.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void
add(struct check *c, json_t *list, json_t *value)
{
	if (json_array_append_new(list, value) != 0)
		c->failed = true;
}

static json_t *__attribute__((format(printf, 1, 0)))
sentence(const char *fmt, va_list ap)
{
	json_t *value;
	char *text;

	if (vasprintf(&text, fmt, ap) == -1)
		return NULL;
	value = out_json_string(text);
	free(text);
	return value;
}

/* Once each: many users may give the same reason. */
static void
add_once(struct check *c, json_t *list, json_t *value)
{
	json_t *other;
	size_t i;

	json_array_foreach(list, i, other)
	{
		if (json_equal(other, value)) {
			json_decref(value);
			return;
		}
	}
	add(c, list, value);
}

void
check_broken(
    struct check *c, const char *where, const char *mend, const char *fmt, ...)
{
	json_t *what;
	va_list ap;

	va_start(ap, fmt);
	what = sentence(fmt, ap);
	va_end(ap);
	add_once(c, c->findings,
	    json_pack("{s:o, s:o, s:o}", "what", what, "where",
		out_json_string(where), "mend", out_json_string(mend)));
}

void
check_unseen(struct check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_once(c, c->unseen, sentence(fmt, ap));
	va_end(ap);
}

void
check_note(struct check *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_once(c, c->notes, sentence(fmt, ap));
	va_end(ap);
}

const char *
check_where(const char *file, unsigned int line)
{
	static char where[PATH_MAX + 16];

	(void)snprintf(where, sizeof(where), "%s:%u", file, line);
	return where;
}

json_t *
check_ask(struct check *c, json_t *request)
{
	/* Not the command's own: its one JSON document is still to come. */
	struct invocation inv = *c->scan->inv;
	json_t *reply = NULL;

	if (c->scan->daemon_why != NULL) {
		json_decref(request);
		check_unseen(c, "%s", c->scan->daemon_why);
		return NULL;
	}
	inv.json = false;
	if (client_ask(&inv, request, &reply) != CLI_DONE) {
		c->scan->daemon_why =
		    strdup("bulkheadd can't be asked; see the message above, "
			   "and 'bulkhead status'");
		check_unseen(c, "%s", c->scan->daemon_why);
		return NULL;
	}
	if (reply_flag(reply, "ok"))
		return reply;
	check_unseen(c, "%s", reply_text(reply, "error"));
	json_decref(reply);
	return NULL;
}

json_t *
check_list(struct check *c, json_t *request, const char *key)
{
	json_t *list = json_array(), *reply, *after = NULL;

	do {
		reply = check_ask(c, json_deep_copy(request));
		if (reply == NULL) {
			json_decref(list);
			list = NULL;
			break;
		}
		if (json_array_extend(list, json_object_get(reply, key)) != 0)
			c->failed = true;
		after = json_object_get(reply, "after");
		if (after != NULL)
			(void)json_object_set(request, "after", after);
		json_decref(reply);
	} while (after != NULL);
	json_decref(request);
	return list;
}

void
check_lines(struct check *c, const char *path, line_each each)
{
	unsigned int number;
	struct text *t;
	enum bh_err e;
	char *line;

	e = text_open(path, &t);
	if (e == BH_ERR_NOTFOUND)
		return;
	if (e != BH_OK) {
		check_unseen(c, "%s was not looked at: %s", path, text_why(e));
		return;
	}
	while (text_next_entry(t, &line, &number)) {
		if (line != NULL)
			each(c, path, number, line);
		else
			check_unseen(
			    c, "%s:%u: the line is too long", path, number);
	}
	text_close(t);
}

void
check_files(struct check *c, const char *pattern, line_each each)
{
	glob_t found;
	size_t i;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		check_lines(c, found.gl_pathv[i], each);
	globfree(&found);
}

bool
check_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

const struct sshd_options *
check_sshd(struct check *c, const char *user)
{
	const struct sshd_options *o;
	enum bh_err e;
	char *why;

	if (c->scan->sshd == NULL) {
		check_unseen(c, "%s", c->scan->sshd_why);
		return NULL;
	}
	if ((e = sshd_ask(c->scan->sshd, user, NULL, &o, &why)) != BH_OK) {
		check_unseen(c, "%s", why != NULL ? why : err_text(e));
		free(why);
		return NULL;
	}
	return o;
}
