/*
 * What sshd's options come to for one login: may the account try at all, and
 * which lists of methods let it in.
 */
#ifndef CORE_HOST_SSHD_METHODS_H
#define CORE_HOST_SSHD_METHODS_H

#include "core/host/sshd.h"

#include <stdbool.h>
#include <stddef.h>

#define SSHD_LISTS_TEXT 512

struct sshd_who {
	const char *name;
	char *const *groups; /* all of its groups' names */
	size_t n_groups;
	bool root;    /* the uid is 0 */
	bool keyless; /* no key of its own can count */
};

/* What else a method needs on this host to work. */
struct sshd_able {
	bool hostbased; /* some host is trusted */
	bool gssapi;	/* there is a keytab */
};

struct sshd_methods {
	bool pam;      /* UsePAM */
	bool alone;    /* a list is met without PAM's auth being run */
	bool keys;     /* all lists that are so are of public keys only */
	bool asked;    /* a list is met by which PAM's auth is run */
	bool password; /* one of these by the method "password" */
	char list[SSHD_LISTS_TEXT]; /* the first that is met without */
};

/* AllowUsers and the like, PermitRootLogin no, RefuseConnection. */
bool sshd_admits(const struct sshd_options *o, const struct sshd_who *who,
    const struct sshd_login *l);

/* Which lists of AuthenticationMethods can be met; none: nobody gets in. */
void sshd_methods(const struct sshd_options *o, const struct sshd_who *who,
    const struct sshd_able *able, struct sshd_methods *m);

/*
 * AuthenticationMethods by which each login that meets PAM's auth now works as
 * before, and any other one goes through it too.
 */
void sshd_methods_mended(const struct sshd_options *o, char *out, size_t size);

#endif
