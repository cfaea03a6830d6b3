/*
 * Where sudo takes its rules from, if not from /etc/sudoers alone.
 */
#include "tools/doctor_sudo.h"

#include "core/host/textfile.h"

#include <string.h>
#include <unistd.h>

#define SUDO_CONF "/etc/sudo.conf"
#define NSSWITCH  "/etc/nsswitch.conf"

static void
plugin_unknown(struct doctor *d, unsigned int number, const char *what)
{
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_UNKNOWN,
		.id = "sudo-plugin",
		.where = doctor_where(SUDO_CONF, number),
		.mend = "take the line out, so that sudo asks its own plugin "
			"and /etc/sudoers",
		.show = "sudo -V",
		.number = "PCI 8.5.1"},
	    "%s", what);
}

/* "Plugin sudoers_policy sudoers.so sudoers_file=/etc/x" */
static void
plugin_line(
    struct doctor *d, struct sudo_host *h, char *line, unsigned int number)
{
	static const char file[] = "sudoers_file=";
	char *rest = line, *symbol, *object, *option;

	if ((symbol = text_word(&rest, " \t")) == NULL ||
	    strcasecmp(symbol, "Plugin") != 0 ||
	    (symbol = text_word(&rest, " \t")) == NULL ||
	    (object = text_word(&rest, " \t")) == NULL)
		return;
	if (strstr(symbol, "policy") != NULL &&
	    (strcmp(symbol, "sudoers_policy") != 0 ||
		strstr(object, "sudoers") == NULL)) {
		plugin_unknown(d, number,
		    "another plugin than sudo's own decides what is run, and "
		    "what it asks is not known");
		return;
	}
	while ((option = text_word(&rest, " \t")) != NULL) {
		if (strncmp(option, file, sizeof(file) - 1) == 0)
			(void)snprintf(h->file, sizeof(h->file), "%s",
			    option + sizeof(file) - 1);
	}
}

static void
look_plugins(struct doctor *d, struct sudo_host *h)
{
	unsigned int number;
	struct text *t;
	char *line;

	if (text_open_linked(SUDO_CONF, &t) != BH_OK)
		return;
	while (text_next_entry(t, &line, &number)) {
		if (line != NULL)
			plugin_line(d, h, line, number);
	}
	text_close(t);
}

/* Is a directory really there to be asked? */
static bool
source_works(const char *source)
{
	if (strcmp(source, "sss") == 0)
		return access("/etc/sssd/sssd.conf", F_OK) == 0;
	if (strcmp(source, "ldap") == 0)
		return access("/etc/sudo-ldap.conf", F_OK) == 0 ||
		       access("/etc/ldap.conf", F_OK) == 0;
	return true;
}

static void
source_line(struct doctor *d, char *line, unsigned int number)
{
	char *rest = line, *word;

	if ((word = text_word(&rest, " \t:")) == NULL ||
	    strcmp(word, "sudoers") != 0)
		return;
	while ((word = text_word(&rest, " \t")) != NULL && word[0] != '#') {
		bool works = source_works(word);

		if (strcmp(word, "files") == 0 || word[0] == '[')
			continue;
		doctor_found(d,
		    &(struct finding){
			.severity = works ? SEVERITY_UNKNOWN : SEVERITY_NOTE,
			.id = "sudo-directory",
			.where = doctor_where(NSSWITCH, number),
			.mend = "write 'sudoers: files'",
			.fix = "sed -i --follow-symlinks "
			       "'s/^[[:blank:]]*sudoers:.*/sudoers: files/' "
			       "/etc/nsswitch.conf",
			.show = "grep sudoers /etc/nsswitch.conf",
			.number = "PCI 8.5.1"},
		    works
			? "sudo takes rules from '%s' too, which can't be "
			  "read here: one with !pam_acct_mgmt or another "
			  "pam_service would lead past the gate"
			: "sudo would take rules from '%s' too; nothing of it "
			  "is set up",
		    word);
	}
}

static void
look_nsswitch(struct doctor *d)
{
	unsigned int number;
	struct text *t;
	char *line;

	if (text_open_linked(NSSWITCH, &t) != BH_OK)
		return;
	while (text_next_entry(t, &line, &number)) {
		if (line != NULL)
			source_line(d, line, number);
	}
	text_close(t);
}

void
sudo_sources(struct doctor *d, struct sudo_host *h)
{
	look_plugins(d, h);
	look_nsswitch(d);
	if (h->pam)
		return;
	doctor_found(d,
	    &(struct finding){.severity = SEVERITY_BYPASS,
		.id = "sudo-without-pam",
		.where = h->program,
		.mend = "install a sudo that was built with PAM",
		.show = "sudo -V",
		.number = "PCI 8.5.1"},
	    "this sudo was built without PAM, so it never asks the gate");
}
