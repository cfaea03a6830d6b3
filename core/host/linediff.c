/*
 * A unified diff of two texts that differ by whole lines put in or taken out.
 */
#include "core/host/linediff.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AROUND 3
#define AHEAD  400 /* how far a line is looked for in the other text */

struct row {
	char sign; /* ' ', '+', '-' */
	const char *line;
	size_t len;
};

struct rows {
	struct row *row;
	size_t n;
};

static bool
add(struct rows *r, char sign, const char **linep)
{
	struct row *grown;
	size_t len = strcspn(*linep, "\n");

	grown = reallocarray(r->row, r->n + 1, sizeof(*grown));
	if (grown == NULL)
		return false;
	r->row = grown;
	r->row[r->n++] = (struct row){sign, *linep, len};
	*linep += len + ((*linep)[len] == '\n');
	return true;
}

static bool
same(const char *a, const char *b)
{
	size_t len = strcspn(a, "\n");

	return len == strcspn(b, "\n") && memcmp(a, b, len) == 0;
}

/* How many lines on does text have that line; AHEAD: not near. */
static size_t
distance(const char *text, const char *line)
{
	size_t n = 0, len;

	while (*text != '\0' && n < AHEAD && !same(text, line)) {
		len = strcspn(text, "\n");
		text += len + (text[len] == '\n');
		n++;
	}
	return *text != '\0' ? n : AHEAD;
}

static bool
compare(struct rows *r, const char *old, const char *now)
{
	bool ok = true;

	while (ok && (*old != '\0' || *now != '\0')) {
		if (*old == '\0') {
			ok = add(r, '+', &now);
		} else if (*now == '\0') {
			ok = add(r, '-', &old);
		} else if (same(old, now)) {
			ok = add(r, ' ', &old);
			now += strcspn(now, "\n");
			now += *now == '\n';
		} else if (distance(now, old) <= distance(old, now) &&
			   distance(now, old) < AHEAD) {
			ok = add(r, '+', &now);
		} else {
			ok = add(r, '-', &old);
		}
	}
	return ok;
}

/* Is there a change within AROUND lines of row i? */
static bool
shown(const struct rows *r, size_t i)
{
	size_t from = i > AROUND ? i - AROUND : 0, k;

	for (k = from; k < r->n && k <= i + AROUND; k++) {
		if (r->row[k].sign != ' ')
			return true;
	}
	return false;
}

static void
put_hunk(FILE *out, const struct rows *r, size_t from, size_t to)
{
	size_t old_at = 1, now_at = 1, n_old = 0, n_now = 0, i;

	for (i = 0; i < to; i++) {
		bool in_old = r->row[i].sign != '+';
		bool in_now = r->row[i].sign != '-';

		old_at += i < from && in_old;
		now_at += i < from && in_now;
		n_old += i >= from && in_old;
		n_now += i >= from && in_now;
	}
	(void)fprintf(out, "@@ -%zu,%zu +%zu,%zu @@\n",
	    n_old > 0 ? old_at : old_at - 1, n_old,
	    n_now > 0 ? now_at : now_at - 1, n_now);
	for (i = from; i < to; i++)
		(void)fprintf(out, "%c%.*s\n", r->row[i].sign,
		    (int)r->row[i].len, r->row[i].line);
}

static void
put_all(FILE *out, const struct rows *r)
{
	size_t from, to;

	for (from = 0; from < r->n; from = to) {
		to = from + 1;
		if (!shown(r, from))
			continue;
		while (to < r->n && shown(r, to))
			to++;
		put_hunk(out, r, from, to);
	}
}

enum bh_err
linediff(const char *path, const char *old, const char *now, char **diffp)
{
	struct rows r = {0};
	size_t size;
	FILE *out;
	bool ok;

	*diffp = NULL;
	if ((out = open_memstream(diffp, &size)) == NULL)
		return BH_ERR_NOMEM;
	ok = compare(&r, old != NULL ? old : "", now != NULL ? now : "");
	if (ok && (old == NULL || now == NULL || strcmp(old, now) != 0)) {
		(void)fprintf(out, "--- %s\n+++ %s\n",
		    old != NULL ? path : "/dev/null",
		    now != NULL ? path : "/dev/null");
		put_all(out, &r);
	}
	free(r.row);
	if (fclose(out) != 0 || !ok) {
		free(*diffp);
		*diffp = NULL;
		return BH_ERR_NOMEM;
	}
	return BH_OK;
}
