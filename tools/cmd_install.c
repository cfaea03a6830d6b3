/*
 * bulkhead install: the gate into this host's PAM files and sshd's
 * configuration, and back by itself unless it is confirmed.
 */
#include "tools/install.h"

#include "base/hex.h"
#include "core/crypto/crypto.h"
#include "core/host/linediff.h"
#include "tools/client.h"
#include "tools/output.h"
#include "tools/terminal.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WITHIN_MIN_S 10
#define WITHIN_MAX_S 3600
#define WITHIN_S     300
#define LAYING_MAX_S 600

/* One run of the command. */
struct work {
	struct invocation *inv;
	struct sshd_host *sshd;
	struct install_plan plan;
	json_t *state;
	json_t *changes; /* diffs */
	json_t *notes;
	uint64_t within_s;
	char id[2 * 16 + 1];
	int tell; /* to the process that puts it back */
	size_t bypasses, unknown;
};

int
install_show(struct invocation *inv, const json_t *files, json_t *changes)
{
	const json_t *f;
	size_t i;

	json_array_foreach(files, i, f)
	{
		const json_t *a = json_object_get(f, "before");
		const json_t *b = json_object_get(f, "after");
		char *old = install_text(a), *now = install_text(b);
		char *diff = NULL;
		enum bh_err e = BH_ERR_NOMEM;

		if (old != NULL && now != NULL)
			e = linediff(reply_text(f, "path"),
			    json_is_null(a) ? NULL : old,
			    json_is_null(b) ? NULL : now, &diff);
		if (e == BH_OK) {
			out_text(inv, "%s", diff);
			(void)json_array_append_new(
			    changes, out_json_string(diff));
		}
		free(old);
		free(now);
		free(diff);
		if (e != BH_OK)
			return out_error(inv, e, "the changes");
	}
	return CLI_DONE;
}

static void
on_interrupt(int sig)
{
	(void)sig; /* the question ends, and with it the command */
}

int
install_ask(struct invocation *inv, const char *question)
{
	const struct sigaction stop = {.sa_handler = on_interrupt};
	struct sigaction usual;
	struct buf *line = NULL;
	enum bh_err e;
	bool yes;

	if (inv_given(inv, "yes"))
		return CLI_DONE;
	(void)fflush(stdout);
	if (!terminal_there())
		return out_fail(inv, CLI_USAGE,
		    "there is no terminal to ask at; look at --dry-run, then "
		    "give --yes");
	(void)sigaction(SIGINT, &stop, &usual);
	e = terminal_ask(question, true, 16, &line);
	(void)sigaction(SIGINT, &usual, NULL);
	if (e != BH_OK && e != BH_ERR_CLOSED)
		return out_error(inv, e, "the answer");
	yes = e == BH_OK && line->len > 0 &&
	      (line->data[0] == 'y' || line->data[0] == 'Y');
	buf_free(line);
	return yes ? CLI_DONE : out_fail(inv, CLI_NO, "nothing was changed");
}

static void
print_services(struct invocation *inv, const json_t *list, const char *label)
{
	const json_t *s;
	size_t i;

	if (json_array_size(list) == 0)
		return;
	out_text(inv, "%s", label);
	json_array_foreach(list, i, s)
	    out_text(inv, "%s%s", i > 0 ? ", " : " ", json_string_value(s));
	out_text(inv, "\n");
}

/* Ctrl-C and the like wait until files and state agree, and Ctrl-Z does not
 * stop it before there is a time by which it goes back. */
