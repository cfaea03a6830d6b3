/*
 * What sudo's own parser (cvtsudoers -f json) says of this host's sudoers: the
 * rules that let somebody run a command without a PAM phase.
 */
#ifndef CORE_HOST_SUDOERS_H
#define CORE_HOST_SUDOERS_H

#include "base/err.h"

#include <jansson.h>

/*
 * The whole sudoers policy as cvtsudoers prints it, includes merged; the
 * caller's.  BH_ERR_NOTFOUND: no sudo here.  BH_ERR_CONFIG and *whyp (to be
 * freed): what sudo says is wrong with it.
 */
enum bh_err sudoers_read(json_t **docp, char **whyp) BH_CHECKED;

/* The place of a rule or a Defaults with that text, for a person to find:
 * "FILE:LINE", to be freed; NULL: not found, no memory. */
char *sudoers_where(const char *text);

#endif
