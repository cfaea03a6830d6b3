/*
 * A module to compare ours with: it asks, looks the user up, and on "fail"
 * writes to the system log and denies.  What else ours does to its caller
 * must be one conversation with a socket.
 */
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	char room[4096], *answer = NULL;
	struct passwd pw, *found = NULL;
	const char *user = NULL;
	int rv = PAM_AUTH_ERR;

	(void)flags;
	(void)argc;
	(void)argv;
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS ||
	    getpwnam_r(user, &pw, room, sizeof(room), &found) != 0 ||
	    pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "%s",
		"One-time code: ") != PAM_SUCCESS ||
	    answer == NULL)
		return PAM_AUTH_ERR;
	if (found != NULL && strcmp(answer, "fail") != 0)
		rv = PAM_SUCCESS;
	else
		pam_syslog(pamh, LOG_ERR, "denied");
	free(answer);
	return rv;
}

int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}
