/*
 * Operations on persons.
 */
#include "core/admin_internal.h"

#include <stdlib.h>
#include <string.h>

enum bh_err
op_person_add(struct op *o)
{
	const char *name = op_text(o, "name");
	struct person p = {.created_s = o->now->wall_s};
	struct event ev;
	enum bh_err e;

	(void)msg_set(p.id, sizeof(p.id), op_text(o, "id"));
	(void)msg_set(p.name, sizeof(p.name), name != NULL ? name : p.id);
	if ((e = store_person_add(o->a->store, &p)) == BH_ERR_EXISTS)
		return op_refuse(o, OP_NO,
		    "person %s is there already; take another id", p.id);
	if (e != BH_OK)
		return e;
	op_event(o, "person.add", &ev);
	ev.person = p.id;
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return op_put(o->out, "id", op_string(p.id));
}

static json_t *
person_value(const struct person *p)
{
	return json_pack("{s:s, s:s, s:o}", "id", p->id, "name", p->name,
	    "created_s", op_time(p->created_s));
}

enum bh_err
op_person_list(struct op *o)
{
	const char *after = op_text(o, "after");
	json_t *list = json_array();
	struct person *p;
	size_t i, n = 0;
	enum bh_err e;

	if ((e = op_put(o->out, "persons", list)) != BH_OK)
		return e;
	if ((p = calloc(ADMIN_PAGE, sizeof(*p))) == NULL)
		return BH_ERR_NOMEM;
	e = store_persons(
	    o->a->store, after != NULL ? after : "", ADMIN_PAGE, p, &n);
	for (i = 0; e == BH_OK && i < n; i++) {
		if (json_array_append_new(list, person_value(&p[i])) != 0)
			e = BH_ERR_NOMEM;
	}
	if (e == BH_OK && n == ADMIN_PAGE)
		e = op_put(o->out, "after", op_string(p[n - 1].id));
	free(p);
	return e;
}
