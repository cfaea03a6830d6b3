/*
 * bulkhead unlock: the way out of a lock.
 */
#include "tools/client.h"
#include "tools/output.h"

#include <stdlib.h>
#include <unistd.h>

/* At a terminal of this host, and not behind sshd.  Root could lie about it:
 * it keeps mistakes and half-open sessions out, not root. */
static bool
local_terminal(void)
{
	return isatty(STDIN_FILENO) == 1 && getenv("SSH_CONNECTION") == NULL &&
	       getenv("SSH_TTY") == NULL && getenv("SSH_CLIENT") == NULL;
}

static int
cmd_unlock(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s, s:s, s:s*, s:b, s:s*}", "op", "unlock",
		"login", inv_value(inv, "LOGIN"), "reason",
		inv_value(inv, "reason"), "ticket", inv_value(inv, "ticket"),
		"local_terminal", local_terminal(), "tty",
		ttyname(STDIN_FILENO)),
	    &reply);
	if (code != CLI_DONE)
		return code;
	out_text(inv, "account %s %s\n", inv_value(inv, "LOGIN"),
	    reply_flag(reply, "was_hard_locked") ? "unlocked; it was locked "
						   "hard"
	    : reply_flag(reply, "was_locked")	 ? "unlocked"
						 : "was not locked; its count "
						   "of wrong codes is 0 now");
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

static const struct arg operands[] = {
    {.name = "LOGIN", .required = true, .help = "the login name"},
};

static const struct arg options[] = {
    {.name = "reason",
	.argument = "TEXT",
	.required = true,
	.help = "why, for the ledger"},
    {.name = "ticket", .argument = "TEXT", .help = "the ticket it is for"},
};

const struct command commands_unlock[] = {
    {.name = "unlock",
	.run = cmd_unlock,
	.summary = "Lift the locks of an account",
	.description = "The hard lock is lifted from a terminal of the host "
		       "alone, not over ssh.",
	ARGS(operands, operands),
	ARGS(options, options)},
    {.name = NULL},
};
