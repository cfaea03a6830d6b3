/*
 * bulkhead enroll: a new token, shown once and confirmed by a code of it.
 */
#include "tools/client.h"
#include "tools/enroll.h"
#include "tools/output.h"
#include "tools/qr.h"
#include "tools/terminal.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define TRIES	 3
#define CODE_MAX 512

static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
static volatile sig_atomic_t stopped;

static void
on_signal(int sig)
{
	stopped = sig;
}

/* Ctrl-C must not leave a token behind that nobody has confirmed: from here
 * on it is noticed, and the token revoked. */
static void
catch_signals(void)
{
	struct sigaction act = {.sa_handler = on_signal}, old;
	size_t i;

	(void)sigemptyset(&act.sa_mask);
	for (i = 0; i < nitems(ending); i++) {
		if (sigaction(ending[i], NULL, &old) == 0 &&
		    old.sa_handler != SIG_IGN)
			(void)sigaction(ending[i], &act, NULL);
	}
}

static json_t *
request_of(const struct invocation *inv)
{
	json_t *r;

	r = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "op", "enroll", "login",
	    inv_value(inv, "LOGIN"), "kind", inv_value(inv, "KIND"),
	    "algorithm", inv_value(inv, "algorithm"), "ticket",
	    inv_value(inv, "ticket"));
	if (inv_given(inv, "digits"))
		(void)json_object_set_new(r, "digits",
		    json_integer((json_int_t)inv_number(inv, "digits", 0)));
	if (inv_given(inv, "period"))
		(void)json_object_set_new(r, "period",
		    json_integer((json_int_t)inv_number(inv, "period", 0)));
	return r;
}

static void
show_codes(struct invocation *inv, const json_t *reply)
{
	const json_t *code;
	size_t i;

	out_text(inv,
	    "Recovery codes of %s. Each opens one login, when no other token "
	    "is at hand.\nThey are shown this once: print them or write them "
	    "down, and keep them\nwhere the phone is not. Codes made before "
	    "are void.\n\n",
	    inv_value(inv, "LOGIN"));
	json_array_foreach(json_object_get(reply, "codes"), i, code)
	    out_text(inv, "    %s\n", json_string_value(code));
}

/* The secret as the app takes it: a picture, a link, and to type. */
static void
show_secret(struct invocation *inv, const json_t *reply)
{
	const char *secret = reply_text(reply, "secret");
	const char *uri = reply_text(reply, "uri");
	bool qr =
	    !inv_given(inv, "no-qr") && (inv_given(inv, "qr") || qr_fits());
	size_t i, len = strlen(secret);

	if (inv->json || len == 0)
		return;
	(void)fflush(stdout);
	if (qr && qr_print(uri) != BH_OK)
		out_note("the QR code could not be made; use the link below");
	out_text(inv, "\n%s\n\nsecret: ", uri);
	for (i = 0; i < len; i += 4)
		out_text(inv, "%s%.4s", i > 0 ? " " : "", secret + i);
	out_text(inv, "\n\n");
	(void)fflush(stdout);
}

/* One code; *replyp as of client_ask. */
static int
try_code(struct invocation *inv, uint64_t id, const char *code, json_t **replyp)
{
	return client_ask(inv,
	    json_pack("{s:s, s:I, s:s}", "op", "token.confirm", "id",
		(json_int_t)id, "code", code),
	    replyp);
}

/* Up to three codes from the terminal; true: one of them was right. */
static bool
ask_codes(struct invocation *inv, uint64_t id, json_t **replyp)
{
	struct buf *line = NULL;
	enum bh_err e;
	int i, code;

	for (i = 0; i < TRIES && stopped == 0; i++) {
		e = terminal_ask("One-time code: ", true, CODE_MAX, &line);
		if (e != BH_OK || stopped != 0) {
			buf_free(line);
			return false;
		}
		code = line->len == 0
			   ? CLI_DONE
			   : try_code(inv, id, (char *)line->data, replyp);
		buf_free(line);
		line = NULL;
		if (code != CLI_DONE)
			return false;
		if (reply_flag(*replyp, "ok"))
			return true;
		out_note("%s", *replyp != NULL ? reply_text(*replyp, "error")
					       : "no code was given");
		json_decref(*replyp);
		*replyp = NULL;
	}
	return false;
}

/* What was begun and not confirmed goes. */
static int
take_back(struct invocation *inv, uint64_t id)
{
	json_t *reply = NULL;
	int code;

	code = client_ask(inv,
	    json_pack("{s:s, s:I, s:s}", "op", "token.revoke", "id",
		(json_int_t)id, "reason", "enrolment was not confirmed"),
	    &reply);
	if (code == CLI_DONE && reply_flag(reply, "ok"))
		code = out_fail(inv, CLI_NO,
		    "not confirmed: token %" PRIu64 " is revoked and never "
		    "counted; enroll again",
		    id);
	else
		code = out_fail(inv, CLI_FAILED,
		    "not confirmed, and token %" PRIu64 " stays pending (it "
		    "does not count); revoke it: bulkhead token revoke "
		    "%" PRIu64 " --reason TEXT",
		    id, id);
	json_decref(reply);
	return code;
}

