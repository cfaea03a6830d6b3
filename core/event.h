/*
 * One record of the ledger, before it is written: fields for PCI DSS 10.2.2
 * and for every export.  event_body makes the canonical JSON (keys sorted,
 * no white space, UTF-8, integers only); an unset field is left out.
 * Never in it: a code, a seed, a password, a whole answer.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "base/buf.h"
#include "base/err.h"
#include "core/clock.h"
#include "core/model.h"

#include <stdbool.h>
#include <stdint.h>

#define EVENT_FACTORS_MAX 6
#define EVENT_NAME_MAX	  256

/* type: "knowledge", "possession"; kind: "totp", "publickey", "password", ...;
 * known_by: "gate" (proved to us) or "sshd" (SSH_AUTH_INFO_0 says so). */
struct event_factor {
	const char *type;
	const char *kind;
	const char *known_by;
	const char *result; /* "ok" or "failed" */
	uint64_t token;	    /* token id, 0 = none of ours */
	char detail[96];    /* fingerprint of a public key; "" = none */
};

struct event {
	uint64_t seq;	      /* the record's number */
	struct now now;
	const char *boot_id;
	const char *realm;
	const char *host;     /* host id */
	const char *hostname;
	const char *service;  /* PAM service, or "bulkhead" for changes */
	const char *action;   /* login elevate session.open session.close enrol
				 confirm reset revoke lock unlock person.add
				 account.add account.remove policy.change
				 key.rotate store.accept clock.accept log.open
				 log.close denials clock.behind ... */
	const char *outcome;  /* success, failure */
	const char *reason;   /* why: "code", "replay", "locked", ... */
	const char *subject;  /* account; NULL = none or not known */
	const char *subject_hash; /* hex pseudonym of an unknown name */
	const char *person;
	bool has_uid;
	uint32_t uid;	      /* subject's uid */
	const char *target;   /* sudo, su: who one becomes */
	bool has_auid;
	uint32_t auid;	      /* login uid of the caller */
	const char *actor;    /* who changed something: account name or "root" */
	const char *ip;
	uint32_t port;	      /* 0 = unset */
	const char *tty;
	const char *session;  /* kernel audit session id, as text */
	const char *share;    /* which share of attempts */
	size_t n_factors;
	struct event_factor factor[EVENT_FACTORS_MAX];
	bool all_ok;	      /* every factor asked for succeeded */
	const char *grant;    /* hex, first 8 bytes: joins login and session */
	uint64_t token;	      /* token a change is about */
	const char *token_kind;
	uint64_t count;	      /* how many a summary stands for; 0 = unset */
	uint64_t from_s;      /* a summary's first moment */
	const char *ticket;
	const char *approver;
	const char *note;     /* a reason in words, given by an administrator */
	const char *policy_hash;
	const char *detail;   /* short text for what has no field */
};

/* The canonical body; *bodyp is the caller's to free.  Strings that are not
 * UTF-8 or hold control characters are escaped so that they come back. */
enum bh_err event_body(const struct event *e, struct buf **bodyp) BH_CHECKED;

/* The same facts as one printable syslog line "key=value ...". */
void event_line(const struct event *e, char *line, size_t size);

#endif
