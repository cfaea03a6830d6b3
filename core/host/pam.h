/*
 * The PAM configuration of this host, read as libpam reads it and worked
 * through: can a service's stack end in success without the gate?
 *
 * libpam's own rules (Linux-PAM 1.5, libpam/pam_handlers.c, pam_dispatch.c):
 * folders and their precedence, a service that falls to "other", include,
 * substack, @include, jumps, [value=action], "-", continued lines, brackets.
 * Every module but the gate may answer whatever it can: all that lead to a
 * success are tried, not the likely one.
 */
#ifndef CORE_HOST_PAM_H
#define CORE_HOST_PAM_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pam_host;

enum pam_phase {
	PAM_PHASE_AUTH = 0,
	PAM_PHASE_ACCOUNT,
	PAM_PHASE_SESSION,
	PAM_PHASE_PASSWORD,
	PAM_PHASES
};

/* Whom a stack lets in who was not allowed by the gate. */
enum pam_end {
	PAM_WAY_OPEN = 0, /* whoever satisfies the other modules */
	PAM_WAY_GATED,	  /* nobody: the gate must have allowed */
	PAM_WAY_SHUT,	  /* nobody at all: the stack can't end in success */
};

/* One line of the stack on the way, and what its module answered. */
struct pam_step {
	const char *file;
	unsigned int line;
	const char *module;  /* as written */
	const char *control; /* as written: "sufficient", "[success=1 ...]" */
	const char *args;    /* behind the module, as written; "" */
	const char *answer; /* "success", "auth_err"; "" for the gate skipped */
	bool gate;	    /* this is our module */
	bool decides; /* this step ends the stack, or jumps over the gate */
};

struct pam_way {
	enum pam_end end;
	bool other; /* no file, or no line for this phase: "other" is used */
	bool gate_present; /* the gate is somewhere in the phase's stack */
	/*
	 * Account alone, not open: a password that has run out leads past the
	 * gate (new_authtok_reqd, and then whoever renews it gets in).
	 */
	bool expired;
	/* Account alone, open: for an account that has run out as well. */
	bool opens_if_expired;
	/* Not open now, but if the gate's file were missing. */
	bool opens_if_absent;
	/* Auth alone: the gate's yes is enough, no line asks for a password. */
	bool no_password;
	/*
	 * The file that a line would be put into, the service's own, and before
	 * which of its lines to be the phase's first; 0: it has none for it, or
	 * there is no such file yet.  after_loginuid, session alone: the gate
	 * had best follow that file's line of pam_loginuid, which nothing that
	 * sets the PAM environment stands above.
	 */
	const char *file;
	unsigned int insert;
	bool after_loginuid;
	/* The files that the service's own includes for it itself. */
	const char *const *via;
	size_t n_via;
	/* The gate's lines in it, in order. */
	const struct pam_step *gates;
	size_t n_gates;
	/* Open: the shortest way past the gate. */
	const struct pam_step *steps;
	size_t n_steps;
	/*
	 * Session alone: a line above the gate's that can set the PAM
	 * environment (pam_env with user_readenv, and what may); NULL: none.
	 */
	const struct pam_step *before_gate;
};

/*
 * root: a folder that stands for "/" ("" is this host).  module_dir: where
 * libpam looks for a module without a path.
 */
enum bh_err pam_host_open(
    const char *root, const char *module_dir, struct pam_host **hp) BH_CHECKED;
void pam_host_free(struct pam_host *h); /* NULL is accepted */

/*
 * The way through one phase of a service for a caller who is not root.
 * *wp lives as long as h.  BH_ERR_CONFIG: libpam would refuse the service (a
 * broken line or a file that is missing) and *whyp says where, static as
 * *wp; then nobody gets in.
 */
enum bh_err pam_way(struct pam_host *h, const char *service,
    enum pam_phase phase, const struct pam_way **wp,
    const char **whyp) BH_CHECKED;

/* Do other services' files include this one; is it a part, as common-auth? */
bool pam_is_part(struct pam_host *h, const char *service);

/*
 * The i-th service that has a file of its own in a folder that libpam reads,
 * or in /etc/pam.conf; NULL: no more.
 */
const char *pam_service(const struct pam_host *h, size_t i);

#endif
