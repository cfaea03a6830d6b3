/*
 * Carrying the grant id from phase to phase.
 */
#include "pam_module/grant.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define GRANT_DATA    "bulkhead_grant"
#define GRANT_HEX_LEN (2 * MSG_GRANT_LEN)

static const char hex[] = "0123456789abcdef";

/* PAM data of ours: MSG_GRANT_LEN bytes. */
static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
	(void)pamh;
	(void)status;
	secret_wipe(data, MSG_GRANT_LEN);
	free(data);
}

static bool
parse_hex(const char *s, uint8_t grant[MSG_GRANT_LEN])
{
	size_t i;

	if (strlen(s) != GRANT_HEX_LEN || strspn(s, hex) != GRANT_HEX_LEN)
		return false;
	for (i = 0; i < MSG_GRANT_LEN; i++) {
		size_t high = (size_t)(strchr(hex, s[2 * i]) - hex);
		size_t low = (size_t)(strchr(hex, s[2 * i + 1]) - hex);

		grant[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

void
grant_load(pam_handle_t *pamh, struct msg_start *m)
{
	const void *data = NULL;
	const char *s;

	if (pam_get_data(pamh, GRANT_DATA, &data) == PAM_SUCCESS &&
	    data != NULL) {
		memcpy(m->grant, data, MSG_GRANT_LEN);
		m->flags |= MSG_F_GRANT;
		return;
	}
	s = pam_getenv(pamh, GRANT_ENV);
	if (s != NULL && parse_hex(s, m->grant))
		m->flags |= MSG_F_GRANT;
}

enum bh_err
grant_store(pam_handle_t *pamh, const uint8_t grant[MSG_GRANT_LEN])
{
	uint8_t *data;

	if ((data = malloc(MSG_GRANT_LEN)) == NULL)
		return BH_ERR_NOMEM;
	memcpy(data, grant, MSG_GRANT_LEN);
	if (pam_set_data(pamh, GRANT_DATA, data, cleanup) != PAM_SUCCESS) {
		cleanup(pamh, data, 0);
		return BH_ERR_SYSTEM;
	}
	return BH_OK;
}

enum bh_err
grant_export(pam_handle_t *pamh, const uint8_t grant[MSG_GRANT_LEN])
{
	char assignment[] = GRANT_ENV "=0123456789abcdef0123456789abcdef";
	char *p = assignment + sizeof(GRANT_ENV);
	int rv;
	size_t i;

	for (i = 0; i < MSG_GRANT_LEN; i++) {
		*p++ = hex[grant[i] >> 4];
		*p++ = hex[grant[i] & 0xf];
	}
	rv = pam_putenv(pamh, assignment);
	secret_wipe(assignment, sizeof(assignment));
	return rv == PAM_SUCCESS ? BH_OK : BH_ERR_SYSTEM;
}

void
grant_unexport(pam_handle_t *pamh)
{
	/* libpam logs an error when there is nothing to delete. */
	if (pam_getenv(pamh, GRANT_ENV) != NULL)
		(void)pam_putenv(pamh, GRANT_ENV);
}
