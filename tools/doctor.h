/*
 * Inside of bulkhead doctor: every way into this host that does not meet the
 * gate.  A theme is one row (doctor_table.c), one file, tests of its own and a
 * paragraph in docs/doctor.md; what it finds it tells by doctor_found().
 */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include "core/host/pam.h"
#include "core/host/sshd.h"
#include "tools/command.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * How bad it is.  BYPASS: somebody gets a session, or root, without the gate
 * having allowed it.  UNKNOWN: that could not be ruled out, since something
 * could not be looked at.  WEAK: one wall of two is missing, or a duty (an end
 * date, a clock, a mode) is not met.  NOTE: an administrator should know.
 */
enum severity {
	SEVERITY_BYPASS = 0,
	SEVERITY_UNKNOWN,
	SEVERITY_WEAK,
	SEVERITY_NOTE,
	SEVERITIES
};
extern const char *const doctor_severity_words[SEVERITIES];

/* An account of this host, as NSS names it; read once. */
struct doctor_account {
	char *name;
	uid_t uid;
	gid_t gid;
	char *home;
	char *shell;
	bool login; /* the shell is none of nologin, false, sync... */
};

/* One run of the command. */
struct doctor {
	struct invocation *inv;
	const struct config *config;
	const char *theme;	/* the row that runs */
	struct pam_host *pam;
	struct doctor_account *accounts;
	size_t n_accounts;
	json_t *tokens;	  /* token.list's rows; NULL: the daemon did not answer */
	json_t *machines; /* machine.list's rows; NULL as well */
	json_t *roster;	  /* logins and persons of --roster as keys; NULL: not
			     given */
	char *daemon_why; /* a sentence, where it did not answer */
	json_t *findings;
	size_t n[SEVERITIES];
	bool failed; /* memory is out: nothing is believed */
};

/*
 * What is found.  Each text is copied.
 * where is "FILE:LINE", a file, an account or a process.
 * mend says in words what to do; fix, where there is one, is shell text for
 * root that does just that and nothing else, and makes the finding go away.
 * show is a command that shows what is the matter.
 * number is a requirement ("PCI 8.4.2"); steps, for a PAM stack, are the lines
 * that lead past the gate, as sentences (taken; may be NULL).
 */
struct finding {
	enum severity severity;
	const char *id; /* what kind: "pam-account-skips-gate" */
	const char *where;
	const char *mend;
	const char *fix;
	const char *show;
	const char *number;
	json_t *steps;
};

void doctor_found(struct doctor *d, const struct finding *f, const char *what,
    ...) __attribute__((format(printf, 3, 4)));

/* "FILE:LINE" into where; it lives until the next call. */
const char *doctor_where(const char *file, unsigned int line);

/* Progress on a terminal: "sshd: 120 of 1000". */
void doctor_progress(const struct doctor *d, size_t done, size_t total);

/*
 * Ask the daemon (a request of core/admin.h), all pages of a list.  NULL: it
 * did not answer; d->daemon_why says why, and it is not tried again.  Takes the
 * request; the list is the caller's.
 */
json_t *doctor_list(struct doctor *d, json_t *request, const char *key);
json_t *doctor_ask(struct doctor *d, json_t *request);

const struct doctor_account *doctor_account(
    const struct doctor *d, const char *name);
/* Does an account have an active token; is it a machine account in force? */
bool doctor_has_token(const struct doctor *d, const char *login);
bool doctor_is_machine(const struct doctor *d, const char *login);

/*
 * Does a service's phase end in success without the gate (core/host/pam.h)?
 * Errors are found as UNKNOWN and count as open.
 */
const struct pam_way *doctor_way(
    struct doctor *d, const char *service, enum pam_phase phase);
/* Its steps as sentences for struct finding; NULL: no memory, or none. */
json_t *doctor_steps(const struct pam_way *w);

struct doctor_theme {
	const char *name; /* "sshd" */
	const char *text; /* what is looked at, one phrase */
	void (*run)(struct doctor *d);
};

extern const struct doctor_theme doctor_themes[];
extern const size_t n_doctor_themes;

/*
 * Run all themes over this host; findings are in d.  What install and selftest
 * call too.  CLI_DONE: it was looked at.  Else it was reported.
 * doctor_end frees what d holds.
 */
int doctor_run(struct invocation *inv, struct doctor *d);
void doctor_end(struct doctor *d);

/* doctor_pam.c: the services' stacks, each phase */
void doctor_pam(struct doctor *d);
/* doctor_sshd.c: each sshd, for each kind of login */
void doctor_sshd(struct doctor *d);
/* doctor_sudo.c: sudo's own rules */
void doctor_sudo(struct doctor *d);
/* doctor_ways.c: other ways to a session or to root */
void doctor_ways(struct doctor *d);
/* doctor_accounts.c: who may log in, and with what */
void doctor_accounts(struct doctor *d);
/* doctor_gate.c: the gate itself */
void doctor_gate(struct doctor *d);

#endif
