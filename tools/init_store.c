/*
 * The store of a new realm.  It is made whole in a folder beside its place and
 * then renamed, so that a store that is there is never half of one.
 */
#include "tools/init.h"

#include "base/hex.h"
#include "core/admin.h"
#include "core/anchor.h"
#include "core/event.h"
#include "tools/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEME	    "sqlite:"
#define FRESH	    "init.new"
#define FINGERPRINT 8 /* bytes shown of the key's hash */

void
init_template(FILE *f, const char *realm, const char *class)
{
	const struct config_key *keys;
	const char *section = "";
	size_t i, n;

	(void)fprintf(f, "; Bulkhead's configuration; see bulkhead.conf(5).\n"
			 "; A line without ; in front sets a value; the others "
			 "show the defaults.\n");
	keys = config_keys(&n);
	for (i = 0; i < n; i++) {
		if (strcmp(section, keys[i].section) != 0)
			(void)fprintf(f, "\n[%s]\n", keys[i].section);
		section = keys[i].section;
		(void)fprintf(f, "; %s (%s)\n", keys[i].help, keys[i].type);
		if (strcmp(section, "realm") == 0 &&
		    strcmp(keys[i].key, "name") == 0)
			(void)fprintf(f, "name = %s\n", realm);
		else if (strcmp(section, "realm") == 0 &&
			 strcmp(keys[i].key, "class") == 0)
			(void)fprintf(f, "class = %s\n", class);
		else
			(void)fprintf(f, "; %s = %s\n", keys[i].key,
			    keys[i].default_text);
	}
}

/* Remove what an init that was cut short has left; known names only. */
static void
sweep(int dirfd)
{
	static const char *const left[] = {"store.db", "store.db-wal",
	    "store.db-journal", "store.db-shm", "store.ballast"};
	char name[64];
	size_t i;

	for (i = 0; i < nitems(left); i++) {
		(void)snprintf(name, sizeof(name), FRESH "/%s", left[i]);
		(void)unlinkat(dirfd, name, 0);
	}
	(void)unlinkat(dirfd, FRESH, AT_REMOVEDIR);
}

static enum bh_err
write_genesis(struct offline *off, struct store *s, const struct now *now)
{
	struct gate *gate;
	struct event ev;
	enum bh_err e;

	if ((gate = gate_new(s, off->config)) == NULL)
		return BH_ERR_NOMEM;
	gate_event(gate, now, &ev);
	ev.action = "log.open";
	ev.actor = "root";
	ev.detail = "genesis";
	if ((e = store_begin(s)) == BH_OK) {
		if ((e = gate_record(gate, &ev)) == BH_OK)
			e = store_commit(s);
		else
			store_rollback(s);
	}
	gate_free(gate);
	return e;
}

/* The whole store, in the folder beside its place. */
static enum bh_err
make_fresh(struct offline *off, const char *folder, const char *host)
{
	char where[CONFIG_TEXT_MAX + 32];
	struct store_options o = {.where = where,
	    .keys = off->keys,
	    .realm = off->config->realm,
	    .realm_class = off->config->realm_class,
	    .host = host};
	struct store *s = NULL;
	struct now now;
	enum bh_err e;

	(void)snprintf(
	    where, sizeof(where), SCHEME "%s/" FRESH "/store.db", folder);
	clock_read(&now);
	if ((e = store_create(&o, now.wall_s, &s)) == BH_OK)
		e = write_genesis(off, s, &now);
	store_close(s);
	return e;
}

/* Ballast first: once the store is in its place, all is. */
static enum bh_err
move_in(int dirfd, const char *file)
{
	struct stat st;

	if (fstatat(dirfd, FRESH "/store.db-wal", &st, AT_SYMLINK_NOFOLLOW) ==
		0 &&
	    st.st_size > 0)
		return BH_ERR_SYSTEM; /* not all of it is in the one file */
	if (renameat(dirfd, FRESH "/store.ballast", dirfd, "store.ballast") ==
		-1 &&
	    errno != ENOENT)
		return err_from_errno(errno);
	if (renameat2(dirfd, FRESH "/store.db", dirfd, file,
		RENAME_NOREPLACE) == -1 ||
	    fsync(dirfd) == -1)
		return err_from_errno(errno);
	return BH_OK;
}

