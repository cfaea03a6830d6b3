/*
 * The poll loop: everything the daemon does once it is ready.
 */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include "base/err.h"
#include "daemon/daemon.h"

/*
 * Accept, converse, decide, until SIGTERM or SIGINT; then decide what has
 * been answered and end the rest.  BH_ERR_NOMEM or BH_ERR_SYSTEM if the loop
 * itself can't go on.
 */
enum bh_err loop_run(struct daemon *d) BH_CHECKED;

#endif
