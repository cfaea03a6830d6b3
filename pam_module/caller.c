/*
 * Filling START.
 */
#include "pam_module/caller.h"

#include "pam_module/ask.h"
#include "pam_module/lookup.h"

#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* PAM items that travel as they are. */
static const struct item {
	int type;
	size_t offset;
} items[] = {
    {PAM_SERVICE, offsetof(struct msg_start, service)},
    {PAM_RUSER, offsetof(struct msg_start, ruser)},
    {PAM_RHOST, offsetof(struct msg_start, rhost)},
    {PAM_TTY, offsetof(struct msg_start, tty)},
};

/* Set a field, and the flag if src was cut. */
static void
set(struct msg_start *m, char *field, size_t size, const char *src)
{
	if (!msg_set(field, size, src))
		m->flags |= MSG_F_TRUNCATED;
}

static enum bh_err
fill_items(pam_handle_t *pamh, struct msg_start *m)
{
	const void *value;
	size_t i;

	for (i = 0; i < nitems(items); i++) {
		value = NULL;
		if (pam_get_item(pamh, items[i].type, &value) != PAM_SUCCESS)
			return BH_ERR_SYSTEM;
		set(m, (char *)m + items[i].offset, MSG_NAME_MAX + 1, value);
	}
	return BH_OK;
}

/* The user's name: PAM_USER, or asked for.  *userp is PAM's, uncut. */
static enum bh_err
fill_user(pam_handle_t *pamh, struct msg_start *m, const char **userp)
{
	const void *item = NULL;
	const char *user;

	if (pam_get_item(pamh, PAM_USER, &item) != PAM_SUCCESS)
		return BH_ERR_SYSTEM;
	user = item;
	if (user == NULL &&
	    (!ask_possible(pamh) ||
		pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || user == NULL))
		return BH_ERR_REFUSED;
	set(m, m->user, sizeof(m->user), user);
	*userp = user;
	return BH_OK;
}

/*
 * The one NSS look-up: of the person who calls, or of the user's name where
 * root calls for somebody.  That there is none is for the daemon to judge.
 */
static enum bh_err
fill_ids(struct msg_start *m, const char *user)
{
	uid_t uid = 0;
	enum bh_err e;

	m->real_uid = getuid();
	if (m->real_uid != 0) {
		e = lookup_name(m->real_uid, m->caller, sizeof(m->caller));
		if (e == BH_ERR_RANGE)
			m->flags |= MSG_F_TRUNCATED;
		return e == BH_ERR_NOTFOUND || e == BH_ERR_RANGE ? BH_OK : e;
	}
	set(m, m->caller, sizeof(m->caller), "root");
	e = lookup_uid(user, &uid);
	if (e == BH_ERR_NOTFOUND) {
		m->flags |= MSG_F_NO_USER;
		return BH_OK;
	}
	m->user_uid = uid;
	return e;
}

static enum bh_err
fill_nonce(struct msg_start *m)
{
	ssize_t n = getrandom(m->nonce, sizeof(m->nonce), 0);

	return n == (ssize_t)sizeof(m->nonce) ? BH_OK : BH_ERR_CRYPTO;
}

enum bh_err
caller_fill(pam_handle_t *pamh, enum msg_phase phase, const char *realm,
    struct msg_start *m)
{
	const char *user = NULL;
	enum bh_err e;

	memset(m, 0, offsetof(struct msg_start, auth_info));
	m->phase = phase;
	if ((e = fill_items(pamh, m)) != BH_OK ||
	    (e = fill_user(pamh, m, &user)) != BH_OK ||
	    (e = fill_ids(m, user)) != BH_OK || (e = fill_nonce(m)) != BH_OK)
		return e;
	set(m, m->realm, sizeof(m->realm), realm);
	set(m, m->connection, sizeof(m->connection),
	    pam_getenv(pamh, "SSH_CONNECTION"));
	set(m, m->auth_info, sizeof(m->auth_info),
	    pam_getenv(pamh, "SSH_AUTH_INFO_0"));
	return BH_OK;
}
