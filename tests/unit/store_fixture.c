/*
 * A store in a folder of its own, for the store's tests.
 */
#include "tests/unit/store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int
fixture_setup_empty(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f;

	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	assert_int_equal(crypto_open(), BH_OK);
	snprintf(f->dir, sizeof(f->dir), "%s/bulkhead-store-XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/store.db", f->dir);
	snprintf(f->where, sizeof(f->where), "sqlite:%s", f->path);
	f->keys = keyring_new();
	assert_non_null(f->keys);
	assert_int_equal(keyring_add(f->keys, 1), BH_OK);
	f->options = (struct store_options){
	    .where = f->where,
	    .keys = f->keys,
	    .realm = "vault",
	    .realm_class = CLASS_BACKUP,
	    .host = HOST,
	};
	*state = f;
	return 0;
}

int
fixture_setup(void **state)
{
	struct fixture *f;

	fixture_setup_empty(state);
	f = *state;
	assert_int_equal(store_create(&f->options, T0, &f->s), BH_OK);
	return 0;
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;
	struct dirent *d;
	DIR *dir;

	fixture_close(f);
	keyring_free(f->keys);
	if ((dir = opendir(f->dir)) != NULL) {
		while ((d = readdir(dir)) != NULL) {
			if (unlinkat(dirfd(dir), d->d_name, 0) == -1)
				unlinkat(dirfd(dir), d->d_name, AT_REMOVEDIR);
		}
		closedir(dir);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

void
fixture_close(struct fixture *f)
{
	store_close(f->s);
	f->s = NULL;
}

enum bh_err
fixture_open(struct fixture *f)
{
	assert_null(f->s);
	return store_open(&f->options, &f->s);
}

void
fixture_reopen(struct fixture *f)
{
	fixture_close(f);
	assert_int_equal(fixture_open(f), BH_OK);
}

const char *
fixture_file(const struct fixture *f, const char *name)
{
	static char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

uint64_t
fixture_account(struct fixture *f, const char *login)
{
	struct account a = {.created_s = T0};
	struct person p = {.created_s = T0};

	snprintf(p.id, sizeof(p.id), "p-%.60s", login);
	snprintf(p.name, sizeof(p.name), "Person %s", login);
	snprintf(a.login, sizeof(a.login), "%s", login);
	snprintf(a.person, sizeof(a.person), "%s", p.id);
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_person_add(f->s, &p), BH_OK);
	assert_int_equal(store_account_add(f->s, &a), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	return a.id;
}

enum bh_err
fixture_add_token(struct fixture *f, uint64_t account_id, enum factor_kind kind,
    const char *secret, uint64_t *idp)
{
	struct token t = {
	    .account_id = account_id,
	    .kind = kind,
	    .status = TOKEN_ACTIVE,
	    .hash = OTP_SHA1,
	    .digits = 6,
	    .period_s = 30,
	    .created_s = T0,
	    .confirmed_s = T0,
	};
	struct buf *b = buf_new_from(secret, strlen(secret));
	enum bh_err e;

	assert_non_null(b);
	e = store_token_add(f->s, &t, b);
	buf_free(b);
	if (e == BH_OK)
		*idp = t.id;
	return e;
}

uint64_t
fixture_token(struct fixture *f, uint64_t account_id, enum factor_kind kind,
    const char *secret)
{
	uint64_t id = 0;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(
	    fixture_add_token(f, account_id, kind, secret, &id), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	return id;
}

void
fixture_record(struct fixture *f, const char *body)
{
	uint64_t seq;

	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(
	    store_record_append(f->s, body, strlen(body), &seq), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
}

void
fixture_sql(const struct fixture *f, const char *text)
{
	char *why = NULL;
	sqlite3 *db;

	assert_null(f->s);
	assert_int_equal(
	    sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE, NULL),
	    SQLITE_OK);
	if (sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", text, why);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct buf *
fixture_save(const char *path)
{
	struct buf *b;
	struct stat st;
	int fd;

	fd = open(path, O_RDONLY);
	assert_true(fd != -1);
	assert_int_equal(fstat(fd, &st), 0);
	b = buf_new((size_t)st.st_size);
	assert_non_null(b);
	b->len = (size_t)st.st_size;
	assert_int_equal(read(fd, b->data, b->len), (ssize_t)b->len);
	close(fd);
	return b;
}

void
fixture_restore(const char *path, const void *data, size_t len)
{
	int fd;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
	assert_int_equal(fchmod(fd, 0600), 0);
	close(fd);
}

/* Two people with a token each; alice's has been used. */
int
fixture_setup_two(void **state)
{
	struct fixture *f;
	struct token t;

	fixture_setup(state);
	f = *state;
	assert_int_equal(fixture_account(f, "alice"), 1);
	assert_int_equal(fixture_account(f, "bob"), 2);
	assert_int_equal(fixture_token(f, 1, FACTOR_TOTP, SEED), 1);
	assert_int_equal(
	    fixture_token(f, 2, FACTOR_TOTP, "abcdefghijklmnopqrst"), 2);
	fixture_record(f, "genesis");
	assert_int_equal(store_begin(f->s), BH_OK);
	assert_int_equal(store_token_get(f->s, 1, &t), BH_OK);
	t.state = 1000;
	assert_int_equal(store_token_update(f->s, &t), BH_OK);
	assert_int_equal(store_commit(f->s), BH_OK);
	return 0;
}

/* What a login needs: account, its one token, the secret. */
enum bh_err
fixture_usable(struct store *s, const char *login)
{
	struct token t[MODEL_TOKENS_MAX];
	struct buf *secret = NULL;
	struct account a;
	enum bh_err e;
	size_t n = 0;

	if ((e = store_account_get(s, login, &a)) != BH_OK ||
	    (e = store_tokens_of(s, a.id, t, &n)) != BH_OK)
		return e;
	if (n != 1)
		return BH_ERR_NOTFOUND;
	e = store_token_secret(s, &t[0], &secret);
	buf_free(secret);
	return e;
}
