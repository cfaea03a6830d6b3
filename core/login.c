/*
 * A login before it is decided: who is the subject, where it comes from, and
 * whether a code is asked for.
 */
#include "core/gate_internal.h"

#include "core/authinfo.h"

#include <stdlib.h>
#include <string.h>

#define FRESH_MARGIN_S 5

/*
 * Services in which the caller becomes somebody else.  root_passes: called by
 * root they are no elevation, and root's cron jobs and maintainer scripts
 * must run.
 */
static const struct elevation {
	const char *service;
	bool root_passes;
} elevations[] = {
    {"sudo", true},
    {"sudo-i", true},
    {"su", true},
    {"su-l", true},
    {"doas", true},
    {"polkit-1", false},
};

/*
 * Whoever comes from another host logs in, whatever the service is called:
 * sshd takes any name (PAMServiceName, in a Match block too), and a login
 * under the name of sudo must not pass as root's own.
 */
static const struct elevation *
find_elevation(const struct msg_start *m)
{
	size_t i;

	if (m->rhost[0] != '\0' || m->connection[0] != '\0')
		return NULL;
	for (i = 0; i < nitems(elevations); i++) {
		if (strcmp(elevations[i].service, m->service) == 0)
			return &elevations[i];
	}
	return NULL;
}

bool
login_is_root(const struct login *l)
{
	const struct elevation *el = find_elevation(&l->start);

	return el != NULL && el->root_passes && l->start.real_uid == 0 &&
	       l->peer.euid == 0;
}

/*
 * The subject is the person who acts: whoever runs a program that is not run
 * by root is that person, whatever name the service gives.
 */
static void
find_subject(struct login *l)
{
	if (l->peer.euid != 0) {
		l->subject = l->peer.name;
		l->elevation = true;
		return;
	}
	l->elevation =
	    l->start.real_uid != 0 || find_elevation(&l->start) != NULL;
	l->subject = l->start.real_uid != 0 ? l->start.caller : l->start.user;
}

static void
find_address(struct login *l)
{
	const struct msg_start *m = &l->start;

	if (l->elevation)
		return;
	if (m->connection[0] != '\0' && netaddr_from_connection(m->connection,
					    &l->address, &l->port) == BH_OK)
		l->has_address = true;
	else if (strchr(m->rhost, '/') == NULL && /* a host, no network */
		 netaddr_parse(m->rhost, &l->address) == BH_OK)
		l->has_address = true;
	l->remote =
	    l->has_address || m->connection[0] != '\0' || m->rhost[0] != '\0';
	if (!l->has_address)
		memset(&l->address, 0, sizeof(l->address));
}

/*
 * When a session ends, the PAM environment may hold what the user wrote into
 * ~/.pam_environment (pam_env's user_readenv): no word of it is taken.
 */
static void
distrust(struct msg_start *m)
{
	if (m->phase != PHASE_SESSION_CLOSE)
		return;
	m->auth_info[0] = '\0';
	m->connection[0] = '\0';
}

struct login *
login_new(const struct msg_start *start, const struct peer *peer)
{
	struct login *l;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return NULL;
	/* all but the room behind auth_info's end */
	memcpy(&l->start, start,
	    offsetof(struct msg_start, auth_info) + strlen(start->auth_info));
	l->peer = *peer;
	distrust(&l->start);
	find_subject(l);
	find_address(l);
	return l;
}

bool
login_wants_session(const struct login *l)
{
	return l->elevation || (l->start.phase != PHASE_AUTH &&
				   l->start.phase != PHASE_ACCOUNT);
}

void
login_set_peer(struct login *l, const struct peer *peer)
{
	l->peer = *peer;
}

void
login_free(struct login *l)
{
	if (l == NULL)
		return;
	buf_free(l->answer);
	secret_wipe(l, sizeof(*l));
	free(l);
}

/* A terminal that stands on this host, not one that a network gave. */
static bool
is_console(const char *tty)
{
	static const char *const names[] = {
	    "tty", "console", "hvc", "ttyS", "xvc", "sclp", "vc/"};
	size_t i;

	if (strncmp(tty, "/dev/", 5) == 0)
		tty += 5;
	for (i = 0; i < nitems(names); i++) {
		if (strncmp(tty, names[i], strlen(names[i])) == 0)
			return true;
	}
	return false;
}

enum share
login_share(const struct login *l, const struct account *a)
{
	struct netaddr source;
	size_t i;

	if (!l->remote)
		return !l->elevation && is_console(l->start.tty) ? SHARE_CONSOLE
								 : SHARE_LOCAL;
	if (authinfo_has_key(l->start.auth_info))
		return SHARE_KNOWN;
	if (!l->has_address)
		return SHARE_UNKNOWN;
	netaddr_source(&l->address, &source);
	for (i = 0; i < MODEL_SOURCES_MAX && a->source[i].family != 0; i++) {
		if (netaddr_eq(&a->source[i], &source))
			return SHARE_KNOWN;
	}
	return SHARE_UNKNOWN;
}

/* Would a fresh grant serve, so that nothing need be asked?  It must still do
 * so when the batch comes to decide. */
static bool
is_fresh(struct gate *g, const struct login *l, const struct now *now)
{
	const struct policy *p = config_policy(g->config, l->start.service);
	struct account a;

	if (!l->elevation || p->freshness_s == 0 ||
	    store_account_get(g->store, l->subject, &a) != BH_OK)
		return false;
	return grants_fresh(g->grants, a.id, &l->peer.session, p->freshness_s,
		   now->boot_s + FRESH_MARGIN_S) != NULL;
}

enum login_step
login_first(struct gate *g, struct login *l, const struct now *now)
{
	const struct msg_start *m = &l->start;

	switch (m->phase) {
	case PHASE_AUTH:
		break;
	case PHASE_ACCOUNT:
		if ((m->flags & MSG_F_GRANT) != 0 &&
		    grants_find(g->grants, m->grant, m->service, 0,
			now->boot_s) != NULL)
			return LOGIN_READY;
		/* an entry that never ran auth is refused, not asked */
		if (!l->elevation)
			return LOGIN_READY;
		break;
	case PHASE_SESSION_OPEN:
	case PHASE_SESSION_CLOSE:
	case PHASE_PASSWORD:
	default:
		return LOGIN_READY;
	}
	if (login_is_root(l) || is_fresh(g, l, now))
		return LOGIN_READY;
	return LOGIN_ASK;
}

void
login_answer(struct login *l, struct buf *answer, bool toolong)
{
	buf_free(l->answer);
	l->answer = answer;
	l->toolong = toolong;
	l->answer_state = ANSWER_GIVEN;
}

void
login_aborted(struct login *l)
{
	l->answer_state = ANSWER_ABORTED;
}

void
login_result(const struct login *l, struct login_result *rp)
{
	memset(rp, 0, sizeof(*rp));
	rp->verdict = VERDICT_DENY;
	rp->text =
	    l->decision.reason == REASON_CHOSEN ? GATE_CHOSEN : GATE_DENIED;
	if (l->decision.verdict != VERDICT_ALLOW)
		return;
	rp->verdict = VERDICT_ALLOW;
	rp->text = "";
	rp->has_grant = l->has_grant;
	memcpy(rp->grant, l->grant, sizeof(rp->grant));
}
