/*
 * What the kernel says of the process at the other end of a socket, and
 * whether it may speak to us.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include "base/err.h"
#include "core/config.h"
#include "core/gate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Callers that are not root, with the account names they go by. */
struct peer_names {
	size_t n;
	struct {
		uint32_t uid;
		char name[MODEL_NAME_MAX + 1];
	} row[CONFIG_UIDS_MAX];
};

/*
 * Look up the names of allow_uids, before any sandbox.  BH_ERR_NOTFOUND if
 * one has none, BH_ERR_RANGE if it is no name an account can have; logged.
 */
enum bh_err peer_names_load(
    const struct config *c, struct peer_names *names) BH_CHECKED;

/* pid and euid of the process that connected; everything else is unset. */
enum bh_err peer_credentials(int fd, struct peer *peer) BH_CHECKED;

/*
 * Root, or one of allow_uids, whose name is then set.  The daemon's own uid
 * counts for nothing here, not even in a test run without root: such a run
 * lists its uid in allow_uids like any other.
 */
bool peer_permitted(const struct peer_names *names, struct peer *peer);

/*
 * Fill in login uid and login session from the folder /proc/PID below
 * procfd.  What can't be read stays unset, and unset never matches: a
 * process that is gone, or hidden from us, has no session.
 */
void peer_look(int procfd, struct peer *peer);

/*
 * The fields of a /proc/PID/stat line that are used: controlling terminal,
 * session leader and start time.  The command's name in it is the process's
 * own choice and may hold spaces and parentheses.
 */
struct proc_stat {
	uint32_t tty;
	uint32_t leader;
	uint64_t start;
};
enum bh_err peer_parse_stat(
    const char *line, struct proc_stat *statp) BH_CHECKED;

#endif
