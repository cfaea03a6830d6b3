/*
 * One timed login.
 */
#include "tests/bench/login.h"

#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct talk {
	const struct login_try *t;
	struct login_done *d;
};

static uint64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t
login_clock_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

uint64_t
login_cpu_ns(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static int
answer(struct talk *k, struct pam_response *r)
{
	if (k->d->asked++ == 0 && k->t->asked != NULL)
		k->t->asked(k->t->arg);
	if (strcmp(k->t->answer, "-") == 0)
		return PAM_CONV_ERR;
	r->resp = strdup(k->t->answer);
	return r->resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
}

static int
talk(int n, const struct pam_message **msg, struct pam_response **resp,
    void *arg)
{
	struct pam_response *r;
	int i, rv = PAM_SUCCESS;

	if (n <= 0 || (r = calloc((size_t)n, sizeof(*r))) == NULL)
		return PAM_BUF_ERR;
	for (i = 0; i < n && rv == PAM_SUCCESS; i++) {
		if (msg[i]->msg_style == PAM_PROMPT_ECHO_OFF ||
		    msg[i]->msg_style == PAM_PROMPT_ECHO_ON)
			rv = answer(arg, &r[i]);
	}
	if (rv != PAM_SUCCESS) {
		while (i-- > 0)
			free(r[i].resp);
		free(r);
		return rv;
	}
	*resp = r;
	return PAM_SUCCESS;
}

static void
authenticate(
    pam_handle_t *pamh, const struct login_try *t, struct login_done *d)
{
	uint64_t start, cpu;

	d->rv = PAM_SUCCESS;
	if (t->rhost[0] != '\0')
		d->rv = pam_set_item(pamh, PAM_RHOST, t->rhost);
	if (d->rv != PAM_SUCCESS)
		return;
	if (t->around != NULL)
		t->around();
	cpu = login_cpu_ns();
	start = login_clock_ns();
	d->rv = pam_authenticate(pamh, 0);
	d->auth_ns = login_clock_ns() - start;
	d->cpu_ns = login_cpu_ns() - cpu;
	if (t->around != NULL)
		t->around();
}

void
login_run(const struct login_try *t, struct login_done *d)
{
	struct talk k = {.t = t, .d = d};
	const struct pam_conv conv = {.conv = talk, .appdata_ptr = &k};
	pam_handle_t *pamh = NULL;
	uint64_t start;

	memset(d, 0, sizeof(*d));
	start = login_clock_ns();
	d->rv =
	    pam_start_confdir(t->service, t->user, &conv, t->confdir, &pamh);
	if (d->rv == PAM_SUCCESS)
		authenticate(pamh, t, d);
	if (pamh != NULL)
		(void)pam_end(pamh, d->rv);
	d->all_ns = login_clock_ns() - start;
}
