/*
 * NSS look-ups that tell "there is none" from "could not be asked": the
 * second must never pass for the first.
 */
#include "pam_module/lookup.h"

#include "base/buf.h"
#include "base/msg.h"

#include <errno.h>
#include <pwd.h>

#define ENTRY_LEN_MIN 2048
#define ENTRY_LEN_MAX (1024 * 1024)

/* What is looked for: an account of this name, or of this uid if NULL. */
struct key {
	const char *name;
	uid_t uid;
};

/* One try with room for an entry of len bytes in b. */
static int
ask_nss(const struct key *key, struct passwd *pw, struct buf *b,
    struct passwd **foundp)
{
	char *room = (char *)b->data;

	if (key->name != NULL)
		return getpwnam_r(key->name, pw, room, b->max, foundp);
	return getpwuid_r(key->uid, pw, room, b->max, foundp);
}

/* Find the entry; its strings lie in *bp, which the caller frees. */
static enum bh_err
find(const struct key *key, struct passwd *pw, struct buf **bp)
{
	struct passwd *found = NULL;
	struct buf *b = NULL;
	size_t len;
	int error = ERANGE;

	for (len = ENTRY_LEN_MIN; len <= ENTRY_LEN_MAX; len *= 2) {
		if ((b = buf_new(len)) == NULL)
			return BH_ERR_NOMEM;
		do {
			error = ask_nss(key, pw, b, &found);
		} while (error == EINTR);
		if (error != ERANGE)
			break;
		buf_free(b);
		b = NULL;
	}
	if (error == 0 && found != NULL) {
		*bp = b;
		return BH_OK;
	}
	buf_free(b);
	if (error == ERANGE)
		return BH_ERR_FULL;
	return error == 0 ? BH_ERR_NOTFOUND : BH_ERR_SYSTEM;
}

enum bh_err
lookup_uid(const char *name, uid_t *uidp)
{
	const struct key key = {.name = name};
	struct passwd pw;
	struct buf *b = NULL;
	enum bh_err e;

	if ((e = find(&key, &pw, &b)) != BH_OK)
		return e;
	*uidp = pw.pw_uid;
	buf_free(b);
	return BH_OK;
}

enum bh_err
lookup_name(uid_t uid, char *name, size_t size)
{
	const struct key key = {.uid = uid};
	struct passwd pw;
	struct buf *b = NULL;
	enum bh_err e;

	if ((e = find(&key, &pw, &b)) != BH_OK)
		return e;
	if (!msg_set(name, size, pw.pw_name))
		e = BH_ERR_RANGE;
	buf_free(b);
	return e;
}
