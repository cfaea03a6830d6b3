/*
 * Deciding one login inside the open transaction: gather what is known,
 * decide(), then do what follows from the verdict.
 */
#include "core/gate_internal.h"

#include "base/log.h"

#include <string.h>

static bool
may_ask(const struct login *l)
{
	if (l->peer.euid == 0)
		return true;
	/* allow_uids: for oneself only, and never as root */
	return l->peer.name[0] != '\0' && l->start.real_uid == l->peer.euid &&
	       strcmp(l->start.user, l->peer.name) == 0;
}

/*
 * Each end of a session is a record.  A caller that is not root could fill the
 * disk with them: it may end, once, a session that it has opened.
 */
static bool
may_close(struct gate *g, const struct login *l, const struct now *now)
{
	const struct msg_start *m = &l->start;
	struct grant *gr;

	if (l->peer.euid == 0)
		return true;
	if ((m->flags & MSG_F_GRANT) == 0)
		return false;
	gr = grants_find(g->grants, m->grant, m->service, 0, now->boot_s);
	if (gr == NULL || gr->state != GRANT_CONSUMED || gr->closed)
		return false;
	gr->closed = true;
	return true;
}

static bool
source_allowed(const struct policy *p, const struct login *l)
{
	size_t i;

	if (!l->remote)
		return true;
	if (!l->has_address)
		return p->sources.n == 0 && p->forbidden_sources.n == 0;
	for (i = 0; i < p->forbidden_sources.n; i++) {
		if (netaddr_in(&l->address, &p->forbidden_sources.net[i]))
			return false;
	}
	for (i = 0; i < p->sources.n; i++) {
		if (netaddr_in(&l->address, &p->sources.net[i]))
			return true;
	}
	return p->sources.n == 0;
}

/* The account, its attempts as they count now, its tokens. */
static enum bh_err
gather_account(struct gate *g, const struct policy *p, struct login *l,
    struct token *tokens, size_t *np, const struct now *now)
{
	struct evidence *ev = &l->evidence;
	enum bh_err e;

	*np = 0;
	ev->subject = SUBJECT_UNKNOWN;
	if (!model_name_ok(l->subject))
		return BH_OK;
	e = store_account_get(g->store, l->subject, &l->account);
	if (e == BH_OK)
		e = login_enrolled(g, p, l, tokens, np);
	if (e == BH_ERR_NOTFOUND)
		return login_machine(g, l, now);
	if (e == BH_ERR_SEALED) {
		log_err(e, "account %s", l->subject);
		ev->subject = SUBJECT_TAMPERED;
		return BH_OK;
	}
	if (e != BH_OK)
		return e;
	ev->subject = *np > 0 ? SUBJECT_ENROLLED : SUBJECT_UNENROLLED;
	l->share = login_share(l, &l->account);
	gate_attempts(g, &l->account, now, &l->attempts);
	ev->gate = attempts_gate(
	    &l->attempts, l->share, login_is_recovery(l, tokens, *np));
	return BH_OK;
}

/* Whose session ends: for the record only. */
static void
gather_name(struct gate *g, struct login *l)
{
	if (!model_name_ok(l->subject))
		return;
	if (store_account_get(g->store, l->subject, &l->account) != BH_OK)
		memset(&l->account, 0, sizeof(l->account));
	if (l->account.id == 0 &&
	    store_machine_get(g->store, l->subject, &l->machine) == BH_OK)
		l->evidence.machine = MACHINE_KNOWN;
	l->share = login_share(l, &l->account);
}

static void
gather_throttle(struct gate *g, struct login *l, const struct now *now)
{
	struct netaddr source;

	if (!l->has_address)
		return;
	netaddr_source(&l->address, &source);
	l->evidence.throttled =
	    !throttle_ok(g->throttle, l->account.id, &source, now->boot_s);
}

/* The grant that this phase needs, in the state it must be in. */
static struct grant *
gather_grant(struct gate *g, const struct policy *p, struct login *l,
    const struct now *now)
{
	const struct msg_start *m = &l->start;
	enum grant_state want =
	    m->phase == PHASE_ACCOUNT ? GRANT_PENDING : GRANT_CONFIRMED;
	struct grant *gr;

	l->evidence.grant = GRANT_NOT_GIVEN;
	if (m->phase != PHASE_AUTH && (m->flags & MSG_F_GRANT) != 0) {
		gr = grants_find(g->grants, m->grant, m->service, l->account.id,
		    now->boot_s);
		if (gr != NULL && l->account.id != 0 && gr->state == want) {
			l->evidence.grant = GRANT_GOOD;
			return gr;
		}
		l->evidence.grant = GRANT_BAD;
	}
	if (m->phase == PHASE_SESSION_OPEN || !l->elevation)
		return NULL;
	gr = grants_fresh(g->grants, l->account.id, &l->peer.session,
	    p->freshness_s, now->boot_s);
	/* who was asked is judged by the answer */
	l->evidence.fresh =
	    gr != NULL && p->freshness_s > 0 && l->answer_state == ANSWER_NONE;
	return gr;
}

