/*
 * doas, where it asks PAM (opendoas): nopass and a time stamp (persist) leave
 * its auth phase out; account and session run always, and both can stop it.
 */
#include "tools/doctor_ways.h"

#include "core/host/textfile.h"
#include "tools/doctor_mend.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DOAS_CONF "/etc/doas.conf"

struct doas {
	bool open; /* the account and session lines hold no gate */
	bool auth; /* nor do the auth lines */
	const struct pam_way *way; /* of account */
};

static bool
is_setuid_root(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	       (st.st_mode & S_ISUID) != 0;
}

/* Is there anybody but root of that name; of that group (":wheel")? */
static bool
is_anybody(const struct doctor *d, const char *identity)
{
	const struct doctor_account *a = doctor_account(d, identity);
	const struct group *gr;
	size_t i;

	if (identity[0] != ':')
		return a == NULL || a->uid != 0;
	if ((gr = getgrnam(identity + 1)) == NULL)
		return false;
	for (i = 0; i < d->n_accounts; i++) {
		if (d->accounts[i].uid != 0 && d->accounts[i].gid == gr->gr_gid)
			return true;
	}
	return gr->gr_mem[0] != NULL;
}

static void
say_rule(struct doctor *d, const struct doas *doas, const char *where,
    const char *identity, const char *skip)
{
	struct gate_mend m;

	if (doas->way->end == PAM_WAY_SHUT)
		return; /* nobody passes it */
	if (!doas->open) {
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_NOTE,
			.id = "doas-code-alone",
			.where = where,
			.mend =
			    "take nopass out, if the code alone is not enough",
			.show = "cat /etc/doas.conf"},
		    "doas asks %s for the code and not for the password: %s",
		    identity, skip);
		return;
	}
	if (gate_mend_make(d, doas->way, "doas", MEND_ACCOUNT, &m))
		doctor_found(d,
		    &(struct finding){.severity = SEVERITY_BYPASS,
			.id = "doas-past-gate",
			.where = where,
			.mend = m.words,
			.fix = m.fix,
			.show = "cat /etc/doas.conf",
			.number = "PCI 8.5.1",
			.steps = doas->way->n_steps > 0
				     ? doctor_steps(doas->way)
				     : NULL},
		    "%s may run commands by doas without the gate: no account "
		    "or session line of the PAM service doas holds it, and %s",
		    identity, skip);
	gate_mend_free(&m);
}

/* permit [nopass] [persist] [keepenv] [setenv { ... }] identity ... */
static void
doas_line(struct doctor *d, void *arg, const char *file, unsigned int number,
    char *line)
{
	const struct doas *doas = arg;
	bool nopass = false, persist = false, braces = false;
	char *rest = line, *word = text_word(&rest, " \t");

	if (word == NULL || strcmp(word, "permit") != 0)
		return;
	while ((word = text_word(&rest, " \t")) != NULL) {
		if (braces || strcmp(word, "{") == 0) {
			braces = strcmp(word, "}") != 0;
			continue;
		}
		nopass = nopass || strcmp(word, "nopass") == 0;
		persist = persist || strcmp(word, "persist") == 0;
		if (strcmp(word, "nopass") != 0 &&
		    strcmp(word, "persist") != 0 &&
		    strcmp(word, "keepenv") != 0 &&
		    strcmp(word, "nolog") != 0 && strcmp(word, "setenv") != 0)
			break;
	}
	if (word == NULL || !is_anybody(d, word))
		return;
	if (nopass)
		say_rule(d, doas, doctor_where(file, number), word,
		    "nopass leaves auth out");
	else if (doas->open && (persist || doas->auth))
		say_rule(d, doas, doctor_where(file, number), word,
		    doas->auth ? "its auth lines let pass without it"
			       : "a time stamp (persist) leaves auth out for "
				 "five minutes");
}

void
ways_doas(struct doctor *d)
{
	static const char *const programs[] = {
	    "/usr/bin/doas", "/usr/local/bin/doas", "/bin/doas"};
	static const char *const files[] = {
	    DOAS_CONF, "/usr/local/etc/doas.conf"};
	struct doas doas;
	bool there = false;
	size_t i;

	for (i = 0; i < nitems(programs); i++)
		there = there || is_setuid_root(programs[i]);
	if (!there)
		return;
	doas.way = doctor_way(d, "doas", PAM_PHASE_ACCOUNT);
	doas.open = doas.way->end == PAM_WAY_OPEN;
	if (doctor_way(d, "doas", PAM_PHASE_SESSION)->end != PAM_WAY_OPEN)
		doas.open = false;
	doas.auth = doctor_way(d, "doas", PAM_PHASE_AUTH)->end == PAM_WAY_OPEN;
	for (i = 0; i < nitems(files); i++)
		way_lines(d, files[i], doas_line, &doas);
}
