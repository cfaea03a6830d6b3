/*
 * Consoles and desktops that log somebody in by themselves, and root shells
 * that ask nobody.
 */
#include "tools/doctor_ways.h"

#include "core/host/textfile.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER "PCI 8.3.1"

static const char *const gettys[] = {
    "agetty", "getty", "mingetty", "mgetty", "fgetty"};

static bool
is_getty(const char *word)
{
	const char *slash = strrchr(word, '/');
	size_t i;

	word = slash != NULL ? slash + 1 : word;
	for (i = 0; i < nitems(gettys); i++) {
		if (strcmp(word, gettys[i]) == 0)
			return true;
	}
	return false;
}

/* Does the option log somebody in without asking? */
static bool
is_autologin(const char *word)
{
	return strcmp(word, "-a") == 0 ||
	       strncmp(word, "--autologin", 11) == 0 ||
	       /* "-aNAME", but not "--..." */
	       (word[0] == '-' && word[1] == 'a' && word[2] != '\0');
}

static void
look_process(struct doctor *d, const struct process *p)
{
	char *fix = NULL, *where = NULL;
	bool found = false;
	size_t i;

	if (is_getty(p->program) || is_getty(p->arg[0])) {
		for (i = 1; i < p->n_args && !found; i++)
			found = is_autologin(p->arg[i]);
	} else if (process_is(p, "login")) {
		for (i = 1; i < p->n_args && !found; i++)
			found = strcmp(p->arg[i], "-f") == 0;
	}
	if (!found)
		return;
	if (asprintf(&where, "process %d", (int)p->pid) == -1 ||
	    asprintf(&fix, "kill %d", (int)p->pid) == -1)
		d->failed = true;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "console-autologin",
		.where = where,
		.mend = "end it, and take the option out of what starts it",
		.fix = fix,
		.show = "ps -ef",
		.number = NUMBER},
	    "'%s %s ...' logs somebody in at a console without asking",
	    p->arg[0], p->n_args > 1 ? p->arg[1] : "");
	free(where);
	free(fix);
}

static void
say_unit(struct doctor *d, enum severity severity, const char *where,
    const char *expression, const char *what)
{
	const char *colon = strrchr(where, ':');
	char *fix = NULL;

	if (asprintf(&fix,
		"sed -i --follow-symlinks -E '%s%s' '%.*s' && { systemctl "
		"daemon-reload 2>/dev/null || :; }",
		colon + 1, expression, (int)(colon - where), where) == -1)
		d->failed = true;
	doctor_found(d,
	    &(struct finding){.severity = severity,
		.id = severity == SEVERITY_BYPASS ? "console-autologin"
						  : "console-rescue",
		.where = where,
		.mend = "take it out, have the service manager read the unit "
			"again, and restart it",
		.fix = fix,
		.show = "systemctl cat 'getty@*' rescue.service",
		.number = NUMBER},
	    "%s", what);
	free(fix);
}

/* The program's name in "ExecStart=-/sbin/agetty" and "1:2:respawn:/x/y". */
static const char *
base_of(const char *word)
{
	size_t i, from = 0;

	for (i = 0; word[i] != '\0'; i++) {
		if (strchr("/:=", word[i]) != NULL)
			from = i + 1;
	}
	return word + from + strspn(word + from, "-@+!");
}

/* ExecStart=-/sbin/agetty --autologin alice ..., or login -f */
static void
unit_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	bool start = strncmp(line, "ExecStart=", 10) == 0 ||
		     strstr(line, ":respawn:") != NULL;
	bool getty = false, login = false, autologin = false, force = false;
	char *rest = line, *word;

	(void)arg;
	if (strncmp(line, "Environment=", 12) == 0 &&
	    strstr(line, "SYSTEMD_SULOGIN_FORCE=") != NULL)
		say_unit(d, SEVERITY_WEAK, doctor_where(file, number), "s/^/#/",
		    "the rescue shell asks for no password");
	if (!start)
		return;
	while ((word = text_word(&rest, " \t")) != NULL) {
		getty = getty || is_getty(base_of(word));
		login = login || strcmp(base_of(word), "login") == 0;
		autologin = autologin || is_autologin(word);
		force = force || strcmp(word, "-f") == 0;
	}
	if (getty && autologin)
		say_unit(d, SEVERITY_BYPASS, doctor_where(file, number),
		    "s/[[:blank:]](--autologin|-a)[=[:blank:]]*[^[:blank:]]+//",
		    "a getty logs somebody in at a console without asking");
	else if (!getty && login && force)
		say_unit(d, SEVERITY_BYPASS, doctor_where(file, number),
		    "s/[[:blank:]]-f[[:blank:]]+/ /",
		    "login -f logs somebody in without asking");
}

/* Units, and the folders x.d with additions to them. */
static void
look_units(struct doctor *d, const char *folder)
{
	struct dirent **entry = NULL;
	char path[PATH_MAX];
	int i, n;

	way_folder(d, folder, ".service", unit_line, NULL);
	n = scandir(folder, &entry, NULL, alphasort);
	for (i = 0; i < n; i++) {
		const char *dot = strrchr(entry[i]->d_name, '.');

		if (dot != NULL && strcmp(dot, ".d") == 0 &&
		    (size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			entry[i]->d_name) < sizeof(path))
			way_folder(d, path, ".conf", unit_line, NULL);
		free(entry[i]);
	}
	free(entry);
}

