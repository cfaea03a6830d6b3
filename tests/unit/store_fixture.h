/*
 * A store in a folder of its own under $TMPDIR, for the store's tests.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "core/store/store.h"

#include <limits.h>
#include <sqlite3.h>

#define T0   1700000000 /* when everything begins here */
#define HOST "00112233445566778899aabbccddeeff"
#define SEED "12345678901234567890" /* RFC 6238, appendix B */

struct fixture {
	char dir[PATH_MAX];	   /* 0700 */
	char path[PATH_MAX + 16];  /* dir/store.db */
	char where[PATH_MAX + 32]; /* sqlite:path */
	struct keyring *keys;
	struct store_options options;
	struct store *s;
};

/* cmocka's setup and teardown: a new store with nothing in it, open. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/* The same without a store in the folder. */
int fixture_setup_empty(void **state);

/* The same with two people and a token each, ids 1 and 2; alice's is used. */
int fixture_setup_two(void **state);

/* What a login needs: account, its one token, the secret. */
enum bh_err fixture_usable(struct store *s, const char *login);

#define WITH(test) \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
#define WITH_TWO(test)                   \
	cmocka_unit_test_setup_teardown( \
	    test, fixture_setup_two, fixture_teardown)

void fixture_close(struct fixture *f);
enum bh_err fixture_open(struct fixture *f);
void fixture_reopen(struct fixture *f); /* must succeed */

/* dir/name, in memory that the next call uses again. */
const char *fixture_file(const struct fixture *f, const char *name);

/* In a transaction of its own: person and account; a token.  Their ids. */
uint64_t fixture_account(struct fixture *f, const char *login);
uint64_t fixture_token(struct fixture *f, uint64_t account_id,
    enum factor_kind kind, const char *secret);
/* Inside an open transaction. */
enum bh_err fixture_add_token(struct fixture *f, uint64_t account_id,
    enum factor_kind kind, const char *secret, uint64_t *idp);
void fixture_record(struct fixture *f, const char *body);

/* Run SQL in the closed store's file by a connection of our own. */
void fixture_sql(const struct fixture *f, const char *text);

/* Copy the whole file into memory, and back over it. */
struct buf *fixture_save(const char *path);
void fixture_restore(const char *path, const void *data, size_t len);

#endif
