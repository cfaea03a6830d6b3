/*
 * The verdict of one login.
 */
#include "core/decide.h"

#include "base/err.h"

#include <stddef.h>

static const char *const reasons[REASON_COUNT] = {
    [REASON_ERROR] = "error",
    [REASON_CODE] = "code",
    [REASON_FRESH] = "fresh",
    [REASON_CONFIRMED] = "confirmed",
    [REASON_ROOT] = "root, no elevation",
    [REASON_CLOSED] = "closed",
    [REASON_MACHINE] = "machine",
    [REASON_PASSWORD] = "password",
    [REASON_WRONG] = "wrong",
    [REASON_REPLAY] = "replay",
    [REASON_UNKNOWN] = "unknown",
    [REASON_UNENROLLED] = "unenrolled",
    [REASON_LOCKED] = "locked",
    [REASON_HARD_LOCKED] = "hard-locked",
    [REASON_THROTTLED] = "throttled",
    [REASON_SOURCE] = "source",
    [REASON_ABORTED] = "aborted",
    [REASON_NO_CODE] = "no-code",
    [REASON_GRANT] = "grant",
    [REASON_REALM] = "realm",
    [REASON_MALFORMED] = "malformed",
    [REASON_TAMPERED] = "tampered",
    [REASON_STRANGER] = "stranger",
    [REASON_LISTED] = "listed",
    [REASON_ENDED] = "ended",
    [REASON_KEY] = "key",
    [REASON_CHOSEN] = "chosen-password",
};

const char *
reason_name(enum reason r)
{
	if ((size_t)r >= nitems(reasons))
		return reasons[REASON_ERROR];
	return reasons[r];
}

/* What stands against anything this process asks for. */
static enum reason
objection_to_caller(const struct evidence *e)
{
	if (!e->permitted)
		return REASON_STRANGER;
	if (!e->realm_ok)
		return REASON_REALM;
	if (!e->well_formed)
		return REASON_MALFORMED;
	return REASON_CODE;
}

/* What stands against this account being let in at all, now and from there. */
static enum reason
objection_to_account(const struct evidence *e)
{
	switch (e->subject) {
	case SUBJECT_ENROLLED:
		break;
	case SUBJECT_UNENROLLED:
		return REASON_UNENROLLED;
	case SUBJECT_TAMPERED:
		return REASON_TAMPERED;
	case SUBJECT_UNKNOWN:
	default:
		return REASON_UNKNOWN;
	}
	if (!e->source_ok)
		return REASON_SOURCE;
	return e->listed ? REASON_LISTED : REASON_CODE;
}

/* What stands against comparing the answer with codes. */
static enum reason
objection_to_answer(const struct evidence *e)
{
	enum reason r;

	if (e->answer == ANSWER_NONE)
		return REASON_NO_CODE;
	if (e->answer != ANSWER_GIVEN)
		return REASON_ABORTED;
	if ((r = objection_to_account(e)) != REASON_CODE)
		return r;
	if (e->throttled)
		return REASON_THROTTLED;
	switch (e->gate) {
	case GATE_OPEN:
		return REASON_CODE;
	case GATE_HARD:
		return REASON_HARD_LOCKED;
	case GATE_LOCKED:
	default:
		return REASON_LOCKED;
	}
}

bool
decide_evaluates(const struct evidence *e)
{
	return objection_to_caller(e) == REASON_CODE && !e->closing &&
	       !e->needs_grant && !e->root && !e->fresh && !e->password &&
	       e->machine == MACHINE_NONE && e->grant != GRANT_GOOD &&
	       objection_to_answer(e) == REASON_CODE;
}

static enum reason
judge_match(enum match_state match)
{
	switch (match) {
	case MATCH_CLAIMED:
		return REASON_CODE;
	case MATCH_REPLAY:
		return REASON_REPLAY;
	case MATCH_TAMPERED:
		return REASON_TAMPERED;
	case MATCH_NONE:
	default:
		return REASON_WRONG;
	}
}

/*
 * A program's account: sshd has checked its key and holds it to its command;
 * account, which can't see the key, admits it, and session proves it.
 */
static enum reason
judge_machine(const struct evidence *e)
{
	if (e->machine == MACHINE_ENDED)
		return REASON_ENDED;
	/* By its own networks alone: a vault forbids production's network to
	 * people, and still takes production's backups. */
	if (e->machine == MACHINE_ELSEWHERE)
		return REASON_SOURCE;
	if (e->listed)
		return REASON_LISTED;
	if (e->machine == MACHINE_PROVED ||
	    (e->machine == MACHINE_KNOWN && !e->needs_key))
		return e->spent ? REASON_THROTTLED : REASON_MACHINE;
	return REASON_KEY;
}

static enum reason
judge(const struct evidence *e)
{
	enum reason r;

	if ((r = objection_to_caller(e)) != REASON_CODE)
		return r;
	if (e->closing)
		return REASON_CLOSED;
	if (e->password)
		return e->chosen_ok ? REASON_PASSWORD : REASON_CHOSEN;
	if (e->root)
		return REASON_ROOT;
	if (e->machine != MACHINE_NONE)
		return judge_machine(e);
	if (e->grant == GRANT_GOOD || e->fresh) {
		if ((r = objection_to_account(e)) != REASON_CODE)
			return r;
		return e->grant == GRANT_GOOD ? REASON_CONFIRMED : REASON_FRESH;
	}
	if (e->needs_grant)
		return e->grant == GRANT_BAD ? REASON_GRANT : REASON_NO_CODE;
	if ((r = objection_to_answer(e)) != REASON_CODE)
		return r == REASON_NO_CODE && e->grant == GRANT_BAD
			   ? REASON_GRANT
			   : r;
	if (e->match == MATCH_CLAIMED && e->token_listed)
		return REASON_LISTED;
	return judge_match(e->match);
}

struct decision
decide(const struct evidence *e)
{
	struct decision d = {VERDICT_DENY, REASON_ERROR};

	d.reason = judge(e);
	switch (d.reason) {
	case REASON_CODE:
	case REASON_FRESH:
	case REASON_CONFIRMED:
	case REASON_ROOT:
	case REASON_CLOSED:
	case REASON_MACHINE:
	case REASON_PASSWORD:
		d.verdict = VERDICT_ALLOW;
		break;
	default:
		break;
	}
	return d;
}
