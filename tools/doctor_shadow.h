/*
 * Which accounts of this host have a password that some word fits, and which
 * are closed: /etc/shadow, read once.
 */
#ifndef TOOLS_DOCTOR_SHADOW_H
#define TOOLS_DOCTOR_SHADOW_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct shadow_row {
	char *name;
	bool password; /* some word fits, or none is needed */
	bool locked;   /* a hash behind "!": usermod --unlock opens it */
	bool expired;  /* no password and no key opens it (sshd, pam_unix) */
};

struct shadow {
	struct shadow_row *row; /* by name */
	size_t n;
};

/* BH_ERR_NOMEM is the only error.  shadow_free frees what s holds. */
enum bh_err shadow_read(struct shadow *s) BH_CHECKED;
void shadow_free(struct shadow *s);

/* NULL: it has no line there. */
const struct shadow_row *shadow_find(const struct shadow *s, const char *name);

#endif
