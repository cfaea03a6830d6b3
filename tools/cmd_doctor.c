/*
 * bulkhead doctor: every way into this host that does not meet the gate.
 */
#include "tools/doctor.h"

#include "core/crypto/crypto.h"
#include "core/host/textfile.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool
login_shell(const char *shell)
{
	static const char *const none[] = {
	    "nologin", "false", "sync", "true", "halt", "shutdown"};
	const char *name = strrchr(shell, '/');
	size_t i;

	name = name != NULL ? name + 1 : shell;
	for (i = 0; i < nitems(none); i++) {
		if (strcmp(name, none[i]) == 0)
			return false;
	}
	return true;
}

static bool
add_account(struct doctor *d, const struct passwd *pw)
{
	struct doctor_account *a;

	a = reallocarray(d->accounts, d->n_accounts + 1, sizeof(*a));
	if (a == NULL)
		return false;
	d->accounts = a;
	a += d->n_accounts;
	*a = (struct doctor_account){.name = strdup(pw->pw_name),
	    .uid = pw->pw_uid,
	    .gid = pw->pw_gid,
	    .home = strdup(pw->pw_dir),
	    .shell = strdup(pw->pw_shell),
	    .login = login_shell(pw->pw_shell)};
	d->n_accounts++;
	return a->name != NULL && a->home != NULL && a->shell != NULL;
}

static bool
read_accounts(struct doctor *d)
{
	const struct passwd *pw;
	bool whole = true;

	setpwent();
	while (whole && (pw = getpwent()) != NULL)
		whole = add_account(d, pw);
	endpwent();
	return whole;
}

/* One login or person id a line. */
static int
read_roster_lines(struct doctor *d, const char *path, struct text *t)
{
	char *line, *rest, *name;
	unsigned int number;

	while (text_next_entry(t, &line, &number)) {
		rest = line;
		name = line != NULL ? text_word(&rest, " \t") : NULL;
		if (name == NULL || !model_name_ok(name) ||
		    (rest != NULL && rest[strspn(rest, " \t")] != '\0' &&
			rest[strspn(rest, " \t")] != '#'))
			return out_fail(d->inv, CLI_FAILED,
			    "%s:%u: write one login or person id a line, and "
			    "nothing beside it",
			    path, number);
		if (json_object_set_new(d->roster, name, json_true()) != 0)
			return out_fail(d->inv, CLI_FAILED, "out of memory");
	}
	return CLI_DONE;
}

/* --roster, where the command has it. */
static int
read_roster(struct doctor *d)
{
	static const char name[] = "roster";
	const struct command *c = d->inv->command;
	const char *path;
	struct text *t;
	enum bh_err e;
	int code;

	if (command_option(c, name, sizeof(name) - 1, 0) == NULL ||
	    (path = inv_value(d->inv, name)) == NULL)
		return CLI_DONE;
	if ((d->roster = json_object()) == NULL)
		return out_fail(d->inv, CLI_FAILED, "out of memory");
	if ((e = text_open_linked(path, &t)) != BH_OK)
		return out_fail(
		    d->inv, CLI_FAILED, "%s: %s", path, text_why(e));
	code = read_roster_lines(d, path, t);
	text_close(t);
	if (code == CLI_DONE && json_object_size(d->roster) == 0)
		return out_fail(d->inv, CLI_FAILED,
		    "%s names nobody: everybody would be a leaver", path);
	return code;
}

static int
prepare(struct doctor *d)
{
	enum bh_err e;
	int code;

	if ((d->config = inv_config(d->inv)) == NULL)
		return CLI_FAILED;
	if ((code = read_roster(d)) != CLI_DONE)
		return code;
	if (geteuid() != 0)
		return out_fail(d->inv, CLI_FAILED,
		    "only root can look at every way into this host; use sudo");
	if ((e = crypto_open()) != BH_OK)
		return out_error(d->inv, e, "cryptographic library");
	if ((e = pam_host_open("", PAM_MODULE_FOLDER, &d->pam)) != BH_OK)
		return out_error(d->inv, e, "the PAM configuration");
	if ((d->findings = json_array()) == NULL || !read_accounts(d))
		return out_fail(d->inv, CLI_FAILED, "out of memory");
	d->tokens =
	    doctor_list(d, json_pack("{s:s}", "op", "token.list"), "tokens");
	d->machines = doctor_list(
	    d, json_pack("{s:s}", "op", "machine.list"), "machines");
	return CLI_DONE;
}

