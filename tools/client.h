/*
 * Asking the daemon, or doing its work while there is none.
 */
#ifndef TOOLS_CLIENT_H
#define TOOLS_CLIENT_H

#include "tools/command.h"

#include <jansson.h>

/*
 * Have one operation run (core/admin.h).  Takes the request.  CLI_DONE: the
 * answer is yes, and *replyp the caller's to json_decref.  Else it was
 * reported, and the code is the command's.
 */
int client_call(struct invocation *inv, json_t *request, json_t **replyp);

/* The same, but a "no" is handed back as a reply too and not reported. */
int client_ask(struct invocation *inv, json_t *request, json_t **replyp);

/*
 * As client_call, for what is done while no daemon runs: on the store itself.
 * Where systemd holds the sockets of a daemon that can't start, somebody
 * listens there and never answers.  A daemon that runs is asked, and says no.
 */
int client_alone(struct invocation *inv, json_t *request, json_t **replyp);

/* Report a reply that says no; returns its exit code. */
int client_refused(struct invocation *inv, const json_t *reply);

/*
 * Gather a list that comes in pages: request again with "after" until the
 * last page; *listp holds all elements of the member key.  Takes the request.
 */
int client_list(
    struct invocation *inv, json_t *request, const char *key, json_t **listp);

/* Members of a reply. */
const char *reply_text(const json_t *o, const char *key); /* "" if none */
uint64_t reply_number(const json_t *o, const char *key);  /* 0 if none */
bool reply_flag(const json_t *o, const char *key);

/* A copy of a reply for --json: times (members ending in "_s" that are
 * points in time) as RFC 3339, without "ok" and "after". */
json_t *reply_document(const json_t *reply);

#endif
