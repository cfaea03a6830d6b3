/*
 * Laying the gate into a file of /etc/pam.d and taking it out again: text in,
 * text out.  What stands in the file stays as it is, byte for byte; only whole
 * lines are put in, and each of them bears a mark by which it is found again.
 */
#ifndef CORE_HOST_PAMFILE_H
#define CORE_HOST_PAMFILE_H

#include "base/err.h"

#include <stdbool.h>

/* What each line of ours ends with. */
#define PAMFILE_MARK "# laid by bulkhead install"

/*
 * The text with the gate in auth, account and session, and in password if
 * asked for; for the service passwd in password alone.  Where a phase has a
 * line of the gate already, that one is left alone; where it has no line at
 * all, ours is followed by what libpam would have used (the service "other").
 * The lines of an earlier laying are laid anew, so that the same text comes
 * out again.  *newp is the caller's to free.
 *
 * auth and account: before the first line of the phase, in su after a leading
 * pam_rootok.  session: directly behind pam_loginuid where nothing above it
 * can end the phase or set the PAM environment, else before the first line.
 */
enum bh_err pamfile_gate(const char *service, const char *text, bool password,
    char **newp) BH_CHECKED;

/* The text without the marked lines; *newp is the caller's to free. */
enum bh_err pamfile_ungate(const char *text, char **newp) BH_CHECKED;

/*
 * Does the service leave auth, account and session to that other one, by
 * includes that nothing above can skip (su-l to su)?  Then its file needs no
 * line of ours.
 */
bool pamfile_follows(const char *text, const char *other);

/* Does a line of the text name the gate's module, marked or not? */
bool pamfile_names_gate(const char *text);

#endif
