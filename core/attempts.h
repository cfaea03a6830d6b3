/*
 * Attempts and locks: pure arithmetic, values in and values out (PCI DSS
 * 8.3.4).  The budget lock_after is split into shares, so that a stranger who
 * uses up his own can't lock the owner out; see docs/design.md.
 */
#ifndef CORE_ATTEMPTS_H
#define CORE_ATTEMPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"

/* Where an attempt comes from; each has a share of its own. */
enum share {
	SHARE_UNKNOWN = 0, /* an address this account never came from */
	SHARE_KNOWN = 1,   /* a known address, or a key proved to sshd */
	SHARE_LOCAL = 2,   /* sudo, su: the account itself, on this host */
	SHARE_CONSOLE = 3, /* login on a terminal of the host */
	SHARE_COUNT
};

#define ATTEMPTS_HARD_AFTER 3 /* locks in a row of the owner's own shares */

struct share_state {
	uint32_t failed;	/* wrong answers since the last success */
	bool locked;
	uint64_t locked_until_s; /* CLOCK_BOOTTIME, valid for boot_id below */
};

struct attempts {
	struct share_state share[SHARE_COUNT];
	uint32_t strikes; /* locks in a row of KNOWN and LOCAL */
	bool hard_locked; /* until a second administrator lifts it */
	char boot_id[BOOT_ID_LEN + 1]; /* the boot that locked_until_s counts in */
};

struct attempts_policy {
	uint32_t lock_after;  /* 4..10 */
	uint64_t lock_for_s;  /* >= 1800 */
};

enum gate_state {
	GATE_OPEN = 0x1, /* the answer may be evaluated */
	GATE_LOCKED,	 /* this share is locked for a while */
	GATE_HARD,	 /* the account is, until somebody lifts it */
};

/*
 * The shares of a budget, 4:3:2:1, at least 1 each and together at most
 * lock_after: 10 gives 4 3 2 1, 4 gives 1 1 1 1.
 */
void attempts_shares(uint32_t lock_after, uint32_t out[SHARE_COUNT]);

/*
 * Bring *a to this boot and moment: after a reboot a running lock starts its
 * time again; a lock whose time is over is lifted and its share's count
 * starts at 0.  Call it before the others.
 */
void attempts_settle(struct attempts *a, const struct attempts_policy *p,
    uint64_t boot_s, const char *boot_id);

/* May an answer on this share be evaluated?  CONSOLE is open under a hard
 * lock for recovery codes alone: the caller passes recovery. */
enum gate_state attempts_gate(const struct attempts *a, enum share share,
    bool recovery);

/* Count one evaluated wrong answer; true if it has just locked the share. */
bool attempts_failed(struct attempts *a, const struct attempts_policy *p,
    enum share share, uint64_t boot_s, const char *boot_id);

/* All factors succeeded: resets this share only, and the strikes if it is
 * one that adds to them. */
void attempts_succeeded(struct attempts *a, enum share share);

/* An administrator lifts everything, the hard lock included. */
void attempts_unlock(struct attempts *a);

/* Anything locked?  For status and lists; call attempts_settle first. */
bool attempts_any_lock(const struct attempts *a);

const char *share_name(enum share share); /* unknown known local console */

#endif
