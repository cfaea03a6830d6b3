/*
 * A module to compare ours with: it asks, throws the answer away, and lets
 * everybody in.  What it leaves in its caller is what any module that asks a
 * question leaves.  With "keep" it keeps a copy, for whoever looks for one.
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the PAM environment, which sshd carries from its child to itself. */
static void
keep(pam_handle_t *pamh, const char *answer)
{
	char line[1024];

	(void)snprintf(line, sizeof(line), "REF_KEPT=%s", answer);
	(void)pam_putenv(pamh, line);
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	char *answer = NULL;

	(void)flags;
	if (pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer, "%s",
		"One-time code: ") != PAM_SUCCESS ||
	    answer == NULL)
		return PAM_AUTH_ERR;
	if (argc > 0 && strcmp(argv[0], "keep") == 0)
		keep(pamh, answer);
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
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(pamh, flags, argc, argv);
}
