/*
 * bulkhead machine list: what the register has, and what differs on this host.
 */
#include "tools/client.h"
#include "tools/machine.h"
#include "tools/output.h"

#include <inttypes.h>
#include <stdio.h>

static void
gather_finding(void *arg, const char *login, const char *what)
{
	json_t *list = arg;

	(void)json_array_append_new(
	    list, json_pack("{s:o, s:o}", "login",
		      login[0] != '\0' ? out_json_string(login) : json_null(),
		      "finding", out_json_string(what)));
}

static void
quota_text(uint64_t bytes, char text[32])
{
	static const char units[] = "KMGT";
	size_t i = 0;

	while (bytes != 0 && i < 4 && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	if (bytes == 0)
		(void)snprintf(text, 32, "none");
	else
		(void)snprintf(text, 32, "%" PRIu64 "%.1s", bytes,
		    i > 0 ? units + i - 1 : "");
}

static void
from_text(const json_t *m, char *text, size_t size)
{
	const json_t *net;
	size_t i, len = 0;

	text[0] = '\0';
	json_array_foreach(json_object_get(m, "from"), i, net)
	{
		if (len < size)
			len += (size_t)snprintf(text + len, size - len, "%s%s",
			    i > 0 ? "," : "", json_string_value(net));
	}
}

static void
print_machines(const json_t *list)
{
	static const char *const headings[] = {"MACHINE", "OWNER", "STATE",
	    "UNTIL", "TICKET", "QUOTA", "FROM", "COMMAND"};
	struct table *t = table_new(headings, nitems(headings));
	char until[32], quota[32], from[600];
	const json_t *m;
	size_t i;

	json_array_foreach(list, i, m)
	{
		const char *cells[] = {reply_text(m, "login"),
		    reply_text(m, "owner"), reply_text(m, "state"),
		    out_time(reply_number(m, "expires_s"), until),
		    reply_text(m, "ticket"), quota, from,
		    reply_text(m, "command")};

		quota_text(reply_number(m, "quota"), quota);
		from_text(m, from, sizeof(from));
		table_add(t, cells);
	}
	table_print(t);
	table_free(t);
}

int
cmd_machine_list(struct invocation *inv)
{
	json_t *list, *doc, *findings = json_array();
	const json_t *f;
	enum bh_err e;
	int code;
	size_t i;

	code = client_list(
	    inv, json_pack("{s:s}", "op", "machine.list"), "machines", &list);
	if (code != CLI_DONE) {
		json_decref(findings);
		return code;
	}
	if ((e = machine_check(list, gather_finding, findings)) != BH_OK)
		code = out_error(inv, e, "looking at this host's files");
	else if (inv->json) {
		doc = json_pack(
		    "{s:O, s:O}", "machines", list, "findings", findings);
		code = out_json(inv, reply_document(doc));
		json_decref(doc);
	} else
		print_machines(list);
	if (!inv->json) {
		json_array_foreach(findings, i, f) out_note(
		    "%s: %s", reply_text(f, "login"), reply_text(f, "finding"));
	}
	if (code == CLI_DONE && json_array_size(findings) > 0)
		code = CLI_NO;
	json_decref(list);
	json_decref(findings);
	return code;
}
