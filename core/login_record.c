/*
 * What is written of a login: its record in the ledger and its line in the
 * log.
 */
#include "core/gate_internal.h"

#include "base/hex.h"
#include "core/authinfo.h"

#include <stdio.h>
#include <string.h>

/* The texts that an event of a login points to. */
struct record_texts {
	char ip[NETADDR_TEXT];
	char session[16];
	char grant[17];
	char hash[2 * CRYPTO_HASH_LEN + 1];
};

static const char *
action_name(const struct login *l)
{
	switch (l->start.phase) {
	case PHASE_AUTH:
		return "authenticate";
	case PHASE_ACCOUNT:
		return l->elevation ? "elevate" : "login";
	case PHASE_SESSION_OPEN:
		return "session.open";
	case PHASE_SESSION_CLOSE:
		return "session.close";
	case PHASE_PASSWORD:
		return "password";
	default:
		return "unknown";
	}
}

/* A name that is no account may be a password typed in the wrong place: it is
 * written as a keyed hash. */
static void
set_subject(struct gate *g, const struct login *l, struct event *e,
    struct record_texts *t)
{
	uint8_t hash[CRYPTO_HASH_LEN];

	if (l->account.id != 0) {
		e->subject = l->account.login;
		e->person = l->account.person;
	} else if (l->evidence.machine != MACHINE_NONE) {
		e->subject = l->machine.login;
		e->person = l->machine.owner;
		e->ticket = l->machine.ticket;
	} else if (l->evidence.root) {
		e->subject = "root";
	} else if (l->subject[0] != '\0' &&
		   store_pseudonym(g->store, l->subject, hash) == BH_OK) {
		hex_encode(hash, sizeof(hash), t->hash);
		e->subject_hash = t->hash;
	}
	e->has_uid = l->elevation || (l->start.flags & MSG_F_NO_USER) == 0;
	e->uid = l->elevation ? l->start.real_uid : l->start.user_uid;
	if (l->elevation && strcmp(l->start.user, l->subject) != 0)
		e->target = l->start.user;
}

static void
set_origin(const struct login *l, struct event *e, struct record_texts *t)
{
	if (l->has_address) {
		e->ip = netaddr_text(&l->address, t->ip);
		e->port = l->port;
	}
	if (l->start.tty[0] != '\0')
		e->tty = l->start.tty;
	if (l->peer.auid != UINT32_MAX) {
		e->has_auid = true;
		e->auid = l->peer.auid;
	}
	if (l->peer.session.kind == SESSION_AUDIT) {
		snprintf(t->session, sizeof(t->session), "%u",
		    l->peer.session.audit);
		e->session = t->session;
	}
	e->share = share_name(l->share);
}

/* What sshd proved, and the code that was given here. */
static void
set_factors(const struct login *l, struct event *e)
{
	struct event_factor *f;

	if (authinfo_factors(l->start.auth_info, e->factor,
		EVENT_FACTORS_MAX - 1, &e->n_factors) != BH_OK)
		e->n_factors = 0;
	if (l->token.id == 0)
		return;
	f = &e->factor[e->n_factors++];
	memset(f, 0, sizeof(*f));
	f->type = "possession";
	f->kind = factor_name(l->token.kind);
	f->known_by = "gate";
	f->token = l->token.id;
	f->result = l->decision.verdict == VERDICT_ALLOW ? "ok" : "failed";
}

static void
fill(struct gate *g, const struct login *l, const struct now *now,
    struct event *e, struct record_texts *t)
{
	bool ok = l->decision.verdict == VERDICT_ALLOW;

	memset(t, 0, sizeof(*t));
	gate_event(g, now, e);
	e->service = l->start.service;
	e->action = action_name(l);
	e->outcome = ok ? "success" : "failure";
	e->reason = reason_name(l->decision.reason);
	e->all_ok = ok && l->start.phase != PHASE_SESSION_CLOSE;
	set_subject(g, l, e, t);
	set_origin(l, e, t);
	set_factors(l, e);
	if (l->decision.reason == REASON_LISTED)
		e->detail = l->listed;
	if (l->has_grant) {
		hex_encode(l->grant, 8, t->grant);
		e->grant = t->grant;
	}
}

/*
 * Every ALLOW that opens something and every answer that was compared has a
 * record of its own.  A used code is good for a replay for ever, and costs no
 * attempt, nor does a key that is listed or a machine's, nor to run passwd:
 * whoever has one must not fill the disk with it.
 */
static bool
has_record(struct gate *g, const struct login *l, const struct now *now)
{
	switch (l->decision.reason) {
	case REASON_PASSWORD:
	case REASON_CHOSEN:
		return ration_take(&g->passwords, now->boot_s);
	case REASON_WRONG:
		return true;
	case REASON_REPLAY:
	case REASON_LISTED:
	case REASON_ENDED:
	case REASON_KEY:
		return ration_take(&g->replays, now->boot_s);
	default:
		return l->decision.verdict == VERDICT_ALLOW;
	}
}

static enum bh_err
record_lock(struct gate *g, const struct login *l, const struct now *now)
{
	struct record_texts t;
	struct event e;

	fill(g, l, now, &e, &t);
	e.action = "lock";
	e.outcome = "success";
	e.reason = l->attempts.hard_locked ? reason_name(REASON_HARD_LOCKED)
					   : reason_name(REASON_LOCKED);
	e.n_factors = 0;
	e.all_ok = false;
	return gate_record(g, &e);
}

enum bh_err
login_record(struct gate *g, struct login *l, const struct now *now)
{
	struct record_texts t;
	struct event e;
	enum bh_err err;

	fill(g, l, now, &e, &t);
	if (!has_record(g, l, now)) {
		event_line(&e, l->line, sizeof(l->line));
		gate_count_denial(g, l, now);
		return BH_OK;
	}
	err = gate_record(g, &e);
	event_line(&e, l->line, sizeof(l->line)); /* with its number */
	if (err != BH_OK)
		return err;
	return l->just_locked ? record_lock(g, l, now) : BH_OK;
}

void
login_line(struct gate *g, struct login *l, const struct now *now)
{
	struct record_texts t;
	struct event e;

	fill(g, l, now, &e, &t);
	event_line(&e, l->line, sizeof(l->line));
}
