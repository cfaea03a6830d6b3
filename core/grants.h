/*
 * Grants: what a right code is worth, and for how long.  In memory only; a
 * restart of the daemon forgets them and people are asked again.  Those that
 * wait for the next phase of their login can be handed to the daemon that
 * follows, so that an upgrade cuts no login in half.
 *
 *	PENDING    made by auth; dies after 120 s
 *	CONFIRMED  by account, in the same login; freshness starts
 *	CONSUMED   by session, which binds it to the login session
 */
#ifndef CORE_GRANTS_H
#define CORE_GRANTS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/msg.h"
#include "core/attempts.h"
#include "core/model.h"

#include <stdbool.h>
#include <stdint.h>

#define GRANT_LIFE_S	  120 /* from auth to account, and on to session */
#define GRANT_SERVICE_MAX 63  /* bytes of a service's name that count */
#define GRANTS_AN_ACCOUNT 64  /* waiting at once; the oldest gives way */

/*
 * What makes two processes "the same login session": the kernel's audit
 * session id, else terminal, session leader and when that started.
 */
enum session_kind { SESSION_NONE = 0, SESSION_AUDIT = 1, SESSION_TTY = 2 };

struct session_id {
	enum session_kind kind;
	uint32_t audit;
	uint32_t tty;	       /* device number */
	uint32_t leader;       /* process id of the session leader */
	uint64_t leader_start; /* its start time, clock ticks since boot */
};

/* NONE is the same as nothing, not even as NONE. */
bool session_same(const struct session_id *a, const struct session_id *b);

enum grant_state { GRANT_PENDING = 1, GRANT_CONFIRMED, GRANT_CONSUMED };

struct grant {
	uint8_t id[MSG_GRANT_LEN];
	enum grant_state state;
	uint64_t account_id;
	char service[GRANT_SERVICE_MAX + 1];
	enum share share;
	struct session_id session;
	uint64_t made_boot_s;
	uint64_t state_boot_s; /* when the present state began */
	uint64_t fresh_boot_s; /* when a code was given for it: what freshness
				  counts from; a grant made from a fresh one
				  inherits it */
	uint64_t token;	       /* which token's code */
	enum factor_kind kind;
	uint32_t pid;	/* whose consumed it by a login from elsewhere, and */
	uint64_t start; /* when that started; 0: an elevation, the console */
	bool fresh;	/* made from another grant, no code given */
	bool closed;	/* its session has ended */
};

struct grants;

/* A table for at most max grants; NULL: no memory. */
struct grants *grants_new(size_t max);
void grants_free(struct grants *t); /* wipes; NULL is accepted */

/*
 * Issue a grant: copies *g, fills in a random id and PENDING.  *idp is the id.
 * Where an account has GRANTS_AN_ACCOUNT waiting, its oldest gives way; in a
 * full table the oldest consumed one, else the oldest of all: nobody's grants
 * can keep another out.
 */
enum bh_err grants_issue(struct grants *t, const struct grant *g,
    uint64_t boot_s, uint8_t id[MSG_GRANT_LEN]) BH_CHECKED;

/* The live grant of that id, service and account (0: whose it is), else NULL.
 * What has expired is dropped first. */
struct grant *grants_find(struct grants *t, const uint8_t id[MSG_GRANT_LEN],
    const char *service, uint64_t account_id, uint64_t boot_s);

/* A confirmed or consumed grant of this account and login session whose code
 * is younger than freshness_s, else NULL. */
struct grant *grants_fresh(struct grants *t, uint64_t account_id,
    const struct session_id *session, uint64_t freshness_s, uint64_t boot_s);

/* The consumed grant by which that process, of that start time, opened a login
 * session that has not ended, else NULL. */
const struct grant *grants_opened(
    const struct grants *t, uint32_t pid, uint64_t start);

void grants_drop(struct grants *t, struct grant *g);

/* Drop all of an account: it was removed, or a token of it revoked. */
void grants_drop_account(struct grants *t, uint64_t account_id);

/* Bytes that grants_put writes at most for a grant, and before the first. */
#define GRANTS_PUT_LEN	192
#define GRANTS_PUT_HEAD 4

/* Append the grants that are PENDING or CONFIRMED and live. */
enum bh_err grants_put(
    const struct grants *t, uint64_t boot_s, struct buf *b) BH_CHECKED;

/*
 * Read what grants_put wrote, to its end, into an empty table.  BH_ERR_INPUT
 * if it is anything else; the table is empty then.
 */
enum bh_err grants_get(struct grants *t, struct buf *b) BH_CHECKED;

#endif
