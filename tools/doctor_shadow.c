/*
 * /etc/shadow, read once.
 */
#include "tools/doctor_shadow.h"

#include "core/clock.h"

#include <shadow.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S	86400
#define DES_LEN 13

/* Can any word have that hash, or is none asked for?  DES's is the shortest. */
static bool
is_open(const char *hash)
{
	if (hash[0] == '!' || hash[0] == '*')
		return false;
	return hash[0] == '\0' || hash[0] == '$' || hash[0] == '_' ||
	       strlen(hash) >= DES_LEN;
}

static bool
add(struct shadow *s, const struct spwd *sp, long today)
{
	const char *hash = sp->sp_pwdp;
	struct shadow_row *row;

	row = reallocarray(s->row, s->n + 1, sizeof(*row));
	if (row == NULL)
		return false;
	s->row = row;
	row += s->n;
	*row = (struct shadow_row){.name = strdup(sp->sp_namp),
	    .password = is_open(hash),
	    .locked = hash[0] == '!' && hash[1] == '$',
	    .expired = sp->sp_expire != -1 && today >= sp->sp_expire};
	if (row->name == NULL)
		return false;
	s->n++;
	return true;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct shadow_row *)a)->name,
	    ((const struct shadow_row *)b)->name);
}

enum bh_err
shadow_read(struct shadow *s)
{
	const struct spwd *sp;
	bool whole = true;
	struct now now;

	*s = (struct shadow){.n = 0};
	clock_read(&now);
	setspent();
	while (whole && (sp = getspent()) != NULL)
		whole = add(s, sp, (long)(now.wall_s / DAY_S));
	endspent();
	if (!whole) {
		shadow_free(s);
		return BH_ERR_NOMEM;
	}
	if (s->n > 0)
		qsort(s->row, s->n, sizeof(*s->row), by_name);
	return BH_OK;
}

void
shadow_free(struct shadow *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		free(s->row[i].name);
	free(s->row);
	*s = (struct shadow){.n = 0};
}

const struct shadow_row *
shadow_find(const struct shadow *s, const char *name)
{
	size_t low = 0, high = s->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		if ((order = strcmp(name, s->row[middle].name)) == 0)
			return &s->row[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