int
doctor_run(struct invocation *inv, struct doctor *d)
{
	size_t i;
	int code;

	*d = (struct doctor){.inv = inv, .theme = "gate"};
	if ((code = prepare(d)) != CLI_DONE)
		return code;
	for (i = 0; i < n_doctor_themes; i++) {
		d->theme = doctor_themes[i].name;
		doctor_progress(d, 0, 0);
		doctor_themes[i].run(d);
	}
	progress_end();
	return d->failed ? out_fail(inv, CLI_FAILED, "out of memory")
			 : CLI_DONE;
}

void
doctor_end(struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->n_accounts; i++) {
		free(d->accounts[i].name);
		free(d->accounts[i].home);
		free(d->accounts[i].shell);
	}
	free(d->accounts);
	pam_host_free(d->pam);
	json_decref(d->tokens);
	json_decref(d->machines);
	json_decref(d->roster);
	json_decref(d->findings);
	free(d->daemon_why);
}

/* One line of a finding, if it has that member. */
static void
print_member(
    struct invocation *inv, const json_t *f, const char *key, const char *label)
{
	const char *text = reply_text(f, key);

	if (text[0] != '\0')
		out_text(inv, "      %-6s %s\n", label, text);
}

static void
print_finding(struct invocation *inv, const json_t *f)
{
	const json_t *step;
	size_t i;

	out_text(inv, "%s: %s\n   %s\n", reply_text(f, "severity"),
	    reply_text(f, "where"), reply_text(f, "what"));
	json_array_foreach(json_object_get(f, "steps"), i, step)
	    out_text(inv, "      %s\n", json_string_value(step));
	print_member(inv, f, "number", "why");
	print_member(inv, f, "mend", "mend");
	print_member(inv, f, "fix", "fix");
	print_member(inv, f, "show", "show");
	out_text(inv, "\n");
}

/* The worst first; within a severity in the order of the themes. */
static json_t *
sorted(const struct doctor *d)
{
	json_t *list = json_array(), *f;
	size_t i, s;

	for (s = 0; s < SEVERITIES; s++) {
		json_array_foreach(d->findings, i, f)
		{
			if (strcmp(reply_text(f, "severity"),
				doctor_severity_words[s]) == 0 &&
			    json_array_append(list, f) != 0) {
				json_decref(list);
				return NULL;
			}
		}
	}
	return list;
}

static int
report(struct doctor *d)
{
	bool bad = d->n[SEVERITY_BYPASS] + d->n[SEVERITY_UNKNOWN] > 0;
	json_t *list = sorted(d), *f;
	int code = bad ? CLI_NO : CLI_DONE, printed;
	size_t i;

	if (d->inv->json) {
		printed = out_json(
		    d->inv, json_pack("{s:s, s:s, s:o, s:i, s:i, s:i, s:i}",
				"realm", d->config->realm, "class",
				class_name(d->config->realm_class), "findings",
				list, "bypasses", (int)d->n[SEVERITY_BYPASS],
				"unknown", (int)d->n[SEVERITY_UNKNOWN], "weak",
				(int)d->n[SEVERITY_WEAK], "notes",
				(int)d->n[SEVERITY_NOTE]));
		return printed == CLI_DONE ? code : printed;
	}
	json_array_foreach(list, i, f) print_finding(d->inv, f);
	out_text(d->inv,
	    "%zu ways past the gate, %zu unknown; %zu weak points, %zu "
	    "notes.\n",
	    d->n[SEVERITY_BYPASS], d->n[SEVERITY_UNKNOWN], d->n[SEVERITY_WEAK],
	    d->n[SEVERITY_NOTE]);
	json_decref(list);
	return code;
}

static int
cmd_doctor(struct invocation *inv)
{
	struct doctor d;
	int code = doctor_run(inv, &d);

	if (code == CLI_DONE)
		code = report(&d);
	doctor_end(&d);
	return code;
}

static const struct arg options[] = {
    {.name = "roster",
	.argument = "FILE",
	.type = VALUE_FILE,
	.help = "who is still here, one login or person id a line, '#' for "
		"comments: whoever else has a token is a finding"},
};

const struct command commands_doctor[] = {
    {.name = "doctor",
	.run = cmd_doctor,
	ARGS(options, options),
	.summary = "Find every way into this host that does not meet the gate",
	.description =
	    "Works through what PAM, sshd, sudo and the other programs that "
	    "give a session or root would do, for every account: it reads "
	    "their configuration as they read it, and does not search it for "
	    "words.  Each finding says how bad it is, what, where, which "
	    "requirement it touches, how to mend it, and a command that shows "
	    "it.\n\n"
	    "bypass: somebody gets a session, or root, without the gate having "
	    "allowed it.  unknown: that could not be ruled out.  weak: one wall "
	    "of two is missing, or a duty is not met.  note: good to "
	    "know.\n\n"
	    "Exits 0 if there is no bypass and nothing unknown, 1 if there is, "
	    "3 if it could not look."},
    {.name = NULL},
};
