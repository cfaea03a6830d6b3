/*
 * libpam, a folder and a person.
 */
#include "tests/pam/rig.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const struct entry entries[4] = {
    {"auth", pam_authenticate, PAM_AUTH_ERR, true},
    {"account", pam_acct_mgmt, PAM_PERM_DENIED, true},
    {"open", pam_open_session, PAM_SESSION_ERR, false},
    {"close", pam_close_session, PAM_SESSION_ERR, false},
};

static int
converse(int n, const struct pam_message **messages,
    struct pam_response **responsep, void *arg)
{
	struct person *p = arg;
	struct pam_response *response;

	if (n != 1)
		return PAM_CONV_ERR;
	if (messages[0]->msg_style == PAM_ERROR_MSG) {
		(void)snprintf(
		    p->shown, sizeof(p->shown), "%s", messages[0]->msg);
		return PAM_SUCCESS;
	}
	p->asked++;
	p->style = messages[0]->msg_style;
	(void)snprintf(p->prompt, sizeof(p->prompt), "%s", messages[0]->msg);
	if (p->hook != NULL)
		p->hook(p->hook_arg);
	if (p->rv != PAM_SUCCESS || p->no_response)
		return p->rv;
	if ((response = calloc(1, sizeof(*response))) == NULL)
		return PAM_BUF_ERR;
	if (!p->no_answer)
		response->resp = strdup(p->answer);
	*responsep = response;
	return PAM_SUCCESS;
}

void
rig_open(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	(void)snprintf(r->dir, sizeof(r->dir), "/tmp/bh-pam-XXXXXX");
	if (mkdtemp(r->dir) == NULL || chmod(r->dir, 0755) == -1)
		abort();
	(void)snprintf(r->socket, sizeof(r->socket), "%s/gate.sock", r->dir);
	r->person.answer = "123456";
	r->conv.conv = converse;
	r->conv.appdata_ptr = &r->person;
}

void
rig_close(struct rig *r)
{
	char path[64];

	rig_pam_end(r);
	peer_free(r->peer);
	(void)snprintf(path, sizeof(path), "%s/test", r->dir);
	(void)unlink(path);
	(void)rmdir(r->dir);
}

void
rig_module(char *path, size_t size, const char *module)
{
	const char *dir = getenv("builddir");
	char relative[PATH_MAX];
	char *full;

	(void)snprintf(relative, sizeof(relative), "%s/.libs/%s.so",
	    dir != NULL ? dir : ".", module);
	if ((full = realpath(relative, NULL)) == NULL) {
		(void)fprintf(stderr, "%s is not built\n", relative);
		abort();
	}
	(void)snprintf(path, size, "%s", full);
	free(full);
}

void
rig_service_text(struct rig *r, const char *text)
{
	char path[64];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/test", r->dir);
	if ((f = fopen(path, "w")) == NULL || fputs(text, f) == EOF ||
	    fclose(f) == EOF)
		abort();
}

void
rig_service(struct rig *r, const char *module, const char *extra)
{
	static const char *const types[] = {
	    "auth", "account", "session", "password"};
	char path[PATH_MAX];
	char text[8 * PATH_MAX];
	size_t len = 0, i;

	rig_module(path, sizeof(path), module);
	for (i = 0; i < nitems(types); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len,
		    "%s required %s socket=%s %s\n", types[i], path, r->socket,
		    extra);
	rig_service_text(r, text);
}

void
rig_pam_start(struct rig *r, const char *user)
{
	rig_pam_end(r);
	if (pam_start_confdir("test", user, &r->conv, r->dir, &r->pamh) !=
	    PAM_SUCCESS)
		abort();
}

void
rig_pam_end(struct rig *r)
{
	if (r->pamh != NULL)
		(void)pam_end(r->pamh, PAM_SUCCESS);
	r->pamh = NULL;
}

void
rig_peer(struct rig *r, play_fn *play)
{
	peer_free(r->peer);
	r->peer = peer_start(r->socket, (uid_t)-1, play);
}

int
rig_setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return -1;
	rig_open(r);
	rig_peer(r, play_ask);
	rig_service(r, MODULE_TEST, "realm=vault");
	rig_pam_start(r, "root");
	*state = r;
	return 0;
}

int
rig_teardown(void **state)
{
	struct rig *r = *state;

	rig_close(r);
	free(r);
	return 0;
}
