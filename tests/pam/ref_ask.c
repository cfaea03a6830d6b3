/*
 * A module to compare ours with: it asks, throws the answer away, and lets
 * everybody in.  What it leaves in its caller is what any module that asks a
 * question leaves.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	char *answer = NULL;

	(void)flags;
	(void)argc;
	(void)argv;
	if (pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "%s",
		"One-time code: ") != PAM_SUCCESS || answer == NULL)
		return PAM_AUTH_ERR;
	explicit_bzero(answer, strlen(answer));
	free(answer);
	return PAM_SUCCESS;
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

int
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(pamh, flags, argc, argv);
}

int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(pamh, flags, argc, argv);
}

int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
    const char **argv)
{
	return pam_sm_setcred(pamh, flags, argc, argv);
}