static void
hold_signals(sigset_t *set)
{
	static const int held[] = {
	    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
	size_t i;

	(void)sigemptyset(set);
	for (i = 0; i < nitems(held); i++)
		(void)sigaddset(set, held[i]);
	(void)sigprocmask(SIG_BLOCK, set, NULL);
}

static bool
was_interrupted(const sigset_t *set)
{
	sigset_t waiting;

	return sigpending(&waiting) == 0 &&
	       ((sigismember(&waiting, SIGINT) == 1 &&
		    sigismember(set, SIGINT) == 1) ||
		   sigismember(&waiting, SIGTERM) == 1 ||
		   sigismember(&waiting, SIGHUP) == 1 ||
		   sigismember(&waiting, SIGQUIT) == 1);
}

/* The state of an install at work, before a file is touched. */
static int
begin(struct work *w)
{
	uint8_t bytes[16];
	json_t *pending;
	enum bh_err e;

	if ((e = crypto_random(bytes, sizeof(bytes))) != BH_OK)
		return out_error(w->inv, e, "random bytes");
	hex_encode(bytes, sizeof(bytes), w->id);
	pending = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:O}", "id", w->id,
	    "kind", "install", "state", "laying", "boot", install_boot_id(),
	    "deadline_ms", 0, "laid_ticks", 0, "files", w->plan.files);
	if (json_object_set_new(w->state, "pending", pending) != 0)
		return out_fail(w->inv, CLI_FAILED, "out of memory");
	if ((e = install_save(w->state)) != BH_OK)
		return out_error(w->inv, e, INSTALL_STATE);
	if ((e = install_watch(w->id, &w->tell)) == BH_OK)
		return CLI_DONE;
	return out_error(w->inv, e, "the process that would put it back");
}

/* From here on it holds, until its time is over. */
static int
arm(struct work *w)
{
	json_t *pending = install_pending(w->state);
	enum bh_err e;
	int rv = 0;

	rv |= json_object_set_new(pending, "state", json_string("laid"));
	rv |= json_object_set_new(pending, "deadline_ms",
	    json_integer((json_int_t)(install_boot_ms() + w->within_s * 1000)));
	rv |= json_object_set_new(
	    pending, "laid_ticks", json_integer((json_int_t)install_ticks()));
	if (rv != 0)
		return out_fail(w->inv, CLI_FAILED, "out of memory");
	if ((e = install_save(w->state)) != BH_OK)
		return out_error(w->inv, e, INSTALL_STATE);
	if ((e = install_watch_armed(w->tell, w->id, w->within_s)) != BH_OK)
		return out_error(
		    w->inv, e, "the timer that would put everything back");
	return CLI_DONE;
}

static int
lay(struct work *w)
{
	struct install_why why = {""};
	int code = CLI_DONE;

	progress("install: sshd");
	if (install_lay(w->plan.files, "sshd", &why) != BH_OK)
		return out_fail(w->inv, CLI_FAILED, "%s", why.text);
	if ((code = install_check_sshd(w->inv, &w->plan)) != CLI_DONE)
		return code;
	if (w->plan.block != NULL && install_reload(&why) != BH_OK)
		return out_fail(w->inv, CLI_FAILED, "%s", why.text);
	progress("install: PAM");
	if (install_lay(w->plan.files, "pam", &why) != BH_OK)
		return out_fail(w->inv, CLI_FAILED, "%s", why.text);
	return install_check_gate(w->inv, &w->plan, &w->bypasses, &w->unknown);
}

static int
lay_or_undo(struct work *w)
{
	struct install_why why = {""};
	json_t *notes, *note;
	sigset_t set;
	size_t i;
	int code;

	hold_signals(&set);
	/* A file system or a program that hangs would leave it laid without a
	 * time by which it goes back: this ends it, and so puts it back. */
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(LAYING_MAX_S);
	if ((code = begin(w)) == CLI_DONE && (code = lay(w)) == CLI_DONE &&
	    was_interrupted(&set))
		code = out_fail(w->inv, CLI_FAILED, "interrupted");
	if (code == CLI_DONE)
		code = arm(w);
	(void)alarm(0);
	progress_end();
	if (code == CLI_DONE)
		return code;
	notes = json_array();
	if (install_undo(w->state, notes, &why) != BH_OK)
		out_note("can't put everything back yet: %s; it is tried again "
			 "in the background, or by 'bulkhead install --finish'",
		    why.text);
	else
		out_note("everything is as it was");
	json_array_foreach(notes, i, note)
	    out_note("%s", json_string_value(note));
	json_decref(notes);
	return code;
}

