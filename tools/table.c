/*
 * Tables on the terminal, aligned by what a terminal shows.
 */
#include "tools/output.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

struct table {
	size_t n_columns;
	size_t n_cells;
	char **cells; /* row by row, the headings first */
	size_t width[OUTPUT_COLUMNS_MAX];
};

/* Columns of the terminal that a printable text takes. */
static size_t
columns(const char *text)
{
	size_t len = strlen(text), i = 0, total = 0, n;
	mbstate_t state;
	wchar_t c;
	int width;

	memset(&state, 0, sizeof(state));
	while (i < len) {
		n = mbrtowc(&c, text + i, len - i, &state);
		if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
			return len;
		width = wcwidth(c);
		total += width > 0 ? (size_t)width : 0;
		i += n;
	}
	return total;
}

struct table *
table_new(const char *const *headings, size_t n)
{
	struct table *t;

	if (n > OUTPUT_COLUMNS_MAX || (t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->n_columns = n;
	table_add(t, headings);
	return t;
}

void
table_add(struct table *t, const char *const *cells)
{
	char **grown;
	size_t i, width;

	if (t == NULL)
		return;
	grown = reallocarray(
	    t->cells, t->n_cells + t->n_columns, sizeof(*t->cells));
	if (grown == NULL)
		return;
	t->cells = grown;
	for (i = 0; i < t->n_columns; i++) {
		grown[t->n_cells] =
		    out_printable(cells[i] != NULL ? cells[i] : "", false);
		if (grown[t->n_cells] == NULL)
			grown[t->n_cells] = strdup("");
		width =
		    columns(grown[t->n_cells] != NULL ? grown[t->n_cells] : "");
		if (width > t->width[i])
			t->width[i] = width;
		t->n_cells++;
	}
}

void
table_print(const struct table *t)
{
	const char *cell;
	size_t i, column;

	for (i = 0; t != NULL && i < t->n_cells; i++) {
		column = i % t->n_columns;
		cell = t->cells[i] != NULL ? t->cells[i] : "";
		if (column + 1 == t->n_columns)
			(void)printf("%s\n", cell);
		else
			(void)printf("%s%*s", cell,
			    (int)(t->width[column] - columns(cell) + 2), "");
	}
}

void
table_free(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}
