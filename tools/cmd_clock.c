/*
 * bulkhead clock: a clock that once ran ahead.
 */
#include "tools/client.h"
#include "tools/output.h"

static int
cmd_clock_accept(struct invocation *inv)
{
	char was[32], now[32];
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s}", "op", "clock.accept", "reason",
		inv_value(inv, "reason")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	out_text(inv, "highest time seen: was %s, is %s\n",
	    out_time(reply_number(reply, "was_s"), was),
	    out_time(reply_number(reply, "now_s"), now));
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

static const struct arg options[] = {
    {.name = "reason",
	.argument = "TEXT",
	.required = true,
	.help = "why, for the ledger"},
};

const struct command commands_clock[] = {
    {.name = "clock accept",
	.run = cmd_clock_accept,
	.summary = "Take the clock as right, after it once ran ahead",
	.description = "End dates are judged by the highest time ever seen.  "
		       "This sets it to the time that the clock shows now.  "
		       "No used code comes back by it.",
	ARGS(options, options)},
    {.name = NULL},
};
