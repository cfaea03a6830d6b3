/*
 * The way in when the gate can't run at all: is there one, and does it work?
 */
#include "tools/doctor_gate.h"

#include "core/host/textfile.h"
#include "tools/doctor_shadow.h"

#include <ctype.h>
#include <dirent.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOGIN	  "login"
#define SECURETTY "/etc/securetty"
#define GETTYS	  "/etc/systemd/system/getty.target.wants/*"

static void
say(struct doctor *d, const char *where, const char *mend, const char *fix,
    const char *show, const char *what)
{
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "emergency-shut",
		.where = where,
		.mend = mend,
		.fix = fix,
		.show = show,
		.number = "PCI 8.5.1"},
	    "no emergency path: root can't log in on the console: %s", what);
}

static void
look_at_root(struct doctor *d)
{
	const struct doctor_account *root = doctor_account(d, "root");
	const struct shadow_row *row;
	struct shadow s;

	if (shadow_read(&s) != BH_OK) {
		d->failed = true;
		return;
	}
	row = shadow_find(&s, "root");
	if (root == NULL || !root->login)
		say(d, "/etc/passwd", "give root a shell",
		    "usermod --shell /bin/sh root", "getent passwd root",
		    "its shell is none");
	if (row == NULL || !row->password)
		say(d, "/etc/shadow",
		    "give root a password (passwd root), and keep it in a "
		    "safe",
		    row != NULL && row->locked ? "usermod --unlock root" : NULL,
		    "passwd --status root",
		    row != NULL && row->locked ? "its password is locked"
					       : "it has no password");
	else if (row->expired)
		say(d, "/etc/shadow", "take its end away",
		    "usermod --expiredate '' root", "chage --list root",
		    "the account has expired");
	shadow_free(&s);
}

/* Is a phase of login open without the gate?  why says what it is instead. */
static void
look_at_phase(struct doctor *d, enum pam_phase phase)
{
	static const char *const names[PAM_PHASES] = {
	    "auth", "account", "session", "password"};
	const struct pam_way *w = doctor_way(d, LOGIN, phase);
	const char *file = w->file != NULL ? w->file : "/etc/pam.d/" LOGIN;
	char fix[FIX_LINE], show[FIX_LINE], what[64];
	bool gated = w->end == PAM_WAY_GATED;

	if (w->end == PAM_WAY_OPEN)
		return;
	(void)snprintf(what, sizeof(what), "the %s lines of login %s",
	    names[phase], gated ? "ask the gate" : "let nobody in");
	say(d, file,
	    gated ? "leave the gate out of the console's service, or name "
		    "another rescue path in [emergency] path"
		  : "write the service login as the system brings it",
	    gated && !w->other && doctor_path_plain(file)
		? doctor_text(
		      fix, "sed -i '/pam_bulkhead\\.so/s/^[^#]/#&/' %s", file)
		: NULL,
	    show, what);
}

/* Only where pam_securetty stands on the way, and the file is there. */
static void
look_at_securetty(struct doctor *d)
{
	const struct pam_way *w = doctor_way(d, LOGIN, PAM_PHASE_AUTH);
	unsigned int number;
	struct text *t;
	char *line;
	bool used = false, named;
	size_t i;

	for (i = 0; i < w->n_steps; i++)
		used =
		    used || strstr(w->steps[i].module, "pam_securetty") != NULL;
	if (!used || text_open_linked(SECURETTY, &t) != BH_OK)
		return;
	named = text_next_entry(t, &line, &number);
	text_close(t);
	if (!named)
		say(d, SECURETTY, "name a terminal of the console there",
		    "echo tty1 >>" SECURETTY, "cat " SECURETTY,
		    "pam_securetty names no terminal");
}

/* A getty, or login itself, that waits on some terminal. */
static bool
getty_runs(void)
{
	const struct dirent *entry;
	char name[64];
	bool found = false;
	DIR *proc;

	if ((proc = opendir("/proc")) == NULL)
		return false;
	while (!found && (entry = readdir(proc)) != NULL) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    !doctor_proc((pid_t)strtol(entry->d_name, NULL, 10), "comm",
			name, sizeof(name)))
			continue;
		name[strcspn(name, "\n")] = '\0';
		found =
		    strstr(name, "getty") != NULL || strcmp(name, LOGIN) == 0;
	}
	(void)closedir(proc);
	return found;
}

static void
look_for_getty(struct doctor *d)
{
	glob_t files;
	bool enabled;

	if (!doctor_systemd() || getty_runs())
		return;
	enabled = glob(GETTYS, 0, NULL, &files) == 0;
	if (enabled)
		globfree(&files);
	else
		say(d, "getty.target", "have a getty on the console",
		    "systemctl enable --now getty@tty1.service",
		    "systemctl list-units '*getty*'", "no getty waits there");
}

static void
look_at_console(struct doctor *d)
{
	look_at_root(d);
	look_at_phase(d, PAM_PHASE_AUTH);
	look_at_phase(d, PAM_PHASE_ACCOUNT);
	look_at_phase(d, PAM_PHASE_SESSION);
	look_at_securetty(d);
	look_for_getty(d);
}

static void
say_unset(struct doctor *d)
{
	const char *conf = d->inv->config_path;
	char fix[FIX_LINE];

	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_WEAK,
		.id = "emergency-unset",
		.where = conf,
		.mend = "decide how to get in if the gate can't run: a root "
			"login on the console that is not gated, or another "
			"rescue path, and name it in [emergency] path",
		.fix = doctor_path_plain(conf)
			   ? doctor_text(fix,
				 "grep -q '^\\[emergency\\]' %s || printf "
				 "'\\n[emergency]\\n' >>%s; sed -i "
				 "'/^\\[emergency\\]/,/^\\[/{/^path *=/d}; "
				 "/^\\[emergency\\]/a path = console' %s",
				 conf, conf, conf)
			   : NULL,
		.show = "bulkhead config show",
		.number = "PCI 8.5.1"},
	    "no emergency path is named: if bulkheadd can't run, nobody gets "
	    "in");
}

void
doctor_emergency(struct doctor *d)
{
	const char *path = d->config->emergency_path;

	if (path[0] == '\0')
		say_unset(d);
	else if (strcmp(path, "console") == 0)
		look_at_console(d);
	else
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_NOTE,
			.id = "emergency-named",
			.where = d->inv->config_path,
			.mend = "try it once a year, and note when",
			.show = "bulkhead config show",
			.number = "PCI 8.5.1"},
		    "the emergency path is '%s', which no tool can try", path);
}
