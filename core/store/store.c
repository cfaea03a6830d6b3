/*
 * The store's life: made, opened, asked what it is, closed.
 */
#include "core/store/engine.h"

#include "base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENGINE "sqlite:"

/* SQLite's own files beside the store, and what else belongs to it. */
static const char *const suffixes[] = {"", "-wal", "-journal"};

static enum bh_err
check_options(const struct store_options *o)
{
	if (strncmp(o->where, ENGINE, strlen(ENGINE)) != 0) {
		log_msg(LOG_LEVEL_ERR, "store: must start with " ENGINE ": %s",
		    o->where);
		return BH_ERR_CONFIG;
	}
	if (strlen(o->realm) > MODEL_NAME_MAX ||
	    strlen(o->host) > STORE_HOST_LEN)
		return BH_ERR_RANGE;
	return BH_OK;
}

/* All but the file itself: folder, lock, memory. */
static enum bh_err
store_new(const struct store_options *o, struct store **sp)
{
	struct store *s;
	enum bh_err e;

	if ((e = check_options(o)) != BH_OK)
		return e;
	if ((s = calloc(1, sizeof(*s))) == NULL)
		return BH_ERR_NOMEM;
	s->dirfd = -1;
	s->keys = o->keys;
	s->realm_class = o->realm_class;
	s->accepting = o->accept;
	snprintf(s->realm, sizeof(s->realm), "%s", o->realm);
	snprintf(s->host, sizeof(s->host), "%s", o->host);
	if ((e = folder_open(o->where + strlen(ENGINE), s->file, &s->dirfd)) !=
	    BH_OK)
		goto out;
	sql_configure();
	s->vfs = vfs_new(s->dirfd);
	s->row = buf_new(ROW_MAX);
	s->read = calloc(1, sizeof(*s->read));
	s->lasting = secret_alloc(sizeof(*s->lasting));
	if (s->vfs == NULL || s->row == NULL || s->read == NULL ||
	    s->lasting == NULL)
		e = BH_ERR_NOMEM;
out:
	if (e != BH_OK)
		store_close(s);
	else
		*sp = s;
	return e;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	store_rollback(s);
	if (s->db != NULL)
		sql_close(s);
	vfs_free(s->vfs);
	seal_free(s->seal);
	secret_free(s->lasting, sizeof(*s->lasting));
	buf_free(s->row);
	free(s->read);
	free(s->stray);
	if (s->dirfd != -1)
		close(s->dirfd); /* and with it the lock */
	secret_wipe(s, sizeof(*s));
	free(s);
}

static void
file_name(const struct store *s, size_t i, char name[FILE_NAME_MAX + 16])
{
	snprintf(name, FILE_NAME_MAX + 16, "%s%s", s->file, suffixes[i]);
}

static enum bh_err
check_absent(const struct store *s)
{
	char name[FILE_NAME_MAX + 16];
	struct stat st;
	size_t i;

	for (i = 0; i < nitems(suffixes); i++) {
		file_name(s, i, name);
		if (fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
			log_msg(
			    LOG_LEVEL_ERR, "store: %s is there already", name);
			return BH_ERR_EXISTS;
		}
	}
	return BH_OK;
}

static enum bh_err
check_files(const struct store *s)
{
	char name[FILE_NAME_MAX + 16];
	enum bh_err e;
	size_t i;

	for (i = 0; i < nitems(suffixes); i++) {
		file_name(s, i, name);
		e = folder_check_name(s->dirfd, name);
		if (e == BH_ERR_NOTFOUND && i > 0)
			continue;
		if (e == BH_ERR_NOTFOUND)
			log_err(
			    e, "store: %s (`bulkhead init` makes one)", name);
		if (e != BH_OK)
			return e;
	}
	return BH_OK;
}

static void
remove_files(const struct store *s)
{
	char name[FILE_NAME_MAX + 16];
	size_t i;

	for (i = 0; i < nitems(suffixes); i++) {
		file_name(s, i, name);
		unlinkat(s->dirfd, name, 0);
	}
	unlinkat(s->dirfd, BALLAST_NAME, 0);
}

