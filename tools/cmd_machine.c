/*
 * bulkhead machine: accounts of programs.
 */
#include "core/base64.h"
#include "core/crypto/crypto.h"
#include "core/host/keys.h"
#include "tools/client.h"
#include "tools/machine.h"
#include "tools/output.h"
#include "tools/since.h"

#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WHY_MAX	     1600
#define LIFE_S	     (400ull * 86400)
#define KEY_TEXT_MAX 32768

static void
print_finding(void *arg, const char *login, const char *what)
{
	size_t *np = arg;

	(*np)++;
	out_note("%s%s%s", login, login[0] != '\0' ? ": " : "", what);
}

/* --from as a list. */
static json_t *
from_list(const char *csv)
{
	json_t *list = json_array();
	size_t len;

	for (;; csv += len + 1) {
		len = strcspn(csv, ",");
		if (json_array_append_new(list, json_stringn(csv, len)) != 0) {
			json_decref(list);
			return NULL;
		}
		if (csv[len] == '\0')
			return list;
	}
}

/* "none", or bytes with K, M, G or T. */
static bool
quota_parse(const char *text, uint64_t *bytesp)
{
	static const char units[] = "KMGT";
	char digits[24];
	size_t len = strlen(text);
	const char *unit;
	uint64_t v;
	size_t shift = 0;

	if (strcmp(text, "none") == 0) {
		*bytesp = 0;
		return true;
	}
	if (len > 0 && text[len - 1] != '\0' &&
	    (unit = strchr(units, text[len - 1])) != NULL) {
		shift = 10 * (size_t)(unit - units + 1);
		len--;
	}
	if (len >= sizeof(digits))
		return false;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (config_uint(digits, 1, (uint64_t)INT64_MAX >> shift, &v) != BH_OK)
		return false;
	*bytesp = v << shift;
	return true;
}

/* A day, at whose beginning (UTC) it ends, or a duration from now. */
static bool
expires_parse(const char *text, uint64_t now_s, uint64_t *tp)
{
	uint64_t life;

	if (config_duration(text, 1, LIFE_S, &life) == BH_OK) {
		*tp = now_s + life;
		return true;
	}
	return strlen(text) == strlen("2027-01-31") &&
	       since_parse(text, now_s, tp) == BH_OK;
}

/* One public key: its line for the key file, and the request's member. */
static int
read_key(struct invocation *inv, json_t *request, char **linep)
{
	const char *path = inv_value(inv, "key"), *why = NULL;
	struct buf *blob = NULL;
	char *text = NULL;
	enum bh_err e;
	int code = CLI_DONE;

	e = keys_read_one(path, linep, &blob, &why);
	if (e == BH_ERR_INPUT && why != NULL)
		code = out_fail(inv, CLI_NO, "%s: %s", path, why);
	else if (e != BH_OK)
		code = out_error(inv, e, "%s", path);
	else if ((text = malloc(KEY_TEXT_MAX)) == NULL ||
		 base64_encode(blob->data, blob->len, text, KEY_TEXT_MAX) !=
		     BH_OK ||
		 json_object_set_new(request, "key", json_string(text)) != 0)
		code = out_fail(inv, CLI_NO, "%s: too long a key", path);
	free(text);
	buf_free(blob);
	return code;
}

static int
request_of(struct invocation *inv, json_t **requestp, char **linep)
{
	uint64_t quota, expires_s;
	json_t *r;
	int code;

	if (!quota_parse(inv_value(inv, "quota"), &quota))
		return out_fail(inv, CLI_USAGE,
		    "--quota is none, or bytes as in 500M, 20G, 1T");
	if (!expires_parse(
		inv_value(inv, "expires"), (uint64_t)time(NULL), &expires_s))
		return out_fail(inv, CLI_USAGE,
		    "--expires is a day (2027-01-31) or a duration (90d), at "
		    "most 400d");
	r = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "op",
	    "machine.add", "login", inv_value(inv, "NAME"), "owner",
	    inv_value(inv, "owner"), "ticket", inv_value(inv, "ticket"),
	    "command", inv_value(inv, "command"), "quota", (json_int_t)quota,
	    "expires_s", (json_int_t)expires_s, "from",
	    from_list(inv_value(inv, "from")));
	if (r == NULL)
		return out_fail(inv, CLI_USAGE, "something given is not UTF-8");
	if ((code = read_key(inv, r, linep)) == CLI_DONE)
		*requestp = r;
	else
		json_decref(r);
	return code;
}

/* Would the register take it?  Nothing is written. */
static int
ask_register(struct invocation *inv, const json_t *request, json_t **machinep)
{
	json_t *copy = json_deep_copy(request), *reply;
	int code;

	(void)json_object_set_new(copy, "check", json_true());
	if ((code = client_call(inv, copy, &reply)) != CLI_DONE)
		return code;
	*machinep = json_incref(json_object_get(reply, "machine"));
	json_decref(reply);
	return CLI_DONE;
}

