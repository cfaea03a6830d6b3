/*
 * Inside of the doctor's PAM theme: which services there are and what enters by
 * them, and the text that mends a stack.
 */
#ifndef TOOLS_DOCTOR_PAM_H
#define TOOLS_DOCTOR_PAM_H

#include "tools/doctor.h"

#define PAM_NUMBER "PCI 8.5.1" /* MFA that can't be bypassed */

/* What enters by a service. */
enum pam_entry {
	ENTRY_SSHD =
	    0,	      /* all three phases are walls; theme sshd has the word */
	ENTRY_SUDO,   /* auth and account are; theme sudo has the word */
	ENTRY_SU,     /* all three */
	ENTRY_POLKIT, /* auth and account */
	ENTRY_WALLS,  /* how many of these there are */
	ENTRY_CONSOLE =
	    ENTRY_WALLS, /* open by design, where it is the rescue */
	ENTRY_SESSION,	 /* another program that lets people in */
	ENTRY_NONE,	 /* nobody gets a session of his own by it */
	ENTRY_PART,	 /* no service: others include it */
};

struct pam_known {
	const char *name;
	enum pam_entry entry;
	const char *what;	/* enters by it, a phrase */
	const char *program[3]; /* one of these is there; NULL: not asked */
};

/* NULL: nothing is known about it. */
const struct pam_known *pam_known(const char *service);
/* The i-th that is a wall; NULL: no more. */
const struct pam_known *pam_known_wall(size_t i);
bool pam_known_installed(const struct pam_known *k);

/* One service, and its phases. */
struct pam_view {
	struct doctor *d;
	const char *service;
	const struct pam_known *known; /* NULL: not known */
	const struct pam_way *way[PAM_PHASES];
};

bool pam_is_open(const struct pam_view *v, enum pam_phase phase);
/* The line that leads past the gate, else the gate's, else the file. */
const char *pam_place(const struct pam_way *w);

/* A finding about one phase, mended by the gate's line. */
void pam_found_phase(const struct pam_view *v, enum pam_phase phase,
    enum severity severity, const char *id, const char *what);
/* That it is open; more is the sentence's end. */
void pam_found_open(const struct pam_view *v, enum pam_phase phase,
    enum severity severity, const char *more);
/* None of the first n phases stands: one finding for all, and one fix. */
void pam_found_bypass(const struct pam_view *v, size_t n,
    enum severity severity, const char *id, const char *what);

extern const char *const pam_phase_words[PAM_PHASES];

/*
 * Shell text that makes the gate the phase's first line: it takes the gate's
 * lines of that phase out of the file and puts one in.  The caller's to free;
 * NULL: no memory, or it can't be said in a line of shell.
 */
char *pam_fix(
    const char *service, enum pam_phase phase, const struct pam_way *w);
/* The same in words; the caller's to free. */
char *pam_mend(
    const char *service, enum pam_phase phase, const struct pam_way *w);

#endif
