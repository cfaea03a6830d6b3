/*
 * What an administrator may change or read: one table of operations, run by
 * the daemon for the admin socket and by the command-line tool itself while
 * no daemon runs.  Requests and replies are JSON objects:
 *
 *	{"op":"account.add","login":"alice","person":"P1"}
 *	{"ok":true, ...}  or  {"ok":false,"exit":1,"error":"what, where, what to
 *do"}
 *
 * exit is the command's exit code: 1 refused, 2 usage, 3 could not be done.
 * Every operation that changes something is one transaction with its record.
 */
#ifndef CORE_ADMIN_H
#define CORE_ADMIN_H

#include "base/err.h"
#include "core/clock.h"
#include "core/gate.h"
#include "core/keyring.h"

#include <jansson.h>
#include <stdbool.h>

#define ADMIN_REQUEST_MAX 65536	 /* bytes of a request */
#define ADMIN_REPLY_MAX	  131072 /* bytes of a reply; lists come in pages */
#define ADMIN_PAGE	  200	 /* rows of a page, "after" asks for the next */
#define ADMIN_LIST_MAX	  500	 /* elements of a list in a request */

struct admin {
	struct gate *gate;
	struct store *store;
	const struct config *config;
	struct keyring *keys; /* key.rotate puts a new one in */
	bool daemon;	      /* false: run by the tool, no daemon is there */
	uint64_t started_s;   /* when the daemon started */
};

/* Who asks, for the record. */
struct admin_actor {
	uint32_t uid;  /* 0 */
	uint32_t auid; /* login uid, UINT32_MAX = unset */
};

/*
 * Run one request.  The reply is always made (the caller's to json_decref),
 * unless memory is out: then NULL.  Nothing is changed if it says false.
 */
json_t *admin_run(struct admin *a, const struct admin_actor *actor,
    json_t *request, const struct now *now);

/* Make jansson wipe what it frees: requests and replies may hold secrets.
 * Call it first in main. */
void admin_wipe_json(void);

#endif