/*
 * Should a sudo or su open its session with real uid 0 (those of Debian 12
 * and 13 do not), the subject is whoever the grant was given to.
 */
static void
subject_of_grant(struct gate *g, struct login *l, const struct now *now)
{
	const struct msg_start *m = &l->start;
	struct account a;
	struct grant *gr;

	if (m->phase != PHASE_SESSION_OPEN || !login_is_root(l) ||
	    (m->flags & MSG_F_GRANT) == 0)
		return;
	l->evidence.root = false; /* root itself is given none */
	gr = grants_find(g->grants, m->grant, m->service, 0, now->boot_s);
	if (gr == NULL ||
	    store_account_by_id(g->store, gr->account_id, &a) != BH_OK)
		return;
	msg_set(l->start.caller, sizeof(l->start.caller), a.login);
	l->subject = l->start.caller;
}

static void
remember_source(struct account *a, const struct netaddr *source)
{
	size_t i;

	for (i = 0; i < MODEL_SOURCES_MAX - 1; i++) {
		if (netaddr_eq(&a->source[i], source))
			break;
	}
	memmove(&a->source[1], &a->source[0], i * sizeof(a->source[0]));
	a->source[0] = *source;
}

/* Everything this login asked for has succeeded: only now does it count. */
static enum bh_err
admit(struct gate *g, struct login *l, enum share share, const struct now *now)
{
	struct netaddr source;

	attempts_succeeded(&l->attempts, share);
	l->account.attempts = l->attempts;
	l->account.last_login_s = now->wall_s;
	if (l->has_address) {
		netaddr_source(&l->address, &source);
		remember_source(&l->account, &source);
	}
	l->wrote_attempts = true;
	return store_account_update(g->store, &l->account);
}

static enum bh_err
issue(struct gate *g, struct login *l, const struct grant *from,
    const struct now *now)
{
	struct grant gr;
	struct grant *made;
	enum bh_err e;

	memset(&gr, 0, sizeof(gr));
	gr.account_id = l->account.id;
	msg_set(gr.service, sizeof(gr.service), l->start.service);
	gr.share = l->share;
	gr.fresh_boot_s = from != NULL ? from->fresh_boot_s : now->boot_s;
	gr.fresh = from != NULL;
	gr.token = from != NULL ? from->token : l->token.id;
	gr.kind = from != NULL ? from->kind : l->token.kind;
	l->recovery = gr.kind == FACTOR_RECOVERY;
	if (l->elevation)
		gr.session = l->peer.session;
	if ((e = grants_issue(g->grants, &gr, now->boot_s, l->grant)) != BH_OK)
		return e;
	l->has_grant = true;
	if (l->start.phase != PHASE_ACCOUNT)
		return BH_OK;
	made = grants_find(
	    g->grants, l->grant, gr.service, gr.account_id, now->boot_s);
	if (made == NULL)
		return BH_ERR_SYSTEM;
	made->state = GRANT_CONFIRMED;
	return gr.fresh ? BH_OK : admit(g, l, l->share, now);
}

static enum bh_err
use_grant(
    struct gate *g, struct login *l, struct grant *gr, const struct now *now)
{
	memcpy(l->grant, gr->id, sizeof(l->grant));
	l->has_grant = true;
	l->token.id = gr->token;
	l->token.kind = gr->kind;
	l->recovery = gr->kind == FACTOR_RECOVERY;
	gr->state_boot_s = now->boot_s;
	if (l->start.phase == PHASE_ACCOUNT) {
		gr->state = GRANT_CONFIRMED;
		if (gr->fresh)
			return BH_OK;
		gr->fresh_boot_s = now->boot_s;
		l->share = gr->share;
		return admit(g, l, gr->share, now);
	}
	gr->state = GRANT_CONSUMED;
	if (l->elevation)
		return BH_OK;
	if (l->remote) {
		gr->pid = l->peer.pid;
		gr->start = l->peer.start;
	}
	/* sshd's own audit session, inherited by all it forks, binds nobody:
	 * only one that pam_loginuid has made for this user */
	memset(&gr->session, 0, sizeof(gr->session));
	if (l->peer.auid == l->start.user_uid)
		gr->session = l->peer.session;
	return BH_OK;
}

static enum bh_err
count_wrong(struct gate *g, struct login *l, const struct policy *p,
    const struct now *now)
{
	const struct attempts_policy ap = {p->lock_after, p->lock_for_s};
	struct netaddr source;

	if (l->has_address) {
		netaddr_source(&l->address, &source);
		throttle_failed(
		    g->throttle, l->account.id, &source, now->boot_s);
	}
	if (l->account.id == 0)
		return BH_OK;
	l->just_locked = attempts_failed(
	    &l->attempts, &ap, l->share, now->boot_s, clock_boot_id());
	l->account.attempts = l->attempts;
	l->wrote_attempts = true;
	/* memory goes before the disk for the next one of this batch too */
	if (gate_overlay(g, l->account.id) != NULL)
		gate_overlay_set(g, l->account.id, &l->attempts);
	return store_account_update(g->store, &l->account);
}

