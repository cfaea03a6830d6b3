/*
 * The module's side of the conversation with the daemon: it carries prompts
 * and answers to and fro and brings back one verdict.  The daemon's side is
 * daemon/conversation.c.
 */
#ifndef PAM_MODULE_RELAY_H
#define PAM_MODULE_RELAY_H

#include "base/err.h"
#include "base/msg.h"

#include <security/pam_modules.h>
#include <stdbool.h>

struct relay_result {
	struct msg_verdict verdict;
	bool aborted;	   /* the person gave no answer; the daemon was told */
	const char *doing; /* what was tried last, for an error's log line */
};

/*
 * Hold one conversation on the socket at path.  *r is zeroed first, so
 * r->verdict.verdict is DENY unless an ALLOW was followed by the end of the
 * connection.  With BH_OK the daemon has recorded what happened; with an
 * error perhaps not, and the verdict is DENY.
 */
enum bh_err relay_run(pam_handle_t *pamh, const char *path,
    const struct msg_start *start, struct relay_result *r) BH_CHECKED;

#endif