/*
 * Somebody has to hold the quota: the kernel, or the command.
 * *oldp: the kernel's limit as it is, to put it back.
 */
static int
check_quota(struct invocation *inv, const json_t *m, const struct passwd *pw,
    bool *kernelp, uint64_t *oldp)
{
	uint64_t bytes = reply_number(m, "quota");
	enum bh_err e;

	*kernelp = false;
	if (bytes == 0 || machine_quota_own(reply_text(m, "command")))
		return CLI_DONE;
	e = machine_quota_get(pw->pw_dir, pw->pw_uid, oldp);
	*kernelp = e == BH_OK;
	if (e == BH_OK)
		return CLI_DONE;
	if (e != BH_ERR_NOTFOUND)
		return out_error(inv, e, "%s: quota", pw->pw_dir);
	return out_fail(inv, CLI_NO,
	    "nothing would hold the quota: quotas are not on where %s lies. "
	    "Switch them on there (mount with usrquota, then quotaon), move "
	    "the home, let the command hold it (borg serve --storage-quota "
	    "...), or say --quota none",
	    pw->pw_dir);
}

static int
check_host(struct invocation *inv, const json_t *m)
{
	struct sshd_host *h = NULL;
	size_t n = 0;
	char *why = NULL;
	enum bh_err e;
	int code = CLI_DONE;

	e = sshd_find(&h, &why);
	if (e != BH_OK)
		code = out_fail(inv, CLI_NO, "%s",
		    why != NULL ? why : "no sshd was found on this host");
	else if ((e = machine_check_one(h, m, print_finding, &n)) != BH_OK)
		code = out_error(inv, e, "asking sshd");
	else if (n > 0)
		code = out_fail(inv, CLI_NO,
		    "sshd would not do as the register says, so nothing was "
		    "added; put this line into %s above every Match and try "
		    "again: " MACHINE_INCLUDE,
		    sshd_host_config(h));
	free(why);
	sshd_host_free(h);
	return code;
}

static int
folder_failed(struct invocation *inv, enum bh_err e)
{
	if (e == BH_ERR_UNSAFE)
		return out_fail(inv, CLI_NO,
		    MACHINE_FOLDER " must be root's and writable for nobody "
				   "else; put that right first");
	if (e == BH_ERR_BUSY)
		return out_fail(inv, CLI_FAILED,
		    "another bulkhead machine command is at work; try again");
	return out_error(inv, e, MACHINE_FOLDER);
}

/* Ctrl-C waits until files and register agree again. */
static void
hold_signals(void)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * Files first, the register last.  The gate admits nobody by files that the
 * register does not know, so whatever is left by a crash opens nothing, and
 * machine list names it.  The other way round, for a moment the gate would
 * admit a login that sshd does not bind to its command yet.
 */
static int
install(struct invocation *inv, int folder, json_t *request, const json_t *m,
    const char *key)
{
	const char *login = reply_text(m, "login");
	const struct passwd *pw = getpwnam(login);
	uint64_t old = 0;
	bool kernel = false;
	json_t *reply = NULL;
	enum bh_err e;
	int code;

	if ((code = check_quota(inv, m, pw, &kernel, &old)) != CLI_DONE)
		return code;
	if (kernel && (e = machine_quota_set(pw->pw_dir, pw->pw_uid,
			   reply_number(m, "quota"))) != BH_OK)
		return out_error(inv, e, "%s: quota", pw->pw_dir);
	if ((e = machine_files_write(folder, m, key)) != BH_OK)
		code = out_error(inv, e, MACHINE_FOLDER);
	else if ((code = check_host(inv, m)) == CLI_DONE)
		code = client_call(inv, json_incref(request), &reply);
	json_decref(reply);
	if (code == CLI_DONE)
		return code;
	if ((e = machine_files_remove(folder, login)) != BH_OK)
		out_note(MACHINE_FOLDER "/%s.* can't be removed: %s; do it by "
					"hand",
		    login, err_text(e));
	if (kernel && machine_quota_set(pw->pw_dir, pw->pw_uid, old) != BH_OK)
		out_note("the quota of %s can't be set back", login);
	return code;
}

static int
add(struct invocation *inv, json_t *request, const char *key)
{
	char why[WHY_MAX], when[32];
	json_t *m = NULL;
	int folder = -1, code;
	enum bh_err e;

	if ((e = machine_lock(&folder)) != BH_OK)
		return folder_failed(inv, e);
	if ((code = ask_register(inv, request, &m)) == CLI_DONE &&
	    !machine_account_ok(reply_text(m, "login"), why, sizeof(why)))
		code = out_fail(inv, CLI_NO, "%s", why);
	if (code == CLI_DONE)
		code = install(inv, folder, request, m, key);
	(void)close(folder);
	if (code == CLI_DONE && inv->json) {
		code = out_json(inv, reply_document(m));
	} else if (code == CLI_DONE) {
		out_text(inv,
		    "machine account %s added, until %s\n"
		    "key %s\n"
		    "It works once sshd has read its configuration anew: "
		    "systemctl reload ssh\n",
		    reply_text(m, "login"),
		    out_time(reply_number(m, "expires_s"), when),
		    reply_text(m, "fingerprint"));
	}
	json_decref(m);
	return code;
}

