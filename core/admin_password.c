/*
 * Operations on generated passwords: which shadow entry `bulkhead password`
 * made.  The entry itself is kept as a keyed digest, and stands in no record.
 */
#include "core/admin_internal.h"

static enum bh_err
backup_only(struct op *o)
{
	if (o->a->config->realm_class == CLASS_BACKUP)
		return BH_OK;
	return op_refuse(o, OP_NO,
	    "realm %s is of class production; passwords are generated in a "
	    "backup realm, where no other counts",
	    o->a->config->realm);
}

enum bh_err
op_password_set(struct op *o)
{
	struct account a;
	struct event ev;
	enum bh_err e;

	if ((e = backup_only(o)) != BH_OK || (e = op_account(o, &a)) != BH_OK ||
	    (e = store_password_set(o->a->store, a.login, op_text(o, "shadow"),
		 o->now->wall_s)) != BH_OK)
		return e;
	op_event(o, "password.set", &ev);
	ev.subject = a.login;
	ev.person = a.person;
	if ((e = op_record(o, &ev)) != BH_OK)
		return e;
	return op_put(o->out, "login", op_string(a.login));
}

enum bh_err
op_password_check(struct op *o)
{
	struct account a;
	uint64_t set_s = 0;
	bool made = true, same = false;
	enum bh_err e;

	if ((e = backup_only(o)) != BH_OK || (e = op_account(o, &a)) != BH_OK)
		return e;
	e = store_password_check(
	    o->a->store, a.login, op_text(o, "shadow"), &same, &set_s);
	if (e == BH_ERR_NOTFOUND)
		made = same = false;
	else if (e != BH_OK)
		return e;
	if ((e = op_put(o->out, "made", json_boolean(made))) != BH_OK ||
	    (e = op_put(o->out, "same", json_boolean(same))) != BH_OK)
		return e;
	return op_put(o->out, "set_s", op_time(set_s));
}
