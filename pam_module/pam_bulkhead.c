/*
 * The PAM entry points.  Each that decides asks the daemon and maps what it
 * said; a row a phase says how.  Everything that goes wrong denies.
 */
#include "pam_module/ask.h"
#include "pam_module/caller.h"
#include "pam_module/grant.h"
#include "pam_module/options.h"
#include "pam_module/relay.h"

#include "base/buf.h"

#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <syslog.h>

#define VISIBLE	    __attribute__((visibility("default")))
#define TEXT_DENIED "Access denied."

/* How one phase is held and what its failure is called. */
struct phase {
	enum msg_phase phase;
	int denied;
	bool send_grant;   /* show the grant of the phases before */
	bool export_grant; /* a later phase may run in another process */
	bool tell;	   /* say that access is denied */
};

static const struct phase phase_auth = {
    .phase = PHASE_AUTH,
    .denied = PAM_AUTH_ERR,
    .export_grant = true,
    .tell = true,
};

static const struct phase phase_account = {
    .phase = PHASE_ACCOUNT,
    .denied = PAM_PERM_DENIED,
    .send_grant = true,
    .export_grant = true,
    .tell = true,
};

static const struct phase phase_session_open = {
    .phase = PHASE_SESSION_OPEN,
    .denied = PAM_SESSION_ERR,
    .send_grant = true,
    .tell = true,
};

static const struct phase phase_session_close = {
    .phase = PHASE_SESSION_CLOSE,
    .denied = PAM_SESSION_ERR,
    .send_grant = true,
};

static const struct phase phase_password = {
    .phase = PHASE_PASSWORD,
    .denied = PAM_PERM_DENIED,
    .tell = true,
};

/* One login's step, and all it needs; wiped when it is freed. */
struct step {
	struct options options;
	struct msg_start start;
	struct relay_result result;
};

static void
step_free(struct step *s)
{
	if (s == NULL)
		return;
	secret_wipe(s, sizeof(*s));
	free(s);
}

/* Keep the grant for the next phase: the new one, or the one we showed. */
static enum bh_err
keep_grant(pam_handle_t *pamh, const struct phase *p, struct step *s)
{
	const uint8_t *grant = s->result.verdict.grant;
	enum bh_err e;

	if (!s->result.verdict.has_grant) {
		if ((s->start.flags & MSG_F_GRANT) == 0)
			return BH_OK;
		grant = s->start.grant;
	}
	s->result.doing = "keep the grant";
	if ((e = grant_store(pamh, grant)) != BH_OK)
		return e;
	return p->export_grant ? grant_export(pamh, grant) : BH_OK;
}

/* Gather and ask.  BH_OK: *s holds what the daemon said, DENY included. */
static enum bh_err
ask_daemon(pam_handle_t *pamh, const struct phase *p, struct step *s)
{
	enum bh_err e;

	s->result.doing = "tell who calls";
	e = caller_fill(pamh, p->phase, s->options.realm, &s->start);
	if (e != BH_OK)
		return e;
	if (p->send_grant)
		grant_load(pamh, &s->start);
	e = relay_run(pamh, s->options.socket, &s->start, &s->result);
	if (e == BH_OK && s->result.verdict.verdict == VERDICT_ALLOW)
		e = keep_grant(pamh, p, s);
	return e;
}

/* The one text of a failure; none to a person who would not be asked. */
static void
tell_denied(
    pam_handle_t *pamh, int flags, const struct phase *p, const struct step *s)
{
	const char *text = TEXT_DENIED;

	if (!p->tell || ((unsigned int)flags & PAM_SILENT) != 0)
		return;
	if (s != NULL && s->result.aborted)
		return;
	if (s != NULL && s->result.verdict.text[0] != '\0')
		text = s->result.verdict.text;
	ask_show_error(pamh, text);
}

/* Options first, then the daemon; what failed is logged once, here. */
static enum bh_err
run(pam_handle_t *pamh, const struct phase *p, int argc, const char **argv,
    struct step *s)
{
	const char *bad = "";
	enum bh_err e;

	if ((e = options_parse(argc, argv, &s->options, &bad)) != BH_OK) {
		pam_syslog(pamh, LOG_ERR, "denied: bad option \"%s\"", bad);
		return e;
	}
	if ((e = ask_daemon(pamh, p, s)) != BH_OK)
		pam_syslog(pamh, LOG_ERR, "denied: could not %s (%s): %s",
		    s->result.doing, s->options.socket, err_text(e));
	return e;
}

static int
pass_gate(pam_handle_t *pamh, int flags, int argc, const char **argv,
    const struct phase *p)
{
	int rv = PAM_SYSTEM_ERR; /* every path we did not foresee */
	struct step *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		pam_syslog(pamh, LOG_ERR, "denied: out of memory");
	else if (run(pamh, p, argc, argv, s) == BH_OK &&
		 s->result.verdict.verdict == VERDICT_ALLOW)
		rv = PAM_SUCCESS;
	if (rv != PAM_SUCCESS) {
		rv = p->denied;
		tell_denied(pamh, flags, p, s);
	}
	step_free(s);
	return rv;
}

VISIBLE int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pass_gate(pamh, flags, argc, argv, &phase_auth);
}

/* sshd calls it where no authentication ran; it neither asks nor grants. */
VISIBLE int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

VISIBLE int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pass_gate(pamh, flags, argc, argv, &phase_account);
}

VISIBLE int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	int rv;

	rv = pass_gate(pamh, flags, argc, argv, &phase_session_open);
	grant_unexport(pamh);
	return rv;
}

VISIBLE int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pass_gate(pamh, flags, argc, argv, &phase_session_close);
}

/* libpam comes twice, before the new password and with it; both are asked. */
VISIBLE int
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pass_gate(pamh, flags, argc, argv, &phase_password);
}
