/*
 * A module that answers what the test told it: each call takes one letter off
 * the PAM environment's SEQ ('A' is code 0), and fails where none is left. With
 * the argument "gate" it denies as the gate does, or allows where GATE is set.
 */
#include <security/pam_modules.h>
#include <stdio.h>
#include <string.h>

#define VISIBLE __attribute__((visibility("default")))

static int
answer(pam_handle_t *pamh, int argc, const char **argv, int denied)
{
	char rest[512];
	const char *seq;

	if (argc > 0 && strcmp(argv[0], "gate") == 0)
		return pam_getenv(pamh, "GATE") != NULL ? PAM_SUCCESS : denied;
	seq = pam_getenv(pamh, "SEQ");
	if (seq == NULL || seq[0] == '\0')
		return PAM_SYSTEM_ERR;
	denied = seq[0] - 'A';
	(void)snprintf(rest, sizeof(rest), "SEQ=%s", seq + 1);
	return pam_putenv(pamh, rest) == PAM_SUCCESS ? denied : PAM_SYSTEM_ERR;
}

VISIBLE int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv, PAM_AUTH_ERR);
}

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
	(void)flags;
	return answer(pamh, argc, argv, PAM_PERM_DENIED);
}

VISIBLE int
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)flags;
	return answer(pamh, argc, argv, PAM_SESSION_ERR);
}

VISIBLE int
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return pam_sm_setcred(pamh, flags, argc, argv);
}
