/*
 * What the files of the gate share; nobody else includes it.
 */
#ifndef CORE_GATE_INTERNAL_H
#define CORE_GATE_INTERNAL_H

#include "core/decide.h"
#include "core/event.h"
#include "core/gate.h"
#include "core/netaddr.h"
#include "core/ration.h"
#include "core/throttle.h"

#define DENIALS_MAX	 64  /* sources whose denials are summed apart */
#define OVERLAYS_MAX	 256 /* accounts counted in memory alone */
#define THROTTLE_ENTRIES 8192
#define LINE_MAX_LEN	 1024

/* Denials of one minute that were not evaluated: reason, service, source. */
struct denial {
	enum reason reason;
	char service[MODEL_NAME_MAX + 1];
	struct netaddr source;
	uint64_t count;
	uint64_t from_s;
};

/* Attempts that could not be written: they count all the same. */
struct overlay {
	uint64_t account_id;
	struct attempts attempts;
};

struct gate {
	struct store *store;
	const struct config *config;
	struct grants *grants;
	struct throttle *throttle;
	size_t n_denials;
	struct denial denial[DENIALS_MAX];
	uint64_t tick_due_boot_s; /* while denials wait */
	size_t n_overlays;
	struct overlay overlay[OVERLAYS_MAX];
	/* decisions that cost their maker nothing: records of their own */
	struct ration replays;
	struct ration passwords;
	/* of each machine account: what account, and what session admits */
	struct rations machine_logins;
	struct rations machine_sessions;
	bool clock_known;
	int64_t clock_offset_s;	 /* wall clock minus time since boot */
	int64_t clock_trusted_s; /* the same before the clock ran ahead */
	bool clock_ahead;
	uint64_t clock_ahead_boot_s; /* since when */
	bool clock_behind;
	char realm[MODEL_NAME_MAX + 1];
	char host[STORE_HOST_LEN + 1];
	char hostname[MSG_NAME_MAX + 1];
	char policy_hash[17];
	void (*line)(void *arg, int level, const char *text);
	void *line_arg;
};

struct login {
	struct msg_start start;
	struct peer peer;
	bool elevation;	     /* sudo, su: the caller is the subject */
	const char *subject; /* points into start or peer */
	bool has_address;
	bool remote;
	struct netaddr address;
	uint32_t port;
	enum answer_state answer_state;
	bool toolong;
	struct buf *answer;

	/* from here on: filled by login_decide */
	struct evidence evidence;
	struct decision decision;
	struct account account; /* id 0: none */
	struct machine machine; /* if evidence.machine says so */
	struct attempts attempts;
	enum share share;
	struct token token; /* the one whose code it was; id 0: none */
	bool recovery;	    /* by a recovery code: its own, or its grant's */
	bool wrote_attempts;
	bool in_memory; /* undone: its wrong answer counts there */
	bool summed;	/* by gate_count_denial */
	bool just_locked;
	bool has_grant;
	uint8_t grant[MSG_GRANT_LEN];
	char listed[240]; /* what is in another realm too, and what to do */
	char line[LINE_MAX_LEN];
};

/* login.c */
bool login_is_root(const struct login *l);
enum share login_share(const struct login *l, const struct account *a);

/* login_decide.c: BH_OK with a decision, or an error after which the caller
 * resets to the savepoint and calls login_undo. */
enum bh_err login_decide(
    struct gate *g, struct login *l, const struct now *now) BH_CHECKED;
/* The transaction did not hold: deny, take back the grant, count in memory. */
void login_undo(struct gate *g, struct login *l, const struct now *now);

/* login_tokens.c: compare the answer with each active token, claim a match. */
enum bh_err login_enrolled(struct gate *g, const struct policy *p,
    struct login *l, struct token *tokens, size_t *np) BH_CHECKED;
enum bh_err login_compare(struct gate *g, const struct policy *p,
    struct login *l, struct token *tokens, size_t n,
    const struct now *now) BH_CHECKED;
bool login_is_recovery(
    const struct login *l, const struct token *tokens, size_t n);

/* login_machine.c: is it a program's account, and may it be in? */
enum bh_err login_machine(
    struct gate *g, struct login *l, const struct now *now) BH_CHECKED;
/* It was admitted: take it off its ration. */
void login_machine_admitted(
    struct gate *g, const struct login *l, const struct now *now);

/* login_listed.c: the SSH keys sshd was shown; the token whose code it is. */
enum bh_err login_keys_listed(struct gate *g, struct login *l) BH_CHECKED;
enum bh_err login_token_listed(struct gate *g, struct login *l,
    const struct token *t, const struct buf *secret, bool *listedp) BH_CHECKED;

/* login_record.c */
enum bh_err login_record(
    struct gate *g, struct login *l, const struct now *now) BH_CHECKED;
void login_line(struct gate *g, struct login *l, const struct now *now);

/* gate.c */
void gate_count_denial(struct gate *g, struct login *l, const struct now *now);
struct attempts *gate_overlay(struct gate *g, uint64_t account_id);
void gate_overlay_set(
    struct gate *g, uint64_t account_id, const struct attempts *a);
void gate_overlay_drop(struct gate *g, uint64_t account_id);

/* gate_clock.c: start: the first time seen is the one to compare with.
 * clock: inside a transaction: raise the highest time seen, record a
 * clock that jumped or is behind. */
void gate_clock_start(struct gate *g, const struct now *now);
enum bh_err gate_clock(struct gate *g, const struct now *now) BH_CHECKED;

#endif
