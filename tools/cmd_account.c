/*
 * bulkhead account: whose login an account is.
 */
#include "tools/account.h"
#include "tools/client.h"
#include "tools/output.h"

#include <inttypes.h>
#include <string.h>

void
account_locks(const json_t *a, char *text, size_t size)
{
	const json_t *lock;
	size_t i, len = 0;
	int n;

	(void)snprintf(text, size, "%s", "");
	if (reply_flag(a, "tampered"))
		len = (size_t)snprintf(text, size, "tampered with");
	if (reply_flag(a, "hard_locked"))
		len += (size_t)snprintf(
		    text + len, size - len, "%shard", len > 0 ? ", " : "");
	json_array_foreach(json_object_get(a, "locked"), i, lock)
	{
		n = snprintf(text + len, size - len, "%s%s %" PRIu64 " min",
		    len > 0 ? ", " : "", reply_text(lock, "share"),
		    (reply_number(lock, "remaining_s") + 59) / 60);
		if (n < 0 || (size_t)n >= size - len)
			return;
		len += (size_t)n;
	}
	if (len == 0)
		(void)snprintf(text, size, "-");
}

void
account_table(const json_t *list)
{
	static const char *const headings[] = {"ACCOUNT", "PERSON", "TOKENS",
	    "PENDING", "RECOVERY", "LAST LOGIN", "LOCKED"};
	struct table *t = table_new(headings, nitems(headings));
	char number[3][24], when[32], locks[128];
	const json_t *a;
	size_t i;

	json_array_foreach(list, i, a)
	{
		const char *cells[] = {reply_text(a, "login"),
		    reply_text(a, "person"), number[0], number[1], number[2],
		    out_time(reply_number(a, "last_login_s"), when), locks};

		account_locks(a, locks, sizeof(locks));
		(void)snprintf(number[0], sizeof(number[0]), "%" PRIu64,
		    reply_number(a, "tokens_active"));
		(void)snprintf(number[1], sizeof(number[1]), "%" PRIu64,
		    reply_number(a, "tokens_pending"));
		(void)snprintf(number[2], sizeof(number[2]), "%" PRIu64,
		    reply_number(a, "recovery_left"));
		table_add(t, cells);
	}
	table_print(t);
	table_free(t);
}

void
account_text(struct invocation *inv, const json_t *a)
{
	char when[32], locks[128];

	account_locks(a, locks, sizeof(locks));
	out_text(inv, "account        %s\n", reply_text(a, "login"));
	out_text(inv, "person         %s\n", reply_text(a, "person"));
	out_text(inv, "since          %s\n",
	    out_time(reply_number(a, "created_s"), when));
	out_text(inv, "last login     %s\n",
	    out_time(reply_number(a, "last_login_s"), when));
	out_text(inv, "locked         %s\n", locks);
	out_text(inv, "known sources  %" PRIu64 "\n",
	    reply_number(a, "known_sources"));
	out_text(inv, "recovery codes %" PRIu64 " left\n\n",
	    reply_number(a, "recovery_left"));
	token_table(json_object_get(a, "tokens"));
}

static int
cmd_account_add(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s, s:s}", "op", "account.add", "login",
		inv_value(inv, "LOGIN"), "person", inv_value(inv, "person")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	out_text(inv,
	    "account %s added; 'bulkhead enroll %s totp' gives it a "
	    "token\n",
	    inv_value(inv, "LOGIN"), inv_value(inv, "LOGIN"));
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

static int
cmd_account_list(struct invocation *inv)
{
	json_t *list, *doc;
	int code;

	code = client_list(
	    inv, json_pack("{s:s}", "op", "account.list"), "accounts", &list);
	if (code != CLI_DONE)
		return code;
	if (inv->json) {
		doc = json_pack("{s:O}", "accounts", list);
		code = out_json(inv, reply_document(doc));
		json_decref(doc);
	} else
		account_table(list);
	json_decref(list);
	return code;
}

static int
cmd_account_show(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s}", "op", "account.show", "login",
		inv_value(inv, "LOGIN")),
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
cmd_account_remove(struct invocation *inv)
{
	json_t *reply;
	int code;

	code = client_call(inv,
	    json_pack("{s:s, s:s, s:s}", "op", "account.remove", "login",
		inv_value(inv, "LOGIN"), "reason", inv_value(inv, "reason")),
	    &reply);
	if (code != CLI_DONE)
		return code;
	out_text(inv, "account %s removed, its tokens revoked\n",
	    inv_value(inv, "LOGIN"));
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

static const struct arg login_operands[] = {
    {.name = "LOGIN", .required = true, .help = "the login name"},
};

static const struct arg add_options[] = {
    {.name = "person",
	.argument = "ID",
	.required = true,
	.help = "whose it is, as in person list"},
};

static const struct arg remove_options[] = {
    {.name = "reason",
	.argument = "TEXT",
	.required = true,
	.help = "why, for the ledger"},
};

const struct command commands_account[] = {
    {.name = "account add",
	.run = cmd_account_add,
	.summary = "Say whose login an account is",
	ARGS(operands, login_operands),
	ARGS(options, add_options)},
    {.name = "account list",
	.run = cmd_account_list,
	.summary = "Show the accounts"},
    {.name = "account show",
	.run = cmd_account_show,
	.summary = "Show one account and its tokens",
	ARGS(operands, login_operands)},
    {.name = "account remove",
	.run = cmd_account_remove,
	.summary = "Remove an account and revoke its tokens",
	ARGS(operands, login_operands),
	ARGS(options, remove_options)},
    {.name = NULL},
};
