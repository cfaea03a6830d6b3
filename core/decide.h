/*
 * The verdict.  One function, pure, that starts at DENY: what is known about
 * a login in, verdict and reason out.
 */
#ifndef CORE_DECIDE_H
#define CORE_DECIDE_H

#include "base/verdict.h"
#include "core/attempts.h"

#include <stdbool.h>

enum reason {
	REASON_ERROR = 0,   /* something failed on our side */
	REASON_CODE,	    /* allowed: a right, unused code */
	REASON_FRESH,	    /* allowed: a code given shortly before, in this
			       login session */
	REASON_CONFIRMED,   /* allowed: the code given in this login */
	REASON_ROOT,	    /* allowed: root, no elevation */
	REASON_CLOSED,	    /* allowed: the end of a session, recorded */
	REASON_MACHINE,	    /* allowed: a machine account, by its key */
	REASON_PASSWORD,    /* allowed: a password of one's own choice */
	REASON_WRONG,	    /* evaluated: no code of any token */
	REASON_REPLAY,	    /* evaluated: a code that was used before */
	REASON_UNKNOWN,	    /* no such account */
	REASON_UNENROLLED,  /* the account has no active token */
	REASON_LOCKED,	    /* this share of attempts is locked */
	REASON_HARD_LOCKED, /* until a second administrator lifts it */
	REASON_THROTTLED,   /* too many wrong answers from this source, or
			       logins of this machine account */
	REASON_SOURCE,	    /* not from this address */
	REASON_ABORTED,	    /* the question was not answered */
	REASON_NO_CODE,	    /* nobody was asked: public key alone */
	REASON_GRANT,	    /* what auth gave is spent, expired or another's */
	REASON_REALM,	    /* the module is set up for another realm */
	REASON_MALFORMED,   /* a value too long, a name that can't be one */
	REASON_TAMPERED,    /* the account's rows are not what was written */
	REASON_STRANGER,    /* the calling process may not ask for this */
	REASON_LISTED,	    /* a right code or key that another realm has too */
	REASON_ENDED,	    /* a machine account past its end, or revoked */
	REASON_KEY,	    /* a machine account without its own key alone */
	REASON_CHOSEN,	    /* a password that was not generated */
	REASON_COUNT
};

/* The word for it in records; never NULL. */
const char *reason_name(enum reason r);

enum subject_state {
	SUBJECT_UNKNOWN = 0,
	SUBJECT_TAMPERED,
	SUBJECT_UNENROLLED,
	SUBJECT_ENROLLED,
};

enum answer_state {
	ANSWER_NONE = 0, /* nobody was asked */
	ANSWER_ABORTED,
	ANSWER_GIVEN,
};

enum match_state {
	MATCH_NONE = 0, /* no code of any token, or not looked at yet */
	MATCH_REPLAY,
	MATCH_TAMPERED,		/* the token it may belong to does not open */
	MATCH_CLAIMED = 0x5a3c, /* unused until now, and claimed in the store */
};

enum grant_use {
	GRANT_NOT_GIVEN = 0,
	GRANT_BAD,	     /* unknown, expired, another's, or used up */
	GRANT_GOOD = 0x35c9, /* of this login, in the state this phase needs */
};

/* Is the subject an account of a program, and may it be in? */
enum machine_state {
	MACHINE_NONE = 0, /* no such: a person, or nobody */
	MACHINE_ENDED,	  /* revoked, or past its end */
	MACHINE_ELSEWHERE, /* not from one of its addresses */
	MACHINE_UNPROVED, /* in force; its key is not what sshd was shown */
	MACHINE_KNOWN = 0x69a5,	 /* in force; its key is proved in session */
	MACHINE_PROVED = 0x964b, /* in force, and its key alone was shown */
};

/* What is known.  Zeroed memory is denied. */
struct evidence {
	bool permitted;	  /* this process may ask for this subject */
	bool well_formed; /* no value was cut, the name can be one */
	bool realm_ok;	  /* realm= of the module is ours, or unset */
	bool closing;	  /* end of a session */
	bool root;	  /* sudo, su by real uid 0 */
	bool source_ok;	  /* sources and forbidden_sources */
	bool throttled;
	bool needs_grant; /* session: a code given now is too late */
	bool fresh;	  /* a fresh grant of this login session serves */
	bool listed;	   /* an SSH key of it is in another realm's manifest */
	bool token_listed; /* the token whose code it is likewise */
	bool needs_key;	   /* session: a machine account shows its key */
	bool password;	  /* a new password, no login */
	bool chosen_ok;	  /* passwords of one's own choice are good here */
	bool spent;	  /* a machine account's ration of logins is */
	enum machine_state machine;
	enum grant_use grant;
	enum subject_state subject;
	enum gate_state gate;
	enum answer_state answer;
	enum match_state match;
};

struct decision {
	enum verdict verdict;
	enum reason reason;
};

/*
 * May the answer be compared with codes at all?  False: decide() says why, and
 * nothing is counted.
 */
bool decide_evaluates(const struct evidence *e);

struct decision decide(const struct evidence *e);

#endif
