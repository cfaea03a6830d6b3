/*
 * The code that a TOTP token shows, for the self-test: it plays the token.
 */
#include "core/factor.h"

#include <liboath/oath.h>
#include <stdio.h>
#include <string.h>

#define STEP_S 30
#define DIGITS 6

/* What is compared is the code itself: keep it, and say it differs. */
static int
keep(void *arg, const char *code)
{
	(void)snprintf(arg, FACTOR_CODE_MAX + 1, "%s", code);
	return 1;
}

enum bh_err
factor_totp_code(
    const struct buf *secret, uint64_t now_s, char code[FACTOR_CODE_MAX + 1])
{
	int rc;

	code[0] = '\0';
	rc = oath_totp_validate4_callback((const char *)secret->data,
	    secret->len, (time_t)now_s, STEP_S, 0, DIGITS, 0, NULL, NULL, 0,
	    keep, code);
	return rc == OATH_INVALID_OTP && strlen(code) == DIGITS ? BH_OK
								: BH_ERR_CRYPTO;
}
