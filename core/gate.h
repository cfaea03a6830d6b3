/*
 * The gate: what is decided about one login, from its START to its verdict.
 * Knows the store, the configuration, the grants and the throttle; knows no
 * socket.  The daemon and the tests drive it:
 *
 *	login_new -> login_first: LOGIN_ASK -> prompt -> login_answer ---+
 *				  LOGIN_READY ---------------------------+
 *	gate_batch(up to 64 of them): one transaction, then each result
 *	login_free
 */
#ifndef CORE_GATE_H
#define CORE_GATE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/msg.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/grants.h"
#include "core/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GATE_BATCH_MAX 64
#define GRANTS_MAX     4096
#define GATE_PROMPT    "One-time code: "
#define GATE_DENIED    "Access denied."
#define GATE_CHOSEN                                               \
	"Passwords of this host are generated: an administrator " \
	"runs bulkhead password."

/* What the kernel says of the process that asks. */
struct peer {
	uint32_t pid;
	uint32_t euid;		       /* SO_PEERCRED */
	char name[MODEL_NAME_MAX + 1]; /* account of euid if it is one of
					  allow_uids; "" for root */
	uint32_t auid;		       /* login uid; UINT32_MAX = unset */
	uint64_t
	    start; /* of the process, clock ticks since boot; 0 = unknown */
	struct session_id session;
};

struct gate;
struct login;

/* Borrows store and config for its life; NULL: no memory. */
struct gate *gate_new(struct store *s, const struct config *c);
void gate_free(struct gate *g);

/* Take another configuration (SIGHUP); the old one may be freed after. */
void gate_set_config(struct gate *g, const struct config *c);

/* Who is called by gate_log: one line of a decision for syslog. */
void gate_on_line(struct gate *g,
    void (*line)(void *arg, int level, const char *text), void *arg);

/* A login from its START; copies what it needs.  NULL: no memory. */
struct login *login_new(const struct msg_start *start, const struct peer *peer);
void login_free(struct login *l); /* wipes; NULL is accepted */

/*
 * Does it matter which session and login uid the kernel gives the caller?
 * Not while somebody enters: what sshd has then is its own.  login_set_peer
 * completes what login_new was given, before login_first.
 */
bool login_wants_session(const struct login *l);
void login_set_peer(struct login *l, const struct peer *peer);

enum login_step {
	LOGIN_ASK = 1, /* send GATE_PROMPT, wait for an answer */
	LOGIN_READY,   /* hand it to gate_batch */
};

/* What comes first for this login.  The same for every name that may enter,
 * known or not; for sudo and su the caller's account is looked up, where a
 * fresh grant may spare him the question. */
enum login_step login_first(
    struct gate *g, struct login *l, const struct now *now);

/* The answer, or that there will be none; l owns answer from here. */
void login_answer(struct login *l, struct buf *answer, bool toolong);
void login_aborted(struct login *l);

/*
 * Decide n logins in one transaction, a savepoint each.  Each one starts at
 * DENY; an ALLOW stands only after COMMIT returned.  A commit that fails
 * denies all of them and their wrong answers are counted in memory.  *errp is
 * what the store said, for the daemon's log; the results stand in any case.
 */
void gate_batch(struct gate *g, struct login **logins, size_t n,
    const struct now *now, enum bh_err *errp);

/* Log what gate_batch has decided: after the verdicts have left, since nobody
 * waits for a log. */
void gate_log(struct gate *g, struct login **logins, size_t n);

struct login_result {
	enum verdict verdict;
	bool has_grant;
	uint8_t grant[MSG_GRANT_LEN];
	const char *text; /* GATE_DENIED, GATE_CHOSEN or "" */
};
/* DENY until gate_batch has decided it. */
void login_result(const struct login *l, struct login_result *rp);

/*
 * Once a minute and before exit: one record for each source's denials that
 * were not evaluated, the clock's state if it changed.  Opens a transaction of
 * its own.
 */
enum bh_err gate_tick(struct gate *g, const struct now *now) BH_CHECKED;

/* Seconds until gate_tick has something to do; UINT64_MAX = nothing waits. */
uint64_t gate_tick_in(const struct gate *g, const struct now *now);

/*
 * The logins that are between two phases, for the daemon that follows: put
 * after the last record, taken before its first one.  They are bound to the
 * ledger's head, so that nothing changed in between.  BH_ERR_INPUT: what is
 * in b is malformed or another head's, and nothing was taken.
 */
#define GATE_PUT_MAX (48 + GRANTS_PUT_HEAD + GRANTS_MAX * GRANTS_PUT_LEN)
enum bh_err gate_put_grants(
    const struct gate *g, const struct now *now, struct buf *b) BH_CHECKED;
enum bh_err gate_get_grants(struct gate *g, struct buf *b) BH_CHECKED;

/* For changes made by an administrator. */
void gate_account_changed(struct gate *g, uint64_t account_id);

/* Did that process open a login session from elsewhere by a code, which has not
 * ended?  Then whose and by which service. */
enum bh_err gate_opened(struct gate *g, uint32_t pid, uint64_t start,
    struct account *a, char service[GRANT_SERVICE_MAX + 1]) BH_CHECKED;

/* The attempts of an account as they count now: memory before disk, settled
 * to this moment.  For status and unlock. */
void gate_attempts(struct gate *g, const struct account *a,
    const struct now *now, struct attempts *out);

/* Fill the fields that every record has: number, time, boot, realm, host,
 * policy hash. */
struct event;
void gate_event(struct gate *g, const struct now *now, struct event *e);

/* Append *e as the next record, inside the open transaction. */
enum bh_err gate_record(struct gate *g, struct event *e) BH_CHECKED;

#endif