/* What follows from the decision. */
static enum bh_err
follow(struct gate *g, struct login *l, const struct policy *p,
    struct grant *gr, const struct now *now)
{
	switch (l->decision.reason) {
	case REASON_CODE:
		return issue(g, l, NULL, now);
	case REASON_FRESH:
		return issue(g, l, gr, now);
	case REASON_CONFIRMED:
		return use_grant(g, l, gr, now);
	case REASON_WRONG:
		return count_wrong(g, l, p, now);
	case REASON_MACHINE:
		login_machine_admitted(g, l, now);
		return BH_OK;
	case REASON_UNKNOWN:
	case REASON_UNENROLLED:
		/* no account to count for, but the source is known */
		if (l->evidence.answer == ANSWER_GIVEN && l->has_address) {
			struct netaddr source;

			netaddr_source(&l->address, &source);
			throttle_failed(g->throttle, 0, &source, now->boot_s);
		}
		return BH_OK;
	default:
		return BH_OK;
	}
}

static enum bh_err
gather(struct gate *g, const struct policy *p, struct login *l,
    struct token *tokens, size_t *np, struct grant **grp, const struct now *now)
{
	const struct msg_start *m = &l->start;
	struct evidence *ev = &l->evidence;
	enum bh_err e;

	ev->well_formed = (m->flags & MSG_F_TRUNCATED) == 0;
	ev->realm_ok = m->realm[0] == '\0' || strcmp(m->realm, g->realm) == 0;
	ev->closing = m->phase == PHASE_SESSION_CLOSE;
	ev->permitted = may_ask(l) && (!ev->closing || may_close(g, l, now));
	ev->root = login_is_root(l);
	ev->needs_grant = m->phase == PHASE_SESSION_OPEN ||
			  (m->phase == PHASE_ACCOUNT && !l->elevation);
	ev->password = m->phase == PHASE_PASSWORD;
	ev->chosen_ok = g->config->realm_class == CLASS_PRODUCTION;
	ev->answer = l->answer_state;
	ev->source_ok = ev->closing || source_allowed(p, l);
	subject_of_grant(g, l, now);
	*np = 0;
	if ((ev->closing || ev->password) && !ev->root)
		gather_name(g, l);
	if (ev->root || ev->closing || ev->password)
		return BH_OK;
	if ((e = gather_account(g, p, l, tokens, np, now)) != BH_OK ||
	    (e = login_keys_listed(g, l)) != BH_OK)
		return e;
	gather_throttle(g, l, now);
	*grp = gather_grant(g, p, l, now);
	return BH_OK;
}

/* Start, or start again after a rollback, with nothing known. */
static void
forget(struct login *l)
{
	memset(&l->evidence, 0, sizeof(l->evidence));
	l->decision.verdict = VERDICT_DENY;
	l->decision.reason = REASON_ERROR;
	memset(&l->account, 0, sizeof(l->account));
	memset(&l->attempts, 0, sizeof(l->attempts));
	memset(&l->token, 0, sizeof(l->token));
	l->recovery = false;
	l->share = login_share(l, &l->account);
	l->wrote_attempts = false;
	l->in_memory = false;
	l->summed = false;
	l->just_locked = false;
	l->listed[0] = '\0';
	memset(&l->machine, 0, sizeof(l->machine));
	l->has_grant = false;
	l->line[0] = '\0';
}

enum bh_err
login_decide(struct gate *g, struct login *l, const struct now *now)
{
	const struct policy *p = config_policy(g->config, l->start.service);
	struct token tokens[MODEL_TOKENS_MAX];
	struct grant *gr = NULL;
	size_t n;
	enum bh_err e;

	forget(l);
	/* on a slow disk the wait for it would tell who has an account */
	if (l->answer_state == ANSWER_GIVEN)
		store_touch(g->store);
	if ((e = gather(g, p, l, tokens, &n, &gr, now)) != BH_OK)
		return e;
	if (decide_evaluates(&l->evidence) &&
	    (e = login_compare(g, p, l, tokens, n, now)) != BH_OK)
		return e;
	l->decision = decide(&l->evidence);
	if ((e = follow(g, l, p, gr, now)) != BH_OK)
		return e;
	return login_record(g, l, now);
}

void
login_undo(struct gate *g, struct login *l, const struct now *now)
{
	struct grant *gr;

	if (l->decision.reason == REASON_WRONG && l->account.id != 0)
		l->in_memory = true;
	if (l->in_memory)
		gate_overlay_set(g, l->account.id, &l->attempts);
	l->wrote_attempts = false;
	if (l->has_grant && (gr = grants_find(g->grants, l->grant,
				 l->start.service, 0, now->boot_s)) != NULL)
		grants_drop(g->grants, gr);
	l->has_grant = false;
	l->decision.verdict = VERDICT_DENY;
	l->decision.reason = REASON_ERROR;
	login_line(g, l, now);
}