static int
cmd_machine_add(struct invocation *inv)
{
	json_t *request = NULL;
	char *key = NULL;
	int code;

	if (crypto_open() != BH_OK)
		return out_fail(inv, CLI_FAILED, "OpenSSL does not work");
	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED, "only root may; use sudo");
	code = request_of(inv, &request, &key);
	hold_signals();
	if (code == CLI_DONE)
		code = add(inv, request, key);
	json_decref(request);
	free(key);
	return code;
}

static int
cmd_machine_revoke(struct invocation *inv)
{
	const char *login = inv_value(inv, "NAME");
	json_t *reply = NULL;
	int folder, code;
	enum bh_err e;

	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED, "only root may; use sudo");
	if ((e = machine_lock(&folder)) != BH_OK)
		return folder_failed(inv, e);
	hold_signals();
	/* the register first: from there on the gate refuses it, whatever sshd
	 * still knows */
	code = client_call(inv,
	    json_pack("{s:s, s:s, s:s}", "op", "machine.revoke", "login", login,
		"reason", inv_value(inv, "reason")),
	    &reply);
	if (code == CLI_DONE &&
	    (e = machine_files_remove(folder, login)) != BH_OK)
		code = out_error(inv, e,
		    "%s is revoked, but its files in " MACHINE_FOLDER
		    " can't be removed; do it by hand",
		    login);
	(void)close(folder);
	if (code == CLI_DONE && inv->json)
		code = out_json(
		    inv, reply_document(json_object_get(reply, "machine")));
	else if (code == CLI_DONE)
		out_text(inv,
		    "machine account %s revoked: it opens nothing from now on\n"
		    "What it runs at this moment goes on; end it: pkill -u %s\n"
		    "sshd forgets its block with: systemctl reload ssh\n",
		    login, login);
	json_decref(reply);
	return code;
}

static const struct arg name_operands[] = {
    {.name = "NAME", .required = true, .help = "the login name"},
};

static const struct arg add_options[] = {
    {.name = "key",
	.argument = "FILE",
	.type = VALUE_FILE,
	.required = true,
	.help = "its one SSH public key"},
    {.name = "owner",
	.argument = "PERSON",
	.required = true,
	.help = "who answers for it, as in person list"},
    {.name = "ticket",
	.argument = "TEXT",
	.required = true,
	.help = "the ticket it is for"},
    {.name = "expires",
	.argument = "END",
	.required = true,
	.help = "the day at whose beginning (UTC) it ends, or a duration; at "
		"most 400d"},
    {.name = "from",
	.argument = "NETS",
	.required = true,
	.help = "addresses or networks it may come from, a comma between"},
    {.name = "command",
	.argument = "COMMAND",
	.required = true,
	.help = "the one command it may run"},
    {.name = "quota",
	.argument = "BYTES",
	.required = true,
	.help = "what it may store, as in 500M or 20G, or none"},
};

static const struct arg revoke_options[] = {
    {.name = "reason",
	.argument = "TEXT",
	.required = true,
	.help = "why, for the ledger"},
};

const struct command commands_machine[] = {
    {.name = "machine add",
	.run = cmd_machine_add,
	.summary = "Give a program a login without a second factor",
	.description =
	    "The unix account must be there, with a shell, without a password "
	    "and without keys of its own: useradd --system --create-home "
	    "--shell /bin/sh NAME.  (sshd runs the forced command by that "
	    "shell.)\n\n"
	    "Writes the account's key file and block into "
	    "/etc/ssh/bulkhead.d, which sshd_config must include above every "
	    "Match: " MACHINE_INCLUDE ".  sshd then takes the one key, from "
	    "those addresses, and runs the one command: no terminal, no "
	    "forwarding.  The gate admits it until it ends, and never to sudo "
	    "or su.  Have sshd read its configuration anew afterwards.\n\n"
	    "The kernel holds the quota where quotas are on in the file "
	    "system of the home; else the command must (borg serve "
	    "--storage-quota), or there is none.",
	ARGS(operands, name_operands),
	ARGS(options, add_options)},
    {.name = "machine list",
	.run = cmd_machine_list,
	.summary = "Show the machine accounts and check their files",
	.description =
	    "Each is compared with its unix account, its files and what takes "
	    "effect in sshd; a difference is a finding and the exit code 1."},
    {.name = "machine revoke",
	.run = cmd_machine_revoke,
	.summary = "End a machine account",
	.description = "Its files are removed; the unix account stays.",
	ARGS(operands, name_operands),
	ARGS(options, revoke_options)},
    {.name = NULL},
};
