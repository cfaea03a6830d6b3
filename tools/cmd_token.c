/*
 * bulkhead token: the tokens there are.
 */
#include "tools/account.h"
#include "tools/client.h"
#include "tools/output.h"

#include <inttypes.h>
#include <string.h>

void
token_kind_text(const json_t *t, char *text, size_t size)
{
	const char *kind = reply_text(t, "kind");

	if (json_object_get(t, "digits") != NULL)
		(void)snprintf(text, size, "%s %s %" PRIu64, kind,
		    reply_text(t, "algorithm"), reply_number(t, "digits"));
	else if (json_object_get(t, "public_id") != NULL)
		(void)snprintf(
		    text, size, "%s %s", kind, reply_text(t, "public_id"));
	else if (json_object_get(t, "codes_left") != NULL)
		(void)snprintf(text, size, "%s, %" PRIu64 " left", kind,
		    reply_number(t, "codes_left"));
	else
		(void)snprintf(text, size, "%s", kind);
}

void
token_table(const json_t *list)
{
	static const char *const headings[] = {
	    "ID", "ACCOUNT", "KIND", "STATUS", "ENROLLED", "LAST USED"};
	struct table *t = table_new(headings, nitems(headings));
	char id[24], kind[96], since[32], used[32];
	const json_t *k;
	size_t i;

	json_array_foreach(list, i, k)
	{
		const char *login = reply_text(k, "login");
		const char *cells[] = {id, login[0] != '\0' ? login : "-", kind,
		    reply_text(k, "status"),
		    out_time(reply_number(k, "created_s"), since),
		    out_time(reply_number(k, "last_used_s"), used)};

		(void)snprintf(
		    id, sizeof(id), "%" PRIu64, reply_number(k, "id"));
		token_kind_text(k, kind, sizeof(kind));
		table_add(t, cells);
	}
	table_print(t);
	table_free(t);
}

static int
cmd_token_list(struct invocation *inv)
{
	json_t *list, *doc;
	int code;

	code = client_list(inv,
	    json_pack("{s:s, s:s*}", "op", "token.list", "login",
		inv_value(inv, "LOGIN")),
	    "tokens", &list);
	if (code != CLI_DONE)
		return code;
	if (inv->json) {
		doc = json_pack("{s:O}", "tokens", list);
		code = out_json(inv, reply_document(doc));
		json_decref(doc);
	} else
		token_table(list);
	json_decref(list);
	return code;
}

/* Run a request about one token and say what became of it. */
static int
change(struct invocation *inv, json_t *request, const char *what)
{
	json_t *reply, *token;
	int code;

	if ((code = client_call(inv, request, &reply)) != CLI_DONE)
		return code;
	token = json_object_get(reply, "token");
	out_text(inv, "token %" PRIu64 " of %s %s\n", reply_number(token, "id"),
	    reply_text(token, "login"), what);
	code = inv->json ? out_json(inv, reply_document(reply)) : CLI_DONE;
	json_decref(reply);
	return code;
}

static json_int_t
token_id(const struct invocation *inv)
{
	uint64_t id = inv_number(inv, "ID", 0);

	return id <= INT64_MAX ? (json_int_t)id : INT64_MAX;
}

static int
cmd_token_confirm(struct invocation *inv)
{
	return change(inv,
	    json_pack("{s:s, s:I, s:s}", "op", "token.confirm", "id",
		token_id(inv), "code", inv_value(inv, "CODE")),
	    "is active");
}

static int
cmd_token_revoke(struct invocation *inv)
{
	return change(inv,
	    json_pack("{s:s, s:I, s:s}", "op", "token.revoke", "id",
		token_id(inv), "reason", inv_value(inv, "reason")),
	    "is revoked");
}

static int
cmd_token_resync(struct invocation *inv)
{
	return change(inv,
	    json_pack("{s:s, s:I, s:s, s:s}", "op", "token.resync", "id",
		token_id(inv), "code1", inv_value(inv, "CODE1"), "code2",
		inv_value(inv, "CODE2")),
	    "is back in step");
}

static const struct arg list_operands[] = {
    {.name = "LOGIN", .help = "the tokens of this account alone"},
};

#define TOKEN_ID                                                      \
	{                                                             \
		.name = "ID", .type = VALUE_NUMBER, .required = true, \
		.help = "the token, as in token list"                 \
	}

static const struct arg id_operands[] = {TOKEN_ID};

static const struct arg confirm_operands[] = {
    TOKEN_ID,
    {.name = "CODE", .required = true, .help = "the code it shows now"},
};

static const struct arg resync_operands[] = {
    TOKEN_ID,
    {.name = "CODE1", .required = true, .help = "the code it shows"},
    {.name = "CODE2", .required = true, .help = "the next one"},
};

static const struct arg revoke_options[] = {
    {.name = "reason",
	.argument = "TEXT",
	.required = true,
	.help = "why, for the ledger"},
};

const struct command commands_token[] = {
    {.name = "token list",
	.run = cmd_token_list,
	.summary = "Show whose tokens there are",
	ARGS(operands, list_operands)},
    {.name = "token confirm",
	.run = cmd_token_confirm,
	.summary = "Make a pending token active by a code of it",
	.description = "The code is spent by it: it opens no login.",
	ARGS(operands, confirm_operands)},
    {.name = "token revoke",
	.run = cmd_token_revoke,
	.summary = "End a token for good",
	.description = "Its secret is destroyed.",
	ARGS(operands, id_operands),
	ARGS(options, revoke_options)},
    {.name = "token resync",
	.run = cmd_token_resync,
	.summary = "Find the counter of a hotp token anew",
	.description = "By two codes, one after the other, within the next "
		       "100.  Both are spent by it.",
	ARGS(operands, resync_operands)},
    {.name = NULL},
};
