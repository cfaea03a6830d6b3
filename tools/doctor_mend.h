/*
 * Mends that more than one theme of bulkhead doctor offers.
 */
#ifndef TOOLS_DOCTOR_MEND_H
#define TOOLS_DOCTOR_MEND_H

#include "tools/doctor.h"

#define MEND_AUTH    "auth       requisite  pam_bulkhead.so"
#define MEND_ACCOUNT "account    required   pam_bulkhead.so"

/* A line to be the first of a service's stack: where, in words, as commands. */
struct gate_mend {
	char *file;
	char *words;
	char *fix;
};

/*
 * Put line first into the file of the service that way is of.  A file of the
 * system's (/usr/lib/pam.d) is copied to /etc first, and a service that has
 * none gets one.  fix is NULL where a file's name can't be quoted.  False: no
 * memory (d knows).  gate_mend_free in any case.
 */
bool gate_mend_make(struct doctor *d, const struct pam_way *w,
    const char *service, const char *line, struct gate_mend *m);
void gate_mend_free(struct gate_mend *m);

#endif
