/*
 * Rations, by arithmetic alone.
 */
#include "core/ration.h"

#include <stdio.h>
#include <string.h>

/* What is given back until then, and the time that is not used up by it. */
static struct ration
settled(const struct ration *r, uint64_t boot_s)
{
	struct ration now = *r;
	uint64_t back;

	if (boot_s < r->boot_s)
		return now;
	back = (boot_s - r->boot_s) / RATION_EVERY_S;
	if (back >= r->used) {
		now.used = 0;
		now.boot_s = boot_s;
	} else {
		now.used -= back;
		now.boot_s += back * RATION_EVERY_S;
	}
	return now;
}

bool
ration_left(const struct ration *r, uint64_t boot_s)
{
	return settled(r, boot_s).used < RATION_BURST;
}

bool
ration_take(struct ration *r, uint64_t boot_s)
{
	*r = settled(r, boot_s);
	if (r->used >= RATION_BURST)
		return false;
	r->used++;
	return true;
}

static const struct ration_row *
find(const struct rations *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (strcmp(t->row[i].name, name) == 0)
			return &t->row[i];
	}
	return NULL;
}

bool
rations_left(const struct rations *t, const char *name, uint64_t boot_s)
{
	const struct ration_row *row = find(t, name);

	return row == NULL || ration_left(&row->ration, boot_s);
}

/* Its row, a free one, or the one whose loss gives least away. */
static struct ration_row *
place(struct rations *t, const char *name, uint64_t boot_s)
{
	struct ration_row *row = t->row;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (strcmp(t->row[i].name, name) == 0)
			return &t->row[i];
		if (settled(&t->row[i].ration, boot_s).used <
		    settled(&row->ration, boot_s).used)
			row = &t->row[i];
	}
	if (t->n < RATIONS_MAX)
		row = &t->row[t->n++];
	memset(row, 0, sizeof(*row));
	(void)snprintf(row->name, sizeof(row->name), "%s", name);
	return row;
}

void
rations_take(struct rations *t, const char *name, uint64_t boot_s)
{
	(void)ration_take(&place(t, name, boot_s)->ration, boot_s);
}
