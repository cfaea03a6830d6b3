/*
 * Inside of bulkhead enroll: what its files share.
 */
#ifndef TOOLS_ENROLL_H
#define TOOLS_ENROLL_H

#include "tools/command.h"

#include <jansson.h>

/* Put the secret that is given, in a file or at the terminal, into the
 * request; nothing where it is to be made.  CLI_DONE, or reported. */
int enroll_secret(struct invocation *inv, json_t *request, const char *kind);

#endif
