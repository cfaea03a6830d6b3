/*
 * What sudo's own parser (cvtsudoers -f json) says of this host's sudoers: the
 * rules that let somebody run a command without a PAM phase.
 */
#ifndef CORE_HOST_SUDOERS_H
#define CORE_HOST_SUDOERS_H

#include "base/err.h"

#include <jansson.h>

#define SUDOERS_FILE "/etc/sudoers"

/*
 * The whole sudoers policy as cvtsudoers prints it, includes merged; the
 * caller's.  Beside "Defaults" there are three lists of the same entries by the
 * time at which sudo takes them: "Defaults_Early" (of all, a user or a host),
 * "Defaults_Runas" and "Defaults_Command", since cvtsudoers writes a user's
 * Defaults and a runas user's the same way.
 * file NULL: SUDOERS_FILE.  BH_ERR_NOTFOUND: no sudo here.  BH_ERR_CONFIG and
 * *whyp (to be freed): what sudo says is wrong with it.
 */
enum bh_err sudoers_read(
    const char *file, json_t **docp, char **whyp) BH_CHECKED;

/*
 * Make JSON of what cvtsudoers prints for it: versions leave out a comma
 * behind an empty list, and the braces of CWD= and CHROOT=.  The caller's;
 * NULL: it is not to be read, or no memory.
 */
json_t *sudoers_json(const char *said);

/*
 * The place of a rule or a Defaults for a person to find: the line in which the
 * last of these words stands, all of which stand in one rule.  "FILE:LINE", to
 * be freed; NULL: not found, no memory.
 */
char *sudoers_where(const char *file, const char *words);

#endif