static json_t *
paths(const json_t *files)
{
	json_t *list = json_array();
	const json_t *f;
	size_t i;

	json_array_foreach(files, i, f)(void)
	    json_array_append(list, json_object_get(f, "path"));
	return list;
}

static int
report(struct work *w, const char *status)
{
	uint64_t until = (uint64_t)time(NULL) + w->within_s;
	bool laid = strcmp(status, "laid") == 0;
	char when[32];

	if (w->inv->json)
		return out_json(w->inv,
		    json_pack("{s:s, s:O, s:O, s:o, s:O, s:O, s:o, s:I, s:I}",
			"status", status, "changes", w->changes, "notes",
			w->notes, "files", paths(w->plan.files), "gated",
			w->plan.gated, "not_gated", w->plan.not_gated,
			"confirm_by", laid ? out_json_time(until) : json_null(),
			"bypasses", (json_int_t)w->bypasses, "unknown",
			(json_int_t)w->unknown));
	print_services(w->inv, w->plan.not_gated, "NOT gated, left out:");
	if (!laid) {
		out_text(w->inv, "%s\n",
		    json_array_size(w->plan.files) == 0
			? "Nothing to change: the gate is laid."
			: "Nothing was changed.");
		return CLI_DONE;
	}
	print_services(w->inv, w->plan.gated, "Gated:");
	out_text(w->inv,
	    "doctor: %zu ways past the gate, %zu unknown%s\n\n"
	    "Leave this session open.  Log in anew by ssh, with your code, "
	    "and give there\n\n"
	    "    sudo bulkhead confirm\n\n"
	    "until %s.  Without it everything is put back as it was.\n",
	    w->bypasses, w->unknown,
	    w->bypasses + w->unknown > 0 ? "; 'bulkhead doctor' names them"
					 : "",
	    out_time(until, when));
	return CLI_DONE;
}

/* What an earlier one has left is finished first; one that waits is not
 * disturbed. */
static int
settle(struct work *w)
{
	json_t *pending = install_pending(w->state), *notes, *note;
	struct install_why why = {""};
	enum bh_err e;
	size_t i;

	if (pending == NULL)
		return CLI_DONE;
	if (!install_expired(pending))
		return out_fail(w->inv, CLI_NO,
		    "an install waits to be confirmed: 'bulkhead confirm' "
		    "from a new session, or 'bulkhead uninstall' to put "
		    "everything back now");
	notes = json_array();
	e = install_undo(w->state, notes, &why);
	json_array_foreach(notes, i, note)
	    out_note("%s", json_string_value(note));
	json_decref(notes);
	if (e != BH_OK)
		return out_fail(w->inv, CLI_FAILED, "%s", why.text);
	out_note("an earlier one was cut short: everything is put back as it "
		 "was before it");
	return CLI_DONE;
}

static int
run(struct work *w)
{
	int code;

	if ((code = settle(w)) != CLI_DONE ||
	    (code = install_plan(w->inv, inv_value(w->inv, "services"), w->sshd,
		 &w->plan)) != CLI_DONE)
		return code;
	if (json_array_size(w->plan.files) == 0)
		return report(w, "nothing");
	if ((code = install_allowed(w->inv, w->sshd, &w->plan)) != CLI_DONE ||
	    (code = install_show(w->inv, w->plan.files, w->changes)) !=
		CLI_DONE ||
	    (code = install_notes(w->inv, w->sshd, w->notes)) != CLI_DONE)
		return code;
	if (inv_given(w->inv, "dry-run"))
		return report(w, "dry-run");
	if ((code = install_ask(w->inv, "Make these changes? [y/N] ")) !=
		CLI_DONE ||
	    (code = lay_or_undo(w)) != CLI_DONE)
		return code;
	install_record(w->inv, "laid", NULL, w->plan.gated);
	return report(w, "laid");
}

