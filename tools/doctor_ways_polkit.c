/*
 * polkit, and what asks it: pkexec, run0, systemd-run, machinectl shell.  The
 * stack of its PAM service is judged with the others; a rule may leave it out.
 */
#include "tools/doctor_ways.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Actions that give a shell, or a command, as root. */
static const char *const actions[] = {"org.freedesktop.policykit.exec",
    "org.freedesktop.systemd1.", "org.freedesktop.machine1.",
    "org.libvirt.unix.manage"};

struct polkit {
	bool usable; /* pkexec is there, or polkit's daemon runs */
	/* A file of JavaScript, line by line: what it says in all. */
	unsigned int yes;
	bool names_root;
	bool names_any;
	/* A section of a .pkla file. */
	bool section_root;
};

static bool
is_setuid(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && (st.st_mode & S_ISUID) != 0;
}

static bool
names_root(const char *line)
{
	size_t i;

	for (i = 0; i < nitems(actions); i++) {
		if (strstr(line, actions[i]) != NULL)
			return true;
	}
	return false;
}

/* A rule is a program: what it answers when can't be told for sure. */
static void
rule_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	struct polkit *p = arg;

	(void)d;
	(void)file;
	if (strncmp(line, "//", 2) == 0)
		return;
	if (p->yes == 0 && (strstr(line, "Result.YES") != NULL ||
			       strstr(line, "\"yes\"") != NULL ||
			       strstr(line, "'yes'") != NULL))
		p->yes = number;
	p->names_root = p->names_root || names_root(line);
	p->names_any = p->names_any || strstr(line, "action.id") != NULL;
}

static void
look_rule(struct doctor *d, void *arg, const char *file)
{
	struct polkit *p = arg;
	bool root;

	p->yes = 0;
	p->names_root = p->names_any = false;
	way_lines(d, file, rule_line, p);
	if (p->yes == 0)
		return;
	root = p->names_root || !p->names_any;
	if (!root && strncmp(file, "/etc/", 5) != 0)
		return; /* a distribution's own */
	doctor_found(d,
	    &(struct finding){.severity = !root	      ? SEVERITY_NOTE
					  : p->usable ? SEVERITY_UNKNOWN
						      : SEVERITY_WEAK,
		.id = "polkit-rule",
		.where = doctor_where(file, p->yes),
		.mend = root ? "let it answer polkit.Result.AUTH_ADMIN, or "
			       "take it out"
			     : "see whether it is meant",
		.show = "pkaction --verbose",
		.number = root ? "PCI 8.5.1" : NULL},
	    root ? "a polkit rule says yes without asking, and it may say so "
		   "to what gives root (run0, pkexec, systemd-run)"
		 : "a polkit rule says yes without asking to some action that "
		   "gives no shell");
}

/* [x] Identity=unix-user:bob Action=... ResultAny=yes */
static void
pkla_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	struct polkit *p = arg;
	char *fix = NULL;

	if (line[0] == '[')
		p->section_root = false;
	if (strncmp(line, "Action=", 7) == 0)
		p->section_root = names_root(line) || strchr(line, '*') != NULL;
	if (strncmp(line, "Result", 6) != 0 || strstr(line, "=yes") == NULL ||
	    (!p->section_root && strncmp(file, "/etc/", 5) != 0))
		return;
	if (asprintf(&fix,
		"sed -i --follow-symlinks '%us/=yes/=auth_admin/' '%s'", number,
		file) == -1)
		d->failed = true;
	doctor_found(d,
	    &(struct finding){.severity = !p->section_root ? SEVERITY_NOTE
					  : p->usable	   ? SEVERITY_UNKNOWN
							   : SEVERITY_WEAK,
		.id = "polkit-rule",
		.where = doctor_where(file, number),
		.mend = "write auth_admin where it says yes",
		.fix = fix,
		.show = "pkaction --verbose",
		.number = p->section_root ? "PCI 8.5.1" : NULL},
	    "a polkit rule says yes without asking%s",
	    p->section_root ? ", and to what gives root (where polkit still "
			      "reads .pkla files)"
			    : "");
	free(fix);
}

void
ways_polkit(struct doctor *d, const struct processes *ps)
{
	static const char *const rules[] = {"/etc/polkit-1/rules.d",
	    "/run/polkit-1/rules.d", "/usr/local/share/polkit-1/rules.d",
	    "/usr/share/polkit-1/rules.d"};
	static const char *const local[] = {
	    "/etc/polkit-1/localauthority/10-vendor.d",
	    "/etc/polkit-1/localauthority/20-org.d",
	    "/etc/polkit-1/localauthority/30-site.d",
	    "/etc/polkit-1/localauthority/50-local.d",
	    "/etc/polkit-1/localauthority/90-mandatory.d",
	    "/var/lib/polkit-1/localauthority/10-vendor.d",
	    "/var/lib/polkit-1/localauthority/50-local.d"};
	struct polkit p = {.usable = is_setuid("/usr/bin/pkexec") ||
				     way_runs(ps, "polkitd") != NULL};
	size_t i;

	for (i = 0; i < nitems(rules); i++)
		way_files(d, rules[i], ".rules", look_rule, &p);
	for (i = 0; i < nitems(local); i++)
		way_folder(d, local[i], ".pkla", pkla_line, &p);
}
