/*
 * Makes what a daemon under test needs beside its configuration: key, store
 * and anchor, the latter two as the given user.  Run as root or as that user.
 *
 *	mkrealm CONFIG UID GID
 */
#include "base/log.h"
#include "core/anchor.h"
#include "core/clock.h"
#include "core/config.h"
#include "core/crypto/crypto.h"
#include "core/keyring.h"
#include "core/store/store.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum bh_err
make_key(const struct config *c, struct keyring **kp)
{
	enum bh_err e;

	if (strncmp(c->key, "file:", 5) != 0)
		return BH_ERR_CONFIG;
	if ((*kp = keyring_new()) == NULL)
		return BH_ERR_NOMEM;
	if ((e = keyring_add(*kp, 1)) != BH_OK)
		return e;
	return keyring_write(*kp, c->key + 5, 1);
}

static enum bh_err
become(uid_t uid, gid_t gid)
{
	if (geteuid() != 0 || uid == 0)
		return BH_OK;
	if (setgroups(0, NULL) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		return BH_ERR_SYSTEM;
	return BH_OK;
}

static enum bh_err
make_store(const struct config *c, const struct keyring *keys)
{
	char host[STORE_HOST_LEN + 1];
	const struct store_options o = {
	    .where = c->store,
	    .keys = keys,
	    .realm = c->realm,
	    .realm_class = c->realm_class,
	    .host = host,
	};
	struct anchor *anchor = NULL;
	struct store *store = NULL;
	struct now now;
	enum bh_err e;

	clock_read(&now);
	if ((e = host_id(host)) != BH_OK ||
	    (e = store_create(&o, now.wall_s, &store)) != BH_OK ||
	    (e = anchor_open(c->anchor, true, &anchor)) != BH_OK)
		goto out;
	e = anchor_write(anchor, store_head(store), true);
out:
	anchor_close(anchor);
	store_close(store);
	return e;
}

int
main(int argc, char **argv)
{
	struct keyring *keys = NULL;
	struct config *c = NULL;
	char *why = NULL;
	enum bh_err e;

	if (argc != 4)
		return 2;
	log_open("mkrealm", false, true);
	if ((e = crypto_open()) != BH_OK ||
	    (e = config_load(argv[1], &c, &why)) != BH_OK ||
	    (e = make_key(c, &keys)) != BH_OK ||
	    (e = become((uid_t)strtoul(argv[2], NULL, 10),
		 (gid_t)strtoul(argv[3], NULL, 10))) != BH_OK ||
	    (e = make_store(c, keys)) != BH_OK)
		log_err(e, "%s", why != NULL ? why : "make a realm");
	free(why);
	keyring_free(keys);
	config_free(c);
	return e == BH_OK ? 0 : 1;
}
