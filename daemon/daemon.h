/*
 * What the daemon holds for as long as it runs: filled step by step by
 * startup.c, used by loop.c, given back by startup_undo.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "core/admin.h"
#include "core/anchor.h"
#include "core/config.h"
#include "core/gate.h"
#include "core/keyring.h"
#include "core/store/store.h"
#include "daemon/listener.h"
#include "daemon/peer.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DAEMON_USER	   "bulkhead"
#define DAEMON_CONNECTIONS 2048 /* logins open at once */
#define DAEMON_FILES	   (DAEMON_CONNECTIONS + 64)

struct daemon {
	const char *config_path;
	bool foreground; /* the log goes to standard error too */

	struct inherited inherited; /* sockets of the service manager */
	struct config *config;
	struct keyring *keys;
	struct store *store;
	struct anchor *anchor;
	struct gate *gate;
	struct admin admin;
	struct peer_names names; /* of allow_uids */
	bool as_root;		 /* started by root: drops to uid, gid */
	uid_t uid;
	gid_t gid;
	size_t files; /* descriptors we may have */
	bool opened;  /* log.open is in the ledger */

	int config_fd; /* folder of the configuration */
	char config_name[NAME_MAX + 1];
	int proc_fd; /* /proc */
	int gate_fd; /* listening sockets */
	int admin_fd;
	int signal_fd;
	int notify_fd; /* to the service manager; -1: none */
	int carry_fd;  /* for the next daemon; -1: none */
};

/*
 * Before anything is opened: standard descriptors that are there, the sockets
 * of the service manager, and no other descriptor of whoever started us.
 */
enum bh_err startup_descriptors(struct daemon *d) BH_CHECKED;

/*
 * Every step from a bare process to one that may accept logins, in order;
 * BH_OK, or the error of the step that failed, logged with what to do about
 * it.
 */
enum bh_err startup_run(struct daemon *d) BH_CHECKED;

/* Close and free all of it, whatever of it is there. */
void startup_undo(struct daemon *d);

/*
 * One record of its own in the ledger, about the daemon itself; the anchor
 * follows.  detail may be NULL.
 */
enum bh_err record_event(
    struct daemon *d, const char *action, const char *detail) BH_CHECKED;

/* log.open, unless it is there already: a full disk does not keep the
 * daemon from starting, so the record is made once there is room. */
enum bh_err record_open(struct daemon *d) BH_CHECKED;

/* Let the anchor follow the store's head; a failure is logged. */
void record_anchor(struct daemon *d);

/*
 * Read the configuration again and take it on, with a record.  On any error
 * the old one stays in force; logged.
 */
void reload(struct daemon *d);

#endif
