/*
 * The options of the module's line in a PAM service file.
 */
#ifndef PAM_MODULE_OPTIONS_H
#define PAM_MODULE_OPTIONS_H

#include "base/err.h"
#include "base/msg.h"

#include <sys/un.h>

#define OPTIONS_SOCKET_DEFAULT "/run/bulkhead/gate.sock"

struct options {
	char socket[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	char realm[MSG_NAME_MAX + 1]; /* "" = not given */
};

/*
 * Read argv[0..argc).  BH_ERR_CONFIG for an option that is unknown, empty,
 * given twice or malformed; *badp is then the one, and *o is not to be used.
 */
enum bh_err options_parse(int argc, const char **argv, struct options *o,
    const char **badp) BH_CHECKED;

#endif
