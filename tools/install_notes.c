/*
 * What bulkhead install changes for whom, besides lines in files: said before
 * it asks.
 */
#include "tools/install.h"

#include "core/host/sshdfile.h"
#include "tools/client.h"
#include "tools/machine.h"
#include "tools/output.h"

#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAMES_SHOWN 8

static void note(json_t *notes, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
note(json_t *notes, const char *fmt, ...)
{
	char *text;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	(void)json_array_append_new(notes, out_json_string(text));
	free(text);
}

/* sshd asks root for nothing but keys unless PermitRootLogin is yes. */
static void
note_root(json_t *notes, struct sshd_host *h)
{
	const struct sshd_options *o;
	const char *value = NULL;
	char *why = NULL;

	if (sshd_ask(h, "root", NULL, &o, &why) == BH_OK)
		value = sshd_value(o, "permitrootlogin", 0);
	free(why);
	if (value != NULL && strcmp(value, "yes") != 0 &&
	    strcmp(value, "no") != 0)
		note(notes,
		    "root can't log in by ssh any more: with PermitRootLogin "
		    "%s sshd never asks root for a code",
		    value);
}

/* A Match block's own methods hold for sshd; without a code the gate refuses
 * all the same. */
static void
note_blocks(json_t *notes, const struct sshd_host *h)
{
	const struct sshd_line *l;
	char *methods;
	size_t i;

	for (i = 0; (l = sshd_line(h, i)) != NULL; i++) {
		methods = NULL;
		if (l->block == 0 ||
		    strcmp(l->keyword, "authenticationmethods") != 0 ||
		    strncmp(l->file, MACHINE_FOLDER "/",
			sizeof(MACHINE_FOLDER)) == 0 ||
		    sshdfile_methods(l->value, true, true, &methods) != BH_OK ||
		    methods == NULL)
			continue;
		note(notes,
		    "%s:%u: a Match block asks for no code; who logs in by it "
		    "is refused, unless the line says: AuthenticationMethods "
		    "%s",
		    l->file, l->line, methods);
		free(methods);
	}
}

/* Do the list's rows name that login, with that word? */
static bool
has_row(
    const json_t *list, const char *login, const char *key, const char *value)
{
	const json_t *row;
	size_t i;

	json_array_foreach(list, i, row)
	{
		if (strcmp(reply_text(row, "login"), login) == 0 &&
		    strcmp(reply_text(row, key), value) == 0)
			return true;
	}
	return false;
}

static bool
is_login_shell(const char *shell)
{
	const char *known;
	bool found = false;

	setusershell();
	while (!found && (known = getusershell()) != NULL)
		found = strcmp(known, shell) == 0;
	endusershell();
	return found;
}

/* Somebody, or a program, can log in as it now. */
static bool
is_used(const struct passwd *pw)
{
	char keys[PATH_MAX];

	if (!is_login_shell(pw->pw_shell))
		return false;
	if (install_has_password(pw->pw_name))
		return true;
	return (size_t)snprintf(keys, sizeof(keys), "%s/.ssh/authorized_keys",
		   pw->pw_dir) < sizeof(keys) &&
	       access(keys, F_OK) == 0;
}

/* Those whom the gate refuses from now on. */
static void
note_accounts(json_t *notes, const json_t *tokens, const json_t *machines)
{
	const struct passwd *pw;
	char *names = NULL;
	size_t size, n = 0;
	FILE *out;

	if ((out = open_memstream(&names, &size)) == NULL)
		return;
	setpwent();
	while ((pw = getpwent()) != NULL) {
		if (pw->pw_uid == 0 || !is_used(pw) ||
		    has_row(tokens, pw->pw_name, "status", "active") ||
		    has_row(machines, pw->pw_name, "state", "in force"))
			continue;
		if (n++ < NAMES_SHOWN)
			(void)fprintf(
			    out, "%s%s", n > 1 ? ", " : "", pw->pw_name);
	}
	endpwent();
	if (n > NAMES_SHOWN)
		(void)fprintf(out, " and %zu more", n - NAMES_SHOWN);
	if (fclose(out) == 0 && n > 0)
		note(notes,
		    "without a token, and refused from now on: %s (bulkhead "
		    "enroll; for a program, bulkhead machine add)",
		    names);
	free(names);
}

int
install_notes(struct invocation *inv, struct sshd_host *h, json_t *notes)
{
	json_t *tokens = NULL, *machines = NULL, *text;
	size_t i;
	int code;

	code = client_list(
	    inv, json_pack("{s:s}", "op", "token.list"), "tokens", &tokens);
	if (code == CLI_DONE)
		code =
		    client_list(inv, json_pack("{s:s}", "op", "machine.list"),
			"machines", &machines);
	if (code == CLI_DONE) {
		note_root(notes, h);
		note_blocks(notes, h);
		note_accounts(notes, tokens, machines);
	}
	json_decref(tokens);
	json_decref(machines);
	json_array_foreach(notes, i, text)
	    out_text(inv, "Note: %s.\n", json_string_value(text));
	return code;
}