static int
cmd_install(struct invocation *inv)
{
	struct work w = {.inv = inv, .within_s = WITHIN_S, .tell = -1};
	const char *within = inv_value(inv, "confirm-within");
	struct install_why why = {""};
	char *said = NULL;
	int lock, code;

	if (geteuid() != 0)
		return out_fail(inv, CLI_FAILED, "only root may; use sudo");
	if (inv_given(inv, "finish"))
		return install_finish(inv);
	if (within != NULL && config_duration(within, WITHIN_MIN_S,
				  WITHIN_MAX_S, &w.within_s) != BH_OK)
		return out_fail(inv, CLI_USAGE,
		    "--confirm-within is a duration from 10s to 1h, as in 5m");
	if (crypto_open() != BH_OK)
		return out_fail(inv, CLI_FAILED, "OpenSSL does not work");
	if (install_open(false, &lock, &w.state, &why) != BH_OK)
		return out_fail(inv, CLI_NO, "%s", why.text);
	w.changes = json_array();
	w.notes = json_array();
	/* none on this host: install_allowed says so */
	if (sshd_find(&w.sshd, &said) != BH_OK)
		w.sshd = NULL;
	free(said);
	code = run(&w);
	install_plan_free(&w.plan);
	sshd_host_free(w.sshd);
	json_decref(w.state);
	json_decref(w.changes);
	json_decref(w.notes);
	install_unlock(lock);
	if (w.tell != -1)
		(void)close(w.tell);
	return code;
}

static const struct arg install_options[] = {
    {.name = "services",
	.argument = "LIST",
	.help = "which of sshd, sudo, su, polkit-1, commas between; all that "
		"are there if not given"},
    {.name = "confirm-within",
	.argument = "TIME",
	.help = "put everything back after this time without confirm, 10s to "
		"1h; 5m if not given"},
    {.name = "dry-run", .help = "show the changes and check, change nothing"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
    {.name = "finish",
	.help = "finish or put back what a crash or a reboot has cut short; "
		"for the job at the boot"},
};

static const struct arg change_options[] = {
    {.name = "dry-run", .help = "show the changes, change nothing"},
    {.name = "yes", .letter = 'y', .help = "do not ask"},
};

const struct command commands_install[] = {
    {.name = "install",
	.run = cmd_install,
	.summary = "Lay the gate into this host's PAM files and sshd",
	.description =
	    "Puts the gate's lines into the PAM files of sshd, sudo, sudo-i, "
	    "su, su-l and polkit-1 as they are there, and into that of passwd "
	    "in a backup realm, and has sshd ask for a code.  Nothing "
	    "else in these files changes.  It shows the changes as a unified "
	    "diff, checks them (sshd, sudo, doctor, the daemon), and asks.\n\n"
	    "Unless 'bulkhead confirm' is given from a new session that came "
	    "through the gate within the time of --confirm-within, everything "
	    "is put back byte for byte.  No session is cut by it.  It "
	    "is refused where nobody who can administer has a working token, "
	    "where there is no emergency path, and where the daemon does not "
	    "answer.\n\n"
	    "A service left out by --services is named: it is not "
	    "gated."
	    "  --finish is what the unit bulkhead-install.service runs at a "
	    "boot, before the daemon's sockets open.",
	ARGS(options, install_options)},
    {.name = "confirm",
	.run = cmd_confirm,
	.summary = "Keep what install has laid",
	.description =
	    "To be given, by sudo or as root, in a session that was opened by "
	    "ssh and with a code after the install.  From an older session, "
	    "the console, or inside a tmux or screen that was "
	    "started before, it is refused."},
    {.name = "uninstall",
	.run = cmd_uninstall,
	.summary = "Take the gate's lines out again",
	.description =
	    "A file that was not changed since is put back byte for byte, "
	    "with its owner, mode and time.  From one that was changed the "
	    "gate's lines are taken out and the rest is kept.  While an "
	    "install waits to be confirmed, it puts everything back at once.  "
	    "The realm, its key and its ledger stay.",
	ARGS(options, change_options)},
    {.name = NULL},
};
