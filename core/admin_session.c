/*
 * Operations on the gate in this host: did a login session come through it,
 * and was it laid or taken out?
 */
#include "core/admin_internal.h"

#include <stdlib.h>
#include <string.h>

/* "PID:START", the process's id and its start time as in proc(5). */
static bool
parse_process(const char *text, uint32_t *pidp, uint64_t *startp)
{
	const char *colon = strchr(text, ':');
	char pid[16];
	uint64_t number;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(pid))
		return false;
	memcpy(pid, text, (size_t)(colon - text));
	pid[colon - text] = '\0';
	if (config_uint(pid, 1, UINT32_MAX, &number) != BH_OK ||
	    config_uint(colon + 1, 1, UINT64_MAX, startp) != BH_OK)
		return false;
	*pidp = (uint32_t)number;
	return true;
}

/*
 * The first of these processes that has opened a login session by a code.  A
 * sudo or su is none: it says nothing of the session that it was called in.
 */
enum bh_err
op_session_through(struct op *o)
{
	const json_t *list = json_object_get(o->in, "processes"), *item;
	char service[GRANT_SERVICE_MAX + 1];
	struct account a = {.id = 0};
	uint32_t pid;
	uint64_t start;
	enum bh_err e;
	size_t i;

	json_array_foreach(list, i, item)
	{
		if (!parse_process(json_string_value(item), &pid, &start))
			return op_refuse(o, OP_USAGE,
			    "a process is PID:START, its start in clock ticks");
		e = gate_opened(o->a->gate, pid, start, &a, service);
		if (e == BH_ERR_NOTFOUND)
			continue;
		if (e != BH_OK ||
		    (e = op_put(o->out, "login", op_string(a.login))) !=
			BH_OK ||
		    (e = op_put(o->out, "service", op_string(service))) !=
			BH_OK ||
		    (e = op_put(o->out, "pid", op_int(pid))) != BH_OK)
			return e;
		return op_put(o->out, "start", op_int(start));
	}
	return op_refuse(
	    o, OP_NO, "none of these processes has come through the gate");
}

/* The tool changes PAM's files; here is only the record of it. */
enum bh_err
op_gate_change(struct op *o)
{
	static const char *const actions[] = {
	    "gate.laid", "gate.confirmed", "gate.put-back", "gate.removed"};
	const char *what = op_text(o, "what");
	struct event ev;
	size_t i;

	for (i = 0; i < nitems(actions); i++) {
		if (strcmp(actions[i] + sizeof("gate.") - 1, what) == 0)
			break;
	}
	if (i == nitems(actions))
		return op_refuse(o, OP_USAGE, "gate.change: no such change");
	op_event(o, actions[i], &ev);
	ev.subject = op_text(o, "login");
	ev.detail = op_text(o, "services");
	return op_record(o, &ev);
}