static enum bh_err
fill(struct store *s, uint64_t now_s)
{
	enum bh_err e;

	s->created_s = now_s;
	if ((e = sql_open(s, true)) != BH_OK ||
	    (e = migrate(s, true)) != BH_OK || (e = sql_prepare(s)) != BH_OK ||
	    (e = store_begin(s)) != BH_OK || (e = meta_create(s)) != BH_OK ||
	    (e = store_clock_raise(s, now_s)) != BH_OK)
		return e;
	s->dirty = true;
	if ((e = store_commit(s)) != BH_OK || (e = ballast_fill(s)) != BH_OK)
		return e;
	return transaction_touch(s);
}

enum bh_err
store_create(const struct store_options *o, uint64_t now_s, struct store **sp)
{
	struct store *s = NULL;
	enum bh_err e;

	if ((e = store_new(o, &s)) != BH_OK || (e = check_absent(s)) != BH_OK)
		goto out;
	if ((e = fill(s, now_s)) != BH_OK) {
		store_rollback(s);
		if (s->db != NULL)
			sql_close(s);
		remove_files(s);
		goto out;
	}
	*sp = s;
	s = NULL;
out:
	store_close(s);
	return e;
}

enum bh_err
store_open(const struct store_options *o, struct store **sp)
{
	struct store *s = NULL;
	enum bh_err e;

	if ((e = store_new(o, &s)) != BH_OK || (e = check_files(s)) != BH_OK ||
	    (e = sql_open(s, false)) != BH_OK ||
	    (e = migrate(s, false)) != BH_OK || (e = sql_prepare(s)) != BH_OK ||
	    (e = meta_load(s)) != BH_OK || (e = head_load(s)) != BH_OK ||
	    (e = cell_scan(s)) != BH_OK || (e = manifest_check(s)) != BH_OK)
		goto out;
	s->ballast_gone = true; /* store_idle looks */
	s->ballast_spent = ballast_short(s);
	/* A full disk must not keep the daemon from starting. */
	if (!s->accepting && transaction_touch(s) != BH_OK)
		log_msg(LOG_LEVEL_ERR, "store: can't be written to");
	else if (!s->accepting && token_digests_complete(s) != BH_OK)
		log_msg(LOG_LEVEL_ERR,
		    "store: can't write the digests of its tokens; the next "
		    "manifest needs them and tries again");
	*sp = s;
	s = NULL;
out:
	store_close(s);
	return e;
}

int
store_dirfd(const struct store *s)
{
	return s->dirfd;
}

static enum bh_err
count(struct store *s, enum sql_id id, uint64_t *np)
{
	struct query q;
	enum bh_err e, end;

	query_start(&q, s, id);
	if ((e = query_step(&q)) == BH_OK)
		column_u64(&q, np);
	end = query_end(&q);
	return e != BH_OK ? e : end;
}

enum bh_err
store_info(struct store *s, struct store_info *ip)
{
	struct store_info info = {
	    .realm_class = s->realm_class,
	    .schema = s->schema,
	    .key_generation = s->seal->generation,
	    .created_s = s->created_s,
	};
	enum bh_err e;
	size_t i;

	memcpy(info.realm, s->realm, sizeof(info.realm));
	memcpy(info.host, s->host, sizeof(info.host));
	memcpy(info.log_id, s->log_id, sizeof(info.log_id));
	if ((e = count(s, SQL_ACCOUNT_COUNT, &info.accounts)) != BH_OK ||
	    (e = count(s, SQL_TOKEN_COUNT, &info.tokens)) != BH_OK)
		return e;
	for (i = 0; i < CELL_COUNT; i++)
		info.bad_cells += s->bad_cell[i] ? 1 : 0;
	*ip = info;
	return BH_OK;
}

enum bh_err
store_pseudonym(struct store *s, const char *text, uint8_t out[CRYPTO_HASH_LEN])
{
	struct slice in = {text, strlen(text)};

	return crypto_hmac(s->lasting->pseudonym, &in, 1, out);
}