/* What makes a display manager log somebody in. */
static const struct desktop {
	const char *program;
	const char *file; /* or a folder, where it ends in '/' */
	const char *key;
	const char *value; /* NULL: any but nothing */
	const char *service;
} desktops[] = {
    {"gdm3", "/etc/gdm3/daemon.conf", "AutomaticLoginEnable", "true",
	"gdm-autologin"},
    {"gdm3", "/etc/gdm3/daemon.conf", "TimedLoginEnable", "true",
	"gdm-autologin"},
    {"gdm3", "/etc/gdm3/custom.conf", "AutomaticLoginEnable", "true",
	"gdm-autologin"},
    {"gdm", "/etc/gdm/custom.conf", "AutomaticLoginEnable", "true",
	"gdm-autologin"},
    {"gdm", "/etc/gdm/custom.conf", "TimedLoginEnable", "true",
	"gdm-autologin"},
    {"lightdm", "/etc/lightdm/lightdm.conf", "autologin-user", NULL,
	"lightdm-autologin"},
    {"lightdm", "/etc/lightdm/lightdm.conf.d/", "autologin-user", NULL,
	"lightdm-autologin"},
    {"sddm", "/etc/sddm.conf", "User", NULL, "sddm-autologin"},
    {"sddm", "/etc/sddm.conf.d/", "User", NULL, "sddm-autologin"},
    {"lxdm", "/etc/lxdm/lxdm.conf", "autologin", NULL, "lxdm"},
    {"nodm", "/etc/default/nodm", "NODM_ENABLED", "true", "nodm"},
    {"slim", "/etc/slim.conf", "auto_login", "yes", "slim"},
    {"greetd", "/etc/greetd/config.toml", "[initial_session]", "", "greetd"},
};

static bool
program_there(const char *name)
{
	static const char *const folders[] = {
	    "/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin"};
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < nitems(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (way_exists(path))
			return true;
	}
	return false;
}

static void
desktop_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	const struct desktop *m = *(const struct desktop **)arg;
	bool there = program_there(m->program);
	char *rest = line, *key, *value, *fix = NULL;

	if (line[0] == ';' || (key = text_word(&rest, " \t=")) == NULL ||
	    strcasecmp(key, m->key) != 0)
		return;
	value = text_word(&rest, " \t=");
	if (m->value == NULL
		? value == NULL
		: strcasecmp(value != NULL ? value : "", m->value) != 0)
		return;
	if (asprintf(&fix, "sed -i --follow-symlinks '%us/^/#/' '%s'", number,
		file) == -1)
		d->failed = true;
	doctor_found(d,
	    &(struct finding){
		.severity = there ? SEVERITY_BYPASS : SEVERITY_WEAK,
		.id = "desktop-autologin",
		.where = doctor_where(file, number),
		.mend = "take the line out, or lay the gate into the PAM "
			"service of such logins",
		.fix = fix,
		.number = NUMBER},
	    there ? "%s logs somebody in at the screen without asking (PAM "
		    "service %s)"
		  : "%s, if it were there, would log somebody in at the screen "
		    "without asking (PAM service %s)",
	    m->program, m->service);
	free(fix);
}

static void
look_desktop(struct doctor *d, const struct desktop *m)
{
	size_t len = strlen(m->file);

	if (way_gated(d, m->service) ||
	    doctor_way(d, m->service, PAM_PHASE_SESSION)->end != PAM_WAY_OPEN)
		return;
	if (m->file[len - 1] == '/')
		way_folder(d, m->file, ".conf", desktop_line, &m);
	else
		way_lines(d, m->file, desktop_line, &m);
}

/* A root shell on a console that the boot is told to open. */
static void
look_debug_shell(struct doctor *d)
{
	char line[8192] = " ";
	FILE *in = fopen("/proc/cmdline", "re");
	bool boot;

	if (in != NULL) {
		if (fgets(line + 1, sizeof(line) - 1, in) == NULL)
			line[1] = '\0';
		(void)fclose(in);
	}
	boot = strstr(line, " systemd.debug_shell") != NULL ||
	       strstr(line, " systemd.debug-shell") != NULL;
	if (!boot && !way_enabled("debug-shell.service"))
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "console-debug-shell",
		.where = boot ? "/proc/cmdline" : "debug-shell.service",
		.mend = boot ? "take systemd.debug_shell out of the boot "
			       "loader's line and boot again"
			     : "disable debug-shell.service",
		.fix = boot ? NULL
			    : "systemctl disable --now debug-shell.service || "
			      "rm -f /etc/systemd/system/*.wants/"
			      "debug-shell.service",
		.show = "systemctl status debug-shell",
		.number = NUMBER},
	    "a root shell waits on a console and asks nobody");
}

void
ways_console(struct doctor *d, const struct processes *ps)
{
	static const char *const folders[] = {"/etc/systemd/system",
	    "/run/systemd/system", "/usr/local/lib/systemd/system",
	    "/usr/lib/systemd/system"};
	size_t i;

	for (i = 0; i < ps->n; i++)
		look_process(d, &ps->p[i]);
	for (i = 0; i < nitems(folders); i++)
		look_units(d, folders[i]);
	way_lines(d, "/etc/inittab", unit_line, NULL);
	for (i = 0; i < nitems(desktops); i++)
		look_desktop(d, &desktops[i]);
	look_debug_shell(d);
}
