/*
 * bulkhead status: how things stand.
 */
#include "core/clock.h"
#include "tools/account.h"
#include "tools/client.h"
#include "tools/manifest.h"
#include "tools/output.h"

#include <inttypes.h>

static void
print_realm(struct invocation *inv, const json_t *r)
{
	const json_t *ledger = json_object_get(r, "ledger");
	const json_t *clock = json_object_get(r, "clock");
	uint64_t behind = reply_number(clock, "behind_s");
	char when[32];

	out_text(inv, "realm          %s (%s)\n", reply_text(r, "realm"),
	    reply_text(r, "class"));
	if (reply_flag(r, "daemon"))
		out_text(inv, "daemon         runs since %s\n",
		    out_time(reply_number(r, "started_s"), when));
	else
		out_text(inv, "daemon         does not run: nobody is "
			      "admitted\n");
	out_text(inv, "host id        %s\n", reply_text(r, "host"));
	out_text(inv, "log id         %s\n", reply_text(r, "log_id"));
	out_text(inv, "ledger         %" PRIu64 " record(s), root %s\n",
	    reply_number(ledger, "size"), reply_text(ledger, "root"));
	out_text(inv, "key            generation %" PRIu64 "\n",
	    reply_number(r, "key_generation"));
	if (behind > 0)
		out_text(inv,
		    "clock          %" PRIu64 " s behind the "
		    "highest time seen\n",
		    behind);
	else
		out_text(inv, "clock          %s\n",
		    reply_flag(clock, "synchronised") ? "synchronised"
						      : "not synchronised");
	if (reply_number(r, "bad_cells") > 0)
		out_text(inv,
		    "store          %" PRIu64 " parts do not add "
		    "up: rows were changed behind our back\n",
		    reply_number(r, "bad_cells"));
	out_text(inv, "accounts       %" PRIu64 ", tokens %" PRIu64 "\n",
	    reply_number(r, "accounts"), reply_number(r, "tokens"));
}

/* Which manifests are in force on a backup host, and what is wrong with them:
 * into the reply, for JSON. */
static int
add_manifests(struct invocation *inv, json_t *reply)
{
	const struct config *config = inv_config(inv);
	json_t *list, *findings;
	struct now now;
	int code;

	if (config == NULL)
		return CLI_FAILED;
	if (config->realm_class != CLASS_BACKUP)
		return CLI_DONE;
	code = client_list(
	    inv, json_pack("{s:s}", "op", "manifest.list"), "sources", &list);
	if (code != CLI_DONE)
		return code;
	clock_read(&now);
	findings = manifest_findings(config, list, now.wall_s);
	if (json_object_set_new(reply, "manifests", list) != 0 ||
	    json_object_set_new(reply, "manifest_findings", findings) != 0)
		return out_fail(inv, CLI_FAILED, "out of memory");
	return CLI_DONE;
}

static void
print_manifests(struct invocation *inv, const json_t *r)
{
	const json_t *list = json_object_get(r, "manifests"), *text;
	size_t i;

	if (list == NULL)
		return;
	out_text(inv, "manifests      %zu in force\n", json_array_size(list));
	json_array_foreach(json_object_get(r, "manifest_findings"), i, text)
	{
		out_text(inv, "finding        %s\n", json_string_value(text));
	}
}

static int
one_account(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack(
		"{s:s, s:s}", "op", "status", "login", inv_value(inv, "LOGIN")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	if (inv->json)
		code = out_json(inv, reply_document(reply));
	else
		account_text(inv, reply);
	json_decref(reply);
	return code;
}

static int
cmd_status(struct invocation *inv)
{
	json_t *reply, *list;
	int code;

	if (inv_given(inv, "LOGIN"))
		return one_account(inv);
	code = client_call(inv, json_pack("{s:s}", "op", "status"), &reply);
	if (code != CLI_DONE)
		return code;
	code = client_list(
	    inv, json_pack("{s:s}", "op", "account.list"), "accounts", &list);
	if (code == CLI_DONE &&
	    json_object_set_new(reply, "account_list", list) != 0)
		code = out_fail(inv, CLI_FAILED, "out of memory");
	if (code == CLI_DONE)
		code = add_manifests(inv, reply);
	if (code == CLI_DONE && inv->json) {
		code = out_json(inv, reply_document(reply));
	} else if (code == CLI_DONE) {
		print_realm(inv, reply);
		print_manifests(inv, reply);
		out_text(inv, "\n");
		if (json_array_size(list) > 0)
			account_table(list);
	}
	json_decref(reply);
	return code;
}

static const struct arg operands[] = {
    {.name = "LOGIN", .help = "this account alone"},
};

const struct command commands_status[] = {
    {.name = "status",
	.run = cmd_status,
	.summary = "Show the realm, the daemon and who is enrolled or locked",
	ARGS(operands, operands)},
    {.name = NULL},
};