static enum bh_err
make_store(struct offline *off, const char *path, const char *host)
{
	char folder[CONFIG_TEXT_MAX];
	const char *slash = strrchr(path, '/');
	enum bh_err e;
	int dirfd;

	if (access(path, F_OK) == 0)
		return BH_OK;
	(void)snprintf(
	    folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dirfd == -1)
		return err_from_errno(errno);
	sweep(dirfd);
	if (mkdirat(dirfd, FRESH, 0700) == -1)
		e = err_from_errno(errno);
	else if ((e = make_fresh(off, folder, host)) == BH_OK)
		e = move_in(dirfd, slash + 1);
	sweep(dirfd);
	(void)close(dirfd);
	return e;
}

/* The anchor over a store that holds its first record and no more: one with
 * a history has lost its anchor, and that is for store accept. */
static enum bh_err
make_anchor(const char *path, struct store *s)
{
	struct anchor *a = NULL;
	struct stat st;
	enum bh_err e;

	if (store_head(s)->size != 1)
		return BH_ERR_ROLLBACK;
	e = anchor_open(path, stat(path, &st) == -1, &a);
	if (e == BH_OK)
		e = anchor_write(a, store_head(s), true);
	anchor_close(a);
	return e;
}

static json_t *
describe(const struct offline *off, struct store *s)
{
	uint8_t hash[CRYPTO_HASH_LEN], root[CRYPTO_HASH_LEN];
	char key[2 * FINGERPRINT + 1], head[2 * CRYPTO_HASH_LEN + 1];
	struct store_info info;
	struct slice in;

	if (store_info(s, &info) != BH_OK ||
	    tree_root(store_head(s), root) != BH_OK)
		return NULL;
	in.data = keyring_find(off->keys, info.key_generation)->bytes;
	in.len = CRYPTO_KEY_LEN;
	if (crypto_sha256(&in, 1, hash) != BH_OK)
		return NULL;
	hex_encode(hash, FINGERPRINT, key);
	hex_encode(root, sizeof(root), head);
	return json_pack("{s:b, s:s, s:s, s:s, s:s, s:{s:I, s:s}, s:I, s:s}",
	    "ok", 1, "realm", info.realm, "class", class_name(info.realm_class),
	    "host", info.host, "log_id", info.log_id, "ledger", "size",
	    (json_int_t)store_head(s)->size, "root", head, "key_generation",
	    (json_int_t)info.key_generation, "key_fingerprint", key);
}

json_t *
init_store(struct offline *off, json_t *arg)
{
	const char *path = off->config->store + strlen(SCHEME);
	char host[STORE_HOST_LEN + 1];
	struct store_options o = {.where = off->config->store,
	    .keys = off->keys,
	    .realm = off->config->realm,
	    .realm_class = off->config->realm_class,
	    .host = host};
	struct store *s = NULL;
	json_t *reply = NULL;
	enum bh_err e;

	(void)arg;
	if ((e = host_id(host)) == BH_OK &&
	    (e = make_store(off, path, host)) == BH_OK &&
	    (e = store_open(&o, &s)) == BH_OK &&
	    (e = make_anchor(off->config->anchor, s)) == BH_OK)
		reply = describe(off, s);
	store_close(s);
	if (e == BH_ERR_ROLLBACK)
		return offline_no("the store %s has a history and no anchor; "
				  "once you know why: bulkhead store accept",
		    path);
	return e == BH_OK ? reply
			  : offline_no("the store %s could not be made: %s",
				path, err_text(e));
}