static int
finish(struct invocation *inv, json_t *reply, json_t *confirmed)
{
	json_t *token = json_object_get(confirmed, "token");
	uint64_t id = reply_number(json_object_get(reply, "token"), "id");

	if (token != NULL)
		(void)json_object_set(reply, "token", token);
	if (inv->json)
		return out_json(inv, reply_document(reply));
	if (token != NULL)
		out_text(inv, "token %" PRIu64 " of %s is active\n", id,
		    inv_value(inv, "LOGIN"));
	else if (json_object_get(reply, "codes") == NULL)
		out_text(inv,
		    "token %" PRIu64 " is pending; make it active by a code "
		    "of it:\n    bulkhead token confirm %" PRIu64 " CODE\n",
		    id, id);
	return CLI_DONE;
}

/* Show the new token and have it confirmed. */
static int
show_and_confirm(struct invocation *inv, json_t *reply)
{
	uint64_t id = reply_number(json_object_get(reply, "token"), "id");
	const char *given = inv_value(inv, "confirm");
	json_t *confirmed = NULL;
	bool asked = true;
	int code = CLI_DONE;

	if (json_object_get(reply, "codes") != NULL) {
		show_codes(inv, reply);
		return finish(inv, reply, NULL);
	}
	show_secret(inv, reply);
	if (given != NULL && stopped == 0) {
		code = try_code(inv, id, given, &confirmed);
		if (code == CLI_DONE && !reply_flag(confirmed, "ok"))
			out_note("%s", reply_text(confirmed, "error"));
	} else if (stopped == 0 && !inv->json && isatty(STDOUT_FILENO) == 1 &&
		   terminal_there())
		(void)ask_codes(inv, id, &confirmed);
	else
		asked = stopped != 0;
	if (asked && !reply_flag(confirmed, "ok"))
		code = take_back(inv, id);
	else
		code = finish(inv, reply, confirmed);
	json_decref(confirmed);
	return code;
}

static int
cmd_enroll(struct invocation *inv)
{
	const char *kind = inv_value(inv, "KIND");
	json_t *request, *reply;
	int code;

	if (inv_given(inv, "qr") && inv_given(inv, "no-qr"))
		return out_fail(
		    inv, CLI_USAGE, "--qr and --no-qr at once; leave one out");
	if (strcmp(kind, "recovery") == 0 && inv_given(inv, "confirm"))
		return out_fail(inv, CLI_USAGE,
		    "recovery codes need no --confirm; leave it out");
	if ((request = request_of(inv)) == NULL)
		return out_fail(inv, CLI_USAGE, "something given is not UTF-8");
	if ((code = enroll_secret(inv, request, kind)) != CLI_DONE) {
		json_decref(request);
		return code;
	}
	catch_signals();
	if ((code = client_call(inv, request, &reply)) != CLI_DONE)
		return code;
	code = show_and_confirm(inv, reply);
	json_decref(reply);
	return code;
}

static const struct arg operands[] = {
    {.name = "LOGIN", .required = true, .help = "whose token it becomes"},
    {.name = "KIND",
	.required = true,
	.choices = "totp hotp yubikey recovery",
	.help = "what kind of token"},
};

static const struct arg options[] = {
    {.name = "digits",
	.argument = "N",
	.choices = "6 8",
	.help = "digits of a code, 6 if not given"},
    {.name = "algorithm",
	.argument = "A",
	.choices = "SHA1 SHA256 SHA512",
	.help = "hash of a totp token, SHA1 if not given"},
    {.name = "period",
	.argument = "S",
	.choices = "30 60",
	.help = "seconds of a totp code, 30 if not given"},
    {.name = "secret-file",
	.argument = "FILE",
	.type = VALUE_FILE,
	.help = "a secret that is there already; - is standard input"},
    {.name = "qr", .help = "show a QR code, whatever standard output is"},
    {.name = "no-qr", .help = "show none"},
    {.name = "confirm",
	.argument = "CODE",
	.help = "the token's code, so that nothing is asked"},
    {.name = "ticket", .argument = "TEXT", .help = "the ticket it is for"},
};

const struct command commands_enroll[] = {
    {.name = "enroll",
	.run = cmd_enroll,
	.summary = "Give an account a new token",
	.description =
	    "Makes a secret, shows it once as a QR code, a link and a text, "
	    "and asks for a code of it.  The token counts once a code was "
	    "right; that code is spent.  After three wrong ones, or Ctrl-C, "
	    "the token is revoked.  Without a terminal it stays pending for "
	    "bulkhead token confirm.\n\n"
	    "The secret file holds base32, or hexadecimal digits behind "
	    "\"hex:\"; for a YubiKey one line of CSV as its programmer wrote "
	    "it, or three lines: public id, private id, AES key.\n\n"
	    "Recovery codes are shown once and active at once; those made "
	    "before are void.",
	ARGS(operands, operands),
	ARGS(options, options)},
    {.name = NULL},
};
