/*
 * Work on the store while no daemon runs: in a child process that gives up
 * root for the store's owner, and which no Ctrl-C ends half-way.
 */
#ifndef TOOLS_OFFLINE_H
#define TOOLS_OFFLINE_H

#include "core/keyring.h"
#include "tools/command.h"

#include <jansson.h>
#include <sys/types.h>

#define OFFLINE_USER "bulkhead"

/* What the work gets: the configuration and its key, loaded as root. */
struct offline {
	const struct config *config;
	struct keyring *keys;
};

/* The user who owns the store; false: reported. */
bool offline_user(struct invocation *inv, uid_t *uidp, gid_t *gidp);

/*
 * Run work in the child, as that user.  Its reply (as of core/admin.h; NULL:
 * it failed, and said so on stderr) comes back in *replyp.  CLI_DONE if there
 * is a reply, whatever it says; else reported.
 */
int offline_run(struct invocation *inv,
    json_t *(*work)(struct offline *off, json_t *arg), json_t *arg,
    json_t **replyp);

/* A reply that says no, with exit code 3. */
json_t *offline_no(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The work of client_ask: one operation. */
json_t *offline_admin(struct offline *off, json_t *request);

#endif
